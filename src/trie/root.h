/* The root of a trie whose entries are all at hand, without storing nodes: transactions, receipts,
 * withdrawals, and the states of test fixtures. About one hash per entry and no allocation but a
 * stack of levels.
 *
 * Keys may have any length up to GVM_TRIE_KEY_MAX, also uneven ones and one a prefix of another.
 * For a "secure" trie the caller hashes the keys. An entry with an empty value does not exist in
 * Ethereum's tries: GVM_ERR_ARGUMENT. */
#ifndef GVM_TRIE_ROOT_H
#define GVM_TRIE_ROOT_H

#include "trie/node.h"

enum { GVM_TRIE_KEY_MAX = 255 };

typedef struct gvm_trie_item {
    gvm_bytes key, value;
} gvm_trie_item;

/* Items in ascending memcmp order of their keys, all different, else GVM_ERR_ARGUMENT. */
GVM_NODISCARD gvm_status gvm_trie_root_sorted(gvm_hash *root, const gvm_trie_item *items,
                                              size_t count);
/* Sorts `items` in place first. Two equal keys: GVM_ERR_ARGUMENT. */
GVM_NODISCARD gvm_status gvm_trie_root_unsorted(gvm_hash *root, gvm_trie_item *items, size_t count);
/* The i-th value under the key RLP(i), as a block's lists are hashed. */
GVM_NODISCARD gvm_status gvm_trie_root_list(gvm_hash *root, const gvm_bytes *values, size_t count);

/* ---- the machine beneath, for who makes its items as it goes */

/* A finished branch, told to a sink. The branch sits at nibbles [0, depth) of `key`; the node above
 * it (or the root) at [0, slot); between them an extension where slot < depth. `leaves` are the
 * children that are leaves, by bit. */
typedef struct gvm_trie_branch {
    const uint8_t *key;
    size_t slot, depth;
    uint16_t mask, leaves;
    const gvm_trie_ref *ref; /* 16 */
} gvm_trie_branch;
typedef gvm_status (*gvm_trie_sink)(void *ctx, const gvm_trie_branch *branch);

typedef struct gvm_trie_builder gvm_trie_builder;

/* `base` is the depth at which the subtree to be built hangs (0: a whole trie): all keys must share
 * their first `base` nibbles. `sink` may be NULL; it is not told about branches that hold a value.
 */
GVM_NODISCARD gvm_status gvm_trie_builder_new(gvm_trie_builder **out, gvm_trie_sink sink,
                                              void *ctx);
void gvm_trie_builder_delete(gvm_trie_builder *b);
/* Forgets what was added; the next subtree hangs at `base`. */
void gvm_trie_builder_reset(gvm_trie_builder *b, size_t base);
/* Keys ascending. Key and value are not copied and must stay until finish. */
GVM_NODISCARD gvm_status gvm_trie_builder_add(gvm_trie_builder *b, gvm_bytes key, gvm_bytes value);
/* The reference to the subtree (len 0 where nothing was added) and whether it is a single leaf. The
 * builder is then empty and may be used again. */
GVM_NODISCARD gvm_status gvm_trie_builder_finish(gvm_trie_builder *b, gvm_trie_ref *ref,
                                                 bool *is_leaf);

#endif
