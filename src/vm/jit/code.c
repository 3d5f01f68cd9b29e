/* Published code is listed, so that a signal handler can tell whose a faulting instruction is: an
 * array sorted by address. A writer makes the sequence odd while it moves entries; a reader that
 * saw an odd or a changed one looks again. Readers wait for nobody but a writer at work, which
 * touches nothing that could fault. A table that became too small is kept: a reader may still be in
 * it. */
#include "vm/jit/code.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

typedef struct entry {
    atomic_uintptr_t start, end, owner;
} entry;

typedef struct table {
    struct table *former;
    size_t cap;
    entry at[];
} table;

static _Atomic(table *) current;
static atomic_size_t count;
static atomic_uint sequence;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static uintptr_t get(const atomic_uintptr_t *v) {
    return atomic_load_explicit(v, memory_order_relaxed);
}
static void copy(entry *to, const entry *from) {
    atomic_store_explicit(&to->start, get(&from->start), memory_order_relaxed);
    atomic_store_explicit(&to->end, get(&from->end), memory_order_relaxed);
    atomic_store_explicit(&to->owner, get(&from->owner), memory_order_relaxed);
}

/* How many entries begin at or before `at`. */
static size_t rank(const table *t, size_t len, uintptr_t at) {
    size_t low = 0, high = len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (get(&t->at[middle].start) <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Room for one more; locked. */
static table *grown(void) {
    table *t = atomic_load(&current);
    size_t len = atomic_load(&count);
    if (t != NULL && len < t->cap) return t;
    size_t cap = t == NULL ? 64 : t->cap * 2;
    table *bigger = malloc(sizeof *bigger + cap * sizeof bigger->at[0]);
    if (bigger == NULL) return NULL;
    bigger->former = t;
    bigger->cap = cap;
    for (size_t i = 0; i < len; i++) copy(&bigger->at[i], &t->at[i]);
    atomic_store(&current, bigger);
    return bigger;
}

static bool list(uintptr_t start, uintptr_t end, const void *owner) {
    pthread_mutex_lock(&lock);
    table *t = grown();
    if (t != NULL) {
        size_t len = atomic_load(&count), at = rank(t, len, start);
        atomic_fetch_add(&sequence, 1);
        for (size_t i = len; i > at; i--) copy(&t->at[i], &t->at[i - 1]);
        atomic_store(&t->at[at].start, start);
        atomic_store(&t->at[at].end, end);
        atomic_store(&t->at[at].owner, (uintptr_t)owner);
        atomic_store(&count, len + 1);
        atomic_fetch_add(&sequence, 1);
    }
    pthread_mutex_unlock(&lock);
    return t != NULL;
}

static void unlist(uintptr_t start) {
    pthread_mutex_lock(&lock);
    table *t = atomic_load(&current);
    size_t len = atomic_load(&count), at = t == NULL ? 0 : rank(t, len, start);
    if (at != 0 && get(&t->at[at - 1].start) == start) {
        atomic_fetch_add(&sequence, 1);
        for (size_t i = at; i < len; i++) copy(&t->at[i - 1], &t->at[i]);
        atomic_store(&count, len - 1);
        atomic_fetch_add(&sequence, 1);
    }
    pthread_mutex_unlock(&lock);
}

const void *gvm_jit_find(uintptr_t pc) {
    for (;;) {
        unsigned before = atomic_load(&sequence);
        if ((before & 1) != 0) {
            (void)sched_yield();
            continue;
        }
        const table *t = atomic_load(&current);
        size_t len = atomic_load(&count);
        if (t == NULL || len > t->cap) len = 0;
        size_t at = t == NULL ? 0 : rank(t, len, pc);
        uintptr_t owner = at != 0 && pc < get(&t->at[at - 1].end) ? get(&t->at[at - 1].owner) : 0;
        atomic_thread_fence(memory_order_acquire);
        if (atomic_load(&sequence) == before) return (const void *)owner;
    }
}

void *gvm_jit_publish(gvm_bytes code, const void *owner) {
    void *p = mmap(NULL, code.len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) return NULL;
    memcpy(p, code.ptr, code.len);
    /* Instruction caches that do not watch memory are told before anyone can jump there. */
    __builtin___clear_cache((char *)p, (char *)p + code.len);
    if (mprotect(p, code.len, PROT_READ | PROT_EXEC) != 0 ||
        !list((uintptr_t)p, (uintptr_t)p + code.len, owner)) {
        munmap(p, code.len);
        return NULL;
    }
    return p;
}

bool gvm_jit_adopt(void *at, size_t len, const void *owner) {
    return list((uintptr_t)at, (uintptr_t)at + len, owner);
}

void gvm_jit_free(void *code, size_t len) {
    if (code == NULL) return;
    unlist((uintptr_t)code);
    munmap(code, len);
}
