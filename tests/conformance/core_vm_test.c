/* geth's cases of arithmetic and comparison: X, then Y on top, then the instruction; by each loop
 * of the interpreter. */
#include "support/curve_vectors.h"
#include "support/evm_world.h"
#include "vm/evm/opcodes.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct {
    const char *name;
    uint8_t opcode;
} files[] = {{"add", GVM_OP_ADD}, {"byte", GVM_OP_BYTE}, {"div", GVM_OP_DIV},
             {"eq", GVM_OP_EQ},   {"exp", GVM_OP_EXP},   {"gt", GVM_OP_GT},
             {"lt", GVM_OP_LT},   {"mod", GVM_OP_MOD},   {"mul", GVM_OP_MUL},
             {"or", GVM_OP_OR},   {"sar", GVM_OP_SAR},   {"sdiv", GVM_OP_SDIV},
             {"sgt", GVM_OP_SGT}, {"shl", GVM_OP_SHL},   {"shr", GVM_OP_SHR},
             {"slt", GVM_OP_SLT}, {"smod", GVM_OP_SMOD}, {"signext", GVM_OP_SIGNEXTEND},
             {"sub", GVM_OP_SUB}, {"xor", GVM_OP_XOR},   {"and", GVM_OP_AND}};

/* PUSH32 x, PUSH32 y, op, PUSH1 0, MSTORE, PUSH1 32, PUSH1 0, RETURN */
static gvm_bytes program(uint8_t code[75], yyjson_val *item, uint8_t opcode) {
    static const uint8_t tail[8] = {0x60, 0, 0x52, 0x60, 32, 0x60, 0, 0xf3};
    code[0] = code[33] = GVM_OP_PUSH32;
    vector_number(code + 1, 32, item, "X");
    vector_number(code + 34, 32, item, "Y");
    code[66] = opcode;
    memcpy(code + 67, tail, sizeof tail);
    return gvm_bytes_make(code, 75);
}

static void run_file(vector_count *c, const char *name, uint8_t opcode) {
    char path[256];
    snprintf(path, sizeof path, "ethereum/geth/core-vm/testcases_%s.json", name);
    char full[1024];
    snprintf(full, sizeof full, "%s/%s", vector_root(), path);
    struct stat st;
    if (stat(full, &st) != 0) return;
    yyjson_doc *doc = vector_json(path);
    size_t i, n;
    yyjson_val *item;
    evm_world w;
    evm_world_open(&w, GVM_FORK_OSAKA);
    gvm_tracer silent = {.want_steps = true};
    yyjson_arr_foreach(yyjson_doc_get_root(doc), i, n, item) {
        uint8_t code[75], want[32];
        evm_world_put(&w, &evm_contract, 0, program(code, item, opcode));
        vector_number(want, 32, item, "Expected");
        for (int loop = 0; loop < 3; loop++) {
            gvm_evm_set_mode(loop == 0 ? GVM_EVM_PROGRAM : GVM_EVM_BYTES);
            w.vm.tracer = loop == 2 ? &silent : NULL;
            evm_world_call(&w, &evm_contract, 100000, gvm_bytes_make(NULL, 0));
            vector_check(c,
                         w.result.outcome == GVM_OUT_SUCCESS &&
                             gvm_bytes_equal(w.result.output, gvm_bytes_make(want, 32)),
                         name, "case");
        }
    }
    evm_world_close(&w);
    yyjson_doc_free(doc);
}

static void test_cases(void **state) {
    (void)state;
    vector_count c = {.what = "geth core-vm test cases, three loops"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        run_file(&c, files[i].name, files[i].opcode);
    assert_true(vector_report(&c));
}

int main(void) {
    vector_need("ethereum/geth/core-vm");
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cases)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
