/* Instances from a store's pool are as new, and a known module is instantiated, called and dropped
 * without an allocation. */
#include "support/wasm_build.h"
#include "vm/wasm/wasm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static unsigned long allocations;

/* libc's own, counted. The sanitizers have theirs. */
#if defined(__GLIBC__) && !defined(GVM_SANITIZED)
void *__libc_malloc(size_t len);
void *__libc_calloc(size_t count, size_t len);
void *__libc_realloc(void *at, size_t len);
void *malloc(size_t len) {
    allocations++;
    return __libc_malloc(len);
}
void *calloc(size_t count, size_t len) {
    allocations++;
    return __libc_calloc(count, len);
}
void *realloc(void *at, size_t len) {
    allocations++;
    return __libc_realloc(at, len);
}
#endif

/* (memory 1) with "ab" at 3, (table 4) with f at 1, (global mut 5), a passive segment. f returns
 * memory[3] + 256 * (table[1] is null) + 4096 * global + 65536 * memory[70000 % 65536], then
 * changes all of it; and it fails where the segment was dropped. */
static void build(gvm_buf *b) {
    gvm_buf code = {0}, body = {0};
    wb_begin(b);
    WB_SECTION(b, WB_TYPE, 1, FUNC, 0, 1, I32);
    WB_SECTION(b, WB_FUNCTION, 1, 0);
    WB_SECTION(b, WB_TABLE, 1, 0x70, 0, 4);
    WB_SECTION(b, WB_MEMORY, 1, 0, 1);
    WB_SECTION(b, WB_GLOBAL, 1, I32, 1, 0x41, 5, 0x0b);
    WB_SECTION(b, WB_EXPORT, 1, 1, 'f', 0, 0);
    WB_SECTION(b, WB_ELEMENT, 1, 0, 0x41, 1, 0x0b, 1, 0);
    WB_SECTION(b, WB_DATA_COUNT, 2);
    wb_u32(&code, 1);
    WB_RAW(&body, 0, 0x41, 3, 0x2d, 0, 0,                      /* load8_u 3 */
           0x41, 1, 0x25, 0, 0xd1, 0x41, 8, 0x74, 0x6a,        /* + (table[1] null) << 8 */
           0x23, 0, 0x41, 12, 0x74, 0x6a,                      /* + global << 12 */
           0x41, 0xf0, 0x22, 0x2d, 0, 0, 0x41, 16, 0x74, 0x6a, /* + load8_u 4464 << 16 */
           0x41, 10, 0x41, 0, 0x41, 1, 0xfc, 8, 1, 0,          /* memory.init 1 */
           0xfc, 9, 1,                                         /* data.drop 1 */
           0x41, 3, 0x41, 9, 0x3a, 0, 0, 0x41, 0xf0, 0x22, 0x41, 1, 0x3a, 0, 0, /* stores */
           0x41, 1, 0xd0, 0x70, 0x26, 0, 0x41, 6, 0x24, 0,                      /* table, global */
           0x41, 2, 0x40, 0, 0x1a,                                              /* memory.grow 2 */
           0x0b);
    wb_sized(&code, &body);
    wb_section(b, WB_CODE, &code);
    WB_SECTION(b, WB_DATA, 2, 0, 0x41, 3, 0x0b, 2, 'a', 'b', 1, 1, 'z');
    gvm_buf_free(&code);
    gvm_buf_free(&body);
}

static gvm_wasm_module *load(bool compile) {
    gvm_buf b = {0};
    gvm_wasm_module *m = NULL;
    gvm_wasm_refusal r;
    build(&b);
    if (gvm_wasm_load(&m, &r, gvm_buf_bytes(&b), NULL) != GVM_OK)
        fail_msg("refused at %llu: %s", (unsigned long long)r.offset, r.text);
    gvm_buf_free(&b);
    if (compile) assert_int_equal(gvm_wasm_module_compile(m), GVM_OK);
    return m;
}

static void call_once(gvm_wasm_store *s, gvm_wasm_exec *e, gvm_wasm_module *m) {
    gvm_wasm_instance *i;
    gvm_wasm_extern f;
    gvm_wasm_value v;
    assert_int_equal(gvm_wasm_instantiate(s, &i, e, NULL, m, NULL, 0), GVM_OK);
    assert_true(gvm_wasm_instance_export(i, &f, gvm_bytes_str("f")));
    assert_int_equal(gvm_wasm_call(e, &v, f.func, NULL), GVM_OK);
    assert_int_equal(v.i32, 'a' + (5 << 12));
    assert_int_equal(gvm_wasm_memory_pages(gvm_wasm_instance_memory(i)), 3);
}

static void check(bool compile) {
    gvm_wasm_module *m = load(compile), *other = load(false);
    gvm_wasm_store *s = gvm_wasm_store_new();
    gvm_wasm_exec *e = gvm_wasm_exec_new(1 << 16);
    for (unsigned k = 0; k < 3; k++) {
        call_once(s, e, m);
        gvm_wasm_store_reset(s);
    }
    unsigned long before = allocations;
    for (unsigned k = 0; k < 50; k++) {
        call_once(s, e, m);
        gvm_wasm_store_reset(s);
    }
    assert_int_equal(allocations, before);
    /* Others come between, several at once, and the module goes away while instances are spare. */
    for (unsigned k = 0; k < 20; k++) {
        for (unsigned n = 0; n <= k % 6; n++) call_once(s, e, n % 2 ? m : other);
        gvm_wasm_store_reset(s);
    }
    gvm_wasm_module_delete(m);
    for (unsigned k = 0; k < 20; k++) {
        m = load(compile);
        call_once(s, e, m);
        gvm_wasm_store_reset(s);
        call_once(s, e, other);
        gvm_wasm_store_reset(s);
        gvm_wasm_module_delete(m);
    }
    gvm_wasm_module_delete(other);
    gvm_wasm_store_delete(s);
    gvm_wasm_exec_delete(e);
}

static void interpreted_instances_are_as_new(void **state) {
    (void)state;
    check(false);
}

static void compiled_instances_are_as_new(void **state) {
    (void)state;
    gvm_wasm_module *m = load(false);
    gvm_status status = gvm_wasm_module_compile(m);
    gvm_wasm_module_delete(m);
    if (status == GVM_ERR_UNSUPPORTED) skip();
    check(true);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(interpreted_instances_are_as_new),
        cmocka_unit_test(compiled_instances_are_as_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
