/* Subscriptions (geth's eth_subscribe): a peer asks for a topic, gets an id, and is sent a
 * notification per event.
 *
 *     -> {"id":1,"method":"eth_subscribe","params":["logs",{"address":"0x.."}]}      <-
 * {"id":1,"result":"0x9c.."}
 *     <-
 * {"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"0x9c..","result":{..}}}
 *
 * Topics are rows of gvm_rpc_config.topics. Whoever produces events publishes them on the loop's
 * thread, to all subscribers of a topic (gvm_rpc_publish) or to each by its own filter
 * (gvm_rpc_publish_each).
 *
 * Nobody is sent an event before the id: events that happen before the subscribing request is
 * answered are kept, up to a bound, and follow it. A peer that does not read fast enough is closed
 * by its transport, and with it its subscriptions: nothing is dropped silently. */
#ifndef GVM_SERVICE_JSONRPC_SUBSCRIBE_H
#define GVM_SERVICE_JSONRPC_SUBSCRIBE_H

#include "service/jsonrpc/dispatch.h"

typedef struct gvm_rpc_subscription gvm_rpc_subscription;

struct gvm_rpc_topic {
    const char *name; /* "newHeads" */
    /* Checks the second parameter of eth_subscribe (NULL where not given) and makes a filter of it.
     * May fail the call as a method does. NULL: the topic takes no second parameter. */
    gvm_status (*accept)(gvm_rpc_call *call, void **filter, yyjson_val *options);
    void (*free_filter)(void *filter); /* NULL: nothing to free */
    const char *summary;
};

#define GVM_RPC_MAX_SUBSCRIPTIONS 1024 /* per peer */
#define GVM_RPC_MAX_EARLY_EVENTS  1024 /* kept before the id is out; more close the peer */

/* Sends one text message and takes it (the buffer is moved away or freed). False: the peer is lost
 * or was closed because it is too slow; then nothing more is sent to it. `text` NULL: the peer was
 * found too slow, close it. It must not delete the peer from inside. */
typedef bool (*gvm_rpc_peer_send)(void *ctx, gvm_buf *text);

/* One per connection. GVM_ERR_NOMEM. */
GVM_NODISCARD gvm_status gvm_rpc_peer_new(gvm_rpc_peer **out, gvm_rpc *rpc, gvm_rpc_peer_send send,
                                          void *ctx);
/* Ends its subscriptions. Requests of this peer must have been answered or cancelled. */
void gvm_rpc_peer_delete(gvm_rpc_peer *peer);
/* To be called when the answer of one of this peer's requests has been handed to the transport. */
void gvm_rpc_peer_answered(gvm_rpc_peer *peer);

/* Sends the JSON text `result` to every subscriber of the topic. */
void gvm_rpc_publish(gvm_rpc *rpc, const char *topic, gvm_bytes result);
/* Asks `render` for each subscriber: it appends the JSON text of one event for this filter to out,
 * or nothing to send nothing. */
typedef void (*gvm_rpc_render)(gvm_buf *out, void *filter, void *arg);
void gvm_rpc_publish_each(gvm_rpc *rpc, const char *topic, gvm_rpc_render render, void *arg);
/* How many subscribe to the topic: whether an event is worth making. */
size_t gvm_rpc_subscribers(const gvm_rpc *rpc, const char *topic);

#endif
