// Runs `run` of a module without imports and prints its CPU time in milliseconds and its result.
//   node --liftoff --no-wasm-tier-up bench/wasm/v8.mjs FILE       V8's baseline compiler alone
import { readFileSync } from "node:fs";
const { instance } = await WebAssembly.instantiate(readFileSync(process.argv[2]), {});
const before = process.cpuUsage();
const result = instance.exports.run();
const after = process.cpuUsage(before);
console.log((after.user + after.system) / 1000, result >>> 0);
