/* The tokens contract at 0x..4701: a front for the four tokens, rates, preferences, grants, MANA.
 * The stake registry is staking.c. */
#include "system/tokens_internal.h"

#include "system/permissions.h"

#define GVM_ROWS "system/tokens.inc"
#include "system/declare.inc"

/* The token of argument `i`; false: reverted. */
static bool token_arg(gvm_sys *c, gvm_token *out, size_t i) {
    uint64_t token = gvm_sys_arg_u64(c, i);
    *out = (gvm_token)token;
    return gvm_token_exists(token) ||
           gvm_sys_revert(c, GVM_E_UNKNOWN_TOKEN, GVM_SYS_VALUES(gvm_sys_u64(token)));
}

/* ---- the front */

static bool fn_balance_of(gvm_sys *c) {
    gvm_token token;
    gvm_address account = gvm_sys_arg_address(c, 1);
    return token_arg(c, &token, 0) &&
           gvm_sys_return_u256(c, gvm_token_balance(&c->cells, token, &account));
}

static bool fn_transfer(gvm_sys *c) {
    gvm_token token;
    gvm_address to = gvm_sys_arg_address(c, 1);
    return token_arg(c, &token, 0) &&
           gvm_token_move(c, token, gvm_sys_sender(c), &to, gvm_sys_arg_u256(c, 2),
                          GVM_TOKEN_TRANSFER) &&
           gvm_sys_return_bool(c, true);
}

static bool fn_transfer_from(gvm_sys *c) {
    gvm_token token;
    gvm_address from = gvm_sys_arg_address(c, 1), to = gvm_sys_arg_address(c, 2);
    return token_arg(c, &token, 0) &&
           gvm_token_move_for(c, token, gvm_sys_sender(c), &from, &to, gvm_sys_arg_u256(c, 3)) &&
           gvm_sys_return_bool(c, true);
}

static bool fn_approve(gvm_sys *c) {
    gvm_token token;
    gvm_address spender = gvm_sys_arg_address(c, 1);
    return token_arg(c, &token, 0) &&
           gvm_token_approve(c, token, gvm_sys_sender(c), &spender, gvm_sys_arg_u256(c, 2)) &&
           gvm_sys_return_bool(c, true);
}

static bool fn_allowance(gvm_sys *c) {
    gvm_token token;
    gvm_address owner = gvm_sys_arg_address(c, 1), spender = gvm_sys_arg_address(c, 2);
    return token_arg(c, &token, 0) &&
           gvm_sys_return_u256(c, gvm_token_allowance(&c->cells, token, &owner, &spender));
}

static bool fn_mint(gvm_sys *c) {
    gvm_token token;
    gvm_address to = gvm_sys_arg_address(c, 1);
    return token_arg(c, &token, 0) && gvm_token_mint(c, token, &to, gvm_sys_arg_u256(c, 2));
}

static bool fn_burn(gvm_sys *c) {
    gvm_token token;
    return token_arg(c, &token, 0) &&
           gvm_token_burn(c, token, gvm_sys_sender(c), gvm_sys_arg_u256(c, 1));
}

static bool fn_total_supply(gvm_sys *c) {
    gvm_token token;
    return token_arg(c, &token, 0) && gvm_sys_return_u256(c, gvm_token_supply(&c->cells, token));
}

static bool fn_cap(gvm_sys *c) {
    gvm_token token;
    return token_arg(c, &token, 0) && gvm_sys_return_u256(c, gvm_token_cap(&c->cells, token));
}

static bool fn_face(gvm_sys *c) {
    gvm_token token;
    if (!token_arg(c, &token, 0)) return false;
    gvm_address face = gvm_token_face(token);
    return gvm_sys_return_address(c, &face);
}

/* ---- rates */

typedef struct rates {
    gvm_u256 slot;
    gvm_u256 current, next, last; /* last: the last that was not 0 */
    uint64_t next_epoch;          /* 0: none */
    uint64_t epoch;               /* of this block */
} rates;

/* As they stand in this block: a change whose epoch has come is the current rate. */
static rates load_rates(gvm_sys *c, gvm_token token) {
    rates r = {.epoch = gvm_tokens_epoch(&c->cells)};
    r.slot = gvm_cell_map(gvm_cell(GVM_TOKENS_SLOT_RATES), gvm_u256_from_u64((uint64_t)token));
    gvm_u256 word = gvm_cells_load(&c->cells, r.slot);
    r.current = gvm_cell_get(word, 0, 16);
    r.next = gvm_cell_get(word, 16, 16);
    word = gvm_cells_load(&c->cells, gvm_cell_plus(r.slot, 1));
    r.last = gvm_cell_get(word, 0, 16);
    r.next_epoch = gvm_cell_get_u64(word, 16, 8);
    if (r.next_epoch != 0 && r.epoch >= r.next_epoch) {
        r.current = r.next;
        r.next_epoch = 0;
    }
    if (!gvm_u256_is_zero(r.current)) r.last = r.current;
    return r;
}

static bool fn_rate(gvm_sys *c) {
    gvm_token token;
    return token_arg(c, &token, 0) && gvm_sys_return_u256(c, gvm_tokens_rate(&c->cells, token));
}

static bool fn_next_rate(gvm_sys *c) {
    gvm_token token;
    if (!token_arg(c, &token, 0)) return false;
    rates r = load_rates(c, token);
    gvm_u256 next = r.next_epoch != 0 ? r.next : gvm_u256_zero();
    return gvm_sys_return(c, GVM_SYS_VALUES(gvm_sys_u256(next), gvm_sys_u64(r.next_epoch)));
}

static bool only_keeper(gvm_sys *c, const gvm_token_params *p) {
    return gvm_address_equal(gvm_sys_sender(c), &p->rate_keeper) ||
           gvm_sys_revert(c, ERR_NOT_RATE_KEEPER,
                          GVM_SYS_VALUES(gvm_sys_address(gvm_sys_sender(c))));
}

/* |asked - last| <= last * step / 10000, exactly. Where nothing was ever accepted, any rate is the
 * first. */
static bool within_step(const gvm_token_params *p, gvm_u256 last, gvm_u256 asked) {
    if (gvm_u256_is_zero(asked) || gvm_u256_is_zero(last)) return true;
    gvm_u256 distance =
        gvm_u256_lt(asked, last) ? gvm_u256_sub(last, asked) : gvm_u256_sub(asked, last);
    return !gvm_u256_lt(gvm_u256_mul(last, gvm_u256_from_u64(p->rate_step)),
                        gvm_u256_mul(distance, gvm_u256_from_u64(10000)));
}

static bool fn_set_rate(gvm_sys *c) {
    gvm_token token;
    gvm_u256 asked = gvm_sys_arg_u256(c, 1);
    if (!token_arg(c, &token, 0)) return false;
    gvm_token_params p = gvm_tokens_params(&c->cells);
    if (!only_keeper(c, &p)) return false;
    if (token == GVM_TOKEN_GCC || !gvm_tokens_rate_allowed(&p, token, asked))
        return gvm_sys_revert(c, ERR_RATE_REFUSED, GVM_SYS_VALUES(gvm_sys_u256(asked)));
    rates r = load_rates(c, token);
    if (!within_step(&p, r.last, asked))
        return gvm_sys_revert(c, ERR_RATE_STEP,
                              GVM_SYS_VALUES(gvm_sys_u256(r.last), gvm_sys_u256(asked)));
    uint64_t begins = r.epoch + 1;
    gvm_u256 word = gvm_cell_put(gvm_u256_zero(), 0, 16, r.current);
    gvm_cells_store(&c->cells, r.slot, gvm_cell_put(word, 16, 16, asked));
    word = gvm_cell_put(gvm_u256_zero(), 0, 16, r.last);
    gvm_cells_store(&c->cells, gvm_cell_plus(r.slot, 1),
                    gvm_cell_put(word, 16, 8, gvm_u256_from_u64(begins)));
    gvm_sys_log(
        c, EV_RATE_SET,
        GVM_SYS_VALUES(gvm_sys_u64((uint64_t)token), gvm_sys_u256(asked), gvm_sys_u64(begins)));
    return true;
}

static bool fn_rate_keeper(gvm_sys *c) {
    gvm_token_params p = gvm_tokens_params(&c->cells);
    return gvm_sys_return_address(c, &p.rate_keeper);
}

static bool fn_set_rate_keeper(gvm_sys *c) {
    gvm_token_params p = gvm_tokens_params(&c->cells);
    if (!only_keeper(c, &p)) return false;
    p.rate_keeper = gvm_sys_arg_address(c, 0);
    gvm_tokens_set_params(&c->cells, &p);
    gvm_sys_log(c, EV_RATE_KEEPER_SET, GVM_SYS_VALUES(gvm_sys_address(&p.rate_keeper)));
    return true;
}

static bool fn_epoch(gvm_sys *c) {
    return gvm_sys_return_u256(c, gvm_u256_from_u64(gvm_tokens_epoch(&c->cells)));
}

/* ---- preferences */

static gvm_u256 preference_slot(const gvm_address *account) {
    return gvm_cell_map_address(gvm_cell(GVM_TOKENS_SLOT_PREFERENCES), account);
}

static void set_sponsor(gvm_sys *c, const gvm_address *account, const gvm_address *sponsor) {
    gvm_u256 slot = preference_slot(account), word = gvm_cells_load(&c->cells, slot);
    gvm_cells_store(&c->cells, slot, gvm_cell_put(word, 0, 20, gvm_u256_from_address(sponsor)));
    gvm_sys_log(c, EV_SPONSOR_SET,
                GVM_SYS_VALUES(gvm_sys_address(account), gvm_sys_address(sponsor)));
}

static bool fn_set_fee_token(gvm_sys *c) {
    gvm_token token;
    if (!token_arg(c, &token, 0)) return false;
    if (gvm_u256_is_zero(gvm_tokens_rate(&c->cells, token)))
        return gvm_sys_revert(c, ERR_TOKEN_NOT_ACCEPTED,
                              GVM_SYS_VALUES(gvm_sys_u64((uint64_t)token)));
    gvm_u256 slot = preference_slot(gvm_sys_sender(c)), word = gvm_cells_load(&c->cells, slot);
    uint64_t kept = token == GVM_TOKEN_GCC ? 0 : (uint64_t)token;
    gvm_cells_store(&c->cells, slot, gvm_cell_put(word, 20, 1, gvm_u256_from_u64(kept)));
    gvm_sys_log(c, EV_FEE_TOKEN_SET,
                GVM_SYS_VALUES(gvm_sys_address(gvm_sys_sender(c)), gvm_sys_u64((uint64_t)token)));
    return true;
}

static bool fn_set_sponsor(gvm_sys *c) {
    gvm_address sponsor = gvm_sys_arg_address(c, 0);
    set_sponsor(c, gvm_sys_sender(c), &sponsor);
    return true;
}

static bool fn_preference(gvm_sys *c) {
    gvm_address account = gvm_sys_arg_address(c, 0);
    gvm_token_preference p = gvm_tokens_preference(&c->cells, &account);
    return gvm_sys_return(
        c, GVM_SYS_VALUES(gvm_sys_u64((uint64_t)p.fee_token), gvm_sys_address(&p.sponsor)));
}

/* ---- grants */

static void read_terms(gvm_token_grant *g, const gvm_abi_value *terms) {
    const gvm_abi_value *m = terms->items;
    *g = (gvm_token_grant){
        .remaining = gvm_abi_u256(&m[0]),
        .per_transaction = gvm_abi_u256(&m[1]),
        .per_gas = gvm_abi_u256(&m[2]),
        .max_tip = gvm_abi_u256(&m[3]),
        .target = gvm_abi_address(&m[4]),
        .by_selector = gvm_abi_u256(&m[6]).w[0] != 0,
        .token = (gvm_token)gvm_abi_u256(&m[7]).w[0],
        .not_before = gvm_abi_u256(&m[8]).w[0],
        .not_after = gvm_abi_u256(&m[9]).w[0],
    };
    memcpy(g->selector, m[5].word.b, 4);
}

static void store_grant(gvm_sys *c, gvm_u256 slot, const gvm_token_grant *g) {
    gvm_u256 word = gvm_cell_put(g->remaining, 16, 16, g->per_transaction);
    gvm_cells_store(&c->cells, slot, word);
    word = gvm_cell_put(g->per_gas, 16, 16, g->max_tip);
    gvm_cells_store(&c->cells, gvm_cell_plus(slot, 1), word);
    word = gvm_u256_from_address(&g->target);
    word = gvm_cell_put(word, 20, 4, gvm_u256_from_u64(gvm_load_be32(g->selector)));
    word = gvm_cell_put(word, 24, 1, gvm_u256_from_u64((uint64_t)g->token));
    word = gvm_cell_put(word, 25, 1, gvm_u256_from_u64(g->by_selector));
    gvm_cells_store(&c->cells, gvm_cell_plus(slot, 2), word);
    word = gvm_cell_put(gvm_u256_from_u64(g->not_before), 8, 8, gvm_u256_from_u64(g->not_after));
    gvm_cells_store(&c->cells, gvm_cell_plus(slot, 3), word);
}

static gvm_u256 grant_slot(const gvm_address *sponsor, const gvm_address *user) {
    gvm_u256 outer = gvm_cell_map_address(gvm_cell(GVM_TOKENS_SLOT_GRANTS), sponsor);
    return gvm_cell_map_address(outer, user);
}

static bool makes_sense(const gvm_sys *c, const gvm_token_grant *g, const gvm_address *user) {
    bool ends =
        g->not_after == 0 || (g->not_after >= g->not_before && g->not_after >= gvm_sys_now(c));
    return gvm_token_exists((uint64_t)g->token) && !gvm_u256_is_zero(g->remaining) && ends &&
           !gvm_address_equal(user, gvm_sys_sender(c)) && !gvm_address_is_zero(user);
}

/* Whether the user's sponsor still has something for it. */
static bool has_sponsor(gvm_sys *c, const gvm_address *user) {
    gvm_token_preference p = gvm_tokens_preference(&c->cells, user);
    gvm_token_grant g;
    if (gvm_address_is_zero(&p.sponsor) || !gvm_tokens_grant(&c->cells, &g, &p.sponsor, user))
        return false;
    bool ended = g.not_after != 0 && g.not_after < gvm_sys_now(c);
    return !ended && !gvm_u256_is_zero(g.remaining);
}

static bool fn_grant(gvm_sys *c) {
    gvm_address user = gvm_sys_arg_address(c, 0);
    gvm_token_grant g;
    read_terms(&g, &c->args.items[1]);
    if (!makes_sense(c, &g, &user)) return gvm_sys_revert_plain(c, ERR_INVALID_GRANT);
    bool adopt = !has_sponsor(c, &user);
    store_grant(c, grant_slot(gvm_sys_sender(c), &user), &g);
    gvm_sys_log(c, EV_GRANTED,
                GVM_SYS_VALUES(gvm_sys_address(gvm_sys_sender(c)), gvm_sys_address(&user),
                               gvm_sys_u64((uint64_t)g.token), gvm_sys_u256(g.remaining)));
    if (adopt) set_sponsor(c, &user, gvm_sys_sender(c));
    return true;
}

static bool fn_revoke(gvm_sys *c) {
    gvm_address user = gvm_sys_arg_address(c, 0);
    gvm_token_grant g;
    if (!gvm_tokens_grant(&c->cells, &g, gvm_sys_sender(c), &user))
        return gvm_sys_revert(
            c, ERR_NO_GRANT,
            GVM_SYS_VALUES(gvm_sys_address(gvm_sys_sender(c)), gvm_sys_address(&user)));
    g = (gvm_token_grant){0};
    store_grant(c, grant_slot(gvm_sys_sender(c), &user), &g);
    gvm_sys_log(c, EV_REVOKED,
                GVM_SYS_VALUES(gvm_sys_address(gvm_sys_sender(c)), gvm_sys_address(&user)));
    return true;
}

static bool fn_grant_of(gvm_sys *c) {
    gvm_address sponsor = gvm_sys_arg_address(c, 0), user = gvm_sys_arg_address(c, 1);
    gvm_token_grant g;
    gvm_abi_value *out = gvm_sys_result(c);
    if (out == NULL) return true;
    if (gvm_tokens_grant(&c->cells, &g, &sponsor, &user)) {
        gvm_abi_value *m = out->items[0].items;
        gvm_abi_set_u256(&m[0], g.remaining);
        gvm_abi_set_u256(&m[1], g.per_transaction);
        gvm_abi_set_u256(&m[2], g.per_gas);
        gvm_abi_set_u256(&m[3], g.max_tip);
        gvm_abi_set_address(&m[4], &g.target);
        memcpy(m[5].word.b, g.selector, 4);
        gvm_abi_set_u256(&m[6], gvm_u256_from_u64(g.by_selector));
        gvm_abi_set_u256(&m[7], gvm_u256_from_u64((uint64_t)g.token));
        gvm_abi_set_u256(&m[8], gvm_u256_from_u64(g.not_before));
        gvm_abi_set_u256(&m[9], gvm_u256_from_u64(g.not_after));
    }
    return gvm_sys_return_tuple(c, out);
}

/* ---- MANA */

static bool fn_accrued(gvm_sys *c) {
    gvm_address account = gvm_sys_arg_address(c, 0);
    gvm_u256 slot = gvm_cell_map_address(gvm_cell(GVM_TOKENS_SLOT_ACCRUED), &account);
    return gvm_sys_return_u256(c, gvm_cells_load(&c->cells, slot));
}

static bool fn_claim(gvm_sys *c) {
    return gvm_sys_return_u256(c, gvm_token_claim(c, gvm_sys_sender(c)));
}

/* ---- stakes: what they mean for the set is staking.c's */

static bool fn_stake(gvm_sys *c) {
    gvm_u256 amount = gvm_sys_arg_u256(c, 0);
    gvm_stake s = gvm_stake_load(c, gvm_sys_sender(c));
    if (!gvm_token_move(c, GVM_TOKEN_SPIRIT, gvm_sys_sender(c), &gvm_tokens_address, amount,
                        GVM_TOKEN_PAYMENT))
        return false;
    gvm_stake_add(c, &s, amount);
    gvm_sys_log(c, EV_STAKED,
                GVM_SYS_VALUES(gvm_sys_address(gvm_sys_sender(c)), gvm_sys_u256(amount)));
    return true;
}

static void leave_set(gvm_sys *c, gvm_stake *s) {
    gvm_stake_leave_set(c, s);
    gvm_sys_log(c, EV_VALIDATOR_LEFT, GVM_SYS_VALUES(gvm_sys_address(&s->account)));
}

static bool fn_unstake(gvm_sys *c) {
    gvm_u256 amount = gvm_sys_arg_u256(c, 0);
    gvm_stake s = gvm_stake_load(c, gvm_sys_sender(c));
    gvm_token_params p = gvm_tokens_params(&c->cells);
    if (gvm_u256_lt(s.amount, amount))
        return gvm_sys_revert(c, ERR_STAKE_TOO_SMALL,
                              GVM_SYS_VALUES(gvm_sys_u256(s.amount), gvm_sys_u256(amount)));
    gvm_stake_remove(c, &s, amount, gvm_tokens_epoch(&c->cells) + p.unbonding_epochs);
    gvm_sys_log(c, EV_UNSTAKED,
                GVM_SYS_VALUES(gvm_sys_address(gvm_sys_sender(c)), gvm_sys_u256(amount),
                               gvm_sys_u64(s.leaves_at)));
    if (s.index != 0 && gvm_u256_lt(s.amount, p.stake_least)) leave_set(c, &s);
    return true;
}

static bool fn_withdraw(gvm_sys *c) {
    gvm_stake s = gvm_stake_load(c, gvm_sys_sender(c));
    gvm_u256 amount = s.leaving;
    if (gvm_u256_is_zero(amount)) return gvm_sys_revert_plain(c, ERR_NOTHING_LEAVING);
    if (gvm_tokens_epoch(&c->cells) < s.leaves_at)
        return gvm_sys_revert(c, ERR_STAKE_LEAVING, GVM_SYS_VALUES(gvm_sys_u64(s.leaves_at)));
    s.leaving = gvm_u256_zero();
    s.leaves_at = 0;
    gvm_stake_store(c, &s);
    if (!gvm_token_move(c, GVM_TOKEN_SPIRIT, &gvm_tokens_address, gvm_sys_sender(c), amount,
                        GVM_TOKEN_PAYMENT))
        return false;
    gvm_sys_log(c, EV_WITHDRAWN,
                GVM_SYS_VALUES(gvm_sys_address(gvm_sys_sender(c)), gvm_sys_u256(amount)));
    return gvm_sys_return_u256(c, amount);
}

static bool fn_delegate(gvm_sys *c) {
    gvm_address to = gvm_sys_arg_address(c, 0);
    gvm_stake s = gvm_stake_load(c, gvm_sys_sender(c));
    if (gvm_address_is_zero(&to)) to = *gvm_sys_sender(c);
    gvm_stake_delegate(c, &s, &to);
    gvm_sys_log(c, EV_DELEGATED,
                GVM_SYS_VALUES(gvm_sys_address(gvm_sys_sender(c)), gvm_sys_address(&to)));
    return true;
}

static bool fn_register(gvm_sys *c) {
    gvm_hash key = gvm_sys_arg_word(c, 0);
    gvm_stake s = gvm_stake_load(c, gvm_sys_sender(c));
    gvm_token_params p = gvm_tokens_params(&c->cells);
    if (gvm_hash_is_zero(&key)) return gvm_sys_revert_plain(c, ERR_INVALID_KEY);
    if (gvm_u256_lt(s.amount, p.stake_least))
        return gvm_sys_revert(c, ERR_STAKE_TOO_SMALL,
                              GVM_SYS_VALUES(gvm_sys_u256(s.amount), gvm_sys_u256(p.stake_least)));
    if (s.index == 0 && gvm_stake_set_size(c) >= p.validators_max)
        return gvm_sys_revert(c, ERR_TOO_MANY_VALIDATORS,
                              GVM_SYS_VALUES(gvm_sys_u64(p.validators_max)));
    gvm_stake_join_set(c, &s, &key);
    gvm_sys_log(c, EV_VALIDATOR_REGISTERED,
                GVM_SYS_VALUES(gvm_sys_address(gvm_sys_sender(c)), gvm_sys_word(&key)));
    return true;
}

static bool in_set(gvm_sys *c, const gvm_stake *s) {
    return s->index != 0 ||
           gvm_sys_revert(c, ERR_NOT_A_VALIDATOR, GVM_SYS_VALUES(gvm_sys_address(&s->account)));
}

static bool fn_resign(gvm_sys *c) {
    gvm_stake s = gvm_stake_load(c, gvm_sys_sender(c));
    if (!in_set(c, &s)) return false;
    leave_set(c, &s);
    return true;
}

static bool fn_slash(gvm_sys *c) {
    gvm_address account = gvm_sys_arg_address(c, 0);
    gvm_token_params p = gvm_tokens_params(&c->cells);
    if (!gvm_address_equal(gvm_sys_sender(c), &p.slasher))
        return gvm_sys_revert(c, ERR_NOT_SLASHER,
                              GVM_SYS_VALUES(gvm_sys_address(gvm_sys_sender(c))));
    gvm_stake s = gvm_stake_load(c, &account);
    if (!in_set(c, &s)) return false;
    gvm_u256 burned = gvm_stake_slash(c, &s, p.slash);
    if (!gvm_token_burn(c, GVM_TOKEN_SPIRIT, &gvm_tokens_address, burned)) return false;
    gvm_sys_log(c, EV_SLASHED, GVM_SYS_VALUES(gvm_sys_address(&account), gvm_sys_u256(burned)));
    if (gvm_u256_lt(s.amount, p.stake_least)) leave_set(c, &s);
    return gvm_sys_return_u256(c, burned);
}

static bool fn_stake_of(gvm_sys *c) {
    gvm_address account = gvm_sys_arg_address(c, 0);
    gvm_stake s = gvm_stake_load(c, &account);
    return gvm_sys_return(c, GVM_SYS_VALUES(gvm_sys_u256(s.amount), gvm_sys_u256(s.leaving),
                                            gvm_sys_address(&s.delegate), gvm_sys_u64(s.leaves_at),
                                            gvm_sys_word(&s.key), gvm_sys_u64(s.index != 0)));
}

static bool fn_votes_of(gvm_sys *c) {
    gvm_address account = gvm_sys_arg_address(c, 0);
    return gvm_sys_return_u256(c, gvm_stake_votes(&c->cells, &account));
}

static bool fn_validators(gvm_sys *c) {
    gvm_abi_value *out = gvm_sys_result(c);
    uint64_t count = gvm_stake_set_size(c);
    if (out == NULL || !gvm_cells_ok(&c->cells)) return true;
    if (gvm_abi_value_resize(&out->items[0], c->arena, (size_t)count) != GVM_OK) {
        gvm_cells_fail(&c->cells, GVM_OUT_HOST_FAILURE);
        return true;
    }
    for (uint64_t i = 0; i < count && gvm_cells_ok(&c->cells); i++) {
        gvm_abi_value *m = out->items[0].items[i].items;
        gvm_validator v = gvm_stake_validator(&c->cells, i);
        gvm_abi_set_address(&m[0], &v.account);
        m[1].word = v.key;
        gvm_abi_set_u256(&m[2], v.votes);
    }
    return gvm_sys_return_tuple(c, out);
}

#include "system/define.inc"

const gvm_sys_contract gvm_sys_tokens = {
    GVM_SYS_TABLE,
    .name = "Tokens",
    .about =
        "The tokens contract at 0x..4701: one front for GCC (1), SPIRIT (2), MANA (3) and GHOST "
        "(4); rates and preferences of fees, sponsorship, staking, MANA.",
};
