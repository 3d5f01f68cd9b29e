/* Instructions that take operands and make operands: numbers, vectors, memory, variables, tables,
 * bulk instructions. Forms with a constant, and comparisons that a branch will swallow, are found
 * here. */
#include "vm/wasm/body_step.h"

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

const gvm_wasm_variant gvm_wasm_variants[GVM_WASM_IOP_COUNT] = {
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
    const gvm_wasm_variant *v = &gvm_wasm_variants[op];
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
            v = &gvm_wasm_variants[op];
        }
    }
    if (y.where == GVM_WASM_CONST && v->with_imm) {
        int64_t imm = info->pop[1] == 'i' ? (int32_t)y.bits : (int64_t)y.bits;
        if ((op == OP(i32_sub) || op == OP(i64_sub)) && imm != INT64_MIN) {
            op = op == OP(i32_sub) ? OP(i32_add) : OP(i64_add);
            imm = -imm;
            v = &gvm_wasm_variants[op];
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
        if (w != NULL && gvm_wasm_variants[w->op].inverse) {
            uint32_t last = f->last;
            w->op = gvm_wasm_variants[w->op].inverse;
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

gvm_wasm_read gvm_wasm_body_memory(gvm_wasm_body *f, gvm_wasm_reader *r, uint16_t op,
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

/* ---- locals, globals, tables, the rest */

gvm_wasm_read gvm_wasm_body_local(gvm_wasm_body *f, gvm_wasm_reader *r, uint16_t op) {
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

gvm_wasm_read gvm_wasm_body_global(gvm_wasm_body *f, gvm_wasm_reader *r, uint16_t op) {
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

gvm_wasm_read gvm_wasm_body_select(gvm_wasm_body *f, gvm_wasm_reader *r, uint16_t op) {
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

gvm_wasm_read gvm_wasm_body_table(gvm_wasm_body *f, gvm_wasm_reader *r, uint16_t op) {
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

gvm_wasm_read gvm_wasm_body_bulk(gvm_wasm_body *f, gvm_wasm_reader *r, uint16_t op) {
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

gvm_wasm_read gvm_wasm_body_memory_size(gvm_wasm_body *f, gvm_wasm_reader *r, uint16_t op) {
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

gvm_wasm_read gvm_wasm_body_const(gvm_wasm_body *f, gvm_wasm_reader *r, uint16_t op) {
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
gvm_wasm_read gvm_wasm_body_plain(gvm_wasm_body *f, gvm_wasm_reader *r, uint16_t op,
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
