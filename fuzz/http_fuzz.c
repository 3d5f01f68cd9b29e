/* HTTP: the same input whole and in pieces must give the same requests. */
#include "net/http.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct world {
    gvm_http_conn *conn;
    gvm_buf log;
    gvm_http_request *waiting;
    bool late;
} world;

static void on_request(void *ctx, gvm_http_request *r) {
    world *w = ctx;
    gvm_buf_printf(&w->log, "%d ", (int)r->method);
    gvm_buf_append(&w->log, r->path.ptr, r->path.len);
    gvm_buf_append(&w->log, r->query.ptr, r->query.len);
    gvm_buf_append(&w->log, r->host.ptr, r->host.len);
    for (size_t i = 0; i < r->header_count; i++) {
        gvm_buf_append(&w->log, r->headers[i].name.ptr, r->headers[i].name.len + 1);
        gvm_buf_append(&w->log, r->headers[i].value.ptr, r->headers[i].value.len + 1);
    }
    gvm_buf_append(&w->log, r->body.ptr, r->body.len);
    if (r->upgrade && gvm_http_header_has(r, "upgrade", "websocket")) {
        gvm_http_respond(r, &(gvm_http_response){.status = 101});
    } else if (w->late && w->waiting == NULL) {
        w->waiting = r;
    } else {
        gvm_http_respond_text(r, 200, NULL);
    }
}
static void on_aborted(void *ctx, gvm_http_request *r) {
    (void)r;
    ((world *)ctx)->waiting = NULL;
}
static void on_upgraded(void *ctx, gvm_http_request *r, gvm_bytes rest) {
    (void)r;
    (void)rest; /* how much of it is there already depends on the pieces */
    gvm_buf_str(&((world *)ctx)->log, "upgraded");
}
static void on_output(void *ctx) {
    (void)ctx;
}

static void drain(world *w) {
    gvm_bytes piece;
    while (gvm_http_peek(w->conn, &piece, 1) > 0) {
        gvm_buf_append(&w->log, piece.ptr, piece.len);
        gvm_http_sent(w->conn, piece.len, 1);
    }
}

static void run(gvm_buf *log, const uint8_t *data, size_t size, size_t step, bool late) {
    static const gvm_http_limits limits = {
        .header_bytes = 512, .target_bytes = 64, .body_bytes = 256, .pipelined = 3};
    static const gvm_http_events events = {on_request, on_aborted, on_upgraded, on_output};
    world w = {.late = late};
    if (gvm_http_new(&w.conn, &limits, &events, &w, NULL, 0) != GVM_OK) abort();
    for (size_t at = 0; at < size; at += step) {
        gvm_http_recv(w.conn, gvm_bytes_make(data + at, step < size - at ? step : size - at), 1);
        if (w.waiting != NULL && at % 3 == 0) {
            gvm_http_request *r = w.waiting;
            w.waiting = NULL;
            gvm_http_respond_text(r, 404, "late");
        }
    }
    gvm_buf requests =
        w.log; /* which of several faults is named, and when, depends on the pieces */
    w.log = (gvm_buf){0};
    gvm_http_recv_end(w.conn, 2);
    gvm_http_tick(w.conn, 1000000);
    drain(&w);
    gvm_http_delete(w.conn);
    gvm_buf_free(&w.log);
    *log = requests;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2) return 0;
    size_t step = 1 + data[0] % 64;
    bool late = (data[0] & 0x80) != 0;
    gvm_buf whole, pieces;
    run(&whole, data + 1, size - 1, size, late);
    run(&pieces, data + 1, size - 1, step, late);
    if (!late && !gvm_bytes_equal(gvm_buf_bytes(&whole), gvm_buf_bytes(&pieces))) abort();
    gvm_buf_free(&whole);
    gvm_buf_free(&pieces);
    return 0;
}
