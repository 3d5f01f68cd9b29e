/* The main network's irregular state change of 2016 (EIP-779), which the oldest transition fixtures
 * ask for; no chain of ours has it. */
#ifndef GVM_SERVICE_CONFORMANCE_DAO_H
#define GVM_SERVICE_CONFORMANCE_DAO_H

#include "chain/block.h"
#include "state/state.h"

/* The block in which a fixture's network has it ("HomesteadToDaoAt5"), or GVM_NEVER. */
uint64_t gvm_dao_block(const char *network);
/* Ten headers from that block on, ommers too, have the extra data "dao-hard-fork".
 * GVM_ERR_HEADER_EXTRA. */
GVM_NODISCARD gvm_status gvm_dao_check(uint64_t dao_block, const gvm_header *header,
                                       gvm_error *err);
/* Moves the balances, before the block's transactions. */
GVM_NODISCARD gvm_status gvm_dao_move(gvm_state *state);

#endif
