/* For conformance tests over JSON: finds the vectors, reads a file, reads its hex strings, counts.
 * A test that finds no vectors exits with 77, which ctest shows as skipped. */
#ifndef GVM_TESTS_SUPPORT_CURVE_VECTORS_H
#define GVM_TESTS_SUPPORT_CURVE_VECTORS_H

#include "base/bytes.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <yyjson.h>

typedef struct vector_count {
    const char *what;
    size_t passed, failed;
} vector_count;

static inline void vector_check(vector_count *c, bool ok, const char *file, const char *name) {
    c->passed += ok;
    c->failed += !ok;
    if (!ok) printf("FAILED %s: %s, %s\n", c->what, file, name);
}

/* Prints the count; true where nothing failed and something passed. */
static inline bool vector_report(const vector_count *c) {
    printf("%s: %zu passed, %zu failed\n", c->what, c->passed, c->failed);
    return c->failed == 0 && c->passed > 0;
}

static inline const char *vector_root(void) {
    const char *root = getenv("GHOSTVM_VECTORS");
    return root != NULL ? root : "../shared/vectors";
}

static inline void vector_need(const char *folder) {
    char path[4096];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s", vector_root(), folder);
    if (stat(path, &st) == 0) return;
    printf("skipped: no vectors at %s\n", path);
    exit(77);
}

static inline yyjson_doc *vector_json(const char *file) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", vector_root(), file);
    yyjson_read_err err;
    yyjson_doc *doc = yyjson_read_file(path, 0, NULL, &err);
    if (doc == NULL) printf("%s: %s\n", path, err.msg);
    GVM_ASSERT(doc != NULL);
    return doc;
}

static inline unsigned vector_digit(char c) {
    return (unsigned)(isdigit((unsigned char)c) ? c - '0' : (c | 32) - 'a' + 10);
}

/* The bytes of a hex string, with or without 0x; an odd digit is taken as if a 0 stood before.
 * False: no hex. */
static inline bool vector_hex_text(gvm_buf *out, const char *s) {
    if (s == NULL) return false;
    if (s[0] == '0' && s[1] == 'x') s += 2;
    size_t n = strlen(s);
    for (size_t i = 0; i < n; i++)
        if (!isxdigit((unsigned char)s[i])) return false;
    if (n % 2 != 0) gvm_buf_put(out, (uint8_t)vector_digit(*s++)), n--;
    for (; n > 0; n -= 2, s += 2)
        gvm_buf_put(out, (uint8_t)(vector_digit(s[0]) << 4 | vector_digit(s[1])));
    return true;
}

static inline gvm_buf vector_hex(yyjson_val *object, const char *key) {
    gvm_buf b = {0};
    (void)vector_hex_text(&b, yyjson_get_str(yyjson_obj_get(object, key)));
    return b;
}

/* The hex number at `key`, right-aligned in size bytes. */
static inline void vector_number(uint8_t *out, size_t size, yyjson_val *object, const char *key) {
    gvm_buf b = vector_hex(object, key);
    GVM_ASSERT(b.len <= size);
    memset(out, 0, size);
    if (b.len > 0) memcpy(out + size - b.len, b.ptr, b.len);
    gvm_buf_free(&b);
}

/* geth's precompile cases: `call` appends its answer to `out`. `fails`: the file's cases must all
 * be refused. */
typedef gvm_status (*vector_operation)(gvm_buf *out, gvm_bytes in);

static inline void vector_precompile(vector_count *c, const char *file, vector_operation call,
                                     bool fails) {
    char path[256];
    snprintf(path, sizeof path, "ethereum/geth/core-vm/precompiles/%s.json", file);
    yyjson_doc *doc = vector_json(path);
    size_t i, n;
    yyjson_val *item;
    yyjson_arr_foreach(yyjson_doc_get_root(doc), i, n, item) {
        gvm_buf in = vector_hex(item, "Input"), want = vector_hex(item, "Expected"), got = {0};
        gvm_status s = call(&got, gvm_buf_bytes(&in));
        bool ok = fails ? s != GVM_OK
                        : s == GVM_OK && gvm_bytes_equal(gvm_buf_bytes(&got), gvm_buf_bytes(&want));
        vector_check(c, ok, file, yyjson_get_str(yyjson_obj_get(item, "Name")));
        gvm_buf_free(&in);
        gvm_buf_free(&want);
        gvm_buf_free(&got);
    }
    yyjson_doc_free(doc);
}

#endif
