/* The EVM as an engine (vm/vm.h): gvm_evm_engine, declared there. All forks from Frontier to Osaka,
 * and the instructions of Amsterdam's draft that cost nothing (EIP-7843, 8024). */
#ifndef GVM_VM_EVM_EVM_H
#define GVM_VM_EVM_EVM_H

#include "vm/vm.h"

/* How code is run; results are the same. For tests and benchmarks, before any execution starts. */
typedef enum gvm_evm_mode {
    GVM_EVM_AUTO,    /* hot code by program, else from its bytes */
    GVM_EVM_BYTES,   /* never translate */
    GVM_EVM_PROGRAM, /* always translate */
} gvm_evm_mode;
void gvm_evm_set_mode(gvm_evm_mode m);

#endif
