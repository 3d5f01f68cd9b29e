/* Reads elements from the bytes at hand. An element either is there whole, or is known to be bad,
 * or needs more bytes; the reader changes nothing but itself, so an element that needs more is
 * simply read again from its start. */
#ifndef GVM_VM_WASM_READER_H
#define GVM_VM_WASM_READER_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef enum gvm_wasm_read {
    GVM_WASM_READ_OK,
    GVM_WASM_READ_MORE,
    GVM_WASM_READ_BAD
} gvm_wasm_read;

typedef struct gvm_wasm_reader {
    const uint8_t *p, *end;
    bool closed;     /* nothing of this section or body comes after `end` */
    const char *why; /* with READ_BAD */
} gvm_wasm_reader;

#define GVM_WASM_READ(expr)                                                       \
    do {                                                                          \
        gvm_wasm_read gvm_read_ = (expr);                                         \
        if (__builtin_expect(gvm_read_ != GVM_WASM_READ_OK, 0)) return gvm_read_; \
    } while (0)

static inline gvm_wasm_read gvm_wasm_read_bad(gvm_wasm_reader *r, const char *why) {
    r->why = why;
    return GVM_WASM_READ_BAD;
}

static inline gvm_wasm_read gvm_wasm_read_end(gvm_wasm_reader *r) {
    return r->closed ? gvm_wasm_read_bad(r, "unexpected end of section or function")
                     : GVM_WASM_READ_MORE;
}

static inline gvm_wasm_read gvm_wasm_read_u8(gvm_wasm_reader *r, uint8_t *out) {
    if (r->p == r->end) return gvm_wasm_read_end(r);
    *out = *r->p++;
    return GVM_WASM_READ_OK;
}

static inline gvm_wasm_read gvm_wasm_read_bytes(gvm_wasm_reader *r, void *out, size_t len) {
    if ((size_t)(r->end - r->p) < len) {
        r->p = r->end;
        return gvm_wasm_read_end(r);
    }
    memcpy(out, r->p, len);
    r->p += len;
    return GVM_WASM_READ_OK;
}

/* LEB128 without sign, of at most 32 bits. */
static inline gvm_wasm_read gvm_wasm_read_u32(gvm_wasm_reader *r, uint32_t *out) {
    uint32_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
        if (r->p == r->end) return gvm_wasm_read_end(r);
        uint8_t byte = *r->p++;
        if (shift == 28 && byte > 0x0f)
            return gvm_wasm_read_bad(r, byte & 0x80 ? "integer representation too long"
                                                    : "integer too large");
        value |= (uint32_t)(byte & 0x7f) << shift;
        if (byte < 0x80) break;
    }
    *out = value;
    return GVM_WASM_READ_OK;
}

/* LEB128 with sign, of `bits` bits (32, 33 or 64). */
static inline gvm_wasm_read gvm_wasm_read_signed(gvm_wasm_reader *r, int64_t *out, unsigned bits) {
    uint64_t value = 0;
    unsigned shift = 0;
    uint8_t byte;
    do {
        if (r->p == r->end) return gvm_wasm_read_end(r);
        byte = *r->p++;
        unsigned left = bits - shift;
        if (left < 7) {
            if (byte & 0x80) return gvm_wasm_read_bad(r, "integer representation too long");
            unsigned rest = (unsigned)byte >> (left - 1); /* the sign and what must repeat it */
            if (rest != 0 && rest != 0x7fu >> (left - 1))
                return gvm_wasm_read_bad(r, "integer too large");
        }
        value |= (uint64_t)(byte & 0x7f) << shift;
        shift += 7;
    } while (byte & 0x80);
    if (shift < 64 && byte & 0x40) value |= ~(uint64_t)0 << shift;
    *out = (int64_t)value;
    return GVM_WASM_READ_OK;
}

#endif
