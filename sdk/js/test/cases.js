// The transactions of the tests: every scheme and form, every kind of field. Keys are fixed.

import { p256 } from '@noble/curves/nist.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { privateKeyToAccount } from 'viem/accounts';

import * as ghost from '../src/index.js';
import { viemSigner } from '../src/viem.js';

const fill = (byte) => '0x' + byte.toString(16).padStart(2, '0').repeat(32);

/** An authenticator in software: what a browser's would answer, by WebAuthn level 2. */
export function softPasskey(secret, { flags = 0x05, type = 'webauthn.get', extra = '' } = {}) {
  const key = ghost.toBytes(secret);
  return ghost.passkeySigner({
    publicKey: p256.getPublicKey(key, false),
    getAssertion: async (challenge) => {
      const text = Buffer.from(challenge).toString('base64url');
      const clientDataJSON = new TextEncoder().encode(
        `{"type":"${type}","challenge":"${text}","origin":"https://ghost.example","crossOrigin":false${extra}}`,
      );
      const authenticatorData = concatBytes(
        sha256(new TextEncoder().encode('ghost.example')),
        Uint8Array.of(flags, 0, 0, 0, 7),
      );
      const message = concatBytes(authenticatorData, sha256(clientDataJSON));
      const signature = p256.sign(message, key, { prehash: true, lowS: false, format: 'der' });
      return { authenticatorData, clientDataJSON, signature };
    },
  });
}

export const signers = {
  secp256k1: ghost.secp256k1Signer(fill(0x11)),
  'secp256k1, EIP-712': viemSigner(privateKeyToAccount(fill(0x11))),
  ed25519: ghost.ed25519Signer(fill(0x22)),
  p256: ghost.p256Signer(fill(0x33)),
  'p256, passkey': softPasskey(fill(0x34)),
  'p256, passkey with extra members': softPasskey(fill(0x35), { flags: 0x1d, extra: ',"other":"x"' }),
  'ml-dsa-65': ghost.mlDsaSigner(fill(0x44)),
  hybrid: ghost.hybridSigner(fill(0x55), fill(0x56)),
  'bip-340': ghost.bip340Signer(fill(0x77)),
};

const of = (...names) => names.map((n) => signers[n]);
const set = (m, ...names) => ghost.keySet(m, of(...names).map((s) => s.key));
const two = set(2, 'secp256k1', 'ed25519', 'bip-340');
const passkeys = set(1, 'p256', 'p256, passkey');
signers['2 of 3'] = ghost.multiSigner(two, of('bip-340', 'secp256k1'));
signers['1 of 2, passkey'] = ghost.multiSigner(passkeys, of('p256, passkey'));
signers['1 of 1'] = ghost.multiSigner(set(1, 'ed25519'), of('ed25519'));

const plain = {
  chainId: 1337,
  nonce: 7,
  maxPriorityFeePerGas: 1_000_000_000n,
  maxFeePerGas: 30_000_000_000n,
  gas: 250_000,
  to: '0xdeadbeef00000000000000000000000000c0ffee',
  value: 10n ** 18n,
  data: '0xa9059cbb',
};

const shapes = {
  plain: {},
  'all zero': { nonce: 0, maxPriorityFeePerGas: 0, maxFeePerGas: 0, gas: 0, value: 0, data: '0x' },
  create: { to: null, data: '0x600160005500', value: 0 },
  'by name': { to: { name: 'alice.ghost' }, feeToken: 4 },
  'by a name outside ASCII': { to: { name: 'straße.ghost' } },
  'in a window': { notBefore: 1_700_000_000, notAfter: 1_800_000_000, feeToken: 2 },
  'with an access list': {
    accessList: [
      { address: '0x' + '01'.repeat(20), storageKeys: [fill(1), fill(2)] },
      { address: '0x' + '02'.repeat(20), storageKeys: [] },
    ],
  },
  'largest numbers': {
    chainId: 2n ** 64n - 1n,
    nonce: 2n ** 64n - 1n,
    gas: 2n ** 64n - 1n,
    maxFeePerGas: 2n ** 256n - 1n,
    maxPriorityFeePerGas: 2n ** 256n - 1n,
    value: 2n ** 256n - 1n,
    notAfter: 2n ** 64n - 1n,
    notBefore: 2n ** 64n - 1n,
  },
  'by grant': { sponsor: '0x' + '99'.repeat(20), feeToken: 3 },
};

/** Every signed transaction: { name, tx }. */
export async function cases() {
  const all = [];
  for (const [name, signer] of Object.entries(signers))
    all.push({ name: `plain by ${name}`, tx: await ghost.signGhostTransaction(plain, signer) });
  for (const [shape, change] of Object.entries(shapes))
    for (const by of ['ed25519', 'secp256k1, EIP-712'])
      all.push({ name: `${shape} by ${by}`, tx: await ghost.signGhostTransaction({ ...plain, ...change }, signers[by]) });
  for (const [by, payer] of [['ed25519', 'p256, passkey'], ['ml-dsa-65', 'secp256k1, EIP-712'], ['bip-340', '2 of 3']]) {
    const sponsored = { ...plain, notAfter: 1_900_000_000, sponsor: signers[payer].address };
    const signed = await ghost.signGhostTransaction(sponsored, signers[by]);
    all.push({ name: `by ${by}, paid by ${payer}`, tx: await ghost.sponsorGhostTransaction(signed, signers[payer]) });
  }
  return all;
}
