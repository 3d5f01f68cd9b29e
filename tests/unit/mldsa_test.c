/* ML-DSA-65 and ML-KEM-768: that what is made is accepted, and that nothing near it is. The
 * outside authorities are in the conformance tests. */
#include "crypto/mldsa.h"
#include "crypto/mlkem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_sign(void **state) {
    (void)state;
    static uint8_t key[GVM_MLDSA_PUBLIC_KEY], other[GVM_MLDSA_PUBLIC_KEY],
        signature[GVM_MLDSA_SIGNATURE], again[GVM_MLDSA_SIGNATURE];
    uint8_t seed[32] = {1}, seed2[32] = {2}, random[32] = {3};
    gvm_bytes message = gvm_bytes_str("message"), context = gvm_bytes_str("context"),
              none = gvm_bytes_make(NULL, 0);
    gvm_mldsa_public_key(key, seed);
    gvm_mldsa_public_key(other, seed2);
    assert_int_equal(gvm_mldsa_sign(signature, message, context, seed, NULL), GVM_OK);
    assert_int_equal(gvm_mldsa_sign(again, message, context, seed, NULL), GVM_OK);
    assert_memory_equal(signature, again, sizeof again);
    assert_int_equal(gvm_mldsa_verify(key, message, context, signature), GVM_OK);
    assert_int_equal(gvm_mldsa_verify(key, message, none, signature), GVM_ERR_SIGNATURE);
    assert_int_equal(gvm_mldsa_verify(key, context, context, signature), GVM_ERR_SIGNATURE);
    assert_int_equal(gvm_mldsa_verify(other, message, context, signature), GVM_ERR_SIGNATURE);
    for (size_t i = 0; i < sizeof signature; i += 97) {
        signature[i] ^= 1;
        assert_int_equal(gvm_mldsa_verify(key, message, context, signature), GVM_ERR_SIGNATURE);
        signature[i] ^= 1;
    }
    assert_int_equal(gvm_mldsa_sign(again, message, context, seed, random), GVM_OK);
    assert_memory_not_equal(signature, again, sizeof again);
    assert_int_equal(gvm_mldsa_verify(key, message, context, again), GVM_OK);
}

static void test_context(void **state) {
    (void)state;
    static uint8_t key[GVM_MLDSA_PUBLIC_KEY], signature[GVM_MLDSA_SIGNATURE], long_context[256];
    uint8_t seed[32] = {1};
    gvm_bytes most = gvm_bytes_make(long_context, 255), over = gvm_bytes_make(long_context, 256),
              none = gvm_bytes_make(NULL, 0);
    gvm_mldsa_public_key(key, seed);
    assert_int_equal(gvm_mldsa_sign(signature, none, most, seed, NULL), GVM_OK);
    assert_int_equal(gvm_mldsa_verify(key, none, most, signature), GVM_OK);
    assert_int_equal(gvm_mldsa_sign(signature, none, over, seed, NULL), GVM_ERR_ARGUMENT);
    assert_int_equal(gvm_mldsa_verify(key, none, over, signature), GVM_ERR_ARGUMENT);
}

static void test_kem(void **state) {
    (void)state;
    static uint8_t key[GVM_MLKEM_PUBLIC_KEY], secret[GVM_MLKEM_SECRET_KEY],
        ciphertext[GVM_MLKEM_CIPHERTEXT];
    uint8_t seed[64] = {1}, random[32] = {2}, mine[32], theirs[32], rejected[32];
    gvm_mlkem_keygen(key, secret, seed);
    assert_int_equal(gvm_mlkem_encapsulate(ciphertext, theirs, key, random), GVM_OK);
    assert_int_equal(gvm_mlkem_decapsulate(mine, secret, ciphertext), GVM_OK);
    assert_memory_equal(mine, theirs, 32);
    ciphertext[500] ^= 1;
    assert_int_equal(gvm_mlkem_decapsulate(mine, secret, ciphertext), GVM_OK);
    assert_int_equal(gvm_mlkem_decapsulate(rejected, secret, ciphertext), GVM_OK);
    assert_memory_not_equal(mine, theirs, 32);
    assert_memory_equal(mine, rejected, 32);
    secret[1160] ^= 1; /* the public key in the secret one */
    assert_int_equal(gvm_mlkem_decapsulate(mine, secret, ciphertext), GVM_ERR_KEY);
    memset(key, 0xff, 3); /* coefficients of 4095 */
    assert_int_equal(gvm_mlkem_encapsulate(ciphertext, theirs, key, random), GVM_ERR_KEY);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sign),
        cmocka_unit_test(test_context),
        cmocka_unit_test(test_kem),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
