/* The ZVM against our EVM interpreter, in the same run, in turns: loops of arithmetic, memory and
 * storage, written for the EVM and translated instruction by instruction; above 1 the ZVM is
 * faster. Calls of a contract that counts its calls, through the whole frame: access lists,
 * checkpoint, journal, the frame itself; in calls a second. And Ghost
 * operations, in microseconds. Thread CPU time, medians. */
#include "support/evm_world.h"
#include "support/ghost_world.h"
#include "support/hex.h"
#include "support/zvm_translate.h"
#include "system/names.h"
#include "system/tokens.h"
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

/* ---- Ghost operations, each in a loop of one call, all that it touches warm */

#define TURNS 2000

static const gvm_address holder = {{0xaa, [19] = 1}};
#define HOLDER "0xaa00000000000000000000000000000000000001"
#define SECRET "0x5ec2e70000000000000000000000000000000000000000000000000000000001"

static void name_call(ghost_world *w, const char *signature, size_t count,
                      const char *const *args) {
    (void)ghost_call(w, &gvm_names_address, signature, count, args);
    GVM_ASSERT(w->result.outcome == GVM_OUT_SUCCESS);
}

static void open_ghost(ghost_world *w, gvm_bytes code) {
    ghost_world_open(w);
    GVM_ASSERT(gvm_state_memory_set(w->accounts, &holder, 1, gvm_u256_zero(), code) == GVM_OK);
    gvm_state_reset(w->state, gvm_state_memory_reader(w->accounts));
    gvm_cells tokens = gvm_cells_of_vm(&w->vm, &gvm_tokens_address);
    gvm_token_give(&tokens, GVM_TOKEN_GHOST, &holder,
                   gvm_u256_mul(gvm_u256_from_u64(100), gvm_token_unit()));
    const char *all[] = {"bench.ghost", HOLDER, HOLDER, "1", "[]", SECRET};
    const char *some[] = {"bench.ghost", HOLDER, "1", SECRET};
    char commitment[80];
    w->sender = holder;
    name_call(w,
              "makeCommitment(string,address,address,uint32,(uint16,uint32,bytes)[],bytes32)"
              "(bytes32)",
              6, all);
    (void)snprintf(commitment, sizeof commitment, "%.66s", w->text + 1);
    const char *one[] = {commitment};
    name_call(w, "commit(bytes32)", 1, one);
    w->vm.block.timestamp += 60;
    name_call(w, "register(string,address,uint32,bytes32)", 4, some);
}

static double time_loop(const char *prepare, const char *body) {
    char source[2048];
    gvm_zvm_program p;
    gvm_error err;
    gvm_buf deployed = {0};
    ghost_world w;
    double times[ROUNDS];
    (void)snprintf(source, sizeof source,
                   "%s\nPUSH %d\nloop:\n%s\nPUSH 1\nSWAP\nSUB\nDUP\nJUMPI loop\n", prepare, TURNS,
                   body);
    if (gvm_zvm_assemble(&p, gvm_bytes_str(source), &err) != GVM_OK)
        printf("%s\n", gvm_error_text(&err));
    zvm_put_deployed(&deployed, gvm_buf_bytes(&p.code));
    open_ghost(&w, gvm_buf_bytes(&deployed));
    gvm_message msg = {.kind = GVM_CALL,
                       .gas = GAS,
                       .sender = ghost_account(1),
                       .recipient = holder,
                       .code_address = holder};
    for (int i = 0; i < ROUNDS; i++) {
        gvm_state_begin_tx(w.state);
        double start = cpu_now();
        GVM_ASSERT(gvm_vm_execute(&w.vm, &w.result, &msg) == GVM_OK);
        times[i] = (cpu_now() - start) / TURNS;
        GVM_ASSERT(w.result.outcome == GVM_OUT_SUCCESS);
        gvm_state_end_tx(w.state, true);
    }
    ghost_world_close(&w);
    gvm_zvm_program_free(&p);
    gvm_buf_free(&deployed);
    return median(times, ROUNDS);
}

static void ghost_operations(void) {
    static const struct {
        const char *name, *prepare, *body;
    } ops[] = {
        {"SHA256, 32 bytes", "", "PUSH 32\nPUSH 0\nSHA256\nPOP"},
        {"BLAKE3, 32 bytes", "", "PUSH 32\nPUSH 0\nBLAKE3\nPOP"},
        {"TOKEN_BALANCE", "", "ADDRESS\nPUSH 4\nTOKEN_BALANCE\nPOP"},
        {"TOKEN_TRANSFER", "", "PUSH 1\nPUSH20 " HOLDER "\nPUSH 4\nTOKEN_TRANSFER\nPOP"},
        {"CNS_RESOLVE",
         "PUSH32 0x62656e63682e67686f7374000000000000000000000000000000000000000000\n"
         "PUSH 0\nMSTORE",
         "PUSH 11\nPUSH 0\nCNS_RESOLVE\nPOP"},
        {"CNS_OWNER",
         "PUSH32 0x62656e63682e67686f7374000000000000000000000000000000000000000000\n"
         "PUSH 0\nMSTORE",
         "PUSH 11\nPUSH 0\nCNS_OWNER\nPOP"},
    };
    double empty = time_loop("", "PUSH 1\nPOP");
    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++)
        printf("%-24s %8.3f us\n", ops[i].name,
               (time_loop(ops[i].prepare, ops[i].body) - empty) * 1e6);
}

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
    ghost_operations();
    gvm_buf_free(&code);
    gvm_buf_free(&deployed);
    return as_zvm >= 500000 ? 0 : 1;
}
