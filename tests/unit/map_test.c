#include "base/map.h"
#include "base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

/* Against a plain array that is searched from end to end: random puts, removals, truncations,
 * clears, few keys. */
static void check_against_array(size_t key_len, uint64_t seed) {
    enum { KEYS = 300 };
    gvm_rng r;
    gvm_rng_init(&r, seed);
    uint8_t keys[KEYS][64];
    for (size_t i = 0; i < KEYS; i++) {
        memset(keys[i], 7, 64);
        keys[i][0] = (uint8_t)i;
        if (key_len > 1) keys[i][key_len - 1] = (uint8_t)(i >> 8);
    }
    size_t distinct = key_len == 1 ? 256 : KEYS;
    size_t model[KEYS], values[KEYS], n = 0; /* key numbers in the map's order */
    gvm_map m;
    gvm_map_init(&m, key_len, sizeof(size_t));
    for (int step = 0; step < 20000; step++) {
        size_t k = gvm_rng_below(&r, distinct), at = 0;
        while (at < n && model[at] != k) at++;
        uint64_t what = gvm_rng_below(&r, 1000);
        if (what < 600) {
            bool created;
            size_t *v = gvm_map_put(&m, &created, keys[k]);
            assert_non_null(v);
            assert_int_equal(created, at == n);
            if (created) {
                assert_int_equal(*v, 0);
                *v = (size_t)step + 1;
                model[n] = k;
                values[n++] = *v;
            }
            assert_int_equal(*v, values[at]);
        } else if (what < 980) {
            assert_int_equal(gvm_map_remove(&m, keys[k]), at < n);
            if (at < n) {
                n--;
                model[at] = model[n];
                values[at] = values[n];
            }
        } else if (what < 995) {
            n = gvm_rng_below(&r, n + 1);
            gvm_map_truncate(&m, n);
        } else {
            n = 0;
            gvm_map_clear(&m);
        }
        assert_int_equal(gvm_map_count(&m), n);
        if (step % 50 != 0) continue;
        for (size_t i = 0; i < n; i++) {
            assert_memory_equal(gvm_map_key_at(&m, i), keys[model[i]], key_len);
            assert_ptr_equal(gvm_map_get(&m, keys[model[i]]), gvm_map_value_at(&m, i));
            assert_int_equal(*(size_t *)gvm_map_value_at(&m, i), values[i]);
        }
    }
    gvm_map_free(&m);
}

static void test_like_an_array(void **state) {
    (void)state;
    static const size_t lens[] = {1, 8, 15, 16, 17, 20, 32, 52, 64};
    for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++) check_against_array(lens[i], i);
}

static void test_values_stay_and_order_is_insertion(void **state) {
    (void)state;
    enum { N = 100000 };
    gvm_map m;
    gvm_map_init(&m, 20, 8);
    void **at = calloc(N, sizeof *at);
    gvm_address a = {{0}};
    for (uint32_t i = 0; i < N; i++) {
        gvm_store_be32(a.b + 3, i * 2654435761u);
        bool created;
        at[i] = gvm_map_put(&m, &created, &a);
        assert_true(created);
        gvm_store_le64(at[i], i);
    }
    for (uint32_t i = 0; i < N; i++) {
        gvm_store_be32(a.b + 3, i * 2654435761u);
        assert_ptr_equal(gvm_map_get(&m, &a), at[i]);
        assert_ptr_equal(gvm_map_value_at(&m, i), at[i]);
        assert_int_equal(gvm_load_le64(at[i]), i);
    }
    uint32_t *order = malloc(N * sizeof *order);
    gvm_map_sorted(&m, order);
    for (uint32_t i = 1; i < N; i++) {
        assert_true(memcmp(gvm_map_key_at(&m, order[i - 1]), gvm_map_key_at(&m, order[i]), 20) < 0);
    }
    free(order);
    free(at);
    gvm_map_free(&m);
}

static void test_a_set_and_reserve(void **state) {
    (void)state;
    gvm_map m;
    gvm_map_init(&m, 32, 0);
    gvm_hash h = {{1}};
    assert_null(gvm_map_get(&m, &h));
    assert_false(gvm_map_remove(&m, &h));
    assert_int_equal(gvm_map_reserve(&m, 1000), GVM_OK);
    uint64_t *index = m.index;
    for (uint32_t i = 0; i < 1000; i++) {
        gvm_store_be32(h.b, i);
        assert_non_null(gvm_map_put(&m, NULL, &h));
    }
    assert_ptr_equal(m.index, index);
    for (uint32_t i = 0; i < 2000; i++) {
        gvm_store_be32(h.b, i);
        assert_int_equal(gvm_map_get(&m, &h) != NULL, i < 1000);
    }
    assert_int_equal(gvm_map_reserve(&m, SIZE_MAX), GVM_ERR_NOMEM);
    gvm_map_free(&m);
    assert_int_equal(gvm_map_count(&m), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_like_an_array),
        cmocka_unit_test(test_values_stay_and_order_is_insertion),
        cmocka_unit_test(test_a_set_and_reserve),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
