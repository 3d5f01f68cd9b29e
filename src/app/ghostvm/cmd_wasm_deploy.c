#include "app/ghostvm/cmd.h"
#include "app/ghostvm/tool.h"
#include "codec/hex.h"
#include "service/client/amount.h"
#include "service/client/contract_code.h"
#include "service/client/module.h"

#include <stdio.h>
#include <unistd.h>

static const gvm_setting_option options[] = {
    GVM_TOOL_NODE,
    GVM_TOOL_ABI,
    GVM_TOOL_SIGNER,
    GVM_TOOL_OPTION("value", TEXT, "0", "AMOUNT", "What goes along: 1.5gcc, 30gwei, 7wei."),
    GVM_TOOL_FEES,
    {.name = "form",
     .type = GVM_SETTING_CHOICE,
     .fallback = "auto",
     .choices = "auto|raw|zstd",
     .help = "How the module goes into the chain; auto takes zstd where it saves a twentieth."},
    GVM_TOOL_OPTION("wait", DURATION, "60s", "TIME", "How long to wait for each receipt."),
};
static const gvm_tool_spec spec = {
    .usage = "wasm deploy [OPTIONS] FILE [ARGUMENT...]",
    .about =
        "Puts a WebAssembly contract on the chain, compressed where that is cheaper. FILE is a "
        ".wasm,\n"
        "a compiler's JSON with one as bytecode, or Stylus's compressed form. ARGUMENTs are the\n"
        "constructor's, by the ABI that `ghostvm wasm build` put into the module or that --abi\n"
        "names; without either the first one is the signature: 'constructor(uint256)'.",
    .examples =
        "  ghostvm wasm deploy --from 0xf39F... build/counter.wasm 5\n"
        "  GHOSTVM_PRIVATE_KEY=... ghostvm wasm deploy build/erc20.json 'My Token' MT 1000\n"
        "  ghostvm wasm deploy --from 0xf39F... other.wasm 'constructor(address)' 0x7099...\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .args_min = 1,
    .args_max = 256,
    .node = true,
};

typedef struct deployment {
    gvm_buf module, packed, arguments, input;
    bool is_packed;
    gvm_client_message message;
    gvm_signer signer;
} deployment;

/* ---- what goes out */

/* Without --abi: the ABI that the module has with it. */
static gvm_status find_abi(gvm_tool *t, gvm_bytes module) {
    gvm_bytes json;
    if (t->abi != NULL || !gvm_module_custom(&json, module, "ghost.abi")) return GVM_OK;
    gvm_status status = gvm_abi_parse_json(&t->abi_contract, &t->arena, json, NULL);
    if (status == GVM_OK) t->abi = &t->abi_contract;
    return status == GVM_ERR_NOMEM ? status : GVM_OK;
}

static gvm_status encode_arguments(gvm_tool *t, gvm_buf *out) {
    const char *const *args = t->args + 1;
    size_t count = t->arg_count - 1;
    gvm_abi_value values;
    if (count > 0 && strncmp(args[0], "constructor(", 12) == 0)
        return gvm_tool_encode_constructor(t, out, args[0], args + 1, count - 1);
    for (size_t i = 0; t->abi != NULL && i < t->abi->count; i++) {
        const gvm_abi_entry *e = &t->abi->entries[i];
        if (e->kind != GVM_ABI_CONSTRUCTOR) continue;
        if (e->inputs->count != count)
            return gvm_error_set(&t->err, GVM_ERR_CONFIG,
                                 "the constructor takes %zu arguments, found %zu: %s",
                                 e->inputs->count, count, e->signature);
        GVM_TRY(gvm_abi_args_parse(&values, &t->arena, e->inputs, args, count, &t->err));
        return gvm_abi_encode(out, &values);
    }
    if (count == 0) return GVM_OK;
    return gvm_error_set(&t->err, GVM_ERR_CONFIG,
                         t->abi != NULL ? "the ABI has no constructor, and takes no arguments"
                                        : "there is no ABI: give the constructor's signature "
                                          "first, 'constructor(uint256)'");
}

static gvm_status choose_form(gvm_tool *t, deployment *d) {
    const char *form = gvm_settings_text(&t->settings, "form");
    bool automatic = strcmp(form, "auto") == 0;
    gvm_bytes module = gvm_buf_bytes(&d->module);
    if (strcmp(form, "raw") != 0) {
        GVM_TRY(gvm_contract_code_pack(&d->packed, module));
        d->is_packed = !automatic || d->packed.len < module.len - module.len / 20;
    }
    if (!d->is_packed && d->arguments.len > 0 && !gvm_module_ends(module))
        return gvm_error_set(&t->err, GVM_ERR_CONFIG,
                             "the module does not say where it ends (no section ghost.end), so no "
                             "arguments can follow: take --form zstd, or `ghostvm wasm build` it");
    const gvm_buf *code = d->is_packed ? &d->packed : &d->module;
    gvm_buf_append(&d->input, code->ptr, code->len);
    gvm_buf_append(&d->input, d->arguments.ptr, d->arguments.len);
    d->message.data = gvm_buf_bytes(&d->input);
    return gvm_buf_status(&d->input);
}

static gvm_status read_all(gvm_tool *t, deployment *d, int argc, char **argv) {
    GVM_TRY(gvm_tool_signer(t, &d->signer, argc, argv));
    GVM_TRY(gvm_contract_code_read(&d->module, t->args[0], &t->err));
    GVM_TRY(find_abi(t, gvm_buf_bytes(&d->module)));
    GVM_TRY(encode_arguments(t, &d->arguments));
    GVM_TRY(gvm_tool_fees(t, &d->message));
    GVM_TRY(gvm_amount_parse(&d->message.value, gvm_settings_text(&t->settings, "value"), &t->err));
    return choose_form(t, d);
}

/* ---- sending */

/* Four bytes that begin a module and are none: Ghost's rules refuse them, the EVM stops at the
 * first one and is content. */
static gvm_status check_rules(gvm_tool *t) {
    yyjson_doc *answer;
    yyjson_val *result;
    gvm_status status = gvm_client_callf(t->client, &answer, &result, &t->err, "eth_call",
                                         "[{\"input\":\"0x0061736d\"},\"latest\"]");
    if (status == GVM_ERR_REMOTE) {
        t->err = (gvm_error){0};
        return GVM_OK;
    }
    GVM_TRY(status);
    yyjson_doc_free(answer);
    return gvm_error_set(&t->err, GVM_ERR_UNSUPPORTED,
                         "this chain would take the module for EVM code: it does not run Ghost's "
                         "rules (ghostd --dev does)");
}

static gvm_status show(gvm_tool *t, const deployment *d, yyjson_val *receipt) {
    const gvm_tool_field fields[] = {
        {"contractAddress", "contract", GVM_TOOL_ADDRESS},
        {"transactionHash", "transaction", GVM_TOOL_TEXT},
        {"blockNumber", "block", GVM_TOOL_NUMBER},
        {"gasUsed", "gas used", GVM_TOOL_NUMBER},
    };
    size_t stored = d->is_packed ? d->packed.len : d->module.len;
    const char *form = d->is_packed ? "zstd" : "raw";
    if (!t->json) {
        gvm_tool_rows(t, receipt, fields, sizeof fields / sizeof fields[0]);
        gvm_tool_row(t, "module", "%zu bytes, %zu as %s", d->module.len, stored, form);
        return GVM_OK;
    }
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *root = yyjson_mut_obj(doc);
    yyjson_mut_doc_set_root(doc, root);
    const char *const keys[] = {"contractAddress", "transactionHash", "blockNumber", "gasUsed"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        yyjson_mut_obj_add_str(doc, root, keys[i],
                               yyjson_get_str(yyjson_obj_get(receipt, keys[i])));
    yyjson_mut_obj_add_str(doc, root, "form", form);
    yyjson_mut_obj_add_uint(doc, root, "moduleSize", d->module.len);
    yyjson_mut_obj_add_uint(doc, root, "storedSize", stored);
    return gvm_tool_print_doc(doc);
}

static gvm_status deploy(gvm_tool *t, const deployment *d) {
    gvm_hash hash;
    char text[GVM_HEX_WORD_SIZE];
    yyjson_doc *answer;
    yyjson_val *receipt;
    GVM_TRY(check_rules(t));
    gvm_status status = gvm_client_send(t->client, &hash, &d->message, &d->signer, &t->err);
    if (status == GVM_ERR_REMOTE) gvm_tool_reason(t);
    GVM_TRY(status);
    gvm_hex_data_hash(text, &hash);
    uint64_t ms = gvm_settings_number(&t->settings, "wait") / UINT64_C(1000000);
    status =
        gvm_client_wait(t->client, &answer, &receipt, &hash, ms, gvm_tool_waiting, text, &t->err);
    if (isatty(STDERR_FILENO)) fprintf(stderr, "\r\x1b[K");
    GVM_TRY(status);
    const char *done = yyjson_get_str(yyjson_obj_get(receipt, "status"));
    status =
        done != NULL && strcmp(done, "0x1") == 0 ? show(t, d, receipt) : gvm_tool_failed(t, &hash);
    yyjson_doc_free(answer);
    return status;
}

static gvm_status run(gvm_tool *t, int argc, char **argv) {
    deployment d = {0};
    gvm_status status = read_all(t, &d, argc, argv);
    if (status == GVM_OK) {
        t->working = true;
        status = deploy(t, &d);
    }
    gvm_signer_wipe(&d.signer);
    gvm_buf_free(&d.module);
    gvm_buf_free(&d.packed);
    gvm_buf_free(&d.arguments);
    gvm_buf_free(&d.input);
    return status;
}

int gvm_cmd_wasm_deploy(int argc, char **argv) {
    gvm_tool t;
    int code = gvm_tool_open(&t, &spec, argc, argv);
    return code >= 0 ? code : gvm_tool_close(&t, run(&t, argc, argv));
}
