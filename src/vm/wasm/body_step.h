/* What the files that read a body's instructions share: the operand stack and the control stack of
 * the validator, immediates, refusals; private to the room. */
#ifndef GVM_VM_WASM_BODY_STEP_H
#define GVM_VM_WASM_BODY_STEP_H

#include "vm/wasm/body.h"

#define TRY GVM_WASM_READ

#define OP(name)  GVM_WASM_OP_##name
#define IOP(name) GVM_WASM_IOP_##name

static inline gvm_wasm_read bad(gvm_wasm_reader *r, const char *why) {
    return gvm_wasm_read_bad(r, why);
}
static inline gvm_wasm_read invalid(gvm_wasm_body *f, gvm_wasm_reader *r, const char *why) {
    f->status = GVM_ERR_WASM_INVALID;
    return gvm_wasm_read_bad(r, why);
}
static inline gvm_wasm_read limit(gvm_wasm_body *f, gvm_wasm_reader *r, const char *why) {
    f->status = GVM_ERR_WASM_LIMIT;
    return gvm_wasm_read_bad(r, why);
}

/* ---- operands and control frames */

static inline gvm_wasm_ctrl *top(gvm_wasm_body *f) {
    return &f->ctrls.at[f->ctrls.len - 1];
}

static inline void push(gvm_wasm_body *f, uint8_t type) {
    gvm_wasm_operand_push(f, (gvm_wasm_operand){.type = type, .where = GVM_WASM_HOME});
}

static inline void push_types(gvm_wasm_body *f, const uint8_t *types, uint32_t len) {
    for (uint32_t i = 0; i < len; i++) push(f, types[i]);
}

static inline gvm_wasm_read pop_any(gvm_wasm_body *f, gvm_wasm_reader *r, gvm_wasm_operand *out) {
    gvm_wasm_ctrl *c = top(f);
    if (f->operands.len == c->height) {
        if (!c->unreachable) return invalid(f, r, "type mismatch: an operand is missing");
        *out = (gvm_wasm_operand){.type = GVM_WASM_UNKNOWN};
        return GVM_WASM_READ_OK;
    }
    *out = gvm_wasm_operand_take(f);
    return GVM_WASM_READ_OK;
}

static inline gvm_wasm_read pop(gvm_wasm_body *f, gvm_wasm_reader *r, gvm_wasm_operand *out,
                                uint8_t type) {
    TRY(pop_any(f, r, out));
    if (out->type != type && out->type != GVM_WASM_UNKNOWN && type != GVM_WASM_UNKNOWN)
        return invalid(f, r, "type mismatch: an operand has another type");
    return GVM_WASM_READ_OK;
}

/* The top operands have these types (the last on top); they stay. */
static inline gvm_wasm_read check_top(gvm_wasm_body *f, gvm_wasm_reader *r, const uint8_t *types,
                                      uint32_t len) {
    gvm_wasm_ctrl *c = top(f);
    uint32_t have = f->operands.len - c->height;
    if (have < len && !c->unreachable) return invalid(f, r, "type mismatch: an operand is missing");
    for (uint32_t i = 0; i < len && i < have; i++) {
        uint8_t type = f->operands.at[f->operands.len - 1 - i].type;
        if (type != types[len - 1 - i] && type != GVM_WASM_UNKNOWN)
            return invalid(f, r, "type mismatch: an operand has another type");
    }
    return GVM_WASM_READ_OK;
}

static inline void drop_to(gvm_wasm_body *f, uint32_t height) {
    while (f->operands.len > height) (void)gvm_wasm_operand_take(f);
}

/* As a branch does it: the operands below are unknown from here on, but the types stay on top. */
static inline gvm_wasm_read pop_types(gvm_wasm_body *f, gvm_wasm_reader *r, const uint8_t *types,
                                      uint32_t len) {
    TRY(check_top(f, r, types, len));
    gvm_wasm_ctrl *c = top(f);
    uint32_t have = f->operands.len - c->height;
    drop_to(f, f->operands.len - (have < len ? have : len));
    return GVM_WASM_READ_OK;
}

static inline void set_unreachable(gvm_wasm_body *f) {
    gvm_wasm_ctrl *c = top(f);
    drop_to(f, c->height);
    c->unreachable = true;
    f->live = false;
    f->last = GVM_WASM_NONE;
    f->price_at = GVM_WASM_NONE;
}

static inline const uint8_t *label_types(const gvm_wasm_ctrl *c, uint32_t *len) {
    *len = c->kind == GVM_WASM_CTRL_LOOP ? c->params_len : c->results_len;
    return c->kind == GVM_WASM_CTRL_LOOP ? c->params : c->results;
}

static inline uint32_t slots_of(const uint8_t *types, uint32_t len) {
    uint32_t slots = 0;
    for (uint32_t i = 0; i < len; i++) slots += gvm_wasm_type_slots(types[i]);
    return slots;
}

/* ---- immediates */

static inline gvm_wasm_read read_index(gvm_wasm_body *f, gvm_wasm_reader *r, uint32_t *out,
                                       uint32_t len, const char *why) {
    TRY(gvm_wasm_read_u32(r, out));
    return *out < len ? GVM_WASM_READ_OK : invalid(f, r, why);
}

static inline bool is_value_type(uint8_t byte) {
    return (byte >= GVM_WASM_V128 && byte <= GVM_WASM_I32) || gvm_wasm_type_is_ref(byte);
}

/* The instruction has been read whole: what follows it begins at the reader's place. */
static inline void read_whole(gvm_wasm_body *f, const gvm_wasm_reader *r) {
    f->next_offset = f->offset + (uint32_t)(r->p - f->start);
}

/* The price of what a branch carries. */
static inline void price_carried(gvm_wasm_body *f, uint32_t slots) {
    if (f->live) f->cost += (uint64_t)slots * GVM_WASM_PRICE_CARRY;
}

static inline uint8_t type_of_letter(char letter) {
    switch (letter) {
    case 'i': return GVM_WASM_I32;
    case 'I': return GVM_WASM_I64;
    case 'f': return GVM_WASM_F32;
    case 'F': return GVM_WASM_F64;
    default: return GVM_WASM_V128;
    }
}

/* ---- forms */

typedef struct gvm_wasm_variant {
    uint16_t with_imm, with_long, branch, branch_imm, inverse, swapped;
    bool commutes;
} gvm_wasm_variant;

/* Integer and floating-point forms by their plain instruction; 0 where there is none (0 is
 * `unreachable`). */
extern const gvm_wasm_variant gvm_wasm_variants[GVM_WASM_IOP_COUNT];

/* The comparison that made the operand, if it is the newest and its instruction the last one. */
static inline gvm_wasm_word *made_by(gvm_wasm_body *f, const gvm_wasm_operand *o) {
    if (f->nomem || f->last == GVM_WASM_NONE || o->where != GVM_WASM_HOME) return NULL;
    gvm_wasm_word *w = &f->m->words.at[f->last];
    return w->a == o->home ? w : NULL;
}

/* ---- one instruction each, or one kind of them, its opcode already read */

/* body_control.c */
gvm_wasm_read gvm_wasm_body_block(gvm_wasm_body *f, gvm_wasm_reader *r, uint16_t op);
gvm_wasm_read gvm_wasm_body_else(gvm_wasm_body *f, gvm_wasm_reader *r);
gvm_wasm_read gvm_wasm_body_end(gvm_wasm_body *f, gvm_wasm_reader *r);
gvm_wasm_read gvm_wasm_body_br(gvm_wasm_body *f, gvm_wasm_reader *r);
gvm_wasm_read gvm_wasm_body_br_if(gvm_wasm_body *f, gvm_wasm_reader *r);
gvm_wasm_read gvm_wasm_body_br_table(gvm_wasm_body *f, gvm_wasm_reader *r);
gvm_wasm_read gvm_wasm_body_case(gvm_wasm_body *f, gvm_wasm_reader *r);
gvm_wasm_read gvm_wasm_body_call(gvm_wasm_body *f, gvm_wasm_reader *r);
gvm_wasm_read gvm_wasm_body_call_indirect(gvm_wasm_body *f, gvm_wasm_reader *r);
/* body_value.c */
gvm_wasm_read gvm_wasm_body_memory(gvm_wasm_body *f, gvm_wasm_reader *r, uint16_t op,
                                   const gvm_wasm_opinfo *info);
gvm_wasm_read gvm_wasm_body_local(gvm_wasm_body *f, gvm_wasm_reader *r, uint16_t op);
gvm_wasm_read gvm_wasm_body_global(gvm_wasm_body *f, gvm_wasm_reader *r, uint16_t op);
gvm_wasm_read gvm_wasm_body_select(gvm_wasm_body *f, gvm_wasm_reader *r, uint16_t op);
gvm_wasm_read gvm_wasm_body_table(gvm_wasm_body *f, gvm_wasm_reader *r, uint16_t op);
gvm_wasm_read gvm_wasm_body_bulk(gvm_wasm_body *f, gvm_wasm_reader *r, uint16_t op);
gvm_wasm_read gvm_wasm_body_memory_size(gvm_wasm_body *f, gvm_wasm_reader *r, uint16_t op);
gvm_wasm_read gvm_wasm_body_const(gvm_wasm_body *f, gvm_wasm_reader *r, uint16_t op);
gvm_wasm_read gvm_wasm_body_plain(gvm_wasm_body *f, gvm_wasm_reader *r, uint16_t op,
                                  const gvm_wasm_opinfo *info);
/* The function returns here; its results are on top. */
void gvm_wasm_body_emit_return(gvm_wasm_body *f, bool settled, uint32_t slot);

#endif
