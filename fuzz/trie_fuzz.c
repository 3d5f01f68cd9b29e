/* The kept trie against the streaming builder, and every proof it makes against the verifier.
 *
 * The input is a program of batches: each change is a byte of key choice, a byte of key position
 * and a byte of value (0: remove); a choice of 0xff ends the batch. Keys come from a small family
 * with long common prefixes. */
#include "trie/record.h"
#include "trie/root.h"
#include "trie/trie.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { KEYS_MAX = 256, RECORDS_MAX = 512, BATCH_MAX = 64 };

typedef struct entry {
    gvm_hash key;
    uint8_t value[4];
    size_t len; /* 0: gone */
} entry;

typedef struct record {
    gvm_trie_path slot;
    uint8_t bytes[GVM_TRIE_RECORD_MAX];
    size_t len;
} record;

static entry entries[KEYS_MAX]; /* sorted */
static size_t entry_count;
static record records[RECORDS_MAX];
static size_t record_count;

static gvm_status branch(void *ctx, gvm_bytes *out, const gvm_trie_path *slot) {
    (void)ctx;
    for (size_t i = 0; i < record_count; i++) {
        if (memcmp(&records[i].slot, slot, sizeof *slot) != 0) continue;
        *out = gvm_bytes_make(records[i].bytes, records[i].len);
        return GVM_OK;
    }
    return GVM_ERR_NOT_FOUND;
}

static gvm_status leaf(void *ctx, gvm_hash *key, gvm_bytes *value, const gvm_trie_path *prefix) {
    (void)ctx;
    for (size_t i = 0; i < entry_count; i++) {
        if (gvm_nibbles_common(entries[i].key.b, prefix->nibble, 0, prefix->len) != prefix->len)
            continue;
        *key = entries[i].key;
        *value = gvm_bytes_make(entries[i].value, entries[i].len);
        return GVM_OK;
    }
    return GVM_ERR_NOT_FOUND;
}

static void put_entry(const gvm_hash *key, gvm_bytes value) {
    size_t at = 0;
    while (at < entry_count && memcmp(entries[at].key.b, key->b, 32) < 0) at++;
    bool there = at < entry_count && gvm_hash_equal(&entries[at].key, key);
    if (value.len == 0) {
        if (!there) return;
        entry_count--;
        memmove(&entries[at], &entries[at + 1], (entry_count - at) * sizeof(entry));
        return;
    }
    if (!there) {
        memmove(&entries[at + 1], &entries[at], (entry_count - at) * sizeof(entry));
        entry_count++;
    }
    entries[at].key = *key;
    entries[at].len = value.len;
    memcpy(entries[at].value, value.ptr, value.len);
}

static void put_record(const gvm_trie_edit *e) {
    size_t at = 0;
    while (at < record_count && memcmp(&records[at].slot, &e->slot, sizeof e->slot) != 0) at++;
    if (e->record.len == 0) {
        if (at == record_count) abort();
        records[at] = records[--record_count];
        return;
    }
    if (at == RECORDS_MAX) abort();
    if (at == record_count) record_count++;
    records[at].slot = e->slot;
    records[at].len = e->record.len;
    memcpy(records[at].bytes, e->record.ptr, e->record.len);
}

static gvm_hash key_of(uint8_t choice, uint8_t position) {
    gvm_hash k = {{0}};
    k.b[position % 32] = choice;
    k.b[position / 32 * 4] ^= (uint8_t)(choice << 4);
    return k;
}

static void check(const gvm_hash *root, const gvm_trie_source *source, const gvm_hash *asked) {
    gvm_trie_item items[KEYS_MAX];
    gvm_hash fresh;
    for (size_t i = 0; i < entry_count; i++)
        items[i] = (gvm_trie_item){gvm_bytes_make(entries[i].key.b, 32),
                                   gvm_bytes_make(entries[i].value, entries[i].len)};
    if (gvm_trie_root_sorted(&fresh, items, entry_count) != GVM_OK) abort();
    if (!gvm_hash_equal(&fresh, root)) abort();
    gvm_trie_nodes nodes = {0};
    gvm_bytes list[70], value, want = {0};
    if (gvm_trie_prove(&nodes, source, root, asked) != GVM_OK || nodes.count > 70) abort();
    for (size_t i = 0; i < nodes.count; i++) list[i] = gvm_trie_nodes_get(&nodes, i);
    if (gvm_trie_verify(&value, root, gvm_bytes_make(asked->b, 32), list, nodes.count) != GVM_OK)
        abort();
    for (size_t i = 0; i < entry_count; i++)
        if (gvm_hash_equal(&entries[i].key, asked)) want = items[i].value;
    if (!gvm_bytes_equal(value, want)) abort();
    gvm_trie_nodes_free(&nodes);
}

static int compare(const void *a, const void *b) {
    return memcmp(((const gvm_trie_change *)a)->key.b, ((const gvm_trie_change *)b)->key.b, 32);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    gvm_trie_source source = {NULL, branch, leaf};
    gvm_hash root = gvm_trie_empty_root;
    gvm_arena arena = {0};
    entry_count = record_count = 0;
    for (size_t at = 0; at + 3 <= size;) {
        gvm_trie_change list[BATCH_MAX];
        static uint8_t values[BATCH_MAX][4];
        size_t count = 0, unique = 0;
        while (count < BATCH_MAX && at + 3 <= size && data[at] != 0xff) {
            uint8_t v = data[at + 2];
            memset(values[count], v, 4);
            list[count].key = key_of(data[at], data[at + 1]);
            list[count].there = false;
            list[count].value = gvm_bytes_make(values[count], v ? 1 + v % 4u : 0);
            count++;
            at += 3;
        }
        at += count == 0 || (at < size && data[at] == 0xff);
        if (entry_count + count > KEYS_MAX) break;
        if (count) qsort(list, count, sizeof *list, compare);
        for (size_t i = 0; i < count; i++)
            if (unique == 0 || !gvm_hash_equal(&list[unique - 1].key, &list[i].key))
                list[unique++] = list[i];
        gvm_trie_edit *edits;
        if (gvm_trie_update(&root, &edits, &arena, &source, &root, list, unique) != GVM_OK) abort();
        for (size_t i = 0; i < unique; i++) put_entry(&list[i].key, list[i].value);
        for (; edits; edits = edits->next) put_record(edits);
        gvm_hash asked = key_of(data[at / 2], data[at / 3]);
        check(&root, &source, &asked);
        gvm_arena_reset(&arena, 1 << 20);
    }
    gvm_arena_free(&arena);
    return 0;
}
