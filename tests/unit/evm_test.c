/* Small programs whose results the Yellow Paper and the EIPs state, each run by all three loops of
 * the interpreter. */
#include "vm/evm/analysis.h"
#include "vm/evm/evm.h"

#include "support/evm_world.h"
#include "support/hex.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void count_step(void *ctx, const gvm_frame *f, const gvm_trace_step *step) {
    (void)f, (void)step;
    ++*(unsigned *)ctx;
}

/* Runs code with each loop and checks outcome, gas used and output (hex) each time. */
static void check(gvm_fork fork, const char *code_hex, int64_t gas, gvm_outcome outcome,
                  int64_t gas_used, const char *output_hex) {
    static uint8_t code[65536], expected[4096];
    size_t code_len = hex_bytes(code, sizeof code, code_hex);
    size_t expected_len = hex_bytes(expected, sizeof expected, output_hex);
    static const uint8_t input[36] = {0x11, 0x22, 0x33, [35] = 0x44};
    static const gvm_evm_mode modes[] = {GVM_EVM_BYTES, GVM_EVM_PROGRAM, GVM_EVM_AUTO,
                                         GVM_EVM_AUTO};
    unsigned steps = 0;
    gvm_tracer tracer = {.ctx = &steps, .want_steps = true, .step = count_step};
    for (int loop = 0; loop < 4; loop++) {
        evm_world w;
        evm_world_open(&w, fork);
        evm_world_put(&w, &evm_contract, 77, gvm_bytes_make(code, code_len));
        gvm_evm_set_mode(modes[loop]);
        if (loop == 3) w.vm.tracer = &tracer;
        evm_world_call(&w, &evm_contract, gas, gvm_bytes_make(input, sizeof input));
        assert_string_equal(gvm_outcome_name(w.result.outcome), gvm_outcome_name(outcome));
        if (gas_used >= 0) assert_int_equal(gas - w.result.gas_left, gas_used);
        assert_int_equal(w.result.output.len, expected_len);
        if (expected_len > 0) assert_memory_equal(w.result.output.ptr, expected, expected_len);
        evm_world_close(&w);
    }
    gvm_evm_set_mode(GVM_EVM_AUTO);
}

#define WORD0 "0000000000000000000000000000000000000000000000000000000000000000"
#define RET   "60005260206000f3" /* MSTORE at 0, RETURN 32 bytes: 3+3+3 memory, 3+3 */

static void arithmetic(void **state) {
    (void)state;
    const gvm_fork f = GVM_FORK_OSAKA;
    /* 3 + 4; PUSH1 PUSH1 ADD PUSH1 MSTORE PUSH1 PUSH1 RETURN = 3*7 + 3 memory */
    check(f, "6003600401" RET, 100000, GVM_OUT_SUCCESS, 24,
          "0000000000000000000000000000000000000000000000000000000000000007");
    /* 3 - 4 */
    check(f, "6004600303" RET, 100000, GVM_OUT_SUCCESS, 24,
          "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff");
    /* EXP(2, 256 bits of exponent: 1 byte) = 10 + 50 */
    check(f, "60ff60020a" RET, 100000, GVM_OUT_SUCCESS, 81,
          "8000000000000000000000000000000000000000000000000000000000000000");
    /* CLZ(1) = 255, 5 gas; before Osaka no instruction */
    check(f, "60011e" RET, 100000, GVM_OUT_SUCCESS, 23,
          "00000000000000000000000000000000000000000000000000000000000000ff");
    check(GVM_FORK_PRAGUE, "60011e" RET, 100000, GVM_OUT_INVALID_OPCODE, 100000, "");
    /* Keccak-256 of 32 zero bytes: 30 + 6 + 3 memory */
    check(f, "6020600020" RET, 100000, GVM_OUT_SUCCESS, 6 + 39 + 12,
          "290decd9548b62a8d60345a988386fc84ba6bc95484008f6362f93160ef3e563");
}

static void pushes(void **state) {
    (void)state;
    /* an immediate cut off by the end of the code reads zeros: PUSH2 at the end is 2 bytes short */
    check(GVM_FORK_CANCUN, "61", 3, GVM_OUT_SUCCESS, 3, "");
    check(GVM_FORK_CANCUN, "7f0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20" RET,
          100000, GVM_OUT_SUCCESS, 18,
          "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20");
    check(GVM_FORK_SHANGHAI, "5f" RET, 100000, GVM_OUT_SUCCESS, 17, WORD0);
    check(GVM_FORK_PARIS, "5f" RET, 100000, GVM_OUT_INVALID_OPCODE, 100000, "");
    /* PUSH9 leads zeros; PC; CODESIZE; GAS after itself */
    check(GVM_FORK_CANCUN, "6800000000000000000558015a" RET, 1000, GVM_OUT_SUCCESS, -1,
          "00000000000000000000000000000000000000000000000000000000000003de");
}

static void jumps(void **state) {
    (void)state;
    /* loop ten times: i in memory-free form; JUMPDEST PUSH1 1 SWAP1 SUB DUP1 PUSH1 2 JUMPI */
    check(GVM_FORK_CANCUN, "600a5b6001900380600257" RET, 100000, GVM_OUT_SUCCESS,
          3 + 10 * (1 + 3 + 3 + 3 + 3 + 3 + 10) + 15, WORD0);
}

static void jump_faults(void **state) {
    (void)state;
    check(GVM_FORK_CANCUN, "600356005b", 100, GVM_OUT_INVALID_JUMP, 100, "");
    /* 0x5b inside a push is no destination */
    check(GVM_FORK_CANCUN, "600456605b00", 100, GVM_OUT_INVALID_JUMP, 100, "");
    /* static JUMPI that is not taken may name any place */
    check(GVM_FORK_CANCUN, "6000600357", 100, GVM_OUT_SUCCESS, 16, "");
    check(GVM_FORK_CANCUN, "6001600357", 100, GVM_OUT_INVALID_JUMP, 100, "");
    /* destination beyond 64 bits */
    check(GVM_FORK_CANCUN, "68010000000000000000565b", 100, GVM_OUT_INVALID_JUMP, 100, "");
    /* two JUMPDESTs in a row cost one each, the second may be jumped to alone */
    check(GVM_FORK_CANCUN, "6004565b5b00", 100, GVM_OUT_SUCCESS, 3 + 8 + 1, "");
    check(GVM_FORK_CANCUN, "6003565b5b00", 100, GVM_OUT_SUCCESS, 3 + 8 + 2, "");
    check(GVM_FORK_CANCUN, "5b5b00", 100, GVM_OUT_SUCCESS, 2, "");
}

static void limits(void **state) {
    (void)state;
    check(GVM_FORK_CANCUN, "01", 100, GVM_OUT_STACK_UNDERFLOW, 100, "");
    check(GVM_FORK_CANCUN, "fe", 100, GVM_OUT_INVALID_OPCODE, 100, "");
    check(GVM_FORK_CANCUN, "0c", 100, GVM_OUT_INVALID_OPCODE, 100, "");
    /* out of gas by one */
    check(GVM_FORK_CANCUN, "6003600401" RET, 24, GVM_OUT_SUCCESS, 24,
          "0000000000000000000000000000000000000000000000000000000000000007");
    check(GVM_FORK_CANCUN, "6003600401" RET, 23, GVM_OUT_OUT_OF_GAS, 23, "");
    /* 1024 words fit, 1025 do not: PUSH1 0, loop of DUP1 */
    static char code[8192];
    for (int words = 1024; words <= 1025; words++) {
        strcpy(code, "6000");
        for (int i = 1; i < words; i++) strcat(code, "80");
        check(GVM_FORK_CANCUN, code, 10000,
              words == 1024 ? GVM_OUT_SUCCESS : GVM_OUT_STACK_OVERFLOW,
              words == 1024 ? 3 * 1024 : 10000, "");
    }
    /* memory that nobody can pay */
    check(GVM_FORK_CANCUN, "67ffffffffffffffff51", 1000000, GVM_OUT_OUT_OF_GAS, 1000000, "");
    check(GVM_FORK_CANCUN,
          "600160007fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff37", 1000000,
          GVM_OUT_OUT_OF_GAS, 1000000, "");
    /* nothing copied to a far place is free */
    check(GVM_FORK_CANCUN,
          "600060007fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff3700", 1000000,
          GVM_OUT_SUCCESS, 12, "");
    /* RETURNDATACOPY past the end */
    check(GVM_FORK_CANCUN, "6001600060003e", 1000, GVM_OUT_RETURN_DATA_BOUNDS, 1000, "");
}

static void calls(void **state) {
    (void)state;
    /* called with input it calls itself without, and hands on the answer: CALLER */
    check(GVM_FORK_CANCUN,
          "36600d57"         /* CALLDATASIZE PUSH 13 JUMPI */
          "33" RET           /* CALLER; return */
          "5b"               /* 13: */
          "6020600060006000" /* out size 32, out 0, in size 0, in 0 */
          "6000305af1"       /* value 0, self, all gas, CALL */
          "50"
          "60206000f3",
          100000, GVM_OUT_SUCCESS, -1,
          "000000000000000000000000c000000000000000000000000000000000000000");
    /* SSTORE in a static call fails the callee alone: result 0 */
    check(GVM_FORK_CANCUN,
          "36600a57"
          "6001600055"
          "00"
          "5b"
          "600060006000600030614e20fa" RET,
          100000, GVM_OUT_SUCCESS, -1, WORD0);
    /* revert data */
    check(GVM_FORK_CANCUN, "602a60005260206000fd", 100000, GVM_OUT_REVERT, 18,
          "000000000000000000000000000000000000000000000000000000000000002a");
    /* creation of an empty contract, with value beyond the balance refused: pushes 0 */
    check(GVM_FORK_CANCUN, "60006000604ef0" RET, 100000, GVM_OUT_SUCCESS, -1, WORD0);
}

static void storage(void **state) {
    (void)state;
    /* SSTORE(0, 5): cold 2100 + set 20000; SLOAD warm 100 */
    check(GVM_FORK_CANCUN, "6005600055600054" RET, 100000, GVM_OUT_SUCCESS,
          3 + 3 + 22100 + 3 + 100 + 18 - 3,
          "0000000000000000000000000000000000000000000000000000000000000005");
    /* TSTORE, TLOAD: 100 each */
    check(GVM_FORK_CANCUN, "600560005d60005c" RET, 100000, GVM_OUT_SUCCESS,
          3 + 3 + 100 + 3 + 100 + 15,
          "0000000000000000000000000000000000000000000000000000000000000005");
    check(GVM_FORK_SHANGHAI, "600560005d60005c" RET, 100000, GVM_OUT_INVALID_OPCODE, 100000, "");
}

static void deep_stack(void **state) {
    (void)state;
    /* EIP-8024's own example: DUPN 17 with immediate 0x80 over 17 words duplicates the lowest */
    check(GVM_FORK_AMSTERDAM,
          "6001"
          "60006000600060006000600060006000600060006000600060006000600060"
          "00"
          "e680" RET,
          100000, GVM_OUT_SUCCESS, -1,
          "0000000000000000000000000000000000000000000000000000000000000001");
}

/* Hot code that starts from its bytes moves over to its program in the middle of a loop. */
static void gets_hot(void **state) {
    (void)state;
    check(GVM_FORK_CANCUN,
          "6127105b6001900380600357"
          "00",
          1000000, GVM_OUT_SUCCESS, 3 + 10000 * 26, "");
}

static void cache_is_bounded(void **state) {
    (void)state;
    gvm_evm_cache_limit(0);
    assert_int_equal(gvm_evm_cache_bytes(), 0);
    gvm_evm_cache_limit(20000);
    static uint8_t code[4096];
    void *hints[100] = {NULL};
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < 100; i++) {
            gvm_hash hash = {{(uint8_t)i, 1}};
            code[0] = i % 2 ? GVM_OP_JUMPDEST : GVM_OP_STOP;
            gvm_evm_code *c =
                gvm_evm_code_acquire(&hints[i], &hash, gvm_opcode_set_of(GVM_FORK_CANCUN),
                                     gvm_bytes_make(code, sizeof code));
            assert_non_null(c);
            assert_int_equal(gvm_evm_is_jumpdest(c, 0), i % 2);
            if (i % 3 == 0)
                assert_true(gvm_evm_code_translate(c, gvm_bytes_make(code, sizeof code)));
            gvm_evm_code_release(c);
        }
    }
    gvm_evm_cache_limit(20000);
    assert_true(gvm_evm_cache_bytes() <= 20000);
    gvm_evm_cache_limit(GVM_EVM_CACHE_BYTES);
}

/* Workers that share the cache while it is far too small: what each holds stays right. */
static void *use_cache(void *arg) {
    static uint8_t code[2048];
    void *hints[16] = {NULL};
    unsigned seed = (unsigned)(uintptr_t)arg;
    bool good = true;
    for (unsigned i = 0; i < 20000; i++) {
        seed = seed * 1664525 + 1013904223;
        unsigned which = seed >> 20 & 15;
        gvm_hash hash = {{(uint8_t)which, 2}};
        gvm_bytes bytes = gvm_bytes_make(code, 64 + 64 * which);
        gvm_evm_code *c = gvm_evm_code_acquire(&hints[seed >> 28], &hash,
                                               gvm_opcode_set_of(GVM_FORK_CANCUN), bytes);
        good &= c != NULL && c->len == bytes.len;
        if ((seed >> 16 & 3) == 0) good &= c != NULL && gvm_evm_code_translate(c, bytes);
        gvm_evm_code_release(c);
    }
    return good ? arg : NULL;
}

static void cache_is_shared(void **state) {
    (void)state;
    pthread_t threads[4];
    gvm_evm_cache_limit(3000);
    for (uintptr_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, use_cache, (void *)(i + 1)), 0);
    for (int i = 0; i < 4; i++) {
        void *good;
        assert_int_equal(pthread_join(threads[i], &good), 0);
        assert_non_null(good);
    }
    gvm_evm_cache_limit(0);
    assert_int_equal(gvm_evm_cache_bytes(), 0);
    gvm_evm_cache_limit(GVM_EVM_CACHE_BYTES);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arithmetic),      cmocka_unit_test(pushes),
        cmocka_unit_test(jumps),           cmocka_unit_test(jump_faults),
        cmocka_unit_test(limits),          cmocka_unit_test(calls),
        cmocka_unit_test(storage),         cmocka_unit_test(deep_stack),
        cmocka_unit_test(gets_hot),        cmocka_unit_test(cache_is_bounded),
        cmocka_unit_test(cache_is_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
