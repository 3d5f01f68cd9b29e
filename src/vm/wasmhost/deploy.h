/* Creation of WebAssembly contracts. */
#ifndef GVM_VM_WASMHOST_DEPLOY_H
#define GVM_VM_WASMHOST_DEPLOY_H

#include "vm/wasmhost/host.h"

/* Takes the container apart, takes its price, validates: c->contract is there, c->calldata is the
 * constructor data, c->deposit the code to be stored. OUT_OF_GAS; BAD_CONTAINER, with the reason
 * explained. */
GVM_NODISCARD gvm_outcome gvm_wasm_deploy(gvm_wasm_context *c);

#endif
