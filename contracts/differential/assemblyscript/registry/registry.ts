/** contracts/differential/solidity/Registry.sol in AssemblyScript. */
import {
    Address, argAddress, argBool, argBytes, argBytes32, argU256, argU64, arrayAt, arrayPop, arrayPush, Bytes, Bytes32,
    callRaw, Event, loadAddress, loadBits, loadBytes, loadU256, loadWord, mapAddress, mapBytes, msgSender, msgValue, Out,
    panic, PANIC_OVERFLOW, require, returnAddress, returnBytes, returnBytes32, returnU256, slot, slotAdd, storeAddress,
    storeBits, storeBytes, storeU256, storeWord, U256,
} from "@ghostvm/as";
import {
    ERROR_BadLength, ERROR_IsFrozen, ERROR_NotKeeper, ERROR_NotOwner, ERROR_Taken, ERROR_TooCheap, EVENT_Frozen,
    EVENT_Moved, EVENT_Registered, EVENT_Released, EVENT_Tagged, EVENT_Updated,
} from "./registry.abi";

// Storage:
//   0 mapping(string => { address owner; uint64 expires; bool frozen; string value; bytes32[] tags })
//   1 mapping(address => uint256) countOf   2 string[] names   3 uint256 fee   4 address keeper
const RECORDS = 0;
const COUNTS = 1;
const NAMES = 2;
const FEE = 3;
const KEEPER = 4;
// of a record
const VALUE = 1;
const TAGS = 2;
const EXPIRES_BIT = 160;
const FROZEN_BIT = 224;

function recordSlot(name: Bytes): Bytes32 {
    return mapBytes(slot(RECORDS), name);
}
function countSlot(account: Address): Bytes32 {
    return mapAddress(slot(COUNTS), account);
}
function expires(at: Bytes32): U256 {
    return loadBits(at, EXPIRES_BIT, 64);
}
function isFrozen(at: Bytes32): bool {
    return !loadBits(at, FROZEN_BIT, 8).isZero;
}
function changeCount(account: Address, up: bool): void {
    const at = countSlot(account), v = loadU256(at);
    storeU256(at, up ? v + U256.of(1) : v - U256.of(1));
}
function owned(name: Bytes): Bytes32 {
    const at = recordSlot(name), by = msgSender();
    if (loadAddress(at) != by) new Out(ERROR_NotOwner, 2).bytes(name).address(by).revert();
    return at;
}
function onlyKeeper(): void {
    const by = msgSender();
    if (by != loadAddress(slot(KEEPER))) new Out(ERROR_NotKeeper, 1).address(by).revert();
}

export function constructor_(): void {
    const fee = argU256(0), keeper = argAddress(1);
    storeU256(slot(FEE), fee);
    storeAddress(slot(KEEPER), keeper);
}

export function receive(): void {}

export function register(): void {
    const name = argBytes(0), value = argBytes(1), paid = msgValue(), fee = loadU256(slot(FEE));
    if (name.length < 3 || name.length > 64) new Out(ERROR_BadLength, 1).u64(name.length).revert();
    if (paid < fee) new Out(ERROR_TooCheap, 2).u256(paid).u256(fee).revert();
    const at = recordSlot(name), owner = loadAddress(at), by = msgSender();
    if (!owner.isZero) new Out(ERROR_Taken, 2).bytes(name).address(owner).revert();
    storeAddress(at, by);
    storeBits(at, EXPIRES_BIT, 64, U256.of(1));
    storeBytes(slotAdd(at, VALUE), value);
    changeCount(by, true);
    const index = loadU256(slot(NAMES));
    storeBytes(arrayPush(slot(NAMES)), name);
    const e = new Event(EVENT_Registered, 2);
    e.topicBytes(name).topicAddress(by).data.bytes(name).bytes(value);
    e.emit();
    returnU256(index);
}

export function update(): void {
    const name = argBytes(0), value = argBytes(1), at = owned(name);
    if (isFrozen(at)) new Out(ERROR_IsFrozen, 1).bytes(name).revert();
    storeBytes(slotAdd(at, VALUE), value);
    const e = new Event(EVENT_Updated, 1);
    e.topicBytes(name).data.bytes(value);
    e.emit();
}

export function renew(): void {
    const name = argBytes(0), period = argU64(1), at = owned(name);
    const until = expires(at) + U256.of(period);
    if (!until.fitsU64) panic(PANIC_OVERFLOW);
    storeBits(at, EXPIRES_BIT, 64, until);
    returnU256(until);
}

export function move(): void {
    const name = argBytes(0), to = argAddress(1), at = owned(name), by = msgSender();
    require(!to.isZero, "to nobody");
    changeCount(by, false);
    changeCount(to, true);
    storeAddress(at, to);
    new Event(EVENT_Moved, 0).topicBytes(name).topicAddress(by).topicAddress(to).emit();
}

export function tag(): void {
    const name = argBytes(0), what = argBytes32(1), tags = slotAdd(owned(name), TAGS), index = loadU256(tags);
    storeWord(arrayPush(tags), what);
    const e = new Event(EVENT_Tagged, 2);
    e.topicBytes(name).data.bytes32(what).u256(index);
    e.emit();
    returnU256(index);
}

function popTag(tags: Bytes32): void {
    const count = loadU256(tags);
    if (!count.isZero) storeWord(arrayAt(tags, count - U256.of(1)), new Bytes32());
    arrayPop(tags);
}

export function untag(): void {
    popTag(slotAdd(owned(argBytes(0)), TAGS));
}

export function release(): void {
    const name = argBytes(0), at = owned(name), tags = slotAdd(at, TAGS);
    while (!loadU256(tags).isZero) popTag(tags);
    storeBytes(slotAdd(at, VALUE), Bytes.empty());
    storeWord(at, new Bytes32());
    changeCount(msgSender(), false);
    new Event(EVENT_Released, 0).topicBytes(name).emit();
}

export function freeze(): void {
    const name = argBytes(0), on = argBool(1);
    onlyKeeper();
    storeBits(recordSlot(name), FROZEN_BIT, 8, U256.of(on ? 1 : 0));
    const e = new Event(EVENT_Frozen, 1);
    e.topicBytes(name).data.bool(on);
    e.emit();
}

export function setFee(): void {
    const to = argU256(0);
    onlyKeeper();
    storeU256(slot(FEE), to);
}

export function withdraw(): void {
    const to = argAddress(0), amount = argU256(1);
    onlyKeeper();
    require(callRaw(to, amount, Bytes.empty()), "not paid");
}

export function record(): void {
    const at = recordSlot(argBytes(0)), tags = slotAdd(at, TAGS), count = u32(loadU256(tags).a);
    const items = Bytes.make(32 * count);
    for (let i: u32 = 0; i < count; i++)
        memory.copy(items.ptr + 32 * i, changetype<usize>(loadWord(arrayAt(tags, U256.of(i)))), 32);
    new Out(0, 5)
        .address(loadAddress(at))
        .u256(expires(at))
        .bool(isFrozen(at))
        .bytes(loadBytes(slotAdd(at, VALUE)))
        .array(items)
        .result();
}

export function tagAt(): void {
    const tags = slotAdd(recordSlot(argBytes(0)), TAGS);
    returnBytes32(loadWord(arrayAt(tags, argU256(1))));
}
export function nameAt(): void {
    returnBytes(loadBytes(arrayAt(slot(NAMES), argU256(0))));
}
export function countOf(): void {
    returnU256(loadU256(countSlot(argAddress(0))));
}
export function fee(): void {
    returnU256(loadU256(slot(FEE)));
}
export function keeper(): void {
    returnAddress(loadAddress(slot(KEEPER)));
}
