/* Verification of what threshold signers make together (FROST, RFC 9591): to a verifier, a plain
 * Schnorr signature under the group's key. Thread-safe; nothing here is secret.
 *
 *     suite                      key                 signature
 *     FROST(Ed25519, SHA-512)    32, RFC 8032        64: R || z      an Ed25519 signature
 *     FROST(secp256k1, SHA-256)  33, compressed      65: R (33) || z (32, big-endian)
 *
 * FROST signers for Taproot keys (the suite secp256k1-tr of the ZF FROST library) make BIP-340
 * signatures: gvm_schnorr_verify. */
#ifndef GVM_CRYPTO_FROST_H
#define GVM_CRYPTO_FROST_H

#include "base/bytes.h"

/* As gvm_ed25519_verify. */
GVM_NODISCARD gvm_status gvm_frost_ed25519_verify(const uint8_t key[32], gvm_bytes message,
                                                  const uint8_t signature[64]);
/* GVM_ERR_POINT where the key is no point; GVM_ERR_SIGNATURE for all else, a z that is 0 or not
 * below the order included. */
GVM_NODISCARD gvm_status gvm_frost_secp256k1_verify(const uint8_t key[33], gvm_bytes message,
                                                    const uint8_t signature[65]);

#endif
