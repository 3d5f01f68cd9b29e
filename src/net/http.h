/* One HTTP/1.1 connection, the server's side, without I/O: bytes and time come in, requests come
 * out; answers come in, bytes go out. RFC 9110, RFC 9112. Parsing is llhttp's, in its strict mode.
 *
 *     gvm_http_recv(bytes) ─> llhttp ─> request event ─> ... ─> gvm_http_respond ─> out queue ─>
 * the socket
 *
 * - Requests may be pipelined: their events come in order, answers may be given in any order, and
 * leave in order.
 * - Bodies are whole when the request event comes. `Expect: 100-continue` is answered by itself.
 * - What is ambiguous is refused and the connection closed, so that no two readers can disagree on
 * where a request ends: Content-Length together with Transfer-Encoding, either of them twice,
 * anything but `chunked`, bare LF, obs-fold, white space before a colon, a missing or second Host.
 * - Everything has a limit: gvm_http_limits.
 * Time is in milliseconds of any steady clock. All functions belong to one thread. */
#ifndef GVM_NET_HTTP_H
#define GVM_NET_HTTP_H

#include "base/bytes.h"
#include "net/outq.h"

typedef struct gvm_http_conn gvm_http_conn;
typedef struct gvm_http_request gvm_http_request;

typedef enum gvm_http_method {
    GVM_HTTP_GET = 1,
    GVM_HTTP_HEAD = 2,
    GVM_HTTP_POST = 4,
    GVM_HTTP_PUT = 8,
    GVM_HTTP_DELETE = 16,
    GVM_HTTP_OPTIONS = 32,
    GVM_HTTP_PATCH = 64,
} gvm_http_method; /* others are answered with 501 */

/* 0 stands for the default, in parentheses. */
typedef struct gvm_http_limits {
    size_t target_bytes; /* of the request line's target (8 KiB); 414 */
    size_t header_bytes; /* of all names and values, trailers included (32 KiB); 431 */
    size_t body_bytes;   /* (32 MiB); 413 */
    size_t out_bytes;    /* no further request is taken while more waits to be sent (1 MiB) */
    size_t pipelined;    /* requests without answer (32): then no more are read */
    uint64_t header_ms;  /* from a request's first byte to its headers' end (10 s); 408 */
    uint64_t body_ms;    /* from there to its last byte (60 s); 408 */
    uint64_t idle_ms;    /* between requests (75 s); then closed */
    uint64_t write_ms;   /* in which 16 KiB (or all that waits) must be taken by the client (30 s);
                            else closed */
} gvm_http_limits;

#define GVM_HTTP_MAX_HEADERS 64 /* of a request; 431 */

/* Both are NUL-terminated too; the name in lower case. */
typedef struct gvm_http_header {
    gvm_bytes name, value;
} gvm_http_header;

struct gvm_http_request {
    void *user;        /* the handler's own */
    const void *route; /* the server's own */
    gvm_http_conn *conn;
    gvm_http_method method;
    gvm_bytes path, query; /* as sent, not decoded; query without '?' */
    gvm_bytes host; /* of an absolute target, else of the Host header; may be empty with HTTP/1.0 */
    gvm_http_header headers[GVM_HTTP_MAX_HEADERS];
    size_t header_count;
    gvm_buf body; /* the handler may move it away */
    bool upgrade; /* asks for another protocol (see gvm_http_events.upgraded) */
    bool close;   /* the connection ends after the answer */
    struct gvm_http_exchange *exchange;
};

/* The value of the first header of that (lower-case) name; ptr NULL where there is none. */
gvm_bytes gvm_http_header_get(const gvm_http_request *request, const char *name);
/* Whether a header that is a list (Connection, Upgrade) names `token`, in any case. */
bool gvm_http_header_has(const gvm_http_request *request, const char *name, const char *token);

typedef struct gvm_http_events {
    /* A whole request. It stays valid until it is answered or aborted. The answer may be given
     * inside. */
    void (*request)(void *ctx, gvm_http_request *request);
    /* The connection is going away: the request is gone when this returns and must not be answered.
     */
    void (*aborted)(void *ctx, gvm_http_request *request);
    /* The 101 is in the out queue. `rest` came behind the request and belongs to the new protocol.
     * The connection reads and answers nothing more; its out queue is still to be sent first. The
     * request is gone when this returns. */
    void (*upgraded)(void *ctx, gvm_http_request *request, gvm_bytes rest);
    /* There is something to send, or gvm_http_want_* has changed. Not called from inside
     * gvm_http_recv and _tick. */
    void (*output)(void *ctx);
} gvm_http_events;

/* `limits` and `events` are kept by reference. `date`: an IMF-fixdate for the Date header that the
 * caller keeps right, or NULL for none. GVM_ERR_NOMEM. */
GVM_NODISCARD gvm_status gvm_http_new(gvm_http_conn **out, const gvm_http_limits *limits,
                                      const gvm_http_events *events, void *ctx, const char *date,
                                      uint64_t now_ms);
/* Aborts what is not answered. */
void gvm_http_delete(gvm_http_conn *conn);

/* Takes all of the bytes. */
void gvm_http_recv(gvm_http_conn *conn, gvm_bytes bytes, uint64_t now_ms);
/* The client sends nothing more. */
void gvm_http_recv_end(gvm_http_conn *conn, uint64_t now_ms);
/* Applies the time limits. Call it at gvm_http_deadline or later (UINT64_MAX: nothing to wait for).
 */
void gvm_http_tick(gvm_http_conn *conn, uint64_t now_ms);
uint64_t gvm_http_deadline(const gvm_http_conn *conn);
/* Finish what is begun, take nothing new, close. */
void gvm_http_drain(gvm_http_conn *conn);

/* Whether more bytes are of use now; a connection that wants none should not be read. */
bool gvm_http_want_read(const gvm_http_conn *conn);
/* All is said: close once the out queue is empty. */
bool gvm_http_want_close(const gvm_http_conn *conn);
/* Close at once: the client takes nothing, or memory is out. */
bool gvm_http_broken(const gvm_http_conn *conn);

size_t gvm_http_peek(gvm_http_conn *conn, gvm_bytes *out, size_t max);
void gvm_http_sent(gvm_http_conn *conn, size_t n, uint64_t now_ms);

typedef struct gvm_http_response {
    int status;
    const char *content_type; /* NULL: none */
    gvm_buf *body;            /* taken; NULL: empty */
    const gvm_http_header *headers;
    size_t header_count;
    bool close; /* and close the connection */
} gvm_http_response;

/* Adds a header to the coming answer, whoever gives it. Neither text may hold a line break
 * (asserted). */
void gvm_http_add_header(gvm_http_request *request, const char *name, gvm_bytes value);
/* Answers the request, which is gone then. Once. Status 101 switches protocols. */
void gvm_http_respond(gvm_http_request *request, const gvm_http_response *response);
/* An answer of plain text: "404 Not Found: <why>". */
void gvm_http_respond_text(gvm_http_request *request, int status, const char *why);
/* "Not Found". */
const char *gvm_http_status_text(int status);

#endif
