/* WebSocket: the same input whole and in pieces (their size is the first byte) must give the same
 * messages, and silence afterwards must end the connection. */
#include "net/websocket.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct world {
    gvm_ws *ws;
    gvm_buf log;
} world;

static void on_message(void *ctx, gvm_bytes message, bool text) {
    world *w = ctx;
    gvm_buf_put(&w->log, text ? 't' : 'b');
    gvm_buf_append(&w->log, message.ptr, message.len);
    gvm_buf copy = {0};
    gvm_buf_append(&copy, message.ptr, message.len);
    (void)gvm_ws_send(w->ws, &copy, text);
}

static void run(gvm_buf *log, const uint8_t *data, size_t size, size_t step) {
    static const gvm_ws_limits limits = {.message_bytes = 1024, .out_bytes = 1 << 20};
    static const gvm_ws_events events = {on_message};
    world w = {0};
    if (gvm_ws_new(&w.ws, &limits, &events, &w, 0) != GVM_OK) abort();
    for (size_t at = 0; at < size; at += step)
        gvm_ws_recv(w.ws, gvm_bytes_make(data + at, step < size - at ? step : size - at), 1);
    for (uint64_t now = 2; now < 200000 && !gvm_ws_want_close(w.ws) && !gvm_ws_broken(w.ws);
         now += 1000) {
        gvm_bytes piece;
        while (gvm_ws_peek(w.ws, &piece, 1) > 0) gvm_ws_sent(w.ws, piece.len, now);
        gvm_ws_tick(w.ws, now);
    }
    if (!gvm_ws_want_close(w.ws) && !gvm_ws_broken(w.ws)) abort(); /* silence must end */
    gvm_ws_delete(w.ws);
    *log = w.log;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2) return 0;
    gvm_buf whole, pieces;
    run(&whole, data + 1, size - 1, size);
    run(&pieces, data + 1, size - 1, 1 + data[0] % 32);
    if (!gvm_bytes_equal(gvm_buf_bytes(&whole), gvm_buf_bytes(&pieces))) abort();
    gvm_buf_free(&whole);
    gvm_buf_free(&pieces);
    return 0;
}
