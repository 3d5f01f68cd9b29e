#include "app/ghostd/ghostd.h"
#include "base/log.h"
#include "vm/wasmhost/code.h"

#include <sys/resource.h>

/* Descriptors: contracts whose code is read as it is touched hold one each, at most half of all. */
enum { FILES_WANTED = 65536 };

static void raise_files(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= FILES_WANTED) return;
    limit.rlim_cur = limit.rlim_max < FILES_WANTED ? limit.rlim_max : FILES_WANTED;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

void gvm_home_open_wasm(gvm_home *home, const gvm_settings *settings) {
    const char *datadir =
        home->temporary != NULL ? home->temporary : gvm_settings_text(settings, "datadir");
    gvm_error err = {0};
    gvm_buf folder = {0};
    gvm_wasm_cache_limit((size_t)gvm_settings_number(settings, "wasm-code-memory"));
    if (gvm_settings_bool(settings, "perf-map") &&
        gvm_wasm_profile(GVM_WASM_PROFILE_PERF) != GVM_OK)
        GVM_LOG(WARN, "wasm", "cannot write perf's map", gvm_f_str("file", "/tmp/perf-PID.map"));
    if (gvm_settings_bool(settings, "wasm-traps")) {
        if (gvm_wasm_traps_enable() == GVM_OK)
            raise_files();
        else
            GVM_LOG(DEBUG, "wasm", "no guard pages on this machine, or in this build");
    }
    gvm_buf_printf(&folder, "%s/wasm-code", datadir);
    gvm_buf_put(&folder, '\0');
    gvm_status status = gvm_buf_status(&folder);
    if (status == GVM_OK)
        status =
            gvm_wasm_disk_open(&home->wasm_code, (const char *)folder.ptr, &gvm_entropy_os, &err);
    if (status == GVM_OK) {
        gvm_wasm_cache_disk(home->wasm_code);
    } else {
        if (err.code == GVM_OK) err.code = status;
        GVM_LOG(WARN, "wasm", "compiled code is not kept on disk", gvm_f_error(&err));
    }
    gvm_buf_free(&folder);
}

void gvm_home_close_wasm(gvm_home *home) {
    gvm_wasm_disk_counts counts;
    if (home->wasm_code == NULL) return;
    gvm_wasm_disk_count(home->wasm_code, &counts);
    GVM_LOG(DEBUG, "wasm", "compiled code on disk", gvm_f_u64("loaded", counts.loaded),
            gvm_f_u64("written", counts.written), gvm_f_u64("missing", counts.missing),
            gvm_f_u64("refused", counts.refused));
    gvm_wasm_cache_disk(NULL);
    gvm_wasm_disk_close(home->wasm_code);
    home->wasm_code = NULL;
}
