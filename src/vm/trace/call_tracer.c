/* Calls are kept flat, in the order in which they began (which is the tree's pre-order), each with
 * its parent; all variable data lies in one buffer. Writing walks that order with the open
 * ancestors as its only stack, so depth costs nothing. */
#include "vm/trace/call_tracer.h"

#include "codec/abi.h"
#include "codec/hex.h"

typedef struct span {
    size_t at, len; /* in t->bytes */
} span;

typedef struct call {
    uint32_t parent; /* index + 1; 0: the outermost */
    uint32_t first_log, last_log, log_count, call_count;
    uint32_t first_host, last_host, host_count;
    gvm_call_kind kind;
    bool failed, reverted;
    bool undone; /* it or a call around it failed */
    int64_t gas, gas_used;
    gvm_address from, to;
    gvm_u256 value;
    span input, output, error;
} call;

typedef struct entry_log {
    uint32_t call;     /* index */
    uint32_t next;     /* index of the call's next log */
    size_t index;      /* in the block */
    uint32_t position; /* how many calls its call had made before */
    gvm_log log;       /* data: see `data` */
    span data;
} entry_log;

typedef struct entry_host {
    uint32_t call; /* index */
    uint32_t next; /* index of the call's next host call */
    uint32_t position;
    uint32_t offset, arg_count;
    const char *module, *name;
    int64_t gas, cost;
    uint64_t args[8];
} entry_host;

static call *call_at(const gvm_call_tracer *t, size_t i) {
    return (call *)(void *)t->calls.ptr + i;
}
static size_t call_count(const gvm_call_tracer *t) {
    return t->calls.len / sizeof(call);
}
static gvm_bytes bytes_of(const gvm_call_tracer *t, span s) {
    return gvm_bytes_make(t->bytes.ptr + s.at, s.len);
}
static span keep(gvm_call_tracer *t, gvm_bytes b) {
    span s = {t->bytes.len, b.len};
    gvm_buf_append(&t->bytes, b.ptr, b.len);
    return s;
}

/* ---- what happens */

static bool too_deep(const gvm_call_tracer *t, uint32_t depth) {
    return (t->flags & GVM_CALL_TRACER_ONLY_TOP) != 0 && depth > 0;
}

static void enter(void *ctx, const gvm_vm *vm, const gvm_message *msg, uint32_t depth) {
    (void)vm;
    gvm_call_tracer *t = ctx;
    if (too_deep(t, depth)) return;
    bool borrows = msg->kind == GVM_DELEGATECALL || msg->kind == GVM_CALLCODE;
    call c = {.parent = t->open,
              .kind = msg->kind,
              .gas = msg->gas,
              .from = msg->kind == GVM_DELEGATECALL ? msg->recipient : msg->sender,
              .to = borrows ? msg->code_address : msg->recipient,
              .value = msg->value,
              .input = keep(t, msg->input)};
    if (t->open != 0) call_at(t, t->open - 1)->call_count++;
    gvm_buf_append(&t->calls, &c, sizeof c);
    if (!t->calls.failed) t->open = (uint32_t)call_count(t);
}

static void leave(void *ctx, const gvm_vm *vm, const gvm_result *result, int64_t gas_used,
                  uint32_t depth) {
    gvm_call_tracer *t = ctx;
    if (too_deep(t, depth) || t->open == 0 || t->calls.failed) return;
    call *c = call_at(t, t->open - 1);
    const char *error = gvm_trace_error(&t->faults, vm, result->outcome, depth);
    c->gas_used = gas_used;
    c->failed = error != NULL;
    c->reverted = result->outcome == GVM_OUT_REVERT;
    if (!c->failed || c->reverted) c->output = keep(t, result->output);
    if (error != NULL) c->error = keep(t, gvm_bytes_str(error));
    t->open = c->parent;
}

static void fault(void *ctx, const gvm_frame *f, const gvm_trace_step *step, gvm_outcome outcome) {
    gvm_call_tracer *t = ctx;
    gvm_trace_fault_text(t->faults.text, f, step, outcome);
    t->faults.depth = f->depth;
}

static void on_log(void *ctx, const gvm_frame *f, const gvm_log *log) {
    gvm_call_tracer *t = ctx;
    if (too_deep(t, f->depth) || t->open == 0) return;
    size_t live; /* this one included; those of calls that failed are gone */
    (void)gvm_state_logs(f->vm->state, &live);
    entry_log e = {.call = t->open - 1,
                   .index = t->first_log_index + live - 1,
                   .position = call_at(t, t->open - 1)->call_count,
                   .log = *log,
                   .data = keep(t, log->data)};
    gvm_buf_append(&t->logs, &e, sizeof e);
}

static void on_host(void *ctx, const gvm_frame *f, const gvm_trace_host *h) {
    gvm_call_tracer *t = ctx;
    if (too_deep(t, f->depth) || t->open == 0 || t->calls.failed) return;
    call *c = call_at(t, t->open - 1);
    entry_host e = {.call = t->open - 1,
                    .position = c->call_count,
                    .offset = h->offset,
                    .arg_count = h->arg_count,
                    .module = h->module,
                    .name = h->name,
                    .gas = h->gas,
                    .cost = h->cost};
    memcpy(e.args, h->args, h->arg_count * sizeof e.args[0]);
    uint32_t index = (uint32_t)(t->hosts.len / sizeof e);
    gvm_buf_append(&t->hosts, &e, sizeof e);
    if (t->hosts.failed) return;
    if (c->host_count++ == 0)
        c->first_host = index;
    else
        ((entry_host *)(void *)t->hosts.ptr)[c->last_host].next = index;
    c->last_host = index;
}

void gvm_call_tracer_init(gvm_call_tracer *t, unsigned flags) {
    *t = (gvm_call_tracer){.flags = flags};
    t->tracer = (gvm_tracer){.ctx = t,
                             .want_steps = true, /* for the details of faults */
                             .enter = enter,
                             .leave = leave,
                             .fault = fault};
    if ((flags & GVM_CALL_TRACER_LOGS) != 0) t->tracer.log = on_log;
    if ((flags & GVM_CALL_TRACER_HOST) != 0) t->tracer.host_call = on_host;
}

void gvm_call_tracer_free(gvm_call_tracer *t) {
    gvm_buf_free(&t->calls);
    gvm_buf_free(&t->logs);
    gvm_buf_free(&t->hosts);
    gvm_buf_free(&t->bytes);
}

/* ---- writing */

static const char *const kinds[] = {
    [GVM_CALL] = "CALL",
    [GVM_CALLCODE] = "CALLCODE",
    [GVM_DELEGATECALL] = "DELEGATECALL",
    [GVM_STATICCALL] = "STATICCALL",
    [GVM_CREATE] = "CREATE",
    [GVM_CREATE2] = "CREATE2",
    [GVM_SELFDESTRUCT] = "SELFDESTRUCT",
};

static void put_address(gvm_buf *out, const char *key, const gvm_address *a) {
    gvm_buf_printf(out, "\"%s\":", key);
    gvm_trace_put_data(out, gvm_bytes_make(a->b, sizeof a->b));
    gvm_buf_put(out, ',');
}

/* The reason of Error(string), the meaning of Panic(uint256); nothing for other data. */
static void put_reason(gvm_buf *out, gvm_bytes data) {
    static const uint8_t error[4] = {0x08, 0xc3, 0x79, 0xa0}, panic[4] = {0x4e, 0x48, 0x7b, 0x71};
    if (data.len < 4 || (memcmp(data.ptr, error, 4) != 0 && memcmp(data.ptr, panic, 4) != 0))
        return;
    gvm_buf reason = {0};
    if (gvm_abi_put_revert(&reason, NULL, data) == GVM_OK &&
        !(reason.len > 2 && reason.ptr[0] == '0' && reason.ptr[1] == 'x')) {
        gvm_buf_str(out, ",\"revertReason\":");
        gvm_trace_put_string(out, gvm_buf_bytes(&reason));
    }
    gvm_buf_free(&reason);
}

static void put_head(const gvm_call_tracer *t, gvm_buf *out, const call *c) {
    gvm_buf_put(out, '{');
    put_address(out, "from", &c->from);
    gvm_buf_str(out, "\"gas\":");
    gvm_trace_put_quantity(out, gvm_u256_from_u64((uint64_t)c->gas));
    gvm_buf_str(out, ",\"gasUsed\":");
    gvm_trace_put_quantity(out, gvm_u256_from_u64((uint64_t)c->gas_used));
    gvm_buf_put(out, ',');
    if (!(gvm_kind_creates(c->kind) && c->failed)) put_address(out, "to", &c->to);
    gvm_buf_str(out, "\"input\":");
    gvm_trace_put_data(out, bytes_of(t, c->input));
    if (c->output.len > 0) {
        gvm_buf_str(out, ",\"output\":");
        gvm_trace_put_data(out, bytes_of(t, c->output));
    }
    if (c->failed) {
        gvm_buf_str(out, ",\"error\":");
        gvm_trace_put_string(out, bytes_of(t, c->error));
    }
    if (c->reverted) put_reason(out, bytes_of(t, c->output));
}

static void put_logs(const gvm_call_tracer *t, gvm_buf *out, size_t index) {
    const entry_log *logs = (const entry_log *)(const void *)t->logs.ptr;
    const call *c = call_at(t, index);
    if (c->log_count == 0) return;
    gvm_buf_str(out, ",\"logs\":[");
    for (uint32_t i = c->first_log, left = c->log_count; left > 0; i = logs[i].next, left--) {
        const entry_log *e = &logs[i];
        gvm_buf_put(out, '{');
        put_address(out, "address", &e->log.address);
        gvm_buf_str(out, "\"topics\":[");
        for (uint32_t k = 0; k < e->log.topic_count; k++) {
            if (k > 0) gvm_buf_put(out, ',');
            gvm_trace_put_data(out, gvm_bytes_make(e->log.topics[k].b, 32));
        }
        gvm_buf_str(out, "],\"data\":");
        gvm_trace_put_data(out, bytes_of(t, e->data));
        gvm_buf_printf(out, ",\"position\":\"0x%x\",\"index\":\"0x%zx\"}", e->position, e->index);
        if (left > 1) gvm_buf_put(out, ',');
    }
    gvm_buf_put(out, ']');
}

/* position: how many calls the frame had made before. */
static void put_hosts(const gvm_call_tracer *t, gvm_buf *out, size_t index) {
    const entry_host *hosts = (const entry_host *)(const void *)t->hosts.ptr;
    const call *c = call_at(t, index);
    if (c->host_count == 0) return;
    gvm_buf_str(out, ",\"hostCalls\":[");
    for (uint32_t i = c->first_host, left = c->host_count; left > 0; i = hosts[i].next, left--) {
        const entry_host *e = &hosts[i];
        gvm_buf_printf(out, "{\"name\":\"%s.%s\",\"pc\":\"0x%x\",\"args\":[", e->module, e->name,
                       e->offset);
        for (uint32_t k = 0; k < e->arg_count; k++)
            gvm_buf_printf(out, "%s\"0x%llx\"", k > 0 ? "," : "", (unsigned long long)e->args[k]);
        gvm_buf_printf(out, "],\"gas\":\"0x%llx\",\"gasUsed\":\"0x%llx\",\"position\":\"0x%x\"}%s",
                       (unsigned long long)e->gas, (unsigned long long)e->cost, e->position,
                       left > 1 ? "," : "]");
    }
}

static void put_tail(const gvm_call_tracer *t, gvm_buf *out, size_t index) {
    const call *c = call_at(t, index);
    if (c->call_count > 0) gvm_buf_put(out, ']');
    put_logs(t, out, index);
    put_hosts(t, out, index);
    if (c->kind != GVM_STATICCALL) {
        gvm_buf_str(out, ",\"value\":");
        gvm_trace_put_quantity(out, c->value);
    }
    gvm_buf_printf(out, ",\"type\":\"%s\"}", kinds[c->kind]);
}

/* Gives each call its logs, unless it or a call around it failed. Parents come before children. */
static void assign_logs(gvm_call_tracer *t) {
    entry_log *logs = (entry_log *)(void *)t->logs.ptr;
    size_t log_count = t->logs.len / sizeof *logs, n = call_count(t);
    for (size_t i = 0; i < n; i++) {
        call *c = call_at(t, i);
        c->log_count = 0;
        c->undone = c->failed || (c->parent != 0 && call_at(t, c->parent - 1)->undone);
    }
    for (uint32_t i = 0; i < log_count; i++) {
        call *c = call_at(t, logs[i].call);
        if (c->undone) continue;
        if (c->log_count++ == 0)
            c->first_log = i;
        else
            logs[c->last_log].next = i;
        c->last_log = i;
    }
}

gvm_status gvm_call_tracer_write(gvm_call_tracer *t, gvm_buf *out, uint64_t gas_limit,
                                 uint64_t gas_used) {
    GVM_TRY(gvm_buf_status(&t->calls));
    GVM_TRY(gvm_buf_status(&t->logs));
    GVM_TRY(gvm_buf_status(&t->hosts));
    GVM_TRY(gvm_buf_status(&t->bytes));
    size_t n = call_count(t);
    if (n == 0) return GVM_ERR_STATE;
    call_at(t, 0)->gas = (int64_t)gas_limit;
    call_at(t, 0)->gas_used = (int64_t)gas_used;
    assign_logs(t);
    uint32_t open = 0; /* index + 1 of the innermost call that is not closed yet */
    for (size_t i = 0; i < n; i++) {
        const call *c = call_at(t, i);
        bool first = open == c->parent;
        while (open != c->parent) {
            put_tail(t, out, open - 1);
            open = call_at(t, open - 1)->parent;
        }
        if (i > 0) gvm_buf_str(out, first ? ",\"calls\":[" : ",");
        put_head(t, out, c);
        open = (uint32_t)i + 1;
    }
    for (; open != 0; open = call_at(t, open - 1)->parent) put_tail(t, out, open - 1);
    return gvm_buf_status(out);
}
