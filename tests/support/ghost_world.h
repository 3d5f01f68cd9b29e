/* A small world under the `ghost` rules, for tests of system contracts: calls by signature and
 * arguments as text, results as text, reverts as the error's signature and arguments. What a call
 * changes stays. */
#ifndef GVM_TESTS_SUPPORT_GHOST_WORLD_H
#define GVM_TESTS_SUPPORT_GHOST_WORLD_H

#include "codec/hex.h"
#include "state/memory.h"
#include "system/precompiles.h"
#include "system/system.h"
#include "vm/vm.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct ghost_world {
    gvm_state_memory *accounts;
    gvm_state *state;
    gvm_vm vm;
    gvm_result result;  /* of the last call */
    gvm_address sender; /* of the next */
    gvm_u256 value;
    bool is_static;
    int64_t gas_used;
    char text[8192]; /* results, or "ErrorName(args)" */
    gvm_arena arena;
} ghost_world;

static inline gvm_address ghost_account(uint8_t n) {
    return (gvm_address){{0xac, [19] = n}};
}

static inline void ghost_world_open(ghost_world *w) {
    static const uint8_t marker = 0xfe;
    *w = (ghost_world){0};
    GVM_ASSERT(gvm_state_memory_new(&w->accounts) == GVM_OK);
    for (uint8_t n = 1; n < 10; n++) {
        gvm_address a = ghost_account(n);
        GVM_ASSERT(gvm_state_memory_set(w->accounts, &a, 0,
                                        gvm_u256_from_u64(1000000000000000000ull),
                                        gvm_bytes_make(NULL, 0)) == GVM_OK);
    }
    for (size_t i = 0; i < gvm_system_count(); i++)
        GVM_ASSERT(gvm_state_memory_set(w->accounts, &gvm_system_at(i)->address, 1,
                                        gvm_u256_from_u64(0),
                                        gvm_bytes_make(&marker, 1)) == GVM_OK);
    GVM_ASSERT(gvm_state_new(&w->state, gvm_state_memory_reader(w->accounts)) == GVM_OK);
    GVM_ASSERT(gvm_vm_init(&w->vm, w->state) == GVM_OK);
    w->vm.rules = gvm_rules_ghost(GVM_FORK_OSAKA);
    w->vm.natives = gvm_precompile_lookup;
    w->vm.system = gvm_system_find;
    w->vm.block.number = 1000;
    w->vm.block.timestamp = 1000000;
    w->vm.block.chain_id = 1337;
    w->vm.block.gas_limit = 60000000;
    w->sender = ghost_account(1);
}

static inline void ghost_world_close(ghost_world *w) {
    gvm_vm_free(&w->vm);
    gvm_state_delete(w->state);
    gvm_state_memory_delete(w->accounts);
    gvm_arena_free(&w->arena);
}

/* The text of a revert: name and arguments of the contract's error. */
static inline void ghost_error_text(ghost_world *w, gvm_buf *out, const gvm_address *to) {
    const gvm_sys_entry *entry = gvm_system_entry(to);
    size_t count = 0;
    const gvm_sys_item *items = entry != NULL ? gvm_system_items(&count, entry->contract) : NULL;
    gvm_bytes data = w->result.output;
    for (size_t i = 0; i < count && data.len >= 4; i++) {
        gvm_abi_value args;
        if (items[i].row->what != GVM_SYS_ERROR || memcmp(items[i].selector, data.ptr, 4) != 0)
            continue;
        GVM_ASSERT(gvm_abi_decode(&args, &w->arena, items[i].abi.inputs,
                                  gvm_bytes_make(data.ptr + 4, data.len - 4), GVM_ABI_STRICT,
                                  NULL) == GVM_OK);
        gvm_buf_str(out, items[i].abi.name);
        if (args.count == 0)
            gvm_buf_str(out, "()");
        else
            gvm_abi_value_put(out, &args);
        return;
    }
    gvm_buf_str(out, "revert");
}

/* Calls `to` from w->sender. The answer is in w->text: results as a tuple's text, or the error, or
 * the outcome's name. */
static inline const char *ghost_call(ghost_world *w, const gvm_address *to, const char *signature,
                                     size_t count, const char *const *args) {
    gvm_abi_entry entry;
    gvm_abi_value values;
    gvm_buf input = {0}, text = {0};
    gvm_error err = {0};
    gvm_arena_reset(&w->arena, 1 << 20);
    GVM_ASSERT(gvm_abi_parse_signature(&entry, &w->arena, gvm_bytes_str(signature), &err) ==
               GVM_OK);
    gvm_status status = gvm_abi_args_parse(&values, &w->arena, entry.inputs, args, count, &err);
    if (status != GVM_OK) (void)fprintf(stderr, "%s: %s\n", signature, err.text);
    GVM_ASSERT(status == GVM_OK);
    GVM_ASSERT(gvm_abi_encode_call(&input, &entry, &values) == GVM_OK);
    gvm_message msg = {.kind = w->is_static ? GVM_STATICCALL : GVM_CALL,
                       .is_static = w->is_static,
                       .gas = 10000000,
                       .sender = w->sender,
                       .recipient = *to,
                       .code_address = *to,
                       .value = w->value,
                       .input = gvm_buf_bytes(&input)};
    gvm_state_begin_tx(w->state);
    (void)gvm_state_warm(w->state, gvm_state_entry(w->state, &w->sender));
    (void)gvm_state_warm(w->state, gvm_state_entry(w->state, to));
    GVM_ASSERT(gvm_vm_execute(&w->vm, &w->result, &msg) == GVM_OK);
    w->gas_used = msg.gas - w->result.gas_left;
    if (w->result.outcome == GVM_OUT_REVERT) {
        ghost_error_text(w, &text, to);
    } else if (w->result.outcome != GVM_OUT_SUCCESS) {
        gvm_buf_str(&text, gvm_outcome_name(w->result.outcome));
    } else if (entry.outputs != NULL && entry.outputs->count > 0) {
        gvm_abi_value out;
        GVM_ASSERT(gvm_abi_decode(&out, &w->arena, entry.outputs, w->result.output, GVM_ABI_STRICT,
                                  &err) == GVM_OK);
        gvm_abi_value_put(&text, &out);
    }
    GVM_ASSERT(!text.failed && text.len < sizeof w->text);
    if (text.len > 0) memcpy(w->text, text.ptr, text.len);
    w->text[text.len] = 0;
    gvm_buf_free(&text);
    gvm_buf_free(&input);
    return w->text;
}
#define GHOST_CALL(w, to, signature, ...)                                                          \
    ghost_call(w, to, signature, sizeof((const char *[]){"", ##__VA_ARGS__}) / sizeof(char *) - 1, \
               (const char *const *)((const char *[]){"", ##__VA_ARGS__}) + 1)

#endif
