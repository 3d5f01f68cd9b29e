// Blob transactions on a running node, made by unmodified ethers and cast; kzg-wasm (c-kzg-4844) says what is right.
//   node blobs.mjs URL
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { ethers } from 'ethers';
import { loadKZG } from 'kzg-wasm';

const url = process.argv[2];
const key = '0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a';
const step = text => console.log(`clients: ${text}`);
const provider = new ethers.JsonRpcProvider(url, undefined, { polling: true, pollingInterval: 50, cacheTimeout: -1 });
const wallet = new ethers.Wallet(key, provider);
const kzg = await loadKZG();

// 4,096 field elements, each below the group's order as its first byte is 0.
function makeBlob(seed) {
    const blob = new Uint8Array(131072);
    for (let i = 0, word = ethers.id(seed); i < 4096; i++, word = ethers.keccak256(word))
        blob.set(ethers.getBytes(word).subarray(0, 31), 32 * i + 1);
    return blob;
}
const known = blob => {
    const data = ethers.hexlify(blob), commitment = kzg.blobToKZGCommitment(data).toLowerCase();
    return { data, commitment, proofs: kzg.computeCellsAndKZGProofs(data).proofs.map(p => p.toLowerCase()) };
};

async function sign(fields) {
    const tx = ethers.Transaction.from({
        type: 3, chainId: 1337, nonce: await provider.getTransactionCount(wallet.address), to: wallet.address,
        gasLimit: 21000, maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 1n, maxFeePerBlobGas: 10n ** 10n, ...fields,
    });
    tx.signature = wallet.signingKey.sign(tx.unsignedHash);
    return tx;
}

async function check(hash, blobs) {
    const receipt = await provider.send('eth_getTransactionReceipt', [hash]);
    assert.equal(receipt.status, '0x1');
    assert.equal(receipt.type, '0x3');
    assert.equal(BigInt(receipt.blobGasUsed), 131072n * BigInt(blobs.length));
    assert.ok(BigInt(receipt.blobGasPrice) >= 1n);
    const block = await provider.send('eth_getBlockByHash', [receipt.blockHash, true]);
    assert.equal(block.blobGasUsed, receipt.blobGasUsed);
    const hashes = blobs.map(b => `0x01${ethers.sha256(b.commitment).slice(4)}`);
    assert.deepEqual(block.transactions[0].blobVersionedHashes, hashes);
    const [served] = await provider.send('eth_getBlobSidecars', [receipt.blockNumber]);
    assert.equal(served.txHash, hash);
    assert.deepEqual(served.blobSidecar.blobs, blobs.map(b => b.data));
    assert.deepEqual(served.blobSidecar.commitments, blobs.map(b => b.commitment));
    assert.deepEqual(served.blobSidecar.proofs, blobs.flatMap(b => b.proofs));
    assert.deepEqual(await provider.send('anvil_getBlobsByTransactionHash', [hash]), blobs.map(b => b.data));
    assert.equal(await provider.send('anvil_getBlobByHash', [hashes[0]]), blobs[0].data);
}

// ---- with a proof a blob (EIP-4844): the node computes the cell proofs that Osaka wants
const two = [makeBlob('one'), makeBlob('two')];
const old = await sign({ kzg, blobs: two });
assert.equal(old.blobWrapperVersion, null);
await (await provider.broadcastTransaction(old.serialized)).wait();
const [first, second] = two.map(known);
await check(old.hash, [first, second]);
step('blob transaction with blob proofs: taken, mined, blobs served with their cell proofs');

// ---- with cell proofs (EIP-7594)
const cells = second;
const blob = { data: cells.data, commitment: cells.commitment, proof: ethers.concat(cells.proofs) };
const tx = await sign({ kzg, blobWrapperVersion: 1, blobs: [blob], blobVersionedHashes: [`0x01${ethers.sha256(cells.commitment).slice(4)}`] });
await (await provider.broadcastTransaction(tx.serialized)).wait();
await check(tx.hash, [cells]);
const raw = await provider.send('eth_getRawTransactionByHash', [tx.hash]);
assert.equal(ethers.keccak256(raw), tx.hash);
step('blob transaction with cell proofs: the same');

// ---- refused: a proof of another blob; no blobs
const wrong = { ...blob, proof: ethers.concat(first.proofs) };
const bad = await sign({ kzg, blobWrapperVersion: 1, blobs: [wrong], blobVersionedHashes: tx.blobVersionedHashes });
await assert.rejects(provider.send('eth_sendRawTransaction', [bad.serialized]), /proof/);
const bare = await sign({ blobVersionedHashes: tx.blobVersionedHashes });
await assert.rejects(provider.send('eth_sendRawTransaction', [bare.serialized]), /missing sidecar/);
step('a wrong proof and missing blobs are refused');

// ---- cast, which makes the blob itself
writeFileSync('blob.txt', 'a message in a blob');
const sent = JSON.parse(execFileSync('node_modules/.bin/cast', ['send', '--json', '--blob', '--path', 'blob.txt',
    '--private-key', key, wallet.address, '--rpc-url', url], { encoding: 'utf8' }));
assert.equal(sent.status, '0x1');
assert.equal(BigInt(sent.blobGasUsed), 131072n);
const [castBlob] = await provider.send('anvil_getBlobsByTransactionHash', [sent.transactionHash]);
assert.ok(castBlob.includes(Buffer.from('a message in a blob').toString('hex')));
step('cast sends a blob');
provider.destroy();
