/* The interpreter: threaded code over slots, in portable C with computed goto. It is the reference
 * for the compilers and the fallback where there is none.
 *
 * What runs is in locals of one function: `pc`, the frame `fp`, the memory, the fuel. Whoever
 * leaves that function (a host call, a slow path) stores them in the exec first and loads them
 * after. A call inside one instance pushes a return address; a call into another pushes two, the
 * second of which leads through `cross_return`, so that the common return need not look which
 * instance it goes to.
 *
 * Floats: the processor's mode is set to round-to-nearest without flush-to-zero at entry and put
 * back at exit and around host calls. */
#if defined(__GNUC__) && !defined(__clang__)
/* GCC 12 would keep pairs of the loop's variables in vector registers, to store them at once on the
 * slow paths, and then share one indirect jump among all instructions: a quarter slower. */
#pragma GCC optimize("no-tree-slp-vectorize")
#endif
#include "vm/wasm/number.h"
#include "vm/wasm/runtime.h"

#if defined(__x86_64__)
#include <xmmintrin.h>
typedef unsigned float_mode;
#define FLOAT_MODE_GUEST 0x1f80u
static inline float_mode float_mode_get(void) {
    return _mm_getcsr();
}
static inline void float_mode_set(float_mode m) {
    _mm_setcsr(m);
}
/* The flags of past operations do not matter. */
static inline bool float_mode_is_guest(float_mode m) {
    return (m & ~0x3fu) == FLOAT_MODE_GUEST;
}
#elif defined(__aarch64__)
typedef uint64_t float_mode;
#define FLOAT_MODE_GUEST (1u << 25) /* DN: every NaN that is made is the positive quiet one */
static inline float_mode float_mode_get(void) {
    float_mode m;
    __asm__ volatile("mrs %0, fpcr" : "=r"(m));
    return m;
}
static inline void float_mode_set(float_mode m) {
    __asm__ volatile("msr fpcr, %0" ::"r"(m));
}
static inline bool float_mode_is_guest(float_mode m) {
    return m == FLOAT_MODE_GUEST;
}
#else
#error "say here how this machine's floating-point mode is read and set"
#endif

#define OP(name)  GVM_WASM_OP_##name
#define IOP(name) GVM_WASM_IOP_##name

/* ---- the way to the host */

static void enter_guest(gvm_wasm_exec *e) {
    e->float_mode = float_mode_get();
    if (!float_mode_is_guest((float_mode)e->float_mode)) float_mode_set(FLOAT_MODE_GUEST);
}

static void leave_guest(const gvm_wasm_exec *e) {
    if (!float_mode_is_guest((float_mode)e->float_mode)) float_mode_set((float_mode)e->float_mode);
}

gvm_status gvm_wasm_call_host(gvm_wasm_exec *e, gvm_wasm_func *func, uint64_t *slots) {
    leave_guest(e);
    gvm_status status = func->host(func->ctx, e, slots);
    enter_guest(e);
    return status;
}

/* ---- the loop */

/* Where a call from outside, and a call from another instance, return to. The word before is their
 * price: nothing. */
const gvm_wasm_word gvm_wasm_leave_code[2] = {{.u64 = 0}, {.op = IOP(leave)}};
static const gvm_wasm_word cross_code[2] = {{.u64 = 0}, {.op = IOP(cross_return)}};

#define U32(slot) ((uint32_t)fp[slot])
#define S32(slot) ((int32_t)(uint32_t)fp[slot])
#define U64(slot) (fp[slot])
#define S64(slot) ((int64_t)fp[slot])
#define F32(slot) gvm_wasm_f32((uint32_t)fp[slot])
#define F64(slot) gvm_wasm_f64(fp[slot])

#define NEXT(n)               \
    do {                      \
        pc += (n);            \
        goto *labels[pc->op]; \
    } while (0)
/* Goes to `to` and takes the price of the metering block that begins there. */
#define GO(to)                                          \
    do {                                                \
        pc = (to);                                      \
        fuel -= pc[-1].price;                           \
        if (__builtin_expect(fuel < 0, 0)) goto refill; \
        goto *labels[pc->op];                           \
    } while (0)
#define TAIL(w) ((w) + (w)->target)
#define TRAP(name)                   \
    do {                             \
        trap = GVM_WASM_TRAP_##name; \
        goto trapped;                \
    } while (0)
#define SAVE()            \
    do {                  \
        e->slice = fuel;  \
        e->pc = pc;       \
        e->fp = fp;       \
        e->top = top;     \
        e->instance = in; \
        e->code = code;   \
    } while (0)
#define LOAD_MEMORY()                                              \
    do {                                                           \
        memory = in->memory != NULL ? in->memory->at : NULL;       \
        memory_bytes = in->memory != NULL ? in->memory->bytes : 0; \
    } while (0)

/* The table of labels is filled with one and then overridden, which is meant. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
#ifdef __clang__
#pragma GCC diagnostic ignored "-Winitializer-overrides"
#endif
/* A function whose results are the exec's state; see runtime.h. Kept apart from the float mode so
 * that this one holds nothing but the loop. */
static gvm_wasm_trap_code interpret(gvm_wasm_exec *e, gvm_status *host_status) {
    static const void *const labels[GVM_WASM_IOP_COUNT] = {
        [0 ... GVM_WASM_IOP_COUNT - 1] = &&L_bad,
#define L(name)    [OP(name)] = &&L_##name
#define LI(name)   [IOP(name)] = &&L_##name
#define X(T, name) L(T##_##name), LI(T##_##name##_i),
        GVM_WASM_INT_BIN(X, i32) GVM_WASM_INT_BIN(X, i64)
#undef X
#define X(T, name) LI(T##_##name##_l),
            GVM_WASM_INT_LONG(X, i32) GVM_WASM_INT_LONG(X, i64)
#undef X
#define X(T, name, inverse, swapped) \
    L(T##_##name), LI(T##_##name##_i), LI(br_##T##_##name), LI(br_##T##_##name##_i),
                GVM_WASM_INT_CMP(X, i32) GVM_WASM_INT_CMP(X, i64)
#undef X
#define X(T, name) L(T##_##name), LI(br_##T##_##name), LI(br_not_##T##_##name),
                    GVM_WASM_FLOAT_CMP(X, f32) GVM_WASM_FLOAT_CMP(X, f64)
#undef X
                        L(unreachable),
        L(if),
        L(br),
        L(br_if),
        L(br_table),
        L(return ),
        L(call),
        L(call_indirect),
        L(select),
        L(global_get),
        L(global_set),
        L(table_get),
        L(table_set),
        L(i32_load),
        L(i64_load),
        L(f32_load),
        L(f64_load),
        L(i32_load8_s),
        L(i32_load8_u),
        L(i32_load16_s),
        L(i32_load16_u),
        L(i64_load8_s),
        L(i64_load8_u),
        L(i64_load16_s),
        L(i64_load16_u),
        L(i64_load32_s),
        L(i64_load32_u),
        L(i32_store),
        L(i64_store),
        L(f32_store),
        L(f64_store),
        L(i32_store8),
        L(i32_store16),
        L(i64_store8),
        L(i64_store16),
        L(i64_store32),
        L(memory_size),
        L(memory_grow),
        L(i32_const),
        L(i64_const),
        L(v128_const),
        L(i32_eqz),
        L(i64_eqz),
        L(i32_clz),
        L(i32_ctz),
        L(i32_popcnt),
        L(i64_clz),
        L(i64_ctz),
        L(i64_popcnt),
        L(i32_div_s),
        L(i32_div_u),
        L(i32_rem_s),
        L(i32_rem_u),
        L(i64_div_s),
        L(i64_div_u),
        L(i64_rem_s),
        L(i64_rem_u),
        L(f32_abs),
        L(f32_neg),
        L(f32_ceil),
        L(f32_floor),
        L(f32_trunc),
        L(f32_nearest),
        L(f32_sqrt),
        L(f32_add),
        L(f32_sub),
        L(f32_mul),
        L(f32_div),
        L(f32_min),
        L(f32_max),
        L(f32_copysign),
        L(f64_abs),
        L(f64_neg),
        L(f64_ceil),
        L(f64_floor),
        L(f64_trunc),
        L(f64_nearest),
        L(f64_sqrt),
        L(f64_add),
        L(f64_sub),
        L(f64_mul),
        L(f64_div),
        L(f64_min),
        L(f64_max),
        L(f64_copysign),
        L(i32_wrap_i64),
        L(i32_trunc_f32_s),
        L(i32_trunc_f32_u),
        L(i32_trunc_f64_s),
        L(i32_trunc_f64_u),
        L(i64_extend_i32_s),
        L(i64_trunc_f32_s),
        L(i64_trunc_f32_u),
        L(i64_trunc_f64_s),
        L(i64_trunc_f64_u),
        L(f32_convert_i32_s),
        L(f32_convert_i32_u),
        L(f32_convert_i64_s),
        L(f32_convert_i64_u),
        L(f32_demote_f64),
        L(f64_convert_i32_s),
        L(f64_convert_i32_u),
        L(f64_convert_i64_s),
        L(f64_convert_i64_u),
        L(f64_promote_f32),
        L(i32_extend8_s),
        L(i32_extend16_s),
        L(i64_extend8_s),
        L(i64_extend16_s),
        L(i64_extend32_s),
        L(ref_func),
        L(i32_trunc_sat_f32_s),
        L(i32_trunc_sat_f32_u),
        L(i32_trunc_sat_f64_s),
        L(i32_trunc_sat_f64_u),
        L(i64_trunc_sat_f32_s),
        L(i64_trunc_sat_f32_u),
        L(i64_trunc_sat_f64_s),
        L(i64_trunc_sat_f64_u),
        L(table_grow),
        L(table_size),
        LI(charge),
        LI(copy),
        LI(copy2),
        LI(address),
        LI(br_if_move),
        LI(br_move),
        LI(br_table_move),
        LI(return1),
        LI(return_many),
        LI(call_import),
        LI(leave),
        LI(cross_return),
        LI(simd),
        LI(simd_memory),
        LI(select2),
        LI(global_get2),
        LI(global_set2),
        [OP(memory_init)] = &&L_bulk,
        [OP(data_drop)] = &&L_bulk,
        [OP(memory_copy)] = &&L_bulk,
        [OP(memory_fill)] = &&L_bulk,
        [OP(table_init)] = &&L_bulk,
        [OP(elem_drop)] = &&L_bulk,
        [OP(table_copy)] = &&L_bulk,
        [OP(table_fill)] = &&L_bulk,
        [OP(i8x16_shuffle)] = &&L_bad,
    };
    const gvm_wasm_word *pc = e->pc;
    uint64_t *fp = e->fp;
    gvm_wasm_frame *top = e->top;
    gvm_wasm_instance *in = e->instance;
    const gvm_wasm_code *code = e->code, *callee;
    gvm_wasm_func *func;
    uint8_t *memory;
    uint64_t memory_bytes;
    int64_t fuel = e->slice;
    gvm_wasm_trap_code trap = GVM_WASM_TRAP_NONE;
    LOAD_MEMORY();
    GO(pc);

refill:
    SAVE();
    trap = gvm_wasm_refill(e, pc[-1].price);
    fuel = e->slice;
    if (trap == GVM_WASM_TRAP_NONE) goto *labels[pc->op];
    pc--; /* the price's own place */
    goto trapped;

L_bad: /* nothing that the validator emits */
    GVM_ASSERT(pc == NULL);

    /* ---- control */
L_charge:
    GO(pc + 1);
L_unreachable:
    TRAP(UNREACHABLE);
L_br:
    GO(TAIL(pc + 1));
L_if:
    if (U32(pc->b) == 0) GO(TAIL(pc + 1));
    GO(pc + 2);
L_br_if:
    if (U32(pc->b) != 0) GO(TAIL(pc + 1));
    GO(pc + 2);
L_br_move:
    for (uint32_t i = 0; i < pc->a; i++) fp[pc->c + i] = fp[pc->b + i];
    GO(TAIL(pc + 1));
L_br_if_move:
    if (U32(pc->b) == 0) GO(pc + 3);
    for (uint32_t i = 0; i < pc[1].c; i++) fp[pc[1].b + i] = fp[pc[1].a + i];
    GO(TAIL(pc + 2));
L_br_table : {
    uint32_t i = U32(pc->a), last = pc[1].x - 1;
    const gvm_wasm_word *w = pc + 2 + (i < last ? i : last);
    GO(TAIL(w));
}
L_br_table_move : {
    uint32_t i = U32(pc->a), last = pc[1].x - 1;
    const gvm_wasm_word *w = pc + 2 + (i < last ? i : last);
    for (uint32_t k = 0; k < pc->c; k++) fp[w->y + k] = fp[pc->b + k];
    GO(TAIL(w));
}
#define RETURN()                           \
    do {                                   \
        e->stack_used -= code->stack_cost; \
        top--;                             \
        fp = top->fp;                      \
        code = top->code;                  \
        GO(top->pc);                       \
    } while (0)
L_return:
    RETURN();
L_return1:
    fp[0] = fp[pc->a];
    RETURN();
L_return_many:
    for (uint32_t i = 0; i < pc->b; i++) fp[i] = fp[pc->a + i];
    RETURN();
L_call:
    callee = &in->module->codes.at[pc->index];
call_here:
    /* The account ends before the stack does: it counts at least what a call takes of either. */
    if (__builtin_expect(callee->stack_cost > e->stack_limit - e->stack_used, 0)) TRAP(STACK);
    e->stack_used += callee->stack_cost;
    top->pc = pc + 2;
    top->fp = fp;
    top->code = code;
    top->instance = in;
    top++;
    fp += pc->a;
enter:
    code = callee;
    for (uint64_t *p = fp + callee->param_slots, *end = p + callee->zero_slots; p != end; p++)
        *p = 0;
    GO(callee->entry);
L_call_import:
    func = in->funcs[pc->index];
call_func:
    if (func->code == NULL) goto call_host;
    if (func->instance == in) {
        callee = func->code;
        goto call_here;
    }
    callee = func->code;
    if (callee->stack_cost > e->stack_limit - e->stack_used) TRAP(STACK);
    e->stack_used += callee->stack_cost;
    top[0] = (gvm_wasm_frame){.pc = pc + 2, .fp = fp, .instance = in, .code = code};
    fp += pc->a;
    top[1] = (gvm_wasm_frame){.pc = cross_code + 1, .fp = fp, .instance = in, .code = code};
    top += 2;
    in = func->instance;
    LOAD_MEMORY();
    goto enter;
L_cross_return:
    top--;
    fp = top->fp;
    code = top->code;
    in = top->instance;
    LOAD_MEMORY();
    GO(top->pc);
L_call_indirect : {
    const gvm_wasm_table *t = in->tables[pc->c];
    uint32_t i = U32(pc->b);
    if (i >= t->size) TRAP(UNDEFINED_ELEMENT);
    func = (gvm_wasm_func *)(uintptr_t)t->at[i];
    if (func == NULL) TRAP(UNINITIALIZED_ELEMENT);
    if (!gvm_wasm_functype_equal(func->type, &in->module->types.at[pc[1].x])) TRAP(INDIRECT_TYPE);
    goto call_func;
}
call_host : {
    SAVE();
    gvm_status status = gvm_wasm_call_host(e, func, fp + pc->a);
    fuel = e->slice;
    LOAD_MEMORY();
    if (status != GVM_OK) {
        *host_status = status;
        if (status == GVM_WASM_SUSPENDED) return GVM_WASM_TRAP_NONE;
        trap = status == GVM_ERR_WASM_FUEL ? GVM_WASM_TRAP_FUEL : GVM_WASM_TRAP_HOST;
        goto trapped;
    }
    GO(pc + 2);
}
L_leave:
    SAVE();
    return GVM_WASM_TRAP_NONE;

    /* ---- moves */
L_copy:
    fp[pc->a] = fp[pc->b];
    NEXT(1);
L_copy2 : {
    uint64_t low = fp[pc->b], high = fp[pc->b + 1];
    fp[pc->a] = low;
    fp[pc->a + 1] = high;
    NEXT(1);
}
L_i32_const:
    fp[pc->a] = pc->index;
    NEXT(1);
L_i64_const:
    fp[pc->a] = pc[1].u64;
    NEXT(2);
L_v128_const:
    fp[pc->a] = pc[1].u64;
    fp[pc->a + 1] = pc[2].u64;
    NEXT(3);
L_address:
    fp[pc->a] = fp[pc->b] + pc[1].u64;
    NEXT(2);
L_select : {
    uint64_t x = fp[pc->b], y = fp[pc->c];
    fp[pc->a] = U32(pc[1].op) != 0 ? x : y;
    NEXT(2);
}
L_select2 : {
    uint32_t from = U32(pc[1].op) != 0 ? pc->b : pc->c;
    uint64_t low = fp[from], high = fp[from + 1];
    fp[pc->a] = low;
    fp[pc->a + 1] = high;
    NEXT(2);
}
L_global_get:
    fp[pc->a] = in->globals[pc->index]->bits[0];
    NEXT(1);
L_global_get2:
    fp[pc->a] = in->globals[pc->index]->bits[0];
    fp[pc->a + 1] = in->globals[pc->index]->bits[1];
    NEXT(1);
L_global_set:
    in->globals[pc->index]->bits[0] = fp[pc->a];
    NEXT(1);
L_global_set2:
    in->globals[pc->index]->bits[0] = fp[pc->a];
    in->globals[pc->index]->bits[1] = fp[pc->a + 1];
    NEXT(1);
L_ref_func:
    fp[pc->a] = (uintptr_t)in->funcs[pc->index];
    NEXT(1);
L_table_get : {
    const gvm_wasm_table *t = in->tables[pc->c];
    if (U32(pc->b) >= t->size) TRAP(TABLE_BOUNDS);
    fp[pc->a] = t->at[U32(pc->b)];
    NEXT(1);
}
L_table_set : {
    const gvm_wasm_table *t = in->tables[pc->c];
    if (U32(pc->a) >= t->size) TRAP(TABLE_BOUNDS);
    t->at[U32(pc->a)] = fp[pc->b];
    NEXT(1);
}
L_table_size:
    fp[pc->a] = in->tables[pc->b]->size;
    NEXT(1);
L_table_grow:
    SAVE();
    trap = gvm_wasm_step_word(e, in, pc, fp);
    fuel = e->slice;
    if (trap != GVM_WASM_TRAP_NONE) goto trapped;
    NEXT(2);
L_memory_size:
    fp[pc->a] = memory_bytes / GVM_WASM_PAGE;
    NEXT(1);
L_memory_grow:
    SAVE();
    trap = gvm_wasm_step_word(e, in, pc, fp);
    fuel = e->slice;
    LOAD_MEMORY();
    if (trap != GVM_WASM_TRAP_NONE) goto trapped;
    NEXT(1);
L_bulk:
    SAVE();
    trap = gvm_wasm_step_word(e, in, pc, fp);
    fuel = e->slice;
    if (trap != GVM_WASM_TRAP_NONE) goto trapped;
    NEXT(2);

    /* ---- memory: addresses are slots of 64 bits, so that address + offset cannot wrap */
#define ADDRESS(slot, n)            \
    uint64_t at = fp[slot] + pc->c; \
    if (__builtin_expect(at + (n) > memory_bytes, 0)) TRAP(MEMORY_BOUNDS)
#define LOADER(name, T, R)                      \
    L_##name : {                                \
        T value;                                \
        ADDRESS(pc->b, sizeof(T));              \
        memcpy(&value, memory + at, sizeof(T)); \
        fp[pc->a] = (uint64_t)(R)value;         \
        NEXT(1);                                \
    }
    LOADER(i32_load, uint32_t, uint32_t)
    LOADER(f32_load, uint32_t, uint32_t)
    LOADER(i64_load, uint64_t, uint64_t)
    LOADER(f64_load, uint64_t, uint64_t)
    LOADER(i32_load8_s, int8_t, uint32_t)
    LOADER(i32_load8_u, uint8_t, uint32_t)
    LOADER(i32_load16_s, int16_t, uint32_t)
    LOADER(i32_load16_u, uint16_t, uint32_t)
    LOADER(i64_load8_s, int8_t, uint64_t)
    LOADER(i64_load8_u, uint8_t, uint64_t)
    LOADER(i64_load16_s, int16_t, uint64_t)
    LOADER(i64_load16_u, uint16_t, uint64_t)
    LOADER(i64_load32_s, int32_t, uint64_t)
    LOADER(i64_load32_u, uint32_t, uint64_t)
#define STORER(name, T)                         \
    L_##name : {                                \
        ADDRESS(pc->a, sizeof(T));              \
        T value = (T)fp[pc->b];                 \
        memcpy(memory + at, &value, sizeof(T)); \
        NEXT(1);                                \
    }
    STORER(i32_store, uint32_t)
    STORER(f32_store, uint32_t)
    STORER(i64_store, uint64_t)
    STORER(f64_store, uint64_t)
    STORER(i32_store8, uint8_t)
    STORER(i32_store16, uint16_t)
    STORER(i64_store8, uint8_t)
    STORER(i64_store16, uint16_t)
    STORER(i64_store32, uint32_t)

    /* ---- integers: operands X and Y, unsigned x, y and signed sx, sy */
#define i32_U       uint32_t
#define i32_S       int32_t
#define i64_U       uint64_t
#define i64_S       int64_t
#define DO_add(T)   x + y
#define DO_sub(T)   x - y
#define DO_mul(T)   x *y
#define DO_and(T)   x &y
#define DO_or(T)    x | y
#define DO_xor(T)   x ^ y
#define BITS        ((unsigned)sizeof(x) * 8 - 1)
#define DO_shl(T)   x << (y & BITS)
#define DO_shr_s(T) (T##_U)((T##_S)x >> (y & BITS))
#define DO_shr_u(T) x >> (y & BITS)
#define DO_rotl(T)  (x << (y & BITS)) | (x >> ((0 - y) & BITS))
#define DO_rotr(T)  (x >> (y & BITS)) | (x << ((0 - y) & BITS))
#define DO_eq(T)    x == y
#define DO_ne(T)    x != y
#define DO_lt_s(T)  (T##_S) x < (T##_S)y
#define DO_lt_u(T)  x < y
#define DO_gt_s(T)  (T##_S) x > (T##_S)y
#define DO_gt_u(T)  x > y
#define DO_le_s(T)  (T##_S) x <= (T##_S)y
#define DO_le_u(T)  x <= y
#define DO_ge_s(T)  (T##_S) x >= (T##_S)y
#define DO_ge_u(T)  x >= y
#define X(T, name)                                                    \
    L_##T##_##name : {                                                \
        T##_U x = (T##_U)fp[pc->b], y = (T##_U)fp[pc->c];             \
        fp[pc->a] = (T##_U)(DO_##name(T));                            \
        NEXT(1);                                                      \
    }                                                                 \
    L_##T##_##name##_i : {                                            \
        T##_U x = (T##_U)fp[pc->b], y = (T##_U)(T##_S)(int16_t)pc->c; \
        fp[pc->a] = (T##_U)(DO_##name(T));                            \
        NEXT(1);                                                      \
    }
    GVM_WASM_INT_BIN(X, i32)
    GVM_WASM_INT_BIN(X, i64)
#undef X
#define X(T, name)                                        \
    L_##T##_##name##_l : {                                \
        T##_U x = (T##_U)fp[pc->b], y = (T##_U)pc[1].u64; \
        fp[pc->a] = (T##_U)(DO_##name(T));                \
        NEXT(2);                                          \
    }
    GVM_WASM_INT_LONG(X, i32)
    GVM_WASM_INT_LONG(X, i64)
#undef X
#define X(T, name, inverse, swapped)                                  \
    L_##T##_##name : {                                                \
        T##_U x = (T##_U)fp[pc->b], y = (T##_U)fp[pc->c];             \
        fp[pc->a] = DO_##name(T);                                     \
        NEXT(1);                                                      \
    }                                                                 \
    L_##T##_##name##_i : {                                            \
        T##_U x = (T##_U)fp[pc->b], y = (T##_U)(T##_S)(int16_t)pc->c; \
        fp[pc->a] = DO_##name(T);                                     \
        NEXT(1);                                                      \
    }                                                                 \
    L_br_##T##_##name : {                                             \
        T##_U x = (T##_U)fp[pc->b], y = (T##_U)fp[pc->c];             \
        if (DO_##name(T)) GO(TAIL(pc + 1));                           \
        GO(pc + 2);                                                   \
    }                                                                 \
    L_br_##T##_##name##_i : {                                         \
        T##_U x = (T##_U)fp[pc->b], y = (T##_U)(T##_S)(int16_t)pc->c; \
        if (DO_##name(T)) GO(TAIL(pc + 1));                           \
        GO(pc + 2);                                                   \
    }
    GVM_WASM_INT_CMP(X, i32)
    GVM_WASM_INT_CMP(X, i64)
#undef X
#define UNARY(name, value)                    \
    L_##name : fp[pc->a] = (uint64_t)(value); \
    NEXT(1);
    UNARY(i32_eqz, U32(pc->b) == 0)
    UNARY(i64_eqz, U64(pc->b) == 0)
    UNARY(i32_clz, U32(pc->b) == 0 ? 32 : (uint64_t)__builtin_clz(U32(pc->b)))
    UNARY(i32_ctz, U32(pc->b) == 0 ? 32 : (uint64_t)__builtin_ctz(U32(pc->b)))
    UNARY(i32_popcnt, (uint64_t)__builtin_popcount(U32(pc->b)))
    UNARY(i64_clz, U64(pc->b) == 0 ? 64 : (uint64_t)__builtin_clzll(U64(pc->b)))
    UNARY(i64_ctz, U64(pc->b) == 0 ? 64 : (uint64_t)__builtin_ctzll(U64(pc->b)))
    UNARY(i64_popcnt, (uint64_t)__builtin_popcountll(U64(pc->b)))
    UNARY(i32_wrap_i64, U32(pc->b))
    UNARY(i64_extend_i32_s, (uint64_t)(int64_t)S32(pc->b))
    UNARY(i32_extend8_s, (uint32_t)(int8_t)U32(pc->b))
    UNARY(i32_extend16_s, (uint32_t)(int16_t)U32(pc->b))
    UNARY(i64_extend8_s, (uint64_t)(int8_t)U64(pc->b))
    UNARY(i64_extend16_s, (uint64_t)(int16_t)U64(pc->b))
    UNARY(i64_extend32_s, (uint64_t)(int32_t)U64(pc->b))
#define DIVIDE(T, S, U, min)                               \
    L_##T##_div_s : {                                      \
        S x = (S)fp[pc->b], y = (S)fp[pc->c];              \
        if (y == 0) TRAP(DIVIDE_BY_ZERO);                  \
        if (y == -1 && x == (min)) TRAP(INTEGER_OVERFLOW); \
        fp[pc->a] = (U)(x / y);                            \
        NEXT(1);                                           \
    }                                                      \
    L_##T##_rem_s : {                                      \
        S x = (S)fp[pc->b], y = (S)fp[pc->c];              \
        if (y == 0) TRAP(DIVIDE_BY_ZERO);                  \
        fp[pc->a] = y == -1 ? 0 : (U)(x % y);              \
        NEXT(1);                                           \
    }                                                      \
    L_##T##_div_u : {                                      \
        U x = (U)fp[pc->b], y = (U)fp[pc->c];              \
        if (y == 0) TRAP(DIVIDE_BY_ZERO);                  \
        fp[pc->a] = x / y;                                 \
        NEXT(1);                                           \
    }                                                      \
    L_##T##_rem_u : {                                      \
        U x = (U)fp[pc->b], y = (U)fp[pc->c];              \
        if (y == 0) TRAP(DIVIDE_BY_ZERO);                  \
        fp[pc->a] = x % y;                                 \
        NEXT(1);                                           \
    }
    DIVIDE(i32, int32_t, uint32_t, INT32_MIN)
    DIVIDE(i64, int64_t, uint64_t, INT64_MIN)

    /* ---- floats */
#define FLOATS(T, F, BITS_, ROUND)                                \
    UNARY(T##_ceil, BITS_(ROUND(ceil)(F(pc->b))))                 \
    UNARY(T##_floor, BITS_(ROUND(floor)(F(pc->b))))               \
    UNARY(T##_trunc, BITS_(ROUND(trunc)(F(pc->b))))               \
    UNARY(T##_nearest, BITS_(ROUND(rint)(F(pc->b))))              \
    UNARY(T##_sqrt, BITS_(ROUND(sqrt)(F(pc->b))))                 \
    UNARY(T##_add, BITS_(F(pc->b) + F(pc->c)))                    \
    UNARY(T##_sub, BITS_(F(pc->b) - F(pc->c)))                    \
    UNARY(T##_mul, BITS_(F(pc->b) * F(pc->c)))                    \
    UNARY(T##_div, BITS_(F(pc->b) / F(pc->c)))                    \
    UNARY(T##_min, BITS_(gvm_wasm_##T##_min(F(pc->b), F(pc->c)))) \
    UNARY(T##_max, BITS_(gvm_wasm_##T##_max(F(pc->b), F(pc->c))))
#define ROUND32(name) name##f
#define ROUND64(name) name
    FLOATS(f32, F32, gvm_wasm_f32_bits, ROUND32)
    FLOATS(f64, F64, gvm_wasm_f64_bits, ROUND64)
#define SIGN32 0x80000000u
#define SIGN64 0x8000000000000000u
    UNARY(f32_abs, U32(pc->b) & ~SIGN32)
    UNARY(f32_neg, U32(pc->b) ^ SIGN32)
    UNARY(f32_copysign, (U32(pc->b) & ~SIGN32) | (U32(pc->c) & SIGN32))
    UNARY(f64_abs, U64(pc->b) & ~SIGN64)
    UNARY(f64_neg, U64(pc->b) ^ SIGN64)
    UNARY(f64_copysign, (U64(pc->b) & ~SIGN64) | (U64(pc->c) & SIGN64))
#define FDO_eq ==
#define FDO_ne !=
#define FDO_lt <
#define FDO_gt >
#define FDO_le <=
#define FDO_ge >=
#define f32_F  F32
#define f64_F  F64
#define X(T, name)                                                                         \
    L_##T##_##name : fp[pc->a] = T##_F(pc->b) FDO_##name T##_F(pc->c);                     \
    NEXT(1);                                                                               \
    L_br_##T##_##name : if (T##_F(pc->b) FDO_##name T##_F(pc->c)) GO(TAIL(pc + 1));        \
    GO(pc + 2);                                                                            \
    L_br_not_##T##_##name : if (!(T##_F(pc->b) FDO_##name T##_F(pc->c))) GO(TAIL(pc + 1)); \
    GO(pc + 2);
    GVM_WASM_FLOAT_CMP(X, f32)
    GVM_WASM_FLOAT_CMP(X, f64)
#undef X
#define CONVERT(I, F, get, s, IT, UT)                                                       \
    L_##I##_trunc_##F##_##s : {                                                             \
        __typeof__(get(0)) x = get(pc->b);                                                  \
        if (!gvm_wasm_fits_##I##_##F##_##s(x)) {                                            \
            if (x != x) TRAP(INVALID_CONVERSION);                                           \
            TRAP(INTEGER_OVERFLOW);                                                         \
        }                                                                                   \
        fp[pc->a] = (UT)(IT)x;                                                              \
        NEXT(1);                                                                            \
    }                                                                                       \
    L_##I##_trunc_sat_##F##_##s : fp[pc->a] = (UT)gvm_wasm_sat_##I##_##F##_##s(get(pc->b)); \
    NEXT(1);
    CONVERT(i32, f32, F32, s, int32_t, uint32_t)
    CONVERT(i32, f32, F32, u, uint32_t, uint32_t)
    CONVERT(i32, f64, F64, s, int32_t, uint32_t)
    CONVERT(i32, f64, F64, u, uint32_t, uint32_t)
    CONVERT(i64, f32, F32, s, int64_t, uint64_t)
    CONVERT(i64, f32, F32, u, uint64_t, uint64_t)
    CONVERT(i64, f64, F64, s, int64_t, uint64_t)
    CONVERT(i64, f64, F64, u, uint64_t, uint64_t)
    UNARY(f32_convert_i32_s, gvm_wasm_f32_raw((float)S32(pc->b)))
    UNARY(f32_convert_i32_u, gvm_wasm_f32_raw((float)U32(pc->b)))
    UNARY(f32_convert_i64_s, gvm_wasm_f32_raw((float)S64(pc->b)))
    UNARY(f32_convert_i64_u, gvm_wasm_f32_raw((float)U64(pc->b)))
    UNARY(f64_convert_i32_s, gvm_wasm_f64_raw((double)S32(pc->b)))
    UNARY(f64_convert_i32_u, gvm_wasm_f64_raw((double)U32(pc->b)))
    UNARY(f64_convert_i64_s, gvm_wasm_f64_raw((double)S64(pc->b)))
    UNARY(f64_convert_i64_u, gvm_wasm_f64_raw((double)U64(pc->b)))
    UNARY(f32_demote_f64, gvm_wasm_f32_bits((float)F64(pc->b)))
    UNARY(f64_promote_f32, gvm_wasm_f64_bits((double)F32(pc->b)))

    /* ---- vectors */
L_simd:
    gvm_wasm_simd_fns[pc[1].op](fp, pc);
    /* A shuffle's lanes are two words more. */
    NEXT(pc[1].op == OP(i8x16_shuffle) ? 4 : 2);
L_simd_memory : {
    ADDRESS(pc->b, pc[1].c);
    gvm_wasm_simd_memory_fns[pc[1].op](fp, pc, memory + at);
    NEXT(2);
}

trapped:
    SAVE();
    return trap;
}
#pragma GCC diagnostic pop

/* Fills in where the run stands. */
static gvm_status set_trap(gvm_wasm_exec *e, gvm_wasm_trap_code code, gvm_status status) {
    const gvm_wasm_module *m = e->instance->module;
    e->trap = (gvm_wasm_trap){.code = code,
                              .status = status,
                              .module = m,
                              .function = e->code->index,
                              .offset = gvm_wasm_module_origin(m, (uint32_t)(e->pc - m->words.at))};
    return status;
}

static gvm_status trap_status(gvm_wasm_trap_code code) {
    static const gvm_status statuses[] = {
#define X(name, status, text) GVM_##status,
#include "ghostvm/wasm_traps.inc"
#undef X
    };
    return statuses[code];
}

gvm_status gvm_wasm_run(gvm_wasm_exec *e, bool start) {
    gvm_status host = GVM_OK;
    enter_guest(e);
    gvm_wasm_trap_code trap = e->native ? gvm_wasm_drive(e, &host, start) : interpret(e, &host);
    leave_guest(e);
    if (host == GVM_WASM_SUSPENDED) return host;
    if (trap == GVM_WASM_TRAP_NONE) return GVM_OK;
    return set_trap(e, trap, trap == GVM_WASM_TRAP_HOST ? host : trap_status(trap));
}
