/* Arithmetic on numbers of 4 and of 6 limbs, and Montgomery products modulo a prime: the floor of
 * both pairing curves.
 *
 * Numbers are little-endian arrays of 64-bit limbs. R is 2^(64 n). A modulus is passed as n limbs
 * followed by -1/modulus mod 2^64, its top bit clear. Additions are inline assembly on x86-64
 * (any), because gcc makes poor carry chains of C; products go through one table of functions that
 * is filled at start by what the processor can do (BMI2 and ADX, or portable C). A call through the
 * table costs two cycles beside the sixty of the product itself.
 *
 * Everything here takes the same time for all values. */
#ifndef GVM_CRYPTO_PAIRING_MONT_H
#define GVM_CRYPTO_PAIRING_MONT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef unsigned __int128 gvm_u128;

typedef struct gvm_mont_ops {
    /* r = a b / R mod m, r < m. a b < m R is all that is asked of a and b. r may be a or b. */
    void (*mul4)(uint64_t *r, const uint64_t *a, const uint64_t *b, const uint64_t *m);
    void (*mul6)(uint64_t *r, const uint64_t *a, const uint64_t *b, const uint64_t *m);
    /* w = a b, twice as long; w is neither a nor b. */
    void (*wide4)(uint64_t *w, const uint64_t *a, const uint64_t *b);
    void (*wide6)(uint64_t *w, const uint64_t *a, const uint64_t *b);
    /* r = w / R mod m for w < m R. */
    void (*redc4)(uint64_t *r, const uint64_t *w, const uint64_t *m);
    void (*redc6)(uint64_t *r, const uint64_t *w, const uint64_t *m);
} gvm_mont_ops;

extern gvm_mont_ops gvm_mont;

/* For tests: true selects portable C, false the best that the processor has. Not while other
 * threads compute. */
void gvm_mont_portable(bool portable);

#if defined(__x86_64__) && defined(__OPTIMIZE__)
#define GVM_MONT_ASM 1
#else
#define GVM_MONT_ASM 0
#endif

/* r = a + b, returns the carry. n is a constant at every call. */
static inline __attribute__((always_inline)) uint64_t gvm_mp_add(uint64_t *r, const uint64_t *a,
                                                                 const uint64_t *b, int n) {
    gvm_u128 c = 0;
    for (int i = 0; i < n; i++) {
        c += (gvm_u128)a[i] + b[i];
        r[i] = (uint64_t)c;
        c >>= 64;
    }
    return (uint64_t)c;
}

/* r = a - b, returns the borrow (0 or 1). */
static inline __attribute__((always_inline)) uint64_t gvm_mp_sub(uint64_t *r, const uint64_t *a,
                                                                 const uint64_t *b, int n) {
    uint64_t c = 0;
    for (int i = 0; i < n; i++) {
        gvm_u128 d = (gvm_u128)a[i] - b[i] - c;
        r[i] = (uint64_t)d;
        c = (uint64_t)(d >> 64) & 1;
    }
    return c;
}

/* r += m & mask. */
static inline __attribute__((always_inline)) void gvm_mp_add_masked(uint64_t *r, const uint64_t *m,
                                                                    uint64_t mask, int n) {
    gvm_u128 c = 0;
    for (int i = 0; i < n; i++) {
        c += (gvm_u128)r[i] + (m[i] & mask);
        r[i] = (uint64_t)c;
        c >>= 64;
    }
}

static inline bool gvm_mp_is_zero(const uint64_t *a, int n) {
    uint64_t v = 0;
    for (int i = 0; i < n; i++) v |= a[i];
    return v == 0;
}

static inline bool gvm_mp_equal(const uint64_t *a, const uint64_t *b, int n) {
    uint64_t v = 0;
    for (int i = 0; i < n; i++) v |= a[i] ^ b[i];
    return v == 0;
}

/* a < b */
static inline bool gvm_mp_less(const uint64_t *a, const uint64_t *b, int n) {
    uint64_t c = 0;
    for (int i = 0; i < n; i++) c = (uint64_t)(((gvm_u128)a[i] - b[i] - c) >> 64) & 1;
    return c != 0;
}

#if GVM_MONT_ASM
/* t -= m where t >= m. */
static inline __attribute__((always_inline)) void gvm_asm_reduce6(uint64_t *r, const uint64_t *t,
                                                                  const uint64_t *m) {
    uint64_t t0 = t[0], t1 = t[1], t2 = t[2], t3 = t[3], t4 = t[4], t5 = t[5];
    uint64_t s0 = t0, s1 = t1, s2 = t2, s3 = t3, s4 = t4, s5 = t5;
    __asm__("subq %[m0], %[s0]\n\tsbbq %[m1], %[s1]\n\tsbbq %[m2], %[s2]\n\t"
            "sbbq %[m3], %[s3]\n\tsbbq %[m4], %[s4]\n\tsbbq %[m5], %[s5]\n\t"
            "cmovcq %[t0], %[s0]\n\tcmovcq %[t1], %[s1]\n\tcmovcq %[t2], %[s2]\n\t"
            "cmovcq %[t3], %[s3]\n\tcmovcq %[t4], %[s4]\n\tcmovcq %[t5], %[s5]"
            : [s0] "+&r"(s0), [s1] "+&r"(s1), [s2] "+&r"(s2), [s3] "+&r"(s3), [s4] "+&r"(s4),
              [s5] "+&r"(s5)
            : [t0] "rm"(t0), [t1] "rm"(t1), [t2] "rm"(t2), [t3] "rm"(t3), [t4] "rm"(t4),
              [t5] "rm"(t5), [m0] "m"(m[0]), [m1] "m"(m[1]), [m2] "m"(m[2]), [m3] "m"(m[3]),
              [m4] "m"(m[4]), [m5] "m"(m[5])
            : "cc");
    r[0] = s0, r[1] = s1, r[2] = s2, r[3] = s3, r[4] = s4, r[5] = s5;
}

static inline __attribute__((always_inline)) void gvm_asm_reduce4(uint64_t *r, const uint64_t *t,
                                                                  const uint64_t *m) {
    uint64_t t0 = t[0], t1 = t[1], t2 = t[2], t3 = t[3];
    uint64_t s0 = t0, s1 = t1, s2 = t2, s3 = t3;
    __asm__("subq %[m0], %[s0]\n\tsbbq %[m1], %[s1]\n\tsbbq %[m2], %[s2]\n\tsbbq %[m3], %[s3]\n\t"
            "cmovcq %[t0], %[s0]\n\tcmovcq %[t1], %[s1]\n\t"
            "cmovcq %[t2], %[s2]\n\tcmovcq %[t3], %[s3]"
            : [s0] "+&r"(s0), [s1] "+&r"(s1), [s2] "+&r"(s2), [s3] "+&r"(s3)
            : [t0] "rm"(t0), [t1] "rm"(t1), [t2] "rm"(t2), [t3] "rm"(t3), [m0] "m"(m[0]),
              [m1] "m"(m[1]), [m2] "m"(m[2]), [m3] "m"(m[3])
            : "cc");
    r[0] = s0, r[1] = s1, r[2] = s2, r[3] = s3;
}

static inline __attribute__((always_inline)) void gvm_asm_add6(uint64_t *r, const uint64_t *a,
                                                               const uint64_t *b) {
    uint64_t t0 = a[0], t1 = a[1], t2 = a[2], t3 = a[3], t4 = a[4], t5 = a[5];
    __asm__("addq %[b0], %[t0]\n\tadcq %[b1], %[t1]\n\tadcq %[b2], %[t2]\n\t"
            "adcq %[b3], %[t3]\n\tadcq %[b4], %[t4]\n\tadcq %[b5], %[t5]"
            : [t0] "+&r"(t0), [t1] "+&r"(t1), [t2] "+&r"(t2), [t3] "+&r"(t3), [t4] "+&r"(t4),
              [t5] "+&r"(t5)
            : [b0] "m"(b[0]), [b1] "m"(b[1]), [b2] "m"(b[2]), [b3] "m"(b[3]), [b4] "m"(b[4]),
              [b5] "m"(b[5])
            : "cc");
    r[0] = t0, r[1] = t1, r[2] = t2, r[3] = t3, r[4] = t4, r[5] = t5;
}

static inline __attribute__((always_inline)) void gvm_asm_add4(uint64_t *r, const uint64_t *a,
                                                               const uint64_t *b) {
    uint64_t t0 = a[0], t1 = a[1], t2 = a[2], t3 = a[3];
    __asm__("addq %[b0], %[t0]\n\tadcq %[b1], %[t1]\n\tadcq %[b2], %[t2]\n\tadcq %[b3], %[t3]"
            : [t0] "+&r"(t0), [t1] "+&r"(t1), [t2] "+&r"(t2), [t3] "+&r"(t3)
            : [b0] "m"(b[0]), [b1] "m"(b[1]), [b2] "m"(b[2]), [b3] "m"(b[3])
            : "cc");
    r[0] = t0, r[1] = t1, r[2] = t2, r[3] = t3;
}

/* r = a - b, returns all ones where that borrowed. */
static inline __attribute__((always_inline)) uint64_t gvm_asm_sub6(uint64_t *r, const uint64_t *a,
                                                                   const uint64_t *b) {
    uint64_t t0 = a[0], t1 = a[1], t2 = a[2], t3 = a[3], t4 = a[4], t5 = a[5], mask;
    __asm__("subq %[b0], %[t0]\n\tsbbq %[b1], %[t1]\n\tsbbq %[b2], %[t2]\n\t"
            "sbbq %[b3], %[t3]\n\tsbbq %[b4], %[t4]\n\tsbbq %[b5], %[t5]\n\tsbbq %[k], %[k]"
            : [t0] "+&r"(t0), [t1] "+&r"(t1), [t2] "+&r"(t2), [t3] "+&r"(t3), [t4] "+&r"(t4),
              [t5] "+&r"(t5), [k] "=&r"(mask)
            : [b0] "m"(b[0]), [b1] "m"(b[1]), [b2] "m"(b[2]), [b3] "m"(b[3]), [b4] "m"(b[4]),
              [b5] "m"(b[5])
            : "cc");
    r[0] = t0, r[1] = t1, r[2] = t2, r[3] = t3, r[4] = t4, r[5] = t5;
    return mask;
}

static inline __attribute__((always_inline)) uint64_t gvm_asm_sub4(uint64_t *r, const uint64_t *a,
                                                                   const uint64_t *b) {
    uint64_t t0 = a[0], t1 = a[1], t2 = a[2], t3 = a[3], mask;
    __asm__("subq %[b0], %[t0]\n\tsbbq %[b1], %[t1]\n\tsbbq %[b2], %[t2]\n\tsbbq %[b3], %[t3]\n\t"
            "sbbq %[k], %[k]"
            : [t0] "+&r"(t0), [t1] "+&r"(t1), [t2] "+&r"(t2), [t3] "+&r"(t3), [k] "=&r"(mask)
            : [b0] "m"(b[0]), [b1] "m"(b[1]), [b2] "m"(b[2]), [b3] "m"(b[3])
            : "cc");
    r[0] = t0, r[1] = t1, r[2] = t2, r[3] = t3;
    return mask;
}
#endif

/* r = a + b without reduction; the sum fits. */
static inline __attribute__((always_inline)) void gvm_mp_add_lazy(uint64_t *r, const uint64_t *a,
                                                                  const uint64_t *b, int n) {
#if GVM_MONT_ASM
    if (n == 6) {
        gvm_asm_add6(r, a, b);
        return;
    }
    if (n == 4) {
        gvm_asm_add4(r, a, b);
        return;
    }
#endif
    (void)gvm_mp_add(r, a, b, n);
}

/* r = a + b mod m, for a, b < m. */
static inline __attribute__((always_inline)) void
gvm_mod_add(uint64_t *r, const uint64_t *a, const uint64_t *b, const uint64_t *m, int n) {
    uint64_t t[6];
#if GVM_MONT_ASM
    if (n == 6) {
        gvm_asm_add6(t, a, b);
        gvm_asm_reduce6(r, t, m);
        return;
    }
    if (n == 4) {
        gvm_asm_add4(t, a, b);
        gvm_asm_reduce4(r, t, m);
        return;
    }
#endif
    (void)gvm_mp_add(r, a, b, n);
    uint64_t borrow = gvm_mp_sub(t, r, m, n);
    for (int i = 0; i < n; i++) r[i] = t[i] ^ ((t[i] ^ r[i]) & (0 - borrow));
}

/* r = a - b mod m, for a, b < m. */
static inline __attribute__((always_inline)) void
gvm_mod_sub(uint64_t *r, const uint64_t *a, const uint64_t *b, const uint64_t *m, int n) {
#if GVM_MONT_ASM
    uint64_t k[6], t[6];
    if (n == 6) {
        uint64_t mask = gvm_asm_sub6(t, a, b);
        for (int i = 0; i < 6; i++) k[i] = m[i] & mask;
        gvm_asm_add6(r, t, k);
        return;
    }
    if (n == 4) {
        uint64_t mask = gvm_asm_sub4(t, a, b);
        for (int i = 0; i < 4; i++) k[i] = m[i] & mask;
        gvm_asm_add4(r, t, k);
        return;
    }
#endif
    uint64_t borrow = gvm_mp_sub(r, a, b, n);
    gvm_mp_add_masked(r, m, 0 - borrow, n);
}

/* w = a - b on double length, plus m R where that would be negative: stays below m R for a, b < m
 * R. */
static inline __attribute__((always_inline)) void
gvm_wide_sub(uint64_t *w, const uint64_t *a, const uint64_t *b, const uint64_t *m, int n) {
    uint64_t borrow;
#if GVM_MONT_ASM
    uint64_t tmp, k;
    if (n == 6) {
        __asm__("movq 0(%[a]), %[t]\n\tsubq 0(%[b]), %[t]\n\tmovq %[t], 0(%[w])\n\t"
                "movq 8(%[a]), %[t]\n\tsbbq 8(%[b]), %[t]\n\tmovq %[t], 8(%[w])\n\t"
                "movq 16(%[a]), %[t]\n\tsbbq 16(%[b]), %[t]\n\tmovq %[t], 16(%[w])\n\t"
                "movq 24(%[a]), %[t]\n\tsbbq 24(%[b]), %[t]\n\tmovq %[t], 24(%[w])\n\t"
                "movq 32(%[a]), %[t]\n\tsbbq 32(%[b]), %[t]\n\tmovq %[t], 32(%[w])\n\t"
                "movq 40(%[a]), %[t]\n\tsbbq 40(%[b]), %[t]\n\tmovq %[t], 40(%[w])\n\t"
                "movq 48(%[a]), %[t]\n\tsbbq 48(%[b]), %[t]\n\tmovq %[t], 48(%[w])\n\t"
                "movq 56(%[a]), %[t]\n\tsbbq 56(%[b]), %[t]\n\tmovq %[t], 56(%[w])\n\t"
                "movq 64(%[a]), %[t]\n\tsbbq 64(%[b]), %[t]\n\tmovq %[t], 64(%[w])\n\t"
                "movq 72(%[a]), %[t]\n\tsbbq 72(%[b]), %[t]\n\tmovq %[t], 72(%[w])\n\t"
                "movq 80(%[a]), %[t]\n\tsbbq 80(%[b]), %[t]\n\tmovq %[t], 80(%[w])\n\t"
                "movq 88(%[a]), %[t]\n\tsbbq 88(%[b]), %[t]\n\tmovq %[t], 88(%[w])\n\t"
                "sbbq %[k], %[k]"
                : [t] "=&r"(tmp), [k] "=&r"(k)
                : [a] "r"(a), [b] "r"(b), [w] "r"(w)
                : "cc", "memory");
        uint64_t q[6];
        for (int i = 0; i < 6; i++) q[i] = m[i] & k;
        gvm_asm_add6(w + 6, w + 6, q);
        return;
    }
    if (n == 4) {
        __asm__("movq 0(%[a]), %[t]\n\tsubq 0(%[b]), %[t]\n\tmovq %[t], 0(%[w])\n\t"
                "movq 8(%[a]), %[t]\n\tsbbq 8(%[b]), %[t]\n\tmovq %[t], 8(%[w])\n\t"
                "movq 16(%[a]), %[t]\n\tsbbq 16(%[b]), %[t]\n\tmovq %[t], 16(%[w])\n\t"
                "movq 24(%[a]), %[t]\n\tsbbq 24(%[b]), %[t]\n\tmovq %[t], 24(%[w])\n\t"
                "movq 32(%[a]), %[t]\n\tsbbq 32(%[b]), %[t]\n\tmovq %[t], 32(%[w])\n\t"
                "movq 40(%[a]), %[t]\n\tsbbq 40(%[b]), %[t]\n\tmovq %[t], 40(%[w])\n\t"
                "movq 48(%[a]), %[t]\n\tsbbq 48(%[b]), %[t]\n\tmovq %[t], 48(%[w])\n\t"
                "movq 56(%[a]), %[t]\n\tsbbq 56(%[b]), %[t]\n\tmovq %[t], 56(%[w])\n\t"
                "sbbq %[k], %[k]"
                : [t] "=&r"(tmp), [k] "=&r"(k)
                : [a] "r"(a), [b] "r"(b), [w] "r"(w)
                : "cc", "memory");
        uint64_t q[4];
        for (int i = 0; i < 4; i++) q[i] = m[i] & k;
        gvm_asm_add4(w + 4, w + 4, q);
        return;
    }
#endif
    borrow = gvm_mp_sub(w, a, b, 2 * n);
    gvm_mp_add_masked(w + n, m, 0 - borrow, n);
}

#endif
