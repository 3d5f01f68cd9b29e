/* A module as the loader leaves it and the interpreter reads it; private to the room. */
#ifndef GVM_VM_WASM_MODULE_H
#define GVM_VM_WASM_MODULE_H

#include "vm/wasm/iops.h"
#include "vm/wasm/kept.h"

#include <stdatomic.h>

/* One word of the interpreter's code. */
typedef union gvm_wasm_word {
    struct {
        uint16_t op, a, b, c;
    };
    struct {
        uint16_t op_, a_;
        uint32_t index; /* calls, i32 constants */
    };
    struct {
        int32_t target; /* words from this one to the first of the target */
        uint32_t price; /* of the metering block that begins behind this word */
    };
    struct {
        uint32_t x, y;
    };
    uint64_t u64;
    int64_t i64;
} gvm_wasm_word;
_Static_assert(sizeof(gvm_wasm_word) == 8, "a code word has 8 bytes");

/* A function's code. Its first word is the price of its first metering block. */
typedef struct gvm_wasm_code {
    const gvm_wasm_word *entry; /* behind the first price word */
    uint32_t first;             /* index of the first word in the module's code */
    uint32_t stack_cost;        /* 32 + 8 * slots */
    uint16_t param_slots, zero_slots;
    uint32_t index;             /* of the function */
    uint32_t body_at, body_len; /* in the binary, behind the size */
    uint64_t units;             /* sum of its blocks' prices */
} gvm_wasm_code;

/* Where a word of code came from: only words that can stop have one. */
typedef struct gvm_wasm_origin {
    uint32_t word, offset;
} gvm_wasm_origin;

/* A constant expression. */
typedef struct gvm_wasm_init {
    enum { GVM_WASM_INIT_CONST, GVM_WASM_INIT_GLOBAL, GVM_WASM_INIT_FUNC, GVM_WASM_INIT_NULL } kind;
    uint32_t index;
    uint64_t bits[2];
} gvm_wasm_init;

typedef struct gvm_wasm_table_type {
    uint8_t type;
    bool has_max;
    uint32_t min, max;
} gvm_wasm_table_type;

typedef struct gvm_wasm_memory_type {
    bool has_max;
    uint32_t min, max;
} gvm_wasm_memory_type;

typedef struct gvm_wasm_globaltype {
    uint8_t type;
    bool is_mutable;
    gvm_wasm_init init;
} gvm_wasm_globaltype;

typedef struct gvm_wasm_import {
    gvm_bytes module, name;
    uint8_t kind;
    uint32_t index; /* in the kind's index space */
} gvm_wasm_import;

typedef struct gvm_wasm_export {
    gvm_bytes name;
    uint8_t kind;
    uint32_t index;
} gvm_wasm_export;

typedef enum gvm_wasm_segment_mode {
    GVM_WASM_SEGMENT_ACTIVE,
    GVM_WASM_SEGMENT_PASSIVE,
    GVM_WASM_SEGMENT_DECLARATIVE
} gvm_wasm_segment_mode;

typedef struct gvm_wasm_elements {
    uint8_t mode, type;
    uint32_t table, count;
    uint32_t first; /* in the module's element_items */
    gvm_wasm_init offset;
} gvm_wasm_elements;

/* One element of a segment: function index, or one of these two forms. */
#define GVM_WASM_ITEM_NULL   UINT32_MAX
#define GVM_WASM_ITEM_GLOBAL 0x80000000u /* + index of the global */

typedef struct gvm_wasm_data {
    uint8_t mode;
    uint32_t first, len; /* in the module's data_bytes */
    gvm_wasm_init offset;
} gvm_wasm_data;

typedef struct gvm_wasm_custom {
    gvm_bytes name, payload;
} gvm_wasm_custom;

/* An array that grows by doubling. */
#define GVM_WASM_VEC(T)    \
    struct {               \
        T *at;             \
        uint32_t len, cap; \
    }

/* Blocks of memory that live as long as the module. */
typedef struct gvm_wasm_arena {
    struct gvm_wasm_arena_block *last;
    size_t used, cap, total; /* total: bytes of all blocks */
} gvm_wasm_arena;

/* The same in executable memory. */
typedef struct gvm_wasm_machine {
    const struct gvm_wasm_module *module;
    gvm_wasm_native n; /* its tables are its own, but `places` where it is lazy */
    const uint8_t *code;
    gvm_wasm_lazy *lazy; /* its pages come when they are touched; NULL: all are there */
    struct gvm_jit_profiled *profiled; /* NULL: nobody was told */
} gvm_wasm_machine;

struct gvm_wasm_module {
    atomic_uint holders;
    uint64_t serial; /* no other module of the process has or had it */
    gvm_wasm_limits limits;
    gvm_wasm_arena arena;
    uint64_t bytes; /* length of the binary */
    GVM_WASM_VEC(gvm_wasm_functype) types;
    GVM_WASM_VEC(uint32_t) funcs; /* type of each function, imports first */
    GVM_WASM_VEC(gvm_wasm_table_type) tables;
    GVM_WASM_VEC(gvm_wasm_memory_type) memories;
    GVM_WASM_VEC(gvm_wasm_globaltype) globals;
    GVM_WASM_VEC(gvm_wasm_import) imports;
    GVM_WASM_VEC(gvm_wasm_export) exports;
    GVM_WASM_VEC(gvm_wasm_elements) elements;
    GVM_WASM_VEC(uint32_t) element_items;
    GVM_WASM_VEC(gvm_wasm_data) data;
    GVM_WASM_VEC(uint8_t) data_bytes;
    GVM_WASM_VEC(gvm_wasm_custom) customs;
    GVM_WASM_VEC(gvm_wasm_code) codes; /* of the functions that are not imported */
    GVM_WASM_VEC(gvm_wasm_word) words;
    GVM_WASM_VEC(gvm_wasm_origin) origins;
    uint8_t *declared; /* a bit for each function that ref.func may name */
    uint32_t imported_funcs, imported_tables, imported_memories, imported_globals;
    bool has_start;
    uint32_t start;
    _Atomic(gvm_wasm_machine *) machines[2]; /* compiled code, by form; NULL: none */
};

/* For tests: compiles as if the machine had no AVX. Before any compilation. */
void gvm_wasm_leave_avx(bool alone);
/* Compiled code that may run with `memory` (NULL: the module has none); compiles it where only the
 * other form is there. NULL: there is none. */
const gvm_wasm_machine *gvm_wasm_module_machine(gvm_wasm_module *m,
                                                const struct gvm_wasm_memory *memory);

/* Whether lengths and offsets are those of the module's functions. */
bool gvm_wasm_native_fits(const gvm_wasm_module *m, const gvm_wasm_native *n);
void gvm_wasm_lazy_delete(gvm_wasm_lazy *z);
/* For the signal handler: true where the fault (of a read, or of an instruction's fetch) was a
 * first touch, which may now be done again. */
bool gvm_wasm_lazy_fault(uintptr_t at, bool fetch);

/* Tells perf and gdb of compiled code, where gvm_wasm_profile asked for it. */
void gvm_wasm_module_tell(gvm_wasm_machine *x);
/* Compiled code of a module in whatever form, or NULL. */
const gvm_wasm_machine *gvm_wasm_module_any_machine(const gvm_wasm_module *m);

/* Makes room for one more; false where memory is out. */
bool gvm_wasm_vec_grow(void **at, uint32_t *cap, uint32_t len, size_t size);
#define GVM_WASM_PUSH(v)                       \
    (__builtin_expect((v).len < (v).cap, 1) || \
     gvm_wasm_vec_grow((void **)&(v).at, &(v).cap, (v).len, sizeof *(v).at))

void *gvm_wasm_arena_take(gvm_wasm_arena *a, size_t len);
void gvm_wasm_arena_free(gvm_wasm_arena *a);

bool gvm_wasm_functype_equal(const gvm_wasm_functype *a, const gvm_wasm_functype *b);
/* Offset in the binary of what word `word` was made from. */
uint32_t gvm_wasm_module_origin(const gvm_wasm_module *m, uint32_t word);

static inline uint32_t gvm_wasm_type_slots(uint8_t type) {
    return type == GVM_WASM_V128 ? 2 : 1;
}
static inline bool gvm_wasm_type_is_ref(uint8_t type) {
    return type == GVM_WASM_FUNCREF || type == GVM_WASM_EXTERNREF;
}

#endif
