/** Who calls, with what, where. */
import * as host from "./host";
import { Address, Bytes32 } from "./types";
import { U256 } from "./u256";

export function msgSender(): Address {
    const a = new Address();
    host.caller(changetype<usize>(a));
    return a;
}
export function txOrigin(): Address {
    const a = new Address();
    host.origin(changetype<usize>(a));
    return a;
}
export function selfAddress(): Address {
    const a = new Address();
    host.self(changetype<usize>(a));
    return a;
}
export function msgValue(): U256 {
    const w = new Bytes32();
    host.value(changetype<usize>(w));
    return U256.word(w);
}
export function balanceOf(account: Address): U256 {
    const w = new Bytes32();
    host.balance(changetype<usize>(account), changetype<usize>(w));
    return U256.word(w);
}
export function hasCode(account: Address): bool {
    return host.code_size(changetype<usize>(account)) != 0;
}
export function blockNumber(): u64 {
    return host.block_number();
}
export function blockTimestamp(): u64 {
    return host.block_timestamp();
}
export function chainId(): u64 {
    return host.chain_id();
}
export function gasLeft(): u64 {
    return host.gas_left();
}
