/* P-256 verification: Wycheproof, RFC 6979, NIST ACVP, and geth's vectors of the precompile
 * (EIP-7951). */
#include "crypto/p256.h"
#include "support/ecdsa_vectors.h"
#include "support/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static bool verify(const gvm_hash *message, const uint8_t r[32], const uint8_t s[32],
                   const uint8_t x[32], const uint8_t y[32]) {
    return gvm_p256_verify_var(message, r, s, x, y);
}

static void test_wycheproof(void **state) {
    (void)state;
    static const char *files[] = {
        "ecdsa_secp256r1_sha256_test.json",   "ecdsa_secp256r1_sha256_p1363_test.json",
        "ecdsa_secp256r1_sha512_test.json",   "ecdsa_secp256r1_sha512_p1363_test.json",
        "ecdsa_secp256r1_sha3_256_test.json", "ecdsa_secp256r1_sha3_512_test.json",
        "ecdsa_secp256r1_shake128_test.json", "ecdsa_secp256r1_shake128_p1363_test.json",
    };
    size_t cases = 0, wrong = 0;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        wrong += ecdsa_wycheproof(files[i], verify, &cases);
    (void)printf("wycheproof P-256: %zu cases\n", cases);
    assert_int_equal(wrong, 0);
}

static const uint8_t order[32] = {0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff,
                                  0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17,
                                  0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};

/* Our signature is the RFC's, but for an s in the upper half, whose other form it has; our key is
 * the RFC's in all its forms. */
static void check_signing(const char *secret, const gvm_hash *message, const uint8_t r[32],
                          const uint8_t s[32], const uint8_t x[32], const uint8_t y[32]) {
    uint8_t key[32], signature[64], public_key[64], again[64], compressed[33];
    hex_number(key, secret);
    assert_int_equal(gvm_p256_public_key(public_key, key), GVM_OK);
    assert_memory_equal(public_key, x, 32);
    assert_memory_equal(public_key + 32, y, 32);
    gvm_p256_compress(compressed, public_key);
    assert_int_equal(gvm_p256_parse_public_key(again, gvm_bytes_make(compressed, 33)), GVM_OK);
    assert_memory_equal(again, public_key, 64);
    assert_int_equal(gvm_p256_sign(signature, message, key), GVM_OK);
    assert_memory_equal(signature, r, 32);
    assert_true(gvm_p256_s_is_low(signature + 32));
    if (gvm_p256_s_is_low(s)) {
        assert_memory_equal(signature + 32, s, 32);
        return;
    }
    unsigned carry = 0; /* s + ours = n */
    for (int i = 31; i >= 0; i--) {
        carry += (unsigned)s[i] + signature[32 + i];
        assert_int_equal(carry & 0xff, order[i]);
        carry >>= 8;
    }
}

static void test_rfc6979(void **state) {
    (void)state;
    yyjson_doc *doc = json_load("crypto/rfc/6979-deterministic-ecdsa/vectors.json");
    size_t i, n, j, m, cases = 0, other = 0, signed_ok = 0;
    yyjson_val *curve, *test;
    yyjson_arr_foreach(yyjson_doc_get_root(doc), i, n, curve) {
        if (strcmp(json_str(curve, "curve"), "NIST P-256") != 0) {
            other++;
            continue;
        }
        uint8_t r[32], s[32], x[32], y[32];
        hex_number(x, json_str(curve, "Ux"));
        hex_number(y, json_str(curve, "Uy"));
        yyjson_arr_foreach(json_get(curve, "cases"), j, m, test) {
            gvm_hash message;
            ecdsa_hash(&message, json_str(test, "hash"), gvm_bytes_str(json_str(test, "message")));
            hex_number(r, json_str(test, "r"));
            hex_number(s, json_str(test, "s"));
            assert_true(verify(&message, r, s, x, y));
            if (strcmp(json_str(test, "hash"), "SHA-256") == 0)
                check_signing(json_str(curve, "private"), &message, r, s, x, y), signed_ok++;
            cases++;
        }
    }
    (void)printf("RFC 6979 P-256: %zu cases, %zu signed (with SHA-256, as we do); skipped: %zu "
                 "other curves, "
                 "which we have no face for\n",
                 cases, signed_ok, other);
    assert_int_equal(cases, 10);
    assert_int_equal(signed_ok, 2);
    yyjson_doc_free(doc);
}

static void test_acvp(void **state) {
    (void)state;
    static const char *files[] = {"crypto/acvp/ECDSA-SigVer-FIPS186-5.json",
                                  "crypto/acvp/DetECDSA-SigGen-FIPS186-5.json"};
    size_t cases = 0, randomized = 0, i, n, j, m;
    for (size_t f = 0; f < 2; f++) {
        yyjson_doc *doc = json_load(files[f]);
        gvm_buf buf = {0};
        yyjson_val *group, *test;
        yyjson_arr_foreach(json_get(yyjson_doc_get_root(doc), "testGroups"), i, n, group) {
            assert_string_equal(json_str(group, "curve"), "P-256");
            if (yyjson_obj_get(group, "conformance") != NULL) {
                assert_string_equal(json_str(group, "conformance"), "SP800-106");
                randomized += yyjson_arr_size(json_get(group, "tests"));
                continue;
            }
            yyjson_arr_foreach(json_get(group, "tests"), j, m, test) {
                uint8_t r[32], s[32], x[32], y[32];
                gvm_hash message;
                yyjson_val *key = yyjson_obj_get(test, "qx") != NULL ? test : group;
                ecdsa_hash(&message, json_str(group, "hashAlg"), json_hex(&buf, test, "message"));
                hex_number(r, json_str(test, "r"));
                hex_number(s, json_str(test, "s"));
                hex_number(x, json_str(key, "qx"));
                hex_number(y, json_str(key, "qy"));
                bool want = f == 1 || yyjson_get_bool(json_get(test, "testPassed"));
                if (verify(&message, r, s, x, y) != want)
                    fail_msg("%s case %zu", files[f], json_size(test, "tcId"));
                cases++;
            }
        }
        gvm_buf_free(&buf);
        yyjson_doc_free(doc);
    }
    (void)printf("ACVP P-256: %zu cases; skipped: %zu with a randomized message (SP 800-106), "
                 "which we do not do\n",
                 cases, randomized);
    assert_true(cases > 0);
}

static void test_precompile(void **state) {
    (void)state;
    yyjson_doc *doc = json_load("ethereum/geth/core-vm/precompiles/p256Verify.json");
    gvm_buf in_buf = {0};
    size_t i, n;
    yyjson_val *test;
    yyjson_arr_foreach(yyjson_doc_get_root(doc), i, n, test) {
        gvm_bytes in = json_hex(&in_buf, test, "Input");
        bool ok = in.len == 160 && verify((const gvm_hash *)in.ptr, in.ptr + 32, in.ptr + 64,
                                          in.ptr + 96, in.ptr + 128);
        if (ok != (strlen(json_str(test, "Expected")) == 64))
            fail_msg("%s", json_str(test, "Name"));
    }
    (void)printf("geth p256Verify: %zu cases\n", n);
    assert_true(n > 0);
    gvm_buf_free(&in_buf);
    yyjson_doc_free(doc);
}

int main(void) {
    vectors_require("crypto/wycheproof");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wycheproof),
        cmocka_unit_test(test_rfc6979),
        cmocka_unit_test(test_acvp),
        cmocka_unit_test(test_precompile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
