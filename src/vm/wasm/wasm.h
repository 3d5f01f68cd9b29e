/* The core's interface: the public header, with the house's own statuses. */
#ifndef GVM_VM_WASM_WASM_H
#define GVM_VM_WASM_WASM_H

#include "base/bytes.h"
#include "base/status.h"
#include "ghostvm/wasm.h"

#endif
