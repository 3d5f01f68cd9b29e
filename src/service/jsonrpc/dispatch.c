/* One request is one object: the body as it came, an arena, and one call that is used for each item
 * in turn.
 *
 *     body ──parse──> items ──┬─> check ─> handler on the loop ────────────┬─> append answer ─>
 * next item ─> done └─> check ─> worker thread ─post to the loop─┘
 *
 * A request is awaited from gvm_rpc_handle until it is answered or cancelled. Whoever waits may
 * lose patience (time limit, closed connection) while a method still runs elsewhere. Such a request
 * is abandoned: it leaves the list, is answered from what the loop may read (the parsed body), and
 * is freed when its method comes back. So nothing is ever taken away from a running method, and no
 * lock is needed: a call belongs to one thread at a time, and the queues that carry it from thread
 * to thread order the memory. */
#include "service/jsonrpc/internal.h"

#include <stdlib.h>
#include <strings.h>

/* ---- the table */

static uint32_t name_hash(gvm_bytes name) {
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < name.len; i++) h = (h ^ name.ptr[i]) * 16777619u;
    return h ^ (h >> 15);
}

static const gvm_rpc_method *lookup(const gvm_rpc *rpc, gvm_bytes name) {
    for (size_t at = name_hash(name) & rpc->index_mask;; at = (at + 1) & rpc->index_mask) {
        if (rpc->index[at] == 0) return NULL;
        const gvm_rpc_method *m = &rpc->config.methods[rpc->index[at] - 1];
        if (gvm_bytes_equal(name, gvm_bytes_str(m->name))) return m;
    }
}

const gvm_rpc_method *gvm_rpc_find(const gvm_rpc *rpc, gvm_bytes name) {
    const gvm_rpc_method *m = lookup(rpc, name);
    return m != NULL && (m->flags & GVM_RPC_DEV_ONLY) != 0 && !rpc->config.dev ? NULL : m;
}

static gvm_status check_row(gvm_rpc *rpc, size_t row, gvm_error *err) {
    const gvm_rpc_method *m = &rpc->config.methods[row];
    bool optional = false;
    for (size_t i = 0; i < GVM_RPC_MAX_PARAMS && m->params[i].name != NULL; i++) {
        const gvm_rpc_param *p = &m->params[i];
        if (optional && !p->optional)
            return gvm_error_set(err, GVM_ERR_ARGUMENT,
                                 "%s: required parameter %s after an optional one", m->name,
                                 p->name);
        optional = p->optional;
        if (p->fallback == NULL) continue;
        yyjson_doc *doc = yyjson_read(p->fallback, strlen(p->fallback), 0);
        if (doc == NULL)
            return gvm_error_set(err, GVM_ERR_ARGUMENT, "%s: the default of %s is not JSON: %s",
                                 m->name, p->name, p->fallback);
        rpc->defaults[row * GVM_RPC_MAX_PARAMS + i] = doc;
    }
    return GVM_OK;
}

static gvm_status build_index(gvm_rpc *rpc, gvm_error *err) {
    size_t count = rpc->config.method_count, size = 16;
    if (count >= UINT16_MAX)
        return gvm_error_set(err, GVM_ERR_ARGUMENT, "too many methods: %zu", count);
    while (size < 2 * count) size *= 2;
    rpc->index = calloc(size, sizeof *rpc->index);
    rpc->defaults = calloc(count * GVM_RPC_MAX_PARAMS + 1, sizeof *rpc->defaults);
    if (rpc->index == NULL || rpc->defaults == NULL) return GVM_ERR_NOMEM;
    rpc->index_mask = size - 1;
    for (size_t row = 0; row < count; row++) {
        gvm_bytes name = gvm_bytes_str(rpc->config.methods[row].name);
        if (lookup(rpc, name) != NULL)
            return gvm_error_set(err, GVM_ERR_ARGUMENT, "method %s is in the table twice",
                                 rpc->config.methods[row].name);
        size_t at = name_hash(name) & rpc->index_mask;
        while (rpc->index[at] != 0) at = (at + 1) & rpc->index_mask;
        rpc->index[at] = (uint16_t)(row + 1);
        GVM_TRY(check_row(rpc, row, err));
    }
    return GVM_OK;
}

gvm_status gvm_rpc_new(gvm_rpc **out, const gvm_rpc_config *config, gvm_error *err) {
    gvm_rpc *rpc = calloc(1, sizeof *rpc);
    if (rpc == NULL) return GVM_ERR_NOMEM;
    rpc->config = *config;
    gvm_rpc_config *c = &rpc->config;
    if (c->client == NULL) c->client = "GhostVM";
    if (c->max_batch == 0) c->max_batch = GVM_RPC_DEFAULT_MAX_BATCH;
    if (c->max_response == 0) c->max_response = GVM_RPC_DEFAULT_MAX_RESPONSE;
    if (c->time_limit_ms == 0) c->time_limit_ms = GVM_RPC_DEFAULT_TIME_LIMIT_MS;
    if (c->max_active == 0) c->max_active = GVM_RPC_DEFAULT_MAX_ACTIVE;
    gvm_status status = GVM_OK;
    GVM_TRY_GOTO(build_index(rpc, err));
    GVM_TRY_GOTO(gvm_rpc_peers_init(rpc));
    *out = rpc;
    return GVM_OK;
fail:
    gvm_rpc_delete(rpc);
    return status;
}

void gvm_rpc_delete(gvm_rpc *rpc) {
    if (rpc == NULL) return;
    GVM_ASSERT(rpc->active == 0);
    gvm_rpc_peers_free(rpc);
    if (rpc->defaults != NULL) {
        for (size_t i = 0; i < rpc->config.method_count * GVM_RPC_MAX_PARAMS; i++)
            yyjson_doc_free(rpc->defaults[i]);
    }
    free(rpc->defaults);
    free(rpc->index);
    free(rpc);
}

/* Edit distance without regard to case, capped: rows of at most 64 columns on the stack. */
static size_t distance(gvm_bytes a, const char *b) {
    size_t n = strlen(b), row[65];
    if (n > 64 || a.len > 64) return SIZE_MAX;
    for (size_t j = 0; j <= n; j++) row[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            bool same = strncasecmp((const char *)&a.ptr[i - 1], &b[j - 1], 1) == 0;
            size_t best = diagonal + (same ? 0 : 1);
            if (row[j] + 1 < best) best = row[j] + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[n];
}

const char *gvm_rpc_suggest(const gvm_rpc *rpc, gvm_bytes name) {
    const char *best = NULL;
    size_t best_distance = name.len / 3 + 1;
    for (size_t i = 0; i < rpc->config.method_count; i++) {
        const gvm_rpc_method *m = &rpc->config.methods[i];
        if ((m->flags & GVM_RPC_DEV_ONLY) != 0 && !rpc->config.dev) continue;
        size_t d = distance(name, m->name);
        if (d < best_distance) {
            best = m->name;
            best_distance = d;
        }
    }
    return best;
}

/* ---- memory of a request */

static void *arena_malloc(void *ctx, size_t size) {
    return gvm_arena_alloc(ctx, size);
}
static void *arena_realloc(void *ctx, void *ptr, size_t old_size, size_t size) {
    if (size <= old_size) return ptr;
    void *grown = gvm_arena_alloc(ctx, size);
    if (grown != NULL && old_size != 0) memcpy(grown, ptr, old_size);
    return grown;
}
static void arena_release(void *ctx, void *ptr) {
    (void)ctx;
    (void)ptr;
}

static void request_free(gvm_rpc_request *r) {
    r->rpc->active--;
    gvm_buf_free(&r->call.text);
    gvm_buf_free(&r->body);
    gvm_buf_free(&r->out);
    gvm_arena_free(&r->arena);
    free(r);
}

static void list_append(gvm_rpc *rpc, gvm_rpc_request *r) {
    r->older = rpc->newest;
    *(rpc->newest == NULL ? &rpc->oldest : &rpc->newest->newer) = r;
    rpc->newest = r;
}

static void list_remove(gvm_rpc *rpc, gvm_rpc_request *r) {
    *(r->older == NULL ? &rpc->oldest : &r->older->newer) = r->newer;
    *(r->newer == NULL ? &rpc->newest : &r->newer->older) = r->older;
    r->older = r->newer = NULL;
}

/* ---- one call */

static void call_reset(gvm_rpc_request *r) {
    gvm_rpc_call *c = &r->call;
    gvm_buf_free(&c->text);
    memset(c, 0, sizeof *c);
    atomic_init(&c->parts, 0);
    c->request = r;
}

/* The id of an item: NULL for a notification. An item that is no request at all is answered with
 * the id null. */
static yyjson_val *item_id(yyjson_val *item, bool *invalid) {
    yyjson_val *id = yyjson_obj_get(item, "id");
    if (id != NULL && (yyjson_is_obj(id) || yyjson_is_arr(id))) {
        *invalid = true;
        return NULL;
    }
    return id;
}

static gvm_status check_envelope(gvm_rpc_call *c, yyjson_val *item, gvm_bytes *name) {
    gvm_buf found = {0};
    const char *expected = NULL;
    yyjson_val *version = yyjson_obj_get(item, "jsonrpc"), *method = yyjson_obj_get(item, "method");
    c->params = yyjson_obj_get(item, "params");
    if (yyjson_is_null(c->params)) c->params = NULL;
    if (!yyjson_is_obj(item)) {
        expected = "an object as request";
        gvm_rpc_describe(&found, item);
    } else if (!yyjson_equals_str(version, "2.0")) {
        expected = "\"jsonrpc\":\"2.0\"";
        gvm_rpc_describe(&found, version);
    } else if (!yyjson_is_str(method)) {
        expected = "text as \"method\"";
        gvm_rpc_describe(&found, method);
    } else if (c->params != NULL && !yyjson_is_arr(c->params) && !yyjson_is_obj(c->params)) {
        expected = "an array or an object as \"params\"";
        gvm_rpc_describe(&found, c->params);
    }
    gvm_status status = GVM_OK;
    if (expected != NULL)
        status =
            gvm_rpc_fail(c, GVM_RPC_E_REQUEST, "invalid request: expected %s, found %.*s", expected,
                         (int)found.len, found.ptr == NULL ? "" : (const char *)found.ptr);
    else
        *name = gvm_bytes_make(yyjson_get_str(method), yyjson_get_len(method));
    gvm_buf_free(&found);
    return status;
}

static gvm_status find_method(gvm_rpc_call *c, gvm_bytes name) {
    const gvm_rpc *rpc = c->request->rpc;
    c->method = gvm_rpc_find(rpc, name);
    int shown = (int)(name.len < 64 ? name.len : 64);
    if (c->method == NULL && lookup(rpc, name) != NULL)
        return gvm_rpc_fail(c, GVM_RPC_E_METHOD,
                            "the method %.*s is available in development mode only", shown,
                            name.ptr);
    if (c->method == NULL) {
        const char *near = gvm_rpc_suggest(rpc, name);
        return gvm_rpc_fail(c, GVM_RPC_E_METHOD,
                            "the method %.*s does not exist/is not available%s%s%s", shown,
                            name.ptr, near == NULL ? "" : "; did you mean ",
                            near == NULL ? "" : near, near == NULL ? "" : "?");
    }
    if ((c->method->flags & GVM_RPC_NEEDS_PEER) != 0 && c->request->peer == NULL)
        return gvm_rpc_fail(c, GVM_RPC_E_UNSUPPORTED,
                            "%s needs a connection that can be notified: use WebSocket",
                            c->method->name);
    return GVM_OK;
}

static gvm_status fail_unknown_name(gvm_rpc_call *c, gvm_bytes key) {
    gvm_buf names = {0};
    for (size_t i = 0; i < GVM_RPC_MAX_PARAMS && c->method->params[i].name != NULL; i++)
        gvm_buf_printf(&names, "%s%s", i == 0 ? "" : ", ", c->method->params[i].name);
    gvm_status status = gvm_rpc_fail(
        c, GVM_RPC_E_PARAMS, "unknown parameter \"%.*s\": %s takes %.*s",
        (int)(key.len < 64 ? key.len : 64), key.ptr, c->method->name,
        names.len == 0 ? 7 : (int)names.len, names.len == 0 ? "nothing" : (const char *)names.ptr);
    gvm_buf_free(&names);
    return status;
}

size_t gvm_rpc_param_count(const gvm_rpc_method *m) {
    size_t n = 0;
    while (n < GVM_RPC_MAX_PARAMS && m->params[n].name != NULL) n++;
    return n;
}

static gvm_status check_names(gvm_rpc_call *c, size_t known) {
    yyjson_obj_iter it = yyjson_obj_iter_with(c->params);
    for (yyjson_val *key; (key = yyjson_obj_iter_next(&it)) != NULL;) {
        size_t i = 0;
        while (i < known && !yyjson_equals_str(key, c->method->params[i].name)) i++;
        if (i == known)
            return fail_unknown_name(c, gvm_bytes_make(yyjson_get_str(key), yyjson_get_len(key)));
    }
    return GVM_OK;
}

static gvm_status read_params(gvm_rpc_call *c) {
    const gvm_rpc_method *m = c->method;
    size_t known = gvm_rpc_param_count(m);
    bool by_name = yyjson_is_obj(c->params);
    c->sent = by_name ? yyjson_obj_size(c->params) : yyjson_arr_size(c->params);
    if (by_name) GVM_TRY(check_names(c, known));
    if (!by_name && c->sent > known && (m->flags & GVM_RPC_VARIADIC) == 0)
        return gvm_rpc_fail(c, GVM_RPC_E_PARAMS, "%s: expected at most %zu parameter%s, found %zu",
                            m->name, known, known == 1 ? "" : "s", c->sent);
    yyjson_arr_iter it = yyjson_arr_iter_with(by_name ? NULL : c->params);
    for (size_t i = 0; i < known; i++) {
        const gvm_rpc_param *p = &m->params[i];
        yyjson_val *json = by_name ? yyjson_obj_get(c->params, p->name) : yyjson_arr_iter_next(&it);
        if (json == NULL || (yyjson_is_null(json) && (p->optional || p->type != GVM_RPC_ANY))) {
            if (!p->optional)
                return gvm_rpc_fail_param(c, i, "expected %s, found %s",
                                          gvm_rpc_type_expected(p->type),
                                          json == NULL ? "nothing" : "null");
            size_t row = (size_t)(m - c->request->rpc->config.methods);
            yyjson_doc *fallback = c->request->rpc->defaults[row * GVM_RPC_MAX_PARAMS + i];
            if (fallback == NULL) continue;
            json = yyjson_doc_get_root(fallback);
        }
        char name[96];
        (void)snprintf(name, sizeof name, "parameter %zu (%s)", i + 1, p->name);
        GVM_TRY(gvm_rpc_read(c, &c->args[i], p->type, json, name));
    }
    return GVM_OK;
}

static void come_back(void *arg);

/* The handler has returned, or a deferred call was completed: true where both have happened that
 * must. */
static bool call_is_over(gvm_rpc_call *c) {
    return !c->deferred || atomic_fetch_add_explicit(&c->parts, 1, memory_order_acq_rel) == 1;
}

static void post_back(gvm_rpc_call *c) {
    c->task = (gvm_task){.run = come_back, .arg = c};
    gvm_executor *e = &c->request->rpc->config.executor;
    e->post(e->ctx, &c->task);
}

static void run_on_worker(void *arg) {
    gvm_rpc_call *c = arg;
    gvm_status status = atomic_load_explicit(&c->request->cancelled, memory_order_relaxed)
                            ? GVM_ERR_CANCELLED
                            : c->method->handler(c);
    if (!c->deferred || status != GVM_OK) c->status = status;
    if (status != GVM_OK) c->deferred = false;
    if (call_is_over(c)) post_back(c);
}

void gvm_rpc_defer(gvm_rpc_call *call) {
    GVM_ASSERT(call->request->rpc->config.executor.post != NULL);
    call->deferred = true;
}

void gvm_rpc_complete(gvm_rpc_call *call, gvm_status status) {
    call->status = status;
    if (atomic_fetch_add_explicit(&call->parts, 1, memory_order_acq_rel) == 1) post_back(call);
}

/* Starts the item; true where the call is over, false where it goes on elsewhere and comes back. */
static bool call_start(gvm_rpc_request *r) {
    gvm_rpc_call *c = &r->call;
    bool invalid_id = false;
    gvm_bytes name = {0};
    c->id = item_id(r->item, &invalid_id);
    c->status =
        invalid_id
            ? gvm_rpc_fail(c, GVM_RPC_E_REQUEST,
                           "invalid request: expected text, a number or null as \"id\", found %s",
                           yyjson_is_arr(yyjson_obj_get(r->item, "id")) ? "an array" : "an object")
            : check_envelope(c, r->item, &name);
    if (c->status != GVM_OK) return true;
    c->notification = c->id == NULL;
    if (r->refusal != NULL) c->status = gvm_rpc_fail(c, r->refusal_code, "%s", r->refusal);
    if (c->status == GVM_OK) c->status = find_method(c, name);
    if (c->status == GVM_OK) c->status = read_params(c);
    if (c->status != GVM_OK) return true;
    gvm_executor *e = &r->rpc->config.executor;
    if ((c->method->flags & GVM_RPC_ON_WORKER) != 0 && e->work != NULL) {
        c->task = (gvm_task){.run = run_on_worker, .arg = c};
        e->work(e->ctx, &c->task);
        return false;
    }
    gvm_status status = c->method->handler(c);
    if (!c->deferred || status != GVM_OK) c->status = status;
    if (status != GVM_OK) c->deferred = false;
    return call_is_over(c);
}

static bool over_limit(const gvm_rpc_request *r) {
    return r->out.len > r->rpc->config.max_response;
}

static void put_answer(gvm_rpc_request *r) {
    gvm_rpc_call *c = &r->call;
    if (c->status != GVM_OK && !c->failed) (void)gvm_rpc_fail_status(c, c->status, NULL);
    if (c->notification) return;
    if (!c->failed && c->has_text) {
        gvm_buf_put(&c->text, '}');
        if (r->out.len == 0) {
            gvm_buf_free(&r->out);
            r->out = c->text;
            c->text = (gvm_buf){0};
        } else {
            gvm_buf_append(&r->out, c->text.ptr, c->text.len);
            if (c->text.failed) r->out.failed = true;
        }
        return;
    }
    gvm_rpc_put_head(&r->out, c->id);
    if (c->failed) {
        gvm_rpc_put_error(&r->out, c->code, c->message, c->data);
    } else if (c->result == NULL) {
        gvm_rpc_put_error(&r->out, GVM_RPC_E_INTERNAL, "the method gave no result", NULL);
    } else {
        size_t len;
        char *text = yyjson_mut_val_write(c->result, YYJSON_WRITE_NOFLAG, &len);
        if (text == NULL) {
            gvm_rpc_put_error(&r->out, GVM_RPC_E_INTERNAL, "the result could not be written", NULL);
        } else {
            gvm_buf_str(&r->out, "\"result\":");
            gvm_buf_append(&r->out, text, len);
            free(text);
        }
    }
    gvm_buf_put(&r->out, '}');
}

/* Puts the answer of the item behind the others; one that makes the whole too long is replaced by
 * an error. */
static void call_finish(gvm_rpc_request *r) {
    size_t before = r->out.len;
    if (!r->call.notification && r->batch) gvm_buf_put(&r->out, before == 0 ? '[' : ',');
    put_answer(r);
    if (over_limit(r) && !r->out.failed) {
        size_t size = r->out.len;
        r->out.len = before;
        if (r->batch) gvm_buf_put(&r->out, before == 0 ? '[' : ',');
        gvm_rpc_put_head(&r->out, r->call.id);
        char text[128];
        (void)snprintf(text, sizeof text,
                       "response too large: expected at most %zu bytes, found %zu",
                       r->rpc->config.max_response, size);
        gvm_rpc_put_error(&r->out, GVM_RPC_E_LIMIT, text, NULL);
        gvm_buf_put(&r->out, '}');
        r->refusal = "response too large: the calls before this one have used it up";
        r->refusal_code = GVM_RPC_E_LIMIT;
    }
}

/* ---- one request */

static void answer(gvm_rpc_request *r) {
    if (r->batch && r->out.len != 0) gvm_buf_put(&r->out, ']');
    if (r->out.failed) {
        gvm_buf_clear(&r->out);
        gvm_buf_str(&r->out, "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32603,"
                             "\"message\":\"out of memory\"}}");
    }
    list_remove(r->rpc, r);
    r->done(r->done_ctx, &r->out);
}

/* Runs items until one goes on elsewhere (true) or all are done and the request is answered and
 * gone (false). */
static bool run(gvm_rpc_request *r, bool resumed) {
    while (resumed || r->left > 0) {
        if (!resumed) {
            call_reset(r);
            if (!call_start(r)) return true;
        }
        resumed = false;
        call_finish(r);
        gvm_arena_rewind(&r->arena, r->after_parse);
        r->left--;
        if (r->batch && r->left > 0) r->item = unsafe_yyjson_get_next(r->item);
    }
    answer(r);
    request_free(r);
    return false;
}

static void come_back(void *arg) {
    gvm_rpc_call *c = arg;
    if (c->request->abandoned) {
        request_free(c->request);
    } else {
        (void)run(c->request, true);
    }
}

static void fail_whole(gvm_rpc_request *r, int code, const char *message) {
    r->batch = false;
    gvm_rpc_put_head(&r->out, NULL);
    gvm_rpc_put_error(&r->out, code, message, NULL);
    gvm_buf_put(&r->out, '}');
    r->left = 0;
}

static void parse(gvm_rpc_request *r) {
    size_t len = r->body.len;
    uint8_t *padding = gvm_buf_extend(&r->body, YYJSON_PADDING_SIZE);
    if (padding == NULL) {
        fail_whole(r, GVM_RPC_E_INTERNAL, "out of memory");
        return;
    }
    memset(padding, 0, YYJSON_PADDING_SIZE);
    yyjson_read_err err;
    r->alc = (yyjson_alc){arena_malloc, arena_realloc, arena_release, &r->arena};
    r->doc = yyjson_read_opts((char *)r->body.ptr, len,
                              YYJSON_READ_INSITU | YYJSON_READ_BIGNUM_AS_RAW, &r->alc, &err);
    r->after_parse = gvm_arena_here(&r->arena);
    char text[160];
    if (r->doc == NULL) {
        (void)snprintf(text, sizeof text, "parse error: %s (byte %zu of %zu)", err.msg, err.pos,
                       len);
        fail_whole(r, GVM_RPC_E_PARSE,
                   len == 0 ? "parse error: expected JSON, found nothing" : text);
        return;
    }
    r->item = yyjson_doc_get_root(r->doc);
    r->left = 1;
    if (!yyjson_is_arr(r->item)) return;
    r->batch = true;
    r->left = yyjson_arr_size(r->item);
    r->item = yyjson_arr_get_first(r->item);
    if (r->left == 0) {
        fail_whole(r, GVM_RPC_E_REQUEST,
                   "invalid request: expected at least one call in a batch, found none");
    } else if (r->left > r->rpc->config.max_batch) {
        (void)snprintf(text, sizeof text, "batch too large: expected at most %zu calls, found %zu",
                       r->rpc->config.max_batch, r->left);
        fail_whole(r, GVM_RPC_E_LIMIT, text);
    }
}

gvm_rpc_request *gvm_rpc_handle(gvm_rpc *rpc, gvm_buf *body, gvm_rpc_peer *peer, uint64_t now_ms,
                                gvm_rpc_done done, void *ctx) {
    gvm_rpc_request *r = calloc(1, sizeof *r);
    if (r == NULL) {
        gvm_buf nothing = {0};
        gvm_buf_free(body);
        done(ctx, &nothing);
        return NULL;
    }
    *r = (gvm_rpc_request){.rpc = rpc,
                           .peer = peer,
                           .done = done,
                           .done_ctx = ctx,
                           .deadline = now_ms + rpc->config.time_limit_ms,
                           .body = *body};
    *body = (gvm_buf){0};
    atomic_init(&r->cancelled, false);
    r->refusal_code = GVM_RPC_E_UNAVAILABLE;
    if (rpc->draining) {
        r->refusal = "the node is shutting down";
    } else if (rpc->active >= rpc->config.max_active) {
        r->refusal = "too many requests at once: try again later";
    }
    rpc->active++;
    list_append(rpc, r);
    parse(r);
    return run(r, false) ? r : NULL;
}

static void abandon(gvm_rpc_request *r) {
    atomic_store_explicit(&r->cancelled, true, memory_order_relaxed);
    r->abandoned = true;
    r->peer = NULL;
}

void gvm_rpc_cancel(gvm_rpc_request *request) {
    list_remove(request->rpc, request);
    abandon(request);
}

/* Answers in the place of a method that has not come back, and for the items behind it. */
static void time_out(gvm_rpc_request *r) {
    char text[96];
    (void)snprintf(text, sizeof text, "the request took longer than %llu ms",
                   (unsigned long long)r->rpc->config.time_limit_ms);
    for (bool running = true; r->left > 0; r->left--) {
        bool invalid = false;
        yyjson_val *id = item_id(r->item, &invalid);
        bool silent = running ? r->call.notification : id == NULL && !invalid;
        running = false;
        if (!silent) {
            if (r->batch) gvm_buf_put(&r->out, r->out.len == 0 ? '[' : ',');
            gvm_rpc_put_head(&r->out, id);
            gvm_rpc_put_error(&r->out, GVM_RPC_E_UNAVAILABLE, text, NULL);
            gvm_buf_put(&r->out, '}');
        }
        if (r->batch && r->left > 1) r->item = unsafe_yyjson_get_next(r->item);
    }
    abandon(r);
    answer(r);
}

void gvm_rpc_tick(gvm_rpc *rpc, uint64_t now_ms) {
    while (rpc->oldest != NULL && rpc->oldest->deadline <= now_ms) time_out(rpc->oldest);
}

uint64_t gvm_rpc_deadline(const gvm_rpc *rpc) {
    return rpc->oldest == NULL ? UINT64_MAX : rpc->oldest->deadline;
}

size_t gvm_rpc_active(const gvm_rpc *rpc) {
    return rpc->active;
}

void gvm_rpc_drain(gvm_rpc *rpc) {
    rpc->draining = true;
}
