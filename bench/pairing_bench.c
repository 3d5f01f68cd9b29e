/* Pairings and group operations, microseconds each, and how many times as fast as with portable
 * products they are. */
#include "crypto/bn254.h"
#include "crypto/pairing/mont.h"

#include "base/bytes.h"

#include <stdio.h>
#include <time.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Microseconds a call: the best of five runs of at least 20 ms. */
static double measure(void (*work)(void)) {
    double best = 1e9;
    for (int run = 0; run < 5; run++) {
        double start = now(), took = 0;
        long n = 0;
        do {
            work();
            n++;
            took = now() - start;
        } while (took < 0.02);
        if (took / (double)n < best) best = took / (double)n;
    }
    return best * 1e6;
}

static void report(const char *what, void (*work)(void)) {
    double fast = measure(work);
    gvm_mont_portable(true);
    double slow = measure(work);
    gvm_mont_portable(false);
    printf("%-36s %10.1f us   portable %10.1f us   ratio %.2f\n", what, fast, slow, slow / fast);
}

static uint8_t bn_pairs[2 * GVM_BN254_PAIR], bn_in[128], bn_g2_in[160];

/* The generator of G2, EIP-197. */
static const char *const bn_g2[4] = {
    "198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2",
    "1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed",
    "090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b",
    "12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa"};

static void from_hex(uint8_t *out, const char *hex) {
    for (size_t i = 0; hex[2 * i] != '\0'; i++) {
        unsigned v;
        sscanf(hex + 2 * i, "%2x", &v);
        out[i] = (uint8_t)v;
    }
}

static void bn_setup(void) {
    memset(bn_in, 0x5a, sizeof bn_in);
    memset(bn_in, 0, 64);
    bn_in[31] = 1;
    bn_in[63] = 2;
    GVM_ASSERT(gvm_bn254_mul(bn_pairs, bn_in) == GVM_OK);
    for (size_t i = 0; i < 4; i++) from_hex(bn_pairs + 64 + 32 * i, bn_g2[i]);
    memcpy(bn_g2_in, bn_pairs + 64, 128);
    memset(bn_g2_in + 128, 0x5a, 32);
    memcpy(bn_pairs + GVM_BN254_PAIR, bn_pairs, GVM_BN254_PAIR);
    memcpy(bn_in + 64, bn_pairs, 64);
}

static void bn_pairing(void) {
    bool ok;
    GVM_ASSERT(gvm_bn254_pairing_check(&ok, bn_pairs, 2) == GVM_OK);
}
static void bn_add(void) {
    uint8_t out[64];
    GVM_ASSERT(gvm_bn254_add(out, bn_in) == GVM_OK);
}
static void bn_mul(void) {
    uint8_t out[64];
    uint8_t in[96];
    memcpy(in, bn_pairs, 64);
    memset(in + 64, 0x2f, 32);
    GVM_ASSERT(gvm_bn254_mul(out, in) == GVM_OK);
}
static void bn_g2_mul(void) {
    uint8_t out[128];
    GVM_ASSERT(gvm_bn254_g2_mul(out, bn_g2_in) == GVM_OK);
}

int main(void) {
    bn_setup();
    report("BN254 add", bn_add);
    report("BN254 G1 mul", bn_mul);
    report("BN254 G2 mul", bn_g2_mul);
    report("BN254 pairing check, 2 pairs", bn_pairing);
    return 0;
}
