/* Type 0x47 through exec: calls by name, and what the receipt says of them. */
#include "exec/execute.h"
#include "exec/ghost_tx.h"
#include "support/ghost_world.h"
#include "system/names.h"
#include "system/tokens.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define SECRET "0x5ec2e70000000000000000000000000000000000000000000000000000000001"
#define ALICE  "0xac00000000000000000000000000000000000001"

/* Account 1 registers alice.ghost; no records, so it leads to its owner. */
static void open_world(ghost_world *w) {
    char commitment[80];
    gvm_address alice = ghost_account(1);
    ghost_world_open(w);
    gvm_cells tokens = gvm_cells_of_vm(&w->vm, &gvm_tokens_address);
    gvm_token_give(&tokens, GVM_TOKEN_GHOST, &alice,
                   gvm_u256_mul(gvm_u256_from_u64(100), gvm_token_unit()));
    (void)snprintf(
        commitment, sizeof commitment, "%s",
        GHOST_CALL(w, &gvm_names_address,
                   "makeCommitment(string,address,address,uint32,(uint16,uint32,bytes)[],"
                   "bytes32)(bytes32)",
                   "alice.ghost", ALICE, ALICE, "1", "[]", SECRET));
    assert_int_equal(w->result.outcome, GVM_OUT_SUCCESS);
    commitment[67] = 0;
    (void)GHOST_CALL(w, &gvm_names_address, "commit(bytes32)", commitment + 1);
    w->vm.block.timestamp += 60;
    (void)GHOST_CALL(w, &gvm_names_address,
                     "register(string,address,uint32,(uint16,uint32,bytes)[],bytes32,uint256)",
                     "alice.ghost", ALICE, "1", "[]", SECRET, "1000000000000000000000000");
    assert_int_equal(w->result.outcome, GVM_OUT_SUCCESS);
}

typedef struct sent {
    gvm_status status;
    gvm_receipt receipt;
    gvm_u256 received; /* by account 1 */
} sent;

/* Account 2 sends one wei; fees are zero, so that balances are easy to read. */
static sent send(ghost_world *w, const char *name, uint64_t gas) {
    sent s;
    gvm_ghost g = {.fee_token = GVM_FEE_TOKEN_GCC, .name = gvm_bytes_str(name)};
    gvm_exec_block block = {0};
    gvm_address alice = ghost_account(1), bob = ghost_account(2);
    gvm_ghost_measure(&g, NULL);
    gvm_u256 before = gvm_state_entry(w->state, &alice)->balance;
    gvm_tx tx = {.type = GVM_TX_GHOST,
                 .replay_protected = true,
                 .chain_id = 1337,
                 .nonce = gvm_state_entry(w->state, &bob)->nonce,
                 .gas_limit = gas,
                 .value = gvm_u256_from_u64(1),
                 .to = alice,
                 .sender = bob,
                 .ghost = &g};
    s.status = gvm_exec_tx(&w->vm, &block, &s.receipt, &tx, 0, NULL);
    s.received = gvm_u256_sub(gvm_state_entry(w->state, &alice)->balance, before);
    return s;
}

static void by_name(void **state) {
    (void)state;
    ghost_world w;
    open_world(&w);
    gvm_address alice = ghost_account(1), bob = ghost_account(2);
    (void)GHOST_CALL(&w, &gvm_names_address, "resolve(string)(address)", "alice.ghost");
    int64_t price = w.gas_used; /* what resolving costs a contract */
    sent plain = send(&w, "", 100000);
    assert_int_equal(plain.status, GVM_OK);
    sent s = send(&w, "alice.ghost", 100000);
    assert_int_equal(s.status, GVM_OK);
    assert_true(gvm_receipt_succeeded(&s.receipt));
    assert_true(s.receipt.ghost.called);
    assert_true(gvm_address_equal(&s.receipt.ghost.to, &alice));
    assert_true(gvm_address_equal(&s.receipt.ghost.payer, &bob));
    assert_true(gvm_u256_eq(s.received, gvm_u256_from_u64(1)));
    assert_int_equal(s.receipt.gas_used, plain.receipt.gas_used + (uint64_t)price);
    ghost_world_close(&w);
}

static void by_a_name_that_leads_nowhere(void **state) {
    (void)state;
    ghost_world w;
    open_world(&w);
    gvm_address bob = ghost_account(2);
    uint64_t nonce = gvm_state_entry(w.state, &bob)->nonce;
    sent s = send(&w, "bob.ghost", 100000);
    assert_int_equal(s.status, GVM_OK); /* included, charged, without effect */
    assert_int_equal(s.receipt.outcome, GVM_OUT_REVERT);
    assert_false(s.receipt.ghost.called);
    assert_true(gvm_u256_is_zero(s.received));
    assert_true(s.receipt.gas_used > 21000 && s.receipt.gas_used < 40000);
    assert_int_equal(gvm_state_entry(w.state, &bob)->nonce, nonce + 1);
    /* expired: grace still leads to the owner, later it does not */
    w.vm.block.timestamp += GVM_NAMES_YEAR + GVM_NAMES_GRACE - 1;
    s = send(&w, "alice.ghost", 100000);
    assert_true(gvm_receipt_succeeded(&s.receipt));
    w.vm.block.timestamp += 1;
    s = send(&w, "alice.ghost", 100000);
    assert_false(gvm_receipt_succeeded(&s.receipt));
    ghost_world_close(&w);
}

static void out_of_gas_in_the_name(void **state) {
    (void)state;
    ghost_world w;
    open_world(&w);
    sent s = send(&w, "alice.ghost", 23000);
    assert_int_equal(s.status, GVM_OK);
    assert_int_equal(s.receipt.outcome, GVM_OUT_OUT_OF_GAS);
    assert_int_equal(s.receipt.gas_used, 23000);
    assert_true(gvm_u256_is_zero(s.received));
    ghost_world_close(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_name),
        cmocka_unit_test(by_a_name_that_leads_nowhere),
        cmocka_unit_test(out_of_gas_in_the_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
