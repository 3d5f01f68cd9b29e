/* Modular exponentiation of big numbers, for the precompile at address 5 (EIP-198, EIP-2565,
 * EIP-7883), over GMP. */
#ifndef GVM_CRYPTO_MODEXP_H
#define GVM_CRYPTO_MODEXP_H

#include "base/bytes.h"

/* The longest operand that is taken, in bytes. Gas makes far shorter ones unaffordable on any
 * chain; what is over it is refused because GMP cannot report that memory is out. */
enum { GVM_MODEXP_LONGEST = 16 << 20 };

/* out[0 .. modulus.len) := base ^ exponent mod modulus, all big-endian with any number of leading
 * zeros; 0 where the modulus is 0; 0^0 is 1. `out` may be the modulus's memory. GVM_ERR_LIMIT where
 * an operand is over GVM_MODEXP_LONGEST; `out` is untouched then. Thread-safe. Takes variable time:
 * not for secrets. */
GVM_NODISCARD gvm_status gvm_modexp_var(uint8_t *out, gvm_bytes base, gvm_bytes exponent,
                                        gvm_bytes modulus);

#endif
