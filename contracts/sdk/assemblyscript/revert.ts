/** Ways to leave. None of these return; what the frame did is undone. */
import * as host from "./host";
import { Bytes } from "./types";

export function revertBytes(data: Bytes): void {
    host.revert(data.ptr, data.length);
    unreachable();
}
export function revertEmpty(): void {
    host.revert(0, 0);
    unreachable();
}
/** Error(string) */
export function revertText(reason: string): void {
    const text = Bytes.text(reason);
    const data = Bytes.make(68 + ((text.length + 31) & ~31));
    store<u32>(data.ptr, 0xa079c308); // 08c379a0
    store<u8>(data.ptr + 4 + 31, 32);
    store<u32>(data.ptr + 4 + 60, bswap<u32>(text.length));
    memory.copy(data.ptr + 68, text.ptr, text.length);
    revertBytes(data);
}

export const PANIC_ASSERT: u8 = 0x01;
export const PANIC_OVERFLOW: u8 = 0x11;
export const PANIC_DIVISION: u8 = 0x12;
export const PANIC_ENUM: u8 = 0x21;
export const PANIC_EMPTY_POP: u8 = 0x31;
export const PANIC_INDEX: u8 = 0x32;
export const PANIC_MEMORY: u8 = 0x41;
/** Panic(uint256), with Solidity's codes */
export function panic(code: u8): void {
    const data = Bytes.make(36);
    store<u32>(data.ptr, 0x717b484e); // 4e487b71
    store<u8>(data.ptr + 35, code);
    revertBytes(data);
}

// @ts-ignore: decorator
@inline
export function require(condition: bool, reason: string): void {
    if (!condition) revertText(reason);
}
