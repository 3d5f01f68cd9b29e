/* The contracts contract (0x...4740) from outside. */
#ifndef GVM_SYSTEM_CONTRACTS_H
#define GVM_SYSTEM_CONTRACTS_H

#include "base/bytes.h"

#define GVM_CHUNK_MAX 65536u

/* Where stage() puts a chunk: the first 20 bytes of BLAKE3("ghost-chunk-v1" | stager | hash), with
 * hash = BLAKE3(bytes). */
void gvm_chunk_address(gvm_address *out, const gvm_address *stager, const gvm_hash *hash);

#endif
