/* WebAssembly contracts: the engine (gvm_wasm_engine, see vm/vm.h), and what others need of it.
 * docs/wasm.md and docs/wasm-host.md have the rules. */
#ifndef GVM_VM_WASMHOST_WASMHOST_H
#define GVM_VM_WASMHOST_WASMHOST_H

#include "vm/vm.h"

/* Pages of memory of all frames that are live. */
uint32_t gvm_wasm_host_pages(const struct gvm_wasm_host *host);

/* A function that contracts can import, as hostcalls.inc has it. */
typedef struct gvm_wasm_hostcall {
    const char *module, *name;
    const char *type; /* parameters, ">" and the result: i is i32, I is i64; "" where not decided */
    const char *roles; /* a letter for each parameter: see hostcalls.inc */
    int64_t gas, word_gas;
    bool writes;    /* refused in static mode */
    uint32_t since; /* version of Ghost's rules; 0: not there yet */
    const char *text;
} gvm_wasm_hostcall;
const gvm_wasm_hostcall *gvm_wasm_hostcalls(size_t *count);

/* Whether a module may be deployed: profile `contract`, known imports of the right types, exports
 * of the contract interface. Says why not. GVM_ERR_WASM_MALFORMED, _INVALID, _LIMIT; _LINK for what
 * the interface lacks; GVM_ERR_NOMEM. */
GVM_NODISCARD gvm_status gvm_wasm_contract_check(gvm_bytes module, gvm_error *err);

#endif
