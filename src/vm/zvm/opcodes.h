/* The ZVM's instructions, made from zvm_opcodes.inc. */
#ifndef GVM_VM_ZVM_OPCODES_H
#define GVM_VM_ZVM_OPCODES_H

#include "vm/evm/opcodes.h"

typedef enum gvm_zvm_opcode {
#define X(name, byte, immediate, in, out, price, deployable, run, flags, text) \
    GVM_ZVM_##name = byte,
#include "vm/zvm/zvm_opcodes.inc"
#undef X
} gvm_zvm_opcode;

typedef struct gvm_zvm_opcode_info {
    const char *name; /* NULL: no instruction */
    const char *text;
    uint8_t immediate;
    bool deployable; /* false: a container that has it is refused */
} gvm_zvm_opcode_info;

/* For any byte; never NULL. */
const gvm_zvm_opcode_info *gvm_zvm_opcode_of(uint8_t byte);
/* By name, letter case ignored; -1: none. `name` need not end in a NUL. */
int gvm_zvm_opcode_by_name(gvm_bytes name);
/* For the loops of vm/evm/. Static storage. */
const gvm_opcode_set *gvm_zvm_opcode_set(void);

#endif
