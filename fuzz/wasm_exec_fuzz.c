/* Runs whatever is valid: imports are made up, exported functions called with little fuel, by the
 * interpreter and, where there is a compiler, as compiled code: both must agree in status, trap and
 * its place, fuel, results and memory. */
#include "vm/wasm/module.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Results are zeros. */
static gvm_status host(void *ctx, gvm_wasm_exec *exec, uint64_t *slots) {
    const gvm_wasm_functype *t = ctx;
    memset(slots, 0, (size_t)t->result_slots * 8);
    return gvm_wasm_exec_charge(exec, 1000) ? GVM_OK : GVM_ERR_WASM_FUEL;
}

static bool provide(gvm_wasm_store *s, gvm_wasm_extern *out, const gvm_wasm_declaration *d) {
    gvm_wasm_value zero = {.v128 = {0, 0}};
    uint32_t max = d->max == UINT64_MAX ? UINT32_MAX : (uint32_t)d->max;
    out->kind = d->kind;
    switch (d->kind) {
    case GVM_WASM_KIND_FUNC:
        out->func = gvm_wasm_func_new(s, d->func, host, (void *)(uintptr_t)d->func);
        break;
    case GVM_WASM_KIND_TABLE:
        out->table = gvm_wasm_table_new(s, d->type, (uint32_t)d->min, max);
        break;
    case GVM_WASM_KIND_MEMORY: out->memory = gvm_wasm_memory_new(s, (uint32_t)d->min, max); break;
    default: out->global = gvm_wasm_global_new(s, d->type, d->mutable_global, zero);
    }
    return out->func != NULL;
}

/* A number that says all that a run did. */
static uint64_t mix(uint64_t h, uint64_t v) {
    return (h ^ v) * 0x9e3779b97f4a7c15u;
}

static uint64_t run_exports(gvm_wasm_instance *i, gvm_wasm_exec *e) {
    gvm_wasm_module *m = gvm_wasm_instance_module(i);
    uint64_t h = 1;
    for (uint32_t k = 0; k < gvm_wasm_module_exports(m) && k < 8; k++) {
        gvm_wasm_declaration d;
        gvm_wasm_extern x;
        gvm_wasm_value args[100] = {{.i64 = 0}}, results[16];
        gvm_wasm_module_export(m, &d, k);
        if (d.kind != GVM_WASM_KIND_FUNC) continue;
        GVM_ASSERT(gvm_wasm_instance_export(i, &x, d.name));
        for (uint32_t a = 0; a < d.func->params; a++)
            if (!gvm_wasm_type_is_ref(d.func->types[a]))
                args[a].i64 = 0x0123456789abcdefu * (a + k);
        gvm_wasm_exec_set_fuel(e, 20000000);
        gvm_status status = gvm_wasm_call(e, results, x.func, args);
        h = mix(mix(h, (uint64_t)status), (uint64_t)gvm_wasm_exec_fuel(e));
        h = mix(mix(h, gvm_wasm_exec_trap(e)->code), gvm_wasm_exec_trap(e)->offset);
        for (uint32_t r = 0; status == GVM_OK && r < d.func->results; r++)
            if (!gvm_wasm_type_is_ref(d.func->types[d.func->params + r]))
                h = mix(h, results[r].i64);
    }
    gvm_wasm_memory *memory = gvm_wasm_instance_memory(i);
    if (memory != NULL) {
        size_t bytes;
        const uint8_t *at = gvm_wasm_memory_data(memory, &bytes);
        for (size_t k = 0; k < bytes && k < 4096; k++) h = mix(h, at[k]);
    }
    return h;
}

static uint64_t run(gvm_wasm_module *m, gvm_wasm_store *s, bool interpret) {
    gvm_wasm_exec *e = gvm_wasm_exec_new(1 << 16);
    uint32_t len = gvm_wasm_module_imports(m);
    gvm_wasm_extern *imports = calloc(len + 1u, sizeof *imports);
    GVM_ASSERT(e != NULL && imports != NULL);
    gvm_wasm_exec_interpret(e, interpret);
    gvm_wasm_instance *i;
    bool made = true;
    for (uint32_t k = 0; k < len && made; k++) {
        gvm_wasm_declaration d;
        gvm_wasm_module_import(m, &d, k);
        made = provide(s, &imports[k], &d);
    }
    uint64_t h = 0;
    gvm_wasm_exec_set_fuel(e, 20000000);
    gvm_status status =
        made ? gvm_wasm_instantiate(s, &i, e, NULL, m, imports, len) : GVM_ERR_NOMEM;
    h = mix(h, (uint64_t)status);
    if (status == GVM_OK) h = mix(h, run_exports(i, e));
    free(imports);
    gvm_wasm_exec_delete(e);
    gvm_wasm_store_reset(s);
    return h;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    gvm_wasm_module *m;
    if (gvm_wasm_load(&m, NULL, gvm_bytes_make(data, len), &gvm_wasm_limits_contract) != GVM_OK)
        return 0;
    gvm_wasm_store *s = gvm_wasm_store_new();
    gvm_wasm_store_limit_memory(s, 256);
    gvm_status compiled = gvm_wasm_module_compile(m);
    GVM_ASSERT(compiled == GVM_OK || compiled == GVM_ERR_UNSUPPORTED);
    uint64_t first = run(m, s, true), second = run(m, s, false);
    GVM_ASSERT(first == second);
    gvm_wasm_store_delete(s);
    gvm_wasm_module_delete(m);
    return 0;
}
