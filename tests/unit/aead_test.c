/* Authority: test cases 13 to 16 of the authors of GCM (McGrew and Viega, appendix B; AES-256),
 * RFC 8439 2.8.2, RFC 7748 5.2 and 6.1. The large sets are in the conformance test. */
#include "crypto/aead.h"
#include "crypto/x25519.h"
#include "support/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

typedef struct sample {
    gvm_aead aead;
    const char *key, *nonce, *associated, *plain, *sealed;
} sample;

static const sample samples[] = {
    {GVM_AES_256_GCM, "0000000000000000000000000000000000000000000000000000000000000000",
     "000000000000000000000000", "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
    {GVM_AES_256_GCM, "0000000000000000000000000000000000000000000000000000000000000000",
     "000000000000000000000000", "", "00000000000000000000000000000000",
     "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"},
    {GVM_AES_256_GCM, "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
     "cafebabefacedbaddecaf888", "",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6"
     "b525b16aedf5aa0de657ba637b391aafd255",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b105682"
     "8838c5f61e6393ba7a0abcc9f662898015adb094dac5d93471bdec1a502270e3cc6c"},
    {GVM_AES_256_GCM, "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
     "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6"
     "b525b16aedf5aa0de657ba637b39",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b105682"
     "8838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b"},
    {GVM_CHACHA20_POLY1305, "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
     "070000004041424344454647", "50515253c0c1c2c3c4c5c6c7",
     "4c616469657320616e642047656e746c656d656e206f662074686520636c617373206f66202739393a20496620492"
     "0"
     "636f756c64206f6666657220796f75206f6e6c79206f6e652074697020666f7220746865206675747572652c20737"
     "5"
     "6e73637265656e20776f756c642062652069742e",
     "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da927"
     "28"
     "b1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831"
     "d7"
     "bc3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691"},
};

static void test_samples(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        const sample *s = &samples[i];
        uint8_t key[32], nonce[12], associated[32], plain[128], sealed[144], out[144];
        hex_bytes(key, 32, s->key);
        hex_bytes(nonce, 12, s->nonce);
        gvm_bytes a = gvm_bytes_make(associated, hex_bytes(associated, 32, s->associated));
        gvm_bytes p = gvm_bytes_make(plain, hex_bytes(plain, 128, s->plain));
        gvm_bytes c = gvm_bytes_make(sealed, hex_bytes(sealed, 144, s->sealed));
        assert_int_equal(c.len, p.len + GVM_AEAD_TAG);
        assert_int_equal(gvm_aead_seal(out, s->aead, key, nonce, a, p), GVM_OK);
        assert_memory_equal(out, sealed, c.len);
        assert_int_equal(gvm_aead_open(out, s->aead, key, nonce, a, c), GVM_OK);
        assert_memory_equal(out, plain, p.len);
        for (size_t at = 0; at < c.len; at++) {
            sealed[at] ^= 1;
            assert_int_equal(gvm_aead_open(out, s->aead, key, nonce, a, c), GVM_ERR_AUTHENTICATION);
            sealed[at] ^= 1;
        }
        c.len = GVM_AEAD_TAG - 1;
        assert_int_equal(gvm_aead_open(out, s->aead, key, nonce, a, c), GVM_ERR_AUTHENTICATION);
    }
}

static void test_x25519(void **state) {
    (void)state;
    uint8_t scalar[32], point[32], out[32], zero[32] = {0};
    hex_bytes(scalar, 32, "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4");
    hex_bytes(point, 32, "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c");
    assert_int_equal(gvm_x25519(out, point, scalar), GVM_OK);
    assert_true(
        hex_equal(out, 32, "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"));
    assert_int_equal(gvm_x25519(out, zero, scalar), GVM_ERR_POINT);
    /* 5.2, one turn of the loop: the base point as scalar and as point */
    uint8_t nine[32] = {9};
    gvm_x25519_public_key(out, nine);
    assert_true(
        hex_equal(out, 32, "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples),
        cmocka_unit_test(test_x25519),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
