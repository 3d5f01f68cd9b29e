#include "service/node.h"

gvm_status gvm_node_after_transaction(gvm_node *node, gvm_error *err) {
    if (node->seal_mode != GVM_SEAL_INSTANT) return GVM_OK;
    return gvm_sealer_seal_pending(node->sealer, gvm_clock_seconds(&node->clock), err);
}
