/* Accounts in memory: a gvm_state_reader over maps, with the state root computed from scratch where
 * it changed. For test fixtures, the transition tool, calls over made-up states and small chains;
 * the durable accounts are store and trie.
 *
 * Made to be used again: clear keeps all memory, copy carries over what was hashed already, and of
 * unchanged accounts the storage root is not computed twice. One thread at a time. */
#ifndef GVM_STATE_MEMORY_H
#define GVM_STATE_MEMORY_H

#include "state/diff.h"

typedef struct gvm_state_memory gvm_state_memory;

GVM_NODISCARD gvm_status gvm_state_memory_new(gvm_state_memory **out);
void gvm_state_memory_delete(gvm_state_memory *m);
/* No accounts, no code; the memory is kept. */
void gvm_state_memory_clear(gvm_state_memory *m);
/* *to becomes what *from is; its former contents are gone. GVM_ERR_NOMEM leaves it in no order but
 * safe to clear. */
GVM_NODISCARD gvm_status gvm_state_memory_copy(gvm_state_memory *to, const gvm_state_memory *from);

/* Valid until the memory is deleted; reads see later changes. */
gvm_state_reader gvm_state_memory_reader(gvm_state_memory *m);

/* Sets an account (its storage stays as it is); the code is copied. GVM_ERR_NOMEM. */
GVM_NODISCARD gvm_status gvm_state_memory_set(gvm_state_memory *m, const gvm_address *address,
                                              uint64_t nonce, gvm_u256 balance, gvm_bytes code);
/* Sets a slot; the account must exist (GVM_ERR_NOT_FOUND). 0 removes it. */
GVM_NODISCARD gvm_status gvm_state_memory_set_slot(gvm_state_memory *m, const gvm_address *address,
                                                   gvm_u256 key, gvm_u256 value);
GVM_NODISCARD gvm_status gvm_state_memory_apply(gvm_state_memory *m, const gvm_state_diff *diff);
/* The root of the Merkle-Patricia trie of all accounts. */
GVM_NODISCARD gvm_status gvm_state_memory_root(gvm_state_memory *m, gvm_hash *root);

/* ---- walking: numbers below the count; entries that are gone are passed over by the functions
 * answering false */
size_t gvm_state_memory_count(const gvm_state_memory *m);
bool gvm_state_memory_at(const gvm_state_memory *m, size_t i, gvm_address *address,
                         gvm_account *account);
size_t gvm_state_memory_slot_count(const gvm_state_memory *m);
bool gvm_state_memory_slot_at(const gvm_state_memory *m, size_t i, gvm_address *address,
                              gvm_slot_change *slot);

#endif
