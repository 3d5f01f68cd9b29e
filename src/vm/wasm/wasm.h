/* The core's interface: the public header, with the house's own statuses. */
#ifndef GVM_VM_WASM_WASM_H
#define GVM_VM_WASM_WASM_H

#include "base/bytes.h"
#include "base/status.h"
#include "ghostvm/wasm.h"

/* Appends the module's compiled code as an ELF object with a symbol for each function, for
 * disassemblers. GVM_ERR_STATE where it was not compiled, GVM_ERR_NOMEM. */
GVM_NODISCARD gvm_status gvm_wasm_module_elf(const gvm_wasm_module *m, gvm_buf *out);
/* Bytes of compiled code, what functions share included; 0: not compiled. */
size_t gvm_wasm_module_native_bytes(const gvm_wasm_module *m);

#endif
