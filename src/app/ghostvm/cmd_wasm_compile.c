#include "app/ghostvm/cmd.h"
#include "app/ghostvm/wasm_tool.h"
#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static const gvm_setting_option options[] = {
    GVM_TOOL_JSON,
    GVM_WASM_TOOL_PROFILE("core"),
    GVM_TOOL_OPTION("out", TEXT, NULL, "FILE",
                    "Writes the code as an ELF object with a symbol for each function."),
    GVM_TOOL_OPTION("disassemble", BOOL, NULL, NULL, "Shows the code, by binutils' objdump."),
};
static const gvm_tool_spec spec = {
    .usage = "wasm compile [OPTIONS] FILE",
    .about =
        "Compiles a WebAssembly module to this machine's code, and shows how large it is and "
        "how long it took.\nFILE is a module, stored code, hex of either, an artifact (.json), "
        "or - for standard input.",
    .examples = "  ghostvm wasm compile build/counter.wasm\n"
                "  ghostvm wasm compile --disassemble build/counter.wasm | less\n"
                "  ghostvm wasm compile --out program.o program.wasm\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .args_min = 1,
    .args_max = 1,
};

typedef struct times {
    uint64_t load, compile; /* nanoseconds */
} times;

static gvm_status write_file(gvm_tool *t, const char *path, gvm_bytes bytes) {
    FILE *f = fopen(path, "wb");
    bool good = f != NULL && fwrite(bytes.ptr, 1, bytes.len, f) == bytes.len;
    if (f != NULL && fclose(f) != 0) good = false;
    return good ? GVM_OK : gvm_error_set(&t->err, GVM_ERR_IO, "%s: cannot be written", path);
}

static gvm_status disassemble(gvm_tool *t, gvm_bytes elf) {
    char path[] = "/tmp/ghostvm-compile-XXXXXX";
    int fd = mkstemp(path);
    if (fd < 0) return gvm_error_set(&t->err, GVM_ERR_IO, "%s: cannot be made", path);
    (void)close(fd);
    gvm_status status = write_file(t, path, elf);
    fflush(stdout);
    pid_t child = status == GVM_OK ? fork() : -1;
    if (child == 0) {
        (void)execlp("objdump", "objdump", "-d", "--no-show-raw-insn", path, (char *)NULL);
        _exit(127);
    }
    int result = -1;
    if (child > 0) (void)waitpid(child, &result, 0);
    (void)unlink(path);
    if (status == GVM_OK && result != 0)
        status =
            gvm_error_set(&t->err, GVM_ERR_NOT_FOUND, "objdump did not do it; binutils has it");
    return status;
}

static gvm_status show(gvm_tool *t, const gvm_wasm_module *m, size_t native, const times *took) {
    gvm_wasm_sizes s;
    gvm_wasm_module_sizes(m, &s);
    if (!t->json) {
        gvm_tool_row(t, "module", "%llu bytes, %llu functions", (unsigned long long)s.bytes,
                     (unsigned long long)s.functions);
        gvm_tool_row(t, "compiled", "%zu bytes, %.2f for each of the module's", native,
                     (double)native / (double)s.bytes);
        gvm_tool_row(t, "load", "%.3f ms, %.0f MB/s", (double)took->load / 1e6,
                     (double)s.bytes * 1e3 / (double)(took->load + 1));
        gvm_tool_row(t, "compile", "%.3f ms, %.0f MB/s", (double)took->compile / 1e6,
                     (double)s.bytes * 1e3 / (double)(took->compile + 1));
        return GVM_OK;
    }
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *root = yyjson_mut_obj(doc);
    yyjson_mut_doc_set_root(doc, root);
    yyjson_mut_obj_add_uint(doc, root, "bytes", s.bytes);
    yyjson_mut_obj_add_uint(doc, root, "functions", s.functions);
    yyjson_mut_obj_add_uint(doc, root, "native", native);
    yyjson_mut_obj_add_uint(doc, root, "loadNanoseconds", took->load);
    yyjson_mut_obj_add_uint(doc, root, "compileNanoseconds", took->compile);
    return gvm_tool_print_doc(doc);
}

static gvm_status work(gvm_tool *t, gvm_wasm_module **m, gvm_bytes module) {
    const char *out = gvm_settings_text(&t->settings, "out");
    gvm_wasm_refusal why = {0};
    times took;
    gvm_buf elf = {0};
    uint64_t start = gvm_clock_monotonic(&gvm_clock_os);
    GVM_TRY(gvm_wasm_tool_load(t, m, &why, module));
    uint64_t loaded = gvm_clock_monotonic(&gvm_clock_os);
    gvm_status status = gvm_wasm_module_compile(*m);
    took = (times){loaded - start, gvm_clock_monotonic(&gvm_clock_os) - loaded};
    if (status != GVM_OK)
        return gvm_error_set(&t->err, status, "modules cannot be compiled here: %s",
                             gvm_status_text(status));
    status = gvm_wasm_module_elf(*m, &elf);
    if (status == GVM_OK && out != NULL) status = write_file(t, out, gvm_buf_bytes(&elf));
    if (status == GVM_OK)
        status = gvm_settings_bool(&t->settings, "disassemble")
                     ? disassemble(t, gvm_buf_bytes(&elf))
                     : show(t, *m, gvm_wasm_module_native_bytes(*m), &took);
    gvm_buf_free(&elf);
    return status;
}

static gvm_status run(gvm_tool *t) {
    gvm_buf file = {0};
    gvm_wasm_module *m = NULL;
    gvm_status status = gvm_wasm_tool_read(t, &file, t->args[0]);
    t->working = true;
    if (status == GVM_OK) status = work(t, &m, gvm_buf_bytes(&file));
    gvm_wasm_module_delete(m);
    gvm_buf_free(&file);
    return status;
}

int gvm_cmd_wasm_compile(int argc, char **argv) {
    gvm_tool t;
    int code = gvm_tool_open(&t, &spec, argc, argv);
    return code >= 0 ? code : gvm_tool_close(&t, run(&t));
}
