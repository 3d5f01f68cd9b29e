/* The engine: frames of WebAssembly.
 *
 * Each depth of the vm keeps a context: an exec (stack and fuel), a store (the instance's memory
 * and tables) and small buffers, so that a call makes nothing anew but its instance. The host
 * functions are made once for each vm. A host function that calls out leaves its exec suspended and
 * the frame waiting (GVM_STEP_CALL); run() is entered again with the callee's result and resumes.
 *
 *      enter    price of the instance, pages, the declared guard; creation: deploy.c
 *      run      instantiate, call invoke (init, user_entrypoint); or go on behind a call
 *      leave    pages back, instance gone
 *
 * Gas and fuel: while guest code runs, the frame's gas is in the exec's fuel, 10,000 units each.
 * Host functions see whole gas in frame->gas; the fraction waits in the context. */
#include "vm/wasm/opcode.h"
#include "vm/wasmhost/deploy.h"
#include "vm/wasmhost/host.h"

#include <stdlib.h>

#define STACK_BYTES (1u << 20) /* account of a frame */
#define FUEL_GAS    (INT64_MAX / GVM_WASM_UNITS - 1)
#define KEPT_DEPTH  16 /* contexts above are kept from transaction to transaction */

/* ---- contexts */

static void context_delete(gvm_wasm_context *c) {
    if (c == NULL) return;
    gvm_wasm_exec_delete(c->exec);
    gvm_wasm_store_delete(c->store);
    gvm_wasm_cache_free(&c->cache);
    gvm_buf_free(&c->deposit);
    free(c);
}

/* The pools of frames; NULL is allowed. */
static void host_delete(gvm_wasm_host *host) {
    if (host == NULL) return;
    for (size_t i = 0; i <= GVM_CALL_DEPTH; i++) context_delete(host->contexts[i]);
    gvm_wasm_store_delete(host->functions);
    free(host->externs);
    free(host->bindings);
    free(host);
}

/* Gives back what frames below the first few took; none is live. */
static void trim(gvm_vm *vm) {
    gvm_wasm_host *host = vm->wasm;
    for (; host != NULL && host->deepest >= KEPT_DEPTH; host->deepest--) {
        context_delete(host->contexts[host->deepest]);
        host->contexts[host->deepest] = NULL;
    }
}

/* The types of a row, as the core wants them. */
static gvm_wasm_func *make_function(gvm_wasm_host *host, const gvm_wasm_hostcall *row,
                                    gvm_wasm_binding *binding) {
    uint8_t types[12];
    gvm_wasm_functype type = {.types = types};
    gvm_wasm_hostcall_type(&type, types, row);
    return gvm_wasm_func_new(host->functions, &type, gvm_wasm_hostcall_enter, binding);
}

static gvm_wasm_host *host_new(gvm_vm *vm) {
    size_t count;
    const gvm_wasm_hostcall *rows = gvm_wasm_hostcalls(&count);
    gvm_wasm_host *host = calloc(1, sizeof *host);
    if (host == NULL) return NULL;
    host->vm = vm;
    host->functions = gvm_wasm_store_new();
    host->externs = calloc(count, sizeof *host->externs);
    host->bindings = calloc(count, sizeof *host->bindings);
    bool good = host->functions != NULL && host->externs != NULL && host->bindings != NULL;
    for (size_t i = 0; good && i < count; i++) {
        host->bindings[i] = (gvm_wasm_binding){host, (uint32_t)i};
        host->externs[i].kind = GVM_WASM_KIND_FUNC;
        host->externs[i].func = make_function(host, &rows[i], &host->bindings[i]);
        good = host->externs[i].func != NULL;
    }
    if (good) return host;
    host_delete(host);
    return NULL;
}

static uint64_t grow(void *ctx, uint32_t pages);

static gvm_wasm_context *context_new(gvm_wasm_host *host) {
    gvm_wasm_context *c = calloc(1, sizeof *c);
    if (c == NULL) return NULL;
    c->exec = gvm_wasm_exec_new(STACK_BYTES);
    c->store = gvm_wasm_store_new();
    if (c->exec == NULL || c->store == NULL) {
        context_delete(c);
        return NULL;
    }
    c->host = host;
    gvm_wasm_store_on_grow(c->store, grow, c);
    return c;
}

/* The context of the frame's depth, empty; NULL where memory is out. */
static gvm_wasm_context *context_take(gvm_frame *f) {
    gvm_vm *vm = f->vm;
    if (vm->wasm == NULL) vm->wasm = host_new(vm);
    gvm_wasm_host *host = vm->wasm;
    if (host == NULL) return NULL;
    gvm_wasm_context **place = &host->contexts[f->depth];
    if (f->depth > host->deepest) host->deepest = f->depth;
    if (*place == NULL) *place = context_new(host);
    gvm_wasm_context *c = *place;
    if (c == NULL) return NULL;
    c->frame = f;
    c->contract = NULL;
    c->instance = NULL;
    c->owns_contract = c->starting = c->ended = false;
    c->pages = 0;
    c->fraction = 0;
    c->calldata = f->msg.input;
    c->output = gvm_bytes_make(NULL, 0);
    c->outcome = GVM_OUT_SUCCESS;
    c->pending = GVM_WASM_WAIT_NOTHING;
    gvm_wasm_cache_clear(&c->cache);
    gvm_buf_clear(&c->deposit);
    return c;
}

/* ---- gas, pages */

void gvm_wasm_refuel(gvm_wasm_context *c) {
    int64_t gas = c->frame->gas;
    c->beyond = gas > FUEL_GAS ? gas - FUEL_GAS : 0;
    gvm_wasm_exec_set_fuel(c->exec, (gas - c->beyond) * GVM_WASM_UNITS + c->fraction);
}

static void take_gas_back(gvm_wasm_context *c) {
    c->frame->gas = c->beyond + gvm_wasm_exec_fuel(c->exec) / GVM_WASM_UNITS;
}

uint32_t gvm_wasm_host_pages(const gvm_wasm_host *host) {
    return host->pages;
}

uint64_t gvm_wasm_pages_factor(uint32_t sum, uint32_t pages) {
    uint64_t factor = 0;
    for (uint32_t page = sum; page < sum + pages; page++)
        factor += page < GVM_WASM_PAGES_CHEAP
                      ? 1
                      : UINT64_C(2) << ((page - GVM_WASM_PAGES_CHEAP) / GVM_WASM_PAGES_STEP);
    return factor;
}

/* The store asks before a memory grows: what it costs beyond GROW_PAGE, or UINT64_MAX: it may not.
 */
static uint64_t grow(void *ctx, uint32_t pages) {
    gvm_wasm_context *c = ctx;
    gvm_wasm_host *host = c->host;
    if (host->pages + pages > GVM_WASM_PAGES_MAX) return UINT64_MAX;
    uint64_t factor = gvm_wasm_pages_factor(host->pages, pages);
    host->pages += pages;
    c->pages += pages;
    return (factor - pages) * GVM_WASM_PRICE_GROW_PAGE;
}

/* What an instance costs, in gas; its pages are added to the sum. */
static gvm_outcome pay_instance(gvm_wasm_context *c) {
    const gvm_wasm_contract *contract = c->contract;
    gvm_wasm_host *host = c->host;
    uint64_t units = (uint64_t)contract->entry_units;
    if (host->pages + contract->pages > GVM_WASM_PAGES_MAX) return GVM_OUT_MEMORY_LIMIT;
    units +=
        gvm_wasm_pages_factor(host->pages, contract->pages) * (uint64_t)GVM_WASM_ENTRY_PAGE_UNITS;
    int64_t gas = (int64_t)((units + GVM_WASM_UNITS - 1) / GVM_WASM_UNITS);
    if (!gvm_gas_take(c->frame, gas)) return GVM_OUT_OUT_OF_GAS;
    host->pages += contract->pages;
    c->pages = contract->pages;
    return GVM_OUT_SUCCESS;
}

/* ---- enter */

/* A guarded contract runs already, and not only as the frame that borrows this code. */
static bool is_reentry(const gvm_frame *f) {
    return f->self->live > 1;
}

static gvm_outcome enter_call(gvm_frame *f, gvm_wasm_context *c) {
    gvm_status status = gvm_wasm_code_get(&c->contract, f->code_object, &f->code_hash, f->code);
    if (status == GVM_ERR_NOMEM) return GVM_OUT_HOST_FAILURE;
    if (status != GVM_OK) {
        gvm_vm_explain(f, GVM_OUT_BAD_CONTAINER, "the account's code is no valid module");
        return GVM_OUT_BAD_CONTAINER;
    }
    if (c->contract->refuses_reentry && is_reentry(f)) {
        gvm_vm_explain(f, GVM_OUT_DENIED, "the contract refuses re-entry");
        return GVM_OUT_DENIED;
    }
    return pay_instance(c);
}

static gvm_outcome enter(gvm_frame *f) {
    gvm_wasm_context *c = context_take(f);
    if (c == NULL) return GVM_OUT_HOST_FAILURE;
    f->engine_data = c;
    if (!gvm_kind_creates(f->msg.kind)) return enter_call(f, c);
    gvm_outcome outcome = gvm_wasm_deploy(c);
    if (outcome != GVM_OUT_SUCCESS || !c->contract->has_init) return outcome;
    return pay_instance(c);
}

static void leave(gvm_frame *f) {
    gvm_wasm_context *c = f->engine_data;
    if (c == NULL) return;
    const gvm_tracer *t = f->vm->tracer;
    if (t != NULL && t->memory != NULL && c->instance != NULL) {
        size_t len;
        const uint8_t *p = gvm_wasm_memory_data(gvm_wasm_instance_memory(c->instance), &len);
        t->memory(t->ctx, f, gvm_bytes_make(p, len));
    }
    gvm_wasm_exec_abandon(c->exec);
    if (c->instance != NULL || c->pages != 0) gvm_wasm_store_reset(c->store);
    c->host->pages -= c->pages;
    if (c->contract != NULL) {
        if (c->owns_contract)
            gvm_wasm_contract_delete(c->contract);
        else
            gvm_wasm_code_put(c->contract);
    }
    c->contract = NULL;
    c->frame = NULL;
    f->engine_data = NULL;
}

/* ---- run */

static gvm_step done(gvm_frame *f, gvm_outcome outcome) {
    gvm_wasm_context *c = f->engine_data;
    f->result.outcome = outcome;
    f->result.output = c->output;
    if (gvm_kind_creates(f->msg.kind) && outcome == GVM_OUT_SUCCESS)
        f->result.output = gvm_buf_bytes(&c->deposit);
    return GVM_STEP_DONE;
}

/* How a run that did not end by itself ends the frame. */
static gvm_step stopped(gvm_frame *f, gvm_status status) {
    gvm_wasm_context *c = f->engine_data;
    const gvm_wasm_trap *trap = gvm_wasm_exec_trap(c->exec);
    switch (status) {
    case GVM_ERR_WASM_HOST:
        /* The function left the frame's gas exact. */
        if (c->ended || c->outcome != GVM_OUT_SUCCESS) return done(f, c->outcome);
        return done(f, GVM_OUT_TRAP);
    case GVM_ERR_WASM_FUEL: return done(f, GVM_OUT_OUT_OF_GAS);
    case GVM_ERR_CANCELLED:
    case GVM_ERR_TIMEOUT: return done(f, GVM_OUT_CANCELLED);
    case GVM_ERR_WASM_STACK:
    case GVM_ERR_WASM_TRAP: {
        char text[200];
        gvm_outcome outcome = status == GVM_ERR_WASM_STACK ? GVM_OUT_WASM_STACK : GVM_OUT_TRAP;
        gvm_wasm_trap_describe(text, sizeof text, trap);
        gvm_vm_explain(f, outcome, "%s", text);
        return done(f, outcome);
    }
    default: return done(f, GVM_OUT_HOST_FAILURE);
    }
}

static gvm_step ended(gvm_frame *f, gvm_status status, const gvm_wasm_value *result) {
    gvm_wasm_context *c = f->engine_data;
    c->host->current = NULL;
    if (status == GVM_WASM_SUSPENDED) {
        f->resume = 1;
        return GVM_STEP_CALL;
    }
    if (status != GVM_OK) return stopped(f, status);
    take_gas_back(c);
    return done(f, result->i32 == 0 ? GVM_OUT_SUCCESS : GVM_OUT_REVERT);
}

static gvm_step start(gvm_frame *f) {
    gvm_wasm_context *c = f->engine_data;
    gvm_wasm_host *host = c->host;
    const gvm_wasm_contract *contract = c->contract;
    bool creates = gvm_kind_creates(f->msg.kind);
    if (creates && !contract->has_init) return done(f, GVM_OUT_SUCCESS);

    gvm_wasm_extern imports[256], entry;
    for (uint32_t i = 0; i < contract->import_count; i++)
        imports[i] = host->externs[contract->imports[i]];
    gvm_wasm_exec_interpret(c->exec, f->vm->mode == GVM_ENGINE_INTERP);
    gvm_wasm_exec_watch(c->exec, (const volatile bool *)f->vm->cancel);
    gvm_wasm_refuel(c);
    host->current = c;
    c->starting = true;
    gvm_status status = gvm_wasm_instantiate(c->store, &c->instance, c->exec, NULL,
                                             contract->module, imports, contract->import_count);
    c->starting = false;
    if (status != GVM_OK) return ended(f, status, NULL);
    const char *name = creates ? "init" : contract->stylus ? "user_entrypoint" : "invoke";
    bool found = gvm_wasm_instance_export(c->instance, &entry, gvm_bytes_str(name));
    GVM_ASSERT(found && entry.kind == GVM_WASM_KIND_FUNC);
    gvm_wasm_value result = {0}, argument = {.i32 = (uint32_t)c->calldata.len};
    status = gvm_wasm_call(c->exec, &result, entry.func, &argument);
    return ended(f, status, &result);
}

/* ---- behind a call */

static void write_length(gvm_wasm_context *c, gvm_bytes output) {
    uint8_t *p;
    if (gvm_wasm_exec_memory(c->exec, &p, c->length_at, 4)) gvm_store_le32(p, (uint32_t)output.len);
}

static void write_created(gvm_wasm_context *c, const gvm_result *child) {
    uint8_t *p;
    static const gvm_address none;
    bool good = child->outcome == GVM_OUT_SUCCESS;
    if (gvm_wasm_exec_memory(c->exec, &p, c->result_at, 20))
        memcpy(p, good ? child->created.b : none.b, 20);
}

/* The callee's result, in the form that the function which called has. */
static void take_result(gvm_frame *f, uint64_t *slots) {
    gvm_wasm_context *c = f->engine_data;
    const gvm_result *child = &f->child;
    bool creates = c->pending == GVM_WASM_WAIT_CREATE || c->pending == GVM_WASM_WAIT_STYLUS_CREATE;
    bool good = child->outcome == GVM_OUT_SUCCESS;
    if (creates && child->outcome != GVM_OUT_REVERT) f->return_data = gvm_bytes_make(NULL, 0);
    switch (c->pending) {
    case GVM_WASM_WAIT_CREATE:
        write_created(c, child);
        slots[0] = (uint64_t)gvm_outcome_code(child->outcome);
        break;
    case GVM_WASM_WAIT_STYLUS_CREATE:
        write_created(c, child);
        write_length(c, f->return_data);
        break;
    case GVM_WASM_WAIT_STYLUS_CALL:
        write_length(c, f->return_data);
        slots[0] = good ? 0 : 2;
        break;
    default: slots[0] = (uint64_t)gvm_outcome_code(child->outcome);
    }
    c->pending = GVM_WASM_WAIT_NOTHING;
}

static gvm_step go_on(gvm_frame *f) {
    gvm_wasm_context *c = f->engine_data;
    gvm_wasm_value result = {0};
    uint64_t *slots = gvm_wasm_exec_slots(c->exec);
    if (c->pending == GVM_WASM_WAIT_GHOST) {
        c->pending = GVM_WASM_WAIT_NOTHING;
        if (!gvm_wasm_ghost_result(c, slots)) {
            gvm_outcome outcome = gvm_wasm_set_output(c, f->return_data);
            return done(f, outcome == GVM_OUT_SUCCESS ? GVM_OUT_REVERT : outcome);
        }
    } else {
        take_result(f, slots);
    }
    c->host->current = c;
    gvm_wasm_refuel(c);
    gvm_status status = gvm_wasm_exec_resume(c->exec, &result, GVM_OK);
    return ended(f, status, &result);
}

static gvm_step run(gvm_frame *f) {
    return f->resume == 0 ? start(f) : go_on(f);
}

static void free_all(gvm_vm *vm) {
    host_delete(vm->wasm);
    vm->wasm = NULL;
}

const gvm_engine gvm_wasm_engine = {.trim = trim,
                                    .free = free_all,
                                    .name = "wasm",
                                    .enter = enter,
                                    .run = run,
                                    .leave = leave,
                                    .deposits_itself = true};

/* ---- output */

gvm_outcome gvm_wasm_set_output(gvm_wasm_context *c, gvm_bytes bytes) {
    gvm_memory *m = c->frame->memory;
    m->len = 0;
    if (!gvm_memory_grow(m, (bytes.len + 31) / 32 * 32)) return GVM_OUT_HOST_FAILURE;
    if (bytes.len > 0) memcpy(m->ptr, bytes.ptr, bytes.len);
    c->output = gvm_bytes_make(m->ptr, bytes.len);
    return GVM_OUT_SUCCESS;
}
