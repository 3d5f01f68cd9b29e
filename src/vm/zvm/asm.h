/* Assembler and disassembler of ZVM code. docs/zvm.md describes the language; in short:
 *
 *      .constructor                     ; the code runs at construction
 *      .abi "[...]"                     ; ABI JSON, a string or hex"..."
 *      .const SLOT 0x01
 *      .macro store slot                ; $slot is the argument; names that begin with _ are local
 *          PUSH $slot
 *          SSTORE
 *      .end
 *      loop:                            ; a label is a JUMPDEST
 *          PUSH selector("add(uint256)")    ; the shortest PUSH that holds it
 *          store SLOT
 *          JUMPI loop                   ; PUSH2 of its place, then JUMPI
 *          HALT
 *      .data text "any bytes"           ; behind an end only: PUSH32 after PUSH32
 *
 * What it makes is not checked against the rules of deployment (gvm_zvm_code_check does that), but
 * every label, number and operand is. */
#ifndef GVM_VM_ZVM_ASM_H
#define GVM_VM_ZVM_ASM_H

#include "base/bytes.h"
#include "base/status.h"

#define GVM_ZVM_CODE_MAX   65535 /* bytes of code that the assembler makes: labels take two bytes */
#define GVM_ZVM_NAME_MAX   63    /* bytes of a name */
#define GVM_ZVM_PARAMS     8     /* of a macro */
#define GVM_ZVM_NESTING    16    /* macros within macros */
#define GVM_ZVM_LINES_MAX  200000 /* lines after macros were put in */
#define GVM_ZVM_SOURCE_MAX (4u << 20)

/* From `pc` on, up to the next entry's, code comes from this line (from 1). */
typedef struct gvm_zvm_line {
    uint32_t pc, line;
} gvm_zvm_line;

typedef struct gvm_zvm_program {
    gvm_buf code, abi;
    gvm_buf lines; /* of gvm_zvm_line, ascending */
    uint8_t flags; /* of the container */
} gvm_zvm_program;

/* Reads source text. On failure *out is empty and err says "line 7: ...": GVM_ERR_SYNTAX,
 * GVM_ERR_NOT_FOUND (a name), GVM_ERR_EXISTS (defined twice), GVM_ERR_RANGE, GVM_ERR_LIMIT,
 * GVM_ERR_NOMEM. */
GVM_NODISCARD gvm_status gvm_zvm_assemble(gvm_zvm_program *out, gvm_bytes source, gvm_error *err);
void gvm_zvm_program_free(gvm_zvm_program *p);
/* Appends the container. */
void gvm_zvm_program_put(gvm_buf *out, const gvm_zvm_program *p);
/* The source line of the instruction at pc; 0: none. */
uint32_t gvm_zvm_line_at(const gvm_zvm_program *p, uint64_t pc);

/* Appends source text that assembles to this code section again, byte for byte. What is no
 * instruction comes out as .byte. GVM_ERR_NOMEM. */
GVM_NODISCARD gvm_status gvm_zvm_disassemble(gvm_buf *out, gvm_bytes code);
/* Likewise a container, or an account's code that is one, with its flags and ABI. As
 * gvm_zvm_container_parse; code that breaks the rules of deployment is shown all the same. */
GVM_NODISCARD gvm_status gvm_zvm_disassemble_container(gvm_buf *out, gvm_bytes container,
                                                       gvm_error *err);

/* Appends the table of instructions as it stands in docs/zvm.md. */
void gvm_zvm_put_opcode_table(gvm_buf *out);

#endif
