/** contracts/differential/solidity/Recursive.sol in AssemblyScript. */
import {
    Address, argAddress, argU256, Bytes, Bytes32, call, callRaw, delegateCallRaw, Event, inU256, loadAddress, loadBits,
    loadU256, mapU256, msgSender, Out, require, returnAddress, returnBool, returned, returnU256, returnU64, selfAddress,
    slot, staticCall, storeAddress, storeBits, storeU256, U256,
} from "@ghostvm/as";
import {
    ERROR_Bottom, ERROR_Reentered, EVENT_Caught, EVENT_Visited, SELECTOR_enter, SELECTOR_peek, SELECTOR_run,
} from "./recursive.abi";

// storage slots; PEER: address peer, bool locked
const PEER = 0;
const TOTAL = 1;
const VISITS = 2;
const LOCKED_BIT = 160;

function visitsSlot(depth: U256): Bytes32 {
    return mapU256(slot(VISITS), depth);
}
function peerAddress(): Address {
    return loadAddress(slot(PEER));
}
function isLocked(): bool {
    return !loadBits(slot(PEER), LOCKED_BIT, 8).isZero;
}
function less(depth: U256): U256 {
    return depth - U256.of(1);
}
function nextSeed(seed: U256, depth: U256): U256 {
    const both = Bytes.make(64);
    seed.write(both.ptr);
    depth.write(both.ptr + 32);
    return U256.word(both.keccak256);
}
function input(selector: u32, depth: U256, seed: U256): Out {
    return new Out(selector, 2).u256(depth).u256(seed);
}

/** Nothing of it changes state. */
function peekAt(depth: U256, seed: U256): U256 {
    if (depth.isZero) {
        require(!(seed % U256.of(11)).isZero, "nothing to see");
        return loadU256(visitsSlot(U256.of(seed.a % 8)));
    }
    const to = seed.a % 2 == 0 ? peerAddress() : selfAddress();
    return inU256(staticCall(to, input(SELECTOR_peek, less(depth), nextSeed(seed, depth))), 0) + U256.of(1);
}

function below(depth: U256, seed: U256, how: u64): U256 {
    if (how == 1) return peekAt(depth, seed);
    const run = input(SELECTOR_run, depth, seed);
    if (how == 0) return inU256(call(peerAddress(), U256.zero, run), 0);
    const done = how == 2 ? callRaw(selfAddress(), U256.zero, run.done) : delegateCallRaw(peerAddress(), run.done);
    const answer = returned();
    if (done) return inU256(answer, 0);
    const e = new Event(EVENT_Caught, 1);
    e.topicU256(depth).data.bytes(answer);
    e.emit();
    return U256.of(answer.length);
}

export function peer(): void {
    returnAddress(peerAddress());
}
export function locked(): void {
    returnBool(isLocked());
}
export function total(): void {
    returnU256(loadU256(slot(TOTAL)));
}
export function visits(): void {
    returnU256(loadU256(visitsSlot(argU256(0))));
}

export function join(): void {
    const other = argAddress(0);
    require(peerAddress().isZero, "joined already");
    storeAddress(slot(PEER), other);
}

export function run(): void {
    const depth = argU256(0), seed = argU256(1), at = visitsSlot(depth);
    let got = seed;
    storeU256(at, loadU256(at) + U256.of(1));
    if (depth.isZero) {
        if ((seed % U256.of(5)).isZero) new Out(ERROR_Bottom, 1).u256(seed).revert();
    } else {
        got = below(less(depth), nextSeed(seed, depth), seed.a % 4);
    }
    storeU256(slot(TOTAL), U256.addWrap(loadU256(slot(TOTAL)), got));
    const e = new Event(EVENT_Visited, 1);
    e.topicU256(depth).topicAddress(msgSender()).data.u256(got);
    e.emit();
    returnU256(got);
}

export function peek(): void {
    returnU256(peekAt(argU256(0), argU256(1)));
}

export function enter(): void {
    const depth = argU256(0);
    if (isLocked()) new Out(ERROR_Reentered, 1).u256(depth).revert();
    if (depth.isZero) {
        returnU64(0);
        return;
    }
    storeBits(slot(PEER), LOCKED_BIT, 8, U256.of(1));
    const to = depth.a % 2 == 0 ? selfAddress() : peerAddress();
    const got = inU256(call(to, U256.zero, new Out(SELECTOR_enter, 1).u256(less(depth))), 0);
    storeBits(slot(PEER), LOCKED_BIT, 8, U256.zero);
    returnU256(got + U256.of(1));
}
