/* Encrypted key files: Web3 Secret Storage, version 3
 * (ethereum.org/en/developers/docs/data-structures-and-encoding/ web3-secret-storage), as geth and
 * most wallets write them. Thread-safe. */
#ifndef GVM_CRYPTO_KEYSTORE_H
#define GVM_CRYPTO_KEYSTORE_H

#include "base/bytes.h"

/* The work that one guess of the password costs. */
typedef struct gvm_keystore_cost {
    bool pbkdf2;     /* with HMAC-SHA-256 and `rounds`; else scrypt with n, r, p */
    uint32_t rounds; /* at most GVM_KEYSTORE_ROUNDS_MAX */
    uint64_t n;      /* n * r * p at most GVM_KEYSTORE_SCRYPT_MAX */
    uint32_t r, p;
} gvm_keystore_cost;

/* Limits on files from outside: eight times geth's standard. */
#define GVM_KEYSTORE_ROUNDS_MAX (1u << 24)
#define GVM_KEYSTORE_SCRYPT_MAX (1ull << 24)
#define GVM_KEYSTORE_SIZE_MAX   (64u << 10)

extern const gvm_keystore_cost gvm_keystore_standard; /* about a second and 256 MiB */
extern const gvm_keystore_cost gvm_keystore_light;    /* about 100 ms and 4 MiB */

/* The secp256k1 key in the file; one that was stored with fewer bytes is padded on the left. Where
 * the file names an address it must be the key's. GVM_ERR_PASSWORD; GVM_ERR_SYNTAX for a file that
 * is not well-formed; GVM_ERR_UNSUPPORTED for another version, cipher or derivation; GVM_ERR_LIMIT
 * for a cost or size over the limits; GVM_ERR_KEY; GVM_ERR_NOMEM. The caller wipes the key. */
GVM_NODISCARD gvm_status gvm_keystore_decrypt(uint8_t key[32], gvm_bytes json, gvm_bytes password,
                                              gvm_error *err);
/* Appends the file's JSON to `out`. random: fresh random bytes (salt, IV, file id). GVM_ERR_KEY,
 * GVM_ERR_RANGE or GVM_ERR_LIMIT for the cost, GVM_ERR_NOMEM. */
GVM_NODISCARD gvm_status gvm_keystore_encrypt(gvm_buf *out, const uint8_t key[32],
                                              gvm_bytes password, const gvm_keystore_cost *cost,
                                              const uint8_t random[64]);

#endif
