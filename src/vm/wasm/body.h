/* A function's body: checked, priced and turned into the interpreter's code, instruction by
 * instruction; private to the room. The loader feeds it; see emit.c for where operands live. */
#ifndef GVM_VM_WASM_BODY_H
#define GVM_VM_WASM_BODY_H

#include "vm/wasm/module.h"
#include "vm/wasm/reader.h"

#define GVM_WASM_NONE UINT32_MAX
/* Type of an operand that only unreachable code has. */
#define GVM_WASM_UNKNOWN 0

/* Where an operand's value is: in its own slot, still in a local, or nowhere yet because it is a
 * constant. */
typedef enum gvm_wasm_where { GVM_WASM_HOME, GVM_WASM_LOCAL, GVM_WASM_CONST } gvm_wasm_where;

typedef struct gvm_wasm_operand {
    uint8_t type, where;
    uint16_t home; /* its own slot; nothing in unreachable code */
    uint32_t next; /* LOCAL: index + 1 of the next lower operand in the same local; 0: none */
    union {
        uint64_t bits;  /* CONST */
        uint32_t local; /* LOCAL */
    };
} gvm_wasm_operand;

typedef struct gvm_wasm_local {
    uint8_t type;
    uint16_t slot;
    uint32_t pending; /* index + 1 of the highest operand that is still in this local; 0: none */
} gvm_wasm_local;

typedef enum gvm_wasm_ctrl_kind {
    GVM_WASM_CTRL_FUNC,
    GVM_WASM_CTRL_BLOCK,
    GVM_WASM_CTRL_LOOP,
    GVM_WASM_CTRL_IF,
    GVM_WASM_CTRL_ELSE
} gvm_wasm_ctrl_kind;

typedef struct gvm_wasm_ctrl {
    const uint8_t *params, *results;
    uint32_t params_len, results_len;
    uint32_t height;   /* operands below its parameters */
    uint32_t label;    /* LOOP: word that a branch goes to */
    uint32_t fixups;   /* others: last word of the chain that waits for the end; NONE: empty */
    uint32_t else_fix; /* IF: word whose target is the else part */
    uint16_t slot;     /* slots below its parameters */
    uint8_t kind;
    bool unreachable; /* the rest of it cannot be reached */
    bool dead;        /* it began in unreachable code */
} gvm_wasm_ctrl;

typedef struct gvm_wasm_body {
    gvm_wasm_module *m;
    bool nomem;
    gvm_status status; /* with READ_BAD: what kind of refusal */
    uint32_t data_count;
    bool has_data_count;

    uint32_t index; /* function */
    const gvm_wasm_functype *type;
    uint64_t locals_total;
    GVM_WASM_VEC(gvm_wasm_local) locals;
    GVM_WASM_VEC(gvm_wasm_operand) operands;
    GVM_WASM_VEC(gvm_wasm_ctrl) ctrls;
    uint32_t local_slots, slots, max_slots;
    uint32_t flushed; /* no operand below this index is in a local */

    bool live;            /* code here can be reached */
    uint64_t cost;        /* of the open metering block, so far */
    uint32_t price_at;    /* word that will hold it */
    uint32_t last;        /* word of the instruction that made the newest operand; NONE: unknown */
    const uint8_t *start; /* of the instruction being read */
    uint32_t offset;      /* of the instruction, and of the byte behind it */
    uint32_t next_offset;
    gvm_wasm_word scratch; /* where words go once memory is out */

    /* a br_table whose cases are still coming */
    uint32_t cases_left, cases;
    bool cases_begun;
    gvm_wasm_operand case_index;
    const uint8_t *case_types;
    uint32_t case_types_len, case_source;
} gvm_wasm_body;

void gvm_wasm_body_free(gvm_wasm_body *f);

/* Starts the body of function `index`; then come its locals, then its instructions. false: memory
 * is out. */
bool gvm_wasm_body_begin(gvm_wasm_body *f, uint32_t index);
/* `count` more locals of `type`. */
gvm_wasm_read gvm_wasm_body_locals(gvm_wasm_body *f, gvm_wasm_reader *r, uint32_t count,
                                   uint8_t type);
/* The locals are complete. */
void gvm_wasm_body_start(gvm_wasm_body *f, uint32_t offset);
/* Takes one instruction (or one case of a br_table), whose first byte is at `offset` of the module.
 */
gvm_wasm_read gvm_wasm_body_step(gvm_wasm_body *f, gvm_wasm_reader *r, uint32_t offset);
/* The body's own `end` has been taken. */
static inline bool gvm_wasm_body_done(const gvm_wasm_body *f) {
    return f->ctrls.len == 0;
}

/* ---- emit.c */

gvm_wasm_word *gvm_wasm_emit_word(gvm_wasm_body *f);
/* One instruction word; `last` is forgotten. */
gvm_wasm_word *gvm_wasm_emit(gvm_wasm_body *f, uint16_t op, uint32_t a, uint32_t b, uint32_t c);
/* The same, with the result of type `type` in a new operand; slot `a` is filled in. */
gvm_wasm_word *gvm_wasm_emit_value(gvm_wasm_body *f, uint8_t type, uint16_t op, uint32_t b,
                                   uint32_t c);
/* Remembers the running instruction's offset for the next word to be emitted. */
void gvm_wasm_emit_origin(gvm_wasm_body *f, uint32_t offset);
/* The slot that holds the operand; a constant is first put into its own. */
uint32_t gvm_wasm_emit_slot(gvm_wasm_body *f, const gvm_wasm_operand *o);
/* Puts the operand's value into slot `to`. */
void gvm_wasm_emit_move(gvm_wasm_body *f, const gvm_wasm_operand *o, uint32_t to);
/* Puts the top `count` operands into their own slots. */
void gvm_wasm_emit_settle(gvm_wasm_body *f, uint32_t count);
/* Puts every operand that is still in a local into its own slot. */
void gvm_wasm_emit_settle_locals(gvm_wasm_body *f);
/* Likewise those in local `index`, which is about to change; true: there were some. */
bool gvm_wasm_emit_settle_local(gvm_wasm_body *f, uint32_t index);
/* Ends the metering block; the next one's price is in word `at`. */
void gvm_wasm_emit_price(gvm_wasm_body *f, uint32_t at);
/* Ends the metering block and begins the next one here, by an instruction. */
void gvm_wasm_emit_charge(gvm_wasm_body *f);
/* A word whose target is `ctrl`'s label; `word` is already emitted. */
void gvm_wasm_emit_target(gvm_wasm_body *f, gvm_wasm_ctrl *ctrl, uint32_t word);
/* Every word of the chain goes to the next word to be emitted. */
void gvm_wasm_emit_label(gvm_wasm_body *f, uint32_t chain);

/* ---- operands, shared by body.c and emit.c */

void gvm_wasm_operand_push(gvm_wasm_body *f, gvm_wasm_operand o);
gvm_wasm_operand gvm_wasm_operand_take(gvm_wasm_body *f);

#endif
