// What wallets and tools ask beside the usual: filters that are polled, access lists, the pool's content, the fork.
//   node tools.mjs URL
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { ethers } from 'ethers';

const url = process.argv[2];
const key = '0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6';
const step = text => console.log(`clients: ${text}`);
const provider = new ethers.JsonRpcProvider(url, 1337, { cacheTimeout: -1, pollingInterval: 50, staticNetwork: true });
const wallet = new ethers.NonceManager(new ethers.Wallet(key, provider));
const me = await wallet.getAddress();
const call = (method, ...params) => provider.send(method, params);
const done = async tx => (await tx).wait();

// Stores 1 at slot 0 and logs its caller: SSTORE(0, 1), LOG1(0, 0, caller).
const { contractAddress: contract } = await done(wallet.sendTransaction({ data: '0x6860015f55335f5fa1005f5260096017f3' }));
const topic = ethers.zeroPadValue(me, 32);

// ---- filters by hand
const logs = await call('eth_newFilter', { address: contract, topics: [topic], fromBlock: 'earliest' });
const others = await call('eth_newFilter', { address: contract, topics: [ethers.id('other')] });
const blocks = await call('eth_newBlockFilter'), pending = await call('eth_newPendingTransactionFilter');
const snapshot = await call('evm_snapshot');
const receipt = await done(wallet.sendTransaction({ to: contract }));
const [log, ...rest] = await call('eth_getFilterChanges', logs);
assert.deepEqual(rest, []);
assert.equal(log.transactionHash, receipt.hash);
assert.equal(log.removed, false);
assert.deepEqual(await call('eth_getFilterChanges', logs), []);
assert.deepEqual(await call('eth_getFilterLogs', logs), [log]);
assert.deepEqual(await call('eth_getFilterChanges', others), []);
assert.deepEqual(await call('eth_getFilterChanges', blocks), [receipt.blockHash]);
assert.deepEqual(await call('eth_getFilterChanges', pending), [receipt.hash]);
await call('evm_revert', snapshot);
assert.deepEqual(await call('eth_getFilterChanges', logs), [{ ...log, removed: true }]);
assert.equal(await call('eth_uninstallFilter', logs), true);
assert.equal(await call('eth_uninstallFilter', logs), false);
await assert.rejects(call('eth_getFilterChanges', logs), /filter not found/);
await assert.rejects(call('eth_getFilterLogs', blocks), /filter not found/);
step('filters: logs, blocks, transactions; a log taken off; uninstalled');

// ---- the same through ethers, which polls filters unless told otherwise
const heard = [];
await provider.on({ address: contract }, entry => heard.push(entry));
await new Promise(f => setTimeout(f, 200));
wallet.reset();
await done(wallet.sendTransaction({ to: contract }));
for (let i = 0; i < 100 && heard.length === 0; i++) await new Promise(f => setTimeout(f, 50));
assert.equal(heard.length, 1);
assert.equal(heard[0].topics[0], topic);
await provider.removeAllListeners();
step("ethers' own filters hear an event");

// ---- access lists
const list = await call('eth_createAccessList', { from: me, to: contract }, 'latest');
assert.deepEqual(list.accessList, [{ address: contract.toLowerCase(), storageKeys: [ethers.ZeroHash] }]);
const listed = await done(wallet.sendTransaction({ to: contract, type: 1, accessList: list.accessList }));
assert.equal(listed.gasUsed, BigInt(list.gasUsed));
const byCast = execFileSync('node_modules/.bin/cast', ['access-list', contract, '--from', me, '--rpc-url', url], { encoding: 'utf8' });
assert.ok(byCast.includes(`gas used: ${Number(list.gasUsed)}`), byCast);
step('access list, as ethers and cast use it; its gas is what the transaction uses');

// ---- the pool: one transaction waits for the nonce before it
const nonce = await provider.getTransactionCount(me);
const base = { to: contract, gasLimit: 100000, maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 1n, chainId: 1337, type: 2 };
const later = await wallet.signer.signTransaction({ ...base, nonce: nonce + 1 });
const hash = await call('eth_sendRawTransaction', later);
assert.deepEqual(await call('txpool_status'), { pending: '0x0', queued: '0x1' });
const content = await call('txpool_content');
assert.equal(content.queued[me][nonce + 1].hash, hash);
assert.equal((await call('txpool_contentFrom', me)).queued[nonce + 1].hash, hash);
assert.equal((await call('txpool_inspect')).queued[me][nonce + 1], `${contract}: 0 wei + 100000 gas × 100000000000 wei`);
assert.equal(await call('eth_getRawTransactionByHash', hash), later);
await call('eth_sendRawTransaction', await wallet.signer.signTransaction({ ...base, nonce }));
assert.equal((await provider.waitForTransaction(hash)).status, 1);
assert.equal(await call('eth_getRawTransactionByHash', hash), later);
step("the pool's content; raw transactions while they wait and after");

// ---- messages signed by the node's own accounts
const signer = await provider.getSigner(1);
assert.equal(ethers.verifyMessage('hello', await signer.signMessage('hello')), signer.address);
assert.equal(ethers.verifyMessage('hello', await signer._legacySignMessage('hello')), signer.address);
await assert.rejects(call('eth_sign', contract, '0x00'), /unknown account/);
step('messages signed by the node');

// ---- the fork and the base fee
const { current, next } = await call('eth_config');
assert.equal(current.chainId, '0x539');
assert.equal(current.precompiles.P256VERIFY, ethers.zeroPadValue('0x0100', 20));
assert.equal(next, null);
assert.ok(BigInt(await call('eth_baseFee')) > 0n);
step('fork and base fee');
provider.destroy();
