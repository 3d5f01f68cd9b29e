/* Proofs: the nodes on the way from the root to where a key is or would be, as `eth_getProof` gives
 * them. One proof shows that a key has a value, or that it has none (exclusion). */
#ifndef GVM_TRIE_PROOF_H
#define GVM_TRIE_PROOF_H

#include "base/bytes.h"

/* A growable list of byte strings in one piece of memory. Zero-initialise; gvm_trie_nodes_free at
 * the end. */
typedef struct gvm_trie_nodes {
    gvm_buf data;
    gvm_buf ends; /* size_t each: end of the i-th string in data */
    size_t count;
} gvm_trie_nodes;

void gvm_trie_nodes_free(gvm_trie_nodes *nodes);
void gvm_trie_nodes_clear(gvm_trie_nodes *nodes);
GVM_NODISCARD gvm_status gvm_trie_nodes_add(gvm_trie_nodes *nodes, gvm_bytes node);
/* The i-th string, valid until the list changes. i < count. */
gvm_bytes gvm_trie_nodes_get(const gvm_trie_nodes *nodes, size_t i);

/* Checks a proof of one key: nodes[0] hashes to the root, each next to its reference in the one
 * before; nodes shorter than 32 bytes may stand inside their parent or, as some servers send them,
 * follow on their own. Nothing may be left over. The empty trie is proven by no nodes (or by the
 * one node 0x80). GVM_OK: *value is the value (inside the nodes) and its ptr is not NULL; or the
 * key is proven absent: ptr NULL, len 0. GVM_ERR_PROOF: neither is shown. Nodes may be hostile.
 * Time is linear in their length. */
GVM_NODISCARD gvm_status gvm_trie_verify(gvm_bytes *value, const gvm_hash *root, gvm_bytes key,
                                         const gvm_bytes *nodes, size_t count);

/* Checks several keys against one bag of nodes (each once, in any order, as debug and light clients
 * exchange them). values[i] as above for keys[i]. Every node must be needed by some key.
 * GVM_ERR_PROOF; GVM_ERR_NOMEM. */
GVM_NODISCARD gvm_status gvm_trie_verify_many(gvm_bytes *values, const gvm_hash *root,
                                              const gvm_bytes *keys, size_t key_count,
                                              const gvm_bytes *nodes, size_t node_count);

#endif
