/* Key derivation: HKDF (RFC 5869), PBKDF2 (RFC 8018), scrypt (RFC 7914). Thread-safe; what is
 * derived is the caller's to wipe. On failure nothing useful is in `out`. */
#ifndef GVM_CRYPTO_KDF_H
#define GVM_CRYPTO_KDF_H

#include "base/bytes.h"

/* Extract, then expand. GVM_ERR_RANGE where out_len is over 255 hashes (8,160 and 16,320 bytes). */
GVM_NODISCARD gvm_status gvm_hkdf_sha256(uint8_t *out, size_t out_len, gvm_bytes salt,
                                         gvm_bytes secret, gvm_bytes info);
GVM_NODISCARD gvm_status gvm_hkdf_sha512(uint8_t *out, size_t out_len, gvm_bytes salt,
                                         gvm_bytes secret, gvm_bytes info);

/* GVM_ERR_RANGE where rounds or out_len is 0 or over 2^31 - 1, or the password or salt is over 2^31
 * - 1 bytes. */
GVM_NODISCARD gvm_status gvm_pbkdf2_sha256(uint8_t *out, size_t out_len, gvm_bytes password,
                                           gvm_bytes salt, uint32_t rounds);
GVM_NODISCARD gvm_status gvm_pbkdf2_sha512(uint8_t *out, size_t out_len, gvm_bytes password,
                                           gvm_bytes salt, uint32_t rounds);

/* n: cost, a power of two above 1. Needs 128 * r * (n + p + 2) bytes; GVM_ERR_LIMIT where that is
 * over `memory_limit`, GVM_ERR_RANGE where a parameter is outside RFC 7914, but for n, which may be
 * 2^(16 r) and above: keystores have it so. */
GVM_NODISCARD gvm_status gvm_scrypt(uint8_t *out, size_t out_len, gvm_bytes password,
                                    gvm_bytes salt, uint64_t n, uint32_t r, uint32_t p,
                                    uint64_t memory_limit);

#endif
