/* Registry and resolver, as clients of ENS ask them. They keep nothing of their own: everything is
 * read from the names contract. */
#include "system/contract.h"
#include "system/names.h"

#define GVM_ROWS "system/ens.inc"
#include "system/declare.inc"

#define COIN_ETHER 60
#define COIN_EVM   0x80000000u /* ENSIP-11: and the chain's id */

static gvm_cells look(gvm_sys *c, gvm_name_info *info) {
    gvm_cells cells = gvm_sys_cells_at(c, &gvm_names_address);
    gvm_hash node = gvm_sys_arg_word(c, 0);
    gvm_names_look(&cells, info, &node);
    return cells;
}

/* The account below addr.reverse; zero: none has that node. */
static gvm_address reverse_account(gvm_cells *cells, const gvm_hash *node) {
    return gvm_cells_load_address(cells, gvm_cell_map_word(gvm_cell(GVM_NAMES_SLOT_REVERSE), node));
}

static bool fn_node_owner(gvm_sys *c) {
    gvm_name_info info;
    gvm_address none = {{0}};
    gvm_cells cells = look(c, &info);
    gvm_cells_join(&c->cells, &cells);
    return gvm_sys_return_address(c, gvm_name_resolves(&info) ? &info.owner : &none);
}

static bool fn_node_resolver(gvm_sys *c) {
    gvm_name_info info;
    gvm_address none = {{0}};
    gvm_cells cells = look(c, &info);
    bool known = gvm_name_resolves(&info);
    if (!known) {
        gvm_address account = reverse_account(&cells, &info.node);
        known = !gvm_address_is_zero(&account);
    }
    gvm_cells_join(&c->cells, &cells);
    return gvm_sys_return_address(c, known ? gvm_sys_self(c) : &none);
}

static bool fn_node_ttl(gvm_sys *c) {
    gvm_name_info info;
    gvm_cells cells = look(c, &info);
    gvm_cells_join(&c->cells, &cells);
    return gvm_sys_return(
        c, GVM_SYS_VALUES(gvm_sys_u64(gvm_name_resolves(&info) ? GVM_NAMES_TTL : 0)));
}

static bool fn_node_exists(gvm_sys *c) {
    gvm_name_info info;
    gvm_cells cells = look(c, &info);
    gvm_cells_join(&c->cells, &cells);
    return gvm_sys_return_bool(c, gvm_name_resolves(&info));
}

static bool fn_node_operator(gvm_sys *c) {
    gvm_cells cells = gvm_sys_cells_at(c, &gvm_names_address);
    gvm_address owner = gvm_sys_arg_address(c, 0), operator= gvm_sys_arg_address(c, 1);
    gvm_u256 approved = gvm_cells_load(
        &cells, gvm_cell_map_address(
                    gvm_cell_map_address(gvm_cell(GVM_NAMES_SLOT_OPERATORS), &owner), &operator));
    gvm_cells_join(&c->cells, &cells);
    return gvm_sys_return_u256(c, approved);
}

static gvm_address account_of(gvm_sys *c) {
    gvm_name_info info;
    gvm_cells cells = look(c, &info);
    gvm_address account = gvm_names_account(&cells, c->arena, &info);
    gvm_cells_join(&c->cells, &cells);
    return account;
}

static bool fn_addr(gvm_sys *c) {
    gvm_address account = account_of(c);
    return gvm_sys_return_address(c, &account);
}

static bool fn_addr_coin(gvm_sys *c) {
    gvm_u256 coin = gvm_sys_arg_u256(c, 1);
    gvm_u256 own = gvm_u256_from_u64(COIN_EVM | c->frame->vm->block.chain_id);
    gvm_address account = {{0}};
    if (gvm_u256_eq(coin, gvm_u256_from_u64(COIN_ETHER)) || gvm_u256_eq(coin, own))
        account = account_of(c);
    return gvm_sys_return_bytes(c,
                                gvm_bytes_make(account.b, gvm_address_is_zero(&account) ? 0 : 20));
}

static bool fn_text_of(gvm_sys *c) {
    gvm_name_info info;
    uint32_t ttl;
    gvm_bytes key = gvm_sys_arg_bytes(c, 1), data, found = {NULL, 0};
    gvm_cells cells = look(c, &info);
    gvm_bytes packed = {NULL, 0};
    if (gvm_name_resolves(&info) && key.len > 0 && key.len < 255)
        packed = gvm_names_records(&cells, c->arena, &ttl, &info, GVM_RTYPE_TXT);
    while (found.ptr == NULL && gvm_names_next_record(&data, &packed)) {
        for (size_t at = 0; at < data.len && found.ptr == NULL; at += 1u + data.ptr[at]) {
            size_t len = data.ptr[at];
            const uint8_t *text = data.ptr + at + 1;
            if (len > key.len && memcmp(text, key.ptr, key.len) == 0 && text[key.len] == '=')
                found = gvm_bytes_make(text + key.len + 1, len - key.len - 1);
        }
    }
    gvm_cells_join(&c->cells, &cells);
    return gvm_sys_return_bytes(c, found);
}

static bool fn_name_of_node(gvm_sys *c) {
    gvm_cells cells = gvm_sys_cells_at(c, &gvm_names_address);
    gvm_hash node = gvm_sys_arg_word(c, 0);
    gvm_address account = reverse_account(&cells, &node);
    gvm_bytes name = {NULL, 0};
    if (!gvm_address_is_zero(&account)) name = gvm_names_primary(&cells, c->arena, &account);
    gvm_cells_join(&c->cells, &cells);
    return gvm_sys_return_bytes(c, name);
}

static bool fn_contenthash(gvm_sys *c) {
    return gvm_sys_return_bytes(c, gvm_bytes_make(NULL, 0));
}

static bool fn_supports_interface(gvm_sys *c) {
    static const uint32_t ids[] = {
        0x01ffc9a7, /* ERC-165 */
        0x3b3b57de, /* addr(bytes32) */
        0xf1cb7e06, /* addr(bytes32,uint256) */
        0x59d1d43c, /* text */
        0x691f3431, /* name */
        0xbc1c58d1, /* contenthash */
    };
    gvm_hash id = gvm_sys_arg_word(c, 0);
    bool yes = false;
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) yes |= gvm_load_be32(id.b) == ids[i];
    return gvm_sys_return_bool(c, yes);
}

static bool fn_reverse_node(gvm_sys *c) {
    gvm_address account = gvm_sys_arg_address(c, 0);
    gvm_hash node;
    gvm_names_reverse_node(&node, &account);
    return gvm_sys_return(c, GVM_SYS_VALUES(gvm_sys_word(&node)));
}

#include "system/define.inc"

const gvm_sys_contract gvm_sys_ens = {
    GVM_SYS_TABLE,
    .name = "EnsRegistry",
    .about =
        "The names as ENS shows them: registry and resolver in one, read only. Point ENS clients "
        "at this address.",
};
