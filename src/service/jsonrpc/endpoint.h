/* JSON-RPC behind a server's path: POST for single requests and batches, an upgrade to WebSocket
 * for those and for subscriptions. */
#ifndef GVM_SERVICE_JSONRPC_ENDPOINT_H
#define GVM_SERVICE_JSONRPC_ENDPOINT_H

#include "net/server.h"
#include "service/jsonrpc/dispatch.h"

typedef struct gvm_rpc_endpoint gvm_rpc_endpoint;

/* Requests of one WebSocket connection that may run at once; more are not read from it. */
#define GVM_RPC_MAX_RUNNING_PER_PEER 64

/* GVM_ERR_NOMEM. */
GVM_NODISCARD gvm_status gvm_rpc_endpoint_new(gvm_rpc_endpoint **out, gvm_loop *loop, gvm_rpc *rpc);
/* Serves at `path` of the server, which must be deleted before the endpoint. May be called for
 * several servers. */
GVM_NODISCARD gvm_status gvm_rpc_endpoint_attach(gvm_rpc_endpoint *endpoint, gvm_server *server,
                                                 const char *path);
/* NULL allowed. */
void gvm_rpc_endpoint_delete(gvm_rpc_endpoint *endpoint);

#endif
