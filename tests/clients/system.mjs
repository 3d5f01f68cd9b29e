// System contracts by unmodified ethers and solc: interfaces and ABI agree, errors and events decode, permits
// are signed, and every declared field of storage is where solc says, by eth_getProof.
//   node system.mjs URL ROOT GHOSTVM
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { verifyMerkleProof } from '@ethereumjs/mpt';
import { ethers } from 'ethers';
import solc from 'solc';

const [url, root, ghostvm] = process.argv.slice(2);
const step = text => console.log(`system: ${text}`);
const tool = (...args) => execFileSync(ghostvm, ['system', ...args], { encoding: 'utf8' });
const keys = [
    '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80',
    '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d',
    '0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a',
];
const provider = new ethers.JsonRpcProvider(url, undefined, { staticNetwork: true, cacheTimeout: -1 });
const [admin, alice, bob] = keys.map(k => new ethers.Wallet(k, provider));
const at = number => '0x' + number.toString(16).padStart(40, '0');

// ---- compiled by solc

function compile(folder, outputs) {
    const sources = {};
    for (const name of readdirSync(`${root}/contracts/${folder}`).filter(n => n.endsWith('.sol')))
        sources[name] = { content: readFileSync(`${root}/contracts/${folder}/${name}`, 'utf8') };
    const settings = { outputSelection: { '*': { '*': outputs } } };
    const output = JSON.parse(solc.compile(JSON.stringify({ language: 'Solidity', sources, settings })));
    assert.deepEqual((output.errors ?? []).filter(e => e.severity === 'error').map(e => e.formattedMessage), []);
    const found = {};
    for (const file of Object.values(output.contracts)) Object.assign(found, file);
    return found;
}

const interfaces = compile('interfaces', ['abi']);
const storage = compile('system', ['storageLayout']);
const listed = [...new Set(tool('list').split('\n').filter(l => l && !l.includes('not available')).map(l => l.split(/\s+/)[1]))];
const abiOf = name => JSON.parse(tool('abi', name));
const shape = abi => abi.map(e => ethers.Fragment.from({ ...e }).format('json')).map(t =>
    JSON.stringify(JSON.parse(t), (k, v) => (k === 'internalType' ? undefined : v))).sort();

for (const name of listed) {
    assert.ok(interfaces[`I${name}`], `contracts/interfaces/I${name}.sol`);
    assert.deepEqual(shape(abiOf(name)), shape(interfaces[`I${name}`].abi), name);
}
step(`${listed.length} interfaces compile, and their ABI is the tool's`);

// ---- the slots that native code uses are solc's

const slots = JSON.parse(tool('slots'));
for (const [name, fields] of Object.entries(slots)) {
    const layout = storage[`${name}Storage`].storageLayout;
    const ours = fields.map(f => `${f.field} slot ${f.slot} offset ${f.offset} size ${f.size}`).sort();
    const theirs = layout.storage.map(f =>
        `${f.label} slot ${f.slot} offset ${f.offset} size ${layout.types[f.type].numberOfBytes}`).sort();
    assert.deepEqual(ours, theirs, name);
}
for (const name of Object.keys(storage))
    assert.ok(slots[name.replace(/Storage$/, '')], `src/system/slots.inc has ${name}`);
step(`${Object.values(slots).flat().length} fields stand where solc puts them`);

// ---- reading a field the way solc lays it out, from eth_getProof

const word = v => ethers.zeroPadValue(ethers.toBeHex(v), 32);
const coder = ethers.AbiCoder.defaultAbiCoder();
// The slot, offset and type of `path`: a field, then keys of mappings, indexes of arrays and members of structs.
function locate(contract, path) {
    const layout = storage[`${contract}Storage`].storageLayout;
    const field = layout.storage.find(f => f.label === path[0]);
    assert.ok(field, `${contract} declares ${path[0]}`);
    let slot = BigInt(field.slot), offset = field.offset, type = layout.types[field.type];
    for (const key of path.slice(1)) {
        if (type.encoding === 'mapping') {
            const kind = layout.types[type.key].label;
            const bytes = kind === 'string' ? ethers.concat([ethers.toUtf8Bytes(key), word(slot)])
                                            : coder.encode([kind, 'uint256'], [key, slot]);
            slot = BigInt(ethers.keccak256(bytes));
            offset = 0;
            type = layout.types[type.value];
        } else if (type.encoding === 'dynamic_array') {
            slot = BigInt(ethers.keccak256(word(slot))) + BigInt(key);
            type = layout.types[type.base];
        } else {
            const member = type.members.find(m => m.label === key);
            slot += BigInt(member.slot);
            offset = member.offset;
            type = layout.types[member.type];
        }
    }
    return { slot, offset, size: Number(type.numberOfBytes) };
}
const bytes = hex => ethers.getBytes(hex);
// What the proof's nodes hold under a root, by ethereumjs: the RLP of a value, or null where there is none.
const held = (root, key, nodes) => verifyMerkleProof(bytes(key), nodes.map(bytes), { useKeyHashing: true, root: bytes(root) });
async function proven(address, contract, ...path) {
    const { slot, offset, size } = locate(contract, path);
    const block = await provider.send('eth_getBlockByNumber', ['latest', false]);
    const proof = await provider.send('eth_getProof', [address, [ethers.toQuantity(slot)], block.number]);
    const account = ethers.decodeRlp(await held(block.stateRoot, address, proof.accountProof));
    assert.deepEqual(account.slice(2), [proof.storageHash, ethers.keccak256('0xfe')]);
    const value = await held(proof.storageHash, word(slot), proof.storageProof[0].proof);
    const all = value === null ? 0n : BigInt(ethers.decodeRlp(value));
    assert.equal(all, BigInt(proof.storageProof[0].value));
    return (all >> BigInt(8 * offset)) & ((1n << BigInt(8 * size)) - 1n);
}

// ---- contracts as ethers sees them

const face = [1, 2, 3, 4].map(t => new ethers.Contract(at(0x4710 + t), abiOf('TokenFace'), admin));
const tokens = new ethers.Contract(at(0x4701), abiOf('Tokens'), admin);
const done = async tx => (await (await tx).wait());
async function reverts(call, name, args) {
    await assert.rejects(call, e => {
        assert.equal(e.revert?.name, name, e.message);
        if (args) assert.deepEqual([...e.revert.args], args);
        return true;
    });
}

for (const [i, symbol] of ['GCC', 'SPIRIT', 'MANA', 'GHOST'].entries()) {
    assert.equal(await face[i].symbol(), symbol);
    assert.equal(await face[i].decimals(), 18n);
    const receipt = await done(face[i].transfer(bob, 1000n));
    const event = face[i].interface.parseLog(receipt.logs[0]);
    assert.deepEqual([event.name, ...event.args], ['Transfer', admin.address, bob.address, 1000n]);
}
await reverts(face[1].connect(bob).transfer.staticCall(alice, 10n ** 30n), 'ERC20InsufficientBalance');
await reverts(face[1].connect(bob).mint.staticCall(bob, 1n), 'MissingPermission', [bob.address, 9n]);
await reverts(tokens.totalSupply(7), 'UnknownToken', [7n]);
const with_ = (number, name, ...more) =>
    new ethers.Contract(at(number), [...more, ...abiOf(name).map(e => ethers.Fragment.from(e))], bob);
await reverts(with_(0x4701, 'Tokens', 'function symbol() view returns (string)').symbol(), 'UnknownFunction', ['0x95d89b41']);
await reverts(with_(0x4770, 'Bridge', 'function x() view').x(), 'NotAvailable', [ethers.getAddress(at(0x4770))]);
step('transfers, events and custom errors decode');

// ---- EIP-2612, signed by ethers

for (const f of face) {
    const info = await f.eip712Domain();
    const domain = { name: info.name, version: info.version, chainId: info.chainId, verifyingContract: info.verifyingContract };
    assert.equal(await f.DOMAIN_SEPARATOR(), ethers.TypedDataEncoder.hashDomain(domain));
    const types = { Permit: ['owner', 'spender', 'value', 'nonce', 'deadline'].map(n =>
        ({ name: n, type: n === 'owner' || n === 'spender' ? 'address' : 'uint256' })) };
    const value = { owner: alice.address, spender: bob.address, value: 77n, nonce: await f.nonces(alice), deadline: ethers.MaxUint256 };
    const s = ethers.Signature.from(await alice.signTypedData(domain, types, value));
    const args = [value.owner, value.spender, value.value, value.deadline];
    await reverts(f.permit.staticCall(...args.with(2, 78n), s.v, s.r, s.s), 'ERC2612InvalidSigner');
    await reverts(f.permit.staticCall(...args.with(3, 1n), s.v, s.r, s.s), 'ERC2612ExpiredSignature', [1n]);
    const n = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    await reverts(f.permit.staticCall(...args, 55 - s.v, s.r, word(n - BigInt(s.s))), 'ERC2612InvalidSigner'); // high s
    await done(f.permit(...args, s.v, s.r, s.s));
    assert.equal(await f.allowance(alice, bob), 77n);
    await reverts(f.permit.staticCall(...args, s.v, s.r, s.s), 'ERC2612InvalidSigner'); // again
    assert.equal(await proven(f.target, 'TokenFace', 'nonces', alice.address), 1n);
    assert.equal(await proven(f.target, 'TokenFace', 'allowances', alice.address, bob.address), 77n);
}
step('permits by signTypedData');

// ---- every declared field, written by calls, read by solc's layout

const F = 'TokenFace', T = 'Tokens', front = at(0x4701);
await done(face[1].mint(alice, 5n));
await done(face[1].burn(3n));
assert.equal(await proven(face[1].target, F, 'balances', alice.address), await face[1].balanceOf(alice));
assert.equal(await proven(face[1].target, F, 'supply'), await face[1].totalSupply());
assert.equal(await proven(face[1].target, F, 'cap'), await face[1].cap());
assert.equal(await proven(face[1].target, F, 'burned'), await face[1].totalBurned());
assert.equal(await proven(front, T, 'rateKeeper'), BigInt(admin.address));
assert.equal(await proven(front, T, 'epochBlocks'), 100n);
assert.equal(await proven(front, T, 'soulbound'), 0n);
assert.equal(await proven(front, T, 'slasher'), BigInt(admin.address));
assert.equal(await proven(front, T, 'validatorsMax'), 100n);
assert.equal(await proven(front, T, 'slashShare'), 1000n);
assert.equal(await proven(front, T, 'stakeLeast'), ethers.parseEther('100000'));
assert.equal(await proven(front, T, 'discountLeast'), ethers.parseEther('1000'));
assert.equal(await proven(front, T, 'discount'), 1000n);
assert.equal(await proven(front, T, 'mana'), 500n);
assert.equal(await proven(front, T, 'rateStep'), 1000n);
await done(tokens.setRate(2, ethers.parseEther('10.5')));
const next = await tokens.nextRate(2);
assert.equal(await proven(front, T, 'rates', 2, 'current'), await tokens.rate(2));
assert.equal(await proven(front, T, 'rates', 2, 'last'), await tokens.rate(2));
assert.equal(await proven(front, T, 'rates', 2, 'next'), next.rate);
assert.equal(await proven(front, T, 'rates', 2, 'nextEpoch'), next.epoch);
await done(tokens.connect(alice).setFeeToken(2));
await done(tokens.connect(alice).setSponsor(bob));
assert.equal(await proven(front, T, 'preferences', alice.address, 'feeToken'), 2n);
assert.equal(await proven(front, T, 'preferences', alice.address, 'sponsor'), BigInt(bob.address));
await done(tokens.connect(alice).setFeeToken(1));
await done(tokens.connect(alice).setSponsor(ethers.ZeroAddress));
const terms = { remaining: 1000n, perTransaction: 900n, perGas: 800n, maxTip: 7n, target: front, selector: '0xa1b2c3d4',
    bySelector: true, token: 3n, notBefore: 5n, notAfter: 4000000000n };
await done(tokens.connect(bob).grant(alice, terms));
const stands = await tokens.grantOf(bob, alice);
for (const [name, value] of Object.entries(terms)) {
    assert.equal(await proven(front, T, 'grants', bob.address, alice.address, name), BigInt(value), name);
    assert.equal(BigInt(stands[name]), BigInt(value), name);
}
await done(tokens.connect(bob).revoke(alice));
await done(face[1].mint(admin, ethers.parseEther('200000')));
await done(tokens.stake(ethers.parseEther('150000')));
await done(tokens.register(ethers.id('key')));
await done(tokens.unstake(5n));
const stake = await tokens.stakeOf(admin);
for (const name of ['amount', 'leaving', 'delegate', 'leavesAt', 'key'])
    assert.equal(await proven(front, T, 'stakes', admin.address, name), BigInt(stake[name]), name);
assert.equal(await proven(front, T, 'stakes', admin.address, 'index'), 1n);
assert.equal(await proven(front, T, 'votes', admin.address), stake.amount);
assert.equal(await proven(front, T, 'validators'), 1n);
assert.equal(await proven(front, T, 'validators', 0), BigInt(admin.address));
assert.deepEqual([...(await tokens.validators())[0]], [admin.address, ethers.id('key'), stake.amount]);
assert.equal(await proven(front, T, 'accrued', alice.address), await tokens.accrued(alice));
assert.equal((await proven(at(0x4720), 'Identities', 'permissions', admin.address) >> 15n) & 1n, 1n);
step('every declared field of the tokens is where solc says');

// ---- from Solidity

const caller = `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;
import "ITokens.sol";
import "ITokenFace.sol";
contract Caller {
    ITokens constant tokens = ITokens(0x0000000000000000000000000000000000004701);
    receive() external payable {}
    function pay(uint8 token, address to, uint256 amount) external returns (bool) { return tokens.transfer(token, to, amount); }
    function tryPay(uint8 token, address to, uint256 amount) external returns (bytes memory) {
        try tokens.transfer(token, to, amount) returns (bool) { return ""; } catch (bytes memory why) { return why; }
    }
    function borrowed(bytes calldata data) external returns (bool ok) { (ok, ) = address(tokens).delegatecall(data); }
    function looked(bytes calldata data) external view returns (bool ok) { (ok, ) = address(tokens).staticcall{gas: 100000}(data); }
    function paid(bytes calldata data) external payable returns (bool ok) { (ok, ) = address(tokens).call{value: 1}(data); }
}`;
const input = { language: 'Solidity', sources: { 'Caller.sol': { content: caller } },
    settings: { outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } } } };
const find = { import: p => ({ contents: readFileSync(`${root}/contracts/interfaces/${p}`, 'utf8') }) };
const output = JSON.parse(solc.compile(JSON.stringify(input), find));
assert.deepEqual((output.errors ?? []).filter(e => e.severity === 'error').map(e => e.formattedMessage), []);
const built = output.contracts['Caller.sol'].Caller;
const contract = await (await new ethers.ContractFactory(built.abi, built.evm.bytecode.object, admin).deploy()).waitForDeployment();
for (const t of [1, 2, 3, 4]) {
    await done(tokens.transfer(t, contract, 50n));
    await done(contract.pay(t, bob, 20n));
    assert.equal(await tokens.balanceOf(t, contract), 30n);
    const why = tokens.interface.parseError(await contract.tryPay.staticCall(t, bob, 31n));
    assert.deepEqual([why.name, ...why.args], ['ERC20InsufficientBalance', contract.target, 30n, 31n]);
}
const read = tokens.interface.encodeFunctionData('balanceOf', [2, bob.address]);
const write = tokens.interface.encodeFunctionData('transfer', [2, bob.address, 1n]);
assert.equal(await contract.looked(read), true);
assert.equal(await contract.looked(write), false);
assert.equal(await contract.borrowed.staticCall(read), false);
assert.equal(await contract.paid.staticCall(read, { value: 1n }), false);
step('called from Solidity');
provider.destroy();
