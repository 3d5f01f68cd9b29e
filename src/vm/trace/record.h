/* What a transaction did, frame by frame, in a form that can be compared: the same transaction run
 * by two engines must leave the same record. A line for each entry of a frame (kind, addresses,
 * gas, value, input), host call of WebAssembly (arguments, gas), log, memory and exit (outcome,
 * gas, output); long bytes by their BLAKE3. */
#ifndef GVM_VM_TRACE_RECORD_H
#define GVM_VM_TRACE_RECORD_H

#include "vm/vm.h"

typedef struct gvm_trace_record {
    gvm_tracer tracer; /* for gvm_vm.tracer */
    gvm_buf text;
} gvm_trace_record;

/* r must not move. */
void gvm_trace_record_init(gvm_trace_record *r);
void gvm_trace_record_free(gvm_trace_record *r);
/* Whether both hold the same; else *out (NUL-terminated) says where they part: the line's number
 * and both lines. */
#define GVM_RECORD_TEXT 512
bool gvm_trace_record_equal(const gvm_trace_record *a, const gvm_trace_record *b,
                            char out[GVM_RECORD_TEXT]);

#endif
