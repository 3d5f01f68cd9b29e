/* A change of state in two steps. Prepare computes, from a view and a diff, the root and everything
 * that will be written, in memory: flat records, records of the tries, code, ids of wiped storages.
 * Commit writes it. So a block can be tried, its root known and the work thrown away, or kept until
 * it is sealed.
 *
 * Per account that changed: its storage trie first (whose root is part of the account), then all
 * accounts in one batch over the state trie. Everything is sorted by its key before it is written,
 * which keeps LMDB on few pages. */
#include "crypto/keccak.h"
#include "state/db_internal.h"

#include <stdlib.h>

typedef struct flat_write {
    gvm_bytes key, value; /* value len 0: nothing from here on */
} flat_write;

typedef struct code_write {
    gvm_hash hash;
    gvm_bytes code;
} code_write;

struct gvm_statepatch {
    gvm_arena arena;
    uint64_t parent;
    gvm_hash parent_root, root;
    uint64_t next_id;
    gvm_buf accounts, slots, branches; /* flat_write each, sorted by key when prepared */
    gvm_buf codes;                     /* code_write */
    gvm_buf wiped;                     /* uint64_t */
};

/* While a patch is made. */
typedef struct making {
    gvm_statepatch *p;
    gvm_stateview *view;
    gvm_arena scratch; /* of one account at a time */
} making;

typedef struct hashed {
    gvm_hash hash;
    size_t index;
} hashed;

static int compare_hashed(const void *a, const void *b) {
    return memcmp(((const hashed *)a)->hash.b, ((const hashed *)b)->hash.b, 32);
}

static int compare_writes(const void *a, const void *b) {
    return gvm_bytes_compare(((const flat_write *)a)->key, ((const flat_write *)b)->key);
}

static void sort_writes(gvm_buf *list) {
    if (list->len)
        qsort(list->ptr, list->len / sizeof(flat_write), sizeof(flat_write), compare_writes);
}

static gvm_status add_write(making *m, gvm_buf *list, gvm_bytes key, gvm_bytes value) {
    flat_write w;
    GVM_TRY(gvm_arena_copy(&m->p->arena, &w.key, key));
    GVM_TRY(gvm_arena_copy(&m->p->arena, &w.value, value));
    gvm_buf_append(list, &w, sizeof w);
    return gvm_buf_status(list);
}

static gvm_status add_edits(making *m, uint64_t id, const gvm_trie_edit *edits) {
    uint8_t key[TRIE_KEY_MAX];
    for (; edits; edits = edits->next)
        GVM_TRY(
            add_write(m, &m->p->branches, statedb_trie_key(key, id, &edits->slot), edits->record));
    return GVM_OK;
}

/* Keccak-256 of `count` things of `size` bytes that stand `stride` apart, sorted. */
static gvm_status hash_and_sort(gvm_arena *arena, hashed **out, const void *first, size_t size,
                                size_t stride, size_t count) {
    enum { GROUP = 64 };
    hashed *list = gvm_arena_alloc(arena, count * sizeof *list);
    if (!list) return GVM_ERR_NOMEM;
    for (size_t at = 0; at < count; at += GROUP) {
        size_t n = count - at < GROUP ? count - at : GROUP;
        gvm_bytes in[GROUP];
        gvm_hash h[GROUP];
        for (size_t i = 0; i < n; i++)
            in[i] = gvm_bytes_make((const uint8_t *)first + (at + i) * stride, size);
        gvm_keccak256_many(h, in, n);
        for (size_t i = 0; i < n; i++) list[at + i] = (hashed){h[i], at + i};
    }
    if (count) qsort(list, count, sizeof *list, compare_hashed);
    *out = list;
    return GVM_OK;
}

/* ---- storage of one account */

static gvm_status change_storage(making *m, stored_account *a, const gvm_account_change *c) {
    bool fresh = a->storage_id == 0;
    size_t count = c->slot_count;
    gvm_hash *keys = gvm_arena_alloc(&m->scratch, count * sizeof *keys);
    gvm_trie_change *changes = gvm_arena_alloc(&m->scratch, count * sizeof *changes);
    uint8_t(*leaves)[33] = gvm_arena_alloc(&m->scratch, count * sizeof *leaves);
    if (!keys || !changes || !leaves) return GVM_ERR_NOMEM;
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        keys[i] = gvm_u256_to_hash(c->slots[i].key);
        any |= !gvm_u256_is_zero(c->slots[i].value);
    }
    if (fresh && !any) return GVM_OK;
    if (fresh) {
        a->storage_id = m->p->next_id++;
        a->account.storage_root = GVM_EMPTY_ROOT;
    }
    hashed *order;
    GVM_TRY(hash_and_sort(&m->scratch, &order, keys, 32, sizeof *keys, count));
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        const gvm_slot_change *s = &c->slots[order[i].index];
        bool zero = gvm_u256_is_zero(s->value);
        if (fresh && zero) continue;
        uint8_t key[SLOT_KEY], record[SLOT_RECORD_MAX];
        size_t n = zero ? 0 : statedb_slot_write(record, &s->key, &s->value);
        GVM_TRY(add_write(m, &m->p->slots, statedb_slot_key(key, a->storage_id, &order[i].hash),
                          gvm_bytes_make(record, n)));
        changes[used].key = order[i].hash;
        changes[used].there = false;
        changes[used].value =
            gvm_bytes_make(leaves[used], zero ? 0 : statedb_slot_leaf(leaves[used], &s->value));
        used++;
    }
    trie_at at = {m->view, a->storage_id};
    gvm_trie_source source = statedb_source(&at);
    gvm_trie_edit *edits;
    gvm_hash root;
    GVM_TRY(gvm_trie_update(&root, &edits, &m->scratch, &source, &a->account.storage_root, changes,
                            used));
    a->account.storage_root = root;
    return add_edits(m, a->storage_id, edits);
}

/* ---- accounts */

static gvm_status wipe(making *m, uint64_t id) {
    if (id) gvm_buf_append(&m->p->wiped, &id, sizeof id);
    return gvm_buf_status(&m->p->wiped);
}

/* *change gets a key where the account's leaf changes, else is left alone and *changed false. */
static gvm_status change_account(making *m, bool *changed, gvm_trie_change *change,
                                 const gvm_hash *hash, const gvm_account_change *c) {
    stored_account old, now;
    gvm_status status = statedb_view_account(m->view, &old, &c->address);
    bool existed = status == GVM_OK;
    if (!existed && status != GVM_ERR_NOT_FOUND) return status;
    *changed = false;
    change->key = *hash;
    change->there = existed;
    change->value = (gvm_bytes){0};
    if (c->deleted) {
        if (!existed) return GVM_OK;
        *changed = true;
        GVM_TRY(wipe(m, old.storage_id));
        return add_write(m, &m->p->accounts, gvm_bytes_make(hash->b, 32), (gvm_bytes){0});
    }
    now = (stored_account){.address = c->address, .account = c->account};
    now.account.storage_root = GVM_EMPTY_ROOT;
    if (existed && c->storage_wiped) {
        GVM_TRY(wipe(m, old.storage_id));
    } else if (existed) {
        now.storage_id = old.storage_id;
        now.account.storage_root = old.account.storage_root;
    }
    if (c->slot_count) GVM_TRY(change_storage(m, &now, c));
    if (c->code.ptr && c->code.len) {
        code_write w = {c->account.code_hash, c->code};
        gvm_buf_append(&m->p->codes, &w, sizeof w);
        GVM_TRY(gvm_buf_status(&m->p->codes));
    }
    uint8_t record[ACCOUNT_RECORD_MAX], before[ACCOUNT_RECORD_MAX], leaf[ACCOUNT_LEAF_MAX];
    gvm_bytes written = gvm_bytes_make(record, statedb_account_write(record, &now));
    if (existed &&
        gvm_bytes_equal(written, gvm_bytes_make(before, statedb_account_write(before, &old))))
        return GVM_OK;
    *changed = true;
    GVM_TRY(add_write(m, &m->p->accounts, gvm_bytes_make(hash->b, 32), written));
    return gvm_arena_copy(&m->p->arena, &change->value,
                          gvm_bytes_make(leaf, statedb_account_leaf(leaf, &now.account)));
}

static gvm_status make_patch(making *m, const gvm_state_diff *diff) {
    gvm_statepatch *p = m->p;
    hashed *order;
    GVM_TRY(hash_and_sort(&p->arena, &order, diff->accounts ? &diff->accounts->address : NULL, 20,
                          sizeof *diff->accounts, diff->count));
    gvm_trie_change *changes = gvm_arena_alloc(&p->arena, diff->count * sizeof *changes);
    if (!changes) return GVM_ERR_NOMEM;
    size_t used = 0;
    for (size_t i = 0; i < diff->count; i++) {
        bool changed;
        gvm_arena_reset(&m->scratch, SIZE_MAX);
        GVM_TRY(change_account(m, &changed, &changes[used], &order[i].hash,
                               &diff->accounts[order[i].index]));
        used += changed;
    }
    trie_at at = {m->view, 0};
    gvm_trie_source source = statedb_source(&at);
    gvm_trie_edit *edits;
    gvm_arena_reset(&m->scratch, SIZE_MAX);
    GVM_TRY(
        gvm_trie_update(&p->root, &edits, &m->scratch, &source, &p->parent_root, changes, used));
    GVM_TRY(add_edits(m, 0, edits));
    sort_writes(&p->branches);
    sort_writes(&p->slots);
    return GVM_OK;
}

static gvm_status next_id(gvm_stateview *view, uint64_t *id) {
    *id = 1;
    if (view->block == NO_BLOCK) return GVM_OK;
    gvm_store_txn *txn = view->txn;
    if (!txn) GVM_TRY(gvm_store_read_begin(&txn, view->db->store));
    gvm_status status = statedb_meta_get(txn, id, "state.next_id");
    if (!view->txn) gvm_store_read_end(txn);
    /* An aborted transaction of a view that rested too long: the next read renews it. */
    if (status == GVM_ERR_TIMEOUT && view->owned) {
        gvm_statedb_view_park(view);
        return next_id(view, id);
    }
    return status == GVM_ERR_NOT_FOUND ? GVM_ERR_CORRUPT : status;
}

gvm_status gvm_statedb_prepare(gvm_statepatch **out, gvm_hash *root, gvm_stateview *view,
                               const gvm_state_diff *diff) {
    gvm_statepatch *p = calloc(1, sizeof *p);
    if (!p) return GVM_ERR_NOMEM;
    making m = {.p = p, .view = view};
    p->parent = view->block;
    p->parent_root = view->root;
    gvm_status status = next_id(view, &p->next_id);
    if (status == GVM_OK) status = make_patch(&m, diff);
    gvm_arena_free(&m.scratch);
    if (status != GVM_OK) {
        gvm_statedb_patch_free(p);
        return status;
    }
    *root = p->root;
    *out = p;
    return GVM_OK;
}

void gvm_statedb_patch_free(gvm_statepatch *patch) {
    if (!patch) return;
    gvm_arena_free(&patch->arena);
    gvm_buf_free(&patch->accounts);
    gvm_buf_free(&patch->slots);
    gvm_buf_free(&patch->branches);
    gvm_buf_free(&patch->codes);
    gvm_buf_free(&patch->wiped);
    free(patch);
}

gvm_status gvm_statedb_root(gvm_stateview *view, gvm_hash *root, const gvm_state_diff *diff) {
    gvm_statepatch *patch;
    GVM_TRY(gvm_statedb_prepare(&patch, root, view, diff));
    gvm_statedb_patch_free(patch);
    return GVM_OK;
}

/* ---- writing */

/* Writes the list as versions of `block`, and its keys to the change list (layout: db_history.c).
 */
static gvm_status write_list(gvm_store_txn *txn, gvm_buf *record, gvm_table table,
                             const gvm_buf *list, uint64_t block, bool first) {
    const flat_write *w = (const flat_write *)list->ptr;
    gvm_store_cursor *cursor = NULL;
    gvm_status status = GVM_OK;
    bool differs = table == GVM_TABLE_STATE_TRIE && !first;
    if (differs) GVM_TRY(gvm_store_cursor_open(&cursor, txn, table));
    for (size_t i = 0; i < list->len / sizeof *w && status == GVM_OK; i++) {
        status = differs ? statedb_branch_put(txn, cursor, w[i].key, block, w[i].value)
                         : gvm_versioned_put(txn, table, w[i].key, block, w[i].value, first);
        if (first) continue;
        gvm_buf_put(record, (uint8_t)table);
        gvm_buf_put(record, (uint8_t)w[i].key.len);
        gvm_buf_append(record, w[i].key.ptr, w[i].key.len);
    }
    gvm_store_cursor_close(cursor);
    return status;
}

static gvm_status write_codes(gvm_store_txn *txn, const gvm_statepatch *p) {
    const code_write *w = (const code_write *)p->codes.ptr;
    for (size_t i = 0; i < p->codes.len / sizeof *w; i++) {
        gvm_bytes there, key = gvm_bytes_make(w[i].hash.b, 32);
        gvm_status status = gvm_store_get(txn, &there, GVM_TABLE_STATE_CODE, key);
        if (status == GVM_ERR_NOT_FOUND)
            status = gvm_store_put(txn, GVM_TABLE_STATE_CODE, key, w[i].code);
        GVM_TRY(status);
    }
    return GVM_OK;
}

static gvm_status write_patch(gvm_store_txn *txn, gvm_buf *record, const gvm_statepatch *p,
                              uint64_t block, bool first) {
    gvm_buf_append(record, p->root.b, 32);
    GVM_TRY(write_codes(txn, p));
    GVM_TRY(write_list(txn, record, GVM_TABLE_STATE_ACCOUNT, &p->accounts, block, first));
    GVM_TRY(write_list(txn, record, GVM_TABLE_STATE_STORAGE, &p->slots, block, first));
    GVM_TRY(write_list(txn, record, GVM_TABLE_STATE_TRIE, &p->branches, block, first));
    for (size_t at = 0; at < p->wiped.len; at += 8) {
        uint8_t id[8];
        uint64_t v;
        memcpy(&v, p->wiped.ptr + at, 8);
        gvm_store_be64(id, v);
        gvm_buf_put(record, GVM_TABLE_STATE_GARBAGE);
        gvm_buf_put(record, 8);
        gvm_buf_append(record, id, 8);
    }
    GVM_TRY(gvm_buf_status(record));
    uint8_t key[8];
    gvm_store_be64(key, block);
    return gvm_store_put(txn, GVM_TABLE_STATE_CHANGES, gvm_bytes_make(key, 8),
                         gvm_buf_bytes(record));
}

gvm_status gvm_statedb_commit(gvm_statedb *db, gvm_store_txn *txn, gvm_statepatch *patch,
                              uint64_t block) {
    uint64_t head, oldest, id = 0;
    gvm_hash root;
    gvm_status status = gvm_statedb_range(db, &head, &oldest, txn);
    bool first = status == GVM_ERR_NOT_FOUND;
    if (first) {
        if (patch->parent != NO_BLOCK || block == NO_BLOCK) return GVM_ERR_STATE;
    } else {
        GVM_TRY(status);
        GVM_TRY(statedb_root_of(txn, &root, head));
        if (patch->parent != head || block != head + 1 ||
            !gvm_hash_equal(&root, &patch->parent_root))
            return GVM_ERR_STATE;
        GVM_TRY(statedb_meta_get(txn, &id, "state.next_id"));
    }
    gvm_buf record = {0};
    status = write_patch(txn, &record, patch, block, first);
    gvm_buf_free(&record);
    GVM_TRY(status);
    if (first) {
        GVM_TRY(statedb_meta_put(txn, "state.format", STATEDB_FORMAT));
        GVM_TRY(statedb_meta_put(txn, "state.oldest", block));
    }
    if (patch->next_id > id) GVM_TRY(statedb_meta_put(txn, "state.next_id", patch->next_id));
    return statedb_meta_put(txn, "state.head", block);
}

gvm_status gvm_statedb_apply(gvm_statedb *db, gvm_hash *root, gvm_store_txn *txn, uint64_t block,
                             const gvm_state_diff *diff) {
    gvm_stateview *view;
    gvm_statepatch *patch = NULL;
    gvm_status status = gvm_statedb_view_in(&view, db, txn, GVM_STATEDB_HEAD);
    if (status == GVM_ERR_NOT_FOUND) status = gvm_statedb_view_empty(&view, db);
    GVM_TRY(status);
    status = gvm_statedb_prepare(&patch, root, view, diff);
    gvm_statedb_view_close(view);
    if (status == GVM_OK) status = gvm_statedb_commit(db, txn, patch, block);
    gvm_statedb_patch_free(patch);
    return status;
}
