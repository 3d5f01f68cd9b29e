#include "app/ghostvm/cmd.h"
#include "app/ghostvm/tool.h"
#include "codec/hex.h"
#include "codec/json.h"
#include "service/client/amount.h"
#include "service/client/files.h"
#include "service/evmrun.h"
#include "vm/evm/trace3155.h"
#include "vm/zvm/asm.h"
#include "vm/zvm/container.h"

#include <stdio.h>

static const gvm_setting_option options[] = {
    GVM_TOOL_JSON,
    GVM_TOOL_OPTION("abi", TEXT, NULL, "FILE", "asm: the ABI JSON to put in."),
    GVM_TOOL_OPTION("map", BOOL, NULL, NULL,
                    "asm: JSON with container, code, ABI and the source line of each instruction."),
    GVM_TOOL_OPTION("check", BOOL, NULL, NULL, "asm, disasm: also check the rules of deployment."),
    GVM_TOOL_OPTION("input", TEXT, "0x", "HEX", "run: calldata; with --create, arguments."),
    GVM_TOOL_OPTION("gas", NUMBER, "10000000", "GAS", "run: gas of the frame."),
    GVM_TOOL_OPTION("value", TEXT, "0", "AMOUNT", "run: what goes along: 1.5gcc, 30gwei, 7wei."),
    GVM_TOOL_OPTION("from", TEXT, "0x00000000000000000000000000000000000000aa", "ADDRESS",
                    "run: who calls."),
    GVM_TOOL_OPTION("to", TEXT, "0x00000000000000000000000000000000000000cc", "ADDRESS",
                    "run: where the code lies."),
    GVM_TOOL_OPTION("create", BOOL, NULL, NULL, "run: as a creation."),
    GVM_TOOL_OPTION("trace", BOOL, NULL, NULL,
                    "run: a line of JSON (EIP-3155) for each instruction, with its source line."),
};
static const gvm_tool_spec spec = {
    .usage = "zvm [OPTIONS] asm|disasm|run|opcodes [FILE]",
    .about =
        "ZVM code: assembles it, shows it, runs it on an empty state, lists its instructions. "
        "FILE is source text,\n- for standard input; disasm and run also take containers: hex, "
        "or @FILE with hex.",
    .examples = "  ghostvm zvm asm counter.zasm\n"
                "  ghostvm zvm disasm 0x5a564d43010000000300000000000000010163\n"
                "  ghostvm zvm run --trace --input 0x01 counter.zasm\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .args_min = 1,
    .args_max = 2,
};

/* The source, assembled, with --abi in it. */
static gvm_status assemble(gvm_tool *t, gvm_zvm_program *p, const char *path) {
    gvm_buf source = {0};
    gvm_error why = {0};
    gvm_status status = gvm_files_read(&source, path, &t->err);
    *p = (gvm_zvm_program){0};
    if (status == GVM_OK) {
        status = gvm_zvm_assemble(p, gvm_buf_bytes(&source), &why);
        if (status != GVM_OK)
            status = gvm_error_set(&t->err, status, "%.100s: %.350s", path, gvm_error_text(&why));
    }
    const char *abi = gvm_settings_text(&t->settings, "abi");
    if (status == GVM_OK && abi != NULL) {
        gvm_buf_clear(&p->abi);
        status = gvm_files_read(&p->abi, abi, &t->err);
    }
    if (status == GVM_OK && gvm_settings_bool(&t->settings, "check"))
        status = gvm_zvm_code_check(gvm_buf_bytes(&p->code), &t->err);
    gvm_buf_free(&source);
    if (status != GVM_OK) gvm_zvm_program_free(p);
    return status;
}

static gvm_status print_map(const gvm_zvm_program *p, gvm_bytes container) {
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *root = yyjson_mut_obj(doc);
    yyjson_mut_doc_set_root(doc, root);
    bool good =
        doc != NULL && root != NULL && gvm_json_add_data(doc, root, "bytecode", container) &&
        gvm_json_add_data(doc, root, "code", gvm_buf_bytes(&p->code)) &&
        yyjson_mut_obj_add_strncpy(doc, root, "abi", p->abi.len > 0 ? (const char *)p->abi.ptr : "",
                                   p->abi.len);
    yyjson_mut_val *lines = good ? yyjson_mut_obj_add_arr(doc, root, "lines") : NULL;
    const gvm_zvm_line *at = (const gvm_zvm_line *)(const void *)p->lines.ptr;
    for (size_t i = 0; lines != NULL && i < p->lines.len / sizeof *at; i++) {
        yyjson_mut_val *pair = yyjson_mut_arr_add_arr(doc, lines);
        good = good && yyjson_mut_arr_add_uint(doc, pair, at[i].pc) &&
               yyjson_mut_arr_add_uint(doc, pair, at[i].line);
    }
    if (good && lines != NULL) return gvm_tool_print_doc(doc);
    yyjson_mut_doc_free(doc);
    return GVM_ERR_NOMEM;
}

static gvm_status run_asm(gvm_tool *t, const char *path) {
    gvm_zvm_program p;
    gvm_buf container = {0}, text = {0};
    GVM_TRY(assemble(t, &p, path));
    gvm_zvm_program_put(&container, &p);
    gvm_status status = gvm_buf_status(&container);
    if (status == GVM_OK && (t->json || gvm_settings_bool(&t->settings, "map"))) {
        status = print_map(&p, gvm_buf_bytes(&container));
    } else if (status == GVM_OK) {
        gvm_hex_put_data(&text, gvm_buf_bytes(&container));
        gvm_tool_line(&text);
        status = gvm_buf_status(&text);
    }
    gvm_buf_free(&text);
    gvm_buf_free(&container);
    gvm_zvm_program_free(&p);
    return status;
}

static gvm_status run_disasm(gvm_tool *t, const char *what) {
    gvm_buf code = {0}, text = {0};
    gvm_status status = gvm_files_code(&code, what, &t->err);
    if (status == GVM_OK)
        status = gvm_zvm_disassemble_container(&text, gvm_buf_bytes(&code), &t->err);
    if (status == GVM_OK && gvm_settings_bool(&t->settings, "check")) {
        gvm_bytes whole = gvm_buf_bytes(&code);
        size_t skip = gvm_zvm_is_deployed(whole) ? GVM_ZVM_PREFIX : 0;
        gvm_zvm_container c;
        status = gvm_zvm_container_check(&c, gvm_bytes_make(whole.ptr + skip, whole.len - skip),
                                         &t->err);
    }
    if (status == GVM_OK) (void)fwrite(text.ptr, 1, text.len, stdout);
    gvm_buf_free(&text);
    gvm_buf_free(&code);
    return status;
}

/* ---- run */

typedef struct traced {
    gvm_trace3155 trace;
    const gvm_zvm_program *program; /* NULL: no source */
} traced;

static uint32_t line_of(void *ctx, const gvm_frame *f, const gvm_trace_step *step) {
    const traced *t = ctx;
    return f->depth == 0 && t->program != NULL ? gvm_zvm_line_at(t->program, step->pc) : 0;
}

static gvm_status read_run(gvm_tool *t, gvm_evmrun *r, gvm_buf *input) {
    const gvm_settings *s = &t->settings;
    uint64_t gas = gvm_settings_number(s, "gas");
    if (gas > INT64_MAX) return gvm_error_set(&t->err, GVM_ERR_RANGE, "--gas: over 2^63-1");
    *r = (gvm_evmrun){.fork = GVM_FORK_OSAKA,
                      .ghost = true,
                      .chain_id = 1337,
                      .number = 1,
                      .gas = (int64_t)gas,
                      .gas_limit = gas,
                      .create = gvm_settings_bool(s, "create")};
    GVM_TRY(gvm_amount_parse(&r->value, gvm_settings_text(s, "value"), &t->err));
    GVM_TRY(gvm_tool_address(t, &r->sender, gvm_settings_text(s, "from")));
    GVM_TRY(gvm_tool_address(t, &r->recipient, gvm_settings_text(s, "to")));
    if (gvm_hex_decode(input, gvm_bytes_str(gvm_settings_text(s, "input")),
                       GVM_HEX_PREFIX_OPTIONAL) != GVM_OK)
        return gvm_error_set(&t->err, GVM_ERR_SYNTAX, "--input: expected hex digits");
    r->input = gvm_buf_bytes(input);
    return GVM_OK;
}

/* The container in *code: assembled, or as it was given; behind its prefix where it is called. */
static gvm_status read_code(gvm_tool *t, gvm_buf *code, gvm_zvm_program *p, bool *has_source,
                            const char *what, bool create) {
    static const uint8_t prefix[GVM_ZVM_PREFIX] = {0xef, 0x47, 0x02};
    *has_source = what[0] != '@' && strncmp(what, "0x", 2) != 0;
    gvm_buf given = {0};
    gvm_status status = GVM_OK;
    if (*has_source) {
        status = assemble(t, p, what);
        if (status == GVM_OK) gvm_zvm_program_put(&given, p);
    } else {
        status = gvm_files_code(&given, what, &t->err);
    }
    if (status == GVM_OK) {
        if (!create && !gvm_zvm_is_deployed(gvm_buf_bytes(&given)))
            gvm_buf_append(code, prefix, sizeof prefix);
        gvm_buf_append(code, given.ptr, given.len);
        status = gvm_buf_status(code);
    }
    gvm_buf_free(&given);
    return status;
}

static void show(const gvm_tool *t, const gvm_evmrun_result *result) {
    gvm_buf text = {0};
    gvm_hex_put_data(&text, gvm_buf_bytes(&result->output));
    if (t->json) {
        printf("{\"outcome\":\"%s\",\"success\":%s,\"gasUsed\":%lld,\"refund\":%lld,\"logs\":%zu,"
               "\"output\":\"%.*s\"}\n",
               gvm_outcome_name(result->outcome),
               result->outcome == GVM_OUT_SUCCESS ? "true" : "false", (long long)result->gas_used,
               (long long)result->refund, result->log_count, (int)text.len, (const char *)text.ptr);
    } else {
        bool good = result->outcome == GVM_OUT_SUCCESS;
        gvm_tool_row(t, "outcome", "%s%s%s", good ? gvm_tool_good(t) : gvm_tool_bad(t),
                     good ? "success" : gvm_outcome_text(result->outcome), gvm_tool_plain(t));
        gvm_tool_row(t, "gas used", "%lld", (long long)result->gas_used);
        gvm_tool_row(t, "refund", "%lld", (long long)result->refund);
        gvm_tool_row(t, "logs", "%zu", result->log_count);
        gvm_tool_row(t, "output", "%.*s", (int)text.len, (const char *)text.ptr);
    }
    gvm_buf_free(&text);
}

static gvm_status execute(gvm_tool *t, gvm_evmrun *r, const gvm_zvm_program *program) {
    gvm_evmrun_result result;
    traced tr = {.program = program};
    bool on = gvm_settings_bool(&t->settings, "trace");
    if (on) {
        gvm_trace3155_init(&tr.trace, stdout, 0);
        tr.trace.line_of = line_of;
        tr.trace.line_ctx = &tr;
        r->tracer = &tr.trace.tracer;
    }
    gvm_status status = gvm_evmrun_execute(&result, r);
    if (on) gvm_trace3155_free(&tr.trace);
    GVM_TRY(status);
    show(t, &result);
    if (result.outcome != GVM_OUT_SUCCESS)
        status = gvm_error_set(&t->err, GVM_ERR_STATE, "the code did not succeed: %s",
                               gvm_outcome_text(result.outcome));
    gvm_buf_free(&result.output);
    return status;
}

static gvm_status run_run(gvm_tool *t, const char *what) {
    gvm_evmrun r;
    gvm_buf code = {0}, input = {0};
    gvm_zvm_program p = {0};
    bool has_source = false;
    gvm_status status;
    GVM_TRY_GOTO(read_run(t, &r, &input));
    GVM_TRY_GOTO(read_code(t, &code, &p, &has_source, what, r.create));
    r.code = gvm_buf_bytes(&code);
    GVM_TRY_GOTO(execute(t, &r, has_source ? &p : NULL));
fail:
    gvm_zvm_program_free(&p);
    gvm_buf_free(&input);
    gvm_buf_free(&code);
    return status;
}

static gvm_status run_opcodes(void) {
    gvm_buf table = {0};
    gvm_zvm_put_opcode_table(&table);
    gvm_status status = gvm_buf_status(&table);
    if (status == GVM_OK) (void)fwrite(table.ptr, 1, table.len, stdout);
    gvm_buf_free(&table);
    return status;
}

static gvm_status run(gvm_tool *t) {
    const char *verb = t->args[0];
    t->working = true;
    if (strcmp(verb, "opcodes") == 0 && t->arg_count == 1) return run_opcodes();
    if (t->arg_count == 2 && strcmp(verb, "asm") == 0) return run_asm(t, t->args[1]);
    if (t->arg_count == 2 && strcmp(verb, "disasm") == 0) return run_disasm(t, t->args[1]);
    if (t->arg_count == 2 && strcmp(verb, "run") == 0) return run_run(t, t->args[1]);
    t->working = false;
    return gvm_error_set(&t->err, GVM_ERR_SYNTAX,
                         "expected asm FILE, disasm CODE, run FILE or opcodes; found \"%.40s\" "
                         "with %zu arguments",
                         verb, t->arg_count - 1);
}

int gvm_cmd_zvm(int argc, char **argv) {
    gvm_tool t;
    int code = gvm_tool_open(&t, &spec, argc, argv);
    return code >= 0 ? code : gvm_tool_close(&t, run(&t));
}
