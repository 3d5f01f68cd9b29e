/* Guard pages: memories that lie in address space of their own, so large that no index and offset
 * lead out of it, and in which only what the memory holds can be touched. Compiled code then needs
 * no comparison: an access out of bounds is a fault, and the handler here turns it into the trap.
 *
 * A process's handlers are its own, so nothing of this happens before gvm_wasm_traps_enable. The
 * handler takes a fault only where both its instruction (in published code) and its address (in the
 * reservation of that instance's memory) are ours, and hands everything else to whoever had the
 * signal before. It reads plain memory alone: no lock, no allocation.
 *
 * The same handler brings what a module left on disk (lazy.c), when it is touched. */
#define _GNU_SOURCE
#include "vm/jit/code.h"
#include "vm/wasm/runtime.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>

#if (defined(__x86_64__) || defined(__aarch64__)) && !defined(GVM_SANITIZED)
#define CAN_GUARD 1
#include <ucontext.h>
#else
#define CAN_GUARD 0
#endif
/* Where the registers are that the compilers give a meaning: where the run is, the instance; and,
 * at a trap, its kind and its word. */
#if defined(__x86_64__)
#define PC(u)       (u)->uc_mcontext.gregs[REG_RIP]
#define INSTANCE(u) (u)->uc_mcontext.gregs[REG_RBP]
#define TRAP(u)     (u)->uc_mcontext.gregs[REG_RAX]
#define WORD(u)     (u)->uc_mcontext.gregs[REG_RCX]
typedef greg_t machine_word;
#elif defined(__aarch64__)
#define PC(u)       (u)->uc_mcontext.pc
#define INSTANCE(u) (u)->uc_mcontext.regs[24]
#define TRAP(u)     (u)->uc_mcontext.regs[0]
#define WORD(u)     (u)->uc_mcontext.regs[17]
typedef unsigned long long machine_word;
#endif

/* 8 TiB of 128 TiB. */
#ifndef GVM_WASM_MOST_GUARDS
#define GVM_WASM_MOST_GUARDS 1024u
#endif

static atomic_bool enabled;
static atomic_uint guards;

bool gvm_wasm_guards_memory(void) {
    return atomic_load_explicit(&enabled, memory_order_relaxed);
}

uint8_t *gvm_wasm_guard_take(void) {
    if (!gvm_wasm_guards_memory()) return NULL;
    if (atomic_fetch_add(&guards, 1) < GVM_WASM_MOST_GUARDS) {
        void *p = mmap(NULL, GVM_WASM_GUARD_BYTES, PROT_NONE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (p != MAP_FAILED) return p;
    }
    atomic_fetch_sub(&guards, 1);
    return NULL;
}

void gvm_wasm_guard_give(uint8_t *at) {
    munmap(at, GVM_WASM_GUARD_BYTES);
    atomic_fetch_sub(&guards, 1);
}

#if CAN_GUARD

static const int signals[2] = {SIGSEGV, SIGBUS};
static struct sigaction former[2];

/* The word whose code holds `pc`. */
static uint32_t word_at(const gvm_wasm_machine *x, uint32_t pc) {
    uint32_t low = 0, high = x->n.places_len;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (x->n.places[middle] <= pc)
            low = middle;
        else
            high = middle;
    }
    return x->module->origins.at[low].word;
}

/* The fault is an access out of bounds: the run goes on at the trap. */
static bool take_fault(const siginfo_t *info, ucontext_t *u) {
    uintptr_t pc = (uintptr_t)PC(u), at = (uintptr_t)info->si_addr;
    const gvm_wasm_machine *x = gvm_jit_find(pc);
    if (info->si_code <= 0 || x == NULL || x->n.form != GVM_WASM_GUARDED) return false;
    uint32_t offset = (uint32_t)(pc - (uintptr_t)x->code);
    if (x->n.entries_len == 0 || offset < x->n.entries[0]) return false;
    /* Behind the first entry are functions alone, and they keep their instance in a register. */
    const gvm_wasm_instance *in = (const gvm_wasm_instance *)(uintptr_t)INSTANCE(u);
    const gvm_wasm_memory *m = in->memory;
    if (m == NULL || !m->guarded || at - (uintptr_t)m->at >= GVM_WASM_GUARD_BYTES) return false;
    TRAP(u) = GVM_WASM_TRAP_MEMORY_BOUNDS;
    WORD(u) = word_at(x, offset);
    PC(u) = (machine_word)((uintptr_t)x->code + x->n.trap);
    return true;
}

/* As if this handler had never been there. */
static void hand_on(int number, siginfo_t *info, void *context) {
    const struct sigaction *old = &former[number == signals[1]];
    if (old->sa_flags & SA_SIGINFO) {
        old->sa_sigaction(number, info, context);
    } else if (old->sa_handler != SIG_DFL && old->sa_handler != SIG_IGN) {
        old->sa_handler(number);
    } else {
        /* The fault comes again at once, or the signal is sent again, and ends the process. */
        struct sigaction plain = {.sa_handler = SIG_DFL};
        sigaction(number, &plain, NULL);
        if (info->si_code <= 0) raise(number);
    }
}

/* What the access was that faulted, by the processor's word. */
typedef struct access_kind {
    bool write, fetch;
} access_kind;

#if defined(__x86_64__)
static access_kind access_of(const siginfo_t *info, const ucontext_t *u) {
    (void)info;
    greg_t error = u->uc_mcontext.gregs[REG_ERR];
    return (access_kind){.write = (error & 2) != 0, .fetch = (error & 16) != 0};
}
#else
static access_kind access_of(const siginfo_t *info, const ucontext_t *u) {
    access_kind kind = {.fetch = (uintptr_t)info->si_addr == (uintptr_t)PC(u)};
    const uint8_t *p = (const uint8_t *)u->uc_mcontext.__reserved;
    const uint8_t *end = p + sizeof u->uc_mcontext.__reserved;
    struct _aarch64_ctx record;
    for (; (size_t)(end - p) >= sizeof(struct esr_context); p += record.size) {
        memcpy(&record, p, sizeof record);
        if (record.magic == 0 || record.size == 0 || record.size > (size_t)(end - p)) break;
        if (record.magic != ESR_MAGIC) continue;
        struct esr_context esr;
        memcpy(&esr, p, sizeof esr);
        kind.write = !kind.fetch && (esr.esr & 1u << 6) != 0; /* ISS.WnR of a data abort */
        break;
    }
    return kind;
}
#endif

/* The fault is the first touch of a piece that was left where it is kept. */
static bool take_touch(int number, const siginfo_t *info, const ucontext_t *u) {
    access_kind kind = access_of(info, u);
    int before = errno;
    bool taken = number == SIGSEGV && info->si_code > 0 && !kind.write &&
                 gvm_wasm_lazy_fault((uintptr_t)info->si_addr, kind.fetch);
    errno = before;
    return taken;
}

static void on_fault(int number, siginfo_t *info, void *context) {
    if (!take_touch(number, info, context) && !take_fault(info, context))
        hand_on(number, info, context);
}

gvm_status gvm_wasm_traps_enable(void) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    gvm_status status = GVM_OK;
    pthread_mutex_lock(&lock);
    if (!gvm_wasm_guards_memory()) {
        struct sigaction ours = {.sa_sigaction = on_fault,
                                 .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
        sigemptyset(&ours.sa_mask);
        for (unsigned i = 0; i < 2 && status == GVM_OK; i++)
            if (sigaction(signals[i], &ours, &former[i]) != 0) status = GVM_ERR_UNSUPPORTED;
        if (status == GVM_OK) atomic_store(&enabled, true);
    }
    pthread_mutex_unlock(&lock);
    return status;
}

#else

gvm_status gvm_wasm_traps_enable(void) {
    return GVM_ERR_UNSUPPORTED;
}

#endif
