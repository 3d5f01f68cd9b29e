#include "app/ghostvm/ghost_tool.h"

#include "codec/hex.h"
#include "codec/name.h"
#include "system/system.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- the table */

static void usage(FILE *out, const char *group, const gvm_ghosttool_command *commands,
                  size_t count) {
    fprintf(out, "usage: ghostvm %s COMMAND [OPTIONS]\n\n", group);
    for (size_t i = 0; i < count; i++)
        fprintf(out, "  %-12s %s\n", commands[i].name, commands[i].summary);
    fprintf(out, "\n`ghostvm %s COMMAND --help` tells a command's options.\n", group);
}

/* So that what reverts is told by the contract's own errors. */
static gvm_status use_contract(gvm_tool *t, const char *name) {
    size_t count, kept = 0;
    const gvm_sys_item *items = gvm_system_items(&count, gvm_system_by_name(name));
    gvm_abi_entry *entries = gvm_arena_alloc(&t->arena, count * sizeof *entries);
    if (entries == NULL) return GVM_ERR_NOMEM;
    for (size_t i = 0; i < count; i++)
        if (items[i].row->what != GVM_SYS_STRUCT) entries[kept++] = items[i].abi;
    t->abi_contract = (gvm_abi_contract){entries, kept};
    t->abi = &t->abi_contract;
    return GVM_OK;
}

static gvm_status run(gvm_tool *t, const gvm_ghosttool_command *command, int argc, char **argv) {
    gvm_signer signer = {0};
    gvm_status status = GVM_OK;
    if (command->contract != NULL) status = use_contract(t, command->contract);
    if (status == GVM_OK && command->signs) status = gvm_tool_signer(t, &signer, argc, argv);
    if (status == GVM_OK) status = command->run(t, command->signs ? &signer : NULL);
    gvm_signer_wipe(&signer);
    return status;
}

int gvm_ghosttool_dispatch(const char *group, const gvm_ghosttool_command *commands, size_t count,
                           int argc, char **argv) {
    if (argc < 2) {
        usage(stderr, group, commands, count);
        return 2;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        usage(stdout, group, commands, count);
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(argv[1], commands[i].name) != 0) continue;
        gvm_tool t;
        int code = gvm_tool_open(&t, &commands[i].spec, argc - 1, argv + 1);
        return code >= 0 ? code : gvm_tool_close(&t, run(&t, &commands[i], argc - 1, argv + 1));
    }
    fprintf(stderr, "ghostvm %s: unknown command '%s'; `ghostvm %s --help` lists them\n", group,
            argv[1], group);
    return 2;
}

/* ---- asking */

void gvm_ghosttool_put_string(gvm_buf *out, const char *text) {
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_doc_set_root(doc, yyjson_mut_str(doc, text));
    char *shown = yyjson_mut_write(doc, YYJSON_WRITE_ALLOW_INVALID_UNICODE, NULL);
    gvm_buf_str(out, shown != NULL ? shown : "\"\"");
    free(shown);
    yyjson_mut_doc_free(doc);
}

gvm_status gvm_ghosttool_ask(gvm_tool *t, yyjson_doc **answer, yyjson_val **result,
                             const char *method, const char *text, const char *rest) {
    gvm_buf params = {0};
    *answer = NULL;
    gvm_buf_put(&params, '[');
    gvm_ghosttool_put_string(&params, text);
    gvm_buf_printf(&params, "%s]", rest);
    gvm_status status = gvm_buf_status(&params);
    if (status == GVM_OK)
        status =
            gvm_client_call(t->client, answer, result, method, gvm_buf_bytes(&params), &t->err);
    if (status == GVM_ERR_REMOTE) gvm_tool_reason(t);
    gvm_buf_free(&params);
    return status;
}

gvm_status gvm_ghosttool_name(gvm_tool *t, const char **out, const char *text) {
    gvm_buf normal = {0};
    gvm_bytes kept;
    gvm_status status = gvm_name_normalise(&normal, gvm_bytes_str(text));
    gvm_buf_put(&normal, '\0');
    if (status != GVM_OK)
        status = gvm_error_set(&t->err, status, "expected a name, such as alice.ghost");
    if (status == GVM_OK) status = gvm_buf_status(&normal);
    if (status == GVM_OK) status = gvm_arena_copy(&t->arena, &kept, gvm_buf_bytes(&normal));
    if (status == GVM_OK) *out = (const char *)kept.ptr;
    gvm_buf_free(&normal);
    return status;
}

gvm_status gvm_ghosttool_account(gvm_tool *t, gvm_address *out, const char *text) {
    yyjson_doc *answer;
    yyjson_val *result;
    if (strchr(text, '.') == NULL) return gvm_tool_address(t, out, text);
    GVM_TRY(gvm_ghosttool_ask(t, &answer, &result, "ghost_resolveName", text, ""));
    gvm_status status;
    if (yyjson_is_null(result)) {
        status = gvm_error_set(&t->err, GVM_ERR_NOT_FOUND, "\"%.100s\" leads nowhere", text);
    } else {
        gvm_json_at root = gvm_json_of(result, "ghost_resolveName");
        status = gvm_json_get_address(out, &root, "address", &t->err);
    }
    yyjson_doc_free(answer);
    return status;
}

static gvm_status decode(gvm_tool *t, gvm_abi_value *results, const gvm_abi_entry *entry,
                         yyjson_val *result) {
    gvm_json_at at = gvm_json_of(result, "eth_call");
    gvm_buf data = {0};
    gvm_bytes kept;
    gvm_status status = gvm_json_data(&data, &at, &t->err);
    if (status == GVM_OK && data.len == 0)
        status = gvm_error_set(&t->err, GVM_ERR_UNSUPPORTED,
                               "this chain has no system contracts: does it run Ethereum's rules?");
    if (status == GVM_OK) status = gvm_arena_copy(&t->arena, &kept, gvm_buf_bytes(&data));
    if (status == GVM_OK)
        status = gvm_abi_decode(results, &t->arena, entry->outputs, kept, GVM_ABI_LENIENT, &t->err);
    gvm_buf_free(&data);
    return status;
}

gvm_status gvm_ghosttool_call(gvm_tool *t, gvm_abi_value *results, const gvm_address *from,
                              const gvm_address *to, const char *signature, const char *const *args,
                              size_t count) {
    gvm_buf data = {0}, params = {0};
    gvm_abi_entry entry;
    yyjson_doc *answer = NULL;
    yyjson_val *result;
    gvm_status status = gvm_tool_encode_call(t, &data, &entry, signature, args, count);
    gvm_client_message m = {.from = from, .to = to, .data = gvm_buf_bytes(&data)};
    gvm_buf_put(&params, '[');
    gvm_client_put_message(&params, &m);
    gvm_buf_str(&params, ",\"latest\"]");
    if (status == GVM_OK) status = gvm_buf_status(&params);
    if (status == GVM_OK)
        status = gvm_client_call(t->client, &answer, &result, "eth_call", gvm_buf_bytes(&params),
                                 &t->err);
    if (status == GVM_ERR_REMOTE) gvm_tool_reason(t);
    if (status == GVM_OK) status = decode(t, results, &entry, result);
    yyjson_doc_free(answer);
    gvm_buf_free(&data);
    gvm_buf_free(&params);
    return status;
}

/* ---- sending */

gvm_status gvm_ghosttool_send(gvm_tool *t, yyjson_doc **answer, yyjson_val **receipt,
                              const gvm_signer *signer, const gvm_address *to,
                              const char *signature, const char *const *args, size_t count) {
    gvm_client_message m = {.to = to};
    gvm_abi_entry entry;
    gvm_buf data = {0};
    gvm_hash hash;
    *answer = NULL;
    gvm_status status = gvm_tool_fees(t, &m);
    if (status == GVM_OK) status = gvm_tool_encode_call(t, &data, &entry, signature, args, count);
    m.data = gvm_buf_bytes(&data);
    if (status == GVM_OK) status = gvm_tool_submit(t, &hash, &m, signer);
    gvm_buf_free(&data);
    GVM_TRY(status);
    GVM_TRY(gvm_tool_receive(t, answer, receipt, &hash));
    if (gvm_tool_succeeded(*receipt)) return GVM_OK;
    yyjson_doc_free(*answer);
    *answer = NULL;
    return gvm_tool_failed(t, &hash);
}

gvm_status gvm_ghosttool_do(gvm_tool *t, const gvm_signer *signer, const gvm_address *to,
                            const char *signature, const char *const *args, size_t count) {
    yyjson_doc *answer;
    yyjson_val *receipt;
    GVM_TRY(gvm_ghosttool_send(t, &answer, &receipt, signer, to, signature, args, count));
    if (t->json)
        gvm_tool_print_json(receipt);
    else
        gvm_tool_print_receipt(t, receipt);
    yyjson_doc_free(answer);
    return GVM_OK;
}
