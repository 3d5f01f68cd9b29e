// Signers. Each has a `key` ({ scheme, key }), an `address`, and
// sign({ hash, typedData }) -> the signature's bytes, where typedData() gives the EIP-712 form.
// Signers whose key is known only after signing (browser wallets) leave `key` out and answer
// { key, signature }.

import { ed25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { schnorr, secp256k1 } from '@noble/curves/secp256k1.js';
import { ml_dsa65 } from '@noble/post-quantum/ml-dsa.js';

import { concatBytes, numberToBytes, rlpEncode, sized, toBytes, toHex } from './bytes.js';
import { decodeKeySet, keyAddress, keyProofHash, Scheme } from './keys.js';
import { ghostSigningHash, ghostSponsorHash, ghostTypedData } from './tx.js';

const PLAIN = 0;
const TYPED_DATA = 1;
const WEBAUTHN = 2;

const signer = (scheme, key, sign) => ({
  key: { scheme, key },
  address: keyAddress({ scheme, key }),
  sign: async (request) => sign(request),
});

/** r || s || yParity, s in the lower half. */
function ecdsa(hash, secret) {
  const recovered = secp256k1.sign(toBytes(hash), secret, { prehash: false, lowS: true, format: 'recovered' });
  return concatBytes(recovered.subarray(1), recovered.subarray(0, 1));
}

export function secp256k1Signer(privateKey) {
  const secret = sized(privateKey, 32, 'private key');
  return signer(Scheme.Secp256k1, secp256k1.getPublicKey(secret, true), ({ hash }) =>
    concatBytes(Uint8Array.of(PLAIN), ecdsa(hash, secret)),
  );
}

/**
 * A wallet that signs EIP-712 and nothing else (a browser's). signTypedData takes { domain, types,
 * primaryType, message } and answers 65 bytes r || s || v, as viem's and ethers' do.
 */
export function typedDataSigner({ address, signTypedData, hashTypedData }) {
  return {
    address: address.toLowerCase(),
    async sign({ typedData }) {
      const data = typedData();
      const bytes = sized(await signTypedData(data), 65, 'signature');
      const v = bytes[64];
      const parity = v >= 27 ? v - 27 : v;
      const digest = toBytes(await hashTypedData(data));
      const point = secp256k1.Signature.fromBytes(bytes.subarray(0, 64))
        .addRecoveryBit(parity)
        .recoverPublicKey(digest);
      const key = { scheme: Scheme.Secp256k1, key: point.toBytes(true) };
      if (keyAddress(key) !== address.toLowerCase())
        throw new Error(`the wallet signed with ${keyAddress(key)}, not with ${address}`);
      const signature = concatBytes(Uint8Array.of(TYPED_DATA), bytes.subarray(0, 64), Uint8Array.of(parity));
      return { key, signature };
    },
  };
}

export function ed25519Signer(seed) {
  const secret = sized(seed, 32, 'seed');
  return signer(Scheme.Ed25519, ed25519.getPublicKey(secret), ({ hash }) => ed25519.sign(toBytes(hash), secret));
}

export function p256Signer(privateKey) {
  const secret = sized(privateKey, 32, 'private key');
  return signer(Scheme.P256, p256.getPublicKey(secret, true), ({ hash }) =>
    concatBytes(Uint8Array.of(PLAIN), p256.sign(toBytes(hash), secret, { prehash: false, lowS: true })),
  );
}

/** What an authenticator answered, as one signature. The ECDSA signature may be DER or r || s. */
export function encodeAssertion({ authenticatorData, clientDataJSON, signature }) {
  const raw = new Uint8Array(toBytes(signature));
  const parsed = p256.Signature.fromBytes(raw, raw.length === 64 ? 'compact' : 'der');
  const low = parsed.hasHighS() ? new p256.Signature(parsed.r, p256.Point.Fn.neg(parsed.s)) : parsed;
  const fields = [toBytes(authenticatorData), toBytes(clientDataJSON), low.toBytes('compact')];
  return concatBytes(Uint8Array.of(WEBAUTHN), rlpEncode(fields));
}

/**
 * A passkey. publicKey: its P-256 key, 33 or 65 bytes. getAssertion(challenge) asks the
 * authenticator; in a browser leave it out and give { credentialId, rpId } for
 * navigator.credentials.get.
 */
export function passkeySigner({ publicKey, getAssertion, credentialId, rpId }) {
  const ask =
    getAssertion ??
    (async (challenge) => {
      const allowCredentials = credentialId ? [{ type: 'public-key', id: toBytes(credentialId) }] : [];
      const answer = await navigator.credentials.get({
        publicKey: { challenge, rpId, allowCredentials, userVerification: 'preferred' },
      });
      const { authenticatorData, clientDataJSON, signature } = answer.response;
      const bytes = (buffer) => new Uint8Array(buffer);
      return {
        authenticatorData: bytes(authenticatorData),
        clientDataJSON: bytes(clientDataJSON),
        signature: bytes(signature),
      };
    });
  const key = p256.Point.fromBytes(toBytes(publicKey)).toBytes(true);
  return signer(Scheme.P256, key, async ({ hash }) => encodeAssertion(await ask(toBytes(hash))));
}

export function mlDsaSigner(seed) {
  const { publicKey, secretKey } = ml_dsa65.keygen(sized(seed, 32, 'seed'));
  return signer(Scheme.MlDsa65, publicKey, ({ hash }) => ml_dsa65.sign(toBytes(hash), secretKey, { extraEntropy: false }));
}

export function hybridSigner(ed25519Seed, mlDsaSeed) {
  const [a, b] = [ed25519Signer(ed25519Seed), mlDsaSigner(mlDsaSeed)];
  return signer(Scheme.Hybrid, concatBytes(a.key.key, b.key.key), async (request) =>
    concatBytes(await a.sign(request), await b.sign(request)),
  );
}

export function bip340Signer(privateKey) {
  const secret = sized(privateKey, 32, 'private key');
  return signer(Scheme.Bip340, schnorr.getPublicKey(secret), ({ hash }) =>
    schnorr.sign(toBytes(hash), secret, new Uint8Array(32)),
  );
}

/** Signatures of members, as the one signature of their set: [{ index, signature }], m of them. */
export const combineSignatures = (parts) =>
  rlpEncode(
    [...parts]
      .sort((a, b) => a.index - b.index)
      .map((p) => [numberToBytes(p.index, 8, 'index'), toBytes(p.signature)]),
  );

/** m signers of a set (a key of scheme 6, of keySet) who are all here. */
export function multiSigner(set, signers) {
  const { threshold, keys } = decodeKeySet(set.key);
  if (signers.length !== threshold) throw new RangeError(`${threshold} signers must sign, ${signers.length} given`);
  const indexOf = (s) =>
    keys.findIndex((k) => k.scheme === s.key.scheme && toHex(k.key) === toHex(toBytes(s.key.key)));
  const members = signers.map((s) => ({ signer: s, index: indexOf(s) }));
  if (members.some((m) => m.index < 0)) throw new RangeError('a signer is no member of the set');
  return signer(Scheme.Multi, toBytes(set.key), async (request) =>
    combineSignatures(
      await Promise.all(members.map(async (m) => ({ index: m.index, signature: await m.signer.sign(request) }))),
    ),
  );
}

async function authorise(who, request) {
  const answer = await who.sign(request);
  const { key, signature } = answer instanceof Uint8Array ? { key: who.key, signature: answer } : answer;
  return { scheme: key.scheme, key: toHex(toBytes(key.key)), signature: toHex(signature) };
}

/** The transaction with its sender's authorisation; the sender is the signer unless it is set. */
export async function signGhostTransaction(tx, who) {
  const named = { ...tx, sender: tx.sender ?? who.address };
  const auth = await authorise(who, { hash: ghostSigningHash(named), typedData: () => ghostTypedData(named) });
  return { ...named, auths: [auth] };
}

/** The transaction with its sponsor's. Sponsor and sender may sign in any order. */
export async function sponsorGhostTransaction(tx, who) {
  const named = { ...tx, sponsor: tx.sponsor ?? who.address };
  if (!named.notAfter) throw new RangeError("a sponsor's signature needs notAfter");
  const request = { hash: ghostSponsorHash(named), typedData: () => ghostTypedData(named, { asSponsor: true }) };
  return { ...named, sponsorAuths: [await authorise(who, request)] };
}

/** The proof that rotateKey asks for: { scheme, key, proof } for the identities contract. */
export async function proveKey(who, { chainId, account }) {
  const proof = await who.sign({ hash: keyProofHash(who.key, { chainId, account }) });
  return { scheme: who.key.scheme, key: toHex(toBytes(who.key.key)), proof: toHex(proof) };
}
