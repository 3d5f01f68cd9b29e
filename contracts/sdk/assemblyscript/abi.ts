/** ABI-encoded data, read with bounds and written; results; events. */
import * as host from "./host";
import { revertBytes, revertEmpty } from "./revert";
import { __args } from "./router";
import { Address, Bytes, Bytes32 } from "./types";
import { U256 } from "./u256";

// ---- reading: members by their place among the arguments (a member of a static tuple or array counts
// as one each). What does not fit reverts with empty data.

function inWord(data: Bytes, i: u32): usize {
    if (data.length / 32 <= i) revertEmpty();
    return data.ptr + 32 * i;
}
export function inU256(data: Bytes, i: u32): U256 {
    return U256.at(inWord(data, i));
}
export function inBytes32(data: Bytes, i: u32): Bytes32 {
    return Bytes32.at(inWord(data, i));
}
export function inUint(data: Bytes, i: u32, bits: i32): U256 {
    const v = inU256(data, i);
    if (v > U256.mask(bits)) revertEmpty();
    return v;
}
export function inU64(data: Bytes, i: u32): u64 {
    const v = inU256(data, i);
    if (!v.fitsU64) revertEmpty();
    return v.a;
}
export function inBool(data: Bytes, i: u32): bool {
    const v = inU256(data, i);
    if (!v.fitsU64 || v.a > 1) revertEmpty();
    return v.a == 1;
}
export function inAddress(data: Bytes, i: u32): Address {
    const at = inWord(data, i);
    if ((load<u64>(at) | load<u32>(at, 8)) != 0) revertEmpty();
    return Address.at(at + 12);
}
/** Where a dynamic member begins, behind its count; the count must fit, with items of `size` bytes. */
function inTail(data: Bytes, i: u32, size: u32): Bytes {
    const at = inU256(data, i);
    if (!at.fitsU64 || data.length < 32 || at.a > u64(data.length - 32)) revertEmpty();
    const count = U256.at(data.ptr + usize(at.a));
    const start = u32(at.a) + 32;
    if (!count.fitsU64 || count.a > u64((data.length - start) / size)) revertEmpty();
    return new Bytes(data.ptr + start, u32(count.a));
}
/** string or bytes: a view of the input. */
export function inBytes(data: Bytes, i: u32): Bytes {
    return inTail(data, i, 1);
}
/** T[] of a static T that takes `words`; the items are members of the result, as many as
 * length / (32 * words). */
export function inArray(data: Bytes, i: u32, words: u32 = 1): Bytes {
    const tail = inTail(data, i, 32 * words);
    tail.length *= 32 * words;
    return tail;
}

export function argU256(i: u32): U256 {
    return inU256(__args, i);
}
export function argUint(i: u32, bits: i32): U256 {
    return inUint(__args, i, bits);
}
export function argU64(i: u32): u64 {
    return inU64(__args, i);
}
export function argBool(i: u32): bool {
    return inBool(__args, i);
}
export function argAddress(i: u32): Address {
    return inAddress(__args, i);
}
export function argBytes32(i: u32): Bytes32 {
    return inBytes32(__args, i);
}
export function argBytes(i: u32): Bytes {
    return inBytes(__args, i);
}
export function argArray(i: u32, words: u32 = 1): Bytes {
    return inArray(__args, i, words);
}

// ---- writing

/** Members in order; dynamic ones go behind the last by themselves. */
export class Out {
    private ptr: usize;
    private base: u32; // where offsets count from: 4 with a selector
    private head: u32; // where the next member goes
    private length: u32;
    private room: u32;

    /** For `members` words of heads; a selector of 0 is none. */
    constructor(selector: u32, members: u32) {
        this.base = selector != 0 ? 4 : 0;
        this.head = this.base;
        this.length = this.base + 32 * members;
        this.room = this.length + 64;
        this.ptr = heap.alloc(this.room);
        memory.fill(this.ptr, 0, this.length);
        if (selector != 0) store<u32>(this.ptr, bswap<u32>(selector));
    }
    private member(): usize {
        assert(this.head + 32 <= this.length, "more members than begun with");
        this.head += 32;
        return this.ptr + this.head - 32;
    }
    private tail(n: u32): usize {
        const padded = (n + 31) & ~31;
        if (this.length + padded > this.room) {
            this.room = 2 * (this.length + padded);
            this.ptr = heap.realloc(this.ptr, this.room);
        }
        const at = this.ptr + this.length;
        memory.fill(at, 0, padded);
        this.length += padded;
        return at;
    }
    u256(v: U256): Out {
        v.write(this.member());
        return this;
    }
    u64(v: u64): Out {
        store<u64>(this.member(), bswap<u64>(v), 24);
        return this;
    }
    bool(v: bool): Out {
        return this.u64(v ? 1 : 0);
    }
    address(a: Address): Out {
        memory.copy(this.member() + 12, changetype<usize>(a), 20);
        return this;
    }
    bytes32(w: Bytes32): Out {
        memory.copy(this.member(), changetype<usize>(w), 32);
        return this;
    }
    /** string or bytes */
    bytes(v: Bytes): Out {
        this.u64(this.length - this.base);
        U256.of(v.length).write(this.tail(32));
        memory.copy(this.tail(v.length), v.ptr, v.length);
        return this;
    }
    /** T[] of words: `items` holds 32 bytes each. */
    array(items: Bytes): Out {
        this.u64(this.length - this.base);
        U256.of(items.length / 32).write(this.tail(32));
        memory.copy(this.tail(items.length), items.ptr, items.length);
        return this;
    }
    get done(): Bytes {
        return new Bytes(this.ptr, this.length);
    }
    /** A custom error: new Out(ERROR_Name, members), its members, and this. */
    revert(): void {
        revertBytes(this.done);
    }
    /** The results of a function. */
    result(): void {
        host.output(this.ptr, this.length);
    }
}

export function returnU256(v: U256): void {
    returnBytes32(v.word);
}
export function returnU64(v: u64): void {
    returnU256(U256.of(v));
}
export function returnBool(v: bool): void {
    returnU256(U256.of(v ? 1 : 0));
}
export function returnAddress(a: Address): void {
    returnBytes32(a.word);
}
export function returnBytes32(w: Bytes32): void {
    host.output(changetype<usize>(w), 32);
}
/** string or bytes */
export function returnBytes(v: Bytes): void {
    new Out(0, 1).bytes(v).result();
}
/** A custom error without members. */
export function revertError(selector: u32): void {
    new Out(selector, 0).revert();
}

// ---- events

/**
 * Indexed members are topics, the others data:
 *
 *     const e = new Event(EVENT_Transfer, 1);
 *     e.topicAddress(from).topicAddress(to).data.u256(amount);
 *     e.emit();
 */
export class Event {
    private topics: usize = heap.alloc(128);
    private count: u32 = 1;
    data: Out;

    /** `members` counts those that are not indexed. */
    constructor(signature: StaticArray<u8>, members: u32) {
        this.data = new Out(0, members);
        memory.copy(this.topics, changetype<usize>(signature), 32);
    }
    topicBytes32(w: Bytes32): Event {
        assert(this.count < 4, "more than three topics");
        memory.copy(this.topics + 32 * this.count++, changetype<usize>(w), 32);
        return this;
    }
    topicU256(v: U256): Event {
        return this.topicBytes32(v.word);
    }
    topicAddress(a: Address): Event {
        return this.topicBytes32(a.word);
    }
    topicBool(v: bool): Event {
        return this.topicU256(U256.of(v ? 1 : 0));
    }
    /** An indexed string or bytes: its hash. */
    topicBytes(v: Bytes): Event {
        return this.topicBytes32(v.keccak256);
    }
    emit(): void {
        const data = this.data.done;
        host.emit_event(this.topics, this.count, data.ptr, data.length);
    }
}
