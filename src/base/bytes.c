#include "base/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void gvm_buf_free(gvm_buf *b) {
    free(b->ptr);
    *b = (gvm_buf){0};
}

gvm_status gvm_buf_status(const gvm_buf *b) {
    return b->failed ? GVM_ERR_NOMEM : GVM_OK;
}

uint8_t *gvm_buf_extend(gvm_buf *b, size_t n) {
    if (b->failed) return NULL;
    if (n > b->cap - b->len || b->ptr == NULL) { /* room for nothing is a place, too */
        size_t need, cap = b->cap < 64 ? 64 : b->cap;
        if (__builtin_add_overflow(b->len, n, &need)) goto fail;
        while (cap < need) {
            if (__builtin_mul_overflow(cap, 2, &cap)) goto fail;
        }
        uint8_t *p = realloc(b->ptr, cap);
        if (p == NULL) goto fail;
        b->ptr = p;
        b->cap = cap;
    }
    uint8_t *at = b->ptr + b->len;
    b->len += n;
    return at;
fail:
    b->failed = true;
    return NULL;
}

void gvm_buf_append(gvm_buf *b, const void *ptr, size_t len) {
    if (len == 0) return;
    uint8_t *at = gvm_buf_extend(b, len);
    if (at != NULL) memcpy(at, ptr, len);
}

void gvm_buf_put(gvm_buf *b, uint8_t byte) {
    uint8_t *at = gvm_buf_extend(b, 1);
    if (at != NULL) *at = byte;
}

void gvm_buf_str(gvm_buf *b, const char *s) {
    gvm_buf_append(b, s, strlen(s));
}

void gvm_buf_printf(gvm_buf *b, const char *fmt, ...) {
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (n < 0) {
        b->failed = true;
    } else {
        uint8_t *at = gvm_buf_extend(b, (size_t)n + 1);
        if (at != NULL) {
            (void)vsnprintf((char *)at, (size_t)n + 1, fmt, again);
            b->len -= 1;
        }
    }
    va_end(again);
}

void gvm_wipe(void *ptr, size_t len) {
    if (len == 0) return;
    memset(ptr, 0, len);
    __asm__ volatile("" : : "r"(ptr) : "memory");
}

bool gvm_equal_ct(const void *a, const void *b, size_t len) {
    const uint8_t *x = a, *y = b;
    unsigned diff = 0;
    for (size_t i = 0; i < len; i++) diff |= (unsigned)(x[i] ^ y[i]);
    return diff == 0;
}
