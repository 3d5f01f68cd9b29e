/* How the durable state is laid out in the store (private to src/state/db*.c).
 *
 *   STATE_ACCOUNT   keccak(address)                    account record          versioned
 *   STATE_STORAGE   storage id ‖ keccak(slot)          slot record             versioned
 *   STATE_TRIE      storage id (0: accounts) ‖ path    record of a branch      versioned
 * (trie/trie.h) STATE_CODE      code hash                          code; never removed
 *   STATE_CHANGES   block (big-endian)                 its state root, then every versioned key
 * that it wrote STATE_GARBAGE   storage id                         wiped, and no kept block sees
 * it: its records can go META            "state.head" "state.oldest" "state.next_id" "state.format"
 *
 * A storage id names one life of one account's storage. Wiping gives the account another id (or
 * none) and is done; the old records serve old blocks until pruning finds the id in the change list
 * of a block that became the oldest. Ids come from a counter that never goes back. They are local
 * to the store: roots do not depend on them.
 *
 * Account record: u8 flags | nonce length << 2, u8 balance length, address, nonce, balance (minimal
 * big-endian), then code hash (flag 1), storage id and root (flag 2). Slot record: u8 key length,
 * key, value (minimal big-endian). The address and the slot's key are kept for walks (dumps,
 * explorers), which hashed keys could not serve. */
#ifndef GVM_STATE_DB_INTERNAL_H
#define GVM_STATE_DB_INTERNAL_H

#include "base/arena.h"
#include "state/db.h"
#include "store/versioned.h"
#include "trie/trie.h"

#include <pthread.h>

enum { STATEDB_FORMAT = 1, VIEW_CACHE = 64, VIEW_CODE_BUCKETS = 64 };
#define NO_BLOCK UINT64_MAX /* the view of the empty state */

struct gvm_statedb {
    gvm_store *store;
};

typedef struct stored_account {
    gvm_address address;
    gvm_account account;
    uint64_t storage_id; /* 0: none */
} stored_account;

enum {
    ACCOUNT_RECORD_MAX = 2 + 20 + 8 + 32 + 32 + 8 + 32,
    ACCOUNT_LEAF_MAX = 3 + 9 + 33 + 33 + 33
};
enum { SLOT_RECORD_MAX = 1 + 32 + 32, SLOT_KEY = 8 + 32, TRIE_KEY_MAX = 8 + GVM_TRIE_PATH_KEY_MAX };

size_t statedb_account_write(uint8_t out[ACCOUNT_RECORD_MAX], const stored_account *a);
GVM_NODISCARD gvm_status statedb_account_read(stored_account *a, gvm_bytes record);
/* RLP as the trie's leaf holds it. */
size_t statedb_account_leaf(uint8_t out[ACCOUNT_LEAF_MAX], const gvm_account *a);
size_t statedb_slot_write(uint8_t out[SLOT_RECORD_MAX], const gvm_u256 *key, const gvm_u256 *value);
GVM_NODISCARD gvm_status statedb_slot_read(gvm_u256 *key, gvm_u256 *value, gvm_bytes record);
size_t statedb_slot_leaf(uint8_t out[33], const gvm_u256 *value);
gvm_bytes statedb_slot_key(uint8_t out[SLOT_KEY], uint64_t id, const gvm_hash *key);
gvm_bytes statedb_trie_key(uint8_t out[TRIE_KEY_MAX], uint64_t id, const gvm_trie_path *path);

enum { CURSOR_ACCOUNT, CURSOR_STORAGE, CURSOR_CODE, CURSOR_TRIE, CURSOR_COUNT };

typedef struct loaded_code {
    struct loaded_code *next;
    gvm_hash hash;
    size_t len;
    uint8_t bytes[];
} loaded_code;

typedef struct cached_account {
    bool valid, exists;
    stored_account a; /* a.address is set in any case */
} cached_account;

struct gvm_stateview {
    gvm_statedb *db;
    gvm_store_txn *txn; /* NULL: parked */
    bool owned;
    uint64_t block;
    gvm_hash root;
    gvm_store_cursor *cursor[CURSOR_COUNT];
    gvm_buf scratch, leaf; /* the last record read; the last leaf made from one */
    cached_account cache[VIEW_CACHE];
    loaded_code *code[VIEW_CODE_BUCKETS];
};

/* Reads at the view's block, into view->scratch: valid until the next read. */
GVM_NODISCARD gvm_status statedb_view_get(gvm_stateview *v, gvm_bytes *value, int cursor,
                                          gvm_bytes key);
/* As gvm_versioned_next; *key and *value are copies in view->scratch. */
GVM_NODISCARD gvm_status statedb_view_next(gvm_stateview *v, gvm_bytes *key, gvm_bytes *value,
                                           int cursor, gvm_bytes from, gvm_bytes prefix);
/* GVM_ERR_NOT_FOUND; *out then has the address only. */
GVM_NODISCARD gvm_status statedb_view_account(gvm_stateview *v, stored_account *out,
                                              const gvm_address *address);
/* A number under META; GVM_ERR_NOT_FOUND. */
GVM_NODISCARD gvm_status statedb_meta_get(gvm_store_txn *txn, uint64_t *out, const char *name);
GVM_NODISCARD gvm_status statedb_meta_put(gvm_store_txn *txn, const char *name, uint64_t value);
/* The state root after `block`; GVM_ERR_NOT_FOUND where it is not kept. */
GVM_NODISCARD gvm_status statedb_root_of(gvm_store_txn *txn, gvm_hash *root, uint64_t block);

/* A branch's version, under the cursor in *record, becomes a whole record (in `out` where it was
 * not one). *chain gets the number of differences that it was made of. */
enum { BRANCH_RECORD_MAX = 1 + 32 + 4 + 16 * 33 };
GVM_NODISCARD gvm_status statedb_branch_resolve(uint8_t out[BRANCH_RECORD_MAX], gvm_bytes *record,
                                                unsigned *chain, gvm_store_cursor *cursor,
                                                gvm_bytes key);
/* Writes a record (empty: none) as the version of `block`, as a difference where that is smaller.
 */
GVM_NODISCARD gvm_status statedb_branch_put(gvm_store_txn *txn, gvm_store_cursor *cursor,
                                            gvm_bytes key, uint64_t block, gvm_bytes record);
/* Before older versions of the key are removed: the one of `block`, written then, needs them no
 * more. */
GVM_NODISCARD gvm_status statedb_branch_make_whole(gvm_store_txn *txn, gvm_store_cursor *cursor,
                                                   gvm_bytes key, uint64_t block);

/* The trie of accounts (id 0) or of one storage, at the view's block. */
typedef struct trie_at {
    gvm_stateview *view;
    uint64_t id;
} trie_at;
gvm_trie_source statedb_source(trie_at *at);

#endif
