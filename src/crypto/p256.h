/* ECDSA over P-256 (secp256r1), verification only, as the precompile of EIP-7951 asks. */
#ifndef GVM_CRYPTO_P256_H
#define GVM_CRYPTO_P256_H

#include "base/bytes.h"

/* True where (r, s) is a signature of the 32-byte hash under the key (x, y). False for everything
 * else: r or s outside [1, n-1], a coordinate not below p, the point at infinity (0, 0), a point
 * off the curve. Upper-half s is allowed. All numbers are big-endian. Thread-safe; takes variable
 * time, so nothing here may be secret. */
GVM_NODISCARD bool gvm_p256_verify_var(const gvm_hash *message, const uint8_t r[32],
                                       const uint8_t s[32], const uint8_t x[32],
                                       const uint8_t y[32]);

#endif
