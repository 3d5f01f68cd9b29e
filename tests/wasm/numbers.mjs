// The SDKs' numbers against JavaScript's, and bytes in storage that grow and shrink.
//   node numbers.mjs URL LANGUAGE FOLDER-OF-ARTIFACTS [COUNT]
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { ethers } from 'ethers';

const [url, language, folder, count] = process.argv.slice(2);
const { abi, bytecode } = JSON.parse(readFileSync(`${folder}/numbers.json`, 'utf8'));
const provider = new ethers.JsonRpcProvider(url, undefined, { polling: true, pollingInterval: 50, cacheTimeout: -1, batchMaxCount: 1 });
const signer = await provider.getSigner(0);
const contract = await (await new ethers.ContractFactory(abi, bytecode, signer).deploy()).waitForDeployment();
const R = 1n << 256n, wrap = v => ((v % R) + R) % R, bit = v => v ? 1n : 0n;

let state = 7n;
const word = () => BigInt(ethers.keccak256(ethers.toBeHex(state++, 32)));
const EDGES = [0n, 1n, 2n, R - 1n, R - 2n, 1n << 64n, (1n << 64n) - 1n, 1n << 128n, (1n << 128n) - 1n, 1n << 255n, (1n << 192n) + 1n];
const number = () => {
    const kind = word() % 4n;
    return kind === 0n ? EDGES[Number(word() % BigInt(EDGES.length))] : kind === 1n ? word() : word() >> (word() % 256n);
};
const power = (a, b) => {
    let r = 1n;
    for (a = wrap(a); b > 0n; b >>= 1n, a = wrap(a * a)) if (b & 1n) r = wrap(r * a);
    return r;
};
for (let i = 0; i < Number(count ?? 400); i++) {
    const a = number(), b = i % 50 === 0 ? a : number(), m = number(), n = [0n, 1n, 63n, 64n, 65n, 128n, 255n, 256n, 300n][i % 9];
    const shift = n > 255n ? 256n : n;
    assert.deepEqual([...await contract.all(a, b, m, n)], [
        wrap(a + b), wrap(a - b), wrap(a * b), b ? a / b : 0n, b ? a % b : 0n, m ? (a + b) % m : 0n, m ? (a * b) % m : 0n, power(a, b),
        a & b, a | b, a ^ b, R - 1n - a, wrap(a << shift), a >> shift, (1n << shift) - 1n,
        bit(a < b), bit(a > b), bit(a <= b), bit(a >= b), bit(a === b), a < b ? a : b,
    ], `a ${a}, b ${b}, m ${m}, n ${n}`);
    for (const [name, exact] of [['add', a + b], ['sub', a - b], ['mul', a * b]]) {
        if (exact >= 0n && exact < R) assert.equal(await contract[name](a, b), exact);
        else await assert.rejects(contract[name](a, b), e => BigInt(e.revert.args[0]) === 0x11n);
    }
}
const empty = (await provider.send('eth_getProof', [await contract.getAddress(), [], 'latest'])).storageHash;
for (const length of [0, 1, 31, 32, 33, 64, 65, 31, 100, 32, 1000, 0]) {
    const value = ethers.hexlify(new Uint8Array(length).map((_, i) => 255 - (i % 255)));
    assert.equal((await (await contract.text(value)).wait()).status, 1);
    assert.equal(await contract.stored(), value);
}
assert.equal((await provider.send('eth_getProof', [await contract.getAddress(), [], 'latest'])).storageHash, empty, 'slots are left behind');
console.log(`wasm_contracts: ${language}: ${count ?? 400} times every function on numbers as JavaScript's; bytes in storage grow, shrink and leave nothing`);
provider.destroy();
