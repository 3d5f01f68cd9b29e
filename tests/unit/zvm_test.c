/* ZVM containers: what is deployed and what is refused, and that what is inside runs as the formats
 * document says, on each of the interpreter's loops. */
#include "vm/evm/trace3155.h"
#include "vm/zvm/asm.h"
#include "vm/zvm/container.h"
#include "vm/zvm/opcodes.h"
#include "vm/vm.h"

#include "support/evm_world.h"
#include "support/hex.h"
#include "vm/ghost_ops.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const gvm_evm_mode modes[] = {GVM_EVM_BYTES, GVM_EVM_PROGRAM, GVM_EVM_AUTO};

static void assemble(gvm_buf *out, const char *source, bool deployed) {
    gvm_zvm_program p;
    gvm_error err;
    if (gvm_zvm_assemble(&p, gvm_bytes_str(source), &err) != GVM_OK)
        fail_msg("%s", gvm_error_text(&err));
    if (deployed) gvm_buf_append(out, "\xef\x47\x02", 3);
    gvm_zvm_program_put(out, &p);
    assert_int_equal(gvm_buf_status(out), GVM_OK);
    gvm_zvm_program_free(&p);
}

static void open_world(evm_world *w) {
    evm_world_open(w, GVM_FORK_OSAKA);
    w->vm.rules = gvm_rules_ghost(GVM_FORK_OSAKA);
}

static void check_code(gvm_bytes code, int64_t gas, gvm_outcome outcome, int64_t gas_used,
                       const char *output_hex) {
    static uint8_t expected[4096];
    size_t expected_len = hex_bytes(expected, sizeof expected, output_hex);
    static const uint8_t input[36] = {0x11, 0x22, 0x33, [35] = 0x44};
    for (int loop = 0; loop < 4; loop++) {
        evm_world w;
        gvm_trace3155 trace;
        gvm_trace3155_init(&trace, NULL, 0);
        open_world(&w);
        evm_world_put(&w, &evm_contract, 77, code);
        gvm_evm_set_mode(loop < 3 ? modes[loop] : GVM_EVM_AUTO);
        if (loop == 3) w.vm.tracer = &trace.tracer;
        evm_world_call(&w, &evm_contract, gas, gvm_bytes_make(input, sizeof input));
        assert_string_equal(gvm_outcome_name(w.result.outcome), gvm_outcome_name(outcome));
        assert_int_equal(gas - w.result.gas_left, gas_used);
        assert_int_equal(w.result.output.len, expected_len);
        if (expected_len > 0) assert_memory_equal(w.result.output.ptr, expected, expected_len);
        evm_world_close(&w);
        gvm_trace3155_free(&trace);
    }
    gvm_evm_set_mode(GVM_EVM_AUTO);
}

static void check(const char *source, int64_t gas, gvm_outcome outcome, int64_t gas_used,
                  const char *output_hex) {
    gvm_buf code = {0};
    assemble(&code, source, true);
    check_code(gvm_buf_bytes(&code), gas, outcome, gas_used, output_hex);
    gvm_buf_free(&code);
}

#define RET   "PUSH 0\nMSTORE\nPUSH 32\nPUSH 0\nRETURN\n" /* 3 + 3 + 3 memory, 3 + 3 */
#define ZEROS "0000000000000000000000000000000000000000000000000000000000"

static void runs(void **state) {
    (void)state;
    check("", 100, GVM_OUT_SUCCESS, 0, "");
    check("HALT", 100, GVM_OUT_SUCCESS, 0, "");
    check("PUSH 1", 100, GVM_OUT_SUCCESS, 3, "");
    check("PUSH 3\nPUSH 4\nADD\n" RET, 1000, GVM_OUT_SUCCESS, 24, ZEROS "000007");
    check("PUSH 4\nPUSH 3\nSUB\n" RET, 1000, GVM_OUT_SUCCESS, 24,
          "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff");
    /* words count from 1 */
    check("PUSH 7\nPUSH 8\nPUSH 9\nDUP 3\n" RET, 1000, GVM_OUT_SUCCESS, 27, ZEROS "000007");
    check("PUSH 7\nPUSH 8\nPUSH 9\nSWAP 2\n" RET, 1000, GVM_OUT_SUCCESS, 27, ZEROS "000007");
    check("PUSH 7\nPUSH 8\nSWAP\n" RET, 1000, GVM_OUT_SUCCESS, 24, ZEROS "000007");
    check("DUP 1\nHALT", 1000, GVM_OUT_STACK_UNDERFLOW, 1000, "");
    check("PUSH 1\nSWAP 1\nHALT", 1000, GVM_OUT_STACK_UNDERFLOW, 1000, "");
    check("PUSH20 0x1122334455667788990011223344556677889900\n" RET, 1000, GVM_OUT_SUCCESS, 18,
          "0000000000000000000000001122334455667788990011223344556677889900");
    check("PUSH 0\nCALLDATALOAD\n" RET, 1000, GVM_OUT_SUCCESS, 21, "112233" ZEROS);
    check("PUSH 2\nPUSH 1\nREVERT", 1000, GVM_OUT_REVERT, 9, "0000");
    check("NUMBER\n" RET, 1000, GVM_OUT_SUCCESS, 17, ZEROS "0003e8");
    check("ADDRESS\nBALANCE\n" RET, 1000, GVM_OUT_SUCCESS, 117, ZEROS "00004d");
    check("PUSH 2\nPUSH 3\nEXP\n" RET, 1000, GVM_OUT_SUCCESS, 81, ZEROS "000009");
    /* CODECOPY counts in the code section: its first byte is PUSH1 */
    check("PUSH 1\nPUSH 0\nPUSH 0\nCODECOPY\nPUSH 1\nPUSH 0\nRETURN", 1000, GVM_OUT_SUCCESS, 24,
          "01");
    /* EXTCODESIZE counts prefix, header and code: 3 + 16 + 9 */
    check("ADDRESS\nEXTCODESIZE\n" RET, 1000, GVM_OUT_SUCCESS, 117, ZEROS "00001d");
}

static void jumps(void **state) {
    (void)state;
    check("PUSH 5\nloop:\nPUSH 1\nSWAP\nSUB\nDUP\nJUMPI loop\n" RET, 1000, GVM_OUT_SUCCESS,
          3 + 5 * (1 + 3 + 3 + 3 + 3 + 3 + 10) + 15, ZEROS "000000");
    /* a computed destination inside an immediate (0x52 of PUSH1 0x52) is none */
    check("PUSH 2\nPUSH 1\nADD\nJUMP\nPUSH1 0x52\nHALT", 1000, GVM_OUT_INVALID_JUMP, 1000, "");
    check("PUSH 4\nPUSH 3\nADD\nJUMP\nPUSH1 0x52\nHALT", 1000, GVM_OUT_INVALID_JUMP, 1000, "");
    check("PUSH 3\nPUSH 3\nADD\nJUMP\nend:\nHALT", 1000, GVM_OUT_SUCCESS, 18, "");
}

static void logs(void **state) {
    (void)state;
    /* 375 + 375 a topic + 8 a byte, memory 3, pushes */
    check("PUSH 0xbb\nPUSH 0xaa\nPUSH 5\nPUSH 0\nLOG 2\nHALT", 10000, GVM_OUT_SUCCESS,
          4 * 3 + 375 + 750 + 40 + 3, "");
    check("PUSH 0xaa\nPUSH 5\nPUSH 0\nLOG 2\nHALT", 10000, GVM_OUT_STACK_UNDERFLOW, 10000, "");
    check("PUSH 5\nPUSH 0\nLOG 0\nHALT", 10000, GVM_OUT_SUCCESS, 6 + 375 + 40 + 3, "");
}

/* What deployment refuses, and a genesis could still hold, fails when it is reached. */
static void unchecked_code(void **state) {
    (void)state;
    static const struct {
        const char *code;
        gvm_outcome outcome;
    } cases[] = {{"91", GVM_OUT_INVALID_OPCODE},   {"a3", GVM_OUT_INVALID_OPCODE},
                 {"ff", GVM_OUT_INVALID_OPCODE},   {"01010a00", GVM_OUT_INVALID_OPCODE},
                 {"0b", GVM_OUT_INVALID_OPCODE},   {"010101018505", GVM_OUT_INVALID_OPCODE},
                 {"01ff50", GVM_OUT_INVALID_JUMP}, {"5050", GVM_OUT_STACK_UNDERFLOW}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t bytes[64];
        size_t n = hex_bytes(bytes, sizeof bytes, cases[i].code);
        gvm_buf code = {0};
        gvm_buf_append(&code, "\xef\x47\x02", 3);
        gvm_zvm_container_put(&code, 0, gvm_bytes_make(bytes, n), gvm_bytes_make(NULL, 0));
        check_code(gvm_buf_bytes(&code), 5000, cases[i].outcome, 5000, "");
        gvm_buf_free(&code);
    }
    check_code(gvm_bytes_make((const uint8_t *)"\xef\x47\x02ZVM", 6), 5000, GVM_OUT_BAD_CONTAINER,
               5000, "");
}

/* ---- deployment */

static gvm_outcome deploy(gvm_bytes input, int64_t gas, int64_t *used, gvm_buf *code,
                          char *reason) {
    evm_world w;
    open_world(&w);
    gvm_message msg = {.kind = GVM_CREATE, .gas = gas, .sender = evm_sender, .input = input};
    gvm_state_begin_tx(w.state);
    assert_int_equal(gvm_vm_execute(&w.vm, &w.result, &msg), GVM_OK);
    gvm_outcome outcome = w.result.outcome;
    *used = gas - w.result.gas_left;
    gvm_buf_clear(code);
    if (outcome == GVM_OUT_SUCCESS) {
        gvm_bytes stored = gvm_state_code(w.state, gvm_state_entry(w.state, &w.result.created));
        gvm_buf_append(code, stored.ptr, stored.len);
    } else {
        gvm_buf_append(code, w.result.output.ptr, w.result.output.len);
    }
    if (reason != NULL) (void)snprintf(reason, 200, "%s", w.vm.reason.text);
    evm_world_close(&w);
    return outcome;
}

static void stores(void **state) {
    (void)state;
    gvm_buf input = {0}, code = {0};
    int64_t used;
    assemble(&input, "PUSH 1\nHALT", false);
    assert_int_equal(deploy(gvm_buf_bytes(&input), 100000, &used, &code, NULL), GVM_OUT_SUCCESS);
    assert_int_equal(used, 200 * (3 + 16 + 3));
    assert_int_equal(code.len, 3 + input.len);
    assert_memory_equal(code.ptr, "\xef\x47\x02", 3);
    assert_memory_equal(code.ptr + 3, input.ptr, input.len);
    assert_int_equal(deploy(gvm_buf_bytes(&input), 4399, &used, &code, NULL),
                     GVM_OUT_CODE_DEPOSIT_OUT_OF_GAS);
    /* EIP-170 counts all of it */
    gvm_buf_clear(&input);
    static uint8_t halts[24576];
    memset(halts, GVM_ZVM_HALT, sizeof halts);
    gvm_zvm_container_put(&input, 0, gvm_bytes_make(halts, 24576 - 19), gvm_bytes_make(NULL, 0));
    assert_int_equal(deploy(gvm_buf_bytes(&input), 10000000, &used, &code, NULL), GVM_OUT_SUCCESS);
    gvm_buf_clear(&input);
    gvm_zvm_container_put(&input, 0, gvm_bytes_make(halts, 24576 - 18), gvm_bytes_make(NULL, 0));
    assert_int_equal(deploy(gvm_buf_bytes(&input), 10000000, &used, &code, NULL),
                     GVM_OUT_CODE_TOO_LARGE);
    gvm_buf_free(&input);
    gvm_buf_free(&code);
}

static void constructs(void **state) {
    (void)state;
    gvm_buf input = {0}, code = {0};
    int64_t used;
    /* its argument goes to slot 0 (cold and new: 22,100); later calls would read it */
    assemble(&input,
             ".constructor\nADDRESS\nEXTCODESIZE\nJUMPI called\nPUSH 0\nCALLDATALOAD\nPUSH 0\n"
             "SSTORE\nPUSH 9\nPUSH 0\nRETURN\ncalled:\nPUSH 0\nSLOAD\n" RET,
             false);
    size_t container = input.len;
    uint8_t argument[32] = {[31] = 42};
    gvm_buf_append(&input, argument, sizeof argument);
    assert_int_equal(deploy(gvm_buf_bytes(&input), 100000, &used, &code, NULL), GVM_OUT_SUCCESS);
    assert_int_equal(code.len, 3 + container);
    assert_memory_equal(code.ptr + 3, input.ptr, container);
    assert_int_equal(used, 200 * (int64_t)code.len + 2 + 100 + 3 + 10 + 3 + 3 + 3 + 22100 + 9);
    gvm_buf_clear(&input);
    assemble(&input, ".constructor\nPUSH 3\nPUSH 0\nREVERT", false);
    assert_int_equal(deploy(gvm_buf_bytes(&input), 100000, &used, &code, NULL), GVM_OUT_REVERT);
    assert_int_equal(code.len, 3);
    assert_int_equal(used, 9);
    gvm_buf_clear(&input);
    assemble(&input, ".constructor\nlong:\nJUMP long", false);
    assert_int_equal(deploy(gvm_buf_bytes(&input), 10000, &used, &code, NULL), GVM_OUT_OUT_OF_GAS);
    gvm_buf_free(&input);
    gvm_buf_free(&code);
}

static void refuse(const char *input_hex, const char *why) {
    uint8_t bytes[256];
    char reason[200];
    size_t n = hex_bytes(bytes, sizeof bytes, input_hex);
    gvm_buf code = {0};
    int64_t used;
    assert_int_equal(deploy(gvm_bytes_make(bytes, n), 50000, &used, &code, reason),
                     GVM_OUT_BAD_CONTAINER);
    assert_int_equal(used, 50000);
    assert_string_equal(reason, why);
    gvm_buf_free(&code);
}

static void refuse_code(const char *code_hex, const char *why) {
    char container[256];
    (void)snprintf(container, sizeof container, "5a564d4301000000%02x00000000000000%s",
                   (unsigned)strlen(code_hex) / 2, code_hex);
    refuse(container, why);
}

static void refuses(void **state) {
    (void)state;
    refuse("5a564d43", "the header takes 16 bytes, the container has 4");
    refuse("5a564d43020000000000000000000000", "version must be 1, found 2");
    refuse("5a564d43010100000000000000000000", "target must be 0, found 1");
    refuse("5a564d43010002000000000000000000", "unknown flags must be 0, found 2");
    refuse("5a564d43010000010000000000000000", "pad must be 0, found 1");
    refuse("5a564d43010000000100000000000000",
           "1 bytes of code and 0 of ABI are announced, 0 are there");
    refuse("5a564d430100000001000000ffffffff63",
           "1 bytes of code and 4294967295 of ABI are announced, 1 are there");
    refuse("5a564d43010000000100000000000000"
           "6363",
           "1 bytes follow the container, which has no constructor");
    refuse_code("00", "code 0x0: 0x00 : no instruction");
    refuse_code("63fe", "code 0x1: 0xfe : no instruction");
    refuse_code("91", "code 0x0: 0x91 ML_KEM_ENCAPSULATE: may not be deployed");
    refuse_code("6363a3", "code 0x2: 0xa3 RING_VERIFY: may not be deployed");
    refuse_code("01", "code 0x0: 0x01 PUSH1: its immediate is cut short by the code's end");
    refuse_code("0800000000000000000000000000000000000000000000000000000000000000",
                "code 0x0: 0x08 PUSH32: its immediate is cut short by the code's end");
    refuse_code("0a00", "code 0x0: 0x0a DUPN: its immediate is out of range");
    refuse_code("0b00", "code 0x0: 0x0b SWAPN: its immediate is out of range");
    refuse_code("8505", "code 0x0: 0x85 LOG: its immediate is out of range");
    refuse_code("010050", "code 0x2: 0x50 JUMP: its destination is no JUMPDEST");
    refuse_code("0101010451", "code 0x4: 0x51 JUMPI: its destination is no JUMPDEST");
    refuse_code("0104500152", "code 0x2: 0x50 JUMP: its destination is no JUMPDEST");
    refuse_code("040000000100000000"
                "50"
                "52",
                "code 0x9: 0x50 JUMP: its destination is no JUMPDEST");
}

/* An EVM constructor cannot make one (EIP-3541); under `ethereum` rules there is none. */
static void only_ghost_makes_them(void **state) {
    (void)state;
    evm_world w;
    evm_world_open(&w, GVM_FORK_OSAKA);
    static const uint8_t container[] = "ZVMC\1\0\0\0\1\0\0\0\0\0\0\0\x63";
    gvm_message msg = {.kind = GVM_CREATE,
                       .gas = 100000,
                       .sender = evm_sender,
                       .input = gvm_bytes_make(container, 17)};
    gvm_state_begin_tx(w.state);
    assert_int_equal(gvm_vm_execute(&w.vm, &w.result, &msg), GVM_OK);
    assert_int_equal(w.result.outcome, GVM_OUT_INVALID_JUMP); /* 0x5a GAS, 0x56 JUMP */
    evm_world_close(&w);
}

/* EIP-7702: an account that delegates to a container runs it as its own. */
static void delegations_run(void **state) {
    (void)state;
    static const gvm_address account = {{0xde}};
    gvm_buf code = {0}, designator = {0};
    evm_world w;
    assemble(&code, "ADDRESS\n" RET, true);
    gvm_buf_append(&designator, "\xef\x01\0", 3);
    gvm_buf_append(&designator, evm_contract.b, 20);
    open_world(&w);
    evm_world_put(&w, &evm_contract, 0, gvm_buf_bytes(&code));
    evm_world_put(&w, &account, 0, gvm_buf_bytes(&designator));
    evm_world_call(&w, &account, 100000, gvm_bytes_make(NULL, 0));
    assert_int_equal(w.result.outcome, GVM_OUT_SUCCESS);
    assert_memory_equal(w.result.output.ptr + 12, account.b, 20);
    evm_world_close(&w);
    gvm_buf_free(&code);
    gvm_buf_free(&designator);
}

/* Every instruction that writes ends a static frame with status 5; those that look do not. */
static void static_frames_refuse_writes(void **state) {
    (void)state;
    const gvm_opcode_set *set = gvm_zvm_opcode_set();
    for (unsigned b = 1; b < 256; b++) {
        const gvm_opcode_row *row = &set->rows[b];
        const gvm_ghost_op *op = gvm_ghost_by_opcode((uint8_t)b);
        bool ghost = row->run == GVM_RUN_GHOST;
        bool writes = b == GVM_ZVM_SSTORE || b == GVM_ZVM_TSTORE || b == GVM_ZVM_LOG ||
                      b == GVM_ZVM_CREATE || b == GVM_ZVM_CREATE2 || (ghost && !op->view);
        if (!writes && !ghost) continue;
        gvm_buf code = {0}, deployed = {0};
        for (int i = 0; i < 7; i++) gvm_buf_append(&code, "\1\0", 2);
        gvm_buf_put(&code, (uint8_t)b);
        if (b == GVM_ZVM_LOG) gvm_buf_put(&code, 0);
        gvm_buf_append(&deployed, "\xef\x47\x02", 3);
        gvm_zvm_container_put(&deployed, 0, gvm_buf_bytes(&code), gvm_bytes_make(NULL, 0));
        for (int loop = 0; loop < 2; loop++) {
            evm_world w;
            open_world(&w);
            evm_world_put(&w, &evm_contract, 0, gvm_buf_bytes(&deployed));
            gvm_evm_set_mode(modes[loop]);
            gvm_message msg = {.kind = GVM_STATICCALL,
                               .is_static = true,
                               .gas = 1000000,
                               .sender = evm_sender,
                               .recipient = evm_contract,
                               .code_address = evm_contract};
            gvm_state_begin_tx(w.state);
            assert_int_equal(gvm_vm_execute(&w.vm, &w.result, &msg), GVM_OK);
            if ((w.result.outcome == GVM_OUT_STATIC_VIOLATION) != writes)
                fail_msg("%s: %s", set->names[b], gvm_outcome_name(w.result.outcome));
            evm_world_close(&w);
        }
        gvm_evm_set_mode(GVM_EVM_AUTO);
        gvm_buf_free(&code);
        gvm_buf_free(&deployed);
    }
}

/* ---- tables */

static void table_agrees(void **state) {
    (void)state;
    const gvm_opcode_set *zvm = gvm_zvm_opcode_set(), *evm = gvm_opcode_set_of(GVM_FORK_OSAKA);
    unsigned count = 0;
    for (unsigned b = 0; b < 256; b++) {
        const gvm_opcode_row *row = &zvm->rows[b];
        const gvm_zvm_opcode_info *info = gvm_zvm_opcode_of((uint8_t)b);
        assert_true((info->name != NULL) == (zvm->names[b] != NULL));
        if (info->name == NULL || !info->deployable) continue;
        count++;
        if (row->run == GVM_RUN_GHOST) {
            const gvm_ghost_op *op = gvm_ghost_by_opcode((uint8_t)b);
            assert_non_null(op);
            assert_string_equal(op->name, info->name);
            assert_int_equal(op->word_count, row->in);
            assert_int_equal(row->out, 1);
        } else if (row->run < GVM_RUN_DUP_AT || row->run > GVM_RUN_GHOST) {
            const gvm_opcode_row *same = &evm->rows[row->run];
            assert_int_equal(row->in, same->in);
            assert_int_equal(row->out, same->out);
            assert_int_equal(row->price, same->price);
            assert_int_equal(row->immediate, same->immediate);
            assert_int_equal(row->flags & ~GVM_OPF_SKIP, same->flags & ~GVM_OPF_SKIP);
        }
    }
    assert_int_equal(count, 106); /* as the formats document lists them */
    for (int i = 0; i < GVM_GHOST_COUNT; i++) {
        const gvm_ghost_op *op = gvm_ghost_op_of((gvm_ghost_op_id)i);
        if (op->zvm != 0) assert_ptr_equal(gvm_ghost_by_opcode(op->zvm), op);
        if (op->zvm != 0) assert_int_equal(zvm->rows[op->zvm].run, GVM_RUN_GHOST);
        if (op->host != NULL) assert_ptr_equal(gvm_ghost_by_host(op->host), op);
    }
}

static void traces(void **state) {
    (void)state;
    gvm_buf code = {0};
    gvm_trace3155 trace;
    evm_world w;
    assemble(&code, "PUSH 5\nPUSH 1\nSSTORE\nHALT", true);
    gvm_trace3155_init(&trace, NULL, 0);
    open_world(&w);
    evm_world_put(&w, &evm_contract, 0, gvm_buf_bytes(&code));
    w.vm.tracer = &trace.tracer;
    evm_world_call(&w, &evm_contract, 50000, gvm_bytes_make(NULL, 0));
    gvm_buf_put(&trace.text, '\0');
    assert_string_equal(
        (const char *)trace.text.ptr,
        "{\"pc\":0,\"op\":1,\"gas\":\"0xc350\",\"gasCost\":\"0x3\",\"memSize\":0,\"stack\":[],"
        "\"depth\":1,\"refund\":0,\"opName\":\"PUSH1\"}\n"
        "{\"pc\":2,\"op\":1,\"gas\":\"0xc34d\",\"gasCost\":\"0x3\",\"memSize\":0,\"stack\":["
        "\"0x5\"],"
        "\"depth\":1,\"refund\":0,\"opName\":\"PUSH1\"}\n"
        "{\"pc\":4,\"op\":65,\"gas\":\"0xc34a\",\"gasCost\":\"0x5654\",\"memSize\":0,"
        "\"stack\":[\"0x5\",\"0x1\"],\"depth\":1,\"refund\":0,\"opName\":\"SSTORE\"}\n"
        "{\"pc\":5,\"op\":99,\"gas\":\"0x6cf6\",\"gasCost\":\"0x0\",\"memSize\":0,\"stack\":[],"
        "\"depth\":1,\"refund\":0,\"opName\":\"HALT\"}\n"
        "{\"output\":\"\",\"gasUsed\":\"0x565a\"}\n");
    evm_world_close(&w);
    gvm_trace3155_free(&trace);
    gvm_buf_free(&code);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs),
        cmocka_unit_test(jumps),
        cmocka_unit_test(logs),
        cmocka_unit_test(unchecked_code),
        cmocka_unit_test(stores),
        cmocka_unit_test(constructs),
        cmocka_unit_test(refuses),
        cmocka_unit_test(only_ghost_makes_them),
        cmocka_unit_test(table_agrees),
        cmocka_unit_test(traces),
        cmocka_unit_test(delegations_run),
        cmocka_unit_test(static_frames_refuse_writes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
