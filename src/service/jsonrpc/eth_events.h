/* eth_subscribe's topics: newHeads, logs, newPendingTransactions. Chain and pool tell of events in
 * whatever thread wrote; they are rendered there, and only where somebody subscribes, and published
 * on the loop's thread. */
#ifndef GVM_SERVICE_JSONRPC_ETH_EVENTS_H
#define GVM_SERVICE_JSONRPC_ETH_EVENTS_H

#include "service/jsonrpc/subscribe.h"
#include "service/node.h"

typedef struct gvm_eth_events gvm_eth_events;

/* The topics, for gvm_rpc_config. */
extern const gvm_rpc_topic gvm_eth_topics[];
extern const size_t gvm_eth_topic_count;

/* Listens to the node's chain and pool, which must outlive it; sets node->events and (for those who
 * poll) node->filters. `post` brings
 * tasks to the loop's thread. */
GVM_NODISCARD gvm_status gvm_eth_events_new(gvm_eth_events **out, gvm_node *node,
                                            gvm_executor executor);
/* Where to publish; set before the first event can come. */
void gvm_eth_events_attach(gvm_eth_events *events, gvm_rpc *rpc);
/* On the loop's thread, when chain and pool write no more and all posted tasks have run. */
void gvm_eth_events_delete(gvm_eth_events *events);

#endif
