/* One operation, three engines: the ZVM's opcode, WebAssembly's host function and a call as
 * Solidity makes it must leave the same state root, logs, refund and answer, and the system
 * contract must take the same gas; what each engine adds is the entry cost that docs/zvm.md says.
 *
 * An account with a proxy runs each engine's code as its own (DELEGATECALL), so that the three
 * states differ in nothing: the same code is everywhere, the same account acts. */
#include "vm/ghost_ops.h"

#include "crypto/ed25519.h"
#include "support/ghost_world.h"
#include "support/hex.h"
#include "support/wasm_contract.h"
#include "support/zvm_translate.h"
#include "system/names.h"
#include "system/permissions.h"
#include "system/tokens.h"
#include "vm/zvm/container.h"
#include "vm/zvm/opcodes.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define ACTOR "0xaa00000000000000000000000000000000000001"
/* RFC 8032, 7.1, test 1: the key, and what makes it sign. */
#define KEY    "0xd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
#define SEED   "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
#define PROOF  "its signature over proofHash" /* made when it is needed */
#define SECRET "0x5ec2e70000000000000000000000000000000000000000000000000000000001"
#define GAS    INT64_C(20000000)

static const gvm_address actor = {{0xaa, [19] = 1}};
enum { EVM, ZVM, WASM, ENGINES };
static const char *const engine_names[ENGINES] = {"evm", "zvm", "wasm"};
static const gvm_address engines[ENGINES] = {{{0xe0}}, {{0xe1}}, {{0xe2}}};

/* ---- the cases */

typedef struct op_case {
    gvm_ghost_op_id id;
    const char *args[8];
    /* The host function's parameters by number of the operation's; NULL: there is none. */
    const char *host_order;
    gvm_outcome outcome;
    const char *answer; /* hex of the word, where an outside authority says it; NULL: any */
} op_case;

#define OK     GVM_OUT_SUCCESS
#define REVERT GVM_OUT_REVERT
#define BOB    "0xac00000000000000000000000000000000000002"
#define ONE    "0000000000000000000000000000000000000000000000000000000000000001"
#define ZERO   "0000000000000000000000000000000000000000000000000000000000000000"
#define Z32    "0x" ZERO

static const op_case cases[] = {
    /* geth's precompile test "ValidKey" */
    {GVM_GHOST_ECRECOVER,
     {"0x18c547e4f7b0f325ad1e56f57e26c745b09a3e503d86e00e5255ff7f715d3d1c", "28",
      "0x73b1693892219d736caba55bdb67216e485557ea6b6af75f37096c9aa6a5a75f",
      "0xeeb940b1d03b21e36b0e47e79769f095fe2ab855bd91e3a38756b7d75a9c4549"},
     "0123",
     OK,
     "000000000000000000000000a94f5374fce5edbc8e2a8697c15331677e6ebf0b"},
    {GVM_GHOST_ECRECOVER, {Z32, "27", Z32, Z32}, "0123", OK, ZERO},
    /* RFC 8032, 7.1, test 2 */
    {GVM_GHOST_ED25519_VERIFY,
     {"0x3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "0x72",
      "0x92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
      "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
     "102",
     OK,
     ONE},
    {GVM_GHOST_ED25519_VERIFY,
     {"0x3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "0x73",
      "0x92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
      "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
     "102",
     OK,
     ZERO},
    /* FIPS 180-4's example "abc"; BLAKE3's of the empty input */
    {GVM_GHOST_SHA256,
     {"0x616263"},
     "0",
     OK,
     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {GVM_GHOST_BLAKE3,
     {"0x"},
     "0",
     OK,
     "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"},
    {GVM_GHOST_ML_DSA_VERIFY, {"0x01", "0x02", "0x03"}, "102", OK, NULL},
    {GVM_GHOST_ML_KEM_DECAPSULATE, {"0x01", "0x02"}, "01", REVERT, NULL},
    /* BIP-340, vector 0 */
    {GVM_GHOST_SCHNORR_VERIFY,
     {"0xf9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9", Z32,
      "0xe907831f80848d1069a5371b402410364bdf1c5f8307b0084c55f1ce2dca8215"
      "25f66a4a85ea8b71e482a74f382d2ce5ebeee8fdb2172f477df4900d310536c0"},
     "102",
     OK,
     ONE},
    {GVM_GHOST_MULTISIG_VERIFY, {"0x01", Z32, "0x03"}, "012", OK, NULL},
    {GVM_GHOST_THRESHOLD_VERIFY, {"9", "0x01", "0x02", "0x03"}, "0123", REVERT, NULL},
    {GVM_GHOST_THRESHOLD_VERIFY,
     {"3", "0xf9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9", Z32,
      "0xe907831f80848d1069a5371b402410364bdf1c5f8307b0084c55f1ce2dca8215"
      "25f66a4a85ea8b71e482a74f382d2ce5ebeee8fdb2172f477df4900d310536c0"},
     "0123",
     OK,
     ONE},
    {GVM_GHOST_AGGREGATE_VERIFY, {"[0x01,0x0203]", "[0x,0x05]", "0x06"}, "012", OK, NULL},
    {GVM_GHOST_P256_VERIFY, {"0x" ZERO ZERO, Z32, "0x" ZERO ZERO}, "120", OK, NULL},
    {GVM_GHOST_TOKEN_BALANCE,
     {"4", ACTOR},
     "01",
     OK,
     "0000000000000000000000000000000000000000000000056bc75e2d63100000"},
    {GVM_GHOST_TOKEN_BALANCE, {"9", ACTOR}, "01", REVERT, NULL},
    {GVM_GHOST_TOKEN_TRANSFER, {"4", BOB, "1000"}, "012", OK, ONE},
    {GVM_GHOST_TOKEN_TRANSFER, {"1", BOB, "77"}, "012", OK, ONE},
    {GVM_GHOST_TOKEN_TRANSFER, {"4", BOB, "100000000000000000001"}, "012", REVERT, NULL},
    {GVM_GHOST_TOKEN_MINT, {"2", BOB, "5"}, NULL, OK, ONE},
    {GVM_GHOST_TOKEN_MINT, {"2", BOB, "1001"}, NULL, REVERT, NULL},
    {GVM_GHOST_TOKEN_BURN, {"4", "5"}, NULL, OK, ONE},
    {GVM_GHOST_TOKEN_BURN, {"2", "5"}, NULL, REVERT, NULL},
    {GVM_GHOST_CNS_RESOLVE,
     {"actor.ghost"},
     "0",
     OK,
     "000000000000000000000000aa00000000000000000000000000000000000001"},
    {GVM_GHOST_CNS_RESOLVE, {"nobody.ghost"}, "0", REVERT, NULL},
    {GVM_GHOST_CNS_REGISTER, {"second.ghost", BOB, "2", SECRET}, "0123", OK, ONE},
    {GVM_GHOST_CNS_REGISTER, {"third.ghost", BOB, "2", SECRET}, "0123", REVERT, NULL},
    {GVM_GHOST_CNS_UPDATE, {"actor.ghost", "1", "0x7f000001"}, "012", OK, ONE},
    {GVM_GHOST_CNS_UPDATE, {"actor.ghost", "1", "0x7f"}, "012", REVERT, NULL},
    {GVM_GHOST_CNS_OWNER,
     {"actor.ghost"},
     NULL,
     OK,
     "000000000000000000000000aa00000000000000000000000000000000000001"},
    {GVM_GHOST_GHOST_ID_VERIFY,
     {"0x00112233445566778899aabbccddeeff", Z32, "2", KEY, "0x03"},
     "01234",
     OK,
     ZERO},
    {GVM_GHOST_GHOST_ID_RESOLVE,
     {ACTOR},
     "0",
     OK,
     "000000000000000000000000aa00000000000000000000000000000000000001"},
    {GVM_GHOST_GHOST_ID_RESOLVE,
     {"did:ghost:actor"},
     "0",
     OK,
     "000000000000000000000000aa00000000000000000000000000000000000001"},
    {GVM_GHOST_GHOST_ID_RESOLVE, {"did:web:x"}, "0", REVERT, NULL},
    {GVM_GHOST_GHOST_ID_CREATE, {"2", KEY, PROOF}, NULL, OK, NULL},
    {GVM_GHOST_GHOST_ID_CREATE, {"2", KEY, "0x"}, NULL, REVERT, NULL},
    {GVM_GHOST_ID_PERMISSIONS, {ACTOR}, "0", OK, NULL},
    {GVM_GHOST_L2_SUBMIT, {"0x01"}, NULL, REVERT, NULL},
    {GVM_GHOST_L2_BATCH_VERIFY, {"0x01"}, NULL, REVERT, NULL},
    {GVM_GHOST_L2_STATE_SYNC, {"0x01"}, NULL, REVERT, NULL},
};
enum { CASES = sizeof cases / sizeof cases[0] };

static bool has_contract(const gvm_ghost_op *op) {
    return op->contract.b[18] == 0 || gvm_system_entry(&op->contract) != NULL;
}

/* ---- the arguments, as each engine takes them */

typedef struct arguments {
    gvm_arena arena;
    gvm_abi_value tuple;
    gvm_buf encoded;                /* without selector */
    gvm_bytes part[GVM_GHOST_ARGS]; /* words: 32 bytes; else what crosses: contents, or the tail */
} arguments;

/* What the key signs to be registered for the actor (proofHash), as hex. */
static const char *proof(void) {
    static char hex[131];
    ghost_world w;
    uint8_t seed[32], hash[32], signature[64];
    gvm_address identities = gvm_system_address(0x4720);
    const char *args[] = {ACTOR, "2", KEY};
    ghost_world_open(&w);
    (void)ghost_call(&w, &identities, "proofHash(address,uint8,bytes)(bytes32)", 3, args);
    assert_int_equal(w.result.outcome, GVM_OUT_SUCCESS);
    memcpy(hash, w.result.output.ptr, 32);
    ghost_world_close(&w);
    (void)hex_bytes(seed, sizeof seed, SEED);
    gvm_ed25519_sign(signature, gvm_bytes_make(hash, sizeof hash), seed);
    hex[0] = '0', hex[1] = 'x';
    gvm_hex_encode(hex + 2, gvm_bytes_make(signature, sizeof signature));
    return hex;
}

static void read_arguments(arguments *a, const op_case *c) {
    const gvm_ghost_op *op = gvm_ghost_op_of(c->id);
    const char *types = strchr(op->signature, '(') + 1;
    const gvm_abi_type *type;
    gvm_error err = {0};
    *a = (arguments){.encoded = {0}};
    assert_int_equal(gvm_abi_parse_types(&type, &a->arena,
                                         gvm_bytes_make((const uint8_t *)types, strlen(types) - 1),
                                         &err),
                     GVM_OK);
    assert_int_equal(type->count, op->arg_count);
    const char *args[8];
    for (size_t i = 0; i < type->count; i++)
        args[i] = strcmp(c->args[i], PROOF) == 0 ? proof() : c->args[i];
    if (gvm_abi_args_parse(&a->tuple, &a->arena, type, args, type->count, &err) != GVM_OK)
        fail_msg("%s: %s", op->name, err.text);
    assert_int_equal(gvm_abi_encode(&a->encoded, &a->tuple), GVM_OK);
    size_t end = a->encoded.len;
    for (size_t i = op->arg_count; i-- > 0;) { /* tails follow one another */
        const uint8_t *head = a->encoded.ptr + 32 * i;
        a->part[i] = gvm_bytes_make(head, 32);
        if (gvm_ghost_is_word(op->args[i])) continue;
        size_t at = (size_t)gvm_u256_from_be(head).w[0];
        a->part[i] = gvm_bytes_make(a->encoded.ptr + at, end - at);
        if (op->args[i] == GVM_GHOST_BYTES)
            a->part[i] = gvm_bytes_make(a->encoded.ptr + at + 32,
                                        (size_t)gvm_u256_from_be(a->encoded.ptr + at).w[0]);
        end = at;
    }
}

static void free_arguments(arguments *a) {
    gvm_buf_free(&a->encoded);
    gvm_arena_free(&a->arena);
}

/* ---- the three contracts. Each answers the operation's word, or reverts with its error. */

static void put16(gvm_buf *b, uint8_t op, size_t v) {
    gvm_buf_put(b, op);
    gvm_buf_put(b, (uint8_t)(v >> 8));
    gvm_buf_put(b, (uint8_t)v);
}

/* PUSH32 word, PUSH2 place, MSTORE. */
static void store(gvm_buf *b, bool zvm, gvm_bytes bytes, size_t at) {
    for (size_t i = 0; i < bytes.len; i += 32) {
        uint8_t word[32] = {0};
        memcpy(word, bytes.ptr + i, bytes.len - i < 32 ? bytes.len - i : 32);
        gvm_buf_put(b, zvm ? GVM_ZVM_PUSH32 : GVM_OP_PUSH32);
        gvm_buf_append(b, word, 32);
        put16(b, zvm ? GVM_ZVM_PUSH2 : GVM_OP_PUSH2, at + i);
        gvm_buf_put(b, zvm ? GVM_ZVM_MSTORE : GVM_OP_MSTORE);
    }
}

static void make_evm(gvm_buf *out, const gvm_ghost_op *op, const arguments *a) {
    gvm_buf data = {0};
    if (op->has_selector) gvm_buf_append(&data, op->selector, 4);
    gvm_buf_append(&data, a->encoded.ptr, a->encoded.len);
    store(out, false, gvm_buf_bytes(&data), 0);
    put16(out, GVM_OP_PUSH2, 0);
    put16(out, GVM_OP_PUSH2, 0);
    put16(out, GVM_OP_PUSH2, data.len);
    put16(out, GVM_OP_PUSH2, 0);
    if (!op->view) put16(out, GVM_OP_PUSH2, 0);
    gvm_buf_put(out, GVM_OP_PUSH20);
    gvm_buf_append(out, op->contract.b, 20);
    gvm_buf_put(out, GVM_OP_GAS);
    gvm_buf_put(out, op->view ? GVM_OP_STATICCALL : GVM_OP_CALL);
    /* memory to zero at 0; 1 where nothing came back from a function without results */
    bool none = op->returns == GVM_GHOST_RETURNS_NONE;
    gvm_buf_put(out, GVM_OP_PUSH1);
    gvm_buf_put(out, none);
    put16(out, GVM_OP_PUSH2, 0);
    gvm_buf_put(out, GVM_OP_MSTORE);
    gvm_buf_append(out, "\x3d\x5f\x5f\x3e", 4); /* RETURNDATACOPY(0, 0, RETURNDATASIZE) */
    size_t here = out->len;
    put16(out, GVM_OP_PUSH2, here + 7);
    gvm_buf_append(out, "\x57\x3d\x5f\xfd\x5b\x60\x20\x5f\xf3", 9); /* JUMPI REVERT; RETURN 32 */
    gvm_buf_free(&data);
}

static void make_zvm(gvm_buf *out, const gvm_ghost_op *op, const arguments *a) {
    gvm_buf code = {0};
    size_t at[GVM_GHOST_ARGS], next = 0;
    for (size_t i = 0; i < op->arg_count; i++) {
        at[i] = next;
        if (gvm_ghost_is_word(op->args[i])) continue;
        store(&code, true, a->part[i], next);
        next += (a->part[i].len + 31) / 32 * 32;
    }
    for (size_t i = op->arg_count; i-- > 0;) {
        if (gvm_ghost_is_word(op->args[i])) {
            gvm_buf_put(&code, GVM_ZVM_PUSH32);
            gvm_buf_append(&code, a->part[i].ptr, 32);
        } else {
            put16(&code, GVM_ZVM_PUSH2, a->part[i].len);
            put16(&code, GVM_ZVM_PUSH2, at[i]);
        }
    }
    gvm_buf_put(&code, op->zvm);
    put16(&code, GVM_ZVM_PUSH2, 0);
    gvm_buf_put(&code, GVM_ZVM_MSTORE);
    put16(&code, GVM_ZVM_PUSH2, 32);
    put16(&code, GVM_ZVM_PUSH2, 0);
    gvm_buf_put(&code, GVM_ZVM_RETURN);
    gvm_buf_append(out, "\xef\x47\x02", 3);
    gvm_zvm_container_put(out, 0, gvm_buf_bytes(&code), gvm_bytes_make(NULL, 0));
    gvm_buf_free(&code);
}

#define RESULT_AT 512 /* in the module's memory; operands from 1024 on */

/* `with` false: all but the call. */
static void make_wasm(gvm_buf *out, const op_case *c, const arguments *a, bool with) {
    const gvm_ghost_op *op = gvm_ghost_op_of(c->id);
    wasm_contract w = {.pages = 1};
    gvm_buf module = {0};
    char name[80];
    size_t count, next = 1024, at[GVM_GHOST_ARGS];
    for (size_t i = 0; i < op->arg_count; i++) {
        gvm_bytes part = a->part[i];
        if (op->args[i] == GVM_GHOST_ADDRESS) part = gvm_bytes_make(part.ptr + 12, 20);
        if (part.len > 0) wc_data(&w, (uint32_t)next, part);
        at[i] = next;
        next += part.len;
    }
    (void)snprintf(name, sizeof name, "ghost.%s", op->host);
    uint32_t index = wc_import(&w, name);
    const gvm_wasm_hostcall *row = &gvm_wasm_hostcalls(&count)[w.rows[index]];
    bool gives = strchr(row->type, '>') != NULL;
    if (gives) wc_i32(&w.invoke, RESULT_AT);
    const char *next_param = c->host_order;
    for (const char *role = row->roles; with && *role != '\0'; role++) {
        size_t i = *next_param != '\0' ? (size_t)(*next_param - '0') : 0;
        size_t before = next_param > c->host_order ? (size_t)(next_param[-1] - '0') : 0;
        if (*role == 'W' || *role == 'A') {
            wc_i32(&w.invoke, *role == 'A' ? RESULT_AT + 12 : RESULT_AT);
            continue;
        }
        if (*role == 'n') {
            wc_i32(&w.invoke, (uint32_t)a->part[before].len);
            continue;
        }
        if (*role == 'v')
            wc_i32(&w.invoke, (uint32_t)gvm_u256_from_be(a->part[i].ptr).w[0]);
        else
            wc_i32(&w.invoke, (uint32_t)at[i]);
        next_param++;
    }
    if (with) {
        wc_op(&w.invoke, 0x10);
        wb_u32(&w.invoke, index);
    } else if (gives) {
        wc_i32(&w.invoke, 1);
    }
    bool by_pointer = strpbrk(row->roles, "WA") != NULL;
    if (gives && by_pointer)
        wc_op(&w.invoke, 0x1a, 0x1a); /* the flag and where it would go */
    else if (gives)
        wc_op(&w.invoke, 0x36, 2, 0);
    wc_host(&w, &w.invoke, "ghost.output", RESULT_AT, 32);
    wc_i32(&w.invoke, 0);
    wc_finish(&w, &module);
    gvm_buf_append(out, "\xef\x47\0", 3);
    gvm_buf_append(out, module.ptr, module.len);
    gvm_buf_free(&module);
    wc_free(&w);
}

/* An i32 that the module left comes in its own byte order. */
static gvm_u256 answer_of(int engine, const op_case *c, gvm_bytes output) {
    const gvm_ghost_op *op = gvm_ghost_op_of(c->id);
    if (output.len != 32) return gvm_u256_zero();
    bool is_i32 = engine == WASM && c->id != GVM_GHOST_ECRECOVER && c->id != GVM_GHOST_SHA256 &&
                  c->id != GVM_GHOST_BLAKE3 && c->id != GVM_GHOST_ML_KEM_DECAPSULATE &&
                  c->id != GVM_GHOST_TOKEN_BALANCE && c->id != GVM_GHOST_CNS_RESOLVE &&
                  c->id != GVM_GHOST_GHOST_ID_RESOLVE && c->id != GVM_GHOST_ID_PERMISSIONS;
    (void)op;
    return is_i32 ? gvm_u256_from_u64(gvm_load_le32(output.ptr)) : gvm_u256_from_be(output.ptr);
}

/* ---- runs */

typedef struct seen {
    gvm_outcome outcome;
    gvm_u256 answer;
    gvm_hash root;
    int64_t refund, callee_gas, frame_gas, entry;
    gvm_buf output, logs;
    unsigned calls;
} seen;

/* Depths: 0 the proxy, 1 the engine's code, 2 the system contract. */
static void on_enter(void *ctx, const gvm_vm *vm, const gvm_message *msg, uint32_t depth) {
    (void)vm, (void)msg;
    seen *s = ctx;
    if (depth == 2) s->calls++;
}
static void on_leave(void *ctx, const gvm_vm *vm, const gvm_result *result, int64_t gas_used,
                     uint32_t depth) {
    (void)vm, (void)result;
    seen *s = ctx;
    if (depth == 2) s->callee_gas = gas_used;
    if (depth == 1) s->frame_gas = gas_used;
}
static void on_step(void *ctx, const gvm_frame *f, const gvm_trace_step *step) {
    seen *s = ctx;
    bool calls =
        step->run == GVM_RUN_GHOST || step->run == GVM_OP_CALL || step->run == GVM_OP_STATICCALL;
    if (f->depth == 1 && calls) s->entry = step->cost - f->vm->pending.gas;
}

static const uint8_t proxy[] = {
    0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x35, 0x5a, 0xf4, /* DELEGATECALL(GAS, calldata[0]) */
    0x3d, 0x5f, 0x5f, 0x3e, 0x60, 0x12, 0x57,       /* all of the return data; JUMPI */
    0x3d, 0x5f, 0xfd, 0x5b, 0x3d, 0x5f, 0xf3};      /* REVERT; RETURN */

static void open_with(ghost_world *w, const gvm_buf codes[ENGINES]) {
    ghost_world_open(w);
    gvm_u256 rich = gvm_u256_from_u64(1000000000000000000u);
    assert_int_equal(
        gvm_state_memory_set(w->accounts, &actor, 1, rich, gvm_bytes_make(proxy, sizeof proxy)),
        GVM_OK);
    for (int i = 0; i < ENGINES; i++)
        assert_int_equal(gvm_state_memory_set(w->accounts, &engines[i], 1, gvm_u256_zero(),
                                              gvm_buf_bytes(&codes[i])),
                         GVM_OK);
    gvm_state_reset(w->state, gvm_state_memory_reader(w->accounts));
    gvm_cells tokens = gvm_cells_of_vm(&w->vm, &gvm_tokens_address);
    gvm_token_give(&tokens, GVM_TOKEN_GHOST, &actor,
                   gvm_u256_mul(gvm_u256_from_u64(200), gvm_token_unit()));
    gvm_address spirit = gvm_token_face(GVM_TOKEN_SPIRIT);
    gvm_cells face = gvm_cells_of_vm(&w->vm, &spirit);
    gvm_cells_store(&face, gvm_cell(GVM_FACE_SLOT_CAP), gvm_u256_from_u64(1000));
    gvm_cells identities = gvm_cells_of_vm(&w->vm, &gvm_identities_address);
    gvm_cells_store(&identities,
                    gvm_cell_map_address(gvm_cell(GVM_IDENTITIES_SLOT_PERMISSIONS), &actor),
                    gvm_permissions_word(gvm_u256_from_u64(1u << GVM_PERMISSION_ADMIN_ACCESS)));
}

static void name_call(ghost_world *w, const char *signature, const char *a0, const char *a1,
                      const char *a2, const char *a3) {
    const char *args[] = {a0, a1, a2, a3};
    size_t count = 0;
    while (count < 4 && args[count] != NULL) count++;
    (void)ghost_call(w, &gvm_names_address, signature, count, args);
    assert_string_equal(gvm_outcome_name(w->result.outcome), "SUCCESS");
}

/* actor.ghost is the actor's; second.ghost is committed to. 100 GHOST are left after. */
static void set_up_names(ghost_world *w) {
    static const struct {
        const char *name, *owner, *years;
    } names[] = {{"actor.ghost", ACTOR, "1"}, {"second.ghost", BOB, "2"}};
    w->sender = actor;
    for (int i = 0; i < 2; i++) {
        const char *args[] = {names[i].name, names[i].owner, ACTOR, names[i].years, "[]", SECRET};
        char commitment[80];
        (void)ghost_call(w, &gvm_names_address,
                         "makeCommitment(string,address,address,uint32,(uint16,uint32,bytes)[],"
                         "bytes32)(bytes32)",
                         6, args);
        (void)snprintf(commitment, sizeof commitment, "%.66s", w->text + 1);
        name_call(w, "commit(bytes32)", commitment, NULL, NULL, NULL);
    }
    w->vm.block.timestamp += 60;
    name_call(w, "register(string,address,uint32,bytes32)", "actor.ghost", ACTOR, "1", SECRET);
    gvm_address face = gvm_token_face(GVM_TOKEN_GHOST);
    const char *half[] = {BOB, "99000000000000000000"};
    (void)ghost_call(w, &face, "transfer(address,uint256)", 2, half);
    assert_int_equal(w->result.outcome, GVM_OUT_SUCCESS);
}

static void run(seen *s, int engine, const op_case *c, const gvm_buf codes[ENGINES]) {
    ghost_world w;
    gvm_tracer tracer = {
        .ctx = s, .want_steps = true, .enter = on_enter, .leave = on_leave, .step = on_step};
    uint8_t input[32] = {0};
    *s = (seen){.entry = -1};
    open_with(&w, codes);
    set_up_names(&w);
    memcpy(input + 12, engines[engine].b, 20);
    gvm_message msg = {.kind = GVM_CALL,
                       .gas = GAS,
                       .sender = ghost_account(1),
                       .recipient = actor,
                       .code_address = actor,
                       .input = gvm_bytes_make(input, sizeof input)};
    w.vm.tracer = &tracer;
    gvm_state_begin_tx(w.state);
    for (uint64_t n = 1; n < 0x12; n++) { /* precompiles are warm from the start */
        gvm_address at = {{[19] = (uint8_t)n}};
        (void)gvm_state_warm(w.state, gvm_state_entry(w.state, &at));
    }
    assert_int_equal(gvm_vm_execute(&w.vm, &w.result, &msg), GVM_OK);
    s->outcome = w.result.outcome;
    s->answer = answer_of(engine, c, w.result.output);
    s->refund = gvm_state_refund(w.state);
    gvm_buf_append(&s->output, w.result.output.ptr, w.result.output.len);
    size_t n;
    const gvm_log *logs = gvm_state_logs(w.state, &n);
    for (size_t i = 0; i < n; i++) {
        gvm_buf_append(&s->logs, logs[i].address.b, 20);
        gvm_buf_append(&s->logs, logs[i].topics, logs[i].topic_count * sizeof(gvm_hash));
        gvm_buf_append(&s->logs, logs[i].data.ptr, logs[i].data.len);
    }
    gvm_state_diff diff;
    gvm_state_end_tx(w.state, true);
    assert_int_equal(gvm_state_diff_build(w.state, &diff), GVM_OK);
    assert_int_equal(gvm_state_memory_apply(w.accounts, &diff), GVM_OK);
    assert_int_equal(gvm_state_memory_root(w.accounts, &s->root), GVM_OK);
    ghost_world_close(&w);
}

static void compare(const op_case *c, const seen *solidity, const seen *other, int engine) {
    const char *name = gvm_ghost_op_of(c->id)->name, *who = engine_names[engine];
    if (other->outcome != solidity->outcome)
        fail_msg("%s: %s, %s: %s", name, gvm_outcome_name(solidity->outcome), who,
                 gvm_outcome_name(other->outcome));
    assert_int_equal(other->calls, 1);
    if (!gvm_hash_equal(&other->root, &solidity->root))
        fail_msg("%s: the state root differs, %s", name, who);
    if (other->callee_gas != solidity->callee_gas)
        fail_msg("%s: %lld gas, %s: %lld", name, (long long)solidity->callee_gas, who,
                 (long long)other->callee_gas);
    assert_int_equal(other->refund, solidity->refund);
    assert_true(gvm_bytes_equal(gvm_buf_bytes(&other->logs), gvm_buf_bytes(&solidity->logs)));
    if (c->outcome == GVM_OUT_SUCCESS && !gvm_u256_eq(other->answer, solidity->answer))
        fail_msg("%s: the answer differs, %s", name, who);
    if (c->outcome == GVM_OUT_REVERT &&
        !gvm_bytes_equal(gvm_buf_bytes(&other->output), gvm_buf_bytes(&solidity->output)))
        fail_msg("%s: the revert's data differs, %s", name, who);
}

/* The entry costs of docs/zvm.md. WebAssembly counts its own instructions on top: under 4 gas. */
static void check_entry(const op_case *c, const arguments *a, const seen s[ENGINES],
                        const seen *without) {
    int64_t words = (int64_t)a->encoded.len / 32;
    assert_int_equal(s[EVM].entry, 100);
    assert_int_equal(s[ZVM].entry, 100 + GVM_GHOST_WORD_GAS * words);
    if (c->host_order == NULL || c->outcome != GVM_OUT_SUCCESS) return;
    int64_t entry = s[WASM].frame_gas - s[WASM].callee_gas - without->frame_gas;
    if (entry < s[ZVM].entry || entry > s[ZVM].entry + 4)
        fail_msg("%s: WebAssembly's entry costs %lld, the ZVM's %lld", gvm_ghost_op_of(c->id)->name,
                 (long long)entry, (long long)s[ZVM].entry);
}

static void free_seen(seen *s) {
    gvm_buf_free(&s->output);
    gvm_buf_free(&s->logs);
}

static void one_case(const op_case *c) {
    const gvm_ghost_op *op = gvm_ghost_op_of(c->id);
    gvm_buf codes[ENGINES] = {{0}}, bare[ENGINES] = {{0}};
    arguments a;
    seen s[ENGINES] = {{.calls = 0}}, without = {.calls = 0};
    read_arguments(&a, c);
    make_evm(&codes[EVM], op, &a);
    if (op->zvm != 0) make_zvm(&codes[ZVM], op, &a);
    if (c->host_order != NULL) make_wasm(&codes[WASM], c, &a, true);
    for (int i = 0; i < ENGINES; i++)
        if (codes[i].len > 0) run(&s[i], i, c, codes);
    if (s[EVM].outcome != c->outcome)
        fail_msg("%s: %s", op->name, gvm_outcome_name(s[EVM].outcome));
    if (c->answer != NULL) {
        uint8_t word[32];
        (void)hex_bytes(word, sizeof word, c->answer);
        assert_true(gvm_u256_eq(s[EVM].answer, gvm_u256_from_be(word)));
    }
    if (c->host_order != NULL && c->outcome == GVM_OUT_SUCCESS) {
        make_wasm(&bare[WASM], c, &a, false);
        run(&without, WASM, c, bare);
    }
    for (int i = ZVM; i < ENGINES; i++)
        if (codes[i].len > 0) compare(c, &s[EVM], &s[i], i);
    if (op->zvm != 0) check_entry(c, &a, s, &without);
    for (int i = 0; i < ENGINES; i++) {
        gvm_buf_free(&codes[i]);
        gvm_buf_free(&bare[i]);
        free_seen(&s[i]);
    }
    free_seen(&without);
    free_arguments(&a);
}

static void three_engines_agree(void **state) {
    (void)state;
    bool covered[GVM_GHOST_COUNT] = {false};
    for (int i = 0; i < CASES; i++) {
        if (!has_contract(gvm_ghost_op_of(cases[i].id))) continue;
        one_case(&cases[i]);
        covered[cases[i].id] |= cases[i].outcome == GVM_OUT_SUCCESS ||
                                gvm_ghost_op_of(cases[i].id)->contract.b[19] == 0x60 ||
                                cases[i].id == GVM_GHOST_ML_KEM_DECAPSULATE;
    }
    for (int i = 0; i < GVM_GHOST_COUNT; i++)
        if (has_contract(gvm_ghost_op_of((gvm_ghost_op_id)i)) && !covered[i])
            fail_msg("%s has no case", gvm_ghost_op_of((gvm_ghost_op_id)i)->name);
}

/* ---- what native code refuses, whoever calls: tokens' transfer (a write without value) */

typedef enum native_rule {
    RULE_PLAIN, /* the call itself, which is good */
    RULE_STATIC,
    RULE_DELEGATE,
    RULE_VALUE,
    RULE_DELEGATION, /* of an account to the contract (EIP-7702) */
    RULES
} native_rule;

static const gvm_address delegating = {{0xd0}};

static void transfer_calldata(gvm_buf *out) {
    const gvm_ghost_op *op = gvm_ghost_op_of(GVM_GHOST_TOKEN_TRANSFER);
    uint8_t words[96] = {[31] = 4, [32 + 12] = 0xac, [63] = 2, [95] = 1};
    gvm_buf_append(out, op->selector, 4);
    gvm_buf_append(out, words, sizeof words);
}

/* Answers the success bit as a word. */
static void rule_stack_code(gvm_buf *out, native_rule rule, bool zvm) {
    gvm_buf data = {0}, code = {0};
    const gvm_address *to =
        rule == RULE_DELEGATION ? &delegating : &gvm_ghost_op_of(GVM_GHOST_TOKEN_BALANCE)->contract;
    uint8_t op = rule == RULE_STATIC     ? GVM_OP_STATICCALL
                 : rule == RULE_DELEGATE ? GVM_OP_DELEGATECALL
                                         : GVM_OP_CALL;
    transfer_calldata(&data);
    store(&code, false, gvm_buf_bytes(&data), 0);
    put16(&code, GVM_OP_PUSH2, 0);
    put16(&code, GVM_OP_PUSH2, 0);
    put16(&code, GVM_OP_PUSH2, data.len);
    put16(&code, GVM_OP_PUSH2, 0);
    if (op == GVM_OP_CALL) put16(&code, GVM_OP_PUSH2, rule == RULE_VALUE);
    gvm_buf_put(&code, GVM_OP_PUSH20);
    gvm_buf_append(&code, to->b, 20);
    put16(&code, GVM_OP_PUSH2, 50000);
    gvm_buf_put(&code, op);
    put16(&code, GVM_OP_PUSH2, 0);
    gvm_buf_put(&code, GVM_OP_MSTORE);
    put16(&code, GVM_OP_PUSH2, 32);
    put16(&code, GVM_OP_PUSH2, 0);
    gvm_buf_put(&code, GVM_OP_RETURN);
    if (zvm) {
        gvm_buf inner = {0};
        assert_true(zvm_from_evm(&inner, gvm_buf_bytes(&code), GVM_FORK_OSAKA, true));
        zvm_put_deployed(out, gvm_buf_bytes(&inner));
        gvm_buf_free(&inner);
    } else {
        gvm_buf_append(out, code.ptr, code.len);
    }
    gvm_buf_free(&code);
    gvm_buf_free(&data);
}

static void rule_wasm_code(gvm_buf *out, native_rule rule) {
    wasm_contract w = {.pages = 1};
    gvm_buf data = {0}, module = {0}, *b = &w.invoke;
    const gvm_address *to =
        rule == RULE_DELEGATION ? &delegating : &gvm_ghost_op_of(GVM_GHOST_TOKEN_BALANCE)->contract;
    transfer_calldata(&data);
    wc_data(&w, 0, gvm_bytes_make(to->b, 20));
    if (rule == RULE_VALUE) wc_data_byte(&w, 63, 1);
    wc_data(&w, 1024, gvm_buf_bytes(&data));
    wc_i32(b, 31 + 512);
    uint32_t len = (uint32_t)data.len;
    if (rule == RULE_STATIC)
        wc_host(&w, b, "ghost.static_call", 0, UINT64_C(50000), 1024, len);
    else if (rule == RULE_DELEGATE)
        wc_host(&w, b, "ghost.delegate_call", 0, UINT64_C(50000), 1024, len);
    else
        wc_host(&w, b, "ghost.call", 0, 32, UINT64_C(50000), 1024, len);
    wc_op(b, 0x45, 0x3a, 0, 0); /* i32.eqz, i32.store8 */
    wc_host(&w, b, "ghost.output", 512, 32);
    wc_i32(b, 0);
    wc_finish(&w, &module);
    gvm_buf_append(out, "\xef\x47\0", 3);
    gvm_buf_append(out, module.ptr, module.len);
    gvm_buf_free(&data);
    gvm_buf_free(&module);
    wc_free(&w);
}

static void native_code_refuses_from_every_engine(void **state) {
    (void)state;
    for (int rule = 0; rule < RULES; rule++)
        for (int engine = 0; engine < ENGINES; engine++) {
            ghost_world w;
            gvm_buf codes[ENGINES] = {{0}}, designator = {0};
            uint8_t input[32] = {0};
            gvm_address bob = ghost_account(2);
            if (engine == WASM)
                rule_wasm_code(&codes[WASM], (native_rule)rule);
            else
                rule_stack_code(&codes[engine], (native_rule)rule, engine == ZVM);
            open_with(&w, codes);
            gvm_buf_append(&designator, "\xef\x01\0", 3);
            gvm_buf_append(&designator, gvm_tokens_address.b, 20);
            gvm_state_set_code(w.state, gvm_state_entry(w.state, &delegating),
                               gvm_buf_bytes(&designator));
            memcpy(input + 12, engines[engine].b, 20);
            gvm_message msg = {.kind = GVM_CALL,
                               .gas = GAS,
                               .sender = ghost_account(1),
                               .recipient = actor,
                               .code_address = actor,
                               .input = gvm_bytes_make(input, sizeof input)};
            gvm_state_begin_tx(w.state);
            assert_int_equal(gvm_vm_execute(&w.vm, &w.result, &msg), GVM_OK);
            assert_string_equal(gvm_outcome_name(w.result.outcome), "SUCCESS");
            assert_int_equal(w.result.output.len, 32);
            gvm_u256 answer = gvm_u256_from_be(w.result.output.ptr);
            if (answer.w[0] != (rule == RULE_PLAIN))
                fail_msg("rule %d from %s: %llu", rule, engine_names[engine],
                         (unsigned long long)answer.w[0]);
            gvm_cells cells = gvm_cells_of_vm(&w.vm, &gvm_tokens_address);
            gvm_u256 moved = gvm_token_balance(&cells, GVM_TOKEN_GHOST, &bob);
            assert_int_equal(moved.w[0], rule == RULE_PLAIN);
            assert_true(gvm_u256_is_zero(gvm_state_entry(w.state, &gvm_tokens_address)->balance));
            ghost_world_close(&w);
            gvm_buf_free(&designator);
            for (int i = 0; i < ENGINES; i++) gvm_buf_free(&codes[i]);
        }
}

/* ---- tables */

static void rows_are_the_contracts_functions(void **state) {
    (void)state;
    for (int i = 0; i < GVM_GHOST_COUNT; i++) {
        const gvm_ghost_op *op = gvm_ghost_op_of((gvm_ghost_op_id)i);
        const gvm_sys_entry *entry = gvm_system_entry(&op->contract);
        if (entry == NULL || entry->contract->unavailable) continue;
        const gvm_sys_item *item = gvm_system_function(entry->contract, op->selector);
        if (item == NULL) fail_msg("%s: no function %s", op->name, op->signature);
        assert_int_equal(item->row->kind == GVM_SYS_VIEW, op->view);
        const gvm_abi_type *results = item->abi.outputs;
        size_t count = results != NULL ? results->count : 0;
        bool fits = op->returns == GVM_GHOST_RETURNS_NONE ? count == 0
                    : op->returns == GVM_GHOST_RETURNS_WORD
                        ? count > 0 && gvm_abi_is_scalar(results->fields[0].type)
                        : count == 1 && (results->fields[0].type->kind == GVM_ABI_BYTES ||
                                         results->fields[0].type->kind == GVM_ABI_STRING);
        if (!fits) fail_msg("%s: results of %s", op->name, op->signature);
        assert_int_equal(item->abi.inputs->count, op->arg_count);
        for (size_t k = 0; k < op->arg_count; k++) {
            const gvm_abi_type *t = item->abi.inputs->fields[k].type;
            assert_int_equal(gvm_abi_is_scalar(t), gvm_ghost_is_word(op->args[k]));
            assert_int_equal(t->kind == GVM_ABI_BYTES || t->kind == GVM_ABI_STRING,
                             op->args[k] == GVM_GHOST_BYTES);
        }
    }
}

/* Every operation that has a host function has its row. */
static void host_functions_have_operations(void **state) {
    (void)state;
    size_t count;
    const gvm_wasm_hostcall *rows = gvm_wasm_hostcalls(&count);
    for (size_t i = 0; i < count; i++) {
        const gvm_ghost_op *op = gvm_ghost_by_host(rows[i].name);
        if (op == NULL || strcmp(rows[i].module, "ghost") != 0) continue;
        assert_int_not_equal(rows[i].since, 0);
        assert_int_equal(rows[i].writes, !op->view);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_the_contracts_functions),
        cmocka_unit_test(host_functions_have_operations),
        cmocka_unit_test(three_engines_agree),
        cmocka_unit_test(native_code_refuses_from_every_engine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
