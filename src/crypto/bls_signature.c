/* BLS signatures over the groups of crypto/pairing/bls12_381_core.h.
 *
 * Every verification is one product of pairings compared with one, its last factor e(-G1,
 * signature): so there is one final exponentiation whatever the number of keys. The two functions
 * that see a secret stand apart, use the constant time multiplication and inversion only, and wipe
 * what they leave behind. */
#include "crypto/bls_signature.h"

#include "crypto/pairing/bls12_381_core.h"
#include "crypto/sha256.h"

static const char DST[] = "BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";

static void hash(g2_aff *r, gvm_bytes message) {
    g2_jac p;
    gvm_bls_hash_to_g2(&p, message, gvm_bytes_str(DST), true);
    g2_to_aff(r, &p);
}

/* In G1, infinity included. */
static gvm_status read_key(g1_aff *r, const gvm_bls_public_key *key) {
    return gvm_bls_g1_decompress(r, key->b) == GVM_OK && gvm_bls_in_g1(r) ? GVM_OK : GVM_ERR_KEY;
}

static gvm_status read_finite_key(g1_aff *r, const gvm_bls_public_key *key) {
    GVM_TRY(read_key(r, key));
    return g1_aff_is_inf(r) ? GVM_ERR_KEY : GVM_OK;
}

static gvm_status read_signature(g2_aff *r, const gvm_bls_signature *signature) {
    return gvm_bls_g2_decompress(r, signature->b) == GVM_OK && gvm_bls_in_g2(r) ? GVM_OK
                                                                                : GVM_ERR_SIGNATURE;
}

gvm_status gvm_bls_public_key_check(const gvm_bls_public_key *key) {
    g1_aff p;
    return read_key(&p, key);
}

gvm_status gvm_bls_signature_check(const gvm_bls_signature *signature) {
    g2_aff q;
    return read_signature(&q, signature);
}

/* ---- with the secret: constant time from here ... */

static gvm_status read_secret(bls_scalar *k, const uint8_t secret[32]) {
    uint64_t any = 0, below = 0, unused[4];
    for (int i = 0; i < 4; i++) k->l[3 - i] = gvm_load_be64(secret + 8 * i);
    for (int i = 0; i < 4; i++) any |= k->l[i];
    below = gvm_mp_sub(unused, k->l, BLS_R_M, 4);
    gvm_wipe(unused, sizeof unused);
    return any != 0 && below != 0 ? GVM_OK : GVM_ERR_KEY;
}

gvm_status gvm_bls_public_key_of(gvm_bls_public_key *out, const uint8_t secret[32]) {
    bls_scalar k;
    g1_jac r;
    g1_aff a;
    gvm_status status = read_secret(&k, secret);
    if (status == GVM_OK) {
        gvm_bls_g1_mul_ct(&r, &gvm_bls_g1_generator, &k);
        g1_to_aff_ct(&a, &r);
        gvm_bls_g1_compress(out->b, &a);
        gvm_wipe(&r, sizeof r);
    }
    gvm_wipe(&k, sizeof k);
    return status;
}

gvm_status gvm_bls_sign(gvm_bls_signature *out, const uint8_t secret[32], gvm_bytes message) {
    bls_scalar k;
    g2_jac r;
    g2_aff a;
    gvm_status status = read_secret(&k, secret);
    if (status == GVM_OK) {
        hash(&a, message);
        gvm_bls_g2_mul_ct(&r, &a, &k);
        g2_to_aff_ct(&a, &r);
        gvm_bls_g2_compress(out->b, &a);
        gvm_wipe(&r, sizeof r);
    }
    gvm_wipe(&k, sizeof k);
    return status;
}

/* ---- ... to here */

/* The last pair of every check: e(-G1, signature). */
static bool finish_with(bls_pairing *b, const g2_aff *signature) {
    g1_aff minus;
    g1_aff_neg(&minus, &gvm_bls_g1_generator);
    gvm_bls_pairing_add(b, &minus, signature);
    return gvm_bls_pairing_finish(b);
}

static gvm_status verify_point(const g1_aff *key, gvm_bytes message, const g2_aff *signature) {
    bls_pairing b;
    g2_aff h;
    hash(&h, message);
    gvm_bls_pairing_init(&b);
    gvm_bls_pairing_add(&b, key, &h);
    return finish_with(&b, signature) ? GVM_OK : GVM_ERR_SIGNATURE;
}

gvm_status gvm_bls_verify(const gvm_bls_public_key *key, gvm_bytes message,
                          const gvm_bls_signature *signature) {
    g1_aff p;
    g2_aff s;
    GVM_TRY(read_finite_key(&p, key));
    GVM_TRY(read_signature(&s, signature));
    return verify_point(&p, message, &s);
}

gvm_status gvm_bls_aggregate(gvm_bls_signature *out, const gvm_bls_signature *signatures,
                             size_t n) {
    g2_jac sum;
    g2_aff s;
    if (n == 0) return GVM_ERR_ARGUMENT;
    memset(&sum, 0, sizeof sum);
    for (size_t i = 0; i < n; i++) {
        GVM_TRY(read_signature(&s, &signatures[i]));
        g2_add_aff(&sum, &sum, &s);
    }
    g2_to_aff(&s, &sum);
    gvm_bls_g2_compress(out->b, &s);
    return GVM_OK;
}

static gvm_status sum_keys(g1_aff *r, const gvm_bls_public_key *keys, size_t n) {
    g1_jac sum;
    g1_aff p;
    if (n == 0) return GVM_ERR_ARGUMENT;
    memset(&sum, 0, sizeof sum);
    for (size_t i = 0; i < n; i++) {
        GVM_TRY(read_finite_key(&p, &keys[i]));
        g1_add_aff(&sum, &sum, &p);
    }
    g1_to_aff(r, &sum);
    return GVM_OK;
}

gvm_status gvm_bls_aggregate_keys(gvm_bls_public_key *out, const gvm_bls_public_key *keys,
                                  size_t n) {
    g1_aff p;
    GVM_TRY(sum_keys(&p, keys, n));
    gvm_bls_g1_compress(out->b, &p);
    return GVM_OK;
}

gvm_status gvm_bls_aggregate_verify(const gvm_bls_public_key *keys, const gvm_bytes *messages,
                                    size_t n, const gvm_bls_signature *signature) {
    bls_pairing b;
    g2_aff s;
    if (n == 0) return GVM_ERR_ARGUMENT;
    GVM_TRY(read_signature(&s, signature));
    gvm_bls_pairing_init(&b);
    for (size_t i = 0; i < n; i++) {
        g1_aff p;
        g2_aff h;
        GVM_TRY(read_finite_key(&p, &keys[i]));
        hash(&h, messages[i]);
        gvm_bls_pairing_add(&b, &p, &h);
    }
    return finish_with(&b, &s) ? GVM_OK : GVM_ERR_SIGNATURE;
}

gvm_status gvm_bls_fast_aggregate_verify(const gvm_bls_public_key *keys, size_t n,
                                         gvm_bytes message, const gvm_bls_signature *signature) {
    g1_aff p;
    g2_aff s;
    GVM_TRY(sum_keys(&p, keys, n));
    GVM_TRY(read_signature(&s, signature));
    return verify_point(&p, message, &s);
}

/* 128 bits that whoever made the input could not choose. */
static void coefficient(bls_scalar *k, const gvm_hash *seed, uint64_t i) {
    uint8_t in[40];
    gvm_hash h;
    memcpy(in, seed->b, 32);
    gvm_store_be64(in + 32, i);
    gvm_sha256(&h, gvm_bytes_make(in, sizeof in));
    memset(k, 0, sizeof *k);
    k->l[0] = gvm_load_be64(h.b) | 1;
    k->l[1] = gvm_load_be64(h.b + 8);
}

static void batch_seed(gvm_hash *seed, const gvm_bls_public_key *keys, const gvm_bytes *messages,
                       const gvm_bls_signature *signatures, size_t n) {
    gvm_sha256_state s;
    gvm_sha256_init(&s);
    for (size_t i = 0; i < n; i++) {
        gvm_hash h;
        gvm_sha256(&h, messages[i]);
        gvm_sha256_update(&s, gvm_bytes_make(keys[i].b, sizeof keys[i].b));
        gvm_sha256_update(&s, gvm_bytes_make(h.b, sizeof h.b));
        gvm_sha256_update(&s, gvm_bytes_make(signatures[i].b, sizeof signatures[i].b));
    }
    gvm_sha256_final(&s, seed);
}

gvm_status gvm_bls_batch_verify(const gvm_bls_public_key *keys, const gvm_bytes *messages,
                                const gvm_bls_signature *signatures, size_t n) {
    gvm_status status = GVM_OK;
    bls_pairing b;
    gvm_hash seed;
    g2_jac sum;
    if (n == 0) return GVM_ERR_ARGUMENT;
    g2_aff *points = calloc(n, sizeof *points);
    bls_scalar *ks = calloc(n, sizeof *ks);
    if (points == NULL || ks == NULL) {
        status = GVM_ERR_NOMEM;
        goto fail;
    }
    batch_seed(&seed, keys, messages, signatures, n);
    gvm_bls_pairing_init(&b);
    for (size_t i = 0; i < n; i++) {
        g1_aff p;
        g1_jac scaled;
        g2_aff h;
        GVM_TRY_GOTO(read_finite_key(&p, &keys[i]));
        GVM_TRY_GOTO(read_signature(&points[i], &signatures[i]));
        coefficient(&ks[i], &seed, i);
        gvm_bls_g1_mul(&scaled, &p, &ks[i]);
        g1_to_aff(&p, &scaled);
        hash(&h, messages[i]);
        gvm_bls_pairing_add(&b, &p, &h);
    }
    if (!gvm_bls_g2_msm(&sum, points, ks, n)) {
        status = GVM_ERR_NOMEM;
        goto fail;
    }
    g2_aff s;
    g2_to_aff(&s, &sum);
    if (!finish_with(&b, &s)) status = GVM_ERR_SIGNATURE;
fail:
    free(points);
    free(ks);
    return status;
}
