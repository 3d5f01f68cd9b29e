#include "ecdsa_vectors.h"

#include "json.h"

#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <stdio.h>

void ecdsa_hash(gvm_hash *out, const char *name, gvm_bytes message) {
    static const char *names[][3] = {
        {"SHA-1", "", "SHA1"},
        {"SHA-224", "SHA2-224", "SHA224"},
        {"SHA-256", "SHA2-256", "SHA256"},
        {"SHA-384", "SHA2-384", "SHA384"},
        {"SHA-512", "SHA2-512", "SHA512"},
        {"SHA-512/224", "SHA2-512/224", "SHA512-224"},
        {"SHA-512/256", "SHA2-512/256", "SHA512-256"},
        {"SHAKE128", "SHAKE-128", "SHAKE128"},
        {"SHAKE256", "SHAKE-256", "SHAKE256"},
    };
    const char *known = name; /* SHA3-x is the same everywhere */
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i][0]) == 0 || strcmp(name, names[i][1]) == 0) known = names[i][2];
    uint8_t digest[64];
    EVP_MD *md = EVP_MD_fetch(NULL, known, NULL);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    GVM_ASSERT(md != NULL && ctx != NULL);
    bool xof = strncmp(known, "SHAKE", 5) == 0;
    size_t len = xof ? 32 : (size_t)EVP_MD_get_size(md);
    bool ok = EVP_DigestInit_ex2(ctx, md, NULL) &&
              EVP_DigestUpdate(ctx, message.ptr, message.len) &&
              (xof ? EVP_DigestFinalXOF(ctx, digest, len) : EVP_DigestFinal_ex(ctx, digest, NULL));
    GVM_ASSERT(ok);
    memset(out, 0, sizeof *out);
    if (len >= 32)
        memcpy(out->b, digest, 32);
    else
        memcpy(out->b + 32 - len, digest, len);
    EVP_MD_CTX_free(ctx);
    EVP_MD_free(md);
}

bool ecdsa_parse_der(uint8_t r[32], uint8_t s[32], gvm_bytes der) {
    const uint8_t *at = der.ptr;
    ECDSA_SIG *parsed = d2i_ECDSA_SIG(NULL, &at, (long)der.len);
    if (parsed == NULL) return false;
    uint8_t *again = NULL;
    int len = i2d_ECDSA_SIG(parsed, &again);
    bool ok =
        at == der.ptr + der.len && len == (int)der.len && memcmp(again, der.ptr, der.len) == 0;
    const BIGNUM *rn = ECDSA_SIG_get0_r(parsed), *sn = ECDSA_SIG_get0_s(parsed);
    ok = ok && !BN_is_negative(rn) && !BN_is_negative(sn) && BN_bn2binpad(rn, r, 32) == 32 &&
         BN_bn2binpad(sn, s, 32) == 32;
    OPENSSL_free(again);
    ECDSA_SIG_free(parsed);
    return ok;
}

size_t ecdsa_wycheproof(const char *name, ecdsa_verify *verify, size_t *cases) {
    char sub[256];
    (void)snprintf(sub, sizeof sub, "crypto/wycheproof/%s", name);
    yyjson_doc *doc = json_load(sub);
    gvm_buf key_buf = {0}, sig_buf = {0}, msg_buf = {0};
    size_t g, t, groups, tests, wrong = 0, seen = 0;
    yyjson_val *group, *test;
    yyjson_arr_foreach(json_get(yyjson_doc_get_root(doc), "testGroups"), g, groups, group) {
        gvm_bytes key = json_hex(&key_buf, json_get(group, "publicKey"), "uncompressed");
        GVM_ASSERT(key.len == 65 && key.ptr[0] == 4);
        bool p1363 = strcmp(json_str(group, "type"), "EcdsaP1363Verify") == 0;
        yyjson_arr_foreach(json_get(group, "tests"), t, tests, test) {
            gvm_bytes sig = json_hex(&sig_buf, test, "sig");
            gvm_hash message;
            uint8_t r[32], s[32];
            ecdsa_hash(&message, json_str(group, "sha"), json_hex(&msg_buf, test, "msg"));
            bool ok = p1363 ? sig.len == 64 : ecdsa_parse_der(r, s, sig);
            if (ok && p1363) {
                memcpy(r, sig.ptr, 32);
                memcpy(s, sig.ptr + 32, 32);
            }
            ok = ok && verify(&message, r, s, key.ptr + 1, key.ptr + 33);
            seen++;
            if (ok == (strcmp(json_str(test, "result"), "valid") == 0)) continue;
            wrong++;
            (void)printf("%s: case %zu: we say %d: %s\n", name, json_size(test, "tcId"), ok,
                         json_str(test, "comment"));
        }
    }
    GVM_ASSERT(seen == json_size(yyjson_doc_get_root(doc), "numberOfTests"));
    *cases += seen;
    gvm_buf_free(&key_buf);
    gvm_buf_free(&sig_buf);
    gvm_buf_free(&msg_buf);
    yyjson_doc_free(doc);
    return wrong;
}
