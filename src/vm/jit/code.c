/* Published code is listed, so that a signal handler can tell whose a faulting instruction is. The
 * list only grows; an entry whose code is gone is used again. A reader checks an entry's start
 * before and after, and a writer clears it first, so a torn entry never matches. */
#include "vm/jit/code.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

typedef struct entry {
    struct entry *next;
    atomic_uintptr_t start, end, owner;
} entry;

static _Atomic(entry *) entries;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static bool list(uintptr_t start, uintptr_t end, const void *owner) {
    pthread_mutex_lock(&lock);
    entry *e = atomic_load(&entries);
    while (e != NULL && atomic_load(&e->start) != 0) e = e->next;
    bool fresh = e == NULL;
    if (fresh) e = calloc(1, sizeof *e);
    if (e != NULL) {
        atomic_store(&e->end, end);
        atomic_store(&e->owner, (uintptr_t)owner);
        atomic_store(&e->start, start);
    }
    if (e != NULL && fresh) {
        e->next = atomic_load(&entries);
        atomic_store(&entries, e);
    }
    pthread_mutex_unlock(&lock);
    return e != NULL;
}

static void unlist(uintptr_t start) {
    pthread_mutex_lock(&lock);
    for (entry *e = atomic_load(&entries); e != NULL; e = e->next) {
        if (atomic_load(&e->start) == start) {
            atomic_store(&e->start, 0);
            break;
        }
    }
    pthread_mutex_unlock(&lock);
}

const void *gvm_jit_find(uintptr_t pc) {
    for (entry *e = atomic_load(&entries); e != NULL; e = e->next) {
        uintptr_t start = atomic_load(&e->start), end = atomic_load(&e->end);
        uintptr_t owner = atomic_load(&e->owner);
        if (start != 0 && pc >= start && pc < end && atomic_load(&e->start) == start)
            return (const void *)owner;
    }
    return NULL;
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

void gvm_jit_free(void *code, size_t len) {
    if (code == NULL) return;
    unlist((uintptr_t)code);
    munmap(code, len);
}
