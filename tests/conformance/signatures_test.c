/* The signatures contract through its interface: calldata in, return data out. Wycheproof, NIST
 * ACVP, BIP-340, the FROST vectors of RFC 9591, Ethereum's BLS tests and BLAKE3's own. What an
 * argument's type rules out (a key of another length in a bytes32) is skipped and counted. */
#include "codec/rlp.h"
#include "support/ecdsa_vectors.h"
#include "support/json.h"
#include "support/system_call.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { SIGNATURES = 0x4750 };

static system_world w;

/* 1, 0, or -1 where the call failed. */
#define ASK(signature, ...) system_ask(&w, SIGNATURES, signature, SYSTEM_ARGS(__VA_ARGS__))

/* Hex as an argument: with 0x. A ring of buffers, so that a few can be used at once. */
static const char *arg(const char *hex) {
    static char *ring[8];
    static size_t next;
    if (hex[0] == '0' && hex[1] == 'x') return hex;
    char **at = &ring[next++ % 8];
    free(*at);
    *at = malloc(strlen(hex) + 3);
    GVM_ASSERT(*at != NULL);
    strcpy(*at, "0x");
    strcat(*at, hex);
    return *at;
}
static const char *arg_bytes(const void *bytes, size_t len) {
    static char text[2 * 65536 + 1];
    GVM_ASSERT(len <= 65536);
    text[0] = '\0';
    for (size_t i = 0; i < len; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", ((const uint8_t *)bytes)[i]);
    return arg(text);
}
static const char *field(yyjson_val *object, const char *key) {
    return arg(json_str(object, key));
}
static bool valid(yyjson_val *test) {
    return strcmp(json_str(test, "result"), "valid") == 0;
}

typedef void visit(yyjson_val *group, yyjson_val *test);
static size_t cases, skipped;

static void each(const char *file, visit *f) {
    size_t g, t, groups, tests;
    yyjson_val *group, *test;
    yyjson_doc *doc = json_load(file);
    yyjson_arr_foreach(json_get(yyjson_doc_get_root(doc), "testGroups"), g, groups, group) {
        yyjson_arr_foreach(json_get(group, "tests"), t, tests, test) f(group, test);
    }
    yyjson_doc_free(doc);
}
static void report(const char *what, size_t least) {
    (void)printf("%s through the contract: %zu cases, %zu skipped\n", what, cases, skipped);
    assert_true(cases >= least);
    cases = skipped = 0;
}
static void expect(int got, bool want, yyjson_val *test) {
    if (got != want) fail_msg("case %zu: %d, not %d", json_size(test, "tcId"), got, want);
    cases++;
}

/* ---- ECDSA */

static bool ecdsa(const char *signature, const gvm_hash *message, const uint8_t r[32],
                  const uint8_t s[32], const uint8_t x[32], const uint8_t y[32]) {
    uint8_t key[64], rs[64];
    memcpy(key, x, 32), memcpy(key + 32, y, 32);
    memcpy(rs, r, 32), memcpy(rs + 32, s, 32);
    int got = ASK(signature, arg_bytes(key, 64), arg_bytes(message->b, 32), arg_bytes(rs, 64));
    assert_true(got >= 0);
    return got == 1;
}
static bool p256(const gvm_hash *message, const uint8_t r[32], const uint8_t s[32],
                 const uint8_t x[32], const uint8_t y[32]) {
    return ecdsa("verifyP256(bytes,bytes32,bytes)", message, r, s, x, y);
}
static bool secp256k1(const gvm_hash *message, const uint8_t r[32], const uint8_t s[32],
                      const uint8_t x[32], const uint8_t y[32]) {
    return ecdsa("verifySecp256k1(bytes,bytes32,bytes)", message, r, s, x, y);
}

static void test_p256(void **state) {
    (void)state;
    static const char *files[] = {
        "ecdsa_secp256r1_sha256_test.json",   "ecdsa_secp256r1_sha256_p1363_test.json",
        "ecdsa_secp256r1_sha512_test.json",   "ecdsa_secp256r1_sha512_p1363_test.json",
        "ecdsa_secp256r1_sha3_256_test.json", "ecdsa_secp256r1_shake128_test.json",
    };
    size_t wrong = 0;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        wrong += ecdsa_wycheproof(files[i], p256, &cases);
    assert_int_equal(wrong, 0);
    report("wycheproof P-256", 2000);
}

static void test_secp256k1(void **state) {
    (void)state;
    static const char *files[] = {"ecdsa_secp256k1_sha256_test.json",
                                  "ecdsa_secp256k1_sha256_p1363_test.json",
                                  "ecdsa_secp256k1_sha512_test.json"};
    size_t wrong = 0;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        wrong += ecdsa_wycheproof(files[i], secp256k1, &cases);
    assert_int_equal(wrong, 0);
    report("wycheproof secp256k1", 1000);
}

/* ---- Ed25519, ML-DSA-65, ML-KEM-768 */

static void ed25519_case(yyjson_val *group, yyjson_val *test) {
    const char *key = field(json_get(group, "publicKey"), "pk");
    expect(ASK("verifyEd25519(bytes32,bytes,bytes)", key, field(test, "msg"), field(test, "sig")),
           valid(test), test);
}
static void ed25519_acvp(yyjson_val *group, yyjson_val *test) {
    if (yyjson_get_bool(json_get(group, "preHash"))) {
        skipped++;
        return;
    }
    expect(ASK("verifyEd25519(bytes32,bytes,bytes)", field(test, "q"), field(test, "message"),
               field(test, "signature")),
           yyjson_get_bool(json_get(test, "testPassed")), test);
}
static void test_ed25519(void **state) {
    (void)state;
    each("crypto/wycheproof/ed25519_test.json", ed25519_case);
    report("wycheproof Ed25519", 150);
    each("crypto/acvp/EDDSA-SigVer-1.0.json", ed25519_acvp);
    report("ACVP Ed25519", 5);
}

static void ml_dsa_acvp(yyjson_val *group, yyjson_val *test) {
    yyjson_val *hash = yyjson_obj_get(group, "preHash");
    bool ours = strcmp(json_str(group, "parameterSet"), "ML-DSA-65") == 0 &&
                strcmp(json_str(group, "signatureInterface"), "external") == 0 && hash != NULL &&
                strcmp(yyjson_get_str(hash), "pure") == 0;
    if (!ours) {
        skipped++;
        return;
    }
    expect(ASK("verifyMlDsa65WithContext(bytes,bytes,bytes,bytes)", field(test, "pk"),
               field(test, "message"), field(test, "context"), field(test, "signature")),
           yyjson_get_bool(json_get(test, "testPassed")), test);
}
static void ml_dsa_case(yyjson_val *group, yyjson_val *test) {
    const char *key = yyjson_get_str(yyjson_obj_get(group, "publicKey"));
    bool ours = valid(test) && key != NULL && yyjson_obj_get(test, "msg") != NULL;
    if (!ours) {
        skipped++;
        return;
    }
    const char *message = field(test, "msg"), *signature = json_str(test, "sig");
    yyjson_val *context = yyjson_obj_get(test, "ctx");
    if (context != NULL) {
        expect(ASK("verifyMlDsa65WithContext(bytes,bytes,bytes,bytes)", arg(key), message,
                   arg(yyjson_get_str(context)), arg(signature)),
               true, test);
        return;
    }
    expect(ASK("verifyMlDsa65(bytes,bytes,bytes)", arg(key), message, arg(signature)), true, test);
    char *bad = strdup(signature);
    GVM_ASSERT(bad != NULL);
    bad[0] = bad[0] == '0' ? '1' : '0';
    expect(ASK("verifyMlDsa65(bytes,bytes,bytes)", arg(key), message, arg(bad)), false, test);
    bad[strlen(bad) - 2] = '\0';
    expect(ASK("verifyMlDsa65(bytes,bytes,bytes)", arg(key), message, arg(bad)), false, test);
    free(bad);
}
static void test_ml_dsa(void **state) {
    (void)state;
    each("crypto/acvp/ML-DSA-sigVer-FIPS204.json", ml_dsa_acvp);
    report("ACVP ML-DSA-65", 15);
    each("crypto/wycheproof/mldsa_65_sign_seed_test.json", ml_dsa_case);
    report("wycheproof ML-DSA-65", 100);
}

static void decapsulated(yyjson_val *test, const char *key, const char *ciphertext,
                         const char *want) {
    int got = ASK("decapsulateMlKem768(bytes,bytes)", key, ciphertext);
    bool good = want != NULL;
    if ((got >= 0) != good || (good && !hex_equal(w.evm.result.output.ptr, 32, want)))
        fail_msg("case %zu", json_size(test, "tcId"));
    if (!good) assert_int_equal(w.evm.result.outcome, GVM_OUT_REVERT);
    cases++;
}
static void ml_kem_acvp(yyjson_val *group, yyjson_val *test) {
    const char *function = json_str(group, "function");
    bool ours = strcmp(json_str(group, "parameterSet"), "ML-KEM-768") == 0 &&
                strcmp(function, "decapsulation") == 0;
    if (!ours)
        skipped++;
    else
        decapsulated(test, field(test, "dk"), field(test, "c"), json_str(test, "k"));
}
static void ml_kem_case(yyjson_val *group, yyjson_val *test) {
    (void)group;
    decapsulated(test, field(test, "dk"), field(test, "c"),
                 valid(test) ? json_str(test, "K") : NULL);
}
static void test_ml_kem(void **state) {
    (void)state;
    each("crypto/acvp/ML-KEM-encapDecap-FIPS203.json", ml_kem_acvp);
    report("ACVP ML-KEM-768", 10);
    each("crypto/wycheproof/mlkem_768_semi_expanded_decaps_test.json", ml_kem_case);
    report("wycheproof ML-KEM-768", 7);
}

/* ---- Schnorr: BIP-340 and FROST */

static void test_bip340(void **state) {
    (void)state;
    vectors_require("crypto/bip");
    FILE *f = fopen(vectors_path("crypto/bip/bip340_schnorr.csv"), "r");
    char line[4096], *at;
    assert_non_null(f);
    assert_non_null(fgets(line, sizeof line, f));
    while (fgets(line, sizeof line, f) != NULL) {
        char *fields[8] = {0};
        at = line;
        for (size_t i = 0; i < 7; i++) fields[i] = strsep(&at, ",");
        int got = ASK("verifySchnorr(bytes32,bytes,bytes)", arg(fields[2]), arg(fields[4]),
                      arg(fields[5]));
        if (got != (strcmp(fields[6], "TRUE") == 0)) fail_msg("BIP-340 case %s", fields[0]);
        cases++;
    }
    (void)fclose(f);
    report("BIP-340", 19);
}

static void frost(const char *file, const char *key_name, const char *suite, size_t skip) {
    yyjson_doc *doc = json_load(file);
    yyjson_val *root = yyjson_doc_get_root(doc), *inputs = json_get(root, "inputs");
    const char *key = json_str(inputs, key_name) + 2 * skip, *message = json_str(inputs, "message"),
               *signature = json_str(json_get(root, "final_output"), "sig");
    const char *f = "verifyThreshold(uint8,bytes,bytes,bytes)";
    assert_int_equal(ASK(f, suite, arg(key), arg(message), arg(signature)), 1);
    assert_int_equal(ASK(f, suite, arg(key), "0x00", arg(signature)), 0);
    assert_int_equal(ASK(f, suite, arg(key), arg(message), arg(signature + 2)), 0);
    cases += 3;
    yyjson_doc_free(doc);
}
static void test_frost(void **state) {
    (void)state;
    frost("crypto/frost-rfc9591-poc/frost-ed25519-sha512.json", "group_public_key", "1", 0);
    frost("crypto/rfc/9591-frost/ed25519-vectors.json", "verifying_key_key", "1", 0);
    frost("crypto/frost-rfc9591-poc/frost-secp256k1-sha256.json", "group_public_key", "2", 0);
    frost("crypto/rfc/9591-frost/secp256k1-vectors.json", "verifying_key_key", "2", 0);
    frost("crypto/rfc/9591-frost/secp256k1-tr-vectors.json", "verifying_key_key", "3", 1);
    report("FROST", 15);
    assert_int_equal(ASK("verifyThreshold(uint8,bytes,bytes,bytes)", "4", "0x", "0x", "0x"), -1);
    assert_int_equal(w.evm.result.outcome, GVM_OUT_REVERT);
}

/* ---- BLS */

static void put_list(gvm_buf *out, yyjson_val *list) {
    size_t i, n;
    yyjson_val *item;
    gvm_buf_put(out, '[');
    yyjson_arr_foreach(list, i, n, item)
        gvm_buf_printf(out, "%s%s", i == 0 ? "" : ",", yyjson_get_str(item));
    gvm_buf_append(out, "]", 2);
}

static void bls_folder(const char *handler, bool same) {
    char path[300];
    vectors_require("crypto/bls12-381-tests-v0.1.1");
    (void)snprintf(path, sizeof path, "crypto/bls12-381-tests-v0.1.1/%s", handler);
    DIR *dir = opendir(vectors_path(path));
    assert_non_null(dir);
    for (struct dirent *e; (e = readdir(dir)) != NULL;) {
        if (strstr(e->d_name, ".json") == NULL) continue;
        (void)snprintf(path, sizeof path, "crypto/bls12-381-tests-v0.1.1/%s/%s", handler,
                       e->d_name);
        yyjson_doc *doc = json_load(path);
        yyjson_val *in = json_get(yyjson_doc_get_root(doc), "input");
        gvm_buf keys = {0}, messages = {0};
        put_list(&keys, json_get(in, "pubkeys"));
        if (same)
            gvm_buf_append(&messages, json_str(in, "message"), strlen(json_str(in, "message")) + 1);
        else
            put_list(&messages, json_get(in, "messages"));
        int got =
            ASK(same ? "verifyAggregateSame(bytes[],bytes,bytes)"
                     : "verifyAggregate(bytes[],bytes[],bytes)",
                (const char *)keys.ptr, (const char *)messages.ptr, json_str(in, "signature"));
        if (got != yyjson_get_bool(json_get(yyjson_doc_get_root(doc), "output")))
            fail_msg("%s: %d", path, got);
        cases++;
        gvm_buf_free(&keys);
        gvm_buf_free(&messages);
        yyjson_doc_free(doc);
    }
    (void)closedir(dir);
}
static void bls_case(yyjson_val *group, yyjson_val *test) {
    char key[200];
    (void)snprintf(key, sizeof key, "[0x%s]", json_str(json_get(group, "publicKey"), "pk"));
    expect(ASK("verifyAggregateSame(bytes[],bytes,bytes)", key, field(test, "msg"),
               field(test, "sig")),
           valid(test), test);
}
static void test_bls(void **state) {
    (void)state;
    bls_folder("aggregate_verify", false);
    bls_folder("fast_aggregate_verify", true);
    report("bls12-381-tests", 10);
    each("crypto/wycheproof/bls_sig_g2_pop_verify_test.json", bls_case);
    report("wycheproof BLS", 20);
}

/* ---- hashes */

static void test_blake3(void **state) {
    (void)state;
    size_t i, n;
    yyjson_val *test;
    yyjson_doc *doc = json_load("crypto/blake3/test_vectors.json");
    yyjson_arr_foreach(json_get(yyjson_doc_get_root(doc), "cases"), i, n, test) {
        static uint8_t in[65536];
        size_t len = json_size(test, "input_len");
        if (len > sizeof in) {
            skipped++;
            continue;
        }
        for (size_t k = 0; k < len; k++) in[k] = (uint8_t)(k % 251);
        assert_true(ASK("blake3Hash(bytes)", arg_bytes(in, len)) >= 0);
        char want[65] = {0};
        memcpy(want, json_str(test, "hash"), 64);
        assert_true(hex_equal(w.evm.result.output.ptr, 32, want));
        cases++;
    }
    yyjson_doc_free(doc);
    report("BLAKE3", 30);
}

static void test_sha256(void **state) {
    (void)state; /* FIPS 180-4, the examples "abc" and of two blocks, and the empty string */
    static const struct {
        const char *in, *want;
    } examples[] = {
        {"0x", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"0x616263", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"0x6162636462636465636465666465666765666768666768696768696a68696a6b696a6b6c6a6b6c6d6b6c6d6"
         "e"
         "6c6d6e6f6d6e6f706e6f7071",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    for (size_t i = 0; i < 3; i++) {
        assert_true(ASK("sha256Hash(bytes)", examples[i].in) >= 0);
        assert_true(hex_equal(w.evm.result.output.ptr, 32, examples[i].want));
    }
}

/* ---- the forms of transactions: the vectors of sdk/js hold the same signatures */

static void test_forms(void **state) {
    (void)state;
    yyjson_doc *doc = yyjson_read_file("tests/support/ghost_tx_vectors.json", 0, NULL, NULL);
    size_t i, n;
    yyjson_val *v;
    gvm_buf batch = {0};
    assert_non_null(doc);
    yyjson_arr_foreach(yyjson_doc_get_root(doc), i, n, v) {
        gvm_buf raw = {0};
        gvm_bytes in = hex_into(&raw, json_str(v, "raw"));
        gvm_rlp_reader r = gvm_rlp_reader_make(gvm_bytes_make(in.ptr + 1, in.len - 1)), list, auth;
        gvm_rlp_item item;
        gvm_bytes signature;
        gvm_status status = gvm_rlp_read_list(&r, &list);
        for (int k = 0; k < 14 && status == GVM_OK; k++) status = gvm_rlp_next(&list, &item);
        if (status == GVM_OK) status = gvm_rlp_read_list(&list, &list);
        if (status == GVM_OK) status = gvm_rlp_read_list(&list, &auth);
        for (int k = 0; k < 2 && status == GVM_OK; k++) status = gvm_rlp_next(&auth, &item);
        if (status == GVM_OK) status = gvm_rlp_read_bytes(&auth, &signature);
        assert_int_equal(status, GVM_OK);
        yyjson_val *key = yyjson_arr_get(json_get(v, "keys"), 0);
        char scheme[4];
        (void)snprintf(scheme, sizeof scheme, "%zu", json_size(key, "scheme"));
        /* the EIP-712 form signs a transaction, not a hash */
        bool typed = strcmp(scheme, "1") == 0 && signature.ptr[0] == 1;
        const char *bytes = arg_bytes(signature.ptr, signature.len);
        int got = ASK("verify(uint8,bytes,bytes32,bytes)", scheme, json_str(key, "key"),
                      json_str(v, "signingHash"), bytes);
        if (got != !typed) fail_msg("%s: %d", json_str(v, "name"), got);
        if (!typed)
            gvm_buf_printf(&batch, "%c(%s,%s,%s,%s)", batch.len == 0 ? '[' : ',', scheme,
                           json_str(key, "key"), json_str(v, "signingHash"), bytes);
        if (strcmp(scheme, "6") == 0)
            assert_int_equal(ASK("verifyMultisig(bytes,bytes32,bytes)", json_str(key, "key"),
                                 json_str(v, "signingHash"), bytes),
                             1);
        int address = ASK("addressOf(uint8,bytes)", scheme, json_str(key, "key"));
        assert_true(address >= 0);
        assert_true(hex_equal(w.evm.result.output.ptr + 12, 20, json_str(key, "address") + 2));
        assert_true(ASK("commitmentOf(uint8,bytes)", scheme, json_str(key, "key")) >= 0);
        assert_true(hex_equal(w.evm.result.output.ptr, 32, json_str(key, "commitment") + 2));
        gvm_buf_free(&raw);
        cases++;
    }
    gvm_buf_append(&batch, "]", 2);
    char *text = (char *)batch.ptr;
    assert_int_equal(ASK("verifyBatch((uint8,bytes,bytes32,bytes)[])", text), 1);
    text[batch.len - 5] = text[batch.len - 5] == '0' ? '1' : '0';
    assert_int_equal(ASK("verifyBatch((uint8,bytes,bytes32,bytes)[])", text), 0);
    assert_int_equal(ASK("verifyBatch((uint8,bytes,bytes32,bytes)[])", "[]"), 1);
    assert_int_equal(ASK("verify(uint8,bytes,bytes32,bytes)", "8", "0x",
                         "0x0000000000000000000000000000000000000000000000000000000000000000",
                         "0x"),
                     0);
    assert_int_equal(ASK("addressOf(uint8,bytes)", "2", "0x00"), -1);
    gvm_buf_free(&batch);
    yyjson_doc_free(doc);
    report("transactions' signatures", 33);
}

int main(void) {
    vectors_require("crypto/wycheproof");
    system_world_open(&w);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_p256),    cmocka_unit_test(test_secp256k1),
        cmocka_unit_test(test_ed25519), cmocka_unit_test(test_ml_dsa),
        cmocka_unit_test(test_ml_kem),  cmocka_unit_test(test_bip340),
        cmocka_unit_test(test_frost),   cmocka_unit_test(test_bls),
        cmocka_unit_test(test_blake3),  cmocka_unit_test(test_sha256),
        cmocka_unit_test(test_forms),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    system_world_close(&w);
    return failed;
}
