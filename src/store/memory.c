/* The store in memory: one B+tree per table, copy-on-write with reference counts.
 *
 *   roots of a commit:  [table 0] [table 1] ...          a snapshot is a reference to each root; a
 * writer copies the |                             nodes on its way down, once per transaction
 * (`owner` tells inner: kid kid kid                    its own), and shares the rest. What nobody
 * refers to any more /    |    \                     frees itself. So readers see their commit for
 * as long as they leaf: item item item                  like and never wait, as with LMDB.
 *
 * Items (key and value in one allocation) never change once made. Inner nodes hold a lower bound
 * for each kid but the first. Nodes are split on the way down when full and removed when empty;
 * half-empty ones are left as they are. */
#include "store/backend.h"

#include <stdlib.h>

enum { FANOUT = 32, DEPTH_MAX = 24 };

typedef struct item {
    _Atomic uint32_t refs;
    uint32_t klen;
    size_t vlen;
    uint8_t bytes[];
} item;

typedef struct node {
    _Atomic uint32_t refs;
    uint16_t count;
    bool leaf;
    uint64_t owner;    /* write transaction that may change it in place */
    item *low[FANOUT]; /* leaf: the items; inner: lower bound of kid i (NULL at 0) */
    struct node *kid[];
} node;

typedef struct memory_store {
    gvm_store base;
    pthread_mutex_t commit_lock; /* guards root, commits, bytes */
    pthread_mutex_t write_lock;  /* held by the write transaction */
    node *root[GVM_TABLE_COUNT];
    uint64_t next_owner, commits, bytes;
} memory_store;

typedef struct memory_txn {
    gvm_store_txn base;
    uint64_t owner;
    int64_t grown; /* bytes more than at the start */
    node *root[GVM_TABLE_COUNT];
} memory_txn;

typedef struct memory_cursor {
    gvm_store_cursor base;
    int depth; /* path[depth - 1] is the leaf */
    struct {
        node *at;
        unsigned index;
    } path[DEPTH_MAX];
} memory_cursor;

/* ---- items and nodes */

static gvm_bytes item_key(const item *i) {
    return gvm_bytes_make(i->bytes, i->klen);
}

static gvm_bytes item_value(const item *i) {
    return gvm_bytes_make(i->bytes + i->klen, i->vlen);
}

static item *item_new(gvm_bytes key, gvm_bytes value) {
    item *i = malloc(sizeof *i + key.len + value.len);
    if (!i) return NULL;
    atomic_init(&i->refs, 1);
    i->klen = (uint32_t)key.len;
    i->vlen = value.len;
    memcpy(i->bytes, key.ptr, key.len);
    if (value.len) memcpy(i->bytes + key.len, value.ptr, value.len);
    return i;
}

static void item_release(item *i) {
    if (i && atomic_fetch_sub(&i->refs, 1) == 1) free(i);
}

static node *node_new(bool leaf, uint64_t owner) {
    node *n = calloc(1, sizeof *n + (leaf ? 0 : FANOUT * sizeof(node *)));
    if (!n) return NULL;
    atomic_init(&n->refs, 1);
    n->leaf = leaf;
    n->owner = owner;
    return n;
}

static void node_retain(node *n) {
    if (n) atomic_fetch_add(&n->refs, 1);
}

/* As deep as the tree at most. */
static void node_release(node *n) {
    if (!n || atomic_fetch_sub(&n->refs, 1) != 1) return;
    for (unsigned i = 0; i < n->count; i++) {
        item_release(n->low[i]);
        if (!n->leaf) node_release(n->kid[i]);
    }
    free(n);
}

/* Makes *slot a node that `owner` may change. False: out of memory. */
static bool node_own(node **slot, uint64_t owner) {
    node *old = *slot;
    if (old->owner == owner) return true;
    node *n = node_new(old->leaf, owner);
    if (!n) return false;
    n->count = old->count;
    for (unsigned i = 0; i < old->count; i++) {
        n->low[i] = old->low[i];
        if (n->low[i]) atomic_fetch_add(&n->low[i]->refs, 1);
        if (!n->leaf) node_retain(n->kid[i] = old->kid[i]);
    }
    node_release(old);
    *slot = n;
    return true;
}

/* Index of the first item >= key in a leaf; `count` where none is. */
static unsigned leaf_find(const node *n, gvm_bytes key) {
    unsigned lo = 0, hi = n->count;
    while (lo < hi) {
        unsigned mid = (lo + hi) / 2;
        if (gvm_bytes_compare(item_key(n->low[mid]), key) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* Index of the kid that would hold the key. */
static unsigned inner_find(const node *n, gvm_bytes key) {
    unsigned lo = 1, hi = n->count;
    while (lo < hi) {
        unsigned mid = (lo + hi) / 2;
        if (gvm_bytes_compare(item_key(n->low[mid]), key) <= 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo - 1;
}

static void slots_insert(node *n, unsigned at, item *low, node *kid) {
    memmove(&n->low[at + 1], &n->low[at], (n->count - at) * sizeof n->low[0]);
    n->low[at] = low;
    if (!n->leaf) {
        memmove(&n->kid[at + 1], &n->kid[at], (n->count - at) * sizeof n->kid[0]);
        n->kid[at] = kid;
    }
    n->count++;
}

static void slots_remove(node *n, unsigned at) {
    n->count--;
    memmove(&n->low[at], &n->low[at + 1], (n->count - at) * sizeof n->low[0]);
    if (!n->leaf) memmove(&n->kid[at], &n->kid[at + 1], (n->count - at) * sizeof n->kid[0]);
}

/* Splits the full kid `at` of `parent` (both owned), near its end where the key goes to the end. */
static bool split(node *parent, unsigned at, gvm_bytes key) {
    node *left = parent->kid[at];
    unsigned keep = FANOUT / 2;
    if (gvm_bytes_compare(item_key(left->low[FANOUT - 1]), key) < 0) keep = FANOUT - 2;
    item *bound = item_new(item_key(left->low[keep]), (gvm_bytes){0});
    node *right = node_new(left->leaf, left->owner);
    if (!bound || !right) {
        free(bound);
        free(right);
        return false;
    }
    right->count = (uint16_t)(FANOUT - keep);
    left->count = (uint16_t)keep;
    memcpy(right->low, &left->low[keep], right->count * sizeof right->low[0]);
    if (!left->leaf) {
        memcpy(right->kid, &left->kid[keep], right->count * sizeof right->kid[0]);
        item_release(right->low[0]);
        right->low[0] = NULL;
    }
    slots_insert(parent, at + 1, bound, right);
    return true;
}

static item *lookup(const node *n, gvm_bytes key) {
    if (!n) return NULL;
    while (!n->leaf) n = n->kid[inner_find(n, key)];
    unsigned at = leaf_find(n, key);
    if (at == n->count || !gvm_bytes_equal(item_key(n->low[at]), key)) return NULL;
    return n->low[at];
}

/* ---- the backend */

static void store_close(gvm_store *store) {
    memory_store *m = (memory_store *)store;
    for (int t = 0; t < GVM_TABLE_COUNT; t++) node_release(m->root[t]);
    gvm_store_free_base(store);
    pthread_mutex_destroy(&m->commit_lock);
    pthread_mutex_destroy(&m->write_lock);
    free(m);
}

static gvm_status store_sync(gvm_store *store, gvm_error *err) {
    (void)store;
    (void)err;
    return GVM_OK;
}

static void store_stats(gvm_store *store, gvm_store_stats *stats) {
    memory_store *m = (memory_store *)store;
    pthread_mutex_lock(&m->commit_lock);
    stats->file_bytes = stats->used_bytes = m->bytes;
    stats->commits = m->commits;
    pthread_mutex_unlock(&m->commit_lock);
}

static void snapshot_drop(memory_txn *txn) {
    for (int t = 0; t < GVM_TABLE_COUNT; t++) {
        node_release(txn->root[t]);
        txn->root[t] = NULL;
    }
}

static void snapshot_take(memory_txn *txn, memory_store *m) {
    pthread_mutex_lock(&m->commit_lock);
    for (int t = 0; t < GVM_TABLE_COUNT; t++) node_retain(txn->root[t] = m->root[t]);
    pthread_mutex_unlock(&m->commit_lock);
}

static gvm_status read_begin(gvm_store_txn **out, gvm_store *store) {
    memory_txn *txn = calloc(1, sizeof *txn);
    if (!txn) return GVM_ERR_NOMEM;
    snapshot_take(txn, (memory_store *)store);
    *out = &txn->base;
    return GVM_OK;
}

static gvm_status read_renew(gvm_store_txn *base) {
    memory_txn *txn = (memory_txn *)base;
    snapshot_drop(txn);
    snapshot_take(txn, (memory_store *)base->store);
    return GVM_OK;
}

static void read_end(gvm_store_txn *base) {
    snapshot_drop((memory_txn *)base);
    free(base);
}

/* The owner may hold pointers into the snapshot, so it stays until the owner ends or renews. */
static void read_expire(gvm_store_txn *base) {
    (void)base;
}

static gvm_status write_begin(gvm_store_txn **out, gvm_store *store) {
    memory_store *m = (memory_store *)store;
    memory_txn *txn = calloc(1, sizeof *txn);
    if (!txn) return GVM_ERR_NOMEM;
    pthread_mutex_lock(&m->write_lock);
    txn->owner = ++m->next_owner;
    snapshot_take(txn, m);
    *out = &txn->base;
    return GVM_OK;
}

static gvm_status write_commit(gvm_store_txn *base, gvm_error *err) {
    (void)err;
    memory_store *m = (memory_store *)base->store;
    memory_txn *txn = (memory_txn *)base;
    node *old[GVM_TABLE_COUNT];
    pthread_mutex_lock(&m->commit_lock);
    memcpy(old, m->root, sizeof old);
    memcpy(m->root, txn->root, sizeof old);
    m->commits++;
    m->bytes += (uint64_t)txn->grown;
    pthread_mutex_unlock(&m->commit_lock);
    for (int t = 0; t < GVM_TABLE_COUNT; t++) node_release(old[t]);
    pthread_mutex_unlock(&m->write_lock);
    free(txn);
    return GVM_OK;
}

static void write_abort(gvm_store_txn *base) {
    memory_store *m = (memory_store *)base->store;
    snapshot_drop((memory_txn *)base);
    pthread_mutex_unlock(&m->write_lock);
    free(base);
}

static gvm_status get(gvm_store_txn *base, gvm_bytes *value, gvm_table table, gvm_bytes key) {
    const item *i = lookup(((memory_txn *)base)->root[table], key);
    if (!i) return GVM_ERR_NOT_FOUND;
    *value = item_value(i);
    return GVM_OK;
}

/* Owns the way down to the leaf for `key`, with room for one more in it. NULL: out of memory. */
static node *descend_to_insert(memory_txn *txn, gvm_table table, gvm_bytes key) {
    node **slot = &txn->root[table];
    if (!*slot && !(*slot = node_new(true, txn->owner))) return NULL;
    if (!node_own(slot, txn->owner)) return NULL;
    if ((*slot)->count == FANOUT) {
        node *top = node_new(false, txn->owner);
        if (!top) return NULL;
        top->kid[0] = *slot;
        top->count = 1;
        *slot = top;
        if (!split(top, 0, key)) return NULL;
    }
    while (!(*slot)->leaf) {
        node *n = *slot;
        unsigned at = inner_find(n, key);
        if (!node_own(&n->kid[at], txn->owner)) return NULL;
        if (n->kid[at]->count == FANOUT) {
            if (!split(n, at, key)) return NULL;
            at = inner_find(n, key);
        }
        slot = &n->kid[at];
    }
    return *slot;
}

static bool is_past_the_end(const node *n, gvm_bytes key) {
    if (!n) return true;
    while (!n->leaf) n = n->kid[n->count - 1];
    return gvm_bytes_compare(item_key(n->low[n->count - 1]), key) < 0;
}

static gvm_status put(gvm_store_txn *base, gvm_table table, gvm_bytes key, gvm_bytes value,
                      bool append) {
    memory_txn *txn = (memory_txn *)base;
    if (append && !is_past_the_end(txn->root[table], key)) return GVM_ERR_ARGUMENT;
    item *fresh = item_new(key, value);
    if (!fresh) return GVM_ERR_NOMEM;
    node *leaf = descend_to_insert(txn, table, key);
    if (!leaf) {
        item_release(fresh);
        return GVM_ERR_NOMEM;
    }
    unsigned at = leaf_find(leaf, key);
    txn->grown += (int64_t)(key.len + value.len);
    if (at < leaf->count && gvm_bytes_equal(item_key(leaf->low[at]), key)) {
        txn->grown -= (int64_t)(key.len + leaf->low[at]->vlen);
        item_release(leaf->low[at]);
        leaf->low[at] = fresh;
    } else {
        slots_insert(leaf, at, fresh, NULL);
    }
    return GVM_OK;
}

static gvm_status del(gvm_store_txn *base, gvm_table table, gvm_bytes key) {
    memory_txn *txn = (memory_txn *)base;
    item *found = lookup(txn->root[table], key);
    if (!found) return GVM_ERR_NOT_FOUND;
    txn->grown -= (int64_t)(found->klen + found->vlen);
    node **path[DEPTH_MAX];
    unsigned index[DEPTH_MAX];
    int depth = 0;
    node **slot = &txn->root[table];
    for (;;) {
        if (!node_own(slot, txn->owner)) return GVM_ERR_NOMEM;
        GVM_ASSERT(depth < DEPTH_MAX);
        path[depth] = slot;
        index[depth] = (*slot)->leaf ? leaf_find(*slot, key) : inner_find(*slot, key);
        if ((*slot)->leaf) break;
        slot = &(*slot)->kid[index[depth++]];
    }
    for (;; depth--) {
        node *n = *path[depth];
        item_release(n->low[index[depth]]);
        slots_remove(n, index[depth]);
        if (!n->leaf && n->count > 0 && n->low[0]) {
            item_release(n->low[0]);
            n->low[0] = NULL;
        }
        if (n->count > 0) break;
        node_release(n);
        *path[depth] = NULL;
        if (depth == 0) break;
    }
    node *top = txn->root[table];
    while (top && !top->leaf && top->count == 1) {
        node *only = top->kid[0];
        node_retain(only);
        node_release(top);
        txn->root[table] = top = only;
    }
    return GVM_OK;
}

/* ---- cursors */

static gvm_status cursor_open(gvm_store_cursor **out, gvm_store_txn *txn, gvm_table table) {
    (void)txn;
    (void)table;
    memory_cursor *c = calloc(1, sizeof *c);
    if (!c) return GVM_ERR_NOMEM;
    *out = &c->base;
    return GVM_OK;
}

static void cursor_close(gvm_store_cursor *cursor) {
    free(cursor);
}

/* From the node at path[depth - 1] down to its first or last leaf. */
static void cursor_descend(memory_cursor *c, bool last) {
    for (;;) {
        node *n = c->path[c->depth - 1].at;
        if (n->leaf) return;
        node *kid = n->kid[c->path[c->depth - 1].index];
        GVM_ASSERT(c->depth < DEPTH_MAX);
        c->path[c->depth].at = kid;
        c->path[c->depth].index = last ? kid->count - 1u : 0;
        c->depth++;
    }
}

static gvm_status cursor_step(memory_cursor *c, bool forward) {
    while (c->depth > 0) {
        node *n = c->path[c->depth - 1].at;
        unsigned *index = &c->path[c->depth - 1].index;
        if (forward ? *index + 1 < n->count : *index > 0) {
            *index = forward ? *index + 1 : *index - 1;
            cursor_descend(c, !forward);
            return GVM_OK;
        }
        c->depth--;
    }
    return GVM_ERR_NOT_FOUND;
}

static gvm_status cursor_seek(memory_cursor *c, node *n, gvm_bytes key) {
    c->depth = 0;
    for (; n; n = n->kid[c->path[c->depth - 1].index]) {
        GVM_ASSERT(c->depth < DEPTH_MAX);
        c->path[c->depth].at = n;
        c->path[c->depth++].index = n->leaf ? leaf_find(n, key) : inner_find(n, key);
        if (n->leaf) break;
    }
    if (!n) return GVM_ERR_NOT_FOUND;
    if (c->path[c->depth - 1].index < n->count) return GVM_OK;
    c->path[c->depth - 1].index = n->count - 1u;
    return cursor_step(c, true);
}

static gvm_status cursor_move(gvm_store_cursor *base, gvm_store_move how, gvm_bytes key) {
    memory_cursor *c = (memory_cursor *)base;
    node *root = ((memory_txn *)base->txn)->root[base->table];
    gvm_status status;
    if (how == GVM_MOVE_NEXT || how == GVM_MOVE_PREV) {
        status = cursor_step(c, how == GVM_MOVE_NEXT);
    } else if (how == GVM_MOVE_SEEK) {
        status = cursor_seek(c, root, key);
    } else {
        status = key.len ? cursor_seek(c, root, key) : GVM_ERR_NOT_FOUND;
        if (status == GVM_OK) {
            status = cursor_step(c, false);
        } else if (root) {
            c->depth = 1;
            c->path[0].at = root;
            c->path[0].index = root->count - 1u;
            cursor_descend(c, true);
            status = GVM_OK;
        }
    }
    if (status != GVM_OK) return status;
    const item *i = c->path[c->depth - 1].at->low[c->path[c->depth - 1].index];
    base->key = item_key(i);
    base->value = item_value(i);
    return GVM_OK;
}

static const gvm_store_backend memory_backend = {
    .close = store_close,
    .sync = store_sync,
    .stats = store_stats,
    .read_begin = read_begin,
    .read_renew = read_renew,
    .read_end = read_end,
    .read_expire = read_expire,
    .write_begin = write_begin,
    .write_commit = write_commit,
    .write_abort = write_abort,
    .get = get,
    .put = put,
    .del = del,
    .cursor_open = cursor_open,
    .cursor_close = cursor_close,
    .cursor_move = cursor_move,
};

gvm_status gvm_store_open_memory(gvm_store **out) {
    memory_store *m = calloc(1, sizeof *m);
    if (!m) return GVM_ERR_NOMEM;
    gvm_store_init_base(&m->base, &memory_backend);
    pthread_mutex_init(&m->commit_lock, NULL);
    pthread_mutex_init(&m->write_lock, NULL);
    *out = &m->base;
    return GVM_OK;
}
