// Bytes and hashes: the vectors that the C tests read are what this package makes now, the node's
// encoder gives the same bytes both ways, and what is not exactly a transaction is not parsed.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import test from 'node:test';

import { hashTypedData } from 'viem';

import * as ghost from '../src/index.js';
import { cases, signers } from './cases.js';

const vectorsPath = process.env.GHOST_VECTORS ?? new URL('../../../tests/support/ghost_tx_vectors.json', import.meta.url);
const tool = process.env.GHOSTVM ?? new URL('../../../build/ghostvm', import.meta.url).pathname;
const all = await cases();

test('the vectors are reproduced', () => {
  const vectors = JSON.parse(readFileSync(vectorsPath, 'utf8'));
  assert.equal(vectors.length, all.length);
  all.forEach(({ name, tx }, i) => {
    assert.equal(vectors[i].name, name);
    assert.equal(vectors[i].raw, ghost.serializeGhostTransaction(tx), name);
    assert.equal(vectors[i].typedData, hashTypedData(ghost.ghostTypedData(tx)), name);
  });
});

test('parsing gives what was serialised', () => {
  for (const { name, tx } of all) {
    const raw = ghost.serializeGhostTransaction(tx);
    const parsed = ghost.parseGhostTransaction(raw);
    assert.equal(ghost.serializeGhostTransaction(parsed), raw, name);
    assert.equal(ghost.ghostSigningHash(parsed), ghost.ghostSigningHash(tx), name);
    assert.equal(ghost.ghostTransactionHash(parsed), ghost.ghostTransactionHash(raw), name);
    assert.deepEqual(parsed.to, tx.to, name);
    assert.equal(parsed.sender, tx.sender, name);
  }
});

// The node's JSON form of a transaction as this package's.
function fromRpc(json) {
  const auths = (list) => list.map((a) => ({ ...a, scheme: Number(a.scheme) }));
  return {
    chainId: BigInt(json.chainId),
    nonce: BigInt(json.nonce),
    maxPriorityFeePerGas: BigInt(json.maxPriorityFeePerGas),
    maxFeePerGas: BigInt(json.maxFeePerGas),
    gas: BigInt(json.gas),
    to: json.ghost.toName ? { name: json.ghost.toName } : json.to,
    value: BigInt(json.value),
    data: json.input,
    accessList: json.accessList,
    feeToken: Number(json.ghost.feeToken),
    sponsor: json.ghost.sponsor,
    notBefore: BigInt(json.ghost.notBefore),
    notAfter: BigInt(json.ghost.notAfter),
    sender: json.from,
    auths: auths(json.ghost.auths),
    sponsorAuths: auths(json.ghost.sponsorAuths),
  };
}

test("the node's decoder and encoder agree both ways", { skip: !existsSync(tool) && `no ${tool}` }, () => {
  for (const { name, tx } of all) {
    const raw = ghost.serializeGhostTransaction(tx);
    const json = JSON.parse(execFileSync(tool, ['tx', '--json', raw], { encoding: 'utf8' }));
    assert.equal(json.raw, raw, name);
    assert.equal(json.hash, ghost.ghostTransactionHash(raw), name);
    assert.equal(json.signingHash, ghost.ghostSigningHash(tx), name);
    assert.equal(json.type, '0x47', name);
    for (const zero of ['r', 's', 'v', 'yParity']) assert.equal(json[zero], '0x0', name);
    assert.equal(ghost.serializeGhostTransaction(fromRpc(json)), raw, name);
  }
});

test('the node refuses what was changed', { skip: !existsSync(tool) && `no ${tool}` }, () => {
  const { tx } = all.find((c) => c.name === 'plain by ed25519');
  const refused = (change, why) => {
    const raw = ghost.serializeGhostTransaction({ ...tx, ...change });
    const run = () => execFileSync(tool, ['tx', '--json', raw], { encoding: 'utf8', stdio: 'pipe' });
    assert.throws(run, (e) => why.test(e.stderr + e.stdout), `${why}`);
  };
  refused({ nonce: tx.nonce + 1 }, /does not hold/);
  refused({ auths: [] }, /authorisation is missing/);
  refused({ auths: [...tx.auths, ...tx.auths] }, /ascending/);
  refused({ to: { name: 'Alice.ghost' } }, /name/);
});

test('what is no transaction is not parsed', () => {
  const raw = ghost.serializeGhostTransaction(all[0].tx);
  const fails = (hex) => assert.throws(() => ghost.parseGhostTransaction(hex));
  fails('0x02' + raw.slice(4));
  fails(raw + '00');
  fails(raw.slice(0, -2));
  const fields = ghost.rlpDecode(ghost.toBytes(raw).subarray(1));
  const again = (list) => '0x47' + ghost.toHex(ghost.rlpEncode(list)).slice(2);
  assert.equal(again(fields), raw);
  fails(again(fields.slice(0, 15)));
  fails(again([...fields, new Uint8Array(0)]));
  const put = (at, bytes) => again(fields.map((f, i) => (i === at ? Uint8Array.from(bytes) : f)));
  fails(put(0, [0, 1]));
  fails(put(5, [1]));
  fails(put(9, [5]));
  fails(put(10, new Uint8Array(20)));
  assert.throws(() => ghost.serializeGhostTransaction({ ...all[0].tx, sponsorAuths: all[0].tx.auths }));
  assert.throws(() => ghost.serializeGhostTransaction({ ...all[0].tx, nonce: -1 }));
});

test('sets of keys have one form', () => {
  const keys = ['ed25519', 'secp256k1', 'bip-340'].map((n) => signers[n].key);
  const set = ghost.keySet(2, keys);
  assert.deepEqual(ghost.keySet(2, [...keys].reverse()), set);
  assert.equal(ghost.decodeKeySet(set.key).threshold, 2);
  assert.throws(() => ghost.keySet(4, keys));
  assert.throws(() => ghost.keySet(0, keys));
  assert.throws(() => ghost.keySet(1, [keys[0], keys[0]]));
  assert.throws(() => ghost.keySet(1, [set]));
  assert.throws(() => ghost.multiSigner(set, [signers.ed25519]));
  assert.throws(() => ghost.multiSigner(set, [signers.ed25519, signers.p256]));
});

test('a wallet that signs with another account is told so', async () => {
  const { viemSigner } = await import('../src/viem.js');
  const { privateKeyToAccount } = await import('viem/accounts');
  const [a, b] = ['0x' + '11'.repeat(32), '0x' + '12'.repeat(32)].map(privateKeyToAccount);
  const liar = viemSigner({ address: a.address, signTypedData: (d) => b.signTypedData(d) });
  const tx = { chainId: 1, nonce: 0, gas: 21000, to: a.address };
  await assert.rejects(ghost.signGhostTransaction(tx, liar), /signed with/);
  await assert.rejects(ghost.sponsorGhostTransaction(tx, signers.ed25519), /notAfter/);
});

test('ethers and viem sign the same', async () => {
  const { ethersSigner } = await import('../src/ethers.js');
  const { Wallet } = await import('ethers');
  const wallet = await ethersSigner(new Wallet('0x' + '11'.repeat(32)));
  for (const { name, tx } of all.filter((c) => c.name.endsWith('by secp256k1, EIP-712') && !c.name.includes('paid'))) {
    const signed = await ghost.signGhostTransaction({ ...tx, auths: undefined }, wallet);
    assert.deepEqual(signed.auths, tx.auths, name);
  }
});
