/* Speeds of the hashes, beside OpenSSL's in the same process. Ratio: ours / OpenSSL's, above 1 is
 * faster. */
#include "crypto/blake2b.h"
#include "crypto/blake3.h"
#include "crypto/keccak.h"
#include "crypto/keccak_variants.h"
#include "crypto/p256.h"
#include "crypto/ripemd160.h"
#include "crypto/secp256k1.h"
#include "crypto/sha256.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <time.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

typedef void run_fn(void *ctx);

/* Calls a second: the best of two tries of about 40 ms each. */
static double rate(run_fn *fn, void *ctx) {
    double best = 0;
    size_t n = 1;
    for (int good = 0; good < 2;) {
        double start = now();
        for (size_t i = 0; i < n; i++) fn(ctx);
        double took = now() - start;
        if (took < 0.04) {
            n *= 2;
            continue;
        }
        good++;
        if ((double)n / took > best) best = (double)n / took;
    }
    return best;
}

static uint8_t data[65536];
typedef struct job {
    size_t len;
    EVP_MD *md;
    EVP_MD_CTX *ctx;
    uint8_t out[64];
} job;

static void openssl_digest(void *p) {
    job *j = p;
    unsigned n = sizeof j->out;
    if (!EVP_DigestInit_ex2(j->ctx, j->md, NULL) || !EVP_DigestUpdate(j->ctx, data, j->len) ||
        !EVP_DigestFinal_ex(j->ctx, j->out, &n))
        GVM_ASSERT(false);
}
static void keccak_one(void *p) {
    job *j = p;
    gvm_keccak256((gvm_hash *)j->out, gvm_bytes_make(data, j->len));
}
static void sha256_one(void *p) {
    job *j = p;
    gvm_sha256((gvm_hash *)j->out, gvm_bytes_make(data, j->len));
}
static void ripemd160_one(void *p) {
    job *j = p;
    gvm_ripemd160(j->out, gvm_bytes_make(data, j->len));
}
static void blake3_one(void *p) {
    job *j = p;
    gvm_blake3((gvm_hash *)j->out, gvm_bytes_make(data, j->len));
}
/* BLAKE2b-512 made of F, as a contract would */
static void blake2b_one(void *p) {
    job *j = p;
    uint64_t h[8] = {1}, m[16] = {0}, t[2] = {0};
    for (size_t at = 0; at < j->len; at += 128) {
        size_t n = j->len - at < 128 ? j->len - at : 128;
        memcpy(m, data + at, n);
        t[0] += n;
        gvm_blake2b_f(h, 12, m, t, at + n == j->len);
    }
    memcpy(j->out, h, 64);
}

static const gvm_keccak_variant *variant;
static void keccak_sixteen(void *p) {
    job *j = p;
    gvm_hash out[16];
    gvm_bytes in[16];
    for (size_t i = 0; i < 16; i++) in[i] = gvm_bytes_make(data + 64 * i, j->len);
    variant->many(out, in, 16);
}

static void compare(const char *name, const char *openssl_name, run_fn *ours, size_t per_call) {
    static const size_t lengths[] = {32, 64, 532, 4096, 65536 - 1024};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        job j = {.len = lengths[i],
                 .md = EVP_MD_fetch(NULL, openssl_name, NULL),
                 .ctx = EVP_MD_CTX_new()};
        GVM_ASSERT(j.md != NULL && j.ctx != NULL);
        double a = 0, b = 0;
        for (int turn = 0; turn < 3; turn++) { /* in turns: what else the machine does hits both */
            double mine = rate(ours, &j) * (double)per_call, theirs = rate(openssl_digest, &j);
            if (mine > a) a = mine;
            if (theirs > b) b = theirs;
        }
        printf("%-22s %6zu bytes  %11.0f /s  %8.1f MB/s   OpenSSL %11.0f /s   ratio %.2f\n", name,
               j.len, a, a * (double)j.len / 1e6, b, a / b);
        EVP_MD_CTX_free(j.ctx);
        EVP_MD_free(j.md);
    }
}

static uint32_t rounds = 1000000;
static void f_many_rounds(void *p) {
    uint64_t m[16] = {1}, t[2] = {0};
    gvm_blake2b_f(p, rounds, m, t, true);
}
static void f_many_rounds_portable(void *p) {
    uint64_t m[16] = {1}, t[2] = {0};
    gvm_blake2b_f_portable(p, rounds, m, t, true);
}

typedef struct curve_job {
    gvm_hash message;
    gvm_secp256k1_signature k1;
    uint8_t key[32], r[32], s[32], x[32], y[32];
    gvm_address out;
    bool ok;
} curve_job;
static void k1_sign(void *p) {
    curve_job *j = p;
    j->ok = gvm_secp256k1_sign(&j->k1, &j->message, j->key) == GVM_OK;
    GVM_ASSERT(j->ok);
}
static void k1_recover(void *p) {
    curve_job *j = p;
    j->ok = gvm_secp256k1_recover(&j->out, &j->message, &j->k1) == GVM_OK;
    GVM_ASSERT(j->ok);
}
static void p256_verify(void *p) {
    curve_job *j = p;
    j->ok = gvm_p256_verify_var(&j->message, j->r, j->s, j->x, j->y);
    GVM_ASSERT(j->ok);
}

static void curves(void) {
    /* RFC 6979, A.2.5 */
    static const curve_job sample = {
        .key = {1},
        .r = {0xef, 0xd4, 0x8b, 0x2a, 0xac, 0xb6, 0xa8, 0xfd, 0x11, 0x40, 0xdd,
              0x9c, 0xd4, 0x5e, 0x81, 0xd6, 0x9d, 0x2c, 0x87, 0x7b, 0x56, 0xaa,
              0xf9, 0x91, 0xc3, 0x4d, 0x0e, 0xa8, 0x4e, 0xaf, 0x37, 0x16},
        .s = {0xf7, 0xcb, 0x1c, 0x94, 0x2d, 0x65, 0x7c, 0x41, 0xd4, 0x36, 0xc7,
              0xa1, 0xb6, 0xe2, 0x9f, 0x65, 0xf3, 0xe9, 0x00, 0xdb, 0xb9, 0xaf,
              0xf4, 0x06, 0x4d, 0xc4, 0xab, 0x2f, 0x84, 0x3a, 0xcd, 0xa8},
        .x = {0x60, 0xfe, 0xd4, 0xba, 0x25, 0x5a, 0x9d, 0x31, 0xc9, 0x61, 0xeb,
              0x74, 0xc6, 0x35, 0x6d, 0x68, 0xc0, 0x49, 0xb8, 0x92, 0x3b, 0x61,
              0xfa, 0x6c, 0xe6, 0x69, 0x62, 0x2e, 0x60, 0xf2, 0x9f, 0xb6},
        .y = {0x79, 0x03, 0xfe, 0x10, 0x08, 0xb8, 0xbc, 0x99, 0xa4, 0x1a, 0xe9,
              0xe9, 0x56, 0x28, 0xbc, 0x64, 0xf2, 0xf1, 0xb2, 0x0c, 0x2d, 0x7e,
              0x9f, 0x51, 0x77, 0xa3, 0xc2, 0x94, 0xd4, 0x46, 0x22, 0x99},
    };
    curve_job j = sample;
    gvm_sha256(&j.message, gvm_bytes_str("sample"));
    printf("secp256k1 sign      %8.0f /s\n", rate(k1_sign, &j));
    printf("secp256k1 ecrecover %8.0f /s\n", rate(k1_recover, &j));
    printf("P-256 verify        %8.0f /s\n", rate(p256_verify, &j));
}

int main(void) {
    for (size_t i = 0; i < sizeof data; i++) data[i] = (uint8_t)(i % 251);
    compare("keccak256", "KECCAK-256", keccak_one, 1);
    for (size_t i = 0; i < gvm_keccak_variant_count; i++) {
        variant = &gvm_keccak_variants[i];
        char name[64];
        snprintf(name, sizeof name, "keccak256 x16 %s", variant->name);
        if (variant->usable()) compare(name, "KECCAK-256", keccak_sixteen, 16);
    }
    compare("sha256", "SHA256", sha256_one, 1);
    compare("ripemd160", "RIPEMD160", ripemd160_one, 1);
    compare("blake2b from F", "BLAKE2B-512", blake2b_one, 1);
    compare("blake3 / SHA256", "SHA256", blake3_one, 1);
    uint64_t h[8] = {0};
    double fast = rate(f_many_rounds, h) * rounds, plain = rate(f_many_rounds_portable, h) * rounds;
    printf("blake2b F %.1f million rounds/s, portable %.1f, ratio %.2f\n", fast / 1e6, plain / 1e6,
           fast / plain);
    curves();
    return 0;
}
