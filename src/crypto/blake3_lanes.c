/* One lane of a vector is one input: word i of lane j is word i of input j, so the rounds are the
 * scalar rounds on vectors and the message permutation costs nothing but names. What costs is
 * turning 16 words of W inputs into 16 vectors of W words: a transposition by log2(W) perfect
 * shuffles.
 *
 * Written once over GNU vectors and compiled for widths 4 (SSE2 or NEON, whatever the base machine
 * has), 8 (AVX2) and 16 (AVX-512). */
#include "crypto/blake3_lanes.h"

static const uint32_t iv[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                               0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

#define ROR(x, n) (((x) >> (n)) | ((x) << (32 - (n))))
#define G(a, b, c, d, x, y)                                         \
    do {                                                            \
        a += b + (x), d = ROR16(d ^ a), c += d, b = ROR(b ^ c, 12); \
        a += b + (y), d = ROR8(d ^ a), c += d, b = ROR(b ^ c, 7);   \
    } while (0)
#define ROUND(v, m, a, b, c, d, e, f, g, h, i, j, k, l, n, o, p, q) \
    do {                                                            \
        G(v[0], v[4], v[8], v[12], m[a], m[b]);                     \
        G(v[1], v[5], v[9], v[13], m[c], m[d]);                     \
        G(v[2], v[6], v[10], v[14], m[e], m[f]);                    \
        G(v[3], v[7], v[11], v[15], m[g], m[h]);                    \
        G(v[0], v[5], v[10], v[15], m[i], m[j]);                    \
        G(v[1], v[6], v[11], v[12], m[k], m[l]);                    \
        G(v[2], v[7], v[8], v[13], m[n], m[o]);                     \
        G(v[3], v[4], v[9], v[14], m[p], m[q]);                     \
    } while (0)
#define SEVEN_ROUNDS(v, m)                                                 \
    do {                                                                   \
        ROUND(v, m, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15); \
        ROUND(v, m, 2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8); \
        ROUND(v, m, 3, 4, 10, 12, 13, 2, 7, 14, 6, 5, 9, 0, 11, 15, 8, 1); \
        ROUND(v, m, 10, 7, 12, 9, 14, 3, 13, 15, 4, 0, 11, 2, 5, 8, 1, 6); \
        ROUND(v, m, 12, 13, 9, 11, 15, 10, 14, 8, 7, 2, 5, 3, 0, 1, 6, 4); \
        ROUND(v, m, 9, 14, 11, 5, 8, 12, 15, 1, 13, 3, 0, 10, 2, 6, 4, 7); \
        ROUND(v, m, 11, 15, 5, 0, 1, 9, 8, 6, 14, 10, 2, 12, 3, 4, 7, 13); \
    } while (0)

#define ROR16(x) ROR(x, 16)
#define ROR8(x)  ROR(x, 8)

void gvm_blake3_compress(uint32_t cv[8], uint32_t *full, const uint8_t block[64],
                         uint32_t block_len, uint64_t counter, uint32_t flags) {
    uint32_t m[16];
    for (int i = 0; i < 16; i++) m[i] = gvm_load_le32(block + 4 * i);
    uint32_t v[16] = {cv[0],
                      cv[1],
                      cv[2],
                      cv[3],
                      cv[4],
                      cv[5],
                      cv[6],
                      cv[7],
                      iv[0],
                      iv[1],
                      iv[2],
                      iv[3],
                      (uint32_t)counter,
                      (uint32_t)(counter >> 32),
                      block_len,
                      flags};
    SEVEN_ROUNDS(v, m);
    if (full != NULL) {
        for (int i = 0; i < 8; i++) {
            full[i] = v[i] ^ v[i + 8];
            full[i + 8] = v[i + 8] ^ cv[i];
        }
    } else {
        for (int i = 0; i < 8; i++) cv[i] = v[i] ^ v[i + 8];
    }
}

/* The transposition of W vectors of W words: interleaving row i with row i + W/2, log2(W) times. */
#define TRANSPOSE(VEC, W, STEPS, r, ZIP_LOW, ZIP_HIGH)                                    \
    do {                                                                                  \
        for (int step_ = 0; step_ < STEPS; step_++) {                                     \
            VEC zipped_[W];                                                               \
            _Pragma("GCC unroll 8") for (int i_ = 0; i_ < W / 2; i_++) {                  \
                zipped_[2 * i_] = ZIP_LOW((r)[i_], (r)[i_ + W / 2]);                      \
                zipped_[2 * i_ + 1] = ZIP_HIGH((r)[i_], (r)[i_ + W / 2]);                 \
            }                                                                             \
            _Pragma("GCC unroll 16") for (int i_ = 0; i_ < W; i_++)(r)[i_] = zipped_[i_]; \
        }                                                                                 \
    } while (0)

#define DEFINE_LANES(NAME, VEC, W, STEPS, ZIP_LOW, ZIP_HIGH)                                  \
    static void NAME(uint32_t(*out)[8], const uint8_t *in, const gvm_blake3_job *job) {       \
        VEC h[16] = {0}, low, high;                                                           \
        size_t stride = 64 * job->blocks;                                                     \
        for (int i = 0; i < 8; i++) h[i] = (VEC){0} + job->key[i];                            \
        for (int j = 0; j < W; j++) {                                                         \
            uint64_t counter = job->counter + (uint64_t)j * job->counter_add;                 \
            low[j] = (uint32_t)counter;                                                       \
            high[j] = (uint32_t)(counter >> 32);                                              \
        }                                                                                     \
        for (size_t block = 0; block < job->blocks; block++) {                                \
            uint32_t flags = job->flags | (block == 0 ? job->flags_first : 0) |               \
                             (block == job->blocks - 1 ? job->flags_last : 0);                \
            VEC m[16];                                                                        \
            for (int part = 0; part < 16; part += W) {                                        \
                VEC rows[W];                                                                  \
                for (int j = 0; j < W; j++)                                                   \
                    memcpy(&rows[j], in + (size_t)j * stride + 64 * block + 4 * (size_t)part, \
                           sizeof rows[j]);                                                   \
                TRANSPOSE(VEC, W, STEPS, rows, ZIP_LOW, ZIP_HIGH);                            \
                for (int j = 0; j < W; j++) m[part + j] = rows[j];                            \
            }                                                                                 \
            VEC v[16];                                                                        \
            for (int i = 0; i < 8; i++) v[i] = h[i];                                          \
            for (int i = 0; i < 4; i++) v[8 + i] = (VEC){0} + iv[i];                          \
            v[12] = low, v[13] = high, v[14] = (VEC){0} + 64, v[15] = (VEC){0} + flags;       \
            SEVEN_ROUNDS(v, m);                                                               \
            for (int i = 0; i < 8; i++) h[i] = v[i] ^ v[i + 8];                               \
        }                                                                                     \
        for (int j = 0; j < W; j++)                                                           \
            for (int i = 0; i < 8; i++) out[j][i] = h[i][j];                                  \
    }

typedef uint32_t vec4 __attribute__((vector_size(16)));
#define ZIP4_LOW(a, b)  __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define ZIP4_HIGH(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
DEFINE_LANES(lanes_4, vec4, 4, 2, ZIP4_LOW, ZIP4_HIGH)

static bool usable_always(void) {
    return true;
}

#if defined(__x86_64__)
#include <immintrin.h>

typedef uint32_t vec16 __attribute__((vector_size(64)));
#define ZIP16_LOW(a, b) \
    __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define ZIP16_HIGH(a, b) \
    __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
__attribute__((target("avx512f,avx512vl,avx512bw")))
DEFINE_LANES(lanes_16, vec16, 16, 4, ZIP16_LOW, ZIP16_HIGH)

/* AVX2 has no rotation; by whole bytes it is one shuffle. */
#undef ROR16
#undef ROR8
#define ROR16(x)                                                                                   \
    (vec8) _mm256_shuffle_epi8((__m256i)(x), _mm256_setr_epi8(2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8,   \
                                                              9, 14, 15, 12, 13, 2, 3, 0, 1, 6, 7, \
                                                              4, 5, 10, 11, 8, 9, 14, 15, 12, 13))
#define ROR8(x)                                                                                    \
    (vec8) _mm256_shuffle_epi8((__m256i)(x), _mm256_setr_epi8(1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11,   \
                                                              8, 13, 14, 15, 12, 1, 2, 3, 0, 5, 6, \
                                                              7, 4, 9, 10, 11, 8, 13, 14, 15, 12))
    typedef uint32_t vec8 __attribute__((vector_size(32)));
#define ZIP8_LOW(a, b)  __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define ZIP8_HIGH(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
__attribute__((target("avx2"))) DEFINE_LANES(lanes_8, vec8, 8, 3, ZIP8_LOW, ZIP8_HIGH)

    static bool usable_avx2(void) {
    return __builtin_cpu_supports("avx2");
}
static bool usable_avx512(void) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512bw");
}
#endif

const gvm_blake3_form gvm_blake3_forms[] = {
    {"4 lanes", 4, usable_always, lanes_4},
#if defined(__x86_64__)
    {"8 lanes, AVX2", 8, usable_avx2, lanes_8},
    {"16 lanes, AVX-512", 16, usable_avx512, lanes_16},
#endif
};
const size_t gvm_blake3_form_count = sizeof gvm_blake3_forms / sizeof *gvm_blake3_forms;
