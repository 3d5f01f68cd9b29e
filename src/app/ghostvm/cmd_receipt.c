#include "app/ghostvm/cmd.h"
#include "app/ghostvm/tool.h"
#include "codec/hex.h"
#include "service/client/message.h"

static const gvm_setting_option options[] = {GVM_TOOL_NODE, GVM_TOOL_ABI};
static const gvm_tool_spec spec = {
    .usage = "receipt [OPTIONS] HASH",
    .about = "Shows what came of a transaction: status, gas, events, and why it failed if it did.",
    .examples = "  ghostvm receipt 0x...\n"
                "  ghostvm receipt --abi contracts/tour/Token.json 0x...\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .args_min = 1,
    .args_max = 1,
    .node = true,
};

static void show_failure(gvm_tool *t, yyjson_val *receipt, const gvm_hash *hash) {
    const char *text = yyjson_get_str(yyjson_obj_get(receipt, "status"));
    gvm_buf reason = {0};
    if (text == NULL || strcmp(text, "0x0") != 0) return;
    gvm_client_put_failure(&reason, t->client, hash, t->abi);
    if (reason.len > 0)
        gvm_tool_row(t, "reason", "%.*s", (int)reason.len, (const char *)reason.ptr);
    gvm_buf_free(&reason);
}

static gvm_status run(gvm_tool *t) {
    gvm_hash hash;
    yyjson_doc *answer;
    yyjson_val *result;
    if (gvm_hex_decode_hash(&hash, gvm_bytes_str(t->args[0])) != GVM_OK)
        return gvm_error_set(&t->err, GVM_ERR_SYNTAX,
                             "expected the hash of a transaction, 0x and 64 hex digits; found "
                             "\"%.100s\"",
                             t->args[0]);
    t->working = true;
    GVM_TRY(gvm_client_callf(t->client, &answer, &result, &t->err, "eth_getTransactionReceipt",
                             "[\"%s\"]", t->args[0]));
    gvm_status status = GVM_OK;
    if (yyjson_is_null(result)) {
        status = gvm_error_set(&t->err, GVM_ERR_NOT_FOUND,
                               "no block has transaction %s; `ghostvm tx` tells whether it waits",
                               t->args[0]);
    } else if (t->json) {
        gvm_tool_print_json(result);
    } else {
        gvm_tool_print_receipt(t, result);
        show_failure(t, result, &hash);
    }
    yyjson_doc_free(answer);
    return status;
}

int gvm_cmd_receipt(int argc, char **argv) {
    gvm_tool t;
    int code = gvm_tool_open(&t, &spec, argc, argv);
    return code >= 0 ? code : gvm_tool_close(&t, run(&t));
}
