/* HMAC (RFC 2104, FIPS 198-1) with SHA-256 and SHA-512. Time depends on the lengths alone; states
 * are wiped. All functions are thread-safe and cannot fail. Compare tags with gvm_equal_ct. */
#ifndef GVM_CRYPTO_HMAC_H
#define GVM_CRYPTO_HMAC_H

#include "crypto/sha256.h"
#include "crypto/sha512.h"

void gvm_hmac_sha256(gvm_hash *out, gvm_bytes key, gvm_bytes message);
void gvm_hmac_sha512(uint8_t out[64], gvm_bytes key, gvm_bytes message);

/* Streaming: init, any number of updates, one final, which wipes the state. */
typedef struct gvm_hmac_sha256_state {
    gvm_sha256_state inner, outer;
} gvm_hmac_sha256_state;
typedef struct gvm_hmac_sha512_state {
    gvm_sha512_state inner, outer;
} gvm_hmac_sha512_state;

void gvm_hmac_sha256_init(gvm_hmac_sha256_state *s, gvm_bytes key);
void gvm_hmac_sha256_update(gvm_hmac_sha256_state *s, gvm_bytes in);
void gvm_hmac_sha256_final(gvm_hmac_sha256_state *s, gvm_hash *out);
void gvm_hmac_sha512_init(gvm_hmac_sha512_state *s, gvm_bytes key);
void gvm_hmac_sha512_update(gvm_hmac_sha512_state *s, gvm_bytes in);
void gvm_hmac_sha512_final(gvm_hmac_sha512_state *s, uint8_t out[64]);

#endif
