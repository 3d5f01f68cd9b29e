#include "app/ghostvm/cmd.h"
#include "app/ghostvm/tool.h"

static const gvm_setting_option options[] = {
    GVM_TOOL_NODE,
    GVM_TOOL_OPTION("full", BOOL, NULL, NULL,
                    "Whole transactions instead of hashes (with --json)."),
};
static const gvm_tool_spec spec = {
    .usage = "block [OPTIONS] [BLOCK]",
    .about = "Shows a block: a number, a hash or a tag; without one, the newest.",
    .examples = "  ghostvm block\n  ghostvm block 12\n  ghostvm block --json --full latest\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .args_max = 1,
    .node = true,
};

static const gvm_tool_field fields[] = {
    {"number", "number", GVM_TOOL_NUMBER},
    {"hash", "hash", GVM_TOOL_TEXT},
    {"parentHash", "parent", GVM_TOOL_TEXT},
    {"timestamp", "time", GVM_TOOL_TIME},
    {"miner", "fees to", GVM_TOOL_ADDRESS},
    {"transactions", "transactions", GVM_TOOL_COUNT},
    {"gasUsed", "gas used", GVM_TOOL_NUMBER},
    {"gasLimit", "gas limit", GVM_TOOL_NUMBER},
    {"baseFeePerGas", "base fee", GVM_TOOL_GWEI},
    {"blobGasUsed", "blob gas used", GVM_TOOL_NUMBER},
    {"size", "bytes", GVM_TOOL_NUMBER},
    {"stateRoot", "state root", GVM_TOOL_TEXT},
    {"transactionsRoot", "transactions root", GVM_TOOL_TEXT},
    {"receiptsRoot", "receipts root", GVM_TOOL_TEXT},
    {"withdrawals", "withdrawals", GVM_TOOL_COUNT},
    {"extraData", "extra data", GVM_TOOL_DATA},
};

static gvm_status run(gvm_tool *t) {
    const char *which = t->arg_count > 0 ? t->args[0] : "latest";
    char block[GVM_CLIENT_BLOCK_SIZE];
    bool is_hash;
    yyjson_doc *answer;
    yyjson_val *result;
    GVM_TRY(gvm_client_block(block, &is_hash, which, &t->err));
    bool full = t->json && gvm_settings_bool(&t->settings, "full");
    t->working = true;
    GVM_TRY(gvm_client_callf(t->client, &answer, &result, &t->err,
                             is_hash ? "eth_getBlockByHash" : "eth_getBlockByNumber", "[%s,%s]",
                             block, full ? "true" : "false"));
    gvm_status status = GVM_OK;
    if (yyjson_is_null(result)) {
        status = gvm_error_set(&t->err, GVM_ERR_NOT_FOUND, "the node has no block %s", which);
    } else if (t->json) {
        gvm_tool_print_json(result);
    } else {
        gvm_tool_rows(t, result, fields, sizeof fields / sizeof fields[0]);
    }
    yyjson_doc_free(answer);
    return status;
}

int gvm_cmd_block(int argc, char **argv) {
    gvm_tool t;
    int code = gvm_tool_open(&t, &spec, argc, argv);
    return code >= 0 ? code : gvm_tool_close(&t, run(&t));
}
