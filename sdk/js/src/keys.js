// The seven schemes: keys, the addresses that they own, sets of keys (M-of-N).

import { secp256k1 } from '@noble/curves/secp256k1.js';
import { blake3 } from '@noble/hashes/blake3.js';
import { keccak_256 } from '@noble/hashes/sha3.js';

import { bytesToNumber, concatBytes, numberToBytes, rlpDecode, rlpEncode, sized, toBytes, toHex } from './bytes.js';

export const Scheme = Object.freeze({
  Secp256k1: 1,
  Ed25519: 2,
  P256: 3,
  MlDsa65: 4,
  Hybrid: 5,
  Multi: 6,
  Bip340: 7,
});

const KEY_SIZE = { 1: 33, 2: 32, 3: 33, 4: 1952, 5: 1984, 7: 32 };
const SET_MOST = 16;

const compareBytes = (a, b) => {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
};

/** The order of keys in sets and lists: by scheme, then by bytes. */
export const compareKeys = (a, b) => a.scheme - b.scheme || compareBytes(toBytes(a.key), toBytes(b.key));

export function checkKey({ scheme, key }) {
  if (scheme === Scheme.Multi) return decodeKeySet(key) && { scheme, key: toBytes(key) };
  if (!(scheme in KEY_SIZE)) throw new RangeError(`signature scheme ${scheme} is not known`);
  return { scheme, key: sized(key, KEY_SIZE[scheme], `key of scheme ${scheme}`) };
}

function checkSet(threshold, keys) {
  if (keys.length < 1 || keys.length > SET_MOST) throw new RangeError('1 to 16 keys make a set');
  if (!(threshold >= 1 && threshold <= keys.length)) throw new RangeError('m is not among 1 to n');
  keys.forEach((k, i) => {
    if (k.scheme === Scheme.Multi) throw new RangeError('a set inside a set');
    checkKey(k);
    if (i > 0 && compareKeys(keys[i - 1], k) >= 0) throw new RangeError('the keys do not ascend');
  });
}

/** A set of keys as one key of scheme 6; sorts them. */
export function keySet(threshold, keys) {
  const sorted = keys.map(checkKey).sort(compareKeys);
  checkSet(threshold, sorted);
  const key = rlpEncode([
    numberToBytes(threshold, 8, 'm'),
    sorted.map((k) => [numberToBytes(k.scheme, 8, 'scheme'), k.key]),
  ]);
  return { scheme: Scheme.Multi, key };
}

export function decodeKeySet(bytes) {
  const [m, list, ...rest] = rlpDecode(toBytes(bytes));
  if (!Array.isArray(list) || rest.length) throw new RangeError('not [m, [[scheme, key], ...]]');
  const keys = list.map((pair) => {
    if (!Array.isArray(pair) || pair.length !== 2) throw new RangeError('not [scheme, key]');
    return { scheme: Number(bytesToNumber(pair[0], 8, 'scheme')), key: pair[1] };
  });
  const threshold = Number(bytesToNumber(m, 8, 'm'));
  checkSet(threshold, keys);
  return { threshold, keys };
}

/** What the state keeps of a registered key. */
export function keyCommitment(key) {
  const k = checkKey(key);
  return toHex(blake3(concatBytes(Uint8Array.of(k.scheme), k.key)));
}

/** The address that a key owns by itself. */
export function keyAddress(key) {
  const k = checkKey(key);
  if (k.scheme === Scheme.Secp256k1) {
    const point = secp256k1.Point.fromBytes(k.key).toBytes(false);
    return toHex(keccak_256(point.subarray(1)).subarray(12));
  }
  if (k.scheme === Scheme.Ed25519) return toHex(blake3(k.key).subarray(0, 20));
  return keyCommitment(k).slice(0, 42);
}

/** What a new key signs to be registered for an account (identities contract, rotateKey). */
export function keyProofHash(key, { chainId, account }) {
  const id = numberToBytes(chainId, 64, 'chainId');
  const parts = [new Uint8Array(8 - id.length), id, sized(account, 20, 'account'), toBytes(keyCommitment(key))];
  return toHex(blake3(concatBytes(new TextEncoder().encode('ghost-key-v1'), ...parts)));
}
