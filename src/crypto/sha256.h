/* SHA-256 (FIPS 180-4), over OpenSSL. All functions are thread-safe and cannot fail. */
#ifndef GVM_CRYPTO_SHA256_H
#define GVM_CRYPTO_SHA256_H

#include "base/bytes.h"

/* One hash of one input. `out` may lie inside the input. */
void gvm_sha256(gvm_hash *out, gvm_bytes in);

/* Streaming: init, any number of updates, one final, which wipes the state. Nothing to free. */
typedef struct gvm_sha256_state {
    uint64_t opaque[14];
} gvm_sha256_state;

void gvm_sha256_init(gvm_sha256_state *s);
void gvm_sha256_update(gvm_sha256_state *s, gvm_bytes in);
void gvm_sha256_final(gvm_sha256_state *s, gvm_hash *out);

#endif
