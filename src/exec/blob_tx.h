/* Blob transactions as they travel: with their blobs, commitments and proofs (the sidecar), which
 * blocks do not hold.
 *
 *     version 0 (EIP-4844)  0x03 ‖ rlp([transaction, blobs, commitments, proofs])
 *     version 1 (EIP-7594)  0x03 ‖ rlp([transaction, 1, blobs, commitments, cell proofs])
 *
 * `transaction` is the list that blocks hold behind the 0x03. A proof a blob in version 0; in
 * version 1 GVM_KZG_CELL_COUNT proofs a blob, of its cells. From Osaka on transactions travel in
 * version 1, before that in version 0. */
#ifndef GVM_EXEC_BLOB_TX_H
#define GVM_EXEC_BLOB_TX_H

#include "crypto/kzg.h"
#include "exec/tx.h"

enum { GVM_SIDECAR_BLOB_PROOFS = 0, GVM_SIDECAR_CELL_PROOFS = 1 };
/* More blobs than any block has had or is planned to have. */
#define GVM_SIDECAR_BLOBS_MAX 128

/* A view: everything belongs to somebody else. Blob i is at blobs + i * blob_stride; commitments
 * and proofs (those of the first blob before those of the second) alike with point_stride. */
typedef struct gvm_sidecar {
    uint8_t version;
    size_t count; /* of blobs */
    const uint8_t *blobs, *commitments, *proofs;
    size_t blob_stride, point_stride;
} gvm_sidecar;

static inline size_t gvm_sidecar_proofs_per_blob(const gvm_sidecar *s) {
    return s->version == GVM_SIDECAR_CELL_PROOFS ? GVM_KZG_CELL_COUNT : 1;
}
static inline const uint8_t *gvm_sidecar_blob(const gvm_sidecar *s, size_t i) {
    return s->blobs + i * s->blob_stride;
}
static inline const uint8_t *gvm_sidecar_commitment(const gvm_sidecar *s, size_t i) {
    return s->commitments + i * s->point_stride;
}
/* 0 <= i < count * proofs per blob */
static inline const uint8_t *gvm_sidecar_proof(const gvm_sidecar *s, size_t i) {
    return s->proofs + i * s->point_stride;
}

/* Whether it is a network form by its first bytes (type 3 and a list in a list). */
bool gvm_blob_tx_is_network(gvm_bytes in);
/* Takes a network form apart; everything points into `in`. *fields is the transaction's list: 0x03
 * and it are the form that blocks hold. GVM_ERR_TX_BLOB_SIDECAR: unknown version, a member of a
 * wrong size, or not as many commitments and proofs as the blobs need; the codes of codec/rlp.h. */
GVM_NODISCARD gvm_status gvm_blob_tx_decode(gvm_bytes *fields, gvm_sidecar *out, gvm_bytes in,
                                            gvm_error *err);
/* Appends the network form of a transaction that is given in the form of blocks. */
void gvm_blob_tx_encode(gvm_buf *out, gvm_bytes block_form, const gvm_sidecar *sidecar);

/* The sidecar is the one that the transaction names: as many blobs as hashes, and each hash that of
 * its commitment. Cheap. GVM_ERR_TX_BLOB_SIDECAR. */
GVM_NODISCARD gvm_status gvm_sidecar_check(const gvm_sidecar *s, const gvm_hash *versioned_hashes,
                                           size_t count, gvm_error *err);
/* Every proof holds: milliseconds a blob. GVM_ERR_TX_BLOB_PROOF, GVM_ERR_NOMEM. */
GVM_NODISCARD gvm_status gvm_sidecar_verify(const gvm_sidecar *s, gvm_error *err);
/* Appends the network form in version 1 for a sidecar of version 0 that has been verified:
 * computes the cell proofs (crypto/kzg.h says what that costs). GVM_ERR_RANGE, GVM_ERR_NOMEM. */
GVM_NODISCARD gvm_status gvm_blob_tx_to_cell_proofs(gvm_buf *out, gvm_bytes block_form,
                                                    const gvm_sidecar *s);

#endif
