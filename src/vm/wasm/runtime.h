/* What modules run in: stores, instances, execs; private to the room. */
#ifndef GVM_VM_WASM_RUNTIME_H
#define GVM_VM_WASM_RUNTIME_H

#include "vm/wasm/module.h"

struct gvm_wasm_func {
    const gvm_wasm_functype *type;
    gvm_wasm_instance *instance; /* NULL: a host function */
    const gvm_wasm_code *code;   /* NULL: a host function */
    const void *native;          /* where its compiled code begins; NULL: there is none */
    gvm_wasm_host_fn host;
    void *ctx;
    gvm_wasm_functype own_type;
};

struct gvm_wasm_table {
    gvm_wasm_table *next; /* in its store */
    uint64_t *at;         /* gvm_wasm_func * or an external value; 0: null */
    uint32_t size, cap;
    uint32_t max;      /* as declared */
    uint32_t grow_max; /* where growth ends */
    uint8_t type;
    bool has_max;
};

struct gvm_wasm_memory {
    gvm_wasm_memory *next;
    uint8_t *at;
    uint64_t bytes; /* pages * 65,536 */
    uint64_t room;  /* bytes that can be touched */
    uint32_t max;   /* pages, with the store's limit */
    uint32_t declared_max;
    bool has_max;
    bool guarded; /* nothing that index + offset can name, and `room` does not hold, can be touched
                   */
};

struct gvm_wasm_global {
    uint64_t bits[2];
    uint8_t type;
    bool is_mutable;
};

struct gvm_wasm_instance {
    gvm_wasm_instance *next;
    gvm_wasm_module *module; /* held; not by a spare one */
    uint64_t serial;         /* of the module */
    gvm_wasm_store *store;
    gvm_wasm_memory *memory;
    const gvm_wasm_machine *machine; /* its compiled code; NULL: it is interpreted */
    gvm_wasm_func **funcs;           /* all of the index space */
    gvm_wasm_table **tables;
    gvm_wasm_global **globals;
    uint8_t *dropped_elements, *dropped_data; /* a byte each */
};

struct gvm_wasm_store {
    gvm_wasm_instance *instances;
    gvm_wasm_memory *memories, *spare;
    gvm_wasm_table *tables;
    gvm_wasm_instance *spare_instances; /* the newest first */
    gvm_wasm_table *spare_tables;
    gvm_wasm_arena arena;
    uint32_t max_pages;
    gvm_wasm_grow_fn grow;
    void *grow_ctx;
};

/* A return address. 32 bytes: what the stack account takes for a call. */
typedef struct gvm_wasm_frame {
    const gvm_wasm_word *pc;     /* where the caller goes on: behind its price */
    uint64_t *fp;                /* of the caller */
    gvm_wasm_instance *instance; /* of the caller */
    const gvm_wasm_code *code;   /* of the caller; NULL: it is the outside */
} gvm_wasm_frame;

struct gvm_wasm_exec {
    uint64_t *stack;
    gvm_wasm_frame *frames;
    uint32_t stack_limit; /* bytes of the account */
    uint32_t stack_used;
    uint32_t stack_slots, frames_cap;
    int64_t slice;     /* units at hand; negative only between a charge and its refill */
    int64_t reserve;   /* units behind them */
    int64_t slice_max; /* GVM_WASM_SLICE; less, to see more refills */
    uint64_t deadline;
    atomic_bool cancel;
    const volatile bool *watch; /* another such flag, or NULL */
    bool running, suspended;
    uint64_t float_mode; /* of the outside */
    gvm_wasm_trap trap;

    /* where the run stands, when the interpreter is not in it */
    const gvm_wasm_word *pc;
    uint64_t *fp;
    gvm_wasm_frame *top; /* next free frame */
    gvm_wasm_instance *instance;
    const gvm_wasm_code *code;
    gvm_wasm_func *called; /* function of the outermost call */

    /* compiled code */
    bool interpret;        /* do not use it */
    bool native;           /* the run is in it */
    uint8_t *native_stack; /* NULL: none yet */
    size_t native_stack_len;
    uint64_t *native_sp;        /* where compiled code waits */
    void *host_sp;              /* where the driver waits */
    uint32_t native_word;       /* what it left for */
    uint32_t native_trap;       /* the trap, where it left for one */
    gvm_wasm_func *native_func; /* the host function to call */
    /* what compiled code calls in C: pointers, since the code holds no addresses */
    uint32_t (*leaf_plain)(uint64_t *fp, const gvm_wasm_word *w);
    gvm_wasm_trap_code (*leaf_word)(gvm_wasm_exec *e, gvm_wasm_instance *in, const gvm_wasm_word *w,
                                    uint64_t *fp);
    uint32_t (*leaf_types_equal)(const gvm_wasm_functype *a, const gvm_wasm_functype *b);
    void (*const *leaf_simd)(uint64_t *fp, const gvm_wasm_word *w);
    void (*const *leaf_simd_memory)(uint64_t *fp, const gvm_wasm_word *w, uint8_t *at);
};

/* Why compiled code leaves to its driver. */
typedef enum gvm_wasm_exit {
    GVM_WASM_EXIT_DONE,
    GVM_WASM_EXIT_TRAP,
    GVM_WASM_EXIT_REFILL, /* native_word is the price's */
    GVM_WASM_EXIT_HOST,   /* native_func */
    GVM_WASM_EXIT_WORD    /* the instruction native_word is for gvm_wasm_step_word */
} gvm_wasm_exit;

/* Most units in the slice. */
#define GVM_WASM_SLICE 10000000

/* Refills the slice, which `price` has just made negative. NONE: go on. Else the price is put back.
 */
gvm_wasm_trap_code gvm_wasm_refill(gvm_wasm_exec *e, int64_t price);
/* Takes an operand's price. */
static inline gvm_wasm_trap_code gvm_wasm_take(gvm_wasm_exec *e, uint64_t units) {
    if (units > INT64_MAX) units = INT64_MAX;
    e->slice -= (int64_t)units;
    return __builtin_expect(e->slice < 0, 0) ? gvm_wasm_refill(e, (int64_t)units)
                                             : GVM_WASM_TRAP_NONE;
}

/* The return address of a call from outside is its second word. */
extern const gvm_wasm_word gvm_wasm_leave_code[2];
/* Runs from where the exec stands until the outermost call returns (GVM_OK), traps (the trap's
 * status) or is suspended.
 */
gvm_status gvm_wasm_run(gvm_wasm_exec *e, bool start);
/* Compiled code's way of running; `start`: at the beginning of function e->code. */
gvm_wasm_trap_code gvm_wasm_drive(gvm_wasm_exec *e, gvm_status *host, bool start);
/* Calls out, with the outside's floating-point mode. */
gvm_status gvm_wasm_call_host(gvm_wasm_exec *e, gvm_wasm_func *func, uint64_t *slots);
/* What the interpreter does for one instruction that touches tables, grows something, or is a bulk
 * one; and for one that reads and writes slots alone and needs no registers of the loop. */
gvm_wasm_trap_code gvm_wasm_step_word(gvm_wasm_exec *e, gvm_wasm_instance *in,
                                      const gvm_wasm_word *w, uint64_t *fp);
uint32_t gvm_wasm_step_plain(uint64_t *fp, const gvm_wasm_word *w);
/* Sets the exec's leaf_*. */
void gvm_wasm_set_leafs(gvm_wasm_exec *e);

/* ---- instance.c */

/* Grows by `pages`: the size before, or UINT32_MAX where a limit forbids; *nomem where the host has
 * no memory. */
uint32_t gvm_wasm_memory_grow(gvm_wasm_memory *m, uint32_t pages, bool *nomem);
/* Whether its limits allow that. */
bool gvm_wasm_memory_may_grow(const gvm_wasm_memory *m, uint32_t pages);
uint32_t gvm_wasm_table_grow(gvm_wasm_table *t, uint32_t count, uint64_t value, bool *nomem);
gvm_wasm_trap_code gvm_wasm_table_init(gvm_wasm_instance *i, uint32_t segment, uint32_t table,
                                       uint32_t to, uint32_t from, uint32_t len);
gvm_wasm_trap_code gvm_wasm_memory_init(gvm_wasm_instance *i, uint32_t segment, uint32_t to,
                                        uint32_t from, uint32_t len);

/* ---- traps.c */

/* Memories get guard pages in this process. */
bool gvm_wasm_guards_memory(void);
/* Address space for one memory, of which nothing can be touched yet; NULL: the pool is used up, or
 * the system refuses. */
uint8_t *gvm_wasm_guard_take(void);
void gvm_wasm_guard_give(uint8_t *at);
/* The address space: every index and offset of 32 bits, an access of 16 bytes, and a margin. */
#define GVM_WASM_GUARD_BYTES ((UINT64_C(8) << 30) + (128u << 10))

/* ---- simd.c */

/* A vector instruction: operands and result in slots of `w` (see iops.h). */
typedef void (*gvm_wasm_simd_fn)(uint64_t *fp, const gvm_wasm_word *w);
/* The same with a checked address. */
typedef void (*gvm_wasm_simd_memory_fn)(uint64_t *fp, const gvm_wasm_word *w, uint8_t *at);
/* By GVM_WASM_OP_*. */
extern const gvm_wasm_simd_fn gvm_wasm_simd_fns[GVM_WASM_OP_COUNT];
extern const gvm_wasm_simd_memory_fn gvm_wasm_simd_memory_fns[GVM_WASM_OP_COUNT];

#endif
