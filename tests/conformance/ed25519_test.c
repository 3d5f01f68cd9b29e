/* Ed25519: Wycheproof, RFC 8032, NIST ACVP, and the sets of edge cases (ZIP 215, "Taming the many
 * EdDSAs"), of which a strict verifier must refuse nearly all. */
#include "crypto/ed25519.h"
#include "support/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static gvm_buf key_buf, message_buf, signature_buf, public_buf;

static bool verify(yyjson_val *key_at, const char *key_name, yyjson_val *test, const char *message,
                   const char *signature) {
    gvm_bytes key = json_hex(&public_buf, key_at, key_name),
              sig = json_hex(&signature_buf, test, signature);
    assert_int_equal(key.len, 32);
    gvm_bytes in = json_hex(&message_buf, test, message);
    return sig.len == 64 && gvm_ed25519_verify(key.ptr, in, sig.ptr) == GVM_OK;
}

static void test_wycheproof(void **state) {
    (void)state;
    yyjson_doc *doc = json_load("crypto/wycheproof/ed25519_test.json");
    yyjson_val *root = yyjson_doc_get_root(doc), *group, *test;
    size_t g, t, groups, tests, cases = 0;
    yyjson_arr_foreach(json_get(root, "testGroups"), g, groups,
                       group){yyjson_arr_foreach(json_get(group, "tests"), t, tests, test){
        bool ok = verify(json_get(group, "publicKey"), "pk", test, "msg", "sig");
    if (ok != (strcmp(json_str(test, "result"), "valid") == 0))
        fail_msg("case %zu: %s", json_size(test, "tcId"), json_str(test, "comment"));
    cases++;
}
}
(void)printf("wycheproof Ed25519: %zu cases\n", cases);
assert_int_equal(cases, json_size(root, "numberOfTests"));
yyjson_doc_free(doc);
}

static void check_signing(gvm_bytes key, yyjson_val *key_at, const char *public_name,
                          yyjson_val *test) {
    uint8_t public_key[32], signature[64];
    assert_int_equal(key.len, 32);
    gvm_ed25519_public_key(public_key, key.ptr);
    assert_memory_equal(public_key, json_hex(&public_buf, key_at, public_name).ptr, 32);
    gvm_ed25519_sign(signature, json_hex(&message_buf, test, "message"), key.ptr);
    assert_memory_equal(signature, json_hex(&signature_buf, test, "signature").ptr, 64);
    assert_true(verify(key_at, public_name, test, "message", "signature"));
}

static void test_rfc8032(void **state) {
    (void)state;
    yyjson_doc *doc = json_load("crypto/rfc/8032-eddsa/ed25519.json");
    yyjson_val *test;
    size_t i, n;
    yyjson_arr_foreach(yyjson_doc_get_root(doc), i, n, test)
        check_signing(json_hex(&key_buf, test, "secretKey"), test, "publicKey", test);
    (void)printf("RFC 8032 Ed25519: %zu cases; skipped: ed25519ph, which we have no face for\n", n);
    assert_true(n > 0);
    yyjson_doc_free(doc);
}

static void test_acvp(void **state) {
    (void)state;
    size_t g, t, groups, tests, signed_ok = 0, judged = 0, keys = 0, prehash = 0;
    yyjson_val *group, *test;
    yyjson_doc *doc = json_load("crypto/acvp/EDDSA-SigGen-1.0.json");
    yyjson_arr_foreach(json_get(yyjson_doc_get_root(doc), "testGroups"), g, groups, group) {
        yyjson_arr_foreach(json_get(group, "tests"), t, tests, test) {
            if (yyjson_get_bool(json_get(group, "preHash"))) {
                prehash++;
                continue;
            }
            assert_int_equal(json_size(test, "contextLength"), 0);
            check_signing(json_hex(&key_buf, group, "d"), group, "q", test);
            signed_ok++;
        }
    }
    yyjson_doc_free(doc);
    doc = json_load("crypto/acvp/EDDSA-SigVer-1.0.json");
    yyjson_arr_foreach(json_get(yyjson_doc_get_root(doc), "testGroups"), g, groups, group) {
        yyjson_arr_foreach(json_get(group, "tests"), t, tests, test) {
            if (yyjson_get_bool(json_get(group, "preHash"))) {
                prehash++;
                continue;
            }
            assert_int_equal(verify(test, "q", test, "message", "signature"),
                             yyjson_get_bool(json_get(test, "testPassed")));
            judged++;
        }
    }
    yyjson_doc_free(doc);
    doc = json_load("crypto/acvp/EDDSA-KeyGen-1.0.json");
    yyjson_arr_foreach(json_get(yyjson_doc_get_root(doc), "testGroups"), g, groups, group) {
        yyjson_arr_foreach(json_get(group, "tests"), t, tests, test) {
            uint8_t public_key[32];
            gvm_ed25519_public_key(public_key, json_hex(&key_buf, test, "d").ptr);
            assert_true(hex_equal(public_key, 32, json_str(test, "q")));
            keys++;
        }
    }
    yyjson_doc_free(doc);
    doc = json_load("crypto/acvp/EDDSA-KeyVer-1.0.json");
    yyjson_arr_foreach(json_get(yyjson_doc_get_root(doc), "testGroups"), g, groups, group) {
        yyjson_arr_foreach(json_get(group, "tests"), t, tests, test) {
            gvm_bytes key = json_hex(&key_buf, test, "q");
            assert_int_equal(key.len, 32);
            assert_int_equal(gvm_ed25519_key_check(key.ptr) == GVM_OK,
                             yyjson_get_bool(json_get(test, "testPassed")));
            keys++;
        }
    }
    yyjson_doc_free(doc);
    (void)printf(
        "ACVP Ed25519: %zu signed, %zu judged, %zu keys; skipped: %zu of Ed25519ph, which we have "
        "no face for\n",
        signed_ok, judged, keys, prehash);
    assert_true(signed_ok > 0 && judged > 0 && keys > 0);
}

static void test_zip215(void **state) {
    (void)state; /* all keys and all R are of small order, the message is "Zcash" */
    yyjson_doc *doc = json_load("crypto/noble-curves/ed25519/zip215.json");
    yyjson_val *test;
    size_t i, n;
    yyjson_arr_foreach(yyjson_doc_get_root(doc), i, n, test) {
        gvm_bytes key = json_hex(&key_buf, test, "vk_bytes"),
                  signature = json_hex(&signature_buf, test, "sig_bytes");
        assert_int_not_equal(gvm_ed25519_verify(key.ptr, gvm_bytes_str("Zcash"), signature.ptr),
                             GVM_OK);
    }
    (void)printf("ZIP 215: %zu cases, all refused\n", n);
    assert_int_equal(n, 196);
    yyjson_doc_free(doc);
}

static void test_edge_cases(void **state) {
    (void)state; /* eprint 2020/1244, table 6 (case 3 alone passes a strict verifier) */
    yyjson_doc *doc = json_load("crypto/noble-curves/ed25519/edge-cases.json");
    yyjson_val *test;
    size_t i, n;
    yyjson_arr_foreach(yyjson_doc_get_root(doc), i, n, test) {
        if (verify(test, "pub_key", test, "message", "signature") != (i == 3))
            fail_msg("edge case %zu", i);
    }
    (void)printf("EdDSA edge cases: %zu\n", n);
    assert_int_equal(n, 12);
    yyjson_doc_free(doc);
}

int main(void) {
    vectors_require("crypto/wycheproof");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wycheproof), cmocka_unit_test(test_rfc8032),
        cmocka_unit_test(test_acvp),       cmocka_unit_test(test_zip215),
        cmocka_unit_test(test_edge_cases),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    gvm_buf_free(&key_buf);
    gvm_buf_free(&message_buf);
    gvm_buf_free(&signature_buf);
    gvm_buf_free(&public_buf);
    return failed;
}
