#include "codec/hex.h"

static const char digits[16] = {'0', '1', '2', '3', '4', '5', '6', '7',
                                '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};

/* Value + 1, so that the bytes that are no digit need no initialiser. */
static const uint8_t values[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

int gvm_hex_digit(uint8_t c) {
    return (int)values[c] - 1;
}

void gvm_hex_encode(char *out, gvm_bytes in) {
    for (size_t i = 0; i < in.len; i++) {
        out[2 * i] = digits[in.ptr[i] >> 4];
        out[2 * i + 1] = digits[in.ptr[i] & 15];
    }
}

void gvm_hex_put(gvm_buf *out, gvm_bytes in) {
    if (in.len > SIZE_MAX / 2) {
        out->failed = true;
        return;
    }
    uint8_t *at = gvm_buf_extend(out, 2 * in.len);
    if (at != NULL) gvm_hex_encode((char *)at, in);
}

void gvm_hex_put_data(gvm_buf *out, gvm_bytes in) {
    gvm_buf_append(out, "0x", 2);
    gvm_hex_put(out, in);
}

size_t gvm_hex_quantity_u64(char out[GVM_HEX_U64_SIZE], uint64_t v) {
    size_t n = v == 0 ? 1 : (size_t)(67 - __builtin_clzll(v)) / 4;
    out[0] = '0';
    out[1] = 'x';
    for (size_t i = n; i > 0; i--) {
        out[1 + i] = digits[v & 15];
        v >>= 4;
    }
    out[2 + n] = '\0';
    return 2 + n;
}

size_t gvm_hex_quantity_word(char out[GVM_HEX_WORD_SIZE], const gvm_hash *v) {
    char all[64];
    gvm_hex_encode(all, gvm_bytes_make(v->b, sizeof v->b));
    size_t skip = 0;
    while (skip < sizeof all - 1 && all[skip] == '0') skip++;
    size_t n = sizeof all - skip;
    out[0] = '0';
    out[1] = 'x';
    memcpy(out + 2, all + skip, n);
    out[2 + n] = '\0';
    return 2 + n;
}

static size_t data_string(char *out, gvm_bytes in) {
    out[0] = '0';
    out[1] = 'x';
    gvm_hex_encode(out + 2, in);
    out[2 + 2 * in.len] = '\0';
    return 2 + 2 * in.len;
}

size_t gvm_hex_data_hash(char out[GVM_HEX_WORD_SIZE], const gvm_hash *v) {
    return data_string(out, gvm_bytes_make(v->b, sizeof v->b));
}

size_t gvm_hex_data_address(char out[GVM_HEX_ADDRESS_SIZE], const gvm_address *v) {
    return data_string(out, gvm_bytes_make(v->b, sizeof v->b));
}

void gvm_hex_put_u64(gvm_buf *out, uint64_t v) {
    char text[GVM_HEX_U64_SIZE];
    gvm_buf_append(out, text, gvm_hex_quantity_u64(text, v));
}

void gvm_hex_put_word(gvm_buf *out, const gvm_hash *v) {
    char text[GVM_HEX_WORD_SIZE];
    gvm_buf_append(out, text, gvm_hex_quantity_word(text, v));
}

/* Takes "0x" off the front as `prefix` says. */
static gvm_status strip(gvm_bytes *text, gvm_hex_prefix prefix) {
    bool there =
        text->len >= 2 && text->ptr[0] == '0' && (text->ptr[1] == 'x' || text->ptr[1] == 'X');
    if (there && prefix != GVM_HEX_PREFIX_NONE) {
        text->ptr += 2;
        text->len -= 2;
    } else if (!there && prefix == GVM_HEX_PREFIX_REQUIRED) {
        return GVM_ERR_SYNTAX;
    }
    return GVM_OK;
}

/* Reads 2 * len digits; a value + 1 of 0 borrows and sets a bit above the low four. */
static gvm_status read_pairs(uint8_t *out, size_t len, const uint8_t *text) {
    unsigned bad = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned hi = (unsigned)values[text[2 * i]] - 1, lo = (unsigned)values[text[2 * i + 1]] - 1;
        bad |= hi | lo;
        out[i] = (uint8_t)(hi << 4 | (lo & 15));
    }
    return bad > 15 ? GVM_ERR_SYNTAX : GVM_OK;
}

gvm_status gvm_hex_decode(gvm_buf *out, gvm_bytes text, gvm_hex_prefix prefix) {
    GVM_TRY(strip(&text, prefix));
    if (text.len % 2 != 0) return GVM_ERR_SYNTAX;
    if (text.len == 0) return gvm_buf_status(out);
    size_t before = out->len;
    uint8_t *at = gvm_buf_extend(out, text.len / 2);
    if (at == NULL) return GVM_ERR_NOMEM;
    gvm_status status = read_pairs(at, text.len / 2, text.ptr);
    if (status != GVM_OK) out->len = before;
    return status;
}

gvm_status gvm_hex_decode_fixed(uint8_t *out, size_t len, gvm_bytes text, gvm_hex_prefix prefix) {
    GVM_TRY(strip(&text, prefix));
    if (text.len % 2 == 0 && text.len / 2 == len) return read_pairs(out, len, text.ptr);
    for (size_t i = 0; i < text.len; i++) {
        if (gvm_hex_digit(text.ptr[i]) < 0) return GVM_ERR_SYNTAX;
    }
    return text.len % 2 != 0 ? GVM_ERR_SYNTAX : GVM_ERR_RANGE;
}

gvm_status gvm_hex_decode_hash(gvm_hash *out, gvm_bytes text) {
    return gvm_hex_decode_fixed(out->b, sizeof out->b, text, GVM_HEX_PREFIX_REQUIRED);
}

gvm_status gvm_hex_decode_address(gvm_address *out, gvm_bytes text) {
    return gvm_hex_decode_fixed(out->b, sizeof out->b, text, GVM_HEX_PREFIX_REQUIRED);
}

/* Checks a quantity's digits and takes its leading zeros away. */
static gvm_status quantity_digits(gvm_bytes *text, gvm_hex_zeros zeros) {
    GVM_TRY(strip(text, GVM_HEX_PREFIX_REQUIRED));
    for (size_t i = 0; i < text->len; i++) {
        if (gvm_hex_digit(text->ptr[i]) < 0) return GVM_ERR_SYNTAX;
    }
    if (zeros == GVM_HEX_STRICT) {
        if (text->len == 0) return GVM_ERR_SYNTAX;
        if (text->len > 1 && text->ptr[0] == '0') return GVM_ERR_NON_CANONICAL;
    }
    while (text->len > 0 && text->ptr[0] == '0') {
        text->ptr++;
        text->len--;
    }
    return GVM_OK;
}

gvm_status gvm_hex_parse_u64(uint64_t *out, gvm_bytes text, gvm_hex_zeros zeros) {
    GVM_TRY(quantity_digits(&text, zeros));
    if (text.len > 16) return GVM_ERR_RANGE;
    uint64_t v = 0;
    for (size_t i = 0; i < text.len; i++) v = v << 4 | (uint64_t)gvm_hex_digit(text.ptr[i]);
    *out = v;
    return GVM_OK;
}

gvm_status gvm_hex_parse_word(gvm_hash *out, gvm_bytes text, gvm_hex_zeros zeros) {
    GVM_TRY(quantity_digits(&text, zeros));
    if (text.len > 64) return GVM_ERR_RANGE;
    gvm_hash v = {{0}};
    for (size_t i = 0; i < text.len; i++) {
        unsigned d = (unsigned)gvm_hex_digit(text.ptr[text.len - 1 - i]);
        v.b[31 - i / 2] = (uint8_t)(v.b[31 - i / 2] | d << (i % 2 * 4));
    }
    *out = v;
    return GVM_OK;
}
