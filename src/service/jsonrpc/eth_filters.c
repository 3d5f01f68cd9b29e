#include "service/jsonrpc/eth_filters.h"

#include "base/arena.h"
#include "base/rng.h"
#include "codec/hex.h"
#include "codec/json.h"
#include "service/jsonrpc/eth.h"

#include <stdlib.h>

typedef enum kind { LOGS, BLOCKS, TRANSACTIONS } kind;

typedef struct filter {
    uint64_t id; /* random: who does not know it cannot use it */
    kind kind;
    uint64_t used; /* when it was polled last, monotonic seconds */
    gvm_log_filter logs;
    gvm_bytes criteria; /* of LOGS: the object as it came, for eth_getFilterLogs */
    gvm_arena arena;    /* what logs and criteria point to */
    gvm_buf kept;       /* items, with commas between them */
} filter;

struct gvm_eth_filters {
    gvm_node *node;
    pthread_mutex_t lock;
    filter *all[GVM_FILTERS_MAX];
    size_t count;
    size_t bytes; /* kept by all */
};

gvm_status gvm_eth_filters_new(gvm_eth_filters **out, gvm_node *node) {
    gvm_eth_filters *f = calloc(1, sizeof *f);
    if (f == NULL) return GVM_ERR_NOMEM;
    f->node = node;
    (void)pthread_mutex_init(&f->lock, NULL);
    *out = f;
    return GVM_OK;
}

static void filter_delete(filter *f) {
    gvm_arena_free(&f->arena);
    gvm_buf_free(&f->kept);
    free(f);
}

static void drop(gvm_eth_filters *fs, size_t i) {
    fs->bytes -= fs->all[i]->kept.len;
    filter_delete(fs->all[i]);
    fs->all[i] = fs->all[--fs->count];
}

void gvm_eth_filters_delete(gvm_eth_filters *fs) {
    if (fs == NULL) return;
    while (fs->count > 0) drop(fs, fs->count - 1);
    (void)pthread_mutex_destroy(&fs->lock);
    free(fs);
}

static uint64_t now(const gvm_eth_filters *fs) {
    return gvm_clock_monotonic(&fs->node->clock) / GVM_SECOND;
}

static void expire(gvm_eth_filters *fs) {
    uint64_t t = now(fs);
    for (size_t i = fs->count; i-- > 0;)
        if (t - fs->all[i]->used > GVM_FILTER_IDLE) drop(fs, i);
}

/* ---- events */

/* Adds an item; false: too much is kept, or memory is out, and the filter must go. */
static bool keep(gvm_eth_filters *fs, filter *f, gvm_bytes item) {
    size_t more = item.len + 1;
    if (f->kept.len + more > GVM_FILTER_BYTES || fs->bytes + more > GVM_FILTERS_BYTES) return false;
    size_t before = f->kept.len;
    if (before > 0) gvm_buf_put(&f->kept, ',');
    gvm_buf_append(&f->kept, item.ptr, item.len);
    fs->bytes += f->kept.len - before;
    return !f->kept.failed;
}

static gvm_status render(gvm_buf *out, yyjson_mut_doc *doc, yyjson_mut_val *value) {
    gvm_buf_clear(out);
    if (value == NULL) return GVM_ERR_NOMEM;
    yyjson_mut_doc_set_root(doc, value);
    return gvm_json_write(out, doc, false);
}

static void keep_for_all(gvm_eth_filters *fs, kind which, gvm_bytes item, const gvm_log *log) {
    for (size_t i = fs->count; i-- > 0;) {
        filter *f = fs->all[i];
        if (f->kind != which || (log != NULL && !gvm_log_matches(&f->logs, log))) continue;
        if (!keep(fs, f, item)) drop(fs, i);
    }
}

static bool wanted(const gvm_eth_filters *fs, kind which, const gvm_log *log) {
    for (size_t i = 0; i < fs->count; i++)
        if (fs->all[i]->kind == which && (log == NULL || gvm_log_matches(&fs->all[i]->logs, log)))
            return true;
    return false;
}

static void keep_hash(gvm_eth_filters *fs, kind which, const gvm_hash *hash) {
    char text[GVM_HEX_WORD_SIZE];
    gvm_buf item = {0};
    gvm_hex_data_hash(text, hash);
    gvm_buf_printf(&item, "\"%s\"", text);
    if (!item.failed) keep_for_all(fs, which, gvm_buf_bytes(&item), NULL);
    gvm_buf_free(&item);
}

static void keep_logs(gvm_eth_filters *fs, const gvm_chain_event *event) {
    gvm_buf text = {0};
    uint32_t index = 0;
    for (size_t t = 0; t < event->block->tx_count; t++) {
        const gvm_receipt *r = &event->receipts[t];
        for (size_t i = 0; i < r->log_count; i++, index++) {
            if (!wanted(fs, LOGS, &r->logs[i])) continue;
            yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
            gvm_status status = doc == NULL
                                    ? GVM_ERR_NOMEM
                                    : render(&text, doc,
                                             gvm_eth_log(doc, &r->logs[i], event->block,
                                                         (uint32_t)t, index, event->removed));
            yyjson_mut_doc_free(doc);
            if (status == GVM_OK) keep_for_all(fs, LOGS, gvm_buf_bytes(&text), &r->logs[i]);
        }
    }
    gvm_buf_free(&text);
}

void gvm_eth_filters_on_block(gvm_eth_filters *fs, const gvm_chain_event *event) {
    (void)pthread_mutex_lock(&fs->lock);
    expire(fs);
    if (!event->removed && wanted(fs, BLOCKS, NULL)) keep_hash(fs, BLOCKS, &event->block->hash);
    if (wanted(fs, LOGS, NULL)) keep_logs(fs, event);
    (void)pthread_mutex_unlock(&fs->lock);
}

void gvm_eth_filters_on_transaction(gvm_eth_filters *fs, const gvm_pool_tx *tx) {
    (void)pthread_mutex_lock(&fs->lock);
    if (wanted(fs, TRANSACTIONS, NULL)) keep_hash(fs, TRANSACTIONS, &tx->tx.hash);
    (void)pthread_mutex_unlock(&fs->lock);
}

/* ---- methods */

static gvm_eth_filters *filters_of(gvm_rpc_call *call) {
    return gvm_eth_node(call)->filters;
}

/* Takes f in any case. */
static gvm_status add(gvm_rpc_call *call, filter *f) {
    gvm_eth_filters *fs = filters_of(call);
    uint64_t id = 0;
    gvm_status status = GVM_OK;
    while (status == GVM_OK && id == 0) status = gvm_entropy_fill(&gvm_entropy_os, &id, sizeof id);
    if (status == GVM_OK) {
        (void)pthread_mutex_lock(&fs->lock);
        expire(fs);
        f->id = id;
        f->used = now(fs);
        if (fs->count < GVM_FILTERS_MAX)
            fs->all[fs->count++] = f;
        else
            status = GVM_ERR_LIMIT;
        (void)pthread_mutex_unlock(&fs->lock);
    }
    if (status == GVM_OK) return gvm_rpc_return_u64(call, id);
    filter_delete(f);
    if (status == GVM_ERR_LIMIT)
        return gvm_rpc_fail(call, GVM_RPC_E_LIMIT, "%d filters are held; uninstall some",
                            GVM_FILTERS_MAX);
    return gvm_rpc_fail_status(call, status, NULL);
}

static gvm_status add_simple(gvm_rpc_call *call, kind which) {
    filter *f = calloc(1, sizeof *f);
    if (f == NULL) return GVM_ERR_NOMEM;
    f->kind = which;
    return add(call, f);
}

gvm_status gvm_rpc_eth_newBlockFilter(gvm_rpc_call *call) {
    return add_simple(call, BLOCKS);
}

gvm_status gvm_rpc_eth_newPendingTransactionFilter(gvm_rpc_call *call) {
    return add_simple(call, TRANSACTIONS);
}

static gvm_status keep_criteria(filter *f, yyjson_val *object) {
    size_t len = 0;
    char *text = yyjson_val_write(object, 0, &len);
    if (text == NULL) return GVM_ERR_NOMEM;
    gvm_status status = gvm_arena_copy(&f->arena, &f->criteria, gvm_bytes_make(text, len));
    free(text);
    return status;
}

gvm_status gvm_rpc_eth_newFilter(gvm_rpc_call *call) {
    gvm_log_filter read;
    yyjson_val *object = gvm_rpc_arg_json(call, 0);
    GVM_TRY(gvm_eth_read_filter(call, &read, object));
    filter *f = calloc(1, sizeof *f);
    if (f == NULL) return GVM_ERR_NOMEM;
    f->kind = LOGS;
    gvm_status status = gvm_eth_keep_filter(&f->arena, &f->logs, &read);
    if (status == GVM_OK) status = keep_criteria(f, object);
    if (status == GVM_OK) return add(call, f);
    filter_delete(f);
    return gvm_rpc_fail_status(call, status, NULL);
}

/* The place of the filter that the first parameter names, which counts as a use; false where there
 * is none. The lock is held. */
static bool find(gvm_rpc_call *call, gvm_eth_filters *fs, size_t *at) {
    gvm_u256 id = gvm_rpc_arg_quantity(call, 0);
    expire(fs);
    for (size_t i = 0; gvm_u256_fits_u64(id) && i < fs->count; i++) {
        if (fs->all[i]->id != id.w[0]) continue;
        fs->all[i]->used = now(fs);
        *at = i;
        return true;
    }
    return false;
}

static gvm_status not_found(gvm_rpc_call *call) {
    return gvm_rpc_fail(call, GVM_RPC_E_SERVER, "filter not found");
}

gvm_status gvm_rpc_eth_uninstallFilter(gvm_rpc_call *call) {
    gvm_eth_filters *fs = filters_of(call);
    size_t i;
    (void)pthread_mutex_lock(&fs->lock);
    bool found = find(call, fs, &i);
    if (found) drop(fs, i);
    (void)pthread_mutex_unlock(&fs->lock);
    return gvm_rpc_return_bool(call, found);
}

gvm_status gvm_rpc_eth_getFilterChanges(gvm_rpc_call *call) {
    gvm_eth_filters *fs = filters_of(call);
    gvm_buf kept = {0};
    size_t i;
    (void)pthread_mutex_lock(&fs->lock);
    bool found = find(call, fs, &i);
    if (found) {
        kept = fs->all[i]->kept;
        fs->all[i]->kept = (gvm_buf){0};
        fs->bytes -= kept.len;
    }
    (void)pthread_mutex_unlock(&fs->lock);
    if (!found) return not_found(call);
    gvm_buf *out = gvm_rpc_return_text(call);
    gvm_buf_put(out, '[');
    gvm_buf_append(out, kept.ptr, kept.len);
    gvm_buf_put(out, ']');
    gvm_buf_free(&kept);
    return gvm_buf_status(out);
}

gvm_status gvm_rpc_eth_getFilterLogs(gvm_rpc_call *call) {
    gvm_eth_filters *fs = filters_of(call);
    yyjson_doc *criteria = NULL;
    size_t i;
    (void)pthread_mutex_lock(&fs->lock);
    bool found = find(call, fs, &i) && fs->all[i]->kind == LOGS;
    if (found)
        criteria = yyjson_read((const char *)fs->all[i]->criteria.ptr, fs->all[i]->criteria.len, 0);
    (void)pthread_mutex_unlock(&fs->lock);
    if (!found) return not_found(call);
    if (criteria == NULL) return GVM_ERR_NOMEM;
    gvm_status status = gvm_eth_return_logs(call, yyjson_doc_get_root(criteria));
    yyjson_doc_free(criteria);
    return status;
}
