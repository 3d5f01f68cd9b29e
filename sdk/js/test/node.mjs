// Against a running node: transactions of every scheme from an account that has been given coins,
// and what ethers and viem read of them.
//
//   node test/node.mjs URL

import assert from 'node:assert/strict';

import { ethers } from 'ethers';
import { createPublicClient, createWalletClient, defineChain, http } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';

import * as ghost from '../src/index.js';
import { sendGhostTransaction } from '../src/ethers.js';
import { ghostSerializer } from '../src/viem.js';
import { signers } from './cases.js';

const url = process.argv[2];
const step = (text) => console.log(`ghost_tx: ${text}`);
const provider = new ethers.JsonRpcProvider(url, 1337, { cacheTimeout: -1, pollingInterval: 50, staticNetwork: true });
const chain = defineChain({
  id: 1337,
  name: 'ghost',
  nativeCurrency: { name: 'GhostChain Coin', symbol: 'GCC', decimals: 18 },
  rpcUrls: { default: { http: [url] } },
  serializers: { transaction: ghostSerializer },
});
const viem = createPublicClient({ chain, transport: http(url), pollingInterval: 50 });
const dev = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80';
const funder = new ethers.NonceManager(new ethers.Wallet(dev, provider));
const to = '0x00000000000000000000000000000000000c0ffe';

const receiptOf = async (hash) => {
  for (let i = 0; i < 200; i++) {
    const r = await provider.send('eth_getTransactionReceipt', [hash]);
    if (r) return r;
    await new Promise((f) => setTimeout(f, 25));
  }
  throw new Error(`no receipt of ${hash}`);
};

const base = { chainId: 1337, nonce: 0, maxPriorityFeePerGas: 10n ** 9n, maxFeePerGas: 10n ** 11n, gas: 400_000, to, value: 1n, data: '0x' };

const blocks = [];
for (const [name, signer] of Object.entries(signers)) {
  await (await funder.sendTransaction({ to: signer.address, value: 10n ** 18n })).wait();
  const nonce = await provider.getTransactionCount(signer.address);
  const tx = await ghost.signGhostTransaction({ ...base, nonce }, signer);
  const before = await provider.getBalance(signer.address);
  const hash = await sendGhostTransaction(provider, tx);
  assert.equal(hash, ghost.ghostTransactionHash(tx), name);
  const r = await receiptOf(hash);
  assert.equal(r.status, '0x1', name);
  assert.equal(r.type, '0x47', name);
  assert.equal(r.from, signer.address, name);
  assert.equal(r.ghost.payer, signer.address, name);
  assert.equal(r.ghost.to, to, name);
  assert.equal(r.ghost.feeToken, '0x1', name);
  const fee = BigInt(r.gasUsed) * BigInt(r.effectiveGasPrice);
  assert.equal(BigInt(r.ghost.feePaid), fee, name);
  assert.equal(before - (await provider.getBalance(signer.address)), fee + 1n, name);
  blocks.push({ number: BigInt(r.blockNumber), hash, tx });
  await assert.rejects(sendGhostTransaction(provider, tx), /nonce|known/, name); // a replay
}
step(`${blocks.length} transactions of every scheme and form are in blocks; none can be replayed`);

for (const { number, hash, tx } of blocks) {
  const byEthers = await provider.getBlock(Number(number), true);
  const mine = byEthers.prefetchedTransactions.find((t) => t.hash === hash);
  assert.equal(mine.type, 0x47);
  assert.equal(mine.from.toLowerCase(), tx.sender);
  assert.equal(mine.to.toLowerCase(), to);
  assert.equal(mine.maxFeePerGas, base.maxFeePerGas);
  const byViem = await viem.getBlock({ blockNumber: number, includeTransactions: true });
  const same = byViem.transactions.find((t) => t.hash === hash);
  assert.equal(same.from, tx.sender);
  assert.equal(same.value, 1n);
  assert.equal(same.typeHex, '0x47');
  const receipt = await viem.getTransactionReceipt({ hash });
  assert.equal(receipt.status, 'success');
  assert.equal((await provider.getTransactionReceipt(hash)).status, 1);
  assert.equal((await provider.getTransaction(hash)).hash, hash);
  assert.equal((await viem.getTransaction({ hash })).hash, hash);
}
step('ethers and viem read full blocks, transactions and receipts with them');

const account = privateKeyToAccount('0x' + '11'.repeat(32));
const nonce = await viem.getTransactionCount({ address: account.address });
const client = createWalletClient({ account, chain, transport: http(url) });
const signed = await ghost.signGhostTransaction({ ...base, nonce }, signers['secp256k1, EIP-712']);
const sent = await client.sendRawTransaction({ serializedTransaction: ghostSerializer({ type: 'ghost', ...signed }) });
assert.equal((await viem.waitForTransactionReceipt({ hash: sent })).status, 'success');
step('viem sends one and waits for it');

const mallory = await ghost.signGhostTransaction({ ...base, nonce: 99, sender: signers.ed25519.address }, signers.p256);
const refusals = [
  [mallory, /rule|address is not that of the key/],
  [{ ...signed, nonce: nonce + 7 }, /does not hold/],
  [{ ...signed, auths: [] }, /missing/],
  [{ ...signed, auths: [signed.auths[0], signed.auths[0]] }, /ascending/],
];
for (const [tx, why] of refusals) await assert.rejects(sendGhostTransaction(provider, tx), (e) => why.test(e.message + JSON.stringify(e.info ?? {})), `${why}`);
step('a stranger, a changed field, no signature and two are refused');

// ---- an Ethereum account moves to ML-DSA-65 and keeps its address
const identities = new ethers.Contract('0x0000000000000000000000000000000000004720', [
  'function rotateKey(uint8 scheme, bytes key, bytes proof, bool keepDelegation)',
  'function proofHash(address account, uint8 scheme, bytes key) view returns (bytes32)',
  'function keyOf(address account) view returns (bytes32 commitment, bool ownKeyHolds)',
], provider);
const mover = new ethers.Wallet('0x' + '21'.repeat(32), provider);
const classical = ghost.secp256k1Signer(mover.privateKey);
const quantumSafe = signers['ml-dsa-65'];
await (await funder.sendTransaction({ to: mover.address, value: 10n ** 18n })).wait();
const legacy = { to, value: 1n, gasLimit: 21_000, maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 10n ** 9n, chainId: 1337, type: 2 };
const waiting = await provider.broadcastTransaction(await mover.signTransaction({ ...legacy, nonce: 5 })); // a gap before it
const proof = await ghost.proveKey(quantumSafe, { chainId: 1337, account: mover.address });
assert.equal(
  await identities.proofHash(mover.address, proof.scheme, proof.key),
  ghost.keyProofHash(quantumSafe.key, { chainId: 1337, account: mover.address }),
);
const rotation = await identities.connect(mover).rotateKey(proof.scheme, proof.key, proof.proof, false, { nonce: 0 });
assert.equal((await rotation.wait()).status, 1);
assert.deepEqual([...(await identities.keyOf(mover.address))], [ghost.keyCommitment(quantumSafe.key), false]);
const told = (why) => (e) => why.test(e.message + JSON.stringify(e.info ?? {}) + JSON.stringify(e.error ?? {}));
for (const type of [0, 1, 2]) {
  const { maxFeePerGas, maxPriorityFeePerGas, ...rest } = legacy;
  const fields = type === 2 ? legacy : { ...rest, gasPrice: maxFeePerGas, type };
  const raw = await mover.signTransaction({ ...fields, nonce: 1 });
  await assert.rejects(provider.broadcastTransaction(raw), told(/registered another key/), `type ${type}`);
}
const sender = mover.address.toLowerCase();
const old = await ghost.signGhostTransaction({ ...base, nonce: 1, sender }, classical);
await assert.rejects(sendGhostTransaction(provider, old), told(/registered/));
assert.equal(await provider.getTransaction(waiting.hash), null); // what waited has left the pool
const safe = await ghost.signGhostTransaction({ ...base, nonce: 1, sender }, quantumSafe);
const safeReceipt = await receiptOf(await sendGhostTransaction(provider, safe));
assert.equal(safeReceipt.status, '0x1');
assert.equal(safeReceipt.from, sender);
step('an account moved to ML-DSA-65: its old key is refused in every type, also what waited in the pool');

// ---- a time window
const now = (await provider.getBlock('latest')).timestamp;
const later = { ...base, nonce: await provider.getTransactionCount(signers.ed25519.address) };
const timed = (change) => ghost.signGhostTransaction({ ...later, ...change }, signers.ed25519).then((t) => sendGhostTransaction(provider, t));
await assert.rejects(timed({ notAfter: now - 10 }), told(/valid until/));
await assert.rejects(timed({ notBefore: now + 90_000 }), told(/more than a day/));
await assert.rejects(timed({ notBefore: 10, notAfter: 5 }), told(/ends before it begins/));
const soon = await timed({ notBefore: now + 3 });
assert.equal(await provider.send('eth_getTransactionReceipt', [soon]), null);
await new Promise((f) => setTimeout(f, 3500));
await funder.sendTransaction({ to, value: 1n }).then((t) => t.wait());
assert.equal((await receiptOf(soon)).status, '0x1');
step('what is over or a day off is refused; what is early waits for its time');

await funder.sendTransaction({ to, value: 1n }).then((t) => t.wait());
assert.ok((await provider.send('eth_getBlockReceipts', ['latest'])).length > 0);
step('done');
