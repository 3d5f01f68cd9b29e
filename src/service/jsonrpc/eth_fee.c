/* What gas costs: suggestions and history. */
#include "service/jsonrpc/eth.h"

#include <inttypes.h>
#include <stdlib.h>

static gvm_u256 next_base_fee(gvm_node *node) {
    gvm_header head, next;
    gvm_hash hash;
    gvm_chain_head(node->chain, &head, &hash);
    gvm_block_next_header(&next, gvm_chain_config_of(node->chain), &head, &hash,
                          head.timestamp + 1);
    return next.base_fee;
}

/* A lone sealer takes any tip; 1 gwei is what wallets expect to see where nobody competes. */
void gvm_eth_suggest_fees(gvm_node *node, gvm_u256 *tip, gvm_u256 *max_fee) {
    *tip = gvm_u256_from_u64(1000000000);
    gvm_u256 base = next_base_fee(node);
    *max_fee = gvm_u256_add(gvm_u256_add(base, base), *tip);
}

gvm_status gvm_rpc_eth_gasPrice(gvm_rpc_call *call) {
    gvm_u256 tip, max_fee;
    gvm_eth_suggest_fees(gvm_eth_node(call), &tip, &max_fee);
    return gvm_rpc_return_quantity(call, gvm_u256_add(next_base_fee(gvm_eth_node(call)), tip));
}

gvm_status gvm_rpc_eth_maxPriorityFeePerGas(gvm_rpc_call *call) {
    gvm_u256 tip, max_fee;
    gvm_eth_suggest_fees(gvm_eth_node(call), &tip, &max_fee);
    return gvm_rpc_return_quantity(call, tip);
}

gvm_status gvm_rpc_eth_baseFee(gvm_rpc_call *call) {
    return gvm_rpc_return_quantity(call, next_base_fee(gvm_eth_node(call)));
}

static gvm_u256 blob_fee_of(const gvm_node *node, const gvm_header *h) {
    gvm_blob_params params = gvm_config_blobs(gvm_chain_config_of(node->chain), h->timestamp);
    if (h->later < GVM_HEADER_CANCUN || params.update_fraction == 0) return gvm_u256_zero();
    return gvm_blob_base_fee(h->excess_blob_gas, params.update_fraction);
}

gvm_status gvm_rpc_eth_blobBaseFee(gvm_rpc_call *call) {
    gvm_node *node = gvm_eth_node(call);
    gvm_header head, next;
    gvm_hash hash;
    gvm_chain_head(node->chain, &head, &hash);
    gvm_block_next_header(&next, gvm_chain_config_of(node->chain), &head, &hash,
                          head.timestamp + 1);
    return gvm_rpc_return_quantity(call, blob_fee_of(node, &next));
}

/* ---- eth_feeHistory */

enum { HISTORY_MAX = 1024, PERCENTILES_MAX = 100 };

typedef struct paid {
    gvm_u256 tip;
    uint64_t gas;
} paid;

static int by_tip(const void *a, const void *b) {
    return gvm_u256_cmp(((const paid *)a)->tip, ((const paid *)b)->tip);
}

/* The tips at the percentiles of the block's gas, cheapest transaction first. */
static yyjson_mut_val *rewards(gvm_rpc_call *call, const gvm_stored_block *b,
                               const double *percentiles, size_t n) {
    yyjson_mut_val *list = yyjson_mut_arr(gvm_rpc_doc(call));
    size_t count = b->block.tx_count;
    paid *all = gvm_rpc_alloc(call, (count + 1) * sizeof *all);
    if (all == NULL) return NULL;
    for (size_t i = 0; i < count; i++)
        all[i] = (paid){gvm_u256_sub(b->receipts[i].gas_price, b->block.header.base_fee),
                        b->receipts[i].gas_used};
    if (count > 1) qsort(all, count, sizeof *all, by_tip);
    size_t at = 0;
    uint64_t sum = count > 0 ? all[0].gas : 0;
    for (size_t i = 0; i < n; i++) {
        double threshold = (double)b->block.header.gas_used * percentiles[i] / 100.0;
        while (at + 1 < count && (double)sum < threshold) sum += all[++at].gas;
        yyjson_mut_arr_append(
            list, gvm_rpc_val_quantity(call, count > 0 ? all[at].tip : gvm_u256_zero()));
    }
    return list;
}

static gvm_status read_percentiles(gvm_rpc_call *call, double *out, size_t *n) {
    yyjson_val *list = gvm_rpc_arg_json(call, 2), *item;
    size_t i, max;
    *n = yyjson_arr_size(list);
    if (*n > PERCENTILES_MAX)
        return gvm_rpc_fail_param(call, 2, "expected at most %d percentiles", PERCENTILES_MAX);
    yyjson_arr_foreach(list, i, max, item) {
        if (!yyjson_is_num(item))
            return gvm_rpc_fail_param(call, 2, "expected numbers from 0 to 100");
        out[i] = yyjson_get_num(item);
        if (!(out[i] >= 0 && out[i] <= 100) || (i > 0 && out[i] < out[i - 1]))
            return gvm_rpc_fail_param(
                call, 2, "invalid reward percentile: expected ascending numbers from 0 to 100");
    }
    return GVM_OK;
}

gvm_status gvm_rpc_eth_feeHistory(gvm_rpc_call *call) {
    gvm_node *node = gvm_eth_node(call);
    double percentiles[PERCENTILES_MAX];
    size_t n;
    uint64_t count = gvm_rpc_arg_u64(call, 0);
    gvm_rpc_block at = gvm_rpc_arg_block(call, 1);
    gvm_stored_block b;
    yyjson_mut_doc *doc = gvm_rpc_doc(call);
    GVM_TRY(read_percentiles(call, percentiles, &n));
    GVM_TRY(gvm_eth_read_block(call, &b, &at, GVM_READ_HEADER));
    uint64_t newest = b.block.header.number;
    gvm_stored_block_free(&b);
    if (count > HISTORY_MAX) count = HISTORY_MAX;
    if (count > newest + 1) count = newest + 1;
    yyjson_mut_val *fees = yyjson_mut_arr(doc), *ratios = yyjson_mut_arr(doc),
                   *reward = yyjson_mut_arr(doc), *blob_fees = yyjson_mut_arr(doc),
                   *blob_ratios = yyjson_mut_arr(doc);
    for (uint64_t k = newest + 1 - count; k <= newest && count > 0; k++) {
        gvm_status status =
            gvm_chain_read_at(node->chain, &b, k, n > 0 ? GVM_READ_RECEIPTS : GVM_READ_HEADER);
        if (status != GVM_OK) return gvm_rpc_fail_status(call, status, NULL);
        const gvm_header *h = &b.block.header;
        gvm_blob_params params = gvm_config_blobs(gvm_chain_config_of(node->chain), h->timestamp);
        yyjson_mut_arr_append(fees, gvm_rpc_val_quantity(call, h->base_fee));
        yyjson_mut_arr_add_real(doc, ratios,
                                h->gas_limit > 0 ? (double)h->gas_used / (double)h->gas_limit : 0);
        yyjson_mut_arr_append(blob_fees, gvm_rpc_val_quantity(call, blob_fee_of(node, h)));
        yyjson_mut_arr_add_real(doc, blob_ratios,
                                params.max > 0 ? (double)h->blob_gas_used /
                                                     ((double)params.max * GVM_GAS_PER_BLOB)
                                               : 0);
        if (n > 0) yyjson_mut_arr_append(reward, rewards(call, &b, percentiles, n));
        if (k == newest) {
            gvm_header next;
            gvm_block_next_header(&next, gvm_chain_config_of(node->chain), h, &b.block.hash,
                                  h->timestamp + 1);
            yyjson_mut_arr_append(fees, gvm_rpc_val_quantity(call, next.base_fee));
            yyjson_mut_arr_append(blob_fees, gvm_rpc_val_quantity(call, blob_fee_of(node, &next)));
        }
        gvm_stored_block_free(&b);
    }
    yyjson_mut_val *result = yyjson_mut_obj(doc);
    yyjson_mut_obj_add_val(doc, result, "oldestBlock", gvm_rpc_val_u64(call, newest + 1 - count));
    yyjson_mut_obj_add_val(doc, result, "baseFeePerGas", fees);
    yyjson_mut_obj_add_val(doc, result, "gasUsedRatio", ratios);
    yyjson_mut_obj_add_val(doc, result, "baseFeePerBlobGas", blob_fees);
    yyjson_mut_obj_add_val(doc, result, "blobGasUsedRatio", blob_ratios);
    if (n > 0) yyjson_mut_obj_add_val(doc, result, "reward", reward);
    return gvm_rpc_return(call, result);
}
