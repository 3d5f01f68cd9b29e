/* The validator set and votes, for whoever reads them from outside (consensus, RPC). */
#ifndef GVM_SYSTEM_STAKING_H
#define GVM_SYSTEM_STAKING_H

#include "system/cells.h"

typedef struct gvm_validator {
    gvm_address account;
    gvm_hash key; /* Ed25519 public key of consensus */
    gvm_u256 votes;
} gvm_validator;

uint64_t gvm_stake_validator_count(gvm_cells *cells);
gvm_validator gvm_stake_validator(gvm_cells *cells, uint64_t index);
gvm_u256 gvm_stake_votes(gvm_cells *cells, const gvm_address *account);

#endif
