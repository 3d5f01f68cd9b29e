/* Mnemonic sentences (BIP-39) in English: 12, 15, 18, 21 or 24 words that hold 16, 20, 24, 28 or 32
 * bytes of entropy and a checksum. What is secret here (entropy, sentence, seed) is the caller's to
 * wipe. Thread-safe. */
#ifndef GVM_CRYPTO_BIP39_H
#define GVM_CRYPTO_BIP39_H

#include "base/bytes.h"

/* Room for the longest sentence and its NUL. */
enum { GVM_BIP39_SENTENCE_SIZE = 24 * 9 };

/* The sentence that holds the entropy: lower case, single spaces, NUL-terminated. GVM_ERR_RANGE
 * where the length is not one of the five. */
GVM_NODISCARD gvm_status gvm_bip39_generate(char out[GVM_BIP39_SENTENCE_SIZE], gvm_bytes entropy);
/* The entropy that a sentence holds. Words are separated by one or more spaces, and may be in any
 * case. GVM_ERR_SYNTAX for a wrong number of words or a word that is not in the list,
 * GVM_ERR_NON_CANONICAL for a wrong checksum; the message names the place of the word, never the
 * word. */
GVM_NODISCARD gvm_status gvm_bip39_entropy(uint8_t out[32], size_t *len, gvm_bytes sentence,
                                           gvm_error *err);
/* The seed for BIP-32: PBKDF2 of the text as it is given, which need not be a valid sentence, nor
 * English. Text outside ASCII must be in Unicode's NFKD form. GVM_ERR_LIMIT where the passphrase is
 * over 1,024 bytes; GVM_ERR_RANGE, GVM_ERR_NOMEM. */
GVM_NODISCARD gvm_status gvm_bip39_seed(uint8_t out[64], gvm_bytes sentence, gvm_bytes passphrase);

#endif
