/* From stored code to a module that is ready to run; the one way, behind which modules are kept. */
#ifndef GVM_VM_WASMHOST_CODE_H
#define GVM_VM_WASMHOST_CODE_H

#include "vm/vm.h"
#include "vm/wasmhost/code_cache.h"

/* A module with what the engine has to know of it. Immutable, shared by threads. */
typedef struct gvm_wasm_contract {
    gvm_wasm_module *module;
    bool stylus;                /* its entry is user_entrypoint, else invoke */
    bool has_init;              /* invoke's kind alone */
    bool refuses_reentry;       /* ghost.flags, bit 0 */
    uint32_t pages;             /* of memory, at first */
    int64_t entry_units;        /* price of an instance, without its pages */
    uint32_t import_count;      /* all functions */
    uint16_t imports[256];      /* rows of hostcalls.inc */
    struct gvm_wasm_line *line; /* where the cache keeps it; NULL: it has one owner */
} gvm_wasm_contract;

/* Validates and compiles. `module` is unpacked. See gvm_wasm_contract_check for errors. */
GVM_NODISCARD gvm_status gvm_wasm_contract_load(gvm_wasm_contract **out, gvm_bytes module,
                                                gvm_error *err);
/* The same with compiled code from `disk`, or left there for the next time (NULL: none); for code
 * that was deployed. */
GVM_NODISCARD gvm_status gvm_wasm_contract_load_kept(gvm_wasm_contract **out, gvm_bytes module,
                                                     gvm_wasm_disk *disk,
                                                     const gvm_hash *code_hash);
void gvm_wasm_contract_delete(gvm_wasm_contract *c);

/* The contract of stored code (EF 47 00 or EF 47 01, which passed deployment once), from the cache
 * or loaded into it. *hint is an account's place for it (gvm_frame.code_object; NULL: none), looked
 * at first and set; it may be stale. Every get needs its put. Thread-safe. GVM_ERR_NOMEM;
 * GVM_ERR_CORRUPT where the code is no valid module (genesis or a development method put it there).
 */
GVM_NODISCARD gvm_status gvm_wasm_code_get(gvm_wasm_contract **out, void **hint,
                                           const gvm_hash *code_hash, gvm_bytes code);
void gvm_wasm_code_put(gvm_wasm_contract *c);

/* Bytes of memory that cached contracts may take; beyond, those used least recently go. */
#define GVM_WASM_CACHE_BYTES (64u << 20)
void gvm_wasm_cache_limit(size_t bytes);
size_t gvm_wasm_cache_bytes(void);
/* Where compiled code is kept beyond memory and process; NULL: nowhere. It must outlive its use:
 * none is loaded while it is set or closed. */
void gvm_wasm_cache_disk(gvm_wasm_disk *disk);

/* Unpacks the zstd frame into *out (to be freed), `size` as gvm_container_unpacked said.
 * GVM_ERR_SYNTAX, GVM_ERR_NOMEM. */
GVM_NODISCARD gvm_status gvm_wasm_unpack(uint8_t **out, gvm_bytes frame, uint64_t size);

#endif
