#include "vm/evm/trace3155.h"

#include "codec/hex.h"

static void flush(gvm_trace3155 *t) {
    gvm_buf_put(&t->text, '\n');
    if (t->file == NULL) return;
    (void)fwrite(t->text.ptr, 1, t->text.len, t->file);
    gvm_buf_clear(&t->text);
}

static void put_stack(gvm_buf *out, const gvm_trace_step *s) {
    gvm_buf_put(out, '[');
    for (uint32_t i = s->stack_height; i-- > 0;) {
        gvm_trace_put_quantity(out, s->stack_top[-(ptrdiff_t)i]);
        if (i > 0) gvm_buf_put(out, ',');
    }
    gvm_buf_put(out, ']');
}

static void put_line(gvm_trace3155 *t, const gvm_frame *f, const gvm_trace_step *s,
                     const char *error) {
    gvm_buf *out = &t->text;
    char name[GVM_FAULT_TEXT];
    gvm_trace_opcode_text(name, s);
    gvm_buf_printf(out, "{\"pc\":%llu,\"op\":%u,\"gas\":\"0x%llx\",\"gasCost\":\"0x%llx\",",
                   (unsigned long long)s->pc, s->opcode, (unsigned long long)s->gas,
                   (unsigned long long)s->cost);
    if ((t->flags & GVM_TRACE3155_MEMORY) != 0 && f->memory->len > 0) {
        gvm_buf_str(out, "\"memory\":");
        gvm_trace_put_data(out, gvm_bytes_make(f->memory->ptr, f->memory->len));
        gvm_buf_put(out, ',');
    }
    gvm_buf_printf(out, "\"memSize\":%zu,\"stack\":", f->memory->len);
    if ((t->flags & GVM_TRACE3155_NO_STACK) != 0)
        gvm_buf_str(out, "null");
    else
        put_stack(out, s);
    if ((t->flags & GVM_TRACE3155_RETURN_DATA) != 0 && f->return_data.len > 0 && error == NULL) {
        gvm_buf_str(out, ",\"returnData\":");
        gvm_trace_put_data(out, f->return_data);
    }
    gvm_buf_printf(out, ",\"depth\":%u,\"refund\":%llu,\"opName\":\"%s\"", f->depth + 1,
                   (unsigned long long)s->refund, name);
    if (error != NULL) gvm_buf_printf(out, ",\"error\":\"%s\"", error);
    uint32_t source = t->line_of != NULL ? t->line_of(t->line_ctx, f, s) : 0;
    if (source != 0) gvm_buf_printf(out, ",\"line\":%u", source);
    gvm_buf_put(out, '}');
    flush(t);
}

static void step(void *ctx, const gvm_frame *f, const gvm_trace_step *s) {
    put_line(ctx, f, s, NULL);
}

static void fault(void *ctx, const gvm_frame *f, const gvm_trace_step *s, gvm_outcome outcome) {
    gvm_trace3155 *t = ctx;
    gvm_trace_fault_text(t->faults.text, f, s, outcome);
    t->faults.depth = f->depth;
    put_line(t, f, s, t->faults.text);
}

static void leave(void *ctx, const gvm_vm *vm, const gvm_result *result, int64_t gas_used,
                  uint32_t depth) {
    gvm_trace3155 *t = ctx;
    const char *error = gvm_trace_error(&t->faults, vm, result->outcome, depth);
    gvm_buf_str(&t->text, "{\"output\":\"");
    gvm_hex_put(&t->text, result->output);
    gvm_buf_printf(&t->text, "\",\"gasUsed\":\"0x%llx\"", (unsigned long long)gas_used);
    if (error != NULL) gvm_buf_printf(&t->text, ",\"error\":\"%s\"", error);
    gvm_buf_put(&t->text, '}');
    flush(t);
}

void gvm_trace3155_init(gvm_trace3155 *t, FILE *file, unsigned flags) {
    *t = (gvm_trace3155){.file = file, .flags = flags};
    t->tracer =
        (gvm_tracer){.ctx = t, .want_steps = true, .leave = leave, .step = step, .fault = fault};
}

void gvm_trace3155_free(gvm_trace3155 *t) {
    gvm_buf_free(&t->text);
}
