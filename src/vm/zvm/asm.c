/* The assembler: one walk over the lines for what may be used before it is written (constants,
 * macros, data), a second that emits, and at the end the places of labels go into the gaps that
 * were left. Labels take two bytes always, so nothing that is emitted moves. Macros are text: their
 * lines are put in with the arguments in place of $names, on a stack of bounded depth. */
#include "vm/zvm/asm.h"

#include "base/map.h"
#include "base/u256.h"
#include "codec/hex.h"
#include "crypto/keccak.h"
#include "vm/zvm/container.h"
#include "vm/zvm/opcodes.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- symbols */

typedef enum symbol_kind { SYM_NONE, SYM_LABEL, SYM_CONST, SYM_DATA, SYM_MACRO } symbol_kind;

typedef struct symbol {
    symbol_kind kind;
    bool placed;                     /* labels and data: `at` is known */
    uint32_t at;                     /* labels: of the JUMPDEST; data: of the first byte */
    uint32_t line;                   /* macros: of the first line of the body, counted from 0 */
    uint32_t count;                  /* macros: lines of the body */
    gvm_u256 value;                  /* constants */
    gvm_bytes bytes;                 /* data: in the assembler's pool */
    size_t pool_at;                  /* data: where in the pool */
    unsigned params;                 /* macros */
    gvm_bytes param[GVM_ZVM_PARAMS]; /* views of the source */
} symbol;

typedef struct name_key {
    char text[GVM_ZVM_NAME_MAX + 1];
} name_key;

typedef enum fix_kind { FIX_PLACE, FIX_SIZE, FIX_WORDS } fix_kind;

typedef struct fixup {
    name_key name;
    uint32_t at, size, line;
    fix_kind what;
} fixup;

typedef struct expansion {
    uint32_t next, end;  /* lines */
    const symbol *macro; /* NULL: the source itself */
    size_t args_at;      /* in the text pool */
    size_t arg_len[GVM_ZVM_PARAMS];
    unsigned serial; /* makes names with _ its own */
} expansion;

typedef struct assembler {
    gvm_zvm_program *out;
    gvm_bytes *lines;
    uint32_t line_count;
    gvm_map symbols;
    gvm_buf data;   /* pool of .data's bytes */
    gvm_buf args;   /* pool of macro arguments */
    gvm_buf text;   /* the line with its arguments in place */
    gvm_buf fixups; /* of fixup */
    gvm_buf scratch;
    expansion stack[GVM_ZVM_NESTING];
    unsigned depth, serial;
    uint32_t line; /* from 1, for messages and the map */
    bool ended;    /* the last instruction was an end */
    gvm_error *err;
    /* the line being read */
    const uint8_t *p, *end;
} assembler;

static gvm_status fail(assembler *a, gvm_status code, const char *what, gvm_bytes found) {
    int n = found.len > 60 ? 60 : (int)found.len;
    if (found.ptr == NULL) return gvm_error_set(a->err, code, "line %u: %s", a->line, what);
    return gvm_error_set(a->err, code, "line %u: %s; found \"%.*s\"", a->line, what, n,
                         (const char *)found.ptr);
}
static const gvm_bytes nothing = {NULL, 0};

/* ---- words of a line */

static bool is_name_start(uint8_t c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
static bool is_digit(uint8_t c) {
    return c >= '0' && c <= '9';
}

static void skip_blanks(assembler *a) {
    while (a->p < a->end && (*a->p == ' ' || *a->p == '\t' || *a->p == '\r')) a->p++;
    if (a->p < a->end && *a->p == ';') a->p = a->end;
}

static bool at_end(assembler *a) {
    skip_blanks(a);
    return a->p == a->end;
}

static bool take(assembler *a, char c) {
    skip_blanks(a);
    if (a->p == a->end || *a->p != (uint8_t)c) return false;
    a->p++;
    return true;
}

static gvm_bytes rest(assembler *a) {
    return gvm_bytes_make(a->p, (size_t)(a->end - a->p));
}

/* A name, or empty. */
static gvm_bytes take_name(assembler *a) {
    skip_blanks(a);
    const uint8_t *from = a->p;
    if (from < a->end && is_name_start(*from))
        while (a->p < a->end && (is_name_start(*a->p) || is_digit(*a->p))) a->p++;
    return gvm_bytes_make(from, (size_t)(a->p - from));
}

static bool is_word(gvm_bytes name, const char *word) {
    return gvm_bytes_equal(name, gvm_bytes_str(word));
}

/* Names that begin with _ belong to the expansion in which they stand. */
static gvm_status make_key(assembler *a, name_key *key, gvm_bytes name) {
    *key = (name_key){{0}};
    const expansion *e = &a->stack[a->depth - 1];
    if (name.len > GVM_ZVM_NAME_MAX - 12)
        return fail(a, GVM_ERR_LIMIT, "a name has at most 51 letters", name);
    memcpy(key->text, name.ptr, name.len);
    if (name.ptr[0] == '_' && e->macro != NULL)
        (void)snprintf(key->text + name.len, 12, "~%u", e->serial);
    return GVM_OK;
}

static gvm_status find(assembler *a, symbol **out, gvm_bytes name) {
    name_key key;
    GVM_TRY(make_key(a, &key, name));
    *out = gvm_map_get(&a->symbols, key.text);
    return GVM_OK;
}

static gvm_status define(assembler *a, symbol **out, gvm_bytes name, symbol_kind kind) {
    name_key key;
    bool created;
    if (name.len == 0) return fail(a, GVM_ERR_SYNTAX, "expected a name", rest(a));
    if (gvm_zvm_opcode_by_name(name) >= 0 || is_word(name, "PUSH") || is_word(name, "COPYDATA"))
        return fail(a, GVM_ERR_EXISTS, "an instruction has this name", name);
    GVM_TRY(make_key(a, &key, name));
    symbol *s = gvm_map_put(&a->symbols, &created, key.text);
    if (s == NULL) return GVM_ERR_NOMEM;
    if (!created) return fail(a, GVM_ERR_EXISTS, "this name is defined already", name);
    s->kind = kind;
    *out = s;
    return GVM_OK;
}

/* ---- strings and numbers */

static gvm_status take_hex_string(assembler *a, gvm_buf *out) {
    const uint8_t *from = a->p;
    while (a->p < a->end && *a->p != '"') a->p++;
    gvm_bytes digits = gvm_bytes_make(from, (size_t)(a->p - from));
    if (a->p == a->end) return fail(a, GVM_ERR_SYNTAX, "a string must end with \"", digits);
    a->p++;
    gvm_status status = gvm_hex_decode(out, digits, GVM_HEX_PREFIX_NONE);
    return status == GVM_ERR_SYNTAX ? fail(a, status, "expected pairs of hex digits", digits)
                                    : status;
}

static gvm_status take_escape(assembler *a, gvm_buf *out) {
    uint8_t c = a->p < a->end ? *a->p++ : 0;
    switch (c) {
    case 'n': gvm_buf_put(out, '\n'); return GVM_OK;
    case 't': gvm_buf_put(out, '\t'); return GVM_OK;
    case 'r': gvm_buf_put(out, '\r'); return GVM_OK;
    case '\\':
    case '"': gvm_buf_put(out, c); return GVM_OK;
    case 'x':
        if (a->end - a->p >= 2 && gvm_hex_digit(a->p[0]) >= 0 && gvm_hex_digit(a->p[1]) >= 0) {
            gvm_buf_put(out, (uint8_t)(gvm_hex_digit(a->p[0]) << 4 | gvm_hex_digit(a->p[1])));
            a->p += 2;
            return GVM_OK;
        }
        break;
    default: break;
    }
    return fail(a, GVM_ERR_SYNTAX, "expected \\n, \\t, \\r, \\\\, \\\" or \\x and two digits",
                rest(a));
}

/* "text" or hex"digits"; *is_one: there was one. */
static gvm_status take_string(assembler *a, bool *is_one, gvm_buf *out) {
    skip_blanks(a);
    *is_one = true;
    if (a->end - a->p >= 4 && memcmp(a->p, "hex\"", 4) == 0) {
        a->p += 4;
        return take_hex_string(a, out);
    }
    *is_one = take(a, '"');
    if (!*is_one) return GVM_OK;
    while (a->p < a->end && *a->p != '"') {
        uint8_t c = *a->p++;
        if (c == '\\')
            GVM_TRY(take_escape(a, out));
        else
            gvm_buf_put(out, c);
    }
    if (!take(a, '"')) return fail(a, GVM_ERR_SYNTAX, "a string must end with \"", nothing);
    return gvm_buf_status(out);
}

static gvm_status need_string(assembler *a, gvm_buf *out) {
    bool is_one;
    GVM_TRY(take_string(a, &is_one, out));
    return is_one ? GVM_OK : fail(a, GVM_ERR_SYNTAX, "expected a string", rest(a));
}

/* An operand: a number, or a place that is not known yet. */
typedef struct operand {
    bool later;
    fixup fix;
    gvm_u256 value;
} operand;

static gvm_status take_number(assembler *a, operand *out) {
    const uint8_t *from = a->p;
    while (a->p < a->end && (is_name_start(*a->p) || is_digit(*a->p))) a->p++;
    gvm_bytes text = gvm_bytes_make(from, (size_t)(a->p - from));
    if (gvm_u256_parse(&out->value, (const char *)text.ptr, text.len) != GVM_OK)
        return fail(a, GVM_ERR_SYNTAX, "expected a number below 2^256, decimal or 0x...", text);
    return GVM_OK;
}

/* Behind keccak or selector: ("text"). */
static gvm_status take_hash(assembler *a, operand *out, bool selector) {
    gvm_hash h;
    gvm_buf_clear(&a->scratch);
    if (!take(a, '(')) return fail(a, GVM_ERR_SYNTAX, "expected (\"text\")", rest(a));
    GVM_TRY(need_string(a, &a->scratch));
    if (!take(a, ')')) return fail(a, GVM_ERR_SYNTAX, "expected )", rest(a));
    gvm_keccak256(&h, gvm_buf_bytes(&a->scratch));
    out->value = selector ? gvm_u256_from_u64(gvm_load_be32(h.b)) : gvm_u256_from_hash(&h);
    return GVM_OK;
}

static gvm_status take_later(assembler *a, operand *out, fix_kind what, gvm_bytes name) {
    if (name.len == 0) return fail(a, GVM_ERR_SYNTAX, "expected a name", rest(a));
    out->later = true;
    out->fix.what = what;
    out->fix.line = a->line;
    return make_key(a, &out->fix.name, name);
}

static gvm_status take_word_operand(assembler *a, operand *out) {
    gvm_bytes name = take_name(a);
    if (name.len == 0) return fail(a, GVM_ERR_SYNTAX, "expected a value", rest(a));
    if (is_word(name, "keccak")) return take_hash(a, out, false);
    if (is_word(name, "selector")) return take_hash(a, out, true);
    if ((is_word(name, "size") || is_word(name, "words")) && take(a, '(')) {
        gvm_bytes of = take_name(a);
        if (!take(a, ')')) return fail(a, GVM_ERR_SYNTAX, "expected )", rest(a));
        return take_later(a, out, is_word(name, "size") ? FIX_SIZE : FIX_WORDS, of);
    }
    symbol *s;
    GVM_TRY(find(a, &s, name));
    if (s == NULL || s->kind != SYM_CONST)
        return fail(a, GVM_ERR_NOT_FOUND, "no constant has this name (labels: @name)", name);
    out->value = s->value;
    return GVM_OK;
}

static gvm_status take_operand(assembler *a, operand *out) {
    *out = (operand){0};
    if (at_end(a)) return fail(a, GVM_ERR_SYNTAX, "expected a value", nothing);
    if (is_digit(*a->p)) return take_number(a, out);
    if (take(a, '@')) return take_later(a, out, FIX_PLACE, take_name(a));
    bool is_text;
    gvm_buf_clear(&a->scratch);
    GVM_TRY(take_string(a, &is_text, &a->scratch));
    if (!is_text) return take_word_operand(a, out);
    if (a->scratch.len > 32)
        return fail(a, GVM_ERR_RANGE, "a string that is pushed has at most 32 bytes", nothing);
    uint8_t word[32] = {0};
    if (a->scratch.len > 0) memcpy(word + 32 - a->scratch.len, a->scratch.ptr, a->scratch.len);
    out->value = gvm_u256_from_be(word);
    return GVM_OK;
}

/* ---- emitting */

static gvm_status emit_bytes(assembler *a, const void *bytes, size_t n) {
    gvm_buf *code = &a->out->code;
    if (code->len + n > GVM_ZVM_CODE_MAX)
        return fail(a, GVM_ERR_LIMIT, "the code has over 65,535 bytes", nothing);
    gvm_buf_append(code, bytes, n);
    return gvm_buf_status(code);
}

static gvm_status emit_op(assembler *a, uint8_t op) {
    gvm_zvm_line at = {(uint32_t)a->out->code.len, a->line};
    gvm_buf_append(&a->out->lines, &at, sizeof at);
    a->ended = (gvm_zvm_opcode_set()->rows[op].flags & GVM_OPF_END) != 0;
    return emit_bytes(a, &op, 1);
}

static gvm_status emit_push(assembler *a, uint8_t op, const operand *v) {
    unsigned n = gvm_zvm_opcode_of(op)->immediate;
    uint8_t word[32];
    if (v->later && n < 2)
        return fail(a, GVM_ERR_RANGE, "a place takes two bytes or more", nothing);
    if (!v->later && gvm_u256_byte_len(v->value) > n)
        return fail(a, GVM_ERR_RANGE, "the value does not fit the instruction", nothing);
    GVM_TRY(emit_op(a, op));
    if (v->later) {
        fixup fix = v->fix;
        fix.at = (uint32_t)a->out->code.len;
        fix.size = n;
        gvm_buf_append(&a->fixups, &fix, sizeof fix);
    }
    gvm_u256_to_be(word, v->later ? gvm_u256_zero() : v->value);
    return emit_bytes(a, word + 32 - n, n);
}

static uint8_t shortest_push(const operand *v) {
    static const uint8_t pushes[] = {GVM_ZVM_PUSH1, GVM_ZVM_PUSH2,  GVM_ZVM_PUSH4,
                                     GVM_ZVM_PUSH8, GVM_ZVM_PUSH20, GVM_ZVM_PUSH32};
    if (v->later) return GVM_ZVM_PUSH2;
    unsigned need = gvm_u256_byte_len(v->value);
    for (size_t i = 0; i + 1 < sizeof pushes; i++)
        if (need <= gvm_zvm_opcode_of(pushes[i])->immediate) return pushes[i];
    return GVM_ZVM_PUSH32;
}

static gvm_status emit_number(assembler *a, uint64_t n) {
    operand v = {.value = gvm_u256_from_u64(n)};
    return emit_push(a, shortest_push(&v), &v);
}

/* DUPN, SWAPN and LOG; DUP 1 and SWAP 1 are the short forms. */
static gvm_status emit_counted(assembler *a, uint8_t op) {
    operand v;
    GVM_TRY(take_operand(a, &v));
    if (v.later || !gvm_u256_fits_u64(v.value) || v.value.w[0] > 255)
        return fail(a, GVM_ERR_RANGE, "expected a number from 0 to 255", nothing);
    uint8_t n = (uint8_t)v.value.w[0], run = gvm_zvm_opcode_set()->rows[op].run;
    if (!gvm_opcode_depth_valid(run, n))
        return fail(a, GVM_ERR_RANGE,
                    op == GVM_ZVM_LOG ? "LOG takes 0 to 4 topics" : "words count from 1", nothing);
    GVM_TRY(emit_op(a, op));
    return emit_bytes(a, &n, 1);
}

/* COPYDATA name, place: the data to memory, word by word. */
static gvm_status emit_copy(assembler *a) {
    gvm_bytes name = take_name(a);
    symbol *s = NULL;
    operand to, from = {.later = true};
    if (name.len > 0) GVM_TRY(find(a, &s, name));
    if (s == NULL || s->kind != SYM_DATA)
        return fail(a, GVM_ERR_NOT_FOUND, "COPYDATA takes the name of .data", name);
    if (!take(a, ',')) return fail(a, GVM_ERR_SYNTAX, "expected , and a place in memory", rest(a));
    GVM_TRY(take_operand(a, &to));
    if (to.later || gvm_u256_byte_len(to.value) > 4)
        return fail(a, GVM_ERR_RANGE, "expected a place in memory below 2^32", nothing);
    GVM_TRY(take_later(a, &from, FIX_PLACE, name));
    for (size_t i = 0; i < (s->bytes.len + 31) / 32; i++) {
        GVM_TRY(emit_number(a, 32));
        GVM_TRY(emit_push(a, GVM_ZVM_PUSH2, &from));
        /* the gap holds what is added to the place: 33 bytes a word */
        gvm_buf *code = &a->out->code;
        code->ptr[code->len - 2] = (uint8_t)((i * 33) >> 8);
        code->ptr[code->len - 1] = (uint8_t)(i * 33);
        GVM_TRY(emit_number(a, to.value.w[0] + 32 * i));
        GVM_TRY(emit_op(a, GVM_ZVM_CODECOPY));
    }
    return GVM_OK;
}

static gvm_status emit_jump(assembler *a, uint8_t op) {
    if (!at_end(a)) {
        operand v = {0};
        gvm_bytes name;
        (void)take(a, '@');
        name = take_name(a);
        GVM_TRY(take_later(a, &v, FIX_PLACE, name));
        GVM_TRY(emit_push(a, GVM_ZVM_PUSH2, &v));
    }
    return emit_op(a, op);
}

static gvm_status emit_instruction(assembler *a, uint8_t op) {
    operand v;
    if (op == GVM_ZVM_JUMP || op == GVM_ZVM_JUMPI) return emit_jump(a, op);
    if (op == GVM_ZVM_DUPN || op == GVM_ZVM_SWAPN || op == GVM_ZVM_LOG) return emit_counted(a, op);
    if ((op == GVM_ZVM_DUP || op == GVM_ZVM_SWAP) && !at_end(a))
        return emit_counted(a, op == GVM_ZVM_DUP ? GVM_ZVM_DUPN : GVM_ZVM_SWAPN);
    if (gvm_zvm_opcode_of(op)->immediate == 0) return emit_op(a, op);
    GVM_TRY(take_operand(a, &v));
    return emit_push(a, op, &v);
}

/* ---- directives */

static gvm_status place_data(assembler *a) {
    symbol *s;
    GVM_TRY(find(a, &s, take_name(a)));
    GVM_ASSERT(s != NULL && s->kind == SYM_DATA);
    if (!a->ended && a->out->code.len > 0)
        return fail(a, GVM_ERR_SYNTAX, "data must stand behind JUMP, RETURN, REVERT or HALT",
                    nothing);
    s->at = (uint32_t)a->out->code.len + 1;
    s->placed = true;
    for (size_t i = 0; i < s->bytes.len; i += 32) {
        uint8_t word[32] = {0};
        size_t n = s->bytes.len - i < 32 ? s->bytes.len - i : 32;
        memcpy(word, a->data.ptr + s->pool_at + i, n);
        GVM_TRY(emit_op(a, GVM_ZVM_PUSH32));
        GVM_TRY(emit_bytes(a, word, sizeof word));
    }
    a->ended = true;
    a->p = a->end;
    return GVM_OK;
}

static gvm_status place_bytes(assembler *a) {
    do {
        operand v;
        GVM_TRY(take_operand(a, &v));
        if (v.later || !gvm_u256_fits_u64(v.value) || v.value.w[0] > 255)
            return fail(a, GVM_ERR_RANGE, "expected a byte", nothing);
        GVM_TRY(emit_op(a, (uint8_t)v.value.w[0]));
    } while (take(a, ','));
    return GVM_OK;
}

/* What the second walk does with a directive; the first has seen to the others. */
static gvm_status directive(assembler *a) {
    gvm_bytes name = take_name(a);
    if (is_word(name, "constructor")) {
        a->out->flags |= GVM_ZVM_CONSTRUCTS;
        return GVM_OK;
    }
    if (is_word(name, "abi")) return need_string(a, &a->out->abi);
    if (is_word(name, "byte")) return place_bytes(a);
    if (a->depth > 1 || !(is_word(name, "data") || is_word(name, "const")))
        return fail(a, GVM_ERR_SYNTAX,
                    "expected .constructor, .abi, .byte or, outside of macros, .const, .data, "
                    ".macro",
                    name);
    if (is_word(name, "data")) return place_data(a);
    a->p = a->end;
    return GVM_OK;
}

static gvm_status define_const(assembler *a) {
    symbol *s;
    operand v;
    gvm_bytes name = take_name(a);
    GVM_TRY(take_operand(a, &v));
    if (v.later) return fail(a, GVM_ERR_SYNTAX, "a constant is a number", name);
    GVM_TRY(define(a, &s, name, SYM_CONST));
    s->value = v.value;
    return at_end(a) ? GVM_OK : fail(a, GVM_ERR_SYNTAX, "nothing may follow", rest(a));
}

static gvm_status define_data(assembler *a) {
    symbol *s;
    GVM_TRY(define(a, &s, take_name(a), SYM_DATA));
    s->pool_at = a->data.len;
    do GVM_TRY(need_string(a, &a->data));
    while (take(a, ','));
    s->bytes.len = a->data.len - s->pool_at;
    if (s->bytes.len > GVM_ZVM_CODE_MAX)
        return fail(a, GVM_ERR_LIMIT, "the data has over 65,535 bytes", nothing);
    return at_end(a) ? GVM_OK : fail(a, GVM_ERR_SYNTAX, "nothing may follow", rest(a));
}

static gvm_status read_params(assembler *a, symbol *s) {
    while (!at_end(a)) {
        if (s->params == GVM_ZVM_PARAMS)
            return fail(a, GVM_ERR_LIMIT, "a macro has at most 8 parameters", rest(a));
        gvm_bytes name = take_name(a);
        if (name.len == 0) return fail(a, GVM_ERR_SYNTAX, "expected a parameter", rest(a));
        s->param[s->params++] = name;
        (void)take(a, ',');
    }
    return GVM_OK;
}

/* ---- the first walk */

static const uint8_t no_bytes[1]; /* where an empty line points */

static void open_line(assembler *a, gvm_bytes text, uint32_t number) {
    a->p = text.len > 0 ? text.ptr : no_bytes;
    a->end = a->p + text.len;
    a->line = number + 1;
}

static bool is_directive(assembler *a, const char *word) {
    const uint8_t *from = a->p;
    if (take(a, '.') && is_word(take_name(a), word)) return true;
    a->p = from;
    return false;
}

static gvm_status collect(assembler *a) {
    symbol *macro = NULL;
    for (uint32_t i = 0; i < a->line_count; i++) {
        open_line(a, a->lines[i], i);
        if (macro != NULL) {
            if (is_directive(a, "macro"))
                return fail(a, GVM_ERR_SYNTAX, "a macro inside a macro", nothing);
            if (is_directive(a, "end")) {
                macro->count = i - macro->line;
                macro = NULL;
            }
        } else if (is_directive(a, "macro")) {
            GVM_TRY(define(a, &macro, take_name(a), SYM_MACRO));
            GVM_TRY(read_params(a, macro));
            macro->line = i + 1;
        } else if (is_directive(a, "const")) {
            GVM_TRY(define_const(a));
        } else if (is_directive(a, "data")) {
            GVM_TRY(define_data(a));
        }
    }
    return macro == NULL ? GVM_OK : fail(a, GVM_ERR_SYNTAX, "a macro without .end", nothing);
}

/* ---- macros */

static gvm_status open_macro(assembler *a, const symbol *macro) {
    if (a->depth == GVM_ZVM_NESTING)
        return fail(a, GVM_ERR_LIMIT, "macros within macros, over 16 deep", nothing);
    expansion e = {.macro = macro,
                   .next = macro->line,
                   .end = macro->line + macro->count,
                   .args_at = a->args.len,
                   .serial = ++a->serial};
    for (unsigned i = 0; i < macro->params; i++) {
        skip_blanks(a);
        const uint8_t *from = a->p;
        bool quoted = false;
        for (; a->p < a->end && (quoted || (*a->p != ',' && *a->p != ';')); a->p++) {
            if (*a->p == '\\' && quoted && a->end - a->p > 1)
                a->p++;
            else if (*a->p == '"')
                quoted = !quoted;
        }
        const uint8_t *last = a->p;
        while (last > from && (last[-1] == ' ' || last[-1] == '\t' || last[-1] == '\r')) last--;
        if (last == from) return fail(a, GVM_ERR_SYNTAX, "the macro needs more arguments", nothing);
        e.arg_len[i] = (size_t)(last - from);
        gvm_buf_append(&a->args, from, e.arg_len[i]);
        if (i + 1 < macro->params && !take(a, ','))
            return fail(a, GVM_ERR_SYNTAX, "the macro needs more arguments", nothing);
    }
    if (!at_end(a)) return fail(a, GVM_ERR_SYNTAX, "the macro takes fewer arguments", rest(a));
    if (a->args.len > GVM_ZVM_SOURCE_MAX)
        return fail(a, GVM_ERR_LIMIT, "macros grow too large", nothing);
    a->stack[a->depth++] = e;
    return gvm_buf_status(&a->args);
}

static gvm_status put_argument(assembler *a, const expansion *e, gvm_bytes name) {
    size_t at = e->args_at;
    for (unsigned i = 0; i < e->macro->params; at += e->arg_len[i++]) {
        if (!gvm_bytes_equal(e->macro->param[i], name)) continue;
        gvm_buf_append(&a->text, a->args.ptr + at, e->arg_len[i]);
        return GVM_OK;
    }
    return fail(a, GVM_ERR_NOT_FOUND, "the macro has no such parameter", name);
}

/* The line with arguments in place of $names, in a->text. */
static gvm_status put_arguments(assembler *a, const expansion *e, gvm_bytes line) {
    gvm_buf_clear(&a->text);
    for (size_t i = 0; i < line.len;) {
        if (line.ptr[i] != '$') {
            gvm_buf_put(&a->text, line.ptr[i++]);
            continue;
        }
        size_t from = ++i;
        while (i < line.len && (is_name_start(line.ptr[i]) || is_digit(line.ptr[i]))) i++;
        GVM_TRY(put_argument(a, e, gvm_bytes_make(line.ptr + from, i - from)));
        if (a->text.len > GVM_ZVM_SOURCE_MAX)
            return fail(a, GVM_ERR_LIMIT, "macros grow too large", nothing);
    }
    return gvm_buf_status(&a->text);
}

/* ---- the second walk */

static gvm_status statement(assembler *a) {
    if (take(a, '.')) {
        GVM_TRY(directive(a));
        return at_end(a) ? GVM_OK : fail(a, GVM_ERR_SYNTAX, "nothing may follow", rest(a));
    }
    gvm_bytes name = take_name(a);
    if (name.len == 0) return fail(a, GVM_ERR_SYNTAX, "expected an instruction", rest(a));
    int op = gvm_zvm_opcode_by_name(name);
    operand v;
    if (op >= 0) {
        GVM_TRY(emit_instruction(a, (uint8_t)op));
    } else if (is_word(name, "PUSH")) {
        GVM_TRY(take_operand(a, &v));
        GVM_TRY(emit_push(a, shortest_push(&v), &v));
    } else if (is_word(name, "COPYDATA")) {
        GVM_TRY(emit_copy(a));
    } else {
        symbol *s;
        GVM_TRY(find(a, &s, name));
        if (s == NULL || s->kind != SYM_MACRO)
            return fail(a, GVM_ERR_NOT_FOUND, "no instruction or macro has this name", name);
        return open_macro(a, s);
    }
    return at_end(a) ? GVM_OK : fail(a, GVM_ERR_SYNTAX, "nothing may follow", rest(a));
}

static gvm_status labels(assembler *a) {
    for (;;) {
        const uint8_t *from = a->p;
        gvm_bytes name = take_name(a);
        if (name.len == 0 || !take(a, ':')) {
            a->p = from;
            return GVM_OK;
        }
        symbol *s;
        GVM_TRY(define(a, &s, name, SYM_LABEL));
        s->at = (uint32_t)a->out->code.len;
        s->placed = true;
        GVM_TRY(emit_op(a, GVM_ZVM_JUMPDEST));
    }
}

static gvm_status one_line(assembler *a, expansion *e) {
    uint32_t number = e->next++;
    gvm_bytes text = a->lines[number];
    a->line = number + 1;
    if (e->macro != NULL) {
        GVM_TRY(put_arguments(a, e, text));
        text = gvm_buf_bytes(&a->text);
    }
    open_line(a, text, number);
    if (e->macro == NULL && is_directive(a, "macro")) { /* over its body and .end */
        symbol *s;
        GVM_TRY(find(a, &s, take_name(a)));
        e->next = s->line + s->count + 1;
        return GVM_OK;
    }
    GVM_TRY(labels(a));
    return at_end(a) ? GVM_OK : statement(a);
}

static gvm_status emit_all(assembler *a) {
    uint32_t steps = 0;
    while (a->depth > 0) {
        expansion *e = &a->stack[a->depth - 1];
        if (e->next >= e->end) {
            a->args.len = e->args_at;
            a->depth--;
            continue;
        }
        if (++steps > GVM_ZVM_LINES_MAX)
            return fail(a, GVM_ERR_LIMIT, "over 200,000 lines, macros put in", nothing);
        GVM_TRY(one_line(a, e));
    }
    return GVM_OK;
}

static gvm_status fill_gap(assembler *a, const fixup *fix) {
    const symbol *s = gvm_map_get(&a->symbols, fix->name.text);
    gvm_bytes name = gvm_bytes_str(fix->name.text);
    a->line = fix->line;
    if (s == NULL) return fail(a, GVM_ERR_NOT_FOUND, "no label or data has this name", name);
    if (fix->what != FIX_PLACE && s->kind != SYM_DATA)
        return fail(a, GVM_ERR_NOT_FOUND, "only .data has a size", name);
    if (fix->what == FIX_PLACE && !s->placed)
        return fail(a, GVM_ERR_NOT_FOUND, "a constant or macro has no place", name);
    uint8_t *low = a->out->code.ptr + fix->at + fix->size - 2;
    uint32_t value = fix->what == FIX_SIZE    ? (uint32_t)s->bytes.len
                     : fix->what == FIX_WORDS ? (uint32_t)((s->bytes.len + 31) / 32)
                                              : s->at + ((uint32_t)low[0] << 8 | low[1]);
    if (value > 0xffff) return fail(a, GVM_ERR_RANGE, "the value does not fit two bytes", name);
    low[0] = (uint8_t)(value >> 8);
    low[1] = (uint8_t)value;
    return GVM_OK;
}

static gvm_status split(assembler *a, gvm_bytes source) {
    if (source.len > GVM_ZVM_SOURCE_MAX)
        return gvm_error_set(a->err, GVM_ERR_LIMIT, "the source has over 4 MiB");
    uint32_t count = 1, n = 0;
    for (size_t i = 0; i < source.len; i++) count += source.ptr[i] == '\n';
    a->lines = malloc(count * sizeof *a->lines);
    if (a->lines == NULL) return GVM_ERR_NOMEM;
    for (size_t from = 0, i = 0; i <= source.len; i++) {
        if (i < source.len && source.ptr[i] != '\n') continue;
        a->lines[n++] = gvm_bytes_make(i > from ? source.ptr + from : no_bytes, i - from);
        from = i + 1;
    }
    a->line_count = n;
    return GVM_OK;
}

gvm_status gvm_zvm_assemble(gvm_zvm_program *out, gvm_bytes source, gvm_error *err) {
    *out = (gvm_zvm_program){0};
    assembler a = {.out = out, .err = err, .depth = 1};
    gvm_map_init(&a.symbols, sizeof(name_key), sizeof(symbol));
    gvm_status status;
    GVM_TRY_GOTO(split(&a, source));
    a.stack[0].end = a.line_count;
    GVM_TRY_GOTO(collect(&a));
    GVM_TRY_GOTO(emit_all(&a));
    GVM_TRY_GOTO(gvm_buf_status(&a.fixups));
    GVM_TRY_GOTO(gvm_buf_status(&out->lines));
    GVM_TRY_GOTO(gvm_buf_status(&out->abi));
    a.depth = 1; /* names in messages and gaps are whole */
    const fixup *fixes = (const fixup *)(const void *)a.fixups.ptr;
    for (size_t i = 0; i < a.fixups.len / sizeof *fixes; i++) GVM_TRY_GOTO(fill_gap(&a, &fixes[i]));
fail:
    gvm_map_free(&a.symbols);
    free(a.lines);
    gvm_buf_free(&a.data);
    gvm_buf_free(&a.args);
    gvm_buf_free(&a.text);
    gvm_buf_free(&a.fixups);
    gvm_buf_free(&a.scratch);
    if (status != GVM_OK) gvm_zvm_program_free(out);
    return status;
}

void gvm_zvm_program_free(gvm_zvm_program *p) {
    gvm_buf_free(&p->code);
    gvm_buf_free(&p->abi);
    gvm_buf_free(&p->lines);
    *p = (gvm_zvm_program){0};
}

void gvm_zvm_program_put(gvm_buf *out, const gvm_zvm_program *p) {
    gvm_zvm_container_put(out, p->flags, gvm_buf_bytes(&p->code), gvm_buf_bytes(&p->abi));
}

uint32_t gvm_zvm_line_at(const gvm_zvm_program *p, uint64_t pc) {
    const gvm_zvm_line *lines = (const gvm_zvm_line *)(const void *)p->lines.ptr;
    size_t low = 0, high = p->lines.len / sizeof *lines;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (lines[middle].pc <= pc)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? lines[low - 1].line : 0;
}
