/* Opening, views and reads. A view copies what it reads out of the store before it looks at it, so
 * that its transaction may be renewed (by itself, each half second of use) or aborted (by the
 * store's watchdog, when the owner was late) between any two reads. Versions make that safe: block
 * N reads the same in every later snapshot, unless N itself was unwound or pruned, which a look at
 * its root after each renewal finds. */
#include "state/db.h"

#include "crypto/keccak.h"
#include "state/db_internal.h"

#include <stdlib.h>

static const gvm_table table_of[CURSOR_COUNT] = {
    [CURSOR_ACCOUNT] = GVM_TABLE_STATE_ACCOUNT,
    [CURSOR_STORAGE] = GVM_TABLE_STATE_STORAGE,
    [CURSOR_CODE] = GVM_TABLE_STATE_CODE,
    [CURSOR_TRIE] = GVM_TABLE_STATE_TRIE,
};

/* ---- meta */

gvm_status statedb_meta_get(gvm_store_txn *txn, uint64_t *out, const char *name) {
    gvm_bytes v;
    GVM_TRY(gvm_store_get(txn, &v, GVM_TABLE_META, gvm_bytes_str(name)));
    if (v.len != 8) return GVM_ERR_CORRUPT;
    *out = gvm_load_be64(v.ptr);
    return GVM_OK;
}

gvm_status statedb_meta_put(gvm_store_txn *txn, const char *name, uint64_t value) {
    uint8_t b[8];
    gvm_store_be64(b, value);
    return gvm_store_put(txn, GVM_TABLE_META, gvm_bytes_str(name), gvm_bytes_make(b, 8));
}

gvm_status statedb_root_of(gvm_store_txn *txn, gvm_hash *root, uint64_t block) {
    uint8_t key[8];
    gvm_bytes v;
    gvm_store_be64(key, block);
    GVM_TRY(gvm_store_get(txn, &v, GVM_TABLE_STATE_CHANGES, gvm_bytes_make(key, 8)));
    if (v.len < 32) return GVM_ERR_CORRUPT;
    memcpy(root->b, v.ptr, 32);
    return GVM_OK;
}

gvm_status gvm_statedb_open(gvm_statedb **out, gvm_store *store, gvm_error *err) {
    gvm_store_txn *txn;
    uint64_t format = STATEDB_FORMAT, head;
    gvm_hash root;
    gvm_status status = gvm_store_read_begin(&txn, store);
    if (status != GVM_OK) return gvm_error_set(err, status, "cannot read the store");
    status = statedb_meta_get(txn, &head, "state.head");
    bool is_new = status == GVM_ERR_NOT_FOUND;
    if (status == GVM_OK) status = statedb_meta_get(txn, &format, "state.format");
    if (status == GVM_OK) status = statedb_root_of(txn, &root, head);
    gvm_store_read_end(txn);
    if (status != GVM_OK && !is_new)
        return gvm_error_set(err, GVM_ERR_CORRUPT, "the state's own records are damaged (%s)",
                             gvm_status_text(status));
    if (format != STATEDB_FORMAT)
        return gvm_error_set(err, GVM_ERR_FORMAT_VERSION,
                             "the state has format %llu, this program reads %d",
                             (unsigned long long)format, STATEDB_FORMAT);
    gvm_statedb *db = calloc(1, sizeof *db);
    if (!db) return GVM_ERR_NOMEM;
    db->store = store;
    *out = db;
    return GVM_OK;
}

void gvm_statedb_close(gvm_statedb *db) {
    free(db);
}

gvm_status gvm_statedb_range(gvm_statedb *db, uint64_t *head, uint64_t *oldest,
                             gvm_store_txn *txn) {
    (void)db;
    GVM_TRY(statedb_meta_get(txn, head, "state.head"));
    return statedb_meta_get(txn, oldest, "state.oldest");
}

/* ---- views */

static void close_cursors(gvm_stateview *v) {
    for (int i = 0; i < CURSOR_COUNT; i++) {
        gvm_store_cursor_close(v->cursor[i]);
        v->cursor[i] = NULL;
    }
}

void gvm_statedb_view_park(gvm_stateview *view) {
    if (!view->owned || !view->txn) return;
    close_cursors(view);
    gvm_store_read_end(view->txn);
    view->txn = NULL;
}

void gvm_statedb_view_close(gvm_stateview *view) {
    if (!view) return;
    close_cursors(view);
    gvm_statedb_view_park(view);
    gvm_buf_free(&view->scratch);
    gvm_buf_free(&view->leaf);
    for (int i = 0; i < VIEW_CODE_BUCKETS; i++) {
        for (loaded_code *c = view->code[i], *next; c; c = next) {
            next = c->next;
            free(c);
        }
    }
    free(view);
}

static gvm_status view_start(gvm_stateview *v, gvm_store_txn *txn, uint64_t block) {
    uint64_t head, oldest;
    GVM_TRY(gvm_statedb_range(v->db, &head, &oldest, txn));
    if (block == GVM_STATEDB_HEAD) block = head;
    if (block > head || block < oldest) return GVM_ERR_NOT_FOUND;
    v->block = block;
    v->txn = txn;
    return statedb_root_of(txn, &v->root, block);
}

gvm_status gvm_statedb_view_in(gvm_stateview **out, gvm_statedb *db, gvm_store_txn *txn,
                               uint64_t block) {
    gvm_stateview *v = calloc(1, sizeof *v);
    if (!v) return GVM_ERR_NOMEM;
    v->db = db;
    gvm_status status = view_start(v, txn, block);
    if (status != GVM_OK) {
        free(v);
        return status;
    }
    *out = v;
    return GVM_OK;
}

gvm_status gvm_statedb_view_open(gvm_stateview **out, gvm_statedb *db, uint64_t block) {
    gvm_store_txn *txn;
    GVM_TRY(gvm_store_read_begin(&txn, db->store));
    gvm_status status = gvm_statedb_view_in(out, db, txn, block);
    if (status != GVM_OK) {
        gvm_store_read_end(txn);
        return status;
    }
    (*out)->owned = true;
    return GVM_OK;
}

gvm_status gvm_statedb_view_empty(gvm_stateview **out, gvm_statedb *db) {
    gvm_stateview *v = calloc(1, sizeof *v);
    if (!v) return GVM_ERR_NOMEM;
    v->db = db;
    v->block = NO_BLOCK;
    v->root = GVM_EMPTY_ROOT;
    *out = v;
    return GVM_OK;
}

uint64_t gvm_statedb_view_block(const gvm_stateview *view) {
    return view->block;
}

gvm_hash gvm_statedb_view_root(const gvm_stateview *view) {
    return view->root;
}

/* A transaction to read by, not too old. */
static gvm_status view_touch(gvm_stateview *v, bool renew) {
    if (!v->owned) return GVM_OK;
    if (!v->txn) {
        GVM_TRY(gvm_store_read_begin(&v->txn, v->db->store));
    } else if (renew || gvm_store_read_age(v->txn) >= GVM_STORE_READER_MS / 2) {
        gvm_status status = gvm_store_read_renew(v->txn);
        if (status != GVM_OK) {
            gvm_statedb_view_park(v);
            return status;
        }
    } else {
        return GVM_OK;
    }
    gvm_hash root;
    uint64_t oldest;
    gvm_status status = statedb_root_of(v->txn, &root, v->block);
    if (status == GVM_OK) status = statedb_meta_get(v->txn, &oldest, "state.oldest");
    if (status == GVM_ERR_NOT_FOUND) return GVM_ERR_STATE;
    GVM_TRY(status);
    return v->block >= oldest && gvm_hash_equal(&root, &v->root) ? GVM_OK : GVM_ERR_STATE;
}

static gvm_status view_cursor(gvm_stateview *v, int which) {
    if (v->cursor[which]) return GVM_OK;
    return gvm_store_cursor_open(&v->cursor[which], v->txn, table_of[which]);
}

/* One attempt to read a record into scratch; `from` and `prefix` for next, else the key alone. */
static gvm_status view_read(gvm_stateview *v, gvm_bytes *key, gvm_bytes *value, int which,
                            gvm_bytes from, const gvm_bytes *prefix) {
    gvm_bytes found_key = {0}, found;
    GVM_TRY(view_cursor(v, which));
    if (prefix)
        GVM_TRY(gvm_versioned_next(v->cursor[which], &found_key, &found, from, *prefix, v->block));
    else if (which == CURSOR_CODE)
        GVM_TRY(gvm_store_get(v->txn, &found, table_of[which], from));
    else
        GVM_TRY(gvm_versioned_get(v->cursor[which], &found, from, v->block));
    uint8_t whole[BRANCH_RECORD_MAX];
    unsigned chain;
    if (which == CURSOR_TRIE)
        GVM_TRY(statedb_branch_resolve(whole, &found, &chain, v->cursor[which], from));
    gvm_buf_clear(&v->scratch);
    gvm_buf_append(&v->scratch, found_key.ptr, found_key.len);
    gvm_buf_append(&v->scratch, found.ptr, found.len);
    GVM_TRY(gvm_buf_status(&v->scratch));
    if (key) *key = gvm_bytes_make(v->scratch.ptr, found_key.len);
    *value = gvm_bytes_make(v->scratch.ptr + found_key.len, found.len);
    return GVM_OK;
}

static gvm_status view_read_safely(gvm_stateview *v, gvm_bytes *key, gvm_bytes *value, int which,
                                   gvm_bytes from, const gvm_bytes *prefix) {
    if (v->block == NO_BLOCK) return GVM_ERR_NOT_FOUND;
    bool renew = false;
    for (;;) {
        GVM_TRY(view_touch(v, renew));
        gvm_status status = view_read(v, key, value, which, from, prefix);
        /* Aborted by the watchdog before or while we looked: what was read may be anything. */
        if (!v->owned || gvm_store_read_valid(v->txn)) return status;
        renew = true;
    }
}

gvm_status statedb_view_get(gvm_stateview *v, gvm_bytes *value, int cursor, gvm_bytes key) {
    return view_read_safely(v, NULL, value, cursor, key, NULL);
}

gvm_status statedb_view_next(gvm_stateview *v, gvm_bytes *key, gvm_bytes *value, int cursor,
                             gvm_bytes from, gvm_bytes prefix) {
    return view_read_safely(v, key, value, cursor, from, &prefix);
}

/* ---- reads */

gvm_status statedb_view_account(gvm_stateview *v, stored_account *out, const gvm_address *address) {
    uint64_t mix = gvm_load_le64(address->b + 12) * 0x9e3779b97f4a7c15u;
    cached_account *c = &v->cache[mix >> 58];
    _Static_assert(VIEW_CACHE == 64, "six bits of the product");
    if (!c->valid || !gvm_address_equal(&c->a.address, address)) {
        gvm_hash h;
        gvm_bytes record;
        c->valid = false;
        gvm_keccak256(&h, gvm_bytes_make(address->b, 20));
        gvm_status status = statedb_view_get(v, &record, CURSOR_ACCOUNT, gvm_bytes_make(h.b, 32));
        if (status == GVM_OK)
            status = statedb_account_read(&c->a, record);
        else if (status == GVM_ERR_NOT_FOUND)
            memset(&c->a, 0, sizeof c->a);
        else
            return status;
        c->exists = status == GVM_OK;
        if (status == GVM_ERR_CORRUPT) return status;
        c->a.address = *address;
        c->valid = true;
    }
    *out = c->a;
    return c->exists ? GVM_OK : GVM_ERR_NOT_FOUND;
}

gvm_status gvm_statedb_account(gvm_stateview *view, gvm_account *out, const gvm_address *address) {
    stored_account a;
    GVM_TRY(statedb_view_account(view, &a, address));
    *out = a.account;
    return GVM_OK;
}

gvm_status gvm_statedb_storage(gvm_stateview *view, gvm_u256 *out, const gvm_address *address,
                               const gvm_u256 *key) {
    stored_account a;
    *out = gvm_u256_zero();
    gvm_status status = statedb_view_account(view, &a, address);
    if (status != GVM_OK) return status == GVM_ERR_NOT_FOUND ? GVM_OK : status;
    if (a.storage_id == 0) return GVM_OK;
    uint8_t buf[SLOT_KEY];
    gvm_hash slot = gvm_u256_to_hash(*key), h;
    gvm_bytes record;
    gvm_u256 found;
    gvm_keccak256(&h, gvm_bytes_make(slot.b, 32));
    status =
        statedb_view_get(view, &record, CURSOR_STORAGE, statedb_slot_key(buf, a.storage_id, &h));
    if (status != GVM_OK) return status == GVM_ERR_NOT_FOUND ? GVM_OK : status;
    GVM_TRY(statedb_slot_read(&found, out, record));
    return gvm_u256_eq(found, *key) ? GVM_OK : GVM_ERR_CORRUPT;
}

gvm_status gvm_statedb_code(gvm_stateview *view, gvm_bytes *out, const gvm_hash *code_hash) {
    if (gvm_hash_equal(code_hash, &GVM_EMPTY_CODE_HASH)) {
        *out = (gvm_bytes){0};
        return GVM_OK;
    }
    loaded_code **bucket = &view->code[code_hash->b[0] % VIEW_CODE_BUCKETS];
    for (loaded_code *c = *bucket; c; c = c->next) {
        if (!gvm_hash_equal(&c->hash, code_hash)) continue;
        *out = gvm_bytes_make(c->bytes, c->len);
        return GVM_OK;
    }
    gvm_bytes code;
    GVM_TRY(statedb_view_get(view, &code, CURSOR_CODE, gvm_bytes_make(code_hash->b, 32)));
    loaded_code *c = malloc(sizeof *c + code.len);
    if (!c) return GVM_ERR_NOMEM;
    c->hash = *code_hash;
    c->len = code.len;
    memcpy(c->bytes, code.ptr, code.len);
    c->next = *bucket;
    *bucket = c;
    *out = gvm_bytes_make(c->bytes, c->len);
    return GVM_OK;
}

static gvm_status reader_account(void *ctx, gvm_account *out, const gvm_address *address) {
    return gvm_statedb_account(ctx, out, address);
}
static gvm_status reader_storage(void *ctx, gvm_u256 *out, const gvm_address *address,
                                 const gvm_u256 *key) {
    return gvm_statedb_storage(ctx, out, address, key);
}
static gvm_status reader_code(void *ctx, gvm_bytes *out, const gvm_hash *code_hash) {
    return gvm_statedb_code(ctx, out, code_hash);
}

gvm_state_reader gvm_statedb_reader(gvm_stateview *view) {
    return (gvm_state_reader){view, reader_account, reader_storage, reader_code};
}

/* ---- walks */

static void hash_after(gvm_hash *at, const gvm_hash *h) {
    *at = *h;
    for (int i = 31; i >= 0 && ++at->b[i] == 0; i--) continue;
}

gvm_status gvm_statedb_account_next(gvm_stateview *view, gvm_hash *hash, gvm_address *address,
                                    gvm_account *out, gvm_hash *at) {
    gvm_bytes key, record;
    stored_account a;
    GVM_TRY(statedb_view_next(view, &key, &record, CURSOR_ACCOUNT, gvm_bytes_make(at->b, 32),
                              (gvm_bytes){0}));
    if (key.len != 32) return GVM_ERR_CORRUPT;
    GVM_TRY(statedb_account_read(&a, record));
    gvm_hash found;
    memcpy(found.b, key.ptr, 32);
    hash_after(at, &found);
    if (hash) *hash = found;
    *address = a.address;
    *out = a.account;
    return GVM_OK;
}

gvm_status gvm_statedb_storage_next(gvm_stateview *view, gvm_hash *hash, gvm_u256 *key,
                                    gvm_u256 *value, gvm_hash *at, const gvm_address *address) {
    stored_account a;
    GVM_TRY(statedb_view_account(view, &a, address));
    if (a.storage_id == 0) return GVM_ERR_NOT_FOUND;
    uint8_t buf[SLOT_KEY];
    gvm_bytes from = statedb_slot_key(buf, a.storage_id, at), found_key, record;
    GVM_TRY(
        statedb_view_next(view, &found_key, &record, CURSOR_STORAGE, from, gvm_bytes_make(buf, 8)));
    if (found_key.len != SLOT_KEY) return GVM_ERR_CORRUPT;
    gvm_hash found;
    memcpy(found.b, found_key.ptr + 8, 32);
    GVM_TRY(statedb_slot_read(key, value, record));
    hash_after(at, &found);
    if (hash) *hash = found;
    return GVM_OK;
}
