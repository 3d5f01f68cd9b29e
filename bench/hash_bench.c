/* Speeds of the hashes, beside OpenSSL's in the same process. Ratio: ours / OpenSSL's, above 1 is
 * faster. */
#include "crypto/keccak.h"
#include "crypto/keccak_variants.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <time.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

typedef void run_fn(void *ctx);

/* Calls a second: the best of five tries of about 40 ms each. */
static double rate(run_fn *fn, void *ctx) {
    double best = 0;
    size_t n = 1;
    for (int good = 0; good < 5;) {
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
        double a = rate(ours, &j) * (double)per_call, b = rate(openssl_digest, &j);
        printf("%-22s %6zu bytes  %11.0f /s  %8.1f MB/s   OpenSSL %11.0f /s   ratio %.2f\n", name,
               j.len, a, a * (double)j.len / 1e6, b, a / b);
        EVP_MD_CTX_free(j.ctx);
        EVP_MD_free(j.md);
    }
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
    return 0;
}
