#include "vm/trace/text.h"

#include "codec/hex.h"
#include "vm/evm/opcodes.h"

#include <stdio.h>

#define SSTORE_SENTRY 2300

void gvm_trace_opcode_text(char out[GVM_FAULT_TEXT], const gvm_trace_step *step) {
    if (step->name != NULL)
        snprintf(out, GVM_FAULT_TEXT, "%s", step->name);
    else
        snprintf(out, GVM_FAULT_TEXT, "opcode 0x%x not defined", step->opcode);
}

void gvm_trace_fault_text(char out[GVM_FAULT_TEXT], const gvm_frame *f, const gvm_trace_step *step,
                          gvm_outcome outcome) {
    const gvm_rules *rules = f->vm->rules;
    const char *plain = gvm_outcome_text(outcome);
    char name[GVM_FAULT_TEXT];
    gvm_trace_opcode_text(name, step);
    if (outcome == GVM_OUT_STACK_UNDERFLOW)
        snprintf(out, GVM_FAULT_TEXT, "stack underflow (%u <=> %u)", step->stack_height, step->in);
    else if (outcome == GVM_OUT_STACK_OVERFLOW)
        snprintf(out, GVM_FAULT_TEXT, "stack limit reached %u (%u)", step->stack_height,
                 1024u + step->in - step->out);
    else if (outcome == GVM_OUT_INVALID_OPCODE)
        snprintf(out, GVM_FAULT_TEXT, "invalid opcode: %.64s", name);
    else if (outcome == GVM_OUT_OUT_OF_GAS && step->run == GVM_OP_SSTORE && rules->sstore_sentry &&
             step->gas <= SSTORE_SENTRY)
        snprintf(out, GVM_FAULT_TEXT, "%s: not enough gas for reentrancy sentry", plain);
    else
        snprintf(out, GVM_FAULT_TEXT, "%s", plain);
}

const char *gvm_trace_error(gvm_trace_faults *faults, const gvm_vm *vm, gvm_outcome outcome,
                            uint32_t depth) {
    if (outcome == GVM_OUT_SUCCESS) return NULL;
    bool detailed = faults->depth == depth && faults->text[0] != '\0' &&
                    (outcome == GVM_OUT_INVALID_OPCODE || outcome == GVM_OUT_STACK_UNDERFLOW ||
                     outcome == GVM_OUT_STACK_OVERFLOW || outcome == GVM_OUT_OUT_OF_GAS);
    return detailed ? faults->text : gvm_vm_outcome_text(faults->error, vm, outcome, depth);
}

/* The length of the UTF-8 sequence at p (RFC 3629), 0 where there is none. */
static size_t utf8_len(const uint8_t *p, size_t left) {
    if (p[0] < 0x80) return 1;
    size_t n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    if (left < n || p[0] < 0xc2 || p[0] > 0xf4) return 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80) return 0;
    bool overlong = (p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xf0 && p[1] < 0x90);
    bool beyond = (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf4 && p[1] > 0x8f);
    return overlong || beyond ? 0 : n;
}

void gvm_trace_put_string(gvm_buf *out, gvm_bytes text) {
    gvm_buf_put(out, '"');
    for (size_t i = 0; i < text.len;) {
        const uint8_t *p = text.ptr + i;
        size_t n = utf8_len(p, text.len - i);
        if (n == 0)
            gvm_buf_str(out, "\\ufffd");
        else if (*p == '"' || *p == '\\')
            gvm_buf_printf(out, "\\%c", *p);
        else if (*p < 0x20)
            gvm_buf_printf(out, "\\u%04x", *p);
        else
            gvm_buf_append(out, p, n);
        i += n == 0 ? 1 : n;
    }
    gvm_buf_put(out, '"');
}

void gvm_trace_put_quantity(gvm_buf *out, gvm_u256 v) {
    gvm_buf_put(out, '"');
    gvm_hex_put_u256(out, v);
    gvm_buf_put(out, '"');
}

void gvm_trace_put_data(gvm_buf *out, gvm_bytes v) {
    gvm_buf_put(out, '"');
    gvm_hex_put_data(out, v);
    gvm_buf_put(out, '"');
}
