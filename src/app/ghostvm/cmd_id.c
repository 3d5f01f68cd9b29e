/* ghostvm id: identities. */
#include "app/ghostvm/cmd.h"
#include "app/ghostvm/ghost_tool.h"
#include "codec/hex.h"

#include <stdio.h>

static gvm_status show(gvm_tool *t, const gvm_signer *signer) {
    static const gvm_tool_field fields[] = {
        {"did", "did", GVM_TOOL_TEXT},
        {"id", "permanent id", GVM_TOOL_TEXT},
        {"controller", "controller", GVM_TOOL_ADDRESS},
        {"key", "key", GVM_TOOL_TEXT},
        {"created", "created", GVM_TOOL_TIME},
        {"updated", "updated", GVM_TOOL_TIME},
    };
    yyjson_doc *answer;
    yyjson_val *result;
    (void)signer;
    t->working = true;
    GVM_TRY(gvm_ghosttool_ask(t, &answer, &result, "ghost_getIdentity", t->args[0], ""));
    gvm_status status = GVM_OK;
    if (yyjson_is_null(result)) {
        status =
            gvm_error_set(&t->err, GVM_ERR_NOT_FOUND, "\"%.100s\" has no identity", t->args[0]);
    } else if (t->json) {
        gvm_tool_print_json(result);
    } else {
        bool revoked = yyjson_get_bool(yyjson_obj_get(result, "revoked"));
        bool off = revoked || yyjson_get_bool(yyjson_obj_get(result, "deactivated"));
        gvm_tool_rows(t, result, fields, sizeof fields / sizeof fields[0]);
        gvm_tool_row(t, "status", "%s%s%s", off ? gvm_tool_bad(t) : gvm_tool_good(t),
                     revoked ? "revoked"
                     : off   ? "deactivated"
                             : "active",
                     gvm_tool_plain(t));
    }
    yyjson_doc_free(answer);
    return status;
}

static gvm_status document(gvm_tool *t, const gvm_signer *signer) {
    yyjson_doc *answer;
    yyjson_val *result;
    (void)signer;
    t->working = true;
    GVM_TRY(gvm_ghosttool_ask(t, &answer, &result, "ghost_resolveDid", t->args[0], ""));
    yyjson_val *doc = yyjson_obj_get(result, "didDocument");
    yyjson_val *why = yyjson_obj_get(yyjson_obj_get(result, "didResolutionMetadata"), "error");
    gvm_status status = GVM_OK;
    if (yyjson_is_obj(why)) why = yyjson_obj_get(why, "type");
    if (!yyjson_is_obj(doc))
        status = gvm_error_set(&t->err, GVM_ERR_NOT_FOUND, "\"%.100s\" has no document%s%.100s",
                               t->args[0], yyjson_is_str(why) ? ": " : "",
                               yyjson_is_str(why) ? yyjson_get_str(why) : "");
    else
        gvm_tool_print_json(t->json ? result : doc);
    yyjson_doc_free(answer);
    return status;
}

static gvm_status permissions(gvm_tool *t, const gvm_signer *signer) {
    gvm_address account;
    char address[GVM_HEX_ADDRESS_SIZE];
    yyjson_doc *answer;
    yyjson_val *result, *one;
    yyjson_arr_iter it;
    (void)signer;
    t->working = true;
    GVM_TRY(gvm_ghosttool_account(t, &account, t->args[0]));
    gvm_hex_data_address(address, &account);
    GVM_TRY(gvm_ghosttool_ask(t, &answer, &result, "ghost_getPermissions", address, ""));
    if (t->json) {
        gvm_tool_print_json(result);
    } else {
        yyjson_arr_iter_init(result, &it);
        while ((one = yyjson_arr_iter_next(&it)) != NULL)
            printf("%s\n", yyjson_is_str(one) ? yyjson_get_str(one) : "");
    }
    yyjson_doc_free(answer);
    return GVM_OK;
}

static const gvm_setting_option asking[] = {GVM_TOOL_NODE};
#define OPTIONS .options = asking, .option_count = sizeof asking / sizeof asking[0], .node = true

static const gvm_ghosttool_command commands[] = {
    {.name = "show",
     .summary = "an identity",
     .run = show,
     .spec = {.usage = "id show [OPTIONS] DID",
              .about = "Shows an identity, given by its DID, permanent id, controller's address or "
                       "name.",
              .examples = "  ghostvm id show did:ghost:alice\n"
                          "  ghostvm id show 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266\n",
              OPTIONS,
              .args_min = 1,
              .args_max = 1}},
    {.name = "doc",
     .summary = "a DID's document",
     .run = document,
     .spec = {.usage = "id doc [OPTIONS] DID",
              .about = "Prints the document of a DID (did:ghost, did:key) as JSON; with --json the "
                       "whole result of resolving\nit, with its metadata.",
              .examples = "  ghostvm id doc did:ghost:alice\n",
              OPTIONS,
              .args_min = 1,
              .args_max = 1}},
    {.name = "permissions",
     .summary = "what an account may do",
     .run = permissions,
     .spec = {.usage = "id permissions [OPTIONS] ACCOUNT",
              .about = "Lists the permissions that an account, given by address or by name, holds, "
                       "a line each.",
              .examples = "  ghostvm id permissions alice.ghost\n",
              OPTIONS,
              .args_min = 1,
              .args_max = 1}},
};

int gvm_cmd_id(int argc, char **argv) {
    return gvm_ghosttool_dispatch("id", commands, sizeof commands / sizeof commands[0], argc, argv);
}
