/* Two ways to run a module: as WebAssembly alone, a function with arguments; and as a contract, on
 * a state made up for it, with calldata. `--engine both` runs everything twice and compares. */
#include "app/ghostvm/cmd.h"
#include "app/ghostvm/wasm_tool.h"
#include "codec/hex.h"
#include "service/client/amount.h"
#include "service/evmrun.h"
#include "vm/trace/record.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const gvm_setting_option options[] = {
    GVM_TOOL_JSON,
    {.name = "engine",
     .type = GVM_SETTING_CHOICE,
     .choices = "interp|jit|both",
     .fallback = "jit",
     .help = "Interpreter, compiled code, or both, which must then agree in everything."},
    GVM_WASM_TOOL_PROFILERS,
    GVM_TOOL_OPTION("fuel", NUMBER, NULL, "UNITS",
                    "What a function may use; 10,000 units are one gas. Default: no limit."),
    {.name = "stack",
     .type = GVM_SETTING_SIZE,
     .fallback = "1MiB",
     .help = "The stack account of a function.",
     .min = 4096,
     .max = 1 << 30},
    GVM_TOOL_OPTION("contract", BOOL, NULL, NULL,
                    "Calls the module as a contract; there is no FUNCTION then."),
    GVM_TOOL_OPTION("calldata", TEXT, "0x", "HEX", "What a contract is called with."),
    GVM_TOOL_OPTION("create", BOOL, NULL, NULL,
                    "Deploys the contract instead: calldata is the constructor's."),
    GVM_TOOL_OPTION("gas", NUMBER, "10000000", "GAS", "What a contract may use."),
    GVM_TOOL_OPTION("value", TEXT, "0", "AMOUNT", "What goes along: 1.5gcc, 30gwei, 7wei."),
    GVM_TOOL_OPTION("from", TEXT, "0x00000000000000000000000000000000000000aa", "ADDRESS",
                    "Who calls."),
    GVM_TOOL_OPTION("to", TEXT, "0x00000000000000000000000000000000000000cc", "ADDRESS",
                    "Where the contract lies."),
};
static const gvm_tool_spec spec = {
    .usage = "wasm run [OPTIONS] FILE [FUNCTION [ARGUMENT...]]",
    .about =
        "Runs a function of a WebAssembly module (profile `core`, no imports), with arguments by "
        "its types:\nnumbers, decimal or hex; `nan`, `inf`; 32 hex digits for a v128; `null`. Or, "
        "with --contract, calls\nthe module as a contract on an empty state without a node. Ends "
        "with code 1 where it traps or\nreverts.",
    .examples = "  ghostvm wasm run --engine both fib.wasm fib 35\n"
                "  ghostvm wasm run --fuel 1000000 --json fib.wasm fib 35\n"
                "  ghostvm wasm run --contract --calldata 0x06661abd build/counter.wasm\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .args_min = 1,
    .args_max = SIZE_MAX,
};

enum { VALUES = 64 };
typedef enum engine { INTERPRETER = 1, COMPILED = 2, BOTH = 3 } engine;

static engine chosen(const gvm_tool *t) {
    const char *name = gvm_settings_text(&t->settings, "engine");
    return strcmp(name, "both") == 0 ? BOTH : strcmp(name, "jit") == 0 ? COMPILED : INTERPRETER;
}

/* ---- values as text */

static bool parse_int(uint64_t *out, const char *text, unsigned bits) {
    char *end;
    bool minus = text[0] == '-';
    const char *digits = text + minus;
    if (*digits < '0' || *digits > '9') return false;
    errno = 0;
    unsigned long long v = strtoull(digits, &end, 0);
    uint64_t max = bits == 32 ? UINT32_MAX : UINT64_MAX;
    if (errno != 0 || *end != '\0' || v > max || (minus && v > max / 2 + 1)) return false;
    *out = (minus ? 0 - (uint64_t)v : (uint64_t)v) & max;
    return true;
}

static bool parse_v128(gvm_wasm_value *out, const char *text) {
    uint8_t bytes[16];
    if (gvm_hex_decode_fixed(bytes, 16, gvm_bytes_str(text), GVM_HEX_PREFIX_OPTIONAL) != GVM_OK)
        return false;
    out->v128[0] = gvm_load_be64(bytes + 8);
    out->v128[1] = gvm_load_be64(bytes);
    return true;
}

static bool parse_value(gvm_wasm_value *out, uint8_t type, const char *text) {
    char *end;
    *out = (gvm_wasm_value){.v128 = {0, 0}};
    switch (type) {
    case GVM_WASM_I32: return parse_int(&out->i64, text, 32);
    case GVM_WASM_I64: return parse_int(&out->i64, text, 64);
    case GVM_WASM_F32: {
        float f = strtof(text, &end);
        memcpy(&out->f32, &f, 4);
        return end != text && *end == '\0';
    }
    case GVM_WASM_F64: {
        double f = strtod(text, &end);
        memcpy(&out->f64, &f, 8);
        return end != text && *end == '\0';
    }
    case GVM_WASM_V128: return parse_v128(out, text);
    default: return strcmp(text, "null") == 0;
    }
}

static void put_value(gvm_buf *out, const gvm_wasm_value *v, uint8_t type) {
    float f;
    double d;
    switch (type) {
    case GVM_WASM_I32: gvm_buf_printf(out, "%" PRId32, (int32_t)v->i32); break;
    case GVM_WASM_I64: gvm_buf_printf(out, "%" PRId64, (int64_t)v->i64); break;
    case GVM_WASM_F32:
        memcpy(&f, &v->f32, 4);
        gvm_buf_printf(out, "%.9g", (double)f);
        break;
    case GVM_WASM_F64:
        memcpy(&d, &v->f64, 8);
        gvm_buf_printf(out, "%.17g", d);
        break;
    case GVM_WASM_V128:
        gvm_buf_printf(out, "0x%016" PRIx64 "%016" PRIx64, v->v128[1], v->v128[0]);
        break;
    default: gvm_buf_str(out, v->i64 == 0 ? "null" : "a reference");
    }
}

/* ---- a function */

/* A run of a function, by one engine. */
typedef struct outcome {
    gvm_status status;
    gvm_wasm_trap trap;
    char trap_text[256];
    gvm_wasm_value results[VALUES];
    uint32_t len;
    uint8_t types[VALUES];
    int64_t used;
    uint64_t memory_hash; /* FNV-1a of all of it, for comparing */
} outcome;

static uint64_t hash_memory(const gvm_wasm_instance *i) {
    gvm_wasm_memory *memory = gvm_wasm_instance_memory(i);
    uint64_t h = 0xcbf29ce484222325;
    size_t len = 0;
    const uint8_t *p = memory == NULL ? NULL : gvm_wasm_memory_data(memory, &len);
    for (size_t k = 0; k + 8 <= len; k += 8) h = (h ^ gvm_load_le64(p + k)) * 0x100000001b3;
    return h ^ len;
}

static gvm_status read_arguments(gvm_tool *t, gvm_wasm_value *values,
                                 const gvm_wasm_functype *type) {
    size_t given = t->arg_count - 2;
    gvm_buf text = {0};
    gvm_status status = GVM_OK;
    gvm_wasm_tool_put_type(&text, type);
    if (type->params > VALUES || type->results > VALUES)
        status = gvm_error_set(&t->err, GVM_ERR_LIMIT, "at most %d parameters and results", VALUES);
    else if (given != type->params)
        status = gvm_error_set(&t->err, GVM_ERR_ARGUMENT, "%s has type %.*s; %zu arguments given",
                               t->args[1], (int)text.len, (const char *)text.ptr, given);
    for (uint32_t i = 0; i < type->params && status == GVM_OK; i++)
        if (!parse_value(&values[i], type->types[i], t->args[2 + i]))
            status = gvm_error_set(&t->err, GVM_ERR_ARGUMENT, "argument %u: \"%.60s\" is no %s",
                                   i + 1, t->args[2 + i], gvm_wasm_tool_type_name(type->types[i]));
    gvm_buf_free(&text);
    return status;
}

static gvm_status call(gvm_tool *t, outcome *out, gvm_wasm_exec *exec,
                       const gvm_wasm_instance *instance) {
    gvm_wasm_extern e;
    gvm_wasm_value values[VALUES];
    if (!gvm_wasm_instance_export(instance, &e, gvm_bytes_str(t->args[1])) ||
        e.kind != GVM_WASM_KIND_FUNC)
        return gvm_error_set(&t->err, GVM_ERR_NOT_FOUND,
                             "no exported function \"%.100s\"; `ghostvm wasm info` lists them",
                             t->args[1]);
    const gvm_wasm_functype *type = gvm_wasm_func_type(e.func);
    GVM_TRY(read_arguments(t, values, type));
    int64_t before = gvm_wasm_exec_fuel(exec);
    out->status = gvm_wasm_call(exec, out->results, e.func, values);
    out->used = before - gvm_wasm_exec_fuel(exec);
    out->memory_hash = hash_memory(instance);
    out->len = out->status == GVM_OK ? type->results : 0;
    memcpy(out->types, type->types + type->params, type->results);
    return GVM_OK;
}

/* One engine's run in a store of its own. */
static gvm_status run_function(gvm_tool *t, outcome *out, gvm_wasm_module *m, bool interpret) {
    gvm_wasm_store *store = gvm_wasm_store_new();
    gvm_wasm_exec *exec = gvm_wasm_exec_new((uint32_t)gvm_settings_number(&t->settings, "stack"));
    gvm_wasm_instance *instance;
    gvm_status status = store == NULL || exec == NULL ? GVM_ERR_NOMEM : GVM_OK;
    *out = (outcome){0};
    if (status == GVM_OK) {
        uint64_t fuel = gvm_settings_number(&t->settings, "fuel");
        gvm_wasm_exec_interpret(exec, interpret);
        if (gvm_settings_source_of(&t->settings, "fuel") != GVM_SETTING_FROM_DEFAULT)
            gvm_wasm_exec_set_fuel(exec, fuel > INT64_MAX ? INT64_MAX : (int64_t)fuel);
        status = gvm_wasm_instantiate(store, &instance, exec, &t->err, m, NULL, 0);
    }
    if (status == GVM_OK) {
        status = call(t, out, exec, instance);
        if (status == GVM_OK && out->status != GVM_OK) {
            out->trap = *gvm_wasm_exec_trap(exec);
            gvm_wasm_trap_describe(out->trap_text, sizeof out->trap_text, &out->trap);
        }
    } else if (exec != NULL && gvm_wasm_exec_trap(exec)->code != GVM_WASM_TRAP_NONE) {
        char text[256];
        gvm_wasm_trap_describe(text, sizeof text, gvm_wasm_exec_trap(exec));
        gvm_error_set(&t->err, status, "making the instance: %s", text);
    }
    gvm_wasm_exec_delete(exec);
    gvm_wasm_store_delete(store);
    return status;
}

static bool same(const outcome *a, const outcome *b) {
    return a->status == b->status && a->used == b->used && a->memory_hash == b->memory_hash &&
           a->trap.code == b->trap.code && a->trap.function == b->trap.function &&
           a->trap.offset == b->trap.offset && a->len == b->len &&
           memcmp(a->results, b->results, a->len * sizeof a->results[0]) == 0;
}

static gvm_status show_function(gvm_tool *t, const outcome *o) {
    gvm_buf gas = {0};
    gvm_status status = GVM_OK;
    gvm_wasm_tool_put_gas(&gas, (uint64_t)o->used);
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *root = yyjson_mut_obj(doc), *list;
    yyjson_mut_doc_set_root(doc, root);
    yyjson_mut_obj_add_str(doc, root, "status", gvm_status_name(o->status));
    list = yyjson_mut_obj_add_arr(doc, root, "results");
    for (uint32_t i = 0; i < o->len; i++) {
        gvm_buf text = {0};
        put_value(&text, &o->results[i], o->types[i]);
        if (!t->json)
            gvm_tool_row(t, "result", "%.*s %s", (int)text.len, (const char *)text.ptr,
                         gvm_wasm_tool_type_name(o->types[i]));
        yyjson_mut_arr_add_strncpy(doc, list, (const char *)text.ptr, text.len);
        gvm_buf_free(&text);
    }
    yyjson_mut_obj_add_sint(doc, root, "units", o->used);
    if (o->status != GVM_OK) yyjson_mut_obj_add_str(doc, root, "trap", o->trap_text);
    if (!t->json)
        gvm_tool_row(t, "fuel", "%" PRId64 " units, %.*s gas", o->used, (int)gas.len,
                     (const char *)gas.ptr);
    if (t->json)
        status = gvm_tool_print_doc(doc);
    else
        yyjson_mut_doc_free(doc);
    gvm_buf_free(&gas);
    if (status == GVM_OK && o->status != GVM_OK)
        status = gvm_error_set(&t->err, o->status, "%s", o->trap_text);
    return status;
}

static gvm_status work_function(gvm_tool *t, gvm_bytes module) {
    gvm_wasm_module *m = NULL;
    gvm_wasm_refusal why;
    static outcome outcomes[2];
    engine e = chosen(t);
    gvm_status status = gvm_wasm_load(&m, &why, module, NULL);
    if (status != GVM_OK)
        return gvm_error_set(&t->err, status, "refused at 0x%llx: %s",
                             (unsigned long long)why.offset, why.text);
    if (gvm_wasm_module_imports(m) != 0)
        status = gvm_error_set(&t->err, GVM_ERR_WASM_LINK,
                               "the module has imports; contracts run with --contract");
    if (status == GVM_OK && (e & COMPILED) != 0) {
        status = gvm_wasm_module_compile(m);
        if (status != GVM_OK)
            gvm_error_set(&t->err, status, "modules cannot be compiled here; --engine interp");
    }
    int len = 0;
    if (status == GVM_OK && (e & INTERPRETER) != 0)
        status = run_function(t, &outcomes[len++], m, true);
    if (status == GVM_OK && (e & COMPILED) != 0)
        status = run_function(t, &outcomes[len++], m, false);
    if (status == GVM_OK && len == 2 && !same(&outcomes[0], &outcomes[1]))
        status = gvm_error_set(&t->err, GVM_ERR_STATE,
                               "the engines differ: %s and %" PRId64 " units interpreted, %s and "
                               "%" PRId64 " units compiled",
                               gvm_status_name(outcomes[0].status), outcomes[0].used,
                               gvm_status_name(outcomes[1].status), outcomes[1].used);
    if (status == GVM_OK) status = show_function(t, &outcomes[0]);
    gvm_wasm_module_delete(m);
    return status;
}

/* ---- a contract */

static gvm_status read_contract(gvm_tool *t, gvm_evmrun *r, gvm_buf *code, gvm_buf *input,
                                gvm_bytes module) {
    static const uint8_t stored[] = {0xef, 0x47, 0x00};
    const gvm_settings *s = &t->settings;
    uint64_t gas = gvm_settings_number(s, "gas");
    if (gas > INT64_MAX) return gvm_error_set(&t->err, GVM_ERR_RANGE, "--gas: over 2^63-1");
    *r = (gvm_evmrun){.fork = GVM_FORK_OSAKA,
                      .ghost = true,
                      .create = gvm_settings_bool(s, "create"),
                      .gas = (int64_t)gas,
                      .chain_id = 1337,
                      .number = 1,
                      .gas_limit = gas};
    GVM_TRY(gvm_amount_parse(&r->value, gvm_settings_text(s, "value"), &t->err));
    GVM_TRY(gvm_tool_address(t, &r->sender, gvm_settings_text(s, "from")));
    GVM_TRY(gvm_tool_address(t, &r->recipient, gvm_settings_text(s, "to")));
    if (gvm_hex_decode(input, gvm_bytes_str(gvm_settings_text(s, "calldata")),
                       GVM_HEX_PREFIX_OPTIONAL) != GVM_OK)
        return gvm_error_set(&t->err, GVM_ERR_SYNTAX, "--calldata: expected hex digits");
    if (!r->create) gvm_buf_append(code, stored, sizeof stored);
    gvm_buf_append(code, module.ptr, module.len);
    r->code = gvm_buf_bytes(code);
    r->input = gvm_buf_bytes(input);
    return gvm_buf_status(code);
}

static gvm_status show_contract(gvm_tool *t, const gvm_evmrun_result *r) {
    bool good = r->outcome == GVM_OUT_SUCCESS;
    gvm_buf text = {0};
    gvm_hex_put_data(&text, gvm_buf_bytes(&r->output));
    if (!t->json) {
        gvm_tool_row(t, "outcome", "%s%s%s", good ? gvm_tool_good(t) : gvm_tool_bad(t),
                     good ? "success" : gvm_outcome_text(r->outcome), gvm_tool_plain(t));
        gvm_tool_row(t, "gas used", "%lld", (long long)r->gas_used);
        gvm_tool_row(t, "refund", "%lld", (long long)r->refund);
        gvm_tool_row(t, "logs", "%zu", r->log_count);
        gvm_tool_row(t, "output", "%.*s", (int)text.len, (const char *)text.ptr);
        gvm_buf_clear(&text);
        if (r->outcome == GVM_OUT_REVERT && r->output.len > 0 &&
            gvm_abi_put_revert(&text, NULL, gvm_buf_bytes(&r->output)) == GVM_OK)
            gvm_tool_row(t, "reason", "%.*s", (int)text.len, (const char *)text.ptr);
        gvm_buf_free(&text);
        return GVM_OK;
    }
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *root = yyjson_mut_obj(doc);
    yyjson_mut_doc_set_root(doc, root);
    yyjson_mut_obj_add_str(doc, root, "outcome", gvm_outcome_name(r->outcome));
    yyjson_mut_obj_add_bool(doc, root, "success", good);
    yyjson_mut_obj_add_sint(doc, root, "gasUsed", r->gas_used);
    yyjson_mut_obj_add_sint(doc, root, "refund", r->refund);
    yyjson_mut_obj_add_uint(doc, root, "logs", r->log_count);
    yyjson_mut_obj_add_strncpy(doc, root, "output", (const char *)text.ptr, text.len);
    if (r->reason[0] != '\0') yyjson_mut_obj_add_strcpy(doc, root, "reason", r->reason);
    gvm_buf_free(&text);
    return gvm_tool_print_doc(doc);
}

static bool same_contract(const gvm_evmrun_result *a, const gvm_evmrun_result *b) {
    return a->outcome == b->outcome && a->gas_used == b->gas_used && a->refund == b->refund &&
           a->log_count == b->log_count && strcmp(a->reason, b->reason) == 0 &&
           gvm_bytes_equal(gvm_buf_bytes(&a->output), gvm_buf_bytes(&b->output));
}

static gvm_status work_contract(gvm_tool *t, gvm_bytes module) {
    gvm_evmrun r;
    gvm_evmrun_result results[2] = {{0}, {0}};
    gvm_trace_record records[2];
    char apart[GVM_RECORD_TEXT];
    gvm_buf code = {0}, input = {0};
    engine e = chosen(t);
    bool both = e == BOTH;
    int len = 0;
    for (int i = 0; i < 2; i++) gvm_trace_record_init(&records[i]);
    gvm_status status = read_contract(t, &r, &code, &input, module);
    if (status == GVM_OK && (e & INTERPRETER) != 0) {
        r.mode = GVM_ENGINE_INTERP;
        r.tracer = both ? &records[0].tracer : NULL;
        status = gvm_evmrun_execute(&results[len++], &r);
    }
    if (status == GVM_OK && (e & COMPILED) != 0) {
        r.mode = GVM_ENGINE_JIT;
        r.tracer = both ? &records[1].tracer : NULL;
        status = gvm_evmrun_execute(&results[len++], &r);
    }
    if (status == GVM_OK && len == 2 && !same_contract(&results[0], &results[1]))
        status =
            gvm_error_set(&t->err, GVM_ERR_STATE,
                          "the engines differ: %s and %lld gas interpreted, %s and %lld gas "
                          "compiled",
                          gvm_outcome_name(results[0].outcome), (long long)results[0].gas_used,
                          gvm_outcome_name(results[1].outcome), (long long)results[1].gas_used);
    if (status == GVM_OK && both && !gvm_trace_record_equal(&records[0], &records[1], apart))
        status = gvm_error_set(&t->err, GVM_ERR_STATE,
                               "the engines differ (interpreted and compiled), %s", apart);
    if (status == GVM_OK) status = show_contract(t, &results[0]);
    if (status == GVM_OK && results[0].outcome != GVM_OUT_SUCCESS)
        status = gvm_error_set(&t->err, GVM_ERR_STATE, "the contract did not succeed: %s",
                               results[0].reason[0] != '\0' ? results[0].reason
                                                            : gvm_outcome_text(results[0].outcome));
    for (int i = 0; i < 2; i++) {
        gvm_trace_record_free(&records[i]);
        gvm_buf_free(&results[i].output);
    }
    gvm_buf_free(&input);
    gvm_buf_free(&code);
    return status;
}

static gvm_status run(gvm_tool *t) {
    bool contract = gvm_settings_bool(&t->settings, "contract");
    gvm_buf file = {0};
    if (contract ? t->arg_count > 1 : t->arg_count < 2)
        return gvm_error_set(&t->err, GVM_ERR_CONFIG, "%s; usage: ghostvm %s",
                             contract ? "a contract takes no FUNCTION" : "FUNCTION is missing",
                             spec.usage);
    GVM_TRY(gvm_wasm_tool_profilers(t));
    gvm_status status = gvm_wasm_tool_read(t, &file, t->args[0]);
    t->working = true;
    if (status == GVM_OK)
        status = contract ? work_contract(t, gvm_buf_bytes(&file))
                          : work_function(t, gvm_buf_bytes(&file));
    gvm_buf_free(&file);
    return status;
}

int gvm_cmd_wasm_run(int argc, char **argv) {
    gvm_tool t;
    int code = gvm_tool_open(&t, &spec, argc, argv);
    return code >= 0 ? code : gvm_tool_close(&t, run(&t));
}
