/* The contracts contract, 0x...4740: staging and deployment of modules that no transaction can
 * carry.
 *
 * A chunk is an account whose code is EF 47 03 and the bytes; nobody can call it. Its address comes
 * from stager and bytes, so that a stager may name his chunks before they are there, and nobody can
 * stand in their place. Every byte that is stored was paid for at 200 gas once, when it was staged:
 * so a deployment takes no such price, and uses its chunks up. Slot 0: mapping(address chunk =>
 * Chunk). */
#include "system/contracts.h"
#include "crypto/blake3.h"
#include "system/contract.h"
#include "system/permissions.h"
#include "vm/container.h"

#define GVM_ROWS "system/contracts_rows.inc"
#include "system/declare.inc"

enum {
    CHUNKS_SLOT = 0,
    BYTE_GAS = 200,
    BLAKE3_GAS = 20,
    BLAKE3_WORD_GAS = 4,
    COPY_WORD_GAS = 3,
    STAGED_SECONDS = 30 * 24 * 3600,
    EXPIRES_OFFSET = 20, /* Chunk: address stager, then uint64 expires, in one slot */
};

static size_t words(size_t len) {
    return (len + 31) / 32;
}

void gvm_chunk_address(gvm_address *out, const gvm_address *stager, const gvm_hash *hash) {
    static const char domain[] = "ghost-chunk-v1";
    uint8_t in[sizeof domain - 1 + 20 + 32];
    gvm_hash h;
    memcpy(in, domain, sizeof domain - 1);
    memcpy(in + sizeof domain - 1, stager->b, 20);
    memcpy(in + sizeof domain - 1 + 20, hash->b, 32);
    gvm_blake3(&h, gvm_bytes_make(in, sizeof in));
    memcpy(out->b, h.b, 20);
}

/* ---- a chunk's record */

typedef struct chunk {
    gvm_u256 slot;
    gvm_address stager;
    uint64_t expires;
} chunk;

static chunk load_chunk(gvm_sys *c, const gvm_address *at) {
    chunk k = {.slot = gvm_cell_map_address(gvm_cell(CHUNKS_SLOT), at)};
    gvm_u256 word = gvm_cells_load(&c->cells, k.slot);
    k.stager = gvm_u256_to_address(gvm_cell_get(word, 0, 20));
    k.expires = gvm_cell_get_u64(word, EXPIRES_OFFSET, 8);
    return k;
}

static void store_chunk(gvm_sys *c, const chunk *k) {
    gvm_u256 word = gvm_u256_from_address(&k->stager);
    word = gvm_cell_put(word, EXPIRES_OFFSET, 8, gvm_u256_from_u64(k->expires));
    gvm_cells_store(&c->cells, k->slot, word);
}

/* ---- staging */

static void put_code(gvm_sys *c, const gvm_address *at, gvm_bytes data) {
    gvm_state *state = c->frame->vm->state;
    uint8_t *code = gvm_arena_alloc(c->arena, GVM_CONTAINER_PREFIX + data.len);
    if (code == NULL) {
        gvm_cells_fail(&c->cells, GVM_OUT_HOST_FAILURE);
        return;
    }
    memcpy(code, "\xef\x47\x03", GVM_CONTAINER_PREFIX);
    memcpy(code + GVM_CONTAINER_PREFIX, data.ptr, data.len);
    gvm_entry *e = gvm_state_entry(state, at);
    gvm_state_create_contract(state, e, 1);
    gvm_state_set_code(state, e, gvm_bytes_make(code, GVM_CONTAINER_PREFIX + data.len));
}

static bool fn_stage(gvm_sys *c) {
    gvm_bytes data = gvm_sys_arg_bytes(c, 0);
    if (data.len == 0 || data.len > GVM_CHUNK_MAX)
        return gvm_sys_revert(c, ERR_CHUNK_SIZE, GVM_SYS_VALUES(gvm_sys_u64(data.len)));
    gvm_sys_charge(c, BLAKE3_GAS + (int64_t)words(data.len) * BLAKE3_WORD_GAS);
    if (!gvm_cells_ok(&c->cells)) return true;
    gvm_hash hash;
    gvm_address at;
    gvm_blake3(&hash, data);
    gvm_chunk_address(&at, gvm_sys_sender(c), &hash);
    chunk k = load_chunk(c, &at);
    bool there = k.expires != 0;
    if (!there) gvm_sys_charge(c, (int64_t)(data.len + GVM_CONTAINER_PREFIX) * BYTE_GAS);
    k.stager = *gvm_sys_sender(c);
    k.expires = gvm_sys_now(c) + STAGED_SECONDS;
    store_chunk(c, &k);
    if (!gvm_cells_ok(&c->cells)) return true;
    if (!there) put_code(c, &at, data);
    gvm_sys_log(
        c, EV_STAGED,
        GVM_SYS_VALUES(gvm_sys_address(&k.stager), gvm_sys_address(&at), gvm_sys_u64(k.expires)));
    return gvm_sys_return_address(c, &at);
}

/* Deletes the chunk and its record. */
static void remove_chunk(gvm_sys *c, const chunk *k, const gvm_address *at) {
    gvm_cells_store(&c->cells, k->slot, gvm_u256_zero());
    if (!gvm_cells_ok(&c->cells)) return;
    gvm_state *state = c->frame->vm->state;
    gvm_entry *e = gvm_state_entry(state, at);
    gvm_state_set_code(state, e, gvm_bytes_make(NULL, 0));
    gvm_state_set_nonce(state, e, 0);
    gvm_sys_log(c, EV_UNSTAGED, GVM_SYS_VALUES(gvm_sys_address(at)));
}

static bool fn_unstage(gvm_sys *c) {
    gvm_address at = gvm_sys_arg_address(c, 0);
    chunk k = load_chunk(c, &at);
    if (k.expires == 0)
        return gvm_sys_revert(c, ERR_NO_CHUNK, GVM_SYS_VALUES(gvm_sys_address(&at)));
    if (gvm_sys_now(c) < k.expires && !gvm_address_equal(&k.stager, gvm_sys_sender(c)))
        return gvm_sys_revert(c, ERR_NOT_STAGER, GVM_SYS_VALUES(gvm_sys_address(&at)));
    remove_chunk(c, &k, &at);
    return true;
}

static bool fn_chunk_of(gvm_sys *c) {
    gvm_address at = gvm_sys_arg_address(c, 0);
    chunk k = load_chunk(c, &at);
    return gvm_sys_return(c, GVM_SYS_VALUES(gvm_sys_address(&k.stager), gvm_sys_u64(k.expires)));
}

static bool fn_chunk_address(gvm_sys *c) {
    gvm_address stager = gvm_sys_arg_address(c, 0), at;
    gvm_hash hash = gvm_sys_arg_word(c, 1);
    gvm_chunk_address(&at, &stager, &hash);
    return gvm_sys_return_address(c, &at);
}

/* ---- deployment */

/* Moves a chunk's bytes behind *out; false: reverted or failed. */
static bool take_chunk(gvm_sys *c, gvm_buf *out, const gvm_address *at) {
    chunk k = load_chunk(c, at);
    bool good = k.expires > gvm_sys_now(c) && gvm_address_equal(&k.stager, gvm_sys_sender(c));
    if (!gvm_cells_ok(&c->cells)) return false;
    if (!good) {
        (void)gvm_sys_revert(c, ERR_NO_CHUNK, GVM_SYS_VALUES(gvm_sys_address(at)));
        return false;
    }
    gvm_bytes code;
    gvm_cells_fail(&c->cells, gvm_host_code(c->frame, &code, at));
    gvm_sys_charge(c, (int64_t)words(code.len) * COPY_WORD_GAS);
    if (!gvm_cells_ok(&c->cells)) return false;
    size_t len = code.len - GVM_CONTAINER_PREFIX;
    if (len > out->cap - out->len) {
        (void)gvm_sys_revert_plain(c, ERR_MODULE_SIZE);
        return false;
    }
    memcpy(out->ptr + out->len, code.ptr + GVM_CONTAINER_PREFIX, len);
    out->len += len;
    remove_chunk(c, &k, at);
    return gvm_cells_ok(&c->cells);
}

/* The module and the constructor data behind it, in the arena; no bytes: reverted or failed. */
static gvm_bytes assemble(gvm_sys *c, const gvm_abi_value *chunks, gvm_bytes data) {
    static const gvm_bytes nothing;
    gvm_hash wanted = gvm_sys_arg_word(c, 0), found;
    gvm_buf all = {.cap = (size_t)GVM_WASM_MODULE_MAX + GVM_CONTAINER_PREFIX};
    all.ptr = gvm_arena_alloc(c->arena, all.cap + data.len);
    if (all.ptr == NULL) {
        gvm_cells_fail(&c->cells, GVM_OUT_HOST_FAILURE);
        return nothing;
    }
    for (size_t i = 0; i < chunks->count; i++) {
        gvm_address at = gvm_abi_address(&chunks->items[i]);
        if (!take_chunk(c, &all, &at)) return nothing;
    }
    gvm_sys_charge(c, BLAKE3_GAS + (int64_t)words(all.len) * BLAKE3_WORD_GAS +
                          (int64_t)words(data.len) * COPY_WORD_GAS);
    if (!gvm_cells_ok(&c->cells)) return nothing;
    gvm_blake3(&found, gvm_buf_bytes(&all));
    if (!gvm_hash_equal(&found, &wanted)) {
        (void)gvm_sys_revert(c, ERR_MODULE_HASH, GVM_SYS_VALUES(gvm_sys_word(&found)));
        return nothing;
    }
    gvm_code_kind kind = gvm_input_kind_of(c->frame->vm->rules, gvm_buf_bytes(&all));
    if (kind != GVM_CODE_WASM && kind != GVM_CODE_WASM_ZSTD) {
        (void)gvm_sys_revert_plain(c, ERR_NOT_A_MODULE);
        return nothing;
    }
    if (data.len > 0) memcpy(all.ptr + all.len, data.ptr, data.len);
    return gvm_bytes_make(all.ptr, all.len + data.len);
}

static bool deployed(gvm_sys *c) {
    if (c->child.outcome == GVM_OUT_REVERT) return gvm_sys_revert_data(c, c->child.output);
    if (c->child.outcome != GVM_OUT_SUCCESS)
        return gvm_sys_revert(
            c, ERR_DEPLOY_FAILED,
            GVM_SYS_VALUES(gvm_sys_u64((uint64_t)gvm_outcome_code(c->child.outcome))));
    gvm_hash hash = gvm_sys_arg_word(c, 0);
    gvm_sys_log(c, EV_DEPLOYED,
                GVM_SYS_VALUES(gvm_sys_address(gvm_sys_sender(c)),
                               gvm_sys_address(&c->child.created), gvm_sys_word(&hash)));
    return gvm_sys_return_address(c, &c->child.created);
}

static bool fn_deploy(gvm_sys *c) {
    if (c->stage != 0) return deployed(c);
    gvm_bytes input = assemble(c, &c->args.items[1], gvm_sys_arg_bytes(c, 2));
    if (input.len == 0) return false;
    return gvm_sys_create(c, 1, c->frame->msg.value, input, true);
}

#include "system/define.inc"

const gvm_sys_contract gvm_sys_contracts = {
    GVM_SYS_TABLE,
    .name = "Contracts",
    .about = "Deployment of modules that are larger than a transaction: staged in chunks of up to "
             "64 KiB, put together and checked in one call.",
};
