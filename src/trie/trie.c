/* A batch goes down the trie once and comes back up once. At every slot we know what hangs there
 * (nothing, a leaf, a branch) and which changes fall under it, and give back what hangs there then,
 * not yet hashed and not yet written:
 *
 *   nothing          the changes alone: the streaming builder makes the subtree (root.h)
 *   a leaf           likewise, with the leaf among them
 *   a branch         changes that leave the extension split it; the others go to the children, one
 * call each
 *
 * The slot above decides what becomes of that: among siblings it is hashed and its record written;
 * alone it moves up into the slot of its parent, which is then no branch any more. So nothing is
 * written twice, and a slot's record is removed exactly where a branch was and is none. Siblings
 * that changed are hashed side by side. */
#include "trie/trie.h"

#include "crypto/keccak.h"
#include "trie/record.h"
#include "trie/root.h"

enum kind { NOTHING, LEAF, BRANCH };

/* What hangs in a slot after the changes. */
typedef struct hanging {
    enum kind kind;
    const gvm_hash *key; /* leaf */
    gvm_bytes value;
    gvm_trie_kept *branch;
} hanging;

typedef struct batch {
    const gvm_trie_source *source;
    gvm_arena *arena;
    gvm_trie_edit **edits;
    gvm_trie_builder *builder;
    gvm_trie_kept *built; /* the builder's last branch, not yet written */
} batch;

typedef struct span {
    const gvm_trie_change *change;
    size_t count;
} span;

static gvm_status edit(batch *b, const gvm_trie_path *slot, const gvm_trie_kept *kept) {
    if (!b->edits) return GVM_OK;
    gvm_trie_edit *e = gvm_arena_alloc(b->arena, sizeof *e);
    if (!e) return GVM_ERR_NOMEM;
    e->slot = *slot;
    e->record = (gvm_bytes){0};
    if (kept) {
        uint8_t record[GVM_TRIE_RECORD_MAX];
        size_t n = gvm_trie_record_write(record, kept);
        GVM_TRY(gvm_arena_copy(b->arena, &e->record, gvm_bytes_make(record, n)));
    }
    e->next = *b->edits;
    *b->edits = e;
    return GVM_OK;
}

static gvm_status load_branch(batch *b, gvm_trie_kept **out, const gvm_trie_path *slot) {
    gvm_bytes record;
    gvm_status status = b->source->branch(b->source->ctx, &record, slot);
    if (status != GVM_OK) return status == GVM_ERR_NOT_FOUND ? GVM_ERR_CORRUPT : status;
    gvm_trie_kept *kept = gvm_arena_alloc(b->arena, sizeof *kept);
    if (!kept) return GVM_ERR_NOMEM;
    *out = kept;
    return gvm_trie_record_read(kept, record, slot);
}

static gvm_status load_leaf(batch *b, hanging *out, const gvm_trie_path *slot) {
    gvm_hash key;
    gvm_bytes value, copy;
    gvm_status status = b->source->leaf(b->source->ctx, &key, &value, slot);
    if (status != GVM_OK) return status == GVM_ERR_NOT_FOUND ? GVM_ERR_CORRUPT : status;
    if (gvm_nibbles_common(key.b, slot->nibble, 0, slot->len) != slot->len || value.len == 0)
        return GVM_ERR_CORRUPT;
    out->kind = LEAF;
    GVM_TRY(gvm_arena_copy(b->arena, &out->value, value));
    GVM_TRY(gvm_arena_copy(b->arena, &copy, gvm_bytes_make(key.b, 32)));
    out->key = (const gvm_hash *)copy.ptr;
    return GVM_OK;
}

/* ---- hashing what hangs in slots of length `slot` */

typedef struct hashing {
    const hanging *what;
    gvm_trie_ref *ref;
    gvm_bytes rlp;
} hashing;

static gvm_status encode_hanging(batch *b, gvm_bytes *rlp, const hanging *h, size_t slot) {
    if (h->kind == BRANCH) {
        uint8_t *p = gvm_arena_alloc(b->arena, GVM_TRIE_BRANCH_MAX);
        if (!p) return GVM_ERR_NOMEM;
        *rlp = gvm_bytes_make(p, gvm_trie_encode_branch(p, h->branch->ref));
        return GVM_OK;
    }
    size_t room = 9 + 1 + 33 + 9 + h->value.len;
    uint8_t *p = gvm_arena_alloc(b->arena, room);
    if (!p) return GVM_ERR_NOMEM;
    gvm_buf out = {.ptr = p, .cap = room};
    gvm_trie_encode_leaf(&out, gvm_bytes_make(h->key->b, 32), slot, h->value);
    GVM_ASSERT(out.ptr == p);
    *rlp = gvm_buf_bytes(&out);
    return GVM_OK;
}

/* Up to 16 siblings. */
static gvm_status hash_all(batch *b, hashing *jobs, size_t count, size_t slot) {
    gvm_bytes in[16];
    gvm_hash out[16];
    gvm_trie_ref *to[16];
    size_t n = 0;
    gvm_arena_mark mark = gvm_arena_here(b->arena);
    for (size_t i = 0; i < count; i++) {
        GVM_TRY(encode_hanging(b, &jobs[i].rlp, jobs[i].what, slot));
        if (jobs[i].rlp.len < 32) {
            gvm_trie_ref_make(jobs[i].ref, jobs[i].rlp);
            continue;
        }
        in[n] = jobs[i].rlp;
        to[n++] = jobs[i].ref;
    }
    gvm_keccak256_many(out, in, n);
    for (size_t i = 0; i < n; i++) {
        to[i]->len = 32;
        memcpy(to[i]->b, out[i].b, 32);
    }
    for (size_t i = 0; i < count; i++) {
        const gvm_trie_kept *k = jobs[i].what->branch;
        if (jobs[i].what->kind != BRANCH || k->slot == k->at.len) continue;
        uint8_t rlp[GVM_TRIE_EXTENSION_MAX];
        size_t len = gvm_trie_encode_extension(rlp, k->at.nibble, k->slot, k->at.len, jobs[i].ref);
        gvm_trie_ref_make(jobs[i].ref, gvm_bytes_make(rlp, len));
    }
    gvm_arena_rewind(b->arena, mark);
    return GVM_OK;
}

/* ---- subtrees of new entries only */

static gvm_status flush_built(batch *b) {
    if (!b->built) return GVM_OK;
    gvm_trie_path slot = gvm_trie_path_of(b->built->at.nibble, b->built->slot);
    return edit(b, &slot, b->built);
}

/* The builder finishes children before parents: the last branch is the top, which is not ours to
 * write. */
static gvm_status take_built(void *ctx, const gvm_trie_branch *branch) {
    batch *b = ctx;
    GVM_TRY(flush_built(b));
    if (!b->built && !(b->built = gvm_arena_alloc(b->arena, sizeof *b->built)))
        return GVM_ERR_NOMEM;
    b->built->at = gvm_trie_path_of(branch->key, branch->depth);
    b->built->slot = (uint8_t)branch->slot;
    b->built->mask = branch->mask;
    b->built->leaves = branch->leaves;
    memcpy(b->built->ref, branch->ref, sizeof b->built->ref);
    return GVM_OK;
}

static gvm_status build(batch *b, hanging *out, span s, const hanging *leaf, size_t slot) {
    size_t entries = leaf ? 1 : 0;
    const gvm_trie_change *only = NULL;
    out->kind = NOTHING;
    for (size_t i = 0; i < s.count; i++) {
        if (s.change[i].value.len == 0) continue;
        only = &s.change[i];
        if (++entries > 1) break;
    }
    if (entries == 0) return GVM_OK;
    if (entries == 1) {
        out->kind = LEAF;
        out->key = leaf ? leaf->key : &only->key;
        out->value = leaf ? leaf->value : only->value;
        return GVM_OK;
    }
    if (!b->builder) GVM_TRY(gvm_trie_builder_new(&b->builder, take_built, b));
    gvm_trie_builder_reset(b->builder, slot);
    b->built = NULL;
    for (size_t i = 0; i < s.count; i++) {
        const gvm_trie_change *c = &s.change[i];
        if (leaf && memcmp(leaf->key->b, c->key.b, 32) < 0) {
            GVM_TRY(
                gvm_trie_builder_add(b->builder, gvm_bytes_make(leaf->key->b, 32), leaf->value));
            leaf = NULL;
        }
        if (c->value.len)
            GVM_TRY(gvm_trie_builder_add(b->builder, gvm_bytes_make(c->key.b, 32), c->value));
    }
    if (leaf)
        GVM_TRY(gvm_trie_builder_add(b->builder, gvm_bytes_make(leaf->key->b, 32), leaf->value));
    gvm_trie_ref ref;
    bool is_leaf;
    GVM_TRY(gvm_trie_builder_finish(b->builder, &ref, &is_leaf));
    out->kind = BRANCH;
    out->branch = b->built;
    return GVM_OK;
}

/* ---- the way down and up */

static gvm_status update_slot(batch *b, hanging *out, enum kind was, gvm_trie_kept *branch,
                              const gvm_trie_path *slot, span s);

/* The changes whose nibble at `depth` is n, taken off the front of *rest. */
static span take_nibble(span *rest, size_t depth, unsigned n) {
    span s = {rest->change, 0};
    while (s.count < rest->count && gvm_nibble(rest->change[s.count].key.b, depth) == n) s.count++;
    rest->change += s.count;
    rest->count -= s.count;
    return s;
}

/* A branch is down to one child, which takes its place in the slot. */
static gvm_status move_up(batch *b, hanging *out, const gvm_trie_kept *branch, unsigned n,
                          const hanging *changed) {
    gvm_trie_path from = branch->at;
    gvm_trie_path_push(&from, n);
    bool was_leaf = branch->leaves >> n & 1, was_there = branch->mask >> n & 1;
    if (changed) {
        *out = *changed;
    } else if (was_leaf) {
        GVM_TRY(load_leaf(b, out, &from));
    } else {
        out->kind = BRANCH;
        GVM_TRY(load_branch(b, &out->branch, &from));
    }
    if (was_there && !was_leaf) GVM_TRY(edit(b, &from, NULL));
    if (out->kind == BRANCH) out->branch->slot = branch->slot;
    return GVM_OK;
}

/* Puts the children that changed (bits of `touched`, in order) into the branch. */
static gvm_status settle(batch *b, hanging *out, gvm_trie_kept *branch, uint16_t touched,
                         const hanging *changed) {
    uint16_t mask = branch->mask;
    const hanging *last = NULL;
    for (unsigned n = 0, i = 0; n < 16; n++) {
        if (!(touched >> n & 1)) continue;
        const hanging *h = &changed[i++];
        mask = (uint16_t)(h->kind == NOTHING ? mask & ~(1u << n) : mask | 1u << n);
        if (h->kind != NOTHING) last = h;
    }
    if (mask == 0 || (mask & (mask - 1)) == 0) {
        unsigned only = mask ? (unsigned)__builtin_ctz(mask) : 16;
        for (unsigned n = 0; n < 16; n++) {
            bool had_record = (branch->mask & ~branch->leaves) >> n & 1;
            if (n == only || !had_record) continue;
            gvm_trie_path gone = branch->at;
            gvm_trie_path_push(&gone, n);
            GVM_TRY(edit(b, &gone, NULL));
        }
        out->kind = NOTHING;
        if (!mask) return GVM_OK;
        return move_up(b, out, branch, only, touched >> only & 1 ? last : NULL);
    }
    hashing jobs[16];
    size_t count = 0;
    for (unsigned n = 0, i = 0; n < 16; n++) {
        if (!(touched >> n & 1)) continue;
        const hanging *h = &changed[i++];
        bool had_record = (branch->mask & ~branch->leaves) >> n & 1;
        if (h->kind == BRANCH || had_record) {
            gvm_trie_path at = branch->at;
            gvm_trie_path_push(&at, n);
            GVM_TRY(edit(b, &at, h->kind == BRANCH ? h->branch : NULL));
        }
        branch->ref[n].len = 0;
        branch->leaves =
            (uint16_t)(h->kind == LEAF ? branch->leaves | 1u << n : branch->leaves & ~(1u << n));
        if (h->kind != NOTHING) jobs[count++] = (hashing){h, &branch->ref[n], {0}};
    }
    branch->mask = mask;
    GVM_TRY(hash_all(b, jobs, count, branch->at.len + 1u));
    out->kind = BRANCH;
    out->branch = branch;
    return GVM_OK;
}

/* All changes are under the branch itself. */
static gvm_status update_children(batch *b, hanging *out, gvm_trie_kept *branch, span s) {
    uint16_t touched = 0;
    unsigned count = 0;
    size_t depth = branch->at.len;
    for (size_t i = 0; i < s.count; i++)
        touched |= (uint16_t)(1u << gvm_nibble(s.change[i].key.b, depth));
    hanging *changed =
        gvm_arena_alloc(b->arena, (size_t)__builtin_popcount(touched) * sizeof *changed);
    if (!changed) return GVM_ERR_NOMEM;
    for (unsigned n = 0; n < 16; n++) {
        if (!(touched >> n & 1)) continue;
        span mine = take_nibble(&s, depth, n);
        gvm_trie_path slot = branch->at;
        gvm_trie_path_push(&slot, n);
        enum kind was = !(branch->mask >> n & 1)  ? NOTHING
                        : branch->leaves >> n & 1 ? LEAF
                                                  : BRANCH;
        GVM_TRY(update_slot(b, &changed[count++], was, NULL, &slot, mine));
    }
    return settle(b, out, branch, touched, changed);
}

/* New entries leave the extension at nibble `part`: a branch is put in there, with the old one as a
 * child. */
static gvm_status split(batch *b, hanging *out, gvm_trie_kept *old, span s, size_t part) {
    gvm_trie_kept *fresh = gvm_arena_zalloc(b->arena, sizeof *fresh);
    if (!fresh) return GVM_ERR_NOMEM;
    fresh->at = gvm_trie_path_of(old->at.nibble, part);
    fresh->slot = old->slot;
    unsigned way = gvm_nibble(old->at.nibble, part);
    uint16_t touched = (uint16_t)(1u << way);
    for (size_t i = 0; i < s.count; i++)
        touched |= (uint16_t)(1u << gvm_nibble(s.change[i].key.b, part));
    hanging *changed =
        gvm_arena_alloc(b->arena, (size_t)__builtin_popcount(touched) * sizeof *changed);
    if (!changed) return GVM_ERR_NOMEM;
    unsigned count = 0;
    for (unsigned n = 0; n < 16; n++) {
        if (!(touched >> n & 1)) continue;
        span mine = take_nibble(&s, part, n);
        gvm_trie_path slot = fresh->at;
        gvm_trie_path_push(&slot, n);
        if (n == way) old->slot = (uint8_t)(part + 1);
        GVM_TRY(update_slot(b, &changed[count++], n == way ? BRANCH : NOTHING,
                            n == way ? old : NULL, &slot, mine));
    }
    return settle(b, out, fresh, touched, changed);
}

static gvm_status update_branch(batch *b, hanging *out, gvm_trie_kept *branch, span s) {
    size_t slot = branch->slot, depth = branch->at.len, part = depth;
    /* Changes under the branch stand together. Of the others, removals remove nothing. */
    size_t first = 0, last = 0;
    bool any = false;
    for (size_t i = 0; i < s.count; i++) {
        size_t common = gvm_nibbles_common(s.change[i].key.b, branch->at.nibble, slot, depth);
        if (common == depth) {
            if (!any) first = i;
            any = true;
            last = i + 1;
        } else if (s.change[i].value.len && common < part) {
            part = common;
        }
    }
    if (part < depth) {
        /* Only those that share the way to the split; removals elsewhere go. */
        span kept = {s.change, 0};
        for (size_t i = 0; i < s.count; i++) {
            if (gvm_nibbles_common(s.change[i].key.b, branch->at.nibble, slot, part) != part)
                continue;
            if (kept.count++ == 0) kept.change = &s.change[i];
        }
        return split(b, out, branch, kept, part);
    }
    if (!any) {
        out->kind = BRANCH;
        out->branch = branch;
        return GVM_OK;
    }
    return update_children(b, out, branch, (span){s.change + first, last - first});
}

/* `branch` is what hangs there where it is in memory already. Depth of the recursion: `slot` grows
 * with each call. */
static gvm_status update_slot(batch *b, hanging *out, enum kind was, gvm_trie_kept *branch,
                              const gvm_trie_path *slot, span s) {
    if (was == NOTHING) return build(b, out, s, NULL, slot->len);
    if (was == LEAF) {
        hanging leaf;
        bool replaced = false;
        for (size_t i = 0; i < s.count; i++) replaced |= s.change[i].there;
        if (!replaced) GVM_TRY(load_leaf(b, &leaf, slot));
        for (size_t i = 0; i < s.count && !replaced; i++)
            replaced = gvm_hash_equal(&s.change[i].key, leaf.key);
        return build(b, out, s, replaced ? NULL : &leaf, slot->len);
    }
    if (!branch) GVM_TRY(load_branch(b, &branch, slot));
    return update_branch(b, out, branch, s);
}

gvm_status gvm_trie_update(gvm_hash *root, gvm_trie_edit **edits, gvm_arena *arena,
                           const gvm_trie_source *source, const gvm_hash *old_root,
                           const gvm_trie_change *changes, size_t count) {
    for (size_t i = 1; i < count; i++)
        if (memcmp(changes[i - 1].key.b, changes[i].key.b, 32) >= 0) return GVM_ERR_ARGUMENT;
    if (edits) *edits = NULL;
    batch b = {.source = source, .arena = arena, .edits = edits};
    gvm_trie_path top = {.len = 0};
    gvm_trie_kept *branch = NULL;
    hanging now;
    enum kind was = NOTHING;
    gvm_status status = GVM_OK;
    if (!gvm_hash_equal(old_root, &gvm_trie_empty_root)) {
        gvm_bytes record;
        status = source->branch(source->ctx, &record, &top);
        was = status == GVM_OK ? BRANCH : LEAF;
        if (status == GVM_ERR_NOT_FOUND) status = GVM_OK;
    }
    if (status == GVM_OK && count == 0) {
        *root = *old_root;
        return GVM_OK;
    }
    if (status == GVM_OK) status = update_slot(&b, &now, was, branch, &top, (span){changes, count});
    if (status == GVM_OK && (now.kind == BRANCH || was == BRANCH))
        status = edit(&b, &top, now.kind == BRANCH ? now.branch : NULL);
    if (status == GVM_OK) {
        gvm_trie_ref ref = {.len = 0};
        hashing job = {&now, &ref, {0}};
        if (now.kind != NOTHING) status = hash_all(&b, &job, 1, 0);
        gvm_trie_ref_root(root, &ref);
    }
    gvm_trie_builder_delete(b.builder);
    return status;
}

/* ---- proofs */

/* A node stands on its own in a proof where its parent has its hash, and at the root. */
static gvm_status prove_add(gvm_trie_nodes *nodes, gvm_bytes rlp, bool is_root) {
    return rlp.len >= 32 || is_root ? gvm_trie_nodes_add(nodes, rlp) : GVM_OK;
}

static gvm_status prove_leaf(gvm_trie_nodes *nodes, const gvm_trie_source *source,
                             const gvm_trie_path *slot) {
    gvm_hash found;
    gvm_bytes value;
    gvm_status status = source->leaf(source->ctx, &found, &value, slot);
    if (status != GVM_OK) return status == GVM_ERR_NOT_FOUND ? GVM_ERR_CORRUPT : status;
    gvm_buf rlp = {0};
    gvm_trie_encode_leaf(&rlp, gvm_bytes_make(found.b, 32), slot->len, value);
    status = gvm_buf_status(&rlp);
    if (status == GVM_OK) status = prove_add(nodes, gvm_buf_bytes(&rlp), slot->len == 0);
    gvm_buf_free(&rlp);
    return status;
}

gvm_status gvm_trie_prove(gvm_trie_nodes *nodes, const gvm_trie_source *source,
                          const gvm_hash *root, const gvm_hash *key) {
    if (gvm_hash_equal(root, &gvm_trie_empty_root)) return GVM_OK;
    gvm_trie_path slot = {.len = 0};
    for (;;) {
        gvm_bytes record;
        gvm_status status = source->branch(source->ctx, &record, &slot);
        if (status == GVM_ERR_NOT_FOUND && slot.len == 0) return prove_leaf(nodes, source, &slot);
        if (status != GVM_OK) return status == GVM_ERR_NOT_FOUND ? GVM_ERR_CORRUPT : status;
        gvm_trie_kept kept;
        GVM_TRY(gvm_trie_record_read(&kept, record, &slot));
        uint8_t branch[GVM_TRIE_BRANCH_MAX], ext[GVM_TRIE_EXTENSION_MAX];
        size_t depth = kept.at.len, n = gvm_trie_encode_branch(branch, kept.ref);
        bool is_root = slot.len == 0;
        if (depth > slot.len) {
            gvm_trie_ref ref;
            gvm_trie_ref_make(&ref, gvm_bytes_make(branch, n));
            size_t len = gvm_trie_encode_extension(ext, kept.at.nibble, slot.len, depth, &ref);
            GVM_TRY(prove_add(nodes, gvm_bytes_make(ext, len), is_root));
            is_root = false;
            if (gvm_nibbles_common(key->b, kept.at.nibble, slot.len, depth) < depth) return GVM_OK;
        }
        GVM_TRY(prove_add(nodes, gvm_bytes_make(branch, n), is_root));
        unsigned way = gvm_nibble(key->b, depth);
        if (!(kept.mask >> way & 1)) return GVM_OK;
        slot = kept.at;
        gvm_trie_path_push(&slot, way);
        if (kept.leaves >> way & 1) return prove_leaf(nodes, source, &slot);
    }
}

gvm_status gvm_trie_source_root(gvm_hash *root, const gvm_trie_source *source) {
    gvm_trie_path top = {.len = 0};
    gvm_trie_nodes nodes = {0};
    gvm_bytes record;
    gvm_hash any = {{1}};
    gvm_status status = source->branch(source->ctx, &record, &top);
    if (status == GVM_ERR_NOT_FOUND) {
        gvm_hash key;
        status = source->leaf(source->ctx, &key, &record, &top);
        if (status == GVM_ERR_NOT_FOUND) {
            *root = gvm_trie_empty_root;
            return GVM_OK;
        }
    }
    if (status == GVM_OK) status = gvm_trie_prove(&nodes, source, &any, &any);
    if (status == GVM_OK && nodes.count == 0) status = GVM_ERR_CORRUPT;
    if (status == GVM_OK) gvm_keccak256(root, gvm_trie_nodes_get(&nodes, 0));
    gvm_trie_nodes_free(&nodes);
    return status;
}
