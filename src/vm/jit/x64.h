/* A small emitter of x86-64 machine code: bytes into a growing buffer, by operand form. Knows
 * nothing of who compiles what. */
#ifndef GVM_VM_JIT_X64_H
#define GVM_VM_JIT_X64_H

#include "base/bytes.h"

enum {
    GVM_X64_RAX,
    GVM_X64_RCX,
    GVM_X64_RDX,
    GVM_X64_RBX,
    GVM_X64_RSP,
    GVM_X64_RBP,
    GVM_X64_RSI,
    GVM_X64_RDI,
    GVM_X64_R8,
    GVM_X64_R9,
    GVM_X64_R10,
    GVM_X64_R11,
    GVM_X64_R12,
    GVM_X64_R13,
    GVM_X64_R14,
    GVM_X64_R15
};

/* Conditions, as in Jcc and SETcc. */
enum {
    GVM_X64_O = 0,
    GVM_X64_B = 2,
    GVM_X64_AE,
    GVM_X64_E,
    GVM_X64_NE,
    GVM_X64_BE,
    GVM_X64_A,
    GVM_X64_S,
    GVM_X64_NS,
    GVM_X64_P,
    GVM_X64_NP,
    GVM_X64_L,
    GVM_X64_GE,
    GVM_X64_LE,
    GVM_X64_G
};

/* An opcode: one byte, or 0x0fXX; a mandatory prefix in bits 16 to 23; and these. */
#define GVM_X64_PREFIX(p) ((uint32_t)(p) << 16)
#define GVM_X64_3A        (1u << 24) /* 0F 3A XX */
#define GVM_X64_BYTE      (1u << 25) /* the register operand is a byte */
#define GVM_X64_38        (1u << 26) /* 0F 38 XX */

/* op reg, rm, with 64-bit operands where `wide`. Which of the two is written is the opcode's
 * business. */
void gvm_x64_reg(gvm_buf *b, bool wide, uint32_t op, unsigned reg, unsigned rm);
/* op reg, with, rm: the form of AVX with 128 bits, which writes `reg` and reads the other two. `op`
 * is that of the SSE instruction. */
void gvm_x64_avx(gvm_buf *b, uint32_t op, unsigned reg, unsigned with, unsigned rm);
/* op reg, [base + disp] */
void gvm_x64_mem(gvm_buf *b, bool wide, uint32_t op, unsigned reg, unsigned base, int32_t disp);
/* op reg, [base + index << scale + disp]; index is not RSP */
void gvm_x64_sib(gvm_buf *b, bool wide, uint32_t op, unsigned reg, unsigned base, unsigned index,
                 unsigned scale, int32_t disp);
/* The eight operations of the 0x80 group on an immediate: 0 add, 1 or, 4 and, 5 sub, 6 xor, 7 cmp.
 */
void gvm_x64_alu_imm(gvm_buf *b, bool wide, unsigned group, unsigned rm, int32_t imm);
void gvm_x64_mov_imm(gvm_buf *b, unsigned reg, uint64_t imm);
void gvm_x64_u32(gvm_buf *b, uint32_t v);
/* jmp, jcc, call with a distance still to come: the offset of its four bytes. */
uint32_t gvm_x64_jmp(gvm_buf *b);
uint32_t gvm_x64_jcc(gvm_buf *b, unsigned condition);
uint32_t gvm_x64_call(gvm_buf *b);
/* Sets the distance at offset `at` so that it leads to offset `to`. */
void gvm_x64_link(gvm_buf *b, uint32_t at, uint32_t to);

#endif
