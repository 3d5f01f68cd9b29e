/* The table of methods (methods.inc) as a C array, and the prototypes of their functions. */
#ifndef GVM_SERVICE_JSONRPC_METHODS_H
#define GVM_SERVICE_JSONRPC_METHODS_H

#include "service/jsonrpc/rpc.h"

#define METHOD(name, ...) gvm_status gvm_rpc_##name(gvm_rpc_call *call);
#include "service/jsonrpc/methods.inc"
#undef METHOD

extern const gvm_rpc_method gvm_rpc_methods[];
extern const size_t gvm_rpc_method_count;

#endif
