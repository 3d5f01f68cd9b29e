#include "crypto/kzg.h"

#include "crypto/kzg/kzg_core.h"
#include "support/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static uint8_t blob[GVM_KZG_BLOB], cells[GVM_KZG_CELL_COUNT * GVM_KZG_CELL], commitment[48];

/* Elements that are different and below 2^248. */
static void fill(fr *out, uint8_t *bytes, size_t n, uint64_t seed) {
    for (size_t i = 0; i < n; i++) {
        uint8_t e[32] = {0};
        for (size_t j = 0; j < 31; j += 8) {
            uint64_t v = (seed + i + 1) * 0x9e3779b97f4a7c15ull * (j + 3);
            gvm_store_be64(e + j, v ^ v >> 29);
        }
        e[0] = 0;
        if (out != NULL) assert_true(fr_from_be(&out[i], e));
        if (bytes != NULL) memcpy(bytes + 32 * i, e, 32);
    }
}

static g1_aff sum(const g1_aff *points, const fr *k, size_t n) {
    g1_jac r;
    g1_aff a;
    assert_int_equal(gvm_kzg_msm(&r, points, k, n), GVM_OK);
    g1_to_aff(&a, &r);
    return a;
}

/* Each point of G1 is the one before times tau, of G2's first power: a random combination of all.
 */
static void test_setup_is_powers_of_one_secret(void **state) {
    (void)state;
    static fr k[KZG_N];
    const g1_aff *m = gvm_kzg_monomial();
    assert_memory_equal(&m[0], &gvm_bls_g1_generator, sizeof m[0]);
    fill(k, NULL, KZG_N, 5);
    g1_aff p[2] = {sum(m + 1, k, KZG_N - 1), sum(m, k, KZG_N - 1)};
    g2_aff q[2] = {gvm_bls_g2_generator, *gvm_kzg_tau_g2()};
    g1_aff_neg(&p[1], &p[1]);
    assert_true(gvm_bls_pairing_is_one(p, q, 2));
    p[0] = m[KZG_CELL_ELEMENTS];
    g1_aff_neg(&p[1], &gvm_bls_g1_generator);
    q[1] = *gvm_kzg_tau_64_g2();
    assert_true(gvm_bls_pairing_is_one(p, q, 2));
    for (size_t i = 0; i < KZG_CELL_ELEMENTS; i++)
        assert_memory_equal(&m[i], &gvm_kzg_monomial_64()[i], sizeof m[i]);
    for (size_t i = 0; i < KZG_N; i += 97) assert_true(gvm_bls_in_g1(&m[i]));
}

/* A polynomial has one commitment, by its values and by its coefficients. */
static void test_setup_bases_agree(void **state) {
    (void)state;
    static fr values[KZG_N];
    fill(values, NULL, KZG_N, 11);
    g1_aff by_values = sum(gvm_kzg_lagrange(), values, KZG_N);
    gvm_kzg_fft_backward(values, KZG_EXT_LOG - 1);
    g1_aff by_coefficients = sum(gvm_kzg_monomial(), values, KZG_N);
    assert_memory_equal(&by_values, &by_coefficients, sizeof by_values);
}

static void test_blob_proofs(void **state) {
    (void)state;
    uint8_t proof[48], y[32], z[32] = {0}, in[192], out[64];
    gvm_hash h;
    fill(NULL, blob, KZG_N, 77);
    assert_int_equal(gvm_kzg_blob_to_commitment(commitment, blob), GVM_OK);
    assert_int_equal(gvm_kzg_compute_blob_proof(proof, blob, commitment), GVM_OK);
    assert_int_equal(gvm_kzg_verify_blob_proof(blob, commitment, proof), GVM_OK);
    blob[31] ^= 1;
    assert_int_equal(gvm_kzg_verify_blob_proof(blob, commitment, proof), GVM_ERR_PROOF);
    blob[31] ^= 1;
    z[31] = 1; /* a root of unity: the first value itself */
    assert_int_equal(gvm_kzg_compute_proof(proof, y, blob, z), GVM_OK);
    assert_memory_equal(y, blob, 32);
    z[31] = 2;
    assert_int_equal(gvm_kzg_compute_proof(proof, y, blob, z), GVM_OK);
    gvm_kzg_versioned_hash(&h, commitment);
    memcpy(in, h.b, 32);
    memcpy(in + 32, z, 32);
    memcpy(in + 64, y, 32);
    memcpy(in + 96, commitment, 48);
    memcpy(in + 144, proof, 48);
    assert_int_equal(gvm_kzg_point_evaluation(out, in), GVM_OK);
    assert_true(hex_equal(out, 64,
                          "0000000000000000000000000000000000000000000000000000000000001000"
                          "73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001"));
    in[95] ^= 1;
    assert_int_equal(gvm_kzg_point_evaluation(out, in), GVM_ERR_PROOF);
    in[95] ^= 1;
    in[0] = 2;
    assert_int_equal(gvm_kzg_point_evaluation(out, in), GVM_ERR_PROOF);
    in[0] = 1;
    memset(in + 32, 0xff, 32);
    assert_int_equal(gvm_kzg_point_evaluation(out, in), GVM_ERR_RANGE);
    assert_int_equal(gvm_kzg_verify_blob_proof_batch(NULL, NULL, NULL, 0), GVM_OK);
}

static void test_cells(void **state) {
    (void)state;
    static uint8_t known[64 * GVM_KZG_CELL], again[sizeof cells];
    uint64_t indices[64];
    uint8_t same[3 * 48];
    assert_int_equal(gvm_kzg_compute_cells_and_proofs(cells, NULL, blob), GVM_OK);
    assert_memory_equal(cells, blob, sizeof blob);
    for (size_t i = 0; i < 64; i++) {
        indices[i] = 2 * i + (i & 1);
        memcpy(known + i * GVM_KZG_CELL, cells + indices[i] * GVM_KZG_CELL, GVM_KZG_CELL);
    }
    assert_int_equal(gvm_kzg_recover_cells_and_proofs(again, NULL, indices, known, 64), GVM_OK);
    assert_memory_equal(again, cells, sizeof cells);
    assert_int_equal(gvm_kzg_recover_cells_and_proofs(again, NULL, indices, known, 63),
                     GVM_ERR_ARGUMENT);
    indices[63] = 128;
    assert_int_equal(gvm_kzg_recover_cells_and_proofs(again, NULL, indices, known, 64),
                     GVM_ERR_RANGE);
    /* 128 cells of which one is wrong are of no blob */
    uint64_t all[128];
    for (size_t i = 0; i < 128; i++) all[i] = i;
    memcpy(again, cells, sizeof cells);
    again[5 * GVM_KZG_CELL + 31] ^= 1;
    assert_int_equal(gvm_kzg_recover_cells_and_proofs(cells, NULL, all, again, 128), GVM_ERR_PROOF);
    again[5 * GVM_KZG_CELL + 31] ^= 1;
    /* the zero polynomial: commitment and proofs are infinity */
    memset(again, 0, sizeof again);
    memset(same, 0, sizeof same);
    for (size_t i = 0; i < 3; i++) same[48 * i] = 0xc0;
    uint64_t three[3] = {7, 0, 127};
    assert_int_equal(gvm_kzg_verify_cell_proof_batch(same, three, again, same, 3), GVM_OK);
    again[31] = 1;
    assert_int_equal(gvm_kzg_verify_cell_proof_batch(same, three, again, same, 3), GVM_ERR_PROOF);
    three[2] = 128;
    assert_int_equal(gvm_kzg_verify_cell_proof_batch(same, three, again, same, 3), GVM_ERR_RANGE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_setup_is_powers_of_one_secret),
        cmocka_unit_test(test_setup_bases_agree),
        cmocka_unit_test(test_blob_proofs),
        cmocka_unit_test(test_cells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
