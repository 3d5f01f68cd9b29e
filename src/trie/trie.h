/* The trie that is kept: its root after a batch of changes, at the cost of what changed, and proofs
 * from it.
 *
 * Keys are 32 bytes (hashed by the caller), so no key is the prefix of another and branches hold no
 * values.
 *
 * What is kept is less than the trie: only its branches, each under the path of the slot in which
 * it hangs, with the extension above it folded in. Leaves are not kept: the caller has every key
 * with its value in a flat table in the same order, and the one entry under a prefix is the leaf.
 *
 *   slot 4a:   record { extension 7 1; children 0 (leaf) 3 (branch) f (leaf); their hashes }
 *   slot 4a713: record of that branch            a branch's own hash stands in the record above
 * (the root's nowhere)
 *
 * This room knows nothing of the store: records come from a source and go into a list of edits. */
#ifndef GVM_TRIE_TRIE_H
#define GVM_TRIE_TRIE_H

#include "base/arena.h"
#include "trie/node.h"
#include "trie/proof.h"

/* Nibbles [0, len) of `nibble`, two in a byte, the rest zero. */
typedef struct gvm_trie_path {
    uint8_t nibble[32];
    uint8_t len;
} gvm_trie_path;

/* A path as a key of a table: order-preserving, and no path's key is the prefix of another's. Five
 * bits for each nibble, then a zero. Returns the length. */
enum { GVM_TRIE_PATH_KEY_MAX = 41 };
size_t gvm_trie_path_key(uint8_t out[GVM_TRIE_PATH_KEY_MAX], const gvm_trie_path *path);

/* Where what is kept comes from. Bytes given stay valid until the next call of either. */
typedef struct gvm_trie_source {
    void *ctx;
    /* The record under that slot; GVM_ERR_NOT_FOUND. */
    gvm_status (*branch)(void *ctx, gvm_bytes *record, const gvm_trie_path *slot);
    /* The entry with the smallest key that begins with that path, its value as the leaf holds it;
     * GVM_ERR_NOT_FOUND. */
    gvm_status (*leaf)(void *ctx, gvm_hash *key, gvm_bytes *value, const gvm_trie_path *prefix);
} gvm_trie_source;

typedef struct gvm_trie_change {
    gvm_hash key;
    gvm_bytes value; /* len 0: the key is removed (it need not be there) */
    bool there;      /* the caller knows that the key is in the trie: saves a look at the source */
} gvm_trie_change;

/* What the batch does to the records, in no order, one edit per slot. */
typedef struct gvm_trie_edit {
    gvm_trie_path slot;
    gvm_bytes record; /* len 0: the record is removed */
    struct gvm_trie_edit *next;
} gvm_trie_edit;

/* Changes in ascending order of keys, all different (GVM_ERR_ARGUMENT). `edits` may be NULL where
 * only the root is wanted; they and their records live in the arena. Of a source that holds the
 * trie with `old_root` before the changes, the result is the trie after. GVM_ERR_CORRUPT: the
 * source contradicts itself; its own errors. Uses no recursion deeper than the 64 nibbles of a key.
 */
GVM_NODISCARD gvm_status gvm_trie_update(gvm_hash *root, gvm_trie_edit **edits, gvm_arena *arena,
                                         const gvm_trie_source *source, const gvm_hash *old_root,
                                         const gvm_trie_change *changes, size_t count);

/* Appends the proof of `key` to `nodes`; what it shows is what gvm_trie_verify says. */
GVM_NODISCARD gvm_status gvm_trie_prove(gvm_trie_nodes *nodes, const gvm_trie_source *source,
                                        const gvm_hash *root, const gvm_hash *key);

/* The root that the source's records (or its one leaf) give: for checks at start-up. */
GVM_NODISCARD gvm_status gvm_trie_source_root(gvm_hash *root, const gvm_trie_source *source);

#endif
