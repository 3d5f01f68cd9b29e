/* Every function of every system contract with hostile calldata. An input is a list of calls; each
 * says who calls which function of which contract, how (value, static, gas) and with what: bytes as
 * they are, or arguments of the function's types, encoded well and then perhaps spoilt at one
 * place.
 *
 * What must hold whatever comes: a frame ends in an outcome that a contract may have; a revert
 * carries an error that the contract's ABI has; a call that fails leaves no log and no token moved;
 * supplies stay within caps; a static call changes nothing. */
#include "support/system_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct source {
    const uint8_t *ptr;
    size_t left;
} source;

static uint8_t byte(source *s) {
    if (s->left == 0) return 0;
    s->left--;
    return *s->ptr++;
}

/* Of all functions and of contracts without any. */
static const gvm_sys_item *pick_function(const gvm_sys_entry **entry, source *s) {
    size_t count, functions = 0;
    *entry = gvm_system_at(byte(s) % gvm_system_count());
    const gvm_sys_item *items = gvm_system_items(&count, (*entry)->contract);
    for (size_t i = 0; i < count; i++) functions += items[i].row->what == GVM_SYS_FUNCTION;
    if (functions == 0) return NULL;
    size_t wanted = byte(s) % functions;
    for (size_t i = 0;; i++)
        if (items[i].row->what == GVM_SYS_FUNCTION && wanted-- == 0) return &items[i];
}

static gvm_u256 interesting(source *s) {
    gvm_u256 n = gvm_u256_zero();
    gvm_address who;
    switch (byte(s) % 8) {
    case 0: return gvm_u256_from_u64(byte(s));
    case 1: who = system_who(byte(s) % 6); return gvm_u256_from_address(&who);
    case 2: return gvm_u256_mul(gvm_token_unit(), gvm_u256_from_u64(byte(s)));
    case 3: return gvm_u256_shl_u64(gvm_u256_from_u64(byte(s)), byte(s));
    case 4: return gvm_u256_sub(gvm_u256_zero(), gvm_u256_from_u64(byte(s)));
    case 5: return gvm_u256_from_u64(1700000000u + byte(s) - 128u);
    case 6:
        for (int i = 0; i < 4; i++)
            for (int k = 0; k < 8; k++) n.w[i] = n.w[i] << 8 | byte(s);
        return n;
    default: who = gvm_system_address(0x4700u + byte(s)); return gvm_u256_from_address(&who);
    }
}

static gvm_u256 fit(gvm_u256 v, const gvm_abi_type *t) {
    switch (t->kind) {
    case GVM_ABI_BOOL: return gvm_u256_from_u64(v.w[0] & 1);
    case GVM_ABI_ADDRESS: return gvm_cell_get(v, 0, 20);
    case GVM_ABI_UINT: return gvm_cell_get(v, 0, t->bits / 8u);
    case GVM_ABI_FIXED_BYTES: return gvm_u256_shl_u64(v, 256u - t->bits);
    default: return gvm_u256_signextend(gvm_u256_from_u64(t->bits / 8u - 1), v);
    }
}

static gvm_bytes text(source *s) {
    static const char *const words[] = {
        "alice.ghost", "ghost",       "",
        "xn--a.ghost", "a.b.c.ghost", "0x1000000000000000000000000000000000000001.ghost"};
    uint8_t which = byte(s);
    if (which < 6) return gvm_bytes_str(words[which]);
    size_t len = which % 80 < s->left ? which % 80 : s->left;
    gvm_bytes b = gvm_bytes_make(s->ptr, len);
    s->ptr += len;
    s->left -= len;
    return b;
}

/* Values for a tuple and everything in it. */
static void fill(gvm_abi_value *tuple, gvm_arena *arena, source *s) {
    gvm_abi_value *todo[256];
    size_t count = 0;
    todo[count++] = tuple;
    while (count > 0) {
        gvm_abi_value *v = todo[--count];
        if (gvm_abi_is_scalar(v->type)) {
            v->word = gvm_u256_to_hash(fit(interesting(s), v->type));
        } else if (!gvm_abi_is_composite(v->type)) {
            v->bytes = text(s);
        } else {
            if (v->type->kind == GVM_ABI_ARRAY)
                GVM_ASSERT(gvm_abi_value_resize(v, arena, byte(s) % 4u) == GVM_OK);
            for (size_t i = 0; i < v->count && count < 256; i++) todo[count++] = &v->items[i];
        }
    }
}

static void make_input(gvm_buf *in, gvm_arena *arena, const gvm_sys_item *item, source *s) {
    uint8_t how = byte(s);
    if (item == NULL || how < 32) {
        size_t len = s->left < how ? s->left : how;
        gvm_buf_append(in, s->ptr, len);
        s->ptr += len;
        s->left -= len;
        return;
    }
    gvm_abi_value args;
    GVM_ASSERT(gvm_abi_value_init(&args, arena, item->abi.inputs) == GVM_OK);
    fill(&args, arena, s);
    GVM_ASSERT(gvm_abi_encode_call(in, &item->abi, &args) == GVM_OK);
    if (how < 192 || in->len == 0) return;
    in->ptr[((size_t)byte(s) << 8 | byte(s)) % in->len] ^= (uint8_t)(byte(s) | 1);
    if (how > 240) in->len -= byte(s) % (in->len < 40 ? in->len : 40);
}

typedef struct sums {
    gvm_u256 held[GVM_TOKEN_END], outstanding[GVM_TOKEN_END];
} sums;

static gvm_u256 cell(gvm_cells *cells, int token, uint64_t slot) {
    gvm_address address = gvm_token_face((gvm_token)token);
    gvm_cells face = gvm_cells_at(cells, &address);
    return gvm_cells_load(&face, gvm_cell(slot));
}

static sums add_up(system_world *w) {
    gvm_cells cells = system_cells(w);
    sums s = {0};
    for (int t = GVM_TOKEN_GCC; t < GVM_TOKEN_END; t++) {
        for (unsigned i = 0; i < 10; i++) {
            gvm_address who = system_who(i);
            s.held[t] = gvm_u256_add(s.held[t], gvm_token_balance(&cells, (gvm_token)t, &who));
        }
        s.outstanding[t] = gvm_u256_add(gvm_token_supply(&cells, (gvm_token)t),
                                        cell(&cells, t, GVM_FACE_SLOT_MINTED_NOW));
        gvm_u256 out = gvm_u256_sub(s.outstanding[t], cell(&cells, t, GVM_FACE_SLOT_BURNED_NOW));
        GVM_ASSERT(!gvm_u256_lt(gvm_token_cap(&cells, (gvm_token)t), s.outstanding[t]));
        GVM_ASSERT(!gvm_u256_lt(out, s.held[t])); /* others may hold some too */
    }
    return s;
}

/* Results and errors are what the ABI says, to the bit. */
static void check_output(system_world *w, const gvm_sys_contract *contract,
                         const gvm_sys_item *item, gvm_outcome outcome) {
    gvm_bytes out = w->result.output;
    const gvm_abi_type *type = NULL;
    gvm_abi_value v;
    if (outcome == GVM_OUT_REVERT && out.len > 0) {
        const gvm_sys_item *error = system_error_of(contract, out);
        GVM_ASSERT(error != NULL);
        type = error->abi.inputs;
        out = gvm_bytes_make(out.ptr + 4, out.len - 4);
    } else if (outcome == GVM_OUT_SUCCESS && item != NULL) {
        type = item->abi.outputs;
        GVM_ASSERT(type != NULL || out.len == 0);
    }
    if (type != NULL)
        GVM_ASSERT(gvm_abi_decode(&v, &w->arena, type, out, GVM_ABI_STRICT, NULL) == GVM_OK);
}

static void one_call(system_world *w, source *s) {
    const gvm_sys_entry *entry;
    const gvm_sys_item *item = pick_function(&entry, s);
    uint8_t flags = byte(s);
    gvm_buf in = {0};
    gvm_arena_reset(&w->arena, 1 << 20);
    make_input(&in, &w->arena, item, s);
    if (in.len < 4 || item == NULL || memcmp(in.ptr, item->selector, 4) != 0)
        item = in.len < 4 ? NULL : gvm_system_function(entry->contract, in.ptr);
    w->value = (flags & 0x0f) == 1 ? byte(s) : 0;
    w->is_static = (flags & 0xf0) == 0x10;
    if (w->is_static) w->value = 0;
    w->gas = (flags & 0xf0) == 0x20 ? (int64_t)byte(s) << 8 : 3000000;
    w->vm.block.timestamp += (flags & 0xf0) == 0x30 ? (uint64_t)byte(s) << 16 : 1;
    w->vm.block.number += (flags & 0xf0) == 0x40 ? 100 : 0;
    sums before = add_up(w);
    gvm_outcome outcome = system_send(w, byte(s) % 5, &entry->address, gvm_buf_bytes(&in));
    sums after = add_up(w);
    GVM_ASSERT(outcome == GVM_OUT_SUCCESS || outcome == GVM_OUT_REVERT ||
               outcome == GVM_OUT_OUT_OF_GAS || outcome == GVM_OUT_STATIC_VIOLATION);
    GVM_ASSERT(w->result.gas_left >= 0 && w->gas_used <= w->gas);
    check_output(w, entry->contract, item, outcome);
    if (outcome != GVM_OUT_SUCCESS || w->is_static) {
        GVM_ASSERT(w->log_count == 0);
        GVM_ASSERT(memcmp(&before, &after, sizeof before) == 0);
    }
    gvm_buf_free(&in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static system_world w;
    static bool ready;
    if (!ready) system_world_open(&w);
    ready = true;
    gvm_state_reset(w.state, gvm_state_memory_reader(w.accounts));
    w.vm.block.timestamp = 1700000000;
    w.vm.block.number = 1000;
    source s = {data, size};
    for (int i = 0; i < 24 && s.left > 0; i++) one_call(&w, &s);
    return 0;
}
