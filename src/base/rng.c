#include "base/rng.h"

#include <errno.h>
#include <pthread.h>
#include <sys/random.h>

static gvm_status os_fill(void *ctx, uint8_t *out, size_t len) {
    (void)ctx;
    while (len > 0) {
        ssize_t n = getrandom(out, len, 0);
        if (n < 0) {
            if (errno == EINTR) continue;
            return GVM_ERR_IO;
        }
        out += n;
        len -= (size_t)n;
    }
    return GVM_OK;
}

const gvm_entropy gvm_entropy_os = {os_fill, NULL};

/* SplitMix64, which the authors of xoshiro recommend for its seed. */
static uint64_t split_mix(uint64_t *x) {
    uint64_t z = (*x += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

void gvm_rng_init(gvm_rng *r, uint64_t seed) {
    for (int i = 0; i < 4; i++) r->s[i] = split_mix(&seed);
}

static inline uint64_t rotl(uint64_t x, int k) {
    return x << k | x >> (64 - k);
}

uint64_t gvm_rng_next(gvm_rng *r) {
    uint64_t *s = r->s, result = rotl(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return result;
}

uint64_t gvm_rng_below(gvm_rng *r, uint64_t n) {
    GVM_ASSERT(n != 0);
    /* Lemire's method: the high half of a product is uniform once the few low halves that favour
     * some are refused. */
    unsigned __int128 product = (unsigned __int128)gvm_rng_next(r) * n;
    if ((uint64_t)product < n) {
        uint64_t floor = -n % n;
        while ((uint64_t)product < floor) product = (unsigned __int128)gvm_rng_next(r) * n;
    }
    return (uint64_t)(product >> 64);
}

void gvm_rng_fill(gvm_rng *r, void *out, size_t len) {
    uint8_t *at = out;
    while (len > 0) {
        uint8_t word[8];
        gvm_store_le64(word, gvm_rng_next(r));
        size_t n = len < 8 ? len : 8;
        memcpy(at, word, n);
        at += n;
        len -= n;
    }
}

static gvm_status seeded_fill(void *ctx, uint8_t *out, size_t len) {
    gvm_rng_fill(ctx, out, len);
    return GVM_OK;
}

gvm_entropy gvm_entropy_seeded(gvm_rng *r) {
    return (gvm_entropy){seeded_fill, r};
}

static pthread_once_t salt_once = PTHREAD_ONCE_INIT;
static uint64_t salt;

static void draw_salt(void) {
    GVM_ASSERT(os_fill(NULL, (uint8_t *)&salt, sizeof salt) == GVM_OK);
}

uint64_t gvm_process_salt(void) {
    (void)pthread_once(&salt_once, draw_salt);
    return salt;
}
