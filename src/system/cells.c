#include "system/cells.h"

#include "crypto/keccak.h"

enum { NEW_ACCOUNT_GAS = 25000 };

/* ---- where a cell is */

static gvm_u256 hash_with_slot(const uint8_t key[32], gvm_u256 slot) {
    uint8_t in[64];
    gvm_hash h;
    memcpy(in, key, 32);
    gvm_u256_to_be(in + 32, slot);
    gvm_keccak256(&h, gvm_bytes_make(in, sizeof in));
    return gvm_u256_from_hash(&h);
}

gvm_u256 gvm_cell_map(gvm_u256 slot, gvm_u256 key) {
    uint8_t word[32];
    gvm_u256_to_be(word, key);
    return hash_with_slot(word, slot);
}

gvm_u256 gvm_cell_map_word(gvm_u256 slot, const gvm_hash *key) {
    return hash_with_slot(key->b, slot);
}

gvm_u256 gvm_cell_map_address(gvm_u256 slot, const gvm_address *key) {
    uint8_t word[32] = {0};
    memcpy(word + 12, key->b, 20);
    return hash_with_slot(word, slot);
}

gvm_u256 gvm_cell_map_bytes(gvm_u256 slot, gvm_bytes key) {
    gvm_keccak state;
    uint8_t word[32];
    gvm_hash h;
    gvm_u256_to_be(word, slot);
    gvm_keccak256_init(&state);
    gvm_keccak_update(&state, key);
    gvm_keccak_update(&state, gvm_bytes_make(word, sizeof word));
    gvm_keccak256_final(&state, &h);
    return gvm_u256_from_hash(&h);
}

gvm_u256 gvm_cell_array(gvm_u256 slot) {
    uint8_t word[32];
    gvm_hash h;
    gvm_u256_to_be(word, slot);
    gvm_keccak256(&h, gvm_bytes_make(word, sizeof word));
    return gvm_u256_from_hash(&h);
}

static gvm_u256 mask_of(unsigned size) {
    return size >= 32 ? gvm_u256_max()
                      : gvm_u256_sub(gvm_u256_shl_u64(gvm_u256_from_u64(1), 8u * size),
                                     gvm_u256_from_u64(1));
}

gvm_u256 gvm_cell_get(gvm_u256 word, unsigned offset, unsigned size) {
    return gvm_u256_and(gvm_u256_shr_u64(word, 8u * offset), mask_of(size));
}

gvm_u256 gvm_cell_put(gvm_u256 word, unsigned offset, unsigned size, gvm_u256 value) {
    gvm_u256 mask = gvm_u256_shl_u64(mask_of(size), 8u * offset);
    gvm_u256 shifted = gvm_u256_and(gvm_u256_shl_u64(value, 8u * offset), mask);
    return gvm_u256_or(gvm_u256_and(word, gvm_u256_not(mask)), shifted);
}

/* ---- access */

gvm_cells gvm_cells_of_frame(gvm_frame *f, const gvm_address *address) {
    gvm_cells cells = gvm_cells_of_vm(f->vm, address);
    cells.frame = f;
    return cells;
}

gvm_cells gvm_cells_of_state(gvm_state *state, const gvm_address *address, uint64_t now,
                             uint64_t number) {
    return (gvm_cells){.state = state, .address = *address, .now = now, .number = number};
}

gvm_cells gvm_cells_of_vm(gvm_vm *vm, const gvm_address *address) {
    return (gvm_cells){.state = vm->state,
                       .address = *address,
                       .now = vm->block.timestamp,
                       .number = vm->block.number};
}

gvm_cells gvm_cells_of_reader(const gvm_state_reader *reader, const gvm_address *address,
                              uint64_t now, uint64_t number) {
    return (gvm_cells){.reader = reader, .address = *address, .now = now, .number = number};
}

gvm_cells gvm_cells_at(const gvm_cells *cells, const gvm_address *address) {
    gvm_cells other = *cells;
    other.address = *address;
    other.entry = NULL;
    return other;
}

static gvm_entry *entry_of(gvm_cells *cells) {
    if (cells->entry == NULL) cells->entry = gvm_state_entry(cells->state, &cells->address);
    return cells->entry;
}

void gvm_cells_charge(gvm_cells *cells, int64_t gas) {
    if (cells->frame != NULL && gvm_cells_ok(cells) && !gvm_gas_take(cells->frame, gas))
        cells->outcome = GVM_OUT_OUT_OF_GAS;
}

gvm_u256 gvm_cells_load(gvm_cells *cells, gvm_u256 slot) {
    gvm_u256 value = gvm_u256_zero();
    if (!gvm_cells_ok(cells)) return value;
    if (cells->frame != NULL) {
        cells->outcome = gvm_host_sload_at(cells->frame, entry_of(cells), &value, &slot);
        return gvm_cells_ok(cells) ? value : gvm_u256_zero();
    }
    if (cells->state != NULL) return gvm_state_slot(cells->state, entry_of(cells), &slot)->current;
    const gvm_state_reader *r = cells->reader;
    gvm_status status = r->storage(r->ctx, &value, &cells->address, &slot);
    if (status == GVM_OK) return value;
    if (status != GVM_ERR_NOT_FOUND) cells->outcome = GVM_OUT_HOST_FAILURE;
    return gvm_u256_zero();
}

void gvm_cells_store(gvm_cells *cells, gvm_u256 slot, gvm_u256 value) {
    if (!gvm_cells_ok(cells)) return;
    if (cells->frame != NULL) {
        cells->outcome = gvm_host_sstore_at(cells->frame, entry_of(cells), &slot, &value);
        return;
    }
    GVM_ASSERT(cells->state != NULL);
    gvm_slot *s = gvm_state_slot(cells->state, entry_of(cells), &slot);
    if (!gvm_u256_eq(s->current, value))
        gvm_state_set_slot(cells->state, entry_of(cells), s, &value);
}

gvm_address gvm_cells_load_address(gvm_cells *cells, gvm_u256 slot) {
    return gvm_u256_to_address(gvm_cells_load(cells, slot));
}

void gvm_cells_store_address(gvm_cells *cells, gvm_u256 slot, const gvm_address *value) {
    gvm_cells_store(cells, slot, gvm_u256_from_address(value));
}

/* ---- bytes and string */

/* The length that a head slot tells; no more than the most (what no function of ours has written).
 */
static size_t length_of(gvm_u256 head) {
    bool is_long = head.w[0] & 1;
    if (!is_long) return (size_t)((head.w[0] & 0xff) >> 1) & 31;
    uint64_t len = gvm_u256_saturate_u64(gvm_u256_shr_u64(head, 1));
    return len > GVM_CELLS_BYTES_MAX ? GVM_CELLS_BYTES_MAX : (size_t)len;
}

uint64_t gvm_cells_bytes_length(gvm_cells *cells, gvm_u256 slot) {
    return length_of(gvm_cells_load(cells, slot));
}

gvm_bytes gvm_cells_load_bytes(gvm_cells *cells, gvm_arena *arena, gvm_u256 slot) {
    gvm_u256 head = gvm_cells_load(cells, slot);
    size_t len = length_of(head);
    uint8_t word[32];
    if (len == 0) return gvm_bytes_make(NULL, 0);
    uint8_t *out = gvm_arena_alloc(arena, (len + 31) / 32 * 32);
    if (out == NULL) {
        gvm_cells_fail(cells, GVM_OUT_HOST_FAILURE);
        return gvm_bytes_make(NULL, 0);
    }
    if ((head.w[0] & 1) == 0) {
        gvm_u256_to_be(word, head);
        memcpy(out, word, len);
        return gvm_bytes_make(out, len);
    }
    gvm_u256 first = gvm_cell_array(slot);
    for (size_t i = 0; i < len && gvm_cells_ok(cells); i += 32)
        gvm_u256_to_be(out + i, gvm_cells_load(cells, gvm_cell_plus(first, i / 32)));
    return gvm_cells_ok(cells) ? gvm_bytes_make(out, len) : gvm_bytes_make(NULL, 0);
}

void gvm_cells_store_bytes(gvm_cells *cells, gvm_u256 slot, gvm_bytes value) {
    gvm_u256 old = gvm_cells_load(cells, slot), first = gvm_cell_array(slot);
    size_t old_words = (old.w[0] & 1) != 0 ? (length_of(old) + 31) / 32 : 0, words = 0;
    uint8_t word[32] = {0};
    if (value.len > GVM_CELLS_BYTES_MAX) {
        gvm_cells_fail(cells, GVM_OUT_OUT_OF_GAS);
        return;
    }
    if (value.len < 32) {
        if (value.len > 0) memcpy(word, value.ptr, value.len);
        word[31] = (uint8_t)(value.len * 2);
        gvm_cells_store(cells, slot, gvm_u256_from_be(word));
    } else {
        words = (value.len + 31) / 32;
        gvm_cells_store(cells, slot, gvm_u256_from_u64(value.len * 2 + 1));
        for (size_t i = 0; i < words && gvm_cells_ok(cells); i++) {
            size_t left = value.len - i * 32;
            memset(word, 0, sizeof word);
            memcpy(word, value.ptr + i * 32, left < 32 ? left : 32);
            gvm_cells_store(cells, gvm_cell_plus(first, i), gvm_u256_from_be(word));
        }
    }
    for (size_t i = words; i < old_words && gvm_cells_ok(cells); i++)
        gvm_cells_store(cells, gvm_cell_plus(first, i), gvm_u256_zero());
}

/* ---- arrays */

uint64_t gvm_cells_array_length(gvm_cells *cells, gvm_u256 slot) {
    return gvm_u256_saturate_u64(gvm_cells_load(cells, slot));
}

gvm_u256 gvm_cells_array_load(gvm_cells *cells, gvm_u256 slot, uint64_t index) {
    return gvm_cells_load(cells, gvm_cell_plus(gvm_cell_array(slot), index));
}

uint64_t gvm_cells_array_push(gvm_cells *cells, gvm_u256 slot, gvm_u256 value) {
    uint64_t length = gvm_cells_array_length(cells, slot);
    gvm_cells_store(cells, slot, gvm_u256_from_u64(length + 1));
    gvm_cells_store(cells, gvm_cell_plus(gvm_cell_array(slot), length), value);
    return length;
}

gvm_u256 gvm_cells_array_pop_at(gvm_cells *cells, gvm_u256 slot, uint64_t index) {
    gvm_u256 first = gvm_cell_array(slot), moved = gvm_u256_zero();
    uint64_t length = gvm_cells_array_length(cells, slot);
    if (!gvm_cells_ok(cells)) return moved;
    GVM_ASSERT(index < length);
    if (index != length - 1) {
        moved = gvm_cells_load(cells, gvm_cell_plus(first, length - 1));
        gvm_cells_store(cells, gvm_cell_plus(first, index), moved);
    }
    gvm_cells_store(cells, gvm_cell_plus(first, length - 1), gvm_u256_zero());
    gvm_cells_store(cells, slot, gvm_u256_from_u64(length - 1));
    return moved;
}

/* ---- native balance */

gvm_u256 gvm_cells_balance(gvm_cells *cells, const gvm_address *account) {
    gvm_u256 balance = gvm_u256_zero();
    if (!gvm_cells_ok(cells)) return balance;
    if (cells->frame != NULL) {
        cells->outcome = gvm_host_balance(cells->frame, &balance, account);
        return gvm_cells_ok(cells) ? balance : gvm_u256_zero();
    }
    if (cells->state != NULL) return gvm_state_entry(cells->state, account)->balance;
    gvm_account a;
    gvm_status status = cells->reader->account(cells->reader->ctx, &a, account);
    if (status == GVM_OK) return a.balance;
    if (status != GVM_ERR_NOT_FOUND) cells->outcome = GVM_OUT_HOST_FAILURE;
    return balance;
}

void gvm_cells_add_balance(gvm_cells *cells, const gvm_address *account, gvm_u256 amount) {
    (void)gvm_cells_balance(cells, account); /* pays for the look */
    if (!gvm_cells_ok(cells) || gvm_u256_is_zero(amount)) return;
    gvm_entry *e = gvm_state_entry(cells->state, account);
    if (gvm_entry_is_empty(e)) gvm_cells_charge(cells, NEW_ACCOUNT_GAS);
    if (!gvm_cells_ok(cells)) return;
    if (cells->frame != NULL && cells->frame->is_static)
        cells->outcome = GVM_OUT_STATIC_VIOLATION;
    else
        gvm_state_add_balance(cells->state, e, amount);
}

bool gvm_cells_sub_balance(gvm_cells *cells, const gvm_address *account, gvm_u256 amount) {
    gvm_u256 balance = gvm_cells_balance(cells, account);
    if (!gvm_cells_ok(cells)) return true;
    if (gvm_u256_lt(balance, amount)) return false;
    if (cells->frame != NULL && cells->frame->is_static)
        cells->outcome = GVM_OUT_STATIC_VIOLATION;
    else if (!gvm_u256_is_zero(amount))
        gvm_state_sub_balance(cells->state, gvm_state_entry(cells->state, account), amount);
    return true;
}
