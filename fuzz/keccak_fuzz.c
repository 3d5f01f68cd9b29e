/* Keccak-256 and -512 against OpenSSL's: one-shot, streamed in pieces that the input chooses, and
 * many at once. */
#include "crypto/keccak.h"
#include "crypto/keccak_variants.h"

#include <openssl/evp.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void openssl_hash(const char *name, uint8_t out[64], gvm_bytes in) {
    size_t len = 64;
    GVM_ASSERT(EVP_Q_digest(NULL, name, NULL, in.ptr, in.len, out, &len) == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2) return 0;
    size_t piece = (size_t)data[0] + 1, count = data[1] % 20;
    gvm_bytes in = gvm_bytes_make(data + 2, size - 2);
    uint8_t want[64], got512[64];
    gvm_hash got;
    openssl_hash("KECCAK-256", want, in);
    gvm_keccak256(&got, in);
    GVM_ASSERT(memcmp(got.b, want, 32) == 0);
    gvm_keccak k;
    gvm_keccak256_init(&k);
    for (size_t at = 0; at < in.len; at += piece)
        gvm_keccak_update(&k,
                          gvm_bytes_make(in.ptr + at, in.len - at < piece ? in.len - at : piece));
    gvm_keccak256_final(&k, &got);
    GVM_ASSERT(memcmp(got.b, want, 32) == 0);
    openssl_hash("KECCAK-512", want, in);
    gvm_keccak512(got512, in);
    GVM_ASSERT(memcmp(got512, want, 64) == 0);

    /* overlapping slices of uneven lengths */
    gvm_bytes parts[20];
    gvm_hash many[20];
    for (size_t i = 0; i < count; i++) {
        size_t from = in.len == 0 ? 0 : (i * piece) % in.len;
        parts[i] = gvm_bytes_make(in.ptr + from, (in.len - from) / (i % 3 + 1));
    }
    for (size_t v = 0; v < gvm_keccak_variant_count; v++) {
        if (!gvm_keccak_variants[v].usable()) continue;
        gvm_keccak_variants[v].many(many, parts, count);
        for (size_t i = 0; i < count; i++) {
            gvm_keccak256(&got, parts[i]);
            GVM_ASSERT(gvm_hash_equal(&got, &many[i]));
        }
    }
    return 0;
}
