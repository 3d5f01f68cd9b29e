/* eth_createAccessList: which accounts and slots a message touches (EIP-2930), as geth finds them.
 * A list changes prices, and prices may change the way that the message takes; so it is run again
 * with the list that it gave, until that comes out as it went in. */
#include "base/map.h"
#include "crypto/address.h"
#include "service/jsonrpc/eth.h"
#include "system/precompiles.h"
#include "vm/evm/opcodes.h"

#include <stdlib.h>

enum { ROUNDS_MAX = 32, KEY_LEN = 20 + 1 + 32, SLOT = 1 };

typedef struct collector {
    gvm_tracer tracer;
    const gvm_rules *rules;
    gvm_address from, to; /* free in every transaction, so named only for their slots */
    gvm_map seen;         /* address, 0 or SLOT, slot -> nothing */
    bool failed;
} collector;

static void remember(collector *c, const gvm_address *address, uint8_t kind, const gvm_u256 *slot) {
    uint8_t key[KEY_LEN] = {0};
    memcpy(key, address->b, 20);
    if (gvm_map_put(&c->seen, NULL, key) == NULL) c->failed = true;
    if (kind != SLOT) return;
    key[20] = SLOT;
    gvm_u256_to_be(key + 21, *slot);
    if (gvm_map_put(&c->seen, NULL, key) == NULL) c->failed = true;
}

static void remember_account(collector *c, gvm_u256 word) {
    gvm_address a;
    uint8_t bytes[32];
    gvm_u256_to_be(bytes, word);
    memcpy(a.b, bytes + 12, 20);
    if (gvm_address_equal(&a, &c->from) || gvm_address_equal(&a, &c->to) ||
        gvm_precompile_lookup(c->rules, &a) != NULL)
        return;
    remember(c, &a, 0, NULL);
}

static void on_step(void *ctx, const gvm_frame *f, const gvm_trace_step *s) {
    collector *c = ctx;
    switch (s->run) {
    case GVM_OP_SLOAD:
    case GVM_OP_SSTORE: remember(c, &f->msg.recipient, SLOT, s->stack_top); break;
    case GVM_OP_BALANCE:
    case GVM_OP_EXTCODESIZE:
    case GVM_OP_EXTCODECOPY:
    case GVM_OP_EXTCODEHASH:
    case GVM_OP_SELFDESTRUCT: remember_account(c, s->stack_top[0]); break;
    case GVM_OP_CALL:
    case GVM_OP_CALLCODE:
    case GVM_OP_DELEGATECALL:
    case GVM_OP_STATICCALL: remember_account(c, s->stack_top[-1]); break;
    default: break;
    }
}

/* What was seen as the transaction's list, ascending; memory is the call's. */
static gvm_status make_list(gvm_rpc_call *call, gvm_tx *tx, const collector *c) {
    size_t count = gvm_map_count(&c->seen), accounts = 0, keys = 0;
    uint32_t *order = gvm_rpc_alloc(call, (count + 1) * sizeof *order);
    gvm_tx_access *list = gvm_rpc_alloc(call, (count + 1) * sizeof *list);
    gvm_hash *words = gvm_rpc_alloc(call, (count + 1) * sizeof *words);
    if (c->failed || order == NULL || list == NULL || words == NULL) return GVM_ERR_NOMEM;
    gvm_map_sorted(&c->seen, order);
    for (size_t i = 0; i < count; i++) {
        const uint8_t *key = gvm_map_key_at(&c->seen, order[i]);
        if (key[20] != SLOT) {
            list[accounts] = (gvm_tx_access){.keys = words + keys};
            memcpy(list[accounts++].address.b, key, 20);
        } else {
            memcpy(words[keys++].b, key + 21, 32);
            list[accounts - 1].key_count++;
        }
    }
    tx->access_list = list;
    tx->access_count = accounts;
    tx->access_key_count = keys;
    if (tx->type < GVM_TX_ACCESS_LIST) tx->type = GVM_TX_ACCESS_LIST;
    return GVM_OK;
}

static void start_from(collector *c, const gvm_tx *tx) {
    gvm_map_clear(&c->seen);
    for (size_t i = 0; i < tx->access_count; i++) {
        const gvm_tx_access *a = &tx->access_list[i];
        remember(c, &a->address, 0, NULL);
        for (size_t k = 0; k < a->key_count; k++) {
            gvm_u256 slot = gvm_u256_from_hash(&a->keys[k]);
            remember(c, &a->address, SLOT, &slot);
        }
    }
}

static gvm_status find(gvm_rpc_call *call, collector *c, gvm_simulation *sim,
                       gvm_eth_request *request, gvm_receipt *receipt) {
    gvm_error err = {0};
    unsigned flags = gvm_eth_prepare_call(gvm_eth_node(call), request, sim);
    for (int round = 0; round < ROUNDS_MAX; round++) {
        if (gvm_rpc_cancelled(call)) return GVM_ERR_CANCELLED;
        gvm_simulation_restart(sim);
        start_from(c, &request->tx);
        size_t before = gvm_map_count(&c->seen);
        sim->used.gas_used = sim->used.blob_gas_used = 0;
        sim->vm->cancel = gvm_rpc_cancel_flag(call);
        sim->vm->tracer = &c->tracer;
        gvm_status status = gvm_exec_tx(sim->vm, &sim->used, receipt, &request->tx, flags, &err);
        sim->vm->tracer = NULL;
        if (status != GVM_OK) return gvm_rpc_fail_status(call, status, &err);
        if (!c->failed && gvm_map_count(&c->seen) == before) return GVM_OK;
        GVM_TRY(make_list(call, &request->tx, c));
    }
    return gvm_rpc_fail(call, GVM_RPC_E_SERVER, "the access list does not settle in %d rounds",
                        ROUNDS_MAX);
}

static gvm_status answer(gvm_rpc_call *call, const gvm_tx *tx, const gvm_receipt *receipt) {
    yyjson_mut_doc *doc = gvm_rpc_doc(call);
    yyjson_mut_val *result = yyjson_mut_obj(doc);
    yyjson_mut_obj_add_val(doc, result, "accessList", gvm_eth_access_list(doc, tx));
    if (!gvm_receipt_succeeded(receipt))
        yyjson_mut_obj_add_str(doc, result, "error",
                               receipt->outcome == GVM_OUT_REVERT
                                   ? "execution reverted"
                                   : gvm_outcome_text(receipt->outcome));
    yyjson_mut_obj_add_val(doc, result, "gasUsed", gvm_rpc_val_u64(call, receipt->gas_used));
    return gvm_rpc_return(call, result);
}

/* Where the message goes; a creation's address follows from the nonce. */
static gvm_address target_of(gvm_simulation *sim, const gvm_eth_request *request) {
    gvm_address to = request->tx.to;
    uint64_t nonce = request->tx.nonce;
    if (!request->tx.create) return to;
    if (!request->has_nonce) nonce = gvm_state_entry(sim->state, &request->tx.sender)->nonce;
    gvm_address_create(&to, &request->tx.sender, nonce);
    return to;
}

gvm_status gvm_rpc_eth_createAccessList(gvm_rpc_call *call) {
    gvm_eth_request request;
    gvm_simulation sim;
    gvm_receipt receipt;
    GVM_TRY(gvm_eth_read_request(call, &request, gvm_rpc_arg_json(call, 0)));
    gvm_rpc_block at = gvm_rpc_arg_block(call, 1);
    GVM_TRY(gvm_eth_simulate(call, &sim, &at));
    collector c = {
        .rules = sim.vm->rules, .from = request.tx.sender, .to = target_of(&sim, &request)};
    c.tracer = (gvm_tracer){.ctx = &c, .want_steps = true, .step = on_step};
    gvm_map_init(&c.seen, KEY_LEN, 0);
    gvm_status status = find(call, &c, &sim, &request, &receipt);
    if (status == GVM_OK) status = answer(call, &request.tx, &receipt);
    gvm_map_free(&c.seen);
    gvm_simulation_end(&sim);
    return status;
}
