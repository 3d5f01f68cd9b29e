/* BN254 is a Barreto-Naehrig curve with u = 4965661367192848881: y^2 = x^3 + 3 over Fp, and the
 * D-type twist y^2 = x^3 + 3 / (9 + i) over Fp2. What both pairing curves share is in
 * crypto/pairing/; here are the numbers of this one, its decomposition of scalars, its loop and its
 * final exponentiation, and the EVM's encodings.
 *
 * G1 has prime order, so a point on the curve is in the group. G2 is told from the rest of the
 * twist by an equation between multiples under the Frobenius endomorphism psi (El Housni,
 * Guillevic, Piellard, ePrint 2022/352), which costs one multiplication by the 63-bit u. */
#include "crypto/bn254.h"

#include "base/bytes.h"

#include "crypto/pairing/bn254_constants.inc"

#define FT       fp
#define FT_N     4
#define FT_BYTES 32
#define FT_M     BN_P_M
#define FT_R2    BN_P_R2
#define FT_ONE   BN_P_ONE
#include "crypto/pairing/fp_template.h"

#define U_PARAMETER 4965661367192848881ull

/* (9 + i)(a0 + a1 i) */
#define PAIRING_MUL_XI(r, a) mul_xi(&(r)->c0, &(r)->c1, &(a)->c0, &(a)->c1)
static inline void mul_xi(fp *r0, fp *r1, const fp *a0, const fp *a1) {
    fp s, t;
    fp_dbl(&s, a0);
    fp_dbl(&s, &s);
    fp_dbl(&s, &s);
    fp_add(&s, &s, a0);
    fp_dbl(&t, a1);
    fp_dbl(&t, &t);
    fp_dbl(&t, &t);
    fp_add(&t, &t, a1);
    fp_sub(&s, &s, a1);
    fp_add(r1, &t, a0);
    *r0 = s;
}

#include "crypto/pairing/tower.h"

static const fp B = BN_B, B3 = BN_B3, BETA = BN_BETA;
static const fp2 TWIST_B = BN_TWIST_B, TWIST_B3 = BN_TWIST_B3;

#define CT    g1
#define CF    fp
#define CT_B  B
#define CT_B3 B3
#include "crypto/pairing/curve_template.h"

#define CT    g2
#define CF    fp2
#define CT_B  TWIST_B
#define CT_B3 TWIST_B3
#include "crypto/pairing/curve_template.h"

#define PAIRING_D_TWIST      1
#define PAIRING_MUL_3B(r, a) fp2_mul(r, a, &TWIST_B3)
#include "crypto/pairing/miller.h"

/* ---- encodings */

static gvm_status read_fp(fp *r, const uint8_t *in) {
    return fp_from_be(r, in) ? GVM_OK : GVM_ERR_RANGE;
}

static gvm_status read_g1(g1_aff *r, const uint8_t in[64]) {
    GVM_TRY(read_fp(&r->x, in));
    GVM_TRY(read_fp(&r->y, in + 32));
    return g1_aff_on_curve(r) ? GVM_OK : GVM_ERR_POINT;
}

static void write_g1(uint8_t out[64], const g1_aff *p) {
    fp_to_be(out, &p->x);
    fp_to_be(out + 32, &p->y);
}

/* psi(x, y): the Frobenius endomorphism of the twist. */
static void psi(g2_aff *r, const g2_aff *p) {
    fp2_conj(&r->x, &p->x);
    fp2_conj(&r->y, &p->y);
    fp2_mul(&r->x, &r->x, &FROBENIUS[0][1]);
    fp2_mul(&r->y, &r->y, &FROBENIUS[0][2]);
}

static void psi_jac(g2_jac *r, const g2_jac *p) {
    fp2_conj(&r->x, &p->x);
    fp2_conj(&r->y, &p->y);
    fp2_conj(&r->z, &p->z);
    fp2_mul(&r->x, &r->x, &FROBENIUS[0][1]);
    fp2_mul(&r->y, &r->y, &FROBENIUS[0][2]);
}

/* [u + 1] Q + psi([u] Q) + psi^2([u] Q) = psi^3([2 u] Q) */
static bool in_g2(const g2_aff *q) {
    static const uint64_t u[1] = {U_PARAMETER};
    g2_jac uq, left, t;
    g2_straus(&uq, q, u, 1, 1);
    g2_add_aff(&left, &uq, q);
    psi_jac(&t, &uq);
    g2_add(&left, &left, &t);
    psi_jac(&t, &t);
    g2_add(&left, &left, &t);
    psi_jac(&t, &t);
    g2_dbl(&t, &t);
    return g2_equal(&left, &t);
}

static gvm_status read_g2(g2_aff *r, const uint8_t in[128]) {
    GVM_TRY(read_fp(&r->x.c1, in));
    GVM_TRY(read_fp(&r->x.c0, in + 32));
    GVM_TRY(read_fp(&r->y.c1, in + 64));
    GVM_TRY(read_fp(&r->y.c0, in + 96));
    return g2_aff_on_curve(r) && in_g2(r) ? GVM_OK : GVM_ERR_POINT;
}

/* The scalar modulo r. 2^256 < 6 r. */
static void read_scalar(uint64_t k[4], const uint8_t in[32]) {
    for (int i = 0; i < 4; i++) k[3 - i] = gvm_load_be64(in + 8 * i);
    uint64_t t[4];
    while (gvm_mp_sub(t, k, BN_R_M, 4) == 0) memcpy(k, t, sizeof t);
}

/* ---- multiplication by two half scalars */

/* r (3 limbs) += or -= a b, modulo 2^192. */
static void mul_acc(uint64_t r[3], const uint64_t a[3], const uint64_t b[3], bool subtract) {
    uint64_t w[3] = {0};
    for (int i = 0; i < 3; i++) {
        uint64_t c = 0;
        for (int j = 0; i + j < 3; j++) {
            gvm_u128 v = (gvm_u128)a[i] * b[j] + w[i + j] + c;
            w[i + j] = (uint64_t)v;
            c = (uint64_t)(v >> 64);
        }
    }
    if (subtract)
        (void)gvm_mp_sub(r, r, w, 3);
    else
        (void)gvm_mp_add(r, r, w, 3);
}

/* c = k g / 2^256 */
static void mul_high(uint64_t c[3], const uint64_t k[4], const uint64_t g[3]) {
    uint64_t w[7] = {0};
    for (int i = 0; i < 3; i++) {
        uint64_t carry = 0;
        for (int j = 0; j < 4; j++) {
            gvm_u128 v = (gvm_u128)g[i] * k[j] + w[i + j] + carry;
            w[i + j] = (uint64_t)v;
            carry = (uint64_t)(v >> 64);
        }
        w[i + 4] = carry;
    }
    memcpy(c, w + 4, 3 * sizeof *c);
}

/* Makes v positive; true where it was not. */
static bool make_positive(uint64_t v[3]) {
    static const uint64_t zero[3];
    if (v[2] >> 63 == 0) return false;
    (void)gvm_mp_sub(v, zero, v, 3);
    return true;
}

static void g1_mul(g1_jac *r, const g1_aff *p, const uint64_t k[4]) {
    uint64_t c1[3], c2[3], k1[3] = {k[0], k[1], k[2]}, k2[3] = {0}, both[6];
    g1_aff pts[2] = {*p, *p};
    mul_high(c1, k, BN_GLV_G1);
    mul_high(c2, k, BN_GLV_G2);
    mul_acc(k1, c1, BN_GLV_V1A, !BN_GLV_V1A_NEG);
    mul_acc(k1, c2, BN_GLV_V2A, !BN_GLV_V2A_NEG);
    mul_acc(k2, c1, BN_GLV_V1B, !BN_GLV_V1B_NEG);
    mul_acc(k2, c2, BN_GLV_V2B, !BN_GLV_V2B_NEG);
    fp_mul(&pts[1].x, &pts[1].x, &BETA);
    if (make_positive(k1)) g1_aff_neg(&pts[0], &pts[0]);
    if (make_positive(k2)) g1_aff_neg(&pts[1], &pts[1]);
    memcpy(both, k1, sizeof k1);
    memcpy(both + 3, k2, sizeof k2);
    g1_straus(r, pts, both, 3, 2);
}

gvm_status gvm_bn254_add(uint8_t out[64], const uint8_t in[128]) {
    g1_aff p, q;
    GVM_TRY(read_g1(&p, in));
    GVM_TRY(read_g1(&q, in + 64));
    g1_aff_sum(&p, &p, &q);
    write_g1(out, &p);
    return GVM_OK;
}

gvm_status gvm_bn254_mul(uint8_t out[64], const uint8_t in[96]) {
    g1_aff p;
    uint64_t k[4];
    GVM_TRY(read_g1(&p, in));
    read_scalar(k, in + 64);
    g1_jac r;
    g1_mul(&r, &p, k);
    g1_to_aff(&p, &r);
    write_g1(out, &p);
    return GVM_OK;
}

gvm_status gvm_bn254_g2_mul(uint8_t out[128], const uint8_t in[160]) {
    g2_aff q;
    uint64_t k[4];
    GVM_TRY(read_g2(&q, in));
    read_scalar(k, in + 128);
    g2_jac r;
    g2_straus(&r, &q, k, 4, 1);
    g2_to_aff(&q, &r);
    fp_to_be(out, &q.x.c1);
    fp_to_be(out + 32, &q.x.c0);
    fp_to_be(out + 64, &q.y.c1);
    fp_to_be(out + 96, &q.y.c0);
    return GVM_OK;
}

/* ---- pairing */

/* 6 u + 2 in signed digits, lowest first. */
static const int8_t LOOP[] = {0,  0,  0,  1, 0,  1, 0,  -1, 0,  0, -1, 0, 0,  0,  1, 0, 0,
                              -1, 0,  -1, 0, 0,  0, 1,  0,  -1, 0, 0,  0, 0,  -1, 0, 0, 1,
                              0,  -1, 0,  0, 1,  0, 0,  0,  0,  0, -1, 0, 0,  -1, 0, 1, 0,
                              -1, 0,  0,  0, -1, 0, -1, 0,  0,  0, 1,  0, -1, 0,  1};

static void miller_loop(fp12 *f, miller_pair *m, size_t n) {
    fp12_one(f);
    for (int i = (int)(sizeof LOOP) - 2; i >= 0; i--) {
        fp12_sqr(f, f);
        miller_step_double(f, m, n);
        if (LOOP[i] != 0) miller_step_add(f, m, n, LOOP[i]);
    }
    for (size_t i = 0; i < n; i++) {
        miller_line l;
        g2_aff q;
        psi(&q, &m[i].q);
        miller_add(&m[i], &l, &q);
        miller_mul_line(f, &l, &m[i].p);
        psi(&q, &q);
        g2_aff_neg(&q, &q);
        miller_add(&m[i], &l, &q);
        miller_mul_line(f, &l, &m[i].p);
    }
}

/* r = a^-u */
static void pow_neg_u(fp12 *r, const fp12 *a) {
    fp12_cyclo_pow_u64(r, a, U_PARAMETER);
    fp12_conj(r, r);
}

/* A power of f^((p^12 - 1) / r) prime to r: Fuentes-Castaneda, Knapp, Rodriguez-Henriquez (SAC
 * 2011). The exponent of this very chain is checked by scripts/curve_constants. */
static void final_exponentiation(fp12 *r, const fp12 *f) {
    fp12 a, y1, y3, y4, y6, y8, y9, t;
    fp12_easy_part(&a, f);
    pow_neg_u(&t, &a);
    fp12_cyclo_sqr(&y1, &t);
    fp12_cyclo_sqr(&t, &y1);
    fp12_mul(&y3, &t, &y1);
    pow_neg_u(&y4, &y3);
    fp12_cyclo_sqr(&t, &y4);
    pow_neg_u(&y6, &t);
    fp12_conj(&y3, &y3);
    fp12_conj(&y6, &y6);
    fp12_mul(&t, &y6, &y4);
    fp12_mul(&y8, &t, &y3);
    fp12_mul(&y9, &y8, &y1);
    fp12_mul(r, &y8, &y4);
    fp12_mul(r, r, &a);
    fp12_frobenius(&t, &y9, 1);
    fp12_mul(r, r, &t);
    fp12_frobenius(&t, &y8, 2);
    fp12_mul(r, r, &t);
    fp12_conj(&a, &a);
    fp12_mul(&t, &a, &y9);
    fp12_frobenius(&t, &t, 3);
    fp12_mul(r, r, &t);
}

gvm_status gvm_bn254_pairing_check(bool *ok, const uint8_t *pairs, size_t n) {
    enum { CHUNK = 8 };
    miller_pair chunk[CHUNK];
    size_t used = 0;
    fp12 product, f;
    fp12_one(&product);
    for (size_t i = 0; i < n; i++) {
        const uint8_t *in = pairs + i * GVM_BN254_PAIR;
        g1_aff p;
        g2_aff q;
        GVM_TRY(read_g1(&p, in));
        GVM_TRY(read_g2(&q, in + 64));
        if (!g1_aff_is_inf(&p) && !g2_aff_is_inf(&q)) miller_start(&chunk[used++], &p, &q);
        if (used == CHUNK || (i + 1 == n && used > 0)) {
            miller_loop(&f, chunk, used);
            fp12_mul(&product, &product, &f);
            used = 0;
        }
    }
    final_exponentiation(&f, &product);
    *ok = fp12_is_one(&f);
    return GVM_OK;
}
