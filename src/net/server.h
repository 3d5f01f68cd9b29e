/* A TCP listener that speaks HTTP/1.1 and WebSocket on one port, with a table of routes.
 *
 *     socket ─> gvm_http ─> policy (Host, Origin, CORS) ─> route by path ─┬─> handle(request) ...
 * gvm_http_respond └─> upgrade: gvm_ws ─> ws events
 *
 * Requests that no route takes are answered here: 404, 405 with Allow, OPTIONS, preflights, 403 for
 * a stranger's page. All functions belong to the loop's thread. */
#ifndef GVM_NET_SERVER_H
#define GVM_NET_SERVER_H

#include "net/loop.h"
#include "net/policy.h"
#include "net/websocket.h"

typedef struct gvm_server gvm_server;
typedef struct gvm_server_ws gvm_server_ws; /* one WebSocket connection of a server */

typedef struct gvm_server_config {
    const char *host; /* address to bind; NULL: 127.0.0.1; "localhost" is 127.0.0.1; "::" for all of
                         both kinds */
    uint16_t port;    /* 0: one that is free, see gvm_server_port */
    size_t max_connections; /* more are closed at once; 0: 1024 */
    gvm_http_limits http;
    gvm_ws_limits ws;
    gvm_policy policy; /* its lists must outlive the server */
    /* Told what is worth a line: connections refused, pages kept out. NULL allowed. */
    void (*log)(void *ctx, const char *line);
    void *log_ctx;
} gvm_server_config;

typedef struct gvm_ws_route {
    /* A connection is open. Returns the handler's own for it, NULL to close it again. */
    void *(*open)(void *ctx, gvm_server_ws *ws);
    void (*message)(void *own, gvm_bytes message, bool text);
    /* The connection is gone: nothing may be sent any more, `ws` is invalid afterwards. */
    void (*closed)(void *own, uint16_t code);
} gvm_ws_route;

typedef struct gvm_route {
    const char *path; /* "/" or "/metrics"; with a trailing "*": every path that begins so */
    unsigned methods; /* gvm_http_method, or-ed; HEAD and OPTIONS are answered by the server where
                         they are not here */
    void (*handle)(void *ctx, gvm_http_request *request); /* see gvm_http_events.request */
    void (*aborted)(void *ctx,
                    gvm_http_request *request); /* NULL where handle always answers at once */
    const gvm_ws_route *ws;                     /* NULL: no upgrade here */
    void *ctx;
} gvm_route;

/* Binds and listens. GVM_ERR_BUSY: the port is in use. GVM_ERR_ARGUMENT: no such address.
 * GVM_ERR_PERMISSION, GVM_ERR_IO, GVM_ERR_NOMEM. The config is copied, what it points to is not. */
GVM_NODISCARD gvm_status gvm_server_new(gvm_server **out, gvm_loop *loop,
                                        const gvm_server_config *config, gvm_error *err);
/* The first route that fits counts; copied. GVM_ERR_NOMEM. */
GVM_NODISCARD gvm_status gvm_server_route(gvm_server *server, const gvm_route *route);
uint16_t gvm_server_port(const gvm_server *server);
size_t gvm_server_connections(const gvm_server *server);

/* Listens no more, finishes what is in flight, sends WebSocket peers away (1001), and calls `done`
 * when the last connection is gone: after `deadline_ms` at the latest, when what is left is cut.
 * Once. */
void gvm_server_shutdown(gvm_server *server, uint64_t deadline_ms, void (*done)(void *arg),
                         void *arg);
/* Cuts what is left. The memory is freed by the loop's next turns. NULL allowed. */
void gvm_server_delete(gvm_server *server);

/* As gvm_ws_send. */
bool gvm_server_ws_send(gvm_server_ws *ws, gvm_buf *message, bool text);
void gvm_server_ws_close(gvm_server_ws *ws, uint16_t code, const char *reason);
/* Whether the connection is read: false holds a client back that asks faster than it is answered.
 */
void gvm_server_ws_read(gvm_server_ws *ws, bool on);

#endif
