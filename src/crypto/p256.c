/* The check is u1 * G + u2 * Q with u1 = e / s, u2 = r / s, and then x mod n == r. It is put
 * together from OpenSSL's group operations on one shared group (which is only read): a key object
 * and a signature object for each call would take longer to build than a third of the check itself.
 * The inverse of s is GMP's, several times as fast as a generic one. */
#include "crypto/p256.h"

#include <gmp.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/params.h>
#include <pthread.h>

static EC_GROUP *group;
static EVP_SIGNATURE *ecdsa;

static const uint8_t order[32] = {0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff,
                                  0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17,
                                  0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};

static void make_group(void) {
    group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    ecdsa = EVP_SIGNATURE_fetch(NULL, "ECDSA", NULL);
    GVM_ASSERT(group != NULL && ecdsa != NULL);
}

static void prepare(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    GVM_ASSERT(pthread_once(&once, make_group) == 0);
}

/* out := in^-1 mod the group's order; in is in [1, n-1]. */
static bool invert(BIGNUM *out, const uint8_t in[32]) {
    mpz_t a, n;
    uint8_t bytes[32];
    size_t len = 0;
    mpz_inits(a, n, NULL);
    mpz_import(a, 32, 1, 1, 1, 0, in);
    mpz_import(n, 32, 1, 1, 1, 0, order);
    GVM_ASSERT(mpz_invert(a, a, n) != 0);
    mpz_export(bytes, &len, 1, 1, 1, 0, a);
    mpz_clears(a, n, NULL);
    return BN_bin2bn(bytes, (int)len, out) != NULL;
}

bool gvm_p256_verify_var(const gvm_hash *message, const uint8_t r[32], const uint8_t s[32],
                         const uint8_t x[32], const uint8_t y[32]) {
    static const uint8_t zero[32];
    static const uint8_t prime[32] = {0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x01,
                                      0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
                                      0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff,
                                      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    if (memcmp(r, zero, 32) == 0 || memcmp(s, zero, 32) == 0 || memcmp(r, order, 32) >= 0 ||
        memcmp(s, order, 32) >= 0 || memcmp(x, prime, 32) >= 0 || memcmp(y, prime, 32) >= 0)
        return false;
    prepare();
    bool valid = false;
    uint8_t full[65] = {0x04};
    memcpy(full + 1, x, 32);
    memcpy(full + 33, y, 32);
    BN_CTX *ctx = BN_CTX_new();
    EC_POINT *q = EC_POINT_new(group), *sum = EC_POINT_new(group);
    GVM_ASSERT(ctx != NULL && q != NULL && sum != NULL);
    BN_CTX_start(ctx);
    BIGNUM *w = BN_CTX_get(ctx), *u1 = BN_CTX_get(ctx), *u2 = BN_CTX_get(ctx),
           *rn = BN_CTX_get(ctx);
    const BIGNUM *n = EC_GROUP_get0_order(group);
    GVM_ASSERT(rn != NULL);
    if (!EC_POINT_oct2point(group, q, full, sizeof full, ctx)) goto done;
    bool ok = invert(w, s) && BN_bin2bn(message->b, 32, u1) != NULL &&
              BN_bin2bn(r, 32, rn) != NULL && BN_mod_mul(u1, u1, w, n, ctx) &&
              BN_mod_mul(u2, rn, w, n, ctx) && EC_POINT_mul(group, sum, u1, q, u2, ctx);
    GVM_ASSERT(ok);
    if (EC_POINT_is_at_infinity(group, sum)) goto done;
    ok = EC_POINT_get_affine_coordinates(group, sum, w, NULL, ctx) && BN_nnmod(w, w, n, ctx);
    GVM_ASSERT(ok);
    valid = BN_cmp(w, rn) == 0;
done:
    BN_CTX_end(ctx);
    EC_POINT_free(sum);
    EC_POINT_free(q);
    BN_CTX_free(ctx);
    ERR_clear_error();
    return valid;
}

bool gvm_p256_s_is_low(const uint8_t s[32]) {
    static const uint8_t half_order[32] = {0x7f, 0xff, 0xff, 0xff, 0x80, 0x00, 0x00, 0x00,
                                           0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                           0xde, 0x73, 0x7d, 0x56, 0xd3, 0x8b, 0xcf, 0x42,
                                           0x79, 0xdc, 0xe5, 0x61, 0x7e, 0x31, 0x92, 0xa8};
    return memcmp(s, half_order, sizeof half_order) <= 0;
}

/* ---- keys and signing */

/* In [1, n-1], told in constant time. */
static bool key_valid(const uint8_t key[32]) {
    unsigned any = 0, borrow = 0;
    for (int i = 31; i >= 0; i--) {
        any |= key[i];
        borrow = ((unsigned)key[i] - order[i] - borrow) >> 8 & 1;
    }
    return any != 0 && borrow == 1;
}

gvm_status gvm_p256_public_key(uint8_t out[64], const uint8_t key[32]) {
    if (!key_valid(key)) return GVM_ERR_KEY;
    prepare();
    uint8_t full[65];
    BN_CTX *ctx = BN_CTX_secure_new();
    BIGNUM *d = BN_secure_new();
    EC_POINT *point = EC_POINT_new(group);
    GVM_ASSERT(ctx != NULL && d != NULL && point != NULL);
    BN_set_flags(d, BN_FLG_CONSTTIME);
    bool ok = BN_bin2bn(key, 32, d) != NULL && EC_POINT_mul(group, point, d, NULL, NULL, ctx) &&
              EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, full, sizeof full,
                                 ctx) == sizeof full;
    GVM_ASSERT(ok);
    memcpy(out, full + 1, 64);
    EC_POINT_clear_free(point);
    BN_clear_free(d);
    BN_CTX_free(ctx);
    return GVM_OK;
}

gvm_status gvm_p256_parse_public_key(uint8_t out[64], gvm_bytes in) {
    uint8_t full[65] = {0x04};
    if (in.len == 64) {
        memcpy(full + 1, in.ptr, 64);
        in = gvm_bytes_make(full, sizeof full);
    }
    bool compressed = in.len == 33 && (in.ptr[0] == 2 || in.ptr[0] == 3);
    if (!compressed && !(in.len == 65 && in.ptr[0] == 4)) return GVM_ERR_POINT;
    prepare();
    EC_POINT *point = EC_POINT_new(group);
    GVM_ASSERT(point != NULL);
    bool ok = EC_POINT_oct2point(group, point, in.ptr, in.len, NULL) == 1;
    if (ok) {
        ok = EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, full, sizeof full,
                                NULL) == sizeof full;
        memcpy(out, full + 1, 64);
    }
    EC_POINT_free(point);
    ERR_clear_error();
    return ok ? GVM_OK : GVM_ERR_POINT;
}

void gvm_p256_compress(uint8_t out[33], const uint8_t public_key[64]) {
    uint8_t prefix = 2 | (public_key[63] & 1);
    memmove(out + 1, public_key, 32);
    out[0] = prefix;
}

static EVP_PKEY *secret_key(const uint8_t key[32], const uint8_t public_key[64]) {
    uint8_t native[32], full[65] = {0x04}; /* OpenSSL's numbers are the machine's: little-endian */
    for (int i = 0; i < 32; i++) native[i] = key[31 - i];
    memcpy(full + 1, public_key, 64);
    char curve[] = "P-256";
    EVP_PKEY *pkey = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, curve, 0),
        OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, native, sizeof native),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, full, sizeof full),
        OSSL_PARAM_construct_end(),
    };
    bool ok = ctx != NULL && EVP_PKEY_fromdata_init(ctx) == 1 &&
              EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_KEYPAIR, params) == 1;
    GVM_ASSERT(ok);
    EVP_PKEY_CTX_free(ctx);
    gvm_wipe(native, sizeof native);
    return pkey;
}

gvm_status gvm_p256_sign(uint8_t out[64], const gvm_hash *message, const uint8_t key[32]) {
    uint8_t public_key[64], der[80];
    GVM_TRY(gvm_p256_public_key(public_key, key));
    EVP_PKEY *pkey = secret_key(key, public_key);
    char digest[] = "SHA256";
    unsigned deterministic = 1; /* RFC 6979 */
    size_t len = sizeof der;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_uint(OSSL_SIGNATURE_PARAM_NONCE_TYPE, &deterministic),
        OSSL_PARAM_construct_end(),
    };
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
    bool ok = ctx != NULL && EVP_PKEY_sign_init_ex2(ctx, ecdsa, params) == 1 &&
              EVP_PKEY_sign(ctx, der, &len, message->b, 32) == 1;
    GVM_ASSERT(ok);
    const uint8_t *at = der;
    ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &at, (long)len);
    GVM_ASSERT(signature != NULL);
    ok = BN_bn2binpad(ECDSA_SIG_get0_r(signature), out, 32) == 32 &&
         BN_bn2binpad(ECDSA_SIG_get0_s(signature), out + 32, 32) == 32;
    GVM_ASSERT(ok);
    if (!gvm_p256_s_is_low(out + 32)) {
        int borrow = 0;
        for (int i = 31; i >= 0; i--) {
            int d = order[i] - out[32 + i] - borrow;
            borrow = d < 0;
            out[32 + i] = (uint8_t)d;
        }
    }
    ECDSA_SIG_free(signature);
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(pkey);
    return GVM_OK;
}
