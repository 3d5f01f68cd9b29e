/* The stake registry, as tokens.c uses it. */
#ifndef GVM_SYSTEM_TOKENS_INTERNAL_H
#define GVM_SYSTEM_TOKENS_INTERNAL_H

#include "system/staking.h"
#include "system/token_ledger.h"

/* An account's stake: struct Stake of contracts/system/Tokens.sol. */
typedef struct gvm_stake {
    gvm_address account;
    gvm_u256 slot;
    gvm_u256 amount, leaving; /* SPIRIT; 128 bits */
    gvm_address delegate;     /* zero where there never was a stake */
    uint64_t leaves_at;       /* epoch */
    uint32_t index;           /* in the set, from 1; 0: not in it */
    gvm_hash key;
} gvm_stake;

gvm_stake gvm_stake_load(gvm_sys *c, const gvm_address *account);
/* Each of these changes *s and what is stored. */
void gvm_stake_store(gvm_sys *c, const gvm_stake *s);
void gvm_stake_add(gvm_sys *c, gvm_stake *s, gvm_u256 amount);
void gvm_stake_remove(gvm_sys *c, gvm_stake *s, gvm_u256 amount, uint64_t leaves_at);
void gvm_stake_delegate(gvm_sys *c, gvm_stake *s, const gvm_address *to);
void gvm_stake_join_set(gvm_sys *c, gvm_stake *s, const gvm_hash *key);
void gvm_stake_leave_set(gvm_sys *c, gvm_stake *s);
/* Takes `share` of 10,000 from the stake and from what leaves; returns what must be burned. */
gvm_u256 gvm_stake_slash(gvm_sys *c, gvm_stake *s, uint16_t share);
uint64_t gvm_stake_set_size(gvm_sys *c);

#endif
