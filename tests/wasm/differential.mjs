// The same contracts in Solidity, AssemblyScript and C: the same random transactions against each, on a
// running node, from the same state. Return data, logs, reverts and storage must be equal; those of
// Solidity also to geth's (its `evm`), gas included.
//
//   node differential.mjs --url URL --contracts FOLDER --built FOLDER [--seed N] [--count N] [--rounds N]
//                         [--evm PATH] [--work FOLDER]
//
// --built holds c/NAME.json and assemblyscript/NAME.json. A round is `count` transactions from an
// empty chain; each has the seed of the one before it and 1. Which transactions a round has is decided
// while Solidity runs them (who owns a name is known then); the others get them as they were signed.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ethers } from 'ethers';
import { compile } from './solidity.mjs';

const { values: options } = parseArgs({
    options: Object.fromEntries(['url', 'contracts', 'built', 'seed', 'count', 'rounds', 'evm', 'work']
        .map(name => [name, { type: 'string' }])),
});
const COUNT = Number(options.count ?? 1000), ROUNDS = Number(options.rounds ?? 1);
const MNEMONIC = 'test test test test test test test test test test test junk';
const USERS = 5, GAS = 6000000n, CREATE_GAS = 16000000n, FEE = 1000n, ZERO = ethers.ZeroAddress;
const LANGUAGES = ['solidity', 'assemblyscript', 'c'];
const NAMES = { Erc20: 'erc20', Pair: 'pair', Registry: 'registry', Recursive: 'recursive' };

// ---- the node

let lastId = 0;
async function rpc(method, ...params) {
    const body = JSON.stringify({ jsonrpc: '2.0', id: ++lastId, method, params });
    const answer = await (await fetch(options.url, { method: 'POST', body, headers: { 'content-type': 'application/json' } })).json();
    if (answer.error === undefined) return answer.result;
    throw Object.assign(new Error(`${method}: ${answer.error.message}`), { data: answer.error.data });
}
const quantity = n => `0x${BigInt(n).toString(16)}`;

// ---- contracts

const artifacts = { solidity: {}, assemblyscript: {}, c: {} };
for (const name of [...Object.keys(NAMES), 'Fickle']) {
    const source = readFileSync(`${options.contracts}/solidity/${name}.sol`, 'utf8');
    artifacts.solidity[name] = compile(`${name}.sol`, source, [name])[name];
}
const signatures = abi => abi.filter(e => e.name !== undefined)
    .map(e => `${e.type} ${e.name}(${e.inputs.map(i => i.type + (i.indexed ? ' indexed' : '')).join()}) ${e.stateMutability ?? ''}`
        + (e.outputs ?? []).map(o => o.type).join()).sort();
for (const language of ['assemblyscript', 'c']) {
    artifacts[language].Fickle = artifacts.solidity.Fickle;
    for (const [name, file] of Object.entries(NAMES)) {
        const made = JSON.parse(readFileSync(`${options.built}/${language}/${file}.json`, 'utf8'));
        assert.deepEqual(signatures(made.abi).map(s => s.replace(' pure', ' view')),
            signatures(artifacts.solidity[name].abi).map(s => s.replace(' pure', ' view')), `${language}/${file}: the ABI`);
        artifacts[language][name] = made;
    }
}
const face = Object.fromEntries(Object.entries(artifacts.solidity).map(([name, a]) => [name, new ethers.Interface(a.abi)]));

// ---- random

function makeRandom(seed) {
    let state = BigInt(ethers.id(`round ${seed}`)) & 0xffffffffffffffffn;
    const next = () => { // splitmix64
        state = (state + 0x9e3779b97f4a7c15n) & 0xffffffffffffffffn;
        let z = state;
        z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & 0xffffffffffffffffn;
        z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & 0xffffffffffffffffn;
        return z ^ (z >> 31n);
    };
    const below = n => Number(next() % BigInt(n));
    const word = () => (next() << 192n) | (next() << 128n) | (next() << 64n) | next();
    return { below, word, big: n => word() % n, pick: list => list[below(list.length)], chance: percent => below(100) < percent };
}

// ---- what a round does
//
// A step is {from, to, contract, call, data, value} or {from, create, args}; to and addresses among
// arguments are known before anything runs, because the deployer's nonces are.

const wallets = [...Array(USERS).keys()].map(i => ethers.HDNodeWallet.fromPhrase(MNEMONIC, undefined, `m/44'/60'/0'/0/${i}`));
const users = wallets.map(w => w.address);
const SETUP = [
    ['a', 'Erc20', () => ['Token A', 'A', 10n ** 30n]],
    ['b', 'Erc20', () => ['Another token, with a name of more than 31 bytes', 'B', 10n ** 30n]],
    ['pair', 'Pair', at => [at.a, at.b]],
    ['f0', 'Fickle', () => []],
    ['f1', 'Fickle', () => []],
    ['fickle', 'Pair', at => [at.f0, at.f1]],
    ['registry', 'Registry', () => [FEE, users[0]]],
    ['r0', 'Recursive', () => []],
    ['r1', 'Recursive', () => []],
];
const at = {};
SETUP.forEach(([key], nonce) => { at[key] = ethers.getCreateAddress({ from: users[0], nonce }); });

const call = (from, key, contract, name, args = [], value = 0n) =>
    ({ from, key, contract, name, to: at[key], data: face[contract].encodeFunctionData(name, args), value });
const raw = (from, key, contract, data, value = 0n) => ({ from, key, contract, name: '(raw)', to: at[key], data, value });

/* Fixed steps that reach states which chance would not: before there is liquidity, and the like. */
function* opening() {
    for (const key of ['a', 'b'])
        for (let i = 1; i < USERS; i++) yield call(0, key, 'Erc20', 'transfer', [users[i], 10n ** 26n]);
    yield call(0, 'r0', 'Recursive', 'join', [at.r1]);
    yield call(0, 'r1', 'Recursive', 'join', [at.r0]);
    yield call(1, 'pair', 'Pair', 'quote', [true, 5n]); // NoLiquidity
    yield call(1, 'pair', 'Pair', 'part', [users[1]]); // Panic 0x12
    yield call(1, 'pair', 'Pair', 'remove', [0n, 0n, 0n]); // Panic 0x12
    for (const key of ['a', 'b'])
        for (let i = 0; i < USERS; i++) yield call(i, key, 'Erc20', 'approve', [at.pair, i === 3 ? 10n ** 20n : ethers.MaxUint256]);
    yield call(1, 'pair', 'Pair', 'add', [10n, 10n, 0n]); // NoLiquidity
    yield call(1, 'pair', 'Pair', 'add', [2n ** 200n, 2n ** 200n, 0n]); // Panic 0x11
    yield call(1, 'pair', 'Pair', 'add', [10n ** 22n, 4n * 10n ** 22n, 0n]);
    yield call(0, 'a', 'Erc20', 'mint', [users[4], 2n ** 120n]);
    yield call(0, 'b', 'Erc20', 'mint', [users[4], 2n ** 120n]);
    yield call(4, 'pair', 'Pair', 'add', [2n ** 113n, 2n ** 113n, 0n]); // TooMuch
    yield { from: 0, create: 'Pair', args: [at.a, at.a] }; // SameToken
    yield { from: 0, create: 'Registry', args: [1n, users[1]], value: 1n }; // no value for a constructor
    yield { from: 0, create: 'Erc20', args: ['', '', 0n] };
    const own = (name, args, value) => call(1, 'registry', 'Registry', name, args, value);
    yield own('register', ['opening', 'value'], FEE);
    yield own('register', ['ab', ''], FEE); // BadLength
    yield own('register', ['cheap', ''], FEE - 1n); // TooCheap
    yield own('register', ['opening', ''], FEE); // Taken
    yield own('tag', ['opening', ethers.ZeroHash]);
    yield own('tagAt', ['opening', 0n]);
    yield own('tagAt', ['opening', 1n]); // Panic 0x32
    yield own('untag', ['opening']);
    yield own('untag', ['opening']); // Panic 0x31
    yield call(0, 'registry', 'Registry', 'freeze', ['opening', true]);
    yield own('update', ['opening', 'another']); // IsFrozen
    yield call(0, 'registry', 'Registry', 'setFee', [FEE]);
    // tokens that say that they did not pay
    yield call(2, 'fickle', 'Pair', 'add', [10n ** 9n, 10n ** 9n, 0n]);
    for (const key of ['f0', 'f1']) {
        yield call(2, key, 'Fickle', 'set', [false]);
        yield call(2, 'fickle', 'Pair', 'add', [1000n, 1000n, 0n]);
        yield call(2, 'fickle', 'Pair', 'remove', [1000n, 0n, 0n]);
        yield call(2, 'fickle', 'Pair', 'swap', [true, 1000n, 0n]);
        yield call(2, 'fickle', 'Pair', 'swap', [false, 1000n, 0n]);
        yield call(2, key, 'Fickle', 'set', [true]);
    }
}

function erc20Step(r, from) {
    const key = r.pick(['a', 'b']), other = r.pick(users), amount = r.big(10n ** 22n);
    const t = (name, ...args) => call(from, key, 'Erc20', name, args);
    const kind = r.below(100);
    if (kind < 30) return t('transfer', other, amount);
    if (kind < 40) return t('approve', other, r.chance(30) ? ethers.MaxUint256 : amount);
    if (kind < 55) return t('transferFrom', other, r.pick(users), r.chance(50) ? 0n : amount / 1000n);
    if (kind < 62) return call(r.chance(85) ? 0 : from, key, 'Erc20', 'mint', [other, amount]);
    if (kind < 66) return t('burn', amount / 1000n);
    if (kind < 84) return t(...r.pick([['name'], ['symbol'], ['decimals'], ['totalSupply'], ['owner'], ['balanceOf', other], ['allowance', users[from], other]]));
    return r.pick([
        () => t('transfer', ZERO, 1n), () => t('transfer', other, 2n ** 255n), () => t('approve', ZERO, 1n),
        () => t('transferFrom', ZERO, other, 0n), () => t('transferFrom', other, ZERO, 0n),
        () => t('transferFrom', users[3], other, 2n ** 250n), () => call(0, key, 'Erc20', 'mint', [ZERO, 1n]),
        () => call(0, key, 'Erc20', 'mint', [other, ethers.MaxUint256]), () => t('burn', 2n ** 254n),
    ])();
}

function pairStep(r, from) {
    const amount = 1n + r.big(10n ** 20n), p = (name, ...args) => call(from, 'pair', 'Pair', name, args);
    const kind = r.below(100);
    if (kind < 35) return p('swap', r.chance(50), amount, 0n);
    if (kind < 50) return p('add', amount, 4n * amount, 0n);
    if (kind < 60) return call(r.chance(70) ? 1 : from, 'pair', 'Pair', 'remove', [amount / 10n, 0n, 0n]);
    if (kind < 65) return p('sync');
    if (kind < 70) return call(from, r.pick(['a', 'b']), 'Erc20', 'transfer', [at.pair, amount / 100n]);
    if (kind < 90) return p(...r.pick([['reserves'], ['token0'], ['token1'], ['totalSupply'], ['sharesOf', r.pick(users)], ['quote', r.chance(50), amount], ['part', users[1]]]));
    return r.pick([
        () => p('swap', true, amount, 2n ** 250n), () => p('add', amount, amount, 2n ** 250n), () => p('remove', 2n ** 250n, 0n, 0n),
        () => call(1, 'pair', 'Pair', 'remove', [amount, 2n ** 250n, 0n]), () => call(1, 'pair', 'Pair', 'remove', [amount, 0n, 2n ** 250n]),
        () => p('swap', false, 0n, 0n), () => p('add', 0n, 1n, 0n), () => p('quote', true, r.word()), () => p('swap', true, 10n ** 29n, 0n),
        () => call(3, 'pair', 'Pair', 'add', [10n ** 21n, 4n * 10n ** 21n, 0n]),
    ])();
}

const text = (r, length) => [...Array(length)].map(() => 'abcdefghijklmnopqrstuvwxyz0123456789-'[r.below(37)]).join('');

function registryStep(r, from, model) {
    const known = [...model.owners.keys()];
    const value = text(r, r.pick([0, 5, 31, 32, 33, 64, 100]));
    const fresh = () => text(r, r.pick([3, 8, 31, 32, 33, 64]));
    const t = (name, ...args) => call(from, 'registry', 'Registry', name, args);
    const kind = r.below(100);
    if (kind < 22 || known.length === 0) {
        const name = r.chance(90) ? fresh() : r.pick(['', 'ab', text(r, 65), ...known]);
        return { ...call(from, 'registry', 'Registry', 'register', [name, value], r.chance(90) ? FEE + r.big(9n) : r.big(FEE)), done: () => model.owners.set(name, from) };
    }
    const name = r.pick(known), owner = r.chance(90) ? model.owners.get(name) : from;
    const o = (what, ...args) => call(owner, 'registry', 'Registry', what, args);
    if (kind < 34) return o('update', name, value);
    if (kind < 39) return o('renew', name, r.chance(80) ? r.big(2n ** 40n) : 2n ** 64n - 1n);
    if (kind < 45) {
        const to = r.below(USERS);
        return { ...o('move', name, users[to]), done: () => model.owners.set(name, to) };
    }
    if (kind < 57) return o('tag', name, ethers.toBeHex(r.word(), 32));
    if (kind < 64) return o('untag', name);
    if (kind < 68) return { ...o('release', name), done: () => model.owners.delete(name) };
    if (kind < 73) return call(r.chance(80) ? 0 : from, 'registry', 'Registry', 'freeze', [name, r.chance(40)]);
    if (kind < 92)
        return t(...r.pick([['record', name], ['record', fresh()], ['tagAt', name, r.big(3n)], ['nameAt', r.big(6n)], ['countOf', r.pick(users)], ['fee'], ['keeper']]));
    return r.pick([
        () => call(r.chance(50) ? 0 : from, 'registry', 'Registry', 'setFee', [FEE]), () => call(0, 'registry', 'Registry', 'withdraw', [r.pick(users), r.big(FEE)]),
        () => call(0, 'registry', 'Registry', 'withdraw', [at.r0, 0n]), () => call(0, 'registry', 'Registry', 'withdraw', [users[1], 10n ** 20n]),
        () => t('withdraw', users[1], 1n), () => o('move', name, ZERO), () => raw(from, 'registry', 'Registry', '0x', r.big(FEE)), () => t('nameAt', r.word()),
    ])();
}

function recursiveStep(r, from) {
    const key = r.pick(['r0', 'r1']), t = (name, ...args) => call(from, key, 'Recursive', name, args);
    const kind = r.below(100);
    if (kind < 55) return t('run', BigInt(r.below(r.chance(20) ? 20 : 6)), r.word());
    if (kind < 70) return t('peek', BigInt(r.below(10)), r.word());
    if (kind < 82) return t('enter', r.chance(75) ? BigInt(r.below(2)) : BigInt(r.below(5)));
    if (kind < 84) return t('join', users[0]);
    return t(...r.pick([['peer'], ['locked'], ['total'], ['visits', r.big(6n)]]));
}

/* Calldata that no caller should send. */
function hostileStep(r, from) {
    const [key, contract] = r.pick([['a', 'Erc20'], ['pair', 'Pair'], ['registry', 'Registry'], ['r0', 'Recursive']]);
    const transfer = face.Erc20.encodeFunctionData('transfer', [users[1], 1n]);
    const register = (...words) => raw(from, 'registry', 'Registry', face.Registry.getFunction('register').selector + words.map(w => w.toString(16).padStart(64, '0')).join(''), FEE);
    return r.pick([
        () => raw(from, key, contract, '0x'), () => raw(from, key, contract, ethers.toBeHex(r.big(2n ** 24n), 3)), () => raw(from, key, contract, ethers.toBeHex(r.big(2n ** 32n), 4)),
        () => raw(from, key, contract, '0x', 1n), () => ({ ...raw(from, 'a', 'Erc20', transfer, 1n) }), () => raw(from, 'a', 'Erc20', transfer.slice(0, -2)),
        () => raw(from, 'a', 'Erc20', transfer.slice(0, 10) + 'ff'.repeat(12) + transfer.slice(34)), () => raw(from, 'a', 'Erc20', transfer + 'ffff'),
        () => raw(from, 'pair', 'Pair', face.Pair.getFunction('quote').selector + '2'.padStart(64, '0') + '1'.padStart(64, '0')),
        () => register(0x40n, 0x80n, 3n, 0x616263n << 232n), () => register(0x40n, 2n ** 64n), () => register(r.word(), r.word(), r.word()), () => register(0x40n, 0x40n, 2n ** 63n, 0n),
        () => register(0x40n, 0x41n, 3n, BigInt(0x616263 + r.below(9)) << 232n, 0n), () => register(0x40n, 0x40n, 33n, r.word()),
        () => raw(from, 'registry', 'Registry', face.Registry.getFunction('renew').selector + [0x40n, 2n ** 64n, 3n, 0x616263n << 232n].map(w => w.toString(16).padStart(64, '0')).join('')),
    ])();
}

function* steps(r, count) {
    const model = { owners: new Map() };
    let made = 0;
    for (const step of opening()) {
        yield step;
        made++;
    }
    for (; made < count; made++) {
        const kind = r.below(100), from = r.below(USERS);
        yield kind < 25 ? erc20Step(r, from) : kind < 47 ? pairStep(r, from) : kind < 75 ? registryStep(r, from, model)
            : kind < 94 ? recursiveStep(r, from) : hostileStep(r, from);
    }
}

// ---- running

const nonces = () => Array(USERS).fill(0);
const sign = (from, fields) => wallets[from].signTransaction({
    type: 2, chainId: 1337, maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 1n, ...fields,
});

function initCode(language, contract, args) {
    const { bytecode } = artifacts[language][contract];
    return ethers.concat([bytecode, face[contract].encodeDeploy(args)]);
}

/* What came of one transaction, as far as all must agree; `gas` is only compared with geth. */
async function perform(fields, from, raw) {
    const asked = { from: users[from], data: fields.data, value: quantity(fields.value), gas: quantity(fields.gasLimit), ...(fields.to ? { to: fields.to } : {}) };
    const returned = await rpc('eth_call', asked, 'latest').then(data => data, e => e.data ?? '0x');
    const receipt = await rpc('eth_getTransactionReceipt', await rpc('eth_sendRawTransaction', raw));
    return {
        status: Number(receipt.status),
        returned: fields.to ? returned : receipt.status === '0x1' ? '0x' : returned,
        logs: receipt.logs.map(l => ({ address: l.address, topics: l.topics, data: l.data })),
        gas: Number(receipt.gasUsed),
    };
}

async function storageRoots() {
    const roots = {};
    for (const key of Object.keys(at)) {
        const proof = await rpc('eth_getProof', at[key], [], 'latest');
        roots[key] = { storage: proof.storageHash, balance: proof.balance };
    }
    return roots;
}

/* `script` is the list of {step, fields, raw} that Solidity's run wrote; null: write it. */
async function run(language, seed, script) {
    const nonce = nonces(), results = [], written = [], creations = [], roots = [];
    const apply = async (step, known) => {
        const fields = known && !step.create ? known.fields : {
            nonce: nonce[step.from], to: step.to ?? null, value: step.value ?? 0n,
            data: step.create ? initCode(language, step.create, step.args) : step.data, gasLimit: step.create ? CREATE_GAS : GAS,
        };
        const signed = known && !step.create ? known.raw : await sign(step.from, fields);
        nonce[step.from]++;
        const result = await perform(fields, step.from, signed);
        if (result.status === 1 && step.done && !known) step.done();
        return { entry: { step, fields, raw: signed }, result };
    };
    for (const [key, contract, args] of SETUP) {
        const { entry, result } = await apply({ from: 0, create: contract, args: args(at) });
        assert.equal(result.status, 1, `${language}: ${key} was not created`);
        creations.push({ key, gas: result.gas, raw: entry.raw });
    }
    for (const item of script ?? steps(makeRandom(seed), COUNT)) {
        const { entry, result } = await apply(script ? item.step : item, script ? item : null);
        written.push(entry);
        results.push(result);
        if (results.length % 100 === 0) roots.push(await storageRoots());
    }
    roots.push(await storageRoots());
    return { results, script: written, creations, roots };
}

// ---- comparing

const describe = ({ step }) => step.create ? `create ${step.create}(${step.args})` : `${step.key}.${step.name} from ${step.from} with ${step.data.slice(0, 200)}`;

function compare(language, expected, found, script, keys) {
    for (let i = 0; i < expected.length; i++)
        for (const key of keys)
            assert.deepEqual(found[i][key], expected[i][key], `${language}: transaction ${i}: ${describe(script[i])}: ${key}`);
}

/* The reason of a revert, as it is counted. */
function reason(contract, data) {
    if (data === '0x') return '(empty)';
    for (const f of [face[contract], ...Object.values(face)]) {
        const error = f.parseError(data);
        if (error === null) continue;
        return error.name === 'Error' ? error.args[0] : error.name === 'Panic' ? `Panic 0x${error.args[0].toString(16)}` : error.name;
    }
    return data.slice(0, 10);
}

function reasonsOf(name) {
    const source = readFileSync(`${options.contracts}/solidity/${name}.sol`, 'utf8');
    const strings = [...source.matchAll(/require\([^;]*?"([^"]+)"\)/g)].map(m => m[1]);
    return [...artifacts.solidity[name].abi.filter(e => e.type === 'error').map(e => e.name), ...new Set(strings)];
}

const reached = new Set(), met = new Map(); // over all rounds
function note(script, results) {
    script.forEach(({ step }, i) => {
        if (results[i].status === 1) {
            reached.add(`${step.create ?? step.contract}.${step.create ? 'constructor' : step.name}`);
            return;
        }
        const why = reason(step.create ?? step.contract, results[i].returned);
        met.set(why, (met.get(why) ?? 0) + 1);
    });
}
/* Functions that never succeeded, reasons that no transaction met. */
function missed() {
    const wanted = new Set(['(empty)', 'Panic 0x11', 'Panic 0x12', 'Panic 0x31', 'Panic 0x32']), missing = [];
    for (const name of Object.keys(NAMES)) {
        for (const e of artifacts.solidity[name].abi)
            if (e.type === 'function' && !reached.has(`${name}.${e.name}`)) missing.push(`${name}.${e.name}`);
        for (const why of reasonsOf(name)) wanted.add(why);
    }
    for (const why of wanted) if (!met.has(why)) missing.push(`revert ${why}`);
    return { missing, wanted: wanted.size };
}

// ---- geth

/* Blocks of a hundred transactions, since their traces (of which the last line alone has what a transaction
 * returned) are large. */
function gethBlock(folder, alloc, number, raws) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const put = (name, value) => writeFileSync(`${folder}/${name}`, JSON.stringify(value));
    const get = name => JSON.parse(readFileSync(`${folder}/${name}`));
    put('txs.rlp', ethers.encodeRlp(raws));
    put('alloc.json', alloc);
    put('env.json', {
        currentCoinbase: ZERO, currentDifficulty: '0x0', currentRandom: '0x0', currentGasLimit: '0xffffffffffff', currentNumber: quantity(number),
        currentTimestamp: quantity(5 * number), currentBaseFee: '0x7', withdrawals: [], currentExcessBlobGas: '0x0', parentBeaconBlockRoot: ethers.ZeroHash,
    });
    execFileSync(options.evm, ['t8n', '--state.fork', 'Cancun', '--state.chainid', '1337', '--input.alloc', `${folder}/alloc.json`, '--input.txs', `${folder}/txs.rlp`,
        '--input.env', `${folder}/env.json`, '--output.basedir', folder, '--output.result', 'result.json', '--output.alloc', 'post.json', '--trace', '--trace.nostack'],
        { stdio: ['ignore', 'ignore', 'pipe'], maxBuffer: 1 << 28 });
    const { receipts, rejected } = get('result.json');
    assert.deepEqual(rejected ?? [], [], 'geth refuses a transaction');
    const traces = new Map(readdirSync(folder).filter(f => f.startsWith('trace-')).map(f => [f.split('-')[2].split('.')[0], f]));
    const results = receipts.map(r => ({
        status: Number(r.status),
        returned: `0x${JSON.parse(readFileSync(`${folder}/${traces.get(r.transactionHash)}`, 'latin1').trimEnd().split('\n').at(-1)).output}`,
        logs: (r.logs ?? []).map(l => ({ address: l.address.toLowerCase(), topics: l.topics, data: l.data })),
        gas: Number(r.gasUsed),
    }));
    const post = get('post.json');
    rmSync(folder, { recursive: true, force: true });
    return { results, post };
}

function geth(creations, script) {
    const raws = [...creations.map(c => c.raw), ...script.map(s => s.raw)], results = [];
    let post = Object.fromEntries(users.map(u => [u, { balance: '0x21e19e0c9bab2400000' }]));
    for (let i = 0; i < raws.length; i += 100) {
        const block = gethBlock(`${options.work ?? '.'}/geth`, post, i / 100 + 1, raws.slice(i, i + 100));
        results.push(...block.results);
        post = block.post;
    }
    script.forEach(({ fields }, i) => { // creations return nothing here: what they left is the code
        const r = results[creations.length + i];
        if (!fields.to && r.status === 1) r.returned = '0x';
    });
    return { results: results.slice(creations.length), post };
}

async function compareWithGeth(base) {
    const { results, post } = geth(base.creations, base.script);
    compare('geth', results, base.results.map(r => ({ ...r, logs: r.logs.map(l => ({ ...l, address: l.address.toLowerCase() })) })), base.script, ['status', 'returned', 'logs', 'gas']);
    let slots = 0;
    for (const key of Object.keys(at)) {
        const account = post[at[key].toLowerCase()] ?? post[at[key]];
        for (const [slot, value] of Object.entries(account.storage ?? {})) {
            const found = await rpc('eth_getStorageAt', at[key], slot, 'latest');
            assert.equal(BigInt(found), BigInt(value), `geth: ${key}: slot ${slot}`);
            slots++;
        }
        assert.equal(BigInt(await rpc('eth_getBalance', at[key], 'latest')), BigInt(account.balance ?? 0), `geth: ${key}: balance`);
    }
    return slots;
}

// ---- all of it

const seed0 = Number(options.seed ?? 1);
let total = 0, good = 0, slots = 0;
const gas = {};
for (let round = 0; round < ROUNDS; round++) {
    const seed = seed0 + round, runs = {};
    for (const language of LANGUAGES) {
        const snapshot = await rpc('evm_snapshot');
        const began = Date.now();
        runs[language] = await run(language, seed, runs.solidity?.script ?? null);
        const { results, roots, script } = runs[language];
        if (language !== 'solidity') {
            compare(language, runs.solidity.results, results, script, ['status', 'returned', 'logs']);
            assert.deepEqual(roots, runs.solidity.roots, `${language}: storage or balances differ`);
        } else if (options.evm) slots += await compareWithGeth(runs.solidity);
        gas[language] = (gas[language] ?? 0) + results.reduce((sum, r) => sum + r.gas, 0);
        if (ROUNDS === 1) console.log(`differential: ${language}: ${results.length} transactions in ${((Date.now() - began) / 1000).toFixed(1)} s`);
        assert.equal(await rpc('evm_revert', snapshot), true);
    }
    const { results, script } = runs.solidity;
    const ok = results.filter(r => r.status === 1).length;
    assert.ok(ok >= 0.6 * results.length, `only ${ok} of ${results.length} transactions succeed (seed ${seed})`);
    note(script, results);
    total += results.length;
    good += ok;
    if (ROUNDS > 1 && (round + 1) % 10 === 0) console.log(`differential: ${round + 1} rounds, ${total} transactions`);
}
const { missing, wanted } = missed();
if (COUNT >= 1000) assert.deepEqual(missing, [], 'not reached');
console.log(`differential: every function succeeded, all of ${wanted} revert reasons were met; not reached: ${missing.join(', ') || 'none'}`.replace(missing.length > 0 ? /every.*; / : /; not reached: none/, ''));
console.log(`differential: seeds ${seed0} to ${seed0 + ROUNDS - 1}: ${total} transactions, ${good} succeed (${(100 * good / total).toFixed(1)} %)`);
console.log(`differential: reverts: ${[...met].sort((x, y) => y[1] - x[1]).map(([why, n]) => `${why} ${n}`).join(', ')}`);
console.log(`differential: mean gas: ${LANGUAGES.map(l => `${l} ${Math.round(gas[l] / total)}`).join(', ')}`);
console.log(options.evm ? `differential: geth agrees on status, return data, logs, gas and ${slots} slots` : 'differential: not compared with geth: its evm is not there');
