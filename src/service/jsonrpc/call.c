/* The method's side of a call: arguments out, result or failure in. */
#include "codec/hex.h"
#include "service/jsonrpc/internal.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- arguments */

size_t gvm_rpc_arg_count(const gvm_rpc_call *call) {
    return call->sent;
}

const gvm_rpc_value *gvm_rpc_arg(const gvm_rpc_call *call, size_t i) {
    GVM_ASSERT(i < GVM_RPC_MAX_PARAMS && call->method->params[i].name != NULL);
    return &call->args[i];
}

bool gvm_rpc_arg_given(const gvm_rpc_call *call, size_t i) {
    return gvm_rpc_arg(call, i)->given;
}

static const gvm_rpc_value *typed(const gvm_rpc_call *call, size_t i, gvm_rpc_type a,
                                  gvm_rpc_type b) {
    const gvm_rpc_value *v = gvm_rpc_arg(call, i);
    gvm_rpc_type type = call->method->params[i].type;
    GVM_ASSERT(type == a || type == b);
    return v;
}

gvm_u256 gvm_rpc_arg_quantity(const gvm_rpc_call *call, size_t i) {
    return typed(call, i, GVM_RPC_QUANTITY, GVM_RPC_QUANTITY)->quantity;
}
uint64_t gvm_rpc_arg_u64(const gvm_rpc_call *call, size_t i) {
    return typed(call, i, GVM_RPC_UINT64, GVM_RPC_NUMBER)->number;
}
gvm_bytes gvm_rpc_arg_data(const gvm_rpc_call *call, size_t i) {
    return typed(call, i, GVM_RPC_DATA, GVM_RPC_DATA)->bytes;
}
gvm_bytes gvm_rpc_arg_string(const gvm_rpc_call *call, size_t i) {
    return typed(call, i, GVM_RPC_STRING, GVM_RPC_STRING)->bytes;
}
gvm_address gvm_rpc_arg_address(const gvm_rpc_call *call, size_t i) {
    return typed(call, i, GVM_RPC_ADDRESS, GVM_RPC_ADDRESS)->address;
}
gvm_hash gvm_rpc_arg_hash(const gvm_rpc_call *call, size_t i) {
    return typed(call, i, GVM_RPC_HASH, GVM_RPC_SLOT)->hash;
}
gvm_rpc_block gvm_rpc_arg_block(const gvm_rpc_call *call, size_t i) {
    return typed(call, i, GVM_RPC_BLOCK, GVM_RPC_BLOCK_NUMBER)->block;
}
bool gvm_rpc_arg_bool(const gvm_rpc_call *call, size_t i) {
    return typed(call, i, GVM_RPC_BOOL, GVM_RPC_BOOL)->boolean;
}
yyjson_val *gvm_rpc_arg_json(const gvm_rpc_call *call, size_t i) {
    return gvm_rpc_arg(call, i)->json;
}
yyjson_val *gvm_rpc_arg_raw(const gvm_rpc_call *call, size_t i) {
    return yyjson_arr_get(call->params, i);
}

/* ---- surroundings */

void *gvm_rpc_context(const gvm_rpc_call *call) {
    return call->request->rpc->config.context;
}
const gvm_rpc_method *gvm_rpc_call_method(const gvm_rpc_call *call) {
    return call->method;
}
const gvm_rpc *gvm_rpc_of(const gvm_rpc_call *call) {
    return call->request->rpc;
}
const char *gvm_rpc_client_version(const gvm_rpc_call *call) {
    return call->request->rpc->config.client;
}
const _Atomic bool *gvm_rpc_cancel_flag(const gvm_rpc_call *call) {
    return &call->request->cancelled;
}

bool gvm_rpc_cancelled(const gvm_rpc_call *call) {
    return atomic_load_explicit(&call->request->cancelled, memory_order_relaxed);
}
void *gvm_rpc_alloc(gvm_rpc_call *call, size_t len) {
    return gvm_arena_alloc(&call->request->arena, len);
}

/* ---- results */

yyjson_mut_doc *gvm_rpc_doc(gvm_rpc_call *call) {
    if (call->doc == NULL) call->doc = yyjson_mut_doc_new(&call->request->alc);
    return call->doc;
}

gvm_status gvm_rpc_return(gvm_rpc_call *call, yyjson_mut_val *value) {
    call->result = value;
    return value == NULL ? GVM_ERR_NOMEM : GVM_OK;
}

gvm_status gvm_rpc_return_null(gvm_rpc_call *call) {
    return gvm_rpc_return(call, yyjson_mut_null(gvm_rpc_doc(call)));
}
gvm_status gvm_rpc_return_bool(gvm_rpc_call *call, bool value) {
    return gvm_rpc_return(call, yyjson_mut_bool(gvm_rpc_doc(call), value));
}
gvm_status gvm_rpc_return_u64(gvm_rpc_call *call, uint64_t value) {
    return gvm_rpc_return(call, gvm_rpc_val_u64(call, value));
}
gvm_status gvm_rpc_return_quantity(gvm_rpc_call *call, gvm_u256 value) {
    return gvm_rpc_return(call, gvm_rpc_val_quantity(call, value));
}
gvm_status gvm_rpc_return_data(gvm_rpc_call *call, gvm_bytes value) {
    return gvm_rpc_return(call, gvm_rpc_val_data(call, value));
}
gvm_status gvm_rpc_return_hash(gvm_rpc_call *call, const gvm_hash *value) {
    return gvm_rpc_return(call, gvm_rpc_val_hash(call, value));
}
gvm_status gvm_rpc_return_address(gvm_rpc_call *call, const gvm_address *value) {
    return gvm_rpc_return(call, gvm_rpc_val_address(call, value));
}
gvm_status gvm_rpc_return_string(gvm_rpc_call *call, const char *value) {
    return gvm_rpc_return(call, yyjson_mut_strcpy(gvm_rpc_doc(call), value));
}

gvm_buf *gvm_rpc_return_text(gvm_rpc_call *call) {
    if (!call->has_text) {
        call->has_text = true;
        gvm_rpc_put_head(&call->text, call->id);
        gvm_buf_str(&call->text, "\"result\":");
    }
    return &call->text;
}

yyjson_mut_val *gvm_rpc_val_u64(gvm_rpc_call *call, uint64_t value) {
    char text[GVM_HEX_U64_SIZE];
    size_t len = gvm_hex_quantity_u64(text, value);
    return yyjson_mut_strncpy(gvm_rpc_doc(call), text, len);
}
yyjson_mut_val *gvm_rpc_val_quantity(gvm_rpc_call *call, gvm_u256 value) {
    char text[GVM_HEX_WORD_SIZE];
    gvm_hash word = gvm_u256_to_hash(value);
    size_t len = gvm_hex_quantity_word(text, &word);
    return yyjson_mut_strncpy(gvm_rpc_doc(call), text, len);
}
yyjson_mut_val *gvm_rpc_val_data(gvm_rpc_call *call, gvm_bytes value) {
    if (value.len > (SIZE_MAX - 2) / 2) return NULL;
    char *text = gvm_rpc_alloc(call, 2 + 2 * value.len);
    if (text == NULL) return NULL;
    text[0] = '0';
    text[1] = 'x';
    gvm_hex_encode(text + 2, value);
    return yyjson_mut_strn(gvm_rpc_doc(call), text, 2 + 2 * value.len);
}
yyjson_mut_val *gvm_rpc_val_hash(gvm_rpc_call *call, const gvm_hash *value) {
    return gvm_rpc_val_data(call, gvm_bytes_make(value->b, sizeof value->b));
}
yyjson_mut_val *gvm_rpc_val_address(gvm_rpc_call *call, const gvm_address *value) {
    return gvm_rpc_val_data(call, gvm_bytes_make(value->b, sizeof value->b));
}

/* ---- failures */

gvm_status gvm_rpc_vfail(gvm_rpc_call *call, int code, const char *fmt, va_list args) {
    char text[GVM_RPC_MESSAGE_SIZE];
    int n = vsnprintf(text, sizeof text, fmt, args);
    size_t len = n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
    /* Cut at a character, not inside of one. */
    if ((size_t)(n < 0 ? 0 : n) >= sizeof text) {
        size_t start = len;
        while (start > 0 && len - start < 4 && ((uint8_t)text[start - 1] & 0xc0) == 0x80) start--;
        if (start > 0 && (uint8_t)text[start - 1] >= 0xc0) len = start - 1;
    }
    call->failed = true;
    call->code = code;
    call->data = NULL;
    call->message = gvm_rpc_alloc(call, len + 1);
    if (call->message != NULL) {
        memcpy(call->message, text, len);
        call->message[len] = '\0';
    }
    return GVM_ERR_STATE;
}

gvm_status gvm_rpc_fail(gvm_rpc_call *call, int code, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    gvm_status status = gvm_rpc_vfail(call, code, fmt, args);
    va_end(args);
    return status;
}

gvm_status gvm_rpc_fail_data(gvm_rpc_call *call, int code, gvm_bytes data, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    gvm_status status = gvm_rpc_vfail(call, code, fmt, args);
    va_end(args);
    call->data = gvm_rpc_val_data(call, data);
    return status;
}

gvm_status gvm_rpc_fail_json(gvm_rpc_call *call, int code, yyjson_mut_val *data, const char *fmt,
                             ...) {
    va_list args;
    va_start(args, fmt);
    gvm_status status = gvm_rpc_vfail(call, code, fmt, args);
    va_end(args);
    call->data = data;
    return status;
}

gvm_status gvm_rpc_fail_param(gvm_rpc_call *call, size_t i, const char *fmt, ...) {
    char text[GVM_RPC_MESSAGE_SIZE];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return gvm_rpc_fail(call, GVM_RPC_E_PARAMS, "invalid params: parameter %zu (%s): %s", i + 1,
                        call->method->params[i].name, text);
}

static int code_of(gvm_status status) {
    switch (status) {
    case GVM_ERR_ARGUMENT:
    case GVM_ERR_RANGE:
    case GVM_ERR_SYNTAX:
    case GVM_ERR_TRUNCATED:
    case GVM_ERR_TRAILING:
    case GVM_ERR_NON_CANONICAL: return GVM_RPC_E_PARAMS;
    case GVM_ERR_NOT_FOUND: return GVM_RPC_E_NOT_FOUND;
    case GVM_ERR_LIMIT: return GVM_RPC_E_LIMIT;
    case GVM_ERR_UNSUPPORTED: return GVM_RPC_E_UNSUPPORTED;
    case GVM_ERR_TIMEOUT:
    case GVM_ERR_CANCELLED:
    case GVM_ERR_BUSY:
    case GVM_ERR_STATE: return GVM_RPC_E_UNAVAILABLE;
    case GVM_ERR_NOMEM:
    case GVM_ERR_IO:
    case GVM_ERR_CORRUPT:
    case GVM_ERR_FULL:
    case GVM_ERR_PERMISSION: return GVM_RPC_E_INTERNAL;
    default: return GVM_RPC_E_SERVER;
    }
}

gvm_status gvm_rpc_fail_status(gvm_rpc_call *call, gvm_status status, const gvm_error *err) {
    const char *text = err != NULL && err->text[0] != '\0' ? err->text : gvm_status_text(status);
    return gvm_rpc_fail(call, code_of(status), "%s", text);
}

/* ---- writing */

void gvm_rpc_put_string(gvm_buf *out, const char *text) {
    yyjson_mut_val val = {0};
    size_t len = strlen(text), written;
    unsafe_yyjson_set_strn(&val, text, len);
    char *json = yyjson_mut_val_write(&val, YYJSON_WRITE_NOFLAG, &written);
    if (json != NULL) {
        gvm_buf_append(out, json, written);
        free(json);
        return;
    }
    gvm_buf_put(out, '"');
    for (size_t i = 0; i < len; i++) {
        uint8_t c = (uint8_t)text[i];
        if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\') c = '?';
        gvm_buf_put(out, c);
    }
    gvm_buf_put(out, '"');
}

void gvm_rpc_put_head(gvm_buf *out, yyjson_val *id) {
    gvm_buf_str(out, "{\"jsonrpc\":\"2.0\",\"id\":");
    size_t len = 0;
    char *text = id == NULL ? NULL : yyjson_val_write(id, YYJSON_WRITE_NOFLAG, &len);
    if (text == NULL) {
        gvm_buf_str(out, "null,");
    } else {
        gvm_buf_append(out, text, len);
        gvm_buf_put(out, ',');
        free(text);
    }
}

void gvm_rpc_put_error(gvm_buf *out, int code, const char *message, yyjson_mut_val *data) {
    gvm_buf_printf(out, "\"error\":{\"code\":%d,\"message\":", code);
    gvm_rpc_put_string(out, message == NULL ? "out of memory" : message);
    size_t len;
    char *text = data == NULL ? NULL : yyjson_mut_val_write(data, YYJSON_WRITE_NOFLAG, &len);
    if (text != NULL) {
        gvm_buf_str(out, ",\"data\":");
        gvm_buf_append(out, text, len);
        free(text);
    }
    gvm_buf_put(out, '}');
}
