/* The compiler for arm64: instructions that make a value from values, loads and stores, and
 * comparisons with the branches that use them. */
#include "vm/wasm/compile_arm64.h"
#include "vm/wasm/number.h"

#if defined(__aarch64__)

#define V0 0
#define V1 1

/* ---- memory */

/* Guard pages stop what is out of bounds where the instance has them. Elsewhere a comparison does,
 * and the address is made 0 without a branch, in case the processor guesses wrongly. */
unsigned gvm_wasm_arm64_address(compiler *c, uint32_t w, uint32_t slot, uint32_t bytes) {
    unsigned x = get(c, slot);
    if (c->form == GVM_WASM_GUARDED) return x;
    gvm_arm64_add_imm(&c->b, true, GVM_ARM64_ADD, X0, x, c->m->words.at[w].c + bytes);
    gvm_arm64_rrr(&c->b, true, GVM_ARM64_SUBS, ZR, X0, BYTES);
    gvm_arm64_select(&c->b, true, GVM_ARM64_CSEL, X1, x, ZR, GVM_ARM64_LS);
    trap_if(c, GVM_ARM64_HI, w, GVM_WASM_TRAP_MEMORY_BOUNDS);
    return X1;
}

/* A store that is partly out of bounds writes nothing; but one that faults in its second page may
 * have written to its first. So its last byte is touched before. */
void gvm_wasm_arm64_before_store(compiler *c, unsigned base, uint32_t offset, uint32_t bytes) {
    if (c->form == GVM_WASM_GUARDED && bytes > 1)
        gvm_arm64_mem(&c->b, GVM_ARM64_LDRB, ZR, base, (int32_t)(offset + bytes - 1));
}

/* op r, [memory + x + offset] */
static void access_memory(compiler *c, uint32_t op, unsigned r, unsigned x, uint32_t offset) {
    if (offset == 0) {
        gvm_arm64_index(&c->b, op, r, MEM, x, false);
    } else {
        gvm_arm64_rrr(&c->b, true, GVM_ARM64_ADD, X0, MEM, x);
        gvm_arm64_mem(&c->b, op, r, X0, (int32_t)offset);
    }
}

static void compile_load(compiler *c, uint32_t w, uint32_t bytes, uint32_t op) {
    const gvm_wasm_word *p = &c->m->words.at[w];
    unsigned x = gvm_wasm_arm64_address(c, w, p->b, bytes), d = take(c);
    access_memory(c, op, d, x, p->c);
    set(c, p->a, d);
}
static void compile_load_float(compiler *c, uint32_t w, uint32_t bytes, uint32_t op) {
    const gvm_wasm_word *p = &c->m->words.at[w];
    unsigned x = gvm_wasm_arm64_address(c, w, p->b, bytes), d = take_v(c);
    access_memory(c, op, d, x, p->c);
    set_v(c, p->a, d);
}

/* The value may be in either kind of register; `float_op` is 0 where no float has that size. */
static void compile_store(compiler *c, uint32_t w, uint32_t bytes, uint32_t op, uint32_t float_op) {
    const gvm_wasm_word *p = &c->m->words.at[w];
    unsigned x = gvm_wasm_arm64_address(c, w, p->a, bytes);
    bool is_d = float_op != 0 && is_float(c, p->b);
    unsigned v = is_d ? get_v(c, p->b) : get(c, p->b);
    if (c->form == GVM_WASM_GUARDED && bytes > 1) {
        gvm_arm64_rrr(&c->b, true, GVM_ARM64_ADD, X0, MEM, x);
        gvm_wasm_arm64_before_store(c, X0, p->c, bytes);
        gvm_arm64_mem(&c->b, is_d ? float_op : op, v, X0, p->c);
    } else {
        access_memory(c, is_d ? float_op : op, v, x, p->c);
    }
}

/* ---- integers */

static void compile_alu(compiler *c, const gvm_wasm_word *p, bool wide, uint32_t op) {
    unsigned x = get(c, p->b), y = get(c, p->c), d = take(c);
    gvm_arm64_rrr(&c->b, wide, op, d, x, y);
    set(c, p->a, d);
}
static void compile_add_imm(compiler *c, const gvm_wasm_word *p, bool wide, uint32_t op,
                            int64_t imm) {
    unsigned x = get(c, p->b), d = take(c);
    gvm_arm64_add_imm(&c->b, wide, op, d, x, imm);
    set(c, p->a, d);
}
static void compile_logic_imm(compiler *c, const gvm_wasm_word *p, bool wide, uint32_t op,
                              int64_t imm) {
    unsigned x = get(c, p->b), d = take(c);
    gvm_arm64_logic_imm(&c->b, wide, op, d, x, (uint64_t)imm);
    set(c, p->a, d);
}
static void compile_mul_imm(compiler *c, const gvm_wasm_word *p, bool wide, int64_t imm) {
    unsigned x = get(c, p->b), d = take(c);
    gvm_arm64_mov_imm(&c->b, X0, wide ? (uint64_t)imm : (uint32_t)imm);
    gvm_arm64_rrr(&c->b, wide, GVM_ARM64_MUL, d, x, X0);
    set(c, p->a, d);
}
/* To the left by y is to the right by -y. */
static void compile_rotl(compiler *c, const gvm_wasm_word *p, bool wide) {
    unsigned x = get(c, p->b), y = get(c, p->c), d = take(c);
    gvm_arm64_rrr(&c->b, wide, GVM_ARM64_SUB, X0, ZR, y);
    gvm_arm64_rrr(&c->b, wide, GVM_ARM64_ROR, d, x, X0);
    set(c, p->a, d);
}
static void compile_shift_imm(compiler *c, const gvm_wasm_word *p, bool wide, uint32_t op,
                              uint32_t amount) {
    unsigned x = get(c, p->b), d = take(c);
    gvm_arm64_shift_imm(&c->b, wide, op, d, x, amount & (wide ? 63 : 31));
    set(c, p->a, d);
}
static void compile_unary(compiler *c, const gvm_wasm_word *p, bool wide, uint32_t op) {
    unsigned x = get(c, p->b), d = take(c);
    gvm_arm64_rr(&c->b, wide, op, d, x);
    set(c, p->a, d);
}
static void compile_ctz(compiler *c, const gvm_wasm_word *p, bool wide) {
    unsigned x = get(c, p->b), d = take(c);
    gvm_arm64_rr(&c->b, wide, GVM_ARM64_RBIT, X0, x);
    gvm_arm64_rr(&c->b, wide, GVM_ARM64_CLZ, d, X0);
    set(c, p->a, d);
}
static void compile_popcnt(compiler *c, const gvm_wasm_word *p, bool wide) {
    unsigned x = get(c, p->b), d = take(c);
    gvm_arm64_between(&c->b, wide, wide, GVM_ARM64_FMOV_F, V0, x); /* the rest of v0 is zero */
    gvm_arm64_vv(&c->b, GVM_ARM64_VCNT, 0, V0, V0);
    gvm_arm64_vv(&c->b, GVM_ARM64_VADDV, 0, V0, V0);
    gvm_arm64_between(&c->b, false, false, GVM_ARM64_FMOV_R, d, V0);
    set(c, p->a, d);
}

static void compile_divide(compiler *c, uint32_t w, bool wide, bool is_signed, bool remainder) {
    gvm_buf *b = &c->b;
    const gvm_wasm_word *p = &c->m->words.at[w];
    uint32_t op = is_signed ? GVM_ARM64_SDIV : GVM_ARM64_UDIV;
    unsigned x = get(c, p->b), y = get(c, p->c), d = take(c);
    trap_at(c, jump_zero(c, wide, GVM_ARM64_CBZ, y), w, GVM_WASM_TRAP_DIVIDE_BY_ZERO);
    if (remainder) { /* the least by -1 gives the least, of which 0 is left */
        gvm_arm64_rrr(b, wide, op, X0, x, y);
        gvm_arm64_rrrr(b, wide, GVM_ARM64_MSUB, d, X0, y, x);
    } else {
        if (is_signed) { /* x - 1 overflows for the least alone */
            gvm_arm64_add_imm(b, wide, GVM_ARM64_ADDS, ZR, y, 1);
            gvm_arm64_ccmp_imm(b, wide, x, 1, 0, GVM_ARM64_EQ);
            trap_if(c, GVM_ARM64_VS, w, GVM_WASM_TRAP_INTEGER_OVERFLOW);
        }
        gvm_arm64_rrr(b, wide, op, d, x, y);
    }
    set(c, p->a, d);
}

static void compare(compiler *c, const gvm_wasm_word *p, bool wide, bool imm) {
    unsigned x = get(c, p->b);
    if (imm)
        gvm_arm64_add_imm(&c->b, wide, GVM_ARM64_SUBS, ZR, x, (int16_t)p->c);
    else
        gvm_arm64_rrr(&c->b, wide, GVM_ARM64_SUBS, ZR, x, get(c, p->c));
}
static void set_condition(compiler *c, uint32_t slot, unsigned condition) {
    unsigned d = take(c);
    gvm_arm64_cset(&c->b, d, condition);
    set(c, slot, d);
}
static void compile_branch(compiler *c, uint32_t w, bool wide, bool imm, unsigned condition) {
    const gvm_wasm_word *p = &c->m->words.at[w];
    if (imm && p->c == 0 && condition <= GVM_ARM64_NE) {
        uint32_t op = condition == GVM_ARM64_EQ ? GVM_ARM64_CBZ : GVM_ARM64_CBNZ;
        branch_at(c, jump_zero(c, wide, op, get(c, p->b)), w + 1);
    } else {
        compare(c, p, wide, imm);
        branch_if(c, condition, w + 1);
    }
    gvm_wasm_arm64_price(c, w + 1);
}

/* ---- floats */

static void compile_float(compiler *c, const gvm_wasm_word *p, bool wide, uint32_t op) {
    unsigned x = get_v(c, p->b), y = get_v(c, p->c), d = take_v(c);
    gvm_arm64_fff(&c->b, wide, op, d, x, y);
    set_v(c, p->a, d);
}
static void compile_float_unary(compiler *c, const gvm_wasm_word *p, bool wide, uint32_t op) {
    unsigned x = get_v(c, p->b), d = take_v(c);
    gvm_arm64_ff(&c->b, wide, op, d, x);
    set_v(c, p->a, d);
}
/* Sign operations keep the bits of a NaN, as these instructions do. */
static void compile_copysign(compiler *c, const gvm_wasm_word *p, bool wide) {
    unsigned x = get_v(c, p->b), y = get_v(c, p->c), d = take_v(c);
    gvm_arm64_mov_imm(&c->b, X0, wide ? 0x7fffffffffffffff : 0x7fffffff);
    gvm_arm64_between(&c->b, wide, wide, GVM_ARM64_FMOV_F, d, X0);
    gvm_arm64_vvv(&c->b, GVM_ARM64_VBSL, 0, d, x, y);
    set_v(c, p->a, d);
}
static void compile_from_int(compiler *c, const gvm_wasm_word *p, bool wide_int, bool wide,
                             uint32_t op) {
    unsigned x = get(c, p->b), d = take_v(c);
    gvm_arm64_between(&c->b, wide_int, wide, op, d, x);
    set_v(c, p->a, d);
}
/* The instruction saturates, and makes 0 of NaN. */
static void compile_to_int(compiler *c, const gvm_wasm_word *p, bool wide_int, bool wide,
                           uint32_t op) {
    unsigned x = get_v(c, p->b), d = take(c);
    gvm_arm64_between(&c->b, wide_int, wide, op, d, x);
    set(c, p->a, d);
}
/* Traps unless below < x < above, both bits of floats of x's width. */
static void check_range(compiler *c, uint32_t w, bool wide, uint64_t below, uint64_t above) {
    gvm_buf *b = &c->b;
    unsigned x = get_v(c, c->m->words.at[w].b);
    gvm_arm64_ff(b, wide, GVM_ARM64_FCMP, x, x);
    trap_if(c, GVM_ARM64_VS, w, GVM_WASM_TRAP_INVALID_CONVERSION);
    gvm_arm64_mov_imm(b, X0, below);
    gvm_arm64_between(b, wide, wide, GVM_ARM64_FMOV_F, V0, X0);
    gvm_arm64_mov_imm(b, X0, above);
    gvm_arm64_between(b, wide, wide, GVM_ARM64_FMOV_F, V1, X0);
    gvm_arm64_ff(b, wide, GVM_ARM64_FCMP, x, V0);
    trap_if(c, GVM_ARM64_LE, w, GVM_WASM_TRAP_INTEGER_OVERFLOW);
    gvm_arm64_ff(b, wide, GVM_ARM64_FCMP, x, V1);
    trap_if(c, GVM_ARM64_GE, w, GVM_WASM_TRAP_INTEGER_OVERFLOW);
}

/* After fcmp: those that do not hold where one is a NaN, but ne. */
#define FLOAT_eq GVM_ARM64_EQ
#define FLOAT_ne GVM_ARM64_NE
#define FLOAT_lt GVM_ARM64_MI
#define FLOAT_gt GVM_ARM64_GT
#define FLOAT_le GVM_ARM64_LS
#define FLOAT_ge GVM_ARM64_GE

static void compare_floats(compiler *c, const gvm_wasm_word *p, bool wide) {
    unsigned x = get_v(c, p->b), y = get_v(c, p->c);
    gvm_arm64_ff(&c->b, wide, GVM_ARM64_FCMP, x, y);
}
static void compile_float_branch(compiler *c, uint32_t w, bool wide, unsigned condition) {
    compare_floats(c, &c->m->words.at[w], wide);
    branch_if(c, condition, w + 1);
    gvm_wasm_arm64_price(c, w + 1);
}

/* ---- moves */

static void compile_copy(compiler *c, const gvm_wasm_word *p) {
    if (is_float(c, p->b))
        compile_float_unary(c, p, true, GVM_ARM64_FMOV);
    else
        compile_unary(c, p, true, GVM_ARM64_MOV);
}

static void compile_global(compiler *c, const gvm_wasm_word *p, bool stores) {
    load(c, X0, INST, I(globals));
    load(c, X0, X0, at(p->index));
    if (stores) {
        store(c, get(c, p->a), X0, 0);
    } else {
        unsigned d = take(c);
        load(c, d, X0, 0);
        set(c, p->a, d);
    }
}

static void compile_select(compiler *c, const gvm_wasm_word *p) {
    unsigned k = get(c, p[1].op);
    gvm_arm64_add_imm(&c->b, false, GVM_ARM64_SUBS, ZR, k, 0);
    if (is_float(c, p->b) && is_float(c, p->c)) {
        unsigned x = get_v(c, p->b), y = get_v(c, p->c), d = take_v(c);
        gvm_arm64_fcsel(&c->b, true, d, x, y, GVM_ARM64_NE);
        set_v(c, p->a, d);
    } else {
        unsigned x = get(c, p->b), y = get(c, p->c), d = take(c);
        gvm_arm64_select(&c->b, true, GVM_ARM64_CSEL, d, x, y, GVM_ARM64_NE);
        set(c, p->a, d);
    }
}

static void compile_const(compiler *c, uint32_t slot, uint64_t value) {
    unsigned d = take(c);
    gvm_arm64_mov_imm(&c->b, d, value);
    set(c, slot, d);
}

/* ---- one instruction */

#define CONDITION_eq   GVM_ARM64_EQ
#define CONDITION_ne   GVM_ARM64_NE
#define CONDITION_lt_s GVM_ARM64_LT
#define CONDITION_lt_u GVM_ARM64_LO
#define CONDITION_gt_s GVM_ARM64_GT
#define CONDITION_gt_u GVM_ARM64_HI
#define CONDITION_le_s GVM_ARM64_LE
#define CONDITION_le_u GVM_ARM64_LS
#define CONDITION_ge_s GVM_ARM64_GE
#define CONDITION_ge_u GVM_ARM64_HS
#define i32_WIDE       false
#define i64_WIDE       true
#define f32_WIDE       false
#define f64_WIDE       true

/* Comparisons and branches on them. Returns the words of the instruction, 0: it is none of these.
 */
uint32_t gvm_wasm_arm64_compare(compiler *c, uint32_t w) {
    const gvm_wasm_word *p = &c->m->words.at[w];
    switch (p->op) {
#define X(T, name, inverse, swapped)                                                              \
    case OP(T##_##name):                                                                          \
        compare(c, p, T##_WIDE, false);                                                           \
        set_condition(c, p->a, CONDITION_##name);                                                 \
        return 1;                                                                                 \
    case IOP(T##_##name##_i):                                                                     \
        compare(c, p, T##_WIDE, true);                                                            \
        set_condition(c, p->a, CONDITION_##name);                                                 \
        return 1;                                                                                 \
    case IOP(br_##T##_##name): compile_branch(c, w, T##_WIDE, false, CONDITION_##name); return 2; \
    case IOP(br_##T##_##name##_i): compile_branch(c, w, T##_WIDE, true, CONDITION_##name); return 2;
        GVM_WASM_INT_CMP(X, i32)
        GVM_WASM_INT_CMP(X, i64)
#undef X
#define X(T, name)                                                                           \
    case OP(T##_##name):                                                                     \
        compare_floats(c, p, T##_WIDE);                                                      \
        set_condition(c, p->a, FLOAT_##name);                                                \
        return 1;                                                                            \
    case IOP(br_##T##_##name): compile_float_branch(c, w, T##_WIDE, FLOAT_##name); return 2; \
    case IOP(br_not_##T##_##name): compile_float_branch(c, w, T##_WIDE, FLOAT_##name ^ 1); return 2;
        GVM_WASM_FLOAT_CMP(X, f32)
        GVM_WASM_FLOAT_CMP(X, f64)
#undef X
    default: return 0;
    }
}

static uint32_t compile_integer(compiler *c, uint32_t w) {
    const gvm_wasm_word *p = &c->m->words.at[w];
    switch (p->op) {
#define ADD(T, name, op)                                            \
    case OP(T##_##name): compile_alu(c, p, T##_WIDE, op); return 1; \
    case IOP(T##_##name##_i):                                       \
        compile_add_imm(c, p, T##_WIDE, op, (int16_t)p->c);         \
        return 1;
#define LOGIC(T, name, op)                                                                    \
    case OP(T##_##name): compile_alu(c, p, T##_WIDE, op); return 1;                           \
    case IOP(T##_##name##_i): compile_logic_imm(c, p, T##_WIDE, op, (int16_t)p->c); return 1; \
    case IOP(T##_##name##_l):                                                                 \
        compile_logic_imm(c, p, T##_WIDE, op, p[1].i64);                                      \
        return 2;
#define SHIFT(T, name, op)                                          \
    case OP(T##_##name): compile_alu(c, p, T##_WIDE, op); return 1; \
    case IOP(T##_##name##_i):                                       \
        compile_shift_imm(c, p, T##_WIDE, op, p->c);                \
        return 1;
#define INTEGERS(T)                                                                              \
    ADD(T, add, GVM_ARM64_ADD)                                                                   \
    ADD(T, sub, GVM_ARM64_SUB)                                                                   \
    case IOP(T##_add_l):                                                                         \
        compile_add_imm(c, p, T##_WIDE, GVM_ARM64_ADD, p[1].i64);                                \
        return 2;                                                                                \
        LOGIC(T, and, GVM_ARM64_AND)                                                             \
        LOGIC(T, or, GVM_ARM64_ORR)                                                              \
        LOGIC(T, xor, GVM_ARM64_EOR)                                                             \
        SHIFT(T, shl, GVM_ARM64_LSL)                                                             \
        SHIFT(T, shr_u, GVM_ARM64_LSR)                                                           \
        SHIFT(T, shr_s, GVM_ARM64_ASR)                                                           \
        SHIFT(T, rotr, GVM_ARM64_ROR)                                                            \
    case OP(T##_rotl): compile_rotl(c, p, T##_WIDE); return 1;                                   \
    case IOP(T##_rotl_i): compile_shift_imm(c, p, T##_WIDE, GVM_ARM64_ROR, 0u - p->c); return 1; \
    case OP(T##_mul): compile_alu(c, p, T##_WIDE, GVM_ARM64_MUL); return 1;                      \
    case IOP(T##_mul_i): compile_mul_imm(c, p, T##_WIDE, (int16_t)p->c); return 1;               \
    case IOP(T##_mul_l): compile_mul_imm(c, p, T##_WIDE, p[1].i64); return 2;                    \
    case OP(T##_div_u): compile_divide(c, w, T##_WIDE, false, false); return 1;                  \
    case OP(T##_div_s): compile_divide(c, w, T##_WIDE, true, false); return 1;                   \
    case OP(T##_rem_u): compile_divide(c, w, T##_WIDE, false, true); return 1;                   \
    case OP(T##_rem_s): compile_divide(c, w, T##_WIDE, true, true); return 1;                    \
    case OP(T##_clz): compile_unary(c, p, T##_WIDE, GVM_ARM64_CLZ); return 1;                    \
    case OP(T##_ctz): compile_ctz(c, p, T##_WIDE); return 1;                                     \
    case OP(T##_popcnt): compile_popcnt(c, p, T##_WIDE); return 1;                               \
    case OP(T##_eqz):                                                                            \
        gvm_arm64_add_imm(&c->b, T##_WIDE, GVM_ARM64_SUBS, ZR, get(c, p->b), 0);                 \
        set_condition(c, p->a, GVM_ARM64_EQ);                                                    \
        return 1;
        INTEGERS(i32)
        INTEGERS(i64)
    case OP(i32_wrap_i64): compile_unary(c, p, false, GVM_ARM64_MOV); return 1;
    case OP(i64_extend_i32_s):
    case OP(i64_extend32_s): compile_unary(c, p, true, GVM_ARM64_SXTW); return 1;
    case OP(i32_extend8_s): compile_unary(c, p, false, GVM_ARM64_SXTB); return 1;
    case OP(i64_extend8_s): compile_unary(c, p, true, GVM_ARM64_SXTB); return 1;
    case OP(i32_extend16_s): compile_unary(c, p, false, GVM_ARM64_SXTH); return 1;
    case OP(i64_extend16_s): compile_unary(c, p, true, GVM_ARM64_SXTH); return 1;
    default: return 0;
    }
}

#define f32_BITS gvm_wasm_f32_raw
#define f64_BITS gvm_wasm_f64_raw

static uint32_t compile_float_value(compiler *c, uint32_t w) {
    const gvm_wasm_word *p = &c->m->words.at[w];
    switch (p->op) {
#define FLOAT(T, name, op)                 \
    case OP(T##_##name):                   \
        compile_float(c, p, T##_WIDE, op); \
        return 1;
#define FLOAT_UNARY(T, name, op)                 \
    case OP(T##_##name):                         \
        compile_float_unary(c, p, T##_WIDE, op); \
        return 1;
#define CONVERT(T, I)                                                \
    case OP(T##_convert_##I##_s):                                    \
        compile_from_int(c, p, I##_WIDE, T##_WIDE, GVM_ARM64_SCVTF); \
        return 1;                                                    \
    case OP(T##_convert_##I##_u):                                    \
        compile_from_int(c, p, I##_WIDE, T##_WIDE, GVM_ARM64_UCVTF); \
        return 1;                                                    \
    case OP(I##_trunc_sat_##T##_s):                                  \
        compile_to_int(c, p, I##_WIDE, T##_WIDE, GVM_ARM64_FCVTZS);  \
        return 1;                                                    \
    case OP(I##_trunc_sat_##T##_u):                                  \
        compile_to_int(c, p, I##_WIDE, T##_WIDE, GVM_ARM64_FCVTZU);  \
        return 1;
#define FLOATS(T)                             \
    FLOAT(T, add, GVM_ARM64_FADD)             \
    FLOAT(T, sub, GVM_ARM64_FSUB)             \
    FLOAT(T, mul, GVM_ARM64_FMUL)             \
    FLOAT(T, div, GVM_ARM64_FDIV)             \
    FLOAT(T, min, GVM_ARM64_FMIN)             \
    FLOAT(T, max, GVM_ARM64_FMAX)             \
    FLOAT_UNARY(T, sqrt, GVM_ARM64_FSQRT)     \
    FLOAT_UNARY(T, nearest, GVM_ARM64_FRINTN) \
    FLOAT_UNARY(T, floor, GVM_ARM64_FRINTM)   \
    FLOAT_UNARY(T, ceil, GVM_ARM64_FRINTP)    \
    FLOAT_UNARY(T, trunc, GVM_ARM64_FRINTZ)   \
    FLOAT_UNARY(T, abs, GVM_ARM64_FABS)       \
    FLOAT_UNARY(T, neg, GVM_ARM64_FNEG)       \
    case OP(T##_copysign):                    \
        compile_copysign(c, p, T##_WIDE);     \
        return 1;                             \
        CONVERT(T, i32)                       \
        CONVERT(T, i64)
        FLOATS(f32)
        FLOATS(f64)
    case OP(f32_demote_f64): compile_float_unary(c, p, false, GVM_ARM64_FCVT); return 1;
    case OP(f64_promote_f32): compile_float_unary(c, p, true, GVM_ARM64_FCVT); return 1;
#define TRUNCATE(I, T, s, op, below, above)                            \
    case OP(I##_trunc_##T##_##s):                                      \
        check_range(c, w, T##_WIDE, T##_BITS(below), T##_BITS(above)); \
        compile_to_int(c, p, I##_WIDE, T##_WIDE, op);                  \
        return 1;
        TRUNCATE(i32, f32, s, GVM_ARM64_FCVTZS, -2147483904.0f, 2147483648.0f)
        TRUNCATE(i32, f32, u, GVM_ARM64_FCVTZU, -1.0f, 4294967296.0f)
        TRUNCATE(i32, f64, s, GVM_ARM64_FCVTZS, -2147483649.0, 2147483648.0)
        TRUNCATE(i32, f64, u, GVM_ARM64_FCVTZU, -1.0, 4294967296.0)
        TRUNCATE(i64, f32, s, GVM_ARM64_FCVTZS, -9223373136366403584.0f, 9223372036854775808.0f)
        TRUNCATE(i64, f32, u, GVM_ARM64_FCVTZU, -1.0f, 18446744073709551616.0f)
        TRUNCATE(i64, f64, s, GVM_ARM64_FCVTZS, -9223372036854777856.0, 9223372036854775808.0)
        TRUNCATE(i64, f64, u, GVM_ARM64_FCVTZU, -1.0, 18446744073709551616.0)
    default: return 0;
    }
}

static uint32_t compile_memory(compiler *c, uint32_t w) {
    switch (c->m->words.at[w].op) {
    case OP(i32_load):
    case OP(i64_load32_u): compile_load(c, w, 4, GVM_ARM64_LDR_W); return 1;
    case OP(i64_load): compile_load(c, w, 8, GVM_ARM64_LDR_X); return 1;
    case OP(f32_load): compile_load_float(c, w, 4, GVM_ARM64_LDR_S); return 1;
    case OP(f64_load): compile_load_float(c, w, 8, GVM_ARM64_LDR_D); return 1;
    case OP(i32_load8_u):
    case OP(i64_load8_u): compile_load(c, w, 1, GVM_ARM64_LDRB); return 1;
    case OP(i32_load16_u):
    case OP(i64_load16_u): compile_load(c, w, 2, GVM_ARM64_LDRH); return 1;
    case OP(i32_load8_s): compile_load(c, w, 1, GVM_ARM64_LDRSBW); return 1;
    case OP(i32_load16_s): compile_load(c, w, 2, GVM_ARM64_LDRSHW); return 1;
    case OP(i64_load8_s): compile_load(c, w, 1, GVM_ARM64_LDRSBX); return 1;
    case OP(i64_load16_s): compile_load(c, w, 2, GVM_ARM64_LDRSHX); return 1;
    case OP(i64_load32_s): compile_load(c, w, 4, GVM_ARM64_LDRSW); return 1;
    case OP(i32_store):
    case OP(f32_store):
    case OP(i64_store32): compile_store(c, w, 4, GVM_ARM64_STR_W, GVM_ARM64_STR_S); return 1;
    case OP(i64_store):
    case OP(f64_store): compile_store(c, w, 8, GVM_ARM64_STR_X, GVM_ARM64_STR_D); return 1;
    case OP(i32_store8):
    case OP(i64_store8): compile_store(c, w, 1, GVM_ARM64_STRB, 0); return 1;
    case OP(i32_store16):
    case OP(i64_store16): compile_store(c, w, 2, GVM_ARM64_STRH, 0); return 1;
    default: return 0;
    }
}

static uint32_t compile_move(compiler *c, uint32_t w) {
    const gvm_wasm_word *p = &c->m->words.at[w];
    switch (p->op) {
    case IOP(copy): compile_copy(c, p); return 1;
    case OP(i32_const): compile_const(c, p->a, p->index); return 1;
    case OP(i64_const): compile_const(c, p->a, p[1].u64); return 2;
    case IOP(address): compile_add_imm(c, p, true, GVM_ARM64_ADD, p[1].i64); return 2;
    case OP(select): compile_select(c, p); return 2;
    case OP(global_get): compile_global(c, p, false); return 1;
    case OP(global_set): compile_global(c, p, true); return 1;
    case OP(memory_size): {
        unsigned d = take(c);
        gvm_arm64_shift_imm(&c->b, true, GVM_ARM64_LSR, d, BYTES, 16);
        set(c, p->a, d);
        return 1;
    }
    default: return 0;
    }
}

uint32_t gvm_wasm_arm64_value(compiler *c, uint32_t w) {
    uint32_t words = compile_integer(c, w);
    if (words == 0) words = compile_memory(c, w);
    if (words == 0) words = compile_move(c, w);
    if (words == 0) words = compile_float_value(c, w);
    return words;
}

#endif
