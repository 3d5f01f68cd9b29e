/* ML-DSA-65 (FIPS 204), pure: the message itself is signed, never a prehash of it. Over OpenSSL.
 *
 * A secret key is the 32-byte seed that key generation starts from; whoever holds an expanded key
 * of 4,032 bytes may sign with that. The context is part of what is signed: 0 to 255 bytes.
 *
 * A public key of the right length is always well-formed (its coefficients fill their bits), so
 * verification has one answer for everything that is wrong. Signing takes time that depends on
 * the seed and the message only as the standard's own rejections do. Thread-safe; the caller wipes
 * the secrets that it holds. */
#ifndef GVM_CRYPTO_MLDSA_H
#define GVM_CRYPTO_MLDSA_H

#include "base/bytes.h"

enum {
    GVM_MLDSA_SEED = 32,
    GVM_MLDSA_PUBLIC_KEY = 1952,
    GVM_MLDSA_EXPANDED_KEY = 4032,
    GVM_MLDSA_SIGNATURE = 3309,
    GVM_MLDSA_CONTEXT_MAX = 255,
};

void gvm_mldsa_public_key(uint8_t out[GVM_MLDSA_PUBLIC_KEY], const uint8_t seed[GVM_MLDSA_SEED]);
/* random: 32 bytes for the hedged form, NULL for the deterministic one. GVM_ERR_ARGUMENT where the
 * context is over 255 bytes. */
GVM_NODISCARD gvm_status gvm_mldsa_sign(uint8_t out[GVM_MLDSA_SIGNATURE], gvm_bytes message,
                                        gvm_bytes context, const uint8_t seed[GVM_MLDSA_SEED],
                                        const uint8_t *random);
/* The same with an expanded key. GVM_ERR_KEY where it is not one. */
GVM_NODISCARD gvm_status gvm_mldsa_sign_expanded(uint8_t out[GVM_MLDSA_SIGNATURE],
                                                 gvm_bytes message, gvm_bytes context,
                                                 const uint8_t key[GVM_MLDSA_EXPANDED_KEY],
                                                 const uint8_t *random);
/* GVM_ERR_ARGUMENT as above, GVM_ERR_SIGNATURE. */
GVM_NODISCARD gvm_status gvm_mldsa_verify(const uint8_t public_key[GVM_MLDSA_PUBLIC_KEY],
                                          gvm_bytes message, gvm_bytes context,
                                          const uint8_t signature[GVM_MLDSA_SIGNATURE]);

#endif
