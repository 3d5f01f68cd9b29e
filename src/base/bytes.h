/* Byte strings: a view (gvm_bytes, in ghostvm/base.h), a growable buffer (gvm_buf), and the two
 * fixed sizes of the field (address, hash). */
#ifndef GVM_BASE_BYTES_H
#define GVM_BASE_BYTES_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef struct gvm_address {
    uint8_t b[20];
} gvm_address;

/* 32 bytes, big-endian where read as a number (storage keys and values, hashes). */
typedef struct gvm_hash {
    uint8_t b[32];
} gvm_hash;

static inline gvm_bytes gvm_bytes_make(const void *ptr, size_t len) {
    return (gvm_bytes){(const uint8_t *)ptr, len};
}
static inline gvm_bytes gvm_bytes_str(const char *s) {
    return gvm_bytes_make(s, strlen(s));
}
/* What is left behind the first `at` bytes (at most len); of no bytes too, whose ptr may be NULL.
 */
static inline gvm_bytes gvm_bytes_from(gvm_bytes b, size_t at) {
    return gvm_bytes_make(at == 0 ? b.ptr : b.ptr + at, b.len - at);
}
static inline bool gvm_bytes_equal(gvm_bytes a, gvm_bytes b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}
/* memcmp order, the shorter first where one is a prefix of the other. */
static inline int gvm_bytes_compare(gvm_bytes a, gvm_bytes b) {
    size_t n = a.len < b.len ? a.len : b.len;
    int c = n == 0 ? 0 : memcmp(a.ptr, b.ptr, n);
    return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}
static inline bool gvm_address_equal(const gvm_address *a, const gvm_address *b) {
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}
static inline bool gvm_hash_equal(const gvm_hash *a, const gvm_hash *b) {
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}
static inline bool gvm_hash_is_zero(const gvm_hash *a) {
    static const gvm_hash zero;
    return gvm_hash_equal(a, &zero);
}
static inline bool gvm_address_is_zero(const gvm_address *a) {
    static const gvm_address zero;
    return gvm_address_equal(a, &zero);
}

static inline uint64_t gvm_load_be64(const uint8_t *p) {
    uint64_t v;
    memcpy(&v, p, 8);
    return __builtin_bswap64(v);
}
static inline uint32_t gvm_load_be32(const uint8_t *p) {
    uint32_t v;
    memcpy(&v, p, 4);
    return __builtin_bswap32(v);
}
static inline uint64_t gvm_load_le64(const uint8_t *p) {
    uint64_t v;
    memcpy(&v, p, 8);
    return v;
}
static inline uint32_t gvm_load_le32(const uint8_t *p) {
    uint32_t v;
    memcpy(&v, p, 4);
    return v;
}
static inline void gvm_store_be64(uint8_t *p, uint64_t v) {
    v = __builtin_bswap64(v);
    memcpy(p, &v, 8);
}
static inline void gvm_store_be32(uint8_t *p, uint32_t v) {
    v = __builtin_bswap32(v);
    memcpy(p, &v, 4);
}
static inline void gvm_store_le64(uint8_t *p, uint64_t v) {
    memcpy(p, &v, 8);
}
static inline void gvm_store_le32(uint8_t *p, uint32_t v) {
    memcpy(p, &v, 4);
}

/* A growable buffer. Zero-initialise to start; gvm_buf_free at the end. The first failed append is
 * remembered
 * (`failed`) and later appends do nothing, so that a writer may check once, at its end, with
 * gvm_buf_status. */
typedef struct gvm_buf {
    uint8_t *ptr;
    size_t len, cap;
    bool failed;
} gvm_buf;

void gvm_buf_free(gvm_buf *b);
/* Keeps the memory, forgets the bytes and the failure. */
static inline void gvm_buf_clear(gvm_buf *b) {
    b->len = 0;
    b->failed = false;
}
static inline gvm_bytes gvm_buf_bytes(const gvm_buf *b) {
    return gvm_bytes_make(b->ptr, b->len);
}
/* GVM_OK, or GVM_ERR_NOMEM where an append failed. */
GVM_NODISCARD gvm_status gvm_buf_status(const gvm_buf *b);
/* Appends room for n bytes, not initialised; NULL (and `failed`) where memory is out. Valid until
 * the next append. */
uint8_t *gvm_buf_extend(gvm_buf *b, size_t n);
void gvm_buf_append(gvm_buf *b, const void *ptr, size_t len);
void gvm_buf_put(gvm_buf *b, uint8_t byte);
void gvm_buf_str(gvm_buf *b, const char *s);
void gvm_buf_printf(gvm_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Overwrites secrets in a way that the compiler cannot remove. */
void gvm_wipe(void *ptr, size_t len);
/* Equal or not, in time that depends on len alone. */
bool gvm_equal_ct(const void *a, const void *b, size_t len);

#endif
