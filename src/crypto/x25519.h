/* X25519 (RFC 7748), over OpenSSL. A secret key is any 32 bytes. Constant time, thread-safe; the
 * caller wipes the secrets that it holds. */
#ifndef GVM_CRYPTO_X25519_H
#define GVM_CRYPTO_X25519_H

#include "base/bytes.h"

void gvm_x25519_public_key(uint8_t out[32], const uint8_t key[32]);
/* The shared secret, not hashed. GVM_ERR_POINT where the other side's point is of small order, so
 * that the secret would be all zero. Its top bit is ignored and its value need not be reduced, as
 * the RFC says. */
GVM_NODISCARD gvm_status gvm_x25519(uint8_t out[32], const uint8_t public_key[32],
                                    const uint8_t key[32]);

#endif
