/* Blocks as data: header, transactions, ommers, withdrawals (EIP-4895). */
#ifndef GVM_CHAIN_BLOCK_H
#define GVM_CHAIN_BLOCK_H

#include "base/arena.h"
#include "chain/header.h"
#include "exec/tx.h"

typedef struct gvm_withdrawal {
    uint64_t index, validator, amount; /* amount in Gwei */
    gvm_address address;
} gvm_withdrawal;

typedef struct gvm_block {
    gvm_header header;
    gvm_hash hash; /* of the header as decoded, or as gvm_block_seal set it */
    gvm_tx *txs;   /* senders not recovered */
    size_t tx_count;
    gvm_header *ommers;
    size_t ommer_count;
    bool has_withdrawals;
    gvm_withdrawal *withdrawals;
    size_t withdrawal_count;
    size_t encoded_size; /* bytes of the RLP it was decoded from; 0 for a block that was built */
    gvm_arena arena;
} gvm_block;

/* Zero-initialise, or what decode gave. Frees transactions too. */
void gvm_block_free(gvm_block *b);
/* Strict, the whole input. Transactions point into `in`, which must outlive the block. On failure
 * nothing needs freeing. Codes of codec/rlp.h, exec/tx.h, header.h. */
GVM_NODISCARD gvm_status gvm_block_decode(gvm_block *out, gvm_bytes in, gvm_error *err);
void gvm_block_encode(gvm_buf *out, const gvm_block *b);
/* The same without the header: RLP([transactions, ommers, withdrawals?]), as the store keeps it. */
void gvm_body_encode(gvm_buf *out, const gvm_block *b);
GVM_NODISCARD gvm_status gvm_body_decode(gvm_block *out, gvm_bytes in, gvm_error *err);

/* Roots over the block's lists. */
GVM_NODISCARD gvm_status gvm_block_transactions_root(gvm_hash *out, const gvm_block *b);
GVM_NODISCARD gvm_status gvm_block_withdrawals_root(gvm_hash *out, const gvm_block *b);
GVM_NODISCARD gvm_status gvm_block_ommers_hash(gvm_hash *out, const gvm_block *b);
GVM_NODISCARD gvm_status gvm_receipts_root(gvm_hash *out, const gvm_receipt *receipts,
                                           size_t count);

#endif
