/* The interpreter alone on any code, over a small world: the loop that follows bytes, the one that
 * follows programs and the traced one must agree on outcome, gas, output, logs and storage. First
 * byte: fork; second: length of calldata; then calldata; the rest is code, of which there are two
 * copies, one callable by the other. */
#include "support/evm_world.h"
#include "system/precompiles.h"
#include "vm/evm/analysis.h"
#include "vm/evm/disasm.h"
#include "vm/evm/trace3155.h"

#define GAS 200000

typedef struct seen {
    gvm_outcome outcome;
    int64_t gas_left, refund;
    gvm_buf bytes; /* output, logs, first slots */
} seen;

static void run(seen *out, gvm_fork fork, gvm_bytes code, gvm_bytes input, gvm_evm_mode mode,
                gvm_tracer *tracer) {
    static const gvm_address callee = {{0xc1}};
    evm_world w;
    evm_world_open(&w, fork);
    evm_world_put(&w, &evm_contract, 500, code);
    evm_world_put(&w, &callee, 1, code);
    gvm_evm_set_mode(mode);
    w.vm.natives = gvm_precompile_lookup;
    w.vm.tracer = tracer;
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

/* Which fault ends a frame first may differ (a program checks a block at once); that it fails, and
 * all that can be seen of it, may not. */
static void agree(const seen *a, const seen *b) {
    bool failed_a = a->outcome != GVM_OUT_SUCCESS && a->outcome != GVM_OUT_REVERT;
    bool failed_b = b->outcome != GVM_OUT_SUCCESS && b->outcome != GVM_OUT_REVERT;
    GVM_ASSERT(failed_a == failed_b && (failed_a || a->outcome == b->outcome));
    GVM_ASSERT(a->gas_left == b->gas_left && a->refund == b->refund);
    GVM_ASSERT(gvm_bytes_equal(gvm_buf_bytes(&a->bytes), gvm_buf_bytes(&b->bytes)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    if (len < 2 || len > 4096) return 0;
    gvm_fork fork = (gvm_fork)(data[0] % GVM_FORK_COUNT);
    size_t input_len = data[1] < len - 2 ? data[1] : len - 2;
    gvm_bytes input = gvm_bytes_make(data + 2, input_len),
              code = gvm_bytes_make(data + 2 + input_len, len - 2 - input_len);
    gvm_evm_cache_limit(0);
    gvm_evm_cache_limit(GVM_EVM_CACHE_BYTES);
    seen bytes, program, traced;
    gvm_trace3155 trace;
    gvm_trace3155_init(&trace, NULL, GVM_TRACE3155_RETURN_DATA);
    run(&bytes, fork, code, input, GVM_EVM_BYTES, NULL);
    run(&program, fork, code, input, GVM_EVM_PROGRAM, NULL);
    run(&traced, fork, code, input, GVM_EVM_AUTO, &trace.tracer);
    agree(&bytes, &program);
    agree(&bytes, &traced);
    GVM_ASSERT(bytes.outcome == traced.outcome);
    gvm_buf text = {0};
    GVM_ASSERT(gvm_disasm_print(&text, code, fork) == GVM_OK);
    gvm_buf_free(&text);
    gvm_buf_free(&bytes.bytes);
    gvm_buf_free(&program.bytes);
    gvm_buf_free(&traced.bytes);
    gvm_trace3155_free(&trace);
    return 0;
}
