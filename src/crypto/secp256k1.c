/* Two contexts: what touches no secret runs on the library's static one; what does runs on one that
 * is made at first use and blinded with random numbers, after which it is only read, so threads
 * share it. */
#include "crypto/secp256k1.h"

#include "crypto/keccak.h"

#include <openssl/rand.h>
#include <pthread.h>
#include <secp256k1.h>
#include <secp256k1_ecdh.h>
#include <secp256k1_extrakeys.h>
#include <secp256k1_recovery.h>
#include <secp256k1_schnorrsig.h>

static secp256k1_context *secret_context;

static void make_secret_context(void) {
    uint8_t seed[32];
    secret_context = secp256k1_context_create(SECP256K1_CONTEXT_SIGN);
    GVM_ASSERT(secret_context != NULL);
    GVM_ASSERT(RAND_bytes(seed, sizeof seed) == 1);
    GVM_ASSERT(secp256k1_context_randomize(secret_context, seed) == 1);
    gvm_wipe(seed, sizeof seed);
}

static const secp256k1_context *for_secrets(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    GVM_ASSERT(pthread_once(&once, make_secret_context) == 0);
    return secret_context;
}

static const secp256k1_context *for_public(void) {
    return secp256k1_context_static;
}

static void serialize(uint8_t out[64], const secp256k1_pubkey *point) {
    uint8_t full[65];
    size_t len = sizeof full;
    secp256k1_ec_pubkey_serialize(for_public(), full, &len, point, SECP256K1_EC_UNCOMPRESSED);
    memcpy(out, full + 1, 64);
}

static gvm_status parse(secp256k1_pubkey *out, const uint8_t public_key[64]) {
    uint8_t full[65] = {0x04};
    memcpy(full + 1, public_key, 64);
    return secp256k1_ec_pubkey_parse(for_public(), out, full, sizeof full) ? GVM_OK : GVM_ERR_POINT;
}

bool gvm_secp256k1_key_valid(const uint8_t key[32]) {
    return secp256k1_ec_seckey_verify(for_public(), key) == 1;
}

gvm_status gvm_secp256k1_public_key(uint8_t out[64], const uint8_t key[32]) {
    secp256k1_pubkey point;
    if (!secp256k1_ec_pubkey_create(for_secrets(), &point, key)) return GVM_ERR_KEY;
    serialize(out, &point);
    return GVM_OK;
}

gvm_status gvm_secp256k1_parse_public_key(uint8_t out[64], gvm_bytes in) {
    secp256k1_pubkey point;
    if (in.len == 64) {
        GVM_TRY(parse(&point, in.ptr));
    } else {
        bool compressed = in.len == 33 && (in.ptr[0] == 2 || in.ptr[0] == 3);
        bool full = in.len == 65 && in.ptr[0] == 4;
        if (!compressed && !full) return GVM_ERR_POINT;
        if (!secp256k1_ec_pubkey_parse(for_public(), &point, in.ptr, in.len)) return GVM_ERR_POINT;
    }
    serialize(out, &point);
    return GVM_OK;
}

void gvm_secp256k1_compress(uint8_t out[33], const uint8_t public_key[64]) {
    uint8_t prefix = 2 | (public_key[63] & 1);
    memmove(out + 1, public_key, 32);
    out[0] = prefix;
}

void gvm_secp256k1_address(gvm_address *out, const uint8_t public_key[64]) {
    gvm_hash h;
    gvm_keccak256(&h, gvm_bytes_make(public_key, 64));
    memcpy(out->b, h.b + 12, sizeof out->b);
}

gvm_status gvm_secp256k1_tweak_key(uint8_t key[32], const uint8_t tweak[32]) {
    if (secp256k1_ec_seckey_tweak_add(for_public(), key, tweak)) return GVM_OK;
    gvm_wipe(key, 32);
    return GVM_ERR_KEY;
}

gvm_status gvm_secp256k1_tweak_public_key(uint8_t public_key[64], const uint8_t tweak[32]) {
    secp256k1_pubkey point;
    GVM_TRY(parse(&point, public_key));
    if (!secp256k1_ec_pubkey_tweak_add(for_public(), &point, tweak)) return GVM_ERR_KEY;
    serialize(public_key, &point);
    return GVM_OK;
}

gvm_status gvm_secp256k1_sign(gvm_secp256k1_signature *out, const gvm_hash *message,
                              const uint8_t key[32]) {
    secp256k1_ecdsa_recoverable_signature signature;
    uint8_t compact[64];
    int recovery = 0;
    /* A NULL nonce function is RFC 6979. The recovery id's bit 1 (x was not below n) would need a
     * nonce whose point nobody will ever meet: the chance is 2^-127. Ethereum has no way to write
     * it. */
    if (!secp256k1_ecdsa_sign_recoverable(for_secrets(), &signature, message->b, key, NULL, NULL))
        return GVM_ERR_KEY;
    secp256k1_ecdsa_recoverable_signature_serialize_compact(for_public(), compact, &recovery,
                                                            &signature);
    GVM_ASSERT(recovery == 0 || recovery == 1);
    memcpy(out->r, compact, 32);
    memcpy(out->s, compact + 32, 32);
    out->y_parity = (uint8_t)recovery;
    return GVM_OK;
}

gvm_status gvm_secp256k1_verify(const uint8_t public_key[64], const gvm_hash *message,
                                const uint8_t r[32], const uint8_t s[32]) {
    secp256k1_pubkey point;
    secp256k1_ecdsa_signature signature;
    uint8_t compact[64];
    GVM_TRY(parse(&point, public_key));
    memcpy(compact, r, 32);
    memcpy(compact + 32, s, 32);
    if (!secp256k1_ecdsa_signature_parse_compact(for_public(), &signature, compact))
        return GVM_ERR_SIGNATURE;
    secp256k1_ecdsa_signature_normalize(for_public(), &signature, &signature);
    return secp256k1_ecdsa_verify(for_public(), &signature, message->b, &point) ? GVM_OK
                                                                                : GVM_ERR_SIGNATURE;
}

gvm_status gvm_secp256k1_recover_key(uint8_t out[64], const gvm_hash *message,
                                     const gvm_secp256k1_signature *signature) {
    secp256k1_ecdsa_recoverable_signature parsed;
    secp256k1_pubkey point;
    uint8_t compact[64];
    if (signature->y_parity > 1) return GVM_ERR_SIGNATURE;
    memcpy(compact, signature->r, 32);
    memcpy(compact + 32, signature->s, 32);
    if (!secp256k1_ecdsa_recoverable_signature_parse_compact(for_public(), &parsed, compact,
                                                             signature->y_parity) ||
        !secp256k1_ecdsa_recover(for_public(), &point, &parsed, message->b))
        return GVM_ERR_SIGNATURE;
    serialize(out, &point);
    return GVM_OK;
}

gvm_status gvm_secp256k1_recover(gvm_address *out, const gvm_hash *message,
                                 const gvm_secp256k1_signature *signature) {
    uint8_t public_key[64];
    GVM_TRY(gvm_secp256k1_recover_key(public_key, message, signature));
    gvm_secp256k1_address(out, public_key);
    return GVM_OK;
}

gvm_status gvm_secp256k1_ecrecover(gvm_address *out, const gvm_hash *message, const uint8_t v[32],
                                   const uint8_t r[32], const uint8_t s[32]) {
    static const uint8_t zero[31];
    if (memcmp(v, zero, sizeof zero) != 0 || (v[31] != 27 && v[31] != 28)) return GVM_ERR_SIGNATURE;
    gvm_secp256k1_signature signature = {.y_parity = (uint8_t)(v[31] - 27)};
    memcpy(signature.r, r, 32);
    memcpy(signature.s, s, 32);
    return gvm_secp256k1_recover(out, message, &signature);
}

bool gvm_secp256k1_s_is_low(const uint8_t s[32]) {
    static const uint8_t half_order[32] = {0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                           0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                           0x5d, 0x57, 0x6e, 0x73, 0x57, 0xa4, 0x50, 0x1d,
                                           0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0};
    return memcmp(s, half_order, sizeof half_order) <= 0;
}

gvm_status gvm_schnorr_sign(uint8_t out[64], gvm_bytes message, const uint8_t key[32],
                            const uint8_t *aux) {
    secp256k1_keypair pair;
    if (!secp256k1_keypair_create(for_secrets(), &pair, key)) return GVM_ERR_KEY;
    secp256k1_schnorrsig_extraparams extra = SECP256K1_SCHNORRSIG_EXTRAPARAMS_INIT;
    uint8_t random[32] = {0};
    if (aux != NULL) memcpy(random, aux, sizeof random);
    extra.ndata = random;
    int ok = secp256k1_schnorrsig_sign_custom(for_secrets(), out, message.ptr, message.len, &pair,
                                              &extra);
    gvm_wipe(&pair, sizeof pair);
    gvm_wipe(random, sizeof random);
    return ok ? GVM_OK : GVM_ERR_KEY;
}

gvm_status gvm_schnorr_verify(const uint8_t public_x[32], gvm_bytes message,
                              const uint8_t signature[64]) {
    secp256k1_xonly_pubkey point;
    if (!secp256k1_xonly_pubkey_parse(for_public(), &point, public_x)) return GVM_ERR_POINT;
    return secp256k1_schnorrsig_verify(for_public(), signature, message.ptr, message.len, &point)
               ? GVM_OK
               : GVM_ERR_SIGNATURE;
}

/* Keeps x as it is, where the library's default would hash the point. */
static int take_x(unsigned char *out, const unsigned char *x, const unsigned char *y,
                  void *unused) {
    (void)y, (void)unused;
    memcpy(out, x, 32);
    return 1;
}

gvm_status gvm_secp256k1_ecdh(uint8_t out[32], const uint8_t public_key[64],
                              const uint8_t key[32]) {
    secp256k1_pubkey point;
    GVM_TRY(parse(&point, public_key));
    return secp256k1_ecdh(for_secrets(), out, &point, key, take_x, NULL) ? GVM_OK : GVM_ERR_KEY;
}
