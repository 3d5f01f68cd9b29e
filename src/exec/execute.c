/* A transaction in eight steps: check, charge, warm, resolve, delegate, run, settle, end. Each is a
 * function below, and gvm_exec_tx is their order. What is taken and what is given back is decided
 * in two places alone, charge() and settle(): other ways to pay belong there. */
#include "exec/execute.h"

#include "codec/abi.h"
#include "exec/ghost_tx.h"
#include "exec/payment.h"
#include "system/identities.h"
#include "system/names.h"

typedef struct run {
    gvm_vm *vm;
    const gvm_tx *tx;
    unsigned flags;
    gvm_entry *sender;
    gvm_payment payment;
    gvm_fee fee;
    gvm_intrinsic intrinsic;
    gvm_address to; /* whom it calls: tx->to, or what its name resolves to */
    bool nowhere;   /* the name resolves to nothing */
    bool calls_code;
    int64_t gas; /* what is left for the message */
    gvm_result result;
    uint64_t gas_used;
} run;

/* ---- 1. check: what the block allows before what the transaction is worth, as others do; where
 * two reasons hold, the same one is told */

static gvm_status check(run *r, const gvm_exec_block *block, gvm_error *err) {
    gvm_vm *vm = r->vm;
    GVM_TRY(gvm_tx_check_block(r->tx, vm->rules, &vm->block, block, r->flags, err));
    GVM_TRY(gvm_tx_check(r->tx, vm->rules, vm->block.chain_id, &block->blobs, r->flags, err));
    GVM_TRY(gvm_payment_plan(&r->payment, vm, r->tx, r->flags, err));
    unsigned flags = r->payment.own ? r->flags : r->flags | GVM_EXEC_PAID_OTHERWISE;
    GVM_TRY(gvm_tx_check_sender(r->tx, vm->rules, vm->state, flags, err));
    return gvm_payment_check(&r->payment, vm, r->tx, r->flags, err);
}

/* ---- 2. charge: the most that it may cost, one nonce */

static void charge(run *r) {
    gvm_state *state = r->vm->state;
    if ((r->flags & GVM_EXEC_SKIP_FUNDS) && gvm_u256_lt(r->sender->balance, r->payment.held))
        gvm_state_set_balance(state, r->sender, r->payment.held);
    gvm_payment_take(&r->payment, r->vm);
    gvm_state_set_nonce(state, r->sender, r->sender->nonce + 1);
}

static bool by_name(const gvm_tx *tx) {
    return tx->type == GVM_TX_GHOST && tx->ghost->name.len > 0;
}

/* ---- 3. warm: sender, target, coinbase (EIP-3651), native code, the access list */

static void warm_address(gvm_state *state, const gvm_address *address) {
    (void)gvm_state_warm(state, gvm_state_entry(state, address));
}

static void warm_natives(gvm_vm *vm) {
    enum { LAST_ROW = 0x20 };
    gvm_address a = {{0}};
    if (vm->natives == NULL) return;
    for (unsigned i = 1; i <= LAST_ROW; i++) {
        a.b[19] = (uint8_t)i;
        if (vm->natives(vm->rules, &a) != NULL) warm_address(vm->state, &a);
    }
    a = (gvm_address){{[18] = 1}}; /* 0x100 (EIP-7951) */
    if (vm->natives(vm->rules, &a) != NULL) warm_address(vm->state, &a);
}

static void warm(run *r) {
    gvm_vm *vm = r->vm;
    const gvm_tx *tx = r->tx;
    if (vm->rules->fork < GVM_FORK_BERLIN) return;
    (void)gvm_state_warm(vm->state, r->sender);
    if (!tx->create && !by_name(tx)) warm_address(vm->state, &tx->to);
    if (vm->rules->fork >= GVM_FORK_SHANGHAI) warm_address(vm->state, &vm->block.coinbase);
    warm_natives(vm);
    for (size_t i = 0; i < tx->access_count; i++) {
        const gvm_tx_access *a = &tx->access_list[i];
        gvm_entry *e = gvm_state_entry(vm->state, &a->address);
        (void)gvm_state_warm(vm->state, e);
        for (size_t k = 0; k < a->key_count; k++) {
            gvm_u256 key = gvm_u256_from_hash(&a->keys[k]);
            (void)gvm_state_warm_slot(vm->state, gvm_state_slot(vm->state, e, &key));
        }
    }
}

/* ---- 4. resolve: a name becomes the address that it leads to, by a call of the names contract's
 * resolve(string), so that it costs what it costs a contract. A name that leads nowhere is a
 * message that reverts: the transaction is included, and pays for what was done. */

enum { RESOLVE_CALLDATA = 4 + 2 * 32 + GVM_GHOST_NAME_MAX };

static size_t resolve_calldata(uint8_t out[RESOLVE_CALLDATA], gvm_bytes name) {
    size_t padded = (name.len + 31) / 32 * 32;
    GVM_ASSERT(name.len <= GVM_GHOST_NAME_MAX);
    memset(out, 0, RESOLVE_CALLDATA);
    gvm_abi_selector(out, "resolve(string)");
    out[4 + 31] = 32;
    gvm_store_be32(out + 4 + 60, (uint32_t)name.len);
    memcpy(out + 4 + 64, name.ptr, name.len);
    return 4 + 64 + padded;
}

static gvm_status resolve(run *r) {
    gvm_vm *vm = r->vm;
    uint8_t calldata[RESOLVE_CALLDATA];
    gvm_result result;
    r->gas = (int64_t)(r->tx->gas_limit - r->intrinsic.gas);
    r->to = r->tx->to;
    if (!by_name(r->tx)) return GVM_OK;
    size_t len = resolve_calldata(calldata, r->tx->ghost->name);
    gvm_message msg = {.kind = GVM_STATICCALL,
                       .is_static = true,
                       .gas = r->gas,
                       .sender = r->tx->sender,
                       .recipient = gvm_names_address,
                       .code_address = gvm_names_address,
                       .input = gvm_bytes_make(calldata, len)};
    gvm_tracer *tracer = vm->tracer; /* a trace shows the transaction's own message */
    vm->tracer = NULL;
    gvm_status status = gvm_vm_execute(vm, &result, &msg);
    vm->tracer = tracer;
    GVM_TRY(status);
    r->gas = result.gas_left;
    r->nowhere = result.outcome != GVM_OUT_SUCCESS || result.output.len != 32;
    if (r->nowhere) {
        gvm_outcome outcome = result.outcome == GVM_OUT_SUCCESS ? GVM_OUT_REVERT : result.outcome;
        r->result = (gvm_result){.outcome = outcome, .gas_left = r->gas};
        return GVM_OK;
    }
    memcpy(r->to.b, result.output.ptr + 12, 20);
    warm_address(vm->state, &r->to);
    return GVM_OK;
}

/* ---- 5. delegate (EIP-7702): a tuple that does not hold is passed over */

static void apply_auth(run *r, const gvm_tx_auth *auth) {
    gvm_vm *vm = r->vm;
    gvm_address signer, previous;
    bool any_chain = gvm_u256_is_zero(auth->chain_id);
    if (!any_chain && !gvm_u256_eq(auth->chain_id, gvm_u256_from_u64(vm->block.chain_id))) return;
    if (auth->nonce == UINT64_MAX) return;
    if (gvm_tx_auth_recover(&signer, auth) != GVM_OK) return;
    if (vm->rules->ghost) { /* a key that was replaced signs nothing any more */
        gvm_cells cells = gvm_cells_of_vm(vm, &gvm_identities_address);
        if (gvm_identity_key_replaced(&cells, &signer)) return;
    }
    gvm_entry *authority = gvm_state_entry(vm->state, &signer);
    (void)gvm_state_warm(vm->state, authority);
    gvm_bytes code = gvm_state_code(vm->state, authority);
    if (code.len > 0 && !gvm_delegation_target(&previous, code)) return;
    if (authority->nonce != auth->nonce) return;
    if (authority->exists) gvm_state_add_refund(vm->state, GVM_GAS_AUTH_NEW - GVM_GAS_AUTH_BASE);
    uint8_t designator[23] = {0xef, 0x01, 0x00};
    memcpy(designator + 3, auth->address.b, 20);
    bool clear = gvm_address_is_zero(&auth->address);
    gvm_state_set_code(vm->state, authority,
                       gvm_bytes_make(designator, clear ? 0 : sizeof designator));
    gvm_state_set_nonce(vm->state, authority, auth->nonce + 1);
}

static void delegate(run *r) {
    gvm_vm *vm = r->vm;
    for (size_t i = 0; i < r->tx->auth_count; i++) apply_auth(r, &r->tx->auths[i]);
    if (vm->rules->fork < GVM_FORK_PRAGUE || r->tx->create) return;
    gvm_address target;
    gvm_entry *to = gvm_state_entry(vm->state, &r->to);
    if (gvm_delegation_target(&target, gvm_state_code(vm->state, to)))
        warm_address(vm->state, &target);
}

/* ---- 6. run */

/* Once for a transaction, and for its sender alone: DeployContract and ExecuteContract. A denial is
 * an outcome, charged, never a reason to leave the transaction out. */
static bool permitted(const run *r) {
    gvm_vm *vm = r->vm;
    if (!vm->rules->ghost || vm->system == NULL || (r->flags & GVM_EXEC_SKIP_FUNDS)) return true;
    if (!r->tx->create && !r->calls_code) return true;
    gvm_cells cells = gvm_cells_of_vm(vm, &gvm_identities_address);
    return gvm_identity_has_permission(&cells, &r->tx->sender,
                                       r->tx->create ? GVM_PERMISSION_DEPLOY_CONTRACT
                                                     : GVM_PERMISSION_EXECUTE_CONTRACT);
}

static gvm_status run_message(run *r) {
    const gvm_tx *tx = r->tx;
    gvm_message msg = {
        .kind = tx->create ? GVM_CREATE : GVM_CALL,
        .gas = r->gas,
        .sender = tx->sender,
        .recipient = r->to,
        .code_address = r->to,
        .value = tx->value,
        .input = tx->data,
    };
    if (r->nowhere) return GVM_OK;
    if (!permitted(r)) {
        r->result = (gvm_result){.outcome = GVM_OUT_DENIED};
        return gvm_state_status(r->vm->state);
    }
    if ((r->flags & GVM_EXEC_SKIP_FUNDS) && gvm_u256_lt(r->sender->balance, tx->value)) {
        r->result = (gvm_result){.outcome = GVM_OUT_INSUFFICIENT_BALANCE};
        return GVM_OK;
    }
    return gvm_vm_execute(r->vm, &r->result, &msg);
}

/* ---- 7. settle: refunds, the floor, what goes back to the sender and on to the coinbase */

/* MANA is earned by a successful call of code. */
static bool earns(const run *r) {
    return r->payment.mana != 0 && r->calls_code && r->result.outcome == GVM_OUT_SUCCESS;
}

static void settle(run *r, gvm_exec_block *block) {
    gvm_vm *vm = r->vm;
    uint64_t limit = r->tx->gas_limit, left = (uint64_t)r->result.gas_left, used = limit - left;
    int64_t refund = gvm_state_refund(vm->state);
    uint64_t most = used / vm->rules->refund_quotient;
    GVM_ASSERT(left <= limit && refund >= 0);
    used -= (uint64_t)refund < most ? (uint64_t)refund : most;
    if (used < r->intrinsic.floor) used = r->intrinsic.floor;
    r->gas_used = used;
    r->fee = gvm_payment_settle(&r->payment, vm, &block->flows, r->tx, used, earns(r));
}

/* ---- 8. end */

static void fill_receipt(gvm_receipt *out, const run *r, const gvm_exec_block *block) {
    const gvm_tx *tx = r->tx;
    *out = (gvm_receipt){
        .type = tx->type,
        .outcome = r->result.outcome,
        .created = tx->create,
        .contract = r->result.created,
        .gas_used = r->gas_used,
        .cumulative_gas = block->gas_used,
        .blob_gas_used = tx->blob_hash_count * (uint64_t)GVM_GAS_PER_BLOB,
        .gas_price = r->payment.price,
        .blob_gas_price = r->payment.blob_price,
        .output = r->result.output,
    };
    out->logs = gvm_state_logs(r->vm->state, &out->log_count);
    const gvm_reason *reason = &r->vm->reason;
    if (reason->outcome != GVM_OUT_SUCCESS && reason->outcome == out->outcome && reason->depth == 0)
        out->reason = gvm_bytes_str(reason->text);
    if (tx->type != GVM_TX_GHOST) return;
    out->ghost = (gvm_receipt_ghost){.called = !tx->create && !r->nowhere,
                                     .to = r->to,
                                     .payer = r->payment.payer,
                                     .fee_token = (uint8_t)r->payment.token,
                                     .fee_paid = r->fee.paid,
                                     .mana = r->fee.mana};
}

gvm_status gvm_exec_tx(gvm_vm *vm, gvm_exec_block *block, gvm_receipt *out, const gvm_tx *tx,
                       unsigned flags, gvm_error *err) {
    run r = {.vm = vm, .tx = tx, .flags = flags};
    gvm_state_begin_tx(vm->state);
    GVM_TRY(check(&r, block, err));
    r.sender = gvm_state_entry(vm->state, &tx->sender);
    r.intrinsic = gvm_intrinsic_gas(tx, vm->rules);
    vm->tx = (gvm_tx_env){tx->sender, r.payment.price, tx->blob_hashes, tx->blob_hash_count};
    charge(&r);
    warm(&r);
    GVM_TRY(resolve(&r));
    delegate(&r);
    r.calls_code = !tx->create && !r.nowhere &&
                   gvm_state_code(vm->state, gvm_state_entry(vm->state, &r.to)).len > 0;
    GVM_TRY(run_message(&r));
    settle(&r, block);
    block->gas_used += r.gas_used;
    block->blob_gas_used += tx->blob_hash_count * (uint64_t)GVM_GAS_PER_BLOB;
    gvm_state_end_tx(vm->state, vm->rules->fork >= GVM_FORK_SPURIOUS);
    gvm_u256 *burned = &block->flows.burned[GVM_TOKEN_GCC];
    *burned = gvm_u256_add(*burned, gvm_state_take_destroyed(vm->state));
    fill_receipt(out, &r, block);
    return gvm_state_status(vm->state);
}

gvm_status gvm_exec_system_call(gvm_vm *vm, gvm_result *out, const gvm_address *to,
                                gvm_bytes input) {
    enum { SYSTEM_GAS = 30000000 };
    static const gvm_address system = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                        0xff, 0xff, 0xff, 0xff, 0xff, 0xfe}};
    gvm_message msg = {
        .kind = GVM_CALL,
        .gas = SYSTEM_GAS,
        .sender = system,
        .recipient = *to,
        .code_address = *to,
        .input = input,
    };
    gvm_state_begin_tx(vm->state);
    vm->tx = (gvm_tx_env){.origin = system};
    warm_address(vm->state, to);
    warm_natives(vm);
    GVM_TRY(gvm_vm_execute(vm, out, &msg));
    gvm_state_end_tx(vm->state, vm->rules->fork >= GVM_FORK_SPURIOUS);
    return gvm_state_status(vm->state);
}
