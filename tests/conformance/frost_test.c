/* FROST results: the vectors of RFC 9591 (appendix E, as JSON) and those of the ZF FROST library,
 * whose Taproot suite makes BIP-340 signatures. */
#include "crypto/frost.h"
#include "crypto/secp256k1.h"
#include "support/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static gvm_buf key_buf, message_buf, signature_buf;

typedef gvm_status verifier(gvm_bytes key, gvm_bytes message, gvm_bytes signature);

static gvm_status ed25519(gvm_bytes key, gvm_bytes message, gvm_bytes signature) {
    assert_int_equal(key.len, 32);
    assert_int_equal(signature.len, 64);
    return gvm_frost_ed25519_verify(key.ptr, message, signature.ptr);
}
static gvm_status secp256k1(gvm_bytes key, gvm_bytes message, gvm_bytes signature) {
    assert_int_equal(key.len, 33);
    assert_int_equal(signature.len, 65);
    return gvm_frost_secp256k1_verify(key.ptr, message, signature.ptr);
}
static gvm_status taproot(gvm_bytes key, gvm_bytes message, gvm_bytes signature) {
    assert_int_equal(key.len, 33); /* 02 or 03 || x, of which BIP-340 takes x alone */
    assert_int_equal(signature.len, 64);
    if (key.ptr[0] != 2 && key.ptr[0] != 3) return GVM_ERR_POINT;
    return gvm_schnorr_verify(key.ptr + 1, message, signature.ptr);
}

static void check(const char *file, const char *key_name, verifier *verify) {
    yyjson_doc *doc = json_load(file);
    yyjson_val *root = yyjson_doc_get_root(doc), *inputs = json_get(root, "inputs");
    gvm_bytes key = json_hex(&key_buf, inputs, key_name),
              message = json_hex(&message_buf, inputs, "message"),
              signature = json_hex(&signature_buf, json_get(root, "final_output"), "sig");
    if (verify(key, message, signature) != GVM_OK) fail_msg("%s", file);
    gvm_buf *parts[] = {&key_buf, &message_buf, &signature_buf};
    for (size_t p = 0; p < 3; p++) {
        for (size_t i = 0; i < parts[p]->len; i++) {
            parts[p]->ptr[i] ^= 0x10;
            if (verify(key, message, signature) == GVM_OK)
                fail_msg("%s: part %zu, byte %zu", file, p, i);
            parts[p]->ptr[i] ^= 0x10;
        }
    }
    yyjson_doc_free(doc);
}

static void test_ed25519(void **state) {
    (void)state;
    check("crypto/frost-rfc9591-poc/frost-ed25519-sha512.json", "group_public_key", ed25519);
    check("crypto/rfc/9591-frost/ed25519-vectors.json", "verifying_key_key", ed25519);
    check("crypto/rfc/9591-frost/ed25519-vectors-big-identifier.json", "verifying_key_key",
          ed25519);
}

static void test_secp256k1(void **state) {
    (void)state;
    check("crypto/frost-rfc9591-poc/frost-secp256k1-sha256.json", "group_public_key", secp256k1);
    check("crypto/rfc/9591-frost/secp256k1-vectors.json", "verifying_key_key", secp256k1);
    check("crypto/rfc/9591-frost/secp256k1-vectors-big-identifier.json", "verifying_key_key",
          secp256k1);
}

static void test_taproot(void **state) {
    (void)state;
    check("crypto/rfc/9591-frost/secp256k1-tr-vectors.json", "verifying_key_key", taproot);
    check("crypto/rfc/9591-frost/secp256k1-tr-vectors-big-identifier.json", "verifying_key_key",
          taproot);
}

int main(void) {
    vectors_require("crypto/rfc/9591-frost");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ed25519),
        cmocka_unit_test(test_secp256k1),
        cmocka_unit_test(test_taproot),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    gvm_buf_free(&key_buf);
    gvm_buf_free(&message_buf);
    gvm_buf_free(&signature_buf);
    return failed;
}
