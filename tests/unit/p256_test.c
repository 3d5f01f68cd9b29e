/* Authority: RFC 6979 appendix A.2.5 (P-256, SHA-256, "sample"). The large sets are in the
 * conformance test. */
#include "crypto/p256.h"
#include "crypto/sha256.h"
#include "support/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

typedef struct signature {
    gvm_hash message;
    uint8_t r[32], s[32], x[32], y[32];
} signature;

static signature sample(void) {
    signature g;
    gvm_sha256(&g.message, gvm_bytes_str("sample"));
    hex_bytes(g.r, 32, "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716");
    hex_bytes(g.s, 32, "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8");
    hex_bytes(g.x, 32, "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6");
    hex_bytes(g.y, 32, "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299");
    return g;
}

static bool verify(const signature *g) {
    return gvm_p256_verify_var(&g->message, g->r, g->s, g->x, g->y);
}

static void test_valid(void **state) {
    (void)state;
    signature g = sample();
    assert_true(verify(&g));
}

static void test_one_bit_off(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof(signature); i += 5) {
        signature g = sample();
        ((uint8_t *)&g)[i] ^= 0x10;
        assert_false(verify(&g));
    }
}

static void test_out_of_range(void **state) {
    (void)state;
    static const char *order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    static const char *prime = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";
    static const char *zero = "0000000000000000000000000000000000000000000000000000000000000000";
    const char *r_or_s[] = {zero, order, prime}, *x_or_y[] = {zero, prime};
    for (int i = 0; i < 3; i++) {
        signature g = sample();
        hex_bytes(g.r, 32, r_or_s[i]);
        assert_false(verify(&g));
        g = sample();
        hex_bytes(g.s, 32, r_or_s[i]);
        assert_false(verify(&g));
    }
    for (int i = 0; i < 2; i++) {
        signature g = sample();
        hex_bytes(g.x, 32, x_or_y[i]);
        assert_false(verify(&g));
        hex_bytes(g.y, 32, x_or_y[i]); /* (0, 0) would be infinity */
        assert_false(verify(&g));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_valid),
        cmocka_unit_test(test_one_bit_off),
        cmocka_unit_test(test_out_of_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
