/* Authority: RFC 8032 section 7.1, tests 1 and 2; the strictness by signatures that hold for lax
 * verifiers. */
#include "crypto/ed25519.h"
#include "support/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_rfc8032(void **state) {
    (void)state;
    static const struct {
        const char *key, *public_key, *message, *signature;
    } cases[] = {
        {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
         "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701"
         "cf9b46b"
         "d25bf5f0595bbe24655141438e7a100b"},
        {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
         "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d"
         "0f11d8c"
         "387b2eaeb4302aeeb00d291612bb0c00"},
    };
    for (size_t i = 0; i < 2; i++) {
        uint8_t key[32], public_key[32], message[1], signature[64];
        hex_bytes(key, 32, cases[i].key);
        gvm_bytes in = gvm_bytes_make(message, hex_bytes(message, 1, cases[i].message));
        gvm_ed25519_public_key(public_key, key);
        assert_true(hex_equal(public_key, 32, cases[i].public_key));
        gvm_ed25519_sign(signature, in, key);
        assert_true(hex_equal(signature, 64, cases[i].signature));
        assert_int_equal(gvm_ed25519_verify(public_key, in, signature), GVM_OK);
        for (size_t bit = 0; bit < 512; bit += 11) {
            signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_int_equal(gvm_ed25519_verify(public_key, in, signature), GVM_ERR_SIGNATURE);
            signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
    }
}

static void test_small_order_and_noncanonical(void **state) {
    (void)state;
    /* S = 0 with R and A of small order satisfies the equation for any message */
    uint8_t key[32] = {1}, signature[64] = {1};
    assert_int_equal(gvm_ed25519_verify(key, gvm_bytes_str("any"), signature), GVM_ERR_KEY);
    key[31] = 0x80;
    assert_int_equal(gvm_ed25519_verify(key, gvm_bytes_str("any"), signature), GVM_ERR_KEY);
    memset(key, 0xff, 32); /* y = 2^255 - 1 */
    assert_int_equal(gvm_ed25519_verify(key, gvm_bytes_str("any"), signature), GVM_ERR_KEY);
    key[0] = 0xed, key[31] = 0x7f; /* y = p */
    assert_int_equal(gvm_ed25519_verify(key, gvm_bytes_str("any"), signature), GVM_ERR_KEY);
    hex_bytes(key, 32, "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    assert_int_equal(gvm_ed25519_verify(key, gvm_bytes_str("any"), signature), GVM_ERR_SIGNATURE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rfc8032),
        cmocka_unit_test(test_small_order_and_noncanonical),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
