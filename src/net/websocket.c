/* wslay pulls its input and pushes its output by callbacks; here both end in memory. It looks
 * neither at the mask bit (section 5.1) nor at control frames in pieces (5.5) or half a close code
 * (5.5.1), which a server must, so frame heads are walked before it sees them. */
#include "net/websocket.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <wslay/wslay.h>

#define MIN_DRAIN 16384

typedef struct head_walk {
    uint64_t payload; /* bytes of the current frame still to come */
    uint8_t head[14];
    uint8_t have, need;
} head_walk;

struct gvm_ws {
    wslay_event_context_ptr wslay;
    gvm_ws_limits limits;
    const gvm_ws_events *events;
    void *ctx;
    gvm_outq out;
    gvm_bytes in; /* what wslay may pull now */
    head_walk walk;
    uint64_t now, heard, closed_at, write_since;
    size_t write_left;
    uint16_t code;
    bool pinged, closing, over, broken, inside;
};

/* ---- handshake */

static bool is_key(gvm_bytes key) {
    uint8_t raw[24];
    return key.len == 24 && key.ptr[22] == '=' && key.ptr[23] == '=' &&
           EVP_DecodeBlock(raw, key.ptr, (int)key.len) == 18;
}

static void accept_key(char out[29], gvm_bytes key) {
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    uint8_t text[24 + sizeof guid - 1], digest[SHA_DIGEST_LENGTH];
    memcpy(text, key.ptr, 24);
    memcpy(text + 24, guid, sizeof guid - 1);
    (void)SHA1(text, sizeof text, digest);
    (void)EVP_EncodeBlock((unsigned char *)out, digest, sizeof digest);
}

bool gvm_ws_handshake(gvm_http_request *request) {
    gvm_bytes key = gvm_http_header_get(request, "sec-websocket-key");
    gvm_bytes version = gvm_http_header_get(request, "sec-websocket-version");
    if (!request->upgrade || request->method != GVM_HTTP_GET ||
        !gvm_http_header_has(request, "upgrade", "websocket") ||
        !gvm_http_header_has(request, "connection", "upgrade")) {
        gvm_http_add_header(request, "Upgrade", gvm_bytes_str("websocket"));
        gvm_http_respond_text(request, 426, "expected a WebSocket handshake");
        return false;
    }
    if (!gvm_bytes_equal(version, gvm_bytes_str("13"))) {
        gvm_http_add_header(request, "Sec-WebSocket-Version", gvm_bytes_str("13"));
        gvm_http_respond_text(request, 426, "expected WebSocket version 13");
        return false;
    }
    if (!is_key(key)) {
        gvm_http_respond_text(request, 400, "expected a Sec-WebSocket-Key of 16 bytes in base64");
        return false;
    }
    char accept[29];
    accept_key(accept, key);
    gvm_http_add_header(request, "Upgrade", gvm_bytes_str("websocket"));
    gvm_http_add_header(request, "Connection", gvm_bytes_str("Upgrade"));
    gvm_http_add_header(request, "Sec-WebSocket-Accept", gvm_bytes_make(accept, 28));
    gvm_http_respond(request, &(gvm_http_response){.status = 101});
    return true;
}

/* ---- wslay's callbacks */

static ssize_t pull(wslay_event_context_ptr wslay, uint8_t *buf, size_t len, int flags,
                    void *user) {
    (void)flags;
    gvm_ws *ws = user;
    if (ws->in.len == 0) {
        wslay_event_set_error(wslay, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    size_t n = ws->in.len < len ? ws->in.len : len;
    memcpy(buf, ws->in.ptr, n);
    ws->in = gvm_bytes_make(ws->in.ptr + n, ws->in.len - n);
    return (ssize_t)n;
}

static ssize_t push(wslay_event_context_ptr wslay, const uint8_t *data, size_t len, int flags,
                    void *user) {
    (void)flags;
    gvm_ws *ws = user;
    gvm_outq_append(&ws->out, gvm_bytes_make(data, len));
    if (ws->out.failed) {
        wslay_event_set_error(wslay, WSLAY_ERR_CALLBACK_FAILURE);
        return -1;
    }
    return (ssize_t)len;
}

static void on_message(wslay_event_context_ptr wslay, const struct wslay_event_on_msg_recv_arg *arg,
                       void *user) {
    (void)wslay;
    gvm_ws *ws = user;
    if (arg->opcode == WSLAY_CONNECTION_CLOSE) {
        if (ws->code == 0) ws->code = arg->status_code == 0 ? 1005 : arg->status_code;
    } else if (!wslay_is_ctrl_frame(arg->opcode) && !ws->closing) {
        ws->events->message(ws->ctx, gvm_bytes_make(arg->msg, arg->msg_length),
                            arg->opcode == WSLAY_TEXT_FRAME);
    }
}

/* ---- life */

gvm_status gvm_ws_new(gvm_ws **out, const gvm_ws_limits *limits, const gvm_ws_events *events,
                      void *ctx, uint64_t now_ms) {
    static const struct wslay_event_callbacks callbacks = {
        .recv_callback = pull, .send_callback = push, .on_msg_recv_callback = on_message};
    gvm_ws *ws = calloc(1, sizeof *ws);
    if (ws == NULL) return GVM_ERR_NOMEM;
    ws->limits = *limits;
    gvm_ws_limits *l = &ws->limits;
    if (l->message_bytes == 0) l->message_bytes = (size_t)32 << 20;
    if (l->out_bytes == 0) l->out_bytes = (size_t)16 << 20;
    if (l->ping_ms == 0) l->ping_ms = 30000;
    if (l->pong_ms == 0) l->pong_ms = 30000;
    if (l->write_ms == 0) l->write_ms = 30000;
    if (l->close_ms == 0) l->close_ms = 5000;
    ws->events = events;
    ws->ctx = ctx;
    ws->now = ws->heard = now_ms;
    ws->walk.need = 2;
    if (wslay_event_context_server_init(&ws->wslay, &callbacks, ws) != 0) {
        free(ws);
        return GVM_ERR_NOMEM;
    }
    wslay_event_config_set_max_recv_msg_length(ws->wslay, l->message_bytes);
    *out = ws;
    return GVM_OK;
}

void gvm_ws_delete(gvm_ws *ws) {
    if (ws == NULL) return;
    wslay_event_context_free(ws->wslay);
    gvm_outq_free(&ws->out);
    free(ws);
}

/* ---- sending */

static void note_output(gvm_ws *ws, bool was_empty) {
    if (was_empty && ws->out.bytes > 0) {
        ws->write_since = ws->now;
        ws->write_left = ws->out.bytes;
    }
    if (ws->out.failed) ws->broken = true;
}

/* Writes what wslay has queued: pongs, pings, close frames. */
static void pump(gvm_ws *ws) {
    bool was_empty = ws->out.bytes == 0;
    if (wslay_event_want_write(ws->wslay)) {
        gvm_outq_begin(&ws->out);
        if (wslay_event_send(ws->wslay) != 0) ws->broken = true;
    }
    note_output(ws, was_empty);
    if (wslay_event_get_close_sent(ws->wslay) && !ws->closing) {
        ws->closing = true;
        ws->closed_at = ws->now;
        if (ws->code == 0) ws->code = wslay_event_get_status_code_sent(ws->wslay);
    }
    if (wslay_event_get_close_sent(ws->wslay) && wslay_event_get_close_received(ws->wslay))
        ws->over = true;
    /* wslay reads no more after an error of the other side: it waits for no close frame then. */
    if (ws->closing && !wslay_event_get_read_enabled(ws->wslay)) ws->over = true;
}

void gvm_ws_close(gvm_ws *ws, uint16_t code, const char *reason) {
    if (ws->closing) return;
    if (ws->code == 0) ws->code = code;
    if (wslay_event_queue_close(ws->wslay, code, (const uint8_t *)reason, strlen(reason)) != 0)
        ws->broken = true;
    if (!ws->inside) pump(ws);
    ws->closing = true;
    ws->closed_at = ws->now;
}

static size_t frame_head(uint8_t out[10], size_t len, bool text) {
    out[0] = 0x80 | (text ? WSLAY_TEXT_FRAME : WSLAY_BINARY_FRAME);
    if (len < 126) {
        out[1] = (uint8_t)len;
        return 2;
    }
    if (len < 65536) {
        out[1] = 126;
        out[2] = (uint8_t)(len >> 8);
        out[3] = (uint8_t)len;
        return 4;
    }
    out[1] = 127;
    gvm_store_be64(out + 2, len);
    return 10;
}

bool gvm_ws_send(gvm_ws *ws, gvm_buf *message, bool text) {
    if (!ws->closing && !ws->broken && ws->out.bytes > ws->limits.out_bytes) {
        gvm_outq_drop(&ws->out);
        gvm_ws_close(ws, GVM_WS_TRY_LATER, "too slow: messages wait and are not read");
    }
    if (ws->closing || ws->broken || message->failed) {
        gvm_buf_free(message);
        return false;
    }
    bool was_empty = ws->out.bytes == 0;
    uint8_t head[10];
    gvm_outq_begin(&ws->out);
    gvm_outq_append(&ws->out, gvm_bytes_make(head, frame_head(head, message->len, text)));
    gvm_outq_take(&ws->out, message);
    note_output(ws, was_empty);
    return !ws->broken;
}

/* ---- receiving */

/* How many bytes of `in` may go to wslay: all, or up to and with the first two of a bad frame. */
static size_t walk_heads(head_walk *w, gvm_bytes in, bool *bad) {
    size_t at = 0;
    while (at < in.len) {
        if (w->have == w->need) {
            size_t skip = w->payload < in.len - at ? (size_t)w->payload : in.len - at;
            w->payload -= skip;
            at += skip;
            if (w->payload == 0) *w = (head_walk){.need = 2};
            if (skip > 0) continue;
        }
        w->head[w->have++] = in.ptr[at++];
        if (w->have == 2) {
            uint8_t len = w->head[1] & 0x7f;
            bool control = (w->head[0] & 0x08) != 0;
            if ((w->head[1] & 0x80) == 0 || (control && ((w->head[0] & 0x80) == 0 || len > 125)) ||
                (w->head[0] == 0x88 && len == 1)) {
                *bad = true;
                return at;
            }
            w->need = (uint8_t)(2 + (len == 126 ? 2 : len == 127 ? 8 : 0) + 4);
            w->payload = len;
        }
        if (w->have == w->need && w->need > 2) {
            uint8_t len = w->head[1] & 0x7f;
            if (len == 126) w->payload = (uint64_t)w->head[2] << 8 | w->head[3];
            if (len == 127) w->payload = gvm_load_be64(w->head + 2);
            if (w->payload == 0) *w = (head_walk){.need = 2};
        }
    }
    return at;
}

void gvm_ws_recv(gvm_ws *ws, gvm_bytes bytes, uint64_t now_ms) {
    ws->now = ws->heard = now_ms;
    ws->pinged = false;
    if (ws->over || ws->broken) return;
    bool bad = false;
    size_t usable = walk_heads(&ws->walk, bytes, &bad);
    ws->in = gvm_bytes_make(bytes.ptr, bad ? usable - 2 < usable ? usable - 2 : 0 : usable);
    ws->inside = true;
    if (ws->in.len > 0 && wslay_event_recv(ws->wslay) != 0) ws->broken = true;
    ws->inside = false;
    ws->in = gvm_bytes_make(NULL, 0);
    pump(ws); /* wslay may have found a fault before the bad frame, and closes with its own code */
    if (bad && !ws->closing) {
        gvm_ws_close(ws, GVM_WS_PROTOCOL_ERROR, "expected masked frames and sound control frames");
        wslay_event_shutdown_read(ws->wslay);
        pump(ws);
    }
    /* Pongs and close frames come from the other's own frames: one who sends those and reads
     * nothing is cut off. */
    if (ws->out.bytes > 2 * ws->limits.out_bytes + ws->limits.message_bytes) ws->broken = true;
}

void gvm_ws_recv_end(gvm_ws *ws, uint64_t now_ms) {
    ws->now = now_ms;
    ws->over = true;
    if (ws->code == 0) ws->code = 1006;
}

/* ---- time */

uint64_t gvm_ws_deadline(const gvm_ws *ws) {
    uint64_t write = ws->out.bytes > 0 ? ws->write_since + ws->limits.write_ms : UINT64_MAX;
    uint64_t read = ws->over ? UINT64_MAX
                    : ws->closing
                        ? ws->closed_at + ws->limits.close_ms
                        : ws->heard + ws->limits.ping_ms + (ws->pinged ? ws->limits.pong_ms : 0);
    return read < write ? read : write;
}

void gvm_ws_tick(gvm_ws *ws, uint64_t now_ms) {
    ws->now = now_ms;
    if (now_ms < gvm_ws_deadline(ws)) return;
    if (ws->out.bytes > 0 && now_ms >= ws->write_since + ws->limits.write_ms) {
        ws->broken = true;
    } else if (ws->closing) {
        ws->over = true;
    } else if (ws->pinged) {
        gvm_ws_close(ws, GVM_WS_POLICY, "no answer to a ping");
        ws->over = true;
    } else {
        const struct wslay_event_msg ping = {WSLAY_PING, NULL, 0};
        if (wslay_event_queue_msg(ws->wslay, &ping) != 0) ws->broken = true;
        pump(ws);
        ws->pinged = true;
    }
}

/* ---- the socket's side */

bool gvm_ws_want_read(const gvm_ws *ws) {
    return !ws->over && !ws->broken;
}
bool gvm_ws_want_close(const gvm_ws *ws) {
    return ws->over;
}
bool gvm_ws_broken(const gvm_ws *ws) {
    return ws->broken;
}
uint16_t gvm_ws_code(const gvm_ws *ws) {
    return ws->code != 0 ? ws->code : 1006;
}
size_t gvm_ws_waiting(const gvm_ws *ws) {
    return ws->out.bytes;
}
size_t gvm_ws_peek(gvm_ws *ws, gvm_bytes *out, size_t max) {
    return gvm_outq_peek(&ws->out, out, max);
}

void gvm_ws_sent(gvm_ws *ws, size_t n, uint64_t now_ms) {
    ws->now = now_ms;
    gvm_outq_consume(&ws->out, n);
    if (ws->out.bytes == 0 || ws->write_left - ws->out.bytes >= MIN_DRAIN) {
        ws->write_since = now_ms;
        ws->write_left = ws->out.bytes;
    }
}
