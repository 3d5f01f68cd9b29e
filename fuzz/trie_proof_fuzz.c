/* Hostile proofs. The input is a list of nodes and a key; what is verified must not depend on
 * anything but the hashes, so a proof that is accepted is also accepted as a bag, with the same
 * answer, and each node of it is needed.
 *
 * Input: key length (one byte, mod 33), key, then nodes: two bytes of length (big-endian) and the
 * bytes. The root is the hash of the first node: finding one that hashes to a given root is not
 * what fuzzing can do. A length with its top bit set stands for a node whose hash is patched into
 * the first place in the node before that holds 32 bytes of 0xEE. */
#include "crypto/keccak.h"
#include "trie/node.h"
#include "trie/proof.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NODES_MAX = 40 };

static void link_nodes(uint8_t **node, const size_t *len, const bool *linked, size_t count) {
    uint8_t mark[32];
    memset(mark, 0xee, sizeof mark);
    for (size_t i = count; i-- > 1;) {
        if (!linked[i]) continue;
        for (size_t at = 0; at + 32 <= len[i - 1]; at++) {
            if (memcmp(node[i - 1] + at, mark, 32) != 0) continue;
            gvm_hash h;
            gvm_keccak256(&h, gvm_bytes_make(node[i], len[i]));
            memcpy(node[i - 1] + at, h.b, 32);
            break;
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1) return 0;
    size_t key_len = data[0] % 33, at = 1;
    if (size - at < key_len) return 0;
    gvm_bytes key = gvm_bytes_make(data + at, key_len);
    at += key_len;
    uint8_t *node[NODES_MAX];
    size_t len[NODES_MAX], count = 0;
    bool linked[NODES_MAX];
    while (count < NODES_MAX && size - at >= 2) {
        size_t n = (size_t)(data[at] & 0x7f) << 8 | data[at + 1];
        linked[count] = data[at] & 0x80;
        at += 2;
        if (n > size - at) n = size - at;
        node[count] = malloc(n + 1);
        if (!node[count]) abort();
        memcpy(node[count], data + at, n);
        len[count++] = n;
        at += n;
    }
    link_nodes(node, len, linked, count);
    gvm_bytes nodes[NODES_MAX], value, again;
    for (size_t i = 0; i < count; i++) nodes[i] = gvm_bytes_make(node[i], len[i]);
    gvm_hash root = gvm_trie_empty_root;
    if (count) gvm_keccak256(&root, nodes[0]);
    gvm_status one = gvm_trie_verify(&value, &root, key, nodes, count);
    if (one != GVM_OK && value.ptr) abort();
    if (one == GVM_OK && value.ptr && value.len == 0) abort();
    gvm_status bag = gvm_trie_verify_many(&again, &root, &key, 1, nodes, count);
    /* The row allows what the bag does not (a node that stands inside its parent, again), and the
     * bag any order. */
    if (one == GVM_OK && bag == GVM_OK && !gvm_bytes_equal(value, again)) abort();
    if (one == GVM_OK && count > 1) {
        gvm_bytes less;
        if (gvm_trie_verify(&less, &root, key, nodes, 1) == GVM_OK && !gvm_bytes_equal(less, value))
            abort();
    }
    for (size_t i = 0; i < count; i++) free(node[i]);
    return 0;
}
