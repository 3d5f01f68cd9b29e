#include "crypto/pairing/mont.h"

typedef const uint64_t *limbs;

/* t (n + 1 limbs) = t (n limbs) + k * a */
static inline __attribute__((always_inline)) void row(uint64_t *t, limbs a, uint64_t k, int n) {
    uint64_t c = 0;
    for (int i = 0; i < n; i++) {
        gvm_u128 v = (gvm_u128)a[i] * k + t[i] + c;
        t[i] = (uint64_t)v;
        c = (uint64_t)(v >> 64);
    }
    t[n] += c;
}

static inline __attribute__((always_inline)) void finish(uint64_t *r, limbs t, limbs m, int n) {
    uint64_t s[6];
    uint64_t keep = 0 - gvm_mp_sub(s, t, m, n);
    for (int i = 0; i < n; i++) r[i] = s[i] ^ ((s[i] ^ t[i]) & keep);
}

static inline __attribute__((always_inline)) void mul(uint64_t *r, limbs a, limbs b, limbs m,
                                                      int n) {
    uint64_t t[13] = {0};
    for (int i = 0; i < n; i++) {
        row(t + i, a, b[i], n);
        row(t + i, m, t[i] * m[n], n);
    }
    finish(r, t + n, m, n);
}

static inline __attribute__((always_inline)) void wide(uint64_t *w, limbs a, limbs b, int n) {
    memset(w, 0, (size_t)(2 * n) * sizeof *w);
    for (int i = 0; i < n; i++) row(w + i, a, b[i], n);
}

static inline __attribute__((always_inline)) void redc(uint64_t *r, limbs w, limbs m, int n) {
    uint64_t t[13] = {0};
    memcpy(t, w, (size_t)n * sizeof *w);
    for (int i = 0; i < n; i++) row(t + i, m, t[i] * m[n], n);
    (void)gvm_mp_add(t + n, t + n, w + n, n);
    finish(r, t + n, m, n);
}

static void mul4(uint64_t *r, limbs a, limbs b, limbs m) {
    mul(r, a, b, m, 4);
}
static void mul6(uint64_t *r, limbs a, limbs b, limbs m) {
    mul(r, a, b, m, 6);
}
static void wide4(uint64_t *w, limbs a, limbs b) {
    wide(w, a, b, 4);
}
static void wide6(uint64_t *w, limbs a, limbs b) {
    wide(w, a, b, 6);
}
static void redc4(uint64_t *r, limbs w, limbs m) {
    redc(r, w, m, 4);
}
static void redc6(uint64_t *r, limbs w, limbs m) {
    redc(r, w, m, 6);
}

static const gvm_mont_ops portable_ops = {mul4, mul6, wide4, wide6, redc4, redc6};

gvm_mont_ops gvm_mont = {mul4, mul6, wide4, wide6, redc4, redc6};

#ifdef __x86_64__
void gvm_mont_mul4_adx(uint64_t *r, limbs a, limbs b, limbs m);
void gvm_mont_mul6_adx(uint64_t *r, limbs a, limbs b, limbs m);
void gvm_mont_wide4_adx(uint64_t *w, limbs a, limbs b);
void gvm_mont_wide6_adx(uint64_t *w, limbs a, limbs b);
void gvm_mont_redc4_adx(uint64_t *r, limbs w, limbs m);
void gvm_mont_redc6_adx(uint64_t *r, limbs w, limbs m);

static const gvm_mont_ops adx_ops = {gvm_mont_mul4_adx,  gvm_mont_mul6_adx,  gvm_mont_wide4_adx,
                                     gvm_mont_wide6_adx, gvm_mont_redc4_adx, gvm_mont_redc6_adx};

/* __builtin_cpu_supports knows "adx" only from gcc 14 on. */
static bool have_adx(void) {
    uint32_t a = 7, b = 0, c = 0, d = 0;
    if (__builtin_cpu_supports("bmi2") == 0) return false;
    __asm__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    return (b >> 19 & 1) != 0;
}
#endif

void gvm_mont_portable(bool portable) {
    gvm_mont = portable_ops;
#ifdef __x86_64__
    if (!portable && have_adx()) gvm_mont = adx_ops;
#else
    (void)portable;
#endif
}

__attribute__((constructor)) static void choose(void) {
#ifdef __x86_64__
    __builtin_cpu_init();
#endif
    gvm_mont_portable(false);
}
