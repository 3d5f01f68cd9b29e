#include "vm/jit/code.h"
#include "vm/jit/profile.h"
#include "vm/wasm/names.h"

#include <stdlib.h>

/* ---- memory */

bool gvm_wasm_vec_grow(void **at, uint32_t *cap, uint32_t len, size_t size) {
    if (len > UINT32_MAX / 4) return false;
    uint32_t want = len < 8 ? 8 : len * 2;
    void *p = realloc(*at, want * size);
    if (p == NULL) return false;
    *at = p;
    *cap = want;
    return true;
}

struct gvm_wasm_arena_block {
    struct gvm_wasm_arena_block *before;
    _Alignas(16) uint8_t bytes[];
};

void *gvm_wasm_arena_take(gvm_wasm_arena *a, size_t len) {
    len = (len + 7) & ~(size_t)7;
    if (a->last == NULL || a->cap - a->used < len) {
        size_t cap = len > 4096 ? len : 4096;
        struct gvm_wasm_arena_block *b = malloc(sizeof *b + cap);
        if (b == NULL) return NULL;
        b->before = a->last;
        a->last = b;
        a->total += sizeof *b + cap;
        a->used = 0;
        a->cap = cap;
    }
    void *p = a->last->bytes + a->used;
    a->used += len;
    return p;
}

void gvm_wasm_arena_free(gvm_wasm_arena *a) {
    while (a->last != NULL) {
        struct gvm_wasm_arena_block *before = a->last->before;
        free(a->last);
        a->last = before;
    }
}

gvm_wasm_module *gvm_wasm_module_hold(gvm_wasm_module *m) {
    atomic_fetch_add_explicit(&m->holders, 1, memory_order_relaxed);
    return m;
}

void gvm_wasm_module_detach(gvm_wasm_module *m) {
    for (unsigned i = 0; i < 2; i++) {
        gvm_wasm_machine *x = atomic_load(&m->machines[i]);
        if (x == NULL) continue;
        gvm_jit_profile_remove(x->profiled);
        if (x->lazy == NULL) {
            gvm_jit_free((void *)(uintptr_t)x->code, x->n.code.len);
            free(x->n.places);
        }
        gvm_wasm_lazy_delete(x->lazy);
        free(x->n.entries);
        free(x);
        atomic_store(&m->machines[i], NULL);
    }
}

void gvm_wasm_module_delete(gvm_wasm_module *m) {
    if (m == NULL || atomic_fetch_sub_explicit(&m->holders, 1, memory_order_acq_rel) != 1) return;
    free(m->types.at);
    free(m->funcs.at);
    free(m->tables.at);
    free(m->memories.at);
    free(m->globals.at);
    free(m->imports.at);
    free(m->exports.at);
    free(m->elements.at);
    free(m->element_items.at);
    free(m->data.at);
    free(m->data_bytes.at);
    free(m->customs.at);
    free(m->codes.at);
    if (m->words.cap != 0) free(m->words.at); /* else they are the image's */
    if (m->origins.cap != 0) free(m->origins.at);
    free(m->declared);
    gvm_wasm_arena_free(&m->arena);
    gvm_wasm_module_detach(m);
    free(m);
}

/* ---- questions */

const char *gvm_wasm_version(void) {
    return GVM_VERSION;
}

bool gvm_wasm_functype_equal(const gvm_wasm_functype *a, const gvm_wasm_functype *b) {
    return a == b || (a->params == b->params && a->results == b->results &&
                      (a->params + a->results == 0 ||
                       memcmp(a->types, b->types, a->params + a->results) == 0));
}

uint32_t gvm_wasm_module_origin(const gvm_wasm_module *m, uint32_t word) {
    uint32_t low = 0, high = m->origins.len;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (m->origins.at[middle].word <= word)
            low = middle + 1;
        else
            high = middle;
    }
    return low == 0 ? 0 : m->origins.at[low - 1].offset;
}

uint32_t gvm_wasm_module_imports(const gvm_wasm_module *m) {
    return m->imports.len;
}
uint32_t gvm_wasm_module_exports(const gvm_wasm_module *m) {
    return m->exports.len;
}

static void declare(const gvm_wasm_module *m, gvm_wasm_declaration *out) {
    out->max = UINT64_MAX;
    switch (out->kind) {
    case GVM_WASM_KIND_FUNC: out->func = &m->types.at[m->funcs.at[out->index]]; break;
    case GVM_WASM_KIND_TABLE: {
        const gvm_wasm_table_type *t = &m->tables.at[out->index];
        out->type = t->type;
        out->min = t->min;
        if (t->has_max) out->max = t->max;
        break;
    }
    case GVM_WASM_KIND_MEMORY: {
        const gvm_wasm_memory_type *t = &m->memories.at[out->index];
        out->min = t->min;
        if (t->has_max) out->max = t->max;
        break;
    }
    default:
        out->type = m->globals.at[out->index].type;
        out->mutable_global = m->globals.at[out->index].is_mutable;
    }
}

void gvm_wasm_module_import(const gvm_wasm_module *m, gvm_wasm_declaration *out, uint32_t index) {
    const gvm_wasm_import *x = &m->imports.at[index];
    *out = (gvm_wasm_declaration){
        .module = x->module, .name = x->name, .kind = (gvm_wasm_kind)x->kind, .index = x->index};
    declare(m, out);
}

void gvm_wasm_module_export(const gvm_wasm_module *m, gvm_wasm_declaration *out, uint32_t index) {
    const gvm_wasm_export *x = &m->exports.at[index];
    *out =
        (gvm_wasm_declaration){.name = x->name, .kind = (gvm_wasm_kind)x->kind, .index = x->index};
    declare(m, out);
}

bool gvm_wasm_module_find_export(const gvm_wasm_module *m, gvm_wasm_declaration *out,
                                 gvm_bytes name) {
    for (uint32_t i = 0; i < m->exports.len; i++) {
        if (gvm_bytes_equal(m->exports.at[i].name, name)) {
            gvm_wasm_module_export(m, out, i);
            return true;
        }
    }
    return false;
}

bool gvm_wasm_module_custom(const gvm_wasm_module *m, gvm_bytes *out, gvm_bytes name) {
    for (uint32_t i = m->customs.len; i-- > 0;) {
        if (gvm_bytes_equal(m->customs.at[i].name, name)) {
            *out = m->customs.at[i].payload;
            return true;
        }
    }
    return false;
}

bool gvm_wasm_module_func_name(const gvm_wasm_module *m, gvm_bytes *out, uint32_t index) {
    gvm_wasm_names names = gvm_wasm_names_of(m);
    for (uint32_t at; gvm_wasm_names_next(&names, &at, out);)
        if (at == index) return true;
    for (uint32_t i = 0; i < m->exports.len; i++) {
        const gvm_wasm_export *x = &m->exports.at[i];
        if (x->kind == GVM_WASM_KIND_FUNC && x->index == index) {
            *out = x->name;
            return true;
        }
    }
    return false;
}

bool gvm_wasm_module_has_start(const gvm_wasm_module *m) {
    return m->has_start;
}

void gvm_wasm_module_sizes(const gvm_wasm_module *m, gvm_wasm_sizes *out) {
    *out = (gvm_wasm_sizes){.bytes = m->bytes,
                            .functions = m->codes.len,
                            .globals = m->globals.len - m->imported_globals,
                            .data_bytes = m->data_bytes.len,
                            .code_words = m->words.len,
                            .segment_elements = m->element_items.len};
    for (uint32_t i = m->imported_tables; i < m->tables.len; i++)
        out->table_elements += m->tables.at[i].min;
    for (uint32_t i = m->imported_memories; i < m->memories.len; i++)
        out->memory_pages += m->memories.at[i].min;
}
