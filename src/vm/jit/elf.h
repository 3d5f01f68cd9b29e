/* Machine code as an ELF object: for debuggers and disassemblers, which then know what is where. */
#ifndef GVM_VM_JIT_ELF_H
#define GVM_VM_JIT_ELF_H

#include "base/bytes.h"

/* A function in a piece of code. */
typedef struct gvm_jit_symbol {
    uint64_t offset, size; /* from the piece's first byte */
    gvm_bytes name;        /* as a guest chose it, or as it is written for people */
} gvm_jit_symbol;

/* Appends an ELF64 object of this machine to *out: one section .text with `code`, at `address`, and
 * a symbol for each function. Characters of names that are not printable ASCII become '_'.
 * GVM_ERR_NOMEM. */
GVM_NODISCARD gvm_status gvm_jit_elf(gvm_buf *out, gvm_bytes code, uint64_t address,
                                     const gvm_jit_symbol *symbols, size_t len);

/* Appends a name as it is shown: printable ASCII without spaces, at most 200 bytes. */
void gvm_jit_put_name(gvm_buf *out, gvm_bytes name);

#endif
