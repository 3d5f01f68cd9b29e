#include "base/limits.h"
#include "base/workers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static _Atomic size_t counter;

static void count_up(void *ctx) {
    (void)atomic_fetch_add(&counter, (size_t)(uintptr_t)ctx);
}

static void test_every_task_runs_once(void **state) {
    (void)state;
    gvm_workers *p;
    assert_int_equal(gvm_workers_new(&p, 3), GVM_OK);
    assert_int_equal(gvm_workers_threads(p), 3);
    counter = 0;
    for (size_t i = 1; i <= 5000; i++) {
        assert_int_equal(gvm_workers_submit(p, count_up, (void *)(uintptr_t)i), GVM_OK);
    }
    gvm_workers_wait(p);
    assert_int_equal(counter, 12502500);
    for (size_t i = 1; i <= 100; i++) {
        assert_int_equal(gvm_workers_submit(p, count_up, (void *)(uintptr_t)i), GVM_OK);
    }
    gvm_workers_delete(p); /* finishes what was submitted */
    assert_int_equal(counter, 12502500 + 5050);
    gvm_workers_delete(NULL);
    assert_true(gvm_cores() >= 1);
}

typedef struct job {
    gvm_workers *pool;
    _Atomic unsigned char seen[100000];
    _Atomic int busy[8];
    size_t count, grain;
} job;

static void mark(void *ctx, size_t from, size_t to, unsigned lane) {
    job *j = ctx;
    assert_true(lane < gvm_workers_threads(j->pool) + 1);
    assert_int_equal(atomic_fetch_add(&j->busy[lane], 1), 0);
    assert_true(from < to && to <= j->count);
    if (j->grain > 0) assert_true(to - from <= j->grain);
    for (size_t i = from; i < to; i++) (void)atomic_fetch_add(&j->seen[i], 1);
    (void)atomic_fetch_sub(&j->busy[lane], 1);
}

static void test_loops_cover_everything_once(void **state) {
    (void)state;
    static job j;
    static const size_t counts[] = {0, 1, 2, 63, 64, 1000, 100000},
                        grains[] = {0, 1, 7, 1000, 1000000};
    for (unsigned threads = 0; threads <= 4; threads += 2) {
        j.pool = NULL;
        if (threads > 0) assert_int_equal(gvm_workers_new(&j.pool, threads), GVM_OK);
        for (size_t a = 0; a < sizeof counts / sizeof counts[0]; a++) {
            for (size_t b = 0; b < sizeof grains / sizeof grains[0]; b++) {
                memset((void *)&j.seen, 0, sizeof j.seen);
                j.count = counts[a];
                j.grain = grains[b];
                gvm_workers_for(j.pool, j.count, j.grain, mark, &j);
                for (size_t i = 0; i < sizeof j.seen; i++) assert_int_equal(j.seen[i], i < j.count);
            }
        }
        gvm_workers_delete(j.pool);
    }
}

static void inner(void *ctx, size_t from, size_t to, unsigned lane) {
    (void)ctx;
    (void)lane;
    (void)atomic_fetch_add(&counter, to - from);
}

static void outer(void *ctx, size_t from, size_t to, unsigned lane) {
    (void)lane;
    for (size_t i = from; i < to; i++) gvm_workers_for(ctx, 100, 1, inner, NULL);
}

/* A loop inside a loop on the same workers: the inner ones must not wait for workers that wait for
 * them. */
static void test_loops_in_loops(void **state) {
    (void)state;
    gvm_workers *p;
    assert_int_equal(gvm_workers_new(&p, 2), GVM_OK);
    counter = 0;
    gvm_workers_for(p, 200, 1, outer, p);
    assert_int_equal(counter, 20000);
    gvm_workers_delete(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_task_runs_once),
        cmocka_unit_test(test_loops_cover_everything_once),
        cmocka_unit_test(test_loops_in_loops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
