#include "state/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const gvm_address a = {{1}}, b = {{2}};

static gvm_hash root_of(gvm_state_memory *m) {
    gvm_hash root;
    assert_int_equal(gvm_state_memory_root(m, &root), GVM_OK);
    return root;
}
static gvm_u256 u(uint64_t v) {
    return gvm_u256_from_u64(v);
}

/* The same accounts give the same root, whatever way led there. */
static void test_root_forgets_history(void **state) {
    (void)state;
    gvm_state_memory *m, *other;
    assert_int_equal(gvm_state_memory_new(&m), GVM_OK);
    assert_int_equal(gvm_state_memory_new(&other), GVM_OK);
    gvm_hash empty = root_of(m);
    assert_memory_equal(empty.b, GVM_EMPTY_ROOT.b, 32);

    assert_int_equal(gvm_state_memory_set(m, &a, 1, u(5), gvm_bytes_str("code")), GVM_OK);
    gvm_hash without_storage = root_of(m);
    for (uint64_t k = 0; k < 40; k++)
        assert_int_equal(gvm_state_memory_set_slot(m, &a, u(k), u(k + 1)), GVM_OK);
    gvm_hash with_storage = root_of(m);
    assert_memory_not_equal(with_storage.b, without_storage.b, 32);
    assert_int_equal(gvm_state_memory_copy(other, m), GVM_OK);
    assert_memory_equal(root_of(other).b, with_storage.b, 32);

    /* Slots set to zero one by one. */
    for (uint64_t k = 0; k < 40; k++)
        assert_int_equal(gvm_state_memory_set_slot(m, &a, u(k), u(0)), GVM_OK);
    assert_memory_equal(root_of(m).b, without_storage.b, 32);

    /* The whole storage wiped, one slot set after. */
    gvm_slot_change slot = {u(7), u(8)};
    gvm_account_change change = {.address = a,
                                 .storage_wiped = true,
                                 .account = {.nonce = 1, .balance = u(5)},
                                 .slots = &slot,
                                 .slot_count = 1};
    gvm_account now;
    gvm_state_reader reader = gvm_state_memory_reader(other);
    assert_int_equal(reader.account(reader.ctx, &now, &a), GVM_OK);
    change.account.code_hash = now.code_hash;
    assert_int_equal(gvm_state_memory_apply(other, &(gvm_state_diff){&change, 1}), GVM_OK);
    assert_int_equal(gvm_state_memory_set_slot(m, &a, u(7), u(8)), GVM_OK);
    assert_memory_equal(root_of(other).b, root_of(m).b, 32);
    gvm_u256 value;
    assert_int_equal(reader.storage(reader.ctx, &value, &a, &(gvm_u256){{6}}), GVM_OK);
    assert_true(gvm_u256_is_zero(value));

    /* An account that came and went. */
    gvm_hash before = root_of(m);
    assert_int_equal(gvm_state_memory_set(m, &b, 0, u(1), gvm_bytes_make(NULL, 0)), GVM_OK);
    assert_memory_not_equal(root_of(m).b, before.b, 32);
    gvm_account_change gone = {.address = b, .deleted = true};
    assert_int_equal(gvm_state_memory_apply(m, &(gvm_state_diff){&gone, 1}), GVM_OK);
    assert_memory_equal(root_of(m).b, before.b, 32);
    gvm_state_memory_delete(m);
    gvm_state_memory_delete(other);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_root_forgets_history)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
