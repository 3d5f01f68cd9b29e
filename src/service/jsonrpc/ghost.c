/* Names, identities, tokens and permissions, read from the state of a block. */
#include "crypto/address.h"
#include "exec/payment.h"
#include "service/did.h"
#include "service/jsonrpc/eth.h"
#include "system/names.h"
#include "system/tokens.h"

#include <stdio.h>

/* An open look at the state; `close` gives everything back. */
typedef struct look {
    gvm_stateview *view;
    gvm_state_reader reader;
    gvm_cells cells;
    gvm_arena arena;
} look;

/* Parameter i names the block. */
static gvm_status open_look(gvm_rpc_call *call, look *l, size_t i, const gvm_address *contract) {
    *l = (look){0};
    const gvm_chain_config *config = gvm_chain_config_of(gvm_eth_node(call)->chain);
    if (!config->ghost)
        return gvm_rpc_fail(
            call, GVM_RPC_E_UNSUPPORTED,
            "this chain runs Ethereum's rules: it has no names, tokens and identities");
    gvm_rpc_block at = gvm_rpc_arg_block(call, i);
    gvm_stored_block block;
    GVM_TRY(gvm_eth_read_block(call, &block, &at, GVM_READ_HEADER));
    uint64_t now = block.block.header.timestamp, number = block.block.header.number;
    gvm_stored_block_free(&block);
    GVM_TRY(gvm_eth_open_view(call, &l->view, i));
    l->reader = gvm_statedb_reader(l->view);
    l->cells = gvm_cells_of_reader(&l->reader, contract, now, number);
    return GVM_OK;
}

/* Closes it and answers; a failure to read the state beats the value. */
static gvm_status close_look(gvm_rpc_call *call, look *l, yyjson_mut_val *value) {
    bool good = gvm_cells_ok(&l->cells);
    gvm_statedb_view_close(l->view);
    gvm_arena_free(&l->arena);
    return good ? gvm_rpc_return(call, value)
                : gvm_rpc_fail(call, GVM_RPC_E_INTERNAL, "the state could not be read");
}

static yyjson_mut_val *text(gvm_rpc_call *call, gvm_bytes t) {
    return yyjson_mut_strncpy(gvm_rpc_doc(call), t.len > 0 ? (const char *)t.ptr : "", t.len);
}

/* Parameter 0 as a name in its registered form; false: the call has failed. */
static bool read_name(gvm_rpc_call *call, look *l, gvm_name_path *path) {
    gvm_buf normal = {0};
    gvm_bytes name;
    const char *why = "is not UTF-8";
    bool good = gvm_name_normalise(&normal, gvm_rpc_arg_string(call, 0)) == GVM_OK &&
                gvm_arena_copy(&l->arena, &name, gvm_buf_bytes(&normal)) == GVM_OK &&
                gvm_name_path_read(path, &why, name);
    gvm_buf_free(&normal);
    if (!good)
        (void)gvm_rpc_fail_param(call, 0, "expected a name as alice.ghost; this one %s", why);
    return good;
}

/* ---- names */

static const char *phase_name(gvm_name_phase phase) {
    static const char *const names[] = {"free", "active", "grace", "expired"};
    return names[phase];
}

gvm_status gvm_rpc_ghost_resolveName(gvm_rpc_call *call) {
    look l;
    gvm_name_path path;
    gvm_name_info info;
    yyjson_mut_doc *doc = gvm_rpc_doc(call);
    GVM_TRY(open_look(call, &l, 1, &gvm_names_address));
    if (!read_name(call, &l, &path)) return close_look(call, &l, NULL);
    gvm_names_look(&l.cells, &info, &path.node[0]);
    if (!gvm_name_resolves(&info)) return close_look(call, &l, yyjson_mut_null(doc));
    gvm_address account = gvm_names_account(&l.cells, &l.arena, &info);
    gvm_address contract = gvm_names_contract(&l.cells, &l.arena, &info);
    gvm_permanent_id id;
    char did[43] = "";
    yyjson_mut_val *o = yyjson_mut_obj(doc);
    (void)yyjson_mut_obj_add_val(doc, o, "name", text(call, path.name));
    (void)yyjson_mut_obj_add_val(doc, o, "node", gvm_rpc_val_hash(call, &info.node));
    (void)yyjson_mut_obj_add_val(doc, o, "address", gvm_rpc_val_address(call, &account));
    (void)yyjson_mut_obj_add_val(doc, o, "owner", gvm_rpc_val_address(call, &info.owner));
    (void)yyjson_mut_obj_add_val(doc, o, "contract",
                                 gvm_address_is_zero(&contract)
                                     ? yyjson_mut_null(doc)
                                     : gvm_rpc_val_address(call, &contract));
    if (gvm_identity_of_account(&l.cells, &id, &info.owner)) gvm_did_of_id(did, &id);
    (void)yyjson_mut_obj_add_val(doc, o, "did",
                                 did[0] == 0 ? yyjson_mut_null(doc) : yyjson_mut_strcpy(doc, did));
    return close_look(call, &l, o);
}

gvm_status gvm_rpc_ghost_lookupAddress(gvm_rpc_call *call) {
    look l;
    gvm_address account = gvm_rpc_arg_address(call, 0);
    GVM_TRY(open_look(call, &l, 1, &gvm_names_address));
    gvm_bytes name = gvm_names_primary(&l.cells, &l.arena, &account);
    return close_look(call, &l,
                      name.len > 0 ? text(call, name) : yyjson_mut_null(gvm_rpc_doc(call)));
}

static yyjson_mut_val *records_of(gvm_rpc_call *call, look *l, const gvm_name_info *info) {
    yyjson_mut_doc *doc = gvm_rpc_doc(call);
    yyjson_mut_val *list = yyjson_mut_arr(doc);
    const uint16_t *types;
    size_t count = gvm_rtype_list(&types);
    gvm_u256 bits = gvm_names_types(&l->cells, info);
    for (size_t i = 0; i < count; i++) {
        if ((bits.w[i / 64] >> i % 64 & 1) == 0) continue;
        uint32_t ttl;
        gvm_bytes data, packed = gvm_names_records(&l->cells, &l->arena, &ttl, info, types[i]);
        while (gvm_names_next_record(&data, &packed)) {
            gvm_buf shown = {0};
            gvm_rdata_print(&shown, types[i], data);
            yyjson_mut_val *o = yyjson_mut_obj(doc);
            (void)yyjson_mut_obj_add_str(doc, o, "type", gvm_rtype_name(types[i]));
            (void)yyjson_mut_obj_add_uint(doc, o, "ttl", ttl);
            (void)yyjson_mut_obj_add_val(doc, o, "value", text(call, gvm_buf_bytes(&shown)));
            (void)yyjson_mut_obj_add_val(doc, o, "data", gvm_rpc_val_data(call, data));
            (void)yyjson_mut_arr_append(list, o);
            gvm_buf_free(&shown);
        }
    }
    return list;
}

gvm_status gvm_rpc_ghost_getName(gvm_rpc_call *call) {
    look l;
    gvm_name_path path;
    gvm_name_info info;
    yyjson_mut_doc *doc = gvm_rpc_doc(call);
    GVM_TRY(open_look(call, &l, 1, &gvm_names_address));
    if (!read_name(call, &l, &path)) return close_look(call, &l, NULL);
    gvm_names_look(&l.cells, &info, &path.node[0]);
    if (info.phase == GVM_NAME_FREE) return close_look(call, &l, yyjson_mut_null(doc));
    yyjson_mut_val *o = yyjson_mut_obj(doc);
    (void)yyjson_mut_obj_add_val(doc, o, "name", text(call, path.name));
    (void)yyjson_mut_obj_add_val(doc, o, "node", gvm_rpc_val_hash(call, &info.node));
    (void)yyjson_mut_obj_add_str(doc, o, "phase", phase_name(info.phase));
    (void)yyjson_mut_obj_add_val(doc, o, "owner", gvm_rpc_val_address(call, &info.owner));
    (void)yyjson_mut_obj_add_val(doc, o, "manager",
                                 gvm_address_is_zero(&info.manager)
                                     ? yyjson_mut_null(doc)
                                     : gvm_rpc_val_address(call, &info.manager));
    (void)yyjson_mut_obj_add_uint(doc, o, "created", info.created);
    (void)yyjson_mut_obj_add_uint(doc, o, "expires", info.expires);
    (void)yyjson_mut_obj_add_uint(doc, o, "version", info.version);
    (void)yyjson_mut_obj_add_val(doc, o, "records", records_of(call, &l, &info));
    return close_look(call, &l, o);
}

/* The list of nodes that `of` means; false: the call has failed. */
static bool find_list(gvm_rpc_call *call, look *l, gvm_u256 *list) {
    gvm_bytes of = gvm_rpc_arg_string(call, 0);
    gvm_address owner;
    gvm_name_path path;
    gvm_name_info info;
    const gvm_tld *tld = gvm_tld_by_label(of);
    if (tld != NULL) {
        *list = gvm_cell_map(gvm_cell(GVM_NAMES_SLOT_LISTED), gvm_u256_from_u64(tld->number));
        return true;
    }
    if (of.len == 42 && gvm_address_parse(&owner, of) == GVM_OK) {
        *list = gvm_cell_map_address(gvm_cell(GVM_NAMES_SLOT_OWNED), &owner);
        return true;
    }
    if (!read_name(call, l, &path)) return false;
    gvm_names_look(&l->cells, &info, &path.node[0]);
    *list = gvm_cell_map(gvm_cell_map_word(gvm_cell(GVM_NAMES_SLOT_CHILDREN), &info.node),
                         gvm_u256_from_u64(info.version));
    return true;
}

gvm_status gvm_rpc_ghost_listNames(gvm_rpc_call *call) {
    look l;
    gvm_u256 list;
    yyjson_mut_doc *doc = gvm_rpc_doc(call);
    uint64_t from = gvm_rpc_arg_u64(call, 1), count = gvm_rpc_arg_u64(call, 2);
    GVM_TRY(open_look(call, &l, 3, &gvm_names_address));
    if (!find_list(call, &l, &list)) return close_look(call, &l, NULL);
    uint64_t total = gvm_cells_array_length(&l.cells, list);
    yyjson_mut_val *o = yyjson_mut_obj(doc), *names = yyjson_mut_arr(doc);
    if (count > 1000) count = 1000;
    for (uint64_t i = from; i < total && i - from < count && gvm_cells_ok(&l.cells); i++) {
        gvm_name_info info;
        gvm_hash node = gvm_u256_to_hash(gvm_cells_array_load(&l.cells, list, i));
        gvm_names_look(&l.cells, &info, &node);
        yyjson_mut_val *item = yyjson_mut_obj(doc);
        (void)yyjson_mut_obj_add_val(doc, item, "name",
                                     text(call, gvm_names_text(&l.cells, &l.arena, &info)));
        (void)yyjson_mut_obj_add_str(doc, item, "phase", phase_name(info.phase));
        (void)yyjson_mut_obj_add_val(doc, item, "owner", gvm_rpc_val_address(call, &info.owner));
        (void)yyjson_mut_obj_add_uint(doc, item, "expires", info.expires);
        (void)yyjson_mut_arr_append(names, item);
    }
    (void)yyjson_mut_obj_add_uint(doc, o, "total", total);
    (void)yyjson_mut_obj_add_val(doc, o, "names", names);
    return close_look(call, &l, o);
}

/* ---- identities */

gvm_status gvm_rpc_ghost_getIdentity(gvm_rpc_call *call) {
    look l;
    gvm_address account;
    gvm_permanent_id id;
    gvm_identity identity;
    gvm_hash key;
    yyjson_mut_doc *doc = gvm_rpc_doc(call);
    GVM_TRY(open_look(call, &l, 1, &gvm_identities_address));
    if (!gvm_identity_resolve(&l.cells, &l.arena, &account, &id, gvm_rpc_arg_string(call, 0)) ||
        !gvm_identity_look(&l.cells, &identity, &id))
        return close_look(call, &l, yyjson_mut_null(doc));
    char did[43];
    gvm_did_of_id(did, &id);
    yyjson_mut_val *o = yyjson_mut_obj(doc);
    (void)yyjson_mut_obj_add_strcpy(doc, o, "did", did);
    (void)yyjson_mut_obj_add_val(doc, o, "id",
                                 gvm_rpc_val_data(call, gvm_bytes_make(id.b, sizeof id.b)));
    (void)yyjson_mut_obj_add_val(doc, o, "controller",
                                 gvm_rpc_val_address(call, &identity.controller));
    bool has = gvm_identity_key(&l.cells, &key, &identity.controller);
    (void)yyjson_mut_obj_add_val(doc, o, "key",
                                 has ? gvm_rpc_val_hash(call, &key) : yyjson_mut_null(doc));
    (void)yyjson_mut_obj_add_uint(doc, o, "created", identity.created);
    (void)yyjson_mut_obj_add_uint(doc, o, "updated", identity.updated);
    (void)yyjson_mut_obj_add_bool(doc, o, "deactivated", identity.deactivated);
    (void)yyjson_mut_obj_add_bool(doc, o, "revoked", identity.revoked);
    return close_look(call, &l, o);
}

gvm_status gvm_rpc_ghost_resolveDid(gvm_rpc_call *call) {
    look l;
    GVM_TRY(open_look(call, &l, 1, &gvm_identities_address));
    uint64_t chain_id = gvm_chain_config_of(gvm_eth_node(call)->chain)->chain_id;
    return close_look(call, &l,
                      gvm_did_resolve(gvm_rpc_doc(call), &l.cells, &l.arena,
                                      gvm_rpc_arg_string(call, 0), chain_id));
}

gvm_status gvm_rpc_ghost_getPermissions(gvm_rpc_call *call) {
    look l;
    gvm_address account = gvm_rpc_arg_address(call, 0);
    yyjson_mut_doc *doc = gvm_rpc_doc(call);
    GVM_TRY(open_look(call, &l, 1, &gvm_identities_address));
    gvm_u256 bits = gvm_identity_permissions(&l.cells, &account);
    yyjson_mut_val *list = yyjson_mut_arr(doc);
    for (unsigned n = 0; n < 256; n++) {
        if ((bits.w[n / 64] >> n % 64 & 1) == 0) continue;
        const char *name = gvm_permission_name(n);
        char number[16];
        (void)snprintf(number, sizeof number, "%u", n);
        (void)yyjson_mut_arr_add_strcpy(doc, list, name != NULL ? name : number);
    }
    return close_look(call, &l, list);
}

/* ---- tokens */

gvm_status gvm_rpc_ghost_getTokenBalances(gvm_rpc_call *call) {
    look l;
    gvm_address account = gvm_rpc_arg_address(call, 0);
    yyjson_mut_doc *doc = gvm_rpc_doc(call);
    GVM_TRY(open_look(call, &l, 1, &gvm_tokens_address));
    yyjson_mut_val *o = yyjson_mut_obj(doc);
    for (int t = GVM_TOKEN_GCC; t < GVM_TOKEN_END; t++)
        (void)yyjson_mut_obj_add_val(
            doc, o, gvm_token_symbol((gvm_token)t),
            gvm_rpc_val_quantity(call, gvm_token_balance(&l.cells, (gvm_token)t, &account)));
    return close_look(call, &l, o);
}

gvm_status gvm_rpc_ghost_getSponsorship(gvm_rpc_call *call) {
    look l;
    gvm_token_grant g;
    gvm_address sponsor = gvm_rpc_arg_address(call, 0), user = gvm_rpc_arg_address(call, 1);
    yyjson_mut_doc *doc = gvm_rpc_doc(call);
    GVM_TRY(open_look(call, &l, 2, &gvm_tokens_address));
    if (!gvm_tokens_grant(&l.cells, &g, &sponsor, &user))
        return close_look(call, &l, yyjson_mut_null(doc));
    yyjson_mut_val *o = yyjson_mut_obj(doc);
    (void)yyjson_mut_obj_add_str(doc, o, "token", gvm_token_symbol(g.token));
    (void)yyjson_mut_obj_add_val(doc, o, "remaining", gvm_rpc_val_quantity(call, g.remaining));
    (void)yyjson_mut_obj_add_val(doc, o, "perTransaction",
                                 gvm_rpc_val_quantity(call, g.per_transaction));
    (void)yyjson_mut_obj_add_val(doc, o, "perGas", gvm_rpc_val_quantity(call, g.per_gas));
    (void)yyjson_mut_obj_add_val(doc, o, "maxTip", gvm_rpc_val_quantity(call, g.max_tip));
    (void)yyjson_mut_obj_add_val(doc, o, "target",
                                 gvm_address_is_zero(&g.target)
                                     ? yyjson_mut_null(doc)
                                     : gvm_rpc_val_address(call, &g.target));
    (void)yyjson_mut_obj_add_val(doc, o, "selector",
                                 g.by_selector
                                     ? gvm_rpc_val_data(call, gvm_bytes_make(g.selector, 4))
                                     : yyjson_mut_null(doc));
    (void)yyjson_mut_obj_add_uint(doc, o, "notBefore", g.not_before);
    (void)yyjson_mut_obj_add_uint(doc, o, "notAfter", g.not_after);
    return close_look(call, &l, o);
}

/* ---- fees */

gvm_status gvm_rpc_ghost_estimateFee(gvm_rpc_call *call) {
    gvm_u256 gas = gvm_rpc_arg_quantity(call, 0);
    gvm_address payer = gvm_rpc_arg_address(call, 1);
    yyjson_mut_doc *doc = gvm_rpc_doc(call);
    gvm_node *node = gvm_eth_node(call);
    if (!gvm_chain_config_of(node->chain)->ghost)
        return gvm_rpc_fail(call, GVM_RPC_E_UNSUPPORTED, "this chain runs Ethereum's rules");
    if (gvm_u256_bits(gas) > 40)
        return gvm_rpc_fail_param(call, 0, "expected less than 2^40 units of gas");
    gvm_rpc_block head = {.kind = GVM_RPC_AT_LATEST};
    gvm_simulation sim;
    GVM_TRY(gvm_eth_simulate(call, &sim, &head));
    gvm_cells cells = gvm_cells_of_vm(sim.vm, &gvm_tokens_address);
    gvm_token_params params = gvm_tokens_params(&cells);
    gvm_payment p = {
        .mana = params.mana, .base = sim.vm->block.base_fee, .tip = gvm_rpc_arg_quantity(call, 2)};
    bool discount =
        gvm_rpc_arg_given(call, 1) &&
        !gvm_u256_lt(gvm_token_balance(&cells, GVM_TOKEN_SPIRIT, &payer), params.discount_least);
    p.discount = discount ? params.discount : 0;
    yyjson_mut_val *o = yyjson_mut_obj(doc);
    for (int t = GVM_TOKEN_GCC; t < GVM_TOKEN_END; t++) {
        p.token = (gvm_token)t;
        p.rate = gvm_tokens_rate(&cells, p.token);
        yyjson_mut_val *item = yyjson_mut_null(doc);
        if (!gvm_u256_is_zero(p.rate)) {
            gvm_fee fee = gvm_fee_of(&p, gas.w[0], 0);
            item = yyjson_mut_obj(doc);
            (void)yyjson_mut_obj_add_val(doc, item, "fee", gvm_rpc_val_quantity(call, fee.paid));
            (void)yyjson_mut_obj_add_val(doc, item, "burned",
                                         gvm_rpc_val_quantity(call, fee.burned));
            (void)yyjson_mut_obj_add_val(doc, item, "tip", gvm_rpc_val_quantity(call, fee.tip));
            (void)yyjson_mut_obj_add_val(doc, item, "rate", gvm_rpc_val_quantity(call, p.rate));
            (void)yyjson_mut_obj_add_val(doc, item, "mana", gvm_rpc_val_quantity(call, fee.mana));
        }
        (void)yyjson_mut_obj_add_val(doc, o, gvm_token_symbol(p.token), item);
    }
    (void)yyjson_mut_obj_add_uint(doc, o, "discount", p.discount);
    gvm_simulation_end(&sim);
    return gvm_rpc_return(call, o);
}
