// An OpenZeppelin ERC-20 and Uniswap V2 on a running node, by unmodified ethers and cast.
//   node contracts.mjs URL
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { ethers } from 'ethers';
import solc from 'solc';

const url = process.argv[2];
const require = createRequire(path.join(process.cwd(), 'package.json'));
const keys = [
    '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80',
    '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d',
];
const cast = (...args) =>
    execFileSync('node_modules/.bin/cast', [...args, '--rpc-url', url], { encoding: 'utf8' }).trim();
const step = text => console.log(`clients: ${text}`);

function compileToken() {
    const source = `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;
import "@openzeppelin/contracts/token/ERC20/ERC20.sol";
contract Token is ERC20 {
    constructor(string memory name, string memory symbol) ERC20(name, symbol) { _mint(msg.sender, 1e24); }
}`;
    const input = {
        language: 'Solidity',
        sources: { 'Token.sol': { content: source } },
        settings: { outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } } },
    };
    const found = { import: p => ({ contents: readFileSync(`node_modules/${p}`, 'utf8') }) };
    const output = JSON.parse(solc.compile(JSON.stringify(input), found));
    const errors = (output.errors ?? []).filter(e => e.severity === 'error');
    assert.deepEqual(errors, []);
    return output.contracts['Token.sol'].Token;
}
const artifact = name => require(name);
const bytecodeOf = a => a.bytecode ?? a.evm.bytecode.object;

const provider = new ethers.JsonRpcProvider(url, undefined, { polling: true, pollingInterval: 50, cacheTimeout: -1 });
const socket = new ethers.WebSocketProvider(url.replace('http', 'ws'));
const [alice, bob] = keys.map(k => new ethers.NonceManager(new ethers.Wallet(k, provider)));
const deploy = async (a, signer, ...args) => {
    const code = bytecodeOf(a);
    const c = await new ethers.ContractFactory(a.abi, code.startsWith('0x') ? code : `0x${code}`, signer).deploy(...args);
    return c.waitForDeployment();
};
const done = async tx => {
    const receipt = await (await tx).wait();
    assert.equal(receipt.status, 1);
    return receipt;
};

// ---- an ERC-20 by ethers
const me = await alice.getAddress(), you = await bob.getAddress();
const compiled = compileToken();
const token = await deploy(compiled, alice, 'Token A', 'TKA');
assert.equal(await token.name(), 'Token A');
const heard = [];
await new ethers.Contract(await token.getAddress(), compiled.abi, socket).on('Transfer', (from, to, value) =>
    heard.push([from, to, value]));
const heads = [];
await socket.on('block', n => heads.push(n));
const receipt = await done(token.transfer(you, 1234n));
assert.equal(receipt.logs.length, 1);
assert.equal(await token.balanceOf(you), 1234n);
const past = await token.queryFilter(token.filters.Transfer(null, you));
assert.equal(past.length, 1);
assert.equal(past[0].args.value, 1234n);
step('ERC-20 deployed, transferred, read back, found by its event');

await assert.rejects(token.connect(bob).transfer.staticCall(me, 10n ** 30n), e => {
    assert.equal(e.code, 'CALL_EXCEPTION');
    assert.equal(e.revert.name, 'ERC20InsufficientBalance');
    assert.deepEqual([...e.revert.args], [you, 1234n, 10n ** 30n]);
    return true;
});
step('custom error decoded');

// ---- the same token by cast
const address = await token.getAddress();
assert.equal(cast('chain-id'), '1337');
assert.equal(cast('call', address, 'balanceOf(address)(uint256)', you).split(' ')[0], '1234');
const sent = JSON.parse(cast('send', '--json', '--private-key', keys[1], address, 'transfer(address,uint256)', me, '34'));
assert.equal(sent.status, '0x1');
assert.equal(cast('call', address, 'balanceOf(address)(uint256)', you).split(' ')[0], '1200');
const refused = spawnSync('node_modules/.bin/cast', ['send', '--private-key', keys[1], address,
    'transfer(address,uint256)', me, `${10n ** 30n}`, '--rpc-url', url], { encoding: 'utf8' });
assert.match(refused.stderr, /execution reverted/);
assert.equal(JSON.parse(cast('receipt', '--json', sent.transactionHash)).transactionHash, sent.transactionHash);
assert.equal(JSON.parse(cast('logs', '--json', '--from-block', '0', '--address', address)).length, 3);
assert.ok(BigInt(cast('estimate', address, 'transfer(address,uint256)', me, '1', '--from', you)) > 21000n);
const proof = JSON.parse(cast('proof', address, '0x0'));
assert.equal(ethers.keccak256(proof.accountProof[0]), (await provider.send('eth_getBlockByNumber', ['latest', false])).stateRoot);
bob.reset();
step('the same by cast: call, send, receipt, logs, estimate, proof');

// ---- Uniswap V2
const core = n => artifact(`@uniswap/v2-core/build/${n}.json`), periphery = n => artifact(`@uniswap/v2-periphery/build/${n}.json`);
const other = await deploy(compiled, alice, 'Token B', 'TKB');
const weth = await deploy(periphery('WETH9'), alice);
const factory = await deploy(core('UniswapV2Factory'), alice, me);
const router = await deploy(periphery('UniswapV2Router02'), alice, await factory.getAddress(), await weth.getAddress());
const [a, b, r] = await Promise.all([token, other, router].map(c => c.getAddress()));
const deadline = (await provider.getBlock('latest')).timestamp + 3600;
for (const t of [token, other]) await done(t.approve(r, ethers.MaxUint256));
await done(router.addLiquidity(a, b, 10n ** 20n, 4n * 10n ** 20n, 0, 0, me, deadline));
const pair = new ethers.Contract(await factory.getPair(a, b), core('UniswapV2Pair').abi, alice);
const reserves = await pair.getReserves();
assert.equal(reserves[0] + reserves[1], 5n * 10n ** 20n);
const before = await other.balanceOf(me);
const quoted = (await router.getAmountsOut(10n ** 18n, [a, b]))[1];
const swap = await done(router.swapExactTokensForTokens(10n ** 18n, 0, [a, b], me, deadline));
assert.equal((await other.balanceOf(me)) - before, quoted);
// x * y = k with 0.3 % taken from the input, in Uniswap's own integers
const input = 10n ** 18n * 997n;
assert.equal(quoted, (input * 4n * 10n ** 20n) / (10n ** 20n * 1000n + input));
const swapTopic = pair.interface.getEvent('Swap').topicHash;
assert.equal(swap.logs.filter(l => l.topics[0] === swapTopic).length, 1);
await assert.rejects(
    router.swapExactTokensForTokens.staticCall(10n ** 18n, 10n ** 21n, [a, b], me, deadline),
    e => e.reason === 'UniswapV2Router: INSUFFICIENT_OUTPUT_AMOUNT');
await assert.rejects(router.swapExactETHForTokens.staticCall(0, [await weth.getAddress(), a], me, deadline, { value: 1n }),
    e => e.code === 'CALL_EXCEPTION'); // no such pair
step('Uniswap V2: factory, router, liquidity, swap to the wei, revert with its reason');

// ---- what the subscriptions heard
for (let i = 0; i < 100 && (heads.length < 5 || heard.length < 2); i++) await new Promise(f => setTimeout(f, 50));
assert.deepEqual(heard[0], [me, you, 1234n]);
assert.ok(heads.length >= 5 && heads.every((n, i) => i === 0 || n === heads[i - 1] + 1), `heads ${heads}`);
step(`subscriptions: ${heads.length} heads in order, ${heard.length} transfers`);

// ---- development methods, and full blocks
const id = await provider.send('evm_snapshot', []);
const height = await provider.getBlockNumber();
await provider.send('evm_increaseTime', [1000]);
await provider.send('evm_mine', []);
assert.equal(await provider.getBlockNumber(), height + 1);
assert.equal(await provider.send('evm_revert', [id]), true);
assert.equal(await provider.getBlockNumber(), height);
const full = await provider.getBlock(1, true);
assert.equal(full.prefetchedTransactions.length, full.transactions.length);
const tree = await provider.send('debug_traceTransaction', [swap.hash, { tracer: 'callTracer' }]);
const called = c => [c.to, ...(c.calls ?? []).flatMap(called)];
assert.ok(called(tree).includes((await pair.getAddress()).toLowerCase()));
const steps = await provider.send('debug_traceTransaction', [swap.hash]);
assert.equal(BigInt(steps.gas), swap.gasUsed);
step('snapshot, time travel, revert, full block, traces');

await socket.destroy();
provider.destroy();
