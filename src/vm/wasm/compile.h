/* What the compilers for all machines share: the walk over the interpreter's words, branches and
 * calls that wait for their target, registers that remember slots, cold code, publication; private
 * to the room. docs/wasm.md says what compiled code looks like from outside.
 *
 * The code of a module is one piece: what the target makes for all (`gvm_wasm_target_shared`), then
 * the functions in their order, each followed by its cold code. It holds no address of anything:
 * data is reached by exec and instance, C functions by pointers in the exec. */
#ifndef GVM_VM_WASM_COMPILE_H
#define GVM_VM_WASM_COMPILE_H

#include "vm/wasm/runtime.h"

/* There is a compiler for this machine. */
#if defined(__x86_64__) || defined(__aarch64__)
#define GVM_WASM_COMPILES 1
#else
#define GVM_WASM_COMPILES 0
#endif

#define GVM_WASM_NOTHING UINT32_MAX

typedef struct gvm_wasm_fixup {
    uint32_t at;   /* where in the code the distance is, as the target means it */
    uint32_t to;   /* price word, or own function */
    uint32_t base; /* case of a br_table: what its distance counts from; NOTHING: a branch */
} gvm_wasm_fixup;

typedef enum gvm_wasm_cold_kind {
    GVM_WASM_COLD_TRAP,
    GVM_WASM_COLD_TRAP_RESULT, /* the trap's code is a C function's result */
    GVM_WASM_COLD_REFILL,
    GVM_WASM_COLD_NAN32, /* puts the NaN into float register `trap` */
    GVM_WASM_COLD_NAN64,
    GVM_WASM_COLD_NANS32, /* likewise into the lanes that a mask names */
    GVM_WASM_COLD_NANS64,
    GVM_WASM_COLD_PLAIN, /* the instruction traps; its C function says how */
    GVM_WASM_COLD_LEAST  /* so it does, unless float register `trap` holds -2^63 */
} gvm_wasm_cold_kind;

/* Code that is hardly ever reached; it stands behind its function. */
typedef struct gvm_wasm_cold {
    uint32_t at, back; /* of the branch that leads here; where it goes on */
    uint32_t word;
    uint8_t kind, trap;
} gvm_wasm_cold;

/* Registers of one kind, by number in the target's own order: each remembers a slot that it equals,
 * or nothing. */
#define GVM_WASM_BANK 32
#define GVM_WASM_WIDE 0x80000000u /* with a slot: it and the next, a vector */
typedef struct gvm_wasm_bank {
    uint32_t slots[GVM_WASM_BANK];
    unsigned len, next;
    uint32_t pinned; /* in use by the instruction at hand */
    uint32_t dirty;  /* newer than the slot in memory */
} gvm_wasm_bank;

#define GVM_WASM_TRAPS (GVM_WASM_TRAP_HOST + 1)

typedef struct gvm_wasm_compiler {
    gvm_wasm_module *m;
    gvm_buf b;
    const gvm_wasm_code *code; /* of the function at hand */
    uint32_t *native;          /* by word: offset of a price's code */
    uint8_t *targets;          /* by word: a branch leads to this price */
    uint32_t *entries;         /* by own function */
    gvm_wasm_form form;
    uint32_t *places; /* see gvm_wasm_native; NULL: not wanted */
    uint32_t places_len;
    GVM_WASM_VEC(gvm_wasm_fixup) branches;
    GVM_WASM_VEC(gvm_wasm_fixup) calls;
    GVM_WASM_VEC(gvm_wasm_cold) cold;
    bool nomem;
    bool avx;
    bool consumes;        /* the instruction at hand is the last to read its operands */
    uint32_t local_slots; /* of the function: operands lie above */
    bool far;             /* this function is too long for the target's short branches */
    bool unlinked;        /* one did not reach */
    gvm_wasm_bank ints, floats;
    /* shared code */
    uint32_t enter, done; /* see gvm_wasm_native */
    uint32_t exit, trap, refill, call_func;
    uint32_t traps[GVM_WASM_TRAPS]; /* for each kind, on the way to `trap` */
} gvm_wasm_compiler;

/* ---- what a target gives */

/* x86-64: the machine has AVX and nobody said not to use it. */
bool gvm_wasm_uses_avx(void);

/* The machine at hand can run its code. */
bool gvm_wasm_target_runs(void);
/* What all functions use; sets `enter`, `done` and, as it likes, the others. */
void gvm_wasm_target_shared(gvm_wasm_compiler *c);
/* A function's beginning: takes its stack cost, makes its locals zero. */
void gvm_wasm_target_begin(gvm_wasm_compiler *c);
/* The instruction at word `w`; returns how many words it has. */
uint32_t gvm_wasm_target_word(gvm_wasm_compiler *c, uint32_t w);
void gvm_wasm_target_cold(gvm_wasm_compiler *c, const gvm_wasm_cold *cold);
/* Sets the distance of the branch or call at `at` so that it leads to `to`. Sets `unlinked` where
 * that is out of reach: the function is compiled once more, with `far`. */
void gvm_wasm_target_link(gvm_wasm_compiler *c, uint32_t at, uint32_t to);

/* ---- what it is given */

/* The branch whose distance is at `at` leads to word `word`. */
void gvm_wasm_branch_to(gvm_wasm_compiler *c, uint32_t at, uint32_t word, uint32_t base);
/* The call whose distance is at `at` leads to own function `function`. */
void gvm_wasm_call_to(gvm_wasm_compiler *c, uint32_t at, uint32_t function);
/* The branch whose distance is at `at` leads to cold code, which goes on here. */
void gvm_wasm_cold_add(gvm_wasm_compiler *c, gvm_wasm_cold_kind kind, uint32_t at, uint32_t word,
                       unsigned trap);
/* The word that the tail in word `w` goes to. */
static inline uint32_t gvm_wasm_target_of(const gvm_wasm_module *m, uint32_t w) {
    return w + (uint32_t)m->words.at[w].target;
}

/* ---- registers that remember */

void gvm_wasm_bank_clear(gvm_wasm_bank *k);
/* Takes any register that is not pinned, which then remembers nothing, and pins it. */
unsigned gvm_wasm_bank_take(gvm_wasm_bank *k);
/* The register that remembers `slot`, pinned, or NOTHING. */
unsigned gvm_wasm_bank_find(gvm_wasm_bank *k, uint32_t slot);
void gvm_wasm_bank_forget(gvm_wasm_bank *k, uint32_t slot);
static inline void gvm_wasm_forget_all(gvm_wasm_compiler *c) {
    gvm_wasm_bank_clear(&c->ints);
    gvm_wasm_bank_clear(&c->floats);
}
void gvm_wasm_forget_slot(gvm_wasm_compiler *c, uint32_t slot);

#endif
