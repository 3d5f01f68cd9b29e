/* RIPEMD-160, over OpenSSL. Thread-safe, cannot fail. `out` may lie inside the input. */
#ifndef GVM_CRYPTO_RIPEMD160_H
#define GVM_CRYPTO_RIPEMD160_H

#include "base/bytes.h"

void gvm_ripemd160(uint8_t out[20], gvm_bytes in);

#endif
