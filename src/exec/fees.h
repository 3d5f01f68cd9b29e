/* What gas costs in the next block: EIP-1559 for gas, EIP-4844 and 7918 for blob gas. */
#ifndef GVM_EXEC_FEES_H
#define GVM_EXEC_FEES_H

#include "base/u256.h"
#include "vm/rules.h"

#define GVM_GAS_PER_BLOB 131072u
/* EIP-7594: the most blobs of one transaction from Osaka on. */
#define GVM_TX_BLOBS_MAX_OSAKA 6u

/* An entry of the blob schedule (EIP-7840); zero where the fork has no blobs. */
typedef struct gvm_blob_params {
    uint32_t target, max;
    uint64_t update_fraction;
} gvm_blob_params;

/* The base fee of a block over a parent with these numbers (EIP-1559). gas_limit must be at least 2
 * (GVM_ASSERT). */
gvm_u256 gvm_next_base_fee(gvm_u256 parent_base_fee, uint64_t parent_gas_limit,
                           uint64_t parent_gas_used);
#define GVM_INITIAL_BASE_FEE 1000000000u

/* The price of blob gas: fake_exponential(1, excess, fraction), saturated at 2^256 - 1 (where no
 * transaction could pay it). fraction must not be 0 (GVM_ASSERT). */
gvm_u256 gvm_blob_base_fee(uint64_t excess_blob_gas, uint64_t update_fraction);
/* The excess of a block over a parent with these numbers (EIP-4844, with EIP-7918's reserve price
 * from Osaka). `params` are the new block's; parent_blob_fee is the parent's price under the new
 * block's parameters. */
uint64_t gvm_next_excess_blob_gas(const gvm_rules *rules, const gvm_blob_params *params,
                                  uint64_t parent_excess, uint64_t parent_blob_gas_used,
                                  gvm_u256 parent_base_fee);

#endif
