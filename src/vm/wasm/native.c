/* Drives compiled code: enters it, does what it leaves for, enters again. And the instructions that
 * compiled code leaves to C, one at a time. */
#include "vm/wasm/number.h"
#include "vm/wasm/runtime.h"

#include <sys/mman.h>

#define OP(name)  GVM_WASM_OP_##name
#define IOP(name) GVM_WASM_IOP_##name

/* ---- instructions on slots alone; GVM_WASM_TRAP_NONE is 0 */

#define U32(slot) ((uint32_t)fp[slot])
#define U64(slot) (fp[slot])
#define F32(slot) gvm_wasm_f32((uint32_t)fp[slot])
#define F64(slot) gvm_wasm_f64(fp[slot])

static uint32_t divide32(uint64_t *fp, const gvm_wasm_word *w) {
    int32_t x = (int32_t)U32(w->b), y = (int32_t)U32(w->c);
    if (y == 0) return GVM_WASM_TRAP_DIVIDE_BY_ZERO;
    if (w->op == OP(i32_div_s)) {
        if (y == -1 && x == INT32_MIN) return GVM_WASM_TRAP_INTEGER_OVERFLOW;
        fp[w->a] = (uint32_t)(x / y);
    } else {
        fp[w->a] = y == -1 ? 0 : (uint32_t)(x % y);
    }
    return GVM_WASM_TRAP_NONE;
}

static uint32_t divide64(uint64_t *fp, const gvm_wasm_word *w) {
    int64_t x = (int64_t)U64(w->b), y = (int64_t)U64(w->c);
    if (y == 0) return GVM_WASM_TRAP_DIVIDE_BY_ZERO;
    if (w->op == OP(i64_div_s)) {
        if (y == -1 && x == INT64_MIN) return GVM_WASM_TRAP_INTEGER_OVERFLOW;
        fp[w->a] = (uint64_t)(x / y);
    } else {
        fp[w->a] = y == -1 ? 0 : (uint64_t)(x % y);
    }
    return GVM_WASM_TRAP_NONE;
}

#define TRUNCATE(I, F, get, s, IT, UT)                                                \
    case OP(I##_trunc_##F##_##s): {                                                   \
        __typeof__(get(0)) x = get(w->b);                                             \
        if (x != x) return GVM_WASM_TRAP_INVALID_CONVERSION;                          \
        if (!gvm_wasm_fits_##I##_##F##_##s(x)) return GVM_WASM_TRAP_INTEGER_OVERFLOW; \
        fp[w->a] = (UT)(IT)x;                                                         \
        return GVM_WASM_TRAP_NONE;                                                    \
    }                                                                                 \
    case OP(I##_trunc_sat_##F##_##s):                                                 \
        fp[w->a] = (UT)gvm_wasm_sat_##I##_##F##_##s(get(w->b));                       \
        return GVM_WASM_TRAP_NONE;
#define VALUE(name, value) \
    case OP(name): fp[w->a] = (uint64_t)(value); return GVM_WASM_TRAP_NONE;

uint32_t gvm_wasm_step_plain(uint64_t *fp, const gvm_wasm_word *w) {
    switch (w->op) {
    case OP(i32_div_s):
    case OP(i32_rem_s): return divide32(fp, w);
    case OP(i64_div_s):
    case OP(i64_rem_s):
        return divide64(fp, w);
        TRUNCATE(i32, f32, F32, s, int32_t, uint32_t)
        TRUNCATE(i32, f32, F32, u, uint32_t, uint32_t)
        TRUNCATE(i32, f64, F64, s, int32_t, uint32_t)
        TRUNCATE(i32, f64, F64, u, uint32_t, uint32_t)
        TRUNCATE(i64, f32, F32, s, int64_t, uint64_t)
        TRUNCATE(i64, f32, F32, u, uint64_t, uint64_t)
        TRUNCATE(i64, f64, F64, s, int64_t, uint64_t)
        TRUNCATE(i64, f64, F64, u, uint64_t, uint64_t)
        VALUE(i32_clz, U32(w->b) == 0 ? 32 : __builtin_clz(U32(w->b)))
        VALUE(i32_ctz, U32(w->b) == 0 ? 32 : __builtin_ctz(U32(w->b)))
        VALUE(i32_popcnt, __builtin_popcount(U32(w->b)))
        VALUE(i64_clz, U64(w->b) == 0 ? 64 : __builtin_clzll(U64(w->b)))
        VALUE(i64_ctz, U64(w->b) == 0 ? 64 : __builtin_ctzll(U64(w->b)))
        VALUE(i64_popcnt, __builtin_popcountll(U64(w->b)))
        VALUE(f32_min, gvm_wasm_f32_bits(gvm_wasm_f32_min(F32(w->b), F32(w->c))))
        VALUE(f32_max, gvm_wasm_f32_bits(gvm_wasm_f32_max(F32(w->b), F32(w->c))))
        VALUE(f64_min, gvm_wasm_f64_bits(gvm_wasm_f64_min(F64(w->b), F64(w->c))))
        VALUE(f64_max, gvm_wasm_f64_bits(gvm_wasm_f64_max(F64(w->b), F64(w->c))))
        VALUE(f32_copysign, (U32(w->b) & 0x7fffffffu) | (U32(w->c) & 0x80000000u))
        VALUE(f64_copysign, (U64(w->b) & 0x7fffffffffffffffu) | (U64(w->c) & 0x8000000000000000u))
        VALUE(f32_convert_i64_u, gvm_wasm_f32_raw((float)U64(w->b)))
        VALUE(f64_convert_i64_u, gvm_wasm_f64_raw((double)U64(w->b)))
    case IOP(select2): {
        const uint64_t *from = &fp[U32(w[1].op) != 0 ? w->b : w->c];
        uint64_t low = from[0], high = from[1];
        fp[w->a] = low;
        fp[w->a + 1] = high;
        return GVM_WASM_TRAP_NONE;
    }
    default: GVM_ASSERT(w == NULL); /* nothing else is left to it */
    }
    return GVM_WASM_TRAP_NONE;
}

static uint32_t types_equal(const gvm_wasm_functype *a, const gvm_wasm_functype *b) {
    return gvm_wasm_functype_equal(a, b);
}

void gvm_wasm_set_leafs(gvm_wasm_exec *e) {
    e->leaf_plain = gvm_wasm_step_plain;
    e->leaf_word = gvm_wasm_step_word;
    e->leaf_types_equal = types_equal;
    e->leaf_simd = gvm_wasm_simd_fns;
    e->leaf_simd_memory = gvm_wasm_simd_memory_fns;
}

/* ---- instructions for the driver */

static gvm_wasm_trap_code step_table(const gvm_wasm_instance *in, const gvm_wasm_word *w,
                                     uint64_t *fp) {
    gvm_wasm_table *t;
    uint32_t index;
    switch (w->op) {
    case OP(table_get):
        t = in->tables[w->c];
        index = U32(w->b);
        if (index >= t->size) return GVM_WASM_TRAP_TABLE_BOUNDS;
        fp[w->a] = t->at[index];
        return GVM_WASM_TRAP_NONE;
    case OP(table_set):
        t = in->tables[w->c];
        index = U32(w->a);
        if (index >= t->size) return GVM_WASM_TRAP_TABLE_BOUNDS;
        t->at[index] = fp[w->b];
        return GVM_WASM_TRAP_NONE;
    case OP(table_size): fp[w->a] = in->tables[w->b]->size; return GVM_WASM_TRAP_NONE;
    default: fp[w->a] = (uintptr_t)in->funcs[w->index]; return GVM_WASM_TRAP_NONE;
    }
}

static gvm_wasm_trap_code step(gvm_wasm_exec *e, const gvm_wasm_word *w) {
    switch (w->op) {
    case OP(table_get):
    case OP(table_set):
    case OP(table_size):
    case OP(ref_func): return step_table(e->instance, w, e->fp);
    default: return gvm_wasm_step_word(e, e->instance, w, e->fp);
    }
}

/* ---- the driver */

#define GUARD 4096u

/* The stack grows down to a page that nobody may touch. */
static bool make_stack(gvm_wasm_exec *e) {
    if (e->native_stack != NULL) return true;
    size_t len = ((size_t)e->stack_limit * 3 / 2 + (128u << 10) + GUARD + 4095) & ~(size_t)4095;
    void *p =
        mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) return false;
    if (mprotect(p, GUARD, PROT_NONE) != 0) {
        munmap(p, len);
        return false;
    }
    e->native_stack = p;
    e->native_stack_len = len;
    return true;
}

static const gvm_wasm_code *code_of(const gvm_wasm_module *m, uint32_t word) {
    uint32_t low = 0, high = m->codes.len;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (m->codes.at[middle].first <= word)
            low = middle;
        else
            high = middle;
    }
    return &m->codes.at[low];
}

/* Where the run stands, for a trap's report. */
static gvm_wasm_trap_code at_word(gvm_wasm_exec *e, gvm_wasm_trap_code trap) {
    const gvm_wasm_module *m = e->instance->module;
    e->pc = m->words.at + e->native_word;
    e->code = code_of(m, e->native_word);
    return trap;
}

gvm_wasm_trap_code gvm_wasm_drive(gvm_wasm_exec *e, gvm_status *host, bool start) {
    const gvm_wasm_machine *outer = e->called->instance->machine;
    if (!make_stack(e)) return at_word(e, GVM_WASM_TRAP_MEMORY);
    if (start) {
        uint64_t *top = (uint64_t *)(e->native_stack + e->native_stack_len) - 4;
        top[0] = (uintptr_t)e->called->native;
        top[1] = (uintptr_t)(outer->code + outer->n.done);
        e->native_sp = top;
        e->stack_used = 0; /* the function takes its own cost */
    }
    uint32_t (*enter)(gvm_wasm_exec *);
    const void *entry = outer->code + outer->n.enter;
    memcpy(&enter, &entry, sizeof enter);
    for (;;) {
        gvm_wasm_trap_code trap = GVM_WASM_TRAP_NONE;
        switch ((gvm_wasm_exit)enter(e)) {
        case GVM_WASM_EXIT_DONE: return GVM_WASM_TRAP_NONE;
        case GVM_WASM_EXIT_TRAP: return at_word(e, (gvm_wasm_trap_code)e->native_trap);
        case GVM_WASM_EXIT_REFILL:
            trap = gvm_wasm_refill(e, e->instance->module->words.at[e->native_word].price);
            break;
        case GVM_WASM_EXIT_WORD:
            trap = step(e, e->instance->module->words.at + e->native_word);
            break;
        case GVM_WASM_EXIT_HOST:
            /* A module that was not compiled cannot be called from one that was. */
            *host = e->native_func->code == NULL ? gvm_wasm_call_host(e, e->native_func, e->fp)
                                                 : GVM_ERR_UNSUPPORTED;
            if (*host == GVM_WASM_SUSPENDED) return at_word(e, GVM_WASM_TRAP_NONE);
            if (*host != GVM_OK)
                trap = *host == GVM_ERR_WASM_FUEL ? GVM_WASM_TRAP_FUEL : GVM_WASM_TRAP_HOST;
            break;
        }
        if (trap != GVM_WASM_TRAP_NONE) return at_word(e, trap);
    }
}
