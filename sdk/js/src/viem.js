// For viem: a chain's serializer, and a signer over a viem account or wallet client.
//
//   const chain = defineChain({ ..., serializers: { transaction: ghostSerializer } });

import { hashTypedData, serializeTransaction } from 'viem';

import { typedDataSigner } from './sign.js';
import { serializeGhostTransaction } from './tx.js';

const isGhost = (tx) => tx.type === 'ghost' || tx.type === '0x47';

/** Type 0x47 by this package (its signatures are in auths), all others by viem. */
export const ghostSerializer = (tx, signature) =>
  isGhost(tx) ? serializeGhostTransaction(tx) : serializeTransaction(tx, signature);

/** Signs the EIP-712 form with a viem account, or with a wallet client and its account. */
export const viemSigner = (accountOrClient) =>
  typedDataSigner({
    address: accountOrClient.address ?? accountOrClient.account.address,
    signTypedData: (data) => accountOrClient.signTypedData(data),
    hashTypedData,
  });
