#include "vm/wasm/compile.h"

#include "vm/jit/code.h"

#include <stdlib.h>

#define OP(name)  GVM_WASM_OP_##name
#define IOP(name) GVM_WASM_IOP_##name

/* ---- compiled code of a module */

/* Counts changes of what the code relies on: registers, layout, calls of C. */
#define FORMAT "1"

const char *gvm_wasm_native_target(void) {
#if defined(__x86_64__)
    return "x86-64 " FORMAT;
#elif defined(__aarch64__)
    return "arm64 " FORMAT;
#else
    return "";
#endif
}

bool gvm_wasm_module_native(const gvm_wasm_module *m, gvm_wasm_native *out, uint32_t *entries) {
    if (m->native == NULL) return false;
    const uint8_t *code = m->native;
    for (uint32_t i = 0; i < m->codes.len; i++)
        entries[i] = (uint32_t)((const uint8_t *)m->codes.at[i].native - code);
    *out = (gvm_wasm_native){.code = gvm_bytes_make(code, m->native_len),
                             .enter = (uint32_t)((const uint8_t *)m->native_enter - code),
                             .done = (uint32_t)((const uint8_t *)m->native_done - code),
                             .entries = entries,
                             .entries_len = m->codes.len};
    return true;
}

gvm_status gvm_wasm_module_attach(gvm_wasm_module *m, const gvm_wasm_native *n) {
    if (m->native != NULL) return GVM_ERR_STATE;
    if (n->entries_len != m->codes.len || n->enter >= n->code.len || n->done >= n->code.len)
        return GVM_ERR_CORRUPT;
    for (uint32_t i = 0; i < n->entries_len; i++)
        if (n->entries[i] >= n->code.len) return GVM_ERR_CORRUPT;
    m->native = gvm_jit_publish(n->code);
    if (m->native == NULL) return GVM_ERR_UNSUPPORTED;
    m->native_len = n->code.len;
    m->native_enter = (const uint8_t *)m->native + n->enter;
    m->native_done = (const uint8_t *)m->native + n->done;
    for (uint32_t i = 0; i < m->codes.len; i++)
        m->codes.at[i].native = (const uint8_t *)m->native + n->entries[i];
    gvm_wasm_module_tell(m);
    return GVM_OK;
}

#if GVM_WASM_COMPILES

/* ---- registers that remember */

void gvm_wasm_bank_clear(gvm_wasm_bank *k) {
    for (unsigned i = 0; i < k->len; i++) k->slots[i] = GVM_WASM_NOTHING;
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
    for (unsigned i = 0; i < k->len; i++)
        if (k->slots[i] == slot) k->slots[i] = GVM_WASM_NOTHING;
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

static void walk(gvm_wasm_compiler *c, uint32_t end) {
    gvm_wasm_forget_all(c);
    gvm_wasm_target_begin(c);
    for (uint32_t w = c->code->first; w < end && !c->b.failed && !c->nomem;) {
        c->ints.pinned = c->floats.pinned = 0;
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
    uint32_t start = (uint32_t)c->b.len, calls = c->calls.len;
    find_targets(c, c->code->first, end);
    c->entries[index] = start;
    walk(c, end);
    if (!c->unlinked || c->b.failed) return;
    c->unlinked = false;
    c->b.len = start;
    c->calls.len = calls;
    c->far = true;
    walk(c, end);
    c->far = false;
}

static gvm_status attach(gvm_wasm_compiler *c) {
    if (c->nomem || c->b.failed || c->b.len > INT32_MAX) return GVM_ERR_NOMEM;
    for (uint32_t i = 0; i < c->calls.len; i++)
        gvm_wasm_target_link(c, c->calls.at[i].at, c->entries[c->calls.at[i].to]);
    if (c->unlinked) return GVM_ERR_UNSUPPORTED;
    gvm_wasm_native n = {.code = gvm_buf_bytes(&c->b),
                         .enter = c->enter,
                         .done = c->done,
                         .entries = c->entries,
                         .entries_len = c->m->codes.len};
    return gvm_wasm_module_attach(c->m, &n);
}

gvm_status gvm_wasm_module_compile(gvm_wasm_module *m) {
    if (m->native != NULL) return GVM_OK;
    /* Words are numbered by 28 bits, so that their distance in bytes is a positive int32_t. */
    if (!gvm_wasm_target_runs() || m->words.len >> 28 != 0) return GVM_ERR_UNSUPPORTED;
    gvm_wasm_compiler c = {.m = m};
    c.native = malloc((m->words.len + 1u) * sizeof *c.native);
    c.targets = calloc(m->words.len + 1u, 1);
    c.entries = calloc(m->codes.len + 1u, sizeof *c.entries);
    gvm_status status = GVM_ERR_NOMEM;
    if (c.native != NULL && c.targets != NULL && c.entries != NULL) {
        gvm_wasm_target_shared(&c);
        for (uint32_t i = 0; i < m->codes.len && !c.unlinked; i++) compile_function(&c, i);
        status = attach(&c);
    }
    free(c.native);
    free(c.targets);
    free(c.entries);
    free(c.branches.at);
    free(c.calls.at);
    free(c.cold.at);
    gvm_buf_free(&c.b);
    return status;
}

#else

gvm_status gvm_wasm_module_compile(gvm_wasm_module *m) {
    (void)m;
    return GVM_ERR_UNSUPPORTED;
}

#endif
