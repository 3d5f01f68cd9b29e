/* What commands share that is about the chain: addresses, calls, receipts. */
#include "app/ghostvm/tool.h"

#include "crypto/address.h"
#include "service/client/message.h"

#include <stdio.h>

gvm_status gvm_tool_address(gvm_tool *t, gvm_address *out, const char *text) {
    gvm_status status = gvm_address_parse(out, gvm_bytes_str(text));
    if (status == GVM_ERR_NON_CANONICAL)
        return gvm_error_set(&t->err, status,
                             "\"%.100s\": the letter case is not the address's checksum (EIP-55), "
                             "so it may be mistyped; all in one case passes",
                             text);
    if (status != GVM_OK)
        return gvm_error_set(&t->err, status,
                             "expected an address, 0x and 40 hex digits; found \"%.100s\"", text);
    return GVM_OK;
}

gvm_status gvm_tool_encode_call(gvm_tool *t, gvm_buf *out, gvm_abi_entry *entry,
                                const char *signature, const char *const *args, size_t count) {
    gvm_abi_value values;
    const gvm_abi_entry *known =
        t->abi == NULL ? NULL : gvm_abi_find(t->abi, GVM_ABI_FUNCTION, signature);
    if (known != NULL) {
        *entry = *known;
    } else if (strchr(signature, '(') == NULL) {
        return gvm_error_set(&t->err, GVM_ERR_SYNTAX,
                             "expected a signature, such as \"transfer(address,uint256)\"%s; found "
                             "\"%.100s\"",
                             t->abi == NULL ? ", or a name with --abi FILE"
                                            : ", or the name of one function of the ABI",
                             signature);
    } else {
        GVM_TRY(gvm_abi_parse_signature(entry, &t->arena, gvm_bytes_str(signature), &t->err));
    }
    GVM_TRY(gvm_abi_args_parse(&values, &t->arena, entry->inputs, args, count, &t->err));
    return gvm_abi_encode_call(out, entry, &values);
}

void gvm_tool_reason(gvm_tool *t) {
    gvm_buf reason = {0};
    gvm_client_put_reason(&reason, t->client, t->abi);
    gvm_error_set(&t->err, GVM_ERR_REMOTE, "%.*s", (int)reason.len, (const char *)reason.ptr);
    gvm_buf_free(&reason);
}

void gvm_tool_print_receipt(gvm_tool *t, yyjson_val *receipt) {
    static const gvm_tool_field before[] = {
        {"transactionHash", "transaction", GVM_TOOL_TEXT},
    };
    static const gvm_tool_field after[] = {
        {"blockNumber", "block", GVM_TOOL_NUMBER},
        {"transactionIndex", "index", GVM_TOOL_NUMBER},
        {"from", "from", GVM_TOOL_ADDRESS},
        {"to", "to", GVM_TOOL_ADDRESS},
        {"contractAddress", "contract", GVM_TOOL_ADDRESS},
        {"gasUsed", "gas used", GVM_TOOL_NUMBER},
        {"effectiveGasPrice", "gas price", GVM_TOOL_GWEI},
        {"blobGasUsed", "blob gas used", GVM_TOOL_NUMBER},
        {"blobGasPrice", "blob gas price", GVM_TOOL_GWEI},
    };
    const char *text = yyjson_get_str(yyjson_obj_get(receipt, "status"));
    bool done = text != NULL && strcmp(text, "0x1") == 0;
    gvm_tool_rows(t, receipt, before, sizeof before / sizeof before[0]);
    if (text != NULL)
        gvm_tool_row(t, "status", "%s%s%s", done ? gvm_tool_good(t) : gvm_tool_bad(t),
                     done ? "success" : "failed", gvm_tool_plain(t));
    gvm_tool_rows(t, receipt, after, sizeof after / sizeof after[0]);
    yyjson_val *log;
    yyjson_arr_iter it;
    yyjson_arr_iter_init(yyjson_obj_get(receipt, "logs"), &it);
    for (size_t i = 0; (log = yyjson_arr_iter_next(&it)) != NULL; i++) {
        char label[32];
        gvm_buf line = {0};
        (void)snprintf(label, sizeof label, "log %zu", i);
        gvm_client_put_log(&line, log, t->abi);
        gvm_tool_row(t, label, "%.*s", (int)line.len, (const char *)line.ptr);
        gvm_buf_free(&line);
    }
}
