/* ERC-20 with the errors of ERC-6093. The supply goes to whoever creates it; the creator may mint. */
#include <ghost.h>

#include "erc20.abi.h"

/* storage slots */
enum { BALANCES = 0, ALLOWANCES = 1, TOTAL_SUPPLY = 2, NAME = 3, SYMBOL = 4, OWNER = 5 };

static bytes32 balance_slot(address account) { return map_address(slot(BALANCES), account); }
static bytes32 allowance_slot(address owner, address spender) {
    return map_address(map_address(slot(ALLOWANCES), owner), spender);
}

_Noreturn static void refuse(uint32_t error, address account) {
    abi_out o = out_begin(error, 1);
    out_address(&o, account);
    revert_out(&o);
}
_Noreturn static void refuse_amount(uint32_t error, address account, u256 have, u256 needed) {
    abi_out o = out_begin(error, 3);
    out_address(&o, account);
    out_u256(&o, have);
    out_u256(&o, needed);
    revert_out(&o);
}

/* From or to the zero address: minted or burnt. */
static void update(address from, address to, u256 value) {
    if (address_is_zero(from)) {
        store_u256(slot(TOTAL_SUPPLY), u256_add(load_u256(slot(TOTAL_SUPPLY)), value));
    } else {
        bytes32 at = balance_slot(from);
        u256 balance = load_u256(at);
        if (u256_lt(balance, value))
            refuse_amount(ERROR_ERC20InsufficientBalance, from, balance, value);
        store_u256(at, u256_sub(balance, value));
    }
    /* No sum passes 2^256: all balances together are the supply. */
    bytes32 at = address_is_zero(to) ? slot(TOTAL_SUPPLY) : balance_slot(to);
    u256 before = load_u256(at);
    store_u256(at, address_is_zero(to) ? u256_sub(before, value) : u256_add(before, value));
    event e = event_begin(EVENT_Transfer, 1);
    topic_address(&e, from);
    topic_address(&e, to);
    out_u256(&e.data, value);
    event_emit(&e);
}

static void move(address from, address to, u256 value) {
    if (address_is_zero(from)) refuse(ERROR_ERC20InvalidSender, from);
    if (address_is_zero(to)) refuse(ERROR_ERC20InvalidReceiver, to);
    update(from, to, value);
}

CONSTRUCTOR() {
    bytes name = arg_bytes(0), symbol = arg_bytes(1);
    u256 supply = arg_u256(2);
    store_bytes(slot(NAME), name);
    store_bytes(slot(SYMBOL), symbol);
    store_address(slot(OWNER), msg_sender());
    update(ADDRESS_ZERO, msg_sender(), supply);
}

METHOD(name) { return_bytes(load_bytes(slot(NAME))); }
METHOD(symbol) { return_bytes(load_bytes(slot(SYMBOL))); }
METHOD(decimals) { return_u64(18); }
METHOD(totalSupply) { return_u256(load_u256(slot(TOTAL_SUPPLY))); }
METHOD(owner) { return_address(load_address(slot(OWNER))); }
METHOD(balanceOf) { return_u256(load_u256(balance_slot(arg_address(0)))); }
METHOD(allowance) { return_u256(load_u256(allowance_slot(arg_address(0), arg_address(1)))); }

METHOD(transfer) {
    address to = arg_address(0);
    u256 value = arg_u256(1);
    move(msg_sender(), to, value);
    return_bool(true);
}

METHOD(approve) {
    address spender = arg_address(0);
    u256 value = arg_u256(1);
    if (address_is_zero(spender)) refuse(ERROR_ERC20InvalidSpender, spender);
    store_u256(allowance_slot(msg_sender(), spender), value);
    event e = event_begin(EVENT_Approval, 1);
    topic_address(&e, msg_sender());
    topic_address(&e, spender);
    out_u256(&e.data, value);
    event_emit(&e);
    return_bool(true);
}

METHOD(transferFrom) {
    address from = arg_address(0), to = arg_address(1);
    u256 value = arg_u256(2);
    bytes32 at = allowance_slot(from, msg_sender());
    u256 allowed = load_u256(at);
    if (!u256_eq(allowed, U256_MAX)) {
        if (u256_lt(allowed, value))
            refuse_amount(ERROR_ERC20InsufficientAllowance, msg_sender(), allowed, value);
        store_u256(at, u256_sub(allowed, value));
    }
    move(from, to, value);
    return_bool(true);
}

METHOD(mint) {
    address to = arg_address(0);
    u256 value = arg_u256(1);
    require(address_eq(msg_sender(), load_address(slot(OWNER))), "not the owner");
    if (address_is_zero(to)) refuse(ERROR_ERC20InvalidReceiver, to);
    update(ADDRESS_ZERO, to, value);
}

METHOD(burn) { update(msg_sender(), ADDRESS_ZERO, arg_u256(0)); }
