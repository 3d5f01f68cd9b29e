/* The EVM's instructions as tables, made from opcodes.inc. */
#ifndef GVM_VM_EVM_OPCODES_H
#define GVM_VM_EVM_OPCODES_H

#include "vm/rules.h"

typedef enum gvm_opcode {
#define X(name, byte, in, out, immediate, fork, price, flags) GVM_OP_##name = byte,
#include "vm/evm/opcodes.inc"
#undef X
} gvm_opcode;

enum {
    GVM_OPF_END = 1,
    GVM_OPF_SPLIT = 2,
    GVM_OPF_LATE = 4,
};

/* What the interpreter asks about a byte of code under one fork. */
typedef struct gvm_opcode_row {
    uint16_t price;
    uint8_t in, out;   /* words popped and pushed */
    uint8_t immediate; /* bytes that follow and are not code */
    uint8_t flags;
    uint8_t run;  /* the byte itself; GVM_OP_INVALID where the fork does not know it */
    bool defined; /* the fork knows it */
} gvm_opcode_row;

/* 256 rows, indexed by byte. */
const gvm_opcode_row *gvm_opcode_rows(gvm_fork fork);

/* The name as the tools of the field print it ("KECCAK256", "PUSH1"; byte 0x44 is "DIFFICULTY"
 * before Paris and "PREVRANDAO" from then on); NULL for a byte that the fork does not know. Static
 * storage. */
const char *gvm_opcode_name(gvm_fork fork, uint8_t byte);

/* The name in any fork, as geth prints it (0x44 is always "DIFFICULTY"); NULL for a byte that never
 * was an instruction. */
const char *gvm_opcode_any_name(uint8_t byte);

/* EIP-8024's immediates. *n is 17..235; *n, *m with 1 <= *n < *m. false: not a valid immediate. */
bool gvm_opcode_decode_single(unsigned *n, uint8_t immediate);
bool gvm_opcode_decode_pair(unsigned *n, unsigned *m, uint8_t immediate);

#endif
