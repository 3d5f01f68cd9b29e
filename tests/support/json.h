/* Fields of JSON test vectors. What is missing or of another kind stops the test program: the
 * vectors changed. */
#ifndef GVM_TESTS_SUPPORT_JSON_H
#define GVM_TESTS_SUPPORT_JSON_H

#include "hex.h"
#include "vectors.h"

#include <yyjson.h>

/* The document at `sub` below the vectors; the caller frees it with yyjson_doc_free. */
static inline yyjson_doc *json_load(const char *sub) {
    vectors_require(sub);
    yyjson_doc *doc = yyjson_read_file(vectors_path(sub), 0, NULL, NULL);
    GVM_ASSERT(doc != NULL);
    return doc;
}

static inline yyjson_val *json_get(yyjson_val *object, const char *key) {
    yyjson_val *value = yyjson_obj_get(object, key);
    GVM_ASSERT(value != NULL);
    return value;
}

static inline const char *json_str(yyjson_val *object, const char *key) {
    const char *s = yyjson_get_str(json_get(object, key));
    GVM_ASSERT(s != NULL);
    return s;
}

static inline size_t json_size(yyjson_val *object, const char *key) {
    return (size_t)yyjson_get_uint(json_get(object, key));
}

/* Decodes hex (0x allowed) into `buf`, whose old bytes are lost; valid until its next use. */
static inline gvm_bytes hex_into(gvm_buf *buf, const char *hex) {
    if (hex[0] == '0' && (hex[1] == 'x' || hex[1] == 'X')) hex += 2;
    size_t len = strlen(hex) / 2;
    gvm_buf_clear(buf);
    uint8_t *out = gvm_buf_extend(buf, len + 1); /* never NULL, even for nothing */
    GVM_ASSERT(out != NULL);
    buf->len = hex_bytes(out, len, hex);
    return gvm_buf_bytes(buf);
}

/* A big-endian number in hex of any length up to 32 bytes (0x allowed). */
static inline void hex_number(uint8_t out[32], const char *hex) {
    if (hex[0] == '0' && (hex[1] == 'x' || hex[1] == 'X')) hex += 2;
    size_t digits = strlen(hex);
    GVM_ASSERT(digits <= 64);
    memset(out, 0, 32);
    for (size_t i = 0; i < digits; i++) {
        size_t at = digits - 1 - i;
        out[31 - i / 2] |= (uint8_t)(hex_digit(hex[at]) << (i % 2 == 0 ? 0 : 4));
    }
}

static inline gvm_bytes json_hex(gvm_buf *buf, yyjson_val *object, const char *key) {
    return hex_into(buf, json_str(object, key));
}

#endif
