#include "exec/receipt.h"

#include "base/arena.h"
#include "crypto/keccak.h"
#include "exec/tx.h"

/* Three bits of 2048, from the low 11 bits of the hash's first three pairs of bytes. */
static void bloom_put(gvm_bloom *bloom, gvm_bytes in) {
    gvm_hash h;
    gvm_keccak256(&h, in);
    for (int i = 0; i < 6; i += 2) {
        unsigned bit = ((unsigned)h.b[i] << 8 | h.b[i + 1]) & 2047;
        bloom->b[255 - bit / 8] |= (uint8_t)(1u << (bit % 8));
    }
}

void gvm_bloom_add(gvm_bloom *bloom, const gvm_log *logs, size_t count) {
    for (size_t i = 0; i < count; i++) {
        bloom_put(bloom, gvm_bytes_make(logs[i].address.b, 20));
        for (uint32_t t = 0; t < logs[i].topic_count; t++)
            bloom_put(bloom, gvm_bytes_make(logs[i].topics[t].b, 32));
    }
}

void gvm_logs_encode(gvm_buf *out, const gvm_log *logs, size_t count) {
    size_t all = gvm_rlp_list_begin(out);
    for (size_t i = 0; i < count; i++) {
        size_t log = gvm_rlp_list_begin(out);
        gvm_rlp_put_address(out, &logs[i].address);
        size_t topics = gvm_rlp_list_begin(out);
        for (uint32_t t = 0; t < logs[i].topic_count; t++)
            gvm_rlp_put_hash(out, &logs[i].topics[t]);
        gvm_rlp_list_end(out, topics);
        gvm_rlp_put_bytes(out, logs[i].data);
        gvm_rlp_list_end(out, log);
    }
    gvm_rlp_list_end(out, all);
}

void gvm_receipt_encode(gvm_buf *out, const gvm_receipt *r) {
    gvm_bloom bloom = {{0}};
    gvm_bloom_add(&bloom, r->logs, r->log_count);
    if (r->type != 0) gvm_buf_put(out, r->type);
    size_t list = gvm_rlp_list_begin(out);
    if (r->has_root)
        gvm_rlp_put_hash(out, &r->root);
    else
        gvm_rlp_put_bool(out, gvm_receipt_succeeded(r));
    gvm_rlp_put_u64(out, r->cumulative_gas);
    gvm_rlp_put_bytes(out, gvm_bytes_make(bloom.b, sizeof bloom.b));
    gvm_logs_encode(out, r->logs, r->log_count);
    if (r->type == GVM_TX_GHOST) gvm_receipt_ghost_encode(out, &r->ghost);
    gvm_rlp_list_end(out, list);
}

void gvm_receipt_ghost_encode(gvm_buf *out, const gvm_receipt_ghost *g) {
    size_t list = gvm_rlp_list_begin(out);
    gvm_rlp_put_address(out, g->called ? &g->to : NULL);
    gvm_rlp_put_address(out, &g->payer);
    gvm_rlp_put_u64(out, g->fee_token);
    gvm_rlp_put_u256(out, g->fee_paid);
    gvm_rlp_put_u256(out, g->mana);
    gvm_rlp_list_end(out, list);
}

gvm_status gvm_receipt_ghost_decode(gvm_receipt_ghost *out, gvm_rlp_reader *in) {
    gvm_rlp_reader r;
    uint64_t token;
    GVM_TRY(gvm_rlp_read_list(in, &r));
    GVM_TRY(gvm_rlp_read_address_opt(&r, &out->to, &out->called));
    GVM_TRY(gvm_rlp_read_address(&r, &out->payer));
    GVM_TRY(gvm_rlp_read_u64(&r, &token));
    GVM_TRY(gvm_rlp_read_u256(&r, &out->fee_paid));
    GVM_TRY(gvm_rlp_read_u256(&r, &out->mana));
    if (token > UINT8_MAX) return GVM_ERR_RANGE;
    out->fee_token = (uint8_t)token;
    return gvm_rlp_read_end(&r);
}

gvm_status gvm_receipt_keep(gvm_receipt *r, struct gvm_arena *arena) {
    gvm_log *logs = gvm_arena_alloc(arena, r->log_count * sizeof *logs);
    if (logs == NULL) return GVM_ERR_NOMEM;
    for (size_t i = 0; i < r->log_count; i++) {
        logs[i] = r->logs[i];
        GVM_TRY(gvm_arena_copy(arena, &logs[i].data, r->logs[i].data));
    }
    r->logs = logs;
    GVM_TRY(gvm_arena_copy(arena, &r->reason, r->reason));
    return gvm_arena_copy(arena, &r->output, r->output);
}
