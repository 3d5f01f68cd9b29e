/* The one interface between engines and the world. EVM opcodes, WebAssembly imports and ZVM opcodes
 * are thin faces on these functions; what the EIPs say of access lists, storage prices, refunds,
 * static mode, the 63/64 rule and depth is here and nowhere else.
 *
 * Functions that have a price take it from f->gas themselves and return an outcome: SUCCESS,
 * OUT_OF_GAS (f->gas is then negative or too low, and the frame must end), STATIC_VIOLATION,
 * HOST_FAILURE. The price is taken before static mode is looked at, as geth's traces show it. The
 * engine's own entry price of the operation (opcode base, memory, copying per word, hashing per
 * word) is the engine's. */
#ifndef GVM_VM_HOST_H
#define GVM_VM_HOST_H

#include "vm/vm.h"

/* Takes amount (>= 0) from the frame's gas; false: not enough. */
static inline bool gvm_gas_take(gvm_frame *f, int64_t amount) {
    return (f->gas -= amount) >= 0;
}

/* ---- storage. Price: all of SLOAD's and SSTORE's, cold access included (EIP-2200, 2929, 3529). */
GVM_NODISCARD gvm_outcome gvm_host_sload(gvm_frame *f, gvm_u256 *value, const gvm_u256 *key);
GVM_NODISCARD gvm_outcome gvm_host_sstore(gvm_frame *f, const gvm_u256 *key, const gvm_u256 *value);
/* The same in another account's storage: for system contracts alone, which share state. */
GVM_NODISCARD gvm_outcome gvm_host_sload_at(gvm_frame *f, gvm_entry *owner, gvm_u256 *value,
                                            const gvm_u256 *key);
GVM_NODISCARD gvm_outcome gvm_host_sstore_at(gvm_frame *f, gvm_entry *owner, const gvm_u256 *key,
                                             const gvm_u256 *value);
/* Transient storage (EIP-1153); no price here. */
GVM_NODISCARD gvm_outcome gvm_host_tload(gvm_frame *f, gvm_u256 *value, const gvm_u256 *key);
GVM_NODISCARD gvm_outcome gvm_host_tstore(gvm_frame *f, const gvm_u256 *key, const gvm_u256 *value);

/* ---- other accounts. Price: all of BALANCE's, EXTCODESIZE's, EXTCODEHASH's, EXTCODECOPY's, but
 * for copying. */
GVM_NODISCARD gvm_outcome gvm_host_balance(gvm_frame *f, gvm_u256 *balance,
                                           const gvm_address *address);
GVM_NODISCARD gvm_outcome gvm_host_code_size(gvm_frame *f, uint64_t *size,
                                             const gvm_address *address);
GVM_NODISCARD gvm_outcome gvm_host_code_hash(gvm_frame *f, gvm_hash *hash,
                                             const gvm_address *address);
/* *code stays valid until the state is reset. */
GVM_NODISCARD gvm_outcome gvm_host_code(gvm_frame *f, gvm_bytes *code, const gvm_address *address);
gvm_u256 gvm_host_self_balance(gvm_frame *f);

/* ---- the block. Zero outside the last 256 blocks. */
GVM_NODISCARD gvm_outcome gvm_host_block_hash(gvm_frame *f, gvm_hash *hash, const gvm_u256 *number);

/* ---- logs. No price here (375 + 375 a topic + 8 a byte, memory: the engine's). */
GVM_NODISCARD gvm_outcome gvm_host_log(gvm_frame *f, const gvm_hash *topics, uint32_t topic_count,
                                       gvm_bytes data);
/* In another account's name: for system contracts alone. */
GVM_NODISCARD gvm_outcome gvm_host_log_at(gvm_frame *f, const gvm_address *address,
                                          const gvm_hash *topics, uint32_t topic_count,
                                          gvm_bytes data);

/* ---- calls. Price: everything but memory expansion: access (cold or not), delegation (EIP-7702),
 * value transfer, new account, and the gas handed on (63/64 rule). On SUCCESS vm->pending is filled
 * in and the engine returns GVM_STEP_CALL (also where the call is refused at once for depth or
 * balance: the loop answers it). `gas` is what the contract asks for, saturated. Input must stay in
 * place until the call has returned. */
GVM_NODISCARD gvm_outcome gvm_host_call(gvm_frame *f, gvm_call_kind kind, uint64_t gas,
                                        const gvm_address *to, const gvm_u256 *value,
                                        gvm_bytes input);
/* Price: 32000, init code words (EIP-3860), hashing for CREATE2, and the gas handed on. salt NULL:
 * CREATE. */
GVM_NODISCARD gvm_outcome gvm_host_create(gvm_frame *f, const gvm_u256 *value, gvm_bytes init_code,
                                          const gvm_hash *salt);
/* Price: all of SELFDESTRUCT's. The frame then ends with SUCCESS and no output. */
GVM_NODISCARD gvm_outcome gvm_host_selfdestruct(gvm_frame *f, const gvm_address *beneficiary);
/* Shows it to the tracer (a call without code that brings the balance, as it was before), after the
 * instruction itself was announced. */
void gvm_host_show_selfdestruct(gvm_frame *f, const gvm_address *beneficiary, gvm_u256 balance);

/* true every so often when execution was cancelled: loops of engines look at it at jumps backwards
 * or each so many steps. */
static inline bool gvm_host_cancelled(const gvm_frame *f) {
    return f->vm->cancel != NULL &&
           __builtin_expect(__atomic_load_n((const bool *)f->vm->cancel, __ATOMIC_RELAXED), 0);
}

#endif
