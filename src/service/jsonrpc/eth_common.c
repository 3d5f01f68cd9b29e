#include "codec/abi.h"
#include "service/jsonrpc/eth.h"

#include <inttypes.h>

gvm_status gvm_eth_find_block(gvm_rpc_call *call, gvm_hash *hash, const gvm_rpc_block *at) {
    gvm_node *node = gvm_eth_node(call);
    gvm_header head;
    gvm_stored_block genesis;
    gvm_status status = GVM_OK;
    switch (at->kind) {
    case GVM_RPC_AT_NUMBER: status = gvm_chain_hash_at(node->chain, hash, at->number); break;
    case GVM_RPC_AT_HASH: {
        gvm_stored_block block;
        gvm_hash canonical;
        *hash = at->hash;
        status = gvm_chain_read(node->chain, &block, hash, GVM_READ_HEADER);
        if (status != GVM_OK) break;
        uint64_t number = block.block.header.number;
        gvm_stored_block_free(&block);
        if (!at->require_canonical) break;
        status = gvm_chain_hash_at(node->chain, &canonical, number);
        if (status == GVM_OK && !gvm_hash_equal(&canonical, hash))
            return gvm_rpc_fail(call, GVM_RPC_E_SERVER, "hash is not currently canonical");
        break;
    }
    case GVM_RPC_AT_EARLIEST:
        *hash = gvm_chain_genesis_hash(node->chain);
        status = gvm_chain_read(node->chain, &genesis, hash, GVM_READ_HEADER);
        if (status == GVM_OK) gvm_stored_block_free(&genesis);
        break;
    case GVM_RPC_AT_LATEST:
    case GVM_RPC_AT_PENDING:
    case GVM_RPC_AT_SAFE:
    case GVM_RPC_AT_FINALIZED: gvm_chain_head(node->chain, &head, hash); break;
    }
    if (status == GVM_ERR_NOT_FOUND) {
        if (at->kind == GVM_RPC_AT_NUMBER)
            return gvm_rpc_fail(call, GVM_RPC_E_NOT_FOUND, "block %" PRIu64 " not found",
                                at->number);
        return gvm_rpc_fail(call, GVM_RPC_E_NOT_FOUND, "block not found");
    }
    return status == GVM_OK ? GVM_OK : gvm_rpc_fail_status(call, status, NULL);
}

gvm_status gvm_eth_read_block(gvm_rpc_call *call, gvm_stored_block *out, const gvm_rpc_block *at,
                              gvm_read_parts parts) {
    gvm_hash hash;
    GVM_TRY(gvm_eth_find_block(call, &hash, at));
    gvm_status status = gvm_chain_read(gvm_eth_node(call)->chain, out, &hash, parts);
    return status == GVM_OK ? GVM_OK : gvm_rpc_fail_status(call, status, NULL);
}

gvm_status gvm_eth_simulate(gvm_rpc_call *call, gvm_simulation *sim, const gvm_rpc_block *at) {
    gvm_node *node = gvm_eth_node(call);
    gvm_stored_block block;
    GVM_TRY(gvm_eth_read_block(call, &block, at, GVM_READ_HEADER));
    gvm_header header = block.block.header;
    gvm_stored_block_free(&block);
    uint64_t number = header.number;
    if (at->kind == GVM_RPC_AT_PENDING && node->sealer != NULL) {
        gvm_hash hash;
        gvm_header head;
        gvm_chain_head(node->chain, &head, &hash);
        number = head.number;
        gvm_block_next_header(&header, gvm_chain_config_of(node->chain), &head, &hash,
                              gvm_sealer_timestamp(node->sealer, gvm_clock_seconds(&node->clock)));
    }
    gvm_status status = gvm_simulation_begin(sim, node, number, &header);
    if (status == GVM_ERR_NOT_FOUND)
        return gvm_rpc_fail(call, GVM_RPC_E_NOT_FOUND,
                            "the state of block %" PRIu64 " is no longer kept (see --history)",
                            number);
    return status == GVM_OK ? GVM_OK : gvm_rpc_fail_status(call, status, NULL);
}

gvm_status gvm_eth_fail_outcome(gvm_rpc_call *call, const gvm_vm *vm, gvm_outcome outcome,
                                gvm_bytes output) {
    char text[GVM_OUTCOME_TEXT];
    if (outcome != GVM_OUT_REVERT)
        return gvm_rpc_fail(call, GVM_RPC_E_SERVER, "%s",
                            gvm_vm_outcome_text(text, vm, outcome, 0));
    gvm_buf reason = {0};
    gvm_status status = GVM_OK;
    if (output.len >= 4 && gvm_abi_put_revert(&reason, NULL, output) == GVM_OK && reason.len > 0 &&
        (memcmp(output.ptr, "\x08\xc3\x79\xa0", 4) == 0 ||
         memcmp(output.ptr, "\x4e\x48\x7b\x71", 4) == 0))
        status = gvm_rpc_fail_data(call, GVM_RPC_E_REVERTED, output, "execution reverted: %.*s",
                                   (int)reason.len, (const char *)reason.ptr);
    else
        status = gvm_rpc_fail_data(call, GVM_RPC_E_REVERTED, output, "execution reverted");
    gvm_buf_free(&reason);
    return status;
}

/* ---- transaction objects */

static gvm_status read_field(gvm_rpc_call *call, gvm_rpc_value *v, yyjson_val *object,
                             gvm_rpc_type type, const char *key) {
    char name[64];
    (void)snprintf(name, sizeof name, "transaction.%s", key);
    return gvm_rpc_read(call, v, type, yyjson_obj_get(object, key), name);
}

static gvm_status read_access_list(gvm_rpc_call *call, gvm_tx *tx, yyjson_val *list) {
    if (list == NULL || yyjson_is_null(list)) return GVM_OK;
    if (!yyjson_is_arr(list))
        return gvm_rpc_fail(call, GVM_RPC_E_PARAMS, "transaction.accessList: expected an array");
    size_t i, max, k, kmax;
    yyjson_val *item, *key;
    gvm_tx_access *all = gvm_rpc_alloc(call, (yyjson_arr_size(list) + 1) * sizeof *all);
    if (all == NULL) return GVM_ERR_NOMEM;
    yyjson_arr_foreach(list, i, max, item) {
        gvm_rpc_value v;
        yyjson_val *keys = yyjson_obj_get(item, "storageKeys");
        GVM_TRY(gvm_rpc_read(call, &v, GVM_RPC_ADDRESS, yyjson_obj_get(item, "address"),
                             "transaction.accessList[].address"));
        gvm_hash *words = gvm_rpc_alloc(call, (yyjson_arr_size(keys) + 1) * sizeof *words);
        if (words == NULL) return GVM_ERR_NOMEM;
        all[i] = (gvm_tx_access){v.address, words, yyjson_arr_size(keys)};
        yyjson_arr_foreach(keys, k, kmax, key) {
            GVM_TRY(gvm_rpc_read(call, &v, GVM_RPC_HASH, key,
                                 "transaction.accessList[].storageKeys[]"));
            words[k] = v.hash;
        }
        tx->access_key_count += all[i].key_count;
    }
    tx->access_list = all;
    tx->access_count = yyjson_arr_size(list);
    if (tx->type < GVM_TX_ACCESS_LIST) tx->type = GVM_TX_ACCESS_LIST;
    return GVM_OK;
}

static gvm_status read_auths(gvm_rpc_call *call, gvm_tx *tx, yyjson_val *list) {
    if (list == NULL || yyjson_is_null(list)) return GVM_OK;
    size_t i, max;
    yyjson_val *item;
    gvm_tx_auth *all = gvm_rpc_alloc(call, (yyjson_arr_size(list) + 1) * sizeof *all);
    if (all == NULL) return GVM_ERR_NOMEM;
    yyjson_arr_foreach(list, i, max, item) {
        gvm_rpc_value chain, address, nonce, parity, r, s;
        GVM_TRY(gvm_rpc_read(call, &chain, GVM_RPC_QUANTITY, yyjson_obj_get(item, "chainId"),
                             "authorizationList[].chainId"));
        GVM_TRY(gvm_rpc_read(call, &address, GVM_RPC_ADDRESS, yyjson_obj_get(item, "address"),
                             "authorizationList[].address"));
        GVM_TRY(gvm_rpc_read(call, &nonce, GVM_RPC_UINT64, yyjson_obj_get(item, "nonce"),
                             "authorizationList[].nonce"));
        GVM_TRY(gvm_rpc_read(call, &parity, GVM_RPC_UINT64, yyjson_obj_get(item, "yParity"),
                             "authorizationList[].yParity"));
        GVM_TRY(gvm_rpc_read(call, &r, GVM_RPC_QUANTITY, yyjson_obj_get(item, "r"),
                             "authorizationList[].r"));
        GVM_TRY(gvm_rpc_read(call, &s, GVM_RPC_QUANTITY, yyjson_obj_get(item, "s"),
                             "authorizationList[].s"));
        all[i] = (gvm_tx_auth){.chain_id = chain.quantity,
                               .address = address.address,
                               .nonce = nonce.number,
                               .y_parity = (uint8_t)parity.number,
                               .r = r.quantity,
                               .s = s.quantity};
    }
    tx->auths = all;
    tx->auth_count = yyjson_arr_size(list);
    tx->type = GVM_TX_SET_CODE;
    return GVM_OK;
}

static gvm_status read_fees(gvm_rpc_call *call, gvm_eth_request *out, yyjson_val *object) {
    gvm_rpc_value price, max_fee, tip;
    gvm_tx *tx = &out->tx;
    GVM_TRY(read_field(call, &price, object, GVM_RPC_QUANTITY, "gasPrice"));
    GVM_TRY(read_field(call, &max_fee, object, GVM_RPC_QUANTITY, "maxFeePerGas"));
    GVM_TRY(read_field(call, &tip, object, GVM_RPC_QUANTITY, "maxPriorityFeePerGas"));
    if (price.given && (max_fee.given || tip.given))
        return gvm_rpc_fail(
            call, GVM_RPC_E_PARAMS,
            "both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified; give one kind");
    out->has_price = price.given || max_fee.given || tip.given;
    if (price.given) {
        tx->max_fee = tx->max_priority_fee = price.quantity;
        return GVM_OK;
    }
    if (tx->type < GVM_TX_DYNAMIC_FEE) tx->type = GVM_TX_DYNAMIC_FEE;
    if (tip.given) tx->max_priority_fee = tip.quantity;
    tx->max_fee = max_fee.given ? max_fee.quantity : tx->max_priority_fee;
    return GVM_OK;
}

gvm_status gvm_eth_read_request(gvm_rpc_call *call, gvm_eth_request *out, yyjson_val *object) {
    gvm_rpc_value v, input;
    *out = (gvm_eth_request){
        .tx = {.chain_id = gvm_chain_config_of(gvm_eth_node(call)->chain)->chain_id,
               .replay_protected = true}};
    gvm_tx *tx = &out->tx;
    if (!yyjson_is_obj(object))
        return gvm_rpc_fail(call, GVM_RPC_E_PARAMS, "transaction: expected an object");
    GVM_TRY(read_field(call, &v, object, GVM_RPC_ADDRESS, "from"));
    out->has_from = v.given;
    if (v.given) tx->sender = v.address;
    GVM_TRY(read_field(call, &v, object, GVM_RPC_ADDRESS, "to"));
    tx->create = !v.given;
    if (v.given) tx->to = v.address;
    GVM_TRY(read_field(call, &v, object, GVM_RPC_UINT64, "gas"));
    out->has_gas = v.given;
    tx->gas_limit = v.given ? v.number : 0;
    GVM_TRY(read_field(call, &v, object, GVM_RPC_UINT64, "nonce"));
    out->has_nonce = v.given;
    tx->nonce = v.given ? v.number : 0;
    GVM_TRY(read_field(call, &v, object, GVM_RPC_QUANTITY, "value"));
    if (v.given) tx->value = v.quantity;
    GVM_TRY(read_field(call, &v, object, GVM_RPC_DATA, "data"));
    GVM_TRY(read_field(call, &input, object, GVM_RPC_DATA, "input"));
    if (v.given && input.given && !gvm_bytes_equal(v.bytes, input.bytes))
        return gvm_rpc_fail(call, GVM_RPC_E_PARAMS,
                            "both \"data\" and \"input\" are set and not equal; use \"input\"");
    if (input.given)
        tx->data = input.bytes;
    else if (v.given)
        tx->data = v.bytes;
    GVM_TRY(read_field(call, &v, object, GVM_RPC_QUANTITY, "chainId"));
    if (v.given && !gvm_u256_eq(v.quantity, gvm_u256_from_u64(tx->chain_id)))
        return gvm_rpc_fail(call, GVM_RPC_E_PARAMS,
                            "transaction.chainId: this chain has id %" PRIu64, tx->chain_id);
    GVM_TRY(read_access_list(call, tx, yyjson_obj_get(object, "accessList")));
    GVM_TRY(read_auths(call, tx, yyjson_obj_get(object, "authorizationList")));
    return read_fees(call, out, object);
}
