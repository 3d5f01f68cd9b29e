/* BLS signatures on BLS12-381, public keys in G1 (48 bytes), signatures in G2 (96 bytes): the
 * proof-of-possession scheme of draft-irtf-cfrg-bls-signature-05 as Ethereum's consensus uses it,
 * suite BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_.
 *
 * A secret key is 32 big-endian bytes, above 0 and below the group's order. A public key that is
 * infinity is never valid. Points are compressed and checked (encoding, curve, subgroup) wherever
 * they come in.
 *
 * Signing and the derivation of a public key take constant time; verification does not.
 *
 * Verifications answer GVM_OK, or GVM_ERR_SIGNATURE where all is well-formed but does not verify.
 * Malformed input:
 *
 *     GVM_ERR_KEY        a secret key out of range; a public key malformed or infinity
 *     GVM_ERR_SIGNATURE  a signature that is malformed
 *     GVM_ERR_ARGUMENT   nothing to aggregate or to verify
 *     GVM_ERR_NOMEM      memory is out
 */
#ifndef GVM_CRYPTO_BLS_SIGNATURE_H
#define GVM_CRYPTO_BLS_SIGNATURE_H

#include "base/bytes.h"

typedef struct gvm_bls_public_key {
    uint8_t b[48];
} gvm_bls_public_key;

typedef struct gvm_bls_signature {
    uint8_t b[96];
} gvm_bls_signature;

GVM_NODISCARD gvm_status gvm_bls_public_key_of(gvm_bls_public_key *out, const uint8_t secret[32]);
GVM_NODISCARD gvm_status gvm_bls_sign(gvm_bls_signature *out, const uint8_t secret[32],
                                      gvm_bytes message);
GVM_NODISCARD gvm_status gvm_bls_verify(const gvm_bls_public_key *key, gvm_bytes message,
                                        const gvm_bls_signature *signature);

/* The sum of n signatures, n > 0. Infinity is a valid signature here. */
GVM_NODISCARD gvm_status gvm_bls_aggregate(gvm_bls_signature *out,
                                           const gvm_bls_signature *signatures, size_t n);
/* The sum of n public keys, n > 0; their owners must have proved that they possess them. */
GVM_NODISCARD gvm_status gvm_bls_aggregate_keys(gvm_bls_public_key *out,
                                                const gvm_bls_public_key *keys, size_t n);

/* One signature over n messages, the i-th under the i-th key. */
GVM_NODISCARD gvm_status gvm_bls_aggregate_verify(const gvm_bls_public_key *keys,
                                                  const gvm_bytes *messages, size_t n,
                                                  const gvm_bls_signature *signature);
/* One signature of n keys over one message. */
GVM_NODISCARD gvm_status gvm_bls_fast_aggregate_verify(const gvm_bls_public_key *keys, size_t n,
                                                       gvm_bytes message,
                                                       const gvm_bls_signature *signature);
/* n signatures, each over its own message under its own key, in one product of pairings: all are
 * valid, or the answer is an error, but for a chance of 2^-128 of whoever made the input. The
 * coefficients of the random linear combination are drawn from a hash of all of the input. */
GVM_NODISCARD gvm_status gvm_bls_batch_verify(const gvm_bls_public_key *keys,
                                              const gvm_bytes *messages,
                                              const gvm_bls_signature *signatures, size_t n);

/* Whether the encoding is that of a point of the group (infinity included). */
GVM_NODISCARD gvm_status gvm_bls_public_key_check(const gvm_bls_public_key *key);
GVM_NODISCARD gvm_status gvm_bls_signature_check(const gvm_bls_signature *signature);

#endif
