/* Authority: EIP-198's examples and arithmetic that fits in 64 bits. The larger sets are in the
 * conformance test. */
#include "crypto/modexp.h"
#include "support/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_eip198_fermat(void **state) {
    (void)state;
    /* 3 ^ (p - 1) mod p == 1, p = 2^256 - 2^32 - 977 */
    uint8_t base = 3, exponent[32], modulus[32], out[32];
    hex_bytes(exponent, 32, "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2e");
    hex_bytes(modulus, 32, "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f");
    assert_int_equal(gvm_modexp_var(out, gvm_bytes_make(&base, 1), gvm_bytes_make(exponent, 32),
                                    gvm_bytes_make(modulus, 32)),
                     GVM_OK);
    assert_true(
        hex_equal(out, 32, "0000000000000000000000000000000000000000000000000000000000000001"));
    /* without a base: 0 */
    assert_int_equal(gvm_modexp_var(out, gvm_bytes_make(NULL, 0), gvm_bytes_make(exponent, 32),
                                    gvm_bytes_make(modulus, 32)),
                     GVM_OK);
    assert_true(
        hex_equal(out, 32, "0000000000000000000000000000000000000000000000000000000000000000"));
}

static void test_small_numbers(void **state) {
    (void)state;
    for (unsigned b = 0; b < 20; b++)
        for (unsigned e = 0; e < 12; e++)
            for (unsigned m = 0; m < 40; m++) {
                uint8_t base[2] = {0, (uint8_t)b}, exponent[3] = {0, 0, (uint8_t)e};
                uint8_t modulus[4] = {0, 0, 0, (uint8_t)m}, out[4];
                unsigned want = m == 0 ? 0 : 1 % m;
                for (unsigned i = 0; i < e && m != 0; i++) want = want * b % m;
                assert_int_equal(gvm_modexp_var(out, gvm_bytes_make(base, 2),
                                                gvm_bytes_make(exponent, 3),
                                                gvm_bytes_make(modulus, 4)),
                                 GVM_OK);
                assert_int_equal(gvm_load_be32(out), want);
            }
}

static void test_edges(void **state) {
    (void)state;
    static uint8_t long_zero[4096];
    uint8_t out[4096], two = 2, five = 5;
    gvm_bytes none = gvm_bytes_make(NULL, 0), zeros = gvm_bytes_make(long_zero, sizeof long_zero);
    assert_int_equal(gvm_modexp_var(NULL, none, none, none), GVM_OK);
    memset(out, 0xff, sizeof out);
    assert_int_equal(gvm_modexp_var(out, zeros, zeros, zeros), GVM_OK);
    assert_memory_equal(out, long_zero, sizeof out);
    /* 0 ^ 0 mod 5 == 1, in place */
    assert_int_equal(gvm_modexp_var(&five, zeros, none, gvm_bytes_make(&five, 1)), GVM_OK);
    assert_int_equal(five, 1);
    gvm_bytes huge = gvm_bytes_make(&two, (size_t)GVM_MODEXP_LONGEST + 1);
    assert_int_equal(gvm_modexp_var(out, huge, none, none), GVM_ERR_LIMIT);
    assert_int_equal(gvm_modexp_var(out, none, huge, none), GVM_ERR_LIMIT);
    assert_int_equal(gvm_modexp_var(out, none, none, huge), GVM_ERR_LIMIT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_eip198_fermat),
        cmocka_unit_test(test_small_numbers),
        cmocka_unit_test(test_edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
