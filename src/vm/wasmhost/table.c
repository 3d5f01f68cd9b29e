/* The table of host functions, and the one door through which modules call them: gas is taken from
 * fuel and given back, prices, static mode and pointers are settled, then the function runs. */
#include "vm/wasmhost/host.h"

enum { VIEW = 0, WRITE = 1, LATER = 0 };

static const gvm_wasm_hostcall rows[] = {
#define X(module, name, type, roles, gas, word, mode, since, function, text) \
    {#module, #name, type, roles, gas, word, (mode) == WRITE, since, text},
#include "vm/wasmhost/hostcalls.inc"
#undef X
};
#define ROW_COUNT (sizeof rows / sizeof rows[0])

gvm_wasm_call_fn *const gvm_wasm_call_fns[] = {
#define X(module, name, type, roles, gas, word, mode, since, function, text) \
    (since) == LATER ? NULL : gvm_wasm_call_##function,
#include "vm/wasmhost/hostcalls.inc"
#undef X
};

const gvm_wasm_hostcall *gvm_wasm_hostcalls(size_t *count) {
    *count = ROW_COUNT;
    return rows;
}

int gvm_wasm_hostcall_find(gvm_bytes module, gvm_bytes name) {
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (gvm_bytes_equal(name, gvm_bytes_str(rows[i].name)) &&
            gvm_bytes_equal(module, gvm_bytes_str(rows[i].module)))
            return (int)i;
    return -1;
}

/* ---- pointers */

gvm_outcome gvm_wasm_guest(gvm_wasm_call_args *a, uint8_t **out, uint64_t at, uint64_t len) {
    if (at <= UINT32_MAX && len <= UINT32_MAX &&
        gvm_wasm_exec_memory(a->c->exec, out, (uint32_t)at, (uint32_t)len))
        return GVM_OUT_SUCCESS;
    gvm_vm_explain(a->f, GVM_OUT_TRAP, "%s.%s: [%llu, +%llu) is outside of memory", a->row->module,
                   a->row->name, (unsigned long long)at, (unsigned long long)len);
    return GVM_OUT_TRAP;
}

/* The length that goes with the buffer at parameter `i`: buffers and lengths pair up in order. */
static uint32_t length_of(const gvm_wasm_call_args *a, size_t i) {
    const char *roles = a->row->roles;
    if (roles[i] == 't') return (uint32_t)a->v[i + 1] * 32;
    size_t skip = 0;
    for (size_t k = 0; k < i; k++) skip += roles[k] == '<' || roles[k] == '>';
    for (size_t k = 0; roles[k] != '\0'; k++)
        if (roles[k] == 'n' && skip-- == 0) return (uint32_t)a->v[k];
    return 0;
}

/* Length of an AssemblyScript string; its pointer is to its first unit, its length before it. */
static gvm_outcome string_length(gvm_wasm_call_args *a, size_t i, uint32_t *len) {
    uint8_t *head;
    *len = 0;
    if (a->v[i] == 0) return GVM_OUT_SUCCESS;
    gvm_outcome outcome = gvm_wasm_guest(a, &head, (uint32_t)a->v[i] - 4u, 4);
    if (outcome == GVM_OUT_SUCCESS) *len = gvm_load_le32(head) & ~1u;
    return outcome;
}

static gvm_outcome check_pointer(gvm_wasm_call_args *a, size_t i) {
    switch (a->row->roles[i]) {
    case 'a':
    case 'A': a->n[i] = 20; break;
    case 'w':
    case 'W':
    case 'x': a->n[i] = 32; break;
    case 'd': a->n[i] = 64; break;
    case 'L': a->n[i] = 4; break;
    case '<':
    case '>': a->n[i] = length_of(a, i); break;
    case 't':
        if (a->v[i + 1] > 4) {
            gvm_vm_explain(a->f, GVM_OUT_TRAP, "%s.%s: %llu topics", a->row->module, a->row->name,
                           (unsigned long long)a->v[i + 1]);
            return GVM_OUT_TRAP;
        }
        a->n[i] = length_of(a, i);
        break;
    case 's': {
        gvm_outcome outcome = string_length(a, i, &a->n[i]);
        if (outcome != GVM_OUT_SUCCESS) return outcome;
        break;
    }
    default: return GVM_OUT_SUCCESS;
    }
    return gvm_wasm_guest(a, &a->p[i], a->v[i], a->n[i]);
}

/* ---- the door */

static int64_t price_of(const gvm_wasm_call_args *a) {
    int64_t price = a->row->gas;
    if (a->row->word_gas == 0) return price;
    for (size_t i = 0; a->row->roles[i] != '\0'; i++)
        if (a->row->roles[i] == 'n')
            price += (int64_t)(((uint64_t)(uint32_t)a->v[i] + 31) / 32) * a->row->word_gas;
    return price;
}

static gvm_outcome prepare(gvm_wasm_call_args *a, const uint64_t *slots) {
    const char *roles = a->row->roles;
    if (a->c->starting) {
        gvm_vm_explain(a->f, GVM_OUT_TRAP, "%s.%s: called by the start function", a->row->module,
                       a->row->name);
        return GVM_OUT_TRAP;
    }
    for (size_t i = 0; roles[i] != '\0'; i++) a->v[i] = slots[i];
    if (!gvm_gas_take(a->f, price_of(a))) return GVM_OUT_OUT_OF_GAS;
    if (a->row->writes && a->f->is_static) return GVM_OUT_STATIC_VIOLATION;
    for (size_t i = 0; roles[i] != '\0'; i++) {
        gvm_outcome outcome = check_pointer(a, i);
        if (outcome != GVM_OUT_SUCCESS) return outcome;
    }
    return GVM_OUT_SUCCESS;
}

static bool has_result(const gvm_wasm_hostcall *row) {
    const char *mark = strchr(row->type, '>');
    return mark != NULL && mark[1] != '\0';
}

static void show(const gvm_tracer *t, const gvm_wasm_call_args *a, int64_t gas) {
    int64_t cost = gas - a->f->gas;
    gvm_trace_host call = {.module = a->row->module,
                           .name = a->row->name,
                           .type = a->row->type,
                           .offset = gvm_wasm_exec_offset(a->c->exec),
                           .gas = gas,
                           .cost = cost,
                           .args = a->v,
                           .arg_count = (uint32_t)strlen(a->row->roles),
                           .outcome = a->c->outcome};
    t->host_call(t->ctx, a->f, &call);
}

gvm_status gvm_wasm_hostcall_enter(void *ctx, gvm_wasm_exec *exec, uint64_t *slots) {
    const gvm_wasm_binding *binding = ctx;
    gvm_wasm_context *c = binding->host->current;
    gvm_wasm_call_args a = {
        .host = binding->host, .c = c, .f = c->frame, .row = &rows[binding->row]};
    int64_t units = gvm_wasm_exec_fuel(exec);
    c->fraction = units % GVM_WASM_UNITS;
    a.f->gas = c->beyond + units / GVM_WASM_UNITS;
    int64_t gas = a.f->gas;
    c->pending = GVM_WASM_WAIT_NOTHING;
    c->outcome = prepare(&a, slots);
    if (c->outcome == GVM_OUT_SUCCESS) c->outcome = gvm_wasm_call_fns[binding->row](&a);
    c->ended = a.ends;
    const gvm_tracer *t = a.f->vm->tracer;
    if (__builtin_expect(t != NULL, 0) && t->host_call != NULL) show(t, &a, gas);
    if (c->outcome != GVM_OUT_SUCCESS || a.ends) return GVM_ERR_WASM_HOST;
    gvm_wasm_refuel(c);
    if (c->pending != GVM_WASM_WAIT_NOTHING) return GVM_WASM_SUSPENDED;
    if (has_result(a.row)) slots[0] = a.result;
    return GVM_OK;
}
