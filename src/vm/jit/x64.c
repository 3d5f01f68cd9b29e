#include "vm/jit/x64.h"

#include <sys/mman.h>

static void put(gvm_buf *b, unsigned byte) {
    gvm_buf_put(b, (uint8_t)byte);
}

void gvm_x64_u32(gvm_buf *b, uint32_t v) {
    gvm_buf_append(b, &v, 4);
}

/* Prefixes and opcode; r, x, b are the three registers that REX extends. */
static void head(gvm_buf *b, bool wide, uint32_t op, unsigned reg, unsigned index, unsigned base) {
    unsigned rex = 0x40u | (wide ? 8u : 0) | (reg >> 3) << 2 | (index >> 3) << 1 | base >> 3;
    if (op >> 16 & 0xff) put(b, op >> 16 & 0xff);
    if (rex != 0x40 || op & GVM_X64_BYTE) put(b, rex);
    if (op & 0xff00) put(b, op >> 8 & 0xff);
    if (op & GVM_X64_3A) put(b, 0x3a);
    put(b, op & 0xff);
}

void gvm_x64_reg(gvm_buf *b, bool wide, uint32_t op, unsigned reg, unsigned rm) {
    head(b, wide, op, reg, 0, rm);
    put(b, 0xc0 | (reg & 7) << 3 | (rm & 7));
}

void gvm_x64_mem(gvm_buf *b, bool wide, uint32_t op, unsigned reg, unsigned base, int32_t disp) {
    head(b, wide, op, reg, 0, base);
    bool small = disp >= -128 && disp <= 127;
    put(b, (small ? 0x40u : 0x80u) | (reg & 7) << 3 | (base & 7));
    if ((base & 7) == GVM_X64_RSP) put(b, 0x24);
    if (small)
        put(b, (uint8_t)disp);
    else
        gvm_x64_u32(b, (uint32_t)disp);
}

void gvm_x64_sib(gvm_buf *b, bool wide, uint32_t op, unsigned reg, unsigned base, unsigned index,
                 unsigned scale, int32_t disp) {
    head(b, wide, op, reg, index, base);
    bool small = disp >= -128 && disp <= 127;
    put(b, (small ? 0x44u : 0x84u) | (reg & 7) << 3);
    put(b, scale << 6 | (index & 7) << 3 | (base & 7));
    if (small)
        put(b, (uint8_t)disp);
    else
        gvm_x64_u32(b, (uint32_t)disp);
}

void gvm_x64_alu_imm(gvm_buf *b, bool wide, unsigned group, unsigned rm, int32_t imm) {
    bool small = imm >= -128 && imm <= 127;
    gvm_x64_reg(b, wide, small ? 0x83 : 0x81, group, rm);
    if (small)
        put(b, (uint8_t)imm);
    else
        gvm_x64_u32(b, (uint32_t)imm);
}

void gvm_x64_mov_imm(gvm_buf *b, unsigned reg, uint64_t imm) {
    if (imm == 0) {
        gvm_x64_reg(b, false, 0x31, reg, reg);
    } else if (imm <= UINT32_MAX) {
        if (reg >= 8) put(b, 0x41);
        put(b, 0xb8 | (reg & 7));
        gvm_x64_u32(b, (uint32_t)imm);
    } else {
        put(b, 0x48 | reg >> 3);
        put(b, 0xb8 | (reg & 7));
        gvm_buf_append(b, &imm, 8);
    }
}

static uint32_t distance(gvm_buf *b) {
    gvm_x64_u32(b, 0);
    return (uint32_t)b->len - 4;
}
uint32_t gvm_x64_jmp(gvm_buf *b) {
    put(b, 0xe9);
    return distance(b);
}
uint32_t gvm_x64_jcc(gvm_buf *b, unsigned condition) {
    put(b, 0x0f);
    put(b, 0x80 | condition);
    return distance(b);
}
uint32_t gvm_x64_call(gvm_buf *b) {
    put(b, 0xe8);
    return distance(b);
}

void gvm_x64_link(gvm_buf *b, uint32_t at, uint32_t to) {
    uint32_t d = to - (at + 4);
    if (!b->failed) memcpy(b->ptr + at, &d, 4);
}

void *gvm_jit_publish(gvm_bytes code) {
    void *p = mmap(NULL, code.len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) return NULL;
    memcpy(p, code.ptr, code.len);
    if (mprotect(p, code.len, PROT_READ | PROT_EXEC) != 0) {
        munmap(p, code.len);
        return NULL;
    }
    return p;
}

void gvm_jit_free(void *code, size_t len) {
    if (code != NULL) munmap(code, len);
}
