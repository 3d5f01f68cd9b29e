/* password -> scrypt or PBKDF2 -> 32 bytes: the first 16 are the AES-128-CTR key, the last 16 go
 * before the ciphertext into Keccak-256, which gives the tag that tells a wrong password. */
#include "crypto/keystore.h"

#include "crypto/kdf.h"
#include "crypto/keccak.h"
#include "crypto/secp256k1.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <yyjson.h>

const gvm_keystore_cost gvm_keystore_standard = {.n = 262144, .r = 8, .p = 1};
const gvm_keystore_cost gvm_keystore_light = {.n = 4096, .r = 8, .p = 6};

enum { LONGEST_SALT = 256 };

static gvm_status derive(uint8_t out[32], gvm_bytes password, gvm_bytes salt,
                         const gvm_keystore_cost *cost) {
    if (cost->pbkdf2) {
        if (cost->rounds > GVM_KEYSTORE_ROUNDS_MAX) return GVM_ERR_LIMIT;
        return gvm_pbkdf2_sha256(out, 32, password, salt, cost->rounds);
    }
    if (cost->n > GVM_KEYSTORE_SCRYPT_MAX || cost->r > GVM_KEYSTORE_SCRYPT_MAX ||
        cost->p > GVM_KEYSTORE_SCRYPT_MAX)
        return GVM_ERR_LIMIT;
    uint64_t blocks = (uint64_t)cost->r * cost->p;
    if (blocks != 0 && cost->n > GVM_KEYSTORE_SCRYPT_MAX / blocks) return GVM_ERR_LIMIT;
    return gvm_scrypt(out, 32, password, salt, cost->n, cost->r, cost->p, UINT32_MAX);
}

/* out := in ^ keystream; the same both ways. */
static gvm_status aes_128_ctr(uint8_t *out, gvm_bytes in, const uint8_t key[16],
                              const uint8_t iv[16]) {
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int len = 0;
    bool ok = ctx != NULL && EVP_EncryptInit_ex2(ctx, EVP_aes_128_ctr(), key, iv, NULL) == 1 &&
              EVP_EncryptUpdate(ctx, out, &len, in.ptr, (int)in.len) == 1 && len == (int)in.len;
    EVP_CIPHER_CTX_free(ctx);
    ERR_clear_error();
    return ok ? GVM_OK : GVM_ERR_NOMEM;
}

static void tag(gvm_hash *out, const uint8_t derived[32], gvm_bytes ciphertext) {
    gvm_keccak k;
    gvm_keccak256_init(&k);
    gvm_keccak_update(&k, gvm_bytes_make(derived + 16, 16));
    gvm_keccak_update(&k, ciphertext);
    gvm_keccak256_final(&k, out);
}

/* ---- reading */

static int digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The hex string `name` of an object, 1 to `room` bytes, with or without 0x. */
static gvm_status read_hex(uint8_t *out, size_t *len, size_t room, yyjson_val *object,
                           const char *name, gvm_error *err) {
    yyjson_val *value = yyjson_obj_get(object, name);
    const char *s = yyjson_get_str(value);
    size_t n = yyjson_get_len(value);
    if (s != NULL && n >= 2 && s[0] == '0' && s[1] == 'x') s += 2, n -= 2;
    if (s == NULL || n == 0 || n % 2 != 0 || n / 2 > room)
        return gvm_error_set(err, GVM_ERR_SYNTAX, "expected %s with 1 to %zu bytes in hex", name,
                             room);
    for (size_t i = 0; i < n / 2; i++) {
        int high = digit(s[2 * i]), low = digit(s[2 * i + 1]);
        if (high < 0 || low < 0)
            return gvm_error_set(err, GVM_ERR_SYNTAX, "%s has a character that is no hex digit",
                                 name);
        out[i] = (uint8_t)(high << 4 | low);
    }
    *len = n / 2;
    return GVM_OK;
}

static gvm_status read_hex_fixed(uint8_t *out, size_t want, yyjson_val *object, const char *name,
                                 gvm_error *err) {
    size_t len;
    GVM_TRY(read_hex(out, &len, want, object, name, err));
    if (len == want) return GVM_OK;
    return gvm_error_set(err, GVM_ERR_SYNTAX, "expected %zu bytes in %s, found %zu", want, name,
                         len);
}

static gvm_status read_number(uint64_t *out, yyjson_val *object, const char *name, uint64_t max,
                              gvm_error *err) {
    yyjson_val *value = yyjson_obj_get(object, name);
    if (!yyjson_is_uint(value))
        return gvm_error_set(err, GVM_ERR_SYNTAX, "expected a number in %s", name);
    *out = yyjson_get_uint(value);
    if (*out <= max) return GVM_OK;
    return gvm_error_set(err, GVM_ERR_LIMIT, "%s is %llu; the limit is %llu", name,
                         (unsigned long long)*out, (unsigned long long)max);
}

static gvm_status read_cost(gvm_keystore_cost *cost, yyjson_val *crypto, yyjson_val *params,
                            gvm_error *err) {
    uint64_t a, b, c, length;
    GVM_TRY(read_number(&length, params, "dklen", UINT64_MAX, err));
    if (length != 32) return gvm_error_set(err, GVM_ERR_UNSUPPORTED, "dklen is not 32");
    if (yyjson_equals_str(yyjson_obj_get(crypto, "kdf"), "scrypt")) {
        GVM_TRY(read_number(&a, params, "n", GVM_KEYSTORE_SCRYPT_MAX, err));
        GVM_TRY(read_number(&b, params, "r", GVM_KEYSTORE_SCRYPT_MAX, err));
        GVM_TRY(read_number(&c, params, "p", GVM_KEYSTORE_SCRYPT_MAX, err));
        *cost = (gvm_keystore_cost){.n = a, .r = (uint32_t)b, .p = (uint32_t)c};
        return GVM_OK;
    }
    if (!yyjson_equals_str(yyjson_obj_get(crypto, "kdf"), "pbkdf2"))
        return gvm_error_set(err, GVM_ERR_UNSUPPORTED, "expected the kdf scrypt or pbkdf2");
    if (!yyjson_equals_str(yyjson_obj_get(params, "prf"), "hmac-sha256"))
        return gvm_error_set(err, GVM_ERR_UNSUPPORTED, "expected the prf hmac-sha256");
    GVM_TRY(read_number(&a, params, "c", GVM_KEYSTORE_ROUNDS_MAX, err));
    *cost = (gvm_keystore_cost){.pbkdf2 = true, .rounds = (uint32_t)a};
    return GVM_OK;
}

/* Where the file names an address, it must be the key's. */
static gvm_status check_address(const uint8_t key[32], yyjson_val *root, gvm_error *err) {
    gvm_address named, real;
    uint8_t public_key[64];
    if (gvm_secp256k1_public_key(public_key, key) != GVM_OK)
        return gvm_error_set(err, GVM_ERR_KEY, "the key in the file is not in 1..n-1");
    if (yyjson_obj_get(root, "address") == NULL) return GVM_OK;
    GVM_TRY(read_hex_fixed(named.b, sizeof named.b, root, "address", err));
    gvm_secp256k1_address(&real, public_key);
    if (gvm_address_equal(&named, &real)) return GVM_OK;
    return gvm_error_set(err, GVM_ERR_KEY,
                         "the key in the file has another address than the file names");
}

static gvm_status decrypt(uint8_t key[32], yyjson_val *root, gvm_bytes password, gvm_error *err) {
    uint8_t salt[LONGEST_SALT], iv[16], ciphertext[32], derived[32];
    gvm_hash want, found;
    size_t salt_len, len;
    gvm_keystore_cost cost;
    if (!yyjson_is_obj(root)) return gvm_error_set(err, GVM_ERR_SYNTAX, "expected a JSON object");
    if (!yyjson_equals_str(yyjson_obj_get(root, "version"), "3") &&
        yyjson_get_uint(yyjson_obj_get(root, "version")) != 3)
        return gvm_error_set(err, GVM_ERR_UNSUPPORTED, "expected version 3");
    yyjson_val *crypto = yyjson_obj_get(root, "crypto");
    if (crypto == NULL) crypto = yyjson_obj_get(root, "Crypto");
    if (!yyjson_equals_str(yyjson_obj_get(crypto, "cipher"), "aes-128-ctr"))
        return gvm_error_set(err, GVM_ERR_UNSUPPORTED, "expected the cipher aes-128-ctr");
    yyjson_val *params = yyjson_obj_get(crypto, "kdfparams");
    GVM_TRY(read_cost(&cost, crypto, params, err));
    GVM_TRY(read_hex(salt, &salt_len, sizeof salt, params, "salt", err));
    GVM_TRY(read_hex_fixed(iv, sizeof iv, yyjson_obj_get(crypto, "cipherparams"), "iv", err));
    GVM_TRY(read_hex(ciphertext, &len, sizeof ciphertext, crypto, "ciphertext", err));
    GVM_TRY(read_hex_fixed(want.b, sizeof want.b, crypto, "mac", err));

    gvm_status status = derive(derived, password, gvm_bytes_make(salt, salt_len), &cost);
    if (status == GVM_OK) {
        tag(&found, derived, gvm_bytes_make(ciphertext, len));
        if (!gvm_equal_ct(found.b, want.b, sizeof want.b)) status = GVM_ERR_PASSWORD;
    }
    if (status == GVM_OK) {
        memset(key, 0, 32);
        status = aes_128_ctr(key + 32 - len, gvm_bytes_make(ciphertext, len), derived, iv);
    }
    gvm_wipe(derived, sizeof derived);
    if (status != GVM_OK) return gvm_error_set(err, status, "%s", gvm_status_text(status));
    status = check_address(key, root, err);
    if (status != GVM_OK) gvm_wipe(key, 32);
    return status;
}

gvm_status gvm_keystore_decrypt(uint8_t key[32], gvm_bytes json, gvm_bytes password,
                                gvm_error *err) {
    if (json.len > GVM_KEYSTORE_SIZE_MAX)
        return gvm_error_set(err, GVM_ERR_LIMIT, "the file is over 64 KiB");
    yyjson_doc *doc = json.len == 0 ? NULL : yyjson_read((const char *)json.ptr, json.len, 0);
    if (doc == NULL) return gvm_error_set(err, GVM_ERR_SYNTAX, "expected JSON");
    gvm_status status = decrypt(key, yyjson_doc_get_root(doc), password, err);
    yyjson_doc_free(doc);
    return status;
}

/* ---- writing */

static void put_hex(gvm_buf *out, const char *before, const uint8_t *bytes, size_t len) {
    gvm_buf_str(out, before);
    for (size_t i = 0; i < len; i++) gvm_buf_printf(out, "%02x", bytes[i]);
}

gvm_status gvm_keystore_encrypt(gvm_buf *out, const uint8_t key[32], gvm_bytes password,
                                const gvm_keystore_cost *cost, const uint8_t random[64]) {
    const uint8_t *salt = random, *iv = random + 32;
    uint8_t derived[32], ciphertext[32], public_key[64], id[16];
    gvm_address address;
    gvm_hash mac;
    GVM_TRY(gvm_secp256k1_public_key(public_key, key));
    gvm_secp256k1_address(&address, public_key);
    GVM_TRY(derive(derived, password, gvm_bytes_make(salt, 32), cost));
    gvm_status status = aes_128_ctr(ciphertext, gvm_bytes_make(key, 32), derived, iv);
    tag(&mac, derived, gvm_bytes_make(ciphertext, sizeof ciphertext));
    gvm_wipe(derived, sizeof derived);
    GVM_TRY(status);

    put_hex(out, "{\"address\":\"", address.b, sizeof address.b);
    put_hex(out, "\",\"crypto\":{\"cipher\":\"aes-128-ctr\",\"ciphertext\":\"", ciphertext,
            sizeof ciphertext);
    put_hex(out, "\",\"cipherparams\":{\"iv\":\"", iv, 16);
    if (cost->pbkdf2)
        gvm_buf_printf(
            out,
            "\"},\"kdf\":\"pbkdf2\",\"kdfparams\":{\"c\":%u,\"dklen\":32,\"prf\":\"hmac-sha256\"",
            cost->rounds);
    else
        gvm_buf_printf(
            out, "\"},\"kdf\":\"scrypt\",\"kdfparams\":{\"dklen\":32,\"n\":%llu,\"p\":%u,\"r\":%u",
            (unsigned long long)cost->n, cost->p, cost->r);
    put_hex(out, ",\"salt\":\"", salt, 32);
    put_hex(out, "\"},\"mac\":\"", mac.b, sizeof mac.b);
    memcpy(id, random + 48, sizeof id);
    id[6] = (uint8_t)((id[6] & 0x0f) | 0x40); /* RFC 9562: version 4, variant 1 */
    id[8] = (uint8_t)((id[8] & 0x3f) | 0x80);
    put_hex(out, "\"},\"id\":\"", id, 4);
    put_hex(out, "-", id + 4, 2);
    put_hex(out, "-", id + 6, 2);
    put_hex(out, "-", id + 8, 2);
    put_hex(out, "-", id + 10, 6);
    gvm_buf_str(out, "\",\"version\":3}");
    return gvm_buf_status(out);
}
