/* Checks the instructions of a function by the specification's validation algorithm (an operand
 * stack of types, a stack of control frames) and hands each on to emit.c at once. An instruction is
 * read whole before anything changes, so that a reader that runs out of bytes in its middle leaves
 * no trace; each immediate is checked as soon as it is read. */
#include "vm/wasm/body_step.h"

#include <stdlib.h>

/* Slots are numbered by 16 bits. */
#define MAX_SLOTS 65000u
/* A metering block ends, whatever the code, before its price passes this. */
#define MAX_PRICE (1u << 30)

void gvm_wasm_body_free(gvm_wasm_body *f) {
    free(f->locals.at);
    free(f->operands.at);
    free(f->ctrls.at);
}

/* ---- dispatch */

static gvm_wasm_read step_special(gvm_wasm_body *f, gvm_wasm_reader *r, uint16_t op) {
    gvm_wasm_operand o = {0};
    switch (op) {
    case OP(unreachable):
        if (f->live) {
            gvm_wasm_emit_origin(f, f->offset);
            gvm_wasm_emit(f, op, 0, 0, 0);
            gvm_wasm_emit_price(f, GVM_WASM_NONE);
        }
        set_unreachable(f);
        return GVM_WASM_READ_OK;
    case OP(nop): return GVM_WASM_READ_OK;
    case OP(else): return gvm_wasm_body_else(f, r);
    case OP(end): return gvm_wasm_body_end(f, r);
    case OP(return ):
        TRY(check_top(f, r, f->type->types + f->type->params, f->type->results));
        price_carried(f, f->type->result_slots);
        if (f->live) {
            gvm_wasm_body_emit_return(f, false, 0);
            gvm_wasm_emit_price(f, GVM_WASM_NONE);
        }
        set_unreachable(f);
        return GVM_WASM_READ_OK;
    case OP(drop): return pop_any(f, r, &o);
    case OP(select):
    case OP(select_t): return gvm_wasm_body_select(f, r, op);
    default: /* ref.is_null */
        TRY(pop_any(f, r, &o));
        if (o.type != GVM_WASM_UNKNOWN && !gvm_wasm_type_is_ref(o.type))
            return invalid(f, r, "type mismatch: ref.is_null wants a reference");
        if (f->live) {
            uint32_t slot = gvm_wasm_emit_slot(f, &o);
            gvm_wasm_emit_value(f, GVM_WASM_I32, OP(i64_eqz), slot, 0);
        } else {
            push(f, GVM_WASM_I32);
        }
        return GVM_WASM_READ_OK;
    }
}

static gvm_wasm_read read_opcode(gvm_wasm_reader *r, uint16_t *out) {
    uint8_t byte;
    uint32_t code = 0;
    TRY(gvm_wasm_read_u8(r, &byte));
    if (byte != 0xfc && byte != 0xfd) {
        *out = gvm_wasm_op_plain[byte];
    } else {
        TRY(gvm_wasm_read_u32(r, &code));
        if (byte == 0xfc)
            *out = code < 32 ? gvm_wasm_op_fc[code] : GVM_WASM_OP_NONE;
        else
            *out = code < 256 ? gvm_wasm_op_fd[code] : GVM_WASM_OP_NONE;
    }
    return *out == GVM_WASM_OP_NONE ? bad(r, "illegal opcode") : GVM_WASM_READ_OK;
}

static gvm_wasm_read step_instruction(gvm_wasm_body *f, gvm_wasm_reader *r, uint16_t op,
                                      const gvm_wasm_opinfo *info) {
    switch (info->imm) {
    case GVM_WASM_IMM_BLOCK: return gvm_wasm_body_block(f, r, op);
    case GVM_WASM_IMM_LABEL:
        return op == OP(br) ? gvm_wasm_body_br(f, r) : gvm_wasm_body_br_if(f, r);
    case GVM_WASM_IMM_LABELS: return gvm_wasm_body_br_table(f, r);
    case GVM_WASM_IMM_FUNC: return gvm_wasm_body_call(f, r);
    case GVM_WASM_IMM_TYPE_TABLE: return gvm_wasm_body_call_indirect(f, r);
    case GVM_WASM_IMM_LOCAL: return gvm_wasm_body_local(f, r, op);
    case GVM_WASM_IMM_GLOBAL: return gvm_wasm_body_global(f, r, op);
    case GVM_WASM_IMM_TABLE: return gvm_wasm_body_table(f, r, op);
    case GVM_WASM_IMM_MEMORY:
        if (op == OP(memory_size) || op == OP(memory_grow))
            return gvm_wasm_body_memory_size(f, r, op);
        return gvm_wasm_body_bulk(f, r, op);
    case GVM_WASM_IMM_I32:
    case GVM_WASM_IMM_I64:
    case GVM_WASM_IMM_F32:
    case GVM_WASM_IMM_F64:
    case GVM_WASM_IMM_V128:
    case GVM_WASM_IMM_REFTYPE:
    case GVM_WASM_IMM_REF_FUNC: return gvm_wasm_body_const(f, r, op);
    case GVM_WASM_IMM_MEMORY_INIT:
    case GVM_WASM_IMM_DATA:
    case GVM_WASM_IMM_MEMORY_COPY:
    case GVM_WASM_IMM_TABLE_INIT:
    case GVM_WASM_IMM_ELEM:
    case GVM_WASM_IMM_TABLE_COPY: return gvm_wasm_body_bulk(f, r, op);
    case GVM_WASM_IMM_SELECT_T: return step_special(f, r, op);
    default:
        if (info->imm >= GVM_WASM_IMM_MEM1) return gvm_wasm_body_memory(f, r, op, info);
        if (info->pop[0] == '*' || info->pop[0] == 0) return step_special(f, r, op);
        return gvm_wasm_body_plain(f, r, op, info);
    }
}

gvm_wasm_read gvm_wasm_body_step(gvm_wasm_body *f, gvm_wasm_reader *r, uint32_t offset) {
    f->status = GVM_ERR_WASM_MALFORMED;
    if (f->cases_left != 0) return gvm_wasm_body_case(f, r);
    uint16_t op;
    f->start = r->p;
    f->offset = offset;
    TRY(read_opcode(r, &op));
    const gvm_wasm_opinfo *info = &gvm_wasm_opinfos[op];
    uint32_t price = f->live ? info->price : 0;
    f->cost += price;
    gvm_wasm_read result = step_instruction(f, r, op, info);
    if (result != GVM_WASM_READ_OK) {
        f->cost -= price;
        return result;
    }
    if (f->operands.len > f->m->limits.height) return limit(f, r, "too many operands");
    if (f->max_slots > MAX_SLOTS) return limit(f, r, "the function's frame is too large");
    if (f->live && f->cost > MAX_PRICE && f->ctrls.len != 0) {
        read_whole(f, r);
        gvm_wasm_emit_charge(f);
    }
    return GVM_WASM_READ_OK;
}

/* ---- the body's beginning */

static bool add_local(gvm_wasm_body *f, uint8_t type) {
    if (!GVM_WASM_PUSH(f->locals)) return false;
    f->locals.at[f->locals.len++] =
        (gvm_wasm_local){.type = type, .slot = (uint16_t)f->local_slots};
    f->local_slots += gvm_wasm_type_slots(type);
    return true;
}

bool gvm_wasm_body_begin(gvm_wasm_body *f, uint32_t index) {
    f->index = index;
    f->type = &f->m->types.at[f->m->funcs.at[index]];
    f->locals.len = f->operands.len = f->ctrls.len = 0;
    f->local_slots = f->flushed = 0;
    f->cases_left = 0;
    f->last = f->price_at = GVM_WASM_NONE;
    f->cost = 0;
    for (uint32_t i = 0; i < f->type->params; i++)
        if (!add_local(f, f->type->types[i])) return false;
    return true;
}

gvm_wasm_read gvm_wasm_body_locals(gvm_wasm_body *f, gvm_wasm_reader *r, uint32_t count,
                                   uint8_t type) {
    f->status = GVM_ERR_WASM_MALFORMED;
    if (!is_value_type(type)) return bad(r, "malformed value type");
    if ((uint64_t)f->local_slots + (uint64_t)count * gvm_wasm_type_slots(type) > MAX_SLOTS)
        return limit(f, r, "the function's frame is too large");
    for (uint32_t i = 0; i < count; i++) {
        if (!add_local(f, type)) {
            f->nomem = true;
            break;
        }
    }
    return GVM_WASM_READ_OK;
}

void gvm_wasm_body_start(gvm_wasm_body *f, uint32_t offset) {
    gvm_wasm_module *m = f->m;
    gvm_wasm_code *code = &m->codes.at[f->index - m->imported_funcs];
    *code = (gvm_wasm_code){.first = m->words.len,
                            .index = f->index,
                            .body_at = code->body_at,
                            .body_len = code->body_len,
                            .param_slots = (uint16_t)f->type->param_slots,
                            .zero_slots = (uint16_t)(f->local_slots - f->type->param_slots)};
    f->slots = f->max_slots = f->local_slots;
    f->live = true;
    f->next_offset = offset;
    gvm_wasm_ctrl c = {.results = f->type->types + f->type->params,
                       .results_len = f->type->results,
                       .fixups = GVM_WASM_NONE,
                       .else_fix = GVM_WASM_NONE,
                       .slot = (uint16_t)f->local_slots,
                       .kind = GVM_WASM_CTRL_FUNC};
    if (!GVM_WASM_PUSH(f->ctrls)) {
        f->nomem = true;
        return;
    }
    f->ctrls.at[f->ctrls.len++] = c;
    gvm_wasm_emit_origin(f, offset);
    gvm_wasm_emit(f, IOP(charge), 0, 0, 0);
    f->price_at = code->first;
    f->cost = (uint64_t)code->zero_slots * GVM_WASM_PRICE_ENTRY_SLOT;
}
