/* The interpreter: one body (instructions.inc) compiled three times. It runs any set of
 * instructions whose rows say which of the EVM's its bytes stand for (gvm_opcode_set), so the ZVM
 * (vm/zvm/) is this too, with another table and a few instructions more: no second copy of the
 * 256-bit core.
 *
 *   run_program  follows a translated program: gas and stack are checked once for each basic block,
 *                at its head, and taken for the whole block. So gas is exact only at block ends,
 *                which is why every instruction through which gas can be seen ends its block. A
 *                block that cannot be paid fails before it starts instead of half way: nobody can
 *                tell, since a frame that fails is undone and loses all its gas.
 *   run_code     follows the bytes of code, checking each instruction. For code that runs once.
 *   run_traced   is run_code with the tracer called at each instruction.
 *
 * All three lay out the same stack, so run_code moves over to run_program at a jump, once the code
 * proves hot. The frame keeps what a call must find again when it comes back: where to go on
 * (scratch[SAVED_PLACE]), the height of the stack, where the callee's output goes, and the set. */
#include "base/u256.h"
#include "crypto/keccak.h"
#include "vm/evm/analysis.h"
#include "vm/evm/evm.h"
#include "vm/evm/opcodes.h"
#include "vm/ghost_ops.h"
#include "vm/host.h"

#include <stdatomic.h>

#define LIKELY(x)    __builtin_expect(!!(x), 1)
#define UNLIKELY(x)  __builtin_expect(!!(x), 0)
#define STACK_LIMIT  1024
#define MEMORY_LIMIT UINT64_C(0x1fffffffe0) /* geth's; unpayable by far */

enum { /* frame.resume */
       RESUME_START = 0,
       RESUME_CALL,
       RESUME_CREATE,
       RESUME_JUMP,  /* no call: run_code moves over to run_program */
       RESUME_GHOST, /* a call that a Ghost operation made */
       RESUME_MASK = 7,
       RESUME_PROGRAM = 8, /* it was run_program that asked for the call */
};
enum { /* frame.scratch */
       SAVED_PLACE = GVM_EVM_SAVED_PLACE,
       SAVED_HEIGHT,
       SAVED_OUT, /* of a Ghost operation: which */
       SAVED_OUT_SIZE,
       SAVED_SET,
};

/* What expand answers when there is no price: not payable by anybody; no memory on this machine. */
#define GAS_UNPAYABLE INT64_MIN
#define GAS_NO_MEMORY (INT64_MIN + 1)

/* Grows memory to hold `end` bytes and returns the gas that is left; negative: not enough, memory
 * is unchanged. */
static __attribute__((noinline)) int64_t expand(gvm_memory *m, int64_t gas, uint64_t end) {
    if (end > MEMORY_LIMIT) return GAS_UNPAYABLE;
    uint64_t now = m->len / 32, words = (end + 31) / 32;
    gas -= (int64_t)(3 * (words - now) + words * words / 512 - now * now / 512);
    if (gas < 0) return gas;
    size_t len = (size_t)words * 32;
    if (len <= m->cap) { /* gvm_memory_grow's usual case */
        memset(m->ptr + m->len, 0, len - m->len);
        m->len = len;
        return gas;
    }
    return gvm_memory_grow(m, len) ? gas : GAS_NO_MEMORY;
}

/* The end of a range of memory: 0 for an empty one, UINT64_MAX where it is beyond all bounds. */
static inline uint64_t range_end(gvm_u256 offset, gvm_u256 size) {
    if (gvm_u256_is_zero(size)) return 0;
    if (!gvm_u256_fits_u64(offset) || !gvm_u256_fits_u64(size) || offset.w[0] > MEMORY_LIMIT ||
        size.w[0] > MEMORY_LIMIT)
        return UINT64_MAX;
    return offset.w[0] + size.w[0];
}

/* A price by the word for `size` bytes, which were found to fit in memory's bounds or not at all.
 */
static inline int64_t per_word(uint64_t end, gvm_u256 size, int64_t price) {
    return end > MEMORY_LIMIT ? 0 : (int64_t)((size.w[0] + 31) / 32) * price;
}

/* Copies size bytes from `from` on, zeros behind the source's end. */
static void copy_padded(uint8_t *to, gvm_bytes source, gvm_u256 from, uint64_t size) {
    uint64_t start = gvm_u256_saturate_u64(from);
    size_t have = start < source.len ? source.len - (size_t)start : 0;
    if (have > size) have = (size_t)size;
    if (have > 0) memcpy(to, source.ptr + start, have);
    if (size > have) memset(to + have, 0, (size_t)size - have);
}

static gvm_u256 load_padded(gvm_bytes source, gvm_u256 from) {
    uint8_t word[32];
    copy_padded(word, source, from, 32);
    return gvm_u256_from_be(word);
}

static gvm_u256 push_value(gvm_bytes code, size_t pc, unsigned n) {
    if (n == 1 && pc < code.len) return gvm_u256_from_u64(code.ptr[pc]);
    uint8_t word[32] = {0};
    size_t have = pc < code.len ? code.len - pc : 0;
    memcpy(word + 32 - n, code.ptr + (have > 0 ? pc : 0), have < n ? have : n);
    return gvm_u256_from_be(word);
}

static int64_t exp_price(const gvm_rules *rules, gvm_u256 exponent) {
    return (int64_t)gvm_u256_byte_len(exponent) * rules->exp_byte;
}

/* Fills vm->pending (gvm_host_call). Operands as CALL has them: top is gas, then address, value
 * (CALL and CALLCODE alone), input, output. Memory is there already. */
static gvm_outcome ask_call(gvm_frame *f, gvm_call_kind kind, const gvm_u256 *top) {
    bool has_value = kind == GVM_CALL || kind == GVM_CALLCODE;
    const gvm_u256 *range = top - (has_value ? 3 : 2);
    gvm_u256 value = has_value ? top[-2] : gvm_u256_zero();
    gvm_address to = gvm_u256_to_address(top[-1]);
    gvm_bytes input = gvm_bytes_make(NULL, (size_t)range[-1].w[0]);
    if (input.len > 0) input.ptr = f->memory->ptr + range[0].w[0];
    f->scratch[SAVED_OUT] = range[-2].w[0];
    f->scratch[SAVED_OUT_SIZE] = range[-3].w[0];
    return gvm_host_call(f, kind, gvm_u256_saturate_u64(top[0]), &to, &value, input);
}

/* Fills vm->pending (gvm_host_create). Top is value, then the range of memory, then the salt. */
static gvm_outcome ask_create(gvm_frame *f, bool salted, const gvm_u256 *top) {
    gvm_bytes init = gvm_bytes_make(NULL, (size_t)top[-2].w[0]);
    if (init.len > 0) init.ptr = f->memory->ptr + top[-1].w[0];
    gvm_hash salt = salted ? gvm_u256_to_hash(top[-3]) : (gvm_hash){{0}};
    return gvm_host_create(f, top, init, salted ? &salt : NULL);
}

/* What a call leaves behind: return data, output in memory; the word that is pushed. */
static gvm_u256 take_result(gvm_frame *f) {
    const gvm_result *child = &f->child;
    bool good = child->outcome == GVM_OUT_SUCCESS;
    if ((f->resume & RESUME_MASK) == RESUME_CREATE) {
        bool reverted = child->outcome == GVM_OUT_REVERT;
        f->return_data = reverted ? child->output : gvm_bytes_make(NULL, 0);
        return good ? gvm_u256_from_address(&child->created) : gvm_u256_zero();
    }
    f->return_data = child->output;
    size_t n = (size_t)f->scratch[SAVED_OUT_SIZE];
    if (n > child->output.len) n = child->output.len;
    if (n > 0) memcpy(f->memory->ptr + f->scratch[SAVED_OUT], child->output.ptr, n);
    return gvm_u256_from_u64(good);
}

/* ---- Ghost operations. Operands as vm/ghost_ops.h orders them, the first on top; strings as
 * offset and length. */

static uint64_t ghost_reach(const gvm_ghost_op *op, const gvm_u256 *top) {
    uint64_t end = 0;
    for (unsigned i = 0; i < op->arg_count; i++) {
        if (gvm_ghost_is_word(op->args[i])) {
            top--;
            continue;
        }
        uint64_t e = range_end(top[0], top[-1]);
        if (e > end) end = e;
        top -= 2;
    }
    return end;
}

/* Fills vm->pending. Memory is there already. */
static gvm_outcome ask_ghost(gvm_frame *f, const gvm_ghost_op *op, const gvm_u256 *top) {
    gvm_ghost_arg args[GVM_GHOST_ARGS];
    for (unsigned i = 0; i < op->arg_count; i++) {
        if (gvm_ghost_is_word(op->args[i])) {
            args[i].word = *top--;
            continue;
        }
        args[i].bytes = gvm_bytes_make(NULL, (size_t)top[-1].w[0]);
        if (args[i].bytes.len > 0) args[i].bytes.ptr = f->memory->ptr + top[0].w[0];
        top -= 2;
    }
    f->scratch[SAVED_OUT] = (uint64_t)op->id;
    return gvm_ghost_call(f, op, args);
}

static gvm_outcome emit_log(gvm_frame *f, uint32_t count, const gvm_u256 *top) {
    gvm_hash topics[4];
    for (uint32_t i = 0; i < count; i++) topics[i] = gvm_u256_to_hash(*(top - 2 - i));
    gvm_bytes data = gvm_bytes_make(NULL, (size_t)top[-1].w[0]);
    if (data.len > 0) data.ptr = f->memory->ptr + top[0].w[0];
    return gvm_host_log(f, topics, count, data);
}

static gvm_step end_frame(gvm_frame *f, gvm_outcome outcome, int64_t gas, gvm_bytes output) {
    f->gas = gas > 0 ? gas : 0;
    f->result.outcome = outcome;
    f->result.output = output;
    return GVM_STEP_DONE;
}

/* Words limb by limb, so that the compiler sees scalars: copied whole, every operand would also be
 * written to the native stack. */
static inline gvm_u256 load_word(const gvm_u256 *from) {
    return (gvm_u256){{from->w[0], from->w[1], from->w[2], from->w[3]}};
}
static inline void store_word(gvm_u256 *to, gvm_u256 v) {
    to->w[0] = v.w[0];
    to->w[1] = v.w[1];
    to->w[2] = v.w[2];
    to->w[3] = v.w[3];
}
static inline void swap_words(gvm_u256 *x, gvm_u256 *y) {
    gvm_u256 a = load_word(x), b = load_word(y);
    store_word(x, b);
    store_word(y, a);
}

/* Operands that geth has already popped where it finds the fault. */
static int gone_at_fault(uint8_t op, gvm_outcome outcome) {
    if (outcome == GVM_OUT_INVALID_JUMP) return op == GVM_OP_JUMPI ? 2 : 1;
    if (outcome == GVM_OUT_RETURN_DATA_BOUNDS) return 3;
    if (outcome == GVM_OUT_STATIC_VIOLATION && op == GVM_OP_CALL) return 7;
    return 0;
}

/* ---- the three loops */

static gvm_evm_mode mode = GVM_EVM_AUTO;

/* Gas spent on a code before it gets a program. Translating costs about as much time as running
 * this much. */
static uint64_t hot_after(size_t code_len) {
    return 20 * (uint64_t)code_len + 2000;
}

static void add_heat(gvm_evm_code *c, int64_t spent) {
    if (c != NULL && spent > 0)
        atomic_fetch_add_explicit(&c->heat, (uint64_t)spent, memory_order_relaxed);
}

static const gvm_opcode_set *set_of(const gvm_frame *f) {
    return (const gvm_opcode_set *)(uintptr_t)f->scratch[SAVED_SET];
}

static gvm_trace_step traced_step(gvm_frame *f, uint64_t pc, uint8_t op, int64_t before,
                                  int64_t after, const gvm_u256 *sp) {
    const gvm_opcode_set *set = set_of(f);
    return (gvm_trace_step){.pc = pc,
                            .opcode = op,
                            .name = set->names[op],
                            .run = set->rows[op].run,
                            .in = set->rows[op].in,
                            .out = set->rows[op].out,
                            .gas = before,
                            .cost = before - after,
                            .stack_top = sp - 1,
                            .stack_height = (uint32_t)(sp - (const gvm_u256 *)(void *)f->stack),
                            .refund = gvm_state_refund(f->vm->state)};
}

static void announce(gvm_frame *f, uint64_t pc, uint8_t op, int64_t before, int64_t after,
                     const gvm_u256 *sp) {
    const gvm_tracer *t = f->vm->tracer;
    if (t->step == NULL) return;
    gvm_trace_step s = traced_step(f, pc, op, before, after, sp);
    /* what goes to the created contract is not part of the price */
    if (s.run == GVM_OP_CREATE || s.run == GVM_OP_CREATE2) s.cost -= f->vm->pending.gas;
    t->step(t->ctx, f, &s);
}

/* What fails after its price was found payable is announced all the same. */
static void fault(gvm_frame *f, uint64_t pc, uint8_t op, int64_t before, int64_t after,
                  const gvm_u256 *sp, gvm_outcome outcome, bool announced) {
    const gvm_tracer *t = f->vm->tracer;
    if (t->fault == NULL) return;
    gvm_trace_step s = traced_step(f, pc, op, before, after, sp);
    s.announced = announced;
    t->fault(t->ctx, f, &s, outcome);
}

#define SWITCH_TO_PROGRAM ((gvm_step)100) /* from run_code alone: hot by now, at a jump */

#define PROGRAM 1
#define CODE    2
#define TRACED  3

#define BODY     PROGRAM
#define RUN_NAME run_program
#include "vm/evm/instructions.inc"
#undef BODY
#undef RUN_NAME

#define BODY     CODE
#define RUN_NAME run_code
#include "vm/evm/instructions.inc"
#undef BODY
#undef RUN_NAME

#define BODY     TRACED
#define RUN_NAME run_traced
#include "vm/evm/instructions.inc"
#undef BODY
#undef RUN_NAME

/* ---- the engine */

void gvm_evm_set_mode(gvm_evm_mode m) {
    mode = m;
}

gvm_outcome gvm_evm_enter(gvm_frame *f, const gvm_opcode_set *set) {
    f->scratch[SAVED_SET] = (uint64_t)(uintptr_t)set;
    if (f->code_object == NULL) return GVM_OUT_SUCCESS; /* run once: bitmap at the first jump */
    gvm_evm_code *c = gvm_evm_code_acquire(f->code_object, &f->code_hash, set, f->code);
    f->engine_data = c;
    return c != NULL ? GVM_OUT_SUCCESS : GVM_OUT_HOST_FAILURE;
}

static gvm_outcome enter(gvm_frame *f) {
    return gvm_evm_enter(f, gvm_opcode_set_of(f->vm->rules->fork));
}

void gvm_evm_leave(gvm_frame *f) {
    gvm_evm_code_release(f->engine_data);
    f->engine_data = NULL;
}

gvm_step gvm_evm_run(gvm_frame *f) {
    const gvm_tracer *t = f->vm->tracer;
    if (f->code.len == 0) /* no code takes no step, not even STOP */
        return end_frame(f, GVM_OUT_SUCCESS, f->gas, gvm_bytes_make(NULL, 0));
    if (t != NULL && t->want_steps) return run_traced(f);
    if ((f->resume & RESUME_PROGRAM) != 0) return run_program(f);
    gvm_evm_code *c = f->engine_data;
    bool fresh = f->resume == RESUME_START;
    if (fresh && mode == GVM_EVM_PROGRAM) {
        if (c == NULL) f->engine_data = c = gvm_evm_code_new(f->code, set_of(f));
        if (c == NULL) return end_frame(f, GVM_OUT_HOST_FAILURE, 0, gvm_bytes_make(NULL, 0));
        if (gvm_evm_code_translate(c, f->code)) return run_program(f);
    }
    if (fresh && mode == GVM_EVM_AUTO && c != NULL &&
        (atomic_load_explicit(&c->program, memory_order_acquire) != NULL ||
         (atomic_load_explicit(&c->heat, memory_order_relaxed) >= hot_after(c->len) &&
          gvm_evm_code_translate(c, f->code))))
        return run_program(f);
    gvm_step step = run_code(f);
    return step == SWITCH_TO_PROGRAM ? run_program(f) : step;
}

const gvm_engine gvm_evm_engine = {
    .name = "evm", .enter = enter, .run = gvm_evm_run, .leave = gvm_evm_leave};
