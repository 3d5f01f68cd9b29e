/* contracts/differential/solidity/Pair.sol in C. */
#include <ghost.h>

#include "itoken.abi.h"
#include "pair.abi.h"

/* storage slots; RESERVES: uint112 reserve0, uint112 reserve1, uint32 swaps */
enum { TOKEN0 = 0, TOKEN1 = 1, RESERVES = 2, TOTAL_SUPPLY = 3, SHARES = 4 };
enum { LOCKED_SHARES = 1000 };

static u256 reserve(int which) { return load_bits(slot(RESERVES), which == 0 ? 0 : 112, 112); }
static u256 swaps(void) { return load_bits(slot(RESERVES), 224, 32); }
static bytes32 shares_slot(address account) { return map_address(slot(SHARES), account); }

_Noreturn static void too_little(u256 got, u256 wanted) {
    abi_out o = out_begin(ERROR_TooLittle, 2);
    out_u256(&o, got);
    out_u256(&o, wanted);
    revert_out(&o);
}
static void set_reserve(int which, u256 v) {
    if (u256_gt(v, u256_mask(112))) {
        abi_out o = out_begin(ERROR_TooMuch, 1);
        out_u256(&o, v);
        revert_out(&o);
    }
    store_bits(slot(RESERVES), which == 0 ? 0 : 112, 112, v);
}
static void set(u256 new0, u256 new1) {
    set_reserve(0, new0);
    set_reserve(1, new1);
}

static u256 root(u256 v) {
    if (u256_lt(v, u256(4))) return u256(!u256_is_zero(v));
    u256 x = v, next = u256_add(u256_shr(v, 1), u256(1));
    while (u256_lt(next, x)) {
        x = next;
        next = u256_shr(u256_add(u256_div(v, next), next), 1);
    }
    return x;
}

static u256 quote(bool zero_for_one, u256 amount) {
    u256 inside = reserve(zero_for_one ? 0 : 1), outside = reserve(zero_for_one ? 1 : 0);
    if (u256_is_zero(amount)) revert_error(ERROR_NoAmount);
    if (u256_is_zero(inside) || u256_is_zero(outside)) revert_error(ERROR_NoLiquidity);
    u256 paid = u256_mul(amount, u256(997));
    return u256_div(u256_mul(paid, outside), u256_add(u256_mul(inside, u256(1000)), paid));
}

static bool pull(int token, u256 amount) {
    abi_out o = out_begin(itoken_transferFrom, 3);
    out_address(&o, msg_sender());
    out_address(&o, self());
    out_u256(&o, amount);
    return in_bool(call(load_address(slot(token == 0 ? TOKEN0 : TOKEN1)), U256_ZERO, &o), 0);
}
static bool push(int token, u256 amount) {
    abi_out o = out_begin(itoken_transfer, 2);
    out_address(&o, msg_sender());
    out_u256(&o, amount);
    return in_bool(call(load_address(slot(token == 0 ? TOKEN0 : TOKEN1)), U256_ZERO, &o), 0);
}
static u256 held(int token) {
    abi_out o = out_begin(itoken_balanceOf, 1);
    out_address(&o, self());
    return in_u256(static_call(load_address(slot(token == 0 ? TOKEN0 : TOKEN1)), &o), 0);
}

static void emit_change(bytes32 signature, u256 amount0, u256 amount1, u256 shares) {
    event e = event_begin(signature, 3);
    topic_address(&e, msg_sender());
    out_u256(&e.data, amount0);
    out_u256(&e.data, amount1);
    out_u256(&e.data, shares);
    event_emit(&e);
}

CONSTRUCTOR() {
    address first = arg_address(0), second = arg_address(1);
    if (address_eq(first, second)) {
        abi_out o = out_begin(ERROR_SameToken, 1);
        out_address(&o, first);
        revert_out(&o);
    }
    store_address(slot(TOKEN0), first);
    store_address(slot(TOKEN1), second);
}

METHOD(token0) { return_address(load_address(slot(TOKEN0))); }
METHOD(token1) { return_address(load_address(slot(TOKEN1))); }
METHOD(totalSupply) { return_u256(load_u256(slot(TOTAL_SUPPLY))); }
METHOD(sharesOf) { return_u256(load_u256(shares_slot(arg_address(0)))); }

METHOD(reserves) {
    abi_out o = out_begin(0, 3);
    out_u256(&o, reserve(0));
    out_u256(&o, reserve(1));
    out_u256(&o, swaps());
    return_out(&o);
}

METHOD(quote) { return_u256(quote(arg_bool(0), arg_u256(1))); }

METHOD(part) {
    u256 shares = load_u256(shares_slot(arg_address(0)));
    u256 scaled = u256_mul(shares, u256(1000000000000000000));
    return_u256(u256_div(scaled, load_u256(slot(TOTAL_SUPPLY))));
}

METHOD(add) {
    u256 amount0 = arg_u256(0), amount1 = arg_u256(1), least = arg_u256(2), shares;
    if (u256_is_zero(amount0) || u256_is_zero(amount1)) revert_error(ERROR_NoAmount);
    u256 supply = load_u256(slot(TOTAL_SUPPLY));
    if (u256_is_zero(supply)) {
        supply = u256(LOCKED_SHARES);
        shares = root(u256_mul(amount0, amount1));
        if (u256_le(shares, supply)) revert_error(ERROR_NoLiquidity);
        shares = u256_sub(shares, supply);
        store_u256(shares_slot(ADDRESS_ZERO), supply);
    } else {
        u256 by0 = u256_div(u256_mul(amount0, supply), reserve(0));
        u256 by1 = u256_div(u256_mul(amount1, supply), reserve(1));
        shares = u256_min(by0, by1);
    }
    if (u256_lt(shares, least)) too_little(shares, least);
    bytes32 at = shares_slot(msg_sender());
    store_u256(at, u256_add(load_u256(at), shares));
    store_u256(slot(TOTAL_SUPPLY), u256_add(supply, shares));
    require(pull(0, amount0), "token0 did not pay");
    require(pull(1, amount1), "token1 did not pay");
    set(u256_add(reserve(0), amount0), u256_add(reserve(1), amount1));
    emit_change(EVENT_Added, amount0, amount1, shares);
    return_u256(shares);
}

METHOD(remove) {
    u256 shares = arg_u256(0), least0 = arg_u256(1), least1 = arg_u256(2);
    bytes32 at = shares_slot(msg_sender());
    u256 have = load_u256(at), supply = load_u256(slot(TOTAL_SUPPLY));
    if (u256_lt(have, shares)) {
        abi_out o = out_begin(ERROR_NotEnoughShares, 2);
        out_u256(&o, have);
        out_u256(&o, shares);
        revert_out(&o);
    }
    u256 amount0 = u256_div(u256_mul(shares, reserve(0)), supply);
    u256 amount1 = u256_div(u256_mul(shares, reserve(1)), supply);
    if (u256_lt(amount0, least0)) too_little(amount0, least0);
    if (u256_lt(amount1, least1)) too_little(amount1, least1);
    store_u256(at, u256_sub(have, shares));
    store_u256(slot(TOTAL_SUPPLY), u256_sub(supply, shares));
    set(u256_sub(reserve(0), amount0), u256_sub(reserve(1), amount1));
    require(push(0, amount0), "token0 did not pay");
    require(push(1, amount1), "token1 did not pay");
    emit_change(EVENT_Removed, amount0, amount1, shares);
    abi_out o = out_begin(0, 2);
    out_u256(&o, amount0);
    out_u256(&o, amount1);
    return_out(&o);
}

METHOD(swap) {
    bool zero_for_one = arg_bool(0);
    u256 amount = arg_u256(1), least = arg_u256(2), out = quote(zero_for_one, amount);
    int inside = zero_for_one ? 0 : 1, outside = 1 - inside;
    if (u256_lt(out, least)) too_little(out, least);
    require(pull(inside, amount), "token did not pay");
    u256 more = u256_add(reserve(inside), amount), less = u256_sub(reserve(outside), out);
    set(zero_for_one ? more : less, zero_for_one ? less : more);
    store_bits(slot(RESERVES), 224, 32, u256_add_wrap(swaps(), u256(1)));
    require(push(outside, out), "token did not pay");
    event e = event_begin(EVENT_Swapped, 2);
    topic_address(&e, msg_sender());
    topic_bool(&e, zero_for_one);
    out_u256(&e.data, amount);
    out_u256(&e.data, out);
    event_emit(&e);
    return_u256(out);
}

METHOD(sync) {
    u256 new0 = held(0), new1 = held(1);
    set(new0, new1);
}
