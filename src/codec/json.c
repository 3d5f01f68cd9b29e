#include "codec/json.h"
#include "codec/hex.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

const gvm_json_limits gvm_json_default_limits = {.size = GVM_JSON_SIZE_MAX,
                                                 .depth = GVM_JSON_DEPTH_MAX};

/* ---- parsing */

static void line_and_column(size_t *line, size_t *column, gvm_bytes text, size_t at) {
    *line = *column = 1;
    for (size_t i = 0; i < at && i < text.len; i++) {
        if (text.ptr[i] == '\n') {
            ++*line;
            *column = 1;
        } else {
            ++*column;
        }
    }
}

static gvm_status refuse_at(gvm_error *err, gvm_status code, gvm_bytes text, size_t at,
                            const char *what) {
    size_t line, column;
    line_and_column(&line, &column, text, at);
    return gvm_error_set(err, code, "JSON, line %zu, column %zu: %s", line, column, what);
}

/* Brackets outside strings: cheap, and it bounds what the parser and every later walk will meet. */
static gvm_status check_depth(gvm_bytes text, uint32_t max, gvm_error *err) {
    size_t depth = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        if (c == '"') {
            for (i++; i < text.len && text.ptr[i] != '"'; i++) {
                if (text.ptr[i] == '\\') i++;
            }
        } else if (c == '[' || c == '{') {
            if (++depth > max) return refuse_at(err, GVM_ERR_LIMIT, text, i, "nested too deeply");
        } else if ((c == ']' || c == '}') && depth > 0) {
            depth--;
        }
    }
    return GVM_OK;
}

gvm_status gvm_json_parse(yyjson_doc **out, gvm_bytes text, const gvm_json_limits *limits,
                          gvm_error *err) {
    if (limits == NULL) limits = &gvm_json_default_limits;
    *out = NULL;
    if (text.len > limits->size) {
        return gvm_error_set(err, GVM_ERR_LIMIT, "JSON of %zu bytes, at most %zu are taken",
                             text.len, limits->size);
    }
    if (text.len == 0) return gvm_error_set(err, GVM_ERR_SYNTAX, "JSON expected, found nothing");
    GVM_TRY(check_depth(text, limits->depth, err));
    yyjson_read_err fault;
    /* Without the in-situ flag the parser reads only; its interface lacks the const. */
    *out = yyjson_read_opts((char *)(uintptr_t)text.ptr, text.len, YYJSON_READ_BIGNUM_AS_RAW, NULL,
                            &fault);
    if (*out != NULL) return GVM_OK;
    if (fault.code == YYJSON_READ_ERROR_MEMORY_ALLOCATION) {
        return gvm_error_set(err, GVM_ERR_NOMEM, "JSON: out of memory");
    }
    return refuse_at(err, GVM_ERR_SYNTAX, text, fault.pos, fault.msg);
}

/* ---- places */

gvm_json_at gvm_json_root(yyjson_doc *doc) {
    return (gvm_json_at){NULL, yyjson_doc_get_root(doc), NULL, 0};
}

gvm_json_at gvm_json_of(yyjson_val *val, const char *name) {
    return (gvm_json_at){NULL, val, name, 0};
}

void gvm_json_path(char *out, size_t size, const gvm_json_at *at) {
    enum { LEVELS = 32 };
    const gvm_json_at *way[LEVELS];
    size_t n = 0, len = 0;
    for (; at != NULL && n < LEVELS; at = at->up) way[n++] = at;
    if (size == 0) return;
    out[0] = '\0';
    while (n > 0 && len < size) {
        const gvm_json_at *a = way[--n];
        int wrote = 0;
        if (a->key != NULL) {
            wrote = snprintf(out + len, size - len, "%s%.70s", len > 0 ? "." : "", a->key);
        } else if (a->up != NULL) {
            wrote = snprintf(out + len, size - len, "[%zu]", a->index);
        }
        len += wrote > 0 ? (size_t)wrote : 0;
    }
    if (len == 0) (void)snprintf(out, size, "the document");
}

gvm_status gvm_json_refuse(gvm_error *err, const gvm_json_at *at, gvm_status code, const char *fmt,
                           ...) {
    char path[256], message[256];
    if (err == NULL) return code;
    gvm_json_path(path, sizeof path, at);
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(message, sizeof message, fmt, args);
    va_end(args);
    return gvm_error_set(err, code, "%s: %s", path, message);
}

/* What was found, short enough to show. */
static void describe(char *out, size_t size, yyjson_val *v) {
    switch (yyjson_get_type(v)) {
    case YYJSON_TYPE_STR:
        if (yyjson_get_len(v) > 80) {
            (void)snprintf(out, size, "\"%.40s...\" (%zu characters)", yyjson_get_str(v),
                           yyjson_get_len(v));
        } else {
            (void)snprintf(out, size, "\"%s\"", yyjson_get_str(v));
        }
        break;
    case YYJSON_TYPE_RAW: (void)snprintf(out, size, "%.80s", yyjson_get_raw(v)); break;
    case YYJSON_TYPE_NUM:
        if (yyjson_is_uint(v))
            (void)snprintf(out, size, "%llu", (unsigned long long)yyjson_get_uint(v));
        else if (yyjson_is_sint(v))
            (void)snprintf(out, size, "%lld", (long long)yyjson_get_sint(v));
        else
            (void)snprintf(out, size, "%g", yyjson_get_real(v));
        break;
    case YYJSON_TYPE_BOOL:
        (void)snprintf(out, size, "%s", yyjson_get_bool(v) ? "true" : "false");
        break;
    case YYJSON_TYPE_NULL: (void)snprintf(out, size, "null"); break;
    case YYJSON_TYPE_ARR: (void)snprintf(out, size, "an array"); break;
    case YYJSON_TYPE_OBJ: (void)snprintf(out, size, "an object"); break;
    default: (void)snprintf(out, size, "nothing"); break;
    }
}

static gvm_status expected(gvm_error *err, const gvm_json_at *at, gvm_status code,
                           const char *what) {
    char found[160];
    if (err == NULL) return code;
    describe(found, sizeof found, at->val);
    return gvm_json_refuse(err, at, code, "expected %s, found %s", what, found);
}

gvm_status gvm_json_get(gvm_json_at *out, const gvm_json_at *from, const char *key,
                        gvm_error *err) {
    if (!yyjson_is_obj(from->val)) return expected(err, from, GVM_ERR_SYNTAX, "an object");
    *out = (gvm_json_at){from, yyjson_obj_get(from->val, key), key, 0};
    return out->val != NULL ? GVM_OK : gvm_json_refuse(err, out, GVM_ERR_NOT_FOUND, "missing");
}

bool gvm_json_find(gvm_json_at *out, const gvm_json_at *from, const char *key) {
    *out = (gvm_json_at){from, yyjson_obj_get(from->val, key), key, 0};
    return out->val != NULL && !yyjson_is_null(out->val);
}

gvm_status gvm_json_item(gvm_json_at *out, const gvm_json_at *from, size_t index, gvm_error *err) {
    if (!yyjson_is_arr(from->val)) return expected(err, from, GVM_ERR_SYNTAX, "an array");
    *out = (gvm_json_at){from, yyjson_arr_get(from->val, index), NULL, index};
    return out->val != NULL ? GVM_OK : gvm_json_refuse(err, out, GVM_ERR_NOT_FOUND, "missing");
}

gvm_status gvm_json_each(gvm_json_iter *it, const gvm_json_at *from, gvm_json_kind kind,
                         gvm_error *err) {
    bool fits = kind == GVM_JSON_ARRAY ? yyjson_is_arr(from->val) : yyjson_is_obj(from->val);
    if (!fits)
        return expected(err, from, GVM_ERR_SYNTAX,
                        kind == GVM_JSON_ARRAY ? "an array" : "an object");
    size_t count = kind == GVM_JSON_ARRAY ? yyjson_arr_size(from->val) : yyjson_obj_size(from->val);
    /* The first item, or the first key, follows its container. */
    *it = (gvm_json_iter){from, kind, 0, count,
                          count > 0 ? unsafe_yyjson_get_first(from->val) : NULL};
    return GVM_OK;
}

bool gvm_json_step(gvm_json_iter *it, gvm_json_at *out) {
    if (it->index == it->count) return false;
    if (it->kind == GVM_JSON_OBJECT) {
        *out = (gvm_json_at){it->from, it->next + 1, yyjson_get_str(it->next), it->index};
    } else {
        *out = (gvm_json_at){it->from, it->next, NULL, it->index};
    }
    it->index++;
    it->next = unsafe_yyjson_get_next(out->val);
    return true;
}

/* ---- values */

gvm_status gvm_json_bool(bool *out, const gvm_json_at *at, gvm_error *err) {
    if (!yyjson_is_bool(at->val)) return expected(err, at, GVM_ERR_SYNTAX, "true or false");
    *out = yyjson_get_bool(at->val);
    return GVM_OK;
}

static bool text_of(gvm_bytes *out, const gvm_json_at *at) {
    if (!yyjson_is_str(at->val)) return false;
    *out = gvm_bytes_make(yyjson_get_str(at->val), yyjson_get_len(at->val));
    return true;
}

gvm_status gvm_json_string(gvm_bytes *out, const gvm_json_at *at, gvm_error *err) {
    return text_of(out, at) ? GVM_OK : expected(err, at, GVM_ERR_SYNTAX, "a string");
}

static gvm_status parse_number(gvm_u256 *out, const gvm_json_at *at, gvm_json_number form) {
    gvm_bytes text;
    if (text_of(&text, at)) {
        bool hex = text.len >= 2 && text.ptr[0] == '0' && (text.ptr[1] | 32) == 'x';
        if (form == GVM_JSON_ANY && !hex) {
            return gvm_u256_parse(out, (const char *)text.ptr, text.len);
        }
        return gvm_hex_parse_u256(out, text,
                                  form == GVM_JSON_QUANTITY ? GVM_HEX_STRICT : GVM_HEX_LOOSE);
    }
    if (form != GVM_JSON_ANY) return GVM_ERR_SYNTAX;
    if (yyjson_is_uint(at->val)) {
        *out = gvm_u256_from_u64(yyjson_get_uint(at->val));
        return GVM_OK;
    }
    if (yyjson_is_raw(at->val))
        return gvm_u256_parse(out, yyjson_get_raw(at->val), yyjson_get_len(at->val));
    return GVM_ERR_SYNTAX;
}

static gvm_status refuse_number(gvm_error *err, const gvm_json_at *at, gvm_status code,
                                gvm_json_number form, const char *size) {
    char what[128];
    const char *how = form == GVM_JSON_QUANTITY ? "hex after 0x, without leading zeros"
                      : form == GVM_JSON_HEX    ? "hex after 0x"
                                                : "decimal, or hex after 0x";
    (void)snprintf(what, sizeof what, "a number of at most %s bits (%s)", size, how);
    return expected(err, at, code, what);
}

gvm_status gvm_json_u256(gvm_u256 *out, const gvm_json_at *at, gvm_json_number form,
                         gvm_error *err) {
    gvm_status status = parse_number(out, at, form);
    return status == GVM_OK ? GVM_OK : refuse_number(err, at, status, form, "256");
}

gvm_status gvm_json_u64(uint64_t *out, const gvm_json_at *at, gvm_json_number form,
                        gvm_error *err) {
    gvm_u256 v;
    gvm_status status = parse_number(&v, at, form);
    if (status == GVM_OK && !gvm_u256_fits_u64(v)) status = GVM_ERR_RANGE;
    if (status != GVM_OK) return refuse_number(err, at, status, form, "64");
    *out = v.w[0];
    return GVM_OK;
}

gvm_status gvm_json_word(gvm_hash *out, const gvm_json_at *at, gvm_json_number form,
                         gvm_error *err) {
    gvm_u256 v;
    GVM_TRY(gvm_json_u256(&v, at, form, err));
    *out = gvm_u256_to_hash(v);
    return GVM_OK;
}

static gvm_status fixed(uint8_t *out, size_t len, const gvm_json_at *at, const char *what,
                        gvm_error *err) {
    gvm_bytes text;
    gvm_status status = text_of(&text, at)
                            ? gvm_hex_decode_fixed(out, len, text, GVM_HEX_PREFIX_REQUIRED)
                            : GVM_ERR_SYNTAX;
    return status == GVM_OK ? GVM_OK : expected(err, at, status, what);
}

gvm_status gvm_json_hash(gvm_hash *out, const gvm_json_at *at, gvm_error *err) {
    return fixed(out->b, sizeof out->b, at, "32 bytes (64 hex digits after 0x)", err);
}

gvm_status gvm_json_address(gvm_address *out, const gvm_json_at *at, gvm_error *err) {
    return fixed(out->b, sizeof out->b, at, "an address (40 hex digits after 0x)", err);
}

gvm_status gvm_json_data(gvm_buf *out, const gvm_json_at *at, gvm_error *err) {
    gvm_bytes text;
    gvm_status status =
        text_of(&text, at) ? gvm_hex_decode(out, text, GVM_HEX_PREFIX_REQUIRED) : GVM_ERR_SYNTAX;
    return status == GVM_OK ? GVM_OK
                            : expected(err, at, status, "bytes (pairs of hex digits after 0x)");
}

gvm_status gvm_json_key_address(gvm_address *out, const gvm_json_at *at, gvm_error *err) {
    gvm_status status = at->key == NULL
                            ? GVM_ERR_SYNTAX
                            : gvm_hex_decode_fixed(out->b, sizeof out->b, gvm_bytes_str(at->key),
                                                   GVM_HEX_PREFIX_OPTIONAL);
    if (status == GVM_OK) return GVM_OK;
    return gvm_json_refuse(err, at, status, "expected an address (40 hex digits) as the key");
}

gvm_status gvm_json_key_word(gvm_hash *out, const gvm_json_at *at, gvm_error *err) {
    gvm_status status = GVM_ERR_SYNTAX;
    gvm_bytes key = at->key == NULL ? (gvm_bytes){NULL, 0} : gvm_bytes_str(at->key);
    if (key.len >= 2 && key.ptr[0] == '0' && (key.ptr[1] | 32) == 'x') {
        status = gvm_hex_parse_word(out, key, GVM_HEX_LOOSE);
    } else if (key.len == 64) {
        status = gvm_hex_decode_fixed(out->b, sizeof out->b, key, GVM_HEX_PREFIX_NONE);
    }
    if (status == GVM_OK) return GVM_OK;
    return gvm_json_refuse(err, at, status,
                           "expected a number of at most 256 bits in hex as the key");
}

gvm_status gvm_json_get_bool(bool *out, const gvm_json_at *from, const char *key, gvm_error *err) {
    gvm_json_at at;
    GVM_TRY(gvm_json_get(&at, from, key, err));
    return gvm_json_bool(out, &at, err);
}

gvm_status gvm_json_get_string(gvm_bytes *out, const gvm_json_at *from, const char *key,
                               gvm_error *err) {
    gvm_json_at at;
    GVM_TRY(gvm_json_get(&at, from, key, err));
    return gvm_json_string(out, &at, err);
}

gvm_status gvm_json_get_u64(uint64_t *out, const gvm_json_at *from, const char *key,
                            gvm_json_number form, gvm_error *err) {
    gvm_json_at at;
    GVM_TRY(gvm_json_get(&at, from, key, err));
    return gvm_json_u64(out, &at, form, err);
}

gvm_status gvm_json_get_u256(gvm_u256 *out, const gvm_json_at *from, const char *key,
                             gvm_json_number form, gvm_error *err) {
    gvm_json_at at;
    GVM_TRY(gvm_json_get(&at, from, key, err));
    return gvm_json_u256(out, &at, form, err);
}

gvm_status gvm_json_get_hash(gvm_hash *out, const gvm_json_at *from, const char *key,
                             gvm_error *err) {
    gvm_json_at at;
    GVM_TRY(gvm_json_get(&at, from, key, err));
    return gvm_json_hash(out, &at, err);
}

gvm_status gvm_json_get_address(gvm_address *out, const gvm_json_at *from, const char *key,
                                gvm_error *err) {
    gvm_json_at at;
    GVM_TRY(gvm_json_get(&at, from, key, err));
    return gvm_json_address(out, &at, err);
}

gvm_status gvm_json_get_data(gvm_buf *out, const gvm_json_at *from, const char *key,
                             gvm_error *err) {
    gvm_json_at at;
    GVM_TRY(gvm_json_get(&at, from, key, err));
    return gvm_json_data(out, &at, err);
}

/* ---- writing */

yyjson_mut_val *gvm_json_new_u64(yyjson_mut_doc *doc, uint64_t v) {
    char text[GVM_HEX_U64_SIZE];
    return yyjson_mut_strncpy(doc, text, gvm_hex_quantity_u64(text, v));
}

yyjson_mut_val *gvm_json_new_u256(yyjson_mut_doc *doc, gvm_u256 v) {
    char text[GVM_HEX_WORD_SIZE];
    return yyjson_mut_strncpy(doc, text, gvm_hex_quantity_u256(text, v));
}

yyjson_mut_val *gvm_json_new_data(yyjson_mut_doc *doc, gvm_bytes v) {
    if (v.len <= 128) {
        char text[2 + 2 * 128] = "0x";
        gvm_hex_encode(text + 2, v);
        return yyjson_mut_strncpy(doc, text, 2 + 2 * v.len);
    }
    gvm_buf text = {0};
    gvm_hex_put_data(&text, v);
    yyjson_mut_val *val = text.failed ? NULL : yyjson_mut_strncpy(doc, (char *)text.ptr, text.len);
    gvm_buf_free(&text);
    return val;
}

yyjson_mut_val *gvm_json_new_hash(yyjson_mut_doc *doc, const gvm_hash *v) {
    return v == NULL ? yyjson_mut_null(doc)
                     : gvm_json_new_data(doc, gvm_bytes_make(v->b, sizeof v->b));
}

yyjson_mut_val *gvm_json_new_address(yyjson_mut_doc *doc, const gvm_address *v) {
    return v == NULL ? yyjson_mut_null(doc)
                     : gvm_json_new_data(doc, gvm_bytes_make(v->b, sizeof v->b));
}

bool gvm_json_add_u64(yyjson_mut_doc *doc, yyjson_mut_val *obj, const char *key, uint64_t v) {
    return yyjson_mut_obj_add_val(doc, obj, key, gvm_json_new_u64(doc, v));
}

bool gvm_json_add_u256(yyjson_mut_doc *doc, yyjson_mut_val *obj, const char *key, gvm_u256 v) {
    return yyjson_mut_obj_add_val(doc, obj, key, gvm_json_new_u256(doc, v));
}

bool gvm_json_add_data(yyjson_mut_doc *doc, yyjson_mut_val *obj, const char *key, gvm_bytes v) {
    return yyjson_mut_obj_add_val(doc, obj, key, gvm_json_new_data(doc, v));
}

bool gvm_json_add_hash(yyjson_mut_doc *doc, yyjson_mut_val *obj, const char *key,
                       const gvm_hash *v) {
    return yyjson_mut_obj_add_val(doc, obj, key, gvm_json_new_hash(doc, v));
}

bool gvm_json_add_address(yyjson_mut_doc *doc, yyjson_mut_val *obj, const char *key,
                          const gvm_address *v) {
    return yyjson_mut_obj_add_val(doc, obj, key, gvm_json_new_address(doc, v));
}

gvm_status gvm_json_write(gvm_buf *out, const yyjson_mut_doc *doc, bool pretty) {
    size_t len;
    yyjson_write_err fault;
    yyjson_write_flag flags = pretty ? YYJSON_WRITE_PRETTY_TWO_SPACES : YYJSON_WRITE_NOFLAG;
    char *text = yyjson_mut_write_opts(doc, flags, NULL, &len, &fault);
    if (text == NULL) {
        return fault.code == YYJSON_WRITE_ERROR_MEMORY_ALLOCATION ? GVM_ERR_NOMEM
                                                                  : GVM_ERR_ARGUMENT;
    }
    gvm_buf_append(out, text, len);
    free(text);
    return gvm_buf_status(out);
}
