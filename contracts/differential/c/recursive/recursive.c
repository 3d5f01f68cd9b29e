/* contracts/differential/solidity/Recursive.sol in C. */
#include <ghost.h>

#include "recursive.abi.h"

/* storage slots; PEER: address peer, bool locked */
enum { PEER = 0, TOTAL = 1, VISITS = 2 };
enum { LOCKED_BIT = 160 };

static bytes32 visits_slot(u256 depth) { return map_u256(slot(VISITS), depth); }
static address peer(void) { return load_address(slot(PEER)); }
static u256 less(u256 depth) { return u256_sub(depth, u256(1)); }
static u256 next_seed(u256 seed, u256 depth) {
    uint8_t both[64];
    u256_write(both, seed);
    u256_write(both + 32, depth);
    return word_u256(keccak256(bytes_of(both, 64)));
}
static abi_out input(uint32_t selector, u256 depth, u256 seed) {
    abi_out o = out_begin(selector, 2);
    out_u256(&o, depth);
    out_u256(&o, seed);
    return o;
}

/* Nothing of it changes state. */
static u256 peek(u256 depth, u256 seed) {
    if (u256_is_zero(depth)) {
        require(!u256_is_zero(u256_mod(seed, u256(11))), "nothing to see");
        return load_u256(visits_slot(u256(seed.w[0] % 8)));
    }
    abi_out o = input(SELECTOR_peek, less(depth), next_seed(seed, depth));
    address to = seed.w[0] % 2 == 0 ? peer() : self();
    return u256_add(in_u256(static_call(to, &o), 0), u256(1));
}

static u256 below(u256 depth, u256 seed, unsigned how) {
    if (how == 1) return peek(depth, seed);
    abi_out o = input(SELECTOR_run, depth, seed);
    if (how == 0) return in_u256(call(peer(), U256_ZERO, &o), 0);
    bool done = how == 2 ? call_raw(self(), U256_ZERO, out_done(&o))
                         : delegate_call_raw(peer(), out_done(&o));
    bytes answer = returned();
    if (done) return in_u256(answer, 0);
    event e = event_begin(EVENT_Caught, 1);
    topic_u256(&e, depth);
    out_bytes(&e.data, answer);
    event_emit(&e);
    return u256(answer.len);
}

METHOD(peer) { return_address(peer()); }
METHOD(locked) { return_bool(!u256_is_zero(load_bits(slot(PEER), LOCKED_BIT, 8))); }
METHOD(total) { return_u256(load_u256(slot(TOTAL))); }
METHOD(visits) { return_u256(load_u256(visits_slot(arg_u256(0)))); }

METHOD(join) {
    address other = arg_address(0);
    require(address_is_zero(peer()), "joined already");
    store_address(slot(PEER), other);
}

METHOD(run) {
    u256 depth = arg_u256(0), seed = arg_u256(1), got;
    bytes32 at = visits_slot(depth);
    store_u256(at, u256_add(load_u256(at), u256(1)));
    if (u256_is_zero(depth)) {
        if (u256_is_zero(u256_mod(seed, u256(5)))) {
            abi_out o = out_begin(ERROR_Bottom, 1);
            out_u256(&o, seed);
            revert_out(&o);
        }
        got = seed;
    } else {
        got = below(less(depth), next_seed(seed, depth), seed.w[0] % 4);
    }
    store_u256(slot(TOTAL), u256_add_wrap(load_u256(slot(TOTAL)), got));
    event e = event_begin(EVENT_Visited, 1);
    topic_u256(&e, depth);
    topic_address(&e, msg_sender());
    out_u256(&e.data, got);
    event_emit(&e);
    return_u256(got);
}

METHOD(peek) { return_u256(peek(arg_u256(0), arg_u256(1))); }

METHOD(enter) {
    u256 depth = arg_u256(0);
    if (!u256_is_zero(load_bits(slot(PEER), LOCKED_BIT, 8))) {
        abi_out o = out_begin(ERROR_Reentered, 1);
        out_u256(&o, depth);
        revert_out(&o);
    }
    if (u256_is_zero(depth)) {
        return_u64(0);
        return;
    }
    store_bits(slot(PEER), LOCKED_BIT, 8, u256(1));
    abi_out o = out_begin(SELECTOR_enter, 1);
    out_u256(&o, less(depth));
    u256 got = in_u256(call(depth.w[0] % 2 == 0 ? self() : peer(), U256_ZERO, &o), 0);
    store_bits(slot(PEER), LOCKED_BIT, 8, U256_ZERO);
    return_u256(u256_add(got, u256(1)));
}
