/* Which modules are contracts: the interface that a module must have, and what the engine keeps of
 * it. */
#include "vm/wasmhost/host.h"

#include <stdlib.h>

/* Units that an instance costs, by what it consists of. Constants of the rules. */
enum {
    ENTRY_UNITS = 400000,
    FUNCTION_UNITS = 2500,
    GLOBAL_UNITS = 4000,
    ELEMENT_UNITS = 1000,
    DATA_BYTE_UNITS = 40,
};

void gvm_wasm_hostcall_type(gvm_wasm_functype *out, uint8_t types[12],
                            const gvm_wasm_hostcall *row) {
    *out = (gvm_wasm_functype){.types = types};
    uint32_t n = 0;
    bool results = false;
    for (const char *p = row->type; *p != '\0'; p++) {
        if (*p == '>') {
            results = true;
            continue;
        }
        types[n++] = *p == 'I' ? GVM_WASM_I64 : GVM_WASM_I32;
        if (results)
            out->results = out->result_slots = out->results + 1;
        else
            out->params = out->param_slots = out->params + 1;
    }
}

static bool type_is(const gvm_wasm_functype *type, const uint8_t *types, uint32_t params,
                    uint32_t results) {
    return type->params == params && type->results == results &&
           memcmp(type->types, types, params + results) == 0;
}

static gvm_status find_import(uint16_t *row, const gvm_wasm_declaration *d, gvm_error *err) {
    size_t count;
    const gvm_wasm_hostcall *rows = gvm_wasm_hostcalls(&count);
    int module = (int)d->module.len, name = (int)d->name.len;
    const char *m = (const char *)d->module.ptr, *n = (const char *)d->name.ptr;
    if (d->kind != GVM_WASM_KIND_FUNC)
        return gvm_error_set(err, GVM_ERR_WASM_LINK, "import %.*s.%.*s: not a function", module, m,
                             name, n);
    int found = gvm_wasm_hostcall_find(d->module, d->name);
    if (found < 0)
        return gvm_error_set(err, GVM_ERR_WASM_LINK, "import %.*s.%.*s: no such function", module,
                             m, name, n);
    if (rows[found].since == 0)
        return gvm_error_set(err, GVM_ERR_WASM_LINK, "import %.*s.%.*s: not available yet", module,
                             m, name, n);
    uint8_t types[12];
    gvm_wasm_functype type;
    gvm_wasm_hostcall_type(&type, types, &rows[found]);
    if (!type_is(d->func, types, type.params, type.results))
        return gvm_error_set(err, GVM_ERR_WASM_LINK, "import %.*s.%.*s: its type is %s", module, m,
                             name, n, rows[found].type);
    *row = (uint16_t)found;
    return GVM_OK;
}

static gvm_status find_imports(gvm_wasm_contract *c, gvm_error *err) {
    c->import_count = gvm_wasm_module_imports(c->module);
    if (c->import_count > sizeof c->imports / sizeof c->imports[0])
        return gvm_error_set(err, GVM_ERR_WASM_LIMIT, "%u imports", c->import_count);
    for (uint32_t i = 0; i < c->import_count; i++) {
        gvm_wasm_declaration d;
        gvm_wasm_module_import(c->module, &d, i);
        GVM_TRY(find_import(&c->imports[i], &d, err));
    }
    return GVM_OK;
}

/* true: there is an export of that name; its type must be the one given. */
static gvm_status find_entry(bool *there, const gvm_wasm_contract *c, const char *name,
                             uint32_t params, gvm_error *err) {
    static const uint8_t types[2] = {GVM_WASM_I32, GVM_WASM_I32};
    gvm_wasm_declaration d;
    *there = gvm_wasm_module_find_export(c->module, &d, gvm_bytes_str(name));
    if (!*there || (d.kind == GVM_WASM_KIND_FUNC && type_is(d.func, types, params, 1)))
        return GVM_OK;
    return gvm_error_set(err, GVM_ERR_WASM_LINK, "export %s: not a function of type (%s) -> i32",
                         name, params == 0 ? "" : "i32");
}

static gvm_status find_exports(gvm_wasm_contract *c, gvm_error *err) {
    gvm_wasm_declaration memory;
    bool invoke;
    if (!gvm_wasm_module_find_export(c->module, &memory, gvm_bytes_str("memory")) ||
        memory.kind != GVM_WASM_KIND_MEMORY)
        return gvm_error_set(err, GVM_ERR_WASM_LINK, "export memory: missing");
    c->pages = (uint32_t)memory.min;
    GVM_TRY(find_entry(&invoke, c, "invoke", 0, err));
    GVM_TRY(find_entry(&c->stylus, c, "user_entrypoint", 1, err));
    if (invoke && c->stylus)
        return gvm_error_set(err, GVM_ERR_WASM_LINK, "exports invoke and user_entrypoint: both");
    if (!invoke && !c->stylus)
        return gvm_error_set(err, GVM_ERR_WASM_LINK, "exports invoke and user_entrypoint: neither");
    return invoke ? find_entry(&c->has_init, c, "init", 0, err) : GVM_OK;
}

static gvm_status read_flags(gvm_wasm_contract *c, gvm_error *err) {
    gvm_bytes flags;
    if (!gvm_wasm_module_custom(c->module, &flags, gvm_bytes_str("ghost.flags"))) return GVM_OK;
    if (flags.len != 4)
        return gvm_error_set(err, GVM_ERR_WASM_LINK, "section ghost.flags: %zu bytes, expected 4",
                             flags.len);
    uint32_t bits = gvm_load_le32(flags.ptr);
    if (bits > 1)
        return gvm_error_set(err, GVM_ERR_WASM_LINK, "section ghost.flags: unknown bits 0x%x",
                             bits & ~1u);
    c->refuses_reentry = (bits & 1) != 0;
    return GVM_OK;
}

static void set_price(gvm_wasm_contract *c) {
    gvm_wasm_sizes s;
    gvm_wasm_module_sizes(c->module, &s);
    c->entry_units = ENTRY_UNITS + (int64_t)s.functions * FUNCTION_UNITS +
                     (int64_t)s.globals * GLOBAL_UNITS +
                     (int64_t)(s.table_elements + s.segment_elements) * ELEMENT_UNITS +
                     (int64_t)s.data_bytes * DATA_BYTE_UNITS;
}

static gvm_status examine(gvm_wasm_contract *c, gvm_error *err) {
    GVM_TRY(find_imports(c, err));
    GVM_TRY(find_exports(c, err));
    GVM_TRY(read_flags(c, err));
    set_price(c);
    return GVM_OK;
}

void gvm_wasm_contract_delete(gvm_wasm_contract *c) {
    if (c == NULL) return;
    gvm_wasm_module_delete(c->module);
    free(c);
}

static gvm_status load(gvm_wasm_contract **out, gvm_bytes module, gvm_error *err) {
    gvm_wasm_refusal refusal;
    gvm_wasm_contract *c = calloc(1, sizeof *c);
    if (c == NULL) return GVM_ERR_NOMEM;
    gvm_status status = gvm_wasm_load(&c->module, &refusal, module, &gvm_wasm_limits_contract);
    if (status == GVM_OK)
        status = examine(c, err);
    else if (status != GVM_ERR_NOMEM)
        (void)gvm_error_set(err, status, "at 0x%llx: %s", (unsigned long long)refusal.offset,
                            refusal.text);
    if (status != GVM_OK) {
        gvm_wasm_contract_delete(c);
        return status;
    }
    *out = c;
    return GVM_OK;
}

gvm_status gvm_wasm_contract_load(gvm_wasm_contract **out, gvm_bytes module, gvm_error *err) {
    gvm_wasm_contract *c;
    GVM_TRY(load(&c, module, err));
    gvm_status status = gvm_wasm_module_compile(c->module);
    if (status != GVM_OK && status != GVM_ERR_UNSUPPORTED) {
        gvm_wasm_contract_delete(c);
        return status;
    }
    *out = c;
    return GVM_OK;
}

/* Compiles, writes that to the disk, and takes it from there, so that it need not stay. */
static gvm_status compile_kept(gvm_wasm_module *m, gvm_wasm_disk *disk, const gvm_hash *code_hash) {
    const gvm_wasm_limits *limits = &gvm_wasm_limits_contract;
    gvm_status status = gvm_wasm_disk_load(disk, m, limits, code_hash);
    if (status != GVM_ERR_NOT_FOUND) return status;
    GVM_TRY(gvm_wasm_module_compile(m));
    if (gvm_wasm_disk_save(disk, m, limits, code_hash) != GVM_OK) return GVM_OK; /* a full disk */
    if (!gvm_wasm_image_possible()) return GVM_OK;
    gvm_wasm_module_detach(m);
    status = gvm_wasm_disk_load(disk, m, limits, code_hash);
    return status == GVM_ERR_NOT_FOUND ? gvm_wasm_module_compile(m) : status;
}

gvm_status gvm_wasm_contract_load_kept(gvm_wasm_contract **out, gvm_bytes module,
                                       gvm_wasm_disk *disk, const gvm_hash *code_hash) {
    gvm_wasm_contract *c;
    if (disk == NULL) return gvm_wasm_contract_load(out, module, NULL);
    GVM_TRY(load(&c, module, NULL));
    gvm_wasm_module_trim(c->module);
    gvm_status status = compile_kept(c->module, disk, code_hash);
    if (status != GVM_OK && status != GVM_ERR_UNSUPPORTED) {
        gvm_wasm_contract_delete(c);
        return status;
    }
    *out = c;
    return GVM_OK;
}

gvm_status gvm_wasm_contract_check(gvm_bytes module, gvm_error *err) {
    gvm_wasm_contract *c;
    GVM_TRY(load(&c, module, err));
    gvm_wasm_contract_delete(c);
    return GVM_OK;
}
