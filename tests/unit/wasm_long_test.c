/* A function whose compiled code is longer than a short branch reaches (1 MiB on arm64): branches
 * of every kind from its one end to the other, and traps, do as in the interpreter. */
#include "support/wasm_build.h"
#include "vm/wasm/compile.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define FILLERS 45000

static void equal_to(gvm_buf *b, uint8_t low, uint8_t high) { /* local 0 == a constant */
    WB_RAW(b, 0x20, 0, 0x41, low, high, 0x46);
}

/* f(x): 77 for 1064; the sum so far, 0, for 1065 and 1066; else the loop runs x times and each time
 * loads from x very often. */
static void build(gvm_buf *b) {
    gvm_buf body = {0}, code = {0};
    wb_begin(b);
    WB_SECTION(b, WB_TYPE, 1, FUNC, 1, I32, 1, I32);
    WB_SECTION(b, WB_FUNCTION, 1, 0);
    WB_SECTION(b, WB_MEMORY, 1, 0, 1);
    WB_SECTION(b, WB_EXPORT, 1, 1, 'f', 0, 0);
    WB_RAW(&body, 1, 1, I32, 0x02, I32); /* a local; block with a result */
    WB_RAW(&body, 0x41, 0xcd, 0);        /* 77 */
    equal_to(&body, 0xa8, 0x08);         /* 1064 */
    WB_RAW(&body, 0x0d, 0, 0x1a);        /* br_if with it, drop */
    WB_RAW(&body, 0x02, 0x40);           /* block */
    equal_to(&body, 0xa9, 0x08);         /* 1065 */
    WB_RAW(&body, 0x0d, 0);              /* br_if: an integer comparison */
    WB_RAW(&body, 0x20, 0, 0xb2, 0x43, 0, 0x40, 0x85, 0x44, 0x5b, 0x0d, 0); /* float: 1066 */
    WB_RAW(&body, 0x20, 0, 0x45, 0x0d, 0);                                  /* eqz */
    WB_RAW(&body, 0x20, 0, 0x04, 0x40);                                     /* if */
    WB_RAW(&body, 0x03, 0x40);                                              /* loop */
    for (unsigned i = 0; i < FILLERS; i++)
        WB_RAW(&body, 0x20, 1, 0x20, 0, 0x2d, 0, 0, 0x6a, 0x21, 1); /* local 1 += load8 */
    WB_RAW(&body, 0x20, 0, 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0);        /* back while not 0 */
    WB_RAW(&body, 0x0b, 0x0b, 0x0b, 0x20, 1, 0x0b, 0x0b);
    wb_u32(&code, 1);
    wb_sized(&code, &body);
    wb_section(b, WB_CODE, &code);
    WB_SECTION(b, WB_DATA, 1, 0, 0x41, 0, 0x0b, 4, 0, 3, 5, 7);
    gvm_buf_free(&body);
    gvm_buf_free(&code);
}

static void branches_reach(void **state) {
    (void)state;
    static const struct {
        uint32_t arg, result;
    } rows[] = {{0, 0},    {1, 3 * FILLERS}, {3, (7 + 5 + 3) * FILLERS}, {1064, 77},
                {1065, 0}, {1066, 0},        {0x7fffffff, UINT32_MAX}}; /* traps */
    gvm_buf b = {0};
    gvm_wasm_module *m;
    gvm_wasm_instance *in;
    gvm_wasm_extern f;
    build(&b);
    gvm_wasm_refusal r;
    if (gvm_wasm_load(&m, &r, gvm_buf_bytes(&b), &gvm_wasm_limits_core) != GVM_OK)
        fail_msg("refused at %llu: %s", (unsigned long long)r.offset, r.text);
    if (!GVM_WASM_COMPILES) skip();
    assert_int_equal(gvm_wasm_module_compile(m), GVM_OK);
    assert_true(gvm_wasm_module_native(m, gvm_wasm_form_here())->code.len > (1u << 20) + 65536);
    gvm_wasm_store *s = gvm_wasm_store_new();
    gvm_wasm_exec *e = gvm_wasm_exec_new(1 << 16);
    assert_int_equal(gvm_wasm_instantiate(s, &in, e, NULL, m, NULL, 0), GVM_OK);
    assert_true(gvm_wasm_instance_export(in, &f, gvm_bytes_str("f")));
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t left[2];
        uint32_t offset[2];
        for (unsigned k = 0; k < 2; k++) {
            gvm_wasm_value arg = {.i32 = rows[i].arg}, result = {.i64 = 0};
            gvm_wasm_exec_interpret(e, k == 0);
            gvm_wasm_exec_set_fuel(e, INT64_C(1) << 40);
            gvm_status status = gvm_wasm_call(e, &result, f.func, &arg);
            left[k] = gvm_wasm_exec_fuel(e);
            offset[k] = status == GVM_OK ? 0 : gvm_wasm_exec_trap(e)->offset;
            if (rows[i].result == UINT32_MAX) {
                assert_int_equal(status, GVM_ERR_WASM_TRAP);
                assert_int_equal(gvm_wasm_exec_trap(e)->code, GVM_WASM_TRAP_MEMORY_BOUNDS);
            } else {
                assert_int_equal(status, GVM_OK);
                assert_int_equal(result.i32, rows[i].result);
            }
        }
        assert_int_equal(left[0], left[1]);
        assert_int_equal(offset[0], offset[1]);
    }
    gvm_wasm_exec_delete(e);
    gvm_wasm_store_delete(s);
    gvm_wasm_module_delete(m);
    gvm_buf_free(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(branches_reach)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
