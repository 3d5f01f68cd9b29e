/* The groups of BLS12-381: membership, multiples by the endomorphisms, square roots, compressed
 * points.
 *
 * With X = |x| the order is X^4 - X^2 + 1, and phi(x, y) = (beta x, y) multiplies G1 by -X^2, psi
 * multiplies G2 by -X. So the digits of a scalar to the base X split it: into two halves for G1,
 * into four quarters for G2. The same equations tell the subgroups from the curves (Scott, ePrint
 * 2021/1130). */
#include "crypto/pairing/bls12_381_core.h"

static const fp BETA = BLS_BETA;
static const fp2 PSI_X = BLS_PSI_X, PSI_Y = BLS_PSI_Y;

const g1_aff gvm_bls_g1_generator = {BLS_G1_X, BLS_G1_Y};
const g2_aff gvm_bls_g2_generator = {BLS_G2_X, BLS_G2_Y};

/* ---- scalars */

static void read_limbs(bls_scalar *r, const uint8_t in[32]) {
    for (int i = 0; i < 4; i++) r->l[3 - i] = gvm_load_be64(in + 8 * i);
}

/* Twice at most: 2^256 < 3 r. */
void gvm_bls_scalar_reduce(bls_scalar *r, const uint8_t in[32]) {
    read_limbs(r, in);
    for (int i = 0; i < 2; i++) {
        uint64_t t[4];
        uint64_t mask = gvm_mp_sub(t, r->l, BLS_R_M, 4) - 1;
        for (int j = 0; j < 4; j++) r->l[j] ^= (r->l[j] ^ t[j]) & mask;
    }
}

bool gvm_bls_scalar_read(bls_scalar *r, const uint8_t in[32]) {
    read_limbs(r, in);
    return gvm_mp_less(r->l, BLS_R_M, 4);
}

void gvm_bls_scalar_from_fr(bls_scalar *r, const fr *a) {
    fr_canon(r->l, a);
}

/* q = (hi 2^64 + lo) / X, returns the rest; hi < X. */
static inline uint64_t divide(uint64_t *q, uint64_t hi, uint64_t lo) {
#ifdef __x86_64__
    uint64_t x = BLS_X;
    __asm__("divq %[x]" : "+a"(lo), "+d"(hi) : [x] "r"(x) : "cc");
    *q = lo;
    return hi;
#else
    gvm_u128 v = (gvm_u128)hi << 64 | lo;
    *q = (uint64_t)(v / BLS_X);
    return (uint64_t)(v % BLS_X);
#endif
}

/* k = d[0] + d[1] X + d[2] X^2 + d[3] X^3. Each quotient is a limb shorter than the number before,
 * as k < X^4. */
static void digits(uint64_t d[4], const bls_scalar *k) {
    uint64_t n[4];
    memcpy(n, k->l, sizeof n);
    for (int i = 0; i < 4; i++) {
        uint64_t rest = 0;
        for (int j = 3 - i; j >= 0; j--) rest = divide(&n[j], rest, n[j]);
        d[i] = rest;
    }
}

/* ---- endomorphisms and membership */

void gvm_bls_psi(g2_jac *r, const g2_jac *p) {
    fp2_conj(&r->x, &p->x);
    fp2_conj(&r->y, &p->y);
    fp2_conj(&r->z, &p->z);
    fp2_mul(&r->x, &r->x, &PSI_X);
    fp2_mul(&r->y, &r->y, &PSI_Y);
}

static void psi_aff(g2_aff *r, const g2_aff *p) {
    fp2_conj(&r->x, &p->x);
    fp2_conj(&r->y, &p->y);
    fp2_mul(&r->x, &r->x, &PSI_X);
    fp2_mul(&r->y, &r->y, &PSI_Y);
}

bool gvm_bls_in_g1(const g1_aff *p) {
    static const uint64_t x[1] = {BLS_X};
    g1_jac t;
    g1_from_aff(&t, p);
    g1_mul_plain(&t, &t, x, 1);
    g1_mul_plain(&t, &t, x, 1);
    g1_aff phi = *p;
    fp_mul(&phi.x, &phi.x, &BETA);
    g1_add_aff(&t, &t, &phi);
    return g1_is_inf(&t);
}

bool gvm_bls_in_g2(const g2_aff *q) {
    static const uint64_t x[1] = {BLS_X};
    g2_jac t;
    g2_aff p;
    g2_from_aff(&t, q);
    g2_mul_plain(&t, &t, x, 1);
    psi_aff(&p, q);
    g2_add_aff(&t, &t, &p);
    return g2_is_inf(&t);
}

/* ---- multiples */

/* Two points and two scalars of two limbs for each of the n. */
static void g1_split(g1_aff *pts, uint64_t *ks, const g1_aff *p, const bls_scalar *k, size_t n) {
    for (size_t i = 0; i < n; i++) {
        uint64_t d[4];
        digits(d, &k[i]);
        for (int h = 0; h < 2; h++) {
            gvm_u128 v = (gvm_u128)d[2 * h + 1] * BLS_X + d[2 * h];
            ks[4 * i + 2 * (size_t)h] = (uint64_t)v;
            ks[4 * i + 2 * (size_t)h + 1] = (uint64_t)(v >> 64);
        }
        pts[2 * i] = p[i];
        fp_mul(&pts[2 * i + 1].x, &p[i].x, &BETA);
        fp_neg(&pts[2 * i + 1].y, &p[i].y);
    }
}

/* Four points and four scalars of one limb for each of the n. */
static void g2_split(g2_aff *pts, uint64_t *ks, const g2_aff *q, const bls_scalar *k, size_t n) {
    for (size_t i = 0; i < n; i++) {
        digits(ks + 4 * i, &k[i]);
        pts[4 * i] = q[i];
        for (size_t j = 1; j < 4; j++) {
            psi_aff(&pts[4 * i + j], &pts[4 * i + j - 1]);
            g2_aff_neg(&pts[4 * i + j], &pts[4 * i + j]);
        }
    }
}

/* Below so many points, Straus in groups of `group` is faster than Pippenger. */
enum { G1_FEW = 64, G1_GROUP = 8, G2_FEW = 32, G2_GROUP = 4 };

bool gvm_bls_g1_msm(g1_jac *r, const g1_aff *p, const bls_scalar *k, size_t n) {
    if (n < G1_FEW) {
        g1_aff pts[2 * G1_GROUP];
        uint64_t ks[4 * G1_GROUP];
        g1_jac sum, part;
        memset(&sum, 0, sizeof sum);
        for (size_t i = 0; i < n; i += G1_GROUP) {
            size_t m = n - i < G1_GROUP ? n - i : G1_GROUP;
            g1_split(pts, ks, p + i, k + i, m);
            g1_straus(&part, pts, ks, 2, 2 * m);
            g1_add(&sum, &sum, &part);
        }
        *r = sum;
        return true;
    }
    g1_aff *pts = malloc(2 * n * sizeof *pts);
    uint64_t *ks = malloc(4 * n * sizeof *ks);
    bool ok = pts != NULL && ks != NULL;
    if (ok) {
        g1_split(pts, ks, p, k, n);
        ok = g1_pippenger_sum(r, pts, ks, 2, 128, 2 * n);
    }
    free(pts);
    free(ks);
    return ok;
}

bool gvm_bls_g2_msm(g2_jac *r, const g2_aff *q, const bls_scalar *k, size_t n) {
    if (n < G2_FEW) {
        g2_aff pts[4 * G2_GROUP];
        uint64_t ks[4 * G2_GROUP];
        g2_jac sum, part;
        memset(&sum, 0, sizeof sum);
        for (size_t i = 0; i < n; i += G2_GROUP) {
            size_t m = n - i < G2_GROUP ? n - i : G2_GROUP;
            g2_split(pts, ks, q + i, k + i, m);
            g2_straus(&part, pts, ks, 1, 4 * m);
            g2_add(&sum, &sum, &part);
        }
        *r = sum;
        return true;
    }
    g2_aff *pts = malloc(4 * n * sizeof *pts);
    uint64_t *ks = malloc(4 * n * sizeof *ks);
    bool ok = pts != NULL && ks != NULL;
    if (ok) {
        g2_split(pts, ks, q, k, n);
        ok = g2_pippenger_sum(r, pts, ks, 1, 64, 4 * n);
    }
    free(pts);
    free(ks);
    return ok;
}

void gvm_bls_g1_mul(g1_jac *r, const g1_aff *p, const bls_scalar *k) {
    bool ok = gvm_bls_g1_msm(r, p, k, 1);
    GVM_ASSERT(ok);
}

void gvm_bls_g2_mul(g2_jac *r, const g2_aff *q, const bls_scalar *k) {
    bool ok = gvm_bls_g2_msm(r, q, k, 1);
    GVM_ASSERT(ok);
}

void gvm_bls_g1_mul_ct(g1_jac *r, const g1_aff *p, const bls_scalar *k) {
    g1_mul_ct(r, p, k->l);
}
void gvm_bls_g2_mul_ct(g2_jac *r, const g2_aff *q, const bls_scalar *k) {
    g2_mul_ct(r, q, k->l);
}

/* ---- square roots; p = 3 mod 4 */

/* c = a^((p - 3) / 4): a c is the root where there is one. */
static void root_power(fp *c, const fp *a) {
    uint64_t e[6];
    for (int i = 0; i < 6; i++) e[i] = BLS_P_M[i] >> 2 | (i < 5 ? BLS_P_M[i + 1] << 62 : 0);
    fp_pow(c, a, e, 6);
}

bool gvm_bls_fp_sqrt(fp *r, const fp *a) {
    fp c, s, t;
    root_power(&c, a);
    fp_mul(&s, &c, a);
    fp_sqr(&t, &s);
    if (!fp_equal(&t, a)) return false;
    *r = s;
    return true;
}

/* By the norm: with n = sqrt(a0^2 + a1^2) and t = (a0 + n) / 2, the root is (s, a1 / 2 s) where t =
 * s^2, and (a1 / 2 s, s) where t = -s^2; c = t^((p - 3) / 4) gives s = c t and its inverse, c or
 * -c. */
bool gvm_bls_fp2_sqrt(fp2 *r, const fp2 *a) {
    fp n, t, c, s;
    if (fp_is_zero(&a->c1)) {
        bool real = gvm_bls_fp_sqrt(&s, &a->c0);
        fp_neg(&t, &a->c0);
        if (!real && !gvm_bls_fp_sqrt(&s, &t)) return false;
        fp_zero(&t);
        r->c0 = real ? s : t;
        r->c1 = real ? t : s;
        return true;
    }
    fp_sqr(&n, &a->c0);
    fp_sqr(&t, &a->c1);
    fp_add(&n, &n, &t);
    if (!gvm_bls_fp_sqrt(&n, &n)) return false;
    static const fp half = BLS_HALF;
    fp_add(&t, &a->c0, &n);
    fp_mul(&t, &t, &half);
    root_power(&c, &t);
    fp_mul(&s, &c, &t);
    fp_mul(&n, &c, &a->c1);
    fp_mul(&n, &n, &half);
    fp_sqr(&c, &s);
    if (fp_equal(&c, &t)) {
        r->c0 = s;
        r->c1 = n;
    } else {
        fp_neg(&r->c0, &n);
        r->c1 = s;
    }
    return true;
}

/* ---- compressed points */

enum { COMPRESSED = 0x80, INFINITE = 0x40, HIGH = 0x20 };

static bool fp2_is_high(const fp2 *y) {
    return fp_is_zero(&y->c1) ? fp_is_high(&y->c0) : fp_is_high(&y->c1);
}

/* Looks at the flags; *infinite where the encoding is that of infinity. */
static gvm_status read_flags(bool *infinite, const uint8_t *in, size_t len) {
    *infinite = (in[0] & INFINITE) != 0;
    if ((in[0] & COMPRESSED) == 0) return GVM_ERR_NON_CANONICAL;
    if (!*infinite) return GVM_OK;
    uint8_t rest = in[0] & (uint8_t) ~(COMPRESSED | INFINITE);
    for (size_t i = 1; i < len; i++) rest |= in[i];
    return rest == 0 ? GVM_OK : GVM_ERR_NON_CANONICAL;
}

static bool read_masked(fp *r, const uint8_t in[48]) {
    uint8_t plain[48];
    memcpy(plain, in, sizeof plain);
    plain[0] &= 0x1f;
    return fp_from_be(r, plain);
}

gvm_status gvm_bls_g1_decompress(g1_aff *r, const uint8_t in[48]) {
    bool infinite;
    g1_aff p;
    fp t;
    GVM_TRY(read_flags(&infinite, in, 48));
    memset(r, 0, sizeof *r);
    if (infinite) return GVM_OK;
    if (!read_masked(&p.x, in)) return GVM_ERR_RANGE;
    fp_sqr(&t, &p.x);
    fp_mul(&t, &t, &p.x);
    fp_add(&t, &t, &BLS_CURVE_B);
    if (!gvm_bls_fp_sqrt(&p.y, &t)) return GVM_ERR_POINT;
    if (fp_is_high(&p.y) != ((in[0] & HIGH) != 0)) fp_neg(&p.y, &p.y);
    *r = p;
    return GVM_OK;
}

gvm_status gvm_bls_g2_decompress(g2_aff *r, const uint8_t in[96]) {
    bool infinite;
    g2_aff p;
    fp2 t;
    GVM_TRY(read_flags(&infinite, in, 96));
    memset(r, 0, sizeof *r);
    if (infinite) return GVM_OK;
    if (!read_masked(&p.x.c1, in) || !fp_from_be(&p.x.c0, in + 48)) return GVM_ERR_RANGE;
    fp2_sqr(&t, &p.x);
    fp2_mul(&t, &t, &p.x);
    fp2_add(&t, &t, &BLS_CURVE_TWIST_B);
    if (!gvm_bls_fp2_sqrt(&p.y, &t)) return GVM_ERR_POINT;
    if (fp2_is_high(&p.y) != ((in[0] & HIGH) != 0)) fp2_neg(&p.y, &p.y);
    *r = p;
    return GVM_OK;
}

void gvm_bls_g1_compress(uint8_t out[48], const g1_aff *p) {
    fp_to_be(out, &p->x);
    out[0] |= COMPRESSED;
    if (g1_aff_is_inf(p))
        out[0] |= INFINITE;
    else if (fp_is_high(&p->y))
        out[0] |= HIGH;
}

void gvm_bls_g2_compress(uint8_t out[96], const g2_aff *q) {
    fp_to_be(out, &q->x.c1);
    fp_to_be(out + 48, &q->x.c0);
    out[0] |= COMPRESSED;
    if (g2_aff_is_inf(q))
        out[0] |= INFINITE;
    else if (fp2_is_high(&q->y))
        out[0] |= HIGH;
}
