#include "vm/jit/x64.h"

/* An instruction is put together here and appended at once. */
typedef struct piece {
    uint8_t at[16];
    unsigned len;
} piece;

static void append(gvm_buf *b, const piece *p) {
    if (b->cap - b->len >= sizeof p->at && !b->failed) { /* a copy of fixed length is cheapest */
        memcpy(b->ptr + b->len, p->at, sizeof p->at);
        b->len += p->len;
    } else {
        gvm_buf_append(b, p->at, p->len);
    }
}
static void add(piece *p, unsigned byte) {
    p->at[p->len++] = (uint8_t)byte;
}
static void add_u32(piece *p, uint32_t v) {
    memcpy(p->at + p->len, &v, 4);
    p->len += 4;
}

void gvm_x64_u32(gvm_buf *b, uint32_t v) {
    gvm_buf_append(b, &v, 4);
}

/* Prefixes and opcode; reg, index and base are the three registers that REX extends. */
static void head(piece *p, bool wide, uint32_t op, unsigned reg, unsigned index, unsigned base) {
    unsigned rex = 0x40u | (wide ? 8u : 0) | (reg >> 3) << 2 | (index >> 3) << 1 | base >> 3;
    if (op >> 16 & 0xff) add(p, op >> 16 & 0xff);
    if (rex != 0x40 || op & GVM_X64_BYTE) add(p, rex);
    if (op & 0xff00) add(p, op >> 8 & 0xff);
    if (op & GVM_X64_3A) add(p, 0x3a);
    if (op & GVM_X64_38) add(p, 0x38);
    add(p, op & 0xff);
}

static bool is_small(int32_t v) {
    return v >= -128 && v <= 127;
}
static void add_disp(piece *p, int32_t disp) {
    if (is_small(disp))
        add(p, (uint8_t)disp);
    else
        add_u32(p, (uint32_t)disp);
}

void gvm_x64_reg(gvm_buf *b, bool wide, uint32_t op, unsigned reg, unsigned rm) {
    piece p;
    p.len = 0;
    head(&p, wide, op, reg, 0, rm);
    add(&p, 0xc0 | (reg & 7) << 3 | (rm & 7));
    append(b, &p);
}

void gvm_x64_avx(gvm_buf *b, uint32_t op, unsigned reg, unsigned with, unsigned rm) {
    unsigned prefix = op >> 16 & 0xff, map = op & GVM_X64_38 ? 2 : op & GVM_X64_3A ? 3 : 1;
    unsigned pp = prefix == 0x66 ? 1 : prefix == 0xf3 ? 2 : prefix == 0xf2 ? 3 : 0;
    unsigned not_r = reg < 8 ? 0x80 : 0, last = (~with & 15) << 3 | pp;
    piece p;
    p.len = 0;
    if (map == 1 && rm < 8) {
        add(&p, 0xc5);
        add(&p, not_r | last);
    } else {
        add(&p, 0xc4);
        add(&p, not_r | 0x40 | (rm < 8 ? 0x20u : 0) | map);
        add(&p, last);
    }
    add(&p, op & 0xff);
    add(&p, 0xc0 | (reg & 7) << 3 | (rm & 7));
    append(b, &p);
}

void gvm_x64_mem(gvm_buf *b, bool wide, uint32_t op, unsigned reg, unsigned base, int32_t disp) {
    piece p;
    p.len = 0;
    head(&p, wide, op, reg, 0, base);
    add(&p, (is_small(disp) ? 0x40u : 0x80u) | (reg & 7) << 3 | (base & 7));
    if ((base & 7) == GVM_X64_RSP) add(&p, 0x24);
    add_disp(&p, disp);
    append(b, &p);
}

void gvm_x64_sib(gvm_buf *b, bool wide, uint32_t op, unsigned reg, unsigned base, unsigned index,
                 unsigned scale, int32_t disp) {
    piece p;
    p.len = 0;
    head(&p, wide, op, reg, index, base);
    add(&p, (is_small(disp) ? 0x44u : 0x84u) | (reg & 7) << 3);
    add(&p, scale << 6 | (index & 7) << 3 | (base & 7));
    add_disp(&p, disp);
    append(b, &p);
}

void gvm_x64_alu_imm(gvm_buf *b, bool wide, unsigned group, unsigned rm, int32_t imm) {
    piece p;
    p.len = 0;
    head(&p, wide, is_small(imm) ? 0x83 : 0x81, group, 0, rm);
    add(&p, 0xc0 | group << 3 | (rm & 7));
    add_disp(&p, imm);
    append(b, &p);
}

void gvm_x64_mov_imm(gvm_buf *b, unsigned reg, uint64_t imm) {
    piece p;
    p.len = 0;
    if (imm == 0) {
        gvm_x64_reg(b, false, 0x31, reg, reg);
        return;
    }
    if (imm > UINT32_MAX || reg >= 8) add(&p, (imm > UINT32_MAX ? 0x48u : 0x40u) | reg >> 3);
    add(&p, 0xb8 | (reg & 7));
    add_u32(&p, (uint32_t)imm);
    if (imm > UINT32_MAX) add_u32(&p, (uint32_t)(imm >> 32));
    append(b, &p);
}

/* Opcode bytes and a distance that is still to come. */
static uint32_t distant(gvm_buf *b, unsigned first, unsigned second) {
    piece p;
    p.len = 0;
    add(&p, first);
    if (second != 0) add(&p, second);
    add_u32(&p, 0);
    append(b, &p);
    return (uint32_t)b->len - 4;
}
uint32_t gvm_x64_jmp(gvm_buf *b) {
    return distant(b, 0xe9, 0);
}
uint32_t gvm_x64_jcc(gvm_buf *b, unsigned condition) {
    return distant(b, 0x0f, 0x80 | condition);
}
uint32_t gvm_x64_call(gvm_buf *b) {
    return distant(b, 0xe8, 0);
}

void gvm_x64_link(gvm_buf *b, uint32_t at, uint32_t to) {
    uint32_t d = to - (at + 4);
    if (!b->failed) memcpy(b->ptr + at, &d, 4);
}
