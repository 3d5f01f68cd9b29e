#include "vm/wasm/opcode.h"

#include <stddef.h>

const gvm_wasm_opinfo gvm_wasm_opinfos[GVM_WASM_OP_COUNT] = {
#define X(id, opname, opprefix, opcode, opimm, oppop, oppush, opprice) \
    [GVM_WASM_OP_##id] = {.name = opname,                              \
                          .prefix = opprefix,                          \
                          .code = opcode,                              \
                          .imm = GVM_WASM_IMM_##opimm,                 \
                          .pop = oppop,                                \
                          .push = oppush,                              \
                          .price = GVM_WASM_PRICE_##opprice},
#include "vm/wasm/opcodes.inc"
#undef X
};

/* The three maps are filled by range designators first; the rows then override them, which is
 * meant. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
#ifdef __clang__
#pragma GCC diagnostic ignored "-Winitializer-overrides"
#endif
#define ROW(wanted, opprefix, opcode, id)                  \
    [(opprefix) == (wanted) ? (opcode) : SPARE_##wanted] = \
        (opprefix) == (wanted) ? GVM_WASM_OP_##id : GVM_WASM_OP_NONE,
/* A byte that is no instruction under the prefix: where the other prefixes' rows may land. */
#define SPARE_0x00 0xff
#define SPARE_0xfc 31
#define SPARE_0xfd 0x9a

const uint16_t gvm_wasm_op_plain[256] = {
    [0 ... 255] = GVM_WASM_OP_NONE,
#define X(id, opname, opprefix, opcode, opimm, oppop, oppush, opprice) \
    ROW(0x00, opprefix, opcode, id)
#include "vm/wasm/opcodes.inc"
#undef X
};
const uint16_t gvm_wasm_op_fc[32] = {
    [0 ... 31] = GVM_WASM_OP_NONE,
#define X(id, opname, opprefix, opcode, opimm, oppop, oppush, opprice) \
    ROW(0xfc, opprefix, opcode, id)
#include "vm/wasm/opcodes.inc"
#undef X
};
const uint16_t gvm_wasm_op_fd[256] = {
    [0 ... 255] = GVM_WASM_OP_NONE,
#define X(id, opname, opprefix, opcode, opimm, oppop, oppush, opprice) \
    ROW(0xfd, opprefix, opcode, id)
#include "vm/wasm/opcodes.inc"
#undef X
};
#pragma GCC diagnostic pop

const char *gvm_wasm_op_name(uint8_t prefix, uint32_t code) {
    uint16_t op = GVM_WASM_OP_NONE;
    if (prefix == 0 && code < 256) op = gvm_wasm_op_plain[code];
    if (prefix == 0xfc && code < 32) op = gvm_wasm_op_fc[code];
    if (prefix == 0xfd && code < 256) op = gvm_wasm_op_fd[code];
    return op == GVM_WASM_OP_NONE ? NULL : gvm_wasm_opinfos[op].name;
}
