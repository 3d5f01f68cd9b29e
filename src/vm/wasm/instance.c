/* Linking and instantiation. An instance is one block of memory: the instance, pointers to
 * everything in its index spaces, then the functions and globals that it makes itself. A store
 * keeps a few that are gone, so that a known module is instantiated without an allocation. */
#include "vm/wasm/runtime.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- host objects */

gvm_wasm_func *gvm_wasm_func_new(gvm_wasm_store *s, const gvm_wasm_functype *type,
                                 gvm_wasm_host_fn fn, void *ctx) {
    uint32_t len = type->params + type->results;
    gvm_wasm_func *f = gvm_wasm_arena_take(&s->arena, sizeof *f + len);
    if (f == NULL) return NULL;
    uint8_t *types = (uint8_t *)(f + 1);
    if (len != 0) memcpy(types, type->types, len);
    *f = (gvm_wasm_func){.host = fn, .ctx = ctx};
    f->own_type =
        (gvm_wasm_functype){.types = types, .params = type->params, .results = type->results};
    for (uint32_t i = 0; i < len; i++)
        *(i < type->params ? &f->own_type.param_slots : &f->own_type.result_slots) +=
            gvm_wasm_type_slots(types[i]);
    f->type = &f->own_type;
    return f;
}

gvm_wasm_global *gvm_wasm_global_new(gvm_wasm_store *s, uint8_t type, bool is_mutable,
                                     gvm_wasm_value value) {
    gvm_wasm_global *g = gvm_wasm_arena_take(&s->arena, sizeof *g);
    if (g == NULL) return NULL;
    *g = (gvm_wasm_global){.type = type, .is_mutable = is_mutable};
    g->bits[0] = value.v128[0];
    if (type == GVM_WASM_I32 || type == GVM_WASM_F32) g->bits[0] = value.i32;
    if (type == GVM_WASM_V128) g->bits[1] = value.v128[1];
    return g;
}

const gvm_wasm_functype *gvm_wasm_func_type(const gvm_wasm_func *f) {
    return f->type;
}
gvm_wasm_value gvm_wasm_global_get(const gvm_wasm_global *g) {
    return (gvm_wasm_value){.v128 = {g->bits[0], g->bits[1]}};
}
uint8_t gvm_wasm_global_type(const gvm_wasm_global *g) {
    return g->type;
}
gvm_status gvm_wasm_global_set(gvm_wasm_global *g, gvm_wasm_value value) {
    if (!g->is_mutable) return GVM_ERR_STATE;
    g->bits[0] = g->type == GVM_WASM_I32 || g->type == GVM_WASM_F32 ? value.i32 : value.v128[0];
    g->bits[1] = g->type == GVM_WASM_V128 ? value.v128[1] : 0;
    return GVM_OK;
}

/* ---- imports */

static bool limits_match(uint32_t size, bool has_max, uint32_t max, uint32_t want_min,
                         bool want_max_set, uint32_t want_max) {
    return size >= want_min && (!want_max_set || (has_max && max <= want_max));
}

static bool import_matches(const gvm_wasm_module *m, const gvm_wasm_import *x,
                           const gvm_wasm_extern *e) {
    if ((uint8_t)e->kind != x->kind) return false;
    switch (e->kind) {
    case GVM_WASM_KIND_FUNC:
        return gvm_wasm_functype_equal(e->func->type, &m->types.at[m->funcs.at[x->index]]);
    case GVM_WASM_KIND_TABLE: {
        const gvm_wasm_table_type *t = &m->tables.at[x->index];
        return e->table->type == t->type && limits_match(e->table->size, e->table->has_max,
                                                         e->table->max, t->min, t->has_max, t->max);
    }
    case GVM_WASM_KIND_MEMORY: {
        const gvm_wasm_memory_type *t = &m->memories.at[x->index];
        return limits_match((uint32_t)(e->memory->bytes / GVM_WASM_PAGE), e->memory->has_max,
                            e->memory->declared_max, t->min, t->has_max, t->max);
    }
    default: {
        const gvm_wasm_globaltype *g = &m->globals.at[x->index];
        return e->global->type == g->type && e->global->is_mutable == g->is_mutable;
    }
    }
}

static gvm_status check_imports(gvm_error *err, const gvm_wasm_module *m,
                                const gvm_wasm_extern *imports, size_t len) {
    if (len != m->imports.len)
        return gvm_error_set(err, GVM_ERR_WASM_LINK, "%u imports are declared, %zu were given",
                             m->imports.len, len);
    for (uint32_t i = 0; i < m->imports.len; i++) {
        const gvm_wasm_import *x = &m->imports.at[i];
        if (!import_matches(m, x, &imports[i]))
            return gvm_error_set(err, GVM_ERR_WASM_LINK, "incompatible import type: %.*s.%.*s",
                                 (int)x->module.len, (const char *)x->module.ptr, (int)x->name.len,
                                 (const char *)x->name.ptr);
    }
    return GVM_OK;
}

/* ---- building */

/* An instance of the same module that is gone: its functions and pointers are as they were made.
 * The module is known by its serial, since a spare instance does not hold it. */
static gvm_wasm_instance *take_spare(gvm_wasm_store *s, const gvm_wasm_module *m) {
    for (gvm_wasm_instance **p = &s->spare_instances; *p != NULL; p = &(*p)->next) {
        gvm_wasm_instance *i = *p;
        if (i->serial != m->serial) continue;
        *p = i->next;
        i->memory = NULL;
        memset(i->dropped_elements, 0, m->elements.len);
        memset(i->dropped_data, 0, m->data.len);
        return i;
    }
    return NULL;
}

static gvm_wasm_instance *make_instance(gvm_wasm_module *m) {
    size_t own_globals = m->globals.len - m->imported_globals;
    size_t size = sizeof(gvm_wasm_instance) +
                  sizeof(void *) * ((size_t)m->funcs.len + m->tables.len + m->globals.len) +
                  sizeof(gvm_wasm_func) * m->codes.len + sizeof(gvm_wasm_global) * own_globals +
                  m->elements.len + m->data.len;
    gvm_wasm_instance *i = calloc(1, size);
    if (i == NULL) return NULL;
    uint8_t *p = (uint8_t *)(i + 1);
    gvm_wasm_global *globals = (gvm_wasm_global *)p;
    p += sizeof *globals * own_globals;
    gvm_wasm_func *funcs = (gvm_wasm_func *)p;
    p += sizeof *funcs * m->codes.len;
    i->funcs = (gvm_wasm_func **)p;
    p += sizeof(void *) * m->funcs.len;
    i->tables = (gvm_wasm_table **)p;
    p += sizeof(void *) * m->tables.len;
    i->globals = (gvm_wasm_global **)p;
    p += sizeof(void *) * m->globals.len;
    i->dropped_elements = p;
    i->dropped_data = p + m->elements.len;
    for (uint32_t k = 0; k < m->codes.len; k++) {
        uint32_t index = m->imported_funcs + k;
        funcs[k] = (gvm_wasm_func){
            .type = &m->types.at[m->funcs.at[index]], .instance = i, .code = &m->codes.at[k]};
        i->funcs[index] = &funcs[k];
    }
    for (uint32_t k = 0; k < own_globals; k++) i->globals[m->imported_globals + k] = &globals[k];
    i->serial = m->serial;
    return i;
}

static gvm_wasm_instance *take_instance(gvm_wasm_store *s, gvm_wasm_module *m) {
    gvm_wasm_instance *i = take_spare(s, m);
    if (i == NULL) i = make_instance(m);
    if (i == NULL) return NULL;
    i->module = gvm_wasm_module_hold(m);
    i->store = s;
    i->next = s->instances;
    s->instances = i;
    return i;
}

static void set_imports(gvm_wasm_instance *i, const gvm_wasm_extern *imports) {
    const gvm_wasm_module *m = i->module;
    uint32_t funcs = 0, tables = 0, globals = 0;
    for (uint32_t k = 0; k < m->imports.len; k++) {
        switch (imports[k].kind) {
        case GVM_WASM_KIND_FUNC: i->funcs[funcs++] = imports[k].func; break;
        case GVM_WASM_KIND_TABLE: i->tables[tables++] = imports[k].table; break;
        case GVM_WASM_KIND_MEMORY: i->memory = imports[k].memory; break;
        default: i->globals[globals++] = imports[k].global;
        }
    }
}

static void evaluate(const gvm_wasm_instance *i, const gvm_wasm_init *x, uint64_t out[2]) {
    out[0] = x->bits[0];
    out[1] = x->bits[1];
    if (x->kind == GVM_WASM_INIT_GLOBAL) memcpy(out, i->globals[x->index]->bits, 16);
    if (x->kind == GVM_WASM_INIT_FUNC) out[0] = (uintptr_t)i->funcs[x->index];
}

static gvm_status make_own(gvm_wasm_instance *i) {
    const gvm_wasm_module *m = i->module;
    for (uint32_t k = m->imported_tables; k < m->tables.len; k++) {
        const gvm_wasm_table_type *t = &m->tables.at[k];
        i->tables[k] = gvm_wasm_table_new(i->store, t->type, t->min, t->max);
        if (i->tables[k] == NULL) return GVM_ERR_NOMEM;
        i->tables[k]->has_max = t->has_max;
        i->tables[k]->grow_max = t->max < m->limits.table_size ? t->max : m->limits.table_size;
    }
    for (uint32_t k = m->imported_memories; k < m->memories.len; k++) {
        const gvm_wasm_memory_type *t = &m->memories.at[k];
        i->memory = gvm_wasm_memory_new(i->store, t->min, t->max);
        if (i->memory == NULL) return GVM_ERR_NOMEM;
        if (i->memory->max > m->limits.memory_pages) i->memory->max = m->limits.memory_pages;
    }
    for (uint32_t k = m->imported_globals; k < m->globals.len; k++) {
        const gvm_wasm_globaltype *g = &m->globals.at[k];
        i->globals[k]->type = g->type;
        i->globals[k]->is_mutable = g->is_mutable;
        evaluate(i, &g->init, i->globals[k]->bits);
    }
    return GVM_OK;
}

gvm_wasm_trap_code gvm_wasm_table_init(gvm_wasm_instance *i, uint32_t segment, uint32_t table,
                                       uint32_t to, uint32_t from, uint32_t len) {
    const gvm_wasm_module *m = i->module;
    const gvm_wasm_elements *x = &m->elements.at[segment];
    gvm_wasm_table *t = i->tables[table];
    uint32_t count = i->dropped_elements[segment] ? 0 : x->count;
    if ((uint64_t)from + len > count || (uint64_t)to + len > t->size)
        return GVM_WASM_TRAP_TABLE_BOUNDS;
    for (uint32_t k = 0; k < len; k++) {
        uint32_t item = m->element_items.at[x->first + from + k];
        if (item == GVM_WASM_ITEM_NULL)
            t->at[to + k] = 0;
        else if (item >= GVM_WASM_ITEM_GLOBAL)
            t->at[to + k] = i->globals[item - GVM_WASM_ITEM_GLOBAL]->bits[0];
        else
            t->at[to + k] = (uintptr_t)i->funcs[item];
    }
    return GVM_WASM_TRAP_NONE;
}

gvm_wasm_trap_code gvm_wasm_memory_init(gvm_wasm_instance *i, uint32_t segment, uint32_t to,
                                        uint32_t from, uint32_t len) {
    const gvm_wasm_module *m = i->module;
    const gvm_wasm_data *x = &m->data.at[segment];
    uint32_t have = i->dropped_data[segment] ? 0 : x->len;
    if ((uint64_t)from + len > have || (uint64_t)to + len > i->memory->bytes)
        return GVM_WASM_TRAP_MEMORY_BOUNDS;
    if (len != 0) memcpy(i->memory->at + to, m->data_bytes.at + x->first + from, len);
    return GVM_WASM_TRAP_NONE;
}

/* Copies the active segments, in order, until one does not fit. */
static gvm_wasm_trap_code copy_segments(gvm_wasm_instance *i) {
    const gvm_wasm_module *m = i->module;
    uint64_t at[2];
    gvm_wasm_trap_code trap;
    for (uint32_t k = 0; k < m->elements.len; k++) {
        const gvm_wasm_elements *x = &m->elements.at[k];
        if (x->mode == GVM_WASM_SEGMENT_ACTIVE) {
            evaluate(i, &x->offset, at);
            trap = gvm_wasm_table_init(i, k, x->table, (uint32_t)at[0], 0, x->count);
            if (trap != GVM_WASM_TRAP_NONE) return trap;
        }
        if (x->mode != GVM_WASM_SEGMENT_PASSIVE) i->dropped_elements[k] = 1;
    }
    for (uint32_t k = 0; k < m->data.len; k++) {
        const gvm_wasm_data *x = &m->data.at[k];
        if (x->mode != GVM_WASM_SEGMENT_ACTIVE) continue;
        evaluate(i, &x->offset, at);
        trap = gvm_wasm_memory_init(i, k, (uint32_t)at[0], 0, x->len);
        if (trap != GVM_WASM_TRAP_NONE) return trap;
        i->dropped_data[k] = 1;
    }
    return GVM_WASM_TRAP_NONE;
}

/* Chooses the form of compiled code that fits the instance's memory. */
static void set_machine(gvm_wasm_instance *i) {
    gvm_wasm_module *m = i->module;
    const gvm_wasm_machine *machine = gvm_wasm_module_machine(m, i->memory);
    if (machine == i->machine) return;
    i->machine = machine;
    for (uint32_t k = 0; i->machine != NULL && k < m->codes.len; k++)
        i->funcs[m->imported_funcs + k]->native = i->machine->code + i->machine->n.entries[k];
}

gvm_status gvm_wasm_instantiate(gvm_wasm_store *s, gvm_wasm_instance **out, gvm_wasm_exec *exec,
                                gvm_error *err, gvm_wasm_module *m, const gvm_wasm_extern *imports,
                                size_t imports_len) {
    GVM_TRY(check_imports(err, m, imports, imports_len));
    gvm_wasm_instance *i = take_instance(s, m);
    if (i == NULL) return GVM_ERR_NOMEM;
    set_imports(i, imports);
    GVM_TRY(make_own(i));
    set_machine(i);
    gvm_wasm_trap_code trap = copy_segments(i);
    if (trap != GVM_WASM_TRAP_NONE) {
        exec->trap = (gvm_wasm_trap){
            .code = trap, .status = GVM_ERR_WASM_TRAP, .module = m, .function = GVM_WASM_NO_LIMIT};
        return gvm_error_set(err, GVM_ERR_WASM_TRAP, "%s in an active segment",
                             gvm_wasm_trap_text(trap));
    }
    if (m->has_start) {
        gvm_status status = gvm_wasm_call(exec, NULL, i->funcs[m->start], NULL);
        if (status != GVM_OK) {
            char text[200];
            gvm_wasm_trap_describe(text, sizeof text, gvm_wasm_exec_trap(exec));
            return gvm_error_set(err, status, "start function: %s", text);
        }
    }
    *out = i;
    return GVM_OK;
}

/* ---- exports */

bool gvm_wasm_instance_export(const gvm_wasm_instance *i, gvm_wasm_extern *out, gvm_bytes name) {
    const gvm_wasm_module *m = i->module;
    for (uint32_t k = 0; k < m->exports.len; k++) {
        const gvm_wasm_export *x = &m->exports.at[k];
        if (!gvm_bytes_equal(x->name, name)) continue;
        out->kind = (gvm_wasm_kind)x->kind;
        switch (out->kind) {
        case GVM_WASM_KIND_FUNC: out->func = i->funcs[x->index]; break;
        case GVM_WASM_KIND_TABLE: out->table = i->tables[x->index]; break;
        case GVM_WASM_KIND_MEMORY: out->memory = i->memory; break;
        default: out->global = i->globals[x->index];
        }
        return true;
    }
    return false;
}

gvm_wasm_module *gvm_wasm_instance_module(const gvm_wasm_instance *i) {
    return i->module;
}
gvm_wasm_memory *gvm_wasm_instance_memory(const gvm_wasm_instance *i) {
    return i->memory;
}
