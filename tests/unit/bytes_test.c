#include "base/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_buf_appends_and_formats(void **state) {
    (void)state;
    gvm_buf b = {0};
    gvm_buf_str(&b, "block ");
    gvm_buf_printf(&b, "%d of %s", 7, "9");
    gvm_buf_put(&b, '!');
    assert_int_equal(gvm_buf_status(&b), GVM_OK);
    assert_true(gvm_bytes_equal(gvm_buf_bytes(&b), gvm_bytes_str("block 7 of 9!")));
    gvm_buf_free(&b);
}

static void test_buf_remembers_failure(void **state) {
    (void)state;
    gvm_buf b = {0};
    gvm_buf_put(&b, 1);
    assert_null(gvm_buf_extend(&b, SIZE_MAX));
    gvm_buf_put(&b, 2);
    assert_int_equal(gvm_buf_status(&b), GVM_ERR_NOMEM);
    assert_int_equal(b.len, 1);
    gvm_buf_free(&b);
}

static void test_compare_is_memcmp_order(void **state) {
    (void)state;
    assert_true(gvm_bytes_compare(gvm_bytes_str("ab"), gvm_bytes_str("abc")) < 0);
    assert_true(gvm_bytes_compare(gvm_bytes_str("b"), gvm_bytes_str("abc")) > 0);
    assert_int_equal(gvm_bytes_compare(gvm_bytes_str(""), gvm_bytes_make(NULL, 0)), 0);
}

static void test_every_status_has_a_sentence(void **state) {
    (void)state;
    for (int s = 0; s < GVM_STATUS_COUNT; s++)
        assert_true(gvm_status_text((gvm_status)s)[0] != '\0');
    assert_string_equal(gvm_status_name(GVM_ERR_NOMEM), "ERR_NOMEM");
    assert_string_equal(gvm_status_name((gvm_status)-1), "UNKNOWN");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_buf_appends_and_formats),
        cmocka_unit_test(test_buf_remembers_failure),
        cmocka_unit_test(test_compare_is_memcmp_order),
        cmocka_unit_test(test_every_status_has_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
