#include "app/ghostvm/tool.h"

#include "crypto/address.h"
#include "service/client/amount.h"
#include "service/client/files.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { LABEL_WIDTH = 18, DATA_SHOWN = 64 };

/* ---- opening and closing */

static void print_help(const gvm_tool *t) {
    gvm_buf options = {0};
    gvm_settings_put_help(&options, &t->settings);
    printf("usage: ghostvm %s\n\n%s\n\n", t->spec->usage, t->spec->about);
    (void)fwrite(options.ptr, 1, options.len, stdout);
    printf("\nExamples:\n%s", t->spec->examples);
    gvm_buf_free(&options);
}

static gvm_status read_abi(gvm_tool *t) {
    const char *path = gvm_settings_text(&t->settings, "abi");
    if (path == NULL) return GVM_OK;
    gvm_buf text = {0};
    gvm_status status = gvm_files_read(&text, path, &t->err);
    if (status == GVM_OK)
        status = gvm_abi_parse_json(&t->abi_contract, &t->arena, gvm_buf_bytes(&text), &t->err);
    gvm_buf_free(&text);
    if (status == GVM_OK) t->abi = &t->abi_contract;
    return status;
}

static bool has_option(const gvm_tool *t, const char *name) {
    for (size_t i = 0; i < t->spec->option_count; i++)
        if (strcmp(t->spec->options[i].name, name) == 0) return true;
    return false;
}

static gvm_status configure(gvm_tool *t, int argc, char **argv) {
    gvm_settings *s = &t->settings;
    GVM_TRY(gvm_settings_flags(s, argc, (const char *const *)argv, &t->err));
    if (s->help) return GVM_OK;
    GVM_TRY(gvm_settings_environment(s, (const char *const *)environ, &t->err));
    t->args = s->args;
    t->arg_count = s->arg_count;
    if (t->arg_count < t->spec->args_min || t->arg_count > t->spec->args_max)
        return gvm_error_set(&t->err, GVM_ERR_CONFIG, "%s; usage: ghostvm %s",
                             t->arg_count < t->spec->args_min ? "an argument is missing"
                                                              : "too many arguments",
                             t->spec->usage);
    t->json = has_option(t, "json") && gvm_settings_bool(s, "json");
    if (has_option(t, "abi")) GVM_TRY(read_abi(t));
    if (!t->spec->node) return GVM_OK;
    return gvm_client_new(&t->client, gvm_settings_text(s, "rpc-url"),
                          gvm_settings_number(s, "timeout") / UINT64_C(1000000), &t->err);
}

int gvm_tool_open(gvm_tool *t, const gvm_tool_spec *spec, int argc, char **argv) {
    *t = (gvm_tool){.spec = spec};
    const char *no_colour = getenv("NO_COLOR");
    t->colour = (no_colour == NULL || no_colour[0] == '\0') && isatty(STDOUT_FILENO);
    gvm_status status = gvm_settings_init(&t->settings, spec->options, spec->option_count);
    if (status == GVM_OK) status = configure(t, argc, argv);
    if (status == GVM_OK && t->settings.help) {
        print_help(t);
        return gvm_tool_close(t, GVM_OK);
    }
    return status == GVM_OK ? -1 : gvm_tool_close(t, status);
}

int gvm_tool_close(gvm_tool *t, gvm_status status) {
    if (status != GVM_OK) {
        size_t name = strcspn(t->spec->usage, "[") - 1; /* "wasm build [OPTIONS] ..." */
        if (t->err.code == GVM_OK) t->err.code = status;
        fprintf(stderr, "ghostvm %.*s: %s\n", (int)name, t->spec->usage, gvm_error_text(&t->err));
        if (!t->working)
            fprintf(stderr, "`ghostvm %.*s --help` tells how to use it\n", (int)name,
                    t->spec->usage);
        if (status == GVM_ERR_IO && t->client != NULL)
            fprintf(stderr, "is a node running there? `ghostd --dev` starts one; --rpc-url or "
                            "GHOSTVM_RPC_URL names another\n");
    }
    bool usage = !t->working;
    gvm_client_delete(t->client);
    gvm_arena_free(&t->arena);
    gvm_settings_free(&t->settings);
    if (fflush(stdout) != 0 && status == GVM_OK) return 1;
    return status == GVM_OK ? 0 : usage ? 2 : 1;
}

void gvm_tool_wipe_option(gvm_tool *t, int argc, char **argv, const char *name) {
    char flag[64];
    size_t len = (size_t)snprintf(flag, sizeof flag, "--%s", name);
    const char *text = gvm_settings_text(&t->settings, name);
    if (text == NULL) return;
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], flag, len) != 0) continue;
        if (argv[i][len] == '=')
            gvm_wipe(argv[i] + len + 1, strlen(argv[i] + len + 1));
        else if (argv[i][len] == '\0' && i + 1 < argc)
            gvm_wipe(argv[i + 1], strlen(argv[i + 1]));
    }
    gvm_wipe((void *)(uintptr_t)text, strlen(text));
}

/* ---- tables */

const char *gvm_tool_good(const gvm_tool *t) {
    return t->colour ? "\x1b[32m" : "";
}
const char *gvm_tool_bad(const gvm_tool *t) {
    return t->colour ? "\x1b[31m" : "";
}
const char *gvm_tool_plain(const gvm_tool *t) {
    return t->colour ? "\x1b[0m" : "";
}

void gvm_tool_row(const gvm_tool *t, const char *label, const char *format, ...) {
    va_list args;
    printf("%s%-*s%s ", t->colour ? "\x1b[2m" : "", LABEL_WIDTH, label, gvm_tool_plain(t));
    va_start(args, format);
    (void)vprintf(format, args);
    va_end(args);
    (void)putchar('\n');
}

void gvm_tool_address_row(const gvm_tool *t, const char *label, const gvm_address *address) {
    char text[GVM_ADDRESS_CHECKSUM_SIZE];
    gvm_address_checksum(text, address);
    gvm_tool_row(t, label, "%s", text);
}

static void number_row(const gvm_tool *t, const char *label, gvm_u256 v, gvm_tool_kind kind) {
    gvm_buf text = {0};
    gvm_amount_put(&text, v, kind == GVM_TOOL_GCC ? 18 : kind == GVM_TOOL_GWEI ? 9 : 0);
    gvm_tool_row(t, label, "%.*s%s", (int)text.len, (const char *)text.ptr,
                 kind == GVM_TOOL_GCC    ? " GCC"
                 : kind == GVM_TOOL_GWEI ? " gwei"
                                         : "");
    gvm_buf_free(&text);
}

static void time_row(const gvm_tool *t, const char *label, gvm_u256 v) {
    time_t seconds = (time_t)v.w[0];
    struct tm tm;
    char text[64];
    if (!gvm_u256_fits_u64(v) || v.w[0] > INT64_MAX || gmtime_r(&seconds, &tm) == NULL ||
        strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &tm) == 0)
        number_row(t, label, v, GVM_TOOL_NUMBER);
    else
        gvm_tool_row(t, label, "%s (%lld)", text, (long long)seconds);
}

static void data_row(const gvm_tool *t, const char *label, const char *text, size_t len) {
    size_t bytes = len >= 2 ? (len - 2) / 2 : 0;
    if (bytes <= DATA_SHOWN) {
        gvm_tool_row(t, label, "%s", text);
    } else {
        gvm_tool_row(t, label, "%.*s... (%zu bytes)", 2 + 2 * DATA_SHOWN, text, bytes);
    }
}

static void field_row(const gvm_tool *t, yyjson_val *value, const gvm_tool_field *f) {
    gvm_json_at at = gvm_json_of(value, f->label);
    const char *text = yyjson_get_str(value);
    gvm_address address;
    gvm_u256 number;
    if (f->kind == GVM_TOOL_COUNT) {
        gvm_tool_row(t, f->label, "%zu", yyjson_arr_size(value));
    } else if (f->kind == GVM_TOOL_ADDRESS && gvm_json_address(&address, &at, NULL) == GVM_OK) {
        gvm_tool_address_row(t, f->label, &address);
    } else if (f->kind >= GVM_TOOL_NUMBER && f->kind <= GVM_TOOL_TIME &&
               gvm_json_u256(&number, &at, GVM_JSON_ANY, NULL) == GVM_OK) {
        if (f->kind == GVM_TOOL_TIME)
            time_row(t, f->label, number);
        else
            number_row(t, f->label, number, f->kind);
    } else if (f->kind == GVM_TOOL_DATA && text != NULL) {
        data_row(t, f->label, text, yyjson_get_len(value));
    } else if (text != NULL) {
        gvm_tool_row(t, f->label, "%s", text);
    }
}

void gvm_tool_rows(const gvm_tool *t, yyjson_val *object, const gvm_tool_field *fields,
                   size_t count) {
    for (size_t i = 0; i < count; i++) {
        yyjson_val *value = yyjson_obj_get(object, fields[i].key);
        if (value != NULL && !yyjson_is_null(value)) field_row(t, value, &fields[i]);
    }
}

void gvm_tool_line(const gvm_buf *text) {
    (void)fwrite(text->ptr, 1, text->len, stdout);
    (void)putchar('\n');
}

void gvm_tool_print_json(yyjson_val *value) {
    char *text = yyjson_val_write(value, YYJSON_WRITE_PRETTY_TWO_SPACES, NULL);
    if (text != NULL) (void)puts(text);
    free(text);
}

gvm_status gvm_tool_print_doc(yyjson_mut_doc *doc) {
    char *text = yyjson_mut_write(doc, YYJSON_WRITE_PRETTY_TWO_SPACES, NULL);
    if (text != NULL) (void)puts(text);
    yyjson_mut_doc_free(doc);
    gvm_status status = text != NULL ? GVM_OK : GVM_ERR_NOMEM;
    free(text);
    return status;
}
