/* Encryption with authentication: AES-256-GCM (SP 800-38D) and ChaCha20-Poly1305 (RFC 8439), both
 * with a 32-byte key, a 12-byte nonce and a 16-byte tag at the ciphertext's end. Over OpenSSL.
 *
 * A nonce must never be used twice with a key. Thread-safe; the caller wipes keys and plaintexts.
 * Messages of 2^31 bytes and more are refused with GVM_ERR_LIMIT. */
#ifndef GVM_CRYPTO_AEAD_H
#define GVM_CRYPTO_AEAD_H

#include "base/bytes.h"

typedef enum gvm_aead { GVM_AES_256_GCM, GVM_CHACHA20_POLY1305, GVM_AEAD_COUNT } gvm_aead;

enum { GVM_AEAD_KEY = 32, GVM_AEAD_NONCE = 12, GVM_AEAD_TAG = 16 };

/* `out` has room for plain.len + GVM_AEAD_TAG bytes and does not overlap the input. */
GVM_NODISCARD gvm_status gvm_aead_seal(uint8_t *out, gvm_aead aead, const uint8_t key[GVM_AEAD_KEY],
                                       const uint8_t nonce[GVM_AEAD_NONCE], gvm_bytes associated,
                                       gvm_bytes plain);
/* `out` has room for sealed.len - GVM_AEAD_TAG bytes; it holds nothing of the plaintext unless the
 * answer is GVM_OK. GVM_ERR_AUTHENTICATION: sealed with another key, nonce or associated data, or
 * altered, or shorter than a tag. */
GVM_NODISCARD gvm_status gvm_aead_open(uint8_t *out, gvm_aead aead, const uint8_t key[GVM_AEAD_KEY],
                                       const uint8_t nonce[GVM_AEAD_NONCE], gvm_bytes associated,
                                       gvm_bytes sealed);

#endif
