/* Calls of system contracts in tests: a small world under the `ghost` rules in which their
 * addresses have their code, and calldata from a signature and arguments as text. */
#ifndef GVM_TESTS_SUPPORT_SYSTEM_CALL_H
#define GVM_TESTS_SUPPORT_SYSTEM_CALL_H

#include "evm_world.h"

#include "system/precompiles.h"
#include "system/system.h"
#include <stdio.h>

typedef struct system_world {
    evm_world evm;
    gvm_rules rules;
    gvm_arena arena; /* until the next call */
    gvm_buf input;
} system_world;

static inline void system_world_open(system_world *w) {
    *w = (system_world){0};
    evm_world_open(&w->evm, GVM_FORK_OSAKA);
    w->rules = *gvm_rules_get(GVM_FORK_OSAKA);
    w->rules.ghost = true;
    w->evm.vm.rules = &w->rules;
    w->evm.vm.system = gvm_system_find;
    w->evm.vm.natives = gvm_precompile_lookup;
    for (size_t i = 0; i < gvm_system_count(); i++) {
        static const uint8_t code[] = {0xfe};
        evm_world_put(&w->evm, &gvm_system_at(i)->address, 0, gvm_bytes_make(code, 1));
    }
}
static inline void system_world_close(system_world *w) {
    evm_world_close(&w->evm);
    gvm_arena_free(&w->arena);
    gvm_buf_free(&w->input);
}

/* Puts the calldata together in w->input. */
static inline void system_encode(system_world *w, const char *signature, const char *const *args,
                                 size_t count) {
    gvm_abi_entry entry;
    gvm_abi_value tuple;
    gvm_error err = {0};
    gvm_arena_reset(&w->arena, 0);
    gvm_buf_clear(&w->input);
    bool ok =
        gvm_abi_parse_signature(&entry, &w->arena, gvm_bytes_str(signature), &err) == GVM_OK &&
        gvm_abi_args_parse(&tuple, &w->arena, entry.inputs, args, count, &err) == GVM_OK &&
        gvm_abi_encode_call(&w->input, &entry, &tuple) == GVM_OK;
    if (!ok) fprintf(stderr, "%s: %s\n", signature, gvm_error_text(&err));
    GVM_ASSERT(ok);
}

/* Calls what is in w->input; the gas used comes back, the rest is in w->evm.result. */
static inline int64_t system_send(system_world *w, unsigned number) {
    enum { GAS = 50000000 };
    gvm_address to = gvm_system_address(number);
    evm_world_call(&w->evm, &to, GAS, gvm_buf_bytes(&w->input));
    return GAS - w->evm.result.gas_left;
}

/* Both, for functions that answer one word: its last byte, or -1 where the call failed. */
static inline int system_ask(system_world *w, unsigned number, const char *signature,
                             const char *const *args, size_t count) {
    system_encode(w, signature, args, count);
    (void)system_send(w, number);
    if (w->evm.result.outcome != GVM_OUT_SUCCESS) return -1;
    GVM_ASSERT(w->evm.result.output.len == 32);
    return w->evm.result.output.ptr[31];
}
#define SYSTEM_ARGS(...) \
    (const char *[]){__VA_ARGS__}, sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *)

#endif
