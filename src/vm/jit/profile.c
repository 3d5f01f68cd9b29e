/* perf: a text file that perf looks for when it finds an address in anonymous memory. Its name can
 * be guessed, and its folder is everybody's, so a file that is there already must be a plain one of
 * ours. gdb: a list of ELF objects at a name that gdb knows, and a function that it stops in. */
#include "vm/jit/profile.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- gdb's side: names and layout are gdb's ("JIT Compilation Interface") */

struct gvm_jit_profiled {
    gvm_jit_profiled *next, *before;
    const uint8_t *file;
    uint64_t len;
    gvm_buf elf; /* ours */
};

struct jit_descriptor {
    uint32_t version, action; /* 1 registered, 2 unregistered */
    gvm_jit_profiled *relevant, *first;
};

void __jit_debug_register_code(void);
extern struct jit_descriptor __jit_debug_descriptor;

__attribute__((noinline, visibility("hidden"))) void __jit_debug_register_code(void) {
    __asm__ volatile("" ::: "memory");
}
__attribute__((visibility("hidden"))) struct jit_descriptor __jit_debug_descriptor = {1, 0, NULL,
                                                                                      NULL};

/* ---- ours */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_uint sinks_on;
static int map = -1;
static pid_t map_of; /* the process whose map is open: a child has one of its own */

static gvm_status open_map(void) {
    char path[64];
    struct stat st;
    if (map >= 0) (void)close(map);
    map_of = getpid();
    snprintf(path, sizeof path, "/tmp/perf-%d.map", (int)map_of);
    map = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0644);
    if (map < 0) return GVM_ERR_IO;
    /* What another process of this number left is wrong now. */
    if (fstat(map, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() && st.st_nlink == 1 &&
        ftruncate(map, 0) == 0)
        return GVM_OK;
    (void)close(map);
    map = -1;
    return GVM_ERR_IO;
}

gvm_status gvm_jit_profile_enable(unsigned sinks) {
    gvm_status status = GVM_OK;
    (void)pthread_mutex_lock(&lock);
    if ((sinks & GVM_JIT_PERF) != 0 && (map < 0 || map_of != getpid())) status = open_map();
    (void)pthread_mutex_unlock(&lock);
    if (status == GVM_OK) atomic_fetch_or(&sinks_on, sinks);
    return status;
}

unsigned gvm_jit_profile_sinks(void) {
    return atomic_load_explicit(&sinks_on, memory_order_relaxed);
}

static void tell_perf(gvm_bytes code, const gvm_jit_symbol *symbols, size_t len) {
    gvm_buf text = {0};
    for (size_t i = 0; i < len; i++) {
        gvm_buf_printf(&text, "%lx %lx ", (unsigned long)((uintptr_t)code.ptr + symbols[i].offset),
                       (unsigned long)symbols[i].size);
        gvm_jit_put_name(&text, symbols[i].name);
        gvm_buf_put(&text, '\n');
    }
    if (map_of != getpid()) (void)open_map();
    if (map >= 0 && gvm_buf_status(&text) == GVM_OK && text.len != 0) {
        ssize_t n = write(map, text.ptr, text.len); /* appended as one */
        (void)n;
    }
    gvm_buf_free(&text);
}

static gvm_jit_profiled *tell_gdb(gvm_bytes code, const gvm_jit_symbol *symbols, size_t len) {
    gvm_jit_profiled *p = calloc(1, sizeof *p);
    if (p == NULL) return NULL;
    if (gvm_jit_elf(&p->elf, code, (uintptr_t)code.ptr, symbols, len) != GVM_OK) {
        gvm_buf_free(&p->elf);
        free(p);
        return NULL;
    }
    p->file = p->elf.ptr;
    p->len = p->elf.len;
    struct jit_descriptor *d = &__jit_debug_descriptor;
    p->next = d->first;
    if (p->next != NULL) p->next->before = p;
    d->first = d->relevant = p;
    d->action = 1;
    __jit_debug_register_code();
    return p;
}

gvm_jit_profiled *gvm_jit_profile_add(gvm_bytes code, const gvm_jit_symbol *symbols, size_t len) {
    unsigned sinks = gvm_jit_profile_sinks();
    gvm_jit_profiled *p = NULL;
    (void)pthread_mutex_lock(&lock);
    if ((sinks & GVM_JIT_PERF) != 0) tell_perf(code, symbols, len);
    if ((sinks & GVM_JIT_GDB) != 0) p = tell_gdb(code, symbols, len);
    (void)pthread_mutex_unlock(&lock);
    return p;
}

void gvm_jit_profile_remove(gvm_jit_profiled *p) {
    if (p == NULL) return;
    (void)pthread_mutex_lock(&lock);
    struct jit_descriptor *d = &__jit_debug_descriptor;
    if (p->before != NULL)
        p->before->next = p->next;
    else
        d->first = p->next;
    if (p->next != NULL) p->next->before = p->before;
    d->relevant = p;
    d->action = 2;
    __jit_debug_register_code();
    d->relevant = NULL;
    (void)pthread_mutex_unlock(&lock);
    gvm_buf_free(&p->elf);
    free(p);
}
