/* WebAssembly contracts in the machine: deployment, the interface, host functions, and calls
 * between engines. What is expected is written in docs/wasm.md and docs/wasm-host.md, or is what
 * the EVM does for the same instruction. Everything runs interpreted and compiled. */
#include "vm/container.h"
#include "vm/wasmhost/wasmhost.h"

#include "support/evm_world.h"
#include "support/wasm_contract.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define GAS INT64_C(100000000)

typedef struct world {
    evm_world w;
    gvm_address last; /* created */
} world;

static void open_world(world *t, gvm_engine_mode mode) {
    evm_world_open(&t->w, GVM_FORK_OSAKA);
    t->w.vm.rules = gvm_rules_ghost(GVM_FORK_OSAKA);
    t->w.vm.mode = mode;
    gvm_state_begin_tx(t->w.state);
}
static void close_world(world *t) {
    evm_world_close(&t->w);
}

static void create(world *t, gvm_bytes input, int64_t gas) {
    gvm_message msg = {.kind = GVM_CREATE2, .gas = gas, .sender = evm_sender, .input = input};
    assert_int_equal(gvm_vm_execute(&t->w.vm, &t->w.result, &msg), GVM_OK);
    t->last = t->w.result.created;
}
static void call(world *t, gvm_bytes input, int64_t gas) {
    gvm_message msg = {.kind = GVM_CALL,
                       .gas = gas,
                       .sender = evm_sender,
                       .recipient = t->last,
                       .code_address = t->last,
                       .input = input};
    assert_int_equal(gvm_vm_execute(&t->w.vm, &t->w.result, &msg), GVM_OK);
}
static void assert_outcome(const world *t, gvm_outcome outcome) {
    if (t->w.result.outcome != outcome) print_message("reason: %s\n", t->w.vm.reason.text);
    assert_string_equal(gvm_outcome_name(t->w.result.outcome), gvm_outcome_name(outcome));
}

static void deploys_and_runs(void **state) {
    (void)state;
    for (int mode = 0; mode < 2; mode++) {
        world t;
        wasm_contract c = {.pages = 1};
        gvm_buf module = {0};
        open_world(&t, (gvm_engine_mode)mode);
        /* init keeps its first 32 bytes of constructor data in slot 0 */
        wc_host(&c, &c.init, "ghost.input_copy", 64, 0, 32);
        wc_host(&c, &c.init, "ghost.storage_store", 0, 64);
        wc_i32(&c.init, 0);
        /* invoke returns slot 0 */
        wc_host(&c, &c.invoke, "ghost.storage_load", 0, 32);
        wc_host(&c, &c.invoke, "ghost.output", 32, 32);
        wc_i32(&c.invoke, 0);
        wc_custom(&c, "ghost.end", gvm_bytes_make(NULL, 0));
        wc_finish(&c, &module);
        size_t len = module.len;
        uint8_t argument[32] = {[31] = 77};
        gvm_buf_append(&module, argument, sizeof argument);
        create(&t, gvm_buf_bytes(&module), GAS);
        assert_outcome(&t, GVM_OUT_SUCCESS);
        gvm_bytes code = gvm_state_code(t.w.state, gvm_state_entry(t.w.state, &t.last));
        assert_int_equal(code.len, len + 3);
        assert_memory_equal(code.ptr, "\xef\x47\0\0asm", 7);
        assert_true(GAS - t.w.result.gas_left >=
                    (int64_t)code.len * 200 + 50000 + 2 * (int64_t)len);
        call(&t, gvm_bytes_make(NULL, 0), GAS);
        assert_outcome(&t, GVM_OUT_SUCCESS);
        assert_int_equal(t.w.result.output.len, 32);
        assert_memory_equal(t.w.result.output.ptr, argument, 32);
        gvm_buf_free(&module);
        wc_free(&c);
        close_world(&t);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deploys_and_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
