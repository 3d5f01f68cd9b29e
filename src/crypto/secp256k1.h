/* The curve secp256k1: ECDSA as Ethereum uses it (recovery, addresses), BIP-340 Schnorr, ECDH, key
 * tweaks. Over libsecp256k1, whose operations with secret keys take constant time; ours are also
 * blinded with random numbers at start-up.
 *
 * Shapes: a secret key is 32 bytes, big-endian, in [1, n-1]. A public key is x || y, 64 bytes,
 * big-endian, without a prefix; functions that take one check that it is on the curve. A message is
 * always the 32-byte hash of one. All functions are thread-safe. The caller wipes the secret keys
 * that it holds. */
#ifndef GVM_CRYPTO_SECP256K1_H
#define GVM_CRYPTO_SECP256K1_H

#include "base/bytes.h"

typedef struct gvm_secp256k1_signature {
    uint8_t r[32], s[32]; /* big-endian */
    uint8_t y_parity;     /* 0 or 1: whether the y of the point behind r is odd */
} gvm_secp256k1_signature;

/* ---- keys */

bool gvm_secp256k1_key_valid(const uint8_t key[32]);
/* GVM_ERR_KEY where the key is 0 or not below n. */
GVM_NODISCARD gvm_status gvm_secp256k1_public_key(uint8_t out[64], const uint8_t key[32]);
/* From 33 bytes (02/03 || x), 65 (04 || x || y) or 64 (x || y). GVM_ERR_POINT for any other length
 * or prefix, and where the point is not on the curve. Hybrid keys (06, 07) are refused. */
GVM_NODISCARD gvm_status gvm_secp256k1_parse_public_key(uint8_t out[64], gvm_bytes in);
/* 02 or 03 || x. The point is not checked. */
void gvm_secp256k1_compress(uint8_t out[33], const uint8_t public_key[64]);
/* The last 20 bytes of Keccak-256(x || y). The point is not checked. */
void gvm_secp256k1_address(gvm_address *out, const uint8_t public_key[64]);
/* key := key + tweak mod n; a tweak of 0 is allowed. GVM_ERR_KEY where the tweak is not below n or
 * the sum is 0; the key is 0 then. */
GVM_NODISCARD gvm_status gvm_secp256k1_tweak_key(uint8_t key[32], const uint8_t tweak[32]);
/* public_key := public_key + tweak * G. GVM_ERR_POINT where the key is not on the curve,
 * GVM_ERR_KEY as above. */
GVM_NODISCARD gvm_status gvm_secp256k1_tweak_public_key(uint8_t public_key[64],
                                                        const uint8_t tweak[32]);

/* ---- ECDSA */

/* Deterministic (RFC 6979 with SHA-256), s in the lower half. GVM_ERR_KEY where the key is not
 * valid. */
GVM_NODISCARD gvm_status gvm_secp256k1_sign(gvm_secp256k1_signature *out, const gvm_hash *message,
                                            const uint8_t key[32]);
/* Any s in [1, n-1], the upper half too. GVM_ERR_POINT, GVM_ERR_SIGNATURE. */
GVM_NODISCARD gvm_status gvm_secp256k1_verify(const uint8_t public_key[64], const gvm_hash *message,
                                              const uint8_t r[32], const uint8_t s[32]);
/* The signer's key or address. Any r and s in [1, n-1]; the point's x is r itself, never r + n, as
 * in Ethereum. GVM_ERR_SIGNATURE where there is no such point, or y_parity is over 1. */
GVM_NODISCARD gvm_status gvm_secp256k1_recover_key(uint8_t out[64], const gvm_hash *message,
                                                   const gvm_secp256k1_signature *signature);
GVM_NODISCARD gvm_status gvm_secp256k1_recover(gvm_address *out, const gvm_hash *message,
                                               const gvm_secp256k1_signature *signature);
/* The precompile at address 1 on its four words (Yellow Paper, appendix E): v must be 27 or 28.
 * GVM_ERR_SIGNATURE where the precompile returns nothing. */
GVM_NODISCARD gvm_status gvm_secp256k1_ecrecover(gvm_address *out, const gvm_hash *message,
                                                 const uint8_t v[32], const uint8_t r[32],
                                                 const uint8_t s[32]);
/* Whether s <= n / 2 (EIP-2: transactions since Homestead). 0 passes; recovery refuses it. */
bool gvm_secp256k1_s_is_low(const uint8_t s[32]);

/* ---- BIP-340 Schnorr signatures; public keys are x alone */

/* aux: 32 random bytes, or NULL for the deterministic form. GVM_ERR_KEY where the key is not valid.
 */
GVM_NODISCARD gvm_status gvm_schnorr_sign(uint8_t out[64], gvm_bytes message, const uint8_t key[32],
                                          const uint8_t *aux);
/* GVM_ERR_POINT, GVM_ERR_SIGNATURE. */
GVM_NODISCARD gvm_status gvm_schnorr_verify(const uint8_t public_x[32], gvm_bytes message,
                                            const uint8_t signature[64]);

/* ---- ECDH: the x coordinate of key * public_key, not hashed. GVM_ERR_POINT, GVM_ERR_KEY. */
GVM_NODISCARD gvm_status gvm_secp256k1_ecdh(uint8_t out[32], const uint8_t public_key[64],
                                            const uint8_t key[32]);

#endif
