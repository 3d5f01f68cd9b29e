/** Pays out of an ERC-20 that it holds; the token may be an EVM contract, and neither notices. */
import {
    Address, argAddress, argArray, argU256, Bytes, call, callRaw, Event, inAddress, inBool, inU256, loadAddress, loadU256,
    msgSender, Out, require, returnAddress, returned, returnU256, selfAddress, slot, staticCall, storeAddress, storeU256,
    U256,
} from "@ghostvm/as";
import { EVENT_Paid } from "./caller.abi";
import * as itoken from "./itoken.abi";

// storage slots
const TOKEN = 0;
const PAID = 1;

function transferCall(to: Address, amount: U256): Out {
    return new Out(itoken.SELECTOR_transfer, 2).address(to).u256(amount);
}

function wasPaid(to: Address, amount: U256): void {
    storeU256(slot(PAID), loadU256(slot(PAID)) + amount);
    const e = new Event(EVENT_Paid, 1);
    e.topicAddress(msgSender()).topicAddress(to).data.u256(amount);
    e.emit();
}

/** Passes on why the token refused. */
function payOne(to: Address, amount: U256): void {
    const answer = call(loadAddress(slot(TOKEN)), U256.zero, transferCall(to, amount));
    require(inBool(answer, 0), "the token did not pay");
    wasPaid(to, amount);
}

export function constructor_(): void {
    storeAddress(slot(TOKEN), argAddress(0));
}

export function token(): void {
    returnAddress(loadAddress(slot(TOKEN)));
}
export function paid(): void {
    returnU256(loadU256(slot(PAID)));
}

export function balance(): void {
    const answer = staticCall(loadAddress(slot(TOKEN)), new Out(itoken.SELECTOR_balanceOf, 1).address(selfAddress()));
    returnU256(inU256(answer, 0));
}

export function pay(): void {
    payOne(argAddress(0), argU256(1));
}

export function payMany(): void {
    const to = argArray(0), each = argU256(1);
    for (let i: u32 = 0; i < to.length / 32; i++) payOne(inAddress(to, i), each);
}

/** Goes on where the token refuses, and returns what it said. */
export function tryPay(): void {
    const to = argAddress(0), amount = argU256(1);
    const done = callRaw(loadAddress(slot(TOKEN)), U256.zero, transferCall(to, amount).done);
    const result = new Out(0, 2).bool(done).bytes(done ? Bytes.empty() : returned());
    if (done) wasPaid(to, amount);
    result.result();
}
