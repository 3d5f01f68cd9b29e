/* 256-bit unsigned integers, arithmetic modulo 2^256, as the EVM defines it (Yellow Paper, appendix
 * H.2).
 *
 * Four 64-bit limbs, least significant first, so that the compiler keeps a value in four registers
 * and carries run through add-with-carry. What is a handful of instructions is inline here, for the
 * interpreter's loop; division, modular arithmetic and powers are in u256.c. Signed forms read the
 * value as two's complement. Division by zero gives zero everywhere, as the EVM wants it. */
#ifndef GVM_BASE_U256_H
#define GVM_BASE_U256_H

#include "base/bytes.h"

typedef struct gvm_u256 {
    uint64_t w[4];
} gvm_u256;

typedef struct gvm_u512 {
    uint64_t w[8];
} gvm_u512;

typedef unsigned __int128 gvm_u128;

static inline gvm_u256 gvm_u256_from_u64(uint64_t v) {
    return (gvm_u256){{v, 0, 0, 0}};
}
static inline gvm_u256 gvm_u256_zero(void) {
    return (gvm_u256){{0, 0, 0, 0}};
}
static inline gvm_u256 gvm_u256_max(void) {
    return (gvm_u256){{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
}

/* 32 bytes, big-endian. */
static inline gvm_u256 gvm_u256_from_be(const uint8_t p[32]) {
    return (gvm_u256){
        {gvm_load_be64(p + 24), gvm_load_be64(p + 16), gvm_load_be64(p + 8), gvm_load_be64(p)}};
}
static inline void gvm_u256_to_be(uint8_t p[32], gvm_u256 v) {
    gvm_store_be64(p, v.w[3]);
    gvm_store_be64(p + 8, v.w[2]);
    gvm_store_be64(p + 16, v.w[1]);
    gvm_store_be64(p + 24, v.w[0]);
}
static inline gvm_u256 gvm_u256_from_hash(const gvm_hash *h) {
    return gvm_u256_from_be(h->b);
}
static inline gvm_hash gvm_u256_to_hash(gvm_u256 v) {
    gvm_hash h;
    gvm_u256_to_be(h.b, v);
    return h;
}
/* The low 20 bytes. */
static inline gvm_address gvm_u256_to_address(gvm_u256 v) {
    gvm_address a;
    gvm_store_be32(a.b, (uint32_t)v.w[2]);
    gvm_store_be64(a.b + 4, v.w[1]);
    gvm_store_be64(a.b + 12, v.w[0]);
    return a;
}
static inline gvm_u256 gvm_u256_from_address(const gvm_address *a) {
    return (gvm_u256){{gvm_load_be64(a->b + 12), gvm_load_be64(a->b + 4), gvm_load_be32(a->b), 0}};
}
/* Big-endian, at most 32 bytes (GVM_ASSERT). */
gvm_u256 gvm_u256_from_bytes(gvm_bytes in);
/* Writes the minimal big-endian form (none for 0) to the end of out[32]; returns its length. It
 * starts at out+32-len. */
size_t gvm_u256_minimal_be(uint8_t out[32], gvm_u256 v);

static inline bool gvm_u256_is_zero(gvm_u256 a) {
    return (a.w[0] | a.w[1] | a.w[2] | a.w[3]) == 0;
}
static inline bool gvm_u256_fits_u64(gvm_u256 a) {
    return (a.w[1] | a.w[2] | a.w[3]) == 0;
}
/* The value, or UINT64_MAX where it does not fit. */
static inline uint64_t gvm_u256_saturate_u64(gvm_u256 a) {
    return gvm_u256_fits_u64(a) ? a.w[0] : UINT64_MAX;
}
static inline bool gvm_u256_eq(gvm_u256 a, gvm_u256 b) {
    return ((a.w[0] ^ b.w[0]) | (a.w[1] ^ b.w[1]) | (a.w[2] ^ b.w[2]) | (a.w[3] ^ b.w[3])) == 0;
}
static inline uint64_t gvm_addc64(uint64_t a, uint64_t b, uint64_t *carry) {
    uint64_t t, r;
    uint64_t c1 = __builtin_add_overflow(a, b, &t);
    uint64_t c2 = __builtin_add_overflow(t, *carry, &r);
    *carry = c1 | c2;
    return r;
}
static inline uint64_t gvm_subb64(uint64_t a, uint64_t b, uint64_t *borrow) {
    uint64_t t, r;
    uint64_t c1 = __builtin_sub_overflow(a, b, &t);
    uint64_t c2 = __builtin_sub_overflow(t, *borrow, &r);
    *borrow = c1 | c2;
    return r;
}
#if defined(__x86_64__)
#define GVM_U256_ASM 1
#endif
static inline gvm_u256 gvm_u256_add(gvm_u256 a, gvm_u256 b) {
#ifdef GVM_U256_ASM
    __asm__("addq %4, %0\n\tadcq %5, %1\n\tadcq %6, %2\n\tadcq %7, %3"
            : "+&r"(a.w[0]), "+&r"(a.w[1]), "+&r"(a.w[2]), "+&r"(a.w[3])
            : "rm"(b.w[0]), "rm"(b.w[1]), "rm"(b.w[2]), "rm"(b.w[3])
            : "cc");
    return a;
#else
    uint64_t c = 0;
    gvm_u256 r;
    for (int i = 0; i < 4; i++) r.w[i] = gvm_addc64(a.w[i], b.w[i], &c);
    return r;
#endif
}
static inline gvm_u256 gvm_u256_sub(gvm_u256 a, gvm_u256 b) {
#ifdef GVM_U256_ASM
    __asm__("subq %4, %0\n\tsbbq %5, %1\n\tsbbq %6, %2\n\tsbbq %7, %3"
            : "+&r"(a.w[0]), "+&r"(a.w[1]), "+&r"(a.w[2]), "+&r"(a.w[3])
            : "rm"(b.w[0]), "rm"(b.w[1]), "rm"(b.w[2]), "rm"(b.w[3])
            : "cc");
    return a;
#else
    uint64_t c = 0;
    gvm_u256 r;
    for (int i = 0; i < 4; i++) r.w[i] = gvm_subb64(a.w[i], b.w[i], &c);
    return r;
#endif
}
/* true: the true sum or product does not fit (*out then holds it modulo 2^256); for _sub: b > a. */
static inline bool gvm_u256_add_overflow(gvm_u256 *out, gvm_u256 a, gvm_u256 b) {
    uint64_t c = 0;
    for (int i = 0; i < 4; i++) out->w[i] = gvm_addc64(a.w[i], b.w[i], &c);
    return c != 0;
}
static inline bool gvm_u256_sub_overflow(gvm_u256 *out, gvm_u256 a, gvm_u256 b) {
    uint64_t c = 0;
    for (int i = 0; i < 4; i++) out->w[i] = gvm_subb64(a.w[i], b.w[i], &c);
    return c != 0;
}
bool gvm_u256_mul_overflow(gvm_u256 *out, gvm_u256 a, gvm_u256 b);

static inline bool gvm_u256_lt(gvm_u256 a, gvm_u256 b) {
    uint64_t c = 0;
    for (int i = 0; i < 4; i++) (void)gvm_subb64(a.w[i], b.w[i], &c);
    return c != 0;
}
static inline int gvm_u256_cmp(gvm_u256 a, gvm_u256 b) {
    for (int i = 3; i >= 0; i--)
        if (a.w[i] != b.w[i]) return a.w[i] < b.w[i] ? -1 : 1;
    return 0;
}
static inline bool gvm_u256_slt(gvm_u256 a, gvm_u256 b) {
    bool na = a.w[3] >> 63, nb = b.w[3] >> 63;
    return na != nb ? na : gvm_u256_lt(a, b);
}
static inline gvm_u256 gvm_u256_and(gvm_u256 a, gvm_u256 b) {
    return (gvm_u256){{a.w[0] & b.w[0], a.w[1] & b.w[1], a.w[2] & b.w[2], a.w[3] & b.w[3]}};
}
static inline gvm_u256 gvm_u256_or(gvm_u256 a, gvm_u256 b) {
    return (gvm_u256){{a.w[0] | b.w[0], a.w[1] | b.w[1], a.w[2] | b.w[2], a.w[3] | b.w[3]}};
}
static inline gvm_u256 gvm_u256_xor(gvm_u256 a, gvm_u256 b) {
    return (gvm_u256){{a.w[0] ^ b.w[0], a.w[1] ^ b.w[1], a.w[2] ^ b.w[2], a.w[3] ^ b.w[3]}};
}
static inline gvm_u256 gvm_u256_not(gvm_u256 a) {
    return (gvm_u256){{~a.w[0], ~a.w[1], ~a.w[2], ~a.w[3]}};
}
static inline gvm_u256 gvm_u256_neg(gvm_u256 a) {
    return gvm_u256_sub(gvm_u256_zero(), a);
}

/* Schoolbook, the low half alone: ten products. */
static inline gvm_u256 gvm_u256_mul(gvm_u256 a, gvm_u256 b) {
    gvm_u128 t;
    gvm_u256 r;
    uint64_t c;
    t = (gvm_u128)a.w[0] * b.w[0];
    r.w[0] = (uint64_t)t;
    t = (gvm_u128)a.w[0] * b.w[1] + (uint64_t)(t >> 64);
    r.w[1] = (uint64_t)t;
    t = (gvm_u128)a.w[0] * b.w[2] + (uint64_t)(t >> 64);
    r.w[2] = (uint64_t)t;
    r.w[3] = a.w[0] * b.w[3] + (uint64_t)(t >> 64);
    t = (gvm_u128)a.w[1] * b.w[0] + r.w[1];
    r.w[1] = (uint64_t)t;
    t = (gvm_u128)a.w[1] * b.w[1] + r.w[2] + (uint64_t)(t >> 64);
    r.w[2] = (uint64_t)t;
    c = (uint64_t)(t >> 64);
    r.w[3] += a.w[1] * b.w[2] + c;
    t = (gvm_u128)a.w[2] * b.w[0] + r.w[2];
    r.w[2] = (uint64_t)t;
    r.w[3] += (uint64_t)(t >> 64) + a.w[2] * b.w[1] + a.w[3] * b.w[0];
    return r;
}
gvm_u512 gvm_u256_mul_full(gvm_u256 a, gvm_u256 b);

/* Shifts by any 256-bit amount; from 256 on the result is 0 (or all sign bits). */
/* By whole limbs in two conditional moves, then by bits; nothing is indexed, so that the value stays in
 * registers. */
static inline gvm_u256 gvm_u256_shl_u64(gvm_u256 a, uint64_t n) {
    uint64_t w0 = a.w[0], w1 = a.w[1], w2 = a.w[2], w3 = a.w[3];
    unsigned bit = (unsigned)(n & 63), inverse = 63 - bit;
    if (n >= 256) return gvm_u256_zero();
    if ((n & 128) != 0) w3 = w1, w2 = w0, w1 = w0 = 0;
    if ((n & 64) != 0) w3 = w2, w2 = w1, w1 = w0, w0 = 0;
    return (gvm_u256){{w0 << bit, w1 << bit | w0 >> 1 >> inverse, w2 << bit | w1 >> 1 >> inverse,
                       w3 << bit | w2 >> 1 >> inverse}};
}
/* With `fill` (all zeros or all ones) from above. */
static inline gvm_u256 gvm_u256_shr_fill(gvm_u256 a, uint64_t n, uint64_t fill) {
    uint64_t w0 = a.w[0], w1 = a.w[1], w2 = a.w[2], w3 = a.w[3];
    unsigned bit = (unsigned)(n & 63), inverse = 63 - bit;
    if (n >= 256) return (gvm_u256){{fill, fill, fill, fill}};
    if ((n & 128) != 0) w0 = w2, w1 = w3, w2 = w3 = fill;
    if ((n & 64) != 0) w0 = w1, w1 = w2, w2 = w3, w3 = fill;
    return (gvm_u256){{w0 >> bit | w1 << 1 << inverse, w1 >> bit | w2 << 1 << inverse,
                       w2 >> bit | w3 << 1 << inverse, w3 >> bit | fill << 1 << inverse}};
}
static inline gvm_u256 gvm_u256_shr_u64(gvm_u256 a, uint64_t n) {
    return gvm_u256_shr_fill(a, n, 0);
}
static inline gvm_u256 gvm_u256_shl(gvm_u256 a, gvm_u256 n) {
    return gvm_u256_shl_u64(a, gvm_u256_saturate_u64(n));
}
static inline gvm_u256 gvm_u256_shr(gvm_u256 a, gvm_u256 n) {
    return gvm_u256_shr_u64(a, gvm_u256_saturate_u64(n));
}
static inline gvm_u256 gvm_u256_sar(gvm_u256 a, gvm_u256 n) {
    return gvm_u256_shr_fill(a, gvm_u256_saturate_u64(n), (uint64_t)((int64_t)a.w[3] >> 63));
}
/* Byte i of the big-endian form, 0 for i > 31. */
static inline gvm_u256 gvm_u256_byte(gvm_u256 a, gvm_u256 i) {
    if (!gvm_u256_fits_u64(i) || i.w[0] > 31) return gvm_u256_zero();
    unsigned k = 31 - (unsigned)i.w[0];
    return gvm_u256_from_u64((a.w[k >> 3] >> (8 * (k & 7))) & 0xff);
}
/* Extends the sign of the value of i+1 bytes; unchanged for i > 30. */
static inline gvm_u256 gvm_u256_signextend(gvm_u256 i, gvm_u256 a) {
    if (!gvm_u256_fits_u64(i) || i.w[0] > 30) return a;
    unsigned limb = (unsigned)i.w[0] >> 3, shift = 56 - 8 * ((unsigned)i.w[0] & 7);
    uint64_t at = limb == 0 ? a.w[0] : limb == 1 ? a.w[1] : limb == 2 ? a.w[2] : a.w[3];
    uint64_t v = (uint64_t)((int64_t)(at << shift) >> shift), fill = (uint64_t)((int64_t)v >> 63);
    return (gvm_u256){{limb == 0 ? v : a.w[0],
                       limb == 1   ? v
                       : limb == 0 ? fill
                                   : a.w[1],
                       limb == 2  ? v
                       : limb < 2 ? fill
                                  : a.w[2],
                       limb == 3 ? v : fill}};
}
/* Leading zeros, 256 for 0 (EIP-7939). */
static inline unsigned gvm_u256_clz(gvm_u256 a) {
    for (int i = 3; i >= 0; i--)
        if (a.w[i] != 0) return (unsigned)(3 - i) * 64 + (unsigned)__builtin_clzll(a.w[i]);
    return 256;
}
static inline unsigned gvm_u256_bits(gvm_u256 a) {
    return 256 - gvm_u256_clz(a);
}
static inline unsigned gvm_u256_byte_len(gvm_u256 a) {
    return (gvm_u256_bits(a) + 7) / 8;
}

/* Quotient and remainder; either pointer may be NULL. Both 0 for b = 0. */
void gvm_u256_divmod(gvm_u256 *q, gvm_u256 *r, gvm_u256 a, gvm_u256 b);
gvm_u256 gvm_u256_div(gvm_u256 a, gvm_u256 b);
gvm_u256 gvm_u256_mod(gvm_u256 a, gvm_u256 b);
gvm_u256 gvm_u256_sdiv(gvm_u256 a, gvm_u256 b);
gvm_u256 gvm_u256_smod(gvm_u256 a, gvm_u256 b);
/* (a + b) mod m and (a * b) mod m over the true sum and product; 0 for m = 0. */
gvm_u256 gvm_u256_addmod(gvm_u256 a, gvm_u256 b, gvm_u256 m);
gvm_u256 gvm_u256_mulmod(gvm_u256 a, gvm_u256 b, gvm_u256 m);
gvm_u256 gvm_u256_exp(gvm_u256 base, gvm_u256 exponent);
/* a * b / d over the true product, rounded down; false where the quotient does not fit or d is 0.
 */
bool gvm_u256_muldiv(gvm_u256 *out, gvm_u256 a, gvm_u256 b, gvm_u256 d);

/* Decimal text, NUL-terminated; out holds 80 bytes. Returns the length. */
size_t gvm_u256_to_decimal(char out[80], gvm_u256 v);
/* Decimal, or hexadecimal after 0x; digits alone, at least one, the whole text.
 * GVM_ERR_SYNTAX, GVM_ERR_RANGE (over 256 bits). */
GVM_NODISCARD gvm_status gvm_u256_parse(gvm_u256 *out, const char *text, size_t len);

#endif
