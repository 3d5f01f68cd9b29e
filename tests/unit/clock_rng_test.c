#include "base/clock.h"
#include "base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* xoshiro256** from the state 1, 2, 3, 4: the vector of the Rust crate rand_xoshiro, made with the
 * authors' code. */
static void test_known_sequence(void **state) {
    (void)state;
    static const uint64_t want[] = {
        11520, 0, 1509978240, 1215971899390074240, 1216172134540287360, 607988272756665600,
    };
    gvm_rng r = {{1, 2, 3, 4}};
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        assert_true(gvm_rng_next(&r) == want[i]);
    }
}

static void test_below_is_bounded_and_reaches_all(void **state) {
    (void)state;
    gvm_rng r;
    gvm_rng_init(&r, 42);
    unsigned seen[7] = {0};
    for (int i = 0; i < 70000; i++) seen[gvm_rng_below(&r, 7)]++;
    for (int i = 0; i < 7; i++) assert_true(seen[i] > 9000 && seen[i] < 11000);
    assert_int_equal(gvm_rng_below(&r, 1), 0);
    for (int i = 0; i < 100; i++) assert_true(gvm_rng_below(&r, UINT64_MAX) < UINT64_MAX);
}

static void test_sources(void **state) {
    (void)state;
    uint8_t a[40], b[40];
    gvm_rng r1, r2;
    gvm_rng_init(&r1, 9);
    gvm_rng_init(&r2, 9);
    gvm_entropy seeded = gvm_entropy_seeded(&r1);
    assert_int_equal(gvm_entropy_fill(&seeded, a, sizeof a), GVM_OK);
    gvm_rng_fill(&r2, b, sizeof b);
    assert_memory_equal(a, b, sizeof a);
    assert_int_equal(gvm_entropy_fill(&gvm_entropy_os, a, sizeof a), GVM_OK);
    assert_int_equal(gvm_entropy_fill(&gvm_entropy_os, b, sizeof b), GVM_OK);
    assert_memory_not_equal(a, b, sizeof a);
    assert_true(gvm_process_salt() == gvm_process_salt());
}

static void test_simulated_clock_moves_when_told(void **state) {
    (void)state;
    gvm_clock_sim sim = {.wall = 1700000000 * GVM_SECOND, .monotonic = 5};
    gvm_clock c = gvm_clock_simulated(&sim);
    gvm_clock_sim_advance(&sim, 1500 * GVM_MILLISECOND);
    assert_int_equal(gvm_clock_seconds(&c), 1700000001);
    assert_int_equal(gvm_clock_monotonic(&c), 1500 * GVM_MILLISECOND + 5);
    uint64_t before = gvm_clock_monotonic(&gvm_clock_os);
    assert_true(gvm_clock_monotonic(&gvm_clock_os) >= before);
    assert_true(gvm_clock_seconds(&gvm_clock_os) > 1700000000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_sequence),
        cmocka_unit_test(test_below_is_bounded_and_reaches_all),
        cmocka_unit_test(test_sources),
        cmocka_unit_test(test_simulated_clock_moves_when_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
