/* Authority: well-known keys and signatures (the generator's address, RFC 6979 vectors for
 * secp256k1 that every wallet tests, geth's precompile test), and algebra: what is signed is
 * recovered. The large sets are in the conformance test. */
#include "crypto/keccak.h"
#include "crypto/secp256k1.h"
#include "crypto/sha256.h"
#include "support/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const uint8_t order[32] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                  0xff, 0xff, 0xff, 0xff, 0xfe, 0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48,
                                  0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41};

static void test_key_one(void **state) {
    (void)state;
    uint8_t key[32] = {[31] = 1}, public_key[64], compressed[33], again[64], full[65] = {4};
    gvm_address address;
    assert_int_equal(gvm_secp256k1_public_key(public_key, key), GVM_OK);
    assert_true(hex_equal(public_key, 64,
                          "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
                          "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"));
    gvm_secp256k1_address(&address, public_key);
    assert_true(hex_equal(address.b, 20, "7e5f4552091a69125d5dfcb7b8c2659029395bdf"));
    gvm_secp256k1_compress(compressed, public_key);
    assert_int_equal(compressed[0], 2);
    assert_int_equal(gvm_secp256k1_parse_public_key(again, gvm_bytes_make(compressed, 33)), GVM_OK);
    assert_memory_equal(again, public_key, 64);
    memcpy(full + 1, public_key, 64);
    assert_int_equal(gvm_secp256k1_parse_public_key(again, gvm_bytes_make(full, 65)), GVM_OK);
    assert_memory_equal(again, public_key, 64);
    full[0] = 6; /* hybrid */
    assert_int_equal(gvm_secp256k1_parse_public_key(again, gvm_bytes_make(full, 65)),
                     GVM_ERR_POINT);
    full[0] = 4, full[64] ^= 1;
    assert_int_equal(gvm_secp256k1_parse_public_key(again, gvm_bytes_make(full, 65)),
                     GVM_ERR_POINT);
    assert_int_equal(gvm_secp256k1_parse_public_key(again, gvm_bytes_make(full + 1, 64)),
                     GVM_ERR_POINT);
    assert_int_equal(gvm_secp256k1_parse_public_key(again, gvm_bytes_make(NULL, 0)), GVM_ERR_POINT);
}

static void test_keys_out_of_range(void **state) {
    (void)state;
    uint8_t key[32] = {0}, out[64];
    gvm_secp256k1_signature signature;
    gvm_hash message = {{1}};
    for (int i = 0; i < 2; i++) {
        assert_false(gvm_secp256k1_key_valid(key));
        assert_int_equal(gvm_secp256k1_public_key(out, key), GVM_ERR_KEY);
        assert_int_equal(gvm_secp256k1_sign(&signature, &message, key), GVM_ERR_KEY);
        assert_int_equal(gvm_schnorr_sign(out, gvm_bytes_str("m"), key, NULL), GVM_ERR_KEY);
        memcpy(key, order, 32);
    }
    key[31]--;
    assert_true(gvm_secp256k1_key_valid(key));
    assert_int_equal(gvm_secp256k1_public_key(out, key), GVM_OK);
}

static void test_sign_is_rfc6979(void **state) {
    (void)state;
    uint8_t key[32] = {[31] = 1};
    gvm_hash message;
    gvm_secp256k1_signature signature;
    gvm_sha256(&message, gvm_bytes_str("Satoshi Nakamoto"));
    assert_int_equal(gvm_secp256k1_sign(&signature, &message, key), GVM_OK);
    assert_true(hex_equal(signature.r, 32,
                          "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8"));
    assert_true(hex_equal(signature.s, 32,
                          "2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5"));
}

static void negate(uint8_t s[32]) {
    int borrow = 0;
    for (int i = 31; i >= 0; i--) {
        int d = order[i] - s[i] - borrow;
        borrow = d < 0;
        s[i] = (uint8_t)(d + (borrow ? 256 : 0));
    }
}

static void test_sign_recover_verify(void **state) {
    (void)state;
    for (uint8_t i = 1; i < 30; i++) {
        uint8_t key[32] = {i, [31] = i}, public_key[64], recovered[64];
        gvm_hash message = {{i, 7}};
        gvm_secp256k1_signature signature;
        assert_int_equal(gvm_secp256k1_public_key(public_key, key), GVM_OK);
        assert_int_equal(gvm_secp256k1_sign(&signature, &message, key), GVM_OK);
        assert_true(gvm_secp256k1_s_is_low(signature.s));
        for (int high = 0; high < 2; high++) { /* the same signature with n - s */
            assert_int_equal(gvm_secp256k1_recover_key(recovered, &message, &signature), GVM_OK);
            assert_memory_equal(recovered, public_key, 64);
            assert_int_equal(gvm_secp256k1_verify(public_key, &message, signature.r, signature.s),
                             GVM_OK);
            negate(signature.s);
            signature.y_parity ^= 1;
            assert_int_equal(gvm_secp256k1_s_is_low(signature.s), high == 1);
        }
        message.b[0] ^= 1;
        assert_int_equal(gvm_secp256k1_verify(public_key, &message, signature.r, signature.s),
                         GVM_ERR_SIGNATURE);
        signature.y_parity = 2;
        assert_int_equal(gvm_secp256k1_recover_key(recovered, &message, &signature),
                         GVM_ERR_SIGNATURE);
    }
}

static void test_ecrecover(void **state) {
    (void)state; /* the ValidKey case of geth's precompile test */
    gvm_hash message;
    uint8_t v[32] = {[31] = 28}, r[32], s[32];
    gvm_address address;
    hex_bytes(message.b, 32, "18c547e4f7b0f325ad1e56f57e26c745b09a3e503d86e00e5255ff7f715d3d1c");
    hex_bytes(r, 32, "73b1693892219d736caba55bdb67216e485557ea6b6af75f37096c9aa6a5a75f");
    hex_bytes(s, 32, "eeb940b1d03b21e36b0e47e79769f095fe2ab855bd91e3a38756b7d75a9c4549");
    assert_int_equal(gvm_secp256k1_ecrecover(&address, &message, v, r, s), GVM_OK);
    assert_true(hex_equal(address.b, 20, "a94f5374fce5edbc8e2a8697c15331677e6ebf0b"));
    static const struct {
        uint8_t at, value;
    } bad_v[] = {{31, 26}, {31, 29}, {31, 0}, {31, 1}, {0, 1}, {30, 1}};
    for (size_t i = 0; i < sizeof bad_v / sizeof *bad_v; i++) {
        uint8_t bad[32] = {[31] = 28};
        bad[bad_v[i].at] = bad_v[i].value;
        assert_int_equal(gvm_secp256k1_ecrecover(&address, &message, bad, r, s), GVM_ERR_SIGNATURE);
    }
    static const uint8_t zero[32];
    const uint8_t *out_of_range[] = {zero, order};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(gvm_secp256k1_ecrecover(&address, &message, v, out_of_range[i], s),
                         GVM_ERR_SIGNATURE);
        assert_int_equal(gvm_secp256k1_ecrecover(&address, &message, v, r, out_of_range[i]),
                         GVM_ERR_SIGNATURE);
    }
}

static void test_low_s_border(void **state) {
    (void)state;
    uint8_t s[32];
    hex_bytes(s, 32, "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0");
    assert_true(gvm_secp256k1_s_is_low(s));
    s[31]++;
    assert_false(gvm_secp256k1_s_is_low(s));
}

static void test_tweaks_agree(void **state) {
    (void)state;
    uint8_t key[32] = {3, [31] = 9}, tweak[32] = {5, [31] = 11}, a[64], b[64];
    assert_int_equal(gvm_secp256k1_public_key(a, key), GVM_OK);
    assert_int_equal(gvm_secp256k1_tweak_public_key(a, tweak), GVM_OK);
    assert_int_equal(gvm_secp256k1_tweak_key(key, tweak), GVM_OK);
    assert_int_equal(gvm_secp256k1_public_key(b, key), GVM_OK);
    assert_memory_equal(a, b, 64);
    assert_int_equal(gvm_secp256k1_tweak_public_key(a, order), GVM_ERR_KEY);
    memcpy(tweak, key, 32);
    negate(tweak);
    assert_int_equal(gvm_secp256k1_tweak_key(key, tweak), GVM_ERR_KEY);
}

static void test_ecdh_agrees(void **state) {
    (void)state;
    uint8_t key_a[32] = {3, [31] = 9}, key_b[32] = {5, [31] = 11}, a[64], b[64], x[32], y[32];
    assert_int_equal(gvm_secp256k1_public_key(a, key_a), GVM_OK);
    assert_int_equal(gvm_secp256k1_public_key(b, key_b), GVM_OK);
    assert_int_equal(gvm_secp256k1_ecdh(x, a, key_b), GVM_OK);
    assert_int_equal(gvm_secp256k1_ecdh(y, b, key_a), GVM_OK);
    assert_memory_equal(x, y, 32);
    assert_int_equal(gvm_secp256k1_ecdh(x, a, order), GVM_ERR_KEY);
    a[0] ^= 1;
    assert_int_equal(gvm_secp256k1_ecdh(x, a, key_b), GVM_ERR_POINT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_key_one),         cmocka_unit_test(test_keys_out_of_range),
        cmocka_unit_test(test_sign_is_rfc6979), cmocka_unit_test(test_sign_recover_verify),
        cmocka_unit_test(test_ecrecover),       cmocka_unit_test(test_low_s_border),
        cmocka_unit_test(test_tweaks_agree),    cmocka_unit_test(test_ecdh_agrees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
