/* The compiler for x86-64: vector instructions. A vector lies in two slots and, remembered, in one
 * register; xmm0 and xmm1 serve the instruction at hand. Where the machine has AVX, operations of
 * two operands use its forms, which leave both alone; results are the same. What has no short form
 * here stays with C (compile_x64.c). */
#include "vm/wasm/compile_x64.h"

#if defined(__x86_64__)

/* Opcodes: 66 0F XX, 66 0F 38 XX, 66 0F 3A XX. */
#define P66(op) (GVM_X64_PREFIX(0x66) | 0x0f00u | (op))
#define P38(op) (P66(op) | GVM_X64_38)
#define P3A(op) (P66(op) | GVM_X64_3A)

enum {
    PXOR = P66(0xef),
    PAND = P66(0xdb),
    POR = P66(0xeb),
    PCMPEQD = P66(0x76),
    PTEST = P38(0x17)
};

/* ---- registers */

static unsigned get_v(compiler *c, uint32_t slot) {
    unsigned i = gvm_wasm_bank_find(&c->floats, slot | GVM_WASM_WIDE);
    if (i == GVM_WASM_NOTHING) {
        i = take_x(c) - XFIRST;
        gvm_x64_mem(&c->b, false, 0x0f10, i + XFIRST, FP, at(slot)); /* movups */
        c->floats.slots[i] = slot | GVM_WASM_WIDE;
    }
    consume(c, &c->floats, i, slot);
    return i + XFIRST;
}

static void set_v(compiler *c, uint32_t slot, unsigned r) {
    gvm_wasm_forget_slot(c, slot);
    gvm_wasm_forget_slot(c, slot + 1);
    c->floats.slots[r - XFIRST] = slot | GVM_WASM_WIDE;
    c->floats.dirty |= 1u << (r - XFIRST);
}

static void move(compiler *c, unsigned d, unsigned x) {
    if (d != x) gvm_x64_reg(&c->b, false, 0x0f28, d, x); /* movaps */
}
/* d = d op x */
static void op1(compiler *c, uint32_t op, unsigned d, unsigned x) {
    gvm_x64_reg(&c->b, false, op, d, x);
}
/* d = x op y; d is neither, or x */
static void op2(compiler *c, uint32_t op, unsigned d, unsigned x, unsigned y) {
    if (c->avx) {
        gvm_x64_avx(&c->b, op, d, x, y);
    } else {
        move(c, d, x);
        op1(c, op, d, y);
    }
}
static void op_imm(compiler *c, uint32_t op, unsigned d, unsigned x, unsigned imm) {
    gvm_x64_reg(&c->b, false, op, d, x);
    gvm_buf_put(&c->b, (uint8_t)imm);
}
static void op2_imm(compiler *c, uint32_t op, unsigned d, unsigned x, unsigned y, unsigned imm) {
    op2(c, op, d, x, y);
    gvm_buf_put(&c->b, (uint8_t)imm);
}
/* Shifts d by a constant: which of the group's, and of which lanes. */
enum { SHIFT_W = P66(0x71), SHIFT_D = P66(0x72), SHIFT_Q = P66(0x73) };
enum { RIGHT = 2, RIGHT_SIGNED = 4, LEFT = 6 };
static void shift_imm(compiler *c, uint32_t lanes, unsigned how, unsigned d, unsigned by) {
    op_imm(c, lanes, how, d, by);
}
static void ones(compiler *c, unsigned d) {
    op1(c, PCMPEQD, d, d);
}
static void zero(compiler *c, unsigned d) {
    op1(c, PXOR, d, d);
}
/* d = both halves the 64 bits, or low and high. Uses rax. */
static void constant(compiler *c, unsigned d, uint64_t low, uint64_t high) {
    if ((low | high) == 0) {
        zero(c, d);
        return;
    }
    gvm_x64_mov_imm(&c->b, RAX, low);
    gvm_x64_reg(&c->b, true, P66(0x6e), d, RAX); /* movq */
    if (low == high) {
        op1(c, P66(0x6c), d, d); /* punpcklqdq */
    } else {
        gvm_x64_mov_imm(&c->b, RAX, high);
        gvm_x64_reg(&c->b, true, P3A(0x22), d, RAX); /* pinsrq */
        gvm_buf_put(&c->b, 1);
    }
}

/* ---- two operands */

static void binary(compiler *c, const gvm_wasm_word *p, uint32_t op) {
    unsigned x = get_v(c, p->b), y = get_v(c, p->c), d = take_x(c);
    op2(c, op, d, x, y);
    set_v(c, p->a, d);
}
/* The operation takes its operands the other way round. */
static void binary_swapped(compiler *c, const gvm_wasm_word *p, uint32_t op) {
    unsigned x = get_v(c, p->b), y = get_v(c, p->c), d = take_x(c);
    op2(c, op, d, y, x);
    set_v(c, p->a, d);
}
/* A comparison: swapped, and its result inverted, as asked. */
static void compare_lanes(compiler *c, const gvm_wasm_word *p, uint32_t op, bool swap, bool not ) {
    unsigned x = get_v(c, p->b), y = get_v(c, p->c), d = take_x(c);
    op2(c, op, d, swap ? y : x, swap ? x : y);
    if (not ) {
        ones(c, 0);
        op1(c, PXOR, d, 0);
    }
    set_v(c, p->a, d);
}
/* Unsigned: x is the lesser or greater one of both. */
static void compare_unsigned(compiler *c, const gvm_wasm_word *p, uint32_t pick, uint32_t equal,
                             bool not ) {
    unsigned x = get_v(c, p->b), y = get_v(c, p->c), d = take_x(c);
    op2(c, pick, d, x, y);
    op1(c, equal, d, x);
    if (not ) {
        ones(c, 0);
        op1(c, PXOR, d, 0);
    }
    set_v(c, p->a, d);
}

/* ---- floats */

static uint32_t packed(bool wide, uint32_t op) {
    return wide ? P66(op) : 0x0f00u | op;
}
static void finish_nans(compiler *c, uint32_t slot, bool wide, unsigned d, unsigned x, unsigned y) {
    op2_imm(c, packed(wide, 0xc2), 0, x, y, 3); /* cmpunordps xmm0 */
    op1(c, PTEST, 0, 0);
    gvm_wasm_cold_add(c, wide ? GVM_WASM_COLD_NANS64 : GVM_WASM_COLD_NANS32,
                      gvm_x64_jcc(&c->b, GVM_X64_NE), 0, d);
    set_v(c, slot, d);
}
static void float_binary(compiler *c, const gvm_wasm_word *p, bool wide, uint32_t op) {
    unsigned x = get_v(c, p->b), y = get_v(c, p->c), d = take_x(c);
    op2(c, packed(wide, op), d, x, y);
    finish_nans(c, p->a, wide, d, d, d);
}
static void float_unary(compiler *c, const gvm_wasm_word *p, bool wide, uint32_t op, int imm) {
    unsigned x = get_v(c, p->b), d = take_x(c);
    op1(c, op, d, x);
    if (imm >= 0) gvm_buf_put(&c->b, (uint8_t)imm);
    finish_nans(c, p->a, wide, d, d, d);
}
/* Both orders differ where the operands are zeros of two signs: or gives -0, and gives +0. */
static void float_least(compiler *c, const gvm_wasm_word *p, bool wide, bool most) {
    unsigned x = get_v(c, p->b), y = get_v(c, p->c), d = take_x(c);
    uint32_t op = packed(wide, most ? 0x5f : 0x5d);
    op2(c, op, d, x, y);
    op2(c, op, 1, y, x);
    op1(c, packed(wide, most ? 0x54 : 0x56), d, 1);
    finish_nans(c, p->a, wide, d, x, y);
}
static void float_compare(compiler *c, const gvm_wasm_word *p, bool wide, unsigned how, bool swap) {
    unsigned x = get_v(c, p->b), y = get_v(c, p->c), d = take_x(c);
    op2_imm(c, packed(wide, 0xc2), d, swap ? y : x, swap ? x : y, how);
    set_v(c, p->a, d);
}
/* abs, neg: a mask of the sign, or of all but it. */
static void float_sign(compiler *c, const gvm_wasm_word *p, bool wide, bool negate) {
    unsigned x = get_v(c, p->b), d = take_x(c);
    ones(c, d);
    shift_imm(c, wide ? SHIFT_Q : SHIFT_D, negate ? LEFT : RIGHT, d, negate ? (wide ? 63 : 31) : 1);
    op1(c, negate ? PXOR : PAND, d, x);
    set_v(c, p->a, d);
}

/* ---- one operand */

static void unary(compiler *c, const gvm_wasm_word *p, uint32_t op) {
    unsigned x = get_v(c, p->b), d = take_x(c);
    op1(c, op, d, x);
    set_v(c, p->a, d);
}
static void negate(compiler *c, const gvm_wasm_word *p, uint32_t op) {
    unsigned x = get_v(c, p->b), d = take_x(c);
    zero(c, d);
    op1(c, op, d, x);
    set_v(c, p->a, d);
}
static void extend(compiler *c, const gvm_wasm_word *p, uint32_t op, bool high) {
    unsigned x = get_v(c, p->b), d = take_x(c);
    if (high) {
        op_imm(c, P66(0x70), 0, x, 0xee); /* pshufd: the upper half */
        x = 0;
    }
    op1(c, op, d, x);
    set_v(c, p->a, d);
}
static void extend_multiply(compiler *c, const gvm_wasm_word *p, uint32_t op, uint32_t multiply,
                            bool high) {
    unsigned x = get_v(c, p->b), y = get_v(c, p->c), d = take_x(c);
    if (high) {
        op_imm(c, P66(0x70), 0, x, 0xee);
        op_imm(c, P66(0x70), 1, y, 0xee);
    }
    op1(c, op, d, high ? 0 : x);
    op1(c, op, 1, high ? 1 : y);
    op1(c, multiply, d, 1);
    set_v(c, p->a, d);
}

/* ---- shifts */

/* xmm0 = the count, below the lanes' width, and `more`. */
static void shift_count(compiler *c, uint32_t slot, unsigned bits, unsigned more) {
    unsigned k = get(c, slot);
    gvm_x64_reg(&c->b, false, 0x8b, RCX, k);
    gvm_x64_alu_imm(&c->b, false, 4, RCX, (int32_t)bits - 1);
    if (more != 0) gvm_x64_alu_imm(&c->b, false, 0, RCX, (int32_t)more);
    gvm_x64_reg(&c->b, false, P66(0x6e), 0, RCX);
}
static void shift(compiler *c, const gvm_wasm_word *p, uint32_t op, unsigned bits) {
    unsigned x = get_v(c, p->b), d = take_x(c);
    shift_count(c, p->c, bits, 0);
    op2(c, op, d, x, 0);
    set_v(c, p->a, d);
}
/* Bytes have no shifts: words are shifted, and what came over from the other byte is masked. */
static void shift_bytes(compiler *c, const gvm_wasm_word *p, bool left) {
    unsigned x = get_v(c, p->b), d = take_x(c), t = take_x(c);
    uint32_t op = left ? P66(0xf1) : P66(0xd1);
    shift_count(c, p->c, 8, 0);
    ones(c, 1);
    shift_imm(c, SHIFT_W, RIGHT, 1, 8);
    op1(c, op, 1, 0); /* its low byte is the mask */
    zero(c, t);
    op1(c, P38(0x00), 1, t); /* pshufb: to all bytes */
    op2(c, op, d, x, 0);
    op1(c, PAND, d, 1);
    set_v(c, p->a, d);
}
static void shift_bytes_signed(compiler *c, const gvm_wasm_word *p) {
    unsigned x = get_v(c, p->b), d = take_x(c);
    shift_count(c, p->c, 8, 8);
    op2(c, P66(0x68), 1, x, x); /* each byte twice in a word: punpckhbw, punpcklbw */
    op2(c, P66(0x60), d, x, x);
    op1(c, P66(0xe1), 1, 0);
    op1(c, P66(0xe1), d, 0);
    op1(c, P66(0x63), d, 1); /* packsswb */
    set_v(c, p->a, d);
}
/* (x >> n ^ m) - m, where m is the sign's bit after the shift */
static void shift_long_signed(compiler *c, const gvm_wasm_word *p) {
    unsigned x = get_v(c, p->b), d = take_x(c);
    shift_count(c, p->c, 64, 0);
    ones(c, 1);
    shift_imm(c, SHIFT_Q, LEFT, 1, 63);
    op1(c, P66(0xd3), 1, 0);
    op2(c, P66(0xd3), d, x, 0);
    op1(c, PXOR, d, 1);
    op1(c, P66(0xfb), d, 1);
    set_v(c, p->a, d);
}

/* ---- lanes */

static void splat(compiler *c, const gvm_wasm_word *p, unsigned bytes) {
    unsigned x = get(c, p->b), d = take_x(c);
    if (bytes == 1) {
        gvm_x64_reg(&c->b, false, 0x0fb6 | GVM_X64_BYTE, RAX, x);
        gvm_x64_reg(&c->b, false, 0x69, RAX, RAX);
        gvm_x64_u32(&c->b, 0x01010101);
        x = RAX;
    }
    gvm_x64_reg(&c->b, bytes == 8, P66(0x6e), d, x);
    if (bytes == 2) op_imm(c, GVM_X64_PREFIX(0xf2) | 0x0f70, d, d, 0); /* pshuflw */
    if (bytes == 8)
        op1(c, P66(0x6c), d, d);
    else
        op_imm(c, P66(0x70), d, d, 0);
    set_v(c, p->a, d);
}
/* pextrb, pextrw, pextrd, pextrq; `extended`: with its sign. */
static void extract(compiler *c, const gvm_wasm_word *p, unsigned bytes, bool extended) {
    unsigned x = get_v(c, p->b), d = take(c), lane = p[1].b;
    if (bytes == 2)
        gvm_x64_reg(&c->b, false, P66(0xc5), d, x);
    else
        gvm_x64_reg(&c->b, bytes == 8, bytes == 1 ? P3A(0x14) : P3A(0x16), x, d);
    gvm_buf_put(&c->b, (uint8_t)lane);
    if (extended) gvm_x64_reg(&c->b, false, bytes == 1 ? 0x0fbe | GVM_X64_BYTE : 0x0fbf, d, d);
    set(c, p->a, d);
}
static uint32_t insertion(unsigned bytes) {
    return bytes == 1 ? P3A(0x20) : bytes == 2 ? P66(0xc4) : P3A(0x22);
}
static void replace(compiler *c, const gvm_wasm_word *p, unsigned bytes) {
    unsigned x = get_v(c, p->b), y = get(c, p->c), d = take_x(c);
    move(c, d, x);
    gvm_x64_reg(&c->b, bytes == 8, insertion(bytes), d, y);
    gvm_buf_put(&c->b, (uint8_t)p[1].b);
    set_v(c, p->a, d);
}
static void swizzle(compiler *c, const gvm_wasm_word *p) {
    unsigned x = get_v(c, p->b), y = get_v(c, p->c), d = take_x(c);
    constant(c, 0, 0x7070707070707070u, 0x7070707070707070u);
    op1(c, P66(0xdc), 0, y); /* paddusb: what is above 15 gets bit 7 */
    op2(c, P38(0x00), d, x, 0);
    set_v(c, p->a, d);
}
/* Bytes of x, bytes of y, each with zeros where the other's are. */
static void shuffle(compiler *c, const gvm_wasm_word *p) {
    uint8_t from[16], of_x[16], of_y[16];
    uint64_t words[2];
    bool has_x = false, has_y = false;
    memcpy(from, &p[2].u64, 8);
    memcpy(from + 8, &p[3].u64, 8);
    for (unsigned i = 0; i < 16; i++) {
        of_x[i] = from[i] < 16 ? from[i] : 0x80;
        of_y[i] = from[i] >= 16 ? from[i] - 16 : 0x80;
        has_x |= from[i] < 16;
        has_y |= from[i] >= 16;
    }
    unsigned x = get_v(c, p->b), y = get_v(c, p->c), d = take_x(c);
    if (has_x) {
        memcpy(words, of_x, 16);
        constant(c, 0, words[0], words[1]);
        op2(c, P38(0x00), d, x, 0);
    }
    if (has_y) {
        unsigned t = has_x ? 1 : d;
        memcpy(words, of_y, 16);
        constant(c, 0, words[0], words[1]);
        op2(c, P38(0x00), t, y, 0);
        if (has_x) op1(c, POR, d, 1);
    }
    set_v(c, p->a, d);
}

/* ---- to a number */

static void any_true(compiler *c, const gvm_wasm_word *p) {
    unsigned x = get_v(c, p->b);
    op1(c, PTEST, x, x);
    set_condition(c, p->a, GVM_X64_NE);
}
static void all_true(compiler *c, const gvm_wasm_word *p, uint32_t equal) {
    unsigned x = get_v(c, p->b);
    zero(c, 0);
    op1(c, equal, 0, x);
    op1(c, PTEST, 0, 0);
    set_condition(c, p->a, GVM_X64_E);
}
static void bitmask(compiler *c, const gvm_wasm_word *p, uint32_t op, bool words) {
    unsigned x = get_v(c, p->b), d = take(c);
    if (words) {
        op2(c, P66(0x63), 0, x, x); /* packsswb */
        x = 0;
    }
    gvm_x64_reg(&c->b, false, op, d, x);
    if (words) gvm_x64_reg(&c->b, false, 0x0fb6 | GVM_X64_BYTE, d, d);
    set(c, p->a, d);
}

/* ---- those with a sequence of their own */

static void bitselect(compiler *c, const gvm_wasm_word *p) {
    unsigned x = get_v(c, p->b), y = get_v(c, p->c), k = get_v(c, p[1].a), d = take_x(c);
    op2(c, PAND, d, x, k);
    op2(c, P66(0xdf), 0, k, y); /* pandn */
    op1(c, POR, d, 0);
    set_v(c, p->a, d);
}
static void not_bits(compiler *c, const gvm_wasm_word *p) {
    unsigned x = get_v(c, p->b), d = take_x(c);
    ones(c, d);
    op1(c, PXOR, d, x);
    set_v(c, p->a, d);
}
static void long_abs(compiler *c, const gvm_wasm_word *p) {
    unsigned x = get_v(c, p->b), d = take_x(c);
    zero(c, 0);
    op1(c, P38(0x37), 0, x); /* pcmpgtq: ones where negative */
    op2(c, PXOR, d, x, 0);
    op1(c, P66(0xfb), d, 0);
    set_v(c, p->a, d);
}
/* Products of halves: x1 y0 + x0 y1, above x0 y0. */
static void long_multiply(compiler *c, const gvm_wasm_word *p) {
    unsigned x = get_v(c, p->b), y = get_v(c, p->c), d = take_x(c);
    move(c, 0, x);
    shift_imm(c, SHIFT_Q, RIGHT, 0, 32);
    op1(c, P66(0xf4), 0, y);
    move(c, 1, y);
    shift_imm(c, SHIFT_Q, RIGHT, 1, 32);
    op1(c, P66(0xf4), 1, x);
    op1(c, P66(0xd4), 0, 1);
    shift_imm(c, SHIFT_Q, LEFT, 0, 32);
    op2(c, P66(0xf4), d, x, y);
    op1(c, P66(0xd4), d, 0);
    set_v(c, p->a, d);
}
/* pmulhrsw has one case too many: -1 * -1 is 0x8000, and shall be 0x7fff. */
static void q15_multiply(compiler *c, const gvm_wasm_word *p) {
    unsigned x = get_v(c, p->b), y = get_v(c, p->c), d = take_x(c);
    op2(c, P38(0x0b), d, x, y);
    ones(c, 0);
    shift_imm(c, SHIFT_W, LEFT, 0, 15);
    op1(c, P66(0x75), 0, d);
    op1(c, PXOR, d, 0);
    set_v(c, p->a, d);
}
/* Sums of neighbours: products with ones. */
static void pairwise_bytes(compiler *c, const gvm_wasm_word *p, bool with_sign) {
    unsigned x = get_v(c, p->b), d = take_x(c);
    ones(c, 0);
    op1(c, P38(0x1c), 0, 0);                                    /* pabsb */
    op2(c, P38(0x04), d, with_sign ? 0 : x, with_sign ? x : 0); /* pmaddubsw: unsigned, signed */
    set_v(c, p->a, d);
}
static void pairwise_words(compiler *c, const gvm_wasm_word *p, bool with_sign) {
    unsigned x = get_v(c, p->b), d = take_x(c);
    if (with_sign) {
        ones(c, 0);
        op1(c, P38(0x1d), 0, 0); /* pabsw */
        op2(c, P66(0xf5), d, x, 0);
    } else {
        move(c, 0, x);
        shift_imm(c, SHIFT_D, RIGHT, 0, 16);
        move(c, d, x);
        shift_imm(c, SHIFT_D, LEFT, d, 16);
        shift_imm(c, SHIFT_D, RIGHT, d, 16);
        op1(c, P66(0xfe), d, 0);
    }
    set_v(c, p->a, d);
}
/* NaN lanes become 0 first; what is too large comes out as 0x80000000 and is inverted. */
static void truncate_floats(compiler *c, const gvm_wasm_word *p) {
    unsigned x = get_v(c, p->b), d = take_x(c);
    op2_imm(c, 0x0fc2, 0, x, x, 0); /* cmpeqps */
    op2(c, PAND, d, x, 0);
    op1(c, PXOR, 0, d);
    op1(c, GVM_X64_PREFIX(0xf3) | 0x0f5b, d, d); /* cvttps2dq */
    op1(c, PAND, 0, d);
    shift_imm(c, SHIFT_D, RIGHT_SIGNED, 0, 31);
    op1(c, PXOR, d, 0);
    set_v(c, p->a, d);
}
static void truncate_doubles(compiler *c, const gvm_wasm_word *p) {
    unsigned x = get_v(c, p->b), d = take_x(c);
    constant(c, 1, 0x41dfffffffc00000u, 0x41dfffffffc00000u); /* 2147483647.0 */
    op2_imm(c, P66(0xc2), 0, x, x, 0);                        /* cmpeqpd */
    op1(c, PAND, 0, 1);
    op2(c, P66(0x5d), d, x, 0); /* minpd: its second where one is NaN */
    op1(c, P66(0xe6), d, d);    /* cvttpd2dq */
    set_v(c, p->a, d);
}
/* 2^52 + x, as bits; less 2^52 */
static void convert_unsigned_double(compiler *c, const gvm_wasm_word *p) {
    unsigned x = get_v(c, p->b), d = take_x(c);
    constant(c, 0, 0x4330000043300000u, 0x4330000043300000u);
    op2(c, P66(0x62), d, x, 0); /* punpckldq */
    constant(c, 0, 0x4330000000000000u, 0x4330000000000000u);
    op1(c, P66(0x5c), d, 0);
    set_v(c, p->a, d);
}
/* The upper 17 bits, twice their half, and the lower 16: one rounding. */
static void convert_unsigned_float(compiler *c, const gvm_wasm_word *p) {
    unsigned x = get_v(c, p->b), d = take_x(c);
    zero(c, 0);
    op_imm(c, P3A(0x0e), 0, x, 0x55); /* pblendw: low words */
    op2(c, P66(0xfa), d, x, 0);
    op1(c, 0x0f5b, 0, 0); /* cvtdq2ps */
    shift_imm(c, SHIFT_D, RIGHT, d, 1);
    op1(c, 0x0f5b, d, d);
    op1(c, 0x0f58, d, d);
    op1(c, 0x0f58, d, 0);
    set_v(c, p->a, d);
}

/* ---- which is which */

/* The instruction's opcode, where it is one operation on two vectors; 0: it is not. */
static uint32_t direct(uint16_t op) {
    switch (op) {
#define X(name, code) \
    case OP(name): return code;
        X(v128_and, P66(0xdb))
        X(v128_or, P66(0xeb))
        X(v128_xor, P66(0xef)) X(i8x16_add, P66(0xfc)) X(i8x16_sub, P66(0xf8)) X(
            i8x16_add_sat_s, P66(0xec)) X(i8x16_add_sat_u, P66(0xdc)) X(i8x16_sub_sat_s, P66(0xe8))
            X(i8x16_sub_sat_u, P66(0xd8)) X(i8x16_min_s, P38(0x38)) X(i8x16_min_u, P66(0xda))
                X(i8x16_max_s, P38(0x3c)) X(i8x16_max_u, P66(0xde)) X(i8x16_avgr_u, P66(0xe0)) X(
                    i8x16_eq, P66(0x74)) X(i8x16_gt_s, P66(0x64)) X(i8x16_narrow_i16x8_s, P66(0x63))
                    X(i8x16_narrow_i16x8_u, P66(0x67)) X(i16x8_add, P66(0xfd)) X(
                        i16x8_sub, P66(0xf9)) X(i16x8_mul, P66(0xd5)) X(i16x8_add_sat_s, P66(0xed))
                        X(i16x8_add_sat_u, P66(0xdd)) X(i16x8_sub_sat_s,
                                                        P66(0xe9)) X(i16x8_sub_sat_u, P66(0xd9))
                            X(i16x8_min_s, P66(0xea)) X(i16x8_min_u, P38(0x3a)) X(
                                i16x8_max_s, P66(0xee)) X(i16x8_max_u, P38(0x3e))
                                X(i16x8_avgr_u, P66(0xe3)) X(i16x8_eq, P66(0x75))
                                    X(i16x8_gt_s, P66(0x65)) X(i16x8_narrow_i32x4_s, P66(0x6b))
                                        X(i16x8_narrow_i32x4_u, P38(0x2b)) X(i32x4_add, P66(0xfe))
                                            X(i32x4_sub,
                                              P66(0xfa)) X(i32x4_mul,
                                                           P38(0x40)) X(i32x4_min_s, P38(0x39))
                                                X(i32x4_min_u, P38(0x3b)) X(i32x4_max_s, P38(0x3d))
                                                    X(i32x4_max_u, P38(0x3f)) X(i32x4_eq, P66(0x76))
                                                        X(i32x4_gt_s, P66(0x66))
                                                            X(i32x4_dot_i16x8_s, P66(0xf5))
                                                                X(i64x2_add, P66(0xd4))
                                                                    X(i64x2_sub, P66(0xfb))
                                                                        X(i64x2_eq, P38(0x29))
                                                                            X(i64x2_gt_s, P38(0x37))
#undef X
                                                                                default : return 0;
    }
}

static bool compile_integers(compiler *c, const gvm_wasm_word *p) {
    switch (p[1].op) {
#define COMPARES(T, gt, eq)                                               \
    case OP(T##_ne): compare_lanes(c, p, eq, false, true); return true;   \
    case OP(T##_lt_s): compare_lanes(c, p, gt, true, false); return true; \
    case OP(T##_le_s): compare_lanes(c, p, gt, false, true); return true; \
    case OP(T##_ge_s):                                                    \
        compare_lanes(c, p, gt, true, true);                              \
        return true;
#define UNSIGNED(T, min, max, eq)                                           \
    case OP(T##_le_u): compare_unsigned(c, p, min, eq, false); return true; \
    case OP(T##_ge_u): compare_unsigned(c, p, max, eq, false); return true; \
    case OP(T##_lt_u): compare_unsigned(c, p, max, eq, true); return true;  \
    case OP(T##_gt_u): compare_unsigned(c, p, min, eq, true); return true;
        COMPARES(i8x16, P66(0x64), P66(0x74))
        COMPARES(i16x8, P66(0x65), P66(0x75))
        COMPARES(i32x4, P66(0x66), P66(0x76))
        COMPARES(i64x2, P38(0x37), P38(0x29))
        UNSIGNED(i8x16, P66(0xda), P66(0xde), P66(0x74))
        UNSIGNED(i16x8, P38(0x3a), P38(0x3e), P66(0x75))
        UNSIGNED(i32x4, P38(0x3b), P38(0x3f), P66(0x76))
    case OP(v128_andnot): binary_swapped(c, p, P66(0xdf)); return true;
    case OP(v128_not): not_bits(c, p); return true;
    case OP(v128_bitselect): bitselect(c, p); return true;
    case OP(i8x16_abs): unary(c, p, P38(0x1c)); return true;
    case OP(i16x8_abs): unary(c, p, P38(0x1d)); return true;
    case OP(i32x4_abs): unary(c, p, P38(0x1e)); return true;
    case OP(i64x2_abs): long_abs(c, p); return true;
    case OP(i8x16_neg): negate(c, p, P66(0xf8)); return true;
    case OP(i16x8_neg): negate(c, p, P66(0xf9)); return true;
    case OP(i32x4_neg): negate(c, p, P66(0xfa)); return true;
    case OP(i64x2_neg): negate(c, p, P66(0xfb)); return true;
    case OP(i64x2_mul): long_multiply(c, p); return true;
    case OP(i16x8_q15mulr_sat_s): q15_multiply(c, p); return true;
    case OP(i16x8_extadd_pairwise_i8x16_s): pairwise_bytes(c, p, true); return true;
    case OP(i16x8_extadd_pairwise_i8x16_u): pairwise_bytes(c, p, false); return true;
    case OP(i32x4_extadd_pairwise_i16x8_s): pairwise_words(c, p, true); return true;
    case OP(i32x4_extadd_pairwise_i16x8_u): pairwise_words(c, p, false); return true;
#define EXTENDS(to, from, with, without, multiply, multiply_u)                         \
    case OP(to##_extend_low_##from##_s): extend(c, p, with, false); return true;       \
    case OP(to##_extend_high_##from##_s): extend(c, p, with, true); return true;       \
    case OP(to##_extend_low_##from##_u): extend(c, p, without, false); return true;    \
    case OP(to##_extend_high_##from##_u): extend(c, p, without, true); return true;    \
    case OP(to##_extmul_low_##from##_s): extend_multiply(c, p, with, multiply, false); \
        return true;                                                                   \
    case OP(to##_extmul_high_##from##_s): extend_multiply(c, p, with, multiply, true); \
        return true;                                                                   \
    case OP(to##_extmul_low_##from##_u):                                               \
        extend_multiply(c, p, without, multiply_u, false);                             \
        return true;                                                                   \
    case OP(to##_extmul_high_##from##_u):                                              \
        extend_multiply(c, p, without, multiply_u, true);                              \
        return true;
        EXTENDS(i16x8, i8x16, P38(0x20), P38(0x30), P66(0xd5), P66(0xd5))
        EXTENDS(i32x4, i16x8, P38(0x23), P38(0x33), P38(0x40), P38(0x40))
        EXTENDS(i64x2, i32x4, P38(0x25), P38(0x35), P38(0x28), P66(0xf4))
    case OP(i8x16_shl): shift_bytes(c, p, true); return true;
    case OP(i8x16_shr_u): shift_bytes(c, p, false); return true;
    case OP(i8x16_shr_s): shift_bytes_signed(c, p); return true;
    case OP(i16x8_shl): shift(c, p, P66(0xf1), 16); return true;
    case OP(i16x8_shr_s): shift(c, p, P66(0xe1), 16); return true;
    case OP(i16x8_shr_u): shift(c, p, P66(0xd1), 16); return true;
    case OP(i32x4_shl): shift(c, p, P66(0xf2), 32); return true;
    case OP(i32x4_shr_s): shift(c, p, P66(0xe2), 32); return true;
    case OP(i32x4_shr_u): shift(c, p, P66(0xd2), 32); return true;
    case OP(i64x2_shl): shift(c, p, P66(0xf3), 64); return true;
    case OP(i64x2_shr_u): shift(c, p, P66(0xd3), 64); return true;
    case OP(i64x2_shr_s): shift_long_signed(c, p); return true;
    default: return false;
    }
}

static bool compile_lanes(compiler *c, const gvm_wasm_word *p) {
    switch (p[1].op) {
    case OP(i8x16_splat): splat(c, p, 1); return true;
    case OP(i16x8_splat): splat(c, p, 2); return true;
    case OP(i32x4_splat):
    case OP(f32x4_splat): splat(c, p, 4); return true;
    case OP(i64x2_splat):
    case OP(f64x2_splat): splat(c, p, 8); return true;
    case OP(i8x16_extract_lane_s): extract(c, p, 1, true); return true;
    case OP(i8x16_extract_lane_u): extract(c, p, 1, false); return true;
    case OP(i16x8_extract_lane_s): extract(c, p, 2, true); return true;
    case OP(i16x8_extract_lane_u): extract(c, p, 2, false); return true;
    case OP(i32x4_extract_lane):
    case OP(f32x4_extract_lane): extract(c, p, 4, false); return true;
    case OP(i64x2_extract_lane):
    case OP(f64x2_extract_lane): extract(c, p, 8, false); return true;
    case OP(i8x16_replace_lane): replace(c, p, 1); return true;
    case OP(i16x8_replace_lane): replace(c, p, 2); return true;
    case OP(i32x4_replace_lane):
    case OP(f32x4_replace_lane): replace(c, p, 4); return true;
    case OP(i64x2_replace_lane):
    case OP(f64x2_replace_lane): replace(c, p, 8); return true;
    case OP(i8x16_swizzle): swizzle(c, p); return true;
    case OP(i8x16_shuffle): shuffle(c, p); return true;
    case OP(v128_any_true): any_true(c, p); return true;
    case OP(i8x16_all_true): all_true(c, p, P66(0x74)); return true;
    case OP(i16x8_all_true): all_true(c, p, P66(0x75)); return true;
    case OP(i32x4_all_true): all_true(c, p, P66(0x76)); return true;
    case OP(i64x2_all_true): all_true(c, p, P38(0x29)); return true;
    case OP(i8x16_bitmask): bitmask(c, p, P66(0xd7), false); return true;
    case OP(i16x8_bitmask): bitmask(c, p, P66(0xd7), true); return true;
    case OP(i32x4_bitmask): bitmask(c, p, 0x0f50, false); return true;
    case OP(i64x2_bitmask): bitmask(c, p, P66(0x50), false); return true;
    default: return false;
    }
}

static bool compile_floats(compiler *c, const gvm_wasm_word *p) {
    switch (p[1].op) {
#define FLOATS(T, wide, round)                                                       \
    case OP(T##_add): float_binary(c, p, wide, 0x58); return true;                   \
    case OP(T##_mul): float_binary(c, p, wide, 0x59); return true;                   \
    case OP(T##_sub): float_binary(c, p, wide, 0x5c); return true;                   \
    case OP(T##_div): float_binary(c, p, wide, 0x5e); return true;                   \
    case OP(T##_min): float_least(c, p, wide, false); return true;                   \
    case OP(T##_max): float_least(c, p, wide, true); return true;                    \
    case OP(T##_pmin): binary_swapped(c, p, packed(wide, 0x5d)); return true;        \
    case OP(T##_pmax): binary_swapped(c, p, packed(wide, 0x5f)); return true;        \
    case OP(T##_sqrt): float_unary(c, p, wide, packed(wide, 0x51), -1); return true; \
    case OP(T##_nearest): float_unary(c, p, wide, P3A(round), 8); return true;       \
    case OP(T##_floor): float_unary(c, p, wide, P3A(round), 9); return true;         \
    case OP(T##_ceil): float_unary(c, p, wide, P3A(round), 10); return true;         \
    case OP(T##_trunc): float_unary(c, p, wide, P3A(round), 11); return true;        \
    case OP(T##_abs): float_sign(c, p, wide, false); return true;                    \
    case OP(T##_neg): float_sign(c, p, wide, true); return true;                     \
    case OP(T##_eq): float_compare(c, p, wide, 0, false); return true;               \
    case OP(T##_lt): float_compare(c, p, wide, 1, false); return true;               \
    case OP(T##_le): float_compare(c, p, wide, 2, false); return true;               \
    case OP(T##_ne): float_compare(c, p, wide, 4, false); return true;               \
    case OP(T##_gt): float_compare(c, p, wide, 1, true); return true;                \
    case OP(T##_ge): float_compare(c, p, wide, 2, true); return true;
        FLOATS(f32x4, false, 0x08)
        FLOATS(f64x2, true, 0x09)
    case OP(f32x4_convert_i32x4_s): unary(c, p, 0x0f5b); return true;
    case OP(f64x2_convert_low_i32x4_s): unary(c, p, GVM_X64_PREFIX(0xf3) | 0x0fe6); return true;
    case OP(f32x4_convert_i32x4_u): convert_unsigned_float(c, p); return true;
    case OP(f64x2_convert_low_i32x4_u): convert_unsigned_double(c, p); return true;
    case OP(f32x4_demote_f64x2_zero): float_unary(c, p, false, P66(0x5a), -1); return true;
    case OP(f64x2_promote_low_f32x4): float_unary(c, p, true, 0x0f5a, -1); return true;
    case OP(i32x4_trunc_sat_f32x4_s): truncate_floats(c, p); return true;
    case OP(i32x4_trunc_sat_f64x2_s_zero): truncate_doubles(c, p); return true;
    default: return false;
    }
}

bool gvm_wasm_x64_simd(compiler *c, uint32_t w) {
    const gvm_wasm_word *p = &c->m->words.at[w];
    uint32_t op = direct(p[1].op);
    if (op != 0) {
        binary(c, p, op);
        return true;
    }
    return compile_integers(c, p) || compile_lanes(c, p) || compile_floats(c, p);
}

/* ---- memory */

/* op d, [memory + x + offset] */
static void access_memory(compiler *c, const gvm_wasm_word *p, bool wide, uint32_t op, unsigned d,
                          unsigned x) {
    gvm_x64_sib(&c->b, wide, op, d, MEM, x, 0, p->c);
}
static void load_vector(compiler *c, uint32_t w, bool wide, uint32_t op) {
    const gvm_wasm_word *p = &c->m->words.at[w];
    unsigned x = gvm_wasm_x64_address(c, w, p->b, p[1].c, true), d = take_x(c);
    access_memory(c, p, wide, op, d, x);
    set_v(c, p->a, d);
}
static void load_splat(compiler *c, uint32_t w) {
    const gvm_wasm_word *p = &c->m->words.at[w];
    unsigned x = gvm_wasm_x64_address(c, w, p->b, p[1].c, true), d = take_x(c);
    if (p[1].c <= 2) {
        access_memory(c, p, false, p[1].c == 1 ? 0x0fb6 : 0x0fb7, RAX, x);
        gvm_x64_reg(&c->b, false, 0x69, RAX, RAX);
        gvm_x64_u32(&c->b, p[1].c == 1 ? 0x01010101 : 0x00010001);
        gvm_x64_reg(&c->b, false, P66(0x6e), d, RAX);
    } else {
        access_memory(c, p, p[1].c == 8, P66(0x6e), d, x);
    }
    op_imm(c, P66(0x70), d, d, p[1].c == 8 ? 0x44 : 0);
    set_v(c, p->a, d);
}
static void load_lane(compiler *c, uint32_t w) {
    const gvm_wasm_word *p = &c->m->words.at[w];
    unsigned x = gvm_wasm_x64_address(c, w, p->b, p[1].c, true), v = get_v(c, p[1].a);
    unsigned d = take_x(c);
    move(c, d, v);
    access_memory(c, p, p[1].c == 8, insertion(p[1].c), d, x);
    gvm_buf_put(&c->b, (uint8_t)p[1].b);
    set_v(c, p->a, d);
}
static void store_lane(compiler *c, uint32_t w) {
    const gvm_wasm_word *p = &c->m->words.at[w];
    unsigned x = gvm_wasm_x64_address(c, w, p->b, p[1].c, true), v = get_v(c, p[1].a);
    uint32_t op = p[1].c == 1 ? P3A(0x14) : p[1].c == 2 ? P3A(0x15) : P3A(0x16);
    access_memory(c, p, p[1].c == 8, op, v, x);
    gvm_buf_put(&c->b, (uint8_t)p[1].b);
}

bool gvm_wasm_x64_simd_memory(compiler *c, uint32_t w) {
    const gvm_wasm_word *p = &c->m->words.at[w];
    unsigned x;
    switch (p[1].op) {
    case OP(v128_load): load_vector(c, w, false, 0x0f10); return true;
    case OP(v128_store):
        x = gvm_wasm_x64_address(c, w, p->b, p[1].c, true);
        access_memory(c, p, false, 0x0f11, get_v(c, p[1].a), x);
        return true;
    case OP(v128_load8x8_s): load_vector(c, w, false, P38(0x20)); return true;
    case OP(v128_load8x8_u): load_vector(c, w, false, P38(0x30)); return true;
    case OP(v128_load16x4_s): load_vector(c, w, false, P38(0x23)); return true;
    case OP(v128_load16x4_u): load_vector(c, w, false, P38(0x33)); return true;
    case OP(v128_load32x2_s): load_vector(c, w, false, P38(0x25)); return true;
    case OP(v128_load32x2_u): load_vector(c, w, false, P38(0x35)); return true;
    case OP(v128_load32_zero): load_vector(c, w, false, P66(0x6e)); return true;
    case OP(v128_load64_zero): load_vector(c, w, true, P66(0x6e)); return true;
    case OP(v128_load8_splat):
    case OP(v128_load16_splat):
    case OP(v128_load32_splat):
    case OP(v128_load64_splat): load_splat(c, w); return true;
    case OP(v128_load8_lane):
    case OP(v128_load16_lane):
    case OP(v128_load32_lane):
    case OP(v128_load64_lane): load_lane(c, w); return true;
    case OP(v128_store8_lane):
    case OP(v128_store16_lane):
    case OP(v128_store32_lane):
    case OP(v128_store64_lane): store_lane(c, w); return true;
    default: return false;
    }
}

/* ---- moves */

void gvm_wasm_x64_copy_wide(compiler *c, uint32_t to, uint32_t from) {
    unsigned x = get_v(c, from), d = take_x(c);
    move(c, d, x);
    set_v(c, to, d);
}

void gvm_wasm_x64_const_wide(compiler *c, const gvm_wasm_word *p) {
    unsigned d = take_x(c);
    constant(c, d, p[1].u64, p[2].u64);
    set_v(c, p->a, d);
}

/* The global's address is in rax. */
void gvm_wasm_x64_global_wide(compiler *c, const gvm_wasm_word *p, bool store) {
    if (store) {
        gvm_x64_mem(&c->b, false, 0x0f11, get_v(c, p->a), RAX, 0);
        return;
    }
    unsigned d = take_x(c);
    gvm_x64_mem(&c->b, false, 0x0f10, d, RAX, 0);
    set_v(c, p->a, d);
}

void gvm_wasm_x64_select_wide(compiler *c, const gvm_wasm_word *p) {
    flush(c);
    unsigned k = get(c, p[1].op), d = take_x(c);
    gvm_x64_mem(&c->b, true, 0x8d, RCX, FP, at(p->b));
    gvm_x64_mem(&c->b, true, 0x8d, RDX, FP, at(p->c));
    gvm_x64_reg(&c->b, false, 0x85, k, k);
    gvm_x64_reg(&c->b, true, 0x0f44, RCX, RDX); /* cmove */
    gvm_x64_mem(&c->b, false, 0x0f10, d, RCX, 0);
    set_v(c, p->a, d);
}

void gvm_wasm_x64_cold_nans(compiler *c, unsigned d, bool wide) {
    op2(c, P66(0xdf), 1, 0, d); /* pandn: what is no NaN */
    shift_imm(c, wide ? SHIFT_Q : SHIFT_D, LEFT, 0, wide ? 52 : 23);
    shift_imm(c, wide ? SHIFT_Q : SHIFT_D, RIGHT, 0, 1);
    op1(c, POR, 1, 0);
    move(c, d, 1);
}

#endif
