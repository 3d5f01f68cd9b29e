/* ML-DSA-65: NIST ACVP (keyGen, sigGen, sigVer) and Wycheproof (signing, whose signatures are
 * verified as well). */
#include "crypto/mldsa.h"
#include "support/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static gvm_buf key_buf, message_buf, signature_buf, public_buf, context_buf, random_buf;

/* Whether the group is one of pure, external signatures: the others have no face here. */
static bool pure(yyjson_val *group) {
    yyjson_val *hash = yyjson_obj_get(group, "preHash");
    return strcmp(json_str(group, "parameterSet"), "ML-DSA-65") == 0 &&
           strcmp(json_str(group, "signatureInterface"), "external") == 0 && hash != NULL &&
           strcmp(yyjson_get_str(hash), "pure") == 0;
}

static gvm_bytes optional(gvm_buf *buf, yyjson_val *test, const char *name) {
    return yyjson_obj_get(test, name) == NULL ? gvm_bytes_make(NULL, 0) : json_hex(buf, test, name);
}

static void test_acvp_keygen(void **state) {
    (void)state;
    size_t g, t, groups, tests, cases = 0;
    yyjson_val *group, *test;
    yyjson_doc *doc = json_load("crypto/acvp/ML-DSA-keyGen-FIPS204.json");
    yyjson_arr_foreach(json_get(yyjson_doc_get_root(doc), "testGroups"), g, groups, group) {
        if (strcmp(json_str(group, "parameterSet"), "ML-DSA-65") != 0) continue;
        yyjson_arr_foreach(json_get(group, "tests"), t, tests, test) {
            uint8_t public_key[GVM_MLDSA_PUBLIC_KEY];
            gvm_bytes seed = json_hex(&key_buf, test, "seed");
            assert_int_equal(seed.len, 32);
            gvm_mldsa_public_key(public_key, seed.ptr);
            assert_true(hex_equal(public_key, sizeof public_key, json_str(test, "pk")));
            cases++;
        }
    }
    (void)printf("ACVP ML-DSA-65 keyGen: %zu cases\n", cases);
    assert_int_equal(cases, 25);
    yyjson_doc_free(doc);
}

static void test_acvp_siggen(void **state) {
    (void)state;
    static const char *files[] = {"crypto/acvp/ML-DSA-sigGen-FIPS204.json",
                                  "crypto/acvp/ML-DSA-sigGen-FIPS204-tr1.json"};
    size_t g, t, groups, tests, cases = 0, other = 0;
    yyjson_val *group, *test;
    for (size_t f = 0; f < 2; f++) {
        yyjson_doc *doc = json_load(files[f]);
        yyjson_arr_foreach(json_get(yyjson_doc_get_root(doc), "testGroups"), g, groups, group) {
            if (!pure(group)) {
                other += yyjson_arr_size(json_get(group, "tests"));
                continue;
            }
            yyjson_arr_foreach(json_get(group, "tests"), t, tests, test) {
                uint8_t out[GVM_MLDSA_SIGNATURE];
                gvm_bytes key = optional(&key_buf, test, "sk"),
                          context = json_hex(&context_buf, test, "context"),
                          message = json_hex(&message_buf, test, "message"),
                          random = optional(&random_buf, test, "rnd");
                if (key.len != GVM_MLDSA_EXPANDED_KEY) { /* -tr1 has groups by seed */
                    key = json_hex(&key_buf, test, "seed");
                    assert_int_equal(gvm_mldsa_sign(out, message, context, key.ptr, random.ptr),
                                     GVM_OK);
                } else {
                    assert_int_equal(
                        gvm_mldsa_sign_expanded(out, message, context, key.ptr, random.ptr),
                        GVM_OK);
                }
                assert_true(hex_equal(out, sizeof out, json_str(test, "signature")));
                cases++;
            }
        }
        yyjson_doc_free(doc);
    }
    (void)printf("ACVP ML-DSA-65 sigGen: %zu cases; skipped: %zu of other parameter sets, the "
                 "internal interface and prehash, which we have no face for\n",
                 cases, other);
    assert_true(cases >= 30);
}

static void test_acvp_sigver(void **state) {
    (void)state;
    size_t g, t, groups, tests, cases = 0, valid = 0;
    yyjson_val *group, *test;
    yyjson_doc *doc = json_load("crypto/acvp/ML-DSA-sigVer-FIPS204.json");
    yyjson_arr_foreach(json_get(yyjson_doc_get_root(doc), "testGroups"), g, groups, group) {
        if (!pure(group)) continue;
        yyjson_arr_foreach(json_get(group, "tests"), t, tests, test) {
            gvm_bytes key = json_hex(&public_buf, test, "pk"),
                      message = json_hex(&message_buf, test, "message"),
                      context = json_hex(&context_buf, test, "context"),
                      signature = json_hex(&signature_buf, test, "signature");
            assert_int_equal(key.len, GVM_MLDSA_PUBLIC_KEY);
            bool ok = signature.len == GVM_MLDSA_SIGNATURE &&
                      gvm_mldsa_verify(key.ptr, message, context, signature.ptr) == GVM_OK;
            assert_int_equal(ok, yyjson_get_bool(json_get(test, "testPassed")));
            valid += ok;
            cases++;
        }
    }
    (void)printf("ACVP ML-DSA-65 sigVer: %zu cases, %zu valid\n", cases, valid);
    assert_int_equal(cases, 15);
    yyjson_doc_free(doc);
}

/* One Wycheproof signing case; 1 where it was one that we have a face for. */
static size_t wycheproof_case(yyjson_val *group, yyjson_val *test, bool by_seed) {
    uint8_t out[GVM_MLDSA_SIGNATURE];
    if (yyjson_obj_get(test, "msg") == NULL) return 0; /* mu alone: the internal interface */
    gvm_bytes key = json_hex(&key_buf, group, by_seed ? "privateSeed" : "privateKey"),
              message = json_hex(&message_buf, test, "msg"),
              context = optional(&context_buf, test, "ctx"),
              random = optional(&random_buf, test, "rnd");
    gvm_status status = GVM_ERR_KEY;
    if (by_seed && key.len == GVM_MLDSA_SEED)
        status = gvm_mldsa_sign(out, message, context, key.ptr, random.ptr);
    if (!by_seed && key.len == GVM_MLDSA_EXPANDED_KEY)
        status = gvm_mldsa_sign_expanded(out, message, context, key.ptr, random.ptr);
    bool want = strcmp(json_str(test, "result"), "valid") == 0;
    if ((status == GVM_OK) != want || (want && !hex_equal(out, sizeof out, json_str(test, "sig"))))
        fail_msg("case %zu: %s", json_size(test, "tcId"), json_str(test, "comment"));
    if (!want || yyjson_get_str(yyjson_obj_get(group, "publicKey")) == NULL) return 1;
    gvm_bytes public_key = json_hex(&public_buf, group, "publicKey");
    if (public_key.len != GVM_MLDSA_PUBLIC_KEY) return 1;
    assert_int_equal(gvm_mldsa_verify(public_key.ptr, message, context, out), GVM_OK);
    out[0] ^= 1;
    assert_int_equal(gvm_mldsa_verify(public_key.ptr, message, context, out), GVM_ERR_SIGNATURE);
    return 1;
}

static void test_wycheproof(void **state) {
    (void)state;
    static const char *files[] = {"crypto/wycheproof/mldsa_65_sign_seed_test.json",
                                  "crypto/wycheproof/mldsa_65_sign_noseed_test.json"};
    size_t g, t, groups, tests, cases = 0, other = 0;
    yyjson_val *group, *test;
    for (size_t f = 0; f < 2; f++) {
        yyjson_doc *doc = json_load(files[f]);
        yyjson_arr_foreach(json_get(yyjson_doc_get_root(doc), "testGroups"), g, groups, group) {
            yyjson_arr_foreach(json_get(group, "tests"), t, tests, test) {
                size_t done = wycheproof_case(group, test, f == 0);
                cases += done, other += 1 - done;
            }
        }
        yyjson_doc_free(doc);
    }
    (void)printf("wycheproof ML-DSA-65: %zu cases; skipped: %zu by mu alone\n", cases, other);
    assert_true(cases > 100);
}

int main(void) {
    vectors_require("crypto/wycheproof");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_acvp_keygen),
        cmocka_unit_test(test_acvp_siggen),
        cmocka_unit_test(test_acvp_sigver),
        cmocka_unit_test(test_wycheproof),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    gvm_buf *all[] = {&key_buf,    &message_buf, &signature_buf,
                      &public_buf, &context_buf, &random_buf};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) gvm_buf_free(all[i]);
    return failed;
}
