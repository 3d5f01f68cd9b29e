/* The JSON-RPC 2.0 core: takes the bytes of a request (one call or a batch), runs its methods,
 * gives the bytes of the answer. It does no I/O and reads no clock: bytes and time come in, bytes
 * go out, so it runs under a test or a fuzzer as it runs behind HTTP and WebSocket (endpoint.h).
 *
 * All functions belong to one thread (the loop's) but where said. Methods may run on others
 * (rpc.h). The calls of one batch run one after the other, in order: a batch that sends a
 * transaction and then reads the balance sees its own effect. Requests run beside each other. */
#ifndef GVM_SERVICE_JSONRPC_DISPATCH_H
#define GVM_SERVICE_JSONRPC_DISPATCH_H

#include "net/task.h"
#include "service/jsonrpc/rpc.h"

typedef struct gvm_rpc gvm_rpc;
typedef struct gvm_rpc_request gvm_rpc_request;
typedef struct gvm_rpc_peer gvm_rpc_peer; /* a connection that can be notified, see subscribe.h */
typedef struct gvm_rpc_topic gvm_rpc_topic;

#define GVM_RPC_DEFAULT_MAX_BATCH     1000
#define GVM_RPC_DEFAULT_MAX_RESPONSE  ((size_t)128 << 20)
#define GVM_RPC_DEFAULT_TIME_LIMIT_MS 30000
#define GVM_RPC_DEFAULT_MAX_ACTIVE    1024

typedef struct gvm_rpc_config {
    const gvm_rpc_method *methods; /* must outlive the gvm_rpc, as all pointers here */
    size_t method_count;
    const gvm_rpc_topic *topics; /* what can be subscribed to; may be NULL */
    size_t topic_count;
    const char *client;     /* answer of web3_clientVersion; NULL: "GhostVM" */
    void *context;          /* for the methods: gvm_rpc_context */
    gvm_executor executor;  /* work == NULL: methods with GVM_RPC_ON_WORKER run at once, on the
                             * caller's thread;  post == NULL: then no call may be deferred */
    bool dev;               /* methods with GVM_RPC_DEV_ONLY exist */
    size_t max_batch;       /* calls in a batch; 0: default */
    size_t max_response;    /* bytes of an answer; 0: default. A batch stops there (-32005) */
    uint64_t time_limit_ms; /* per request; 0: default */
    size_t max_active;      /* requests at once; more are refused with -32002; 0: default */
    uint64_t
        seed; /* for subscription ids; must be unpredictable where peers do not trust each other */
} gvm_rpc_config;

/* GVM_ERR_NOMEM; GVM_ERR_ARGUMENT for a table with a doubled name, a bad default or a required
 * parameter after an optional one (err says which). */
GVM_NODISCARD gvm_status gvm_rpc_new(gvm_rpc **out, const gvm_rpc_config *config, gvm_error *err);
/* No request may be active: cancel them and run the posted tasks first (gvm_rpc_active). */
void gvm_rpc_delete(gvm_rpc *rpc);

/* Takes the answer: valid until the function returns, unless it moves the buffer away (leaving it
 * zeroed). An empty answer means that nothing is to be sent (notifications only). */
typedef void (*gvm_rpc_done)(void *ctx, gvm_buf *answer);

/* Runs the request in *body, whose memory it takes. `peer` may be NULL. `done` is called once,
 * perhaps before this function returns, unless the request is cancelled first.
 *
 * Returns the request where it is still running, for gvm_rpc_cancel; NULL where done has been
 * called. */
gvm_rpc_request *gvm_rpc_handle(gvm_rpc *rpc, gvm_buf *body, gvm_rpc_peer *peer, uint64_t now_ms,
                                gvm_rpc_done done, void *ctx);
/* Nobody waits any more: `done` will not be called, the running method sees gvm_rpc_cancelled. The
 * request is gone. */
void gvm_rpc_cancel(gvm_rpc_request *request);

/* Answers the requests whose time is over. Call it at gvm_rpc_deadline or later (UINT64_MAX:
 * nothing to wait for). */
void gvm_rpc_tick(gvm_rpc *rpc, uint64_t now_ms);
uint64_t gvm_rpc_deadline(const gvm_rpc *rpc);

/* Requests not yet answered, and those whose method still runs though they were answered or
 * cancelled. */
size_t gvm_rpc_active(const gvm_rpc *rpc);
/* From now on new requests are answered with -32002 "shutting down". */
void gvm_rpc_drain(gvm_rpc *rpc);

/* The row of a method, NULL where the table has none or it does not exist in this mode. */
const gvm_rpc_method *gvm_rpc_find(const gvm_rpc *rpc, gvm_bytes name);
/* The name nearest to `name`, or NULL where none is near. */
const char *gvm_rpc_suggest(const gvm_rpc *rpc, gvm_bytes name);

#endif
