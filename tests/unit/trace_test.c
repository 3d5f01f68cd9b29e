/* The shapes of traces, and disassembly. (That their contents are geth's:
 * tests/scenario/evm_diff.sh and tests/conformance/call_tracer_test.c.) */
#include "vm/evm/disasm.h"
#include "vm/evm/trace3155.h"
#include "vm/trace/call_tracer.h"
#include "vm/trace/struct_log.h"

#include "support/evm_world.h"
#include "support/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <yyjson.h>

#include <cmocka.h>

/* SSTORE(0, 5), SLOAD(0), MSTORE(0, 5), then a jump to nowhere. */
static const char program[] = "60056000556000546000526001" /* PUSH1 1 */ "56";

static void run(gvm_tracer *tracer, const char *code_hex) {
    static uint8_t code[256];
    size_t len = hex_bytes(code, sizeof code, code_hex);
    evm_world w;
    evm_world_open(&w, GVM_FORK_CANCUN);
    evm_world_put(&w, &evm_contract, 0, gvm_bytes_make(code, len));
    w.vm.tracer = tracer;
    evm_world_call(&w, &evm_contract, 100000, gvm_bytes_make(NULL, 0));
    evm_world_close(&w);
}

static void test_eip3155(void **state) {
    (void)state;
    gvm_trace3155 t;
    gvm_trace3155_init(&t, NULL, 0);
    run(&t.tracer, "600160025001");
    static const char expected[] =
        "{\"pc\":0,\"op\":96,\"gas\":\"0x186a0\",\"gasCost\":\"0x3\",\"memSize\":0,\"stack\":[],"
        "\"depth\":1,\"refund\":0,\"opName\":\"PUSH1\"}\n"
        "{\"pc\":2,\"op\":96,\"gas\":\"0x1869d\",\"gasCost\":\"0x3\",\"memSize\":0,\"stack\":"
        "[\"0x1\"],\"depth\":1,\"refund\":0,\"opName\":\"PUSH1\"}\n"
        "{\"pc\":4,\"op\":80,\"gas\":\"0x1869a\",\"gasCost\":\"0x2\",\"memSize\":0,\"stack\":"
        "[\"0x1\",\"0x2\"],\"depth\":1,\"refund\":0,\"opName\":\"POP\"}\n"
        "{\"pc\":5,\"op\":1,\"gas\":\"0x18698\",\"gasCost\":\"0x3\",\"memSize\":0,\"stack\":"
        "[\"0x1\"],\"depth\":1,\"refund\":0,\"opName\":\"ADD\",\"error\":\"stack underflow (1 <=> "
        "2)\"}\n"
        "{\"output\":\"\",\"gasUsed\":\"0x186a0\",\"error\":\"stack underflow (1 <=> 2)\"}\n";
    gvm_buf_put(&t.text, 0);
    assert_string_equal((const char *)t.text.ptr, expected);
    gvm_trace3155_free(&t);
}

static yyjson_val *at(yyjson_val *entries, size_t i, const char *key) {
    return yyjson_obj_get(yyjson_arr_get(entries, i), key);
}

static void test_struct_log(void **state) {
    (void)state;
    gvm_struct_log t;
    gvm_struct_log_init(&t, GVM_STRUCT_LOG_MEMORY, 0);
    run(&t.tracer, program);
    gvm_buf out = {0};
    assert_int_equal(gvm_struct_log_write(&t, &out, 121000), GVM_OK);
    yyjson_doc *doc = yyjson_read((const char *)out.ptr, out.len, 0);
    assert_non_null(doc);
    yyjson_val *root = yyjson_doc_get_root(doc), *entries = yyjson_obj_get(root, "structLogs");
    assert_int_equal(yyjson_get_uint(yyjson_obj_get(root, "gas")), 121000);
    assert_true(yyjson_get_bool(yyjson_obj_get(root, "failed")));
    assert_string_equal(yyjson_get_str(yyjson_obj_get(root, "returnValue")), "0x");
    assert_int_equal(yyjson_arr_size(entries), 9);
    assert_string_equal(yyjson_get_str(at(entries, 2, "op")), "SSTORE");
    assert_int_equal(yyjson_get_uint(at(entries, 2, "gasCost")), 22100);
    assert_string_equal(yyjson_get_str(yyjson_obj_get(
                            at(entries, 2, "storage"),
                            "0000000000000000000000000000000000000000000000000000000000000000")),
                        "0000000000000000000000000000000000000000000000000000000000000005");
    assert_int_equal(yyjson_get_uint(at(entries, 4, "gasCost")), 100);
    assert_int_equal(yyjson_arr_size(at(entries, 8, "memory")), 1);
    yyjson_doc_free(doc);
    gvm_buf_free(&out);
    gvm_struct_log_free(&t);
}

static void test_disassembly(void **state) {
    (void)state;
    uint8_t code[64];
    size_t len = hex_bytes(code, sizeof code, "6003565b0cff5b61ff");
    gvm_buf out = {0};
    assert_int_equal(gvm_disasm_print(&out, gvm_bytes_make(code, len), GVM_FORK_CANCUN), GVM_OK);
    gvm_buf_put(&out, 0);
    assert_string_equal((const char *)out.ptr, "0x0000  PUSH1 0x03\n"
                                               "0x0002  JUMP\n"
                                               "0x0003  JUMPDEST\n"
                                               "0x0004  INVALID (0x0c)\n"
                                               "0x0005  data 0xff\n"
                                               "0x0006  JUMPDEST\n"
                                               "0x0007  PUSH2 0xff\n");
    gvm_buf_free(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_eip3155),
                                       cmocka_unit_test(test_struct_log),
                                       cmocka_unit_test(test_disassembly)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
