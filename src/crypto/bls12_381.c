/* EIP-2537's encodings around the groups and the pairing of crypto/pairing/bls12_381_core.h. */
#include "crypto/bls12_381.h"

#include "crypto/pairing/bls12_381_core.h"

static gvm_status read_fp(fp *r, const uint8_t in[64]) {
    uint8_t padding = 0;
    for (int i = 0; i < 16; i++) padding |= in[i];
    return padding == 0 && fp_from_be(r, in + 16) ? GVM_OK : GVM_ERR_RANGE;
}

static void write_fp(uint8_t out[64], const fp *a) {
    memset(out, 0, 16);
    fp_to_be(out + 16, a);
}

static gvm_status read_g1(g1_aff *r, const uint8_t in[128], bool subgroup) {
    GVM_TRY(read_fp(&r->x, in));
    GVM_TRY(read_fp(&r->y, in + 64));
    return g1_aff_on_curve(r) && (!subgroup || gvm_bls_in_g1(r)) ? GVM_OK : GVM_ERR_POINT;
}

static gvm_status read_g2(g2_aff *r, const uint8_t in[256], bool subgroup) {
    GVM_TRY(read_fp(&r->x.c0, in));
    GVM_TRY(read_fp(&r->x.c1, in + 64));
    GVM_TRY(read_fp(&r->y.c0, in + 128));
    GVM_TRY(read_fp(&r->y.c1, in + 192));
    return g2_aff_on_curve(r) && (!subgroup || gvm_bls_in_g2(r)) ? GVM_OK : GVM_ERR_POINT;
}

static void write_g1_aff(uint8_t out[128], const g1_aff *p) {
    write_fp(out, &p->x);
    write_fp(out + 64, &p->y);
}

static void write_g2_aff(uint8_t out[256], const g2_aff *q) {
    write_fp(out, &q->x.c0);
    write_fp(out + 64, &q->x.c1);
    write_fp(out + 128, &q->y.c0);
    write_fp(out + 192, &q->y.c1);
}

static void write_g1(uint8_t out[128], const g1_jac *p) {
    g1_aff a;
    g1_to_aff(&a, p);
    write_g1_aff(out, &a);
}

static void write_g2(uint8_t out[256], const g2_jac *q) {
    g2_aff a;
    g2_to_aff(&a, q);
    write_g2_aff(out, &a);
}

gvm_status gvm_bls12_381_g1_add(uint8_t out[128], const uint8_t in[256]) {
    g1_aff p, q, r;
    GVM_TRY(read_g1(&p, in, false));
    GVM_TRY(read_g1(&q, in + 128, false));
    g1_aff_sum(&r, &p, &q);
    write_g1_aff(out, &r);
    return GVM_OK;
}

gvm_status gvm_bls12_381_g2_add(uint8_t out[256], const uint8_t in[512]) {
    g2_aff p, q, r;
    GVM_TRY(read_g2(&p, in, false));
    GVM_TRY(read_g2(&q, in + 256, false));
    g2_aff_sum(&r, &p, &q);
    write_g2_aff(out, &r);
    return GVM_OK;
}

gvm_status gvm_bls12_381_g1_msm(uint8_t out[128], const uint8_t *terms, size_t n) {
    gvm_status status = GVM_OK;
    g1_aff few_p[8], *p = few_p;
    bls_scalar few_k[8], *k = few_k;
    g1_jac r;
    if (n == 0) return GVM_ERR_ARGUMENT;
    if (n > 8) {
        p = calloc(n, sizeof *p);
        k = calloc(n, sizeof *k);
    }
    if (p == NULL || k == NULL) status = GVM_ERR_NOMEM;
    for (size_t i = 0; status == GVM_OK && i < n; i++) {
        const uint8_t *in = terms + i * GVM_BLS12_381_G1_TERM;
        status = read_g1(&p[i], in, true);
        gvm_bls_scalar_reduce(&k[i], in + GVM_BLS12_381_G1);
    }
    if (status == GVM_OK && !gvm_bls_g1_msm(&r, p, k, n)) status = GVM_ERR_NOMEM;
    if (status == GVM_OK) write_g1(out, &r);
    if (n > 8) {
        free(p);
        free(k);
    }
    return status;
}

gvm_status gvm_bls12_381_g2_msm(uint8_t out[256], const uint8_t *terms, size_t n) {
    gvm_status status = GVM_OK;
    g2_aff few_p[8], *p = few_p;
    bls_scalar few_k[8], *k = few_k;
    g2_jac r;
    if (n == 0) return GVM_ERR_ARGUMENT;
    if (n > 8) {
        p = calloc(n, sizeof *p);
        k = calloc(n, sizeof *k);
    }
    if (p == NULL || k == NULL) status = GVM_ERR_NOMEM;
    for (size_t i = 0; status == GVM_OK && i < n; i++) {
        const uint8_t *in = terms + i * GVM_BLS12_381_G2_TERM;
        status = read_g2(&p[i], in, true);
        gvm_bls_scalar_reduce(&k[i], in + GVM_BLS12_381_G2);
    }
    if (status == GVM_OK && !gvm_bls_g2_msm(&r, p, k, n)) status = GVM_ERR_NOMEM;
    if (status == GVM_OK) write_g2(out, &r);
    if (n > 8) {
        free(p);
        free(k);
    }
    return status;
}

gvm_status gvm_bls12_381_pairing_check(bool *ok, const uint8_t *pairs, size_t n) {
    bls_pairing b;
    if (n == 0) return GVM_ERR_ARGUMENT;
    gvm_bls_pairing_init(&b);
    for (size_t i = 0; i < n; i++) {
        g1_aff p;
        g2_aff q;
        GVM_TRY(read_g1(&p, pairs + i * GVM_BLS12_381_PAIR, true));
        GVM_TRY(read_g2(&q, pairs + i * GVM_BLS12_381_PAIR + GVM_BLS12_381_G1, true));
        gvm_bls_pairing_add(&b, &p, &q);
    }
    *ok = gvm_bls_pairing_finish(&b);
    return GVM_OK;
}

gvm_status gvm_bls12_381_map_fp_to_g1(uint8_t out[128], const uint8_t in[64]) {
    fp u;
    g1_jac r;
    GVM_TRY(read_fp(&u, in));
    gvm_bls_map_to_g1(&r, &u);
    write_g1(out, &r);
    return GVM_OK;
}

gvm_status gvm_bls12_381_map_fp2_to_g2(uint8_t out[256], const uint8_t in[128]) {
    fp2 u;
    g2_jac r;
    GVM_TRY(read_fp(&u.c0, in));
    GVM_TRY(read_fp(&u.c1, in + 64));
    gvm_bls_map_to_g2(&r, &u);
    write_g2(out, &r);
    return GVM_OK;
}

gvm_status gvm_bls12_381_g1_compress(uint8_t out[48], const uint8_t in[128]) {
    g1_aff p;
    GVM_TRY(read_g1(&p, in, true));
    gvm_bls_g1_compress(out, &p);
    return GVM_OK;
}

gvm_status gvm_bls12_381_g2_compress(uint8_t out[96], const uint8_t in[256]) {
    g2_aff q;
    GVM_TRY(read_g2(&q, in, true));
    gvm_bls_g2_compress(out, &q);
    return GVM_OK;
}

gvm_status gvm_bls12_381_g1_decompress(uint8_t out[128], const uint8_t in[48]) {
    g1_aff p;
    GVM_TRY(gvm_bls_g1_decompress(&p, in));
    if (!gvm_bls_in_g1(&p)) return GVM_ERR_POINT;
    write_g1_aff(out, &p);
    return GVM_OK;
}

gvm_status gvm_bls12_381_g2_decompress(uint8_t out[256], const uint8_t in[96]) {
    g2_aff q;
    GVM_TRY(gvm_bls_g2_decompress(&q, in));
    if (!gvm_bls_in_g2(&q)) return GVM_ERR_POINT;
    write_g2_aff(out, &q);
    return GVM_OK;
}

void gvm_bls12_381_hash_to_g1(uint8_t out[128], gvm_bytes message, gvm_bytes dst, bool ro) {
    g1_jac r;
    gvm_bls_hash_to_g1(&r, message, dst, ro);
    write_g1(out, &r);
}

void gvm_bls12_381_hash_to_g2(uint8_t out[256], gvm_bytes message, gvm_bytes dst, bool ro) {
    g2_jac r;
    gvm_bls_hash_to_g2(&r, message, dst, ro);
    write_g2(out, &r);
}
