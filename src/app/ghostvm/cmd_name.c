/* ghostvm name: names, read and changed. Registering is in name_register.c. */
#include "app/ghostvm/cmd.h"
#include "app/ghostvm/name_tool.h"
#include "codec/hex.h"
#include "codec/rdata.h"
#include "system/names.h"

#include <stdio.h>

/* ---- reading */

/* A line of a zone file each. */
static void show_records(yyjson_val *records, const char *name) {
    yyjson_val *one;
    yyjson_arr_iter it;
    yyjson_arr_iter_init(records, &it);
    while ((one = yyjson_arr_iter_next(&it)) != NULL) {
        const char *type = yyjson_get_str(yyjson_obj_get(one, "type"));
        const char *value = yyjson_get_str(yyjson_obj_get(one, "value"));
        if (type == NULL || value == NULL) continue;
        printf("%s. %llu IN %s %s\n", name,
               (unsigned long long)yyjson_get_uint(yyjson_obj_get(one, "ttl")), type, value);
    }
}

/* Answers a method about the name, which must not answer null. */
static gvm_status ask(gvm_tool *t, yyjson_doc **answer, yyjson_val **result, const char *method,
                      const char *otherwise) {
    t->working = true;
    GVM_TRY(gvm_ghosttool_ask(t, answer, result, method, t->args[0], ""));
    if (!yyjson_is_null(*result)) return GVM_OK;
    yyjson_doc_free(*answer);
    return gvm_error_set(&t->err, GVM_ERR_NOT_FOUND, "\"%.100s\" %s", t->args[0], otherwise);
}

static gvm_status show(gvm_tool *t, const gvm_signer *signer) {
    static const gvm_tool_field before[] = {{"name", "name", GVM_TOOL_TEXT}};
    static const gvm_tool_field after[] = {
        {"owner", "owner", GVM_TOOL_ADDRESS},  {"manager", "manager", GVM_TOOL_ADDRESS},
        {"created", "created", GVM_TOOL_TIME}, {"expires", "expires", GVM_TOOL_TIME},
        {"node", "node", GVM_TOOL_TEXT},
    };
    yyjson_doc *answer;
    yyjson_val *result;
    (void)signer;
    GVM_TRY(ask(t, &answer, &result, "ghost_getName", "is not registered"));
    const char *phase = yyjson_get_str(yyjson_obj_get(result, "phase"));
    const char *name = yyjson_get_str(yyjson_obj_get(result, "name"));
    if (t->json) {
        gvm_tool_print_json(result);
    } else {
        bool active = phase != NULL && strcmp(phase, "active") == 0;
        yyjson_val *records = yyjson_obj_get(result, "records");
        gvm_tool_rows(t, result, before, sizeof before / sizeof before[0]);
        gvm_tool_row(t, "phase", "%s%s%s", active ? gvm_tool_good(t) : gvm_tool_bad(t),
                     phase != NULL ? phase : "", gvm_tool_plain(t));
        gvm_tool_rows(t, result, after, sizeof after / sizeof after[0]);
        if (yyjson_arr_size(records) > 0) (void)putchar('\n');
        show_records(records, name != NULL ? name : t->args[0]);
    }
    yyjson_doc_free(answer);
    return GVM_OK;
}

static gvm_status resolve(gvm_tool *t, const gvm_signer *signer) {
    static const gvm_tool_field fields[] = {
        {"name", "name", GVM_TOOL_TEXT},      {"address", "address", GVM_TOOL_ADDRESS},
        {"owner", "owner", GVM_TOOL_ADDRESS}, {"contract", "contract", GVM_TOOL_ADDRESS},
        {"did", "did", GVM_TOOL_TEXT},
    };
    yyjson_doc *answer;
    yyjson_val *result;
    (void)signer;
    GVM_TRY(ask(t, &answer, &result, "ghost_resolveName", "leads nowhere"));
    if (t->json)
        gvm_tool_print_json(result);
    else
        gvm_tool_rows(t, result, fields, sizeof fields / sizeof fields[0]);
    yyjson_doc_free(answer);
    return GVM_OK;
}

static gvm_status list(gvm_tool *t, const gvm_signer *signer) {
    char rest[64];
    yyjson_doc *answer;
    yyjson_val *result, *one;
    yyjson_arr_iter it;
    (void)signer;
    t->working = true;
    (void)snprintf(rest, sizeof rest, ",%llu,%llu",
                   (unsigned long long)gvm_settings_number(&t->settings, "skip"),
                   (unsigned long long)gvm_settings_number(&t->settings, "count"));
    GVM_TRY(gvm_ghosttool_ask(t, &answer, &result, "ghost_listNames", t->args[0], rest));
    if (t->json) {
        gvm_tool_print_json(result);
    } else {
        yyjson_val *names = yyjson_obj_get(result, "names");
        uint64_t total = yyjson_get_uint(yyjson_obj_get(result, "total"));
        yyjson_arr_iter_init(names, &it);
        while ((one = yyjson_arr_iter_next(&it)) != NULL) {
            const char *name = yyjson_get_str(yyjson_obj_get(one, "name"));
            const char *phase = yyjson_get_str(yyjson_obj_get(one, "phase"));
            const char *owner = yyjson_get_str(yyjson_obj_get(one, "owner"));
            printf("%-32s %-8s %s\n", name != NULL ? name : "", phase != NULL ? phase : "",
                   owner != NULL ? owner : "");
        }
        if (yyjson_arr_size(names) < total)
            printf("%zu of %llu; --skip and --count show others\n", yyjson_arr_size(names),
                   (unsigned long long)total);
    }
    yyjson_doc_free(answer);
    return GVM_OK;
}

/* ---- changing */

gvm_status gvm_nametool_record(gvm_tool *t, uint16_t *type, gvm_buf *data, const char *text) {
    size_t word = strcspn(text, " \t"), value = word;
    gvm_error why = {0};
    while (text[value] == ' ' || text[value] == '\t') value++;
    if (gvm_rtype_find(type, gvm_bytes_make((const uint8_t *)text, word)) != GVM_OK)
        return gvm_error_set(&t->err, GVM_ERR_ARGUMENT,
                             "expected a record, such as 'A 192.0.2.1'; \"%.*s\" is no type of "
                             "record",
                             (int)(word < 40 ? word : 40), text);
    gvm_status status = gvm_rdata_parse(data, &why, *type, gvm_bytes_str(text + value));
    if (status == GVM_OK) return GVM_OK;
    return gvm_error_set(&t->err, status, "record \"%.100s\": %s", text, gvm_error_text(&why));
}

/* All of one type. A type alone means no records. */
static gvm_status set_records(gvm_tool *t, const gvm_signer *signer, const char *name,
                              gvm_buf *packed) {
    uint16_t first = 0, type;
    char rtype[8], ttl[24];
    bool none = t->arg_count == 2 && strpbrk(t->args[1], " \t") == NULL;
    if (none && gvm_rtype_find(&first, gvm_bytes_str(t->args[1])) != GVM_OK)
        return gvm_error_set(&t->err, GVM_ERR_ARGUMENT, "\"%.40s\" is no type of record",
                             t->args[1]);
    gvm_buf_put(packed, '[');
    for (size_t i = 1; i < t->arg_count && !none; i++) {
        gvm_buf data = {0};
        gvm_status status = gvm_nametool_record(t, &type, &data, t->args[i]);
        if (status == GVM_OK && i > 1 && type != first)
            status = gvm_error_set(&t->err, GVM_ERR_ARGUMENT,
                                   "one type of record at a time: found %s and %s",
                                   gvm_rtype_name(first), gvm_rtype_name(type));
        first = type;
        gvm_buf_str(packed, i > 1 ? ",0x" : "0x");
        gvm_hex_put(packed, gvm_buf_bytes(&data));
        gvm_buf_free(&data);
        GVM_TRY(status);
    }
    gvm_buf_put(packed, ']');
    gvm_buf_put(packed, '\0');
    GVM_TRY(gvm_buf_status(packed));
    t->working = true;
    (void)snprintf(rtype, sizeof rtype, "%u", (unsigned)first);
    (void)snprintf(ttl, sizeof ttl, "%llu",
                   (unsigned long long)gvm_settings_number(&t->settings, "ttl"));
    const char *args[] = {name, rtype, ttl, (const char *)packed->ptr};
    return gvm_ghosttool_do(t, signer, &gvm_names_address,
                            "setRecords(string,uint16,uint32,bytes[])", args, 4);
}

static gvm_status set(gvm_tool *t, const gvm_signer *signer) {
    const char *name;
    gvm_buf packed = {0};
    GVM_TRY(gvm_ghosttool_name(t, &name, t->args[0]));
    gvm_status status = set_records(t, signer, name, &packed);
    gvm_buf_free(&packed);
    return status;
}

static gvm_status transfer(gvm_tool *t, const gvm_signer *signer) {
    const char *name;
    gvm_address to;
    char address[GVM_HEX_ADDRESS_SIZE];
    GVM_TRY(gvm_ghosttool_name(t, &name, t->args[0]));
    t->working = true;
    GVM_TRY(gvm_ghosttool_account(t, &to, t->args[1]));
    gvm_hex_data_address(address, &to);
    const char *args[] = {name, address};
    return gvm_ghosttool_do(t, signer, &gvm_names_address, "transferName(string,address)", args, 2);
}

static gvm_status primary(gvm_tool *t, const gvm_signer *signer) {
    const char *name;
    GVM_TRY(gvm_ghosttool_name(t, &name, t->args[0]));
    t->working = true;
    return gvm_ghosttool_do(t, signer, &gvm_names_address, "setPrimary(string)", &name, 1);
}

/* ---- the table */

#define TTL                                       \
    GVM_TOOL_OPTION("ttl", NUMBER, "300", "TIME", \
                    "How many seconds resolvers may keep the records: 60 to 86400.")
static const gvm_setting_option asking[] = {GVM_TOOL_NODE};
static const gvm_setting_option listing[] = {
    GVM_TOOL_NODE,
    GVM_TOOL_OPTION("skip", NUMBER, "0", "N", "How many to pass over."),
    GVM_TOOL_OPTION("count", NUMBER, "100", "N", "How many at most, up to 1000."),
};
static const gvm_setting_option sending[] = {GVM_TOOL_NODE, GVM_TOOL_SIGNER, GVM_TOOL_FEES,
                                             GVM_TOOL_WAIT};
static const gvm_setting_option setting[] = {GVM_TOOL_NODE, GVM_TOOL_SIGNER, GVM_TOOL_FEES,
                                             GVM_TOOL_WAIT, TTL};
static const gvm_setting_option registering[] = {
    GVM_TOOL_NODE,
    GVM_TOOL_SIGNER,
    GVM_TOOL_FEES,
    GVM_TOOL_WAIT,
    TTL,
    GVM_TOOL_OPTION("years", NUMBER, "1", "N", "For how long: 1 to 10 years."),
    GVM_TOOL_OPTION("owner", TEXT, NULL, "ACCOUNT", "Whose the name is to be; else the sender's."),
};
#define OPTIONS(list) .options = list, .option_count = sizeof list / sizeof list[0], .node = true

static const gvm_ghosttool_command commands[] = {
    {.name = "show",
     .summary = "all about a name, its records in zone-file text",
     .run = show,
     .spec = {.usage = "name show [OPTIONS] NAME",
              .about = "Shows a name: its owner, its term, and its records as lines of a zone "
                       "file.",
              .examples = "  ghostvm name show alice.ghost\n",
              OPTIONS(asking),
              .args_min = 1,
              .args_max = 1}},
    {.name = "resolve",
     .summary = "where a name leads",
     .run = resolve,
     .spec = {.usage = "name resolve [OPTIONS] NAME",
              .about = "Shows the account, contract and identity that a name leads to.",
              .examples = "  ghostvm name resolve alice.ghost\n",
              OPTIONS(asking),
              .args_min = 1,
              .args_max = 1}},
    {.name = "list",
     .summary = "names of an owner, or below a name",
     .run = list,
     .spec = {.usage = "name list [OPTIONS] OWNER|TLD|NAME",
              .about = "Lists the names of an owner's address, under a top-level domain, or below "
                       "a name.",
              .examples = "  ghostvm name list 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266\n"
                          "  ghostvm name list --count 20 ghost\n",
              OPTIONS(listing),
              .args_min = 1,
              .args_max = 1}},
    {.name = "register",
     .summary = "register a name, with records",
     .contract = "Names",
     .signs = true,
     .run = gvm_nametool_register,
     .spec = {.usage = "name register [OPTIONS] NAME [RECORD...]",
              .about = "Registers a name: commits to it, waits until the commitment can be used "
                       "(a minute), registers it and\ntells the price paid, in GHOST. A RECORD is "
                       "its type and its value as a zone file has it.",
              .examples = "  ghostvm name register --from 0xf39F... alice.ghost\n"
                          "  ghostvm name register --years 2 --owner 0x7099... bob.ghost "
                          "'A 192.0.2.1' 'TXT \"hello\"'\n",
              OPTIONS(registering),
              .args_min = 1,
              .args_max = 65}},
    {.name = "set",
     .summary = "set a name's records of a type",
     .contract = "Names",
     .signs = true,
     .run = set,
     .spec = {.usage = "name set [OPTIONS] NAME RECORD...",
              .about = "Sets all records of one type. A RECORD is the type and the value as a zone "
                       "file has it; a type alone\nremoves its records.",
              .examples = "  ghostvm name set --from 0xf39F... alice.ghost 'A 192.0.2.1' "
                          "'A 192.0.2.2'\n"
                          "  ghostvm name set --from 0xf39F... --ttl 3600 alice.ghost "
                          "'MX 10 mail.example'\n"
                          "  ghostvm name set --from 0xf39F... alice.ghost TXT\n",
              OPTIONS(setting),
              .args_min = 2,
              .args_max = 65}},
    {.name = "transfer",
     .summary = "give a name to another account",
     .contract = "Names",
     .signs = true,
     .run = transfer,
     .spec = {.usage = "name transfer [OPTIONS] NAME TO",
              .about = "Gives a second-level name to an address, or to the account that another "
                       "name leads to. Records stay.",
              .examples = "  ghostvm name transfer --from 0xf39F... alice.ghost 0x7099...\n",
              OPTIONS(sending),
              .args_min = 2,
              .args_max = 2}},
    {.name = "primary",
     .summary = "choose the name that stands for an account",
     .contract = "Names",
     .signs = true,
     .run = primary,
     .spec = {.usage = "name primary [OPTIONS] NAME",
              .about = "Chooses the name that stands for the sender. It must lead to the sender; "
                       "an empty name takes the\nchoice back.",
              .examples = "  ghostvm name primary --from 0xf39F... alice.ghost\n",
              OPTIONS(sending),
              .args_min = 1,
              .args_max = 1}},
};

int gvm_cmd_name(int argc, char **argv) {
    return gvm_ghosttool_dispatch("name", commands, sizeof commands / sizeof commands[0], argc,
                                  argv);
}
