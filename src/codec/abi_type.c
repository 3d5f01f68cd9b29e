/* Types and signatures from text. There is one grammar: a JSON ABI is first written down as the
 * signatures that a person would write, then read by the same parser. */
#include "codec/abi.h"
#include "codec/json.h"
#include "crypto/keccak.h"

#include <stdio.h>

typedef struct parser {
    gvm_arena *arena;
    gvm_bytes text;
    size_t at, nodes;
    gvm_error *err;
} parser;

typedef struct field_list field_list;
struct field_list {
    gvm_abi_field field;
    field_list *next;
};

/* A tuple whose closing bracket has not come. */
typedef struct open_tuple {
    field_list *first, **last;
    size_t count;
} open_tuple;

static gvm_status refuse(const parser *p, gvm_status code, const char *what) {
    size_t shown = p->text.len > 80 ? 80 : p->text.len;
    return gvm_error_set(p->err, code, "ABI type \"%.*s\"%s, character %zu: %s", (int)shown,
                         (const char *)p->text.ptr, shown < p->text.len ? "..." : "", p->at + 1,
                         what);
}

static gvm_status no_memory(const parser *p) {
    return gvm_error_set(p->err, GVM_ERR_NOMEM, "ABI: out of memory");
}

static bool is_word_char(uint8_t c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$';
}

static uint8_t peek(parser *p) {
    while (p->at < p->text.len && (p->text.ptr[p->at] == ' ' || p->text.ptr[p->at] == '\t' ||
                                   p->text.ptr[p->at] == '\n' || p->text.ptr[p->at] == '\r')) {
        p->at++;
    }
    return p->at < p->text.len ? p->text.ptr[p->at] : 0;
}

static bool accept(parser *p, char c) {
    if (peek(p) != (uint8_t)c || p->at == p->text.len) return false;
    p->at++;
    return true;
}

/* The next run of letters and digits; empty where there is none. */
static gvm_bytes word(parser *p) {
    (void)peek(p);
    size_t from = p->at;
    while (p->at < p->text.len && is_word_char(p->text.ptr[p->at])) p->at++;
    return gvm_bytes_make(p->text.ptr + from, p->at - from);
}

static bool is(gvm_bytes w, const char *s) {
    return gvm_bytes_equal(w, gvm_bytes_str(s));
}

static bool starts(gvm_bytes w, const char *s) {
    size_t n = strlen(s);
    return w.len >= n && memcmp(w.ptr, s, n) == 0;
}

static const char *keep(parser *p, gvm_bytes w) {
    char *s = gvm_arena_alloc(p->arena, w.len + 1);
    if (s == NULL) return NULL;
    if (w.len > 0) memcpy(s, w.ptr, w.len);
    s[w.len] = '\0';
    return s;
}

static gvm_status new_type(parser *p, gvm_abi_type **out, gvm_abi_kind kind) {
    if (++p->nodes > GVM_ABI_TYPES_MAX) return refuse(p, GVM_ERR_LIMIT, "too many types");
    *out = gvm_arena_zalloc(p->arena, sizeof **out);
    if (*out == NULL) return no_memory(p);
    (*out)->kind = kind;
    (*out)->size = (*out)->head = 32;
    return GVM_OK;
}

/* Digits without leading zeros, as a number up to `max`; 0 where it is none. */
static size_t number(const uint8_t *digits, size_t len, size_t max) {
    size_t n = 0;
    if (len == 0 || len > 10 || digits[0] == '0') return 0;
    for (size_t i = 0; i < len; i++) {
        if (digits[i] < '0' || digits[i] > '9') return 0;
        n = n * 10 + (size_t)(digits[i] - '0');
    }
    return n <= max ? n : 0;
}

static gvm_status parse_scalar(parser *p, gvm_abi_type **out) {
    size_t from = p->at;
    gvm_bytes w = word(p);
    gvm_abi_kind kind;
    size_t bits = 0;
    bool good = true;
    if (is(w, "address")) {
        kind = GVM_ABI_ADDRESS;
        bits = 160;
    } else if (is(w, "bool")) {
        kind = GVM_ABI_BOOL;
        bits = 8;
    } else if (is(w, "string")) {
        kind = GVM_ABI_STRING;
    } else if (is(w, "bytes")) {
        kind = GVM_ABI_BYTES;
    } else if (is(w, "function")) {
        kind = GVM_ABI_FIXED_BYTES;
        bits = 24 * 8;
    } else if (starts(w, "uint") || starts(w, "int")) {
        size_t skip = w.ptr[0] == 'u' ? 4 : 3;
        kind = skip == 4 ? GVM_ABI_UINT : GVM_ABI_INT;
        bits = w.len == skip ? 256 : number(w.ptr + skip, w.len - skip, 256);
        good = bits != 0 && bits % 8 == 0;
    } else if (starts(w, "bytes")) {
        kind = GVM_ABI_FIXED_BYTES;
        bits = 8 * number(w.ptr + 5, w.len - 5, 32);
        good = bits != 0;
    } else if (starts(w, "fixed") || starts(w, "ufixed")) {
        p->at = from;
        return refuse(p, GVM_ERR_UNSUPPORTED, "fixed-point types are not supported");
    } else {
        good = false;
        kind = GVM_ABI_UINT;
    }
    if (!good) {
        p->at = from;
        return refuse(p, GVM_ERR_SYNTAX,
                      "expected a type, such as uint256, address, bytes32[] or (bool,string)");
    }
    GVM_TRY(new_type(p, out, kind));
    (*out)->bits = (uint16_t)bits;
    (*out)->function = is(w, "function");
    (*out)->dynamic = kind == GVM_ABI_STRING || kind == GVM_ABI_BYTES;
    return GVM_OK;
}

/* "[]" and "[n]" behind a type, any number of them. */
static gvm_status parse_suffixes(parser *p, gvm_abi_type **type) {
    while (accept(p, '[')) {
        gvm_bytes digits = word(p);
        bool fixed = digits.len > 0, zero = is(digits, "0");
        size_t count = fixed ? number(digits.ptr, digits.len, GVM_ABI_SIZE_MAX) : 0;
        if ((fixed && count == 0 && !zero) || !accept(p, ']'))
            return refuse(p, GVM_ERR_SYNTAX, "bad array length");
        gvm_abi_type *t;
        const gvm_abi_type *e = *type;
        /* Solidity knows neither empty tuples nor T[0]; of an array of them there could be any
         * number in no bytes. */
        if (e->head == 0) return refuse(p, GVM_ERR_UNSUPPORTED, "an array of nothing");
        GVM_TRY(new_type(p, &t, fixed ? GVM_ABI_FIXED_ARRAY : GVM_ABI_ARRAY));
        t->element = e;
        t->count = count;
        t->depth = (uint8_t)(e->depth + 1);
        t->dynamic = !fixed || e->dynamic;
        if (__builtin_mul_overflow(count, e->head, &t->size) || t->size > GVM_ABI_SIZE_MAX) {
            return refuse(p, GVM_ERR_LIMIT, "the array is too large");
        }
        t->head = t->dynamic ? 32 : t->size;
        if (t->depth > GVM_ABI_DEPTH_MAX) return refuse(p, GVM_ERR_LIMIT, "nested too deeply");
        *type = t;
    }
    return GVM_OK;
}

static gvm_status close_tuple(parser *p, gvm_abi_type **out, const open_tuple *open) {
    GVM_TRY(new_type(p, out, GVM_ABI_TUPLE));
    gvm_abi_type *t = *out;
    gvm_abi_field *fields = gvm_arena_zalloc(p->arena, open->count * sizeof *fields);
    if (fields == NULL) return no_memory(p);
    t->fields = fields;
    t->count = open->count;
    t->size = 0;
    for (const field_list *f = open->first; f != NULL; f = f->next) {
        *fields++ = f->field;
        t->size += f->field.type->head;
        t->dynamic = t->dynamic || f->field.type->dynamic;
        if (f->field.type->depth > t->depth) t->depth = f->field.type->depth;
        if (t->size > GVM_ABI_SIZE_MAX) return refuse(p, GVM_ERR_LIMIT, "the tuple is too large");
    }
    t->depth++;
    t->head = t->dynamic ? 32 : t->size;
    return GVM_OK;
}

/* What may stand behind a type: where its data lies (which the ABI does not care for), indexed, a
 * name. */
static gvm_status parse_field(parser *p, open_tuple *open, const gvm_abi_type *type) {
    field_list *f = gvm_arena_zalloc(p->arena, sizeof *f);
    if (f == NULL) return no_memory(p);
    f->field = (gvm_abi_field){type, "", false};
    for (gvm_bytes w = word(p); w.len > 0; w = word(p)) {
        if (is(w, "indexed")) {
            f->field.indexed = true;
        } else if (!is(w, "memory") && !is(w, "calldata") && !is(w, "storage") &&
                   !is(w, "payable")) {
            if (f->field.name[0] != '\0') return refuse(p, GVM_ERR_SYNTAX, "expected , or )");
            f->field.name = keep(p, w);
            if (f->field.name == NULL) return no_memory(p);
        }
    }
    *open->last = f;
    open->last = &f->next;
    open->count++;
    return GVM_OK;
}

/* The members of a tuple up to its closing bracket (the opening one is read), or up to the end of
 * the text. */
static gvm_status parse_fields(parser *p, gvm_abi_type **out, bool until_end) {
    open_tuple stack[GVM_ABI_DEPTH_MAX + 1];
    size_t depth = 0;
    gvm_abi_type *type;
#define OPEN() \
    (stack[depth] = (open_tuple){NULL, NULL, 0}, stack[depth].last = &stack[depth].first, depth++)
    OPEN();
    bool empty = until_end ? peek(p) == 0 && p->at == p->text.len : accept(p, ')');
    if (empty) return close_tuple(p, out, &stack[0]);
    for (;;) {
        bool closed = false;
        size_t from = p->at;
        if (!is(word(p), "tuple") || peek(p) != '(') p->at = from;
        if (accept(p, '(')) {
            if (depth == GVM_ABI_DEPTH_MAX + 1)
                return refuse(p, GVM_ERR_LIMIT, "nested too deeply");
            OPEN();
            if (!accept(p, ')')) continue;
            closed = true;
        } else {
            GVM_TRY(parse_scalar(p, &type));
        }
        for (;;) {
            if (closed) {
                GVM_TRY(close_tuple(p, &type, &stack[--depth]));
                if (depth == 0) {
                    *out = type;
                    return GVM_OK;
                }
                if (type->depth > GVM_ABI_DEPTH_MAX)
                    return refuse(p, GVM_ERR_LIMIT, "nested too deeply");
            }
            GVM_TRY(parse_suffixes(p, &type));
            GVM_TRY(parse_field(p, &stack[depth - 1], type));
            if (accept(p, ',')) break;
            bool at_end = peek(p) == 0 && p->at == p->text.len;
            closed = until_end && depth == 1 ? at_end : accept(p, ')');
            if (!closed) return refuse(p, GVM_ERR_SYNTAX, "expected , or )");
        }
    }
#undef OPEN
}

gvm_status gvm_abi_parse_types(const gvm_abi_type **out, gvm_arena *arena, gvm_bytes text,
                               gvm_error *err) {
    parser p = {.arena = arena, .text = text, .err = err};
    gvm_abi_type *tuple;
    GVM_TRY(parse_fields(&p, &tuple, true));
    *out = tuple;
    return GVM_OK;
}

gvm_status gvm_abi_parse_type(const gvm_abi_type **out, gvm_arena *arena, gvm_bytes text,
                              gvm_error *err) {
    parser p = {.arena = arena, .text = text, .err = err};
    gvm_abi_type *tuple;
    GVM_TRY(parse_fields(&p, &tuple, true));
    if (tuple->count != 1) return refuse(&p, GVM_ERR_SYNTAX, "expected one type");
    *out = tuple->fields[0].type;
    return GVM_OK;
}

static void put_scalar_name(gvm_buf *out, const gvm_abi_type *t) {
    switch (t->kind) {
    case GVM_ABI_UINT: gvm_buf_printf(out, "uint%u", t->bits); break;
    case GVM_ABI_INT: gvm_buf_printf(out, "int%u", t->bits); break;
    case GVM_ABI_BOOL: gvm_buf_str(out, "bool"); break;
    case GVM_ABI_ADDRESS: gvm_buf_str(out, "address"); break;
    case GVM_ABI_BYTES: gvm_buf_str(out, "bytes"); break;
    case GVM_ABI_STRING: gvm_buf_str(out, "string"); break;
    default:
        if (t->function)
            gvm_buf_str(out, "function");
        else
            gvm_buf_printf(out, "bytes%u", t->bits / 8u);
        break;
    }
}

void gvm_abi_put_type(gvm_buf *out, const gvm_abi_type *type) {
    struct {
        const gvm_abi_type *t;
        size_t i;
    } stack[GVM_ABI_DEPTH_MAX + 3];
    size_t depth = 0;
    stack[depth].t = type;
    stack[depth++].i = 0;
    while (depth > 0) {
        const gvm_abi_type *t = stack[depth - 1].t, *inner = NULL;
        size_t i = stack[depth - 1].i++;
        if (t->kind == GVM_ABI_TUPLE) {
            if (i == 0) gvm_buf_put(out, '(');
            if (i < t->count) {
                if (i > 0) gvm_buf_put(out, ',');
                inner = t->fields[i].type;
            } else {
                gvm_buf_put(out, ')');
            }
        } else if (gvm_abi_is_composite(t)) {
            if (i == 0)
                inner = t->element;
            else if (t->kind == GVM_ABI_ARRAY)
                gvm_buf_str(out, "[]");
            else
                gvm_buf_printf(out, "[%zu]", t->count);
        } else {
            put_scalar_name(out, t);
        }
        if (inner == NULL) {
            depth--;
        } else {
            GVM_ASSERT(depth < sizeof stack / sizeof stack[0]);
            stack[depth].t = inner;
            stack[depth++].i = 0;
        }
    }
}

/* ---- signatures */

static gvm_status finish_entry(parser *p, gvm_abi_entry *e) {
    gvm_buf text = {0};
    gvm_buf_str(&text, e->name);
    gvm_abi_put_type(&text, e->inputs);
    if (!text.failed) {
        e->signature = keep(p, gvm_buf_bytes(&text));
        gvm_keccak256(&e->hash, gvm_buf_bytes(&text));
    }
    gvm_buf_free(&text);
    return e->signature == NULL ? no_memory(p) : GVM_OK;
}

/* Behind the inputs: visibility and mutability in any order, results with or without `returns`. */
static gvm_status parse_rest(parser *p, gvm_abi_entry *e) {
    static const char *const mutabilities[] = {"pure", "view", "payable", "nonpayable"};
    for (;;) {
        size_t from = p->at;
        gvm_bytes w = word(p);
        if (w.len == 0) {
            if (accept(p, ';')) continue;
            if (peek(p) == 0 && p->at == p->text.len) return GVM_OK;
            if (e->kind != GVM_ABI_FUNCTION || e->outputs != NULL || !accept(p, '(')) {
                return refuse(p, GVM_ERR_SYNTAX, "not expected here");
            }
            gvm_abi_type *outputs;
            GVM_TRY(parse_fields(p, &outputs, false));
            e->outputs = outputs;
            continue;
        }
        bool known = is(w, "external") || is(w, "public") || is(w, "virtual") ||
                     is(w, "override") || is(w, "returns");
        for (size_t i = 0; i < 4; i++) {
            if (!is(w, mutabilities[i])) continue;
            e->mutability = mutabilities[i];
            known = true;
        }
        if (is(w, "anonymous") && e->kind == GVM_ABI_EVENT) known = e->anonymous = true;
        if (!known) {
            p->at = from;
            return refuse(p, GVM_ERR_SYNTAX, "not expected here");
        }
    }
}

gvm_status gvm_abi_parse_signature(gvm_abi_entry *out, gvm_arena *arena, gvm_bytes text,
                                   gvm_error *err) {
    static const struct {
        const char *word;
        gvm_abi_entry_kind kind;
    } kinds[] = {
        {"function", GVM_ABI_FUNCTION}, {"event", GVM_ABI_EVENT},
        {"error", GVM_ABI_ERROR},       {"constructor", GVM_ABI_CONSTRUCTOR},
        {"fallback", GVM_ABI_FALLBACK}, {"receive", GVM_ABI_RECEIVE},
    };
    parser p = {.arena = arena, .text = text, .err = err};
    *out = (gvm_abi_entry){.kind = GVM_ABI_FUNCTION, .mutability = "nonpayable"};
    gvm_bytes name = word(&p);
    if (peek(&p) != '(' || is(name, "constructor") || is(name, "fallback") || is(name, "receive")) {
        for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
            if (!is(name, kinds[i].word)) continue;
            out->kind = kinds[i].kind;
            name = out->kind <= GVM_ABI_ERROR ? word(&p) : gvm_bytes_str("");
            break;
        }
    }
    bool named = name.len > 0 && (name.ptr[0] < '0' || name.ptr[0] > '9');
    if (out->kind <= GVM_ABI_ERROR && !named) return refuse(&p, GVM_ERR_SYNTAX, "expected a name");
    if (!accept(&p, '(')) return refuse(&p, GVM_ERR_SYNTAX, "expected (");
    out->name = keep(&p, name);
    if (out->name == NULL) return no_memory(&p);
    gvm_abi_type *inputs;
    GVM_TRY(parse_fields(&p, &inputs, false));
    out->inputs = inputs;
    GVM_TRY(parse_rest(&p, out));
    size_t indexed = 0;
    for (size_t i = 0; i < inputs->count; i++) indexed += inputs->fields[i].indexed;
    if (indexed > (out->kind != GVM_ABI_EVENT ? 0u : out->anonymous ? 4u : 3u)) {
        return refuse(&p, GVM_ERR_SYNTAX, "too many indexed parameters");
    }
    return finish_entry(&p, out);
}

/* ---- JSON */

/* A list of parameters that is being written down, and what goes behind it when it is complete. */
typedef struct list_frame {
    gvm_json_iter it;
    gvm_json_at param, components;
    gvm_bytes suffix;
} list_frame;

static bool is_identifier(gvm_bytes w) {
    for (size_t i = 0; i < w.len; i++) {
        if (!is_word_char(w.ptr[i])) return false;
    }
    return w.len > 0;
}

static bool is_type_text(gvm_bytes w) {
    for (size_t i = 0; i < w.len; i++) {
        if (!is_word_char(w.ptr[i]) && w.ptr[i] != '[' && w.ptr[i] != ']') return false;
    }
    return w.len > 0;
}

static void put_param_rest(gvm_buf *text, const gvm_json_at *param, gvm_bytes suffix) {
    gvm_json_at at;
    gvm_bytes name;
    bool indexed;
    gvm_buf_append(text, suffix.ptr, suffix.len);
    if (gvm_json_find(&at, param, "indexed") && gvm_json_bool(&indexed, &at, NULL) == GVM_OK &&
        indexed) {
        gvm_buf_str(text, " indexed");
    }
    /* A parameter may be called `memory` or `indexed` in no language that compiles to this. */
    if (gvm_json_find(&at, param, "name") && gvm_json_string(&name, &at, NULL) == GVM_OK &&
        is_identifier(name)) {
        gvm_buf_put(text, ' ');
        gvm_buf_append(text, name.ptr, name.len);
    }
}

static gvm_status put_params(gvm_buf *text, const gvm_json_at *list, gvm_error *err) {
    list_frame stack[GVM_ABI_DEPTH_MAX + 1];
    size_t depth = 1;
    GVM_TRY(gvm_json_each(&stack[0].it, list, GVM_JSON_ARRAY, err));
    gvm_buf_put(text, '(');
    while (depth > 0) {
        list_frame *f = &stack[depth - 1];
        bool first = f->it.index == 0;
        if (!gvm_json_step(&f->it, &f->param)) {
            gvm_buf_put(text, ')');
            if (--depth > 0) put_param_rest(text, &stack[depth - 1].param, stack[depth - 1].suffix);
            continue;
        }
        if (!first) gvm_buf_put(text, ',');
        gvm_bytes type;
        GVM_TRY(gvm_json_get_string(&type, &f->param, "type", err));
        if (!is_type_text(type))
            return gvm_json_refuse(err, &f->param, GVM_ERR_SYNTAX, "the type is not a type");
        if (!starts(type, "tuple")) {
            gvm_buf_append(text, type.ptr, type.len);
            put_param_rest(text, &f->param, (gvm_bytes){NULL, 0});
            continue;
        }
        if (depth == GVM_ABI_DEPTH_MAX + 1)
            return gvm_json_refuse(err, &f->param, GVM_ERR_LIMIT, "nested too deeply");
        f->suffix = gvm_bytes_make(type.ptr + 5, type.len - 5);
        GVM_TRY(gvm_json_get(&f->components, &f->param, "components", err));
        GVM_TRY(gvm_json_each(&stack[depth++].it, &f->components, GVM_JSON_ARRAY, err));
        gvm_buf_put(text, '(');
    }
    return GVM_OK;
}

/* Writes one entry of a JSON ABI as a signature; text.len stays 0 for kinds that are not known. */
static gvm_status put_entry(gvm_buf *text, const gvm_json_at *entry, gvm_error *err) {
    gvm_json_at at;
    gvm_bytes kind = gvm_bytes_str("function"), name, mutability;
    bool yes;
    if (gvm_json_find(&at, entry, "type")) GVM_TRY(gvm_json_string(&kind, &at, err));
    bool named = is(kind, "function") || is(kind, "event") || is(kind, "error");
    if (!named && !is(kind, "constructor") && !is(kind, "fallback") && !is(kind, "receive"))
        return GVM_OK;
    gvm_buf_append(text, kind.ptr, kind.len);
    if (named) {
        GVM_TRY(gvm_json_get_string(&name, entry, "name", err));
        if (!is_identifier(name))
            return gvm_json_refuse(err, entry, GVM_ERR_SYNTAX, "the name is not an identifier");
        gvm_buf_put(text, ' ');
        gvm_buf_append(text, name.ptr, name.len);
    }
    if (gvm_json_find(&at, entry, "inputs"))
        GVM_TRY(put_params(text, &at, err));
    else
        gvm_buf_str(text, "()");
    if (gvm_json_find(&at, entry, "stateMutability")) {
        GVM_TRY(gvm_json_string(&mutability, &at, err));
        gvm_buf_put(text, ' ');
        gvm_buf_append(text, mutability.ptr, mutability.len);
    }
    if (gvm_json_find(&at, entry, "anonymous") && gvm_json_bool(&yes, &at, NULL) == GVM_OK && yes) {
        gvm_buf_str(text, " anonymous");
    }
    if (is(kind, "function") && gvm_json_find(&at, entry, "outputs")) {
        gvm_buf_str(text, " returns ");
        GVM_TRY(put_params(text, &at, err));
    }
    return GVM_OK;
}

static gvm_status read_entries(gvm_abi_contract *out, gvm_arena *arena, const gvm_json_at *list,
                               gvm_error *err) {
    gvm_json_iter it;
    gvm_json_at entry;
    GVM_TRY(gvm_json_each(&it, list, GVM_JSON_ARRAY, err));
    gvm_abi_entry *entries = gvm_arena_zalloc(arena, it.count * sizeof *entries);
    if (entries == NULL) return gvm_error_set(err, GVM_ERR_NOMEM, "ABI: out of memory");
    *out = (gvm_abi_contract){entries, 0};
    gvm_buf text = {0};
    gvm_status status = GVM_OK;
    while (status == GVM_OK && gvm_json_step(&it, &entry)) {
        gvm_buf_clear(&text);
        status = put_entry(&text, &entry, err);
        if (status == GVM_OK && text.failed) status = GVM_ERR_NOMEM;
        if (status != GVM_OK || text.len == 0) continue;
        status = gvm_abi_parse_signature(&entries[out->count++], arena, gvm_buf_bytes(&text), err);
    }
    gvm_buf_free(&text);
    return status;
}

gvm_status gvm_abi_parse_json(gvm_abi_contract *out, gvm_arena *arena, gvm_bytes json,
                              gvm_error *err) {
    yyjson_doc *doc;
    GVM_TRY(gvm_json_parse(&doc, json, NULL, err));
    gvm_json_at root = gvm_json_root(doc), abi = root;
    gvm_status status = GVM_OK;
    if (yyjson_is_obj(root.val)) status = gvm_json_get(&abi, &root, "abi", err);
    if (status == GVM_OK) status = read_entries(out, arena, &abi, err);
    yyjson_doc_free(doc);
    return status;
}

const gvm_abi_entry *gvm_abi_find(const gvm_abi_contract *c, gvm_abi_entry_kind kind,
                                  const char *name) {
    const gvm_abi_entry *found = NULL;
    for (size_t i = 0; i < c->count; i++) {
        const gvm_abi_entry *e = &c->entries[i];
        if (e->kind != kind) continue;
        if (strcmp(e->signature, name) == 0) return e;
        if (strcmp(e->name, name) != 0) continue;
        if (found != NULL) return NULL;
        found = e;
    }
    return found;
}

const gvm_abi_entry *gvm_abi_find_selector(const gvm_abi_contract *c, gvm_abi_entry_kind kind,
                                           const uint8_t selector[4]) {
    for (size_t i = 0; i < c->count; i++) {
        const gvm_abi_entry *e = &c->entries[i];
        if (e->kind == kind && memcmp(e->hash.b, selector, 4) == 0) return e;
    }
    return NULL;
}

const gvm_abi_entry *gvm_abi_find_topic(const gvm_abi_contract *c, const gvm_hash *topic) {
    for (size_t i = 0; i < c->count; i++) {
        const gvm_abi_entry *e = &c->entries[i];
        if (e->kind == GVM_ABI_EVENT && !e->anonymous && gvm_hash_equal(&e->hash, topic)) return e;
    }
    return NULL;
}

void gvm_abi_selector(uint8_t out[4], const char *signature) {
    gvm_hash h;
    gvm_keccak256(&h, gvm_bytes_str(signature));
    memcpy(out, h.b, 4);
}

gvm_status gvm_abi_encode_call(gvm_buf *out, const gvm_abi_entry *entry,
                               const gvm_abi_value *args) {
    size_t before = out->len;
    if (entry->kind == GVM_ABI_FUNCTION || entry->kind == GVM_ABI_ERROR)
        gvm_buf_append(out, entry->hash.b, 4);
    gvm_status status = gvm_abi_encode(out, args);
    if (status != GVM_OK) out->len = before;
    return status;
}
