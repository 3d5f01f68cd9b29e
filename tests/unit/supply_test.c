/* The supply check: agrees with what really moved, and finds a wei that is missing. */
#include "chain/supply.h"

#include "support/system_world.h"

#include <setjmp.h>

#include <cmocka.h>

static gvm_status check(system_world *w, gvm_error *err) {
    gvm_state_diff diff;
    gvm_state_reader before = gvm_state_memory_reader(w->accounts);
    *err = (gvm_error){0};
    assert_int_equal(gvm_state_diff_build(w->state, &diff), GVM_OK);
    return gvm_supply_check(&diff, &before, err);
}

static void end_block(system_world *w, uint64_t burned) {
    gvm_cells cells = system_cells(w);
    gvm_token_flows flows = {0};
    flows.burned[GVM_TOKEN_GCC] = gvm_u256_from_u64(burned);
    gvm_state_begin_tx(w->state);
    gvm_tokens_end_block(&cells, &flows);
    gvm_state_end_tx(w->state, true);
}

static void agrees_and_finds(void **state) {
    (void)state;
    system_world w;
    gvm_error err;
    system_world_open(&w);
    assert_int_equal(check(&w, &err), GVM_OK);
    (void)system_call(&w, 0, 0x4711, "transfer", system_name(1), "1000", NULL);
    assert_int_equal(check(&w, &err), GVM_OK);
    (void)system_call(&w, 0, 0x4711, "mint", system_name(1), "70", NULL);
    (void)system_call(&w, 0, 0x4701, "burn", "1", "20", NULL);
    assert_int_equal(check(&w, &err), GVM_ERR_STATE); /* the block has not ended */
    assert_non_null(strstr(err.text, "by 50 wei in all, and the supply by 0"));
    end_block(&w, 0);
    assert_int_equal(check(&w, &err), GVM_OK);
    /* a fee burned, as the block says and as it does not */
    gvm_address payer = system_who(3);
    gvm_state_begin_tx(w.state);
    gvm_state_sub_balance(w.state, gvm_state_entry(w.state, &payer), gvm_u256_from_u64(500));
    gvm_state_end_tx(w.state, true);
    assert_int_equal(check(&w, &err), GVM_ERR_STATE);
    assert_non_null(strstr(err.text, "by -450 wei in all, and the supply by 50"));
    end_block(&w, 499);
    assert_int_equal(check(&w, &err), GVM_ERR_STATE);
    end_block(&w, 1);
    assert_int_equal(check(&w, &err), GVM_OK);
    system_world_close(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(agrees_and_finds)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
