/* Accounts and their proofs. */
#include "service/jsonrpc/eth.h"

#include <inttypes.h>

/* A view of the state after the block that parameter i names. */
gvm_status gvm_eth_open_view(gvm_rpc_call *call, gvm_stateview **view, size_t i) {
    gvm_rpc_block at = gvm_rpc_arg_block(call, i);
    gvm_stored_block block;
    GVM_TRY(gvm_eth_read_block(call, &block, &at, GVM_READ_HEADER));
    uint64_t number = block.block.header.number;
    gvm_stored_block_free(&block);
    gvm_status status = gvm_chain_view(gvm_eth_node(call)->chain, view, number);
    if (status == GVM_ERR_NOT_FOUND)
        return gvm_rpc_fail(call, GVM_RPC_E_NOT_FOUND,
                            "the state of block %" PRIu64 " is no longer kept (see --history)",
                            number);
    return status == GVM_OK ? GVM_OK : gvm_rpc_fail_status(call, status, NULL);
}

static gvm_status read_account(gvm_rpc_call *call, gvm_stateview *view, gvm_account *out,
                               const gvm_address *address) {
    gvm_status status = gvm_statedb_account(view, out, address);
    if (status == GVM_ERR_NOT_FOUND) {
        *out = (gvm_account){.code_hash = GVM_EMPTY_CODE_HASH, .storage_root = GVM_EMPTY_ROOT};
        return GVM_OK;
    }
    return status == GVM_OK ? GVM_OK : gvm_rpc_fail_status(call, status, NULL);
}

gvm_status gvm_rpc_eth_getBalance(gvm_rpc_call *call) {
    gvm_stateview *view;
    gvm_account account;
    gvm_address address = gvm_rpc_arg_address(call, 0);
    GVM_TRY(gvm_eth_open_view(call, &view, 1));
    gvm_status status = read_account(call, view, &account, &address);
    gvm_statedb_view_close(view);
    return status == GVM_OK ? gvm_rpc_return_quantity(call, account.balance) : status;
}

gvm_status gvm_rpc_eth_getTransactionCount(gvm_rpc_call *call) {
    gvm_stateview *view;
    gvm_account account;
    gvm_address address = gvm_rpc_arg_address(call, 0);
    if (gvm_rpc_arg_block(call, 1).kind == GVM_RPC_AT_PENDING) {
        uint64_t nonce;
        gvm_status status = gvm_pool_next_nonce(gvm_eth_node(call)->pool, &nonce, &address);
        return status == GVM_OK ? gvm_rpc_return_u64(call, nonce)
                                : gvm_rpc_fail_status(call, status, NULL);
    }
    GVM_TRY(gvm_eth_open_view(call, &view, 1));
    gvm_status status = read_account(call, view, &account, &address);
    gvm_statedb_view_close(view);
    return status == GVM_OK ? gvm_rpc_return_u64(call, account.nonce) : status;
}

gvm_status gvm_rpc_eth_getCode(gvm_rpc_call *call) {
    gvm_stateview *view;
    gvm_account account;
    gvm_bytes code = {0};
    gvm_address address = gvm_rpc_arg_address(call, 0);
    GVM_TRY(gvm_eth_open_view(call, &view, 1));
    gvm_status status = read_account(call, view, &account, &address);
    if (status == GVM_OK && gvm_account_has_code(&account)) {
        status = gvm_statedb_code(view, &code, &account.code_hash);
        if (status != GVM_OK) status = gvm_rpc_fail_status(call, status, NULL);
    }
    if (status == GVM_OK) status = gvm_rpc_return_data(call, code);
    gvm_statedb_view_close(view);
    return status;
}

gvm_status gvm_rpc_eth_getStorageAt(gvm_rpc_call *call) {
    gvm_stateview *view;
    gvm_u256 value;
    gvm_address address = gvm_rpc_arg_address(call, 0);
    gvm_hash slot = gvm_rpc_arg_hash(call, 1);
    gvm_u256 key = gvm_u256_from_hash(&slot);
    GVM_TRY(gvm_eth_open_view(call, &view, 2));
    gvm_status status = gvm_statedb_storage(view, &value, &address, &key);
    gvm_statedb_view_close(view);
    if (status != GVM_OK) return gvm_rpc_fail_status(call, status, NULL);
    gvm_hash word = gvm_u256_to_hash(value);
    return gvm_rpc_return_hash(call, &word);
}

/* ---- eth_getStorageValues: many slots of many accounts at once */

enum { SLOTS_MAX = 1024 };

static gvm_status read_slots(gvm_rpc_call *call, gvm_stateview *view, yyjson_mut_val *out,
                             yyjson_val *address, yyjson_val *slots) {
    gvm_rpc_value account, slot;
    size_t i, max;
    yyjson_val *item;
    GVM_TRY(gvm_rpc_read(call, &account, GVM_RPC_ADDRESS, address, "requests key"));
    if (!yyjson_is_arr(slots))
        return gvm_rpc_fail(call, GVM_RPC_E_PARAMS, "requests.*: expected an array of slots");
    yyjson_mut_doc *doc = gvm_rpc_doc(call);
    yyjson_mut_val *values = yyjson_mut_arr(doc);
    yyjson_arr_foreach(slots, i, max, item) {
        gvm_u256 value;
        GVM_TRY(gvm_rpc_read(call, &slot, GVM_RPC_SLOT, item, "requests.*[]"));
        gvm_u256 key = gvm_u256_from_hash(&slot.hash);
        gvm_status status = gvm_statedb_storage(view, &value, &account.address, &key);
        if (status != GVM_OK) return gvm_rpc_fail_status(call, status, NULL);
        gvm_hash word = gvm_u256_to_hash(value);
        yyjson_mut_arr_append(values, gvm_rpc_val_hash(call, &word));
    }
    yyjson_mut_obj_add(out, gvm_rpc_val_address(call, &account.address), values);
    return GVM_OK;
}

gvm_status gvm_rpc_eth_getStorageValues(gvm_rpc_call *call) {
    gvm_stateview *view;
    yyjson_val *requests = gvm_rpc_arg_json(call, 0), *key, *slots;
    size_t i, max, count = 0;
    yyjson_obj_foreach(requests, i, max, key, slots) count += yyjson_arr_size(slots);
    if (count == 0) return gvm_rpc_fail(call, GVM_RPC_E_PARAMS, "empty request");
    if (count > SLOTS_MAX)
        return gvm_rpc_fail(call, GVM_RPC_E_LIMIT, "expected at most %d slots, found %zu",
                            SLOTS_MAX, count);
    yyjson_mut_val *result = yyjson_mut_obj(gvm_rpc_doc(call));
    GVM_TRY(gvm_eth_open_view(call, &view, 1));
    gvm_status status = GVM_OK;
    yyjson_obj_foreach(requests, i, max, key, slots) {
        if (status == GVM_OK) status = read_slots(call, view, result, key, slots);
    }
    gvm_statedb_view_close(view);
    return status == GVM_OK ? gvm_rpc_return(call, result) : status;
}

/* ---- eth_getProof (EIP-1186) */

static yyjson_mut_val *nodes(gvm_rpc_call *call, const gvm_trie_nodes *list) {
    yyjson_mut_val *arr = yyjson_mut_arr(gvm_rpc_doc(call));
    for (size_t i = 0; i < list->count; i++)
        yyjson_mut_arr_append(arr, gvm_rpc_val_data(call, gvm_trie_nodes_get(list, i)));
    return arr;
}

static yyjson_mut_val *proof_value(gvm_rpc_call *call, const gvm_account_proof *proof,
                                   const gvm_address *address, yyjson_val *keys) {
    yyjson_mut_doc *doc = gvm_rpc_doc(call);
    yyjson_mut_val *o = yyjson_mut_obj(doc), *storage = yyjson_mut_arr(doc);
    yyjson_mut_obj_add_val(doc, o, "address", gvm_rpc_val_address(call, address));
    yyjson_mut_obj_add_val(doc, o, "accountProof", nodes(call, &proof->nodes));
    yyjson_mut_obj_add_val(doc, o, "balance", gvm_rpc_val_quantity(call, proof->account.balance));
    yyjson_mut_obj_add_val(doc, o, "codeHash", gvm_rpc_val_hash(call, &proof->account.code_hash));
    yyjson_mut_obj_add_val(doc, o, "nonce", gvm_rpc_val_u64(call, proof->account.nonce));
    yyjson_mut_obj_add_val(doc, o, "storageHash",
                           gvm_rpc_val_hash(call, &proof->account.storage_root));
    for (size_t i = 0; i < proof->storage_count; i++) {
        const gvm_storage_proof *s = &proof->storage[i];
        yyjson_mut_val *item = yyjson_mut_obj(doc);
        /* As it was asked: a whole word, or a number. */
        gvm_hash word = gvm_u256_to_hash(s->key);
        bool whole = yyjson_get_len(yyjson_arr_get(keys, i)) == 66;
        yyjson_mut_obj_add_val(doc, item, "key",
                               whole ? gvm_rpc_val_hash(call, &word)
                                     : gvm_rpc_val_quantity(call, s->key));
        yyjson_mut_obj_add_val(doc, item, "value", gvm_rpc_val_quantity(call, s->value));
        yyjson_mut_obj_add_val(doc, item, "proof", nodes(call, &s->nodes));
        yyjson_mut_arr_append(storage, item);
    }
    yyjson_mut_obj_add_val(doc, o, "storageProof", storage);
    return o;
}

enum { PROOF_KEYS_MAX = 1024 };

gvm_status gvm_rpc_eth_getProof(gvm_rpc_call *call) {
    gvm_address address = gvm_rpc_arg_address(call, 0);
    yyjson_val *list = gvm_rpc_arg_json(call, 1), *item;
    size_t n = yyjson_arr_size(list), i, max;
    if (n > PROOF_KEYS_MAX)
        return gvm_rpc_fail_param(call, 1, "expected at most %d keys, found %zu", PROOF_KEYS_MAX,
                                  n);
    gvm_u256 *keys = gvm_rpc_alloc(call, (n + 1) * sizeof *keys);
    if (keys == NULL) return GVM_ERR_NOMEM;
    yyjson_arr_foreach(list, i, max, item) {
        gvm_rpc_value v;
        GVM_TRY(gvm_rpc_read(call, &v, GVM_RPC_SLOT, item, "storageKeys[]"));
        keys[i] = gvm_u256_from_hash(&v.hash);
    }
    gvm_stateview *view;
    gvm_account_proof proof;
    GVM_TRY(gvm_eth_open_view(call, &view, 2));
    gvm_status status = gvm_statedb_prove(view, &proof, &address, keys, n);
    if (status == GVM_OK)
        status = gvm_rpc_return(call, proof_value(call, &proof, &address, list));
    else
        status = gvm_rpc_fail_status(call, status, NULL);
    gvm_account_proof_free(&proof);
    gvm_statedb_view_close(view);
    return status;
}
