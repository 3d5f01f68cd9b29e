/* BIP-39 (python-mnemonic's sets), BIP-32's vectors, and key files of ethereum/tests and geth. */
#include "crypto/bip32.h"
#include "crypto/bip39.h"
#include "crypto/keystore.h"
#include "support/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void test_word_list(void **state) {
    (void)state; /* every word, at its place: entropy that begins with its 11 bits */
    FILE *f = fopen(vectors_path("crypto/bip/bip39_english.txt"), "r");
    assert_non_null(f);
    char line[32];
    unsigned index = 0;
    while (fgets(line, sizeof line, f) != NULL) {
        uint8_t entropy[16] = {(uint8_t)(index >> 3), (uint8_t)(index << 5)};
        char sentence[GVM_BIP39_SENTENCE_SIZE];
        size_t len = strcspn(line, "\r\n");
        assert_int_equal(gvm_bip39_generate(sentence, gvm_bytes_make(entropy, 16)), GVM_OK);
        assert_memory_equal(sentence, line, len);
        assert_int_equal(sentence[len], ' ');
        index++;
    }
    (void)fclose(f);
    assert_int_equal(index, 2048);
}

static void test_bip39(void **state) {
    (void)state;
    yyjson_doc *doc = json_load("crypto/bip/bip39_vectors.json");
    yyjson_val *language, *cases, *test;
    gvm_buf entropy_buf = {0};
    size_t l, languages, i, n, seeds = 0, sentences = 0, not_nfkd = 0;
    yyjson_obj_foreach(yyjson_doc_get_root(doc), l, languages, language, cases) {
        bool english = yyjson_equals_str(language, "english");
        if (yyjson_equals_str(
                language,
                "japanese")) { /* its sentences are not in NFKD, which our face asks for */
            not_nfkd = yyjson_arr_size(cases);
            continue;
        }
        yyjson_arr_foreach(cases, i, n, test) {
            gvm_bytes entropy = hex_into(&entropy_buf, yyjson_get_str(yyjson_arr_get(test, 0)));
            const char *sentence = yyjson_get_str(yyjson_arr_get(test, 1));
            uint8_t seed[64], back[32];
            gvm_bip32_node master;
            char text[GVM_BIP39_SENTENCE_SIZE], xprv[GVM_BIP32_TEXT_SIZE];
            size_t len;
            if (english) {
                assert_int_equal(gvm_bip39_generate(text, entropy), GVM_OK);
                assert_string_equal(text, sentence);
                assert_int_equal(gvm_bip39_entropy(back, &len, gvm_bytes_str(sentence), NULL),
                                 GVM_OK);
                assert_true(gvm_bytes_equal(gvm_bytes_make(back, len), entropy));
                sentences++;
            }
            assert_int_equal(gvm_bip39_seed(seed, gvm_bytes_str(sentence), gvm_bytes_str("TREZOR")),
                             GVM_OK);
            assert_true(hex_equal(seed, 64, yyjson_get_str(yyjson_arr_get(test, 2))));
            assert_int_equal(gvm_bip32_master(&master, gvm_bytes_make(seed, 64)), GVM_OK);
            gvm_bip32_encode(xprv, &master);
            assert_string_equal(xprv, yyjson_get_str(yyjson_arr_get(test, 3)));
            seeds++;
        }
    }
    (void)printf("BIP-39: %zu English sentences, %zu seeds and master keys in %zu languages; "
                 "skipped: %zu Japanese, "
                 "whose text is not in NFKD\n",
                 sentences, seeds, languages - 1, not_nfkd);
    assert_int_equal(sentences, 24);
    gvm_buf_free(&entropy_buf);
    yyjson_doc_free(doc);
}

static void test_bip32(void **state) {
    (void)state;
    yyjson_doc *doc = json_load("crypto/bip/bip32_vectors.json");
    yyjson_val *root = yyjson_doc_get_root(doc), *one, *chain;
    gvm_buf seed = {0};
    size_t i, n, j, m, chains = 0;
    yyjson_arr_foreach(json_get(root, "valid"), i, n, one) {
        gvm_bip32_node master;
        assert_int_equal(gvm_bip32_master(&master, json_hex(&seed, one, "seed")), GVM_OK);
        yyjson_arr_foreach(json_get(one, "chains"), j, m, chain) {
            gvm_bip32_node node, back;
            char text[GVM_BIP32_TEXT_SIZE];
            assert_int_equal(
                gvm_bip32_derive(&node, &master, gvm_bytes_str(json_str(chain, "path"))), GVM_OK);
            gvm_bip32_encode(text, &node);
            assert_string_equal(text, json_str(chain, "xprv"));
            assert_int_equal(gvm_bip32_decode(&back, gvm_bytes_str(text)), GVM_OK);
            assert_memory_equal(back.key, node.key, 32);
            gvm_bip32_neuter(&node);
            gvm_bip32_encode(text, &node);
            assert_string_equal(text, json_str(chain, "xpub"));
            assert_int_equal(gvm_bip32_decode(&back, gvm_bytes_str(text)), GVM_OK);
            assert_memory_equal(back.public_key, node.public_key, 64);
            chains++;
        }
    }
    yyjson_arr_foreach(json_get(root, "invalid"), i, n, one) {
        gvm_bip32_node node;
        if (gvm_bip32_decode(&node, gvm_bytes_str(json_str(one, "key"))) == GVM_OK)
            fail_msg("decodes: %s", json_str(one, "reason"));
    }
    (void)printf("BIP-32: %zu chains, %zu invalid keys\n", chains, n);
    assert_true(chains == 17 && n == 16);
    gvm_buf_free(&seed);
    yyjson_doc_free(doc);
}

static size_t key_files(const char *sub) {
    yyjson_doc *doc = json_load(sub);
    yyjson_val *name, *test;
    size_t i, n;
    yyjson_obj_foreach(yyjson_doc_get_root(doc), i, n, name, test) {
        uint8_t key[32], want[32];
        gvm_error err = {0};
        char *json = yyjson_val_write(json_get(test, "json"), 0, NULL);
        assert_non_null(json);
        gvm_bytes file = gvm_bytes_str(json), password = gvm_bytes_str(json_str(test, "password"));
        gvm_status status = gvm_keystore_decrypt(key, file, password, &err);
        if (status != GVM_OK) fail_msg("%s: %s", yyjson_get_str(name), gvm_error_text(&err));
        hex_number(want, json_str(test, "priv"));
        assert_memory_equal(key, want, 32);
        if (i == 0) /* once: the wrong password costs as much as the right one */
            assert_int_equal(gvm_keystore_decrypt(key, file, gvm_bytes_str("wrong"), NULL),
                             GVM_ERR_PASSWORD);
        free(json);
    }
    yyjson_doc_free(doc);
    return n;
}

static void test_key_files(void **state) {
    (void)state;
    size_t tests = key_files("ethereum/ethereum-tests/KeyStoreTests/basic_tests.json");
    size_t geth = key_files("ethereum/geth/keystore/v3_test_vector.json");
    (void)printf("key files: %zu of ethereum/tests, %zu of geth; skipped: geth's version 1, which "
                 "we do not read\n",
                 tests, geth);
    assert_true(tests > 0 && geth > 0);
}

int main(void) {
    vectors_require("crypto/bip");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_word_list),
        cmocka_unit_test(test_bip39),
        cmocka_unit_test(test_bip32),
        cmocka_unit_test(test_key_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
