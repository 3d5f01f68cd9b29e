/** A wallet of several owners: one proposes a call, enough of them confirm it, one of them executes it. */
import {
    Address, argAddress, argArray, argBytes, argU256, arrayAt, arrayPush, Bytes, Bytes32, callRaw, Event, inAddress,
    loadAddress, loadBits, loadBool, loadBytes, loadU256, loadWord, mapAddress, mapU256, msgSender, msgValue, Out, require,
    returnBool, returnBytes, returned, returnU256, revertBytes, slot, slotAdd, storeAddress, storeBits, storeBool,
    storeBytes, storeU256, U256,
} from "@ghostvm/as";
import {
    ERROR_AlreadyConfirmed, ERROR_AlreadyExecuted, ERROR_NoSuchProposal, ERROR_NotConfirmed, ERROR_NotOwner,
    ERROR_TooFewConfirmations, EVENT_Confirmed, EVENT_Deposit, EVENT_Executed, EVENT_Proposed, EVENT_Revoked,
} from "./multisig.abi";

// Storage:
//   0 address[] owners   1 mapping(address => bool) isOwner   2 uint256 threshold
//   3 struct { address to; bool executed; uint256 value; uint256 confirmations; bytes data; }[]
//   4 mapping(uint256 => mapping(address => bool)) confirmed
const OWNERS = 0;
const IS_OWNER = 1;
const THRESHOLD = 2;
const PROPOSALS = 3;
const CONFIRMED = 4;
// of a proposal
const VALUE = 1;
const CONFIRMATIONS = 2;
const DATA = 3;
const PROPOSAL_SLOTS = 4;
const EXECUTED_BIT = 160;

function onlyOwner(): void {
    const by = msgSender();
    if (!loadBool(mapAddress(slot(IS_OWNER), by))) new Out(ERROR_NotOwner, 1).address(by).revert();
}
function refuse(error: u32, id: U256): void {
    new Out(error, 1).u256(id).revert();
}
function proposalAt(id: U256): Bytes32 {
    if (id >= loadU256(slot(PROPOSALS))) refuse(ERROR_NoSuchProposal, id);
    return arrayAt(slot(PROPOSALS), id, PROPOSAL_SLOTS);
}
function confirmedAt(id: U256, owner: Address): Bytes32 {
    return mapAddress(mapU256(slot(CONFIRMED), id), owner);
}
function isExecuted(at: Bytes32): bool {
    return !loadBits(at, EXECUTED_BIT, 8).isZero;
}
function mark(event: StaticArray<u8>, id: U256): void {
    new Event(event, 0).topicU256(id).topicAddress(msgSender()).emit();
}

function confirmOne(id: U256, at: Bytes32): void {
    const done = confirmedAt(id, msgSender());
    if (loadBool(done)) refuse(ERROR_AlreadyConfirmed, id);
    storeBool(done, true);
    const count = slotAdd(at, CONFIRMATIONS);
    storeU256(count, loadU256(count) + U256.of(1));
    mark(EVENT_Confirmed, id);
}

export function constructor_(): void {
    const owners = argArray(0), threshold = argU256(1), count = owners.length / 32;
    require(!threshold.isZero && threshold <= U256.of(count), "threshold out of range");
    for (let i: u32 = 0; i < count; i++) {
        const owner = inAddress(owners, i), known = mapAddress(slot(IS_OWNER), owner);
        require(!owner.isZero && !loadBool(known), "an owner is zero or twice there");
        storeBool(known, true);
        storeAddress(arrayPush(slot(OWNERS)), owner);
    }
    storeU256(slot(THRESHOLD), threshold);
}

export function receive(): void {
    const e = new Event(EVENT_Deposit, 1);
    e.topicAddress(msgSender()).data.u256(msgValue());
    e.emit();
}

export function owners(): void {
    const count = u32(loadU256(slot(OWNERS)).a);
    const items = Bytes.make(32 * count);
    for (let i: u32 = 0; i < count; i++) {
        const owner = loadWord(arrayAt(slot(OWNERS), U256.of(i)));
        memory.copy(items.ptr + 32 * i, changetype<usize>(owner), 32);
    }
    new Out(0, 1).array(items).result();
}
export function isOwner(): void {
    returnBool(loadBool(mapAddress(slot(IS_OWNER), argAddress(0))));
}
export function threshold(): void {
    returnU256(loadU256(slot(THRESHOLD)));
}
export function count(): void {
    returnU256(loadU256(slot(PROPOSALS)));
}
export function confirmed(): void {
    returnBool(loadBool(confirmedAt(argU256(0), argAddress(1))));
}
export function proposal(): void {
    const at = proposalAt(argU256(0));
    new Out(0, 5)
        .address(loadAddress(at))
        .u256(loadU256(slotAdd(at, VALUE)))
        .bytes(loadBytes(slotAdd(at, DATA)))
        .bool(isExecuted(at))
        .u256(loadU256(slotAdd(at, CONFIRMATIONS)))
        .result();
}

/** Its proposer confirms it at once. */
export function propose(): void {
    const to = argAddress(0), value = argU256(1), data = argBytes(2);
    onlyOwner();
    const id = loadU256(slot(PROPOSALS)), at = arrayPush(slot(PROPOSALS), PROPOSAL_SLOTS);
    storeAddress(at, to);
    storeU256(slotAdd(at, VALUE), value);
    storeBytes(slotAdd(at, DATA), data);
    const e = new Event(EVENT_Proposed, 2);
    e.topicU256(id).topicAddress(msgSender()).topicAddress(to).data.u256(value).bytes(data);
    e.emit();
    confirmOne(id, at);
    returnU256(id);
}

export function confirm(): void {
    const id = argU256(0);
    onlyOwner();
    const at = proposalAt(id);
    if (isExecuted(at)) refuse(ERROR_AlreadyExecuted, id);
    confirmOne(id, at);
}

export function revoke(): void {
    const id = argU256(0);
    onlyOwner();
    const at = proposalAt(id), done = confirmedAt(id, msgSender());
    if (isExecuted(at)) refuse(ERROR_AlreadyExecuted, id);
    if (!loadBool(done)) refuse(ERROR_NotConfirmed, id);
    storeBool(done, false);
    const count = slotAdd(at, CONFIRMATIONS);
    storeU256(count, loadU256(count) - U256.of(1));
    mark(EVENT_Revoked, id);
}

/** Passes on why the call failed. What is called may call back: executed is set before. */
export function execute(): void {
    const id = argU256(0);
    onlyOwner();
    const at = proposalAt(id);
    if (isExecuted(at)) refuse(ERROR_AlreadyExecuted, id);
    const have = loadU256(slotAdd(at, CONFIRMATIONS)), needed = loadU256(slot(THRESHOLD));
    if (have < needed) new Out(ERROR_TooFewConfirmations, 2).u256(have).u256(needed).revert();
    storeBits(at, EXECUTED_BIT, 8, U256.of(1));
    const value = loadU256(slotAdd(at, VALUE));
    if (!callRaw(loadAddress(at), value, loadBytes(slotAdd(at, DATA)))) revertBytes(returned());
    const result = returned();
    const e = new Event(EVENT_Executed, 1);
    e.topicU256(id).data.bytes(result);
    e.emit();
    returnBytes(result);
}
