/* The custom sections of a WebAssembly module: what a contract carries beside its code. The module
 * is taken apart by its sections' frames alone; whether it is valid is for the loader to say. */
#ifndef GVM_SERVICE_CLIENT_MODULE_H
#define GVM_SERVICE_CLIENT_MODULE_H

#include "base/bytes.h"

/* ghost.flags */
enum { GVM_MODULE_REFUSE_REENTRY = 1 };

typedef struct gvm_module_extras {
    gvm_bytes abi;  /* JSON of ghost.abi; empty: no section */
    uint32_t flags; /* 0: no section */
    bool keep_names;
} gvm_module_extras;

/* Appends the module with ghost.abi, ghost.flags and, as the last, ghost.end. Left out: sections of
 * those names that were there, debug information and what tools tell of themselves (.debug_*,
 * external_debug_info, sourceMappingURL, producers, target_features), `name` unless kept.
 * GVM_ERR_WASM_MALFORMED, GVM_ERR_NOMEM. */
GVM_NODISCARD gvm_status gvm_module_finish(gvm_buf *out, gvm_bytes module,
                                           const gvm_module_extras *extras, gvm_error *err);

/* Whether the module has a custom section whose name begins with `prefix`; *content (NULL allowed)
 * is its content. False too where the module is not one. */
bool gvm_module_custom(gvm_bytes *content, gvm_bytes module, const char *prefix);

/* True where an empty section ghost.end is the last thing in the module. */
bool gvm_module_ends(gvm_bytes module);

#endif
