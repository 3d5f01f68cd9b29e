/* The "name" section's names of functions; private to the room. What is malformed there ends them.
 */
#ifndef GVM_VM_WASM_NAMES_H
#define GVM_VM_WASM_NAMES_H

#include "vm/wasm/module.h"

typedef struct gvm_wasm_names {
    const uint8_t *at, *end;
    uint32_t left;
} gvm_wasm_names;

gvm_wasm_names gvm_wasm_names_of(const gvm_wasm_module *m);
/* The next name; false: there are no more. */
bool gvm_wasm_names_next(gvm_wasm_names *n, uint32_t *index, gvm_bytes *name);

#endif
