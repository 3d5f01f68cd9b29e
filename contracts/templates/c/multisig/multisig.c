/* A wallet of several owners: one proposes a call, enough of them confirm it, one of them executes
 * it. */
#include <ghost.h>

#include "multisig.abi.h"

/* Storage:
 *   0 address[] owners   1 mapping(address => bool) isOwner   2 uint256 threshold
 *   3 struct { address to; bool executed; uint256 value; uint256 confirmations; bytes data; }[]
 *   4 mapping(uint256 => mapping(address => bool)) confirmed */
enum { OWNERS = 0, IS_OWNER = 1, THRESHOLD = 2, PROPOSALS = 3, CONFIRMED = 4 };
/* of a proposal */
enum { TO = 0, VALUE = 1, CONFIRMATIONS = 2, DATA = 3, PROPOSAL_SLOTS = 4, EXECUTED_BIT = 160 };

static void only_owner(void) {
    address by = msg_sender();
    if (load_bool(map_address(slot(IS_OWNER), by))) return;
    abi_out o = out_begin(ERROR_NotOwner, 1);
    out_address(&o, by);
    revert_out(&o);
}
_Noreturn static void refuse(uint32_t error, u256 id) {
    abi_out o = out_begin(error, 1);
    out_u256(&o, id);
    revert_out(&o);
}
static bytes32 proposal_at(u256 id) {
    if (u256_ge(id, load_u256(slot(PROPOSALS)))) refuse(ERROR_NoSuchProposal, id);
    return array_at(slot(PROPOSALS), id, PROPOSAL_SLOTS);
}
static bytes32 confirmed_at(u256 id, address owner) {
    return map_address(map_u256(slot(CONFIRMED), id), owner);
}
static bool is_executed(bytes32 at) { return !u256_is_zero(load_bits(at, EXECUTED_BIT, 8)); }

static void confirm(u256 id, bytes32 at) {
    bytes32 mark = confirmed_at(id, msg_sender());
    if (load_bool(mark)) refuse(ERROR_AlreadyConfirmed, id);
    store_bool(mark, true);
    bytes32 count = slot_add(at, CONFIRMATIONS);
    store_u256(count, u256_add(load_u256(count), u256(1)));
    event e = event_begin(EVENT_Confirmed, 0);
    topic_u256(&e, id);
    topic_address(&e, msg_sender());
    event_emit(&e);
}

CONSTRUCTOR() {
    size_t count;
    abi_in owners = arg_array(0, 1, &count);
    u256 threshold = arg_u256(1);
    require(!u256_is_zero(threshold) && u256_le(threshold, u256(count)), "threshold out of range");
    for (size_t i = 0; i < count; i++) {
        address owner = in_address(owners, i);
        bytes32 mark = map_address(slot(IS_OWNER), owner);
        require(!address_is_zero(owner) && !load_bool(mark), "an owner is zero or twice there");
        store_bool(mark, true);
        store_address(array_push(slot(OWNERS), 1), owner);
    }
    store_u256(slot(THRESHOLD), threshold);
}

METHOD(receive) {
    event e = event_begin(EVENT_Deposit, 1);
    topic_address(&e, msg_sender());
    out_u256(&e.data, msg_value());
    event_emit(&e);
}

METHOD(owners) {
    uint64_t count = array_length(slot(OWNERS));
    bytes32 *items = ghost_alloc(count * sizeof *items);
    for (uint64_t i = 0; i < count; i++) items[i] = load(array_at(slot(OWNERS), u256(i), 1));
    abi_out o = out_begin(0, 1);
    out_array(&o, items, count);
    return_out(&o);
}
METHOD(isOwner) { return_bool(load_bool(map_address(slot(IS_OWNER), arg_address(0)))); }
METHOD(threshold) { return_u256(load_u256(slot(THRESHOLD))); }
METHOD(count) { return_u256(load_u256(slot(PROPOSALS))); }
METHOD(confirmed) { return_bool(load_bool(confirmed_at(arg_u256(0), arg_address(1)))); }

METHOD(proposal) {
    bytes32 at = proposal_at(arg_u256(0));
    abi_out o = out_begin(0, 5);
    out_address(&o, load_address(at));
    out_u256(&o, load_u256(slot_add(at, VALUE)));
    out_bytes(&o, load_bytes(slot_add(at, DATA)));
    out_bool(&o, is_executed(at));
    out_u256(&o, load_u256(slot_add(at, CONFIRMATIONS)));
    return_out(&o);
}

/* Its proposer confirms it at once. */
METHOD(propose) {
    address to = arg_address(0);
    u256 value = arg_u256(1);
    bytes data = arg_bytes(2);
    only_owner();
    u256 id = load_u256(slot(PROPOSALS));
    bytes32 at = array_push(slot(PROPOSALS), PROPOSAL_SLOTS);
    store_address(at, to);
    store_u256(slot_add(at, VALUE), value);
    store_bytes(slot_add(at, DATA), data);
    event e = event_begin(EVENT_Proposed, 2);
    topic_u256(&e, id);
    topic_address(&e, msg_sender());
    topic_address(&e, to);
    out_u256(&e.data, value);
    out_bytes(&e.data, data);
    event_emit(&e);
    confirm(id, at);
    return_u256(id);
}

METHOD(confirm) {
    u256 id = arg_u256(0);
    only_owner();
    bytes32 at = proposal_at(id);
    if (is_executed(at)) refuse(ERROR_AlreadyExecuted, id);
    confirm(id, at);
}

METHOD(revoke) {
    u256 id = arg_u256(0);
    only_owner();
    bytes32 at = proposal_at(id), mark = confirmed_at(id, msg_sender());
    if (is_executed(at)) refuse(ERROR_AlreadyExecuted, id);
    if (!load_bool(mark)) refuse(ERROR_NotConfirmed, id);
    store_bool(mark, false);
    bytes32 count = slot_add(at, CONFIRMATIONS);
    store_u256(count, u256_sub(load_u256(count), u256(1)));
    event e = event_begin(EVENT_Revoked, 0);
    topic_u256(&e, id);
    topic_address(&e, msg_sender());
    event_emit(&e);
}

/* Passes on why the call failed. What is called may call back: executed is set before. */
METHOD(execute) {
    u256 id = arg_u256(0);
    only_owner();
    bytes32 at = proposal_at(id);
    if (is_executed(at)) refuse(ERROR_AlreadyExecuted, id);
    u256 have = load_u256(slot_add(at, CONFIRMATIONS)), needed = load_u256(slot(THRESHOLD));
    if (u256_lt(have, needed)) {
        abi_out o = out_begin(ERROR_TooFewConfirmations, 2);
        out_u256(&o, have);
        out_u256(&o, needed);
        revert_out(&o);
    }
    store_bits(at, EXECUTED_BIT, 8, u256(1));
    u256 value = load_u256(slot_add(at, VALUE));
    if (!call_raw(load_address(at), value, load_bytes(slot_add(at, DATA)))) revert_bytes(returned());
    bytes result = returned();
    event e = event_begin(EVENT_Executed, 1);
    topic_u256(&e, id);
    out_bytes(&e.data, result);
    event_emit(&e);
    return_bytes(result);
}
