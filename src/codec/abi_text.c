/* Values from the text of a command line and back. The reader walks the type with a stack of open
 * tuples and arrays, as the decoder does; a list of unknown length grows as its items come. */
#include "codec/abi.h"
#include "codec/hex.h"

#include <stdio.h>

typedef struct text_frame {
    gvm_abi_value *v;
    size_t i, room;
} text_frame;

typedef struct text_parser {
    gvm_arena *arena;
    gvm_bytes text;
    size_t at;
    gvm_error *err;
    text_frame stack[GVM_ABI_DEPTH_MAX + 2];
    size_t depth;
} text_parser;

static void skip_blanks(text_parser *p) {
    while (p->at < p->text.len && (p->text.ptr[p->at] == ' ' || p->text.ptr[p->at] == '\t' ||
                                   p->text.ptr[p->at] == '\n' || p->text.ptr[p->at] == '\r')) {
        p->at++;
    }
}

static bool accept(text_parser *p, char c) {
    skip_blanks(p);
    if (p->at == p->text.len || p->text.ptr[p->at] != (uint8_t)c) return false;
    p->at++;
    return true;
}

static gvm_status refuse(const text_parser *p, gvm_status code, const gvm_abi_type *type,
                         gvm_bytes found, const char *what) {
    gvm_buf name = {0};
    gvm_abi_put_type(&name, type);
    int shown = found.len > 60 ? 60 : (int)found.len;
    (void)gvm_error_set(p->err, code, "expected %.*s%s%s, found \"%.*s\"%s",
                        name.len > 100 ? 100 : (int)name.len, (const char *)name.ptr,
                        what[0] != '\0' ? ": " : "", what, shown, (const char *)found.ptr,
                        found.len > 60 ? "..." : "");
    gvm_buf_free(&name);
    return code;
}

static gvm_bytes rest(const text_parser *p) {
    return gvm_bytes_make(p->text.ptr + p->at, p->text.len - p->at);
}

/* A scalar's text: up to a comma or bracket, without blanks around; at the top the whole text. */
static gvm_bytes token(text_parser *p) {
    skip_blanks(p);
    size_t from = p->at;
    while (p->at < p->text.len) {
        uint8_t c = p->text.ptr[p->at];
        if (p->depth > 0 && (c == ',' || c == ']' || c == ')')) break;
        p->at++;
    }
    size_t end = p->at;
    while (end > from && (p->text.ptr[end - 1] == ' ' || p->text.ptr[end - 1] == '\t' ||
                          p->text.ptr[end - 1] == '\n' || p->text.ptr[end - 1] == '\r')) {
        end--;
    }
    return gvm_bytes_make(p->text.ptr + from, end - from);
}

static gvm_status parse_integer(const text_parser *p, gvm_abi_value *v, gvm_bytes text) {
    const gvm_abi_type *t = v->type;
    bool negative = text.len > 0 && text.ptr[0] == '-', is_signed = t->kind == GVM_ABI_INT;
    gvm_bytes digits = gvm_bytes_make(text.ptr + negative, text.len - negative);
    gvm_u256 n;
    gvm_status status = gvm_u256_parse(&n, (const char *)digits.ptr, digits.len);
    if (status == GVM_ERR_SYNTAX || (negative && !is_signed)) {
        return refuse(p, status == GVM_ERR_SYNTAX ? status : GVM_ERR_RANGE, t, text,
                      is_signed ? "a number, decimal or hex after 0x"
                                : "a number from 0, decimal or hex after 0x");
    }
    if (status == GVM_OK) {
        /* The largest magnitude: 2^bits - 1, or 2^(bits-1) less one where the sign is plus. */
        unsigned bits = t->bits - (is_signed ? 1u : 0u);
        gvm_u256 least = gvm_u256_shl_u64(gvm_u256_from_u64(1), bits);
        bool fits = gvm_u256_bits(n) <= bits || (negative && gvm_u256_eq(n, least));
        if (!fits) status = GVM_ERR_RANGE;
    }
    if (status != GVM_OK) return refuse(p, status, t, text, "the number does not fit");
    gvm_abi_set_u256(v, negative ? gvm_u256_neg(n) : n);
    return GVM_OK;
}

static gvm_status parse_scalar(const text_parser *p, gvm_abi_value *v, gvm_bytes text) {
    const gvm_abi_type *t = v->type;
    size_t len = t->bits / 8u;
    switch (t->kind) {
    case GVM_ABI_UINT:
    case GVM_ABI_INT: return parse_integer(p, v, text);
    case GVM_ABI_BOOL:
        v->word = (gvm_hash){{0}};
        if (gvm_bytes_equal(text, gvm_bytes_str("true")))
            v->word.b[31] = 1;
        else if (!gvm_bytes_equal(text, gvm_bytes_str("false"))) {
            return refuse(p, GVM_ERR_SYNTAX, t, text, "true or false");
        }
        return GVM_OK;
    case GVM_ABI_ADDRESS:
        v->word = (gvm_hash){{0}};
        if (gvm_hex_decode_fixed(v->word.b + 12, 20, text, GVM_HEX_PREFIX_OPTIONAL) == GVM_OK)
            return GVM_OK;
        return refuse(p, GVM_ERR_SYNTAX, t, text, "40 hex digits after 0x");
    default:
        v->word = (gvm_hash){{0}};
        if (gvm_hex_decode_fixed(v->word.b, len, text, GVM_HEX_PREFIX_REQUIRED) == GVM_OK)
            return GVM_OK;
        return refuse(p, GVM_ERR_SYNTAX, t, text, "as many bytes in hex after 0x");
    }
}

static gvm_status copy(text_parser *p, gvm_abi_value *v, gvm_buf *from) {
    gvm_status status = gvm_buf_status(from);
    if (status == GVM_OK) status = gvm_arena_copy(p->arena, &v->bytes, gvm_buf_bytes(from));
    gvm_buf_free(from);
    return status;
}

static gvm_status parse_bytes(text_parser *p, gvm_abi_value *v) {
    gvm_bytes text = token(p);
    gvm_buf bytes = {0};
    gvm_status status = gvm_hex_decode(&bytes, text, GVM_HEX_PREFIX_REQUIRED);
    if (status != GVM_OK) {
        gvm_buf_free(&bytes);
        return refuse(p, status, v->type, text, "pairs of hex digits after 0x");
    }
    return copy(p, v, &bytes);
}

/* \n, \t, \r, \0, \", \\ and \xNN: any byte can be said. */
static bool parse_escape(text_parser *p, gvm_buf *out) {
    static const char from[] = "nrt0\"\\'", to[] = "\n\r\t\0\"\\'";
    if (p->at == p->text.len) return false;
    uint8_t c = p->text.ptr[p->at++];
    const char *found = c != 0 ? strchr(from, c) : NULL;
    if (found != NULL) {
        gvm_buf_put(out, (uint8_t)to[found - from]);
        return true;
    }
    uint8_t byte;
    if (c != 'x' || p->text.len - p->at < 2) return false;
    if (gvm_hex_decode_fixed(&byte, 1, gvm_bytes_make(p->text.ptr + p->at, 2),
                             GVM_HEX_PREFIX_NONE) != GVM_OK) {
        return false;
    }
    p->at += 2;
    gvm_buf_put(out, byte);
    return true;
}

static gvm_status parse_string(text_parser *p, gvm_abi_value *v) {
    size_t from = p->at;
    if (p->depth == 0 && (p->text.len < 2 || p->text.ptr[0] != '"')) {
        p->at = p->text.len;
        return gvm_arena_copy(p->arena, &v->bytes, p->text);
    }
    if (!accept(p, '"')) return gvm_arena_copy(p->arena, &v->bytes, token(p));
    gvm_buf text = {0};
    while (p->at < p->text.len) {
        uint8_t c = p->text.ptr[p->at++];
        if (c == '"') return copy(p, v, &text);
        if (c != '\\')
            gvm_buf_put(&text, c);
        else if (!parse_escape(p, &text))
            break;
    }
    gvm_buf_free(&text);
    p->at = from;
    return refuse(p, GVM_ERR_SYNTAX, v->type, rest(p),
                  "a closing quote, or a backslash that is \\\\");
}

/* Room for item i of the list that is being read; NULL where the type has no such member. */
static gvm_status next_item(text_parser *p, gvm_abi_value **out) {
    text_frame *f = &p->stack[p->depth - 1];
    gvm_abi_value *v = f->v;
    const gvm_abi_type *t = v->type;
    if (f->i == f->room && t->kind == GVM_ABI_ARRAY) {
        size_t room = f->room == 0 ? 8 : 2 * f->room;
        gvm_abi_value *grown = gvm_arena_alloc(p->arena, room * sizeof *grown);
        if (grown == NULL) return gvm_error_set(p->err, GVM_ERR_NOMEM, "out of memory");
        if (f->i > 0) memcpy(grown, v->items, f->i * sizeof *grown);
        v->items = grown;
        f->room = room;
    }
    if (f->i == f->room) return refuse(p, GVM_ERR_SYNTAX, t, rest(p), "fewer members");
    *out = &v->items[f->i];
    **out = (gvm_abi_value){.type = t->kind == GVM_ABI_TUPLE ? t->fields[f->i].type : t->element};
    f->i++;
    return GVM_OK;
}

static gvm_status open_list(text_parser *p, gvm_abi_value *v) {
    const gvm_abi_type *t = v->type;
    if (!accept(p, t->kind == GVM_ABI_TUPLE ? '(' : '[')) {
        return refuse(p, GVM_ERR_SYNTAX, t, rest(p), t->kind == GVM_ABI_TUPLE ? "(...)" : "[...]");
    }
    size_t room = t->kind == GVM_ABI_ARRAY ? 0 : t->count;
    if (room > p->text.len) return refuse(p, GVM_ERR_SYNTAX, t, rest(p), "more members");
    v->items = gvm_arena_alloc(p->arena, room * sizeof *v->items);
    if (v->items == NULL) return gvm_error_set(p->err, GVM_ERR_NOMEM, "out of memory");
    GVM_ASSERT(p->depth < sizeof p->stack / sizeof p->stack[0]);
    p->stack[p->depth++] = (text_frame){v, 0, room};
    return GVM_OK;
}

static bool close_list(text_parser *p) {
    const text_frame *f = &p->stack[p->depth - 1];
    return accept(p, f->v->type->kind == GVM_ABI_TUPLE ? ')' : ']');
}

static gvm_status parse_all(text_parser *p, gvm_abi_value *v) {
    for (;;) {
        bool closed = false;
        if (gvm_abi_is_composite(v->type)) {
            GVM_TRY(open_list(p, v));
            closed = close_list(p);
            if (!closed) {
                GVM_TRY(next_item(p, &v));
                continue;
            }
        } else if (v->type->kind == GVM_ABI_STRING) {
            GVM_TRY(parse_string(p, v));
        } else if (v->type->kind == GVM_ABI_BYTES) {
            GVM_TRY(parse_bytes(p, v));
        } else {
            GVM_TRY(parse_scalar(p, v, token(p)));
        }
        for (;; closed = false) {
            if (closed || (p->depth > 0 && close_list(p))) {
                text_frame *f = &p->stack[--p->depth];
                f->v->count = f->i;
                if (f->v->type->kind != GVM_ABI_ARRAY && f->i != f->v->type->count) {
                    return refuse(p, GVM_ERR_SYNTAX, f->v->type, p->text, "more members");
                }
                continue;
            }
            break;
        }
        if (p->depth == 0) break;
        if (!accept(p, ','))
            return refuse(p, GVM_ERR_SYNTAX, p->stack[p->depth - 1].v->type, rest(p), "a comma");
        GVM_TRY(next_item(p, &v));
    }
    skip_blanks(p);
    return p->at == p->text.len ? GVM_OK : refuse(p, GVM_ERR_SYNTAX, v->type, rest(p), "the end");
}

gvm_status gvm_abi_value_parse(gvm_abi_value *out, gvm_arena *arena, const gvm_abi_type *type,
                               gvm_bytes text, gvm_error *err) {
    text_parser p = {.arena = arena, .text = text, .err = err};
    *out = (gvm_abi_value){.type = type};
    return parse_all(&p, out);
}

gvm_status gvm_abi_args_parse(gvm_abi_value *out, gvm_arena *arena, const gvm_abi_type *type,
                              const char *const *args, size_t count, gvm_error *err) {
    if (type->kind != GVM_ABI_TUPLE || count != type->count) {
        gvm_buf name = {0};
        gvm_abi_put_type(&name, type);
        (void)gvm_error_set(err, GVM_ERR_ARGUMENT, "%zu arguments needed for %.*s, %zu given",
                            type->count, (int)name.len, (const char *)name.ptr, count);
        gvm_buf_free(&name);
        return GVM_ERR_ARGUMENT;
    }
    *out = (gvm_abi_value){.type = type};
    out->items = gvm_arena_zalloc(arena, count * sizeof *out->items);
    if (out->items == NULL) return gvm_error_set(err, GVM_ERR_NOMEM, "out of memory");
    out->count = count;
    for (size_t i = 0; i < count; i++) {
        gvm_error inner = {0};
        gvm_status status = gvm_abi_value_parse(&out->items[i], arena, type->fields[i].type,
                                                gvm_bytes_str(args[i]), &inner);
        if (status != GVM_OK) {
            return gvm_error_set(err, status, "argument %zu%s%s: %.400s", i + 1,
                                 type->fields[i].name[0] ? " " : "", type->fields[i].name,
                                 gvm_error_text(&inner));
        }
    }
    return GVM_OK;
}

/* ---- text from values */

static void put_quoted(gvm_buf *out, gvm_bytes text) {
    gvm_buf_put(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        if (c == '"' || c == '\\') {
            gvm_buf_put(out, '\\');
            gvm_buf_put(out, c);
        } else if (c == '\n') {
            gvm_buf_str(out, "\\n");
        } else if (c < 0x20 || c == 0x7f) {
            gvm_buf_printf(out, "\\x%02x", c);
        } else {
            gvm_buf_put(out, c);
        }
    }
    gvm_buf_put(out, '"');
}

static void put_leaf(gvm_buf *out, const gvm_abi_value *v) {
    const gvm_abi_type *t = v->type;
    gvm_u256 n = gvm_abi_is_scalar(t) ? gvm_abi_u256(v) : gvm_u256_zero();
    char decimal[80];
    switch (t->kind) {
    case GVM_ABI_INT:
        if (n.w[3] >> 63 != 0) {
            gvm_buf_put(out, '-');
            n = gvm_u256_neg(n);
        }
        gvm_buf_append(out, decimal, gvm_u256_to_decimal(decimal, n));
        break;
    case GVM_ABI_UINT: gvm_buf_append(out, decimal, gvm_u256_to_decimal(decimal, n)); break;
    case GVM_ABI_BOOL: gvm_buf_str(out, gvm_u256_is_zero(n) ? "false" : "true"); break;
    case GVM_ABI_ADDRESS: gvm_hex_put_data(out, gvm_bytes_make(v->word.b + 12, 20)); break;
    case GVM_ABI_FIXED_BYTES: gvm_hex_put_data(out, gvm_bytes_make(v->word.b, t->bits / 8u)); break;
    case GVM_ABI_STRING: put_quoted(out, v->bytes); break;
    default: gvm_hex_put_data(out, v->bytes); break;
    }
}

void gvm_abi_value_put(gvm_buf *out, const gvm_abi_value *v) {
    struct {
        const gvm_abi_value *v;
        size_t i;
    } stack[GVM_ABI_DEPTH_MAX + 2];
    size_t depth = 0;
    for (;;) {
        if (gvm_abi_is_composite(v->type)) {
            GVM_ASSERT(depth < sizeof stack / sizeof stack[0]);
            gvm_buf_put(out, v->type->kind == GVM_ABI_TUPLE ? '(' : '[');
            stack[depth].v = v;
            stack[depth++].i = 0;
        } else {
            put_leaf(out, v);
        }
        while (depth > 0 && stack[depth - 1].i == stack[depth - 1].v->count) {
            depth--;
            gvm_buf_put(out, stack[depth].v->type->kind == GVM_ABI_TUPLE ? ')' : ']');
        }
        if (depth == 0) return;
        if (stack[depth - 1].i > 0) gvm_buf_put(out, ',');
        v = &stack[depth - 1].v->items[stack[depth - 1].i++];
    }
}
