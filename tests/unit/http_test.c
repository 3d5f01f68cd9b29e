/* The HTTP core without sockets: every case is fed whole, byte by byte, and split at each place;
 * the outcome must be the same. What is right is RFC 9112's word (sections are named at the cases).
 */
#include "net/http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* ---- a server that notes what it is asked and echoes the body */

typedef struct world {
    gvm_http_conn *conn;
    gvm_buf seen, out; /* "POST /x?q hello\n" a request; the bytes sent */
    gvm_http_request *waiting[64];
    size_t waiting_count, aborted;
    bool hold, take_upgrade;
    gvm_buf rest;
    bool switched;
} world;

static void answer(gvm_http_request *r) {
    gvm_buf body = {0};
    gvm_buf_append(&body, r->body.ptr, r->body.len);
    gvm_http_respond(
        r, &(gvm_http_response){.status = 200, .content_type = "text/plain", .body = &body});
}

static void on_request(void *ctx, gvm_http_request *r) {
    world *w = ctx;
    gvm_buf_printf(&w->seen, "%d %.*s?%.*s %.*s|%.*s\n", (int)r->method, (int)r->path.len,
                   (const char *)r->path.ptr, (int)r->query.len, (const char *)r->query.ptr,
                   (int)r->host.len, (const char *)r->host.ptr, (int)r->body.len,
                   r->body.ptr == NULL ? "" : (const char *)r->body.ptr);
    if (r->upgrade && w->take_upgrade) {
        gvm_http_respond(r, &(gvm_http_response){.status = 101});
    } else if (w->hold) {
        w->waiting[w->waiting_count++] = r;
    } else {
        answer(r);
    }
}
static void on_aborted(void *ctx, gvm_http_request *r) {
    (void)r;
    ((world *)ctx)->aborted++;
}
static void on_upgraded(void *ctx, gvm_http_request *r, gvm_bytes rest) {
    (void)r;
    world *w = ctx;
    w->switched = true;
    gvm_buf_append(&w->rest, rest.ptr, rest.len);
}
static void on_output(void *ctx) {
    (void)ctx;
}
static const gvm_http_events events = {on_request, on_aborted, on_upgraded, on_output};
static const gvm_http_limits limits = {
    .target_bytes = 64, .header_bytes = 256, .body_bytes = 1000, .pipelined = 4};

static void open_world(world *w) {
    *w = (world){0};
    assert_int_equal(gvm_http_new(&w->conn, &limits, &events, w, NULL, 0), GVM_OK);
}
static void close_world(world *w) {
    gvm_http_delete(w->conn);
    gvm_buf_free(&w->seen);
    gvm_buf_free(&w->out);
    gvm_buf_free(&w->rest);
}
static void drain(world *w, uint64_t now) {
    gvm_bytes pieces[4];
    for (size_t n; (n = gvm_http_peek(w->conn, pieces, 4)) > 0;) {
        size_t total = 0;
        for (size_t i = 0; i < n; i++) {
            gvm_buf_append(&w->out, pieces[i].ptr, pieces[i].len);
            total += pieces[i].len;
        }
        gvm_http_sent(w->conn, total, now);
    }
}
static void feed(world *w, const char *text, size_t len, uint64_t now) {
    char *copy = malloc(len + 1); /* its own memory, so that a sanitizer sees a read beyond it */
    memcpy(copy, text, len);
    gvm_http_recv(w->conn, gvm_bytes_make(copy, len), now);
    free(copy);
    drain(w, now);
}
static void expect_buf(gvm_buf *b, const char *wanted, const char *what) {
    gvm_buf_put(b, 0);
    b->len--;
    if (strcmp((char *)b->ptr, wanted) != 0)
        fail_msg("%s: expected\n%s\nfound\n%s", what, wanted, (char *)b->ptr);
}

#define OK(body_len, body) \
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " body_len "\r\n\r\n" body
#define OK_CLOSE(body_len, body)                                               \
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " body_len \
    "\r\nConnection: close\r\n\r\n" body

/* `seen` and `out` wanted; `out` may be NULL where only the status matters: then `status` of the
 * last answer. */
typedef struct http_case {
    const char *in, *seen, *out;
    int status;
} http_case;

static void check(const http_case *t, size_t step, size_t first) {
    world w;
    open_world(&w);
    size_t len = strlen(t->in), at = 0;
    if (first > 0) {
        feed(&w, t->in, first, 1);
        at = first;
    }
    while (at < len) {
        size_t n = step < len - at ? step : len - at;
        feed(&w, t->in + at, n, 1);
        at += n;
    }
    expect_buf(&w.seen, t->seen, t->in);
    if (t->out != NULL) {
        expect_buf(&w.out, t->out, t->in);
    } else {
        char line[16];
        (void)snprintf(line, sizeof line, "HTTP/1.1 %d ", t->status);
        gvm_buf_put(&w.out, 0);
        const char *last = NULL;
        for (const char *p = (char *)w.out.ptr; (p = strstr(p, "HTTP/1.1 ")) != NULL; p++) last = p;
        if (last == NULL || strncmp(last, line, strlen(line)) != 0)
            fail_msg("%s\nstep %zu, first %zu: expected %d, found %s", t->in, step, first,
                     t->status, (char *)w.out.ptr);
        if (t->status >= 400) {
            assert_non_null(strstr(last, "Connection: close"));
            assert_true(gvm_http_want_close(w.conn));
            assert_false(gvm_http_want_read(w.conn));
        }
    }
    close_world(&w);
}

static void check_all(const http_case *cases, size_t count) {
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(cases[i].in);
        check(&cases[i], len, 0);
        check(&cases[i], 1, 0);
        for (size_t first = 1; first < len; first++) check(&cases[i], len, first);
    }
}

#define H       "Host: a\r\n"
#define CHUNKED H "Transfer-Encoding: chunked\r\n\r\n"
#define X64     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static void test_requests(void **state) {
    (void)state;
    static const http_case cases[] = {
        {"GET / HTTP/1.1\r\n" H "\r\n", "1 /? a|\n", OK("0", ""), 0},
        {"\r\n\r\nGET /a?b=c&d HTTP/1.1\r\nhOsT:   a  \r\n\r\n", "1 /a?b=c&d a|\n", OK("0", ""), 0},
        {"POST /x HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nhello", "4 /x? a|hello\n",
         OK("5", "hello"), 0},
        /* pipelined, the second with a chunked body, extensions and a trailer (9112 7.1) */
        {"POST / HTTP/1.1\r\n" H "Content-Length: 2\r\n\r\nhiPOST / HTTP/1.1\r\n" CHUNKED
         "3;x=\"y\"\r\nabc\r\n4\r\ndefg\r\n0\r\nT: v\r\n\r\nGET /3 HTTP/1.1\r\n" H "\r\n",
         "4 /? a|hi\n4 /? a|abcdefg\n1 /3? a|\n", OK("2", "hi") OK("7", "abcdefg") OK("0", ""), 0},
        /* HEAD: the head of the answer alone (9110 9.3.2) */
        {"HEAD / HTTP/1.1\r\n" H "Content-Length: 2\r\n\r\nhi", "2 /? a|hi\n", OK("2", ""), 0},
        /* absolute target, its host counts (9112 3.2.2) */
        {"GET http://b:1/p HTTP/1.1\r\n" H "\r\n", "1 /p? b:1|\n", OK("0", ""), 0},
        {"OPTIONS * HTTP/1.1\r\n" H "\r\n", "32 *? a|\n", OK("0", ""), 0},
        /* persistence (9112 9.3) */
        {"GET / HTTP/1.1\r\n" H "Connection: close\r\n\r\nGET /2 HTTP/1.1\r\n" H "\r\n",
         "1 /? a|\n", OK_CLOSE("0", ""), 0},
        {"GET / HTTP/1.0\r\n\r\nGET /2 HTTP/1.0\r\n\r\n", "1 /? |\n", OK_CLOSE("0", ""), 0},
        {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "1 /? |\n",
         "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 0\r\nConnection: "
         "keep-alive\r\n\r\n",
         0},
        /* an upgrade that is not taken up is an ordinary request (9110 7.8) */
        {"GET / HTTP/1.1\r\n" H "Connection: Upgrade\r\nUpgrade: h2c\r\n\r\nGET /2 HTTP/1.1\r\n" H
         "\r\n",
         "1 /? a|\n1 /2? a|\n", OK("0", "") OK("0", ""), 0},
        {"POST / HTTP/1.1\r\n" H
         "Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\nhi",
         "4 /? a|hi\n", OK("2", "hi"), 0},
    };
    check_all(cases, sizeof cases / sizeof cases[0]);
}

static void test_refusals(void **state) {
    (void)state;
    static const http_case cases[] = {
        /* smuggling (9112 6.1, 6.3, 11.2) */
        {"POST / HTTP/1.1\r\n" H "Content-Length: 5\r\nTransfer-Encoding: "
                                 "chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n" H "\r\n",
         "", NULL, 400},
        {"POST / HTTP/1.1\r\n" H
         "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\nx",
         "", NULL, 400},
        {"POST / HTTP/1.1\r\n" H "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", "", NULL,
         400},
        {"POST / HTTP/1.1\r\n" H "Content-Length: 5, 5\r\n\r\nhello", "", NULL, 400},
        {"POST / HTTP/1.1\r\n" H "Content-Length: +5\r\n\r\nhello", "", NULL, 400},
        {"POST / HTTP/1.1\r\n" H "Content-Length: 99999999999999999999\r\n\r\n", "", NULL, 400},
        {"POST / HTTP/1.1\r\n" H "Content-Length : 5\r\n\r\nhello", "", NULL, 400},
        {"POST / HTTP/1.1\r\n" H
         "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         "", NULL, 400},
        {"POST / HTTP/1.1\r\n" H "Transfer-Encoding: gzip\r\n\r\n", "", NULL, 501},
        {"POST / HTTP/1.1\r\n" H "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "", NULL,
         501},
        {"POST / HTTP/1.1\r\n" H "Transfer-Encoding: xchunked\r\n\r\n", "", NULL, 501},
        {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "", NULL, 400},
        {"GET / HTTP/1.1\r\n" H "A: b\r\n c\r\n\r\n", "", NULL, 400}, /* obs-fold, 5.2 */
        {"GET / HTTP/1.1\n" H "\r\n", "", NULL, 400},                 /* bare LF */
        {"GET / HTTP/1.1\r\nHost: a\nA: b\r\n\r\n", "", NULL, 400},
        {"GET / HTTP/1.1\r\n" H "A\x01: b\r\n\r\n", "", NULL, 400},
        {"GET / HTTP/1.1\r\n" H "A: b\x01\r\n\r\n", "", NULL, 400},
        {"GET / HTTP/1.1\r\n" H ": b\r\n\r\n", "", NULL, 400},
        {"POST / HTTP/1.1\r\n" CHUNKED "g\r\n", "", NULL, 400},
        {"POST / HTTP/1.1\r\n" CHUNKED "ffffffffffffffffff\r\n", "", NULL, 400},
        {"POST / HTTP/1.1\r\n" CHUNKED "3\r\nabcd\r\n", "", NULL, 400},
        {"POST / HTTP/1.1\r\n" CHUNKED "3\nabc\r\n0\r\n\r\n", "", NULL, 400},
        /* Host (3.2) */
        {"GET / HTTP/1.1\r\n\r\n", "", NULL, 400},
        {"GET / HTTP/1.1\r\n" H H "\r\n", "", NULL, 400},
        /* method, target, version */
        {"FOO / HTTP/1.1\r\n" H "\r\n", "", NULL, 501},
        {"TRACE / HTTP/1.1\r\n" H "\r\n", "", NULL, 501},
        {"CONNECT a:1 HTTP/1.1\r\n" H "\r\n", "", NULL, 501},
        {"\x16\x03\x01\x02", "", NULL, 400},
        {"GET a HTTP/1.1\r\n" H "\r\n", "", NULL, 400},
        {"GET / HTTP/2.0\r\n" H "\r\n", "", NULL, 505},
        {"GET / HTTP/1.2\r\n" H "\r\n", "", NULL, 505},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "", NULL, 505},
        {"GET / HTTPS/1.1\r\n" H "\r\n", "", NULL, 400},
        {"GET / HTTP/1.1\r\n" H "Expect: miracles\r\n\r\n", "", NULL, 417},
        /* limits of this test: target 64, headers 256, body 1000 */
        {"GET /" X64 " HTTP/1.1\r\n" H "\r\n", "", NULL, 414},
        {"GET / HTTP/1.1\r\n" H "A: " X64 X64 X64 X64 "\r\n\r\n", "", NULL, 431},
        {"GET / HTTP/1.1\r\n" H "A" X64 X64 X64 X64 ": b\r\n\r\n", "", NULL, 431},
        {"POST / HTTP/1.1\r\n" H "Content-Length: 1001\r\n\r\n", "", NULL, 413},
        {"POST / HTTP/1.1\r\n" H "Expect: 100-continue\r\nContent-Length: 1001\r\n\r\n", "", NULL,
         413},
        {"POST / HTTP/1.1\r\n" CHUNKED "0\r\nT: " X64 X64 X64 X64 "\r\n\r\n", "", NULL, 431},
        /* an error leaves behind the answers before it */
        {"GET / HTTP/1.1\r\n" H "\r\nFOO / HTTP/1.1\r\n" H "\r\n", "1 /? a|\n", NULL, 501},
    };
    check_all(cases, sizeof cases / sizeof cases[0]);
}

static void test_too_many_headers_and_chunked_limit(void **state) {
    (void)state;
    world w;
    open_world(&w);
    gvm_buf in = {0};
    gvm_buf_str(&in, "POST / HTTP/1.1\r\n" CHUNKED);
    for (int i = 0; i < 101; i++) gvm_buf_str(&in, "a\r\n0123456789\r\n");
    feed(&w, (char *)in.ptr, in.len, 1);
    gvm_buf_put(&w.out, 0);
    assert_memory_equal(w.out.ptr, "HTTP/1.1 413 ", 13);
    close_world(&w);

    open_world(&w);
    gvm_buf_clear(&in);
    gvm_buf_str(&in, "GET / HTTP/1.1\r\n" H);
    for (int i = 0; i < GVM_HTTP_MAX_HEADERS; i++) gvm_buf_str(&in, "a: \r\n");
    feed(&w, (char *)in.ptr, in.len, 1);
    assert_memory_equal(w.out.ptr, "HTTP/1.1 431 ", 13);
    close_world(&w);

    /* Many chunks of one byte with long extensions: cheap to send, dear to parse. */
    open_world(&w);
    gvm_buf_clear(&in);
    gvm_buf_str(&in, "POST / HTTP/1.1\r\n" CHUNKED);
    feed(&w, (char *)in.ptr, in.len, 1);
    for (int i = 0; i < 200 && w.out.len == 0; i++)
        feed(&w, "1;" X64 "=" X64 "\r\na\r\n", 2 + 64 + 1 + 64 + 2 + 3, 1);
    assert_memory_equal(w.out.ptr, "HTTP/1.1 400 ", 13);
    close_world(&w);
    gvm_buf_free(&in);
}

static void test_continue(void **state) {
    (void)state;
    world w;
    open_world(&w);
    const char head[] = "POST / HTTP/1.1\r\n" H "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    feed(&w, head, sizeof head - 1, 1);
    expect_buf(&w.out, "HTTP/1.1 100 Continue\r\n\r\n", "continue");
    feed(&w, "hi", 2, 2);
    expect_buf(&w.out, "HTTP/1.1 100 Continue\r\n\r\n" OK("2", "hi"), "continue");
    close_world(&w);
    /* It waits behind the answers before it. */
    open_world(&w);
    w.hold = true;
    feed(&w, "GET / HTTP/1.1\r\n" H "\r\n", 27, 1);
    feed(&w, head, sizeof head - 1, 1);
    assert_int_equal(w.out.len, 0);
    answer(w.waiting[0]);
    drain(&w, 1);
    expect_buf(&w.out, OK("0", "") "HTTP/1.1 100 Continue\r\n\r\n", "continue");
    close_world(&w);
}

static void test_answers_leave_in_order(void **state) {
    (void)state;
    world w;
    open_world(&w);
    w.hold = true;
    gvm_buf in = {0};
    for (int i = 0; i < 6; i++)
        gvm_buf_printf(&in, "POST / HTTP/1.1\r\n" H "Content-Length: 1\r\n\r\n%d", i);
    feed(&w, (char *)in.ptr, in.len, 1);
    gvm_buf_free(&in);
    assert_int_equal(w.waiting_count, 4); /* limits.pipelined */
    assert_false(gvm_http_want_read(w.conn));
    answer(w.waiting[2]);
    answer(w.waiting[1]);
    drain(&w, 1);
    assert_int_equal(w.out.len, 0);
    answer(w.waiting[0]);
    drain(&w, 1);
    expect_buf(&w.out, OK("1", "0") OK("1", "1") OK("1", "2"), "order");
    assert_int_equal(w.waiting_count, 6);
    assert_true(gvm_http_want_read(w.conn));
    gvm_http_drain(w.conn);
    answer(w.waiting[5]);
    answer(w.waiting[3]);
    assert_false(gvm_http_want_close(w.conn));
    answer(w.waiting[4]);
    drain(&w, 1);
    expect_buf(&w.out,
               OK("1", "0") OK("1", "1") OK("1", "2") OK("1", "3") OK("1", "4") OK_CLOSE("1", "5"),
               "order");
    assert_true(gvm_http_want_close(w.conn));
    close_world(&w);
    open_world(&w);
    w.hold = true;
    feed(&w, "GET / HTTP/1.1\r\n" H "\r\n", 27, 1);
    gvm_http_recv_end(w.conn, 2);
    assert_false(gvm_http_want_close(w.conn)); /* half-closed: it may still want the answer */
    gvm_http_delete(w.conn);
    w.conn = NULL;
    assert_int_equal(w.aborted, 1);
    close_world(&w);
}

static void test_upgrade_hands_over_the_rest(void **state) {
    (void)state;
    world w;
    open_world(&w);
    w.take_upgrade = true;
    const char in[] = "GET /0 HTTP/1.1\r\n" H "\r\nGET / HTTP/1.1\r\n" H
                      "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x80";
    feed(&w, in, sizeof in - 1, 1);
    assert_true(w.switched);
    assert_int_equal(w.rest.len, 2);
    expect_buf(&w.out, OK("0", "") "HTTP/1.1 101 Switching Protocols\r\n\r\n", "upgrade");
    close_world(&w);
}

static void test_slow_clients(void **state) {
    (void)state;
    world w;
    /* A byte of the head every second: the limit is on the whole head, not between bytes. */
    open_world(&w);
    const char head[] = "GET / HTTP/1.1\r\n" H "A: slow slow slow\r\n";
    uint64_t now = 1000;
    for (size_t i = 0; i < sizeof head - 1 && w.out.len == 0; i++, now += 1000) {
        gvm_http_tick(w.conn, now);
        drain(&w, now);
        if (w.out.len == 0) feed(&w, head + i, 1, now);
    }
    assert_memory_equal(w.out.ptr, "HTTP/1.1 408 ", 13);
    assert_true(now <= 13000);
    assert_true(gvm_http_want_close(w.conn));
    close_world(&w);
    /* A body that never ends. */
    open_world(&w);
    const char post[] = "POST / HTTP/1.1\r\n" H "Content-Length: 100\r\n\r\n";
    feed(&w, post, sizeof post - 1, 5000);
    assert_int_equal(gvm_http_deadline(w.conn), 65000);
    for (now = 6000; now < 65000; now += 1000) {
        gvm_http_tick(w.conn, now);
        feed(&w, "x", 1, now);
    }
    assert_int_equal(w.out.len, 0);
    gvm_http_tick(w.conn, 65000);
    drain(&w, now);
    assert_memory_equal(w.out.ptr, "HTTP/1.1 408 ", 13);
    close_world(&w);
    /* Nothing at all: closed without a word. */
    open_world(&w);
    feed(&w, "GET / HTTP/1.1\r\n" H "\r\n", 27, 100);
    size_t before = w.out.len;
    assert_int_equal(gvm_http_deadline(w.conn), 75100);
    gvm_http_tick(w.conn, 75099);
    assert_false(gvm_http_want_close(w.conn));
    gvm_http_tick(w.conn, 75100);
    assert_true(gvm_http_want_close(w.conn));
    assert_int_equal(w.out.len, before);
    close_world(&w);
    /* One who waits for an answer is not idle; one who does not take it is cut off. */
    open_world(&w);
    w.hold = true;
    gvm_http_recv(w.conn, gvm_bytes_str("GET / HTTP/1.1\r\n" H "\r\n"), 100);
    assert_int_equal(gvm_http_deadline(w.conn), UINT64_MAX);
    gvm_http_tick(w.conn, 1000000);
    assert_false(gvm_http_want_close(w.conn));
    answer(w.waiting[0]);
    assert_int_equal(gvm_http_deadline(w.conn), 1030000);
    gvm_http_tick(w.conn, 1030000);
    assert_true(gvm_http_broken(w.conn));
    close_world(&w);
}

static void test_a_trickle_reader_is_cut_off(void **state) {
    (void)state;
    world w;
    open_world(&w);
    w.hold = true;
    gvm_http_recv(w.conn, gvm_bytes_str("GET / HTTP/1.1\r\n" H "\r\n"), 0);
    gvm_buf body = {0};
    memset(gvm_buf_extend(&body, 1 << 20), 'x', 1 << 20);
    gvm_http_respond(w.waiting[0], &(gvm_http_response){.status = 200, .body = &body});
    uint64_t now = 0;
    for (; now < 100000 && !gvm_http_broken(w.conn); now += 1000) {
        gvm_bytes piece;
        assert_int_equal(gvm_http_peek(w.conn, &piece, 1), 1);
        gvm_http_sent(w.conn, 1, now);
        gvm_http_tick(w.conn, now);
    }
    assert_true(now <= 32000);
    close_world(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_too_many_headers_and_chunked_limit),
        cmocka_unit_test(test_continue),
        cmocka_unit_test(test_answers_leave_in_order),
        cmocka_unit_test(test_upgrade_hands_over_the_rest),
        cmocka_unit_test(test_slow_clients),
        cmocka_unit_test(test_a_trickle_reader_is_cut_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
