// Type 0x47: fields to bytes and back, and what its keys sign.
//
// A transaction is an object:
//   chainId, nonce, maxPriorityFeePerGas, maxFeePerGas, gas   numbers or bigints
//   to             '0x...', { name: 'alice.ghost' }, or null (create)
//   value, data, accessList [{ address, storageKeys }]
//   feeToken       1 GCC (default), 2 SPIRIT, 3 MANA, 4 GHOST
//   sponsor        '0x...' or null
//   notBefore, notAfter    block timestamps, 0 for none
//   sender         '0x...'
//   auths, sponsorAuths    [{ scheme, key, signature }]

import { blake3 } from '@noble/hashes/blake3.js';
import { keccak_256 } from '@noble/hashes/sha3.js';

import { bytesToNumber, concatBytes, numberToBytes, rlpDecode, rlpEncode, sized, toBytes, toHex } from './bytes.js';

export const GHOST_TX_TYPE = 0x47;
export const FeeToken = Object.freeze({ GCC: 1, SPIRIT: 2, MANA: 3, GHOST: 4 });

const utf8 = new TextEncoder();
const text = new TextDecoder('utf-8', { fatal: true });

function encodeTo(to) {
  if (to == null) return new Uint8Array(0);
  if (typeof to === 'object' && !(to instanceof Uint8Array)) {
    const name = utf8.encode(to.name);
    if (name.length < 1 || name.length > 1024) throw new RangeError('to.name: 1 to 1024 bytes');
    return [name];
  }
  return sized(to, 20, 'to');
}

function feeToken(value) {
  const n = BigInt(value ?? FeeToken.GCC);
  if (n < 1n || n > 4n) throw new RangeError(`feeToken: 1 to 4, found ${n}`);
  return numberToBytes(n, 8, 'feeToken');
}

function sponsor(value) {
  if (value == null) return new Uint8Array(0);
  const bytes = sized(value, 20, 'sponsor');
  if (bytes.every((b) => b === 0)) throw new RangeError('sponsor: the zero address pays for nobody');
  return bytes;
}

function unsignedFields(tx) {
  return [
    numberToBytes(tx.chainId, 64, 'chainId'),
    numberToBytes(tx.nonce, 64, 'nonce'),
    numberToBytes(tx.maxPriorityFeePerGas, 256, 'maxPriorityFeePerGas'),
    numberToBytes(tx.maxFeePerGas, 256, 'maxFeePerGas'),
    numberToBytes(tx.gas, 64, 'gas'),
    encodeTo(tx.to),
    numberToBytes(tx.value, 256, 'value'),
    toBytes(tx.data),
    (tx.accessList ?? []).map((entry) => [
      sized(entry.address, 20, 'accessList.address'),
      entry.storageKeys.map((key) => sized(key, 32, 'accessList.storageKeys')),
    ]),
    feeToken(tx.feeToken),
    sponsor(tx.sponsor),
    numberToBytes(tx.notBefore, 64, 'notBefore'),
    numberToBytes(tx.notAfter, 64, 'notAfter'),
    sized(tx.sender, 20, 'sender'),
  ];
}

const encodeAuths = (auths) =>
  (auths ?? []).map((a) => [numberToBytes(a.scheme, 8, 'scheme'), toBytes(a.key), toBytes(a.signature)]);

/** The envelope: what eth_sendRawTransaction takes. */
export function serializeGhostTransaction(tx) {
  if (tx.sponsor == null && tx.sponsorAuths?.length) throw new RangeError('sponsorAuths without a sponsor');
  const fields = [...unsignedFields(tx), encodeAuths(tx.auths), encodeAuths(tx.sponsorAuths)];
  return toHex(concatBytes(Uint8Array.of(GHOST_TX_TYPE), rlpEncode(fields)));
}

export const ghostTransactionHash = (tx) =>
  toHex(keccak_256(toBytes(typeof tx === 'string' ? tx : serializeGhostTransaction(tx))));

const prefixedHash = (prefix, tx) => toHex(blake3(concatBytes(utf8.encode(prefix), rlpEncode(unsignedFields(tx)))));

/** What the sender's keys sign. */
export const ghostSigningHash = (tx) => prefixedHash('ghost-tx-v1', tx);
/** What the sponsor's keys sign. */
export const ghostSponsorHash = (tx) => prefixedHash('ghost-sponsor-v1', tx);

const MEMBERS = [
  { name: 'nonce', type: 'uint64' },
  { name: 'maxPriorityFeePerGas', type: 'uint256' },
  { name: 'maxFeePerGas', type: 'uint256' },
  { name: 'gasLimit', type: 'uint64' },
  { name: 'to', type: 'bytes' },
  { name: 'toName', type: 'string' },
  { name: 'value', type: 'uint256' },
  { name: 'data', type: 'bytes' },
  { name: 'accessList', type: 'AccessTuple[]' },
  { name: 'feeToken', type: 'uint8' },
  { name: 'sponsor', type: 'address' },
  { name: 'notBefore', type: 'uint64' },
  { name: 'notAfter', type: 'uint64' },
  { name: 'sender', type: 'address' },
];

/** The same fields for eth_signTypedData_v4 (EIP-712): { domain, types, primaryType, message }. */
export function ghostTypedData(tx, { asSponsor = false } = {}) {
  const primaryType = asSponsor ? 'GhostSponsorship' : 'GhostTransaction';
  const named = tx.to != null && typeof tx.to === 'object' && !(tx.to instanceof Uint8Array);
  unsignedFields(tx); // so that what cannot be sent is not signed either
  return {
    domain: { name: 'GhostChain', version: '1', chainId: BigInt(tx.chainId) },
    types: {
      [primaryType]: MEMBERS,
      AccessTuple: [
        { name: 'target', type: 'address' },
        { name: 'storageKeys', type: 'bytes32[]' },
      ],
    },
    primaryType,
    message: {
      nonce: BigInt(tx.nonce ?? 0),
      maxPriorityFeePerGas: BigInt(tx.maxPriorityFeePerGas ?? 0),
      maxFeePerGas: BigInt(tx.maxFeePerGas ?? 0),
      gasLimit: BigInt(tx.gas ?? 0),
      to: named || tx.to == null ? '0x' : toHex(toBytes(tx.to)),
      toName: named ? tx.to.name : '',
      value: BigInt(tx.value ?? 0),
      data: toHex(toBytes(tx.data)),
      accessList: (tx.accessList ?? []).map((e) => ({ target: e.address, storageKeys: e.storageKeys })),
      feeToken: Number(tx.feeToken ?? FeeToken.GCC),
      sponsor: tx.sponsor ?? '0x0000000000000000000000000000000000000000',
      notBefore: BigInt(tx.notBefore ?? 0),
      notAfter: BigInt(tx.notAfter ?? 0),
      sender: tx.sender,
    },
  };
}

const list = (item, what) => {
  if (!Array.isArray(item)) throw new RangeError(`${what}: expected a list`);
  return item;
};
const string = (item, what) => {
  if (Array.isArray(item)) throw new RangeError(`${what}: expected a string`);
  return item;
};
const address = (item, what) => toHex(sized(string(item, what), 20, what));
const number = (item, bits, what) => bytesToNumber(string(item, what), bits, what);

// A number where it is exact as one.
const small = (n) => (n <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(n) : n);

function decodeTo(item) {
  if (!Array.isArray(item)) return item.length === 0 ? null : address(item, 'to');
  if (item.length !== 1) throw new RangeError('to: a list of one name');
  return { name: text.decode(string(item[0], 'to')) };
}

const decodeAuths = (item, what) =>
  list(item, what).map((triple) => {
    if (list(triple, what).length !== 3) throw new RangeError(`${what}: [scheme, key, signature]`);
    return {
      scheme: Number(number(triple[0], 8, 'scheme')),
      key: toHex(string(triple[1], 'key')),
      signature: toHex(string(triple[2], 'signature')),
    };
  });

/** The fields of an envelope. Throws where it is not exactly one. */
export function parseGhostTransaction(envelope) {
  const bytes = toBytes(envelope);
  if (bytes[0] !== GHOST_TX_TYPE) throw new RangeError('not a transaction of type 0x47');
  const f = list(rlpDecode(bytes.subarray(1)), 'transaction');
  if (f.length !== 16) throw new RangeError(`a transaction has 16 fields, this one ${f.length}`);
  const tx = {
    type: 'ghost',
    chainId: small(number(f[0], 64, 'chainId')),
    nonce: small(number(f[1], 64, 'nonce')),
    maxPriorityFeePerGas: number(f[2], 256, 'maxPriorityFeePerGas'),
    maxFeePerGas: number(f[3], 256, 'maxFeePerGas'),
    gas: number(f[4], 64, 'gas'),
    to: decodeTo(f[5]),
    value: number(f[6], 256, 'value'),
    data: toHex(string(f[7], 'data')),
    accessList: list(f[8], 'accessList').map((entry) => ({
      address: address(list(entry, 'accessList')[0], 'accessList'),
      storageKeys: list(entry[1], 'accessList').map((k) => toHex(sized(string(k, 'key'), 32, 'key'))),
    })),
    feeToken: Number(number(f[9], 8, 'feeToken')),
    sponsor: string(f[10], 'sponsor').length ? address(f[10], 'sponsor') : null,
    notBefore: number(f[11], 64, 'notBefore'),
    notAfter: number(f[12], 64, 'notAfter'),
    sender: address(f[13], 'sender'),
    auths: decodeAuths(f[14], 'auths'),
    sponsorAuths: decodeAuths(f[15], 'sponsorAuths'),
  };
  if (serializeGhostTransaction(tx) !== toHex(bytes)) throw new RangeError('not in its canonical form');
  return tx;
}
