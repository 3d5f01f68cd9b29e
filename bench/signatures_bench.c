/* The prices of the signatures contract against ecrecover's, in one run: each function is called as
 * a contract calls it, through the machine. A line: nanoseconds a call, the gas that it took (with
 * the call's own 100), gas a microsecond, and that over ecrecover's: below 1 the price is too low.
 * Where one is, the program ends with 1. */
#include "codec/rlp.h"
#include "crypto/bls_signature.h"
#include "crypto/ed25519.h"
#include "crypto/mldsa.h"
#include "crypto/mlkem.h"
#include "crypto/p256.h"
#include "crypto/secp256k1.h"
#include "system/keyset.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "support/hex.h"
#include "support/system_call.h"

enum { SIGNATURES = 0x4750, CALL_GAS = 100 };

static system_world w;
static double reference; /* ecrecover's gas a microsecond */
static bool cheap;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t); /* so that a busy machine may run it too */
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Seconds a call of what is in w.input: the best of five tries of 20 ms. */
static double measure(unsigned to) {
    double best = 1e9;
    size_t n = 1;
    for (int good = 0; good < 5;) {
        double start = now();
        for (size_t i = 0; i < n; i++) (void)system_send(&w, to);
        double took = now() - start;
        if (took < 0.02) {
            n *= 2;
            continue;
        }
        good++;
        if (took / (double)n < best) best = took / (double)n;
    }
    return best;
}

static void line(const char *name, unsigned to) {
    double gas = (double)(system_send(&w, to) + CALL_GAS);
    GVM_ASSERT(w.evm.result.outcome == GVM_OUT_SUCCESS);
    double seconds = measure(to), speed = gas / (seconds * 1e6);
    if (reference == 0) reference = speed;
    printf("%-44s %10.0f ns %9.0f gas %7.1f gas/us   ratio %5.2f\n", name, seconds * 1e9, gas,
           speed, speed / reference);
    if (speed < reference * 0.97) cheap = true; /* what two runs of ecrecover differ by */
}

/* Arguments as hex text, kept until the program ends. */
static char *hex(const void *bytes, size_t len) {
    char *s = malloc(3 + 2 * len);
    GVM_ASSERT(s != NULL);
    memcpy(s, "0x", 3);
    for (size_t i = 0; i < len; i++)
        (void)snprintf(s + 2 + 2 * i, 3, "%02x", ((const uint8_t *)bytes)[i]);
    return s;
}

static void call(const char *name, const char *signature, const char *const *args, size_t count,
                 bool word) {
    system_encode(&w, signature, args, count);
    (void)system_send(&w, SIGNATURES);
    if (w.evm.result.outcome != GVM_OUT_SUCCESS || (word && w.evm.result.output.ptr[31] != 1)) {
        fprintf(stderr, "%s does not hold\n", name);
        exit(2);
    }
    line(name, SIGNATURES);
}

static const uint8_t secret[32] = {1, 2, 3};
static const gvm_hash hash = {{4, 5, 6}};
static uint8_t data[32768];

static void ecrecover(void) {
    gvm_secp256k1_signature s;
    uint8_t in[128] = {0};
    GVM_ASSERT(gvm_secp256k1_sign(&s, &hash, secret) == GVM_OK);
    memcpy(in, hash.b, 32);
    in[63] = (uint8_t)(27 + s.y_parity);
    memcpy(in + 64, s.r, 32);
    memcpy(in + 96, s.s, 32);
    gvm_buf_clear(&w.input);
    gvm_buf_append(&w.input, in, sizeof in);
    line("ecrecover (precompile 1)", 1);
}

/* ---- keys and signatures of every scheme, in the forms of transactions */

typedef struct sample {
    uint8_t scheme;
    uint8_t key[1984];
    size_t key_len;
    uint8_t signature[3400];
    size_t signature_len;
} sample;
static sample secp, ed, p256, mldsa, hybrid, bip;

static void make_samples(void) {
    gvm_bytes message = gvm_bytes_make(hash.b, 32), none = gvm_bytes_make(NULL, 0);
    gvm_secp256k1_signature s;
    uint8_t point[64];
    bool ok = gvm_secp256k1_sign(&s, &hash, secret) == GVM_OK &&
              gvm_secp256k1_public_key(point, secret) == GVM_OK;
    GVM_ASSERT(ok);
    secp = (sample){.scheme = GVM_SCHEME_SECP256K1, .key_len = 33, .signature_len = 66};
    gvm_secp256k1_compress(secp.key, point);
    memcpy(secp.signature + 1, s.r, 32);
    memcpy(secp.signature + 33, s.s, 32);
    secp.signature[65] = s.y_parity;

    bip = (sample){.scheme = GVM_SCHEME_BIP340, .key_len = 32, .signature_len = 64};
    memcpy(bip.key, point, 32);
    ok = gvm_schnorr_sign(bip.signature, message, secret, NULL) == GVM_OK;
    GVM_ASSERT(ok);

    ed = (sample){.scheme = GVM_SCHEME_ED25519, .key_len = 32, .signature_len = 64};
    gvm_ed25519_public_key(ed.key, secret);
    gvm_ed25519_sign(ed.signature, message, secret);

    p256 = (sample){.scheme = GVM_SCHEME_P256, .key_len = 33, .signature_len = 65};
    ok = gvm_p256_public_key(point, secret) == GVM_OK &&
         gvm_p256_sign(p256.signature + 1, &hash, secret) == GVM_OK;
    GVM_ASSERT(ok);
    gvm_p256_compress(p256.key, point);

    mldsa = (sample){.scheme = GVM_SCHEME_ML_DSA_65, .key_len = 1952, .signature_len = 3309};
    gvm_mldsa_public_key(mldsa.key, secret);
    ok = gvm_mldsa_sign(mldsa.signature, message, none, secret, NULL) == GVM_OK;
    GVM_ASSERT(ok);

    hybrid = (sample){.scheme = GVM_SCHEME_HYBRID, .key_len = 1984, .signature_len = 3373};
    memcpy(hybrid.key, ed.key, 32);
    memcpy(hybrid.key + 32, mldsa.key, 1952);
    memcpy(hybrid.signature, ed.signature, 64);
    memcpy(hybrid.signature + 64, mldsa.signature, 3309);
}

static void by_form(const char *name, const sample *s) {
    char scheme[4];
    (void)snprintf(scheme, sizeof scheme, "%u", s->scheme);
    call(name, "verify(uint8,bytes,bytes32,bytes)",
         SYSTEM_ARGS(scheme, hex(s->key, s->key_len), hex(hash.b, 32),
                     hex(s->signature, s->signature_len)),
         true);
}

/* m = n of one kind of key. */
static void multisig(const char *name, uint32_t n) {
    uint8_t keys[GVM_KEYSET_MAX][32], seeds[GVM_KEYSET_MAX][32] = {{0}}, signature[64];
    gvm_keyset set = {.threshold = n, .count = n};
    for (uint32_t i = 0; i < n; i++) {
        seeds[i][0] = (uint8_t)(i + 1);
        gvm_ed25519_public_key(keys[i], seeds[i]);
        set.keys[i] = (gvm_key){GVM_SCHEME_ED25519, gvm_bytes_make(keys[i], 32)};
    }
    gvm_keyset_sort(&set);
    gvm_buf key = {0}, all = {0};
    gvm_keyset_encode(&key, &set);
    size_t list = gvm_rlp_list_begin(&all);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t of = 0;
        while (set.keys[i].bytes.ptr != keys[of]) of++;
        gvm_ed25519_sign(signature, gvm_bytes_make(hash.b, 32), seeds[of]);
        size_t pair = gvm_rlp_list_begin(&all);
        gvm_rlp_put_u64(&all, i);
        gvm_rlp_put_bytes(&all, gvm_bytes_make(signature, 64));
        gvm_rlp_list_end(&all, pair);
    }
    gvm_rlp_list_end(&all, list);
    call(name, "verifyMultisig(bytes,bytes32,bytes)",
         SYSTEM_ARGS(hex(key.ptr, key.len), hex(hash.b, 32), hex(all.ptr, all.len)), true);
    gvm_buf_free(&key);
    gvm_buf_free(&all);
}

static void batch(const char *name, const sample *s, size_t n) {
    gvm_buf text = {0};
    for (size_t i = 0; i < n; i++)
        gvm_buf_printf(&text, "%c(%u,%s,%s,%s)", i == 0 ? '[' : ',', s->scheme,
                       hex(s->key, s->key_len), hex(hash.b, 32),
                       hex(s->signature, s->signature_len));
    gvm_buf_append(&text, "]", 2);
    call(name, "verifyBatch((uint8,bytes,bytes32,bytes)[])", SYSTEM_ARGS((const char *)text.ptr),
         true);
    gvm_buf_free(&text);
}

static void bls(const char *name, size_t n, bool same) {
    gvm_bls_public_key key;
    gvm_bls_signature *parts = calloc(n, sizeof *parts), all;
    gvm_buf keys = {0}, messages = {0};
    GVM_ASSERT(parts != NULL);
    for (size_t i = 0; i < n; i++) {
        uint8_t one[32] = {[30] = (uint8_t)(i >> 8), [31] = (uint8_t)(i + 1)}, message[32] = {7};
        message[1] = same ? 0 : (uint8_t)i;
        bool ok = gvm_bls_public_key_of(&key, one) == GVM_OK &&
                  gvm_bls_sign(&parts[i], one, gvm_bytes_make(message, 32)) == GVM_OK;
        GVM_ASSERT(ok);
        gvm_buf_printf(&keys, "%c%s", i == 0 ? '[' : ',', hex(key.b, sizeof key.b));
        if (same && i > 0) continue;
        gvm_buf_printf(&messages, "%s%s", same ? "" : i == 0 ? "[" : ",", hex(message, 32));
    }
    gvm_status status = gvm_bls_aggregate(&all, parts, n);
    GVM_ASSERT(status == GVM_OK);
    gvm_buf_append(&keys, "]", 2);
    gvm_buf_append(&messages, "]", 2);
    if (same) messages.ptr[messages.len - 2] = '\0';
    call(name,
         same ? "verifyAggregateSame(bytes[],bytes,bytes)"
              : "verifyAggregate(bytes[],bytes[],bytes)",
         SYSTEM_ARGS((const char *)keys.ptr, (const char *)messages.ptr, hex(all.b, sizeof all.b)),
         true);
    gvm_buf_free(&keys);
    gvm_buf_free(&messages);
    free(parts);
}

static void messages_of(size_t len, const char *text) {
    uint8_t s[64], big[GVM_MLDSA_SIGNATURE];
    char name[80];
    gvm_bytes m = gvm_bytes_make(data, len), none = gvm_bytes_make(NULL, 0);
    gvm_ed25519_sign(s, m, secret);
    (void)snprintf(name, sizeof name, "verifyEd25519, %s", text);
    call(name, "verifyEd25519(bytes32,bytes,bytes)",
         SYSTEM_ARGS(hex(ed.key, 32), hex(data, len), hex(s, 64)), true);
    gvm_status status = gvm_schnorr_sign(s, m, secret, NULL);
    GVM_ASSERT(status == GVM_OK);
    (void)snprintf(name, sizeof name, "verifySchnorr, %s", text);
    call(name, "verifySchnorr(bytes32,bytes,bytes)",
         SYSTEM_ARGS(hex(bip.key, 32), hex(data, len), hex(s, 64)), true);
    status = gvm_mldsa_sign(big, m, none, secret, NULL);
    GVM_ASSERT(status == GVM_OK);
    (void)snprintf(name, sizeof name, "verifyMlDsa65, %s", text);
    call(name, "verifyMlDsa65(bytes,bytes,bytes)",
         SYSTEM_ARGS(hex(mldsa.key, 1952), hex(data, len), hex(big, sizeof big)), true);
    (void)snprintf(name, sizeof name, "sha256Hash, %s", text);
    call(name, "sha256Hash(bytes)", SYSTEM_ARGS(hex(data, len)), false);
    (void)snprintf(name, sizeof name, "blake3Hash, %s", text);
    call(name, "blake3Hash(bytes)", SYSTEM_ARGS(hex(data, len)), false);
}

static void single(void) {
    const char *h = hex(hash.b, 32);
    call("verifyP256", "verifyP256(bytes,bytes32,bytes)",
         SYSTEM_ARGS(hex(p256.key, 33), h, hex(p256.signature + 1, 64)), true);
    call("verifySecp256k1", "verifySecp256k1(bytes,bytes32,bytes)",
         SYSTEM_ARGS(hex(secp.key, 33), h, hex(secp.signature + 1, 64)), true);
    call("verifyThreshold, Ed25519", "verifyThreshold(uint8,bytes,bytes,bytes)",
         SYSTEM_ARGS("1", hex(ed.key, 32), h, hex(ed.signature, 64)), true);
    /* RFC 9591, E.5 */
    call("verifyThreshold, secp256k1", "verifyThreshold(uint8,bytes,bytes,bytes)",
         SYSTEM_ARGS("2", "0x02f37c34b66ced1fb51c34a90bdae006901f10625cc06c4f64663b0eae87d87b4f",
                     "0x74657374",
                     "0x0205b6d04d3774c8929413e3c76024d54149c372d57aae62574ed74319b5ea14d0c65dde849"
                     "2a7471437e6c2fe3da49b90d23f642b5c6dbe7e36089f096dd97324"),
         true);
    call("verifyThreshold, Taproot", "verifyThreshold(uint8,bytes,bytes,bytes)",
         SYSTEM_ARGS("3", hex(bip.key, 32), h, hex(bip.signature, 64)), true);
    call("addressOf, secp256k1", "addressOf(uint8,bytes)", SYSTEM_ARGS("1", hex(secp.key, 33)),
         false);
    call("commitmentOf, ML-DSA-65", "commitmentOf(uint8,bytes)",
         SYSTEM_ARGS("4", hex(mldsa.key, 1952)), false);
    uint8_t seed[64] = {1}, public_key[GVM_MLKEM_PUBLIC_KEY], key[GVM_MLKEM_SECRET_KEY],
            ciphertext[GVM_MLKEM_CIPHERTEXT], shared[32];
    gvm_mlkem_keygen(public_key, key, seed);
    gvm_status status = gvm_mlkem_encapsulate(ciphertext, shared, public_key, secret);
    GVM_ASSERT(status == GVM_OK);
    call("decapsulateMlKem768", "decapsulateMlKem768(bytes,bytes)",
         SYSTEM_ARGS(hex(key, sizeof key), hex(ciphertext, sizeof ciphertext)), false);
}

int main(void) {
    system_world_open(&w);
    make_samples();
    ecrecover();
    by_form("verify, secp256k1", &secp);
    by_form("verify, Ed25519", &ed);
    by_form("verify, P-256", &p256);
    by_form("verify, ML-DSA-65", &mldsa);
    by_form("verify, Ed25519 with ML-DSA-65", &hybrid);
    by_form("verify, BIP-340", &bip);
    multisig("verifyMultisig, 1 of 1 Ed25519", 1);
    multisig("verifyMultisig, 16 of 16 Ed25519", 16);
    batch("verifyBatch, 16 Ed25519", &ed, 16);
    batch("verifyBatch, 16 ML-DSA-65", &mldsa, 16);
    bls("verifyAggregate, 1", 1, false);
    bls("verifyAggregate, 16", 16, false);
    bls("verifyAggregateSame, 1", 1, true);
    bls("verifyAggregateSame, 200", 200, true);
    single();
    messages_of(32, "32 B");
    messages_of(sizeof data, "32 KiB");
    system_world_close(&w);
    if (cheap) printf("at least one price is below ecrecover's\n");
    return cheap ? 1 : 0;
}
