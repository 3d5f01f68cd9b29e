/* WebAssembly programs under the interpreter, metered, beside the same C as native code, and beside
 * wasm3 where $WASM3 is its command (its whole process is measured, start included). CPU time,
 * medians of paired runs.
 *
 *   scripts/wasm-bench && build/bench/wasm_bench [runs] [folder] */
#define BENCH_NATIVE
#include "wasm/common.h"

#include "codec/archive.h"
#include "vm/wasm/wasm.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* One translation unit for all native versions; each file's names are its own. */
#define K     sha_K
#define rotr  sha_rotr
#define block sha_block
#include "wasm/sha256.c"
#undef K
#undef rotr
#undef block
#include "wasm/fib.c"
#include "wasm/keccak.c"
#include "wasm/matrix.c"
#undef N
#include "wasm/sieve.c"

static const struct {
    const char *name;
    u32 (*native)(void);
} programs[] = {{"fib", bench_fib},
                {"sha256", bench_sha256},
                {"keccak", bench_keccak},
                {"matrix", bench_matrix},
                {"sieve", bench_sieve}};
#define PROGRAMS (sizeof programs / sizeof *programs)
#define RUNS     32

static double cpu_ms(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int by_value(const void *p, const void *q) {
    double x = *(const double *)p, y = *(const double *)q;
    return (x > y) - (x < y);
}
static double median(double *values, int n) {
    qsort(values, (size_t)n, sizeof *values, by_value);
    return values[n / 2];
}

/* Metered: fuel is given and counted. */
static double run_wasm(const char *path, bool compile, u32 *result, int64_t *units) {
    gvm_buf file = {0};
    gvm_error err = {.code = GVM_OK};
    gvm_wasm_module *m;
    gvm_wasm_instance *i;
    gvm_wasm_extern run;
    gvm_wasm_value value = {.i64 = 0};
    gvm_wasm_store *s = gvm_wasm_store_new();
    gvm_wasm_exec *e = gvm_wasm_exec_new(1u << 20);
    int64_t fuel = (int64_t)1 << 60;
    if (gvm_archive_read_file(&file, path, 1u << 24, &err) != GVM_OK ||
        gvm_wasm_load(&m, NULL, gvm_buf_bytes(&file), &gvm_wasm_limits_core) != GVM_OK ||
        (compile && gvm_wasm_module_compile(m) != GVM_OK) ||
        gvm_wasm_instantiate(s, &i, e, &err, m, NULL, 0) != GVM_OK ||
        !gvm_wasm_instance_export(i, &run, gvm_bytes_str("run"))) {
        fprintf(stderr, "%s: %s\n", path, gvm_error_text(&err));
        exit(1);
    }
    gvm_wasm_exec_set_fuel(e, fuel);
    double start = cpu_ms(CLOCK_THREAD_CPUTIME_ID);
    gvm_status status = gvm_wasm_call(e, &value, run.func, NULL);
    double ms = cpu_ms(CLOCK_THREAD_CPUTIME_ID) - start;
    if (status != GVM_OK) {
        fprintf(stderr, "%s: %s\n", path, gvm_status_name(status));
        exit(1);
    }
    *result = value.i32;
    *units = fuel - gvm_wasm_exec_fuel(e);
    gvm_wasm_module_delete(m);
    gvm_wasm_exec_delete(e);
    gvm_wasm_store_delete(s);
    gvm_buf_free(&file);
    return ms;
}

/* CPU time of the process; 0: it could not be run. */
static double run_wasm3(const char *command, const char *path) {
    struct rusage before, after;
    getrusage(RUSAGE_CHILDREN, &before);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        if (freopen("/dev/null", "w", stdout) == NULL || freopen("/dev/null", "w", stderr) == NULL)
            _exit(1);
        execlp(command, command, "--func", "run", path, (char *)NULL);
        _exit(127);
    }
    int status;
    if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return 0;
    getrusage(RUSAGE_CHILDREN, &after);
    return (double)(after.ru_utime.tv_sec - before.ru_utime.tv_sec) * 1e3 +
           (double)(after.ru_utime.tv_usec - before.ru_utime.tv_usec) / 1e3;
}

int main(int argc, char **argv) {
    int runs = argc > 1 ? atoi(argv[1]) : 3;
    const char *folder = argc > 2 ? argv[2] : "build/bench/wasm", *wasm3 = getenv("WASM3");
    if (runs < 1 || runs > RUNS) runs = RUNS;
    /* Guard pages, as in the node; GVM_WASM_TRAPS=0: comparisons. */
    const char *traps = getenv("GVM_WASM_TRAPS");
    bool guarded = (traps == NULL || strcmp(traps, "0") != 0) && gvm_wasm_traps_enable() == GVM_OK;
    printf("memory bounds by %s\n", guarded ? "guard pages" : "comparison");
    if (access(folder, R_OK) != 0) {
        printf("wasm_bench: no %s; run scripts/wasm-bench first\n", folder);
        return 77;
    }
    printf("%-8s %9s %9s %9s %9s %9s %9s %9s %12s\n", "program", "native", "compiled", "interp",
           "wasm3", "compiled", "interp", "interp", "units/ns");
    printf("%-8s %9s %9s %9s %9s %9s %9s %9s %12s\n", "", "ms", "ms", "ms", "ms", "/ native",
           "/ native", "x wasm3", "compiled");
    for (size_t p = 0; p < PROGRAMS; p++) {
        double native[RUNS], compiled[RUNS], ours[RUNS], theirs[RUNS];
        char path[512];
        u32 want = 0, found = 0, found_compiled = 0;
        int64_t units = 0, units_compiled = 0;
        snprintf(path, sizeof path, "%s/%s.wasm", folder, programs[p].name);
        for (int r = 0; r < runs; r++) {
            double start = cpu_ms(CLOCK_THREAD_CPUTIME_ID);
            want = programs[p].native();
            native[r] = cpu_ms(CLOCK_THREAD_CPUTIME_ID) - start;
            compiled[r] = run_wasm(path, true, &found_compiled, &units_compiled);
            ours[r] = run_wasm(path, false, &found, &units);
            theirs[r] = wasm3 != NULL ? run_wasm3(wasm3, path) : 0;
        }
        if (want != found || want != found_compiled || units != units_compiled) {
            printf("%s: %u for %lld units, compiled %u for %lld, native %u\n", programs[p].name,
                   found, (long long)units, found_compiled, (long long)units_compiled, want);
            return 1;
        }
        double n = median(native, runs), c = median(compiled, runs);
        double o = median(ours, runs), t = median(theirs, runs);
        printf("%-8s %9.1f %9.1f %9.1f %9.1f %9.2f %9.2f %9.2f %12.0f\n", programs[p].name, n, c, o,
               t, c / n, o / n, t / o, (double)units / (c * 1e6));
    }
    return 0;
}
