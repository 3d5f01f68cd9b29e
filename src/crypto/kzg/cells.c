/* EIP-7594: cells, their proofs, and recovery (fulu/polynomial-commitments-sampling.md).
 *
 * Cell i is the blob's polynomial on the coset h H, where H are the 64th roots of unity and h =
 * w^(i bit-reversed), w of order 8192. A cell's proof is the commitment to (f - I) / (X^64 - h^64),
 * I the polynomial of degree below 64 through the cell's values. */
#include "crypto/kzg/kzg_core.h"
#include "crypto/sha256.h"

/* The exponent of w in the shift of a cell's coset. */
static size_t shift_of(uint64_t cell) {
    return gvm_kzg_reverse_bits((uint32_t)cell, KZG_EXT_LOG - KZG_CELL_LOG);
}

static void write_cells(uint8_t *out, const fr *values) {
    for (size_t i = 0; i < KZG_EXT; i++) fr_to_be(out + GVM_KZG_ELEMENT * i, &values[i]);
}

/* Cells and proofs of the polynomial in ext[0..KZG_N - 1]; ext is KZG_EXT long and overwritten. */
static gvm_status extend(uint8_t *cells, uint8_t *proofs, fr *ext) {
    if (proofs != NULL) GVM_TRY(gvm_kzg_fk20(proofs, ext));
    memset(ext + KZG_N, 0, (KZG_EXT - KZG_N) * sizeof *ext);
    gvm_kzg_fft_forward(ext, KZG_EXT_LOG);
    write_cells(cells, ext);
    return GVM_OK;
}

gvm_status gvm_kzg_compute_cells_and_proofs(uint8_t cells[GVM_KZG_CELL_COUNT * GVM_KZG_CELL],
                                            uint8_t proofs[GVM_KZG_CELL_COUNT * GVM_KZG_POINT],
                                            const uint8_t blob[GVM_KZG_BLOB]) {
    fr *ext = malloc(KZG_EXT * sizeof *ext);
    if (ext == NULL) return GVM_ERR_NOMEM;
    gvm_status s = gvm_kzg_read_elements(ext, blob, KZG_N);
    if (s == GVM_OK) {
        gvm_kzg_fft_backward(ext, KZG_EXT_LOG - 1);
        s = extend(cells, proofs, ext);
    }
    free(ext);
    return s;
}

/* ---- verification */

static void hash_u64(gvm_sha256_state *s, uint64_t v) {
    uint8_t b[8];
    gvm_store_be64(b, v);
    gvm_sha256_update(s, gvm_bytes_make(b, sizeof b));
}

void gvm_kzg_cell_challenge(fr *r, const kzg_cell_batch *b) {
    gvm_sha256_state s;
    gvm_hash h;
    gvm_sha256_init(&s);
    gvm_sha256_update(&s, gvm_bytes_str("RCKZGCBATCH__V1_"));
    hash_u64(&s, KZG_N);
    hash_u64(&s, KZG_CELL_ELEMENTS);
    hash_u64(&s, b->n_commitments);
    hash_u64(&s, b->n);
    gvm_sha256_update(&s, gvm_bytes_make(b->commitments, GVM_KZG_POINT * b->n_commitments));
    for (size_t i = 0; i < b->n; i++) {
        hash_u64(&s, b->commitment_indices[i]);
        hash_u64(&s, b->cell_indices[i]);
        gvm_sha256_update(&s, gvm_bytes_make(b->cells + GVM_KZG_CELL * i, GVM_KZG_CELL));
        gvm_sha256_update(&s, gvm_bytes_make(b->proofs + GVM_KZG_POINT * i, GVM_KZG_POINT));
    }
    gvm_sha256_final(&s, &h);
    gvm_kzg_hash_to_fr(r, &h);
}

/* The members of commitments without repetitions, in order of first appearance, and where each
 * went. */
static size_t unique(uint8_t *out, uint64_t *where, const uint8_t *commitments, size_t n) {
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        const uint8_t *c = commitments + GVM_KZG_POINT * i;
        size_t k = 0;
        /* cells of one blob mostly come together */
        if (i > 0 && memcmp(c, c - GVM_KZG_POINT, GVM_KZG_POINT) == 0) k = where[i - 1];
        while (k < used && memcmp(out + GVM_KZG_POINT * k, c, GVM_KZG_POINT) != 0) k++;
        if (k == used) memcpy(out + GVM_KZG_POINT * used++, c, GVM_KZG_POINT);
        where[i] = k;
    }
    return used;
}

/* What verification works on; n entries each where not said otherwise. */
typedef struct work {
    uint8_t *commitments;
    uint64_t *where;
    g1_aff *points;                   /* 2 n + 64: proofs, commitments, powers of tau */
    fr *k;                            /* their coefficients */
    fr *powers;                       /* of the challenge */
    fr (*columns)[KZG_CELL_ELEMENTS]; /* GVM_KZG_CELL_COUNT: the sums of r^i times the cells of one
                                         index */
} work;

static bool work_init(work *w, size_t n) {
    w->commitments = calloc(n, GVM_KZG_POINT);
    w->where = calloc(n, sizeof *w->where);
    w->points = calloc(2 * n + KZG_CELL_ELEMENTS, sizeof *w->points);
    w->k = calloc(2 * n + KZG_CELL_ELEMENTS, sizeof *w->k);
    w->powers = calloc(n, sizeof *w->powers);
    w->columns = calloc(GVM_KZG_CELL_COUNT, sizeof *w->columns);
    return w->commitments && w->where && w->points && w->k && w->powers && w->columns;
}

static void work_free(work *w) {
    free(w->commitments);
    free(w->where);
    free(w->points);
    free(w->k);
    free(w->powers);
    free(w->columns);
}

/* Reads the cells and adds them, each times its power, to its index's column. */
static gvm_status sum_columns(work *w, const kzg_cell_batch *b) {
    for (size_t i = 0; i < b->n; i++) {
        fr cell[KZG_CELL_ELEMENTS], t;
        GVM_TRY(gvm_kzg_read_elements(cell, b->cells + GVM_KZG_CELL * i, KZG_CELL_ELEMENTS));
        fr *column = w->columns[b->cell_indices[i]];
        for (size_t j = 0; j < KZG_CELL_ELEMENTS; j++) {
            fr_mul(&t, &cell[j], &w->powers[i]);
            fr_add(&column[j], &column[j], &t);
        }
    }
    return GVM_OK;
}

/* out -= the coefficients of the sum of all columns' interpolations */
static void subtract_interpolations(fr out[KZG_CELL_ELEMENTS], work *w, const kzg_cell_batch *b) {
    const fr *roots = gvm_kzg_roots();
    bool used[GVM_KZG_CELL_COUNT] = {false};
    fr t;
    for (size_t i = 0; i < b->n; i++) used[b->cell_indices[i]] = true;
    for (size_t c = 0; c < GVM_KZG_CELL_COUNT; c++) {
        if (!used[c]) continue;
        gvm_kzg_fft_backward(w->columns[c], KZG_CELL_LOG);
        for (size_t j = 0; j < KZG_CELL_ELEMENTS; j++) {
            fr_mul(&t, &w->columns[c][j], &roots[(KZG_EXT - shift_of(c) * j % KZG_EXT) % KZG_EXT]);
            fr_sub(&out[j], &out[j], &t);
        }
    }
}

/* e(sum r^i C_i - [sum r^i I_i]_1 + sum r^i h_i^64 pi_i, [1]_2) = e(sum r^i pi_i, [tau^64]_2) */
static gvm_status check_batch(work *w, const kzg_cell_batch *b) {
    size_t n = b->n, m = b->n_commitments;
    const fr *roots = gvm_kzg_roots();
    g1_jac left, right;
    for (size_t i = 0; i < n; i++) {
        fr *sum = &w->k[n + b->commitment_indices[i]];
        fr_add(sum, sum, &w->powers[i]);
        size_t e = shift_of(b->cell_indices[i]) * KZG_CELL_ELEMENTS % KZG_EXT;
        fr_mul(&w->k[i], &w->powers[i], &roots[e]);
    }
    subtract_interpolations(w->k + n + m, w, b);
    memcpy(w->points + n + m, gvm_kzg_monomial_64(), KZG_CELL_ELEMENTS * sizeof *w->points);
    GVM_TRY(gvm_kzg_msm(&left, w->points, w->k, n + m + KZG_CELL_ELEMENTS));
    GVM_TRY(gvm_kzg_msm(&right, w->points, w->powers, n));
    return gvm_kzg_pairing_holds(&left, &right, true) ? GVM_OK : GVM_ERR_PROOF;
}

gvm_status gvm_kzg_verify_cell_proof_batch(const uint8_t *commitments, const uint64_t *indices,
                                           const uint8_t *cells, const uint8_t *proofs, size_t n) {
    gvm_status status = GVM_OK;
    work w;
    fr r;
    if (n == 0) return GVM_OK;
    for (size_t i = 0; i < n; i++)
        if (indices[i] >= GVM_KZG_CELL_COUNT) return GVM_ERR_RANGE;
    if (!work_init(&w, n)) {
        status = GVM_ERR_NOMEM;
        goto fail;
    }
    size_t m = unique(w.commitments, w.where, commitments, n);
    kzg_cell_batch b = {w.commitments, m, w.where, indices, cells, proofs, n};
    for (size_t i = 0; i < n; i++)
        GVM_TRY_GOTO(gvm_kzg_read_point(&w.points[i], proofs + GVM_KZG_POINT * i));
    for (size_t i = 0; i < m; i++)
        GVM_TRY_GOTO(gvm_kzg_read_point(&w.points[n + i], w.commitments + GVM_KZG_POINT * i));
    gvm_kzg_cell_challenge(&r, &b);
    fr_one(&w.powers[0]);
    for (size_t i = 1; i < n; i++) fr_mul(&w.powers[i], &w.powers[i - 1], &r);
    GVM_TRY_GOTO(sum_columns(&w, &b));
    status = check_batch(&w, &b);
fail:
    work_free(&w);
    return status;
}

/* ---- recovery */

/* The coefficients of the product of (X^64 - h^64) over the missing cells: every 64th one is not
 * zero. */
static void vanishing(fr *z, const bool *known) {
    const fr *roots = gvm_kzg_roots();
    fr short_z[GVM_KZG_CELL_COUNT + 1], t;
    size_t degree = 0;
    fr_one(&short_z[0]);
    for (size_t c = 0; c < GVM_KZG_CELL_COUNT; c++) {
        if (known[c]) continue;
        const fr *root = &roots[shift_of(c) * KZG_CELL_ELEMENTS % KZG_EXT];
        fr_zero(&short_z[degree + 1]);
        degree++;
        for (size_t i = degree; i > 0; i--) {
            fr_mul(&t, &short_z[i], root);
            fr_sub(&short_z[i], &short_z[i - 1], &t);
        }
        fr_mul(&t, &short_z[0], root);
        fr_neg(&short_z[0], &t);
    }
    memset(z, 0, KZG_EXT * sizeof *z);
    for (size_t i = 0; i <= degree; i++) z[KZG_CELL_ELEMENTS * i] = short_z[i];
}

/* a[i] *= s^i */
static void scale(fr *a, const fr *s) {
    fr power;
    fr_one(&power);
    for (size_t i = 0; i < KZG_EXT; i++) {
        fr_mul(&a[i], &a[i], &power);
        fr_mul(&power, &power, s);
    }
}

/* Values (0 where missing) to the polynomial's coefficients: (f Z) is known everywhere, and is
 * divided by Z on a coset where Z has no zero. */
static gvm_status interpolate(fr *a, const bool *known) {
    fr seven, inverse, *z = malloc(2 * KZG_EXT * sizeof *z), *q = z + KZG_EXT;
    if (z == NULL) return GVM_ERR_NOMEM;
    fr_set_u64(&seven, 7);
    fr_inv_var(&inverse, &seven);
    vanishing(z, known);
    memcpy(q, z, KZG_EXT * sizeof *q);
    gvm_kzg_fft_forward(q, KZG_EXT_LOG);
    for (size_t i = 0; i < KZG_EXT; i++) fr_mul(&a[i], &a[i], &q[i]);
    gvm_kzg_fft_backward(a, KZG_EXT_LOG);
    scale(a, &seven);
    scale(z, &seven);
    gvm_kzg_fft_forward(a, KZG_EXT_LOG);
    gvm_kzg_fft_forward(z, KZG_EXT_LOG);
    gvm_kzg_invert_many(q, z, KZG_EXT);
    for (size_t i = 0; i < KZG_EXT; i++) fr_mul(&a[i], &a[i], &q[i]);
    gvm_kzg_fft_backward(a, KZG_EXT_LOG);
    scale(a, &inverse);
    free(z);
    return GVM_OK;
}

gvm_status gvm_kzg_recover_cells_and_proofs(uint8_t cells[GVM_KZG_CELL_COUNT * GVM_KZG_CELL],
                                            uint8_t proofs[GVM_KZG_CELL_COUNT * GVM_KZG_POINT],
                                            const uint64_t *indices, const uint8_t *known_cells,
                                            size_t n) {
    gvm_status status = GVM_OK;
    bool known[GVM_KZG_CELL_COUNT] = {false};
    if (n < GVM_KZG_CELL_COUNT / 2 || n > GVM_KZG_CELL_COUNT) return GVM_ERR_ARGUMENT;
    for (size_t i = 0; i < n; i++) {
        if (indices[i] >= GVM_KZG_CELL_COUNT) return GVM_ERR_RANGE;
        if (i > 0 && indices[i] <= indices[i - 1]) return GVM_ERR_ARGUMENT;
        known[indices[i]] = true;
    }
    fr *a = calloc(KZG_EXT, sizeof *a);
    if (a == NULL) return GVM_ERR_NOMEM;
    for (size_t i = 0; i < n; i++)
        GVM_TRY_GOTO(gvm_kzg_read_elements(a + KZG_CELL_ELEMENTS * indices[i],
                                           known_cells + GVM_KZG_CELL * i, KZG_CELL_ELEMENTS));
    if (n == GVM_KZG_CELL_COUNT)
        gvm_kzg_fft_backward(a, KZG_EXT_LOG);
    else
        GVM_TRY_GOTO(interpolate(a, known));
    for (size_t i = KZG_N; i < KZG_EXT; i++) {
        if (fr_is_zero(&a[i])) continue;
        status = GVM_ERR_PROOF;
        goto fail;
    }
    status = extend(cells, proofs, a);
fail:
    free(a);
    return status;
}
