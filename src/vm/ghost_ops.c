/* The table is read once: each signature gives its selector and how its parameters cross, so that a
 * row says nothing twice. */
#include "vm/ghost_ops.h"

#include "crypto/keccak.h"
#include "vm/host.h"

#include <pthread.h>
#include <stdlib.h>

#define WORD  GVM_GHOST_RETURNS_WORD
#define NONE  GVM_GHOST_RETURNS_NONE
#define BYTES GVM_GHOST_RETURNS_BYTES
static const struct {
    const char *name, *host, *signature;
    uint16_t contract;
    uint8_t zvm, returns;
    bool view;
} rows[GVM_GHOST_COUNT] = {
#define X(name_, zvm_, host_, contract_, signature_, result_, view_) \
    [GVM_GHOST_##name_] = {.name = #name_,                           \
                           .host = (host_),                          \
                           .signature = (signature_),                \
                           .contract = (contract_),                  \
                           .zvm = (zvm_),                            \
                           .returns = (result_),                     \
                           .view = (view_)},
#include "vm/ghost_ops.inc"
#undef X
};
#undef WORD
#undef NONE
#undef BYTES

static gvm_ghost_op ops[GVM_GHOST_COUNT];
static const gvm_ghost_op *by_opcode[256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static bool starts(const char *text, const char *with) {
    return strncmp(text, with, strlen(with)) == 0;
}

static uint8_t kind_of(const char *type, size_t len) {
    if (type[0] == '(' || type[len - 1] == ']') return GVM_GHOST_TAIL;
    if (starts(type, "address")) return GVM_GHOST_ADDRESS;
    if (starts(type, "bool")) return GVM_GHOST_SMALL;
    if (starts(type, "string") || (starts(type, "bytes") && len == 5)) return GVM_GHOST_BYTES;
    bool number = starts(type, "uint");
    return number && strtoul(type + 4, NULL, 10) <= 64 ? GVM_GHOST_SMALL : GVM_GHOST_WORD;
}

static void read_types(gvm_ghost_op *op, const char *at) {
    int depth = 0;
    for (const char *from = at; *at != '\0'; at++) {
        if (*at == '(' || *at == '[') depth++;
        bool ends = (*at == ',' || *at == ')') && depth == 0;
        if (*at == ')' || *at == ']') depth--;
        if (!ends || at == from) continue;
        GVM_ASSERT(op->arg_count < GVM_GHOST_ARGS);
        uint8_t kind = kind_of(from, (size_t)(at - from));
        op->args[op->arg_count++] = kind;
        op->word_count = (uint8_t)(op->word_count + (gvm_ghost_is_word(kind) ? 1 : 2));
        from = at + 1;
    }
}

static void fill(void) {
    for (int i = 0; i < GVM_GHOST_COUNT; i++) {
        gvm_ghost_op *op = &ops[i];
        op->id = (gvm_ghost_op_id)i;
        op->name = rows[i].name;
        op->host = rows[i].host;
        op->signature = rows[i].signature;
        op->zvm = rows[i].zvm;
        op->returns = rows[i].returns;
        op->view = rows[i].view;
        op->contract.b[18] = (uint8_t)(rows[i].contract >> 8);
        op->contract.b[19] = (uint8_t)rows[i].contract;
        op->has_selector = op->signature[0] != '(';
        gvm_hash h;
        gvm_keccak256(&h, gvm_bytes_str(op->signature));
        memcpy(op->selector, h.b, 4);
        read_types(op, strchr(op->signature, '(') + 1);
        if (op->zvm != 0) by_opcode[op->zvm] = op;
    }
}

const gvm_ghost_op *gvm_ghost_op_of(gvm_ghost_op_id id) {
    (void)pthread_once(&once, fill);
    GVM_ASSERT((unsigned)id < GVM_GHOST_COUNT);
    return &ops[id];
}

const gvm_ghost_op *gvm_ghost_by_opcode(uint8_t opcode) {
    (void)pthread_once(&once, fill);
    return by_opcode[opcode];
}

const gvm_ghost_op *gvm_ghost_by_host(const char *name) {
    (void)pthread_once(&once, fill);
    for (int i = 0; i < GVM_GHOST_COUNT; i++)
        if (ops[i].host != NULL && strcmp(ops[i].host, name) == 0) return &ops[i];
    return NULL;
}

static size_t padded(size_t len) {
    return (len + 31) / 32 * 32;
}

/* Of the calldata, selector left out. Lengths are those of memory that was paid for. */
static size_t encoded_size(const gvm_ghost_op *op, const gvm_ghost_arg *args) {
    size_t size = 32u * op->arg_count;
    for (unsigned i = 0; i < op->arg_count; i++) {
        if (op->args[i] == GVM_GHOST_BYTES) size += 32 + padded(args[i].bytes.len);
        if (op->args[i] == GVM_GHOST_TAIL) size += padded(args[i].bytes.len);
    }
    return size;
}

/* The tail of parameter i at p; returns the place behind it. */
static uint8_t *put_tail(uint8_t *p, uint8_t kind, gvm_bytes bytes) {
    if (kind == GVM_GHOST_BYTES) {
        gvm_u256_to_be(p, gvm_u256_from_u64(bytes.len));
        p += 32;
    }
    if (bytes.len > 0) memcpy(p, bytes.ptr, bytes.len);
    memset(p + bytes.len, 0, padded(bytes.len) - bytes.len);
    return p + padded(bytes.len);
}

static void encode(uint8_t *out, const gvm_ghost_op *op, const gvm_ghost_arg *args) {
    uint8_t *tail = out + 32u * op->arg_count;
    for (unsigned i = 0; i < op->arg_count; i++) {
        gvm_u256 word;
        if (!gvm_ghost_is_word(op->args[i])) {
            word = gvm_u256_from_u64((uint64_t)(tail - out));
            tail = put_tail(tail, op->args[i], args[i].bytes);
        } else if (op->args[i] == GVM_GHOST_ADDRESS) {
            gvm_address cut = gvm_u256_to_address(args[i].word);
            word = gvm_u256_from_address(&cut);
        } else {
            word = args[i].word;
        }
        gvm_u256_to_be(out + 32u * i, word);
    }
}

gvm_outcome gvm_ghost_call(gvm_frame *f, const gvm_ghost_op *op, const gvm_ghost_arg *args) {
    size_t size = encoded_size(op, args);
    if (!gvm_gas_take(f, (int64_t)(size / 32) * GVM_GHOST_WORD_GAS)) return GVM_OUT_OUT_OF_GAS;
    if (!op->view && f->is_static) return GVM_OUT_STATIC_VIOLATION;
    gvm_buf *data = f->calldata;
    gvm_buf_clear(data);
    if (op->has_selector) gvm_buf_append(data, op->selector, sizeof op->selector);
    uint8_t *at = gvm_buf_extend(data, size);
    if (at == NULL) return GVM_OUT_HOST_FAILURE;
    encode(at, op, args);
    gvm_u256 none = gvm_u256_zero();
    return gvm_host_call(f, op->view ? GVM_STATICCALL : GVM_CALL, UINT64_MAX, &op->contract, &none,
                         gvm_buf_bytes(data));
}

static gvm_u256 word_at(gvm_bytes data, size_t at) {
    return data.len >= at + 32 ? gvm_u256_from_be(data.ptr + at) : gvm_u256_zero();
}

/* The contents of the one `bytes` or `string` that data encodes; empty where it is not well made.
 */
static gvm_bytes only_bytes(gvm_bytes data) {
    gvm_u256 offset = word_at(data, 0), len = word_at(data, 32);
    bool good = data.len >= 64 && gvm_u256_fits_u64(offset) && offset.w[0] == 32 &&
                gvm_u256_fits_u64(len) && len.w[0] <= data.len - 64;
    return good ? gvm_bytes_make(data.ptr + 64, (size_t)len.w[0]) : gvm_bytes_make(NULL, 0);
}

bool gvm_ghost_result(gvm_frame *f, gvm_u256 *word, gvm_ghost_op_id id) {
    const gvm_ghost_op *op = gvm_ghost_op_of(id);
    bool good = f->child.outcome == GVM_OUT_SUCCESS;
    f->return_data =
        good || f->child.outcome == GVM_OUT_REVERT ? f->child.output : gvm_bytes_make(NULL, 0);
    if (!good) return false;
    switch (op->returns) {
    case GVM_GHOST_RETURNS_NONE: *word = gvm_u256_from_u64(1); break;
    case GVM_GHOST_RETURNS_BYTES:
        f->return_data = only_bytes(f->return_data);
        *word = gvm_u256_from_u64(f->return_data.len);
        break;
    default: *word = word_at(f->return_data, 0); break;
    }
    return true;
}
