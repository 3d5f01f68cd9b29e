/* The transaction pool: what waits for a block, by sender and nonce.
 *
 * An account's transactions form a row in nonce order. As far as the row is without gaps from the
 * account's nonce on and the balance covers it, its transactions are pending (a block may take
 * them); the rest is queued. A transaction with the same nonce replaces another if it offers at
 * least a tenth more of both fees (blob transactions: twice as much). When the pool is full, what
 * pays least goes first, from the ends of rows.
 *
 * The pool follows the chain by its events and may be used from any thread. */
#ifndef GVM_CHAIN_POOL_H
#define GVM_CHAIN_POOL_H

#include "chain/blobs.h"
#include "chain/chain.h"

enum {
    GVM_POOL_SLOTS = 16384,        /* transactions in all */
    GVM_POOL_ACCOUNT_SLOTS = 1024, /* of one sender */
    GVM_POOL_NONCE_AHEAD = 4096,   /* how far a nonce may be ahead of the account's */
    GVM_POOL_TX_BYTES = 128 << 10, /* EIP-2718 bytes, without blobs */
    GVM_POOL_AHEAD = 24 * 3600,    /* how many seconds before not_before one is taken (0x47) */
    GVM_POOL_PRICE_BUMP = 10,      /* percent */
    GVM_POOL_BLOB_PRICE_BUMP = 100,
    GVM_POOL_BLOBS = 1024,       /* in all */
    GVM_POOL_SPONSORED = 16,     /* of one sponsor, as nothing is reserved */
    GVM_POOL_ACCOUNT_BLOBS = 16, /* blob transactions of one sender */
};

typedef struct gvm_pool gvm_pool;

typedef struct gvm_pool_options {
    gvm_u256 min_tip; /* priority fee (types 0, 1: of the price) below which nothing is taken;
                         usually 0 in devnets */
    uint64_t blob_retention; /* seconds for which blobs are kept after their block; 0:
                                GVM_BLOBS_RETENTION */
} gvm_pool_options;

/* A transaction in the pool, reference-counted: valid until gvm_pool_tx_release. */
typedef struct gvm_pool_tx {
    gvm_tx tx;
    gvm_bytes encoded; /* as a block holds it */
    gvm_bytes network; /* of a blob transaction: with its blobs (exec/blob_tx.h); else empty */
    uint64_t sequence; /* order of arrival */
    bool local;        /* never evicted for its price */
} gvm_pool_tx;

/* Registers itself as a listener of the chain, which must outlive it. */
GVM_NODISCARD gvm_status gvm_pool_new(gvm_pool **out, gvm_chain *chain,
                                      const gvm_pool_options *options);
void gvm_pool_delete(gvm_pool *pool);

/* One transaction as eth_sendRawTransaction has it. *hash is set as soon as it decodes. GVM_OK: in
 * the pool, pending or queued. Refusals: GVM_ERR_TX_*, GVM_ERR_EXISTS (known already),
 * GVM_ERR_TX_UNDERPRICED, GVM_ERR_TX_REPLACEMENT, GVM_ERR_TX_POOL_FULL, GVM_ERR_TX_SIZE.
 *
 * Blob transactions come in their network form. Their proofs are verified outside the pool's lock,
 * after everything that is cheaper to check. From Osaka on they need cell proofs: where one comes
 * with blob proofs, these are verified and the cell proofs computed, as geth does
 * for what is sent to it. When a block has taken them, the pool puts their blobs into chain/blobs.h
 * (in the block's own commit where gvm_pool_picker_keep is part of the seal). */
GVM_NODISCARD gvm_status gvm_pool_add(gvm_pool *pool, gvm_hash *hash, gvm_bytes raw, bool local,
                                      gvm_error *err);
/* The same for a transaction that was not signed: its sender is believed (development,
 * impersonation). tx is copied. */
GVM_NODISCARD gvm_status gvm_pool_add_unsigned(gvm_pool *pool, gvm_hash *hash, const gvm_tx *tx,
                                               gvm_error *err);
/* Takes one out; GVM_ERR_NOT_FOUND. */
GVM_NODISCARD gvm_status gvm_pool_drop(gvm_pool *pool, const gvm_hash *hash);
void gvm_pool_clear(gvm_pool *pool);

/* NULL where it is not there; else to be released. *pending may be NULL. */
const gvm_pool_tx *gvm_pool_get(gvm_pool *pool, bool *pending, const gvm_hash *hash);
void gvm_pool_tx_release(const gvm_pool_tx *tx);
/* The account's nonce after its pending transactions. */
GVM_NODISCARD gvm_status gvm_pool_next_nonce(gvm_pool *pool, uint64_t *nonce,
                                             const gvm_address *sender);
void gvm_pool_count(gvm_pool *pool, size_t *pending, size_t *queued);
/* Every transaction, by sender and nonce; each to be released, the array to be freed. */
typedef struct gvm_pool_item {
    const gvm_pool_tx *tx;
    bool pending;
} gvm_pool_item;
GVM_NODISCARD gvm_status gvm_pool_list(gvm_pool *pool, gvm_pool_item **items, size_t *count);

/* Told of each transaction that becomes known, outside the pool's lock. */
typedef void gvm_pool_listener(void *ctx, const gvm_pool_tx *tx);
void gvm_pool_listen(gvm_pool *pool, gvm_pool_listener *listener, void *ctx);

/* ---- a block's candidates: a snapshot of the pending rows, best tip first, each sender's in nonce
 * order */
typedef struct gvm_pool_picker gvm_pool_picker;
GVM_NODISCARD gvm_status gvm_pool_pick(gvm_pool *pool, gvm_pool_picker **out, gvm_u256 base_fee,
                                       gvm_u256 blob_base_fee);
/* For gvm_seal: `ctx` is the picker. Passes over what no longer fits into the block's gas. */
const gvm_tx *gvm_pool_picker_next(void *ctx, const gvm_block_run *so_far);
/* For gvm_seal: a sender whose transaction was refused gets no further in this block; what can
 * never be valid leaves the pool. */
void gvm_pool_picker_done(void *ctx, const gvm_tx *tx, gvm_status status, const gvm_error *why);
/* For gvm_seal: the blobs of what the block took, and the end of those whose time is over. */
GVM_NODISCARD gvm_status gvm_pool_picker_keep(void *ctx, gvm_store_txn *txn,
                                              const gvm_block *block);
void gvm_pool_picker_free(gvm_pool_picker *picker);

#endif
