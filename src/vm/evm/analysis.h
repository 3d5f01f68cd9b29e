/* What the interpreter knows of a piece of code before it runs it, and the cache that keeps it.
 *
 * Every code has a bitmap of its jump destinations, made when it is first needed. Code that proves
 * hot (it was paid so much gas that translation is small change) also gets a program: an array of
 * slots of 8 bytes, one for each instruction or fused sequence, with immediates decoded, static
 * jumps resolved, unreachable code left out, and a slot at the head of each basic block that
 * carries the block's summed gas and its need of stack. So code that runs once (constructors, most
 * of a test suite, cold calls) pays nothing for being prepared, and an attacker cannot make
 * translation cost more than what was paid.
 *
 * The cache is one for the process, keyed by code hash and set of instructions, bounded in bytes
 * (least recently used goes first, by the clock algorithm), and thread-safe. What an account's
 * `code_object` holds is the cache's line: lines are never freed, so a stale one is seen to hold
 * other code and does no harm. */
#ifndef GVM_VM_EVM_ANALYSIS_H
#define GVM_VM_EVM_ANALYSIS_H

#include "base/u256.h"
#include "vm/evm/opcodes.h"

/* Instructions of programs beyond the bytes of code. */
enum {
    GVM_SLOT_BLOCK = 256,  /* a = words that must be there; b = gas | room << GVM_BLOCK_GAS_BITS */
    GVM_SLOT_PUSH_SMALL,   /* b = value */
    GVM_SLOT_PUSH_POOL,    /* b = index of the value */
    GVM_SLOT_JUMP_TO,      /* b = slot of the target's block */
    GVM_SLOT_JUMP_TO_IF,   /* likewise; the next slot is a block */
    GVM_SLOT_GOTO,         /* b = slot; from one block head to where its block begins */
    GVM_SLOT_JUMP_NOWHERE, /* the destination is not one */
    GVM_SLOT_JUMP_NOWHERE_IF,
    GVM_SLOT_END,
};
#define GVM_BLOCK_GAS_BITS 21
#define GVM_BLOCK_GAS_MASK ((1u << GVM_BLOCK_GAS_BITS) - 1)

typedef struct gvm_evm_slot {
    uint16_t op;
    uint16_t a;
    uint32_t b;
} gvm_evm_slot;

typedef struct gvm_evm_program {
    const gvm_evm_slot *slots; /* the entry is slots[1] */
    const gvm_u256 *pool;
    const uint32_t *targets; /* per byte of code: the slot of the block there, 0: no destination */
    size_t bytes;            /* of memory, all in one piece with this */
} gvm_evm_program;

typedef struct gvm_evm_code {
    struct gvm_evm_line *line; /* NULL: not in the cache, belongs to one frame */
    const gvm_opcode_set *set;
    gvm_evm_program *_Atomic program;
    _Atomic uint64_t heat; /* gas spent without a program */
    size_t len;            /* of the code */
    uint64_t jumpdests[];  /* bit i of word i/64 */
} gvm_evm_code;

static inline bool gvm_evm_is_jumpdest(const gvm_evm_code *c, uint64_t pc) {
    return pc < c->len && (c->jumpdests[pc >> 6] >> (pc & 63) & 1) != 0;
}

/* For one frame; NULL where memory is out. */
gvm_evm_code *gvm_evm_code_new(gvm_bytes code, const gvm_opcode_set *set);
void gvm_evm_code_delete(gvm_evm_code *c);

/* From the cache, or new into it. *hint (see gvm_frame.code_object; may be NULL) is looked at first
 * and set. The hash is that of the account's code, of which `code` may be a part that the hash
 * determines. NULL where memory is out. Every acquire needs its release. */
gvm_evm_code *gvm_evm_code_acquire(void **hint, const gvm_hash *code_hash,
                                   const gvm_opcode_set *set, gvm_bytes code);
void gvm_evm_code_release(gvm_evm_code *c);

/* Gives c its program, if it has none. false: memory is out, or the code is too large for one. */
bool gvm_evm_code_translate(gvm_evm_code *c, gvm_bytes code);

/* The bound of the cache; evicts down to it. Default GVM_EVM_CACHE_BYTES. */
#define GVM_EVM_CACHE_BYTES (64u << 20)
void gvm_evm_cache_limit(size_t bytes);
/* What it holds now. */
size_t gvm_evm_cache_bytes(void);

#endif
