/* The block functions are called directly. OpenSSL 3 calls this interface deprecated, but the way
 * around it (SHA256(), EVP_Q_digest) looks the algorithm up by name under a lock at every call,
 * which costs more than a short hash. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/sha256.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

_Static_assert(sizeof(SHA256_CTX) <= sizeof(gvm_sha256_state), "room for OpenSSL's state");

void gvm_sha256_init(gvm_sha256_state *s) {
    SHA256_Init((SHA256_CTX *)s);
}

void gvm_sha256_update(gvm_sha256_state *s, gvm_bytes in) {
    if (in.len != 0) SHA256_Update((SHA256_CTX *)s, in.ptr, in.len);
}

void gvm_sha256_final(gvm_sha256_state *s, gvm_hash *out) {
    SHA256_Final(out->b, (SHA256_CTX *)s);
    OPENSSL_cleanse(s, sizeof *s);
}

void gvm_sha256(gvm_hash *out, gvm_bytes in) {
    gvm_sha256_state s;
    gvm_sha256_init(&s);
    gvm_sha256_update(&s, in);
    gvm_sha256_final(&s, out);
}
