/* DID documents from the state: did:ghost (an identity, an address or a name) and did:key.
 * W3C DID core 1.0; Multikey; DID resolution. */
#ifndef GVM_SERVICE_DID_H
#define GVM_SERVICE_DID_H

#include "system/identities.h"

#include <yyjson.h>

/* A resolution result {didResolutionMetadata, didDocument, didDocumentMetadata} in doc; where the
 * DID does not resolve the document is null and the metadata's `error` is notFound, invalidDid or
 * methodNotSupported. NULL where memory is out. */
yyjson_mut_val *gvm_did_resolve(yyjson_mut_doc *doc, gvm_cells *cells, gvm_arena *arena,
                                gvm_bytes did, uint64_t chain_id);
/* "did:ghost:" and 32 hex digits. */
void gvm_did_of_id(char out[43], const gvm_permanent_id *id);
/* Multibase (base58btc) of a key with its multicodec: "z6Mk...". GVM_ERR_UNSUPPORTED for kinds that
 * have none. */
GVM_NODISCARD gvm_status gvm_did_multikey(gvm_buf *out, unsigned kind, gvm_bytes key);

#endif
