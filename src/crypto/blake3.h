/* BLAKE3 (github.com/BLAKE3-team/BLAKE3-specs): hash, keyed hash, key derivation, output of any
 * length. All functions are thread-safe and cannot fail. States that hold a key are the caller's to
 * wipe. */
#ifndef GVM_CRYPTO_BLAKE3_H
#define GVM_CRYPTO_BLAKE3_H

#include "base/bytes.h"

/* One hash of one input. `out` may lie inside the input. */
void gvm_blake3(gvm_hash *out, gvm_bytes in);
void gvm_blake3_keyed(gvm_hash *out, const uint8_t key[32], gvm_bytes in);
/* context: a hard-coded, globally unique string, never secret; material: the secret that the key is
 * derived from. */
void gvm_blake3_derive_key(uint8_t *out, size_t out_len, gvm_bytes context, gvm_bytes material);

/* Streaming: one init, any number of updates, then any number of outputs; updates may go on after
 * an output. */
typedef struct gvm_blake3_state {
    uint32_t key[8];
    uint32_t flags;
    /* the chunk (1,024 bytes) that is being filled */
    uint32_t chunk_cv[8];
    uint64_t chunk_index;
    uint8_t block[64];
    uint32_t block_len, blocks_done;
    /* chaining values of the complete subtrees to the left, largest first */
    uint32_t stack_len;
    uint32_t stack[55][8];
} gvm_blake3_state;

void gvm_blake3_init(gvm_blake3_state *s);
void gvm_blake3_init_keyed(gvm_blake3_state *s, const uint8_t key[32]);
void gvm_blake3_init_derive_key(gvm_blake3_state *s, gvm_bytes context);
void gvm_blake3_update(gvm_blake3_state *s, gvm_bytes in);
/* The bytes [offset, offset + out_len) of the output, which is 2^64 - 1 bytes long; the first 32
 * are "the" hash. */
void gvm_blake3_output(const gvm_blake3_state *s, uint8_t *out, size_t out_len, uint64_t offset);

#endif
