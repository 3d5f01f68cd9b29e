#include "vm/trace/record.h"

#include "codec/hex.h"
#include "crypto/blake3.h"

#include <stdio.h>

enum { SHORT_BYTES = 36 };

static void put_bytes(gvm_buf *out, gvm_bytes b) {
    gvm_hash hash;
    gvm_buf_printf(out, " %zu:", b.len);
    if (b.len > SHORT_BYTES) {
        gvm_blake3(&hash, b);
        b = gvm_bytes_make(hash.b, sizeof hash.b);
    }
    gvm_hex_put(out, b);
}

static void put_address(gvm_buf *out, const gvm_address *a) {
    gvm_buf_put(out, ' ');
    gvm_hex_put(out, gvm_bytes_make(a->b, sizeof a->b));
}

static void enter(void *ctx, const gvm_vm *vm, const gvm_message *msg, uint32_t depth) {
    (void)vm;
    gvm_buf *out = &((gvm_trace_record *)ctx)->text;
    gvm_hash value = gvm_u256_to_hash(msg->value);
    gvm_buf_printf(out, "%u enter kind %d%s gas %lld", depth, (int)msg->kind,
                   msg->is_static ? " static" : "", (long long)msg->gas);
    put_address(out, &msg->sender);
    put_address(out, &msg->recipient);
    if (!gvm_kind_creates(msg->kind)) put_address(out, &msg->code_address);
    if (!gvm_u256_is_zero(msg->value)) put_bytes(out, gvm_bytes_make(value.b, sizeof value.b));
    put_bytes(out, msg->input);
    gvm_buf_put(out, '\n');
}

static void leave(void *ctx, const gvm_vm *vm, const gvm_result *result, int64_t gas_used,
                  uint32_t depth) {
    gvm_buf *out = &((gvm_trace_record *)ctx)->text;
    char text[GVM_OUTCOME_TEXT];
    gvm_buf_printf(out, "%u leave gas %lld refund %lld %s", depth, (long long)gas_used,
                   (long long)gvm_state_refund(vm->state),
                   gvm_vm_outcome_text(text, vm, result->outcome, depth));
    put_bytes(out, result->output);
    gvm_buf_put(out, '\n');
}

static void host_call(void *ctx, const gvm_frame *f, const gvm_trace_host *h) {
    gvm_buf *out = &((gvm_trace_record *)ctx)->text;
    gvm_buf_printf(out, "%u host %s.%s at 0x%x gas %lld cost %lld %s (", f->depth, h->module,
                   h->name, h->offset, (long long)h->gas, (long long)h->cost,
                   gvm_outcome_name(h->outcome));
    for (uint32_t i = 0; i < h->arg_count; i++)
        gvm_buf_printf(out, "%s%llu", i > 0 ? ", " : "", (unsigned long long)h->args[i]);
    gvm_buf_str(out, ")\n");
}

static void memory(void *ctx, const gvm_frame *f, gvm_bytes bytes) {
    gvm_buf *out = &((gvm_trace_record *)ctx)->text;
    gvm_buf_printf(out, "%u memory", f->depth);
    put_bytes(out, bytes);
    gvm_buf_put(out, '\n');
}

static void on_log(void *ctx, const gvm_frame *f, const gvm_log *log) {
    gvm_buf *out = &((gvm_trace_record *)ctx)->text;
    gvm_buf_printf(out, "%u log", f->depth);
    put_bytes(out, gvm_bytes_make(log->topics, log->topic_count * sizeof log->topics[0]));
    put_bytes(out, log->data);
    gvm_buf_put(out, '\n');
}

void gvm_trace_record_init(gvm_trace_record *r) {
    *r = (gvm_trace_record){0};
    r->tracer = (gvm_tracer){.ctx = r,
                             .enter = enter,
                             .leave = leave,
                             .host_call = host_call,
                             .memory = memory,
                             .log = on_log};
}

void gvm_trace_record_free(gvm_trace_record *r) {
    gvm_buf_free(&r->text);
}

/* The line that begins at `from`. */
static gvm_bytes line_at(const gvm_buf *b, size_t from) {
    size_t end = from;
    while (end < b->len && b->ptr[end] != '\n') end++;
    return from < b->len ? gvm_bytes_make(b->ptr + from, end - from) : gvm_bytes_str("(nothing)");
}

bool gvm_trace_record_equal(const gvm_trace_record *a, const gvm_trace_record *b,
                            char out[GVM_RECORD_TEXT]) {
    size_t at = 0, line = 1, from = 0;
    out[0] = '\0';
    while (at < a->text.len && at < b->text.len && a->text.ptr[at] == b->text.ptr[at]) {
        if (a->text.ptr[at++] == '\n') {
            line++;
            from = at;
        }
    }
    if (at == a->text.len && at == b->text.len && !a->text.failed && !b->text.failed) return true;
    gvm_bytes x = line_at(&a->text, from), y = line_at(&b->text, from);
    (void)snprintf(out, GVM_RECORD_TEXT, "line %zu: '%.*s' and '%.*s'", line,
                   (int)(x.len < 220 ? x.len : 220), (const char *)x.ptr,
                   (int)(y.len < 220 ? y.len : 220), (const char *)y.ptr);
    return false;
}
