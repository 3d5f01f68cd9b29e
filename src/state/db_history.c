/* Back and out: unwinding takes the newest blocks off, pruning forgets the oldest. Both read the
 * change list of a block:
 *
 *   32 bytes state root, then for every versioned key written: u8 table, u8 length, key
 *   (table STATE_GARBAGE: 8 bytes, the id of a storage that the block wiped)
 *
 * The first block has no list: nothing before it can be reached, and a list of all of genesis would
 * be long. */
#include "state/db_internal.h"

#include <stdlib.h>

typedef struct changes {
    gvm_buf copy;
    size_t at;
} changes;

static gvm_status changes_load(changes *c, gvm_store_txn *txn, uint64_t block) {
    uint8_t key[8];
    gvm_bytes v;
    gvm_store_be64(key, block);
    gvm_status status = gvm_store_get(txn, &v, GVM_TABLE_STATE_CHANGES, gvm_bytes_make(key, 8));
    if (status != GVM_OK) return status == GVM_ERR_NOT_FOUND ? GVM_ERR_CORRUPT : status;
    if (v.len < 32) return GVM_ERR_CORRUPT;
    gvm_buf_append(&c->copy, v.ptr, v.len);
    c->at = 32;
    return gvm_buf_status(&c->copy);
}

static bool changes_next(changes *c, gvm_table *table, gvm_bytes *key, gvm_status *status) {
    const gvm_buf *b = &c->copy;
    if (c->at == b->len) return false;
    size_t left = b->len - c->at, len = left >= 2 ? b->ptr[c->at + 1] : 0;
    *table = (gvm_table)b->ptr[c->at];
    bool known = *table == GVM_TABLE_STATE_ACCOUNT || *table == GVM_TABLE_STATE_STORAGE ||
                 *table == GVM_TABLE_STATE_TRIE || *table == GVM_TABLE_STATE_GARBAGE;
    if (len == 0 || len > left - 2 || len > GVM_VERSIONED_KEY_MAX || !known) {
        *status = GVM_ERR_CORRUPT;
        return false;
    }
    *key = gvm_bytes_make(b->ptr + c->at + 2, len);
    c->at += 2 + len;
    return true;
}

static gvm_status unwind_block(gvm_store_txn *txn, uint64_t block) {
    changes c = {0};
    gvm_table table;
    gvm_bytes key;
    gvm_status status = changes_load(&c, txn, block);
    while (status == GVM_OK && changes_next(&c, &table, &key, &status)) {
        if (table != GVM_TABLE_STATE_GARBAGE) status = gvm_versioned_undo(txn, table, key, block);
    }
    gvm_buf_free(&c.copy);
    GVM_TRY(status);
    uint8_t record[8];
    gvm_store_be64(record, block);
    return gvm_store_del(txn, GVM_TABLE_STATE_CHANGES, gvm_bytes_make(record, 8));
}

gvm_status gvm_statedb_unwind(gvm_statedb *db, gvm_store_txn *txn, uint64_t block) {
    uint64_t head, oldest;
    GVM_TRY(gvm_statedb_range(db, &head, &oldest, txn));
    if (block < oldest || block > head) return GVM_ERR_NOT_FOUND;
    for (; head > block; head--) GVM_TRY(unwind_block(txn, head));
    return statedb_meta_put(txn, "state.head", block);
}

/* ---- pruning */

typedef struct pruning {
    gvm_store_txn *txn;
    gvm_store_cursor *cursor[GVM_TABLE_COUNT];
    size_t removed;
} pruning;

static gvm_status prune_cursor(pruning *p, gvm_table table) {
    return p->cursor[table] ? GVM_OK : gvm_store_cursor_open(&p->cursor[table], p->txn, table);
}

/* Makes `block` (oldest + 1) the oldest. */
static gvm_status prune_block(pruning *p, uint64_t block) {
    changes c = {0};
    gvm_table table;
    gvm_bytes key;
    gvm_status status = changes_load(&c, p->txn, block);
    while (status == GVM_OK && changes_next(&c, &table, &key, &status)) {
        if (table == GVM_TABLE_STATE_GARBAGE) {
            status = gvm_store_put(p->txn, table, key, (gvm_bytes){0});
            continue;
        }
        status = prune_cursor(p, table);
        if (status == GVM_OK && table == GVM_TABLE_STATE_TRIE)
            status = statedb_branch_make_whole(p->txn, p->cursor[table], key, block);
        if (status == GVM_OK)
            status = gvm_versioned_forget(p->txn, &p->removed, p->cursor[table], table, key, block);
    }
    uint8_t record[8];
    if (status == GVM_OK) {
        /* Of the new oldest only the root is needed: nothing goes back beyond it. */
        gvm_store_be64(record, block);
        status = gvm_store_put(p->txn, GVM_TABLE_STATE_CHANGES, gvm_bytes_make(record, 8),
                               gvm_bytes_make(c.copy.ptr, 32));
    }
    if (status == GVM_OK) {
        gvm_store_be64(record, block - 1);
        status = gvm_store_del(p->txn, GVM_TABLE_STATE_CHANGES, gvm_bytes_make(record, 8));
    }
    gvm_buf_free(&c.copy);
    p->removed++;
    return status;
}

/* Removes records of wiped storages, whole ids or up to the limit. */
static gvm_status empty_garbage(pruning *p, bool *more, size_t limit) {
    static const gvm_table tables[] = {GVM_TABLE_STATE_STORAGE, GVM_TABLE_STATE_TRIE};
    GVM_TRY(prune_cursor(p, GVM_TABLE_STATE_GARBAGE));
    *more = false;
    for (;;) {
        gvm_store_cursor *ids = p->cursor[GVM_TABLE_STATE_GARBAGE];
        gvm_status status = gvm_store_seek(ids, (gvm_bytes){0});
        if (status == GVM_ERR_NOT_FOUND) return GVM_OK;
        GVM_TRY(status);
        uint8_t id[8], stored[GVM_STORE_KEY_MAX];
        if (gvm_store_cursor_key(ids).len != 8) return GVM_ERR_CORRUPT;
        memcpy(id, gvm_store_cursor_key(ids).ptr, 8);
        for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
            GVM_TRY(prune_cursor(p, tables[t]));
            gvm_store_cursor *c = p->cursor[tables[t]];
            while ((status = gvm_store_seek(c, gvm_bytes_make(id, 8))) == GVM_OK &&
                   gvm_store_cursor_in(c, gvm_bytes_make(id, 8))) {
                if (p->removed >= limit) {
                    *more = true;
                    return GVM_OK;
                }
                gvm_bytes key = gvm_store_cursor_key(c);
                memcpy(stored, key.ptr, key.len);
                GVM_TRY(gvm_store_del(p->txn, tables[t], gvm_bytes_make(stored, key.len)));
                p->removed++;
            }
            if (status != GVM_OK && status != GVM_ERR_NOT_FOUND) return status;
        }
        GVM_TRY(gvm_store_del(p->txn, GVM_TABLE_STATE_GARBAGE, gvm_bytes_make(id, 8)));
    }
}

gvm_status gvm_statedb_prune(gvm_statedb *db, bool *more, gvm_store_txn *txn, uint64_t window,
                             size_t budget) {
    uint64_t head, oldest;
    size_t limit = budget ? budget : SIZE_MAX;
    *more = false;
    if (window == 0) return GVM_ERR_ARGUMENT;
    GVM_TRY(gvm_statedb_range(db, &head, &oldest, txn));
    pruning p = {.txn = txn};
    gvm_status status = GVM_OK;
    uint64_t was = oldest;
    while (status == GVM_OK && head - oldest >= window && p.removed < limit)
        status = prune_block(&p, ++oldest);
    if (status == GVM_OK) status = empty_garbage(&p, more, limit);
    if (head - oldest >= window) *more = true;
    if (status == GVM_OK && oldest != was) status = statedb_meta_put(txn, "state.oldest", oldest);
    for (int t = 0; t < GVM_TABLE_COUNT; t++) gvm_store_cursor_close(p.cursor[t]);
    return status;
}
