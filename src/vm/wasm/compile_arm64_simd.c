/* The compiler for arm64: vector instructions. Most have an instruction of their own, which a table
 * names with its form; a few take two or three. A vector lies in two slots and, remembered, in one
 * register; v0 to v2 serve the instruction at hand. */
#include "vm/wasm/compile_arm64.h"

#if defined(__aarch64__)

enum { V0, V1, V2 };

/* The vector in the slot and the next. */
static unsigned get_vector(compiler *c, uint32_t slot) {
    unsigned i = gvm_wasm_bank_find(&c->floats, slot | GVM_WASM_WIDE);
    if (i != GVM_WASM_NOTHING) return i + VFIRST;
    unsigned r = take_v(c);
    gvm_arm64_mem(&c->b, GVM_ARM64_LDR_Q, r, FP, at(slot));
    c->floats.slots[r - VFIRST] = slot | GVM_WASM_WIDE;
    return r;
}
static void set_vector(compiler *c, uint32_t slot, unsigned r) {
    gvm_wasm_forget_slot(c, slot);
    gvm_wasm_forget_slot(c, slot + 1);
    gvm_arm64_mem(&c->b, GVM_ARM64_STR_Q, r, FP, at(slot));
    c->floats.slots[r - VFIRST] = slot | GVM_WASM_WIDE;
}
/* Uses x0. */
static void put_constant(compiler *c, unsigned d, uint64_t low, uint64_t high) {
    gvm_arm64_mov_imm(&c->b, X0, low);
    gvm_arm64_vdup(&c->b, 3, d, X0);
    if (high == low) return;
    gvm_arm64_mov_imm(&c->b, X0, high);
    gvm_arm64_vinsert(&c->b, 3, d, 1, X0);
}

/* How an operation is put together from the arm64 instruction in the table. */
typedef enum form {
    NOT_HERE,
    INT2,      /* op(b, c) */
    INT2_SWAP, /* op(c, b) */
    INT2_NOT,  /* not op(b, c) */
    INT1,
    FLOAT2, /* the same with float lanes: size 2 or 3 */
    FLOAT2_SWAP,
    FLOAT2_NOT,
    FLOAT1,
    CHOOSE,      /* lanes of c where op(b, c), else of b */
    CHOOSE_SWAP, /* op(c, b) */
    SHIFT_LEFT,
    SHIFT_RIGHT, /* to the left by a negative count */
    WIDEN,       /* by no shift */
    NARROW,      /* b to the lower half, c to the upper */
    ZERO_ABOVE,  /* op, whose second step narrows to half the lanes */
    ALL_TRUE,
    BITMASK
} form;

typedef struct recipe {
    uint32_t op;
    uint32_t then; /* NARROW, ZERO_ABOVE: the second instruction */
    uint8_t form, size;
} recipe;

#define R(name, form, op, size) [OP(name)] = {GVM_ARM64_V##op, 0, form, size}
#define COMPARE(shape, size)                                                       \
    R(shape##_eq, INT2, CMEQ, size), R(shape##_ne, INT2_NOT, CMEQ, size),          \
        R(shape##_gt_s, INT2, CMGT, size), R(shape##_lt_s, INT2_SWAP, CMGT, size), \
        R(shape##_ge_s, INT2, CMGE, size), R(shape##_le_s, INT2_SWAP, CMGE, size)
#define COMPARE_UNSIGNED(shape, size)                                          \
    R(shape##_gt_u, INT2, CMHI, size), R(shape##_lt_u, INT2_SWAP, CMHI, size), \
        R(shape##_ge_u, INT2, CMHS, size), R(shape##_le_u, INT2_SWAP, CMHS, size)
#define SUMS(shape, size)                                                                      \
    R(shape##_add, INT2, ADD, size), R(shape##_sub, INT2, SUB, size),                          \
        R(shape##_neg, INT1, NEG, size), R(shape##_abs, INT1, ABS, size),                      \
        R(shape##_shl, SHIFT_LEFT, SSHL, size), R(shape##_shr_s, SHIFT_RIGHT, SSHL, size),     \
        R(shape##_shr_u, SHIFT_RIGHT, USHL, size), R(shape##_all_true, ALL_TRUE, UMINV, size), \
        R(shape##_bitmask, BITMASK, SSHR, size)
#define EXTREMES(shape, size)                                               \
    R(shape##_min_s, INT2, SMIN, size), R(shape##_min_u, INT2, UMIN, size), \
        R(shape##_max_s, INT2, SMAX, size), R(shape##_max_u, INT2, UMAX, size)
#define SATURATING(shape, size)                                                           \
    R(shape##_add_sat_s, INT2, SQADD, size), R(shape##_add_sat_u, INT2, UQADD, size),     \
        R(shape##_sub_sat_s, INT2, SQSUB, size), R(shape##_sub_sat_u, INT2, UQSUB, size), \
        R(shape##_avgr_u, INT2, URHADD, size)
#define FROM(shape, narrow, size)                                 \
    R(shape##_extend_low_##narrow##_s, WIDEN, SSHLL, size),       \
        R(shape##_extend_high_##narrow##_s, WIDEN, SSHLL2, size), \
        R(shape##_extend_low_##narrow##_u, WIDEN, USHLL, size),   \
        R(shape##_extend_high_##narrow##_u, WIDEN, USHLL2, size), \
        R(shape##_extmul_low_##narrow##_s, INT2, SMULL, size),    \
        R(shape##_extmul_high_##narrow##_s, INT2, SMULL2, size),  \
        R(shape##_extmul_low_##narrow##_u, INT2, UMULL, size),    \
        R(shape##_extmul_high_##narrow##_u, INT2, UMULL2, size)
#define FLOATS(shape, size)                                                              \
    R(shape##_eq, FLOAT2, FCMEQ, size), R(shape##_ne, FLOAT2_NOT, FCMEQ, size),          \
        R(shape##_gt, FLOAT2, FCMGT, size), R(shape##_lt, FLOAT2_SWAP, FCMGT, size),     \
        R(shape##_ge, FLOAT2, FCMGE, size), R(shape##_le, FLOAT2_SWAP, FCMGE, size),     \
        R(shape##_add, FLOAT2, FADD, size), R(shape##_sub, FLOAT2, FSUB, size),          \
        R(shape##_mul, FLOAT2, FMUL, size), R(shape##_div, FLOAT2, FDIV, size),          \
        R(shape##_min, FLOAT2, FMIN, size), R(shape##_max, FLOAT2, FMAX, size),          \
        R(shape##_pmin, CHOOSE, FCMGT, size), R(shape##_pmax, CHOOSE_SWAP, FCMGT, size), \
        R(shape##_abs, FLOAT1, FABS, size), R(shape##_neg, FLOAT1, FNEG, size),          \
        R(shape##_sqrt, FLOAT1, FSQRT, size), R(shape##_nearest, FLOAT1, FRINTN, size),  \
        R(shape##_floor, FLOAT1, FRINTM, size), R(shape##_ceil, FLOAT1, FRINTP, size),   \
        R(shape##_trunc, FLOAT1, FRINTZ, size)
#define NARROWING(name, op, size) [OP(name)] = {GVM_ARM64_V##op, GVM_ARM64_V##op##2, NARROW, size}

static const recipe recipes[GVM_WASM_OP_COUNT] = {
    COMPARE(i8x16, 0),
    COMPARE(i16x8, 1),
    COMPARE(i32x4, 2),
    COMPARE(i64x2, 3),
    COMPARE_UNSIGNED(i8x16, 0),
    COMPARE_UNSIGNED(i16x8, 1),
    COMPARE_UNSIGNED(i32x4, 2),
    SUMS(i8x16, 0),
    SUMS(i16x8, 1),
    SUMS(i32x4, 2),
    SUMS(i64x2, 3),
    EXTREMES(i8x16, 0),
    EXTREMES(i16x8, 1),
    EXTREMES(i32x4, 2),
    SATURATING(i8x16, 0),
    SATURATING(i16x8, 1),
    FROM(i16x8, i8x16, 0),
    FROM(i32x4, i16x8, 1),
    FROM(i64x2, i32x4, 2),
    FLOATS(f32x4, 2),
    FLOATS(f64x2, 3),
    R(i16x8_mul, INT2, MUL, 1),
    R(i32x4_mul, INT2, MUL, 2),
    R(i16x8_q15mulr_sat_s, INT2, SQRDMULH, 1),
    R(i8x16_popcnt, INT1, CNT, 0),
    R(i16x8_extadd_pairwise_i8x16_s, INT1, SADDLP, 0),
    R(i16x8_extadd_pairwise_i8x16_u, INT1, UADDLP, 0),
    R(i32x4_extadd_pairwise_i16x8_s, INT1, SADDLP, 1),
    R(i32x4_extadd_pairwise_i16x8_u, INT1, UADDLP, 1),
    NARROWING(i8x16_narrow_i16x8_s, SQXTN, 0),
    NARROWING(i8x16_narrow_i16x8_u, SQXTUN, 0),
    NARROWING(i16x8_narrow_i32x4_s, SQXTN, 1),
    NARROWING(i16x8_narrow_i32x4_u, SQXTUN, 1),
    R(v128_and, INT2, AND, 0),
    R(v128_andnot, INT2, BIC, 0),
    R(v128_or, INT2, ORR, 0),
    R(v128_xor, INT2, EOR, 0),
    R(v128_not, INT1, NOT, 0),
    R(i8x16_swizzle, INT2, TBL, 0), /* 0 for an index out of range */
    R(i32x4_trunc_sat_f32x4_s, FLOAT1, FCVTZS, 2),
    R(i32x4_trunc_sat_f32x4_u, FLOAT1, FCVTZU, 2),
    R(f32x4_convert_i32x4_s, FLOAT1, SCVTF, 2),
    R(f32x4_convert_i32x4_u, FLOAT1, UCVTF, 2),
    R(f64x2_promote_low_f32x4, INT1, FCVTL, 1),
    R(f32x4_demote_f64x2_zero, INT1, FCVTN, 1),
    [OP(i32x4_trunc_sat_f64x2_s_zero)] = {GVM_ARM64_VFCVTZS, GVM_ARM64_VSQXTN, ZERO_ABOVE, 3},
    [OP(i32x4_trunc_sat_f64x2_u_zero)] = {GVM_ARM64_VFCVTZU, GVM_ARM64_VUQXTN, ZERO_ABOVE, 3},
};

static bool takes_two(form f) {
    return f == INT2 || f == INT2_SWAP || f == INT2_NOT || f == FLOAT2 || f == FLOAT2_SWAP ||
           f == FLOAT2_NOT || f == CHOOSE || f == CHOOSE_SWAP || f == NARROW;
}

/* d = lanes of x shifted by the count in slot `count`, to the right where it is negative. */
static void shift_lanes(compiler *c, const recipe *r, unsigned d, unsigned x, uint32_t count) {
    gvm_arm64_logic_imm(&c->b, false, GVM_ARM64_AND, X0, get(c, count), (8u << r->size) - 1);
    if (r->form == SHIFT_RIGHT) gvm_arm64_rrr(&c->b, true, GVM_ARM64_SUB, X0, ZR, X0);
    gvm_arm64_vdup(&c->b, r->size, V0, X0);
    gvm_arm64_vvv(&c->b, r->op, r->size, d, x, V0);
}

/* d, which is neither x nor y, becomes the result. */
static void put_together(compiler *c, const recipe *r, unsigned d, unsigned x, unsigned y) {
    gvm_buf *b = &c->b;
    bool wide = r->size == 3;
    switch (r->form) {
    case INT2: gvm_arm64_vvv(b, r->op, r->size, d, x, y); break;
    case INT2_SWAP: gvm_arm64_vvv(b, r->op, r->size, d, y, x); break;
    case INT2_NOT:
        gvm_arm64_vvv(b, r->op, r->size, d, x, y);
        gvm_arm64_vv(b, GVM_ARM64_VNOT, 0, d, d);
        break;
    case INT1: gvm_arm64_vv(b, r->op, r->size, d, x); break;
    case FLOAT2: gvm_arm64_vfff(b, wide, r->op, d, x, y); break;
    case FLOAT2_SWAP: gvm_arm64_vfff(b, wide, r->op, d, y, x); break;
    case FLOAT2_NOT:
        gvm_arm64_vfff(b, wide, r->op, d, x, y);
        gvm_arm64_vv(b, GVM_ARM64_VNOT, 0, d, d);
        break;
    case FLOAT1: gvm_arm64_vff(b, wide, r->op, d, x); break;
    case CHOOSE:
    case CHOOSE_SWAP: {
        bool swap = r->form == CHOOSE_SWAP;
        gvm_arm64_vfff(b, wide, r->op, d, swap ? y : x, swap ? x : y);
        gvm_arm64_vvv(b, GVM_ARM64_VBSL, 0, d, y, x);
        break;
    }
    case WIDEN: gvm_arm64_vshift(b, r->op, r->size, d, x, 0); break;
    case NARROW:
        gvm_arm64_vv(b, r->op, r->size, d, x);
        gvm_arm64_vv(b, r->then, r->size, d, y);
        break;
    default: /* ZERO_ABOVE */
        gvm_arm64_vff(b, wide, r->op, V0, x);
        gvm_arm64_vv(b, r->then, r->size - 1u, d, V0);
    }
}

static void compile_recipe(compiler *c, const gvm_wasm_word *p, const recipe *r) {
    unsigned x = get_vector(c, p->b), y = takes_two(r->form) ? get_vector(c, p->c) : x;
    unsigned d = take_v(c);
    if (r->form == SHIFT_LEFT || r->form == SHIFT_RIGHT)
        shift_lanes(c, r, d, x, p->c);
    else
        put_together(c, r, d, x, y);
    set_vector(c, p->a, d);
}

/* ---- results that are numbers */

static void set_nonzero(compiler *c, uint32_t slot) {
    unsigned d = take(c);
    gvm_arm64_cset(&c->b, d, GVM_ARM64_NE);
    set(c, slot, d);
}

static void compile_any_true(compiler *c, const gvm_wasm_word *p) {
    load(c, X0, FP, at(p->b));
    load(c, X1, FP, at(p->b + 1u));
    gvm_arm64_rrr(&c->b, true, GVM_ARM64_ORR, X0, X0, X1);
    gvm_arm64_add_imm(&c->b, true, GVM_ARM64_SUBS, ZR, X0, 0);
    set_nonzero(c, p->a);
}

/* The least lane is not zero. */
static void compile_all_true(compiler *c, const gvm_wasm_word *p, unsigned size) {
    if (size == 3) { /* the flags are those of `zero` where the first lane is */
        load(c, X0, FP, at(p->b));
        load(c, X1, FP, at(p->b + 1u));
        gvm_arm64_add_imm(&c->b, true, GVM_ARM64_SUBS, ZR, X0, 0);
        gvm_arm64_ccmp_imm(&c->b, true, X1, 0, 4, GVM_ARM64_NE);
    } else {
        gvm_arm64_vv(&c->b, GVM_ARM64_VUMINV, size, V0, get_vector(c, p->b));
        gvm_arm64_vextract(&c->b, 2, X0, V0, 0);
        gvm_arm64_add_imm(&c->b, false, GVM_ARM64_SUBS, ZR, X0, 0);
    }
    set_nonzero(c, p->a);
}

/* Each lane's sign as a bit of its own in the lane, then their sum. */
static void compile_bitmask(compiler *c, const gvm_wasm_word *p, unsigned size) {
    gvm_buf *b = &c->b;
    static const uint64_t weights[3][2] = {{0x8040201008040201, 0x8040201008040201},
                                           {0x0008000400020001, 0x0080004000200010},
                                           {0x0000000200000001, 0x0000000800000004}};
    unsigned d = take(c);
    if (size == 3) {
        load(c, X0, FP, at(p->b));
        load(c, X1, FP, at(p->b + 1u));
        gvm_arm64_shift_imm(b, true, GVM_ARM64_LSR, X0, X0, 63);
        gvm_arm64_shift_imm(b, true, GVM_ARM64_LSR, X1, X1, 63);
        gvm_arm64_shifted(b, true, GVM_ARM64_ORR, d, X0, X1, 0, 1);
        set(c, p->a, d);
        return;
    }
    gvm_arm64_vshift(b, GVM_ARM64_VSSHR, size, V0, get_vector(c, p->b), (8u << size) - 1);
    put_constant(c, V1, weights[size][0], weights[size][1]);
    gvm_arm64_vvv(b, GVM_ARM64_VAND, 0, V0, V0, V1);
    if (size == 0) { /* two bytes: pairs, fours, eights */
        for (unsigned i = 0; i < 3; i++) gvm_arm64_vvv(b, GVM_ARM64_VADDP, 0, V0, V0, V0);
        gvm_arm64_vextract(b, 1, d, V0, 0);
    } else {
        gvm_arm64_vv(b, GVM_ARM64_VADDV, size, V0, V0);
        gvm_arm64_vextract(b, 2, d, V0, 0); /* the lane is alone */
    }
    set(c, p->a, d);
}

/* ---- lanes */

static unsigned size_of(uint16_t op) {
    switch (op) {
    case OP(i8x16_splat):
    case OP(i8x16_extract_lane_s):
    case OP(i8x16_extract_lane_u):
    case OP(i8x16_replace_lane): return 0;
    case OP(i16x8_splat):
    case OP(i16x8_extract_lane_s):
    case OP(i16x8_extract_lane_u):
    case OP(i16x8_replace_lane): return 1;
    case OP(i64x2_splat):
    case OP(f64x2_splat):
    case OP(i64x2_extract_lane):
    case OP(f64x2_extract_lane):
    case OP(i64x2_replace_lane):
    case OP(f64x2_replace_lane): return 3;
    default: return 2;
    }
}

static const uint32_t loads[4] = {GVM_ARM64_LDRB, GVM_ARM64_LDRH, GVM_ARM64_LDR_W, GVM_ARM64_LDR_X};
static const uint32_t stores[4] = {GVM_ARM64_STRB, GVM_ARM64_STRH, GVM_ARM64_STR_W,
                                   GVM_ARM64_STR_X};

static void compile_extract(compiler *c, const gvm_wasm_word *p) {
    unsigned size = size_of(p[1].op), lane = p[1].b, d = take(c);
    bool is_signed = p[1].op == OP(i8x16_extract_lane_s) || p[1].op == OP(i16x8_extract_lane_s);
    unsigned x = get_vector(c, p->b);
    if (is_signed)
        gvm_arm64_vextract_signed(&c->b, false, size, d, x, lane);
    else
        gvm_arm64_vextract(&c->b, size, d, x, lane);
    set(c, p->a, d);
}

/* A copy, where the original stays remembered. */
static unsigned copy_of(compiler *c, uint32_t slot) {
    unsigned x = get_vector(c, slot), d = take_v(c);
    gvm_arm64_vvv(&c->b, GVM_ARM64_VORR, 0, d, x, x);
    return d;
}

static void compile_replace(compiler *c, const gvm_wasm_word *p) {
    unsigned d = copy_of(c, p->b);
    gvm_arm64_vinsert(&c->b, size_of(p[1].op), d, p[1].b, get(c, p->c));
    set_vector(c, p->a, d);
}

static void compile_splat(compiler *c, const gvm_wasm_word *p) {
    unsigned x = get(c, p->b), d = take_v(c);
    gvm_arm64_vdup(&c->b, size_of(p[1].op), d, x);
    set_vector(c, p->a, d);
}

static void compile_shuffle(compiler *c, const gvm_wasm_word *p) {
    gvm_buf *b = &c->b;
    unsigned x = get_vector(c, p->b), y = get_vector(c, p->c), d = take_v(c);
    put_constant(c, V2, p[2].u64, p[3].u64);
    gvm_arm64_vvv(b, GVM_ARM64_VORR, 0, V0, x, x); /* both beside each other */
    gvm_arm64_vvv(b, GVM_ARM64_VORR, 0, V1, y, y);
    gvm_arm64_vvv(b, GVM_ARM64_VTBL2, 0, d, V0, V2);
    set_vector(c, p->a, d);
}

/* ---- the rest */

static void compile_bitselect(compiler *c, const gvm_wasm_word *p) {
    unsigned x = get_vector(c, p->b), y = get_vector(c, p->c), d = copy_of(c, p[1].a);
    gvm_arm64_vvv(&c->b, GVM_ARM64_VBSL, 0, d, x, y);
    set_vector(c, p->a, d);
}

static void compile_dot(compiler *c, const gvm_wasm_word *p) {
    unsigned x = get_vector(c, p->b), y = get_vector(c, p->c), d = take_v(c);
    gvm_arm64_vvv(&c->b, GVM_ARM64_VSMULL, 1, V0, x, y);
    gvm_arm64_vvv(&c->b, GVM_ARM64_VSMULL2, 1, V1, x, y);
    gvm_arm64_vvv(&c->b, GVM_ARM64_VADDP, 2, d, V0, V1);
    set_vector(c, p->a, d);
}

static void compile_mul_long(compiler *c, const gvm_wasm_word *p) {
    gvm_buf *b = &c->b;
    unsigned x = get_vector(c, p->b), y = get_vector(c, p->c), d = take_v(c);
    for (unsigned i = 0; i < 2; i++) {
        gvm_arm64_vextract(b, 3, X0, x, i);
        gvm_arm64_vextract(b, 3, X1, y, i);
        gvm_arm64_rrr(b, true, GVM_ARM64_MUL, X0, X0, X1);
        gvm_arm64_vinsert(b, 3, d, i, X0);
    }
    set_vector(c, p->a, d);
}

/* Doubles of the lower two lanes. */
static void compile_convert_low(compiler *c, const gvm_wasm_word *p, bool is_signed) {
    unsigned x = get_vector(c, p->b), d = take_v(c);
    gvm_arm64_vshift(&c->b, is_signed ? GVM_ARM64_VSSHLL : GVM_ARM64_VUSHLL, 2, d, x, 0);
    gvm_arm64_vff(&c->b, true, is_signed ? GVM_ARM64_VSCVTF : GVM_ARM64_VUCVTF, d, d);
    set_vector(c, p->a, d);
}

void gvm_wasm_arm64_simd(compiler *c, uint32_t w) {
    const gvm_wasm_word *p = &c->m->words.at[w];
    const recipe *r = &recipes[p[1].op];
    switch (r->form) {
    case NOT_HERE: break;
    case ALL_TRUE: compile_all_true(c, p, r->size); return;
    case BITMASK: compile_bitmask(c, p, r->size); return;
    default: compile_recipe(c, p, r); return;
    }
    switch (p[1].op) {
    case OP(i8x16_splat):
    case OP(i16x8_splat):
    case OP(i32x4_splat):
    case OP(i64x2_splat):
    case OP(f32x4_splat):
    case OP(f64x2_splat): compile_splat(c, p); return;
    case OP(i8x16_extract_lane_s):
    case OP(i8x16_extract_lane_u):
    case OP(i16x8_extract_lane_s):
    case OP(i16x8_extract_lane_u):
    case OP(i32x4_extract_lane):
    case OP(i64x2_extract_lane):
    case OP(f32x4_extract_lane):
    case OP(f64x2_extract_lane): compile_extract(c, p); return;
    case OP(i8x16_replace_lane):
    case OP(i16x8_replace_lane):
    case OP(i32x4_replace_lane):
    case OP(i64x2_replace_lane):
    case OP(f32x4_replace_lane):
    case OP(f64x2_replace_lane): compile_replace(c, p); return;
    case OP(i8x16_shuffle): compile_shuffle(c, p); return;
    case OP(v128_bitselect): compile_bitselect(c, p); return;
    case OP(v128_any_true): compile_any_true(c, p); return;
    case OP(i32x4_dot_i16x8_s): compile_dot(c, p); return;
    case OP(f64x2_convert_low_i32x4_s): compile_convert_low(c, p, true); return;
    case OP(f64x2_convert_low_i32x4_u): compile_convert_low(c, p, false); return;
    case OP(i64x2_mul): compile_mul_long(c, p); return;
    default: GVM_ASSERT(r == NULL); /* nothing else is a vector instruction */
    }
}

/* ---- memory */

/* x2 becomes the address of `bytes` bytes, which are there. */
static void vector_address(compiler *c, uint32_t w) {
    const gvm_wasm_word *p = &c->m->words.at[w];
    unsigned x = gvm_wasm_arm64_address(c, w, p->b, p[1].c);
    gvm_arm64_rrr(&c->b, true, GVM_ARM64_ADD, X2, MEM, x);
    if (p->c != 0) gvm_arm64_add_imm(&c->b, true, GVM_ARM64_ADD, X2, X2, p->c);
}

static unsigned log2_of(uint32_t bytes) {
    return (unsigned)__builtin_ctz(bytes);
}

/* Eight bytes to lanes twice as wide: as an extension of the lower half. */
static void extend(compiler *c, uint16_t op, unsigned d) {
    bool is_signed =
        op == OP(v128_load8x8_s) || op == OP(v128_load16x4_s) || op == OP(v128_load32x2_s);
    unsigned size = op == OP(v128_load8x8_s) || op == OP(v128_load8x8_u)     ? 0
                    : op == OP(v128_load16x4_s) || op == OP(v128_load16x4_u) ? 1
                                                                             : 2;
    gvm_arm64_vshift(&c->b, is_signed ? GVM_ARM64_VSSHLL : GVM_ARM64_VUSHLL, size, d, d, 0);
}

static void compile_store(compiler *c, const gvm_wasm_word *p, unsigned size) {
    unsigned x = get_vector(c, p[1].a);
    gvm_wasm_arm64_before_store(c, X2, 0, p[1].c);
    if (p[1].op == OP(v128_store)) {
        gvm_arm64_mem(&c->b, GVM_ARM64_STR_Q, x, X2, 0);
    } else {
        gvm_arm64_vextract(&c->b, size, X0, x, p[1].b);
        gvm_arm64_mem(&c->b, stores[size], X0, X2, 0);
    }
}

void gvm_wasm_arm64_simd_memory(compiler *c, uint32_t w) {
    gvm_buf *b = &c->b;
    const gvm_wasm_word *p = &c->m->words.at[w];
    unsigned size = log2_of(p[1].c), d;
    vector_address(c, w);
    switch (p[1].op) {
    case OP(v128_store):
    case OP(v128_store8_lane):
    case OP(v128_store16_lane):
    case OP(v128_store32_lane):
    case OP(v128_store64_lane): compile_store(c, p, size); return;
    case OP(v128_load8_lane):
    case OP(v128_load16_lane):
    case OP(v128_load32_lane):
    case OP(v128_load64_lane):
        gvm_arm64_mem(b, loads[size], X0, X2, 0);
        d = copy_of(c, p[1].a);
        gvm_arm64_vinsert(b, size, d, p[1].b, X0);
        break;
    case OP(v128_load8_splat):
    case OP(v128_load16_splat):
    case OP(v128_load32_splat):
    case OP(v128_load64_splat):
        gvm_arm64_mem(b, loads[size], X0, X2, 0);
        gvm_arm64_vdup(b, size, d = take_v(c), X0);
        break;
    case OP(v128_load): gvm_arm64_mem(b, GVM_ARM64_LDR_Q, d = take_v(c), X2, 0); break;
    case OP(v128_load32_zero): gvm_arm64_mem(b, GVM_ARM64_LDR_S, d = take_v(c), X2, 0); break;
    case OP(v128_load64_zero): gvm_arm64_mem(b, GVM_ARM64_LDR_D, d = take_v(c), X2, 0); break;
    default: gvm_arm64_mem(b, GVM_ARM64_LDR_D, d = take_v(c), X2, 0); extend(c, p[1].op, d);
    }
    set_vector(c, p->a, d);
}

/* ---- moves */

static void compile_select(compiler *c, const gvm_wasm_word *p) {
    unsigned k = get(c, p[1].op), d = take_v(c);
    gvm_arm64_add_imm(&c->b, true, GVM_ARM64_ADD, X0, FP, at(p->b));
    gvm_arm64_add_imm(&c->b, true, GVM_ARM64_ADD, X1, FP, at(p->c));
    gvm_arm64_add_imm(&c->b, false, GVM_ARM64_SUBS, ZR, k, 0);
    gvm_arm64_select(&c->b, true, GVM_ARM64_CSEL, X0, X0, X1, GVM_ARM64_NE);
    gvm_arm64_mem(&c->b, GVM_ARM64_LDR_Q, d, X0, 0);
    set_vector(c, p->a, d);
}

uint32_t gvm_wasm_arm64_vector_move(compiler *c, uint32_t w) {
    const gvm_wasm_word *p = &c->m->words.at[w];
    unsigned d;
    switch (p->op) {
    case IOP(copy2): set_vector(c, p->a, copy_of(c, p->b)); return 1;
    case OP(v128_const):
        d = take_v(c);
        put_constant(c, d, p[1].u64, p[2].u64);
        set_vector(c, p->a, d);
        return 3;
    case IOP(select2): compile_select(c, p); return 2;
    case IOP(global_get2):
        load(c, X0, INST, I(globals));
        load(c, X0, X0, at(p->index));
        gvm_arm64_mem(&c->b, GVM_ARM64_LDR_Q, d = take_v(c), X0, 0);
        set_vector(c, p->a, d);
        return 1;
    case IOP(global_set2):
        load(c, X0, INST, I(globals));
        load(c, X0, X0, at(p->index));
        gvm_arm64_mem(&c->b, GVM_ARM64_STR_Q, get_vector(c, p->a), X0, 0);
        return 1;
    default: return 0;
    }
}

#endif
