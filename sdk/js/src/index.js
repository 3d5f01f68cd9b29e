export { rlpDecode, rlpEncode, toBytes, toHex } from './bytes.js';
export * from './keys.js';
export * from './sign.js';
export * from './tx.js';
