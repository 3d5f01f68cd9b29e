/* The curve BLS12-381 as the EVM sees it (EIP-2537), its compressed points, and hashing to its
 * groups (RFC 9380).
 *
 * Encodings of EIP-2537, big-endian: a field element is 64 bytes, the first 16 zero, below the
 * modulus; an element of Fp2 is its real, then its imaginary part; a point is x, y: 128 bytes in
 * G1, 256 in G2; zeros are infinity. A scalar is any 32 bytes, taken modulo the groups' order.
 *
 * Compressed points are ZCash's: 48 bytes for G1, 96 for G2 (imaginary part first); of the three
 * top bits the first is always set, the second means infinity (all else zero), the third that y is
 * the greater of the two roots.
 *
 * Times depend on the values: this is for public data. Calls are thread-safe and take up to 100 kB
 * of stack. (Signing, with a secret, is in crypto/bls_signature.h.)
 *
 * Errors:
 *     GVM_ERR_RANGE          a field element not below the modulus, or its padding not zero
 *     GVM_ERR_POINT          a point not on its curve or, where asked, not in the subgroup
 *     GVM_ERR_NON_CANONICAL  the flags of a compressed point contradict the rest
 *     GVM_ERR_ARGUMENT       no terms or pairs at all, which the EIP refuses
 *     GVM_ERR_NOMEM          memory is out
 */
#ifndef GVM_CRYPTO_BLS12_381_H
#define GVM_CRYPTO_BLS12_381_H

#include "base/bytes.h"

#include <stdbool.h>

#define GVM_BLS12_381_G1      128
#define GVM_BLS12_381_G2      256
#define GVM_BLS12_381_G1_TERM 160 /* a point of G1 and a scalar */
#define GVM_BLS12_381_G2_TERM 288 /* a point of G2 and a scalar */
#define GVM_BLS12_381_PAIR    384 /* a point of G1 and one of G2 */

/* ---- EIP-2537 */

/* Sums of two points of the curve; no subgroup check. `in` may be `out`. */
GVM_NODISCARD gvm_status gvm_bls12_381_g1_add(uint8_t out[128], const uint8_t in[256]);
GVM_NODISCARD gvm_status gvm_bls12_381_g2_add(uint8_t out[256], const uint8_t in[512]);

/* Sums of n multiples (n terms of GVM_BLS12_381_G1_TERM or _G2_TERM bytes); points must be in the
 * subgroup. */
GVM_NODISCARD gvm_status gvm_bls12_381_g1_msm(uint8_t out[128], const uint8_t *terms, size_t n);
GVM_NODISCARD gvm_status gvm_bls12_381_g2_msm(uint8_t out[256], const uint8_t *terms, size_t n);

/* *ok: the product of the n pairings is one. Points must be in their subgroups. */
GVM_NODISCARD gvm_status gvm_bls12_381_pairing_check(bool *ok, const uint8_t *pairs, size_t n);

/* A field element to a point of the subgroup. */
GVM_NODISCARD gvm_status gvm_bls12_381_map_fp_to_g1(uint8_t out[128], const uint8_t in[64]);
GVM_NODISCARD gvm_status gvm_bls12_381_map_fp2_to_g2(uint8_t out[256], const uint8_t in[128]);

/* ---- points in other forms, all checked to be in the subgroup */

GVM_NODISCARD gvm_status gvm_bls12_381_g1_compress(uint8_t out[48], const uint8_t in[128]);
GVM_NODISCARD gvm_status gvm_bls12_381_g2_compress(uint8_t out[96], const uint8_t in[256]);
GVM_NODISCARD gvm_status gvm_bls12_381_g1_decompress(uint8_t out[128], const uint8_t in[48]);
GVM_NODISCARD gvm_status gvm_bls12_381_g2_decompress(uint8_t out[256], const uint8_t in[96]);

/* ---- RFC 9380: suites BLS12381G1_XMD:SHA-256_SSWU_RO_ and BLS12381G2_..., and their _NU_ forms
 * where not `ro`. A domain separation tag of any length. */

void gvm_bls12_381_hash_to_g1(uint8_t out[128], gvm_bytes message, gvm_bytes dst, bool ro);
void gvm_bls12_381_hash_to_g2(uint8_t out[256], gvm_bytes message, gvm_bytes dst, bool ro);

#endif
