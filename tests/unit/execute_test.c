/* What the official fixtures do not ask of a transaction. */
#include "exec/execute.h"
#include "state/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

typedef struct world {
    gvm_state_memory *accounts;
    gvm_state *state;
    gvm_vm vm;
} world;

static const gvm_address sender = {{1}}, coinbase = {{2}}, receiver = {{3}};

static int setup(void **out) {
    world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    assert_int_equal(gvm_state_memory_new(&w->accounts), GVM_OK);
    assert_int_equal(gvm_state_new(&w->state, gvm_state_memory_reader(w->accounts)), GVM_OK);
    assert_int_equal(gvm_vm_init(&w->vm, w->state), GVM_OK);
    w->vm.rules = gvm_rules_get(GVM_FORK_OSAKA);
    w->vm.block =
        (gvm_block_env){.number = 1, .gas_limit = 30000000, .chain_id = 1, .coinbase = coinbase};
    w->vm.block.base_fee = gvm_u256_from_u64(7);
    *out = w;
    return 0;
}
static int teardown(void **out) {
    world *w = *out;
    gvm_vm_free(&w->vm);
    gvm_state_delete(w->state);
    gvm_state_memory_delete(w->accounts);
    free(w);
    return 0;
}

static void give(world *w, const gvm_address *to, gvm_u256 balance) {
    assert_int_equal(gvm_state_memory_set(w->accounts, to, 0, balance, gvm_bytes_make(NULL, 0)),
                     GVM_OK);
    gvm_state_reset(w->state, gvm_state_memory_reader(w->accounts));
}

static gvm_tx transfer(uint64_t value) {
    return (gvm_tx){.type = GVM_TX_DYNAMIC_FEE,
                    .replay_protected = true,
                    .chain_id = 1,
                    .gas_limit = 21000,
                    .max_fee = gvm_u256_from_u64(10),
                    .max_priority_fee = gvm_u256_from_u64(1),
                    .to = receiver,
                    .value = gvm_u256_from_u64(value),
                    .sender = sender};
}

/* Geneses and development methods hand out 2^256 - 1: what comes on top must not stop the node. */
static void test_balances_at_their_end(void **out) {
    world *w = *out;
    gvm_exec_block block = {0};
    gvm_receipt receipt;
    give(w, &sender, gvm_u256_max());
    give(w, &coinbase, gvm_u256_max());
    give(w, &receiver, gvm_u256_max());
    gvm_tx tx = transfer(5);
    assert_int_equal(gvm_exec_tx(&w->vm, &block, &receipt, &tx, 0, NULL), GVM_OK);
    assert_true(gvm_receipt_succeeded(&receipt));
    assert_int_equal(gvm_state_entry(w->state, &receiver)->balance.w[0], 4);
    assert_int_equal(gvm_state_entry(w->state, &coinbase)->balance.w[0], 20999);
}

/* A refused transaction leaves nothing behind, whatever the reason. */
static void test_refusals_change_nothing(void **out) {
    world *w = *out;
    static const gvm_status expected[] = {
        GVM_ERR_TX_NONCE_TOO_HIGH, GVM_ERR_TX_FUNDS,         GVM_ERR_TX_INTRINSIC_GAS,
        GVM_ERR_TX_FEE_TOO_LOW,    GVM_ERR_TX_GAS_ALLOWANCE, GVM_ERR_TX_CHAIN_ID,
    };
    give(w, &sender, gvm_u256_from_u64(1000000));
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        gvm_exec_block block = {0};
        gvm_receipt receipt;
        gvm_state_diff diff;
        gvm_error err = {0};
        gvm_tx tx = transfer(1);
        if (i == 0) tx.nonce = 1;
        if (i == 1) tx.value = gvm_u256_from_u64(1000000);
        if (i == 2) tx.gas_limit = 20999;
        if (i == 3) tx.max_fee = gvm_u256_from_u64(6);
        if (i == 4) block.gas_used = 30000000 - 20999;
        if (i == 5) tx.chain_id = 2;
        assert_string_equal(gvm_status_name(gvm_exec_tx(&w->vm, &block, &receipt, &tx, 0, &err)),
                            gvm_status_name(expected[i]));
        assert_int_equal(err.code, expected[i]);
        assert_int_equal(gvm_state_diff_build(w->state, &diff), GVM_OK);
        assert_int_equal(diff.count, 0);
    }
}

/* A call asks for no funds, no nonce and no fee. */
static void test_calls_skip_checks(void **out) {
    world *w = *out;
    gvm_exec_block block = {0};
    gvm_receipt receipt;
    gvm_tx tx = transfer(0);
    tx.nonce = 77;
    tx.max_fee = tx.max_priority_fee = gvm_u256_zero();
    assert_int_equal(gvm_exec_tx(&w->vm, &block, &receipt, &tx, GVM_EXEC_CALL, NULL), GVM_OK);
    assert_true(gvm_receipt_succeeded(&receipt));
    assert_int_equal(receipt.gas_used, 21000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_balances_at_their_end, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refusals_change_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_calls_skip_checks, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
