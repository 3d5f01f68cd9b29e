/* A prime field, included once for each field with these macros set (and undefined again at the
 * end):
 *
 *     FT        name of type and prefix of functions        fp, fr
 *     FT_N      limbs                                       4, 6
 *     FT_BYTES  length of the canonical encoding            32, 48
 *     FT_M      uint64_t[FT_N + 1]: modulus, -1/modulus     (mont.h)
 *     FT_R2     uint64_t[FT_N]: R^2 mod modulus
 *     FT_ONE    uint64_t[FT_N]: R mod modulus
 *
 * Elements are in Montgomery form and always fully reduced, so that equality is equality of limbs;
 * the few functions that leave or take unreduced sums have `lazy` in their names. Names that end in
 * _var take time that depends on the values and are for public data. Results may alias arguments.
 */
#include "crypto/pairing/mont.h"

#include <gmp.h>

#define FT_CAT2(a, b) a##b
#define FT_CAT(a, b)  FT_CAT2(a, b)
#define FN(name)      FT_CAT(FT, name)

typedef struct FT {
    uint64_t l[FT_N];
} FT;

static inline __attribute__((always_inline)) void FN(_add)(FT *r, const FT *a, const FT *b) {
    gvm_mod_add(r->l, a->l, b->l, FT_M, FT_N);
}
static inline __attribute__((always_inline)) void FN(_sub)(FT *r, const FT *a, const FT *b) {
    gvm_mod_sub(r->l, a->l, b->l, FT_M, FT_N);
}
/* r = a + b < 2 modulus: only as an argument of _mul and _wide. */
static inline __attribute__((always_inline)) void FN(_add_lazy)(FT *r, const FT *a, const FT *b) {
    gvm_mp_add_lazy(r->l, a->l, b->l, FT_N);
}
static inline void FN(_dbl)(FT *r, const FT *a) {
    FN(_add)(r, a, a);
}

static inline void FN(_mul)(FT *r, const FT *a, const FT *b) {
#if FT_N == 6
    gvm_mont.mul6(r->l, a->l, b->l, FT_M);
#else
    gvm_mont.mul4(r->l, a->l, b->l, FT_M);
#endif
}
static inline void FN(_sqr)(FT *r, const FT *a) {
    FN(_mul)(r, a, a);
}

typedef struct FN(_wide) {
    uint64_t l[2 * FT_N];
} FN(_wide);

static inline void FN(_mul_wide)(FN(_wide) * w, const FT *a, const FT *b) {
#if FT_N == 6
    gvm_mont.wide6(w->l, a->l, b->l);
#else
    gvm_mont.wide4(w->l, a->l, b->l);
#endif
}
static inline void FN(_redc)(FT *r, const FN(_wide) * w) {
#if FT_N == 6
    gvm_mont.redc6(r->l, w->l, FT_M);
#else
    gvm_mont.redc4(r->l, w->l, FT_M);
#endif
}
static inline __attribute__((always_inline)) void FN(_wide_sub)(FN(_wide) * w, const FN(_wide) * a,
                                                                const FN(_wide) * b) {
    gvm_wide_sub(w->l, a->l, b->l, FT_M, FT_N);
}

static inline void FN(_zero)(FT *r) {
    memset(r, 0, sizeof *r);
}
static inline void FN(_one)(FT *r) {
    memcpy(r->l, FT_ONE, sizeof r->l);
}
static inline bool FN(_is_zero)(const FT *a) {
    return gvm_mp_is_zero(a->l, FT_N);
}
static inline bool FN(_equal)(const FT *a, const FT *b) {
    return gvm_mp_equal(a->l, b->l, FT_N);
}
static inline bool FN(_is_one)(const FT *a) {
    return gvm_mp_equal(a->l, FT_ONE, FT_N);
}
static inline void FN(_neg)(FT *r, const FT *a) {
    FT zero = {{0}};
    FN(_sub)(r, &zero, a);
}
/* r = a where mask is all ones, unchanged where it is 0. */
static inline void FN(_cmov)(FT *r, const FT *a, uint64_t mask) {
    for (int i = 0; i < FT_N; i++) r->l[i] ^= (r->l[i] ^ a->l[i]) & mask;
}

/* The number itself, out of Montgomery form. */
static inline void FN(_canon)(uint64_t out[FT_N], const FT *a) {
    FT one = {{1}}, t;
    FN(_mul)(&t, a, &one);
    memcpy(out, t.l, sizeof t.l);
}
static inline void FN(_from_limbs)(FT *r, const uint64_t in[FT_N]) {
    FT t, r2;
    memcpy(t.l, in, sizeof t.l);
    memcpy(r2.l, FT_R2, sizeof r2.l);
    FN(_mul)(r, &t, &r2);
}
static inline void FN(_set_u64)(FT *r, uint64_t v) {
    uint64_t t[FT_N] = {v};
    FN(_from_limbs)(r, t);
}
/* FT_BYTES big-endian bytes; false (r unset) where they are not below the modulus. */
static inline bool FN(_from_be)(FT *r, const uint8_t *in) {
    uint64_t t[FT_N];
    for (int i = 0; i < FT_N; i++) {
        uint64_t v;
        memcpy(&v, in + 8 * (FT_N - 1 - i), 8);
        t[i] = __builtin_bswap64(v);
    }
    if (!gvm_mp_less(t, FT_M, FT_N)) return false;
    FN(_from_limbs)(r, t);
    return true;
}
static inline void FN(_to_be)(uint8_t *out, const FT *a) {
    uint64_t t[FT_N];
    FN(_canon)(t, a);
    for (int i = 0; i < FT_N; i++) {
        uint64_t v = __builtin_bswap64(t[FT_N - 1 - i]);
        memcpy(out + 8 * i, &v, 8);
    }
}
/* Greater than (modulus - 1) / 2: the sign that compressed points carry. */
static inline bool FN(_is_high)(const FT *a) {
    uint64_t t[FT_N], twice[FT_N];
    FN(_canon)(t, a);
    (void)gvm_mp_add(twice, t, t, FT_N);
    return gvm_mp_less(FT_M, twice, FT_N);
}
static inline bool FN(_is_odd)(const FT *a) {
    uint64_t t[FT_N];
    FN(_canon)(t, a);
    return (t[0] & 1) != 0;
}

/* r = a^e, e of n limbs. Time depends on e alone. Four bits at a time. */
static inline void FN(_pow)(FT *r, const FT *a, const uint64_t *e, int n) {
    FT table[16];
    FN(_one)(&table[0]);
    table[1] = *a;
    for (int i = 2; i < 16; i++) FN(_mul)(&table[i], &table[i - 1], a);
    FT acc = table[0];
    bool started = false;
    for (int i = 16 * n - 1; i >= 0; i--) {
        unsigned d = (unsigned)(e[i / 16] >> (4 * (i % 16))) & 15;
        for (int k = 0; started && k < 4; k++) FN(_sqr)(&acc, &acc);
        if (d == 0) continue;
        if (started)
            FN(_mul)(&acc, &acc, &table[d]);
        else
            acc = table[d];
        started = true;
    }
    *r = acc;
}

/* r = 1/a (0 for 0), in constant time: a^(modulus - 2). */
static inline void FN(_inv)(FT *r, const FT *a) {
    uint64_t e[FT_N];
    memcpy(e, FT_M, sizeof e);
    e[0] -= 2; /* both moduli end in a limb above 1 */
    FN(_pow)(r, a, e, FT_N);
}

/* r = 1/a (0 for 0), four to ten times as fast, for public values. */
static inline void FN(_inv_var)(FT *r, const FT *a) {
    FT t = {{0}}, r2;
    if (!FN(_is_zero)(a)) {
        mpz_t in, m, out;
        mpz_roinit_n(in, (const mp_limb_t *)a->l, FT_N);
        mpz_roinit_n(m, (const mp_limb_t *)FT_M, FT_N);
        mpz_init2(out, 64 * FT_N + 64);
        (void)mpz_invert(out, in, m);
        memcpy(t.l, mpz_limbs_read(out), mpz_size(out) * sizeof(uint64_t));
        mpz_clear(out);
    }
    memcpy(r2.l, FT_R2, sizeof r2.l);
    FN(_mul)(&t, &t, &r2);
    FN(_mul)(r, &t, &r2);
}

#undef FT
#undef FT_N
#undef FT_BYTES
#undef FT_M
#undef FT_R2
#undef FT_ONE
#undef FN
#undef FT_CAT
#undef FT_CAT2
