#include "chain/block.h"

#include "crypto/keccak.h"
#include "trie/root.h"

#include <stdlib.h>

void gvm_block_free(gvm_block *b) {
    for (size_t i = 0; i < b->tx_count; i++) gvm_tx_free(&b->txs[i]);
    gvm_arena_free(&b->arena);
    *b = (gvm_block){0};
}

/* ---- reading */

static gvm_status read_transactions(gvm_block *b, gvm_rlp_reader *in, gvm_error *err) {
    gvm_rlp_reader list;
    size_t count;
    GVM_TRY(gvm_rlp_read_list(in, &list));
    GVM_TRY(gvm_rlp_count(&list, &count));
    b->txs = gvm_arena_zalloc(&b->arena, count * sizeof *b->txs);
    if (b->txs == NULL) return GVM_ERR_NOMEM;
    for (; b->tx_count < count; b->tx_count++)
        GVM_TRY(gvm_tx_decode_item(&b->txs[b->tx_count], &list, err));
    return GVM_OK;
}

static gvm_status read_ommers(gvm_block *b, gvm_rlp_reader *in) {
    gvm_rlp_reader list;
    size_t count;
    GVM_TRY(gvm_rlp_read_list(in, &list));
    GVM_TRY(gvm_rlp_count(&list, &count));
    b->ommers = gvm_arena_zalloc(&b->arena, count * sizeof *b->ommers);
    if (b->ommers == NULL) return GVM_ERR_NOMEM;
    for (; b->ommer_count < count; b->ommer_count++)
        GVM_TRY(gvm_header_decode(&b->ommers[b->ommer_count], &list));
    return GVM_OK;
}

static gvm_status read_withdrawals(gvm_block *b, gvm_rlp_reader *in) {
    gvm_rlp_reader list;
    size_t count;
    GVM_TRY(gvm_rlp_read_list(in, &list));
    GVM_TRY(gvm_rlp_count(&list, &count));
    b->withdrawals = gvm_arena_zalloc(&b->arena, count * sizeof *b->withdrawals);
    if (b->withdrawals == NULL) return GVM_ERR_NOMEM;
    b->has_withdrawals = true;
    for (; b->withdrawal_count < count; b->withdrawal_count++) {
        gvm_withdrawal *w = &b->withdrawals[b->withdrawal_count];
        gvm_rlp_reader item;
        GVM_TRY(gvm_rlp_read_list(&list, &item));
        GVM_TRY(gvm_rlp_read_u64(&item, &w->index));
        GVM_TRY(gvm_rlp_read_u64(&item, &w->validator));
        GVM_TRY(gvm_rlp_read_address(&item, &w->address));
        GVM_TRY(gvm_rlp_read_u64(&item, &w->amount));
        GVM_TRY(gvm_rlp_read_end(&item));
    }
    return GVM_OK;
}

static gvm_status read_body(gvm_block *b, gvm_rlp_reader *r, gvm_error *err) {
    GVM_TRY(read_transactions(b, r, err));
    GVM_TRY(read_ommers(b, r));
    if (!gvm_rlp_done(r)) GVM_TRY(read_withdrawals(b, r));
    return gvm_rlp_read_end(r);
}

gvm_status gvm_block_decode(gvm_block *b, gvm_bytes in, gvm_error *err) {
    *b = (gvm_block){0};
    gvm_status status;
    gvm_rlp_reader whole = gvm_rlp_reader_make(in), r, peek;
    gvm_rlp_item header;
    GVM_TRY_GOTO(gvm_rlp_read_list(&whole, &r));
    GVM_TRY_GOTO(gvm_rlp_read_end(&whole));
    peek = r;
    GVM_TRY_GOTO(gvm_rlp_next(&peek, &header));
    GVM_TRY_GOTO(gvm_header_decode(&b->header, &r));
    gvm_keccak256(&b->hash, header.encoded);
    GVM_TRY_GOTO(read_body(b, &r, err));
    b->encoded_size = in.len;
    return GVM_OK;
fail:
    gvm_block_free(b);
    return status;
}

gvm_status gvm_body_decode(gvm_block *b, gvm_bytes in, gvm_error *err) {
    *b = (gvm_block){0};
    gvm_status status;
    gvm_rlp_reader whole = gvm_rlp_reader_make(in), r;
    GVM_TRY_GOTO(gvm_rlp_read_list(&whole, &r));
    GVM_TRY_GOTO(gvm_rlp_read_end(&whole));
    GVM_TRY_GOTO(read_body(b, &r, err));
    return GVM_OK;
fail:
    gvm_block_free(b);
    return status;
}

/* ---- writing */

static void put_withdrawal(gvm_buf *out, const gvm_withdrawal *w) {
    size_t list = gvm_rlp_list_begin(out);
    gvm_rlp_put_u64(out, w->index);
    gvm_rlp_put_u64(out, w->validator);
    gvm_rlp_put_address(out, &w->address);
    gvm_rlp_put_u64(out, w->amount);
    gvm_rlp_list_end(out, list);
}

static void put_ommers(gvm_buf *out, const gvm_block *b) {
    size_t list = gvm_rlp_list_begin(out);
    for (size_t i = 0; i < b->ommer_count; i++) gvm_header_encode(out, &b->ommers[i]);
    gvm_rlp_list_end(out, list);
}

static void put_body(gvm_buf *out, const gvm_block *b) {
    size_t list = gvm_rlp_list_begin(out);
    for (size_t i = 0; i < b->tx_count; i++) gvm_tx_encode_item(out, &b->txs[i]);
    gvm_rlp_list_end(out, list);
    put_ommers(out, b);
    if (!b->has_withdrawals) return;
    list = gvm_rlp_list_begin(out);
    for (size_t i = 0; i < b->withdrawal_count; i++) put_withdrawal(out, &b->withdrawals[i]);
    gvm_rlp_list_end(out, list);
}

void gvm_block_encode(gvm_buf *out, const gvm_block *b) {
    size_t list = gvm_rlp_list_begin(out);
    gvm_header_encode(out, &b->header);
    put_body(out, b);
    gvm_rlp_list_end(out, list);
}

void gvm_body_encode(gvm_buf *out, const gvm_block *b) {
    size_t list = gvm_rlp_list_begin(out);
    put_body(out, b);
    gvm_rlp_list_end(out, list);
}

/* ---- roots: the i-th value is what `put` appends for it */

typedef void put_item(gvm_buf *out, const void *items, size_t i);

static void put_tx(gvm_buf *out, const void *items, size_t i) {
    gvm_tx_encode(out, &((const gvm_tx *)items)[i]);
}
static void put_withdrawal_item(gvm_buf *out, const void *items, size_t i) {
    put_withdrawal(out, &((const gvm_withdrawal *)items)[i]);
}
static void put_receipt(gvm_buf *out, const void *items, size_t i) {
    gvm_receipt_encode(out, &((const gvm_receipt *)items)[i]);
}

static gvm_status root_of(gvm_hash *out, const void *items, size_t count, put_item *put) {
    gvm_buf data = {0};
    gvm_status status = GVM_ERR_NOMEM;
    size_t *ends = malloc((count + 1) * sizeof *ends);
    gvm_bytes *values = malloc((count + 1) * sizeof *values);
    if (ends == NULL || values == NULL) goto fail;
    for (size_t i = 0; i < count; i++) {
        put(&data, items, i);
        ends[i] = data.len;
    }
    GVM_TRY_GOTO(gvm_buf_status(&data));
    for (size_t i = 0, at = 0; i < count; at = ends[i++])
        values[i] = gvm_bytes_make(data.ptr + at, ends[i] - at);
    status = gvm_trie_root_list(out, values, count);
fail:
    gvm_buf_free(&data);
    free(ends);
    free(values);
    return status;
}

gvm_status gvm_block_transactions_root(gvm_hash *out, const gvm_block *b) {
    return root_of(out, b->txs, b->tx_count, put_tx);
}

gvm_status gvm_block_withdrawals_root(gvm_hash *out, const gvm_block *b) {
    return root_of(out, b->withdrawals, b->withdrawal_count, put_withdrawal_item);
}

gvm_status gvm_receipts_root(gvm_hash *out, const gvm_receipt *receipts, size_t count) {
    return root_of(out, receipts, count, put_receipt);
}

gvm_status gvm_block_ommers_hash(gvm_hash *out, const gvm_block *b) {
    gvm_buf buf = {0};
    put_ommers(&buf, b);
    gvm_status status = gvm_buf_status(&buf);
    if (status == GVM_OK) gvm_keccak256(out, gvm_buf_bytes(&buf));
    gvm_buf_free(&buf);
    return status;
}
