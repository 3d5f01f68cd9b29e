/* The compiler for arm64: vector instructions. Most have an instruction of their own, which a table
 * names with its form; a few take two or three; i64x2.mul stays with C. Operands come from their
 * slots and results go there: vectors are not remembered. */
#include "vm/wasm/compile_arm64.h"

#if defined(__aarch64__)

enum { V0, V1, V2, V3 }; /* operands b, c, d, and one more */

static void load_vector(compiler *c, unsigned v, uint32_t slot) {
    gvm_arm64_mem(&c->b, GVM_ARM64_LDR_Q, v, FP, at(slot));
}
static void set_vector(compiler *c, uint32_t slot, unsigned v) {
    gvm_wasm_forget_slot(c, slot);
    gvm_wasm_forget_slot(c, slot + 1);
    gvm_arm64_mem(&c->b, GVM_ARM64_STR_Q, v, FP, at(slot));
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

/* Lanes of v0 shifted by the count in slot `count`, to the right where it is negative. */
static void shift_lanes(compiler *c, const recipe *r, uint32_t count) {
    gvm_arm64_logic_imm(&c->b, false, GVM_ARM64_AND, X0, get(c, count), (8u << r->size) - 1);
    if (r->form == SHIFT_RIGHT) gvm_arm64_rrr(&c->b, true, GVM_ARM64_SUB, X0, ZR, X0);
    gvm_arm64_vdup(&c->b, r->size, V1, X0);
    gvm_arm64_vvv(&c->b, r->op, r->size, V0, V0, V1);
}

/* Both operands are loaded; the result comes into v0. */
static void vector_result(compiler *c, const recipe *r, uint32_t count) {
    gvm_buf *b = &c->b;
    bool wide = r->size == 3;
    switch (r->form) {
    case INT2: gvm_arm64_vvv(b, r->op, r->size, V0, V0, V1); break;
    case INT2_SWAP: gvm_arm64_vvv(b, r->op, r->size, V0, V1, V0); break;
    case INT2_NOT:
        gvm_arm64_vvv(b, r->op, r->size, V0, V0, V1);
        gvm_arm64_vv(b, GVM_ARM64_VNOT, 0, V0, V0);
        break;
    case INT1: gvm_arm64_vv(b, r->op, r->size, V0, V0); break;
    case FLOAT2: gvm_arm64_vfff(b, wide, r->op, V0, V0, V1); break;
    case FLOAT2_SWAP: gvm_arm64_vfff(b, wide, r->op, V0, V1, V0); break;
    case FLOAT2_NOT:
        gvm_arm64_vfff(b, wide, r->op, V0, V0, V1);
        gvm_arm64_vv(b, GVM_ARM64_VNOT, 0, V0, V0);
        break;
    case FLOAT1: gvm_arm64_vff(b, wide, r->op, V0, V0); break;
    case CHOOSE:
    case CHOOSE_SWAP: {
        bool swap = r->form == CHOOSE_SWAP;
        gvm_arm64_vfff(b, wide, r->op, V2, swap ? V1 : V0, swap ? V0 : V1);
        gvm_arm64_vvv(b, GVM_ARM64_VBSL, 0, V2, V1, V0);
        gvm_arm64_vvv(b, GVM_ARM64_VORR, 0, V0, V2, V2);
        break;
    }
    case WIDEN: gvm_arm64_vshift(b, r->op, r->size, V0, V0, 0); break;
    case NARROW:
        gvm_arm64_vv(b, r->op, r->size, V0, V0);
        gvm_arm64_vv(b, r->then, r->size, V0, V1);
        break;
    case ZERO_ABOVE:
        gvm_arm64_vff(b, wide, r->op, V0, V0);
        gvm_arm64_vv(b, r->then, r->size - 1u, V0, V0);
        break;
    default: shift_lanes(c, r, count);
    }
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
        load_vector(c, V0, p->b);
        gvm_arm64_vv(&c->b, GVM_ARM64_VUMINV, size, V0, V0);
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
    load_vector(c, V0, p->b);
    gvm_arm64_vshift(b, GVM_ARM64_VSSHR, size, V0, V0, (8u << size) - 1);
    for (unsigned i = 0; i < 2; i++) {
        gvm_arm64_mov_imm(b, X0, weights[size][i]);
        gvm_arm64_vinsert(b, 3, V1, i, X0);
    }
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

/* From the slot: a vector is never anywhere else. */
static void extract_lane(compiler *c, unsigned d, uint32_t op, uint32_t slot, unsigned size,
                         unsigned lane) {
    gvm_arm64_mem(&c->b, op, d, FP, at(slot) + (int32_t)(lane << size));
}

static void compile_extract(compiler *c, const gvm_wasm_word *p) {
    unsigned size = size_of(p[1].op), d = take(c);
    uint32_t op = p[1].op == OP(i8x16_extract_lane_s)   ? GVM_ARM64_LDRSBW
                  : p[1].op == OP(i16x8_extract_lane_s) ? GVM_ARM64_LDRSHW
                                                        : loads[size];
    extract_lane(c, d, op, p->b, size, p[1].b);
    set(c, p->a, d);
}

static void compile_replace(compiler *c, const gvm_wasm_word *p) {
    load_vector(c, V0, p->b);
    gvm_arm64_vinsert(&c->b, size_of(p[1].op), V0, p[1].b, get(c, p->c));
    set_vector(c, p->a, V0);
}

static void compile_splat(compiler *c, const gvm_wasm_word *p) {
    gvm_arm64_vdup(&c->b, size_of(p[1].op), V0, get(c, p->b));
    set_vector(c, p->a, V0);
}

static void compile_shuffle(compiler *c, const gvm_wasm_word *p) {
    load_vector(c, V0, p->b);
    load_vector(c, V1, p->c);
    for (unsigned i = 0; i < 2; i++) {
        gvm_arm64_mov_imm(&c->b, X0, p[2 + i].u64);
        gvm_arm64_vinsert(&c->b, 3, V2, i, X0);
    }
    gvm_arm64_vvv(&c->b, GVM_ARM64_VTBL2, 0, V0, V0, V2);
    set_vector(c, p->a, V0);
}

/* ---- the rest */

static void compile_bitselect(compiler *c, const gvm_wasm_word *p) {
    load_vector(c, V0, p->b);
    load_vector(c, V1, p->c);
    load_vector(c, V2, p[1].a);
    gvm_arm64_vvv(&c->b, GVM_ARM64_VBSL, 0, V2, V0, V1);
    set_vector(c, p->a, V2);
}

static void compile_dot(compiler *c, const gvm_wasm_word *p) {
    load_vector(c, V0, p->b);
    load_vector(c, V1, p->c);
    gvm_arm64_vvv(&c->b, GVM_ARM64_VSMULL, 1, V2, V0, V1);
    gvm_arm64_vvv(&c->b, GVM_ARM64_VSMULL2, 1, V3, V0, V1);
    gvm_arm64_vvv(&c->b, GVM_ARM64_VADDP, 2, V0, V2, V3);
    set_vector(c, p->a, V0);
}

/* Doubles of the lower two lanes. */
static void compile_convert_low(compiler *c, const gvm_wasm_word *p, bool is_signed) {
    load_vector(c, V0, p->b);
    gvm_arm64_vshift(&c->b, is_signed ? GVM_ARM64_VSSHLL : GVM_ARM64_VUSHLL, 2, V0, V0, 0);
    gvm_arm64_vff(&c->b, true, is_signed ? GVM_ARM64_VSCVTF : GVM_ARM64_VUCVTF, V0, V0);
    set_vector(c, p->a, V0);
}

bool gvm_wasm_arm64_simd(compiler *c, uint32_t w) {
    const gvm_wasm_word *p = &c->m->words.at[w];
    const recipe *r = &recipes[p[1].op];
    switch (r->form) {
    case NOT_HERE: break;
    case ALL_TRUE: compile_all_true(c, p, r->size); return true;
    case BITMASK: compile_bitmask(c, p, r->size); return true;
    default:
        load_vector(c, V0, p->b);
        if (takes_two(r->form)) load_vector(c, V1, p->c);
        vector_result(c, r, p->c);
        set_vector(c, p->a, V0);
        return true;
    }
    switch (p[1].op) {
    case OP(i8x16_splat):
    case OP(i16x8_splat):
    case OP(i32x4_splat):
    case OP(i64x2_splat):
    case OP(f32x4_splat):
    case OP(f64x2_splat): compile_splat(c, p); return true;
    case OP(i8x16_extract_lane_s):
    case OP(i8x16_extract_lane_u):
    case OP(i16x8_extract_lane_s):
    case OP(i16x8_extract_lane_u):
    case OP(i32x4_extract_lane):
    case OP(i64x2_extract_lane):
    case OP(f32x4_extract_lane):
    case OP(f64x2_extract_lane): compile_extract(c, p); return true;
    case OP(i8x16_replace_lane):
    case OP(i16x8_replace_lane):
    case OP(i32x4_replace_lane):
    case OP(i64x2_replace_lane):
    case OP(f32x4_replace_lane):
    case OP(f64x2_replace_lane): compile_replace(c, p); return true;
    case OP(i8x16_shuffle): compile_shuffle(c, p); return true;
    case OP(v128_bitselect): compile_bitselect(c, p); return true;
    case OP(v128_any_true): compile_any_true(c, p); return true;
    case OP(i32x4_dot_i16x8_s): compile_dot(c, p); return true;
    case OP(f64x2_convert_low_i32x4_s): compile_convert_low(c, p, true); return true;
    case OP(f64x2_convert_low_i32x4_u): compile_convert_low(c, p, false); return true;
    default: return false;
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

void gvm_wasm_arm64_simd_memory(compiler *c, uint32_t w) {
    gvm_buf *b = &c->b;
    const gvm_wasm_word *p = &c->m->words.at[w];
    unsigned size = log2_of(p[1].c);
    vector_address(c, w);
    switch (p[1].op) {
    case OP(v128_load): gvm_arm64_mem(b, GVM_ARM64_LDR_Q, V0, X2, 0); break;
    case OP(v128_load32_zero): gvm_arm64_mem(b, GVM_ARM64_LDR_S, V0, X2, 0); break;
    case OP(v128_load64_zero): gvm_arm64_mem(b, GVM_ARM64_LDR_D, V0, X2, 0); break;
    case OP(v128_load8_splat):
    case OP(v128_load16_splat):
    case OP(v128_load32_splat):
    case OP(v128_load64_splat):
        gvm_arm64_mem(b, loads[size], X0, X2, 0);
        gvm_arm64_vdup(b, size, V0, X0);
        break;
    case OP(v128_load8_lane):
    case OP(v128_load16_lane):
    case OP(v128_load32_lane):
    case OP(v128_load64_lane):
        gvm_arm64_mem(b, loads[size], X0, X2, 0);
        load_vector(c, V0, p[1].a);
        gvm_arm64_vinsert(b, size, V0, p[1].b, X0);
        break;
    case OP(v128_store):
        load_vector(c, V0, p[1].a);
        gvm_wasm_arm64_before_store(c, X2, 0, 16);
        gvm_arm64_mem(b, GVM_ARM64_STR_Q, V0, X2, 0);
        return;
    case OP(v128_store8_lane):
    case OP(v128_store16_lane):
    case OP(v128_store32_lane):
    case OP(v128_store64_lane):
        extract_lane(c, X0, loads[size], p[1].a, size, p[1].b);
        gvm_wasm_arm64_before_store(c, X2, 0, p[1].c);
        gvm_arm64_mem(b, stores[size], X0, X2, 0);
        return;
    default: { /* eight bytes to lanes twice as wide */
        bool is_signed = p[1].op == OP(v128_load8x8_s) || p[1].op == OP(v128_load16x4_s) ||
                         p[1].op == OP(v128_load32x2_s);
        unsigned lanes = p[1].op == OP(v128_load8x8_s) || p[1].op == OP(v128_load8x8_u)     ? 0
                         : p[1].op == OP(v128_load16x4_s) || p[1].op == OP(v128_load16x4_u) ? 1
                                                                                            : 2;
        gvm_arm64_mem(b, GVM_ARM64_LDR_D, V0, X2, 0);
        gvm_arm64_vshift(b, is_signed ? GVM_ARM64_VSSHLL : GVM_ARM64_VUSHLL, lanes, V0, V0, 0);
    }
    }
    set_vector(c, p->a, V0);
}

#endif
