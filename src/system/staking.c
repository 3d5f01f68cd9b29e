/* Stakes in storage. struct Stake takes three slots:
 *      0  uint128 amount, uint128 leaving
 *      1  address delegate, uint64 leavesAt, uint32 index
 *      2  bytes32 key
 * Votes of a delegate are the sum of the stakes that name it; validators is the set, in no order,
 * and `index` is an account's place in it, from 1. */
#include "system/tokens_internal.h"

static gvm_u256 stake_slot(const gvm_address *account) {
    return gvm_cell_map_address(gvm_cell(GVM_TOKENS_SLOT_STAKES), account);
}

static gvm_u256 votes_slot(const gvm_address *account) {
    return gvm_cell_map_address(gvm_cell(GVM_TOKENS_SLOT_VOTES), account);
}

gvm_stake gvm_stake_load(gvm_sys *c, const gvm_address *account) {
    gvm_stake s = {.account = *account, .slot = stake_slot(account)};
    gvm_u256 word = gvm_cells_load(&c->cells, s.slot);
    s.amount = gvm_cell_get(word, 0, 16);
    s.leaving = gvm_cell_get(word, 16, 16);
    word = gvm_cells_load(&c->cells, gvm_cell_plus(s.slot, 1));
    s.delegate = gvm_u256_to_address(word);
    s.leaves_at = gvm_cell_get_u64(word, 20, 8);
    s.index = (uint32_t)gvm_cell_get_u64(word, 28, 4);
    s.key = gvm_u256_to_hash(gvm_cells_load(&c->cells, gvm_cell_plus(s.slot, 2)));
    return s;
}

void gvm_stake_store(gvm_sys *c, const gvm_stake *s) {
    gvm_cells_store(&c->cells, s->slot, gvm_cell_put(s->amount, 16, 16, s->leaving));
    gvm_u256 word = gvm_u256_from_address(&s->delegate);
    word = gvm_cell_put(word, 20, 8, gvm_u256_from_u64(s->leaves_at));
    word = gvm_cell_put(word, 28, 4, gvm_u256_from_u64(s->index));
    gvm_cells_store(&c->cells, gvm_cell_plus(s->slot, 1), word);
    gvm_cells_store(&c->cells, gvm_cell_plus(s->slot, 2), gvm_u256_from_hash(&s->key));
}

static void add_votes(gvm_sys *c, const gvm_address *to, gvm_u256 amount) {
    gvm_u256 votes = gvm_cells_load(&c->cells, votes_slot(to));
    gvm_cells_store(&c->cells, votes_slot(to), gvm_u256_add(votes, amount));
}

static void sub_votes(gvm_sys *c, const gvm_address *to, gvm_u256 amount) {
    gvm_u256 votes = gvm_cells_load(&c->cells, votes_slot(to));
    gvm_cells_store(&c->cells, votes_slot(to), gvm_u256_sub(votes, amount));
}

void gvm_stake_add(gvm_sys *c, gvm_stake *s, gvm_u256 amount) {
    if (gvm_address_is_zero(&s->delegate)) s->delegate = s->account;
    s->amount = gvm_u256_add(s->amount, amount); /* SPIRIT's cap is far below 128 bits */
    add_votes(c, &s->delegate, amount);
    gvm_stake_store(c, s);
}

void gvm_stake_remove(gvm_sys *c, gvm_stake *s, gvm_u256 amount, uint64_t leaves_at) {
    if (gvm_address_is_zero(&s->delegate)) s->delegate = s->account;
    s->amount = gvm_u256_sub(s->amount, amount);
    s->leaving = gvm_u256_add(s->leaving, amount);
    s->leaves_at = leaves_at;
    sub_votes(c, &s->delegate, amount);
    gvm_stake_store(c, s);
}

void gvm_stake_delegate(gvm_sys *c, gvm_stake *s, const gvm_address *to) {
    if (!gvm_address_is_zero(&s->delegate)) sub_votes(c, &s->delegate, s->amount);
    add_votes(c, to, s->amount);
    s->delegate = *to;
    gvm_stake_store(c, s);
}

void gvm_stake_join_set(gvm_sys *c, gvm_stake *s, const gvm_hash *key) {
    s->key = *key;
    if (s->index == 0)
        s->index = (uint32_t)gvm_cells_array_push(&c->cells, gvm_cell(GVM_TOKENS_SLOT_VALIDATORS),
                                                  gvm_u256_from_address(&s->account)) +
                   1;
    gvm_stake_store(c, s);
}

void gvm_stake_leave_set(gvm_sys *c, gvm_stake *s) {
    gvm_u256 moved =
        gvm_cells_array_pop_at(&c->cells, gvm_cell(GVM_TOKENS_SLOT_VALIDATORS), s->index - 1);
    if (!gvm_u256_is_zero(moved)) {
        gvm_address other = gvm_u256_to_address(moved);
        gvm_stake m = gvm_stake_load(c, &other);
        m.index = s->index;
        gvm_stake_store(c, &m);
    }
    s->index = 0;
    gvm_stake_store(c, s);
}

static gvm_u256 share_of(gvm_u256 amount, uint16_t share) {
    return gvm_u256_div(gvm_u256_mul(amount, gvm_u256_from_u64(share)), gvm_u256_from_u64(10000));
}

gvm_u256 gvm_stake_slash(gvm_sys *c, gvm_stake *s, uint16_t share) {
    gvm_u256 staked = share_of(s->amount, share), leaving = share_of(s->leaving, share);
    s->amount = gvm_u256_sub(s->amount, staked);
    s->leaving = gvm_u256_sub(s->leaving, leaving);
    sub_votes(c, &s->delegate, staked);
    gvm_stake_store(c, s);
    return gvm_u256_add(staked, leaving);
}

uint64_t gvm_stake_set_size(gvm_sys *c) {
    return gvm_cells_array_length(&c->cells, gvm_cell(GVM_TOKENS_SLOT_VALIDATORS));
}

/* ---- from outside */

uint64_t gvm_stake_validator_count(gvm_cells *cells) {
    gvm_cells front = gvm_cells_at(cells, &gvm_tokens_address);
    uint64_t count = gvm_cells_array_length(&front, gvm_cell(GVM_TOKENS_SLOT_VALIDATORS));
    gvm_cells_join(cells, &front);
    return count;
}

gvm_validator gvm_stake_validator(gvm_cells *cells, uint64_t index) {
    gvm_cells front = gvm_cells_at(cells, &gvm_tokens_address);
    gvm_validator v = {.account = gvm_u256_to_address(gvm_cells_array_load(
                           &front, gvm_cell(GVM_TOKENS_SLOT_VALIDATORS), index))};
    v.key = gvm_u256_to_hash(gvm_cells_load(&front, gvm_cell_plus(stake_slot(&v.account), 2)));
    v.votes = gvm_cells_load(&front, votes_slot(&v.account));
    gvm_cells_join(cells, &front);
    return v;
}

gvm_u256 gvm_stake_votes(gvm_cells *cells, const gvm_address *account) {
    gvm_cells front = gvm_cells_at(cells, &gvm_tokens_address);
    gvm_u256 votes = gvm_cells_load(&front, votes_slot(account));
    gvm_cells_join(cells, &front);
    return votes;
}
