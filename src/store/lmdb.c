/* The store on disk: LMDB beneath, and four things that it leaves to its user.
 *
 * Durability. GVM_STORE_POWER is LMDB's own way: data pages are synced, then the meta page that
 * makes them count. GVM_STORE_PROCESS runs with MDB_NOSYNC and without MDB_WRITEMAP: commits are
 * plain writes, in the page cache when the commit returns, so that kill -9 loses nothing. But a
 * power cut may leave a meta page on the disk whose data is not there. Therefore, once a second: a
 * read transaction pins the newest commit (its pages are not reused then), the file is synced, and
 * a copy of that commit's meta page goes to store.checkpoint together with the boot id of the
 * machine. The older pin goes only after that, so the pages of the commit in the checkpoint are
 * whole on the disk at all times.
 *
 *     open with a checkpoint there (the last process did not close):
 *       same boot id   the page cache survived: take the file as it is, nothing is lost
 *       another        the machine went down: put back the checkpoint's meta page, the state of the
 * last sync
 *
 * A clean close syncs and removes the checkpoint. Where the kernel has no boot id, commits sync
 * their data (MDB_NOMETASYNC), which is slower and needs no checkpoint.
 *
 * Growth. The map is address space, not disk: we reserve plenty and grow it by half when three
 * quarters are used, between transactions, when no reader is inside (readers are gone within a
 * second by the house's rule). A writer in a map that is nearly full keeps a log of what it did; if
 * the map fills up under it, its transaction is repeated in the bigger one.
 *
 * One process. LMDB could share; we must not (unwinding, caches): flock on store.lock, which holds
 * our pid and is emptied by a clean close.
 *
 * Damage. The structure is checked before LMDB sees the file (lmdb_file.h). */
#include "store/backend.h"
#include "store/lmdb_checkpoint.h"
#include "store/lmdb_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define GIB ((size_t)1 << 30)
#ifdef GVM_SANITIZED
#define MAP_DEFAULT (4 * GIB)
#else
#define MAP_DEFAULT (256 * GIB)
#endif
#define HASTEN ((uint64_t)64 << 20) /* growth of the file that calls for a sync ahead of time */
#define TIGHT  (4 * GIB)            /* less than this free in the map: a writer keeps its log */

enum {
    READERS_MAX = 1022,
    TICK_MS = 250,
    GROW_WAIT_MS = 2 * GVM_STORE_READER_MS,
    LEAVES_CHECKED = 8192, /* leaf pages looked at when the last close was clean */
    LEAVES_CHECKED_UNCLEAN = 65536,
};

typedef struct disk_store {
    gvm_store base;
    MDB_env *env;
    MDB_dbi table[GVM_TABLE_COUNT];
    char folder[GVM_LMDB_PATH_MAX - 32];
    char boot_id[GVM_BOOT_ID_LEN + 1]; /* empty: none */
    gvm_store_options options;
    bool checkpoints;
    int lock_fd, data_fd;
    uint32_t page_size;

    pthread_mutex_t writer; /* held by the write transaction; guards hastened */
    uint64_t hastened;      /* bytes used when the last sync was called for ahead of time */
    pthread_mutex_t commit; /* held while a meta page changes, and while one is copied */
    pthread_mutex_t sync;   /* one sync at a time; guards pin */
    MDB_txn *pin;           /* of the commit in the checkpoint */
    uint64_t pinned_txnid;
    _Atomic bool pinned;     /* there is one */
    uint64_t synced_commits; /* of `commits`, at the last sync */
    bool durable; /* what is in the file is on the disk: nothing to sync before the first checkpoint
                   */

    pthread_mutex_t gate; /* guards the five below */
    pthread_cond_t gate_moved;
    unsigned inside; /* read transactions */
    bool resizing, stop, sync_soon;
    gvm_status failed; /* sticky: a sync failed, nothing can be promised any more */

    pthread_t thread;
    bool has_thread;
    _Atomic uint64_t commits, grown, syncs;
    size_t map_size;
} disk_store;

typedef struct disk_txn {
    gvm_store_txn base;
    MDB_txn *mdb;
    uint64_t epoch; /* counts what cursors of LMDB do not survive */
    bool keeps_log;
    gvm_buf log;
} disk_txn;

typedef struct disk_cursor {
    gvm_store_cursor base;
    MDB_cursor *mdb;
    uint64_t epoch;
} disk_cursor;

static gvm_status explain(gvm_error *err, const disk_store *d, const char *what, int rc) {
    return gvm_error_set(err, gvm_lmdb_status(rc), "%s: %s: %s", d->folder, what, mdb_strerror(rc));
}

static void path_of(char out[GVM_LMDB_PATH_MAX], const disk_store *d, const char *name) {
    snprintf(out, GVM_LMDB_PATH_MAX, "%s/%s", d->folder, name);
}

static MDB_val val(gvm_bytes b) {
    return (MDB_val){b.len, (void *)(uintptr_t)b.ptr};
}

static gvm_bytes bytes_of(MDB_val v) {
    return gvm_bytes_make(v.mv_data, v.mv_size);
}

/* ---- syncs */

/* Makes the newest commit the one to come back to. Called with d->sync held. */
static gvm_status checkpoint_take(disk_store *d, gvm_error *err) {
    gvm_status status = GVM_OK;
    MDB_txn *pin = NULL;
    uint8_t *meta = malloc(d->page_size);
    if (!meta) return GVM_ERR_NOMEM;
    pthread_mutex_lock(&d->commit);
    int rc = mdb_txn_begin(d->env, NULL, MDB_RDONLY, &pin);
    uint64_t txnid = rc == 0 ? mdb_txn_id(pin) : 0;
    status = rc == 0 ? gvm_lmdb_copy_meta(meta, d->data_fd, d->page_size, txnid, err)
                     : explain(err, d, "pin", rc);
    pthread_mutex_unlock(&d->commit);
    if (status != GVM_OK || (d->pin && txnid == d->pinned_txnid)) goto fail;
    rc = d->durable ? 0 : mdb_env_sync(d->env, 1);
    if (rc != 0) {
        status = explain(err, d, "sync", rc);
        goto fail;
    }
    GVM_TRY_GOTO(gvm_checkpoint_write(d->folder, d->boot_id, meta, d->page_size, err));
    if (d->pin) mdb_txn_abort(d->pin);
    d->pin = pin;
    atomic_store(&d->pinned, true);
    d->pinned_txnid = txnid;
    d->durable = false;
    pin = NULL;
    atomic_fetch_add(&d->syncs, 1);
fail:
    if (pin) mdb_txn_abort(pin);
    free(meta);
    return status;
}

static gvm_status store_sync(gvm_store *store, gvm_error *err) {
    disk_store *d = (disk_store *)store;
    gvm_status status;
    pthread_mutex_lock(&d->sync);
    uint64_t commits = atomic_load(&d->commits);
    if (d->options.ephemeral) {
        status = GVM_OK;
    } else if (d->checkpoints) {
        status = checkpoint_take(d, err);
    } else {
        int rc = mdb_env_sync(d->env, 1);
        status = rc == 0 ? GVM_OK : explain(err, d, "sync", rc);
        atomic_fetch_add(&d->syncs, 1);
    }
    if (status == GVM_OK) d->synced_commits = commits;
    pthread_mutex_unlock(&d->sync);
    if (status == GVM_ERR_IO || status == GVM_ERR_CORRUPT) {
        pthread_mutex_lock(&d->gate);
        d->failed = status;
        pthread_mutex_unlock(&d->gate);
    }
    return status;
}

/* ---- the background thread: syncs and the watchdog over readers */

static bool commits_waiting(disk_store *d) {
    pthread_mutex_lock(&d->sync);
    bool waiting = atomic_load(&d->commits) != d->synced_commits;
    pthread_mutex_unlock(&d->sync);
    return waiting;
}

static void *background(void *arg) {
    disk_store *d = arg;
    uint64_t last_sync = gvm_store_now_ms();
    uint64_t tick = TICK_MS;
    if (d->options.sync_ms < tick) tick = d->options.sync_ms;
    if (d->options.reader_limit_ms / 2 < tick) tick = d->options.reader_limit_ms / 2 + 1;
    pthread_mutex_lock(&d->gate);
    while (!d->stop) {
        struct timespec t;
        clock_gettime(CLOCK_REALTIME, &t);
        uint64_t ns = (uint64_t)t.tv_nsec + tick * 1000000;
        t.tv_sec += (time_t)(ns / 1000000000);
        t.tv_nsec = (long)(ns % 1000000000);
        if (!d->sync_soon) pthread_cond_timedwait(&d->gate_moved, &d->gate, &t);
        if (d->stop) break;
        bool soon = d->sync_soon;
        d->sync_soon = false;
        pthread_mutex_unlock(&d->gate);
        gvm_store_expire(&d->base, d->options.reader_limit_ms);
        uint64_t now = gvm_store_now_ms();
        if (d->checkpoints && (soon || now - last_sync >= d->options.sync_ms) &&
            commits_waiting(d)) {
            /* A full disk passes; the next round tries again. Other failures stop writers. */
            if (store_sync(&d->base, NULL) == GVM_OK) last_sync = now;
        }
        pthread_mutex_lock(&d->gate);
    }
    pthread_mutex_unlock(&d->gate);
    return NULL;
}

/* ---- growth */

static void gate_enter(disk_store *d) {
    pthread_mutex_lock(&d->gate);
    while (d->resizing) pthread_cond_wait(&d->gate_moved, &d->gate);
    d->inside++;
    pthread_mutex_unlock(&d->gate);
}

static void gate_leave(disk_store *d) {
    pthread_mutex_lock(&d->gate);
    d->inside--;
    if (d->resizing) pthread_cond_broadcast(&d->gate_moved);
    pthread_mutex_unlock(&d->gate);
}

static bool can_map(size_t size) {
    void *probe = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (probe == MAP_FAILED) return false;
    munmap(probe, size);
    return true;
}

/* With d->writer held and no write transaction open. GVM_ERR_BUSY: a reader did not end in time. */
static gvm_status grow(disk_store *d, size_t size) {
    gvm_status status = GVM_OK;
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += GROW_WAIT_MS / 1000;
    /* The pin has no pointers into the map, but its transaction object must not be ended meanwhile.
     */
    pthread_mutex_lock(&d->sync);
    pthread_mutex_lock(&d->gate);
    d->resizing = true;
    while (d->inside > 0 && status == GVM_OK)
        if (pthread_cond_timedwait(&d->gate_moved, &d->gate, &until) == ETIMEDOUT)
            status = GVM_ERR_BUSY;
    if (d->inside == 0) {
        status = can_map(size) ? GVM_OK : GVM_ERR_FULL;
        if (status == GVM_OK) {
            /* LMDB lets go of the old map first; without a new one there is no going on. */
            GVM_ASSERT(mdb_env_set_mapsize(d->env, size) == 0);
            d->map_size = size;
            atomic_fetch_add(&d->grown, 1);
        }
    }
    d->resizing = false;
    pthread_cond_broadcast(&d->gate_moved);
    pthread_mutex_unlock(&d->gate);
    pthread_mutex_unlock(&d->sync);
    return status;
}

static size_t bigger(const disk_store *d) {
    size_t size = d->map_size + d->map_size / 2;
    return size - size % ((size_t)1 << 20) + ((size_t)1 << 20);
}

static size_t map_free(disk_store *d) {
    MDB_envinfo info;
    mdb_env_info(d->env, &info);
    size_t used = (info.me_last_pgno + 1) * d->page_size;
    return used < d->map_size ? d->map_size - used : 0;
}

/* LMDB calls a write that a full disk cut short an I/O error. Ask the disk what it thinks of more.
 */
static int ask_disk(disk_store *d, int rc) {
    if (rc != EIO) return rc;
    static const uint8_t zeros[65536];
    struct stat st;
    if (fstat(d->data_fd, &st) != 0) return rc;
    errno = ENOSPC;
    ssize_t n = pwrite(d->data_fd, zeros, sizeof zeros, st.st_size);
    int e = errno;
    if (n >= 0 && ftruncate(d->data_fd, st.st_size) != 0) return rc;
    return n == (ssize_t)sizeof zeros ? rc : n >= 0 ? ENOSPC : e;
}

/* ---- transactions */

static gvm_status begin(disk_store *d, MDB_txn **out, unsigned flags) {
    int rc = mdb_txn_begin(d->env, NULL, flags, out);
    return gvm_lmdb_status(rc);
}

static gvm_status read_begin(gvm_store_txn **out, gvm_store *store) {
    disk_store *d = (disk_store *)store;
    disk_txn *txn = calloc(1, sizeof *txn);
    if (!txn) return GVM_ERR_NOMEM;
    gate_enter(d);
    gvm_status status = begin(d, &txn->mdb, MDB_RDONLY);
    if (status != GVM_OK) {
        gate_leave(d);
        free(txn);
        return status;
    }
    *out = &txn->base;
    return GVM_OK;
}

static gvm_status read_renew(gvm_store_txn *base) {
    disk_store *d = (disk_store *)base->store;
    disk_txn *txn = (disk_txn *)base;
    if (!atomic_load(&base->expired)) mdb_txn_reset(txn->mdb);
    txn->epoch++;
    /* Through the gate, so that a writer who wants to grow the map gets its turn. */
    gate_leave(d);
    gate_enter(d);
    return gvm_lmdb_status(mdb_txn_renew(txn->mdb));
}

static void read_end(gvm_store_txn *base) {
    disk_txn *txn = (disk_txn *)base;
    mdb_txn_abort(txn->mdb);
    gate_leave((disk_store *)base->store);
    free(txn);
}

static void read_expire(gvm_store_txn *base) {
    mdb_txn_reset(((disk_txn *)base)->mdb);
}

static gvm_status write_open(disk_store *d, disk_txn *txn) {
    GVM_TRY(begin(d, &txn->mdb, 0));
    txn->keeps_log = map_free(d) < TIGHT;
    return GVM_OK;
}

static gvm_status write_begin(gvm_store_txn **out, gvm_store *store) {
    disk_store *d = (disk_store *)store;
    gvm_status status = GVM_OK;
    disk_txn *txn = calloc(1, sizeof *txn);
    if (!txn) return GVM_ERR_NOMEM;
    pthread_mutex_lock(&d->writer);
    pthread_mutex_lock(&d->gate);
    status = d->failed;
    pthread_mutex_unlock(&d->gate);
    if (status != GVM_OK) goto fail;
    /* The first checkpoint, of what is there, before the first write. */
    if (d->checkpoints && !atomic_load(&d->pinned)) GVM_TRY_GOTO(store_sync(&d->base, NULL));
    /* Where readers hold it up there is room left yet: a later writer tries again. */
    if (map_free(d) < d->map_size / 4) {
        status = grow(d, bigger(d));
        if (status == GVM_ERR_BUSY) status = GVM_OK;
        if (status != GVM_OK) goto fail;
    }
    GVM_TRY_GOTO(write_open(d, txn));
    *out = &txn->base;
    return GVM_OK;
fail:
    pthread_mutex_unlock(&d->writer);
    free(txn);
    return status;
}

static void write_close(disk_store *d, disk_txn *txn) {
    gvm_buf_free(&txn->log);
    free(txn);
    pthread_mutex_unlock(&d->writer);
}

static void write_abort(gvm_store_txn *base) {
    disk_txn *txn = (disk_txn *)base;
    if (txn->mdb) mdb_txn_abort(txn->mdb);
    write_close((disk_store *)base->store, txn);
}

/* ---- the writer's log: kind, table, key length, value length, key, value */
enum { LOG_PUT, LOG_APPEND, LOG_DEL };

static void log_write(disk_txn *txn, uint8_t kind, gvm_table table, gvm_bytes key,
                      gvm_bytes value) {
    uint32_t head[4] = {kind, (uint32_t)table, (uint32_t)key.len, (uint32_t)value.len};
    gvm_buf_append(&txn->log, head, sizeof head);
    gvm_buf_append(&txn->log, key.ptr, key.len);
    gvm_buf_append(&txn->log, value.ptr, value.len);
}

static int replay(disk_store *d, disk_txn *txn) {
    for (size_t at = 0; at < txn->log.len;) {
        uint32_t head[4];
        memcpy(head, txn->log.ptr + at, sizeof head);
        at += sizeof head;
        MDB_val k = {head[2], txn->log.ptr + at}, v = {head[3], txn->log.ptr + at + head[2]};
        at += (size_t)head[2] + head[3];
        int rc = head[0] == LOG_DEL ? mdb_del(txn->mdb, d->table[head[1]], &k, NULL)
                                    : mdb_put(txn->mdb, d->table[head[1]], &k, &v,
                                              head[0] == LOG_APPEND ? MDB_APPEND : 0);
        if (rc != 0) return rc;
    }
    return 0;
}

/* The map is full: once more from the start, in a bigger one. The last logged operation is the one
 * that failed. */
static int retry_bigger(disk_store *d, disk_txn *txn) {
    int rc = MDB_MAP_FULL;
    while (rc == MDB_MAP_FULL) {
        mdb_txn_abort(txn->mdb);
        txn->mdb = NULL;
        txn->epoch++;
        if (!txn->keeps_log || gvm_buf_status(&txn->log) != GVM_OK) return MDB_MAP_FULL;
        if (grow(d, bigger(d)) != GVM_OK) return MDB_MAP_FULL;
        rc = mdb_txn_begin(d->env, NULL, 0, &txn->mdb);
        if (rc == 0) rc = replay(d, txn);
    }
    return rc;
}

/* The pin keeps every page replaced since the last sync: under a heavy writer that is soon much, so
 * sync more often. */
static void hasten_sync(disk_store *d) {
    if (!d->checkpoints) return;
    MDB_envinfo info;
    mdb_env_info(d->env, &info);
    uint64_t used = (info.me_last_pgno + 1) * d->page_size;
    if (used < d->hastened + HASTEN) return;
    d->hastened = used;
    pthread_mutex_lock(&d->gate);
    d->sync_soon = true;
    pthread_cond_broadcast(&d->gate_moved);
    pthread_mutex_unlock(&d->gate);
}

static gvm_status write_commit(gvm_store_txn *base, gvm_error *err) {
    disk_store *d = (disk_store *)base->store;
    disk_txn *txn = (disk_txn *)base;
    int rc;
    do {
        pthread_mutex_lock(&d->commit);
        rc = mdb_txn_commit(txn->mdb);
        pthread_mutex_unlock(&d->commit);
        txn->mdb = NULL;
        /* The free list, written last, can hit the end of the map too. */
        if (rc == MDB_MAP_FULL && txn->keeps_log) {
            if (grow(d, bigger(d)) != GVM_OK) break;
            int again = mdb_txn_begin(d->env, NULL, 0, &txn->mdb);
            if (again == 0) again = replay(d, txn);
            if (again == MDB_MAP_FULL) again = retry_bigger(d, txn);
            if (again != 0) {
                rc = again;
                break;
            }
            continue;
        }
        break;
    } while (true);
    rc = ask_disk(d, rc);
    gvm_status status = rc == 0 ? GVM_OK : explain(err, d, "commit", rc);
    if (txn->mdb) mdb_txn_abort(txn->mdb);
    if (rc == 0) {
        atomic_fetch_add(&d->commits, 1);
        hasten_sync(d);
    }
    write_close(d, txn);
    return status;
}

static gvm_status get(gvm_store_txn *base, gvm_bytes *value, gvm_table table, gvm_bytes key) {
    const disk_store *d = (const disk_store *)base->store;
    MDB_val k = val(key), v;
    int rc = mdb_get(((disk_txn *)base)->mdb, d->table[table], &k, &v);
    if (rc == 0) *value = bytes_of(v);
    return gvm_lmdb_status(rc);
}

static gvm_status put(gvm_store_txn *base, gvm_table table, gvm_bytes key, gvm_bytes value,
                      bool append) {
    disk_store *d = (disk_store *)base->store;
    disk_txn *txn = (disk_txn *)base;
    MDB_val k = val(key), v = val(value);
    int rc = mdb_put(txn->mdb, d->table[table], &k, &v, append ? MDB_APPEND : 0);
    if (rc == MDB_KEYEXIST) return GVM_ERR_ARGUMENT;
    if (txn->keeps_log && (rc == 0 || rc == MDB_MAP_FULL))
        log_write(txn, append ? LOG_APPEND : LOG_PUT, table, key, value);
    if (rc == MDB_MAP_FULL) rc = retry_bigger(d, txn);
    return gvm_lmdb_status(ask_disk(d, rc));
}

static gvm_status del(gvm_store_txn *base, gvm_table table, gvm_bytes key) {
    disk_store *d = (disk_store *)base->store;
    disk_txn *txn = (disk_txn *)base;
    MDB_val k = val(key);
    int rc = mdb_del(txn->mdb, d->table[table], &k, NULL);
    if (txn->keeps_log && (rc == 0 || rc == MDB_MAP_FULL))
        log_write(txn, LOG_DEL, table, key, (gvm_bytes){0});
    if (rc == MDB_MAP_FULL) rc = retry_bigger(d, txn);
    return gvm_lmdb_status(ask_disk(d, rc));
}

/* ---- cursors */

static gvm_status cursor_open(gvm_store_cursor **out, gvm_store_txn *base, gvm_table table) {
    const disk_store *d = (const disk_store *)base->store;
    disk_txn *txn = (disk_txn *)base;
    disk_cursor *c = calloc(1, sizeof *c);
    if (!c) return GVM_ERR_NOMEM;
    int rc = mdb_cursor_open(txn->mdb, d->table[table], &c->mdb);
    if (rc != 0) {
        free(c);
        return gvm_lmdb_status(rc);
    }
    c->epoch = txn->epoch;
    *out = &c->base;
    return GVM_OK;
}

static void cursor_close(gvm_store_cursor *base) {
    disk_cursor *c = (disk_cursor *)base;
    const disk_txn *txn = (const disk_txn *)base->txn;
    /* LMDB frees a writer's cursors with its transaction, which `epoch` tells. */
    if (!base->txn->writes || c->epoch == txn->epoch) mdb_cursor_close(c->mdb);
    free(c);
}

static gvm_status cursor_follow(disk_cursor *c) {
    disk_txn *txn = (disk_txn *)c->base.txn;
    if (c->epoch == txn->epoch) return GVM_OK;
    const disk_store *d = (const disk_store *)txn->base.store;
    int rc = txn->base.writes ? mdb_cursor_open(txn->mdb, d->table[c->base.table], &c->mdb)
                              : mdb_cursor_renew(txn->mdb, c->mdb);
    if (rc == 0) c->epoch = txn->epoch;
    return gvm_lmdb_status(rc);
}

static gvm_status cursor_move(gvm_store_cursor *base, gvm_store_move how, gvm_bytes key) {
    disk_cursor *c = (disk_cursor *)base;
    GVM_TRY(cursor_follow(c));
    MDB_val k = val(key), v;
    int rc;
    switch (how) {
    case GVM_MOVE_SEEK:
        rc = mdb_cursor_get(c->mdb, &k, &v, key.len ? MDB_SET_RANGE : MDB_FIRST);
        break;
    case GVM_MOVE_NEXT: rc = mdb_cursor_get(c->mdb, &k, &v, MDB_NEXT); break;
    case GVM_MOVE_PREV: rc = mdb_cursor_get(c->mdb, &k, &v, MDB_PREV); break;
    default:
        rc = key.len ? mdb_cursor_get(c->mdb, &k, &v, MDB_SET_RANGE) : MDB_NOTFOUND;
        if (rc == 0)
            rc = mdb_cursor_get(c->mdb, &k, &v, MDB_PREV);
        else if (rc == MDB_NOTFOUND)
            rc = mdb_cursor_get(c->mdb, &k, &v, MDB_LAST);
    }
    if (rc != 0) return gvm_lmdb_status(rc);
    base->key = bytes_of(k);
    base->value = bytes_of(v);
    return GVM_OK;
}

/* ---- opening and closing */

static void store_stats(gvm_store *store, gvm_store_stats *stats) {
    disk_store *d = (disk_store *)store;
    MDB_envinfo info;
    struct stat st;
    pthread_mutex_lock(&d->gate);
    mdb_env_info(d->env, &info);
    stats->map_bytes = d->map_size;
    pthread_mutex_unlock(&d->gate);
    stats->used_bytes = (info.me_last_pgno + 1) * d->page_size;
    if (fstat(d->data_fd, &st) == 0) stats->file_bytes = (uint64_t)st.st_size;
    stats->commits = atomic_load(&d->commits);
    stats->grown = atomic_load(&d->grown);
    stats->syncs = atomic_load(&d->syncs);
}

/* Takes the folder for this process, and says whether the last one left properly. */
static gvm_status take_lock(disk_store *d, bool *unclean, gvm_error *err) {
    char path[GVM_LMDB_PATH_MAX], text[32] = "";
    path_of(path, d, "store.lock");
    d->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (d->lock_fd < 0) return gvm_lmdb_errno(err, path, "open");
    bool locked = flock(d->lock_fd, LOCK_EX | LOCK_NB) == 0;
    if (!locked && errno != EWOULDBLOCK) return gvm_lmdb_errno(err, path, "flock");
    ssize_t n = pread(d->lock_fd, text, sizeof text - 1, 0);
    if (n < 0) return gvm_lmdb_errno(err, path, "read");
    text[strcspn(text, "\n")] = '\0';
    if (!locked)
        return gvm_error_set(err, GVM_ERR_BUSY, "%s is in use by process %s", d->folder,
                             text[0] ? text : "(unknown)");
    *unclean = n > 0;
    return GVM_OK;
}

static gvm_status write_pid(disk_store *d, gvm_error *err) {
    char text[32];
    int n = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    if (ftruncate(d->lock_fd, 0) != 0 || pwrite(d->lock_fd, text, (size_t)n, 0) != n)
        return gvm_lmdb_errno(err, d->folder, "store.lock");
    return GVM_OK;
}

static gvm_status open_env(disk_store *d, gvm_error *err) {
    unsigned flags = MDB_NOTLS | MDB_NORDAHEAD;
    if (d->options.grade == GVM_STORE_PROCESS)
        flags |= d->checkpoints ? MDB_NOSYNC : MDB_NOMETASYNC;
    int rc;
    for (;;) {
        rc = mdb_env_create(&d->env);
        if (rc != 0) return explain(err, d, "create", rc);
        mdb_env_set_maxdbs(d->env, GVM_TABLE_COUNT + 1);
        mdb_env_set_maxreaders(d->env, READERS_MAX + 2);
        rc = mdb_env_set_mapsize(d->env, d->map_size);
        if (rc == 0) rc = mdb_env_open(d->env, d->folder, flags, 0600);
        if (rc == 0) return GVM_OK;
        mdb_env_close(d->env);
        d->env = NULL;
        if (rc != ENOMEM || d->map_size < ((size_t)1 << 28)) break;
        d->map_size /= 2;
    }
    return explain(err, d, "open", rc);
}

/* The record that says what this folder is, in a table of its own. */
static gvm_status check_format(disk_store *d, bool *is_new, gvm_error *err) {
    MDB_txn *txn;
    MDB_stat st;
    MDB_dbi dbi;
    int rc = mdb_txn_begin(d->env, NULL, MDB_RDONLY, &txn);
    if (rc != 0) return explain(err, d, "begin", rc);
    gvm_status status = GVM_OK;
    uint32_t format = 0;
    rc = mdb_dbi_open(txn, NULL, 0, &dbi);
    if (rc == 0) rc = mdb_stat(txn, dbi, &st);
    *is_new = rc == 0 && st.ms_entries == 0;
    if (rc == 0 && !*is_new) {
        rc = mdb_dbi_open(txn, "format", 0, &dbi);
        MDB_val k = {7, (void *)(uintptr_t) "ghostvm"}, v;
        if (rc == 0) rc = mdb_get(txn, dbi, &k, &v);
        if (rc == MDB_NOTFOUND || rc == MDB_INCOMPATIBLE || (rc == 0 && v.mv_size != 4)) {
            rc = 0;
            status = gvm_error_set(err, GVM_ERR_CORRUPT,
                                   "%s holds an LMDB file that is no store of ours", d->folder);
        } else if (rc == 0) {
            memcpy(&format, v.mv_data, 4);
            if (format != GVM_STORE_FORMAT)
                status = gvm_error_set(err, GVM_ERR_FORMAT_VERSION,
                                       "%s has store format %" PRIu32 ", this program reads %d",
                                       d->folder, format, GVM_STORE_FORMAT);
        }
    }
    if (rc != 0) status = explain(err, d, "read format", rc);
    mdb_txn_abort(txn);
    return status;
}

static int tables_in(disk_store *d, MDB_txn *txn, unsigned flags) {
    int rc = 0;
    for (int t = 0; t < GVM_TABLE_COUNT && rc == 0; t++)
        rc = mdb_dbi_open(txn, gvm_table_name((gvm_table)t), flags, &d->table[t]);
    return rc;
}

/* An older store may lack tables, a new one has none; else nothing is written. What is written here
 * is synced. */
static gvm_status open_tables(disk_store *d, bool is_new, gvm_error *err) {
    MDB_txn *txn;
    MDB_dbi dbi;
    int rc = mdb_txn_begin(d->env, NULL, MDB_RDONLY, &txn);
    if (rc != 0) return explain(err, d, "begin", rc);
    rc = is_new ? MDB_NOTFOUND : tables_in(d, txn, 0);
    if (rc != MDB_NOTFOUND) {
        if (rc == 0)
            rc = mdb_txn_commit(txn);
        else
            mdb_txn_abort(txn);
        return rc == 0 ? GVM_OK : explain(err, d, "open tables", rc);
    }
    mdb_txn_abort(txn);
    if (d->checkpoints) mdb_env_set_flags(d->env, MDB_NOSYNC, 0);
    rc = mdb_txn_begin(d->env, NULL, 0, &txn);
    if (rc != 0) return explain(err, d, "begin", rc);
    if (is_new) {
        uint32_t format = GVM_STORE_FORMAT;
        MDB_val k = {7, (void *)(uintptr_t) "ghostvm"}, v = {4, &format};
        rc = mdb_dbi_open(txn, "format", MDB_CREATE, &dbi);
        if (rc == 0) rc = mdb_put(txn, dbi, &k, &v, 0);
    }
    if (rc == 0) rc = tables_in(d, txn, MDB_CREATE);
    if (rc == 0)
        rc = mdb_txn_commit(txn);
    else
        mdb_txn_abort(txn);
    if (d->checkpoints) mdb_env_set_flags(d->env, MDB_NOSYNC, 1);
    return rc == 0 ? GVM_OK : explain(err, d, "make tables", rc);
}

static gvm_status open_data(disk_store *d, gvm_store_report *report, gvm_error *err) {
    char path[GVM_LMDB_PATH_MAX];
    path_of(path, d, "data.mdb");
    d->data_fd = open(path, O_RDWR | O_CLOEXEC);
    if (d->data_fd < 0 && errno != ENOENT) return gvm_lmdb_errno(err, path, "open");
    report->created = d->data_fd < 0;
    d->map_size = d->options.map_initial ? d->options.map_initial : MAP_DEFAULT;
    if (d->data_fd < 0) return GVM_OK;
    GVM_TRY(gvm_checkpoint_recover(&report->rolled_back, d->folder, d->data_fd, d->boot_id, err));
    gvm_lmdb_meta meta;
    gvm_status status = gvm_lmdb_read_meta(&meta, d->data_fd, err);
    if (status == GVM_ERR_NOT_FOUND) {
        report->created = true;
        return GVM_OK;
    }
    GVM_TRY(status);
    uint64_t limit = report->unclean ? LEAVES_CHECKED_UNCLEAN : LEAVES_CHECKED;
    if (d->options.verify) limit = UINT64_MAX;
    GVM_TRY(gvm_lmdb_check_pages(&report->pages_checked, d->data_fd, limit, err));
    size_t used = (meta.last_page + 1) * meta.page_size;
    if (d->map_size < used + used / 2) d->map_size = used + used / 2 + ((size_t)1 << 20);
    return GVM_OK;
}

static void release(disk_store *d, bool clean) {
    if (d->has_thread) {
        pthread_mutex_lock(&d->gate);
        d->stop = true;
        pthread_cond_broadcast(&d->gate_moved);
        pthread_mutex_unlock(&d->gate);
        pthread_join(d->thread, NULL);
    }
    if (d->pin) mdb_txn_abort(d->pin);
    if (d->env && clean && (d->options.ephemeral || mdb_env_sync(d->env, 1) == 0) &&
        gvm_checkpoint_remove(d->folder, NULL) == GVM_OK)
        (void)!ftruncate(d->lock_fd, 0);
    if (d->env) mdb_env_close(d->env);
    if (d->data_fd >= 0) close(d->data_fd);
    if (d->lock_fd >= 0) close(d->lock_fd);
    gvm_store_free_base(&d->base);
    pthread_mutex_destroy(&d->writer);
    pthread_mutex_destroy(&d->commit);
    pthread_mutex_destroy(&d->sync);
    pthread_mutex_destroy(&d->gate);
    pthread_cond_destroy(&d->gate_moved);
    free(d);
}

static void store_close(gvm_store *store) {
    disk_store *d = (disk_store *)store;
    release(d, d->failed == GVM_OK);
}

static const gvm_store_backend disk_backend = {
    .close = store_close,
    .sync = store_sync,
    .stats = store_stats,
    .read_begin = read_begin,
    .read_renew = read_renew,
    .read_end = read_end,
    .read_expire = read_expire,
    .write_begin = write_begin,
    .write_commit = write_commit,
    .write_abort = write_abort,
    .get = get,
    .put = put,
    .del = del,
    .cursor_open = cursor_open,
    .cursor_close = cursor_close,
    .cursor_move = cursor_move,
};

static disk_store *allocate(const char *folder, const gvm_store_options *options) {
    disk_store *d = calloc(1, sizeof *d);
    if (!d) return NULL;
    gvm_store_init_base(&d->base, &disk_backend);
    pthread_mutex_init(&d->writer, NULL);
    pthread_mutex_init(&d->commit, NULL);
    pthread_mutex_init(&d->sync, NULL);
    pthread_mutex_init(&d->gate, NULL);
    pthread_cond_init(&d->gate_moved, NULL);
    d->lock_fd = d->data_fd = -1;
    memcpy(d->folder, folder, strlen(folder) + 1);
    if (options) d->options = *options;
    if (d->options.sync_ms == 0) d->options.sync_ms = 1000;
    if (d->options.reader_limit_ms == 0) d->options.reader_limit_ms = 5000;
    gvm_boot_id_read(d->boot_id);
    d->checkpoints =
        d->options.grade == GVM_STORE_PROCESS && d->boot_id[0] && !d->options.ephemeral;
    return d;
}

gvm_status gvm_store_open(gvm_store **out, gvm_store_report *report, const char *folder,
                          const gvm_store_options *options, gvm_error *err) {
    gvm_store_report own;
    if (!report) report = &own;
    memset(report, 0, sizeof *report);
    if (strlen(folder) >= sizeof((disk_store *)0)->folder)
        return gvm_error_set(err, GVM_ERR_ARGUMENT, "the folder's path is too long");
    if (mkdir(folder, 0700) != 0 && errno != EEXIST) return gvm_lmdb_errno(err, folder, "mkdir");
    disk_store *d = allocate(folder, options);
    if (!d) return GVM_ERR_NOMEM;
    gvm_status status = GVM_OK;
    bool is_new = false;
    GVM_TRY_GOTO(take_lock(d, &report->unclean, err));
    GVM_TRY_GOTO(open_data(d, report, err));
    GVM_TRY_GOTO(open_env(d, err));
    GVM_TRY_GOTO(check_format(d, &is_new, err));
    GVM_TRY_GOTO(write_pid(d, err));
    MDB_stat st;
    mdb_env_stat(d->env, &st);
    d->page_size = st.ms_psize;
    if (d->data_fd < 0) {
        char path[GVM_LMDB_PATH_MAX];
        path_of(path, d, "data.mdb");
        d->data_fd = open(path, O_RDWR | O_CLOEXEC);
        if (d->data_fd < 0) {
            status = gvm_lmdb_errno(err, path, "open");
            goto fail;
        }
    }
    d->durable = !report->unclean && !report->rolled_back;
    if (!d->checkpoints && !d->durable) {
        /* Without checkpoints of our own, one that was left may go when the file is durable as it
         * is. */
        GVM_TRY_GOTO(store_sync(&d->base, err));
        GVM_TRY_GOTO(gvm_checkpoint_remove(d->folder, err));
    }
    GVM_TRY_GOTO(open_tables(d, is_new, err));
    if (pthread_create(&d->thread, NULL, background, d) != 0) {
        status = gvm_error_set(err, GVM_ERR_LIMIT, "cannot start a thread");
        goto fail;
    }
    d->has_thread = true;
    *out = &d->base;
    return GVM_OK;
fail:
    release(d, false);
    return status;
}
