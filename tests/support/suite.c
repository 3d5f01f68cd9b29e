#include "suite.h"

#include "vectors.h"

#include <stdlib.h>
#include <unistd.h>

enum { SKIPPED = 77, PATHS_MAX = 8, PATH_SIZE = 1024, SAMPLE = 5 };

static int run(const gvm_conf_suite *suite, const char *const *paths, size_t count, bool ghost) {
    static char full[PATHS_MAX][PATH_SIZE];
    const char *found[PATHS_MAX];
    const char *all = getenv("GVM_FULL");
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    gvm_conf_options options = {
        .paths = found,
        .jobs = cores < 1    ? 1
                : cores > 64 ? 64
                             : (unsigned)cores,
        .sample = all != NULL && strcmp(all, "0") != 0 && *all != 0 ? 0 : SAMPLE,
        .ghost = ghost,
        .out = stdout,
    };
    gvm_conf_counts counts = {0};
    gvm_error err = {0};
    GVM_ASSERT(count <= PATHS_MAX);
    for (size_t i = 0; i < count; i++) {
        const char *path = vectors_path(paths[i]);
        if (path == NULL) {
            printf("skipped: no %s\n", paths[i]);
            continue;
        }
        (void)snprintf(full[i], PATH_SIZE, "%s", path);
        found[options.path_count++] = full[i];
    }
    if (options.path_count == 0) return SKIPPED;
    if (gvm_conf_run(suite, &options, &counts, &err) != GVM_OK) {
        printf("%s\n", gvm_error_text(&err));
        return 1;
    }
    printf("%llu passed, %llu failed, %llu skipped%s\n", (unsigned long long)counts.passed,
           (unsigned long long)counts.failed, (unsigned long long)counts.skipped,
           options.sample == 0 ? "" : " (5 % of the tests; GVM_FULL=1 runs all)");
    bool too_many_skipped = counts.skipped * 1000 > counts.passed;
    return counts.failed > 0 || counts.passed == 0 || (options.sample == 0 && too_many_skipped);
}

int suite_main(const gvm_conf_suite *suite, const char *const *paths, size_t count) {
    return run(suite, paths, count, false);
}

int suite_main_ghost(const gvm_conf_suite *suite, const char *const *paths, size_t count) {
    return run(suite, paths, count, true);
}
