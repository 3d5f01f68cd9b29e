/* Source text for WebAssembly contracts, out of a JSON ABI: selectors, topics, and the way in.
 *
 * Neither clang nor asc can hash a signature while it compiles, so `ghostvm wasm build` writes
 * these files first. Overloaded names get _2, _3, ... in the ABI's order. `file` names the ABI in a
 * comment. GVM_ERR_NOMEM is left in the buffer (gvm_buf_status). */
#ifndef GVM_SERVICE_CLIENT_BINDINGS_H
#define GVM_SERVICE_CLIENT_BINDINGS_H

#include "codec/abi.h"

/* A header for contracts/sdk/c/ghost.h: SELECTOR_f, ERROR_E, EVENT_V; prototypes of the METHODs and
 * the router. */
void gvm_bindings_put_c(gvm_buf *out, const gvm_abi_contract *c, const char *file);
/* Constants alone, to call another contract: prefix_f, prefix_E, prefix_V. */
void gvm_bindings_put_c_interface(gvm_buf *out, const gvm_abi_contract *c, const char *file,
                                  const char *prefix);

/* The same for contracts/sdk/assemblyscript: constants, and a router (the entry file) that calls
 * the functions that `module` ("./counter") exports. */
void gvm_bindings_put_as(gvm_buf *out, const gvm_abi_contract *c, const char *file);
void gvm_bindings_put_as_router(gvm_buf *out, const gvm_abi_contract *c, const char *file,
                                const char *module);

/* The JSON array of an ABI file (the file may be an object that has it as "abi"), without blanks.
 * Codes of gvm_abi_parse_json. */
GVM_NODISCARD gvm_status gvm_bindings_abi_json(gvm_buf *out, gvm_bytes json, gvm_error *err);

#endif
