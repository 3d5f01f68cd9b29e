/** ERC-20 with the errors of ERC-6093. The supply goes to whoever creates it; the creator may mint. */
import {
    Address, argAddress, argBytes, argU256, Bytes32, Event, loadAddress, loadBytes, loadU256, mapAddress, msgSender, Out,
    require, returnAddress, returnBool, returnBytes, returnU256, returnU64, slot, storeAddress, storeBytes, storeU256, U256,
} from "@ghostvm/as";
import {
    ERROR_ERC20InsufficientAllowance, ERROR_ERC20InsufficientBalance, ERROR_ERC20InvalidReceiver, ERROR_ERC20InvalidSender,
    ERROR_ERC20InvalidSpender, EVENT_Approval, EVENT_Transfer,
} from "./erc20.abi";

// storage slots
const BALANCES = 0;
const ALLOWANCES = 1;
const TOTAL_SUPPLY = 2;
const NAME = 3;
const SYMBOL = 4;
const OWNER = 5;

function balanceSlot(account: Address): Bytes32 {
    return mapAddress(slot(BALANCES), account);
}
function allowanceSlot(owner: Address, spender: Address): Bytes32 {
    return mapAddress(mapAddress(slot(ALLOWANCES), owner), spender);
}
function refuse(error: u32, account: Address): void {
    new Out(error, 1).address(account).revert();
}
function refuseAmount(error: u32, account: Address, have: U256, needed: U256): void {
    new Out(error, 3).address(account).u256(have).u256(needed).revert();
}

/** From or to the zero address: minted or burnt. */
function update(from: Address, to: Address, value: U256): void {
    if (from.isZero) {
        storeU256(slot(TOTAL_SUPPLY), loadU256(slot(TOTAL_SUPPLY)) + value);
    } else {
        const at = balanceSlot(from), balance = loadU256(at);
        if (balance < value) refuseAmount(ERROR_ERC20InsufficientBalance, from, balance, value);
        storeU256(at, balance - value);
    }
    // No sum passes 2^256: all balances together are the supply.
    const at = to.isZero ? slot(TOTAL_SUPPLY) : balanceSlot(to), before = loadU256(at);
    storeU256(at, to.isZero ? before - value : before + value);
    const e = new Event(EVENT_Transfer, 1);
    e.topicAddress(from).topicAddress(to).data.u256(value);
    e.emit();
}

function move(from: Address, to: Address, value: U256): void {
    if (from.isZero) refuse(ERROR_ERC20InvalidSender, from);
    if (to.isZero) refuse(ERROR_ERC20InvalidReceiver, to);
    update(from, to, value);
}

export function constructor_(): void {
    const name = argBytes(0), symbol = argBytes(1), supply = argU256(2);
    storeBytes(slot(NAME), name);
    storeBytes(slot(SYMBOL), symbol);
    storeAddress(slot(OWNER), msgSender());
    update(Address.zero(), msgSender(), supply);
}

export function name(): void {
    returnBytes(loadBytes(slot(NAME)));
}
export function symbol(): void {
    returnBytes(loadBytes(slot(SYMBOL)));
}
export function decimals(): void {
    returnU64(18);
}
export function totalSupply(): void {
    returnU256(loadU256(slot(TOTAL_SUPPLY)));
}
export function owner(): void {
    returnAddress(loadAddress(slot(OWNER)));
}
export function balanceOf(): void {
    returnU256(loadU256(balanceSlot(argAddress(0))));
}
export function allowance(): void {
    returnU256(loadU256(allowanceSlot(argAddress(0), argAddress(1))));
}

export function transfer(): void {
    move(msgSender(), argAddress(0), argU256(1));
    returnBool(true);
}

export function approve(): void {
    const spender = argAddress(0), value = argU256(1);
    if (spender.isZero) refuse(ERROR_ERC20InvalidSpender, spender);
    storeU256(allowanceSlot(msgSender(), spender), value);
    const e = new Event(EVENT_Approval, 1);
    e.topicAddress(msgSender()).topicAddress(spender).data.u256(value);
    e.emit();
    returnBool(true);
}

export function transferFrom(): void {
    const from = argAddress(0), to = argAddress(1), value = argU256(2);
    const at = allowanceSlot(from, msgSender()), allowed = loadU256(at);
    if (allowed != U256.max) {
        if (allowed < value) refuseAmount(ERROR_ERC20InsufficientAllowance, msgSender(), allowed, value);
        storeU256(at, allowed - value);
    }
    move(from, to, value);
    returnBool(true);
}

export function mint(): void {
    const to = argAddress(0), value = argU256(1);
    require(msgSender() == loadAddress(slot(OWNER)), "not the owner");
    if (to.isZero) refuse(ERROR_ERC20InvalidReceiver, to);
    update(Address.zero(), to, value);
}

export function burn(): void {
    update(msgSender(), Address.zero(), argU256(0));
}
