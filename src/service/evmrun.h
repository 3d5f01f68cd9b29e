/* One piece of code on a state made up for it, without a chain or a transaction around it. */
#ifndef GVM_SERVICE_EVMRUN_H
#define GVM_SERVICE_EVMRUN_H

#include "vm/vm.h"

typedef struct gvm_evmrun {
    gvm_fork fork;
    bool ghost;  /* `ghost` rules: any engine's code, system contracts in place */
    gvm_engine_mode mode;
    bool create; /* the code is init code, input follows it */
    gvm_bytes code, input;
    int64_t gas;
    gvm_u256 value; /* the sender has as much */
    gvm_address sender, recipient;
    uint64_t chain_id, number, timestamp, gas_limit;
    gvm_u256 base_fee;
    gvm_tracer *tracer; /* NULL: none */
} gvm_evmrun;

typedef struct gvm_evmrun_result {
    gvm_outcome outcome;
    int64_t gas_used, refund;
    gvm_buf output; /* the caller's to free; after a creation, the code that it put down */
    size_t log_count;
    char reason[200]; /* why it failed, where the outcome does not say all; else empty */
} gvm_evmrun_result;

/* Runs it as the outermost frame: intrinsic gas is not charged, sender, recipient and the
 * precompiles are warm. GVM_OK with *out for anything that code can do; GVM_ERR_NOMEM and others
 * where the machine failed. */
GVM_NODISCARD gvm_status gvm_evmrun_execute(gvm_evmrun_result *out, const gvm_evmrun *run);

#endif
