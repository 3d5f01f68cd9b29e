/* What development wants of a chain: blocks on demand, time travel, snapshots. */
#include "service/jsonrpc/eth.h"

#include <inttypes.h>
#include <stdlib.h>

static uint64_t now(const gvm_node *node) {
    return gvm_clock_seconds(&node->clock);
}

gvm_status gvm_rpc_evm_mine(gvm_rpc_call *call) {
    gvm_node *node = gvm_eth_node(call);
    gvm_error err = {0};
    gvm_status status = GVM_OK;
    yyjson_val *arg = gvm_rpc_arg_json(call, 0);
    gvm_rpc_value blocks = {0}, timestamp = {0};
    /* A number is the next timestamp (ganache); an object may say how many blocks (anvil). */
    if (yyjson_is_obj(arg)) {
        GVM_TRY(gvm_rpc_read(call, &blocks, GVM_RPC_NUMBER, yyjson_obj_get(arg, "blocks"),
                             "options.blocks"));
        GVM_TRY(gvm_rpc_read(call, &timestamp, GVM_RPC_NUMBER, yyjson_obj_get(arg, "timestamp"),
                             "options.timestamp"));
    } else if (arg != NULL) {
        GVM_TRY(gvm_rpc_read(call, &timestamp, GVM_RPC_NUMBER, arg, "timestamp"));
    }
    if (timestamp.given)
        status = gvm_sealer_set_next_timestamp(node->sealer, timestamp.number, &err);
    uint64_t count = blocks.given ? blocks.number : 1;
    if (count > 100000) return gvm_rpc_fail_param(call, 0, "expected at most 100000 blocks");
    for (uint64_t i = 0; status == GVM_OK && i < count && !gvm_rpc_cancelled(call); i++)
        status = gvm_sealer_seal(node->sealer, NULL, now(node), &err);
    if (status != GVM_OK) return gvm_rpc_fail_status(call, status, &err);
    return gvm_rpc_return_string(call, "0x0");
}

gvm_status gvm_rpc_evm_increaseTime(gvm_rpc_call *call) {
    gvm_node *node = gvm_eth_node(call);
    uint64_t seconds = gvm_rpc_arg_u64(call, 0);
    if (seconds > INT64_MAX / 2) return gvm_rpc_fail_param(call, 0, "expected fewer seconds");
    int64_t offset = gvm_sealer_increase_time(node->sealer, (int64_t)seconds);
    return gvm_rpc_return(call, yyjson_mut_sint(gvm_rpc_doc(call), offset));
}

gvm_status gvm_rpc_evm_setNextBlockTimestamp(gvm_rpc_call *call) {
    gvm_error err = {0};
    gvm_status status =
        gvm_sealer_set_next_timestamp(gvm_eth_node(call)->sealer, gvm_rpc_arg_u64(call, 0), &err);
    return status == GVM_OK ? gvm_rpc_return_null(call) : gvm_rpc_fail_status(call, status, &err);
}

gvm_status gvm_rpc_evm_snapshot(gvm_rpc_call *call) {
    gvm_node *node = gvm_eth_node(call);
    gvm_header head;
    gvm_snapshot snapshot = {.time_offset = gvm_sealer_time_offset(node->sealer)};
    gvm_chain_head(node->chain, &head, &snapshot.head);
    (void)pthread_mutex_lock(&node->dev_lock);
    gvm_status status = GVM_ERR_LIMIT;
    if (node->snapshot_count < GVM_SNAPSHOTS_MAX) {
        gvm_snapshot *grown = realloc(node->snapshots, (node->snapshot_count + 1) * sizeof *grown);
        status = grown == NULL ? GVM_ERR_NOMEM : GVM_OK;
        if (grown != NULL) {
            node->snapshots = grown;
            snapshot.id = ++node->snapshot_next;
            grown[node->snapshot_count++] = snapshot;
        }
    }
    (void)pthread_mutex_unlock(&node->dev_lock);
    if (status == GVM_ERR_LIMIT)
        return gvm_rpc_fail(call, GVM_RPC_E_LIMIT, "%d snapshots are held; revert to one",
                            GVM_SNAPSHOTS_MAX);
    return status == GVM_OK ? gvm_rpc_return_u64(call, snapshot.id)
                            : gvm_rpc_fail_status(call, status, NULL);
}

/* Back to a snapshot, which is used up, with those after it. false: there is no such one. */
gvm_status gvm_rpc_evm_revert(gvm_rpc_call *call) {
    gvm_node *node = gvm_eth_node(call);
    uint64_t id = gvm_rpc_arg_u64(call, 0);
    gvm_error err = {0};
    gvm_snapshot snapshot = {0};
    (void)pthread_mutex_lock(&node->dev_lock);
    for (size_t i = 0; i < node->snapshot_count; i++) {
        if (node->snapshots[i].id != id) continue;
        snapshot = node->snapshots[i];
        node->snapshot_count = i;
        break;
    }
    gvm_status status = GVM_OK;
    if (snapshot.id != 0) {
        status = gvm_chain_set_head(node->chain, &snapshot.head, &err);
        if (status == GVM_OK) {
            gvm_sealer_set_time_offset(node->sealer, snapshot.time_offset);
            gvm_pool_clear(node->pool);
        }
    }
    (void)pthread_mutex_unlock(&node->dev_lock);
    if (status != GVM_OK) return gvm_rpc_fail_status(call, status, &err);
    return gvm_rpc_return_bool(call, snapshot.id != 0);
}
