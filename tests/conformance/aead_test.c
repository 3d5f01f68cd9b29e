/* X25519 and ChaCha20-Poly1305: Wycheproof. (The vectors hold no AES-256-GCM; the test cases of
 * its authors are in the unit test.) */
#include "crypto/aead.h"
#include "crypto/x25519.h"
#include "support/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static gvm_buf key_buf, nonce_buf, associated_buf, plain_buf, sealed_buf, tag_buf;

static void check_aead(yyjson_val *test) {
    uint8_t out[1024];
    gvm_bytes key = json_hex(&key_buf, test, "key"), nonce = json_hex(&nonce_buf, test, "iv"),
              associated = json_hex(&associated_buf, test, "aad"),
              plain = json_hex(&plain_buf, test, "msg"), tag = json_hex(&tag_buf, test, "tag");
    (void)json_hex(&sealed_buf, test, "ct");
    gvm_buf_append(&sealed_buf, tag.ptr, tag.len);
    gvm_bytes sealed = gvm_buf_bytes(&sealed_buf);
    assert_true(sealed.len <= sizeof out);
    bool valid = strcmp(json_str(test, "result"), "valid") == 0;
    gvm_status status =
        gvm_aead_open(out, GVM_CHACHA20_POLY1305, key.ptr, nonce.ptr, associated, sealed);
    if (status != (valid ? GVM_OK : GVM_ERR_AUTHENTICATION))
        fail_msg("case %zu: %s", json_size(test, "tcId"), json_str(test, "comment"));
    if (!valid) return;
    assert_memory_equal(out, plain.ptr, plain.len);
    status = gvm_aead_seal(out, GVM_CHACHA20_POLY1305, key.ptr, nonce.ptr, associated, plain);
    assert_int_equal(status, GVM_OK);
    assert_memory_equal(out, sealed.ptr, sealed.len);
}

static void test_chacha20_poly1305(void **state) {
    (void)state;
    size_t g, t, groups, tests, cases = 0, other = 0;
    yyjson_val *group, *test;
    yyjson_doc *doc = json_load("crypto/wycheproof/chacha20_poly1305_test.json");
    yyjson_arr_foreach(json_get(yyjson_doc_get_root(doc), "testGroups"), g, groups,
                       group){yyjson_arr_foreach(json_get(group, "tests"), t, tests,
                                                 test){if (json_size(group, "ivSize") != 96){
        assert_string_equal(json_str(test, "result"), "invalid");
    other++;
    continue;
}
check_aead(test);
cases++;
}
}
(void)printf("wycheproof ChaCha20-Poly1305: %zu cases; skipped: %zu with a nonce that the "
             "types rule out\n",
             cases, other);
assert_true(cases >= 316);
yyjson_doc_free(doc);
}

static void test_x25519(void **state) {
    (void)state;
    static const uint8_t zero[32];
    size_t g, t, groups, tests, cases = 0;
    yyjson_val *group, *test;
    yyjson_doc *doc = json_load("crypto/wycheproof/x25519_test.json");
    yyjson_arr_foreach(json_get(yyjson_doc_get_root(doc), "testGroups"), g, groups, group){
        yyjson_arr_foreach(json_get(group, "tests"), t, tests, test){uint8_t out[32], want[32];
    hex_bytes(want, 32, json_str(test, "shared"));
    gvm_bytes theirs = json_hex(&plain_buf, test, "public"),
              mine = json_hex(&key_buf, test, "private");
    bool refuse = memcmp(want, zero, 32) == 0;
    gvm_status status = gvm_x25519(out, theirs.ptr, mine.ptr);
    if (status != (refuse ? GVM_ERR_POINT : GVM_OK) || (!refuse && memcmp(out, want, 32) != 0))
        fail_msg("case %zu: %s", json_size(test, "tcId"), json_str(test, "comment"));
    cases++;
}
}
(void)printf("wycheproof X25519: %zu cases\n", cases);
assert_int_equal(cases, 518);
yyjson_doc_free(doc);
}

int main(void) {
    vectors_require("crypto/wycheproof");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chacha20_poly1305),
        cmocka_unit_test(test_x25519),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    gvm_buf *all[] = {&key_buf, &nonce_buf, &associated_buf, &plain_buf, &sealed_buf, &tag_buf};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) gvm_buf_free(all[i]);
    return failed;
}
