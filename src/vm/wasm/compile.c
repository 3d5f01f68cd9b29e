#include "vm/wasm/compile.h"

#include "vm/jit/code.h"

#include <pthread.h>
#include <stdlib.h>

#define OP(name)  GVM_WASM_OP_##name
#define IOP(name) GVM_WASM_IOP_##name

/* ---- compiled code of a module */

/* Counts changes of what the code relies on: registers, layout, calls of C. */
#define FORMAT "2"

static atomic_bool no_avx;

void gvm_wasm_leave_avx(bool alone) {
    atomic_store(&no_avx, alone);
}

bool gvm_wasm_uses_avx(void) {
#if defined(__x86_64__)
    return !atomic_load(&no_avx) && __builtin_cpu_supports("avx");
#else
    return false;
#endif
}

const char *gvm_wasm_native_target(void) {
#if defined(__x86_64__)
    return gvm_wasm_uses_avx() ? "x86-64 avx " FORMAT : "x86-64 " FORMAT;
#elif defined(__aarch64__)
    return "arm64 " FORMAT;
#else
    return "";
#endif
}

const gvm_wasm_native *gvm_wasm_module_native(const gvm_wasm_module *m, gvm_wasm_form form) {
    const gvm_wasm_machine *x = atomic_load_explicit(&m->machines[form], memory_order_acquire);
    return x != NULL ? &x->n : NULL;
}

gvm_wasm_form gvm_wasm_form_here(void) {
    return gvm_wasm_guards_memory() ? GVM_WASM_GUARDED : GVM_WASM_CHECKED;
}

bool gvm_wasm_native_fits(const gvm_wasm_module *m, const gvm_wasm_native *n) {
    size_t len = n->code.len;
    if (n->enter >= len || n->done >= len || n->trap >= len || n->entries_len != m->codes.len ||
        n->places_len != (n->form == GVM_WASM_GUARDED ? m->origins.len : 0))
        return false;
    for (uint32_t i = 0; i < n->entries_len; i++)
        if (n->entries[i] >= len) return false;
    return true;
}

static uint32_t *copy_table(const uint32_t *from, uint32_t len) {
    uint32_t *to = malloc((len + 1u) * sizeof *to);
    if (to != NULL && len != 0) memcpy(to, from, len * sizeof *to);
    return to;
}

gvm_status gvm_wasm_module_attach(gvm_wasm_module *m, const gvm_wasm_native *n) {
    if (gvm_wasm_module_native(m, n->form) != NULL) return GVM_ERR_STATE;
    if (!gvm_wasm_native_fits(m, n)) return GVM_ERR_CORRUPT;
    gvm_wasm_machine *x = calloc(1, sizeof *x);
    if (x == NULL) return GVM_ERR_NOMEM;
    gvm_status status = GVM_ERR_NOMEM;
    x->module = m;
    x->n = *n;
    x->n.entries = copy_table(n->entries, n->entries_len);
    x->n.places = copy_table(n->places, n->places_len);
    if (x->n.entries == NULL || x->n.places == NULL) goto fail;
    status = GVM_ERR_UNSUPPORTED;
    x->code = gvm_jit_publish(n->code, x);
    if (x->code == NULL) goto fail;
    x->n.code.ptr = x->code;
    atomic_store_explicit(&m->machines[n->form], x, memory_order_release);
    gvm_wasm_module_tell(x);
    return GVM_OK;
fail:
    free(x->n.entries);
    free(x->n.places);
    free(x);
    return status;
}

/* One compilation at a time for those that were not foreseen. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static gvm_status compile(gvm_wasm_module *m, gvm_wasm_form form);

gvm_status gvm_wasm_module_compile(gvm_wasm_module *m) {
    gvm_status status = GVM_OK;
    pthread_mutex_lock(&lock);
    if (gvm_wasm_module_native(m, GVM_WASM_CHECKED) == NULL &&
        gvm_wasm_module_native(m, GVM_WASM_GUARDED) == NULL)
        status = compile(m, gvm_wasm_form_here());
    pthread_mutex_unlock(&lock);
    return status;
}

const gvm_wasm_machine *gvm_wasm_module_machine(gvm_wasm_module *m, const gvm_wasm_memory *memory) {
    gvm_wasm_machine *checked =
        atomic_load_explicit(&m->machines[GVM_WASM_CHECKED], memory_order_acquire);
    gvm_wasm_machine *guarded =
        atomic_load_explicit(&m->machines[GVM_WASM_GUARDED], memory_order_acquire);
    if (guarded != NULL && (memory == NULL || memory->guarded)) return guarded;
    if (guarded == NULL || checked != NULL) return checked;
    pthread_mutex_lock(&lock);
    if (gvm_wasm_module_native(m, GVM_WASM_CHECKED) == NULL &&
        compile(m, GVM_WASM_CHECKED) != GVM_OK) {
        pthread_mutex_unlock(&lock);
        return NULL;
    }
    pthread_mutex_unlock(&lock);
    return atomic_load_explicit(&m->machines[GVM_WASM_CHECKED], memory_order_acquire);
}

#if GVM_WASM_COMPILES

/* ---- registers that remember */

void gvm_wasm_bank_clear(gvm_wasm_bank *k) {
    for (unsigned i = 0; i < k->len; i++) k->slots[i] = GVM_WASM_NOTHING;
    k->dirty = 0;
}

unsigned gvm_wasm_bank_take(gvm_wasm_bank *k) {
    while (k->pinned >> k->next & 1) k->next = k->next + 1 < k->len ? k->next + 1 : 0;
    unsigned i = k->next;
    k->next = i + 1 < k->len ? i + 1 : 0;
    k->slots[i] = GVM_WASM_NOTHING;
    k->pinned |= 1u << i;
    return i;
}

unsigned gvm_wasm_bank_find(gvm_wasm_bank *k, uint32_t slot) {
    for (unsigned i = 0; i < k->len; i++) {
        if (k->slots[i] == slot) {
            k->pinned |= 1u << i;
            return i;
        }
    }
    return GVM_WASM_NOTHING;
}

void gvm_wasm_bank_forget(gvm_wasm_bank *k, uint32_t slot) {
    for (unsigned i = 0; i < k->len; i++) {
        uint32_t x = k->slots[i];
        if (x == slot || x == (slot | GVM_WASM_WIDE) || x + 1 == (slot | GVM_WASM_WIDE)) {
            k->slots[i] = GVM_WASM_NOTHING;
            k->dirty &= ~(1u << i);
        }
    }
}

void gvm_wasm_forget_slot(gvm_wasm_compiler *c, uint32_t slot) {
    gvm_wasm_bank_forget(&c->ints, slot);
    gvm_wasm_bank_forget(&c->floats, slot);
}

/* ---- what waits for its target */

void gvm_wasm_branch_to(gvm_wasm_compiler *c, uint32_t at, uint32_t word, uint32_t base) {
    if (GVM_WASM_PUSH(c->branches))
        c->branches.at[c->branches.len++] =
            (gvm_wasm_fixup){.at = at, .to = word - 1, .base = base};
    else
        c->nomem = true;
}

void gvm_wasm_call_to(gvm_wasm_compiler *c, uint32_t at, uint32_t function) {
    if (GVM_WASM_PUSH(c->calls))
        c->calls.at[c->calls.len++] = (gvm_wasm_fixup){.at = at, .to = function};
    else
        c->nomem = true;
}

void gvm_wasm_cold_add(gvm_wasm_compiler *c, gvm_wasm_cold_kind kind, uint32_t at, uint32_t word,
                       unsigned trap) {
    if (GVM_WASM_PUSH(c->cold))
        c->cold.at[c->cold.len++] = (gvm_wasm_cold){.at = at,
                                                    .back = (uint32_t)c->b.len,
                                                    .word = word,
                                                    .kind = (uint8_t)kind,
                                                    .trap = (uint8_t)trap};
    else
        c->nomem = true;
}

static void link_branches(gvm_wasm_compiler *c) {
    for (uint32_t i = 0; i < c->branches.len && !c->nomem && !c->b.failed; i++) {
        const gvm_wasm_fixup *f = &c->branches.at[i];
        if (f->base == GVM_WASM_NOTHING) {
            gvm_wasm_target_link(c, f->at, c->native[f->to]);
        } else {
            uint32_t d = c->native[f->to] - f->base;
            memcpy(c->b.ptr + f->at, &d, 4);
        }
    }
    c->branches.len = 0;
}

/* ---- the walk */

/* How many words the instruction has, for the pass that looks for branches' targets alone. */
static uint32_t count_words(const gvm_wasm_word *p, uint32_t *tail) {
    *tail = 0;
    if (p->op >= IOP(br_i32_eq) && p->op <= IOP(br_not_f64_ge)) return *tail = 1, 2;
    switch (p->op) {
    case OP(br):
    case OP(if):
    case OP(br_if):
    case IOP(br_move): return *tail = 1, 2;
    case IOP(br_if_move): return *tail = 2, 3;
    case OP(br_table):
    case IOP(br_table_move): return 2 + p[1].x;
    case OP(call):
    case IOP(call_import):
    case OP(call_indirect):
    case OP(i64_const):
    case IOP(address):
    case OP(select):
    case IOP(select2):
    case OP(memory_init):
    case OP(data_drop):
    case OP(memory_copy):
    case OP(memory_fill):
    case OP(table_init):
    case OP(elem_drop):
    case OP(table_copy):
    case OP(table_fill):
    case OP(table_grow):
    case IOP(simd_memory): return 2;
    case OP(v128_const): return 3;
    case IOP(simd): return p[1].op == OP(i8x16_shuffle) ? 4 : 2;
    default: break;
    }
    return p->op >= IOP(i32_add_l) && p->op <= IOP(i64_xor_l) ? 2 : 1;
}

static void find_targets(gvm_wasm_compiler *c, uint32_t first, uint32_t end) {
    const gvm_wasm_module *m = c->m;
    for (uint32_t w = first; w < end;) {
        const gvm_wasm_word *p = &m->words.at[w];
        uint32_t tail, words = count_words(p, &tail);
        if (tail != 0) c->targets[gvm_wasm_target_of(m, w + tail) - 1] = 1;
        if (p->op == OP(br_table) || p->op == IOP(br_table_move))
            for (uint32_t i = 0; i < p[1].x; i++)
                c->targets[gvm_wasm_target_of(m, w + 2 + i) - 1] = 1;
        w += words;
    }
}

/* Where the code of what comes from each origin begins. */
static void mark_places(gvm_wasm_compiler *c, uint32_t w) {
    const gvm_wasm_module *m = c->m;
    if (c->places == NULL) return;
    while (c->places_len < m->origins.len && m->origins.at[c->places_len].word <= w)
        c->places[c->places_len++] = (uint32_t)c->b.len;
}

static void walk(gvm_wasm_compiler *c, uint32_t end) {
    gvm_wasm_forget_all(c);
    c->local_slots = (uint32_t)c->code->param_slots + c->code->zero_slots;
    gvm_wasm_target_begin(c);
    for (uint32_t w = c->code->first; w < end && !c->b.failed && !c->nomem;) {
        c->ints.pinned = c->floats.pinned = 0;
        mark_places(c, w);
        w += gvm_wasm_target_word(c, w);
    }
    for (uint32_t i = 0; i < c->cold.len; i++) gvm_wasm_target_cold(c, &c->cold.at[i]);
    c->cold.len = 0;
    link_branches(c);
}

static void compile_function(gvm_wasm_compiler *c, uint32_t index) {
    gvm_wasm_module *m = c->m;
    c->code = &m->codes.at[index];
    uint32_t end = index + 1 < m->codes.len ? m->codes.at[index + 1].first : m->words.len;
    uint32_t start = (uint32_t)c->b.len, calls = c->calls.len, places = c->places_len;
    find_targets(c, c->code->first, end);
    c->entries[index] = start;
    walk(c, end);
    if (!c->unlinked || c->b.failed) return;
    c->unlinked = false;
    c->b.len = start;
    c->calls.len = calls;
    c->places_len = places;
    c->far = true;
    walk(c, end);
    c->far = false;
}

static gvm_status attach(gvm_wasm_compiler *c) {
    if (c->nomem || c->b.failed || c->b.len > INT32_MAX) return GVM_ERR_NOMEM;
    for (uint32_t i = 0; i < c->calls.len; i++)
        gvm_wasm_target_link(c, c->calls.at[i].at, c->entries[c->calls.at[i].to]);
    if (c->places != NULL) mark_places(c, UINT32_MAX);
    if (c->unlinked) return GVM_ERR_UNSUPPORTED;
    gvm_wasm_native n = {.code = gvm_buf_bytes(&c->b),
                         .form = c->form,
                         .enter = c->enter,
                         .done = c->done,
                         .trap = c->trap,
                         .entries = c->entries,
                         .entries_len = c->m->codes.len,
                         .places = c->places,
                         .places_len = c->places_len};
    return gvm_wasm_module_attach(c->m, &n);
}

static gvm_status compile(gvm_wasm_module *m, gvm_wasm_form form) {
    /* Words are numbered by 28 bits, so that their distance in bytes is a positive int32_t. */
    if (!gvm_wasm_target_runs() || m->words.len >> 28 != 0) return GVM_ERR_UNSUPPORTED;
    gvm_wasm_compiler c = {.m = m, .form = form};
    c.native = malloc((m->words.len + 1u) * sizeof *c.native);
    c.targets = calloc(m->words.len + 1u, 1);
    c.entries = calloc(m->codes.len + 1u, sizeof *c.entries);
    if (form == GVM_WASM_GUARDED) c.places = malloc((m->origins.len + 1u) * sizeof *c.places);
    gvm_status status = GVM_ERR_NOMEM;
    if (c.native != NULL && c.targets != NULL && c.entries != NULL &&
        (c.places != NULL || form != GVM_WASM_GUARDED)) {
        gvm_wasm_target_shared(&c);
        for (uint32_t i = 0; i < m->codes.len && !c.unlinked; i++) compile_function(&c, i);
        status = attach(&c);
    }
    free(c.native);
    free(c.targets);
    free(c.entries);
    free(c.places);
    free(c.branches.at);
    free(c.calls.at);
    free(c.cold.at);
    gvm_buf_free(&c.b);
    return status;
}

#else

static gvm_status compile(gvm_wasm_module *m, gvm_wasm_form form) {
    (void)m;
    (void)form;
    return GVM_ERR_UNSUPPORTED;
}

#endif
