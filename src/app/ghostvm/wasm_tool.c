#include "app/ghostvm/wasm_tool.h"

#include "codec/hex.h"
#include "service/client/files.h"
#include "vm/wasmhost/wasmhost.h"

#include <stdlib.h>
#include <zstd.h>

enum { PREFIX = 3, UNPACKED_MAX = 1 << 20, UNITS = 10000 };

/* ---- reading */

static bool ends_with(const char *text, const char *end) {
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static bool is_hex(gvm_bytes b) {
    return b.len >= 2 && b.ptr[0] == '0' && (b.ptr[1] == 'x' || b.ptr[1] == 'X');
}

/* Appends the module in stored code. */
static gvm_status take_module(gvm_tool *t, gvm_buf *out, gvm_bytes code) {
    static const uint8_t stored[] = {0xef, 0x47};
    if (code.len < PREFIX || memcmp(code.ptr, stored, 2) != 0 || code.ptr[2] > 1) {
        gvm_buf_append(out, code.ptr, code.len);
        return gvm_buf_status(out);
    }
    const uint8_t *frame = code.ptr + PREFIX;
    size_t len = code.len - PREFIX;
    if (code.ptr[2] == 0) {
        gvm_buf_append(out, frame, len);
        return gvm_buf_status(out);
    }
    unsigned long long size = ZSTD_getFrameContentSize(frame, len);
    if (size > UNPACKED_MAX)
        return gvm_error_set(&t->err, GVM_ERR_SYNTAX, "%s: not a zstd frame of at most %d bytes",
                             t->args[0], UNPACKED_MAX);
    uint8_t *at = gvm_buf_extend(out, (size_t)size);
    if (at == NULL && size != 0) return GVM_ERR_NOMEM;
    if (ZSTD_decompress(at, (size_t)size, frame, len) != size)
        return gvm_error_set(&t->err, GVM_ERR_SYNTAX, "%s: the zstd frame is damaged", t->args[0]);
    return GVM_OK;
}

gvm_status gvm_wasm_tool_read(gvm_tool *t, gvm_buf *out, const char *text) {
    gvm_buf file = {0}, code = {0};
    gvm_status status = gvm_files_read(&file, text, &t->err);
    gvm_bytes bytes = gvm_buf_bytes(&file);
    if (status == GVM_OK && ends_with(text, ".json")) {
        gvm_buf at = {0};
        gvm_buf_printf(&at, "@%s", text);
        gvm_buf_put(&at, 0);
        status = gvm_buf_status(&at);
        if (status == GVM_OK) status = gvm_files_code(&code, (const char *)at.ptr, &t->err);
        gvm_buf_free(&at);
        bytes = gvm_buf_bytes(&code);
    } else if (status == GVM_OK && is_hex(bytes)) {
        while (bytes.len != 0 && bytes.ptr[bytes.len - 1] <= ' ') bytes.len--;
        status = gvm_hex_decode(&code, bytes, GVM_HEX_PREFIX_REQUIRED);
        if (status != GVM_OK) gvm_error_set(&t->err, status, "%s: expected hex digits", text);
        bytes = gvm_buf_bytes(&code);
    }
    if (status == GVM_OK) status = take_module(t, out, bytes);
    gvm_buf_free(&code);
    gvm_buf_free(&file);
    return status;
}

/* ---- loading */

static gvm_status refused(gvm_status status, const gvm_wasm_refusal *why, gvm_error *err) {
    if (status == GVM_OK || status == GVM_ERR_NOMEM) return status;
    return gvm_error_set(err, status, "refused at 0x%llx: %s", (unsigned long long)why->offset,
                         why->text);
}

gvm_status gvm_wasm_tool_contract(gvm_wasm_module **out, gvm_wasm_refusal *why, gvm_bytes module,
                                  gvm_error *err) {
    GVM_TRY(refused(gvm_wasm_load(out, why, module, &gvm_wasm_limits_contract), why, err));
    gvm_status status = gvm_wasm_contract_check(module, err);
    if (status == GVM_OK) return status;
    gvm_wasm_module_delete(*out);
    *out = NULL;
    return status;
}

gvm_status gvm_wasm_tool_load(gvm_tool *t, gvm_wasm_module **out, gvm_wasm_refusal *why,
                              gvm_bytes module) {
    if (strcmp(gvm_settings_text(&t->settings, "profile"), "contract") == 0)
        return gvm_wasm_tool_contract(out, why, module, &t->err);
    return refused(gvm_wasm_load(out, why, module, &gvm_wasm_limits_core), why, &t->err);
}

gvm_status gvm_wasm_tool_profilers(gvm_tool *t) {
    unsigned sinks = (gvm_settings_bool(&t->settings, "perf-map") ? GVM_WASM_PROFILE_PERF : 0) |
                     (gvm_settings_bool(&t->settings, "gdb") ? GVM_WASM_PROFILE_GDB : 0);
    if (sinks == 0 || gvm_wasm_profile(sinks) == GVM_OK) return GVM_OK;
    return gvm_error_set(&t->err, GVM_ERR_IO, "cannot write /tmp/perf-PID.map");
}

/* ---- showing */

const char *gvm_wasm_tool_type_name(uint8_t type) {
    switch (type) {
    case GVM_WASM_I32: return "i32";
    case GVM_WASM_I64: return "i64";
    case GVM_WASM_F32: return "f32";
    case GVM_WASM_F64: return "f64";
    case GVM_WASM_V128: return "v128";
    case GVM_WASM_FUNCREF: return "funcref";
    default: return "externref";
    }
}

void gvm_wasm_tool_put_type(gvm_buf *out, const gvm_wasm_functype *type) {
    gvm_buf_put(out, '(');
    for (uint32_t i = 0; i < type->params; i++)
        gvm_buf_printf(out, "%s%s", i == 0 ? "" : ", ", gvm_wasm_tool_type_name(type->types[i]));
    gvm_buf_str(out, ")");
    for (uint32_t i = 0; i < type->results; i++)
        gvm_buf_printf(out, "%s%s", i == 0 ? " -> " : ", ",
                       gvm_wasm_tool_type_name(type->types[type->params + i]));
}

void gvm_wasm_tool_put_gas(gvm_buf *out, uint64_t units) {
    gvm_buf_printf(out, "%llu", (unsigned long long)(units / UNITS));
    uint64_t rest = units % UNITS;
    if (rest == 0) return;
    gvm_buf_printf(out, ".%04llu", (unsigned long long)rest);
    while (out->ptr[out->len - 1] == '0') out->len--;
}
