/* F spends its time in a chain of additions and rotations; four columns are independent, so one
 * vector register holds a row of the 4x4 matrix v. The first ten rounds put the message words in
 * their order of use and keep them so: a call for millions of rounds gathers no more after that. */
#include "crypto/blake2b.h"

#include <stdatomic.h>

static const uint64_t iv[8] = {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b,
                               0xa54ff53a5f1d36f1, 0x510e527fade682d1, 0x9b05688c2b3e6c1f,
                               0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};

enum { SCHEDULES = 10 };
static const uint8_t sigma[SCHEDULES][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
    {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
    {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
    {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
    {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0}};

#define ROR(x, n) (((x) >> (n)) | ((x) << (64 - (n))))
#define G(a, b, c, d, x, y)                                           \
    do {                                                              \
        a += b + (x), d = ROR(d ^ a, 32), c += d, b = ROR(b ^ c, 24); \
        a += b + (y), d = ROR(d ^ a, 16), c += d, b = ROR(b ^ c, 63); \
    } while (0)

void gvm_blake2b_f_portable(uint64_t h[8], uint32_t rounds, const uint64_t m[16],
                            const uint64_t t[2], bool last) {
    uint64_t v0 = h[0], v1 = h[1], v2 = h[2], v3 = h[3], v4 = h[4], v5 = h[5], v6 = h[6], v7 = h[7];
    uint64_t v8 = iv[0], v9 = iv[1], v10 = iv[2], v11 = iv[3], v12 = iv[4] ^ t[0];
    uint64_t v13 = iv[5] ^ t[1], v14 = last ? ~iv[6] : iv[6], v15 = iv[7];
    for (uint32_t r = 0, s = 0; r < rounds; r++, s = s == SCHEDULES - 1 ? 0 : s + 1) {
        const uint8_t *p = sigma[s];
        G(v0, v4, v8, v12, m[p[0]], m[p[1]]);
        G(v1, v5, v9, v13, m[p[2]], m[p[3]]);
        G(v2, v6, v10, v14, m[p[4]], m[p[5]]);
        G(v3, v7, v11, v15, m[p[6]], m[p[7]]);
        G(v0, v5, v10, v15, m[p[8]], m[p[9]]);
        G(v1, v6, v11, v12, m[p[10]], m[p[11]]);
        G(v2, v7, v8, v13, m[p[12]], m[p[13]]);
        G(v3, v4, v9, v14, m[p[14]], m[p[15]]);
    }
    h[0] ^= v0 ^ v8, h[1] ^= v1 ^ v9, h[2] ^= v2 ^ v10, h[3] ^= v3 ^ v11;
    h[4] ^= v4 ^ v12, h[5] ^= v5 ^ v13, h[6] ^= v6 ^ v14, h[7] ^= v7 ^ v15;
}

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
typedef __m256i row;

AVX2 static inline row ror24(row x) {
    return _mm256_shuffle_epi8(x, _mm256_setr_epi8(3, 4, 5, 6, 7, 0, 1, 2, 11, 12, 13, 14, 15, 8, 9,
                                                   10, 3, 4, 5, 6, 7, 0, 1, 2, 11, 12, 13, 14, 15,
                                                   8, 9, 10));
}
AVX2 static inline row ror16(row x) {
    return _mm256_shuffle_epi8(x, _mm256_setr_epi8(2, 3, 4, 5, 6, 7, 0, 1, 10, 11, 12, 13, 14, 15,
                                                   8, 9, 2, 3, 4, 5, 6, 7, 0, 1, 10, 11, 12, 13, 14,
                                                   15, 8, 9));
}
AVX2 static inline row ror63(row x) {
    return _mm256_or_si256(_mm256_srli_epi64(x, 63), _mm256_add_epi64(x, x));
}

#define G_ROWS(x, y)                                            \
    do {                                                        \
        a = _mm256_add_epi64(_mm256_add_epi64(a, x), b);        \
        d = _mm256_shuffle_epi32(_mm256_xor_si256(d, a), 0xb1); \
        c = _mm256_add_epi64(c, d);                             \
        b = ror24(_mm256_xor_si256(b, c));                      \
        a = _mm256_add_epi64(_mm256_add_epi64(a, y), b);        \
        d = ror16(_mm256_xor_si256(d, a));                      \
        c = _mm256_add_epi64(c, d);                             \
        b = ror63(_mm256_xor_si256(b, c));                      \
    } while (0)

/* The words of one schedule in the order of use: the first and the second words of the column step,
 * then of the diagonal step. The diagonals are made by turning rows a, c and d, not b, which is the
 * last to be ready. */
AVX2 static inline void gather(row out[4], const uint64_t m[16], const uint8_t p[16]) {
#define FOUR(i, j, k, l)                                                           \
    _mm256_setr_epi64x((long long)m[p[i]], (long long)m[p[j]], (long long)m[p[k]], \
                       (long long)m[p[l]])
    out[0] = FOUR(0, 2, 4, 6);
    out[1] = FOUR(1, 3, 5, 7);
    out[2] = FOUR(14, 8, 10, 12);
    out[3] = FOUR(15, 9, 11, 13);
#undef FOUR
}

#define ROUND_ROWS(w)                          \
    do {                                       \
        G_ROWS(w[0], w[1]);                    \
        a = _mm256_permute4x64_epi64(a, 0x93); \
        d = _mm256_permute4x64_epi64(d, 0x4e); \
        c = _mm256_permute4x64_epi64(c, 0x39); \
        G_ROWS(w[2], w[3]);                    \
        a = _mm256_permute4x64_epi64(a, 0x39); \
        d = _mm256_permute4x64_epi64(d, 0x4e); \
        c = _mm256_permute4x64_epi64(c, 0x93); \
    } while (0)

AVX2 static void f_avx2(uint64_t h[8], uint32_t rounds, const uint64_t m[16], const uint64_t t[2],
                        bool last) {
    row words[SCHEDULES][4];
    row a = _mm256_loadu_si256((const row *)h), b = _mm256_loadu_si256((const row *)(h + 4));
    row c = _mm256_loadu_si256((const row *)iv), d = _mm256_loadu_si256((const row *)(iv + 4));
    d = _mm256_xor_si256(d, _mm256_setr_epi64x((long long)t[0], (long long)t[1], last ? -1 : 0, 0));
    row a0 = a, b0 = b;
    for (uint32_t r = 0; r < rounds && r < SCHEDULES; r++) {
        gather(words[r], m, sigma[r]);
        ROUND_ROWS(words[r]);
    }
    for (uint32_t r = SCHEDULES, s = 0; r < rounds; r++, s = s == SCHEDULES - 1 ? 0 : s + 1)
        ROUND_ROWS(words[s]);
    _mm256_storeu_si256((row *)h, _mm256_xor_si256(a0, _mm256_xor_si256(a, c)));
    _mm256_storeu_si256((row *)(h + 4), _mm256_xor_si256(b0, _mm256_xor_si256(b, d)));
}
#endif

typedef void f_fn(uint64_t h[8], uint32_t rounds, const uint64_t m[16], const uint64_t t[2],
                  bool last);
static f_fn f_choose;
static _Atomic(f_fn *) f_chosen = f_choose;

static void f_choose(uint64_t h[8], uint32_t rounds, const uint64_t m[16], const uint64_t t[2],
                     bool last) {
    f_fn *fn = gvm_blake2b_f_portable;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) fn = f_avx2;
#endif
    atomic_store_explicit(&f_chosen, fn, memory_order_relaxed);
    fn(h, rounds, m, t, last);
}

void gvm_blake2b_f(uint64_t h[8], uint32_t rounds, const uint64_t m[16], const uint64_t t[2],
                   bool last) {
    atomic_load_explicit(&f_chosen, memory_order_relaxed)(h, rounds, m, t, last);
}

gvm_status gvm_blake2b_f_bytes(uint8_t out[GVM_BLAKE2B_F_OUTPUT], gvm_bytes in) {
    if (in.len != GVM_BLAKE2B_F_INPUT || in.ptr[212] > 1) return GVM_ERR_ARGUMENT;
    uint64_t words[8 + 16 + 2];
    for (int i = 0; i < 26; i++) words[i] = gvm_load_le64(in.ptr + 4 + 8 * i);
    gvm_blake2b_f(words, gvm_load_be32(in.ptr), words + 8, words + 24, in.ptr[212] == 1);
    for (int i = 0; i < 8; i++) gvm_store_le64(out + 8 * i, words[i]);
    return GVM_OK;
}
