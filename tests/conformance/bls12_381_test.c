/* BLS12-381 against geth's and noble's EIP-2537 cases, constantine's scalar multiplications,
 * zkcrypto's serialised points, RFC 9380, noble's signatures, and Ethereum's bls12-381-tests. */
#include "crypto/bls12_381.h"
#include "crypto/bls_signature.h"

#include "support/curve_vectors.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* ---- EIP-2537 */

static gvm_status g1_add(gvm_buf *out, gvm_bytes in) {
    if (in.len != 256) return GVM_ERR_ARGUMENT;
    return gvm_bls12_381_g1_add(gvm_buf_extend(out, 128), in.ptr);
}
static gvm_status g2_add(gvm_buf *out, gvm_bytes in) {
    if (in.len != 512) return GVM_ERR_ARGUMENT;
    return gvm_bls12_381_g2_add(gvm_buf_extend(out, 256), in.ptr);
}
static gvm_status g1_msm(gvm_buf *out, gvm_bytes in) {
    if (in.len % GVM_BLS12_381_G1_TERM != 0) return GVM_ERR_ARGUMENT;
    return gvm_bls12_381_g1_msm(gvm_buf_extend(out, 128), in.ptr, in.len / GVM_BLS12_381_G1_TERM);
}
static gvm_status g2_msm(gvm_buf *out, gvm_bytes in) {
    if (in.len % GVM_BLS12_381_G2_TERM != 0) return GVM_ERR_ARGUMENT;
    return gvm_bls12_381_g2_msm(gvm_buf_extend(out, 256), in.ptr, in.len / GVM_BLS12_381_G2_TERM);
}
static gvm_status pairing(gvm_buf *out, gvm_bytes in) {
    bool ok = false;
    if (in.len % GVM_BLS12_381_PAIR != 0) return GVM_ERR_ARGUMENT;
    GVM_TRY(gvm_bls12_381_pairing_check(&ok, in.ptr, in.len / GVM_BLS12_381_PAIR));
    uint8_t word[32] = {[31] = ok};
    gvm_buf_append(out, word, sizeof word);
    return GVM_OK;
}
static gvm_status map_g1(gvm_buf *out, gvm_bytes in) {
    if (in.len != 64) return GVM_ERR_ARGUMENT;
    return gvm_bls12_381_map_fp_to_g1(gvm_buf_extend(out, 128), in.ptr);
}
static gvm_status map_g2(gvm_buf *out, gvm_bytes in) {
    if (in.len != 128) return GVM_ERR_ARGUMENT;
    return gvm_bls12_381_map_fp2_to_g2(gvm_buf_extend(out, 256), in.ptr);
}

static void test_geth_precompiles(void **state) {
    (void)state;
    vector_count good = {.what = "geth bls"}, bad = {.what = "geth fail-bls"};
    vector_precompile(&good, "blsG1Add", g1_add, false);
    vector_precompile(&good, "blsG1Mul", g1_msm, false);
    vector_precompile(&good, "blsG1MultiExp", g1_msm, false);
    vector_precompile(&good, "blsG2Mul", g2_msm, false);
    vector_precompile(&good, "blsG2MultiExp", g2_msm, false);
    vector_precompile(&good, "blsPairing", pairing, false);
    vector_precompile(&good, "blsMapG1", map_g1, false);
    vector_precompile(&good, "blsMapG2", map_g2, false);
    vector_precompile(&bad, "fail-blsG1Add", g1_add, true);
    vector_precompile(&bad, "fail-blsG1Mul", g1_msm, true);
    vector_precompile(&bad, "fail-blsG1MultiExp", g1_msm, true);
    vector_precompile(&bad, "fail-blsG2Add", g2_add, true);
    vector_precompile(&bad, "fail-blsG2Mul", g2_msm, true);
    vector_precompile(&bad, "fail-blsPairing", pairing, true);
    vector_precompile(&bad, "fail-blsMapG1", map_g1, true);
    vector_precompile(&bad, "fail-blsMapG2", map_g2, true);
    assert_true(vector_report(&good));
    assert_true(vector_report(&bad));
}

static void test_noble_maps(void **state) {
    (void)state;
    vector_count c = {.what = "noble eip2537 maps"};
    yyjson_doc *doc = vector_json("crypto/noble-curves/bls12-381/eip2537.json");
    for (int group = 1; group <= 2; group++) {
        size_t i, n;
        yyjson_val *item,
            *list = yyjson_obj_get(yyjson_doc_get_root(doc), group == 1 ? "G1" : "G2");
        yyjson_arr_foreach(list, i, n, item) {
            gvm_buf in = vector_hex(item, "Input"), want = vector_hex(item, "Expected"), got = {0};
            gvm_status s = (group == 1 ? map_g1 : map_g2)(&got, gvm_buf_bytes(&in));
            bool ok = s == GVM_OK && gvm_bytes_equal(gvm_buf_bytes(&got), gvm_buf_bytes(&want));
            vector_check(&c, ok, group == 1 ? "G1" : "G2", "map");
            gvm_buf_free(&in);
            gvm_buf_free(&want);
            gvm_buf_free(&got);
        }
    }
    yyjson_doc_free(doc);
    assert_true(vector_report(&c));
}

static void read_g1(uint8_t out[128], yyjson_val *point) {
    vector_number(out, 64, point, "x");
    vector_number(out + 64, 64, point, "y");
}

static void read_g2(uint8_t out[256], yyjson_val *point) {
    yyjson_val *x = yyjson_obj_get(point, "x"), *y = yyjson_obj_get(point, "y");
    vector_number(out, 64, x, "c0");
    vector_number(out + 64, 64, x, "c1");
    vector_number(out + 128, 64, y, "c0");
    vector_number(out + 192, 64, y, "c1");
}

static void test_scalar_multiplication(void **state) {
    (void)state;
    static const char *const files[] = {"G1_32bit", "G1_64bit", "G1_255bit",
                                        "G2_32bit", "G2_64bit", "G2_255bit"};
    vector_count c = {.what = "curve-scalar-mul BLS12-381"};
    for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
        char path[256];
        snprintf(path, sizeof path, "crypto/curve-scalar-mul/tv_BLS12_381_scalar_mul_%s.json",
                 files[f]);
        yyjson_doc *doc = vector_json(path);
        size_t i, n;
        yyjson_val *item;
        yyjson_arr_foreach(yyjson_obj_get(yyjson_doc_get_root(doc), "vectors"), i, n, item) {
            uint8_t in[288], want[256], got[256] = {0};
            yyjson_val *p = yyjson_obj_get(item, "P"), *q = yyjson_obj_get(item, "Q");
            bool g1 = files[f][1] == '1';
            size_t size = g1 ? 128 : 256;
            (g1 ? read_g1 : read_g2)(in, p);
            (g1 ? read_g1 : read_g2)(want, q);
            vector_number(in + size, 32, item, "scalar");
            gvm_status s = (g1 ? gvm_bls12_381_g1_msm : gvm_bls12_381_g2_msm)(got, in, 1);
            vector_check(&c, s == GVM_OK && memcmp(got, want, size) == 0, path, "case");
        }
        yyjson_doc_free(doc);
    }
    assert_true(vector_report(&c));
}

/* ---- serialised points */

/* k times the generator, k = 0, 1, 2 ...: each is the one before plus the generator. */
static void check_multiples(vector_count *c, yyjson_val *root, const char *key, bool g1) {
    size_t i, n, size = g1 ? 128 : 256, small = g1 ? 48 : 96;
    yyjson_val *item;
    uint8_t pair[512] = {0}, generator[256] = {0}, point[256], back[96];
    yyjson_arr_foreach(yyjson_obj_get(root, key), i, n, item) {
        gvm_buf in = {0};
        bool ok = vector_hex_text(&in, yyjson_get_str(item)) && in.len == small;
        ok = ok && (g1 ? gvm_bls12_381_g1_decompress
                       : gvm_bls12_381_g2_decompress)(point, in.ptr) == GVM_OK;
        ok = ok &&
             (g1 ? gvm_bls12_381_g1_compress : gvm_bls12_381_g2_compress)(back, point) == GVM_OK;
        ok = ok && memcmp(back, in.ptr, small) == 0;
        if (i == 1) memcpy(generator, point, size);
        if (i > 1) {
            memcpy(pair + size, generator, size);
            ok = ok && (g1 ? gvm_bls12_381_g1_add : gvm_bls12_381_g2_add)(pair, pair) == GVM_OK;
            ok = ok && memcmp(pair, point, size) == 0;
        } else {
            memcpy(pair, point, size);
        }
        vector_check(c, ok, key, "multiple");
        gvm_buf_free(&in);
    }
}

/* Uncompressed points, coordinates of 48 bytes, imaginary part first: our form after decompression,
 * rearranged. */
static void check_uncompressed(vector_count *c, yyjson_val *root, bool g1) {
    size_t i, n, parts = g1 ? 2 : 4;
    const char *key = g1 ? "G1_Uncompressed" : "G2_Uncompressed";
    yyjson_val *item, *small = yyjson_obj_get(root, g1 ? "G1_Compressed" : "G2_Compressed");
    yyjson_arr_foreach(yyjson_obj_get(root, key), i, n, item) {
        gvm_buf in = {0}, zip = {0};
        uint8_t point[256];
        bool ok = vector_hex_text(&in, yyjson_get_str(item)) &&
                  vector_hex_text(&zip, yyjson_get_str(yyjson_arr_get(small, i))) &&
                  in.len == 48 * parts && zip.len == 24 * parts;
        ok = ok && (g1 ? gvm_bls12_381_g1_decompress
                       : gvm_bls12_381_g2_decompress)(point, zip.ptr) == GVM_OK;
        in.ptr[0] &= 0x1f; /* infinity has a flag here */
        for (size_t k = 0; ok && k < parts; k++) {
            size_t ours = g1 ? k : k ^ 1;
            ok = memcmp(point + 64 * ours + 16, in.ptr + 48 * k, 48) == 0;
        }
        vector_check(c, ok, key, "multiple");
        gvm_buf_free(&in);
        gvm_buf_free(&zip);
    }
}

static void test_zkcrypto_points(void **state) {
    (void)state;
    vector_count c = {.what = "zkcrypto serialisation"};
    yyjson_doc *doc = vector_json("crypto/noble-curves/bls12-381/zkcrypto/converted.json");
    check_multiples(&c, yyjson_doc_get_root(doc), "G1_Compressed", true);
    check_multiples(&c, yyjson_doc_get_root(doc), "G2_Compressed", false);
    check_uncompressed(&c, yyjson_doc_get_root(doc), true);
    check_uncompressed(&c, yyjson_doc_get_root(doc), false);
    yyjson_doc_free(doc);
    assert_true(vector_report(&c));
}

/* ---- RFC 9380 */

/* "0x..." or "0x...,0x..." into 64-byte field elements. */
static void read_field(uint8_t *out, size_t elements, yyjson_val *text) {
    char copy[512];
    snprintf(copy, sizeof copy, "%s", yyjson_get_str(text));
    char *save = NULL, *part = strtok_r(copy, ",", &save);
    for (size_t i = 0; i < elements; i++, part = strtok_r(NULL, ",", &save)) {
        gvm_buf b = {0};
        assert_true(vector_hex_text(&b, part) && b.len <= 64);
        memset(out + 64 * i, 0, 64);
        memcpy(out + 64 * (i + 1) - b.len, b.ptr, b.len);
        gvm_buf_free(&b);
    }
}

static void test_rfc9380(void **state) {
    (void)state;
    static const char *const suites[] = {"G1_XMD_SHA-256_SSWU_RO_", "G2_XMD_SHA-256_SSWU_NU_",
                                         "G2_XMD_SHA-256_SSWU_RO_"};
    vector_count c = {.what = "RFC 9380 BLS12-381"};
    for (size_t f = 0; f < sizeof suites / sizeof *suites; f++) {
        char path[256];
        snprintf(path, sizeof path, "crypto/rfc/9380-hash-to-curve/BLS12381%s.json", suites[f]);
        yyjson_doc *doc = vector_json(path);
        yyjson_val *root = yyjson_doc_get_root(doc), *item;
        gvm_bytes dst = gvm_bytes_str(yyjson_get_str(yyjson_obj_get(root, "dst")));
        bool ro = yyjson_get_bool(yyjson_obj_get(root, "randomOracle")), g1 = suites[f][1] == '1';
        size_t i, n, parts = g1 ? 1 : 2;
        yyjson_arr_foreach(yyjson_obj_get(root, "vectors"), i, n, item) {
            uint8_t want[256], got[256];
            yyjson_val *p = yyjson_obj_get(item, "P"), *msg = yyjson_obj_get(item, "msg");
            read_field(want, parts, yyjson_obj_get(p, "x"));
            read_field(want + 64 * parts, parts, yyjson_obj_get(p, "y"));
            (g1 ? gvm_bls12_381_hash_to_g1 : gvm_bls12_381_hash_to_g2)(
                got, gvm_bytes_make(yyjson_get_str(msg), yyjson_get_len(msg)), dst, ro);
            vector_check(&c, memcmp(got, want, 128 * parts) == 0, path, yyjson_get_str(msg));
        }
        yyjson_doc_free(doc);
    }
    assert_true(vector_report(&c));
}

/* ---- noble's signatures: key:message:signature, under the basic scheme's tag */
static void test_noble_signatures(void **state) {
    (void)state;
    vector_count c = {.what = "noble G2 signatures"};
    char path[1024], line[4096];
    snprintf(path, sizeof path, "%s/crypto/noble-curves/bls12-381/bls12-381-g2-test-vectors.txt",
             vector_root());
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f) != NULL) {
        line[strcspn(line, "\r\n")] = '\0';
        char *message = strchr(line, ':');
        if (message == NULL) continue;
        *message++ = '\0';
        char *signature = strchr(message, ':');
        assert_non_null(signature);
        *signature++ = '\0';
        gvm_buf k = {0}, m = {0}, want = {0};
        uint8_t term[GVM_BLS12_381_G2_TERM], sum[256], got[96];
        bool ok = vector_hex_text(&k, line) && vector_hex_text(&m, message) &&
                  vector_hex_text(&want, signature) && k.len == 32 && want.len == 96;
        gvm_bls12_381_hash_to_g2(term, gvm_buf_bytes(&m),
                                 gvm_bytes_str("BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_"),
                                 true);
        memcpy(term + GVM_BLS12_381_G2, k.ptr, 32);
        ok = ok && gvm_bls12_381_g2_msm(sum, term, 1) == GVM_OK &&
             gvm_bls12_381_g2_compress(got, sum) == GVM_OK && memcmp(got, want.ptr, 96) == 0;
        vector_check(&c, ok, "bls12-381-g2-test-vectors.txt", line);
        gvm_buf_free(&k);
        gvm_buf_free(&m);
        gvm_buf_free(&want);
    }
    fclose(f);
    assert_true(vector_report(&c));
}

/* ---- Ethereum's bls12-381-tests */

enum { LIST_MAX = 16 };

typedef struct bls_case {
    gvm_bls_public_key keys[LIST_MAX];
    gvm_bls_signature signatures[LIST_MAX];
    gvm_bytes messages[LIST_MAX];
    gvm_buf owned[LIST_MAX];
    size_t n_keys, n_signatures, n_messages;
} bls_case;

/* Copies a hex value of exactly `size` bytes; false for another length. */
static bool read_exact(uint8_t *out, size_t size, yyjson_val *v) {
    gvm_buf b = {0};
    bool ok = vector_hex_text(&b, yyjson_get_str(v)) && b.len == size;
    if (ok) memcpy(out, b.ptr, size);
    gvm_buf_free(&b);
    return ok;
}

/* One value or a list of them, under the singular or the plural name. */
static yyjson_val *value_at(yyjson_val *in, const char *one, const char *many, size_t i) {
    yyjson_val *list = yyjson_obj_get(in, many);
    return list != NULL ? yyjson_arr_get(list, i) : i == 0 ? yyjson_obj_get(in, one) : NULL;
}

static bool read_case(bls_case *c, yyjson_val *in) {
    yyjson_val *v;
    bool ok = true;
    memset(c, 0, sizeof *c);
    for (; (v = value_at(in, "pubkey", "pubkeys", c->n_keys)) != NULL; c->n_keys++) {
        assert_true(c->n_keys < LIST_MAX);
        ok = read_exact(c->keys[c->n_keys].b, 48, v) && ok;
    }
    for (; (v = value_at(in, "signature", "signatures", c->n_signatures)) != NULL;
         c->n_signatures++) {
        assert_true(c->n_signatures < LIST_MAX);
        ok = read_exact(c->signatures[c->n_signatures].b, 96, v) && ok;
    }
    for (; (v = value_at(in, "message", "messages", c->n_messages)) != NULL; c->n_messages++) {
        assert_true(c->n_messages < LIST_MAX);
        ok = vector_hex_text(&c->owned[c->n_messages], yyjson_get_str(v)) && ok;
        c->messages[c->n_messages] = gvm_buf_bytes(&c->owned[c->n_messages]);
    }
    return ok;
}

static bool is_hex_of(yyjson_val *want, const uint8_t *got, size_t size) {
    gvm_buf b = {0};
    bool ok =
        vector_hex_text(&b, yyjson_get_str(want)) && b.len == size && memcmp(b.ptr, got, size) == 0;
    gvm_buf_free(&b);
    return ok;
}

static bool sign_case(yyjson_val *in, yyjson_val *want) {
    uint8_t secret[32];
    gvm_bls_signature s;
    gvm_buf m = vector_hex(in, "message");
    bool ok = read_exact(secret, 32, yyjson_obj_get(in, "privkey")) &&
              gvm_bls_sign(&s, secret, gvm_buf_bytes(&m)) == GVM_OK;
    if (ok) { /* what is signed also verifies */
        gvm_bls_public_key key;
        assert_int_equal(gvm_bls_public_key_of(&key, secret), GVM_OK);
        assert_int_equal(gvm_bls_verify(&key, gvm_buf_bytes(&m), &s), GVM_OK);
    }
    gvm_buf_free(&m);
    return yyjson_is_null(want) ? !ok : ok && is_hex_of(want, s.b, 96);
}

static bool hash_case(yyjson_val *in, yyjson_val *want) {
    uint8_t got[256], point[256];
    gvm_bls12_381_hash_to_g2(got, gvm_bytes_str(yyjson_get_str(yyjson_obj_get(in, "msg"))),
                             gvm_bytes_str("QUUX-V01-CS02-with-BLS12381G2_XMD:SHA-256_SSWU_RO_"),
                             true);
    read_field(point, 2, yyjson_obj_get(want, "x"));
    read_field(point + 128, 2, yyjson_obj_get(want, "y"));
    return memcmp(got, point, 256) == 0;
}

static bool run_case(const char *handler, yyjson_val *in, yyjson_val *want) {
    if (strcmp(handler, "sign") == 0) return sign_case(in, want);
    if (strcmp(handler, "hash_to_G2") == 0) return hash_case(in, want);
    static bls_case c;
    gvm_status s = GVM_ERR_SYNTAX;
    gvm_bls_signature sum;
    if (strcmp(handler, "aggregate") == 0) {
        size_t n = yyjson_arr_size(in);
        bool ok = n <= LIST_MAX;
        for (size_t i = 0; ok && i < n; i++)
            ok = read_exact(c.signatures[i].b, 96, yyjson_arr_get(in, i));
        ok = ok && gvm_bls_aggregate(&sum, c.signatures, n) == GVM_OK;
        return yyjson_is_null(want) ? !ok : ok && is_hex_of(want, sum.b, 96);
    }
    bool readable = read_case(&c, in);
    if (readable) {
        if (strcmp(handler, "verify") == 0)
            s = gvm_bls_verify(c.keys, c.messages[0], c.signatures);
        else if (strcmp(handler, "aggregate_verify") == 0)
            s = gvm_bls_aggregate_verify(c.keys, c.messages, c.n_keys, c.signatures);
        else if (strcmp(handler, "fast_aggregate_verify") == 0)
            s = gvm_bls_fast_aggregate_verify(c.keys, c.n_keys, c.messages[0], c.signatures);
        else if (strcmp(handler, "batch_verify") == 0)
            s = gvm_bls_batch_verify(c.keys, c.messages, c.signatures, c.n_keys);
        else if (strcmp(handler, "deserialization_G1") == 0)
            s = gvm_bls_public_key_check(c.keys);
        else if (strcmp(handler, "deserialization_G2") == 0)
            s = gvm_bls_signature_check(c.signatures);
        else
            return false;
    }
    for (size_t i = 0; i < c.n_messages; i++) gvm_buf_free(&c.owned[i]);
    return (s == GVM_OK) == yyjson_get_bool(want);
}

static void test_ethereum_bls(void **state) {
    (void)state;
    static const char *const handlers[] = {"sign",
                                           "verify",
                                           "aggregate",
                                           "aggregate_verify",
                                           "fast_aggregate_verify",
                                           "batch_verify",
                                           "hash_to_G2",
                                           "deserialization_G1",
                                           "deserialization_G2"};
    vector_count all = {.what = "bls12-381-tests v0.1.1"};
    for (size_t h = 0; h < sizeof handlers / sizeof *handlers; h++) {
        char folder[512], path[1024];
        snprintf(folder, sizeof folder, "%s/crypto/bls12-381-tests-v0.1.1/%s", vector_root(),
                 handlers[h]);
        DIR *dir = opendir(folder);
        assert_non_null(dir);
        for (struct dirent *e; (e = readdir(dir)) != NULL;) {
            if (strstr(e->d_name, ".json") == NULL) continue;
            snprintf(path, sizeof path, "crypto/bls12-381-tests-v0.1.1/%s/%s", handlers[h],
                     e->d_name);
            yyjson_doc *doc = vector_json(path);
            yyjson_val *root = yyjson_doc_get_root(doc);
            vector_check(&all,
                         run_case(handlers[h], yyjson_obj_get(root, "input"),
                                  yyjson_obj_get(root, "output")),
                         handlers[h], e->d_name);
            yyjson_doc_free(doc);
        }
        closedir(dir);
    }
    assert_true(vector_report(&all));
}

int main(void) {
    vector_need("ethereum/geth/core-vm/precompiles/blsG1Add.json");
    vector_need("crypto/bls12-381-tests-v0.1.1");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_geth_precompiles),
        cmocka_unit_test(test_noble_maps),
        cmocka_unit_test(test_scalar_multiplication),
        cmocka_unit_test(test_zkcrypto_points),
        cmocka_unit_test(test_rfc9380),
        cmocka_unit_test(test_noble_signatures),
        cmocka_unit_test(test_ethereum_bls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
