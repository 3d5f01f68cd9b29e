#include "vm/host.h"

#include "vm/container.h"

enum {
    GAS_CALL_VALUE = 9000,
    GAS_CALL_STIPEND = 2300,
    GAS_NEW_ACCOUNT = 25000,
    GAS_CREATE = 32000,
    GAS_KECCAK_WORD = 6,
    GAS_SSTORE_SET = 20000,
    GAS_SSTORE_SENTRY = 2300,
};

static inline gvm_outcome take(gvm_frame *f, int64_t price) {
    return gvm_gas_take(f, price) ? GVM_OUT_SUCCESS : GVM_OUT_OUT_OF_GAS;
}

/* System contracts are warm from the start. Asked here, where an account is looked at for the first
 * time, a transaction that does not meet them pays nothing for it. */
static bool is_system(const gvm_vm *vm, const gvm_address *address) {
    return vm->rules->ghost && vm->system != NULL && vm->system(address) != NULL;
}

/* What a look at the account costs: the flat price of old, or EIP-2929's. Warms it. */
static int64_t access_price(gvm_frame *f, gvm_entry *e, uint16_t flat) {
    const gvm_rules *rules = f->vm->rules;
    if (rules->fork < GVM_FORK_BERLIN) return flat;
    bool cold = gvm_state_warm(f->vm->state, e) && !is_system(f->vm, &e->address);
    return cold ? rules->cold_account : rules->warm_access;
}

/* ---- storage */

static inline gvm_outcome sload(gvm_frame *f, gvm_entry *owner, gvm_u256 *value,
                                const gvm_u256 *key) {
    gvm_state *state = f->vm->state;
    const gvm_rules *rules = f->vm->rules;
    gvm_slot *slot = gvm_state_slot(state, owner, key);
    int64_t price = rules->sload;
    if (rules->fork >= GVM_FORK_BERLIN)
        price = gvm_state_warm_slot(state, slot) ? rules->cold_sload : rules->warm_access;
    *value = slot->current;
    return take(f, price);
}

gvm_outcome gvm_host_sload(gvm_frame *f, gvm_u256 *value, const gvm_u256 *key) {
    return sload(f, f->self, value, key);
}

gvm_outcome gvm_host_sload_at(gvm_frame *f, gvm_entry *owner, gvm_u256 *value,
                              const gvm_u256 *key) {
    return sload(f, owner, value, key);
}

/* EIP-1283, 2200, 3529: by original (o), current (c) and new (n) value. `same` is what a store that
 * changes nothing costs. */
static int64_t net_sstore_price(const gvm_rules *rules, const gvm_slot *slot, const gvm_u256 *value,
                                int64_t *refund) {
    int64_t same = rules->fork >= GVM_FORK_BERLIN ? rules->warm_access : rules->sload;
    bool o0 = gvm_u256_is_zero(slot->original), c0 = gvm_u256_is_zero(slot->current),
         n0 = gvm_u256_is_zero(*value);
    if (gvm_u256_eq(slot->current, *value)) return same;
    if (gvm_u256_eq(slot->original, slot->current)) {
        if (o0) return GAS_SSTORE_SET;
        if (n0) *refund += rules->sstore_clear_refund;
        return rules->sstore_reset;
    }
    if (!o0) {
        if (c0)
            *refund -= rules->sstore_clear_refund;
        else if (n0)
            *refund += rules->sstore_clear_refund;
    }
    if (gvm_u256_eq(slot->original, *value))
        *refund += (o0 ? GAS_SSTORE_SET : rules->sstore_reset) - same;
    return same;
}

static inline gvm_outcome sstore(gvm_frame *f, gvm_entry *owner, const gvm_u256 *key,
                                 const gvm_u256 *value) {
    gvm_state *state = f->vm->state;
    const gvm_rules *rules = f->vm->rules;
    if (rules->sstore_sentry && f->gas <= GAS_SSTORE_SENTRY) return GVM_OUT_OUT_OF_GAS;
    gvm_slot *slot = gvm_state_slot(state, owner, key);
    int64_t price = 0, refund = 0;
    if (rules->fork >= GVM_FORK_BERLIN && gvm_state_warm_slot(state, slot))
        price = rules->cold_sload;
    if (rules->net_sstore) {
        price += net_sstore_price(rules, slot, value, &refund);
    } else {
        bool c0 = gvm_u256_is_zero(slot->current), n0 = gvm_u256_is_zero(*value);
        price += c0 && !n0 ? GAS_SSTORE_SET : rules->sstore_reset;
        if (!c0 && n0) refund = rules->sstore_clear_refund;
    }
    if (!gvm_gas_take(f, price)) return GVM_OUT_OUT_OF_GAS;
    if (refund != 0) gvm_state_add_refund(state, refund);
    if (f->is_static) return GVM_OUT_STATIC_VIOLATION;
    if (!gvm_u256_eq(slot->current, *value)) gvm_state_set_slot(state, owner, slot, value);
    return GVM_OUT_SUCCESS;
}

gvm_outcome gvm_host_sstore(gvm_frame *f, const gvm_u256 *key, const gvm_u256 *value) {
    return sstore(f, f->self, key, value);
}

gvm_outcome gvm_host_sstore_at(gvm_frame *f, gvm_entry *owner, const gvm_u256 *key,
                               const gvm_u256 *value) {
    return sstore(f, owner, key, value);
}

gvm_outcome gvm_host_tload(gvm_frame *f, gvm_u256 *value, const gvm_u256 *key) {
    *value = gvm_state_transient(f->vm->state, f->self, key);
    return GVM_OUT_SUCCESS;
}

gvm_outcome gvm_host_tstore(gvm_frame *f, const gvm_u256 *key, const gvm_u256 *value) {
    if (f->is_static) return GVM_OUT_STATIC_VIOLATION;
    gvm_state_set_transient(f->vm->state, f->self, key, value);
    return GVM_OUT_SUCCESS;
}

/* ---- other accounts */

gvm_outcome gvm_host_balance(gvm_frame *f, gvm_u256 *balance, const gvm_address *address) {
    gvm_entry *e = gvm_state_entry(f->vm->state, address);
    *balance = e->balance;
    return take(f, access_price(f, e, f->vm->rules->balance));
}

gvm_outcome gvm_host_code_size(gvm_frame *f, uint64_t *size, const gvm_address *address) {
    gvm_bytes code;
    gvm_outcome outcome = gvm_host_code(f, &code, address);
    *size = code.len;
    return outcome;
}

gvm_outcome gvm_host_code_hash(gvm_frame *f, gvm_hash *hash, const gvm_address *address) {
    gvm_entry *e = gvm_state_entry(f->vm->state, address);
    *hash = gvm_entry_is_empty(e) ? (gvm_hash){{0}} : e->code_hash;
    int64_t price = access_price(f, e, f->vm->rules->extcodehash);
    return take(f, price + gvm_code_load_price(f->vm, e));
}

gvm_outcome gvm_host_code(gvm_frame *f, gvm_bytes *code, const gvm_address *address) {
    gvm_entry *e = gvm_state_entry(f->vm->state, address);
    *code = gvm_state_code(f->vm->state, e);
    int64_t price = access_price(f, e, f->vm->rules->extcodesize);
    return take(f, price + gvm_code_load_price(f->vm, e));
}

gvm_u256 gvm_host_self_balance(gvm_frame *f) {
    return f->self->balance;
}

gvm_outcome gvm_host_block_hash(gvm_frame *f, gvm_hash *hash, const gvm_u256 *number) {
    const gvm_block_env *block = &f->vm->block;
    *hash = (gvm_hash){{0}};
    if (!gvm_u256_fits_u64(*number) || number->w[0] >= block->number ||
        block->number - number->w[0] > 256 || block->block_hash == NULL)
        return GVM_OUT_SUCCESS;
    gvm_status status = block->block_hash(block->block_hash_ctx, hash, number->w[0]);
    return status == GVM_OK ? GVM_OUT_SUCCESS : GVM_OUT_HOST_FAILURE;
}

gvm_outcome gvm_host_log(gvm_frame *f, const gvm_hash *topics, uint32_t topic_count,
                         gvm_bytes data) {
    return gvm_host_log_at(f, &f->msg.recipient, topics, topic_count, data);
}

gvm_outcome gvm_host_log_at(gvm_frame *f, const gvm_address *address, const gvm_hash *topics,
                            uint32_t topic_count, gvm_bytes data) {
    if (f->is_static) return GVM_OUT_STATIC_VIOLATION;
    gvm_state_log(f->vm->state, address, topics, topic_count, data);
    const gvm_tracer *t = f->vm->tracer;
    if (t != NULL && t->log != NULL) {
        gvm_log log = {.address = *address, .topic_count = topic_count, .data = data};
        memcpy(log.topics, topics, topic_count * sizeof *topics);
        t->log(t->ctx, f, &log);
    }
    return GVM_OUT_SUCCESS;
}

/* ---- calls */

/* Splits off what the callee gets: all but a 64th at the most (EIP-150); before, all that was asked
 * for or nothing. */
static gvm_outcome hand_on_gas(gvm_frame *f, int64_t *handed, uint64_t asked) {
    int64_t most = f->gas;
    if (f->vm->rules->fork >= GVM_FORK_TANGERINE)
        most -= f->gas / 64;
    else if (asked > (uint64_t)f->gas)
        return GVM_OUT_OUT_OF_GAS;
    *handed = asked < (uint64_t)most ? (int64_t)asked : most;
    f->gas -= *handed;
    return GVM_OUT_SUCCESS;
}

/* EIP-7702: a call to a delegated account also pays for the look at its target. And whatever code
 * runs is paid for when it is loaded first. */
static int64_t code_price(gvm_frame *f, gvm_entry *to) {
    if (f->vm->rules->fork < GVM_FORK_PRAGUE) return 0;
    gvm_bytes code = gvm_state_code(f->vm->state, to);
    gvm_address target;
    if (!gvm_delegation_target(&target, code)) return gvm_code_load_price(f->vm, to);
    gvm_entry *holder = gvm_state_entry(f->vm->state, &target);
    return access_price(f, holder, 0) + gvm_code_load_price(f->vm, holder);
}

static bool pays_for_new_account(const gvm_rules *rules, const gvm_entry *to, bool has_value) {
    return rules->fork >= GVM_FORK_SPURIOUS ? has_value && gvm_entry_is_empty(to) : !to->exists;
}

gvm_outcome gvm_host_call(gvm_frame *f, gvm_call_kind kind, uint64_t gas, const gvm_address *to,
                          const gvm_u256 *value, gvm_bytes input) {
    gvm_vm *vm = f->vm;
    const gvm_rules *rules = vm->rules;
    bool moves = kind == GVM_CALL || kind == GVM_CALLCODE;
    bool has_value = moves && !gvm_u256_is_zero(*value);
    gvm_entry *callee = gvm_state_entry(vm->state, to);
    int64_t price = access_price(f, callee, rules->call);
    price += code_price(f, callee);
    if (has_value) price += GAS_CALL_VALUE;
    if (kind == GVM_CALL && pays_for_new_account(rules, callee, has_value))
        price += GAS_NEW_ACCOUNT;
    if (!gvm_gas_take(f, price)) return GVM_OUT_OUT_OF_GAS;

    gvm_message *msg = &vm->pending;
    gvm_outcome outcome = hand_on_gas(f, &msg->gas, gas);
    if (outcome != GVM_OUT_SUCCESS) return outcome;
    if (f->is_static && has_value && kind == GVM_CALL) return GVM_OUT_STATIC_VIOLATION;
    if (has_value) msg->gas += GAS_CALL_STIPEND;
    msg->kind = kind;
    msg->is_static = f->is_static || kind == GVM_STATICCALL;
    msg->sender = kind == GVM_DELEGATECALL ? f->msg.sender : f->msg.recipient;
    msg->recipient = kind == GVM_CALL || kind == GVM_STATICCALL ? *to : f->msg.recipient;
    msg->code_address = *to;
    msg->value = kind == GVM_DELEGATECALL ? f->msg.value : moves ? *value : gvm_u256_zero();
    msg->input = input;
    if (f->depth >= GVM_CALL_DEPTH)
        vm->refused = GVM_OUT_CALL_DEPTH;
    else if (has_value && gvm_u256_lt(f->self->balance, *value))
        vm->refused = GVM_OUT_INSUFFICIENT_BALANCE;
    return GVM_OUT_SUCCESS;
}

gvm_outcome gvm_host_create(gvm_frame *f, const gvm_u256 *value, gvm_bytes init_code,
                            const gvm_hash *salt) {
    gvm_vm *vm = f->vm;
    const gvm_rules *rules = vm->rules;
    size_t limit = gvm_creation_limit(rules, init_code);
    if (limit != 0 && init_code.len > limit) return GVM_OUT_INITCODE_TOO_LARGE;
    int64_t words = (int64_t)((init_code.len + 31) / 32);
    int64_t price =
        GAS_CREATE + words * (rules->initcode_word + (salt != NULL ? GAS_KECCAK_WORD : 0));
    if (!gvm_gas_take(f, price)) return GVM_OUT_OUT_OF_GAS;

    if (f->is_static) return GVM_OUT_STATIC_VIOLATION;
    gvm_message *msg = &vm->pending;
    gvm_outcome outcome = hand_on_gas(f, &msg->gas, (uint64_t)f->gas);
    if (outcome != GVM_OUT_SUCCESS) return outcome;
    msg->kind = salt != NULL ? GVM_CREATE2 : GVM_CREATE;
    msg->is_static = false;
    msg->sender = f->msg.recipient;
    msg->value = *value;
    msg->input = init_code;
    msg->creator = NULL;
    msg->code_paid = false;
    if (salt != NULL) msg->salt = *salt;
    if (f->depth >= GVM_CALL_DEPTH)
        vm->refused = GVM_OUT_CALL_DEPTH;
    else if (gvm_u256_lt(f->self->balance, *value))
        vm->refused = GVM_OUT_INSUFFICIENT_BALANCE;
    else if (f->self->nonce == UINT64_MAX)
        vm->refused = GVM_OUT_NONCE_OVERFLOW;
    return GVM_OUT_SUCCESS;
}

void gvm_host_show_selfdestruct(gvm_frame *f, const gvm_address *beneficiary, gvm_u256 balance) {
    const gvm_tracer *t = f->vm->tracer;
    if (t == NULL) return;
    gvm_message shown = {.kind = GVM_SELFDESTRUCT,
                         .sender = f->msg.recipient,
                         .recipient = *beneficiary,
                         .code_address = *beneficiary,
                         .value = balance};
    gvm_result none = {.outcome = GVM_OUT_SUCCESS};
    if (t->enter != NULL) t->enter(t->ctx, f->vm, &shown, f->depth + 1);
    if (t->leave != NULL) t->leave(t->ctx, f->vm, &none, 0, f->depth + 1);
}

/* EIP-6780: from Cancun on, an account goes only in the transaction that created it; else its
 * balance alone moves. */
gvm_outcome gvm_host_selfdestruct(gvm_frame *f, const gvm_address *beneficiary) {
    gvm_vm *vm = f->vm;
    gvm_state *state = vm->state;
    const gvm_rules *rules = vm->rules;
    gvm_entry *heir = gvm_state_entry(state, beneficiary);
    gvm_u256 balance = f->self->balance;
    bool has_value = !gvm_u256_is_zero(balance);
    int64_t price = rules->selfdestruct;
    if (rules->fork >= GVM_FORK_BERLIN && gvm_state_warm(state, heir)) price += rules->cold_account;
    if (rules->fork >= GVM_FORK_TANGERINE && pays_for_new_account(rules, heir, has_value))
        price += GAS_NEW_ACCOUNT;
    if (!gvm_gas_take(f, price)) return GVM_OUT_OUT_OF_GAS;
    if (f->is_static) return GVM_OUT_STATIC_VIOLATION;

    bool goes = rules->fork < GVM_FORK_CANCUN || gvm_entry_created_in(f->self, gvm_state_tx(state));
    if (heir != f->self) {
        gvm_state_add_balance(state, heir, balance);
        gvm_state_set_balance(state, f->self, gvm_u256_zero());
    } else if (goes) {
        gvm_state_set_balance(state, f->self, gvm_u256_zero());
    }
    if (goes && gvm_state_destruct(state, f->self) && rules->selfdestruct_refund != 0)
        gvm_state_add_refund(state, rules->selfdestruct_refund);
    return GVM_OUT_SUCCESS;
}
