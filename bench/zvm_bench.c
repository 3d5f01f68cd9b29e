/* The ZVM against our EVM interpreter, in the same run, in turns: loops of arithmetic, memory and
 * storage, written for the EVM and translated instruction by instruction; above 1 the ZVM is
 * faster. And calls of a contract that counts its calls, through the whole frame: access lists,
 * checkpoint, journal, the frame itself; in calls a second. Thread CPU time, medians. */
#include "support/evm_world.h"
#include "support/hex.h"
#include "support/zvm_translate.h"
#include "vm/zvm/asm.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS 9
#define GAS    1000000000

static double cpu_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}
static double median(double *v, size_t n) {
    qsort(v, n, sizeof *v, by_value);
    return v[n / 2];
}

static void open_with(evm_world *w, gvm_bytes code) {
    evm_world_open(w, GVM_FORK_OSAKA);
    w->vm.rules = gvm_rules_ghost(GVM_FORK_OSAKA);
    evm_world_put(w, &evm_contract, 0, code);
}

static double once(evm_world *w, int64_t *used) {
    double start = cpu_now();
    evm_world_call(w, &evm_contract, GAS, gvm_bytes_make(NULL, 0));
    double took = cpu_now() - start;
    GVM_ASSERT(w->result.outcome == GVM_OUT_SUCCESS);
    *used = GAS - w->result.gas_left;
    return took;
}

static double loop(const char *name, const char *code_hex) {
    uint8_t evm[1024];
    size_t len = hex_bytes(evm, sizeof evm, code_hex);
    gvm_buf code = {0}, deployed = {0};
    GVM_ASSERT(zvm_from_evm(&code, gvm_bytes_make(evm, len), GVM_FORK_OSAKA, true));
    zvm_put_deployed(&deployed, gvm_buf_bytes(&code));
    evm_world a, b;
    double evm_time[ROUNDS], zvm_time[ROUNDS];
    int64_t evm_gas, zvm_gas;
    open_with(&a, gvm_bytes_make(evm, len));
    open_with(&b, gvm_buf_bytes(&deployed));
    (void)once(&a, &evm_gas), (void)once(&b, &zvm_gas);
    for (int i = 0; i < ROUNDS; i++) {
        evm_time[i] = once(&a, &evm_gas);
        zvm_time[i] = once(&b, &zvm_gas);
    }
    GVM_ASSERT(evm_gas == zvm_gas);
    double e = median(evm_time, ROUNDS), z = median(zvm_time, ROUNDS);
    printf("%-24s %10lld gas   EVM %8.1f Mgas/s   ZVM %8.1f Mgas/s   ratio %.2f\n", name,
           (long long)evm_gas, (double)evm_gas / e / 1e6, (double)zvm_gas / z / 1e6, e / z);
    evm_world_close(&a);
    evm_world_close(&b);
    gvm_buf_free(&code);
    gvm_buf_free(&deployed);
    return e / z;
}

/* ---- the counter */

static void count_calls(evm_world *w, unsigned n) {
    for (unsigned i = 0; i < n; i++) {
        gvm_message msg = {.kind = GVM_CALL,
                           .gas = 100000,
                           .sender = evm_sender,
                           .recipient = evm_contract,
                           .code_address = evm_contract};
        gvm_state_begin_tx(w->state);
        (void)gvm_state_warm(w->state, gvm_state_entry(w->state, &evm_sender));
        (void)gvm_state_warm(w->state, gvm_state_entry(w->state, &evm_contract));
        GVM_ASSERT(gvm_vm_execute(&w->vm, &w->result, &msg) == GVM_OK);
        GVM_ASSERT(w->result.outcome == GVM_OUT_SUCCESS);
    }
}

static double counter(gvm_bytes code, const char *name) {
    evm_world w;
    double times[ROUNDS];
    const unsigned n = 50000;
    open_with(&w, code);
    count_calls(&w, 1000);
    for (int i = 0; i < ROUNDS; i++) {
        double start = cpu_now();
        count_calls(&w, n);
        times[i] = (cpu_now() - start) / n;
    }
    gvm_u256 counted = gvm_u256_from_be(w.result.output.ptr);
    GVM_ASSERT(counted.w[0] == 1000 + ROUNDS * (uint64_t)n);
    double took = median(times, ROUNDS);
    printf("%-24s %10.0f calls/s a core, %.0f ns each\n", name, 1 / took, took * 1e9);
    evm_world_close(&w);
    return 1 / took;
}

/* Counts calls: slot 0 up by one, and the new count returned. */
#define COUNTER                      \
    "600054600101806000556000526020" \
    "6000f3"

int main(void) {
    uint8_t evm[64];
    size_t len = hex_bytes(evm, sizeof evm, COUNTER);
    gvm_buf code = {0}, deployed = {0};
    GVM_ASSERT(zvm_from_evm(&code, gvm_bytes_make(evm, len), GVM_FORK_OSAKA, true));
    zvm_put_deployed(&deployed, gvm_buf_bytes(&code));
    double as_evm = counter(gvm_bytes_make(evm, len), "counter, EVM");
    double as_zvm = counter(gvm_buf_bytes(&deployed), "counter, ZVM");
    printf("%-24s ratio %.2f\n", "counter", as_zvm / as_evm);
    /* i = 1000000; while (--i) body; each body leaves the stack as it was */
#define LOOP(body)           \
    "62100000"               \
    "5b" body "600190038060" \
    "045700"
    loop("empty loop", LOOP(""));
    loop("add, mul, xor", LOOP("808080010260ff1850"));
    loop("div, mod", LOOP("6107db81046107db0650"));
    loop("addmod, mulmod", LOOP("61ffff81820961ffff90820850"));
    loop("memory", LOOP("80602052602051600052"));
    loop("keccak256", "61ffff"
                      "5b"
                      "6020600020600052"
                      "600190038060"
                      "035700");
    loop("transient storage", LOOP("80600a5d600a5c50"));
    gvm_buf_free(&code);
    gvm_buf_free(&deployed);
    return as_zvm >= 500000 ? 0 : 1;
}
