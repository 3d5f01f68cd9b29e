/* BIP-39, BIP-32, SLIP-10, keystores. Authority: the BIPs' and SLIP-10's own examples, the accounts
 * that every development chain makes of the "test ... junk" sentence, and the Web3 Secret Storage
 * page. All vectors are in the conformance test. */
#include "crypto/address.h"
#include "crypto/bip32.h"
#include "crypto/bip39.h"
#include "crypto/ed25519.h"
#include "crypto/keystore.h"
#include "crypto/secp256k1.h"
#include "support/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const char *about =
    "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";

static void test_bip39_roundtrip(void **state) {
    (void)state;
    for (size_t len = 16; len <= 32; len += 4) {
        for (uint8_t seed = 0; seed < 50; seed++) {
            uint8_t entropy[32], back[32];
            char sentence[GVM_BIP39_SENTENCE_SIZE];
            size_t back_len;
            for (size_t i = 0; i < len; i++) entropy[i] = (uint8_t)(seed * 37 + i * (seed + 1));
            assert_int_equal(gvm_bip39_generate(sentence, gvm_bytes_make(entropy, len)), GVM_OK);
            assert_int_equal(gvm_bip39_entropy(back, &back_len, gvm_bytes_str(sentence), NULL),
                             GVM_OK);
            assert_int_equal(back_len, len);
            assert_memory_equal(back, entropy, len);
        }
    }
    char sentence[GVM_BIP39_SENTENCE_SIZE];
    uint8_t entropy[40] = {0};
    static const size_t wrong[] = {0, 12, 17, 33, 36};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(gvm_bip39_generate(sentence, gvm_bytes_make(entropy, wrong[i])),
                         GVM_ERR_RANGE);
    assert_int_equal(gvm_bip39_generate(sentence, gvm_bytes_make(entropy, 16)), GVM_OK);
    assert_string_equal(sentence, about);
}

static void test_bip39_refuses(void **state) {
    (void)state;
    static const struct {
        const char *sentence;
        gvm_status want;
    } cases[] = {
        {"", GVM_ERR_SYNTAX},
        {"abandon", GVM_ERR_SYNTAX},
        {"abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon",
         GVM_ERR_SYNTAX},
        {"abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon "
         "abandon",
         GVM_ERR_NON_CANONICAL},
        {"abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon "
         "abouts",
         GVM_ERR_SYNTAX},
        {"abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon "
         "aboutaboutaboutabout",
         GVM_ERR_SYNTAX},
        {"a a a a a a a a a a a a", GVM_ERR_SYNTAX},
        {"zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo "
         "zoo vote zoo",
         GVM_ERR_SYNTAX},
    };
    uint8_t out[32];
    size_t len;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(gvm_bip39_entropy(out, &len, gvm_bytes_str(cases[i].sentence), NULL),
                         cases[i].want);
    gvm_error err;
    assert_int_equal(gvm_bip39_entropy(out, &len, gvm_bytes_str("abandon hunter2"), &err),
                     GVM_ERR_SYNTAX);
    assert_null(strstr(err.text, "hunter2"));
    assert_int_equal(
        gvm_bip39_entropy(out, &len,
                          gvm_bytes_str(" ABANDON  abandon abandon abandon abandon abandon abandon "
                                        "abandon abandon abandon abandon About "),
                          NULL),
        GVM_OK);
}

static void test_dev_accounts(void **state) {
    (void)state;
    static const char *wants[] = {"0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
                                  "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
                                  "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"};
    uint8_t seed[64];
    gvm_bip32_node master, account, child;
    assert_int_equal(
        gvm_bip39_seed(seed,
                       gvm_bytes_str("test test test test test test test test test test test junk"),
                       gvm_bytes_make(NULL, 0)),
        GVM_OK);
    assert_int_equal(gvm_bip32_master(&master, gvm_bytes_make(seed, 64)), GVM_OK);
    assert_int_equal(gvm_bip32_derive(&account, &master, gvm_bytes_str("m/44'/60'/0'/0")), GVM_OK);
    for (uint32_t i = 0; i < 3; i++) {
        gvm_address address;
        char text[GVM_ADDRESS_CHECKSUM_SIZE];
        assert_int_equal(gvm_bip32_child(&child, &account, i), GVM_OK);
        gvm_secp256k1_address(&address, child.public_key);
        gvm_address_checksum(text, &address);
        assert_string_equal(text, wants[i]);
    }
    assert_int_equal(gvm_bip32_derive(&child, &master, gvm_bytes_str("m/44'/60'/0'/0/0")), GVM_OK);
    assert_true(hex_equal(child.key, 32,
                          "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"));
}

static void test_public_derivation(void **state) {
    (void)state;
    uint8_t seed[16] = {7};
    gvm_bip32_node secret, open, a, b;
    char text_a[GVM_BIP32_TEXT_SIZE], text_b[GVM_BIP32_TEXT_SIZE];
    assert_int_equal(gvm_bip32_master(&secret, gvm_bytes_make(seed, sizeof seed)), GVM_OK);
    open = secret;
    gvm_bip32_neuter(&open);
    assert_int_equal(gvm_bip32_derive(&a, &secret, gvm_bytes_str("m/1/2/3")), GVM_OK);
    assert_int_equal(gvm_bip32_derive(&b, &open, gvm_bytes_str("m/1/2/3")), GVM_OK);
    gvm_bip32_neuter(&a);
    gvm_bip32_encode(text_a, &a);
    gvm_bip32_encode(text_b, &b);
    assert_string_equal(text_a, text_b);
    assert_int_equal(gvm_bip32_derive(&b, &open, gvm_bytes_str("m/1'")), GVM_ERR_KEY);
}

static void test_paths_refused(void **state) {
    (void)state;
    uint8_t seed[16] = {7};
    gvm_bip32_node master, out;
    assert_int_equal(gvm_bip32_master(&master, gvm_bytes_make(seed, 15)), GVM_ERR_RANGE);
    assert_int_equal(gvm_bip32_master(&master, gvm_bytes_make(seed, 16)), GVM_OK);
    static const char *wrong[] = {"",     "/",    "M",    "m/",           "m//1",          "m/1/",
                                  "m/-1", "m/1x", "m/'",  "m/2147483648", "m/99999999999", "m/1''",
                                  "m1",   "m/+1", "m /1", "44'/60'"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(gvm_bip32_derive(&out, &master, gvm_bytes_str(wrong[i])), GVM_ERR_SYNTAX);
    assert_int_equal(gvm_bip32_derive(&out, &master, gvm_bytes_str("m")), GVM_OK);
    assert_int_equal(gvm_bip32_derive(&out, &master, gvm_bytes_str("m/2147483647h/0H/0'")), GVM_OK);
    master.depth = 255;
    assert_int_equal(gvm_bip32_child(&out, &master, 0), GVM_ERR_LIMIT);
}

static void test_slip10(void **state) {
    (void)state; /* SLIP-10, test vector 1 for ed25519 */
    uint8_t seed[16], key[32], chain[32], public_key[32];
    hex_bytes(seed, 16, "000102030405060708090a0b0c0d0e0f");
    gvm_bytes s = gvm_bytes_make(seed, 16);
    assert_int_equal(gvm_slip10_ed25519(key, chain, s, gvm_bytes_str("m")), GVM_OK);
    assert_true(
        hex_equal(key, 32, "2b4be7f19ee27bbf30c667b642d5f4aa69fd169872f8fc3059c08ebae2eb19e7"));
    assert_true(
        hex_equal(chain, 32, "90046a93de5380a72b5e45010748567d5ea02bbf6522f979e05c0d8d8ca9fffb"));
    assert_int_equal(gvm_slip10_ed25519(key, NULL, s, gvm_bytes_str("m/0'/1'/2'/2'/1000000000'")),
                     GVM_OK);
    assert_true(
        hex_equal(key, 32, "8f94d394a8e8fd6b1bc2f3f49f5c47e385281d5c17e65324b0f62483e37e8793"));
    gvm_ed25519_public_key(public_key, key);
    assert_true(hex_equal(public_key, 32,
                          "3c24da049451555d51a7014a37337aa4e12d41e485abccfa46b47dfb2af54b7a"));
    assert_int_equal(gvm_slip10_ed25519(key, NULL, s, gvm_bytes_str("m/0'/1")), GVM_ERR_SYNTAX);
}

/* Decrypts by a cheap cost the file that `change` made of a good one. */
static gvm_status decrypt_changed(const char *from, const char *to, gvm_error *err) {
    static const gvm_keystore_cost cheap = {.n = 2, .r = 1, .p = 1};
    uint8_t key[32] = {[31] = 5}, random[64] = {1, 2, 3}, got[32];
    gvm_buf json = {0}, changed = {0};
    assert_int_equal(gvm_keystore_encrypt(&json, key, gvm_bytes_str("pass"), &cheap, random),
                     GVM_OK);
    gvm_buf_put(&json, 0);
    char *at = strstr((char *)json.ptr, from);
    assert_non_null(at);
    gvm_buf_append(&changed, json.ptr, (size_t)(at - (char *)json.ptr));
    gvm_buf_str(&changed, to);
    gvm_buf_str(&changed, at + strlen(from));
    gvm_status status =
        gvm_keystore_decrypt(got, gvm_buf_bytes(&changed), gvm_bytes_str("pass"), err);
    if (status == GVM_OK) assert_memory_equal(got, key, 32);
    gvm_buf_free(&json);
    gvm_buf_free(&changed);
    return status;
}

static void test_keystore_refuses(void **state) {
    (void)state;
    static const struct {
        const char *from, *to;
        gvm_status want;
    } cases[] = {
        {"{", "{", GVM_OK},
        {"{", "[", GVM_ERR_SYNTAX},
        {"\"version\":3", "\"version\":1", GVM_ERR_UNSUPPORTED},
        {"aes-128-ctr", "aes-128-cbc", GVM_ERR_UNSUPPORTED},
        {"scrypt", "bcrypt", GVM_ERR_UNSUPPORTED},
        {"\"dklen\":32", "\"dklen\":16", GVM_ERR_UNSUPPORTED},
        {"\"dklen\":32", "\"dklen\":-32", GVM_ERR_SYNTAX},
        {"\"n\":2", "\"n\":\"2\"", GVM_ERR_SYNTAX},
        {"\"n\":2", "\"n\":3", GVM_ERR_RANGE},
        {"\"n\":2", "\"n\":4", GVM_ERR_PASSWORD},
        {"\"n\":2", "\"n\":1073741824", GVM_ERR_LIMIT},
        {"\"p\":1", "\"p\":0", GVM_ERR_RANGE},
        {"\"p\":1,\"r\":1", "\"p\":16777216,\"r\":2", GVM_ERR_LIMIT},
        {"\"salt\":\"01", "\"salt\":\"0g", GVM_ERR_SYNTAX},
        {"\"salt\":\"01", "\"salt\":\"02", GVM_ERR_PASSWORD},
        {"\"mac\":\"", "\"mac\":\"0", GVM_ERR_SYNTAX},
        {"\"address\":\"", "\"address\":\"00", GVM_ERR_SYNTAX},
        {"\"iv\":\"00", "\"iv\":\"01",
         GVM_ERR_KEY}, /* the tag does not cover the IV: another key comes out */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gvm_error err = {0};
        gvm_status got = decrypt_changed(cases[i].from, cases[i].to, &err);
        if (got != cases[i].want)
            fail_msg("%s: %s %s", cases[i].to, gvm_status_name(got), err.text);
    }
    uint8_t key[32];
    gvm_bytes none = gvm_bytes_make(NULL, 0);
    assert_int_equal(gvm_keystore_decrypt(key, none, none, NULL), GVM_ERR_SYNTAX);
    assert_int_equal(gvm_keystore_decrypt(key, gvm_bytes_str("null"), none, NULL), GVM_ERR_SYNTAX);
    assert_int_equal(gvm_keystore_decrypt(key, gvm_bytes_str("{\"version\":3}"), none, NULL),
                     GVM_ERR_UNSUPPORTED);
}

static void test_keystore_roundtrip(void **state) {
    (void)state;
    static const gvm_keystore_cost costs[] = {{.n = 1024, .r = 8, .p = 1},
                                              {.pbkdf2 = true, .rounds = 1000}};
    for (size_t i = 0; i < 2; i++) {
        uint8_t key[32] = {0xab, [31] = 5}, random[64], got[32];
        for (uint8_t k = 0; k < 64; k++) random[k] = k;
        gvm_buf json = {0};
        assert_int_equal(
            gvm_keystore_encrypt(&json, key, gvm_bytes_str("correct horse"), &costs[i], random),
            GVM_OK);
        assert_int_equal(
            gvm_keystore_decrypt(got, gvm_buf_bytes(&json), gvm_bytes_str("correct horse"), NULL),
            GVM_OK);
        assert_memory_equal(got, key, 32);
        assert_int_equal(
            gvm_keystore_decrypt(got, gvm_buf_bytes(&json), gvm_bytes_str("wrong horse"), NULL),
            GVM_ERR_PASSWORD);
        gvm_buf_free(&json);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bip39_roundtrip),  cmocka_unit_test(test_bip39_refuses),
        cmocka_unit_test(test_dev_accounts),     cmocka_unit_test(test_public_derivation),
        cmocka_unit_test(test_paths_refused),    cmocka_unit_test(test_slip10),
        cmocka_unit_test(test_keystore_refuses), cmocka_unit_test(test_keystore_roundtrip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
