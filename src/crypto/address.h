/* Text forms of addresses, and the addresses of contracts. */
#ifndef GVM_CRYPTO_ADDRESS_H
#define GVM_CRYPTO_ADDRESS_H

#include "base/bytes.h"

enum { GVM_ADDRESS_CHECKSUM_SIZE = 43, GVM_ADDRESS_GHOST_SIZE = 46 };

/* "0x" and 40 digits, whose case is the checksum of EIP-55. NUL-terminated. */
void gvm_address_checksum(char out[GVM_ADDRESS_CHECKSUM_SIZE], const gvm_address *address);
/* "ghost" and 40 lower-case digits. NUL-terminated. */
void gvm_address_ghost(char out[GVM_ADDRESS_GHOST_SIZE], const gvm_address *address);
/* From "0x..." or "ghost...", with 40 digits. Digits of one case pass; where both occur they must
 * be EIP-55's, else GVM_ERR_NON_CANONICAL (a mistyped address). GVM_ERR_SYNTAX for everything else.
 */
GVM_NODISCARD gvm_status gvm_address_parse(gvm_address *out, gvm_bytes text);

/* Where CREATE, or a transaction without `to`, puts the code: the last 20 bytes of
 * Keccak-256(RLP([sender, nonce])). */
void gvm_address_create(gvm_address *out, const gvm_address *sender, uint64_t nonce);
/* Where CREATE2 puts it (EIP-1014). init_code_hash: Keccak-256 of the creation code. */
void gvm_address_create2(gvm_address *out, const gvm_address *sender, const gvm_hash *salt,
                         const gvm_hash *init_code_hash);

#endif
