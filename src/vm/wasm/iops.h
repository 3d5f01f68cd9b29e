/* The interpreter's instructions. Those of opcodes.inc keep their names; the lists below add forms
 * with a constant operand, compare-and-branch, and what the validator needs at the edges of blocks.
 *
 * An instruction is one word of 8 bytes, {op, a, b, c}, of 16 bits each, and for some a second. `a`
 * is the slot of the result where there is one; slots count 8 bytes from the frame's start.
 * docs/wasm.md draws the whole. */
#ifndef GVM_VM_WASM_IOPS_H
#define GVM_VM_WASM_IOPS_H

#include "vm/wasm/opcode.h"

/* Integer operations without traps: X(type, name) */
#define GVM_WASM_INT_BIN(X, T) \
    X(T, add)                  \
    X(T, sub)                  \
    X(T, mul) X(T, and) X(T, or) X(T, xor) X(T, shl) X(T, shr_s) X(T, shr_u) X(T, rotl) X(T, rotr)
/* Those that also take a constant of 64 bits. */
#define GVM_WASM_INT_LONG(X, T) X(T, add) X(T, mul) X(T, and) X(T, or) X(T, xor)
/* Comparisons: X(type, name, inverse, swapped) */
#define GVM_WASM_INT_CMP(X, T) \
    X(T, eq, ne, eq)           \
    X(T, ne, eq, ne)           \
    X(T, lt_s, ge_s, gt_s)     \
    X(T, lt_u, ge_u, gt_u)     \
    X(T, gt_s, le_s, lt_s)     \
    X(T, gt_u, le_u, lt_u)     \
    X(T, le_s, gt_s, ge_s) X(T, le_u, gt_u, ge_u) X(T, ge_s, lt_s, le_s) X(T, ge_u, lt_u, le_u)
#define GVM_WASM_FLOAT_CMP(X, T) X(T, eq) X(T, ne) X(T, lt) X(T, gt) X(T, le) X(T, ge)

enum {
    GVM_WASM_IOP_FIRST = GVM_WASM_OP_COUNT - 1,
#define X(T, name) GVM_WASM_IOP_##T##_##name##_i, /* {a, b, immediate of 16 bits} */
    GVM_WASM_INT_BIN(X, i32) GVM_WASM_INT_BIN(X, i64)
#undef X
#define X(T, name) GVM_WASM_IOP_##T##_##name##_l, /* {a, b}{immediate of 64 bits} */
        GVM_WASM_INT_LONG(X, i32) GVM_WASM_INT_LONG(X, i64)
#undef X
#define X(T, name, inverse, swapped) GVM_WASM_IOP_##T##_##name##_i,
            GVM_WASM_INT_CMP(X, i32) GVM_WASM_INT_CMP(X, i64)
#undef X
/* {-, b, c}{target, price}: to the target if the comparison holds */
#define X(T, name, inverse, swapped) GVM_WASM_IOP_br_##T##_##name, GVM_WASM_IOP_br_##T##_##name##_i,
                GVM_WASM_INT_CMP(X, i32) GVM_WASM_INT_CMP(X, i64)
#undef X
#define X(T, name) GVM_WASM_IOP_br_##T##_##name, GVM_WASM_IOP_br_not_##T##_##name,
                    GVM_WASM_FLOAT_CMP(X, f32) GVM_WASM_FLOAT_CMP(X, f64)
#undef X
    /* the price of a metering block: {-}{price in the upper half} */
    GVM_WASM_IOP_charge,
    GVM_WASM_IOP_copy,          /* {a, b} */
    GVM_WASM_IOP_copy2,         /* {a, b}, two slots */
    GVM_WASM_IOP_address,       /* {a, b}{offset}: a = b + offset, 64 bits */
    GVM_WASM_IOP_br_if_move,    /* {-, b = condition}{source, target slot, count}{target, price} */
    GVM_WASM_IOP_br_move,       /* {-, b = source, c = target slot}{target, -, count} */
    GVM_WASM_IOP_br_table_move, /* {a = index, b = source, c = count}{cases} then {target, slot}
                                   each */
    GVM_WASM_IOP_return1,       /* {a = source} */
    GVM_WASM_IOP_return_many,   /* {a = source, b = count} */
    GVM_WASM_IOP_call_import,   /* {a = arguments, function in the upper half}{-, price} */
    GVM_WASM_IOP_leave,         /* the bottom of a call from outside */
    GVM_WASM_IOP_cross_return,  /* back into another instance */
    GVM_WASM_IOP_simd,          /* {a, b, c}{function, d, lane, -} */
    GVM_WASM_IOP_simd_memory,   /* {a, b, c = offset}{function, d, lane, bytes} */
    GVM_WASM_IOP_select2,       /* select of v128 */
    GVM_WASM_IOP_global_get2,
    GVM_WASM_IOP_global_set2,
    GVM_WASM_IOP_COUNT
};

#endif
