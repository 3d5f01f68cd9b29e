/* RLP allows one encoding of a string of a given length, so the members of each list stand at equal
 * distances in the wire form: a view is a pointer to the first and a stride, and the same type
 * describes the wire, the store and freshly computed proofs. */
#include "exec/blob_tx.h"

#include <stdlib.h>

enum { BLOB_HEADER = 4, POINT_HEADER = 1 };

bool gvm_blob_tx_is_network(gvm_bytes in) {
    if (in.len < 2 || in.ptr[0] != GVM_TX_BLOB) return false;
    gvm_rlp_reader r = gvm_rlp_reader_make(gvm_bytes_make(in.ptr + 1, in.len - 1)), list;
    gvm_rlp_item first;
    return gvm_rlp_read_list(&r, &list) == GVM_OK && gvm_rlp_peek(&list, &first) == GVM_OK &&
           first.is_list;
}

/* ---- decoding */

/* A list of strings of `size` bytes each. */
static gvm_status read_members(gvm_rlp_reader *in, const uint8_t **first, size_t *count,
                               size_t size, const char *what, gvm_error *err) {
    gvm_rlp_reader list;
    gvm_status status = gvm_rlp_read_list(in, &list);
    *first = NULL;
    *count = 0;
    while (status == GVM_OK && !gvm_rlp_done(&list)) {
        gvm_bytes member;
        status = gvm_rlp_read_bytes(&list, &member);
        if (status != GVM_OK) break;
        if (member.len != size)
            return gvm_error_set(err, GVM_ERR_TX_BLOB_SIDECAR,
                                 "%s %zu of the sidecar: expected %zu bytes, found %zu", what,
                                 *count, size, member.len);
        if (*count == 0) *first = member.ptr;
        *count += 1;
    }
    if (status == GVM_OK) return GVM_OK;
    return gvm_error_set(err, status, "%ss of the sidecar: %s", what, gvm_status_text(status));
}

static gvm_status read_version(gvm_rlp_reader *in, uint8_t *version, gvm_error *err) {
    gvm_rlp_item next;
    uint64_t v;
    *version = GVM_SIDECAR_BLOB_PROOFS;
    GVM_TRY(gvm_rlp_peek(in, &next));
    if (next.is_list) return GVM_OK;
    GVM_TRY(gvm_rlp_read_u64(in, &v));
    if (v != GVM_SIDECAR_CELL_PROOFS)
        return gvm_error_set(err, GVM_ERR_TX_BLOB_SIDECAR,
                             "version of the sidecar: expected 1 or none, found %llu",
                             (unsigned long long)v);
    *version = GVM_SIDECAR_CELL_PROOFS;
    return GVM_OK;
}

static gvm_status open_lists(gvm_bytes *fields, gvm_rlp_reader *inside, gvm_bytes in) {
    gvm_rlp_reader whole;
    gvm_rlp_item item;
    if (in.len < 2 || in.ptr[0] != GVM_TX_BLOB) return GVM_ERR_SYNTAX;
    whole = gvm_rlp_reader_make(gvm_bytes_make(in.ptr + 1, in.len - 1));
    GVM_TRY(gvm_rlp_read_list(&whole, inside));
    GVM_TRY(gvm_rlp_read_end(&whole));
    GVM_TRY(gvm_rlp_next(inside, &item));
    *fields = item.encoded;
    return item.is_list ? GVM_OK : GVM_ERR_SYNTAX;
}

gvm_status gvm_blob_tx_decode(gvm_bytes *fields, gvm_sidecar *out, gvm_bytes in, gvm_error *err) {
    gvm_rlp_reader r;
    size_t commitments, proofs;
    *out = (gvm_sidecar){.blob_stride = BLOB_HEADER + GVM_KZG_BLOB,
                         .point_stride = POINT_HEADER + GVM_KZG_POINT};
    gvm_status status = open_lists(fields, &r, in);
    if (status == GVM_OK) status = read_version(&r, &out->version, err);
    if (status != GVM_OK && status != GVM_ERR_TX_BLOB_SIDECAR)
        return gvm_error_set(err, status, "blob transaction in network form: %s",
                             gvm_status_text(status));
    GVM_TRY(status);
    GVM_TRY(read_members(&r, &out->blobs, &out->count, GVM_KZG_BLOB, "blob", err));
    GVM_TRY(read_members(&r, &out->commitments, &commitments, GVM_KZG_POINT, "commitment", err));
    GVM_TRY(read_members(&r, &out->proofs, &proofs, GVM_KZG_POINT, "proof", err));
    status = gvm_rlp_read_end(&r);
    if (status != GVM_OK)
        return gvm_error_set(err, status, "blob transaction in network form: %s",
                             gvm_status_text(status));
    if (out->count > GVM_SIDECAR_BLOBS_MAX)
        return gvm_error_set(err, GVM_ERR_TX_BLOB_SIDECAR, "too many blobs: at most %d, found %zu",
                             GVM_SIDECAR_BLOBS_MAX, out->count);
    if (commitments != out->count)
        return gvm_error_set(err, GVM_ERR_TX_BLOB_SIDECAR,
                             "invalid number of %zu blob commitments compared to %zu blobs",
                             commitments, out->count);
    size_t want = out->count * gvm_sidecar_proofs_per_blob(out);
    if (proofs != want)
        return gvm_error_set(err, GVM_ERR_TX_BLOB_SIDECAR,
                             "invalid number of blob proofs: expected %zu, found %zu", want,
                             proofs);
    return GVM_OK;
}

/* ---- encoding */

static void put_points(gvm_buf *out, const uint8_t *first, size_t stride, size_t count) {
    gvm_rlp_put_list_header(out, count * (POINT_HEADER + GVM_KZG_POINT));
    for (size_t i = 0; i < count; i++)
        gvm_rlp_put_bytes(out, gvm_bytes_make(first + i * stride, GVM_KZG_POINT));
}

void gvm_blob_tx_encode(gvm_buf *out, gvm_bytes block_form, const gvm_sidecar *s) {
    GVM_ASSERT(block_form.len > 1 && block_form.ptr[0] == GVM_TX_BLOB);
    size_t points = POINT_HEADER + GVM_KZG_POINT;
    size_t proofs = s->count * gvm_sidecar_proofs_per_blob(s);
    size_t blobs_size = s->count * (BLOB_HEADER + GVM_KZG_BLOB);
    bool versioned = s->version != GVM_SIDECAR_BLOB_PROOFS;
    gvm_buf_put(out, GVM_TX_BLOB);
    gvm_rlp_put_list_header(out, block_form.len - 1 + versioned + gvm_rlp_size_list(blobs_size) +
                                     gvm_rlp_size_list(s->count * points) +
                                     gvm_rlp_size_list(proofs * points));
    gvm_rlp_put_raw(out, gvm_bytes_make(block_form.ptr + 1, block_form.len - 1));
    if (versioned) gvm_rlp_put_u64(out, s->version);
    gvm_rlp_put_list_header(out, blobs_size);
    for (size_t i = 0; i < s->count; i++)
        gvm_rlp_put_bytes(out, gvm_bytes_make(gvm_sidecar_blob(s, i), GVM_KZG_BLOB));
    put_points(out, s->commitments, s->point_stride, s->count);
    put_points(out, s->proofs, s->point_stride, proofs);
}

/* ---- verifying */

gvm_status gvm_sidecar_check(const gvm_sidecar *s, const gvm_hash *versioned_hashes, size_t count,
                             gvm_error *err) {
    if (s->count != count)
        return gvm_error_set(err, GVM_ERR_TX_BLOB_SIDECAR,
                             "invalid number of %zu blobs compared to %zu blob hashes", s->count,
                             count);
    for (size_t i = 0; i < count; i++) {
        gvm_hash hash;
        gvm_kzg_versioned_hash(&hash, gvm_sidecar_commitment(s, i));
        if (!gvm_hash_equal(&hash, &versioned_hashes[i]))
            return gvm_error_set(err, GVM_ERR_TX_BLOB_SIDECAR,
                                 "blob %zu: its commitment does not have the transaction's "
                                 "versioned hash",
                                 i);
    }
    return GVM_OK;
}

static void copy_points(uint8_t *out, const uint8_t *first, size_t stride, size_t count) {
    for (size_t i = 0; i < count; i++)
        memcpy(out + i * GVM_KZG_POINT, first + i * stride, GVM_KZG_POINT);
}

static gvm_status verify_blob_proofs(const gvm_sidecar *s) {
    uint8_t *blobs = malloc(s->count * (GVM_KZG_BLOB + 2 * GVM_KZG_POINT));
    if (blobs == NULL) return GVM_ERR_NOMEM;
    uint8_t *commitments = blobs + s->count * GVM_KZG_BLOB,
            *proofs = commitments + s->count * GVM_KZG_POINT;
    for (size_t i = 0; i < s->count; i++)
        memcpy(blobs + i * GVM_KZG_BLOB, gvm_sidecar_blob(s, i), GVM_KZG_BLOB);
    copy_points(commitments, s->commitments, s->point_stride, s->count);
    copy_points(proofs, s->proofs, s->point_stride, s->count);
    gvm_status status = gvm_kzg_verify_blob_proof_batch(blobs, commitments, proofs, s->count);
    free(blobs);
    return status;
}

/* Blob by blob, so that memory does not grow with their number. */
static gvm_status verify_cell_proofs(const gvm_sidecar *s) {
    enum { N = GVM_KZG_CELL_COUNT };
    uint64_t indices[N];
    gvm_status status = GVM_OK;
    uint8_t *cells = malloc((size_t)N * (GVM_KZG_CELL + 2 * GVM_KZG_POINT));
    if (cells == NULL) return GVM_ERR_NOMEM;
    uint8_t *commitments = cells + N * GVM_KZG_CELL, *proofs = commitments + N * GVM_KZG_POINT;
    for (size_t i = 0; i < N; i++) indices[i] = i;
    for (size_t i = 0; status == GVM_OK && i < s->count; i++) {
        copy_points(commitments, gvm_sidecar_commitment(s, i), 0, N);
        copy_points(proofs, gvm_sidecar_proof(s, i * N), s->point_stride, N);
        status = gvm_kzg_compute_cells_and_proofs(cells, NULL, gvm_sidecar_blob(s, i));
        if (status == GVM_OK)
            status = gvm_kzg_verify_cell_proof_batch(commitments, indices, cells, proofs, N);
    }
    free(cells);
    return status;
}

gvm_status gvm_sidecar_verify(const gvm_sidecar *s, gvm_error *err) {
    if (s->count == 0) return GVM_OK;
    gvm_status status =
        s->version == GVM_SIDECAR_CELL_PROOFS ? verify_cell_proofs(s) : verify_blob_proofs(s);
    if (status == GVM_OK || status == GVM_ERR_NOMEM) return status;
    return gvm_error_set(err, GVM_ERR_TX_BLOB_PROOF, "invalid blob or proof: %s",
                         gvm_status_text(status));
}

gvm_status gvm_blob_tx_to_cell_proofs(gvm_buf *out, gvm_bytes block_form, const gvm_sidecar *s) {
    enum { PROOFS = GVM_KZG_CELL_COUNT * GVM_KZG_POINT, CELLS = GVM_KZG_CELL_COUNT * GVM_KZG_CELL };
    gvm_status status = GVM_OK;
    uint8_t *cells = malloc(CELLS + s->count * (PROOFS + GVM_KZG_POINT));
    if (cells == NULL) return GVM_ERR_NOMEM;
    uint8_t *proofs = cells + CELLS, *commitments = proofs + s->count * PROOFS;
    for (size_t i = 0; status == GVM_OK && i < s->count; i++)
        status =
            gvm_kzg_compute_cells_and_proofs(cells, proofs + i * PROOFS, gvm_sidecar_blob(s, i));
    if (status == GVM_OK) {
        copy_points(commitments, s->commitments, s->point_stride, s->count);
        gvm_sidecar whole = {GVM_SIDECAR_CELL_PROOFS, s->count,     s->blobs, commitments, proofs,
                             s->blob_stride,          GVM_KZG_POINT};
        gvm_blob_tx_encode(out, block_form, &whole);
        status = gvm_buf_status(out);
    }
    free(cells);
    return status;
}
