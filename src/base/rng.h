/* Random numbers, of two kinds that must not be confused.
 *
 * gvm_entropy is a source of unpredictable bytes for keys and salts. It is handed in, so that a
 * simulation or a test can put a seeded one in place of the operating system's. gvm_rng is a fast
 * generator that repeats for a seed (xoshiro256**, Blackman and Vigna): for tests, simulation and
 * sampling, never for secrets. */
#ifndef GVM_BASE_RNG_H
#define GVM_BASE_RNG_H

#include "base/bytes.h"

typedef struct gvm_entropy {
    /* Fills all `len` bytes or fails with GVM_ERR_IO. Must be safe to call from any thread that
     * holds the source. */
    gvm_status (*fill)(void *ctx, uint8_t *out, size_t len);
    void *ctx;
} gvm_entropy;

/* getrandom(2). */
extern const gvm_entropy gvm_entropy_os;

static inline GVM_NODISCARD gvm_status gvm_entropy_fill(const gvm_entropy *source, void *out,
                                                        size_t len) {
    return source->fill(source->ctx, out, len);
}

typedef struct gvm_rng {
    uint64_t s[4];
} gvm_rng;

void gvm_rng_init(gvm_rng *r, uint64_t seed);
uint64_t gvm_rng_next(gvm_rng *r);
/* Uniform in [0, n); n must not be 0. */
uint64_t gvm_rng_below(gvm_rng *r, uint64_t n);
void gvm_rng_fill(gvm_rng *r, void *out, size_t len);
/* A source that repeats, over `r` (which must outlive it). One thread at a time. NOT for real keys.
 */
gvm_entropy gvm_entropy_seeded(gvm_rng *r);

/* A number that is the same during the life of this process and differs between processes: the key
 * of hash tables against chosen collisions. Nothing visible may depend on it. */
uint64_t gvm_process_salt(void);

#endif
