/* What modules tell about their functions: sizes and prices, and where compiled code is. */
#include "vm/jit/profile.h"
#include "vm/wasm/names.h"

#include <stdlib.h>

uint32_t gvm_wasm_module_imported_funcs(const gvm_wasm_module *m) {
    return m->imported_funcs;
}

const gvm_wasm_machine *gvm_wasm_module_any_machine(const gvm_wasm_module *m) {
    const gvm_wasm_machine *x = atomic_load(&m->machines[GVM_WASM_GUARDED]);
    return x != NULL ? x : atomic_load(&m->machines[GVM_WASM_CHECKED]);
}

size_t gvm_wasm_module_native_bytes(const gvm_wasm_module *m) {
    const gvm_wasm_machine *x = gvm_wasm_module_any_machine(m);
    return x == NULL ? 0 : x->n.code.len;
}

/* Functions are compiled in their order, each with its cold code behind it. */
static uint32_t native_size(const gvm_wasm_machine *x, uint32_t own) {
    if (x == NULL) return 0;
    const gvm_wasm_native *n = &x->n;
    uint32_t end = own + 1 < n->entries_len ? n->entries[own + 1] : (uint32_t)n->code.len;
    return end - n->entries[own];
}

bool gvm_wasm_module_func(const gvm_wasm_module *m, gvm_wasm_func_report *out, uint32_t index) {
    if (index < m->imported_funcs || index - m->imported_funcs >= m->codes.len) return false;
    uint32_t own = index - m->imported_funcs;
    const gvm_wasm_code *c = &m->codes.at[own];
    *out = (gvm_wasm_func_report){.type = &m->types.at[m->funcs.at[index]],
                                  .offset = c->body_at,
                                  .bytes = c->body_len,
                                  .stack_bytes = c->stack_cost,
                                  .entry_units = m->words.at[c->first].price,
                                  .all_units = c->units,
                                  .native_bytes = native_size(gvm_wasm_module_any_machine(m), own)};
    return true;
}

/* ---- compiled code for perf, gdb and disassemblers */

/* Symbols of all functions, and of what they share before them; their names are in *text. NULL
 * where memory is out. */
static gvm_jit_symbol *make_symbols(const gvm_wasm_machine *x, gvm_buf *text, size_t *len) {
    const gvm_wasm_module *m = x->module;
    gvm_jit_symbol *at = calloc(m->codes.len + 1u, sizeof *at);
    if (at == NULL) return NULL;
    /* Names in the module first; then exports; then numbers. */
    gvm_wasm_names names = gvm_wasm_names_of(m);
    gvm_bytes name;
    for (uint32_t index; gvm_wasm_names_next(&names, &index, &name);)
        if (index >= m->imported_funcs && index - m->imported_funcs < m->codes.len)
            at[1 + index - m->imported_funcs].name = name;
    for (uint32_t i = 0; i < m->exports.len; i++) {
        const gvm_wasm_export *e = &m->exports.at[i];
        if (e->kind != GVM_WASM_KIND_FUNC || e->index < m->imported_funcs) continue;
        gvm_jit_symbol *s = &at[1 + e->index - m->imported_funcs];
        if (s->name.len == 0) s->name = e->name;
    }
    /* The text may move while it grows: offsets first. */
    size_t *starts = calloc(m->codes.len + 2u, sizeof *starts);
    if (starts == NULL) {
        free(at);
        return NULL;
    }
    gvm_buf_str(text, "wasm::shared");
    for (uint32_t i = 0; i < m->codes.len; i++) {
        starts[i + 1] = text->len;
        gvm_buf_str(text, "wasm::");
        if (at[i + 1].name.len != 0)
            gvm_jit_put_name(text, at[i + 1].name);
        else
            gvm_buf_printf(text, "function_%u", m->imported_funcs + i);
    }
    starts[m->codes.len + 1] = text->len;
    for (uint32_t i = 0; i <= m->codes.len && !text->failed; i++) {
        at[i].name = gvm_bytes_make(text->ptr + starts[i], starts[i + 1] - starts[i]);
        if (i == 0) continue;
        at[i].offset = x->n.entries[i - 1];
        at[i].size = native_size(x, i - 1);
    }
    at[0].size = m->codes.len != 0 ? at[1].offset : x->n.code.len;
    *len = m->codes.len + 1u;
    free(starts);
    if (!text->failed) return at;
    free(at);
    return NULL;
}

void gvm_wasm_module_tell(gvm_wasm_machine *x) {
    if (gvm_jit_profile_sinks() == 0) return;
    gvm_buf text = {0};
    size_t len;
    gvm_jit_symbol *symbols = make_symbols(x, &text, &len);
    if (symbols != NULL) x->profiled = gvm_jit_profile_add(x->n.code, symbols, len);
    free(symbols);
    gvm_buf_free(&text);
}

gvm_status gvm_wasm_profile(unsigned sinks) {
    return gvm_jit_profile_enable(sinks);
}

gvm_status gvm_wasm_module_elf(const gvm_wasm_module *m, gvm_buf *out) {
    const gvm_wasm_machine *x = gvm_wasm_module_any_machine(m);
    if (x == NULL) return GVM_ERR_STATE;
    gvm_buf text = {0};
    size_t len;
    gvm_jit_symbol *symbols = make_symbols(x, &text, &len);
    gvm_status status = GVM_ERR_NOMEM;
    if (symbols != NULL) status = gvm_jit_elf(out, x->n.code, 0, symbols, len);
    free(symbols);
    gvm_buf_free(&text);
    return status;
}
