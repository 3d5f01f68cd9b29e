#include "app/ghostvm/cmd.h"
#include "app/ghostvm/tool.h"
#include "codec/hex.h"

static const gvm_setting_option options[] = {GVM_TOOL_NODE};
static const gvm_tool_spec spec = {
    .usage = "tx [OPTIONS] HASH",
    .about = "Shows a transaction of the chain, or one that waits in the pool.",
    .examples = "  ghostvm tx 0x...\n  ghostvm tx --json 0x...\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .args_min = 1,
    .args_max = 1,
    .node = true,
};

static const gvm_tool_field fields[] = {
    {"hash", "hash", GVM_TOOL_TEXT},
    {"type", "type", GVM_TOOL_NUMBER},
    {"blockNumber", "block", GVM_TOOL_NUMBER},
    {"transactionIndex", "index", GVM_TOOL_NUMBER},
    {"from", "from", GVM_TOOL_ADDRESS},
    {"to", "to", GVM_TOOL_ADDRESS},
    {"nonce", "nonce", GVM_TOOL_NUMBER},
    {"value", "value", GVM_TOOL_GCC},
    {"gas", "gas limit", GVM_TOOL_NUMBER},
    {"gasPrice", "gas price", GVM_TOOL_GWEI},
    {"maxFeePerGas", "max fee", GVM_TOOL_GWEI},
    {"maxPriorityFeePerGas", "max tip", GVM_TOOL_GWEI},
    {"maxFeePerBlobGas", "max blob fee", GVM_TOOL_GWEI},
    {"blobVersionedHashes", "blobs", GVM_TOOL_COUNT},
    {"accessList", "access list", GVM_TOOL_COUNT},
    {"authorizationList", "authorizations", GVM_TOOL_COUNT},
    {"input", "input", GVM_TOOL_DATA},
};

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
    GVM_TRY(gvm_client_callf(t->client, &answer, &result, &t->err, "eth_getTransactionByHash",
                             "[\"%s\"]", t->args[0]));
    gvm_status status = GVM_OK;
    if (yyjson_is_null(result)) {
        status = gvm_error_set(&t->err, GVM_ERR_NOT_FOUND, "the node knows no transaction %s",
                               t->args[0]);
    } else if (t->json) {
        gvm_tool_print_json(result);
    } else {
        gvm_tool_rows(t, result, fields, sizeof fields / sizeof fields[0]);
        if (yyjson_is_null(yyjson_obj_get(result, "blockNumber")))
            gvm_tool_row(t, "block", "none yet: it waits in the pool");
    }
    yyjson_doc_free(answer);
    return status;
}

int gvm_cmd_tx(int argc, char **argv) {
    gvm_tool t;
    int code = gvm_tool_open(&t, &spec, argc, argv);
    return code >= 0 ? code : gvm_tool_close(&t, run(&t));
}
