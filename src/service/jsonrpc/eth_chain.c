/* Blocks, transactions, receipts, logs. */
#include "service/jsonrpc/eth.h"

#include <inttypes.h>
#include <stdlib.h>

static uint64_t chain_id(const gvm_node *node) {
    return gvm_chain_config_of(node->chain)->chain_id;
}

gvm_status gvm_rpc_eth_chainId(gvm_rpc_call *call) {
    return gvm_rpc_return_u64(call, chain_id(gvm_eth_node(call)));
}

gvm_status gvm_rpc_net_version(gvm_rpc_call *call) {
    char text[24];
    (void)snprintf(text, sizeof text, "%" PRIu64, chain_id(gvm_eth_node(call)));
    return gvm_rpc_return_string(call, text);
}

gvm_status gvm_rpc_net_listening(gvm_rpc_call *call) {
    return gvm_rpc_return_bool(call, true);
}

gvm_status gvm_rpc_net_peerCount(gvm_rpc_call *call) {
    return gvm_rpc_return_u64(call, 0);
}

gvm_status gvm_rpc_eth_syncing(gvm_rpc_call *call) {
    return gvm_rpc_return_bool(call, false);
}

gvm_status gvm_rpc_eth_blockNumber(gvm_rpc_call *call) {
    gvm_header head;
    gvm_chain_head(gvm_eth_node(call)->chain, &head, NULL);
    return gvm_rpc_return_u64(call, head.number);
}

gvm_status gvm_rpc_eth_accounts(gvm_rpc_call *call) {
    const gvm_node *node = gvm_eth_node(call);
    yyjson_mut_val *list = yyjson_mut_arr(gvm_rpc_doc(call));
    for (size_t i = 0; i < node->account_count; i++)
        yyjson_mut_arr_append(list, gvm_rpc_val_address(call, &node->accounts[i].address));
    return gvm_rpc_return(call, list);
}

/* ---- blocks */

/* A block that is not there is null, not an error. */
static gvm_status block_or_null(gvm_rpc_call *call, gvm_stored_block *out, bool *found,
                                const gvm_rpc_block *at, gvm_read_parts parts) {
    gvm_node *node = gvm_eth_node(call);
    gvm_status status = GVM_OK;
    *found = false;
    if (at->kind == GVM_RPC_AT_NUMBER)
        status = gvm_chain_read_at(node->chain, out, at->number, parts);
    else if (at->kind == GVM_RPC_AT_HASH)
        status = gvm_chain_read(node->chain, out, &at->hash, parts);
    else
        GVM_TRY(gvm_eth_read_block(call, out, at, parts));
    if (status == GVM_ERR_NOT_FOUND) return GVM_OK;
    if (status != GVM_OK) return gvm_rpc_fail_status(call, status, NULL);
    *found = true;
    return GVM_OK;
}

static gvm_status return_pending_block(gvm_rpc_call *call, bool full) {
    gvm_node *node = gvm_eth_node(call);
    gvm_stored_block block;
    gvm_pool_picker *picker;
    gvm_error err = {0};
    gvm_status status =
        gvm_sealer_preview(node->sealer, &block, &picker, gvm_clock_seconds(&node->clock), &err);
    if (status != GVM_OK) return gvm_rpc_fail_status(call, status, &err);
    status =
        gvm_rpc_return(call, gvm_eth_block(gvm_rpc_doc(call), &block, chain_id(node), full, true));
    gvm_stored_block_free(&block);
    gvm_pool_picker_free(picker);
    return status;
}

static gvm_status return_block(gvm_rpc_call *call, const gvm_rpc_block *at, bool full) {
    gvm_stored_block block;
    bool found;
    gvm_node *node = gvm_eth_node(call);
    if (at->kind == GVM_RPC_AT_PENDING && node->sealer != NULL)
        return return_pending_block(call, full);
    GVM_TRY(block_or_null(call, &block, &found, at, GVM_READ_BODY));
    if (!found) return gvm_rpc_return_null(call);
    gvm_status status =
        gvm_rpc_return(call, gvm_eth_block(gvm_rpc_doc(call), &block, chain_id(node), full, false));
    gvm_stored_block_free(&block);
    return status;
}

static gvm_rpc_block at_hash(const gvm_rpc_call *call) {
    return (gvm_rpc_block){.kind = GVM_RPC_AT_HASH, .hash = gvm_rpc_arg_hash(call, 0)};
}

gvm_status gvm_rpc_eth_getBlockByNumber(gvm_rpc_call *call) {
    gvm_rpc_block at = gvm_rpc_arg_block(call, 0);
    return return_block(call, &at, gvm_rpc_arg_bool(call, 1));
}

gvm_status gvm_rpc_eth_getBlockByHash(gvm_rpc_call *call) {
    gvm_rpc_block at = at_hash(call);
    return return_block(call, &at, gvm_rpc_arg_bool(call, 1));
}

static gvm_status return_tx_count(gvm_rpc_call *call, const gvm_rpc_block *at) {
    gvm_stored_block block;
    bool found;
    GVM_TRY(block_or_null(call, &block, &found, at, GVM_READ_BODY));
    if (!found) return gvm_rpc_return_null(call);
    size_t count = block.block.tx_count;
    gvm_stored_block_free(&block);
    return gvm_rpc_return_u64(call, count);
}

gvm_status gvm_rpc_eth_getBlockTransactionCountByNumber(gvm_rpc_call *call) {
    gvm_rpc_block at = gvm_rpc_arg_block(call, 0);
    return return_tx_count(call, &at);
}

gvm_status gvm_rpc_eth_getBlockTransactionCountByHash(gvm_rpc_call *call) {
    gvm_rpc_block at = at_hash(call);
    return return_tx_count(call, &at);
}

gvm_status gvm_rpc_eth_getUncleCountByBlockNumber(gvm_rpc_call *call) {
    gvm_rpc_block at = gvm_rpc_arg_block(call, 0);
    gvm_stored_block block;
    bool found;
    GVM_TRY(block_or_null(call, &block, &found, &at, GVM_READ_BODY));
    if (!found) return gvm_rpc_return_null(call);
    size_t count = block.block.ommer_count;
    gvm_stored_block_free(&block);
    return gvm_rpc_return_u64(call, count);
}

gvm_status gvm_rpc_eth_getUncleCountByBlockHash(gvm_rpc_call *call) {
    gvm_rpc_block at = at_hash(call);
    gvm_stored_block block;
    bool found;
    GVM_TRY(block_or_null(call, &block, &found, &at, GVM_READ_BODY));
    if (!found) return gvm_rpc_return_null(call);
    size_t count = block.block.ommer_count;
    gvm_stored_block_free(&block);
    return gvm_rpc_return_u64(call, count);
}

/* ---- transactions */

static gvm_status return_tx_at(gvm_rpc_call *call, const gvm_rpc_block *at, uint64_t index) {
    gvm_stored_block block;
    bool found;
    GVM_TRY(block_or_null(call, &block, &found, at, GVM_READ_BODY));
    if (!found) return gvm_rpc_return_null(call);
    gvm_status status = GVM_OK;
    if (index >= block.block.tx_count) {
        status = gvm_rpc_return_null(call);
    } else {
        const gvm_header *h = &block.block.header;
        gvm_tx_place place = {&block.block.hash, h->number, h->timestamp, (uint32_t)index,
                              h->base_fee};
        status = gvm_rpc_return(call, gvm_eth_tx(gvm_rpc_doc(call), &block.block.txs[index],
                                                 chain_id(gvm_eth_node(call)), &place));
    }
    gvm_stored_block_free(&block);
    return status;
}

gvm_status gvm_rpc_eth_getTransactionByBlockNumberAndIndex(gvm_rpc_call *call) {
    gvm_rpc_block at = gvm_rpc_arg_block(call, 0);
    return return_tx_at(call, &at, gvm_rpc_arg_u64(call, 1));
}

gvm_status gvm_rpc_eth_getTransactionByBlockHashAndIndex(gvm_rpc_call *call) {
    gvm_rpc_block at = at_hash(call);
    return return_tx_at(call, &at, gvm_rpc_arg_u64(call, 1));
}

gvm_status gvm_rpc_eth_getTransactionByHash(gvm_rpc_call *call) {
    gvm_node *node = gvm_eth_node(call);
    gvm_hash hash = gvm_rpc_arg_hash(call, 0);
    gvm_rpc_block at = {.kind = GVM_RPC_AT_NUMBER};
    uint32_t index;
    gvm_status status = gvm_chain_tx_place(node->chain, &at.number, &index, &hash);
    if (status == GVM_OK) return return_tx_at(call, &at, index);
    if (status != GVM_ERR_NOT_FOUND) return gvm_rpc_fail_status(call, status, NULL);
    const gvm_pool_tx *tx = gvm_pool_get(node->pool, NULL, &hash);
    if (tx == NULL) return gvm_rpc_return_null(call);
    status = gvm_rpc_return(call, gvm_eth_tx(gvm_rpc_doc(call), &tx->tx, chain_id(node), NULL));
    gvm_pool_tx_release(tx);
    return status;
}

/* ---- receipts */

static uint32_t logs_before(const gvm_stored_block *b, size_t index) {
    size_t n = 0;
    for (size_t i = 0; i < index; i++) n += b->receipts[i].log_count;
    return (uint32_t)n;
}

gvm_status gvm_rpc_eth_getTransactionReceipt(gvm_rpc_call *call) {
    gvm_node *node = gvm_eth_node(call);
    gvm_hash hash = gvm_rpc_arg_hash(call, 0);
    uint64_t number;
    uint32_t index;
    gvm_stored_block block;
    gvm_status status = gvm_chain_tx_place(node->chain, &number, &index, &hash);
    if (status == GVM_OK)
        status = gvm_chain_read_at(node->chain, &block, number, GVM_READ_RECEIPTS);
    if (status == GVM_ERR_NOT_FOUND) return gvm_rpc_return_null(call);
    if (status != GVM_OK) return gvm_rpc_fail_status(call, status, NULL);
    if (index >= block.block.tx_count)
        status = gvm_rpc_return_null(call); /* moved meanwhile */
    else
        status = gvm_rpc_return(
            call, gvm_eth_receipt(gvm_rpc_doc(call), &block, index, logs_before(&block, index)));
    gvm_stored_block_free(&block);
    return status;
}

gvm_status gvm_rpc_eth_getBlockReceipts(gvm_rpc_call *call) {
    gvm_rpc_block at = gvm_rpc_arg_block(call, 0);
    gvm_stored_block block;
    bool found;
    GVM_TRY(block_or_null(call, &block, &found, &at, GVM_READ_RECEIPTS));
    if (!found) return gvm_rpc_return_null(call);
    yyjson_mut_doc *doc = gvm_rpc_doc(call);
    yyjson_mut_val *list = yyjson_mut_arr(doc);
    uint32_t first_log = 0;
    for (size_t i = 0; i < block.block.tx_count; i++) {
        yyjson_mut_arr_append(list, gvm_eth_receipt(doc, &block, i, first_log));
        first_log += (uint32_t)block.receipts[i].log_count;
    }
    gvm_status status = gvm_rpc_return(call, list);
    gvm_stored_block_free(&block);
    return status;
}

/* ---- logs */

static gvm_status read_addresses(gvm_rpc_call *call, gvm_log_filter *f, yyjson_val *v) {
    if (v == NULL || yyjson_is_null(v)) return GVM_OK;
    size_t n = yyjson_is_arr(v) ? yyjson_arr_size(v) : 1;
    gvm_address *all = gvm_rpc_alloc(call, (n + 1) * sizeof *all);
    if (all == NULL) return GVM_ERR_NOMEM;
    for (size_t i = 0; i < n; i++) {
        gvm_rpc_value one;
        GVM_TRY(gvm_rpc_read(call, &one, GVM_RPC_ADDRESS,
                             yyjson_is_arr(v) ? yyjson_arr_get(v, i) : v, "filter.address"));
        all[i] = one.address;
    }
    f->addresses = all;
    f->address_count = n;
    return GVM_OK;
}

static gvm_status read_topics(gvm_rpc_call *call, gvm_log_filter *f, yyjson_val *v) {
    if (v == NULL || yyjson_is_null(v)) return GVM_OK;
    if (!yyjson_is_arr(v) || yyjson_arr_size(v) > 4)
        return gvm_rpc_fail(call, GVM_RPC_E_PARAMS,
                            "filter.topics: expected an array of at most 4 places");
    f->topic_places = (unsigned)yyjson_arr_size(v);
    for (unsigned p = 0; p < f->topic_places; p++) {
        yyjson_val *place = yyjson_arr_get(v, p);
        if (yyjson_is_null(place)) continue;
        size_t n = yyjson_is_arr(place) ? yyjson_arr_size(place) : 1;
        gvm_hash *all = gvm_rpc_alloc(call, (n + 1) * sizeof *all);
        if (all == NULL) return GVM_ERR_NOMEM;
        for (size_t i = 0; i < n; i++) {
            gvm_rpc_value one;
            yyjson_val *topic = yyjson_is_arr(place) ? yyjson_arr_get(place, i) : place;
            GVM_TRY(gvm_rpc_read(call, &one, GVM_RPC_HASH, topic, "filter.topics[]"));
            all[i] = one.hash;
        }
        f->topics[p].any = all;
        f->topics[p].count = n;
    }
    return GVM_OK;
}

gvm_status gvm_eth_read_filter(gvm_rpc_call *call, gvm_log_filter *f, yyjson_val *object) {
    *f = (gvm_log_filter){.to = UINT64_MAX};
    if (object == NULL || yyjson_is_null(object)) return GVM_OK;
    if (!yyjson_is_obj(object))
        return gvm_rpc_fail(call, GVM_RPC_E_PARAMS, "filter: expected an object");
    GVM_TRY(read_addresses(call, f, yyjson_obj_get(object, "address")));
    return read_topics(call, f, yyjson_obj_get(object, "topics"));
}

gvm_status gvm_eth_keep_filter(gvm_arena *arena, gvm_log_filter *out, const gvm_log_filter *f) {
    gvm_bytes copy;
    *out = *f;
    GVM_TRY(gvm_arena_copy(arena, &copy,
                           gvm_bytes_make(f->addresses, f->address_count * sizeof *f->addresses)));
    out->addresses = (const gvm_address *)copy.ptr;
    for (unsigned p = 0; p < f->topic_places; p++) {
        GVM_TRY(gvm_arena_copy(
            arena, &copy, gvm_bytes_make(f->topics[p].any, f->topics[p].count * sizeof(gvm_hash))));
        out->topics[p].any = (const gvm_hash *)copy.ptr;
    }
    return GVM_OK;
}

static gvm_status block_bound(gvm_rpc_call *call, uint64_t *out, const gvm_rpc_value *v,
                              uint64_t head) {
    *out = head;
    if (!v->given) return GVM_OK;
    switch (v->block.kind) {
    case GVM_RPC_AT_NUMBER: *out = v->block.number; return GVM_OK;
    case GVM_RPC_AT_EARLIEST: *out = 0; return GVM_OK;
    case GVM_RPC_AT_HASH:
        return gvm_rpc_fail(call, GVM_RPC_E_PARAMS, "filter: use blockHash for a hash");
    default: return GVM_OK;
    }
}

static gvm_status read_range(gvm_rpc_call *call, gvm_log_filter *f, yyjson_val *object) {
    gvm_node *node = gvm_eth_node(call);
    gvm_rpc_value hash, from, to;
    gvm_header head;
    gvm_chain_head(node->chain, &head, NULL);
    GVM_TRY(gvm_rpc_read(call, &hash, GVM_RPC_HASH, yyjson_obj_get(object, "blockHash"),
                         "filter.blockHash"));
    GVM_TRY(gvm_rpc_read(call, &from, GVM_RPC_BLOCK_NUMBER, yyjson_obj_get(object, "fromBlock"),
                         "filter.fromBlock"));
    GVM_TRY(gvm_rpc_read(call, &to, GVM_RPC_BLOCK_NUMBER, yyjson_obj_get(object, "toBlock"),
                         "filter.toBlock"));
    if (hash.given) {
        if (from.given || to.given)
            return gvm_rpc_fail(
                call, GVM_RPC_E_PARAMS,
                "cannot specify both blockHash and fromBlock/toBlock, choose one or the other");
        gvm_rpc_block at = {.kind = GVM_RPC_AT_HASH, .hash = hash.hash, .require_canonical = true};
        gvm_stored_block block;
        GVM_TRY(gvm_eth_read_block(call, &block, &at, GVM_READ_HEADER));
        f->from = f->to = block.block.header.number;
        gvm_stored_block_free(&block);
        return GVM_OK;
    }
    GVM_TRY(block_bound(call, &f->from, &from, head.number));
    GVM_TRY(block_bound(call, &f->to, &to, head.number));
    if (f->from > f->to)
        return gvm_rpc_fail(call, GVM_RPC_E_PARAMS,
                            "invalid block range: fromBlock %" PRIu64 " is after toBlock %" PRIu64,
                            f->from, f->to);
    if (f->to > head.number) {
        if (to.given)
            return gvm_rpc_fail(call, GVM_RPC_E_PARAMS,
                                "block range extends beyond current head block");
        f->to = head.number;
    }
    return GVM_OK;
}

enum { LOGS_MAX = 100000 };

typedef struct collected {
    gvm_rpc_call *call;
    yyjson_mut_doc *doc;
    yyjson_mut_val *list;
    size_t count;
} collected;

static gvm_status collect(void *ctx, const gvm_stored_block *block, uint32_t tx_index,
                          uint32_t log_index, const gvm_log *log) {
    collected *c = ctx;
    if (gvm_rpc_cancelled(c->call)) return GVM_ERR_CANCELLED;
    if (++c->count > LOGS_MAX) return GVM_ERR_LIMIT;
    return yyjson_mut_arr_append(
               c->list, gvm_eth_log(c->doc, log, &block->block, tx_index, log_index, false))
               ? GVM_OK
               : GVM_ERR_NOMEM;
}

gvm_status gvm_rpc_eth_getLogs(gvm_rpc_call *call) {
    return gvm_eth_return_logs(call, gvm_rpc_arg_json(call, 0));
}

gvm_status gvm_eth_return_logs(gvm_rpc_call *call, yyjson_val *object) {
    gvm_node *node = gvm_eth_node(call);
    gvm_log_filter filter;
    GVM_TRY(gvm_eth_read_filter(call, &filter, object));
    GVM_TRY(read_range(call, &filter, object));
    collected c = {call, gvm_rpc_doc(call), NULL, 0};
    c.list = yyjson_mut_arr(c.doc);
    gvm_status status = gvm_chain_logs(node->chain, &filter, node->logs_max_blocks, collect, &c);
    if (status == GVM_ERR_LIMIT)
        return gvm_rpc_fail(call, GVM_RPC_E_LIMIT,
                            "query covers too much: over %" PRIu64
                            " blocks or %d logs; narrow the range",
                            node->logs_max_blocks, LOGS_MAX);
    if (status != GVM_OK) return gvm_rpc_fail_status(call, status, NULL);
    return gvm_rpc_return(call, c.list);
}
