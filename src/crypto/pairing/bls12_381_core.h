/* BLS12-381 for the files that build on it: fields, groups, and what
 * bls12_381_{group,pairing,map}.c make of them. Not for callers outside crypto/: those take bytes,
 * by crypto/bls12_381.h, bls_signature.h and kzg.h.
 *
 * x = -0xd201000000010000; E: y^2 = x^3 + 4 over Fp; the M-type twist E': y^2 = x^3 + 4 (1 + i)
 * over Fp2. */
#ifndef GVM_CRYPTO_PAIRING_BLS12_381_CORE_H
#define GVM_CRYPTO_PAIRING_BLS12_381_CORE_H

#include "base/bytes.h"

#include "crypto/pairing/bls12_381_constants.inc"

#define FT       fp
#define FT_N     6
#define FT_BYTES 48
#define FT_M     BLS_P_M
#define FT_R2    BLS_P_R2
#define FT_ONE   BLS_P_ONE
#include "crypto/pairing/fp_template.h"

#define FT       fr
#define FT_N     4
#define FT_BYTES 32
#define FT_M     BLS_R_M
#define FT_R2    BLS_R_R2
#define FT_ONE   BLS_R_ONE
#include "crypto/pairing/fp_template.h"

/* |x| */
#define BLS_X 0xd201000000010000ull

/* (1 + i)(a0 + a1 i) */
#define PAIRING_MUL_XI(r, a) bls_mul_xi(&(r)->c0, &(r)->c1, &(a)->c0, &(a)->c1)
static inline void bls_mul_xi(fp *r0, fp *r1, const fp *a0, const fp *a1) {
    fp s;
    fp_sub(&s, a0, a1);
    fp_add(r1, a0, a1);
    *r0 = s;
}

#include "crypto/pairing/tower.h"

static const fp BLS_CURVE_B __attribute__((unused)) = BLS_B;
static const fp BLS_CURVE_B3 __attribute__((unused)) = BLS_B3;
static const fp2 BLS_CURVE_TWIST_B __attribute__((unused)) = BLS_TWIST_B;
static const fp2 BLS_CURVE_TWIST_B3 __attribute__((unused)) = BLS_TWIST_B3;

#define CT    g1
#define CF    fp
#define CT_B  BLS_CURVE_B
#define CT_B3 BLS_CURVE_B3
#include "crypto/pairing/curve_template.h"

#define CT    g2
#define CF    fp2
#define CT_B  BLS_CURVE_TWIST_B
#define CT_B3 BLS_CURVE_TWIST_B3
#include "crypto/pairing/curve_template.h"

/* A scalar as 4 limbs, below the group's order. */
typedef struct bls_scalar {
    uint64_t l[4];
} bls_scalar;

/* ---- bls12_381_group.c */

extern const g1_aff gvm_bls_g1_generator;
extern const g2_aff gvm_bls_g2_generator;

/* 32 big-endian bytes, modulo the order; and the same with false where they are not below it. */
void gvm_bls_scalar_reduce(bls_scalar *r, const uint8_t in[32]);
bool gvm_bls_scalar_read(bls_scalar *r, const uint8_t in[32]);
void gvm_bls_scalar_from_fr(bls_scalar *r, const fr *a);

/* Subgroup membership of a point on the curve. */
bool gvm_bls_in_g1(const g1_aff *p);
bool gvm_bls_in_g2(const g2_aff *q);

/* psi, the Frobenius endomorphism of the twist. */
void gvm_bls_psi(g2_jac *r, const g2_jac *p);

/* Sums of multiples of points in the subgroups (the endomorphisms hold there alone). False where
 * memory is out. n may be 0. */
bool gvm_bls_g1_msm(g1_jac *r, const g1_aff *p, const bls_scalar *k, size_t n);
bool gvm_bls_g2_msm(g2_jac *r, const g2_aff *q, const bls_scalar *k, size_t n);
/* One multiple; cannot fail. */
void gvm_bls_g1_mul(g1_jac *r, const g1_aff *p, const bls_scalar *k);
void gvm_bls_g2_mul(g2_jac *r, const g2_aff *q, const bls_scalar *k);
/* The same in constant time, for secret scalars. */
void gvm_bls_g1_mul_ct(g1_jac *r, const g1_aff *p, const bls_scalar *k);
void gvm_bls_g2_mul_ct(g2_jac *r, const g2_aff *q, const bls_scalar *k);

/* Square roots: false where there is none. */
bool gvm_bls_fp_sqrt(fp *r, const fp *a);
bool gvm_bls_fp2_sqrt(fp2 *r, const fp2 *a);

/* The compressed form of ZCash (bls12_381.h). Reading checks the encoding and the curve, not the
 * subgroup. GVM_ERR_NON_CANONICAL, GVM_ERR_RANGE, GVM_ERR_POINT. */
gvm_status gvm_bls_g1_decompress(g1_aff *r, const uint8_t in[48]);
gvm_status gvm_bls_g2_decompress(g2_aff *r, const uint8_t in[96]);
void gvm_bls_g1_compress(uint8_t out[48], const g1_aff *p);
void gvm_bls_g2_compress(uint8_t out[96], const g2_aff *q);

/* ---- bls12_381_pairing.c */

/* Whether the product of the n pairings e(p_i, q_i) is one. Points in their subgroups; infinity is
 * allowed. */
bool gvm_bls_pairing_is_one(const g1_aff *p, const g2_aff *q, size_t n);

/* The same for pairs that come one at a time: _init, _add for each, _is_one. */
enum { GVM_BLS_PAIRING_CHUNK = 8 };
typedef struct bls_pairing {
    fp12 product;
    g1_aff p[GVM_BLS_PAIRING_CHUNK];
    g2_aff q[GVM_BLS_PAIRING_CHUNK];
    size_t used;
} bls_pairing;
void gvm_bls_pairing_init(bls_pairing *b);
void gvm_bls_pairing_add(bls_pairing *b, const g1_aff *p, const g2_aff *q);
bool gvm_bls_pairing_finish(bls_pairing *b);

/* A point of G2 (not infinity) with the lines of its Miller loop worked out, for points that are
 * paired often. */
enum { GVM_BLS_LINES = 68 };
typedef struct bls_prepared {
    fp2 lines[GVM_BLS_LINES][3];
} bls_prepared;
void gvm_bls_prepare(bls_prepared *r, const g2_aff *q);
/* As gvm_bls_pairing_is_one. */
bool gvm_bls_prepared_is_one(const g1_aff *p, const bls_prepared *const *q, size_t n);

/* ---- bls12_381_map.c (RFC 9380) */

/* map_to_curve and clear_cofactor. */
void gvm_bls_map_to_g1(g1_jac *r, const fp *u);
void gvm_bls_map_to_g2(g2_jac *r, const fp2 *u);
/* Hash a message under a domain separation tag; `ro`: hash_to_curve, else encode_to_curve. */
void gvm_bls_hash_to_g1(g1_jac *r, gvm_bytes message, gvm_bytes dst, bool ro);
void gvm_bls_hash_to_g2(g2_jac *r, gvm_bytes message, gvm_bytes dst, bool ro);

#endif
