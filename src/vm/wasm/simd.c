/* The vector instructions, one function each, on GCC's portable vectors. Operands are read before
 * the result is written, since both may be in the same slots. Little-endian lanes, as the slots
 * are. */
#include "vm/wasm/number.h"
#include "vm/wasm/runtime.h"

typedef int8_t i8x16 __attribute__((vector_size(16)));
typedef uint8_t u8x16 __attribute__((vector_size(16)));
typedef int16_t i16x8 __attribute__((vector_size(16)));
typedef uint16_t u16x8 __attribute__((vector_size(16)));
typedef int32_t i32x4 __attribute__((vector_size(16)));
typedef uint32_t u32x4 __attribute__((vector_size(16)));
typedef int64_t i64x2 __attribute__((vector_size(16)));
typedef uint64_t u64x2 __attribute__((vector_size(16)));
typedef float f32x4 __attribute__((vector_size(16)));
typedef double f64x2 __attribute__((vector_size(16)));

/* What the lanes hold. */
typedef int8_t i8x16_T;
typedef uint8_t u8x16_T;
typedef int16_t i16x8_T;
typedef uint16_t u16x8_T;
typedef int32_t i32x4_T;
typedef uint32_t u32x4_T;
typedef int64_t i64x2_T;
typedef uint64_t u64x2_T;
typedef float f32x4_T;
typedef double f64x2_T;
#define LANES(V) (16 / sizeof(V##_T))

#define FN(name) static void do_##name(uint64_t *fp, const gvm_wasm_word *w)
/* Operand number n (0 = b, 1 = c, 2 = d) as a vector; the result. */
#define GET(V, var, slot) \
    V var;                \
    memcpy(&var, &fp[slot], 16)
#define PUT(value)                        \
    do {                                  \
        __typeof__(value) put_ = (value); \
        memcpy(&fp[w->a], &put_, 16);     \
    } while (0)
#define B    w->b
#define C    w->c
#define D    w[1].a
#define LANE w[1].b

/* ---- NaNs: lanes that are one become the positive quiet one */
static inline f32x4 quiet32(f32x4 x) {
    i32x4 nan = x != x, value;
    memcpy(&value, &x, 16);
    value = (value & ~nan) | ((i32x4){0x7fc00000, 0x7fc00000, 0x7fc00000, 0x7fc00000} & nan);
    memcpy(&x, &value, 16);
    return x;
}
static inline f64x2 quiet64(f64x2 x) {
    i64x2 nan = x != x, value;
    memcpy(&value, &x, 16);
    value = (value & ~nan) | ((i64x2){0x7ff8000000000000, 0x7ff8000000000000} & nan);
    memcpy(&x, &value, 16);
    return x;
}

/* ---- lane by lane in C's own operators */
#define UN(name, V, expr) \
    FN(name) {            \
        GET(V, x, B);     \
        PUT((V)(expr));   \
    }
#define BIN(name, V, expr) \
    FN(name) {             \
        GET(V, x, B);      \
        GET(V, y, C);      \
        PUT((expr));       \
    }
/* The same where each lane needs a scalar expression of x[i], y[i]. */
#define UN_EACH(name, R, V, expr)                                     \
    FN(name) {                                                        \
        GET(V, x, B);                                                 \
        R r;                                                          \
        for (unsigned i = 0; i < LANES(R); i++) r[i] = (R##_T)(expr); \
        PUT(r);                                                       \
    }
#define BIN_EACH(name, R, V, expr)                                    \
    FN(name) {                                                        \
        GET(V, x, B);                                                 \
        GET(V, y, C);                                                 \
        R r;                                                          \
        for (unsigned i = 0; i < LANES(R); i++) r[i] = (R##_T)(expr); \
        PUT(r);                                                       \
    }

/* ---- splat, extract, replace */
#define SPLAT(V, value)                                   \
    FN(V##_splat) {                                       \
        V##_T s = value;                                  \
        V r;                                              \
        for (unsigned i = 0; i < LANES(V); i++) r[i] = s; \
        PUT(r);                                           \
    }
SPLAT(i8x16, (int8_t)fp[B])
SPLAT(i16x8, (int16_t)fp[B])
SPLAT(i32x4, (int32_t)fp[B])
SPLAT(i64x2, (int64_t)fp[B])
static void do_f32x4_splat(uint64_t *fp, const gvm_wasm_word *w) {
    do_i32x4_splat(fp, w);
}
static void do_f64x2_splat(uint64_t *fp, const gvm_wasm_word *w) {
    do_i64x2_splat(fp, w);
}
#define EXTRACT(name, V, R)                                                       \
    FN(name) {                                                                    \
        V##_T lane;                                                               \
        memcpy(&lane, (const uint8_t *)&fp[B] + LANE * sizeof lane, sizeof lane); \
        fp[w->a] = (uint64_t)(R)lane;                                             \
    }
EXTRACT(i8x16_extract_lane_s, i8x16, uint32_t)
EXTRACT(i8x16_extract_lane_u, u8x16, uint32_t)
EXTRACT(i16x8_extract_lane_s, i16x8, uint32_t)
EXTRACT(i16x8_extract_lane_u, u16x8, uint32_t)
EXTRACT(i32x4_extract_lane, u32x4, uint32_t)
EXTRACT(i64x2_extract_lane, u64x2, uint64_t)
EXTRACT(f32x4_extract_lane, u32x4, uint32_t)
EXTRACT(f64x2_extract_lane, u64x2, uint64_t)
#define REPLACE(name, V)                                                \
    FN(name) {                                                          \
        GET(V, x, B);                                                   \
        V##_T lane = (V##_T)fp[C];                                      \
        memcpy((uint8_t *)&x + LANE * sizeof lane, &lane, sizeof lane); \
        PUT(x);                                                         \
    }
REPLACE(i8x16_replace_lane, u8x16)
REPLACE(i16x8_replace_lane, u16x8)
REPLACE(i32x4_replace_lane, u32x4)
REPLACE(i64x2_replace_lane, u64x2)
REPLACE(f32x4_replace_lane, u32x4)
REPLACE(f64x2_replace_lane, u64x2)

FN(i8x16_shuffle) {
    GET(u8x16, x, B);
    GET(u8x16, y, C);
    u8x16 r;
    const uint8_t *lanes = (const uint8_t *)&w[2];
    for (unsigned i = 0; i < 16; i++) r[i] = lanes[i] < 16 ? x[lanes[i]] : y[lanes[i] - 16];
    PUT(r);
}
FN(i8x16_swizzle) {
    GET(u8x16, x, B);
    GET(u8x16, y, C);
    u8x16 r;
    for (unsigned i = 0; i < 16; i++) r[i] = y[i] < 16 ? x[y[i] & 15] : 0;
    PUT(r);
}

/* ---- comparisons */
#define CMP_INT(S, U)        \
    BIN(S##_eq, S, x == y)   \
    BIN(S##_ne, S, x != y)   \
    BIN(S##_lt_s, S, x < y)  \
    BIN(S##_lt_u, U, x < y)  \
    BIN(S##_gt_s, S, x > y)  \
    BIN(S##_gt_u, U, x > y)  \
    BIN(S##_le_s, S, x <= y) \
    BIN(S##_le_u, U, x <= y) \
    BIN(S##_ge_s, S, x >= y) \
    BIN(S##_ge_u, U, x >= y)
CMP_INT(i8x16, u8x16)
CMP_INT(i16x8, u16x8)
CMP_INT(i32x4, u32x4)
BIN(i64x2_eq, i64x2, x == y)
BIN(i64x2_ne, i64x2, x != y)
BIN(i64x2_lt_s, i64x2, x < y)
BIN(i64x2_gt_s, i64x2, x > y)
BIN(i64x2_le_s, i64x2, x <= y)
BIN(i64x2_ge_s, i64x2, x >= y)
#define CMP_FLOAT(V)       \
    BIN(V##_eq, V, x == y) \
    BIN(V##_ne, V, x != y) \
    BIN(V##_lt, V, x < y)  \
    BIN(V##_gt, V, x > y)  \
    BIN(V##_le, V, x <= y) \
    BIN(V##_ge, V, x >= y)
CMP_FLOAT(f32x4)
CMP_FLOAT(f64x2)

/* ---- bits */
UN(v128_not, u64x2, ~x)
BIN(v128_and, u64x2, x &y)
BIN(v128_andnot, u64x2, x & ~y)
BIN(v128_or, u64x2, x | y)
BIN(v128_xor, u64x2, x ^ y)
FN(v128_bitselect) {
    GET(u64x2, x, B);
    GET(u64x2, y, C);
    GET(u64x2, mask, D);
    PUT((x & mask) | (y & ~mask));
}
FN(v128_any_true) {
    fp[w->a] = (fp[B] | fp[B + 1]) != 0;
}
#define TESTS(S)                                                                   \
    FN(S##_all_true) {                                                             \
        GET(S, x, B);                                                              \
        unsigned all = 1;                                                          \
        for (unsigned i = 0; i < LANES(S); i++) all &= x[i] != 0;                  \
        fp[w->a] = all;                                                            \
    }                                                                              \
    FN(S##_bitmask) {                                                              \
        GET(S, x, B);                                                              \
        uint32_t mask = 0;                                                         \
        for (unsigned i = 0; i < LANES(S); i++) mask |= (uint32_t)(x[i] < 0) << i; \
        fp[w->a] = mask;                                                           \
    }
TESTS(i8x16)
TESTS(i16x8)
TESTS(i32x4)
TESTS(i64x2)

/* ---- integers; sums and products in unsigned lanes, where overflow is defined */
#define SHIFTS(S, U)                                              \
    FN(S##_shl) {                                                 \
        GET(U, x, B);                                             \
        PUT(x << (U##_T)((unsigned)fp[C] % (sizeof(U##_T) * 8))); \
    }                                                             \
    FN(S##_shr_s) {                                               \
        GET(S, x, B);                                             \
        PUT(x >> (S##_T)((unsigned)fp[C] % (sizeof(U##_T) * 8))); \
    }                                                             \
    FN(S##_shr_u) {                                               \
        GET(U, x, B);                                             \
        PUT(x >> (U##_T)((unsigned)fp[C] % (sizeof(U##_T) * 8))); \
    }
#define INTEGERS(S, U)                                        \
    BIN(S##_add, U, x + y)                                    \
    BIN(S##_sub, U, x - y)                                    \
    UN(S##_neg, U, (U){0} - x)                                \
    UN_EACH(S##_abs, U, U, (S##_T)x[i] < 0 ? 0 - x[i] : x[i]) \
    SHIFTS(S, U)
INTEGERS(i8x16, u8x16)
INTEGERS(i16x8, u16x8)
INTEGERS(i32x4, u32x4)
INTEGERS(i64x2, u64x2)
BIN_EACH(i16x8_mul, u16x8, u16x8, (uint32_t)x[i] * y[i])
BIN(i32x4_mul, u32x4, x *y)
BIN(i64x2_mul, u64x2, x *y)
#define MINMAX(S, U)                                     \
    BIN_EACH(S##_min_s, S, S, x[i] < y[i] ? x[i] : y[i]) \
    BIN_EACH(S##_min_u, U, U, x[i] < y[i] ? x[i] : y[i]) \
    BIN_EACH(S##_max_s, S, S, x[i] > y[i] ? x[i] : y[i]) \
    BIN_EACH(S##_max_u, U, U, x[i] > y[i] ? x[i] : y[i])
MINMAX(i8x16, u8x16)
MINMAX(i16x8, u16x8)
MINMAX(i32x4, u32x4)
static inline int32_t clamp(int32_t x, int32_t low, int32_t high) {
    return x < low ? low : x > high ? high : x;
}
#define SATURATING(S, U, low, high, top)                         \
    BIN_EACH(S##_add_sat_s, S, S, clamp(x[i] + y[i], low, high)) \
    BIN_EACH(S##_sub_sat_s, S, S, clamp(x[i] - y[i], low, high)) \
    BIN_EACH(S##_add_sat_u, U, U, clamp(x[i] + y[i], 0, top))    \
    BIN_EACH(S##_sub_sat_u, U, U, clamp(x[i] - y[i], 0, top))    \
    BIN_EACH(S##_avgr_u, U, U, (x[i] + y[i] + 1) / 2)
SATURATING(i8x16, u8x16, INT8_MIN, INT8_MAX, UINT8_MAX)
SATURATING(i16x8, u16x8, INT16_MIN, INT16_MAX, UINT16_MAX)
UN_EACH(i8x16_popcnt, u8x16, u8x16, __builtin_popcount(x[i]))
BIN_EACH(i16x8_q15mulr_sat_s, i16x8, i16x8,
         clamp((x[i] * y[i] + 0x4000) >> 15, INT16_MIN, INT16_MAX))
#define NARROW(name, R, V, low, high)                        \
    FN(name) {                                               \
        GET(V, x, B);                                        \
        GET(V, y, C);                                        \
        R r;                                                 \
        for (unsigned i = 0; i < LANES(V); i++) {            \
            r[i] = (R##_T)clamp(x[i], low, high);            \
            r[i + LANES(V)] = (R##_T)clamp(y[i], low, high); \
        }                                                    \
        PUT(r);                                              \
    }
NARROW(i8x16_narrow_i16x8_s, i8x16, i16x8, INT8_MIN, INT8_MAX)
NARROW(i8x16_narrow_i16x8_u, u8x16, i16x8, 0, UINT8_MAX)
NARROW(i16x8_narrow_i32x4_s, i16x8, i32x4, INT16_MIN, INT16_MAX)
NARROW(i16x8_narrow_i32x4_u, u16x8, i32x4, 0, UINT16_MAX)
/* From half the lanes to lanes twice as wide; products too. */
#define WIDEN(wide, narrow, S, U, s, u)                                                   \
    UN_EACH(wide##_extend_low_##narrow##_s, S, s, x[i])                                   \
    UN_EACH(wide##_extend_high_##narrow##_s, S, s, x[i + LANES(S)])                       \
    UN_EACH(wide##_extend_low_##narrow##_u, U, u, x[i])                                   \
    UN_EACH(wide##_extend_high_##narrow##_u, U, u, x[i + LANES(S)])                       \
    BIN_EACH(wide##_extmul_low_##narrow##_s, S, s, (S##_T)x[i] * (S##_T)y[i])             \
    BIN_EACH(wide##_extmul_high_##narrow##_s, S, s,                                       \
             (S##_T)x[i + LANES(S)] * (S##_T)y[i + LANES(S)])                             \
    BIN_EACH(wide##_extmul_low_##narrow##_u, U, u, (U##_T)((U##_T)x[i] * (uint64_t)y[i])) \
    BIN_EACH(wide##_extmul_high_##narrow##_u, U, u,                                       \
             (U##_T)((U##_T)x[i + LANES(S)] * (uint64_t)y[i + LANES(S)]))
WIDEN(i16x8, i8x16, i16x8, u16x8, i8x16, u8x16)
WIDEN(i32x4, i16x8, i32x4, u32x4, i16x8, u16x8)
WIDEN(i64x2, i32x4, i64x2, u64x2, i32x4, u32x4)
UN_EACH(i16x8_extadd_pairwise_i8x16_s, i16x8, i8x16, x[2 * i] + x[2 * i + 1])
UN_EACH(i16x8_extadd_pairwise_i8x16_u, u16x8, u8x16, x[2 * i] + x[2 * i + 1])
UN_EACH(i32x4_extadd_pairwise_i16x8_s, i32x4, i16x8, x[2 * i] + x[2 * i + 1])
UN_EACH(i32x4_extadd_pairwise_i16x8_u, u32x4, u16x8, x[2 * i] + x[2 * i + 1])
BIN_EACH(i32x4_dot_i16x8_s, u32x4, i16x8,
         (uint32_t)(x[2 * i] * y[2 * i]) + (uint32_t)(x[2 * i + 1] * y[2 * i + 1]))

/* ---- floats */
#define QUIET_UN(name, V, quiet, fn)                             \
    FN(name) {                                                   \
        GET(V, x, B);                                            \
        for (unsigned i = 0; i < LANES(V); i++) x[i] = fn(x[i]); \
        PUT(quiet(x));                                           \
    }
#define PMIN(x, y) (y < x ? y : x)
#define PMAX(x, y) (x < y ? y : x)
/* Lanes chosen as bits: what is chosen keeps them. */
#define CHOOSE(name, V, I, condition)    \
    FN(name) {                           \
        GET(V, x, B);                    \
        GET(V, y, C);                    \
        GET(I, xi, B);                   \
        GET(I, yi, C);                   \
        I take = (I)(condition);         \
        PUT((yi & take) | (xi & ~take)); \
    }
#define FLOATS(V, I, quiet, bits, sign, suffix, scalar)                                     \
    BIN(V##_add, V, quiet(x + y))                                                           \
    BIN(V##_sub, V, quiet(x - y))                                                           \
    BIN(V##_mul, V, quiet(x *y))                                                            \
    BIN(V##_div, V, quiet(x / y))                                                           \
    QUIET_UN(V##_ceil, V, quiet, ceil##suffix)                                              \
    QUIET_UN(V##_floor, V, quiet, floor##suffix)                                            \
    QUIET_UN(V##_trunc, V, quiet, trunc##suffix)                                            \
    QUIET_UN(V##_nearest, V, quiet, rint##suffix)                                           \
    QUIET_UN(V##_sqrt, V, quiet, sqrt##suffix)                                              \
    UN(V##_abs, I, x & ~((I){0} + sign))                                                    \
    UN(V##_neg, I, x ^ ((I){0} + sign))                                                     \
    FN(V##_min) {                                                                           \
        GET(V, x, B);                                                                       \
        GET(V, y, C);                                                                       \
        for (unsigned i = 0; i < LANES(V); i++) x[i] = gvm_wasm_##scalar##_min(x[i], y[i]); \
        PUT(quiet(x));                                                                      \
    }                                                                                       \
    FN(V##_max) {                                                                           \
        GET(V, x, B);                                                                       \
        GET(V, y, C);                                                                       \
        for (unsigned i = 0; i < LANES(V); i++) x[i] = gvm_wasm_##scalar##_max(x[i], y[i]); \
        PUT(quiet(x));                                                                      \
    }                                                                                       \
    CHOOSE(V##_pmin, V, I, y < x)                                                           \
    CHOOSE(V##_pmax, V, I, x < y)
FLOATS(f32x4, u32x4, quiet32, gvm_wasm_f32_bits, 0x80000000u, f, f32)
FLOATS(f64x2, u64x2, quiet64, gvm_wasm_f64_bits, 0x8000000000000000u, , f64)

/* ---- conversions */
UN_EACH(i32x4_trunc_sat_f32x4_s, i32x4, f32x4, gvm_wasm_sat_i32_f32_s(x[i]))
UN_EACH(i32x4_trunc_sat_f32x4_u, u32x4, f32x4, gvm_wasm_sat_i32_f32_u(x[i]))
UN_EACH(f32x4_convert_i32x4_s, f32x4, i32x4, (float)x[i])
UN_EACH(f32x4_convert_i32x4_u, f32x4, u32x4, (float)x[i])
UN_EACH(f64x2_convert_low_i32x4_s, f64x2, i32x4, (double)x[i])
UN_EACH(f64x2_convert_low_i32x4_u, f64x2, u32x4, (double)x[i])
#define HALF(name, R, V, expr)                        \
    FN(name) {                                        \
        GET(V, x, B);                                 \
        R r = {0};                                    \
        for (unsigned i = 0; i < 2; i++) r[i] = expr; \
        PUT(r);                                       \
    }
HALF(i32x4_trunc_sat_f64x2_s_zero, i32x4, f64x2, gvm_wasm_sat_i32_f64_s(x[i]))
HALF(i32x4_trunc_sat_f64x2_u_zero, u32x4, f64x2, gvm_wasm_sat_i32_f64_u(x[i]))
HALF(f32x4_demote_f64x2_zero, u32x4, f64x2, gvm_wasm_f32_bits((float)x[i]))
HALF(f64x2_promote_low_f32x4, u64x2, f32x4, gvm_wasm_f64_bits((double)x[i]))

/* ---- memory */
#define MEMORY(name) static void do_##name(uint64_t *fp, const gvm_wasm_word *w, uint8_t *at)
MEMORY(v128_load) {
    memcpy(&fp[w->a], at, 16);
}
MEMORY(v128_store) {
    memcpy(at, &fp[D], 16);
}
#define LOAD_WIDE(name, R, T)                                          \
    MEMORY(name) {                                                     \
        T from[8 / sizeof(T)];                                         \
        R r;                                                           \
        memcpy(from, at, 8);                                           \
        for (unsigned i = 0; i < LANES(R); i++) r[i] = (R##_T)from[i]; \
        PUT(r);                                                        \
    }
LOAD_WIDE(v128_load8x8_s, i16x8, int8_t)
LOAD_WIDE(v128_load8x8_u, u16x8, uint8_t)
LOAD_WIDE(v128_load16x4_s, i32x4, int16_t)
LOAD_WIDE(v128_load16x4_u, u32x4, uint16_t)
LOAD_WIDE(v128_load32x2_s, i64x2, int32_t)
LOAD_WIDE(v128_load32x2_u, u64x2, uint32_t)
#define LOAD_LANES(bits, V, all)                                                   \
    MEMORY(v128_load##bits##_splat) {                                              \
        V##_T s;                                                                   \
        V r;                                                                       \
        memcpy(&s, at, sizeof s);                                                  \
        for (unsigned i = 0; i < LANES(V); i++) r[i] = s;                          \
        PUT(r);                                                                    \
    }                                                                              \
    MEMORY(v128_load##bits##_lane) {                                               \
        GET(V, x, D);                                                              \
        memcpy((uint8_t *)&x + LANE * sizeof(V##_T), at, sizeof(V##_T));           \
        PUT(x);                                                                    \
    }                                                                              \
    MEMORY(v128_store##bits##_lane) {                                              \
        memcpy(at, (const uint8_t *)&fp[D] + LANE * sizeof(V##_T), sizeof(V##_T)); \
    }
LOAD_LANES(8, u8x16, 16)
LOAD_LANES(16, u16x8, 8)
LOAD_LANES(32, u32x4, 4)
LOAD_LANES(64, u64x2, 2)
MEMORY(v128_load32_zero) {
    uint32_t low;
    memcpy(&low, at, 4);
    fp[w->a] = low;
    fp[w->a + 1] = 0;
}
MEMORY(v128_load64_zero) {
    uint64_t low;
    memcpy(&low, at, 8);
    fp[w->a] = low;
    fp[w->a + 1] = 0;
}

/* ---- tables */
#define F(name) [GVM_WASM_OP_##name] = do_##name
const gvm_wasm_simd_fn gvm_wasm_simd_fns[GVM_WASM_OP_COUNT] = {
    F(i8x16_shuffle),
    F(i8x16_swizzle),
    F(i8x16_splat),
    F(i16x8_splat),
    F(i32x4_splat),
    F(i64x2_splat),
    F(f32x4_splat),
    F(f64x2_splat),
    F(i8x16_extract_lane_s),
    F(i8x16_extract_lane_u),
    F(i8x16_replace_lane),
    F(i16x8_extract_lane_s),
    F(i16x8_extract_lane_u),
    F(i16x8_replace_lane),
    F(i32x4_extract_lane),
    F(i32x4_replace_lane),
    F(i64x2_extract_lane),
    F(i64x2_replace_lane),
    F(f32x4_extract_lane),
    F(f32x4_replace_lane),
    F(f64x2_extract_lane),
    F(f64x2_replace_lane),
    F(i8x16_eq),
    F(i8x16_ne),
    F(i8x16_lt_s),
    F(i8x16_lt_u),
    F(i8x16_gt_s),
    F(i8x16_gt_u),
    F(i8x16_le_s),
    F(i8x16_le_u),
    F(i8x16_ge_s),
    F(i8x16_ge_u),
    F(i16x8_eq),
    F(i16x8_ne),
    F(i16x8_lt_s),
    F(i16x8_lt_u),
    F(i16x8_gt_s),
    F(i16x8_gt_u),
    F(i16x8_le_s),
    F(i16x8_le_u),
    F(i16x8_ge_s),
    F(i16x8_ge_u),
    F(i32x4_eq),
    F(i32x4_ne),
    F(i32x4_lt_s),
    F(i32x4_lt_u),
    F(i32x4_gt_s),
    F(i32x4_gt_u),
    F(i32x4_le_s),
    F(i32x4_le_u),
    F(i32x4_ge_s),
    F(i32x4_ge_u),
    F(f32x4_eq),
    F(f32x4_ne),
    F(f32x4_lt),
    F(f32x4_gt),
    F(f32x4_le),
    F(f32x4_ge),
    F(f64x2_eq),
    F(f64x2_ne),
    F(f64x2_lt),
    F(f64x2_gt),
    F(f64x2_le),
    F(f64x2_ge),
    F(v128_not),
    F(v128_and),
    F(v128_andnot),
    F(v128_or),
    F(v128_xor),
    F(v128_bitselect),
    F(v128_any_true),
    F(f32x4_demote_f64x2_zero),
    F(f64x2_promote_low_f32x4),
    F(i8x16_abs),
    F(i8x16_neg),
    F(i8x16_popcnt),
    F(i8x16_all_true),
    F(i8x16_bitmask),
    F(i8x16_narrow_i16x8_s),
    F(i8x16_narrow_i16x8_u),
    F(f32x4_ceil),
    F(f32x4_floor),
    F(f32x4_trunc),
    F(f32x4_nearest),
    F(i8x16_shl),
    F(i8x16_shr_s),
    F(i8x16_shr_u),
    F(i8x16_add),
    F(i8x16_add_sat_s),
    F(i8x16_add_sat_u),
    F(i8x16_sub),
    F(i8x16_sub_sat_s),
    F(i8x16_sub_sat_u),
    F(f64x2_ceil),
    F(f64x2_floor),
    F(i8x16_min_s),
    F(i8x16_min_u),
    F(i8x16_max_s),
    F(i8x16_max_u),
    F(f64x2_trunc),
    F(i8x16_avgr_u),
    F(i16x8_extadd_pairwise_i8x16_s),
    F(i16x8_extadd_pairwise_i8x16_u),
    F(i32x4_extadd_pairwise_i16x8_s),
    F(i32x4_extadd_pairwise_i16x8_u),
    F(i16x8_abs),
    F(i16x8_neg),
    F(i16x8_q15mulr_sat_s),
    F(i16x8_all_true),
    F(i16x8_bitmask),
    F(i16x8_narrow_i32x4_s),
    F(i16x8_narrow_i32x4_u),
    F(i16x8_extend_low_i8x16_s),
    F(i16x8_extend_high_i8x16_s),
    F(i16x8_extend_low_i8x16_u),
    F(i16x8_extend_high_i8x16_u),
    F(i16x8_shl),
    F(i16x8_shr_s),
    F(i16x8_shr_u),
    F(i16x8_add),
    F(i16x8_add_sat_s),
    F(i16x8_add_sat_u),
    F(i16x8_sub),
    F(i16x8_sub_sat_s),
    F(i16x8_sub_sat_u),
    F(f64x2_nearest),
    F(i16x8_mul),
    F(i16x8_min_s),
    F(i16x8_min_u),
    F(i16x8_max_s),
    F(i16x8_max_u),
    F(i16x8_avgr_u),
    F(i16x8_extmul_low_i8x16_s),
    F(i16x8_extmul_high_i8x16_s),
    F(i16x8_extmul_low_i8x16_u),
    F(i16x8_extmul_high_i8x16_u),
    F(i32x4_abs),
    F(i32x4_neg),
    F(i32x4_all_true),
    F(i32x4_bitmask),
    F(i32x4_extend_low_i16x8_s),
    F(i32x4_extend_high_i16x8_s),
    F(i32x4_extend_low_i16x8_u),
    F(i32x4_extend_high_i16x8_u),
    F(i32x4_shl),
    F(i32x4_shr_s),
    F(i32x4_shr_u),
    F(i32x4_add),
    F(i32x4_sub),
    F(i32x4_mul),
    F(i32x4_min_s),
    F(i32x4_min_u),
    F(i32x4_max_s),
    F(i32x4_max_u),
    F(i32x4_dot_i16x8_s),
    F(i32x4_extmul_low_i16x8_s),
    F(i32x4_extmul_high_i16x8_s),
    F(i32x4_extmul_low_i16x8_u),
    F(i32x4_extmul_high_i16x8_u),
    F(i64x2_abs),
    F(i64x2_neg),
    F(i64x2_all_true),
    F(i64x2_bitmask),
    F(i64x2_extend_low_i32x4_s),
    F(i64x2_extend_high_i32x4_s),
    F(i64x2_extend_low_i32x4_u),
    F(i64x2_extend_high_i32x4_u),
    F(i64x2_shl),
    F(i64x2_shr_s),
    F(i64x2_shr_u),
    F(i64x2_add),
    F(i64x2_sub),
    F(i64x2_mul),
    F(i64x2_eq),
    F(i64x2_ne),
    F(i64x2_lt_s),
    F(i64x2_gt_s),
    F(i64x2_le_s),
    F(i64x2_ge_s),
    F(i64x2_extmul_low_i32x4_s),
    F(i64x2_extmul_high_i32x4_s),
    F(i64x2_extmul_low_i32x4_u),
    F(i64x2_extmul_high_i32x4_u),
    F(f32x4_abs),
    F(f32x4_neg),
    F(f32x4_sqrt),
    F(f32x4_add),
    F(f32x4_sub),
    F(f32x4_mul),
    F(f32x4_div),
    F(f32x4_min),
    F(f32x4_max),
    F(f32x4_pmin),
    F(f32x4_pmax),
    F(f64x2_abs),
    F(f64x2_neg),
    F(f64x2_sqrt),
    F(f64x2_add),
    F(f64x2_sub),
    F(f64x2_mul),
    F(f64x2_div),
    F(f64x2_min),
    F(f64x2_max),
    F(f64x2_pmin),
    F(f64x2_pmax),
    F(i32x4_trunc_sat_f32x4_s),
    F(i32x4_trunc_sat_f32x4_u),
    F(f32x4_convert_i32x4_s),
    F(f32x4_convert_i32x4_u),
    F(i32x4_trunc_sat_f64x2_s_zero),
    F(i32x4_trunc_sat_f64x2_u_zero),
    F(f64x2_convert_low_i32x4_s),
    F(f64x2_convert_low_i32x4_u),
};
const gvm_wasm_simd_memory_fn gvm_wasm_simd_memory_fns[GVM_WASM_OP_COUNT] = {
    F(v128_load),         F(v128_load8x8_s),    F(v128_load8x8_u),    F(v128_load16x4_s),
    F(v128_load16x4_u),   F(v128_load32x2_s),   F(v128_load32x2_u),   F(v128_load8_splat),
    F(v128_load16_splat), F(v128_load32_splat), F(v128_load64_splat), F(v128_store),
    F(v128_load8_lane),   F(v128_load16_lane),  F(v128_load32_lane),  F(v128_load64_lane),
    F(v128_store8_lane),  F(v128_store16_lane), F(v128_store32_lane), F(v128_store64_lane),
    F(v128_load32_zero),  F(v128_load64_zero),
};
