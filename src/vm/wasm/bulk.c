/* The slow instructions, one C function each, for the interpreter and for what drives compiled
 * code: refills of fuel, bulk instructions, growth. Prices by operand are taken before anything
 * else. */
#include "vm/wasm/runtime.h"

#include <time.h>

#define OP(name) GVM_WASM_OP_##name

/* ---- fuel */

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

gvm_wasm_trap_code gvm_wasm_refill(gvm_wasm_exec *e, int64_t price) {
    e->slice += price;
    if (atomic_load_explicit(&e->cancel, memory_order_relaxed)) return GVM_WASM_TRAP_CANCELLED;
    if (e->watch != NULL && __atomic_load_n(e->watch, __ATOMIC_RELAXED))
        return GVM_WASM_TRAP_CANCELLED;
    if (e->deadline != 0 && now() >= e->deadline) return GVM_WASM_TRAP_DEADLINE;
    int64_t all = e->slice + e->reserve; /* set_fuel keeps the sum in range */
    if (all < price) return GVM_WASM_TRAP_FUEL;
    all -= price;
    e->slice = all < e->slice_max ? all : e->slice_max;
    e->reserve = all - e->slice;
    return GVM_WASM_TRAP_NONE;
}

/* ---- bulk instructions, all with their operands' price first */

static gvm_wasm_trap_code memory_fill(gvm_wasm_exec *e, gvm_wasm_memory *m, uint32_t to,
                                      uint32_t value, uint32_t len) {
    gvm_wasm_trap_code trap = gvm_wasm_take(e, (uint64_t)len * GVM_WASM_PRICE_BULK_BYTE);
    if (trap != GVM_WASM_TRAP_NONE) return trap;
    if ((uint64_t)to + len > m->bytes) return GVM_WASM_TRAP_MEMORY_BOUNDS;
    if (len != 0) memset(m->at + to, (int)(value & 0xff), len);
    return GVM_WASM_TRAP_NONE;
}

static gvm_wasm_trap_code memory_copy(gvm_wasm_exec *e, gvm_wasm_memory *m, uint32_t to,
                                      uint32_t from, uint32_t len) {
    gvm_wasm_trap_code trap = gvm_wasm_take(e, (uint64_t)len * GVM_WASM_PRICE_BULK_BYTE);
    if (trap != GVM_WASM_TRAP_NONE) return trap;
    if ((uint64_t)to + len > m->bytes || (uint64_t)from + len > m->bytes)
        return GVM_WASM_TRAP_MEMORY_BOUNDS;
    if (len != 0) memmove(m->at + to, m->at + from, len);
    return GVM_WASM_TRAP_NONE;
}

static gvm_wasm_trap_code table_fill(gvm_wasm_exec *e, gvm_wasm_table *t, uint32_t to,
                                     uint64_t value, uint32_t len) {
    gvm_wasm_trap_code trap = gvm_wasm_take(e, (uint64_t)len * GVM_WASM_PRICE_BULK_ELEMENT);
    if (trap != GVM_WASM_TRAP_NONE) return trap;
    if ((uint64_t)to + len > t->size) return GVM_WASM_TRAP_TABLE_BOUNDS;
    for (uint32_t i = 0; i < len; i++) t->at[to + i] = value;
    return GVM_WASM_TRAP_NONE;
}

static gvm_wasm_trap_code table_copy(gvm_wasm_exec *e, gvm_wasm_table *t, gvm_wasm_table *s,
                                     uint32_t to, uint32_t from, uint32_t len) {
    gvm_wasm_trap_code trap = gvm_wasm_take(e, (uint64_t)len * GVM_WASM_PRICE_BULK_ELEMENT);
    if (trap != GVM_WASM_TRAP_NONE) return trap;
    if ((uint64_t)to + len > t->size || (uint64_t)from + len > s->size)
        return GVM_WASM_TRAP_TABLE_BOUNDS;
    if (len != 0) memmove(t->at + to, s->at + from, (size_t)len * 8);
    return GVM_WASM_TRAP_NONE;
}

/* table.*, memory.* and *.drop but memory.grow and table.grow. */
static gvm_wasm_trap_code bulk(gvm_wasm_exec *e, gvm_wasm_instance *in, const gvm_wasm_word *w,
                               const uint64_t *fp) {
    uint32_t a = (uint32_t)fp[w->a], b = (uint32_t)fp[w->b], c = (uint32_t)fp[w->c];
    uint32_t x = w[1].x, y = w[1].y;
    gvm_wasm_trap_code trap;
    switch (w->op) {
    case OP(memory_fill): return memory_fill(e, in->memory, a, b, c);
    case OP(memory_copy): return memory_copy(e, in->memory, a, b, c);
    case OP(memory_init):
        trap = gvm_wasm_take(e, (uint64_t)c * GVM_WASM_PRICE_BULK_BYTE);
        return trap != GVM_WASM_TRAP_NONE ? trap : gvm_wasm_memory_init(in, x, a, b, c);
    case OP(data_drop): in->dropped_data[x] = 1; return GVM_WASM_TRAP_NONE;
    case OP(elem_drop): in->dropped_elements[x] = 1; return GVM_WASM_TRAP_NONE;
    case OP(table_init):
        trap = gvm_wasm_take(e, (uint64_t)c * GVM_WASM_PRICE_BULK_ELEMENT);
        return trap != GVM_WASM_TRAP_NONE ? trap : gvm_wasm_table_init(in, x, y, a, b, c);
    case OP(table_copy): return table_copy(e, in->tables[x], in->tables[y], a, b, c);
    default: return table_fill(e, in->tables[x], a, fp[w->b], c);
    }
}

static gvm_wasm_trap_code memory_grow(gvm_wasm_exec *e, gvm_wasm_instance *in, uint64_t *result,
                                      uint32_t pages) {
    bool nomem = false;
    const gvm_wasm_store *s = in->store;
    /* Growth that is out of the question costs no more than the largest that is not. */
    uint64_t priced = pages <= 65536 ? pages : 65536;
    gvm_wasm_trap_code trap = gvm_wasm_take(e, priced * GVM_WASM_PRICE_GROW_PAGE);
    if (trap != GVM_WASM_TRAP_NONE) return trap;
    if (s->grow != NULL && pages != 0 && gvm_wasm_memory_may_grow(in->memory, pages)) {
        uint64_t more = s->grow(s->grow_ctx, pages);
        if (more == UINT64_MAX) {
            *result = UINT32_MAX;
            return GVM_WASM_TRAP_NONE;
        }
        trap = gvm_wasm_take(e, more);
        if (trap != GVM_WASM_TRAP_NONE) return trap;
    }
    *result = gvm_wasm_memory_grow(in->memory, pages, &nomem);
    return nomem ? GVM_WASM_TRAP_MEMORY : GVM_WASM_TRAP_NONE;
}

static gvm_wasm_trap_code table_grow(gvm_wasm_exec *e, gvm_wasm_table *t, uint64_t *result,
                                     uint64_t value, uint32_t count) {
    bool nomem = false;
    gvm_wasm_trap_code trap = gvm_wasm_take(e, (uint64_t)count * GVM_WASM_PRICE_BULK_ELEMENT);
    if (trap != GVM_WASM_TRAP_NONE) return trap;
    *result = gvm_wasm_table_grow(t, count, value, &nomem);
    return nomem ? GVM_WASM_TRAP_MEMORY : GVM_WASM_TRAP_NONE;
}

gvm_wasm_trap_code gvm_wasm_step_word(gvm_wasm_exec *e, gvm_wasm_instance *in,
                                      const gvm_wasm_word *w, uint64_t *fp) {
    if (w->op == OP(memory_grow)) return memory_grow(e, in, &fp[w->a], (uint32_t)fp[w->b]);
    if (w->op == OP(table_grow))
        return table_grow(e, in->tables[w[1].x], &fp[w->a], fp[w->b], (uint32_t)fp[w->c]);
    return bulk(e, in, w, fp);
}
