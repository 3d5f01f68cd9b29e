/* Both backends against one naive model, then what each promises for itself. */
#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define ok(expr) assert_int_equal((expr), GVM_OK)

enum { MODEL_KEYS = 3000 };

typedef struct model {
    int value[MODEL_KEYS]; /* 0: absent */
} model;

static uint64_t rng_state;
static uint32_t rnd(uint32_t below) {
    rng_state = rng_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(rng_state >> 33) % below;
}

/* Key i as bytes of uneven length whose order is that of the index. */
static gvm_bytes key_of(char *buf, int i) {
    int n = snprintf(buf, 40, "k%04d%.*s", i, i % 17, "abcdefghijklmnopqrst");
    return gvm_bytes_make(buf, (size_t)n);
}

static void check_model(gvm_store_txn *txn, const model *m) {
    char buf[40];
    gvm_store_cursor *c;
    ok(gvm_store_cursor_open(&c, txn, GVM_TABLE_META));
    gvm_status s = gvm_store_seek(c, (gvm_bytes){0});
    int last = -1;
    for (int i = 0; i < MODEL_KEYS; i++) {
        gvm_bytes v;
        gvm_status g = gvm_store_get(txn, &v, GVM_TABLE_META, key_of(buf, i));
        assert_int_equal(g, m->value[i] ? GVM_OK : GVM_ERR_NOT_FOUND);
        if (!m->value[i]) continue;
        assert_int_equal(v.len, sizeof(int));
        assert_memory_equal(v.ptr, &m->value[i], sizeof(int));
        assert_int_equal(s, GVM_OK);
        assert_true(gvm_bytes_equal(gvm_store_cursor_key(c), key_of(buf, i)));
        s = gvm_store_next(c);
        last = i;
    }
    assert_int_equal(s, GVM_ERR_NOT_FOUND);
    s = gvm_store_seek_before(c, (gvm_bytes){0});
    for (int i = last; i >= 0; i--) {
        if (!m->value[i]) continue;
        assert_int_equal(s, GVM_OK);
        assert_true(gvm_bytes_equal(gvm_store_cursor_key(c), key_of(buf, i)));
        s = gvm_store_prev(c);
    }
    assert_int_equal(s, GVM_ERR_NOT_FOUND);
    for (int n = 0; n < 50; n++) {
        int at = (int)rnd(MODEL_KEYS), above = at, below = at - 1;
        while (above < MODEL_KEYS && !m->value[above]) above++;
        while (below >= 0 && !m->value[below]) below--;
        s = gvm_store_seek(c, key_of(buf, at));
        assert_int_equal(s, above < MODEL_KEYS ? GVM_OK : GVM_ERR_NOT_FOUND);
        if (s == GVM_OK) assert_true(gvm_bytes_equal(gvm_store_cursor_key(c), key_of(buf, above)));
        s = gvm_store_seek_before(c, key_of(buf, at));
        assert_int_equal(s, below >= 0 ? GVM_OK : GVM_ERR_NOT_FOUND);
        if (s == GVM_OK) assert_true(gvm_bytes_equal(gvm_store_cursor_key(c), key_of(buf, below)));
    }
    gvm_store_cursor_close(c);
}

static void run_model(gvm_store *store) {
    static model now, held;
    memset(&now, 0, sizeof now);
    rng_state = 7;
    gvm_store_txn *old = NULL;
    for (int round = 0; round < 60; round++) {
        model before = now;
        gvm_store_txn *w;
        ok(gvm_store_write_begin(&w, store));
        /* Waves of growth and of shrinking, so that trees split and collapse. */
        int grow = (round / 10) % 2 == 0;
        for (int n = 0; n < 400; n++) {
            char buf[40];
            int i = (int)rnd(MODEL_KEYS);
            gvm_bytes k = key_of(buf, i);
            if (rnd(10) < (grow ? 9u : 1u)) {
                now.value[i] = round * 1000 + n + 1;
                ok(gvm_store_put(w, GVM_TABLE_META, k, gvm_bytes_make(&now.value[i], sizeof(int))));
            } else {
                gvm_status s = gvm_store_del(w, GVM_TABLE_META, k);
                assert_int_equal(s, now.value[i] ? GVM_OK : GVM_ERR_NOT_FOUND);
                now.value[i] = 0;
            }
        }
        check_model(w, &now);
        if (round % 5 == 4) {
            gvm_store_write_abort(w);
            now = before;
        } else {
            ok(gvm_store_write_commit(w, NULL));
        }
        if (old) {
            check_model(old, &held);
            gvm_store_read_end(old);
        }
        ok(gvm_store_read_begin(&old, store));
        check_model(old, &now);
        held = now;
    }
    gvm_store_read_end(old);
    gvm_store_txn *w;
    ok(gvm_store_write_begin(&w, store));
    for (int i = 0; i < MODEL_KEYS; i++) {
        char buf[40];
        if (now.value[i]) ok(gvm_store_del(w, GVM_TABLE_META, key_of(buf, i)));
    }
    gvm_store_cursor *c;
    ok(gvm_store_cursor_open(&c, w, GVM_TABLE_META));
    assert_int_equal(gvm_store_seek(c, (gvm_bytes){0}), GVM_ERR_NOT_FOUND);
    assert_int_equal(gvm_store_seek_before(c, (gvm_bytes){0}), GVM_ERR_NOT_FOUND);
    gvm_store_cursor_close(c);
    ok(gvm_store_write_commit(w, NULL));
}

static void run_rules(gvm_store *store) {
    gvm_store_txn *w, *r;
    gvm_bytes v;
    ok(gvm_store_write_begin(&w, store));
    assert_int_equal(gvm_store_put(w, GVM_TABLE_META, (gvm_bytes){0}, v = gvm_bytes_str("v")),
                     GVM_ERR_LIMIT);
    gvm_store_write_abort(w);

    ok(gvm_store_write_begin(&w, store));
    ok(gvm_store_append(w, GVM_TABLE_META, gvm_bytes_str("a"), gvm_bytes_str("1")));
    ok(gvm_store_append(w, GVM_TABLE_META, gvm_bytes_str("b"), gvm_bytes_str("")));
    assert_int_equal(gvm_store_append(w, GVM_TABLE_META, gvm_bytes_str("b"), gvm_bytes_str("3")),
                     GVM_ERR_ARGUMENT);
    gvm_store_cursor *c;
    ok(gvm_store_cursor_open(&c, w, GVM_TABLE_META));
    assert_int_equal(gvm_store_next(c), GVM_ERR_STATE);
    ok(gvm_store_seek(c, gvm_bytes_str("a")));
    assert_true(gvm_store_cursor_in(c, gvm_bytes_str("a")));
    ok(gvm_store_put(w, GVM_TABLE_META, gvm_bytes_str("aa"), gvm_bytes_str("2")));
    assert_int_equal(gvm_store_next(c), GVM_ERR_STATE);
    ok(gvm_store_seek(c, gvm_bytes_str("a")));
    ok(gvm_store_next(c));
    assert_true(gvm_bytes_equal(gvm_store_cursor_value(c), gvm_bytes_str("2")));
    gvm_store_cursor_close(c);
    ok(gvm_store_write_commit(w, NULL));

    ok(gvm_store_read_begin(&r, store));
    ok(gvm_store_get(r, &v, GVM_TABLE_META, gvm_bytes_str("b")));
    assert_int_equal(v.len, 0);
    ok(gvm_store_write_begin(&w, store));
    ok(gvm_store_del(w, GVM_TABLE_META, gvm_bytes_str("b")));
    ok(gvm_store_write_commit(w, NULL));
    ok(gvm_store_get(r, &v, GVM_TABLE_META, gvm_bytes_str("b")));
    ok(gvm_store_read_renew(r));
    assert_int_equal(gvm_store_get(r, &v, GVM_TABLE_META, gvm_bytes_str("b")), GVM_ERR_NOT_FOUND);

    assert_int_equal(gvm_store_expire(store, 0), 1);
    assert_false(gvm_store_read_valid(r));
    assert_int_equal(gvm_store_get(r, &v, GVM_TABLE_META, gvm_bytes_str("a")), GVM_ERR_TIMEOUT);
    ok(gvm_store_read_renew(r));
    assert_true(gvm_store_read_valid(r));
    ok(gvm_store_get(r, &v, GVM_TABLE_META, gvm_bytes_str("a")));
    gvm_store_read_end(r);
}

static void test_memory_follows_the_model(void **state) {
    (void)state;
    gvm_store *store;
    ok(gvm_store_open_memory(&store));
    run_model(store);
    gvm_store_stats stats;
    gvm_store_stats_get(store, &stats);
    assert_int_equal(stats.file_bytes, 0);
    run_rules(store);
    gvm_store_close(store);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_follows_the_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
