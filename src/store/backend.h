/* What a backend of the store gives (private to src/store). The front (store.c) checks arguments,
 * keeps the list of readers with their ages, and passes on; a backend embeds the three structures
 * below as first members of its own. */
#ifndef GVM_STORE_BACKEND_H
#define GVM_STORE_BACKEND_H

#include "store/store.h"

#include <pthread.h>
#include <stdatomic.h>

typedef enum gvm_store_move {
    GVM_MOVE_SEEK,   /* first >= key; empty key: first */
    GVM_MOVE_BEFORE, /* last < key; empty key: last */
    GVM_MOVE_NEXT,
    GVM_MOVE_PREV,
} gvm_store_move;

typedef struct gvm_store_backend {
    void (*close)(gvm_store *store);
    gvm_status (*sync)(gvm_store *store, gvm_error *err);
    void (*stats)(gvm_store *store, gvm_store_stats *stats);
    /* Makes the transaction on a fresh snapshot. */
    gvm_status (*read_begin)(gvm_store_txn **out, gvm_store *store);
    /* The snapshot moves to the newest commit; cursors of the transaction are told by `generation`.
     */
    gvm_status (*read_renew)(gvm_store_txn *txn);
    void (*read_end)(gvm_store_txn *txn);
    /* Called with txn->lock held, by another thread than the owner's: let go of what the snapshot
     * pins. */
    void (*read_expire)(gvm_store_txn *txn);
    gvm_status (*write_begin)(gvm_store_txn **out, gvm_store *store);
    gvm_status (*write_commit)(gvm_store_txn *txn, gvm_error *err);
    void (*write_abort)(gvm_store_txn *txn);
    gvm_status (*get)(gvm_store_txn *txn, gvm_bytes *value, gvm_table table, gvm_bytes key);
    gvm_status (*put)(gvm_store_txn *txn, gvm_table table, gvm_bytes key, gvm_bytes value,
                      bool append);
    gvm_status (*del)(gvm_store_txn *txn, gvm_table table, gvm_bytes key);
    gvm_status (*cursor_open)(gvm_store_cursor **out, gvm_store_txn *txn, gvm_table table);
    void (*cursor_close)(gvm_store_cursor *cursor);
    /* Fills cursor->key and ->value. */
    gvm_status (*cursor_move)(gvm_store_cursor *cursor, gvm_store_move move, gvm_bytes key);
} gvm_store_backend;

struct gvm_store {
    const gvm_store_backend *backend;
    pthread_mutex_t readers_lock; /* guards the list and the counters */
    gvm_store_txn *readers;
    uint64_t reader_count, expired;
};

struct gvm_store_txn {
    gvm_store *store;
    gvm_store_txn *next, **link; /* in store->readers */
    pthread_mutex_t lock;        /* readers: owner against watchdog */
    _Atomic uint64_t started_ms;
    _Atomic bool expired;
    bool writes;
    bool broken;         /* a write failed: only abort may follow */
    uint64_t generation; /* counts what makes cursors lose their place: puts, dels, renewals */
};

struct gvm_store_cursor {
    gvm_store_txn *txn;
    gvm_table table;
    bool placed;
    uint64_t generation; /* of txn when placed */
    gvm_bytes key, value;
};

void gvm_store_init_base(gvm_store *store, const gvm_store_backend *backend);
void gvm_store_free_base(gvm_store *store);
uint64_t gvm_store_now_ms(void);

#endif
