/* Hashing to the groups of BLS12-381: RFC 9380, suites BLS12381G1_XMD:SHA-256_SSWU_{RO,NU}_ and the
 * same for G2.
 *
 * Messages are public here (also when they are signed), so the maps may take time that depends on
 * them. */
#include "crypto/pairing/bls12_381_core.h"
#include "crypto/sha256.h"

#include "crypto/pairing/bls12_381_isogenies.inc"

static bool fp2_is_odd(const fp2 *a) {
    return fp_is_odd(&a->c0) || (fp_is_zero(&a->c0) && fp_is_odd(&a->c1));
}

#define CT            g1
#define CF            fp
#define MT(name)      BLS_G1_##name
#define MT_SQRT(r, a) gvm_bls_fp_sqrt(r, a)
#define MT_SGN0(a)    fp_is_odd(a)
#include "crypto/pairing/sswu_template.h"

#define CT            g2
#define CF            fp2
#define MT(name)      BLS_G2_##name
#define MT_SQRT(r, a) gvm_bls_fp2_sqrt(r, a)
#define MT_SGN0(a)    fp2_is_odd(a)
#include "crypto/pairing/sswu_template.h"

static const uint64_t X[1] = {BLS_X};

/* (1 - x) P */
static void clear_g1(g1_jac *r, const g1_jac *p) {
    g1_jac t;
    g1_mul_plain(&t, p, X, 1);
    g1_add(r, &t, p);
}

/* (x^2 - x - 1) P + (x - 1) psi(P) + psi^2(2 P): Budroni, Pintore (ePrint 2017/419), RFC 9380
 * appendix G.3 */
static void clear_g2(g2_jac *r, const g2_jac *p) {
    g2_jac t1, t2, t3, n;
    g2_mul_plain(&t1, p, X, 1);
    g2_neg(&t1, &t1);
    gvm_bls_psi(&t2, p);
    g2_dbl(&t3, p);
    gvm_bls_psi(&t3, &t3);
    gvm_bls_psi(&t3, &t3);
    g2_neg(&n, &t2);
    g2_add(&t3, &t3, &n);
    g2_add(&t2, &t1, &t2);
    g2_mul_plain(&t2, &t2, X, 1);
    g2_neg(&t2, &t2);
    g2_add(&t3, &t3, &t2);
    g2_neg(&n, &t1);
    g2_add(&t3, &t3, &n);
    g2_neg(&n, p);
    g2_add(r, &t3, &n);
}

void gvm_bls_map_to_g1(g1_jac *r, const fp *u) {
    g1_sswu(r, u);
    clear_g1(r, r);
}

void gvm_bls_map_to_g2(g2_jac *r, const fp2 *u) {
    g2_sswu(r, u);
    clear_g2(r, r);
}

enum { FIELD_BYTES = 64, EXPAND_MAX = 4 * FIELD_BYTES };

/* expand_message_xmd with SHA-256, len <= EXPAND_MAX (section 5.3.1) */
static void expand_message(uint8_t *out, size_t len, gvm_bytes message, gvm_bytes dst) {
    gvm_hash short_dst, b0, b;
    gvm_sha256_state c;
    if (dst.len > 255) {
        gvm_sha256_init(&c);
        gvm_sha256_update(&c, gvm_bytes_str("H2C-OVERSIZE-DST-"));
        gvm_sha256_update(&c, dst);
        gvm_sha256_final(&c, &short_dst);
        dst = gvm_bytes_make(short_dst.b, sizeof short_dst.b);
    }
    static const uint8_t zeros[64];
    uint8_t dst_len = (uint8_t)dst.len, head[3] = {(uint8_t)(len >> 8), (uint8_t)len, 0};
    gvm_sha256_init(&c);
    gvm_sha256_update(&c, gvm_bytes_make(zeros, sizeof zeros));
    gvm_sha256_update(&c, message);
    gvm_sha256_update(&c, gvm_bytes_make(head, sizeof head));
    gvm_sha256_update(&c, dst);
    gvm_sha256_update(&c, gvm_bytes_make(&dst_len, 1));
    gvm_sha256_final(&c, &b0);
    memset(&b, 0, sizeof b);
    for (uint8_t i = 1; len > 0; i++) {
        for (int j = 0; j < 32; j++) b.b[j] ^= b0.b[j];
        gvm_sha256_init(&c);
        gvm_sha256_update(&c, gvm_bytes_make(b.b, sizeof b.b));
        gvm_sha256_update(&c, gvm_bytes_make(&i, 1));
        gvm_sha256_update(&c, dst);
        gvm_sha256_update(&c, gvm_bytes_make(&dst_len, 1));
        gvm_sha256_final(&c, &b);
        size_t n = len < sizeof b.b ? len : sizeof b.b;
        memcpy(out, b.b, n);
        out += n;
        len -= n;
    }
}

/* 64 big-endian bytes modulo p: two halves that are each below it. */
static void field_element(fp *r, const uint8_t in[FIELD_BYTES]) {
    uint8_t half[48] = {0};
    fp hi, lo, shift;
    uint64_t two_to_256[6] = {0, 0, 0, 0, 1, 0};
    fp_from_limbs(&shift, two_to_256);
    memcpy(half + 16, in, 32);
    bool ok = fp_from_be(&hi, half);
    memcpy(half + 16, in + 32, 32);
    ok = fp_from_be(&lo, half) && ok;
    GVM_ASSERT(ok);
    fp_mul(&hi, &hi, &shift);
    fp_add(r, &hi, &lo);
}

void gvm_bls_hash_to_g1(g1_jac *r, gvm_bytes message, gvm_bytes dst, bool ro) {
    uint8_t bytes[2 * FIELD_BYTES];
    g1_jac p, q;
    fp u;
    expand_message(bytes, ro ? 2 * FIELD_BYTES : FIELD_BYTES, message, dst);
    field_element(&u, bytes);
    g1_sswu(&p, &u);
    if (ro) {
        field_element(&u, bytes + FIELD_BYTES);
        g1_sswu(&q, &u);
        g1_add(&p, &p, &q);
    }
    clear_g1(r, &p);
}

void gvm_bls_hash_to_g2(g2_jac *r, gvm_bytes message, gvm_bytes dst, bool ro) {
    uint8_t bytes[EXPAND_MAX];
    g2_jac p, q;
    fp2 u;
    expand_message(bytes, ro ? 4 * FIELD_BYTES : 2 * FIELD_BYTES, message, dst);
    field_element(&u.c0, bytes);
    field_element(&u.c1, bytes + FIELD_BYTES);
    g2_sswu(&p, &u);
    if (ro) {
        field_element(&u.c0, bytes + 2 * FIELD_BYTES);
        field_element(&u.c1, bytes + 3 * FIELD_BYTES);
        g2_sswu(&q, &u);
        g2_add(&p, &p, &q);
    }
    clear_g2(r, &p);
}
