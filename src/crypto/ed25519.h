/* Ed25519 (RFC 8032), pure: no prehash, no context. Over OpenSSL.
 *
 * Verification is the strict one, so that all nodes agree on every byte string: S < L; the key and
 * R in their canonical encodings and not of small order; the equation without the cofactor. (What
 * libraries accept beyond that differs between them; see "Taming the many EdDSAs", eprint
 * 2020/1244. This is the set of dalek's verify_strict.) A secret key is the 32-byte seed.
 * Thread-safe; signing takes constant time. */
#ifndef GVM_CRYPTO_ED25519_H
#define GVM_CRYPTO_ED25519_H

#include "base/bytes.h"

void gvm_ed25519_public_key(uint8_t out[32], const uint8_t key[32]);
void gvm_ed25519_sign(uint8_t out[64], gvm_bytes message, const uint8_t key[32]);
/* GVM_ERR_KEY where the public key is not canonical or of small order, GVM_ERR_SIGNATURE (also for
 * a key off the curve). */
GVM_NODISCARD gvm_status gvm_ed25519_verify(const uint8_t public_key[32], gvm_bytes message,
                                            const uint8_t signature[64]);
/* GVM_ERR_KEY where no signature can hold under the key: not canonical, of small order, or off the
 * curve. */
GVM_NODISCARD gvm_status gvm_ed25519_key_check(const uint8_t public_key[32]);

#endif
