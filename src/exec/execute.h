/* One transaction over the state, from its fields to its receipt. */
#ifndef GVM_EXEC_EXECUTE_H
#define GVM_EXEC_EXECUTE_H

#include "exec/receipt.h"
#include "exec/validity.h"

/* Executes tx (whose sender is set) over vm->state in vm->block under vm->rules, and adds what it
 * used to *block. vm->natives is what calls reach; vm->tx is filled in here.
 *
 * GVM_OK: the transaction is part of the block, *out says how it went; the state holds its effects
 * and the transaction is ended (gvm_state_end_tx). GVM_ERR_TX_*: it must not be included; nothing
 * changed. Anything else is the host's failure: the state must be thrown away.
 *
 * `flags` leave checks out (GVM_EXEC_SKIP_*). out->has_root and out->root are left to the caller.
 */
GVM_NODISCARD gvm_status gvm_exec_tx(gvm_vm *vm, gvm_exec_block *block, gvm_receipt *out,
                                     const gvm_tx *tx, unsigned flags, gvm_error *err);

/* A call that the block itself makes (EIP-4788, 2935, 7002, 7251): from the system address, 30 M
 * gas, no fee, no transaction around it. *out is valid until the vm's next message. */
GVM_NODISCARD gvm_status gvm_exec_system_call(gvm_vm *vm, gvm_result *out, const gvm_address *to,
                                              gvm_bytes input);

#endif
