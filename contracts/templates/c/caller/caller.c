/* Pays out of an ERC-20 that it holds; the token may be an EVM contract, and neither notices. */
#include <ghost.h>

#include "caller.abi.h"
#include "itoken.abi.h"

enum { TOKEN = 0, PAID = 1 }; /* storage slots */

static abi_out transfer_call(address to, u256 amount) {
    abi_out o = out_begin(itoken_transfer, 2);
    out_address(&o, to);
    out_u256(&o, amount);
    return o;
}

static void paid(address to, u256 amount) {
    store_u256(slot(PAID), u256_add(load_u256(slot(PAID)), amount));
    event e = event_begin(EVENT_Paid, 1);
    topic_address(&e, msg_sender());
    topic_address(&e, to);
    out_u256(&e.data, amount);
    event_emit(&e);
}

/* Passes on why the token refused. */
static void pay(address to, u256 amount) {
    abi_out input = transfer_call(to, amount);
    abi_in answer = call(load_address(slot(TOKEN)), U256_ZERO, &input);
    require(in_bool(answer, 0), "the token did not pay");
    paid(to, amount);
}

CONSTRUCTOR() { store_address(slot(TOKEN), arg_address(0)); }

METHOD(token) { return_address(load_address(slot(TOKEN))); }
METHOD(paid) { return_u256(load_u256(slot(PAID))); }

METHOD(balance) {
    abi_out input = out_begin(itoken_balanceOf, 1);
    out_address(&input, self());
    abi_in answer = static_call(load_address(slot(TOKEN)), &input);
    return_u256(in_u256(answer, 0));
}

METHOD(pay) { pay(arg_address(0), arg_u256(1)); }

METHOD(payMany) {
    size_t count;
    abi_in to = arg_array(0, 1, &count);
    u256 each = arg_u256(1);
    for (size_t i = 0; i < count; i++) pay(in_address(to, i), each);
}

/* Goes on where the token refuses, and returns what it said. */
METHOD(tryPay) {
    address to = arg_address(0);
    u256 amount = arg_u256(1);
    abi_out input = transfer_call(to, amount);
    bool done = call_raw(load_address(slot(TOKEN)), U256_ZERO, out_done(&input));
    abi_out o = out_begin(0, 2);
    out_bool(&o, done);
    out_bytes(&o, done ? (bytes){0} : returned());
    if (done) paid(to, amount);
    return_out(&o);
}
