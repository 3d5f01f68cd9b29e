/* Compiled code by the page, from a source in memory: on every machine that has a compiler. */
#include "support/wasm_build.h"
#include "support/wasm_traps.h"
#include "vm/wasm/kept.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { FUNCTIONS = 600 };

/* f0(x) = x / (x - 7) + f1(x) + f300(x) + f599(x), in this order; fi(x) = x + i. */
static void build(gvm_buf *b) {
    gvm_buf s = {0}, f = {0};
    static const uint8_t calls[][2] = {{1, 0}, {300 & 0x7f, 300 >> 7}, {599 & 0x7f, 599 >> 7}};
    wb_begin(b);
    WB_SECTION(b, WB_TYPE, 1, FUNC, 1, I32, 1, I32);
    wb_u32(&s, FUNCTIONS);
    for (int i = 0; i < FUNCTIONS; i++) gvm_buf_put(&s, 0);
    wb_section(b, WB_FUNCTION, &s);
    WB_SECTION(b, WB_MEMORY, 1, 0, 1);
    WB_SECTION(b, WB_EXPORT, 1, 1, 'f', 0, 0);
    wb_u32(&s, FUNCTIONS);
    WB_RAW(&f, 0, 0x20, 0, 0x20, 0, 0x41, 7, 0x6b, 0x6e);
    for (int i = 0; i < 3; i++) {
        WB_RAW(&f, 0x20, 0, 0x10);
        wb_u32(&f, calls[i][0] | (uint32_t)calls[i][1] << 7);
        gvm_buf_put(&f, 0x6a);
    }
    gvm_buf_put(&f, 0x0b);
    wb_sized(&s, &f);
    for (uint32_t i = 1; i < FUNCTIONS; i++) {
        WB_RAW(&f, 0, 0x20, 0, 0x41);
        WB_RAW(&f, (uint8_t)(0x80 | (i & 0x7f)), (uint8_t)(i >> 7), 0x6a, 0x0b);
        wb_sized(&s, &f);
    }
    wb_section(b, WB_CODE, &s);
    gvm_buf_free(&s);
    gvm_buf_free(&f);
}

static gvm_wasm_module *load(gvm_bytes bytes) {
    gvm_wasm_module *m;
    assert_int_equal(gvm_wasm_load(&m, NULL, bytes, NULL), GVM_OK);
    return m;
}

/* The result, or behind 1 << 40 the place of the trap. */
static uint64_t call(gvm_wasm_module *m, uint32_t x, bool interpret) {
    gvm_wasm_store *store = gvm_wasm_store_new();
    gvm_wasm_exec *exec = gvm_wasm_exec_new(1 << 16);
    gvm_wasm_instance *i;
    gvm_wasm_extern e;
    gvm_wasm_value arg = {.i32 = x}, result = {0};
    assert_int_equal(gvm_wasm_instantiate(store, &i, exec, NULL, m, NULL, 0), GVM_OK);
    assert_true(gvm_wasm_instance_export(i, &e, gvm_bytes_str("f")));
    gvm_wasm_exec_interpret(exec, interpret);
    gvm_status status = gvm_wasm_call(exec, &result, e.func, &arg);
    uint64_t answer =
        status == GVM_OK ? result.i32 : (UINT64_C(1) << 40) + gvm_wasm_exec_trap(exec)->offset;
    gvm_wasm_exec_delete(exec);
    gvm_wasm_store_delete(store);
    return answer;
}

/* ---- a source in memory, which counts */

typedef struct source {
    uint8_t *image;
    size_t reads, bytes;
    bool closed;
} source;

static bool read_image(void *ctx, uint8_t *out, size_t at, size_t len) {
    source *s = ctx;
    memcpy(out, s->image + at, len);
    s->reads++;
    s->bytes += len;
    return true;
}
static void close_image(void *ctx) {
    ((source *)ctx)->closed = true;
}

static void comes_by_the_page(void **state) {
    (void)state;
    if (!wasm_traps_again() || !gvm_wasm_image_possible()) skip();
    gvm_buf b = {0}, image = {0};
    build(&b);
    gvm_wasm_module *whole = load(gvm_buf_bytes(&b)), *m = load(gvm_buf_bytes(&b));
    if (gvm_wasm_module_compile(whole) != GVM_OK) skip();
    const gvm_wasm_native *n = gvm_wasm_module_native(whole, gvm_wasm_form_here());
    assert_non_null(n);
    size_t code = gvm_wasm_image_code(n->code.len), tables = gvm_wasm_image_tables(whole, n);
    assert_non_null(gvm_buf_extend(&image, code + tables));
    gvm_wasm_image_put(image.ptr, whole, n);
    assert_true(gvm_wasm_image_equal(m, n, image.ptr + code));
    source s = {.image = image.ptr};
    gvm_wasm_image from = {.read = read_image, .close = close_image, .ctx = &s};
    assert_int_equal(gvm_wasm_module_attach_image(m, n, &from), GVM_OK);
    assert_int_equal(gvm_wasm_module_attach_image(m, n, &from), GVM_ERR_STATE);
    assert_int_equal(s.reads, 0);
    assert_true(gvm_wasm_module_memory(m) < gvm_wasm_module_memory(whole) / 2);

    /* 9 / 2 + 10 + 309 + 608, by hand; pages of what all share, and of four functions. */
    assert_int_equal(call(m, 9, false), 4 + 10 + 309 + 608);
    size_t reads = s.reads;
    assert_in_range(reads, 1, 5);
    assert_int_equal(gvm_wasm_lazy_resident(m), reads * GVM_WASM_IMAGE_PAGE);
    assert_int_equal(call(m, 100, false), call(whole, 100, false));
    assert_int_equal(s.reads, reads);

    /* A trap's place needs the tables, as one piece. */
    assert_int_equal(call(m, 7, false), call(whole, 7, false));
    assert_int_equal(s.bytes, reads * GVM_WASM_IMAGE_PAGE + tables);
    assert_int_equal(call(m, 7, true), call(whole, 7, true));
    assert_int_equal(call(m, 50, true), call(whole, 50, false));
    assert_int_equal(s.reads, reads + 1);

    for (int i = 0; i < 3; i++) {
        gvm_wasm_lazy_drop(m);
        assert_int_equal(gvm_wasm_lazy_resident(m), 0);
        assert_int_equal(call(m, 9, i == 1), 4 + 10 + 309 + 608);
    }
    assert_int_equal(gvm_wasm_lazy_resident_sum(), gvm_wasm_lazy_resident(m));
    gvm_wasm_module_delete(m);
    assert_true(s.closed);
    assert_int_equal(gvm_wasm_lazy_resident_sum(), 0);
    gvm_wasm_module_delete(whole);
    gvm_buf_free(&image);
    gvm_buf_free(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(comes_by_the_page)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
