/* EIP-3155: an execution as lines of JSON, one an instruction, one for each frame that ends; to the
 * letter as geth's `evm --json` prints them. */
#ifndef GVM_VM_EVM_TRACE3155_H
#define GVM_VM_EVM_TRACE3155_H

#include "vm/trace/text.h"

#include <stdio.h>

enum {
    GVM_TRACE3155_MEMORY = 1,      /* memory with each line */
    GVM_TRACE3155_NO_STACK = 2,    /* "stack":null */
    GVM_TRACE3155_RETURN_DATA = 4, /* what the last callee returned */
};

typedef struct gvm_trace3155 {
    gvm_tracer tracer; /* for gvm_vm.tracer */
    FILE *file;        /* NULL: lines stay in `text` */
    gvm_buf text;
    unsigned flags;
    gvm_trace_faults faults;
    /* Where the code's source is known: the line of an instruction, 0 for none. Lines then end with
     * "line":N. NULL: not known. */
    uint32_t (*line_of)(void *ctx, const gvm_frame *f, const gvm_trace_step *step);
    void *line_ctx;
} gvm_trace3155;

/* Lines go to file as they come, or, where that is NULL, gather in t->text. t must not move. */
void gvm_trace3155_init(gvm_trace3155 *t, FILE *file, unsigned flags);
void gvm_trace3155_free(gvm_trace3155 *t);

#endif
