/* What the eth_, evm_ and debug_ methods share. */
#ifndef GVM_SERVICE_JSONRPC_ETH_H
#define GVM_SERVICE_JSONRPC_ETH_H

#include "service/jsonrpc/eth_format.h"
#include "service/jsonrpc/internal.h"
#include "service/jsonrpc/methods.h"
#include "service/node.h"
#include "service/simulate.h"

static inline gvm_node *gvm_eth_node(const gvm_rpc_call *call) {
    return gvm_rpc_context(call);
}

/* The hash of the block that the parameter names. `pending` is taken as the head. Where there is
 * none the call has failed and the status is to be returned. */
GVM_NODISCARD gvm_status gvm_eth_find_block(gvm_rpc_call *call, gvm_hash *hash,
                                            const gvm_rpc_block *at);
/* The same, read. */
GVM_NODISCARD gvm_status gvm_eth_read_block(gvm_rpc_call *call, gvm_stored_block *out,
                                            const gvm_rpc_block *at, gvm_read_parts parts);
/* A view of the state after the block that parameter i names, to be closed. Fails the call where
 * that state is not kept. */
GVM_NODISCARD gvm_status gvm_eth_open_view(gvm_rpc_call *call, gvm_stateview **view, size_t i);
/* A simulation on the state after that block (an open view, the block's environment). Fails the
 * call where the state is not kept. */
GVM_NODISCARD gvm_status gvm_eth_simulate(gvm_rpc_call *call, gvm_simulation *sim,
                                          const gvm_rpc_block *at);

/* A transaction object as eth_call, eth_estimateGas and eth_sendTransaction take it. */
typedef struct gvm_eth_request {
    gvm_tx tx;                          /* owned lists are the call's memory: never gvm_tx_free */
    bool has_gas, has_nonce, has_price; /* has_price: any fee field was given */
    bool has_from;
} gvm_eth_request;
GVM_NODISCARD gvm_status gvm_eth_read_request(gvm_rpc_call *call, gvm_eth_request *out,
                                              yyjson_val *object);

/* address and topics of a filter object (also of eth_subscribe); its range is all blocks. Memory is
 * the call's. */
GVM_NODISCARD gvm_status gvm_eth_read_filter(gvm_rpc_call *call, gvm_log_filter *f,
                                             yyjson_val *object);

/* The same with copies of its lists in the arena. */
GVM_NODISCARD gvm_status gvm_eth_keep_filter(struct gvm_arena *arena, gvm_log_filter *out,
                                             const gvm_log_filter *filter);
/* Answers with the logs that a filter object of eth_getLogs asks for. */
GVM_NODISCARD gvm_status gvm_eth_return_logs(gvm_rpc_call *call, yyjson_val *object);

/* Changes accounts and the block's environment as geth's overrides say; either may be NULL. */
GVM_NODISCARD gvm_status gvm_eth_apply_overrides(gvm_rpc_call *call, gvm_simulation *sim,
                                                 yyjson_val *accounts, yyjson_val *block);
/* Sets gas (what it asks for, within the node's cap and the block) and the block's fees for a call
 * that is no transaction; returns the checks to leave out (GVM_EXEC_SKIP_*). */
unsigned gvm_eth_prepare_call(const gvm_node *node, gvm_eth_request *request,
                              const gvm_simulation *sim);
/* The least gas with which the request succeeds; fails the call where none does. */
GVM_NODISCARD gvm_status gvm_eth_estimate(gvm_rpc_call *call, uint64_t *answer,
                                          gvm_eth_request *request, const gvm_rpc_block *at,
                                          yyjson_val *overrides);
/* A tip and a fee that a transaction sent now should offer. */
void gvm_eth_suggest_fees(gvm_node *node, gvm_u256 *tip, gvm_u256 *max_fee);

/* Fails the call with what a frame's end means: code 3 with data for a revert, else -32000. */
gvm_status gvm_eth_fail_outcome(gvm_rpc_call *call, const gvm_vm *vm, gvm_outcome outcome,
                                gvm_bytes output);

#endif
