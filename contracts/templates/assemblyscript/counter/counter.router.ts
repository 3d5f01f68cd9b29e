// Made by `ghostvm wasm build` from counter.abi.json; changes are lost.
import { __args, __enter, __readCall, __readInput, __selector, revertEmpty } from "@ghostvm/as";
import * as contract from "./counter";

export function invoke(): i32 {
    if (__readCall()) {
        switch (__selector) {
            case 0x8381f58a: // number()
                __enter(0, false);
                contract.number();
                return 0;
            case 0x8da5cb5b: // owner()
                __enter(0, false);
                contract.owner();
                return 0;
            case 0xd09de08a: // increment()
                __enter(0, false);
                contract.increment();
                return 0;
            case 0x60fe47b1: // set(uint256)
                __enter(1, false);
                contract.set();
                return 0;
            default:
                break;
        }
    }
    revertEmpty();
    return 1;
}

export function init(): i32 {
    __readInput();
    __enter(1, false);
    contract.constructor_();
    return 0;
}
