/* SHA-512 (FIPS 180-4), over OpenSSL. All functions are thread-safe and cannot fail. */
#ifndef GVM_CRYPTO_SHA512_H
#define GVM_CRYPTO_SHA512_H

#include "base/bytes.h"

/* One hash of one input. `out` may lie inside the input. */
void gvm_sha512(uint8_t out[64], gvm_bytes in);

/* Streaming: init, any number of updates, one final, which wipes the state. Nothing to free. */
typedef struct gvm_sha512_state {
    uint64_t opaque[27];
} gvm_sha512_state;

void gvm_sha512_init(gvm_sha512_state *s);
void gvm_sha512_update(gvm_sha512_state *s, gvm_bytes in);
void gvm_sha512_final(gvm_sha512_state *s, uint8_t out[64]);

#endif
