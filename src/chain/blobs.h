/* The blobs of included transactions, kept for a set time after their block: for those who ask, and
 * so that a transaction that a reorganisation takes off the chain can go back to the pool whole.
 * Keyed by versioned hash; a blob that several blocks name is kept by the last of them. Everything
 * here works inside the caller's store transaction. */
#ifndef GVM_CHAIN_BLOBS_H
#define GVM_CHAIN_BLOBS_H

#include "exec/blob_tx.h"
#include "store/store.h"

/* Seconds: 4,096 epochs of 32 slots, as the consensus layer keeps them
 * (MIN_EPOCHS_FOR_BLOB_SIDECARS_REQUESTS). */
#define GVM_BLOBS_RETENTION ((uint64_t)4096 * 32 * 12)

typedef struct gvm_stored_blob {
    uint64_t number, timestamp; /* of the block */
    gvm_sidecar sidecar;        /* of this blob alone; valid as long as the store's memory */
} gvm_stored_blob;

/* Keeps the blobs that belong to the hashes, for the block of that number and time. */
GVM_NODISCARD gvm_status gvm_blobs_put(gvm_store_txn *txn, const gvm_hash *versioned_hashes,
                                       const gvm_sidecar *sidecar, uint64_t number,
                                       uint64_t timestamp);
/* GVM_ERR_NOT_FOUND, GVM_ERR_CORRUPT. */
GVM_NODISCARD gvm_status gvm_blobs_get(gvm_store_txn *txn, gvm_stored_blob *out,
                                       const gvm_hash *versioned_hash);
/* Appends the network form of a transaction whose blobs are all kept. GVM_ERR_NOT_FOUND: not all
 * are, or some with blob proofs and some with cell proofs. */
GVM_NODISCARD gvm_status gvm_blobs_network_form(gvm_store_txn *txn, gvm_buf *out, const gvm_tx *tx);
/* Forgets blobs of blocks with a timestamp below `before`, the oldest first, at most `budget`. */
GVM_NODISCARD gvm_status gvm_blobs_prune(gvm_store_txn *txn, uint64_t before, size_t budget);

#endif
