#include "service/simulate.h"

#include <pthread.h>
#include <stdlib.h>

/* A state and a machine, kept in a list while nobody uses them. */
typedef struct gvm_machine {
    struct gvm_machine *next;
    gvm_state *state;
    gvm_vm vm;
} gvm_machine;

enum { MACHINES_KEPT = 16 };
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static gvm_machine *kept;
static size_t kept_count;

static void machine_delete(gvm_machine *m) {
    if (m->vm.frames != NULL) gvm_vm_free(&m->vm);
    gvm_state_delete(m->state);
    free(m);
}

static gvm_status machine_take(gvm_machine **out, gvm_state_reader reader) {
    (void)pthread_mutex_lock(&lock);
    gvm_machine *m = kept;
    if (m != NULL) {
        kept = m->next;
        kept_count--;
    }
    (void)pthread_mutex_unlock(&lock);
    if (m == NULL) {
        m = calloc(1, sizeof *m);
        if (m == NULL) return GVM_ERR_NOMEM;
        gvm_status status = gvm_state_new(&m->state, reader);
        if (status == GVM_OK) status = gvm_vm_init(&m->vm, m->state);
        if (status != GVM_OK) {
            machine_delete(m);
            return status;
        }
    }
    gvm_state_reset(m->state, reader);
    m->vm.tracer = NULL;
    m->vm.cancel = NULL;
    *out = m;
    return GVM_OK;
}

static void machine_give(gvm_machine *m) {
    (void)pthread_mutex_lock(&lock);
    bool keep = kept_count < MACHINES_KEPT;
    if (keep) {
        m->next = kept;
        kept = m;
        kept_count++;
    }
    (void)pthread_mutex_unlock(&lock);
    if (!keep) machine_delete(m);
}

void gvm_simulation_shutdown(void) {
    (void)pthread_mutex_lock(&lock);
    while (kept != NULL) {
        gvm_machine *m = kept;
        kept = m->next;
        machine_delete(m);
    }
    kept_count = 0;
    (void)pthread_mutex_unlock(&lock);
}

gvm_status gvm_simulation_begin(gvm_simulation *out, gvm_node *node, uint64_t state_number,
                                const gvm_header *header) {
    gvm_stateview *view;
    *out = (gvm_simulation){0};
    GVM_TRY(gvm_chain_view(node->chain, &view, state_number));
    gvm_status status = machine_take(&out->machine, gvm_statedb_reader(view));
    if (status != GVM_OK) {
        gvm_statedb_view_close(view);
        return status;
    }
    out->vm = &out->machine->vm;
    out->state = out->machine->state;
    out->view = view;
    out->header = *header;
    out->used.blobs = gvm_config_blobs(gvm_chain_config_of(node->chain), header->timestamp);
    gvm_chain_set_env(node->chain, out->vm, header);
    return GVM_OK;
}

void gvm_simulation_restart(gvm_simulation *sim) {
    gvm_state_reset(sim->state, gvm_statedb_reader(sim->view));
    sim->used.gas_used = sim->used.blob_gas_used = 0;
}

void gvm_simulation_end(gvm_simulation *sim) {
    if (sim->machine != NULL) machine_give(sim->machine);
    gvm_statedb_view_close(sim->view);
    *sim = (gvm_simulation){0};
}

gvm_status gvm_simulation_replay(gvm_simulation *sim, gvm_node *node, const gvm_stored_block *block,
                                 size_t index) {
    gvm_block_run run = {0};
    gvm_status status = gvm_block_begin(&run, sim->vm, gvm_chain_config_of(node->chain),
                                        &block->block.header, NULL);
    for (size_t i = 0; status == GVM_OK && i < index; i++)
        status = gvm_block_add(&run, &block->block.txs[i], NULL);
    sim->used = run.used;
    gvm_block_run_free(&run);
    return status;
}
