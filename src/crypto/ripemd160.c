/* Direct calls of the block function, for the reason told in sha256.c. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/ripemd160.h"

#include <openssl/ripemd.h>

void gvm_ripemd160(uint8_t out[20], gvm_bytes in) {
    RIPEMD160_CTX s;
    RIPEMD160_Init(&s);
    if (in.len != 0) RIPEMD160_Update(&s, in.ptr, in.len);
    RIPEMD160_Final(out, &s);
}
