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

await funder.sendTransaction({ to, value: 1n }).then((t) => t.wait());
assert.ok((await provider.send('eth_getBlockReceipts', ['latest'])).length > 0);
step('done');
