#include "crypto/mlkem.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>

static const char ALGORITHM[] = "ML-KEM-768";

void gvm_mlkem_keygen(uint8_t public_key[GVM_MLKEM_PUBLIC_KEY],
                      uint8_t secret_key[GVM_MLKEM_SECRET_KEY],
                      const uint8_t seed[GVM_MLKEM_SEED]) {
    uint8_t copy[GVM_MLKEM_SEED];
    memcpy(copy, seed, sizeof copy);
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, ALGORITHM, NULL);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_ML_KEM_SEED, copy, sizeof copy),
        OSSL_PARAM_construct_end(),
    };
    bool ok = ctx != NULL && EVP_PKEY_fromdata_init(ctx) == 1 &&
              EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params) == 1;
    GVM_ASSERT(ok);
    size_t len = GVM_MLKEM_PUBLIC_KEY;
    ok = EVP_PKEY_get_raw_public_key(key, public_key, &len) == 1 && len == GVM_MLKEM_PUBLIC_KEY;
    GVM_ASSERT(ok);
    if (secret_key != NULL) {
        len = GVM_MLKEM_SECRET_KEY;
        ok =
            EVP_PKEY_get_raw_private_key(key, secret_key, &len) == 1 && len == GVM_MLKEM_SECRET_KEY;
        GVM_ASSERT(ok);
    }
    EVP_PKEY_free(key);
    EVP_PKEY_CTX_free(ctx);
    gvm_wipe(copy, sizeof copy);
}

static gvm_status bad_key(void) {
    ERR_clear_error();
    return GVM_ERR_KEY;
}

gvm_status gvm_mlkem_encapsulate(uint8_t ciphertext[GVM_MLKEM_CIPHERTEXT],
                                 uint8_t shared[GVM_MLKEM_SHARED],
                                 const uint8_t public_key[GVM_MLKEM_PUBLIC_KEY],
                                 const uint8_t random[32]) {
    EVP_PKEY *key =
        EVP_PKEY_new_raw_public_key_ex(NULL, ALGORITHM, NULL, public_key, GVM_MLKEM_PUBLIC_KEY);
    if (key == NULL) return bad_key();
    uint8_t m[32];
    memcpy(m, random, sizeof m);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_KEM_PARAM_IKME, m, sizeof m),
        OSSL_PARAM_construct_end(),
    };
    size_t ciphertext_len = GVM_MLKEM_CIPHERTEXT, shared_len = GVM_MLKEM_SHARED;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    bool ok = ctx != NULL && EVP_PKEY_encapsulate_init(ctx, params) == 1 &&
              EVP_PKEY_encapsulate(ctx, ciphertext, &ciphertext_len, shared, &shared_len) == 1;
    GVM_ASSERT(ok && ciphertext_len == GVM_MLKEM_CIPHERTEXT && shared_len == GVM_MLKEM_SHARED);
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(key);
    gvm_wipe(m, sizeof m);
    return GVM_OK;
}

gvm_status gvm_mlkem_decapsulate(uint8_t shared[GVM_MLKEM_SHARED],
                                 const uint8_t secret_key[GVM_MLKEM_SECRET_KEY],
                                 const uint8_t ciphertext[GVM_MLKEM_CIPHERTEXT]) {
    EVP_PKEY *key =
        EVP_PKEY_new_raw_private_key_ex(NULL, ALGORITHM, NULL, secret_key, GVM_MLKEM_SECRET_KEY);
    if (key == NULL) return bad_key();
    size_t len = GVM_MLKEM_SHARED;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    bool ok = ctx != NULL && EVP_PKEY_decapsulate_init(ctx, NULL) == 1 &&
              EVP_PKEY_decapsulate(ctx, shared, &len, ciphertext, GVM_MLKEM_CIPHERTEXT) == 1;
    GVM_ASSERT(ok && len == GVM_MLKEM_SHARED);
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(key);
    return GVM_OK;
}
