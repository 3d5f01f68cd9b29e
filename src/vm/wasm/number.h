/* Arithmetic as WebAssembly has it, where C's differs. Floats travel as bits; every NaN that an
 * operation makes is the positive quiet one, so results are the same on every machine. */
#ifndef GVM_VM_WASM_NUMBER_H
#define GVM_VM_WASM_NUMBER_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

_Static_assert(sizeof(float) == 4 && sizeof(double) == 8, "IEEE 754 floats");

#define GVM_WASM_NAN32 0x7fc00000u
#define GVM_WASM_NAN64 0x7ff8000000000000u

static inline float gvm_wasm_f32(uint32_t bits) {
    float x;
    memcpy(&x, &bits, 4);
    return x;
}
static inline double gvm_wasm_f64(uint64_t bits) {
    double x;
    memcpy(&x, &bits, 8);
    return x;
}
static inline uint32_t gvm_wasm_f32_raw(float x) {
    uint32_t bits;
    memcpy(&bits, &x, 4);
    return bits;
}
static inline uint64_t gvm_wasm_f64_raw(double x) {
    uint64_t bits;
    memcpy(&bits, &x, 8);
    return bits;
}
static inline uint32_t gvm_wasm_f32_bits(float x) {
    return __builtin_expect(x != x, 0) ? GVM_WASM_NAN32 : gvm_wasm_f32_raw(x);
}
static inline uint64_t gvm_wasm_f64_bits(double x) {
    return __builtin_expect(x != x, 0) ? GVM_WASM_NAN64 : gvm_wasm_f64_raw(x);
}

/* min and max: a NaN operand gives NaN, and -0 is less than +0. */
#define GVM_WASM_MINMAX(T, name, nan, sign)           \
    static inline T gvm_wasm_##name##_min(T x, T y) { \
        if (x != x || y != y) return (T)NAN;          \
        if (x == y) return sign(x) ? x : y;           \
        return x < y ? x : y;                         \
    }                                                 \
    static inline T gvm_wasm_##name##_max(T x, T y) { \
        if (x != x || y != y) return (T)NAN;          \
        if (x == y) return sign(x) ? y : x;           \
        return x > y ? x : y;                         \
    }
GVM_WASM_MINMAX(float, f32, GVM_WASM_NAN32, signbit)
GVM_WASM_MINMAX(double, f64, GVM_WASM_NAN64, signbit)
#undef GVM_WASM_MINMAX

/* Float to integer: X(name, float type, integer type, least, greatest, below, above): the value,
 * cut toward zero, fits if it is greater than `below` and less than `above` (both exact). */
#define GVM_WASM_TRUNCATIONS(X)                                                       \
    X(i32_f32_s, float, int32_t, INT32_MIN, INT32_MAX, -2147483904.0f, 2147483648.0f) \
    X(i32_f32_u, float, uint32_t, 0, UINT32_MAX, -1.0f, 4294967296.0f)                \
    X(i32_f64_s, double, int32_t, INT32_MIN, INT32_MAX, -2147483649.0, 2147483648.0)  \
    X(i32_f64_u, double, uint32_t, 0, UINT32_MAX, -1.0, 4294967296.0)                 \
    X(i64_f32_s, float, int64_t, INT64_MIN, INT64_MAX, -9223373136366403584.0f,       \
      9223372036854775808.0f)                                                         \
    X(i64_f32_u, float, uint64_t, 0, UINT64_MAX, -1.0f, 18446744073709551616.0f)      \
    X(i64_f64_s, double, int64_t, INT64_MIN, INT64_MAX, -9223372036854777856.0,       \
      9223372036854775808.0)                                                          \
    X(i64_f64_u, double, uint64_t, 0, UINT64_MAX, -1.0, 18446744073709551616.0)

#define X(name, F, I, least, greatest, below, above) \
    static inline bool gvm_wasm_fits_##name(F x) {   \
        return x > below && x < above;               \
    }                                                \
    static inline I gvm_wasm_sat_##name(F x) {       \
        if (x != x) return 0;                        \
        if (x <= below) return least;                \
        return x >= above ? greatest : (I)x;         \
    }
GVM_WASM_TRUNCATIONS(X)
#undef X

#endif
