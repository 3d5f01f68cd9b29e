/* Staging and deployment through the contracts contract, 0x...4740. */
#include "crypto/blake3.h"
#include "crypto/keccak.h"
#include "system/contracts.h"
#include "system/system.h"
#include "vm/container.h"

#include "support/evm_world.h"
#include "support/wasm_contract.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define GAS INT64_C(30000000)

static const gvm_address contracts_at = {{[18] = 0x47, [19] = 0x40}}, other = {{0x07}};

static void put_selector(gvm_buf *b, const char *signature) {
    gvm_hash h;
    gvm_keccak256(&h, gvm_bytes_str(signature));
    gvm_buf_append(b, h.b, 4);
}
static void put_word(gvm_buf *b, uint64_t v) {
    uint8_t word[32] = {0};
    gvm_store_be64(word + 24, v);
    gvm_buf_append(b, word, 32);
}
static void put_address(gvm_buf *b, const gvm_address *a) {
    uint8_t word[32] = {0};
    memcpy(word + 12, a->b, 20);
    gvm_buf_append(b, word, 32);
}
static void put_bytes(gvm_buf *b, gvm_bytes v) {
    static const uint8_t zeros[32];
    put_word(b, v.len);
    gvm_buf_append(b, v.ptr, v.len);
    gvm_buf_append(b, zeros, (32 - v.len % 32) % 32);
}

static void call(evm_world *w, const gvm_address *sender, const gvm_buf *input) {
    gvm_message msg = {.kind = GVM_CALL,
                       .gas = GAS,
                       .sender = *sender,
                       .recipient = contracts_at,
                       .code_address = contracts_at,
                       .input = gvm_buf_bytes(input)};
    assert_int_equal(gvm_vm_execute(&w->vm, &w->result, &msg), GVM_OK);
}

/* Reverted with this error. */
static void assert_error(const evm_world *w, const char *signature) {
    gvm_buf b = {0};
    put_selector(&b, signature);
    assert_int_equal(w->result.outcome, GVM_OUT_REVERT);
    assert_true(w->result.output.len >= 4);
    assert_memory_equal(w->result.output.ptr, b.ptr, 4);
    gvm_buf_free(&b);
}

static void stage(evm_world *w, gvm_address *at, gvm_bytes chunk) {
    gvm_buf in = {0};
    put_selector(&in, "stage(bytes)");
    put_word(&in, 32);
    put_bytes(&in, chunk);
    call(w, &evm_sender, &in);
    if (w->result.outcome == GVM_OUT_SUCCESS) memcpy(at->b, w->result.output.ptr + 12, 20);
    gvm_buf_free(&in);
}

static void deploy(evm_world *w, const gvm_address *sender, const gvm_hash *hash,
                   const gvm_address *chunks, size_t count, gvm_bytes data) {
    gvm_buf in = {0};
    put_selector(&in, "deploy(bytes32,address[],bytes)");
    gvm_buf_append(&in, hash->b, 32);
    put_word(&in, 96);
    put_word(&in, 96 + 32 + 32 * count);
    put_word(&in, count);
    for (size_t i = 0; i < count; i++) put_address(&in, &chunks[i]);
    put_bytes(&in, data);
    call(w, sender, &in);
    gvm_buf_free(&in);
}

static void open_world(evm_world *w) {
    evm_world_open(w, GVM_FORK_OSAKA);
    w->vm.rules = gvm_rules_ghost(GVM_FORK_OSAKA);
    w->vm.system = gvm_system_find;
    w->vm.block.timestamp = 1000;
    evm_world_put(w, &contracts_at, 0, gvm_bytes_make("\xfe", 1));
    gvm_state_begin_tx(w->state);
}

/* A module of some 150 kB; init keeps CALLER in slot 0 and the constructor's word in slot 1. */
static void build(gvm_buf *module) {
    static uint8_t filler[150000];
    wasm_contract c = {.pages = 1};
    for (size_t i = 0; i < sizeof filler; i++) filler[i] = (uint8_t)(i * 7 + i / 256);
    wc_data_byte(&c, 63, 1);
    wc_host(&c, &c.init, "ghost.caller", 76u);
    wc_host(&c, &c.init, "ghost.storage_store", 0u, 64u);
    wc_host(&c, &c.init, "ghost.input_copy", 96u, 0u, 32u);
    wc_host(&c, &c.init, "ghost.storage_store", 32u, 96u);
    wc_i32(&c.init, 0);
    wc_custom(&c, "filler", gvm_bytes_make(filler, sizeof filler));
    wc_custom(&c, "ghost.end", gvm_bytes_make(NULL, 0));
    wc_finish(&c, module);
    wc_free(&c);
}

static uint64_t slot(evm_world *w, const gvm_address *at, uint64_t key) {
    gvm_u256 k = gvm_u256_from_u64(key);
    return gvm_state_slot(w->state, gvm_state_entry(w->state, at), &k)->current.w[0];
}

static void large_modules_are_staged_and_deployed(void **state) {
    (void)state;
    evm_world w;
    gvm_buf module = {0};
    gvm_address chunks[3], created;
    gvm_hash hash;
    uint8_t argument[32] = {[31] = 99};
    open_world(&w);
    build(&module);
    gvm_blake3(&hash, gvm_buf_bytes(&module));
    for (size_t i = 0; i < 3; i++) {
        size_t from = i * GVM_CHUNK_MAX;
        size_t len = i < 2 ? GVM_CHUNK_MAX : module.len - from;
        stage(&w, &chunks[i], gvm_bytes_make(module.ptr + from, len));
        assert_int_equal(w.result.outcome, GVM_OUT_SUCCESS);
        assert_true(GAS - w.result.gas_left > (int64_t)len * 200);
        gvm_bytes code = gvm_state_code(w.state, gvm_state_entry(w.state, &chunks[i]));
        assert_int_equal(code.len, len + 3);
        assert_memory_equal(code.ptr, "\xef\x47\x03", 3);
        gvm_hash piece;
        gvm_address expected;
        gvm_blake3(&piece, gvm_bytes_make(module.ptr + from, len));
        gvm_chunk_address(&expected, &evm_sender, &piece);
        assert_memory_equal(&expected, &chunks[i], 20);
    }
    /* again: only renews */
    stage(&w, &chunks[0], gvm_bytes_make(module.ptr, GVM_CHUNK_MAX));
    assert_int_equal(w.result.outcome, GVM_OUT_SUCCESS);
    assert_true(GAS - w.result.gas_left < 200000);
    /* the bytes are paid: what is left fits in a transaction */
    deploy(&w, &evm_sender, &hash, chunks, 3, gvm_bytes_make(argument, 32));
    assert_int_equal(w.result.outcome, GVM_OUT_SUCCESS);
    assert_true(GAS - w.result.gas_left < 1000000);
    memcpy(created.b, w.result.output.ptr + 12, 20);
    gvm_bytes code = gvm_state_code(w.state, gvm_state_entry(w.state, &created));
    assert_int_equal(code.len, module.len + 3);
    assert_memory_equal(code.ptr + 3, module.ptr, module.len);
    gvm_u256 zero = gvm_u256_zero();
    gvm_u256 caller = gvm_state_slot(w.state, gvm_state_entry(w.state, &created), &zero)->current;
    gvm_address seen = gvm_u256_to_address(caller);
    assert_memory_equal(&seen, &evm_sender, 20); /* the constructor sees the deployer */
    assert_int_equal(slot(&w, &created, 1), 99);
    /* and the chunks are used up */
    assert_int_equal(gvm_state_code(w.state, gvm_state_entry(w.state, &chunks[0])).len, 0);
    deploy(&w, &evm_sender, &hash, chunks, 3, gvm_bytes_make(argument, 32));
    assert_error(&w, "NoChunk(address)");
    gvm_buf_free(&module);
    evm_world_close(&w);
}

static void deployment_refuses(void **state) {
    (void)state;
    evm_world w;
    gvm_address chunk;
    gvm_hash hash, wrong = {{1}};
    static const uint8_t text[] = "not a module";
    gvm_bytes data = gvm_bytes_make(text, sizeof text), none = gvm_bytes_make(NULL, 0);
    open_world(&w);
    stage(&w, &chunk, none);
    assert_error(&w, "ChunkSize(uint256)");
    static uint8_t big[GVM_CHUNK_MAX + 1];
    stage(&w, &chunk, gvm_bytes_make(big, sizeof big));
    assert_error(&w, "ChunkSize(uint256)");
    stage(&w, &chunk, data);
    assert_int_equal(w.result.outcome, GVM_OUT_SUCCESS);
    gvm_blake3(&hash, data);
    deploy(&w, &evm_sender, &wrong, &chunk, 1, none);
    assert_error(&w, "ModuleHash(bytes32)");
    deploy(&w, &evm_sender, &hash, &chunk, 1, none);
    assert_error(&w, "NotAModule()");
    deploy(&w, &other, &hash, &chunk, 1, none); /* somebody else's chunk */
    assert_error(&w, "NoChunk(address)");
    w.vm.block.timestamp += 30 * 24 * 3600;
    deploy(&w, &evm_sender, &hash, &chunk, 1, none); /* expired */
    assert_error(&w, "NoChunk(address)");
    evm_world_close(&w);
}

static void chunks_can_be_deleted(void **state) {
    (void)state;
    evm_world w;
    gvm_address chunk;
    gvm_buf in = {0};
    open_world(&w);
    for (int expired = 0; expired < 2; expired++) {
        stage(&w, &chunk, gvm_bytes_str("some bytes"));
        gvm_buf_clear(&in);
        put_selector(&in, "unstage(address)");
        put_address(&in, &chunk);
        call(&w, &other, &in);
        assert_error(&w, "NotStager(address)");
        if (expired) w.vm.block.timestamp += 30 * 24 * 3600;
        call(&w, expired ? &other : &evm_sender, &in);
        assert_int_equal(w.result.outcome, GVM_OUT_SUCCESS);
        assert_int_equal(gvm_state_code(w.state, gvm_state_entry(w.state, &chunk)).len, 0);
        call(&w, &evm_sender, &in);
        assert_error(&w, "NoChunk(address)");
        gvm_state_end_tx(w.state, true);
        gvm_state_begin_tx(w.state);
        assert_false(gvm_state_entry(w.state, &chunk)->exists);
    }
    /* a chunk cannot be called */
    stage(&w, &chunk, gvm_bytes_str("some bytes"));
    gvm_message msg = {
        .kind = GVM_CALL, .gas = GAS, .sender = other, .recipient = chunk, .code_address = chunk};
    assert_int_equal(gvm_vm_execute(&w.vm, &w.result, &msg), GVM_OK);
    assert_int_equal(w.result.outcome, GVM_OUT_INVALID_OPCODE);
    gvm_buf_free(&in);
    evm_world_close(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(large_modules_are_staged_and_deployed),
        cmocka_unit_test(deployment_refuses),
        cmocka_unit_test(chunks_can_be_deleted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
