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

/* Registers that remember slots: these six, and xmm2 to xmm15. They may be newer than their slot.
 */
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

/* Writes what register `i` of the bank holds to its slot. */
static inline void store_int(compiler *c, unsigned i) {
    gvm_x64_mem(&c->b, true, 0x89, pool[i], FP, at(c->ints.slots[i]));
    c->ints.dirty &= ~(1u << i);
}
static inline void store_float(compiler *c, unsigned i) {
    uint32_t slot = c->floats.slots[i];
    gvm_x64_mem(&c->b, false, slot & GVM_WASM_WIDE ? 0x0f11 : MOVQ_STORE, i + XFIRST, FP,
                at(slot & ~GVM_WASM_WIDE));
    c->floats.dirty &= ~(1u << i);
}
/* Brings all slots up to date. Leaves flags alone. */
static inline void flush(compiler *c) {
    while (c->ints.dirty != 0) store_int(c, (unsigned)__builtin_ctz(c->ints.dirty));
    while (c->floats.dirty != 0) store_float(c, (unsigned)__builtin_ctz(c->floats.dirty));
}
static inline void flush_slot(compiler *c, uint32_t slot) {
    for (unsigned i = 0; i < POOL; i++)
        if (c->ints.dirty >> i & 1 && c->ints.slots[i] == slot) store_int(c, i);
    for (unsigned i = 0; i < XPOOL; i++)
        if (c->floats.dirty >> i & 1 && c->floats.slots[i] == slot) store_float(c, i);
}

/* A register for something new, pinned: best one that remembers nothing, then one whose slot is up
 * to date. */
static inline unsigned pick(gvm_wasm_bank *k) {
    unsigned clean = GVM_WASM_BANK, any = GVM_WASM_BANK, i = k->next;
    for (unsigned n = 0; n < k->len; n++, i = i + 1 < k->len ? i + 1 : 0) {
        if (k->pinned >> i & 1) continue;
        if (k->slots[i] == GVM_WASM_NOTHING) {
            clean = i;
            break;
        }
        if (any == GVM_WASM_BANK) any = i;
        if (clean == GVM_WASM_BANK && !(k->dirty >> i & 1)) clean = i;
    }
    if (clean == GVM_WASM_BANK) clean = any;
    k->next = clean + 1 < k->len ? clean + 1 : 0;
    k->pinned |= 1u << clean;
    return clean;
}
static inline unsigned take(compiler *c) {
    unsigned i = pick(&c->ints);
    if (c->ints.dirty >> i & 1) store_int(c, i);
    c->ints.slots[i] = GVM_WASM_NOTHING;
    return pool[i];
}
static inline unsigned take_x(compiler *c) {
    unsigned i = pick(&c->floats);
    if (c->floats.dirty >> i & 1) store_float(c, i);
    c->floats.slots[i] = GVM_WASM_NOTHING;
    return i + XFIRST;
}

/* Where register `r` is in the pool. */
static inline unsigned index_of(unsigned r) {
    return r == GVM_X64_RSI ? 0 : r == GVM_X64_RDI ? 1 : r - GVM_X64_R8 + 2;
}
_Static_assert(POOL == 6, "index_of knows the pool");

/* The instruction is the last to read an operand of the stack: then its slot need not be written,
 * and its register is free afterwards. */
static inline bool last_read(const compiler *c, uint32_t slot) {
    return c->consumes && slot >= c->local_slots;
}
static inline void consume(const compiler *c, gvm_wasm_bank *k, unsigned i, uint32_t slot) {
    if (!last_read(c, slot)) return;
    k->slots[i] = GVM_WASM_NOTHING;
    k->dirty &= ~(1u << i);
}

/* The slot's value in a register, which is pinned for this instruction. */
static inline unsigned get(compiler *c, uint32_t slot) {
    unsigned i = gvm_wasm_bank_find(&c->ints, slot);
    if (i == GVM_WASM_NOTHING) {
        unsigned f = gvm_wasm_bank_find(&c->floats, slot), r = take(c);
        i = index_of(r);
        if (f != GVM_WASM_NOTHING) {
            gvm_x64_reg(&c->b, true, GVM_X64_PREFIX(0x66) | 0x0f7e, f + XFIRST, r); /* movq */
            consume(c, &c->floats, f, slot);
        } else {
            gvm_x64_mem(&c->b, true, 0x8b, r, FP, at(slot));
        }
        c->ints.slots[i] = slot;
    }
    consume(c, &c->ints, i, slot);
    return pool[i];
}
static inline unsigned get_x(compiler *c, uint32_t slot) {
    unsigned i = gvm_wasm_bank_find(&c->floats, slot);
    if (i == GVM_WASM_NOTHING) {
        unsigned f = gvm_wasm_bank_find(&c->ints, slot), r = take_x(c);
        i = r - XFIRST;
        if (f != GVM_WASM_NOTHING) {
            gvm_x64_reg(&c->b, true, GVM_X64_PREFIX(0x66) | 0x0f6e, r, pool[f]);
            consume(c, &c->ints, f, slot);
        } else {
            gvm_x64_mem(&c->b, false, MOVQ_LOAD, r, FP, at(slot));
        }
        c->floats.slots[i] = slot;
    }
    consume(c, &c->floats, i, slot);
    return i + XFIRST;
}
/* A register with the slot's value that may be changed. */
static inline unsigned get_own(compiler *c, uint32_t slot) {
    unsigned x = get(c, slot);
    if (last_read(c, slot)) return x;
    unsigned d = take(c);
    gvm_x64_reg(&c->b, true, 0x8b, d, x);
    return d;
}

/* Register `r` (of the pool) is the slot's new value; the slot is written when need be. */
static inline void set(compiler *c, uint32_t slot, unsigned r) {
    unsigned i = index_of(r);
    gvm_wasm_forget_slot(c, slot);
    c->ints.slots[i] = slot;
    c->ints.dirty |= 1u << i;
}
static inline void set_x(compiler *c, uint32_t slot, unsigned r) {
    gvm_wasm_forget_slot(c, slot);
    c->floats.slots[r - XFIRST] = slot;
    c->floats.dirty |= 1u << (r - XFIRST);
}

static inline void trap_if(compiler *c, unsigned condition, uint32_t word,
                           gvm_wasm_trap_code trap) {
    gvm_wasm_cold_add(c, GVM_WASM_COLD_TRAP, gvm_x64_jcc(&c->b, condition), word, trap);
}

/* Whoever comes to a label finds all slots up to date. */
static inline void branch_if(compiler *c, unsigned condition, uint32_t tail) {
    flush(c);
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
