/* The chain: blocks in, one canonical chain with its state out, durable in one commit a block.
 *
 *      whoever orders blocks:  import ──┐                 ┌──▶ readers (any thread, their own
 * transactions) (a file, a peer, the             ├─▶ one writer ───┤ Engine API, the sealer) seal
 * ───┘  (a lock)       └──▶ listeners, after the commit
 *
 * Imported blocks that extend the head are executed and become the head. Others are kept as side
 * blocks and executed when gvm_chain_set_head chooses them: everything from unwinding to the last
 * new block is one commit, so a branch that proves invalid leaves the chain as it was. Before the
 * merge the heavier branch is chosen at import (EIP-3675).
 *
 * Functions may be called from any thread. Those that write wait for one another. */
#ifndef GVM_CHAIN_CHAIN_H
#define GVM_CHAIN_CHAIN_H

#include "chain/logs.h"
#include "chain/process.h"
#include "chain/records.h"
#include "state/db.h"

typedef struct gvm_chain gvm_chain;

typedef struct gvm_chain_options {
    uint64_t history;           /* blocks whose state is kept, head included; 0: all */
    gvm_native_lookup *natives; /* native contracts; the caller's choice, the same for all blocks */
    bool check_supply;          /* `ghost` rules: a block whose GCC do not add up is not written */
} gvm_chain_options;

typedef struct gvm_chain_report {
    bool created; /* genesis was written now */
    uint64_t head, oldest_state;
} gvm_chain_report;

/* Opens the chain in the store. genesis is written where the store is empty; else its hash must be
 * that of the stored one (GVM_ERR_GENESIS); NULL takes what is stored (GVM_ERR_NOT_FOUND in an
 * empty store). Checks that head, records and state belong together (GVM_ERR_CORRUPT says what does
 * not). The store must outlive the chain. report may be NULL. */
GVM_NODISCARD gvm_status gvm_chain_open(gvm_chain **out, gvm_chain_report *report, gvm_store *store,
                                        const gvm_genesis *genesis,
                                        const gvm_chain_options *options, gvm_error *err);
void gvm_chain_close(gvm_chain *chain);
/* Whether the store holds a chain that was made from a genesis of this text_hash: to open it, the
 * text (which may be long) need not be read and compared again. */
bool gvm_chain_made_from(gvm_store *store, const gvm_hash *text_hash);

const gvm_chain_config *gvm_chain_config_of(const gvm_chain *chain);
gvm_store *gvm_chain_store(gvm_chain *chain);
gvm_hash gvm_chain_genesis_hash(const gvm_chain *chain);

/* ---- reading */
/* A copy of the head's header; hash may be NULL. */
void gvm_chain_head(gvm_chain *chain, gvm_header *header, gvm_hash *hash);
/* GVM_ERR_NOT_FOUND. */
GVM_NODISCARD gvm_status gvm_chain_hash_at(gvm_chain *chain, gvm_hash *hash, uint64_t number);
GVM_NODISCARD gvm_status gvm_chain_read(gvm_chain *chain, gvm_stored_block *out,
                                        const gvm_hash *hash, gvm_read_parts parts);
GVM_NODISCARD gvm_status gvm_chain_read_at(gvm_chain *chain, gvm_stored_block *out, uint64_t number,
                                           gvm_read_parts parts);
/* Where a transaction stands in the canonical chain. */
GVM_NODISCARD gvm_status gvm_chain_tx_place(gvm_chain *chain, uint64_t *number, uint32_t *index,
                                            const gvm_hash *tx_hash);
/* The state after the block; close with gvm_statedb_view_close. GVM_ERR_NOT_FOUND: pruned, or above
 * the head. */
GVM_NODISCARD gvm_status gvm_chain_view(gvm_chain *chain, gvm_stateview **view, uint64_t number);
/* Sets what calls in the context of that block need: block, rules, block hashes, natives. The vm's
 * state is the caller's. */
void gvm_chain_set_env(gvm_chain *chain, gvm_vm *vm, const gvm_header *header);
/* The logs that match, in order. emit may stop by another status than GVM_OK, which is then
 * returned. The log is valid during the call; block is read with receipts. GVM_ERR_LIMIT: more than
 * max_blocks would have to be read. */
typedef gvm_status gvm_log_emit(void *ctx, const gvm_stored_block *block, uint32_t tx_index,
                                uint32_t log_index, const gvm_log *log);
GVM_NODISCARD gvm_status gvm_chain_logs(gvm_chain *chain, const gvm_log_filter *filter,
                                        size_t max_blocks, gvm_log_emit *emit, void *ctx);

/* ---- writing */
/* One block in RLP. GVM_OK: it is known now (or was already); *became_head tells whether it is the
 * head. Refusals: GVM_ERR_BLOCK_*, GVM_ERR_TX_*, codes of the decoder; nothing is kept of a refused
 * block. */
GVM_NODISCARD gvm_status gvm_chain_import(gvm_chain *chain, bool *became_head, gvm_bytes block,
                                          gvm_error *err);
/* Makes a known block the head, unwinding and executing what that needs. GVM_ERR_NOT_FOUND: the
 * block or an ancestor is not known, or the state to start from is pruned. GVM_ERR_BLOCK_*,
 * GVM_ERR_TX_*: the branch is not valid; nothing changed. */
GVM_NODISCARD gvm_status gvm_chain_set_head(gvm_chain *chain, const gvm_hash *hash, gvm_error *err);

/* What a sealed block is made of, beside transactions. */
typedef struct gvm_seal {
    uint64_t timestamp; /* after the head's */
    gvm_address coinbase;
    uint64_t gas_limit; /* 0: as the head's */
    gvm_hash prev_randao, parent_beacon_root;
    const gvm_u256 *base_fee; /* NULL: by EIP-1559; development only */
    bool free_gas_limit;      /* gas_limit need not be near the parent's; development only */
    uint8_t extra[32], extra_len;
    const gvm_withdrawal *withdrawals;
    size_t withdrawal_count;
    /* The next candidate, NULL for no more. Its sender is set. */
    const gvm_tx *(*next)(void *ctx, const gvm_block_run *so_far);
    /* What became of it: GVM_OK included, GVM_ERR_TX_* refused for the reason. May be NULL. */
    void (*done)(void *ctx, const gvm_tx *tx, gvm_status status, const gvm_error *why);
    /* What else belongs into the block's commit; a failure is the block's. May be NULL. */
    gvm_status (*keep)(void *ctx, gvm_store_txn *txn, const gvm_block *block);
    void *ctx;
} gvm_seal;
/* Builds a block on the head and makes it the head. *hash may be NULL. */
GVM_NODISCARD gvm_status gvm_chain_seal(gvm_chain *chain, gvm_hash *hash, const gvm_seal *seal,
                                        gvm_error *err);
/* Builds it on the head as it is now without keeping it, from a reading thread: what `pending`
 * means. The result has no hash of meaning; its transactions point to what seal->next gave. Free
 * it. */
GVM_NODISCARD gvm_status gvm_chain_preview(gvm_chain *chain, gvm_stored_block *out,
                                           const gvm_seal *seal, gvm_error *err);

/* ---- events: after the commit, in order, in the thread that wrote, before the writing call
 * returns. A listener must not write to the chain. Blocks taken off come first, newest first. */
typedef struct gvm_chain_event {
    bool removed;
    const gvm_block *block; /* with senders */
    const gvm_receipt *receipts;
} gvm_chain_event;
typedef void gvm_chain_listener(void *ctx, const gvm_chain_event *event);
/* At most GVM_CHAIN_LISTENERS. GVM_ERR_LIMIT. */
#define GVM_CHAIN_LISTENERS 16
GVM_NODISCARD gvm_status gvm_chain_listen(gvm_chain *chain, gvm_chain_listener *listener,
                                          void *ctx);

#endif
