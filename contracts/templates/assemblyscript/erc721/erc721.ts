/** ERC-721 with a URI for each token and the errors of ERC-6093. Its creator mints. */
import {
    Address, argAddress, argBool, argBytes, argBytes32, argU256, Bytes, Bytes32, callRaw, Event, hasCode, loadAddress,
    loadBool, loadBytes, loadU256, mapAddress, mapU256, msgSender, Out, require, returnAddress, returnBool, returnBytes,
    returned, returnU256, revertBytes, slot, storeAddress, storeBool, storeBytes, storeU256, U256,
} from "@ghostvm/as";
import {
    ERROR_ERC721IncorrectOwner, ERROR_ERC721InsufficientApproval, ERROR_ERC721InvalidApprover,
    ERROR_ERC721InvalidOperator, ERROR_ERC721InvalidOwner, ERROR_ERC721InvalidReceiver, ERROR_ERC721NonexistentToken,
    EVENT_Approval, EVENT_ApprovalForAll, EVENT_Transfer,
} from "./erc721.abi";
import * as ireceiver from "./ireceiver.abi";

// storage slots
const NAME = 0;
const SYMBOL = 1;
const OWNERS = 2;
const BALANCES = 3;
const APPROVED = 4;
const OPERATORS = 5;
const URIS = 6;
const NEXT = 7;
const MINTER = 8;

function balanceSlot(owner: Address): Bytes32 {
    return mapAddress(slot(BALANCES), owner);
}
function operatorSlot(owner: Address, operator: Address): Bytes32 {
    return mapAddress(mapAddress(slot(OPERATORS), owner), operator);
}
function refuse(error: u32, account: Address): void {
    new Out(error, 1).address(account).revert();
}
/** The owner of a token that is there. */
function existing(id: U256): Address {
    const owner = loadAddress(mapU256(slot(OWNERS), id));
    if (owner.isZero) new Out(ERROR_ERC721NonexistentToken, 1).u256(id).revert();
    return owner;
}
function checkMayMove(owner: Address, id: U256): void {
    const by = msgSender();
    if (by == owner || loadBool(operatorSlot(owner, by)) || by == loadAddress(mapU256(slot(APPROVED), id))) return;
    new Out(ERROR_ERC721InsufficientApproval, 2).address(by).u256(id).revert();
}

/** From or to the zero address: minted or burnt. */
function update(from: Address, to: Address, id: U256): void {
    if (!from.isZero) {
        const at = balanceSlot(from);
        storeAddress(mapU256(slot(APPROVED), id), Address.zero());
        storeU256(at, loadU256(at) - U256.of(1));
    }
    if (!to.isZero) {
        const at = balanceSlot(to);
        storeU256(at, loadU256(at) + U256.of(1));
    }
    storeAddress(mapU256(slot(OWNERS), id), to);
    new Event(EVENT_Transfer, 0).topicAddress(from).topicAddress(to).topicU256(id).emit();
}

function move(from: Address, to: Address, id: U256): void {
    if (to.isZero) refuse(ERROR_ERC721InvalidReceiver, to);
    const owner = existing(id);
    checkMayMove(owner, id);
    if (owner != from) new Out(ERROR_ERC721IncorrectOwner, 3).address(from).u256(id).address(owner).revert();
    update(from, to, id);
}

/** Asks a receiver that is a contract. */
function checkReceiver(from: Address, to: Address, id: U256, data: Bytes): void {
    if (!hasCode(to)) return;
    const input = new Out(ireceiver.SELECTOR_onERC721Received, 4);
    input.address(msgSender()).address(from).u256(id).bytes(data);
    const done = callRaw(to, U256.zero, input.done), answer = returned();
    if (!done && answer.length > 0) revertBytes(answer);
    if (!done || answer.length < 32 || bswap<u32>(load<u32>(answer.ptr)) != ireceiver.SELECTOR_onERC721Received)
        refuse(ERROR_ERC721InvalidReceiver, to);
}

export function constructor_(): void {
    const name = argBytes(0), symbol = argBytes(1);
    storeBytes(slot(NAME), name);
    storeBytes(slot(SYMBOL), symbol);
    storeAddress(slot(MINTER), msgSender());
}

export function name(): void {
    returnBytes(loadBytes(slot(NAME)));
}
export function symbol(): void {
    returnBytes(loadBytes(slot(SYMBOL)));
}
export function owner(): void {
    returnAddress(loadAddress(slot(MINTER)));
}

/** ERC-165, ERC-721 and its metadata */
export function supportsInterface(): void {
    const id = bswap<u32>(load<u32>(changetype<usize>(argBytes32(0))));
    returnBool(id == 0x01ffc9a7 || id == 0x80ac58cd || id == 0x5b5e139f);
}

export function balanceOf(): void {
    const owner = argAddress(0);
    if (owner.isZero) refuse(ERROR_ERC721InvalidOwner, owner);
    returnU256(loadU256(balanceSlot(owner)));
}
export function ownerOf(): void {
    returnAddress(existing(argU256(0)));
}
export function tokenURI(): void {
    const id = argU256(0);
    existing(id);
    returnBytes(loadBytes(mapU256(slot(URIS), id)));
}
export function getApproved(): void {
    const id = argU256(0);
    existing(id);
    returnAddress(loadAddress(mapU256(slot(APPROVED), id)));
}
export function isApprovedForAll(): void {
    returnBool(loadBool(operatorSlot(argAddress(0), argAddress(1))));
}

export function approve(): void {
    const to = argAddress(0), id = argU256(1), by = msgSender(), owner = existing(id);
    if (by != owner && !loadBool(operatorSlot(owner, by))) refuse(ERROR_ERC721InvalidApprover, by);
    storeAddress(mapU256(slot(APPROVED), id), to);
    new Event(EVENT_Approval, 0).topicAddress(owner).topicAddress(to).topicU256(id).emit();
}

export function setApprovalForAll(): void {
    const operator = argAddress(0), approved = argBool(1);
    if (operator.isZero) refuse(ERROR_ERC721InvalidOperator, operator);
    storeBool(operatorSlot(msgSender(), operator), approved);
    const e = new Event(EVENT_ApprovalForAll, 1);
    e.topicAddress(msgSender()).topicAddress(operator).data.bool(approved);
    e.emit();
}

export function transferFrom(): void {
    move(argAddress(0), argAddress(1), argU256(2));
}
/** (address,address,uint256) and (address,address,uint256,bytes) */
export function safeTransferFrom(): void {
    const from = argAddress(0), to = argAddress(1), id = argU256(2);
    move(from, to, id);
    checkReceiver(from, to, id, Bytes.empty());
}
export function safeTransferFrom_2(): void {
    const from = argAddress(0), to = argAddress(1), id = argU256(2), data = argBytes(3);
    move(from, to, id);
    checkReceiver(from, to, id, data);
}

export function mint(): void {
    const to = argAddress(0), uri = argBytes(1);
    require(msgSender() == loadAddress(slot(MINTER)), "not the owner");
    if (to.isZero) refuse(ERROR_ERC721InvalidReceiver, to);
    const id = loadU256(slot(NEXT));
    storeU256(slot(NEXT), id + U256.of(1));
    storeBytes(mapU256(slot(URIS), id), uri);
    update(Address.zero(), to, id);
    returnU256(id);
}

export function burn(): void {
    const id = argU256(0), owner = existing(id);
    checkMayMove(owner, id);
    storeBytes(mapU256(slot(URIS), id), Bytes.empty());
    update(owner, Address.zero(), id);
}
