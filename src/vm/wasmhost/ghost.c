/* Host functions that are Ghost operations (vm/ghost_ops.h): calls of system contracts' functions,
 * with the arguments in the function's order. What comes back is put where the row says: an i32, a
 * word or an address in memory. A failure reverts the frame with the contract's error. */
#include "vm/ghost_ops.h"
#include "vm/wasmhost/host.h"

#define CALL(name) gvm_outcome gvm_wasm_call_##name(gvm_wasm_call_args *a)

static gvm_ghost_arg bytes(const gvm_wasm_call_args *a, size_t i) {
    return (gvm_ghost_arg){.bytes = gvm_bytes_make(a->p[i], a->n[i])};
}
static gvm_ghost_arg word(const gvm_wasm_call_args *a, size_t i) {
    return (gvm_ghost_arg){.word = gvm_u256_from_be(a->p[i])};
}
static gvm_ghost_arg number(const gvm_wasm_call_args *a, size_t i) {
    return (gvm_ghost_arg){.word = gvm_u256_from_u64((uint32_t)a->v[i])};
}
static gvm_ghost_arg address(const gvm_wasm_call_args *a, size_t i) {
    gvm_address at;
    memcpy(at.b, a->p[i], sizeof at.b);
    return (gvm_ghost_arg){.word = gvm_u256_from_address(&at)};
}

static gvm_outcome ask(gvm_wasm_call_args *a, gvm_ghost_op_id id, const gvm_ghost_arg *args,
                       gvm_wasm_ghost_form form, uint64_t result_at) {
    gvm_outcome outcome = gvm_ghost_call(a->f, gvm_ghost_op_of(id), args);
    if (outcome != GVM_OUT_SUCCESS) return outcome;
    a->c->ghost = (uint8_t)id;
    a->c->ghost_form = (uint8_t)form;
    a->c->result_at = (uint32_t)result_at;
    a->c->pending = GVM_WASM_WAIT_GHOST;
    return GVM_OUT_SUCCESS;
}
#define ASK(id, form, result_at, ...) \
    ask(a, GVM_GHOST_##id, (gvm_ghost_arg[]){__VA_ARGS__}, GVM_WASM_GHOST_##form, result_at)

bool gvm_wasm_ghost_result(gvm_wasm_context *c, uint64_t *slots) {
    gvm_u256 result;
    uint8_t *p;
    if (!gvm_ghost_result(c->frame, &result, (gvm_ghost_op_id)c->ghost)) return false;
    bool some = !gvm_u256_is_zero(result);
    gvm_address at = gvm_u256_to_address(result);
    switch (c->ghost_form) {
    case GVM_WASM_GHOST_WORD:
        if (gvm_wasm_exec_memory(c->exec, &p, c->result_at, 32)) gvm_u256_to_be(p, result);
        break;
    case GVM_WASM_GHOST_ADDRESS:
        if (some && gvm_wasm_exec_memory(c->exec, &p, c->result_at, 20)) memcpy(p, at.b, 20);
        slots[0] = some;
        break;
    default: slots[0] = (uint32_t)gvm_u256_saturate_u64(result);
    }
    return true;
}

/* ---- hashes and signatures */

CALL(sha256) {
    return ASK(SHA256, WORD, a->v[2], bytes(a, 0));
}
CALL(blake3) {
    return ASK(BLAKE3, WORD, a->v[2], bytes(a, 0));
}
CALL(ecrecover) {
    return ASK(ECRECOVER, ADDRESS, a->v[4], word(a, 0), number(a, 1), word(a, 2), word(a, 3));
}
CALL(ed25519_verify) {
    return ASK(ED25519_VERIFY, NUMBER, 0, word(a, 2), bytes(a, 0), bytes(a, 3));
}
CALL(schnorr_verify) {
    return ASK(SCHNORR_VERIFY, NUMBER, 0, word(a, 2), bytes(a, 0), bytes(a, 3));
}
CALL(p256_verify) {
    return ASK(P256_VERIFY, NUMBER, 0, bytes(a, 2), word(a, 0), bytes(a, 1));
}
CALL(ml_dsa_verify) {
    return ASK(ML_DSA_VERIFY, NUMBER, 0, bytes(a, 2), bytes(a, 0), bytes(a, 4));
}
CALL(ml_kem_decapsulate) {
    return ASK(ML_KEM_DECAPSULATE, WORD, a->v[4], bytes(a, 0), bytes(a, 2));
}
CALL(multisig_verify) {
    return ASK(MULTISIG_VERIFY, NUMBER, 0, bytes(a, 0), word(a, 2), bytes(a, 3));
}
CALL(threshold_verify) {
    return ASK(THRESHOLD_VERIFY, NUMBER, 0, number(a, 0), bytes(a, 1), bytes(a, 3), bytes(a, 5));
}
CALL(aggregate_verify) {
    return ASK(AGGREGATE_VERIFY, NUMBER, 0, bytes(a, 0), bytes(a, 2), bytes(a, 4));
}

/* ---- tokens */

CALL(token_balance) {
    return ASK(TOKEN_BALANCE, WORD, a->v[2], number(a, 0), address(a, 1));
}
CALL(token_transfer) {
    return ASK(TOKEN_TRANSFER, NUMBER, 0, number(a, 0), address(a, 1), word(a, 2));
}

/* ---- identities */

CALL(id_verify) {
    return ASK(GHOST_ID_VERIFY, NUMBER, 0, word(a, 0), word(a, 1), number(a, 2), bytes(a, 3),
               bytes(a, 5));
}
CALL(id_resolve) {
    return ASK(GHOST_ID_RESOLVE, ADDRESS, a->v[2], bytes(a, 0));
}
CALL(id_permissions) {
    return ASK(ID_PERMISSIONS, WORD, a->v[1], address(a, 0));
}

/* ---- names */

CALL(name_resolve) {
    return ASK(CNS_RESOLVE, ADDRESS, a->v[2], bytes(a, 0));
}
CALL(name_register) {
    return ASK(CNS_REGISTER, NUMBER, 0, bytes(a, 0), address(a, 2), number(a, 3), word(a, 4));
}
CALL(name_update) {
    return ASK(CNS_UPDATE, NUMBER, 0, bytes(a, 0), number(a, 2), bytes(a, 3));
}
