#include "crypto/x25519.h"

#include <openssl/err.h>
#include <openssl/evp.h>

static EVP_PKEY *secret_key(const uint8_t key[32]) {
    EVP_PKEY *pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, key, 32);
    GVM_ASSERT(pkey != NULL);
    return pkey;
}

void gvm_x25519_public_key(uint8_t out[32], const uint8_t key[32]) {
    EVP_PKEY *pkey = secret_key(key);
    size_t len = 32;
    int ok = EVP_PKEY_get_raw_public_key(pkey, out, &len);
    GVM_ASSERT(ok == 1 && len == 32);
    EVP_PKEY_free(pkey);
}

gvm_status gvm_x25519(uint8_t out[32], const uint8_t public_key[32], const uint8_t key[32]) {
    EVP_PKEY *mine = secret_key(key);
    EVP_PKEY *theirs = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, public_key, 32);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, mine, NULL);
    size_t len = 32;
    bool ready = ctx != NULL && theirs != NULL && EVP_PKEY_derive_init(ctx) == 1 &&
                 EVP_PKEY_derive_set_peer_ex(ctx, theirs, 0) == 1;
    GVM_ASSERT(ready);
    int ok = EVP_PKEY_derive(ctx, out, &len);
    ERR_clear_error();
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(theirs);
    EVP_PKEY_free(mine);
    return ok == 1 && len == 32 ? GVM_OK : GVM_ERR_POINT;
}
