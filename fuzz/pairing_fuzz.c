/* The pairing curves: hostile bytes to every function that takes bytes, and each fast way against
 * the plain one.
 *
 * The first byte chooses what the rest is for. Points for comparisons are multiples of the
 * generator by a byte of input, so that equal, opposite and infinite points come up often. */
#include "crypto/bls12_381.h"
#include "crypto/bls_signature.h"
#include "crypto/bn254.h"
#include "crypto/kzg.h"
#include "crypto/pairing/bls12_381_core.h"

enum { TERM_MAX = 160 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first `size` bytes of input, with zeros after the end. */
static void take(uint8_t *out, size_t size, gvm_bytes in) {
    memset(out, 0, size);
    if (in.len > 0) memcpy(out, in.ptr, in.len < size ? in.len : size);
}

static void hostile(gvm_bytes in) {
    static uint8_t room[2 * GVM_BLS12_381_PAIR];
    uint8_t out[256];
    bool ok;
    take(room, sizeof room, in);
    (void)!gvm_bn254_add(out, room);
    (void)!gvm_bn254_mul(out, room);
    (void)!gvm_bn254_g2_mul(out, room);
    (void)!gvm_bn254_pairing_check(&ok, room, 2);
    (void)!gvm_bls12_381_g1_add(out, room);
    (void)!gvm_bls12_381_g2_add(out, room);
    (void)!gvm_bls12_381_g1_msm(out, room, 2);
    (void)!gvm_bls12_381_g2_msm(out, room, 2);
    (void)!gvm_bls12_381_pairing_check(&ok, room, 2);
    (void)!gvm_bls12_381_map_fp_to_g1(out, room);
    (void)!gvm_bls12_381_map_fp2_to_g2(out, room);
    (void)!gvm_kzg_point_evaluation(out, room);
    (void)!gvm_kzg_verify_proof(room, room + 48, room + 80, room + 112);
    const uint64_t indices[2] = {gvm_load_le64(room), room[0]};
    static uint8_t cells[2 * GVM_KZG_CELL];
    take(cells, sizeof cells, in);
    (void)!gvm_kzg_verify_cell_proof_batch(room, indices, cells, room, 2);
}

/* Compressed points: what is accepted is written back as the same bytes. */
static void compressed(gvm_bytes in) {
    gvm_bls_public_key key;
    gvm_bls_signature signature;
    uint8_t point[256], back[96];
    take(key.b, sizeof key.b, in);
    take(signature.b, sizeof signature.b, in);
    if (gvm_bls12_381_g1_decompress(point, key.b) == GVM_OK) {
        GVM_ASSERT(gvm_bls12_381_g1_compress(back, point) == GVM_OK);
        GVM_ASSERT(memcmp(back, key.b, sizeof key.b) == 0);
    }
    if (gvm_bls12_381_g2_decompress(point, signature.b) == GVM_OK) {
        GVM_ASSERT(gvm_bls12_381_g2_compress(back, point) == GVM_OK);
        GVM_ASSERT(memcmp(back, signature.b, sizeof signature.b) == 0);
    }
    (void)!gvm_bls_verify(&key, in, &signature);
}

/* The i-th small multiple of a generator, made once. */
static void multiples(g1_aff g1[256], g2_aff g2[256]) {
    for (size_t i = 0; i < 256; i++) {
        const uint64_t k[1] = {i < 128 ? i : 256 - i};
        g1_jac p;
        g2_jac q;
        g1_from_aff(&p, &gvm_bls_g1_generator);
        g2_from_aff(&q, &gvm_bls_g2_generator);
        g1_mul_plain(&p, &p, k, 1);
        g2_mul_plain(&q, &q, k, 1);
        g1_to_aff(&g1[i], &p);
        g2_to_aff(&g2[i], &q);
        if (i >= 128) g1_aff_neg(&g1[i], &g1[i]);
        if (i >= 128) g2_aff_neg(&g2[i], &g2[i]);
    }
}

/* Sums of multiples, by Straus or Pippenger as their number decides, against double-and-add. Each
 * term is a byte that chooses the point, a byte that chooses the form of the scalar, and its bytes.
 */
static void sums(gvm_bytes in) {
    static g1_aff g1[256], p[TERM_MAX];
    static g2_aff g2[256], q[TERM_MAX];
    static bls_scalar k[TERM_MAX];
    static bool ready;
    if (!ready) multiples(g1, g2);
    ready = true;
    size_t n = 0;
    g1_jac fast1, slow1, t1;
    g2_jac fast2, slow2, t2;
    memset(&slow1, 0, sizeof slow1);
    memset(&slow2, 0, sizeof slow2);
    while (in.len >= 2 && n < TERM_MAX) {
        uint8_t bytes[32] = {0}, form = in.ptr[1];
        p[n] = g1[in.ptr[0]];
        q[n] = g2[in.ptr[0]];
        in = gvm_bytes_make(in.ptr + 2, in.len - 2);
        size_t len = form & 31;
        if (len > in.len) len = in.len;
        if (len > 0) memcpy(bytes + 32 - len, in.ptr, len);
        if (form & 32) memset(bytes, 0xff, 32 - len);
        in = gvm_bytes_make(in.ptr + len, in.len - len);
        gvm_bls_scalar_reduce(&k[n], bytes);
        if ((form & 64) && n > 0) k[n] = k[n - 1];
        g1_from_aff(&t1, &p[n]);
        g1_mul_plain(&t1, &t1, k[n].l, 4);
        g1_add(&slow1, &slow1, &t1);
        g2_from_aff(&t2, &q[n]);
        g2_mul_plain(&t2, &t2, k[n].l, 4);
        g2_add(&slow2, &slow2, &t2);
        n++;
    }
    GVM_ASSERT(gvm_bls_g1_msm(&fast1, p, k, n) && g1_equal(&fast1, &slow1));
    GVM_ASSERT(gvm_bls_g2_msm(&fast2, q, k, n) && g2_equal(&fast2, &slow2));
    if (n == 0) return;
    GVM_ASSERT(g1_pippenger_sum(&fast1, p, k[0].l, 4, 255, n) && g1_equal(&fast1, &slow1));
    GVM_ASSERT(g2_pippenger_sum(&fast2, q, k[0].l, 4, 255, n) && g2_equal(&fast2, &slow2));
    gvm_bls_g1_mul_ct(&t1, &p[0], &k[0]);
    gvm_bls_g1_mul(&fast1, &p[0], &k[0]);
    GVM_ASSERT(g1_equal(&t1, &fast1));
    gvm_bls_g2_mul_ct(&t2, &q[0], &k[0]);
    gvm_bls_g2_mul(&fast2, &q[0], &k[0]);
    GVM_ASSERT(g2_equal(&t2, &fast2));
}

/* Field arithmetic: the fast products against portable ones and against each other's laws. */
static void fields(gvm_bytes in) {
    uint8_t bytes[192];
    fp a, b, c, d, t;
    fp_wide w;
    take(bytes, sizeof bytes, in);
    for (int i = 0; i < 4; i++) bytes[48 * i] &= 0x0f; /* below the modulus */
    GVM_ASSERT(fp_from_be(&a, bytes) && fp_from_be(&b, bytes + 48) && fp_from_be(&c, bytes + 96));
    fp_mul(&t, &a, &b);
    gvm_mont_portable(true);
    fp_mul(&d, &a, &b);
    GVM_ASSERT(fp_equal(&t, &d));
    fp_mul_wide(&w, &a, &b);
    fp_redc(&d, &w);
    GVM_ASSERT(fp_equal(&t, &d));
    gvm_mont_portable(false);
    fp_mul_wide(&w, &a, &b);
    fp_redc(&d, &w);
    GVM_ASSERT(fp_equal(&t, &d));
    fp_add(&t, &a, &b);
    fp_mul(&t, &t, &c);
    fp_mul(&a, &a, &c);
    fp_mul(&b, &b, &c);
    fp_add(&d, &a, &b);
    GVM_ASSERT(fp_equal(&t, &d));
    fp_sub(&d, &t, &a);
    GVM_ASSERT(fp_equal(&d, &b));
    fp_inv(&d, &c);
    fp_inv_var(&t, &c);
    GVM_ASSERT(fp_equal(&t, &d));
    fp2 z = {a, b}, s, r;
    fp2_sqr(&s, &z);
    fp2_mul(&r, &z, &z);
    GVM_ASSERT(fp2_equal(&s, &r));
    GVM_ASSERT(gvm_bls_fp2_sqrt(&r, &s));
    fp2_sqr(&r, &r);
    GVM_ASSERT(fp2_equal(&s, &r));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) return 0;
    gvm_bytes rest = gvm_bytes_make(data + 1, size - 1);
    switch (data[0] % 4) {
    case 0: hostile(rest); break;
    case 1: compressed(rest); break;
    case 2: sums(rest); break;
    default: fields(rest); break;
    }
    return 0;
}
