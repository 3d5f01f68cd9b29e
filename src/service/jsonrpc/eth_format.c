#include "service/jsonrpc/eth_format.h"

#include "codec/json.h"
#include "exec/ghost_tx.h"

typedef struct writer {
    yyjson_mut_doc *doc;
    yyjson_mut_val *object;
} writer;

static writer object(yyjson_mut_doc *doc) {
    return (writer){doc, yyjson_mut_obj(doc)};
}
static void put(writer *w, const char *key, yyjson_mut_val *value) {
    if (value == NULL || !yyjson_mut_obj_add_val(w->doc, w->object, key, value)) w->object = NULL;
}
static void put_u64(writer *w, const char *key, uint64_t v) {
    put(w, key, gvm_json_new_u64(w->doc, v));
}
static void put_quantity(writer *w, const char *key, gvm_u256 v) {
    put(w, key, gvm_json_new_u256(w->doc, v));
}
static void put_hash(writer *w, const char *key, const gvm_hash *h) {
    put(w, key, gvm_json_new_hash(w->doc, h));
}
static void put_address(writer *w, const char *key, const gvm_address *a) {
    put(w, key, gvm_json_new_address(w->doc, a));
}
static void put_data(writer *w, const char *key, const void *p, size_t len) {
    put(w, key, gvm_json_new_data(w->doc, gvm_bytes_make(p, len)));
}
static void put_null(writer *w, const char *key) {
    put(w, key, yyjson_mut_null(w->doc));
}

/* ---- transactions */

yyjson_mut_val *gvm_eth_access_list(yyjson_mut_doc *doc, const gvm_tx *tx) {
    yyjson_mut_val *list = yyjson_mut_arr(doc);
    for (size_t i = 0; i < tx->access_count; i++) {
        writer item = object(doc);
        yyjson_mut_val *keys = yyjson_mut_arr(doc);
        put_address(&item, "address", &tx->access_list[i].address);
        for (size_t k = 0; k < tx->access_list[i].key_count; k++)
            yyjson_mut_arr_append(keys, gvm_json_new_hash(doc, &tx->access_list[i].keys[k]));
        put(&item, "storageKeys", keys);
        yyjson_mut_arr_append(list, item.object);
    }
    return list;
}

static void put_auths(writer *w, const gvm_tx *tx) {
    yyjson_mut_val *list = yyjson_mut_arr(w->doc);
    for (size_t i = 0; i < tx->auth_count; i++) {
        const gvm_tx_auth *a = &tx->auths[i];
        writer item = object(w->doc);
        put_quantity(&item, "chainId", a->chain_id);
        put_address(&item, "address", &a->address);
        put_u64(&item, "nonce", a->nonce);
        put_u64(&item, "yParity", a->y_parity);
        put_quantity(&item, "r", a->r);
        put_quantity(&item, "s", a->s);
        yyjson_mut_arr_append(list, item.object);
    }
    put(w, "authorizationList", list);
}

static void put_blob_fields(writer *w, const gvm_tx *tx) {
    yyjson_mut_val *hashes = yyjson_mut_arr(w->doc);
    for (size_t i = 0; i < tx->blob_hash_count; i++)
        yyjson_mut_arr_append(hashes, gvm_json_new_hash(w->doc, &tx->blob_hashes[i]));
    put_quantity(w, "maxFeePerBlobGas", tx->max_blob_fee);
    put(w, "blobVersionedHashes", hashes);
}

/* ---- type 0x47: what its fields say beyond those that every client knows */

static yyjson_mut_val *ghost_auths(yyjson_mut_doc *doc, const gvm_auth *auths, size_t count) {
    yyjson_mut_val *list = yyjson_mut_arr(doc);
    for (size_t i = 0; i < count; i++) {
        writer item = object(doc);
        put_u64(&item, "scheme", auths[i].key.scheme);
        put_data(&item, "key", auths[i].key.bytes.ptr, auths[i].key.bytes.len);
        put_data(&item, "signature", auths[i].signature.ptr, auths[i].signature.len);
        yyjson_mut_arr_append(list, item.object);
    }
    return list;
}

static void put_ghost(writer *w, const gvm_tx *tx) {
    const gvm_ghost *g = tx->ghost;
    writer o = object(w->doc);
    put_u64(&o, "feeToken", g->fee_token);
    if (g->sponsored)
        put_address(&o, "sponsor", &g->sponsor);
    else
        put_null(&o, "sponsor");
    put_u64(&o, "notBefore", g->not_before);
    put_u64(&o, "notAfter", g->not_after);
    if (g->name.len > 0)
        put(&o, "toName", yyjson_mut_strncpy(w->doc, (const char *)g->name.ptr, g->name.len));
    else
        put_null(&o, "toName");
    put(&o, "auths", ghost_auths(w->doc, g->auths, g->auth_count));
    put(&o, "sponsorAuths", ghost_auths(w->doc, g->sponsor_auths, g->sponsor_auth_count));
    put(w, "ghost", o.object);
}

static void put_receipt_ghost(writer *w, const gvm_receipt_ghost *g) {
    writer o = object(w->doc);
    if (g->called)
        put_address(&o, "to", &g->to);
    else
        put_null(&o, "to");
    put_address(&o, "payer", &g->payer);
    put_u64(&o, "feeToken", g->fee_token);
    put_quantity(&o, "feePaid", g->fee_paid);
    put_quantity(&o, "mana", g->mana);
    put(w, "ghost", o.object);
}

static void put_signature(writer *w, const gvm_tx *tx) {
    gvm_u256 v = gvm_u256_from_u64(tx->y_parity);
    if (tx->type == GVM_TX_LEGACY) {
        v = gvm_u256_from_u64(27u + tx->y_parity);
        if (tx->replay_protected) {
            gvm_u256 twice =
                gvm_u256_add(gvm_u256_from_u64(tx->chain_id), gvm_u256_from_u64(tx->chain_id));
            v = gvm_u256_add(twice, gvm_u256_from_u64(35u + tx->y_parity));
        }
    } else {
        put_u64(w, "yParity", tx->y_parity);
    }
    put_quantity(w, "v", v);
    put_quantity(w, "r", tx->r);
    put_quantity(w, "s", tx->s);
}

yyjson_mut_val *gvm_eth_tx(yyjson_mut_doc *doc, const gvm_tx *tx, uint64_t chain_id,
                           const gvm_tx_place *place) {
    writer w = object(doc);
    put_u64(&w, "type", tx->type);
    if (tx->type != GVM_TX_LEGACY)
        put_u64(&w, "chainId", chain_id);
    else if (tx->replay_protected)
        put_u64(&w, "chainId", tx->chain_id);
    put_u64(&w, "nonce", tx->nonce);
    put_u64(&w, "gas", tx->gas_limit);
    gvm_u256 price = tx->max_fee;
    if (tx->type >= GVM_TX_DYNAMIC_FEE) {
        put_quantity(&w, "maxFeePerGas", tx->max_fee);
        put_quantity(&w, "maxPriorityFeePerGas", tx->max_priority_fee);
        if (place != NULL && place->block_hash != NULL)
            price = gvm_tx_effective_price(tx, place->base_fee);
    }
    put_quantity(&w, "gasPrice", price);
    if (tx->create || (tx->type == GVM_TX_GHOST && tx->ghost->name.len > 0))
        put_null(&w, "to");
    else
        put_address(&w, "to", &tx->to);
    put_quantity(&w, "value", tx->value);
    put_data(&w, "input", tx->data.ptr, tx->data.len);
    if (tx->type != GVM_TX_LEGACY) put(&w, "accessList", gvm_eth_access_list(doc, tx));
    if (tx->type == GVM_TX_BLOB) put_blob_fields(&w, tx);
    if (tx->type == GVM_TX_SET_CODE) put_auths(&w, tx);
    if (tx->type == GVM_TX_GHOST) put_ghost(&w, tx);
    put_signature(&w, tx);
    put_hash(&w, "hash", &tx->hash);
    put_address(&w, "from", &tx->sender);
    if (place != NULL && place->block_hash != NULL) {
        put_hash(&w, "blockHash", place->block_hash);
        put_u64(&w, "blockNumber", place->number);
        put_u64(&w, "blockTimestamp", place->timestamp);
        put_u64(&w, "transactionIndex", place->index);
    } else {
        put_null(&w, "blockHash");
        put_null(&w, "blockNumber");
        put_null(&w, "blockTimestamp");
        put_null(&w, "transactionIndex");
    }
    return w.object;
}

/* ---- blocks */

static void put_header(writer *w, const gvm_header *h, const gvm_hash *hash, bool pending) {
    put_u64(w, "number", h->number);
    if (pending)
        put_null(w, "hash");
    else
        put_hash(w, "hash", hash);
    put_hash(w, "parentHash", &h->parent_hash);
    if (pending)
        put_null(w, "nonce");
    else
        put_data(w, "nonce", h->nonce, sizeof h->nonce);
    put_hash(w, "mixHash", &h->mix_hash);
    put_hash(w, "sha3Uncles", &h->ommers_hash);
    put_data(w, "logsBloom", h->bloom.b, sizeof h->bloom.b);
    put_hash(w, "transactionsRoot", &h->transactions_root);
    put_hash(w, "stateRoot", &h->state_root);
    put_hash(w, "receiptsRoot", &h->receipts_root);
    put_address(w, "miner", &h->coinbase);
    put_quantity(w, "difficulty", h->difficulty);
    put_data(w, "extraData", h->extra, h->extra_len);
    put_u64(w, "gasLimit", h->gas_limit);
    put_u64(w, "gasUsed", h->gas_used);
    put_u64(w, "timestamp", h->timestamp);
    if (h->later >= GVM_HEADER_LONDON) put_quantity(w, "baseFeePerGas", h->base_fee);
    if (h->later >= GVM_HEADER_SHANGHAI) put_hash(w, "withdrawalsRoot", &h->withdrawals_root);
    if (h->later >= GVM_HEADER_CANCUN) {
        put_u64(w, "blobGasUsed", h->blob_gas_used);
        put_u64(w, "excessBlobGas", h->excess_blob_gas);
        put_hash(w, "parentBeaconBlockRoot", &h->parent_beacon_root);
    }
    if (h->later >= GVM_HEADER_PRAGUE) put_hash(w, "requestsHash", &h->requests_hash);
}

yyjson_mut_val *gvm_eth_header(yyjson_mut_doc *doc, const gvm_header *h, const gvm_hash *hash) {
    writer w = object(doc);
    put_header(&w, h, hash, false);
    return w.object;
}

static void put_withdrawals(writer *w, const gvm_block *b) {
    yyjson_mut_val *list = yyjson_mut_arr(w->doc);
    for (size_t i = 0; i < b->withdrawal_count; i++) {
        writer item = object(w->doc);
        put_u64(&item, "index", b->withdrawals[i].index);
        put_u64(&item, "validatorIndex", b->withdrawals[i].validator);
        put_address(&item, "address", &b->withdrawals[i].address);
        put_u64(&item, "amount", b->withdrawals[i].amount);
        yyjson_mut_arr_append(list, item.object);
    }
    put(w, "withdrawals", list);
}

yyjson_mut_val *gvm_eth_block(yyjson_mut_doc *doc, const gvm_stored_block *b, uint64_t chain_id,
                              bool full, bool pending) {
    const gvm_block *block = &b->block;
    writer w = object(doc);
    put_header(&w, &block->header, &block->hash, pending);
    put_u64(&w, "size", b->size);
    yyjson_mut_val *txs = yyjson_mut_arr(w.doc), *ommers = yyjson_mut_arr(w.doc);
    gvm_tx_place place = {pending ? NULL : &block->hash, block->header.number,
                          block->header.timestamp, 0, block->header.base_fee};
    for (size_t i = 0; i < block->tx_count; i++) {
        place.index = (uint32_t)i;
        yyjson_mut_arr_append(txs, full ? gvm_eth_tx(doc, &block->txs[i], chain_id, &place)
                                        : gvm_json_new_hash(doc, &block->txs[i].hash));
    }
    put(&w, "transactions", txs);
    for (size_t i = 0; i < block->ommer_count; i++) {
        gvm_hash hash;
        if (gvm_header_hash(&hash, &block->ommers[i]) != GVM_OK) return NULL;
        yyjson_mut_arr_append(ommers, gvm_json_new_hash(doc, &hash));
    }
    put(&w, "uncles", ommers);
    if (block->has_withdrawals) put_withdrawals(&w, block);
    return w.object;
}

/* ---- receipts and logs */

yyjson_mut_val *gvm_eth_log(yyjson_mut_doc *doc, const gvm_log *log, const gvm_block *block,
                            uint32_t tx_index, uint32_t log_index, bool removed) {
    writer w = object(doc);
    yyjson_mut_val *topics = yyjson_mut_arr(w.doc);
    put_address(&w, "address", &log->address);
    for (uint32_t i = 0; i < log->topic_count; i++)
        yyjson_mut_arr_append(topics, gvm_json_new_hash(doc, &log->topics[i]));
    put(&w, "topics", topics);
    put_data(&w, "data", log->data.ptr, log->data.len);
    put_hash(&w, "blockHash", &block->hash);
    put_u64(&w, "blockNumber", block->header.number);
    put_u64(&w, "blockTimestamp", block->header.timestamp);
    put_hash(&w, "transactionHash", &block->txs[tx_index].hash);
    put_u64(&w, "transactionIndex", tx_index);
    put_u64(&w, "logIndex", log_index);
    put(&w, "removed", yyjson_mut_bool(w.doc, removed));
    return w.object;
}

yyjson_mut_val *gvm_eth_receipt(yyjson_mut_doc *doc, const gvm_stored_block *b, size_t index,
                                uint32_t first_log) {
    const gvm_block *block = &b->block;
    const gvm_tx *tx = &block->txs[index];
    const gvm_receipt *r = &b->receipts[index];
    writer w = object(doc);
    gvm_bloom bloom = {{0}};
    gvm_bloom_add(&bloom, r->logs, r->log_count);
    put_u64(&w, "type", tx->type);
    if (r->has_root)
        put_hash(&w, "root", &r->root);
    else
        put_u64(&w, "status", gvm_receipt_succeeded(r));
    put_u64(&w, "cumulativeGasUsed", r->cumulative_gas);
    put_data(&w, "logsBloom", bloom.b, sizeof bloom.b);
    yyjson_mut_val *logs = yyjson_mut_arr(w.doc);
    for (size_t i = 0; i < r->log_count; i++)
        yyjson_mut_arr_append(logs, gvm_eth_log(doc, &r->logs[i], block, (uint32_t)index,
                                                first_log + (uint32_t)i, false));
    put(&w, "logs", logs);
    put_hash(&w, "transactionHash", &tx->hash);
    put_u64(&w, "transactionIndex", index);
    put_hash(&w, "blockHash", &block->hash);
    put_u64(&w, "blockNumber", block->header.number);
    put_u64(&w, "gasUsed", r->gas_used);
    put_quantity(&w, "effectiveGasPrice", r->gas_price);
    if (tx->type == GVM_TX_BLOB) {
        put_u64(&w, "blobGasUsed", r->blob_gas_used);
        put_quantity(&w, "blobGasPrice", r->blob_gas_price);
    }
    put_address(&w, "from", &tx->sender);
    bool named = tx->type == GVM_TX_GHOST && tx->ghost->name.len > 0;
    if (named && r->ghost.called)
        put_address(&w, "to", &r->ghost.to);
    else if (tx->create || named)
        put_null(&w, "to");
    else
        put_address(&w, "to", &tx->to);
    if (tx->type == GVM_TX_GHOST) put_receipt_ghost(&w, &r->ghost);
    if (r->created)
        put_address(&w, "contractAddress", &r->contract);
    else
        put_null(&w, "contractAddress");
    if (r->reason.len > 0)
        yyjson_mut_obj_add_strncpy(doc, w.object, "reason", (const char *)r->reason.ptr,
                                   r->reason.len);
    return w.object;
}
