/* ECDSA over P-256 (secp256r1): verification as the precompile of EIP-7951 asks, keys and signing.
 *
 * Shapes: a secret key is 32 bytes, big-endian, in [1, n-1]; a public key is x || y, 64 bytes,
 * big-endian; a signature r || s likewise. A message is always the 32-byte hash of one. Over
 * OpenSSL, whose operations with secret keys take constant time. Thread-safe; the caller wipes the
 * secret keys that it holds. */
#ifndef GVM_CRYPTO_P256_H
#define GVM_CRYPTO_P256_H

#include "base/bytes.h"

/* True where (r, s) is a signature of the 32-byte hash under the key (x, y). False for everything
 * else: r or s outside [1, n-1], a coordinate not below p, the point at infinity (0, 0), a point
 * off the curve. Upper-half s is allowed. All numbers are big-endian. Thread-safe; takes variable
 * time, so nothing here may be secret. */
GVM_NODISCARD bool gvm_p256_verify_var(const gvm_hash *message, const uint8_t r[32],
                                       const uint8_t s[32], const uint8_t x[32],
                                       const uint8_t y[32]);
/* Whether s <= n / 2. */
bool gvm_p256_s_is_low(const uint8_t s[32]);

/* GVM_ERR_KEY where the key is 0 or not below n. */
GVM_NODISCARD gvm_status gvm_p256_public_key(uint8_t out[64], const uint8_t key[32]);
/* From 33 bytes (02/03 || x), 65 (04 || x || y) or 64 (x || y). GVM_ERR_POINT for any other length
 * or prefix, and where the point is not on the curve. */
GVM_NODISCARD gvm_status gvm_p256_parse_public_key(uint8_t out[64], gvm_bytes in);
/* 02 or 03 || x. The point is not checked. */
void gvm_p256_compress(uint8_t out[33], const uint8_t public_key[64]);
/* Deterministic (RFC 6979 with SHA-256), s in the lower half. GVM_ERR_KEY. */
GVM_NODISCARD gvm_status gvm_p256_sign(uint8_t out[64], const gvm_hash *message,
                                       const uint8_t key[32]);

#endif
