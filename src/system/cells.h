/* Storage of system contracts: Solidity's layout, and the one way to its cells.
 *
 * Rules of the layout (docs.soliditylang.org, "Layout of State Variables in Storage"): value types
 * share a slot from its low end; a struct begins a slot of its own; mapping[k] is at
 * keccak256(k . slot), with k as a 32-byte word, or as its bare bytes where it is a string or
 * bytes; T[] has its length in its slot and its items from keccak256(slot) on; bytes and strings of
 * up to 31 bytes stand in their slot beside twice their length, longer ones from keccak256(slot)
 * on, with twice their length plus one in the slot.
 *
 * A gvm_cells is where cells are read and written, so that what a contract decides (a permission, a
 * preference, a name's record) is written once, for calls, for exec and for RPC:
 *   - of a frame: journaled, each access pays EIP-2929's and EIP-2200's price from the frame's gas
 *   - of a state: journaled, nothing is paid and nothing gets warm
 *   - of a reader: committed state, read only, nothing is paid
 * Failures are sticky: after the first (out of gas, static call, host failure) reads answer zero
 * and writes do nothing, so that code may look at `outcome` once, at its end; loops look each time.
 */
#ifndef GVM_SYSTEM_CELLS_H
#define GVM_SYSTEM_CELLS_H

#include "base/arena.h"
#include "vm/host.h"

/* ---- where a cell is */

static inline gvm_u256 gvm_cell(uint64_t slot) {
    return gvm_u256_from_u64(slot);
}
/* The slot `n` behind: members of structs, items of arrays. */
static inline gvm_u256 gvm_cell_plus(gvm_u256 slot, uint64_t n) {
    return gvm_u256_add(slot, gvm_u256_from_u64(n));
}
/* mapping[key] for keys of value types (bytesN keys are left-aligned words: gvm_cell_map_word). */
gvm_u256 gvm_cell_map(gvm_u256 slot, gvm_u256 key);
gvm_u256 gvm_cell_map_word(gvm_u256 slot, const gvm_hash *key);
gvm_u256 gvm_cell_map_address(gvm_u256 slot, const gvm_address *key);
/* mapping[key] for string and bytes keys. */
gvm_u256 gvm_cell_map_bytes(gvm_u256 slot, gvm_bytes key);
/* The first item of T[], the first byte of long bytes and strings. */
gvm_u256 gvm_cell_array(gvm_u256 slot);

/* ---- members that share a slot: `offset` bytes from the low end (solc's "offset"), `size` bytes
 */
gvm_u256 gvm_cell_get(gvm_u256 word, unsigned offset, unsigned size);
gvm_u256 gvm_cell_put(gvm_u256 word, unsigned offset, unsigned size, gvm_u256 value);
static inline uint64_t gvm_cell_get_u64(gvm_u256 word, unsigned offset, unsigned size) {
    return gvm_cell_get(word, offset, size).w[0];
}

/* ---- access */

typedef struct gvm_cells {
    gvm_frame *frame;               /* pays; NULL: free */
    gvm_state *state;               /* NULL: reader */
    const gvm_state_reader *reader; /* read only */
    gvm_address address;            /* the contract whose storage it is */
    gvm_entry *entry;               /* cached account; NULL: not looked up yet */
    uint64_t now, number;           /* the block's timestamp and number */
    gvm_outcome outcome;            /* SUCCESS, or the first failure */
} gvm_cells;

/* The storage of `address` as seen by a frame, by the state of a vm (whose block gives the time),
 * by a reader. */
gvm_cells gvm_cells_of_frame(gvm_frame *f, const gvm_address *address);
gvm_cells gvm_cells_of_vm(gvm_vm *vm, const gvm_address *address);
gvm_cells gvm_cells_of_state(gvm_state *state, const gvm_address *address, uint64_t now,
                             uint64_t number);
gvm_cells gvm_cells_of_reader(const gvm_state_reader *reader, const gvm_address *address,
                              uint64_t now, uint64_t number);
/* The same access to another contract's storage. Failures are the copy's own: give them back with
 * gvm_cells_join. */
gvm_cells gvm_cells_at(const gvm_cells *cells, const gvm_address *address);
static inline void gvm_cells_join(gvm_cells *to, const gvm_cells *from) {
    if (to->outcome == GVM_OUT_SUCCESS) to->outcome = from->outcome;
}
static inline bool gvm_cells_ok(const gvm_cells *cells) {
    return cells->outcome == GVM_OUT_SUCCESS;
}
static inline void gvm_cells_fail(gvm_cells *cells, gvm_outcome outcome) {
    if (cells->outcome == GVM_OUT_SUCCESS) cells->outcome = outcome;
}
/* Takes gas of the frame; nothing where there is none. */
void gvm_cells_charge(gvm_cells *cells, int64_t gas);

gvm_u256 gvm_cells_load(gvm_cells *cells, gvm_u256 slot);
void gvm_cells_store(gvm_cells *cells, gvm_u256 slot, gvm_u256 value);
gvm_address gvm_cells_load_address(gvm_cells *cells, gvm_u256 slot);
void gvm_cells_store_address(gvm_cells *cells, gvm_u256 slot, const gvm_address *value);

/* bytes and string. The copy is the arena's; at most GVM_CELLS_BYTES_MAX. Storing gives back the
 * slots of what stood there and was longer. */
#define GVM_CELLS_BYTES_MAX ((size_t)1 << 20)
gvm_bytes gvm_cells_load_bytes(gvm_cells *cells, gvm_arena *arena, gvm_u256 slot);
void gvm_cells_store_bytes(gvm_cells *cells, gvm_u256 slot, gvm_bytes value);
uint64_t gvm_cells_bytes_length(gvm_cells *cells, gvm_u256 slot);

/* T[] of items that take a slot each. push returns the new item's index. pop_at puts the last item
 * into the place of item `index` and shortens the array; it returns the moved item (0 where the
 * last one went), so that whoever keeps indexes can follow. */
uint64_t gvm_cells_array_length(gvm_cells *cells, gvm_u256 slot);
gvm_u256 gvm_cells_array_load(gvm_cells *cells, gvm_u256 slot, uint64_t index);
uint64_t gvm_cells_array_push(gvm_cells *cells, gvm_u256 slot, gvm_u256 value);
gvm_u256 gvm_cells_array_pop_at(gvm_cells *cells, gvm_u256 slot, uint64_t index);

/* ---- native balance of any account. Price: BALANCE's for a look, the warm price for a change; a
 * new account costs what a call's value to it costs. */
gvm_u256 gvm_cells_balance(gvm_cells *cells, const gvm_address *account);
void gvm_cells_add_balance(gvm_cells *cells, const gvm_address *account, gvm_u256 amount);
/* false: the balance does not cover it, and nothing happened. */
bool gvm_cells_sub_balance(gvm_cells *cells, const gvm_address *account, gvm_u256 amount);

#endif
