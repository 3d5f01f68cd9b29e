/* Division by reciprocals: Möller and Granlund, "Improved division by invariant integers" (IEEE
 * Trans. Computers 2011). A 128-by-64-bit division instruction costs 20 to 90 cycles on the
 * machines we care for; a reciprocal of the normalised divisor costs one, and every quotient limb
 * after it two multiplications. Knuth's algorithm D runs on top, with the divisor's length told
 * apart first: 1 limb, 2 limbs (exact 3-by-2 steps), and longer (3-by-2 estimates, one
 * multiply-and-subtract each). */
#include "base/u256.h"

/* floor((2^128 - 1) / d) - 2^64, for d with its top bit set. */
static inline uint64_t reciprocal_2by1(uint64_t d) {
#ifdef __x86_64__
    uint64_t quotient, high = ~d; /* high < d: the instruction cannot overflow */
    __asm__("divq %3" : "=a"(quotient), "+d"(high) : "a"(UINT64_MAX), "r"(d) : "cc");
    return quotient;
#else
    return (uint64_t)(((gvm_u128)~d << 64 | UINT64_MAX) / d);
#endif
}

/* floor((2^192 - 1) / (d1·2^64 + d0)) - 2^64, d1's top bit set. Algorithm 6 of the paper. */
static inline uint64_t reciprocal_3by2(uint64_t d1, uint64_t d0) {
    uint64_t v = reciprocal_2by1(d1);
    uint64_t p = d1 * v;
    p += d0;
    if (p < d0) {
        v--;
        if (p >= d1) {
            v--;
            p -= d1;
        }
        p -= d1;
    }
    gvm_u128 t = (gvm_u128)v * d0;
    uint64_t t1 = (uint64_t)(t >> 64), t0 = (uint64_t)t;
    p += t1;
    if (p < t1) {
        v--;
        if (p > d1 || (p == d1 && t0 >= d0)) v--;
    }
    return v;
}

/* (u1,u0) / d with reciprocal v; u1 < d. Algorithm 4. */
static inline uint64_t div_2by1(uint64_t *rem, uint64_t u1, uint64_t u0, uint64_t d, uint64_t v) {
    gvm_u128 q = (gvm_u128)v * u1 + ((gvm_u128)u1 << 64 | u0);
    uint64_t q1 = (uint64_t)(q >> 64) + 1, q0 = (uint64_t)q;
    uint64_t r = u0 - q1 * d;
    if (r > q0) {
        q1--;
        r += d;
    }
    if (__builtin_expect(r >= d, 0)) {
        q1++;
        r -= d;
    }
    *rem = r;
    return q1;
}

/* (u2,u1,u0) / (d1,d0) with reciprocal v; (u2,u1) < (d1,d0). Algorithm 5. */
static inline uint64_t div_3by2(gvm_u128 *rem, uint64_t u2, uint64_t u1, uint64_t u0, uint64_t d1,
                                uint64_t d0, uint64_t v) {
    gvm_u128 q = (gvm_u128)v * u2 + ((gvm_u128)u2 << 64 | u1);
    uint64_t q1 = (uint64_t)(q >> 64), q0 = (uint64_t)q;
    uint64_t r1 = u1 - q1 * d1;
    gvm_u128 d = (gvm_u128)d1 << 64 | d0;
    gvm_u128 r = ((gvm_u128)r1 << 64 | u0) - (gvm_u128)d0 * q1 - d;
    q1++;
    if ((uint64_t)(r >> 64) >= q0) {
        q1--;
        r += d;
    }
    if (__builtin_expect(r >= d, 0)) {
        q1++;
        r -= d;
    }
    *rem = r;
    return q1;
}

/* The long form, for dn limbs of a normalised divisor, 3 or 4 and known where this is compiled in.
 * un holds n + 1 limbs and becomes the remainder; q may be NULL. */
static inline __attribute__((always_inline)) void
divide_long(uint64_t *q, uint64_t *un, int n, const uint64_t *dd, const int dn, uint64_t v) {
    uint64_t d1 = dd[dn - 1], d0 = dd[dn - 2];
    for (int j = n - dn; j >= 0; j--) {
        uint64_t u2 = un[j + dn], u1 = un[j + dn - 1], u0 = un[j + dn - 2], digit;
        if (__builtin_expect(u2 == d1 && u1 == d0, 0)) {
            digit = UINT64_MAX;
            uint64_t carry = 0, borrow = 0;
            for (int i = 0; i < dn; i++) {
                gvm_u128 p = (gvm_u128)digit * dd[i] + carry;
                carry = (uint64_t)(p >> 64);
                un[i + j] = gvm_subb64(un[i + j], (uint64_t)p, &borrow);
            }
            un[j + dn] = u2 - carry - borrow;
        } else {
            gvm_u128 rem;
            digit = div_3by2(&rem, u2, u1, u0, d1, d0, v);
            uint64_t carry = 0, borrow = 0;
#pragma GCC unroll 2
            for (int i = 0; i < dn - 2; i++) {
                gvm_u128 p = (gvm_u128)digit * dd[i] + carry;
                carry = (uint64_t)(p >> 64);
                un[i + j] = gvm_subb64(un[i + j], (uint64_t)p, &borrow);
            }
            uint64_t top = 0;
            uint64_t low = (uint64_t)rem, high = (uint64_t)(rem >> 64);
            uint64_t b2 = 0;
            low = gvm_subb64(low, carry, &b2);
            high = gvm_subb64(high, 0, &b2);
            top = b2;
            b2 = borrow;
            low = gvm_subb64(low, 0, &b2);
            high = gvm_subb64(high, 0, &b2);
            top += b2;
            un[j + dn - 2] = low;
            un[j + dn - 1] = high;
            un[j + dn] = 0;
            if (__builtin_expect(top != 0, 0)) {
                digit--;
                uint64_t c = 0;
#pragma GCC unroll 4
                for (int i = 0; i < dn; i++) un[i + j] = gvm_addc64(un[i + j], dd[i], &c);
            }
        }
        if (q != NULL) q[j] = digit;
    }
}

/* Divides u (n limbs, n <= 8) by d (4 limbs, not zero); q gets n limbs (or is NULL), r 4 limbs (or
 * is NULL). */
static void divide(uint64_t *q, uint64_t *r, const uint64_t *u, int n, const uint64_t *d) {
    int dn = 4;
    while (d[dn - 1] == 0) dn--;
    while (n > 0 && u[n - 1] == 0) {
        n--;
        if (q != NULL) q[n] = 0;
    }
    if (n < dn) {
        if (q != NULL)
            for (int i = 0; i < n; i++) q[i] = 0;
        if (r != NULL)
            for (int i = 0; i < 4; i++) r[i] = i < n ? u[i] : 0;
        return;
    }
    unsigned s = (unsigned)__builtin_clzll(d[dn - 1]);
    uint64_t un[9], dd[4];
    if (s == 0) {
        for (int i = 0; i < n; i++) un[i] = u[i];
        un[n] = 0;
        for (int i = 0; i < dn; i++) dd[i] = d[i];
    } else {
        un[n] = u[n - 1] >> (64 - s);
        for (int i = n - 1; i > 0; i--) un[i] = u[i] << s | u[i - 1] >> (64 - s);
        un[0] = u[0] << s;
        for (int i = dn - 1; i > 0; i--) dd[i] = d[i] << s | d[i - 1] >> (64 - s);
        dd[0] = d[0] << s;
    }
    if (dn == 1) {
        uint64_t v = reciprocal_2by1(dd[0]), rem = un[n];
        for (int i = n - 1; i >= 0; i--) {
            uint64_t digit = div_2by1(&rem, rem, un[i], dd[0], v);
            if (q != NULL) q[i] = digit;
        }
        if (r != NULL) {
            r[0] = rem >> s;
            r[1] = r[2] = r[3] = 0;
        }
        return;
    }
    uint64_t d1 = dd[dn - 1], d0 = dd[dn - 2], v = reciprocal_3by2(d1, d0);
    if (q != NULL)
        for (int i = n - dn + 1; i < n; i++) q[i] = 0;
    if (dn == 2) {
        gvm_u128 rem = (gvm_u128)un[n] << 64 | un[n - 1];
        for (int i = n - 2; i >= 0; i--) {
            uint64_t digit = div_3by2(&rem, (uint64_t)(rem >> 64), (uint64_t)rem, un[i], d1, d0, v);
            if (q != NULL) q[i] = digit;
        }
        if (r != NULL) {
            rem >>= s;
            r[0] = (uint64_t)rem;
            r[1] = (uint64_t)(rem >> 64);
            r[2] = r[3] = 0;
        }
        return;
    }
    if (dn == 4)
        divide_long(q, un, n, dd, 4, v);
    else
        divide_long(q, un, n, dd, 3, v);
    if (r != NULL) {
        for (int i = 0; i < 4; i++) r[i] = 0;
        for (int i = 0; i < dn; i++) {
            uint64_t next = i + 1 < dn ? un[i + 1] : 0;
            r[i] = s == 0 ? un[i] : un[i] >> s | next << (64 - s);
        }
    }
}

gvm_u256 gvm_u256_from_bytes(gvm_bytes in) {
    GVM_ASSERT(in.len <= 32);
    uint8_t b[32] = {0};
    if (in.len > 0) memcpy(b + 32 - in.len, in.ptr, in.len);
    return gvm_u256_from_be(b);
}

size_t gvm_u256_minimal_be(uint8_t out[32], gvm_u256 v) {
    gvm_u256_to_be(out, v);
    return gvm_u256_byte_len(v);
}

/* r + a * b + carry never exceeds 128 bits. */
static inline uint64_t mul_add(uint64_t *carry, uint64_t r, uint64_t a, uint64_t b) {
    gvm_u128 t = (gvm_u128)a * b + r + *carry;
    *carry = (uint64_t)(t >> 64);
    return (uint64_t)t;
}

gvm_u512 gvm_u256_mul_full(gvm_u256 a, gvm_u256 b) {
    gvm_u512 r;
    uint64_t c = 0;
    r.w[0] = mul_add(&c, 0, a.w[0], b.w[0]);
    r.w[1] = mul_add(&c, 0, a.w[0], b.w[1]);
    r.w[2] = mul_add(&c, 0, a.w[0], b.w[2]);
    r.w[3] = mul_add(&c, 0, a.w[0], b.w[3]);
    r.w[4] = c;
#pragma GCC unroll 3
    for (int i = 1; i < 4; i++) {
        c = 0;
        r.w[i] = mul_add(&c, r.w[i], a.w[i], b.w[0]);
        r.w[i + 1] = mul_add(&c, r.w[i + 1], a.w[i], b.w[1]);
        r.w[i + 2] = mul_add(&c, r.w[i + 2], a.w[i], b.w[2]);
        r.w[i + 3] = mul_add(&c, r.w[i + 3], a.w[i], b.w[3]);
        r.w[i + 4] = c;
    }
    return r;
}

bool gvm_u256_mul_overflow(gvm_u256 *out, gvm_u256 a, gvm_u256 b) {
    gvm_u512 p = gvm_u256_mul_full(a, b);
    *out = (gvm_u256){{p.w[0], p.w[1], p.w[2], p.w[3]}};
    return (p.w[4] | p.w[5] | p.w[6] | p.w[7]) != 0;
}

void gvm_u256_divmod(gvm_u256 *q, gvm_u256 *r, gvm_u256 a, gvm_u256 b) {
    if (gvm_u256_is_zero(b)) {
        if (q != NULL) *q = gvm_u256_zero();
        if (r != NULL) *r = gvm_u256_zero();
        return;
    }
    divide(q != NULL ? q->w : NULL, r != NULL ? r->w : NULL, a.w, 4, b.w);
}

gvm_u256 gvm_u256_div(gvm_u256 a, gvm_u256 b) {
    gvm_u256 q;
    gvm_u256_divmod(&q, NULL, a, b);
    return q;
}

gvm_u256 gvm_u256_mod(gvm_u256 a, gvm_u256 b) {
    gvm_u256 r;
    gvm_u256_divmod(NULL, &r, a, b);
    return r;
}

gvm_u256 gvm_u256_sdiv(gvm_u256 a, gvm_u256 b) {
    bool na = a.w[3] >> 63, nb = b.w[3] >> 63;
    gvm_u256 q = gvm_u256_div(na ? gvm_u256_neg(a) : a, nb ? gvm_u256_neg(b) : b);
    return na != nb ? gvm_u256_neg(q) : q;
}

gvm_u256 gvm_u256_smod(gvm_u256 a, gvm_u256 b) {
    bool na = a.w[3] >> 63, nb = b.w[3] >> 63;
    gvm_u256 r = gvm_u256_mod(na ? gvm_u256_neg(a) : a, nb ? gvm_u256_neg(b) : b);
    return na ? gvm_u256_neg(r) : r;
}

gvm_u256 gvm_u256_addmod(gvm_u256 a, gvm_u256 b, gvm_u256 m) {
    if (gvm_u256_is_zero(m)) return m;
    gvm_u256 s, t;
    /* Both operands below m (the usual case): one addition and one conditional subtraction. */
    if (m.w[3] != 0 && a.w[3] <= m.w[3] && b.w[3] <= m.w[3]) {
        if (!gvm_u256_sub_overflow(&t, a, m)) a = t;
        if (!gvm_u256_sub_overflow(&t, b, m)) b = t;
        bool carry = gvm_u256_add_overflow(&s, a, b);
        bool borrow = gvm_u256_sub_overflow(&t, s, m);
        return carry || !borrow ? t : s;
    }
    uint64_t u[5], r[4];
    u[4] = gvm_u256_add_overflow(&s, a, b);
    memcpy(u, s.w, sizeof s.w);
    divide(NULL, r, u, 5, m.w);
    return (gvm_u256){{r[0], r[1], r[2], r[3]}};
}

gvm_u256 gvm_u256_mulmod(gvm_u256 a, gvm_u256 b, gvm_u256 m) {
    if (gvm_u256_is_zero(m)) return m;
    gvm_u512 p = gvm_u256_mul_full(a, b);
    gvm_u256 r;
    divide(NULL, r.w, p.w, 8, m.w);
    return r;
}

gvm_u256 gvm_u256_exp(gvm_u256 base, gvm_u256 exponent) {
    gvm_u256 r = gvm_u256_from_u64(1);
    if (gvm_u256_eq(base, gvm_u256_from_u64(2))) return gvm_u256_shl(r, exponent);
    unsigned bits = gvm_u256_bits(exponent);
    for (unsigned i = 0; i < bits; i++) {
        if (exponent.w[i >> 6] >> (i & 63) & 1) r = gvm_u256_mul(r, base);
        base = gvm_u256_mul(base, base);
    }
    return r;
}

bool gvm_u256_muldiv(gvm_u256 *out, gvm_u256 a, gvm_u256 b, gvm_u256 d) {
    if (gvm_u256_is_zero(d)) return false;
    gvm_u512 p = gvm_u256_mul_full(a, b);
    uint64_t q[8] = {0};
    divide(q, NULL, p.w, 8, d.w);
    *out = (gvm_u256){{q[0], q[1], q[2], q[3]}};
    return (q[4] | q[5] | q[6] | q[7]) == 0;
}

size_t gvm_u256_to_decimal(char out[80], gvm_u256 v) {
    char digits[80];
    size_t n = 0;
    const gvm_u256 chunk = gvm_u256_from_u64(10000000000000000000u);
    do {
        gvm_u256 q, r;
        gvm_u256_divmod(&q, &r, v, chunk);
        uint64_t part = r.w[0];
        bool last = gvm_u256_is_zero(q);
        for (int i = 0; i < 19 && (!last || part != 0 || i == 0); i++) {
            digits[n++] = (char)('0' + part % 10);
            part /= 10;
        }
        v = q;
    } while (!gvm_u256_is_zero(v));
    for (size_t i = 0; i < n; i++) out[i] = digits[n - 1 - i];
    out[n] = '\0';
    return n;
}

gvm_status gvm_u256_parse(gvm_u256 *out, const char *text, size_t len) {
    uint64_t base = 10;
    if (len >= 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        base = 16;
        text += 2;
        len -= 2;
    }
    if (len == 0) return GVM_ERR_SYNTAX;
    gvm_u256 v = gvm_u256_zero();
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        uint64_t d;
        if (c >= '0' && c <= '9')
            d = (uint64_t)(c - '0');
        else if (base == 16 && c >= 'a' && c <= 'f')
            d = (uint64_t)(c - 'a') + 10;
        else if (base == 16 && c >= 'A' && c <= 'F')
            d = (uint64_t)(c - 'A') + 10;
        else
            return GVM_ERR_SYNTAX;
        bool over = gvm_u256_mul_overflow(&v, v, gvm_u256_from_u64(base));
        if (gvm_u256_add_overflow(&v, v, gvm_u256_from_u64(d)) || over) return GVM_ERR_RANGE;
    }
    *out = v;
    return GVM_OK;
}
