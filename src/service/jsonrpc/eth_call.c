/* Calls that are no transactions: eth_call, eth_estimateGas. */
#include "service/jsonrpc/eth.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- state and block overrides (geth's third and fourth parameter of eth_call) */

static gvm_status override_slots(gvm_rpc_call *call, gvm_simulation *sim, gvm_entry *e,
                                 yyjson_val *slots) {
    size_t i, max;
    yyjson_val *key, *value;
    yyjson_obj_foreach(slots, i, max, key, value) {
        gvm_rpc_value k, v;
        GVM_TRY(gvm_rpc_read(call, &k, GVM_RPC_SLOT, key, "stateOverrides.*.stateDiff key"));
        GVM_TRY(gvm_rpc_read(call, &v, GVM_RPC_HASH, value, "stateOverrides.*.stateDiff value"));
        gvm_u256 slot_key = gvm_u256_from_hash(&k.hash), slot_value = gvm_u256_from_hash(&v.hash);
        gvm_state_set_slot(sim->state, e, gvm_state_slot(sim->state, e, &slot_key), &slot_value);
    }
    return GVM_OK;
}

static gvm_status override_account(gvm_rpc_call *call, gvm_simulation *sim, yyjson_val *key,
                                   yyjson_val *object) {
    gvm_rpc_value address, v;
    GVM_TRY(gvm_rpc_read(call, &address, GVM_RPC_ADDRESS, key, "stateOverrides key"));
    if (!yyjson_is_obj(object))
        return gvm_rpc_fail(call, GVM_RPC_E_PARAMS, "stateOverrides.*: expected an object");
    gvm_entry *e = gvm_state_entry(sim->state, &address.address);
    GVM_TRY(gvm_rpc_read(call, &v, GVM_RPC_QUANTITY, yyjson_obj_get(object, "balance"),
                         "stateOverrides.*.balance"));
    if (v.given) gvm_state_set_balance(sim->state, e, v.quantity);
    GVM_TRY(gvm_rpc_read(call, &v, GVM_RPC_UINT64, yyjson_obj_get(object, "nonce"),
                         "stateOverrides.*.nonce"));
    if (v.given) gvm_state_set_nonce(sim->state, e, v.number);
    GVM_TRY(gvm_rpc_read(call, &v, GVM_RPC_DATA, yyjson_obj_get(object, "code"),
                         "stateOverrides.*.code"));
    if (v.given) gvm_state_set_code(sim->state, e, v.bytes);
    yyjson_val *state = yyjson_obj_get(object, "state"),
               *diff = yyjson_obj_get(object, "stateDiff");
    if (state != NULL && diff != NULL)
        return gvm_rpc_fail(call, GVM_RPC_E_PARAMS,
                            "stateOverrides.*: state and stateDiff exclude each other");
    if (state != NULL) gvm_state_wipe_storage(sim->state, e);
    return override_slots(call, sim, e, state != NULL ? state : diff);
}

static gvm_status override_block(gvm_rpc_call *call, gvm_block_env *env, yyjson_val *object) {
    const struct {
        const char *key;
        gvm_rpc_type type;
        void *field;
    } rows[] = {
        {"number", GVM_RPC_UINT64, &env->number},
        {"time", GVM_RPC_UINT64, &env->timestamp},
        {"gasLimit", GVM_RPC_UINT64, &env->gas_limit},
        {"feeRecipient", GVM_RPC_ADDRESS, &env->coinbase},
        {"prevRandao", GVM_RPC_HASH, &env->prev_randao},
        {"baseFeePerGas", GVM_RPC_QUANTITY, &env->base_fee},
        {"blobBaseFee", GVM_RPC_QUANTITY, &env->blob_base_fee},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char name[48];
        gvm_rpc_value v;
        (void)snprintf(name, sizeof name, "blockOverrides.%s", rows[i].key);
        GVM_TRY(gvm_rpc_read(call, &v, rows[i].type, yyjson_obj_get(object, rows[i].key), name));
        if (!v.given) continue;
        switch (rows[i].type) {
        case GVM_RPC_UINT64: *(uint64_t *)rows[i].field = v.number; break;
        case GVM_RPC_ADDRESS: *(gvm_address *)rows[i].field = v.address; break;
        case GVM_RPC_HASH: *(gvm_hash *)rows[i].field = v.hash; break;
        default: *(gvm_u256 *)rows[i].field = v.quantity; break;
        }
    }
    return GVM_OK;
}

gvm_status gvm_eth_apply_overrides(gvm_rpc_call *call, gvm_simulation *sim, yyjson_val *accounts,
                                   yyjson_val *block) {
    size_t i, max;
    yyjson_val *key, *value;
    if (accounts != NULL && yyjson_obj_size(accounts) > 0) {
        gvm_state_begin_tx(sim->state);
        yyjson_obj_foreach(accounts, i, max, key, value)
            GVM_TRY(override_account(call, sim, key, value));
        gvm_state_end_tx(sim->state, false);
    }
    return block != NULL ? override_block(call, &sim->vm->block, block) : GVM_OK;
}

/* ---- calls */

unsigned gvm_eth_prepare_call(const gvm_node *node, gvm_eth_request *request,
                              const gvm_simulation *sim) {
    gvm_block_env *env = &sim->vm->block;
    uint64_t cap = node->call_gas_cap != 0 ? node->call_gas_cap : env->gas_limit;
    if (!request->has_gas || request->tx.gas_limit > cap) request->tx.gas_limit = cap;
    /* The transaction is the only one of its block. */
    if (env->gas_limit < cap) env->gas_limit = cap;
    unsigned flags = GVM_EXEC_SKIP_NONCE | GVM_EXEC_SKIP_SENDER_CODE | GVM_EXEC_SKIP_GAS_CAP;
    if (!request->has_price) {
        /* Who offers nothing pays nothing, and sees a base fee of nothing. */
        flags |= GVM_EXEC_SKIP_FUNDS | GVM_EXEC_SKIP_FEES;
        env->base_fee = env->blob_base_fee = gvm_u256_zero();
    }
    return flags;
}

static gvm_status run(gvm_rpc_call *call, gvm_simulation *sim, gvm_receipt *receipt,
                      const gvm_tx *tx, unsigned flags, gvm_error *err) {
    if (gvm_rpc_cancelled(call)) return GVM_ERR_CANCELLED;
    sim->used.gas_used = sim->used.blob_gas_used = 0;
    sim->vm->cancel = gvm_rpc_cancel_flag(call);
    return gvm_exec_tx(sim->vm, &sim->used, receipt, tx, flags, err);
}

gvm_status gvm_rpc_eth_call(gvm_rpc_call *call) {
    gvm_eth_request request;
    gvm_simulation sim;
    gvm_receipt receipt;
    gvm_error err = {0};
    GVM_TRY(gvm_eth_read_request(call, &request, gvm_rpc_arg_json(call, 0)));
    gvm_rpc_block at = gvm_rpc_arg_block(call, 1);
    GVM_TRY(gvm_eth_simulate(call, &sim, &at));
    gvm_status status =
        gvm_eth_apply_overrides(call, &sim, gvm_rpc_arg_json(call, 2), gvm_rpc_arg_json(call, 3));
    if (status == GVM_OK) {
        unsigned flags = gvm_eth_prepare_call(gvm_eth_node(call), &request, &sim);
        status = run(call, &sim, &receipt, &request.tx, flags, &err);
        if (status != GVM_OK)
            status = gvm_rpc_fail_status(call, status, &err);
        else if (!gvm_receipt_succeeded(&receipt))
            status = gvm_eth_fail_outcome(call, sim.vm, receipt.outcome, receipt.output);
        else
            status = gvm_rpc_return_data(call, receipt.output);
    }
    gvm_simulation_end(&sim);
    return status;
}

/* ---- estimating: the least gas with which it succeeds. One run with all that it may have, a guess
 * from what that used, then halving the interval until it is narrower than a 64th of the answer
 * (exact below 2^16 gas). */

typedef struct estimate {
    gvm_rpc_call *call;
    gvm_simulation *sim;
    gvm_eth_request *request;
    yyjson_val *overrides;
    unsigned flags;
} estimate;

static gvm_status try_with(estimate *e, gvm_receipt *receipt, uint64_t gas, gvm_error *err) {
    gvm_simulation_restart(e->sim);
    GVM_TRY(gvm_eth_apply_overrides(e->call, e->sim, e->overrides, NULL));
    e->request->tx.gas_limit = gas;
    return run(e->call, e->sim, receipt, &e->request->tx, e->flags, err);
}

/* What the sender can pay for at the price that it offers. */
static gvm_status affordable_gas(estimate *e, uint64_t *most) {
    const gvm_tx *tx = &e->request->tx;
    if (!e->request->has_price || gvm_u256_is_zero(tx->max_fee)) return GVM_OK;
    gvm_u256 left, gas;
    gvm_entry *sender = gvm_state_entry(e->sim->state, &tx->sender);
    if (gvm_u256_sub_overflow(&left, sender->balance, tx->value))
        return gvm_rpc_fail(e->call, GVM_RPC_E_SERVER, "insufficient funds for transfer");
    gas = gvm_u256_div(left, tx->max_fee);
    if (gvm_u256_fits_u64(gas) && gas.w[0] < *most) *most = gas.w[0];
    return GVM_OK;
}

static bool too_little(gvm_status status, const gvm_receipt *receipt) {
    return status == GVM_ERR_TX_INTRINSIC_GAS || status == GVM_ERR_TX_FLOOR_GAS ||
           (status == GVM_OK && !gvm_receipt_succeeded(receipt));
}

static gvm_status search(estimate *e, uint64_t *answer, uint64_t most) {
    gvm_receipt receipt;
    gvm_error err = {0};
    GVM_TRY(affordable_gas(e, &most));
    gvm_status status = try_with(e, &receipt, most, &err);
    if (status != GVM_OK) return gvm_rpc_fail_status(e->call, status, &err);
    if (!gvm_receipt_succeeded(&receipt)) {
        if (receipt.outcome == GVM_OUT_OUT_OF_GAS)
            return gvm_rpc_fail(e->call, GVM_RPC_E_SERVER,
                                "gas required exceeds allowance (%" PRIu64 ")", most);
        return gvm_eth_fail_outcome(e->call, e->sim->vm, receipt.outcome, receipt.output);
    }
    /* Below what was used it cannot succeed; often a little more than that is enough. */
    uint64_t low = receipt.gas_used - 1, high = most;
    uint64_t guess = (receipt.gas_used + 2300) * 64 / 63;
    if (try_with(e, &receipt, low + 1, &err) == GVM_OK && gvm_receipt_succeeded(&receipt))
        high = low + 1;
    while (low + 1 < high && (high - low) > high / 64) {
        uint64_t mid = low + (high - low) / 2;
        if (guess > low && guess < high) {
            mid = guess;
            guess = 0;
        }
        status = try_with(e, &receipt, mid, &err);
        if (too_little(status, &receipt))
            low = mid;
        else if (status == GVM_OK)
            high = mid;
        else
            return gvm_rpc_fail_status(e->call, status, &err);
    }
    while (high < 65536 && low + 1 < high) {
        uint64_t mid = low + (high - low) / 2;
        status = try_with(e, &receipt, mid, &err);
        if (too_little(status, &receipt))
            low = mid;
        else if (status == GVM_OK)
            high = mid;
        else
            return gvm_rpc_fail_status(e->call, status, &err);
    }
    *answer = high;
    return GVM_OK;
}

gvm_status gvm_eth_estimate(gvm_rpc_call *call, uint64_t *answer, gvm_eth_request *request,
                            const gvm_rpc_block *at, yyjson_val *overrides) {
    gvm_simulation sim;
    GVM_TRY(gvm_eth_simulate(call, &sim, at));
    estimate e = {.call = call, .sim = &sim, .request = request, .overrides = overrides};
    uint64_t asked = request->tx.gas_limit;
    e.flags = gvm_eth_prepare_call(gvm_eth_node(call), request, &sim);
    if (sim.vm->rules->max_tx_gas != 0 && request->tx.gas_limit > sim.vm->rules->max_tx_gas)
        request->tx.gas_limit = sim.vm->rules->max_tx_gas;
    gvm_status status = search(&e, answer, request->tx.gas_limit);
    request->tx.gas_limit = asked;
    gvm_simulation_end(&sim);
    return status;
}

gvm_status gvm_rpc_eth_estimateGas(gvm_rpc_call *call) {
    gvm_eth_request request;
    uint64_t answer;
    GVM_TRY(gvm_eth_read_request(call, &request, gvm_rpc_arg_json(call, 0)));
    gvm_rpc_block at = gvm_rpc_arg_block(call, 1);
    GVM_TRY(gvm_eth_estimate(call, &answer, &request, &at, gvm_rpc_arg_json(call, 2)));
    return gvm_rpc_return_u64(call, answer);
}
