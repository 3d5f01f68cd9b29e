/* What each class of prices.inc costs in time: nanoseconds for 1,000 units, compiled and
 * interpreted. A class's programs repeat its instructions in a loop, with two chains of dependent
 * values side by side, and as little else as WebAssembly lets; what else there is counts with its
 * own price. 750 units a nanosecond (75 gas a microsecond) of compiled code are 1.33. The last
 * column is the price that would give that, the prices of everything else being as they are.
 *
 *   build/bench/wasm_class_bench [runs] */
#include "support/wasm_build.h"
#include "vm/wasm/runtime.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Locals: the counter, then two or three of each type. */
enum { N, A, B, I, J, K, X, Y, F, G, H, V, W, U, R };
#define GET(l) 0x20, l
#define SET(l) 0x21, l
#define CONST0 0x41, 0
/* a = a op b, c = c op b; by the locals */
#define PAIR(a, b, c, ...) GET(a), GET(b), __VA_ARGS__, SET(a), GET(c), GET(b), __VA_ARGS__, SET(c)
#define ONE(a, c, ...)     GET(a), __VA_ARGS__, SET(a), GET(c), __VA_ARGS__, SET(c)
#define SIMD(op)           0xfd, ((op)&0x7f) | 0x80, (op) >> 7
#define SIMD1(op)          0xfd, op
#define BYTES(...)         {__VA_ARGS__}, sizeof((uint8_t[]){__VA_ARGS__})

static const struct {
    const char *name;
    int price;     /* of the class, per use */
    unsigned uses; /* of the class in the snippet */
    uint8_t bytes[64];
    size_t len;
} rows[] = {
    {"LOCAL", GVM_WASM_PRICE_LOCAL, 4, BYTES(GET(A), SET(B), GET(B), SET(A))},
    {"CONST", GVM_WASM_PRICE_CONST, 2, BYTES(0x41, 5, SET(A), 0x41, 6, SET(B))},
    {"GLOBAL", GVM_WASM_PRICE_GLOBAL, 2, BYTES(0x23, 0, 0x24, 1)},
    {"SELECT", GVM_WASM_PRICE_SELECT, 2,
     BYTES(GET(A), GET(B), GET(A), 0x1b, SET(A), GET(K), GET(J), GET(A), 0x1b, SET(K))},
    {"BRANCH", GVM_WASM_PRICE_BRANCH, 2,
     BYTES(0x02, EMPTY, GET(R), 0x0d, 0, 0x0b, 0x02, EMPTY, GET(R), 0x0d, 0, 0x0b)},
    {"BRTABLE", GVM_WASM_PRICE_BRTABLE, 1,
     BYTES(0x02, EMPTY, 0x02, EMPTY, GET(R), 0x0e, 1, 0, 1, 0x0b, 0x0b)},
    {"CALL", GVM_WASM_PRICE_CALL, 1, BYTES(0x10, 1)},
    {"CALLIND", GVM_WASM_PRICE_CALLIND, 1, BYTES(CONST0, 0x11, 1, 0)},
    {"LOAD", GVM_WASM_PRICE_LOAD, 2,
     BYTES(GET(R), 0x28, 2, 8, SET(A), GET(R), 0x28, 2, 16, SET(B))},
    {"STORE", GVM_WASM_PRICE_STORE, 2,
     BYTES(GET(R), GET(A), 0x36, 2, 8, GET(R), GET(B), 0x36, 2, 16)},
    {"SIZE", GVM_WASM_PRICE_SIZE, 2, BYTES(0x3f, 0, SET(A), 0x3f, 0, SET(B))},
    {"TABLE", GVM_WASM_PRICE_TABLE, 2, BYTES(CONST0, CONST0, 0x25, 0, 0x26, 0)},
    {"GROW", GVM_WASM_PRICE_GROW, 1, BYTES(CONST0, 0x40, 0, SET(A))},
    {"BULK", GVM_WASM_PRICE_BULK, 1, BYTES(CONST0, CONST0, CONST0, 0xfc, 11, 0)},
    {"BULK_BYTE", GVM_WASM_PRICE_BULK_BYTE, 4096,
     BYTES(CONST0, CONST0, 0x41, 0x80, 0x20, 0xfc, 11, 0)},
    {"INT", GVM_WASM_PRICE_INT, 2, BYTES(PAIR(A, B, I, 0x6a))},
    {"INT (compare)", GVM_WASM_PRICE_INT, 2, BYTES(PAIR(A, B, I, 0x48))},
    {"INT (shift)", GVM_WASM_PRICE_INT, 2, BYTES(PAIR(A, B, I, 0x74))},
    {"IBIT", GVM_WASM_PRICE_IBIT, 2, BYTES(ONE(A, B, 0x67))},
    {"IMUL", GVM_WASM_PRICE_IMUL, 2, BYTES(PAIR(J, K, X, 0x7e))},
    {"IDIV", GVM_WASM_PRICE_IDIV, 2, BYTES(PAIR(J, K, X, 0x80))},
    {"IDIV (signed)", GVM_WASM_PRICE_IDIV, 2, BYTES(PAIR(J, K, X, 0x7f))},
    {"FBIT", GVM_WASM_PRICE_FBIT, 2, BYTES(ONE(F, G, 0x9a))},
    {"FCMP", GVM_WASM_PRICE_FCMP, 2,
     BYTES(GET(F), GET(G), 0x63, SET(A), GET(G), GET(F), 0x63, SET(B))},
    {"FARITH", GVM_WASM_PRICE_FARITH, 2, BYTES(PAIR(F, H, G, 0xa0))},
    {"FROUND", GVM_WASM_PRICE_FROUND, 2, BYTES(ONE(F, G, 0x9c))},
    {"FROUND (min)", GVM_WASM_PRICE_FROUND, 2, BYTES(PAIR(F, H, G, 0xa4))},
    {"FDIV", GVM_WASM_PRICE_FDIV, 2, BYTES(PAIR(F, H, G, 0xa3))},
    {"FCONV", GVM_WASM_PRICE_FCONV, 2, BYTES(GET(A), 0xb7, SET(F), GET(B), 0xb7, SET(G))},
    {"FCONV (cut)", GVM_WASM_PRICE_FCONV, 2, BYTES(GET(F), 0xaa, SET(A), GET(G), 0xaa, SET(B))},
    {"VCONST", GVM_WASM_PRICE_VCONST, 2,
     BYTES(0xfd, 12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7, SET(V), 0xfd, 12, 1, 2, 3, 4,
           5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7, SET(W))},
    {"VLOAD", GVM_WASM_PRICE_VLOAD, 2,
     BYTES(GET(R), 0xfd, 0, 4, 16, SET(V), GET(R), 0xfd, 0, 4, 32, SET(W))},
    {"VSTORE", GVM_WASM_PRICE_VSTORE, 2,
     BYTES(GET(R), GET(V), 0xfd, 11, 4, 16, GET(R), GET(W), 0xfd, 11, 4, 32)},
    {"VINT", GVM_WASM_PRICE_VINT, 2, BYTES(PAIR(V, U, W, SIMD(0x6e)))},
    {"VSHIFT", GVM_WASM_PRICE_VSHIFT, 2, BYTES(PAIR(V, R, W, SIMD(0xab)))},
    {"VSHIFT (bytes)", GVM_WASM_PRICE_VSHIFT, 2, BYTES(PAIR(V, R, W, SIMD1(0x6b)))},
    {"VSHUF", GVM_WASM_PRICE_VSHUF, 2, BYTES(PAIR(V, U, W, SIMD1(14)))},
    {"VTEST", GVM_WASM_PRICE_VTEST, 2,
     BYTES(GET(V), SIMD1(0x53), SET(A), GET(W), SIMD1(0x53), SET(B))},
    {"VMUL", GVM_WASM_PRICE_VMUL, 2, BYTES(PAIR(V, U, W, SIMD(0xb5)))},
    {"VMUL (64 bits)", GVM_WASM_PRICE_VMUL, 2, BYTES(PAIR(V, U, W, SIMD(0xd5)))},
    {"VFLOAT", GVM_WASM_PRICE_VFLOAT, 2, BYTES(PAIR(V, U, W, SIMD(0xe4)))},
    {"VROUND", GVM_WASM_PRICE_VROUND, 2, BYTES(PAIR(V, U, W, SIMD(0xe8)))},
    {"VDIV", GVM_WASM_PRICE_VDIV, 2, BYTES(PAIR(V, U, W, SIMD(0xe7)))},
    {"VCONV", GVM_WASM_PRICE_VCONV, 2, BYTES(ONE(V, W, SIMD(0xf8)))},
};
#define ROWS (sizeof rows / sizeof *rows)
enum { COPIES = 40, MOST_RUNS = 31 };

static void build(gvm_buf *b, size_t row) {
    gvm_buf code = {0}, body = {0};
    wb_begin(b);
    WB_SECTION(b, WB_TYPE, 2, FUNC, 1, I32, 0, FUNC, 0, 0);
    WB_SECTION(b, WB_FUNCTION, 2, 0, 1);
    WB_SECTION(b, 4, 1, 0x70, 0, 2);
    WB_SECTION(b, WB_MEMORY, 1, 0, 1);
    WB_SECTION(b, WB_GLOBAL, 2, I32, 1, CONST0, 0x0b, I32, 1, CONST0, 0x0b);
    WB_SECTION(b, WB_EXPORT, 1, 3, 'r', 'u', 'n', 0, 0);
    WB_SECTION(b, WB_ELEMENT, 1, 0, CONST0, 0x0b, 1, 1);
    wb_u32(&code, 2);
    /* A B I are i32, J K X i64, Y f32, F G H f64, V W U v128, R i32 */
    WB_RAW(&body, 6, 3, I32, 3, I64, 1, F32, 3, F64, 3, V128, 1, I32);
    WB_RAW(&body, 0x41, 7, SET(B), 0x42, 0x7b, SET(J), 0x42, 0x7b, SET(X), 0x42, 3, SET(K), 0x44, 0,
           0, 0, 0, 0, 0, 0xf8, 0x3f, SET(F), 0x44, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f, SET(G), 0x44, 0,
           0, 0, 0, 0, 0, 0xf0, 0x3f, SET(H));
    WB_RAW(&body, 0x43, 0, 0, 0x80, 0x3f, 0xfd, 0x13, SET(U), 0x43, 0, 0, 0xc0, 0x3f, 0xfd, 0x13,
           SET(V), GET(V), SET(W));
    WB_RAW(&body, 0x03, EMPTY);
    for (unsigned i = 0; i < COPIES; i++) gvm_buf_append(&body, rows[row].bytes, rows[row].len);
    WB_RAW(&body, GET(N), 0x41, 1, 0x6b, 0x22, N, 0x0d, 0, 0x0b, 0x0b);
    wb_sized(&code, &body);
    WB_RAW(&body, 0, 0x0b);
    wb_sized(&code, &body);
    wb_section(b, WB_CODE, &code);
    gvm_buf_free(&code);
    gvm_buf_free(&body);
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}
static int by_value(const void *p, const void *q) {
    double x = *(const double *)p, y = *(const double *)q;
    return (x > y) - (x < y);
}

/* Nanoseconds of one snippet; *units are its price. */
static double measure(size_t row, bool interpret, int runs, double *units) {
    gvm_buf b = {0};
    gvm_wasm_module *m;
    gvm_wasm_refusal refusal;
    gvm_wasm_store *s = gvm_wasm_store_new();
    gvm_wasm_exec *e = gvm_wasm_exec_new(1u << 16);
    gvm_wasm_instance *i;
    gvm_wasm_extern run;
    double times[MOST_RUNS];
    build(&b, row);
    if (gvm_wasm_load(&m, &refusal, gvm_buf_bytes(&b), &gvm_wasm_limits_core) != GVM_OK) {
        fprintf(stderr, "%s: %s at %llu\n", rows[row].name, refusal.text,
                (unsigned long long)refusal.offset);
        exit(1);
    }
    GVM_ASSERT(gvm_wasm_module_compile(m) == GVM_OK);
    GVM_ASSERT(gvm_wasm_instantiate(s, &i, e, NULL, m, NULL, 0) == GVM_OK);
    GVM_ASSERT(gvm_wasm_instance_export(i, &run, gvm_bytes_str("run")));
    gvm_wasm_exec_interpret(e, interpret);
    uint32_t loops = 16;
    for (double t = 0; t < 1e6; loops *= 2) {
        gvm_wasm_value n = {.i32 = loops * 2};
        double start = now();
        GVM_ASSERT(gvm_wasm_call(e, NULL, run.func, &n) == GVM_OK);
        t = now() - start;
    }
    for (int r = 0; r < runs; r++) {
        gvm_wasm_value n = {.i32 = loops};
        int64_t fuel = (int64_t)1 << 60;
        gvm_wasm_exec_set_fuel(e, fuel);
        double start = now();
        GVM_ASSERT(gvm_wasm_call(e, NULL, run.func, &n) == GVM_OK);
        times[r] = (now() - start) / loops / COPIES;
        *units = (double)(fuel - gvm_wasm_exec_fuel(e)) / loops / COPIES;
    }
    qsort(times, (size_t)runs, sizeof *times, by_value);
    gvm_wasm_module_delete(m);
    gvm_wasm_exec_delete(e);
    gvm_wasm_store_delete(s);
    gvm_buf_free(&b);
    return times[runs / 2];
}

int main(int argc, char **argv) {
    int runs = argc > 1 ? atoi(argv[1]) : 5;
    if (runs < 1 || runs > MOST_RUNS) runs = MOST_RUNS;
    double compiled[ROWS], interpreted[ROWS], sorted[2][ROWS], times[ROWS], units[ROWS];
    bool guarded = gvm_wasm_traps_enable() == GVM_OK;
    printf("ns for 1,000 units; memory bounds by %s\n", guarded ? "guard pages" : "comparison");
    for (size_t i = 0; i < ROWS; i++) {
        times[i] = measure(i, false, runs, &units[i]);
        compiled[i] = sorted[0][i] = times[i] / units[i] * 1e3;
        interpreted[i] = sorted[1][i] = measure(i, true, runs, &units[i]) / units[i] * 1e3;
    }
    for (unsigned k = 0; k < 2; k++) qsort(sorted[k], ROWS, sizeof(double), by_value);
    double median[2] = {sorted[0][ROWS / 2], sorted[1][ROWS / 2]};
    printf("%-15s %9s %9s %9s %9s %9s %9s\n", "class", "compiled", "/ median", "interp", "/ median",
           "price", "fits");
    unsigned defects = 0;
    for (size_t i = 0; i < ROWS; i++) {
        double fits =
            (times[i] * 750 - (units[i] - rows[i].price * (double)rows[i].uses)) / rows[i].uses;
        bool defect = compiled[i] > 2 * median[0];
        defects += defect;
        printf("%-15s %9.2f %9.2f %9.2f %9.2f %9d %9.0f%s\n", rows[i].name, compiled[i],
               compiled[i] / median[0], interpreted[i], interpreted[i] / median[1], rows[i].price,
               fits, defect ? "  over twice the median" : "");
    }
    printf("median: compiled %.2f (%.0f units a ns), interpreted %.2f; %u over twice the median\n",
           median[0], 1e3 / median[0], median[1], defects);
    return 0;
}
