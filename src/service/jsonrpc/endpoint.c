#include "service/jsonrpc/endpoint.h"
#include "service/jsonrpc/subscribe.h"

#include <stdlib.h>

struct gvm_rpc_endpoint {
    gvm_loop *loop;
    gvm_rpc *rpc;
    gvm_timer *timer;
    bool armed;
};

typedef struct ws_peer ws_peer;

/* One message of a WebSocket peer that is being answered. */
typedef struct ws_request {
    struct ws_request *prev, *next;
    ws_peer *peer;
    gvm_rpc_request *running; /* NULL until gvm_rpc_handle has returned */
} ws_request;

struct ws_peer {
    gvm_rpc_endpoint *endpoint;
    gvm_server_ws *ws;
    gvm_rpc_peer *peer;
    ws_request *requests;
    size_t count;
    bool held;
};

/* ---- the time limit */

static void arm(gvm_rpc_endpoint *e) {
    uint64_t at = gvm_rpc_deadline(e->rpc), now = gvm_loop_now(e->loop);
    if (e->armed || at == UINT64_MAX) return;
    e->armed = true;
    gvm_timer_start(e->timer, at > now ? at - now : 0, 0);
}

static void on_timer(void *arg) {
    gvm_rpc_endpoint *e = arg;
    e->armed = false;
    gvm_rpc_tick(e->rpc, gvm_loop_now(e->loop));
    arm(e);
}

/* ---- HTTP */

static void http_done(void *ctx, gvm_buf *answer) {
    gvm_http_response response = {.status = answer->len == 0 ? 204 : 200,
                                  .content_type = "application/json"};
    response.body = answer;
    gvm_http_respond(ctx, &response);
}

static void http_request(void *ctx, gvm_http_request *request) {
    gvm_rpc_endpoint *e = ctx;
    gvm_rpc_request *running =
        gvm_rpc_handle(e->rpc, &request->body, NULL, gvm_loop_now(e->loop), http_done, request);
    if (running == NULL) return;
    request->user = running;
    arm(e);
}

static void http_aborted(void *ctx, gvm_http_request *request) {
    (void)ctx;
    gvm_rpc_cancel(request->user);
}

/* ---- WebSocket */

static bool ws_send(void *ctx, gvm_buf *text) {
    ws_peer *p = ctx;
    if (text != NULL) return gvm_server_ws_send(p->ws, text, true);
    gvm_server_ws_close(p->ws, GVM_WS_TRY_LATER, "too slow: events wait and are not read");
    return false;
}

static void *ws_open(void *ctx, gvm_server_ws *ws) {
    gvm_rpc_endpoint *e = ctx;
    ws_peer *p = calloc(1, sizeof *p);
    if (p == NULL) return NULL;
    p->endpoint = e;
    p->ws = ws;
    if (gvm_rpc_peer_new(&p->peer, e->rpc, ws_send, p) != GVM_OK) {
        free(p);
        return NULL;
    }
    return p;
}

static void request_end(ws_request *r) {
    ws_peer *p = r->peer;
    *(r->prev == NULL ? &p->requests : &r->prev->next) = r->next;
    if (r->next != NULL) r->next->prev = r->prev;
    p->count--;
    free(r);
}

static void hold(ws_peer *p) {
    bool held = p->count >= GVM_RPC_MAX_RUNNING_PER_PEER;
    if (held == p->held) return;
    p->held = held;
    gvm_server_ws_read(p->ws, !held);
}

static void ws_done(void *ctx, gvm_buf *answer) {
    ws_request *r = ctx;
    ws_peer *p = r->peer;
    request_end(r);
    if (answer->len > 0) (void)gvm_server_ws_send(p->ws, answer, true);
    gvm_rpc_peer_answered(p->peer);
    hold(p);
}

static void ws_message(void *own, gvm_bytes message, bool text) {
    (void)text; /* JSON in a binary message is JSON */
    ws_peer *p = own;
    gvm_rpc_endpoint *e = p->endpoint;
    ws_request *r = calloc(1, sizeof *r);
    gvm_buf body = {0};
    gvm_buf_append(&body, message.ptr, message.len);
    if (r == NULL || body.failed) {
        free(r);
        gvm_buf_free(&body);
        gvm_server_ws_close(p->ws, GVM_WS_TRY_LATER, "out of memory");
        return;
    }
    r->peer = p;
    r->next = p->requests;
    if (r->next != NULL) r->next->prev = r;
    p->requests = r;
    p->count++;
    gvm_rpc_request *running =
        gvm_rpc_handle(e->rpc, &body, p->peer, gvm_loop_now(e->loop), ws_done, r);
    if (running == NULL) return;
    r->running = running;
    hold(p);
    arm(e);
}

static void ws_closed(void *own, uint16_t code) {
    (void)code;
    ws_peer *p = own;
    while (p->requests != NULL) {
        gvm_rpc_cancel(p->requests->running);
        request_end(p->requests);
    }
    gvm_rpc_peer_delete(p->peer);
    free(p);
}

/* ---- life */

gvm_status gvm_rpc_endpoint_new(gvm_rpc_endpoint **out, gvm_loop *loop, gvm_rpc *rpc) {
    gvm_rpc_endpoint *e = calloc(1, sizeof *e);
    if (e == NULL) return GVM_ERR_NOMEM;
    e->loop = loop;
    e->rpc = rpc;
    gvm_status status = gvm_timer_new(&e->timer, loop, on_timer, e);
    if (status != GVM_OK) {
        free(e);
        return status;
    }
    *out = e;
    return GVM_OK;
}

gvm_status gvm_rpc_endpoint_attach(gvm_rpc_endpoint *endpoint, gvm_server *server,
                                   const char *path) {
    static const gvm_ws_route ws = {ws_open, ws_message, ws_closed};
    return gvm_server_route(server, &(gvm_route){.path = path,
                                                 .methods = GVM_HTTP_POST,
                                                 .handle = http_request,
                                                 .aborted = http_aborted,
                                                 .ws = &ws,
                                                 .ctx = endpoint});
}

void gvm_rpc_endpoint_delete(gvm_rpc_endpoint *endpoint) {
    if (endpoint == NULL) return;
    gvm_timer_delete(endpoint->timer);
    free(endpoint);
}
