/* The compiled forms of Keccak, for tests and benchmarks that must reach each of them, not only the
 * machine's best. */
#ifndef GVM_CRYPTO_KECCAK_VARIANTS_H
#define GVM_CRYPTO_KECCAK_VARIANTS_H

#include "base/bytes.h"

typedef struct gvm_keccak_variant {
    const char *name;
    bool (*usable)(void);                                           /* on this machine */
    void (*permute)(uint64_t lanes[25]);                            /* Keccak-f[1600] */
    void (*many)(gvm_hash *out, const gvm_bytes *in, size_t count); /* gvm_keccak256_many */
} gvm_keccak_variant;

/* From the plainest, which is usable everywhere, to the fastest. */
extern const gvm_keccak_variant gvm_keccak_variants[];
extern const size_t gvm_keccak_variant_count;

#endif
