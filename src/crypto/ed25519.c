/* OpenSSL checks S < L and compares the encoding of R, which must be canonical then. It does not
 * mind a key that is not canonical or has small order, nor an R of small order; both are told by
 * their bytes, so these checks come first. */
#include "crypto/ed25519.h"

#include <gmp.h>
#include <openssl/err.h>
#include <openssl/evp.h>

static EVP_PKEY *secret_key(const uint8_t key[32]) {
    EVP_PKEY *pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, key, 32);
    GVM_ASSERT(pkey != NULL);
    return pkey;
}

void gvm_ed25519_public_key(uint8_t out[32], const uint8_t key[32]) {
    EVP_PKEY *pkey = secret_key(key);
    size_t len = 32;
    int ok = EVP_PKEY_get_raw_public_key(pkey, out, &len);
    GVM_ASSERT(ok == 1 && len == 32);
    EVP_PKEY_free(pkey);
}

void gvm_ed25519_sign(uint8_t out[64], gvm_bytes message, const uint8_t key[32]) {
    EVP_PKEY *pkey = secret_key(key);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    size_t len = 64;
    const uint8_t *ptr = message.len == 0 ? (const uint8_t *)"" : message.ptr;
    bool ok = ctx != NULL && EVP_DigestSignInit(ctx, NULL, NULL, NULL, pkey) == 1 &&
              EVP_DigestSign(ctx, out, &len, ptr, message.len) == 1;
    GVM_ASSERT(ok && len == 64);
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(pkey);
}

/* Whether the 32 bytes are the canonical encoding of a y, and not of a point whose order divides 8.
 * Of such points there are eight; with the sign bit masked they have five values of y: 0, 1, -1 and
 * two of order 8. */
static bool acceptable(const uint8_t point[32]) {
    static const uint8_t small_order[5][32] = {
        {0},
        {1},
        {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
        {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
         0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
         0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
        {0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
         0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
         0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},
    };
    uint8_t y[32];
    memcpy(y, point, 32);
    y[31] &= 0x7f;
    for (size_t i = 0; i < 5; i++)
        if (memcmp(y, small_order[i], 32) == 0) return false;
    /* y < p = 2^255 - 19, little-endian */
    if (y[31] != 0x7f || y[0] < 0xed) return true;
    for (size_t i = 1; i < 31; i++)
        if (y[i] != 0xff) return true;
    return false;
}

gvm_status gvm_ed25519_verify(const uint8_t public_key[32], gvm_bytes message,
                              const uint8_t signature[64]) {
    if (!acceptable(public_key)) return GVM_ERR_KEY;
    if (!acceptable(signature)) return GVM_ERR_SIGNATURE;
    EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key, 32);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    GVM_ASSERT(pkey != NULL && ctx != NULL);
    const uint8_t *ptr = message.len == 0 ? (const uint8_t *)"" : message.ptr;
    GVM_ASSERT(EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey) == 1);
    int ok = EVP_DigestVerify(ctx, signature, 64, ptr, message.len);
    ERR_clear_error();
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(pkey);
    return ok == 1 ? GVM_OK : GVM_ERR_SIGNATURE;
}

/* Whether there is an x for the y: x^2 = (y^2 - 1) / (d y^2 + 1), that is, whether the product of
 * the two is a square. (OpenSSL has no such check.) */
gvm_status gvm_ed25519_key_check(const uint8_t public_key[32]) {
    static const char D[] = "52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3";
    if (!acceptable(public_key)) return GVM_ERR_KEY;
    uint8_t y_bytes[32];
    memcpy(y_bytes, public_key, 32);
    y_bytes[31] &= 0x7f;
    mpz_t p, d, y, u, v;
    mpz_inits(p, d, y, u, v, NULL);
    mpz_ui_pow_ui(p, 2, 255);
    mpz_sub_ui(p, p, 19);
    int parsed = mpz_set_str(d, D, 16);
    GVM_ASSERT(parsed == 0);
    mpz_import(y, 32, -1, 1, 0, 0, y_bytes);
    mpz_mul(y, y, y);
    mpz_sub_ui(u, y, 1);
    mpz_mul(v, y, d);
    mpz_add_ui(v, v, 1);
    mpz_mul(u, u, v);
    mpz_mod(u, u, p);
    bool on_curve = mpz_jacobi(u, p) == 1;
    mpz_clears(p, d, y, u, v, NULL);
    return on_curve ? GVM_OK : GVM_ERR_KEY;
}
