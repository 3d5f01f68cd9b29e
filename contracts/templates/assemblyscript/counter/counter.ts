/** A number that anyone can count up and its owner can set. */
import {
    argU256, Event, loadAddress, loadU256, msgSender, Out, returnAddress, returnU256, slot, storeAddress, storeU256, U256,
} from "@ghostvm/as";
import { ERROR_NotOwner, EVENT_Changed } from "./counter.abi";

// storage slots
const NUMBER = 0;
const OWNER = 1;

function change(from: U256, to: U256): void {
    storeU256(slot(NUMBER), to);
    const e = new Event(EVENT_Changed, 2);
    e.topicAddress(msgSender()).data.u256(from).u256(to);
    e.emit();
}

export function constructor_(): void {
    storeU256(slot(NUMBER), argU256(0));
    storeAddress(slot(OWNER), msgSender());
}

export function number(): void {
    returnU256(loadU256(slot(NUMBER)));
}

export function owner(): void {
    returnAddress(loadAddress(slot(OWNER)));
}

export function increment(): void {
    const from = loadU256(slot(NUMBER));
    const to = from + U256.of(1); // Panic(0x11) at the end of the numbers
    change(from, to);
    returnU256(to);
}

export function set(): void {
    const to = argU256(0);
    if (msgSender() != loadAddress(slot(OWNER))) new Out(ERROR_NotOwner, 1).address(msgSender()).revert();
    change(loadU256(slot(NUMBER)), to);
}
