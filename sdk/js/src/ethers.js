// For ethers 6: a signer over an ethers Signer, and sending by a provider.

import { TypedDataEncoder } from 'ethers';

import { typedDataSigner } from './sign.js';
import { serializeGhostTransaction } from './tx.js';

/** Signs the EIP-712 form with an ethers Signer (a Wallet, or a browser's JsonRpcSigner). */
export async function ethersSigner(signer) {
  return typedDataSigner({
    address: await signer.getAddress(),
    signTypedData: ({ domain, types, message }) => signer.signTypedData(domain, types, message),
    hashTypedData: ({ domain, types, message }) => TypedDataEncoder.hash(domain, types, message),
  });
}

/** Sends a signed transaction; answers its hash. (ethers' broadcastTransaction parses what it sends
 * and knows types 0 to 4 alone.) */
export const sendGhostTransaction = (provider, tx) =>
  provider.send('eth_sendRawTransaction', [serializeGhostTransaction(tx)]);
