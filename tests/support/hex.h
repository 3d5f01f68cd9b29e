/* Hex literals in tests: strict, lower or upper case, no prefix; a bad literal fails the test. */
#ifndef GVM_TESTS_SUPPORT_HEX_H
#define GVM_TESTS_SUPPORT_HEX_H

#include "base/bytes.h"

#include <ctype.h>

static inline uint8_t hex_digit(char c) {
    GVM_ASSERT(isxdigit((unsigned char)c));
    return (uint8_t)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
}

/* Decodes all of `hex` into out, which has room for `room` bytes; returns the number of bytes. */
static inline size_t hex_bytes(uint8_t *out, size_t room, const char *hex) {
    size_t len = strlen(hex);
    GVM_ASSERT(len % 2 == 0 && len / 2 <= room);
    for (size_t i = 0; i < len / 2; i++)
        out[i] = (uint8_t)(hex_digit(hex[2 * i]) << 4 | hex_digit(hex[2 * i + 1]));
    return len / 2;
}

/* Whether `len` bytes at `got` are what `hex` says. */
static inline bool hex_equal(const void *got, size_t len, const char *hex) {
    const uint8_t *p = got;
    if (strlen(hex) != 2 * len) return false;
    for (size_t i = 0; i < len; i++)
        if (p[i] != (uint8_t)(hex_digit(hex[2 * i]) << 4 | hex_digit(hex[2 * i + 1]))) return false;
    return true;
}

#endif
