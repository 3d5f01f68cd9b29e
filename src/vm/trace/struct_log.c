#include "vm/trace/struct_log.h"

#include "codec/hex.h"
#include "vm/evm/opcodes.h"

/* ---- the storage that was seen, sorted, so that it comes out as geth's maps do */

static int compare(const gvm_struct_log_slot *s, const gvm_address *address, const gvm_u256 *key) {
    int c = memcmp(s->address.b, address->b, sizeof address->b);
    return c != 0 ? c : key != NULL ? gvm_u256_cmp(s->key, *key) : 0;
}

static gvm_struct_log_slot *slots(const gvm_struct_log *t, size_t *count) {
    *count = t->slots.len / sizeof(gvm_struct_log_slot);
    return (gvm_struct_log_slot *)(void *)t->slots.ptr;
}

/* The first slot that is not below address and key (NULL: below every key). */
static size_t lower_bound(const gvm_struct_log *t, const gvm_address *address,
                          const gvm_u256 *key) {
    size_t low = 0, high;
    const gvm_struct_log_slot *s = slots(t, &high);
    static const gvm_u256 least = {{0, 0, 0, 0}};
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (compare(&s[middle], address, key != NULL ? key : &least) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void remember(gvm_struct_log *t, const gvm_address *address, gvm_u256 key, gvm_u256 value) {
    size_t count, at = lower_bound(t, address, &key);
    gvm_struct_log_slot *s = slots(t, &count);
    if (at == count || compare(&s[at], address, &key) != 0) {
        if (gvm_buf_extend(&t->slots, sizeof *s) == NULL) return;
        s = slots(t, &count);
        memmove(&s[at + 1], &s[at], (count - 1 - at) * sizeof *s);
    }
    s[at] = (gvm_struct_log_slot){*address, key, value};
}

static void put_storage(gvm_struct_log *t, gvm_buf *out, const gvm_address *address) {
    size_t count;
    const gvm_struct_log_slot *s = slots(t, &count);
    const char *comma = "";
    gvm_buf_str(out, ",\"storage\":{");
    for (size_t i = lower_bound(t, address, NULL); i < count && compare(&s[i], address, NULL) == 0;
         i++) {
        gvm_hash key = gvm_u256_to_hash(s[i].key), value = gvm_u256_to_hash(s[i].value);
        gvm_buf_printf(out, "%s\"", comma);
        gvm_hex_put(out, gvm_bytes_make(key.b, sizeof key.b));
        gvm_buf_str(out, "\":\"");
        gvm_hex_put(out, gvm_bytes_make(value.b, sizeof value.b));
        gvm_buf_put(out, '"');
        comma = ",";
    }
    gvm_buf_put(out, '}');
}

/* ---- one instruction */

static void put_stack(gvm_buf *out, const gvm_trace_step *s) {
    gvm_buf_str(out, ",\"stack\":[");
    for (uint32_t i = s->stack_height; i-- > 0;) {
        gvm_trace_put_quantity(out, s->stack_top[-(ptrdiff_t)i]);
        if (i > 0) gvm_buf_put(out, ',');
    }
    gvm_buf_put(out, ']');
}

static void put_memory(gvm_buf *out, const gvm_memory *m) {
    gvm_buf_str(out, ",\"memory\":[");
    for (size_t at = 0; at < m->len; at += 32) {
        gvm_buf_str(out, at > 0 ? ",\"" : "\"");
        gvm_hex_put(out, gvm_bytes_make(m->ptr + at, 32));
        gvm_buf_put(out, '"');
    }
    gvm_buf_put(out, ']');
}

/* What SLOAD is about to read and SSTORE about to write counts as seen. */
static bool see_storage(gvm_struct_log *t, const gvm_frame *f, const gvm_trace_step *s) {
    const gvm_address *self = &f->msg.recipient;
    if (s->run == GVM_OP_SLOAD && s->stack_height >= 1) {
        gvm_slot *slot = gvm_state_slot(f->vm->state, f->self, s->stack_top);
        remember(t, self, s->stack_top[0], slot->current);
        return true;
    }
    if (s->run == GVM_OP_SSTORE && s->stack_height >= 2) {
        remember(t, self, s->stack_top[0], s->stack_top[-1]);
        return true;
    }
    return false;
}

static void put_entry(gvm_struct_log *t, const gvm_frame *f, const gvm_trace_step *s,
                      const char *error) {
    gvm_buf *out = &t->entries;
    if (t->limit != 0 && out->len > t->limit) return;
    bool storage = (t->flags & GVM_STRUCT_LOG_NO_STORAGE) == 0 && see_storage(t, f, s);
    char name[GVM_FAULT_TEXT];
    gvm_trace_opcode_text(name, s);
    gvm_buf_printf(out, "%s{\"pc\":%llu,\"op\":\"%s\",\"gas\":%llu,\"gasCost\":%llu,\"depth\":%u",
                   out->len > 0 ? "," : "", (unsigned long long)s->pc, name,
                   (unsigned long long)s->gas, (unsigned long long)s->cost, f->depth + 1);
    if (error != NULL) gvm_buf_printf(out, ",\"error\":\"%s\"", error);
    if ((t->flags & GVM_STRUCT_LOG_NO_STACK) == 0) put_stack(out, s);
    if ((t->flags & GVM_STRUCT_LOG_RETURN_DATA) != 0 && f->return_data.len > 0) {
        gvm_buf_str(out, ",\"returnData\":");
        gvm_trace_put_data(out, f->return_data);
    }
    if ((t->flags & GVM_STRUCT_LOG_MEMORY) != 0 && f->memory->len > 0) put_memory(out, f->memory);
    if (storage) put_storage(t, out, &f->msg.recipient);
    if (s->refund != 0) gvm_buf_printf(out, ",\"refund\":%llu", (unsigned long long)s->refund);
    gvm_buf_put(out, '}');
}

static void step(void *ctx, const gvm_frame *f, const gvm_trace_step *s) {
    put_entry(ctx, f, s, NULL);
}

static void fault(void *ctx, const gvm_frame *f, const gvm_trace_step *s, gvm_outcome outcome) {
    gvm_struct_log *t = ctx;
    gvm_trace_fault_text(t->faults.text, f, s, outcome);
    t->faults.depth = f->depth;
    if (!s->announced) put_entry(t, f, s, t->faults.text);
}

/* A host function stands as an instruction: its name, its arguments as the stack (the last one on
 * top), the offset of the call in the module. */
static void host_call(void *ctx, const gvm_frame *f, const gvm_trace_host *h) {
    gvm_struct_log *t = ctx;
    gvm_buf *out = &t->entries;
    if (t->limit != 0 && out->len > t->limit) return;
    gvm_buf_printf(out, "%s{\"pc\":%u,\"op\":\"%s.%s\",\"gas\":%lld,\"gasCost\":%lld,\"depth\":%u",
                   out->len > 0 ? "," : "", h->offset, h->module, h->name, (long long)h->gas,
                   (long long)h->cost, f->depth + 1);
    if (h->outcome != GVM_OUT_SUCCESS && h->outcome != GVM_OUT_REVERT) {
        char text[GVM_OUTCOME_TEXT];
        gvm_buf_str(out, ",\"error\":");
        (void)gvm_vm_outcome_text(text, f->vm, h->outcome, f->depth);
        gvm_trace_put_string(out, gvm_bytes_str(text));
    }
    if ((t->flags & GVM_STRUCT_LOG_NO_STACK) == 0) {
        gvm_buf_str(out, ",\"stack\":[");
        for (uint32_t i = 0; i < h->arg_count; i++) {
            if (i > 0) gvm_buf_put(out, ',');
            gvm_trace_put_quantity(out, gvm_u256_from_u64(h->args[i]));
        }
        gvm_buf_put(out, ']');
    }
    int64_t refund = gvm_state_refund(f->vm->state);
    if (refund != 0) gvm_buf_printf(out, ",\"refund\":%lld", (long long)refund);
    gvm_buf_put(out, '}');
}

static void leave(void *ctx, const gvm_vm *vm, const gvm_result *result, int64_t gas_used,
                  uint32_t depth) {
    (void)vm, (void)gas_used;
    gvm_struct_log *t = ctx;
    if (depth != 0) return;
    t->failed = result->outcome != GVM_OUT_SUCCESS;
    gvm_buf_clear(&t->output);
    gvm_buf_append(&t->output, result->output.ptr, result->output.len);
}

/* ---- the whole */

void gvm_struct_log_init(gvm_struct_log *t, unsigned flags, size_t limit) {
    *t = (gvm_struct_log){.flags = flags, .limit = limit};
    t->tracer = (gvm_tracer){.ctx = t,
                             .want_steps = true,
                             .leave = leave,
                             .step = step,
                             .fault = fault,
                             .host_call = host_call};
}

void gvm_struct_log_free(gvm_struct_log *t) {
    gvm_buf_free(&t->entries);
    gvm_buf_free(&t->output);
    gvm_buf_free(&t->slots);
}

gvm_status gvm_struct_log_write(gvm_struct_log *t, gvm_buf *out, uint64_t gas_used) {
    GVM_TRY(gvm_buf_status(&t->entries));
    GVM_TRY(gvm_buf_status(&t->output));
    GVM_TRY(gvm_buf_status(&t->slots));
    gvm_buf_printf(out,
                   "{\"gas\":%llu,\"failed\":%s,\"returnValue\":", (unsigned long long)gas_used,
                   t->failed ? "true" : "false");
    gvm_trace_put_data(out, gvm_buf_bytes(&t->output));
    gvm_buf_str(out, ",\"structLogs\":[");
    gvm_buf_append(out, t->entries.ptr, t->entries.len);
    gvm_buf_str(out, "]}");
    return gvm_buf_status(out);
}
