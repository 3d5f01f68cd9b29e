/* EIP-4844: commitments to blobs and proofs of single values (deneb/polynomial-commitments.md).
 *
 * All checks are brought to one form with the two fixed points of G2: e(A, [1]_2) = e(B, [tau]_2).
 * For one value that is A = C - [y]_1 + z pi, B = pi; a batch is a random linear combination of
 * such pairs. */
#include "crypto/kzg/kzg_core.h"
#include "crypto/sha256.h"

void gvm_kzg_versioned_hash(gvm_hash *out, const uint8_t commitment[48]) {
    gvm_sha256(out, gvm_bytes_make(commitment, GVM_KZG_POINT));
    out->b[0] = 1;
}

static void hash_u64(gvm_sha256_state *s, uint64_t v) {
    uint8_t b[8];
    gvm_store_be64(b, v);
    gvm_sha256_update(s, gvm_bytes_make(b, sizeof b));
}

void gvm_kzg_blob_challenge(fr *r, const uint8_t *blob, const uint8_t commitment[48]) {
    gvm_sha256_state s;
    gvm_hash h;
    gvm_sha256_init(&s);
    gvm_sha256_update(&s, gvm_bytes_str("FSBLOBVERIFY_V1_"));
    hash_u64(&s, 0);
    hash_u64(&s, KZG_N);
    gvm_sha256_update(&s, gvm_bytes_make(blob, GVM_KZG_BLOB));
    gvm_sha256_update(&s, gvm_bytes_make(commitment, GVM_KZG_POINT));
    gvm_sha256_final(&s, &h);
    gvm_kzg_hash_to_fr(r, &h);
}

static gvm_status verify(const g1_aff *commitment, const fr *z, const fr *y, const g1_aff *proof) {
    g1_aff p[2] = {gvm_bls_g1_generator, *proof};
    fr k[2];
    g1_jac a, b;
    fr_neg(&k[0], y);
    k[1] = *z;
    GVM_TRY(gvm_kzg_msm(&a, p, k, 2));
    g1_add_aff(&a, &a, commitment);
    g1_from_aff(&b, proof);
    return gvm_kzg_pairing_holds(&a, &b, false) ? GVM_OK : GVM_ERR_PROOF;
}

gvm_status gvm_kzg_verify_proof(const uint8_t commitment[48], const uint8_t z[32],
                                const uint8_t y[32], const uint8_t proof[48]) {
    g1_aff c, p;
    fr fz, fy;
    GVM_TRY(gvm_kzg_read_elements(&fz, z, 1));
    GVM_TRY(gvm_kzg_read_elements(&fy, y, 1));
    GVM_TRY(gvm_kzg_read_point(&c, commitment));
    GVM_TRY(gvm_kzg_read_point(&p, proof));
    return verify(&c, &fz, &fy, &p);
}

gvm_status gvm_kzg_point_evaluation(uint8_t out[64], const uint8_t in[192]) {
    gvm_hash h;
    gvm_kzg_versioned_hash(&h, in + 96);
    if (memcmp(h.b, in, sizeof h.b) != 0) return GVM_ERR_PROOF;
    GVM_TRY(gvm_kzg_verify_proof(in + 96, in + 32, in + 64, in + 144));
    memset(out, 0, 32);
    out[30] = KZG_N >> 8;
    for (int i = 0; i < 4; i++) gvm_store_be64(out + 32 + 8 * i, BLS_R_M[3 - i]);
    return GVM_OK;
}

/* The blob's elements; free with free. */
static gvm_status read_blob(fr **out, const uint8_t *blob) {
    fr *v = malloc(KZG_N * sizeof *v);
    if (v == NULL) return GVM_ERR_NOMEM;
    gvm_status s = gvm_kzg_read_elements(v, blob, KZG_N);
    if (s != GVM_OK)
        free(v);
    else
        *out = v;
    return s;
}

gvm_status gvm_kzg_blob_to_commitment(uint8_t out[48], const uint8_t blob[GVM_KZG_BLOB]) {
    fr *v;
    g1_jac c;
    GVM_TRY(read_blob(&v, blob));
    gvm_status s = gvm_kzg_msm(&c, gvm_kzg_lagrange(), v, KZG_N);
    free(v);
    if (s == GVM_OK) gvm_kzg_write_point(out, &c);
    return s;
}

/* The values q_i = (v_i - y) / (w_i - z) of the quotient. Where z is the root w_m, the value there
 * is sum over i != m of (v_i - y) w_i / (z (z - w_i)). */
static gvm_status quotient(fr *q, const fr *v, const fr *z, const fr *y) {
    const fr *w = gvm_kzg_roots();
    fr *den = malloc(KZG_N * sizeof *den), t, s;
    int at = -1;
    if (den == NULL) return GVM_ERR_NOMEM;
    for (uint32_t i = 0; i < KZG_N; i++) {
        fr_sub(&den[i], &w[2 * gvm_kzg_reverse_bits(i, KZG_EXT_LOG - 1)], z);
        if (!fr_is_zero(&den[i])) continue;
        at = (int)i;
        fr_one(&den[i]);
    }
    gvm_kzg_invert_many(q, den, KZG_N);
    for (size_t i = 0; i < KZG_N; i++) {
        fr_sub(&t, &v[i], y);
        fr_mul(&q[i], &q[i], &t);
    }
    free(den);
    if (at < 0) return GVM_OK;
    fr_zero(&s);
    for (uint32_t i = 0; i < KZG_N; i++) {
        if (i == (uint32_t)at) continue;
        fr_mul(&t, &q[i], &w[2 * gvm_kzg_reverse_bits(i, KZG_EXT_LOG - 1)]);
        fr_add(&s, &s, &t);
    }
    fr_inv_var(&t, z);
    fr_mul(&s, &s, &t);
    fr_neg(&q[at], &s);
    return GVM_OK;
}

static gvm_status prove(uint8_t proof[48], fr *y, const fr *v, const fr *z) {
    g1_jac p;
    fr *q = malloc(KZG_N * sizeof *q);
    gvm_status s = q == NULL ? GVM_ERR_NOMEM : gvm_kzg_evaluate(y, v, z);
    if (s == GVM_OK) s = quotient(q, v, z, y);
    if (s == GVM_OK) s = gvm_kzg_msm(&p, gvm_kzg_lagrange(), q, KZG_N);
    free(q);
    if (s == GVM_OK) gvm_kzg_write_point(proof, &p);
    return s;
}

gvm_status gvm_kzg_compute_proof(uint8_t proof[48], uint8_t y[32], const uint8_t blob[GVM_KZG_BLOB],
                                 const uint8_t z[32]) {
    fr fz, fy, *v;
    GVM_TRY(gvm_kzg_read_elements(&fz, z, 1));
    GVM_TRY(read_blob(&v, blob));
    gvm_status s = prove(proof, &fy, v, &fz);
    if (s == GVM_OK) fr_to_be(y, &fy);
    free(v);
    return s;
}

gvm_status gvm_kzg_compute_blob_proof(uint8_t proof[48], const uint8_t blob[GVM_KZG_BLOB],
                                      const uint8_t commitment[48]) {
    g1_aff c;
    fr z, y, *v;
    GVM_TRY(gvm_kzg_read_point(&c, commitment));
    GVM_TRY(read_blob(&v, blob));
    gvm_kzg_blob_challenge(&z, blob, commitment);
    gvm_status s = prove(proof, &y, v, &z);
    free(v);
    return s;
}

/* The pair (z, y) of a blob's proof. */
static gvm_status open_blob(fr *z, fr *y, const uint8_t *blob, const uint8_t commitment[48]) {
    fr *v;
    GVM_TRY(read_blob(&v, blob));
    gvm_kzg_blob_challenge(z, blob, commitment);
    gvm_status s = gvm_kzg_evaluate(y, v, z);
    free(v);
    return s;
}

gvm_status gvm_kzg_verify_blob_proof(const uint8_t blob[GVM_KZG_BLOB], const uint8_t commitment[48],
                                     const uint8_t proof[48]) {
    g1_aff c, p;
    fr z, y;
    GVM_TRY(gvm_kzg_read_point(&c, commitment));
    GVM_TRY(gvm_kzg_read_point(&p, proof));
    GVM_TRY(open_blob(&z, &y, blob, commitment));
    return verify(&c, &z, &y, &p);
}

/* What a batch works on; one allocation. Commitments, then proofs, then the generator; their
 * coefficients. */
typedef struct batch {
    g1_aff *points;
    fr *k, *z, *y;
} batch;

static void batch_challenge(fr *r, const batch *b, const uint8_t *commitments,
                            const uint8_t *proofs, size_t n) {
    gvm_sha256_state s;
    gvm_hash h;
    gvm_sha256_init(&s);
    gvm_sha256_update(&s, gvm_bytes_str("RCKZGBATCH___V1_"));
    hash_u64(&s, KZG_N);
    hash_u64(&s, n);
    for (size_t i = 0; i < n; i++) {
        uint8_t e[64];
        fr_to_be(e, &b->z[i]);
        fr_to_be(e + 32, &b->y[i]);
        gvm_sha256_update(&s, gvm_bytes_make(commitments + 48 * i, 48));
        gvm_sha256_update(&s, gvm_bytes_make(e, sizeof e));
        gvm_sha256_update(&s, gvm_bytes_make(proofs + 48 * i, 48));
    }
    gvm_sha256_final(&s, &h);
    gvm_kzg_hash_to_fr(r, &h);
}

/* A = sum r^i (C_i - [y_i]_1 + z_i pi_i), B = sum r^i pi_i */
static gvm_status batch_verify(const batch *b, const uint8_t *commitments, const uint8_t *proofs,
                               size_t n) {
    fr r, power, t;
    g1_jac left, right;
    batch_challenge(&r, b, commitments, proofs, n);
    fr_one(&power);
    fr_zero(&b->k[2 * n]);
    for (size_t i = 0; i < n; i++) {
        b->k[i] = power;
        fr_mul(&b->k[n + i], &power, &b->z[i]);
        fr_mul(&t, &power, &b->y[i]);
        fr_sub(&b->k[2 * n], &b->k[2 * n], &t);
        fr_mul(&power, &power, &r);
    }
    b->points[2 * n] = gvm_bls_g1_generator;
    GVM_TRY(gvm_kzg_msm(&left, b->points, b->k, 2 * n + 1));
    GVM_TRY(gvm_kzg_msm(&right, b->points + n, b->k, n));
    return gvm_kzg_pairing_holds(&left, &right, false) ? GVM_OK : GVM_ERR_PROOF;
}

gvm_status gvm_kzg_verify_blob_proof_batch(const uint8_t *blobs, const uint8_t *commitments,
                                           const uint8_t *proofs, size_t n) {
    gvm_status status = GVM_OK;
    batch b;
    if (n == 0) return GVM_OK;
    b.points = calloc(2 * n + 1, sizeof *b.points);
    b.k = calloc(4 * n + 1, sizeof *b.k);
    if (b.points == NULL || b.k == NULL) {
        status = GVM_ERR_NOMEM;
        goto fail;
    }
    b.z = b.k + 2 * n + 1;
    b.y = b.z + n;
    for (size_t i = 0; i < n; i++) {
        GVM_TRY_GOTO(gvm_kzg_read_point(&b.points[i], commitments + 48 * i));
        GVM_TRY_GOTO(gvm_kzg_read_point(&b.points[n + i], proofs + 48 * i));
        GVM_TRY_GOTO(
            open_blob(&b.z[i], &b.y[i], blobs + (size_t)GVM_KZG_BLOB * i, commitments + 48 * i));
    }
    status = batch_verify(&b, commitments, proofs, n);
fail:
    free(b.points);
    free(b.k);
    return status;
}
