/* The whole way: a loop in a thread of its own, listening on a free port, and a client with a plain
 * socket. */
#include "net/server.h"
#include "service/jsonrpc/endpoint.h"
#include "service/jsonrpc/methods.h"
#include "service/jsonrpc/subscribe.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- the server's side */

static gvm_status sleepy(gvm_rpc_call *call) {
    uint64_t ms = gvm_rpc_arg_u64(call, 0);
    for (uint64_t i = 0; i < ms; i++) {
        if (gvm_rpc_cancelled(call)) return GVM_ERR_CANCELLED;
        (void)usleep(1000);
    }
    return gvm_rpc_return_u64(call, ms);
}
static gvm_status fill(gvm_rpc_call *call) {
    gvm_buf *out = gvm_rpc_return_text(call);
    size_t n = (size_t)gvm_rpc_arg_u64(call, 0);
    gvm_buf_put(out, '"');
    uint8_t *at = gvm_buf_extend(out, n);
    if (at != NULL) memset(at, 'x', n);
    gvm_buf_put(out, '"');
    return GVM_OK;
}
static gvm_status hash_on_worker(gvm_rpc_call *call) {
    return gvm_rpc_web3_sha3(call);
}
static gvm_status subscribe(gvm_rpc_call *call) {
    return gvm_rpc_eth_subscribe(call);
}

static const gvm_rpc_method methods[] = {
    {"sleepy",
     sleepy,
     GVM_RPC_ON_WORKER,
     "quantity",
     "",
     {{GVM_RPC_NUMBER, "ms", false, NULL, NULL}}},
    {"fill", fill, 0, "string", "", {{GVM_RPC_NUMBER, "bytes", false, NULL, NULL}}},
    {"hash",
     hash_on_worker,
     GVM_RPC_ON_WORKER,
     "hash",
     "",
     {{GVM_RPC_DATA, "data", false, NULL, NULL}}},
    {"eth_subscribe",
     subscribe,
     GVM_RPC_NEEDS_PEER,
     "data",
     "",
     {{GVM_RPC_STRING, "topic", false, NULL, NULL}, {GVM_RPC_ANY, "options", true, NULL, NULL}}},
};
static const gvm_rpc_topic topics[] = {{"newHeads", NULL, NULL, ""}};

typedef struct node {
    gvm_loop *loop;
    gvm_rpc *rpc;
    gvm_rpc_endpoint *endpoint;
    gvm_server *server;
    uint16_t port;
    pthread_t thread;
    gvm_task task;
    int event_count;
    size_t event_size;
    uint64_t drain_ms;
} node;

static void *run_loop(void *arg) {
    gvm_loop_run(((node *)arg)->loop);
    return NULL;
}

static void boot(node *n, gvm_server_config config, gvm_rpc_config rpc) {
    *n = (node){0};
    gvm_error err = {0};
    assert_int_equal(gvm_loop_new(&n->loop, 2), GVM_OK);
    rpc.methods = methods;
    rpc.method_count = sizeof methods / sizeof methods[0];
    rpc.topics = topics;
    rpc.topic_count = 1;
    rpc.executor = gvm_loop_executor(n->loop);
    assert_int_equal(gvm_rpc_new(&n->rpc, &rpc, &err), GVM_OK);
    assert_int_equal(gvm_rpc_endpoint_new(&n->endpoint, n->loop, n->rpc), GVM_OK);
    if (gvm_server_new(&n->server, n->loop, &config, &err) != GVM_OK)
        fail_msg("%s", gvm_error_text(&err));
    n->port = gvm_server_port(n->server);
    assert_true(n->port != 0);
    assert_int_equal(gvm_rpc_endpoint_attach(n->endpoint, n->server, "/"), GVM_OK);
    assert_int_equal(pthread_create(&n->thread, NULL, run_loop, n), 0);
}

static void stop_when_drained(void *arg) {
    node *n = arg;
    gvm_server_delete(n->server);
    gvm_rpc_endpoint_delete(n->endpoint);
    gvm_loop_stop(n->loop);
}
static void start_shutdown(void *arg) {
    node *n = arg;
    gvm_rpc_drain(n->rpc);
    gvm_server_shutdown(n->server, n->drain_ms, stop_when_drained, n);
}
static void on_loop(node *n, void (*fn)(void *arg)) {
    n->task = (gvm_task){.run = fn, .arg = n};
    gvm_executor e = gvm_loop_executor(n->loop);
    e.post(e.ctx, &n->task);
}
static void halt(node *n, uint64_t drain_ms) {
    n->drain_ms = drain_ms;
    on_loop(n, start_shutdown);
    assert_int_equal(pthread_join(n->thread, NULL), 0);
    while (gvm_rpc_active(n->rpc) > 0) gvm_loop_turn(n->loop, true);
    gvm_loop_delete(n->loop);
    gvm_rpc_delete(n->rpc);
}

/* ---- the client's side */

static int dial(const node *n) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(n->port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    struct timeval limit = {.tv_sec = 60}; /* under a sanitizer on a busy machine */
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), 0);
    return fd;
}
static void say(int fd, const void *text, size_t len) {
    assert_int_equal(send(fd, text, len, MSG_NOSIGNAL), (ssize_t)len);
}
static void say_text(int fd, const char *text) {
    say(fd, text, strlen(text));
}
/* Reads until the text holds `until`, or the connection ends. */
static void hear(int fd, gvm_buf *in, const char *until) {
    char part[65536];
    gvm_buf_clear(in);
    for (;;) {
        ssize_t n = recv(fd, part, sizeof part, 0);
        if (n < 0) fail_msg("no answer in time; so far: %.*s", (int)in->len, (const char *)in->ptr);
        gvm_buf_append(in, part, (size_t)n);
        gvm_buf_put(in, 0);
        in->len--;
        if (n == 0 || (until != NULL && strstr((char *)in->ptr, until) != NULL)) return;
    }
}
static void post(int fd, const char *extra, const char *body) {
    char text[2048];
    (void)snprintf(text, sizeof text,
                   "POST / HTTP/1.1\r\nHost: localhost\r\n%sContent-Length: %zu\r\n\r\n%s", extra,
                   strlen(body), body);
    say_text(fd, text);
}
static void expect(const gvm_buf *in, const char *piece) {
    if (strstr((char *)in->ptr, piece) == NULL)
        fail_msg("expected \"%s\" in:\n%s", piece, (char *)in->ptr);
}

#define CALL(method, params) \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" method "\",\"params\":[" params "]}"
#define HELLO_HASH "0x47173285a8d7341e5e972fc677286384f802f8ef42a5ec5f03bbfa254cb01fad"

static void test_requests_over_a_socket(void **state) {
    (void)state;
    node n;
    boot(&n, (gvm_server_config){0}, (gvm_rpc_config){0});
    gvm_buf in = {0};
    int fd = dial(&n);
    post(fd, "", CALL("hash", "\"0x68656c6c6f20776f726c64\""));
    hear(fd, &in, "\"}");
    expect(&in, "HTTP/1.1 200 OK\r\n");
    expect(&in, "Content-Type: application/json\r\n");
    expect(&in, "Date: ");
    expect(&in, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"" HELLO_HASH "\"}");
    /* The slow one first: both run at once, the answers come in order. */
    post(fd, "", CALL("sleepy", "100"));
    post(fd, "", CALL("sleepy", "1"));
    hear(fd, &in, "\"0x1\"");
    assert_true(strstr((char *)in.ptr, "\"0x64\"") < strstr((char *)in.ptr, "\"0x1\""));
    /* A big answer arrives whole. */
    post(fd, "Connection: close\r\n", CALL("fill", "5000000"));
    hear(fd, &in, NULL);
    assert_true(in.len > 5000000);
    expect(&in, "Connection: close\r\n");
    close(fd);
    gvm_buf_free(&in);
    halt(&n, 1000);
}

static void test_routes_policy_and_cors(void **state) {
    (void)state;
    static const char *const origins[] = {"https://app.example"}, *const hosts[] = {"node.example"};
    node n;
    boot(&n, (gvm_server_config){.policy = {origins, 1, hosts, 1}}, (gvm_rpc_config){0});
    gvm_buf in = {0};
    static const struct {
        const char *request, *wanted;
    } cases[] = {
        {"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 404 Not Found\r\n"},
        {"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 405 Method Not Allowed\r\n"},
        {"PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n",
         "Allow: GET, HEAD, POST, OPTIONS\r\n"},
        {"POST / HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 2\r\n\r\n[]",
         "--allow-host evil.example"},
        {"POST / HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\nContent-Length: "
         "2\r\n\r\n[]",
         "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,\"message\":\"the origin "
         "https://evil.example is not "
         "allowed here; start the node with --allow-origin https://evil.example to allow it\"}}"},
        {"POST / HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\nContent-Length: "
         "2\r\n\r\n[]",
         "HTTP/1.1 403 Forbidden\r\n"},
        {"POST / HTTP/1.1\r\nHost: node.example:8545\r\nOrigin: "
         "https://app.example\r\nContent-Length: 2\r\n\r\n[]",
         "Access-Control-Allow-Origin: https://app.example\r\n"},
        {"OPTIONS / HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: "
         "http://localhost:3000\r\nAccess-Control-Request-Method: POST\r\n"
         "Access-Control-Request-Headers: content-type\r\nAccess-Control-Request-Private-Network: "
         "true\r\n\r\n",
         "HTTP/1.1 204 No Content\r\n"},
        {"OPTIONS / HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: "
         "http://localhost:3000\r\nAccess-Control-Request-Method: POST\r\n"
         "Access-Control-Request-Headers: content-type\r\nAccess-Control-Request-Private-Network: "
         "true\r\n\r\n",
         "Access-Control-Allow-Headers: content-type\r\n"},
        {"OPTIONS / HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: "
         "http://localhost:3000\r\nAccess-Control-Request-Method: POST\r\n"
         "Access-Control-Request-Private-Network: true\r\n\r\n",
         "Access-Control-Allow-Private-Network: true\r\n"},
        {"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: "
         "websocket\r\nSec-WebSocket-Version: 8\r\n\r\n",
         "HTTP/1.1 426 Upgrade Required\r\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int fd = dial(&n);
        say_text(fd, cases[i].request);
        (void)shutdown(fd, SHUT_WR);
        hear(fd, &in, NULL);
        expect(&in, cases[i].wanted);
        close(fd);
    }
    gvm_buf_free(&in);
    halt(&n, 1000);
}

static void test_policy_rules(void **state) {
    (void)state;
    static const gvm_policy none = {0};
    static const char *const passing[] = {
        "http://localhost",       "https://localhost:3000",    "http://127.0.0.1:8080",
        "http://[::1]",           "http://[::1]:99",           "http://LOCALHOST",
        "chrome-extension://abc", "moz-extension://abc",       "http://127.8.9.1",
        "http://app.localhost",   "safari-web-extension://abc"};
    static const char *const failing[] = {"null",
                                          "",
                                          "http://evil.example",
                                          "http://localhost.evil.example",
                                          "http://localhost@evil.example",
                                          "http://127.0.0.1.evil.example",
                                          "http://evil.example:80#localhost",
                                          "file://",
                                          "http://10.0.0.1",
                                          "http://[::2]",
                                          "http://",
                                          "http://localhost:x",
                                          "evil://localhost",
                                          "http://notlocalhost"};
    static const char *const hosts[] = {"localhost", "localhost:8545", "127.0.0.1:8545",
                                        "10.0.0.1",  "[::1]:1",        "[fe80::1]"};
    static const char *const bad_hosts[] = {"evil.example",
                                            "localhost.evil.example",
                                            "127.0.0.1.evil.example",
                                            "[::1",
                                            "localhost:x",
                                            "1.2.3.4.5",
                                            ":80"};
    for (size_t i = 0; i < sizeof passing / sizeof passing[0]; i++)
        if (!gvm_policy_origin(&none, gvm_bytes_str(passing[i]))) fail_msg("%s", passing[i]);
    for (size_t i = 0; i < sizeof failing / sizeof failing[0]; i++)
        if (gvm_policy_origin(&none, gvm_bytes_str(failing[i]))) fail_msg("%s", failing[i]);
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++)
        if (!gvm_policy_host(&none, gvm_bytes_str(hosts[i]))) fail_msg("%s", hosts[i]);
    for (size_t i = 0; i < sizeof bad_hosts / sizeof bad_hosts[0]; i++)
        if (gvm_policy_host(&none, gvm_bytes_str(bad_hosts[i]))) fail_msg("%s", bad_hosts[i]);
    assert_true(gvm_policy_origin(&none, gvm_bytes_make(NULL, 0)));
}

static void test_port_in_use_is_said_clearly(void **state) {
    (void)state;
    node n;
    boot(&n, (gvm_server_config){0}, (gvm_rpc_config){0});
    gvm_loop *loop;
    gvm_server *second = NULL;
    gvm_error err = {0};
    assert_int_equal(gvm_loop_new(&loop, 1), GVM_OK);
    assert_int_equal(gvm_server_new(&second, loop, &(gvm_server_config){.port = n.port}, &err),
                     GVM_ERR_BUSY);
    assert_non_null(strstr(err.text, "in use"));
    assert_int_equal(gvm_server_new(&second, loop, &(gvm_server_config){.host = "nowhere"}, &err),
                     GVM_ERR_ARGUMENT);
    assert_int_equal(
        gvm_server_new(&second, loop, &(gvm_server_config){.host = "203.0.113.1"}, &err),
        GVM_ERR_ARGUMENT);
    gvm_loop_delete(loop);
    halt(&n, 1000);
}

static void test_too_many_connections_are_closed(void **state) {
    (void)state;
    node n;
    boot(&n, (gvm_server_config){.max_connections = 2}, (gvm_rpc_config){0});
    gvm_buf in = {0};
    int a = dial(&n), b = dial(&n);
    post(a, "", CALL("fill", "1"));
    hear(a, &in, "\"x\"");
    post(b, "", CALL("fill", "1"));
    hear(b, &in, "\"x\"");
    int c = dial(&n);
    char one;
    assert_true(recv(c, &one, 1, 0) <= 0);
    close(a);
    close(b);
    close(c);
    gvm_buf_free(&in);
    halt(&n, 1000);
}

/* ---- WebSocket over a socket */

#define UPGRADE                                                             \
    "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: " \
    "websocket\r\nSec-WebSocket-Version: 13\r\n"                            \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

static void frame(gvm_buf *out, uint8_t first, const void *payload, size_t len) {
    static const uint8_t mask[4] = {1, 2, 3, 4};
    gvm_buf_put(out, first);
    if (len < 126) {
        gvm_buf_put(out, (uint8_t)(0x80 | len));
    } else {
        gvm_buf_put(out, 0x80 | 126);
        gvm_buf_put(out, (uint8_t)(len >> 8));
        gvm_buf_put(out, (uint8_t)len);
    }
    gvm_buf_append(out, mask, 4);
    for (size_t i = 0; i < len; i++)
        gvm_buf_put(out, (uint8_t)(((const uint8_t *)payload)[i] ^ mask[i % 4]));
}
static void say_frame(int fd, uint8_t first, const char *payload) {
    gvm_buf out = {0};
    frame(&out, first, payload, strlen(payload));
    say(fd, out.ptr, out.len);
    gvm_buf_free(&out);
}

static void emit_events(void *arg) {
    node *n = arg;
    gvm_buf text = {0};
    gvm_buf_put(&text, '"');
    for (size_t i = 0; i < n->event_size; i++) gvm_buf_put(&text, 'e');
    gvm_buf_put(&text, '"');
    for (int i = 0; i < n->event_count; i++)
        gvm_rpc_publish(n->rpc, "newHeads", gvm_buf_bytes(&text));
    gvm_buf_free(&text);
}

static void test_websocket_over_a_socket(void **state) {
    (void)state;
    node n;
    boot(&n, (gvm_server_config){0}, (gvm_rpc_config){0});
    gvm_buf in = {0};
    int fd = dial(&n);
    say_text(fd, UPGRADE);
    hear(fd, &in, "\r\n\r\n");
    expect(&in, "HTTP/1.1 101 Switching Protocols\r\n");
    expect(&in,
           "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"); /* RFC 6455 section 1.3 */
    say_frame(fd, 0x81, CALL("hash", "\"0x68656c6c6f20776f726c64\""));
    hear(fd, &in, HELLO_HASH);
    say_frame(fd, 0x81, CALL("eth_subscribe", "\"newHeads\""));
    hear(fd, &in, "\"}");
    n.event_count = 1;
    n.event_size = 3;
    on_loop(&n, emit_events);
    hear(fd, &in, "\"result\":\"eee\"}}");
    expect(&in, "\"method\":\"eth_subscription\"");
    say_frame(fd, 0x88, "\x03\xe8");
    hear(fd, &in, NULL);
    assert_int_equal(in.len, 4);
    assert_memory_equal(in.ptr, "\x88\x02\x03\xe8", 4);
    close(fd);
    gvm_buf_free(&in);
    halt(&n, 1000);
}

static void test_a_peer_that_does_not_read_is_closed(void **state) {
    (void)state;
    node n;
    boot(&n, (gvm_server_config){.ws = {.out_bytes = 1 << 20}}, (gvm_rpc_config){0});
    gvm_buf in = {0};
    int fd = dial(&n);
    say_text(fd, UPGRADE);
    hear(fd, &in, "\r\n\r\n");
    say_frame(fd, 0x81, CALL("eth_subscribe", "\"newHeads\""));
    hear(fd, &in, "\"}");
    n.event_count = 200;
    n.event_size = 100000;
    on_loop(&n, emit_events); /* 20 MB into a queue of 1 MB */
    (void)usleep(50000);
    hear(fd, &in, NULL); /* what was sent before, then the close frame, then the end */
    assert_true(in.len < 15000000);
    static const char reason[] = "\x03\xf5too slow";
    assert_true(in.len > 100);
    bool found = false;
    for (size_t i = in.len - 100; i + sizeof reason < in.len; i++)
        found = found || memcmp(in.ptr + i, reason, sizeof reason - 1) == 0;
    assert_true(found);
    close(fd);
    gvm_buf_free(&in);
    halt(&n, 1000);
}

static void test_time_limit_and_shutdown(void **state) {
    (void)state;
    node n;
    boot(&n, (gvm_server_config){0}, (gvm_rpc_config){.time_limit_ms = 50});
    gvm_buf in = {0};
    int fd = dial(&n);
    post(fd, "", CALL("sleepy", "5000"));
    hear(fd, &in, "}}");
    expect(&in, "took longer than 50 ms");
    close(fd);
    halt(&n, 1000);
    /* What is in flight is finished, and the client is told that the connection ends. */
    boot(&n, (gvm_server_config){0}, (gvm_rpc_config){0});
    fd = dial(&n);
    int idle = dial(&n), ws = dial(&n);
    say_text(ws, UPGRADE);
    hear(ws, &in, "\r\n\r\n");
    post(fd, "", CALL("sleepy", "100"));
    (void)usleep(20000);
    n.drain_ms = 5000;
    on_loop(&n, start_shutdown);
    hear(fd, &in, NULL);
    expect(&in, "\"0x64\"");
    expect(&in, "Connection: close\r\n");
    hear(idle, &in, NULL);
    assert_int_equal(in.len, 0);
    char close_frame[4];
    assert_int_equal(recv(ws, close_frame, 4, 0), 4);
    assert_memory_equal(close_frame, "\x88\x1b\x03\xe9", 4);
    close(fd);
    close(idle);
    close(ws);
    assert_int_equal(pthread_join(n.thread, NULL), 0);
    gvm_loop_delete(n.loop);
    gvm_rpc_delete(n.rpc);
    /* A client that goes away takes its requests with it; a shutdown cuts what does not end. */
    boot(&n, (gvm_server_config){0}, (gvm_rpc_config){0});
    fd = dial(&n);
    post(fd, "", CALL("sleepy", "20000"));
    (void)usleep(20000);
    halt(&n, 30);
    close(fd);
    gvm_buf_free(&in);
}

/* Clients that pipeline, on workers; every third one goes away in the middle of its answers. */
typedef struct client {
    node *n;
    int number, answers;
} client;

static void *run_client(void *arg) {
    client *c = arg;
    for (int round = 0; round < 6; round++) {
        int fd = dial(c->n);
        gvm_buf out = {0};
        for (int i = 0; i < 40; i++) {
            const char *body =
                i % 10 == 0 ? CALL("sleepy", "2") : CALL("hash", "\"0x68656c6c6f20776f726c64\"");
            gvm_buf_printf(&out,
                           "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n\r\n%s",
                           strlen(body), body);
        }
        (void)send(fd, out.ptr, out.len, MSG_NOSIGNAL);
        gvm_buf_free(&out);
        int got = 0, wanted = round % 3 == 2 ? 10 : 40;
        char part[4096];
        while (got < wanted) {
            ssize_t n = recv(fd, part, sizeof part, 0);
            if (n <= 0) break;
            for (ssize_t i = 0; i < n; i++) got += part[i] == '}';
        }
        if (got >= wanted) c->answers++;
        struct linger reset = {1, 0}; /* the hard way out */
        if (wanted < 40) (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        close(fd);
    }
    return NULL;
}

static void test_many_clients_on_workers(void **state) {
    (void)state;
    node n;
    boot(&n, (gvm_server_config){0}, (gvm_rpc_config){0});
    client clients[4];
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        clients[i] = (client){&n, i, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, run_client, &clients[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(clients[i].answers, 6);
    }
    halt(&n, 1000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests_over_a_socket),
        cmocka_unit_test(test_routes_policy_and_cors),
        cmocka_unit_test(test_policy_rules),
        cmocka_unit_test(test_port_in_use_is_said_clearly),
        cmocka_unit_test(test_too_many_connections_are_closed),
        cmocka_unit_test(test_websocket_over_a_socket),
        cmocka_unit_test(test_a_peer_that_does_not_read_is_closed),
        cmocka_unit_test(test_time_limit_and_shutdown),
        cmocka_unit_test(test_many_clients_on_workers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
