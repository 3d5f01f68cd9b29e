/* Logs and reverts. */
#include "codec/abi.h"
#include "codec/hex.h"
#include "crypto/keccak.h"

/* What an indexed member of unknown or larger size is hashed from: its leaves in order, each filled
 * up to 32 bytes, without lengths and offsets; but bytes and string alone are not filled up. */
static gvm_status hash_indexed(gvm_hash *out, const gvm_abi_value *v) {
    if (!gvm_abi_is_composite(v->type)) {
        gvm_keccak256(out, v->bytes);
        return GVM_OK;
    }
    struct {
        const gvm_abi_value *v;
        size_t i;
    } stack[GVM_ABI_DEPTH_MAX + 2];
    static const uint8_t zeros[32];
    size_t depth = 0;
    gvm_keccak k;
    gvm_keccak256_init(&k);
    for (;;) {
        if (gvm_abi_is_composite(v->type)) {
            GVM_ASSERT(depth < sizeof stack / sizeof stack[0]);
            stack[depth].v = v;
            stack[depth++].i = 0;
        } else if (gvm_abi_is_scalar(v->type)) {
            gvm_keccak_update(&k, gvm_bytes_make(v->word.b, 32));
        } else {
            gvm_keccak_update(&k, v->bytes);
            gvm_keccak_update(&k, gvm_bytes_make(zeros, (32 - v->bytes.len % 32) % 32));
        }
        while (depth > 0 && stack[depth - 1].i == stack[depth - 1].v->count) depth--;
        if (depth == 0) break;
        v = &stack[depth - 1].v->items[stack[depth - 1].i++];
    }
    gvm_keccak256_final(&k, out);
    return GVM_OK;
}

/* The tuple of those members that go into the data. The memory is the caller's: `fields` has room
 * for all inputs. */
static gvm_abi_type data_type(gvm_abi_field *fields, const gvm_abi_type *inputs) {
    gvm_abi_type t = {.kind = GVM_ABI_TUPLE, .fields = fields, .depth = inputs->depth};
    for (size_t i = 0; i < inputs->count; i++) {
        if (inputs->fields[i].indexed) continue;
        fields[t.count++] = inputs->fields[i];
        t.size += inputs->fields[i].type->head;
        t.dynamic = t.dynamic || inputs->fields[i].type->dynamic;
    }
    t.head = t.dynamic ? 32 : t.size;
    return t;
}

gvm_status gvm_abi_encode_log(gvm_hash topics[4], size_t *topic_count, gvm_buf *data,
                              const gvm_abi_entry *event, const gvm_abi_value *args) {
    const gvm_abi_type *in = event->inputs;
    if (event->kind != GVM_ABI_EVENT || args->count != in->count) return GVM_ERR_ARGUMENT;
    size_t n = 0;
    if (!event->anonymous) topics[n++] = event->hash;
    gvm_arena arena = {0};
    gvm_abi_field *fields = gvm_arena_zalloc(&arena, in->count * sizeof *fields);
    gvm_abi_value *items = gvm_arena_zalloc(&arena, in->count * sizeof *items);
    gvm_status status = fields == NULL || items == NULL ? GVM_ERR_NOMEM : GVM_OK;
    size_t k = 0;
    for (size_t i = 0; i < in->count && status == GVM_OK; i++) {
        if (!in->fields[i].indexed) {
            items[k++] = args->items[i];
        } else if (gvm_abi_is_scalar(in->fields[i].type)) {
            topics[n++] = args->items[i].word;
        } else {
            status = hash_indexed(&topics[n++], &args->items[i]);
        }
    }
    if (status == GVM_OK) {
        gvm_abi_type t = data_type(fields, in);
        gvm_abi_value tuple = {.type = &t};
        tuple.items = items;
        tuple.count = k;
        status = gvm_abi_encode(data, &tuple);
        *topic_count = n;
    }
    gvm_arena_free(&arena);
    return status;
}

gvm_status gvm_abi_decode_log(gvm_abi_value *out, gvm_arena *arena, const gvm_abi_entry *event,
                              const gvm_hash *topics, size_t topic_count, gvm_bytes data,
                              gvm_abi_mode mode, gvm_error *err) {
    static const gvm_abi_type hashed = {
        .kind = GVM_ABI_FIXED_BYTES, .bits = 256, .size = 32, .head = 32};
    const gvm_abi_type *in = event->inputs;
    size_t indexed = 0, n = event->anonymous ? 0 : 1;
    for (size_t i = 0; i < in->count; i++) indexed += in->fields[i].indexed;
    if (event->kind != GVM_ABI_EVENT || topic_count != n + indexed ||
        (n == 1 && !gvm_hash_equal(&topics[0], &event->hash))) {
        return gvm_error_set(err, GVM_ERR_ARGUMENT, "the log is not one of %.200s",
                             event->signature);
    }
    gvm_abi_field *fields = gvm_arena_zalloc(arena, in->count * sizeof *fields);
    gvm_abi_type *t = gvm_arena_zalloc(arena, sizeof *t);
    gvm_abi_value *items = gvm_arena_zalloc(arena, in->count * sizeof *items);
    if (fields == NULL || t == NULL || items == NULL)
        return gvm_error_set(err, GVM_ERR_NOMEM, "out of memory");
    *t = data_type(fields, in);
    gvm_abi_value plain;
    GVM_TRY(gvm_abi_decode(&plain, arena, t, data, mode, err));

    /* A topic is decoded as a tuple of one word would be. */
    size_t k = 0;
    for (size_t i = 0; i < in->count; i++) {
        if (!in->fields[i].indexed) {
            items[i] = plain.items[k++];
            continue;
        }
        bool scalar = gvm_abi_is_scalar(in->fields[i].type);
        gvm_abi_field field = {scalar ? in->fields[i].type : &hashed, "", false};
        gvm_abi_type one = {.kind = GVM_ABI_TUPLE,
                            .size = 32,
                            .head = 32,
                            .count = 1,
                            .depth = 1,
                            .fields = &field};
        gvm_abi_value word;
        GVM_TRY(gvm_abi_decode(&word, arena, &one, gvm_bytes_make(topics[n++].b, 32), mode, err));
        items[i] = word.items[0];
    }
    *out = (gvm_abi_value){.type = in};
    out->items = items;
    out->count = in->count;
    return GVM_OK;
}

/* ---- reverts */

static const uint8_t error_selector[4] = {0x08, 0xc3, 0x79, 0xa0}; /* Error(string) */
static const uint8_t panic_selector[4] = {0x4e, 0x48, 0x7b, 0x71}; /* Panic(uint256) */

/* docs.soliditylang.org, "Panic via assert and Error via require". */
static const struct {
    uint8_t code;
    const char *text;
} panics[] = {
    {0x00, "generic panic of the compiler"},
    {0x01, "assertion failed"},
    {0x11, "arithmetic overflow or underflow"},
    {0x12, "division or modulo by zero"},
    {0x21, "value out of range of its enum"},
    {0x22, "storage byte array wrongly encoded"},
    {0x31, "pop on an empty array"},
    {0x32, "array index out of bounds"},
    {0x41, "too much memory allocated"},
    {0x51, "call of an uninitialised internal function"},
};

static void put_panic_name(gvm_buf *out, gvm_u256 code) {
    gvm_buf_str(out, "Panic(");
    gvm_hex_put_u256(out, code);
    gvm_buf_str(out, ")");
    for (size_t i = 0; i < sizeof panics / sizeof panics[0]; i++) {
        if (gvm_u256_eq(code, gvm_u256_from_u64(panics[i].code)))
            gvm_buf_printf(out, ": %s", panics[i].text);
    }
}

/* Writes the error if it can be read as `signature` or `e`; tells whether it could. */
static bool put_known(gvm_buf *out, gvm_arena *arena, const gvm_abi_contract *c, gvm_bytes data) {
    if (data.len < 4) return false;
    gvm_bytes args = gvm_bytes_make(data.ptr + 4, data.len - 4);
    gvm_abi_value v;
    gvm_abi_entry entry;
    if (memcmp(data.ptr, error_selector, 4) == 0) {
        return gvm_abi_parse_signature(&entry, arena, gvm_bytes_str("error Error(string)"), NULL) ==
                   GVM_OK &&
               gvm_abi_decode(&v, arena, entry.inputs, args, GVM_ABI_LENIENT, NULL) == GVM_OK &&
               (gvm_buf_append(out, v.items[0].bytes.ptr, v.items[0].bytes.len), true);
    }
    if (memcmp(data.ptr, panic_selector, 4) == 0 && args.len == 32) {
        put_panic_name(out, gvm_u256_from_be(args.ptr));
        return true;
    }
    const gvm_abi_entry *e = c == NULL ? NULL : gvm_abi_find_selector(c, GVM_ABI_ERROR, data.ptr);
    if (e == NULL || gvm_abi_decode(&v, arena, e->inputs, args, GVM_ABI_LENIENT, NULL) != GVM_OK)
        return false;
    gvm_buf_str(out, e->name);
    gvm_abi_value_put(out, &v);
    return true;
}

gvm_status gvm_abi_put_revert(gvm_buf *out, const gvm_abi_contract *c, gvm_bytes data) {
    gvm_arena arena = {0};
    if (data.len > 0 && !put_known(out, &arena, c, data)) gvm_hex_put_data(out, data);
    gvm_arena_free(&arena);
    return gvm_buf_status(out);
}

void gvm_abi_put_error(gvm_buf *out, const char *reason) {
    size_t len = strlen(reason), room = (len + 31) / 32 * 32;
    uint8_t *at = gvm_buf_extend(out, 68 + room);
    if (at == NULL) return;
    memset(at, 0, 68 + room);
    memcpy(at, error_selector, 4);
    at[35] = 32;
    gvm_store_be64(at + 60, len);
    memcpy(at + 68, reason, len);
}

void gvm_abi_put_panic(gvm_buf *out, uint64_t code) {
    uint8_t *at = gvm_buf_extend(out, 36);
    if (at == NULL) return;
    memset(at, 0, 36);
    memcpy(at, panic_selector, 4);
    gvm_store_be64(at + 28, code);
}
