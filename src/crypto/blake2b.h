/* The compression function F of BLAKE2b (RFC 7693 section 3.2), with the number of rounds free, as
 * EIP-152 asks. */
#ifndef GVM_CRYPTO_BLAKE2B_H
#define GVM_CRYPTO_BLAKE2B_H

#include "base/bytes.h"

/* h: chaining value, read and replaced. m: the message block. t: offset counter, low word first.
 * last: final-block flag. Time is linear in `rounds` (about 7 ns a round), which the caller must
 * have charged. */
void gvm_blake2b_f(uint64_t h[8], uint32_t rounds, const uint64_t m[16], const uint64_t t[2],
                   bool last);
/* The form that every machine can run, for tests and benchmarks; gvm_blake2b_f takes a faster one
 * where there is one. */
void gvm_blake2b_f_portable(uint64_t h[8], uint32_t rounds, const uint64_t m[16],
                            const uint64_t t[2], bool last);

enum { GVM_BLAKE2B_F_INPUT = 213, GVM_BLAKE2B_F_OUTPUT = 64 };

/* The same on EIP-152's bytes: rounds (4, big-endian), h (64), m (128), t (16), all little-endian,
 * f (1). GVM_ERR_ARGUMENT where the length is not 213 or f is neither 0 nor 1; `out` is untouched
 * then. */
GVM_NODISCARD gvm_status gvm_blake2b_f_bytes(uint8_t out[GVM_BLAKE2B_F_OUTPUT], gvm_bytes in);

#endif
