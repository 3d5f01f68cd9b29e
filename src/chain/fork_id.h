/* EIP-2124, with timestamps as EIP-6122 adds them: four bytes that are the same for two nodes if
 * they have the same genesis and went through the same forks. */
#ifndef GVM_CHAIN_FORK_ID_H
#define GVM_CHAIN_FORK_ID_H

#include "chain/config.h"

/* At a head of that number and timestamp. Forks of block 0 and of times up to the genesis's own do
 * not count. */
void gvm_fork_id(uint8_t out[4], const gvm_chain_config *config, const gvm_hash *genesis,
                 uint64_t genesis_time, uint64_t number, uint64_t timestamp);

#endif
