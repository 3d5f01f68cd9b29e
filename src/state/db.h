/* The durable state: accounts, storage and code over the store, with the Merkle trie beside them,
 * at every block that is kept.
 *
 * Everything is versioned by block number. A view reads the state as it was after one block; the
 * head moves by gvm_statedb_apply, back by gvm_statedb_unwind, and old blocks are forgotten by
 * gvm_statedb_prune. All three write into the caller's store transaction, so that state, block,
 * receipts and indexes become durable in one commit.
 *
 * Costs: an account or slot one lookup (about a microsecond), whatever the age; a root follows what
 * changed, not the size of the state; wiping a storage is O(1) now, its records go when the block
 * leaves the window.
 *
 * A gvm_statedb may be used by many threads, a view or a transaction by one at a time. Errors
 * beside those listed: those of the store. */
#ifndef GVM_STATE_DB_H
#define GVM_STATE_DB_H

#include "state/diff.h"
#include "store/store.h"
#include "trie/proof.h"

#define GVM_STATEDB_HEAD UINT64_MAX

typedef struct gvm_statedb gvm_statedb;
typedef struct gvm_stateview gvm_stateview;
typedef struct gvm_statepatch gvm_statepatch;

/* The store must outlive it. GVM_ERR_FORMAT_VERSION, GVM_ERR_CORRUPT. */
GVM_NODISCARD gvm_status gvm_statedb_open(gvm_statedb **out, gvm_store *store, gvm_error *err);
/* After all views and patches. NULL is allowed. */
void gvm_statedb_close(gvm_statedb *db);

/* ---- views
 * The state after one block. A view keeps a read transaction between calls and renews it by itself,
 * so it may live as long as its owner likes; results are copies. GVM_STATEDB_HEAD means the head at
 * the time of opening; the view stays at that block when the head moves on. Where its block was
 * unwound or pruned meanwhile, reads answer GVM_ERR_STATE. */

/* GVM_ERR_NOT_FOUND: the block is above the head or no longer kept; or nothing was ever applied (a
 * view of the empty state before the first block: gvm_statedb_view_empty). */
GVM_NODISCARD gvm_status gvm_statedb_view_open(gvm_stateview **out, gvm_statedb *db,
                                               uint64_t block);
/* Over the caller's transaction (of either kind), which sees its own writes and must outlive the
 * view. The caller looks after the transaction's age. */
GVM_NODISCARD gvm_status gvm_statedb_view_in(gvm_stateview **out, gvm_statedb *db,
                                             gvm_store_txn *txn, uint64_t block);
/* The state without accounts: a parent for genesis. */
GVM_NODISCARD gvm_status gvm_statedb_view_empty(gvm_stateview **out, gvm_statedb *db);
/* NULL is allowed. */
void gvm_statedb_view_close(gvm_stateview *view);
/* Gives the read transaction back until the next read (which takes a new one). For views that will
 * rest: idle ones then pin no disk space. */
void gvm_statedb_view_park(gvm_stateview *view);
uint64_t gvm_statedb_view_block(const gvm_stateview *view);
/* The state root after the view's block. */
gvm_hash gvm_statedb_view_root(const gvm_stateview *view);

/* GVM_ERR_NOT_FOUND: no such account. */
GVM_NODISCARD gvm_status gvm_statedb_account(gvm_stateview *view, gvm_account *out,
                                             const gvm_address *address);
/* 0 for slots and accounts that are not there. */
GVM_NODISCARD gvm_status gvm_statedb_storage(gvm_stateview *view, gvm_u256 *out,
                                             const gvm_address *address, const gvm_u256 *key);
/* The code stays valid until the view is closed. GVM_ERR_NOT_FOUND; the empty hash gives no bytes.
 */
GVM_NODISCARD gvm_status gvm_statedb_code(gvm_stateview *view, gvm_bytes *out,
                                          const gvm_hash *code_hash);
/* The three above as the interface that the journaled state reads through. */
gvm_state_reader gvm_statedb_reader(gvm_stateview *view);

/* Walks accounts (and one account's slots) in the order of their hashed keys: the first with a hash
 * >= *at; *at then becomes the smallest hash after it, ready for the next call. GVM_ERR_NOT_FOUND:
 * no more. `hash` may be NULL. */
GVM_NODISCARD gvm_status gvm_statedb_account_next(gvm_stateview *view, gvm_hash *hash,
                                                  gvm_address *address, gvm_account *out,
                                                  gvm_hash *at);
GVM_NODISCARD gvm_status gvm_statedb_storage_next(gvm_stateview *view, gvm_hash *hash,
                                                  gvm_u256 *key, gvm_u256 *value, gvm_hash *at,
                                                  const gvm_address *address);

/* ---- changing the state */

/* The root that `diff` on top of the view's state would give; nothing is written. To go several
 * blocks ahead, merge their diffs. Entries that change nothing are fine. */
GVM_NODISCARD gvm_status gvm_statedb_root(gvm_stateview *view, gvm_hash *root,
                                          const gvm_state_diff *diff);

/* The same, keeping what was computed, so that sealing need not do it again. The diff's memory must
 * outlive the patch. Commit: writes the patch as block `block`, which must follow the head
 * (GVM_ERR_STATE where the view's block is no longer the head, or block is not head + 1; the first
 * block may have any number, on an empty view). */
GVM_NODISCARD gvm_status gvm_statedb_prepare(gvm_statepatch **out, gvm_hash *root,
                                             gvm_stateview *view, const gvm_state_diff *diff);
GVM_NODISCARD gvm_status gvm_statedb_commit(gvm_statedb *db, gvm_store_txn *txn,
                                            gvm_statepatch *patch, uint64_t block);
/* NULL is allowed. */
void gvm_statedb_patch_free(gvm_statepatch *patch);

/* Prepare on the head that `txn` sees, and commit. The first block ever applied is the base of
 * history. */
GVM_NODISCARD gvm_status gvm_statedb_apply(gvm_statedb *db, gvm_hash *root, gvm_store_txn *txn,
                                           uint64_t block, const gvm_state_diff *diff);

/* Number of the newest and the oldest block kept, as `txn` sees them. GVM_ERR_NOT_FOUND: nothing
 * was applied. */
GVM_NODISCARD gvm_status gvm_statedb_range(gvm_statedb *db, uint64_t *head, uint64_t *oldest,
                                           gvm_store_txn *txn);
/* Takes back every block above `block`. GVM_ERR_NOT_FOUND where that is not kept. */
GVM_NODISCARD gvm_status gvm_statedb_unwind(gvm_statedb *db, gvm_store_txn *txn, uint64_t block);
/* Forgets blocks so that at most `window` (> 0) are kept, head included, but removes at most about
 * `budget` records (0: no limit); *more tells whether there is more to do. Costs follow what is
 * removed. */
GVM_NODISCARD gvm_status gvm_statedb_prune(gvm_statedb *db, bool *more, gvm_store_txn *txn,
                                           uint64_t window, size_t budget);

/* ---- proofs (eth_getProof, EIP-1186) */
typedef struct gvm_storage_proof {
    gvm_u256 key, value;
    gvm_trie_nodes nodes;
} gvm_storage_proof;

typedef struct gvm_account_proof {
    bool exists;
    gvm_account
        account; /* where it does not exist: nonce and balance 0, empty code hash and root */
    gvm_trie_nodes nodes;
    gvm_storage_proof *storage; /* as many as keys were asked */
    size_t storage_count;
} gvm_account_proof;

/* `out` is zero-initialised by the call; free it afterwards, also on failure. */
GVM_NODISCARD gvm_status gvm_statedb_prove(gvm_stateview *view, gvm_account_proof *out,
                                           const gvm_address *address, const gvm_u256 *keys,
                                           size_t key_count);
void gvm_account_proof_free(gvm_account_proof *proof);

#endif
