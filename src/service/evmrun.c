#include "service/evmrun.h"

#include "state/memory.h"
#include "system/precompiles.h"
#include "system/system.h"

/* Who runs and what was there before: the sender with the value, the recipient with the code. */
static gvm_status make_accounts(gvm_state_memory *accounts, const gvm_evmrun *run) {
    static const uint8_t marker[] = {0xfe}; /* what a genesis gives system contracts */
    GVM_TRY(gvm_state_memory_set(accounts, &run->sender, 1, run->value, gvm_bytes_make(NULL, 0)));
    for (size_t i = 0; run->ghost && i < gvm_system_count(); i++)
        GVM_TRY(gvm_state_memory_set(accounts, &gvm_system_at(i)->address, 1, gvm_u256_zero(),
                                     gvm_bytes_make(marker, sizeof marker)));
    if (run->create) return GVM_OK;
    return gvm_state_memory_set(accounts, &run->recipient, 1, gvm_u256_zero(), run->code);
}

static void warm(gvm_state *state, const gvm_evmrun *run, const gvm_rules *rules) {
    gvm_address natives[GVM_PRECOMPILE_MOST];
    size_t count = gvm_precompile_addresses(natives, rules);
    (void)gvm_state_warm(state, gvm_state_entry(state, &run->sender));
    if (!run->create) (void)gvm_state_warm(state, gvm_state_entry(state, &run->recipient));
    for (size_t i = 0; i < count; i++)
        (void)gvm_state_warm(state, gvm_state_entry(state, &natives[i]));
}

static gvm_status execute(gvm_evmrun_result *out, gvm_vm *vm, gvm_state *state,
                          const gvm_evmrun *run, gvm_bytes input) {
    gvm_message msg = {.kind = run->create ? GVM_CREATE : GVM_CALL,
                       .gas = run->gas,
                       .sender = run->sender,
                       .recipient = run->recipient,
                       .code_address = run->recipient,
                       .value = run->value,
                       .input = input};
    gvm_result result;
    vm->rules = run->ghost ? gvm_rules_ghost(run->fork) : gvm_rules_get(run->fork);
    vm->system = gvm_system_find;
    vm->mode = run->mode;
    vm->natives = gvm_precompile_lookup;
    vm->tracer = run->tracer;
    vm->block.number = run->number;
    vm->block.timestamp = run->timestamp;
    vm->block.gas_limit = run->gas_limit;
    vm->block.chain_id = run->chain_id;
    vm->block.base_fee = run->base_fee;
    vm->tx.origin = run->sender;
    vm->tx.gas_price = run->base_fee;
    gvm_state_begin_tx(state);
    warm(state, run, vm->rules);
    GVM_TRY(gvm_vm_execute(vm, &result, &msg));
    out->outcome = result.outcome;
    if (vm->reason.outcome != GVM_OUT_SUCCESS && vm->reason.depth == 0)
        memcpy(out->reason, vm->reason.text, sizeof out->reason);
    out->gas_used = run->gas - result.gas_left;
    out->refund = gvm_state_refund(state);
    (void)gvm_state_logs(state, &out->log_count);
    gvm_bytes output = result.output;
    if (run->create && result.outcome == GVM_OUT_SUCCESS)
        output = gvm_state_code(state, gvm_state_entry(state, &result.created));
    gvm_buf_append(&out->output, output.ptr, output.len);
    return gvm_buf_status(&out->output);
}

gvm_status gvm_evmrun_execute(gvm_evmrun_result *out, const gvm_evmrun *run) {
    gvm_state_memory *accounts = NULL;
    gvm_state *state = NULL;
    gvm_vm vm;
    bool vm_open = false;
    gvm_buf init = {0};
    gvm_bytes input = run->input;
    gvm_status status;
    *out = (gvm_evmrun_result){0};
    if (run->create) {
        gvm_buf_append(&init, run->code.ptr, run->code.len);
        gvm_buf_append(&init, run->input.ptr, run->input.len);
        GVM_TRY_GOTO(gvm_buf_status(&init));
        input = gvm_buf_bytes(&init);
    }
    GVM_TRY_GOTO(gvm_state_memory_new(&accounts));
    GVM_TRY_GOTO(make_accounts(accounts, run));
    GVM_TRY_GOTO(gvm_state_new(&state, gvm_state_memory_reader(accounts)));
    GVM_TRY_GOTO(gvm_vm_init(&vm, state));
    vm_open = true;
    GVM_TRY_GOTO(execute(out, &vm, state, run, input));
fail:
    if (vm_open) gvm_vm_free(&vm);
    gvm_state_delete(state);
    gvm_state_memory_delete(accounts);
    gvm_buf_free(&init);
    if (status != GVM_OK) gvm_buf_free(&out->output);
    return status;
}
