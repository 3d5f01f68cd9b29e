/* A small world for tests of the machine: accounts in memory, one block, calls from `evm_sender`.
 */
#ifndef GVM_TESTS_SUPPORT_EVM_WORLD_H
#define GVM_TESTS_SUPPORT_EVM_WORLD_H

#include "state/memory.h"
#include "vm/evm/evm.h"

typedef struct evm_world {
    gvm_state_memory *accounts;
    gvm_state *state;
    gvm_vm vm;
    gvm_result result;
} evm_world;

static const gvm_address evm_sender = {{0x5e}}, evm_contract = {{0xc0}};

/* Nothing else than a sender with 1,000,000 wei. */
static inline void evm_world_open(evm_world *w, gvm_fork fork) {
    *w = (evm_world){0};
    GVM_ASSERT(gvm_state_memory_new(&w->accounts) == GVM_OK);
    GVM_ASSERT(gvm_state_memory_set(w->accounts, &evm_sender, 1, gvm_u256_from_u64(1000000),
                                    gvm_bytes_make(NULL, 0)) == GVM_OK);
    GVM_ASSERT(gvm_state_new(&w->state, gvm_state_memory_reader(w->accounts)) == GVM_OK);
    GVM_ASSERT(gvm_vm_init(&w->vm, w->state) == GVM_OK);
    w->vm.rules = gvm_rules_get(fork);
    w->vm.block.number = 1000;
    w->vm.block.chain_id = 1;
    w->vm.block.gas_limit = 30000000;
    w->vm.tx.origin = evm_sender;
}
static inline void evm_world_close(evm_world *w) {
    gvm_vm_free(&w->vm);
    gvm_state_delete(w->state);
    gvm_state_memory_delete(w->accounts);
}

static inline void evm_world_put(evm_world *w, const gvm_address *at, uint64_t balance,
                                 gvm_bytes code) {
    GVM_ASSERT(gvm_state_memory_set(w->accounts, at, 1, gvm_u256_from_u64(balance), code) ==
               GVM_OK);
    gvm_state_reset(w->state, gvm_state_memory_reader(w->accounts));
}

/* One transaction's call, everything undone after but w->result. */
static inline void evm_world_call(evm_world *w, const gvm_address *to, int64_t gas,
                                  gvm_bytes input) {
    gvm_message msg = {.kind = GVM_CALL,
                       .gas = gas,
                       .sender = evm_sender,
                       .recipient = *to,
                       .code_address = *to,
                       .input = input};
    gvm_state_begin_tx(w->state);
    gvm_checkpoint before = gvm_state_checkpoint(w->state);
    (void)gvm_state_warm(w->state, gvm_state_entry(w->state, &evm_sender));
    (void)gvm_state_warm(w->state, gvm_state_entry(w->state, to));
    GVM_ASSERT(gvm_vm_execute(&w->vm, &w->result, &msg) == GVM_OK);
    gvm_state_revert(w->state, before);
}

#endif
