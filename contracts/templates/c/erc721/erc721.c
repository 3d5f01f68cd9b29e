/* ERC-721 with a URI for each token and the errors of ERC-6093. Its creator mints. */
#include <ghost.h>

#include "erc721.abi.h"
#include "ireceiver.abi.h"

/* storage slots */
enum {
    NAME = 0,
    SYMBOL = 1,
    OWNERS = 2,
    BALANCES = 3,
    APPROVED = 4,
    OPERATORS = 5,
    URIS = 6,
    NEXT = 7,
    MINTER = 8,
};

static bytes32 balance_slot(address owner) { return map_address(slot(BALANCES), owner); }
static bytes32 operator_slot(address owner, address operator) {
    return map_address(map_address(slot(OPERATORS), owner), operator);
}
static address owner_of(u256 id) { return load_address(map_u256(slot(OWNERS), id)); }

_Noreturn static void refuse(uint32_t error, address account) {
    abi_out o = out_begin(error, 1);
    out_address(&o, account);
    revert_out(&o);
}
/* The owner of a token that is there. */
static address existing(u256 id) {
    address owner = owner_of(id);
    if (address_is_zero(owner)) {
        abi_out o = out_begin(ERROR_ERC721NonexistentToken, 1);
        out_u256(&o, id);
        revert_out(&o);
    }
    return owner;
}
static bool may_move(address by, address owner, u256 id) {
    return address_eq(by, owner) || load_bool(operator_slot(owner, by)) ||
           address_eq(by, load_address(map_u256(slot(APPROVED), id)));
}
static void check_may_move(address owner, u256 id) {
    if (may_move(msg_sender(), owner, id)) return;
    abi_out o = out_begin(ERROR_ERC721InsufficientApproval, 2);
    out_address(&o, msg_sender());
    out_u256(&o, id);
    revert_out(&o);
}

/* From or to the zero address: minted or burnt. */
static void update(address from, address to, u256 id) {
    if (!address_is_zero(from)) {
        bytes32 at = balance_slot(from);
        store_address(map_u256(slot(APPROVED), id), ADDRESS_ZERO);
        store_u256(at, u256_sub(load_u256(at), u256(1)));
    }
    if (!address_is_zero(to)) {
        bytes32 at = balance_slot(to);
        store_u256(at, u256_add(load_u256(at), u256(1)));
    }
    store_address(map_u256(slot(OWNERS), id), to);
    event e = event_begin(EVENT_Transfer, 0);
    topic_address(&e, from);
    topic_address(&e, to);
    topic_u256(&e, id);
    event_emit(&e);
}

static void move(address from, address to, u256 id) {
    if (address_is_zero(to)) refuse(ERROR_ERC721InvalidReceiver, to);
    address owner = existing(id);
    check_may_move(owner, id);
    if (!address_eq(owner, from)) {
        abi_out o = out_begin(ERROR_ERC721IncorrectOwner, 3);
        out_address(&o, from);
        out_u256(&o, id);
        out_address(&o, owner);
        revert_out(&o);
    }
    update(from, to, id);
}

/* Asks a receiver that is a contract. */
static void check_receiver(address from, address to, u256 id, bytes data) {
    if (!has_code(to)) return;
    abi_out o = out_begin(ireceiver_onERC721Received, 4);
    out_address(&o, msg_sender());
    out_address(&o, from);
    out_u256(&o, id);
    out_bytes(&o, data);
    bool done = call_raw(to, U256_ZERO, out_done(&o));
    bytes answer = returned();
    if (!done && answer.len > 0) revert_bytes(answer);
    static const uint8_t expected[4] = {0x15, 0x0b, 0x7a, 0x02};
    if (!done || answer.len < 32 || memcmp(answer.ptr, expected, 4) != 0)
        refuse(ERROR_ERC721InvalidReceiver, to);
}

CONSTRUCTOR() {
    bytes name = arg_bytes(0), symbol = arg_bytes(1);
    store_bytes(slot(NAME), name);
    store_bytes(slot(SYMBOL), symbol);
    store_address(slot(MINTER), msg_sender());
}

METHOD(name) { return_bytes(load_bytes(slot(NAME))); }
METHOD(symbol) { return_bytes(load_bytes(slot(SYMBOL))); }
METHOD(owner) { return_address(load_address(slot(MINTER))); }

/* ERC-165, ERC-721 and its metadata */
METHOD(supportsInterface) {
    bytes32 id = arg_bytes32(0);
    uint32_t v;
    memcpy(&v, id.b, 4);
    v = __builtin_bswap32(v);
    return_bool(v == 0x01ffc9a7 || v == 0x80ac58cd || v == 0x5b5e139f);
}

METHOD(balanceOf) {
    address owner = arg_address(0);
    if (address_is_zero(owner)) refuse(ERROR_ERC721InvalidOwner, owner);
    return_u256(load_u256(balance_slot(owner)));
}
METHOD(ownerOf) { return_address(existing(arg_u256(0))); }
METHOD(tokenURI) {
    u256 id = arg_u256(0);
    existing(id);
    return_bytes(load_bytes(map_u256(slot(URIS), id)));
}
METHOD(getApproved) {
    u256 id = arg_u256(0);
    existing(id);
    return_address(load_address(map_u256(slot(APPROVED), id)));
}
METHOD(isApprovedForAll) { return_bool(load_bool(operator_slot(arg_address(0), arg_address(1)))); }

METHOD(approve) {
    address to = arg_address(0), by = msg_sender();
    u256 id = arg_u256(1);
    address owner = existing(id);
    if (!address_eq(by, owner) && !load_bool(operator_slot(owner, by)))
        refuse(ERROR_ERC721InvalidApprover, by);
    store_address(map_u256(slot(APPROVED), id), to);
    event e = event_begin(EVENT_Approval, 0);
    topic_address(&e, owner);
    topic_address(&e, to);
    topic_u256(&e, id);
    event_emit(&e);
}

METHOD(setApprovalForAll) {
    address operator = arg_address(0);
    bool approved = arg_bool(1);
    if (address_is_zero(operator)) refuse(ERROR_ERC721InvalidOperator, operator);
    store_bool(operator_slot(msg_sender(), operator), approved);
    event e = event_begin(EVENT_ApprovalForAll, 1);
    topic_address(&e, msg_sender());
    topic_address(&e, operator);
    out_bool(&e.data, approved);
    event_emit(&e);
}

METHOD(transferFrom) { move(arg_address(0), arg_address(1), arg_u256(2)); }
/* (address,address,uint256) and (address,address,uint256,bytes) */
METHOD(safeTransferFrom) {
    address from = arg_address(0), to = arg_address(1);
    move(from, to, arg_u256(2));
    check_receiver(from, to, arg_u256(2), (bytes){0});
}
METHOD(safeTransferFrom_2) {
    address from = arg_address(0), to = arg_address(1);
    bytes data = arg_bytes(3);
    move(from, to, arg_u256(2));
    check_receiver(from, to, arg_u256(2), data);
}

METHOD(mint) {
    address to = arg_address(0);
    bytes uri = arg_bytes(1);
    require(address_eq(msg_sender(), load_address(slot(MINTER))), "not the owner");
    if (address_is_zero(to)) refuse(ERROR_ERC721InvalidReceiver, to);
    u256 id = load_u256(slot(NEXT));
    store_u256(slot(NEXT), u256_add(id, u256(1)));
    store_bytes(map_u256(slot(URIS), id), uri);
    update(ADDRESS_ZERO, to, id);
    return_u256(id);
}

METHOD(burn) {
    u256 id = arg_u256(0);
    address owner = existing(id);
    check_may_move(owner, id);
    store_bytes(map_u256(slot(URIS), id), (bytes){0});
    update(owner, ADDRESS_ZERO, id);
}
