/* Direct calls of the block functions, for the reason told in sha256.c. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/sha512.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

_Static_assert(sizeof(SHA512_CTX) <= sizeof(gvm_sha512_state), "room for OpenSSL's state");

void gvm_sha512_init(gvm_sha512_state *s) {
    SHA512_Init((SHA512_CTX *)s);
}

void gvm_sha512_update(gvm_sha512_state *s, gvm_bytes in) {
    if (in.len != 0) SHA512_Update((SHA512_CTX *)s, in.ptr, in.len);
}

void gvm_sha512_final(gvm_sha512_state *s, uint8_t out[64]) {
    SHA512_Final(out, (SHA512_CTX *)s);
    OPENSSL_cleanse(s, sizeof *s);
}

void gvm_sha512(uint8_t out[64], gvm_bytes in) {
    gvm_sha512_state s;
    gvm_sha512_init(&s);
    gvm_sha512_update(&s, in);
    gvm_sha512_final(&s, out);
}
