/* One WebSocket connection, the server's side, without I/O (RFC 6455). Receiving and control frames
 * are wslay's; data frames are sent whole and unfragmented, their payload moved and not copied.
 *
 * - Messages come whole, checked to be UTF-8 where they are text. Fragments are joined up to a
 * limit (close code 1009).
 * - Pings are answered; a silent peer is pinged and closed when it does not answer.
 * - A peer that reads too slowly is closed with 1013: messages that have not begun to leave are
 * dropped, those that have are finished, then comes the close frame.
 * - Frames without mask, reserved bits, bad control frames, bad close codes end the connection with
 * 1002. Time is in milliseconds of any steady clock. All functions belong to one thread. */
#ifndef GVM_NET_WEBSOCKET_H
#define GVM_NET_WEBSOCKET_H

#include "net/http.h"

typedef struct gvm_ws gvm_ws;

/* 0 stands for the default, in parentheses. */
typedef struct gvm_ws_limits {
    size_t message_bytes; /* received (32 MiB) */
    size_t out_bytes;     /* that may wait already when another message is to be sent (16 MiB) */
    uint64_t ping_ms;     /* of silence, then a ping is sent (30 s) */
    uint64_t pong_ms;     /* for any byte to come then (30 s) */
    uint64_t write_ms; /* in which 16 KiB (or all that waits) must be taken by the client (30 s) */
    uint64_t close_ms; /* for the other's close frame (5 s) */
} gvm_ws_limits;

typedef struct gvm_ws_events {
    /* A whole message; the bytes are valid until the function returns. */
    void (*message)(void *ctx, gvm_bytes message, bool text);
} gvm_ws_events;

/* Close codes that we send. */
enum {
    GVM_WS_NORMAL = 1000,
    GVM_WS_GOING_AWAY = 1001,
    GVM_WS_PROTOCOL_ERROR = 1002,
    GVM_WS_POLICY = 1008,
    GVM_WS_TOO_BIG = 1009,
    GVM_WS_TRY_LATER = 1013,
};

/* Answers a request for an upgrade: true and 101 where it is a right one (section 4.2.1); false
 * after 400 or 426, with the versions that are spoken. The request is gone. */
bool gvm_ws_handshake(gvm_http_request *request);

/* `limits` and `events` are kept by reference. GVM_ERR_NOMEM. */
GVM_NODISCARD gvm_status gvm_ws_new(gvm_ws **out, const gvm_ws_limits *limits,
                                    const gvm_ws_events *events, void *ctx, uint64_t now_ms);
void gvm_ws_delete(gvm_ws *ws);

void gvm_ws_recv(gvm_ws *ws, gvm_bytes bytes, uint64_t now_ms);
/* The client sends nothing more. */
void gvm_ws_recv_end(gvm_ws *ws, uint64_t now_ms);
void gvm_ws_tick(gvm_ws *ws, uint64_t now_ms);
uint64_t gvm_ws_deadline(const gvm_ws *ws);

/* Queues a message and takes its memory. False: it is not sent, the connection is closing or (now)
 * too slow. */
bool gvm_ws_send(gvm_ws *ws, gvm_buf *message, bool text);
/* Starts the closing handshake. `reason`: at most 123 bytes of UTF-8. */
void gvm_ws_close(gvm_ws *ws, uint16_t code, const char *reason);

bool gvm_ws_want_read(const gvm_ws *ws);
/* All is said: close once the out queue is empty. */
bool gvm_ws_want_close(const gvm_ws *ws);
/* Close at once. */
bool gvm_ws_broken(const gvm_ws *ws);
/* The code that ended it: the other's, else ours; 1006 without either. */
uint16_t gvm_ws_code(const gvm_ws *ws);

size_t gvm_ws_waiting(const gvm_ws *ws); /* bytes in the out queue */
size_t gvm_ws_peek(gvm_ws *ws, gvm_bytes *out, size_t max);
void gvm_ws_sent(gvm_ws *ws, size_t n, uint64_t now_ms);

#endif
