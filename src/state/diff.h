/* What a block (or a call) changed: handed from the journaled state to whoever keeps the accounts.
 */
#ifndef GVM_STATE_DIFF_H
#define GVM_STATE_DIFF_H

#include "state/account.h"

typedef struct gvm_slot_change {
    gvm_u256 key, value; /* value 0: the slot is removed */
} gvm_slot_change;

typedef struct gvm_account_change {
    gvm_address address;
    bool deleted; /* the account is gone, with all its storage; the fields below say nothing */
    bool storage_wiped;  /* what storage there was is gone before `slots` apply (destroyed and
                            created again) */
    gvm_account account; /* the new nonce, balance and code_hash; storage_root is not set here */
    gvm_bytes code;      /* new code, ptr NULL where the code did not change */
    const gvm_slot_change *slots; /* changed slots, keys unique, in no order */
    size_t slot_count;
} gvm_account_change;

typedef struct gvm_state_diff {
    const gvm_account_change *accounts; /* addresses unique, in no order */
    size_t count;
} gvm_state_diff;

/* Where accounts are read from. Functions may be called from one thread at a time.
 * GVM_ERR_NOT_FOUND from `account` means that there is none; a slot that was never set reads 0.
 * Code stays valid as long as the reader. Of storage_root only whether it is GVM_EMPTY_ROOT
 * matters. */
typedef struct gvm_state_reader {
    void *ctx;
    gvm_status (*account)(void *ctx, gvm_account *out, const gvm_address *address);
    gvm_status (*storage)(void *ctx, gvm_u256 *out, const gvm_address *address,
                          const gvm_u256 *key);
    gvm_status (*code)(void *ctx, gvm_bytes *out, const gvm_hash *code_hash);
} gvm_state_reader;

#endif
