/* Building a WebAssembly contract: finds out what the source is, writes the bindings, drives the
 * compiler, adds the custom sections, writes the results.
 *
 * C:               FILE.c, or a folder of .c files          -> clang with wasm-ld
 * AssemblyScript:  FILE.ts, or a folder with NAME.ts, index.ts or assembly/index.ts -> asc
 * WebAssembly:     FILE.wasm                                -> taken as it is
 *
 * The ABI is NAME.abi.json beside the source; each other X.abi.json there is the interface of
 * another contract and becomes constants X_name in X.abi.h. Compilers are other programs: what
 * they print goes to standard error. */
#ifndef GVM_SERVICE_CLIENT_CONTRACT_BUILD_H
#define GVM_SERVICE_CLIENT_CONTRACT_BUILD_H

#include "base/bytes.h"

typedef struct gvm_contract_build {
    const char *source;
    const char *out_dir;      /* made where it is not there */
    const char *name;         /* NULL: of the source */
    const char *abi;          /* NULL: beside the source, if it is there */
    const char *sdk;          /* contracts/sdk */
    const char *clang;        /* program; "clang" */
    const char *asc;          /* program; NULL: node_modules/.bin/asc of the source's folder or one
                                 above it, else of the working folder */
    const char *const *flags; /* for the compiler, behind ours */
    size_t flag_count;
    uint32_t module_flags; /* GVM_MODULE_* */
    uint32_t stack;        /* bytes of the C stack */
    bool strip;            /* leave the names of functions out */
    bool verbose;          /* show the compiler's command line */
} gvm_contract_build;

typedef struct gvm_contract_built {
    char name[128];
    char wasm[1024], json[1024]; /* files */
    char debug[1024];            /* the module with its debug information; "" where none */
    size_t size, code_size;      /* of the contract; of the compiler's result */
    bool has_abi;
} gvm_contract_built;

/* GVM_ERR_CONFIG (no such compiler, unknown source), GVM_ERR_REMOTE (the compiler failed), codes of
 * files, gvm_abi_parse_json and gvm_module_finish. */
GVM_NODISCARD gvm_status gvm_contract_build_run(gvm_contract_built *out,
                                                const gvm_contract_build *b, gvm_error *err);

#endif
