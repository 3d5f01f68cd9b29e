/* Calls from outside: an exec's stack, fuel and traps. */
#include "vm/wasm/runtime.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

/* Slots beyond the account: arguments and results of a host function that is called directly. */
#define SPARE_SLOTS 4096

gvm_wasm_exec *gvm_wasm_exec_new(uint32_t stack_bytes) {
    gvm_wasm_exec *e = calloc(1, sizeof *e);
    if (e == NULL) return NULL;
    gvm_wasm_set_leafs(e);
    e->stack_limit = stack_bytes;
    e->stack_slots = stack_bytes / 8 + SPARE_SLOTS;
    /* A call takes at least 32 bytes of the account, and at most two frames: one more where it
     * crosses instances. */
    e->frames_cap = stack_bytes / 32 * 2 + 4;
    e->stack = malloc((size_t)e->stack_slots * 8);
    e->frames = malloc((size_t)e->frames_cap * sizeof *e->frames);
    if (e->stack == NULL || e->frames == NULL) {
        gvm_wasm_exec_delete(e);
        return NULL;
    }
    e->slice_max = GVM_WASM_SLICE;
    gvm_wasm_exec_set_fuel(e, INT64_MAX);
    return e;
}

void gvm_wasm_exec_delete(gvm_wasm_exec *e) {
    if (e == NULL) return;
    free(e->stack);
    free(e->frames);
    if (e->native_stack != NULL) munmap(e->native_stack, e->native_stack_len);
    free(e);
}

void gvm_wasm_exec_set_fuel(gvm_wasm_exec *e, int64_t units) {
    if (units < 0) units = 0;
    e->slice = units < e->slice_max ? units : e->slice_max;
    e->reserve = units - e->slice;
}
int64_t gvm_wasm_exec_fuel(const gvm_wasm_exec *e) {
    return e->slice + e->reserve;
}
bool gvm_wasm_exec_charge(gvm_wasm_exec *e, int64_t units) {
    if (units < 0 || units > gvm_wasm_exec_fuel(e)) return false;
    gvm_wasm_exec_set_fuel(e, gvm_wasm_exec_fuel(e) - units);
    return true;
}
void gvm_wasm_exec_cancel(gvm_wasm_exec *e) {
    atomic_store_explicit(&e->cancel, true, memory_order_relaxed);
}
void gvm_wasm_exec_clear_cancel(gvm_wasm_exec *e) {
    atomic_store_explicit(&e->cancel, false, memory_order_relaxed);
}
void gvm_wasm_exec_watch(gvm_wasm_exec *e, const volatile bool *flag) {
    e->watch = flag;
}
void gvm_wasm_exec_set_deadline(gvm_wasm_exec *e, uint64_t nanoseconds) {
    e->deadline = nanoseconds;
}

void gvm_wasm_exec_interpret(gvm_wasm_exec *e, bool always) {
    e->interpret = always;
}

/* ---- values and slots */

static void to_slots(uint64_t *slots, const gvm_wasm_value *values, const uint8_t *types,
                     uint32_t len) {
    for (uint32_t i = 0; i < len; i++) {
        if (types[i] == GVM_WASM_V128) {
            *slots++ = values[i].v128[0];
            *slots++ = values[i].v128[1];
        } else if (types[i] == GVM_WASM_I32 || types[i] == GVM_WASM_F32) {
            *slots++ = values[i].i32;
        } else {
            *slots++ = values[i].i64;
        }
    }
}

static void from_slots(gvm_wasm_value *values, const uint64_t *slots, const uint8_t *types,
                       uint32_t len) {
    for (uint32_t i = 0; i < len; i++) {
        values[i] = (gvm_wasm_value){.v128 = {*slots++, 0}};
        if (types[i] == GVM_WASM_V128) values[i].v128[1] = *slots++;
    }
}

/* ---- calls */

static gvm_status finish(gvm_wasm_exec *e, gvm_wasm_value *results, gvm_status status) {
    if (status == GVM_WASM_SUSPENDED) {
        e->suspended = true;
        return status;
    }
    e->running = e->suspended = false;
    e->stack_used = 0;
    const gvm_wasm_functype *t = e->called->type;
    if (status == GVM_OK) from_slots(results, e->stack, t->types + t->params, t->results);
    return status;
}

static gvm_status stop(gvm_wasm_exec *e, const gvm_wasm_func *f, gvm_wasm_trap_code code,
                       gvm_status status) {
    e->trap = (gvm_wasm_trap){.code = code, .status = status, .function = GVM_WASM_NO_LIMIT};
    if (f->instance != NULL) {
        e->trap.module = f->instance->module;
        e->trap.function = f->code->index;
    }
    return status;
}

/* A host function, called without a module between. */
static gvm_status call_host(gvm_wasm_exec *e, gvm_wasm_value *results, gvm_wasm_func *f) {
    e->instance = NULL;
    e->native = false;
    gvm_status status = f->host(f->ctx, e, e->stack);
    e->called = f;
    if (status != GVM_OK && status != GVM_WASM_SUSPENDED) stop(e, f, GVM_WASM_TRAP_HOST, status);
    return finish(e, results, status);
}

gvm_status gvm_wasm_call(gvm_wasm_exec *e, gvm_wasm_value *results, gvm_wasm_func *f,
                         const gvm_wasm_value *args) {
    if (e->running) return GVM_ERR_STATE;
    const gvm_wasm_functype *t = f->type;
    e->trap = (gvm_wasm_trap){.function = GVM_WASM_NO_LIMIT};
    if (t->param_slots > SPARE_SLOTS || t->result_slots > SPARE_SLOTS) return GVM_ERR_LIMIT;
    to_slots(e->stack, args, t->types, t->params);
    e->running = true;
    e->top = e->frames;
    e->called = f;
    if (f->code == NULL) return call_host(e, results, f);
    const gvm_wasm_code *code = f->code;
    if (code->stack_cost > e->stack_limit) {
        e->running = false;
        return stop(e, f, GVM_WASM_TRAP_STACK, GVM_ERR_WASM_STACK);
    }
    e->stack_used = code->stack_cost;
    *e->top++ = (gvm_wasm_frame){
        .pc = gvm_wasm_leave_code + 1, .fp = e->stack, .instance = f->instance, .code = code};
    memset(e->stack + code->param_slots, 0, (size_t)code->zero_slots * 8);
    e->pc = code->entry;
    e->fp = e->stack;
    e->instance = f->instance;
    e->code = code;
    e->native = f->native != NULL && !e->interpret;
    return finish(e, results, gvm_wasm_run(e, true));
}

uint64_t *gvm_wasm_exec_slots(gvm_wasm_exec *e) {
    if (e->top == e->frames) return e->stack;
    return e->native ? e->fp : e->fp + e->pc->a;
}

gvm_status gvm_wasm_exec_resume(gvm_wasm_exec *e, gvm_wasm_value *results, gvm_status status) {
    if (!e->suspended) return GVM_ERR_STATE;
    e->suspended = false;
    if (e->top == e->frames) return finish(e, results, status);
    if (status != GVM_OK) {
        bool fuel = status == GVM_ERR_WASM_FUEL;
        stop(e, e->called, fuel ? GVM_WASM_TRAP_FUEL : GVM_WASM_TRAP_HOST, status);
        e->trap.module = e->instance->module;
        e->trap.function = e->code->index;
        e->trap.offset = gvm_wasm_module_origin(e->instance->module,
                                                (uint32_t)(e->pc - e->instance->module->words.at));
    } else {
        if (!e->native) e->pc += 2;
        status = gvm_wasm_run(e, false);
    }
    return finish(e, results, status);
}

void gvm_wasm_exec_abandon(gvm_wasm_exec *e) {
    e->running = e->suspended = false;
    e->stack_used = 0;
}

gvm_wasm_instance *gvm_wasm_exec_instance(const gvm_wasm_exec *e) {
    return e->instance;
}

uint32_t gvm_wasm_exec_offset(const gvm_wasm_exec *e) {
    if (e->instance == NULL) return 0;
    const gvm_wasm_module *m = e->instance->module;
    uint32_t word = e->native ? e->native_word : (uint32_t)(e->pc - m->words.at);
    return gvm_wasm_module_origin(m, word);
}

bool gvm_wasm_exec_memory(gvm_wasm_exec *e, uint8_t **out, uint32_t at, uint32_t len) {
    if (e->instance == NULL || e->instance->memory == NULL) return false;
    gvm_wasm_memory *m = e->instance->memory;
    if ((uint64_t)at + len > m->bytes) return false;
    *out = m->at + at;
    return true;
}

/* ---- traps */

const gvm_wasm_trap *gvm_wasm_exec_trap(const gvm_wasm_exec *e) {
    return &e->trap;
}

const char *gvm_wasm_trap_text(gvm_wasm_trap_code code) {
    static const char *const texts[] = {
#define X(name, status, text) text,
#include "ghostvm/wasm_traps.inc"
#undef X
    };
    return (unsigned)code < sizeof texts / sizeof *texts ? texts[code] : "unknown trap";
}

void gvm_wasm_trap_describe(char *out, size_t cap, const gvm_wasm_trap *trap) {
    gvm_bytes name;
    const char *what = gvm_wasm_trap_text(trap->code);
    if (trap->module == NULL || trap->function == GVM_WASM_NO_LIMIT)
        snprintf(out, cap, "%s", what);
    else if (gvm_wasm_module_func_name(trap->module, &name, trap->function))
        snprintf(out, cap, "%s in %.*s (function %u) at 0x%x", what, (int)name.len,
                 (const char *)name.ptr, trap->function, trap->offset);
    else
        snprintf(out, cap, "%s in function %u at 0x%x", what, trap->function, trap->offset);
}
