/* Puts WebAssembly modules together for tests, byte by byte. */
#ifndef GVM_TESTS_SUPPORT_WASM_BUILD_H
#define GVM_TESTS_SUPPORT_WASM_BUILD_H

#include "base/bytes.h"

static inline void wb_u32(gvm_buf *b, uint32_t v) {
    for (; v >= 0x80; v >>= 7) gvm_buf_put(b, (uint8_t)(v | 0x80));
    gvm_buf_put(b, (uint8_t)v);
}
static inline void wb_name(gvm_buf *b, const char *name) {
    wb_u32(b, (uint32_t)strlen(name));
    gvm_buf_str(b, name);
}
/* The magic and version. */
static inline void wb_begin(gvm_buf *b) {
    gvm_buf_append(b, "\0asm\1\0\0\0", 8);
}
/* A section, or a function's body, with its length; empties `body`. */
static inline void wb_sized(gvm_buf *b, gvm_buf *body) {
    wb_u32(b, (uint32_t)body->len);
    gvm_buf_append(b, body->ptr, body->len);
    gvm_buf_clear(body);
}
static inline void wb_section(gvm_buf *b, uint8_t id, gvm_buf *body) {
    gvm_buf_put(b, id);
    wb_sized(b, body);
}
#define WB_RAW(b, ...)                        \
    do {                                      \
        const uint8_t raw_[] = {__VA_ARGS__}; \
        gvm_buf_append(b, raw_, sizeof raw_); \
    } while (0)
/* A section given by its bytes, the count first. */
#define WB_SECTION(b, id, ...)          \
    do {                                \
        gvm_buf section_ = {0};         \
        WB_RAW(&section_, __VA_ARGS__); \
        wb_section(b, id, &section_);   \
        gvm_buf_free(&section_);        \
    } while (0)

/* Bytes of the binary format. */
enum {
    WB_TYPE = 1,
    WB_IMPORT,
    WB_FUNCTION,
    WB_TABLE,
    WB_MEMORY,
    WB_GLOBAL,
    WB_EXPORT,
    WB_START,
    WB_ELEMENT,
    WB_CODE,
    WB_DATA,
    WB_DATA_COUNT,
    I32 = 0x7f,
    I64 = 0x7e,
    F32 = 0x7d,
    F64 = 0x7c,
    V128 = 0x7b,
    FUNC = 0x60,
    EMPTY = 0x40
};

#endif
