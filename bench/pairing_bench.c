/* Pairings and group operations, microseconds each, and how many times as fast as with portable
 * products they are. */
#include "crypto/bls12_381.h"
#include "crypto/bls_signature.h"
#include "crypto/bn254.h"
#include "crypto/kzg.h"
#include "crypto/pairing/mont.h"

#include "base/bytes.h"

#include <stdio.h>
#include <time.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Microseconds a call: the best of five runs of at least 20 ms. */
static double measure(void (*work)(void)) {
    double best = 1e9;
    for (int run = 0; run < 5; run++) {
        double start = now(), took = 0;
        long n = 0;
        do {
            work();
            n++;
            took = now() - start;
        } while (took < 0.02);
        if (took / (double)n < best) best = took / (double)n;
    }
    return best * 1e6;
}

static void report(const char *what, void (*work)(void)) {
    double fast = measure(work);
    gvm_mont_portable(true);
    double slow = measure(work);
    gvm_mont_portable(false);
    printf("%-36s %10.1f us   portable %10.1f us   ratio %.2f\n", what, fast, slow, slow / fast);
}

static uint8_t bn_pairs[2 * GVM_BN254_PAIR], bn_in[128], bn_g2_in[160];

/* The generator of G2, EIP-197. */
static const char *const bn_g2[4] = {
    "198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2",
    "1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed",
    "090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b",
    "12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa"};

static void from_hex(uint8_t *out, const char *hex) {
    for (size_t i = 0; hex[2 * i] != '\0'; i++) {
        unsigned v;
        sscanf(hex + 2 * i, "%2x", &v);
        out[i] = (uint8_t)v;
    }
}

static void bn_setup(void) {
    memset(bn_in, 0x5a, sizeof bn_in);
    memset(bn_in, 0, 64);
    bn_in[31] = 1;
    bn_in[63] = 2;
    GVM_ASSERT(gvm_bn254_mul(bn_pairs, bn_in) == GVM_OK);
    for (size_t i = 0; i < 4; i++) from_hex(bn_pairs + 64 + 32 * i, bn_g2[i]);
    memcpy(bn_g2_in, bn_pairs + 64, 128);
    memset(bn_g2_in + 128, 0x5a, 32);
    memcpy(bn_pairs + GVM_BN254_PAIR, bn_pairs, GVM_BN254_PAIR);
    memcpy(bn_in + 64, bn_pairs, 64);
}

static void bn_pairing(void) {
    bool ok;
    GVM_ASSERT(gvm_bn254_pairing_check(&ok, bn_pairs, 2) == GVM_OK);
}
static void bn_add(void) {
    uint8_t out[64];
    GVM_ASSERT(gvm_bn254_add(out, bn_in) == GVM_OK);
}
static void bn_mul(void) {
    uint8_t out[64];
    uint8_t in[96];
    memcpy(in, bn_pairs, 64);
    memset(in + 64, 0x2f, 32);
    GVM_ASSERT(gvm_bn254_mul(out, in) == GVM_OK);
}
static void bn_g2_mul(void) {
    uint8_t out[128];
    GVM_ASSERT(gvm_bn254_g2_mul(out, bn_g2_in) == GVM_OK);
}

enum { BLS_TERMS = 4096 };
static uint8_t bls_pairs[2 * GVM_BLS12_381_PAIR], bls_g1_terms[BLS_TERMS * GVM_BLS12_381_G1_TERM],
    bls_g2_terms[128 * GVM_BLS12_381_G2_TERM], bls_g1_zip[48], bls_g2_zip[96], bls_secret[32];
static gvm_bls_public_key bls_key;
static gvm_bls_signature bls_sig;

static void bls_setup(void) {
    gvm_bytes dst = gvm_bytes_str("bench");
    for (uint32_t i = 0; i < BLS_TERMS; i++) {
        uint8_t *t = bls_g1_terms + (size_t)i * GVM_BLS12_381_G1_TERM;
        if (i < 64)
            gvm_bls12_381_hash_to_g1(t, gvm_bytes_make(&i, sizeof i), dst, true);
        else
            memcpy(t, bls_g1_terms + (size_t)(i % 64) * GVM_BLS12_381_G1_TERM, 128);
        for (uint32_t j = 0; j < 32; j++) t[128 + j] = (uint8_t)((i * 2654435761u + j * 97) >> 7);
    }
    for (uint32_t i = 0; i < 128; i++) {
        uint8_t *t = bls_g2_terms + (size_t)i * GVM_BLS12_381_G2_TERM;
        gvm_bls12_381_hash_to_g2(t, gvm_bytes_make(&i, sizeof i), dst, true);
        for (uint32_t j = 0; j < 32; j++) t[256 + j] = (uint8_t)((i * 2654435761u + j * 97) >> 7);
    }
    for (size_t i = 0; i < 2; i++) {
        memcpy(bls_pairs + i * GVM_BLS12_381_PAIR, bls_g1_terms, 128);
        memcpy(bls_pairs + i * GVM_BLS12_381_PAIR + 128, bls_g2_terms, 256);
    }
    bls_secret[31] = 77;
    bls_secret[3] = 99;
    GVM_ASSERT(gvm_bls12_381_g1_compress(bls_g1_zip, bls_g1_terms) == GVM_OK);
    GVM_ASSERT(gvm_bls12_381_g2_compress(bls_g2_zip, bls_g2_terms) == GVM_OK);
    GVM_ASSERT(gvm_bls_public_key_of(&bls_key, bls_secret) == GVM_OK);
    GVM_ASSERT(gvm_bls_sign(&bls_sig, bls_secret, gvm_bytes_str("message")) == GVM_OK);
}

static uint8_t bls_out[256];
static void bls_pairing(void) {
    bool ok;
    GVM_ASSERT(gvm_bls12_381_pairing_check(&ok, bls_pairs, 2) == GVM_OK);
}
static void bls_g1_mul(void) {
    GVM_ASSERT(gvm_bls12_381_g1_msm(bls_out, bls_g1_terms, 1) == GVM_OK);
}
static void bls_g2_mul(void) {
    GVM_ASSERT(gvm_bls12_381_g2_msm(bls_out, bls_g2_terms, 1) == GVM_OK);
}
static void bls_g1_msm_32(void) {
    GVM_ASSERT(gvm_bls12_381_g1_msm(bls_out, bls_g1_terms, 32) == GVM_OK);
}
static void bls_g1_msm_128(void) {
    GVM_ASSERT(gvm_bls12_381_g1_msm(bls_out, bls_g1_terms, 128) == GVM_OK);
}
static void bls_g1_msm_4096(void) {
    GVM_ASSERT(gvm_bls12_381_g1_msm(bls_out, bls_g1_terms, BLS_TERMS) == GVM_OK);
}
static void bls_g2_msm_128(void) {
    GVM_ASSERT(gvm_bls12_381_g2_msm(bls_out, bls_g2_terms, 128) == GVM_OK);
}
static void bls_g1_zip_read(void) {
    GVM_ASSERT(gvm_bls12_381_g1_decompress(bls_out, bls_g1_zip) == GVM_OK);
}
static void bls_g2_zip_read(void) {
    GVM_ASSERT(gvm_bls12_381_g2_decompress(bls_out, bls_g2_zip) == GVM_OK);
}
static void bls_map_g1(void) {
    GVM_ASSERT(gvm_bls12_381_map_fp_to_g1(bls_out, bls_g1_terms) == GVM_OK);
}
static void bls_map_g2(void) {
    GVM_ASSERT(gvm_bls12_381_map_fp2_to_g2(bls_out, bls_g2_terms) == GVM_OK);
}
static void bls_sign(void) {
    gvm_bls_signature s;
    GVM_ASSERT(gvm_bls_sign(&s, bls_secret, gvm_bytes_str("message")) == GVM_OK);
}
static void bls_verify(void) {
    GVM_ASSERT(gvm_bls_verify(&bls_key, gvm_bytes_str("message"), &bls_sig) == GVM_OK);
}

static uint8_t kzg_blob[GVM_KZG_BLOB], kzg_in[192], kzg_commitment[48], kzg_proof[48],
    kzg_cells[GVM_KZG_CELL_COUNT * GVM_KZG_CELL], kzg_proofs[GVM_KZG_CELL_COUNT * 48],
    kzg_commitments[GVM_KZG_CELL_COUNT * 48];
static uint64_t kzg_indices[GVM_KZG_CELL_COUNT];

static void kzg_setup(void) {
    gvm_hash h;
    for (uint32_t i = 0; i < GVM_KZG_BLOB; i++)
        kzg_blob[i] = i % 32 == 0 ? 0 : (uint8_t)(i * 2654435761u >> 19);
    GVM_ASSERT(gvm_kzg_blob_to_commitment(kzg_commitment, kzg_blob) == GVM_OK);
    GVM_ASSERT(gvm_kzg_compute_blob_proof(kzg_proof, kzg_blob, kzg_commitment) == GVM_OK);
    gvm_kzg_versioned_hash(&h, kzg_commitment);
    memcpy(kzg_in, h.b, 32);
    memset(kzg_in + 33, 0x5a, 31);
    memcpy(kzg_in + 96, kzg_commitment, 48);
    GVM_ASSERT(gvm_kzg_compute_proof(kzg_in + 144, kzg_in + 64, kzg_blob, kzg_in + 32) == GVM_OK);
    double start = now();
    GVM_ASSERT(gvm_kzg_compute_cells_and_proofs(kzg_cells, kzg_proofs, kzg_blob) == GVM_OK);
    printf("%-36s %10.1f us\n", "KZG cells and proofs, first call", (now() - start) * 1e6);
    for (size_t i = 0; i < GVM_KZG_CELL_COUNT; i++) {
        kzg_indices[i] = i;
        memcpy(kzg_commitments + 48 * i, kzg_commitment, 48);
    }
}
static void kzg_point_evaluation(void) {
    uint8_t out[64];
    GVM_ASSERT(gvm_kzg_point_evaluation(out, kzg_in) == GVM_OK);
}
static void kzg_commit(void) {
    GVM_ASSERT(gvm_kzg_blob_to_commitment(kzg_commitment, kzg_blob) == GVM_OK);
}
static void kzg_verify_blob(void) {
    GVM_ASSERT(gvm_kzg_verify_blob_proof(kzg_blob, kzg_commitment, kzg_proof) == GVM_OK);
}
static void kzg_compute_cells(void) {
    GVM_ASSERT(gvm_kzg_compute_cells_and_proofs(kzg_cells, NULL, kzg_blob) == GVM_OK);
}
static void kzg_compute_cells_and_proofs(void) {
    GVM_ASSERT(gvm_kzg_compute_cells_and_proofs(kzg_cells, kzg_proofs, kzg_blob) == GVM_OK);
}
static void kzg_verify_cells(void) {
    GVM_ASSERT(gvm_kzg_verify_cell_proof_batch(kzg_commitments, kzg_indices, kzg_cells, kzg_proofs,
                                               GVM_KZG_CELL_COUNT) == GVM_OK);
}

int main(void) {
    kzg_setup();
    bls_setup();
    bn_setup();
    report("BN254 add", bn_add);
    report("BN254 G1 mul", bn_mul);
    report("BN254 G2 mul", bn_g2_mul);
    report("BN254 pairing check, 2 pairs", bn_pairing);
    report("BLS12-381 G1 mul, checked", bls_g1_mul);
    report("BLS12-381 G2 mul, checked", bls_g2_mul);
    report("BLS12-381 G1 msm 32, checked", bls_g1_msm_32);
    report("BLS12-381 G1 msm 128, checked", bls_g1_msm_128);
    report("BLS12-381 G1 msm 4096, checked", bls_g1_msm_4096);
    report("BLS12-381 G2 msm 128, checked", bls_g2_msm_128);
    report("BLS12-381 pairing check, 2 pairs", bls_pairing);
    report("BLS12-381 G1 decompress, checked", bls_g1_zip_read);
    report("BLS12-381 G2 decompress, checked", bls_g2_zip_read);
    report("BLS12-381 map to G1", bls_map_g1);
    report("BLS12-381 map to G2", bls_map_g2);
    report("BLS sign", bls_sign);
    report("BLS verify", bls_verify);
    report("KZG point evaluation", kzg_point_evaluation);
    report("KZG blob to commitment", kzg_commit);
    report("KZG verify blob proof", kzg_verify_blob);
    report("KZG compute cells", kzg_compute_cells);
    report("KZG compute cells and proofs", kzg_compute_cells_and_proofs);
    report("KZG verify 128 cells", kzg_verify_cells);
    return 0;
}
