/* Encoding and decoding. The layout is a fixed part for the members of a tuple or array, one after
 * the other, where a member of unknown size leaves only the offset (from the start of that fixed
 * part) of its own encoding, which follows somewhere behind. Both directions walk the type with a
 * stack of open tuples and arrays: each frame knows the fixed part that offsets count from (`base`)
 * and where its next member stands (`at`).
 *
 * Hostile input may let many offsets point at the same bytes, and so unfold to far more than it is;
 * a budget of values in proportion to the input's size stops that. */
#include "codec/abi.h"
#include "codec/hex.h"

#define WORD 32

/* ---- values */

static gvm_status make_items(gvm_abi_value *v, gvm_arena *arena, size_t count) {
    size_t size;
    if (__builtin_mul_overflow(count, sizeof *v->items, &size)) return GVM_ERR_NOMEM;
    v->items = gvm_arena_zalloc(arena, size);
    if (v->items == NULL) return GVM_ERR_NOMEM;
    v->count = count;
    const gvm_abi_type *t = v->type;
    for (size_t i = 0; i < count; i++) {
        v->items[i].type = t->kind == GVM_ABI_TUPLE ? t->fields[i].type : t->element;
    }
    return GVM_OK;
}

typedef struct frame {
    gvm_abi_value *v;
    size_t i, base, at;
} frame;

#define FRAMES (GVM_ABI_DEPTH_MAX + 2)

/* Fills in the members that `v` must have, below `v` too. */
static gvm_status init_below(gvm_abi_value *v, gvm_arena *arena) {
    frame stack[FRAMES];
    size_t depth = 0;
    for (;;) {
        if (v->type->kind == GVM_ABI_TUPLE || v->type->kind == GVM_ABI_FIXED_ARRAY) {
            GVM_TRY(make_items(v, arena, v->type->count));
            GVM_ASSERT(depth < FRAMES);
            stack[depth++] = (frame){v, 0, 0, 0};
        }
        while (depth > 0 && stack[depth - 1].i == stack[depth - 1].v->count) depth--;
        if (depth == 0) return GVM_OK;
        v = &stack[depth - 1].v->items[stack[depth - 1].i++];
    }
}

gvm_status gvm_abi_value_init(gvm_abi_value *out, gvm_arena *arena, const gvm_abi_type *type) {
    *out = (gvm_abi_value){.type = type};
    return init_below(out, arena);
}

gvm_status gvm_abi_value_resize(gvm_abi_value *v, gvm_arena *arena, size_t count) {
    if (v->type->kind != GVM_ABI_ARRAY) return GVM_ERR_ARGUMENT;
    GVM_TRY(make_items(v, arena, count));
    for (size_t i = 0; i < count; i++) GVM_TRY(init_below(&v->items[i], arena));
    return GVM_OK;
}

/* ---- encoding */

static size_t padded(size_t len) {
    return (len + WORD - 1) / WORD * WORD;
}

static void put_length(gvm_buf *out, size_t n) {
    gvm_hash word = gvm_u256_to_hash(gvm_u256_from_u64(n));
    gvm_buf_append(out, word.b, sizeof word.b);
}

/* Adds the fixed part of `v`'s members, zeroed. */
static gvm_status open_frame(frame *f, gvm_buf *out, const gvm_abi_value *v) {
    const gvm_abi_type *t = v->type;
    size_t size = t->size;
    if (t->kind == GVM_ABI_ARRAY) {
        if (__builtin_mul_overflow(v->count, t->element->head, &size)) return GVM_ERR_LIMIT;
    } else if (v->count != t->count) {
        return GVM_ERR_ARGUMENT;
    }
    *f = (frame){(gvm_abi_value *)(uintptr_t)v, 0, out->len, out->len};
    uint8_t *at = gvm_buf_extend(out, size);
    if (at == NULL) return GVM_ERR_NOMEM;
    if (size > 0) memset(at, 0, size);
    return GVM_OK;
}

/* A member of unknown size: its offset into the fixed part, itself at the end. Composite members
 * are opened only. */
static gvm_status put_dynamic(gvm_buf *out, frame *child, bool *opened, const frame *f, size_t at,
                              const gvm_abi_value *v) {
    gvm_store_be64(out->ptr + at + WORD - 8, out->len - f->base);
    *opened = gvm_abi_is_composite(v->type);
    if (*opened) {
        if (v->type->kind == GVM_ABI_ARRAY) put_length(out, v->count);
        return open_frame(child, out, v);
    }
    put_length(out, v->bytes.len);
    uint8_t *to = gvm_buf_extend(out, padded(v->bytes.len));
    if (to == NULL) return GVM_ERR_NOMEM;
    if (v->bytes.len > 0) {
        memset(to + padded(v->bytes.len) - WORD, 0, WORD);
        memcpy(to, v->bytes.ptr, v->bytes.len);
    }
    return GVM_OK;
}

static gvm_status encode(gvm_buf *out, const gvm_abi_value *tuple) {
    frame stack[FRAMES];
    size_t depth = 1;
    GVM_TRY(open_frame(&stack[0], out, tuple));
    while (depth > 0) {
        frame *f = &stack[depth - 1];
        if (f->i == f->v->count) {
            depth--;
            continue;
        }
        const gvm_abi_value *v = &f->v->items[f->i++];
        size_t at = f->at;
        f->at += v->type->head;
        if (gvm_abi_is_scalar(v->type)) {
            memcpy(out->ptr + at, v->word.b, WORD);
        } else if (v->type->dynamic) {
            bool opened;
            GVM_ASSERT(depth < FRAMES);
            GVM_TRY(put_dynamic(out, &stack[depth], &opened, f, at, v));
            depth += opened;
        } else {
            if (v->count != v->type->count) return GVM_ERR_ARGUMENT;
            GVM_ASSERT(depth < FRAMES);
            stack[depth++] = (frame){(gvm_abi_value *)(uintptr_t)v, 0, 0, at};
        }
    }
    return gvm_buf_status(out);
}

gvm_status gvm_abi_encode(gvm_buf *out, const gvm_abi_value *tuple) {
    if (tuple->type->kind != GVM_ABI_TUPLE) return GVM_ERR_ARGUMENT;
    size_t before = out->len;
    gvm_status status = encode(out, tuple);
    if (status != GVM_OK) out->len = before;
    return status;
}

/* ---- decoding */

bool gvm_abi_word_fits(const gvm_abi_type *t, gvm_u256 v) {
    switch (t->kind) {
    case GVM_ABI_UINT: return gvm_u256_bits(v) <= t->bits;
    case GVM_ABI_INT:
        return gvm_u256_eq(v, gvm_u256_signextend(gvm_u256_from_u64(t->bits / 8 - 1), v));
    case GVM_ABI_BOOL: return gvm_u256_bits(v) <= 1;
    case GVM_ABI_ADDRESS: return gvm_u256_bits(v) <= 160;
    default: return gvm_u256_is_zero(gvm_u256_shl_u64(v, t->bits));
    }
}

typedef struct decoder {
    gvm_arena *arena;
    gvm_bytes in;
    size_t budget; /* values that may still be made */
    gvm_error *err;
    frame stack[FRAMES];
    size_t depth;
} decoder;

static gvm_status truncated(const decoder *d, size_t at, const char *what) {
    return gvm_error_set(d->err, GVM_ERR_TRUNCATED,
                         "ABI data of %zu bytes: %s at byte %zu reaches past the end", d->in.len,
                         what, at);
}

/* A number that counts bytes or items, at `at` (which must be inside); larger ones than any input
 * come back as such. */
static uint64_t read_count(const decoder *d, size_t at) {
    return gvm_u256_saturate_u64(gvm_u256_from_be(d->in.ptr + at));
}

/* Opens `v`, whose members' fixed part begins at `at`, and gives it its items. */
static gvm_status open_value(decoder *d, gvm_abi_value *v, uint64_t count, size_t base, size_t at) {
    if (count > d->budget) {
        return gvm_error_set(d->err, GVM_ERR_LIMIT,
                             "ABI data of %zu bytes unfolds to too many values", d->in.len);
    }
    d->budget -= (size_t)count;
    if (make_items(v, d->arena, (size_t)count) != GVM_OK) {
        return gvm_error_set(d->err, GVM_ERR_NOMEM, "ABI data: out of memory");
    }
    GVM_ASSERT(d->depth < FRAMES);
    d->stack[d->depth++] = (frame){v, 0, base, at};
    return GVM_OK;
}

/* A member that stands behind an offset at `at`. */
static gvm_status decode_dynamic(decoder *d, gvm_abi_value *v, size_t base, size_t at) {
    uint64_t offset = read_count(d, at);
    if (offset > d->in.len - base) return truncated(d, at, "an offset");
    size_t to = base + (size_t)offset, left = d->in.len - to;
    const gvm_abi_type *t = v->type;
    if (t->kind == GVM_ABI_TUPLE || t->kind == GVM_ABI_FIXED_ARRAY) {
        if (t->size > left) return truncated(d, to, "a tuple or array");
        return open_value(d, v, t->count, to, to);
    }
    if (left < WORD) return truncated(d, to, "a length");
    uint64_t count = read_count(d, to);
    left -= WORD;
    to += WORD;
    if (t->kind == GVM_ABI_ARRAY) {
        size_t each = t->element->head;
        if (each > 0 && count > left / each) return truncated(d, to - WORD, "an array");
        return open_value(d, v, count, to, to);
    }
    if (count > left) return truncated(d, to - WORD, "a byte string");
    v->bytes = gvm_bytes_make(d->in.ptr + to, (size_t)count);
    return GVM_OK;
}

static gvm_status decode_scalar(const decoder *d, gvm_abi_value *v, size_t at) {
    if (!gvm_abi_word_fits(v->type, gvm_u256_from_be(d->in.ptr + at))) {
        gvm_buf name = {0};
        gvm_abi_put_type(&name, v->type);
        gvm_status status = gvm_error_set(d->err, GVM_ERR_RANGE, "ABI data, byte %zu: not a %.*s",
                                          at, (int)name.len, (const char *)name.ptr);
        gvm_buf_free(&name);
        return status;
    }
    memcpy(v->word.b, d->in.ptr + at, WORD);
    return GVM_OK;
}

static gvm_status decode_members(decoder *d) {
    while (d->depth > 0) {
        frame *f = &d->stack[d->depth - 1];
        if (f->i == f->v->count) {
            d->depth--;
            continue;
        }
        gvm_abi_value *v = &f->v->items[f->i++];
        size_t at = f->at;
        f->at += v->type->head;
        if (v->type->dynamic)
            GVM_TRY(decode_dynamic(d, v, f->base, at));
        else if (gvm_abi_is_scalar(v->type))
            GVM_TRY(decode_scalar(d, v, at));
        else
            GVM_TRY(open_value(d, v, v->type->count, 0, at));
    }
    return GVM_OK;
}

gvm_status gvm_abi_decode(gvm_abi_value *out, gvm_arena *arena, const gvm_abi_type *type,
                          gvm_bytes in, gvm_abi_mode mode, gvm_error *err) {
    if (type->kind != GVM_ABI_TUPLE)
        return gvm_error_set(err, GVM_ERR_ARGUMENT, "ABI: a list of types is needed");
    decoder d = {.arena = arena, .in = in, .err = err};
    d.budget = type->count + 1024 + in.len / WORD * GVM_ABI_DEPTH_MAX;
    *out = (gvm_abi_value){.type = type};
    if (type->size > in.len) return truncated(&d, 0, "the fixed part");
    GVM_TRY(open_value(&d, out, type->count, 0, 0));
    GVM_TRY(decode_members(&d));
    if (mode == GVM_ABI_LENIENT) return GVM_OK;

    gvm_buf again = {0};
    gvm_status status = gvm_abi_encode(&again, out);
    if (status == GVM_OK && !gvm_bytes_equal(gvm_buf_bytes(&again), in)) {
        bool longer = in.len > again.len && memcmp(in.ptr, again.ptr, again.len) == 0;
        status = gvm_error_set(err, longer ? GVM_ERR_TRAILING : GVM_ERR_NON_CANONICAL,
                               longer ? "ABI data of %zu bytes goes on after its end"
                                      : "ABI data of %zu bytes is not in its canonical form",
                               in.len);
    }
    gvm_buf_free(&again);
    return status;
}
