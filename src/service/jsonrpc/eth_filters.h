/* Filters that are polled (eth_newFilter and its kin): what happened since the last poll is kept as
 * the JSON text of the answer, rendered where it happens. A filter that nobody polls for
 * GVM_FILTER_IDLE seconds ends, and so does one that would hold more than its part: its client gets
 * "filter not found" and makes a new one. */
#ifndef GVM_SERVICE_JSONRPC_ETH_FILTERS_H
#define GVM_SERVICE_JSONRPC_ETH_FILTERS_H

#include "service/node.h"

enum {
    GVM_FILTERS_MAX = 1024,
    GVM_FILTER_IDLE = 300,        /* seconds */
    GVM_FILTER_BYTES = 4 << 20,   /* kept by one filter */
    GVM_FILTERS_BYTES = 64 << 20, /* by all */
};

typedef struct gvm_eth_filters gvm_eth_filters;

GVM_NODISCARD gvm_status gvm_eth_filters_new(gvm_eth_filters **out, gvm_node *node);
void gvm_eth_filters_delete(gvm_eth_filters *filters);
/* Events, from any thread. */
void gvm_eth_filters_on_block(gvm_eth_filters *filters, const gvm_chain_event *event);
void gvm_eth_filters_on_transaction(gvm_eth_filters *filters, const gvm_pool_tx *tx);

#endif
