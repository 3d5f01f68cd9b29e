/* Every function on numbers of the SDK, so that JavaScript can hold them against its own. */
#include <ghost.h>

#include "numbers.abi.h"

METHOD(all) {
    u256 a = arg_u256(0), b = arg_u256(1), m = arg_u256(2);
    unsigned n = (unsigned)arg_u64(3);
    bool some = !u256_is_zero(b), modulus = !u256_is_zero(m);
    u256 results[] = {
        u256_add_wrap(a, b),
        u256_sub_wrap(a, b),
        u256_mul_wrap(a, b),
        some ? u256_div(a, b) : U256_ZERO,
        some ? u256_mod(a, b) : U256_ZERO,
        modulus ? u256_addmod(a, b, m) : U256_ZERO,
        modulus ? u256_mulmod(a, b, m) : U256_ZERO,
        u256_exp_wrap(a, b),
        u256_and(a, b),
        u256_or(a, b),
        u256_xor(a, b),
        u256_not(a),
        u256_shl(a, n),
        u256_shr(a, n),
        u256_mask(n),
        u256(u256_lt(a, b)),
        u256(u256_gt(a, b)),
        u256(u256_le(a, b)),
        u256(u256_ge(a, b)),
        u256(u256_eq(a, b)),
        u256_min(a, b),
    };
    enum { COUNT = sizeof results / sizeof results[0] };
    bytes32 words[COUNT];
    for (int i = 0; i < COUNT; i++) words[i] = u256_word(results[i]);
    abi_out o = out_begin(0, 1);
    out_array(&o, words, COUNT);
    return_out(&o);
}
METHOD(add) { return_u256(u256_add(arg_u256(0), arg_u256(1))); }
METHOD(sub) { return_u256(u256_sub(arg_u256(0), arg_u256(1))); }
METHOD(mul) { return_u256(u256_mul(arg_u256(0), arg_u256(1))); }
METHOD(text) {
    bytes value = arg_bytes(0);
    store_bytes(slot(0), value);
    return_bytes(load_bytes(slot(0)));
}
METHOD(stored) { return_bytes(load_bytes(slot(0))); }
