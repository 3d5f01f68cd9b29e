#include "app/ghostvm/cmd.h"
#include "app/ghostvm/tool.h"
#include "service/jsonrpc/methods.h"

#include <stdio.h>

static const gvm_setting_option options[] = {
    GVM_TOOL_NODE,
    GVM_TOOL_OPTION("markdown", BOOL, NULL, NULL,
                    "Print the reference of all methods of this version, asking no node."),
};
static const gvm_tool_spec spec = {
    .usage = "rpc [OPTIONS] METHOD [PARAMETER...]",
    .about = "Calls any JSON-RPC method and prints its result as JSON; a text goes without its "
             "quotes unless "
             "--json is given.\nA parameter that is JSON goes "
             "as it is,\nanything else as a string.",
    .examples = "  ghostvm rpc eth_blockNumber\n"
                "  ghostvm rpc eth_getBlockByNumber latest false\n"
                "  ghostvm rpc eth_getLogs '{\"fromBlock\":\"0x0\"}'\n"
                "  ghostvm rpc rpc_help eth_call\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .args_max = 64,
    .node = true,
};

static gvm_status print_markdown(gvm_tool *t) {
    gvm_buf text = {0};
    t->working = true;
    gvm_rpc_write_markdown(&text, gvm_rpc_methods, gvm_rpc_method_count);
    gvm_status status = gvm_buf_status(&text);
    if (status == GVM_OK) (void)fwrite(text.ptr, 1, text.len, stdout);
    gvm_buf_free(&text);
    return status;
}

static gvm_status run(gvm_tool *t) {
    yyjson_doc *answer;
    yyjson_val *result;
    if (gvm_settings_bool(&t->settings, "markdown")) return print_markdown(t);
    if (t->arg_count == 0)
        return gvm_error_set(&t->err, GVM_ERR_CONFIG,
                             "which method? `ghostvm rpc rpc_help` lists those of the node");
    gvm_buf params = {0};
    gvm_buf_put(&params, '[');
    for (size_t i = 1; i < t->arg_count; i++) {
        if (i > 1) gvm_buf_put(&params, ',');
        gvm_client_put_param(&params, t->args[i]);
    }
    gvm_buf_put(&params, ']');
    gvm_status status = gvm_buf_status(&params);
    t->working = true;
    if (status == GVM_OK)
        status = gvm_client_call(t->client, &answer, &result, t->args[0], gvm_buf_bytes(&params),
                                 &t->err);
    gvm_buf_free(&params);
    if (status != GVM_OK) return status;
    if (yyjson_is_str(result) && !t->json) {
        printf("%s\n", yyjson_get_str(result));
    } else {
        gvm_tool_print_json(result);
    }
    yyjson_doc_free(answer);
    return GVM_OK;
}

int gvm_cmd_rpc(int argc, char **argv) {
    gvm_tool t;
    int code = gvm_tool_open(&t, &spec, argc, argv);
    return code >= 0 ? code : gvm_tool_close(&t, run(&t));
}
