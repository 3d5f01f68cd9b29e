// Hex, numbers and RLP (Yellow Paper, appendix B): strict both ways.

import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js';

export { concatBytes };

export const toHex = (bytes) => '0x' + bytesToHex(bytes);

export function toBytes(value) {
  if (value == null) return new Uint8Array(0);
  if (value instanceof Uint8Array) return value;
  if (typeof value !== 'string' || !/^0x([0-9a-fA-F]{2})*$/.test(value))
    throw new TypeError(`expected bytes or 0x and an even number of hex digits, found ${value}`);
  return hexToBytes(value.slice(2));
}

export function sized(value, size, what) {
  const bytes = toBytes(value);
  if (bytes.length !== size) throw new RangeError(`${what}: ${size} bytes, found ${bytes.length}`);
  return bytes;
}

/** A number that fits `bits`, as its shortest big-endian bytes. */
export function numberToBytes(value, bits, what) {
  const n = BigInt(value ?? 0);
  if (n < 0n || n >> BigInt(bits) !== 0n) throw new RangeError(`${what}: ${n} does not fit ${bits} bits`);
  if (n === 0n) return new Uint8Array(0);
  const hex = n.toString(16);
  return hexToBytes(hex.length % 2 ? '0' + hex : hex);
}

export function bytesToNumber(bytes, bits, what) {
  if (bytes.length && bytes[0] === 0) throw new RangeError(`${what}: a leading zero`);
  if (bytes.length * 8 > bits) throw new RangeError(`${what}: over ${bits} bits`);
  return bytes.length ? BigInt(toHex(bytes)) : 0n;
}

function header(short, long, length) {
  if (length < 56) return Uint8Array.of(short + length);
  const size = numberToBytes(length, 64, 'length');
  return concatBytes(Uint8Array.of(long + size.length), size);
}

/** Arrays are lists, everything else is bytes. */
export function rlpEncode(item) {
  if (Array.isArray(item)) {
    const body = concatBytes(...item.map(rlpEncode));
    return concatBytes(header(0xc0, 0xf7, body.length), body);
  }
  if (item.length === 1 && item[0] < 0x80) return item;
  return concatBytes(header(0x80, 0xb7, item.length), item);
}

function readItem(bytes, at) {
  const fail = (why) => {
    throw new RangeError(`RLP: ${why} at byte ${at}`);
  };
  if (at >= bytes.length) fail('the input ends');
  const first = bytes[at];
  if (first < 0x80) return { list: false, from: at, to: at + 1 };
  const list = first >= 0xc0;
  const [short, long] = list ? [0xc0, 0xf7] : [0x80, 0xb7];
  let from = at + 1;
  let length = first - short;
  if (first > long) {
    const size = first - long;
    const digits = bytes.subarray(from, from + size);
    if (digits.length < size || digits[0] === 0 || size > 6) fail('a bad length');
    length = Number(bytesToNumber(digits, 48, 'length'));
    if (length < 56) fail('a length longer than need be');
    from += size;
  }
  if (from + length > bytes.length) fail('an item that reaches past the end');
  if (!list && length === 1 && bytes[from] < 0x80) fail('a byte longer than need be');
  return { list, from, to: from + length };
}

export function rlpDecode(bytes, depth = 0) {
  const { list, from, to } = readItem(bytes, 0);
  if (to !== bytes.length) throw new RangeError('RLP: bytes after the end');
  if (!list) return bytes.subarray(from, to);
  if (depth > 16) throw new RangeError('RLP: too deep');
  const items = [];
  for (let at = from; at < to; ) {
    const item = readItem(bytes.subarray(0, to), at);
    items.push(rlpDecode(bytes.subarray(at, item.to), depth + 1));
    at = item.to;
  }
  return items;
}
