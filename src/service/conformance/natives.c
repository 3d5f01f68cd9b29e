#include "service/conformance/natives.h"

#include "system/precompiles.h"

#include <pthread.h>

enum { INPUT = 213, OUTPUT = 64, MANY_ROUNDS = 1 << 20 };

static const gvm_address blake2f_address = {{[19] = 9}};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint8_t last_input[INPUT], last_output[OUTPUT];
static bool have_last;

static const gvm_native *original(const gvm_rules *rules) {
    return gvm_precompile_lookup(rules, &blake2f_address);
}

static int64_t blake2f_gas(const gvm_rules *rules, gvm_bytes input) {
    return original(rules)->gas(rules, input);
}

static bool blake2f_run(gvm_buf *out, gvm_bytes input, const gvm_rules *rules) {
    if (input.len != INPUT || gvm_load_be32(input.ptr) < MANY_ROUNDS)
        return original(rules)->run(out, input, rules);
    (void)pthread_mutex_lock(&lock);
    bool ok = true;
    if (!have_last || memcmp(last_input, input.ptr, INPUT) != 0) {
        have_last = false;
        ok = original(rules)->run(out, input, rules) && out->len == OUTPUT;
        if (ok) {
            memcpy(last_input, input.ptr, INPUT);
            memcpy(last_output, out->ptr, OUTPUT);
            have_last = true;
        }
    } else {
        gvm_buf_append(out, last_output, OUTPUT);
    }
    (void)pthread_mutex_unlock(&lock);
    return ok;
}

const gvm_native *gvm_conf_natives(const gvm_rules *rules, const gvm_address *address) {
    static const gvm_native blake2f = {"blake2f", blake2f_gas, blake2f_run};
    const gvm_native *native = gvm_precompile_lookup(rules, address);
    return native != NULL && gvm_address_equal(address, &blake2f_address) ? &blake2f : native;
}
