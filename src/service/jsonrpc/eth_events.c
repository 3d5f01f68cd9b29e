#include "service/jsonrpc/eth_events.h"

#include "codec/json.h"
#include "service/jsonrpc/eth.h"
#include "service/jsonrpc/eth_filters.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { NEW_HEADS, LOGS, PENDING, TOPICS };

struct gvm_eth_events {
    gvm_node *node;
    gvm_rpc *rpc;
    gvm_executor executor;
    atomic_uint subscribers[TOPICS];
};

/* What a subscriber asked for. */
typedef struct subscriber {
    gvm_eth_events *events;
    int topic;
    gvm_log_filter filter; /* its lists are copies */
    bool full;             /* newPendingTransactions with whole transactions */
    gvm_arena arena;
} subscriber;

/* ---- subscribing */

static gvm_status make_subscriber(gvm_rpc_call *call, subscriber **out, int topic) {
    subscriber *s = calloc(1, sizeof *s);
    if (s == NULL) return GVM_ERR_NOMEM;
    s->events = gvm_eth_node(call)->events;
    s->topic = topic;
    atomic_fetch_add(&s->events->subscribers[topic], 1);
    *out = s;
    return GVM_OK;
}

static void free_subscriber(void *filter) {
    subscriber *s = filter;
    if (s == NULL) return;
    atomic_fetch_sub(&s->events->subscribers[s->topic], 1);
    gvm_arena_free(&s->arena);
    free(s);
}

static gvm_status accept_heads(gvm_rpc_call *call, void **filter, yyjson_val *options) {
    (void)options;
    return make_subscriber(call, (subscriber **)filter, NEW_HEADS);
}

static gvm_status accept_logs(gvm_rpc_call *call, void **filter, yyjson_val *options) {
    gvm_log_filter f;
    subscriber *s;
    GVM_TRY(gvm_eth_read_filter(call, &f, options));
    GVM_TRY(make_subscriber(call, &s, LOGS));
    gvm_status status = gvm_eth_keep_filter(&s->arena, &s->filter, &f);
    if (status != GVM_OK) {
        free_subscriber(s);
        return status;
    }
    *filter = s;
    return GVM_OK;
}

static gvm_status accept_pending(gvm_rpc_call *call, void **filter, yyjson_val *options) {
    subscriber *s;
    if (options != NULL && !yyjson_is_null(options) && !yyjson_is_bool(options))
        return gvm_rpc_fail_param(call, 1, "expected true or false");
    GVM_TRY(make_subscriber(call, &s, PENDING));
    s->full = yyjson_get_bool(options);
    *filter = s;
    return GVM_OK;
}

const gvm_rpc_topic gvm_eth_topics[] = {
    {"newHeads", accept_heads, free_subscriber, "each new head of the chain"},
    {"logs", accept_logs, free_subscriber,
     "logs that match a filter; with removed = true when a block is taken off"},
    {"newPendingTransactions", accept_pending, free_subscriber,
     "hashes of transactions that come in; whole ones with true as second parameter"},
};
const size_t gvm_eth_topic_count = sizeof gvm_eth_topics / sizeof gvm_eth_topics[0];

/* ---- events: rendered where they happen, published on the loop */

typedef struct rendered_log {
    gvm_log log; /* data is not copied: filters do not look at it */
    gvm_bytes text;
} rendered_log;

typedef struct event {
    gvm_task task;
    gvm_eth_events *events;
    gvm_arena arena;
    gvm_bytes head; /* newHeads; empty: none */
    rendered_log *logs;
    size_t log_count;
    gvm_bytes tx_hash, tx; /* newPendingTransactions */
} event;

static gvm_status keep_text(event *e, gvm_bytes *out, yyjson_mut_doc *doc, yyjson_mut_val *value) {
    gvm_buf text = {0};
    if (value == NULL) return GVM_ERR_NOMEM;
    yyjson_mut_doc_set_root(doc, value);
    gvm_status status = gvm_json_write(&text, doc, false);
    if (status == GVM_OK) status = gvm_arena_copy(&e->arena, out, gvm_buf_bytes(&text));
    gvm_buf_free(&text);
    return status;
}

static void render_log_for(gvm_buf *out, void *filter, void *arg) {
    const rendered_log *log = arg;
    const subscriber *s = filter;
    if (gvm_log_matches(&s->filter, &log->log)) gvm_buf_append(out, log->text.ptr, log->text.len);
}

static void render_tx_for(gvm_buf *out, void *filter, void *arg) {
    const event *e = arg;
    const subscriber *s = filter;
    gvm_bytes text = s->full ? e->tx : e->tx_hash;
    gvm_buf_append(out, text.ptr, text.len);
}

static void publish(void *arg) {
    event *e = arg;
    gvm_rpc *rpc = e->events->rpc;
    if (rpc != NULL && e->head.len > 0) gvm_rpc_publish(rpc, "newHeads", e->head);
    for (size_t i = 0; rpc != NULL && i < e->log_count; i++)
        gvm_rpc_publish_each(rpc, "logs", render_log_for, &e->logs[i]);
    if (rpc != NULL && e->tx_hash.len > 0)
        gvm_rpc_publish_each(rpc, "newPendingTransactions", render_tx_for, e);
    gvm_arena_free(&e->arena);
    free(e);
}

static event *new_event(gvm_eth_events *events) {
    event *e = calloc(1, sizeof *e);
    if (e == NULL) return NULL;
    e->events = events;
    e->task = (gvm_task){.run = publish, .arg = e};
    return e;
}

static void post(gvm_eth_events *events, event *e, gvm_status status) {
    if (status == GVM_OK) {
        events->executor.post(events->executor.ctx, &e->task);
    } else {
        gvm_arena_free(&e->arena);
        free(e);
    }
}

static gvm_status render_logs(event *e, yyjson_mut_doc *doc, const gvm_chain_event *block) {
    size_t count = 0, at = 0;
    for (size_t t = 0; t < block->block->tx_count; t++) count += block->receipts[t].log_count;
    e->logs = gvm_arena_zalloc(&e->arena, count * sizeof *e->logs);
    if (e->logs == NULL) return GVM_ERR_NOMEM;
    for (size_t t = 0; t < block->block->tx_count; t++) {
        for (size_t i = 0; i < block->receipts[t].log_count; i++, at++) {
            const gvm_log *log = &block->receipts[t].logs[i];
            e->logs[at].log = *log;
            GVM_TRY(keep_text(
                e, &e->logs[at].text, doc,
                gvm_eth_log(doc, log, block->block, (uint32_t)t, (uint32_t)at, block->removed)));
        }
    }
    e->log_count = count;
    return GVM_OK;
}

static void on_block(void *ctx, const gvm_chain_event *block) {
    gvm_eth_events *events = ctx;
    gvm_eth_filters_on_block(events->node->filters, block);
    bool heads = atomic_load(&events->subscribers[NEW_HEADS]) > 0 && !block->removed;
    bool logs = atomic_load(&events->subscribers[LOGS]) > 0;
    if (!heads && !logs) return;
    event *e = new_event(events);
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    gvm_status status = e == NULL || doc == NULL ? GVM_ERR_NOMEM : GVM_OK;
    if (status == GVM_OK && heads)
        status = keep_text(e, &e->head, doc,
                           gvm_eth_header(doc, &block->block->header, &block->block->hash));
    if (status == GVM_OK && logs) status = render_logs(e, doc, block);
    yyjson_mut_doc_free(doc);
    if (e != NULL) post(events, e, status);
}

static void on_transaction(void *ctx, const gvm_pool_tx *tx) {
    gvm_eth_events *events = ctx;
    gvm_eth_filters_on_transaction(events->node->filters, tx);
    if (atomic_load(&events->subscribers[PENDING]) == 0) return;
    event *e = new_event(events);
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    gvm_status status = e == NULL || doc == NULL ? GVM_ERR_NOMEM : GVM_OK;
    uint64_t chain_id = gvm_chain_config_of(events->node->chain)->chain_id;
    if (status == GVM_OK)
        status = keep_text(e, &e->tx_hash, doc, gvm_json_new_hash(doc, &tx->tx.hash));
    if (status == GVM_OK)
        status = keep_text(e, &e->tx, doc, gvm_eth_tx(doc, &tx->tx, chain_id, NULL));
    yyjson_mut_doc_free(doc);
    if (e != NULL) post(events, e, status);
}

gvm_status gvm_eth_events_new(gvm_eth_events **out, gvm_node *node, gvm_executor executor) {
    gvm_eth_events *events = calloc(1, sizeof *events);
    if (events == NULL) return GVM_ERR_NOMEM;
    events->node = node;
    events->executor = executor;
    gvm_status status = gvm_eth_filters_new(&node->filters, node);
    if (status == GVM_OK) status = gvm_chain_listen(node->chain, on_block, events);
    if (status != GVM_OK) {
        gvm_eth_filters_delete(node->filters);
        node->filters = NULL;
        free(events);
        return status;
    }
    gvm_pool_listen(node->pool, on_transaction, events);
    node->events = events;
    *out = events;
    return GVM_OK;
}

void gvm_eth_events_attach(gvm_eth_events *events, gvm_rpc *rpc) {
    events->rpc = rpc;
}

void gvm_eth_events_delete(gvm_eth_events *events) {
    if (events == NULL) return;
    gvm_eth_filters_delete(events->node->filters);
    events->node->filters = NULL;
    free(events);
}
