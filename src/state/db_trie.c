/* The trie's records in the store, and the trie's view of the store.
 *
 * A block changes one or two children of a branch near the root, whose record has sixteen: written
 * whole each time, history would be mostly copies. So a version may be a difference from the one
 * before it:
 *
 *   newest   difference   children 3                read: children from the newest version that has
 * them, difference   children 3, a             back to the whole one oldest   whole        children
 * 0 ... f
 *
 * Versions of a key stand side by side in the table, so this costs a few steps of the cursor. A
 * chain has at most CHAIN_MAX differences. Pruning makes the oldest version that it keeps whole
 * before it removes what that was based on.
 *
 * Difference: u8 0x40, u16 children, u16 leaves, u16 which references follow (little-endian), 32
 * bytes each. A whole record (trie/record.h) never has that bit. Records with references inside
 * them (not hashes) are always whole. */
#include "state/db_internal.h"

enum { CHAIN_MAX = 15, IS_DIFFERENCE = 0x40, HAS_LENGTHS = 0x80, DIFFERENCE_HEAD = 7 };

/* A record's parts: what stands before the references, and where each reference is. */
typedef struct parts {
    size_t head; /* length of all before the references */
    uint16_t mask, leaves;
    const uint8_t *ref[16];
} parts;

static uint16_t u16_at(const uint8_t *p) {
    return (uint16_t)(p[0] | p[1] << 8);
}

static uint8_t *put_u16(uint8_t *p, uint16_t v) {
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
    return p + 2;
}

static bool split_whole(parts *out, gvm_bytes record) {
    if (record.len < 5 || record.ptr[0] & (IS_DIFFERENCE | HAS_LENGTHS)) return false;
    out->head = 1 + (record.ptr[0] + 1u) / 2 + 4;
    if (record.len < out->head) return false;
    out->mask = u16_at(record.ptr + out->head - 4);
    out->leaves = u16_at(record.ptr + out->head - 2);
    if (record.len != out->head + 32u * (unsigned)__builtin_popcount(out->mask)) return false;
    const uint8_t *p = record.ptr + out->head;
    for (unsigned i = 0; i < 16; i++) {
        out->ref[i] = out->mask >> i & 1 ? p : NULL;
        if (out->ref[i]) p += 32;
    }
    return true;
}

static bool is_difference(gvm_bytes record) {
    return record.len && record.ptr[0] & IS_DIFFERENCE;
}

gvm_status statedb_branch_resolve(uint8_t out[BRANCH_RECORD_MAX], gvm_bytes *record,
                                  unsigned *chain, gvm_store_cursor *cursor, gvm_bytes key) {
    const uint8_t *ref[16] = {NULL};
    uint16_t mask = 0, leaves = 0;
    gvm_bytes version = *record;
    for (*chain = 0; is_difference(version); ++*chain) {
        if (version.len < DIFFERENCE_HEAD || *chain == CHAIN_MAX) return GVM_ERR_CORRUPT;
        uint16_t here = u16_at(version.ptr + 5);
        if (version.len != DIFFERENCE_HEAD + 32u * (unsigned)__builtin_popcount(here))
            return GVM_ERR_CORRUPT;
        if (*chain == 0) {
            mask = u16_at(version.ptr + 1);
            leaves = u16_at(version.ptr + 3);
        }
        const uint8_t *p = version.ptr + DIFFERENCE_HEAD;
        for (unsigned i = 0; i < 16; i++) {
            if (!(here >> i & 1)) continue;
            if (!ref[i]) ref[i] = p;
            p += 32;
        }
        gvm_status status = gvm_versioned_older(cursor, &version, key);
        if (status != GVM_OK) return status == GVM_ERR_NOT_FOUND ? GVM_ERR_CORRUPT : status;
    }
    if (*chain == 0) return GVM_OK;
    parts whole;
    if (!split_whole(&whole, version)) return GVM_ERR_CORRUPT;
    uint8_t *p = out;
    memcpy(p, version.ptr, whole.head - 4);
    p = put_u16(put_u16(p + whole.head - 4, mask), leaves);
    for (unsigned i = 0; i < 16; i++) {
        if (!(mask >> i & 1)) continue;
        const uint8_t *from = ref[i] ? ref[i] : whole.ref[i];
        if (!from) return GVM_ERR_CORRUPT;
        memcpy(p, from, 32);
        p += 32;
    }
    *record = gvm_bytes_make(out, (size_t)(p - out));
    return GVM_OK;
}

/* The difference between two whole records; 0 where it is not to be had or not worth while. */
static size_t make_difference(uint8_t out[BRANCH_RECORD_MAX], gvm_bytes now, gvm_bytes before) {
    parts a, b;
    if (!split_whole(&a, now) || !split_whole(&b, before) || a.head != b.head ||
        memcmp(now.ptr, before.ptr, a.head - 4) != 0)
        return 0;
    uint16_t changed = 0;
    for (unsigned i = 0; i < 16; i++)
        if (a.ref[i] && (!b.ref[i] || memcmp(a.ref[i], b.ref[i], 32) != 0))
            changed |= (uint16_t)(1u << i);
    size_t len = DIFFERENCE_HEAD + 32u * (unsigned)__builtin_popcount(changed);
    if (len * 2 > now.len) return 0;
    uint8_t *p = out;
    *p++ = IS_DIFFERENCE;
    p = put_u16(put_u16(put_u16(p, a.mask), a.leaves), changed);
    for (unsigned i = 0; i < 16; i++) {
        if (!(changed >> i & 1)) continue;
        memcpy(p, a.ref[i], 32);
        p += 32;
    }
    return len;
}

gvm_status statedb_branch_put(gvm_store_txn *txn, gvm_store_cursor *cursor, gvm_bytes key,
                              uint64_t block, gvm_bytes record) {
    uint8_t before[BRANCH_RECORD_MAX], difference[BRANCH_RECORD_MAX];
    gvm_bytes old;
    unsigned chain;
    if (record.len && block > 0) {
        gvm_status status = gvm_versioned_get(cursor, &old, key, block - 1);
        if (status == GVM_OK) {
            GVM_TRY(statedb_branch_resolve(before, &old, &chain, cursor, key));
            size_t len = chain < CHAIN_MAX ? make_difference(difference, record, old) : 0;
            if (len) record = gvm_bytes_make(difference, len);
        } else if (status != GVM_ERR_NOT_FOUND) {
            return status;
        }
    }
    return gvm_versioned_put(txn, GVM_TABLE_STATE_TRIE, key, block, record, false);
}

gvm_status statedb_branch_make_whole(gvm_store_txn *txn, gvm_store_cursor *cursor, gvm_bytes key,
                                     uint64_t block) {
    uint8_t whole[BRANCH_RECORD_MAX];
    gvm_bytes record;
    unsigned chain;
    gvm_status status = gvm_versioned_get(cursor, &record, key, block);
    if (status != GVM_OK) return status == GVM_ERR_NOT_FOUND ? GVM_OK : status;
    GVM_TRY(statedb_branch_resolve(whole, &record, &chain, cursor, key));
    if (chain == 0) return GVM_OK;
    return gvm_versioned_put(txn, GVM_TABLE_STATE_TRIE, key, block, record, false);
}

/* ---- the trie's source */

static gvm_status source_branch(void *ctx, gvm_bytes *record, const gvm_trie_path *slot) {
    const trie_at *at = ctx;
    uint8_t key[TRIE_KEY_MAX];
    return statedb_view_get(at->view, record, CURSOR_TRIE, statedb_trie_key(key, at->id, slot));
}

/* The flat record has all that the leaf holds. */
static gvm_status source_leaf(void *ctx, gvm_hash *key, gvm_bytes *value,
                              const gvm_trie_path *prefix) {
    const trie_at *at = ctx;
    uint8_t from[SLOT_KEY], leaf[ACCOUNT_LEAF_MAX];
    gvm_bytes found, record;
    size_t head = at->id ? 8 : 0, n;
    gvm_store_be64(from, at->id);
    memcpy(from + head, prefix->nibble, (prefix->len + 1u) / 2);
    GVM_TRY(statedb_view_next(at->view, &found, &record, at->id ? CURSOR_STORAGE : CURSOR_ACCOUNT,
                              gvm_bytes_make(from, head + (prefix->len + 1u) / 2),
                              gvm_bytes_make(from, head + prefix->len / 2u)));
    if (found.len != head + 32) return GVM_ERR_CORRUPT;
    memcpy(key->b, found.ptr + head, 32);
    if (at->id) {
        gvm_u256 slot, word;
        GVM_TRY(statedb_slot_read(&slot, &word, record));
        n = statedb_slot_leaf(leaf, &word);
    } else {
        stored_account a;
        GVM_TRY(statedb_account_read(&a, record));
        n = statedb_account_leaf(leaf, &a.account);
    }
    gvm_buf_clear(&at->view->leaf);
    gvm_buf_append(&at->view->leaf, leaf, n);
    *value = gvm_buf_bytes(&at->view->leaf);
    return gvm_buf_status(&at->view->leaf);
}

gvm_trie_source statedb_source(trie_at *at) {
    return (gvm_trie_source){at, source_branch, source_leaf};
}
