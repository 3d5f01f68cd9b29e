/* The loader's laws under splits, each refusal that only the contract profile makes, the laws of
 * metering, and what stops a run from outside. What instructions do is the specification's tests'
 * business (conformance/wasm_spec). */
#include "support/wasm_build.h"
#include "support/wasm_traps.h"
#include "vm/wasm/body.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <time.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

#include <cmocka.h>

/* ---- modules */

/* (func (export "f") (param i32) (result i32)): the loop stores i at 4 * i for i = n .. 1, calls g
 * each time, and divides at last by what is left; every kind of metering block is in it. */
static void build_loop(gvm_buf *b) {
    wb_begin(b);
    WB_SECTION(b, WB_TYPE, 2, FUNC, 1, I32, 1, I32, FUNC, 1, I32, 0);
    WB_SECTION(b, WB_FUNCTION, 2, 0, 1);
    WB_SECTION(b, WB_MEMORY, 1, 1, 1, 2);
    WB_SECTION(b, WB_GLOBAL, 1, I32, 1, 0x41, 0, 0x0b);
    WB_SECTION(b, WB_EXPORT, 3, 1, 'f', 0, 0, 1, 'm', 2, 0, 1, 'g', 3, 0);
    gvm_buf code = {0}, body = {0};
    wb_u32(&code, 2);
    WB_RAW(&body, 1, 1, I32,                            /* one local */
           0x02, EMPTY,                                 /* block */
           0x03, EMPTY,                                 /* loop */
           0x20, 0, 0x45, 0x0d, 1,                      /* br_if 1 (i32.eqz n) */
           0x20, 0, 0x41, 2, 0x74, 0x20, 0, 0x36, 2, 0, /* i32.store (n << 2) n */
           0x20, 0, 0x10, 1,                            /* call g n */
           0x20, 0, 0x41, 1, 0x6b, 0x21, 0,             /* n = n - 1 */
           0x20, 0, 0x41, 3, 0x71, 0x04, EMPTY,         /* if (n & 3) */
           0x20, 1, 0x41, 5, 0x6a, 0x21, 1,             /* x += 5 */
           0x05,                                        /* else */
           0x41, 0, 0x20, 1, 0x41, 7, 0xfc, 0x0b, 0,    /* memory.fill 0 x 7 */
           0x0b,                                        /* end */
           0x0c, 0,                                     /* br 0 */
           0x0b, 0x0b,                                  /* end end */
           0x20, 1, 0x0b);
    wb_sized(&code, &body);
    WB_RAW(&body, 0, 0x23, 0, 0x20, 0, 0x6a, 0x24, 0, 0x0b); /* global += param */
    wb_sized(&code, &body);
    wb_section(b, WB_CODE, &code);
    gvm_buf_free(&code);
    gvm_buf_free(&body);
}

/* One of everything that the binary format has. */
static void build_all(gvm_buf *b) {
    wb_begin(b);
    gvm_buf s = {0};
    wb_name(&s, "ghost.abi");
    gvm_buf_str(&s, "[]");
    wb_section(b, 0, &s);
    WB_SECTION(b, WB_TYPE, 3, FUNC, 0, 0, FUNC, 2, I32, V128, 2, I64, F64, FUNC, 0, 1, I32);
    WB_SECTION(b, WB_IMPORT, 2, 1, 'h', 3, 0xe2, 0x82, 0xac, 0, 0, 1, 'h', 1, 'g', 3, I32, 0);
    WB_SECTION(b, WB_FUNCTION, 2, 1, 2);
    WB_SECTION(b, WB_TABLE, 2, 0x70, 1, 2, 10, 0x6f, 0, 3);
    WB_SECTION(b, WB_MEMORY, 1, 0, 1);
    WB_SECTION(b, WB_GLOBAL, 2, V128, 0, 0xfd, 0x0c, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
               15, 16, 0x0b, 0x70, 1, 0xd2, 1, 0x0b);
    WB_SECTION(b, WB_EXPORT, 2, 1, 'a', 0, 1, 2, 'b', 'c', 0, 2);
    WB_SECTION(b, WB_START, 0);
    WB_SECTION(b, WB_ELEMENT, 4, 0, 0x41, 0, 0x0b, 1, 1, 1, 0, 1, 2, 5, 0x6f, 1, 0xd0, 0x6f, 0x0b,
               6, 0, 0x23, 0, 0x0b, 0x70, 1, 0xd2, 2, 0x0b);
    WB_SECTION(b, WB_DATA_COUNT, 2);
    gvm_buf code = {0}, body = {0};
    wb_u32(&code, 2);
    WB_RAW(&body, 2, 1, I64, 2, F64,           /* locals */
           0x20, 0, 0x04, I64,                 /* if (result i64) */
           0x42, 0x80, 0x80, 0x80, 0x80, 0x10, /* i64.const */
           0x05, 0x20, 2, 0x0b,                /* else local.get end */
           0x44, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, /* f64.const 1 */
           0x0f, 0x0b);                        /* return end */
    wb_sized(&code, &body);
    WB_RAW(&body, 0, 0x02, EMPTY, 0x02, EMPTY, 0x41, 1, 0x0e, 2, 0, 1, 0, 0x0b, 0x0b, /* br_table */
           0xfd, 0x0c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, /* v128.const */
           0xfd, 0x1b, 2,                                                    /* extract_lane */
           0x41, 0, 0xfd, 0x5d, 3, 0x80, 0x80, 4, 0x1a, /* v128.load64_zero, drop */
           0x0b);
    wb_sized(&code, &body);
    wb_section(b, WB_CODE, &code);
    WB_SECTION(b, WB_DATA, 2, 0, 0x41, 3, 0x0b, 2, 'x', 'y', 1, 1, 'z');
    wb_name(&s, "name");
    WB_RAW(&s, 1, 6, 1, 1, 3, 'o', 'n', 'e');
    wb_section(b, 0, &s);
    gvm_buf_free(&code);
    gvm_buf_free(&body);
    gvm_buf_free(&s);
}

static gvm_wasm_module *load_good(gvm_bytes bytes) {
    wasm_traps_if_wanted();
    gvm_wasm_module *m = NULL;
    gvm_wasm_refusal r;
    if (gvm_wasm_load(&m, &r, bytes, &gvm_wasm_limits_core) != GVM_OK)
        fail_msg("refused at %llu: %s", (unsigned long long)r.offset, r.text);
    return m;
}

/* ---- splits */

static gvm_status load_split(gvm_wasm_module **m, gvm_wasm_refusal *r, gvm_bytes bytes,
                             size_t split) {
    gvm_wasm_loader *l = gvm_wasm_loader_new(&gvm_wasm_limits_core);
    gvm_status status = gvm_wasm_loader_feed(l, NULL, gvm_bytes_make(bytes.ptr, split));
    if (status == GVM_OK)
        status =
            gvm_wasm_loader_feed(l, NULL, gvm_bytes_make(bytes.ptr + split, bytes.len - split));
    if (status == GVM_OK) status = gvm_wasm_loader_finish(l, m);
    *r = *gvm_wasm_loader_refusal(l);
    gvm_wasm_loader_delete(l);
    return status;
}

static void check_splits(gvm_bytes bytes) {
    gvm_wasm_module *whole = NULL, *m = NULL;
    gvm_wasm_refusal a, b;
    gvm_status status = load_split(&whole, &a, bytes, bytes.len);
    for (size_t split = 0; split <= bytes.len; split++) {
        assert_int_equal(load_split(&m, &b, bytes, split), status);
        assert_memory_equal(&a, &b, sizeof a);
        if (status != GVM_OK) continue;
        assert_int_equal(m->words.len, whole->words.len);
        assert_memory_equal(m->words.at, whole->words.at, m->words.len * sizeof *m->words.at);
        gvm_wasm_module_delete(m);
    }
    if (status == GVM_OK) gvm_wasm_module_delete(whole);
}

static void splits_change_nothing(void **state) {
    (void)state;
    void (*const builders[])(gvm_buf *) = {build_loop, build_all};
    for (size_t i = 0; i < 2; i++) {
        gvm_buf b = {0};
        builders[i](&b);
        gvm_wasm_module_delete(load_good(gvm_buf_bytes(&b)));
        check_splits(gvm_buf_bytes(&b));
        /* Every prefix ends too early, and says so at its end. */
        for (size_t n = 0; n < b.len; n++) {
            gvm_wasm_module *m = NULL;
            gvm_wasm_refusal r;
            gvm_status status = load_split(&m, &r, gvm_bytes_make(b.ptr, n), n);
            if (status == GVM_OK) { /* a whole module, but for its last custom section */
                gvm_wasm_module_delete(m);
                continue;
            }
            assert_int_equal(r.offset, n);
        }
        /* Every single bad byte: one verdict, and the feed that holds the byte refuses. */
        for (size_t at = 0; at < b.len; at++) {
            uint8_t kept = b.ptr[at];
            const uint8_t tries[] = {0x00, 0x80, 0xff, (uint8_t)(kept + 1), (uint8_t)(kept ^ 0x40)};
            for (size_t k = 0; k < sizeof tries; k++) {
                b.ptr[at] = tries[k];
                gvm_wasm_module *m = NULL;
                gvm_wasm_refusal r, s;
                gvm_status status = load_split(&m, &r, gvm_buf_bytes(&b), b.len);
                if (status == GVM_OK) {
                    gvm_wasm_module_delete(m);
                    continue;
                }
                assert_true(r.offset >= at);
                if (r.offset < b.len) {
                    gvm_wasm_loader *l = gvm_wasm_loader_new(&gvm_wasm_limits_core);
                    size_t until = (size_t)r.offset;
                    assert_int_equal(gvm_wasm_loader_feed(l, NULL, gvm_bytes_make(b.ptr, until)),
                                     GVM_OK);
                    assert_int_equal(
                        gvm_wasm_loader_feed(l, NULL, gvm_bytes_make(b.ptr + until, 1)), status);
                    s = *gvm_wasm_loader_refusal(l);
                    assert_memory_equal(&r, &s, sizeof r);
                    gvm_wasm_loader_delete(l);
                }
            }
            b.ptr[at] = kept;
        }
        gvm_buf_free(&b);
    }
}

static void reads_what_it_keeps(void **state) {
    (void)state;
    gvm_buf b = {0};
    gvm_bytes out;
    gvm_wasm_declaration d;
    build_all(&b);
    gvm_wasm_module *m = load_good(gvm_buf_bytes(&b));
    assert_true(gvm_wasm_module_custom(m, &out, gvm_bytes_str("ghost.abi")));
    assert_true(gvm_bytes_equal(out, gvm_bytes_str("[]")));
    assert_true(gvm_wasm_module_func_name(m, &out, 1));
    assert_true(gvm_bytes_equal(out, gvm_bytes_str("one")));
    assert_true(gvm_wasm_module_func_name(m, &out, 2));
    assert_true(gvm_bytes_equal(out, gvm_bytes_str("bc")));
    assert_true(gvm_wasm_module_find_export(m, &d, gvm_bytes_str("a")));
    assert_int_equal(d.func->params, 2);
    assert_int_equal(d.func->param_slots, 3);
    assert_int_equal(gvm_wasm_module_imports(m), 2);
    gvm_wasm_module_import(m, &d, 1);
    assert_int_equal(d.kind, GVM_WASM_KIND_GLOBAL);
    assert_true(gvm_wasm_module_has_start(m));
    gvm_wasm_module_delete(m);
    gvm_buf_free(&b);
}

static void stops_at_the_end_mark(void **state) {
    (void)state;
    gvm_buf b = {0}, s = {0};
    build_loop(&b);
    wb_name(&s, "ghost.end");
    wb_section(&b, 0, &s);
    size_t len = b.len, taken;
    gvm_buf_str(&b, "constructor data");
    gvm_wasm_loader *l = gvm_wasm_loader_new(&gvm_wasm_limits_contract);
    gvm_wasm_module *m;
    gvm_wasm_loader_stop_at_end(l);
    assert_int_equal(gvm_wasm_loader_feed(l, &taken, gvm_buf_bytes(&b)), GVM_OK);
    assert_int_equal(taken, len);
    assert_true(gvm_wasm_loader_ended(l));
    assert_int_equal(gvm_wasm_loader_finish(l, &m), GVM_OK);
    gvm_wasm_module_delete(m);
    gvm_wasm_loader_delete(l);
    gvm_buf_free(&b);
    gvm_buf_free(&s);
}

/* ---- limits */

/* Modules around one limit: `n` of the thing. */
static void simple_body(gvm_buf *b, gvm_buf *body) {
    gvm_buf code = {0};
    WB_SECTION(b, WB_TYPE, 1, FUNC, 0, 0);
    WB_SECTION(b, WB_FUNCTION, 1, 0);
    wb_u32(&code, 1);
    wb_sized(&code, body);
    wb_section(b, WB_CODE, &code);
    gvm_buf_free(&code);
}

static void many(gvm_buf *b, uint8_t id, uint32_t n, gvm_bytes item) {
    gvm_buf s = {0};
    wb_u32(&s, n);
    for (uint32_t i = 0; i < n; i++) gvm_buf_append(&s, item.ptr, item.len);
    wb_section(b, id, &s);
    gvm_buf_free(&s);
}
#define MANY(b, id, n, ...)                                  \
    do {                                                     \
        const uint8_t item_[] = {__VA_ARGS__};               \
        many(b, id, n, gvm_bytes_make(item_, sizeof item_)); \
    } while (0)

static void with_types(gvm_buf *b, uint32_t n) {
    MANY(b, WB_TYPE, n, FUNC, 0, 0);
}
static void with_globals(gvm_buf *b, uint32_t n) {
    MANY(b, WB_GLOBAL, n, I32, 0, 0x41, 0, 0x0b);
}
static void with_tables(gvm_buf *b, uint32_t n) {
    MANY(b, WB_TABLE, n, 0x70, 0, 1);
}
static void with_imports(gvm_buf *b, uint32_t n) {
    MANY(b, WB_IMPORT, n, 1, 'm', 1, 'g', 3, I32, 0);
}
static void with_data(gvm_buf *b, uint32_t n) {
    MANY(b, WB_DATA, n, 1, 0);
}
static void with_elements(gvm_buf *b, uint32_t n) {
    MANY(b, WB_ELEMENT, n, 1, 0, 0);
}
static void with_functions(gvm_buf *b, uint32_t n) {
    WB_SECTION(b, WB_TYPE, 1, FUNC, 0, 0);
    MANY(b, WB_FUNCTION, n, 0);
    MANY(b, WB_CODE, n, 2, 0, 0x0b);
}
static void with_exports(gvm_buf *b, uint32_t n) {
    WB_SECTION(b, WB_GLOBAL, 1, I32, 0, 0x41, 0, 0x0b);
    gvm_buf s = {0};
    wb_u32(&s, n);
    for (uint32_t i = 0; i < n; i++)
        WB_RAW(&s, 2, (uint8_t)('A' + i / 26), (uint8_t)('a' + i % 26), 3, 0);
    wb_section(b, WB_EXPORT, &s);
    gvm_buf_free(&s);
}
static void with_name(gvm_buf *b, uint32_t n) {
    gvm_buf s = {0};
    wb_u32(&s, n);
    for (uint32_t i = 0; i < n; i++) gvm_buf_put(&s, 'x');
    wb_section(b, 0, &s);
    gvm_buf_free(&s);
}
static void with_params(gvm_buf *b, uint32_t n) {
    gvm_buf s = {0};
    WB_RAW(&s, 1, FUNC);
    wb_u32(&s, n);
    for (uint32_t i = 0; i < n; i++) gvm_buf_put(&s, I32);
    gvm_buf_put(&s, 0);
    wb_section(b, WB_TYPE, &s);
    gvm_buf_free(&s);
}
static void with_results(gvm_buf *b, uint32_t n) {
    gvm_buf s = {0};
    WB_RAW(&s, 1, FUNC, 0);
    wb_u32(&s, n);
    for (uint32_t i = 0; i < n; i++) gvm_buf_put(&s, I32);
    wb_section(b, WB_TYPE, &s);
    gvm_buf_free(&s);
}
static void with_locals(gvm_buf *b, uint32_t n) {
    gvm_buf body = {0};
    gvm_buf_put(&body, 1);
    wb_u32(&body, n);
    gvm_buf_put(&body, I32);
    for (uint32_t i = 0; i < 1100; i++) gvm_buf_put(&body, 0x01); /* a byte for each local */
    gvm_buf_put(&body, 0x0b);
    simple_body(b, &body);
    gvm_buf_free(&body);
}
static void with_locals_of_all(gvm_buf *b, uint32_t n) {
    gvm_buf body = {0};
    gvm_buf_put(&body, 1);
    wb_u32(&body, n);
    WB_RAW(&body, I32, 0x0b);
    simple_body(b, &body);
    gvm_buf_free(&body);
}
static void with_body(gvm_buf *b, uint32_t n) {
    gvm_buf body = {0};
    gvm_buf_put(&body, 0);
    for (uint32_t i = 2; i < n; i++) gvm_buf_put(&body, 0x01);
    gvm_buf_put(&body, 0x0b);
    simple_body(b, &body);
    gvm_buf_free(&body);
}
static void with_nesting(gvm_buf *b, uint32_t n) {
    gvm_buf body = {0};
    gvm_buf_put(&body, 0);
    for (uint32_t i = 0; i < n; i++) WB_RAW(&body, 0x02, EMPTY);
    for (uint32_t i = 0; i <= n; i++) gvm_buf_put(&body, 0x0b);
    simple_body(b, &body);
    gvm_buf_free(&body);
}
static void with_height(gvm_buf *b, uint32_t n) {
    gvm_buf body = {0};
    gvm_buf_put(&body, 0);
    for (uint32_t i = 0; i < n; i++) WB_RAW(&body, 0x41, 0);
    for (uint32_t i = 0; i < n; i++) gvm_buf_put(&body, 0x1a);
    gvm_buf_put(&body, 0x0b);
    simple_body(b, &body);
    gvm_buf_free(&body);
}
static void with_cases(gvm_buf *b, uint32_t n) {
    gvm_buf body = {0};
    WB_RAW(&body, 0, 0x41, 0, 0x0e);
    wb_u32(&body, n);
    for (uint32_t i = 0; i <= n; i++) gvm_buf_put(&body, 0);
    gvm_buf_put(&body, 0x0b);
    simple_body(b, &body);
    gvm_buf_free(&body);
}
static void with_pages(gvm_buf *b, uint32_t n) {
    gvm_buf s = {0};
    WB_RAW(&s, 1, 0);
    wb_u32(&s, n);
    wb_section(b, WB_MEMORY, &s);
    gvm_buf_free(&s);
}
static void with_table_size(gvm_buf *b, uint32_t n) {
    gvm_buf s = {0};
    WB_RAW(&s, 1, 0x70, 0);
    wb_u32(&s, n);
    wb_section(b, WB_TABLE, &s);
    gvm_buf_free(&s);
}
static void with_bytes(gvm_buf *b, uint32_t n) { /* of the whole module */
    gvm_buf s = {0};
    WB_RAW(&s, 1, 'x');
    while (s.len + 8 + 1 + 3 < n) gvm_buf_put(&s, 0);
    wb_section(b, 0, &s);
    gvm_buf_free(&s);
}

static gvm_status load_profile(gvm_bytes bytes, const gvm_wasm_limits *limits) {
    gvm_wasm_module *m;
    gvm_status status = gvm_wasm_load(&m, NULL, bytes, limits);
    if (status == GVM_OK) gvm_wasm_module_delete(m);
    return status;
}

static void contract_refuses_what_core_takes(void **state) {
    (void)state;
    static const struct {
        const char *what;
        void (*build)(gvm_buf *, uint32_t);
        uint32_t most;
    } rows[] = {{"types", with_types, 1000},
                {"globals", with_globals, 256},
                {"tables", with_tables, 1},
                {"table elements", with_table_size, 10000},
                {"memory pages", with_pages, 256},
                {"imports", with_imports, 256},
                {"exports", with_exports, 64},
                {"name bytes", with_name, 256},
                {"data segments", with_data, 1000},
                {"element segments", with_elements, 1000},
                {"functions", with_functions, 10000},
                {"parameters", with_params, 100},
                {"results", with_results, 16},
                {"locals", with_locals, 1000},
                {"locals of all functions", with_locals_of_all, 26}, /* the module's bytes */
                {"body bytes", with_body, 65536},
                {"nesting", with_nesting, 256},
                {"operand height", with_height, 1024},
                {"br_table cases", with_cases, 4096},
                {"module bytes", with_bytes, 1u << 20}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (uint32_t more = 0; more < 2; more++) {
            gvm_buf b = {0};
            wb_begin(&b);
            rows[i].build(&b, rows[i].most + more);
            gvm_bytes bytes = gvm_buf_bytes(&b);
            if (load_profile(bytes, &gvm_wasm_limits_core) != GVM_OK)
                fail_msg("%s: core refuses", rows[i].what);
            gvm_status wanted = more ? GVM_ERR_WASM_LIMIT : GVM_OK;
            gvm_status found = load_profile(bytes, &gvm_wasm_limits_contract);
            if (found != wanted)
                fail_msg("%s: %u gives %s", rows[i].what, rows[i].most + more,
                         gvm_status_name(found));
            gvm_buf_free(&b);
        }
    }
}

/* ---- running, by the interpreter and as compiled code */

static bool compiled;

typedef struct world {
    gvm_wasm_store *store;
    gvm_wasm_exec *exec;
    gvm_wasm_instance *instance;
    gvm_wasm_module *module;
} world;

static void open_world(world *w, void (*build)(gvm_buf *), uint32_t stack,
                       const gvm_wasm_extern *imports, size_t len) {
    gvm_buf b = {0};
    build(&b);
    w->module = load_good(gvm_buf_bytes(&b));
    gvm_buf_free(&b);
    if (compiled) assert_int_equal(gvm_wasm_module_compile(w->module), GVM_OK);
    w->exec = gvm_wasm_exec_new(stack);
    gvm_error err = {.code = GVM_OK};
    if (gvm_wasm_instantiate(w->store, &w->instance, w->exec, &err, w->module, imports, len) !=
        GVM_OK)
        fail_msg("%s", gvm_error_text(&err));
}

static void close_world(world *w) {
    gvm_wasm_module_delete(w->module);
    gvm_wasm_exec_delete(w->exec);
    gvm_wasm_store_delete(w->store);
}

static gvm_status call(world *w, const char *name, gvm_wasm_value *result, uint64_t arg) {
    gvm_wasm_extern f;
    gvm_wasm_value args[4] = {{.i64 = arg}, {.i64 = 0}, {.i64 = 0}, {.i64 = 0}};
    assert_true(gvm_wasm_instance_export(w->instance, &f, gvm_bytes_str(name)));
    return gvm_wasm_call(w->exec, result, f.func, args);
}

typedef struct seen {
    int64_t used;
    uint32_t global;
    uint8_t memory[64];
    uint32_t offset;
    gvm_status status;
} seen;

static void run_with(seen *s, int64_t fuel, uint32_t n) {
    world w = {.store = gvm_wasm_store_new()};
    gvm_wasm_value result;
    gvm_wasm_extern g;
    size_t len;
    memset(s, 0, sizeof *s);
    open_world(&w, build_loop, 1 << 16, NULL, 0);
    gvm_wasm_exec_set_fuel(w.exec, fuel);
    s->status = call(&w, "f", &result, n);
    s->used = fuel - gvm_wasm_exec_fuel(w.exec);
    s->offset = gvm_wasm_exec_trap(w.exec)->offset;
    assert_true(gvm_wasm_instance_export(w.instance, &g, gvm_bytes_str("g")));
    s->global = gvm_wasm_global_get(g.global).i32;
    memcpy(s->memory, gvm_wasm_memory_data(gvm_wasm_instance_memory(w.instance), &len),
           sizeof s->memory);
    close_world(&w);
}

/* What runs out of fuel has taken whole blocks alone: with exactly what was taken it stands at the
 * same place, and one unit more changes nothing until the next block is paid. */
static void fuel_is_taken_by_blocks(void **state) {
    (void)state;
    seen all, s, before;
    run_with(&all, 1 << 30, 6);
    assert_int_equal(all.status, GVM_OK);
    assert_int_equal(all.global, 21);
    run_with(&before, 0, 6);
    unsigned blocks = 0;
    for (int64_t fuel = 1; fuel < all.used; fuel += 37) {
        run_with(&s, fuel, 6);
        assert_int_equal(s.status, GVM_ERR_WASM_FUEL);
        assert_true(s.used <= fuel);
        assert_true(s.used >= before.used);
        if (s.used == before.used) {
            assert_memory_equal(&s, &before, sizeof s);
        } else {
            blocks++;
            seen exact;
            run_with(&exact, s.used, 6);
            assert_memory_equal(&exact, &s, sizeof s);
        }
        before = s;
    }
    assert_true(blocks > 30);
    run_with(&s, all.used, 6);
    assert_int_equal(s.status, GVM_OK);
    run_with(&s, all.used - 1, 6);
    assert_int_equal(s.status, GVM_ERR_WASM_FUEL);
}

/* The prices of a run, by hand from prices.inc: n = 0 takes the loop's first block and the way out.
 */
static void prices_are_the_tables(void **state) {
    (void)state;
    seen s;
    run_with(&s, 1 << 20, 0);
    assert_int_equal(s.status, GVM_OK);
    assert_int_equal(s.used, GVM_WASM_PRICE_ENTRY_SLOT + GVM_WASM_PRICE_LOCAL + GVM_WASM_PRICE_INT +
                                 GVM_WASM_PRICE_BRANCH + /* br_if */
                                 GVM_WASM_PRICE_LOCAL);  /* the result */
}

static void
build_recursion(gvm_buf *b) { /* (func $f (param i64) local i64 ... depth += 1; call $f) */
    wb_begin(b);
    WB_SECTION(b, WB_TYPE, 1, FUNC, 1, I64, 0);
    WB_SECTION(b, WB_FUNCTION, 1, 0);
    WB_SECTION(b, WB_GLOBAL, 1, I32, 1, 0x41, 0, 0x0b);
    WB_SECTION(b, WB_EXPORT, 2, 1, 'f', 0, 0, 1, 'g', 3, 0);
    gvm_buf code = {0}, body = {0};
    wb_u32(&code, 1);
    WB_RAW(&body, 2, 1, V128, 1, I64, 0x23, 0, 0x41, 1, 0x6a, 0x24, 0, 0x20, 0, 0x10, 0, 0x0b);
    wb_sized(&code, &body);
    wb_section(b, WB_CODE, &code);
    gvm_buf_free(&code);
    gvm_buf_free(&body);
}

/* 32 + 8 * (1 parameter + 2 + 1 for locals + 2 operands at most) = 80 bytes a call. */
static void stack_is_accounted(void **state) {
    (void)state;
    for (uint32_t bytes = 79; bytes < 1 << 20; bytes = bytes * 2 + 1) {
        world w = {.store = gvm_wasm_store_new()};
        gvm_wasm_extern g;
        open_world(&w, build_recursion, bytes, NULL, 0);
        assert_int_equal(call(&w, "f", NULL, 0), GVM_ERR_WASM_STACK);
        assert_int_equal(gvm_wasm_exec_trap(w.exec)->code, GVM_WASM_TRAP_STACK);
        assert_true(gvm_wasm_instance_export(w.instance, &g, gvm_bytes_str("g")));
        assert_int_equal(gvm_wasm_global_get(g.global).i32, bytes / 80);
        close_world(&w);
    }
}

static void build_forever(gvm_buf *b) {
    wb_begin(b);
    WB_SECTION(b, WB_TYPE, 1, FUNC, 0, 0);
    WB_SECTION(b, WB_FUNCTION, 1, 0);
    WB_SECTION(b, WB_EXPORT, 1, 1, 'f', 0, 0);
    WB_SECTION(b, WB_CODE, 1, 7, 0, 0x03, EMPTY, 0x0c, 0, 0x0b, 0x0b);
}

static void *cancel_soon(void *exec) {
    struct timespec t = {.tv_nsec = 2000000};
    nanosleep(&t, NULL);
    gvm_wasm_exec_cancel(exec);
    return NULL;
}

static void stops_from_outside(void **state) {
    (void)state;
    world w = {.store = gvm_wasm_store_new()};
    pthread_t thread;
    struct timespec t;
    open_world(&w, build_forever, 1 << 16, NULL, 0);
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, w.exec), 0);
    assert_int_equal(call(&w, "f", NULL, 0), GVM_ERR_CANCELLED);
    pthread_join(thread, NULL);
    gvm_wasm_exec_clear_cancel(w.exec);
    clock_gettime(CLOCK_MONOTONIC, &t);
    gvm_wasm_exec_set_deadline(w.exec,
                               (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec + 1000000u);
    assert_int_equal(call(&w, "f", NULL, 0), GVM_ERR_TIMEOUT);
    close_world(&w);
}

/* ---- the host */

static void build_host(gvm_buf *b) { /* (import "h" "f" (func (param i32 f64) (result i64))) */
    wb_begin(b);
    WB_SECTION(b, WB_TYPE, 2, FUNC, 2, I32, F64, 1, I64, FUNC, 1, I32, 1, I64);
    WB_SECTION(b, WB_IMPORT, 1, 1, 'h', 1, 'f', 0, 0);
    WB_SECTION(b, WB_FUNCTION, 1, 1);
    WB_SECTION(b, WB_MEMORY, 1, 0, 1);
    WB_SECTION(b, WB_EXPORT, 1, 1, 'f', 0, 1);
    WB_SECTION(b, WB_CODE, 1, 18, 0, 0x42, 1, 0x20, 0, 0x44, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f, /* 1.5 */
               0x10, 0, 0x7c, 0x0b);
}

static gvm_status host_asked; /* what the host function answers */
static gvm_status host(void *ctx, gvm_wasm_exec *exec, uint64_t *slots) {
    uint8_t *memory;
    assert_int_equal(slots[0], 0xfffffffe);
    assert_int_equal(slots[1], 0x3ff8000000000000);
    assert_true(gvm_wasm_exec_memory(exec, &memory, 65535, 1));
    assert_false(gvm_wasm_exec_memory(exec, &memory, 65535, 2));
    assert_false(gvm_wasm_exec_memory(exec, &memory, 0xffffffff, 0xffffffff));
    *(int *)ctx += 1;
    if (host_asked == GVM_OK) slots[0] = 41;
    return host_asked;
}

static void open_host(world *w, int *count) {
    static const uint8_t types[] = {GVM_WASM_I32, GVM_WASM_F64, GVM_WASM_I64};
    gvm_wasm_functype t = {.types = types, .params = 2, .results = 1};
    w->store = gvm_wasm_store_new();
    gvm_wasm_extern import = {.kind = GVM_WASM_KIND_FUNC,
                              .func = gvm_wasm_func_new(w->store, &t, host, count)};
    open_world(w, build_host, 1 << 16, &import, 1);
}

static void calls_the_host(void **state) {
    (void)state;
    world w;
    int count = 0;
    gvm_wasm_value result;
    open_host(&w, &count);
    host_asked = GVM_OK;
    assert_int_equal(call(&w, "f", &result, 0xfffffffe), GVM_OK);
    assert_int_equal(result.i64, 42);
    host_asked = GVM_ERR_PERMISSION;
    assert_int_equal(call(&w, "f", &result, 0xfffffffe), GVM_ERR_PERMISSION);
    assert_int_equal(gvm_wasm_exec_trap(w.exec)->code, GVM_WASM_TRAP_HOST);
    assert_int_equal(gvm_wasm_exec_trap(w.exec)->function, 1);
    /* Suspended, it waits; what it waited for comes in its slots. */
    host_asked = GVM_WASM_SUSPENDED;
    assert_int_equal(call(&w, "f", &result, 0xfffffffe), GVM_WASM_SUSPENDED);
    assert_int_equal(call(&w, "f", &result, 0xfffffffe), GVM_ERR_STATE);
    gvm_wasm_exec_slots(w.exec)[0] = 99;
    assert_int_equal(gvm_wasm_exec_resume(w.exec, &result, GVM_OK), GVM_OK);
    assert_int_equal(result.i64, 100);
    assert_int_equal(gvm_wasm_exec_resume(w.exec, &result, GVM_OK), GVM_ERR_STATE);
    assert_int_equal(call(&w, "f", &result, 0xfffffffe), GVM_WASM_SUSPENDED);
    assert_int_equal(gvm_wasm_exec_resume(w.exec, &result, GVM_ERR_IO), GVM_ERR_IO);
    assert_int_equal(call(&w, "f", &result, 0xfffffffe), GVM_WASM_SUSPENDED);
    gvm_wasm_exec_abandon(w.exec);
    host_asked = GVM_OK;
    assert_int_equal(call(&w, "f", &result, 0xfffffffe), GVM_OK);
    assert_int_equal(count, 6);
    /* Without its import, or with another type, it does not link. */
    gvm_error err = {.code = GVM_OK};
    gvm_wasm_instance *i;
    assert_int_equal(gvm_wasm_instantiate(w.store, &i, w.exec, &err, w.module, NULL, 0),
                     GVM_ERR_WASM_LINK);
    close_world(&w);
}

static void build_trap(gvm_buf *b) {
    wb_begin(b);
    WB_SECTION(b, WB_TYPE, 1, FUNC, 1, I32, 1, I32);
    WB_SECTION(b, WB_FUNCTION, 1, 0);
    WB_SECTION(b, WB_EXPORT, 1, 3, 'd', 'i', 'v', 0, 0);
    WB_SECTION(b, WB_CODE, 1, 7, 0, 0x41, 9, 0x20, 0, 0x6d, 0x0b);
}

static void traps_say_where(void **state) {
    (void)state;
    world w = {.store = gvm_wasm_store_new()};
    gvm_wasm_value result;
    char text[128];
    open_world(&w, build_trap, 1 << 16, NULL, 0);
    assert_int_equal(call(&w, "div", &result, 0), GVM_ERR_WASM_TRAP);
    gvm_wasm_trap_describe(text, sizeof text, gvm_wasm_exec_trap(w.exec));
    assert_string_equal(text, "integer divide by zero in div (function 0) at 0x26");
    assert_int_equal(call(&w, "div", &result, 2), GVM_OK);
    assert_int_equal(result.i32, 4);
    close_world(&w);
}

/* ---- floats */

static void
build_floats(gvm_buf *b) { /* f(x) = f64(x bits) * 0.5 as bits; n(x) = f32 x + f32 x as bits */
    wb_begin(b);
    WB_SECTION(b, WB_TYPE, 2, FUNC, 1, I64, 1, I64, FUNC, 1, I32, 1, I32);
    WB_SECTION(b, WB_FUNCTION, 2, 0, 1);
    WB_SECTION(b, WB_EXPORT, 2, 1, 'f', 0, 0, 1, 'n', 0, 1);
    WB_SECTION(b, WB_CODE, 2, 16, 0, 0x20, 0, 0xbf, 0x44, 0, 0, 0, 0, 0, 0, 0xe0, 0x3f, 0xa2, 0xbd,
               0x0b, 10, 0, 0x20, 0, 0xbe, 0x20, 0, 0xbe, 0x92, 0xbc, 0x0b);
}

/* The floating-point mode, and one that is odd: flush to zero, denormals are zero, round toward
 * zero.
 */
#if defined(__x86_64__)
#define ODD_MODE 0xffc0u
static uint64_t get_mode(void) {
    return _mm_getcsr() & ~0x3fu; /* without what happened */
}
static void set_mode(uint64_t mode) {
    _mm_setcsr((unsigned)mode);
}
#elif defined(__aarch64__)
#define ODD_MODE (1u << 24 | 3u << 22)
static uint64_t get_mode(void) {
    uint64_t mode;
    __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
    return mode;
}
static void set_mode(uint64_t mode) {
    __asm__ volatile("msr fpcr, %0" ::"r"(mode));
}
#else
#define ODD_MODE 0
static uint64_t get_mode(void) {
    return 0;
}
static void set_mode(uint64_t mode) {
    (void)mode;
}
#endif

static void floats_do_not_depend_on_the_host(void **state) {
    (void)state;
    world w = {.store = gvm_wasm_store_new()};
    gvm_wasm_value result;
    open_world(&w, build_floats, 1 << 16, NULL, 0);
    uint64_t outside = get_mode();
    set_mode(ODD_MODE);
    gvm_status status = call(&w, "f", &result, 6); /* 3 as a denormal */
    assert_int_equal(get_mode(), ODD_MODE);
    set_mode(outside);
    assert_int_equal(status, GVM_OK);
    assert_int_equal(result.i64, 3);
    assert_int_equal(call(&w, "n", &result, 0xffa12345), GVM_OK);
    assert_int_equal(result.i32, 0x7fc00000);
    close_world(&w);
}

static int use_interpreter(void **state) {
    (void)state;
    compiled = false;
    return 0;
}
#if defined(__x86_64__) || defined(__aarch64__)
static int use_compiler(void **state) {
    (void)state;
    compiled = true;
    return 0;
}
#define BOTH(test) \
    cmocka_unit_test_setup(test, use_interpreter), cmocka_unit_test_setup(test, use_compiler)
#else
#define BOTH(test) cmocka_unit_test_setup(test, use_interpreter)
#endif

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits_change_nothing),
        cmocka_unit_test(reads_what_it_keeps),
        cmocka_unit_test(stops_at_the_end_mark),
        cmocka_unit_test(contract_refuses_what_core_takes),
        BOTH(fuel_is_taken_by_blocks),
        BOTH(prices_are_the_tables),
        BOTH(stack_is_accounted),
        BOTH(stops_from_outside),
        BOTH(calls_the_host),
        BOTH(traps_say_where),
        BOTH(floats_do_not_depend_on_the_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
