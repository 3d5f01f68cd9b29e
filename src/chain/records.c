#include "chain/records.h"

#include "chain/logs.h"
#include "exec/fees.h"

#include <stdlib.h>

enum { HEADER_PREFIX = 8 + 32 + 8 };

static gvm_bytes key_of_hash(const gvm_hash *h) {
    return gvm_bytes_make(h->b, sizeof h->b);
}

gvm_status gvm_records_canonical(gvm_store_txn *txn, gvm_hash *hash, uint64_t number) {
    uint8_t key[8];
    gvm_bytes value;
    gvm_store_be64(key, number);
    GVM_TRY(gvm_store_get(txn, &value, GVM_TABLE_CANONICAL, gvm_bytes_make(key, sizeof key)));
    if (value.len != sizeof hash->b) return GVM_ERR_CORRUPT;
    memcpy(hash->b, value.ptr, sizeof hash->b);
    return GVM_OK;
}

gvm_status gvm_records_tx_place(gvm_store_txn *txn, uint64_t *number, uint32_t *index,
                                const gvm_hash *tx_hash) {
    gvm_bytes value;
    GVM_TRY(gvm_store_get(txn, &value, GVM_TABLE_TXS, key_of_hash(tx_hash)));
    if (value.len != 12) return GVM_ERR_CORRUPT;
    *number = gvm_load_be64(value.ptr);
    *index = gvm_load_be32(value.ptr + 8);
    return GVM_OK;
}

/* ---- receipts. One list a transaction: [outcome, root or empty, gas used, cumulative gas, gas
 * price, blob gas price, sender, contract or empty, logs]; of type 0x47 another one, the list that
 * the receipt itself has; and where there is one, the reason why it failed. */

static void put_u256(gvm_buf *out, gvm_u256 v) {
    gvm_hash word = gvm_u256_to_hash(v);
    gvm_rlp_put_word(out, &word);
}

static gvm_status read_u256(gvm_rlp_reader *r, gvm_u256 *out) {
    gvm_hash word;
    GVM_TRY(gvm_rlp_read_word(r, &word));
    *out = gvm_u256_from_hash(&word);
    return GVM_OK;
}

static void put_receipt(gvm_buf *out, const gvm_receipt *r, const gvm_tx *tx) {
    size_t list = gvm_rlp_list_begin(out);
    gvm_rlp_put_u64(out, (uint64_t)r->outcome);
    gvm_rlp_put_bytes(out, r->has_root ? key_of_hash(&r->root) : gvm_bytes_make(NULL, 0));
    gvm_rlp_put_u64(out, r->gas_used);
    gvm_rlp_put_u64(out, r->cumulative_gas);
    put_u256(out, r->gas_price);
    put_u256(out, r->blob_gas_price);
    gvm_rlp_put_address(out, &tx->sender);
    gvm_rlp_put_address(out, r->created ? &r->contract : NULL);
    gvm_logs_encode(out, r->logs, r->log_count);
    if (tx->type == GVM_TX_GHOST) gvm_receipt_ghost_encode(out, &r->ghost);
    if (r->reason.len > 0) gvm_rlp_put_bytes(out, r->reason);
    gvm_rlp_list_end(out, list);
}

static gvm_status read_log(gvm_rlp_reader *in, gvm_log *log) {
    gvm_rlp_reader r, topics;
    GVM_TRY(gvm_rlp_read_list(in, &r));
    GVM_TRY(gvm_rlp_read_address(&r, &log->address));
    GVM_TRY(gvm_rlp_read_list(&r, &topics));
    for (log->topic_count = 0; !gvm_rlp_done(&topics); log->topic_count++) {
        if (log->topic_count == 4) return GVM_ERR_CORRUPT;
        GVM_TRY(gvm_rlp_read_hash(&topics, &log->topics[log->topic_count]));
    }
    GVM_TRY(gvm_rlp_read_bytes(&r, &log->data));
    return gvm_rlp_read_end(&r);
}

static gvm_status read_receipt(gvm_rlp_reader *in, gvm_arena *arena, gvm_receipt *out, gvm_tx *tx) {
    gvm_rlp_reader r, logs;
    uint64_t outcome;
    gvm_bytes root;
    GVM_TRY(gvm_rlp_read_list(in, &r));
    GVM_TRY(gvm_rlp_read_u64(&r, &outcome));
    GVM_TRY(gvm_rlp_read_bytes(&r, &root));
    if (outcome >= GVM_OUT_COUNT || (root.len != 0 && root.len != 32)) return GVM_ERR_CORRUPT;
    *out = (gvm_receipt){
        .type = tx->type, .outcome = (gvm_outcome)outcome, .has_root = root.len == 32};
    if (root.len == 32) memcpy(out->root.b, root.ptr, 32);
    GVM_TRY(gvm_rlp_read_u64(&r, &out->gas_used));
    GVM_TRY(gvm_rlp_read_u64(&r, &out->cumulative_gas));
    GVM_TRY(read_u256(&r, &out->gas_price));
    GVM_TRY(read_u256(&r, &out->blob_gas_price));
    GVM_TRY(gvm_rlp_read_address(&r, &tx->sender));
    GVM_TRY(gvm_rlp_read_address_opt(&r, &out->contract, &out->created));
    out->blob_gas_used = tx->blob_hash_count * (uint64_t)GVM_GAS_PER_BLOB;
    GVM_TRY(gvm_rlp_read_list(&r, &logs));
    GVM_TRY(gvm_rlp_count(&logs, &out->log_count));
    gvm_log *all = gvm_arena_zalloc(arena, out->log_count * sizeof *all);
    if (all == NULL) return GVM_ERR_NOMEM;
    out->logs = all;
    for (size_t i = 0; i < out->log_count; i++) GVM_TRY(read_log(&logs, &all[i]));
    if (tx->type == GVM_TX_GHOST) GVM_TRY(gvm_receipt_ghost_decode(&out->ghost, &r));
    if (!gvm_rlp_done(&r)) GVM_TRY(gvm_rlp_read_bytes(&r, &out->reason));
    return gvm_rlp_read_end(&r);
}

/* ---- reading */

static gvm_status read_header(gvm_store_txn *txn, gvm_stored_block *out, const gvm_hash *hash) {
    gvm_bytes value;
    GVM_TRY(gvm_store_get(txn, &value, GVM_TABLE_HEADERS, key_of_hash(hash)));
    if (value.len <= HEADER_PREFIX) return GVM_ERR_CORRUPT;
    out->total_difficulty = gvm_u256_from_be(value.ptr + 8);
    out->size = gvm_load_be64(value.ptr + 40);
    gvm_rlp_reader r =
        gvm_rlp_reader_make(gvm_bytes_make(value.ptr + HEADER_PREFIX, value.len - HEADER_PREFIX));
    if (gvm_header_decode(&out->block.header, &r) != GVM_OK) return GVM_ERR_CORRUPT;
    out->block.hash = *hash;
    return GVM_OK;
}

static gvm_status read_body(gvm_store_txn *txn, gvm_stored_block *out, const gvm_hash *hash) {
    gvm_bytes value;
    GVM_TRY(gvm_store_get(txn, &value, GVM_TABLE_BODIES, key_of_hash(hash)));
    gvm_buf_append(&out->body, value.ptr, value.len);
    GVM_TRY(gvm_buf_status(&out->body));
    gvm_header header = out->block.header;
    gvm_status status = gvm_body_decode(&out->block, gvm_buf_bytes(&out->body), NULL);
    out->block.header = header;
    out->block.hash = *hash;
    return status == GVM_OK || status == GVM_ERR_NOMEM ? status : GVM_ERR_CORRUPT;
}

static gvm_status read_receipts(gvm_store_txn *txn, gvm_stored_block *out, const gvm_hash *hash) {
    gvm_bytes value;
    GVM_TRY(gvm_store_get(txn, &value, GVM_TABLE_RECEIPTS, key_of_hash(hash)));
    gvm_block *b = &out->block;
    gvm_bytes copy;
    GVM_TRY(gvm_arena_copy(&b->arena, &copy, value));
    out->receipts = gvm_arena_zalloc(&b->arena, b->tx_count * sizeof *out->receipts);
    if (out->receipts == NULL) return GVM_ERR_NOMEM;
    gvm_rlp_reader whole = gvm_rlp_reader_make(copy), r;
    gvm_status status = gvm_rlp_read_list(&whole, &r);
    for (size_t i = 0; status == GVM_OK && i < b->tx_count; i++)
        status = read_receipt(&r, &b->arena, &out->receipts[i], &b->txs[i]);
    if (status == GVM_OK) status = gvm_rlp_read_end(&r);
    return status == GVM_OK || status == GVM_ERR_NOMEM ? status : GVM_ERR_CORRUPT;
}

gvm_status gvm_records_read(gvm_store_txn *txn, gvm_stored_block *out, const gvm_hash *hash,
                            gvm_read_parts parts) {
    gvm_status status;
    *out = (gvm_stored_block){0};
    GVM_TRY_GOTO(read_header(txn, out, hash));
    if (parts == GVM_READ_HEADER) return GVM_OK;
    GVM_TRY_GOTO(read_body(txn, out, hash));
    status = read_receipts(txn, out, hash);
    if (status == GVM_ERR_NOT_FOUND && parts == GVM_READ_BODY) {
        gvm_rules any = *gvm_rules_get(GVM_FORK_FRONTIER); /* what a block holds was let in once */
        any.ghost = true;
        status = GVM_OK;
        for (size_t i = 0; status == GVM_OK && i < out->block.tx_count; i++)
            status = gvm_tx_recover(&out->block.txs[i], &any);
    }
    if (status == GVM_OK) return GVM_OK;
fail:
    gvm_stored_block_free(out);
    return status;
}

void gvm_stored_block_free(gvm_stored_block *b) {
    gvm_block_free(&b->block);
    gvm_buf_free(&b->body);
    *b = (gvm_stored_block){0};
}

/* ---- writing */

gvm_status gvm_records_put(gvm_store_txn *txn, const gvm_block *block, gvm_u256 total_difficulty) {
    gvm_buf buf = {0}, body = {0};
    gvm_status status;
    uint8_t *prefix = gvm_buf_extend(&buf, HEADER_PREFIX);
    gvm_body_encode(&body, block);
    gvm_header_encode(&buf, &block->header);
    GVM_TRY_GOTO(gvm_buf_status(&buf));
    GVM_TRY_GOTO(gvm_buf_status(&body));
    prefix = buf.ptr;
    /* The block is one list of the header and what the body's list holds. */
    size_t header_len = buf.len - HEADER_PREFIX;
    gvm_rlp_item inside;
    GVM_TRY_GOTO(gvm_rlp_whole(gvm_buf_bytes(&body), &inside));
    gvm_store_be64(prefix, block->header.number);
    gvm_u256_to_be(prefix + 8, total_difficulty);
    gvm_store_be64(prefix + 40, gvm_rlp_size_list(header_len + inside.payload.len));
    GVM_TRY_GOTO(
        gvm_store_put(txn, GVM_TABLE_HEADERS, key_of_hash(&block->hash), gvm_buf_bytes(&buf)));
    GVM_TRY_GOTO(
        gvm_store_put(txn, GVM_TABLE_BODIES, key_of_hash(&block->hash), gvm_buf_bytes(&body)));
fail:
    gvm_buf_free(&buf);
    gvm_buf_free(&body);
    return status;
}

gvm_status gvm_records_link(gvm_store_txn *txn, const gvm_block *block,
                            const gvm_receipt *receipts) {
    gvm_buf buf = {0};
    gvm_status status;
    uint8_t number[8], place[12];
    gvm_store_be64(number, block->header.number);
    memcpy(place, number, 8);
    GVM_TRY_GOTO(gvm_store_put(txn, GVM_TABLE_CANONICAL, gvm_bytes_make(number, 8),
                               key_of_hash(&block->hash)));
    size_t list = gvm_rlp_list_begin(&buf);
    for (size_t i = 0; i < block->tx_count; i++) {
        put_receipt(&buf, &receipts[i], &block->txs[i]);
        gvm_store_be32(place + 8, (uint32_t)i);
        GVM_TRY_GOTO(gvm_store_put(txn, GVM_TABLE_TXS, key_of_hash(&block->txs[i].hash),
                                   gvm_bytes_make(place, 12)));
    }
    gvm_rlp_list_end(&buf, list);
    GVM_TRY_GOTO(gvm_buf_status(&buf));
    GVM_TRY_GOTO(
        gvm_store_put(txn, GVM_TABLE_RECEIPTS, key_of_hash(&block->hash), gvm_buf_bytes(&buf)));
    GVM_TRY_GOTO(gvm_logs_index(txn, block->header.number, receipts, block->tx_count, true));
fail:
    gvm_buf_free(&buf);
    return status;
}

gvm_status gvm_records_unlink(gvm_store_txn *txn, const gvm_stored_block *stored) {
    const gvm_block *block = &stored->block;
    uint8_t number[8];
    gvm_store_be64(number, block->header.number);
    GVM_TRY(gvm_store_del(txn, GVM_TABLE_CANONICAL, gvm_bytes_make(number, 8)));
    for (size_t i = 0; i < block->tx_count; i++)
        GVM_TRY(gvm_store_del(txn, GVM_TABLE_TXS, key_of_hash(&block->txs[i].hash)));
    GVM_TRY(gvm_logs_index(txn, block->header.number, stored->receipts, block->tx_count, false));
    return gvm_store_del(txn, GVM_TABLE_RECEIPTS, key_of_hash(&block->hash));
}
