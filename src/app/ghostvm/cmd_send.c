#include "app/ghostvm/cmd.h"
#include "app/ghostvm/tool.h"
#include "codec/hex.h"
#include "service/client/amount.h"
#include "service/client/files.h"
#include "service/client/message.h"

#include <stdio.h>

static const gvm_setting_option options[] = {
    GVM_TOOL_NODE,
    GVM_TOOL_ABI,
    GVM_TOOL_SIGNER,
    GVM_TOOL_OPTION("value", TEXT, "0", "AMOUNT", "What goes along: 1.5gcc, 30gwei, 7wei."),
    GVM_TOOL_OPTION("create", TEXT, NULL, "CODE",
                    "Create a contract: hex, or @FILE with hex or a compiler's JSON."),
    GVM_TOOL_OPTION("data", TEXT, NULL, "HEX", "Raw input instead of a signature."),
    GVM_TOOL_OPTION("nonce", NUMBER, NULL, "N", "Nonce; else the sender's next."),
    GVM_TOOL_FEES,
    GVM_TOOL_WAIT,
    GVM_TOOL_OPTION("async", BOOL, NULL, NULL, "Print the hash and end without waiting."),
};
static const gvm_tool_spec spec = {
    .usage = "send [OPTIONS] TO [SIGNATURE [ARGUMENT...]]",
    .about = "Signs a transaction, sends it, waits for its receipt. With --create there is no TO, "
             "and SIGNATURE is\nthe constructor's, such as 'constructor(uint256)'. The key never "
             "leaves this program.",
    .examples =
        "  ghostvm send --value 1.5gcc --from 0xf39F... 0x7099...\n"
        "  GHOSTVM_PRIVATE_KEY=... ghostvm send 0x... 'transfer(address,uint256)' 0x7099... 5\n"
        "  ghostvm send --keystore key.json --password-file pw --value 1gwei 0x7099...\n"
        "  ghostvm send --from 0xf39F... --create @contracts/tour/Token.json \\\n"
        "      'constructor(string,string,uint256)' 'Tour Token' TOUR 1000000\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .args_max = 256,
    .node = true,
};

typedef struct request {
    gvm_client_message message;
    gvm_address to;
    gvm_buf data;
    gvm_signer signer;
} request;

/* Constructor arguments follow the code. */
static gvm_status read_creation(gvm_tool *t, request *r, const char *code) {
    GVM_TRY(gvm_files_code(&r->data, code, &t->err));
    if (t->arg_count == 0) return GVM_OK;
    return gvm_tool_encode_constructor(t, &r->data, t->args[0], t->args + 1, t->arg_count - 1);
}

static gvm_status read_payload(gvm_tool *t, request *r) {
    const char *code = gvm_settings_text(&t->settings, "create");
    const char *raw = gvm_settings_text(&t->settings, "data");
    gvm_abi_entry entry;
    if (code != NULL && raw != NULL)
        return gvm_error_set(&t->err, GVM_ERR_CONFIG, "give --create or --data, not both");
    if (code != NULL) return read_creation(t, r, code);
    if (t->arg_count == 0)
        return gvm_error_set(&t->err, GVM_ERR_CONFIG,
                             "to whom? Give an address, or --create CODE for a new contract");
    GVM_TRY(gvm_tool_address(t, &r->to, t->args[0]));
    r->message.to = &r->to;
    if (raw != NULL && t->arg_count > 1)
        return gvm_error_set(&t->err, GVM_ERR_CONFIG, "give --data or a signature, not both");
    if (raw != NULL &&
        gvm_hex_decode(&r->data, gvm_bytes_str(raw), GVM_HEX_PREFIX_REQUIRED) != GVM_OK)
        return gvm_error_set(&t->err, GVM_ERR_SYNTAX, "--data: expected 0x and hex digits");
    if (t->arg_count == 1) return GVM_OK;
    return gvm_tool_encode_call(t, &r->data, &entry, t->args[1], t->args + 2, t->arg_count - 2);
}

static gvm_status read_request(gvm_tool *t, request *r) {
    const gvm_settings *s = &t->settings;
    gvm_client_message *m = &r->message;
    m->nonce = gvm_settings_number(s, "nonce");
    m->has_nonce = gvm_settings_source_of(s, "nonce") != GVM_SETTING_FROM_DEFAULT;
    GVM_TRY(gvm_tool_fees(t, m));
    GVM_TRY(gvm_amount_parse(&m->value, gvm_settings_text(s, "value"), &t->err));
    GVM_TRY(read_payload(t, r));
    m->data = gvm_buf_bytes(&r->data);
    return GVM_OK;
}

static gvm_status show(gvm_tool *t, yyjson_val *receipt, const gvm_hash *hash) {
    if (t->json)
        gvm_tool_print_json(receipt);
    else
        gvm_tool_print_receipt(t, receipt);
    return gvm_tool_succeeded(receipt) ? GVM_OK : gvm_tool_failed(t, hash);
}

static gvm_status work(gvm_tool *t, const request *r) {
    gvm_hash hash;
    char text[GVM_HEX_WORD_SIZE];
    yyjson_doc *answer;
    yyjson_val *receipt;
    GVM_TRY(gvm_tool_submit(t, &hash, &r->message, &r->signer));
    gvm_hex_data_hash(text, &hash);
    if (gvm_settings_bool(&t->settings, "async")) {
        printf(t->json ? "{\"transactionHash\": \"%s\"}\n" : "%s\n", text);
        return GVM_OK;
    }
    GVM_TRY(gvm_tool_receive(t, &answer, &receipt, &hash));
    gvm_status status = show(t, receipt, &hash);
    yyjson_doc_free(answer);
    return status;
}

static gvm_status run(gvm_tool *t, int argc, char **argv) {
    request r = {0};
    gvm_status status = gvm_tool_signer(t, &r.signer, argc, argv);
    if (status == GVM_OK) status = read_request(t, &r);
    if (status == GVM_OK) {
        t->working = true;
        status = work(t, &r);
    }
    gvm_signer_wipe(&r.signer);
    gvm_buf_free(&r.data);
    return status;
}

int gvm_cmd_send(int argc, char **argv) {
    gvm_tool t;
    int code = gvm_tool_open(&t, &spec, argc, argv);
    return code >= 0 ? code : gvm_tool_close(&t, run(&t, argc, argv));
}
