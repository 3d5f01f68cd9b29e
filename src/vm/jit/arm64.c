#include "vm/jit/arm64.h"

#define WIDE(wide)   ((uint32_t)(wide) << 31)
#define DOUBLE(wide) ((uint32_t)(wide) << 22)

void gvm_arm64_word(gvm_buf *b, uint32_t word) {
    if (b->cap - b->len >= 4 && !b->failed) {
        memcpy(b->ptr + b->len, &word, 4);
        b->len += 4;
    } else {
        gvm_buf_append(b, &word, 4);
    }
}

static void three(gvm_buf *b, uint32_t op, unsigned d, unsigned n, unsigned m) {
    gvm_arm64_word(b, op | m << 16 | n << 5 | d);
}

/* ---- integers */

void gvm_arm64_rrr(gvm_buf *b, bool wide, uint32_t op, unsigned d, unsigned n, unsigned m) {
    three(b, WIDE(wide) | op, d, n, m);
}

void gvm_arm64_shifted(gvm_buf *b, bool wide, uint32_t op, unsigned d, unsigned n, unsigned m,
                       unsigned shift, unsigned amount) {
    three(b, WIDE(wide) | op | shift << 22 | amount << 10, d, n, m);
}

void gvm_arm64_extended(gvm_buf *b, uint32_t op, unsigned d, unsigned n, unsigned m) {
    three(b, WIDE(true) | op | 0x00204000u, d, n, m);
}

void gvm_arm64_rrrr(gvm_buf *b, bool wide, uint32_t op, unsigned d, unsigned n, unsigned m,
                    unsigned a) {
    three(b, WIDE(wide) | op | a << 10, d, n, m);
}

void gvm_arm64_rr(gvm_buf *b, bool wide, uint32_t op, unsigned d, unsigned n) {
    if (op == GVM_ARM64_MOV) {
        gvm_arm64_rrr(b, wide, GVM_ARM64_ORR, d, GVM_ARM64_ZR, n);
        return;
    }
    bool bitfield = (op & 0x7f800000u) == 0x13000000u; /* has its width a second time */
    three(b, WIDE(wide) | op | (bitfield && wide ? 1u << 22 : 0), d, n, 0);
}

void gvm_arm64_add_imm(gvm_buf *b, bool wide, uint32_t op, unsigned d, unsigned n, int64_t imm) {
    if (!wide) imm = (int32_t)imm;
    uint64_t positive = imm < 0 ? 0 - (uint64_t)imm : (uint64_t)imm;
    bool high = positive > 0xfff;
    if (positive >> 24 != 0 || (high && (positive & 0xfff) != 0)) {
        gvm_arm64_mov_imm(b, GVM_ARM64_TEMP, (uint64_t)imm);
        gvm_arm64_rrr(b, wide, op, d, n, GVM_ARM64_TEMP);
        return;
    }
    if (imm < 0) op ^= 0x40000000u; /* the flags are the same for all but 0 and the least */
    uint32_t field = (uint32_t)(high ? 1u << 12 | positive >> 12 : positive);
    gvm_arm64_word(b, WIDE(wide) | (op ^ 0x1a000000u) | field << 10 | n << 5 | d);
}

/* N, immr and imms of the constant in place. */
static bool bitmask(uint32_t *field, bool wide, uint64_t imm) {
    if (!wide) imm = (imm & UINT32_MAX) | imm << 32;
    if (imm == 0 || imm == UINT64_MAX) return false;
    unsigned size = 64;
    while (size > 2) {
        uint64_t mask = ((uint64_t)1 << size / 2) - 1;
        if ((imm & mask) != (imm >> size / 2 & mask)) break;
        size /= 2;
    }
    uint64_t all = UINT64_MAX >> (64 - size), element = imm & all;
    unsigned ones = (unsigned)__builtin_popcountll(element);
    /* Where the run of ones begins; one that goes around begins above the zeros. */
    unsigned low = (element & 1) == 0 ? (unsigned)__builtin_ctzll(element)
                                      : 64 - (unsigned)__builtin_clzll(~element & all);
    uint64_t run = UINT64_MAX >> (64 - ones);
    uint64_t turned = low == 0 || low == size ? run : (run << low | run >> (size - low)) & all;
    if (turned != element) return false;
    uint32_t rotation = (size - low) & (size - 1);
    *field = (size == 64 ? 1u << 22 : 0) | rotation << 16 | ((0u - 2 * size) & 0x3f) << 10 |
             (ones - 1) << 10;
    return true;
}

bool gvm_arm64_is_bitmask(bool wide, uint64_t imm) {
    uint32_t field;
    return bitmask(&field, wide, imm);
}

void gvm_arm64_logic_imm(gvm_buf *b, bool wide, uint32_t op, unsigned d, unsigned n, uint64_t imm) {
    uint32_t field;
    if (bitmask(&field, wide, imm)) {
        gvm_arm64_word(b, WIDE(wide) | (op ^ 0x18000000u) | field | n << 5 | d);
    } else {
        gvm_arm64_mov_imm(b, GVM_ARM64_TEMP, wide ? imm : (uint32_t)imm);
        gvm_arm64_rrr(b, wide, op, d, n, GVM_ARM64_TEMP);
    }
}

/* sbfm (0x13000000), ubfm (0x53000000) */
static void bitfield(gvm_buf *b, bool wide, uint32_t op, unsigned d, unsigned n, unsigned immr,
                     unsigned imms) {
    three(b, WIDE(wide) | op | (wide ? 1u << 22 : 0) | imms << 10, d, n, immr);
}

void gvm_arm64_shift_imm(gvm_buf *b, bool wide, uint32_t op, unsigned d, unsigned n,
                         unsigned amount) {
    unsigned last = wide ? 63 : 31;
    switch (op) {
    case GVM_ARM64_LSL:
        bitfield(b, wide, 0x53000000u, d, n, (0u - amount) & last, last - amount);
        break;
    case GVM_ARM64_LSR: bitfield(b, wide, 0x53000000u, d, n, amount, last); break;
    case GVM_ARM64_ASR: bitfield(b, wide, 0x13000000u, d, n, amount, last); break;
    default: /* extr d, n, n */
        three(b, WIDE(wide) | 0x13800000u | (wide ? 1u << 22 : 0) | amount << 10, d, n, n);
    }
}

void gvm_arm64_bits(gvm_buf *b, bool wide, unsigned d, unsigned n, unsigned low, unsigned count) {
    bitfield(b, wide, 0x53000000u, d, n, low, low + count - 1);
}

void gvm_arm64_mov_imm(gvm_buf *b, unsigned d, uint64_t imm) {
    bool wide = imm > UINT32_MAX;
    unsigned halves = wide ? 4 : 2, zeros = 0, ones = 0;
    uint32_t field;
    for (unsigned i = 0; i < halves; i++) {
        uint64_t half = imm >> 16 * i & 0xffff;
        zeros += half == 0;
        ones += half == 0xffff;
    }
    if (zeros + 1 < halves && ones + 1 < halves && bitmask(&field, wide, imm)) {
        gvm_arm64_word(b, WIDE(wide) | 0x32000000u | field | GVM_ARM64_ZR << 5 | d);
        return;
    }
    /* movz or movn for the first half that is not as the rest, movk for those behind it */
    uint32_t rest = ones > zeros ? 0xffff : 0, op = rest != 0 ? 0x12800000u : 0x52800000u;
    bool alone = (rest != 0 ? ones : zeros) == halves;
    for (uint32_t i = 0; i < halves; i++) {
        uint32_t half = (uint32_t)(imm >> 16 * i & 0xffff);
        if (half == rest && !alone) continue;
        bool first = op != 0x72800000u;
        gvm_arm64_word(b, WIDE(wide) | op | i << 21 | (first ? half ^ rest : half) << 5 | d);
        if (alone) return;
        op = 0x72800000u;
    }
}

void gvm_arm64_select(gvm_buf *b, bool wide, uint32_t op, unsigned d, unsigned n, unsigned m,
                      unsigned condition) {
    three(b, WIDE(wide) | op | condition << 12, d, n, m);
}

void gvm_arm64_cset(gvm_buf *b, unsigned d, unsigned condition) {
    gvm_arm64_select(b, false, GVM_ARM64_CSINC, d, GVM_ARM64_ZR, GVM_ARM64_ZR, condition ^ 1);
}

void gvm_arm64_ccmp(gvm_buf *b, bool wide, unsigned n, unsigned m, unsigned flags,
                    unsigned condition) {
    three(b, WIDE(wide) | 0x7a400000u | condition << 12, flags, n, m);
}

void gvm_arm64_ccmp_imm(gvm_buf *b, bool wide, unsigned n, unsigned imm, unsigned flags,
                        unsigned condition) {
    three(b, WIDE(wide) | 0x7a400800u | condition << 12, flags, n, imm);
}

/* ---- memory */

static unsigned scale_of(uint32_t op) {
    bool quad = (op & 0xff800000u) == 0x3c800000u;
    return quad ? 4 : op >> 30;
}

void gvm_arm64_mem(gvm_buf *b, uint32_t op, unsigned t, unsigned n, int32_t disp) {
    unsigned scale = scale_of(op);
    uint32_t steps = (uint32_t)disp >> scale;
    if (disp >= 0 && steps < 4096 && (int32_t)(steps << scale) == disp) {
        gvm_arm64_word(b, op | 1u << 24 | steps << 10 | n << 5 | t);
    } else if (disp >= -256 && disp < 256) {
        gvm_arm64_word(b, op | ((uint32_t)disp & 0x1ff) << 12 | n << 5 | t);
    } else {
        gvm_arm64_mov_imm(b, GVM_ARM64_TEMP, (uint64_t)(int64_t)disp);
        gvm_arm64_index(b, op, t, n, GVM_ARM64_TEMP, false);
    }
}

void gvm_arm64_index(gvm_buf *b, uint32_t op, unsigned t, unsigned n, unsigned m, bool scaled) {
    three(b, op | 0x00206800u | (scaled ? 1u << 12 : 0), t, n, m);
}

void gvm_arm64_pair(gvm_buf *b, uint32_t op, unsigned mode, unsigned t, unsigned u, unsigned n,
                    int32_t disp) {
    bool general = (op & 1u << 26) == 0;
    unsigned scale = op >> 31 && !general ? 4 : 3;
    if (general) op |= 1u << 31;
    uint32_t steps = (uint32_t)(disp >> scale) & 0x7f;
    gvm_arm64_word(b, op | mode << 23 | steps << 15 | u << 10 | n << 5 | t);
}

/* ---- floats */

void gvm_arm64_fff(gvm_buf *b, bool wide, uint32_t op, unsigned d, unsigned n, unsigned m) {
    three(b, DOUBLE(wide) | op, d, n, m);
}

void gvm_arm64_ff(gvm_buf *b, bool wide, uint32_t op, unsigned d, unsigned n) {
    if (op == GVM_ARM64_FCMP)
        three(b, DOUBLE(wide) | op, 0, d, n);
    else if (op == GVM_ARM64_FCVT) /* the type is the source's, the opcode has the result's */
        three(b, op | (wide ? 1u << 15 : 1u << 22), d, n, 0);
    else
        three(b, DOUBLE(wide) | op, d, n, 0);
}

void gvm_arm64_fcsel(gvm_buf *b, bool wide, unsigned d, unsigned n, unsigned m,
                     unsigned condition) {
    three(b, DOUBLE(wide) | 0x1e200c00u | condition << 12, d, n, m);
}

void gvm_arm64_between(gvm_buf *b, bool wide, bool wide_float, uint32_t op, unsigned d,
                       unsigned n) {
    three(b, WIDE(wide) | DOUBLE(wide_float) | op, d, n, 0);
}

/* ---- vectors */

void gvm_arm64_vvv(gvm_buf *b, uint32_t op, unsigned size, unsigned d, unsigned n, unsigned m) {
    three(b, op | size << 22, d, n, m);
}

void gvm_arm64_vv(gvm_buf *b, uint32_t op, unsigned size, unsigned d, unsigned n) {
    three(b, op | size << 22, d, n, 0);
}

void gvm_arm64_vfff(gvm_buf *b, bool wide, uint32_t op, unsigned d, unsigned n, unsigned m) {
    three(b, DOUBLE(wide) | op, d, n, m);
}

void gvm_arm64_vff(gvm_buf *b, bool wide, uint32_t op, unsigned d, unsigned n) {
    three(b, DOUBLE(wide) | op, d, n, 0);
}

void gvm_arm64_vshift(gvm_buf *b, uint32_t op, unsigned size, unsigned d, unsigned n,
                      unsigned amount) {
    unsigned bits = 8u << size;
    bool right = (op & 0x4000) == 0 && (op & 0xa000) != 0xa000;
    uint32_t field = right ? 2 * bits - amount : bits + amount;
    three(b, op, d, n, field);
}

static uint32_t lane_field(unsigned size, unsigned lane) {
    return (lane << (size + 1) | 1u << size) << 16;
}

void gvm_arm64_vdup(gvm_buf *b, unsigned size, unsigned d, unsigned n) {
    three(b, 0x4e000c00u | lane_field(size, 0), d, n, 0);
}

void gvm_arm64_vinsert(gvm_buf *b, unsigned size, unsigned d, unsigned lane, unsigned n) {
    three(b, 0x4e001c00u | lane_field(size, lane), d, n, 0);
}

void gvm_arm64_vextract(gvm_buf *b, unsigned size, unsigned d, unsigned n, unsigned lane) {
    three(b, (size == 3 ? 0x4e003c00u : 0x0e003c00u) | lane_field(size, lane), d, n, 0);
}

void gvm_arm64_vextract_signed(gvm_buf *b, bool wide, unsigned size, unsigned d, unsigned n,
                               unsigned lane) {
    three(b, (wide ? 0x4e002c00u : 0x0e002c00u) | lane_field(size, lane), d, n, 0);
}

/* ---- branches */

static uint32_t distant(gvm_buf *b, uint32_t word) {
    uint32_t at = (uint32_t)b->len;
    gvm_arm64_word(b, word);
    return at;
}

uint32_t gvm_arm64_jump(gvm_buf *b, uint32_t op) {
    return distant(b, op);
}
uint32_t gvm_arm64_jump_if(gvm_buf *b, unsigned condition) {
    return distant(b, 0x54000000u | condition);
}
uint32_t gvm_arm64_jump_zero(gvm_buf *b, bool wide, uint32_t op, unsigned t) {
    return distant(b, WIDE(wide) | op | t);
}
uint32_t gvm_arm64_jump_bit(gvm_buf *b, uint32_t op, unsigned t, unsigned bit) {
    return distant(b, op | (bit >> 5) << 31 | (bit & 31) << 19 | t);
}
uint32_t gvm_arm64_adr(gvm_buf *b, unsigned d) {
    return distant(b, 0x10000000u | d);
}

bool gvm_arm64_link(gvm_buf *b, uint32_t at, uint32_t to) {
    if (b->failed) return true;
    int64_t distance = (int64_t)to - at;
    uint32_t word, mask;
    memcpy(&word, b->ptr + at, 4);
    unsigned bits, low;
    if ((word & 0x9f000000u) == 0x10000000u) { /* adr: bytes, the lowest two on their own */
        if (distance < -(1 << 20) || distance >= 1 << 20) return false;
        word = (word & 0x9f00001fu) | ((uint32_t)distance & 3) << 29 |
               ((uint32_t)(distance >> 2) & 0x7ffff) << 5;
        memcpy(b->ptr + at, &word, 4);
        return true;
    }
    if ((word & 0x7c000000u) == GVM_ARM64_B)
        bits = 26, low = 0;
    else if ((word & 0x7e000000u) == GVM_ARM64_TBZ)
        bits = 14, low = 5;
    else
        bits = 19, low = 5;
    distance >>= 2;
    if (distance < -((int64_t)1 << (bits - 1)) || distance >= (int64_t)1 << (bits - 1))
        return false;
    mask = (1u << bits) - 1;
    word = (word & ~(mask << low)) | ((uint32_t)distance & mask) << low;
    memcpy(b->ptr + at, &word, 4);
    return true;
}

void gvm_arm64_jump_reg(gvm_buf *b, uint32_t op, unsigned n) {
    gvm_arm64_word(b, op | n << 5);
}

void gvm_arm64_csdb(gvm_buf *b) {
    gvm_arm64_word(b, 0xd503229fu);
}
