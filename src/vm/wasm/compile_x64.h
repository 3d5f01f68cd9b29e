/* The compiler for x86-64: registers, and what its files share; private to the room. See
 * compile_x64.c for how its code works. */
#ifndef GVM_VM_WASM_COMPILE_X64_H
#define GVM_VM_WASM_COMPILE_X64_H

#include "vm/jit/x64.h"
#include "vm/wasm/compile.h"

#include <stddef.h>

typedef gvm_wasm_compiler compiler;

#define OP(name)  GVM_WASM_OP_##name
#define IOP(name) GVM_WASM_IOP_##name
/* Where a field is, from the register that points at its structure. */
#define E(field) ((int32_t)offsetof(gvm_wasm_exec, field))
#define I(field) ((int32_t)offsetof(gvm_wasm_instance, field))

enum {
    FP = GVM_X64_RBX,
    EXEC = GVM_X64_R12,
    FUEL = GVM_X64_R13,
    MEM = GVM_X64_R14,
    BYTES = GVM_X64_R15,
    INST = GVM_X64_RBP,
    RAX = GVM_X64_RAX,
    RCX = GVM_X64_RCX,
    RDX = GVM_X64_RDX,
    RSP = GVM_X64_RSP,
    RSI = GVM_X64_RSI,
    RDI = GVM_X64_RDI
};

/* Registers that remember slots: these six, and xmm2 to xmm15. */
#define POOL 6
static const uint8_t pool[POOL] = {GVM_X64_RSI, GVM_X64_RDI, GVM_X64_R8,
                                   GVM_X64_R9,  GVM_X64_R10, GVM_X64_R11};
#define XPOOL  14
#define XFIRST 2

#define MOVQ_LOAD  (GVM_X64_PREFIX(0xf3) | 0x0f7e)
#define MOVQ_STORE (GVM_X64_PREFIX(0x66) | 0x0fd6)

static inline int32_t at(uint32_t slot) {
    return (int32_t)(slot * 8);
}

static inline unsigned take(compiler *c) {
    return pool[gvm_wasm_bank_take(&c->ints)];
}
static inline unsigned take_x(compiler *c) {
    return gvm_wasm_bank_take(&c->floats) + XFIRST;
}

/* Register `r` (of the pool) equals the slot. */
static inline void remember(compiler *c, uint32_t slot, unsigned r) {
    for (unsigned i = 0; i < POOL; i++)
        if (pool[i] == r) c->ints.slots[i] = slot;
}

/* The slot's value in a register, which is pinned for this instruction. */
static inline unsigned get(compiler *c, uint32_t slot) {
    unsigned i = gvm_wasm_bank_find(&c->ints, slot);
    if (i != GVM_WASM_NOTHING) return pool[i];
    unsigned r = take(c);
    gvm_x64_mem(&c->b, true, 0x8b, r, FP, at(slot));
    remember(c, slot, r);
    return r;
}
static inline unsigned get_x(compiler *c, uint32_t slot) {
    unsigned i = gvm_wasm_bank_find(&c->floats, slot);
    if (i != GVM_WASM_NOTHING) return i + XFIRST;
    unsigned r = take_x(c);
    gvm_x64_mem(&c->b, false, MOVQ_LOAD, r, FP, at(slot));
    c->floats.slots[r - XFIRST] = slot;
    return r;
}

/* Register `r` (of the pool) is the slot's new value. */
static inline void set(compiler *c, uint32_t slot, unsigned r) {
    gvm_wasm_forget_slot(c, slot);
    gvm_x64_mem(&c->b, true, 0x89, r, FP, at(slot));
    remember(c, slot, r);
}
static inline void set_x(compiler *c, uint32_t slot, unsigned r) {
    gvm_wasm_forget_slot(c, slot);
    gvm_x64_mem(&c->b, false, MOVQ_STORE, r, FP, at(slot));
    c->floats.slots[r - XFIRST] = slot;
}

static inline void trap_if(compiler *c, unsigned condition, uint32_t word,
                           gvm_wasm_trap_code trap) {
    gvm_wasm_cold_add(c, GVM_WASM_COLD_TRAP, gvm_x64_jcc(&c->b, condition), word, trap);
}

static inline void branch_if(compiler *c, unsigned condition, uint32_t tail) {
    gvm_wasm_branch_to(c, gvm_x64_jcc(&c->b, condition), gvm_wasm_target_of(c->m, tail),
                       GVM_WASM_NOTHING);
}

static inline void set_condition(compiler *c, uint32_t slot, unsigned condition) {
    unsigned d = take(c);
    gvm_x64_reg(&c->b, false, 0x0f90 | condition, 0, RAX); /* setcc al */
    gvm_x64_reg(&c->b, false, 0x0fb6, d, RAX);
    set(c, slot, d);
}

/* The price in word `w`: where it is a target, whoever comes knows nothing of registers. */
void gvm_wasm_x64_price(compiler *c, uint32_t w);
/* A leaf in C, by the pointer to it at `fn` in the exec: its arguments are in place. Clobbers all
 * that is remembered. */
void gvm_wasm_x64_call_c(compiler *c, int32_t fn);

/* compile_x64_value.c: arithmetic, memory and moves; comparisons and branches on them. How many
 * words the instruction has, 0: it is none of these. */
uint32_t gvm_wasm_x64_value(compiler *c, uint32_t w);
uint32_t gvm_wasm_x64_compare(compiler *c, uint32_t w);
/* Checks `bytes` at slot + the word's offset; the address without the offset is in the register
 * that comes back. `by_guard`: the very next instruction accesses it, so guard pages will do. */
unsigned gvm_wasm_x64_address(compiler *c, uint32_t w, uint32_t slot, uint32_t bytes,
                              bool by_guard);

/* compile_x64_simd.c: vector instructions; false where the instruction is for C. */
bool gvm_wasm_x64_simd(compiler *c, uint32_t w);
bool gvm_wasm_x64_simd_memory(compiler *c, uint32_t w);
/* Moves of two slots at once. */
void gvm_wasm_x64_copy_wide(compiler *c, uint32_t to, uint32_t from);
void gvm_wasm_x64_const_wide(compiler *c, const gvm_wasm_word *p);
void gvm_wasm_x64_global_wide(compiler *c, const gvm_wasm_word *p, bool store);
void gvm_wasm_x64_select_wide(compiler *c, const gvm_wasm_word *p);
/* Puts the NaN into the lanes of register `d` that xmm0 names. */
void gvm_wasm_x64_cold_nans(compiler *c, unsigned d, bool wide);

#endif
