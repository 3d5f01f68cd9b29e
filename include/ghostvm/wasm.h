/* libghostvm-wasm: WebAssembly 2.0 to be embedded: load, validate, link and run modules; metered,
 * deterministic, with a compiler and an interpreter that agree in everything. Needs libc alone and
 * knows nothing of chains.
 *
 *     gvm_wasm_module *module;
 *     gvm_wasm_refusal why;
 *     if (gvm_wasm_load(&module, &why, bytes, NULL) != GVM_OK) ... why.offset, why.text
 *     gvm_wasm_module_compile(module);          -- where it is not supported, modules interpret
 *     gvm_wasm_store *store = gvm_wasm_store_new();
 *     gvm_wasm_exec *exec = gvm_wasm_exec_new(1 << 20);
 *     gvm_wasm_instantiate(store, &instance, exec, &error, module, imports, imports_len);
 *     gvm_wasm_instance_export(instance, &e, name);
 *     if (gvm_wasm_call(exec, results, e.func, args) != GVM_OK) ... gvm_wasm_exec_trap(exec)
 *
 * examples/wasm_embed.c is a whole program.
 *
 * Objects. A loader takes a module's bytes as they arrive and makes a `gvm_wasm_module`. A store
 * owns what running modules share: instances, memories, tables, globals, host functions. An exec is
 * one thread of execution: stack, fuel, deadline, trap.
 *
 * Ownership. What has a _delete belongs to the caller. What a store made lives until the store is
 * deleted or reset; instances hold their module. Arguments are borrowed for the call, but where a
 * comment says otherwise.
 *
 * Threads. A finished module is immutable and may be shared by threads. A store and its execs
 * belong to one thread at a time; gvm_wasm_exec_cancel alone may be called from another.
 *
 * Errors. Functions return GVM_OK (0) or the number of a status (status.inc), which never changes.
 * Pointers must not be NULL but where a comment allows it.
 *
 * Caveats. A module's code is as much as its author wants: give execs fuel or a deadline, stores a
 * limit of memory. A compiled module cannot call one that was not compiled. Prices (units of fuel)
 * are those of the GhostVM rules and may change with a version of the library; results never do.
 * docs/wasm.md has the rules of metering, floats, stack and limits. */
#ifndef GHOSTVM_WASM_H
#define GHOSTVM_WASM_H

#include "base.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "0.1.0". Static storage. */
GVM_API const char *gvm_wasm_version(void);

typedef struct gvm_wasm_module gvm_wasm_module;
typedef struct gvm_wasm_loader gvm_wasm_loader;
typedef struct gvm_wasm_store gvm_wasm_store;
typedef struct gvm_wasm_instance gvm_wasm_instance;
typedef struct gvm_wasm_exec gvm_wasm_exec;
typedef struct gvm_wasm_func gvm_wasm_func;
typedef struct gvm_wasm_table gvm_wasm_table;
typedef struct gvm_wasm_memory gvm_wasm_memory;
typedef struct gvm_wasm_global gvm_wasm_global;

/* Value types, by their byte in the binary format. */
typedef enum gvm_wasm_type {
    GVM_WASM_I32 = 0x7f,
    GVM_WASM_I64 = 0x7e,
    GVM_WASM_F32 = 0x7d,
    GVM_WASM_F64 = 0x7c,
    GVM_WASM_V128 = 0x7b,
    GVM_WASM_FUNCREF = 0x70,
    GVM_WASM_EXTERNREF = 0x6f
} gvm_wasm_type;

/* A value, little-endian lanes; floats as their bits. */
typedef union gvm_wasm_value {
    uint32_t i32;
    uint64_t i64;
    uint32_t f32;
    uint64_t f64;
    gvm_wasm_func *func; /* NULL: null reference */
    uint64_t external;   /* 0: null reference */
    uint64_t v128[2];
} gvm_wasm_value;

/* Types of a function: parameters, then results. Valid as long as whatever it was read from. */
typedef struct gvm_wasm_functype {
    const uint8_t *types; /* gvm_wasm_type each */
    uint32_t params, results;
    uint32_t param_slots, result_slots; /* 8 bytes each; v128 takes two */
} gvm_wasm_functype;

#define GVM_WASM_PAGE     65536u
#define GVM_WASM_NO_LIMIT UINT32_MAX

/* ---- limits */

/* What a module may hold. A value at its limit is accepted. */
typedef struct gvm_wasm_limits {
    uint32_t module_bytes, functions, types, globals, memories, tables, data, elements, imports,
        exports;
    uint32_t name_bytes; /* of an import's, an export's and a custom section's name */
    uint32_t params, results;
    uint32_t locals;       /* of one function, parameters not counted */
    uint64_t locals_total; /* of all functions; in `contract` also at most the module's bytes */
    uint32_t body_bytes, nesting, height, br_table;
    uint32_t memory_pages; /* a memory's declared minimum; growth ends here too */
    uint32_t table_size;   /* likewise, elements */
    bool locals_by_bytes;  /* refuse where the sum of locals passes the module's bytes */
} gvm_wasm_limits;

/* Profile `core`: the specification, with the embedder's own limits. */
GVM_API extern const gvm_wasm_limits gvm_wasm_limits_core;
/* Profile `contract`: docs/wasm.md. */
GVM_API extern const gvm_wasm_limits gvm_wasm_limits_contract;

/* ---- load */

/* Where and why a module was refused. */
typedef struct gvm_wasm_refusal {
    gvm_status status; /* GVM_ERR_WASM_MALFORMED, _INVALID or _LIMIT */
    uint64_t offset; /* of the byte with which it became certain; the module's length where it ends
                        too early */
    uint32_t function; /* index of the function whose body it is in, else GVM_WASM_NO_LIMIT */
    char text[120];
} gvm_wasm_refusal;

/* A loader for one module. `limits` is copied; NULL: gvm_wasm_limits_core. NULL where memory is
 * out.
 */
GVM_API gvm_wasm_loader *gvm_wasm_loader_new(const gvm_wasm_limits *limits);
GVM_API void gvm_wasm_loader_delete(gvm_wasm_loader *l);
/* Ends the module at an empty custom section "ghost.end", where one comes at the top level:
 * gvm_wasm_loader_feed then takes no more bytes. Call before the first feed. */
GVM_API void gvm_wasm_loader_stop_at_end(gvm_wasm_loader *l);
/* Takes the next bytes. *taken (may be NULL) is what was used: all of it, but after an end mark, or
 * a refusal. A module is refused in the feed that holds the byte with which it becomes certain,
 * however the bytes are split; every later call answers the same. GVM_ERR_NOMEM may be answered
 * too. */
GVM_API GVM_NODISCARD gvm_status gvm_wasm_loader_feed(gvm_wasm_loader *l, size_t *taken,
                                                      gvm_bytes bytes);
GVM_API bool gvm_wasm_loader_ended(const gvm_wasm_loader *l);
/* The module is complete: *out is the module, to be released by gvm_wasm_module_delete. Once. */
GVM_API GVM_NODISCARD gvm_status gvm_wasm_loader_finish(gvm_wasm_loader *l, gvm_wasm_module **out);
GVM_API const gvm_wasm_refusal *gvm_wasm_loader_refusal(const gvm_wasm_loader *l);

/* All of the above for a module that is at hand. `refusal` and `limits` may be NULL. */
GVM_API GVM_NODISCARD gvm_status gvm_wasm_load(gvm_wasm_module **out, gvm_wasm_refusal *refusal,
                                               gvm_bytes bytes, const gvm_wasm_limits *limits);

/* ---- modules */

/* Instances hold the module too: it is freed when the last holder lets go. Thread-safe. */
GVM_API gvm_wasm_module *gvm_wasm_module_hold(gvm_wasm_module *m);
GVM_API void gvm_wasm_module_delete(gvm_wasm_module *m);

typedef enum gvm_wasm_kind {
    GVM_WASM_KIND_FUNC,
    GVM_WASM_KIND_TABLE,
    GVM_WASM_KIND_MEMORY,
    GVM_WASM_KIND_GLOBAL
} gvm_wasm_kind;

/* An import or export as declared. */
typedef struct gvm_wasm_declaration {
    gvm_bytes module, name; /* `module` is empty for exports */
    gvm_wasm_kind kind;
    uint32_t index;                /* exports: in the kind's index space */
    const gvm_wasm_functype *func; /* functions */
    uint8_t type;                  /* globals' and tables' */
    bool mutable_global;
    uint64_t min, max; /* memories (pages) and tables (elements); max UINT64_MAX: none */
} gvm_wasm_declaration;

GVM_API uint32_t gvm_wasm_module_imports(const gvm_wasm_module *m);
GVM_API uint32_t gvm_wasm_module_exports(const gvm_wasm_module *m);
GVM_API void gvm_wasm_module_import(const gvm_wasm_module *m, gvm_wasm_declaration *out,
                                    uint32_t index);
GVM_API void gvm_wasm_module_export(const gvm_wasm_module *m, gvm_wasm_declaration *out,
                                    uint32_t index);
/* Finds an export by name. */
GVM_API bool gvm_wasm_module_find_export(const gvm_wasm_module *m, gvm_wasm_declaration *out,
                                         gvm_bytes name);
/* The payload of a kept custom section ("name" and those that begin with "ghost."); the last one of
 * that name. */
GVM_API bool gvm_wasm_module_custom(const gvm_wasm_module *m, gvm_bytes *out, gvm_bytes name);
/* Name of a function from the "name" section, else of its first export; false: it has none. */
GVM_API bool gvm_wasm_module_func_name(const gvm_wasm_module *m, gvm_bytes *out, uint32_t index);
GVM_API bool gvm_wasm_module_has_start(const gvm_wasm_module *m);
/* Compiles the module to this machine's code, once, before it is shared; calls then use it. Equal
 * in results, fuel and traps to the interpreter. GVM_ERR_UNSUPPORTED where there is no compiler for
 * this machine or no permission to run its code. */
GVM_API GVM_NODISCARD gvm_status gvm_wasm_module_compile(gvm_wasm_module *m);
/* Lets compiled code leave the bounds of memory to guard pages: installs a handler for SIGSEGV and
 * SIGBUS, for the whole process and for good. It takes only faults whose instruction and address
 * are this library's; all else goes to the handler that was there before. A handler that is
 * installed later must hand on what is not its own, and threads that run modules must not block the
 * two. Without this call the library touches no signal and compares; results are the same. Call it
 * before modules are compiled. GVM_ERR_UNSUPPORTED where there is no such thing: then it compares.
 */
GVM_API gvm_status gvm_wasm_traps_enable(void);
/* Sizes for entry prices and reports. */
typedef struct gvm_wasm_sizes {
    uint64_t bytes, functions, globals, table_elements, data_bytes, memory_pages, code_words;
    uint64_t segment_elements; /* in all element segments */
} gvm_wasm_sizes;
GVM_API void gvm_wasm_module_sizes(const gvm_wasm_module *m, gvm_wasm_sizes *out);

/* A function that the module itself has. */
typedef struct gvm_wasm_func_report {
    const gvm_wasm_functype *type;
    uint32_t offset, bytes; /* of its body in the module */
    uint32_t stack_bytes;   /* what it takes of the stack account */
    uint64_t entry_units;   /* price of its first block: what a call takes before anything runs */
    uint64_t all_units;     /* sum of the prices of all its blocks, each once */
    uint32_t native_bytes;  /* of compiled code; 0: not compiled */
} gvm_wasm_func_report;
/* By the index of all functions; false for an imported one. */
GVM_API bool gvm_wasm_module_func(const gvm_wasm_module *m, gvm_wasm_func_report *out,
                                  uint32_t index);
/* How many of the functions are imported: they have the first indices. */
GVM_API uint32_t gvm_wasm_module_imported_funcs(const gvm_wasm_module *m);

/* Compiled functions by name in perf (lines of /tmp/perf-PID.map) and in gdb and lldb (their JIT
 * interface): process-wide, for modules that are compiled from now on. GVM_ERR_IO: the map cannot
 * be written. Thread-safe. */
#define GVM_WASM_PROFILE_PERF 1u
#define GVM_WASM_PROFILE_GDB  2u
GVM_API GVM_NODISCARD gvm_status gvm_wasm_profile(unsigned sinks);

/* ---- stores and what they own */

GVM_API gvm_wasm_store *gvm_wasm_store_new(void);
GVM_API void gvm_wasm_store_delete(gvm_wasm_store *s);
/* Everything made in the store is gone; its memory is kept for what is made next. */
GVM_API void gvm_wasm_store_reset(gvm_wasm_store *s);
/* The most pages that one memory may grow to (default 65,536, GVM_WASM limits of the module apply
 * as well). */
GVM_API void gvm_wasm_store_limit_memory(gvm_wasm_store *s, uint32_t pages);

/* Asks `fn` before any memory of the store grows by `pages`, which its limits allow: it answers
 * with what that costs beyond the instruction's own price, in units, or UINT64_MAX: memory.grow
 * fails. NULL: nobody is asked. */
typedef uint64_t (*gvm_wasm_grow_fn)(void *ctx, uint32_t pages);
GVM_API void gvm_wasm_store_on_grow(gvm_wasm_store *s, gvm_wasm_grow_fn fn, void *ctx);

/* A host function: called with its arguments in slots of 8 bytes (i32 and f32 zero-extended, v128
 * two slots, low lane first), to be replaced by its results in the same form. It may use the exec's
 * fuel and memory, and may call gvm_wasm_call with another exec. GVM_OK continues;
 * GVM_WASM_SUSPENDED stops the run, which gvm_wasm_exec_resume continues; any other status is a
 * trap of that status. */
typedef gvm_status (*gvm_wasm_host_fn)(void *ctx, gvm_wasm_exec *exec, uint64_t *slots);

/* NULL where memory is out. `type` is copied. */
GVM_API gvm_wasm_func *gvm_wasm_func_new(gvm_wasm_store *s, const gvm_wasm_functype *type,
                                         gvm_wasm_host_fn fn, void *ctx);
/* `max` UINT32_MAX: none. A table's `type` is FUNCREF or EXTERNREF. */
GVM_API gvm_wasm_table *gvm_wasm_table_new(gvm_wasm_store *s, uint8_t type, uint32_t min,
                                           uint32_t max);
GVM_API gvm_wasm_memory *gvm_wasm_memory_new(gvm_wasm_store *s, uint32_t min, uint32_t max);
GVM_API gvm_wasm_global *gvm_wasm_global_new(gvm_wasm_store *s, uint8_t type, bool is_mutable,
                                             gvm_wasm_value value);

GVM_API const gvm_wasm_functype *gvm_wasm_func_type(const gvm_wasm_func *f);
GVM_API gvm_wasm_value gvm_wasm_global_get(const gvm_wasm_global *g);
GVM_API uint8_t gvm_wasm_global_type(const gvm_wasm_global *g);
/* GVM_ERR_STATE where the global is immutable. */
GVM_API GVM_NODISCARD gvm_status gvm_wasm_global_set(gvm_wasm_global *g, gvm_wasm_value value);
/* The memory's bytes; valid until it grows. */
GVM_API uint8_t *gvm_wasm_memory_data(gvm_wasm_memory *m, size_t *len);
GVM_API uint32_t gvm_wasm_memory_pages(const gvm_wasm_memory *m);
GVM_API uint32_t gvm_wasm_table_size(const gvm_wasm_table *t);
GVM_API bool gvm_wasm_table_get(const gvm_wasm_table *t, gvm_wasm_value *out, uint32_t index);

/* Something to import, or exported. */
typedef struct gvm_wasm_extern {
    gvm_wasm_kind kind;
    union {
        gvm_wasm_func *func;
        gvm_wasm_table *table;
        gvm_wasm_memory *memory;
        gvm_wasm_global *global;
    };
} gvm_wasm_extern;

/* ---- instances */

/* Instantiates: checks the imports (one per declaration, in its order), makes what the module
 * declares, copies its active segments and runs its start function on `exec` (fuel, traps: as in
 * gvm_wasm_call). What a failed instantiation wrote to imported tables and memories stays, as the
 * specification has it. GVM_ERR_WASM_LINK (err says which import), GVM_ERR_NOMEM, or a trap's
 * status. */
GVM_API GVM_NODISCARD gvm_status gvm_wasm_instantiate(gvm_wasm_store *s, gvm_wasm_instance **out,
                                                      gvm_wasm_exec *exec, gvm_error *err,
                                                      gvm_wasm_module *m,
                                                      const gvm_wasm_extern *imports,
                                                      size_t imports_len);
GVM_API bool gvm_wasm_instance_export(const gvm_wasm_instance *i, gvm_wasm_extern *out,
                                      gvm_bytes name);
GVM_API gvm_wasm_module *gvm_wasm_instance_module(const gvm_wasm_instance *i);
/* Its memory 0, or NULL. */
GVM_API gvm_wasm_memory *gvm_wasm_instance_memory(const gvm_wasm_instance *i);

/* ---- execution */

typedef enum gvm_wasm_trap_code {
#define X(name, status, text) GVM_WASM_TRAP_##name,
#include "wasm_traps.inc"
#undef X
} gvm_wasm_trap_code;

typedef struct gvm_wasm_trap {
    gvm_wasm_trap_code code;
    gvm_status status; /* what the call returned */
    const gvm_wasm_module *module;
    uint32_t function; /* index in the module; GVM_WASM_NO_LIMIT: none */
    uint32_t offset;   /* of the instruction, in the module's bytes */
} gvm_wasm_trap;

/* An exec with a stack account of `stack_bytes` (docs/wasm.md: 32 + 8 a slot for each active
 * function). */
GVM_API gvm_wasm_exec *gvm_wasm_exec_new(uint32_t stack_bytes);
GVM_API void gvm_wasm_exec_delete(gvm_wasm_exec *e);

/* Fuel in units. An exec starts without limit (INT64_MAX). Negative is taken as 0. */
GVM_API void gvm_wasm_exec_set_fuel(gvm_wasm_exec *e, int64_t units);
GVM_API int64_t gvm_wasm_exec_fuel(const gvm_wasm_exec *e);
/* Takes `units`; false where there are too few: then nothing is taken, and a host function should
 * return GVM_ERR_WASM_FUEL. */
GVM_API bool gvm_wasm_exec_charge(gvm_wasm_exec *e, int64_t units);
/* Stops the running call at its next refill of fuel (at most 10 M units away) with
 * GVM_ERR_CANCELLED. From any thread. Stays set until gvm_wasm_exec_clear_cancel. */
GVM_API void gvm_wasm_exec_cancel(gvm_wasm_exec *e);
GVM_API void gvm_wasm_exec_clear_cancel(gvm_wasm_exec *e);
/* As cancelled where *flag is set (read atomically). `flag` must outlive the calls; NULL: none. */
GVM_API void gvm_wasm_exec_watch(gvm_wasm_exec *e, const volatile bool *flag);
/* Nanoseconds of CLOCK_MONOTONIC after which a call ends with GVM_ERR_TIMEOUT; 0: none. */
GVM_API void gvm_wasm_exec_set_deadline(gvm_wasm_exec *e, uint64_t nanoseconds);

/* Uses the interpreter even where there is compiled code. */
GVM_API void gvm_wasm_exec_interpret(gvm_wasm_exec *e, bool always);
/* Calls `f`. args and results hold one value for each parameter and result. GVM_OK, a trap's
 * status, or GVM_WASM_SUSPENDED. GVM_ERR_STATE where the exec is already running. */
GVM_API GVM_NODISCARD gvm_status gvm_wasm_call(gvm_wasm_exec *e, gvm_wasm_value *results,
                                               gvm_wasm_func *f, const gvm_wasm_value *args);
/* Continues after a host function returned GVM_WASM_SUSPENDED: that call ends with `status`
 * (GVM_OK, with its results in gvm_wasm_exec_slots, or a trap). */
GVM_API GVM_NODISCARD gvm_status gvm_wasm_exec_resume(gvm_wasm_exec *e, gvm_wasm_value *results,
                                                      gvm_status status);
/* The slots of the suspended host call. */
GVM_API uint64_t *gvm_wasm_exec_slots(gvm_wasm_exec *e);
/* Gives up what is suspended; the exec can be used again. */
GVM_API void gvm_wasm_exec_abandon(gvm_wasm_exec *e);

/* The instance that called the running host function. */
GVM_API gvm_wasm_instance *gvm_wasm_exec_instance(const gvm_wasm_exec *e);
/* Offset, in its module's bytes, of the call of the running host function. */
GVM_API uint32_t gvm_wasm_exec_offset(const gvm_wasm_exec *e);
/* A view of the calling instance's memory, or false where [at, at+len) is not inside it. */
GVM_API bool gvm_wasm_exec_memory(gvm_wasm_exec *e, uint8_t **out, uint32_t at, uint32_t len);

/* Why the last call ended; code NONE after success. */
GVM_API const gvm_wasm_trap *gvm_wasm_exec_trap(const gvm_wasm_exec *e);
GVM_API const char *gvm_wasm_trap_text(gvm_wasm_trap_code code);
/* "integer divide by zero in $name (function 3) at 0x1f2". */
GVM_API void gvm_wasm_trap_describe(char *out, size_t cap, const gvm_wasm_trap *trap);

#ifdef __cplusplus
}
#endif
#endif
