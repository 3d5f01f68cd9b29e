/* The instruction table as data: names, immediates, types and unit prices, made from opcodes.inc
 * and prices.inc. */
#ifndef GVM_VM_WASM_OPCODE_H
#define GVM_VM_WASM_OPCODE_H

#include <stdint.h>

enum {
    GVM_WASM_IMM_NONE,
    GVM_WASM_IMM_BLOCK,
    GVM_WASM_IMM_LABEL,
    GVM_WASM_IMM_LABELS,
    GVM_WASM_IMM_FUNC,
    GVM_WASM_IMM_TYPE_TABLE,
    GVM_WASM_IMM_SELECT_T,
    GVM_WASM_IMM_LOCAL,
    GVM_WASM_IMM_GLOBAL,
    GVM_WASM_IMM_TABLE,
    GVM_WASM_IMM_MEMORY,
    GVM_WASM_IMM_I32,
    GVM_WASM_IMM_I64,
    GVM_WASM_IMM_F32,
    GVM_WASM_IMM_F64,
    GVM_WASM_IMM_REFTYPE,
    GVM_WASM_IMM_REF_FUNC,
    GVM_WASM_IMM_MEMORY_INIT,
    GVM_WASM_IMM_DATA,
    GVM_WASM_IMM_MEMORY_COPY,
    GVM_WASM_IMM_TABLE_INIT,
    GVM_WASM_IMM_ELEM,
    GVM_WASM_IMM_TABLE_COPY,
    GVM_WASM_IMM_V128,
    GVM_WASM_IMM_SHUFFLE,
    GVM_WASM_IMM_LANE, /* from here on: LANE + log2(lanes) */
    GVM_WASM_IMM_LANE2,
    GVM_WASM_IMM_LANE4,
    GVM_WASM_IMM_LANE8,
    GVM_WASM_IMM_LANE16,
    GVM_WASM_IMM_MEM1, /* MEM1 + log2(natural alignment) */
    GVM_WASM_IMM_MEM2,
    GVM_WASM_IMM_MEM4,
    GVM_WASM_IMM_MEM8,
    GVM_WASM_IMM_MEM16,
    GVM_WASM_IMM_MEMLANE1, /* MEMLANE1 + log2(natural alignment) */
    GVM_WASM_IMM_MEMLANE2,
    GVM_WASM_IMM_MEMLANE4,
    GVM_WASM_IMM_MEMLANE8,
};

/* Instructions in the order of opcodes.inc. */
enum {
#define X(id, name, prefix, code, imm, pop, push, price) GVM_WASM_OP_##id,
#include "vm/wasm/opcodes.inc"
#undef X
    GVM_WASM_OP_COUNT,
    GVM_WASM_OP_NONE = 0xffff
};

/* Unit prices, GVM_WASM_PRICE_INT and so on. */
enum {
#define X(name, units) GVM_WASM_PRICE_##name = (units),
#include "vm/wasm/prices.inc"
#undef X
};

typedef struct gvm_wasm_opinfo {
    const char *name;
    uint8_t prefix, code, imm;
    char pop[4], push[2]; /* as in opcodes.inc */
    uint16_t price;       /* units */
} gvm_wasm_opinfo;

/* Indexed by GVM_WASM_OP_*. */
extern const gvm_wasm_opinfo gvm_wasm_opinfos[GVM_WASM_OP_COUNT];
/* From bytes to GVM_WASM_OP_*, GVM_WASM_OP_NONE where there is no such instruction. */
extern const uint16_t gvm_wasm_op_plain[256], gvm_wasm_op_fc[32], gvm_wasm_op_fd[256];

/* The instruction's name as the text format spells it. `prefix` is 0, 0xFC or 0xFD. NULL where
 * there is none. */
const char *gvm_wasm_op_name(uint8_t prefix, uint32_t code);

#endif
