/* Verification walks from the root along the key. A node is found by its reference alone, by hash
 * or inside its parent, so hostile nodes can only be useless. Every step but the first uses up
 * nibbles of the key: the walk ends. */
#include "trie/proof.h"

#include "codec/rlp.h"
#include "crypto/keccak.h"
#include "trie/node.h"

#include <stdlib.h>

/* ---- lists of nodes */

void gvm_trie_nodes_free(gvm_trie_nodes *nodes) {
    gvm_buf_free(&nodes->data);
    gvm_buf_free(&nodes->ends);
    nodes->count = 0;
}

void gvm_trie_nodes_clear(gvm_trie_nodes *nodes) {
    gvm_buf_clear(&nodes->data);
    gvm_buf_clear(&nodes->ends);
    nodes->count = 0;
}

gvm_status gvm_trie_nodes_add(gvm_trie_nodes *nodes, gvm_bytes node) {
    gvm_buf_append(&nodes->data, node.ptr, node.len);
    size_t end = nodes->data.len;
    gvm_buf_append(&nodes->ends, &end, sizeof end);
    GVM_TRY(gvm_buf_status(&nodes->data));
    GVM_TRY(gvm_buf_status(&nodes->ends));
    nodes->count++;
    return GVM_OK;
}

gvm_bytes gvm_trie_nodes_get(const gvm_trie_nodes *nodes, size_t i) {
    GVM_ASSERT(i < nodes->count);
    size_t from = 0, to;
    if (i) memcpy(&from, nodes->ends.ptr + (i - 1) * sizeof from, sizeof from);
    memcpy(&to, nodes->ends.ptr + i * sizeof to, sizeof to);
    return gvm_bytes_make(nodes->data.ptr + from, to - from);
}

/* ---- verification */

typedef struct walk {
    gvm_bytes key;
    size_t at;       /* nibbles of the key used up */
    bool ended;      /* `value` is the answer */
    gvm_bytes value; /* ptr NULL: absent */
    gvm_bytes next;  /* else: the reference to go on with, encoded */
} walk;

static gvm_status end_walk(walk *w, gvm_bytes value) {
    w->ended = true;
    w->value = value;
    return GVM_OK;
}

static gvm_status step_branch(walk *w, gvm_rlp_reader inside) {
    gvm_rlp_item item;
    bool ends_here = w->at == w->key.len * 2;
    unsigned way = ends_here ? 16 : gvm_nibble(w->key.ptr, w->at);
    for (unsigned i = 0; i <= 16; i++) {
        gvm_rlp_item each;
        GVM_TRY(gvm_rlp_next(&inside, &each));
        if (i == 16 && each.is_list) return GVM_ERR_PROOF;
        if (i == way) item = each;
    }
    if (ends_here) return end_walk(w, item.payload.len ? item.payload : (gvm_bytes){0});
    w->at++;
    if (!item.is_list && item.payload.len == 0) return end_walk(w, (gvm_bytes){0});
    w->next = item.encoded;
    return GVM_OK;
}

static gvm_status step_path(walk *w, gvm_rlp_reader inside) {
    gvm_rlp_item path, item;
    GVM_TRY(gvm_rlp_next(&inside, &path));
    GVM_TRY(gvm_rlp_next(&inside, &item));
    if (path.is_list || path.payload.len == 0) return GVM_ERR_PROOF;
    unsigned flags = path.payload.ptr[0];
    bool is_leaf = flags & 0x20, odd = flags & 0x10;
    if (flags & 0xc0 || (!odd && flags & 0x0f)) return GVM_ERR_PROOF;
    size_t first = odd ? 1 : 2, count = path.payload.len * 2 - first;
    if (!is_leaf && count == 0) return GVM_ERR_PROOF;
    size_t left = w->key.len * 2 - w->at, same = 0;
    while (same < count && same < left &&
           gvm_nibble(path.payload.ptr, first + same) == gvm_nibble(w->key.ptr, w->at + same))
        same++;
    w->at += same;
    if (is_leaf) {
        if (item.is_list || item.payload.len == 0) return GVM_ERR_PROOF;
        return end_walk(w, same == count && same == left ? item.payload : (gvm_bytes){0});
    }
    if (same < count) return end_walk(w, (gvm_bytes){0});
    w->next = item.encoded;
    return GVM_OK;
}

static gvm_status step(walk *w, gvm_bytes node) {
    gvm_rlp_item whole;
    size_t items;
    if (gvm_rlp_whole(node, &whole) != GVM_OK || !whole.is_list) return GVM_ERR_PROOF;
    gvm_rlp_reader inside = gvm_rlp_reader_make(whole.payload);
    if (gvm_rlp_count(&inside, &items) != GVM_OK || (items != 17 && items != 2))
        return GVM_ERR_PROOF;
    gvm_status status = items == 17 ? step_branch(w, inside) : step_path(w, inside);
    return status == GVM_OK ? GVM_OK : GVM_ERR_PROOF;
}

/* Finds the node with that hash; `ctx` is the finder's. */
typedef gvm_status (*find_node)(void *ctx, gvm_bytes *node, const gvm_hash *hash);
/* Told of a node that stands inside its parent. */
typedef void (*saw_inline)(void *ctx, gvm_bytes node);

static gvm_status run(gvm_bytes *value, const gvm_hash *root, gvm_bytes key, find_node find,
                      saw_inline saw, void *ctx) {
    walk w = {.key = key};
    gvm_bytes node;
    GVM_TRY(find(ctx, &node, root));
    for (;;) {
        GVM_TRY(step(&w, node));
        if (w.ended) break;
        gvm_rlp_item ref;
        if (gvm_rlp_whole(w.next, &ref) != GVM_OK) return GVM_ERR_PROOF;
        if (ref.is_list) {
            if (w.next.len >= 32) return GVM_ERR_PROOF;
            node = w.next;
            saw(ctx, node);
        } else {
            gvm_hash hash;
            if (ref.payload.len != 32) return GVM_ERR_PROOF;
            memcpy(hash.b, ref.payload.ptr, 32);
            GVM_TRY(find(ctx, &node, &hash));
        }
    }
    *value = w.value;
    return GVM_OK;
}

static bool is_empty_node(gvm_bytes node) {
    return node.len == 1 && node.ptr[0] == 0x80;
}

/* ---- one key: nodes in the order of the walk */

typedef struct row {
    const gvm_bytes *nodes;
    size_t count, used;
} row;

static gvm_status find_in_row(void *ctx, gvm_bytes *node, const gvm_hash *hash) {
    row *r = ctx;
    gvm_hash h;
    if (r->used == r->count) return GVM_ERR_PROOF;
    gvm_keccak256(&h, r->nodes[r->used]);
    if (!gvm_hash_equal(&h, hash)) return GVM_ERR_PROOF;
    *node = r->nodes[r->used++];
    return GVM_OK;
}

static void skip_in_row(void *ctx, gvm_bytes node) {
    row *r = ctx;
    if (r->used < r->count && gvm_bytes_equal(r->nodes[r->used], node)) r->used++;
}

gvm_status gvm_trie_verify(gvm_bytes *value, const gvm_hash *root, gvm_bytes key,
                           const gvm_bytes *nodes, size_t count) {
    *value = (gvm_bytes){0};
    if (gvm_hash_equal(root, &gvm_trie_empty_root))
        return count == 0 || (count == 1 && is_empty_node(nodes[0])) ? GVM_OK : GVM_ERR_PROOF;
    row r = {nodes, count, 0};
    gvm_bytes found;
    GVM_TRY(run(&found, root, key, find_in_row, skip_in_row, &r));
    if (r.used != count) return GVM_ERR_PROOF;
    *value = found;
    return GVM_OK;
}

/* ---- many keys: a bag of nodes, sorted by hash */

typedef struct bagged {
    gvm_hash hash;
    gvm_bytes node;
    bool used;
} bagged;

typedef struct bag {
    bagged *nodes;
    size_t count;
} bag;

static int compare_bagged(const void *a, const void *b) {
    return memcmp(((const bagged *)a)->hash.b, ((const bagged *)b)->hash.b, 32);
}

static gvm_status find_in_bag(void *ctx, gvm_bytes *node, const gvm_hash *hash) {
    bag *b = ctx;
    bagged wanted = {.hash = *hash};
    bagged *found =
        b->count ? bsearch(&wanted, b->nodes, b->count, sizeof *b->nodes, compare_bagged) : NULL;
    if (!found) return GVM_ERR_PROOF;
    found->used = true;
    *node = found->node;
    return GVM_OK;
}

static void ignore_inline(void *ctx, gvm_bytes node) {
    (void)ctx;
    (void)node;
}

gvm_status gvm_trie_verify_many(gvm_bytes *values, const gvm_hash *root, const gvm_bytes *keys,
                                size_t key_count, const gvm_bytes *nodes, size_t node_count) {
    for (size_t i = 0; i < key_count; i++) values[i] = (gvm_bytes){0};
    if (gvm_hash_equal(root, &gvm_trie_empty_root))
        return node_count == 0 || (node_count == 1 && is_empty_node(nodes[0])) ? GVM_OK
                                                                               : GVM_ERR_PROOF;
    gvm_status status = GVM_OK;
    bag b = {node_count ? calloc(node_count, sizeof(bagged)) : NULL, node_count};
    if (node_count && !b.nodes) return GVM_ERR_NOMEM;
    for (size_t i = 0; i < node_count; i++) {
        b.nodes[i].node = nodes[i];
        gvm_keccak256(&b.nodes[i].hash, nodes[i]);
    }
    if (node_count) qsort(b.nodes, node_count, sizeof *b.nodes, compare_bagged);
    for (size_t i = 0; i < key_count && status == GVM_OK; i++)
        status = run(&values[i], root, keys[i], find_in_bag, ignore_inline, &b);
    for (size_t i = 0; i < node_count && status == GVM_OK; i++)
        if (!b.nodes[i].used) status = GVM_ERR_PROOF;
    if (status != GVM_OK)
        for (size_t i = 0; i < key_count; i++) values[i] = (gvm_bytes){0};
    free(b.nodes);
    return status;
}
