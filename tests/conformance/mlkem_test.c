/* ML-KEM-768: NIST ACVP (keyGen, encapsulation, decapsulation, key checks) and Wycheproof. */
#include "crypto/mlkem.h"
#include "support/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static gvm_buf a_buf, b_buf, c_buf;
static uint8_t public_key[GVM_MLKEM_PUBLIC_KEY], secret_key[GVM_MLKEM_SECRET_KEY],
    ciphertext[GVM_MLKEM_CIPHERTEXT], shared[GVM_MLKEM_SHARED];

static void test_acvp_keygen(void **state) {
    (void)state;
    size_t g, t, groups, tests, cases = 0;
    yyjson_val *group, *test;
    yyjson_doc *doc = json_load("crypto/acvp/ML-KEM-keyGen-FIPS203.json");
    yyjson_arr_foreach(json_get(yyjson_doc_get_root(doc), "testGroups"), g, groups, group) {
        if (strcmp(json_str(group, "parameterSet"), "ML-KEM-768") != 0) continue;
        yyjson_arr_foreach(json_get(group, "tests"), t, tests, test) {
            uint8_t seed[GVM_MLKEM_SEED];
            memcpy(seed, json_hex(&a_buf, test, "d").ptr, 32);
            memcpy(seed + 32, json_hex(&b_buf, test, "z").ptr, 32);
            gvm_mlkem_keygen(public_key, secret_key, seed);
            assert_true(hex_equal(public_key, sizeof public_key, json_str(test, "ek")));
            assert_true(hex_equal(secret_key, sizeof secret_key, json_str(test, "dk")));
            cases++;
        }
    }
    (void)printf("ACVP ML-KEM-768 keyGen: %zu cases\n", cases);
    assert_int_equal(cases, 25);
    yyjson_doc_free(doc);
}

/* The key check of the standard, as our faces make it: in use. */
static bool public_key_good(gvm_bytes key) {
    static const uint8_t random[32];
    return key.len == GVM_MLKEM_PUBLIC_KEY &&
           gvm_mlkem_encapsulate(ciphertext, shared, key.ptr, random) == GVM_OK;
}
static bool secret_key_good(gvm_bytes key) {
    static const uint8_t any[GVM_MLKEM_CIPHERTEXT];
    return key.len == GVM_MLKEM_SECRET_KEY && gvm_mlkem_decapsulate(shared, key.ptr, any) == GVM_OK;
}

static bool acvp_case(const char *function, yyjson_val *test) {
    if (strcmp(function, "encapsulation") == 0) {
        gvm_bytes key = json_hex(&a_buf, test, "ek"), m = json_hex(&b_buf, test, "m");
        return gvm_mlkem_encapsulate(ciphertext, shared, key.ptr, m.ptr) == GVM_OK &&
               hex_equal(ciphertext, sizeof ciphertext, json_str(test, "c")) &&
               hex_equal(shared, sizeof shared, json_str(test, "k"));
    }
    if (strcmp(function, "decapsulation") == 0) {
        gvm_bytes key = json_hex(&a_buf, test, "dk"), c = json_hex(&b_buf, test, "c");
        if (key.len != GVM_MLKEM_SECRET_KEY) { /* by seed */
            uint8_t seed[GVM_MLKEM_SEED];
            memcpy(seed, json_hex(&a_buf, test, "d").ptr, 32);
            memcpy(seed + 32, json_hex(&c_buf, test, "z").ptr, 32);
            gvm_mlkem_keygen(public_key, secret_key, seed);
            key = gvm_bytes_make(secret_key, sizeof secret_key);
        }
        assert_int_equal(c.len, GVM_MLKEM_CIPHERTEXT);
        return gvm_mlkem_decapsulate(shared, key.ptr, c.ptr) == GVM_OK &&
               hex_equal(shared, sizeof shared, json_str(test, "k"));
    }
    bool want = yyjson_get_bool(json_get(test, "testPassed"));
    if (strcmp(function, "encapsulationKeyCheck") == 0)
        return public_key_good(json_hex(&a_buf, test, "ek")) == want;
    assert_string_equal(function, "decapsulationKeyCheck");
    return secret_key_good(json_hex(&a_buf, test, "dk")) == want;
}

static void test_acvp(void **state) {
    (void)state;
    static const char *files[] = {"crypto/acvp/ML-KEM-encapDecap-FIPS203.json",
                                  "crypto/acvp/ML-KEM-encapDecap-FIPS203-tr1.json"};
    size_t g, t, groups, tests, cases = 0;
    yyjson_val *group, *test;
    for (size_t f = 0; f < 2; f++) {
        yyjson_doc *doc = json_load(files[f]);
        yyjson_arr_foreach(json_get(yyjson_doc_get_root(doc), "testGroups"), g, groups, group) {
            if (strcmp(json_str(group, "parameterSet"), "ML-KEM-768") != 0) continue;
            yyjson_arr_foreach(json_get(group, "tests"), t, tests, test) {
                if (!acvp_case(json_str(group, "function"), test))
                    fail_msg("%s: %s case %zu", files[f], json_str(group, "function"),
                             json_size(test, "tcId"));
                cases++;
            }
        }
        yyjson_doc_free(doc);
    }
    (void)printf("ACVP ML-KEM-768: %zu cases\n", cases);
    assert_true(cases >= 110);
}

static bool wycheproof_case(const char *type, yyjson_val *test) {
    if (strcmp(type, "MLKEMEncapsTest") == 0) {
        gvm_bytes key = json_hex(&a_buf, test, "ek"), m = json_hex(&b_buf, test, "m");
        return key.len == GVM_MLKEM_PUBLIC_KEY &&
               gvm_mlkem_encapsulate(ciphertext, shared, key.ptr, m.ptr) == GVM_OK &&
               hex_equal(ciphertext, sizeof ciphertext, json_str(test, "c")) &&
               hex_equal(shared, sizeof shared, json_str(test, "K"));
    }
    gvm_bytes c = json_hex(&b_buf, test, "c"), key;
    if (strcmp(type, "MLKEMTest") == 0) {
        gvm_bytes seed = json_hex(&a_buf, test, "seed");
        if (seed.len != GVM_MLKEM_SEED) return false;
        gvm_mlkem_keygen(public_key, secret_key, seed.ptr);
        if (yyjson_obj_get(test, "ek") != NULL)
            assert_true(hex_equal(public_key, sizeof public_key, json_str(test, "ek")));
        key = gvm_bytes_make(secret_key, sizeof secret_key);
    } else {
        key = json_hex(&a_buf, test, "dk");
    }
    if (key.len != GVM_MLKEM_SECRET_KEY || c.len != GVM_MLKEM_CIPHERTEXT) return false;
    if (gvm_mlkem_decapsulate(shared, key.ptr, c.ptr) != GVM_OK) return false;
    return yyjson_obj_get(test, "K") == NULL ||
           hex_equal(shared, sizeof shared, json_str(test, "K"));
}

static void test_wycheproof(void **state) {
    (void)state;
    static const char *files[] = {"crypto/wycheproof/mlkem_768_test.json",
                                  "crypto/wycheproof/mlkem_768_encaps_test.json",
                                  "crypto/wycheproof/mlkem_768_semi_expanded_decaps_test.json"};
    size_t g, t, groups, tests, cases = 0;
    yyjson_val *group, *test;
    for (size_t f = 0; f < 3; f++) {
        yyjson_doc *doc = json_load(files[f]);
        yyjson_arr_foreach(json_get(yyjson_doc_get_root(doc), "testGroups"), g, groups, group) {
            yyjson_arr_foreach(json_get(group, "tests"), t, tests, test) {
                bool want = strcmp(json_str(test, "result"), "valid") == 0;
                if (wycheproof_case(json_str(group, "type"), test) != want)
                    fail_msg("%s case %zu", files[f], json_size(test, "tcId"));
                cases++;
            }
        }
        yyjson_doc_free(doc);
    }
    (void)printf("wycheproof ML-KEM-768: %zu cases\n", cases);
    assert_true(cases > 400);
}

int main(void) {
    vectors_require("crypto/wycheproof");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_acvp_keygen),
        cmocka_unit_test(test_acvp),
        cmocka_unit_test(test_wycheproof),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    gvm_buf_free(&a_buf);
    gvm_buf_free(&b_buf);
    gvm_buf_free(&c_buf);
    return failed;
}
