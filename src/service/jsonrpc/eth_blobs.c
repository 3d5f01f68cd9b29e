/* Blobs of included transactions, as long as they are kept, and raw transactions. */
#include "service/jsonrpc/eth.h"

static void add_points(gvm_rpc_call *call, yyjson_mut_val *list, const uint8_t *first,
                       size_t count) {
    for (size_t i = 0; i < count; i++)
        yyjson_mut_arr_append(
            list, gvm_rpc_val_data(call, gvm_bytes_make(first + i * GVM_KZG_POINT, GVM_KZG_POINT)));
}

static yyjson_mut_val *blob_value(gvm_rpc_call *call, const gvm_stored_blob *blob) {
    return gvm_rpc_val_data(call, gvm_bytes_make(blob->sidecar.blobs, GVM_KZG_BLOB));
}

/* {blobs, commitments, proofs, version} of one transaction. GVM_ERR_NOT_FOUND: not all are kept. */
static gvm_status sidecar_value(gvm_rpc_call *call, yyjson_mut_val **out, gvm_store_txn *txn,
                                const gvm_tx *tx) {
    yyjson_mut_doc *doc = gvm_rpc_doc(call);
    yyjson_mut_val *blobs = yyjson_mut_arr(doc), *commitments = yyjson_mut_arr(doc),
                   *proofs = yyjson_mut_arr(doc);
    gvm_stored_blob blob = {0};
    for (size_t i = 0; i < tx->blob_hash_count; i++) {
        GVM_TRY(gvm_blobs_get(txn, &blob, &tx->blob_hashes[i]));
        yyjson_mut_arr_append(blobs, blob_value(call, &blob));
        add_points(call, commitments, blob.sidecar.commitments, 1);
        add_points(call, proofs, blob.sidecar.proofs, gvm_sidecar_proofs_per_blob(&blob.sidecar));
    }
    *out = yyjson_mut_obj(doc);
    if (blob.sidecar.version != GVM_SIDECAR_BLOB_PROOFS)
        yyjson_mut_obj_add_val(doc, *out, "version", gvm_rpc_val_u64(call, blob.sidecar.version));
    yyjson_mut_obj_add_val(doc, *out, "blobs", blobs);
    yyjson_mut_obj_add_val(doc, *out, "commitments", commitments);
    yyjson_mut_obj_add_val(doc, *out, "proofs", proofs);
    return GVM_OK;
}

static gvm_status add_sidecar(gvm_rpc_call *call, yyjson_mut_val *list, gvm_store_txn *txn,
                              const gvm_block *block, size_t index) {
    yyjson_mut_doc *doc = gvm_rpc_doc(call);
    yyjson_mut_val *sidecar, *item;
    gvm_status status = sidecar_value(call, &sidecar, txn, &block->txs[index]);
    if (status == GVM_ERR_NOT_FOUND) return GVM_OK;
    GVM_TRY(status);
    item = yyjson_mut_obj(doc);
    yyjson_mut_obj_add_val(doc, item, "blobSidecar", sidecar);
    yyjson_mut_obj_add_val(doc, item, "blockHash", gvm_rpc_val_hash(call, &block->hash));
    yyjson_mut_obj_add_val(doc, item, "blockNumber", gvm_rpc_val_u64(call, block->header.number));
    yyjson_mut_obj_add_val(doc, item, "txHash", gvm_rpc_val_hash(call, &block->txs[index].hash));
    yyjson_mut_obj_add_val(doc, item, "txIndex", gvm_rpc_val_u64(call, index));
    return yyjson_mut_arr_append(list, item) ? GVM_OK : GVM_ERR_NOMEM;
}

gvm_status gvm_rpc_eth_getBlobSidecars(gvm_rpc_call *call) {
    gvm_rpc_block at = gvm_rpc_arg_block(call, 0);
    gvm_stored_block b;
    gvm_store_txn *txn;
    yyjson_mut_val *list = yyjson_mut_arr(gvm_rpc_doc(call));
    GVM_TRY(gvm_eth_read_block(call, &b, &at, GVM_READ_BODY));
    gvm_status status = gvm_store_read_begin(&txn, gvm_chain_store(gvm_eth_node(call)->chain));
    if (status == GVM_OK) {
        for (size_t i = 0; status == GVM_OK && i < b.block.tx_count; i++)
            if (b.block.txs[i].type == GVM_TX_BLOB)
                status = add_sidecar(call, list, txn, &b.block, i);
        gvm_store_read_end(txn);
    }
    gvm_stored_block_free(&b);
    return status == GVM_OK ? gvm_rpc_return(call, list) : gvm_rpc_fail_status(call, status, NULL);
}

gvm_status gvm_rpc_anvil_getBlobByHash(gvm_rpc_call *call) {
    gvm_hash hash = gvm_rpc_arg_hash(call, 0);
    gvm_stored_blob blob;
    gvm_store_txn *txn;
    GVM_TRY(gvm_store_read_begin(&txn, gvm_chain_store(gvm_eth_node(call)->chain)));
    gvm_status status = gvm_blobs_get(txn, &blob, &hash);
    yyjson_mut_val *value = status == GVM_OK ? blob_value(call, &blob) : NULL;
    gvm_store_read_end(txn);
    if (status == GVM_ERR_NOT_FOUND) return gvm_rpc_return_null(call);
    return status == GVM_OK ? gvm_rpc_return(call, value) : gvm_rpc_fail_status(call, status, NULL);
}

/* A transaction of the chain, in its block. GVM_ERR_NOT_FOUND. */
static gvm_status find_included(gvm_node *node, gvm_stored_block *out, uint32_t *index,
                                const gvm_hash *hash) {
    uint64_t number;
    GVM_TRY(gvm_chain_tx_place(node->chain, &number, index, hash));
    GVM_TRY(gvm_chain_read_at(node->chain, out, number, GVM_READ_BODY));
    if (*index < out->block.tx_count &&
        gvm_hash_equal(&out->block.txs[*index].hash, hash)) /* else: moved meanwhile */
        return GVM_OK;
    gvm_stored_block_free(out);
    return GVM_ERR_NOT_FOUND;
}

gvm_status gvm_rpc_anvil_getBlobsByTransactionHash(gvm_rpc_call *call) {
    gvm_node *node = gvm_eth_node(call);
    gvm_hash hash = gvm_rpc_arg_hash(call, 0);
    gvm_stored_block b;
    gvm_store_txn *txn;
    uint32_t index;
    yyjson_mut_val *list = yyjson_mut_arr(gvm_rpc_doc(call));
    gvm_status status = find_included(node, &b, &index, &hash);
    if (status == GVM_OK) {
        const gvm_tx *tx = &b.block.txs[index];
        status = gvm_store_read_begin(&txn, gvm_chain_store(node->chain));
        if (status == GVM_OK) {
            for (size_t i = 0; status == GVM_OK && i < tx->blob_hash_count; i++) {
                gvm_stored_blob blob;
                status = gvm_blobs_get(txn, &blob, &tx->blob_hashes[i]);
                if (status == GVM_OK) yyjson_mut_arr_append(list, blob_value(call, &blob));
            }
            gvm_store_read_end(txn);
        }
        gvm_stored_block_free(&b);
    }
    if (status == GVM_ERR_NOT_FOUND) return gvm_rpc_return_null(call);
    return status == GVM_OK ? gvm_rpc_return(call, list) : gvm_rpc_fail_status(call, status, NULL);
}

/* As it came in where it waits, as its block holds it where it is in one. */
gvm_status gvm_rpc_eth_getRawTransactionByHash(gvm_rpc_call *call) {
    gvm_node *node = gvm_eth_node(call);
    gvm_hash hash = gvm_rpc_arg_hash(call, 0);
    gvm_stored_block b;
    gvm_buf raw = {0};
    uint32_t index;
    const gvm_pool_tx *waiting = gvm_pool_get(node->pool, NULL, &hash);
    if (waiting != NULL) {
        gvm_bytes form = waiting->network.len > 0 ? waiting->network : waiting->encoded;
        gvm_buf_append(&raw, form.ptr, form.len);
        gvm_pool_tx_release(waiting);
    } else {
        gvm_status status = find_included(node, &b, &index, &hash);
        if (status == GVM_ERR_NOT_FOUND) return gvm_rpc_return_null(call);
        if (status != GVM_OK) return gvm_rpc_fail_status(call, status, NULL);
        gvm_tx_encode(&raw, &b.block.txs[index]);
        gvm_stored_block_free(&b);
    }
    gvm_status status = gvm_buf_status(&raw);
    if (status == GVM_OK) status = gvm_rpc_return_data(call, gvm_buf_bytes(&raw));
    gvm_buf_free(&raw);
    return status;
}
