/* Running messages on a state that is thrown away: eth_call, estimates, traces. Machines are kept
 * and used again, so a call allocates nothing once warm. Any thread. */
#ifndef GVM_SERVICE_SIMULATE_H
#define GVM_SERVICE_SIMULATE_H

#include "service/node.h"

typedef struct gvm_simulation {
    gvm_vm *vm;
    gvm_state *state;
    gvm_stateview *view;
    gvm_exec_block used; /* for gvm_exec_tx */
    gvm_header header;   /* the block in whose context it runs */
    struct gvm_machine *machine;
} gvm_simulation;

/* On the state after block `state_number`, in the context of `header`. GVM_ERR_NOT_FOUND: that
 * state is not kept. */
GVM_NODISCARD gvm_status gvm_simulation_begin(gvm_simulation *out, gvm_node *node,
                                              uint64_t state_number, const gvm_header *header);
/* Back to the state as it was at begin. */
void gvm_simulation_restart(gvm_simulation *sim);
void gvm_simulation_end(gvm_simulation *sim);
/* Frees the machines that are kept; no simulation may be running. */
void gvm_simulation_shutdown(void);

/* Executes every transaction of the block before `index`, so that the simulation stands where that
 * one begins. The simulation must be on the parent's state in the block's own context. */
GVM_NODISCARD gvm_status gvm_simulation_replay(gvm_simulation *sim, gvm_node *node,
                                               const gvm_stored_block *block, size_t index);

#endif
