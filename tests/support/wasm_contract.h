/* Writes WebAssembly contracts for tests: host calls with constant arguments, and bytes between. */
#ifndef GVM_TESTS_SUPPORT_WASM_CONTRACT_H
#define GVM_TESTS_SUPPORT_WASM_CONTRACT_H

#include "support/wasm_build.h"
#include "vm/wasmhost/wasmhost.h"

#include <stdarg.h>
#include <stdio.h>

typedef struct wasm_contract {
    uint16_t rows[256]; /* imports */
    uint32_t imports;
    gvm_buf invoke, init, start; /* bodies, without locals and end */
    gvm_buf data, sections;      /* active segments; custom sections */
    uint32_t data_count;
    uint32_t pages;
    bool stylus;
} wasm_contract;

static inline void wc_free(wasm_contract *w) {
    gvm_buf_free(&w->invoke);
    gvm_buf_free(&w->init);
    gvm_buf_free(&w->start);
    gvm_buf_free(&w->data);
    gvm_buf_free(&w->sections);
}

static inline void wc_s64(gvm_buf *b, int64_t v) {
    for (;; v >>= 7) {
        bool last = (v >= -64 && v < 64);
        gvm_buf_put(b, (uint8_t)((v & 0x7f) | (last ? 0 : 0x80)));
        if (last) return;
    }
}
static inline void wc_i32(gvm_buf *b, uint32_t v) {
    gvm_buf_put(b, 0x41);
    wc_s64(b, (int32_t)v);
}
static inline void wc_i64(gvm_buf *b, uint64_t v) {
    gvm_buf_put(b, 0x42);
    wc_s64(b, (int64_t)v);
}
#define wc_op(b, ...) WB_RAW(b, __VA_ARGS__)

/* Index of the import "module.name", which is added where it is not there. */
static inline uint32_t wc_import(wasm_contract *w, const char *name) {
    size_t count;
    const gvm_wasm_hostcall *rows = gvm_wasm_hostcalls(&count);
    for (size_t i = 0; i < count; i++) {
        char full[80];
        (void)snprintf(full, sizeof full, "%s.%s", rows[i].module, rows[i].name);
        if (strcmp(full, name) != 0) continue;
        for (uint32_t k = 0; k < w->imports; k++)
            if (w->rows[k] == i) return k;
        w->rows[w->imports] = (uint16_t)i;
        return w->imports++;
    }
    GVM_ASSERT(name == NULL); /* no such row */
    return 0;
}

/* Calls "module.name" with constants: one argument for each parameter, uint32_t or uint64_t. */
static inline void wc_host(wasm_contract *w, gvm_buf *b, const char *name, ...) {
    size_t count;
    uint32_t index = wc_import(w, name);
    const gvm_wasm_hostcall *row = &gvm_wasm_hostcalls(&count)[w->rows[index]];
    va_list args;
    va_start(args, name);
    for (const char *t = row->type; *t != '\0' && *t != '>'; t++) {
        if (*t == 'I')
            wc_i64(b, va_arg(args, uint64_t));
        else
            wc_i32(b, va_arg(args, uint32_t));
    }
    va_end(args);
    gvm_buf_put(b, 0x10);
    wb_u32(b, index);
}
/* The same, and keeps the result (i32 or i64) at `at`. */
#define wc_host_to(w, b, at, is64, name, ...)              \
    do {                                                   \
        wc_i32(b, at);                                     \
        wc_host(w, b, name, ##__VA_ARGS__);                \
        wc_op(b, (is64) ? 0x37 : 0x36, (is64) ? 3 : 2, 0); \
    } while (0)

static inline void wc_data(wasm_contract *w, uint32_t at, gvm_bytes bytes) {
    gvm_buf_put(&w->data, 0);
    wc_i32(&w->data, at);
    gvm_buf_put(&w->data, 0x0b);
    wb_u32(&w->data, (uint32_t)bytes.len);
    gvm_buf_append(&w->data, bytes.ptr, bytes.len);
    w->data_count++;
}
static inline void wc_data_byte(wasm_contract *w, uint32_t at, uint8_t byte) {
    wc_data(w, at, gvm_bytes_make(&byte, 1));
}
static inline void wc_custom(wasm_contract *w, const char *name, gvm_bytes payload) {
    gvm_buf s = {0};
    wb_name(&s, name);
    gvm_buf_append(&s, payload.ptr, payload.len);
    wb_section(&w->sections, 0, &s);
    gvm_buf_free(&s);
}

static inline void wc_body(gvm_buf *code, const gvm_buf *body) {
    gvm_buf f = {0};
    gvm_buf_put(&f, 0); /* no locals */
    gvm_buf_append(&f, body->ptr, body->len);
    gvm_buf_put(&f, 0x0b);
    wb_sized(code, &f);
    gvm_buf_free(&f);
}

/* The module. Bodies of invoke and init must leave an i32; an empty invoke returns 0. */
static inline void wc_finish(wasm_contract *w, gvm_buf *out) {
    size_t count;
    const gvm_wasm_hostcall *rows = gvm_wasm_hostcalls(&count);
    gvm_buf s = {0};
    bool has_init = w->init.len > 0, has_start = w->start.len > 0;
    if (w->invoke.len == 0) wc_i32(&w->invoke, 0);
    wb_begin(out);
    wb_u32(&s, w->imports + 3); /* types: each import's, () -> i32, () -> (), (i32) -> i32 */
    for (uint32_t i = 0; i < w->imports; i++) {
        const char *t = rows[w->rows[i]].type, *mark = strchr(t, '>');
        size_t params = mark != NULL ? (size_t)(mark - t) : strlen(t);
        wb_u32(&s, FUNC);
        wb_u32(&s, (uint32_t)params);
        for (size_t k = 0; k < params; k++) gvm_buf_put(&s, t[k] == 'I' ? I64 : I32);
        gvm_buf_put(&s, mark != NULL);
        if (mark != NULL) gvm_buf_put(&s, mark[1] == 'I' ? I64 : I32);
    }
    WB_RAW(&s, FUNC, 0, 1, I32, FUNC, 0, 0, FUNC, 1, I32, 1, I32);
    wb_section(out, WB_TYPE, &s);
    wb_u32(&s, w->imports);
    for (uint32_t i = 0; i < w->imports; i++) {
        wb_name(&s, rows[w->rows[i]].module);
        wb_name(&s, rows[w->rows[i]].name);
        gvm_buf_put(&s, 0);
        wb_u32(&s, i);
    }
    wb_section(out, WB_IMPORT, &s);
    wb_u32(&s, 1u + has_init + has_start);
    wb_u32(&s, w->imports + (w->stylus ? 2u : 0u));
    if (has_init) wb_u32(&s, w->imports);
    if (has_start) wb_u32(&s, w->imports + 1);
    wb_section(out, WB_FUNCTION, &s);
    WB_RAW(&s, 1, 0);
    wb_u32(&s, w->pages);
    wb_section(out, WB_MEMORY, &s);
    wb_u32(&s, 2u + has_init);
    wb_name(&s, "memory");
    WB_RAW(&s, 2, 0);
    wb_name(&s, w->stylus ? "user_entrypoint" : "invoke");
    gvm_buf_put(&s, 0);
    wb_u32(&s, w->imports);
    if (has_init) {
        wb_name(&s, "init");
        gvm_buf_put(&s, 0);
        wb_u32(&s, w->imports + 1);
    }
    wb_section(out, WB_EXPORT, &s);
    if (has_start) {
        wb_u32(&s, w->imports + 1u + has_init);
        wb_section(out, WB_START, &s);
    }
    wb_u32(&s, 1u + has_init + has_start);
    wc_body(&s, &w->invoke);
    if (has_init) wc_body(&s, &w->init);
    if (has_start) wc_body(&s, &w->start);
    wb_section(out, WB_CODE, &s);
    if (w->data_count > 0) {
        wb_u32(&s, w->data_count);
        gvm_buf_append(&s, w->data.ptr, w->data.len);
        wb_section(out, WB_DATA, &s);
    }
    gvm_buf_append(out, w->sections.ptr, w->sections.len);
    gvm_buf_free(&s);
}

#endif
