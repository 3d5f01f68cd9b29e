/* WebAssembly programs as compiled code and under the interpreter, metered, beside the same C as
 * native code; beside wasm3 where $WASM3 is its command (its whole process is measured, start
 * included), V8's baseline compiler where there is node, and this compiler with metering left out
 * (wasm_bench_unmetered, a build for this bench alone). CPU time; every figure is the median of
 * paired runs, and so is every ratio.
 *
 *   scripts/wasm-bench && build/bench/wasm_bench [runs, default 11] [folder]
 *   build/bench/wasm_bench --compiled FILE    one run of one program: milliseconds and result */
#define BENCH_NATIVE
#include "wasm/common.h"

#include "codec/archive.h"
#include "vm/wasm/wasm.h"

#include <math.h>
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

/* What a command prints first: milliseconds and the result; 0: it could not be run, or is wrong. */
static double run_peer(const char *command, u32 want) {
    double ms = 0;
    unsigned result = 0;
    FILE *f = popen(command, "r");
    if (f == NULL) return 0;
    if (fscanf(f, "%lf %u", &ms, &result) != 2 || result != want) ms = 0;
    pclose(f);
    return ms;
}

/* The median of x / y, run by run; 0: one of them is not there. */
static double ratio(const double *x, const double *y, int runs) {
    double r[RUNS];
    for (int i = 0; i < runs; i++) {
        if (x[i] == 0 || y[i] == 0) return 0;
        r[i] = x[i] / y[i];
    }
    return median(r, runs);
}

enum { NATIVE, COMPILED, UNMETERED, INTERP, WASM3, V8, ENGINES };

static int bench(const char *self, const char *folder, int runs) {
    static const struct {
        const char *title;
        int of, to;
    } ratios[] = {{"/native", COMPILED, NATIVE},
                  {"metering", COMPILED, UNMETERED},
                  {"v8/ours", V8, COMPILED},
                  {"wasm3/int", WASM3, INTERP}};
    enum { RATIOS = sizeof ratios / sizeof *ratios };
    const char *wasm3 = getenv("WASM3");
    double mean[RATIOS] = {0};
    bool all[RATIOS] = {true, true, true, true};
    printf("%-8s %8s %8s %8s %8s %8s %8s", "ms", "native", "compiled", "unmeter.", "interp",
           "wasm3", "v8 base");
    for (unsigned k = 0; k < RATIOS; k++) printf(" %9s", ratios[k].title);
    printf(" %9s\n", "units/ns");
    for (size_t p = 0; p < PROGRAMS; p++) {
        static double ms[ENGINES][RUNS];
        char path[512], command[1200];
        u32 want = 0, found = 0, found_compiled = 0;
        int64_t units = 0, units_compiled = 0;
        snprintf(path, sizeof path, "%s/%s.wasm", folder, programs[p].name);
        for (int r = 0; r < runs; r++) {
            double start = cpu_ms(CLOCK_THREAD_CPUTIME_ID);
            want = programs[p].native();
            ms[NATIVE][r] = cpu_ms(CLOCK_THREAD_CPUTIME_ID) - start;
            ms[COMPILED][r] = run_wasm(path, true, &found_compiled, &units_compiled);
            snprintf(command, sizeof command, "'%s_unmetered' --compiled '%s' 2>/dev/null", self,
                     path);
            ms[UNMETERED][r] = run_peer(command, want);
            ms[INTERP][r] = run_wasm(path, false, &found, &units);
            ms[WASM3][r] = wasm3 != NULL ? run_wasm3(wasm3, path) : 0;
            snprintf(command, sizeof command,
                     "node --liftoff --no-wasm-tier-up bench/wasm/v8.mjs '%s' 2>/dev/null", path);
            ms[V8][r] = run_peer(command, want);
        }
        if (want != found || want != found_compiled || units != units_compiled) {
            printf("%s: %u for %lld units, compiled %u for %lld, native %u\n", programs[p].name,
                   found, (long long)units, found_compiled, (long long)units_compiled, want);
            return 1;
        }
        printf("%-8s", programs[p].name);
        double values[RATIOS];
        for (unsigned k = 0; k < RATIOS; k++) {
            values[k] = ratio(ms[ratios[k].of], ms[ratios[k].to], runs);
            all[k] = all[k] && values[k] > 0;
            mean[k] += values[k] > 0 ? log(values[k]) : 0;
        }
        for (unsigned e = 0; e < ENGINES; e++) printf(" %8.1f", median(ms[e], runs));
        for (unsigned k = 0; k < RATIOS; k++) printf(" %9.2f", values[k]);
        printf(" %9.0f\n", (double)units / (median(ms[COMPILED], runs) * 1e6));
    }
    printf("%-62s", "geometric mean (0: not there)");
    for (unsigned k = 0; k < RATIOS; k++) printf(" %9.2f", all[k] ? exp(mean[k] / PROGRAMS) : 0);
    printf("\n");
    return 0;
}

int main(int argc, char **argv) {
    /* Guard pages, as in the node; GVM_WASM_TRAPS=0: comparisons. */
    const char *traps = getenv("GVM_WASM_TRAPS");
    bool guarded = (traps == NULL || strcmp(traps, "0") != 0) && gvm_wasm_traps_enable() == GVM_OK;
    if (argc == 3 && strcmp(argv[1], "--compiled") == 0) {
        u32 result;
        int64_t units;
        double ms = run_wasm(argv[2], true, &result, &units);
        printf("%.3f %u\n", ms, result);
        return 0;
    }
    int runs = argc > 1 ? atoi(argv[1]) : 11;
    const char *folder = argc > 2 ? argv[2] : "build/bench/wasm";
    if (runs < 1 || runs > RUNS) runs = RUNS;
    if (access(folder, R_OK) != 0) {
        printf("wasm_bench: no %s; run scripts/wasm-bench first\n", folder);
        return 77;
    }
    printf("memory bounds by %s; native and ours: %s\n", guarded ? "guard pages" : "comparison",
           __VERSION__);
    fflush(stdout);
    if (system("cat build/bench/wasm/flags.txt 2>/dev/null; node --version 2>/dev/null | sed "
               "'s/^/node /'") != 0)
        printf("no node: no V8\n");
    return bench(argv[0], folder, runs);
}
