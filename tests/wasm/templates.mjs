// The templates on a running node: deployed with viem and ethers as {abi, bytecode} with constructor
// arguments, called, their events and errors read, traced through EVM -> WASM -> EVM.
//   node templates.mjs URL LANGUAGE FOLDER-OF-ARTIFACTS TOKEN.json
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { ethers } from 'ethers';
import {
    createPublicClient, createWalletClient, decodeErrorResult, defineChain, getAddress, http, parseEther, parseEventLogs,
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { compile } from './solidity.mjs';

const [url, language, folder, tokenFile] = process.argv.slice(2);
const keys = [
    '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80',
    '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d',
];
const artifact = name => JSON.parse(readFileSync(`${folder}/${name}.json`, 'utf8'));
const step = text => console.log(`wasm_contracts: ${language}: ${text}`);
const ZERO = '0x0000000000000000000000000000000000000000';

// ---- viem: counter
const chain = defineChain({
    id: 1337, name: 'devnet', nativeCurrency: { name: 'GCC', symbol: 'GCC', decimals: 18 },
    rpcUrls: { default: { http: [url] } },
});
const transport = http(url);
const reader = createPublicClient({ chain, transport, pollingInterval: 50, cacheTime: 0 });
const [me, you] = keys.map(k => createWalletClient({ chain, transport, account: privateKeyToAccount(k) }));
const [mine, yours] = [me, you].map(w => w.account.address);
const deploy = async ({ abi, bytecode }, args, wallet = me) => {
    const hash = await wallet.deployContract({ abi, bytecode, args });
    const receipt = await reader.waitForTransactionReceipt({ hash });
    assert.equal(receipt.status, 'success');
    return getAddress(receipt.contractAddress);
};
const write = async (wallet, address, abi, functionName, args = [], value) => {
    const hash = await wallet.writeContract({ address, abi, functionName, args, value });
    const receipt = await reader.waitForTransactionReceipt({ hash });
    assert.equal(receipt.status, 'success', functionName);
    return receipt;
};
const read = (address, abi, functionName, args = []) => reader.readContract({ address, abi, functionName, args });
const refused = async (promise, name, args) => {
    await assert.rejects(promise, e => {
        const cause = e.walk(c => c.data?.errorName !== undefined || c.reason !== undefined);
        const found = cause?.data?.errorName ?? cause?.reason;
        assert.equal(found === 'Error' ? cause.reason : found, name);
        if (args !== undefined) assert.deepEqual(cause.data.args, args);
        return true;
    });
};
const simulate = (account, address, abi, functionName, args = [], value) =>
    reader.simulateContract({ account, address, abi, functionName, args, value });

const counter = artifact('counter');
const c = await deploy(counter, [41n]);
assert.ok((await reader.getCode({ address: c })).startsWith('0xef4700'));
assert.equal(await read(c, counter.abi, 'number'), 41n);
assert.equal(await read(c, counter.abi, 'owner'), mine);
const counted = await write(you, c, counter.abi, 'increment');
const changed = parseEventLogs({ abi: counter.abi, logs: counted.logs, eventName: 'Changed' });
assert.deepEqual(changed.map(l => l.args), [{ by: yours, from: 41n, to: 42n }]);
assert.deepEqual((await reader.getContractEvents({ address: c, abi: counter.abi, fromBlock: 0n })).length, 1);
await refused(simulate(yours, c, counter.abi, 'set', [1n]), 'NotOwner', [yours]);
await write(me, c, counter.abi, 'set', [2n ** 256n - 1n]);
await refused(simulate(yours, c, counter.abi, 'increment'), 'Panic', [0x11n]);
// the storage is Solidity's: slot 0, and an address in the lower bytes of slot 1
assert.equal(await reader.getStorageAt({ address: c, slot: '0x0' }), `0x${'ff'.repeat(32)}`);
assert.equal(await reader.getStorageAt({ address: c, slot: '0x1' }), `0x${mine.slice(2).toLowerCase().padStart(64, '0')}`);
// no constructor takes value, and no calldata that is too short gets in
await assert.rejects(reader.call({ account: mine, data: counter.bytecode }));
await assert.rejects(reader.call({ account: mine, to: c, data: '0x60fe47b1' }));
await assert.rejects(reader.call({ account: mine, to: c, data: '0xd09de08a', value: 1n }));
step('counter by viem: constructor argument, call, event, custom error, panic, storage');

// ---- ethers: ERC-20
const provider = new ethers.JsonRpcProvider(url, undefined, { polling: true, pollingInterval: 50, cacheTimeout: -1 });
const signer = new ethers.NonceManager(new ethers.Wallet(keys[0], provider));
const erc20 = artifact('erc20');
const token = await new ethers.ContractFactory(erc20.abi, erc20.bytecode, signer).deploy('A token with a name of more than 31 bytes', 'TKN', 1000n);
await token.waitForDeployment();
assert.equal(await token.name(), 'A token with a name of more than 31 bytes');
assert.equal(await token.symbol(), 'TKN');
assert.equal(await token.decimals(), 18n);
await (await token.transfer(yours, 300n)).wait();
await (await token.approve(yours, 50n)).wait();
assert.deepEqual([await token.balanceOf(mine), await token.balanceOf(yours), await token.totalSupply()], [700n, 300n, 1000n]);
const found = await token.queryFilter(token.filters.Transfer(null, yours), 0);
assert.deepEqual(found.map(l => l.args.value), [300n]);
await assert.rejects(token.transfer.staticCall(ZERO, 1n), e => e.revert.name === 'ERC20InvalidReceiver');
await assert.rejects(token.transfer.staticCall(yours, 701n), e => {
    assert.equal(e.revert.name, 'ERC20InsufficientBalance');
    assert.deepEqual([...e.revert.args], [mine, 700n, 701n]);
    return true;
});
await assert.rejects(token.connect(await provider.getSigner(yours)).mint.staticCall(yours, 1n), e => e.reason === 'not the owner');
await assert.rejects(token.mint.staticCall(yours, 2n ** 256n - 1n), e => e.revert.name === 'Panic' && BigInt(e.revert.args[0]) === 0x11n);
await (await token.burn(700n)).wait();
assert.equal(await token.totalSupply(), 300n);
signer.reset();
step('ERC-20 by ethers: strings, events, errors of ERC-6093');

// ---- contracts of the EVM beside them
const solidity = compile('Beside.sol', `// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;
interface ICaller { function pay(address to, uint256 amount) external; }
contract Relay {
    function relay(ICaller caller, address to, uint256 amount) external { caller.pay(to, amount); }
}
contract Receiver {
    event Received(address operator, address from, uint256 tokenId, bytes data);
    function onERC721Received(address operator, address from, uint256 tokenId, bytes calldata data) external returns (bytes4) {
        require(data.length < 4, "too much");
        emit Received(operator, from, tokenId, data);
        return this.onERC721Received.selector;
    }
}`);

// ---- ERC-721
const erc721 = artifact('erc721');
const nft = await deploy(erc721, ['Things', 'TH']);
const uri = `ipfs://${'q'.repeat(60)}`;
await write(me, nft, erc721.abi, 'mint', [mine, uri]);
await write(me, nft, erc721.abi, 'mint', [mine, 'short']);
assert.equal(await read(nft, erc721.abi, 'tokenURI', [0n]), uri);
assert.equal(await read(nft, erc721.abi, 'tokenURI', [1n]), 'short');
assert.equal(await read(nft, erc721.abi, 'supportsInterface', ['0x80ac58cd']), true);
assert.equal(await read(nft, erc721.abi, 'supportsInterface', ['0xffffffff']), false);
await refused(simulate(yours, nft, erc721.abi, 'transferFrom', [mine, yours, 0n]), 'ERC721InsufficientApproval', [yours, 0n]);
await refused(simulate(mine, nft, erc721.abi, 'ownerOf', [7n]), 'ERC721NonexistentToken', [7n]);
await write(me, nft, erc721.abi, 'approve', [yours, 0n]);
await write(you, nft, erc721.abi, 'transferFrom', [mine, yours, 0n]);
assert.equal(await read(nft, erc721.abi, 'ownerOf', [0n]), yours);
assert.equal(await read(nft, erc721.abi, 'getApproved', [0n]), ZERO);
const receiver = await deploy(solidity.Receiver, []);
const sent = await write(me, nft, erc721.abi, 'safeTransferFrom', [mine, receiver, 1n, '0x1234']);
const heard = parseEventLogs({ abi: solidity.Receiver.abi, logs: sent.logs, eventName: 'Received' });
assert.deepEqual(heard[0].args, { operator: mine, from: mine, tokenId: 1n, data: '0x1234' });
await refused(simulate(yours, nft, erc721.abi, 'safeTransferFrom', [yours, receiver, 0n, '0x12345678']), 'too much');
await refused(simulate(yours, nft, erc721.abi, 'safeTransferFrom', [yours, c, 0n]), 'ERC721InvalidReceiver', [c]);
await write(you, nft, erc721.abi, 'burn', [0n]);
assert.equal(await read(nft, erc721.abi, 'balanceOf', [yours]), 0n);
step('ERC-721: URIs, approvals, a receiver that is an EVM contract');

// ---- multi-signature wallet
const multisig = artifact('multisig');
const wallet = await deploy(multisig, [[mine, yours], 2n]);
assert.deepEqual(await read(wallet, multisig.abi, 'owners'), [mine, yours]);
const paid = await reader.waitForTransactionReceipt({ hash: await me.sendTransaction({ to: wallet, value: parseEther('2') }) });
assert.deepEqual(parseEventLogs({ abi: multisig.abi, logs: paid.logs })[0].args, { from: mine, value: parseEther('2') });
await write(me, wallet, multisig.abi, 'propose', ['0x00000000000000000000000000000000000000aa', parseEther('1.5'), '0x']);
await refused(simulate(mine, wallet, multisig.abi, 'execute', [0n]), 'TooFewConfirmations', [1n, 2n]);
await refused(simulate(mine, wallet, multisig.abi, 'confirm', [0n]), 'AlreadyConfirmed', [0n]);
await write(you, wallet, multisig.abi, 'confirm', [0n]);
await write(you, wallet, multisig.abi, 'execute', [0n]);
assert.equal(await reader.getBalance({ address: '0x00000000000000000000000000000000000000aa' }) % parseEther('1.5'), 0n);
await refused(simulate(mine, wallet, multisig.abi, 'execute', [0n]), 'AlreadyExecuted', [0n]);
// it calls a contract, whose revert comes through
await write(me, wallet, multisig.abi, 'propose', [c, 0n, `0x60fe47b1${'05'.padStart(64, '0')}`]);
await write(you, wallet, multisig.abi, 'confirm', [1n]);
await assert.rejects(simulate(mine, wallet, multisig.abi, 'execute', [1n]), e => {
    const raw = e.walk(cause => typeof cause.raw === 'string' || typeof cause.data === 'string');
    const said = decodeErrorResult({ abi: counter.abi, data: raw.raw ?? raw.data });
    return said.errorName === 'NotOwner' && said.args[0] === wallet;
});
const proposal = await read(wallet, multisig.abi, 'proposal', [1n]);
assert.deepEqual(proposal, [c, 0n, `0x60fe47b1${'05'.padStart(64, '0')}`, false, 2n]);
step('multi-signature wallet: array argument, value in and out, a revert that comes through');

// ---- EVM -> WASM -> EVM
const evmToken = JSON.parse(readFileSync(tokenFile, 'utf8'));
const coin = await deploy(evmToken, ['Coin', 'CN', 1000n]);
const callerArtifact = artifact('caller');
const caller = await deploy(callerArtifact, [coin]);
const relay = await deploy(solidity.Relay, []);
await write(me, coin, evmToken.abi, 'transfer', [caller, 100n]);
assert.equal(await read(caller, callerArtifact.abi, 'balance'), 100n);
const relayed = await write(me, relay, solidity.Relay.abi, 'relay', [caller, yours, 30n]);
assert.equal(await read(coin, evmToken.abi, 'balanceOf', [yours]), 30n);
assert.deepEqual(relayed.logs.map(l => l.address), [coin, caller].map(a => a.toLowerCase()));
const tree = await provider.send('debug_traceTransaction', [relayed.transactionHash, { tracer: 'callTracer', tracerConfig: { withLog: true } }]);
const same = (a, b) => assert.equal(a.toLowerCase(), b.toLowerCase());
same(tree.to, relay);
const toCaller = tree.calls.find(f => f.to === caller.toLowerCase());
const toCoin = toCaller.calls.find(f => f.to === coin.toLowerCase());
assert.equal(toCaller.type, 'CALL');
assert.equal(toCoin.type, 'CALL');
same(toCoin.from, caller);
assert.equal(toCoin.input.slice(0, 10), '0xa9059cbb');
assert.equal(BigInt(toCoin.output), 1n);
assert.equal(toCoin.logs.length, 1);
assert.equal(toCaller.logs.length, 1);
assert.ok(BigInt(tree.gasUsed) > BigInt(toCaller.gasUsed) && BigInt(toCaller.gasUsed) > BigInt(toCoin.gasUsed));
// the EVM contract's error through WASM and the EVM again
const insufficient = await reader.call({ account: mine, to: relay, data: new ethers.Interface(solidity.Relay.abi).encodeFunctionData('relay', [caller, yours, 71n]) })
    .then(() => null, e => e.walk(x => typeof x.data === 'string').data);
const said = decodeErrorResult({ abi: evmToken.abi, data: insufficient });
assert.equal(said.errorName, 'InsufficientBalance');
assert.deepEqual(said.args, [caller, 70n, 71n]);
const tried = await reader.simulateContract({ account: mine, address: caller, abi: callerArtifact.abi, functionName: 'tryPay', args: [yours, 71n] });
assert.equal(tried.result[0], false);
assert.equal(tried.result[1], insufficient);
await write(me, caller, callerArtifact.abi, 'payMany', [[mine, yours, mine], 10n]);
assert.equal(await read(caller, callerArtifact.abi, 'paid'), 60n);
step(`EVM -> WASM -> EVM: logs, errors and callTracer's tree (${BigInt(tree.gasUsed)} gas)`);

provider.destroy();
