/* The items of every section but code: one state reads one element of one item. */
#include "vm/wasm/load.h"

static bool is_value_type(uint8_t byte) {
    return (byte >= GVM_WASM_V128 && byte <= GVM_WASM_I32) || gvm_wasm_type_is_ref(byte);
}

/* ---- types, imports, tables, memories */

static gvm_wasm_read read_type_byte(gvm_wasm_loader *l, gvm_wasm_reader *r) {
    uint8_t byte;
    TRY(gvm_wasm_read_u8(r, &byte));
    if (!is_value_type(byte)) return malformed(l, r, "malformed value type");
    APPEND(l, l->bytes, byte);
    l->run--;
    return GVM_WASM_READ_OK;
}

static gvm_wasm_read finish_type(gvm_wasm_loader *l, gvm_wasm_reader *r, uint64_t at) {
    gvm_wasm_functype t = {.types = gvm_wasm_load_keep_bytes(l).ptr,
                           .params = l->params,
                           .results = l->bytes.len - l->params};
    for (uint32_t i = 0; i < l->bytes.len; i++) {
        uint32_t slots = gvm_wasm_type_slots(l->bytes.at[i]);
        *(i < l->params ? &t.param_slots : &t.result_slots) += slots;
    }
    APPEND(l, l->body.m->types, t);
    return gvm_wasm_load_next_item(l, r, at);
}

gvm_wasm_read gvm_wasm_load_type(gvm_wasm_loader *l, gvm_wasm_reader *r, uint64_t base,
                                 const uint8_t *start) {
    uint8_t form;
    switch (l->state) {
    case AT_TYPE_FORM:
        TRY(gvm_wasm_read_u8(r, &form));
        if (form != 0x60) return malformed(l, r, "malformed function type");
        l->bytes.len = 0;
        l->state = AT_TYPE_PARAMS;
        return GVM_WASM_READ_OK;
    case AT_TYPE_PARAMS:
        TRY(gvm_wasm_read_u32(r, &l->run));
        if (l->run > l->body.m->limits.params) return limit(l, r, "too many parameters");
        l->params = l->run;
        l->state = l->run ? AT_TYPE_PARAM : AT_TYPE_RESULTS;
        return GVM_WASM_READ_OK;
    case AT_TYPE_PARAM:
        TRY(read_type_byte(l, r));
        if (l->run == 0) l->state = AT_TYPE_RESULTS;
        return GVM_WASM_READ_OK;
    case AT_TYPE_RESULTS:
        TRY(gvm_wasm_read_u32(r, &l->run));
        if (l->run > l->body.m->limits.results) return limit(l, r, "too many results");
        l->state = AT_TYPE_RESULT;
        break;
    default: TRY(read_type_byte(l, r)); break;
    }
    if (l->run != 0) return GVM_WASM_READ_OK;
    return finish_type(l, r, base + (uint64_t)(r->p - start));
}

/* min, then max where the flag says so. */
static gvm_wasm_read read_limits(gvm_wasm_loader *l, gvm_wasm_reader *r, bool *has_max,
                                 uint32_t *min, uint32_t *max, uint32_t most, uint32_t profile) {
    uint8_t flags;
    TRY(gvm_wasm_read_u8(r, &flags));
    if (flags > 1) return malformed(l, r, "malformed limits flags");
    *has_max = flags & 1;
    *max = UINT32_MAX;
    TRY(gvm_wasm_read_u32(r, min));
    if (*min > most) return invalid(l, r, "memory size must be at most 65536 pages (4GiB)");
    if (*min > profile) return limit(l, r, "the memory or table is too large");
    if (!*has_max) return GVM_WASM_READ_OK;
    TRY(gvm_wasm_read_u32(r, max));
    if (*max > most) return invalid(l, r, "memory size must be at most 65536 pages (4GiB)");
    if (*max < *min) return invalid(l, r, "size minimum must not be greater than maximum");
    return GVM_WASM_READ_OK;
}

gvm_wasm_read gvm_wasm_load_table(gvm_wasm_loader *l, gvm_wasm_reader *r) {
    gvm_wasm_table_type t = {0};
    TRY(gvm_wasm_read_u8(r, &t.type));
    if (!gvm_wasm_type_is_ref(t.type)) return malformed(l, r, "malformed reference type");
    TRY(read_limits(l, r, &t.has_max, &t.min, &t.max, UINT32_MAX, l->body.m->limits.table_size));
    APPEND(l, l->body.m->tables, t);
    return GVM_WASM_READ_OK;
}

gvm_wasm_read gvm_wasm_load_memory(gvm_wasm_loader *l, gvm_wasm_reader *r) {
    gvm_wasm_memory_type t = {0};
    TRY(read_limits(l, r, &t.has_max, &t.min, &t.max, 65536, l->body.m->limits.memory_pages));
    APPEND(l, l->body.m->memories, t);
    return GVM_WASM_READ_OK;
}

gvm_wasm_read gvm_wasm_load_global_type(gvm_wasm_loader *l, gvm_wasm_reader *r,
                                        gvm_wasm_globaltype *out) {
    uint8_t flag;
    TRY(gvm_wasm_read_u8(r, &out->type));
    if (!is_value_type(out->type)) return malformed(l, r, "malformed value type");
    TRY(gvm_wasm_read_u8(r, &flag));
    if (flag > 1) return malformed(l, r, "malformed mutability");
    out->is_mutable = flag;
    return GVM_WASM_READ_OK;
}

gvm_wasm_read gvm_wasm_load_import(gvm_wasm_loader *l, gvm_wasm_reader *r, uint64_t base,
                                   const uint8_t *start) {
    gvm_wasm_module *m = l->body.m;
    const gvm_wasm_limits *x = &m->limits;
    uint32_t type;
    gvm_wasm_globaltype g = {0};
    TRY(gvm_wasm_read_u8(r, &l->import.kind));
    switch (l->import.kind) {
    case GVM_WASM_KIND_FUNC:
        if (m->funcs.len >= x->functions) return limit(l, r, "too many functions");
        TRY(gvm_wasm_read_u32(r, &type));
        if (type >= m->types.len) return invalid(l, r, "unknown type");
        l->import.index = m->imported_funcs++;
        APPEND(l, m->funcs, type);
        break;
    case GVM_WASM_KIND_TABLE:
        if (m->tables.len >= x->tables) return limit(l, r, "too many tables");
        TRY(gvm_wasm_load_table(l, r));
        l->import.index = m->imported_tables++;
        break;
    case GVM_WASM_KIND_MEMORY:
        if (m->memories.len >= x->memories) return invalid(l, r, "multiple memories");
        TRY(gvm_wasm_load_memory(l, r));
        l->import.index = m->imported_memories++;
        break;
    case GVM_WASM_KIND_GLOBAL:
        if (m->globals.len >= x->globals) return limit(l, r, "too many globals");
        TRY(gvm_wasm_load_global_type(l, r, &g));
        l->import.index = m->imported_globals++;
        APPEND(l, m->globals, g);
        break;
    default: return malformed(l, r, "malformed import kind");
    }
    APPEND(l, m->imports, l->import);
    return gvm_wasm_load_next_item(l, r, base + (uint64_t)(r->p - start));
}

gvm_wasm_read gvm_wasm_load_export(gvm_wasm_loader *l, gvm_wasm_reader *r) {
    gvm_wasm_module *m = l->body.m;
    TRY(gvm_wasm_read_u8(r, &l->export.kind));
    if (l->export.kind > GVM_WASM_KIND_GLOBAL) return malformed(l, r, "malformed export kind");
    TRY(gvm_wasm_read_u32(r, &l->export.index));
    uint32_t len = l->export.kind == GVM_WASM_KIND_FUNC     ? m->funcs.len
                   : l->export.kind == GVM_WASM_KIND_TABLE  ? m->tables.len
                   : l->export.kind == GVM_WASM_KIND_MEMORY ? m->memories.len
                                                            : m->globals.len;
    if (l->export.index >= len) return invalid(l, r, "unknown function, table, memory or global");
    if (l->export.kind == GVM_WASM_KIND_FUNC) gvm_wasm_load_declare(l, l->export.index);
    APPEND(l, m->exports, l->export);
    return GVM_WASM_READ_OK;
}

/* ---- constant expressions */

void gvm_wasm_load_begin_expr(gvm_wasm_loader *l, uint8_t type, gvm_wasm_load_state next) {
    l->state = AT_EXPR;
    l->expr_type = type;
    l->expr_next = next;
}

/* Its one instruction. */
gvm_wasm_read gvm_wasm_load_expr(gvm_wasm_loader *l, gvm_wasm_reader *r) {
    const gvm_wasm_module *m = l->body.m;
    gvm_wasm_init *x = &l->init;
    uint8_t byte, type = 0;
    int64_t value;
    uint32_t code;
    *x = (gvm_wasm_init){.kind = GVM_WASM_INIT_CONST};
    TRY(gvm_wasm_read_u8(r, &byte));
    switch (byte) {
    case 0x41:
        TRY(gvm_wasm_read_signed(r, &value, 32));
        x->bits[0] = (uint32_t)value;
        type = GVM_WASM_I32;
        break;
    case 0x42:
        TRY(gvm_wasm_read_signed(r, &value, 64));
        x->bits[0] = (uint64_t)value;
        type = GVM_WASM_I64;
        break;
    case 0x43:
        TRY(gvm_wasm_read_bytes(r, &x->bits, 4));
        type = GVM_WASM_F32;
        break;
    case 0x44:
        TRY(gvm_wasm_read_bytes(r, &x->bits, 8));
        type = GVM_WASM_F64;
        break;
    case 0xfd:
        TRY(gvm_wasm_read_u32(r, &code));
        if (code != 0x0c) return invalid(l, r, "constant expression required");
        TRY(gvm_wasm_read_bytes(r, &x->bits, 16));
        type = GVM_WASM_V128;
        break;
    case 0x23:
        TRY(gvm_wasm_read_u32(r, &x->index));
        x->kind = GVM_WASM_INIT_GLOBAL;
        if (x->index >= m->imported_globals) return invalid(l, r, "unknown global");
        if (m->globals.at[x->index].is_mutable)
            return invalid(l, r, "constant expression required");
        type = m->globals.at[x->index].type;
        break;
    case 0xd0:
        TRY(gvm_wasm_read_u8(r, &type));
        if (!gvm_wasm_type_is_ref(type)) return malformed(l, r, "malformed reference type");
        x->kind = GVM_WASM_INIT_NULL;
        break;
    case 0xd2:
        TRY(gvm_wasm_read_u32(r, &x->index));
        if (x->index >= m->funcs.len) return invalid(l, r, "unknown function");
        gvm_wasm_load_declare(l, x->index);
        x->kind = GVM_WASM_INIT_FUNC;
        type = GVM_WASM_FUNCREF;
        break;
    case 0x0b: return invalid(l, r, "type mismatch: the constant expression is empty");
    default:
        if (gvm_wasm_op_plain[byte] == GVM_WASM_OP_NONE && byte != 0xfc)
            return malformed(l, r, "illegal opcode");
        return invalid(l, r, "constant expression required");
    }
    if (type != l->expr_type) return invalid(l, r, "type mismatch in a constant expression");
    l->state = AT_EXPR_END;
    return GVM_WASM_READ_OK;
}

gvm_wasm_read gvm_wasm_load_expr_end(gvm_wasm_loader *l, gvm_wasm_reader *r, uint64_t base,
                                     const uint8_t *start) {
    gvm_wasm_module *m = l->body.m;
    uint8_t byte;
    TRY(gvm_wasm_read_u8(r, &byte));
    if (byte != 0x0b)
        return invalid(l, r, "constant expression required: more than one instruction");
    l->state = l->expr_next;
    uint32_t item = l->init.kind == GVM_WASM_INIT_NULL     ? GVM_WASM_ITEM_NULL
                    : l->init.kind == GVM_WASM_INIT_GLOBAL ? GVM_WASM_ITEM_GLOBAL + l->init.index
                                                           : l->init.index;
    switch (l->expr_next) {
    case AT_GLOBAL_DONE:
        m->globals.at[m->globals.len - 1].init = l->init;
        return gvm_wasm_load_next_item(l, r, base + (uint64_t)(r->p - start));
    case AT_ELEMENT_DONE:
        APPEND(l, m->element_items, item);
        if (--l->run != 0) {
            gvm_wasm_load_begin_expr(l, l->elements.type, AT_ELEMENT_DONE);
            return GVM_WASM_READ_OK;
        }
        return gvm_wasm_load_next_item(l, r, base + (uint64_t)(r->p - start));
    case AT_ELEMENT_TYPE: l->elements.offset = l->init; break;
    default: l->data.offset = l->init; break;
    }
    return GVM_WASM_READ_OK;
}

/* ---- segments */

gvm_wasm_read gvm_wasm_load_element(gvm_wasm_loader *l, gvm_wasm_reader *r) {
    const gvm_wasm_module *m = l->body.m;
    uint32_t flags, table = 0;
    TRY(gvm_wasm_read_u32(r, &flags));
    if (flags > 7) return malformed(l, r, "malformed elements segment kind");
    bool active = !(flags & 1);
    if (active && flags & 2) TRY(gvm_wasm_read_u32(r, &table));
    if (active && table >= m->tables.len) return invalid(l, r, "unknown table");
    l->elements = (gvm_wasm_elements){.mode = active      ? GVM_WASM_SEGMENT_ACTIVE
                                              : flags & 2 ? GVM_WASM_SEGMENT_DECLARATIVE
                                                          : GVM_WASM_SEGMENT_PASSIVE,
                                      .type = (flags & 3) != 0 ? 0 : GVM_WASM_FUNCREF,
                                      .table = table,
                                      .first = m->element_items.len};
    l->element_exprs = flags & 4;
    if (active) {
        if (l->elements.type != 0 && m->tables.at[table].type != GVM_WASM_FUNCREF)
            return invalid(l, r, "type mismatch: table and segment differ");
        gvm_wasm_load_begin_expr(l, GVM_WASM_I32, AT_ELEMENT_TYPE);
    } else {
        l->state = AT_ELEMENT_TYPE;
    }
    return GVM_WASM_READ_OK;
}

gvm_wasm_read gvm_wasm_load_element_type(gvm_wasm_loader *l, gvm_wasm_reader *r) {
    const gvm_wasm_module *m = l->body.m;
    uint8_t byte;
    if (l->elements.type == 0) {
        TRY(gvm_wasm_read_u8(r, &byte));
        if (!l->element_exprs && byte != 0) return malformed(l, r, "malformed element kind");
        if (l->element_exprs && !gvm_wasm_type_is_ref(byte))
            return malformed(l, r, "malformed reference type");
        l->elements.type = l->element_exprs ? byte : GVM_WASM_FUNCREF;
        if (l->elements.mode == GVM_WASM_SEGMENT_ACTIVE &&
            m->tables.at[l->elements.table].type != l->elements.type)
            return invalid(l, r, "type mismatch: table and segment differ");
    }
    l->state = AT_ELEMENT_COUNT;
    return GVM_WASM_READ_OK;
}

gvm_wasm_read gvm_wasm_load_element_count(gvm_wasm_loader *l, gvm_wasm_reader *r, uint64_t base,
                                          const uint8_t *start) {
    gvm_wasm_module *m = l->body.m;
    TRY(gvm_wasm_read_u32(r, &l->run));
    l->elements.count = l->run;
    APPEND(l, m->elements, l->elements);
    if (l->run == 0) return gvm_wasm_load_next_item(l, r, base + (uint64_t)(r->p - start));
    if (l->element_exprs)
        gvm_wasm_load_begin_expr(l, l->elements.type, AT_ELEMENT_DONE);
    else
        l->state = AT_ELEMENT_FUNC;
    return GVM_WASM_READ_OK;
}

gvm_wasm_read gvm_wasm_load_element_func(gvm_wasm_loader *l, gvm_wasm_reader *r, uint64_t base,
                                         const uint8_t *start) {
    gvm_wasm_module *m = l->body.m;
    uint32_t index;
    TRY(gvm_wasm_read_u32(r, &index));
    if (index >= m->funcs.len) return invalid(l, r, "unknown function");
    gvm_wasm_load_declare(l, index);
    APPEND(l, m->element_items, index);
    if (--l->run != 0) return GVM_WASM_READ_OK;
    return gvm_wasm_load_next_item(l, r, base + (uint64_t)(r->p - start));
}

gvm_wasm_read gvm_wasm_load_data(gvm_wasm_loader *l, gvm_wasm_reader *r) {
    const gvm_wasm_module *m = l->body.m;
    uint32_t flags, memory = 0;
    TRY(gvm_wasm_read_u32(r, &flags));
    if (flags > 2) return malformed(l, r, "malformed data segment kind");
    if (flags == 2) TRY(gvm_wasm_read_u32(r, &memory));
    if (flags != 1 && memory >= m->memories.len) return invalid(l, r, "unknown memory");
    l->data =
        (gvm_wasm_data){.mode = flags == 1 ? GVM_WASM_SEGMENT_PASSIVE : GVM_WASM_SEGMENT_ACTIVE};
    if (flags != 1)
        gvm_wasm_load_begin_expr(l, GVM_WASM_I32, AT_DATA_LENGTH);
    else
        l->state = AT_DATA_LENGTH;
    return GVM_WASM_READ_OK;
}

gvm_wasm_read gvm_wasm_load_data_length(gvm_wasm_loader *l, gvm_wasm_reader *r, uint64_t base,
                                        const uint8_t *start) {
    gvm_wasm_module *m = l->body.m;
    TRY(gvm_wasm_read_u32(r, &l->run));
    l->data.first = m->data_bytes.len;
    l->data.len = l->run;
    APPEND(l, m->data, l->data);
    if (l->run == 0) return gvm_wasm_load_next_item(l, r, base + (uint64_t)(r->p - start));
    l->state = AT_DATA_BYTES;
    return GVM_WASM_READ_OK;
}
