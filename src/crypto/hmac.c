/* HMAC is two nested hashes, so it is written over our own hash states: OpenSSL's MAC interface
 * would cost a look-up by name and two allocations each time. */
#include "crypto/hmac.h"

enum { BLOCK_256 = 64, BLOCK_512 = 128 };

/* The key as one block, in place xored with 0x36 (inner) or, from there, with 0x5c (outer). */
static void mask(uint8_t *block, size_t len, uint8_t with) {
    for (size_t i = 0; i < len; i++) block[i] ^= with;
}

void gvm_hmac_sha256_init(gvm_hmac_sha256_state *s, gvm_bytes key) {
    uint8_t block[BLOCK_256] = {0};
    if (key.len > sizeof block)
        gvm_sha256((gvm_hash *)block, key);
    else if (key.len != 0)
        memcpy(block, key.ptr, key.len);
    mask(block, sizeof block, 0x36);
    gvm_sha256_init(&s->inner);
    gvm_sha256_update(&s->inner, gvm_bytes_make(block, sizeof block));
    mask(block, sizeof block, 0x36 ^ 0x5c);
    gvm_sha256_init(&s->outer);
    gvm_sha256_update(&s->outer, gvm_bytes_make(block, sizeof block));
    gvm_wipe(block, sizeof block);
}

void gvm_hmac_sha256_update(gvm_hmac_sha256_state *s, gvm_bytes in) {
    gvm_sha256_update(&s->inner, in);
}

void gvm_hmac_sha256_final(gvm_hmac_sha256_state *s, gvm_hash *out) {
    gvm_hash inner;
    gvm_sha256_final(&s->inner, &inner);
    gvm_sha256_update(&s->outer, gvm_bytes_make(inner.b, sizeof inner.b));
    gvm_sha256_final(&s->outer, out);
    gvm_wipe(&inner, sizeof inner);
}

void gvm_hmac_sha512_init(gvm_hmac_sha512_state *s, gvm_bytes key) {
    uint8_t block[BLOCK_512] = {0};
    if (key.len > sizeof block)
        gvm_sha512(block, key);
    else if (key.len != 0)
        memcpy(block, key.ptr, key.len);
    mask(block, sizeof block, 0x36);
    gvm_sha512_init(&s->inner);
    gvm_sha512_update(&s->inner, gvm_bytes_make(block, sizeof block));
    mask(block, sizeof block, 0x36 ^ 0x5c);
    gvm_sha512_init(&s->outer);
    gvm_sha512_update(&s->outer, gvm_bytes_make(block, sizeof block));
    gvm_wipe(block, sizeof block);
}

void gvm_hmac_sha512_update(gvm_hmac_sha512_state *s, gvm_bytes in) {
    gvm_sha512_update(&s->inner, in);
}

void gvm_hmac_sha512_final(gvm_hmac_sha512_state *s, uint8_t out[64]) {
    uint8_t inner[64];
    gvm_sha512_final(&s->inner, inner);
    gvm_sha512_update(&s->outer, gvm_bytes_make(inner, sizeof inner));
    gvm_sha512_final(&s->outer, out);
    gvm_wipe(inner, sizeof inner);
}

void gvm_hmac_sha256(gvm_hash *out, gvm_bytes key, gvm_bytes message) {
    gvm_hmac_sha256_state s;
    gvm_hmac_sha256_init(&s, key);
    gvm_hmac_sha256_update(&s, message);
    gvm_hmac_sha256_final(&s, out);
}

void gvm_hmac_sha512(uint8_t out[64], gvm_bytes key, gvm_bytes message) {
    gvm_hmac_sha512_state s;
    gvm_hmac_sha512_init(&s, key);
    gvm_hmac_sha512_update(&s, message);
    gvm_hmac_sha512_final(&s, out);
}
