/* The optimal ate pairing of BLS12-381, as far as checks need it: products of pairings compared
 * with one. */
#include "crypto/pairing/bls12_381_core.h"

/* 12 (1 + i) a */
static inline void mul_3b(fp2 *r, const fp2 *a) {
    fp2 t;
    fp2_mul_xi(&t, a);
    fp2_dbl(r, &t);
    fp2_add(&t, &t, r);
    fp2_dbl(&t, &t);
    fp2_dbl(r, &t);
}

#define PAIRING_D_TWIST      0
#define PAIRING_MUL_3B(r, a) mul_3b(r, a)
#include "crypto/pairing/miller.h"

/* f_{|x|}; the sign of x is a conjugation, left to the caller. */
static void miller_loop(fp12 *f, miller_pair *m, size_t n) {
    fp12_one(f);
    for (int i = 62; i >= 0; i--) {
        if (i != 62) fp12_sqr(f, f);
        miller_step_double(f, m, n);
        if ((BLS_X >> i & 1) != 0) miller_step_add(f, m, n, 1);
    }
}

/* r = a^x */
static void pow_x(fp12 *r, const fp12 *a) {
    fp12_cyclo_pow_u64(r, a, BLS_X);
    fp12_conj(r, r);
}

/* f^(3 (p^12 - 1) / r): the hard part is (x - 1)^2 (x + p) (x^2 + p^2 - 1) + 3, Hayashida,
 * Hayasaka, Teruya (ePrint 2020/875). */
static void final_exponentiation(fp12 *r, const fp12 *f) {
    fp12 a, t, u, v;
    fp12_easy_part(&a, f);
    pow_x(&t, &a);
    fp12_conj(&u, &a);
    fp12_mul(&t, &t, &u);
    pow_x(&v, &t);
    fp12_conj(&u, &t);
    fp12_mul(&t, &v, &u);
    pow_x(&v, &t);
    fp12_frobenius(&u, &t, 1);
    fp12_mul(&t, &v, &u);
    pow_x(&v, &t);
    pow_x(&v, &v);
    fp12_frobenius(&u, &t, 2);
    fp12_mul(&v, &v, &u);
    fp12_conj(&u, &t);
    fp12_mul(&v, &v, &u);
    fp12_cyclo_sqr(&u, &a);
    fp12_mul(&u, &u, &a);
    fp12_mul(r, &v, &u);
}

static void flush(bls_pairing *b) {
    miller_pair m[GVM_BLS_PAIRING_CHUNK];
    fp12 f;
    if (b->used == 0) return;
    for (size_t i = 0; i < b->used; i++) miller_start(&m[i], &b->p[i], &b->q[i]);
    miller_loop(&f, m, b->used);
    fp12_mul(&b->product, &b->product, &f);
    b->used = 0;
}

void gvm_bls_pairing_init(bls_pairing *b) {
    fp12_one(&b->product);
    b->used = 0;
}

void gvm_bls_pairing_add(bls_pairing *b, const g1_aff *p, const g2_aff *q) {
    if (g1_aff_is_inf(p) || g2_aff_is_inf(q)) return;
    b->p[b->used] = *p;
    b->q[b->used] = *q;
    if (++b->used == GVM_BLS_PAIRING_CHUNK) flush(b);
}

/* Whether a product is one does not depend on the conjugation of its factors, so x's sign is left
 * out. */
bool gvm_bls_pairing_finish(bls_pairing *b) {
    fp12 f;
    flush(b);
    final_exponentiation(&f, &b->product);
    return fp12_is_one(&f);
}

bool gvm_bls_pairing_is_one(const g1_aff *p, const g2_aff *q, size_t n) {
    bls_pairing b;
    gvm_bls_pairing_init(&b);
    for (size_t i = 0; i < n; i++) gvm_bls_pairing_add(&b, &p[i], &q[i]);
    return gvm_bls_pairing_finish(&b);
}

static void store(fp2 to[3], const miller_line *l) {
    to[0] = l->c;
    to[1] = l->x;
    to[2] = l->y;
}

void gvm_bls_prepare(bls_prepared *r, const g2_aff *q) {
    miller_pair m;
    miller_line l;
    size_t n = 0;
    miller_start(&m, &gvm_bls_g1_generator, q);
    for (int i = 62; i >= 0; i--) {
        miller_double(&m, &l);
        store(r->lines[n++], &l);
        if ((BLS_X >> i & 1) == 0) continue;
        miller_add(&m, &l, q);
        store(r->lines[n++], &l);
    }
    GVM_ASSERT(n == GVM_BLS_LINES);
}

static void mul_stored(fp12 *f, const g1_aff *p, const bls_prepared *const *q, size_t n,
                       size_t at) {
    for (size_t i = 0; i < n; i++) {
        const fp2 *from = q[i]->lines[at];
        const miller_line l = {from[0], from[1], from[2]};
        if (!g1_aff_is_inf(&p[i])) miller_mul_line(f, &l, &p[i]);
    }
}

bool gvm_bls_prepared_is_one(const g1_aff *p, const bls_prepared *const *q, size_t n) {
    fp12 f;
    size_t at = 0;
    fp12_one(&f);
    for (int i = 62; i >= 0; i--) {
        if (i != 62) fp12_sqr(&f, &f);
        mul_stored(&f, p, q, n, at++);
        if ((BLS_X >> i & 1) != 0) mul_stored(&f, p, q, n, at++);
    }
    final_exponentiation(&f, &f);
    return fp12_is_one(&f);
}
