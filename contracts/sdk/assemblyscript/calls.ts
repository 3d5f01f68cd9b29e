/** Other contracts. */
import * as host from "./host";
import { Out } from "./abi";
import { hasCode } from "./context";
import { revertBytes, revertEmpty } from "./revert";
import { Address, Bytes, Bytes32 } from "./types";
import { U256 } from "./u256";

/** What the last call or creation returned. */
export function returned(): Bytes {
    const n = host.return_data_size();
    const out = Bytes.make(n);
    if (n > 0) host.return_data_copy(out.ptr, 0, n);
    return out;
}
/** false: it reverted or could not begin; nothing is thrown. All gas but a 64th goes along. */
export function callRaw(to: Address, value: U256, input: Bytes): bool {
    const v = value.word;
    return host.call(changetype<usize>(to), changetype<usize>(v), u64.MAX_VALUE, input.ptr, input.length) == 0;
}
export function staticCallRaw(to: Address, input: Bytes): bool {
    return host.static_call(changetype<usize>(to), u64.MAX_VALUE, input.ptr, input.length) == 0;
}
export function delegateCallRaw(to: Address, input: Bytes): bool {
    return host.delegate_call(changetype<usize>(to), u64.MAX_VALUE, input.ptr, input.length) == 0;
}
/** As a call in Solidity: an account without code reverts, a revert is passed on. The answer is read
 * with inU256 and its like. */
export function call(to: Address, value: U256, input: Out): Bytes {
    if (!hasCode(to)) revertEmpty();
    if (!callRaw(to, value, input.done)) revertBytes(returned());
    return returned();
}
export function staticCall(to: Address, input: Out): Bytes {
    if (!hasCode(to)) revertEmpty();
    if (!staticCallRaw(to, input.done)) revertBytes(returned());
    return returned();
}
/** Creates a contract; passes a revert on. */
export function create(value: U256, code: Bytes): Address {
    const v = value.word, a = new Address();
    if (host.create(changetype<usize>(v), code.ptr, code.length, changetype<usize>(a)) != 0) revertBytes(returned());
    return a;
}
export function create2(value: U256, code: Bytes, salt: Bytes32): Address {
    const v = value.word, a = new Address();
    const failed = host.create2(changetype<usize>(v), code.ptr, code.length, changetype<usize>(salt), changetype<usize>(a));
    if (failed != 0) revertBytes(returned());
    return a;
}
