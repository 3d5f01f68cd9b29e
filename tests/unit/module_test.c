#include "service/client/module.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define HEAD "\0asm\1\0\0\0"
#define TYPE "\1\4\1\x60\0\0"

static gvm_bytes bytes(const char *text, size_t len) {
    return gvm_bytes_make(text, len);
}
#define BYTES(literal) bytes(literal, sizeof(literal) - 1)

static void adds_sections(void **state) {
    (void)state;
    gvm_buf out = {0};
    gvm_module_extras extras = {BYTES("[]"), GVM_MODULE_REFUSE_REENTRY, true};
    assert_int_equal(gvm_module_finish(&out, BYTES(HEAD TYPE), &extras, NULL), GVM_OK);
    assert_true(gvm_bytes_equal(gvm_buf_bytes(&out), BYTES(HEAD TYPE "\0\x0c\x09ghost.abi[]"
                                                                     "\0\x10\x0bghost.flags\1\0\0\0"
                                                                     "\0\x0a\x09ghost.end")));
    assert_true(gvm_module_ends(gvm_buf_bytes(&out)));
    gvm_bytes abi;
    assert_true(gvm_module_custom(&abi, gvm_buf_bytes(&out), "ghost.abi"));
    assert_true(gvm_bytes_equal(abi, BYTES("[]")));
    gvm_buf_free(&out);
}

static void drops_what_is_not_deployed(void **state) {
    (void)state;
    gvm_buf out = {0};
    gvm_module_extras extras = {0};
    const gvm_bytes in = BYTES(HEAD "\0\x0b\x0a.debug_str" TYPE "\0\5\4name"
                                    "\0\x0a\x09ghost.end"
                                    "\0\x0a\x09producers"
                                    "\0\3\2my");
    assert_int_equal(gvm_module_finish(&out, in, &extras, NULL), GVM_OK);
    assert_true(gvm_bytes_equal(gvm_buf_bytes(&out), BYTES(HEAD TYPE "\0\3\2my"
                                                                     "\0\x0a\x09ghost.end")));
    gvm_buf_clear(&out);
    extras.keep_names = true;
    assert_int_equal(gvm_module_finish(&out, in, &extras, NULL), GVM_OK);
    assert_true(gvm_module_custom(NULL, gvm_buf_bytes(&out), "name"));
    assert_false(gvm_module_ends(in));
    gvm_buf_free(&out);
}

static void refuses_what_is_cut(void **state) {
    (void)state;
    const gvm_bytes in = BYTES(HEAD TYPE "\0\x0a\x09ghost.end");
    gvm_module_extras extras = {0};
    for (size_t n = 0; n < in.len; n++) {
        gvm_buf out = {0};
        gvm_bytes cut = gvm_bytes_make(in.ptr, n);
        bool whole = n == 8 || n == 14;
        assert_int_equal(gvm_module_finish(&out, cut, &extras, NULL) == GVM_OK, whole);
        assert_false(gvm_module_ends(cut));
        gvm_buf_free(&out);
    }
    gvm_buf out = {0};
    assert_int_equal(gvm_module_finish(&out, BYTES(HEAD "\1\xff\xff\xff\xff\x0f"), &extras, NULL),
                     GVM_ERR_WASM_MALFORMED);
    assert_int_equal(gvm_module_finish(&out, BYTES(HEAD "\1\xff\xff\xff\xff\x1f"), &extras, NULL),
                     GVM_ERR_WASM_MALFORMED);
    gvm_buf_free(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adds_sections),
        cmocka_unit_test(drops_what_is_not_deployed),
        cmocka_unit_test(refuses_what_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
