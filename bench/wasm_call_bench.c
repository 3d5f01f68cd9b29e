/* A call of a WebAssembly contract through the whole frame: journal, instance, host functions,
 * return, in CPU time. Goals on one core: 300,000 calls a second that write two pages of memory,
 * 200,000 with a storage read and write. The EVM's call of the same kind stands beside. */
#include "support/evm_world.h"
#include "support/wasm_contract.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROUNDS = 11 };

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t); /* other work on the machine does not count */
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void call_once(evm_world *w, const gvm_address *to, gvm_bytes input) {
    gvm_message msg = {.kind = GVM_CALL,
                       .gas = 10000000,
                       .sender = evm_sender,
                       .recipient = *to,
                       .code_address = *to,
                       .input = input};
    gvm_checkpoint before = gvm_state_checkpoint(w->state);
    GVM_ASSERT(gvm_vm_execute(&w->vm, &w->result, &msg) == GVM_OK);
    GVM_ASSERT(w->result.outcome == GVM_OUT_SUCCESS);
    gvm_state_revert(w->state, before);
}

/* Calls a second, median of ROUNDS. */
static double measure(evm_world *w, const gvm_address *to, int calls) {
    uint8_t input[36] = {1, 2, 3, 4};
    double rates[ROUNDS];
    for (int r = 0; r < ROUNDS; r++) {
        gvm_state_begin_tx(w->state);
        double start = now();
        for (int i = 0; i < calls; i++) call_once(w, to, gvm_bytes_make(input, sizeof input));
        rates[r] = calls / (now() - start);
    }
    qsort(rates, ROUNDS, sizeof rates[0], by_size);
    return rates[ROUNDS / 2];
}

/* Writes a byte to each of `pages` pages of 4 KiB, loads and stores slot 0 where asked, and returns
 * a word. */
static void build(wasm_contract *c, uint32_t memory, uint32_t pages, bool storage) {
    c->pages = memory;
    wc_host(c, &c->invoke, "ghost.input_copy", 0u, 4u, 32u);
    for (uint32_t i = 0; i < pages; i++) {
        wc_i32(&c->invoke, 256 + i * 4096);
        wc_i32(&c->invoke, i + 1);
        wc_op(&c->invoke, 0x3a, 0, 0);
    }
    if (storage) {
        wc_host(c, &c->invoke, "ghost.storage_load", 0u, 32u);
        wc_host(c, &c->invoke, "ghost.storage_store", 0u, 256u);
    }
    wc_host(c, &c->invoke, "ghost.output", 32u, 32u);
    wc_i32(&c->invoke, 0);
}

static void bench_wasm(const char *what, double goal, uint32_t memory, uint32_t pages, bool storage,
                       gvm_engine_mode mode) {
    evm_world w;
    wasm_contract c = {0};
    gvm_buf module = {0}, code = {0};
    evm_world_open(&w, GVM_FORK_OSAKA);
    w.vm.rules = gvm_rules_ghost(GVM_FORK_OSAKA);
    w.vm.mode = mode;
    build(&c, memory, pages, storage);
    wc_finish(&c, &module);
    gvm_buf_append(&code, "\xef\x47\0", 3);
    gvm_buf_append(&code, module.ptr, module.len);
    evm_world_put(&w, &evm_contract, 0, gvm_buf_bytes(&code));
    double rate = measure(&w, &evm_contract, 20000);
    printf("%-52s %-6s %9.0f calls/s", what, mode == GVM_ENGINE_JIT ? "jit" : "interp", rate);
    if (goal > 0) printf("  %4.2f of the goal", rate / goal);
    printf("\n");
    gvm_buf_free(&module);
    gvm_buf_free(&code);
    wc_free(&c);
    evm_world_close(&w);
}

static void bench_evm(void) {
    /* SLOAD(0), SSTORE(0, 1), a byte in each of two pages, return 32 bytes */
    static const uint8_t code[] = {0x60, 0x00, 0x54, 0x50, 0x60, 0x01, 0x60, 0x00, 0x55,
                                   0x60, 0x01, 0x60, 0x00, 0x53, 0x60, 0x01, 0x61, 0x10,
                                   0x00, 0x53, 0x60, 0x20, 0x60, 0x00, 0xf3};
    evm_world w;
    evm_world_open(&w, GVM_FORK_OSAKA);
    evm_world_put(&w, &evm_contract, 0, gvm_bytes_make(code, sizeof code));
    double rate = measure(&w, &evm_contract, 20000);
    printf("%-52s %-6s %9.0f calls/s\n", "EVM: storage read and write, two pages", "evm", rate);
    evm_world_close(&w);
}

int main(void) {
    for (int mode = 0; mode < 2; mode++) {
        gvm_engine_mode m = (gvm_engine_mode)mode;
        bench_wasm("no memory written", 0, 1, 0, false, m);
        bench_wasm("two pages (4 KiB each) of a memory of 64 KiB", 300000, 1, 2, false, m);
        bench_wasm("two pages (4 KiB each) of a memory of 128 KiB", 300000, 2, 2, false, m);
        bench_wasm("two pages (4 KiB each) of a memory of 1 MiB", 300000, 16, 2, false, m);
        bench_wasm("two pages of 64 KiB, of a memory of 128 KiB", 300000, 2, 32, false, m);
        bench_wasm("the first, with a storage read and write", 200000, 1, 2, true, m);
        bench_wasm("a memory of 1 MiB, with a storage read and write", 200000, 16, 2, true, m);
    }
    bench_evm();
    return 0;
}
