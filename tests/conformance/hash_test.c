/* BLAKE3's own vectors; NIST ACVP for SHA-512 and HMAC; Wycheproof for HMAC, HKDF and PBKDF2;
 * geth's vectors of the blake2F and modexp precompiles. */
#include "crypto/blake2b.h"
#include "crypto/blake3.h"
#include "crypto/hmac.h"
#include "crypto/kdf.h"
#include "crypto/modexp.h"
#include "support/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static void test_blake3(void **state) {
    (void)state;
    static uint8_t input[200000];
    for (size_t i = 0; i < sizeof input; i++) input[i] = (uint8_t)(i % 251);
    yyjson_doc *doc = json_load("crypto/blake3/test_vectors.json");
    yyjson_val *root = yyjson_doc_get_root(doc), *test;
    const uint8_t *key = (const uint8_t *)json_str(root, "key");
    gvm_bytes context = gvm_bytes_str(json_str(root, "context_string"));
    size_t i, n;
    yyjson_arr_foreach(json_get(root, "cases"), i, n, test) {
        size_t len = json_size(test, "input_len");
        assert_true(len <= sizeof input);
        gvm_bytes in = gvm_bytes_make(input, len);
        uint8_t out[200];
        gvm_hash short_hash;
        gvm_blake3_state s;
        const char *want = json_str(test, "hash");
        size_t out_len = strlen(want) / 2;
        gvm_blake3_init(&s);
        gvm_blake3_update(&s, in);
        gvm_blake3_output(&s, out, out_len, 0);
        assert_true(hex_equal(out, out_len, want));
        gvm_blake3(&short_hash, in);
        assert_memory_equal(short_hash.b, out, 32);

        gvm_blake3_init_keyed(&s, key);
        gvm_blake3_update(&s, in);
        gvm_blake3_output(&s, out, out_len, 0);
        assert_true(hex_equal(out, out_len, json_str(test, "keyed_hash")));
        gvm_blake3_keyed(&short_hash, key, in);
        assert_memory_equal(short_hash.b, out, 32);

        gvm_blake3_derive_key(out, out_len, context, in);
        assert_true(hex_equal(out, out_len, json_str(test, "derive_key")));
    }
    (void)printf("BLAKE3: %zu cases in three modes\n", n);
    assert_true(n > 0);
    yyjson_doc_free(doc);
}

/* ACVP's Monte Carlo test for SHA-2: each result is 1,000 hashes of the three before it. In the
 * "alternate" version the three are cut or padded with zeros to the length of the seed. */
static void sha512_monte_carlo(yyjson_val *test, bool alternate) {
    gvm_buf buf = {0}, msg = {0};
    gvm_bytes seed = json_hex(&buf, test, "msg");
    size_t i, n, seed_len = seed.len;
    uint8_t last[3][64];
    yyjson_val *result;
    assert_true(seed_len >= 64);
    memset(last, 0, sizeof last);
    gvm_buf_append(&msg, seed.ptr, seed.len);
    yyjson_arr_foreach(json_get(test, "resultsArray"), i, n, result) {
        /* the first message of a round: the seed three times; then the last three digests */
        for (int round = 0; round < 1000; round++) {
            uint8_t message[4096];
            size_t len = 0;
            const uint8_t *parts[3];
            size_t sizes[3];
            for (int k = 0; k < 3; k++) {
                bool from_seed = round + k < 3;
                parts[k] = from_seed ? msg.ptr : last[k];
                sizes[k] = from_seed ? msg.len : 64;
                assert_true(len + sizes[k] <= sizeof message);
                memcpy(message + len, parts[k], sizes[k]);
                len += sizes[k];
            }
            if (alternate) {
                if (len < seed_len) memset(message + len, 0, seed_len - len);
                len = seed_len;
            }
            memcpy(last[0], last[1], 64);
            memcpy(last[1], last[2], 64);
            gvm_sha512(last[2], gvm_bytes_make(message, len));
        }
        assert_true(hex_equal(last[2], 64, json_str(result, "md")));
        gvm_buf_clear(&msg);
        gvm_buf_append(&msg, last[2], 64);
    }
    gvm_buf_free(&buf);
    gvm_buf_free(&msg);
}

static void test_acvp_sha512(void **state) {
    (void)state;
    yyjson_doc *doc = json_load("crypto/acvp/SHA2-512-1.0.json");
    size_t g, t, groups, tests, cases = 0, bits = 0, monte_carlo = 0;
    yyjson_val *group, *test;
    gvm_buf buf = {0};
    yyjson_arr_foreach(json_get(yyjson_doc_get_root(doc), "testGroups"), g, groups,
                       group){yyjson_arr_foreach(json_get(group, "tests"), t, tests, test){
        const char *type = json_str(group, "testType");
    if (strcmp(type, "MCT") == 0) {
        sha512_monte_carlo(test, strcmp(json_str(group, "mctVersion"), "alternate") == 0);
        monte_carlo++;
        continue;
    }
    assert_string_equal(type, "AFT");
    size_t len = json_size(test, "len");
    if (len % 8 != 0) {
        bits++;
        continue;
    }
    uint8_t out[64];
    gvm_bytes msg = json_hex(&buf, test, "msg");
    gvm_sha512(out, gvm_bytes_make(msg.ptr, len / 8));
    assert_true(hex_equal(out, 64, json_str(test, "md")));
    cases++;
}
}
(void)printf("ACVP SHA-512: %zu cases and %zu Monte Carlo; skipped: %zu with odd bits\n", cases,
             monte_carlo, bits);
assert_true(cases > 0);
gvm_buf_free(&buf);
yyjson_doc_free(doc);
}

static void test_acvp_hmac_sha512(void **state) {
    (void)state;
    yyjson_doc *doc = json_load("crypto/acvp/HMAC-SHA2-512-1.0.json");
    size_t g, t, groups, tests, cases = 0;
    yyjson_val *group, *test;
    gvm_buf key = {0}, msg = {0};
    yyjson_arr_foreach(json_get(yyjson_doc_get_root(doc), "testGroups"), g, groups, group) {
        assert_true(json_size(group, "keyLen") % 8 == 0 && json_size(group, "msgLen") % 8 == 0);
        yyjson_arr_foreach(json_get(group, "tests"), t, tests, test) {
            uint8_t out[64];
            gvm_hmac_sha512(out, json_hex(&key, test, "key"), json_hex(&msg, test, "msg"));
            assert_true(hex_equal(out, json_size(group, "macLen") / 8, json_str(test, "mac")));
            cases++;
        }
    }
    (void)printf("ACVP HMAC-SHA-512: %zu cases\n", cases);
    assert_true(cases > 0);
    gvm_buf_free(&key);
    gvm_buf_free(&msg);
    yyjson_doc_free(doc);
}

typedef void check(yyjson_val *group, yyjson_val *test);

static void wycheproof(const char *name, check *one) {
    char sub[256];
    (void)snprintf(sub, sizeof sub, "crypto/wycheproof/%s", name);
    yyjson_doc *doc = json_load(sub);
    yyjson_val *root = yyjson_doc_get_root(doc), *group, *test;
    size_t g, t, groups, tests, cases = 0;
    yyjson_arr_foreach(json_get(root, "testGroups"), g, groups, group){
        yyjson_arr_foreach(json_get(group, "tests"), t, tests, test){one(group, test);
    cases++;
}
}
(void)printf("%s: %zu cases\n", name, cases);
assert_int_equal(cases, json_size(root, "numberOfTests"));
yyjson_doc_free(doc);
}

static gvm_buf field[4];

static void check_verdict(yyjson_val *test, bool ok) {
    if (ok != (strcmp(json_str(test, "result"), "valid") == 0))
        fail_msg("case %zu: %s", json_size(test, "tcId"), json_str(test, "comment"));
}

static void check_hmac_sha256(yyjson_val *group, yyjson_val *test) {
    gvm_hash got;
    gvm_bytes tag = json_hex(&field[2], test, "tag");
    gvm_hmac_sha256(&got, json_hex(&field[0], test, "key"), json_hex(&field[1], test, "msg"));
    check_verdict(test, tag.len == json_size(group, "tagSize") / 8 &&
                            gvm_equal_ct(tag.ptr, got.b, tag.len));
}

typedef gvm_status hkdf(uint8_t *out, size_t out_len, gvm_bytes salt, gvm_bytes secret,
                        gvm_bytes info);
static void check_hkdf(yyjson_val *test, hkdf *derive) {
    static uint8_t out[20000];
    size_t size = json_size(test, "size");
    gvm_bytes want = json_hex(&field[3], test, "okm");
    assert_true(size <= sizeof out);
    gvm_status status = derive(out, size, json_hex(&field[0], test, "salt"),
                               json_hex(&field[1], test, "ikm"), json_hex(&field[2], test, "info"));
    check_verdict(test, status == GVM_OK && gvm_bytes_equal(want, gvm_bytes_make(out, size)));
}
static void check_hkdf_sha256(yyjson_val *group, yyjson_val *test) {
    (void)group;
    check_hkdf(test, gvm_hkdf_sha256);
}
static void check_hkdf_sha512(yyjson_val *group, yyjson_val *test) {
    (void)group;
    check_hkdf(test, gvm_hkdf_sha512);
}

typedef gvm_status pbkdf2(uint8_t *out, size_t out_len, gvm_bytes password, gvm_bytes salt,
                          uint32_t rounds);
static void check_pbkdf2(yyjson_val *test, pbkdf2 *derive) {
    static uint8_t out[4096];
    size_t size = json_size(test, "dkLen");
    assert_true(size <= sizeof out);
    gvm_status status =
        derive(out, size, json_hex(&field[0], test, "password"), json_hex(&field[1], test, "salt"),
               (uint32_t)json_size(test, "iterationCount"));
    check_verdict(test, status == GVM_OK && hex_equal(out, size, json_str(test, "dk")));
}
static void check_pbkdf2_sha256(yyjson_val *group, yyjson_val *test) {
    (void)group;
    check_pbkdf2(test, gvm_pbkdf2_sha256);
}
static void check_pbkdf2_sha512(yyjson_val *group, yyjson_val *test) {
    (void)group;
    check_pbkdf2(test, gvm_pbkdf2_sha512);
}

static void test_wycheproof(void **state) {
    (void)state;
    wycheproof("hmac_sha256_test.json", check_hmac_sha256);
    wycheproof("hkdf_sha256_test.json", check_hkdf_sha256);
    wycheproof("hkdf_sha512_test.json", check_hkdf_sha512);
    wycheproof("pbkdf2_hmacsha256_test.json", check_pbkdf2_sha256);
    wycheproof("pbkdf2_hmacsha512_test.json", check_pbkdf2_sha512);
    (void)printf("skipped: hmac_sha512_256_test.json, SHA-512/256, which we have no face for\n");
    for (size_t i = 0; i < 4; i++) gvm_buf_free(&field[i]);
}

static void test_blake2f_precompile(void **state) {
    (void)state;
    yyjson_doc *doc = json_load("ethereum/geth/core-vm/precompiles/blake2F.json");
    yyjson_val *test;
    gvm_buf in = {0};
    size_t i, n;
    yyjson_arr_foreach(yyjson_doc_get_root(doc), i, n, test) {
        uint8_t out[GVM_BLAKE2B_F_OUTPUT];
        assert_int_equal(gvm_blake2b_f_bytes(out, json_hex(&in, test, "Input")), GVM_OK);
        assert_true(hex_equal(out, sizeof out, json_str(test, "Expected")));
    }
    (void)printf("geth blake2F: %zu cases\n", n);
    gvm_buf_free(&in);
    yyjson_doc_free(doc);
}

/* The next `len` bytes of the input, which goes on with zeros for ever. */
static void take(gvm_buf *out, gvm_bytes in, size_t at, size_t len) {
    gvm_buf_clear(out);
    uint8_t *to = gvm_buf_extend(out, len + 1);
    assert_non_null(to);
    memset(to, 0, len + 1);
    out->len = len;
    if (at < in.len) memcpy(to, in.ptr + at, in.len - at < len ? in.len - at : len);
}

static size_t modexp_file(const char *name) {
    char sub[256];
    (void)snprintf(sub, sizeof sub, "ethereum/geth/core-vm/precompiles/%s", name);
    yyjson_doc *doc = json_load(sub);
    yyjson_val *test;
    gvm_buf in_buf = {0}, head = {0}, part[3] = {{0}}, out = {0};
    size_t i, n;
    yyjson_arr_foreach(yyjson_doc_get_root(doc), i, n, test) {
        gvm_bytes in = json_hex(&in_buf, test, "Input");
        size_t len[3], at = 96;
        take(&head, in, 0, 96);
        for (int k = 0; k < 3; k++) {
            static const uint8_t zero[24];
            assert_memory_equal(head.ptr + 32 * k, zero, 24);
            len[k] = gvm_load_be64(head.ptr + 32 * k + 24);
            assert_true(len[k] <= 1 << 20);
            take(&part[k], in, at, len[k]);
            at += len[k];
        }
        take(&out, in, 0, len[2]);
        assert_int_equal(gvm_modexp_var(out.ptr, gvm_buf_bytes(&part[0]), gvm_buf_bytes(&part[1]),
                                        gvm_buf_bytes(&part[2])),
                         GVM_OK);
        if (!hex_equal(out.ptr, len[2], json_str(test, "Expected")))
            fail_msg("%s", json_str(test, "Name"));
    }
    for (int k = 0; k < 3; k++) gvm_buf_free(&part[k]);
    gvm_buf_free(&in_buf);
    gvm_buf_free(&head);
    gvm_buf_free(&out);
    yyjson_doc_free(doc);
    return n;
}

static void test_modexp_precompile(void **state) {
    (void)state;
    size_t plain = modexp_file("modexp.json"), eip2565 = modexp_file("modexp_eip2565.json");
    size_t eip7883 = modexp_file("modexp_eip7883.json");
    (void)printf("geth modexp: %zu + %zu + %zu cases\n", plain, eip2565, eip7883);
    assert_true(plain > 0 && eip2565 > 0 && eip7883 > 0);
}

int main(void) {
    vectors_require("crypto/blake3");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blake3),
        cmocka_unit_test(test_acvp_sha512),
        cmocka_unit_test(test_acvp_hmac_sha512),
        cmocka_unit_test(test_wycheproof),
        cmocka_unit_test(test_blake2f_precompile),
        cmocka_unit_test(test_modexp_precompile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
