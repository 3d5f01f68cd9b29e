/* Out of the pool: a block's candidates in the order of their tips, and the blobs of what blocks
 * took into the store. */
#include "base/log.h"
#include "chain/pool_internal.h"

#include <stdlib.h>

/* ---- blobs of included transactions, into the store */

enum { PRUNE_BUDGET = 64 };

static gvm_status keep_blobs(gvm_store_txn *txn, const gvm_pool_tx *tx, const gvm_header *h) {
    gvm_bytes fields;
    gvm_sidecar sidecar;
    GVM_TRY(gvm_blob_tx_decode(&fields, &sidecar, tx->network, NULL));
    return gvm_blobs_put(txn, tx->tx.blob_hashes, &sidecar, h->number, h->timestamp);
}

static gvm_status forget_old(const gvm_pool *p, gvm_store_txn *txn, const gvm_header *h) {
    uint64_t keep = p->options.blob_retention;
    return h->timestamp > keep ? gvm_blobs_prune(txn, h->timestamp - keep, PRUNE_BUDGET) : GVM_OK;
}

/* Whether the store has what this transaction brings into the block: the seal put it there. */
static bool are_kept(gvm_pool *p, const gvm_pool_tx *tx, uint64_t number) {
    gvm_store_txn *txn;
    gvm_stored_blob blob;
    if (gvm_store_read_begin(&txn, gvm_chain_store(p->chain)) != GVM_OK) return false;
    gvm_status status = gvm_blobs_get(txn, &blob, &tx->tx.blob_hashes[0]);
    bool kept = status == GVM_OK && blob.number == number;
    gvm_store_read_end(txn);
    return kept;
}

void gvm_pool_keep_imported(gvm_pool *p, const gvm_block *block) {
    gvm_store_txn *txn = NULL;
    gvm_status status = GVM_OK;
    for (size_t i = 0; status == GVM_OK && i < block->tx_count; i++) {
        if (block->txs[i].type != GVM_TX_BLOB) continue;
        gvm_pool_tx **at = gvm_map_get(&p->by_hash, block->txs[i].hash.b);
        if (at == NULL || are_kept(p, *at, block->header.number)) continue;
        if (txn == NULL) status = gvm_store_write_begin(&txn, gvm_chain_store(p->chain));
        if (status == GVM_OK) status = keep_blobs(txn, *at, &block->header);
    }
    if (txn == NULL && status == GVM_OK) return;
    if (status == GVM_OK) status = forget_old(p, txn, &block->header);
    if (status == GVM_OK)
        status = gvm_store_write_commit(txn, NULL);
    else
        gvm_store_write_abort(txn);
    if (status != GVM_OK)
        GVM_LOG(WARN, "pool", "could not keep the blobs of a block",
                gvm_f_u64("number", block->header.number),
                gvm_f_str("why", gvm_status_text(status)));
}

/* ---- a block's candidates: a heap of senders by the tip of their next transaction */

typedef struct queue {
    const gvm_pool_tx **txs; /* into picker->all */
    size_t count;
    gvm_u256 tip; /* of txs[0] */
} queue;

struct gvm_pool_picker {
    gvm_pool *pool;
    const gvm_pool_tx **all;
    size_t all_count;
    queue *heap;
    size_t heap_count;
    gvm_u256 base_fee, blob_base_fee;
    const gvm_pool_tx *offered; /* the last one given out: on top of the heap */
    gvm_buf blob_txs;           /* const gvm_pool_tx *: those with blobs that the block took */
};

static bool affordable(const gvm_pool_picker *k, const gvm_tx *tx) {
    return !gvm_u256_lt(tx->max_fee, k->base_fee) &&
           (tx->type != GVM_TX_BLOB || !gvm_u256_lt(tx->max_blob_fee, k->blob_base_fee));
}

static void set_tip(const gvm_pool_picker *k, queue *q) {
    q->tip = gvm_u256_sub(gvm_tx_effective_price(&q->txs[0]->tx, k->base_fee), k->base_fee);
}

static bool before(const queue *a, const queue *b) {
    int c = gvm_u256_cmp(a->tip, b->tip);
    return c != 0 ? c > 0 : a->txs[0]->sequence < b->txs[0]->sequence;
}

static void sift_down(gvm_pool_picker *k, size_t i) {
    for (;;) {
        size_t best = i, l = 2 * i + 1, r = l + 1;
        if (l < k->heap_count && before(&k->heap[l], &k->heap[best])) best = l;
        if (r < k->heap_count && before(&k->heap[r], &k->heap[best])) best = r;
        if (best == i) return;
        queue t = k->heap[i];
        k->heap[i] = k->heap[best];
        k->heap[best] = t;
        i = best;
    }
}

static void pop(gvm_pool_picker *k) {
    k->heap[0] = k->heap[--k->heap_count];
    sift_down(k, 0);
}

/* The top sender's transaction is in the block: on to its next. */
static void advance(gvm_pool_picker *k) {
    queue *q = &k->heap[0];
    q->txs++;
    if (--q->count == 0 || !affordable(k, &q->txs[0]->tx)) {
        pop(k);
        return;
    }
    set_tip(k, q);
    sift_down(k, 0);
}

static gvm_status fill_picker(gvm_pool_picker *k, gvm_pool *p) {
    size_t total = 0, rows = gvm_map_count(&p->rows);
    for (size_t i = 0; i < rows; i++) total += (*(row **)gvm_map_value_at(&p->rows, i))->pending;
    k->all = malloc((total + 1) * sizeof *k->all);
    k->heap = malloc((rows + 1) * sizeof *k->heap);
    if (k->all == NULL || k->heap == NULL) return GVM_ERR_NOMEM;
    for (size_t i = 0; i < rows; i++) {
        const row *r = *(row **)gvm_map_value_at(&p->rows, i);
        if (r->pending == 0 || !affordable(k, &r->txs[0]->tx)) continue;
        queue *q = &k->heap[k->heap_count++];
        q->txs = k->all + k->all_count;
        q->count = r->pending;
        for (size_t t = 0; t < r->pending; t++) {
            retain(r->txs[t]);
            k->all[k->all_count++] = r->txs[t];
        }
        set_tip(k, q);
    }
    for (size_t i = k->heap_count / 2; i-- > 0;) sift_down(k, i);
    return GVM_OK;
}

gvm_status gvm_pool_pick(gvm_pool *p, gvm_pool_picker **out, gvm_u256 base_fee,
                         gvm_u256 blob_base_fee) {
    gvm_pool_picker *k = calloc(1, sizeof *k);
    if (k == NULL) return GVM_ERR_NOMEM;
    k->pool = p;
    k->base_fee = base_fee;
    k->blob_base_fee = blob_base_fee;
    (void)pthread_mutex_lock(&p->lock);
    gvm_status status = gvm_pool_refresh(p);
    if (status == GVM_OK) status = fill_picker(k, p);
    (void)pthread_mutex_unlock(&p->lock);
    if (status != GVM_OK) {
        gvm_pool_picker_free(k);
        return status;
    }
    *out = k;
    return GVM_OK;
}

const gvm_tx *gvm_pool_picker_next(void *ctx, const gvm_block_run *so_far) {
    gvm_pool_picker *k = ctx;
    uint64_t left = so_far->vm->block.gas_limit - so_far->used.gas_used;
    uint64_t blob_most = (uint64_t)so_far->used.blobs.max * GVM_GAS_PER_BLOB;
    while (k->heap_count > 0) {
        const gvm_tx *tx = &k->heap[0].txs[0]->tx;
        uint64_t blob_gas = tx->blob_hash_count * (uint64_t)GVM_GAS_PER_BLOB;
        if (tx->gas_limit <= left && so_far->used.blob_gas_used + blob_gas <= blob_most) {
            k->offered = k->heap[0].txs[0];
            return tx;
        }
        pop(k);
    }
    return NULL;
}

void gvm_pool_picker_done(void *ctx, const gvm_tx *tx, gvm_status status, const gvm_error *why) {
    gvm_pool_picker *k = ctx;
    (void)why;
    GVM_ASSERT(k->offered != NULL && tx == &k->offered->tx);
    if (status == GVM_OK) {
        if (tx->type == GVM_TX_BLOB)
            gvm_buf_append(&k->blob_txs, &k->offered, sizeof(const gvm_pool_tx *));
        k->offered = NULL;
        advance(k);
        return;
    }
    k->offered = NULL;
    pop(k);
    /* Refused although the pool thought it fit: what waits for another block stays, all else goes.
     */
    bool waits = status == GVM_ERR_TX_GAS_ALLOWANCE || status == GVM_ERR_TX_BLOB_GAS_ALLOWANCE ||
                 status == GVM_ERR_TX_FEE_TOO_LOW || status == GVM_ERR_TX_BLOB_FEE_TOO_LOW ||
                 status == GVM_ERR_TX_NONCE_TOO_HIGH || status == GVM_ERR_TX_TOO_EARLY;
    gvm_status dropped = waits ? GVM_OK : gvm_pool_drop(k->pool, &tx->hash);
    (void)dropped; /* it may be gone already */
}

gvm_status gvm_pool_picker_keep(void *ctx, gvm_store_txn *txn, const gvm_block *block) {
    gvm_pool_picker *k = ctx;
    const gvm_pool_tx *const *txs = (const gvm_pool_tx *const *)(const void *)k->blob_txs.ptr;
    GVM_TRY(gvm_buf_status(&k->blob_txs));
    for (size_t i = 0; i < k->blob_txs.len / sizeof *txs; i++)
        GVM_TRY(keep_blobs(txn, txs[i], &block->header));
    return forget_old(k->pool, txn, &block->header);
}

void gvm_pool_picker_free(gvm_pool_picker *k) {
    if (k == NULL) return;
    for (size_t i = 0; i < k->all_count; i++) gvm_pool_tx_release(k->all[i]);
    gvm_buf_free(&k->blob_txs);
    free(k->all);
    free(k->heap);
    free(k);
}
