#include "exec/payment.h"

#include "exec/ghost_tx.h"

enum { WHOLE = 10000 };

static uint64_t blob_gas_of(const gvm_tx *tx) {
    return tx->blob_hash_count * (uint64_t)GVM_GAS_PER_BLOB;
}
static gvm_u256 times(gvm_u256 price, uint64_t gas) {
    return gvm_u256_mul(price, gvm_u256_from_u64(gas));
}
static gvm_u256 share(gvm_u256 amount, uint16_t of) {
    return gvm_u256_div(gvm_u256_mul(amount, gvm_u256_from_u64(of)), gvm_u256_from_u64(WHOLE));
}

/* ---- the rules */

static gvm_u256 convert(gvm_u256 wei, gvm_u256 rate, bool up) {
    gvm_u256 product = gvm_u256_mul(wei, gvm_token_unit());
    gvm_u256 out = gvm_u256_div(product, rate);
    bool rest = !gvm_u256_eq(gvm_u256_mul(out, rate), product);
    return up && rest ? gvm_u256_add(out, gvm_u256_from_u64(1)) : out;
}

bool gvm_fee_convert(gvm_u256 *out, gvm_u256 wei, gvm_u256 rate) {
    gvm_u256 unused;
    if (gvm_u256_eq(rate, gvm_token_unit())) {
        *out = wei;
        return true;
    }
    if (gvm_u256_mul_overflow(&unused, wei, gvm_token_unit())) return false;
    *out = convert(wei, rate, true);
    return true;
}

gvm_fee gvm_fee_of(const gvm_payment *p, uint64_t gas_used, uint64_t blob_gas) {
    gvm_u256 base = times(p->base, gas_used), tip = times(p->tip, gas_used);
    base = gvm_u256_sub(base, share(base, p->discount));
    gvm_u256 wei = gvm_u256_add(gvm_u256_add(base, tip), times(p->blob_price, blob_gas));
    gvm_fee fee = {.mana = share(base, p->mana)};
    if (p->token == GVM_TOKEN_GCC) {
        fee.paid = wei;
        fee.tip = tip;
    } else {
        fee.paid = convert(wei, p->rate, true);
        fee.tip = convert(tip, p->rate, false);
    }
    fee.burned = gvm_u256_sub(fee.paid, fee.tip);
    return fee;
}

/* ---- who pays */

static void set_prices(gvm_payment *p, const gvm_vm *vm, const gvm_tx *tx) {
    bool burns = vm->rules->fork >= GVM_FORK_LONDON;
    p->base = burns ? vm->block.base_fee : gvm_u256_zero();
    /* Only a call that skips fees gets here with less than the base fee: it pays what it offers. */
    if (gvm_u256_lt(tx->max_fee, p->base)) p->base = tx->max_fee;
    p->price = gvm_tx_effective_price(tx, p->base);
    p->tip = gvm_u256_sub(p->price, p->base);
    if (tx->type == GVM_TX_BLOB) p->blob_price = vm->block.blob_base_fee;
}

/* The most that gas and blobs may cost, in GCC wei. */
static bool most_of(gvm_u256 *out, const gvm_tx *tx) {
    gvm_tx fees = *tx;
    fees.value = gvm_u256_zero();
    return gvm_tx_max_cost(out, &fees) == GVM_OK;
}

/* The grant of p->payer for the sender: whether it covers the transaction at its greatest. */
static gvm_grant_verdict try_grant(gvm_payment *p, gvm_cells *cells, const gvm_tx *tx,
                                   bool any_token) {
    gvm_token_grant grant;
    gvm_u256 most;
    if (!gvm_tokens_grant(cells, &grant, &p->payer, &tx->sender)) return GVM_GRANT_NONE;
    if (any_token) p->token = grant.token;
    p->rate = gvm_tokens_rate(cells, p->token);
    bool named = tx->ghost != NULL && tx->ghost->name.len > 0;
    gvm_grant_use use = {.token = p->token,
                         .gas_price = p->price,
                         .tip = p->tip,
                         .to = tx->create || named ? NULL : &tx->to,
                         .data = tx->data,
                         .now = cells->now};
    if (gvm_u256_is_zero(p->rate) || !most_of(&most, tx) ||
        !gvm_fee_convert(&use.amount, most, p->rate))
        return GVM_GRANT_NONE;
    gvm_grant_verdict verdict = gvm_grant_check(&grant, &use);
    if (verdict != GVM_GRANT_COVERS) return verdict;
    gvm_u256 have = gvm_token_balance(cells, p->token, &p->payer);
    return gvm_u256_lt(have, use.amount) ? GVM_GRANT_REMAINING : GVM_GRANT_COVERS;
}

static gvm_status plan_ghost(gvm_payment *p, gvm_cells *cells, const gvm_tx *tx, gvm_error *err) {
    const gvm_ghost *g = tx->ghost;
    p->token = (gvm_token)g->fee_token;
    if (!g->sponsored) return GVM_OK;
    p->payer = g->sponsor;
    p->by_grant = g->sponsor_auth_count == 0;
    if (!p->by_grant) return GVM_OK;
    gvm_grant_verdict verdict = try_grant(p, cells, tx, false);
    return verdict == GVM_GRANT_COVERS
               ? GVM_OK
               : gvm_error_set(err, GVM_ERR_TX_SPONSOR, "the sponsor does not pay for this: %s",
                               gvm_grant_verdict_text(verdict));
}

/* Ethereum's types: by what the sender chose on chain. */
static void plan_preference(gvm_payment *p, gvm_cells *cells, const gvm_tx *tx) {
    gvm_token_preference chosen = gvm_tokens_preference(cells, &tx->sender);
    p->token = chosen.fee_token;
    if (gvm_address_is_zero(&chosen.sponsor)) return;
    p->payer = chosen.sponsor;
    p->by_grant = try_grant(p, cells, tx, true) == GVM_GRANT_COVERS;
    if (p->by_grant) return;
    p->payer = tx->sender;
    p->token = chosen.fee_token;
}

gvm_status gvm_payment_plan(gvm_payment *p, gvm_vm *vm, const gvm_tx *tx, unsigned flags,
                            gvm_error *err) {
    *p = (gvm_payment){
        .token = GVM_TOKEN_GCC, .payer = tx->sender, .rate = gvm_token_unit(), .own = true};
    set_prices(p, vm, tx);
    uint64_t blob_gas = blob_gas_of(tx);
    if (vm->rules->ghost && vm->system != NULL && !(flags & GVM_EXEC_SKIP_FUNDS)) {
        gvm_cells cells = gvm_cells_of_vm(vm, &gvm_tokens_address);
        if (tx->type == GVM_TX_GHOST)
            GVM_TRY(plan_ghost(p, &cells, tx, err));
        else
            plan_preference(p, &cells, tx);
        p->rate = gvm_tokens_rate(&cells, p->token);
        if (gvm_u256_is_zero(p->rate))
            return gvm_error_set(err, GVM_ERR_TX_FEE_TOKEN, "no fees are taken in %s now",
                                 gvm_token_symbol(p->token));
        gvm_token_params params = {0};
        gvm_u256 spirit = gvm_token_balance(&cells, GVM_TOKEN_SPIRIT, &p->payer);
        if (!gvm_u256_is_zero(spirit)) {
            params = gvm_tokens_params(&cells);
            if (!gvm_u256_lt(spirit, params.discount_least)) p->discount = params.discount;
        }
        p->mana = gvm_tokens_mana_share(&cells);
        GVM_TRY(gvm_state_status(vm->state));
        p->own = p->token == GVM_TOKEN_GCC && gvm_address_equal(&p->payer, &tx->sender);
    }
    if (p->own) {
        p->held = gvm_u256_add(times(p->price, tx->gas_limit), times(p->blob_price, blob_gas));
        return GVM_OK;
    }
    gvm_u256 most;
    return most_of(&most, tx) && gvm_fee_convert(&p->held, most, p->rate)
               ? GVM_OK
               : gvm_error_set(err, GVM_ERR_TX_COST_OVERFLOW, "%s", "");
}

gvm_status gvm_payment_preview(gvm_u256 *gcc, gvm_address *payer, gvm_cells *cells,
                               const gvm_tx *tx, gvm_error *err) {
    gvm_payment p = {.token = GVM_TOKEN_GCC,
                     .payer = tx->sender,
                     .price = tx->max_fee,
                     .tip = tx->max_priority_fee};
    gvm_status status = gvm_tx_max_cost(gcc, tx);
    if (status != GVM_OK) return gvm_error_set(err, status, "%s", gvm_status_text(status));
    if (tx->type == GVM_TX_GHOST)
        GVM_TRY(plan_ghost(&p, cells, tx, err));
    else
        plan_preference(&p, cells, tx);
    *payer = p.payer;
    if (p.token == GVM_TOKEN_GCC && gvm_address_equal(&p.payer, &tx->sender)) return GVM_OK;
    *gcc = tx->value;
    gvm_u256 most, have = gvm_token_balance(cells, p.token, &p.payer);
    p.rate = gvm_tokens_rate(cells, p.token);
    if (gvm_u256_is_zero(p.rate))
        return gvm_error_set(err, GVM_ERR_TX_FEE_TOKEN, "no fees are taken in %s now",
                             gvm_token_symbol(p.token));
    if (!most_of(&most, tx) || !gvm_fee_convert(&p.held, most, p.rate))
        return gvm_error_set(err, GVM_ERR_TX_COST_OVERFLOW, "%s", "");
    return gvm_u256_lt(have, p.held)
               ? gvm_error_set(err, GVM_ERR_TX_FUNDS, "insufficient %s for gas * price",
                               gvm_token_symbol(p.token))
               : GVM_OK;
}

gvm_status gvm_payment_check(const gvm_payment *p, gvm_vm *vm, const gvm_tx *tx, unsigned flags,
                             gvm_error *err) {
    if (p->own || (flags & GVM_EXEC_SKIP_FUNDS)) return GVM_OK; /* gvm_tx_check_sender's */
    gvm_cells cells = gvm_cells_of_vm(vm, &gvm_tokens_address);
    gvm_u256 have = gvm_token_balance(&cells, p->token, &p->payer);
    char w[80], h[80];
    if (gvm_u256_lt(have, p->held)) {
        gvm_u256_to_decimal(w, p->held);
        gvm_u256_to_decimal(h, have);
        return gvm_error_set(err, GVM_ERR_TX_FUNDS,
                             "insufficient %s for gas * price: have %s, want %s",
                             gvm_token_symbol(p->token), h, w);
    }
    gvm_entry *sender = gvm_state_entry(vm->state, &tx->sender);
    if (!gvm_u256_lt(sender->balance, tx->value)) return gvm_state_status(vm->state);
    gvm_u256_to_decimal(w, tx->value);
    gvm_u256_to_decimal(h, sender->balance);
    return gvm_error_set(err, GVM_ERR_TX_FUNDS, "insufficient funds for value: have %s, want %s", h,
                         w);
}

void gvm_payment_take(const gvm_payment *p, gvm_vm *vm) {
    if (p->token == GVM_TOKEN_GCC) {
        gvm_state_sub_balance(vm->state, gvm_state_entry(vm->state, &p->payer), p->held);
        return;
    }
    gvm_cells cells = gvm_cells_of_vm(vm, &gvm_tokens_address);
    GVM_ASSERT(gvm_token_take(&cells, NULL, p->token, &p->payer, p->held) || !gvm_cells_ok(&cells));
}

/* ---- the end */

static void give(gvm_vm *vm, gvm_token token, const gvm_address *to, gvm_u256 amount) {
    if (token == GVM_TOKEN_GCC) {
        gvm_state_add_balance(vm->state, gvm_state_entry(vm->state, to), amount);
    } else if (!gvm_u256_is_zero(amount)) {
        gvm_cells cells = gvm_cells_of_vm(vm, &gvm_tokens_address);
        gvm_token_give(&cells, token, to, amount);
    }
}

gvm_fee gvm_payment_settle(const gvm_payment *p, gvm_vm *vm, gvm_token_flows *flows,
                           const gvm_tx *tx, uint64_t gas_used, bool earns) {
    gvm_fee fee = gvm_fee_of(p, gas_used, blob_gas_of(tx));
    if (!earns) fee.mana = gvm_u256_zero();
    give(vm, p->token, &p->payer, gvm_u256_sub(p->held, fee.paid));
    give(vm, p->token, &vm->block.coinbase, fee.tip);
    if (!vm->rules->ghost || vm->system == NULL) return fee;
    gvm_cells cells = gvm_cells_of_vm(vm, &gvm_tokens_address);
    if (p->by_grant) gvm_tokens_grant_spend(&cells, &p->payer, &tx->sender, fee.paid);
    if (!gvm_u256_is_zero(fee.mana)) {
        gvm_tokens_accrue(&cells, &p->payer, fee.mana);
        flows->made[GVM_TOKEN_MANA] = gvm_u256_add(flows->made[GVM_TOKEN_MANA], fee.mana);
    }
    flows->burned[p->token] = gvm_u256_add(flows->burned[p->token], fee.burned);
    return fee;
}
