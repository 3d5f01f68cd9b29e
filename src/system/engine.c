/* The engine of system contracts: what holds for every function of every contract is decided here,
 * once and in this order: the price of the function and its calldata, the selector, value, static
 * mode, permission, the arguments' encoding; then the function runs, again after each call that it
 * asks for. */
#include "crypto/keccak.h"
#include "system/permissions.h"
#include "system/system.h"

enum {
    UNKNOWN_GAS = 100,
    CALLDATA_WORD_GAS = 6,
    OUTPUT_WORD_GAS = 3,
    LOG_GAS = 375,
    LOG_TOPIC_GAS = 375,
    LOG_BYTE_GAS = 8,
    KECCAK_GAS = 30,
    KECCAK_WORD_GAS = 6,
};

static size_t words(size_t len) {
    return (len + 31) / 32;
}

/* ---- output */

/* Room in the frame's own buffer, which outlives the frame for its caller to read. */
static uint8_t *output_room(gvm_sys *c, size_t len) {
    gvm_sys_charge(c, (int64_t)words(len) * OUTPUT_WORD_GAS);
    if (!gvm_cells_ok(&c->cells)) return NULL;
    if (!gvm_memory_grow(c->frame->memory, words(len) * 32)) {
        gvm_cells_fail(&c->cells, GVM_OUT_HOST_FAILURE);
        return NULL;
    }
    c->frame->result.output = gvm_bytes_make(c->frame->memory->ptr, len);
    return c->frame->memory->ptr;
}

static size_t encoded_size(const gvm_sys_value *values, size_t count) {
    size_t size = count * 32;
    for (size_t i = 0; i < count; i++)
        if (values[i].kind == GVM_SYS_BYTES) size += 32 + words(values[i].bytes.len) * 32;
    return size;
}

static void encode(uint8_t *out, const gvm_sys_value *values, size_t count) {
    size_t tail = count * 32;
    for (size_t i = 0; i < count; i++) {
        if (values[i].kind == GVM_SYS_WORD) {
            gvm_u256_to_be(out + i * 32, values[i].word);
            continue;
        }
        gvm_bytes b = values[i].bytes;
        size_t room = words(b.len) * 32;
        gvm_u256_to_be(out + i * 32, gvm_u256_from_u64(tail));
        gvm_u256_to_be(out + tail, gvm_u256_from_u64(b.len));
        if (room > 0) memset(out + tail + room, 0, 32); /* the last word of the text */
        if (b.len > 0) memcpy(out + tail + 32, b.ptr, b.len);
        tail += 32 + room;
    }
}

bool gvm_sys_return(gvm_sys *c, const gvm_sys_value *values, size_t count) {
    uint8_t *out = output_room(c, encoded_size(values, count));
    if (out != NULL) encode(out, values, count);
    return true;
}

static const gvm_sys_item *item_of(const gvm_sys_contract *contract, const gvm_sys_row *row) {
    size_t count;
    const gvm_sys_item *items = gvm_system_items(&count, contract);
    for (size_t i = 0; i < count; i++)
        if (items[i].row == row) return &items[i];
    return NULL;
}

gvm_abi_value *gvm_sys_result(gvm_sys *c) {
    gvm_abi_value *v = gvm_arena_zalloc(c->arena, sizeof *v);
    const gvm_sys_item *item = item_of(c->contract, c->row);
    if (v != NULL && gvm_abi_value_init(v, c->arena, item->abi.outputs) == GVM_OK) return v;
    gvm_cells_fail(&c->cells, GVM_OUT_HOST_FAILURE);
    return NULL;
}

bool gvm_sys_return_tuple(gvm_sys *c, const gvm_abi_value *tuple) {
    gvm_buf buf = {0};
    if (!gvm_cells_ok(&c->cells)) return true;
    if (gvm_abi_encode(&buf, tuple) == GVM_OK) {
        uint8_t *out = output_room(c, buf.len);
        if (out != NULL && buf.len > 0) memcpy(out, buf.ptr, buf.len);
    } else {
        gvm_cells_fail(&c->cells, GVM_OUT_HOST_FAILURE);
    }
    gvm_buf_free(&buf);
    return true;
}

bool gvm_sys_revert(gvm_sys *c, unsigned error, const gvm_sys_value *values, size_t count) {
    size_t all, seen = 0;
    const gvm_sys_item *items = gvm_system_items(&all, c->contract), *item = NULL;
    for (size_t i = 0; i < all && item == NULL; i++)
        if (items[i].row->what == GVM_SYS_ERROR && seen++ == error) item = &items[i];
    GVM_ASSERT(item != NULL && item->abi.inputs->count == count);
    uint8_t *out = output_room(c, 4 + encoded_size(values, count));
    if (out != NULL) {
        memcpy(out, item->selector, 4);
        encode(out + 4, values, count);
    }
    c->reverted = true;
    return false;
}

bool gvm_sys_revert_data(gvm_sys *c, gvm_bytes data) {
    uint8_t *out = output_room(c, data.len);
    if (out != NULL && data.len > 0) memmove(out, data.ptr, data.len);
    c->reverted = true;
    return false;
}

/* ---- logs */

void gvm_sys_log_raw(gvm_sys *c, const gvm_address *address, const gvm_hash *topics,
                     uint32_t topic_count, gvm_bytes data) {
    gvm_sys_charge(c, LOG_GAS + LOG_TOPIC_GAS * (int64_t)topic_count +
                          LOG_BYTE_GAS * (int64_t)data.len);
    if (!gvm_cells_ok(&c->cells)) return;
    gvm_cells_fail(&c->cells, gvm_host_log_at(c->frame, address, topics, topic_count, data));
}

void gvm_sys_log(gvm_sys *c, unsigned event, const gvm_sys_value *values, size_t count) {
    size_t all, seen = 0, plain = 0;
    const gvm_sys_item *items = gvm_system_items(&all, c->contract), *item = NULL;
    gvm_sys_value rest[16];
    gvm_hash topics[4];
    uint32_t topic_count = 1;
    for (size_t i = 0; i < all && item == NULL; i++)
        if (items[i].row->what == GVM_SYS_EVENT && seen++ == event) item = &items[i];
    GVM_ASSERT(item != NULL && item->abi.inputs->count == count && count <= 16);
    topics[0] = item->abi.hash;
    for (size_t i = 0; i < count; i++) {
        if (!item->abi.inputs->fields[i].indexed) {
            rest[plain++] = values[i];
            continue;
        }
        GVM_ASSERT(topic_count < 4);
        if (values[i].kind == GVM_SYS_BYTES) {
            gvm_sys_charge(c, KECCAK_GAS + KECCAK_WORD_GAS * (int64_t)words(values[i].bytes.len));
            gvm_keccak256(&topics[topic_count++], values[i].bytes);
        } else {
            topics[topic_count++] = gvm_u256_to_hash(values[i].word);
        }
    }
    size_t size = encoded_size(rest, plain);
    uint8_t *data = gvm_arena_alloc(c->arena, size);
    if (data == NULL) {
        gvm_cells_fail(&c->cells, GVM_OUT_HOST_FAILURE);
        return;
    }
    encode(data, rest, plain);
    gvm_sys_log_raw(c, gvm_sys_self(c), topics, topic_count, gvm_bytes_make(data, size));
}

/* ---- calls */

gvm_bytes gvm_sys_encode_call(gvm_sys *c, const char *signature, const gvm_sys_value *values,
                              size_t count) {
    size_t size = 4 + encoded_size(values, count);
    uint8_t *out = gvm_arena_alloc(c->arena, size);
    if (out == NULL) {
        gvm_cells_fail(&c->cells, GVM_OUT_HOST_FAILURE);
        return gvm_bytes_make(NULL, 0);
    }
    gvm_abi_selector(out, signature);
    encode(out + 4, values, count);
    return gvm_bytes_make(out, size);
}

bool gvm_sys_call(gvm_sys *c, uint32_t stage, gvm_call_kind kind, const gvm_address *to,
                  gvm_u256 value, gvm_bytes input, uint64_t gas) {
    if (!gvm_cells_ok(&c->cells)) return true;
    gvm_cells_fail(&c->cells, gvm_host_call(c->frame, kind, gas, to, &value, input));
    c->stage = stage;
    c->calling = gvm_cells_ok(&c->cells);
    return true;
}

bool gvm_sys_create(gvm_sys *c, uint32_t stage, gvm_u256 value, gvm_bytes init_code,
                    bool code_paid) {
    if (!gvm_cells_ok(&c->cells)) return true;
    gvm_cells_fail(&c->cells, gvm_host_create(c->frame, &value, init_code, NULL));
    c->frame->vm->pending.creator = gvm_sys_sender(c);
    c->frame->vm->pending.code_paid = code_paid;
    c->stage = stage;
    c->calling = gvm_cells_ok(&c->cells);
    return true;
}

/* ---- the engine */

static gvm_outcome outcome_of(const gvm_sys *c, bool done) {
    if (!gvm_cells_ok(&c->cells)) return c->cells.outcome;
    return done && !c->reverted ? GVM_OUT_SUCCESS : GVM_OUT_REVERT;
}

static void set_selector(gvm_hash *word, gvm_bytes input) {
    *word = (gvm_hash){{0}};
    if (input.len > 0) memcpy(word->b, input.ptr, input.len < 4 ? input.len : 4);
}

/* Arguments that are one word each need no walk over types. */
static bool decode_plain(gvm_sys *c, const gvm_sys_item *item, gvm_bytes in) {
    const gvm_abi_type *t = item->abi.inputs;
    if (in.len != t->count * 32) return false;
    c->args = (gvm_abi_value){.type = t};
    c->args.items = gvm_arena_alloc(c->arena, t->count * sizeof *c->args.items);
    c->args.count = t->count;
    if (c->args.items == NULL) {
        gvm_cells_fail(&c->cells, GVM_OUT_HOST_FAILURE);
        return true;
    }
    for (size_t i = 0; i < t->count; i++) {
        const gvm_abi_type *type = t->fields[i].type;
        gvm_u256 v = gvm_u256_from_be(in.ptr + i * 32);
        bool fits = gvm_abi_word_fits(type, v);
        if (!fits) return false;
        c->args.items[i].type = type;
        memcpy(c->args.items[i].word.b, in.ptr + i * 32, 32);
    }
    return true;
}

static bool decode(gvm_sys *c, const gvm_sys_item *item, gvm_bytes in) {
    if (item->plain) return decode_plain(c, item, in);
    gvm_status status =
        gvm_abi_decode(&c->args, c->arena, item->abi.inputs, in, GVM_ABI_STRICT, NULL);
    if (status == GVM_ERR_NOMEM) gvm_cells_fail(&c->cells, GVM_OUT_HOST_FAILURE);
    return status == GVM_OK || status == GVM_ERR_NOMEM;
}

/* Everything before the function itself; false: reverted. */
static bool admit(gvm_sys *c) {
    gvm_frame *f = c->frame;
    gvm_bytes in = f->msg.input;
    gvm_hash word;
    set_selector(&word, in);
    if (c->contract->unavailable)
        return gvm_sys_revert(c, GVM_E_NOT_AVAILABLE,
                              GVM_SYS_VALUES(gvm_sys_address(gvm_sys_self(c))));
    const gvm_sys_item *item = in.len >= 4 ? gvm_system_function(c->contract, in.ptr) : NULL;
    gvm_sys_charge(c, (item != NULL ? item->row->gas : UNKNOWN_GAS) +
                          (int64_t)words(in.len) * CALLDATA_WORD_GAS);
    if (item == NULL)
        return gvm_sys_revert(c, GVM_E_UNKNOWN_FUNCTION, GVM_SYS_VALUES(gvm_sys_word(&word)));
    c->row = item->row;
    if (c->row->kind != GVM_SYS_PAYABLE && !gvm_u256_is_zero(f->msg.value))
        return gvm_sys_revert_plain(c, GVM_E_NOT_PAYABLE);
    if (c->row->kind != GVM_SYS_VIEW && f->is_static)
        gvm_cells_fail(&c->cells, GVM_OUT_STATIC_VIOLATION);
    if (c->row->permission >= 0 &&
        !gvm_identity_has_permission(&c->cells, gvm_sys_sender(c), (unsigned)c->row->permission))
        return gvm_sys_revert(c, GVM_E_MISSING_PERMISSION,
                              GVM_SYS_VALUES(gvm_sys_address(gvm_sys_sender(c)),
                                             gvm_sys_u64((uint64_t)c->row->permission)));
    if (!gvm_cells_ok(&c->cells)) return true;
    if (!decode(c, item, gvm_bytes_make(in.ptr + 4, in.len - 4)))
        return gvm_sys_revert_plain(c, GVM_E_INVALID_ARGUMENTS);
    return true;
}

static gvm_outcome enter(gvm_frame *f) {
    gvm_arena *scratch = &f->vm->scratch;
    gvm_arena_mark mark = gvm_arena_here(scratch);
    gvm_sys *c = gvm_arena_zalloc(scratch, sizeof *c);
    if (c == NULL) return GVM_OUT_HOST_FAILURE;
    f->engine_data = c;
    c->frame = f;
    c->arena = scratch;
    c->mark = mark;
    c->entry = gvm_system_entry(&f->msg.recipient);
    c->contract = c->entry->contract;
    c->index = c->entry->index;
    c->cells = gvm_cells_of_frame(f, &f->msg.recipient);
    c->cells.entry = f->self;
    return outcome_of(c, admit(c));
}

static gvm_step run(gvm_frame *f) {
    gvm_sys *c = f->engine_data;
    c->child = f->child;
    c->calling = false;
    bool done = c->row->run(c);
    if (c->calling && gvm_cells_ok(&c->cells)) return GVM_STEP_CALL;
    f->result.outcome = outcome_of(c, done);
    return GVM_STEP_DONE;
}

static void leave(gvm_frame *f) {
    gvm_sys *c = f->engine_data;
    if (c != NULL) gvm_arena_rewind(&f->vm->scratch, c->mark);
    f->engine_data = NULL;
}

static const gvm_engine engine = {.name = "system", .enter = enter, .run = run, .leave = leave};

const gvm_engine *gvm_system_find(const gvm_address *address) {
    return gvm_system_entry(address) != NULL ? &engine : NULL;
}
