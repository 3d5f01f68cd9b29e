/* The algorithm is looked up once. What remains of OpenSSL at each call (a key object and a
 * context) costs a few microseconds beside the hundred of the arithmetic. */
#include "crypto/mldsa.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <pthread.h>

static const char ALGORITHM[] = "ML-DSA-65";
static EVP_SIGNATURE *algorithm;

static void fetch(void) {
    algorithm = EVP_SIGNATURE_fetch(NULL, ALGORITHM, NULL);
    GVM_ASSERT(algorithm != NULL);
}

static EVP_SIGNATURE *get_algorithm(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    GVM_ASSERT(pthread_once(&once, fetch) == 0);
    return algorithm;
}

static EVP_PKEY *key_of_seed(const uint8_t seed[GVM_MLDSA_SEED]) {
    uint8_t copy[GVM_MLDSA_SEED];
    memcpy(copy, seed, sizeof copy);
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, ALGORITHM, NULL);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_ML_DSA_SEED, copy, sizeof copy),
        OSSL_PARAM_construct_end(),
    };
    bool ok = ctx != NULL && EVP_PKEY_fromdata_init(ctx) == 1 &&
              EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params) == 1;
    GVM_ASSERT(ok);
    EVP_PKEY_CTX_free(ctx);
    gvm_wipe(copy, sizeof copy);
    return key;
}

void gvm_mldsa_public_key(uint8_t out[GVM_MLDSA_PUBLIC_KEY], const uint8_t seed[GVM_MLDSA_SEED]) {
    EVP_PKEY *key = key_of_seed(seed);
    size_t len = GVM_MLDSA_PUBLIC_KEY;
    int ok = EVP_PKEY_get_raw_public_key(key, out, &len);
    GVM_ASSERT(ok == 1 && len == GVM_MLDSA_PUBLIC_KEY);
    EVP_PKEY_free(key);
}

/* OpenSSL's parameters are not const; it only reads these. */
static void *unconst(const void *p) {
    return (void *)(uintptr_t)p;
}

static const uint8_t *not_null(gvm_bytes b) {
    return b.len == 0 ? (const uint8_t *)"" : b.ptr;
}

static gvm_status sign(uint8_t *out, gvm_bytes message, gvm_bytes context, EVP_PKEY *key,
                       const uint8_t *random) {
    int deterministic = random == NULL;
    OSSL_PARAM params[4], *p = params;
    *p++ = OSSL_PARAM_construct_octet_string(OSSL_SIGNATURE_PARAM_CONTEXT_STRING,
                                             unconst(not_null(context)), context.len);
    if (deterministic)
        *p++ = OSSL_PARAM_construct_int(OSSL_SIGNATURE_PARAM_DETERMINISTIC, &deterministic);
    else
        *p++ = OSSL_PARAM_construct_octet_string(OSSL_SIGNATURE_PARAM_TEST_ENTROPY, unconst(random),
                                                 32);
    *p = OSSL_PARAM_construct_end();
    size_t len = GVM_MLDSA_SIGNATURE;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    bool ok = ctx != NULL && EVP_PKEY_sign_message_init(ctx, get_algorithm(), params) == 1 &&
              EVP_PKEY_sign(ctx, out, &len, not_null(message), message.len) == 1;
    GVM_ASSERT(ok && len == GVM_MLDSA_SIGNATURE);
    EVP_PKEY_CTX_free(ctx);
    return GVM_OK;
}

gvm_status gvm_mldsa_sign(uint8_t out[GVM_MLDSA_SIGNATURE], gvm_bytes message, gvm_bytes context,
                          const uint8_t seed[GVM_MLDSA_SEED], const uint8_t *random) {
    if (context.len > GVM_MLDSA_CONTEXT_MAX) return GVM_ERR_ARGUMENT;
    EVP_PKEY *key = key_of_seed(seed);
    gvm_status status = sign(out, message, context, key, random);
    EVP_PKEY_free(key);
    return status;
}

gvm_status gvm_mldsa_sign_expanded(uint8_t out[GVM_MLDSA_SIGNATURE], gvm_bytes message,
                                   gvm_bytes context, const uint8_t key[GVM_MLDSA_EXPANDED_KEY],
                                   const uint8_t *random) {
    if (context.len > GVM_MLDSA_CONTEXT_MAX) return GVM_ERR_ARGUMENT;
    EVP_PKEY *pkey =
        EVP_PKEY_new_raw_private_key_ex(NULL, ALGORITHM, NULL, key, GVM_MLDSA_EXPANDED_KEY);
    if (pkey == NULL) {
        ERR_clear_error();
        return GVM_ERR_KEY;
    }
    gvm_status status = sign(out, message, context, pkey, random);
    EVP_PKEY_free(pkey);
    return status;
}

gvm_status gvm_mldsa_verify(const uint8_t public_key[GVM_MLDSA_PUBLIC_KEY], gvm_bytes message,
                            gvm_bytes context, const uint8_t signature[GVM_MLDSA_SIGNATURE]) {
    if (context.len > GVM_MLDSA_CONTEXT_MAX) return GVM_ERR_ARGUMENT;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_SIGNATURE_PARAM_CONTEXT_STRING,
                                          unconst(not_null(context)), context.len),
        OSSL_PARAM_construct_end(),
    };
    EVP_PKEY *key =
        EVP_PKEY_new_raw_public_key_ex(NULL, ALGORITHM, NULL, public_key, GVM_MLDSA_PUBLIC_KEY);
    EVP_PKEY_CTX *ctx = key == NULL ? NULL : EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    GVM_ASSERT(ctx != NULL);
    GVM_ASSERT(EVP_PKEY_verify_message_init(ctx, get_algorithm(), params) == 1);
    int ok = EVP_PKEY_verify(ctx, signature, GVM_MLDSA_SIGNATURE, not_null(message), message.len);
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return ok == 1 ? GVM_OK : GVM_ERR_SIGNATURE;
}
