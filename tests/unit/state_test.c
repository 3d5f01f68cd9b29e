#include "state/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* A reader with one account (0x..aa: balance 5, slot 1 = 7) that can be told to fail. */
static gvm_status reader_status = GVM_OK;

static gvm_address named(uint8_t last) {
    return (gvm_address){{[19] = last}};
}
static gvm_status read_account(void *ctx, gvm_account *out, const gvm_address *address) {
    (void)ctx;
    if (reader_status != GVM_OK) return reader_status;
    gvm_address a = named(0xaa);
    if (!gvm_address_equal(address, &a)) return GVM_ERR_NOT_FOUND;
    *out = (gvm_account){.balance = gvm_u256_from_u64(5), .code_hash = GVM_EMPTY_CODE_HASH};
    return GVM_OK;
}
static gvm_status read_storage(void *ctx, gvm_u256 *out, const gvm_address *address,
                               const gvm_u256 *key) {
    (void)ctx;
    (void)address;
    *out = gvm_u256_from_u64(key->w[0] == 1 ? 7 : 0);
    return GVM_OK;
}
static gvm_status read_code(void *ctx, gvm_bytes *out, const gvm_hash *hash) {
    (void)ctx;
    (void)out;
    (void)hash;
    return GVM_ERR_NOT_FOUND;
}

static int setup(void **state) {
    reader_status = GVM_OK;
    gvm_state_reader reader = {NULL, read_account, read_storage, read_code};
    gvm_state *s;
    if (gvm_state_new(&s, reader) != GVM_OK) return -1;
    gvm_state_begin_tx(s);
    *state = s;
    return 0;
}
static int teardown(void **state) {
    gvm_state_delete(*state);
    return 0;
}

static void test_revert_restores_everything(void **state) {
    gvm_state *s = *state;
    gvm_address a = named(0xaa), b = named(0xbb);
    gvm_entry *ea = gvm_state_entry(s, &a), *eb = gvm_state_entry(s, &b);
    gvm_u256 one = gvm_u256_from_u64(1), nine = gvm_u256_from_u64(9);
    gvm_slot *slot = gvm_state_slot(s, ea, &one);
    assert_int_equal(slot->current.w[0], 7);

    gvm_checkpoint outer = gvm_state_checkpoint(s);
    gvm_state_sub_balance(s, ea, gvm_u256_from_u64(2));
    gvm_checkpoint inner = gvm_state_checkpoint(s);
    assert_true(gvm_state_warm(s, eb));
    assert_false(gvm_state_warm(s, eb));
    gvm_state_add_balance(s, eb, gvm_u256_from_u64(2));
    gvm_state_set_code(s, eb, gvm_bytes_str("code"));
    gvm_state_set_slot(s, ea, slot, &nine);
    gvm_state_set_transient(s, ea, &one, &nine);
    gvm_state_log(s, &a, NULL, 0, gvm_bytes_str("hello"));
    gvm_state_add_refund(s, 100);
    assert_true(gvm_state_destruct(s, eb));
    gvm_state_revert(s, inner);
    assert_false(eb->exists);
    assert_int_equal(gvm_state_code(s, eb).len, 0);
    assert_int_equal(slot->current.w[0], 7);
    assert_true(gvm_u256_is_zero(gvm_state_transient(s, ea, &one)));
    size_t logs;
    (void)gvm_state_logs(s, &logs);
    assert_int_equal(logs, 0);
    assert_int_equal(gvm_state_refund(s), 0);
    assert_true(gvm_state_warm(s, eb));
    assert_int_equal(ea->balance.w[0], 3);
    gvm_state_revert(s, outer);
    assert_int_equal(ea->balance.w[0], 5);
    gvm_state_end_tx(s, true);
    gvm_state_diff diff;
    assert_int_equal(gvm_state_diff_build(s, &diff), GVM_OK);
    assert_int_equal(diff.count, 0);
}

static void test_the_next_transaction_starts_clean(void **state) {
    gvm_state *s = *state;
    gvm_address a = named(0xaa);
    gvm_entry *e = gvm_state_entry(s, &a);
    gvm_u256 one = gvm_u256_from_u64(1), nine = gvm_u256_from_u64(9);
    gvm_slot *slot = gvm_state_slot(s, e, &one);
    (void)gvm_state_warm(s, e);
    (void)gvm_state_warm_slot(s, slot);
    gvm_state_set_slot(s, e, slot, &nine);
    gvm_state_set_transient(s, e, &one, &nine);
    assert_int_equal(slot->original.w[0], 7);
    gvm_state_end_tx(s, true);
    gvm_state_begin_tx(s);
    slot = gvm_state_slot(s, e, &one);
    assert_int_equal(slot->original.w[0], 9);
    assert_int_equal(slot->base.w[0], 7);
    assert_true(gvm_state_warm_slot(s, slot));
    assert_true(gvm_state_warm(s, e));
    assert_true(gvm_u256_is_zero(gvm_state_transient(s, e, &one)));
}

static void test_destroyed_and_created_again_wipes_storage(void **state) {
    gvm_state *s = *state;
    gvm_address a = named(0xaa);
    gvm_entry *e = gvm_state_entry(s, &a);
    gvm_u256 one = gvm_u256_from_u64(1), two = gvm_u256_from_u64(2);
    assert_int_equal(gvm_state_slot(s, e, &one)->current.w[0], 7);
    assert_true(gvm_state_destruct(s, e));
    gvm_state_end_tx(s, true);
    assert_false(e->exists);
    gvm_state_diff diff;
    assert_int_equal(gvm_state_diff_build(s, &diff), GVM_OK);
    assert_int_equal(diff.count, 1);
    assert_true(diff.accounts[0].deleted);

    gvm_state_begin_tx(s);
    gvm_state_add_balance(s, e, one);
    gvm_slot *slot = gvm_state_slot(s, e, &one);
    assert_true(gvm_u256_is_zero(slot->current));
    gvm_state_set_slot(s, e, gvm_state_slot(s, e, &two), &two);
    gvm_state_end_tx(s, true);
    assert_int_equal(gvm_state_diff_build(s, &diff), GVM_OK);
    assert_int_equal(diff.count, 1);
    assert_false(diff.accounts[0].deleted);
    assert_true(diff.accounts[0].storage_wiped);
    assert_int_equal(diff.accounts[0].slot_count, 1);
    assert_int_equal(diff.accounts[0].slots[0].key.w[0], 2);
}

static void test_touched_empty_accounts_go(void **state) {
    gvm_state *s = *state;
    gvm_address b = named(0xbb);
    gvm_entry *e = gvm_state_entry(s, &b);
    gvm_state_touch(s, e);
    assert_true(e->exists);
    gvm_state_end_tx(s, false);
    assert_true(e->exists);
    gvm_state_begin_tx(s);
    gvm_state_touch(s, e);
    gvm_state_end_tx(s, true);
    assert_false(e->exists);
}

static void test_many_accounts_and_slots(void **state) {
    gvm_state *s = *state;
    gvm_address a = named(0xaa);
    gvm_entry *e = gvm_state_entry(s, &a);
    for (uint64_t i = 0; i < 20000; i++) {
        gvm_u256 key = gvm_u256_from_u64(i << 40);
        gvm_state_set_slot(s, e, gvm_state_slot(s, e, &key), &(gvm_u256){{i + 1}});
        gvm_address other = {{0}};
        gvm_store_le64(other.b, i);
        gvm_state_set_nonce(s, gvm_state_entry(s, &other), i + 1);
    }
    for (uint64_t i = 0; i < 20000; i++) {
        gvm_u256 key = gvm_u256_from_u64(i << 40);
        assert_int_equal(gvm_state_slot(s, e, &key)->current.w[0], i + 1);
        gvm_address other = {{0}};
        gvm_store_le64(other.b, i);
        assert_int_equal(gvm_state_entry(s, &other)->nonce, i + 1);
    }
    gvm_state_end_tx(s, true);
    gvm_state_diff diff;
    assert_int_equal(gvm_state_diff_build(s, &diff), GVM_OK);
    assert_int_equal(diff.count, 20001);
}

static void test_reader_failure_is_sticky(void **state) {
    gvm_state *s = *state;
    reader_status = GVM_ERR_IO;
    gvm_address a = named(0xaa);
    assert_false(gvm_state_entry(s, &a)->exists);
    assert_int_equal(gvm_state_status(s), GVM_ERR_IO);
    gvm_state_diff diff;
    assert_int_equal(gvm_state_diff_build(s, &diff), GVM_ERR_IO);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_revert_restores_everything, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_next_transaction_starts_clean, setup, teardown),
        cmocka_unit_test_setup_teardown(test_destroyed_and_created_again_wipes_storage, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_touched_empty_accounts_go, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many_accounts_and_slots, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reader_failure_is_sticky, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
