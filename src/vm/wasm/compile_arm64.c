/* The compiler for arm64: calls, branches and what all functions share. It does what compile_x64.c
 * does, whose first page says how values, slots and registers go together.
 *
 * Registers:  x19 frame · x20 exec · x21 fuel · x22 memory · x23 its bytes · x24 instance
 *             x0 to x3, x16, x17, v0 to v7 for the instruction · x4 to x15, v16 to v31 remember
 *             slots · x18, x25 to x29, d8 to d15 are left alone
 *
 * The floating-point mode of guests makes every NaN that an instruction makes the one that is
 * allowed, so floats need no care here.
 *
 * A function's code may be longer than the reach of a conditional branch (1 MiB). It is compiled
 * with such branches, and where one of them does not reach, once more with branches over branches
 * (`far`). Shared code is reached by unconditional ones, which have 128 MiB; a module with more
 * code is not compiled.
 *
 * On the native stack a call takes 16 bytes, 32 where it crosses instances. Where compiled code
 * waits, the stack's top holds where it goes on and its link register. */
#include "vm/wasm/compile_arm64.h"

#if defined(__aarch64__)

/* ---- what all functions share */

static void push(compiler *c, unsigned r, unsigned s) {
    gvm_arm64_pair(&c->b, GVM_ARM64_STP_X, GVM_ARM64_BEFORE, r, s, SP, -16);
}
static void pop(compiler *c, unsigned r, unsigned s) {
    gvm_arm64_pair(&c->b, GVM_ARM64_LDP_X, GVM_ARM64_AFTER, r, s, SP, 16);
}
static void ret(compiler *c) {
    gvm_arm64_jump_reg(&c->b, GVM_ARM64_RET, LR);
}
static void move(compiler *c, unsigned to, unsigned from) {
    gvm_arm64_rr(&c->b, true, GVM_ARM64_MOV, to, from);
}
/* To or from SP, which is ZR for `move`. */
static void move_sp(compiler *c, unsigned to, unsigned from) {
    gvm_arm64_add_imm(&c->b, true, GVM_ARM64_ADD, to, from, 0);
}
static void jump_to(compiler *c, uint32_t op, uint32_t to) {
    link_to(c, gvm_arm64_jump(&c->b, op), to);
}

/* x22 and x23 from the instance in x24. */
static void load_memory(compiler *c) {
    move(c, MEM, ZR);
    move(c, BYTES, ZR);
    load(c, X3, INST, I(memory));
    uint32_t none = gvm_arm64_jump_zero(&c->b, true, GVM_ARM64_CBZ, X3);
    load(c, MEM, X3, (int32_t)offsetof(gvm_wasm_memory, at));
    load(c, BYTES, X3, (int32_t)offsetof(gvm_wasm_memory, bytes));
    link_here(c, none);
}

/* enter(exec): to where compiled code waits; returns the reason for which it left again. */
static void emit_enter(compiler *c) {
    push(c, 29, LR);
    for (unsigned r = 19; r < 25; r += 2) push(c, r, r + 1);
    move(c, EXEC, X0);
    move_sp(c, X1, SP);
    store(c, X1, EXEC, E(host_sp));
    load(c, X1, EXEC, E(native_sp));
    move_sp(c, SP, X1);
    load(c, FP, EXEC, E(fp));
    load(c, FUEL, EXEC, E(slice));
    load(c, INST, EXEC, E(instance));
    load_memory(c);
    pop(c, X1, LR);
    gvm_arm64_jump_reg(&c->b, GVM_ARM64_BR, X1);
}

/* Called with the reason in w0. */
static void emit_exit(compiler *c) {
    c->exit = (uint32_t)c->b.len;
    push(c, LR, LR);
    move_sp(c, X1, SP);
    store(c, X1, EXEC, E(native_sp));
    store(c, FP, EXEC, E(fp));
    store(c, FUEL, EXEC, E(slice));
    store(c, INST, EXEC, E(instance));
    load(c, X1, EXEC, E(host_sp));
    move_sp(c, SP, X1);
    for (unsigned r = 25; r > 19; r -= 2) pop(c, r - 2, r - 1);
    pop(c, 29, LR);
    ret(c);
}

/* Clobbers the link register, which functions have on the stack. */
static void leave(compiler *c, gvm_wasm_exit reason) {
    gvm_arm64_mov_imm(&c->b, X0, reason);
    jump_to(c, GVM_ARM64_BL, c->exit);
}

/* Calls the function object in x0 from the word in x17. The callee takes its cost; but where it is
 * another instance's, what stops it must be known here, while the caller's instance is at hand. */
static void emit_call_func(compiler *c) {
    gvm_buf *b = &c->b;
    c->call_func = (uint32_t)b->len;
    load(c, X2, X0, (int32_t)offsetof(gvm_wasm_func, native));
    /* a host's, or not compiled: the driver sees which */
    uint32_t host = gvm_arm64_jump_zero(b, true, GVM_ARM64_CBZ, X2);
    load(c, X3, X0, (int32_t)offsetof(gvm_wasm_func, instance));
    gvm_arm64_rrr(b, true, GVM_ARM64_SUBS, ZR, X3, INST);
    uint32_t cross = gvm_arm64_jump_if(b, GVM_ARM64_NE);
    gvm_arm64_jump_reg(b, GVM_ARM64_BR, X2);
    link_here(c, cross);
    load(c, X1, X0, (int32_t)offsetof(gvm_wasm_func, code));
    load_w(c, X1, X1, (int32_t)offsetof(gvm_wasm_code, stack_cost));
    load_w(c, X0, EXEC, E(stack_used));
    gvm_arm64_rrr(b, false, GVM_ARM64_ADD, X1, X1, X0);
    load_w(c, X0, EXEC, E(stack_limit));
    gvm_arm64_rrr(b, false, GVM_ARM64_SUBS, ZR, X1, X0);
    uint32_t full = gvm_arm64_jump_if(b, GVM_ARM64_HI);
    push(c, LR, INST);
    move(c, INST, X3);
    load_memory(c);
    gvm_arm64_jump_reg(b, GVM_ARM64_BLR, X2);
    pop(c, LR, INST);
    load_memory(c);
    ret(c);
    link_here(c, host);
    store_w(c, WORD, EXEC, E(native_word));
    store(c, X0, EXEC, E(native_func));
    push(c, LR, ZR);
    leave(c, GVM_WASM_EXIT_HOST);
    pop(c, LR, ZR);
    ret(c);
    link_here(c, full);
    jump_to(c, GVM_ARM64_B, c->traps[GVM_WASM_TRAP_STACK]);
}

bool gvm_wasm_target_runs(void) {
    return true;
}

void gvm_wasm_target_shared(compiler *c) {
    gvm_buf *b = &c->b;
    c->ints.len = POOL;
    c->floats.len = VPOOL;
    c->enter = (uint32_t)b->len;
    emit_enter(c);
    emit_exit(c);
    c->trap = (uint32_t)b->len;
    store_w(c, WORD, EXEC, E(native_word));
    store_w(c, X0, EXEC, E(native_trap));
    leave(c, GVM_WASM_EXIT_TRAP);
    for (unsigned i = 0; i < GVM_WASM_TRAPS; i++) {
        c->traps[i] = (uint32_t)b->len;
        gvm_arm64_mov_imm(b, X0, i);
        jump_to(c, GVM_ARM64_B, c->trap);
    }
    c->refill = (uint32_t)b->len;
    push(c, LR, ZR);
    store_w(c, WORD, EXEC, E(native_word));
    for (unsigned i = 0; i < POOL; i += 2) push(c, FIRST + i, FIRST + i + 1);
    for (unsigned i = 0; i < VPOOL; i += 2)
        gvm_arm64_pair(b, GVM_ARM64_STP_Q, GVM_ARM64_BEFORE, VFIRST + i, VFIRST + i + 1, SP, -32);
    leave(c, GVM_WASM_EXIT_REFILL);
    for (unsigned i = VPOOL; i > 0; i -= 2)
        gvm_arm64_pair(b, GVM_ARM64_LDP_Q, GVM_ARM64_AFTER, VFIRST + i - 2, VFIRST + i - 1, SP, 32);
    for (unsigned i = POOL; i > 0; i -= 2) pop(c, FIRST + i - 2, FIRST + i - 1);
    pop(c, LR, ZR);
    ret(c);
    emit_call_func(c);
    c->done = (uint32_t)b->len;
    leave(c, GVM_WASM_EXIT_DONE);
}

/* ---- blocks and branches */

void gvm_wasm_arm64_price(compiler *c, uint32_t w) {
    uint32_t price = c->m->words.at[w].price;
    if (c->targets[w]) gvm_wasm_forget_all(c);
    c->native[w] = (uint32_t)c->b.len;
    if (price == 0) return;
    gvm_arm64_add_imm(&c->b, true, GVM_ARM64_SUBS, FUEL, FUEL, price);
    gvm_wasm_cold_add(c, GVM_WASM_COLD_REFILL, jump_if(c, GVM_ARM64_MI), w, 0);
}

/* d = the slot's address */
static void slot_address(compiler *c, unsigned d, uint32_t slot) {
    gvm_arm64_add_imm(&c->b, true, GVM_ARM64_ADD, d, FP, at(slot));
}

static void move_slots(compiler *c, uint32_t to, uint32_t from, uint32_t count) {
    gvm_buf *b = &c->b;
    if (count <= 4) {
        for (uint32_t i = 0; i < count; i++) {
            load(c, X0, FP, at(from + i));
            store(c, X0, FP, at(to + i));
        }
    } else { /* upward: as the interpreter copies */
        slot_address(c, X0, from);
        slot_address(c, X1, to);
        move(c, X2, ZR);
        gvm_arm64_mov_imm(b, X3, count);
        uint32_t again = (uint32_t)b->len;
        gvm_arm64_index(b, GVM_ARM64_LDR_X, WORD, X0, X2, true);
        gvm_arm64_index(b, GVM_ARM64_STR_X, WORD, X1, X2, true);
        gvm_arm64_add_imm(b, true, GVM_ARM64_ADD, X2, X2, 1);
        gvm_arm64_rrr(b, true, GVM_ARM64_SUBS, ZR, X2, X3);
        link_to(c, gvm_arm64_jump_if(b, GVM_ARM64_LO), again);
    }
    gvm_wasm_forget_all(c);
}

static void compile_br_table(compiler *c, uint32_t w, bool moves) {
    gvm_buf *b = &c->b;
    const gvm_wasm_word *p = &c->m->words.at[w];
    uint32_t cases = p[1].x;
    unsigned x = get(c, p->a);
    gvm_arm64_mov_imm(b, X1, cases - 1);
    gvm_arm64_rrr(b, false, GVM_ARM64_SUBS, ZR, x, X1);
    gvm_arm64_select(b, false, GVM_ARM64_CSEL, X0, x, X1, GVM_ARM64_LO);
    uint32_t table = gvm_arm64_adr(b, X1);
    gvm_arm64_index(b, GVM_ARM64_LDRSW, X0, X1, X0, true);
    gvm_arm64_rrr(b, true, GVM_ARM64_ADD, X0, X0, X1);
    gvm_arm64_jump_reg(b, GVM_ARM64_BR, X0);
    link_here(c, table);
    uint32_t base = (uint32_t)b->len;
    for (uint32_t i = 0; i < cases; i++) {
        if (!moves)
            gvm_wasm_branch_to(c, (uint32_t)b->len, gvm_wasm_target_of(c->m, w + 2 + i), base);
        gvm_arm64_word(b, 0);
    }
    for (uint32_t i = 0; moves && i < cases; i++) {
        uint32_t d = (uint32_t)b->len - base;
        if (!b->failed) memcpy(b->ptr + base + 4 * i, &d, 4);
        move_slots(c, p[2 + i].y, p->b, p->c);
        branch_at(c, gvm_arm64_jump(b, GVM_ARM64_B), w + 2 + i);
    }
}

static void compile_return(compiler *c) {
    load_w(c, X0, EXEC, E(stack_used));
    gvm_arm64_add_imm(&c->b, false, GVM_ARM64_SUB, X0, X0, (int32_t)c->code->stack_cost);
    store_w(c, X0, EXEC, E(stack_used));
    pop(c, LR, ZR);
    ret(c);
}

/* ---- calls */

static void shift_frame(compiler *c, uint32_t op, uint32_t slots) {
    if (slots != 0) gvm_arm64_add_imm(&c->b, true, op, FP, FP, at(slots));
}

static void compile_call(compiler *c, uint32_t w) {
    const gvm_wasm_word *p = &c->m->words.at[w];
    gvm_arm64_mov_imm(&c->b, WORD, w); /* for the callee's account */
    shift_frame(c, GVM_ARM64_ADD, p->a);
    gvm_wasm_call_to(c, gvm_arm64_jump(&c->b, GVM_ARM64_BL), p->index);
    shift_frame(c, GVM_ARM64_SUB, p->a);
    gvm_wasm_forget_all(c);
    gvm_wasm_arm64_price(c, w + 1);
}

/* Function object in x0. */
static void call_object(compiler *c, uint32_t w) {
    const gvm_wasm_word *p = &c->m->words.at[w];
    gvm_arm64_mov_imm(&c->b, WORD, w);
    shift_frame(c, GVM_ARM64_ADD, p->a);
    jump_to(c, GVM_ARM64_BL, c->call_func);
    shift_frame(c, GVM_ARM64_SUB, p->a);
    gvm_wasm_forget_all(c);
    gvm_wasm_arm64_price(c, w + 1);
}

static void compile_call_import(compiler *c, uint32_t w) {
    load(c, X0, INST, I(funcs));
    load(c, X0, X0, at(c->m->words.at[w].index));
    call_object(c, w);
}

/* A leaf in C by the pointer to it in `fn`: its arguments are in place. Clobbers all that is
 * remembered. */
static void call_c(compiler *c, unsigned fn) {
    gvm_arm64_jump_reg(&c->b, GVM_ARM64_BLR, fn);
    gvm_wasm_forget_all(c);
}

static void compile_call_indirect(compiler *c, uint32_t w) {
    gvm_buf *b = &c->b;
    const gvm_wasm_word *p = &c->m->words.at[w];
    unsigned x = get(c, p->b);
    load(c, X1, INST, I(tables));
    load(c, X1, X1, at(p->c));
    load_w(c, X2, X1, (int32_t)offsetof(gvm_wasm_table, size));
    gvm_arm64_rrr(b, false, GVM_ARM64_SUBS, ZR, x, X2);
    gvm_arm64_select(b, false, GVM_ARM64_CSEL, X0, x, ZR, GVM_ARM64_LO); /* 0 in a wrong guess */
    trap_if(c, GVM_ARM64_HS, w, GVM_WASM_TRAP_UNDEFINED_ELEMENT);
    load(c, X1, X1, (int32_t)offsetof(gvm_wasm_table, at));
    gvm_arm64_index(b, GVM_ARM64_LDR_X, X2, X1, X0, true);
    trap_at(c, jump_zero(c, true, GVM_ARM64_CBZ, X2), w, GVM_WASM_TRAP_UNINITIALIZED_ELEMENT);
    load(c, X0, X2, (int32_t)offsetof(gvm_wasm_func, type));
    load(c, X1, INST, I(module));
    load(c, X1, X1, (int32_t)offsetof(gvm_wasm_module, types.at));
    gvm_arm64_add_imm(b, true, GVM_ARM64_ADD, X1, X1,
                      (int64_t)(p[1].x * sizeof(gvm_wasm_functype)));
    gvm_arm64_rrr(b, true, GVM_ARM64_SUBS, ZR, X0, X1);
    uint32_t same = gvm_arm64_jump_if(b, GVM_ARM64_EQ);
    push(c, X2, ZR);
    load(c, X3, EXEC, E(leaf_types_equal));
    call_c(c, X3);
    pop(c, X2, ZR);
    trap_at(c, jump_zero(c, false, GVM_ARM64_CBZ, X0), w, GVM_WASM_TRAP_INDIRECT_TYPE);
    link_here(c, same);
    move(c, X0, X2);
    call_object(c, w);
}

/* ---- what stays with C */

/* x1 becomes the address of word `w`. */
static void word_address(compiler *c, uint32_t w) {
    load(c, X1, INST, I(module));
    load(c, X1, X1, (int32_t)offsetof(gvm_wasm_module, words.at));
    gvm_arm64_add_imm(&c->b, true, GVM_ARM64_ADD, X1, X1, at(w));
}

/* An instruction that reads and writes slots alone; it may trap. */
static void compile_plain(compiler *c, uint32_t w) {
    move(c, X0, FP);
    word_address(c, w);
    load(c, X3, EXEC, E(leaf_plain));
    call_c(c, X3);
    gvm_wasm_cold_add(c, GVM_WASM_COLD_TRAP_RESULT, jump_zero(c, false, GVM_ARM64_CBNZ, X0), w, 0);
}

/* One that the driver does. */
static void compile_outside(compiler *c, uint32_t w) {
    gvm_arm64_mov_imm(&c->b, WORD, w);
    store_w(c, WORD, EXEC, E(native_word));
    leave(c, GVM_WASM_EXIT_WORD);
    gvm_wasm_forget_all(c);
}

/* ---- one instruction */

static uint32_t compile_control(compiler *c, uint32_t w) {
    gvm_buf *b = &c->b;
    const gvm_wasm_word *p = &c->m->words.at[w];
    switch (p->op) {
    case IOP(charge): gvm_wasm_arm64_price(c, w); return 1;
    case OP(unreachable):
        trap_at(c, gvm_arm64_jump(b, GVM_ARM64_B), w, GVM_WASM_TRAP_UNREACHABLE);
        return 1;
    case OP(br): branch_at(c, gvm_arm64_jump(b, GVM_ARM64_B), w + 1); return 2;
    case OP(if):
    case OP(br_if):
        branch_at(
            c, jump_zero(c, false, p->op == OP(if) ? GVM_ARM64_CBZ : GVM_ARM64_CBNZ, get(c, p->b)),
            w + 1);
        gvm_wasm_arm64_price(c, w + 1);
        return 2;
    case IOP(br_move):
        move_slots(c, p->c, p->b, p->a);
        branch_at(c, gvm_arm64_jump(b, GVM_ARM64_B), w + 1);
        return 2;
    case IOP(br_if_move): {
        uint32_t over = gvm_arm64_jump_zero(b, false, GVM_ARM64_CBZ, get(c, p->b));
        move_slots(c, p[1].b, p[1].a, p[1].c);
        branch_at(c, gvm_arm64_jump(b, GVM_ARM64_B), w + 2);
        link_here(c, over);
        gvm_wasm_arm64_price(c, w + 2);
        return 3;
    }
    case OP(br_table): compile_br_table(c, w, false); return 2 + p[1].x;
    case IOP(br_table_move): compile_br_table(c, w, true); return 2 + p[1].x;
    case OP(return ): compile_return(c); return 1;
    case IOP(return1):
        store(c, get(c, p->a), FP, 0);
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
    uint32_t words = compile_control(c, w);
    if (words == 0) words = gvm_wasm_arm64_compare(c, w);
    if (words == 0) words = gvm_wasm_arm64_value(c, w);
    if (words == 0) words = gvm_wasm_arm64_vector_move(c, w);
    if (words != 0) return words;
    switch (p->op) {
    case IOP(simd): gvm_wasm_arm64_simd(c, w); return p[1].op == OP(i8x16_shuffle) ? 4 : 2;
    case IOP(simd_memory): gvm_wasm_arm64_simd_memory(c, w); return 2;
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

/* ---- a function */

static void clear_locals(compiler *c, uint32_t slot, uint32_t count) {
    gvm_buf *b = &c->b;
    if (count & 1) store(c, ZR, FP, at(slot));
    if (count < 2) return;
    slot_address(c, X0, slot + (count & 1));
    if (count <= 16) {
        for (uint32_t i = 0; i + 1 < count; i += 2)
            gvm_arm64_pair(b, GVM_ARM64_STP_X, GVM_ARM64_AT, ZR, ZR, X0, at(i));
        return;
    }
    slot_address(c, X1, slot + count);
    uint32_t again = (uint32_t)b->len;
    gvm_arm64_pair(b, GVM_ARM64_STP_X, GVM_ARM64_AFTER, ZR, ZR, X0, 16);
    gvm_arm64_rrr(b, true, GVM_ARM64_SUBS, ZR, X0, X1);
    link_to(c, gvm_arm64_jump_if(b, GVM_ARM64_LO), again);
}

void gvm_wasm_target_begin(compiler *c) {
    gvm_buf *b = &c->b;
    push(c, LR, ZR);
    load_w(c, X0, EXEC, E(stack_used));
    gvm_arm64_add_imm(b, false, GVM_ARM64_ADD, X0, X0, (int32_t)c->code->stack_cost);
    load_w(c, X1, EXEC, E(stack_limit));
    gvm_arm64_rrr(b, false, GVM_ARM64_SUBS, ZR, X0, X1);
    uint32_t fits = gvm_arm64_jump_if(b, GVM_ARM64_LS);
    jump_to(c, GVM_ARM64_B, c->traps[GVM_WASM_TRAP_STACK]);
    link_here(c, fits);
    store_w(c, X0, EXEC, E(stack_used));
    if (c->code->zero_slots != 0) clear_locals(c, c->code->param_slots, c->code->zero_slots);
}

void gvm_wasm_target_cold(compiler *c, const gvm_wasm_cold *s) {
    link_here(c, s->at);
    gvm_arm64_mov_imm(&c->b, WORD, s->word);
    switch (s->kind) {
    case GVM_WASM_COLD_TRAP: jump_to(c, GVM_ARM64_B, c->traps[s->trap]); break;
    case GVM_WASM_COLD_TRAP_RESULT: jump_to(c, GVM_ARM64_B, c->trap); break;
    default: /* refill; the other kinds are not used here */
        jump_to(c, GVM_ARM64_BL, c->refill);
        jump_to(c, GVM_ARM64_B, s->back);
    }
}

void gvm_wasm_target_link(compiler *c, uint32_t from, uint32_t to) {
    link_to(c, from, to);
}

#endif
