#include "chain/header.h"

#include "crypto/keccak.h"

const gvm_hash gvm_empty_ommers_hash = {{0x1d, 0xcc, 0x4d, 0xe8, 0xde, 0xc7, 0x5d, 0x7a,
                                         0xab, 0x85, 0xb5, 0x67, 0xb6, 0xcc, 0xd4, 0x1a,
                                         0xd3, 0x12, 0x45, 0x1b, 0x94, 0x8a, 0x74, 0x13,
                                         0xf0, 0xa1, 0x42, 0xfd, 0x40, 0xd4, 0x93, 0x47}};

static gvm_status read_u256(gvm_rlp_reader *r, gvm_u256 *out) {
    gvm_hash word;
    GVM_TRY(gvm_rlp_read_word(r, &word));
    *out = gvm_u256_from_hash(&word);
    return GVM_OK;
}

static gvm_status read_later(gvm_header *h, gvm_rlp_reader *r) {
    for (; !gvm_rlp_done(r); h->later++) {
        switch (h->later) {
        case 0: GVM_TRY(read_u256(r, &h->base_fee)); break;
        case 1: GVM_TRY(gvm_rlp_read_hash(r, &h->withdrawals_root)); break;
        case 2: GVM_TRY(gvm_rlp_read_u64(r, &h->blob_gas_used)); break;
        case 3: GVM_TRY(gvm_rlp_read_u64(r, &h->excess_blob_gas)); break;
        case 4: GVM_TRY(gvm_rlp_read_hash(r, &h->parent_beacon_root)); break;
        case 5: GVM_TRY(gvm_rlp_read_hash(r, &h->requests_hash)); break;
        default: return GVM_ERR_TRAILING;
        }
    }
    return GVM_OK;
}

gvm_status gvm_header_decode(gvm_header *h, gvm_rlp_reader *in) {
    gvm_rlp_reader r;
    gvm_bytes extra;
    *h = (gvm_header){0};
    GVM_TRY(gvm_rlp_read_list(in, &r));
    GVM_TRY(gvm_rlp_read_hash(&r, &h->parent_hash));
    GVM_TRY(gvm_rlp_read_hash(&r, &h->ommers_hash));
    GVM_TRY(gvm_rlp_read_address(&r, &h->coinbase));
    GVM_TRY(gvm_rlp_read_hash(&r, &h->state_root));
    GVM_TRY(gvm_rlp_read_hash(&r, &h->transactions_root));
    GVM_TRY(gvm_rlp_read_hash(&r, &h->receipts_root));
    GVM_TRY(gvm_rlp_read_fixed(&r, h->bloom.b, sizeof h->bloom.b));
    GVM_TRY(read_u256(&r, &h->difficulty));
    GVM_TRY(gvm_rlp_read_u64(&r, &h->number));
    GVM_TRY(gvm_rlp_read_u64(&r, &h->gas_limit));
    GVM_TRY(gvm_rlp_read_u64(&r, &h->gas_used));
    GVM_TRY(gvm_rlp_read_u64(&r, &h->timestamp));
    GVM_TRY(gvm_rlp_read_bytes(&r, &extra));
    if (extra.len > sizeof h->extra) return GVM_ERR_HEADER_EXTRA;
    if (extra.len > 0) memcpy(h->extra, extra.ptr, extra.len);
    h->extra_len = (uint8_t)extra.len;
    GVM_TRY(gvm_rlp_read_hash(&r, &h->mix_hash));
    GVM_TRY(gvm_rlp_read_fixed(&r, h->nonce, sizeof h->nonce));
    return read_later(h, &r);
}

static void put_u256(gvm_buf *out, gvm_u256 v) {
    gvm_hash word = gvm_u256_to_hash(v);
    gvm_rlp_put_word(out, &word);
}

void gvm_header_encode(gvm_buf *out, const gvm_header *h) {
    size_t list = gvm_rlp_list_begin(out);
    gvm_rlp_put_hash(out, &h->parent_hash);
    gvm_rlp_put_hash(out, &h->ommers_hash);
    gvm_rlp_put_address(out, &h->coinbase);
    gvm_rlp_put_hash(out, &h->state_root);
    gvm_rlp_put_hash(out, &h->transactions_root);
    gvm_rlp_put_hash(out, &h->receipts_root);
    gvm_rlp_put_bytes(out, gvm_bytes_make(h->bloom.b, sizeof h->bloom.b));
    put_u256(out, h->difficulty);
    gvm_rlp_put_u64(out, h->number);
    gvm_rlp_put_u64(out, h->gas_limit);
    gvm_rlp_put_u64(out, h->gas_used);
    gvm_rlp_put_u64(out, h->timestamp);
    gvm_rlp_put_bytes(out, gvm_bytes_make(h->extra, h->extra_len));
    gvm_rlp_put_hash(out, &h->mix_hash);
    gvm_rlp_put_bytes(out, gvm_bytes_make(h->nonce, sizeof h->nonce));
    if (h->later > 0) put_u256(out, h->base_fee);
    if (h->later > 1) gvm_rlp_put_hash(out, &h->withdrawals_root);
    if (h->later > 2) gvm_rlp_put_u64(out, h->blob_gas_used);
    if (h->later > 3) gvm_rlp_put_u64(out, h->excess_blob_gas);
    if (h->later > 4) gvm_rlp_put_hash(out, &h->parent_beacon_root);
    if (h->later > 5) gvm_rlp_put_hash(out, &h->requests_hash);
    gvm_rlp_list_end(out, list);
}

gvm_status gvm_header_hash(gvm_hash *out, const gvm_header *h) {
    gvm_buf buf = {0};
    gvm_header_encode(&buf, h);
    gvm_status status = gvm_buf_status(&buf);
    if (status == GVM_OK) gvm_keccak256(out, gvm_buf_bytes(&buf));
    gvm_buf_free(&buf);
    return status;
}

uint8_t gvm_header_fields_of(gvm_fork fork) {
    if (fork >= GVM_FORK_PRAGUE) return GVM_HEADER_PRAGUE;
    if (fork >= GVM_FORK_CANCUN) return GVM_HEADER_CANCUN;
    if (fork >= GVM_FORK_SHANGHAI) return GVM_HEADER_SHANGHAI;
    return fork >= GVM_FORK_LONDON ? GVM_HEADER_LONDON : GVM_HEADER_FRONTIER;
}
