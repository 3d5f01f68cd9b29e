/* The compiler for arm64: registers, and what its files share; private to the room. See
 * compile_arm64.c for how its code works. */
#ifndef GVM_VM_WASM_COMPILE_ARM64_H
#define GVM_VM_WASM_COMPILE_ARM64_H

#include "vm/jit/arm64.h"
#include "vm/wasm/compile.h"

#include <stddef.h>

typedef gvm_wasm_compiler compiler;

#define OP(name)  GVM_WASM_OP_##name
#define IOP(name) GVM_WASM_IOP_##name
/* Where a field is, from the register that points at its structure. */
#define E(field) ((int32_t)offsetof(gvm_wasm_exec, field))
#define I(field) ((int32_t)offsetof(gvm_wasm_instance, field))

enum {
    X0,
    X1,
    X2,
    X3,
    WORD = 17, /* where it traps or leaves: the word */
    FP = 19,
    EXEC,
    FUEL,
    MEM,
    BYTES,
    INST,
    LR = GVM_ARM64_LR,
    SP = GVM_ARM64_SP,
    ZR = GVM_ARM64_ZR
};

/* Registers that remember slots: x4 to x15, and v16 to v31. */
#define POOL   12
#define FIRST  4
#define VPOOL  16
#define VFIRST 16

static inline int32_t at(uint32_t slot) {
    return (int32_t)(slot * 8);
}

static inline void load(compiler *c, unsigned r, unsigned base, int32_t disp) {
    gvm_arm64_mem(&c->b, GVM_ARM64_LDR_X, r, base, disp);
}
static inline void load_w(compiler *c, unsigned r, unsigned base, int32_t disp) {
    gvm_arm64_mem(&c->b, GVM_ARM64_LDR_W, r, base, disp);
}
static inline void store(compiler *c, unsigned r, unsigned base, int32_t disp) {
    gvm_arm64_mem(&c->b, GVM_ARM64_STR_X, r, base, disp);
}
static inline void store_w(compiler *c, unsigned r, unsigned base, int32_t disp) {
    gvm_arm64_mem(&c->b, GVM_ARM64_STR_W, r, base, disp);
}

static inline unsigned take(compiler *c) {
    return gvm_wasm_bank_take(&c->ints) + FIRST;
}
static inline unsigned take_v(compiler *c) {
    return gvm_wasm_bank_take(&c->floats) + VFIRST;
}

/* The slot's value in a register, which is pinned for this instruction. */
static inline unsigned get(compiler *c, uint32_t slot) {
    unsigned i = gvm_wasm_bank_find(&c->ints, slot);
    if (i != GVM_WASM_NOTHING) return i + FIRST;
    unsigned r = take(c);
    load(c, r, FP, at(slot));
    c->ints.slots[r - FIRST] = slot;
    return r;
}
static inline unsigned get_v(compiler *c, uint32_t slot) {
    unsigned i = gvm_wasm_bank_find(&c->floats, slot);
    if (i != GVM_WASM_NOTHING) return i + VFIRST;
    unsigned r = take_v(c);
    gvm_arm64_mem(&c->b, GVM_ARM64_LDR_D, r, FP, at(slot));
    c->floats.slots[r - VFIRST] = slot;
    return r;
}
static inline bool is_float(const compiler *c, uint32_t slot) {
    for (unsigned i = 0; i < VPOOL; i++)
        if (c->floats.slots[i] == slot) return true;
    return false;
}

/* Register `r` (of the pool) is the slot's new value. */
static inline void set(compiler *c, uint32_t slot, unsigned r) {
    gvm_wasm_forget_slot(c, slot);
    store(c, r, FP, at(slot));
    c->ints.slots[r - FIRST] = slot;
}
static inline void set_v(compiler *c, uint32_t slot, unsigned r) {
    gvm_wasm_forget_slot(c, slot);
    gvm_arm64_mem(&c->b, GVM_ARM64_STR_D, r, FP, at(slot));
    c->floats.slots[r - VFIRST] = slot;
}

/* The branch at `from` leads to `to`. */
static inline void link_to(compiler *c, uint32_t from, uint32_t to) {
    if (!gvm_arm64_link(&c->b, from, to)) c->unlinked = true;
}
static inline void link_here(compiler *c, uint32_t from) {
    link_to(c, from, (uint32_t)c->b.len);
}

/* Branches to what may be far away in this function: a short one, or one over a long one. */
static inline uint32_t jump_if(compiler *c, unsigned condition) {
    if (!c->far) return gvm_arm64_jump_if(&c->b, condition);
    uint32_t over = gvm_arm64_jump_if(&c->b, condition ^ 1),
             jump = gvm_arm64_jump(&c->b, GVM_ARM64_B);
    link_here(c, over);
    return jump;
}
/* CBZ, CBNZ */
static inline uint32_t jump_zero(compiler *c, bool wide, uint32_t op, unsigned t) {
    if (!c->far) return gvm_arm64_jump_zero(&c->b, wide, op, t);
    uint32_t over = gvm_arm64_jump_zero(&c->b, wide, op ^ GVM_ARM64_CBZ ^ GVM_ARM64_CBNZ, t);
    uint32_t jump = gvm_arm64_jump(&c->b, GVM_ARM64_B);
    link_here(c, over);
    return jump;
}

static inline void trap_at(compiler *c, uint32_t jump, uint32_t word, gvm_wasm_trap_code trap) {
    gvm_wasm_cold_add(c, GVM_WASM_COLD_TRAP, jump, word, trap);
}
static inline void trap_if(compiler *c, unsigned condition, uint32_t word,
                           gvm_wasm_trap_code trap) {
    trap_at(c, jump_if(c, condition), word, trap);
}

/* The tail in word `tail` says where the branch at `from` leads. */
static inline void branch_at(compiler *c, uint32_t from, uint32_t tail) {
    gvm_wasm_branch_to(c, from, gvm_wasm_target_of(c->m, tail), GVM_WASM_NOTHING);
}
static inline void branch_if(compiler *c, unsigned condition, uint32_t tail) {
    branch_at(c, jump_if(c, condition), tail);
}

/* The price in word `w`: where it is a target, whoever comes knows nothing of registers. */
void gvm_wasm_arm64_price(compiler *c, uint32_t w);

/* compile_arm64_value.c: arithmetic, memory and moves; comparisons and branches on them. How many
 * words the instruction has, 0: it is none of these. */
uint32_t gvm_wasm_arm64_value(compiler *c, uint32_t w);
uint32_t gvm_wasm_arm64_compare(compiler *c, uint32_t w);
/* Checks `bytes` at slot + the word's offset; the address without the offset is in the register
 * that comes back: x1 or one of the pool. It may clobber x0. */
unsigned gvm_wasm_arm64_address(compiler *c, uint32_t w, uint32_t slot, uint32_t bytes);
/* Comes before a store of `bytes` at base + offset, which is checked. */
void gvm_wasm_arm64_before_store(compiler *c, unsigned base, uint32_t offset, uint32_t bytes);

/* compile_arm64_simd.c: IOP(simd), IOP(simd_memory); and moves of vectors, which return as above.
 */
void gvm_wasm_arm64_simd(compiler *c, uint32_t w);
void gvm_wasm_arm64_simd_memory(compiler *c, uint32_t w);
uint32_t gvm_wasm_arm64_vector_move(compiler *c, uint32_t w);

#endif
