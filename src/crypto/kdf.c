/* HKDF stands on our HMAC; PBKDF2 is OpenSSL's, whose cost per call drowns in the work asked for.
 * scrypt is ours because OpenSSL refuses n >= 2^(16 r), as RFC 7914 asks, and the Web3 keystore's
 * own example has n = 2^18 with r = 1. */
#include "crypto/kdf.h"

#include "crypto/hmac.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdlib.h>

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

/* ---- scrypt */

typedef uint32_t quad __attribute__((vector_size(16)));

/* 64 bytes of Salsa20's state as its four diagonals, so that a quarter of each round is one vector
 * operation. Blocks are kept in this order from the first permutation of scrypt to the last. */
typedef struct salsa_block {
    quad d[4];
} salsa_block;

#define TURN(v, n) __builtin_shufflevector(v, v, (0 + n) % 4, (1 + n) % 4, (2 + n) % 4, (3 + n) % 4)
#define ROL(v, n)  (((v) << (n)) | ((v) >> (32 - (n))))

static inline void salsa20_8(salsa_block *b) {
    quad a = b->d[0], x = b->d[1], y = b->d[2], z = b->d[3];
    for (int i = 0; i < 8; i += 2) {
        x ^= ROL(a + z, 7), y ^= ROL(x + a, 9), z ^= ROL(y + x, 13), a ^= ROL(z + y, 18);
        x = TURN(x, 3), y = TURN(y, 2), z = TURN(z, 1);
        z ^= ROL(a + x, 7), y ^= ROL(z + a, 9), x ^= ROL(y + z, 13), a ^= ROL(x + y, 18);
        x = TURN(x, 1), y = TURN(y, 2), z = TURN(z, 3);
    }
    b->d[0] += a, b->d[1] += x, b->d[2] += y, b->d[3] += z;
}

/* diagonal[i] = the word of the 4x4 matrix that stands at place i of the diagonals */
static const uint8_t diagonal[16] = {0, 5, 10, 15, 4, 9, 14, 3, 8, 13, 2, 7, 12, 1, 6, 11};

/* scryptBlockMix (RFC 7914 section 4) of `in` into `out`, 2 r blocks each. */
static void block_mix(salsa_block *out, const salsa_block *in, size_t r) {
    salsa_block t = in[2 * r - 1];
    for (size_t i = 0; i < 2 * r; i++) {
        for (int k = 0; k < 4; k++) t.d[k] ^= in[i].d[k];
        salsa20_8(&t);
        out[i / 2 + (i % 2) * r] = t;
    }
}

/* scryptROMix (section 5) of one lane of 128 r bytes; v: n lanes of room; x, y: one lane each. */
static void rom_mix(uint8_t *lane, salsa_block *v, salsa_block *x, salsa_block *y, uint64_t n,
                    size_t r) {
    for (size_t i = 0; i < 2 * r; i++) {
        uint32_t words[16];
        for (int k = 0; k < 16; k++)
            words[k] = gvm_load_le32(lane + 64 * i + 4 * (size_t)diagonal[k]);
        memcpy(&x[i], words, sizeof words);
    }
    for (uint64_t i = 0; i < n; i += 2) {
        memcpy(v + i * 2 * r, x, 128 * r);
        block_mix(y, x, r);
        memcpy(v + (i + 1) * 2 * r, y, 128 * r);
        block_mix(x, y, r);
    }
    for (uint64_t i = 0; i < n; i++) {
        /* Integerify: words 0 and 1 of the last block; word 1 stands at place 13 of the diagonals
         */
        uint64_t low = x[2 * r - 1].d[0][0], high = x[2 * r - 1].d[3][1];
        const salsa_block *chosen = v + ((low | high << 32) & (n - 1)) * 2 * r;
        for (size_t k = 0; k < 2 * r; k++)
            for (int q = 0; q < 4; q++) x[k].d[q] ^= chosen[k].d[q];
        block_mix(y, x, r);
        memcpy(x, y, 128 * r);
    }
    for (size_t i = 0; i < 2 * r; i++) {
        uint32_t words[16];
        memcpy(words, &x[i], sizeof words);
        for (int k = 0; k < 16; k++)
            gvm_store_le32(lane + 64 * i + 4 * (size_t)diagonal[k], words[k]);
    }
}

gvm_status gvm_scrypt(uint8_t *out, size_t out_len, gvm_bytes password, gvm_bytes salt, uint64_t n,
                      uint32_t r, uint32_t p, uint64_t memory_limit) {
    if (n < 2 || (n & (n - 1)) != 0 || r == 0 || p == 0 || (uint64_t)r * p >= 1 << 30 ||
        out_len == 0 || out_len > INT_MAX)
        return GVM_ERR_RANGE;
    uint64_t lane = 128 * (uint64_t)r, lanes = n + p + 2;
    if (n > memory_limit || lanes > memory_limit / lane || lane * p > INT_MAX) return GVM_ERR_LIMIT;
    uint8_t *memory = aligned_alloc(64, lane * lanes); /* p lanes, x, y, n lanes */
    if (memory == NULL) return GVM_ERR_NOMEM;
    gvm_status status = pbkdf2(memory, lane * p, password, salt, 1, EVP_sha256());
    if (status == GVM_OK) {
        salsa_block *x = (salsa_block *)(memory + lane * p), *y = x + 2 * (size_t)r,
                    *v = y + 2 * (size_t)r;
        for (uint32_t i = 0; i < p; i++) rom_mix(memory + lane * i, v, x, y, n, r);
        status = pbkdf2(out, out_len, password, gvm_bytes_make(memory, lane * p), 1, EVP_sha256());
    }
    gvm_wipe(memory, lane * lanes);
    free(memory);
    return status;
}
