/* ML-KEM-768 (FIPS 203), key encapsulation. Over OpenSSL.
 *
 * A secret key is the 64-byte seed d || z, or the decapsulation key of 2,400 bytes that it expands
 * to. Decapsulation is deterministic and never fails on a ciphertext: one that was not made for the
 * key gives a key that nobody knows (implicit rejection). It takes constant time. Thread-safe; the
 * caller wipes the secrets that it holds. */
#ifndef GVM_CRYPTO_MLKEM_H
#define GVM_CRYPTO_MLKEM_H

#include "base/bytes.h"

enum {
    GVM_MLKEM_SEED = 64,
    GVM_MLKEM_PUBLIC_KEY = 1184,
    GVM_MLKEM_SECRET_KEY = 2400,
    GVM_MLKEM_CIPHERTEXT = 1088,
    GVM_MLKEM_SHARED = 32,
};

/* secret_key may be NULL. */
void gvm_mlkem_keygen(uint8_t public_key[GVM_MLKEM_PUBLIC_KEY],
                      uint8_t secret_key[GVM_MLKEM_SECRET_KEY], const uint8_t seed[GVM_MLKEM_SEED]);
/* random: the 32 bytes m of the standard, fresh for each call. GVM_ERR_KEY where the public key
 * is not well-formed (a coefficient that is not reduced; FIPS 203, 7.2). */
GVM_NODISCARD gvm_status gvm_mlkem_encapsulate(uint8_t ciphertext[GVM_MLKEM_CIPHERTEXT],
                                               uint8_t shared[GVM_MLKEM_SHARED],
                                               const uint8_t public_key[GVM_MLKEM_PUBLIC_KEY],
                                               const uint8_t random[32]);
/* GVM_ERR_KEY where the secret key is not well-formed (the hash in it is not that of the public
 * key in it; FIPS 203, 7.3). */
GVM_NODISCARD gvm_status gvm_mlkem_decapsulate(uint8_t shared[GVM_MLKEM_SHARED],
                                               const uint8_t secret_key[GVM_MLKEM_SECRET_KEY],
                                               const uint8_t ciphertext[GVM_MLKEM_CIPHERTEXT]);

#endif
