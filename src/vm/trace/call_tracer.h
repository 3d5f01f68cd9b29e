/* geth's callTracer: the tree of calls of a transaction. */
#ifndef GVM_VM_TRACE_CALL_TRACER_H
#define GVM_VM_TRACE_CALL_TRACER_H

#include "vm/trace/text.h"

enum {                               /* geth's options */
       GVM_CALL_TRACER_ONLY_TOP = 1, /* onlyTopCall */
       GVM_CALL_TRACER_LOGS = 2,     /* withLog */
       GVM_CALL_TRACER_HOST = 4,     /* ours, withHostCalls: those of WebAssembly frames */
};

typedef struct gvm_call_tracer {
    gvm_tracer tracer; /* for gvm_vm.tracer */
    unsigned flags;
    size_t first_log_index; /* how many logs the block had before; 0 unless set after init */
    gvm_buf calls;          /* in the order in which they began */
    gvm_buf logs;           /* in the order in which they came */
    gvm_buf hosts;          /* host calls, likewise */
    gvm_buf bytes;          /* inputs, outputs, errors, log data */
    uint32_t open;          /* the innermost call that runs, as index + 1; 0: none */
    gvm_trace_faults faults;
} gvm_call_tracer;

/* t must not move. */
void gvm_call_tracer_init(gvm_call_tracer *t, unsigned flags);
void gvm_call_tracer_free(gvm_call_tracer *t);
/* Appends the outermost call as JSON text. gas_limit and gas_used: the transaction's.
 * GVM_ERR_NOMEM; GVM_ERR_STATE where nothing ran. */
GVM_NODISCARD gvm_status gvm_call_tracer_write(gvm_call_tracer *t, gvm_buf *out, uint64_t gas_limit,
                                               uint64_t gas_used);

#endif
