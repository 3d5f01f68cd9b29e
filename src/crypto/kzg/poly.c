/* Polynomials over the scalar field of BLS12-381. Blobs hold values in bit-reversed order, which is
 * what a transform by decimation in frequency leaves and one by decimation in time takes: nothing
 * is ever permuted. */
#include "crypto/kzg/kzg_core.h"

#include <pthread.h>

static fr roots[KZG_EXT], inverse_lengths[KZG_EXT_LOG + 1];
static pthread_once_t roots_once = PTHREAD_ONCE_INIT;

static void make_roots(void) {
    static const fr w = BLS_ROOT_8192;
    fr half, two;
    fr_one(&roots[0]);
    for (size_t i = 1; i < KZG_EXT; i++) fr_mul(&roots[i], &roots[i - 1], &w);
    fr_set_u64(&two, 2);
    fr_inv_var(&half, &two);
    fr_one(&inverse_lengths[0]);
    for (size_t i = 1; i <= KZG_EXT_LOG; i++)
        fr_mul(&inverse_lengths[i], &inverse_lengths[i - 1], &half);
}

const fr *gvm_kzg_roots(void) {
    int failed = pthread_once(&roots_once, make_roots);
    GVM_ASSERT(failed == 0);
    return roots;
}

uint32_t gvm_kzg_reverse_bits(uint32_t v, int bits) {
    uint32_t r = 0;
    for (int i = 0; i < bits; i++) r |= (v >> i & 1) << (bits - 1 - i);
    return r;
}

void gvm_kzg_fft_forward(fr *a, int log) {
    const fr *w = gvm_kzg_roots();
    size_t n = (size_t)1 << log;
    for (size_t half = n / 2; half > 0; half /= 2) {
        size_t step = KZG_EXT / (2 * half);
        for (size_t start = 0; start < n; start += 2 * half) {
            for (size_t j = 0; j < half; j++) {
                fr *x = &a[start + j], *y = x + half, t;
                fr_sub(&t, x, y);
                fr_add(x, x, y);
                fr_mul(y, &t, &w[j * step]);
            }
        }
    }
}

void gvm_kzg_fft_backward(fr *a, int log) {
    const fr *w = gvm_kzg_roots();
    size_t n = (size_t)1 << log;
    for (size_t half = 1; half < n; half *= 2) {
        size_t step = KZG_EXT / (2 * half);
        for (size_t start = 0; start < n; start += 2 * half) {
            for (size_t j = 0; j < half; j++) {
                fr *x = &a[start + j], *y = x + half, t;
                fr_mul(&t, y, &w[(KZG_EXT - j * step) % KZG_EXT]);
                fr_sub(y, x, &t);
                fr_add(x, x, &t);
            }
        }
    }
    for (size_t i = 0; i < n; i++) fr_mul(&a[i], &a[i], &inverse_lengths[log]);
}

void gvm_kzg_invert_many(fr *r, const fr *a, size_t n) {
    fr acc;
    fr_one(&acc);
    for (size_t i = 0; i < n; i++) {
        r[i] = acc;
        fr_mul(&acc, &acc, &a[i]);
    }
    fr_inv_var(&acc, &acc);
    for (size_t i = n; i-- > 0;) {
        fr_mul(&r[i], &r[i], &acc);
        fr_mul(&acc, &acc, &a[i]);
    }
}

gvm_status gvm_kzg_read_elements(fr *r, const uint8_t *in, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (!fr_from_be(&r[i], in + GVM_KZG_ELEMENT * i)) return GVM_ERR_RANGE;
    return GVM_OK;
}

/* y = (z^n - 1) / n * sum v_i w_i / (z - w_i), or v_i where z = w_i. */
gvm_status gvm_kzg_evaluate(fr *y, const fr *values, const fr *z) {
    const fr *w = gvm_kzg_roots();
    fr *den = malloc(2 * KZG_N * sizeof *den), *inv = den + KZG_N, sum, t, one;
    if (den == NULL) return GVM_ERR_NOMEM;
    for (uint32_t i = 0; i < KZG_N; i++) {
        fr_sub(&den[i], z, &w[2 * gvm_kzg_reverse_bits(i, KZG_EXT_LOG - 1)]);
        if (fr_is_zero(&den[i])) {
            *y = values[i];
            free(den);
            return GVM_OK;
        }
    }
    gvm_kzg_invert_many(inv, den, KZG_N);
    fr_zero(&sum);
    for (uint32_t i = 0; i < KZG_N; i++) {
        fr_mul(&t, &values[i], &w[2 * gvm_kzg_reverse_bits(i, KZG_EXT_LOG - 1)]);
        fr_mul(&t, &t, &inv[i]);
        fr_add(&sum, &sum, &t);
    }
    t = *z;
    for (int i = 0; i < KZG_EXT_LOG - 1; i++) fr_sqr(&t, &t);
    fr_one(&one);
    fr_sub(&t, &t, &one);
    fr_mul(&t, &t, &inverse_lengths[KZG_EXT_LOG - 1]);
    fr_mul(y, &sum, &t);
    free(den);
    return GVM_OK;
}

void gvm_kzg_hash_to_fr(fr *r, const gvm_hash *h) {
    bls_scalar k;
    gvm_bls_scalar_reduce(&k, h->b);
    fr_from_limbs(r, k.l);
}

gvm_status gvm_kzg_read_point(g1_aff *r, const uint8_t in[48]) {
    GVM_TRY(gvm_bls_g1_decompress(r, in));
    return gvm_bls_in_g1(r) ? GVM_OK : GVM_ERR_POINT;
}

void gvm_kzg_write_point(uint8_t out[48], const g1_jac *p) {
    g1_aff a;
    g1_to_aff(&a, p);
    gvm_bls_g1_compress(out, &a);
}

gvm_status gvm_kzg_msm(g1_jac *r, const g1_aff *p, const fr *k, size_t n) {
    bls_scalar few[4] = {0}, *ks = n <= 4 ? few : malloc(n * sizeof *ks);
    if (ks == NULL) return GVM_ERR_NOMEM;
    for (size_t i = 0; i < n; i++) gvm_bls_scalar_from_fr(&ks[i], &k[i]);
    bool ok = gvm_bls_g1_msm(r, p, ks, n);
    if (ks != few) free(ks);
    return ok ? GVM_OK : GVM_ERR_NOMEM;
}
