/* Requests a second over loopback, node and client in one process: what the way from socket to
 * method and back costs. The client is as simple as can be (raw sockets, answers counted by their
 * last byte), so that the node is measured. */
#include "net/server.h"
#include "service/jsonrpc/endpoint.h"
#include "service/jsonrpc/methods.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SECONDS 1.0

static gvm_status number(gvm_rpc_call *call) {
    return gvm_rpc_return_u64(call, 0x1234567);
}

static const gvm_rpc_method methods[] = {
    {"eth_blockNumber", number, 0, "quantity", "", {{0}}},
    {"on_worker", number, GVM_RPC_ON_WORKER, "quantity", "", {{0}}},
};

static double now(void) {
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double cpu(void) {
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void *run_loop(void *arg) {
    gvm_loop_run(arg);
    return NULL;
}

static void must(bool ok, const char *what) {
    if (ok) return;
    (void)fprintf(stderr, "rpc_bench: %s failed\n", what);
    exit(1);
}

/* Answers end in "}}" or "}" and nothing else does: here each holds exactly one '}'. */
static size_t count_answers(const char *text, size_t len) {
    size_t n = 0;
    for (const char *p = text; (p = memchr(p, '}', len - (size_t)(p - text))) != NULL; p++) n++;
    return n;
}

static void http(const char *label, uint16_t port, const char *method, int depth, double *base) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    must(connect(fd, (struct sockaddr *)&to, sizeof to) == 0, "connect");
    gvm_buf out = {0};
    char body[128], in[65536];
    (void)snprintf(body, sizeof body,
                   "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":[]}", method);
    for (int i = 0; i < depth; i++)
        gvm_buf_printf(&out,
                       "POST / HTTP/1.1\r\nHost: 127.0.0.1:8545\r\nUser-Agent: bench\r\nAccept: "
                       "*/*\r\nContent-Type: "
                       "application/json\r\nContent-Length: %zu\r\n\r\n%s",
                       strlen(body), body);
    size_t answers = 0;
    double start = now(), start_cpu = cpu(), end;
    do {
        must(send(fd, out.ptr, out.len, MSG_NOSIGNAL) == (ssize_t)out.len, "send");
        for (size_t got = 0; got < (size_t)depth;) {
            ssize_t n = recv(fd, in, sizeof in, 0);
            must(n > 0, "recv");
            got += count_answers(in, (size_t)n);
        }
        answers += (size_t)depth;
        end = now();
    } while (end - start < SECONDS);
    double rate = (double)answers / (end - start);
    if (*base == 0) *base = rate;
    (void)printf("%-34s %10.0f requests/s %8.2f us CPU (node and client) each   %5.2f x\n", label,
                 rate, 1e6 * (cpu() - start_cpu) / (double)answers, rate / *base);
    gvm_buf_free(&out);
    close(fd);
}

static void ignore(void *ctx, gvm_buf *answer) {
    (void)ctx;
    (void)answer;
}

static void dispatch_alone(gvm_rpc *rpc, double base) {
    static const char text[] =
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_blockNumber\",\"params\":[]}";
    size_t n = 0;
    double start = now(), end;
    do {
        for (int i = 0; i < 1000; i++, n++) {
            gvm_buf body = {0};
            gvm_buf_append(&body, text, sizeof text - 1);
            (void)gvm_rpc_handle(rpc, &body, NULL, 0, ignore, NULL);
        }
        end = now();
    } while (end - start < SECONDS);
    double rate = (double)n / (end - start);
    (void)printf("%-34s %10.0f requests/s                                        %5.2f x\n",
                 "dispatch alone, no socket", rate, rate / base);
}

int main(void) {
    gvm_loop *loop;
    gvm_rpc *rpc;
    gvm_rpc_endpoint *endpoint;
    gvm_server *server;
    gvm_error err = {0};
    must(gvm_loop_new(&loop, 2) == GVM_OK, "loop");
    const gvm_rpc_config config = {
        .methods = methods, .method_count = 2, .executor = gvm_loop_executor(loop)};
    must(gvm_rpc_new(&rpc, &config, &err) == GVM_OK, "rpc");
    must(gvm_rpc_endpoint_new(&endpoint, loop, rpc) == GVM_OK, "endpoint");
    must(gvm_server_new(&server, loop, &(gvm_server_config){0}, &err) == GVM_OK, "server");
    must(gvm_rpc_endpoint_attach(endpoint, server, "/") == GVM_OK, "attach");
    pthread_t thread;
    must(pthread_create(&thread, NULL, run_loop, loop) == 0, "thread");
    uint16_t port = gvm_server_port(server);
    double base = 0;
    http("one after the other, keep-alive", port, "eth_blockNumber", 1, &base);
    http("one after the other, on a worker", port, "on_worker", 1, &base);
    http("pipelined by 16", port, "eth_blockNumber", 16, &base);
    http("pipelined by 16, on workers", port, "on_worker", 16, &base);
    gvm_loop_stop(loop);
    (void)pthread_join(thread, NULL);
    dispatch_alone(rpc, base);
    gvm_server_delete(server);
    gvm_rpc_endpoint_delete(endpoint);
    gvm_loop_delete(loop);
    gvm_rpc_delete(rpc);
    return 0;
}
