/* The Universal Resolver: names in DNS form in, answers of the resolver out. */
#include "system/contract.h"
#include "system/names.h"
#include "system/system.h"

#define GVM_ROWS "system/universal.inc"
#include "system/declare.inc"

#define NAME_MOST  1024
#define COIN_ETHER 60
#define COIN_EVM   0x80000000u

/* The node of a name in DNS form; false: it is none. */
static bool dns_node(gvm_hash *node, gvm_bytes dns) {
    char name[NAME_MOST];
    size_t len = 0, at = 0;
    if (dns.len > sizeof name) return false;
    while (at < dns.len && dns.ptr[at] != 0) {
        size_t label = dns.ptr[at];
        if (at + 1 + label >= dns.len || memchr(dns.ptr + at + 1, '.', label) != NULL) return false;
        if (len > 0) name[len++] = '.';
        memcpy(name + len, dns.ptr + at + 1, label);
        len += label;
        at += 1 + label;
    }
    if (at + 1 != dns.len) return false;
    gvm_namehash(node, gvm_bytes_make(name, len));
    return true;
}

/* Whether the name, argument 0, resolves; else reverts. */
static bool find(gvm_sys *c, gvm_hash *node) {
    gvm_bytes dns = gvm_sys_arg_bytes(c, 0);
    gvm_name_info info;
    gvm_sys_charge(c, 3 * (int64_t)dns.len);
    if (!dns_node(node, dns))
        return gvm_sys_revert(c, ERR_DNS_DECODING_FAILED, GVM_SYS_VALUES(gvm_sys_bytes(dns)));
    gvm_cells cells = gvm_sys_cells_at(c, &gvm_names_address);
    gvm_names_look(&cells, &info, node);
    bool known = gvm_name_resolves(&info);
    if (!known)
        known = !gvm_u256_is_zero(
            gvm_cells_load(&cells, gvm_cell_map_word(gvm_cell(GVM_NAMES_SLOT_REVERSE), node)));
    gvm_cells_join(&c->cells, &cells);
    return known || gvm_sys_revert(c, ERR_RESOLVER_NOT_FOUND, GVM_SYS_VALUES(gvm_sys_bytes(dns)));
}

static bool fn_resolve(gvm_sys *c) {
    gvm_address resolver = gvm_system_address(0x4731);
    gvm_hash node;
    if (c->stage == 0) {
        if (!find(c, &node)) return false;
        return gvm_sys_call(c, 1, GVM_STATICCALL, &resolver, gvm_u256_from_u64(0),
                            gvm_sys_arg_bytes(c, 1), UINT64_MAX);
    }
    if (c->child.outcome != GVM_OUT_SUCCESS)
        return gvm_sys_revert(c, ERR_RESOLVER_ERROR,
                              GVM_SYS_VALUES(gvm_sys_bytes(c->child.output)));
    return gvm_sys_return(
        c, GVM_SYS_VALUES(gvm_sys_bytes(c->child.output), gvm_sys_address(&resolver)));
}
static bool fn_resolve_gateways(gvm_sys *c) {
    return fn_resolve(c);
}

static bool fn_reverse(gvm_sys *c) {
    gvm_bytes text = gvm_sys_arg_bytes(c, 0), name = {NULL, 0};
    gvm_u256 coin = gvm_sys_arg_u256(c, 1);
    gvm_u256 own = gvm_u256_from_u64(COIN_EVM | c->frame->vm->block.chain_id);
    gvm_address account, resolver = gvm_system_address(0x4731);
    if (text.len == sizeof account.b &&
        (gvm_u256_eq(coin, gvm_u256_from_u64(COIN_ETHER)) || gvm_u256_eq(coin, own))) {
        memcpy(account.b, text.ptr, sizeof account.b);
        gvm_cells cells = gvm_sys_cells_at(c, &gvm_names_address);
        name = gvm_names_primary(&cells, c->arena, &account);
        gvm_cells_join(&c->cells, &cells);
    }
    return gvm_sys_return(c, GVM_SYS_VALUES(gvm_sys_bytes(name), gvm_sys_address(&resolver),
                                            gvm_sys_address(&resolver)));
}
static bool fn_reverse_gateways(gvm_sys *c) {
    return fn_reverse(c);
}

static bool fn_find_resolver(gvm_sys *c) {
    gvm_address resolver = gvm_system_address(0x4731);
    gvm_hash node;
    return find(c, &node) && gvm_sys_return(c, GVM_SYS_VALUES(gvm_sys_address(&resolver),
                                                              gvm_sys_word(&node), gvm_sys_u64(0)));
}

static bool fn_supports_interface(gvm_sys *c) {
    gvm_hash id = gvm_sys_arg_word(c, 0);
    return gvm_sys_return_bool(c, gvm_load_be32(id.b) == 0x01ffc9a7);
}

#include "system/define.inc"

const gvm_sys_contract gvm_sys_universal = {
    GVM_SYS_TABLE,
    .name = "UniversalResolver",
    .about = "ENS's Universal Resolver over the names of this chain.",
};
