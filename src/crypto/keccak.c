/* Keccak-f[1600] on 64-bit lanes, rounds in pairs so that the state moves between two sets of local
 * variables and never has to be shuffled. The round is written once; it is compiled twice for
 * x86-64, because chi is made of `~a & b`, which is one instruction with BMI1 and two without. The
 * variant is chosen at the first call. */
#include "crypto/keccak.h"

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
#define ROUND(A, E, rc)                                                               \
    do {                                                                              \
        uint64_t ca = A##ba ^ A##ga ^ A##ka ^ A##ma ^ A##sa;                          \
        uint64_t ce = A##be ^ A##ge ^ A##ke ^ A##me ^ A##se;                          \
        uint64_t ci = A##bi ^ A##gi ^ A##ki ^ A##mi ^ A##si;                          \
        uint64_t co = A##bo ^ A##go ^ A##ko ^ A##mo ^ A##so;                          \
        uint64_t cu = A##bu ^ A##gu ^ A##ku ^ A##mu ^ A##su;                          \
        uint64_t da = cu ^ ROL(ce, 1), de = ca ^ ROL(ci, 1), di = ce ^ ROL(co, 1);    \
        uint64_t dd = ci ^ ROL(cu, 1), du = co ^ ROL(ca, 1);                          \
        uint64_t b0, b1, b2, b3, b4;                                                  \
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

#define LANES(X, Y)                                                                              \
    X(Y, ba, 0)                                                                                  \
    X(Y, be, 1) X(Y, bi, 2) X(Y, bo, 3) X(Y, bu, 4) X(Y, ga, 5) X(Y, ge, 6) X(Y, gi, 7)          \
        X(Y, go, 8) X(Y, gu, 9) X(Y, ka, 10) X(Y, ke, 11) X(Y, ki, 12) X(Y, ko, 13) X(Y, ku, 14) \
            X(Y, ma, 15) X(Y, me, 16) X(Y, mi, 17) X(Y, mo, 18) X(Y, mu, 19) X(Y, sa, 20)        \
                X(Y, se, 21) X(Y, si, 22) X(Y, so, 23) X(Y, su, 24)
#define LANE_LOAD(A, name, i)  uint64_t A##name = lanes[i];
#define LANE_DECL(A, name, i)  uint64_t A##name;
#define LANE_STORE(A, name, i) lanes[i] = A##name;

static inline __attribute__((always_inline)) void permute_body(uint64_t lanes[25]) {
    LANES(LANE_LOAD, A)
    LANES(LANE_DECL, E)
    for (unsigned i = 0; i < ROUNDS; i += 2) {
        ROUND(A, E, round_constants[i]);
        ROUND(E, A, round_constants[i + 1]);
    }
    LANES(LANE_STORE, A)
}

typedef void permute_fn(uint64_t lanes[25]);

static void permute_portable(uint64_t lanes[25]) {
    permute_body(lanes);
}

#if defined(__x86_64__)
__attribute__((target("bmi,bmi2"))) static void permute_bmi(uint64_t lanes[25]) {
    permute_body(lanes);
}
#endif

static permute_fn permute_choose;
static _Atomic(permute_fn *) permute_chosen = permute_choose;

static void permute_choose(uint64_t lanes[25]) {
    permute_fn *fn = permute_portable;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2")) fn = permute_bmi;
#endif
    atomic_store_explicit(&permute_chosen, fn, memory_order_relaxed);
    fn(lanes);
}

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

void gvm_keccak256_x4(gvm_hash out[4], const gvm_bytes in[4]) {
    for (int i = 0; i < 4; i++) gvm_keccak256(&out[i], in[i]);
}

void gvm_keccak256_many(gvm_hash *out, const gvm_bytes *in, size_t n) {
    for (; n >= 4; n -= 4, out += 4, in += 4) gvm_keccak256_x4(out, in);
    for (; n > 0; n--) gvm_keccak256(out++, *in++);
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
