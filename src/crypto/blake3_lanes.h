/* The compression of many equal-length inputs side by side, inside of blake3.c; here for its tests
 * and benchmarks. */
#ifndef GVM_CRYPTO_BLAKE3_LANES_H
#define GVM_CRYPTO_BLAKE3_LANES_H

#include "base/bytes.h"

enum {
    GVM_BLAKE3_CHUNK_START = 1,
    GVM_BLAKE3_CHUNK_END = 2,
    GVM_BLAKE3_PARENT = 4,
    GVM_BLAKE3_ROOT = 8,
    GVM_BLAKE3_KEYED_HASH = 16,
    GVM_BLAKE3_DERIVE_KEY_CONTEXT = 32,
    GVM_BLAKE3_DERIVE_KEY_MATERIAL = 64
};

/* What all the inputs of one call share. */
typedef struct gvm_blake3_job {
    const uint32_t *key; /* the chaining value to start from, 8 words */
    size_t blocks;    /* of 64 bytes in each input; the inputs follow one another without a gap */
    uint64_t counter; /* of the first input */
    uint64_t counter_add; /* from one input to the next: 1 for chunks, 0 for parents */
    uint32_t flags, flags_first, flags_last;
} gvm_blake3_job;

/* Compresses exactly `width` inputs into out[width][8]. */
typedef void gvm_blake3_lanes_fn(uint32_t (*out)[8], const uint8_t *in, const gvm_blake3_job *job);

typedef struct gvm_blake3_form {
    const char *name;
    size_t width;
    bool (*usable)(void);
    gvm_blake3_lanes_fn *run;
} gvm_blake3_form;

/* By width: 4 (usable everywhere), 8, 16. */
extern const gvm_blake3_form gvm_blake3_forms[];
extern const size_t gvm_blake3_form_count;

/* One block: cv := compress(cv, block). With `full`, writes the 16 words of the extended output
 * there instead. */
void gvm_blake3_compress(uint32_t cv[8], uint32_t *full, const uint8_t block[64],
                         uint32_t block_len, uint64_t counter, uint32_t flags);

#endif
