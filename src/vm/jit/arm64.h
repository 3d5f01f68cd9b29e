/* A small emitter of AArch64 machine code: words into a growing buffer, by operand form. Knows
 * nothing of who compiles what.
 *
 * An operation is the instruction's word with its operands' fields empty; the functions fill those
 * in. Registers are numbers, 31 being the stack pointer or zero as the form has it. x16 is the
 * emitter's own: a form whose immediate does not fit takes it for the immediate. */
#ifndef GVM_VM_JIT_ARM64_H
#define GVM_VM_JIT_ARM64_H

#include "base/bytes.h"

enum { GVM_ARM64_TEMP = 16, GVM_ARM64_LR = 30, GVM_ARM64_ZR = 31, GVM_ARM64_SP = 31 };

enum {
    GVM_ARM64_EQ,
    GVM_ARM64_NE,
    GVM_ARM64_HS,
    GVM_ARM64_LO,
    GVM_ARM64_MI,
    GVM_ARM64_PL,
    GVM_ARM64_VS,
    GVM_ARM64_VC,
    GVM_ARM64_HI,
    GVM_ARM64_LS,
    GVM_ARM64_GE,
    GVM_ARM64_LT,
    GVM_ARM64_GT,
    GVM_ARM64_LE
};

/* ---- integers: `wide` is 64 bits */

/* op d, n, m */
#define GVM_ARM64_ADD   0x0b000000u
#define GVM_ARM64_ADDS  0x2b000000u
#define GVM_ARM64_SUB   0x4b000000u
#define GVM_ARM64_SUBS  0x6b000000u
#define GVM_ARM64_AND   0x0a000000u
#define GVM_ARM64_BIC   0x0a200000u
#define GVM_ARM64_ORR   0x2a000000u
#define GVM_ARM64_ORN   0x2a200000u
#define GVM_ARM64_EOR   0x4a000000u
#define GVM_ARM64_EON   0x4a200000u
#define GVM_ARM64_ANDS  0x6a000000u
#define GVM_ARM64_ADC   0x1a000000u
#define GVM_ARM64_ADCS  0x3a000000u
#define GVM_ARM64_SBC   0x5a000000u
#define GVM_ARM64_SBCS  0x7a000000u
#define GVM_ARM64_UDIV  0x1ac00800u
#define GVM_ARM64_SDIV  0x1ac00c00u
#define GVM_ARM64_LSL   0x1ac02000u
#define GVM_ARM64_LSR   0x1ac02400u
#define GVM_ARM64_ASR   0x1ac02800u
#define GVM_ARM64_ROR   0x1ac02c00u
#define GVM_ARM64_MUL   0x1b007c00u
#define GVM_ARM64_UMULH 0x1bc07c00u /* wide alone, as the next */
#define GVM_ARM64_SMULH 0x1b407c00u
void gvm_arm64_rrr(gvm_buf *b, bool wide, uint32_t op, unsigned d, unsigned n, unsigned m);
/* op d, n, m shifted (0 lsl, 1 lsr, 2 asr, 3 ror); for ADD to ANDS, of which the first four know no
 * ror. */
void gvm_arm64_shifted(gvm_buf *b, bool wide, uint32_t op, unsigned d, unsigned n, unsigned m,
                       unsigned shift, unsigned amount);
/* op d, n, w-register m, uxtw: 64-bit ADD to SUBS; d and n may be SP. */
void gvm_arm64_extended(gvm_buf *b, uint32_t op, unsigned d, unsigned n, unsigned m);
/* d = a + n * m, d = a - n * m */
#define GVM_ARM64_MADD 0x1b000000u
#define GVM_ARM64_MSUB 0x1b008000u
void gvm_arm64_rrrr(gvm_buf *b, bool wide, uint32_t op, unsigned d, unsigned n, unsigned m,
                    unsigned a);
/* op d, n */
#define GVM_ARM64_RBIT 0x5ac00000u
#define GVM_ARM64_CLZ  0x5ac01000u
#define GVM_ARM64_SXTB 0x13001c00u
#define GVM_ARM64_SXTH 0x13003c00u
#define GVM_ARM64_SXTW 0x13007c00u
#define GVM_ARM64_MOV  0x2a0003e0u
void gvm_arm64_rr(gvm_buf *b, bool wide, uint32_t op, unsigned d, unsigned n);
/* ADD, ADDS, SUB, SUBS of any constant; one that needs x16 does not take SP. */
void gvm_arm64_add_imm(gvm_buf *b, bool wide, uint32_t op, unsigned d, unsigned n, int64_t imm);
/* AND, ANDS, ORR, EOR of any constant. */
void gvm_arm64_logic_imm(gvm_buf *b, bool wide, uint32_t op, unsigned d, unsigned n, uint64_t imm);
/* Whether it is one that an instruction can hold: a rotated run of ones, repeated. */
bool gvm_arm64_is_bitmask(bool wide, uint64_t imm);
/* LSL, LSR, ASR, ROR by a constant less than the width. */
void gvm_arm64_shift_imm(gvm_buf *b, bool wide, uint32_t op, unsigned d, unsigned n,
                         unsigned amount);
/* Takes `count` bits from `low` on, zero-extended. */
void gvm_arm64_bits(gvm_buf *b, bool wide, unsigned d, unsigned n, unsigned low, unsigned count);
/* All 64 bits of d, in one to four instructions. */
void gvm_arm64_mov_imm(gvm_buf *b, unsigned d, uint64_t imm);
/* d = condition ? n : op(m) */
#define GVM_ARM64_CSEL  0x1a800000u
#define GVM_ARM64_CSINC 0x1a800400u
#define GVM_ARM64_CSINV 0x5a800000u
#define GVM_ARM64_CSNEG 0x5a800400u
void gvm_arm64_select(gvm_buf *b, bool wide, uint32_t op, unsigned d, unsigned n, unsigned m,
                      unsigned condition);
/* d = condition */
void gvm_arm64_cset(gvm_buf *b, unsigned d, unsigned condition);
/* Compares n with m, or with a constant below 32, where the condition holds, else sets the flags
 * NZCV. */
void gvm_arm64_ccmp(gvm_buf *b, bool wide, unsigned n, unsigned m, unsigned flags,
                    unsigned condition);
void gvm_arm64_ccmp_imm(gvm_buf *b, bool wide, unsigned n, unsigned imm, unsigned flags,
                        unsigned condition);

/* ---- memory */

/* Of a general register, then of S, D and Q ones. */
#define GVM_ARM64_STRB   0x38000000u
#define GVM_ARM64_STRH   0x78000000u
#define GVM_ARM64_STR_W  0xb8000000u
#define GVM_ARM64_STR_X  0xf8000000u
#define GVM_ARM64_LDRB   0x38400000u
#define GVM_ARM64_LDRH   0x78400000u
#define GVM_ARM64_LDR_W  0xb8400000u
#define GVM_ARM64_LDR_X  0xf8400000u
#define GVM_ARM64_LDRSBX 0x38800000u
#define GVM_ARM64_LDRSHX 0x78800000u
#define GVM_ARM64_LDRSW  0xb8800000u
#define GVM_ARM64_LDRSBW 0x38c00000u
#define GVM_ARM64_LDRSHW 0x78c00000u
#define GVM_ARM64_STR_S  0xbc000000u
#define GVM_ARM64_LDR_S  0xbc400000u
#define GVM_ARM64_STR_D  0xfc000000u
#define GVM_ARM64_LDR_D  0xfc400000u
#define GVM_ARM64_STR_Q  0x3c800000u
#define GVM_ARM64_LDR_Q  0x3cc00000u
/* op t, [n + disp], any disp */
void gvm_arm64_mem(gvm_buf *b, uint32_t op, unsigned t, unsigned n, int32_t disp);
/* op t, [n + m], with m times the access's size where `scaled`. */
void gvm_arm64_index(gvm_buf *b, uint32_t op, unsigned t, unsigned n, unsigned m, bool scaled);
/* op t, u, [n + disp], disp in reach; for the last two n changes after or before. */
#define GVM_ARM64_STP_X 0x28000000u
#define GVM_ARM64_LDP_X 0x28400000u
#define GVM_ARM64_STP_D 0x6c000000u
#define GVM_ARM64_LDP_D 0x6c400000u
#define GVM_ARM64_STP_Q 0xac000000u
#define GVM_ARM64_LDP_Q 0xac400000u
enum { GVM_ARM64_AT = 2, GVM_ARM64_AFTER = 1, GVM_ARM64_BEFORE = 3 };
void gvm_arm64_pair(gvm_buf *b, uint32_t op, unsigned mode, unsigned t, unsigned u, unsigned n,
                    int32_t disp);

/* ---- floats: `wide` is a double */

/* op d, n, m */
#define GVM_ARM64_FMUL 0x1e200800u
#define GVM_ARM64_FDIV 0x1e201800u
#define GVM_ARM64_FADD 0x1e202800u
#define GVM_ARM64_FSUB 0x1e203800u
#define GVM_ARM64_FMAX 0x1e204800u
#define GVM_ARM64_FMIN 0x1e205800u
void gvm_arm64_fff(gvm_buf *b, bool wide, uint32_t op, unsigned d, unsigned n, unsigned m);
/* op d, n */
#define GVM_ARM64_FMOV   0x1e204000u
#define GVM_ARM64_FABS   0x1e20c000u
#define GVM_ARM64_FNEG   0x1e214000u
#define GVM_ARM64_FSQRT  0x1e21c000u
#define GVM_ARM64_FRINTN 0x1e244000u
#define GVM_ARM64_FRINTP 0x1e24c000u
#define GVM_ARM64_FRINTM 0x1e254000u
#define GVM_ARM64_FRINTZ 0x1e25c000u
#define GVM_ARM64_FCVT   0x1e224000u /* from the other width to this one */
#define GVM_ARM64_FCMP   0x1e202000u /* d and n are what is compared */
void gvm_arm64_ff(gvm_buf *b, bool wide, uint32_t op, unsigned d, unsigned n);
/* d = condition ? n : m */
void gvm_arm64_fcsel(gvm_buf *b, bool wide, unsigned d, unsigned n, unsigned m, unsigned condition);
/* Between a general register and a float one; the first four write the former. FMOVs move bits
 * between registers of equal width. */
#define GVM_ARM64_FCVTZS 0x1e380000u
#define GVM_ARM64_FCVTZU 0x1e390000u
#define GVM_ARM64_FMOV_R 0x1e260000u
#define GVM_ARM64_FMOV_F 0x1e270000u /* writes the float register */
#define GVM_ARM64_SCVTF  0x1e220000u
#define GVM_ARM64_UCVTF  0x1e230000u
void gvm_arm64_between(gvm_buf *b, bool wide, bool wide_float, uint32_t op, unsigned d, unsigned n);

/* ---- vectors of 16 bytes: lanes of 8 << size bits */

/* op d, n, m; those without lanes (AND to BIF) take size 0. */
#define GVM_ARM64_VADD      0x4e208400u
#define GVM_ARM64_VSUB      0x6e208400u
#define GVM_ARM64_VMUL      0x4e209c00u /* not of 64 bits */
#define GVM_ARM64_VSQADD    0x4e200c00u
#define GVM_ARM64_VUQADD    0x6e200c00u
#define GVM_ARM64_VSQSUB    0x4e202c00u
#define GVM_ARM64_VUQSUB    0x6e202c00u
#define GVM_ARM64_VCMEQ     0x6e208c00u
#define GVM_ARM64_VCMGT     0x4e203400u
#define GVM_ARM64_VCMHI     0x6e203400u
#define GVM_ARM64_VCMGE     0x4e203c00u
#define GVM_ARM64_VCMHS     0x6e203c00u
#define GVM_ARM64_VSSHL     0x4e204400u
#define GVM_ARM64_VUSHL     0x6e204400u
#define GVM_ARM64_VSMAX     0x4e206400u
#define GVM_ARM64_VUMAX     0x6e206400u
#define GVM_ARM64_VSMIN     0x4e206c00u
#define GVM_ARM64_VUMIN     0x6e206c00u
#define GVM_ARM64_VURHADD   0x6e201400u
#define GVM_ARM64_VADDP     0x4e20bc00u
#define GVM_ARM64_VSQRDMULH 0x6e20b400u
#define GVM_ARM64_VAND      0x4e201c00u
#define GVM_ARM64_VBIC      0x4e601c00u
#define GVM_ARM64_VORR      0x4ea01c00u
#define GVM_ARM64_VEOR      0x6e201c00u
#define GVM_ARM64_VBSL      0x6e601c00u
#define GVM_ARM64_VTBL      0x4e000000u
#define GVM_ARM64_VTBL2     0x4e002000u /* of 32 bytes, in n and the register behind it */
#define GVM_ARM64_VUZP1     0x4e001800u
#define GVM_ARM64_VSMULL                                                     \
    0x0e20c000u /* lanes of the operands, lower half; twice as wide a result \
                 */
#define GVM_ARM64_VUMULL  0x2e20c000u
#define GVM_ARM64_VSMULL2 0x4e20c000u /* upper half */
#define GVM_ARM64_VUMULL2 0x6e20c000u
/* op d, n */
#define GVM_ARM64_VABS     0x4e20b800u
#define GVM_ARM64_VNEG     0x6e20b800u
#define GVM_ARM64_VCNT     0x4e205800u
#define GVM_ARM64_VNOT     0x6e205800u
#define GVM_ARM64_VSADDLP  0x4e202800u
#define GVM_ARM64_VUADDLP  0x6e202800u
#define GVM_ARM64_VADDV    0x4e31b800u
#define GVM_ARM64_VUMAXV   0x6e30a800u
#define GVM_ARM64_VUMINV   0x6e31a800u
#define GVM_ARM64_VSQXTN   0x0e214800u /* lanes of the result */
#define GVM_ARM64_VUQXTN   0x2e214800u
#define GVM_ARM64_VSQXTUN  0x2e212800u
#define GVM_ARM64_VFCVTL   0x0e217800u /* size 1: two floats to doubles */
#define GVM_ARM64_VFCVTN   0x0e216800u /* back, above them zero */
#define GVM_ARM64_VSQXTN2  0x4e214800u
#define GVM_ARM64_VUQXTN2  0x6e214800u
#define GVM_ARM64_VSQXTUN2 0x6e212800u
void gvm_arm64_vvv(gvm_buf *b, uint32_t op, unsigned size, unsigned d, unsigned n, unsigned m);
void gvm_arm64_vv(gvm_buf *b, uint32_t op, unsigned size, unsigned d, unsigned n);
/* Float lanes of 32 bits, `wide` 64. */
#define GVM_ARM64_VFADD  0x4e20d400u
#define GVM_ARM64_VFSUB  0x4ea0d400u
#define GVM_ARM64_VFMUL  0x6e20dc00u
#define GVM_ARM64_VFDIV  0x6e20fc00u
#define GVM_ARM64_VFMAX  0x4e20f400u
#define GVM_ARM64_VFMIN  0x4ea0f400u
#define GVM_ARM64_VFCMEQ 0x4e20e400u
#define GVM_ARM64_VFCMGE 0x6e20e400u
#define GVM_ARM64_VFCMGT 0x6ea0e400u
void gvm_arm64_vfff(gvm_buf *b, bool wide, uint32_t op, unsigned d, unsigned n, unsigned m);
#define GVM_ARM64_VFABS   0x4ea0f800u
#define GVM_ARM64_VFNEG   0x6ea0f800u
#define GVM_ARM64_VFSQRT  0x6ea1f800u
#define GVM_ARM64_VFRINTN 0x4e218800u
#define GVM_ARM64_VFRINTM 0x4e219800u
#define GVM_ARM64_VFRINTP 0x4ea18800u
#define GVM_ARM64_VFRINTZ 0x4ea19800u
#define GVM_ARM64_VSCVTF  0x4e21d800u
#define GVM_ARM64_VUCVTF  0x6e21d800u
#define GVM_ARM64_VFCVTZS 0x4ea1b800u
#define GVM_ARM64_VFCVTZU 0x6ea1b800u
void gvm_arm64_vff(gvm_buf *b, bool wide, uint32_t op, unsigned d, unsigned n);
/* Shifts of lanes by a constant below their width; right ones by at least 1. The last four take the
 * lower, then the upper half of n and make lanes twice as wide. */
#define GVM_ARM64_VSHL    0x4f005400u
#define GVM_ARM64_VSSHR   0x4f000400u
#define GVM_ARM64_VUSHR   0x6f000400u
#define GVM_ARM64_VSSHLL  0x0f00a400u
#define GVM_ARM64_VUSHLL  0x2f00a400u
#define GVM_ARM64_VSSHLL2 0x4f00a400u
#define GVM_ARM64_VUSHLL2 0x6f00a400u
void gvm_arm64_vshift(gvm_buf *b, uint32_t op, unsigned size, unsigned d, unsigned n,
                      unsigned amount);
/* All lanes of d from general register n; lane of d from n; general register d from lane of n,
 * zero- or sign-extended (to 64 bits for `wide`, which is for sizes below 3). */
void gvm_arm64_vdup(gvm_buf *b, unsigned size, unsigned d, unsigned n);
void gvm_arm64_vinsert(gvm_buf *b, unsigned size, unsigned d, unsigned lane, unsigned n);
void gvm_arm64_vextract(gvm_buf *b, unsigned size, unsigned d, unsigned n, unsigned lane);
void gvm_arm64_vextract_signed(gvm_buf *b, bool wide, unsigned size, unsigned d, unsigned n,
                               unsigned lane);

/* ---- branches */

/* Those with a distance still to come: offset of their word, for gvm_arm64_link. */
#define GVM_ARM64_B    0x14000000u
#define GVM_ARM64_BL   0x94000000u
#define GVM_ARM64_CBZ  0x34000000u
#define GVM_ARM64_CBNZ 0x35000000u
#define GVM_ARM64_TBZ  0x36000000u
#define GVM_ARM64_TBNZ 0x37000000u
uint32_t gvm_arm64_jump(gvm_buf *b, uint32_t op);                             /* B, BL: 128 MiB */
uint32_t gvm_arm64_jump_if(gvm_buf *b, unsigned condition);                   /* 1 MiB */
uint32_t gvm_arm64_jump_zero(gvm_buf *b, bool wide, uint32_t op, unsigned t); /* CBZ, CBNZ: 1 MiB */
uint32_t gvm_arm64_jump_bit(gvm_buf *b, uint32_t op, unsigned t, unsigned bit); /* 32 KiB */
uint32_t gvm_arm64_adr(gvm_buf *b, unsigned d); /* d = that place: 1 MiB */
/* Sets the distance of the word at offset `at` so that it leads to offset `to`. False where that is
 * out of its reach. */
bool gvm_arm64_link(gvm_buf *b, uint32_t at, uint32_t to);
/* op n */
#define GVM_ARM64_BR  0xd61f0000u
#define GVM_ARM64_BLR 0xd63f0000u
#define GVM_ARM64_RET 0xd65f0000u
void gvm_arm64_jump_reg(gvm_buf *b, uint32_t op, unsigned n);
/* Nothing that is behind it runs ahead on predicted data. */
void gvm_arm64_csdb(gvm_buf *b);
void gvm_arm64_word(gvm_buf *b, uint32_t word);

#endif
