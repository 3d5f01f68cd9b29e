#include "app/ghostvm/cmd.h"
#include "app/ghostvm/tool.h"
#include "codec/hex.h"
#include "service/client/amount.h"

static const gvm_setting_option options[] = {GVM_TOOL_NODE, GVM_TOOL_BLOCK};
static const gvm_tool_spec spec = {
    .usage = "balance [OPTIONS] ADDRESS...",
    .about = "Shows what accounts hold, in the chain's own token.",
    .examples = "  ghostvm balance 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266\n"
                "  ghostvm balance --block 0 --json 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .args_min = 1,
    .args_max = 1000,
    .node = true,
};

static gvm_status show(gvm_tool *t, const gvm_address *addresses, const char *block) {
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *list = yyjson_mut_arr(doc);
    gvm_status status = doc == NULL || list == NULL ? GVM_ERR_NOMEM : GVM_OK;
    for (size_t i = 0; i < t->arg_count && status == GVM_OK; i++) {
        char address[GVM_HEX_ADDRESS_SIZE], decimal[80];
        gvm_u256 wei;
        gvm_buf gcc = {0};
        gvm_hex_data_address(address, &addresses[i]);
        status = gvm_client_u256f(t->client, &wei, &t->err, "eth_getBalance", "[\"%s\",%s]",
                                  address, block);
        if (status != GVM_OK) break;
        (void)gvm_u256_to_decimal(decimal, wei);
        gvm_amount_put(&gcc, wei, 18);
        gvm_buf_put(&gcc, '\0');
        if (gvm_buf_status(&gcc) != GVM_OK) {
            status = GVM_ERR_NOMEM;
        } else if (t->json) {
            yyjson_mut_val *one = yyjson_mut_arr_add_obj(doc, list);
            bool good = yyjson_mut_obj_add_strcpy(doc, one, "address", address) &&
                        yyjson_mut_obj_add_strcpy(doc, one, "wei", decimal) &&
                        yyjson_mut_obj_add_strcpy(doc, one, "gcc", (const char *)gcc.ptr);
            if (!good) status = GVM_ERR_NOMEM;
        } else if (t->arg_count == 1) {
            gvm_tool_row(t, "balance", "%s GCC", (const char *)gcc.ptr);
            gvm_tool_row(t, "in wei", "%s", decimal);
        } else {
            gvm_tool_row(t, t->args[i], "%s GCC", (const char *)gcc.ptr);
        }
        gvm_buf_free(&gcc);
    }
    if (status == GVM_OK && t->json) {
        yyjson_mut_doc_set_root(doc, t->arg_count == 1 ? yyjson_mut_arr_get_first(list) : list);
        return gvm_tool_print_doc(doc);
    }
    yyjson_mut_doc_free(doc);
    return status;
}

static gvm_status run(gvm_tool *t) {
    gvm_address *addresses = gvm_arena_alloc(&t->arena, t->arg_count * sizeof *addresses);
    char block[GVM_CLIENT_BLOCK_SIZE];
    if (addresses == NULL) return GVM_ERR_NOMEM;
    for (size_t i = 0; i < t->arg_count; i++)
        GVM_TRY(gvm_tool_address(t, &addresses[i], t->args[i]));
    GVM_TRY(gvm_client_block(block, NULL, gvm_settings_text(&t->settings, "block"), &t->err));
    t->working = true;
    return show(t, addresses, block);
}

int gvm_cmd_balance(int argc, char **argv) {
    gvm_tool t;
    int code = gvm_tool_open(&t, &spec, argc, argv);
    return code >= 0 ? code : gvm_tool_close(&t, run(&t));
}
