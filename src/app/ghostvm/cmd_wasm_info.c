/* What is in a module. All is collected into one JSON document, from which the text for people is
 * made as well: so both say the same. */
#include "app/ghostvm/cmd.h"
#include "app/ghostvm/wasm_tool.h"

#include <stdio.h>

static const gvm_setting_option options[] = {
    GVM_TOOL_JSON,
    GVM_TOOL_OPTION("functions", BOOL, "true", NULL, "Lists the functions with their gas."),
};
static const gvm_tool_spec spec = {
    .usage = "wasm info [OPTIONS] FILE",
    .about =
        "Shows what is in a WebAssembly module: sizes, imports, exports, sections, and for each "
        "function its\nsize and gas: at entry (its first straight line, taken whole), and the sum "
        "of all its code,\neach instruction once. Says why a contract of it would be refused. FILE "
        "is a module, stored code,\nhex of either, an artifact (.json), or - for standard input.",
    .examples = "  ghostvm wasm info build/counter.wasm\n"
                "  ghostvm wasm info --no-functions --json build/counter.wasm\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .args_min = 1,
    .args_max = 1,
};

typedef struct maker {
    gvm_tool *t;
    yyjson_mut_doc *doc;
    gvm_wasm_module *m;
    gvm_bytes bytes;
} maker;

static void add_text(maker *k, yyjson_mut_val *o, const char *key, gvm_bytes text) {
    yyjson_mut_obj_add_val(
        k->doc, o, key,
        yyjson_mut_strncpy(k->doc, text.len == 0 ? "" : (const char *)text.ptr, text.len));
}

/* A name of debug information, which nobody has checked. */
static void add_name(maker *k, yyjson_mut_val *o, const char *key, gvm_bytes name) {
    gvm_buf text = {0};
    for (size_t i = 0; i < name.len; i++)
        gvm_buf_put(&text, name.ptr[i] >= 0x20 && name.ptr[i] < 0x7f ? name.ptr[i] : '?');
    if (!text.failed) add_text(k, o, key, gvm_buf_bytes(&text));
    gvm_buf_free(&text);
}

static void add_buf(maker *k, yyjson_mut_val *o, const char *key, gvm_buf *text) {
    if (!text->failed) add_text(k, o, key, gvm_buf_bytes(text));
    gvm_buf_free(text);
}

static void add_gas(maker *k, yyjson_mut_val *o, const char *key, uint64_t units) {
    gvm_buf text = {0};
    gvm_wasm_tool_put_gas(&text, units);
    add_buf(k, o, key, &text);
}

/* ---- imports and exports */

static void put_limits(gvm_buf *out, const gvm_wasm_declaration *d, const char *of) {
    gvm_buf_printf(out, "%llu", (unsigned long long)d->min);
    if (d->max != UINT64_MAX) gvm_buf_printf(out, " to %llu", (unsigned long long)d->max);
    gvm_buf_printf(out, " %s", of);
}

static void add_declaration(maker *k, yyjson_mut_val *list, const gvm_wasm_declaration *d,
                            bool import) {
    static const char *const kinds[] = {"func", "table", "memory", "global"};
    yyjson_mut_val *o = yyjson_mut_arr_add_obj(k->doc, list);
    gvm_buf type = {0};
    if (import) add_text(k, o, "module", d->module);
    add_text(k, o, "name", d->name);
    yyjson_mut_obj_add_str(k->doc, o, "kind", kinds[d->kind]);
    switch (d->kind) {
    case GVM_WASM_KIND_FUNC: gvm_wasm_tool_put_type(&type, d->func); break;
    case GVM_WASM_KIND_TABLE: put_limits(&type, d, gvm_wasm_tool_type_name(d->type)); break;
    case GVM_WASM_KIND_MEMORY: put_limits(&type, d, "pages"); break;
    default:
        gvm_buf_printf(&type, "%s%s", d->mutable_global ? "mutable " : "",
                       gvm_wasm_tool_type_name(d->type));
    }
    add_buf(k, o, "type", &type);
}

static void add_declarations(maker *k, yyjson_mut_val *root) {
    yyjson_mut_val *imports = yyjson_mut_obj_add_arr(k->doc, root, "imports");
    yyjson_mut_val *exports = yyjson_mut_obj_add_arr(k->doc, root, "exports");
    gvm_wasm_declaration d;
    for (uint32_t i = 0; i < gvm_wasm_module_imports(k->m); i++) {
        gvm_wasm_module_import(k->m, &d, i);
        add_declaration(k, imports, &d, true);
    }
    for (uint32_t i = 0; i < gvm_wasm_module_exports(k->m); i++) {
        gvm_wasm_module_export(k->m, &d, i);
        add_declaration(k, exports, &d, false);
    }
}

/* ---- sections: the module is valid, so their frames are */

static uint32_t read_leb(const uint8_t **p) {
    uint32_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
        uint8_t byte = *(*p)++;
        value |= (uint32_t)(byte & 0x7f) << shift;
        if (byte < 0x80) return value;
    }
}

static void add_sections(maker *k, yyjson_mut_val *root) {
    static const char *const names[] = {"custom", "type",   "import",    "function", "table",
                                        "memory", "global", "export",    "start",    "element",
                                        "code",   "data",   "data count"};
    yyjson_mut_val *list = yyjson_mut_obj_add_arr(k->doc, root, "sections");
    const uint8_t *p = k->bytes.ptr + 8, *end = k->bytes.ptr + k->bytes.len;
    while (p < end) {
        yyjson_mut_val *o = yyjson_mut_arr_add_obj(k->doc, list);
        uint64_t offset = (uint64_t)(p - k->bytes.ptr);
        uint8_t id = *p++;
        uint32_t size = read_leb(&p);
        const uint8_t *next = p + size;
        yyjson_mut_obj_add_str(k->doc, o, "section", names[id]);
        yyjson_mut_obj_add_uint(k->doc, o, "offset", offset);
        yyjson_mut_obj_add_uint(k->doc, o, "bytes", size);
        if (id == 0) {
            uint32_t len = read_leb(&p);
            add_text(k, o, "name", gvm_bytes_make(p, len));
        }
        p = next;
    }
}

/* ---- functions */

static void add_functions(maker *k, yyjson_mut_val *root) {
    yyjson_mut_val *list = yyjson_mut_obj_add_arr(k->doc, root, "functions");
    gvm_wasm_func_report r;
    gvm_bytes name;
    for (uint32_t i = gvm_wasm_module_imported_funcs(k->m); gvm_wasm_module_func(k->m, &r, i);
         i++) {
        yyjson_mut_val *o = yyjson_mut_arr_add_obj(k->doc, list);
        gvm_buf type = {0};
        yyjson_mut_obj_add_uint(k->doc, o, "index", i);
        if (gvm_wasm_module_func_name(k->m, &name, i)) add_name(k, o, "name", name);
        gvm_wasm_tool_put_type(&type, r.type);
        add_buf(k, o, "type", &type);
        yyjson_mut_obj_add_uint(k->doc, o, "offset", r.offset);
        yyjson_mut_obj_add_uint(k->doc, o, "bytes", r.bytes);
        yyjson_mut_obj_add_uint(k->doc, o, "stack", r.stack_bytes);
        add_gas(k, o, "entryGas", r.entry_units);
        add_gas(k, o, "staticGas", r.all_units);
        if (r.native_bytes != 0) yyjson_mut_obj_add_uint(k->doc, o, "native", r.native_bytes);
    }
}

static void add_sizes(maker *k, yyjson_mut_val *root) {
    gvm_wasm_sizes s;
    gvm_wasm_module_sizes(k->m, &s);
    yyjson_mut_val *o = yyjson_mut_obj_add_obj(k->doc, root, "sizes");
    yyjson_mut_obj_add_uint(k->doc, o, "bytes", k->bytes.len);
    yyjson_mut_obj_add_uint(k->doc, o, "functions", s.functions);
    yyjson_mut_obj_add_uint(k->doc, o, "importedFunctions", gvm_wasm_module_imported_funcs(k->m));
    yyjson_mut_obj_add_uint(k->doc, o, "globals", s.globals);
    yyjson_mut_obj_add_uint(k->doc, o, "tableElements", s.table_elements);
    yyjson_mut_obj_add_uint(k->doc, o, "memoryPages", s.memory_pages);
    yyjson_mut_obj_add_uint(k->doc, o, "dataBytes", s.data_bytes);
    if (gvm_wasm_module_compile(k->m) == GVM_OK)
        yyjson_mut_obj_add_uint(k->doc, o, "native", gvm_wasm_module_native_bytes(k->m));
    yyjson_mut_obj_add_bool(k->doc, root, "start", gvm_wasm_module_has_start(k->m));
}

/* ---- for people: from the document */

static yyjson_mut_val *at(yyjson_mut_val *o, const char *key) {
    return yyjson_mut_obj_get(o, key);
}
static const char *text_at(yyjson_mut_val *o, const char *key) {
    const char *text = yyjson_mut_get_str(at(o, key));
    return text == NULL ? "" : text;
}
static unsigned long long number_at(yyjson_mut_val *o, const char *key) {
    return yyjson_mut_get_uint(at(o, key));
}

/* Names are a stranger's: nothing in them may move the terminal's cursor. */
static void put_name(gvm_buf *out, yyjson_mut_val *name) {
    const char *text = yyjson_mut_get_str(name);
    for (size_t i = 0; text != NULL && i < yyjson_mut_get_len(name); i++) {
        uint8_t c = (uint8_t)text[i];
        gvm_buf_put(out, c < 0x20 || c == 0x7f ? '?' : c);
    }
}

static void name_row(const gvm_tool *t, const char *label, yyjson_mut_val *o, const char *format,
                     const char *more) {
    gvm_buf name = {0};
    if (at(o, "module") != NULL) {
        put_name(&name, at(o, "module"));
        gvm_buf_put(&name, '.');
    }
    put_name(&name, at(o, "name"));
    gvm_buf_put(&name, 0);
    if (!name.failed) gvm_tool_row(t, label, format, (const char *)name.ptr, more);
    gvm_buf_free(&name);
}

static void show_lists(const gvm_tool *t, yyjson_mut_val *root) {
    static const char *const keys[] = {"imports", "exports"}, *const labels[] = {"import",
                                                                                 "export"};
    yyjson_mut_val *o;
    size_t i, max;
    for (int k = 0; k < 2; k++) {
        yyjson_mut_arr_foreach(at(root, keys[k]), i, max, o) {
            gvm_buf more = {0};
            const char *kind = text_at(o, "kind");
            gvm_buf_printf(&more, "%s%s%s", strcmp(kind, "func") == 0 ? "" : kind,
                           strcmp(kind, "func") == 0 ? "" : " ", text_at(o, "type"));
            gvm_buf_put(&more, 0);
            if (!more.failed) name_row(t, labels[k], o, "%s %s", (const char *)more.ptr);
            gvm_buf_free(&more);
        }
    }
    yyjson_mut_arr_foreach(at(root, "sections"), i, max, o) {
        char size[64];
        snprintf(size, sizeof size, "%llu bytes at 0x%llx", number_at(o, "bytes"),
                 number_at(o, "offset"));
        if (at(o, "name") != NULL)
            name_row(t, "custom section", o, "%s, %s", size);
        else
            gvm_tool_row(t, "section", "%s, %s", text_at(o, "section"), size);
    }
}

static void show_functions(const gvm_tool *t, yyjson_mut_val *root) {
    yyjson_mut_val *o;
    size_t i, max;
    if (yyjson_mut_arr_size(at(root, "functions")) == 0) return;
    printf("\n%5s %8s %6s %6s %7s %10s %10s  %s\n", "func", "offset", "bytes", "native", "stack",
           "entry gas", "all gas", "name");
    yyjson_mut_arr_foreach(at(root, "functions"), i, max, o) {
        gvm_buf name = {0};
        put_name(&name, at(o, "name"));
        gvm_buf_printf(&name, "%s%s", name.len == 0 ? "" : " ", text_at(o, "type"));
        printf("%5llu %8llx %6llu %6llu %7llu %10s %10s  %.*s\n", number_at(o, "index"),
               number_at(o, "offset"), number_at(o, "bytes"), number_at(o, "native"),
               number_at(o, "stack"), text_at(o, "entryGas"), text_at(o, "staticGas"),
               (int)name.len, (const char *)name.ptr);
        gvm_buf_free(&name);
    }
    (void)t;
}

static void show(const gvm_tool *t, yyjson_mut_val *root) {
    yyjson_mut_val *sizes = at(root, "sizes"), *contract = at(root, "contract");
    bool good = yyjson_mut_get_bool(at(contract, "accepted"));
    if (good)
        gvm_tool_row(t, "contract", "%saccepted%s", gvm_tool_good(t), gvm_tool_plain(t));
    else
        gvm_tool_row(t, "contract", "%srefused%s: %s", gvm_tool_bad(t), gvm_tool_plain(t),
                     text_at(contract, "reason"));
    gvm_tool_row(t, "bytes", "%llu", number_at(sizes, "bytes"));
    if (at(sizes, "native") != NULL)
        gvm_tool_row(t, "compiled", "%llu bytes", number_at(sizes, "native"));
    gvm_tool_row(t, "functions", "%llu, and %llu imported", number_at(sizes, "functions"),
                 number_at(sizes, "importedFunctions"));
    gvm_tool_row(t, "memory", "%llu pages at first, %llu bytes of data",
                 number_at(sizes, "memoryPages"), number_at(sizes, "dataBytes"));
    gvm_tool_row(t, "globals", "%llu", number_at(sizes, "globals"));
    gvm_tool_row(t, "table", "%llu elements", number_at(sizes, "tableElements"));
    if (yyjson_mut_get_bool(at(root, "start"))) gvm_tool_row(t, "start", "runs when made");
    show_lists(t, root);
    show_functions(t, root);
}

/* ---- the command */

/* Under `contract`, and where that refuses it, at least under `core`. */
static gvm_status load(maker *k, yyjson_mut_val *root) {
    gvm_wasm_refusal why = {0};
    yyjson_mut_val *o = yyjson_mut_obj_add_obj(k->doc, root, "contract");
    gvm_error err = {.code = GVM_OK};
    gvm_status status = gvm_wasm_tool_contract(&k->m, &why, k->bytes, &err);
    if (status == GVM_ERR_NOMEM) return status;
    yyjson_mut_obj_add_bool(k->doc, o, "accepted", status == GVM_OK);
    if (status == GVM_OK) return status;
    if (why.status != GVM_OK) yyjson_mut_obj_add_uint(k->doc, o, "offset", why.offset);
    yyjson_mut_obj_add_strcpy(k->doc, o, "reason", gvm_error_text(&err));
    status = gvm_wasm_load(&k->m, &why, k->bytes, NULL);
    if (status == GVM_OK || status == GVM_ERR_NOMEM) return status;
    return gvm_error_set(&k->t->err, status, "refused at 0x%llx: %s",
                         (unsigned long long)why.offset, why.text);
}

static gvm_status run(gvm_tool *t) {
    gvm_buf file = {0};
    gvm_status status = gvm_wasm_tool_read(t, &file, t->args[0]);
    maker k = {.t = t, .doc = yyjson_mut_doc_new(NULL), .bytes = gvm_buf_bytes(&file)};
    t->working = true;
    if (status == GVM_OK && k.doc == NULL) status = GVM_ERR_NOMEM;
    if (status == GVM_OK) {
        yyjson_mut_val *root = yyjson_mut_obj(k.doc);
        yyjson_mut_doc_set_root(k.doc, root);
        status = load(&k, root);
        if (status == GVM_OK) {
            add_sizes(&k, root);
            add_declarations(&k, root);
            add_sections(&k, root);
            if (gvm_settings_bool(&t->settings, "functions")) add_functions(&k, root);
            if (!t->json) show(t, root);
        }
    }
    if (status == GVM_OK && t->json)
        status = gvm_tool_print_doc(k.doc);
    else
        yyjson_mut_doc_free(k.doc);
    gvm_wasm_module_delete(k.m);
    gvm_buf_free(&file);
    return status;
}

int gvm_cmd_wasm_info(int argc, char **argv) {
    gvm_tool t;
    int code = gvm_tool_open(&t, &spec, argc, argv);
    return code >= 0 ? code : gvm_tool_close(&t, run(&t));
}
