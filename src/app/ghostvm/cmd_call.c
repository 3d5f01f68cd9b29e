#include "app/ghostvm/cmd.h"
#include "app/ghostvm/tool.h"
#include "codec/hex.h"
#include "service/client/amount.h"
#include "service/client/message.h"

static const gvm_setting_option options[] = {
    GVM_TOOL_NODE,
    GVM_TOOL_BLOCK,
    GVM_TOOL_ABI,
    GVM_TOOL_OPTION("from", TEXT, NULL, "ADDRESS", "Who calls."),
    GVM_TOOL_OPTION("value", TEXT, "0", "AMOUNT", "What goes along: 1.5gcc, 30gwei, 7wei."),
    GVM_TOOL_OPTION("gas", NUMBER, "0", "GAS", "Gas of the call; 0 leaves it to the node."),
    GVM_TOOL_OPTION("data", TEXT, NULL, "HEX", "Raw input instead of a signature."),
};
static const gvm_tool_spec spec = {
    .usage = "call [OPTIONS] TO [SIGNATURE [ARGUMENT...]]",
    .about = "Calls a contract without a transaction and shows what it returns. The types of the "
             "results stand\nin a second pair of brackets of the signature; without them the bytes "
             "are shown. Arguments that\nbegin with a dash go after `--`.",
    .examples = "  ghostvm call 0x... 'balanceOf(address)(uint256)' 0xf39F...\n"
                "  ghostvm call --abi contracts/tour/Token.json 0x... name\n"
                "  ghostvm call --block 3 0x... 'totalSupply()(uint256)'\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .args_min = 1,
    .args_max = 256,
    .node = true,
};

static gvm_status prepare(gvm_tool *t, gvm_buf *params, gvm_buf *data, gvm_abi_entry *entry) {
    gvm_address to, from;
    char block[GVM_CLIENT_BLOCK_SIZE];
    const gvm_settings *s = &t->settings;
    const char *sender = gvm_settings_text(s, "from"), *raw = gvm_settings_text(s, "data");
    gvm_client_message m = {.to = &to, .gas = gvm_settings_number(s, "gas")};
    GVM_TRY(gvm_tool_address(t, &to, t->args[0]));
    if (sender != NULL) {
        GVM_TRY(gvm_tool_address(t, &from, sender));
        m.from = &from;
    }
    GVM_TRY(gvm_amount_parse(&m.value, gvm_settings_text(s, "value"), &t->err));
    GVM_TRY(gvm_client_block(block, NULL, gvm_settings_text(s, "block"), &t->err));
    if (raw != NULL && t->arg_count > 1)
        return gvm_error_set(&t->err, GVM_ERR_CONFIG, "give --data or a signature, not both");
    if (raw != NULL && gvm_hex_decode(data, gvm_bytes_str(raw), GVM_HEX_PREFIX_REQUIRED) != GVM_OK)
        return gvm_error_set(&t->err, GVM_ERR_SYNTAX, "--data: expected 0x and hex digits");
    if (t->arg_count > 1)
        GVM_TRY(gvm_tool_encode_call(t, data, entry, t->args[1], t->args + 2, t->arg_count - 2));
    m.data = gvm_buf_bytes(data);
    gvm_buf_put(params, '[');
    gvm_client_put_message(params, &m);
    gvm_buf_printf(params, ",%s]", block);
    return gvm_buf_status(params);
}

static gvm_status print_json(const char *text, const gvm_abi_value *values) {
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *root = yyjson_mut_obj(doc);
    bool good = yyjson_mut_obj_add_str(doc, root, "data", text);
    yyjson_mut_doc_set_root(doc, root);
    if (values != NULL) {
        yyjson_mut_val *list = yyjson_mut_obj_add_arr(doc, root, "values");
        for (size_t i = 0; i < values->count; i++) {
            gvm_buf one = {0};
            gvm_abi_value_put(&one, &values->items[i]);
            good = good && gvm_buf_status(&one) == GVM_OK &&
                   yyjson_mut_arr_add_strncpy(doc, list, (const char *)one.ptr, one.len);
            gvm_buf_free(&one);
        }
    }
    if (good) return gvm_tool_print_doc(doc);
    yyjson_mut_doc_free(doc);
    return GVM_ERR_NOMEM;
}

static gvm_status show(gvm_tool *t, yyjson_val *result, const gvm_abi_entry *entry) {
    const char *text = yyjson_get_str(result);
    gvm_json_at at = gvm_json_of(result, "eth_call");
    gvm_buf data = {0};
    gvm_abi_value values;
    bool typed = entry->outputs != NULL && entry->outputs->count > 0;
    gvm_status status = gvm_json_data(&data, &at, &t->err);
    if (status == GVM_OK && typed && data.len == 0)
        status = gvm_error_set(&t->err, GVM_ERR_NOT_FOUND,
                               "nothing came back: is there a contract at %s that has %s?",
                               t->args[0], entry->signature);
    if (status == GVM_OK && typed)
        status = gvm_abi_decode(&values, &t->arena, entry->outputs, gvm_buf_bytes(&data),
                                GVM_ABI_LENIENT, &t->err);
    if (status == GVM_OK && t->json) {
        status = print_json(text, typed ? &values : NULL);
    } else if (status == GVM_OK && typed) {
        for (size_t i = 0; i < values.count; i++) {
            gvm_buf one = {0};
            gvm_abi_value_put(&one, &values.items[i]);
            gvm_tool_line(&one);
            gvm_buf_free(&one);
        }
    } else if (status == GVM_OK) {
        gvm_buf one = {0};
        gvm_buf_str(&one, text);
        gvm_tool_line(&one);
        gvm_buf_free(&one);
    }
    gvm_buf_free(&data);
    return status;
}

static gvm_status run(gvm_tool *t) {
    gvm_buf params = {0}, data = {0};
    gvm_abi_entry entry = {0};
    yyjson_doc *answer = NULL;
    yyjson_val *result;
    gvm_status status = prepare(t, &params, &data, &entry);
    if (status == GVM_OK) {
        t->working = true;
        status = gvm_client_call(t->client, &answer, &result, "eth_call", gvm_buf_bytes(&params),
                                 &t->err);
        if (status == GVM_ERR_REMOTE) gvm_tool_reason(t);
    }
    if (status == GVM_OK) status = show(t, result, &entry);
    yyjson_doc_free(answer);
    gvm_buf_free(&data);
    gvm_buf_free(&params);
    return status;
}

int gvm_cmd_call(int argc, char **argv) {
    gvm_tool t;
    int code = gvm_tool_open(&t, &spec, argc, argv);
    return code >= 0 ? code : gvm_tool_close(&t, run(&t));
}
