/* A small chain for tests of system contracts: a genesis, accounts 0 to 9 (0x1000..0 + i) with
 * 1,000 GCC each, calls by signature with arguments as text (codec/abi.h), each a transaction of
 * its own. */
#ifndef GVM_TESTS_SUPPORT_SYSTEM_WORLD_H
#define GVM_TESTS_SUPPORT_SYSTEM_WORLD_H

#include "chain/ghost_genesis.h"
#include "state/memory.h"
#include "system/permissions.h"
#include "system/system.h"

#include <stdarg.h>
#include <stdio.h>

typedef struct system_world {
    gvm_genesis genesis;
    gvm_state_memory *accounts;
    gvm_state *state;
    gvm_vm vm;
    gvm_arena arena;
    /* of the next calls */
    uint64_t value;
    bool is_static;
    int64_t gas;
    /* of the last call */
    gvm_result result;
    int64_t gas_used;
    gvm_buf text; /* the results or the revert, as text with an end */
    const gvm_log *logs;
    size_t log_count;
} system_world;

static inline gvm_address system_who(unsigned i) {
    return (gvm_address){{[0] = 0x10, [19] = (uint8_t)i}};
}
/* "0x..", in a ring of buffers. */
static inline const char *system_hex(const gvm_address *a) {
    static char ring[8][43];
    static unsigned at;
    char *out = ring[at++ % 8];
    out[0] = '0', out[1] = 'x';
    for (int i = 0; i < 20; i++) (void)snprintf(out + 2 + 2 * i, 3, "%02x", a->b[i]);
    return out;
}
/* Of an account below 16; stays. */
static inline const char *system_name(unsigned i) {
    static char names[16][43];
    gvm_address a = system_who(i);
    memcpy(names[i % 16], system_hex(&a), sizeof names[0]);
    return names[i % 16];
}

/* Account 0 has AdminAccess, keeps the rates and slashes; 0 to 4 hold 1,000,000 SPIRIT, 1,000 MANA
 * and 1,000 GHOST. */
static inline void system_world_defaults(gvm_ghost_genesis *gh) {
    static const uint64_t held[] = {
        [GVM_TOKEN_SPIRIT] = 1000000, [GVM_TOKEN_MANA] = 1000, [GVM_TOKEN_GHOST] = 1000};
    gvm_ghost_genesis_init(gh);
    gvm_address first = system_who(0);
    for (unsigned i = 0; i < 5; i++) {
        gvm_address a = system_who(i);
        for (int t = GVM_TOKEN_SPIRIT; t < GVM_TOKEN_END; t++)
            gvm_ghost_genesis_hold(gh, (gvm_token)t, &a,
                                   gvm_u256_mul(gvm_token_unit(), gvm_u256_from_u64(held[t])));
    }
    gvm_ghost_genesis_allow(gh, &first, GVM_PERMISSION_ADMIN_ACCESS);
    gh->params.rate_keeper = gh->params.slasher = first;
}

static inline void system_world_open_with(system_world *w, const gvm_ghost_genesis *gh) {
    gvm_chain_config config;
    gvm_error err;
    *w = (system_world){.gas = 10000000};
    gvm_config_init(&config, 1337, GVM_FORK_OSAKA);
    GVM_ASSERT(gvm_genesis_new(&w->genesis, &config) == GVM_OK);
    w->genesis.header.timestamp = 1700000000;
    for (unsigned i = 0; i < 10; i++) {
        gvm_account_change a = {.address = system_who(i)};
        a.account.balance = gvm_u256_mul(gvm_token_unit(), gvm_u256_from_u64(1000));
        GVM_ASSERT(gvm_genesis_add(&w->genesis, &a) == GVM_OK);
    }
    GVM_ASSERT(gvm_ghost_genesis_apply(&w->genesis, gh, &err) == GVM_OK);
    GVM_ASSERT(gvm_state_memory_new(&w->accounts) == GVM_OK);
    gvm_state_diff diff = gvm_genesis_diff(&w->genesis);
    GVM_ASSERT(gvm_state_memory_apply(w->accounts, &diff) == GVM_OK);
    GVM_ASSERT(gvm_state_new(&w->state, gvm_state_memory_reader(w->accounts)) == GVM_OK);
    GVM_ASSERT(gvm_vm_init(&w->vm, w->state) == GVM_OK);
    w->vm.rules = gvm_rules_ghost(GVM_FORK_OSAKA);
    w->vm.system = gvm_system_find;
    w->vm.block.number = 1000;
    w->vm.block.timestamp = 1700000000;
    w->vm.block.chain_id = 1337;
    w->vm.block.gas_limit = 60000000;
}

static inline void system_world_open(system_world *w) {
    gvm_ghost_genesis gh;
    system_world_defaults(&gh);
    system_world_open_with(w, &gh);
    gvm_ghost_genesis_free(&gh);
}

static inline void system_world_close(system_world *w) {
    gvm_buf_free(&w->text);
    gvm_arena_free(&w->arena);
    gvm_vm_free(&w->vm);
    gvm_state_delete(w->state);
    gvm_state_memory_delete(w->accounts);
    gvm_genesis_free(&w->genesis);
}

/* A transaction of raw calldata. */
static inline gvm_outcome system_send(system_world *w, unsigned from, const gvm_address *to,
                                      gvm_bytes input) {
    gvm_message msg = {.kind = w->is_static ? GVM_STATICCALL : GVM_CALL,
                       .is_static = w->is_static,
                       .gas = w->gas,
                       .sender = system_who(from),
                       .recipient = *to,
                       .code_address = *to,
                       .value = gvm_u256_from_u64(w->value),
                       .input = input};
    gvm_state_begin_tx(w->state);
    w->vm.tx.origin = msg.sender;
    (void)gvm_state_warm(w->state, gvm_state_entry(w->state, &msg.sender));
    (void)gvm_state_warm(w->state, gvm_state_entry(w->state, to));
    GVM_ASSERT(gvm_vm_execute(&w->vm, &w->result, &msg) == GVM_OK);
    w->gas_used = w->gas - w->result.gas_left;
    gvm_state_end_tx(w->state, true);
    w->logs = gvm_state_logs(w->state, &w->log_count);
    return w->result.outcome;
}

/* A row of a contract as the ABI has it: the error that return data is of, or NULL. */
static inline const gvm_sys_item *system_error_of(const gvm_sys_contract *contract,
                                                  gvm_bytes data) {
    size_t count;
    const gvm_sys_item *items = gvm_system_items(&count, contract);
    for (size_t i = 0; i < count; i++)
        if (items[i].row->what == GVM_SYS_ERROR && data.len >= 4 &&
            memcmp(items[i].selector, data.ptr, 4) == 0)
            return &items[i];
    return NULL;
}

static inline void system_put_tuple(system_world *w, const gvm_abi_type *type, gvm_bytes data) {
    gvm_abi_value v;
    GVM_ASSERT(gvm_abi_decode(&v, &w->arena, type, data, GVM_ABI_STRICT, NULL) == GVM_OK);
    for (size_t i = 0; i < v.count; i++) {
        if (i > 0) gvm_buf_put(&w->text, ' ');
        gvm_abi_value_put(&w->text, &v.items[i]);
    }
}

/* Calls `name` of the contract at 0x..number with arguments as text, up to NULL. Returns the
 * results, one behind another with blanks between, "Error values" of a revert, or the outcome's
 * name. Valid until the next call. */
static inline const char *system_call(system_world *w, unsigned from, unsigned number,
                                      const char *name, ...) {
    const char *args[16];
    size_t arg_count = 0, count;
    gvm_address to = gvm_system_address(number);
    const gvm_sys_contract *contract = gvm_system_entry(&to)->contract;
    const gvm_sys_item *items = gvm_system_items(&count, contract), *item = NULL;
    va_list list;
    va_start(list, name);
    for (const char *a; (a = va_arg(list, const char *)) != NULL;) args[arg_count++] = a;
    va_end(list);
    for (size_t i = 0; i < count; i++)
        if (items[i].row->what == GVM_SYS_FUNCTION && strcmp(items[i].abi.name, name) == 0 &&
            items[i].abi.inputs->count == arg_count)
            item = &items[i];
    GVM_ASSERT(item != NULL);
    gvm_arena_reset(&w->arena, 1 << 20);
    gvm_abi_value values;
    gvm_error err = {0};
    gvm_buf data = {0};
    if (gvm_abi_args_parse(&values, &w->arena, item->abi.inputs, args, arg_count, &err) != GVM_OK)
        (void)fprintf(stderr, "%s: %s\n", name, err.text);
    GVM_ASSERT(err.text[0] == 0);
    GVM_ASSERT(gvm_abi_encode_call(&data, &item->abi, &values) == GVM_OK);
    gvm_outcome outcome = system_send(w, from, &to, gvm_buf_bytes(&data));
    gvm_buf_clear(&w->text);
    const gvm_sys_item *error = system_error_of(contract, w->result.output);
    if (outcome == GVM_OUT_SUCCESS) {
        if (item->abi.outputs != NULL) system_put_tuple(w, item->abi.outputs, w->result.output);
    } else if (outcome == GVM_OUT_REVERT && error != NULL) {
        gvm_buf_str(&w->text, error->abi.name);
        if (error->abi.inputs->count > 0) gvm_buf_put(&w->text, ' ');
        system_put_tuple(w, error->abi.inputs,
                         gvm_bytes_make(w->result.output.ptr + 4, w->result.output.len - 4));
    } else {
        gvm_buf_str(&w->text, gvm_outcome_name(outcome));
    }
    gvm_buf_put(&w->text, 0);
    gvm_buf_free(&data);
    return (const char *)w->text.ptr;
}

static inline gvm_cells system_cells(system_world *w) {
    return gvm_cells_of_vm(&w->vm, &gvm_tokens_address);
}

#endif
