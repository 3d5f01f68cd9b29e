/* LMDB trusts its pages: a damaged one may send it anywhere. So before it opens the file we look at
 * the structure ourselves, with bounds, and refuse with the page's number.
 *
 *   page 0, 1   meta (the one with the higher transaction number counts)
 *   page 2...   header of 16 bytes: number u64, pad u16, flags u16, lower u16, upper u16 (overflow:
 * u32 pages) then u16 offsets of nodes up to `lower`; nodes from `upper` on: lo u16, hi u16, flags
 * u16, key size u16, key, data (branch: page number = lo + hi<<16 + flags<<32) */
#include "store/lmdb_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(sizeof(void *) == 8, "the layout below is that of 64-bit LMDB");

enum {
    HEADER = 16,
    NODE = 8,
    TREE = 48, /* MDB_db */
    DEPTH_MAX = 32,
    MAGIC = (int)0xBEEFC0DE,
    P_BRANCH = 1,
    P_LEAF = 2,
    P_OVERFLOW = 4,
    P_META = 8,
    F_BIGDATA = 1,
    F_SUBDATA = 2,
    /* offsets in a meta page */
    AT_MAGIC = HEADER,
    AT_VERSION = HEADER + 4,
    AT_MAP_SIZE = HEADER + 16,
    AT_TREES = HEADER + 24,
    AT_LAST_PAGE = AT_TREES + 2 * TREE,
    AT_TXNID = AT_LAST_PAGE + 8,
    META_SIZE = AT_TXNID + 8,
    /* offsets in MDB_db */
    TREE_DEPTH = 6,
    TREE_LEAVES = 16,
    TREE_ROOT = 40,
};
#define NO_PAGE UINT64_MAX

static uint16_t u16_at(const uint8_t *p) {
    uint16_t v;
    memcpy(&v, p, 2);
    return v;
}
static uint32_t u32_at(const uint8_t *p) {
    uint32_t v;
    memcpy(&v, p, 4);
    return v;
}
static uint64_t u64_at(const uint8_t *p) {
    uint64_t v;
    memcpy(&v, p, 8);
    return v;
}

/* ---- meta pages */

static gvm_status read_at(int fd, void *p, size_t len, uint64_t at, gvm_error *err) {
    for (size_t done = 0; done < len;) {
        ssize_t n = pread(fd, (uint8_t *)p + done, len - done, (off_t)(at + done));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return gvm_error_set(err, GVM_ERR_IO, "data.mdb: %s", strerror(errno));
        if (n == 0)
            return gvm_error_set(err, GVM_ERR_CORRUPT,
                                 "data.mdb ends at byte %" PRIu64 ", its meta pages need %" PRIu64,
                                 at + done, at + len);
        done += (size_t)n;
    }
    return GVM_OK;
}

gvm_status gvm_lmdb_read_meta(gvm_lmdb_meta *meta, int fd, gvm_error *err) {
    struct stat st;
    if (fstat(fd, &st) != 0) return gvm_error_set(err, GVM_ERR_IO, "data.mdb: %s", strerror(errno));
    if (st.st_size == 0) return GVM_ERR_NOT_FOUND;
    uint8_t page[META_SIZE];
    uint32_t page_size = 0;
    for (int slot = 0; slot < 2; slot++) {
        GVM_TRY(read_at(fd, page, sizeof page, (uint64_t)slot * page_size, err));
        if (!(u16_at(page + 10) & P_META) || u32_at(page + AT_MAGIC) != (uint32_t)MAGIC)
            return gvm_error_set(err, GVM_ERR_CORRUPT,
                                 "data.mdb: page %d is no meta page (magic %08" PRIx32
                                 ", expected %08" PRIx32 ")",
                                 slot, u32_at(page + AT_MAGIC), (uint32_t)MAGIC);
        if (u32_at(page + AT_VERSION) != 1)
            return gvm_error_set(err, GVM_ERR_FORMAT_VERSION,
                                 "data.mdb has LMDB data version %" PRIu32 ", expected 1",
                                 u32_at(page + AT_VERSION));
        uint32_t size = u32_at(page + AT_TREES);
        if (size < 512 || size > GVM_LMDB_PAGE_MAX || (size & (size - 1)) != 0 ||
            (slot == 1 && size != page_size))
            return gvm_error_set(err, GVM_ERR_CORRUPT,
                                 "data.mdb: meta page %d has page size %" PRIu32, slot, size);
        page_size = size;
        uint64_t txnid = u64_at(page + AT_TXNID);
        if (slot == 0 || txnid > meta->txnid)
            *meta = (gvm_lmdb_meta){page_size, txnid, u64_at(page + AT_LAST_PAGE),
                                    u64_at(page + AT_MAP_SIZE), slot};
    }
    return GVM_OK;
}

gvm_status gvm_lmdb_copy_meta(uint8_t *page, int fd, uint32_t page_size, uint64_t txnid,
                              gvm_error *err) {
    GVM_TRY(read_at(fd, page, page_size, (txnid & 1) * page_size, err));
    if (u64_at(page + AT_TXNID) != txnid)
        return gvm_error_set(err, GVM_ERR_CORRUPT,
                             "data.mdb: meta page %d is of transaction %" PRIu64
                             ", expected %" PRIu64,
                             (int)(txnid & 1), u64_at(page + AT_TXNID), txnid);
    return GVM_OK;
}

gvm_status gvm_lmdb_restore_meta(int fd, const uint8_t *page, uint32_t page_size, gvm_error *err) {
    uint8_t *copy = malloc(page_size);
    if (!copy) return GVM_ERR_NOMEM;
    gvm_status status = GVM_OK;
    memcpy(copy, page, page_size);
    for (uint64_t slot = 0; slot < 2 && status == GVM_OK; slot++) {
        memcpy(copy, &slot, 8);
        if (pwrite(fd, copy, page_size, (off_t)(slot * page_size)) != (ssize_t)page_size ||
            fsync(fd) != 0)
            status = gvm_error_set(err, GVM_ERR_IO, "data.mdb: cannot put back meta page: %s",
                                   strerror(errno));
    }
    free(copy);
    return status;
}

/* ---- pages */

typedef struct walk {
    const uint8_t *map;
    uint64_t pages; /* in the file */
    uint32_t page_size;
    uint64_t last_page, checked, leaf_limit;
    gvm_error *err;
} walk;

static gvm_status bad(walk *w, uint64_t page, const char *what, uint64_t found) {
    return gvm_error_set(w->err, GVM_ERR_CORRUPT,
                         "data.mdb: page %" PRIu64 ": %s (found %" PRIu64 ")", page, what, found);
}

static gvm_status page_at(walk *w, const uint8_t **out, uint64_t number, uint16_t kind) {
    if (number < 2 || number > w->last_page || number >= w->pages)
        return bad(w, number, "is outside the file", w->pages);
    const uint8_t *p = w->map + number * w->page_size;
    w->checked++;
    if (u64_at(p) != number) return bad(w, number, "carries another page's number", u64_at(p));
    uint16_t flags = u16_at(p + 10) & 0xff;
    if (flags != kind) return bad(w, number, "is of another kind than its parent says", flags);
    *out = p;
    return GVM_OK;
}

/* Bounds of one node; *data and *size are its data where it is a leaf's. */
static gvm_status node_at(walk *w, const uint8_t **node, uint64_t number, const uint8_t *page,
                          unsigned i, bool leaf) {
    unsigned at = u16_at(page + HEADER + 2 * i);
    if (at < u16_at(page + 14) || at + NODE > w->page_size)
        return bad(w, number, "has a node outside the page", at);
    const uint8_t *n = page + at;
    uint64_t end = at + NODE + u16_at(n + 6);
    if (leaf) {
        uint32_t size = u16_at(n) | (uint32_t)u16_at(n + 2) << 16;
        end += u16_at(n + 4) & F_BIGDATA ? 8 : size;
        if (u16_at(n + 4) & F_SUBDATA && size != TREE)
            return bad(w, number, "has a table record of a wrong size", size);
    }
    if (end > w->page_size) return bad(w, number, "has a node that ends outside the page", end);
    *node = n;
    return GVM_OK;
}

static gvm_status check_header(walk *w, unsigned *count, uint64_t number, const uint8_t *page) {
    unsigned lower = u16_at(page + 12), upper = u16_at(page + 14);
    if (lower < HEADER + 2 || lower & 1 || lower > upper || upper > w->page_size)
        return bad(w, number, "has bounds that cannot be", lower);
    *count = (lower - HEADER) / 2;
    return GVM_OK;
}

static gvm_status check_leaf(walk *w, uint64_t number, const uint8_t *page) {
    unsigned count = 0;
    GVM_TRY(check_header(w, &count, number, page));
    const uint8_t *last = NULL;
    for (unsigned i = 0; i < count; i++) {
        const uint8_t *n;
        GVM_TRY(node_at(w, &n, number, page, i, true));
        if (last && gvm_bytes_compare(gvm_bytes_make(last + NODE, u16_at(last + 6)),
                                      gvm_bytes_make(n + NODE, u16_at(n + 6))) >= 0)
            return bad(w, number, "has keys out of order", i);
        last = n;
        if (!(u16_at(n + 4) & F_BIGDATA)) continue;
        uint64_t first = u64_at(n + NODE + u16_at(n + 6));
        uint32_t size = u16_at(n) | (uint32_t)u16_at(n + 2) << 16;
        const uint8_t *over;
        GVM_TRY(page_at(w, &over, first, P_OVERFLOW));
        uint64_t run = u32_at(over + 12);
        if (run * w->page_size < (uint64_t)size + HEADER || first + run > w->pages)
            return bad(w, first, "starts a value longer than its pages", size);
    }
    return GVM_OK;
}

/* The free list's keys are integers, in native order, so that their order is not memcmp's. */
static gvm_status check_tree(walk *w, const uint8_t *tree, bool is_free_list) {
    struct {
        const uint8_t *page;
        uint64_t number;
        unsigned next, count;
    } stack[DEPTH_MAX];
    unsigned depth = u16_at(tree + TREE_DEPTH), at = 0;
    uint64_t number = u64_at(tree + TREE_ROOT);
    if (number == NO_PAGE) return GVM_OK;
    if (depth == 0 || depth > DEPTH_MAX)
        return bad(w, number, "is the root of a tree with a depth that cannot be", depth);
    bool leaves = !is_free_list && u64_at(tree + TREE_LEAVES) <= w->leaf_limit;
    if (depth == 1) {
        const uint8_t *page;
        GVM_TRY(page_at(w, &page, number, P_LEAF));
        return is_free_list ? GVM_OK : check_leaf(w, number, page);
    }
    /* A damaged tree may have loops: more pages than the file has cannot be. */
    uint64_t limit = w->checked + 2 * w->pages + 16;
    for (;;) {
        const uint8_t *page;
        GVM_TRY(page_at(w, &page, number, P_BRANCH));
        stack[at].page = page;
        stack[at].number = number;
        stack[at].next = 0;
        GVM_TRY(check_header(w, &stack[at].count, number, page));
        at++;
        for (;;) {
            if (at == 0) return GVM_OK;
            if (stack[at - 1].next == stack[at - 1].count) {
                at--;
                continue;
            }
            const uint8_t *n;
            GVM_TRY(node_at(w, &n, stack[at - 1].number, stack[at - 1].page, stack[at - 1].next++,
                            false));
            number = u16_at(n) | (uint64_t)u16_at(n + 2) << 16 | (uint64_t)u16_at(n + 4) << 32;
            if (w->checked > limit) return bad(w, number, "is reached too often: a loop", limit);
            if (at < depth - 1) break;
            if (number < 2 || number > w->last_page || number >= w->pages)
                return bad(w, number, "is outside the file", w->pages);
            if (!leaves) continue;
            GVM_TRY(page_at(w, &page, number, P_LEAF));
            GVM_TRY(check_leaf(w, number, page));
        }
    }
}

static gvm_status check_named(walk *w, const uint8_t *main_tree) {
    GVM_TRY(check_tree(w, main_tree, false));
    if (u64_at(main_tree + TREE_ROOT) == NO_PAGE) return GVM_OK;
    if (u16_at(main_tree + TREE_DEPTH) != 1)
        return bad(w, u64_at(main_tree + TREE_ROOT), "is the root of more tables than there are",
                   0);
    uint64_t number = u64_at(main_tree + TREE_ROOT);
    const uint8_t *page;
    unsigned count;
    GVM_TRY(page_at(w, &page, number, P_LEAF));
    GVM_TRY(check_header(w, &count, number, page));
    for (unsigned i = 0; i < count; i++) {
        const uint8_t *n;
        GVM_TRY(node_at(w, &n, number, page, i, true));
        if (u16_at(n + 4) & F_SUBDATA) GVM_TRY(check_tree(w, n + NODE + u16_at(n + 6), false));
    }
    return GVM_OK;
}

gvm_status gvm_lmdb_check_pages(uint64_t *checked, int fd, uint64_t leaf_limit, gvm_error *err) {
    gvm_lmdb_meta meta;
    struct stat st;
    *checked = 0;
    GVM_TRY(gvm_lmdb_read_meta(&meta, fd, err));
    if (fstat(fd, &st) != 0 || st.st_size < 2 * (off_t)meta.page_size)
        return gvm_error_set(err, GVM_ERR_CORRUPT, "data.mdb is shorter than its meta pages");
    size_t size = (size_t)st.st_size;
    uint8_t *map = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED)
        return gvm_error_set(err, GVM_ERR_IO, "cannot map data.mdb: %s", strerror(errno));
    walk w = {.map = map,
              .pages = size / meta.page_size,
              .page_size = meta.page_size,
              .last_page = meta.last_page,
              .leaf_limit = leaf_limit,
              .err = err};
    const uint8_t *trees = map + (uint64_t)meta.slot * meta.page_size + AT_TREES;
    gvm_status status = check_tree(&w, trees, true);
    if (status == GVM_OK) status = check_named(&w, trees + TREE);
    *checked = w.checked;
    munmap(map, size);
    return status;
}
