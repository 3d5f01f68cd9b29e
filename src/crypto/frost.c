/* z * G == R + c * key, looked at as R == z * G + (-c) * key: two operations of libsecp256k1, and
 * the comparison is one of encodings, so R need not be decoded. */
#include "crypto/frost.h"

#include "base/u256.h"
#include "crypto/ed25519.h"
#include "crypto/sha256.h"

#include <secp256k1.h>

gvm_status gvm_frost_ed25519_verify(const uint8_t key[32], gvm_bytes message,
                                    const uint8_t signature[64]) {
    return gvm_ed25519_verify(key, message, signature);
}

static const gvm_hash ORDER = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                0xff, 0xff, 0xff, 0xff, 0xfe, 0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48,
                                0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41}};

/* hash_to_field of RFC 9380 (one element, 48 bytes, expand_message_xmd with SHA-256) of R || key ||
 * message: H2 of RFC 9591, 6.5. */
static gvm_u256 challenge(const uint8_t r[33], const uint8_t key[33], gvm_bytes message) {
    static const char dst[] = "FROST-secp256k1-SHA256-v1chal";
    enum { DST_LEN = sizeof dst - 1, OUT = 48 };
    uint8_t dst_prime[DST_LEN + 1], out[64], zeros[64] = {0}, tail[3] = {0, OUT, 0};
    memcpy(dst_prime, dst, DST_LEN);
    dst_prime[DST_LEN] = DST_LEN;
    gvm_bytes suffix = gvm_bytes_make(dst_prime, sizeof dst_prime);
    gvm_sha256_state s;
    gvm_hash b0, b;
    gvm_sha256_init(&s);
    gvm_sha256_update(&s, gvm_bytes_make(zeros, sizeof zeros));
    gvm_sha256_update(&s, gvm_bytes_make(r, 33));
    gvm_sha256_update(&s, gvm_bytes_make(key, 33));
    gvm_sha256_update(&s, message);
    gvm_sha256_update(&s, gvm_bytes_make(tail, sizeof tail));
    gvm_sha256_update(&s, suffix);
    gvm_sha256_final(&s, &b0);
    memset(&b, 0, sizeof b);
    for (uint8_t i = 1; i <= 2; i++) {
        for (size_t k = 0; k < 32; k++) b.b[k] ^= b0.b[k];
        gvm_sha256_init(&s);
        gvm_sha256_update(&s, gvm_bytes_make(b.b, 32));
        gvm_sha256_update(&s, gvm_bytes_make(&i, 1));
        gvm_sha256_update(&s, suffix);
        gvm_sha256_final(&s, &b);
        memcpy(out + 32 * (i - 1), b.b, 32);
    }
    /* 48 bytes mod n, as 16 and 32: high * 2^256 + low */
    gvm_hash high = {{0}}, low;
    memcpy(high.b + 16, out, 16);
    memcpy(low.b, out + 16, 32);
    gvm_u256 n = gvm_u256_from_hash(&ORDER);
    gvm_u256 two_256 = gvm_u256_sub(gvm_u256_zero(), n); /* 2^256 mod n */
    gvm_u256 c = gvm_u256_mulmod(gvm_u256_from_hash(&high), two_256, n);
    return gvm_u256_addmod(c, gvm_u256_from_hash(&low), n);
}

gvm_status gvm_frost_secp256k1_verify(const uint8_t key[33], gvm_bytes message,
                                      const uint8_t signature[65]) {
    const secp256k1_context *ctx = secp256k1_context_static;
    secp256k1_pubkey point;
    if (key[0] != 2 && key[0] != 3) return GVM_ERR_POINT;
    if (!secp256k1_ec_pubkey_parse(ctx, &point, key, 33)) return GVM_ERR_POINT;
    if (!secp256k1_ec_seckey_verify(ctx, signature + 33)) return GVM_ERR_SIGNATURE;
    gvm_u256 c = challenge(signature, key, message);
    gvm_hash minus = gvm_u256_to_hash(gvm_u256_sub(gvm_u256_from_hash(&ORDER), c));
    uint8_t r[33];
    size_t len = sizeof r;
    /* Both refuse infinity and c = 0, of which no signer can meet either. */
    if (!secp256k1_ec_pubkey_tweak_mul(ctx, &point, minus.b) ||
        !secp256k1_ec_pubkey_tweak_add(ctx, &point, signature + 33))
        return GVM_ERR_SIGNATURE;
    secp256k1_ec_pubkey_serialize(ctx, r, &len, &point, SECP256K1_EC_COMPRESSED);
    return memcmp(r, signature, sizeof r) == 0 ? GVM_OK : GVM_ERR_SIGNATURE;
}
