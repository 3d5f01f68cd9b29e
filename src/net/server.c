/* Sockets around the cores of http.h and websocket.h: read, let the core think, write what it says,
 * sleep until its deadline. A connection is one uv_tcp_t and one uv_timer_t; it is freed when libuv
 * has closed both.
 *
 * Writing: what a core has to say is written at once as far as the kernel takes it (uv_try_write);
 * the rest goes by one uv_write at a time, straight from the core's queue, which keeps what it has
 * shown until it is consumed.
 *
 * Closing: after an error answer the client may still be sending. A plain close would then reset
 * the connection and take the answer with it; so the write side is shut first, and input is read
 * and thrown away for a moment. */
#include "net/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define READ_SIZE   65536
#define MAX_PIECES  32
#define MAX_ROUTES  64
#define LINGER_MS   1000
#define RELIEF_SIZE ((size_t)256 << 10)

typedef struct connection connection;

struct gvm_server_ws {
    connection *conn;
    gvm_ws *core;
    const gvm_ws_route *route;
    void *own;
    bool held; /* not to be read */
};

struct connection {
    uv_tcp_t tcp;
    uv_timer_t timer;
    uv_write_t write;
    uv_shutdown_t shut;
    gvm_server *server;
    connection *prev, *next;
    gvm_http_conn *http;
    gvm_server_ws ws; /* core != NULL once switched */
    uint64_t armed;   /* when the timer fires; UINT64_MAX: not */
    size_t in_flight; /* bytes of the write under way */
    connection *dirty_prev, *dirty_next;
    bool reading, writing, inside, lingering, closed, read_ended, dirty;
    int open_handles;
};

struct gvm_server {
    gvm_loop *loop;
    gvm_server_config config;
    gvm_http_events http_events;
    gvm_route routes[MAX_ROUTES];
    size_t route_count;
    uv_tcp_t listener;
    uv_timer_t clock, deadline;
    uv_prepare_t prepare; /* active while there are dirty connections */
    connection *connections, *dirty;
    size_t count, open_handles;
    uint64_t refusal_told;
    uint16_t port;
    char date[32];
    uint8_t *read_buf;
    void (*done)(void *arg);
    void *done_arg;
    bool draining, deleted, refusing;
};

static void settle(connection *c);
static void on_prepare(uv_prepare_t *prepare);

/* Answers and messages come from deep inside of other code (a handler, a walk over subscribers),
 * which must not see its connection vanish. They mark it, and it is settled before the loop next
 * sleeps; many answers then leave by one write. */
static void mark(connection *c) {
    if (c->dirty || c->closed) return;
    gvm_server *s = c->server;
    c->dirty = true;
    c->dirty_prev = NULL;
    c->dirty_next = s->dirty;
    if (s->dirty != NULL) s->dirty->dirty_prev = c;
    s->dirty = c;
    (void)uv_prepare_start(&s->prepare, on_prepare);
}

static void unmark(connection *c) {
    if (!c->dirty) return;
    c->dirty = false;
    *(c->dirty_prev == NULL ? &c->server->dirty : &c->dirty_prev->dirty_next) = c->dirty_next;
    if (c->dirty_next != NULL) c->dirty_next->dirty_prev = c->dirty_prev;
}

static void on_prepare(uv_prepare_t *prepare) {
    gvm_server *s = prepare->data;
    while (s->dirty != NULL) {
        connection *c = s->dirty;
        unmark(c);
        settle(c);
    }
    (void)uv_prepare_stop(prepare);
}

static void say(const gvm_server *s, const char *line) {
    if (s->config.log != NULL) s->config.log(s->config.log_ctx, line);
}

static uint64_t now_of(const gvm_server *s) {
    return gvm_loop_now(s->loop);
}

/* ---- the end of a connection, and of the server */

static void server_free_if_gone(gvm_server *s) {
    if (!s->deleted || s->count > 0 || s->open_handles > 0) return;
    free(s->read_buf);
    free(s);
}

static void tell_done(gvm_server *s) {
    void (*done)(void *arg) = s->done;
    s->done = NULL;
    uv_timer_stop(&s->deadline);
    done(s->done_arg);
}

static void on_conn_closed(uv_handle_t *handle) {
    connection *c = handle->data;
    if (--c->open_handles > 0) return;
    gvm_server *s = c->server;
    *(c->prev == NULL ? &s->connections : &c->prev->next) = c->next;
    if (c->next != NULL) c->next->prev = c->prev;
    s->count--;
    free(c);
    if (s->count == 0 && s->draining && s->done != NULL) tell_done(s);
    server_free_if_gone(s);
}

/* Frees the cores too: the write under way reads from their queues, so it is given up first by
 * closing the handle; libuv has then no use of the memory any more (a write in the kernel has
 * copied). */
static void cut(connection *c) {
    if (c->closed) return;
    c->closed = true;
    unmark(c);
    uv_close((uv_handle_t *)&c->tcp, on_conn_closed);
    uv_close((uv_handle_t *)&c->timer, on_conn_closed);
    if (c->ws.core != NULL) {
        if (c->ws.own != NULL) c->ws.route->closed(c->ws.own, gvm_ws_code(c->ws.core));
        gvm_ws_delete(c->ws.core);
        c->ws.core = NULL;
    }
    gvm_http_delete(c->http);
    c->http = NULL;
}

/* ---- writing */

static size_t peek(connection *c, uv_buf_t *out) {
    gvm_bytes pieces[MAX_PIECES];
    size_t n = gvm_http_peek(c->http, pieces, MAX_PIECES);
    if (n == 0 && c->ws.core != NULL) n = gvm_ws_peek(c->ws.core, pieces, MAX_PIECES);
    for (size_t i = 0; i < n; i++) {
        unsigned len = pieces[i].len < (1u << 30) ? (unsigned)pieces[i].len : 1u << 30;
        out[i] = uv_buf_init((char *)(uintptr_t)pieces[i].ptr, len);
        if (len < pieces[i].len) return i + 1;
    }
    return n;
}

static void consume(connection *c, size_t n) {
    gvm_bytes one[1];
    if (gvm_http_peek(c->http, one, 1) > 0) {
        gvm_http_sent(c->http, n, now_of(c->server));
    } else {
        gvm_ws_sent(c->ws.core, n, now_of(c->server));
    }
}

static void on_written(uv_write_t *req, int status) {
    connection *c = req->data;
    c->writing = false;
    if (c->closed) return;
    if (status != 0) {
        cut(c);
        return;
    }
    c->inside = true;
    consume(c, c->in_flight);
    c->inside = false;
    settle(c);
}

/* False: the connection was cut. */
static bool write_out(connection *c) {
    while (!c->writing) {
        uv_buf_t bufs[MAX_PIECES];
        size_t n = peek(c, bufs), total = 0;
        if (n == 0) return true;
        for (size_t i = 0; i < n; i++) total += bufs[i].len;
        int wrote = uv_try_write((uv_stream_t *)&c->tcp, bufs, (unsigned)n);
        if (wrote < 0 && wrote != UV_EAGAIN) {
            cut(c);
            return false;
        }
        if (wrote > 0) {
            consume(c, (size_t)wrote);
            continue;
        }
        c->write.data = c;
        c->in_flight = total;
        if (uv_write(&c->write, (uv_stream_t *)&c->tcp, bufs, (unsigned)n, on_written) != 0) {
            cut(c);
            return false;
        }
        c->writing = true;
    }
    return true;
}

/* ---- reading */

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf) {
    (void)suggested;
    const connection *c = handle->data;
    *buf = uv_buf_init((char *)c->server->read_buf, READ_SIZE);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf) {
    connection *c = stream->data;
    if (n == 0) return;
    if (n < 0 && (n != UV_EOF || c->lingering)) {
        cut(c);
        return;
    }
    if (c->lingering) return;
    uint64_t now = now_of(c->server);
    c->inside = true;
    if (n == UV_EOF) {
        c->read_ended = true;
        if (c->ws.core != NULL) {
            gvm_ws_recv_end(c->ws.core, now);
        } else {
            gvm_http_recv_end(c->http, now);
        }
    } else {
        gvm_bytes bytes = gvm_bytes_make(buf->base, (size_t)n);
        if (c->ws.core != NULL) {
            gvm_ws_recv(c->ws.core, bytes, now);
        } else {
            gvm_http_recv(c->http, bytes, now);
        }
    }
    c->inside = false;
    settle(c);
}

static void set_reading(connection *c, bool on) {
    on = on && !c->read_ended;
    if (on == c->reading) return;
    c->reading = on;
    if (on) {
        (void)uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read);
    } else {
        (void)uv_read_stop((uv_stream_t *)&c->tcp);
    }
}

/* ---- what a connection does next */

static void on_shut(uv_shutdown_t *req, int status) {
    connection *c = req->data;
    if (status != 0) cut(c);
}

static void on_linger_over(uv_timer_t *timer) {
    cut(timer->data);
}

static void finish(connection *c) {
    if (c->lingering) return;
    c->lingering = true;
    if (c->read_ended) {
        cut(c);
        return;
    }
    c->shut.data = c;
    if (uv_shutdown(&c->shut, (uv_stream_t *)&c->tcp, on_shut) != 0) {
        cut(c);
        return;
    }
    set_reading(c, true);
    (void)uv_timer_start(&c->timer, on_linger_over, LINGER_MS, 0);
}

static void on_tick(uv_timer_t *timer) {
    connection *c = timer->data;
    c->armed = UINT64_MAX;
    c->inside = true;
    uint64_t now = now_of(c->server);
    gvm_http_tick(c->http, now);
    if (c->ws.core != NULL) gvm_ws_tick(c->ws.core, now);
    c->inside = false;
    settle(c);
}

/* The timer is only ever moved forward: it fires at an old deadline for nothing rather than being
 * set anew with every request. */
static void arm(connection *c) {
    uint64_t at = gvm_http_deadline(c->http),
             ws = c->ws.core == NULL ? UINT64_MAX : gvm_ws_deadline(c->ws.core);
    if (ws < at) at = ws;
    if (at >= c->armed) return;
    uint64_t now = now_of(c->server);
    c->armed = at;
    (void)uv_timer_start(&c->timer, on_tick, at > now ? at - now : 0, 0);
}

/* After anything has happened to the cores: write, read or not, close, sleep. */
static void settle(connection *c) {
    if (c->closed || c->inside || c->lingering) return;
    c->inside = true;
    bool there = write_out(c);
    c->inside = false;
    if (!there) return;
    gvm_ws *ws = c->ws.core;
    if (gvm_http_broken(c->http) || (ws != NULL && gvm_ws_broken(ws))) {
        cut(c);
        return;
    }
    if (!c->writing && (ws != NULL ? gvm_ws_want_close(ws) : gvm_http_want_close(c->http))) {
        finish(c);
        return;
    }
    set_reading(c, ws != NULL ? gvm_ws_want_read(ws) && !c->ws.held : gvm_http_want_read(c->http));
    arm(c);
}

/* ---- WebSocket */

static void on_ws_message(void *ctx, gvm_bytes message, bool text) {
    connection *c = ctx;
    c->ws.route->message(c->ws.own, message, text);
}

/* A burst of messages within one turn must not make a quick reader look slow: what the kernel takes
 * goes out before the core judges. Nothing is closed here. */
static void relieve(connection *c) {
    uv_buf_t bufs[MAX_PIECES];
    gvm_bytes http;
    if (c->writing || c->lingering || c->closed || gvm_http_peek(c->http, &http, 1) > 0) return;
    for (size_t n; (n = peek(c, bufs)) > 0;) {
        int wrote = uv_try_write((uv_stream_t *)&c->tcp, bufs, (unsigned)n);
        if (wrote <= 0) return;
        gvm_ws_sent(c->ws.core, (size_t)wrote, now_of(c->server));
    }
}

bool gvm_server_ws_send(gvm_server_ws *ws, gvm_buf *message, bool text) {
    if (gvm_ws_waiting(ws->core) > RELIEF_SIZE) relieve(ws->conn);
    bool sent = gvm_ws_send(ws->core, message, text);
    mark(ws->conn);
    return sent;
}

void gvm_server_ws_close(gvm_server_ws *ws, uint16_t code, const char *reason) {
    gvm_ws_close(ws->core, code, reason);
    mark(ws->conn);
}

void gvm_server_ws_read(gvm_server_ws *ws, bool on) {
    ws->held = !on;
    mark(ws->conn);
}

/* ---- routes */

static bool path_fits(const char *pattern, gvm_bytes path) {
    size_t len = strlen(pattern);
    if (len > 0 && pattern[len - 1] == '*')
        return path.len >= len - 1 && memcmp(path.ptr, pattern, len - 1) == 0;
    return path.len == len && memcmp(path.ptr, pattern, len) == 0;
}

/* The route of the path and method; else *allowed says which methods the path has. */
static const gvm_route *find_route(const gvm_server *s, const gvm_http_request *r,
                                   unsigned *allowed) {
    unsigned method = r->method == GVM_HTTP_HEAD ? GVM_HTTP_HEAD | GVM_HTTP_GET : r->method;
    *allowed = 0;
    for (size_t i = 0; i < s->route_count; i++) {
        const gvm_route *route = &s->routes[i];
        if (!path_fits(route->path, r->path)) continue;
        if (r->upgrade ? route->ws != NULL : (route->methods & method) != 0) return route;
        *allowed |= route->methods | (route->ws != NULL ? GVM_HTTP_GET : 0u);
    }
    return NULL;
}

static void put_methods(gvm_buf *out, unsigned methods) {
    static const struct {
        unsigned bit;
        const char *name;
    } names[] = {{GVM_HTTP_GET, "GET"},        {GVM_HTTP_HEAD, "HEAD"},
                 {GVM_HTTP_POST, "POST"},      {GVM_HTTP_PUT, "PUT"},
                 {GVM_HTTP_PATCH, "PATCH"},    {GVM_HTTP_DELETE, "DELETE"},
                 {GVM_HTTP_OPTIONS, "OPTIONS"}};
    if ((methods & GVM_HTTP_GET) != 0) methods |= GVM_HTTP_HEAD;
    methods |= GVM_HTTP_OPTIONS;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if ((methods & names[i].bit) != 0)
            gvm_buf_printf(out, "%s%s", out->len == 0 ? "" : ", ", names[i].name);
    }
}

/* In the shape that JSON-RPC clients show to their users. */
static void refuse(gvm_server *s, gvm_http_request *r, const char *what, gvm_bytes value,
                   const char *flag) {
    char shown[128], line[320];
    size_t n = 0;
    for (size_t i = 0; i < value.len && n < sizeof shown - 1; i++) {
        uint8_t b = value.ptr[i];
        shown[n++] = b > 0x20 && b < 0x7f && b != '"' && b != '\\' ? (char)b : '?';
    }
    shown[n] = '\0';
    (void)snprintf(line, sizeof line,
                   "the %s %s is not allowed here; start the node with %s %s to allow it", what,
                   shown, flag, shown);
    /* A page can ask as often as it likes: a line a second says it all. */
    if (now_of(s) >= s->refusal_told + 1000) {
        s->refusal_told = now_of(s);
        say(s, line);
    }
    gvm_buf body = {0};
    gvm_buf_printf(
        &body, "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,\"message\":\"%s\"}}",
        line);
    gvm_http_respond(
        r, &(gvm_http_response){.status = 403, .content_type = "application/json", .body = &body});
}

/* True where the request may go on; its answer is then readable for the page that asked. */
static bool check_policy(gvm_server *s, gvm_http_request *r) {
    gvm_bytes origin = gvm_http_header_get(r, "origin"), host = gvm_http_header_get(r, "host");
    if (!gvm_policy_host(&s->config.policy, host)) {
        refuse(s, r, "host", host, "--allow-host");
        return false;
    }
    if (!gvm_policy_host(&s->config.policy, r->host)) {
        refuse(s, r, "host", r->host, "--allow-host");
        return false;
    }
    if (!gvm_policy_origin(&s->config.policy, origin)) {
        refuse(s, r, "origin", origin, "--allow-origin");
        return false;
    }
    gvm_http_add_header(r, "Vary", gvm_bytes_str("Origin"));
    if (origin.ptr != NULL) gvm_http_add_header(r, "Access-Control-Allow-Origin", origin);
    return true;
}

/* OPTIONS: a browser's preflight (fetch.spec.whatwg.org, "CORS-preflight request"), or a plain
 * question. */
static void answer_options(gvm_http_request *r, unsigned allowed) {
    gvm_buf methods = {0};
    put_methods(&methods, allowed);
    if (gvm_http_header_get(r, "access-control-request-method").ptr != NULL) {
        gvm_bytes headers = gvm_http_header_get(r, "access-control-request-headers");
        gvm_http_add_header(r, "Access-Control-Allow-Methods", gvm_buf_bytes(&methods));
        if (headers.ptr != NULL) gvm_http_add_header(r, "Access-Control-Allow-Headers", headers);
        gvm_http_add_header(r, "Access-Control-Max-Age", gvm_bytes_str("7200"));
        if (gvm_http_header_has(r, "access-control-request-private-network", "true"))
            gvm_http_add_header(r, "Access-Control-Allow-Private-Network", gvm_bytes_str("true"));
    } else {
        gvm_http_add_header(r, "Allow", gvm_buf_bytes(&methods));
    }
    gvm_buf_free(&methods);
    gvm_http_respond(r, &(gvm_http_response){.status = 204});
}

static void on_request(void *ctx, gvm_http_request *r) {
    connection *c = ctx;
    gvm_server *s = c->server;
    if (!check_policy(s, r)) return;
    unsigned allowed;
    const gvm_route *route = find_route(s, r, &allowed);
    bool path_known = route != NULL || allowed != 0 || (r->path.len == 1 && r->path.ptr[0] == '*');
    if (route != NULL && r->upgrade) {
        c->ws.route = route->ws;
        c->ws.own = route->ctx; /* until it is open */
        (void)gvm_ws_handshake(r);
    } else if (route != NULL) {
        r->user = NULL;
        r->route = route;
        route->handle(route->ctx, r);
    } else if (!path_known) {
        gvm_http_respond_text(r, 404, "nothing is served at this path");
    } else if (r->method == GVM_HTTP_OPTIONS) {
        answer_options(r, allowed);
    } else {
        gvm_buf methods = {0};
        put_methods(&methods, allowed);
        gvm_http_add_header(r, "Allow", gvm_buf_bytes(&methods));
        gvm_buf_free(&methods);
        gvm_http_respond_text(r, 405, "the path does not have this method");
    }
}

static void on_aborted(void *ctx, gvm_http_request *r) {
    (void)ctx;
    const gvm_route *route = r->route;
    if (route != NULL && route->aborted != NULL) route->aborted(route->ctx, r);
}

static void on_upgraded(void *ctx, gvm_http_request *r, gvm_bytes rest) {
    (void)r;
    static const gvm_ws_events events = {on_ws_message};
    connection *c = ctx;
    void *route_ctx = c->ws.own;
    uint64_t now = now_of(c->server);
    c->ws.own = NULL;
    c->ws.conn = c;
    if (gvm_ws_new(&c->ws.core, &c->server->config.ws, &events, c, now) != GVM_OK)
        return; /* want_close: it ends */
    c->ws.own = c->ws.route->open(route_ctx, &c->ws);
    if (c->ws.own == NULL) {
        gvm_ws_close(c->ws.core, GVM_WS_TRY_LATER, "no room for another connection");
    } else if (c->server->draining) {
        gvm_ws_close(c->ws.core, GVM_WS_GOING_AWAY, "the node is shutting down");
    } else if (rest.len > 0) {
        gvm_ws_recv(c->ws.core, rest, now);
    }
}

static void on_output(void *ctx) {
    mark(ctx);
}

/* ---- the listener */

static void on_connection(uv_stream_t *listener, int status) {
    gvm_server *s = listener->data;
    if (status != 0) return;
    connection *c = calloc(1, sizeof *c);
    if (c == NULL) return;
    c->server = s;
    c->armed = UINT64_MAX;
    c->tcp.data = c->timer.data = c;
    (void)uv_tcp_init(gvm_loop_uv(s->loop), &c->tcp);
    (void)uv_timer_init(gvm_loop_uv(s->loop), &c->timer);
    c->open_handles = 2;
    c->next = s->connections;
    if (c->next != NULL) c->next->prev = c;
    s->connections = c;
    s->count++;
    bool full = s->count > s->config.max_connections;
    if (full && !s->refusing) say(s, "too many connections: new ones are closed until others end");
    s->refusing = full;
    if (uv_accept(listener, (uv_stream_t *)&c->tcp) != 0 || full || s->draining ||
        gvm_http_new(&c->http, &s->config.http, &s->http_events, c, s->date, now_of(s)) != GVM_OK) {
        cut(c);
        return;
    }
    (void)uv_tcp_nodelay(&c->tcp, 1);
    settle(c);
}

static void on_clock(uv_timer_t *timer) {
    gvm_server *s = timer->data;
    time_t now = time(NULL);
    struct tm tm;
    static const char days[] = "SunMonTueWedThuFriSat",
                      months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (gmtime_r(&now, &tm) == NULL) return;
    (void)snprintf(s->date, sizeof s->date, "%.3s, %02u %.3s %04u %02u:%02u:%02u GMT",
                   days + 3 * (tm.tm_wday % 7), (unsigned)tm.tm_mday % 100,
                   months + 3 * (tm.tm_mon % 12), (unsigned)(tm.tm_year + 1900) % 10000,
                   (unsigned)tm.tm_hour % 100, (unsigned)tm.tm_min % 100,
                   (unsigned)tm.tm_sec % 100);
}

static gvm_status bind_failed(gvm_error *err, int code, const gvm_server_config *config) {
    const char *host = config->host;
    switch (code) {
    case UV_EADDRINUSE:
        return gvm_error_set(err, GVM_ERR_BUSY,
                             "cannot listen on %s port %u: the port is in use by another program",
                             host, config->port);
    case UV_EACCES:
        return gvm_error_set(err, GVM_ERR_PERMISSION,
                             "cannot listen on %s port %u: permission denied", host, config->port);
    case UV_EADDRNOTAVAIL:
        return gvm_error_set(err, GVM_ERR_ARGUMENT,
                             "cannot listen on %s: it is no address of this machine", host);
    default:
        return gvm_error_set(err, GVM_ERR_IO, "cannot listen on %s port %u: %s", host, config->port,
                             uv_strerror(code));
    }
}

static gvm_status listen_on(gvm_server *s, gvm_error *err) {
    struct sockaddr_storage address;
    gvm_server_config *config = &s->config;
    if (uv_ip4_addr(config->host, config->port, (struct sockaddr_in *)&address) != 0 &&
        uv_ip6_addr(config->host, config->port, (struct sockaddr_in6 *)&address) != 0)
        return gvm_error_set(err, GVM_ERR_ARGUMENT, "expected an IP address to listen on, found %s",
                             config->host);
    int code = uv_tcp_bind(&s->listener, (struct sockaddr *)&address, 0);
    if (code == 0) code = uv_listen((uv_stream_t *)&s->listener, 512, on_connection);
    if (code != 0) return bind_failed(err, code, config);
    int len = sizeof address;
    (void)uv_tcp_getsockname(&s->listener, (struct sockaddr *)&address, &len);
    s->port = ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                                                  : ((struct sockaddr_in *)&address)->sin_port);
    return GVM_OK;
}

gvm_status gvm_server_new(gvm_server **out, gvm_loop *loop, const gvm_server_config *config,
                          gvm_error *err) {
    gvm_server *s = calloc(1, sizeof *s);
    if (s == NULL) return GVM_ERR_NOMEM;
    s->loop = loop;
    s->config = *config;
    if (s->config.max_connections == 0) s->config.max_connections = 1024;
    if (s->config.host == NULL || strcmp(s->config.host, "localhost") == 0)
        s->config.host = "127.0.0.1";
    s->http_events = (gvm_http_events){on_request, on_aborted, on_upgraded, on_output};
    s->read_buf = malloc(READ_SIZE);
    if (s->read_buf == NULL) {
        free(s);
        return GVM_ERR_NOMEM;
    }
    uv_loop_t *uv = gvm_loop_uv(loop);
    s->listener.data = s->clock.data = s->deadline.data = s->prepare.data = s;
    (void)uv_tcp_init(uv, &s->listener);
    (void)uv_timer_init(uv, &s->clock);
    (void)uv_timer_init(uv, &s->deadline);
    (void)uv_prepare_init(uv, &s->prepare);
    s->open_handles = 4;
    on_clock(&s->clock);
    gvm_status status = listen_on(s, err);
    if (status != GVM_OK) {
        gvm_server_delete(s);
        return status;
    }
    (void)uv_timer_start(&s->clock, on_clock, 1000, 1000);
    *out = s;
    return GVM_OK;
}

gvm_status gvm_server_route(gvm_server *server, const gvm_route *route) {
    if (server->route_count == MAX_ROUTES) return GVM_ERR_LIMIT;
    server->routes[server->route_count++] = *route;
    return GVM_OK;
}

uint16_t gvm_server_port(const gvm_server *server) {
    return server->port;
}

size_t gvm_server_connections(const gvm_server *server) {
    return server->count;
}

/* ---- shutting down */

static void on_server_closed(uv_handle_t *handle) {
    gvm_server *s = handle->data;
    s->open_handles--;
    server_free_if_gone(s);
}

static void close_once(uv_handle_t *handle) {
    if (!uv_is_closing(handle)) uv_close(handle, on_server_closed);
}

static void cut_all(gvm_server *s) {
    for (connection *c = s->connections, *next; c != NULL; c = next) {
        next = c->next;
        cut(c);
    }
}

static void on_deadline(uv_timer_t *timer) {
    gvm_server *s = timer->data;
    cut_all(s);
    if (s->count == 0 && s->done != NULL) tell_done(s);
}

void gvm_server_shutdown(gvm_server *s, uint64_t deadline_ms, void (*done)(void *arg), void *arg) {
    s->draining = true;
    s->done = done;
    s->done_arg = arg;
    close_once((uv_handle_t *)&s->listener);
    for (connection *c = s->connections, *next; c != NULL; c = next) {
        next = c->next;
        if (c->closed || c->lingering) continue;
        if (c->ws.core != NULL) {
            gvm_ws_close(c->ws.core, GVM_WS_GOING_AWAY, "the node is shutting down");
        } else {
            gvm_http_drain(c->http);
        }
        settle(c);
    }
    /* At zero already: tell from the loop, as in all other cases. */
    (void)uv_timer_start(&s->deadline, on_deadline, s->count == 0 ? 0 : deadline_ms, 0);
}

void gvm_server_delete(gvm_server *s) {
    if (s == NULL) return;
    s->done = NULL;
    s->deleted = true;
    cut_all(s);
    close_once((uv_handle_t *)&s->listener);
    close_once((uv_handle_t *)&s->clock);
    close_once((uv_handle_t *)&s->deadline);
    close_once((uv_handle_t *)&s->prepare);
}
