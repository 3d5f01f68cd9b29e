/* What commands that send transactions have in common. */
#include "app/ghostvm/tool.h"
#include "codec/hex.h"
#include "service/client/amount.h"

#include <stdio.h>
#include <unistd.h>

gvm_status gvm_tool_signer(gvm_tool *t, gvm_signer *out, int argc, char **argv) {
    const gvm_settings *s = &t->settings;
    uint64_t index = gvm_settings_number(s, "index");
    gvm_signer_source source = {
        .private_key = gvm_settings_text(s, "private-key"),
        .keystore = gvm_settings_text(s, "keystore"),
        .mnemonic = gvm_settings_text(s, "mnemonic"),
        .password_file = gvm_settings_text(s, "password-file"),
        .index = (uint32_t)index,
        .from = gvm_settings_text(s, "from"),
    };
    gvm_buf password = {0};
    gvm_status status = GVM_OK;
    if (index >= 0x80000000u)
        status = gvm_error_set(&t->err, GVM_ERR_RANGE, "--index: over 2147483647");
    if (status == GVM_OK && source.keystore != NULL && source.password_file == NULL) {
        status = gvm_tool_password(t, &password, false);
        gvm_buf_put(&password, '\0');
        source.password = (const char *)password.ptr;
    }
    if (status == GVM_OK) status = gvm_signer_open(out, &source, &t->err);
    if (password.ptr != NULL) gvm_wipe(password.ptr, password.cap);
    gvm_buf_free(&password);
    gvm_tool_wipe_option(t, argc, argv, "private-key");
    gvm_tool_wipe_option(t, argc, argv, "mnemonic");
    return status;
}

gvm_status gvm_tool_fees(gvm_tool *t, gvm_client_message *m) {
    const gvm_settings *s = &t->settings;
    const char *max_fee = gvm_settings_text(s, "max-fee"), *tip = gvm_settings_text(s, "tip");
    m->gas = gvm_settings_number(s, "gas");
    m->has_max_fee = max_fee != NULL;
    m->has_tip = tip != NULL;
    if (max_fee != NULL) GVM_TRY(gvm_amount_parse(&m->max_fee, max_fee, &t->err));
    if (tip != NULL) GVM_TRY(gvm_amount_parse(&m->tip, tip, &t->err));
    return GVM_OK;
}

gvm_status gvm_tool_encode_constructor(gvm_tool *t, gvm_buf *out, const char *signature,
                                       const char *const *args, size_t count) {
    gvm_abi_entry entry;
    gvm_abi_value values;
    gvm_buf text = {0};
    if (strncmp(signature, "constructor", 11) == 0) signature += 11;
    gvm_buf_printf(&text, "create%s", signature);
    gvm_status status = gvm_buf_status(&text);
    if (status == GVM_OK)
        status = gvm_abi_parse_signature(&entry, &t->arena, gvm_buf_bytes(&text), &t->err);
    gvm_buf_free(&text);
    GVM_TRY(status);
    GVM_TRY(gvm_abi_args_parse(&values, &t->arena, entry.inputs, args, count, &t->err));
    return gvm_abi_encode(out, &values);
}

void gvm_tool_waiting(void *hash, uint64_t ms) {
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\rwaiting for %s ... %llu s ", (const char *)hash,
                (unsigned long long)(ms / 1000));
}

gvm_status gvm_tool_submit(gvm_tool *t, gvm_hash *hash, const gvm_client_message *m,
                           const gvm_signer *signer) {
    gvm_status status = gvm_client_send(t->client, hash, m, signer, &t->err);
    if (status == GVM_ERR_REMOTE) gvm_tool_reason(t);
    return status;
}

gvm_status gvm_tool_receive(gvm_tool *t, yyjson_doc **answer, yyjson_val **receipt,
                            const gvm_hash *hash) {
    char text[GVM_HEX_WORD_SIZE];
    uint64_t ms = gvm_settings_number(&t->settings, "wait") / UINT64_C(1000000);
    gvm_hex_data_hash(text, hash);
    gvm_status status =
        gvm_client_wait(t->client, answer, receipt, hash, ms, gvm_tool_waiting, text, &t->err);
    if (isatty(STDERR_FILENO)) fprintf(stderr, "\r\x1b[K");
    return status;
}

bool gvm_tool_succeeded(yyjson_val *receipt) {
    const char *text = yyjson_get_str(yyjson_obj_get(receipt, "status"));
    return text != NULL && strcmp(text, "0x1") == 0;
}

gvm_status gvm_tool_failed(gvm_tool *t, const gvm_hash *hash) {
    gvm_buf reason = {0};
    gvm_client_put_failure(&reason, t->client, hash, t->abi);
    gvm_error_set(&t->err, GVM_ERR_REMOTE, "the transaction failed%s%.*s",
                  reason.len > 0 ? ": " : "", (int)reason.len, (const char *)reason.ptr);
    gvm_buf_free(&reason);
    return GVM_ERR_REMOTE;
}
