/* The compiler for x86-64: instructions that make a value from values, loads and stores, and
 * comparisons with the branches that use them. */
#include "vm/wasm/compile_x64.h"

#if defined(__x86_64__)

/* ---- memory */

/* Guard pages stop what is out of bounds where the instance has them. Elsewhere a comparison does,
 * and the address is made 0 without a branch, in case the processor guesses wrongly. */
unsigned gvm_wasm_x64_address(compiler *c, uint32_t w, uint32_t slot, uint32_t bytes,
                              bool by_guard) {
    unsigned x = get(c, slot);
    if (by_guard && c->form == GVM_WASM_GUARDED) return x;
    gvm_x64_mem(&c->b, true, 0x8d, RCX, x, (int32_t)(c->m->words.at[w].c + bytes));
    gvm_x64_reg(&c->b, false, 0x31, RDX, RDX);
    gvm_x64_reg(&c->b, true, 0x39, BYTES, RCX);
    gvm_x64_reg(&c->b, true, 0x0f46, RDX, x); /* cmovbe */
    trap_if(c, GVM_X64_A, w, GVM_WASM_TRAP_MEMORY_BOUNDS);
    return RDX;
}

static void compile_load(compiler *c, uint32_t w, uint32_t bytes, bool wide, uint32_t op) {
    const gvm_wasm_word *p = &c->m->words.at[w];
    unsigned x = gvm_wasm_x64_address(c, w, p->b, bytes, true), d = take(c);
    gvm_x64_sib(&c->b, wide, op, d, MEM, x, 0, p->c);
    set(c, p->a, d);
}

static void compile_store(compiler *c, uint32_t w, uint32_t bytes, bool wide, uint32_t op) {
    const gvm_wasm_word *p = &c->m->words.at[w];
    unsigned x = gvm_wasm_x64_address(c, w, p->a, bytes, true), v = get(c, p->b);
    gvm_x64_sib(&c->b, wide, op, v, MEM, x, 0, p->c);
}

/* ---- integers */

static void compile_alu(compiler *c, const gvm_wasm_word *p, bool wide, uint32_t op) {
    unsigned y = get(c, p->c), d = get_own(c, p->b);
    gvm_x64_reg(&c->b, wide, op, d, y);
    set(c, p->a, d);
}
static void compile_alu_imm(compiler *c, const gvm_wasm_word *p, bool wide, unsigned group,
                            int64_t imm) {
    unsigned d = get_own(c, p->b);
    if (!wide || (imm >= INT32_MIN && imm <= INT32_MAX)) {
        gvm_x64_alu_imm(&c->b, wide, group, d, (int32_t)imm);
    } else {
        gvm_x64_mov_imm(&c->b, RAX, (uint64_t)imm);
        gvm_x64_reg(&c->b, true, group * 8 + 3, d, RAX);
    }
    set(c, p->a, d);
}
static void compile_mul_imm(compiler *c, const gvm_wasm_word *p, bool wide, int64_t imm) {
    unsigned x = get(c, p->b), d = take(c);
    if (!wide || (imm >= INT32_MIN && imm <= INT32_MAX)) {
        gvm_x64_reg(&c->b, wide, 0x69, d, x);
        gvm_x64_u32(&c->b, (uint32_t)imm);
    } else {
        gvm_x64_mov_imm(&c->b, RAX, (uint64_t)imm);
        gvm_x64_reg(&c->b, true, 0x8b, d, x);
        gvm_x64_reg(&c->b, true, 0x0faf, d, RAX);
    }
    set(c, p->a, d);
}
static void compile_shift(compiler *c, const gvm_wasm_word *p, bool wide, unsigned group) {
    gvm_x64_reg(&c->b, false, 0x8b, RCX, get(c, p->c));
    unsigned d = get_own(c, p->b);
    gvm_x64_reg(&c->b, wide, 0xd3, group, d);
    set(c, p->a, d);
}
static void compile_shift_imm(compiler *c, const gvm_wasm_word *p, bool wide, unsigned group) {
    unsigned d = get_own(c, p->b);
    gvm_x64_reg(&c->b, wide, 0xc1, group, d);
    gvm_buf_put(&c->b, (uint8_t)(p->c & (wide ? 63 : 31)));
    set(c, p->a, d);
}
static void compare(compiler *c, const gvm_wasm_word *p, bool wide, bool imm) {
    unsigned x = get(c, p->b);
    if (!imm)
        gvm_x64_reg(&c->b, wide, 0x3b, x, get(c, p->c));
    else if (p->c == 0)
        gvm_x64_reg(&c->b, wide, 0x85, x, x);
    else
        gvm_x64_alu_imm(&c->b, wide, 7, x, (int16_t)p->c);
}
static void compile_unary(compiler *c, const gvm_wasm_word *p, bool wide, uint32_t op) {
    unsigned x = get(c, p->b), d = last_read(c, p->b) ? x : take(c);
    gvm_x64_reg(&c->b, wide, op, d, x);
    set(c, p->a, d);
}
/* Changes one bit: btr (6) or btc (7). */
static void compile_bit(compiler *c, const gvm_wasm_word *p, bool wide, unsigned group) {
    unsigned d = get_own(c, p->b);
    gvm_x64_reg(&c->b, wide, 0x0fba, group, d);
    gvm_buf_put(&c->b, wide ? 63 : 31);
    set(c, p->a, d);
}
/* Division with sign: by -1 it is a negation, which overflows for the least number alone, and has
 * no remainder. */
static void compile_divide_signed(compiler *c, uint32_t w, bool wide, bool remainder) {
    gvm_buf *b = &c->b;
    const gvm_wasm_word *p = &c->m->words.at[w];
    unsigned x = get(c, p->b), y = get(c, p->c), d = take(c);
    gvm_x64_reg(b, wide, 0x85, y, y);
    trap_if(c, GVM_X64_E, w, GVM_WASM_TRAP_DIVIDE_BY_ZERO);
    gvm_x64_reg(b, wide, 0x8b, RAX, x);
    gvm_x64_alu_imm(b, wide, 7, y, -1);
    uint32_t usual = gvm_x64_jcc(b, GVM_X64_NE);
    if (remainder) {
        gvm_x64_reg(b, false, 0x31, RDX, RDX);
    } else {
        gvm_x64_reg(b, wide, 0xf7, 3, RAX); /* neg */
        trap_if(c, GVM_X64_O, w, GVM_WASM_TRAP_INTEGER_OVERFLOW);
    }
    uint32_t done = gvm_x64_jmp(b);
    gvm_x64_link(b, usual, (uint32_t)b->len);
    if (wide) gvm_buf_put(b, 0x48);
    gvm_buf_put(b, 0x99); /* cdq, cqo */
    gvm_x64_reg(b, wide, 0xf7, 7, y);
    gvm_x64_link(b, done, (uint32_t)b->len);
    gvm_x64_reg(b, wide, 0x8b, d, remainder ? RDX : RAX);
    set(c, p->a, d);
}
/* bsr and bsf leave their result alone for 0; what stands for it then is `none`. */
static void compile_count_zeros(compiler *c, const gvm_wasm_word *p, bool wide, bool leading) {
    gvm_buf *b = &c->b;
    unsigned x = get(c, p->b), d = take(c), bits = wide ? 64 : 32;
    gvm_x64_reg(b, wide, leading ? 0x0fbd : 0x0fbc, d, x);
    gvm_x64_mov_imm(b, RCX, leading ? 2 * bits - 1 : bits);
    gvm_x64_reg(b, wide, 0x0f44, d, RCX); /* cmovz */
    if (leading) gvm_x64_alu_imm(b, false, 6, d, (int32_t)bits - 1);
    set(c, p->a, d);
}
static void compile_divide(compiler *c, uint32_t w, bool wide, unsigned from) {
    const gvm_wasm_word *p = &c->m->words.at[w];
    unsigned x = get(c, p->b), y = get(c, p->c), d = take(c);
    gvm_x64_reg(&c->b, wide, 0x85, y, y);
    trap_if(c, GVM_X64_E, w, GVM_WASM_TRAP_DIVIDE_BY_ZERO);
    gvm_x64_reg(&c->b, wide, 0x8b, RAX, x);
    gvm_x64_reg(&c->b, false, 0x31, RDX, RDX);
    gvm_x64_reg(&c->b, wide, 0xf7, 6, y);
    gvm_x64_reg(&c->b, wide, 0x8b, d, from);
    set(c, p->a, d);
}

/* ---- floats */

static uint32_t scalar(bool wide, uint32_t op) {
    return GVM_X64_PREFIX(wide ? 0xf2 : 0xf3) | op;
}
/* ucomiss, ucomisd */
static uint32_t ucomi(bool wide) {
    return wide ? GVM_X64_PREFIX(0x66) | 0x0f2e : 0x0f2e;
}
/* NaN in d becomes the one that is allowed; then d is slot a's value. */
static void finish_float(compiler *c, uint32_t slot, bool wide, unsigned d) {
    gvm_x64_reg(&c->b, false, ucomi(wide), d, d);
    gvm_wasm_cold_add(c, wide ? GVM_WASM_COLD_NAN64 : GVM_WASM_COLD_NAN32,
                      gvm_x64_jcc(&c->b, GVM_X64_P), 0, d);
    set_x(c, slot, d);
}
static void compile_float(compiler *c, const gvm_wasm_word *p, bool wide, uint32_t op) {
    unsigned x = get_x(c, p->b), y = get_x(c, p->c), d = take_x(c);
    gvm_x64_reg(&c->b, false, 0x0f28, d, x); /* movaps */
    gvm_x64_reg(&c->b, false, scalar(wide, op), d, y);
    finish_float(c, p->a, wide, d);
}
/* Result of `to` width from x by one instruction; what is above it is zero. */
static void compile_float_unary(compiler *c, const gvm_wasm_word *p, bool wide, uint32_t op,
                                int round) {
    unsigned x = get_x(c, p->b), d = take_x(c);
    gvm_x64_reg(&c->b, false, 0x0f57, d, d); /* xorps */
    gvm_x64_reg(&c->b, false, op, d, x);
    if (round >= 0) gvm_buf_put(&c->b, (uint8_t)round);
    finish_float(c, p->a, wide, d);
}
static void compile_from_int(compiler *c, const gvm_wasm_word *p, bool wide, bool wide_int) {
    unsigned x = get(c, p->b), d = take_x(c);
    gvm_x64_reg(&c->b, false, 0x0f57, d, d);
    gvm_x64_reg(&c->b, wide_int, scalar(wide, 0x0f2a), d, x);
    set_x(c, p->a, d);
}

enum { FLOAT_EQ, FLOAT_NE, FLOAT_LT, FLOAT_GT, FLOAT_LE, FLOAT_GE };
/* Flags of a comparison that is `above` or `above or equal` where it holds; eq and ne look at
 * parity too. */
static unsigned float_flags(compiler *c, const gvm_wasm_word *p, bool wide, unsigned how) {
    unsigned x = get_x(c, p->b), y = get_x(c, p->c);
    bool swap = how == FLOAT_LT || how == FLOAT_LE;
    gvm_x64_reg(&c->b, false, ucomi(wide), swap ? y : x, swap ? x : y);
    return how == FLOAT_LT || how == FLOAT_GT ? GVM_X64_A : GVM_X64_AE;
}
static void compile_float_compare(compiler *c, const gvm_wasm_word *p, bool wide, unsigned how) {
    gvm_buf *b = &c->b;
    unsigned condition = float_flags(c, p, wide, how);
    if (how == FLOAT_EQ || how == FLOAT_NE) {
        gvm_x64_reg(b, false, 0x0f90 | (how == FLOAT_EQ ? GVM_X64_E : GVM_X64_NE), 0, RAX);
        gvm_x64_reg(b, false, 0x0f90 | (how == FLOAT_EQ ? GVM_X64_NP : GVM_X64_P), 0, RCX);
        gvm_x64_reg(b, false, how == FLOAT_EQ ? 0x21 : 0x09, RCX, RAX);
        unsigned d = take(c);
        gvm_x64_reg(b, false, 0x0fb6, d, RAX);
        set(c, p->a, d);
        return;
    }
    set_condition(c, p->a, condition);
}
static void compile_float_branch(compiler *c, uint32_t w, bool wide, unsigned how, bool not ) {
    gvm_buf *b = &c->b;
    unsigned condition = float_flags(c, &c->m->words.at[w], wide, how);
    if (how != FLOAT_EQ && how != FLOAT_NE) {
        branch_if(c, not ? condition ^ 1 : condition, w + 1);
    } else if ((how == FLOAT_EQ) ==
               not ) { /* to the target where they differ or cannot be compared */
        branch_if(c, GVM_X64_P, w + 1);
        branch_if(c, GVM_X64_NE, w + 1);
    } else {
        flush(c); /* on both ways */
        uint32_t over = gvm_x64_jcc(b, GVM_X64_P);
        branch_if(c, GVM_X64_E, w + 1);
        gvm_x64_link(b, over, (uint32_t)b->len);
    }
    gvm_wasm_x64_price(c, w + 1);
}

/* min and max: NaN where one is; of two zeros, -0 is less. */
static void compile_float_least(compiler *c, const gvm_wasm_word *p, bool wide, bool most) {
    unsigned x = get_x(c, p->b), y = get_x(c, p->c), d = take_x(c);
    uint32_t op = most ? 0x0f5f : 0x0f5d;
    gvm_x64_reg(&c->b, false, 0x0f28, d, x);
    gvm_x64_reg(&c->b, false, scalar(wide, op), d, y);
    gvm_x64_reg(&c->b, false, 0x0f28, 0, y);
    gvm_x64_reg(&c->b, false, scalar(wide, op), 0, x);
    gvm_x64_reg(&c->b, false, most ? 0x0f54 : 0x0f56, d, 0);
    gvm_x64_reg(&c->b, false, ucomi(wide), x, y);
    gvm_wasm_cold_add(c, wide ? GVM_WASM_COLD_NAN64 : GVM_WASM_COLD_NAN32,
                      gvm_x64_jcc(&c->b, GVM_X64_P), 0, d);
    set_x(c, p->a, d);
}
/* The sign of one, all else of the other; both as bits. */
static void compile_copysign(compiler *c, const gvm_wasm_word *p, bool wide) {
    gvm_buf *b = &c->b;
    unsigned x = get(c, p->b), y = get(c, p->c), d = take(c), top = wide ? 63 : 31;
    gvm_x64_reg(b, wide, 0x8b, RAX, y);
    gvm_x64_reg(b, wide, 0xc1, 5, RAX);
    gvm_buf_put(b, (uint8_t)top);
    gvm_x64_reg(b, wide, 0xc1, 4, RAX);
    gvm_buf_put(b, (uint8_t)top);
    gvm_x64_reg(b, wide, 0x8b, d, x);
    gvm_x64_reg(b, wide, 0x0fba, 6, d); /* btr */
    gvm_buf_put(b, (uint8_t)top);
    gvm_x64_reg(b, wide, 0x0b, d, RAX);
    set(c, p->a, d);
}
/* To 32 bits: by way of 64, where everything that fits comes out as it is. */
static void compile_truncate(compiler *c, uint32_t w, bool wide, bool with_sign) {
    gvm_buf *b = &c->b;
    const gvm_wasm_word *p = &c->m->words.at[w];
    flush_slot(c, p->b); /* C looks there */
    unsigned x = get_x(c, p->b), d = take(c);
    gvm_x64_reg(b, true, scalar(wide, 0x0f2c), RAX, x); /* cvttss2si, cvttsd2si */
    gvm_x64_reg(b, with_sign, with_sign ? 0x63 : 0x8b, d, RAX);
    gvm_x64_reg(b, true, 0x39, d, RAX);
    gvm_wasm_cold_add(c, GVM_WASM_COLD_PLAIN, gvm_x64_jcc(b, GVM_X64_NE), w, 0);
    gvm_x64_reg(b, false, 0x8b, d, RAX);
    set(c, p->a, d);
}
/* To 64 bits with sign: what does not fit comes out as the least number. */
static void compile_truncate_long(compiler *c, uint32_t w, bool wide) {
    gvm_buf *b = &c->b;
    const gvm_wasm_word *p = &c->m->words.at[w];
    flush_slot(c, p->b);
    unsigned x = get_x(c, p->b), d = take(c);
    gvm_x64_reg(b, true, scalar(wide, 0x0f2c), d, x);
    gvm_x64_alu_imm(b, true, 7, d, 1);
    gvm_wasm_cold_add(c, GVM_WASM_COLD_LEAST, gvm_x64_jcc(b, GVM_X64_O), w, x);
    set(c, p->a, d);
}

/* ---- moves */

static void compile_global(compiler *c, const gvm_wasm_word *p, bool wide, bool store) {
    gvm_buf *b = &c->b;
    gvm_x64_mem(b, true, 0x8b, RAX, INST, I(globals));
    gvm_x64_mem(b, true, 0x8b, RAX, RAX, at(p->index));
    if (wide) {
        gvm_wasm_x64_global_wide(c, p, store);
    } else if (store) {
        gvm_x64_mem(b, true, 0x89, get(c, p->a), RAX, 0);
    } else {
        unsigned d = take(c);
        gvm_x64_mem(b, true, 0x8b, d, RAX, 0);
        set(c, p->a, d);
    }
}

static void compile_select(compiler *c, const gvm_wasm_word *p) {
    unsigned x = get(c, p->b), k = get(c, p[1].op), d = get_own(c, p->c);
    gvm_x64_reg(&c->b, false, 0x85, k, k);
    gvm_x64_reg(&c->b, true, 0x0f45, d, x);
    set(c, p->a, d);
}

/* ---- one instruction */

#define CONDITION_eq   GVM_X64_E
#define CONDITION_ne   GVM_X64_NE
#define CONDITION_lt_s GVM_X64_L
#define CONDITION_lt_u GVM_X64_B
#define CONDITION_gt_s GVM_X64_G
#define CONDITION_gt_u GVM_X64_A
#define CONDITION_le_s GVM_X64_LE
#define CONDITION_le_u GVM_X64_BE
#define CONDITION_ge_s GVM_X64_GE
#define CONDITION_ge_u GVM_X64_AE
#define HOW_eq         FLOAT_EQ
#define HOW_ne         FLOAT_NE
#define HOW_lt         FLOAT_LT
#define HOW_gt         FLOAT_GT
#define HOW_le         FLOAT_LE
#define HOW_ge         FLOAT_GE

/* Comparisons and branches on them. Returns the words of the instruction, 0: it is none of these.
 */
uint32_t gvm_wasm_x64_compare(compiler *c, uint32_t w) {
    const gvm_wasm_word *p = &c->m->words.at[w];
    switch (p->op) {
#define X(T, name, inverse, swapped)              \
    case OP(T##_##name):                          \
        compare(c, p, T##_WIDE, false);           \
        set_condition(c, p->a, CONDITION_##name); \
        return 1;                                 \
    case IOP(T##_##name##_i):                     \
        compare(c, p, T##_WIDE, true);            \
        set_condition(c, p->a, CONDITION_##name); \
        return 1;                                 \
    case IOP(br_##T##_##name):                    \
        compare(c, p, T##_WIDE, false);           \
        branch_if(c, CONDITION_##name, w + 1);    \
        gvm_wasm_x64_price(c, w + 1);             \
        return 2;                                 \
    case IOP(br_##T##_##name##_i):                \
        compare(c, p, T##_WIDE, true);            \
        branch_if(c, CONDITION_##name, w + 1);    \
        gvm_wasm_x64_price(c, w + 1);             \
        return 2;
#define i32_WIDE false
#define i64_WIDE true
#define f32_WIDE false
#define f64_WIDE true
        GVM_WASM_INT_CMP(X, i32)
        GVM_WASM_INT_CMP(X, i64)
#undef X
#define X(T, name)                                                                                \
    case OP(T##_##name): compile_float_compare(c, p, T##_WIDE, HOW_##name); return 1;             \
    case IOP(br_##T##_##name): compile_float_branch(c, w, T##_WIDE, HOW_##name, false); return 2; \
    case IOP(br_not_##T##_##name): compile_float_branch(c, w, T##_WIDE, HOW_##name, true); return 2;
        GVM_WASM_FLOAT_CMP(X, f32)
        GVM_WASM_FLOAT_CMP(X, f64)
#undef X
    default: return 0;
    }
}

/* Arithmetic, memory and moves. */
uint32_t gvm_wasm_x64_value(compiler *c, uint32_t w) {
    const gvm_wasm_word *p = &c->m->words.at[w];
    unsigned d;
    switch (p->op) {
#define ALU(T, name, op, group)                                     \
    case OP(T##_##name): compile_alu(c, p, T##_WIDE, op); return 1; \
    case IOP(T##_##name##_i):                                       \
        compile_alu_imm(c, p, T##_WIDE, group, (int16_t)p->c);      \
        return 1;
#define ALU_LONG(T, name, group)                          \
    case IOP(T##_##name##_l):                             \
        compile_alu_imm(c, p, T##_WIDE, group, p[1].i64); \
        return 2;
#define SHIFT(T, name, group)                                            \
    case OP(T##_##name): compile_shift(c, p, T##_WIDE, group); return 1; \
    case IOP(T##_##name##_i):                                            \
        compile_shift_imm(c, p, T##_WIDE, group);                        \
        return 1;
#define INTEGERS(T)                                                                              \
    ALU(T, add, 0x03, 0)                                                                         \
    ALU(T, or, 0x0b, 1)                                                                          \
    ALU(T, and, 0x23, 4)                                                                         \
    ALU(T, sub, 0x2b, 5)                                                                         \
    ALU(T, xor, 0x33, 6)                                                                         \
    ALU_LONG(T, add, 0)                                                                          \
    ALU_LONG(T, or, 1)                                                                           \
    ALU_LONG(T, and, 4)                                                                          \
    ALU_LONG(T, xor, 6)                                                                          \
    SHIFT(T, rotl, 0)                                                                            \
    SHIFT(T, rotr, 1)                                                                            \
    SHIFT(T, shl, 4)                                                                             \
    SHIFT(T, shr_u, 5)                                                                           \
    SHIFT(T, shr_s, 7)                                                                           \
    case OP(T##_mul): compile_alu(c, p, T##_WIDE, 0x0faf); return 1;                             \
    case IOP(T##_mul_i): compile_mul_imm(c, p, T##_WIDE, (int16_t)p->c); return 1;               \
    case IOP(T##_mul_l): compile_mul_imm(c, p, T##_WIDE, p[1].i64); return 2;                    \
    case OP(T##_div_u): compile_divide(c, w, T##_WIDE, RAX); return 1;                           \
    case OP(T##_rem_u): compile_divide(c, w, T##_WIDE, RDX); return 1;                           \
    case OP(T##_div_s): compile_divide_signed(c, w, T##_WIDE, false); return 1;                  \
    case OP(T##_rem_s): compile_divide_signed(c, w, T##_WIDE, true); return 1;                   \
    case OP(T##_clz): compile_count_zeros(c, p, T##_WIDE, true); return 1;                       \
    case OP(T##_ctz): compile_count_zeros(c, p, T##_WIDE, false); return 1;                      \
    case OP(T##_popcnt): compile_unary(c, p, T##_WIDE, GVM_X64_PREFIX(0xf3) | 0x0fb8); return 1; \
    case OP(T##_eqz): {                                                                          \
        unsigned x = get(c, p->b);                                                               \
        gvm_x64_reg(&c->b, T##_WIDE, 0x85, x, x);                                                \
        set_condition(c, p->a, GVM_X64_E);                                                       \
        return 1;                                                                                \
    }
        INTEGERS(i32)
        INTEGERS(i64)
    case OP(i32_wrap_i64): compile_unary(c, p, false, 0x8b); return 1;
    case OP(i64_extend_i32_s):
    case OP(i64_extend32_s): compile_unary(c, p, true, 0x63); return 1;
    case OP(i32_extend8_s): compile_unary(c, p, false, 0x0fbe | GVM_X64_BYTE); return 1;
    case OP(i64_extend8_s): compile_unary(c, p, true, 0x0fbe | GVM_X64_BYTE); return 1;
    case OP(i32_extend16_s): compile_unary(c, p, false, 0x0fbf); return 1;
    case OP(i64_extend16_s): compile_unary(c, p, true, 0x0fbf); return 1;
    case OP(f32_abs): compile_bit(c, p, false, 6); return 1;
    case OP(f64_abs): compile_bit(c, p, true, 6); return 1;
    case OP(f32_neg): compile_bit(c, p, false, 7); return 1;
    case OP(f64_neg): compile_bit(c, p, true, 7); return 1;
#define FLOATS(T, round)                                                                  \
    case OP(T##_add): compile_float(c, p, T##_WIDE, 0x0f58); return 1;                    \
    case OP(T##_mul): compile_float(c, p, T##_WIDE, 0x0f59); return 1;                    \
    case OP(T##_sub): compile_float(c, p, T##_WIDE, 0x0f5c); return 1;                    \
    case OP(T##_div): compile_float(c, p, T##_WIDE, 0x0f5e); return 1;                    \
    case OP(T##_min): compile_float_least(c, p, T##_WIDE, false); return 1;               \
    case OP(T##_max): compile_float_least(c, p, T##_WIDE, true); return 1;                \
    case OP(T##_copysign): compile_copysign(c, p, T##_WIDE); return 1;                    \
    case OP(i32_trunc_##T##_s): compile_truncate(c, w, T##_WIDE, true); return 1;         \
    case OP(i32_trunc_##T##_u): compile_truncate(c, w, T##_WIDE, false); return 1;        \
    case OP(i64_trunc_##T##_s): compile_truncate_long(c, w, T##_WIDE); return 1;          \
    case OP(T##_sqrt): compile_float_unary(c, p, T##_WIDE, scalar(T##_WIDE, 0x0f51), -1); \
        return 1;                                                                         \
    case OP(T##_nearest): compile_float_unary(c, p, T##_WIDE, round, 8); return 1;        \
    case OP(T##_floor): compile_float_unary(c, p, T##_WIDE, round, 9); return 1;          \
    case OP(T##_ceil): compile_float_unary(c, p, T##_WIDE, round, 10); return 1;          \
    case OP(T##_trunc): compile_float_unary(c, p, T##_WIDE, round, 11); return 1;         \
    case OP(T##_convert_i32_s): compile_from_int(c, p, T##_WIDE, false); return 1;        \
    case OP(T##_convert_i32_u):                                                           \
    case OP(T##_convert_i64_s):                                                           \
        compile_from_int(c, p, T##_WIDE, true);                                           \
        return 1;
#define ROUND(op) (GVM_X64_PREFIX(0x66) | GVM_X64_3A | 0x0f00 | (op))
        FLOATS(f32, ROUND(0x0a))
        FLOATS(f64, ROUND(0x0b))
    case OP(f32_demote_f64): compile_float_unary(c, p, false, scalar(true, 0x0f5a), -1); return 1;
    case OP(f64_promote_f32): compile_float_unary(c, p, true, scalar(false, 0x0f5a), -1); return 1;
    case OP(i32_load):
    case OP(f32_load):
    case OP(i64_load32_u): compile_load(c, w, 4, false, 0x8b); return 1;
    case OP(i64_load):
    case OP(f64_load): compile_load(c, w, 8, true, 0x8b); return 1;
    case OP(i32_load8_u):
    case OP(i64_load8_u): compile_load(c, w, 1, false, 0x0fb6); return 1;
    case OP(i32_load16_u):
    case OP(i64_load16_u): compile_load(c, w, 2, false, 0x0fb7); return 1;
    case OP(i32_load8_s): compile_load(c, w, 1, false, 0x0fbe); return 1;
    case OP(i32_load16_s): compile_load(c, w, 2, false, 0x0fbf); return 1;
    case OP(i64_load8_s): compile_load(c, w, 1, true, 0x0fbe); return 1;
    case OP(i64_load16_s): compile_load(c, w, 2, true, 0x0fbf); return 1;
    case OP(i64_load32_s): compile_load(c, w, 4, true, 0x63); return 1;
    case OP(i32_store):
    case OP(f32_store):
    case OP(i64_store32): compile_store(c, w, 4, false, 0x89); return 1;
    case OP(i64_store):
    case OP(f64_store): compile_store(c, w, 8, true, 0x89); return 1;
    case OP(i32_store8):
    case OP(i64_store8): compile_store(c, w, 1, false, 0x88 | GVM_X64_BYTE); return 1;
    case OP(i32_store16):
    case OP(i64_store16): compile_store(c, w, 2, false, GVM_X64_PREFIX(0x66) | 0x89); return 1;
    case IOP(copy): compile_unary(c, p, true, 0x8b); return 1;
    case IOP(copy2): gvm_wasm_x64_copy_wide(c, p->a, p->b); return 1;
    case OP(i32_const):
        d = take(c);
        gvm_x64_mov_imm(&c->b, d, p->index);
        set(c, p->a, d);
        return 1;
    case OP(i64_const):
        d = take(c);
        gvm_x64_mov_imm(&c->b, d, p[1].u64);
        set(c, p->a, d);
        return 2;
    case OP(v128_const): gvm_wasm_x64_const_wide(c, p); return 3;
    case IOP(address):
        gvm_x64_mov_imm(&c->b, RAX, p[1].u64);
        gvm_x64_reg(&c->b, true, 0x03, d = get_own(c, p->b), RAX);
        set(c, p->a, d);
        return 2;
    case OP(select): compile_select(c, p); return 2;
    case OP(global_get): compile_global(c, p, false, false); return 1;
    case IOP(global_get2): compile_global(c, p, true, false); return 1;
    case OP(global_set): compile_global(c, p, false, true); return 1;
    case IOP(global_set2): compile_global(c, p, true, true); return 1;
    case OP(memory_size):
        d = take(c);
        gvm_x64_reg(&c->b, true, 0x8b, d, BYTES);
        gvm_x64_reg(&c->b, true, 0xc1, 5, d);
        gvm_buf_put(&c->b, 16);
        set(c, p->a, d);
        return 1;
    default: return 0;
    }
}

#endif
