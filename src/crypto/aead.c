/* The ciphers are looked up once; a context is made for each message. */
#include "crypto/aead.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <pthread.h>

static EVP_CIPHER *ciphers[GVM_AEAD_COUNT];

static void fetch(void) {
    ciphers[GVM_AES_256_GCM] = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    ciphers[GVM_CHACHA20_POLY1305] = EVP_CIPHER_fetch(NULL, "ChaCha20-Poly1305", NULL);
    for (int i = 0; i < GVM_AEAD_COUNT; i++) GVM_ASSERT(ciphers[i] != NULL);
}

static bool fits(gvm_bytes b) {
    return b.len < (size_t)1 << 31;
}

static EVP_CIPHER_CTX *begin(gvm_aead aead, const uint8_t *key, const uint8_t *nonce,
                             gvm_bytes associated, int encrypt) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    GVM_ASSERT(pthread_once(&once, fetch) == 0);
    GVM_ASSERT(aead < GVM_AEAD_COUNT);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int n = 0;
    bool ok = ctx != NULL &&
              EVP_CipherInit_ex2(ctx, ciphers[aead], key, nonce, encrypt, NULL) == 1 &&
              (associated.len == 0 ||
               EVP_CipherUpdate(ctx, NULL, &n, associated.ptr, (int)associated.len) == 1);
    GVM_ASSERT(ok);
    return ctx;
}

gvm_status gvm_aead_seal(uint8_t *out, gvm_aead aead, const uint8_t key[GVM_AEAD_KEY],
                         const uint8_t nonce[GVM_AEAD_NONCE], gvm_bytes associated,
                         gvm_bytes plain) {
    if (!fits(associated) || !fits(plain)) return GVM_ERR_LIMIT;
    EVP_CIPHER_CTX *ctx = begin(aead, key, nonce, associated, 1);
    uint8_t rest[16];
    int n = 0, last = 0;
    bool ok = (plain.len == 0 || EVP_CipherUpdate(ctx, out, &n, plain.ptr, (int)plain.len) == 1) &&
              EVP_CipherFinal_ex(ctx, rest, &last) == 1 &&
              EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, GVM_AEAD_TAG, out + plain.len) == 1;
    GVM_ASSERT(ok && (size_t)n == plain.len && last == 0);
    EVP_CIPHER_CTX_free(ctx);
    return GVM_OK;
}

gvm_status gvm_aead_open(uint8_t *out, gvm_aead aead, const uint8_t key[GVM_AEAD_KEY],
                         const uint8_t nonce[GVM_AEAD_NONCE], gvm_bytes associated,
                         gvm_bytes sealed) {
    if (!fits(associated) || !fits(sealed)) return GVM_ERR_LIMIT;
    if (sealed.len < GVM_AEAD_TAG) return GVM_ERR_AUTHENTICATION;
    size_t len = sealed.len - GVM_AEAD_TAG;
    uint8_t tag[GVM_AEAD_TAG], rest[16];
    memcpy(tag, sealed.ptr + len, sizeof tag);
    EVP_CIPHER_CTX *ctx = begin(aead, key, nonce, associated, 0);
    int n = 0, last = 0;
    bool ok = (len == 0 || EVP_CipherUpdate(ctx, out, &n, sealed.ptr, (int)len) == 1) &&
              EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, GVM_AEAD_TAG, tag) == 1;
    GVM_ASSERT(ok && (size_t)n == len);
    bool authentic = EVP_CipherFinal_ex(ctx, rest, &last) == 1;
    EVP_CIPHER_CTX_free(ctx);
    ERR_clear_error();
    if (authentic) return GVM_OK;
    if (len != 0) gvm_wipe(out, len);
    return GVM_ERR_AUTHENTICATION;
}
