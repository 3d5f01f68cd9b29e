#include "chain/blobs.h"

#include <stdlib.h>

enum { AT_VERSION = 16, AT_COMMITMENT = 17, AT_PROOFS = 17 + GVM_KZG_POINT, TIME_KEY = 48 };

static gvm_bytes key_of(const gvm_hash *h) {
    return gvm_bytes_make(h->b, sizeof h->b);
}

static void time_key(uint8_t key[TIME_KEY], uint64_t timestamp, uint64_t number,
                     const gvm_hash *hash) {
    gvm_store_be64(key, timestamp);
    gvm_store_be64(key + 8, number);
    memcpy(key + 16, hash->b, 32);
}

static gvm_status put_one(gvm_store_txn *txn, gvm_buf *buf, const gvm_hash *hash,
                          const gvm_sidecar *s, size_t i, uint64_t number, uint64_t timestamp) {
    uint8_t head[AT_COMMITMENT], key[TIME_KEY];
    size_t proofs = gvm_sidecar_proofs_per_blob(s);
    gvm_store_be64(head, number);
    gvm_store_be64(head + 8, timestamp);
    head[AT_VERSION] = s->version;
    gvm_buf_clear(buf);
    gvm_buf_append(buf, head, sizeof head);
    gvm_buf_append(buf, gvm_sidecar_commitment(s, i), GVM_KZG_POINT);
    for (size_t k = 0; k < proofs; k++)
        gvm_buf_append(buf, gvm_sidecar_proof(s, i * proofs + k), GVM_KZG_POINT);
    gvm_buf_append(buf, gvm_sidecar_blob(s, i), GVM_KZG_BLOB);
    GVM_TRY(gvm_buf_status(buf));
    GVM_TRY(gvm_store_put(txn, GVM_TABLE_BLOBS, key_of(hash), gvm_buf_bytes(buf)));
    time_key(key, timestamp, number, hash);
    return gvm_store_put(txn, GVM_TABLE_BLOB_TIMES, gvm_bytes_make(key, sizeof key),
                         gvm_bytes_make(NULL, 0));
}

gvm_status gvm_blobs_put(gvm_store_txn *txn, const gvm_hash *versioned_hashes,
                         const gvm_sidecar *sidecar, uint64_t number, uint64_t timestamp) {
    gvm_buf buf = {0};
    gvm_status status = GVM_OK;
    for (size_t i = 0; status == GVM_OK && i < sidecar->count; i++)
        status = put_one(txn, &buf, &versioned_hashes[i], sidecar, i, number, timestamp);
    gvm_buf_free(&buf);
    return status;
}

gvm_status gvm_blobs_get(gvm_store_txn *txn, gvm_stored_blob *out, const gvm_hash *hash) {
    gvm_bytes v;
    GVM_TRY(gvm_store_get(txn, &v, GVM_TABLE_BLOBS, key_of(hash)));
    if (v.len < AT_PROOFS || v.ptr[AT_VERSION] > GVM_SIDECAR_CELL_PROOFS) return GVM_ERR_CORRUPT;
    *out = (gvm_stored_blob){gvm_load_be64(v.ptr),
                             gvm_load_be64(v.ptr + 8),
                             {.version = v.ptr[AT_VERSION],
                              .count = 1,
                              .commitments = v.ptr + AT_COMMITMENT,
                              .proofs = v.ptr + AT_PROOFS,
                              .blob_stride = GVM_KZG_BLOB,
                              .point_stride = GVM_KZG_POINT}};
    size_t proofs = gvm_sidecar_proofs_per_blob(&out->sidecar) * GVM_KZG_POINT;
    out->sidecar.blobs = v.ptr + AT_PROOFS + proofs;
    return v.len == AT_PROOFS + proofs + GVM_KZG_BLOB ? GVM_OK : GVM_ERR_CORRUPT;
}

/* Three runs in one block of memory, so that the result is one view. */
static gvm_status gather(gvm_store_txn *txn, uint8_t **memory, gvm_sidecar *all, const gvm_tx *tx) {
    size_t n = tx->blob_hash_count;
    uint8_t *blobs = NULL, *commitments = NULL, *proofs = NULL;
    for (size_t i = 0; i < n; i++) {
        gvm_stored_blob one;
        GVM_TRY(gvm_blobs_get(txn, &one, &tx->blob_hashes[i]));
        size_t each = gvm_sidecar_proofs_per_blob(&one.sidecar) * GVM_KZG_POINT;
        if (i == 0) {
            *memory = blobs = malloc(n * (GVM_KZG_BLOB + GVM_KZG_POINT + each));
            if (blobs == NULL) return GVM_ERR_NOMEM;
            commitments = blobs + n * GVM_KZG_BLOB;
            proofs = commitments + n * GVM_KZG_POINT;
            *all = one.sidecar;
        } else if (one.sidecar.version != all->version) {
            return GVM_ERR_NOT_FOUND;
        }
        memcpy(blobs + i * GVM_KZG_BLOB, one.sidecar.blobs, GVM_KZG_BLOB);
        memcpy(commitments + i * GVM_KZG_POINT, one.sidecar.commitments, GVM_KZG_POINT);
        memcpy(proofs + i * each, one.sidecar.proofs, each);
    }
    all->count = n;
    all->blobs = blobs;
    all->commitments = commitments;
    all->proofs = proofs;
    return n > 0 ? GVM_OK : GVM_ERR_NOT_FOUND;
}

gvm_status gvm_blobs_network_form(gvm_store_txn *txn, gvm_buf *out, const gvm_tx *tx) {
    gvm_sidecar all = {0};
    gvm_buf form = {0};
    uint8_t *memory = NULL;
    gvm_status status = gather(txn, &memory, &all, tx);
    if (status == GVM_OK) {
        gvm_tx_encode(&form, tx);
        status = gvm_buf_status(&form);
    }
    if (status == GVM_OK) {
        gvm_blob_tx_encode(out, gvm_buf_bytes(&form), &all);
        status = gvm_buf_status(out);
    }
    gvm_buf_free(&form);
    free(memory);
    return status;
}

/* Unless a later block names the blob too. */
static gvm_status forget(gvm_store_txn *txn, const uint8_t key[TIME_KEY]) {
    gvm_stored_blob blob;
    gvm_hash hash;
    memcpy(hash.b, key + 16, 32);
    GVM_TRY(gvm_store_del(txn, GVM_TABLE_BLOB_TIMES, gvm_bytes_make(key, TIME_KEY)));
    gvm_status status = gvm_blobs_get(txn, &blob, &hash);
    if (status == GVM_ERR_NOT_FOUND) return GVM_OK;
    GVM_TRY(status);
    if (blob.timestamp != gvm_load_be64(key) || blob.number != gvm_load_be64(key + 8))
        return GVM_OK;
    return gvm_store_del(txn, GVM_TABLE_BLOBS, key_of(&hash));
}

gvm_status gvm_blobs_prune(gvm_store_txn *txn, uint64_t before, size_t budget) {
    gvm_store_cursor *cursor;
    gvm_status status = GVM_OK;
    GVM_TRY(gvm_store_cursor_open(&cursor, txn, GVM_TABLE_BLOB_TIMES));
    for (size_t i = 0; status == GVM_OK && i < budget; i++) {
        uint8_t key[TIME_KEY];
        status = gvm_store_seek(cursor, gvm_bytes_make(NULL, 0));
        if (status == GVM_ERR_NOT_FOUND) {
            status = GVM_OK;
            break;
        }
        if (status != GVM_OK) break;
        gvm_bytes k = gvm_store_cursor_key(cursor);
        if (k.len != TIME_KEY) {
            status = GVM_ERR_CORRUPT;
            break;
        }
        if (gvm_load_be64(k.ptr) >= before) break;
        memcpy(key, k.ptr, TIME_KEY);
        status = forget(txn, key);
    }
    gvm_store_cursor_close(cursor);
    return status;
}
