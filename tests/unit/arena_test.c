#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_addresses_stay_and_are_aligned(void **state) {
    (void)state;
    gvm_arena a = {0};
    uint8_t *first = gvm_arena_alloc(&a, 10);
    memset(first, 7, 10);
    for (size_t n = 1; n < 3000; n += 7) {
        uint8_t *p = gvm_arena_zalloc(&a, n);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % 16, 0);
        memset(p, 1, n);
    }
    uint8_t *large = gvm_arena_alloc(&a, 5 << 20);
    memset(large, 2, 5 << 20);
    for (int i = 0; i < 10; i++) assert_int_equal(first[i], 7);
    assert_null(gvm_arena_alloc(&a, SIZE_MAX - 4));
    gvm_arena_free(&a);
}

static void test_rewind_and_reset_reuse_memory(void **state) {
    (void)state;
    gvm_arena a = {0};
    gvm_arena_mark start = gvm_arena_here(&a);
    void *one = gvm_arena_alloc(&a, 100);
    gvm_arena_mark mark = gvm_arena_here(&a);
    void *two = gvm_arena_alloc(&a, 10000);
    gvm_arena_rewind(&a, mark);
    (void)gvm_arena_alloc(&a, 16);
    assert_ptr_equal(gvm_arena_alloc(&a, 10000), two);
    gvm_arena_rewind(&a, start);
    assert_ptr_equal(gvm_arena_alloc(&a, 100), one);
    gvm_arena_reset(&a, 4096);
    assert_ptr_equal(gvm_arena_alloc(&a, 100), one);
    gvm_arena_free(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses_stay_and_are_aligned),
        cmocka_unit_test(test_rewind_and_reset_reuse_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
