/* Ghost operations: tokens, names, identities and signatures as instructions of the ZVM and host
 * functions of WebAssembly. Each is a call of a system contract's function (ghost_ops.inc), the
 * same that Solidity calls: one implementation, one price, one state root.
 *
 * What an engine adds is the entry cost, the same for all of them: the call itself (the address is
 * warm: 100) and GVM_GHOST_WORD_GAS for each word of calldata that is made here. All but a 64th of
 * the gas goes along, as with any call. Where the function fails, the frame that asked reverts with
 * its revert data, as Solidity's calls do; who would rather look at the failure makes the call
 * itself. */
#ifndef GVM_VM_GHOST_OPS_H
#define GVM_VM_GHOST_OPS_H

#include "vm/vm.h"

#define GVM_GHOST_ARGS     8 /* most parameters */
#define GVM_GHOST_WORD_GAS 3

typedef enum gvm_ghost_op_id {
#define X(name, zvm, host, contract, signature, result, view) GVM_GHOST_##name,
#include "vm/ghost_ops.inc"
#undef X
    GVM_GHOST_COUNT
} gvm_ghost_op_id;

/* How a parameter crosses. */
typedef enum gvm_ghost_kind {
    GVM_GHOST_SMALL,   /* a number of at most 64 bits, or a bool */
    GVM_GHOST_WORD,    /* any other number, or bytesN */
    GVM_GHOST_ADDRESS, /* cut to 20 bytes */
    GVM_GHOST_BYTES,   /* bytes, string */
    GVM_GHOST_TAIL,    /* an array or tuple, in its ABI encoding */
} gvm_ghost_kind;
static inline bool gvm_ghost_is_word(uint8_t kind) {
    return kind <= GVM_GHOST_ADDRESS;
}

typedef enum gvm_ghost_returns {
    GVM_GHOST_RETURNS_WORD,
    GVM_GHOST_RETURNS_NONE,
    GVM_GHOST_RETURNS_BYTES,
} gvm_ghost_returns;

typedef struct gvm_ghost_op {
    gvm_ghost_op_id id;
    const char *name;
    const char *host; /* NULL: no host function */
    const char *signature;
    gvm_address contract;
    uint8_t selector[4];
    uint8_t zvm; /* opcode, 0: none */
    uint8_t returns;
    bool has_selector, view;
    uint8_t arg_count, word_count; /* parameters; words that they take on the ZVM's stack */
    uint8_t args[GVM_GHOST_ARGS];  /* gvm_ghost_kind */
} gvm_ghost_op;

/* Never NULL for an id of the enum. */
const gvm_ghost_op *gvm_ghost_op_of(gvm_ghost_op_id id);
/* The one that a ZVM opcode or a host function stands for; NULL: none. */
const gvm_ghost_op *gvm_ghost_by_opcode(uint8_t opcode);
const gvm_ghost_op *gvm_ghost_by_host(const char *name);

typedef struct gvm_ghost_arg { /* one of the two, by the parameter's kind */
    gvm_u256 word;
    gvm_bytes bytes;
} gvm_ghost_arg;

/* Takes the entry cost and fills vm->pending, as gvm_host_call does (its outcomes): on SUCCESS the
 * engine returns GVM_STEP_CALL. args: one for each parameter. The calldata lies in f->calldata. */
GVM_NODISCARD gvm_outcome gvm_ghost_call(gvm_frame *f, const gvm_ghost_op *op,
                                         const gvm_ghost_arg *args);

/* After the call, with f->child filled in: sets f->return_data and the word that the operation
 * gives. false: it failed; the frame is to revert with f->return_data. */
bool gvm_ghost_result(gvm_frame *f, gvm_u256 *word, gvm_ghost_op_id id);

#endif
