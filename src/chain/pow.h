/* What is checked of blocks from before the merge beyond chain/process.h: difficulty and ommers.
 * The proof of work itself is not: no chain that we run was ever mined, and test chains are not. */
#ifndef GVM_CHAIN_POW_H
#define GVM_CHAIN_POW_H

#include "chain/block.h"
#include "chain/config.h"

/* The difficulty that a block over this parent has by its timestamp (Yellow Paper 4.4.4; EIP-2,
 * EIP-100), the bomb delayed as on the main network by the fork. */
gvm_u256 gvm_pow_difficulty(const gvm_chain_config *config, const gvm_header *parent,
                            uint64_t number, uint64_t timestamp);

/* The same with the bomb delayed by so many blocks (EIP-649, 1234, 2384, 3554, 4345, 5133). */
gvm_u256 gvm_pow_difficulty_delayed(gvm_fork fork, uint64_t delay, const gvm_header *parent,
                                    uint64_t number, uint64_t timestamp);
uint64_t gvm_pow_bomb_delay(gvm_fork fork);

/* An ancestor of a block: 1 its parent, 2 the parent's parent. NULL beyond the genesis. */
typedef struct gvm_ancestry {
    void *ctx;
    const gvm_block *(*at)(void *ctx, unsigned distance);
} gvm_ancestry;

/* The header's difficulty, and each ommer: at most two, valid headers, children of one of the six
 * ancestors above the parent, neither ancestors themselves nor ommers of one. GVM_ERR_BLOCK_OMMERS,
 * GVM_ERR_BLOCK_DIFFICULTY, and for an ommer's header what gvm_block_check_header gives. */
GVM_NODISCARD gvm_status gvm_pow_check(const gvm_chain_config *config, const gvm_block *block,
                                       gvm_ancestry ancestry, gvm_error *err);

#endif
