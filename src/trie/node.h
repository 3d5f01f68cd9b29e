/* Nodes of the Merkle-Patricia trie on the wire (Yellow Paper appendix D), for the files of this
 * room: nibbles, the hex-prefix form, RLP of the three kinds of node, and the reference that a
 * parent holds.
 *
 * Nibble i of a key is its i-th half byte, the high half first. A "suffix" of a key begins at some
 * nibble and goes to its end, so behind its first nibble (where that is odd) it is whole bytes of
 * the key. */
#ifndef GVM_TRIE_NODE_H
#define GVM_TRIE_NODE_H

#include "base/bytes.h"

/* What stands in the parent: nothing (len 0), the node's RLP itself (1 to 31 bytes), or its hash
 * (len 32). */
typedef struct gvm_trie_ref {
    uint8_t len;
    uint8_t b[32];
} gvm_trie_ref;

/* RLP of a branch without value is at most this long; of an extension likewise shorter. */
enum { GVM_TRIE_BRANCH_MAX = 3 + 16 * 33 + 1, GVM_TRIE_EXTENSION_MAX = 3 + 2 + 256 + 33 };

static inline unsigned gvm_nibble(const uint8_t *key, size_t i) {
    return i & 1 ? key[i >> 1] & 15u : key[i >> 1] >> 4;
}
/* How many nibbles the two keys have in common from nibble `from` on, counted from the start; at
 * most `limit`. */
size_t gvm_nibbles_common(const uint8_t *a, const uint8_t *b, size_t from, size_t limit);

/* Appends the RLP of a leaf: the key's suffix from nibble `from`, and the value. */
void gvm_trie_encode_leaf(gvm_buf *out, gvm_bytes key, size_t from, gvm_bytes value);
/* Writes the RLP of an extension over nibbles [from, to) of the key; returns its length. from < to.
 */
size_t gvm_trie_encode_extension(uint8_t out[GVM_TRIE_EXTENSION_MAX], const uint8_t *key,
                                 size_t from, size_t to, const gvm_trie_ref *child);
/* Writes the RLP of a branch without value; returns its length. */
size_t gvm_trie_encode_branch(uint8_t out[GVM_TRIE_BRANCH_MAX], const gvm_trie_ref ref[16]);
/* Appends the RLP of a branch with a value (empty: none). */
void gvm_trie_encode_branch_value(gvm_buf *out, const gvm_trie_ref ref[16], gvm_bytes value);

/* The reference to a node with that RLP. */
void gvm_trie_ref_make(gvm_trie_ref *ref, gvm_bytes node);
/* The root hash where `ref` stands for the whole trie (len 0: the empty root). */
void gvm_trie_ref_root(gvm_hash *root, const gvm_trie_ref *ref);

/* Keccak-256 of the RLP of the empty string. */
extern const gvm_hash gvm_trie_empty_root;

#endif
