/* The journaled state: what transactions see and change, above any gvm_state_reader.
 *
 * Accounts and slots are read once from the reader and kept for the life of the gvm_state (usually
 * a block). Every change is written to a journal, so that a checkpoint is three numbers and a
 * revert walks the journal back. What EIPs count per transaction (warm accesses, original values,
 * transient storage, created, touched) carries the number of the transaction in which it was set,
 * so that the next transaction begins without clearing anything.
 *
 * One thread at a time. Reader failures are sticky: reads answer zero from then on and
 * gvm_state_status tells; whoever executes checks it after each transaction and throws the result
 * away. */
#ifndef GVM_STATE_STATE_H
#define GVM_STATE_STATE_H

#include "state/diff.h"

typedef struct gvm_state gvm_state;

/* A storage slot as loaded. `original` and `warm` are valid only after gvm_state_slot returned it
 * in this transaction. */
typedef struct gvm_slot {
    gvm_u256 key;
    gvm_u256 current;
    gvm_u256 original; /* at the start of this transaction (EIP-2200) */
    gvm_u256 base;     /* as the reader has it */
    uint32_t tx;       /* the transaction that `original` belongs to */
    uint32_t warm_tx;  /* the transaction in which it is warm (EIP-2929) */
} gvm_slot;

/* An account as loaded. Read its fields freely; change them through gvm_state_* alone. */
typedef struct gvm_entry {
    gvm_address address;
    bool exists; /* in the state (possibly empty, before EIP-161) */
    bool code_loaded;
    bool storage_wiped; /* the reader's storage counts no longer */
    bool dirty;         /* on the list of what the block changed */
    uint64_t nonce;
    gvm_u256 balance;
    gvm_hash code_hash;
    gvm_bytes code; /* valid once code_loaded */
    uint32_t warm_tx, touched_tx, created_tx, destructed_tx;
    uint32_t code_warm_tx; /* its code was loaded (containers alone: vm/container.h) */
    uint32_t live;         /* frames that run as this account, borrowed code not counted (vm/) */
    uint32_t listed_tx;    /* on the list of what the transaction touched */
    bool base_exists, base_storage; /* what the reader said */
    gvm_account base;
    struct gvm_slot_table *slots, *transient;
    struct gvm_entry *next_dirty, *next_touched;
    void *code_object; /* what an engine keeps with the code (vm/code.h); not owned */
} gvm_entry;

typedef struct gvm_log {
    gvm_address address;
    uint32_t topic_count;
    gvm_hash topics[4];
    gvm_bytes data;
} gvm_log;

typedef struct gvm_checkpoint {
    size_t journal, logs;
    int64_t refund;
} gvm_checkpoint;

/* The reader is borrowed and must outlive the state. */
GVM_NODISCARD gvm_status gvm_state_new(gvm_state **out, gvm_state_reader reader);
void gvm_state_delete(gvm_state *s);
/* Forgets everything loaded and changed, keeps the memory. */
void gvm_state_reset(gvm_state *s, gvm_state_reader reader);
/* GVM_OK, or the first failure of the reader or of memory since reset. */
GVM_NODISCARD gvm_status gvm_state_status(const gvm_state *s);

/* ---- transactions */
/* Begins the next transaction: nothing is warm, no logs, no refund, transient storage empty. */
void gvm_state_begin_tx(gvm_state *s);
/* Ends it: accounts marked by gvm_state_destruct disappear; with `clear_empty` (EIP-161) touched
 * empty accounts too. Nothing of the transaction can be reverted after. Logs stay readable until
 * the next begin. */
void gvm_state_end_tx(gvm_state *s, bool clear_empty);
/* What vanished with destroyed accounts since the last time that this was asked. */
gvm_u256 gvm_state_take_destroyed(gvm_state *s);
/* The number of the current transaction, from 1. */
uint32_t gvm_state_tx(const gvm_state *s);

gvm_checkpoint gvm_state_checkpoint(const gvm_state *s);
void gvm_state_revert(gvm_state *s, gvm_checkpoint to);

/* ---- accounts: never NULL; an entry is valid as long as the state (until reset) */
gvm_entry *gvm_state_entry(gvm_state *s, const gvm_address *address);
/* Empty in the sense of EIP-161, or not there. */
static inline bool gvm_entry_is_empty(const gvm_entry *e) {
    return !e->exists || (e->nonce == 0 && gvm_u256_is_zero(e->balance) &&
                          gvm_hash_equal(&e->code_hash, &GVM_EMPTY_CODE_HASH));
}
gvm_bytes gvm_state_code(gvm_state *s, gvm_entry *e);
/* Warms the account; true: it was cold. */
bool gvm_state_warm(gvm_state *s, gvm_entry *e);
/* Warms the code; true: it was cold. */
bool gvm_state_warm_code(gvm_state *s, gvm_entry *e);
static inline bool gvm_entry_is_warm(const gvm_entry *e, uint32_t tx) {
    return e->warm_tx == tx;
}
/* Changes. Each makes the account exist and marks it touched. */
void gvm_state_touch(gvm_state *s, gvm_entry *e);
void gvm_state_set_balance(gvm_state *s, gvm_entry *e, gvm_u256 balance);
/* The sum is modulo 2^256, as in other implementations: only a genesis or a development method that
 * hands out more than there can be gets that far. GVM_ASSERTs that the balance covers the
 * subtraction. */
void gvm_state_add_balance(gvm_state *s, gvm_entry *e, gvm_u256 amount);
void gvm_state_sub_balance(gvm_state *s, gvm_entry *e, gvm_u256 amount);
void gvm_state_set_nonce(gvm_state *s, gvm_entry *e, uint64_t nonce);
/* The code is copied. */
void gvm_state_set_code(gvm_state *s, gvm_entry *e, gvm_bytes code);
/* Makes the account a new contract of this transaction: keeps the balance, nonce as given, storage
 * empty. */
void gvm_state_create_contract(gvm_state *s, gvm_entry *e, uint64_t nonce);
/* Nonce, code or storage present: creation collides (EIP-684, EIP-7610). */
bool gvm_state_collides(gvm_state *s, gvm_entry *e);
/* Marks for removal at the end of the transaction; true the first time (Frontier's refund). Balance
 * is untouched. */
bool gvm_state_destruct(gvm_state *s, gvm_entry *e);
static inline bool gvm_entry_created_in(const gvm_entry *e, uint32_t tx) {
    return e->created_tx == tx;
}

/* ---- storage: the slot, loaded, with `original` of this transaction. Valid as long as the state.
 */
gvm_slot *gvm_state_slot(gvm_state *s, gvm_entry *e, const gvm_u256 *key);
/* Warms the slot; true: it was cold. */
bool gvm_state_warm_slot(gvm_state *s, gvm_slot *slot);
void gvm_state_set_slot(gvm_state *s, gvm_entry *e, gvm_slot *slot, const gvm_u256 *value);
/* All slots become 0, and what the reader has counts no longer. Not journaled: for overrides,
 * outside of frames. */
void gvm_state_wipe_storage(gvm_state *s, gvm_entry *e);
gvm_u256 gvm_state_transient(gvm_state *s, gvm_entry *e, const gvm_u256 *key);
void gvm_state_set_transient(gvm_state *s, gvm_entry *e, const gvm_u256 *key,
                             const gvm_u256 *value);

/* ---- the transaction's refund counter and logs */
int64_t gvm_state_refund(const gvm_state *s);
void gvm_state_add_refund(gvm_state *s, int64_t amount);
/* Data is copied. topic_count <= 4. */
void gvm_state_log(gvm_state *s, const gvm_address *address, const gvm_hash *topics,
                   uint32_t topic_count, gvm_bytes data);
/* The logs of the transaction, in order; valid until the next begin. */
const gvm_log *gvm_state_logs(const gvm_state *s, size_t *count);

/* ---- the result */
/* What changed against the reader since reset. Memory belongs to the state and lives until the next
 * call or reset. GVM_ERR_NOMEM; the sticky failure, if any. */
GVM_NODISCARD gvm_status gvm_state_diff_build(gvm_state *s, gvm_state_diff *out);

#endif
