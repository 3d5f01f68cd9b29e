/** contracts/differential/solidity/Pair.sol in AssemblyScript. */
import {
    Address, argAddress, argBool, argU256, Bytes32, call, Event, inBool, inU256, loadAddress, loadBits, loadU256,
    mapAddress, msgSender, Out, require, returnAddress, returnU256, revertError, selfAddress, slot, staticCall,
    storeAddress, storeBits, storeU256, U256,
} from "@ghostvm/as";
import * as itoken from "./itoken.abi";
import {
    ERROR_NoAmount, ERROR_NoLiquidity, ERROR_NotEnoughShares, ERROR_SameToken, ERROR_TooLittle, ERROR_TooMuch,
    EVENT_Added, EVENT_Removed, EVENT_Swapped,
} from "./pair.abi";

// storage slots; RESERVES: uint112 reserve0, uint112 reserve1, uint32 swaps
const TOKEN0 = 0;
const TOKEN1 = 1;
const RESERVES = 2;
const TOTAL_SUPPLY = 3;
const SHARES = 4;
const LOCKED_SHARES = 1000;

function reserve(which: i32): U256 {
    return loadBits(slot(RESERVES), which == 0 ? 0 : 112, 112);
}
function swaps(): U256 {
    return loadBits(slot(RESERVES), 224, 32);
}
function sharesSlot(account: Address): Bytes32 {
    return mapAddress(slot(SHARES), account);
}
function tokenAt(which: i32): Address {
    return loadAddress(slot(which == 0 ? TOKEN0 : TOKEN1));
}
function tooLittle(got: U256, wanted: U256): void {
    new Out(ERROR_TooLittle, 2).u256(got).u256(wanted).revert();
}
function setReserve(which: i32, v: U256): void {
    if (v > U256.mask(112)) new Out(ERROR_TooMuch, 1).u256(v).revert();
    storeBits(slot(RESERVES), which == 0 ? 0 : 112, 112, v);
}
function setBoth(new0: U256, new1: U256): void {
    setReserve(0, new0);
    setReserve(1, new1);
}

function root(v: U256): U256 {
    if (U256.of(4) > v) return U256.of(v.isZero ? 0 : 1);
    let x = v, next = (v >> 1) + U256.of(1);
    while (next < x) {
        x = next;
        next = (v / next + next) >> 1;
    }
    return x;
}

function quoteFor(zeroForOne: bool, amount: U256): U256 {
    const inside = reserve(zeroForOne ? 0 : 1), outside = reserve(zeroForOne ? 1 : 0);
    if (amount.isZero) revertError(ERROR_NoAmount);
    if (inside.isZero || outside.isZero) revertError(ERROR_NoLiquidity);
    const paid = amount * U256.of(997);
    return (paid * outside) / (inside * U256.of(1000) + paid);
}

function pull(token: i32, amount: U256): bool {
    const input = new Out(itoken.SELECTOR_transferFrom, 3).address(msgSender()).address(selfAddress()).u256(amount);
    return inBool(call(tokenAt(token), U256.zero, input), 0);
}
function push(token: i32, amount: U256): bool {
    const input = new Out(itoken.SELECTOR_transfer, 2).address(msgSender()).u256(amount);
    return inBool(call(tokenAt(token), U256.zero, input), 0);
}
function held(token: i32): U256 {
    return inU256(staticCall(tokenAt(token), new Out(itoken.SELECTOR_balanceOf, 1).address(selfAddress())), 0);
}

function emitChange(signature: StaticArray<u8>, amount0: U256, amount1: U256, shares: U256): void {
    const e = new Event(signature, 3);
    e.topicAddress(msgSender()).data.u256(amount0).u256(amount1).u256(shares);
    e.emit();
}

export function constructor_(): void {
    const first = argAddress(0), second = argAddress(1);
    if (first == second) new Out(ERROR_SameToken, 1).address(first).revert();
    storeAddress(slot(TOKEN0), first);
    storeAddress(slot(TOKEN1), second);
}

export function token0(): void {
    returnAddress(tokenAt(0));
}
export function token1(): void {
    returnAddress(tokenAt(1));
}
export function totalSupply(): void {
    returnU256(loadU256(slot(TOTAL_SUPPLY)));
}
export function sharesOf(): void {
    returnU256(loadU256(sharesSlot(argAddress(0))));
}
export function reserves(): void {
    new Out(0, 3).u256(reserve(0)).u256(reserve(1)).u256(swaps()).result();
}
export function quote(): void {
    returnU256(quoteFor(argBool(0), argU256(1)));
}
export function part(): void {
    const shares = loadU256(sharesSlot(argAddress(0)));
    returnU256((shares * U256.of(1000000000000000000)) / loadU256(slot(TOTAL_SUPPLY)));
}

export function add(): void {
    const amount0 = argU256(0), amount1 = argU256(1), least = argU256(2);
    if (amount0.isZero || amount1.isZero) revertError(ERROR_NoAmount);
    let supply = loadU256(slot(TOTAL_SUPPLY)), shares: U256;
    if (supply.isZero) {
        supply = U256.of(LOCKED_SHARES);
        shares = root(amount0 * amount1);
        if (shares <= supply) revertError(ERROR_NoLiquidity);
        shares = shares - supply;
        storeU256(sharesSlot(Address.zero()), supply);
    } else {
        const by0 = (amount0 * supply) / reserve(0);
        const by1 = (amount1 * supply) / reserve(1);
        shares = U256.min(by0, by1);
    }
    if (shares < least) tooLittle(shares, least);
    const at = sharesSlot(msgSender());
    storeU256(at, loadU256(at) + shares);
    storeU256(slot(TOTAL_SUPPLY), supply + shares);
    require(pull(0, amount0), "token0 did not pay");
    require(pull(1, amount1), "token1 did not pay");
    setBoth(reserve(0) + amount0, reserve(1) + amount1);
    emitChange(EVENT_Added, amount0, amount1, shares);
    returnU256(shares);
}

export function remove(): void {
    const shares = argU256(0), least0 = argU256(1), least1 = argU256(2);
    const at = sharesSlot(msgSender()), have = loadU256(at), supply = loadU256(slot(TOTAL_SUPPLY));
    if (have < shares) new Out(ERROR_NotEnoughShares, 2).u256(have).u256(shares).revert();
    const amount0 = (shares * reserve(0)) / supply;
    const amount1 = (shares * reserve(1)) / supply;
    if (amount0 < least0) tooLittle(amount0, least0);
    if (amount1 < least1) tooLittle(amount1, least1);
    storeU256(at, have - shares);
    storeU256(slot(TOTAL_SUPPLY), supply - shares);
    setBoth(reserve(0) - amount0, reserve(1) - amount1);
    require(push(0, amount0), "token0 did not pay");
    require(push(1, amount1), "token1 did not pay");
    emitChange(EVENT_Removed, amount0, amount1, shares);
    new Out(0, 2).u256(amount0).u256(amount1).result();
}

export function swap(): void {
    const zeroForOne = argBool(0), amount = argU256(1), least = argU256(2), out = quoteFor(zeroForOne, amount);
    const inside = zeroForOne ? 0 : 1, outside = 1 - inside;
    if (out < least) tooLittle(out, least);
    require(pull(inside, amount), "token did not pay");
    const more = reserve(inside) + amount, less = reserve(outside) - out;
    setBoth(zeroForOne ? more : less, zeroForOne ? less : more);
    storeBits(slot(RESERVES), 224, 32, U256.addWrap(swaps(), U256.of(1)));
    require(push(outside, out), "token did not pay");
    const e = new Event(EVENT_Swapped, 2);
    e.topicAddress(msgSender()).topicBool(zeroForOne).data.u256(amount).u256(out);
    e.emit();
    returnU256(out);
}

export function sync(): void {
    const new0 = held(0), new1 = held(1);
    setBoth(new0, new1);
}
