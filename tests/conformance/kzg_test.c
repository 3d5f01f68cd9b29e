/* KZG against geth's point evaluations and c-kzg-4844's cases for EIP-4844 and EIP-7594. */
#include "crypto/kzg.h"

#include "crypto/kzg/kzg_core.h"
#include "support/curve_vectors.h"
#include "support/kzg_yaml.h"
#include "support/vectors.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static gvm_status point_evaluation(gvm_buf *out, gvm_bytes in) {
    if (in.len != 192) return GVM_ERR_ARGUMENT;
    return gvm_kzg_point_evaluation(gvm_buf_extend(out, 64), in.ptr);
}

static void test_geth_point_evaluation(void **state) {
    (void)state;
    vector_count c = {.what = "geth pointEvaluation"};
    vector_precompile(&c, "pointEvaluation", point_evaluation, false);
    assert_true(vector_report(&c));
}

static size_t all_numbers(uint64_t *out, size_t room, gvm_bytes input, const char *key) {
    yaml v;
    size_t n = 0;
    assert_true(yaml_get(&v, input, 2, key));
    char *copy = strndup((const char *)v.text.ptr, v.text.len), *save = NULL;
    for (char *p = strtok_r(copy, "[], \n", &save); p != NULL;
         p = strtok_r(NULL, "[], \n", &save)) {
        assert_true(n < room);
        out[n++] = strtoull(p, NULL, 10);
    }
    free(copy);
    return n;
}

/* ---- handlers. Each answers whether the case came out as it should. */

typedef struct kzg_case {
    gvm_bytes input, output;
    bool is_null, is_true, is_false;
} kzg_case;

/* All hex strings of the output equal to the given bytes. */
static bool output_is(const kzg_case *c, const uint8_t *a, size_t a_len, const uint8_t *b,
                      size_t b_len) {
    gvm_buf one = {0}, all = {0};
    size_t at = 0;
    while (next_hex(&one, c->output, &at)) gvm_buf_append(&all, one.ptr, one.len);
    bool ok = all.len == a_len + b_len && memcmp(all.ptr, a, a_len) == 0 &&
              (b_len == 0 || memcmp(all.ptr + a_len, b, b_len) == 0);
    gvm_buf_free(&one);
    gvm_buf_free(&all);
    return ok;
}

static bool verdict_is(const kzg_case *c, bool readable, gvm_status s) {
    if (c->is_true) return readable && s == GVM_OK;
    if (c->is_false) return readable && s == GVM_ERR_PROOF;
    return c->is_null && (!readable || (s != GVM_OK && s != GVM_ERR_PROOF));
}

typedef struct fields {
    gvm_buf blob, commitment, proof, z, y;
    bool ok;
} fields;

static fields read_fields(const kzg_case *c, const char *names) {
    fields f = {.ok = true};
    if (strchr(names, 'b')) all_hex(&f.blob, c->input, "blob", GVM_KZG_BLOB, &f.ok);
    if (strchr(names, 'c')) all_hex(&f.commitment, c->input, "commitment", 48, &f.ok);
    if (strchr(names, 'p')) all_hex(&f.proof, c->input, "proof", 48, &f.ok);
    if (strchr(names, 'z')) all_hex(&f.z, c->input, "z", 32, &f.ok);
    if (strchr(names, 'y')) all_hex(&f.y, c->input, "y", 32, &f.ok);
    return f;
}

static void free_fields(fields *f) {
    gvm_buf_free(&f->blob);
    gvm_buf_free(&f->commitment);
    gvm_buf_free(&f->proof);
    gvm_buf_free(&f->z);
    gvm_buf_free(&f->y);
}

static bool run_blob_to_commitment(const kzg_case *c) {
    fields f = read_fields(c, "b");
    uint8_t out[48];
    bool ok = f.ok && gvm_kzg_blob_to_commitment(out, f.blob.ptr) == GVM_OK;
    free_fields(&f);
    return c->is_null ? !ok : ok && output_is(c, out, 48, NULL, 0);
}

static bool run_compute_proof(const kzg_case *c) {
    fields f = read_fields(c, "bz");
    uint8_t proof[48], y[32];
    bool ok = f.ok && gvm_kzg_compute_proof(proof, y, f.blob.ptr, f.z.ptr) == GVM_OK;
    free_fields(&f);
    return c->is_null ? !ok : ok && output_is(c, proof, 48, y, 32);
}

static bool run_compute_blob_proof(const kzg_case *c) {
    fields f = read_fields(c, "bc");
    uint8_t proof[48];
    bool ok = f.ok && gvm_kzg_compute_blob_proof(proof, f.blob.ptr, f.commitment.ptr) == GVM_OK;
    free_fields(&f);
    return c->is_null ? !ok : ok && output_is(c, proof, 48, NULL, 0);
}

static bool run_compute_challenge(const kzg_case *c) {
    fields f = read_fields(c, "bc");
    uint8_t out[32];
    fr r;
    if (f.ok) gvm_kzg_blob_challenge(&r, f.blob.ptr, f.commitment.ptr);
    if (f.ok) fr_to_be(out, &r);
    bool ok = f.ok && output_is(c, out, 32, NULL, 0);
    free_fields(&f);
    return ok;
}

static bool run_verify_proof(const kzg_case *c) {
    fields f = read_fields(c, "czyp");
    gvm_status s = GVM_OK;
    if (f.ok) s = gvm_kzg_verify_proof(f.commitment.ptr, f.z.ptr, f.y.ptr, f.proof.ptr);
    bool ok = verdict_is(c, f.ok, s);
    free_fields(&f);
    return ok;
}

static bool run_verify_blob_proof(const kzg_case *c) {
    fields f = read_fields(c, "bcp");
    gvm_status s = GVM_OK;
    if (f.ok) s = gvm_kzg_verify_blob_proof(f.blob.ptr, f.commitment.ptr, f.proof.ptr);
    bool ok = verdict_is(c, f.ok, s);
    free_fields(&f);
    return ok;
}

static bool run_verify_blob_proof_batch(const kzg_case *c) {
    gvm_buf blobs = {0}, commitments = {0}, proofs = {0};
    bool ok = true;
    size_t n = all_hex(&blobs, c->input, "blobs", GVM_KZG_BLOB, &ok);
    ok = all_hex(&commitments, c->input, "commitments", 48, &ok) == n && ok;
    ok = all_hex(&proofs, c->input, "proofs", 48, &ok) == n && ok;
    gvm_status s = GVM_OK;
    if (ok) s = gvm_kzg_verify_blob_proof_batch(blobs.ptr, commitments.ptr, proofs.ptr, n);
    ok = verdict_is(c, ok, s);
    gvm_buf_free(&blobs);
    gvm_buf_free(&commitments);
    gvm_buf_free(&proofs);
    return ok;
}

static uint8_t cells[GVM_KZG_CELL_COUNT * GVM_KZG_CELL],
    cell_proofs[GVM_KZG_CELL_COUNT * GVM_KZG_POINT];

static bool run_compute_cells(const kzg_case *c) {
    fields f = read_fields(c, "b");
    bool ok = f.ok && gvm_kzg_compute_cells_and_proofs(cells, NULL, f.blob.ptr) == GVM_OK;
    free_fields(&f);
    return c->is_null ? !ok : ok && output_is(c, cells, sizeof cells, NULL, 0);
}

static bool run_compute_cells_and_proofs(const kzg_case *c) {
    fields f = read_fields(c, "b");
    bool ok = f.ok && gvm_kzg_compute_cells_and_proofs(cells, cell_proofs, f.blob.ptr) == GVM_OK;
    free_fields(&f);
    return c->is_null ? !ok
                      : ok && output_is(c, cells, sizeof cells, cell_proofs, sizeof cell_proofs);
}

static bool run_recover(const kzg_case *c) {
    gvm_buf known = {0};
    uint64_t indices[256];
    bool ok = true;
    size_t n = all_hex(&known, c->input, "cells", GVM_KZG_CELL, &ok);
    ok = all_numbers(indices, 256, c->input, "cell_indices") == n && ok;
    ok =
        ok && gvm_kzg_recover_cells_and_proofs(cells, cell_proofs, indices, known.ptr, n) == GVM_OK;
    gvm_buf_free(&known);
    return c->is_null ? !ok
                      : ok && output_is(c, cells, sizeof cells, cell_proofs, sizeof cell_proofs);
}

static bool run_verify_cells(const kzg_case *c) {
    gvm_buf values = {0}, commitments = {0}, proofs = {0};
    uint64_t indices[1024];
    bool ok = true;
    size_t n = all_hex(&values, c->input, "cells", GVM_KZG_CELL, &ok);
    ok = all_hex(&commitments, c->input, "commitments", 48, &ok) == n && ok;
    ok = all_hex(&proofs, c->input, "proofs", 48, &ok) == n && ok;
    ok = all_numbers(indices, 1024, c->input, "cell_indices") == n && ok;
    gvm_status s = GVM_OK;
    if (ok)
        s = gvm_kzg_verify_cell_proof_batch(commitments.ptr, indices, values.ptr, proofs.ptr, n);
    ok = verdict_is(c, ok, s);
    gvm_buf_free(&values);
    gvm_buf_free(&commitments);
    gvm_buf_free(&proofs);
    return ok;
}

static bool run_cell_challenge(const kzg_case *c) {
    gvm_buf values = {0}, commitments = {0}, proofs = {0};
    uint64_t indices[1024], where[1024];
    uint8_t out[32];
    bool ok = true;
    size_t n_commitments = all_hex(&commitments, c->input, "commitments", 48, &ok);
    size_t n = all_hex(&proofs, c->input, "proofs", 48, &ok);
    ok = all_hex(&values, c->input, "cosets_evals", 32, &ok) == 64 * n && ok;
    ok = all_numbers(indices, 1024, c->input, "cell_indices") == n && ok;
    ok = all_numbers(where, 1024, c->input, "commitment_indices") == n && ok;
    if (ok) {
        kzg_cell_batch b = {commitments.ptr, n_commitments, where, indices,
                            values.ptr,      proofs.ptr,    n};
        fr r;
        gvm_kzg_cell_challenge(&r, &b);
        fr_to_be(out, &r);
        ok = output_is(c, out, 32, NULL, 0);
    }
    gvm_buf_free(&values);
    gvm_buf_free(&commitments);
    gvm_buf_free(&proofs);
    return ok;
}

static const struct {
    const char *name;
    bool (*run)(const kzg_case *c);
} handlers[] = {
    {"blob_to_kzg_commitment", run_blob_to_commitment},
    {"compute_kzg_proof", run_compute_proof},
    {"compute_blob_kzg_proof", run_compute_blob_proof},
    {"compute_challenge", run_compute_challenge},
    {"verify_kzg_proof", run_verify_proof},
    {"verify_blob_kzg_proof", run_verify_blob_proof},
    {"verify_blob_kzg_proof_batch", run_verify_blob_proof_batch},
    {"compute_cells", run_compute_cells},
    {"compute_cells_and_kzg_proofs", run_compute_cells_and_proofs},
    {"compute_verify_cell_kzg_proof_batch_challenge", run_cell_challenge},
    {"verify_cell_kzg_proof_batch", run_verify_cells},
    {"recover_cells_and_kzg_proofs", run_recover},
};

typedef struct handler_run {
    size_t handler;
    vector_count count;
} handler_run;

static void run_member(void *context, const char *name, gvm_bytes data) {
    handler_run *h = context;
    kzg_case c = {0};
    yaml in, out;
    assert_true(yaml_get(&in, data, 0, "input") && yaml_get(&out, data, 0, "output"));
    c.input = in.text;
    c.output = out.text;
    c.is_null = out.text.len >= 5 && memcmp(out.text.ptr, " null", 5) == 0;
    c.is_true = out.text.len >= 5 && memcmp(out.text.ptr, " true", 5) == 0;
    c.is_false = out.text.len >= 6 && memcmp(out.text.ptr, " false", 6) == 0;
    vector_check(&h->count, handlers[h->handler].run(&c), handlers[h->handler].name, name);
}

static void test_c_kzg(void **state) {
    (void)state;
    size_t passed = 0, failed = 0;
    for (size_t i = 0; i < sizeof handlers / sizeof *handlers; i++) {
        handler_run h = {i, {.what = handlers[i].name}};
        char sub[256];
        snprintf(sub, sizeof sub, "crypto/kzg-4844-7594/%s.tar.zst", handlers[i].name);
        assert_true(vectors_each(sub, "data.yaml", NULL, run_member, &h) > 0);
        assert_true(vector_report(&h.count));
        passed += h.count.passed;
        failed += h.count.failed;
    }
    printf("kzg-4844-7594: %zu passed, %zu failed\n", passed, failed);
}

int main(void) {
    vector_need("ethereum/geth/core-vm/precompiles/pointEvaluation.json");
    vector_need("crypto/kzg-4844-7594");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_geth_point_evaluation),
        cmocka_unit_test(test_c_kzg),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
