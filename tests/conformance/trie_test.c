/* TrieTests of ethereum/tests: roots of plain and secure tries, and the order of keys (nextprev).
 */
#include "crypto/keccak.h"
#include "store/store.h"
#include "trie/root.h"
#include "trie/trie.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <yyjson.h>

enum { ENTRIES_MAX = 4096 };

typedef struct entry {
    uint8_t key[128], value[512];
    size_t klen, vlen;
} entry;

static char folder[512];
static entry entries[ENTRIES_MAX];
static size_t entry_count;

static yyjson_doc *load(const char *name) {
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    yyjson_doc *doc = yyjson_read_file(path, 0, NULL, NULL);
    assert_non_null(doc);
    return doc;
}

static int digit(char c) {
    return c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
}

/* "0x..." is hex, anything else stands for its own bytes. */
static size_t bytes_of(uint8_t *out, size_t cap, const char *s) {
    size_t n = strlen(s);
    if (n >= 2 && s[0] == '0' && s[1] == 'x') {
        assert_true(n / 2 - 1 <= cap);
        for (size_t i = 2; i + 1 < n; i += 2)
            out[i / 2 - 1] = (uint8_t)(digit(s[i]) << 4 | digit(s[i + 1]));
        return n / 2 - 1;
    }
    assert_true(n <= cap);
    memcpy(out, s, n);
    return n;
}

/* ---- the kept trie beside the list of entries, change by change; its keys are hashes, so for
 * secure tries only */

typedef struct kept_record {
    gvm_trie_path slot;
    uint8_t bytes[600];
    size_t len;
} kept_record;

static kept_record records[256];
static size_t record_count;
static gvm_hash kept_root;

static gvm_status kept_branch(void *ctx, gvm_bytes *out, const gvm_trie_path *slot) {
    (void)ctx;
    for (size_t i = 0; i < record_count; i++) {
        if (memcmp(&records[i].slot, slot, sizeof *slot) != 0) continue;
        *out = gvm_bytes_make(records[i].bytes, records[i].len);
        return GVM_OK;
    }
    return GVM_ERR_NOT_FOUND;
}

static gvm_status kept_leaf(void *ctx, gvm_hash *key, gvm_bytes *value,
                            const gvm_trie_path *prefix) {
    (void)ctx;
    for (size_t i = 0; i < entry_count; i++) {
        if (gvm_nibbles_common(entries[i].key, prefix->nibble, 0, prefix->len) != prefix->len)
            continue;
        memcpy(key->b, entries[i].key, 32);
        *value = gvm_bytes_make(entries[i].value, entries[i].vlen);
        return GVM_OK;
    }
    return GVM_ERR_NOT_FOUND;
}

static void apply_to_kept(const entry *e) {
    gvm_trie_source source = {NULL, kept_branch, kept_leaf};
    gvm_arena arena = {0};
    gvm_trie_edit *edits;
    gvm_trie_change change = {.value = gvm_bytes_make(e->value, e->vlen)};
    memcpy(change.key.b, e->key, 32);
    assert_int_equal(gvm_trie_update(&kept_root, &edits, &arena, &source, &kept_root, &change, 1),
                     GVM_OK);
    for (; edits; edits = edits->next) {
        size_t at = 0;
        while (at < record_count &&
               memcmp(&records[at].slot, &edits->slot, sizeof edits->slot) != 0)
            at++;
        assert_true(at < sizeof records / sizeof *records);
        if (edits->record.len == 0) {
            assert_true(at < record_count);
            records[at] = records[--record_count];
            continue;
        }
        if (at == record_count) record_count++;
        records[at].slot = edits->slot;
        records[at].len = edits->record.len;
        memcpy(records[at].bytes, edits->record.ptr, edits->record.len);
    }
    gvm_arena_free(&arena);
}

static void apply(yyjson_val *key, yyjson_val *value, bool secure) {
    entry e;
    e.klen = bytes_of(e.key, sizeof e.key, yyjson_get_str(key));
    e.vlen = yyjson_is_null(value) ? 0 : bytes_of(e.value, sizeof e.value, yyjson_get_str(value));
    if (secure) {
        gvm_hash h;
        gvm_keccak256(&h, gvm_bytes_make(e.key, e.klen));
        memcpy(e.key, h.b, e.klen = 32);
        apply_to_kept(&e);
    }
    size_t at = 0;
    while (at < entry_count &&
           !(entries[at].klen == e.klen && memcmp(entries[at].key, e.key, e.klen) == 0))
        at++;
    assert_true(at < ENTRIES_MAX);
    if (e.vlen == 0) {
        if (at < entry_count) entries[at] = entries[--entry_count];
        return;
    }
    if (at == entry_count) entry_count++;
    entries[at] = e;
}

static void check_file(const char *name, bool secure, size_t expected_cases) {
    yyjson_doc *doc = load(name);
    size_t i, max, cases = 0;
    yyjson_val *title, *test;
    yyjson_obj_foreach(yyjson_doc_get_root(doc), i, max, title, test) {
        yyjson_val *in = yyjson_obj_get(test, "in"), *k, *v;
        size_t j, n;
        entry_count = record_count = 0;
        kept_root = gvm_trie_empty_root;
        if (yyjson_is_arr(in)) {
            yyjson_arr_foreach(in, j, n, v)
                apply(yyjson_arr_get(v, 0), yyjson_arr_get(v, 1), secure);
        } else {
            yyjson_obj_foreach(in, j, n, k, v) apply(k, v, secure);
        }
        gvm_trie_item items[ENTRIES_MAX];
        for (j = 0; j < entry_count; j++) {
            items[j].key = gvm_bytes_make(entries[j].key, entries[j].klen);
            items[j].value = gvm_bytes_make(entries[j].value, entries[j].vlen);
        }
        gvm_hash root, want;
        assert_int_equal(gvm_trie_root_unsorted(&root, items, entry_count), GVM_OK);
        bytes_of(want.b, 32, yyjson_get_str(yyjson_obj_get(test, "root")));
        if (!gvm_hash_equal(&root, &want)) fail_msg("%s: %s", name, yyjson_get_str(title));
        if (secure && !gvm_hash_equal(&kept_root, &want))
            fail_msg("%s: %s, kept trie", name, yyjson_get_str(title));
        cases++;
    }
    assert_int_equal(cases, expected_cases);
    yyjson_doc_free(doc);
}

static void test_roots(void **state) {
    (void)state;
    check_file("trietest.json", false, 5);
    check_file("trieanyorder.json", false, 7);
    check_file("trietest_secureTrie.json", true, 3);
    check_file("trieanyorder_secureTrie.json", true, 7);
    check_file("hex_encoded_securetrie_test.json", true, 3);
}

static void expect_key(gvm_store_cursor *c, gvm_status s, const char *want) {
    if (want[0] == '\0') {
        assert_int_equal(s, GVM_ERR_NOT_FOUND);
        return;
    }
    assert_int_equal(s, GVM_OK);
    assert_true(gvm_bytes_equal(gvm_store_cursor_key(c), gvm_bytes_str(want)));
}

/* Before and after a key: the order that the store's cursors promise. */
static void test_next_and_previous(void **state) {
    (void)state;
    yyjson_doc *doc = load("trietestnextprev.json");
    yyjson_val *test = yyjson_obj_get(yyjson_doc_get_root(doc), "basic"), *v;
    gvm_store *store;
    gvm_store_txn *txn;
    gvm_store_cursor *c;
    assert_int_equal(gvm_store_open_memory(&store), GVM_OK);
    assert_int_equal(gvm_store_write_begin(&txn, store), GVM_OK);
    size_t i, n, cases = 0;
    yyjson_arr_foreach(yyjson_obj_get(test, "in"), i, n, v) {
        gvm_bytes key = gvm_bytes_str(yyjson_get_str(v));
        assert_int_equal(gvm_store_put(txn, GVM_TABLE_META, key, key), GVM_OK);
    }
    assert_int_equal(gvm_store_cursor_open(&c, txn, GVM_TABLE_META), GVM_OK);
    yyjson_arr_foreach(yyjson_obj_get(test, "tests"), i, n, v) {
        gvm_bytes key = gvm_bytes_str(yyjson_get_str(yyjson_arr_get(v, 0)));
        gvm_status s = key.len ? gvm_store_seek_before(c, key) : GVM_ERR_NOT_FOUND;
        expect_key(c, s, yyjson_get_str(yyjson_arr_get(v, 1)));
        s = gvm_store_seek(c, key);
        if (s == GVM_OK && gvm_bytes_equal(gvm_store_cursor_key(c), key)) s = gvm_store_next(c);
        expect_key(c, s, yyjson_get_str(yyjson_arr_get(v, 2)));
        cases++;
    }
    assert_int_equal(cases, 12);
    gvm_store_cursor_close(c);
    gvm_store_write_abort(txn);
    gvm_store_close(store);
    yyjson_doc_free(doc);
}

int main(void) {
    const char *vectors = getenv("GHOSTVM_VECTORS");
    snprintf(folder, sizeof folder, "%s/ethereum/ethereum-tests/TrieTests",
             vectors ? vectors : "../shared/vectors");
    if (access(folder, R_OK) != 0) {
        printf("skipped: no %s\n", folder);
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_roots),
        cmocka_unit_test(test_next_and_previous),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
