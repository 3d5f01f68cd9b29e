#include "service/jsonrpc/methods.h"

#define REQ(kind, param, words) \
    { GVM_RPC_##kind, param, false, NULL, words }
#define OPT(kind, param, otherwise, words) \
    { GVM_RPC_##kind, param, true, otherwise, words }
#define METHOD(name, flags, result, summary, ...) \
    {#name, gvm_rpc_##name, flags, result, summary, {__VA_ARGS__}},

const gvm_rpc_method gvm_rpc_methods[] = {
#include "service/jsonrpc/methods.inc"
};
const size_t gvm_rpc_method_count = sizeof gvm_rpc_methods / sizeof gvm_rpc_methods[0];
