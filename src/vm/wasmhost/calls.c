/* What the functions of `ghost` and `env` do. Prices of the table, static mode and pointers are
 * settled before (table.c); what depends on state is taken here, by vm/host.h. */
#include "base/u256.h"
#include "crypto/keccak.h"
#include "vm/wasmhost/host.h"

#include <stdio.h>

#define CALL(name) gvm_outcome gvm_wasm_call_##name(gvm_wasm_call_args *a)
#define OK         GVM_OUT_SUCCESS
#define TRY(expr)                                         \
    do {                                                  \
        gvm_outcome outcome_ = (expr);                    \
        if (outcome_ != GVM_OUT_SUCCESS) return outcome_; \
    } while (0)

static gvm_address address_at(const uint8_t *p) {
    gvm_address address;
    memcpy(address.b, p, 20);
    return address;
}
static gvm_hash hash_at(const uint8_t *p) {
    gvm_hash hash;
    memcpy(hash.b, p, 32);
    return hash;
}
static gvm_bytes bytes_at(const gvm_wasm_call_args *a, size_t i) {
    return gvm_bytes_make(a->p[i], a->n[i]);
}

gvm_outcome gvm_wasm_take_copy(gvm_wasm_call_args *a, uint64_t n) {
    return gvm_gas_take(a->f, (int64_t)((n + 31) / 32) * 3) ? OK : GVM_OUT_OUT_OF_GAS;
}

/* Copies n bytes from `offset` on, zeros behind the source's end. */
static void copy_padded(uint8_t *to, size_t n, gvm_bytes source, uint32_t offset) {
    size_t have = offset < source.len ? source.len - offset : 0;
    if (have > n) have = n;
    if (have > 0) memcpy(to, source.ptr + offset, have);
    if (n > have) memset(to + have, 0, n - have);
}

CALL(nothing) {
    (void)a;
    return OK;
}

/* ---- input and output */

CALL(input_size) {
    a->result = (uint32_t)a->c->calldata.len;
    return OK;
}
CALL(input_copy) {
    copy_padded(a->p[0], a->n[0], a->c->calldata, (uint32_t)a->v[1]);
    return OK;
}
CALL(output) {
    return gvm_wasm_set_output(a->c, bytes_at(a, 0));
}
CALL(revert) {
    TRY(gvm_wasm_set_output(a->c, bytes_at(a, 0)));
    a->ends = true;
    return GVM_OUT_REVERT;
}
CALL(return_data_size) {
    a->result = (uint32_t)a->f->return_data.len;
    return OK;
}
CALL(return_data_copy) {
    gvm_bytes data = a->f->return_data;
    uint64_t offset = (uint32_t)a->v[1];
    if (offset + a->n[0] > data.len) return GVM_OUT_RETURN_DATA_BOUNDS;
    if (a->n[0] > 0) memcpy(a->p[0], data.ptr + offset, a->n[0]);
    return OK;
}

/* ---- who, how much, the block */

static gvm_outcome put_address(gvm_wasm_call_args *a, const gvm_address *address) {
    memcpy(a->p[0], address->b, 20);
    return OK;
}
static gvm_outcome put_word(gvm_wasm_call_args *a, size_t i, gvm_u256 v) {
    gvm_u256_to_be(a->p[i], v);
    return OK;
}
static gvm_outcome put_hash(gvm_wasm_call_args *a, size_t i, const gvm_hash *h) {
    memcpy(a->p[i], h->b, 32);
    return OK;
}
static gvm_outcome give(gvm_wasm_call_args *a, uint64_t v) {
    a->result = v;
    return OK;
}

CALL(caller) {
    return put_address(a, &a->f->msg.sender);
}
CALL(origin) {
    return put_address(a, &a->f->vm->tx.origin);
}
CALL(self) {
    return put_address(a, &a->f->msg.recipient);
}
CALL(coinbase) {
    return put_address(a, &a->f->vm->block.coinbase);
}
CALL(value) {
    return put_word(a, 0, a->f->msg.value);
}
CALL(gas_price) {
    return put_word(a, 0, a->f->vm->tx.gas_price);
}
CALL(base_fee) {
    return put_word(a, 0, a->f->vm->block.base_fee);
}
CALL(blob_base_fee) {
    return put_word(a, 0, a->f->vm->block.blob_base_fee);
}
CALL(prevrandao) {
    return put_hash(a, 0, &a->f->vm->block.prev_randao);
}
CALL(blob_hash) {
    static const gvm_hash zero;
    const gvm_tx_env *tx = &a->f->vm->tx;
    return put_hash(a, 1, a->v[0] < tx->blob_hash_count ? &tx->blob_hashes[a->v[0]] : &zero);
}
CALL(block_hash) {
    gvm_hash hash;
    gvm_u256 number = gvm_u256_from_u64(a->v[0]);
    TRY(gvm_host_block_hash(a->f, &hash, &number));
    return put_hash(a, 1, &hash);
}
CALL(reentrant) {
    return give(a, a->f->self->live > 1);
}
CALL(gas_left) {
    return give(a, (uint64_t)a->f->gas);
}
CALL(block_number) {
    return give(a, a->f->vm->block.number);
}
CALL(block_timestamp) {
    return give(a, a->f->vm->block.timestamp);
}
CALL(block_gas_limit) {
    return give(a, a->f->vm->block.gas_limit);
}
CALL(chain_id) {
    return give(a, a->f->vm->block.chain_id);
}

/* ---- other accounts */

CALL(balance) {
    gvm_address address = address_at(a->p[0]);
    gvm_u256 balance;
    TRY(gvm_host_balance(a->f, &balance, &address));
    return put_word(a, 1, balance);
}
CALL(code_size) {
    gvm_address address = address_at(a->p[0]);
    uint64_t size;
    TRY(gvm_host_code_size(a->f, &size, &address));
    return give(a, size);
}
CALL(code_hash) {
    gvm_address address = address_at(a->p[0]);
    gvm_hash hash;
    TRY(gvm_host_code_hash(a->f, &hash, &address));
    return put_hash(a, 1, &hash);
}
CALL(code_copy) {
    gvm_address address = address_at(a->p[0]);
    gvm_bytes code;
    TRY(gvm_host_code(a->f, &code, &address));
    copy_padded(a->p[1], a->n[1], code, (uint32_t)a->v[2]);
    return OK;
}

/* ---- storage, logs */

CALL(storage_load) {
    gvm_u256 key = gvm_u256_from_be(a->p[0]), value;
    TRY(gvm_host_sload(a->f, &value, &key));
    return put_word(a, 1, value);
}
CALL(storage_store) {
    gvm_u256 key = gvm_u256_from_be(a->p[0]), value = gvm_u256_from_be(a->p[1]);
    return gvm_host_sstore(a->f, &key, &value);
}
CALL(transient_load) {
    gvm_u256 key = gvm_u256_from_be(a->p[0]), value;
    TRY(gvm_host_tload(a->f, &value, &key));
    return put_word(a, 1, value);
}
CALL(transient_store) {
    gvm_u256 key = gvm_u256_from_be(a->p[0]), value = gvm_u256_from_be(a->p[1]);
    return gvm_host_tstore(a->f, &key, &value);
}

static gvm_outcome log_event(gvm_wasm_call_args *a, const uint8_t *topics, uint32_t count,
                             gvm_bytes data) {
    gvm_hash copy[4];
    int64_t price = (int64_t)count * 375 + (int64_t)data.len * 8;
    if (!gvm_gas_take(a->f, price)) return GVM_OUT_OUT_OF_GAS;
    if (count > 0) memcpy(copy, topics, count * sizeof copy[0]);
    return gvm_host_log(a->f, copy, count, data);
}
CALL(emit_event) {
    return log_event(a, a->p[0], (uint32_t)a->v[1], bytes_at(a, 2));
}
CALL(emit_log) {
    uint64_t count = a->v[2];
    if (count > 4 || a->n[0] < count * 32) {
        gvm_vm_explain(a->f, GVM_OUT_TRAP, "vm_hooks.emit_log: %llu topics in %u bytes",
                       (unsigned long long)count, a->n[0]);
        return GVM_OUT_TRAP;
    }
    size_t head = (size_t)count * 32;
    return log_event(a, a->p[0], (uint32_t)count, gvm_bytes_make(a->p[0] + head, a->n[0] - head));
}

/* ---- calls and creations */

static gvm_outcome ask(gvm_wasm_call_args *a, gvm_call_kind kind, uint64_t gas, gvm_u256 value,
                       gvm_bytes input, uint8_t form) {
    gvm_address to = address_at(a->p[0]);
    TRY(gvm_host_call(a->f, kind, gas, &to, &value, input));
    a->c->pending = form;
    return OK;
}
CALL(call) {
    return ask(a, GVM_CALL, a->v[2], gvm_u256_from_be(a->p[1]), bytes_at(a, 3), GVM_WASM_WAIT_CALL);
}
CALL(static_call) {
    return ask(a, GVM_STATICCALL, a->v[1], gvm_u256_zero(), bytes_at(a, 2), GVM_WASM_WAIT_CALL);
}
CALL(delegate_call) {
    return ask(a, GVM_DELEGATECALL, a->v[1], gvm_u256_zero(), bytes_at(a, 2), GVM_WASM_WAIT_CALL);
}

static gvm_outcome make(gvm_wasm_call_args *a, const uint8_t *value, gvm_bytes code,
                        const uint8_t *salt, uint64_t address_at_, uint8_t form) {
    gvm_u256 v = gvm_u256_from_be(value);
    gvm_hash s = salt != NULL ? hash_at(salt) : (gvm_hash){{0}};
    TRY(gvm_host_create(a->f, &v, code, salt != NULL ? &s : NULL));
    a->c->result_at = (uint32_t)address_at_;
    a->c->pending = form;
    return OK;
}
CALL(create) {
    return make(a, a->p[0], bytes_at(a, 1), NULL, a->v[3], GVM_WASM_WAIT_CREATE);
}
CALL(create2) {
    return make(a, a->p[0], bytes_at(a, 1), a->p[3], a->v[4], GVM_WASM_WAIT_CREATE);
}

static gvm_outcome stylus_ask(gvm_wasm_call_args *a, gvm_call_kind kind, uint64_t gas,
                              gvm_u256 value, uint64_t length_at) {
    TRY(gvm_wasm_cache_flush(a->c, true));
    a->c->length_at = (uint32_t)length_at;
    return ask(a, kind, gas, value, bytes_at(a, 1), GVM_WASM_WAIT_STYLUS_CALL);
}
CALL(stylus_call) {
    return stylus_ask(a, GVM_CALL, a->v[4], gvm_u256_from_be(a->p[3]), a->v[5]);
}
CALL(stylus_delegate_call) {
    return stylus_ask(a, GVM_DELEGATECALL, a->v[3], gvm_u256_zero(), a->v[4]);
}
CALL(stylus_static_call) {
    return stylus_ask(a, GVM_STATICCALL, a->v[3], gvm_u256_zero(), a->v[4]);
}
CALL(stylus_create1) {
    TRY(gvm_wasm_cache_flush(a->c, true));
    a->c->length_at = (uint32_t)a->v[4];
    return make(a, a->p[2], bytes_at(a, 0), NULL, a->v[3], GVM_WASM_WAIT_STYLUS_CREATE);
}
CALL(stylus_create2) {
    TRY(gvm_wasm_cache_flush(a->c, true));
    a->c->length_at = (uint32_t)a->v[5];
    return make(a, a->p[2], bytes_at(a, 0), a->p[3], a->v[4], GVM_WASM_WAIT_STYLUS_CREATE);
}

/* ---- 256-bit numbers */

static gvm_u256 word(const gvm_wasm_call_args *a, size_t i) {
    return gvm_u256_from_be(a->p[i]);
}
static gvm_outcome power(gvm_wasm_call_args *a, size_t to) {
    gvm_u256 exponent = word(a, 1);
    if (!gvm_gas_take(a->f, (int64_t)gvm_u256_byte_len(exponent) * a->f->vm->rules->exp_byte))
        return GVM_OUT_OUT_OF_GAS;
    return put_word(a, to, gvm_u256_exp(word(a, 0), exponent));
}
CALL(u256_mul) {
    return put_word(a, 2, gvm_u256_mul(word(a, 0), word(a, 1)));
}
CALL(u256_div) {
    return put_word(a, 2, gvm_u256_div(word(a, 0), word(a, 1)));
}
CALL(u256_mod) {
    return put_word(a, 2, gvm_u256_mod(word(a, 0), word(a, 1)));
}
CALL(u256_addmod) {
    return put_word(a, 3, gvm_u256_addmod(word(a, 0), word(a, 1), word(a, 2)));
}
CALL(u256_mulmod) {
    return put_word(a, 3, gvm_u256_mulmod(word(a, 0), word(a, 1), word(a, 2)));
}
CALL(u256_exp) {
    return power(a, 2);
}
CALL(math_div) {
    return put_word(a, 0, gvm_u256_div(word(a, 0), word(a, 1)));
}
CALL(math_mod) {
    return put_word(a, 0, gvm_u256_mod(word(a, 0), word(a, 1)));
}
CALL(math_pow) {
    return power(a, 0);
}
CALL(math_add_mod) {
    return put_word(a, 0, gvm_u256_addmod(word(a, 0), word(a, 1), word(a, 2)));
}
CALL(math_mul_mod) {
    return put_word(a, 0, gvm_u256_mulmod(word(a, 0), word(a, 1), word(a, 2)));
}

/* ---- Keccak; the other hashes and signatures are Ghost operations (ghost.c) */

CALL(keccak256) {
    gvm_hash h;
    gvm_keccak256(&h, bytes_at(a, 0));
    return put_hash(a, 2, &h);
}
/* ---- env */

CALL(say) {
    (void)a; /* those who trace see the call and its bytes */
    return OK;
}

/* UTF-16LE to UTF-8; halves of pairs become U+FFFD. */
static void put_utf16(gvm_buf *out, gvm_bytes in) {
    for (size_t i = 0; i + 1 < in.len; i += 2) {
        uint32_t u = in.ptr[i] | (uint32_t)in.ptr[i + 1] << 8;
        if (u >= 0xd800 && u < 0xe000) {
            uint32_t low = i + 3 < in.len ? in.ptr[i + 2] | (uint32_t)in.ptr[i + 3] << 8 : 0;
            if (u < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
                u = 0x10000 + ((u - 0xd800) << 10) + (low - 0xdc00);
                i += 2;
            } else {
                u = 0xfffd;
            }
        }
        if (u < 0x80) {
            gvm_buf_put(out, (uint8_t)u);
        } else if (u < 0x800) {
            gvm_buf_put(out, (uint8_t)(0xc0 | u >> 6));
            gvm_buf_put(out, (uint8_t)(0x80 | (u & 63)));
        } else if (u < 0x10000) {
            gvm_buf_put(out, (uint8_t)(0xe0 | u >> 12));
            gvm_buf_put(out, (uint8_t)(0x80 | (u >> 6 & 63)));
            gvm_buf_put(out, (uint8_t)(0x80 | (u & 63)));
        } else {
            gvm_buf_put(out, (uint8_t)(0xf0 | u >> 18));
            gvm_buf_put(out, (uint8_t)(0x80 | (u >> 12 & 63)));
            gvm_buf_put(out, (uint8_t)(0x80 | (u >> 6 & 63)));
            gvm_buf_put(out, (uint8_t)(0x80 | (u & 63)));
        }
    }
}

/* "message (file:line:column)" as Error(string). */
CALL(abort_as) {
    gvm_buf out = {0};
    TRY(gvm_wasm_take_copy(a, (uint64_t)a->n[0] + a->n[1]));
    static const uint8_t head[4 + 64] = {0x08, 0xc3, 0x79, 0xa0, [4 + 31] = 0x20};
    gvm_buf_append(&out, head, sizeof head);
    put_utf16(&out, bytes_at(a, 0));
    gvm_buf_str(&out, out.len > sizeof head ? " (" : "abort (");
    put_utf16(&out, bytes_at(a, 1));
    gvm_buf_printf(&out, ":%u:%u)", (uint32_t)a->v[2], (uint32_t)a->v[3]);
    size_t len = out.len - sizeof head;
    while (out.len % 32 != 4 && !out.failed) gvm_buf_put(&out, 0);
    gvm_outcome outcome = GVM_OUT_HOST_FAILURE;
    if (!out.failed) {
        gvm_store_be64(out.ptr + sizeof head - 8, len);
        outcome = gvm_wasm_set_output(a->c, gvm_buf_bytes(&out));
    }
    gvm_buf_free(&out);
    if (outcome != OK) return outcome;
    a->ends = true;
    return GVM_OUT_REVERT;
}
