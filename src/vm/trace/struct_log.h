/* What geth's debug_traceTransaction answers by default: every instruction with gas, stack, memory
 * and the storage that the contract touched. */
#ifndef GVM_VM_TRACE_STRUCT_LOG_H
#define GVM_VM_TRACE_STRUCT_LOG_H

#include "vm/trace/text.h"

enum {                                 /* geth's options */
       GVM_STRUCT_LOG_MEMORY = 1,      /* enableMemory */
       GVM_STRUCT_LOG_NO_STACK = 2,    /* disableStack */
       GVM_STRUCT_LOG_NO_STORAGE = 4,  /* disableStorage */
       GVM_STRUCT_LOG_RETURN_DATA = 8, /* enableReturnData */
};

typedef struct gvm_struct_log_slot {
    gvm_address address;
    gvm_u256 key, value;
} gvm_struct_log_slot;

typedef struct gvm_struct_log {
    gvm_tracer tracer; /* for gvm_vm.tracer */
    unsigned flags;
    size_t limit;    /* bytes of text after which instructions are left out; 0: none */
    gvm_buf entries; /* the array's items */
    gvm_buf output;  /* of the outermost call */
    bool failed;
    gvm_buf slots; /* gvm_struct_log_slot, by address and key */
    gvm_trace_faults faults;
} gvm_struct_log;

/* t must not move. */
void gvm_struct_log_init(gvm_struct_log *t, unsigned flags, size_t limit);
void gvm_struct_log_free(gvm_struct_log *t);
/* Appends the result object as JSON text. gas_used: the receipt's. GVM_ERR_NOMEM. */
GVM_NODISCARD gvm_status gvm_struct_log_write(gvm_struct_log *t, gvm_buf *out, uint64_t gas_used);

#endif
