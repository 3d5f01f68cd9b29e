#include "store/versioned.h"

static gvm_bytes stored_key(uint8_t out[GVM_VERSIONED_KEY_MAX + GVM_VERSION_LEN], gvm_bytes key,
                            uint64_t block) {
    GVM_ASSERT(key.len <= GVM_VERSIONED_KEY_MAX);
    if (key.len) memcpy(out, key.ptr, key.len);
    gvm_store_be64(out + key.len, ~block);
    return gvm_bytes_make(out, key.len + GVM_VERSION_LEN);
}

static bool is_of(gvm_bytes stored, gvm_bytes key) {
    return stored.len == key.len + GVM_VERSION_LEN && memcmp(stored.ptr, key.ptr, key.len) == 0;
}

static uint64_t block_of(gvm_bytes stored) {
    return ~gvm_load_be64(stored.ptr + stored.len - GVM_VERSION_LEN);
}

gvm_status gvm_versioned_get(gvm_store_cursor *cursor, gvm_bytes *value, gvm_bytes key,
                             uint64_t block) {
    uint8_t buf[GVM_VERSIONED_KEY_MAX + GVM_VERSION_LEN];
    GVM_TRY(gvm_store_seek(cursor, stored_key(buf, key, block)));
    if (!is_of(gvm_store_cursor_key(cursor), key)) return GVM_ERR_NOT_FOUND;
    *value = gvm_store_cursor_value(cursor);
    return value->len ? GVM_OK : GVM_ERR_NOT_FOUND;
}

gvm_status gvm_versioned_older(gvm_store_cursor *cursor, gvm_bytes *value, gvm_bytes key) {
    GVM_TRY(gvm_store_next(cursor));
    if (!is_of(gvm_store_cursor_key(cursor), key)) return GVM_ERR_NOT_FOUND;
    *value = gvm_store_cursor_value(cursor);
    return GVM_OK;
}

gvm_status gvm_versioned_next(gvm_store_cursor *cursor, gvm_bytes *key, gvm_bytes *value,
                              gvm_bytes from, gvm_bytes prefix, uint64_t block) {
    uint8_t buf[GVM_VERSIONED_KEY_MAX + GVM_VERSION_LEN];
    gvm_status status = gvm_store_seek(cursor, from);
    for (;;) {
        GVM_TRY(status);
        if (!gvm_store_cursor_in(cursor, prefix)) return GVM_ERR_NOT_FOUND;
        gvm_bytes stored = gvm_store_cursor_key(cursor);
        if (stored.len < GVM_VERSION_LEN) return GVM_ERR_CORRUPT;
        gvm_bytes found = gvm_bytes_make(stored.ptr, stored.len - GVM_VERSION_LEN);
        if (found.len > GVM_VERSIONED_KEY_MAX) return GVM_ERR_CORRUPT;
        if (block_of(stored) > block) {
            /* Too new; its versions follow one another, so this stays with the key or leaves it for
             * good. */
            status = gvm_store_seek(cursor, stored_key(buf, found, block));
            continue;
        }
        *value = gvm_store_cursor_value(cursor);
        *key = found;
        if (value->len) return GVM_OK;
        /* Nothing then; on to the next key, behind the version of block 0. */
        gvm_bytes last = stored_key(buf, found, 0);
        status = gvm_store_seek(cursor, last);
        if (status == GVM_OK && gvm_bytes_equal(gvm_store_cursor_key(cursor), last))
            status = gvm_store_next(cursor);
    }
}

gvm_status gvm_versioned_put(gvm_store_txn *txn, gvm_table table, gvm_bytes key, uint64_t block,
                             gvm_bytes value, bool append) {
    uint8_t buf[GVM_VERSIONED_KEY_MAX + GVM_VERSION_LEN];
    gvm_bytes stored = stored_key(buf, key, block);
    return append ? gvm_store_append(txn, table, stored, value)
                  : gvm_store_put(txn, table, stored, value);
}

gvm_status gvm_versioned_undo(gvm_store_txn *txn, gvm_table table, gvm_bytes key, uint64_t block) {
    uint8_t buf[GVM_VERSIONED_KEY_MAX + GVM_VERSION_LEN];
    gvm_status status = gvm_store_del(txn, table, stored_key(buf, key, block));
    return status == GVM_ERR_NOT_FOUND ? GVM_OK : status;
}

gvm_status gvm_versioned_forget(gvm_store_txn *txn, size_t *removed, gvm_store_cursor *cursor,
                                gvm_table table, gvm_bytes key, uint64_t block) {
    uint8_t buf[GVM_VERSIONED_KEY_MAX + GVM_VERSION_LEN];
    gvm_status status = gvm_store_seek(cursor, stored_key(buf, key, block));
    bool first = true;
    while (status == GVM_OK && is_of(gvm_store_cursor_key(cursor), key)) {
        uint64_t found = block_of(gvm_store_cursor_key(cursor));
        if (first && gvm_store_cursor_value(cursor).len) {
            first = false;
            status = gvm_store_next(cursor);
            continue;
        }
        first = false;
        GVM_TRY(gvm_store_del(txn, table, stored_key(buf, key, found)));
        ++*removed;
        status = gvm_store_seek(cursor, stored_key(buf, key, found));
    }
    return status == GVM_ERR_NOT_FOUND ? GVM_OK : status;
}
