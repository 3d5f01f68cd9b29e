/* Fp2 = Fp[i]/(i^2 + 1), Fp6 = Fp2[v]/(v^3 - xi), Fp12 = Fp6[w]/(w^2 - v), over a field fp that the
 * includer has made (fp_template.h). The includer also defines, before this header:
 *
 *     PAIRING_MUL_XI(r, a)      over fp2: r = xi a
 *     FROBENIUS_TABLE           fp2[3][5]: xi^(k (p^j - 1) / 6) for j = 1, 2, 3 and k = 1..5
 *
 * Products in Fp2 are three double-length products and two reductions (Karatsuba with lazy
 * reduction). Squarings in the cyclotomic subgroup are Granger and Scott's (ePrint 2009/565). */
#ifndef GVM_CRYPTO_PAIRING_TOWER_H
#define GVM_CRYPTO_PAIRING_TOWER_H

typedef struct fp2 {
    fp c0, c1;
} fp2;
typedef struct fp6 {
    fp2 c0, c1, c2;
} fp6;
typedef struct fp12 {
    fp6 c0, c1;
} fp12;

static const fp2 FROBENIUS[3][5] __attribute__((unused)) = FROBENIUS_TABLE;

#define TOWER_FN static __attribute__((unused)) void

/* ---- Fp2 */
static inline void fp2_add(fp2 *r, const fp2 *a, const fp2 *b) {
    fp_add(&r->c0, &a->c0, &b->c0);
    fp_add(&r->c1, &a->c1, &b->c1);
}
static inline void fp2_sub(fp2 *r, const fp2 *a, const fp2 *b) {
    fp_sub(&r->c0, &a->c0, &b->c0);
    fp_sub(&r->c1, &a->c1, &b->c1);
}
static inline void fp2_dbl(fp2 *r, const fp2 *a) {
    fp2_add(r, a, a);
}
static inline void fp2_neg(fp2 *r, const fp2 *a) {
    fp_neg(&r->c0, &a->c0);
    fp_neg(&r->c1, &a->c1);
}
static inline void fp2_conj(fp2 *r, const fp2 *a) {
    r->c0 = a->c0;
    fp_neg(&r->c1, &a->c1);
}
static inline void fp2_zero(fp2 *r) {
    memset(r, 0, sizeof *r);
}
static inline void fp2_one(fp2 *r) {
    fp_one(&r->c0);
    fp_zero(&r->c1);
}
static inline bool fp2_is_zero(const fp2 *a) {
    return fp_is_zero(&a->c0) && fp_is_zero(&a->c1);
}
static inline bool fp2_equal(const fp2 *a, const fp2 *b) {
    return fp_equal(&a->c0, &b->c0) && fp_equal(&a->c1, &b->c1);
}
static inline void fp2_cmov(fp2 *r, const fp2 *a, uint64_t mask) {
    fp_cmov(&r->c0, &a->c0, mask);
    fp_cmov(&r->c1, &a->c1, mask);
}
static __attribute__((noinline, unused)) void fp2_mul(fp2 *r, const fp2 *a, const fp2 *b) {
    fp_wide t0, t1, t2;
    fp s, t;
    fp_add_lazy(&s, &a->c0, &a->c1);
    fp_add_lazy(&t, &b->c0, &b->c1);
    fp_mul_wide(&t0, &a->c0, &b->c0);
    fp_mul_wide(&t1, &a->c1, &b->c1);
    fp_mul_wide(&t2, &s, &t);
    fp_wide_sub(&t2, &t2, &t0);
    fp_wide_sub(&t2, &t2, &t1);
    fp_wide_sub(&t0, &t0, &t1);
    fp_redc(&r->c0, &t0);
    fp_redc(&r->c1, &t2);
}
static __attribute__((noinline, unused)) void fp2_sqr(fp2 *r, const fp2 *a) {
    fp s, d, t;
    fp_add_lazy(&s, &a->c0, &a->c1);
    fp_sub(&d, &a->c0, &a->c1);
    fp_add_lazy(&t, &a->c0, &a->c0);
    fp_mul(&r->c1, &t, &a->c1);
    fp_mul(&r->c0, &s, &d);
}
static inline void fp2_mul_fp(fp2 *r, const fp2 *a, const fp *b) {
    fp_mul(&r->c0, &a->c0, b);
    fp_mul(&r->c1, &a->c1, b);
}
static inline void fp2_mul_xi(fp2 *r, const fp2 *a) {
    PAIRING_MUL_XI(r, a);
}

/* 1/a; by fp_inv_var where `var`. */
static inline void fp2_invert(fp2 *r, const fp2 *a, bool var) {
    fp t0, t1;
    fp_sqr(&t0, &a->c0);
    fp_sqr(&t1, &a->c1);
    fp_add(&t0, &t0, &t1);
    if (var)
        fp_inv_var(&t0, &t0);
    else
        fp_inv(&t0, &t0);
    fp_mul(&r->c0, &a->c0, &t0);
    fp_neg(&t0, &t0);
    fp_mul(&r->c1, &a->c1, &t0);
}
static inline void fp2_inv(fp2 *r, const fp2 *a) {
    fp2_invert(r, a, false);
}
static inline void fp2_inv_var(fp2 *r, const fp2 *a) {
    fp2_invert(r, a, true);
}

/* ---- Fp6 */
static inline void fp6_add(fp6 *r, const fp6 *a, const fp6 *b) {
    fp2_add(&r->c0, &a->c0, &b->c0);
    fp2_add(&r->c1, &a->c1, &b->c1);
    fp2_add(&r->c2, &a->c2, &b->c2);
}
static inline void fp6_sub(fp6 *r, const fp6 *a, const fp6 *b) {
    fp2_sub(&r->c0, &a->c0, &b->c0);
    fp2_sub(&r->c1, &a->c1, &b->c1);
    fp2_sub(&r->c2, &a->c2, &b->c2);
}
static inline void fp6_neg(fp6 *r, const fp6 *a) {
    fp2_neg(&r->c0, &a->c0);
    fp2_neg(&r->c1, &a->c1);
    fp2_neg(&r->c2, &a->c2);
}
static inline void fp6_mul_v(fp6 *r, const fp6 *a) {
    fp2 t;
    fp2_mul_xi(&t, &a->c2);
    r->c2 = a->c1;
    r->c1 = a->c0;
    r->c0 = t;
}
/* r = (a + b)(c + d) - e - f over Fp2: one cross term of Karatsuba. */
static inline void fp2_cross(fp2 *r, const fp2 *a, const fp2 *b, const fp2 *c, const fp2 *d,
                             const fp2 *e, const fp2 *f) {
    fp2 s, t;
    fp2_add(&s, a, b);
    fp2_add(&t, c, d);
    fp2_mul(&s, &s, &t);
    fp2_sub(&s, &s, e);
    fp2_sub(r, &s, f);
}
static __attribute__((noinline, unused)) void fp6_mul(fp6 *r, const fp6 *a, const fp6 *b) {
    fp2 v0, v1, v2, x, y, z;
    fp2_mul(&v0, &a->c0, &b->c0);
    fp2_mul(&v1, &a->c1, &b->c1);
    fp2_mul(&v2, &a->c2, &b->c2);
    fp2_cross(&x, &a->c1, &a->c2, &b->c1, &b->c2, &v1, &v2);
    fp2_cross(&y, &a->c0, &a->c1, &b->c0, &b->c1, &v0, &v1);
    fp2_cross(&z, &a->c0, &a->c2, &b->c0, &b->c2, &v0, &v2);
    fp2_mul_xi(&x, &x);
    fp2_add(&r->c0, &v0, &x);
    fp2_mul_xi(&v2, &v2);
    fp2_add(&r->c1, &y, &v2);
    fp2_add(&r->c2, &z, &v1);
}
/* a * (b0 + b1 v) */
TOWER_FN fp6_mul_01(fp6 *r, const fp6 *a, const fp2 *b0, const fp2 *b1) {
    fp2 v0, v1, x, y, z;
    fp2_mul(&v0, &a->c0, b0);
    fp2_mul(&v1, &a->c1, b1);
    fp2_mul(&x, &a->c2, b1);
    fp2_cross(&y, &a->c0, &a->c1, b0, b1, &v0, &v1);
    fp2_mul(&z, &a->c2, b0);
    fp2_mul_xi(&x, &x);
    fp2_add(&r->c0, &v0, &x);
    r->c1 = y;
    fp2_add(&r->c2, &z, &v1);
}
/* a * (b1 v) */
TOWER_FN fp6_mul_1(fp6 *r, const fp6 *a, const fp2 *b1) {
    fp2 t;
    fp2_mul(&t, &a->c2, b1);
    fp2_mul(&r->c2, &a->c1, b1);
    fp2_mul(&r->c1, &a->c0, b1);
    fp2_mul_xi(&r->c0, &t);
}
/* a * b0 */
TOWER_FN fp6_mul_0(fp6 *r, const fp6 *a, const fp2 *b0) {
    fp2_mul(&r->c0, &a->c0, b0);
    fp2_mul(&r->c1, &a->c1, b0);
    fp2_mul(&r->c2, &a->c2, b0);
}
TOWER_FN fp6_inv_var(fp6 *r, const fp6 *a) {
    fp2 c0, c1, c2, t;
    fp2_sqr(&c0, &a->c0);
    fp2_mul(&t, &a->c1, &a->c2);
    fp2_mul_xi(&t, &t);
    fp2_sub(&c0, &c0, &t);
    fp2_sqr(&c1, &a->c2);
    fp2_mul_xi(&c1, &c1);
    fp2_mul(&t, &a->c0, &a->c1);
    fp2_sub(&c1, &c1, &t);
    fp2_sqr(&c2, &a->c1);
    fp2_mul(&t, &a->c0, &a->c2);
    fp2_sub(&c2, &c2, &t);
    fp2 n, s;
    fp2_mul(&n, &a->c2, &c1);
    fp2_mul(&s, &a->c1, &c2);
    fp2_add(&n, &n, &s);
    fp2_mul_xi(&n, &n);
    fp2_mul(&s, &a->c0, &c0);
    fp2_add(&n, &n, &s);
    fp2_inv_var(&n, &n);
    fp2_mul(&r->c0, &c0, &n);
    fp2_mul(&r->c1, &c1, &n);
    fp2_mul(&r->c2, &c2, &n);
}

/* ---- Fp12 */
static inline void fp12_one(fp12 *r) {
    memset(r, 0, sizeof *r);
    fp2_one(&r->c0.c0);
}
static inline bool fp12_is_one(const fp12 *a) {
    fp12 one;
    fp12_one(&one);
    return memcmp(a, &one, sizeof one) == 0;
}
/* a^(p^6); the inverse, in the cyclotomic subgroup. */
static inline void fp12_conj(fp12 *r, const fp12 *a) {
    r->c0 = a->c0;
    fp6_neg(&r->c1, &a->c1);
}
static __attribute__((noinline, unused)) void fp12_mul(fp12 *r, const fp12 *a, const fp12 *b) {
    fp6 v0, v1, s, t;
    fp6_mul(&v0, &a->c0, &b->c0);
    fp6_mul(&v1, &a->c1, &b->c1);
    fp6_add(&s, &a->c0, &a->c1);
    fp6_add(&t, &b->c0, &b->c1);
    fp6_mul(&s, &s, &t);
    fp6_sub(&s, &s, &v0);
    fp6_sub(&r->c1, &s, &v1);
    fp6_mul_v(&v1, &v1);
    fp6_add(&r->c0, &v0, &v1);
}
static __attribute__((noinline, unused)) void fp12_sqr(fp12 *r, const fp12 *a) {
    fp6 ab, s, t;
    fp6_mul(&ab, &a->c0, &a->c1);
    fp6_add(&s, &a->c0, &a->c1);
    fp6_mul_v(&t, &a->c1);
    fp6_add(&t, &t, &a->c0);
    fp6_mul(&s, &s, &t);
    fp6_sub(&s, &s, &ab);
    fp6_mul_v(&t, &ab);
    fp6_sub(&r->c0, &s, &t);
    fp6_add(&r->c1, &ab, &ab);
}
TOWER_FN fp12_inv_var(fp12 *r, const fp12 *a) {
    fp6 s, t;
    fp6_mul(&s, &a->c0, &a->c0);
    fp6_mul(&t, &a->c1, &a->c1);
    fp6_mul_v(&t, &t);
    fp6_sub(&s, &s, &t);
    fp6_inv_var(&s, &s);
    fp6_mul(&r->c0, &a->c0, &s);
    fp6_neg(&s, &s);
    fp6_mul(&r->c1, &a->c1, &s);
}
/* (a + b s)^2 in Fp4 = Fp2[s]/(s^2 - xi) */
static inline void fp4_sqr(fp2 *r0, fp2 *r1, const fp2 *a, const fp2 *b) {
    fp2 t0, t1, s;
    fp2_sqr(&t0, a);
    fp2_sqr(&t1, b);
    fp2_add(&s, a, b);
    fp2_sqr(&s, &s);
    fp2_sub(&s, &s, &t0);
    fp2_sub(r1, &s, &t1);
    fp2_mul_xi(&t1, &t1);
    fp2_add(r0, &t0, &t1);
}
/* r = 3 t - 2 a, or 3 t + 2 a */
static inline void cyclo_minus(fp2 *r, const fp2 *t, const fp2 *a) {
    fp2 d;
    fp2_sub(&d, t, a);
    fp2_dbl(&d, &d);
    fp2_add(r, &d, t);
}
static inline void cyclo_plus(fp2 *r, const fp2 *t, const fp2 *a) {
    fp2 d;
    fp2_add(&d, t, a);
    fp2_dbl(&d, &d);
    fp2_add(r, &d, t);
}
/* a^2 for a in the cyclotomic subgroup. */
static __attribute__((noinline, unused)) void fp12_cyclo_sqr(fp12 *r, const fp12 *a) {
    fp2 t0, t1, t2, t3, t4, t5;
    fp4_sqr(&t0, &t1, &a->c0.c0, &a->c1.c1);
    fp4_sqr(&t2, &t3, &a->c1.c0, &a->c0.c2);
    fp4_sqr(&t4, &t5, &a->c0.c1, &a->c1.c2);
    cyclo_minus(&r->c0.c0, &t0, &a->c0.c0);
    cyclo_plus(&r->c1.c1, &t1, &a->c1.c1);
    cyclo_minus(&r->c0.c1, &t2, &a->c0.c1);
    cyclo_plus(&r->c1.c2, &t3, &a->c1.c2);
    cyclo_minus(&r->c0.c2, &t4, &a->c0.c2);
    fp2_mul_xi(&t5, &t5);
    cyclo_plus(&r->c1.c0, &t5, &a->c1.c0);
}
/* a^(p^j), j = 1, 2, 3 */
TOWER_FN fp12_frobenius(fp12 *r, const fp12 *a, int j) {
    const fp2 *in[6] = {&a->c0.c0, &a->c1.c0, &a->c0.c1, &a->c1.c1, &a->c0.c2, &a->c1.c2};
    fp2 *out[6] = {&r->c0.c0, &r->c1.c0, &r->c0.c1, &r->c1.c1, &r->c0.c2, &r->c1.c2};
    for (int k = 0; k < 6; k++) {
        fp2 t = *in[k];
        if (j & 1) fp2_conj(&t, &t);
        if (k != 0) fp2_mul(&t, &t, &FROBENIUS[j - 1][k - 1]);
        *out[k] = t;
    }
}
/* a^(p^6 - 1)(p^2 + 1): into the cyclotomic subgroup. */
TOWER_FN fp12_easy_part(fp12 *r, const fp12 *a) {
    fp12 t, u;
    fp12_inv_var(&t, a);
    fp12_conj(&u, a);
    fp12_mul(&t, &t, &u);
    fp12_frobenius(&u, &t, 2);
    fp12_mul(r, &u, &t);
}
/* a^e for a in the cyclotomic subgroup, e's top bit first; by signed digits (NAF). */
TOWER_FN fp12_cyclo_pow_u64(fp12 *r, const fp12 *a, uint64_t e) {
    int8_t naf[66];
    int n = 0;
    for (gvm_u128 v = e; v != 0; v >>= 1) {
        int d = 0;
        if (v & 1) {
            d = (v & 3) == 3 ? -1 : 1;
            v = d < 0 ? v + 1 : v - 1;
        }
        naf[n++] = (int8_t)d;
    }
    fp12 inv, acc = *a;
    fp12_conj(&inv, a);
    for (int i = n - 2; i >= 0; i--) {
        fp12_cyclo_sqr(&acc, &acc);
        if (naf[i] != 0) fp12_mul(&acc, &acc, naf[i] > 0 ? a : &inv);
    }
    *r = acc;
}

#endif
