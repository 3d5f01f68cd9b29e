#include "system/tokens.h"

#define PLAIN 10000u

const gvm_address gvm_tokens_address = {{[18] = 0x47, [19] = 0x01}};

static const struct {
    const char *symbol, *name;
} tokens[GVM_TOKEN_END] = {
    [GVM_TOKEN_GCC] = {"GCC", "GhostChain Coin"},
    [GVM_TOKEN_SPIRIT] = {"SPIRIT", "Spirit"},
    [GVM_TOKEN_MANA] = {"MANA", "Mana"},
    [GVM_TOKEN_GHOST] = {"GHOST", "Ghost"},
};

gvm_address gvm_token_face(gvm_token token) {
    GVM_ASSERT(gvm_token_exists((uint64_t)token));
    return (gvm_address){{[18] = 0x47, [19] = (uint8_t)(0x10 + token)}};
}

const char *gvm_token_symbol(gvm_token token) {
    return tokens[token].symbol;
}

const char *gvm_token_name(gvm_token token) {
    return tokens[token].name;
}

gvm_u256 gvm_token_unit(void) {
    return gvm_u256_from_u64(1000000000000000000u);
}

static gvm_cells front_of(const gvm_cells *cells) {
    return gvm_cells_at(cells, &gvm_tokens_address);
}

static gvm_cells face_of(const gvm_cells *cells, gvm_token token) {
    gvm_address face = gvm_token_face(token);
    return gvm_cells_at(cells, &face);
}

/* ---- parameters */

gvm_token_params gvm_token_params_default(void) {
    return (gvm_token_params){
        .epoch_blocks = 100,
        .validators_max = 100,
        .unbonding_epochs = 7,
        .stake_least = gvm_u256_mul(gvm_token_unit(), gvm_u256_from_u64(100000)),
        .discount_least = gvm_u256_mul(gvm_token_unit(), gvm_u256_from_u64(1000)),
        .slash = 1000,
        .discount = 1000,
        .mana = 500,
        .rate_step = 1000,
    };
}

gvm_token_params gvm_tokens_params(gvm_cells *cells) {
    gvm_cells front = front_of(cells);
    gvm_token_params p = {0};
    gvm_u256 word = gvm_cells_load(&front, gvm_cell(GVM_TOKENS_SLOT_RATE_KEEPER));
    p.rate_keeper = gvm_u256_to_address(word);
    p.epoch_blocks = gvm_cell_get_u64(word, 20, 8);
    p.soulbound = gvm_cell_get_u64(word, 28, 1) != 0;
    word = gvm_cells_load(&front, gvm_cell(GVM_TOKENS_SLOT_STAKING));
    p.slasher = gvm_u256_to_address(word);
    p.validators_max = (uint32_t)gvm_cell_get_u64(word, 20, 4);
    p.unbonding_epochs = (uint32_t)gvm_cell_get_u64(word, 24, 4);
    p.slash = (uint16_t)gvm_cell_get_u64(word, 28, 2);
    word = gvm_cells_load(&front, gvm_cell(GVM_TOKENS_SLOT_LEAST));
    p.stake_least = gvm_cell_get(word, 0, 16);
    p.discount_least = gvm_cell_get(word, 16, 16);
    word = gvm_cells_load(&front, gvm_cell(GVM_TOKENS_SLOT_SHARES));
    p.discount = (uint16_t)gvm_cell_get_u64(word, 0, 2);
    p.mana = (uint16_t)gvm_cell_get_u64(word, 2, 2);
    p.rate_step = (uint16_t)gvm_cell_get_u64(word, 4, 2);
    gvm_cells_join(cells, &front);
    return p;
}

uint16_t gvm_tokens_mana_share(gvm_cells *cells) {
    gvm_cells front = front_of(cells);
    gvm_u256 word = gvm_cells_load(&front, gvm_cell(GVM_TOKENS_SLOT_SHARES));
    gvm_cells_join(cells, &front);
    return (uint16_t)gvm_cell_get_u64(word, 2, 2);
}

void gvm_tokens_set_params(gvm_cells *cells, const gvm_token_params *p) {
    gvm_cells front = front_of(cells);
    gvm_u256 word = gvm_u256_from_address(&p->rate_keeper);
    word = gvm_cell_put(word, 20, 8, gvm_u256_from_u64(p->epoch_blocks));
    word = gvm_cell_put(word, 28, 1, gvm_u256_from_u64(p->soulbound));
    gvm_cells_store(&front, gvm_cell(GVM_TOKENS_SLOT_RATE_KEEPER), word);
    word = gvm_u256_from_address(&p->slasher);
    word = gvm_cell_put(word, 20, 4, gvm_u256_from_u64(p->validators_max));
    word = gvm_cell_put(word, 24, 4, gvm_u256_from_u64(p->unbonding_epochs));
    word = gvm_cell_put(word, 28, 2, gvm_u256_from_u64(p->slash));
    gvm_cells_store(&front, gvm_cell(GVM_TOKENS_SLOT_STAKING), word);
    word = gvm_cell_put(gvm_u256_zero(), 0, 16, p->stake_least);
    word = gvm_cell_put(word, 16, 16, p->discount_least);
    gvm_cells_store(&front, gvm_cell(GVM_TOKENS_SLOT_LEAST), word);
    word = gvm_cell_put(gvm_u256_zero(), 0, 2, gvm_u256_from_u64(p->discount));
    word = gvm_cell_put(word, 2, 2, gvm_u256_from_u64(p->mana));
    word = gvm_cell_put(word, 4, 2, gvm_u256_from_u64(p->rate_step));
    gvm_cells_store(&front, gvm_cell(GVM_TOKENS_SLOT_SHARES), word);
    gvm_cells_join(cells, &front);
}

/* ---- balances */

static gvm_u256 balance_slot(const gvm_address *account) {
    return gvm_cell_map_address(gvm_cell(GVM_FACE_SLOT_BALANCES), account);
}

static gvm_u256 accrued_slot(const gvm_address *account) {
    return gvm_cell_map_address(gvm_cell(GVM_TOKENS_SLOT_ACCRUED), account);
}

gvm_u256 gvm_token_balance(gvm_cells *cells, gvm_token token, const gvm_address *account) {
    if (token == GVM_TOKEN_GCC) return gvm_cells_balance(cells, account);
    gvm_cells face = face_of(cells, token);
    gvm_u256 balance = gvm_cells_load(&face, balance_slot(account));
    gvm_cells_join(cells, &face);
    if (token == GVM_TOKEN_MANA) {
        gvm_cells front = front_of(cells);
        balance = gvm_u256_add(balance, gvm_cells_load(&front, accrued_slot(account)));
        gvm_cells_join(cells, &front);
    }
    return balance;
}

bool gvm_token_take(gvm_cells *cells, gvm_u256 *claimed, gvm_token token,
                    const gvm_address *account, gvm_u256 amount) {
    if (claimed != NULL) *claimed = gvm_u256_zero();
    if (token == GVM_TOKEN_GCC) return gvm_cells_sub_balance(cells, account, amount);
    gvm_cells face = face_of(cells, token), front = front_of(cells);
    gvm_u256 slot = balance_slot(account), balance = gvm_cells_load(&face, slot);
    bool enough = !gvm_u256_lt(balance, amount);
    if (!enough && token == GVM_TOKEN_MANA) {
        gvm_u256 accrued = gvm_cells_load(&front, accrued_slot(account));
        balance = gvm_u256_add(balance, accrued);
        enough = !gvm_u256_lt(balance, amount);
        if (enough) gvm_cells_store(&front, accrued_slot(account), gvm_u256_zero());
        if (enough && claimed != NULL) *claimed = accrued;
    }
    if (enough) gvm_cells_store(&face, slot, gvm_u256_sub(balance, amount));
    gvm_cells_join(cells, &face);
    gvm_cells_join(cells, &front);
    return enough || !gvm_cells_ok(cells);
}

void gvm_token_give(gvm_cells *cells, gvm_token token, const gvm_address *account,
                    gvm_u256 amount) {
    if (token == GVM_TOKEN_GCC) {
        gvm_cells_add_balance(cells, account, amount);
        return;
    }
    gvm_cells face = face_of(cells, token);
    gvm_u256 slot = balance_slot(account), balance = gvm_cells_load(&face, slot);
    gvm_cells_store(&face, slot, gvm_u256_add(balance, amount));
    gvm_cells_join(cells, &face);
}

/* ---- preferences and rates */

gvm_token_preference gvm_tokens_preference(gvm_cells *cells, const gvm_address *account) {
    gvm_cells front = front_of(cells);
    gvm_u256 slot = gvm_cell_map_address(gvm_cell(GVM_TOKENS_SLOT_PREFERENCES), account);
    gvm_u256 word = gvm_cells_load(&front, slot);
    gvm_token_preference p = {(gvm_token)gvm_cell_get_u64(word, 20, 1), gvm_u256_to_address(word)};
    if (!gvm_token_exists((uint64_t)p.fee_token)) p.fee_token = GVM_TOKEN_GCC;
    gvm_cells_join(cells, &front);
    return p;
}

static gvm_u256 rate_slot(gvm_token token) {
    return gvm_cell_map(gvm_cell(GVM_TOKENS_SLOT_RATES), gvm_u256_from_u64((uint64_t)token));
}

uint64_t gvm_tokens_epoch(gvm_cells *cells) {
    gvm_cells front = front_of(cells);
    gvm_u256 word = gvm_cells_load(&front, gvm_cell(GVM_TOKENS_SLOT_RATE_KEEPER));
    uint64_t blocks = gvm_cell_get_u64(word, 20, 8);
    gvm_cells_join(cells, &front);
    return blocks == 0 ? cells->number : cells->number / blocks;
}

gvm_u256 gvm_tokens_rate(gvm_cells *cells, gvm_token token) {
    if (token == GVM_TOKEN_GCC) return gvm_token_unit();
    gvm_cells front = front_of(cells);
    gvm_u256 rates = gvm_cells_load(&front, rate_slot(token));
    gvm_u256 when = gvm_cells_load(&front, gvm_cell_plus(rate_slot(token), 1));
    uint64_t epoch = gvm_cell_get_u64(when, 16, 8);
    bool moved = epoch != 0 && gvm_tokens_epoch(&front) >= epoch;
    gvm_cells_join(cells, &front);
    return gvm_cell_get(rates, moved ? 16 : 0, 16);
}

void gvm_tokens_set_rate(gvm_cells *cells, gvm_token token, gvm_u256 rate) {
    gvm_cells front = front_of(cells);
    gvm_cells_store(&front, rate_slot(token), gvm_cell_put(gvm_u256_zero(), 0, 16, rate));
    gvm_cells_store(&front, gvm_cell_plus(rate_slot(token), 1),
                    gvm_cell_put(gvm_u256_zero(), 0, 16, rate));
    gvm_cells_join(cells, &front);
}

bool gvm_tokens_rate_allowed(const gvm_token_params *params, gvm_token token, gvm_u256 rate) {
    if (gvm_u256_bits(rate) > 128) return false;
    if (token != GVM_TOKEN_MANA) return true;
    gvm_u256 earned = gvm_u256_mul(rate, gvm_u256_from_u64(params->mana));
    return gvm_u256_lt(earned, gvm_u256_mul(gvm_token_unit(), gvm_u256_from_u64(PLAIN)));
}

/* ---- grants */

static gvm_u256 grant_slot(const gvm_address *sponsor, const gvm_address *user) {
    gvm_u256 outer = gvm_cell_map_address(gvm_cell(GVM_TOKENS_SLOT_GRANTS), sponsor);
    return gvm_cell_map_address(outer, user);
}

bool gvm_tokens_grant(gvm_cells *cells, gvm_token_grant *out, const gvm_address *sponsor,
                      const gvm_address *user) {
    gvm_cells front = front_of(cells);
    gvm_u256 slot = grant_slot(sponsor, user);
    gvm_u256 word = gvm_cells_load(&front, gvm_cell_plus(slot, 2));
    *out = (gvm_token_grant){.token = (gvm_token)gvm_cell_get_u64(word, 24, 1)};
    if (gvm_token_exists((uint64_t)out->token)) {
        out->target = gvm_u256_to_address(word);
        gvm_store_be32(out->selector, (uint32_t)gvm_cell_get_u64(word, 20, 4));
        out->by_selector = gvm_cell_get_u64(word, 25, 1) != 0;
        word = gvm_cells_load(&front, slot);
        out->remaining = gvm_cell_get(word, 0, 16);
        out->per_transaction = gvm_cell_get(word, 16, 16);
        word = gvm_cells_load(&front, gvm_cell_plus(slot, 1));
        out->per_gas = gvm_cell_get(word, 0, 16);
        out->max_tip = gvm_cell_get(word, 16, 16);
        word = gvm_cells_load(&front, gvm_cell_plus(slot, 3));
        out->not_before = gvm_cell_get_u64(word, 0, 8);
        out->not_after = gvm_cell_get_u64(word, 8, 8);
    }
    gvm_cells_join(cells, &front);
    return gvm_token_exists((uint64_t)out->token);
}

static bool over(gvm_u256 amount, gvm_u256 bound) {
    gvm_u256 none = gvm_cell_get(gvm_u256_max(), 0, 16);
    return gvm_u256_lt(bound, amount) && !gvm_u256_eq(bound, none);
}

gvm_grant_verdict gvm_grant_check(const gvm_token_grant *g, const gvm_grant_use *use) {
    if (!gvm_token_exists((uint64_t)g->token)) return GVM_GRANT_NONE;
    if (g->token != use->token) return GVM_GRANT_TOKEN;
    if (use->now < g->not_before) return GVM_GRANT_TOO_EARLY;
    if (g->not_after != 0 && use->now > g->not_after) return GVM_GRANT_TOO_LATE;
    bool any_target = gvm_address_is_zero(&g->target);
    if (!any_target && (use->to == NULL || !gvm_address_equal(use->to, &g->target)))
        return GVM_GRANT_TARGET;
    if (g->by_selector &&
        (use->to == NULL || use->data.len < 4 || memcmp(use->data.ptr, g->selector, 4) != 0))
        return GVM_GRANT_SELECTOR;
    if (over(use->tip, g->max_tip)) return GVM_GRANT_TIP;
    if (over(use->gas_price, g->per_gas)) return GVM_GRANT_PER_GAS;
    if (over(use->amount, g->per_transaction)) return GVM_GRANT_PER_TRANSACTION;
    if (gvm_u256_lt(g->remaining, use->amount)) return GVM_GRANT_REMAINING;
    return GVM_GRANT_COVERS;
}

const char *gvm_grant_verdict_text(gvm_grant_verdict verdict) {
    static const char *const texts[] = {
#define X(name, text) text,
#include "system/grant_verdicts.inc"
#undef X
    };
    return texts[verdict];
}

void gvm_tokens_grant_spend(gvm_cells *cells, const gvm_address *sponsor, const gvm_address *user,
                            gvm_u256 amount) {
    gvm_cells front = front_of(cells);
    gvm_u256 slot = grant_slot(sponsor, user), word = gvm_cells_load(&front, slot);
    gvm_u256 remaining = gvm_cell_get(word, 0, 16);
    gvm_u256 left =
        gvm_u256_lt(remaining, amount) ? gvm_u256_zero() : gvm_u256_sub(remaining, amount);
    gvm_cells_store(&front, slot, gvm_cell_put(word, 0, 16, left));
    gvm_cells_join(cells, &front);
}

/* ---- MANA and supply */

void gvm_tokens_accrue(gvm_cells *cells, const gvm_address *account, gvm_u256 amount) {
    gvm_cells front = front_of(cells);
    gvm_u256 slot = accrued_slot(account), accrued = gvm_cells_load(&front, slot);
    gvm_cells_store(&front, slot, gvm_u256_add(accrued, amount));
    gvm_cells_join(cells, &front);
}

static gvm_u256 face_cell(gvm_cells *cells, gvm_token token, uint64_t slot) {
    gvm_cells face = face_of(cells, token);
    gvm_u256 value = gvm_cells_load(&face, gvm_cell(slot));
    gvm_cells_join(cells, &face);
    return value;
}

gvm_u256 gvm_token_supply(gvm_cells *cells, gvm_token token) {
    return face_cell(cells, token, GVM_FACE_SLOT_SUPPLY);
}

gvm_u256 gvm_token_cap(gvm_cells *cells, gvm_token token) {
    return face_cell(cells, token, GVM_FACE_SLOT_CAP);
}

gvm_u256 gvm_token_burned(gvm_cells *cells, gvm_token token) {
    return face_cell(cells, token, GVM_FACE_SLOT_BURNED);
}

/* A supply never goes below nothing, whatever a development method has done to balances. */
static gvm_u256 less(gvm_u256 a, gvm_u256 b) {
    return gvm_u256_lt(a, b) ? gvm_u256_zero() : gvm_u256_sub(a, b);
}

void gvm_tokens_end_block(gvm_cells *cells, const gvm_token_flows *flows) {
    for (int t = GVM_TOKEN_GCC; t < GVM_TOKEN_END; t++) {
        gvm_cells face = face_of(cells, (gvm_token)t);
        gvm_u256 made = gvm_cells_load(&face, gvm_cell(GVM_FACE_SLOT_MINTED_NOW));
        gvm_u256 burned = gvm_cells_load(&face, gvm_cell(GVM_FACE_SLOT_BURNED_NOW));
        made = gvm_u256_add(made, flows->made[t]);
        burned = gvm_u256_add(burned, flows->burned[t]);
        gvm_cells_store(&face, gvm_cell(GVM_FACE_SLOT_MINTED_NOW), gvm_u256_zero());
        gvm_cells_store(&face, gvm_cell(GVM_FACE_SLOT_BURNED_NOW), gvm_u256_zero());
        if (!gvm_u256_is_zero(gvm_u256_or(made, burned))) {
            gvm_u256 supply = gvm_cells_load(&face, gvm_cell(GVM_FACE_SLOT_SUPPLY));
            supply = less(gvm_u256_add(supply, made), burned);
            gvm_cells_store(&face, gvm_cell(GVM_FACE_SLOT_SUPPLY), supply);
        }
        if (!gvm_u256_is_zero(burned)) {
            gvm_u256 total = gvm_cells_load(&face, gvm_cell(GVM_FACE_SLOT_BURNED));
            gvm_cells_store(&face, gvm_cell(GVM_FACE_SLOT_BURNED), gvm_u256_add(total, burned));
        }
        gvm_cells_join(cells, &face);
    }
}

void gvm_token_adjust_supply(gvm_cells *cells, gvm_token token, gvm_u256 before, gvm_u256 after) {
    gvm_cells face = face_of(cells, token);
    gvm_u256 supply = gvm_cells_load(&face, gvm_cell(GVM_FACE_SLOT_SUPPLY));
    supply = less(gvm_u256_add(supply, after), before);
    gvm_cells_store(&face, gvm_cell(GVM_FACE_SLOT_SUPPLY), supply);
    gvm_cells_join(cells, &face);
}
