/* Random EVM programs and their translations: outcome, gas, output, refund, logs and storage must
 * be equal, on each of the interpreter's loops. The programs know how high their stack is and jump
 * to real places, so that most of them go far; some reach too deep or jump nowhere. */
#include "support/evm_world.h"
#include "support/zvm_translate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define PROGRAMS 4000
#define GAS      120000

static const gvm_address callee = {{0xc1}};

/* ---- programs */

typedef struct maker {
    uint8_t code[2048];
    size_t len;
    int height;
    uint16_t labels[32];
    unsigned label_count;
    struct {
        size_t at;
        unsigned label;
    } jumps[64];
    unsigned jump_count;
    uint64_t seed;
} maker;

static uint32_t next(maker *m, uint32_t below) {
    m->seed = m->seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(m->seed >> 33) % below;
}

static void put(maker *m, uint8_t b) {
    m->code[m->len++] = b;
}

static void push(maker *m, unsigned n) {
    put(m, (uint8_t)(GVM_OP_PUSH1 + n - 1));
    for (unsigned i = 0; i < n; i++)
        put(m, next(m, 3) == 0 ? (uint8_t)(next(m, 2) * 255) : (uint8_t)next(m, 256));
    m->height++;
}

static void push_small(maker *m) {
    put(m, GVM_OP_PUSH1);
    put(m, (uint8_t)next(m, 70));
    m->height++;
}

/* What an instruction takes, from small numbers where it reads memory or calls. */
static void feed(maker *m, uint8_t op, unsigned in) {
    bool small = op >= GVM_OP_KECCAK256;
    if (next(m, 200) == 0) return; /* whatever is there */
    for (unsigned i = 0; i < in; i++) {
        bool address = (op == GVM_OP_CALL || op == GVM_OP_DELEGATECALL || op == GVM_OP_STATICCALL);
        if (address && i == in - 2) {
            put(m, GVM_OP_PUSH20);
            for (int k = 0; k < 20; k++) put(m, k == 0 ? (uint8_t)(0xc0 + next(m, 3)) : 0);
            m->height++;
        } else if (address && i == in - 1) {
            put(m, GVM_OP_PUSH2);
            put(m, (uint8_t)next(m, 128));
            put(m, 0);
            m->height++;
        } else if (small) {
            push_small(m);
        } else if (m->height < (int)(in - i) || next(m, 3) == 0) {
            push(m, 1 + next(m, 32));
        }
    }
}

static void jump(maker *m) {
    bool conditional = next(m, 3) != 0;
    if (conditional) push_small(m);
    put(m, GVM_OP_PUSH2);
    m->jumps[m->jump_count].at = m->len;
    m->jumps[m->jump_count++].label = next(m, 33); /* 32: nowhere */
    put(m, 0);
    put(m, 0);
    put(m, conditional ? GVM_OP_JUMPI : GVM_OP_JUMP);
    m->height -= conditional;
}

static void label(maker *m) {
    m->labels[m->label_count++] = (uint16_t)m->len;
    put(m, GVM_OP_JUMPDEST);
}

static void instruction(maker *m) {
    const gvm_opcode_row *rows = gvm_opcode_rows(GVM_FORK_OSAKA);
    uint32_t what = next(m, 40) == 0 ? 0 : 1 + next(m, 19);
    if (what == 0 && m->jump_count < 64) {
        jump(m);
    } else if (what <= 2 && m->label_count < 32) {
        label(m);
    } else if (what <= 5) {
        push(m, 1 + next(m, 32));
    } else if (what == 6 && m->height > 0) {
        unsigned n = next(m, m->height < 16 ? (uint32_t)m->height : 16);
        put(m, (uint8_t)(GVM_OP_DUP1 + n));
        m->height++;
    } else if (what == 7 && m->height > 1) {
        unsigned n = next(m, m->height < 17 ? (uint32_t)m->height - 1 : 16);
        put(m, (uint8_t)(GVM_OP_SWAP1 + n));
    } else {
        uint8_t op;
        do op = (uint8_t)next(m, 256);
        while (!rows[op].defined || rows[op].run == GVM_OP_JUMP || rows[op].run == GVM_OP_JUMPI ||
               (op == GVM_OP_RETURNDATACOPY && next(m, 8) != 0) ||
               (op >= GVM_OP_PUSH1 && op <= GVM_OP_SWAP16) ||
               ((rows[op].flags & GVM_OPF_END) != 0 && next(m, 30) != 0) ||
               (zvm_same_opcode(op) < 0 && !(op >= GVM_OP_LOG0 && op <= GVM_OP_LOG4)));
        feed(m, op, rows[op].in);
        put(m, op);
        m->height += rows[op].out - rows[op].in;
        if (m->height < 0) m->height = 0;
    }
}

static void make(maker *m, uint64_t seed) {
    *m = (maker){.seed = seed};
    unsigned count = 5 + next(m, 60);
    for (unsigned i = 0; i < count && m->len < sizeof m->code - 400; i++) instruction(m);
    if (next(m, 2) == 0) {
        push_small(m);
        push_small(m);
        put(m, next(m, 4) == 0 ? GVM_OP_REVERT : GVM_OP_RETURN);
    }
    for (unsigned i = 0; i < m->jump_count; i++) {
        unsigned to = m->jumps[i].label;
        uint16_t place = to < 32 && m->label_count > 0 ? m->labels[to % m->label_count] : 0xfff0;
        m->code[m->jumps[i].at] = (uint8_t)(place >> 8);
        m->code[m->jumps[i].at + 1] = (uint8_t)place;
    }
}

/* ---- runs */

typedef struct seen {
    gvm_outcome outcome;
    int64_t gas_left, refund;
    gvm_buf bytes;
} seen;

static void run(seen *out, gvm_bytes code, gvm_bytes other, gvm_evm_mode mode) {
    evm_world w;
    static const uint8_t input[40] = {1, 2, 3, [31] = 7, [39] = 9};
    evm_world_open(&w, GVM_FORK_OSAKA);
    w.vm.rules = gvm_rules_ghost(GVM_FORK_OSAKA);
    evm_world_put(&w, &evm_contract, 500, code);
    evm_world_put(&w, &callee, 1, other);
    gvm_evm_set_mode(mode);
    gvm_message msg = {.kind = GVM_CALL,
                       .gas = GAS,
                       .sender = evm_sender,
                       .recipient = evm_contract,
                       .code_address = evm_contract,
                       .input = gvm_bytes_make(input, sizeof input)};
    gvm_state_begin_tx(w.state);
    assert_int_equal(gvm_vm_execute(&w.vm, &w.result, &msg), GVM_OK);
    out->outcome = w.result.outcome;
    out->gas_left = w.result.gas_left;
    out->refund = gvm_state_refund(w.state);
    gvm_buf_clear(&out->bytes);
    gvm_buf_append(&out->bytes, w.result.output.ptr, w.result.output.len);
    size_t n;
    const gvm_log *log = gvm_state_logs(w.state, &n);
    for (size_t i = 0; i < n; i++) {
        gvm_buf_append(&out->bytes, log[i].address.b, sizeof log[i].address.b);
        gvm_buf_append(&out->bytes, log[i].topics, log[i].topic_count * sizeof(gvm_hash));
        gvm_buf_append(&out->bytes, log[i].data.ptr, log[i].data.len);
    }
    for (int who = 0; who < 2; who++) {
        gvm_entry *self = gvm_state_entry(w.state, who == 0 ? &evm_contract : &callee);
        for (uint64_t k = 0; k < 70; k++) {
            gvm_u256 key = gvm_u256_from_u64(k);
            gvm_buf_append(&out->bytes, &gvm_state_slot(w.state, self, &key)->current,
                           sizeof(gvm_u256));
        }
        gvm_buf_append(&out->bytes, &self->balance, sizeof self->balance);
    }
    evm_world_close(&w);
    gvm_evm_set_mode(GVM_EVM_AUTO);
}

static void translate(gvm_buf *deployed, const maker *m) {
    gvm_buf code = {0};
    gvm_buf_clear(deployed);
    assert_true(zvm_from_evm(&code, gvm_bytes_make(m->code, m->len), GVM_FORK_OSAKA, true));
    zvm_put_deployed(deployed, gvm_buf_bytes(&code));
    gvm_buf_free(&code);
}

static void same_as_the_evm(void **state) {
    (void)state;
    static maker m, other;
    unsigned outcomes[GVM_OUT_COUNT] = {0};
    gvm_buf zvm = {0}, zvm_other = {0};
    for (uint64_t seed = 1; seed <= PROGRAMS; seed++) {
        make(&m, seed * 0x9e3779b97f4a7c15u);
        make(&other, ~seed * 0x9e3779b97f4a7c15u);
        translate(&zvm, &m);
        translate(&zvm_other, &other);
        gvm_evm_mode mode = seed % 2 == 0 ? GVM_EVM_BYTES : GVM_EVM_PROGRAM;
        seen a = {0}, b = {0}, c = {0};
        gvm_bytes evm = gvm_bytes_make(m.code, m.len);
        gvm_bytes evm_other = gvm_bytes_make(other.code, other.len);
        run(&a, evm, evm_other, mode);
        run(&b, gvm_buf_bytes(&zvm), gvm_buf_bytes(&zvm_other), mode);
        run(&c, seed % 4 < 2 ? evm : gvm_buf_bytes(&zvm), /* each calls the other kind */
            seed % 4 < 2 ? gvm_buf_bytes(&zvm_other) : evm_other, mode);
        outcomes[a.outcome]++;
        const seen *both[] = {&b, &c};
        for (int i = 0; i < 2; i++) {
            if (both[i]->outcome != a.outcome || both[i]->gas_left != a.gas_left ||
                both[i]->refund != a.refund ||
                !gvm_bytes_equal(gvm_buf_bytes(&a.bytes), gvm_buf_bytes(&both[i]->bytes)))
                fail_msg("program %llu (%s): %s with %lld gas left, the ZVM %s with %lld",
                         (unsigned long long)seed, i == 0 ? "alone" : "mixed",
                         gvm_outcome_name(a.outcome), (long long)a.gas_left,
                         gvm_outcome_name(both[i]->outcome), (long long)both[i]->gas_left);
        }
        gvm_buf_free(&a.bytes);
        gvm_buf_free(&b.bytes);
        gvm_buf_free(&c.bytes);
    }
    gvm_buf_free(&zvm);
    gvm_buf_free(&zvm_other);
    /* the programs are worth something: they end in many ways, a good part of them well */
    assert_true(outcomes[GVM_OUT_SUCCESS] > PROGRAMS / 4);
    assert_true(outcomes[GVM_OUT_REVERT] > PROGRAMS / 100);
    assert_true(outcomes[GVM_OUT_OUT_OF_GAS] > PROGRAMS / 100);
    assert_true(outcomes[GVM_OUT_INVALID_JUMP] > 0);
    assert_true(outcomes[GVM_OUT_STACK_UNDERFLOW] > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(same_as_the_evm)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
