/* What the files of this room share: the setup, polynomials over the scalar field, and checked
 * reading. */
#ifndef GVM_CRYPTO_KZG_KZG_CORE_H
#define GVM_CRYPTO_KZG_KZG_CORE_H

#include "crypto/kzg.h"
#include "crypto/pairing/bls12_381_core.h"

enum {
    KZG_N = 4096,           /* elements of a blob */
    KZG_EXT = 8192,         /* elements of an extended blob */
    KZG_EXT_LOG = 13,       /* its logarithm */
    KZG_CELL_ELEMENTS = 64, /* elements of a cell */
    KZG_CELL_LOG = 6
};

/* ---- setup.c: parts of the trusted setup, each made ready at its first use. Never NULL. */

const g2_aff *gvm_kzg_tau_g2(void);    /* [tau]_2 */
const g2_aff *gvm_kzg_tau_64_g2(void); /* [tau^64]_2 */
/* e(a, [1]_2) = e(b, [tau]_2), or [tau^64]_2 where `cells`. */
bool gvm_kzg_pairing_holds(const g1_jac *a, const g1_jac *b, bool cells);
const g1_aff *gvm_kzg_lagrange(void);    /* KZG_N points, bit-reversed as blobs are */
const g1_aff *gvm_kzg_monomial(void);    /* KZG_N points [tau^i]_1 */
const g1_aff *gvm_kzg_monomial_64(void); /* the first 64 of them */

/* ---- poly.c */

/* w^i for i < KZG_EXT, w the root of unity of order KZG_EXT. */
const fr *gvm_kzg_roots(void);

/* Transforms of length 2^log <= KZG_EXT, in place. _forward: coefficients to values in bit-reversed
 * order. _backward: values in bit-reversed order to coefficients (the division by the length
 * included). */
void gvm_kzg_fft_forward(fr *a, int log);
void gvm_kzg_fft_backward(fr *a, int log);

uint32_t gvm_kzg_reverse_bits(uint32_t v, int bits);

/* r[i] = 1 / a[i] for n non-zero elements; r is not a. */
void gvm_kzg_invert_many(fr *r, const fr *a, size_t n);

/* n elements of 32 bytes; GVM_ERR_RANGE. */
gvm_status gvm_kzg_read_elements(fr *r, const uint8_t *in, size_t n);

/* The value at z of the polynomial with these KZG_N values (bit-reversed). GVM_ERR_NOMEM. */
gvm_status gvm_kzg_evaluate(fr *y, const fr *values, const fr *z);

/* A hash as a field element: modulo the order. */
void gvm_kzg_hash_to_fr(fr *r, const gvm_hash *h);

/* ---- points */

/* Compressed, on the curve, in the subgroup. */
gvm_status gvm_kzg_read_point(g1_aff *r, const uint8_t in[48]);
void gvm_kzg_write_point(uint8_t out[48], const g1_jac *p);
/* sum k_i p_i for field elements; GVM_ERR_NOMEM. */
gvm_status gvm_kzg_msm(g1_jac *r, const g1_aff *p, const fr *k, size_t n);

/* ---- fk20.c */

/* The 128 proofs of a polynomial of KZG_N coefficients. */
gvm_status gvm_kzg_fk20(uint8_t *proofs, const fr *coefficients);

/* ---- the Fiat-Shamir challenges */

void gvm_kzg_blob_challenge(fr *r, const uint8_t *blob, const uint8_t commitment[48]);

typedef struct kzg_cell_batch {
    const uint8_t *commitments; /* different from each other */
    size_t n_commitments;
    const uint64_t *commitment_indices, *cell_indices; /* n each */
    const uint8_t *cells, *proofs;
    size_t n;
} kzg_cell_batch;
void gvm_kzg_cell_challenge(fr *r, const kzg_cell_batch *b);

#endif
