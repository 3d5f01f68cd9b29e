#include "crypto/bip39.h"

#include "crypto/kdf.h"
#include "crypto/sha256.h"

#include <stdlib.h>

enum { WORDS = 2048, WORD_BITS = 11, LONGEST_WORD = 8, ROUNDS = 2048, LONGEST_PASSPHRASE = 1024 };

static const char words[WORDS][LONGEST_WORD + 1] = {
#include "crypto/bip39_english.inc"
};

/* Entropy and the checksum after it: one bit for each 32. At most 33 bytes. */
static void with_checksum(uint8_t out[33], gvm_bytes entropy) {
    gvm_hash h;
    gvm_sha256(&h, entropy);
    memcpy(out, entropy.ptr, entropy.len);
    out[entropy.len] = h.b[0];
}

gvm_status gvm_bip39_generate(char out[GVM_BIP39_SENTENCE_SIZE], gvm_bytes entropy) {
    if (entropy.len < 16 || entropy.len > 32 || entropy.len % 4 != 0) return GVM_ERR_RANGE;
    uint8_t bits[33];
    with_checksum(bits, entropy);
    size_t count = entropy.len * 3 / 4;
    for (size_t i = 0; i < count; i++) {
        unsigned index = 0;
        for (size_t bit = i * WORD_BITS; bit < (i + 1) * WORD_BITS; bit++)
            index = index << 1 | ((unsigned)bits[bit / 8] >> (7 - bit % 8) & 1u);
        size_t len = strnlen(words[index], LONGEST_WORD);
        if (i > 0) *out++ = ' ';
        memcpy(out, words[index], len);
        out += len;
    }
    *out = '\0';
    gvm_wipe(bits, sizeof bits);
    return GVM_OK;
}

static int compare_word(const void *key, const void *entry) {
    return strcmp(key, entry);
}

/* The next word of *rest, in lower case, into `out`; false where there is none. A longer one than
 * any is cut, and unknown. */
static bool next_word(char out[LONGEST_WORD + 2], gvm_bytes *rest) {
    size_t len = 0;
    while (rest->len > 0 && rest->ptr[0] == ' ')
        *rest = gvm_bytes_make(rest->ptr + 1, rest->len - 1);
    while (rest->len > 0 && rest->ptr[0] != ' ') {
        char c = (char)rest->ptr[0];
        if (len <= LONGEST_WORD) out[len++] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
        *rest = gvm_bytes_make(rest->ptr + 1, rest->len - 1);
    }
    out[len] = '\0';
    return len > 0;
}

gvm_status gvm_bip39_entropy(uint8_t out[32], size_t *len, gvm_bytes sentence, gvm_error *err) {
    uint8_t bits[33] = {0}, want[33];
    char word[LONGEST_WORD + 2];
    size_t count = 0;
    gvm_status status;
    while (next_word(word, &sentence)) {
        if (count == 24) {
            status = gvm_error_set(err, GVM_ERR_SYNTAX, "expected at most 24 words, found more");
            goto done;
        }
        const char(*found)[LONGEST_WORD + 1] =
            bsearch(word, words, WORDS, sizeof words[0], compare_word);
        if (found == NULL) {
            status = gvm_error_set(err, GVM_ERR_SYNTAX, "word %zu is not in the English list",
                                   count + 1);
            goto done;
        }
        size_t index = (size_t)(found - words);
        for (size_t i = 0; i < WORD_BITS; i++) {
            size_t bit = count * WORD_BITS + i;
            bits[bit / 8] |= (uint8_t)((index >> (WORD_BITS - 1 - i) & 1) << (7 - bit % 8));
        }
        count++;
    }
    if (count < 12 || count % 3 != 0) {
        status = gvm_error_set(err, GVM_ERR_SYNTAX,
                               "expected 12, 15, 18, 21 or 24 words, found %zu", count);
        goto done;
    }
    size_t bytes = count * 4 / 3;
    with_checksum(want, gvm_bytes_make(bits, bytes));
    uint8_t mask = (uint8_t)(0xff << (8 - count / 3));
    if (((want[bytes] ^ bits[bytes]) & mask) != 0) {
        status = gvm_error_set(err, GVM_ERR_NON_CANONICAL, "the checksum of the words is wrong");
        goto done;
    }
    memcpy(out, bits, bytes);
    *len = bytes;
    status = GVM_OK;
done:
    gvm_wipe(bits, sizeof bits);
    gvm_wipe(want, sizeof want);
    gvm_wipe(word, sizeof word);
    return status;
}

gvm_status gvm_bip39_seed(uint8_t out[64], gvm_bytes sentence, gvm_bytes passphrase) {
    uint8_t salt[8 + LONGEST_PASSPHRASE] = "mnemonic";
    if (passphrase.len > LONGEST_PASSPHRASE) return GVM_ERR_LIMIT;
    if (passphrase.len != 0) memcpy(salt + 8, passphrase.ptr, passphrase.len);
    gvm_status status =
        gvm_pbkdf2_sha512(out, 64, sentence, gvm_bytes_make(salt, 8 + passphrase.len), ROUNDS);
    gvm_wipe(salt, sizeof salt);
    return status;
}
