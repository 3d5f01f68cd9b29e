/* What the files of the pool share: pool.c (rows, taking in) and pool_picker.c (a block's
 * candidates and what becomes of their blobs). */
#ifndef GVM_CHAIN_POOL_INTERNAL_H
#define GVM_CHAIN_POOL_INTERNAL_H

#include "base/map.h"
#include "chain/pool.h"
#include "exec/account_keys.h"

#include <pthread.h>

typedef struct row {
    gvm_address sender;
    uint64_t nonce; /* of the account at the head */
    gvm_u256 balance;
    bool delegated; /* EIP-7702: takes one transaction at a time */
    gvm_account_keys keys;
    bool chose;        /* a fee token or a sponsor, on chain */
    gvm_pool_tx **txs; /* ascending nonces */
    size_t count, cap;
    size_t pending; /* the first so many are */
} row;

struct gvm_pool {
    gvm_chain *chain;
    gvm_pool_options options;
    pthread_mutex_t lock;
    gvm_map by_hash; /* hash -> gvm_pool_tx * */
    gvm_map rows;    /* sender -> row * */
    uint64_t sequence;
    size_t blobs; /* of all transactions */
    bool stale;
    gvm_buf returned;    /* gvm_pool_tx *: of blocks taken off, to be put back */
    gvm_stateview *view; /* of the head; NULL before the first use */
    gvm_header head;
    gvm_pool_listener *listener;
    void *listener_ctx;
};

/* ---- transactions, reference-counted */

typedef struct counted_tx {
    gvm_pool_tx pub;
    _Atomic unsigned references;
    gvm_buf raw; /* what tx points into */
    gvm_buf network;
} counted_tx;

static inline void retain(const gvm_pool_tx *tx) {
    ((counted_tx *)(uintptr_t)tx)->references++;
}

/* Brings every row up to the head. The lock is held. */
GVM_NODISCARD gvm_status gvm_pool_refresh(gvm_pool *p);
/* Keeps the blobs of a block that somebody else built, as far as the pool had its transactions. The
 * lock is held. */
void gvm_pool_keep_imported(gvm_pool *p, const gvm_block *block);

#endif
