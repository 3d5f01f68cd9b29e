/* HMAC, HKDF, PBKDF2, scrypt. Authority: RFC 4231, RFC 5869, RFC 7914. */
#include "crypto/hmac.h"
#include "crypto/kdf.h"
#include "support/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_hmac_rfc4231_case_2(void **state) {
    (void)state;
    gvm_hash got;
    uint8_t got512[64];
    gvm_bytes key = gvm_bytes_str("Jefe"), data = gvm_bytes_str("what do ya want for nothing?");
    gvm_hmac_sha256(&got, key, data);
    assert_true(
        hex_equal(got.b, 32, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
    gvm_hmac_sha512(got512, key, data);
    assert_true(hex_equal(got512, 64,
                          "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
                          "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"));
}

static void test_hmac_key_longer_than_a_block(void **state) {
    (void)state; /* RFC 4231 case 6 */
    gvm_hash got;
    uint8_t key[131], got512[64];
    memset(key, 0xaa, sizeof key);
    gvm_bytes data = gvm_bytes_str("Test Using Larger Than Block-Size Key - Hash Key First");
    gvm_hmac_sha256(&got, gvm_bytes_make(key, sizeof key), data);
    assert_true(
        hex_equal(got.b, 32, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"));
    gvm_hmac_sha512(got512, gvm_bytes_make(key, sizeof key), data);
    assert_true(hex_equal(got512, 64,
                          "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
                          "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598"));
}

static void test_hkdf_rfc5869_case_1(void **state) {
    (void)state;
    uint8_t secret[22], salt[13], info[10], out[42];
    memset(secret, 0x0b, sizeof secret);
    hex_bytes(salt, sizeof salt, "000102030405060708090a0b0c");
    hex_bytes(info, sizeof info, "f0f1f2f3f4f5f6f7f8f9");
    assert_int_equal(gvm_hkdf_sha256(out, sizeof out, gvm_bytes_make(salt, sizeof salt),
                                     gvm_bytes_make(secret, sizeof secret),
                                     gvm_bytes_make(info, sizeof info)),
                     GVM_OK);
    assert_true(hex_equal(out, sizeof out,
                          "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208"
                          "d5b887185865"));
    static uint8_t much[255 * 64 + 1];
    gvm_bytes none = gvm_bytes_make(NULL, 0);
    assert_int_equal(gvm_hkdf_sha256(much, 255 * 32, none, none, none), GVM_OK);
    assert_int_equal(gvm_hkdf_sha256(much, 255 * 32 + 1, none, none, none), GVM_ERR_RANGE);
    assert_int_equal(gvm_hkdf_sha512(much, 255 * 64, none, none, none), GVM_OK);
    assert_int_equal(gvm_hkdf_sha512(much, 255 * 64 + 1, none, none, none), GVM_ERR_RANGE);
}

static void test_pbkdf2(void **state) {
    (void)state; /* RFC 7914 section 11 */
    uint8_t out[64];
    assert_int_equal(gvm_pbkdf2_sha256(out, 64, gvm_bytes_str("passwd"), gvm_bytes_str("salt"), 1),
                     GVM_OK);
    assert_true(hex_equal(out, 64,
                          "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
                          "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783"));
    assert_int_equal(gvm_pbkdf2_sha256(out, 64, gvm_bytes_str("a"), gvm_bytes_str("b"), 0),
                     GVM_ERR_RANGE);
    assert_int_equal(
        gvm_pbkdf2_sha256(out, 64, gvm_bytes_make(NULL, 0), gvm_bytes_make(NULL, 0), 1), GVM_OK);
}

static void test_scrypt(void **state) {
    (void)state; /* RFC 7914 section 12 */
    uint8_t out[64];
    gvm_bytes none = gvm_bytes_make(NULL, 0);
    assert_int_equal(gvm_scrypt(out, 64, none, none, 16, 1, 1, 1 << 20), GVM_OK);
    assert_true(hex_equal(out, 64,
                          "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
                          "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906"));
    gvm_bytes password = gvm_bytes_str("password"), salt = gvm_bytes_str("NaCl");
    assert_int_equal(gvm_scrypt(out, 64, password, salt, 1024, 8, 16, 2 << 20), GVM_OK);
    assert_true(hex_equal(out, 64,
                          "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
                          "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"));
}

static void test_scrypt_refuses(void **state) {
    (void)state;
    uint8_t out[64];
    gvm_bytes s = gvm_bytes_str("x");
    uint64_t room = 64 << 20;
    assert_int_equal(gvm_scrypt(out, 64, s, s, 0, 8, 1, room), GVM_ERR_RANGE);
    assert_int_equal(gvm_scrypt(out, 64, s, s, 1, 8, 1, room), GVM_ERR_RANGE);
    assert_int_equal(gvm_scrypt(out, 64, s, s, 1000, 8, 1, room), GVM_ERR_RANGE);
    assert_int_equal(gvm_scrypt(out, 64, s, s, 1024, 0, 1, room), GVM_ERR_RANGE);
    assert_int_equal(gvm_scrypt(out, 64, s, s, 1024, 1 << 15, 1 << 15, room), GVM_ERR_RANGE);
    assert_int_equal(gvm_scrypt(out, 64, s, s, 1ull << 63, 8, 1, room), GVM_ERR_LIMIT);
    assert_int_equal(gvm_scrypt(out, 64, s, s, 1 << 18, 8, 1, room), GVM_ERR_LIMIT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hmac_rfc4231_case_2),
        cmocka_unit_test(test_hmac_key_longer_than_a_block),
        cmocka_unit_test(test_hkdf_rfc5869_case_1),
        cmocka_unit_test(test_pbkdf2),
        cmocka_unit_test(test_scrypt),
        cmocka_unit_test(test_scrypt_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
