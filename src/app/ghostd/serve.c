#include "app/ghostd/ghostd.h"
#include "base/log.h"
#include "base/rng.h"
#include "codec/hex.h"
#include "net/server.h"
#include "service/jsonrpc/endpoint.h"
#include "service/jsonrpc/eth_events.h"
#include "service/jsonrpc/methods.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

enum { SHUTDOWN_MS = 3000 };

typedef struct daemon {
    gvm_home *home;
    gvm_loop *loop;
    gvm_eth_events *events;
    gvm_rpc *rpc;
    gvm_rpc_endpoint *endpoint;
    gvm_server *server;
    gvm_timer *seal_timer;
    gvm_task seal_task;
    bool sealing, stopping;
} daemon_state;

/* ---- sealing by the clock: the timer hands the work to a worker */

static void sealed(void *arg) {
    daemon_state *d = arg;
    d->sealing = false;
}

static void seal(void *arg) {
    daemon_state *d = arg;
    gvm_node *node = &d->home->node;
    gvm_error err = {0};
    if (gvm_sealer_seal(node->sealer, NULL, gvm_clock_seconds(&node->clock), &err) != GVM_OK)
        GVM_LOG(ERROR, "chain", "cannot seal", gvm_f_error(&err));
    d->seal_task = (gvm_task){.run = sealed, .arg = d};
    gvm_executor executor = gvm_loop_executor(d->loop);
    executor.post(executor.ctx, &d->seal_task);
}

static void seal_now(void *arg) {
    daemon_state *d = arg;
    if (d->sealing) return;
    d->sealing = true;
    d->seal_task = (gvm_task){.run = seal, .arg = d};
    gvm_executor executor = gvm_loop_executor(d->loop);
    executor.work(executor.ctx, &d->seal_task);
}

/* ---- stopping */

static void stopped(void *arg) {
    daemon_state *d = arg;
    gvm_loop_stop(d->loop);
}

static void on_signal(void *arg, int number) {
    daemon_state *d = arg;
    if (d->stopping) {
        gvm_loop_stop(d->loop); /* asked twice: at once */
        return;
    }
    d->stopping = true;
    GVM_LOG(INFO, "node", "stopping", gvm_f_str("signal", number == SIGINT ? "SIGINT" : "SIGTERM"));
    if (d->seal_timer != NULL) gvm_timer_stop(d->seal_timer);
    gvm_rpc_drain(d->rpc);
    gvm_server_shutdown(d->server, SHUTDOWN_MS, stopped, d);
}

/* ---- starting */

static void log_line(void *ctx, const char *line) {
    (void)ctx;
    GVM_LOG(INFO, "net", "refused", gvm_f_str("why", line));
}

static void log_block(void *ctx, const gvm_chain_event *event) {
    (void)ctx;
    GVM_LOG(INFO, "chain", event->removed ? "took off block" : "new head",
            gvm_f_u64("number", event->block->header.number),
            gvm_f_hash("hash", &event->block->hash), gvm_f_u64("txs", event->block->tx_count),
            gvm_f_u64("gas", event->block->header.gas_used));
}

static gvm_status start(daemon_state *d, const gvm_settings *settings, gvm_error *err) {
    gvm_node *node = &d->home->node;
    GVM_TRY(gvm_loop_new(&d->loop, (unsigned)gvm_settings_number(settings, "workers")));
    GVM_TRY(gvm_chain_listen(node->chain, log_block, NULL));
    GVM_TRY(gvm_eth_events_new(&d->events, node, gvm_loop_executor(d->loop)));
    uint64_t seed;
    if (getrandom(&seed, sizeof seed, 0) != sizeof seed)
        return gvm_error_set(err, GVM_ERR_IO, "the system gives no random numbers");
    gvm_rpc_config rpc = {
        .methods = gvm_rpc_methods,
        .method_count = gvm_rpc_method_count,
        .topics = gvm_eth_topics,
        .topic_count = gvm_eth_topic_count,
        .client = "GhostVM/v" GVM_VERSION "/linux",
        .context = node,
        .executor = gvm_loop_executor(d->loop),
        .dev = gvm_settings_bool(settings, "dev"),
        .seed = seed,
    };
    GVM_TRY(gvm_rpc_new(&d->rpc, &rpc, err));
    gvm_eth_events_attach(d->events, d->rpc);
    GVM_TRY(gvm_rpc_endpoint_new(&d->endpoint, d->loop, d->rpc));
    gvm_server_config server = {
        .host = gvm_settings_text(settings, "host"),
        .port = (uint16_t)gvm_settings_number(settings, "port"),
        .log = log_line,
    };
    server.policy.origins = gvm_settings_list(settings, &server.policy.origin_count, "allow-origin");
    server.policy.hosts = gvm_settings_list(settings, &server.policy.host_count, "allow-host");
    GVM_TRY(gvm_server_new(&d->server, d->loop, &server, err));
    GVM_TRY(gvm_rpc_endpoint_attach(d->endpoint, d->server, "/"));
    GVM_TRY(gvm_loop_on_signal(d->loop, SIGINT, on_signal, d));
    GVM_TRY(gvm_loop_on_signal(d->loop, SIGTERM, on_signal, d));
    if (node->seal_mode == GVM_SEAL_INTERVAL) {
        uint64_t ms = gvm_settings_number(settings, "block-time") * 1000;
        GVM_TRY(gvm_timer_new(&d->seal_timer, d->loop, seal_now, d));
        gvm_timer_start(d->seal_timer, ms, ms);
    }
    return GVM_OK;
}

/* What a developer needs first. The keys of the usual mnemonic are known to everyone; others are
 * not shown. */
static void print_welcome(const daemon_state *d, const gvm_settings *settings) {
    const gvm_node *node = &d->home->node;
    bool known = gvm_settings_source_of(settings, "mnemonic") == GVM_SETTING_FROM_DEFAULT;
    if (node->account_count > 0)
        printf("Accounts (%" PRIu64 " GCC each)\n", gvm_settings_number(settings, "balance"));
    for (size_t i = 0; i < node->account_count; i++) {
        char address[GVM_HEX_ADDRESS_SIZE], key[65] = {0};
        gvm_hex_data_address(address, &node->accounts[i].address);
        gvm_hex_encode(key, gvm_bytes_make(node->accounts[i].key, 32));
        if (known)
            printf("(%zu) %s  key 0x%s\n", i, address, key);
        else
            printf("(%zu) %s\n", i, address);
    }
    if (node->account_count > 0 && known)
        printf("Everybody knows these keys: never send anything of value to them.\n");
    printf("Chain id %" PRIu64 "\n", gvm_chain_config_of(node->chain)->chain_id);
    const char *host = gvm_settings_text(settings, "host");
    bool v6 = strchr(host, ':') != NULL;
    printf("Listening on http://%s%s%s:%u\n", v6 ? "[" : "", host, v6 ? "]" : "",
           gvm_server_port(d->server));
    (void)fflush(stdout);
}

int gvm_ghostd_serve(gvm_home *home, const gvm_settings *settings) {
    daemon_state d = {.home = home};
    gvm_error err = {0};
    gvm_status status = start(&d, settings, &err);
    if (status == GVM_OK) {
        print_welcome(&d, settings);
        gvm_loop_run(d.loop);
    } else {
        if (err.code == GVM_OK) err.code = status;
        GVM_LOG(ERROR, "node", "cannot start", gvm_f_error(&err));
    }
    gvm_timer_delete(d.seal_timer);
    gvm_server_delete(d.server);
    while (d.rpc != NULL && (gvm_rpc_active(d.rpc) > 0 || d.sealing)) gvm_loop_turn(d.loop, true);
    if (d.loop != NULL) gvm_loop_turn(d.loop, false);
    gvm_rpc_endpoint_delete(d.endpoint);
    if (d.events != NULL) gvm_eth_events_attach(d.events, NULL);
    if (d.rpc != NULL) gvm_rpc_delete(d.rpc);
    if (d.loop != NULL) gvm_loop_delete(d.loop);
    gvm_eth_events_delete(d.events);
    return status == GVM_OK ? EXIT_DONE : EXIT_FAILED;
}
