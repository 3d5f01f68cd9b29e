/* The EVM as an engine (vm/vm.h): gvm_evm_engine, declared there. All forks from Frontier to Osaka,
 * and the instructions of Amsterdam's draft that cost nothing (EIP-7843, 8024). */
#ifndef GVM_VM_EVM_EVM_H
#define GVM_VM_EVM_EVM_H

#include "vm/evm/opcodes.h"
#include "vm/vm.h"

/* How code is run; results are the same. For tests and benchmarks, before any execution starts. */
typedef enum gvm_evm_mode {
    GVM_EVM_AUTO,    /* hot code by program, else from its bytes */
    GVM_EVM_BYTES,   /* never translate */
    GVM_EVM_PROGRAM, /* always translate */
} gvm_evm_mode;
void gvm_evm_set_mode(gvm_evm_mode m);

/* For engines that run another set of instructions on the same loops (vm/zvm/). f->code is what is
 * run, and what CODECOPY and jumps count in; the loops use frame.scratch up to
 * GVM_EVM_SCRATCH_USED. */
enum { GVM_EVM_SAVED_PLACE = 0, GVM_EVM_SCRATCH_USED = 5 };
gvm_outcome gvm_evm_enter(gvm_frame *f, const gvm_opcode_set *set);
gvm_step gvm_evm_run(gvm_frame *f);
void gvm_evm_leave(gvm_frame *f);

#endif
