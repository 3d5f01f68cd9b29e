/* A chain in memory for fixtures: blocks in RLP in, a head and its state out. */
#ifndef GVM_SERVICE_CONFORMANCE_MEMCHAIN_H
#define GVM_SERVICE_CONFORMANCE_MEMCHAIN_H

#include "chain/process.h"
#include "state/memory.h"

typedef struct gvm_memchain gvm_memchain;

GVM_NODISCARD gvm_status gvm_memchain_new(gvm_memchain **out);
void gvm_memchain_delete(gvm_memchain *c);
/* The accounts to fill in for a genesis to come; forgets the chain. Owned by the chain. */
GVM_NODISCARD gvm_status gvm_memchain_reset(gvm_memchain *c, gvm_state_memory **accounts);
/* EIP-779 at that block, before the genesis is taken; reset makes it GVM_NEVER. */
void gvm_memchain_set_dao(gvm_memchain *c, uint64_t block);
/* Takes the genesis block; its state root must be that of the accounts
 * (GVM_ERR_BLOCK_STATE_ROOT). rlp must stay. */
GVM_NODISCARD gvm_status gvm_memchain_genesis(gvm_memchain *c, const gvm_chain_config *config,
                                              gvm_bytes rlp, gvm_error *err);
/* Imports a block; rlp must stay until reset. *hash is set once the block decodes. */
GVM_NODISCARD gvm_status gvm_memchain_import(gvm_memchain *c, gvm_hash *hash, gvm_bytes rlp,
                                             gvm_error *err);
const gvm_block *gvm_memchain_head(const gvm_memchain *c);
gvm_state_memory *gvm_memchain_state(gvm_memchain *c);
/* For tracing. */
gvm_vm *gvm_memchain_vm(gvm_memchain *c);

#endif
