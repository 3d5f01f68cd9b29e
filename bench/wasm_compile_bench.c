/* How fast modules are made ready: loading and compiling from 10 kB to 10 MB, and the size of the
 * code. And modules that are meant to be slow (compile bombs): each at 1, 2, 4 and 8 times its
 * size, by the number of instructions that loading and compiling take (valgrind counts them;
 * without it, CPU time stands in). A slope of 1 is linear.
 *
 *   build/bench/wasm_compile_bench             both
 *   build/bench/wasm_compile_bench BOMB SCALE  loads and compiles one bomb, and ends */
#include "support/wasm_build.h"
#include "vm/wasm/module.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define GET(l) 0x20, l
#define SET(l) 0x21, l

static void put_func(gvm_buf *code, gvm_buf *body) {
    WB_RAW(body, 0x0b);
    wb_sized(code, body);
}

/* ---- what compilers make: loops over memory, arithmetic, calls, branches; every constant differs
 */

static void put_usual(gvm_buf *body, uint32_t k, uint32_t functions) {
    uint8_t c = (uint8_t)(k * 37 % 64);
    WB_RAW(body, 2, 3, I32, 1, I64);
    WB_RAW(body, 0x02, EMPTY, GET(0), 0x45, 0x0d, 0);                 /* block: if (!n) leave */
    WB_RAW(body, 0x41, c, SET(2), 0x03, EMPTY);                       /* loop */
    WB_RAW(body, GET(1), GET(2), 0x41, 2, 0x74, 0x6a, 0x22, 3);       /* p = base + (i << 2) */
    WB_RAW(body, 0x28, 2, c, GET(2), 0x73, 0x41, c, 0x6a, SET(4));    /* x = (*p ^ i) + c */
    WB_RAW(body, GET(3), GET(4), GET(0), 0x6c, 0x36, 2, c);           /* *p = x * n */
    WB_RAW(body, GET(5), GET(4), 0xad, 0x7c, 0x42, 13, 0x89, SET(5)); /* s = rotl(s + x, 13) */
    WB_RAW(body, GET(4), 0x41, 0x3f, 0x71, 0x04, EMPTY);              /* if (x & 63) */
    WB_RAW(body, GET(1), GET(5), 0x37, 3, 16, 0x05, GET(2), GET(3), 0x10); /* store64, else call */
    wb_u32(body, (k * 7 + 1) % functions);
    WB_RAW(body, SET(4), 0x0b, GET(2), 0x41, 1, 0x6a, 0x22, 2, GET(0), 0x49, 0x0d, 0, 0x0b, 0x0b);
    WB_RAW(body, GET(4), GET(5), 0xa7, 0x6a);
}

static void build_usual(gvm_buf *b, size_t size) {
    gvm_buf s = {0}, body = {0};
    uint32_t functions = (uint32_t)(size / 118) + 1;
    wb_begin(b);
    WB_SECTION(b, WB_TYPE, 1, FUNC, 2, I32, I32, 1, I32);
    wb_u32(&s, functions);
    for (uint32_t k = 0; k < functions; k++) gvm_buf_put(&s, 0);
    wb_section(b, WB_FUNCTION, &s);
    WB_SECTION(b, WB_MEMORY, 1, 0, 1);
    wb_u32(&s, functions);
    for (uint32_t k = 0; k < functions; k++) {
        put_usual(&body, k, functions);
        put_func(&s, &body);
    }
    wb_section(b, WB_CODE, &s);
    gvm_buf_free(&s);
    gvm_buf_free(&body);
}

/* ---- bombs */

/* One function () -> () around `body`, with locals and a table of types before it. */
static void build_one(gvm_buf *b, gvm_buf *body) {
    gvm_buf code = {0};
    WB_SECTION(b, WB_FUNCTION, 1, 0);
    wb_u32(&code, 1);
    put_func(&code, body);
    wb_section(b, WB_CODE, &code);
    gvm_buf_free(&code);
}
static void simple_type(gvm_buf *b) {
    WB_SECTION(b, WB_TYPE, 1, FUNC, 0, 0);
}

static void bomb_nesting(gvm_buf *b, gvm_buf *body, uint32_t scale) {
    simple_type(b);
    WB_RAW(body, 0);
    for (uint32_t i = 0; i < 10000 * scale; i++) WB_RAW(body, 0x02, EMPTY);
    for (uint32_t i = 0; i < 10000 * scale; i++) WB_RAW(body, 0x0b);
}
static void bomb_table(gvm_buf *b, gvm_buf *body, uint32_t scale) {
    simple_type(b);
    WB_RAW(body, 0, 0x02, EMPTY, 0x02, EMPTY, 0x41, 1, 0x0e);
    wb_u32(body, 50000 * scale);
    for (uint32_t i = 0; i <= 50000 * scale; i++) gvm_buf_put(body, i & 1);
    WB_RAW(body, 0x0b, 0x0b);
}
/* Every local waits on the stack when it changes. */
static void bomb_locals(gvm_buf *b, gvm_buf *body, uint32_t scale) {
    simple_type(b);
    WB_RAW(body, 1);
    wb_u32(body, 3500 * scale);
    gvm_buf_put(body, I32);
    for (uint32_t i = 0; i < 3500 * scale; i++) {
        gvm_buf_put(body, 0x20);
        wb_u32(body, i);
    }
    for (uint32_t i = 0; i < 3500 * scale; i++) {
        gvm_buf_put(body, 0x21);
        wb_u32(body, i * 7 % (3500 * scale));
    }
}
static void bomb_one_local(gvm_buf *b, gvm_buf *body, uint32_t scale) {
    simple_type(b);
    WB_RAW(body, 1, 2, I32);
    for (uint32_t k = 0; k < 40 * scale; k++) {
        for (uint32_t i = 0; i < 200; i++) WB_RAW(body, GET(0));
        WB_RAW(body, GET(1), SET(0));
        for (uint32_t i = 0; i < 200; i++) WB_RAW(body, 0x1a);
    }
}
static void bomb_types(gvm_buf *b, gvm_buf *body, uint32_t scale) {
    gvm_buf s = {0};
    wb_u32(&s, 20000 * scale);
    WB_RAW(&s, FUNC, 0, 0);
    for (uint32_t i = 1; i < 20000 * scale; i++) {
        WB_RAW(&s, FUNC, 8);
        for (unsigned k = 0; k < 8; k++) gvm_buf_put(&s, i >> k & 1 ? I32 : I64);
        gvm_buf_put(&s, 0);
    }
    wb_section(b, WB_TYPE, &s);
    gvm_buf_free(&s);
    WB_RAW(body, 0);
}
static void bomb_carry(gvm_buf *b, gvm_buf *body, uint32_t scale) { /* edges with results */
    gvm_buf s = {0};
    wb_u32(&s, 2);
    WB_RAW(&s, FUNC, 0, 0, FUNC, 0);
    wb_u32(&s, 200);
    for (unsigned k = 0; k < 200; k++) gvm_buf_put(&s, I32);
    wb_section(b, WB_TYPE, &s);
    gvm_buf_free(&s);
    WB_RAW(body, 0);
    for (uint32_t i = 0; i < 50 * scale; i++) {
        WB_RAW(body, 0x41, 1, 0x02, 1);
        for (unsigned k = 0; k < 200; k++) WB_RAW(body, 0x41, 1);
        WB_RAW(body, 0x41, 1, 0x0d, 0, 0x0b);
        for (unsigned k = 0; k < 201; k++) WB_RAW(body, 0x1a);
    }
}
static void bomb_functions(gvm_buf *b, gvm_buf *body, uint32_t scale) {
    gvm_buf s = {0};
    uint32_t functions = 10000 * scale;
    simple_type(b);
    wb_u32(&s, functions);
    for (uint32_t k = 0; k < functions; k++) gvm_buf_put(&s, 0);
    wb_section(b, WB_FUNCTION, &s);
    wb_u32(&s, functions);
    for (uint32_t k = 0; k < functions; k++) {
        WB_RAW(body, 0, 0x10);
        wb_u32(body, functions - 1 - k);
        put_func(&s, body);
    }
    wb_section(b, WB_CODE, &s);
    gvm_buf_free(&s);
}

static const struct {
    const char *name;
    void (*build)(gvm_buf *b, gvm_buf *body, uint32_t scale);
} bombs[] = {{"nesting", bomb_nesting},     {"br_table", bomb_table}, {"locals", bomb_locals},
             {"one-local", bomb_one_local}, {"types", bomb_types},    {"carry", bomb_carry},
             {"functions", bomb_functions}};
#define BOMBS (sizeof bombs / sizeof *bombs)

static void build_bomb(gvm_buf *b, size_t which, uint32_t scale) {
    gvm_buf body = {0};
    wb_begin(b);
    bombs[which].build(b, &body, scale);
    if (body.len != 0) build_one(b, &body);
    gvm_buf_free(&body);
}

/* ---- measuring */

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void make_ready(gvm_bytes bytes, double *load, double *compile, size_t *code) {
    gvm_wasm_module *m;
    gvm_wasm_refusal r;
    double start = now();
    if (gvm_wasm_load(&m, &r, bytes, &gvm_wasm_limits_core) != GVM_OK) {
        fprintf(stderr, "refused at %llu: %s\n", (unsigned long long)r.offset, r.text);
        exit(1);
    }
    double loaded = now();
    gvm_status status = gvm_wasm_module_compile(m);
    *compile = now() - loaded;
    *load = loaded - start;
    GVM_ASSERT(status == GVM_OK || status == GVM_ERR_UNSUPPORTED);
    const gvm_wasm_native *n = gvm_wasm_module_native(m, gvm_wasm_form_here());
    *code = n != NULL ? n->code.len : 0;
    gvm_wasm_module_delete(m);
}

static void bench_size(size_t size) {
    gvm_buf b = {0};
    double load = 1e18, compile = 1e18, l, c;
    size_t code = 0;
    build_usual(&b, size);
    for (int i = 0; i < 5; i++) {
        make_ready(gvm_buf_bytes(&b), &l, &c, &code);
        if (l < load) load = l;
        if (c < compile) compile = c;
    }
    double n = (double)b.len;
    printf("%10zu %12.1f %12.1f %12.1f %12.2f\n", b.len, n / load * 1e3, n / compile * 1e3,
           n / (load + compile) * 1e3, (double)code / n);
    gvm_buf_free(&b);
}

/* Instructions of a process that does nothing else, by valgrind; 0: there is none. */
static double count(const char *self, const char *bomb, unsigned scale) {
    char command[512];
    snprintf(command, sizeof command,
             "valgrind --tool=callgrind --callgrind-out-file=/dev/null '%s' %s %u 2>&1 | sed -n "
             "'s/.*Collected : //p'",
             self, bomb, scale);
    FILE *f = popen(command, "r");
    double n = 0;
    if (f == NULL || fscanf(f, "%lf", &n) != 1) n = 0;
    if (f != NULL) pclose(f);
    return n;
}

static unsigned bench_bomb(const char *self, size_t which) {
    double cost[4];
    bool counted = true;
    printf("%-10s", bombs[which].name);
    for (unsigned i = 0; i < 4; i++) {
        cost[i] = count(self, bombs[which].name, 1u << i);
        counted = counted && cost[i] > 0;
    }
    for (unsigned i = 0; !counted && i < 4; i++) {
        gvm_buf b = {0};
        double l, c;
        size_t code;
        build_bomb(&b, which, 1u << i);
        make_ready(gvm_buf_bytes(&b), &l, &c, &code);
        cost[i] = l + c;
        gvm_buf_free(&b);
    }
    double slope = log2(cost[3] / cost[0]) / 3;
    for (unsigned i = 0; i < 4; i++) printf(" %13.0f", cost[i]);
    printf(" %8.2f %s%s\n", slope, counted ? "instructions" : "ns",
           slope > 1.2 ? "  above 1.2" : "");
    return slope > 1.2;
}

int main(int argc, char **argv) {
    double l, c;
    size_t code;
    for (size_t i = 0; argc == 3 && i < BOMBS; i++) {
        if (strcmp(argv[1], bombs[i].name) != 0) continue;
        gvm_buf b = {0};
        build_bomb(&b, i, (uint32_t)atoi(argv[2]));
        make_ready(gvm_buf_bytes(&b), &l, &c, &code);
        gvm_buf_free(&b);
        return 0;
    }
    bool guarded = gvm_wasm_traps_enable() == GVM_OK;
    printf("memory bounds by %s; the best of 5\n", guarded ? "guard pages" : "comparison");
    printf("%10s %12s %12s %12s %12s\n", "bytes", "load MB/s", "compile MB/s", "both MB/s",
           "code / byte");
    for (size_t size = 10000; size <= 10000000; size *= 10) bench_size(size);
    unsigned bad = 0;
    printf("\n%-10s %13s %13s %13s %13s %8s\n", "bomb", "1", "2", "4", "8", "slope");
    for (size_t i = 0; i < BOMBS; i++) bad += bench_bomb(argv[0], i);
    return bad != 0;
}
