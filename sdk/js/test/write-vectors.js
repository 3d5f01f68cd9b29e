// Writes the vectors that the C unit test reads (tests/support/ghost_tx_vectors.json): made with
// noble and viem alone, so that two implementations have to agree.
//
//   node test/write-vectors.js ../../tests/support/ghost_tx_vectors.json

import { writeFileSync } from 'node:fs';

import { hashTypedData } from 'viem';

import * as ghost from '../src/index.js';
import { cases } from './cases.js';

const json = (_, v) => (typeof v === 'bigint' ? v.toString() : v);

const vectors = [];
for (const { name, tx } of await cases()) {
  const raw = ghost.serializeGhostTransaction(tx);
  const { auths, sponsorAuths, ...fields } = tx;
  vectors.push({
    name,
    fields,
    raw,
    hash: ghost.ghostTransactionHash(raw),
    signingHash: ghost.ghostSigningHash(tx),
    sponsorHash: ghost.ghostSponsorHash(tx),
    typedData: hashTypedData(ghost.ghostTypedData(tx)),
    sponsorTypedData: hashTypedData(ghost.ghostTypedData(tx, { asSponsor: true })),
    keys: [...auths, ...(sponsorAuths ?? [])].map(({ scheme, key }) => ({
      scheme,
      key,
      address: ghost.keyAddress({ scheme, key }),
      commitment: ghost.keyCommitment({ scheme, key }),
    })),
  });
}
writeFileSync(process.argv[2], JSON.stringify(vectors, json, 1) + '\n');
