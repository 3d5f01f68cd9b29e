/**
 * Storage in Solidity's layout. slot(n) is a variable's own; map... and arrayAt give those of members,
 * which may be maps again: mapAddress(mapAddress(slot(4), owner), spender) is allowance[owner][spender].
 */
import * as host from "./host";
import { panic, PANIC_EMPTY_POP, PANIC_INDEX } from "./revert";
import { Address, Bytes, Bytes32 } from "./types";
import { U256 } from "./u256";

export function slot(n: u64): Bytes32 {
    const w = new Bytes32();
    store<u64>(changetype<usize>(w), bswap<u64>(n), 24);
    return w;
}
export function slotAdd(base: Bytes32, n: u64): Bytes32 {
    return U256.addWrap(U256.word(base), U256.of(n)).word;
}
export function mapWord(base: Bytes32, key: Bytes32): Bytes32 {
    const pair = Bytes.make(64);
    memory.copy(pair.ptr, changetype<usize>(key), 32);
    memory.copy(pair.ptr + 32, changetype<usize>(base), 32);
    return pair.keccak256;
}
export function mapU256(base: Bytes32, key: U256): Bytes32 {
    return mapWord(base, key.word);
}
export function mapAddress(base: Bytes32, key: Address): Bytes32 {
    return mapWord(base, key.word);
}
/** By a string or bytes. */
export function mapBytes(base: Bytes32, key: Bytes): Bytes32 {
    const both = Bytes.make(key.length + 32);
    memory.copy(both.ptr, key.ptr, key.length);
    memory.copy(both.ptr + key.length, changetype<usize>(base), 32);
    return both.keccak256;
}

export function loadWord(at: Bytes32): Bytes32 {
    const w = new Bytes32();
    host.storage_load(changetype<usize>(at), changetype<usize>(w));
    return w;
}
export function storeWord(at: Bytes32, v: Bytes32): void {
    host.storage_store(changetype<usize>(at), changetype<usize>(v));
}
export function loadU256(at: Bytes32): U256 {
    return U256.word(loadWord(at));
}
export function storeU256(at: Bytes32, v: U256): void {
    storeWord(at, v.word);
}
/** Several variables in one slot: `bits` of it from bit `shift` (the first variable is at 0), both
 * multiples of 8 as in Solidity. */
export function loadBits(at: Bytes32, shift: i32, bits: i32): U256 {
    const whole = changetype<usize>(loadWord(at)), w = new Bytes32();
    const n: usize = bits / 8;
    memory.copy(changetype<usize>(w) + 32 - n, whole + 32 - (shift + bits) / 8, n);
    return U256.word(w);
}
export function storeBits(at: Bytes32, shift: i32, bits: i32, v: U256): void {
    const whole = loadWord(at), w = v.word;
    const n: usize = bits / 8;
    memory.copy(changetype<usize>(whole) + 32 - (shift + bits) / 8, changetype<usize>(w) + 32 - n, n);
    storeWord(at, whole);
}
/** A variable that has its slot for itself, or is the first of it. */
export function loadAddress(at: Bytes32): Address {
    return loadWord(at).address;
}
export function storeAddress(at: Bytes32, a: Address): void {
    const whole = loadWord(at);
    memory.copy(changetype<usize>(whole) + 12, changetype<usize>(a), 20);
    storeWord(at, whole);
}
export function loadBool(at: Bytes32): bool {
    return load<u8>(changetype<usize>(loadWord(at)), 31) != 0;
}
export function storeBool(at: Bytes32, v: bool): void {
    const whole = loadWord(at);
    store<u8>(changetype<usize>(whole), v ? 1 : 0, 31);
    storeWord(at, whole);
}

/** A dynamic array whose items take whole slots. */
export function arrayLength(at: Bytes32): U256 {
    return loadU256(at);
}
/** Panic(0x32) past the end. */
export function arrayAt(at: Bytes32, index: U256, slotsPerItem: u64 = 1): Bytes32 {
    if (index >= loadU256(at)) panic(PANIC_INDEX);
    const base = U256.word(new Bytes(changetype<usize>(at), 32).keccak256);
    const by = slotsPerItem == 1 ? index : U256.mulWrap(index, U256.of(slotsPerItem));
    return U256.addWrap(base, by).word;
}
/** The slot of a new item at the end. */
export function arrayPush(at: Bytes32, slotsPerItem: u64 = 1): Bytes32 {
    const length = loadU256(at);
    storeU256(at, length + U256.of(1));
    return arrayAt(at, length, slotsPerItem);
}
/** The item must have been cleared. Panic(0x31) where there is none. */
export function arrayPop(at: Bytes32): void {
    const length = loadU256(at);
    if (length.isZero) panic(PANIC_EMPTY_POP);
    storeU256(at, length - U256.of(1));
}

// string and bytes: up to 31 bytes in the slot itself, else from keccak(slot) on
function textLength(head: Bytes32): u32 {
    const v = U256.word(head).a;
    return (v & 1) == 0 ? u32(v & 0xff) >> 1 : u32(v >> 1);
}
export function loadBytes(at: Bytes32): Bytes {
    const head = loadWord(at);
    const length = textLength(head);
    if (length < 32) return new Bytes(changetype<usize>(head), length);
    const out = Bytes.make((length + 31) & ~31);
    const from = new Bytes(changetype<usize>(at), 32).keccak256;
    for (let i: u32 = 0; i < length; i += 32) {
        const key = slotAdd(from, i / 32);
        host.storage_load(changetype<usize>(key), out.ptr + i);
    }
    out.length = length;
    return out;
}
export function storeBytes(at: Bytes32, v: Bytes): void {
    const from = new Bytes(changetype<usize>(at), 32).keccak256;
    const old = textLength(loadWord(at));
    const words: u32 = v.length < 32 ? 0 : (v.length + 31) / 32;
    const oldWords: u32 = old < 32 ? 0 : (old + 31) / 32;
    for (let i: u32 = 0; i < words; i++) {
        const part = new Bytes32();
        memory.copy(changetype<usize>(part), v.ptr + 32 * i, min<u32>(32, v.length - 32 * i));
        storeWord(slotAdd(from, i), part);
    }
    for (let i = words; i < oldWords; i++) storeWord(slotAdd(from, i), new Bytes32());
    if (v.length >= 32) {
        storeU256(at, U256.of(2 * u64(v.length) + 1));
        return;
    }
    const head = new Bytes32();
    memory.copy(changetype<usize>(head), v.ptr, v.length);
    store<u8>(changetype<usize>(head), u8(2 * v.length), 31);
    storeWord(at, head);
}

/** Storage that is gone when the transaction ends. */
export function transientLoad(at: Bytes32): U256 {
    const w = new Bytes32();
    host.transient_load(changetype<usize>(at), changetype<usize>(w));
    return U256.word(w);
}
export function transientStore(at: Bytes32, v: U256): void {
    const w = v.word;
    host.transient_store(changetype<usize>(at), changetype<usize>(w));
}
