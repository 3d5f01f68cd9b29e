/* The curve BN254 (alt_bn128) as the EVM sees it: EIP-196 (add, multiply) and EIP-197 (pairing
 * check).
 *
 * Encodings, all big-endian: a field element is 32 bytes and below the modulus; a point of G1 is x,
 * y (64 bytes); a point of G2 is x, y with each coordinate's imaginary part first (128 bytes);
 * zeros are infinity in both. A scalar is any 32 bytes, taken modulo the group's order.
 *
 * Times depend on the values: this is for public data. Calls are thread-safe and take up to 100 kB
 * of stack.
 *
 * Errors, in all three:
 *     GVM_ERR_RANGE   a field element is not below the modulus
 *     GVM_ERR_POINT   a point is not on its curve, or (G2) not in the subgroup */
#ifndef GVM_CRYPTO_BN254_H
#define GVM_CRYPTO_BN254_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/* Bytes of one pair for gvm_bn254_pairing_check: a point of G1, then one of G2. */
#define GVM_BN254_PAIR 192

/* out = in[0..63] + in[64..127] on G1. */
GVM_NODISCARD gvm_status gvm_bn254_add(uint8_t out[64], const uint8_t in[128]);

/* out = k P on G1: the point is in[0..63], the scalar in[64..95]. */
GVM_NODISCARD gvm_status gvm_bn254_mul(uint8_t out[64], const uint8_t in[96]);

/* out = k Q on G2: the point (checked to be in the subgroup) is in[0..127], the scalar
 * in[128..159]. */
GVM_NODISCARD gvm_status gvm_bn254_g2_mul(uint8_t out[128], const uint8_t in[160]);

/* *ok: the product of e(P_i, Q_i) over the n pairs at `pairs` (n * GVM_BN254_PAIR bytes) is one;
 * true for no pairs. */
GVM_NODISCARD gvm_status gvm_bn254_pairing_check(bool *ok, const uint8_t *pairs, size_t n);

#endif
