/* What waits in the pool, in geth's four views of it. */
#include "crypto/address.h"
#include "service/jsonrpc/eth.h"

#include <inttypes.h>
#include <stdlib.h>

gvm_status gvm_rpc_txpool_status(gvm_rpc_call *call) {
    size_t pending, queued;
    yyjson_mut_doc *doc = gvm_rpc_doc(call);
    yyjson_mut_val *result = yyjson_mut_obj(doc);
    gvm_pool_count(gvm_eth_node(call)->pool, &pending, &queued);
    yyjson_mut_obj_add_val(doc, result, "pending", gvm_rpc_val_u64(call, pending));
    yyjson_mut_obj_add_val(doc, result, "queued", gvm_rpc_val_u64(call, queued));
    return gvm_rpc_return(call, result);
}

typedef yyjson_mut_val *render(yyjson_mut_doc *doc, const gvm_tx *tx, uint64_t chain_id);

static yyjson_mut_val *render_whole(yyjson_mut_doc *doc, const gvm_tx *tx, uint64_t chain_id) {
    return gvm_eth_tx(doc, tx, chain_id, NULL);
}

static yyjson_mut_val *render_summary(yyjson_mut_doc *doc, const gvm_tx *tx, uint64_t chain_id) {
    char to[GVM_ADDRESS_CHECKSUM_SIZE] = "contract creation", value[80], price[80], text[320];
    (void)chain_id;
    if (!tx->create) gvm_address_checksum(to, &tx->to);
    gvm_u256_to_decimal(value, tx->value);
    gvm_u256_to_decimal(price, tx->max_fee);
    (void)snprintf(text, sizeof text, "%s: %s wei + %" PRIu64 " gas \xc3\x97 %s wei", to, value,
                   tx->gas_limit, price);
    return yyjson_mut_strcpy(doc, text);
}

static void add_by_nonce(yyjson_mut_doc *doc, yyjson_mut_val *object, const gvm_tx *tx,
                         yyjson_mut_val *value) {
    char nonce[24];
    (void)snprintf(nonce, sizeof nonce, "%" PRIu64, tx->nonce);
    yyjson_mut_obj_add(object, yyjson_mut_strcpy(doc, nonce), value);
}

/* {"pending": {sender: {nonce: ...}}, "queued": ...}; of one sender: {"pending": {nonce: ...}}. The
 * pool lists senders one after another. */
static gvm_status return_pool(gvm_rpc_call *call, const gvm_address *only, render *how) {
    gvm_node *node = gvm_eth_node(call);
    gvm_pool_item *items;
    size_t count;
    gvm_status status = gvm_pool_list(node->pool, &items, &count);
    if (status != GVM_OK) return gvm_rpc_fail_status(call, status, NULL);
    uint64_t chain_id = gvm_chain_config_of(node->chain)->chain_id;
    yyjson_mut_doc *doc = gvm_rpc_doc(call);
    yyjson_mut_val *lists[2] = {yyjson_mut_obj(doc), yyjson_mut_obj(doc)}, *rows[2] = {NULL, NULL};
    for (size_t i = 0; i < count; i++) {
        const gvm_tx *tx = &items[i].tx->tx;
        size_t which = items[i].pending ? 0 : 1;
        bool next = i == 0 || !gvm_address_equal(&tx->sender, &items[i - 1].tx->tx.sender);
        if (next) rows[0] = rows[1] = NULL;
        if (only != NULL && !gvm_address_equal(&tx->sender, only)) continue;
        if (only == NULL && rows[which] == NULL) {
            char sender[GVM_ADDRESS_CHECKSUM_SIZE];
            gvm_address_checksum(sender, &tx->sender);
            rows[which] = yyjson_mut_obj(doc);
            yyjson_mut_obj_add(lists[which], yyjson_mut_strcpy(doc, sender), rows[which]);
        }
        add_by_nonce(doc, only != NULL ? lists[which] : rows[which], tx, how(doc, tx, chain_id));
    }
    for (size_t i = 0; i < count; i++) gvm_pool_tx_release(items[i].tx);
    free(items);
    yyjson_mut_val *result = yyjson_mut_obj(doc);
    yyjson_mut_obj_add_val(doc, result, "pending", lists[0]);
    yyjson_mut_obj_add_val(doc, result, "queued", lists[1]);
    return gvm_rpc_return(call, result);
}

gvm_status gvm_rpc_txpool_content(gvm_rpc_call *call) {
    return return_pool(call, NULL, render_whole);
}

gvm_status gvm_rpc_txpool_contentFrom(gvm_rpc_call *call) {
    gvm_address sender = gvm_rpc_arg_address(call, 0);
    return return_pool(call, &sender, render_whole);
}

gvm_status gvm_rpc_txpool_inspect(gvm_rpc_call *call) {
    return return_pool(call, NULL, render_summary);
}
