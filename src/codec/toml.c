#include "codec/toml.h"
#include "codec/archive.h"
#include "codec/hex.h"

#include <stdio.h>

typedef struct parser {
    gvm_arena *arena;
    const char *name;
    gvm_bytes text;
    size_t at;
    unsigned line;
    gvm_toml *out;
    size_t room;
    char table[512]; /* the path of the open [table], "" at the top */
    struct seen_table {
        const char *name;
        struct seen_table *next;
    } * tables;
    gvm_error *err;
} parser;

static gvm_status refuse(const parser *p, gvm_status code, const char *what) {
    return gvm_error_set(p->err, code, "%s, line %u: %s", p->name, p->line, what);
}

static int peek(const parser *p) {
    return p->at < p->text.len ? p->text.ptr[p->at] : -1;
}

static bool follows(const parser *p, const char *s) {
    size_t n = strlen(s);
    return p->text.len - p->at >= n && memcmp(p->text.ptr + p->at, s, n) == 0;
}

static void skip_blanks(parser *p) {
    while (peek(p) == ' ' || peek(p) == '\t') p->at++;
}

static gvm_status skip_comment(parser *p) {
    if (peek(p) != '#') return GVM_OK;
    while (peek(p) >= 0 && peek(p) != '\n' && !follows(p, "\r\n")) {
        int c = peek(p);
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return refuse(p, GVM_ERR_SYNTAX, "a control character in a comment");
        p->at++;
    }
    return GVM_OK;
}

static bool accept_newline(parser *p) {
    size_t n = follows(p, "\r\n") ? 2 : peek(p) == '\n' ? 1 : 0;
    p->at += n;
    p->line += n > 0;
    return n > 0;
}

/* Blanks and a comment up to the end of the line or the text. */
static gvm_status end_of_line(parser *p) {
    skip_blanks(p);
    GVM_TRY(skip_comment(p));
    if (peek(p) < 0 || accept_newline(p)) return GVM_OK;
    return refuse(p, GVM_ERR_SYNTAX, "expected the end of the line");
}

/* Blanks, comments and line ends: what may stand between the items of an array. */
static gvm_status skip_lines(parser *p) {
    do {
        skip_blanks(p);
        GVM_TRY(skip_comment(p));
    } while (accept_newline(p));
    return GVM_OK;
}

/* "a.b.c" to the end of out, which holds `len` bytes and a NUL of at most `size`. */
static gvm_status parse_key(parser *p, char *out, size_t size, size_t len) {
    for (;;) {
        skip_blanks(p);
        if (peek(p) == '"' || peek(p) == '\'')
            return refuse(p, GVM_ERR_UNSUPPORTED, "quoted keys are not supported");
        if (len > 0) out[len++] = '.';
        size_t from = p->at;
        while (p->at < p->text.len) {
            uint8_t c = p->text.ptr[p->at];
            bool bare = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') || c == '_' || c == '-';
            if (!bare) break;
            p->at++;
        }
        size_t n = p->at - from;
        if (n == 0) return refuse(p, GVM_ERR_SYNTAX, "expected a key (letters, digits, - and _)");
        if (n + 2 > size - len) return refuse(p, GVM_ERR_LIMIT, "the key is too long");
        memcpy(out + len, p->text.ptr + from, n);
        len += n;
        out[len] = '\0';
        skip_blanks(p);
        if (peek(p) != '.') return GVM_OK;
        p->at++;
    }
}

/* ---- values */

static void put_utf8(gvm_buf *out, uint32_t c) {
    if (c < 0x80) {
        gvm_buf_put(out, (uint8_t)c);
        return;
    }
    int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const uint8_t lead[] = {0, 0xc0, 0xe0, 0xf0};
    gvm_buf_put(out, (uint8_t)(lead[more] | c >> (6 * more)));
    for (int i = more - 1; i >= 0; i--) gvm_buf_put(out, (uint8_t)(0x80 | ((c >> (6 * i)) & 0x3f)));
}

static gvm_status parse_escape(parser *p, gvm_buf *out) {
    static const char from[] = "btnfr\"\\", to[] = "\b\t\n\f\r\"\\";
    int c = peek(p);
    const char *found = c > 0 ? strchr(from, c) : NULL;
    p->at += c >= 0;
    if (found != NULL) {
        gvm_buf_put(out, (uint8_t)to[found - from]);
        return GVM_OK;
    }
    size_t digits = c == 'u' ? 4 : c == 'U' ? 8 : 0;
    uint8_t bytes[4] = {0};
    gvm_bytes text = gvm_bytes_make(p->text.ptr + p->at, digits);
    if (digits == 0 || p->text.len - p->at < digits ||
        gvm_hex_decode_fixed(bytes + 4 - digits / 2, digits / 2, text, GVM_HEX_PREFIX_NONE) !=
            GVM_OK) {
        return refuse(p, GVM_ERR_SYNTAX, "unknown escape in a string");
    }
    uint32_t code = gvm_load_be32(bytes);
    if (code == 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
        return refuse(p, GVM_ERR_SYNTAX, "an escape that is no character");
    }
    p->at += digits;
    put_utf8(out, code);
    return GVM_OK;
}

/* Well-formed UTF-8 (RFC 3629): no overlong forms, no surrogates. */
static bool is_utf8(gvm_bytes s) {
    for (size_t i = 0; i < s.len;) {
        uint8_t c = s.ptr[i++];
        if (c < 0x80) continue;
        int more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
        if (c < 0xc2 || c > 0xf4 || s.len - i < (size_t)more) return false;
        uint32_t v = c & (0x3fu >> more);
        for (int k = 0; k < more; k++, i++) {
            if ((s.ptr[i] & 0xc0) != 0x80) return false;
            v = v << 6 | (s.ptr[i] & 0x3f);
        }
        if ((more == 2 && (v < 0x800 || (v >= 0xd800 && v < 0xe000))) ||
            (more == 3 && (v < 0x10000 || v > 0x10ffff))) {
            return false;
        }
    }
    return true;
}

static gvm_status keep(parser *p, const char **out, gvm_bytes text) {
    char *s = gvm_arena_alloc(p->arena, text.len + 1);
    if (s == NULL) return refuse(p, GVM_ERR_NOMEM, "out of memory");
    if (text.len > 0) memcpy(s, text.ptr, text.len);
    s[text.len] = '\0';
    *out = s;
    return GVM_OK;
}

static gvm_status read_string(parser *p, gvm_buf *text) {
    if (follows(p, "\"\"\"") || follows(p, "'''")) {
        return refuse(p, GVM_ERR_UNSUPPORTED, "strings over several lines are not supported");
    }
    int quote = peek(p);
    p->at++;
    for (;;) {
        int c = peek(p);
        if (c < 0 || c == '\n' || c == '\r')
            return refuse(p, GVM_ERR_SYNTAX, "a string without its closing quote");
        p->at++;
        if (c == quote) return GVM_OK;
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return refuse(p, GVM_ERR_SYNTAX, "a control character in a string");
        if (c == '\\' && quote == '"')
            GVM_TRY(parse_escape(p, text));
        else
            gvm_buf_put(text, (uint8_t)c);
    }
}

static gvm_status parse_string(parser *p, gvm_toml_value *v) {
    gvm_buf text = {0};
    gvm_status status = read_string(p, &text);
    if (status == GVM_OK && text.failed) status = refuse(p, GVM_ERR_NOMEM, "out of memory");
    if (status == GVM_OK && !is_utf8(gvm_buf_bytes(&text)))
        status = refuse(p, GVM_ERR_SYNTAX, "a string is not UTF-8");
    if (status == GVM_OK) status = keep(p, &v->text, gvm_buf_bytes(&text));
    gvm_buf_free(&text);
    v->kind = GVM_TOML_STRING;
    return status;
}

/* Digits of `base` with single underscores between them. */
static gvm_status parse_integer(const parser *p, int64_t *out, gvm_bytes s) {
    bool negative = s.len > 0 && s.ptr[0] == '-', sign = negative || (s.len > 0 && s.ptr[0] == '+');
    gvm_bytes d = gvm_bytes_make(s.ptr + sign, s.len - sign);
    unsigned base = 10;
    if (d.len > 2 && d.ptr[0] == '0' && !sign) {
        base = d.ptr[1] == 'x' ? 16 : d.ptr[1] == 'o' ? 8 : d.ptr[1] == 'b' ? 2 : 10;
        if (base != 10) d = gvm_bytes_make(d.ptr + 2, d.len - 2);
    }
    if (base == 10 && d.len > 1 && d.ptr[0] == '0')
        return refuse(p, GVM_ERR_SYNTAX, "a number with a leading zero");
    uint64_t v = 0, max = negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
    bool digit_before = false;
    for (size_t i = 0; i < d.len; i++) {
        if (d.ptr[i] == '_' && digit_before && i + 1 < d.len) {
            digit_before = false;
            continue;
        }
        int digit = gvm_hex_digit(d.ptr[i]);
        if (digit < 0 || (unsigned)digit >= base) return refuse(p, GVM_ERR_SYNTAX, "not a number");
        if (__builtin_mul_overflow(v, base, &v) || __builtin_add_overflow(v, (uint64_t)digit, &v) ||
            v > max) {
            return refuse(p, GVM_ERR_RANGE, "the number does not fit 64 bits");
        }
        digit_before = true;
    }
    if (!digit_before) return refuse(p, GVM_ERR_SYNTAX, "not a number");
    *out = negative ? (int64_t)(0 - v) : (int64_t)v;
    return GVM_OK;
}

static gvm_status parse_scalar(parser *p, gvm_toml_value *v) {
    *v = (gvm_toml_value){0};
    if (peek(p) == '"' || peek(p) == '\'') return parse_string(p, v);
    if (peek(p) == '{')
        return refuse(p, GVM_ERR_UNSUPPORTED, "inline tables are not supported; write a [table]");
    if (peek(p) == '[') return refuse(p, GVM_ERR_UNSUPPORTED, "arrays in arrays are not supported");
    size_t from = p->at;
    while (peek(p) > ' ' && strchr(",]#", peek(p)) == NULL) p->at++;
    gvm_bytes word = gvm_bytes_make(p->text.ptr + from, p->at - from);
    if (word.len == 0) return refuse(p, GVM_ERR_SYNTAX, "expected a value");
    if (!is_utf8(word) || memchr(word.ptr, 0, word.len) != NULL)
        return refuse(p, GVM_ERR_SYNTAX, "not a value");
    GVM_TRY(keep(p, &v->text, word));
    if (strcmp(v->text, "true") == 0 || strcmp(v->text, "false") == 0) {
        v->kind = GVM_TOML_BOOL;
        v->boolean = v->text[0] == 't';
        return GVM_OK;
    }
    v->kind = GVM_TOML_INTEGER;
    bool hex = word.len > 1 && word.ptr[1] == 'x';
    bool number =
        (word.ptr[0] >= '0' && word.ptr[0] <= '9') || word.ptr[0] == '-' || word.ptr[0] == '+';
    if (number && !hex && strpbrk(v->text, ".eE:") != NULL) {
        return refuse(p, GVM_ERR_UNSUPPORTED, "fractions and dates are not supported");
    }
    if (!number)
        return refuse(p, GVM_ERR_SYNTAX,
                      "expected a value: a string in quotes, a number, true, false or [...]");
    return parse_integer(p, &v->integer, word);
}

static gvm_status parse_array(parser *p, gvm_toml_value *v) {
    size_t room = 0;
    gvm_toml_value *items = NULL;
    *v = (gvm_toml_value){.kind = GVM_TOML_ARRAY, .text = ""};
    p->at++;
    for (;;) {
        GVM_TRY(skip_lines(p));
        if (peek(p) == ']') break;
        if (v->count == GVM_TOML_ITEMS_MAX)
            return refuse(p, GVM_ERR_LIMIT, "the array has too many items");
        if (v->count == room) {
            room = room == 0 ? 8 : 2 * room;
            gvm_toml_value *grown = gvm_arena_alloc(p->arena, room * sizeof *grown);
            if (grown == NULL) return refuse(p, GVM_ERR_NOMEM, "out of memory");
            if (v->count > 0) memcpy(grown, items, v->count * sizeof *grown);
            v->items = items = grown;
        }
        GVM_TRY(parse_scalar(p, &items[v->count++]));
        GVM_TRY(skip_lines(p));
        if (peek(p) == ']') break;
        if (peek(p) != ',') return refuse(p, GVM_ERR_SYNTAX, "expected , or ] in an array");
        p->at++;
    }
    p->at++;
    return GVM_OK;
}

/* ---- entries */

/* True where one of the two is the other, or is a table that the other lies in. */
static bool collides(const char *a, const char *b) {
    size_t n = strlen(a), m = strlen(b), k = n < m ? n : m;
    return memcmp(a, b, k) == 0 && (n == m || (n > m ? a : b)[k] == '.');
}

static gvm_status parse_entry(parser *p) {
    char key[600];
    unsigned line = p->line;
    size_t len = strlen(p->table);
    memcpy(key, p->table, len + 1);
    GVM_TRY(parse_key(p, key, sizeof key, len));
    if (peek(p) != '=') return refuse(p, GVM_ERR_SYNTAX, "expected = after the key");
    p->at++;
    skip_blanks(p);
    for (size_t i = 0; i < p->out->count; i++) {
        const gvm_toml_entry *e = &p->out->entries[i];
        if (!collides(e->key, key)) continue;
        return gvm_error_set(p->err, GVM_ERR_SYNTAX, "%s, line %u: %s was set in line %u already",
                             p->name, line, key, e->line);
    }
    if (p->out->count == GVM_TOML_KEYS_MAX) return refuse(p, GVM_ERR_LIMIT, "too many keys");
    if (p->out->count == p->room) {
        size_t room = p->room == 0 ? 16 : 2 * p->room;
        gvm_toml_entry *grown = gvm_arena_alloc(p->arena, room * sizeof *grown);
        if (grown == NULL) return refuse(p, GVM_ERR_NOMEM, "out of memory");
        if (p->room > 0) memcpy(grown, p->out->entries, p->room * sizeof *grown);
        p->out->entries = grown;
        p->room = room;
    }
    gvm_toml_entry *e = &p->out->entries[p->out->count];
    e->line = line;
    GVM_TRY(keep(p, &e->key, gvm_bytes_str(key)));
    if (peek(p) == '[')
        GVM_TRY(parse_array(p, &e->value));
    else
        GVM_TRY(parse_scalar(p, &e->value));
    p->out->count++;
    return end_of_line(p);
}

static gvm_status parse_table(parser *p) {
    if (follows(p, "[["))
        return refuse(p, GVM_ERR_UNSUPPORTED, "arrays of tables are not supported");
    p->at++;
    GVM_TRY(parse_key(p, p->table, sizeof p->table, 0));
    if (peek(p) != ']') return refuse(p, GVM_ERR_SYNTAX, "expected ] after the table's name");
    p->at++;
    size_t count = 0;
    for (const struct seen_table *t = p->tables; t != NULL; t = t->next, count++) {
        if (strcmp(t->name, p->table) == 0)
            return refuse(p, GVM_ERR_SYNTAX, "this table was begun before");
    }
    if (count == GVM_TOML_KEYS_MAX) return refuse(p, GVM_ERR_LIMIT, "too many tables");
    struct seen_table *seen = gvm_arena_alloc(p->arena, sizeof *seen);
    if (seen == NULL) return refuse(p, GVM_ERR_NOMEM, "out of memory");
    GVM_TRY(keep(p, &seen->name, gvm_bytes_str(p->table)));
    seen->next = p->tables;
    p->tables = seen;
    return end_of_line(p);
}

gvm_status gvm_toml_parse(gvm_toml *out, gvm_arena *arena, const char *name, gvm_bytes text,
                          gvm_error *err) {
    parser p = {.arena = arena, .name = name, .text = text, .line = 1, .out = out, .err = err};
    *out = (gvm_toml){NULL, 0};
    if (text.len > GVM_TOML_SIZE_MAX) return refuse(&p, GVM_ERR_LIMIT, "the file is too large");
    if (follows(&p, "\xef\xbb\xbf")) p.at = 3;
    for (;;) {
        GVM_TRY(skip_lines(&p));
        if (peek(&p) < 0) return GVM_OK;
        if (peek(&p) == '[')
            GVM_TRY(parse_table(&p));
        else
            GVM_TRY(parse_entry(&p));
    }
}

const gvm_toml_value *gvm_toml_get(const gvm_toml *t, const char *key) {
    for (size_t i = 0; i < t->count; i++) {
        if (strcmp(t->entries[i].key, key) == 0) return &t->entries[i].value;
    }
    return NULL;
}

/* ---- configuration */

gvm_status gvm_toml_read_settings(gvm_settings *config, const char *name, gvm_bytes text,
                                  gvm_error *err) {
    gvm_toml t;
    GVM_TRY(gvm_toml_parse(&t, &config->arena, name, text, err));
    for (size_t i = 0; i < t.count; i++) {
        const gvm_toml_entry *e = &t.entries[i];
        char where[300];
        (void)snprintf(where, sizeof where, "%.200s, line %u", name, e->line);
        size_t count = e->value.kind == GVM_TOML_ARRAY ? e->value.count : 1;
        const char **texts = gvm_arena_zalloc(&config->arena, (count + 1) * sizeof *texts);
        if (texts == NULL) return gvm_error_set(err, GVM_ERR_NOMEM, "%s: out of memory", where);
        for (size_t k = 0; k < count; k++) {
            const gvm_toml_value *v =
                e->value.kind == GVM_TOML_ARRAY ? &e->value.items[k] : &e->value;
            char number[24]; /* as written it may have underscores or another base */
            (void)snprintf(number, sizeof number, "%lld", (long long)v->integer);
            texts[k] = v->text;
            if (v->kind != GVM_TOML_INTEGER) continue;
            gvm_bytes copy;
            if (gvm_arena_copy(&config->arena, &copy, gvm_bytes_make(number, strlen(number) + 1)) !=
                GVM_OK) {
                return gvm_error_set(err, GVM_ERR_NOMEM, "%s: out of memory", where);
            }
            texts[k] = (const char *)copy.ptr;
        }
        bool is_list = e->value.kind == GVM_TOML_ARRAY;
        GVM_TRY(gvm_settings_set(config, GVM_SETTING_FROM_FILE, where, e->key, texts, count,
                                 is_list, err));
    }
    return GVM_OK;
}

gvm_status gvm_toml_load_settings(gvm_settings *config, const char *path, gvm_error *err) {
    gvm_buf text = {0};
    gvm_status status = gvm_archive_read_file(&text, path, GVM_TOML_SIZE_MAX, err);
    if (status == GVM_OK) status = gvm_toml_read_settings(config, path, gvm_buf_bytes(&text), err);
    gvm_buf_free(&text);
    return status;
}
