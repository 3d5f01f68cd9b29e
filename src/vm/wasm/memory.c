/* Memories and tables. A memory is mapped, so that its pages are zero and cost nothing until
 * touched, and grows in place where its mapping has room; where guard pages are wanted, it lies in
 * a reservation of its own, in which exactly its bytes can be touched (traps.c). A store keeps the
 * mappings of memories that are gone for those that come, and one table.
 *
 * What a memory leaves behind is made zero by the pages that the system has given to it: a handful
 * is overwritten, more are given back. */
#define _GNU_SOURCE
#include "vm/wasm/runtime.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Mapped at once: what a contract may use. Larger memories are moved as they grow. */
#define FIRST_ROOM ((uint64_t)16 << 20)

static bool map_room(gvm_wasm_memory *m, uint64_t room) {
    void *p;
    if (m->at == NULL) {
        p = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                 -1, 0);
    } else {
        p = mremap(m->at, m->room, room, MREMAP_MAYMOVE);
    }
    if (p == MAP_FAILED) return false;
    m->at = p;
    m->room = room;
    return true;
}

/* A guarded memory's room is its bytes, no more and no less. */
static bool set_guarded(gvm_wasm_memory *m, uint64_t bytes) {
    if (bytes > m->room) {
        if (mprotect(m->at + m->room, bytes - m->room, PROT_READ | PROT_WRITE) != 0) return false;
    } else if (bytes < m->room) {
        if (mprotect(m->at + bytes, m->room - bytes, PROT_NONE) != 0) return false;
    }
    m->room = m->bytes = bytes;
    return true;
}

static bool set_bytes(gvm_wasm_memory *m, uint64_t bytes) {
    if (m->guarded) return set_guarded(m, bytes);
    if (bytes > m->room) {
        uint64_t room = m->room == 0 ? FIRST_ROOM : m->room;
        while (room < bytes) room *= 2;
        if (!map_room(m, room)) return false;
    }
    m->bytes = bytes;
    return true;
}

/* A memory that is gone, if possible one of that size. */
static gvm_wasm_memory *take_spare(gvm_wasm_store *s, uint64_t bytes) {
    gvm_wasm_memory **best = &s->spare;
    unsigned looked = 0;
    for (gvm_wasm_memory **p = &s->spare; *p != NULL && looked < 8; p = &(*p)->next, looked++) {
        if ((*p)->room == bytes) {
            best = p;
            break;
        }
    }
    gvm_wasm_memory *m = *best;
    if (m != NULL) *best = m->next;
    return m;
}

gvm_wasm_memory *gvm_wasm_memory_new(gvm_wasm_store *s, uint32_t min, uint32_t max) {
    gvm_wasm_memory *m = take_spare(s, (uint64_t)min * GVM_WASM_PAGE);
    if (m == NULL) {
        m = calloc(1, sizeof *m);
        if (m == NULL) return NULL;
        m->at = gvm_wasm_guard_take();
        m->guarded = m->at != NULL;
    }
    m->has_max = max != UINT32_MAX;
    m->declared_max = max;
    m->max = max < s->max_pages ? max : s->max_pages;
    m->bytes = 0;
    m->next = s->memories;
    s->memories = m;
    /* Mapped even where it is empty: an address is at hand for every memory. */
    if (m->at == NULL && !set_bytes(m, 1)) return NULL;
    return set_bytes(m, (uint64_t)min * GVM_WASM_PAGE) ? m : NULL;
}

#define HOST_PAGE   4096u
#define SEEN_PAGES  (FIRST_ROOM / HOST_PAGE)
#define KEPT_PAGES  32 /* more than that go back to the system */
#define KEPT_RANGES 8

/* Makes its bytes zero for the next one. What was written is mostly a few pages, which stay with us
 * and are overwritten: a fault costs as much as clearing twenty. The rest goes back, also where the
 * system says that nothing is there: it may have been swapped out. */
static void clear_memory(gvm_wasm_memory *m) {
    uint8_t present[SEEN_PAGES];
    size_t pages = m->bytes / HOST_PAGE, count = 0, ranges = 0;
    if (pages == 0) return;
    bool few = pages <= SEEN_PAGES && sysconf(_SC_PAGESIZE) == HOST_PAGE &&
               mincore(m->at, m->bytes, present) == 0;
    for (size_t i = 0; few && i < pages; i++) {
        bool here = (present[i] & 1) != 0, before = i > 0 && (present[i - 1] & 1) != 0;
        count += here;
        ranges += here && !before;
        few = count <= KEPT_PAGES && ranges <= KEPT_RANGES;
    }
    if (!few) {
        madvise(m->at, m->bytes, MADV_DONTNEED);
        return;
    }
    for (size_t i = 0; i < pages;) {
        size_t from = i;
        bool here = (present[i] & 1) != 0;
        while (i < pages && ((present[i] & 1) != 0) == here) i++;
        if (here)
            memset(m->at + from * HOST_PAGE, 0, (i - from) * HOST_PAGE);
        else
            madvise(m->at + from * HOST_PAGE, (i - from) * HOST_PAGE, MADV_DONTNEED);
    }
}

static void free_memory(gvm_wasm_memory *m) {
    if (m->guarded)
        gvm_wasm_guard_give(m->at);
    else if (m->at != NULL)
        munmap(m->at, m->room);
    free(m);
}

bool gvm_wasm_memory_may_grow(const gvm_wasm_memory *m, uint32_t pages) {
    uint32_t most = m->max < 65536 ? m->max : 65536;
    return m->bytes / GVM_WASM_PAGE + pages <= most;
}

uint32_t gvm_wasm_memory_grow(gvm_wasm_memory *m, uint32_t pages, bool *nomem) {
    uint64_t before = m->bytes / GVM_WASM_PAGE, after = before + pages;
    if (!gvm_wasm_memory_may_grow(m, pages)) return UINT32_MAX;
    if (!set_bytes(m, after * GVM_WASM_PAGE)) {
        *nomem = true;
        return UINT32_MAX;
    }
    return (uint32_t)before;
}

uint8_t *gvm_wasm_memory_data(gvm_wasm_memory *m, size_t *len) {
    *len = (size_t)m->bytes;
    return m->at;
}
uint32_t gvm_wasm_memory_pages(const gvm_wasm_memory *m) {
    return (uint32_t)(m->bytes / GVM_WASM_PAGE);
}

/* ---- tables */

/* Most elements that a table may grow to. */
#define TABLE_MAX 10000000u

/* A table with room for `size` elements, all of them null. */
static gvm_wasm_table *take_table(gvm_wasm_store *s, uint32_t size) {
    gvm_wasm_table *t = s->spare_tables;
    if (t != NULL && t->cap >= size) {
        s->spare_tables = t->next;
        memset(t->at, 0, size * sizeof *t->at);
        return t;
    }
    t = calloc(1, sizeof *t);
    if (t == NULL) return NULL;
    t->cap = size != 0 ? size : 1;
    t->at = calloc(t->cap, sizeof *t->at);
    if (t->at == NULL) {
        free(t);
        return NULL;
    }
    return t;
}

gvm_wasm_table *gvm_wasm_table_new(gvm_wasm_store *s, uint8_t type, uint32_t min, uint32_t max) {
    gvm_wasm_table *t = take_table(s, min);
    if (t == NULL) return NULL;
    t->type = type;
    t->size = min;
    t->max = max;
    t->grow_max = max < TABLE_MAX ? max : TABLE_MAX;
    t->has_max = max != UINT32_MAX;
    t->next = s->tables;
    s->tables = t;
    return t;
}

uint32_t gvm_wasm_table_grow(gvm_wasm_table *t, uint32_t count, uint64_t value, bool *nomem) {
    uint32_t before = t->size, most = t->grow_max;
    if (before > most || count > most - before) return UINT32_MAX;
    if (before + count > t->cap) {
        uint32_t cap = t->cap * 2 > before + count ? t->cap * 2 : before + count;
        uint64_t *at = realloc(t->at, (size_t)cap * sizeof *at);
        if (at == NULL) {
            *nomem = true;
            return UINT32_MAX;
        }
        t->at = at;
        t->cap = cap;
    }
    for (uint32_t i = 0; i < count; i++) t->at[before + i] = value;
    t->size += count;
    return before;
}

uint32_t gvm_wasm_table_size(const gvm_wasm_table *t) {
    return t->size;
}

bool gvm_wasm_table_get(const gvm_wasm_table *t, gvm_wasm_value *out, uint32_t index) {
    if (index >= t->size) return false;
    *out = (gvm_wasm_value){.i64 = t->at[index]};
    return true;
}

/* ---- stores */

gvm_wasm_store *gvm_wasm_store_new(void) {
    gvm_wasm_store *s = calloc(1, sizeof *s);
    if (s != NULL) s->max_pages = 65536;
    return s;
}

void gvm_wasm_store_limit_memory(gvm_wasm_store *s, uint32_t pages) {
    s->max_pages = pages;
}

void gvm_wasm_store_on_grow(gvm_wasm_store *s, gvm_wasm_grow_fn fn, void *ctx) {
    s->grow = fn;
    s->grow_ctx = ctx;
}

/* What a store keeps of what is gone. */
#define SPARE_INSTANCES 4
#define SPARE_ELEMENTS  16384 /* of a table */

static void free_table(gvm_wasm_table *t) {
    free(t->at);
    free(t);
}

static void reset_instances(gvm_wasm_store *s) {
    while (s->instances != NULL) {
        gvm_wasm_instance *i = s->instances;
        s->instances = i->next;
        gvm_wasm_module_delete(i->module);
        i->module = NULL;
        i->next = s->spare_instances;
        s->spare_instances = i;
    }
    gvm_wasm_instance **p = &s->spare_instances;
    for (unsigned kept = 0; *p != NULL && kept < SPARE_INSTANCES; kept++) p = &(*p)->next;
    while (*p != NULL) {
        gvm_wasm_instance *i = *p;
        *p = i->next;
        free(i);
    }
}

static void reset_tables(gvm_wasm_store *s) {
    while (s->tables != NULL) {
        gvm_wasm_table *t = s->tables;
        s->tables = t->next;
        if (t->cap > SPARE_ELEMENTS || s->spare_tables != NULL) {
            free_table(t);
        } else {
            t->next = NULL;
            s->spare_tables = t;
        }
    }
}

void gvm_wasm_store_reset(gvm_wasm_store *s) {
    reset_instances(s);
    while (s->memories != NULL) {
        gvm_wasm_memory *m = s->memories;
        s->memories = m->next;
        if (m->at == NULL || m->room > FIRST_ROOM) {
            free_memory(m);
            continue;
        }
        clear_memory(m);
        m->next = s->spare;
        s->spare = m;
    }
    reset_tables(s);
    gvm_wasm_arena_free(&s->arena);
    s->arena = (gvm_wasm_arena){0};
}

void gvm_wasm_store_delete(gvm_wasm_store *s) {
    if (s == NULL) return;
    gvm_wasm_store_reset(s);
    while (s->spare != NULL) {
        gvm_wasm_memory *next = s->spare->next;
        free_memory(s->spare);
        s->spare = next;
    }
    while (s->spare_instances != NULL) {
        gvm_wasm_instance *next = s->spare_instances->next;
        free(s->spare_instances);
        s->spare_instances = next;
    }
    if (s->spare_tables != NULL) free_table(s->spare_tables);
    free(s);
}
