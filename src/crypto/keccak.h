/* Keccak-256 and Keccak-512 with the padding of the Keccak submission (0x01), which is what
 * Ethereum calls keccak256; not the SHA-3 of FIPS 202 (0x06). All functions are thread-safe and
 * cannot fail. */
#ifndef GVM_CRYPTO_KECCAK_H
#define GVM_CRYPTO_KECCAK_H

#include "base/bytes.h"

/* One hash of one input. `out` may lie inside the input. */
void gvm_keccak256(gvm_hash *out, gvm_bytes in);
void gvm_keccak512(uint8_t out[64], gvm_bytes in);

/* Four independent hashes at once, and any number of them: side by side in vector registers where
 * the machine has them, one after the other elsewhere. The gain is largest where neighbours have
 * about the same length (trie nodes). No out[i] may overlap any in[j]. */
void gvm_keccak256_x4(gvm_hash out[4], const gvm_bytes in[4]);
void gvm_keccak256_many(gvm_hash *out, const gvm_bytes *in, size_t n);

/* Streaming: init, any number of updates, one final. The struct holds everything; nothing to free.
 * After final it must be initialised again. */
typedef struct gvm_keccak {
    uint64_t lanes[25];
    uint32_t rate; /* bytes absorbed per permutation */
    uint32_t fill; /* bytes absorbed since the last one; always < rate */
} gvm_keccak;

void gvm_keccak256_init(gvm_keccak *k);
void gvm_keccak512_init(gvm_keccak *k);
void gvm_keccak_update(gvm_keccak *k, gvm_bytes in);
void gvm_keccak256_final(gvm_keccak *k, gvm_hash *out);
void gvm_keccak512_final(gvm_keccak *k, uint8_t out[64]);

/* The hash of the empty string: the code hash of an account without code. */
extern const gvm_hash gvm_keccak256_empty;

#endif
