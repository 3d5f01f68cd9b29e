#include "app/ghostvm/cmd.h"
#include "app/ghostvm/tool.h"
#include "codec/hex.h"
#include "service/client/amount.h"
#include "service/client/files.h"
#include "service/evmrun.h"
#include "vm/evm/trace3155.h"

#include <stdio.h>

static const gvm_setting_option options[] = {
    GVM_TOOL_JSON,
    GVM_TOOL_OPTION("input", TEXT, "0x", "HEX", "Calldata; with --create, what follows the code."),
    GVM_TOOL_OPTION("gas", NUMBER, "10000000", "GAS", "Gas of the frame."),
    GVM_TOOL_OPTION("fork", TEXT, "osaka", "NAME", "Rules: frontier to osaka."),
    GVM_TOOL_OPTION("value", TEXT, "0", "AMOUNT", "What goes along: 1.5gcc, 30gwei, 7wei."),
    GVM_TOOL_OPTION("from", TEXT, "0x00000000000000000000000000000000000000aa", "ADDRESS",
                    "Who calls."),
    GVM_TOOL_OPTION("to", TEXT, "0x00000000000000000000000000000000000000cc", "ADDRESS",
                    "Where the code lies."),
    GVM_TOOL_OPTION("create", BOOL, NULL, NULL, "The code is init code: run it as a creation."),
    GVM_TOOL_OPTION("trace", BOOL, NULL, NULL,
                    "A line of JSON (EIP-3155) for each instruction, to standard output."),
    GVM_TOOL_OPTION("trace-memory", BOOL, NULL, NULL, "The lines of --trace hold the memory too."),
};
static const gvm_tool_spec spec = {
    .usage = "run [OPTIONS] CODE",
    .about = "Runs one piece of EVM code on an empty state, without a node. Intrinsic gas is not "
             "charged. CODE is\nhex, @FILE with hex or a compiler's JSON, or - for standard input. "
             "Ends with code 1 where the code\nreverts or fails.",
    .examples = "  ghostvm run 0x60016002015f5260205ff3\n"
                "  ghostvm run --trace --fork berlin 0x6001600201\n"
                "  ghostvm run --create @contracts/tour/Token.json --json --input 0x...\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .args_min = 1,
    .args_max = 1,
};

static gvm_status read_run(gvm_tool *t, gvm_evmrun *r, gvm_buf *code, gvm_buf *input) {
    const gvm_settings *s = &t->settings;
    const char *fork = gvm_settings_text(s, "fork");
    uint64_t gas = gvm_settings_number(s, "gas");
    *r = (gvm_evmrun){.chain_id = 1337, .number = 1, .gas_limit = gas};
    if (gvm_fork_by_name(&r->fork, fork) != GVM_OK)
        return gvm_error_set(&t->err, GVM_ERR_NOT_FOUND,
                             "--fork: expected a fork such as berlin, cancun or osaka; found "
                             "\"%.60s\"",
                             fork);
    if (gas > INT64_MAX) return gvm_error_set(&t->err, GVM_ERR_RANGE, "--gas: over 2^63-1");
    r->gas = (int64_t)gas;
    GVM_TRY(gvm_amount_parse(&r->value, gvm_settings_text(s, "value"), &t->err));
    GVM_TRY(gvm_tool_address(t, &r->sender, gvm_settings_text(s, "from")));
    GVM_TRY(gvm_tool_address(t, &r->recipient, gvm_settings_text(s, "to")));
    if (gvm_hex_decode(input, gvm_bytes_str(gvm_settings_text(s, "input")),
                       GVM_HEX_PREFIX_OPTIONAL) != GVM_OK)
        return gvm_error_set(&t->err, GVM_ERR_SYNTAX, "--input: expected hex digits");
    GVM_TRY(gvm_files_code(code, t->args[0], &t->err));
    r->create = gvm_settings_bool(s, "create");
    r->code = gvm_buf_bytes(code);
    r->input = gvm_buf_bytes(input);
    return GVM_OK;
}

static void show_json(const gvm_evmrun_result *result) {
    gvm_buf text = {0};
    gvm_hex_put_data(&text, gvm_buf_bytes(&result->output));
    printf("{\"outcome\":\"%s\",\"success\":%s,\"gasUsed\":%lld,\"refund\":%lld,\"logs\":%zu,"
           "\"output\":\"%.*s\"}\n",
           gvm_outcome_name(result->outcome), result->outcome == GVM_OUT_SUCCESS ? "true" : "false",
           (long long)result->gas_used, (long long)result->refund, result->log_count, (int)text.len,
           (const char *)text.ptr);
    gvm_buf_free(&text);
}

static void show(const gvm_tool *t, const gvm_evmrun_result *result) {
    bool good = result->outcome == GVM_OUT_SUCCESS;
    gvm_buf text = {0};
    gvm_hex_put_data(&text, gvm_buf_bytes(&result->output));
    gvm_tool_row(t, "outcome", "%s%s%s", good ? gvm_tool_good(t) : gvm_tool_bad(t),
                 good ? "success" : gvm_outcome_text(result->outcome), gvm_tool_plain(t));
    gvm_tool_row(t, "gas used", "%lld", (long long)result->gas_used);
    gvm_tool_row(t, "refund", "%lld", (long long)result->refund);
    gvm_tool_row(t, "logs", "%zu", result->log_count);
    gvm_tool_row(t, "output", "%.*s", (int)text.len, (const char *)text.ptr);
    if (result->outcome == GVM_OUT_REVERT && result->output.len > 0) {
        gvm_buf_clear(&text);
        if (gvm_abi_put_revert(&text, NULL, gvm_buf_bytes(&result->output)) == GVM_OK)
            gvm_tool_row(t, "reason", "%.*s", (int)text.len, (const char *)text.ptr);
    }
    gvm_buf_free(&text);
}

static gvm_status work(gvm_tool *t, gvm_evmrun *r) {
    gvm_evmrun_result result;
    gvm_trace3155 trace;
    bool memory = gvm_settings_bool(&t->settings, "trace-memory");
    bool traced = memory || gvm_settings_bool(&t->settings, "trace");
    if (traced) {
        gvm_trace3155_init(&trace, stdout, memory ? GVM_TRACE3155_MEMORY : 0);
        r->tracer = &trace.tracer;
    }
    gvm_status status = gvm_evmrun_execute(&result, r);
    if (traced) gvm_trace3155_free(&trace);
    GVM_TRY(status);
    if (t->json)
        show_json(&result);
    else
        show(t, &result);
    if (result.outcome != GVM_OUT_SUCCESS)
        status = gvm_error_set(&t->err, GVM_ERR_STATE, "the code did not succeed: %s",
                               gvm_outcome_text(result.outcome));
    gvm_buf_free(&result.output);
    return status;
}

static gvm_status run(gvm_tool *t) {
    gvm_evmrun r;
    gvm_buf code = {0}, input = {0};
    gvm_status status = read_run(t, &r, &code, &input);
    if (status == GVM_OK) {
        t->working = true;
        status = work(t, &r);
    }
    gvm_buf_free(&input);
    gvm_buf_free(&code);
    return status;
}

int gvm_cmd_run(int argc, char **argv) {
    gvm_tool t;
    int code = gvm_tool_open(&t, &spec, argc, argv);
    return code >= 0 ? code : gvm_tool_close(&t, run(&t));
}
