/* The kept trie against the streaming one (which has the official vectors, see conformance), and
 * proofs. */
#include "trie/trie.h"

#include "crypto/keccak.h"
#include "trie/record.h"
#include "trie/root.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define ok(expr) assert_int_equal((expr), GVM_OK)

enum { MODEL_MAX = 600 };

typedef struct entry {
    gvm_hash key;
    uint8_t value[40];
    size_t len;
} entry;

typedef struct record {
    gvm_trie_path slot;
    uint8_t bytes[GVM_TRIE_RECORD_MAX];
    size_t len;
} record;

typedef struct model {
    entry entries[MODEL_MAX]; /* sorted */
    size_t count;
    record records[MODEL_MAX];
    size_t record_count;
} model;

static uint64_t rng_state;
static uint32_t rnd(uint32_t below) {
    rng_state = rng_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(rng_state >> 33) % below;
}

static record *record_of(model *m, const gvm_trie_path *slot) {
    for (size_t i = 0; i < m->record_count; i++)
        if (memcmp(&m->records[i].slot, slot, sizeof *slot) == 0) return &m->records[i];
    return NULL;
}

static gvm_status source_branch(void *ctx, gvm_bytes *out, const gvm_trie_path *slot) {
    record *r = record_of(ctx, slot);
    if (!r) return GVM_ERR_NOT_FOUND;
    *out = gvm_bytes_make(r->bytes, r->len);
    return GVM_OK;
}

static gvm_status source_leaf(void *ctx, gvm_hash *key, gvm_bytes *value,
                              const gvm_trie_path *prefix) {
    model *m = ctx;
    for (size_t i = 0; i < m->count; i++) {
        if (gvm_nibbles_common(m->entries[i].key.b, prefix->nibble, 0, prefix->len) != prefix->len)
            continue;
        *key = m->entries[i].key;
        *value = gvm_bytes_make(m->entries[i].value, m->entries[i].len);
        return GVM_OK;
    }
    return GVM_ERR_NOT_FOUND;
}

static void set_entry(model *m, const gvm_hash *key, gvm_bytes value) {
    size_t at = 0;
    while (at < m->count && memcmp(m->entries[at].key.b, key->b, 32) < 0) at++;
    bool there = at < m->count && gvm_hash_equal(&m->entries[at].key, key);
    if (value.len == 0) {
        if (!there) return;
        m->count--;
        memmove(&m->entries[at], &m->entries[at + 1], (m->count - at) * sizeof(entry));
        return;
    }
    if (!there) {
        assert_true(m->count < MODEL_MAX);
        memmove(&m->entries[at + 1], &m->entries[at], (m->count - at) * sizeof(entry));
        m->count++;
    }
    m->entries[at].key = *key;
    m->entries[at].len = value.len;
    memcpy(m->entries[at].value, value.ptr, value.len);
}

static void set_record(model *m, const gvm_trie_edit *e) {
    record *r = record_of(m, &e->slot);
    if (e->record.len == 0) {
        /* Only what is there is ever removed. */
        assert_non_null(r);
        *r = m->records[--m->record_count];
        return;
    }
    if (!r) {
        assert_true(m->record_count < MODEL_MAX);
        r = &m->records[m->record_count++];
    }
    r->slot = e->slot;
    r->len = e->record.len;
    memcpy(r->bytes, e->record.ptr, r->len);
}

/* The records that a fresh build of the same entries makes. */
static gvm_status expect_record(void *ctx, const gvm_trie_branch *b) {
    model *m = ctx;
    gvm_trie_kept kept = {.at = gvm_trie_path_of(b->key, b->depth),
                          .slot = (uint8_t)b->slot,
                          .mask = b->mask,
                          .leaves = b->leaves};
    memcpy(kept.ref, b->ref, sizeof kept.ref);
    uint8_t bytes[GVM_TRIE_RECORD_MAX];
    size_t len = gvm_trie_record_write(bytes, &kept);
    gvm_trie_path slot = gvm_trie_path_of(b->key, b->slot);
    record *r = record_of(m, &slot);
    assert_non_null(r);
    assert_int_equal(r->len, len);
    assert_memory_equal(r->bytes, bytes, len);
    m->record_count--; /* counts down to the surplus */
    *r = m->records[m->record_count];
    return GVM_OK;
}

static void check_against_fresh_build(const model *m, const gvm_hash *root) {
    static model copy;
    copy = *m;
    gvm_trie_builder *builder;
    ok(gvm_trie_builder_new(&builder, expect_record, &copy));
    for (size_t i = 0; i < m->count; i++)
        ok(gvm_trie_builder_add(builder, gvm_bytes_make(m->entries[i].key.b, 32),
                                gvm_bytes_make(m->entries[i].value, m->entries[i].len)));
    gvm_trie_ref ref;
    bool is_leaf;
    gvm_hash want;
    ok(gvm_trie_builder_finish(builder, &ref, &is_leaf));
    gvm_trie_ref_root(&want, &ref);
    gvm_trie_builder_delete(builder);
    assert_memory_equal(root->b, want.b, 32);
    assert_int_equal(copy.record_count, 0);
}

/* Keys that share long prefixes often, so that extensions, splits and merges happen at every depth.
 */
static gvm_hash random_key(void) {
    gvm_hash k = {{0}};
    unsigned style = rnd(4);
    size_t from = style == 0 ? 0 : rnd(64);
    for (size_t i = 0; i < 3; i++) k.b[i] = (uint8_t)(rnd(3) * 0x10 + rnd(2));
    for (size_t i = from / 2; i < 32; i++)
        k.b[i] = (uint8_t)(style == 1 ? rnd(256) : rnd(8) ? 0 : rnd(4));
    return k;
}

static gvm_hash pick_key(const model *m) {
    if (m->count && rnd(2)) {
        gvm_hash k = m->entries[rnd((uint32_t)m->count)].key;
        if (rnd(4) == 0) k.b[rnd(32)] ^= (uint8_t)(1u << rnd(8));
        return k;
    }
    return random_key();
}

static int compare_changes(const void *a, const void *b) {
    return memcmp(((const gvm_trie_change *)a)->key.b, ((const gvm_trie_change *)b)->key.b, 32);
}

static void prove_and_verify(model *m, const gvm_trie_source *source, const gvm_hash *root) {
    gvm_trie_nodes many = {0};
    enum { KEYS = 8 };
    gvm_hash keys[KEYS];
    gvm_bytes key_bytes[KEYS], values[KEYS], bag[KEYS * 70], want[KEYS];
    size_t bagged = 0;
    for (int n = 0; n < KEYS; n++) {
        keys[n] = pick_key(m);
        key_bytes[n] = gvm_bytes_make(keys[n].b, 32);
        gvm_trie_nodes nodes = {0};
        ok(gvm_trie_prove(&nodes, source, root, &keys[n]));
        gvm_bytes list[70], value;
        assert_true(nodes.count < 70);
        for (size_t i = 0; i < nodes.count; i++) {
            list[i] = gvm_trie_nodes_get(&nodes, i);
            bool known = false;
            for (size_t j = 0; j < many.count; j++)
                if (gvm_bytes_equal(gvm_trie_nodes_get(&many, j), list[i])) known = true;
            if (!known) ok(gvm_trie_nodes_add(&many, list[i]));
        }
        ok(gvm_trie_verify(&value, root, key_bytes[n], list, nodes.count));
        want[n] = (gvm_bytes){0};
        for (size_t i = 0; i < m->count; i++)
            if (gvm_hash_equal(&m->entries[i].key, &keys[n]))
                want[n] = gvm_bytes_make(m->entries[i].value, m->entries[i].len);
        assert_true(gvm_bytes_equal(value, want[n]));
        assert_int_equal(value.ptr != NULL, want[n].len != 0);
        if (nodes.count) {
            assert_int_equal(gvm_trie_verify(&value, root, key_bytes[n], list, nodes.count - 1),
                             GVM_ERR_PROOF);
            uint8_t *byte = &nodes.data.ptr[rnd((uint32_t)nodes.data.len)];
            *byte ^= (uint8_t)(1u << rnd(8));
            assert_int_equal(gvm_trie_verify(&value, root, key_bytes[n], list, nodes.count),
                             GVM_ERR_PROOF);
        }
        gvm_trie_nodes_free(&nodes);
    }
    for (size_t i = 0; i < many.count; i++) bag[bagged++] = gvm_trie_nodes_get(&many, i);
    ok(gvm_trie_verify_many(values, root, key_bytes, KEYS, bag, bagged));
    for (int n = 0; n < KEYS; n++) assert_true(gvm_bytes_equal(values[n], want[n]));
    if (bagged > 1)
        assert_int_equal(gvm_trie_verify_many(values, root, key_bytes, KEYS, bag, bagged - 1),
                         GVM_ERR_PROOF);
    gvm_trie_nodes_free(&many);
}

static void test_update_equals_fresh_build(void **state) {
    (void)state;
    static model m;
    gvm_trie_source source = {&m, source_branch, source_leaf};
    for (uint64_t seed = 1; seed <= 60; seed++) {
        rng_state = seed;
        memset(&m, 0, sizeof m);
        gvm_hash root = gvm_trie_empty_root;
        uint32_t size = 1 + rnd(40);
        for (int round = 0; round < 40; round++) {
            gvm_arena arena = {0};
            gvm_trie_change changes[64];
            static uint8_t values[64][40];
            size_t count = 1 + rnd(size), unique = 0;
            bool shrink = round % 10 > 6;
            for (size_t i = 0; i < count; i++) {
                changes[i].key = pick_key(&m);
                changes[i].there = false;
                if (rnd(2))
                    for (size_t k = 0; k < m.count; k++)
                        changes[i].there |= gvm_hash_equal(&m.entries[k].key, &changes[i].key);
                size_t len = rnd(10) < (shrink ? 8u : 2u) ? 0 : rnd(3) ? 1 : 1 + rnd(40);
                for (size_t j = 0; j < len; j++) values[i][j] = (uint8_t)(1 + rnd(255));
                changes[i].value = gvm_bytes_make(values[i], len);
            }
            qsort(changes, count, sizeof *changes, compare_changes);
            for (size_t i = 0; i < count; i++)
                if (unique == 0 || !gvm_hash_equal(&changes[unique - 1].key, &changes[i].key))
                    changes[unique++] = changes[i];
            gvm_trie_edit *edits;
            gvm_hash next, again;
            ok(gvm_trie_update(&next, &edits, &arena, &source, &root, changes, unique));
            ok(gvm_trie_update(&again, NULL, &arena, &source, &root, changes, unique));
            assert_memory_equal(next.b, again.b, 32);
            for (size_t i = 0; i < unique; i++) set_entry(&m, &changes[i].key, changes[i].value);
            for (; edits; edits = edits->next) set_record(&m, edits);
            root = next;
            check_against_fresh_build(&m, &root);
            ok(gvm_trie_source_root(&next, &source));
            assert_memory_equal(next.b, root.b, 32);
            prove_and_verify(&m, &source, &root);
            gvm_arena_free(&arena);
            if (m.count > MODEL_MAX - 100) break;
        }
    }
}

static void test_path_keys_keep_order_and_are_prefix_free(void **state) {
    (void)state;
    rng_state = 5;
    for (int n = 0; n < 20000; n++) {
        gvm_hash a = {{0}}, b;
        for (size_t i = 0; i < 32; i++) a.b[i] = (uint8_t)rnd(256);
        b = a;
        if (rnd(2)) b.b[rnd(32)] = (uint8_t)rnd(256);
        gvm_trie_path p = gvm_trie_path_of(a.b, rnd(65)), q = gvm_trie_path_of(b.b, rnd(65));
        uint8_t k[GVM_TRIE_PATH_KEY_MAX], l[GVM_TRIE_PATH_KEY_MAX];
        size_t kn = gvm_trie_path_key(k, &p), ln = gvm_trie_path_key(l, &q);
        size_t common = gvm_nibbles_common(p.nibble, q.nibble, 0, p.len < q.len ? p.len : q.len);
        int want = common == p.len && common == q.len                            ? 0
                   : common == p.len                                             ? -1
                   : common == q.len                                             ? 1
                   : gvm_nibble(p.nibble, common) < gvm_nibble(q.nibble, common) ? -1
                                                                                 : 1;
        int got = gvm_bytes_compare(gvm_bytes_make(k, kn), gvm_bytes_make(l, ln));
        assert_int_equal((got > 0) - (got < 0), want);
        size_t shorter = kn < ln ? kn : ln;
        if (want != 0) assert_memory_not_equal(k, l, shorter);
    }
}

static void test_builder_refuses_disorder(void **state) {
    (void)state;
    gvm_bytes v = gvm_bytes_str("v");
    gvm_trie_item items[2] = {{gvm_bytes_str("b"), v}, {gvm_bytes_str("a"), v}};
    gvm_hash root;
    assert_int_equal(gvm_trie_root_sorted(&root, items, 2), GVM_ERR_ARGUMENT);
    ok(gvm_trie_root_unsorted(&root, items, 2));
    items[1] = items[0];
    assert_int_equal(gvm_trie_root_unsorted(&root, items, 2), GVM_ERR_ARGUMENT);
    items[1] = (gvm_trie_item){gvm_bytes_str("c"), {0}};
    assert_int_equal(gvm_trie_root_sorted(&root, items, 2), GVM_ERR_ARGUMENT);
    ok(gvm_trie_root_sorted(&root, NULL, 0));
    assert_memory_equal(root.b, gvm_trie_empty_root.b, 32);
    gvm_hash h;
    gvm_keccak256(&h, gvm_bytes_make("\x80", 1));
    assert_memory_equal(h.b, gvm_trie_empty_root.b, 32);
}

/* The same list by its index keys and by hand, across the lengths where RLP of an index changes. */
static void test_list_root_is_that_of_its_index_keys(void **state) {
    (void)state;
    static uint8_t text[400];
    for (size_t i = 0; i < sizeof text; i++) text[i] = (uint8_t)(i * 7 + 1);
    static const size_t sizes[] = {0, 1, 2, 16, 127, 128, 129, 255, 256, 257, 300};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        size_t n = sizes[s];
        gvm_bytes values[300];
        gvm_trie_item items[300];
        uint8_t keys[300][3];
        for (size_t i = 0; i < n; i++) {
            values[i] = gvm_bytes_make(text + i, 1 + i % 50);
            size_t len = 1;
            if (i == 0) {
                keys[i][0] = 0x80;
            } else if (i < 128) {
                keys[i][0] = (uint8_t)i;
            } else if (i < 256) {
                keys[i][0] = 0x81;
                keys[i][1] = (uint8_t)i;
                len = 2;
            } else {
                keys[i][0] = 0x82;
                keys[i][1] = (uint8_t)(i >> 8);
                keys[i][2] = (uint8_t)i;
                len = 3;
            }
            items[i] = (gvm_trie_item){gvm_bytes_make(keys[i], len), values[i]};
        }
        gvm_hash a, b;
        ok(gvm_trie_root_list(&a, values, n));
        ok(gvm_trie_root_unsorted(&b, items, n));
        assert_memory_equal(a.b, b.b, 32);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_update_equals_fresh_build),
        cmocka_unit_test(test_path_keys_keep_order_and_are_prefix_free),
        cmocka_unit_test(test_builder_refuses_disorder),
        cmocka_unit_test(test_list_root_is_that_of_its_index_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
