/* Blocks, branches and calls: what changes the validator's control stack or leaves the function's
 * straight line. */
#include "vm/wasm/body_step.h"

/* The byte of every value type, so that a block's one result can be pointed at. */
#define TYPE_BYTE(n) [n] = n
static const uint8_t type_bytes[0x80] = {TYPE_BYTE(GVM_WASM_I32),      TYPE_BYTE(GVM_WASM_I64),
                                         TYPE_BYTE(GVM_WASM_F32),      TYPE_BYTE(GVM_WASM_F64),
                                         TYPE_BYTE(GVM_WASM_V128),     TYPE_BYTE(GVM_WASM_FUNCREF),
                                         TYPE_BYTE(GVM_WASM_EXTERNREF)};

static gvm_wasm_read read_block_type(gvm_wasm_body *f, gvm_wasm_reader *r, gvm_wasm_ctrl *c) {
    int64_t value;
    TRY(gvm_wasm_read_signed(r, &value, 33));
    if (value >= 0) {
        if (value >= f->m->types.len) return invalid(f, r, "unknown type");
        const gvm_wasm_functype *t = &f->m->types.at[value];
        c->params = t->types;
        c->params_len = t->params;
        c->results = t->types + t->params;
        c->results_len = t->results;
        return GVM_WASM_READ_OK;
    }
    if (value == -64) return GVM_WASM_READ_OK;
    uint8_t byte = (uint8_t)(value & 0x7f);
    if (value < -64 || !is_value_type(byte)) return bad(r, "malformed block type");
    c->results = &type_bytes[byte];
    c->results_len = 1;
    return GVM_WASM_READ_OK;
}

/* ---- control */

static gvm_wasm_read push_ctrl(gvm_wasm_body *f, gvm_wasm_reader *r, gvm_wasm_ctrl c) {
    if (f->ctrls.len > f->m->limits.nesting) return limit(f, r, "blocks are nested too deeply");
    if (!GVM_WASM_PUSH(f->ctrls)) {
        f->nomem = true;
        return GVM_WASM_READ_OK;
    }
    f->ctrls.at[f->ctrls.len++] = c;
    return GVM_WASM_READ_OK;
}

/* Adds the last word of an instruction that ends a metering block: the next block's price stands in
 * it. */
static gvm_wasm_word *emit_tail(gvm_wasm_body *f) {
    gvm_wasm_emit_origin(f, f->next_offset);
    gvm_wasm_emit_price(f, f->m->words.len);
    f->last = GVM_WASM_NONE;
    return gvm_wasm_emit_word(f);
}

/* A conditional branch that is taken when `o` is not zero (or, with `unless`, when it is). Returns
 * its tail, the last word. A comparison that has just been made becomes part of it. */
static uint32_t emit_branch_if(gvm_wasm_body *f, gvm_wasm_operand *o, bool unless) {
    gvm_wasm_word *w = made_by(f, o);
    uint16_t fused = 0;
    if (w != NULL) {
        const gvm_wasm_variant *v = &gvm_wasm_variants[w->op];
        if (v->inverse) {
            fused = unless ? gvm_wasm_variants[v->inverse].branch : v->branch;
        } else if (v->branch) {
            fused = (uint16_t)(v->branch + (unless ? 1 : 0));
        } else if (w->op == OP(i32_eqz)) {
            fused = unless ? OP(br_if) : OP(if);
        } else if (w->op == OP(i64_eqz)) {
            fused = unless ? IOP(br_i64_ne_i) : IOP(br_i64_eq_i);
            w->c = 0;
        }
    }
    if (fused != 0) {
        w->op = fused;
    } else {
        uint32_t slot = gvm_wasm_emit_slot(f, o);
        gvm_wasm_emit(f, unless ? OP(if) : OP(br_if), 0, slot, 0);
    }
    uint32_t tail = f->m->words.len;
    emit_tail(f);
    return tail;
}

gvm_wasm_read gvm_wasm_body_block(gvm_wasm_body *f, gvm_wasm_reader *r, uint16_t op) {
    gvm_wasm_ctrl c = {.fixups = GVM_WASM_NONE, .else_fix = GVM_WASM_NONE, .dead = !f->live};
    TRY(read_block_type(f, r, &c));
    read_whole(f, r);
    gvm_wasm_operand cond = {0};
    if (op == OP(if)) TRY(pop(f, r, &cond, GVM_WASM_I32));
    TRY(check_top(f, r, c.params, c.params_len));
    c.kind = op == OP(block)  ? GVM_WASM_CTRL_BLOCK
             : op == OP(loop) ? GVM_WASM_CTRL_LOOP
                              : GVM_WASM_CTRL_IF;
    if (!f->live) {
        TRY(pop_types(f, r, c.params, c.params_len));
        c.height = f->operands.len;
        c.slot = (uint16_t)f->slots;
        TRY(push_ctrl(f, r, c));
        push_types(f, c.params, c.params_len);
        return GVM_WASM_READ_OK;
    }
    gvm_wasm_emit_settle_locals(f);
    gvm_wasm_emit_settle(f, c.params_len);
    c.height = f->operands.len - c.params_len;
    c.slot = (uint16_t)(f->slots - slots_of(c.params, c.params_len));
    if (op == OP(if)) {
        c.else_fix = emit_branch_if(f, &cond, true);
        if (!f->nomem) f->m->words.at[c.else_fix].target = (int32_t)GVM_WASM_NONE;
    } else {
        gvm_wasm_emit_charge(f);
        c.label = f->m->words.len;
    }
    return push_ctrl(f, r, c);
}

/* The operands of the block are its results, and nothing else is left. */
static gvm_wasm_read check_block_end(gvm_wasm_body *f, gvm_wasm_reader *r) {
    gvm_wasm_ctrl *c = top(f);
    TRY(check_top(f, r, c->results, c->results_len));
    if (f->operands.len > c->height + c->results_len)
        return invalid(f, r, "type mismatch: operands are left at the end of a block");
    return GVM_WASM_READ_OK;
}

gvm_wasm_read gvm_wasm_body_else(gvm_wasm_body *f, gvm_wasm_reader *r) {
    gvm_wasm_ctrl *c = top(f);
    if (c->kind != GVM_WASM_CTRL_IF) return bad(r, "else without if");
    read_whole(f, r);
    TRY(check_block_end(f, r));
    if (f->live) {
        gvm_wasm_emit_settle(f, c->results_len);
        gvm_wasm_emit(f, OP(br), 0, 0, 0);
        uint32_t tail = f->m->words.len;
        gvm_wasm_emit_word(f);
        gvm_wasm_emit_target(f, c, tail);
        gvm_wasm_emit_price(f, GVM_WASM_NONE);
    }
    drop_to(f, c->height);
    c->kind = GVM_WASM_CTRL_ELSE;
    c->unreachable = false;
    f->live = !c->dead;
    f->slots = c->slot;
    if (f->live) {
        f->price_at = GVM_WASM_NONE;
        gvm_wasm_emit_charge(f);
        gvm_wasm_emit_label(f, c->else_fix);
        c->else_fix = GVM_WASM_NONE;
    }
    push_types(f, c->params, c->params_len);
    return GVM_WASM_READ_OK;
}

/* Results in their own slots at `slot`, or the top operands. */
void gvm_wasm_body_emit_return(gvm_wasm_body *f, bool settled, uint32_t slot) {
    uint32_t slots = f->type->result_slots;
    if (slots == 0) {
        gvm_wasm_emit(f, OP(return ), 0, 0, 0);
    } else if (slots == 1 && !settled) {
        gvm_wasm_operand o = gvm_wasm_operand_take(f);
        uint32_t from = gvm_wasm_emit_slot(f, &o);
        gvm_wasm_emit(f, IOP(return1), from, 0, 0);
    } else {
        if (!settled) {
            gvm_wasm_emit_settle(f, f->type->results);
            slot = f->slots - slots;
        }
        if (slots == 1)
            gvm_wasm_emit(f, IOP(return1), slot, 0, 0);
        else
            gvm_wasm_emit(f, IOP(return_many), slot, slots, 0);
    }
}

static void finish_function(gvm_wasm_body *f, gvm_wasm_ctrl c) {
    if (c.fixups == GVM_WASM_NONE) {
        if (f->live) gvm_wasm_body_emit_return(f, false, 0);
    } else {
        if (f->live) {
            gvm_wasm_emit_settle(f, c.results_len);
        } else {
            f->price_at = GVM_WASM_NONE;
        }
        gvm_wasm_emit_charge(f);
        gvm_wasm_emit_label(f, c.fixups);
        gvm_wasm_body_emit_return(f, true, c.slot);
    }
    gvm_wasm_emit_price(f, GVM_WASM_NONE);
    gvm_wasm_module *m = f->m;
    gvm_wasm_code *code = &m->codes.at[f->index - m->imported_funcs];
    code->stack_cost = 32 + 8 * f->max_slots;
    f->operands.len = 0;
    f->ctrls.len = 0;
}

gvm_wasm_read gvm_wasm_body_end(gvm_wasm_body *f, gvm_wasm_reader *r) {
    gvm_wasm_ctrl c = *top(f);
    read_whole(f, r);
    TRY(check_block_end(f, r));
    if (c.kind == GVM_WASM_CTRL_IF &&
        (c.params_len != c.results_len ||
         (c.params_len != 0 && memcmp(c.params, c.results, c.params_len) != 0)))
        return invalid(f, r, "type mismatch: an if without else changes types");
    if (c.kind == GVM_WASM_CTRL_FUNC) {
        finish_function(f, c);
        return GVM_WASM_READ_OK;
    }
    if (f->live) gvm_wasm_emit_settle(f, c.results_len);
    if (!c.dead) {
        if (!f->live) f->price_at = GVM_WASM_NONE;
        gvm_wasm_emit_charge(f);
        gvm_wasm_emit_label(f, c.fixups);
        gvm_wasm_emit_label(f, c.else_fix);
    }
    drop_to(f, c.height);
    f->ctrls.len--;
    f->live = !c.dead;
    f->slots = c.slot;
    push_types(f, c.results, c.results_len);
    return GVM_WASM_READ_OK;
}

/* Settles what the branch carries. true: it must be moved, from the slot *source, `*slots` of them.
 */
static bool settle_label(gvm_wasm_body *f, const gvm_wasm_ctrl *c, uint32_t *source,
                         uint32_t *slots) {
    uint32_t len;
    const uint8_t *types = label_types(c, &len);
    gvm_wasm_emit_settle(f, len);
    *slots = slots_of(types, len);
    *source = f->slots - *slots;
    return *slots != 0 && *source != c->slot;
}

static gvm_wasm_ctrl *label_at(gvm_wasm_body *f, uint32_t depth) {
    return &f->ctrls.at[f->ctrls.len - 1 - depth];
}

gvm_wasm_read gvm_wasm_body_br(gvm_wasm_body *f, gvm_wasm_reader *r) {
    uint32_t depth, len, source, slots;
    TRY(read_index(f, r, &depth, f->ctrls.len, "unknown label"));
    gvm_wasm_ctrl *c = label_at(f, depth);
    const uint8_t *types = label_types(c, &len);
    TRY(check_top(f, r, types, len));
    price_carried(f, slots_of(types, len));
    if (f->live) {
        if (c->kind == GVM_WASM_CTRL_FUNC) {
            gvm_wasm_body_emit_return(f, false, 0);
        } else {
            if (settle_label(f, c, &source, &slots)) {
                gvm_wasm_emit(f, IOP(br_move), slots, source, c->slot);
            } else {
                gvm_wasm_emit(f, OP(br), 0, 0, 0);
            }
            uint32_t tail = f->m->words.len;
            gvm_wasm_emit_word(f);
            gvm_wasm_emit_target(f, c, tail);
        }
        gvm_wasm_emit_price(f, GVM_WASM_NONE);
    }
    set_unreachable(f);
    return GVM_WASM_READ_OK;
}

gvm_wasm_read gvm_wasm_body_br_if(gvm_wasm_body *f, gvm_wasm_reader *r) {
    uint32_t depth, len, source, slots;
    TRY(read_index(f, r, &depth, f->ctrls.len, "unknown label"));
    read_whole(f, r);
    gvm_wasm_operand cond = {0};
    TRY(pop(f, r, &cond, GVM_WASM_I32));
    gvm_wasm_ctrl *c = label_at(f, depth);
    const uint8_t *types = label_types(c, &len);
    if (!f->live) { /* unknown operands become known here */
        TRY(pop_types(f, r, types, len));
        push_types(f, types, len);
        return GVM_WASM_READ_OK;
    }
    TRY(check_top(f, r, types, len));
    price_carried(f, slots_of(types, len));
    uint32_t tail;
    if (settle_label(f, c, &source, &slots)) {
        uint32_t slot = gvm_wasm_emit_slot(f, &cond);
        gvm_wasm_emit(f, IOP(br_if_move), 0, slot, 0);
        gvm_wasm_word *w = gvm_wasm_emit_word(f);
        w->a = (uint16_t)source;
        w->b = c->slot;
        w->c = (uint16_t)slots;
        tail = f->m->words.len;
        emit_tail(f);
    } else {
        tail = emit_branch_if(f, &cond, false);
    }
    gvm_wasm_emit_target(f, c, tail);
    return GVM_WASM_READ_OK;
}

gvm_wasm_read gvm_wasm_body_br_table(gvm_wasm_body *f, gvm_wasm_reader *r) {
    uint32_t count;
    TRY(gvm_wasm_read_u32(r, &count));
    if (count > f->m->limits.br_table) return limit(f, r, "br_table has too many cases");
    TRY(pop(f, r, &f->case_index, GVM_WASM_I32));
    f->cases = f->cases_left = count + 1;
    f->cases_begun = false;
    return GVM_WASM_READ_OK;
}

/* One case of a br_table, the default last. All cases carry as many values as the first. */
gvm_wasm_read gvm_wasm_body_case(gvm_wasm_body *f, gvm_wasm_reader *r) {
    uint32_t depth, len;
    TRY(read_index(f, r, &depth, f->ctrls.len, "unknown label"));
    gvm_wasm_ctrl *c = label_at(f, depth);
    const uint8_t *types = label_types(c, &len);
    if (f->cases_begun && len != f->case_types_len)
        return invalid(f, r, "type mismatch: br_table's labels differ");
    if (!f->cases_begun || types != f->case_types) TRY(check_top(f, r, types, len));
    if (!f->cases_begun) {
        f->cases_begun = true;
        f->case_types_len = len;
        if (f->live) {
            gvm_wasm_emit_settle(f, len);
            uint32_t slots = slots_of(types, len);
            price_carried(f, slots);
            uint32_t slot = gvm_wasm_emit_slot(f, &f->case_index);
            gvm_wasm_emit(f, slots ? IOP(br_table_move) : OP(br_table), slot, f->slots - slots,
                          slots);
            gvm_wasm_emit_word(f)->x = f->cases;
        }
    }
    f->case_types = types;
    if (f->live) {
        uint32_t at = f->m->words.len;
        gvm_wasm_emit_word(f)->y = c->slot;
        gvm_wasm_emit_target(f, c, at);
    }
    if (--f->cases_left == 0) {
        if (f->live) gvm_wasm_emit_price(f, GVM_WASM_NONE);
        set_unreachable(f);
    }
    return GVM_WASM_READ_OK;
}

/* ---- calls */

static gvm_wasm_read pop_params(gvm_wasm_body *f, gvm_wasm_reader *r, const gvm_wasm_functype *t,
                                uint32_t *arguments) {
    TRY(check_top(f, r, t->types, t->params));
    if (f->live) {
        gvm_wasm_emit_settle(f, t->params);
        *arguments = f->slots - t->param_slots;
    }
    return pop_types(f, r, t->types, t->params);
}

gvm_wasm_read gvm_wasm_body_call(gvm_wasm_body *f, gvm_wasm_reader *r) {
    uint32_t index, at = 0;
    TRY(read_index(f, r, &index, f->m->funcs.len, "unknown function"));
    read_whole(f, r);
    const gvm_wasm_functype *t = &f->m->types.at[f->m->funcs.at[index]];
    TRY(pop_params(f, r, t, &at));
    if (f->live) {
        bool import = index < f->m->imported_funcs;
        gvm_wasm_emit_origin(f, f->offset);
        gvm_wasm_emit(f, import ? IOP(call_import) : OP(call), at, 0, 0)->index =
            import ? index : index - f->m->imported_funcs;
        emit_tail(f);
    }
    push_types(f, t->types + t->params, t->results);
    return GVM_WASM_READ_OK;
}

gvm_wasm_read gvm_wasm_body_call_indirect(gvm_wasm_body *f, gvm_wasm_reader *r) {
    uint32_t type, table, at = 0;
    TRY(read_index(f, r, &type, f->m->types.len, "unknown type"));
    TRY(read_index(f, r, &table, f->m->tables.len, "unknown table"));
    if (f->m->tables.at[table].type != GVM_WASM_FUNCREF)
        return invalid(f, r, "type mismatch: call_indirect wants a table of functions");
    read_whole(f, r);
    const gvm_wasm_functype *t = &f->m->types.at[type];
    gvm_wasm_operand index = {0};
    TRY(pop(f, r, &index, GVM_WASM_I32));
    TRY(pop_params(f, r, t, &at));
    if (f->live) {
        uint32_t slot = gvm_wasm_emit_slot(f, &index);
        gvm_wasm_emit_origin(f, f->offset);
        gvm_wasm_emit(f, OP(call_indirect), at, slot, table);
        emit_tail(f)->x = type;
    }
    push_types(f, t->types + t->params, t->results);
    return GVM_WASM_READ_OK;
}
