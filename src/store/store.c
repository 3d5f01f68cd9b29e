/* The front of the store: argument checks, the list of readers and their ages, and dispatch to the
 * backend. The rules that both backends share live here, so that they cannot differ between them.
 */
#include "store/store.h"

#include "store/backend.h"

#include <time.h>

static const char *const table_names[GVM_TABLE_COUNT] = {
#define X(name, text) text,
#include "store/tables.inc"
#undef X
};

const char *gvm_table_name(gvm_table table) {
    return (unsigned)table < GVM_TABLE_COUNT ? table_names[table] : "unknown";
}

uint64_t gvm_store_now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void gvm_store_init_base(gvm_store *store, const gvm_store_backend *backend) {
    store->backend = backend;
    pthread_mutex_init(&store->readers_lock, NULL);
}

void gvm_store_free_base(gvm_store *store) {
    GVM_ASSERT(store->readers == NULL);
    pthread_mutex_destroy(&store->readers_lock);
}

void gvm_store_close(gvm_store *store) {
    if (store) store->backend->close(store);
}

gvm_status gvm_store_sync(gvm_store *store, gvm_error *err) {
    return store->backend->sync(store, err);
}

void gvm_store_stats_get(gvm_store *store, gvm_store_stats *stats) {
    memset(stats, 0, sizeof *stats);
    store->backend->stats(store, stats);
    uint64_t now = gvm_store_now_ms();
    pthread_mutex_lock(&store->readers_lock);
    stats->readers = store->reader_count;
    stats->expired = store->expired;
    for (const gvm_store_txn *t = store->readers; t; t = t->next) {
        uint64_t age = now - atomic_load(&t->started_ms);
        if (!atomic_load(&t->expired) && age > stats->oldest_ms) stats->oldest_ms = age;
    }
    pthread_mutex_unlock(&store->readers_lock);
}

size_t gvm_store_expire(gvm_store *store, uint64_t limit_ms) {
    size_t count = 0;
    uint64_t now = gvm_store_now_ms();
    pthread_mutex_lock(&store->readers_lock);
    for (gvm_store_txn *t = store->readers; t; t = t->next) {
        if (now - atomic_load(&t->started_ms) < limit_ms) continue;
        pthread_mutex_lock(&t->lock);
        /* Looked at again under the lock: the owner may have renewed it just now. */
        if (!atomic_load(&t->expired) && now - atomic_load(&t->started_ms) >= limit_ms) {
            store->backend->read_expire(t);
            atomic_store(&t->expired, true);
            count++;
        }
        pthread_mutex_unlock(&t->lock);
    }
    store->expired += count;
    pthread_mutex_unlock(&store->readers_lock);
    return count;
}

/* ---- transactions */

gvm_status gvm_store_read_begin(gvm_store_txn **out, gvm_store *store) {
    gvm_store_txn *txn;
    GVM_TRY(store->backend->read_begin(&txn, store));
    txn->store = store;
    txn->writes = false;
    atomic_store(&txn->expired, false);
    atomic_store(&txn->started_ms, gvm_store_now_ms());
    pthread_mutex_init(&txn->lock, NULL);
    pthread_mutex_lock(&store->readers_lock);
    txn->next = store->readers;
    txn->link = &store->readers;
    if (txn->next) txn->next->link = &txn->next;
    store->readers = txn;
    store->reader_count++;
    pthread_mutex_unlock(&store->readers_lock);
    *out = txn;
    return GVM_OK;
}

gvm_status gvm_store_read_renew(gvm_store_txn *txn) {
    GVM_ASSERT(!txn->writes);
    pthread_mutex_lock(&txn->lock);
    gvm_status status = txn->store->backend->read_renew(txn);
    txn->generation++;
    atomic_store(&txn->expired, status != GVM_OK);
    atomic_store(&txn->started_ms, gvm_store_now_ms());
    pthread_mutex_unlock(&txn->lock);
    return status;
}

bool gvm_store_read_valid(const gvm_store_txn *txn) {
    return !atomic_load(&txn->expired);
}

uint64_t gvm_store_read_age(const gvm_store_txn *txn) {
    return gvm_store_now_ms() - atomic_load(&txn->started_ms);
}

void gvm_store_read_end(gvm_store_txn *txn) {
    if (!txn) return;
    GVM_ASSERT(!txn->writes);
    gvm_store *store = txn->store;
    pthread_mutex_lock(&store->readers_lock);
    *txn->link = txn->next;
    if (txn->next) txn->next->link = txn->link;
    store->reader_count--;
    pthread_mutex_unlock(&store->readers_lock);
    pthread_mutex_destroy(&txn->lock);
    store->backend->read_end(txn);
}

gvm_status gvm_store_write_begin(gvm_store_txn **out, gvm_store *store) {
    gvm_store_txn *txn;
    GVM_TRY(store->backend->write_begin(&txn, store));
    txn->store = store;
    txn->writes = true;
    *out = txn;
    return GVM_OK;
}

gvm_status gvm_store_write_commit(gvm_store_txn *txn, gvm_error *err) {
    GVM_ASSERT(txn->writes);
    if (txn->broken) {
        gvm_store_write_abort(txn);
        return gvm_error_set(err, GVM_ERR_STATE, "a write of this transaction failed before");
    }
    return txn->store->backend->write_commit(txn, err);
}

void gvm_store_write_abort(gvm_store_txn *txn) {
    if (!txn) return;
    GVM_ASSERT(txn->writes);
    txn->store->backend->write_abort(txn);
}

bool gvm_store_txn_writes(const gvm_store_txn *txn) {
    return txn->writes;
}

/* ---- operations */

/* Readers are used under their lock, so that the watchdog finds none in the middle of an operation.
 */
static gvm_status enter(gvm_store_txn *txn) {
    if (txn->writes) return txn->broken ? GVM_ERR_STATE : GVM_OK;
    pthread_mutex_lock(&txn->lock);
    if (!atomic_load(&txn->expired)) return GVM_OK;
    pthread_mutex_unlock(&txn->lock);
    return GVM_ERR_TIMEOUT;
}

static void leave(gvm_store_txn *txn) {
    if (!txn->writes) pthread_mutex_unlock(&txn->lock);
}

gvm_status gvm_store_get(gvm_store_txn *txn, gvm_bytes *value, gvm_table table, gvm_bytes key) {
    if (key.len == 0 || key.len > GVM_STORE_KEY_MAX) return GVM_ERR_NOT_FOUND;
    GVM_TRY(enter(txn));
    gvm_status status = txn->store->backend->get(txn, value, table, key);
    leave(txn);
    return status;
}

static gvm_status put(gvm_store_txn *txn, gvm_table table, gvm_bytes key, gvm_bytes value,
                      bool append) {
    GVM_ASSERT(txn->writes);
    if (txn->broken) return GVM_ERR_STATE;
    if (key.len == 0 || key.len > GVM_STORE_KEY_MAX || value.len > GVM_STORE_VALUE_MAX)
        return GVM_ERR_LIMIT;
    txn->generation++;
    gvm_status status = txn->store->backend->put(txn, table, key, value, append);
    if (status != GVM_OK && status != GVM_ERR_ARGUMENT) txn->broken = true;
    return status;
}

gvm_status gvm_store_put(gvm_store_txn *txn, gvm_table table, gvm_bytes key, gvm_bytes value) {
    return put(txn, table, key, value, false);
}

gvm_status gvm_store_append(gvm_store_txn *txn, gvm_table table, gvm_bytes key, gvm_bytes value) {
    return put(txn, table, key, value, true);
}

gvm_status gvm_store_del(gvm_store_txn *txn, gvm_table table, gvm_bytes key) {
    GVM_ASSERT(txn->writes);
    if (txn->broken) return GVM_ERR_STATE;
    if (key.len == 0 || key.len > GVM_STORE_KEY_MAX) return GVM_ERR_NOT_FOUND;
    txn->generation++;
    gvm_status status = txn->store->backend->del(txn, table, key);
    if (status != GVM_OK && status != GVM_ERR_NOT_FOUND) txn->broken = true;
    return status;
}

/* ---- cursors */

gvm_status gvm_store_cursor_open(gvm_store_cursor **out, gvm_store_txn *txn, gvm_table table) {
    GVM_TRY(enter(txn));
    gvm_store_cursor *cursor;
    gvm_status status = txn->store->backend->cursor_open(&cursor, txn, table);
    leave(txn);
    if (status != GVM_OK) return status;
    cursor->txn = txn;
    cursor->table = table;
    cursor->placed = false;
    *out = cursor;
    return GVM_OK;
}

void gvm_store_cursor_close(gvm_store_cursor *cursor) {
    if (cursor) cursor->txn->store->backend->cursor_close(cursor);
}

static gvm_status move(gvm_store_cursor *cursor, gvm_store_move how, gvm_bytes key) {
    gvm_store_txn *txn = cursor->txn;
    if (how == GVM_MOVE_NEXT || how == GVM_MOVE_PREV) {
        if (!cursor->placed || cursor->generation != txn->generation) return GVM_ERR_STATE;
    } else if (key.len > GVM_STORE_KEY_MAX) {
        return GVM_ERR_LIMIT;
    }
    GVM_TRY(enter(txn));
    gvm_status status = txn->store->backend->cursor_move(cursor, how, key);
    leave(txn);
    cursor->placed = status == GVM_OK;
    cursor->generation = txn->generation;
    return status;
}

gvm_status gvm_store_seek(gvm_store_cursor *cursor, gvm_bytes key) {
    return move(cursor, GVM_MOVE_SEEK, key);
}

gvm_status gvm_store_seek_before(gvm_store_cursor *cursor, gvm_bytes key) {
    return move(cursor, GVM_MOVE_BEFORE, key);
}

gvm_status gvm_store_next(gvm_store_cursor *cursor) {
    return move(cursor, GVM_MOVE_NEXT, (gvm_bytes){0});
}

gvm_status gvm_store_prev(gvm_store_cursor *cursor) {
    return move(cursor, GVM_MOVE_PREV, (gvm_bytes){0});
}

gvm_bytes gvm_store_cursor_key(const gvm_store_cursor *cursor) {
    GVM_ASSERT(cursor->placed);
    return cursor->key;
}

gvm_bytes gvm_store_cursor_value(const gvm_store_cursor *cursor) {
    GVM_ASSERT(cursor->placed);
    return cursor->value;
}

bool gvm_store_cursor_in(const gvm_store_cursor *cursor, gvm_bytes prefix) {
    gvm_bytes key = gvm_store_cursor_key(cursor);
    return key.len >= prefix.len &&
           (prefix.len == 0 || memcmp(key.ptr, prefix.ptr, prefix.len) == 0);
}
