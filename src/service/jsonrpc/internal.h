/* What the files of this room share: the shape of the dispatcher, a request and a call. */
#ifndef GVM_SERVICE_JSONRPC_INTERNAL_H
#define GVM_SERVICE_JSONRPC_INTERNAL_H

#include "base/arena.h"
#include "service/jsonrpc/dispatch.h"
#include "service/jsonrpc/subscribe.h"

#include <stdarg.h>
#include <stdatomic.h>

#define GVM_RPC_MESSAGE_SIZE 1024 /* of an error's message, cut to fit */

struct gvm_rpc {
    gvm_rpc_config config;
    uint16_t *index; /* open addressing over names; 0 is empty, else 1 + row */
    size_t index_mask;
    yyjson_doc **defaults;            /* [method][GVM_RPC_MAX_PARAMS], NULL where none */
    gvm_rpc_request *oldest, *newest; /* running and awaited, by deadline */
    size_t active;                    /* those, and the abandoned ones whose method still runs */
    bool draining;
    uint64_t id_state;               /* of subscription ids */
    gvm_rpc_subscription **by_topic; /* a list per topic */
    size_t *topic_subscribers;
};

struct gvm_rpc_call {
    gvm_rpc_request *request;
    const gvm_rpc_method *method;
    yyjson_val *id; /* NULL: written as null */
    bool notification;
    yyjson_val *params;
    size_t sent;
    gvm_rpc_value args[GVM_RPC_MAX_PARAMS];
    yyjson_mut_doc *doc;
    yyjson_mut_val *result;
    gvm_buf text; /* the whole answer, begun by gvm_rpc_return_text */
    bool has_text, failed, deferred;
    int code;
    char *message; /* in the arena; NULL: out of memory */
    yyjson_mut_val *data;
    gvm_status status;
    atomic_int parts; /* of a deferred call: handler returned, completed */
    gvm_task task;
};

struct gvm_rpc_request {
    gvm_rpc *rpc;
    gvm_rpc_request *older, *newer;
    gvm_rpc_peer *peer;
    gvm_rpc_done done;
    void *done_ctx;
    uint64_t deadline;
    gvm_buf body, out;
    gvm_arena arena;
    gvm_arena_mark after_parse;
    yyjson_alc alc;
    yyjson_doc *doc;
    yyjson_val *item;
    size_t left; /* items from `item` on */
    bool batch, abandoned;
    const char *refusal; /* every further call is refused for this reason */
    int refusal_code;
    atomic_bool cancelled;
    gvm_rpc_call call;
};

/* The head of an answer, up to where the result's or error's JSON goes: {"jsonrpc":"2.0","id":1, */
void gvm_rpc_put_head(gvm_buf *out, yyjson_val *id);
void gvm_rpc_put_error(gvm_buf *out, int code, const char *message, yyjson_mut_val *data);
/* A JSON string, whatever the bytes are: those that are not UTF-8 become question marks. */
void gvm_rpc_put_string(gvm_buf *out, const char *text);
/* A short description of a value for people: `the text "abc"`, `an array of 3`. */
void gvm_rpc_describe(gvm_buf *out, yyjson_val *json);
gvm_status gvm_rpc_vfail(gvm_rpc_call *call, int code, const char *fmt, va_list args);

const gvm_rpc *gvm_rpc_of(const gvm_rpc_call *call);
size_t gvm_rpc_param_count(const gvm_rpc_method *method);
/* "eth_getBalance(address, block?)" */
void gvm_rpc_put_usage(gvm_buf *out, const gvm_rpc_method *method);

gvm_status gvm_rpc_peers_init(gvm_rpc *rpc);
void gvm_rpc_peers_free(gvm_rpc *rpc);

#endif
