/* The check is u1 * G + u2 * Q with u1 = e / s, u2 = r / s, and then x mod n == r. It is put
 * together from OpenSSL's group operations on one shared group (which is only read): a key object
 * and a signature object for each call would take longer to build than a third of the check itself.
 * The inverse of s is GMP's, several times as fast as a generic one. */
#include "crypto/p256.h"

#include <gmp.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/obj_mac.h>
#include <pthread.h>

static EC_GROUP *group;

static void make_group(void) {
    group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    GVM_ASSERT(group != NULL);
}

/* out := in^-1 mod the group's order; in is in [1, n-1]. */
static bool invert(BIGNUM *out, const uint8_t in[32], const uint8_t order[32]) {
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
    static const uint8_t order[32] = {0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00,
                                      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                      0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84,
                                      0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};
    static const uint8_t prime[32] = {0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x01,
                                      0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
                                      0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff,
                                      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    if (memcmp(r, zero, 32) == 0 || memcmp(s, zero, 32) == 0 || memcmp(r, order, 32) >= 0 ||
        memcmp(s, order, 32) >= 0 || memcmp(x, prime, 32) >= 0 || memcmp(y, prime, 32) >= 0)
        return false;
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    GVM_ASSERT(pthread_once(&once, make_group) == 0);

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
    bool ok = invert(w, s, order) && BN_bin2bn(message->b, 32, u1) != NULL &&
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
