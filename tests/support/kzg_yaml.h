/* The YAML of c-kzg-4844's cases: a value is everything between its key and the next key of the
 * same or a lower depth. Hex strings stand in quotes, numbers in one bracketed list. */
#ifndef GVM_TEST_KZG_YAML_H
#define GVM_TEST_KZG_YAML_H

#include "support/curve_vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

typedef struct yaml {
    gvm_bytes text; /* of this value */
} yaml;

static inline gvm_bytes slice(const char *from, const char *to) {
    return gvm_bytes_make(from, (size_t)(to - from));
}

/* The value of `key` at this indentation. False where there is none. */
static inline bool yaml_get(yaml *out, gvm_bytes text, int indent, const char *key) {
    const char *p = (const char *)text.ptr, *end = p + text.len, *start = NULL;
    size_t n = strlen(key);
    *out = (yaml){0};
    while (p < end) {
        const char *line = p, *nl = memchr(p, '\n', (size_t)(end - p));
        const char *stop = nl != NULL ? nl : end;
        int depth = 0;
        while (line + depth < stop && line[depth] == ' ') depth++;
        const char *word = line + depth;
        bool is_key = depth <= indent && word < stop && *word != '-' && *word != ' ';
        if (start != NULL && is_key) break;
        if (start == NULL && is_key && depth == indent && (size_t)(stop - word) > n &&
            memcmp(word, key, n) == 0 && word[n] == ':')
            start = word + n + 1;
        p = nl != NULL ? nl + 1 : end;
    }
    if (start == NULL) return false;
    out->text = slice(start, p);
    return true;
}

/* The next quoted hex string at *at; its end goes into *at. False where there is none. *valid: it
 * is hex. */
static inline bool next_hex(gvm_buf *out, gvm_bytes text, size_t *at) {
    const uint8_t *p = memchr(text.ptr + *at, '\'', text.len - *at);
    if (p == NULL) return false;
    const uint8_t *q = memchr(p + 1, '\'', text.len - (size_t)(p + 1 - text.ptr));
    assert_non_null(q);
    char *copy = strndup((const char *)p + 1, (size_t)(q - p - 1));
    gvm_buf_clear(out);
    assert_true(vector_hex_text(out, copy));
    free(copy);
    *at = (size_t)(q + 1 - text.ptr);
    return true;
}

/* All hex strings of the value, one after another; `each` bytes long, or *ok becomes false. Returns
 * their number. */
static inline size_t all_hex(gvm_buf *out, gvm_bytes input, const char *key, size_t each,
                             bool *ok) {
    yaml v;
    gvm_buf one = {0};
    size_t n = 0, at = 0;
    assert_true(yaml_get(&v, input, 2, key));
    for (; next_hex(&one, v.text, &at); n++) {
        *ok = *ok && one.len == each;
        gvm_buf_append(out, one.ptr, one.len);
    }
    gvm_buf_free(&one);
    return n;
}

#endif
