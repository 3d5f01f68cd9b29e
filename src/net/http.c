/* llhttp is stopped at the end of every message, so that a request is handed on outside of its
 * callbacks and the rest of the input waits where it is: that is what makes back-pressure, upgrades
 * and re-entrant answers simple.
 *
 * Each request is an exchange in a queue; its answer is rendered when given and moves to the out
 * queue when all before it have. An error of the parser is an exchange too, so that it leaves
 * behind the answers that the client still gets. */
#include "net/http.h"

#include <llhttp.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define MIN_DRAIN 16384 /* bytes that a client must take in limits.write_ms */

typedef struct gvm_http_exchange {
    struct gvm_http_exchange *next;
    gvm_http_request request;
    gvm_buf head; /* of the request: names and values, NUL-terminated; the target first */
    struct {
        size_t name, name_len, value, value_len;
    } at[GVM_HTTP_MAX_HEADERS]; /* in head, which moves while it grows */
    gvm_buf extra;              /* header lines for the answer */
    gvm_buf answer, answer_body;
    bool given; /* to the handler */
    bool answered, http_1_0, head_only, no_keep_alive, switches;
} exchange;

typedef enum phase {
    PHASE_IDLE, /* between requests */
    PHASE_HEAD,
    PHASE_BODY,
} phase;

struct gvm_http_conn {
    llhttp_t parser;
    llhttp_settings_t settings;
    gvm_http_limits limits;
    const gvm_http_events *events;
    void *ctx;
    const char *date;
    exchange *first, *last; /* not yet in the out queue; `reading` is not among them */
    size_t waiting;
    exchange *reading, *switching;
    gvm_buf held; /* input behind a request that must be answered first */
    gvm_outq out;
    phase phase;
    uint64_t now, since, write_since;
    size_t write_left; /* of the out queue, when write_since was set */
    size_t header_bytes, body_raw;
    uint8_t start[32]; /* the first bytes of the message, to tell a strange method from garbage */
    size_t start_len;
    int refusal; /* status for the error that a callback found */
    const char *refusal_why;
    bool continue_due, busy, draining, closing, input_over, broken, upgrading;
};

/* ---- small helpers */

const char *gvm_http_status_text(int status) {
    static const struct {
        int status;
        const char *text;
    } texts[] = {{101, "Switching Protocols"},
                 {200, "OK"},
                 {201, "Created"},
                 {202, "Accepted"},
                 {204, "No Content"},
                 {206, "Partial Content"},
                 {301, "Moved Permanently"},
                 {302, "Found"},
                 {303, "See Other"},
                 {304, "Not Modified"},
                 {307, "Temporary Redirect"},
                 {308, "Permanent Redirect"},
                 {400, "Bad Request"},
                 {401, "Unauthorized"},
                 {403, "Forbidden"},
                 {404, "Not Found"},
                 {405, "Method Not Allowed"},
                 {406, "Not Acceptable"},
                 {408, "Request Timeout"},
                 {409, "Conflict"},
                 {410, "Gone"},
                 {411, "Length Required"},
                 {412, "Precondition Failed"},
                 {413, "Content Too Large"},
                 {414, "URI Too Long"},
                 {415, "Unsupported Media Type"},
                 {416, "Range Not Satisfiable"},
                 {417, "Expectation Failed"},
                 {421, "Misdirected Request"},
                 {422, "Unprocessable Content"},
                 {426, "Upgrade Required"},
                 {429, "Too Many Requests"},
                 {431, "Request Header Fields Too Large"},
                 {500, "Internal Server Error"},
                 {501, "Not Implemented"},
                 {502, "Bad Gateway"},
                 {503, "Service Unavailable"},
                 {504, "Gateway Timeout"},
                 {505, "HTTP Version Not Supported"}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (texts[i].status == status) return texts[i].text;
    }
    return "Unknown";
}

gvm_bytes gvm_http_header_get(const gvm_http_request *request, const char *name) {
    gvm_bytes wanted = gvm_bytes_str(name);
    for (size_t i = 0; i < request->header_count; i++) {
        if (gvm_bytes_equal(request->headers[i].name, wanted)) return request->headers[i].value;
    }
    return gvm_bytes_make(NULL, 0);
}

static bool list_has(gvm_bytes list, const char *token) {
    size_t len = strlen(token);
    for (size_t i = 0; i < list.len;) {
        size_t end = i;
        while (end < list.len && list.ptr[end] != ',') end++;
        size_t a = i, b = end;
        while (a < b && (list.ptr[a] == ' ' || list.ptr[a] == '\t')) a++;
        while (b > a && (list.ptr[b - 1] == ' ' || list.ptr[b - 1] == '\t')) b--;
        if (b - a == len && strncasecmp((const char *)list.ptr + a, token, len) == 0) return true;
        i = end + 1;
    }
    return false;
}

bool gvm_http_header_has(const gvm_http_request *request, const char *name, const char *token) {
    gvm_bytes wanted = gvm_bytes_str(name);
    for (size_t i = 0; i < request->header_count; i++) {
        if (gvm_bytes_equal(request->headers[i].name, wanted) &&
            list_has(request->headers[i].value, token))
            return true;
    }
    return false;
}

static size_t count_headers(const gvm_http_request *request, const char *name) {
    size_t n = 0;
    for (size_t i = 0; i < request->header_count; i++) {
        if (gvm_bytes_equal(request->headers[i].name, gvm_bytes_str(name))) n++;
    }
    return n;
}

static void exchange_free(exchange *x) {
    if (x == NULL) return;
    gvm_buf_free(&x->request.body);
    gvm_buf_free(&x->head);
    gvm_buf_free(&x->extra);
    gvm_buf_free(&x->answer);
    gvm_buf_free(&x->answer_body);
    free(x);
}

/* ---- callbacks of the parser: they collect, check limits, and note refusals */

static int refuse(gvm_http_conn *c, int status, const char *why) {
    c->refusal = status;
    c->refusal_why = why;
    return -1;
}

static gvm_http_conn *conn_of(llhttp_t *parser) {
    return parser->data;
}

static int on_message_begin(llhttp_t *parser) {
    gvm_http_conn *c = conn_of(parser);
    exchange *x = calloc(1, sizeof *x);
    if (x == NULL) {
        c->broken = true;
        return -1;
    }
    x->request.conn = c;
    x->request.exchange = x;
    c->reading = x;
    c->header_bytes = c->body_raw = 0;
    parser->http_major = 0; /* else it is the last request's, see parser_failed */
    return 0;
}

static int on_url(llhttp_t *parser, const char *at, size_t len) {
    gvm_http_conn *c = conn_of(parser);
    exchange *x = c->reading;
    if (x->head.len + len > c->limits.target_bytes) return refuse(c, 414, "the target is too long");
    gvm_buf_append(&x->head, at, len);
    return 0;
}

static int on_url_complete(llhttp_t *parser) {
    exchange *x = conn_of(parser)->reading;
    x->request.path.len = x->head.len; /* kept here until the head is whole */
    gvm_buf_put(&x->head, 0);
    return 0;
}

static int take_header_bytes(gvm_http_conn *c, const char *at, size_t len) {
    c->header_bytes += len;
    if (c->header_bytes > c->limits.header_bytes) return refuse(c, 431, "the headers are too long");
    if ((c->parser.flags & F_TRAILING) == 0 && c->phase != PHASE_BODY)
        gvm_buf_append(&c->reading->head, at, len);
    return 0;
}

static int on_header_field(llhttp_t *parser, const char *at, size_t len) {
    gvm_http_conn *c = conn_of(parser);
    if (c->phase == PHASE_BODY) return take_header_bytes(c, at, len);
    gvm_http_request *r = &c->reading->request;
    if (r->header_count == GVM_HTTP_MAX_HEADERS) return refuse(c, 431, "too many headers");
    if (c->reading->at[r->header_count].name == 0)
        c->reading->at[r->header_count].name = c->reading->head.len;
    return take_header_bytes(c, at, len);
}

static int on_header_field_complete(llhttp_t *parser) {
    gvm_http_conn *c = conn_of(parser);
    if (c->phase == PHASE_BODY) return 0;
    exchange *x = c->reading;
    size_t i = x->request.header_count, from = x->at[i].name;
    x->at[i].name_len = x->head.len - from;
    for (size_t k = from; k < x->head.len && !x->head.failed; k++) {
        uint8_t b = x->head.ptr[k];
        if (b >= 'A' && b <= 'Z') x->head.ptr[k] = (uint8_t)(b | 0x20);
    }
    gvm_buf_put(&x->head, 0);
    x->at[i].value = x->head.len;
    return 0;
}

static int on_header_value(llhttp_t *parser, const char *at, size_t len) {
    return take_header_bytes(conn_of(parser), at, len);
}

static int on_header_value_complete(llhttp_t *parser) {
    gvm_http_conn *c = conn_of(parser);
    if (c->phase == PHASE_BODY) return 0;
    exchange *x = c->reading;
    size_t i = x->request.header_count++;
    x->at[i].value_len = x->head.len - x->at[i].value;
    gvm_buf_put(&x->head, 0);
    c->header_bytes += 4;
    return 0;
}

/* Views into head, which grows no more. White space behind a value is llhttp's to leave, ours to
 * trim. */
static void fix_headers(exchange *x) {
    gvm_http_request *r = &x->request;
    for (size_t i = 0; i < r->header_count; i++) {
        uint8_t *value = x->head.ptr + x->at[i].value;
        size_t len = x->at[i].value_len;
        while (len > 0 && (value[len - 1] == ' ' || value[len - 1] == '\t')) value[--len] = '\0';
        r->headers[i].name = gvm_bytes_make(x->head.ptr + x->at[i].name, x->at[i].name_len);
        r->headers[i].value = gvm_bytes_make(value, len);
    }
}

/* origin-form, absolute-form or asterisk-form (RFC 9112 section 3.2). */
static bool fix_target(exchange *x) {
    gvm_http_request *r = &x->request;
    gvm_bytes t = gvm_bytes_make(x->head.ptr, r->path.len);
    r->host = gvm_http_header_get(r, "host");
    size_t scheme = t.len >= 7 && strncasecmp((const char *)t.ptr, "http://", 7) == 0    ? 7
                    : t.len >= 8 && strncasecmp((const char *)t.ptr, "https://", 8) == 0 ? 8
                                                                                         : 0;
    size_t i = scheme;
    if (scheme != 0) {
        while (i < t.len && t.ptr[i] != '/' && t.ptr[i] != '?') i++;
        if (i == scheme) return false;
        r->host = gvm_bytes_make(t.ptr + scheme, i - scheme);
    } else if (t.len == 1 && t.ptr[0] == '*') {
        r->path = t;
        return r->method == GVM_HTTP_OPTIONS;
    } else if (t.len == 0 || t.ptr[0] != '/') {
        return false;
    }
    size_t end = i;
    while (end < t.len && t.ptr[end] != '?' && t.ptr[end] != '#') end++;
    r->path = end == i ? gvm_bytes_str("/") : gvm_bytes_make(t.ptr + i, end - i);
    size_t query = end < t.len && t.ptr[end] == '?' ? end + 1 : end, stop = query;
    while (stop < t.len && t.ptr[stop] != '#') stop++;
    r->query = gvm_bytes_make(t.ptr + query, stop - query);
    return true;
}

static gvm_http_method method_of(uint8_t method) {
    switch (method) {
    case HTTP_GET: return GVM_HTTP_GET;
    case HTTP_HEAD: return GVM_HTTP_HEAD;
    case HTTP_POST: return GVM_HTTP_POST;
    case HTTP_PUT: return GVM_HTTP_PUT;
    case HTTP_DELETE: return GVM_HTTP_DELETE;
    case HTTP_OPTIONS: return GVM_HTTP_OPTIONS;
    case HTTP_PATCH: return GVM_HTTP_PATCH;
    default: return (gvm_http_method)0;
    }
}

static int check_framing(gvm_http_conn *c) {
    gvm_http_request *r = &c->reading->request;
    size_t codings = count_headers(r, "transfer-encoding"),
           lengths = count_headers(r, "content-length");
    if (codings > 0 && lengths > 0)
        return refuse(c, 400, "both Transfer-Encoding and Content-Length");
    if (codings > 1 || lengths > 1) return refuse(c, 400, "the body's length is given twice");
    gvm_bytes coding = gvm_http_header_get(r, "transfer-encoding");
    if (codings == 1 && c->reading->http_1_0)
        return refuse(c, 400, "Transfer-Encoding with HTTP/1.0");
    if (codings == 1 &&
        !(coding.len == 7 && strncasecmp((const char *)coding.ptr, "chunked", 7) == 0))
        return refuse(c, 501, "expected chunked as the only transfer coding");
    if (lengths == 1 && c->parser.content_length > c->limits.body_bytes)
        return refuse(c, 413, "the body is too long");
    return 0;
}

static int on_headers_complete(llhttp_t *parser) {
    gvm_http_conn *c = conn_of(parser);
    exchange *x = c->reading;
    gvm_http_request *r = &x->request;
    if (x->head.failed) {
        c->broken = true;
        return -1;
    }
    if (parser->http_major != 1 || parser->http_minor > 1)
        return refuse(c, 505, "expected HTTP/1.1");
    x->http_1_0 = parser->http_minor == 0;
    fix_headers(x);
    r->method = method_of(parser->method);
    x->head_only = r->method == GVM_HTTP_HEAD;
    if (r->method == 0) return refuse(c, 501, "unknown method");
    size_t hosts = count_headers(r, "host");
    if (hosts > 1 || (hosts == 0 && !x->http_1_0))
        return refuse(c, 400, "expected one Host header");
    if (!fix_target(x)) return refuse(c, 400, "the target is not a path");
    if (check_framing(c) != 0) return -1;
    bool has_body = (parser->flags & F_CHUNKED) != 0 || parser->content_length > 0;
    gvm_bytes expect = gvm_http_header_get(r, "expect");
    if (expect.ptr != NULL && !x->http_1_0) {
        if (expect.len != 12 || strncasecmp((const char *)expect.ptr, "100-continue", 12) != 0)
            return refuse(c, 417, "expected 100-continue");
        c->continue_due = has_body;
    }
    /* Other protocols are entered by GET alone; an offer (h2c) that comes with a body is not taken
     * up. */
    r->upgrade = parser->upgrade != 0 && r->method == GVM_HTTP_GET && !has_body && !x->http_1_0;
    parser->upgrade = r->upgrade;
    c->phase = PHASE_BODY;
    c->since = c->now;
    return 0;
}

static int on_body(llhttp_t *parser, const char *at, size_t len) {
    gvm_http_conn *c = conn_of(parser);
    gvm_buf *body = &c->reading->request.body;
    c->continue_due = false;
    if (len > c->limits.body_bytes - body->len) return refuse(c, 413, "the body is too long");
    gvm_buf_append(body, at, len);
    if (body->failed) {
        c->broken = true;
        return -1;
    }
    return 0;
}

static int on_message_complete(llhttp_t *parser) {
    gvm_http_conn *c = conn_of(parser);
    exchange *x = c->reading;
    x->no_keep_alive = llhttp_should_keep_alive(parser) == 0 && !x->request.upgrade;
    x->request.close = x->no_keep_alive;
    c->continue_due = false;
    return x->request.upgrade ? 0 : HPE_PAUSED;
}

/* ---- life */

static size_t or_default(size_t given, size_t otherwise) {
    return given != 0 ? given : otherwise;
}

gvm_status gvm_http_new(gvm_http_conn **out, const gvm_http_limits *limits,
                        const gvm_http_events *events, void *ctx, const char *date,
                        uint64_t now_ms) {
    gvm_http_conn *c = calloc(1, sizeof *c);
    if (c == NULL) return GVM_ERR_NOMEM;
    c->limits = (gvm_http_limits){.target_bytes = or_default(limits->target_bytes, 8192),
                                  .header_bytes = or_default(limits->header_bytes, 32768),
                                  .body_bytes = or_default(limits->body_bytes, (size_t)32 << 20),
                                  .out_bytes = or_default(limits->out_bytes, (size_t)1 << 20),
                                  .pipelined = or_default(limits->pipelined, 32),
                                  .header_ms = or_default(limits->header_ms, 10000),
                                  .body_ms = or_default(limits->body_ms, 60000),
                                  .idle_ms = or_default(limits->idle_ms, 75000),
                                  .write_ms = or_default(limits->write_ms, 30000)};
    c->events = events;
    c->ctx = ctx;
    c->date = date;
    c->now = c->since = now_ms;
    llhttp_settings_init(&c->settings);
    c->settings.on_message_begin = on_message_begin;
    c->settings.on_url = on_url;
    c->settings.on_url_complete = on_url_complete;
    c->settings.on_header_field = on_header_field;
    c->settings.on_header_field_complete = on_header_field_complete;
    c->settings.on_header_value = on_header_value;
    c->settings.on_header_value_complete = on_header_value_complete;
    c->settings.on_headers_complete = on_headers_complete;
    c->settings.on_body = on_body;
    c->settings.on_message_complete = on_message_complete;
    llhttp_init(&c->parser, HTTP_REQUEST, &c->settings);
    c->parser.data = c;
    *out = c;
    return GVM_OK;
}

void gvm_http_delete(gvm_http_conn *c) {
    if (c == NULL) return;
    c->busy = true;
    while (c->first != NULL) {
        exchange *x = c->first;
        c->first = x->next;
        if (x->given && !x->answered) c->events->aborted(c->ctx, &x->request);
        exchange_free(x);
    }
    exchange_free(c->reading);
    exchange_free(c->switching);
    gvm_buf_free(&c->held);
    gvm_outq_free(&c->out);
    free(c);
}

/* ---- answers */

static void put_header(gvm_buf *out, const char *name, gvm_bytes value) {
    gvm_buf_str(out, name);
    gvm_buf_str(out, ": ");
    gvm_buf_append(out, value.ptr, value.len);
    gvm_buf_str(out, "\r\n");
}

void gvm_http_add_header(gvm_http_request *request, const char *name, gvm_bytes value) {
    GVM_ASSERT(value.len == 0 || (memchr(value.ptr, '\r', value.len) == NULL &&
                                  memchr(value.ptr, '\n', value.len) == NULL));
    put_header(&request->exchange->extra, name, value);
}

static void render(gvm_http_conn *c, exchange *x, const gvm_http_response *response) {
    gvm_buf *out = &x->answer;
    int status = response->status;
    size_t body_len = response->body == NULL ? 0 : response->body->len;
    bool bodiless = status == 204 || status == 304 || status < 200;
    gvm_buf_printf(out, "HTTP/1.1 %d %s\r\n", status, gvm_http_status_text(status));
    if (c->date != NULL && status >= 200) gvm_buf_printf(out, "Date: %s\r\n", c->date);
    if (response->content_type != NULL && !bodiless)
        gvm_buf_printf(out, "Content-Type: %s\r\n", response->content_type);
    if (!bodiless) gvm_buf_printf(out, "Content-Length: %zu\r\n", body_len);
    for (size_t i = 0; i < response->header_count; i++)
        put_header(out, (const char *)response->headers[i].name.ptr, response->headers[i].value);
    gvm_buf_append(out, x->extra.ptr, x->extra.len);
    if (status != 101) {
        if (x->no_keep_alive) {
            gvm_buf_str(out, "Connection: close\r\n");
        } else if (x->http_1_0) {
            gvm_buf_str(out, "Connection: keep-alive\r\n");
        }
    }
    gvm_buf_str(out, "\r\n");
    if (x->extra.failed) out->failed = true;
    if (response->body == NULL) return;
    if (!bodiless && !x->head_only) {
        x->answer_body = *response->body;
        *response->body = (gvm_buf){0};
    } else {
        gvm_buf_free(response->body);
    }
}

static void process(gvm_http_conn *c);

/* Once all input is in `held`: from inside of feed it is not yet. */
static void switch_protocol(gvm_http_conn *c) {
    exchange *x = c->switching;
    if (x == NULL) return;
    c->switching = NULL;
    c->upgrading = false;
    c->busy = true;
    c->events->upgraded(c->ctx, &x->request, gvm_buf_bytes(&c->held));
    c->busy = false;
    gvm_buf_clear(&c->held);
    exchange_free(x);
}

/* Moves the answers whose turn it is to the out queue. */
static void flush(gvm_http_conn *c) {
    bool was_empty = c->out.bytes == 0;
    while (c->first != NULL && c->first->answered && !c->closing) {
        exchange *x = c->first;
        c->first = x->next;
        if (c->first == NULL) c->last = NULL;
        c->waiting--;
        gvm_outq_take(&c->out, &x->answer);
        gvm_outq_take(&c->out, &x->answer_body);
        if (x->no_keep_alive) c->closing = true;
        if (x->switches) {
            c->switching = x;
            c->closing = c->input_over = true;
            break;
        }
        if (x->request.upgrade) {
            c->upgrading = false; /* declined: what follows is HTTP again */
            llhttp_resume_after_upgrade(&c->parser);
        }
        exchange_free(x);
    }
    if (c->continue_due && c->first == NULL && !c->closing) {
        gvm_outq_append(&c->out, gvm_bytes_str("HTTP/1.1 100 Continue\r\n\r\n"));
        c->continue_due = false;
    }
    if (was_empty && c->out.bytes > 0) {
        c->write_since = c->now;
        c->write_left = c->out.bytes;
    }
    if (c->first == NULL && c->phase == PHASE_IDLE) c->since = c->now;
    if (c->out.failed) c->broken = true;
}

void gvm_http_respond(gvm_http_request *request, const gvm_http_response *response) {
    exchange *x = request->exchange;
    gvm_http_conn *c = request->conn;
    GVM_ASSERT(!x->answered);
    x->answered = true;
    x->switches = response->status == 101;
    if (response->close || (c->draining && c->input_over && x == c->last))
        x->no_keep_alive = !x->switches;
    render(c, x, response);
    if (c->busy) return;
    flush(c);
    process(c);
    switch_protocol(c);
    c->events->output(c->ctx);
}

void gvm_http_respond_text(gvm_http_request *request, int status, const char *why) {
    gvm_buf body = {0};
    gvm_buf_printf(&body, "%d %s%s%s\n", status, gvm_http_status_text(status),
                   why == NULL ? "" : ": ", why == NULL ? "" : why);
    gvm_http_respond(request, &(gvm_http_response){.status = status,
                                                   .content_type = "text/plain; charset=utf-8",
                                                   .body = &body});
}

static void append(gvm_http_conn *c, exchange *x) {
    *(c->last == NULL ? &c->first : &c->last->next) = x;
    c->last = x;
    c->waiting++;
}

/* Ends the input with an error answer, which leaves behind those before it. */
static void refuse_input(gvm_http_conn *c, int status, const char *why) {
    exchange *x = c->reading;
    c->reading = NULL;
    c->input_over = true;
    c->phase = PHASE_IDLE;
    c->continue_due = false;
    if (x == NULL && (x = calloc(1, sizeof *x)) == NULL) {
        c->broken = true;
        return;
    }
    x->request.conn = c;
    x->request.exchange = x;
    x->request.upgrade = false;
    x->no_keep_alive = true;
    append(c, x);
    bool was_busy = c->busy;
    c->busy = true;
    gvm_http_respond_text(&x->request, status, why);
    c->busy = was_busy;
}

/* ---- input */

static bool blocked(const gvm_http_conn *c) {
    return c->upgrading || c->waiting >= c->limits.pipelined || c->out.bytes > c->limits.out_bytes;
}

static void hand_on(gvm_http_conn *c) {
    exchange *x = c->reading;
    c->reading = NULL;
    c->phase = PHASE_IDLE;
    c->start_len = 0;
    c->since = c->now;
    if (x->no_keep_alive || c->draining) c->input_over = true;
    c->upgrading = x->request.upgrade;
    append(c, x);
    x->given = true;
    c->events->request(c->ctx, &x->request);
    flush(c);
}

/* A method that nobody knows is "not implemented"; what does not even look like one is no HTTP. */
static int status_of_bad_method(const gvm_http_conn *c, size_t bad) {
    if (bad >= sizeof c->start || bad >= c->start_len) return 400;
    for (size_t i = 0; i <= bad; i++) {
        uint8_t b = c->start[i];
        if (!((b >= 'A' && b <= 'Z') || (b >= 'a' && b <= 'z') || b == '-' || b == '_')) return 400;
    }
    return 501;
}

static void parser_failed(gvm_http_conn *c, llhttp_errno_t code, size_t at) {
    if (c->broken) return;
    if (c->refusal != 0) {
        refuse_input(c, c->refusal, c->refusal_why);
    } else if (code == HPE_INVALID_METHOD) {
        refuse_input(c, status_of_bad_method(c, at), "expected a method of HTTP");
    } else if (code == HPE_PAUSED_H2_UPGRADE ||
               (code == HPE_INVALID_VERSION &&
                (c->parser.http_major != 1 || c->parser.http_minor > 1))) {
        refuse_input(c, 505, "expected HTTP/1.1");
    } else {
        refuse_input(c, 400, llhttp_get_error_reason(&c->parser));
    }
}

/* Chunk framing is bytes too: many tiny chunks or long chunk extensions are refused. */
static bool framing_is_heavy(gvm_http_conn *c, size_t n) {
    if (c->phase != PHASE_BODY || c->reading == NULL || (c->parser.flags & F_CHUNKED) == 0)
        return false;
    c->body_raw += n;
    return c->body_raw / 16 > c->reading->request.body.len + c->limits.header_bytes;
}

/* Parses one message at most; returns how many bytes it took. */
static size_t parse_some(gvm_http_conn *c, gvm_bytes in) {
    if (c->phase == PHASE_IDLE) {
        c->phase = PHASE_HEAD;
        c->since = c->now;
        c->start_len = 0;
    }
    size_t before = c->start_len;
    for (size_t i = 0; c->start_len < sizeof c->start && i < in.len; i++) {
        if (c->start_len > 0 || (in.ptr[i] != '\r' && in.ptr[i] != '\n'))
            c->start[c->start_len++] = in.ptr[i];
    }
    llhttp_errno_t code = llhttp_execute(&c->parser, (const char *)in.ptr, in.len);
    size_t taken = in.len;
    if (code != HPE_OK)
        taken = (size_t)((const uint8_t *)llhttp_get_error_pos(&c->parser) - in.ptr);
    if (code == HPE_OK) {
        if (framing_is_heavy(c, in.len)) refuse_input(c, 400, "expected fewer or larger chunks");
    } else if (code == HPE_PAUSED) {
        llhttp_resume(&c->parser);
        hand_on(c);
    } else if (code == HPE_PAUSED_UPGRADE) {
        hand_on(c);
    } else {
        size_t blank = 0;
        while (before == 0 && blank < in.len && (in.ptr[blank] == '\r' || in.ptr[blank] == '\n'))
            blank++;
        parser_failed(c, code, before + taken - (blank < taken ? blank : taken));
        taken = in.len;
    }
    return taken;
}

static size_t feed(gvm_http_conn *c, gvm_bytes in) {
    size_t at = 0;
    while (at < in.len && !blocked(c) && !c->input_over && !c->broken)
        at += parse_some(c, gvm_bytes_make(in.ptr + at, in.len - at));
    return c->input_over && !c->upgrading && !blocked(c) ? in.len : at;
}

/* Goes on with input that was held back. */
static void process(gvm_http_conn *c) {
    if (c->busy || c->held.len == 0 || blocked(c)) return;
    c->busy = true;
    gvm_buf in = c->held;
    c->held = (gvm_buf){0};
    size_t taken = feed(c, gvm_buf_bytes(&in));
    if (taken < in.len) gvm_buf_append(&c->held, in.ptr + taken, in.len - taken);
    if (c->held.failed) c->broken = true;
    gvm_buf_free(&in);
    c->busy = false;
    flush(c);
}

void gvm_http_recv(gvm_http_conn *c, gvm_bytes bytes, uint64_t now_ms) {
    c->now = now_ms;
    if (c->closing || c->broken || (c->input_over && !c->upgrading)) return;
    c->busy = true;
    size_t taken = c->held.len > 0 ? 0 : feed(c, bytes);
    if (taken < bytes.len) gvm_buf_append(&c->held, bytes.ptr + taken, bytes.len - taken);
    if (c->held.failed) c->broken = true;
    c->busy = false;
    flush(c);
    process(c);
    switch_protocol(c);
}

void gvm_http_recv_end(gvm_http_conn *c, uint64_t now_ms) {
    c->now = now_ms;
    if (c->closing) return;
    if (c->phase != PHASE_IDLE) {
        exchange_free(c->reading); /* nobody is there to read an answer to half a request */
        c->reading = NULL;
        c->phase = PHASE_IDLE;
        c->continue_due = false;
    }
    c->input_over = true;
    if (c->waiting == 0) c->closing = true;
}

void gvm_http_drain(gvm_http_conn *c) {
    c->draining = true;
    if (c->phase == PHASE_IDLE && !c->upgrading) c->input_over = true;
    if (c->waiting == 0 && c->phase == PHASE_IDLE) c->closing = true;
}

/* ---- time */

static uint64_t read_deadline(const gvm_http_conn *c) {
    if (c->closing || c->input_over || blocked(c)) return UINT64_MAX;
    switch (c->phase) {
    case PHASE_HEAD: return c->since + c->limits.header_ms;
    case PHASE_BODY: return c->since + c->limits.body_ms;
    default: return c->waiting > 0 || c->out.bytes > 0 ? UINT64_MAX : c->since + c->limits.idle_ms;
    }
}

uint64_t gvm_http_deadline(const gvm_http_conn *c) {
    uint64_t read = read_deadline(c),
             write = c->out.bytes > 0 ? c->write_since + c->limits.write_ms : UINT64_MAX;
    return read < write ? read : write;
}

void gvm_http_tick(gvm_http_conn *c, uint64_t now_ms) {
    c->now = now_ms;
    if (c->out.bytes > 0 && now_ms >= c->write_since + c->limits.write_ms) c->broken = true;
    if (now_ms < read_deadline(c)) return;
    if (c->phase == PHASE_IDLE) {
        c->closing = true;
    } else {
        refuse_input(c, 408,
                     c->phase == PHASE_HEAD ? "the headers took too long"
                                            : "the body took too long");
        flush(c);
    }
}

/* ---- the socket's side */

bool gvm_http_want_read(const gvm_http_conn *c) {
    return !c->closing && !c->input_over && !c->broken && !blocked(c);
}

bool gvm_http_want_close(const gvm_http_conn *c) {
    return c->closing || (c->input_over && c->waiting == 0);
}

bool gvm_http_broken(const gvm_http_conn *c) {
    return c->broken;
}

size_t gvm_http_peek(gvm_http_conn *c, gvm_bytes *out, size_t max) {
    return gvm_outq_peek(&c->out, out, max);
}

void gvm_http_sent(gvm_http_conn *c, size_t n, uint64_t now_ms) {
    c->now = now_ms;
    gvm_outq_consume(&c->out, n);
    if (c->out.bytes == 0 || c->write_left - c->out.bytes >= MIN_DRAIN ||
        c->out.bytes > c->write_left) {
        c->write_since = now_ms;
        c->write_left = c->out.bytes;
    }
    if (c->out.bytes == 0 && c->waiting == 0 && c->phase == PHASE_IDLE) c->since = now_ms;
    process(c);
    switch_protocol(c);
}
