/* Code as text. */
#ifndef GVM_VM_EVM_DISASM_H
#define GVM_VM_EVM_DISASM_H

#include "vm/evm/opcodes.h"

typedef struct gvm_disasm_line {
    size_t pc;
    uint8_t opcode;
    const char *name;    /* NULL: no instruction of this fork */
    gvm_bytes immediate; /* cut short where the code ends */
    bool reachable;      /* false: no jump and no instruction before leads here, so it is data */
} gvm_disasm_line;

/* The instruction at *pc, and moves *pc behind it; false at the end. *reachable is the walk's own:
 * true to start with. */
bool gvm_disasm_next(gvm_disasm_line *out, size_t *pc, bool *reachable, gvm_bytes code,
                     gvm_fork fork);

/* Appends the whole as lines "0x000a  JUMPDEST", "0x000b  PUSH2 0x1234"; what cannot be reached is
 * shown as data, 32 bytes a line, and the metadata that solc appends (CBOR with its length at the
 * end) as such. GVM_ERR_NOMEM. */
GVM_NODISCARD gvm_status gvm_disasm_print(gvm_buf *out, gvm_bytes code, gvm_fork fork);

#endif
