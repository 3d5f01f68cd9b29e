/* Execution. First byte: 0, the rest is ZVM code, which the three loops must run alike; else it is
 * EVM code, whose translation must end as it does, with the same gas, output, logs and storage.
 * Second byte: length of calldata; then calldata; then code. The code is there twice, so that it
 * can call itself. System contracts answer to Ghost operations. */
#include "support/evm_world.h"
#include "support/zvm_translate.h"
#include "system/precompiles.h"
#include "system/system.h"
#include "vm/evm/analysis.h"
#include "vm/evm/trace3155.h"

#define GAS 200000

typedef struct seen {
    gvm_outcome outcome;
    int64_t gas_left, refund;
    gvm_buf bytes; /* output, logs, first slots */
} seen;

static void put_system(evm_world *w) {
    static const uint8_t marker[] = {0xfe};
    for (size_t i = 0; i < gvm_system_count(); i++)
        GVM_ASSERT(gvm_state_memory_set(w->accounts, &gvm_system_at(i)->address, 1, gvm_u256_zero(),
                                        gvm_bytes_make(marker, 1)) == GVM_OK);
}

static void run(seen *out, gvm_bytes code, gvm_bytes input, gvm_evm_mode mode, gvm_tracer *tracer) {
    static const gvm_address callee = {{0xc1}};
    evm_world w;
    evm_world_open(&w, GVM_FORK_OSAKA);
    w.vm.rules = gvm_rules_ghost(GVM_FORK_OSAKA);
    w.vm.natives = gvm_precompile_lookup;
    w.vm.system = gvm_system_find;
    w.vm.tracer = tracer;
    put_system(&w);
    evm_world_put(&w, &callee, 1, code);
    evm_world_put(&w, &evm_contract, 500, code);
    gvm_evm_set_mode(mode);
    gvm_message msg = {.kind = GVM_CALL,
                       .gas = GAS,
                       .sender = evm_sender,
                       .recipient = evm_contract,
                       .code_address = evm_contract,
                       .input = input};
    gvm_state_begin_tx(w.state);
    GVM_ASSERT(gvm_vm_execute(&w.vm, &w.result, &msg) == GVM_OK);
    *out = (seen){.outcome = w.result.outcome,
                  .gas_left = w.result.gas_left,
                  .refund = gvm_state_refund(w.state)};
    gvm_buf_append(&out->bytes, w.result.output.ptr, w.result.output.len);
    size_t n;
    const gvm_log *logs = gvm_state_logs(w.state, &n);
    for (size_t i = 0; i < n; i++) {
        gvm_buf_append(&out->bytes, logs[i].topics, logs[i].topic_count * sizeof(gvm_hash));
        gvm_buf_append(&out->bytes, logs[i].data.ptr, logs[i].data.len);
    }
    gvm_entry *self = gvm_state_entry(w.state, &evm_contract);
    for (uint64_t k = 0; k < 8; k++) {
        gvm_u256 key = gvm_u256_from_u64(k);
        gvm_buf_append(&out->bytes, &gvm_state_slot(w.state, self, &key)->current,
                       sizeof(gvm_u256));
    }
    evm_world_close(&w);
}

/* Which fault ends a frame first may differ between loops; that it fails may not. */
static void agree(const seen *a, const seen *b, bool to_the_letter) {
    bool failed_a = a->outcome != GVM_OUT_SUCCESS && a->outcome != GVM_OUT_REVERT;
    bool failed_b = b->outcome != GVM_OUT_SUCCESS && b->outcome != GVM_OUT_REVERT;
    GVM_ASSERT(failed_a == failed_b);
    GVM_ASSERT((failed_a && !to_the_letter) || a->outcome == b->outcome);
    GVM_ASSERT(a->gas_left == b->gas_left && a->refund == b->refund);
    GVM_ASSERT(gvm_bytes_equal(gvm_buf_bytes(&a->bytes), gvm_buf_bytes(&b->bytes)));
}

static void three_loops(gvm_bytes code, gvm_bytes input) {
    seen bytes, program, traced;
    gvm_trace3155 trace;
    gvm_trace3155_init(&trace, NULL, GVM_TRACE3155_NO_STACK);
    run(&bytes, code, input, GVM_EVM_BYTES, NULL);
    run(&program, code, input, GVM_EVM_PROGRAM, NULL);
    run(&traced, code, input, GVM_EVM_AUTO, &trace.tracer);
    agree(&bytes, &program, false);
    agree(&bytes, &traced, true);
    gvm_buf_free(&bytes.bytes);
    gvm_buf_free(&program.bytes);
    gvm_buf_free(&traced.bytes);
    gvm_trace3155_free(&trace);
}

static void two_engines(gvm_bytes evm, gvm_bytes zvm, gvm_bytes input, gvm_evm_mode mode) {
    seen a, b;
    run(&a, evm, input, mode, NULL);
    run(&b, zvm, input, mode, NULL);
    agree(&a, &b, true);
    gvm_buf_free(&a.bytes);
    gvm_buf_free(&b.bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    if (len < 2 || len > 4096) return 0;
    size_t input_len = data[1] < len - 2 ? data[1] : len - 2;
    gvm_bytes input = gvm_bytes_make(data + 2, input_len),
              code = gvm_bytes_make(data + 2 + input_len, len - 2 - input_len);
    gvm_buf inner = {0}, deployed = {0};
    gvm_evm_cache_limit(0);
    gvm_evm_cache_limit(GVM_EVM_CACHE_BYTES);
    if (data[0] == 0) {
        zvm_put_deployed(&deployed, code);
        three_loops(gvm_buf_bytes(&deployed), input);
    } else if (!(code.len >= 2 && code.ptr[0] == 0xef) &&
               zvm_from_evm(&inner, code, GVM_FORK_OSAKA, true)) {
        zvm_put_deployed(&deployed, gvm_buf_bytes(&inner));
        gvm_evm_mode mode = data[0] % 2 == 0 ? GVM_EVM_BYTES : GVM_EVM_PROGRAM;
        two_engines(code, gvm_buf_bytes(&deployed), input, mode);
    }
    gvm_buf_free(&inner);
    gvm_buf_free(&deployed);
    return 0;
}
