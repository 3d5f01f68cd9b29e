/* One lock for writers, one for the copy of the head that readers ask for first. A write is: take
 * the store's write transaction, execute on a view of the head inside it, put state, records and
 * the new head into it, commit, publish the head, tell listeners. Failing anywhere before the
 * commit leaves nothing behind. */
#include "chain/chain.h"

#include "chain/supply.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>

#define KEY_HEAD    "chain.head"
#define KEY_GENESIS "chain.genesis"
#define KEY_CONFIG  "chain.config"
#define KEY_TEXT    "chain.genesis_text" /* gvm_genesis.text_hash */

enum { PRUNE_BUDGET = 20000, GAS_LIMIT_DIVISOR = 1024 };

struct gvm_chain {
    gvm_store *store;
    gvm_statedb *db;
    gvm_chain_config config;
    gvm_chain_options options;
    gvm_hash genesis_hash;

    pthread_mutex_t head_lock;
    gvm_header head;
    gvm_hash head_hash;
    gvm_u256 head_difficulty; /* total */

    pthread_mutex_t write_lock;
    gvm_state *state; /* the writer's */
    gvm_vm vm;
    gvm_block_run run;
    struct {
        gvm_chain_listener *call;
        void *ctx;
    } listeners[GVM_CHAIN_LISTENERS];
    size_t listener_count;
};

static gvm_bytes meta_key(const char *name) {
    return gvm_bytes_str(name);
}

static gvm_status no_account(void *ctx, gvm_account *out, const gvm_address *address) {
    (void)ctx;
    (void)out;
    (void)address;
    return GVM_ERR_NOT_FOUND;
}

/* ---- opening */

static gvm_status put_head(gvm_store_txn *txn, const gvm_hash *hash) {
    return gvm_store_put(txn, GVM_TABLE_META, meta_key(KEY_HEAD), gvm_bytes_make(hash->b, 32));
}

static gvm_status put_config(gvm_store_txn *txn, const gvm_chain_config *config) {
    gvm_buf buf = {0};
    gvm_config_encode(&buf, config);
    gvm_status status = gvm_buf_status(&buf);
    if (status == GVM_OK)
        status = gvm_store_put(txn, GVM_TABLE_META, meta_key(KEY_CONFIG), gvm_buf_bytes(&buf));
    gvm_buf_free(&buf);
    return status;
}

static gvm_status write_genesis(gvm_chain *c, const gvm_genesis *genesis, gvm_error *err) {
    gvm_block block = {.header = genesis->header};
    gvm_store_txn *txn = NULL;
    gvm_state_diff diff = gvm_genesis_diff(genesis);
    gvm_status status;
    block.has_withdrawals = block.header.later >= GVM_HEADER_SHANGHAI;
    GVM_TRY_GOTO(gvm_store_write_begin(&txn, c->store));
    GVM_TRY_GOTO(
        gvm_statedb_apply(c->db, &block.header.state_root, txn, block.header.number, &diff));
    GVM_TRY_GOTO(gvm_header_hash(&block.hash, &block.header));
    GVM_TRY_GOTO(gvm_records_put(txn, &block, block.header.difficulty));
    GVM_TRY_GOTO(gvm_records_link(txn, &block, NULL));
    GVM_TRY_GOTO(put_head(txn, &block.hash));
    GVM_TRY_GOTO(put_config(txn, &genesis->config));
    GVM_TRY_GOTO(gvm_store_put(txn, GVM_TABLE_META, meta_key(KEY_GENESIS),
                               gvm_bytes_make(block.hash.b, 32)));
    if (!gvm_hash_is_zero(&genesis->text_hash))
        GVM_TRY_GOTO(gvm_store_put(txn, GVM_TABLE_META, meta_key(KEY_TEXT),
                                   gvm_bytes_make(genesis->text_hash.b, 32)));
    status = gvm_store_write_commit(txn, err);
    txn = NULL;
fail:
    gvm_store_write_abort(txn);
    return status;
}

static gvm_status get_meta_hash(gvm_store_txn *txn, gvm_hash *out, const char *key) {
    gvm_bytes value;
    GVM_TRY(gvm_store_get(txn, &value, GVM_TABLE_META, meta_key(key)));
    if (value.len != 32) return GVM_ERR_CORRUPT;
    memcpy(out->b, value.ptr, 32);
    return GVM_OK;
}

bool gvm_chain_made_from(gvm_store *store, const gvm_hash *text_hash) {
    gvm_store_txn *txn = NULL;
    gvm_hash made_from;
    if (gvm_store_read_begin(&txn, store) != GVM_OK) return false;
    bool same =
        get_meta_hash(txn, &made_from, KEY_TEXT) == GVM_OK && gvm_hash_equal(&made_from, text_hash);
    gvm_store_read_end(txn);
    return same;
}

/* Head, records and state must belong together. */
static gvm_status load_head(gvm_chain *c, gvm_store_txn *txn, gvm_chain_report *report,
                            gvm_error *err) {
    gvm_stored_block head;
    gvm_hash hash, canonical;
    uint64_t newest, oldest;
    GVM_TRY(get_meta_hash(txn, &c->genesis_hash, KEY_GENESIS));
    GVM_TRY(get_meta_hash(txn, &hash, KEY_HEAD));
    gvm_status status = gvm_records_read(txn, &head, &hash, GVM_READ_HEADER);
    if (status != GVM_OK)
        return gvm_error_set(err, GVM_ERR_CORRUPT, "the head's header is missing or damaged");
    c->head = head.block.header;
    c->head_hash = hash;
    c->head_difficulty = head.total_difficulty;
    gvm_stored_block_free(&head);
    status = gvm_records_canonical(txn, &canonical, c->head.number);
    if (status != GVM_OK || !gvm_hash_equal(&canonical, &hash))
        return gvm_error_set(err, GVM_ERR_CORRUPT, "block %" PRIu64 " of the chain is not the head",
                             c->head.number);
    status = gvm_statedb_range(c->db, &newest, &oldest, txn);
    if (status != GVM_OK || newest != c->head.number)
        return gvm_error_set(err, GVM_ERR_CORRUPT,
                             "the state is at block %" PRIu64 ", the head at %" PRIu64,
                             status == GVM_OK ? newest : 0, c->head.number);
    gvm_stateview *view;
    GVM_TRY(gvm_statedb_view_in(&view, c->db, txn, c->head.number));
    gvm_hash root = gvm_statedb_view_root(view);
    gvm_statedb_view_close(view);
    if (!gvm_hash_equal(&root, &c->head.state_root))
        return gvm_error_set(err, GVM_ERR_CORRUPT, "the state root is not that of block %" PRIu64,
                             c->head.number);
    report->head = newest;
    report->oldest_state = oldest;
    return GVM_OK;
}

static gvm_status check_genesis(gvm_chain *c, const gvm_genesis *genesis, gvm_error *err) {
    gvm_header header = genesis->header;
    gvm_stateview *view;
    gvm_state_diff diff = gvm_genesis_diff(genesis);
    GVM_TRY(gvm_statedb_view_empty(&view, c->db));
    gvm_status status = gvm_statedb_root(view, &header.state_root, &diff);
    gvm_statedb_view_close(view);
    GVM_TRY(status);
    gvm_hash hash;
    GVM_TRY(gvm_header_hash(&hash, &header));
    if (!gvm_hash_equal(&hash, &c->genesis_hash))
        return gvm_error_set(
            err, GVM_ERR_GENESIS,
            "the store holds another chain: its genesis is 0x%02x%02x%02x%02x…, the one given "
            "0x%02x%02x%02x%02x…; use another datadir, or the genesis of this one",
            c->genesis_hash.b[0], c->genesis_hash.b[1], c->genesis_hash.b[2], c->genesis_hash.b[3],
            hash.b[0], hash.b[1], hash.b[2], hash.b[3]);
    if (gvm_config_fork_of(&genesis->config, &c->head) != gvm_config_fork_of(&c->config, &c->head))
        return gvm_error_set(err, GVM_ERR_GENESIS,
                             "the genesis given puts a fork before block %" PRIu64
                             ", which is there already",
                             c->head.number);
    return GVM_OK;
}

static gvm_status load(gvm_chain *c, gvm_chain_report *report, const gvm_genesis *genesis,
                       gvm_error *err) {
    gvm_store_txn *txn = NULL;
    gvm_bytes config;
    gvm_hash hash;
    gvm_status status;
    GVM_TRY(gvm_store_read_begin(&txn, c->store));
    status = get_meta_hash(txn, &hash, KEY_GENESIS);
    if (status == GVM_ERR_NOT_FOUND) {
        gvm_store_read_end(txn);
        if (genesis == NULL)
            return gvm_error_set(err, GVM_ERR_NOT_FOUND,
                                 "the store is empty and no genesis was given");
        report->created = true;
        GVM_TRY(write_genesis(c, genesis, err));
        GVM_TRY(gvm_store_read_begin(&txn, c->store));
        status = GVM_OK;
    }
    GVM_TRY_GOTO(status);
    GVM_TRY_GOTO(gvm_store_get(txn, &config, GVM_TABLE_META, meta_key(KEY_CONFIG)));
    status = gvm_config_decode(&c->config, config);
    if (status != GVM_OK) {
        status = gvm_error_set(err, GVM_ERR_CORRUPT, "the stored chain configuration is damaged");
        goto fail;
    }
    GVM_TRY_GOTO(load_head(c, txn, report, err));
    if (genesis != NULL && !report->created) {
        GVM_TRY_GOTO(check_genesis(c, genesis, err));
        c->config = genesis->config;
    }
fail:
    gvm_store_read_end(txn);
    return status;
}

gvm_status gvm_chain_open(gvm_chain **out, gvm_chain_report *report, gvm_store *store,
                          const gvm_genesis *genesis, const gvm_chain_options *options,
                          gvm_error *err) {
    gvm_chain_report mine;
    gvm_status status;
    gvm_chain *c = calloc(1, sizeof *c);
    if (c == NULL) return GVM_ERR_NOMEM;
    if (report == NULL) report = &mine;
    *report = (gvm_chain_report){0};
    c->store = store;
    c->options = *options;
    (void)pthread_mutex_init(&c->head_lock, NULL);
    (void)pthread_mutex_init(&c->write_lock, NULL);
    gvm_state_reader nothing = {.account = no_account};
    GVM_TRY_GOTO(gvm_statedb_open(&c->db, store, err));
    GVM_TRY_GOTO(gvm_state_new(&c->state, nothing));
    GVM_TRY_GOTO(gvm_vm_init(&c->vm, c->state));
    c->vm.natives = options->natives;
    GVM_TRY_GOTO(load(c, report, genesis, err));
    *out = c;
    return GVM_OK;
fail:
    gvm_chain_close(c);
    return status;
}

void gvm_chain_close(gvm_chain *c) {
    if (c == NULL) return;
    gvm_block_run_free(&c->run);
    if (c->vm.frames != NULL) gvm_vm_free(&c->vm);
    gvm_state_delete(c->state);
    gvm_statedb_close(c->db);
    (void)pthread_mutex_destroy(&c->head_lock);
    (void)pthread_mutex_destroy(&c->write_lock);
    free(c);
}

const gvm_chain_config *gvm_chain_config_of(const gvm_chain *c) {
    return &c->config;
}
gvm_store *gvm_chain_store(gvm_chain *c) {
    return c->store;
}
gvm_hash gvm_chain_genesis_hash(const gvm_chain *c) {
    return c->genesis_hash;
}

/* ---- reading */

void gvm_chain_head(gvm_chain *c, gvm_header *header, gvm_hash *hash) {
    (void)pthread_mutex_lock(&c->head_lock);
    *header = c->head;
    if (hash != NULL) *hash = c->head_hash;
    (void)pthread_mutex_unlock(&c->head_lock);
}

gvm_status gvm_chain_hash_at(gvm_chain *c, gvm_hash *hash, uint64_t number) {
    gvm_store_txn *txn;
    GVM_TRY(gvm_store_read_begin(&txn, c->store));
    gvm_status status = gvm_records_canonical(txn, hash, number);
    gvm_store_read_end(txn);
    return status;
}

gvm_status gvm_chain_read(gvm_chain *c, gvm_stored_block *out, const gvm_hash *hash,
                          gvm_read_parts parts) {
    gvm_store_txn *txn;
    GVM_TRY(gvm_store_read_begin(&txn, c->store));
    gvm_status status = gvm_records_read(txn, out, hash, parts);
    gvm_store_read_end(txn);
    return status;
}

gvm_status gvm_chain_read_at(gvm_chain *c, gvm_stored_block *out, uint64_t number,
                             gvm_read_parts parts) {
    gvm_store_txn *txn;
    gvm_hash hash;
    GVM_TRY(gvm_store_read_begin(&txn, c->store));
    gvm_status status = gvm_records_canonical(txn, &hash, number);
    if (status == GVM_OK) status = gvm_records_read(txn, out, &hash, parts);
    gvm_store_read_end(txn);
    return status;
}

gvm_status gvm_chain_tx_place(gvm_chain *c, uint64_t *number, uint32_t *index,
                              const gvm_hash *tx_hash) {
    gvm_store_txn *txn;
    GVM_TRY(gvm_store_read_begin(&txn, c->store));
    gvm_status status = gvm_records_tx_place(txn, number, index, tx_hash);
    gvm_store_read_end(txn);
    return status;
}

gvm_status gvm_chain_view(gvm_chain *c, gvm_stateview **view, uint64_t number) {
    return gvm_statedb_view_open(view, c->db, number);
}

static gvm_status hash_for_reader(void *ctx, gvm_hash *out, uint64_t number) {
    return gvm_chain_hash_at(ctx, out, number);
}

static gvm_status hash_in_txn(void *ctx, gvm_hash *out, uint64_t number) {
    return gvm_records_canonical(ctx, out, number);
}

void gvm_chain_set_env(gvm_chain *c, gvm_vm *vm, const gvm_header *header) {
    gvm_block_set_env(vm, &c->config, header);
    vm->natives = c->options.natives;
    vm->block.block_hash = hash_for_reader;
    vm->block.block_hash_ctx = c;
}

static gvm_status emit_matches(const gvm_stored_block *b, const gvm_log_filter *filter,
                               gvm_log_emit *emit, void *ctx) {
    uint32_t log_index = 0;
    for (size_t t = 0; t < b->block.tx_count; t++) {
        const gvm_receipt *r = &b->receipts[t];
        for (size_t i = 0; i < r->log_count; i++, log_index++)
            if (gvm_log_matches(filter, &r->logs[i]))
                GVM_TRY(emit(ctx, b, (uint32_t)t, log_index, &r->logs[i]));
    }
    return GVM_OK;
}

gvm_status gvm_chain_logs(gvm_chain *c, const gvm_log_filter *filter, size_t max_blocks,
                          gvm_log_emit *emit, void *ctx) {
    gvm_store_txn *txn;
    uint64_t *numbers = NULL;
    size_t count = 0;
    bool more = false;
    GVM_TRY(gvm_store_read_begin(&txn, c->store));
    gvm_status status = gvm_logs_candidates(txn, &numbers, &count, &more, filter, max_blocks);
    gvm_store_read_end(txn);
    GVM_TRY(status);
    if (more) status = GVM_ERR_LIMIT;
    for (size_t i = 0; status == GVM_OK && i < count; i++) {
        gvm_stored_block block;
        status = gvm_chain_read_at(c, &block, numbers[i], GVM_READ_RECEIPTS);
        if (status == GVM_ERR_NOT_FOUND) {
            status = GVM_OK; /* taken off the chain meanwhile */
            continue;
        }
        if (status != GVM_OK) break;
        status = emit_matches(&block, filter, emit, ctx);
        gvm_stored_block_free(&block);
    }
    free(numbers);
    return status;
}

/* ---- writing: the pieces, inside a write transaction */

/* gvm_block_run.tx_root: ctx is the view that the state stands on. */
static gvm_status root_after_tx(void *ctx, gvm_hash *root, gvm_state *state) {
    gvm_state_diff diff;
    GVM_TRY(gvm_state_diff_build(state, &diff));
    return gvm_statedb_root(ctx, root, &diff);
}

/* Points the writer's state and vm at the head as `txn` sees it. */
static gvm_status at_head(gvm_chain *c, gvm_stateview **view, gvm_store_txn *txn) {
    GVM_TRY(gvm_statedb_view_in(view, c->db, txn, GVM_STATEDB_HEAD));
    gvm_state_reset(c->state, gvm_statedb_reader(*view));
    c->vm.block.block_hash = hash_in_txn;
    c->vm.block.block_hash_ctx = txn;
    return GVM_OK;
}

/* `before` is what the block began with. */
static gvm_status write_state(gvm_chain *c, gvm_hash *root, gvm_store_txn *txn,
                              gvm_stateview *before, uint64_t number, gvm_error *err) {
    gvm_state_diff diff;
    GVM_TRY(gvm_state_diff_build(c->state, &diff));
    if (c->options.check_supply && c->config.ghost) {
        gvm_state_reader reader = gvm_statedb_reader(before);
        GVM_TRY(gvm_supply_check(&diff, &reader, err));
    }
    GVM_TRY(gvm_statedb_apply(c->db, root, txn, number, &diff));
    bool more;
    if (c->options.history != 0)
        GVM_TRY(gvm_statedb_prune(c->db, &more, txn, c->options.history, PRUNE_BUDGET));
    return GVM_OK;
}

/* Executes a block whose header and body were checked, on the head that `txn` sees, and links it.
 */
static gvm_status extend(gvm_chain *c, gvm_store_txn *txn, gvm_block *block, gvm_error *err) {
    gvm_stateview *view;
    gvm_hash root;
    GVM_TRY(at_head(c, &view, txn));
    c->run.tx_root = root_after_tx;
    c->run.tx_root_ctx = view;
    gvm_status status = gvm_block_execute(&c->run, &c->vm, &c->config, block, err);
    if (status == GVM_OK) status = write_state(c, &root, txn, view, block->header.number, err);
    gvm_statedb_view_close(view);
    GVM_TRY(status);
    if (!gvm_hash_equal(&root, &block->header.state_root))
        return gvm_error_set(err, GVM_ERR_BLOCK_STATE_ROOT,
                             "the state root does not fit the state");
    return gvm_records_link(txn, block, c->run.receipts);
}

static gvm_status total_difficulty(gvm_u256 *out, gvm_u256 parent, const gvm_header *h) {
    return gvm_u256_add_overflow(out, parent, h->difficulty) ? GVM_ERR_BLOCK_DIFFICULTY : GVM_OK;
}

static void publish(gvm_chain *c, const gvm_header *header, const gvm_hash *hash,
                    gvm_u256 difficulty) {
    (void)pthread_mutex_lock(&c->head_lock);
    c->head = *header;
    c->head_hash = *hash;
    c->head_difficulty = difficulty;
    (void)pthread_mutex_unlock(&c->head_lock);
}

static void tell(gvm_chain *c, bool removed, const gvm_block *block, const gvm_receipt *receipts) {
    gvm_chain_event event = {removed, block, receipts};
    for (size_t i = 0; i < c->listener_count; i++)
        c->listeners[i].call(c->listeners[i].ctx, &event);
}

gvm_status gvm_chain_listen(gvm_chain *c, gvm_chain_listener *listener, void *ctx) {
    gvm_status status = GVM_ERR_LIMIT;
    (void)pthread_mutex_lock(&c->write_lock);
    if (c->listener_count < GVM_CHAIN_LISTENERS) {
        c->listeners[c->listener_count].call = listener;
        c->listeners[c->listener_count++].ctx = ctx;
        status = GVM_OK;
    }
    (void)pthread_mutex_unlock(&c->write_lock);
    return status;
}

/* ---- choosing a head */

typedef struct move {
    gvm_stored_block *removed; /* newest first */
    size_t removed_count;
    gvm_hash *added; /* newest first */
    size_t added_count;
} move;

static void move_free(move *m) {
    for (size_t i = 0; i < m->removed_count; i++) gvm_stored_block_free(&m->removed[i]);
    free(m->removed);
    free(m->added);
}

/* The way from the canonical chain up to `hash`: *ancestor is the last block that stays. */
static gvm_status find_way(gvm_store_txn *txn, move *m, uint64_t *ancestor, const gvm_hash *hash) {
    gvm_hash at = *hash, canonical;
    size_t cap = 0;
    for (;;) {
        gvm_stored_block b;
        GVM_TRY(gvm_records_read(txn, &b, &at, GVM_READ_HEADER));
        uint64_t number = b.block.header.number;
        gvm_hash parent = b.block.header.parent_hash;
        gvm_stored_block_free(&b);
        gvm_status status = gvm_records_canonical(txn, &canonical, number);
        if (status == GVM_OK && gvm_hash_equal(&canonical, &at)) {
            *ancestor = number;
            return GVM_OK;
        }
        if (status != GVM_OK && status != GVM_ERR_NOT_FOUND) return status;
        if (m->added_count == cap) {
            cap = cap == 0 ? 16 : cap * 2;
            gvm_hash *grown = realloc(m->added, cap * sizeof *grown);
            if (grown == NULL) return GVM_ERR_NOMEM;
            m->added = grown;
        }
        m->added[m->added_count++] = at;
        at = parent;
    }
}

static gvm_status take_off(gvm_chain *c, gvm_store_txn *txn, move *m, uint64_t ancestor) {
    size_t count = (size_t)(c->head.number - ancestor);
    if (count == 0) return GVM_OK;
    m->removed = calloc(count, sizeof *m->removed);
    if (m->removed == NULL) return GVM_ERR_NOMEM;
    for (uint64_t n = c->head.number; n > ancestor; n--) {
        gvm_hash hash;
        gvm_stored_block *b = &m->removed[m->removed_count];
        GVM_TRY(gvm_records_canonical(txn, &hash, n));
        GVM_TRY(gvm_records_read(txn, b, &hash, GVM_READ_RECEIPTS));
        m->removed_count++;
        GVM_TRY(gvm_records_unlink(txn, b));
    }
    return gvm_statedb_unwind(c->db, txn, ancestor);
}

static gvm_status put_on(gvm_chain *c, gvm_store_txn *txn, const move *m, gvm_error *err) {
    for (size_t i = m->added_count; i-- > 0;) {
        gvm_stored_block b;
        GVM_TRY(gvm_records_read(txn, &b, &m->added[i], GVM_READ_BODY));
        gvm_status status = extend(c, txn, &b.block, err);
        gvm_stored_block_free(&b);
        GVM_TRY(status);
    }
    return GVM_OK;
}

static void tell_move(gvm_chain *c, const move *m) {
    for (size_t i = 0; i < m->removed_count; i++)
        tell(c, true, &m->removed[i].block, m->removed[i].receipts);
    for (size_t i = m->added_count; i-- > 0 && c->listener_count > 0;) {
        gvm_stored_block b;
        if (gvm_chain_read(c, &b, &m->added[i], GVM_READ_RECEIPTS) != GVM_OK) continue;
        tell(c, false, &b.block, b.receipts);
        gvm_stored_block_free(&b);
    }
}

/* Moves to `hash` and commits `txn`, which is ended in any case. The write lock is held. */
static gvm_status move_head(gvm_chain *c, gvm_store_txn *txn, const gvm_hash *hash,
                            gvm_error *err) {
    move m = {0};
    uint64_t ancestor;
    gvm_stored_block head = {0};
    gvm_status status;
    GVM_TRY_GOTO(find_way(txn, &m, &ancestor, hash));
    GVM_TRY_GOTO(take_off(c, txn, &m, ancestor));
    GVM_TRY_GOTO(put_on(c, txn, &m, err));
    GVM_TRY_GOTO(put_head(txn, hash));
    GVM_TRY_GOTO(gvm_records_read(txn, &head, hash, GVM_READ_HEADER));
    status = gvm_store_write_commit(txn, err);
    txn = NULL;
    if (status == GVM_OK) {
        publish(c, &head.block.header, hash, head.total_difficulty);
        tell_move(c, &m);
    }
fail:
    gvm_store_write_abort(txn);
    gvm_stored_block_free(&head);
    move_free(&m);
    return status;
}

gvm_status gvm_chain_set_head(gvm_chain *c, const gvm_hash *hash, gvm_error *err) {
    gvm_store_txn *txn;
    (void)pthread_mutex_lock(&c->write_lock);
    gvm_status status = gvm_store_write_begin(&txn, c->store);
    if (status == GVM_OK) status = move_head(c, txn, hash, err);
    (void)pthread_mutex_unlock(&c->write_lock);
    return status;
}

/* ---- importing */

/* EIP-3675: proof of work until the terminal difficulty is reached, none after. */
static gvm_status check_merge(const gvm_chain *c, const gvm_header *h, gvm_u256 parent_difficulty,
                              gvm_error *err) {
    bool reached = !gvm_u256_lt(parent_difficulty, c->config.terminal_difficulty);
    if (gvm_u256_is_zero(h->difficulty) == reached) return GVM_OK;
    return gvm_error_set(err, GVM_ERR_BLOCK_DIFFICULTY,
                         reached ? "difficulty above 0 after the terminal total difficulty"
                                 : "difficulty 0 before the terminal total difficulty");
}

static gvm_status import_locked(gvm_chain *c, bool *became_head, gvm_block *block, gvm_error *err) {
    gvm_store_txn *txn = NULL;
    gvm_stored_block parent = {0}, known = {0};
    gvm_u256 difficulty;
    gvm_status status;
    GVM_TRY(gvm_store_write_begin(&txn, c->store));
    status = gvm_records_read(txn, &known, &block->hash, GVM_READ_HEADER);
    gvm_stored_block_free(&known);
    if (status != GVM_ERR_NOT_FOUND) {
        *became_head = gvm_hash_equal(&block->hash, &c->head_hash);
        goto fail; /* known already: status is GVM_OK */
    }
    status = gvm_records_read(txn, &parent, &block->header.parent_hash, GVM_READ_HEADER);
    if (status == GVM_ERR_NOT_FOUND)
        status =
            gvm_error_set(err, GVM_ERR_BLOCK_PARENT, "the parent of block %" PRIu64 " is not known",
                          block->header.number);
    GVM_TRY_GOTO(status);
    GVM_TRY_GOTO(check_merge(c, &block->header, parent.total_difficulty, err));
    GVM_TRY_GOTO(gvm_block_check_header(&c->config, &block->header, &parent.block.header,
                                        &parent.block.hash, err));
    GVM_TRY_GOTO(gvm_block_check_body(&c->config, block, err));
    GVM_TRY_GOTO(total_difficulty(&difficulty, parent.total_difficulty, &block->header));
    GVM_TRY_GOTO(gvm_records_put(txn, block, difficulty));
    if (gvm_hash_equal(&block->header.parent_hash, &c->head_hash)) {
        GVM_TRY_GOTO(extend(c, txn, block, err));
        GVM_TRY_GOTO(put_head(txn, &block->hash));
        status = gvm_store_write_commit(txn, err);
        txn = NULL;
        if (status == GVM_OK) {
            *became_head = true;
            publish(c, &block->header, &block->hash, difficulty);
            tell(c, false, block, c->run.receipts);
        }
    } else if (gvm_u256_lt(c->head_difficulty, difficulty)) {
        status = move_head(c, txn, &block->hash, err);
        txn = NULL;
        *became_head = status == GVM_OK;
    } else {
        status = gvm_store_write_commit(txn, err);
        txn = NULL;
    }
fail:
    gvm_store_write_abort(txn);
    gvm_stored_block_free(&parent);
    return status;
}

gvm_status gvm_chain_import(gvm_chain *c, bool *became_head, gvm_bytes in, gvm_error *err) {
    gvm_block block;
    *became_head = false;
    GVM_TRY(gvm_block_decode(&block, in, err));
    (void)pthread_mutex_lock(&c->write_lock);
    gvm_status status = import_locked(c, became_head, &block, err);
    (void)pthread_mutex_unlock(&c->write_lock);
    gvm_block_free(&block);
    return status;
}

/* ---- sealing */

static uint64_t next_gas_limit(const gvm_seal *seal, uint64_t parent) {
    if (seal->gas_limit == 0 || seal->gas_limit == parent) return parent;
    if (seal->free_gas_limit) return seal->gas_limit;
    uint64_t step = parent / GAS_LIMIT_DIVISOR;
    step = step > 0 ? step - 1 : 0;
    if (seal->gas_limit > parent)
        return seal->gas_limit - parent < step ? seal->gas_limit : parent + step;
    return parent - seal->gas_limit < step ? seal->gas_limit : parent - step;
}

static gvm_status start_block(gvm_block *block, const gvm_chain_config *config,
                              const gvm_header *parent, const gvm_hash *parent_hash,
                              const gvm_seal *seal, gvm_error *err) {
    gvm_header *h = &block->header;
    if (seal->timestamp <= parent->timestamp)
        return gvm_error_set(err, GVM_ERR_BLOCK_TIMESTAMP,
                             "timestamp %" PRIu64 " not after the head's %" PRIu64, seal->timestamp,
                             parent->timestamp);
    gvm_block_next_header(h, config, parent, parent_hash, seal->timestamp);
    h->coinbase = seal->coinbase;
    h->gas_limit = next_gas_limit(seal, h->gas_limit);
    h->mix_hash = seal->prev_randao;
    h->parent_beacon_root = seal->parent_beacon_root;
    if (seal->base_fee != NULL) h->base_fee = *seal->base_fee;
    memcpy(h->extra, seal->extra, sizeof h->extra);
    h->extra_len = seal->extra_len;
    block->has_withdrawals = h->later >= GVM_HEADER_SHANGHAI;
    if (!block->has_withdrawals || seal->withdrawal_count == 0) return GVM_OK;
    block->withdrawals =
        gvm_arena_alloc(&block->arena, seal->withdrawal_count * sizeof *block->withdrawals);
    if (block->withdrawals == NULL) return GVM_ERR_NOMEM;
    memcpy(block->withdrawals, seal->withdrawals,
           seal->withdrawal_count * sizeof *block->withdrawals);
    block->withdrawal_count = seal->withdrawal_count;
    return GVM_OK;
}

/* Transactions from the source into the block, which borrows their memory. */
static gvm_status add_candidates(gvm_block *block, gvm_block_run *run, const gvm_seal *seal) {
    gvm_buf taken = {0};
    gvm_status status = GVM_OK;
    const gvm_tx *tx;
    while (seal->next != NULL && (tx = seal->next(seal->ctx, run)) != NULL) {
        gvm_error why = {0};
        status = gvm_block_add(run, tx, &why);
        bool refused = gvm_tx_is_refusal(status);
        if (seal->done != NULL && (status == GVM_OK || refused))
            seal->done(seal->ctx, tx, status, &why);
        if (status == GVM_OK) {
            gvm_tx copy = *tx;
            copy.owned = NULL;
            gvm_buf_append(&taken, &copy, sizeof copy);
        } else if (!refused) {
            break;
        }
        status = GVM_OK;
    }
    if (status == GVM_OK) status = gvm_buf_status(&taken);
    gvm_bytes kept = {0};
    if (status == GVM_OK) status = gvm_arena_copy(&block->arena, &kept, gvm_buf_bytes(&taken));
    if (status == GVM_OK) {
        block->txs = (gvm_tx *)(uintptr_t)kept.ptr;
        block->tx_count = kept.len / sizeof(gvm_tx);
    }
    gvm_buf_free(&taken);
    return status;
}

/* Everything of a new block but its state root. */
static gvm_status build(gvm_block *block, gvm_block_run *run, gvm_vm *vm,
                        const gvm_chain_config *config, const gvm_seal *seal, gvm_error *err) {
    GVM_TRY(gvm_block_begin(run, vm, config, &block->header, err));
    GVM_TRY(add_candidates(block, run, seal));
    GVM_TRY(gvm_block_end(run, block, err));
    return gvm_block_fill_header(block, run);
}

static gvm_status seal_locked(gvm_chain *c, gvm_block *block, const gvm_seal *seal,
                              gvm_error *err) {
    gvm_store_txn *txn = NULL;
    gvm_stateview *view = NULL;
    gvm_u256 difficulty;
    gvm_status status;
    GVM_TRY(start_block(block, &c->config, &c->head, &c->head_hash, seal, err));
    GVM_TRY(total_difficulty(&difficulty, c->head_difficulty, &block->header));
    GVM_TRY(gvm_store_write_begin(&txn, c->store));
    GVM_TRY_GOTO(at_head(c, &view, txn));
    GVM_TRY_GOTO(build(block, &c->run, &c->vm, &c->config, seal, err));
    GVM_TRY_GOTO(write_state(c, &block->header.state_root, txn, view, block->header.number, err));
    gvm_statedb_view_close(view);
    view = NULL;
    GVM_TRY_GOTO(gvm_header_hash(&block->hash, &block->header));
    GVM_TRY_GOTO(gvm_records_put(txn, block, difficulty));
    GVM_TRY_GOTO(gvm_records_link(txn, block, c->run.receipts));
    GVM_TRY_GOTO(put_head(txn, &block->hash));
    if (seal->keep != NULL) GVM_TRY_GOTO(seal->keep(seal->ctx, txn, block));
    status = gvm_store_write_commit(txn, err);
    txn = NULL;
    if (status == GVM_OK) {
        publish(c, &block->header, &block->hash, difficulty);
        tell(c, false, block, c->run.receipts);
    }
fail:
    gvm_statedb_view_close(view);
    gvm_store_write_abort(txn);
    return status;
}

gvm_status gvm_chain_seal(gvm_chain *c, gvm_hash *hash, const gvm_seal *seal, gvm_error *err) {
    gvm_block block = {0};
    (void)pthread_mutex_lock(&c->write_lock);
    gvm_status status = seal_locked(c, &block, seal, err);
    (void)pthread_mutex_unlock(&c->write_lock);
    if (status == GVM_OK && hash != NULL) *hash = block.hash;
    gvm_block_free(&block);
    return status;
}

gvm_status gvm_chain_preview(gvm_chain *c, gvm_stored_block *out, const gvm_seal *seal,
                             gvm_error *err) {
    gvm_header head;
    gvm_hash head_hash;
    gvm_stateview *view = NULL;
    gvm_state *state = NULL;
    gvm_vm vm = {0};
    gvm_block_run run = {0};
    gvm_state_diff diff;
    gvm_status status;
    *out = (gvm_stored_block){0};
    gvm_chain_head(c, &head, &head_hash);
    GVM_TRY_GOTO(gvm_chain_view(c, &view, head.number));
    GVM_TRY_GOTO(gvm_state_new(&state, gvm_statedb_reader(view)));
    GVM_TRY_GOTO(gvm_vm_init(&vm, state));
    GVM_TRY_GOTO(start_block(&out->block, &c->config, &head, &head_hash, seal, err));
    gvm_chain_set_env(c, &vm, &out->block.header);
    GVM_TRY_GOTO(build(&out->block, &run, &vm, &c->config, seal, err));
    GVM_TRY_GOTO(gvm_state_diff_build(state, &diff));
    GVM_TRY_GOTO(gvm_statedb_root(view, &out->block.header.state_root, &diff));
    GVM_TRY_GOTO(gvm_header_hash(&out->block.hash, &out->block.header));
    out->receipts = gvm_arena_alloc(&out->block.arena, run.count * sizeof *out->receipts);
    if (out->receipts == NULL) status = GVM_ERR_NOMEM;
    for (size_t i = 0; status == GVM_OK && i < run.count; i++) {
        out->receipts[i] = run.receipts[i];
        status = gvm_receipt_keep(&out->receipts[i], &out->block.arena);
    }
fail:
    if (status != GVM_OK) gvm_stored_block_free(out);
    gvm_block_run_free(&run);
    if (vm.frames != NULL) gvm_vm_free(&vm);
    gvm_state_delete(state);
    gvm_statedb_view_close(view);
    return status;
}
