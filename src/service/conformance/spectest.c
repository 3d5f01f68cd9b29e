/* All files of a path are taken into memory first (an archive may hold a script before or behind
 * its modules), sorted by name; then each script runs in a store of its own, against the host
 * module `spectest` that the suite expects. */
#include "service/conformance/spectest.h"

#include "codec/archive.h"
#include "vm/wasm/wasm.h"

#include <stdio.h>
#include <stdlib.h>
#include <yyjson.h>

typedef struct file {
    char *name;
    gvm_buf data;
} file;

typedef struct files {
    file *at;
    size_t len, cap;
} files;

/* ---- files */

static bool ends_with(const char *name, const char *end) {
    size_t n = strlen(name), m = strlen(end);
    return n >= m && strcmp(name + n - m, end) == 0;
}

static bool want(void *ctx, const char *name) {
    (void)ctx;
    return ends_with(name, ".json") || ends_with(name, ".wasm");
}

static gvm_status take(void *ctx, const char *name, gvm_bytes data) {
    files *all = ctx;
    if (all->len == all->cap) {
        size_t cap = all->cap ? all->cap * 2 : 64;
        file *at = realloc(all->at, cap * sizeof *at);
        if (at == NULL) return GVM_ERR_NOMEM;
        all->at = at;
        all->cap = cap;
    }
    file *f = &all->at[all->len];
    *f = (file){.name = strdup(name)};
    if (f->name == NULL) return GVM_ERR_NOMEM;
    all->len++;
    gvm_buf_append(&f->data, data.ptr, data.len);
    return gvm_buf_status(&f->data);
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const file *)a)->name, ((const file *)b)->name);
}

static const file *find(const files *all, const char *name) {
    file key = {.name = (char *)(uintptr_t)name};
    return bsearch(&key, all->at, all->len, sizeof key, by_name);
}

static void free_files(files *all) {
    for (size_t i = 0; i < all->len; i++) {
        free(all->at[i].name);
        gvm_buf_free(&all->at[i].data);
    }
    free(all->at);
}

/* ---- a script */

#define NAMES 64
typedef struct named {
    char name[64];
    gvm_wasm_instance *instance;
} named;

typedef struct script {
    const files *all;
    const char *path;
    bool compile;
    gvm_wasm_store *store;
    gvm_wasm_exec *exec;
    gvm_wasm_instance *current;
    named modules[NAMES], registered[NAMES];
    size_t modules_len, registered_len;
    gvm_wasm_extern host[16]; /* spectest.* by host_names */
    char why[256];
} script;

static const char *const host_names[] = {
    "print",         "print_i32",     "print_i64",  "print_f32",  "print_f64",
    "print_i32_f32", "print_f64_f64", "global_i32", "global_i64", "global_f32",
    "global_f64",    "table",         "memory",     NULL};

static gvm_status print_nothing(void *ctx, gvm_wasm_exec *exec, uint64_t *slots) {
    (void)ctx, (void)exec, (void)slots;
    return GVM_OK;
}

static bool make_host(script *s) {
    static const uint8_t types[][2] = {{0, 0},
                                       {GVM_WASM_I32, 0},
                                       {GVM_WASM_I64, 0},
                                       {GVM_WASM_F32, 0},
                                       {GVM_WASM_F64, 0},
                                       {GVM_WASM_I32, GVM_WASM_F32},
                                       {GVM_WASM_F64, GVM_WASM_F64}};
    for (size_t i = 0; i < 7; i++) {
        gvm_wasm_functype t = {.types = types[i],
                               .params =
                                   (types[i][0] != 0 ? 1u : 0u) + (types[i][1] != 0 ? 1u : 0u)};
        s->host[i] =
            (gvm_wasm_extern){.kind = GVM_WASM_KIND_FUNC,
                              .func = gvm_wasm_func_new(s->store, &t, print_nothing, NULL)};
    }
    static const uint8_t global_types[] = {GVM_WASM_I32, GVM_WASM_I64, GVM_WASM_F32, GVM_WASM_F64};
    /* 666, 666, and 666.6 as f32 and f64 */
    static const uint64_t global_values[] = {666, 666, 0x4426a666, 0x4084d4cccccccccd};
    for (size_t i = 0; i < 4; i++) {
        gvm_wasm_value value = {.i64 = global_values[i]};
        s->host[7 + i] = (gvm_wasm_extern){
            .kind = GVM_WASM_KIND_GLOBAL,
            .global = gvm_wasm_global_new(s->store, global_types[i], false, value)};
    }
    s->host[11] =
        (gvm_wasm_extern){.kind = GVM_WASM_KIND_TABLE,
                          .table = gvm_wasm_table_new(s->store, GVM_WASM_FUNCREF, 10, 20)};
    s->host[12] = (gvm_wasm_extern){.kind = GVM_WASM_KIND_MEMORY,
                                    .memory = gvm_wasm_memory_new(s->store, 1, 2)};
    for (size_t i = 0; i < 13; i++)
        if (s->host[i].func == NULL) return false;
    return true;
}

static void name_module(named *list, size_t *len, const char *name, gvm_wasm_instance *i) {
    size_t at = 0;
    while (at < *len && strcmp(list[at].name, name) != 0) at++;
    if (at == NAMES) return;
    snprintf(list[at].name, sizeof list[at].name, "%s", name);
    list[at].instance = i;
    if (at == *len) (*len)++;
}

static gvm_wasm_instance *named_module(const named *list, size_t len, const char *name) {
    for (size_t i = 0; i < len; i++)
        if (strcmp(list[i].name, name) == 0) return list[i].instance;
    return NULL;
}

static const char *text_of(yyjson_val *command, const char *key) {
    const char *text = yyjson_get_str(yyjson_obj_get(command, key));
    return text != NULL ? text : "";
}

#define FAIL(s, ...)                                     \
    do {                                                 \
        snprintf((s)->why, sizeof(s)->why, __VA_ARGS__); \
        return false;                                    \
    } while (0)

/* ---- modules */

static bool resolve(script *s, gvm_wasm_extern *out, const gvm_wasm_declaration *d) {
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)d->module.len, (const char *)d->module.ptr);
    if (strcmp(name, "spectest") == 0) {
        for (size_t i = 0; host_names[i] != NULL; i++) {
            if (gvm_bytes_equal(d->name, gvm_bytes_str(host_names[i]))) {
                *out = s->host[i];
                return true;
            }
        }
    }
    gvm_wasm_instance *i = named_module(s->registered, s->registered_len, name);
    return i != NULL && gvm_wasm_instance_export(i, out, d->name);
}

static gvm_status load(script *s, gvm_wasm_module **out, yyjson_val *command) {
    char name[512];
    const char *slash = strrchr(s->path, '/');
    int folder = slash != NULL ? (int)(slash - s->path) + 1 : 0;
    snprintf(name, sizeof name, "%.*s%s", folder, s->path, text_of(command, "filename"));
    const file *f = find(s->all, name);
    if (f == NULL) {
        snprintf(s->why, sizeof s->why, "no file %.200s", name);
        return GVM_ERR_NOT_FOUND;
    }
    gvm_wasm_refusal refusal;
    gvm_status status =
        gvm_wasm_load(out, &refusal, gvm_buf_bytes(&f->data), &gvm_wasm_limits_core);
    if (status != GVM_OK)
        snprintf(s->why, sizeof s->why, "refused at 0x%llx: %s", (unsigned long long)refusal.offset,
                 refusal.text);
    return status;
}

/* Loads, links, instantiates. The module is held by its instance. */
static gvm_status instantiate(script *s, gvm_wasm_instance **out, yyjson_val *command) {
    gvm_wasm_module *m;
    GVM_TRY(load(s, &m, command));
    if (s->compile) {
        gvm_status compiled = gvm_wasm_module_compile(m);
        if (compiled != GVM_OK) {
            snprintf(s->why, sizeof s->why, "not compiled: %s", gvm_status_text(compiled));
            gvm_wasm_module_delete(m);
            return compiled;
        }
    }
    uint32_t len = gvm_wasm_module_imports(m);
    gvm_wasm_extern *imports = calloc(len + 1u, sizeof *imports);
    gvm_status status = imports == NULL ? GVM_ERR_NOMEM : GVM_OK;
    for (uint32_t i = 0; i < len && status == GVM_OK; i++) {
        gvm_wasm_declaration d;
        gvm_wasm_module_import(m, &d, i);
        if (!resolve(s, &imports[i], &d)) {
            snprintf(s->why, sizeof s->why, "unknown import %.*s.%.*s", (int)d.module.len,
                     (const char *)d.module.ptr, (int)d.name.len, (const char *)d.name.ptr);
            status = GVM_ERR_WASM_LINK;
        }
    }
    gvm_error err = {.code = GVM_OK};
    if (status == GVM_OK) {
        status = gvm_wasm_instantiate(s->store, out, s->exec, &err, m, imports, len);
        if (status != GVM_OK) snprintf(s->why, sizeof s->why, "%.250s", gvm_error_text(&err));
    }
    free(imports);
    gvm_wasm_module_delete(m);
    return status;
}

/* ---- values */

static uint64_t number_of(yyjson_val *v) {
    const char *text = yyjson_get_str(v);
    if (text == NULL) return yyjson_get_uint(v);
    return text[0] == '-' ? (uint64_t)strtoll(text, NULL, 10) : strtoull(text, NULL, 10);
}

static unsigned lanes_of(const char *lane_type) {
    return lane_type[1] == '8' ? 16 : lane_type[1] == '1' ? 8 : lane_type[1] == '3' ? 4 : 2;
}

static bool value_of(gvm_wasm_value *out, uint8_t *type, yyjson_val *v) {
    const char *name = text_of(v, "type");
    yyjson_val *value = yyjson_obj_get(v, "value");
    static const struct {
        const char *name;
        uint8_t type;
    } types[] = {{"i32", GVM_WASM_I32},
                 {"i64", GVM_WASM_I64},
                 {"f32", GVM_WASM_F32},
                 {"f64", GVM_WASM_F64},
                 {"v128", GVM_WASM_V128},
                 {"funcref", GVM_WASM_FUNCREF},
                 {"externref", GVM_WASM_EXTERNREF}};
    *out = (gvm_wasm_value){.v128 = {0, 0}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strcmp(types[i].name, name) != 0) continue;
        *type = types[i].type;
        if (*type == GVM_WASM_V128) {
            unsigned lanes = lanes_of(text_of(v, "lane_type")), size = 16 / lanes;
            for (unsigned k = 0; k < lanes; k++) {
                uint64_t lane = number_of(yyjson_arr_get(value, k));
                memcpy((uint8_t *)out->v128 + k * size, &lane, size);
            }
        } else if (gvm_bytes_equal(gvm_bytes_str(text_of(v, "value")), gvm_bytes_str("null"))) {
            return true;
        } else if (*type == GVM_WASM_EXTERNREF) {
            out->external = number_of(value) + 1; /* 0 is the null reference */
        } else {
            out->i64 = number_of(value);
        }
        return true;
    }
    return false;
}

/* `text` is a pattern of NaNs: 1 fits, 0 does not, -1 it is a number. */
static int nan_fits(const char *text, uint64_t bits, unsigned size) {
    if (text == NULL || strncmp(text, "nan:", 4) != 0) return -1;
    uint64_t quiet = size == 4 ? 0x7fc00000u : 0x7ff8000000000000u;
    uint64_t mask = size == 4 ? 0x7fffffffu : 0x7fffffffffffffffu;
    if (strcmp(text, "nan:canonical") == 0) return (bits & mask) == quiet;
    return (bits & quiet) == quiet;
}

static bool value_fits(yyjson_val *expected, gvm_wasm_value found, uint8_t found_type) {
    yyjson_val *either = yyjson_obj_get(expected, "values"), *item;
    size_t i, max;
    if (either != NULL) {
        yyjson_arr_foreach(either, i, max, item) {
            if (value_fits(item, found, found_type)) return true;
        }
        return false;
    }
    gvm_wasm_value want_value;
    uint8_t type;
    if (!value_of(&want_value, &type, expected) || type != found_type) return false;
    yyjson_val *value = yyjson_obj_get(expected, "value");
    switch (type) {
    case GVM_WASM_I32: return found.i64 == want_value.i32;
    case GVM_WASM_F32: {
        int nan = nan_fits(yyjson_get_str(value), found.f32, 4);
        return nan >= 0 ? nan == 1 : found.i64 == want_value.f32;
    }
    case GVM_WASM_F64: {
        int nan = nan_fits(yyjson_get_str(value), found.f64, 8);
        return nan >= 0 ? nan == 1 : found.f64 == want_value.f64;
    }
    case GVM_WASM_FUNCREF:
        return value == NULL ? found.func != NULL : found.func == want_value.func;
    case GVM_WASM_V128: {
        unsigned lanes = lanes_of(text_of(expected, "lane_type")), size = 16 / lanes;
        for (unsigned k = 0; k < lanes; k++) {
            uint64_t lane = 0;
            memcpy(&lane, (const uint8_t *)found.v128 + k * size, size);
            int nan = nan_fits(yyjson_get_str(yyjson_arr_get(value, k)), lane, size);
            if (nan == 0) return false;
            if (nan < 0 && memcmp((const uint8_t *)want_value.v128 + k * size, &lane, size) != 0)
                return false;
        }
        return true;
    }
    default: return found.i64 == want_value.i64;
    }
}

/* ---- actions */

#define VALUES 64
typedef struct outcome {
    gvm_status status;
    gvm_wasm_value values[VALUES];
    uint8_t types[VALUES];
    uint32_t len;
} outcome;

static bool act(script *s, outcome *out, yyjson_val *action) {
    const char *module = yyjson_get_str(yyjson_obj_get(action, "module"));
    gvm_wasm_instance *i =
        module != NULL ? named_module(s->modules, s->modules_len, module) : s->current;
    gvm_wasm_extern e;
    if (i == NULL) FAIL(s, "no module");
    yyjson_val *field = yyjson_obj_get(action, "field");
    if (!gvm_wasm_instance_export(i, &e,
                                  gvm_bytes_make(yyjson_get_str(field), yyjson_get_len(field))))
        FAIL(s, "no export %.200s", text_of(action, "field"));
    if (strcmp(text_of(action, "type"), "get") == 0) {
        if (e.kind != GVM_WASM_KIND_GLOBAL) FAIL(s, "not a global");
        out->status = GVM_OK;
        out->values[0] = gvm_wasm_global_get(e.global);
        out->types[0] = gvm_wasm_global_type(e.global);
        out->len = 1;
        return true;
    }
    if (e.kind != GVM_WASM_KIND_FUNC) FAIL(s, "not a function");
    const gvm_wasm_functype *t = gvm_wasm_func_type(e.func);
    yyjson_val *args = yyjson_obj_get(action, "args"), *arg;
    gvm_wasm_value values[VALUES];
    size_t k, max;
    if (yyjson_arr_size(args) != t->params || t->params > VALUES || t->results > VALUES)
        FAIL(s, "%u parameters, %zu arguments", t->params, yyjson_arr_size(args));
    yyjson_arr_foreach(args, k, max, arg) {
        uint8_t type;
        if (!value_of(&values[k], &type, arg) || type != t->types[k])
            FAIL(s, "argument %zu has another type", k);
    }
    out->status = gvm_wasm_call(s->exec, out->values, e.func, values);
    out->len = t->results;
    memcpy(out->types, t->types + t->params, t->results);
    return true;
}

static bool trap_is(script *s, const char *text) {
    const char *found = gvm_wasm_trap_text(gvm_wasm_exec_trap(s->exec)->code);
    size_t n = strlen(found);
    if (strncmp(found, text, n < strlen(text) ? n : strlen(text)) == 0) return true;
    FAIL(s, "expected trap \"%.80s\", found \"%s\"", text, found);
}

/* ---- commands */

static bool run_module(script *s, yyjson_val *command) {
    gvm_wasm_instance *i;
    s->current = NULL;
    if (instantiate(s, &i, command) != GVM_OK) return false;
    s->current = i;
    const char *name = yyjson_get_str(yyjson_obj_get(command, "name"));
    if (name != NULL) name_module(s->modules, &s->modules_len, name, i);
    return true;
}

static bool run_register(script *s, yyjson_val *command) {
    const char *name = yyjson_get_str(yyjson_obj_get(command, "name"));
    gvm_wasm_instance *i =
        name != NULL ? named_module(s->modules, s->modules_len, name) : s->current;
    if (i == NULL) FAIL(s, "no module to register");
    name_module(s->registered, &s->registered_len, text_of(command, "as"), i);
    return true;
}

static bool run_return(script *s, yyjson_val *command) {
    outcome out;
    if (!act(s, &out, yyjson_obj_get(command, "action"))) return false;
    if (out.status != GVM_OK) {
        gvm_wasm_trap_describe(s->why, sizeof s->why, gvm_wasm_exec_trap(s->exec));
        return false;
    }
    yyjson_val *expected = yyjson_obj_get(command, "expected"), *item;
    size_t i, max;
    if (strcmp(text_of(command, "type"), "action") == 0) return true;
    if (yyjson_arr_size(expected) != out.len) FAIL(s, "%u results", out.len);
    yyjson_arr_foreach(expected, i, max, item) {
        if (!value_fits(item, out.values[i], out.types[i]))
            FAIL(s, "result %zu is 0x%016llx%016llx", i, (unsigned long long)out.values[i].v128[1],
                 (unsigned long long)out.values[i].v128[0]);
    }
    return true;
}

static bool run_trap(script *s, yyjson_val *command, gvm_status wanted) {
    outcome out;
    if (!act(s, &out, yyjson_obj_get(command, "action"))) return false;
    if (out.status == GVM_OK) FAIL(s, "returned, expected \"%.80s\"", text_of(command, "text"));
    if (out.status != wanted) FAIL(s, "status %s", gvm_status_name(out.status));
    return trap_is(s, text_of(command, "text"));
}

static bool run_refused(script *s, yyjson_val *command) {
    gvm_wasm_module *m;
    gvm_status status = load(s, &m, command);
    if (status == GVM_ERR_WASM_MALFORMED || status == GVM_ERR_WASM_INVALID ||
        status == GVM_ERR_WASM_LIMIT)
        return true;
    if (status == GVM_OK) {
        gvm_wasm_module_delete(m);
        FAIL(s, "accepted, expected \"%.80s\"", text_of(command, "text"));
    }
    return false;
}

static bool run_uninstantiable(script *s, yyjson_val *command, bool link) {
    gvm_wasm_instance *i;
    gvm_status status = instantiate(s, &i, command);
    if (status == GVM_OK) FAIL(s, "instantiated, expected \"%.80s\"", text_of(command, "text"));
    if (link) return status == GVM_ERR_WASM_LINK;
    return status == GVM_ERR_WASM_TRAP && trap_is(s, text_of(command, "text"));
}

static bool is_text(yyjson_val *command) {
    return strcmp(text_of(command, "module_type"), "text") == 0 ||
           ends_with(text_of(command, "filename"), ".wat");
}

static bool run_command(script *s, yyjson_val *command) {
    const char *type = text_of(command, "type");
    snprintf(s->why, sizeof s->why, "failed");
    if (strcmp(type, "module") == 0) return run_module(s, command);
    if (strcmp(type, "register") == 0) return run_register(s, command);
    if (strcmp(type, "assert_return") == 0 || strcmp(type, "action") == 0)
        return run_return(s, command);
    if (strcmp(type, "assert_trap") == 0) return run_trap(s, command, GVM_ERR_WASM_TRAP);
    if (strcmp(type, "assert_exhaustion") == 0) return run_trap(s, command, GVM_ERR_WASM_STACK);
    if (strcmp(type, "assert_invalid") == 0 || strcmp(type, "assert_malformed") == 0)
        return run_refused(s, command);
    if (strcmp(type, "assert_unlinkable") == 0) return run_uninstantiable(s, command, true);
    if (strcmp(type, "assert_uninstantiable") == 0) return run_uninstantiable(s, command, false);
    FAIL(s, "unknown command");
}

/* A megabyte, as a contract's frame has it. */
#define STACK_BYTES (1u << 20)

static void script_delete(script *s) {
    if (s == NULL) return;
    gvm_wasm_exec_delete(s->exec);
    gvm_wasm_store_delete(s->store);
    free(s);
}

static script *script_new(const files *all, const char *path, bool compile) {
    script *s = calloc(1, sizeof *s);
    if (s == NULL) return NULL;
    *s = (script){.all = all, .path = path, .compile = compile};
    s->store = gvm_wasm_store_new();
    s->exec = gvm_wasm_exec_new(STACK_BYTES);
    if (s->store != NULL && s->exec != NULL && make_host(s)) return s;
    script_delete(s);
    return NULL;
}

/* One command on each engine; *why is the reason of the first that fails. */
static bool run_on_all(script *const *engines, size_t len, yyjson_val *command, const char **why) {
    static const char fuel[] = "the engines differ in fuel";
    for (size_t i = 0; i < len; i++) {
        *why = engines[i]->why;
        if (!run_command(engines[i], command)) return false;
    }
    *why = fuel;
    return len < 2 || gvm_wasm_exec_fuel(engines[0]->exec) == gvm_wasm_exec_fuel(engines[1]->exec);
}

static gvm_status run_script(script *const *engines, size_t len, gvm_bytes text,
                             gvm_spectest_totals *totals, const gvm_spectest_options *options) {
    yyjson_doc *doc = yyjson_read((const char *)text.ptr, text.len, 0);
    if (doc == NULL) return GVM_ERR_SYNTAX;
    yyjson_val *commands = yyjson_obj_get(yyjson_doc_get_root(doc), "commands"), *command;
    size_t i, max;
    totals->scripts++;
    yyjson_arr_foreach(commands, i, max, command) {
        gvm_spectest_verdict v = {.script = engines[0]->path,
                                  .line = yyjson_get_sint(yyjson_obj_get(command, "line")),
                                  .type = text_of(command, "type")};
        if (is_text(command)) {
            v.outcome = GVM_SPECTEST_SKIPPED;
            v.why = "about the text format";
            totals->skipped++;
        } else if (run_on_all(engines, len, command, &v.why)) {
            v.outcome = GVM_SPECTEST_PASSED;
            v.why = NULL;
            totals->passed++;
        } else {
            v.outcome = GVM_SPECTEST_FAILED;
            totals->failed++;
        }
        if (options->tell != NULL) options->tell(options->ctx, &v);
    }
    yyjson_doc_free(doc);
    return GVM_OK;
}

static gvm_status run_file(const files *all, const file *f, gvm_spectest_totals *totals,
                           const gvm_spectest_options *options) {
    script *engines[2] = {NULL, NULL};
    size_t len = 0;
    gvm_status status = GVM_ERR_NOMEM;
    if (options->engine != GVM_SPECTEST_COMPILED) engines[len++] = script_new(all, f->name, false);
    if (options->engine != GVM_SPECTEST_INTERPRETER)
        engines[len++] = script_new(all, f->name, true);
    if (engines[0] != NULL && engines[len - 1] != NULL)
        status = run_script(engines, len, gvm_buf_bytes(&f->data), totals, options);
    script_delete(engines[0]);
    script_delete(engines[1]);
    return status;
}

/* Whether modules can be compiled here, told by compiling one. */
static gvm_status probe(gvm_error *err) {
    static const uint8_t empty[] = {0, 'a', 's', 'm', 1, 0, 0, 0};
    gvm_wasm_module *m;
    GVM_TRY(gvm_wasm_load(&m, NULL, gvm_bytes_make(empty, sizeof empty), &gvm_wasm_limits_core));
    gvm_status status = gvm_wasm_module_compile(m);
    gvm_wasm_module_delete(m);
    if (status != GVM_OK)
        gvm_error_set(err, status, "modules cannot be compiled here: %s", gvm_status_text(status));
    return status;
}

gvm_status gvm_spectest_run(gvm_spectest_totals *totals, const char *path,
                            const gvm_spectest_options *options, gvm_error *err) {
    files all = {0};
    gvm_archive_visitor visitor = {.ctx = &all, .want = want, .visit = take};
    gvm_status status;
    size_t scripts = 0;
    if (options->engine != GVM_SPECTEST_INTERPRETER) GVM_TRY(probe(err));
    /* A script alone has its modules beside it. */
    char folder[512];
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    bool one = ends_with(path, ".json");
    if (one && slash != NULL) *slash = 0;
    if (one && slash == NULL) snprintf(folder, sizeof folder, ".");
    GVM_TRY_GOTO(gvm_archive_walk(folder, &visitor, &gvm_archive_default_limits, err));
    qsort(all.at, all.len, sizeof *all.at, by_name);
    for (size_t i = 0; i < all.len; i++) {
        const char *name = all.at[i].name;
        if (!ends_with(name, ".json")) continue;
        if (one && strcmp(strrchr(name, '/') + 1, slash != NULL ? slash + 1 : path) != 0) continue;
        scripts++;
        if (options->pattern != NULL && strstr(name, options->pattern) == NULL) continue;
        status = run_file(&all, &all.at[i], totals, options);
        if (status != GVM_OK) {
            gvm_error_set(err, status, "%s: %s", name, gvm_status_text(status));
            break;
        }
    }
    if (scripts == 0 && status == GVM_OK)
        status = gvm_error_set(err, GVM_ERR_NOT_FOUND, "%s: no script", path);
fail:
    free_files(&all);
    return status;
}
