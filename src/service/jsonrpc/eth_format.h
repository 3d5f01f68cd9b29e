/* Blocks, transactions, receipts and logs as the Ethereum JSON-RPC specification writes them. All
 * values are built in the given document; NULL where memory is out. */
#ifndef GVM_SERVICE_JSONRPC_ETH_FORMAT_H
#define GVM_SERVICE_JSONRPC_ETH_FORMAT_H

#include "chain/pool.h"
#include <yyjson.h>

/* Where a transaction stands; NULL in the functions below: nowhere yet (pending). */
typedef struct gvm_tx_place {
    const gvm_hash *block_hash;
    uint64_t number, timestamp;
    uint32_t index;
    gvm_u256 base_fee;
} gvm_tx_place;

yyjson_mut_val *gvm_eth_block(yyjson_mut_doc *doc, const gvm_stored_block *b, uint64_t chain_id,
                              bool full, bool pending);
yyjson_mut_val *gvm_eth_header(yyjson_mut_doc *doc, const gvm_header *h, const gvm_hash *hash);
yyjson_mut_val *gvm_eth_access_list(yyjson_mut_doc *doc, const gvm_tx *tx);
yyjson_mut_val *gvm_eth_tx(yyjson_mut_doc *doc, const gvm_tx *tx, uint64_t chain_id,
                           const gvm_tx_place *place);
/* first_log: index in the block of the receipt's first log. */
yyjson_mut_val *gvm_eth_receipt(yyjson_mut_doc *doc, const gvm_stored_block *b, size_t index,
                                uint32_t first_log);
yyjson_mut_val *gvm_eth_log(yyjson_mut_doc *doc, const gvm_log *log, const gvm_block *block,
                            uint32_t tx_index, uint32_t log_index, bool removed);

#endif
