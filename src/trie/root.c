/* Entries come in order, so only the branches on the way to the last one are open: a stack of
 * levels.
 *
 *   last key    a 7 1 1 3 5 5       levels  depth 2 (after "a7"): refs of what is finished on its
 * left next key    a 7 1 f 9 3 6               depth 3 (after "a71"): opened now, because the two
 * keys part there
 *
 * A key hangs below the deeper of the two points where it parts from its neighbours, so an entry is
 * encoded when the next one is known. Levels deeper than the parting point are finished then, from
 * the deepest up: each becomes a reference (with an extension where it jumps nibbles) in the level
 * above. */
#include "trie/root.h"

#include "crypto/keccak.h"

#include <stdlib.h>

typedef struct level {
    size_t depth;
    uint16_t mask, leaves;
    gvm_bytes value; /* of the key that ends here */
    gvm_trie_ref ref[16];
    gvm_trie_item leaf[16]; /* where `leaves` says so: hashed together when the level closes */
} level;

struct gvm_trie_builder {
    size_t base;
    gvm_trie_sink sink;
    void *ctx;
    bool has_last;
    gvm_bytes last_key, last_value;
    level *levels;
    size_t open, cap;
    gvm_buf scratch;
};

gvm_status gvm_trie_builder_new(gvm_trie_builder **out, gvm_trie_sink sink, void *ctx) {
    gvm_trie_builder *b = calloc(1, sizeof *b);
    if (!b) return GVM_ERR_NOMEM;
    b->sink = sink;
    b->ctx = ctx;
    *out = b;
    return GVM_OK;
}

void gvm_trie_builder_delete(gvm_trie_builder *b) {
    if (!b) return;
    free(b->levels);
    gvm_buf_free(&b->scratch);
    free(b);
}

void gvm_trie_builder_reset(gvm_trie_builder *b, size_t base) {
    b->base = base;
    b->has_last = false;
    b->open = 0;
}

static gvm_status open_level(gvm_trie_builder *b, size_t depth) {
    if (b->open == b->cap) {
        size_t cap = b->cap ? 2 * b->cap : 8;
        level *grown = realloc(b->levels, cap * sizeof *grown);
        if (!grown) return GVM_ERR_NOMEM;
        b->levels = grown;
        b->cap = cap;
    }
    level *l = &b->levels[b->open++];
    l->depth = depth;
    l->mask = l->leaves = 0;
    l->value = (gvm_bytes){0};
    for (int i = 0; i < 16; i++) l->ref[i].len = 0;
    return GVM_OK;
}

static gvm_status leaf_ref(gvm_trie_builder *b, gvm_trie_ref *ref, size_t from) {
    gvm_buf_clear(&b->scratch);
    gvm_trie_encode_leaf(&b->scratch, b->last_key, from, b->last_value);
    GVM_TRY(gvm_buf_status(&b->scratch));
    gvm_trie_ref_make(ref, gvm_buf_bytes(&b->scratch));
    return GVM_OK;
}

static gvm_status put_last_leaf(gvm_trie_builder *b) {
    level *l = &b->levels[b->open - 1];
    if (b->last_key.len * 2 == l->depth) {
        l->value = b->last_value;
        return GVM_OK;
    }
    unsigned n = gvm_nibble(b->last_key.ptr, l->depth);
    l->mask |= (uint16_t)(1u << n);
    l->leaves |= (uint16_t)(1u << n);
    l->leaf[n] = (gvm_trie_item){b->last_key, b->last_value};
    return GVM_OK;
}

static gvm_status hash_leaves(gvm_trie_builder *b, level *l) {
    size_t end[17] = {0};
    unsigned count = 0, where[16];
    gvm_buf_clear(&b->scratch);
    for (unsigned n = 0; n < 16; n++) {
        if (!(l->leaves >> n & 1)) continue;
        gvm_trie_encode_leaf(&b->scratch, l->leaf[n].key, l->depth + 1, l->leaf[n].value);
        where[count++] = n;
        end[count] = b->scratch.len;
    }
    GVM_TRY(gvm_buf_status(&b->scratch));
    gvm_bytes in[16];
    gvm_hash out[16];
    unsigned long_ones = 0, back[16];
    for (unsigned i = 0; i < count; i++) {
        gvm_bytes rlp = gvm_bytes_make(b->scratch.ptr + end[i], end[i + 1] - end[i]);
        if (rlp.len < 32) {
            gvm_trie_ref_make(&l->ref[where[i]], rlp);
            continue;
        }
        back[long_ones] = where[i];
        in[long_ones++] = rlp;
    }
    gvm_keccak256_many(out, in, long_ones);
    for (unsigned i = 0; i < long_ones; i++) {
        l->ref[back[i]].len = 32;
        memcpy(l->ref[back[i]].b, out[i].b, 32);
    }
    return GVM_OK;
}

/* Finishes the top level as the node at nibbles [0, slot). */
static gvm_status close_level(gvm_trie_builder *b, gvm_trie_ref *ref, size_t slot) {
    level *l = &b->levels[--b->open];
    GVM_TRY(hash_leaves(b, l));
    if (l->value.len) {
        gvm_buf_clear(&b->scratch);
        gvm_trie_encode_branch_value(&b->scratch, l->ref, l->value);
        GVM_TRY(gvm_buf_status(&b->scratch));
        gvm_trie_ref_make(ref, gvm_buf_bytes(&b->scratch));
    } else {
        uint8_t rlp[GVM_TRIE_BRANCH_MAX];
        gvm_trie_ref_make(ref, gvm_bytes_make(rlp, gvm_trie_encode_branch(rlp, l->ref)));
        if (b->sink) {
            gvm_trie_branch done = {b->last_key.ptr, slot, l->depth, l->mask, l->leaves, l->ref};
            GVM_TRY(b->sink(b->ctx, &done));
        }
    }
    if (slot < l->depth) {
        uint8_t rlp[GVM_TRIE_EXTENSION_MAX];
        size_t n = gvm_trie_encode_extension(rlp, b->last_key.ptr, slot, l->depth, ref);
        gvm_trie_ref_make(ref, gvm_bytes_make(rlp, n));
    }
    return GVM_OK;
}

gvm_status gvm_trie_builder_add(gvm_trie_builder *b, gvm_bytes key, gvm_bytes value) {
    if (value.len == 0 || key.len > GVM_TRIE_KEY_MAX || key.len * 2 < b->base)
        return GVM_ERR_ARGUMENT;
    if (b->has_last) {
        if (gvm_bytes_compare(b->last_key, key) >= 0) return GVM_ERR_ARGUMENT;
        size_t limit = 2 * (b->last_key.len < key.len ? b->last_key.len : key.len);
        size_t part = gvm_nibbles_common(b->last_key.ptr, key.ptr, 0, limit);
        if (part < b->base) return GVM_ERR_ARGUMENT;
        if (b->open == 0 || b->levels[b->open - 1].depth < part) GVM_TRY(open_level(b, part));
        GVM_TRY(put_last_leaf(b));
        while (b->levels[b->open - 1].depth > part) {
            size_t above = b->open > 1 ? b->levels[b->open - 2].depth : 0;
            bool opens = b->open == 1 || above < part;
            if (opens) above = part;
            gvm_trie_ref ref;
            GVM_TRY(close_level(b, &ref, above + 1));
            if (opens) GVM_TRY(open_level(b, part));
            level *l = &b->levels[b->open - 1];
            unsigned n = gvm_nibble(b->last_key.ptr, above);
            l->mask |= (uint16_t)(1u << n);
            l->ref[n] = ref;
        }
    }
    b->has_last = true;
    b->last_key = key;
    b->last_value = value;
    return GVM_OK;
}

gvm_status gvm_trie_builder_finish(gvm_trie_builder *b, gvm_trie_ref *ref, bool *is_leaf) {
    ref->len = 0;
    *is_leaf = b->has_last && b->open == 0;
    if (*is_leaf) {
        GVM_TRY(leaf_ref(b, ref, b->base));
    } else if (b->has_last) {
        GVM_TRY(put_last_leaf(b));
        while (b->open > 1) {
            size_t above = b->levels[b->open - 2].depth;
            gvm_trie_ref done;
            GVM_TRY(close_level(b, &done, above + 1));
            level *l = &b->levels[b->open - 1];
            unsigned n = gvm_nibble(b->last_key.ptr, above);
            l->mask |= (uint16_t)(1u << n);
            l->ref[n] = done;
        }
        GVM_TRY(close_level(b, ref, b->base));
    }
    b->has_last = false;
    b->open = 0;
    return GVM_OK;
}

/* ---- whole tries */

gvm_status gvm_trie_root_sorted(gvm_hash *root, const gvm_trie_item *items, size_t count) {
    gvm_trie_builder b = {0};
    gvm_status status = GVM_OK;
    gvm_trie_ref ref;
    bool is_leaf;
    for (size_t i = 0; i < count; i++)
        GVM_TRY_GOTO(gvm_trie_builder_add(&b, items[i].key, items[i].value));
    GVM_TRY_GOTO(gvm_trie_builder_finish(&b, &ref, &is_leaf));
    gvm_trie_ref_root(root, &ref);
fail:
    free(b.levels);
    gvm_buf_free(&b.scratch);
    return status;
}

static int compare_items(const void *a, const void *b) {
    return gvm_bytes_compare(((const gvm_trie_item *)a)->key, ((const gvm_trie_item *)b)->key);
}

gvm_status gvm_trie_root_unsorted(gvm_hash *root, gvm_trie_item *items, size_t count) {
    if (count) qsort(items, count, sizeof *items, compare_items);
    return gvm_trie_root_sorted(root, items, count);
}

/* RLP of an index is one byte up to 127, but 0x80 for zero: so 1 to 127 come first, then 0, then
 * the rest in order. */
gvm_status gvm_trie_root_list(gvm_hash *root, const gvm_bytes *values, size_t count) {
    gvm_trie_builder b = {0};
    gvm_status status = GVM_OK;
    gvm_trie_ref ref;
    bool is_leaf;
    typedef struct {
        uint8_t b[9];
    } index_key;
    index_key *keys = count ? malloc(count * sizeof *keys) : NULL;
    if (count && !keys) return GVM_ERR_NOMEM;
    for (size_t n = 0; n < count; n++) {
        size_t ones = count - 1 < 127 ? count - 1 : 127;
        size_t i = n < ones ? n + 1 : n == ones ? 0 : n;
        uint8_t *k = keys[n].b;
        size_t len = 1;
        if (i > 0 && i < 128) {
            k[0] = (uint8_t)i;
        } else {
            for (size_t v = i; v; v >>= 8) len++;
            k[0] = (uint8_t)(0x80 + len - 1);
            for (size_t j = 1; j < len; j++) k[j] = (uint8_t)(i >> (8 * (len - 1 - j)));
        }
        GVM_TRY_GOTO(gvm_trie_builder_add(&b, gvm_bytes_make(k, len), values[i]));
    }
    GVM_TRY_GOTO(gvm_trie_builder_finish(&b, &ref, &is_leaf));
    gvm_trie_ref_root(root, &ref);
fail:
    free(keys);
    free(b.levels);
    gvm_buf_free(&b.scratch);
    return status;
}
