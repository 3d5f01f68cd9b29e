/* Keccak-f[1600] on 64-bit lanes, rounds in pairs so that the state moves between two sets of local
 * variables and never has to be shuffled. The round is written once, over a type that is a 64-bit
 * word or a vector of them:
 *
 *   one state     compiled twice for x86-64, because chi is made of `~a & b`: one instruction with
 * BMI1, else two many states   a vector holds the same lane of 4 (AVX2) or 8 (AVX-512) states.
 * Inputs differ in length, so every column is a slot that takes the next input as soon as its own
 * is done:
 *
 *                     slot 0   [in0 in0 in0][in4 in4 ...
 *                     slot 1   [in1][in3 in3 in3 in3 ...      one column of blocks = one
 * permutation slot 2   [in2 in2][in5 ...
 *
 * The variants are chosen at the first call. */
#include "crypto/keccak.h"

#include "crypto/keccak_variants.h"

#include <stdatomic.h>

const gvm_hash gvm_keccak256_empty = {{0xc5, 0xd2, 0x46, 0x01, 0x86, 0xf7, 0x23, 0x3c,
                                       0x92, 0x7e, 0x7d, 0xb2, 0xdc, 0xc7, 0x03, 0xc0,
                                       0xe5, 0x00, 0xb6, 0x53, 0xca, 0x82, 0x27, 0x3b,
                                       0x7b, 0xfa, 0xd8, 0x04, 0x5d, 0x85, 0xa4, 0x70}};

enum { RATE_256 = 136, RATE_512 = 72, ROUNDS = 24 };

static const uint64_t round_constants[ROUNDS] = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000,
    0x000000000000808b, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
    0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
    0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003,
    0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008};

#define ROL(x, n) (((x) << (n)) | ((x) >> (64 - (n))))

/* One round from lanes A to lanes E. Lane names: b g k m s for the rows y = 0..4, a e i o u for the
 * columns x = 0..4 (the naming of the Keccak team). */
#define ROW(E, y, p, q, r, s, t) \
    E##y##a = p ^ (~q & r);      \
    E##y##e = q ^ (~r & s);      \
    E##y##i = r ^ (~s & t);      \
    E##y##o = s ^ (~t & p);      \
    E##y##u = t ^ (~p & q);
#define ROUND(T, A, E, rc)                                                            \
    do {                                                                              \
        T ca = A##ba ^ A##ga ^ A##ka ^ A##ma ^ A##sa;                                 \
        T ce = A##be ^ A##ge ^ A##ke ^ A##me ^ A##se;                                 \
        T ci = A##bi ^ A##gi ^ A##ki ^ A##mi ^ A##si;                                 \
        T co = A##bo ^ A##go ^ A##ko ^ A##mo ^ A##so;                                 \
        T cu = A##bu ^ A##gu ^ A##ku ^ A##mu ^ A##su;                                 \
        T da = cu ^ ROL(ce, 1), de = ca ^ ROL(ci, 1), di = ce ^ ROL(co, 1);           \
        T dd = ci ^ ROL(cu, 1), du = co ^ ROL(ca, 1);                                 \
        T b0, b1, b2, b3, b4;                                                         \
        b0 = A##ba ^ da, b1 = ROL(A##ge ^ de, 44), b2 = ROL(A##ki ^ di, 43);          \
        b3 = ROL(A##mo ^ dd, 21), b4 = ROL(A##su ^ du, 14);                           \
        ROW(E, b, b0, b1, b2, b3, b4)                                                 \
        E##ba ^= rc;                                                                  \
        b0 = ROL(A##bo ^ dd, 28), b1 = ROL(A##gu ^ du, 20), b2 = ROL(A##ka ^ da, 3);  \
        b3 = ROL(A##me ^ de, 45), b4 = ROL(A##si ^ di, 61);                           \
        ROW(E, g, b0, b1, b2, b3, b4)                                                 \
        b0 = ROL(A##be ^ de, 1), b1 = ROL(A##gi ^ di, 6), b2 = ROL(A##ko ^ dd, 25);   \
        b3 = ROL(A##mu ^ du, 8), b4 = ROL(A##sa ^ da, 18);                            \
        ROW(E, k, b0, b1, b2, b3, b4)                                                 \
        b0 = ROL(A##bu ^ du, 27), b1 = ROL(A##ga ^ da, 36), b2 = ROL(A##ke ^ de, 10); \
        b3 = ROL(A##mi ^ di, 15), b4 = ROL(A##so ^ dd, 56);                           \
        ROW(E, m, b0, b1, b2, b3, b4)                                                 \
        b0 = ROL(A##bi ^ di, 62), b1 = ROL(A##go ^ dd, 55), b2 = ROL(A##ku ^ du, 39); \
        b3 = ROL(A##ma ^ da, 41), b4 = ROL(A##se ^ de, 2);                            \
        ROW(E, s, b0, b1, b2, b3, b4)                                                 \
    } while (0)

#define LANES(X, T, Y)                                                                          \
    X(T, Y, ba, 0)                                                                              \
    X(T, Y, be, 1)                                                                              \
    X(T, Y, bi, 2)                                                                              \
    X(T, Y, bo, 3) X(T, Y, bu, 4) X(T, Y, ga, 5) X(T, Y, ge, 6) X(T, Y, gi, 7) X(T, Y, go, 8)   \
        X(T, Y, gu, 9) X(T, Y, ka, 10) X(T, Y, ke, 11) X(T, Y, ki, 12) X(T, Y, ko, 13)          \
            X(T, Y, ku, 14) X(T, Y, ma, 15) X(T, Y, me, 16) X(T, Y, mi, 17) X(T, Y, mo, 18)     \
                X(T, Y, mu, 19) X(T, Y, sa, 20) X(T, Y, se, 21) X(T, Y, si, 22) X(T, Y, so, 23) \
                    X(T, Y, su, 24)
#define LANE_LOAD(T, A, name, i)  T A##name = lanes[i];
#define LANE_DECL(T, A, name, i)  T A##name;
#define LANE_STORE(T, A, name, i) lanes[i] = A##name;
#define PERMUTE_BODY(T)                             \
    do {                                            \
        LANES(LANE_LOAD, T, A)                      \
        LANES(LANE_DECL, T, E)                      \
        for (unsigned i = 0; i < ROUNDS; i += 2) {  \
            ROUND(T, A, E, round_constants[i]);     \
            ROUND(T, E, A, round_constants[i + 1]); \
        }                                           \
        LANES(LANE_STORE, T, A)                     \
    } while (0)

typedef void permute_fn(uint64_t lanes[25]);

static void permute_portable(uint64_t lanes[25]) {
    PERMUTE_BODY(uint64_t);
}

#if defined(__x86_64__)
__attribute__((target("bmi,bmi2"))) static void permute_bmi(uint64_t lanes[25]) {
    PERMUTE_BODY(uint64_t);
}
#endif

static permute_fn permute_choose;
static _Atomic(permute_fn *) permute_chosen = permute_choose;

static inline void permute(uint64_t lanes[25]) {
    atomic_load_explicit(&permute_chosen, memory_order_relaxed)(lanes);
}

/* Takes whole blocks from the front of `in`; returns what is left of it, shorter than a block. */
static inline gvm_bytes absorb_blocks(uint64_t lanes[25], size_t rate, gvm_bytes in) {
    while (in.len >= rate) {
        for (size_t i = 0; i < rate / 8; i++) lanes[i] ^= gvm_load_le64(in.ptr + 8 * i);
        permute(lanes);
        in = gvm_bytes_make(in.ptr + rate, in.len - rate);
    }
    return in;
}

/* Takes the last, partial block (len < rate, perhaps empty), with its padding. */
static inline void absorb_last(uint64_t lanes[25], size_t rate, gvm_bytes in) {
    size_t i = 0;
    for (; 8 * i + 8 <= in.len; i++) lanes[i] ^= gvm_load_le64(in.ptr + 8 * i);
    uint8_t tail[8] = {0};
    size_t rest = in.len - 8 * i;
    if (rest != 0) memcpy(tail, in.ptr + 8 * i, rest);
    tail[rest] = 0x01;
    lanes[i] ^= gvm_load_le64(tail);
    lanes[rate / 8 - 1] ^= 0x8000000000000000;
    permute(lanes);
}

static inline void squeeze(const uint64_t lanes[25], uint8_t *out, size_t len) {
    for (size_t i = 0; i < len / 8; i++) gvm_store_le64(out + 8 * i, lanes[i]);
}

static inline void hash_once(uint8_t *out, size_t out_len, size_t rate, gvm_bytes in) {
    uint64_t lanes[25] = {0};
    absorb_last(lanes, rate, absorb_blocks(lanes, rate, in));
    squeeze(lanes, out, out_len);
}

void gvm_keccak256(gvm_hash *out, gvm_bytes in) {
    hash_once(out->b, 32, RATE_256, in);
}

void gvm_keccak512(uint8_t out[64], gvm_bytes in) {
    hash_once(out, 64, RATE_512, in);
}

static void many_portable(gvm_hash *out, const gvm_bytes *in, size_t n) {
    for (size_t i = 0; i < n; i++) gvm_keccak256(&out[i], in[i]);
}

#if defined(__x86_64__)
#define AVX512 "avx512f,avx512vl,avx512dq"
typedef uint64_t lanes_x4 __attribute__((vector_size(32)));
typedef uint64_t lanes_x8 __attribute__((vector_size(64)));

__attribute__((target("avx2"))) static void permute_x4(uint64_t *words) {
    lanes_x4 *lanes = (lanes_x4 *)words;
    PERMUTE_BODY(lanes_x4);
}

__attribute__((target(AVX512))) static void permute_x8(uint64_t *words) {
    lanes_x8 *lanes = (lanes_x8 *)words;
    PERMUTE_BODY(lanes_x8);
}

/* The same four states, with AVX-512's rotations and three-input logic on AVX2's registers. */
__attribute__((target(AVX512))) static void permute_x4_rot(uint64_t *words) {
    lanes_x4 *lanes = (lanes_x4 *)words;
    PERMUTE_BODY(lanes_x4);
}

enum { WIDEST = 8, BLOCK = RATE_256 / 8 };

typedef struct slot {
    gvm_bytes rest; /* what is not absorbed yet */
    size_t job;
    bool busy, last;
} slot;

/* Absorbs the slot's next block into column `at` of the interleaved states (lanes[lane * width +
 * column]). */
static inline void slot_absorb(slot *s, uint64_t *lanes, size_t width, size_t at) {
    uint8_t padded[RATE_256];
    const uint8_t *block = s->rest.ptr;
    s->last = s->rest.len < RATE_256;
    if (s->last) {
        memset(padded, 0, sizeof padded);
        if (s->rest.len != 0) memcpy(padded, block, s->rest.len);
        padded[s->rest.len] = 0x01;
        padded[RATE_256 - 1] |= 0x80;
        block = padded;
    } else {
        s->rest = gvm_bytes_make(block + RATE_256, s->rest.len - RATE_256);
    }
    for (size_t i = 0; i < BLOCK; i++) lanes[i * width + at] ^= gvm_load_le64(block + 8 * i);
}

/* Takes the results of the slots that are done, gives them the next inputs; returns how many are
 * busy. */
static inline size_t slots_turn(slot *slots, uint64_t *lanes, size_t width, gvm_hash *out,
                                const gvm_bytes *in, size_t n, size_t *next) {
    size_t busy = 0;
    for (size_t at = 0; at < width; at++) {
        slot *s = &slots[at];
        if (s->busy && s->last) {
            for (size_t i = 0; i < 4; i++)
                gvm_store_le64(out[s->job].b + 8 * i, lanes[i * width + at]);
            s->busy = false;
        }
        if (!s->busy && *next < n) {
            *s = (slot){.rest = in[*next], .job = *next, .busy = true};
            ++*next;
            for (size_t i = 0; i < 25; i++) lanes[i * width + at] = 0;
        }
        busy += s->busy;
    }
    return busy;
}

/* Ends the last busy slots one by one: a wide permutation for one or two columns would be waste. */
static void slots_drain(slot *slots, const uint64_t *lanes, size_t width, gvm_hash *out) {
    for (size_t at = 0; at < width; at++) {
        if (!slots[at].busy) continue;
        uint64_t one[25];
        for (size_t i = 0; i < 25; i++) one[i] = lanes[i * width + at];
        absorb_last(one, RATE_256, absorb_blocks(one, RATE_256, slots[at].rest));
        squeeze(one, out[slots[at].job].b, 32);
    }
}

typedef void permute_wide_fn(uint64_t *lanes);

static void many_wide(gvm_hash *out, const gvm_bytes *in, size_t n, size_t width,
                      permute_wide_fn *permute_wide) {
    _Alignas(64) uint64_t lanes[25 * WIDEST] = {0};
    slot slots[WIDEST] = {0};
    size_t next = 0;
    for (;;) {
        size_t busy = slots_turn(slots, lanes, width, out, in, n, &next);
        if (busy <= width / 4) break;
        for (size_t at = 0; at < width; at++)
            if (slots[at].busy) slot_absorb(&slots[at], lanes, width, at);
        permute_wide(lanes);
    }
    slots_drain(slots, lanes, width, out);
}

static void many_x4(gvm_hash *out, const gvm_bytes *in, size_t n) {
    many_wide(out, in, n, 4, permute_x4);
}
static void many_x8(gvm_hash *out, const gvm_bytes *in, size_t n) {
    if (n <= 4)
        many_wide(out, in, n, 4, permute_x4_rot);
    else
        many_wide(out, in, n, 8, permute_x8);
}
#endif

static bool usable_always(void) {
    return true;
}
#if defined(__x86_64__)
static bool usable_bmi(void) {
    return __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
}
static bool usable_avx2(void) {
    return usable_bmi() && __builtin_cpu_supports("avx2");
}
static bool usable_avx512(void) {
    return usable_avx2() && __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
}
#endif

const gvm_keccak_variant gvm_keccak_variants[] = {
    {"portable", usable_always, permute_portable, many_portable},
#if defined(__x86_64__)
    {"bmi", usable_bmi, permute_bmi, many_portable},
    {"avx2", usable_avx2, permute_bmi, many_x4},
    {"avx512", usable_avx512, permute_bmi, many_x8},
#endif
};
const size_t gvm_keccak_variant_count = sizeof gvm_keccak_variants / sizeof *gvm_keccak_variants;

static const gvm_keccak_variant *best_variant(void) {
    size_t i = gvm_keccak_variant_count - 1;
    while (!gvm_keccak_variants[i].usable()) i--;
    return &gvm_keccak_variants[i];
}

static void permute_choose(uint64_t lanes[25]) {
    permute_fn *fn = best_variant()->permute;
    atomic_store_explicit(&permute_chosen, fn, memory_order_relaxed);
    fn(lanes);
}

typedef void many_fn(gvm_hash *out, const gvm_bytes *in, size_t n);
static many_fn many_choose;
static _Atomic(many_fn *) many_chosen = many_choose;

static void many_choose(gvm_hash *out, const gvm_bytes *in, size_t n) {
    many_fn *fn = best_variant()->many;
    atomic_store_explicit(&many_chosen, fn, memory_order_relaxed);
    fn(out, in, n);
}

void gvm_keccak256_many(gvm_hash *out, const gvm_bytes *in, size_t n) {
    atomic_load_explicit(&many_chosen, memory_order_relaxed)(out, in, n);
}

void gvm_keccak256_x4(gvm_hash out[4], const gvm_bytes in[4]) {
    gvm_keccak256_many(out, in, 4);
}

void gvm_keccak256_init(gvm_keccak *k) {
    memset(k, 0, sizeof *k);
    k->rate = RATE_256;
}

void gvm_keccak512_init(gvm_keccak *k) {
    memset(k, 0, sizeof *k);
    k->rate = RATE_512;
}

static void xor_bytes(gvm_keccak *k, const uint8_t *ptr, size_t len) {
    uint8_t *at = (uint8_t *)k->lanes + k->fill;
    for (size_t i = 0; i < len; i++) at[i] ^= ptr[i];
    k->fill += (uint32_t)len;
}

void gvm_keccak_update(gvm_keccak *k, gvm_bytes in) {
    if (k->fill != 0) {
        size_t room = k->rate - k->fill, n = in.len < room ? in.len : room;
        xor_bytes(k, in.ptr, n);
        in = gvm_bytes_make(in.ptr + n, in.len - n);
        if (k->fill < k->rate) return;
        permute(k->lanes);
        k->fill = 0;
    }
    in = absorb_blocks(k->lanes, k->rate, in);
    xor_bytes(k, in.ptr, in.len);
}

static void final(gvm_keccak *k, uint8_t *out, size_t len) {
    uint8_t *bytes = (uint8_t *)k->lanes;
    bytes[k->fill] ^= 0x01;
    bytes[k->rate - 1] ^= 0x80;
    permute(k->lanes);
    squeeze(k->lanes, out, len);
}

void gvm_keccak256_final(gvm_keccak *k, gvm_hash *out) {
    final(k, out->b, sizeof out->b);
}

void gvm_keccak512_final(gvm_keccak *k, uint8_t out[64]) {
    final(k, out, 64);
}
