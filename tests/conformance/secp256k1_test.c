/* secp256k1: Wycheproof ECDSA and ECDH, noble-curves' keys and signatures, BIP-340, scalar
 * multiplication, and geth's vectors of the ecrecover precompile. */
#include "crypto/secp256k1.h"
#include "support/ecdsa_vectors.h"
#include "support/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <openssl/bn.h>

static bool verify(const gvm_hash *message, const uint8_t r[32], const uint8_t s[32],
                   const uint8_t x[32], const uint8_t y[32]) {
    uint8_t key[64];
    memcpy(key, x, 32);
    memcpy(key + 32, y, 32);
    return gvm_secp256k1_verify(key, message, r, s) == GVM_OK;
}

static bool verify_low(const gvm_hash *message, const uint8_t r[32], const uint8_t s[32],
                       const uint8_t x[32], const uint8_t y[32]) {
    return gvm_secp256k1_s_is_low(s) && verify(message, r, s, x, y);
}

static void test_wycheproof_ecdsa(void **state) {
    (void)state;
    static const char *files[] = {
        "ecdsa_secp256k1_sha256_test.json",         "ecdsa_secp256k1_sha256_p1363_test.json",
        "ecdsa_secp256k1_sha512_test.json",         "ecdsa_secp256k1_sha512_p1363_test.json",
        "ecdsa_secp256k1_sha3_512_test.json",       "ecdsa_secp256k1_shake128_test.json",
        "ecdsa_secp256k1_shake128_p1363_test.json", "ecdsa_secp256k1_shake256_test.json",
        "ecdsa_secp256k1_shake256_p1363_test.json",
    };
    size_t cases = 0, wrong = 0;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        wrong += ecdsa_wycheproof(files[i], verify, &cases);
    wrong += ecdsa_wycheproof("ecdsa_secp256k1_sha256_bitcoin_test.json", verify_low, &cases);
    (void)printf("wycheproof ECDSA secp256k1: %zu cases\n", cases);
    assert_int_equal(wrong, 0);
}

/* The point in a SubjectPublicKeyInfo of exactly the named curve secp256k1: false for everything
 * else, which is for a parser of certificates to judge and not for us. */
static bool plain_spki(gvm_bytes *point, gvm_bytes der) {
    static const uint8_t prefix_65[] = {0x30, 0x56, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86,
                                        0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b,
                                        0x81, 0x04, 0x00, 0x0a, 0x03, 0x42, 0x00};
    static const uint8_t prefix_33[] = {0x30, 0x36, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86,
                                        0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b,
                                        0x81, 0x04, 0x00, 0x0a, 0x03, 0x22, 0x00};
    const uint8_t *prefix = der.len == sizeof prefix_65 + 65 ? prefix_65 : prefix_33;
    size_t len = der.len == sizeof prefix_65 + 65 ? 65 : 33;
    if (der.len != sizeof prefix_65 + len || memcmp(der.ptr, prefix, sizeof prefix_65) != 0)
        return false;
    *point = gvm_bytes_make(der.ptr + sizeof prefix_65, len);
    return true;
}

static void test_wycheproof_ecdh(void **state) {
    (void)state;
    yyjson_doc *doc = json_load("crypto/wycheproof/ecdh_secp256k1_test.json");
    gvm_buf public_buf = {0}, private_buf = {0}, shared_buf = {0};
    size_t g, t, groups, tests, cases = 0, foreign = 0;
    yyjson_val *group, *test;
    yyjson_arr_foreach(json_get(yyjson_doc_get_root(doc), "testGroups"), g, groups,
                       group){yyjson_arr_foreach(json_get(group, "tests"), t, tests, test){
        gvm_bytes der = json_hex(&public_buf, test, "public"), point;
    gvm_bytes secret = json_hex(&private_buf, test, "private");
    gvm_bytes want = json_hex(&shared_buf, test, "shared");
    if (!plain_spki(&point, der)) {
        foreign++;
        continue;
    }
    uint8_t key[32] = {0}, public_key[64], x[32];
    while (secret.len > 32 && secret.ptr[0] == 0)
        secret = gvm_bytes_make(secret.ptr + 1, secret.len - 1);
    assert_true(secret.len <= 32);
    memcpy(key + 32 - secret.len, secret.ptr, secret.len);
    gvm_status status = gvm_secp256k1_parse_public_key(public_key, point);
    if (status == GVM_OK) status = gvm_secp256k1_ecdh(x, public_key, key);
    bool ok = status == GVM_OK && gvm_bytes_equal(gvm_bytes_make(x, 32), want);
    const char *result = json_str(test, "result");
    if (strcmp(result, "acceptable") != 0 && ok != (strcmp(result, "valid") == 0))
        fail_msg("ecdh case %zu: %s", json_size(test, "tcId"), json_str(test, "comment"));
    cases++;
}
}
(void)printf("wycheproof ECDH secp256k1: %zu cases; skipped: %zu whose key is not a plain "
             "SubjectPublicKeyInfo, a format we do not read\n",
             cases, foreign);
assert_true(cases > 400);
gvm_buf_free(&public_buf);
gvm_buf_free(&private_buf);
gvm_buf_free(&shared_buf);
yyjson_doc_free(doc);
}

static void test_noble_ecdsa(void **state) {
    (void)state;
    yyjson_doc *doc = json_load("crypto/noble-curves/secp256k1/ecdsa.json");
    yyjson_val *root = yyjson_doc_get_root(doc), *test, *invalid = json_get(root, "invalid");
    gvm_buf d_buf = {0}, m_buf = {0}, sig_buf = {0}, q_buf = {0};
    size_t i, n, signed_ok = 0, refused = 0;
    yyjson_arr_foreach(json_get(root, "valid"), i, n, test) {
        gvm_bytes d = json_hex(&d_buf, test, "d"), m = json_hex(&m_buf, test, "m");
        gvm_bytes want = json_hex(&sig_buf, test, "signature");
        uint8_t public_key[64], recovered[64];
        gvm_secp256k1_signature got;
        assert_true(d.len == 32 && m.len == 32 && want.len == 64);
        assert_int_equal(gvm_secp256k1_sign(&got, (const gvm_hash *)m.ptr, d.ptr), GVM_OK);
        assert_memory_equal(got.r, want.ptr, 32);
        assert_memory_equal(got.s, want.ptr + 32, 32);
        assert_int_equal(gvm_secp256k1_public_key(public_key, d.ptr), GVM_OK);
        assert_int_equal(gvm_secp256k1_verify(public_key, (const gvm_hash *)m.ptr, got.r, got.s),
                         GVM_OK);
        assert_int_equal(gvm_secp256k1_recover_key(recovered, (const gvm_hash *)m.ptr, &got),
                         GVM_OK);
        assert_memory_equal(recovered, public_key, 64);
        signed_ok++;
    }
    yyjson_arr_foreach(json_get(invalid, "sign"), i, n, test) {
        gvm_bytes d = json_hex(&d_buf, test, "d"), m = json_hex(&m_buf, test, "m");
        gvm_secp256k1_signature got;
        assert_true(d.len == 32);
        if (m.len != 32) continue;
        assert_int_not_equal(gvm_secp256k1_sign(&got, (const gvm_hash *)m.ptr, d.ptr), GVM_OK);
        refused++;
    }
    yyjson_arr_foreach(json_get(invalid, "verify"), i, n, test) {
        gvm_bytes q = json_hex(&q_buf, test, "Q"), m = json_hex(&m_buf, test, "m");
        gvm_bytes sig = json_hex(&sig_buf, test, "signature");
        uint8_t public_key[64];
        if (gvm_secp256k1_parse_public_key(public_key, q) == GVM_OK && m.len == 32 &&
            sig.len == 64 &&
            verify_low((const gvm_hash *)m.ptr, sig.ptr, sig.ptr + 32, public_key, public_key + 32))
            fail_msg("invalid verify %zu passes: %s", i, json_str(test, "description"));
        refused++;
    }
    (void)printf(
        "noble ECDSA: %zu signed and recovered, %zu refused; skipped: %zu with extra entropy, "
        "which we have no face for\n",
        signed_ok, refused, yyjson_arr_size(json_get(root, "extraEntropy")));
    gvm_buf_free(&d_buf);
    gvm_buf_free(&m_buf);
    gvm_buf_free(&sig_buf);
    gvm_buf_free(&q_buf);
    yyjson_doc_free(doc);
}

/* Whether the key given in hex parses, and if so its x || y. */
static bool parse_hex_key(uint8_t out[64], const char *hex) {
    gvm_buf buf = {0};
    bool ok = gvm_secp256k1_parse_public_key(out, hex_into(&buf, hex)) == GVM_OK;
    gvm_buf_free(&buf);
    return ok;
}

static void same_point(const uint8_t got[64], const char *want_hex) {
    uint8_t want[64];
    assert_true(parse_hex_key(want, want_hex));
    assert_memory_equal(got, want, 64);
}

static void test_noble_points(void **state) {
    (void)state;
    yyjson_doc *doc = json_load("crypto/noble-curves/secp256k1/points.json");
    yyjson_val *root = yyjson_doc_get_root(doc), *test;
    yyjson_val *valid = json_get(root, "valid"), *invalid = json_get(root, "invalid");
    gvm_buf buf = {0};
    uint8_t p[64];
    size_t i, n, cases = 0, zero_tweaks = 0;
    yyjson_arr_foreach(json_get(valid, "isPoint"), i, n, test) {
        const char *hex = json_str(test, "P");
        bool want = yyjson_get_bool(json_get(test, "expected"));
        if (parse_hex_key(p, hex) != want) fail_msg("isPoint %zu: %s", i, hex);
        cases++;
    }
    yyjson_arr_foreach(json_get(valid, "pointCompress"), i, n, test) {
        uint8_t out[65] = {4};
        assert_true(parse_hex_key(p, json_str(test, "P")));
        bool compress = yyjson_get_bool(json_get(test, "compress"));
        memcpy(out + 1, p, 64);
        if (compress) gvm_secp256k1_compress(out, p);
        assert_true(hex_equal(out, compress ? 33 : 65, json_str(test, "expected")));
        cases++;
    }
    yyjson_arr_foreach(json_get(valid, "pointFromScalar"), i, n, test) {
        assert_int_equal(gvm_secp256k1_public_key(p, json_hex(&buf, test, "d").ptr), GVM_OK);
        same_point(p, json_str(test, "expected"));
        cases++;
    }
    yyjson_arr_foreach(json_get(valid, "pointAddScalar"), i, n, test) {
        assert_true(parse_hex_key(p, json_str(test, "P")));
        assert_int_equal(gvm_secp256k1_tweak_public_key(p, json_hex(&buf, test, "d").ptr), GVM_OK);
        same_point(p, json_str(test, "expected"));
        cases++;
    }
    yyjson_arr_foreach(json_get(valid, "pointMultiply"), i, n, test) {
        const char *want = json_str(test, "expected");
        uint8_t x[32], q[64];
        assert_true(parse_hex_key(p, json_str(test, "P")) && parse_hex_key(q, want));
        assert_int_equal(gvm_secp256k1_ecdh(x, p, json_hex(&buf, test, "d").ptr), GVM_OK);
        assert_memory_equal(x, q, 32);
        cases++;
    }
    yyjson_arr_foreach(json_get(invalid, "pointFromScalar"), i, n, test) {
        gvm_bytes d = json_hex(&buf, test, "d");
        assert_true(d.len != 32 || gvm_secp256k1_public_key(p, d.ptr) != GVM_OK);
        cases++;
    }
    yyjson_arr_foreach(json_get(invalid, "pointCompress"), i, n, test) {
        if (parse_hex_key(p, json_str(test, "P"))) fail_msg("invalid compress %zu", i);
        cases++;
    }
    yyjson_arr_foreach(json_get(invalid, "pointAddScalar"), i, n, test) {
        if (parse_hex_key(p, json_str(test, "P"))) {
            static const uint8_t zero[32];
            gvm_bytes d = json_hex(&buf, test, "d");
            assert_int_equal(d.len, 32);
            if (memcmp(d.ptr, zero, 32) == 0) { /* noble refuses it; BIP-32 does not */
                zero_tweaks++;
                continue;
            }
            assert_int_not_equal(gvm_secp256k1_tweak_public_key(p, d.ptr), GVM_OK);
        }
        cases++;
    }
    yyjson_arr_foreach(json_get(invalid, "pointMultiply"), i, n, test) {
        if (parse_hex_key(p, json_str(test, "P"))) {
            gvm_bytes d = json_hex(&buf, test, "d");
            uint8_t x[32];
            assert_true(d.len != 32 || gvm_secp256k1_ecdh(x, p, d.ptr) != GVM_OK);
        }
        cases++;
    }
    (void)printf("noble points: %zu cases; skipped: %zu that refuses a zero tweak, which BIP-32 "
                 "allows, and pointAdd (%zu), which we have no face for\n",
                 cases, zero_tweaks,
                 yyjson_arr_size(json_get(valid, "pointAdd")) +
                     yyjson_arr_size(json_get(invalid, "pointAdd")));
    gvm_buf_free(&buf);
    yyjson_doc_free(doc);
}

static void test_noble_private_keys(void **state) {
    (void)state; /* decimal d : hex x : hex y */
    FILE *f = fopen(vectors_path("crypto/noble-curves/secp256k1/privates-2.txt"), "r");
    assert_non_null(f);
    char line[512];
    size_t cases = 0;
    while (fgets(line, sizeof line, f) != NULL) {
        char *save = NULL, *d = strtok_r(line, ":\n", &save), *x = strtok_r(NULL, ":\n", &save);
        char *y = strtok_r(NULL, ":\n", &save);
        if (y == NULL) continue;
        BIGNUM *number = NULL;
        uint8_t key[32], got[64];
        assert_true(BN_dec2bn(&number, d) > 0 && BN_bn2binpad(number, key, 32) == 32);
        BN_free(number);
        assert_int_equal(gvm_secp256k1_public_key(got, key), GVM_OK);
        assert_true(hex_equal(got, 32, x) && hex_equal(got + 32, 32, y));
        cases++;
    }
    (void)printf("noble private keys: %zu cases\n", cases);
    assert_true(cases > 0);
    (void)fclose(f);
}

static size_t schnorr_file(const char *sub) {
    FILE *f = fopen(vectors_path(sub), "r");
    assert_non_null(f);
    char line[2048];
    size_t cases = 0;
    gvm_buf field[6] = {{0}};
    assert_non_null(fgets(line, sizeof line, f)); /* the heading */
    while (fgets(line, sizeof line, f) != NULL) {
        /* index, secret key, public key, aux_rand, message, signature, result, comment */
        char *rest = line, *cell[7];
        for (int i = 0; i < 7; i++) assert_non_null(cell[i] = strsep(&rest, ","));
        gvm_bytes key = hex_into(&field[1], cell[1]), x = hex_into(&field[2], cell[2]);
        gvm_bytes aux = hex_into(&field[3], cell[3]), message = hex_into(&field[4], cell[4]);
        gvm_bytes signature = hex_into(&field[5], cell[5]);
        assert_true(x.len == 32 && signature.len == 64);
        bool want = strncmp(cell[6], "TRUE", 4) == 0;
        assert_int_equal(gvm_schnorr_verify(x.ptr, message, signature.ptr) == GVM_OK, want);
        if (key.len == 32) {
            uint8_t public_key[64], got[64];
            assert_int_equal(gvm_secp256k1_public_key(public_key, key.ptr), GVM_OK);
            assert_memory_equal(public_key, x.ptr, 32);
            assert_int_equal(
                gvm_schnorr_sign(got, message, key.ptr, aux.len == 32 ? aux.ptr : NULL), GVM_OK);
            assert_memory_equal(got, signature.ptr, 64);
        }
        cases++;
    }
    for (int i = 0; i < 6; i++) gvm_buf_free(&field[i]);
    (void)fclose(f);
    return cases;
}

static void test_bip340(void **state) {
    (void)state;
    size_t bip = schnorr_file("crypto/bip/bip340_schnorr.csv");
    size_t noble = schnorr_file("crypto/noble-curves/secp256k1/schnorr.csv");
    (void)printf("BIP-340: %zu cases, noble's copy: %zu\n", bip, noble);
    assert_int_equal(bip, 19);
}

static void test_scalar_multiplication(void **state) {
    (void)state;
    static const char *files[] = {"32", "64", "128", "256"};
    size_t i, n, cases = 0;
    for (size_t f = 0; f < 4; f++) {
        char sub[128];
        (void)snprintf(sub, sizeof sub,
                       "crypto/curve-scalar-mul/tv_Secp256k1_scalar_mul_G1_%sbit.json", files[f]);
        yyjson_doc *doc = json_load(sub);
        yyjson_val *test;
        yyjson_arr_foreach(json_get(yyjson_doc_get_root(doc), "vectors"), i, n, test) {
            uint8_t p[64], key[32], want[32], x[32];
            hex_number(p, json_str(json_get(test, "P"), "x"));
            hex_number(p + 32, json_str(json_get(test, "P"), "y"));
            hex_number(want, json_str(json_get(test, "Q"), "x"));
            hex_number(key, json_str(test, "scalar"));
            assert_int_equal(gvm_secp256k1_ecdh(x, p, key), GVM_OK);
            assert_memory_equal(x, want, 32);
            cases++;
        }
        yyjson_doc_free(doc);
    }
    (void)printf("scalar multiplication (x only): %zu cases\n", cases);
    assert_true(cases > 0);
}

static void test_ecrecover_precompile(void **state) {
    (void)state;
    yyjson_doc *doc = json_load("ethereum/geth/core-vm/precompiles/ecRecover.json");
    gvm_buf in_buf = {0};
    size_t i, n;
    yyjson_val *test;
    yyjson_arr_foreach(yyjson_doc_get_root(doc), i, n, test) {
        uint8_t in[128] = {0}, word[32] = {0};
        gvm_bytes given = json_hex(&in_buf, test, "Input");
        memcpy(in, given.ptr, given.len < 128 ? given.len : 128);
        gvm_address address;
        const char *want = json_str(test, "Expected");
        gvm_status status =
            gvm_secp256k1_ecrecover(&address, (const gvm_hash *)in, in + 32, in + 64, in + 96);
        memcpy(word + 12, address.b, 20);
        if (status == GVM_OK ? !hex_equal(word, 32, want) : want[0] != '\0')
            fail_msg("%s", json_str(test, "Name"));
    }
    (void)printf("geth ecRecover: %zu cases\n", n);
    gvm_buf_free(&in_buf);
    yyjson_doc_free(doc);
}

int main(void) {
    vectors_require("crypto/wycheproof");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wycheproof_ecdsa),      cmocka_unit_test(test_wycheproof_ecdh),
        cmocka_unit_test(test_noble_ecdsa),           cmocka_unit_test(test_noble_points),
        cmocka_unit_test(test_noble_private_keys),    cmocka_unit_test(test_bip340),
        cmocka_unit_test(test_scalar_multiplication), cmocka_unit_test(test_ecrecover_precompile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
