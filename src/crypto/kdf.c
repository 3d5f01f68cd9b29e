/* HKDF stands on our HMAC; PBKDF2 and scrypt are OpenSSL's, whose cost per call drowns in the work
 * asked for. */
#include "crypto/kdf.h"

#include "crypto/hmac.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>

gvm_status gvm_hkdf_sha256(uint8_t *out, size_t out_len, gvm_bytes salt, gvm_bytes secret,
                           gvm_bytes info) {
    if (out_len > 255 * 32) return GVM_ERR_RANGE;
    gvm_hash key, block;
    gvm_hmac_sha256(&key, salt, secret);
    for (uint8_t i = 1; out_len > 0; i++) {
        gvm_hmac_sha256_state s;
        gvm_hmac_sha256_init(&s, gvm_bytes_make(key.b, sizeof key.b));
        if (i > 1) gvm_hmac_sha256_update(&s, gvm_bytes_make(block.b, sizeof block.b));
        gvm_hmac_sha256_update(&s, info);
        gvm_hmac_sha256_update(&s, gvm_bytes_make(&i, 1));
        gvm_hmac_sha256_final(&s, &block);
        size_t n = out_len < sizeof block.b ? out_len : sizeof block.b;
        memcpy(out, block.b, n);
        out += n, out_len -= n;
    }
    gvm_wipe(&key, sizeof key);
    gvm_wipe(&block, sizeof block);
    return GVM_OK;
}

gvm_status gvm_hkdf_sha512(uint8_t *out, size_t out_len, gvm_bytes salt, gvm_bytes secret,
                           gvm_bytes info) {
    if (out_len > 255 * 64) return GVM_ERR_RANGE;
    uint8_t key[64], block[64];
    gvm_hmac_sha512(key, salt, secret);
    for (uint8_t i = 1; out_len > 0; i++) {
        gvm_hmac_sha512_state s;
        gvm_hmac_sha512_init(&s, gvm_bytes_make(key, sizeof key));
        if (i > 1) gvm_hmac_sha512_update(&s, gvm_bytes_make(block, sizeof block));
        gvm_hmac_sha512_update(&s, info);
        gvm_hmac_sha512_update(&s, gvm_bytes_make(&i, 1));
        gvm_hmac_sha512_final(&s, block);
        size_t n = out_len < sizeof block ? out_len : sizeof block;
        memcpy(out, block, n);
        out += n, out_len -= n;
    }
    gvm_wipe(key, sizeof key);
    gvm_wipe(block, sizeof block);
    return GVM_OK;
}

static gvm_status pbkdf2(uint8_t *out, size_t out_len, gvm_bytes password, gvm_bytes salt,
                         uint32_t rounds, const EVP_MD *md) {
    if (rounds == 0 || rounds > INT_MAX || out_len == 0 || out_len > INT_MAX ||
        password.len > INT_MAX || salt.len > INT_MAX)
        return GVM_ERR_RANGE;
    /* a NULL password would mean "no password given"; the empty one is a password */
    const char *pass = password.len == 0 ? "" : (const char *)password.ptr;
    int ok = PKCS5_PBKDF2_HMAC(pass, (int)password.len, salt.ptr, (int)salt.len, (int)rounds, md,
                               (int)out_len, out);
    ERR_clear_error();
    return ok ? GVM_OK : GVM_ERR_NOMEM;
}

gvm_status gvm_pbkdf2_sha256(uint8_t *out, size_t out_len, gvm_bytes password, gvm_bytes salt,
                             uint32_t rounds) {
    return pbkdf2(out, out_len, password, salt, rounds, EVP_sha256());
}

gvm_status gvm_pbkdf2_sha512(uint8_t *out, size_t out_len, gvm_bytes password, gvm_bytes salt,
                             uint32_t rounds) {
    return pbkdf2(out, out_len, password, salt, rounds, EVP_sha512());
}

gvm_status gvm_scrypt(uint8_t *out, size_t out_len, gvm_bytes password, gvm_bytes salt, uint64_t n,
                      uint32_t r, uint32_t p, uint64_t memory_limit) {
    if (n < 2 || (n & (n - 1)) != 0 || r == 0 || p == 0 || (uint64_t)r * p >= 1 << 30 ||
        out_len == 0 || out_len > INT_MAX || (r < 4 && n >> (16 * r) != 0))
        return GVM_ERR_RANGE;
    uint64_t per_block = 128 * (uint64_t)r;
    if (n > UINT64_MAX / per_block / 2 || per_block * (n + p + 2) > memory_limit)
        return GVM_ERR_LIMIT;
    const char *pass = password.len == 0 ? "" : (const char *)password.ptr;
    const uint8_t *salt_ptr = salt.len == 0 ? (const uint8_t *)"" : salt.ptr;
    int ok =
        EVP_PBE_scrypt(pass, password.len, salt_ptr, salt.len, n, r, p, memory_limit, out, out_len);
    ERR_clear_error();
    return ok ? GVM_OK : GVM_ERR_NOMEM;
}
