/* The WebSocket core without sockets. What is right is RFC 6455's word; sections are named at the
 * cases. Every exchange is fed whole and byte by byte. */
#include "net/websocket.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

typedef struct world {
    gvm_ws *ws;
    gvm_buf seen, out;
    bool echo;
} world;

static void on_message(void *ctx, gvm_bytes message, bool text) {
    world *w = ctx;
    gvm_buf_printf(&w->seen, "%c%zu:%.*s\n", text ? 't' : 'b', message.len,
                   (int)(message.len < 32 ? message.len : 32),
                   message.len == 0 ? "" : (const char *)message.ptr);
    if (w->echo) {
        gvm_buf copy = {0};
        gvm_buf_append(&copy, message.ptr, message.len);
        (void)gvm_ws_send(w->ws, &copy, text);
    }
}
static const gvm_ws_events events = {on_message};
static const gvm_ws_limits limits = {.message_bytes = 1000, .out_bytes = 4000};

static void open_world(world *w) {
    *w = (world){0};
    assert_int_equal(gvm_ws_new(&w->ws, &limits, &events, w, 0), GVM_OK);
}
static void close_world(world *w) {
    gvm_ws_delete(w->ws);
    gvm_buf_free(&w->seen);
    gvm_buf_free(&w->out);
}
static void drain(world *w, uint64_t now) {
    gvm_bytes pieces[4];
    for (size_t n; (n = gvm_ws_peek(w->ws, pieces, 4)) > 0;) {
        size_t total = 0;
        for (size_t i = 0; i < n; i++) {
            gvm_buf_append(&w->out, pieces[i].ptr, pieces[i].len);
            total += pieces[i].len;
        }
        gvm_ws_sent(w->ws, total, now);
    }
}

static void put(gvm_buf *out, uint8_t first, const void *payload, size_t len) {
    static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};
    gvm_buf_put(out, first);
    if (len < 126) {
        gvm_buf_put(out, (uint8_t)(0x80 | len));
    } else if (len < 65536) {
        uint8_t head[3] = {0x80 | 126, (uint8_t)(len >> 8), (uint8_t)len};
        gvm_buf_append(out, head, 3);
    } else {
        gvm_buf_put(out, 0x80 | 127);
        gvm_store_be64(gvm_buf_extend(out, 8), len);
    }
    gvm_buf_append(out, mask, 4);
    for (size_t i = 0; i < len; i++)
        gvm_buf_put(out, (uint8_t)(((const uint8_t *)payload)[i] ^ mask[i % 4]));
}

/* Feeds `in` in steps; expects what was seen and sent (`out`: raw bytes). */
static void check(const gvm_buf *in, const char *seen, const char *out, size_t out_len,
                  uint16_t code, bool echo) {
    for (size_t step = 1; step <= in->len;
         step += step == 1 ? (in->len > 2 ? in->len / 2 : 1) : in->len) {
        world w;
        open_world(&w);
        w.echo = echo;
        for (size_t at = 0; at < in->len; at += step) {
            size_t n = step < in->len - at ? step : in->len - at;
            gvm_ws_recv(w.ws, gvm_bytes_make(in->ptr + at, n), 1);
            drain(&w, 1);
        }
        gvm_buf_put(&w.seen, 0);
        assert_string_equal((char *)w.seen.ptr, seen);
        if (out != NULL) {
            assert_int_equal(w.out.len, out_len);
            assert_memory_equal(w.out.ptr, out, out_len);
        }
        if (code != 0) {
            /* A close frame with this code is the last thing sent, and nothing more is read. */
            bool found = false;
            for (size_t i = 0; i + 4 <= w.out.len; i++)
                found = found || (w.out.ptr[i] == 0x88 && w.out.ptr[i + 2] == code >> 8 &&
                                  w.out.ptr[i + 3] == (code & 0xff));
            if (!found)
                fail_msg("frame %02x: expected close code %u, step %zu", in->ptr[0], code, step);
            assert_true(gvm_ws_want_close(w.ws));
            assert_int_equal(gvm_ws_code(w.ws), code);
        }
        close_world(&w);
    }
}

static void test_messages(void **state) {
    (void)state;
    gvm_buf in = {0};
    /* The masked "Hello" of section 5.7, and its unmasked answer. */
    gvm_buf_append(&in, "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", 11);
    check(&in, "t5:Hello\n", "\x81\x05\x48\x65\x6c\x6c\x6f", 7, 0, true);
    /* Fragments with a ping between them (5.4): the pong comes first. */
    gvm_buf_clear(&in);
    put(&in, 0x01, "Hel", 3);
    put(&in, 0x89, "p", 1);
    put(&in, 0x00, "l", 1);
    put(&in, 0x80, "o", 1);
    check(&in, "t5:Hello\n", "\x8a\x01p\x81\x05Hello", 10, 0, true);
    gvm_buf_clear(&in);
    put(&in, 0x82, "", 0);
    put(&in, 0x81, "\xc3\xa9", 2);
    check(&in, "b0:\nt2:\xc3\xa9\n", "\x82\x00\x81\x02\xc3\xa9", 6, 0, true);
    /* A character split over fragments is whole in the end. */
    gvm_buf_clear(&in);
    put(&in, 0x01, "\xc3", 1);
    put(&in, 0x80, "\xa9", 1);
    check(&in, "t2:\xc3\xa9\n", NULL, 0, 0, true);
    gvm_buf_free(&in);
}

static void test_lengths_of_all_forms(void **state) {
    (void)state;
    static const size_t lens[] = {125, 126, 65535, 65536, 100000};
    for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++) {
        world w = {0};
        static const gvm_ws_limits wide = {.message_bytes = 100000};
        assert_int_equal(gvm_ws_new(&w.ws, &wide, &events, &w, 0), GVM_OK);
        w.echo = true;
        gvm_buf in = {0};
        uint8_t *payload = malloc(lens[i]);
        memset(payload, 'a', lens[i]);
        put(&in, 0x81, payload, lens[i]);
        gvm_ws_recv(w.ws, gvm_buf_bytes(&in), 1);
        drain(&w, 1);
        size_t head = lens[i] < 126 ? 2 : lens[i] < 65536 ? 4 : 10;
        assert_int_equal(w.out.len, head + lens[i]);
        assert_memory_equal(w.out.ptr + head, payload, lens[i]);
        assert_int_equal(w.out.ptr[1], lens[i] < 126 ? lens[i] : lens[i] < 65536 ? 126 : 127);
        free(payload);
        gvm_buf_free(&in);
        close_world(&w);
    }
}

static void test_protocol_errors(void **state) {
    (void)state;
    gvm_buf in = {0};
    static const struct {
        uint8_t first;
        const char *payload;
        size_t len;
        uint16_t code;
    } cases[] = {
        {0x81, "\xff", 1, 1007},     /* not UTF-8 (8.1) */
        {0x81, "\xc3", 1, 1007},     /* ends inside of a character */
        {0xc1, "a", 1, 1002},        /* reserved bit (5.2) */
        {0x83, "a", 1, 1002},        /* reserved opcode */
        {0x80, "a", 1, 1002},        /* continues nothing (5.4) */
        {0x09, "a", 1, 1002},        /* fragmented ping (5.5) */
        {0x88, "\x03", 1, 1002},     /* close code of one byte (5.5.1) */
        {0x88, "\x03\xed", 2, 1002}, /* 1005 must not be sent (7.4.1) */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gvm_buf_clear(&in);
        put(&in, cases[i].first, cases[i].payload, cases[i].len);
        check(&in, "", NULL, 0, cases[i].code, true);
    }
    /* No mask (5.1), behind a good message. */
    gvm_buf_clear(&in);
    put(&in, 0x81, "a", 1);
    gvm_buf_append(&in, "\x81\x01g", 3);
    check(&in, "t1:a\n", NULL, 0, 1002, true);
    /* Too long: in one frame, and in many (close code 1009). */
    char big[1001];
    memset(big, 'a', sizeof big);
    gvm_buf_clear(&in);
    put(&in, 0x81, big, sizeof big);
    check(&in, "", NULL, 0, 1009, true);
    gvm_buf_clear(&in);
    put(&in, 0x01, big, 600);
    put(&in, 0x80, big, 600);
    check(&in, "", NULL, 0, 1009, true);
    gvm_buf_free(&in);
}

static void test_closing(void **state) {
    (void)state;
    gvm_buf in = {0};
    put(&in, 0x88,
        "\x03\xe8"
        "bye",
        5);
    put(&in, 0x81, "late", 4);
    check(&in, "", NULL, 0, 1000, true);
    /* Ours first: the other has limits.close_ms to agree. */
    world w;
    open_world(&w);
    gvm_ws_close(w.ws, GVM_WS_GOING_AWAY, "x");
    gvm_buf late = {0};
    gvm_buf_str(&late, "late");
    assert_false(gvm_ws_send(w.ws, &late, true));
    drain(&w, 1);
    assert_int_equal(w.out.len, 5);
    assert_memory_equal(w.out.ptr, "\x88\x03\x03\xe9x", 5);
    assert_false(gvm_ws_want_close(w.ws));
    assert_int_equal(gvm_ws_deadline(w.ws), 5000);
    gvm_ws_tick(w.ws, 5000);
    assert_true(gvm_ws_want_close(w.ws));
    close_world(&w);
    open_world(&w);
    gvm_ws_close(w.ws, GVM_WS_GOING_AWAY, "x");
    gvm_buf_clear(&in);
    put(&in, 0x88, "\x03\xe9", 2);
    gvm_ws_recv(w.ws, gvm_buf_bytes(&in), 1);
    assert_true(gvm_ws_want_close(w.ws));
    close_world(&w);
    gvm_buf_free(&in);
}

static void test_silence_is_pinged_then_ended(void **state) {
    (void)state;
    world w;
    gvm_buf in = {0};
    open_world(&w);
    assert_int_equal(gvm_ws_deadline(w.ws), 30000);
    gvm_ws_tick(w.ws, 30000);
    drain(&w, 30000);
    assert_int_equal(w.out.len, 2);
    assert_memory_equal(w.out.ptr, "\x89\x00", 2);
    put(&in, 0x8a, "", 0);
    gvm_ws_recv(w.ws, gvm_buf_bytes(&in), 31000);
    assert_int_equal(gvm_ws_deadline(w.ws), 61000);
    gvm_ws_tick(w.ws, 61000);
    drain(&w, 61000);
    assert_int_equal(gvm_ws_deadline(w.ws), 91000);
    gvm_ws_tick(w.ws, 91000);
    assert_true(gvm_ws_want_close(w.ws));
    assert_int_equal(gvm_ws_code(w.ws), GVM_WS_POLICY);
    close_world(&w);
    gvm_buf_free(&in);
}

static bool send_size(world *w, size_t len) {
    gvm_buf b = {0};
    memset(gvm_buf_extend(&b, len), 'z', len);
    return gvm_ws_send(w->ws, &b, true);
}

static void test_slow_readers(void **state) {
    (void)state;
    world w;
    /* One big message is no fault of the reader. */
    open_world(&w);
    assert_true(send_size(&w, 50000));
    /* A part of it has left; behind it wait two more, and a third is too many: they go, the first
     * is finished. */
    gvm_bytes piece[2];
    assert_int_equal(gvm_ws_peek(w.ws, piece, 2), 2);
    gvm_ws_sent(w.ws, 100, 1);
    assert_false(send_size(&w, 5000));
    drain(&w, 1);
    assert_int_equal(w.out.len,
                     4 + 50000 - 100 + 2 + 2 + strlen("too slow: messages wait and are not read"));
    assert_int_equal(w.out.ptr[49904], 0x88);
    assert_memory_equal(w.out.ptr + 49906, "\x03\xf5too slow", 10);
    assert_int_equal(gvm_ws_code(w.ws), GVM_WS_TRY_LATER);
    close_world(&w);
    /* Nothing taken at all for limits.write_ms. */
    open_world(&w);
    assert_true(send_size(&w, 500));
    gvm_ws_tick(w.ws, 29999);
    assert_false(gvm_ws_broken(w.ws));
    gvm_ws_tick(w.ws, 30000);
    assert_true(gvm_ws_broken(w.ws));
    close_world(&w);
    /* A flood of pings from one who does not read the pongs. */
    open_world(&w);
    gvm_buf in = {0};
    for (int i = 0; i < 100; i++) put(&in, 0x89, "0123456789", 10);
    for (int i = 0; i < 100 && !gvm_ws_broken(w.ws); i++) gvm_ws_recv(w.ws, gvm_buf_bytes(&in), 1);
    assert_true(gvm_ws_broken(w.ws));
    assert_true(gvm_ws_waiting(w.ws) < 20000);
    gvm_buf_free(&in);
    close_world(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_lengths_of_all_forms),
        cmocka_unit_test(test_protocol_errors),
        cmocka_unit_test(test_closing),
        cmocka_unit_test(test_silence_is_pinged_then_ended),
        cmocka_unit_test(test_slow_readers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
