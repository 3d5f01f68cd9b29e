/**
 * Contracts for GhostVM in AssemblyScript.
 *
 *     import { argU256, loadU256, returnU256, slot, storeU256, U256 } from "@ghostvm/as";
 *
 *     export function constructor_(): void { storeU256(slot(0), argU256(0)); }
 *     export function increment(): void { storeU256(slot(0), loadU256(slot(0)) + U256.of(1)); }
 *     export function number(): void { returnU256(loadU256(slot(0))); }
 *
 * `ghostvm wasm build counter.ts` reads counter.abi.json, writes counter.abi.ts (selectors and topics)
 * and counter.router.ts (which calls these functions by selector), and compiles with the stub
 * runtime: memory is never given back, since a frame lives for one call. So views of bytes stay good.
 *
 * What fails reverts as Solidity does: calldata that is too short or out of its type's range and
 * calls to accounts without code with empty data, overflow with Panic(0x11), division by zero with
 * Panic(0x12), require with Error(string). Storage is laid out as Solidity's.
 */
export * from "./types";
export * from "./u256";
export * from "./revert";
export * from "./context";
export * from "./storage";
export * from "./abi";
export * from "./calls";
export * from "./router";
