/* The compiler for x86-64: from the interpreter's words to machine code, one instruction after the
 * other, in time and memory linear in them. It takes over the frame as it is, so every value has
 * its slot in memory at every point where somebody else may look, and the interpreter stays the
 * measure of what an instruction does.
 *
 * Registers:  rbx frame · r12 exec · r13 fuel · r14 memory · r15 its bytes · rbp instance
 *             rax, rcx, rdx for the instruction · the rest remember slots
 *
 * A result stays in a register, which remembers its slot and is newer than it. The slot is written
 * when the register is needed for another, and where somebody else may look: before branches and at
 * labels, before calls, before C. An operand of the stack is read once; then its register is free,
 * and what was never written need not be. A refill keeps all registers.
 *
 * Compiled code runs on a stack of the exec's own. Whatever needs C beyond a leaf function (host
 * calls, refills, bulk instructions, traps) leaves: `exit` stores the registers that matter,
 * switches to the driver's stack and returns to it with a reason; the driver comes back by `enter`.
 * So host functions run on their caller's stack, and a run that is suspended simply stays where it
 * is. A call takes 16 bytes of the native stack, 48 where it crosses instances, and at least 32 of
 * the account: the account always ends first. */
#include "vm/wasm/compile_x64.h"
#include "vm/wasm/number.h"

#if defined(__x86_64__)

/* For bench/wasm_bench alone: what metering costs. */
#ifdef GVM_WASM_UNMETERED
#define UNMETERED true
#else
#define UNMETERED false
#endif

/* ---- what all functions share */

/* r14 and r15 from the instance in rbp. */
static void load_memory(gvm_buf *b) {
    gvm_x64_reg(b, false, 0x31, MEM, MEM);
    gvm_x64_reg(b, false, 0x31, BYTES, BYTES);
    gvm_x64_mem(b, true, 0x8b, RCX, INST, I(memory));
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
    int32_t native = (int32_t)offsetof(gvm_wasm_func, native);
    c->call_func = (uint32_t)b->len;
    gvm_x64_mem(b, true, 0x8b, RDX, RAX, native);
    gvm_x64_reg(b, true, 0x85, RDX, RDX); /* a host's, or not compiled: the driver sees which */
    uint32_t host = gvm_x64_jcc(b, GVM_X64_E);
    gvm_x64_mem(b, true, 0x3b, INST, RAX, (int32_t)offsetof(gvm_wasm_func, instance));
    uint32_t cross = gvm_x64_jcc(b, GVM_X64_NE);
    gvm_x64_reg(b, false, 0xff, 4, RDX);
    gvm_x64_link(b, cross, (uint32_t)b->len);
    gvm_x64_mem(b, true, 0x8b, RSI, RAX, (int32_t)offsetof(gvm_wasm_func, code));
    gvm_x64_mem(b, false, 0x8b, RSI, RSI, (int32_t)offsetof(gvm_wasm_code, stack_cost));
    gvm_x64_mem(b, false, 0x03, RSI, EXEC, E(stack_used));
    gvm_x64_mem(b, false, 0x3b, RSI, EXEC, E(stack_limit));
    uint32_t full = gvm_x64_jcc(b, GVM_X64_A);
    push_reg(b, INST);
    push_reg(b, INST);
    push_reg(b, INST); /* keeps the stack's alignment at 16 */
    gvm_x64_mem(b, true, 0x8b, INST, RAX, (int32_t)offsetof(gvm_wasm_func, instance));
    load_memory(b);
    gvm_x64_reg(b, false, 0xff, 2, RDX);
    pop_reg(b, INST);
    pop_reg(b, INST);
    pop_reg(b, INST);
    load_memory(b);
    ret(b);
    gvm_x64_link(b, host, (uint32_t)b->len);
    gvm_x64_mem(b, false, 0x89, RCX, EXEC, E(native_word));
    gvm_x64_mem(b, true, 0x89, RAX, EXEC, E(native_func));
    leave(c, GVM_WASM_EXIT_HOST);
    ret(b);
    gvm_x64_link(b, full, (uint32_t)b->len);
    gvm_x64_mov_imm(b, RAX, GVM_WASM_TRAP_STACK);
    gvm_x64_link(b, gvm_x64_jmp(b), c->trap);
}

bool gvm_wasm_target_runs(void) {
    return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt");
}

void gvm_wasm_target_shared(compiler *c) {
    gvm_buf *b = &c->b;
    c->avx = gvm_wasm_uses_avx();
    c->ints.len = POOL;
    c->floats.len = XPOOL;
    c->enter = (uint32_t)b->len;
    emit_enter(c);
    emit_exit(c);
    c->trap = (uint32_t)b->len;
    gvm_x64_mem(b, false, 0x89, RCX, EXEC, E(native_word));
    gvm_x64_mem(b, false, 0x89, RAX, EXEC, E(native_trap));
    leave(c, GVM_WASM_EXIT_TRAP);
    for (unsigned i = 0; i < GVM_WASM_TRAPS; i++) {
        c->traps[i] = (uint32_t)b->len;
        gvm_x64_mov_imm(b, RAX, i);
        gvm_x64_link(b, gvm_x64_jmp(b), c->trap);
    }
    c->refill = (uint32_t)b->len;
    gvm_x64_mem(b, false, 0x89, RCX, EXEC, E(native_word));
    for (unsigned i = 0; i < POOL; i++) push_reg(b, pool[i]);
    gvm_x64_alu_imm(b, true, 5, RSP, XPOOL * 16);
    for (unsigned i = 0; i < XPOOL; i++)
        gvm_x64_mem(b, false, 0x0f11, i + XFIRST, RSP, (int32_t)i * 16);
    leave(c, GVM_WASM_EXIT_REFILL);
    for (unsigned i = 0; i < XPOOL; i++)
        gvm_x64_mem(b, false, 0x0f10, i + XFIRST, RSP, (int32_t)i * 16);
    gvm_x64_alu_imm(b, true, 0, RSP, XPOOL * 16);
    for (unsigned i = POOL; i-- > 0;) pop_reg(b, pool[i]);
    ret(b);
    emit_call_func(c);
    c->done = (uint32_t)b->len;
    leave(c, GVM_WASM_EXIT_DONE);
}

/* ---- blocks and branches */

/* The price in word `w`: where it is a target, whoever comes knows nothing of registers. */
void gvm_wasm_x64_price(compiler *c, uint32_t w) {
    uint32_t price = c->m->words.at[w].price;
    if (c->targets[w]) {
        flush(c);
        gvm_wasm_forget_all(c);
    }
    c->native[w] = (uint32_t)c->b.len;
    if (price == 0 || UNMETERED) return; /* and a refill keeps all registers */
    gvm_x64_alu_imm(&c->b, true, 5, FUEL, (int32_t)price);
    gvm_wasm_cold_add(c, GVM_WASM_COLD_REFILL, gvm_x64_jcc(&c->b, GVM_X64_S), w, 0);
}

static void move_slots(compiler *c, uint32_t to, uint32_t from, uint32_t count) {
    gvm_buf *b = &c->b;
    flush(c);
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
    gvm_wasm_forget_all(c);
}

static void compile_br_table(compiler *c, uint32_t w, bool move) {
    gvm_buf *b = &c->b;
    const gvm_wasm_word *p = &c->m->words.at[w];
    uint32_t cases = p[1].x;
    gvm_x64_reg(b, false, 0x8b, RAX, get(c, p->a));
    flush(c);
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
        if (!move)
            gvm_wasm_branch_to(c, (uint32_t)b->len, gvm_wasm_target_of(c->m, w + 2 + i), base);
        gvm_x64_u32(b, 0);
    }
    for (uint32_t i = 0; move && i < cases; i++) {
        uint32_t d = (uint32_t)b->len - base;
        if (!b->failed) memcpy(b->ptr + base + 4 * i, &d, 4);
        move_slots(c, p[2 + i].y, p->b, p->c);
        gvm_wasm_branch_to(c, gvm_x64_jmp(b), gvm_wasm_target_of(c->m, w + 2 + i),
                           GVM_WASM_NOTHING);
    }
    gvm_wasm_forget_all(c);
}

static void compile_return(compiler *c) {
    gvm_buf *b = &c->b;
    gvm_x64_mem(b, false, 0x81, 5, EXEC, E(stack_used));
    gvm_x64_u32(b, c->code->stack_cost);
    gvm_x64_alu_imm(b, true, 0, RSP, 8);
    ret(b);
    gvm_wasm_forget_all(c); /* the frame is gone */
}

/* ---- calls */

static void shift_frame(compiler *c, unsigned group, uint32_t slots) {
    if (slots != 0) gvm_x64_alu_imm(&c->b, true, group, FP, at(slots));
}

static void compile_call(compiler *c, uint32_t w) {
    gvm_buf *b = &c->b;
    const gvm_wasm_word *p = &c->m->words.at[w];
    flush(c);
    gvm_x64_mov_imm(b, RCX, w); /* for the callee's account */
    shift_frame(c, 0, p->a);
    gvm_wasm_call_to(c, gvm_x64_call(b), p->index);
    shift_frame(c, 5, p->a);
    gvm_wasm_forget_all(c);
    gvm_wasm_x64_price(c, w + 1);
}

/* Function object in rax. */
static void call_object(compiler *c, uint32_t w) {
    gvm_buf *b = &c->b;
    const gvm_wasm_word *p = &c->m->words.at[w];
    flush(c);
    gvm_x64_mov_imm(b, RCX, w);
    shift_frame(c, 0, p->a);
    gvm_x64_link(b, gvm_x64_call(b), c->call_func);
    shift_frame(c, 5, p->a);
    gvm_wasm_forget_all(c);
    gvm_wasm_x64_price(c, w + 1);
}

static void compile_call_import(compiler *c, uint32_t w) {
    gvm_buf *b = &c->b;
    gvm_x64_mem(b, true, 0x8b, RAX, INST, I(funcs));
    gvm_x64_mem(b, true, 0x8b, RAX, RAX, at(c->m->words.at[w].index));
    call_object(c, w);
}

void gvm_wasm_x64_call_c(compiler *c, int32_t fn) {
    gvm_x64_mem(&c->b, false, 0xff, 2, EXEC, fn);
    gvm_wasm_forget_all(c);
}

static void compile_call_indirect(compiler *c, uint32_t w) {
    gvm_buf *b = &c->b;
    const gvm_wasm_word *p = &c->m->words.at[w];
    gvm_x64_reg(b, false, 0x8b, RAX, get(c, p->b));
    flush(c);
    gvm_x64_mem(b, true, 0x8b, RCX, INST, I(tables));
    gvm_x64_mem(b, true, 0x8b, RCX, RCX, at(p->c));
    gvm_x64_mem(b, false, 0x3b, RAX, RCX, (int32_t)offsetof(gvm_wasm_table, size));
    gvm_x64_reg(b, false, 0x19, RDX, RDX); /* sbb: all ones where the index is below */
    trap_if(c, GVM_X64_AE, w, GVM_WASM_TRAP_UNDEFINED_ELEMENT);
    gvm_x64_reg(b, false, 0x21, RDX, RAX); /* 0 in a wrong guess */
    gvm_x64_mem(b, true, 0x8b, RCX, RCX, (int32_t)offsetof(gvm_wasm_table, at));
    gvm_x64_sib(b, true, 0x8b, RAX, RCX, RAX, 3, 0);
    gvm_x64_reg(b, true, 0x85, RAX, RAX);
    trap_if(c, GVM_X64_E, w, GVM_WASM_TRAP_UNINITIALIZED_ELEMENT);
    gvm_x64_mem(b, true, 0x8b, RDI, RAX, (int32_t)offsetof(gvm_wasm_func, type));
    gvm_x64_mem(b, true, 0x8b, RSI, INST, I(module));
    gvm_x64_mem(b, true, 0x8b, RSI, RSI, (int32_t)offsetof(gvm_wasm_module, types.at));
    if (p[1].x != 0)
        gvm_x64_alu_imm(b, true, 0, RSI, (int32_t)(p[1].x * sizeof(gvm_wasm_functype)));
    gvm_x64_reg(b, true, 0x39, RSI, RDI);
    uint32_t same = gvm_x64_jcc(b, GVM_X64_E);
    push_reg(b, RAX);
    push_reg(b, RAX);
    gvm_wasm_x64_call_c(c, E(leaf_types_equal));
    gvm_x64_reg(b, false, 0x85, RAX, RAX);
    pop_reg(b, RAX);
    pop_reg(b, RAX);
    trap_if(c, GVM_X64_E, w, GVM_WASM_TRAP_INDIRECT_TYPE);
    gvm_x64_link(b, same, (uint32_t)b->len);
    call_object(c, w);
}

/* ---- what stays with C */

/* rsi becomes the address of word `w`. */
static void word_address(compiler *c, uint32_t w) {
    gvm_x64_mem(&c->b, true, 0x8b, RSI, INST, I(module));
    gvm_x64_mem(&c->b, true, 0x8b, RSI, RSI, (int32_t)offsetof(gvm_wasm_module, words.at));
    gvm_x64_alu_imm(&c->b, true, 0, RSI, at(w));
}

/* An instruction that reads and writes slots alone; it may trap. */
static void compile_plain(compiler *c, uint32_t w) {
    flush(c);
    gvm_x64_reg(&c->b, true, 0x89, FP, RDI);
    word_address(c, w);
    gvm_wasm_x64_call_c(c, E(leaf_plain));
    gvm_x64_reg(&c->b, false, 0x85, RAX, RAX);
    gvm_wasm_cold_add(c, GVM_WASM_COLD_TRAP_RESULT, gvm_x64_jcc(&c->b, GVM_X64_NE), w, 0);
}
/* One that the driver does. */
static void compile_outside(compiler *c, uint32_t w) {
    flush(c);
    gvm_x64_mem(&c->b, false, 0xc7, 0, EXEC, E(native_word));
    gvm_x64_u32(&c->b, w);
    leave(c, GVM_WASM_EXIT_WORD);
    gvm_wasm_forget_all(c);
}
/* A bulk instruction: it takes fuel by itself. */
static void compile_bulk(compiler *c, uint32_t w) {
    gvm_buf *b = &c->b;
    flush(c);
    gvm_x64_mem(b, true, 0x89, FUEL, EXEC, E(slice));
    gvm_x64_reg(b, true, 0x89, EXEC, RDI);
    word_address(c, w);
    gvm_x64_reg(b, true, 0x89, RSI, RDX);
    gvm_x64_reg(b, true, 0x89, INST, RSI);
    gvm_x64_reg(b, true, 0x89, FP, RCX);
    gvm_wasm_x64_call_c(c, E(leaf_word));
    gvm_x64_mem(b, true, 0x8b, FUEL, EXEC, E(slice));
    gvm_x64_reg(b, false, 0x85, RAX, RAX);
    gvm_wasm_cold_add(c, GVM_WASM_COLD_TRAP_RESULT, gvm_x64_jcc(b, GVM_X64_NE), w, 0);
}

/* rcx becomes the table's address, rax the masked index in the slot. */
static void table_index(compiler *c, uint32_t w, uint32_t table, uint32_t slot) {
    gvm_buf *b = &c->b;
    gvm_x64_reg(b, false, 0x8b, RAX, get(c, slot));
    gvm_x64_mem(b, true, 0x8b, RCX, INST, I(tables));
    gvm_x64_mem(b, true, 0x8b, RCX, RCX, at(table));
    gvm_x64_mem(b, false, 0x3b, RAX, RCX, (int32_t)offsetof(gvm_wasm_table, size));
    gvm_x64_reg(b, false, 0x19, RDX, RDX);
    trap_if(c, GVM_X64_AE, w, GVM_WASM_TRAP_TABLE_BOUNDS);
    gvm_x64_reg(b, false, 0x21, RDX, RAX);
    gvm_x64_mem(b, true, 0x8b, RCX, RCX, (int32_t)offsetof(gvm_wasm_table, at));
}
static void compile_table(compiler *c, uint32_t w) {
    gvm_buf *b = &c->b;
    const gvm_wasm_word *p = &c->m->words.at[w];
    unsigned d;
    if (p->op == OP(table_set)) {
        table_index(c, w, p->c, p->a);
        gvm_x64_sib(b, true, 0x89, get(c, p->b), RCX, RAX, 3, 0);
        return;
    }
    if (p->op == OP(table_get)) {
        table_index(c, w, p->c, p->b);
        gvm_x64_sib(b, true, 0x8b, d = take(c), RCX, RAX, 3, 0);
    } else {
        gvm_x64_mem(b, true, 0x8b, RCX, INST, I(tables));
        gvm_x64_mem(b, true, 0x8b, RCX, RCX, at(p->b));
        gvm_x64_mem(b, false, 0x8b, d = take(c), RCX, (int32_t)offsetof(gvm_wasm_table, size));
    }
    set(c, p->a, d);
}
static void compile_ref_func(compiler *c, const gvm_wasm_word *p) {
    unsigned d = take(c);
    gvm_x64_mem(&c->b, true, 0x8b, RAX, INST, I(funcs));
    gvm_x64_mem(&c->b, true, 0x8b, d, RAX, at(p->index));
    set(c, p->a, d);
}
static void compile_simd(compiler *c, uint32_t w, bool memory) {
    gvm_buf *b = &c->b;
    const gvm_wasm_word *p = &c->m->words.at[w];
    flush(c);
    if (memory) {
        unsigned x = gvm_wasm_x64_address(c, w, p->b, p[1].c, false);
        gvm_x64_sib(b, true, 0x8d, RDX, MEM, x, 0, p->c);
    }
    gvm_x64_reg(b, true, 0x89, FP, RDI);
    word_address(c, w);
    gvm_x64_mem(b, true, 0x8b, RAX, EXEC, memory ? E(leaf_simd_memory) : E(leaf_simd));
    gvm_x64_mem(b, false, 0xff, 2, RAX, at(p[1].op));
    gvm_wasm_forget_all(c);
}
/* ---- one instruction */

static uint32_t compile_control(compiler *c, uint32_t w) {
    gvm_buf *b = &c->b;
    const gvm_wasm_word *p = &c->m->words.at[w];
    unsigned x;
    switch (p->op) {
    case IOP(charge): gvm_wasm_x64_price(c, w); return 1;
    case OP(unreachable):
        gvm_wasm_cold_add(c, GVM_WASM_COLD_TRAP, gvm_x64_jmp(b), w, GVM_WASM_TRAP_UNREACHABLE);
        gvm_wasm_forget_all(c);
        return 1;
    case OP(br):
        flush(c);
        gvm_wasm_branch_to(c, gvm_x64_jmp(b), gvm_wasm_target_of(c->m, w + 1), GVM_WASM_NOTHING);
        gvm_wasm_forget_all(c);
        return 2;
    case OP(if):
    case OP(br_if):
        x = get(c, p->b);
        gvm_x64_reg(b, false, 0x85, x, x);
        branch_if(c, p->op == OP(if) ? GVM_X64_E : GVM_X64_NE, w + 1);
        gvm_wasm_x64_price(c, w + 1);
        return 2;
    case IOP(br_move):
        move_slots(c, p->c, p->b, p->a);
        gvm_wasm_branch_to(c, gvm_x64_jmp(b), gvm_wasm_target_of(c->m, w + 1), GVM_WASM_NOTHING);
        return 2;
    case IOP(br_if_move): {
        x = get(c, p->b);
        gvm_x64_reg(b, false, 0x85, x, x);
        flush(c);
        uint32_t over = gvm_x64_jcc(b, GVM_X64_E);
        move_slots(c, p[1].b, p[1].a, p[1].c);
        gvm_wasm_branch_to(c, gvm_x64_jmp(b), gvm_wasm_target_of(c->m, w + 2), GVM_WASM_NOTHING);
        gvm_x64_link(b, over, (uint32_t)b->len);
        gvm_wasm_x64_price(c, w + 2);
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

uint32_t gvm_wasm_target_word(compiler *c, uint32_t w) {
    const gvm_wasm_word *p = &c->m->words.at[w];
    /* Copies settle operands that stay, and an address is added up below its value. */
    c->consumes = p->op != IOP(copy) && p->op != IOP(copy2) && p->op != IOP(address);
    uint32_t words = compile_control(c, w);
    if (words == 0) words = gvm_wasm_x64_compare(c, w);
    if (words == 0) words = gvm_wasm_x64_value(c, w);
    if (words != 0) return words;
    switch (p->op) {
    case IOP(simd):
        if (!gvm_wasm_x64_simd(c, w)) compile_simd(c, w, false);
        return p[1].op == OP(i8x16_shuffle) ? 4 : 2;
    case IOP(simd_memory):
        if (!gvm_wasm_x64_simd_memory(c, w)) compile_simd(c, w, true);
        return 2;
    case IOP(select2): gvm_wasm_x64_select_wide(c, p); return 2;
    case OP(table_get):
    case OP(table_set):
    case OP(table_size): compile_table(c, w); return 1;
    case OP(ref_func): compile_ref_func(c, p); return 1;
    case OP(memory_grow): compile_outside(c, w); return 1;
    case OP(table_grow): compile_outside(c, w); return 2;
    case OP(memory_init):
    case OP(data_drop):
    case OP(memory_copy):
    case OP(memory_fill):
    case OP(table_init):
    case OP(elem_drop):
    case OP(table_copy):
    case OP(table_fill): compile_bulk(c, w); return 2;
    default: compile_plain(c, w); return 1;
    }
}

/* ---- a function */

void gvm_wasm_target_begin(compiler *c) {
    gvm_buf *b = &c->b;
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
}

/* The C function says which trap it is. */
static void cold_plain(compiler *c, uint32_t w) {
    gvm_x64_reg(&c->b, true, 0x89, FP, RDI);
    word_address(c, w);
    gvm_x64_mem(&c->b, false, 0xff, 2, EXEC, E(leaf_plain));
    gvm_x64_mov_imm(&c->b, RCX, w);
    gvm_x64_link(&c->b, gvm_x64_jmp(&c->b), c->trap);
}

void gvm_wasm_target_cold(compiler *c, const gvm_wasm_cold *s) {
    gvm_buf *b = &c->b;
    gvm_x64_link(b, s->at, (uint32_t)b->len);
    switch (s->kind) {
    case GVM_WASM_COLD_TRAP:
    case GVM_WASM_COLD_TRAP_RESULT:
        gvm_x64_mov_imm(b, RCX, s->word);
        gvm_x64_link(b, gvm_x64_jmp(b),
                     s->kind == GVM_WASM_COLD_TRAP ? c->traps[s->trap] : c->trap);
        break;
    case GVM_WASM_COLD_REFILL:
        gvm_x64_mov_imm(b, RCX, s->word);
        gvm_x64_link(b, gvm_x64_call(b), c->refill);
        gvm_x64_link(b, gvm_x64_jmp(b), s->back);
        break;
    case GVM_WASM_COLD_NANS32:
    case GVM_WASM_COLD_NANS64:
        gvm_wasm_x64_cold_nans(c, s->trap, s->kind == GVM_WASM_COLD_NANS64);
        gvm_x64_link(b, gvm_x64_jmp(b), s->back);
        break;
    case GVM_WASM_COLD_LEAST: {
        bool wide = c->m->words.at[s->word].op == OP(i64_trunc_f64_s);
        gvm_x64_mov_imm(b, RAX, wide ? 0xc3e0000000000000u : 0xdf000000u); /* -2^63 */
        gvm_x64_reg(b, true, GVM_X64_PREFIX(0x66) | 0x0f6e, 0, RAX);
        gvm_x64_reg(b, false, wide ? GVM_X64_PREFIX(0x66) | 0x0f2e : 0x0f2e, 0, s->trap);
        uint32_t nan = gvm_x64_jcc(b, GVM_X64_P);
        gvm_x64_link(b, gvm_x64_jcc(b, GVM_X64_E), s->back);
        gvm_x64_link(b, nan, (uint32_t)b->len);
        cold_plain(c, s->word);
        break;
    }
    case GVM_WASM_COLD_PLAIN: cold_plain(c, s->word); break;
    default:
        gvm_x64_mov_imm(b, RAX, s->kind == GVM_WASM_COLD_NAN32 ? GVM_WASM_NAN32 : GVM_WASM_NAN64);
        gvm_x64_reg(b, true, GVM_X64_PREFIX(0x66) | 0x0f6e, s->trap, RAX);
        gvm_x64_link(b, gvm_x64_jmp(b), s->back);
    }
}

void gvm_wasm_target_link(compiler *c, uint32_t at, uint32_t to) {
    gvm_x64_link(&c->b, at, to);
}

#endif
