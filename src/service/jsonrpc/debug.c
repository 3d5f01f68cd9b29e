/* debug_trace*: what a transaction or a call did, instruction by instruction (geth's structLog) or
 * call by call (callTracer). A traced transaction is run again on the state of its block's parent,
 * after those before it. */
#include "codec/hex.h"
#include "service/jsonrpc/eth.h"
#include "vm/trace/call_tracer.h"
#include "vm/trace/struct_log.h"

#include <inttypes.h>

enum { TRACE_BYTES_MAX = 256 << 20 };

typedef struct trace_options {
    bool calls; /* callTracer; else structLog */
    unsigned flags;
    uint64_t limit;
} trace_options;

static bool flag(yyjson_val *object, const char *key, bool fallback) {
    yyjson_val *v = yyjson_obj_get(object, key);
    return v == NULL || yyjson_is_null(v) ? fallback : yyjson_get_bool(v);
}

static gvm_status read_options(gvm_rpc_call *call, trace_options *out, yyjson_val *object) {
    *out = (trace_options){.limit = TRACE_BYTES_MAX};
    yyjson_val *name = yyjson_obj_get(object, "tracer");
    if (name != NULL && !yyjson_is_null(name)) {
        if (!yyjson_equals_str(name, "callTracer"))
            return gvm_rpc_fail(call, GVM_RPC_E_PARAMS,
                                "tracer: expected \"callTracer\" or none (structLog), found %.40s",
                                yyjson_is_str(name) ? yyjson_get_str(name)
                                                    : "something that is no text");
        yyjson_val *config = yyjson_obj_get(object, "tracerConfig");
        out->calls = true;
        if (flag(config, "onlyTopCall", false)) out->flags |= GVM_CALL_TRACER_ONLY_TOP;
        if (flag(config, "withLog", false)) out->flags |= GVM_CALL_TRACER_LOGS;
        if (flag(config, "withHostCalls", false)) out->flags |= GVM_CALL_TRACER_HOST;
        return GVM_OK;
    }
    if (flag(object, "enableMemory", false)) out->flags |= GVM_STRUCT_LOG_MEMORY;
    if (flag(object, "disableStack", false)) out->flags |= GVM_STRUCT_LOG_NO_STACK;
    if (flag(object, "disableStorage", false)) out->flags |= GVM_STRUCT_LOG_NO_STORAGE;
    if (flag(object, "enableReturnData", false)) out->flags |= GVM_STRUCT_LOG_RETURN_DATA;
    return GVM_OK;
}

/* Runs tx on the simulation as it stands and appends the trace to the buffer. */
static gvm_status trace(gvm_rpc_call *call, gvm_buf *out, gvm_simulation *sim, const gvm_tx *tx,
                        const trace_options *options, unsigned flags, size_t first_log) {
    gvm_call_tracer calls;
    gvm_struct_log steps;
    gvm_receipt receipt;
    gvm_error err = {0};
    if (options->calls) {
        gvm_call_tracer_init(&calls, options->flags);
        calls.first_log_index = first_log;
        sim->vm->tracer = &calls.tracer;
    } else {
        gvm_struct_log_init(&steps, options->flags, (size_t)options->limit);
        sim->vm->tracer = &steps.tracer;
    }
    sim->vm->cancel = gvm_rpc_cancel_flag(call);
    gvm_status status = gvm_exec_tx(sim->vm, &sim->used, &receipt, tx, flags, &err);
    sim->vm->tracer = NULL;
    if (status != GVM_OK)
        status = gvm_rpc_fail_status(call, status, &err);
    else if (options->calls)
        status = gvm_call_tracer_write(&calls, out, tx->gas_limit, receipt.gas_used);
    else
        status = gvm_struct_log_write(&steps, out, receipt.gas_used);
    if (options->calls)
        gvm_call_tracer_free(&calls);
    else
        gvm_struct_log_free(&steps);
    return status;
}

/* A simulation at the start of the block: its parent's state, its own context. */
static gvm_status begin_block(gvm_rpc_call *call, gvm_simulation *sim,
                              const gvm_stored_block *block) {
    if (block->block.header.number == 0)
        return gvm_rpc_fail(call, GVM_RPC_E_SERVER, "genesis is not traceable");
    gvm_status status = gvm_simulation_begin(sim, gvm_eth_node(call),
                                             block->block.header.number - 1, &block->block.header);
    if (status == GVM_ERR_NOT_FOUND)
        return gvm_rpc_fail(call, GVM_RPC_E_NOT_FOUND,
                            "the state before block %" PRIu64 " is no longer kept (see --history)",
                            block->block.header.number);
    return status == GVM_OK ? GVM_OK : gvm_rpc_fail_status(call, status, NULL);
}

static size_t logs_before(const gvm_stored_block *block, size_t index) {
    size_t n = 0;
    for (size_t i = 0; i < index; i++) n += block->receipts[i].log_count;
    return n;
}

gvm_status gvm_rpc_debug_traceTransaction(gvm_rpc_call *call) {
    gvm_node *node = gvm_eth_node(call);
    gvm_hash hash = gvm_rpc_arg_hash(call, 0);
    trace_options options;
    gvm_stored_block block;
    gvm_simulation sim;
    uint64_t number;
    uint32_t index;
    GVM_TRY(read_options(call, &options, gvm_rpc_arg_json(call, 1)));
    gvm_status status = gvm_chain_tx_place(node->chain, &number, &index, &hash);
    if (status == GVM_OK)
        status = gvm_chain_read_at(node->chain, &block, number, GVM_READ_RECEIPTS);
    if (status == GVM_ERR_NOT_FOUND)
        return gvm_rpc_fail(call, GVM_RPC_E_SERVER, "transaction not found");
    if (status != GVM_OK) return gvm_rpc_fail_status(call, status, NULL);
    status = begin_block(call, &sim, &block);
    if (status == GVM_OK) {
        status = gvm_simulation_replay(&sim, node, &block, index);
        if (status != GVM_OK)
            status = gvm_rpc_fail_status(call, status, NULL);
        else
            status = trace(call, gvm_rpc_return_text(call), &sim, &block.block.txs[index], &options,
                           0, logs_before(&block, index));
        gvm_simulation_end(&sim);
    }
    gvm_stored_block_free(&block);
    return status;
}

static gvm_status trace_block(gvm_rpc_call *call, const gvm_rpc_block *at) {
    gvm_node *node = gvm_eth_node(call);
    trace_options options;
    gvm_stored_block block;
    gvm_simulation sim;
    GVM_TRY(read_options(call, &options, gvm_rpc_arg_json(call, 1)));
    gvm_status status = GVM_OK;
    if (at->kind == GVM_RPC_AT_HASH)
        status = gvm_chain_read(node->chain, &block, &at->hash, GVM_READ_RECEIPTS);
    else
        GVM_TRY(gvm_eth_read_block(call, &block, at, GVM_READ_RECEIPTS));
    if (status == GVM_ERR_NOT_FOUND) return gvm_rpc_fail(call, GVM_RPC_E_SERVER, "block not found");
    if (status != GVM_OK) return gvm_rpc_fail_status(call, status, NULL);
    status = begin_block(call, &sim, &block);
    if (status == GVM_OK) {
        gvm_buf *out = gvm_rpc_return_text(call);
        status = gvm_simulation_replay(&sim, node, &block, 0);
        gvm_buf_put(out, '[');
        for (size_t i = 0; status == GVM_OK && i < block.block.tx_count; i++) {
            char text[67];
            (void)gvm_hex_data_hash(text, &block.block.txs[i].hash);
            gvm_buf_printf(out, "%s{\"txHash\":\"%s\",\"result\":", i > 0 ? "," : "", text);
            status =
                trace(call, out, &sim, &block.block.txs[i], &options, 0, logs_before(&block, i));
            gvm_buf_put(out, '}');
        }
        gvm_buf_put(out, ']');
        gvm_simulation_end(&sim);
    }
    gvm_stored_block_free(&block);
    return status;
}

gvm_status gvm_rpc_debug_traceBlockByNumber(gvm_rpc_call *call) {
    gvm_rpc_block at = gvm_rpc_arg_block(call, 0);
    return trace_block(call, &at);
}

gvm_status gvm_rpc_debug_traceBlockByHash(gvm_rpc_call *call) {
    gvm_rpc_block at = {.kind = GVM_RPC_AT_HASH, .hash = gvm_rpc_arg_hash(call, 0)};
    return trace_block(call, &at);
}

gvm_status gvm_rpc_debug_traceCall(gvm_rpc_call *call) {
    trace_options options;
    gvm_eth_request request;
    gvm_simulation sim;
    yyjson_val *object = gvm_rpc_arg_json(call, 2);
    GVM_TRY(read_options(call, &options, object));
    GVM_TRY(gvm_eth_read_request(call, &request, gvm_rpc_arg_json(call, 0)));
    gvm_rpc_block at = gvm_rpc_arg_block(call, 1);
    GVM_TRY(gvm_eth_simulate(call, &sim, &at));
    gvm_status status =
        gvm_eth_apply_overrides(call, &sim, yyjson_obj_get(object, "stateOverrides"),
                                yyjson_obj_get(object, "blockOverrides"));
    if (status == GVM_OK) {
        unsigned flags = gvm_eth_prepare_call(gvm_eth_node(call), &request, &sim);
        status = trace(call, gvm_rpc_return_text(call), &sim, &request.tx, &options, flags, 0);
    }
    gvm_simulation_end(&sim);
    return status;
}

/* ---- raw forms (the debug_getRaw* of the Ethereum specification) */

static gvm_status read_raw(gvm_rpc_call *call, gvm_stored_block *block, gvm_read_parts parts) {
    gvm_rpc_block at = gvm_rpc_arg_block(call, 0);
    return gvm_eth_read_block(call, block, &at, parts);
}

static gvm_status return_buf(gvm_rpc_call *call, gvm_buf *buf) {
    gvm_status status = gvm_buf_status(buf);
    if (status == GVM_OK) status = gvm_rpc_return_data(call, gvm_buf_bytes(buf));
    gvm_buf_free(buf);
    return status;
}

gvm_status gvm_rpc_debug_getRawBlock(gvm_rpc_call *call) {
    gvm_stored_block block;
    gvm_buf raw = {0};
    GVM_TRY(read_raw(call, &block, GVM_READ_BODY));
    gvm_block_encode(&raw, &block.block);
    gvm_stored_block_free(&block);
    return return_buf(call, &raw);
}

gvm_status gvm_rpc_debug_getRawHeader(gvm_rpc_call *call) {
    gvm_stored_block block;
    gvm_buf raw = {0};
    GVM_TRY(read_raw(call, &block, GVM_READ_HEADER));
    gvm_header_encode(&raw, &block.block.header);
    gvm_stored_block_free(&block);
    return return_buf(call, &raw);
}

gvm_status gvm_rpc_debug_getRawReceipts(gvm_rpc_call *call) {
    gvm_stored_block block;
    GVM_TRY(read_raw(call, &block, GVM_READ_RECEIPTS));
    yyjson_mut_val *list = yyjson_mut_arr(gvm_rpc_doc(call));
    for (size_t i = 0; i < block.block.tx_count; i++) {
        gvm_buf raw = {0};
        gvm_receipt_encode(&raw, &block.receipts[i]);
        yyjson_mut_arr_append(list, gvm_rpc_val_data(call, gvm_buf_bytes(&raw)));
        gvm_buf_free(&raw);
    }
    gvm_stored_block_free(&block);
    return gvm_rpc_return(call, list);
}

gvm_status gvm_rpc_debug_getRawTransaction(gvm_rpc_call *call) {
    gvm_node *node = gvm_eth_node(call);
    gvm_hash hash = gvm_rpc_arg_hash(call, 0);
    gvm_buf raw = {0};
    gvm_stored_block block;
    uint64_t number;
    uint32_t index;
    const gvm_pool_tx *waiting = gvm_pool_get(node->pool, NULL, &hash);
    if (waiting != NULL) {
        gvm_buf_append(&raw, waiting->encoded.ptr, waiting->encoded.len);
        gvm_pool_tx_release(waiting);
        return return_buf(call, &raw);
    }
    gvm_status status = gvm_chain_tx_place(node->chain, &number, &index, &hash);
    if (status == GVM_OK) status = gvm_chain_read_at(node->chain, &block, number, GVM_READ_BODY);
    if (status == GVM_ERR_NOT_FOUND) return gvm_rpc_return_data(call, gvm_bytes_make(NULL, 0));
    if (status != GVM_OK) return gvm_rpc_fail_status(call, status, NULL);
    if (index < block.block.tx_count) gvm_tx_encode(&raw, &block.block.txs[index]);
    gvm_stored_block_free(&block);
    return return_buf(call, &raw);
}
