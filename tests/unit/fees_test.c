/* Expected values: the tables of go-ethereum's consensus/misc tests. */
#include "exec/fees.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void test_base_fee(void **state) {
    (void)state;
    gvm_u256 fee = gvm_u256_from_u64(GVM_INITIAL_BASE_FEE);
    assert_int_equal(gvm_next_base_fee(fee, 20000000, 10000000).w[0], 1000000000);
    assert_int_equal(gvm_next_base_fee(fee, 20000000, 9000000).w[0], 987500000);
    assert_int_equal(gvm_next_base_fee(fee, 20000000, 11000000).w[0], 1012500000);
}

static void test_blob_base_fee(void **state) {
    (void)state;
    static const uint64_t cases[][2] = {{0, 1}, {2314057, 1}, {2314058, 2}, {10 * 1024 * 1024, 23}};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(gvm_blob_base_fee(cases[i][0], 3338477).w[0], cases[i][1]);
    gvm_u256 most = gvm_blob_base_fee(UINT64_MAX, 3338477);
    assert_true(gvm_u256_eq(most, gvm_u256_max()));
}

static void test_excess_blob_gas(void **state) {
    (void)state;
    static const struct {
        uint64_t excess, blobs, want;
    } cases[] = {
        /* Below, at and above a target of 3 blobs. */
        {0, 0, 0},
        {0, 1, 0},
        {0, 3, 0},
        {0, 4, GVM_GAS_PER_BLOB},
        {1, 4, GVM_GAS_PER_BLOB + 1},
        {1, 5, 2 * GVM_GAS_PER_BLOB + 1},
        {3 * GVM_GAS_PER_BLOB, 3, 3 * GVM_GAS_PER_BLOB},
        {3 * GVM_GAS_PER_BLOB, 2, 2 * GVM_GAS_PER_BLOB},
        {GVM_GAS_PER_BLOB - 1, 2, 0},
    };
    gvm_blob_params cancun = {3, 6, 3338477};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(
            gvm_next_excess_blob_gas(gvm_rules_get(GVM_FORK_CANCUN), &cancun, cases[i].excess,
                                     cases[i].blobs * GVM_GAS_PER_BLOB, gvm_u256_zero()),
            cases[i].want);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_base_fee),
        cmocka_unit_test(test_blob_base_fee),
        cmocka_unit_test(test_excess_blob_gas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
