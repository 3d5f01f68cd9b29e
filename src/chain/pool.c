/* Rows by sender in a map, transactions by hash in another, one lock over both. Chain events only
 * mark the pool stale (and hand back the transactions of blocks taken off); the next call brings
 * every row up to the head. So sealing never waits for the pool's housekeeping, and a
 * reorganisation of many blocks costs one refresh. */
#include "chain/pool_internal.h"
#include "exec/payment.h"
#include "system/permissions.h"

#include <inttypes.h>
#include <stdlib.h>

/* ---- transactions, reference-counted */

void gvm_pool_tx_release(const gvm_pool_tx *tx) {
    if (tx == NULL) return;
    counted_tx *c = (counted_tx *)(uintptr_t)tx;
    if (--c->references != 0) return;
    gvm_tx_free(&c->pub.tx);
    gvm_buf_free(&c->raw);
    gvm_buf_free(&c->network);
    free(c);
}

/* Decodes a copy of the bytes. */
static gvm_status make_tx(counted_tx **out, gvm_bytes raw, gvm_error *err) {
    counted_tx *c = calloc(1, sizeof *c);
    if (c == NULL) return GVM_ERR_NOMEM;
    c->references = 1;
    gvm_buf_append(&c->raw, raw.ptr, raw.len);
    gvm_status status = gvm_buf_status(&c->raw);
    if (status == GVM_OK) status = gvm_tx_decode(&c->pub.tx, gvm_buf_bytes(&c->raw), err);
    if (status != GVM_OK) {
        gvm_pool_tx_release(&c->pub);
        return status;
    }
    c->pub.encoded = gvm_buf_bytes(&c->raw);
    *out = c;
    return GVM_OK;
}

/* The same for a blob transaction with its blobs, which are those that it names; their proofs are
 * not looked at. */
static gvm_status make_blob_tx(counted_tx **out, gvm_bytes raw, gvm_error *err) {
    gvm_bytes fields;
    gvm_sidecar sidecar;
    gvm_buf form = {0};
    counted_tx *c = NULL;
    GVM_TRY(gvm_blob_tx_decode(&fields, &sidecar, raw, err));
    gvm_buf_put(&form, GVM_TX_BLOB);
    gvm_buf_append(&form, fields.ptr, fields.len);
    gvm_status status = gvm_buf_status(&form);
    if (status == GVM_OK) status = make_tx(&c, gvm_buf_bytes(&form), err);
    gvm_buf_free(&form);
    GVM_TRY(status);
    status = gvm_sidecar_check(&sidecar, c->pub.tx.blob_hashes, c->pub.tx.blob_hash_count, err);
    gvm_buf_append(&c->network, raw.ptr, raw.len);
    if (status == GVM_OK) status = gvm_buf_status(&c->network);
    if (status != GVM_OK) {
        gvm_pool_tx_release(&c->pub);
        return status;
    }
    c->pub.network = gvm_buf_bytes(&c->network);
    *out = c;
    return GVM_OK;
}

/* ---- rows */

static row *find_row(gvm_pool *p, const gvm_address *sender) {
    row **at = gvm_map_get(&p->rows, sender->b);
    return at == NULL ? NULL : *at;
}

static gvm_cells identities_of(const gvm_state_reader *reader) {
    return gvm_cells_of_reader(reader, &gvm_identities_address, 0, 0);
}

/* The account as the head has it. */
static gvm_status load_row(gvm_pool *p, row *r) {
    gvm_account account;
    gvm_status status = gvm_statedb_account(p->view, &account, &r->sender);
    r->nonce = 0;
    r->balance = gvm_u256_zero();
    r->delegated = false;
    if (gvm_chain_config_of(p->chain)->ghost) {
        gvm_state_reader reader = gvm_statedb_reader(p->view);
        gvm_cells cells = identities_of(&reader);
        gvm_account_keys_read(&cells, &r->keys, &r->sender);
        gvm_token_preference chosen = gvm_tokens_preference(&cells, &r->sender);
        r->chose = chosen.fee_token != GVM_TOKEN_GCC || !gvm_address_is_zero(&chosen.sponsor);
        if (!gvm_cells_ok(&cells)) return GVM_ERR_STATE;
    }
    if (status == GVM_ERR_NOT_FOUND) return GVM_OK;
    GVM_TRY(status);
    r->nonce = account.nonce;
    r->balance = account.balance;
    if (gvm_account_has_code(&account)) {
        gvm_bytes code;
        gvm_address target;
        GVM_TRY(gvm_statedb_code(p->view, &code, &account.code_hash));
        r->delegated = gvm_delegation_target(&target, code);
    }
    return GVM_OK;
}

static gvm_status make_row(gvm_pool *p, row **out, const gvm_address *sender) {
    row *r = calloc(1, sizeof *r);
    if (r == NULL) return GVM_ERR_NOMEM;
    r->sender = *sender;
    gvm_status status = load_row(p, r);
    row **at = status == GVM_OK ? gvm_map_put(&p->rows, NULL, sender->b) : NULL;
    if (at == NULL) {
        free(r);
        return status != GVM_OK ? status : GVM_ERR_NOMEM;
    }
    *at = *out = r;
    return GVM_OK;
}

static void drop_row_if_empty(gvm_pool *p, row *r) {
    if (r->count > 0) return;
    gvm_map_remove(&p->rows, r->sender.b);
    free(r->txs);
    free(r);
}

static void remove_at(gvm_pool *p, row *r, size_t i) {
    gvm_pool_tx *tx = r->txs[i];
    memmove(&r->txs[i], &r->txs[i + 1], (r->count - i - 1) * sizeof *r->txs);
    r->count--;
    if (r->pending > i) r->pending = i;
    gvm_map_remove(&p->by_hash, tx->tx.hash.b);
    p->blobs -= tx->tx.blob_hash_count;
    gvm_pool_tx_release(tx);
}

/* What the sender's own account must hold for it. Most transactions need no look at the state. */
static gvm_status cost_of(gvm_pool *p, const row *r, gvm_u256 *gcc, gvm_address *payer,
                          const gvm_tx *tx, gvm_error *err) {
    *payer = tx->sender;
    bool plain = tx->type != GVM_TX_GHOST
                     ? !r->chose
                     : tx->ghost->fee_token == GVM_FEE_TOKEN_GCC && !tx->ghost->sponsored;
    if (plain || !gvm_chain_config_of(p->chain)->ghost) {
        gvm_status status = gvm_tx_max_cost(gcc, tx);
        return status == GVM_OK ? GVM_OK
                                : gvm_error_set(err, status, "%s", gvm_status_text(status));
    }
    gvm_state_reader reader = gvm_statedb_reader(p->view);
    gvm_cells cells = gvm_cells_of_reader(&reader, &gvm_tokens_address, p->head.timestamp + 1,
                                          p->head.number + 1);
    return gvm_payment_preview(gcc, payer, &cells, tx, err);
}

/* How far the row is without gaps and covered. */
static void count_pending(gvm_pool *p, row *r) {
    gvm_u256 left = r->balance;
    r->pending = 0;
    for (size_t i = 0; i < r->count; i++) {
        gvm_u256 cost;
        gvm_address payer;
        if (r->txs[i]->tx.nonce != r->nonce + i) break;
        if (cost_of(p, r, &cost, &payer, &r->txs[i]->tx, NULL) != GVM_OK ||
            gvm_u256_sub_overflow(&left, left, cost))
            break;
        r->pending = i + 1;
    }
}

static size_t place_of(const row *r, uint64_t nonce) {
    size_t low = 0, high = r->count;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (r->txs[mid]->tx.nonce < nonce)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static gvm_status insert_at(gvm_pool *p, row *r, size_t i, counted_tx *tx) {
    if (r->count == r->cap) {
        size_t cap = r->cap == 0 ? 4 : r->cap * 2;
        gvm_pool_tx **grown = realloc(r->txs, cap * sizeof *grown);
        if (grown == NULL) return GVM_ERR_NOMEM;
        r->txs = grown;
        r->cap = cap;
    }
    gvm_pool_tx **at = gvm_map_put(&p->by_hash, NULL, tx->pub.tx.hash.b);
    if (at == NULL) return GVM_ERR_NOMEM;
    *at = &tx->pub;
    memmove(&r->txs[i + 1], &r->txs[i], (r->count - i) * sizeof *r->txs);
    r->txs[i] = &tx->pub;
    r->count++;
    retain(&tx->pub);
    tx->pub.sequence = ++p->sequence;
    p->blobs += tx->pub.tx.blob_hash_count;
    return GVM_OK;
}

/* ---- following the chain */

/* A transaction of a block taken off, as it once came in: a blob transaction only with its blobs,
 * without which no other node would take it. */
static gvm_status make_returned(gvm_pool *p, counted_tx **out, const gvm_tx *tx) {
    gvm_buf raw = {0};
    gvm_status status;
    if (tx->type == GVM_TX_BLOB) {
        gvm_store_txn *txn;
        GVM_TRY(gvm_store_read_begin(&txn, gvm_chain_store(p->chain)));
        status = gvm_blobs_network_form(txn, &raw, tx);
        gvm_store_read_end(txn);
        if (status == GVM_OK) status = make_blob_tx(out, gvm_buf_bytes(&raw), NULL);
    } else {
        gvm_tx_encode(&raw, tx);
        status = gvm_buf_status(&raw);
        if (status == GVM_OK) status = make_tx(out, gvm_buf_bytes(&raw), NULL);
    }
    gvm_buf_free(&raw);
    if (status == GVM_OK) (*out)->pub.tx.sender = tx->sender;
    return status;
}

static void on_block(void *ctx, const gvm_chain_event *event) {
    gvm_pool *p = ctx;
    (void)pthread_mutex_lock(&p->lock);
    p->stale = true;
    if (!event->removed) gvm_pool_keep_imported(p, event->block);
    for (size_t i = 0; event->removed && i < event->block->tx_count; i++) {
        counted_tx *back;
        if (make_returned(p, &back, &event->block->txs[i]) != GVM_OK) continue;
        gvm_buf_append(&p->returned, &back, sizeof back);
        if (p->returned.failed) {
            gvm_pool_tx_release(&back->pub);
            gvm_buf_clear(&p->returned);
        }
    }
    (void)pthread_mutex_unlock(&p->lock);
}

/* A transaction that was in a block once: into its place, unless that is taken. */
static void put_back(gvm_pool *p, counted_tx *tx) {
    row *r = find_row(p, &tx->pub.tx.sender);
    bool known = gvm_map_get(&p->by_hash, tx->pub.tx.hash.b) != NULL;
    if (!known && (r != NULL || make_row(p, &r, &tx->pub.tx.sender) == GVM_OK)) {
        size_t i = place_of(r, tx->pub.tx.nonce);
        if (i == r->count || r->txs[i]->tx.nonce != tx->pub.tx.nonce) {
            gvm_status status = insert_at(p, r, i, tx);
            (void)status; /* out of memory: it is lost, as the pool may lose anything */
        }
        drop_row_if_empty(p, r);
    }
    gvm_pool_tx_release(&tx->pub);
}

/* The account's keys changed: what the old ones signed will never be valid. */
static void drop_unruled(gvm_pool *p, row *r) {
    for (size_t i = r->count; i-- > 0;)
        if (gvm_tx_check_sender_key(&r->txs[i]->tx, &r->keys, NULL) != GVM_OK) remove_at(p, r, i);
}

gvm_status gvm_pool_refresh(gvm_pool *p) {
    if (!p->stale && p->view != NULL) return GVM_OK;
    gvm_stateview *view;
    gvm_chain_head(p->chain, &p->head, NULL);
    GVM_TRY(gvm_chain_view(p->chain, &view, p->head.number));
    gvm_statedb_view_close(p->view);
    p->view = view;
    p->stale = false;
    counted_tx **back = (counted_tx **)(void *)p->returned.ptr;
    for (size_t i = 0; i < p->returned.len / sizeof *back; i++) put_back(p, back[i]);
    gvm_buf_clear(&p->returned);
    for (size_t i = gvm_map_count(&p->rows); i-- > 0;) {
        row *r = *(row **)gvm_map_value_at(&p->rows, i);
        gvm_account_keys before = r->keys;
        GVM_TRY(load_row(p, r));
        while (r->count > 0 && r->txs[0]->tx.nonce < r->nonce) remove_at(p, r, 0);
        if (!gvm_account_keys_equal(&before, &r->keys)) drop_unruled(p, r);
        count_pending(p, r);
        drop_row_if_empty(p, r);
    }
    gvm_statedb_view_park(p->view);
    return GVM_OK;
}

/* ---- life */

gvm_status gvm_pool_new(gvm_pool **out, gvm_chain *chain, const gvm_pool_options *options) {
    gvm_pool *p = calloc(1, sizeof *p);
    if (p == NULL) return GVM_ERR_NOMEM;
    p->chain = chain;
    p->options = *options;
    if (p->options.blob_retention == 0) p->options.blob_retention = GVM_BLOBS_RETENTION;
    gvm_map_init(&p->by_hash, 32, sizeof(gvm_pool_tx *));
    gvm_map_init(&p->rows, 20, sizeof(row *));
    (void)pthread_mutex_init(&p->lock, NULL);
    gvm_status status = gvm_chain_listen(chain, on_block, p);
    if (status != GVM_OK) {
        gvm_pool_delete(p);
        return status;
    }
    *out = p;
    return GVM_OK;
}

static void clear_locked(gvm_pool *p) {
    while (gvm_map_count(&p->rows) > 0) {
        row *r = *(row **)gvm_map_value_at(&p->rows, gvm_map_count(&p->rows) - 1);
        while (r->count > 0) remove_at(p, r, r->count - 1);
        drop_row_if_empty(p, r);
    }
    counted_tx **back = (counted_tx **)(void *)p->returned.ptr;
    for (size_t i = 0; i < p->returned.len / sizeof *back; i++) gvm_pool_tx_release(&back[i]->pub);
    gvm_buf_clear(&p->returned);
}

void gvm_pool_clear(gvm_pool *p) {
    (void)pthread_mutex_lock(&p->lock);
    clear_locked(p);
    (void)pthread_mutex_unlock(&p->lock);
}

void gvm_pool_delete(gvm_pool *p) {
    if (p == NULL) return;
    clear_locked(p);
    gvm_buf_free(&p->returned);
    gvm_map_free(&p->by_hash);
    gvm_map_free(&p->rows);
    gvm_statedb_view_close(p->view);
    (void)pthread_mutex_destroy(&p->lock);
    free(p);
}

void gvm_pool_listen(gvm_pool *p, gvm_pool_listener *listener, void *ctx) {
    (void)pthread_mutex_lock(&p->lock);
    p->listener = listener;
    p->listener_ctx = ctx;
    (void)pthread_mutex_unlock(&p->lock);
}

/* ---- taking one in */

static bool bumped(gvm_u256 offered, gvm_u256 before, uint64_t percent) {
    gvm_u256 least;
    bool fits =
        gvm_u256_muldiv(&least, before, gvm_u256_from_u64(100 + percent), gvm_u256_from_u64(100));
    return fits && !gvm_u256_lt(offered, least) && gvm_u256_lt(before, offered);
}

static gvm_status check_replacement(const gvm_tx *tx, const gvm_tx *old, gvm_error *err) {
    uint64_t percent = old->type == GVM_TX_BLOB ? GVM_POOL_BLOB_PRICE_BUMP : GVM_POOL_PRICE_BUMP;
    bool enough = bumped(tx->max_fee, old->max_fee, percent) &&
                  (gvm_u256_is_zero(old->max_priority_fee)
                       ? true
                       : bumped(tx->max_priority_fee, old->max_priority_fee, percent));
    if (enough && old->type == GVM_TX_BLOB)
        enough = tx->type == GVM_TX_BLOB && bumped(tx->max_blob_fee, old->max_blob_fee, percent);
    if (enough) return GVM_OK;
    return gvm_error_set(err, GVM_ERR_TX_REPLACEMENT,
                         "replacement transaction underpriced: another with nonce %" PRIu64
                         " waits; offer at least %" PRIu64 " %% more of each fee",
                         old->nonce, percent);
}

/* Makes room by the cheapest end of a row, if that pays less than `tx`. */
static gvm_status make_room(gvm_pool *p, const gvm_tx *tx, gvm_error *err) {
    if (gvm_map_count(&p->by_hash) < GVM_POOL_SLOTS) return GVM_OK;
    row *cheapest = NULL;
    gvm_u256 least = tx->max_priority_fee;
    for (size_t i = 0; i < gvm_map_count(&p->rows); i++) {
        row *r = *(row **)gvm_map_value_at(&p->rows, i);
        const gvm_pool_tx *last = r->txs[r->count - 1];
        if (last->local || gvm_address_equal(&r->sender, &tx->sender) ||
            !gvm_u256_lt(last->tx.max_priority_fee, least))
            continue;
        least = last->tx.max_priority_fee;
        cheapest = r;
    }
    if (cheapest == NULL)
        return gvm_error_set(err, GVM_ERR_TX_POOL_FULL,
                             "the pool holds %d transactions, none of which pays less",
                             GVM_POOL_SLOTS);
    remove_at(p, cheapest, cheapest->count - 1);
    drop_row_if_empty(p, cheapest);
    return GVM_OK;
}

/* Nothing is reserved at a sponsor, so few of his may wait. */
static gvm_status check_sponsor(gvm_pool *p, const gvm_address *payer, gvm_error *err) {
    size_t waiting = 0;
    for (size_t i = 0; i < gvm_map_count(&p->rows); i++) {
        const row *r = *(row **)gvm_map_value_at(&p->rows, i);
        for (size_t k = 0; k < r->count; k++) {
            const gvm_tx *tx = &r->txs[k]->tx;
            gvm_u256 cost;
            gvm_address other;
            waiting += (r->chose || (tx->ghost != NULL && tx->ghost->sponsored)) &&
                       cost_of(p, r, &cost, &other, tx, NULL) == GVM_OK &&
                       !gvm_address_equal(&other, &tx->sender) && gvm_address_equal(&other, payer);
        }
    }
    return waiting < GVM_POOL_SPONSORED
               ? GVM_OK
               : gvm_error_set(err, GVM_ERR_TX_POOL_FULL,
                               "the sponsor has %d transactions in the pool, the most allowed",
                               GVM_POOL_SPONSORED);
}

static gvm_status check_row(gvm_pool *p, const row *r, const gvm_tx *tx, gvm_error *err) {
    gvm_u256 cost;
    gvm_address payer;
    if (tx->nonce < r->nonce)
        return gvm_error_set(err, GVM_ERR_TX_NONCE_TOO_LOW,
                             "nonce too low: tx: %" PRIu64 " state: %" PRIu64, tx->nonce, r->nonce);
    if (tx->nonce - r->nonce > GVM_POOL_NONCE_AHEAD)
        return gvm_error_set(err, GVM_ERR_TX_NONCE_TOO_HIGH,
                             "nonce too high: tx: %" PRIu64 " state: %" PRIu64, tx->nonce,
                             r->nonce);
    GVM_TRY(cost_of(p, r, &cost, &payer, tx, err));
    if (!gvm_address_equal(&payer, &tx->sender)) GVM_TRY(check_sponsor(p, &payer, err));
    if (gvm_u256_lt(r->balance, cost)) {
        char have[80], want[80];
        gvm_u256_to_decimal(have, r->balance);
        gvm_u256_to_decimal(want, cost);
        return gvm_error_set(err, GVM_ERR_TX_FUNDS,
                             "insufficient funds for gas * price + value: have %s, want %s", have,
                             want);
    }
    return GVM_OK;
}

/* Blobs are large: they have limits of their own. */
static gvm_status check_blob_room(const gvm_pool *p, const row *r, const gvm_tx *tx,
                                  gvm_error *err) {
    size_t of_sender = 0;
    if (tx->type != GVM_TX_BLOB) return GVM_OK;
    if (p->blobs + tx->blob_hash_count > GVM_POOL_BLOBS)
        return gvm_error_set(err, GVM_ERR_TX_POOL_FULL, "the pool holds %zu blobs, at most %d",
                             p->blobs, GVM_POOL_BLOBS);
    for (size_t i = 0; i < r->count; i++) of_sender += r->txs[i]->tx.type == GVM_TX_BLOB;
    if (of_sender < GVM_POOL_ACCOUNT_BLOBS) return GVM_OK;
    return gvm_error_set(err, GVM_ERR_TX_POOL_FULL,
                         "the sender has %zu blob transactions in the pool, the most allowed",
                         of_sender);
}

static gvm_status add_to_row(gvm_pool *p, row *r, counted_tx *tx, gvm_error *err) {
    const gvm_tx *t = &tx->pub.tx;
    if (gvm_chain_config_of(p->chain)->ghost) {
        gvm_state_reader reader = gvm_statedb_reader(p->view);
        gvm_cells cells = identities_of(&reader);
        GVM_TRY(gvm_tx_check_keys(t, &cells, err));
    }
    GVM_TRY(check_row(p, r, t, err));
    size_t i = place_of(r, t->nonce);
    bool replaces = i < r->count && r->txs[i]->tx.nonce == t->nonce;
    size_t most = r->delegated ? 1 : GVM_POOL_ACCOUNT_SLOTS;
    if (replaces) {
        GVM_TRY(check_replacement(t, &r->txs[i]->tx, err));
        remove_at(p, r, i);
    } else if (r->count >= most) {
        return gvm_error_set(err, GVM_ERR_TX_POOL_FULL,
                             "the sender has %zu transactions in the pool, the most allowed%s",
                             r->count, r->delegated ? " for a delegated account" : "");
    } else {
        GVM_TRY(check_blob_room(p, r, t, err));
        GVM_TRY(make_room(p, t, err));
    }
    GVM_TRY(insert_at(p, r, i, tx));
    count_pending(p, r);
    return GVM_OK;
}

/* Type 0x47: not over already, and not too far off. */
static gvm_status check_window(const gvm_pool *p, const gvm_ghost *g, gvm_error *err) {
    if (g->not_after != 0 && g->not_after < p->head.timestamp)
        return gvm_error_set(err, GVM_ERR_TX_TOO_LATE,
                             "valid until %" PRIu64 ", the head is of %" PRIu64, g->not_after,
                             p->head.timestamp);
    if (g->not_before > p->head.timestamp && g->not_before - p->head.timestamp > GVM_POOL_AHEAD)
        return gvm_error_set(err, GVM_ERR_TX_TOO_EARLY,
                             "valid from %" PRIu64 " on, more than a day after the head",
                             g->not_before);
    return GVM_OK;
}

/* Everything that does not need the sender's row. The lock is held. */
static gvm_status admit(gvm_pool *p, const gvm_tx *t, gvm_error *err) {
    if (gvm_map_get(&p->by_hash, t->hash.b) != NULL)
        return gvm_error_set(err, GVM_ERR_EXISTS, "already known");
    GVM_TRY(gvm_pool_refresh(p));
    gvm_fork fork = gvm_config_fork(gvm_chain_config_of(p->chain), p->head.number + 1,
                                    p->head.timestamp + 1, gvm_u256_is_zero(p->head.difficulty));
    gvm_blob_params blobs = gvm_config_blobs(gvm_chain_config_of(p->chain), p->head.timestamp + 1);
    GVM_TRY(gvm_tx_check(t, gvm_config_rules(gvm_chain_config_of(p->chain), fork),
                         gvm_chain_config_of(p->chain)->chain_id, &blobs, 0, err));
    if (t->type == GVM_TX_GHOST) GVM_TRY(check_window(p, t->ghost, err));
    if (t->gas_limit > p->head.gas_limit)
        return gvm_error_set(err, GVM_ERR_TX_GAS_ALLOWANCE,
                             "exceeds block gas limit: %" PRIu64 " over %" PRIu64, t->gas_limit,
                             p->head.gas_limit);
    if (gvm_u256_lt(t->max_priority_fee, p->options.min_tip))
        return gvm_error_set(err, GVM_ERR_TX_UNDERPRICED,
                             "transaction underpriced: the tip is below the pool's least");
    return GVM_OK;
}

static gvm_status add(gvm_pool *p, counted_tx *tx, gvm_error *err) {
    const gvm_tx *t = &tx->pub.tx;
    GVM_TRY(admit(p, t, err));
    row *r = find_row(p, &t->sender);
    if (r == NULL) GVM_TRY(make_row(p, &r, &t->sender));
    gvm_status status = add_to_row(p, r, tx, err);
    drop_row_if_empty(p, r);
    gvm_statedb_view_park(p->view);
    return status;
}

static gvm_status add_and_tell(gvm_pool *p, counted_tx *tx, gvm_error *err) {
    (void)pthread_mutex_lock(&p->lock);
    gvm_status status = add(p, tx, err);
    gvm_pool_listener *listener = p->listener;
    void *ctx = p->listener_ctx;
    (void)pthread_mutex_unlock(&p->lock);
    if (status == GVM_OK && listener != NULL) listener(ctx, &tx->pub);
    gvm_pool_tx_release(&tx->pub);
    return status;
}

/* The proofs of a blob transaction, which then has the kind that the next block's fork wants.
 * Outside the lock: it takes milliseconds, and much longer where cell proofs must be computed. */
static gvm_status verify_blobs(gvm_pool *p, counted_tx *tx, gvm_error *err) {
    gvm_header head;
    gvm_bytes fields;
    gvm_sidecar sidecar;
    gvm_buf converted = {0};
    gvm_chain_head(p->chain, &head, NULL);
    gvm_fork fork = gvm_config_fork(gvm_chain_config_of(p->chain), head.number + 1,
                                    head.timestamp + 1, gvm_u256_is_zero(head.difficulty));
    GVM_TRY(gvm_blob_tx_decode(&fields, &sidecar, tx->pub.network, err));
    bool cells = sidecar.version == GVM_SIDECAR_CELL_PROOFS;
    if (cells && fork < GVM_FORK_OSAKA)
        return gvm_error_set(err, GVM_ERR_TX_BLOB_SIDECAR,
                             "cell proofs (sidecar version 1) are not taken before osaka");
    GVM_TRY(gvm_sidecar_verify(&sidecar, err));
    if (cells || fork < GVM_FORK_OSAKA) return GVM_OK;
    gvm_status status = gvm_blob_tx_to_cell_proofs(&converted, tx->pub.encoded, &sidecar);
    if (status != GVM_OK) {
        gvm_buf_free(&converted);
        return gvm_error_set(err, status, "%s", gvm_status_text(status));
    }
    gvm_buf_free(&tx->network);
    tx->network = converted;
    tx->pub.network = gvm_buf_bytes(&tx->network);
    return GVM_OK;
}

static gvm_status prepare(gvm_pool *p, counted_tx *tx, gvm_error *err) {
    gvm_tx *t = &tx->pub.tx;
    gvm_status status = GVM_OK;
    if (t->type == GVM_TX_GHOST && gvm_chain_config_of(p->chain)->ghost)
        GVM_TRY(gvm_ghost_verify(t, err));
    else
        status = gvm_tx_recover(t, gvm_rules_get(GVM_FORK_HOMESTEAD));
    if (status != GVM_OK) return gvm_error_set(err, status, "%s", gvm_status_text(status));
    if (t->type != GVM_TX_BLOB) return GVM_OK;
    (void)pthread_mutex_lock(&p->lock);
    status = admit(p, t, err);
    if (p->view != NULL) gvm_statedb_view_park(p->view);
    (void)pthread_mutex_unlock(&p->lock);
    GVM_TRY(status);
    if (tx->pub.network.len == 0)
        return gvm_error_set(err, GVM_ERR_TX_BLOB_SIDECAR,
                             "missing sidecar in blob transaction: send it with its blobs");
    return verify_blobs(p, tx, err);
}

gvm_status gvm_pool_add(gvm_pool *p, gvm_hash *hash, gvm_bytes raw, bool local, gvm_error *err) {
    counted_tx *tx;
    bool network = gvm_blob_tx_is_network(raw);
    if (!network && raw.len > GVM_POOL_TX_BYTES)
        return gvm_error_set(err, GVM_ERR_TX_SIZE, "oversized data: %zu bytes, at most %d", raw.len,
                             GVM_POOL_TX_BYTES);
    GVM_TRY(network ? make_blob_tx(&tx, raw, err) : make_tx(&tx, raw, err));
    *hash = tx->pub.tx.hash;
    tx->pub.local = local;
    gvm_status status = GVM_OK;
    if (tx->pub.encoded.len > GVM_POOL_TX_BYTES)
        status = gvm_error_set(err, GVM_ERR_TX_SIZE, "oversized data: %zu bytes, at most %d",
                               tx->pub.encoded.len, GVM_POOL_TX_BYTES);
    if (status == GVM_OK) status = prepare(p, tx, err);
    if (status != GVM_OK) {
        gvm_pool_tx_release(&tx->pub);
        return status;
    }
    return add_and_tell(p, tx, err);
}

gvm_status gvm_pool_add_unsigned(gvm_pool *p, gvm_hash *hash, const gvm_tx *unsigned_tx,
                                 gvm_error *err) {
    counted_tx *tx;
    gvm_buf raw = {0};
    if (unsigned_tx->type == GVM_TX_BLOB)
        return gvm_error_set(err, GVM_ERR_TX_BLOB_SIDECAR,
                             "missing sidecar in blob transaction: send it with its blobs");
    gvm_tx_encode(&raw, unsigned_tx);
    gvm_status status = gvm_buf_status(&raw);
    if (status == GVM_OK) status = make_tx(&tx, gvm_buf_bytes(&raw), err);
    gvm_buf_free(&raw);
    GVM_TRY(status);
    *hash = tx->pub.tx.hash;
    tx->pub.tx.sender = unsigned_tx->sender;
    tx->pub.local = true;
    return add_and_tell(p, tx, err);
}

/* ---- looking */

static bool is_pending(gvm_pool *p, const gvm_pool_tx *tx) {
    const row *r = find_row(p, &tx->tx.sender);
    return place_of(r, tx->tx.nonce) < r->pending;
}

gvm_status gvm_pool_drop(gvm_pool *p, const gvm_hash *hash) {
    (void)pthread_mutex_lock(&p->lock);
    gvm_pool_tx **at = gvm_map_get(&p->by_hash, hash->b);
    gvm_status status = GVM_ERR_NOT_FOUND;
    if (at != NULL) {
        row *r = find_row(p, &(*at)->tx.sender);
        remove_at(p, r, place_of(r, (*at)->tx.nonce));
        drop_row_if_empty(p, r);
        status = GVM_OK;
    }
    (void)pthread_mutex_unlock(&p->lock);
    return status;
}

const gvm_pool_tx *gvm_pool_get(gvm_pool *p, bool *pending, const gvm_hash *hash) {
    (void)pthread_mutex_lock(&p->lock);
    const gvm_pool_tx *tx = NULL;
    if (gvm_pool_refresh(p) == GVM_OK) {
        gvm_pool_tx **at = gvm_map_get(&p->by_hash, hash->b);
        if (at != NULL) {
            tx = *at;
            retain(tx);
            if (pending != NULL) *pending = is_pending(p, tx);
        }
    }
    (void)pthread_mutex_unlock(&p->lock);
    return tx;
}

gvm_status gvm_pool_next_nonce(gvm_pool *p, uint64_t *nonce, const gvm_address *sender) {
    (void)pthread_mutex_lock(&p->lock);
    gvm_status status = gvm_pool_refresh(p);
    if (status == GVM_OK) {
        const row *r = find_row(p, sender);
        row alone = {.sender = *sender};
        if (r == NULL) {
            status = load_row(p, &alone);
            gvm_statedb_view_park(p->view);
            r = &alone;
        }
        *nonce = r->nonce + r->pending;
    }
    (void)pthread_mutex_unlock(&p->lock);
    return status;
}

void gvm_pool_count(gvm_pool *p, size_t *pending, size_t *queued) {
    (void)pthread_mutex_lock(&p->lock);
    gvm_status status = gvm_pool_refresh(p);
    (void)status; /* counts then are those of the last head that could be read */
    *pending = 0;
    for (size_t i = 0; i < gvm_map_count(&p->rows); i++)
        *pending += (*(row **)gvm_map_value_at(&p->rows, i))->pending;
    *queued = gvm_map_count(&p->by_hash) - *pending;
    (void)pthread_mutex_unlock(&p->lock);
}

gvm_status gvm_pool_list(gvm_pool *p, gvm_pool_item **items, size_t *count) {
    (void)pthread_mutex_lock(&p->lock);
    size_t n = 0, rows = 0;
    uint32_t *order = NULL;
    gvm_status status = gvm_pool_refresh(p);
    if (status == GVM_OK) {
        rows = gvm_map_count(&p->rows);
        *items = malloc((gvm_map_count(&p->by_hash) + 1) * sizeof **items);
        order = malloc((rows + 1) * sizeof *order);
        if (*items == NULL || order == NULL) {
            free(*items);
            status = GVM_ERR_NOMEM;
        }
    }
    if (status == GVM_OK) {
        gvm_map_sorted(&p->rows, order);
        for (size_t i = 0; i < rows; i++) {
            const row *r = *(row **)gvm_map_value_at(&p->rows, order[i]);
            for (size_t k = 0; k < r->count; k++) {
                retain(r->txs[k]);
                (*items)[n++] = (gvm_pool_item){r->txs[k], k < r->pending};
            }
        }
        *count = n;
    }
    (void)pthread_mutex_unlock(&p->lock);
    free(order);
    return status;
}
