/* A number that anyone can count up and its owner can set. */
#include <ghost.h>

#include "counter.abi.h"

enum { NUMBER = 0, OWNER = 1 }; /* storage slots */

static void change(u256 from, u256 to) {
    store_u256(slot(NUMBER), to);
    event e = event_begin(EVENT_Changed, 2);
    topic_address(&e, msg_sender());
    out_u256(&e.data, from);
    out_u256(&e.data, to);
    event_emit(&e);
}

CONSTRUCTOR() {
    store_u256(slot(NUMBER), arg_u256(0));
    store_address(slot(OWNER), msg_sender());
}

METHOD(number) { return_u256(load_u256(slot(NUMBER))); }

METHOD(owner) { return_address(load_address(slot(OWNER))); }

METHOD(increment) {
    u256 from = load_u256(slot(NUMBER));
    u256 to = u256_add(from, u256(1)); /* Panic(0x11) at the end of the numbers */
    change(from, to);
    return_u256(to);
}

METHOD(set) {
    u256 to = arg_u256(0);
    if (!address_eq(msg_sender(), load_address(slot(OWNER)))) {
        abi_out error = out_begin(ERROR_NotOwner, 1);
        out_address(&error, msg_sender());
        revert_out(&error);
    }
    change(load_u256(slot(NUMBER)), to);
}
