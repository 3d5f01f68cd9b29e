/* Words and JSON that the tracers share. */
#ifndef GVM_VM_TRACE_TEXT_H
#define GVM_VM_TRACE_TEXT_H

#include "vm/vm.h"

#define GVM_FAULT_TEXT GVM_OUTCOME_TEXT

/* What geth says of a fault, with the details that only the instruction knows ("stack underflow (1
 * <=> 2)", "invalid opcode: INVALID"). NUL-terminated. */
void gvm_trace_fault_text(char out[GVM_FAULT_TEXT], const gvm_frame *f, const gvm_trace_step *step,
                          gvm_outcome outcome);
/* The instruction's name; "opcode 0x.. not defined". NUL-terminated. */
void gvm_trace_opcode_text(char out[GVM_FAULT_TEXT], const gvm_trace_step *step);

/* Keeps the text of the last fault of each depth, from which frames that end take their error. */
typedef struct gvm_trace_faults {
    uint32_t depth; /* of the last fault */
    char text[GVM_FAULT_TEXT];
    char error[GVM_OUTCOME_TEXT]; /* what gvm_trace_error answered */
} gvm_trace_faults;
/* The error of a frame that leaves; NULL for success. Valid until the next fault or error. */
const char *gvm_trace_error(gvm_trace_faults *faults, const gvm_vm *vm, gvm_outcome outcome,
                            uint32_t depth);

/* A string with its quotes, escaped; bytes that are no UTF-8 become U+FFFD. */
void gvm_trace_put_string(gvm_buf *out, gvm_bytes text);
/* "0x..." with its quotes: a quantity, data. */
void gvm_trace_put_quantity(gvm_buf *out, gvm_u256 v);
void gvm_trace_put_data(gvm_buf *out, gvm_bytes v);

#endif
