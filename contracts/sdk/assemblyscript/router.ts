/** What NAME.router.ts uses. */
import * as host from "./host";
import { revertEmpty } from "./revert";
import { Bytes, Bytes32 } from "./types";

/** What follows the selector; in init all of the input. */
export let __args: Bytes = new Bytes(0, 0);
export let __selector: u32 = 0;

export function __readInput(): void {
    const n = host.input_size();
    __args = Bytes.make(n);
    if (n > 0) host.input_copy(__args.ptr, 0, n);
}
/** Takes the selector off: false where the input is too short for one. */
export function __readCall(): bool {
    __readInput();
    if (__args.length < 4) return false;
    __selector = bswap<u32>(load<u32>(__args.ptr));
    __args = new Bytes(__args.ptr + 4, __args.length - 4);
    return true;
}
/** Refuses value unless payable, and calldata shorter than the arguments' heads. */
export function __enter(words: u32, payable: bool): void {
    if (!payable) {
        const value = new Bytes32();
        host.value(changetype<usize>(value));
        if (!value.isZero) revertEmpty();
    }
    if (__args.length / 32 < words) revertEmpty();
}
