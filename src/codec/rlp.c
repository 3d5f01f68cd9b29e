#include "codec/rlp.h"

enum {
    STRING = 0x80, /* + length up to 55 */
    LIST = 0xc0,
    SHORT_MAX = 55,
};

/* ---- reading */

gvm_status gvm_rlp_peek(const gvm_rlp_reader *r, gvm_rlp_item *item) {
    size_t left = (size_t)(r->end - r->at);
    if (left == 0) return GVM_ERR_TRUNCATED;
    const uint8_t *p = r->at;
    uint8_t first = p[0];
    size_t header, len;
    if (first < STRING) {
        *item = (gvm_rlp_item){false, {p, 1}, {p, 1}};
        return GVM_OK;
    }
    bool is_list = first >= LIST;
    unsigned size = (unsigned)(first - (is_list ? LIST : STRING));
    if (size <= SHORT_MAX) {
        header = 1;
        len = size;
    } else {
        unsigned n = size - SHORT_MAX; /* bytes of length, 1 to 8 */
        if (left - 1 < n) return GVM_ERR_TRUNCATED;
        if (p[1] == 0) return GVM_ERR_NON_CANONICAL;
        uint64_t v = 0;
        for (unsigned i = 1; i <= n; i++) v = v << 8 | p[i];
        if (v <= SHORT_MAX) return GVM_ERR_NON_CANONICAL;
        if (v > left) return GVM_ERR_TRUNCATED;
        header = 1 + n;
        len = (size_t)v;
    }
    if (len > left - header) return GVM_ERR_TRUNCATED;
    if (!is_list && header == 1 && len == 1 && p[1] < STRING) return GVM_ERR_NON_CANONICAL;
    *item = (gvm_rlp_item){is_list, {p + header, len}, {p, header + len}};
    return GVM_OK;
}

gvm_status gvm_rlp_next(gvm_rlp_reader *r, gvm_rlp_item *item) {
    GVM_TRY(gvm_rlp_peek(r, item));
    r->at += item->encoded.len;
    return GVM_OK;
}

gvm_status gvm_rlp_read_list(gvm_rlp_reader *r, gvm_rlp_reader *inside) {
    gvm_rlp_item item;
    GVM_TRY(gvm_rlp_peek(r, &item));
    if (!item.is_list) return GVM_ERR_SYNTAX;
    r->at += item.encoded.len;
    *inside = gvm_rlp_reader_make(item.payload);
    return GVM_OK;
}

/* The next item's string; the reader moves only when the caller has accepted it. */
static inline gvm_status peek_string(const gvm_rlp_reader *r, gvm_bytes *out, size_t *skip) {
    gvm_rlp_item item;
    GVM_TRY(gvm_rlp_peek(r, &item));
    if (item.is_list) return GVM_ERR_SYNTAX;
    *out = item.payload;
    *skip = item.encoded.len;
    return GVM_OK;
}

gvm_status gvm_rlp_read_bytes(gvm_rlp_reader *r, gvm_bytes *out) {
    size_t skip;
    GVM_TRY(peek_string(r, out, &skip));
    r->at += skip;
    return GVM_OK;
}

gvm_status gvm_rlp_read_fixed(gvm_rlp_reader *r, uint8_t *out, size_t len) {
    gvm_bytes v;
    size_t skip;
    GVM_TRY(peek_string(r, &v, &skip));
    if (v.len != len) return GVM_ERR_SYNTAX;
    if (len > 0) memcpy(out, v.ptr, len);
    r->at += skip;
    return GVM_OK;
}

gvm_status gvm_rlp_read_hash(gvm_rlp_reader *r, gvm_hash *out) {
    return gvm_rlp_read_fixed(r, out->b, sizeof out->b);
}

gvm_status gvm_rlp_read_address(gvm_rlp_reader *r, gvm_address *out) {
    return gvm_rlp_read_fixed(r, out->b, sizeof out->b);
}

gvm_status gvm_rlp_read_address_opt(gvm_rlp_reader *r, gvm_address *out, bool *present) {
    gvm_bytes v;
    size_t skip;
    GVM_TRY(peek_string(r, &v, &skip));
    if (v.len != 0 && v.len != sizeof out->b) return GVM_ERR_SYNTAX;
    *present = v.len != 0;
    *out = (gvm_address){{0}};
    if (*present) memcpy(out->b, v.ptr, v.len);
    r->at += skip;
    return GVM_OK;
}

/* The digits of the next item as an integer of at most `max` bytes. */
static inline gvm_status peek_integer(const gvm_rlp_reader *r, size_t max, gvm_bytes *v,
                                      size_t *skip) {
    GVM_TRY(peek_string(r, v, skip));
    if (v->len > 0 && v->ptr[0] == 0) return GVM_ERR_NON_CANONICAL;
    return v->len > max ? GVM_ERR_RANGE : GVM_OK;
}

gvm_status gvm_rlp_read_u64(gvm_rlp_reader *r, uint64_t *out) {
    gvm_bytes v;
    size_t skip;
    GVM_TRY(peek_integer(r, 8, &v, &skip));
    uint64_t n = 0;
    for (size_t i = 0; i < v.len; i++) n = n << 8 | v.ptr[i];
    *out = n;
    r->at += skip;
    return GVM_OK;
}

gvm_status gvm_rlp_read_word(gvm_rlp_reader *r, gvm_hash *out) {
    gvm_bytes v;
    size_t skip;
    GVM_TRY(peek_integer(r, sizeof out->b, &v, &skip));
    *out = (gvm_hash){{0}};
    if (v.len > 0) memcpy(out->b + sizeof out->b - v.len, v.ptr, v.len);
    r->at += skip;
    return GVM_OK;
}

gvm_status gvm_rlp_read_bool(gvm_rlp_reader *r, bool *out) {
    gvm_rlp_reader at = *r;
    uint64_t v;
    GVM_TRY(gvm_rlp_read_u64(&at, &v));
    if (v > 1) return GVM_ERR_RANGE;
    *out = v == 1;
    *r = at;
    return GVM_OK;
}

gvm_status gvm_rlp_read_raw(gvm_rlp_reader *r, gvm_bytes *encoded) {
    gvm_rlp_item item;
    GVM_TRY(gvm_rlp_next(r, &item));
    *encoded = item.encoded;
    return GVM_OK;
}

gvm_status gvm_rlp_count(const gvm_rlp_reader *r, size_t *count) {
    gvm_rlp_reader at = *r;
    gvm_rlp_item item;
    size_t n = 0;
    while (!gvm_rlp_done(&at)) {
        GVM_TRY(gvm_rlp_next(&at, &item));
        n++;
    }
    *count = n;
    return GVM_OK;
}

gvm_status gvm_rlp_read_end(const gvm_rlp_reader *r) {
    return gvm_rlp_done(r) ? GVM_OK : GVM_ERR_TRAILING;
}

gvm_status gvm_rlp_whole(gvm_bytes in, gvm_rlp_item *item) {
    gvm_rlp_reader r = gvm_rlp_reader_make(in);
    GVM_TRY(gvm_rlp_next(&r, item));
    return gvm_rlp_read_end(&r);
}

gvm_status gvm_rlp_check(gvm_bytes in) {
    gvm_rlp_item item;
    GVM_TRY(gvm_rlp_whole(in, &item));
    if (!item.is_list) return GVM_OK;

    /* The ends of the lists that are open; the reader's window is always the innermost of them. */
    const uint8_t *ends[GVM_RLP_DEPTH_MAX];
    size_t depth = 0;
    gvm_rlp_reader r = gvm_rlp_reader_make(item.payload);
    for (;;) {
        while (gvm_rlp_done(&r)) {
            if (depth == 0) return GVM_OK;
            r.end = ends[--depth];
        }
        GVM_TRY(gvm_rlp_peek(&r, &item));
        if (!item.is_list) {
            r.at += item.encoded.len;
            continue;
        }
        if (depth == GVM_RLP_DEPTH_MAX - 1) return GVM_ERR_LIMIT;
        ends[depth++] = r.end;
        r = gvm_rlp_reader_make(item.payload);
    }
}

/* ---- sizes */

static inline size_t byte_len(uint64_t v) {
    return v == 0 ? 0 : (size_t)(71 - __builtin_clzll(v)) / 8;
}

static inline size_t header_size(size_t len) {
    return len <= SHORT_MAX ? 1 : 1 + byte_len(len);
}

static inline gvm_bytes word_digits(const gvm_hash *v) {
    size_t skip = 0;
    while (skip < sizeof v->b && v->b[skip] == 0) skip++;
    return gvm_bytes_make(v->b + skip, sizeof v->b - skip);
}

size_t gvm_rlp_size_bytes(gvm_bytes v) {
    return v.len == 1 && v.ptr[0] < STRING ? 1 : header_size(v.len) + v.len;
}

size_t gvm_rlp_size_u64(uint64_t v) {
    return v < STRING ? 1 : 1 + byte_len(v);
}

size_t gvm_rlp_size_word(const gvm_hash *v) {
    return gvm_rlp_size_bytes(word_digits(v));
}

size_t gvm_rlp_size_list(size_t payload_len) {
    return header_size(payload_len) + payload_len;
}

/* ---- writing */

static size_t write_header(uint8_t *out, unsigned kind, size_t len) {
    if (len <= SHORT_MAX) {
        out[0] = (uint8_t)(kind + len);
        return 1;
    }
    size_t n = byte_len(len);
    out[0] = (uint8_t)(kind + SHORT_MAX + n);
    for (size_t i = n; i > 0; i--) {
        out[i] = (uint8_t)len;
        len >>= 8;
    }
    return 1 + n;
}

size_t gvm_rlp_write_list_header(uint8_t *out, size_t payload_len) {
    return write_header(out, LIST, payload_len);
}

size_t gvm_rlp_write_bytes(uint8_t *out, gvm_bytes v) {
    if (v.len == 1 && v.ptr[0] < STRING) {
        out[0] = v.ptr[0];
        return 1;
    }
    size_t n = write_header(out, STRING, v.len);
    if (v.len > 0) memcpy(out + n, v.ptr, v.len);
    return n + v.len;
}

size_t gvm_rlp_write_u64(uint8_t *out, uint64_t v) {
    if (v < STRING) {
        out[0] = v == 0 ? STRING : (uint8_t)v;
        return 1;
    }
    size_t n = byte_len(v);
    out[0] = (uint8_t)(STRING + n);
    for (size_t i = n; i > 0; i--) {
        out[i] = (uint8_t)v;
        v >>= 8;
    }
    return 1 + n;
}

size_t gvm_rlp_write_word(uint8_t *out, const gvm_hash *v) {
    return gvm_rlp_write_bytes(out, word_digits(v));
}

void gvm_rlp_put_bytes(gvm_buf *out, gvm_bytes v) {
    uint8_t *at = gvm_buf_extend(out, gvm_rlp_size_bytes(v));
    if (at != NULL) (void)gvm_rlp_write_bytes(at, v);
}

void gvm_rlp_put_hash(gvm_buf *out, const gvm_hash *v) {
    gvm_rlp_put_bytes(out, gvm_bytes_make(v->b, sizeof v->b));
}

void gvm_rlp_put_address(gvm_buf *out, const gvm_address *v) {
    gvm_rlp_put_bytes(out, v == NULL ? gvm_bytes_make(NULL, 0) : gvm_bytes_make(v->b, sizeof v->b));
}

void gvm_rlp_put_u64(gvm_buf *out, uint64_t v) {
    uint8_t *at = gvm_buf_extend(out, gvm_rlp_size_u64(v));
    if (at != NULL) (void)gvm_rlp_write_u64(at, v);
}

void gvm_rlp_put_word(gvm_buf *out, const gvm_hash *v) {
    gvm_rlp_put_bytes(out, word_digits(v));
}

void gvm_rlp_put_bool(gvm_buf *out, bool v) {
    gvm_buf_put(out, v ? 1 : STRING);
}

void gvm_rlp_put_raw(gvm_buf *out, gvm_bytes encoded) {
    gvm_buf_append(out, encoded.ptr, encoded.len);
}

void gvm_rlp_put_list_header(gvm_buf *out, size_t payload_len) {
    uint8_t *at = gvm_buf_extend(out, header_size(payload_len));
    if (at != NULL) (void)write_header(at, LIST, payload_len);
}

size_t gvm_rlp_list_begin(gvm_buf *out) {
    size_t mark = out->len;
    gvm_buf_put(out, LIST);
    return mark;
}

void gvm_rlp_list_end(gvm_buf *out, size_t mark) {
    if (out->failed) return;
    GVM_ASSERT(mark < out->len);
    size_t payload = out->len - mark - 1, extra = header_size(payload) - 1;
    if (extra > 0) {
        if (gvm_buf_extend(out, extra) == NULL) return;
        memmove(out->ptr + mark + 1 + extra, out->ptr + mark + 1, payload);
    }
    (void)write_header(out->ptr + mark, LIST, payload);
}
