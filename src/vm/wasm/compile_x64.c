/* The compiler for x86-64: from the interpreter's words to machine code, one instruction after the
 * other, in time and memory linear in them. It takes over the frame as it is, so every value has
 * its slot in memory at every point where somebody else may look, and the interpreter stays the
 * measure of what an instruction does.
 *
 * Registers:  rbx frame · r12 exec · r13 fuel · r14 memory · r15 its bytes · rbp instance
 *             rax, rcx, rdx for the instruction · the rest remember slots
 *
 * A result is written to its slot at once, and the register that held it remembers the slot until
 * it is needed for another or code can come from elsewhere: reads are saved, nothing ever has to be
 * spilled. Price words that are no branch's target keep what is remembered.
 *
 * Compiled code runs on a stack of the exec's own. Whatever needs C beyond a leaf function (host
 * calls, refills, bulk instructions, traps) leaves: `exit` stores the registers that matter,
 * switches to the driver's stack and returns to it with a reason; the driver comes back by `enter`.
 * So host functions run on their caller's stack, and a run that is suspended simply stays where it
 * is. A call takes 16 bytes of the native stack, 48 where it crosses instances, and at least 32 of
 * the account: the account always ends first. */
#include "vm/jit/x64.h"
#include "vm/wasm/number.h"
#include "vm/wasm/runtime.h"

#if defined(__x86_64__)

#include <stddef.h>
#include <stdlib.h>

#define OP(name)  GVM_WASM_OP_##name
#define IOP(name) GVM_WASM_IOP_##name
#define E(field)  ((int32_t)offsetof(gvm_wasm_exec, field))

enum {
    FP = GVM_X64_RBX,
    EXEC = GVM_X64_R12,
    FUEL = GVM_X64_R13,
    MEM = GVM_X64_R14,
    BYTES = GVM_X64_R15,
    INST = GVM_X64_RBP,
    RAX = GVM_X64_RAX,
    RCX = GVM_X64_RCX,
    RDX = GVM_X64_RDX,
    RSP = GVM_X64_RSP,
    RSI = GVM_X64_RSI,
    RDI = GVM_X64_RDI
};

#define POOL 6
static const uint8_t pool[POOL] = {GVM_X64_RSI, GVM_X64_RDI, GVM_X64_R8,
                                   GVM_X64_R9,  GVM_X64_R10, GVM_X64_R11};
#define XPOOL   14 /* xmm2 to xmm15 */
#define NOTHING UINT32_MAX

typedef struct fixup {
    uint32_t at;   /* of the distance in the code */
    uint32_t to;   /* word, or function */
    uint32_t base; /* br_table: the table's offset, from which the distance counts; NOTHING: from
                      its own end */
} fixup;

enum stub_kind { STUB_TRAP, STUB_TRAP_EAX, STUB_REFILL, STUB_NAN32, STUB_NAN64 };
typedef struct stub {
    uint32_t at, back; /* of the distance that leads here; where it goes on */
    uint32_t word;
    uint8_t kind, trap; /* STUB_NAN*: trap is the register */
} stub;

#define TRAPS (GVM_WASM_TRAP_HOST + 1)

typedef struct compiler {
    gvm_wasm_module *m;
    gvm_buf b;
    const gvm_wasm_code *code;
    uint32_t *native;  /* by word: offset of a price's code; NOTHING: none */
    uint8_t *targets;  /* by word: a branch leads here */
    uint32_t *entries; /* by function */
    GVM_WASM_VEC(fixup) branches;
    GVM_WASM_VEC(fixup) calls;
    GVM_WASM_VEC(stub) stubs;
    bool nomem;
    uint32_t slots[POOL], xslots[XPOOL]; /* what they remember */
    unsigned next, xnext;
    uint32_t pinned, xpinned;               /* by index in the pool */
    uint32_t exit, trap, refill, call_func; /* shared code */
    uint32_t traps[TRAPS];                  /* for each kind, on the way to `trap` */
} compiler;

/* ---- registers that remember */

static void forget_all(compiler *c) {
    for (unsigned i = 0; i < POOL; i++) c->slots[i] = NOTHING;
    for (unsigned i = 0; i < XPOOL; i++) c->xslots[i] = NOTHING;
}
static void forget_floats(compiler *c) {
    for (unsigned i = 0; i < XPOOL; i++) c->xslots[i] = NOTHING;
}
static void forget_slot(compiler *c, uint32_t slot) {
    for (unsigned i = 0; i < POOL; i++)
        if (c->slots[i] == slot) c->slots[i] = NOTHING;
    for (unsigned i = 0; i < XPOOL; i++)
        if (c->xslots[i] == slot) c->xslots[i] = NOTHING;
}

static unsigned take(compiler *c) {
    while (c->pinned >> c->next & 1) c->next = (c->next + 1) % POOL;
    unsigned i = c->next;
    c->next = (c->next + 1) % POOL;
    c->slots[i] = NOTHING;
    c->pinned |= 1u << i;
    return pool[i];
}
static unsigned take_x(compiler *c) {
    while (c->xpinned >> c->xnext & 1) c->xnext = (c->xnext + 1) % XPOOL;
    unsigned i = c->xnext;
    c->xnext = (c->xnext + 1) % XPOOL;
    c->xslots[i] = NOTHING;
    c->xpinned |= 1u << i;
    return i + 2;
}

static int32_t at(uint32_t slot) {
    return (int32_t)(slot * 8);
}

/* The slot's value in a register, which is pinned for this instruction. */
static unsigned get(compiler *c, uint32_t slot) {
    for (unsigned i = 0; i < POOL; i++) {
        if (c->slots[i] == slot) {
            c->pinned |= 1u << i;
            return pool[i];
        }
    }
    unsigned r = take(c);
    gvm_x64_mem(&c->b, true, 0x8b, r, FP, at(slot));
    for (unsigned i = 0; i < POOL; i++)
        if (pool[i] == r) c->slots[i] = slot;
    return r;
}
#define MOVQ_LOAD  (GVM_X64_PREFIX(0xf3) | 0x0f7e)
#define MOVQ_STORE (GVM_X64_PREFIX(0x66) | 0x0fd6)
static unsigned get_x(compiler *c, uint32_t slot) {
    for (unsigned i = 0; i < XPOOL; i++) {
        if (c->xslots[i] == slot) {
            c->xpinned |= 1u << i;
            return i + 2;
        }
    }
    unsigned r = take_x(c);
    gvm_x64_mem(&c->b, false, MOVQ_LOAD, r, FP, at(slot));
    c->xslots[r - 2] = slot;
    return r;
}

/* Register `r` (of the pool) is the slot's new value. */
static void set(compiler *c, uint32_t slot, unsigned r) {
    forget_slot(c, slot);
    gvm_x64_mem(&c->b, true, 0x89, r, FP, at(slot));
    for (unsigned i = 0; i < POOL; i++)
        if (pool[i] == r) c->slots[i] = slot;
}
static void set_x(compiler *c, uint32_t slot, unsigned r) {
    forget_slot(c, slot);
    gvm_x64_mem(&c->b, false, MOVQ_STORE, r, FP, at(slot));
    c->xslots[r - 2] = slot;
}

/* ---- stubs and exits */

static void add_stub(compiler *c, enum stub_kind kind, uint32_t from, uint32_t word,
                     unsigned trap) {
    if (!GVM_WASM_PUSH(c->stubs)) {
        c->nomem = true;
        return;
    }
    c->stubs.at[c->stubs.len++] = (stub){.at = from,
                                         .back = (uint32_t)c->b.len,
                                         .word = word,
                                         .kind = (uint8_t)kind,
                                         .trap = (uint8_t)trap};
}

static void trap_if(compiler *c, unsigned condition, uint32_t word, gvm_wasm_trap_code trap) {
    add_stub(c, STUB_TRAP, gvm_x64_jcc(&c->b, condition), word, trap);
}

static void emit_stubs(compiler *c) {
    gvm_buf *b = &c->b;
    for (uint32_t i = 0; i < c->stubs.len; i++) {
        const stub *s = &c->stubs.at[i];
        gvm_x64_link(b, s->at, (uint32_t)b->len);
        switch (s->kind) {
        case STUB_TRAP:
        case STUB_TRAP_EAX:
            gvm_x64_mov_imm(b, RCX, s->word);
            gvm_x64_link(b, gvm_x64_jmp(b), s->kind == STUB_TRAP ? c->traps[s->trap] : c->trap);
            break;
        case STUB_REFILL:
            gvm_x64_mov_imm(b, RCX, s->word);
            gvm_x64_link(b, gvm_x64_call(b), c->refill);
            gvm_x64_link(b, gvm_x64_jmp(b), s->back);
            break;
        default:
            gvm_x64_mov_imm(b, RAX, s->kind == STUB_NAN32 ? GVM_WASM_NAN32 : GVM_WASM_NAN64);
            gvm_x64_reg(b, true, GVM_X64_PREFIX(0x66) | 0x0f6e, s->trap, RAX);
            gvm_x64_link(b, gvm_x64_jmp(b), s->back);
        }
    }
    c->stubs.len = 0;
}

/* r14 and r15 from the instance in rbp. */
static void load_memory(gvm_buf *b) {
    gvm_x64_reg(b, false, 0x31, MEM, MEM);
    gvm_x64_reg(b, false, 0x31, BYTES, BYTES);
    gvm_x64_mem(b, true, 0x8b, RCX, INST, (int32_t)offsetof(gvm_wasm_instance, memory));
    gvm_x64_reg(b, true, 0x85, RCX, RCX);
    uint32_t none = gvm_x64_jcc(b, GVM_X64_E);
    gvm_x64_mem(b, true, 0x8b, MEM, RCX, (int32_t)offsetof(gvm_wasm_memory, at));
    gvm_x64_mem(b, true, 0x8b, BYTES, RCX, (int32_t)offsetof(gvm_wasm_memory, bytes));
    gvm_x64_link(b, none, (uint32_t)b->len);
}

static void push_reg(gvm_buf *b, unsigned r) {
    if (r >= 8) gvm_buf_put(b, 0x41);
    gvm_buf_put(b, (uint8_t)(0x50 | (r & 7)));
}
static void pop_reg(gvm_buf *b, unsigned r) {
    if (r >= 8) gvm_buf_put(b, 0x41);
    gvm_buf_put(b, (uint8_t)(0x58 | (r & 7)));
}
static void ret(gvm_buf *b) {
    gvm_buf_put(b, 0xc3);
}

static const uint8_t kept[6] = {GVM_X64_RBP, GVM_X64_RBX, GVM_X64_R12,
                                GVM_X64_R13, GVM_X64_R14, GVM_X64_R15};

/* enter(exec): to where compiled code waits; returns the reason for which it left again. */
static void emit_enter(compiler *c) {
    gvm_buf *b = &c->b;
    for (unsigned i = 0; i < 6; i++) push_reg(b, kept[i]);
    gvm_x64_reg(b, true, 0x89, RDI, EXEC);
    gvm_x64_mem(b, true, 0x89, RSP, EXEC, E(host_sp));
    gvm_x64_mem(b, true, 0x8b, RSP, EXEC, E(native_sp));
    gvm_x64_mem(b, true, 0x8b, FP, EXEC, E(fp));
    gvm_x64_mem(b, true, 0x8b, FUEL, EXEC, E(slice));
    gvm_x64_mem(b, true, 0x8b, INST, EXEC, E(instance));
    load_memory(b);
    ret(b);
}

static void emit_exit(compiler *c) {
    gvm_buf *b = &c->b;
    c->exit = (uint32_t)b->len;
    gvm_x64_mem(b, true, 0x89, RSP, EXEC, E(native_sp));
    gvm_x64_mem(b, true, 0x89, FP, EXEC, E(fp));
    gvm_x64_mem(b, true, 0x89, FUEL, EXEC, E(slice));
    gvm_x64_mem(b, true, 0x89, INST, EXEC, E(instance));
    gvm_x64_mem(b, true, 0x8b, RSP, EXEC, E(host_sp));
    for (unsigned i = 6; i-- > 0;) pop_reg(b, kept[i]);
    ret(b);
}

static void leave(compiler *c, gvm_wasm_exit reason) {
    gvm_x64_mov_imm(&c->b, RAX, reason);
    gvm_x64_link(&c->b, gvm_x64_call(&c->b), c->exit);
}

/* Calls the function object in rax; ecx says from which word. The callee takes its cost; but where
 * it is another instance's, what stops it must be known here, while the caller's instance is at
 * hand. */
static void emit_call_func(compiler *c) {
    gvm_buf *b = &c->b;
    int32_t native = (int32_t)offsetof(gvm_wasm_code, native);
    c->call_func = (uint32_t)b->len;
    gvm_x64_mem(b, true, 0x8b, RDX, RAX, (int32_t)offsetof(gvm_wasm_func, code));
    gvm_x64_reg(b, true, 0x85, RDX, RDX);
    uint32_t host = gvm_x64_jcc(b, GVM_X64_E);
    gvm_x64_mem(b, true, 0x83, 7, RDX, native); /* not compiled: the driver says so */
    gvm_buf_put(b, 0);
    uint32_t foreign = gvm_x64_jcc(b, GVM_X64_E);
    gvm_x64_mem(b, true, 0x3b, INST, RAX, (int32_t)offsetof(gvm_wasm_func, instance));
    uint32_t cross = gvm_x64_jcc(b, GVM_X64_NE);
    gvm_x64_mem(b, false, 0xff, 4, RDX, native);
    gvm_x64_link(b, cross, (uint32_t)b->len);
    gvm_x64_mem(b, false, 0x8b, RSI, RDX, (int32_t)offsetof(gvm_wasm_code, stack_cost));
    gvm_x64_mem(b, false, 0x03, RSI, EXEC, E(stack_used));
    gvm_x64_mem(b, false, 0x3b, RSI, EXEC, E(stack_limit));
    uint32_t full = gvm_x64_jcc(b, GVM_X64_A);
    push_reg(b, INST);
    push_reg(b, INST);
    push_reg(b, INST); /* keeps the stack's alignment at 16 */
    gvm_x64_mem(b, true, 0x8b, INST, RAX, (int32_t)offsetof(gvm_wasm_func, instance));
    load_memory(b);
    gvm_x64_mem(b, false, 0xff, 2, RDX, native);
    pop_reg(b, INST);
    pop_reg(b, INST);
    pop_reg(b, INST);
    load_memory(b);
    ret(b);
    gvm_x64_link(b, host, (uint32_t)b->len);
    gvm_x64_link(b, foreign, (uint32_t)b->len);
    gvm_x64_mem(b, false, 0x89, RCX, EXEC, E(native_word));
    gvm_x64_mem(b, true, 0x89, RAX, EXEC, E(native_func));
    leave(c, GVM_WASM_EXIT_HOST);
    ret(b);
    gvm_x64_link(b, full, (uint32_t)b->len);
    gvm_x64_mov_imm(b, RAX, GVM_WASM_TRAP_STACK);
    gvm_x64_link(b, gvm_x64_jmp(b), c->trap);
}

static void emit_shared(compiler *c) {
    gvm_buf *b = &c->b;
    emit_enter(c);
    emit_exit(c);
    c->trap = (uint32_t)b->len;
    gvm_x64_mem(b, false, 0x89, RCX, EXEC, E(native_word));
    gvm_x64_mem(b, false, 0x89, RAX, EXEC, E(native_trap));
    leave(c, GVM_WASM_EXIT_TRAP);
    for (unsigned i = 0; i < TRAPS; i++) {
        c->traps[i] = (uint32_t)b->len;
        gvm_x64_mov_imm(b, RAX, i);
        gvm_x64_link(b, gvm_x64_jmp(b), c->trap);
    }
    c->refill = (uint32_t)b->len;
    gvm_x64_mem(b, false, 0x89, RCX, EXEC, E(native_word));
    for (unsigned i = 0; i < POOL; i++) push_reg(b, pool[i]);
    leave(c, GVM_WASM_EXIT_REFILL);
    for (unsigned i = POOL; i-- > 0;) pop_reg(b, pool[i]);
    ret(b);
    emit_call_func(c);
}

/* ---- blocks and branches */

/* The price in word `w`: where it is a target, whoever comes knows nothing of registers. */
static void emit_price(compiler *c, uint32_t w) {
    uint32_t price = c->m->words.at[w].price;
    if (c->targets[w]) forget_all(c);
    c->native[w] = (uint32_t)c->b.len;
    if (price == 0) return;
    forget_floats(c); /* a refill keeps the others alone */
    gvm_x64_alu_imm(&c->b, true, 5, FUEL, (int32_t)price);
    add_stub(c, STUB_REFILL, gvm_x64_jcc(&c->b, GVM_X64_S), w, 0);
}

static void branch_to(compiler *c, uint32_t distance, uint32_t word, uint32_t base) {
    if (!GVM_WASM_PUSH(c->branches)) {
        c->nomem = true;
        return;
    }
    c->branches.at[c->branches.len++] = (fixup){.at = distance, .to = word - 1, .base = base};
}

/* The word that the tail in word `w` goes to. */
static uint32_t target_of(const gvm_wasm_module *m, uint32_t w) {
    return w + (uint32_t)m->words.at[w].target;
}

static void branch_if(compiler *c, unsigned condition, uint32_t tail) {
    branch_to(c, gvm_x64_jcc(&c->b, condition), target_of(c->m, tail), NOTHING);
}

static void move_slots(compiler *c, uint32_t to, uint32_t from, uint32_t count) {
    gvm_buf *b = &c->b;
    if (count <= 4) {
        for (uint32_t i = 0; i < count; i++) {
            gvm_x64_mem(b, true, 0x8b, RAX, FP, at(from + i));
            gvm_x64_mem(b, true, 0x89, RAX, FP, at(to + i));
        }
    } else { /* rep movsq, upward: as the interpreter copies */
        gvm_x64_mem(b, true, 0x8d, RSI, FP, at(from));
        gvm_x64_mem(b, true, 0x8d, RDI, FP, at(to));
        gvm_x64_mov_imm(b, RCX, count);
        gvm_buf_append(b, "\xf3\x48\xa5", 3);
    }
    forget_all(c);
}

static void compile_br_table(compiler *c, uint32_t w, bool move) {
    gvm_buf *b = &c->b;
    const gvm_wasm_word *p = &c->m->words.at[w];
    uint32_t cases = p[1].x;
    gvm_x64_mem(b, false, 0x8b, RAX, FP, at(p->a));
    gvm_x64_mov_imm(b, RCX, cases - 1);
    gvm_x64_reg(b, false, 0x39, RCX, RAX);
    gvm_x64_reg(b, false, 0x0f43, RAX, RCX); /* cmovae */
    gvm_buf_append(b, "\x48\x8d\x0d", 3);    /* lea rcx, [rip + table] */
    uint32_t table = (uint32_t)b->len;
    gvm_x64_u32(b, 0);
    gvm_x64_sib(b, true, 0x63, RAX, RCX, RAX, 2, 0); /* movsxd */
    gvm_x64_reg(b, true, 0x01, RCX, RAX);
    gvm_x64_reg(b, false, 0xff, 4, RAX);
    gvm_x64_link(b, table, (uint32_t)b->len);
    uint32_t base = (uint32_t)b->len;
    for (uint32_t i = 0; i < cases; i++) {
        if (!move) branch_to(c, (uint32_t)b->len, target_of(c->m, w + 2 + i), base);
        gvm_x64_u32(b, 0);
    }
    for (uint32_t i = 0; move && i < cases; i++) {
        uint32_t d = (uint32_t)b->len - base;
        if (!b->failed) memcpy(b->ptr + base + 4 * i, &d, 4);
        move_slots(c, p[2 + i].y, p->b, p->c);
        branch_to(c, gvm_x64_jmp(b), target_of(c->m, w + 2 + i), NOTHING);
    }
}

static void compile_return(compiler *c) {
    gvm_buf *b = &c->b;
    gvm_x64_mem(b, false, 0x81, 5, EXEC, E(stack_used));
    gvm_x64_u32(b, c->code->stack_cost);
    gvm_x64_alu_imm(b, true, 0, RSP, 8);
    ret(b);
}

/* ---- calls */

static void shift_frame(compiler *c, unsigned group, uint32_t slots) {
    if (slots != 0) gvm_x64_alu_imm(&c->b, true, group, FP, at(slots));
}

static void compile_call(compiler *c, uint32_t w) {
    gvm_buf *b = &c->b;
    const gvm_wasm_word *p = &c->m->words.at[w];
    gvm_x64_mov_imm(b, RCX, w); /* for the callee's account */
    shift_frame(c, 0, p->a);
    uint32_t distance = gvm_x64_call(b);
    if (GVM_WASM_PUSH(c->calls))
        c->calls.at[c->calls.len++] = (fixup){.at = distance, .to = p->index};
    else
        c->nomem = true;
    shift_frame(c, 5, p->a);
    forget_all(c);
    emit_price(c, w + 1);
}

/* Function object in rax. */
static void call_object(compiler *c, uint32_t w) {
    gvm_buf *b = &c->b;
    const gvm_wasm_word *p = &c->m->words.at[w];
    gvm_x64_mov_imm(b, RCX, w);
    shift_frame(c, 0, p->a);
    gvm_x64_link(b, gvm_x64_call(b), c->call_func);
    shift_frame(c, 5, p->a);
    forget_all(c);
    emit_price(c, w + 1);
}

static void compile_call_import(compiler *c, uint32_t w) {
    gvm_buf *b = &c->b;
    gvm_x64_mem(b, true, 0x8b, RAX, INST, (int32_t)offsetof(gvm_wasm_instance, funcs));
    gvm_x64_mem(b, true, 0x8b, RAX, RAX, at(c->m->words.at[w].index));
    call_object(c, w);
}

static uint32_t types_equal(const gvm_wasm_functype *a, const gvm_wasm_functype *b) {
    return gvm_wasm_functype_equal(a, b);
}

/* A leaf in C: its arguments are in place. Clobbers all that is remembered. */
static void call_c(compiler *c, uintptr_t fn) {
    gvm_x64_mov_imm(&c->b, RAX, fn);
    gvm_x64_reg(&c->b, false, 0xff, 2, RAX);
    forget_all(c);
}

static void compile_call_indirect(compiler *c, uint32_t w) {
    gvm_buf *b = &c->b;
    const gvm_wasm_word *p = &c->m->words.at[w];
    gvm_x64_mem(b, true, 0x8b, RCX, INST, (int32_t)offsetof(gvm_wasm_instance, tables));
    gvm_x64_mem(b, true, 0x8b, RCX, RCX, at(p->c));
    gvm_x64_mem(b, false, 0x8b, RAX, FP, at(p->b));
    gvm_x64_mem(b, false, 0x3b, RAX, RCX, (int32_t)offsetof(gvm_wasm_table, size));
    trap_if(c, GVM_X64_AE, w, GVM_WASM_TRAP_UNDEFINED_ELEMENT);
    gvm_x64_mem(b, true, 0x8b, RCX, RCX, (int32_t)offsetof(gvm_wasm_table, at));
    gvm_x64_sib(b, true, 0x8b, RAX, RCX, RAX, 3, 0);
    gvm_x64_reg(b, true, 0x85, RAX, RAX);
    trap_if(c, GVM_X64_E, w, GVM_WASM_TRAP_UNINITIALIZED_ELEMENT);
    gvm_x64_mem(b, true, 0x8b, RDI, RAX, (int32_t)offsetof(gvm_wasm_func, type));
    gvm_x64_mov_imm(b, RSI, (uintptr_t)&c->m->types.at[p[1].x]);
    gvm_x64_reg(b, true, 0x39, RSI, RDI);
    uint32_t same = gvm_x64_jcc(b, GVM_X64_E);
    push_reg(b, RAX);
    push_reg(b, RAX);
    call_c(c, (uintptr_t)types_equal);
    gvm_x64_reg(b, false, 0x85, RAX, RAX);
    pop_reg(b, RAX);
    pop_reg(b, RAX);
    trap_if(c, GVM_X64_E, w, GVM_WASM_TRAP_INDIRECT_TYPE);
    gvm_x64_link(b, same, (uint32_t)b->len);
    call_object(c, w);
}

/* ---- memory */

/* Checks `bytes` at slot + offset; the address is in the register that comes back. */
static unsigned compile_address(compiler *c, uint32_t w, uint32_t slot, uint32_t bytes) {
    unsigned x = get(c, slot);
    gvm_x64_mem(&c->b, true, 0x8d, RCX, x, (int32_t)(c->m->words.at[w].c + bytes));
    gvm_x64_reg(&c->b, true, 0x39, BYTES, RCX);
    trap_if(c, GVM_X64_A, w, GVM_WASM_TRAP_MEMORY_BOUNDS);
    return x;
}

static void compile_load(compiler *c, uint32_t w, uint32_t bytes, bool wide, uint32_t op) {
    const gvm_wasm_word *p = &c->m->words.at[w];
    unsigned x = compile_address(c, w, p->b, bytes), d = take(c);
    gvm_x64_sib(&c->b, wide, op, d, MEM, x, 0, p->c);
    set(c, p->a, d);
}

static void compile_store(compiler *c, uint32_t w, uint32_t bytes, bool wide, uint32_t op) {
    const gvm_wasm_word *p = &c->m->words.at[w];
    unsigned x = compile_address(c, w, p->a, bytes), v = get(c, p->b);
    gvm_x64_sib(&c->b, wide, op, v, MEM, x, 0, p->c);
}

/* ---- integers */

static void compile_alu(compiler *c, const gvm_wasm_word *p, bool wide, uint32_t op) {
    unsigned x = get(c, p->b), y = get(c, p->c), d = take(c);
    gvm_x64_reg(&c->b, wide, 0x8b, d, x);
    gvm_x64_reg(&c->b, wide, op, d, y);
    set(c, p->a, d);
}
static void compile_alu_imm(compiler *c, const gvm_wasm_word *p, bool wide, unsigned group,
                            int64_t imm) {
    unsigned x = get(c, p->b), d = take(c);
    gvm_x64_reg(&c->b, wide, 0x8b, d, x);
    if (!wide || (imm >= INT32_MIN && imm <= INT32_MAX)) {
        gvm_x64_alu_imm(&c->b, wide, group, d, (int32_t)imm);
    } else {
        gvm_x64_mov_imm(&c->b, RAX, (uint64_t)imm);
        gvm_x64_reg(&c->b, true, group * 8 + 3, d, RAX);
    }
    set(c, p->a, d);
}
static void compile_mul_imm(compiler *c, const gvm_wasm_word *p, bool wide, int64_t imm) {
    unsigned x = get(c, p->b), d = take(c);
    if (!wide || (imm >= INT32_MIN && imm <= INT32_MAX)) {
        gvm_x64_reg(&c->b, wide, 0x69, d, x);
        gvm_x64_u32(&c->b, (uint32_t)imm);
    } else {
        gvm_x64_mov_imm(&c->b, RAX, (uint64_t)imm);
        gvm_x64_reg(&c->b, true, 0x8b, d, x);
        gvm_x64_reg(&c->b, true, 0x0faf, d, RAX);
    }
    set(c, p->a, d);
}
static void compile_shift(compiler *c, const gvm_wasm_word *p, bool wide, unsigned group) {
    unsigned x = get(c, p->b), y = get(c, p->c), d = take(c);
    gvm_x64_reg(&c->b, false, 0x8b, RCX, y);
    gvm_x64_reg(&c->b, wide, 0x8b, d, x);
    gvm_x64_reg(&c->b, wide, 0xd3, group, d);
    set(c, p->a, d);
}
static void compile_shift_imm(compiler *c, const gvm_wasm_word *p, bool wide, unsigned group) {
    unsigned x = get(c, p->b), d = take(c);
    gvm_x64_reg(&c->b, wide, 0x8b, d, x);
    gvm_x64_reg(&c->b, wide, 0xc1, group, d);
    gvm_buf_put(&c->b, (uint8_t)(p->c & (wide ? 63 : 31)));
    set(c, p->a, d);
}
static void compare(compiler *c, const gvm_wasm_word *p, bool wide, bool imm) {
    unsigned x = get(c, p->b);
    if (!imm)
        gvm_x64_reg(&c->b, wide, 0x3b, x, get(c, p->c));
    else if (p->c == 0)
        gvm_x64_reg(&c->b, wide, 0x85, x, x);
    else
        gvm_x64_alu_imm(&c->b, wide, 7, x, (int16_t)p->c);
}
static void set_condition(compiler *c, uint32_t slot, unsigned condition) {
    unsigned d = take(c);
    gvm_x64_reg(&c->b, false, 0x0f90 | condition, 0, RAX); /* setcc al */
    gvm_x64_reg(&c->b, false, 0x0fb6, d, RAX);
    set(c, slot, d);
}
static void compile_unary(compiler *c, const gvm_wasm_word *p, bool wide, uint32_t op) {
    unsigned x = get(c, p->b), d = take(c);
    gvm_x64_reg(&c->b, wide, op, d, x);
    set(c, p->a, d);
}
/* Changes one bit: btr (6) or btc (7). */
static void compile_bit(compiler *c, const gvm_wasm_word *p, bool wide, unsigned group) {
    unsigned x = get(c, p->b), d = take(c);
    gvm_x64_reg(&c->b, wide, 0x8b, d, x);
    gvm_x64_reg(&c->b, wide, 0x0fba, group, d);
    gvm_buf_put(&c->b, wide ? 63 : 31);
    set(c, p->a, d);
}
static void compile_divide(compiler *c, uint32_t w, bool wide, unsigned from) {
    const gvm_wasm_word *p = &c->m->words.at[w];
    unsigned x = get(c, p->b), y = get(c, p->c), d = take(c);
    gvm_x64_reg(&c->b, wide, 0x85, y, y);
    trap_if(c, GVM_X64_E, w, GVM_WASM_TRAP_DIVIDE_BY_ZERO);
    gvm_x64_reg(&c->b, wide, 0x8b, RAX, x);
    gvm_x64_reg(&c->b, false, 0x31, RDX, RDX);
    gvm_x64_reg(&c->b, wide, 0xf7, 6, y);
    gvm_x64_reg(&c->b, wide, 0x8b, d, from);
    set(c, p->a, d);
}

/* ---- floats */

static uint32_t scalar(bool wide, uint32_t op) {
    return GVM_X64_PREFIX(wide ? 0xf2 : 0xf3) | op;
}
/* ucomiss, ucomisd */
static uint32_t ucomi(bool wide) {
    return wide ? GVM_X64_PREFIX(0x66) | 0x0f2e : 0x0f2e;
}
/* NaN in d becomes the one that is allowed; then d is slot a's value. */
static void finish_float(compiler *c, uint32_t slot, bool wide, unsigned d) {
    gvm_x64_reg(&c->b, false, ucomi(wide), d, d);
    add_stub(c, wide ? STUB_NAN64 : STUB_NAN32, gvm_x64_jcc(&c->b, GVM_X64_P), 0, d);
    set_x(c, slot, d);
}
static void compile_float(compiler *c, const gvm_wasm_word *p, bool wide, uint32_t op) {
    unsigned x = get_x(c, p->b), y = get_x(c, p->c), d = take_x(c);
    gvm_x64_reg(&c->b, false, 0x0f28, d, x); /* movaps */
    gvm_x64_reg(&c->b, false, scalar(wide, op), d, y);
    finish_float(c, p->a, wide, d);
}
/* Result of `to` width from x by one instruction; what is above it is zero. */
static void compile_float_unary(compiler *c, const gvm_wasm_word *p, bool wide, uint32_t op,
                                int round) {
    unsigned x = get_x(c, p->b), d = take_x(c);
    gvm_x64_reg(&c->b, false, 0x0f57, d, d); /* xorps */
    gvm_x64_reg(&c->b, false, op, d, x);
    if (round >= 0) gvm_buf_put(&c->b, (uint8_t)round);
    finish_float(c, p->a, wide, d);
}
static void compile_from_int(compiler *c, const gvm_wasm_word *p, bool wide, bool wide_int) {
    unsigned x = get(c, p->b), d = take_x(c);
    gvm_x64_reg(&c->b, false, 0x0f57, d, d);
    gvm_x64_reg(&c->b, wide_int, scalar(wide, 0x0f2a), d, x);
    set_x(c, p->a, d);
}

enum { FLOAT_EQ, FLOAT_NE, FLOAT_LT, FLOAT_GT, FLOAT_LE, FLOAT_GE };
/* Flags of a comparison that is `above` or `above or equal` where it holds; eq and ne look at
 * parity too. */
static unsigned float_flags(compiler *c, const gvm_wasm_word *p, bool wide, unsigned how) {
    unsigned x = get_x(c, p->b), y = get_x(c, p->c);
    bool swap = how == FLOAT_LT || how == FLOAT_LE;
    gvm_x64_reg(&c->b, false, ucomi(wide), swap ? y : x, swap ? x : y);
    return how == FLOAT_LT || how == FLOAT_GT ? GVM_X64_A : GVM_X64_AE;
}
static void compile_float_compare(compiler *c, const gvm_wasm_word *p, bool wide, unsigned how) {
    gvm_buf *b = &c->b;
    unsigned condition = float_flags(c, p, wide, how);
    if (how == FLOAT_EQ || how == FLOAT_NE) {
        gvm_x64_reg(b, false, 0x0f90 | (how == FLOAT_EQ ? GVM_X64_E : GVM_X64_NE), 0, RAX);
        gvm_x64_reg(b, false, 0x0f90 | (how == FLOAT_EQ ? GVM_X64_NP : GVM_X64_P), 0, RCX);
        gvm_x64_reg(b, false, how == FLOAT_EQ ? 0x21 : 0x09, RCX, RAX);
        unsigned d = take(c);
        gvm_x64_reg(b, false, 0x0fb6, d, RAX);
        set(c, p->a, d);
        return;
    }
    set_condition(c, p->a, condition);
}
static void compile_float_branch(compiler *c, uint32_t w, bool wide, unsigned how, bool not ) {
    gvm_buf *b = &c->b;
    unsigned condition = float_flags(c, &c->m->words.at[w], wide, how);
    if (how != FLOAT_EQ && how != FLOAT_NE) {
        branch_if(c, not ? condition ^ 1 : condition, w + 1);
    } else if ((how == FLOAT_EQ) ==
               not ) { /* to the target where they differ or cannot be compared */
        branch_if(c, GVM_X64_P, w + 1);
        branch_if(c, GVM_X64_NE, w + 1);
    } else {
        uint32_t over = gvm_x64_jcc(b, GVM_X64_P);
        branch_if(c, GVM_X64_E, w + 1);
        gvm_x64_link(b, over, (uint32_t)b->len);
    }
    emit_price(c, w + 1);
}

/* ---- what stays with C */

/* An instruction that reads and writes slots alone; it may trap. */
static void compile_plain(compiler *c, uint32_t w) {
    gvm_x64_reg(&c->b, true, 0x89, FP, RDI);
    gvm_x64_mov_imm(&c->b, RSI, (uintptr_t)&c->m->words.at[w]);
    call_c(c, (uintptr_t)gvm_wasm_step_plain);
    gvm_x64_reg(&c->b, false, 0x85, RAX, RAX);
    add_stub(c, STUB_TRAP_EAX, gvm_x64_jcc(&c->b, GVM_X64_NE), w, 0);
}
/* One that the driver does. */
static void compile_outside(compiler *c, uint32_t w) {
    gvm_x64_mem(&c->b, false, 0xc7, 0, EXEC, E(native_word));
    gvm_x64_u32(&c->b, w);
    leave(c, GVM_WASM_EXIT_WORD);
    forget_all(c);
}
static void compile_simd(compiler *c, uint32_t w, bool memory) {
    gvm_buf *b = &c->b;
    const gvm_wasm_word *p = &c->m->words.at[w];
    if (memory) {
        unsigned x = compile_address(c, w, p->b, p[1].c);
        gvm_x64_sib(b, true, 0x8d, RDX, MEM, x, 0, p->c);
    }
    gvm_x64_reg(b, true, 0x89, FP, RDI);
    gvm_x64_mov_imm(b, RSI, (uintptr_t)p);
    call_c(c, memory ? (uintptr_t)gvm_wasm_simd_memory_fns[p[1].op]
                     : (uintptr_t)gvm_wasm_simd_fns[p[1].op]);
}
static void move_wide(compiler *c, unsigned to, int32_t to_at, unsigned from, int32_t from_at) {
    gvm_x64_mem(&c->b, false, 0x0f10, 0, from, from_at); /* movups xmm0 */
    gvm_x64_mem(&c->b, false, 0x0f11, 0, to, to_at);
}

static void compile_global(compiler *c, const gvm_wasm_word *p, bool wide, bool store) {
    gvm_buf *b = &c->b;
    gvm_x64_mem(b, true, 0x8b, RAX, INST, (int32_t)offsetof(gvm_wasm_instance, globals));
    gvm_x64_mem(b, true, 0x8b, RAX, RAX, at(p->index));
    if (store && wide) {
        move_wide(c, RAX, 0, FP, at(p->a));
    } else if (wide) {
        move_wide(c, FP, at(p->a), RAX, 0);
        forget_slot(c, p->a);
        forget_slot(c, p->a + 1u);
    } else if (store) {
        gvm_x64_mem(b, true, 0x89, get(c, p->a), RAX, 0);
    } else {
        unsigned d = take(c);
        gvm_x64_mem(b, true, 0x8b, d, RAX, 0);
        set(c, p->a, d);
    }
}

static void compile_select(compiler *c, const gvm_wasm_word *p) {
    unsigned x = get(c, p->b), y = get(c, p->c), k = get(c, p[1].op), d = take(c);
    gvm_x64_reg(&c->b, true, 0x8b, d, y);
    gvm_x64_reg(&c->b, false, 0x85, k, k);
    gvm_x64_reg(&c->b, true, 0x0f45, d, x);
    set(c, p->a, d);
}

/* ---- one instruction */

#define CONDITION_eq   GVM_X64_E
#define CONDITION_ne   GVM_X64_NE
#define CONDITION_lt_s GVM_X64_L
#define CONDITION_lt_u GVM_X64_B
#define CONDITION_gt_s GVM_X64_G
#define CONDITION_gt_u GVM_X64_A
#define CONDITION_le_s GVM_X64_LE
#define CONDITION_le_u GVM_X64_BE
#define CONDITION_ge_s GVM_X64_GE
#define CONDITION_ge_u GVM_X64_AE
#define HOW_eq         FLOAT_EQ
#define HOW_ne         FLOAT_NE
#define HOW_lt         FLOAT_LT
#define HOW_gt         FLOAT_GT
#define HOW_le         FLOAT_LE
#define HOW_ge         FLOAT_GE

/* Comparisons and branches on them. Returns the words of the instruction, 0: it is none of these.
 */
static uint32_t compile_compare(compiler *c, uint32_t w) {
    const gvm_wasm_word *p = &c->m->words.at[w];
    switch (p->op) {
#define X(T, name, inverse, swapped)              \
    case OP(T##_##name):                          \
        compare(c, p, T##_WIDE, false);           \
        set_condition(c, p->a, CONDITION_##name); \
        return 1;                                 \
    case IOP(T##_##name##_i):                     \
        compare(c, p, T##_WIDE, true);            \
        set_condition(c, p->a, CONDITION_##name); \
        return 1;                                 \
    case IOP(br_##T##_##name):                    \
        compare(c, p, T##_WIDE, false);           \
        branch_if(c, CONDITION_##name, w + 1);    \
        emit_price(c, w + 1);                     \
        return 2;                                 \
    case IOP(br_##T##_##name##_i):                \
        compare(c, p, T##_WIDE, true);            \
        branch_if(c, CONDITION_##name, w + 1);    \
        emit_price(c, w + 1);                     \
        return 2;
#define i32_WIDE false
#define i64_WIDE true
#define f32_WIDE false
#define f64_WIDE true
        GVM_WASM_INT_CMP(X, i32)
        GVM_WASM_INT_CMP(X, i64)
#undef X
#define X(T, name)                                                                                \
    case OP(T##_##name): compile_float_compare(c, p, T##_WIDE, HOW_##name); return 1;             \
    case IOP(br_##T##_##name): compile_float_branch(c, w, T##_WIDE, HOW_##name, false); return 2; \
    case IOP(br_not_##T##_##name): compile_float_branch(c, w, T##_WIDE, HOW_##name, true); return 2;
        GVM_WASM_FLOAT_CMP(X, f32)
        GVM_WASM_FLOAT_CMP(X, f64)
#undef X
    default: return 0;
    }
}

/* Arithmetic, memory and moves. */
static uint32_t compile_value(compiler *c, uint32_t w) {
    const gvm_wasm_word *p = &c->m->words.at[w];
    unsigned d;
    switch (p->op) {
#define ALU(T, name, op, group)                                     \
    case OP(T##_##name): compile_alu(c, p, T##_WIDE, op); return 1; \
    case IOP(T##_##name##_i):                                       \
        compile_alu_imm(c, p, T##_WIDE, group, (int16_t)p->c);      \
        return 1;
#define ALU_LONG(T, name, group)                          \
    case IOP(T##_##name##_l):                             \
        compile_alu_imm(c, p, T##_WIDE, group, p[1].i64); \
        return 2;
#define SHIFT(T, name, group)                                            \
    case OP(T##_##name): compile_shift(c, p, T##_WIDE, group); return 1; \
    case IOP(T##_##name##_i):                                            \
        compile_shift_imm(c, p, T##_WIDE, group);                        \
        return 1;
#define INTEGERS(T)                                                                \
    ALU(T, add, 0x03, 0)                                                           \
    ALU(T, or, 0x0b, 1)                                                            \
    ALU(T, and, 0x23, 4)                                                           \
    ALU(T, sub, 0x2b, 5)                                                           \
    ALU(T, xor, 0x33, 6)                                                           \
    ALU_LONG(T, add, 0)                                                            \
    ALU_LONG(T, or, 1)                                                             \
    ALU_LONG(T, and, 4)                                                            \
    ALU_LONG(T, xor, 6)                                                            \
    SHIFT(T, rotl, 0)                                                              \
    SHIFT(T, rotr, 1)                                                              \
    SHIFT(T, shl, 4)                                                               \
    SHIFT(T, shr_u, 5)                                                             \
    SHIFT(T, shr_s, 7)                                                             \
    case OP(T##_mul): compile_alu(c, p, T##_WIDE, 0x0faf); return 1;               \
    case IOP(T##_mul_i): compile_mul_imm(c, p, T##_WIDE, (int16_t)p->c); return 1; \
    case IOP(T##_mul_l): compile_mul_imm(c, p, T##_WIDE, p[1].i64); return 2;      \
    case OP(T##_div_u): compile_divide(c, w, T##_WIDE, RAX); return 1;             \
    case OP(T##_rem_u): compile_divide(c, w, T##_WIDE, RDX); return 1;             \
    case OP(T##_eqz): {                                                            \
        unsigned x = get(c, p->b);                                                 \
        gvm_x64_reg(&c->b, T##_WIDE, 0x85, x, x);                                  \
        set_condition(c, p->a, GVM_X64_E);                                         \
        return 1;                                                                  \
    }
        INTEGERS(i32)
        INTEGERS(i64)
    case OP(i32_wrap_i64): compile_unary(c, p, false, 0x8b); return 1;
    case OP(i64_extend_i32_s):
    case OP(i64_extend32_s): compile_unary(c, p, true, 0x63); return 1;
    case OP(i32_extend8_s): compile_unary(c, p, false, 0x0fbe | GVM_X64_BYTE); return 1;
    case OP(i64_extend8_s): compile_unary(c, p, true, 0x0fbe | GVM_X64_BYTE); return 1;
    case OP(i32_extend16_s): compile_unary(c, p, false, 0x0fbf); return 1;
    case OP(i64_extend16_s): compile_unary(c, p, true, 0x0fbf); return 1;
    case OP(f32_abs): compile_bit(c, p, false, 6); return 1;
    case OP(f64_abs): compile_bit(c, p, true, 6); return 1;
    case OP(f32_neg): compile_bit(c, p, false, 7); return 1;
    case OP(f64_neg): compile_bit(c, p, true, 7); return 1;
#define FLOATS(T, round)                                                                  \
    case OP(T##_add): compile_float(c, p, T##_WIDE, 0x0f58); return 1;                    \
    case OP(T##_mul): compile_float(c, p, T##_WIDE, 0x0f59); return 1;                    \
    case OP(T##_sub): compile_float(c, p, T##_WIDE, 0x0f5c); return 1;                    \
    case OP(T##_div): compile_float(c, p, T##_WIDE, 0x0f5e); return 1;                    \
    case OP(T##_sqrt): compile_float_unary(c, p, T##_WIDE, scalar(T##_WIDE, 0x0f51), -1); \
        return 1;                                                                         \
    case OP(T##_nearest): compile_float_unary(c, p, T##_WIDE, round, 8); return 1;        \
    case OP(T##_floor): compile_float_unary(c, p, T##_WIDE, round, 9); return 1;          \
    case OP(T##_ceil): compile_float_unary(c, p, T##_WIDE, round, 10); return 1;          \
    case OP(T##_trunc): compile_float_unary(c, p, T##_WIDE, round, 11); return 1;         \
    case OP(T##_convert_i32_s): compile_from_int(c, p, T##_WIDE, false); return 1;        \
    case OP(T##_convert_i32_u):                                                           \
    case OP(T##_convert_i64_s):                                                           \
        compile_from_int(c, p, T##_WIDE, true);                                           \
        return 1;
#define ROUND(op) (GVM_X64_PREFIX(0x66) | GVM_X64_3A | 0x0f00 | (op))
        FLOATS(f32, ROUND(0x0a))
        FLOATS(f64, ROUND(0x0b))
    case OP(f32_demote_f64): compile_float_unary(c, p, false, scalar(true, 0x0f5a), -1); return 1;
    case OP(f64_promote_f32): compile_float_unary(c, p, true, scalar(false, 0x0f5a), -1); return 1;
    case OP(i32_load):
    case OP(f32_load):
    case OP(i64_load32_u): compile_load(c, w, 4, false, 0x8b); return 1;
    case OP(i64_load):
    case OP(f64_load): compile_load(c, w, 8, true, 0x8b); return 1;
    case OP(i32_load8_u):
    case OP(i64_load8_u): compile_load(c, w, 1, false, 0x0fb6); return 1;
    case OP(i32_load16_u):
    case OP(i64_load16_u): compile_load(c, w, 2, false, 0x0fb7); return 1;
    case OP(i32_load8_s): compile_load(c, w, 1, false, 0x0fbe); return 1;
    case OP(i32_load16_s): compile_load(c, w, 2, false, 0x0fbf); return 1;
    case OP(i64_load8_s): compile_load(c, w, 1, true, 0x0fbe); return 1;
    case OP(i64_load16_s): compile_load(c, w, 2, true, 0x0fbf); return 1;
    case OP(i64_load32_s): compile_load(c, w, 4, true, 0x63); return 1;
    case OP(i32_store):
    case OP(f32_store):
    case OP(i64_store32): compile_store(c, w, 4, false, 0x89); return 1;
    case OP(i64_store):
    case OP(f64_store): compile_store(c, w, 8, true, 0x89); return 1;
    case OP(i32_store8):
    case OP(i64_store8): compile_store(c, w, 1, false, 0x88 | GVM_X64_BYTE); return 1;
    case OP(i32_store16):
    case OP(i64_store16): compile_store(c, w, 2, false, GVM_X64_PREFIX(0x66) | 0x89); return 1;
    case IOP(copy): compile_unary(c, p, true, 0x8b); return 1;
    case IOP(copy2):
        move_wide(c, FP, at(p->a), FP, at(p->b));
        forget_slot(c, p->a);
        forget_slot(c, p->a + 1u);
        return 1;
    case OP(i32_const):
        d = take(c);
        gvm_x64_mov_imm(&c->b, d, p->index);
        set(c, p->a, d);
        return 1;
    case OP(i64_const):
        d = take(c);
        gvm_x64_mov_imm(&c->b, d, p[1].u64);
        set(c, p->a, d);
        return 2;
    case OP(v128_const):
        for (unsigned i = 0; i < 2; i++) {
            d = take(c);
            gvm_x64_mov_imm(&c->b, d, p[1 + i].u64);
            set(c, p->a + i, d);
        }
        return 3;
    case IOP(address):
        compile_alu_imm(c, p, true, 0, 0);
        gvm_x64_mov_imm(&c->b, RAX, p[1].u64);
        gvm_x64_reg(&c->b, true, 0x03, d = get(c, p->a), RAX);
        set(c, p->a, d);
        return 2;
    case OP(select): compile_select(c, p); return 2;
    case OP(global_get): compile_global(c, p, false, false); return 1;
    case IOP(global_get2): compile_global(c, p, true, false); return 1;
    case OP(global_set): compile_global(c, p, false, true); return 1;
    case IOP(global_set2): compile_global(c, p, true, true); return 1;
    case OP(memory_size):
        d = take(c);
        gvm_x64_reg(&c->b, true, 0x8b, d, BYTES);
        gvm_x64_reg(&c->b, true, 0xc1, 5, d);
        gvm_buf_put(&c->b, 16);
        set(c, p->a, d);
        return 1;
    default: return 0;
    }
}

static uint32_t compile_control(compiler *c, uint32_t w) {
    gvm_buf *b = &c->b;
    const gvm_wasm_word *p = &c->m->words.at[w];
    unsigned x;
    switch (p->op) {
    case IOP(charge): emit_price(c, w); return 1;
    case OP(unreachable):
        add_stub(c, STUB_TRAP, gvm_x64_jmp(b), w, GVM_WASM_TRAP_UNREACHABLE);
        return 1;
    case OP(br): branch_to(c, gvm_x64_jmp(b), target_of(c->m, w + 1), NOTHING); return 2;
    case OP(if):
    case OP(br_if):
        x = get(c, p->b);
        gvm_x64_reg(b, false, 0x85, x, x);
        branch_if(c, p->op == OP(if) ? GVM_X64_E : GVM_X64_NE, w + 1);
        emit_price(c, w + 1);
        return 2;
    case IOP(br_move):
        move_slots(c, p->c, p->b, p->a);
        branch_to(c, gvm_x64_jmp(b), target_of(c->m, w + 1), NOTHING);
        return 2;
    case IOP(br_if_move): {
        x = get(c, p->b);
        gvm_x64_reg(b, false, 0x85, x, x);
        uint32_t over = gvm_x64_jcc(b, GVM_X64_E);
        move_slots(c, p[1].b, p[1].a, p[1].c);
        branch_to(c, gvm_x64_jmp(b), target_of(c->m, w + 2), NOTHING);
        gvm_x64_link(b, over, (uint32_t)b->len);
        emit_price(c, w + 2);
        return 3;
    }
    case OP(br_table): compile_br_table(c, w, false); return 2 + p[1].x;
    case IOP(br_table_move): compile_br_table(c, w, true); return 2 + p[1].x;
    case OP(return ): compile_return(c); return 1;
    case IOP(return1):
        gvm_x64_mem(b, true, 0x89, get(c, p->a), FP, 0);
        compile_return(c);
        return 1;
    case IOP(return_many):
        move_slots(c, 0, p->a, p->b);
        compile_return(c);
        return 1;
    case OP(call): compile_call(c, w); return 2;
    case IOP(call_import): compile_call_import(c, w); return 2;
    case OP(call_indirect): compile_call_indirect(c, w); return 2;
    default: return 0;
    }
}

static uint32_t compile_word(compiler *c, uint32_t w) {
    const gvm_wasm_word *p = &c->m->words.at[w];
    c->pinned = c->xpinned = 0;
    uint32_t words = compile_control(c, w);
    if (words == 0) words = compile_compare(c, w);
    if (words == 0) words = compile_value(c, w);
    if (words != 0) return words;
    switch (p->op) {
    case IOP(simd): compile_simd(c, w, false); return p[1].op == OP(i8x16_shuffle) ? 4 : 2;
    case IOP(simd_memory): compile_simd(c, w, true); return 2;
    case IOP(select2): compile_plain(c, w); return 2;
    case OP(table_get):
    case OP(table_set):
    case OP(table_size):
    case OP(ref_func):
    case OP(memory_grow): compile_outside(c, w); return 1;
    case OP(memory_init):
    case OP(data_drop):
    case OP(memory_copy):
    case OP(memory_fill):
    case OP(table_init):
    case OP(elem_drop):
    case OP(table_copy):
    case OP(table_fill):
    case OP(table_grow): compile_outside(c, w); return 2;
    default: compile_plain(c, w); return 1;
    }
}

/* ---- a function, a module */

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

static void find_targets(compiler *c, uint32_t first, uint32_t end) {
    const gvm_wasm_module *m = c->m;
    for (uint32_t w = first; w < end;) {
        const gvm_wasm_word *p = &m->words.at[w];
        uint32_t tail, words = count_words(p, &tail);
        if (tail != 0) c->targets[target_of(m, w + tail) - 1] = 1;
        if (p->op == OP(br_table) || p->op == IOP(br_table_move))
            for (uint32_t i = 0; i < p[1].x; i++) c->targets[target_of(m, w + 2 + i) - 1] = 1;
        w += words;
    }
}

static void compile_function(compiler *c, uint32_t index) {
    gvm_wasm_module *m = c->m;
    gvm_buf *b = &c->b;
    c->code = &m->codes.at[index];
    uint32_t end = index + 1 < m->codes.len ? m->codes.at[index + 1].first : m->words.len;
    find_targets(c, c->code->first, end);
    c->entries[index] = (uint32_t)b->len;
    forget_all(c);
    gvm_x64_alu_imm(b, true, 5, RSP, 8);
    gvm_x64_mem(b, false, 0x8b, RAX, EXEC, E(stack_used));
    gvm_x64_alu_imm(b, false, 0, RAX, (int32_t)c->code->stack_cost);
    gvm_x64_mem(b, false, 0x3b, RAX, EXEC, E(stack_limit));
    gvm_x64_link(b, gvm_x64_jcc(b, GVM_X64_A), c->traps[GVM_WASM_TRAP_STACK]);
    gvm_x64_mem(b, false, 0x89, RAX, EXEC, E(stack_used));
    if (c->code->zero_slots != 0) {
        gvm_x64_reg(b, false, 0x31, RAX, RAX);
        if (c->code->zero_slots <= 8) {
            for (uint32_t i = 0; i < c->code->zero_slots; i++)
                gvm_x64_mem(b, true, 0x89, RAX, FP, at(c->code->param_slots + i));
        } else {
            gvm_x64_mem(b, true, 0x8d, RDI, FP, at(c->code->param_slots));
            gvm_x64_mov_imm(b, RCX, c->code->zero_slots);
            gvm_buf_append(b, "\xf3\x48\xab", 3); /* rep stosq */
        }
    }
    for (uint32_t w = c->code->first; w < end && !b->failed && !c->nomem;) w += compile_word(c, w);
    emit_stubs(c);
    for (uint32_t i = 0; i < c->branches.len && !c->nomem && !b->failed; i++) {
        const fixup *f = &c->branches.at[i];
        if (f->base == NOTHING) {
            gvm_x64_link(b, f->at, c->native[f->to]);
        } else {
            uint32_t d = c->native[f->to] - f->base;
            memcpy(b->ptr + f->at, &d, 4);
        }
    }
    c->branches.len = 0;
}

static gvm_status publish(compiler *c, uint32_t done) {
    gvm_wasm_module *m = c->m;
    for (uint32_t i = 0; i < c->calls.len; i++)
        gvm_x64_link(&c->b, c->calls.at[i].at, c->entries[c->calls.at[i].to]);
    if (c->nomem || c->b.failed || c->b.len > INT32_MAX) return GVM_ERR_NOMEM;
    m->native = gvm_jit_publish(gvm_buf_bytes(&c->b));
    if (m->native == NULL) return GVM_ERR_UNSUPPORTED;
    m->native_len = c->b.len;
    m->native_enter = m->native;
    m->native_done = (const uint8_t *)m->native + done;
    for (uint32_t i = 0; i < m->codes.len; i++)
        m->codes.at[i].native = (const uint8_t *)m->native + c->entries[i];
    return GVM_OK;
}

gvm_status gvm_wasm_module_compile(gvm_wasm_module *m) {
    if (m->native != NULL) return GVM_OK;
    if (!__builtin_cpu_supports("sse4.1")) return GVM_ERR_UNSUPPORTED;
    compiler c = {.m = m};
    c.native = malloc((m->words.len + 1u) * sizeof *c.native);
    c.targets = calloc(m->words.len + 1u, 1);
    c.entries = calloc(m->codes.len + 1u, sizeof *c.entries);
    gvm_status status = GVM_ERR_NOMEM;
    if (c.native != NULL && c.targets != NULL && c.entries != NULL) {
        emit_shared(&c);
        uint32_t done = (uint32_t)c.b.len;
        leave(&c, GVM_WASM_EXIT_DONE);
        for (uint32_t i = 0; i < m->codes.len; i++) compile_function(&c, i);
        status = publish(&c, done);
    }
    free(c.native);
    free(c.targets);
    free(c.entries);
    free(c.branches.at);
    free(c.calls.at);
    free(c.stubs.at);
    gvm_buf_free(&c.b);
    return status;
}

#else

gvm_status gvm_wasm_module_compile(gvm_wasm_module *m) {
    (void)m;
    return GVM_ERR_UNSUPPORTED;
}

#endif
