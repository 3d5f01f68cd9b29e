/* Blocks in the store: headers and bodies by hash, the canonical chain by number, and what
 * executing gave: receipts and the place of each transaction. Everything here works inside the
 * caller's store transaction. */
#ifndef GVM_CHAIN_RECORDS_H
#define GVM_CHAIN_RECORDS_H

#include "chain/block.h"
#include "store/store.h"

/* A block as read back. txs have their senders; receipts are there for canonical blocks where asked
 * for. */
typedef struct gvm_stored_block {
    gvm_block block;
    gvm_u256 total_difficulty;
    uint64_t size;         /* bytes of the block's RLP */
    gvm_receipt *receipts; /* block.tx_count, or NULL */
    gvm_buf body;          /* what the transactions point into */
} gvm_stored_block;

typedef enum gvm_read_parts {
    GVM_READ_HEADER,
    GVM_READ_BODY,     /* senders as recovered at execution; side blocks: recovered now */
    GVM_READ_RECEIPTS, /* body and receipts; GVM_ERR_NOT_FOUND where the block was never executed */
} gvm_read_parts;

/* All: GVM_ERR_NOT_FOUND, GVM_ERR_CORRUPT, the store's. */
GVM_NODISCARD gvm_status gvm_records_canonical(gvm_store_txn *txn, gvm_hash *hash, uint64_t number);
GVM_NODISCARD gvm_status gvm_records_read(gvm_store_txn *txn, gvm_stored_block *out,
                                          const gvm_hash *hash, gvm_read_parts parts);
void gvm_stored_block_free(gvm_stored_block *b);
GVM_NODISCARD gvm_status gvm_records_tx_place(gvm_store_txn *txn, uint64_t *number, uint32_t *index,
                                              const gvm_hash *tx_hash);

/* Header and body. */
GVM_NODISCARD gvm_status gvm_records_put(gvm_store_txn *txn, const gvm_block *block,
                                         gvm_u256 total_difficulty);
/* Makes the block the canonical one of its number: receipts, places of transactions, log index. */
GVM_NODISCARD gvm_status gvm_records_link(gvm_store_txn *txn, const gvm_block *block,
                                          const gvm_receipt *receipts);
/* Takes that back (header and body stay). */
GVM_NODISCARD gvm_status gvm_records_unlink(gvm_store_txn *txn, const gvm_stored_block *block);

#endif
