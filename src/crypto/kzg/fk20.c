/* All 128 cell proofs of a polynomial at once: Feist and Khovratovich, "Fast amortized KZG proofs"
 * (ePrint 2023/033).
 *
 * The proofs are the transform of a vector h of 64 points, and h is a sum of 64 Toeplitz products:
 * of the polynomial's coefficients (every 64th of them, in a circulant of 128) with powers of tau.
 * A circulant product is pointwise between transforms. The transforms of the powers do not depend
 * on the polynomial: they are the table, made at the first call, which leaves 128 sums of 64
 * multiples and two transforms of 128 points for each polynomial. */
#include "crypto/kzg/kzg_core.h"

#include <pthread.h>

enum { SIZE = GVM_KZG_CELL_COUNT, LOG = 7, HALF = SIZE / 2, STRIDE = KZG_CELL_ELEMENTS };

/* y[j] = w^(e[j]) y[j] for HALF points; w^0 is skipped. */
static void twiddle(g1_jac *y[HALF], const size_t e[HALF]) {
    g1_jac in[HALF];
    g1_aff aff[HALF];
    fp tmp[HALF];
    const fr *w = gvm_kzg_roots();
    size_t n = 0;
    for (size_t j = 0; j < HALF; j++)
        if (e[j] != 0) in[n++] = *y[j];
    g1_to_aff_many(aff, in, tmp, n);
    n = 0;
    for (size_t j = 0; j < HALF; j++) {
        bls_scalar k;
        if (e[j] == 0) continue;
        gvm_bls_scalar_from_fr(&k, &w[e[j]]);
        gvm_bls_g1_mul(y[j], &aff[n++], &k);
    }
}

/* The positions of a stage's butterflies, and the exponents of the roots. */
static void butterflies(g1_jac *x[HALF], g1_jac *y[HALF], size_t e[HALF], g1_jac *a, size_t half) {
    size_t n = 0;
    for (size_t start = 0; start < SIZE; start += 2 * half) {
        for (size_t j = 0; j < half; j++, n++) {
            x[n] = &a[start + j];
            y[n] = x[n] + half;
            e[n] = j * (KZG_EXT / (2 * half));
        }
    }
}

/* Values to bit-reversed transform, as gvm_kzg_fft_forward. */
static void forward(g1_jac a[SIZE]) {
    g1_jac *x[HALF], *y[HALF], minus;
    size_t e[HALF];
    for (size_t half = HALF; half > 0; half /= 2) {
        butterflies(x, y, e, a, half);
        for (size_t j = 0; j < HALF; j++) {
            g1_neg(&minus, y[j]);
            g1_add(&minus, x[j], &minus);
            g1_add(x[j], x[j], y[j]);
            *y[j] = minus;
        }
        twiddle(y, e);
    }
}

/* As gvm_kzg_fft_backward, without the division by the length. */
static void backward(g1_jac a[SIZE]) {
    g1_jac *x[HALF], *y[HALF], minus;
    size_t e[HALF];
    for (size_t half = 1; half < SIZE; half *= 2) {
        butterflies(x, y, e, a, half);
        for (size_t j = 0; j < HALF; j++) e[j] = (KZG_EXT - e[j]) % KZG_EXT;
        twiddle(y, e);
        for (size_t j = 0; j < HALF; j++) {
            g1_neg(&minus, y[j]);
            g1_add(&minus, x[j], &minus);
            g1_add(x[j], x[j], y[j]);
            *y[j] = minus;
        }
    }
}

static g1_aff table[SIZE][STRIDE];
static pthread_once_t table_once = PTHREAD_ONCE_INIT;

static void make_table(void) {
    const g1_aff *tau = gvm_kzg_monomial();
    g1_jac a[SIZE];
    g1_aff aff[SIZE];
    fp tmp[SIZE];
    for (size_t offset = 0; offset < STRIDE; offset++) {
        memset(a, 0, sizeof a);
        for (size_t i = 0; i + 1 < HALF; i++)
            g1_from_aff(&a[i], &tau[KZG_N - STRIDE - 1 - offset - STRIDE * i]);
        forward(a);
        g1_to_aff_many(aff, a, tmp, SIZE);
        for (size_t i = 0; i < SIZE; i++) table[i][offset] = aff[i];
    }
}

/* The transform of the circulant of the coefficients offset, offset + 64, ... (from the top),
 * divided by SIZE. */
static void circulant(fr out[SIZE], const fr *c, size_t offset) {
    fr scale;
    memset(out, 0, SIZE * sizeof *out);
    out[0] = c[KZG_N - 1 - offset];
    for (size_t i = HALF + 2, j = 2 * STRIDE - offset - 1; i < SIZE; i++, j += STRIDE)
        out[i] = c[j];
    gvm_kzg_fft_forward(out, LOG);
    fr_set_u64(&scale, SIZE);
    fr_inv_var(&scale, &scale);
    for (size_t i = 0; i < SIZE; i++) fr_mul(&out[i], &out[i], &scale);
}

gvm_status gvm_kzg_fk20(uint8_t *proofs, const fr *coefficients) {
    gvm_status status = GVM_OK;
    int failed = pthread_once(&table_once, make_table);
    GVM_ASSERT(failed == 0);
    g1_jac h[SIZE];
    fr(*k)[STRIDE] = malloc(SIZE * sizeof *k), column[SIZE];
    if (k == NULL) return GVM_ERR_NOMEM;
    for (size_t offset = 0; offset < STRIDE; offset++) {
        circulant(column, coefficients, offset);
        for (size_t i = 0; i < SIZE; i++) k[i][offset] = column[i];
    }
    for (size_t i = 0; i < SIZE; i++) GVM_TRY_GOTO(gvm_kzg_msm(&h[i], table[i], k[i], STRIDE));
    backward(h);
    memset(h + HALF, 0, HALF * sizeof *h);
    forward(h);
    g1_aff aff[SIZE];
    fp tmp[SIZE];
    g1_to_aff_many(aff, h, tmp, SIZE);
    for (size_t i = 0; i < SIZE; i++) gvm_bls_g1_compress(proofs + GVM_KZG_POINT * i, &aff[i]);
fail:
    free(k);
    return status;
}
