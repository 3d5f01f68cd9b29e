/* The prices of the tokens' functions against ecrecover's, in one run, everything warm (the
 * cheapest that a call can be): nanoseconds a call through the machine, its gas with the call's own
 * 100, gas a microsecond, and that over ecrecover's: below 1 the price is too low, and the program
 * ends with 1. */
#include "support/system_world.h"
#include "system/precompiles.h"

#include <time.h>

enum { CALL_GAS = 100, ROUNDS = 5 };

static system_world w;
static double reference;
static bool cheap;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static gvm_result send(const gvm_message *msg) {
    gvm_result r;
    GVM_ASSERT(gvm_vm_execute(&w.vm, &r, msg) == GVM_OK);
    GVM_ASSERT(r.outcome == GVM_OUT_SUCCESS);
    return r;
}

/* The best of some tries, each a transaction of its own whose first call warms what it touches. */
static void line(const char *name, unsigned number, gvm_bytes input) {
    gvm_message msg = {.kind = GVM_CALL,
                       .gas = 10000000,
                       .sender = system_who(0),
                       .recipient = gvm_system_address(number),
                       .code_address = gvm_system_address(number),
                       .input = input};
    enum { CALLS = 2000 };
    double best = 1e9, gas = 0;
    for (int round = 0; round < ROUNDS; round++) {
        gvm_state_begin_tx(w.state);
        gvm_checkpoint start = gvm_state_checkpoint(w.state);
        (void)send(&msg);
        gas = (double)(msg.gas - send(&msg).gas_left + CALL_GAS);
        double from = now();
        for (int i = 0; i < CALLS; i++) (void)send(&msg);
        double took = (now() - from) / CALLS;
        if (took < best) best = took;
        gvm_state_revert(w.state, start);
        gvm_state_end_tx(w.state, true);
    }
    double speed = gas / (best * 1e6);
    if (reference == 0) reference = speed;
    printf("%-28s %8.0f ns %8.0f gas %8.1f gas/us   ratio %6.2f\n", name, best * 1e9, gas, speed,
           speed / reference);
    if (speed < reference * 0.97) cheap = true;
}

static void call(unsigned number, const char *name, const char *a, const char *b, const char *c) {
    const char *args[] = {a, b, c};
    size_t given = a == NULL ? 0 : b == NULL ? 1 : c == NULL ? 2 : 3, count;
    gvm_address to = gvm_system_address(number);
    const gvm_sys_item *items = gvm_system_items(&count, gvm_system_entry(&to)->contract);
    for (size_t i = 0; i < count; i++) {
        gvm_abi_value values;
        gvm_buf in = {0};
        if (items[i].row->what != GVM_SYS_FUNCTION || strcmp(items[i].abi.name, name) != 0 ||
            items[i].abi.inputs->count != given)
            continue;
        GVM_ASSERT(gvm_abi_args_parse(&values, &w.arena, items[i].abi.inputs, args, given, NULL) ==
                   GVM_OK);
        GVM_ASSERT(gvm_abi_encode_call(&in, &items[i].abi, &values) == GVM_OK);
        char title[64];
        (void)snprintf(title, sizeof title, "%04x %s", number, name);
        line(title, number, gvm_buf_bytes(&in));
        gvm_buf_free(&in);
        return;
    }
    GVM_ASSERT(!"no such function");
}

int main(void) {
    /* The precompile's test of geth: recovers. */
    static const uint8_t v = 28;
    uint8_t in[128] = {0};
    system_world_open(&w);
    w.vm.natives = gvm_precompile_lookup;
    static const char *const words[] = {
        "0x18c547e4f7b0f325ad1e56f57e26c745b09a3e503d86e00e5255ff7f715d3d1c",
        "0x73b1693892219d736caba55bdb67216e485557ea6b6af75f37096c9aa6a5a75f",
        "0xeeb940b1d03b21e36b0e47e79769f095fe2ab855bd91e3a38756b7d75a9c4549"};
    for (int i = 0; i < 3; i++) {
        gvm_u256 n;
        GVM_ASSERT(gvm_u256_parse(&n, words[i], strlen(words[i])) == GVM_OK);
        gvm_u256_to_be(in + (i == 0 ? 0 : 32 * (i + 1)), n);
    }
    in[63] = v;
    line("0001 ecrecover", 1, gvm_bytes_make(in, sizeof in));
    const char *who = system_name(1), *me = system_name(0);
    call(0x4712, "symbol", NULL, NULL, NULL);
    call(0x4712, "balanceOf", who, NULL, NULL);
    call(0x4713, "balanceOf", who, NULL, NULL);
    call(0x4711, "balanceOf", who, NULL, NULL);
    call(0x4701, "balanceOf", "2", who, NULL);
    call(0x4701, "rate", "2", NULL, NULL);
    call(0x4701, "epoch", NULL, NULL, NULL);
    call(0x4701, "preference", who, NULL, NULL);
    call(0x4701, "grantOf", me, who, NULL);
    call(0x4701, "stakeOf", who, NULL, NULL);
    call(0x4701, "validators", NULL, NULL, NULL);
    call(0x4711, "DOMAIN_SEPARATOR", NULL, NULL, NULL);
    call(0x4711, "eip712Domain", NULL, NULL, NULL);
    call(0x4711, "transfer", who, "1", NULL);
    call(0x4712, "transfer", who, "1", NULL);
    call(0x4714, "transfer", who, "1", NULL);
    call(0x4701, "transfer", "3", who, "1");
    call(0x4712, "approve", who, "1", NULL);
    call(0x4713, "mint", who, "1", NULL);
    call(0x4713, "burn", "1", NULL, NULL);
    call(0x4701, "setFeeToken", "2", NULL, NULL);
    call(0x4701, "claim", NULL, NULL, NULL);
    system_world_close(&w);
    return cheap ? 1 : 0;
}
