/* Frames of WebAssembly and the functions that they call; private to the room. */
#ifndef GVM_VM_WASMHOST_HOST_H
#define GVM_VM_WASMHOST_HOST_H

#include "vm/host.h"
#include "vm/wasmhost/code.h"
#include "vm/wasmhost/wasmhost.h"

#define GVM_WASM_UNITS INT64_C(10000) /* of a gas */

/* A page of an instance's first memory; growth costs prices.inc's GROW_PAGE. */
#define GVM_WASM_ENTRY_PAGE_UNITS 1000000
/* Pages of all live frames of a transaction. */
enum { GVM_WASM_PAGES_CHEAP = 512, GVM_WASM_PAGES_STEP = 256, GVM_WASM_PAGES_MAX = 4096 };

typedef struct gvm_wasm_slot_cache { /* what vm_hooks keep of storage until the flush */
    struct gvm_wasm_cached *at;
    uint32_t len, cap;
    uint32_t *index; /* by key: a place in `at` + 1 */
    uint32_t slots;  /* of the index, a power of two */
} gvm_wasm_slot_cache;

/* What a depth keeps from use to use, and the frame that has it now. */
typedef struct gvm_wasm_context {
    struct gvm_wasm_host *host;
    gvm_frame *frame;
    gvm_wasm_exec *exec;
    gvm_wasm_store *store;
    gvm_wasm_contract *contract;
    gvm_wasm_instance *instance;
    bool owns_contract;            /* of a creation, not from the cache */
    bool starting;                 /* the start function runs */
    uint32_t pages;                /* that this frame added to the host's sum */
    int64_t beyond;                /* gas that does not fit in the exec's fuel */
    int64_t fraction;              /* units over whole gas, while a host function runs */
    gvm_bytes calldata;            /* input, or constructor data */
    gvm_bytes output;              /* in the frame's memory */
    gvm_outcome outcome;           /* of the host function that ended the run */
    bool ended;                    /* it did, and with the frame's outcome */
    gvm_buf deposit;               /* creation: the code to be stored */
    uint32_t result_at, length_at; /* where the pending call's address and length go */
    uint8_t pending;               /* GVM_WASM_WAIT_* */
    uint8_t ghost, ghost_form;     /* the pending Ghost operation; where its result goes */
    gvm_wasm_slot_cache cache;
} gvm_wasm_context;

/* What the core hands to gvm_wasm_hostcall_enter. */
typedef struct gvm_wasm_binding {
    struct gvm_wasm_host *host;
    uint32_t row;
} gvm_wasm_binding;

typedef struct gvm_wasm_host {
    gvm_vm *vm;
    gvm_wasm_store *functions;
    gvm_wasm_extern *externs;   /* by row */
    gvm_wasm_binding *bindings; /* by row */
    gvm_wasm_context *current;  /* whose module runs */
    uint32_t pages;             /* of all live frames */
    uint32_t deepest;           /* depth that has a context, or had one */
    gvm_wasm_context *contexts[GVM_CALL_DEPTH + 1];
} gvm_wasm_host;

enum { /* what the run waits for, and which form its result has */
       GVM_WASM_WAIT_NOTHING,
       GVM_WASM_WAIT_CALL,
       GVM_WASM_WAIT_CREATE,
       GVM_WASM_WAIT_STYLUS_CALL,
       GVM_WASM_WAIT_STYLUS_CREATE,
       GVM_WASM_WAIT_GHOST
};
typedef enum gvm_wasm_ghost_form {                         /* of a Ghost operation's result */
                                   GVM_WASM_GHOST_NUMBER,  /* the function's, i32 */
                                   GVM_WASM_GHOST_WORD,    /* 32 bytes at result_at */
                                   GVM_WASM_GHOST_ADDRESS, /* 20 bytes at result_at and 1; 0 and
                                                              nothing where it is zero */
} gvm_wasm_ghost_form;

/* A call of a host function. */
typedef struct gvm_wasm_call_args {
    gvm_wasm_host *host;
    gvm_wasm_context *c;
    gvm_frame *f;
    const gvm_wasm_hostcall *row;
    uint64_t v[8]; /* parameters */
    uint8_t *p[8]; /* where parameters that are pointers point; checked */
    uint32_t n[8]; /* bytes there (roles <, >, t, s) */
    uint64_t result;
    bool ends; /* the frame ends, with the outcome that was returned */
} gvm_wasm_call_args;
typedef gvm_outcome gvm_wasm_call_fn(gvm_wasm_call_args *a);

#define X(module, name, type, roles, gas, word, mode, since, function, text) \
    gvm_wasm_call_fn gvm_wasm_call_##function;
#include "vm/wasmhost/hostcalls.inc"
#undef X

/* By row; NULL where it is not there yet. */
extern gvm_wasm_call_fn *const gvm_wasm_call_fns[];
/* The row of an import; -1: unknown. */
int gvm_wasm_hostcall_find(gvm_bytes module, gvm_bytes name);
/* Its type; `types` gets parameters, then results. */
void gvm_wasm_hostcall_type(gvm_wasm_functype *out, uint8_t types[12],
                            const gvm_wasm_hostcall *row);
/* The function that the core calls for every row; ctx is a gvm_wasm_binding. */
gvm_status gvm_wasm_hostcall_enter(void *ctx, gvm_wasm_exec *exec, uint64_t *slots);

/* A checked view of guest memory, for what roles cannot say; a trap where it is not inside. */
GVM_NODISCARD gvm_outcome gvm_wasm_guest(gvm_wasm_call_args *a, uint8_t **out, uint64_t at,
                                         uint64_t len);
/* Takes 3 gas a word for copying n bytes. */
GVM_NODISCARD gvm_outcome gvm_wasm_take_copy(gvm_wasm_call_args *a, uint64_t n);
/* Makes the exec's fuel of the frame's gas. */
void gvm_wasm_refuel(gvm_wasm_context *c);
/* Sets the frame's output. */
GVM_NODISCARD gvm_outcome gvm_wasm_set_output(gvm_wasm_context *c, gvm_bytes bytes);

/* What a page costs more than GROW_PAGE says when `pages` are added to the sum; sum + pages is
 * within the limit. In units of one page's price. */
uint64_t gvm_wasm_pages_factor(uint32_t sum, uint32_t pages);

/* ---- ghost.c: what came of the pending Ghost operation; false: the frame reverts with its return
 * data. */
bool gvm_wasm_ghost_result(gvm_wasm_context *c, uint64_t *slots);

/* ---- stylus.c */
/* Stores what the cache holds and storage does not. */
GVM_NODISCARD gvm_outcome gvm_wasm_cache_flush(gvm_wasm_context *c, bool forget);
void gvm_wasm_cache_clear(gvm_wasm_slot_cache *cache);
void gvm_wasm_cache_free(gvm_wasm_slot_cache *cache);

#endif
