/* How the interpreter's code comes to be.
 *
 *   slot  0 ........ params ........ locals | operand 0, operand 1, ... (greatest height) |
 *
 * Each operand of the validator's stack has a slot of its own (home), so that at the edges of
 * blocks everything has one fixed place. Between edges an operand need not be there: `local.get`
 * leaves a note that the value is still in the local, a constant leaves a note of its bits, and the
 * instruction that uses the operand reads the local's slot or takes the constant into itself. An
 * operand that must be at home (block edges, call arguments, or because its local is about to
 * change) is copied then. A local keeps a chain of the operands that are in it, so finding them
 * takes no search, and each operand is copied at most once: emission is linear in the module's
 * size.
 *
 * `last` is the word of the instruction that made the newest operand. A `local.set` right behind it
 * redirects its result into the local, and a branch right behind a comparison swallows it. Every
 * label forgets `last`.
 *
 * Each metering block's price stands in the upper half of the word before the block's first
 * instruction, whether that word is a `charge` instruction (reached by falling through) or the tail
 * of a branch or call: whoever goes there takes the price of the word before. */
#include "vm/wasm/body.h"

gvm_wasm_word *gvm_wasm_emit_word(gvm_wasm_body *f) {
    gvm_wasm_module *m = f->m;
    if (!GVM_WASM_PUSH(m->words)) {
        f->nomem = true;
        return &f->scratch;
    }
    gvm_wasm_word *w = &m->words.at[m->words.len++];
    w->u64 = 0;
    return w;
}

gvm_wasm_word *gvm_wasm_emit(gvm_wasm_body *f, uint16_t op, uint32_t a, uint32_t b, uint32_t c) {
    gvm_wasm_word *w = gvm_wasm_emit_word(f);
    w->op = op;
    w->a = (uint16_t)a;
    w->b = (uint16_t)b;
    w->c = (uint16_t)c;
    f->last = GVM_WASM_NONE;
    return w;
}

gvm_wasm_word *gvm_wasm_emit_value(gvm_wasm_body *f, uint8_t type, uint16_t op, uint32_t b,
                                   uint32_t c) {
    uint32_t at = f->m->words.len;
    gvm_wasm_word *w = gvm_wasm_emit(f, op, f->slots, b, c);
    gvm_wasm_operand_push(f, (gvm_wasm_operand){.type = type, .where = GVM_WASM_HOME});
    f->last = at;
    return w;
}

void gvm_wasm_emit_origin(gvm_wasm_body *f, uint32_t offset) {
    gvm_wasm_module *m = f->m;
    if (!GVM_WASM_PUSH(m->origins)) {
        f->nomem = true;
        return;
    }
    m->origins.at[m->origins.len++] = (gvm_wasm_origin){.word = m->words.len, .offset = offset};
}

static void emit_const(gvm_wasm_body *f, uint32_t to, uint64_t bits) {
    if (bits <= UINT32_MAX) {
        gvm_wasm_emit(f, GVM_WASM_OP_i32_const, to, 0, 0)->index = (uint32_t)bits;
    } else {
        gvm_wasm_emit(f, GVM_WASM_OP_i64_const, to, 0, 0);
        gvm_wasm_emit_word(f)->u64 = bits;
    }
}

void gvm_wasm_emit_move(gvm_wasm_body *f, const gvm_wasm_operand *o, uint32_t to) {
    if (o->where == GVM_WASM_CONST) {
        emit_const(f, to, o->bits);
        return;
    }
    uint32_t from = o->where == GVM_WASM_LOCAL ? f->locals.at[o->local].slot : o->home;
    if (from == to) return;
    gvm_wasm_emit(f, o->type == GVM_WASM_V128 ? GVM_WASM_IOP_copy2 : GVM_WASM_IOP_copy, to, from,
                  0);
}

uint32_t gvm_wasm_emit_slot(gvm_wasm_body *f, const gvm_wasm_operand *o) {
    if (o->where == GVM_WASM_LOCAL) return f->locals.at[o->local].slot;
    if (o->where == GVM_WASM_CONST) emit_const(f, o->home, o->bits);
    return o->home;
}

/* Takes operand `index` out of its local's chain; it is the highest one there. */
static void unlink_operand(gvm_wasm_body *f, const gvm_wasm_operand *o) {
    f->locals.at[o->local].pending = o->next;
}

static void settle(gvm_wasm_body *f, gvm_wasm_operand *o) {
    gvm_wasm_emit_move(f, o, o->home);
    o->where = GVM_WASM_HOME;
}

void gvm_wasm_emit_settle(gvm_wasm_body *f, uint32_t count) {
    for (uint32_t i = f->operands.len - count; i < f->operands.len; i++) {
        gvm_wasm_operand *o = &f->operands.at[i];
        if (o->where == GVM_WASM_HOME) continue;
        if (o->where == GVM_WASM_LOCAL) {
            /* It may not be the highest of its chain, and a chain cannot be cut in its middle:
             * settle all of it. Each operand is settled once, so this stays linear. */
            gvm_wasm_emit_settle_local(f, o->local);
        } else {
            settle(f, o);
        }
    }
}

void gvm_wasm_emit_settle_locals(gvm_wasm_body *f) {
    for (uint32_t i = f->flushed; i < f->operands.len; i++) {
        gvm_wasm_operand *o = &f->operands.at[i];
        if (o->where != GVM_WASM_LOCAL) continue;
        f->locals.at[o->local].pending = 0;
        settle(f, o);
    }
    f->flushed = f->operands.len;
}

bool gvm_wasm_emit_settle_local(gvm_wasm_body *f, uint32_t index) {
    uint32_t i = f->locals.at[index].pending;
    if (i == 0) return false;
    f->locals.at[index].pending = 0;
    while (i != 0) {
        gvm_wasm_operand *o = &f->operands.at[i - 1];
        i = o->next;
        settle(f, o);
    }
    return true;
}

void gvm_wasm_emit_price(gvm_wasm_body *f, uint32_t at) {
    if (f->price_at != GVM_WASM_NONE && !f->nomem) {
        f->m->words.at[f->price_at].price = (uint32_t)f->cost;
        f->m->codes.at[f->index - f->m->imported_funcs].units += f->cost;
    }
    f->price_at = at;
    f->cost = 0;
}

void gvm_wasm_emit_charge(gvm_wasm_body *f) {
    f->last = GVM_WASM_NONE;
    /* Nothing since the last price: that word serves this block as well. */
    if (f->live && f->price_at + 1 == f->m->words.len && f->cost == 0) return;
    gvm_wasm_emit_origin(f, f->next_offset);
    uint32_t at = f->m->words.len;
    gvm_wasm_emit(f, GVM_WASM_IOP_charge, 0, 0, 0);
    gvm_wasm_emit_price(f, at);
}

void gvm_wasm_emit_target(gvm_wasm_body *f, gvm_wasm_ctrl *ctrl, uint32_t word) {
    if (f->nomem) return;
    gvm_wasm_word *w = &f->m->words.at[word];
    if (ctrl->kind == GVM_WASM_CTRL_LOOP) {
        w->target = (int32_t)(ctrl->label - word);
    } else {
        w->target = (int32_t)ctrl->fixups;
        ctrl->fixups = word;
    }
}

void gvm_wasm_emit_label(gvm_wasm_body *f, uint32_t chain) {
    f->last = GVM_WASM_NONE;
    if (f->nomem) return;
    while (chain != GVM_WASM_NONE) {
        gvm_wasm_word *w = &f->m->words.at[chain];
        uint32_t next = (uint32_t)w->target;
        w->target = (int32_t)(f->m->words.len - chain);
        chain = next;
    }
}

void gvm_wasm_operand_push(gvm_wasm_body *f, gvm_wasm_operand o) {
    if (!GVM_WASM_PUSH(f->operands)) {
        f->nomem = true;
        return;
    }
    o.home = (uint16_t)f->slots;
    if (f->live) {
        f->slots += gvm_wasm_type_slots(o.type);
        if (f->slots > f->max_slots) f->max_slots = f->slots;
        if (o.where == GVM_WASM_LOCAL) {
            o.next = f->locals.at[o.local].pending;
            f->locals.at[o.local].pending = f->operands.len + 1;
        }
    }
    f->operands.at[f->operands.len++] = o;
}

gvm_wasm_operand gvm_wasm_operand_take(gvm_wasm_body *f) {
    gvm_wasm_operand o = f->operands.at[--f->operands.len];
    if (f->flushed > f->operands.len) f->flushed = f->operands.len;
    if (f->live) {
        f->slots -= gvm_wasm_type_slots(o.type);
        if (o.where == GVM_WASM_LOCAL) unlink_operand(f, &o);
    }
    return o;
}
