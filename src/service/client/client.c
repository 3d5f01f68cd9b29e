#include "service/client/client.h"

#include "codec/hex.h"
#include "service/client/fetch.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct gvm_client {
    gvm_fetch_url url;
    uint64_t timeout_ms, next_id;
    gvm_client_fault fault;
    gvm_buf request;
    gvm_fetch_answer answer;
};

gvm_status gvm_client_new(gvm_client **out, const char *url, uint64_t timeout_ms, gvm_error *err) {
    gvm_client *c = calloc(1, sizeof *c);
    if (c == NULL) return GVM_ERR_NOMEM;
    c->timeout_ms = timeout_ms;
    c->next_id = 1;
    gvm_status status = gvm_fetch_parse_url(&c->url, url, err);
    if (status != GVM_OK) {
        free(c);
        return status;
    }
    *out = c;
    return GVM_OK;
}

void gvm_client_delete(gvm_client *c) {
    if (c == NULL) return;
    gvm_buf_free(&c->fault.data);
    gvm_buf_free(&c->request);
    gvm_buf_free(&c->answer.body);
    free(c);
}

const gvm_client_fault *gvm_client_last_fault(const gvm_client *c) {
    return &c->fault;
}

/* ---- one call */

static gvm_status no_rpc(const gvm_client *c, gvm_error *err, const char *what) {
    return gvm_error_set(err, GVM_ERR_SYNTAX,
                         "http://%.200s answers, but not as a JSON-RPC node: %.200s (HTTP %u)",
                         c->url.authority, what, c->answer.status);
}

/* Some nodes put the data of a revert one object deeper. */
static void keep_data(gvm_client *c, yyjson_val *data) {
    if (yyjson_is_obj(data)) data = yyjson_obj_get(data, "data");
    const char *text = yyjson_get_str(data);
    if (text == NULL) return;
    if (gvm_hex_decode(&c->fault.data, gvm_bytes_make(text, yyjson_get_len(data)),
                       GVM_HEX_PREFIX_REQUIRED) != GVM_OK)
        gvm_buf_clear(&c->fault.data);
}

static gvm_status refused(gvm_client *c, const char *method, yyjson_val *error, gvm_error *err) {
    const char *message = yyjson_get_str(yyjson_obj_get(error, "message"));
    c->fault.code = yyjson_get_sint(yyjson_obj_get(error, "code"));
    (void)snprintf(c->fault.message, sizeof c->fault.message, "%s",
                   message == NULL ? "no reason given" : message);
    keep_data(c, yyjson_obj_get(error, "data"));
    return gvm_error_set(err, GVM_ERR_REMOTE, "%s: %.400s (code %lld)", method, c->fault.message,
                         (long long)c->fault.code);
}

static gvm_status read_answer(gvm_client *c, yyjson_doc **answer, yyjson_val **result,
                              const char *method, gvm_error *err) {
    gvm_error why = {0};
    yyjson_doc *doc = NULL;
    if (gvm_json_parse(&doc, gvm_buf_bytes(&c->answer.body), NULL, &why) != GVM_OK)
        return no_rpc(c, err, why.text[0] != '\0' ? why.text : "no JSON");
    yyjson_val *root = yyjson_doc_get_root(doc), *error = yyjson_obj_get(root, "error");
    yyjson_val *value = yyjson_obj_get(root, "result");
    gvm_status status = GVM_OK;
    if (yyjson_is_obj(error)) {
        status = refused(c, method, error, err);
    } else if (value == NULL) {
        status = no_rpc(c, err, "no result and no error");
    }
    if (status != GVM_OK) {
        yyjson_doc_free(doc);
        return status;
    }
    *answer = doc;
    *result = value;
    return GVM_OK;
}

gvm_status gvm_client_call(gvm_client *c, yyjson_doc **answer, yyjson_val **result,
                           const char *method, gvm_bytes params, gvm_error *err) {
    *answer = NULL;
    *result = NULL;
    c->fault.code = 0;
    c->fault.message[0] = '\0';
    gvm_buf_clear(&c->fault.data);
    gvm_buf_clear(&c->request);
    gvm_buf_printf(&c->request, "{\"jsonrpc\":\"2.0\",\"id\":%llu,\"method\":\"",
                   (unsigned long long)c->next_id++);
    for (const char *p = method; *p != '\0'; p++) {
        bool word = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
                    (*p >= '0' && *p <= '9') || *p == '_';
        if (!word)
            return gvm_error_set(err, GVM_ERR_SYNTAX,
                                 "expected the name of a method, such as eth_chainId, found "
                                 "\"%.100s\"",
                                 method);
        gvm_buf_put(&c->request, (uint8_t)*p);
    }
    gvm_buf_str(&c->request, "\",\"params\":");
    gvm_buf_append(&c->request, params.ptr, params.len);
    gvm_buf_put(&c->request, '}');
    GVM_TRY(gvm_buf_status(&c->request));
    GVM_TRY(gvm_fetch_post(&c->answer, &c->url, "application/json", gvm_buf_bytes(&c->request),
                           GVM_CLIENT_ANSWER_MAX, c->timeout_ms, err));
    return read_answer(c, answer, result, method, err);
}

static gvm_status callv(gvm_client *c, yyjson_doc **answer, yyjson_val **result, gvm_error *err,
                        const char *method, const char *format, va_list args) {
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, again);
    va_end(again);
    *answer = NULL;
    *result = NULL;
    char *params = len < 0 ? NULL : malloc((size_t)len + 1);
    if (params == NULL) return GVM_ERR_NOMEM;
    (void)vsnprintf(params, (size_t)len + 1, format, args);
    gvm_status status =
        gvm_client_call(c, answer, result, method, gvm_bytes_make(params, (size_t)len), err);
    free(params);
    return status;
}

gvm_status gvm_client_callf(gvm_client *c, yyjson_doc **answer, yyjson_val **result, gvm_error *err,
                            const char *method, const char *format, ...) {
    va_list args;
    va_start(args, format);
    gvm_status status = callv(c, answer, result, err, method, format, args);
    va_end(args);
    return status;
}

gvm_status gvm_client_u256f(gvm_client *c, gvm_u256 *out, gvm_error *err, const char *method,
                            const char *format, ...) {
    yyjson_doc *answer;
    yyjson_val *result;
    va_list args;
    va_start(args, format);
    gvm_status status = callv(c, &answer, &result, err, method, format, args);
    va_end(args);
    if (status != GVM_OK) return status;
    gvm_json_at at = gvm_json_of(result, method);
    status = gvm_json_u256(out, &at, GVM_JSON_ANY, err);
    yyjson_doc_free(answer);
    return status;
}

gvm_status gvm_client_u64f(gvm_client *c, uint64_t *out, gvm_error *err, const char *method,
                           const char *format, ...) {
    yyjson_doc *answer;
    yyjson_val *result;
    va_list args;
    va_start(args, format);
    gvm_status status = callv(c, &answer, &result, err, method, format, args);
    va_end(args);
    if (status != GVM_OK) return status;
    gvm_json_at at = gvm_json_of(result, method);
    status = gvm_json_u64(out, &at, GVM_JSON_ANY, err);
    yyjson_doc_free(answer);
    return status;
}

/* ---- parameters */

gvm_status gvm_client_block(char out[GVM_CLIENT_BLOCK_SIZE], bool *is_hash, const char *text,
                            gvm_error *err) {
    static const char *const tags[] = {"latest", "pending", "earliest", "safe", "finalized"};
    gvm_hash hash;
    gvm_u256 number;
    size_t len = strlen(text);
    if (is_hash != NULL) *is_hash = false;
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
        if (strcmp(text, tags[i]) != 0) continue;
        (void)snprintf(out, GVM_CLIENT_BLOCK_SIZE, "\"%s\"", text);
        return GVM_OK;
    }
    if (len == 66 && gvm_hex_decode_hash(&hash, gvm_bytes_make(text, len)) == GVM_OK) {
        if (is_hash != NULL) *is_hash = true;
        (void)snprintf(out, GVM_CLIENT_BLOCK_SIZE, "\"%s\"", text);
        return GVM_OK;
    }
    if (gvm_u256_parse(&number, text, len) == GVM_OK && gvm_u256_fits_u64(number)) {
        (void)snprintf(out, GVM_CLIENT_BLOCK_SIZE, "\"0x%llx\"", (unsigned long long)number.w[0]);
        return GVM_OK;
    }
    return gvm_error_set(err, GVM_ERR_SYNTAX,
                         "block: expected a number, a hash of 32 bytes, or one of latest, pending, "
                         "earliest, safe, finalized; found \"%.100s\"",
                         text);
}

void gvm_client_put_param(gvm_buf *out, const char *text) {
    size_t len = strlen(text);
    yyjson_doc *doc = yyjson_read(text, len, YYJSON_READ_NOFLAG);
    if (doc != NULL) {
        yyjson_doc_free(doc);
        gvm_buf_append(out, text, len);
        return;
    }
    yyjson_mut_doc *made = yyjson_mut_doc_new(NULL);
    yyjson_mut_doc_set_root(made, yyjson_mut_strn(made, text, len));
    size_t size = 0;
    char *quoted = made == NULL ? NULL : yyjson_mut_write(made, YYJSON_WRITE_NOFLAG, &size);
    if (quoted != NULL) {
        gvm_buf_append(out, quoted, size);
    } else {
        out->failed = true;
    }
    free(quoted);
    yyjson_mut_doc_free(made);
}
