/* Checks the instructions of a function by the specification's validation algorithm (an operand
 * stack of types, a stack of control frames) and hands each on to emit.c at once. An instruction is
 * read whole before anything changes, so that a reader that runs out of bytes in its middle leaves
 * no trace; each immediate is checked as soon as it is read. */
#include "vm/wasm/body.h"

#include <stdlib.h>

#define TRY GVM_WASM_READ
/* Slots are numbered by 16 bits. */
#define MAX_SLOTS 65000u
/* A metering block ends, whatever the code, before its price passes this. */
#define MAX_PRICE (1u << 30)

#define OP(name)  GVM_WASM_OP_##name
#define IOP(name) GVM_WASM_IOP_##name

static gvm_wasm_read bad(gvm_wasm_reader *r, const char *why) {
    return gvm_wasm_read_bad(r, why);
}
static gvm_wasm_read invalid(gvm_wasm_body *f, gvm_wasm_reader *r, const char *why) {
    f->status = GVM_ERR_WASM_INVALID;
    return gvm_wasm_read_bad(r, why);
}
static gvm_wasm_read limit(gvm_wasm_body *f, gvm_wasm_reader *r, const char *why) {
    f->status = GVM_ERR_WASM_LIMIT;
    return gvm_wasm_read_bad(r, why);
}

void gvm_wasm_body_free(gvm_wasm_body *f) {
    free(f->locals.at);
    free(f->operands.at);
    free(f->ctrls.at);
}

/* ---- operands and control frames */

static gvm_wasm_ctrl *top(gvm_wasm_body *f) {
    return &f->ctrls.at[f->ctrls.len - 1];
}

static void push(gvm_wasm_body *f, uint8_t type) {
    gvm_wasm_operand_push(f, (gvm_wasm_operand){.type = type, .where = GVM_WASM_HOME});
}

static void push_types(gvm_wasm_body *f, const uint8_t *types, uint32_t len) {
    for (uint32_t i = 0; i < len; i++) push(f, types[i]);
}

static gvm_wasm_read pop_any(gvm_wasm_body *f, gvm_wasm_reader *r, gvm_wasm_operand *out) {
    gvm_wasm_ctrl *c = top(f);
    if (f->operands.len == c->height) {
        if (!c->unreachable) return invalid(f, r, "type mismatch: an operand is missing");
        *out = (gvm_wasm_operand){.type = GVM_WASM_UNKNOWN};
        return GVM_WASM_READ_OK;
    }
    *out = gvm_wasm_operand_take(f);
    return GVM_WASM_READ_OK;
}

static gvm_wasm_read pop(gvm_wasm_body *f, gvm_wasm_reader *r, gvm_wasm_operand *out,
                         uint8_t type) {
    TRY(pop_any(f, r, out));
    if (out->type != type && out->type != GVM_WASM_UNKNOWN && type != GVM_WASM_UNKNOWN)
        return invalid(f, r, "type mismatch: an operand has another type");
    return GVM_WASM_READ_OK;
}

/* The top operands have these types (the last on top); they stay. */
static gvm_wasm_read check_top(gvm_wasm_body *f, gvm_wasm_reader *r, const uint8_t *types,
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

static void drop_to(gvm_wasm_body *f, uint32_t height) {
    while (f->operands.len > height) (void)gvm_wasm_operand_take(f);
}

/* As a branch does it: the operands below are unknown from here on, but the types stay on top. */
static gvm_wasm_read pop_types(gvm_wasm_body *f, gvm_wasm_reader *r, const uint8_t *types,
                               uint32_t len) {
    TRY(check_top(f, r, types, len));
    gvm_wasm_ctrl *c = top(f);
    uint32_t have = f->operands.len - c->height;
    drop_to(f, f->operands.len - (have < len ? have : len));
    return GVM_WASM_READ_OK;
}

static void set_unreachable(gvm_wasm_body *f) {
    gvm_wasm_ctrl *c = top(f);
    drop_to(f, c->height);
    c->unreachable = true;
    f->live = false;
    f->last = GVM_WASM_NONE;
    f->price_at = GVM_WASM_NONE;
}

static const uint8_t *label_types(const gvm_wasm_ctrl *c, uint32_t *len) {
    *len = c->kind == GVM_WASM_CTRL_LOOP ? c->params_len : c->results_len;
    return c->kind == GVM_WASM_CTRL_LOOP ? c->params : c->results;
}

static uint32_t slots_of(const uint8_t *types, uint32_t len) {
    uint32_t slots = 0;
    for (uint32_t i = 0; i < len; i++) slots += gvm_wasm_type_slots(types[i]);
    return slots;
}

/* ---- immediates */

static gvm_wasm_read read_index(gvm_wasm_body *f, gvm_wasm_reader *r, uint32_t *out, uint32_t len,
                                const char *why) {
    TRY(gvm_wasm_read_u32(r, out));
    return *out < len ? GVM_WASM_READ_OK : invalid(f, r, why);
}

static bool is_value_type(uint8_t byte) {
    return (byte >= GVM_WASM_V128 && byte <= GVM_WASM_I32) || gvm_wasm_type_is_ref(byte);
}

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

typedef struct memarg {
    uint32_t offset, lane;
} memarg;

static gvm_wasm_read read_memarg(gvm_wasm_body *f, gvm_wasm_reader *r, memarg *out,
                                 unsigned natural, bool lane) {
    uint32_t align;
    if (f->m->memories.len == 0) return invalid(f, r, "unknown memory 0");
    TRY(gvm_wasm_read_u32(r, &align));
    if (align >= 32) return bad(r, "malformed memop flags");
    if (align > natural) return invalid(f, r, "alignment must not be larger than natural");
    TRY(gvm_wasm_read_u32(r, &out->offset));
    out->lane = 0;
    if (lane) {
        uint8_t byte;
        TRY(gvm_wasm_read_u8(r, &byte));
        if (byte >= 16u >> natural) return invalid(f, r, "invalid lane index");
        out->lane = byte;
    }
    return GVM_WASM_READ_OK;
}

/* ---- emission of plain instructions */

/* Instructions that change a type and no bits. */
static bool changes_nothing(uint16_t op) {
    return op == OP(i64_extend_i32_u) || op == OP(i32_reinterpret_f32) ||
           op == OP(i64_reinterpret_f64) || op == OP(f32_reinterpret_i32) ||
           op == OP(f64_reinterpret_i64);
}

typedef struct variant {
    uint16_t with_imm, with_long, branch, branch_imm, inverse, swapped;
    bool commutes;
} variant;

/* Integer and floating-point forms by their plain instruction; 0 where there is none (0 is
 * `unreachable`). */
static const variant variants[GVM_WASM_IOP_COUNT] = {
#define X(T, name) [OP(T##_##name)] = {.with_imm = IOP(T##_##name##_i)},
    X(i32, sub) X(i64, sub) X(i32, shl) X(i64, shl) X(i32, shr_s) X(i64, shr_s) X(i32, shr_u)
        X(i64, shr_u) X(i32, rotl) X(i64, rotl) X(i32, rotr) X(i64, rotr)
#undef X
#define X(T, name)       \
    [OP(T##_##name)] = { \
        .with_imm = IOP(T##_##name##_i), .with_long = IOP(T##_##name##_l), .commutes = true},
            GVM_WASM_INT_LONG(X, i32) GVM_WASM_INT_LONG(X, i64)
#undef X
#define X(T, name, inv, swap)                            \
    [OP(T##_##name)] = {.with_imm = IOP(T##_##name##_i), \
                        .branch = IOP(br_##T##_##name),  \
                        .inverse = OP(T##_##inv),        \
                        .swapped = OP(T##_##swap)},      \
    [IOP(T##_##name##_i)] = {.branch = IOP(br_##T##_##name##_i), .inverse = IOP(T##_##inv##_i)},
                GVM_WASM_INT_CMP(X, i32) GVM_WASM_INT_CMP(X, i64)
#undef X
#define X(T, name) [OP(T##_##name)] = {.branch = IOP(br_##T##_##name)},
                    GVM_WASM_FLOAT_CMP(X, f32) GVM_WASM_FLOAT_CMP(X, f64)
#undef X
};

static bool fits16(int64_t v) {
    return v >= INT16_MIN && v <= INT16_MAX;
}

static void emit_binary(gvm_wasm_body *f, uint16_t op, const gvm_wasm_opinfo *info,
                        gvm_wasm_operand x, gvm_wasm_operand y) {
    const variant *v = &variants[op];
    uint8_t type = info->push[0] == 'i'   ? GVM_WASM_I32
                   : info->push[0] == 'I' ? GVM_WASM_I64
                   : info->push[0] == 'f' ? GVM_WASM_F32
                                          : GVM_WASM_F64;
    if (x.where == GVM_WASM_CONST && y.where != GVM_WASM_CONST && (v->commutes || v->swapped)) {
        gvm_wasm_operand t = x;
        x = y;
        y = t;
        if (v->swapped) {
            op = v->swapped;
            v = &variants[op];
        }
    }
    if (y.where == GVM_WASM_CONST && v->with_imm) {
        int64_t imm = info->pop[1] == 'i' ? (int32_t)y.bits : (int64_t)y.bits;
        if ((op == OP(i32_sub) || op == OP(i64_sub)) && imm != INT64_MIN) {
            op = op == OP(i32_sub) ? OP(i32_add) : OP(i64_add);
            imm = -imm;
            v = &variants[op];
        }
        uint32_t from = 0;
        if (fits16(imm)) {
            from = gvm_wasm_emit_slot(f, &x);
            gvm_wasm_emit_value(f, type, v->with_imm, from, (uint16_t)imm);
            return;
        }
        if (v->with_long) {
            from = gvm_wasm_emit_slot(f, &x);
            gvm_wasm_emit_value(f, type, v->with_long, from, 0);
            uint32_t made = f->last;
            gvm_wasm_emit_word(f)->u64 = (uint64_t)imm;
            f->last = made;
            return;
        }
    }
    uint32_t a = gvm_wasm_emit_slot(f, &x), b = gvm_wasm_emit_slot(f, &y);
    gvm_wasm_emit_value(f, type, op, a, b);
}

/* An instruction that may trap notes where it came from; the word that notes is the next one, so
 * operands that must be put into slots first are. */
static bool may_trap(uint16_t op) {
    return (op >= OP(i32_div_s) && op <= OP(i32_rem_u)) ||
           (op >= OP(i64_div_s) && op <= OP(i64_rem_u)) ||
           (op >= OP(i32_trunc_f32_s) && op <= OP(i32_trunc_f64_u)) ||
           (op >= OP(i64_trunc_f32_s) && op <= OP(i64_trunc_f64_u));
}

static uint8_t type_of_letter(char letter) {
    switch (letter) {
    case 'i': return GVM_WASM_I32;
    case 'I': return GVM_WASM_I64;
    case 'f': return GVM_WASM_F32;
    case 'F': return GVM_WASM_F64;
    default: return GVM_WASM_V128;
    }
}

/* The comparison that made the operand, if it is the newest and its instruction the last one. */
static gvm_wasm_word *made_by(gvm_wasm_body *f, const gvm_wasm_operand *o) {
    if (f->nomem || f->last == GVM_WASM_NONE || o->where != GVM_WASM_HOME) return NULL;
    gvm_wasm_word *w = &f->m->words.at[f->last];
    return w->a == o->home ? w : NULL;
}

static void emit_plain(gvm_wasm_body *f, uint16_t op, const gvm_wasm_opinfo *info,
                       gvm_wasm_operand *o) {
    uint8_t type = type_of_letter(info->push[0]);
    if (changes_nothing(op)) {
        uint32_t last = made_by(f, o) ? f->last : GVM_WASM_NONE;
        o->type = type;
        gvm_wasm_operand_push(f, *o);
        f->last = last;
        return;
    }
    if (op == OP(i32_eqz)) {
        gvm_wasm_word *w = made_by(f, o);
        if (w != NULL && variants[w->op].inverse) {
            uint32_t last = f->last;
            w->op = variants[w->op].inverse;
            gvm_wasm_operand_push(f, (gvm_wasm_operand){.type = type});
            f->last = last;
            return;
        }
    }
    if (info->pop[1] == 0) {
        uint32_t from = gvm_wasm_emit_slot(f, o);
        if (may_trap(op)) gvm_wasm_emit_origin(f, f->offset);
        gvm_wasm_emit_value(f, type, op, from, 0);
    } else if (may_trap(op)) {
        uint32_t a = gvm_wasm_emit_slot(f, &o[0]), b = gvm_wasm_emit_slot(f, &o[1]);
        gvm_wasm_emit_origin(f, f->offset);
        gvm_wasm_emit_value(f, type, op, a, b);
    } else {
        emit_binary(f, op, info, o[0], o[1]);
    }
}

static void emit_simd(gvm_wasm_body *f, uint16_t op, const gvm_wasm_opinfo *info,
                      gvm_wasm_operand *o, uint32_t lane) {
    uint32_t slot[3] = {0, 0, 0};
    for (unsigned i = 0; i < 3 && info->pop[i] != 0; i++) slot[i] = gvm_wasm_emit_slot(f, &o[i]);
    gvm_wasm_emit_value(f, type_of_letter(info->push[0]), IOP(simd), slot[0], slot[1]);
    gvm_wasm_word *w = gvm_wasm_emit_word(f);
    w->op = op;
    w->a = (uint16_t)slot[2];
    w->b = (uint16_t)lane;
    f->last = GVM_WASM_NONE;
}

/* The slot with the address, `*offset` reduced to what fits the instruction. */
static uint32_t emit_address(gvm_wasm_body *f, const gvm_wasm_operand *o, uint32_t *offset) {
    uint32_t slot = gvm_wasm_emit_slot(f, o);
    if (*offset <= UINT16_MAX) return slot;
    gvm_wasm_emit(f, IOP(address), o->home, slot, 0);
    gvm_wasm_emit_word(f)->u64 = *offset;
    *offset = 0;
    return o->home;
}

static gvm_wasm_read step_memory(gvm_wasm_body *f, gvm_wasm_reader *r, uint16_t op,
                                 const gvm_wasm_opinfo *info) {
    bool lane = info->imm >= GVM_WASM_IMM_MEMLANE1;
    unsigned natural =
        info->imm - (lane ? (unsigned)GVM_WASM_IMM_MEMLANE1 : (unsigned)GVM_WASM_IMM_MEM1);
    memarg arg = {0, 0};
    TRY(read_memarg(f, r, &arg, natural, lane));
    gvm_wasm_operand value = {0}, address = {0};
    bool store = info->push[0] == 0;
    if (info->pop[1] != 0) TRY(pop(f, r, &value, type_of_letter(info->pop[1])));
    TRY(pop(f, r, &address, GVM_WASM_I32));
    uint8_t type = store ? GVM_WASM_UNKNOWN : type_of_letter(info->push[0]);
    if (!f->live) {
        if (!store) push(f, type);
        return GVM_WASM_READ_OK;
    }
    uint32_t at = emit_address(f, &address, &arg.offset);
    uint32_t from = info->pop[1] != 0 ? gvm_wasm_emit_slot(f, &value) : 0;
    gvm_wasm_emit_origin(f, f->offset);
    if (info->prefix == 0xfd) {
        uint32_t made = f->m->words.len;
        if (store)
            gvm_wasm_emit(f, IOP(simd_memory), 0, at, arg.offset);
        else
            gvm_wasm_emit_value(f, type, IOP(simd_memory), at, arg.offset);
        gvm_wasm_word *w = gvm_wasm_emit_word(f);
        w->op = op;
        w->a = (uint16_t)from;
        w->b = (uint16_t)arg.lane;
        w->c = (uint16_t)(1u << natural);
        f->last = store ? GVM_WASM_NONE : made;
    } else if (store) {
        gvm_wasm_emit(f, op, at, from, arg.offset);
    } else {
        gvm_wasm_emit_value(f, type, op, at, arg.offset);
    }
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

/* The instruction has been read whole: what follows it begins at the reader's place. */
static void read_whole(gvm_wasm_body *f, const gvm_wasm_reader *r) {
    f->next_offset = f->offset + (uint32_t)(r->p - f->start);
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
        const variant *v = &variants[w->op];
        if (v->inverse) {
            fused = unless ? variants[v->inverse].branch : v->branch;
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

static gvm_wasm_read step_block(gvm_wasm_body *f, gvm_wasm_reader *r, uint16_t op) {
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

static gvm_wasm_read step_else(gvm_wasm_body *f, gvm_wasm_reader *r) {
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
static void emit_return(gvm_wasm_body *f, bool settled, uint32_t slot) {
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
        if (f->live) emit_return(f, false, 0);
    } else {
        if (f->live) {
            gvm_wasm_emit_settle(f, c.results_len);
        } else {
            f->price_at = GVM_WASM_NONE;
        }
        gvm_wasm_emit_charge(f);
        gvm_wasm_emit_label(f, c.fixups);
        emit_return(f, true, c.slot);
    }
    gvm_wasm_emit_price(f, GVM_WASM_NONE);
    gvm_wasm_module *m = f->m;
    gvm_wasm_code *code = &m->codes.at[f->index - m->imported_funcs];
    code->stack_cost = 32 + 8 * f->max_slots;
    f->operands.len = 0;
    f->ctrls.len = 0;
}

static gvm_wasm_read step_end(gvm_wasm_body *f, gvm_wasm_reader *r) {
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

/* The price of what a branch carries. */
static void price_carried(gvm_wasm_body *f, uint32_t slots) {
    if (f->live) f->cost += (uint64_t)slots * GVM_WASM_PRICE_CARRY;
}

static gvm_wasm_ctrl *label_at(gvm_wasm_body *f, uint32_t depth) {
    return &f->ctrls.at[f->ctrls.len - 1 - depth];
}

static gvm_wasm_read step_br(gvm_wasm_body *f, gvm_wasm_reader *r) {
    uint32_t depth, len, source, slots;
    TRY(read_index(f, r, &depth, f->ctrls.len, "unknown label"));
    gvm_wasm_ctrl *c = label_at(f, depth);
    const uint8_t *types = label_types(c, &len);
    TRY(check_top(f, r, types, len));
    price_carried(f, slots_of(types, len));
    if (f->live) {
        if (c->kind == GVM_WASM_CTRL_FUNC) {
            emit_return(f, false, 0);
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

static gvm_wasm_read step_br_if(gvm_wasm_body *f, gvm_wasm_reader *r) {
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

static gvm_wasm_read step_br_table(gvm_wasm_body *f, gvm_wasm_reader *r) {
    uint32_t count;
    TRY(gvm_wasm_read_u32(r, &count));
    if (count > f->m->limits.br_table) return limit(f, r, "br_table has too many cases");
    TRY(pop(f, r, &f->case_index, GVM_WASM_I32));
    f->cases = f->cases_left = count + 1;
    f->cases_begun = false;
    return GVM_WASM_READ_OK;
}

/* One case of a br_table, the default last. All cases carry as many values as the first. */
static gvm_wasm_read step_case(gvm_wasm_body *f, gvm_wasm_reader *r) {
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

static gvm_wasm_read step_call(gvm_wasm_body *f, gvm_wasm_reader *r) {
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

static gvm_wasm_read step_call_indirect(gvm_wasm_body *f, gvm_wasm_reader *r) {
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

/* ---- locals, globals, tables, the rest */

static gvm_wasm_read step_local(gvm_wasm_body *f, gvm_wasm_reader *r, uint16_t op) {
    uint32_t index;
    TRY(read_index(f, r, &index, f->locals.len, "unknown local"));
    gvm_wasm_local *l = &f->locals.at[index];
    gvm_wasm_operand o = {.type = l->type, .where = GVM_WASM_HOME};
    if (op == OP(local_get)) {
        if (f->live) {
            o.where = GVM_WASM_LOCAL;
            o.local = index;
        }
        gvm_wasm_operand_push(f, o);
        return GVM_WASM_READ_OK;
    }
    TRY(pop(f, r, &o, l->type));
    if (!f->live) {
        if (op == OP(local_tee)) push(f, l->type);
        return GVM_WASM_READ_OK;
    }
    gvm_wasm_word *made = made_by(f, &o);
    if (!(o.where == GVM_WASM_LOCAL && o.local == index)) {
        if (gvm_wasm_emit_settle_local(f, index)) made = NULL;
        if (made != NULL) { /* its instruction writes to the local instead */
            made->a = l->slot;
            o.where = GVM_WASM_LOCAL;
            o.local = index;
        } else {
            gvm_wasm_emit_move(f, &o, l->slot);
        }
    }
    f->last = GVM_WASM_NONE;
    if (op == OP(local_tee)) {
        o.next = 0;
        gvm_wasm_operand_push(f, o);
    }
    return GVM_WASM_READ_OK;
}

static gvm_wasm_read step_global(gvm_wasm_body *f, gvm_wasm_reader *r, uint16_t op) {
    uint32_t index;
    TRY(read_index(f, r, &index, f->m->globals.len, "unknown global"));
    const gvm_wasm_globaltype *g = &f->m->globals.at[index];
    bool wide = g->type == GVM_WASM_V128;
    if (op == OP(global_get)) {
        if (f->live) {
            gvm_wasm_emit_value(f, g->type, wide ? IOP(global_get2) : OP(global_get), 0, 0)->index =
                index;
        } else {
            push(f, g->type);
        }
        return GVM_WASM_READ_OK;
    }
    if (!g->is_mutable) return invalid(f, r, "global is immutable");
    gvm_wasm_operand o = {0};
    TRY(pop(f, r, &o, g->type));
    if (!f->live) return GVM_WASM_READ_OK;
    uint32_t slot = gvm_wasm_emit_slot(f, &o);
    gvm_wasm_emit(f, wide ? IOP(global_set2) : OP(global_set), slot, 0, 0)->index = index;
    return GVM_WASM_READ_OK;
}

static gvm_wasm_read step_select(gvm_wasm_body *f, gvm_wasm_reader *r, uint16_t op) {
    uint8_t type = GVM_WASM_UNKNOWN;
    if (op == OP(select_t)) {
        uint32_t count;
        TRY(gvm_wasm_read_u32(r, &count));
        if (count != 1) return invalid(f, r, "invalid result arity");
        TRY(gvm_wasm_read_u8(r, &type));
        if (!is_value_type(type)) return bad(r, "malformed value type");
    }
    gvm_wasm_operand cond = {0}, y = {0}, x = {0};
    TRY(pop(f, r, &cond, GVM_WASM_I32));
    TRY(pop(f, r, &y, type));
    TRY(pop(f, r, &x, type != GVM_WASM_UNKNOWN ? type : y.type));
    if (type == GVM_WASM_UNKNOWN) {
        if (gvm_wasm_type_is_ref(x.type) || gvm_wasm_type_is_ref(y.type))
            return invalid(f, r, "type mismatch: select of references wants its type");
        type = x.type != GVM_WASM_UNKNOWN ? x.type : y.type;
    }
    if (!f->live) {
        push(f, type);
        return GVM_WASM_READ_OK;
    }
    uint32_t a = gvm_wasm_emit_slot(f, &x), b = gvm_wasm_emit_slot(f, &y);
    uint32_t c = gvm_wasm_emit_slot(f, &cond);
    gvm_wasm_emit_value(f, type, type == GVM_WASM_V128 ? IOP(select2) : OP(select), a, b);
    uint32_t made = f->last;
    gvm_wasm_emit_word(f)->op = (uint16_t)c;
    f->last = made;
    return GVM_WASM_READ_OK;
}

/* Instructions whose operands, of these types, stand in one word {a, b, c}, with two numbers in a
 * second; they end a metering block. */
static gvm_wasm_read emit_bulk(gvm_wasm_body *f, gvm_wasm_reader *r, uint16_t op,
                               const uint8_t types[3], uint32_t x, uint32_t y) {
    gvm_wasm_operand o[3] = {{0}, {0}, {0}};
    read_whole(f, r);
    for (int i = 2; i >= 0; i--)
        if (types[i] != 0) TRY(pop(f, r, &o[i], types[i]));
    if (!f->live) return GVM_WASM_READ_OK;
    uint32_t slot[3] = {0, 0, 0};
    for (int i = 0; i < 3; i++)
        if (types[i] != 0) slot[i] = gvm_wasm_emit_slot(f, &o[i]);
    gvm_wasm_emit_origin(f, f->offset);
    gvm_wasm_emit(f, op, slot[0], slot[1], slot[2]);
    gvm_wasm_word *w = gvm_wasm_emit_word(f);
    w->x = x;
    w->y = y;
    gvm_wasm_emit_charge(f);
    return GVM_WASM_READ_OK;
}

static gvm_wasm_read step_table_grow(gvm_wasm_body *f, gvm_wasm_reader *r, uint32_t index,
                                     uint8_t type) {
    gvm_wasm_operand delta = {0}, value = {0};
    TRY(pop(f, r, &delta, GVM_WASM_I32));
    TRY(pop(f, r, &value, type));
    read_whole(f, r);
    if (!f->live) {
        push(f, GVM_WASM_I32);
        return GVM_WASM_READ_OK;
    }
    uint32_t b = gvm_wasm_emit_slot(f, &value), c = gvm_wasm_emit_slot(f, &delta);
    gvm_wasm_emit_origin(f, f->offset);
    gvm_wasm_emit_value(f, GVM_WASM_I32, OP(table_grow), b, c);
    gvm_wasm_emit_word(f)->x = index;
    gvm_wasm_emit_charge(f);
    return GVM_WASM_READ_OK;
}

static gvm_wasm_read step_table(gvm_wasm_body *f, gvm_wasm_reader *r, uint16_t op) {
    uint32_t index;
    TRY(read_index(f, r, &index, f->m->tables.len, "unknown table"));
    uint8_t type = f->m->tables.at[index].type;
    gvm_wasm_operand o = {0}, v = {0};
    if (op == OP(table_grow)) return step_table_grow(f, r, index, type);
    if (op == OP(table_fill))
        return emit_bulk(f, r, op, (uint8_t[3]){GVM_WASM_I32, type, GVM_WASM_I32}, index, 0);
    if (op == OP(table_size)) {
        if (f->live)
            gvm_wasm_emit_value(f, GVM_WASM_I32, op, index, 0);
        else
            push(f, GVM_WASM_I32);
        return GVM_WASM_READ_OK;
    }
    if (op == OP(table_set)) TRY(pop(f, r, &v, type));
    TRY(pop(f, r, &o, GVM_WASM_I32));
    if (!f->live) {
        if (op == OP(table_get)) push(f, type);
        return GVM_WASM_READ_OK;
    }
    uint32_t at = gvm_wasm_emit_slot(f, &o);
    uint32_t value = op == OP(table_set) ? gvm_wasm_emit_slot(f, &v) : 0;
    gvm_wasm_emit_origin(f, f->offset);
    if (op == OP(table_get))
        gvm_wasm_emit_value(f, type, op, at, index);
    else
        gvm_wasm_emit(f, op, at, value, index);
    return GVM_WASM_READ_OK;
}

static gvm_wasm_read step_bulk(gvm_wasm_body *f, gvm_wasm_reader *r, uint16_t op) {
    static const uint8_t three[3] = {GVM_WASM_I32, GVM_WASM_I32, GVM_WASM_I32}, none[3];
    gvm_wasm_module *m = f->m;
    uint32_t x = 0, y = 0;
    uint8_t zero = 0;
    if (op == OP(data_drop) || op == OP(memory_init)) {
        if (!f->has_data_count) return bad(r, "data count section required");
        if (op == OP(memory_init) && m->memories.len == 0) return invalid(f, r, "unknown memory 0");
        TRY(read_index(f, r, &x, f->data_count, "unknown data segment"));
        if (op == OP(data_drop)) return emit_bulk(f, r, op, none, x, 0);
        TRY(gvm_wasm_read_u8(r, &zero));
        if (zero != 0) return bad(r, "zero byte expected");
        return emit_bulk(f, r, op, three, x, 0);
    }
    if (op == OP(elem_drop)) {
        TRY(read_index(f, r, &x, m->elements.len, "unknown elem segment"));
        return emit_bulk(f, r, op, none, x, 0);
    }
    if (op == OP(table_init)) {
        TRY(read_index(f, r, &x, m->elements.len, "unknown elem segment"));
        TRY(read_index(f, r, &y, m->tables.len, "unknown table"));
        if (m->elements.at[x].type != m->tables.at[y].type)
            return invalid(f, r, "type mismatch: table and segment differ");
        return emit_bulk(f, r, op, three, x, y);
    }
    if (op == OP(table_copy)) {
        TRY(read_index(f, r, &x, m->tables.len, "unknown table"));
        TRY(read_index(f, r, &y, m->tables.len, "unknown table"));
        if (m->tables.at[x].type != m->tables.at[y].type)
            return invalid(f, r, "type mismatch: the tables differ");
        return emit_bulk(f, r, op, three, x, y);
    }
    /* memory.copy, memory.fill */
    if (m->memories.len == 0) return invalid(f, r, "unknown memory 0");
    for (int i = op == OP(memory_copy) ? 2 : 1; i > 0; i--) {
        TRY(gvm_wasm_read_u8(r, &zero));
        if (zero != 0) return bad(r, "zero byte expected");
    }
    return emit_bulk(f, r, op, three, 0, 0);
}

static gvm_wasm_read step_memory_size(gvm_wasm_body *f, gvm_wasm_reader *r, uint16_t op) {
    uint8_t zero;
    if (f->m->memories.len == 0) return invalid(f, r, "unknown memory 0");
    TRY(gvm_wasm_read_u8(r, &zero));
    if (zero != 0) return bad(r, "zero byte expected");
    read_whole(f, r);
    gvm_wasm_operand o = {0};
    if (op == OP(memory_grow)) TRY(pop(f, r, &o, GVM_WASM_I32));
    if (!f->live) {
        push(f, GVM_WASM_I32);
        return GVM_WASM_READ_OK;
    }
    uint32_t slot = op == OP(memory_grow) ? gvm_wasm_emit_slot(f, &o) : 0;
    if (op == OP(memory_grow)) gvm_wasm_emit_origin(f, f->offset);
    gvm_wasm_emit_value(f, GVM_WASM_I32, op, slot, 0);
    if (op == OP(memory_grow)) gvm_wasm_emit_charge(f);
    return GVM_WASM_READ_OK;
}

static void push_const(gvm_wasm_body *f, uint8_t type, uint64_t bits) {
    gvm_wasm_operand o = {.type = type, .where = GVM_WASM_HOME};
    if (f->live) {
        o.where = GVM_WASM_CONST;
        o.bits = bits;
    }
    gvm_wasm_operand_push(f, o);
}

static gvm_wasm_read step_v128_const(gvm_wasm_body *f, gvm_wasm_reader *r) {
    uint64_t bits[2];
    TRY(gvm_wasm_read_bytes(r, bits, 16));
    if (!f->live) {
        push(f, GVM_WASM_V128);
        return GVM_WASM_READ_OK;
    }
    gvm_wasm_emit_value(f, GVM_WASM_V128, OP(v128_const), 0, 0);
    uint32_t made = f->last;
    gvm_wasm_emit_word(f)->u64 = bits[0];
    gvm_wasm_emit_word(f)->u64 = bits[1];
    f->last = made;
    return GVM_WASM_READ_OK;
}

static gvm_wasm_read step_const(gvm_wasm_body *f, gvm_wasm_reader *r, uint16_t op) {
    int64_t value;
    uint64_t bits = 0;
    uint32_t index;
    uint8_t type;
    switch (op) {
    case OP(i32_const):
        TRY(gvm_wasm_read_signed(r, &value, 32));
        push_const(f, GVM_WASM_I32, (uint32_t)value);
        return GVM_WASM_READ_OK;
    case OP(i64_const):
        TRY(gvm_wasm_read_signed(r, &value, 64));
        push_const(f, GVM_WASM_I64, (uint64_t)value);
        return GVM_WASM_READ_OK;
    case OP(f32_const):
        TRY(gvm_wasm_read_bytes(r, &bits, 4));
        push_const(f, GVM_WASM_F32, bits);
        return GVM_WASM_READ_OK;
    case OP(f64_const):
        TRY(gvm_wasm_read_bytes(r, &bits, 8));
        push_const(f, GVM_WASM_F64, bits);
        return GVM_WASM_READ_OK;
    case OP(v128_const): return step_v128_const(f, r);
    case OP(ref_null):
        TRY(gvm_wasm_read_u8(r, &type));
        if (!gvm_wasm_type_is_ref(type)) return bad(r, "malformed reference type");
        push_const(f, type, 0);
        return GVM_WASM_READ_OK;
    default: /* ref.func */
        TRY(read_index(f, r, &index, f->m->funcs.len, "unknown function"));
        if (!(f->m->declared[index / 8] >> (index % 8) & 1))
            return invalid(f, r, "undeclared function reference");
        if (f->live)
            gvm_wasm_emit_value(f, GVM_WASM_FUNCREF, op, 0, 0)->index = index;
        else
            push(f, GVM_WASM_FUNCREF);
        return GVM_WASM_READ_OK;
    }
}

/* Operands and results by the table's letters. */
static gvm_wasm_read step_plain(gvm_wasm_body *f, gvm_wasm_reader *r, uint16_t op,
                                const gvm_wasm_opinfo *info) {
    gvm_wasm_operand o[3] = {{0}, {0}, {0}};
    uint8_t lane = 0, lanes[16];
    if (info->imm >= GVM_WASM_IMM_LANE2 && info->imm <= GVM_WASM_IMM_LANE16) {
        TRY(gvm_wasm_read_u8(r, &lane));
        if (lane >= 1u << (info->imm - GVM_WASM_IMM_LANE))
            return invalid(f, r, "invalid lane index");
    } else if (info->imm == GVM_WASM_IMM_SHUFFLE) {
        for (unsigned i = 0; i < 16; i++) {
            TRY(gvm_wasm_read_u8(r, &lanes[i]));
            if (lanes[i] >= 32) return invalid(f, r, "invalid lane index");
        }
    }
    for (int i = (int)strnlen(info->pop, sizeof info->pop) - 1; i >= 0; i--)
        TRY(pop(f, r, &o[i], type_of_letter(info->pop[i])));
    if (!f->live) {
        push(f, type_of_letter(info->push[0]));
    } else if (info->prefix == 0xfd) {
        emit_simd(f, op, info, o, lane);
        if (info->imm == GVM_WASM_IMM_SHUFFLE) {
            uint64_t words[2];
            memcpy(words, lanes, 16);
            gvm_wasm_emit_word(f)->u64 = words[0];
            gvm_wasm_emit_word(f)->u64 = words[1];
        }
    } else {
        emit_plain(f, op, info, o);
    }
    return GVM_WASM_READ_OK;
}

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
    case OP(else): return step_else(f, r);
    case OP(end): return step_end(f, r);
    case OP(return ):
        TRY(check_top(f, r, f->type->types + f->type->params, f->type->results));
        price_carried(f, f->type->result_slots);
        if (f->live) {
            emit_return(f, false, 0);
            gvm_wasm_emit_price(f, GVM_WASM_NONE);
        }
        set_unreachable(f);
        return GVM_WASM_READ_OK;
    case OP(drop): return pop_any(f, r, &o);
    case OP(select):
    case OP(select_t): return step_select(f, r, op);
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
    case GVM_WASM_IMM_BLOCK: return step_block(f, r, op);
    case GVM_WASM_IMM_LABEL: return op == OP(br) ? step_br(f, r) : step_br_if(f, r);
    case GVM_WASM_IMM_LABELS: return step_br_table(f, r);
    case GVM_WASM_IMM_FUNC: return step_call(f, r);
    case GVM_WASM_IMM_TYPE_TABLE: return step_call_indirect(f, r);
    case GVM_WASM_IMM_LOCAL: return step_local(f, r, op);
    case GVM_WASM_IMM_GLOBAL: return step_global(f, r, op);
    case GVM_WASM_IMM_TABLE: return step_table(f, r, op);
    case GVM_WASM_IMM_MEMORY:
        if (op == OP(memory_size) || op == OP(memory_grow)) return step_memory_size(f, r, op);
        return step_bulk(f, r, op);
    case GVM_WASM_IMM_I32:
    case GVM_WASM_IMM_I64:
    case GVM_WASM_IMM_F32:
    case GVM_WASM_IMM_F64:
    case GVM_WASM_IMM_V128:
    case GVM_WASM_IMM_REFTYPE:
    case GVM_WASM_IMM_REF_FUNC: return step_const(f, r, op);
    case GVM_WASM_IMM_MEMORY_INIT:
    case GVM_WASM_IMM_DATA:
    case GVM_WASM_IMM_MEMORY_COPY:
    case GVM_WASM_IMM_TABLE_INIT:
    case GVM_WASM_IMM_ELEM:
    case GVM_WASM_IMM_TABLE_COPY: return step_bulk(f, r, op);
    case GVM_WASM_IMM_SELECT_T: return step_special(f, r, op);
    default:
        if (info->imm >= GVM_WASM_IMM_MEM1) return step_memory(f, r, op, info);
        if (info->pop[0] == '*' || info->pop[0] == 0) return step_special(f, r, op);
        return step_plain(f, r, op, info);
    }
}

gvm_wasm_read gvm_wasm_body_step(gvm_wasm_body *f, gvm_wasm_reader *r, uint32_t offset) {
    f->status = GVM_ERR_WASM_MALFORMED;
    if (f->cases_left != 0) return step_case(f, r);
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
