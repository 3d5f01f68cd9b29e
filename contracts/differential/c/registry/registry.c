/* contracts/differential/solidity/Registry.sol in C. */
#include <ghost.h>

#include "registry.abi.h"

/* Storage:
 *   0 mapping(string => { address owner; uint64 expires; bool frozen; string value; bytes32[] tags })
 *   1 mapping(address => uint256) countOf   2 string[] names   3 uint256 fee   4 address keeper */
enum { RECORDS = 0, COUNTS = 1, NAMES = 2, FEE = 3, KEEPER = 4 };
/* of a record */
enum { VALUE = 1, TAGS = 2, EXPIRES_BIT = 160, FROZEN_BIT = 224 };

static bytes32 record_slot(bytes name) { return map_bytes(slot(RECORDS), name); }
static bytes32 count_slot(address account) { return map_address(slot(COUNTS), account); }
static u256 expires(bytes32 at) { return load_bits(at, EXPIRES_BIT, 64); }
static bool frozen(bytes32 at) { return !u256_is_zero(load_bits(at, FROZEN_BIT, 8)); }
static void change_count(address account, bool up) {
    bytes32 at = count_slot(account);
    u256 v = load_u256(at);
    store_u256(at, up ? u256_add(v, u256(1)) : u256_sub(v, u256(1)));
}

static bytes32 owned(bytes name) {
    bytes32 at = record_slot(name);
    if (!address_eq(load_address(at), msg_sender())) {
        abi_out o = out_begin(ERROR_NotOwner, 2);
        out_bytes(&o, name);
        out_address(&o, msg_sender());
        revert_out(&o);
    }
    return at;
}
static void only_keeper(void) {
    if (address_eq(msg_sender(), load_address(slot(KEEPER)))) return;
    abi_out o = out_begin(ERROR_NotKeeper, 1);
    out_address(&o, msg_sender());
    revert_out(&o);
}

CONSTRUCTOR() {
    u256 fee = arg_u256(0);
    address keeper = arg_address(1);
    store_u256(slot(FEE), fee);
    store_address(slot(KEEPER), keeper);
}

METHOD(receive) {}

METHOD(register) {
    bytes name = arg_bytes(0), value = arg_bytes(1);
    u256 paid = msg_value(), fee = load_u256(slot(FEE));
    if (name.len < 3 || name.len > 64) {
        abi_out o = out_begin(ERROR_BadLength, 1);
        out_u64(&o, name.len);
        revert_out(&o);
    }
    if (u256_lt(paid, fee)) {
        abi_out o = out_begin(ERROR_TooCheap, 2);
        out_u256(&o, paid);
        out_u256(&o, fee);
        revert_out(&o);
    }
    bytes32 at = record_slot(name);
    address owner = load_address(at);
    if (!address_is_zero(owner)) {
        abi_out o = out_begin(ERROR_Taken, 2);
        out_bytes(&o, name);
        out_address(&o, owner);
        revert_out(&o);
    }
    store_address(at, msg_sender());
    store_bits(at, EXPIRES_BIT, 64, u256(1));
    store_bytes(slot_add(at, VALUE), value);
    change_count(msg_sender(), true);
    u256 index = load_u256(slot(NAMES));
    store_bytes(array_push(slot(NAMES), 1), name);
    event e = event_begin(EVENT_Registered, 2);
    topic_bytes(&e, name);
    topic_address(&e, msg_sender());
    out_bytes(&e.data, name);
    out_bytes(&e.data, value);
    event_emit(&e);
    return_u256(index);
}

METHOD(update) {
    bytes name = arg_bytes(0), value = arg_bytes(1);
    bytes32 at = owned(name);
    if (frozen(at)) {
        abi_out o = out_begin(ERROR_IsFrozen, 1);
        out_bytes(&o, name);
        revert_out(&o);
    }
    store_bytes(slot_add(at, VALUE), value);
    event e = event_begin(EVENT_Updated, 1);
    topic_bytes(&e, name);
    out_bytes(&e.data, value);
    event_emit(&e);
}

METHOD(renew) {
    bytes name = arg_bytes(0);
    uint64_t period = arg_u64(1);
    bytes32 at = owned(name);
    u256 until = u256_add(expires(at), u256(period));
    if (!u256_fits_u64(until)) panic(PANIC_OVERFLOW);
    store_bits(at, EXPIRES_BIT, 64, until);
    return_u256(until);
}

METHOD(move) {
    bytes name = arg_bytes(0);
    address to = arg_address(1);
    bytes32 at = owned(name);
    require(!address_is_zero(to), "to nobody");
    change_count(msg_sender(), false);
    change_count(to, true);
    store_address(at, to);
    event e = event_begin(EVENT_Moved, 0);
    topic_bytes(&e, name);
    topic_address(&e, msg_sender());
    topic_address(&e, to);
    event_emit(&e);
}

METHOD(tag) {
    bytes name = arg_bytes(0);
    bytes32 what = arg_bytes32(1), tags = slot_add(owned(name), TAGS);
    u256 index = load_u256(tags);
    store(array_push(tags, 1), what);
    event e = event_begin(EVENT_Tagged, 2);
    topic_bytes(&e, name);
    out_bytes32(&e.data, what);
    out_u256(&e.data, index);
    event_emit(&e);
    return_u256(index);
}

static void pop_tag(bytes32 tags) {
    u256 count = load_u256(tags);
    if (!u256_is_zero(count)) store(array_at(tags, u256_sub(count, u256(1)), 1), (bytes32){{0}});
    array_pop(tags);
}

METHOD(untag) { pop_tag(slot_add(owned(arg_bytes(0)), TAGS)); }

METHOD(release) {
    bytes name = arg_bytes(0);
    bytes32 at = owned(name), tags = slot_add(at, TAGS);
    while (array_length(tags) > 0) pop_tag(tags);
    store_bytes(slot_add(at, VALUE), (bytes){0});
    store(at, (bytes32){{0}});
    change_count(msg_sender(), false);
    event e = event_begin(EVENT_Released, 0);
    topic_bytes(&e, name);
    event_emit(&e);
}

METHOD(freeze) {
    bytes name = arg_bytes(0);
    bool on = arg_bool(1);
    only_keeper();
    store_bits(record_slot(name), FROZEN_BIT, 8, u256(on));
    event e = event_begin(EVENT_Frozen, 1);
    topic_bytes(&e, name);
    out_bool(&e.data, on);
    event_emit(&e);
}

METHOD(setFee) {
    u256 to = arg_u256(0);
    only_keeper();
    store_u256(slot(FEE), to);
}

METHOD(withdraw) {
    address to = arg_address(0);
    u256 amount = arg_u256(1);
    only_keeper();
    require(call_raw(to, amount, (bytes){0}), "not paid");
}

METHOD(record) {
    bytes32 at = record_slot(arg_bytes(0)), tags = slot_add(at, TAGS);
    uint64_t count = array_length(tags);
    bytes32 *items = ghost_alloc(count * sizeof *items);
    for (uint64_t i = 0; i < count; i++) items[i] = load(array_at(tags, u256(i), 1));
    abi_out o = out_begin(0, 5);
    out_address(&o, load_address(at));
    out_u256(&o, expires(at));
    out_bool(&o, frozen(at));
    out_bytes(&o, load_bytes(slot_add(at, VALUE)));
    out_array(&o, items, count);
    return_out(&o);
}

METHOD(tagAt) {
    bytes32 tags = slot_add(record_slot(arg_bytes(0)), TAGS);
    return_bytes32(load(array_at(tags, arg_u256(1), 1)));
}

METHOD(nameAt) { return_bytes(load_bytes(array_at(slot(NAMES), arg_u256(0), 1))); }
METHOD(countOf) { return_u256(load_u256(count_slot(arg_address(0)))); }
METHOD(fee) { return_u256(load_u256(slot(FEE))); }
METHOD(keeper) { return_address(load_address(slot(KEEPER))); }
