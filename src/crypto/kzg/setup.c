/* The trusted setup of mainnet, as the ceremony of 2023 left it: 4,096 Lagrange points of G1, 65
 * powers of tau in G2, 4,096 powers of tau in G1, all compressed, 400 kB in the program.
 * Decompression takes a square root a point, so each part waits until somebody needs it; the points
 * are known to be good and get no subgroup check. */
#include "crypto/kzg/kzg_core.h"

#include <pthread.h>

enum { LAGRANGE_AT = 0, G2_AT = KZG_N * 48, MONOMIAL_AT = G2_AT + 65 * 96 };

/* The assembler finds the file along the compiler's include path. */
__asm__(".pushsection .rodata\n"
        ".global gvm_kzg_mainnet_setup\n"
        ".hidden gvm_kzg_mainnet_setup\n"
        "gvm_kzg_mainnet_setup:\n"
        ".incbin \"crypto/kzg/mainnet_setup.bin\"\n"
        ".popsection\n");
extern const uint8_t gvm_kzg_mainnet_setup[] __attribute__((visibility("hidden")));

static g2_aff tau_g2, tau_64_g2;
static bls_prepared prepared_one, prepared_tau, prepared_tau_64;
static g1_aff lagrange[KZG_N], monomial[KZG_N], monomial_64[KZG_CELL_ELEMENTS];

static void read_g1(g1_aff *r, size_t at, size_t i) {
    gvm_status s = gvm_bls_g1_decompress(r, gvm_kzg_mainnet_setup + at + 48 * i);
    GVM_ASSERT(s == GVM_OK);
}

static void read_g2(g2_aff *r, size_t i) {
    gvm_status s = gvm_bls_g2_decompress(r, gvm_kzg_mainnet_setup + G2_AT + 96 * i);
    GVM_ASSERT(s == GVM_OK);
}

static void load_g2(void) {
    read_g2(&tau_g2, 1);
    read_g2(&tau_64_g2, KZG_CELL_ELEMENTS);
    gvm_bls_prepare(&prepared_one, &gvm_bls_g2_generator);
    gvm_bls_prepare(&prepared_tau, &tau_g2);
    gvm_bls_prepare(&prepared_tau_64, &tau_64_g2);
}

static void load_lagrange(void) {
    for (uint32_t i = 0; i < KZG_N; i++)
        read_g1(&lagrange[gvm_kzg_reverse_bits(i, KZG_EXT_LOG - 1)], LAGRANGE_AT, i);
}

static void load_monomial(void) {
    for (size_t i = 0; i < KZG_N; i++) read_g1(&monomial[i], MONOMIAL_AT, i);
}

static void load_monomial_64(void) {
    for (size_t i = 0; i < KZG_CELL_ELEMENTS; i++) read_g1(&monomial_64[i], MONOMIAL_AT, i);
}

static void once(pthread_once_t *control, void (*load)(void)) {
    int failed = pthread_once(control, load);
    GVM_ASSERT(failed == 0);
}

static pthread_once_t g2_once = PTHREAD_ONCE_INIT, lagrange_once = PTHREAD_ONCE_INIT,
                      monomial_once = PTHREAD_ONCE_INIT, monomial_64_once = PTHREAD_ONCE_INIT;

const g2_aff *gvm_kzg_tau_g2(void) {
    once(&g2_once, load_g2);
    return &tau_g2;
}

const g2_aff *gvm_kzg_tau_64_g2(void) {
    once(&g2_once, load_g2);
    return &tau_64_g2;
}

bool gvm_kzg_pairing_holds(const g1_jac *a, const g1_jac *b, bool cells) {
    g1_jac both[2] = {*a, *b};
    g1_aff p[2];
    fp tmp[2];
    const bls_prepared *q[2] = {&prepared_one, cells ? &prepared_tau_64 : &prepared_tau};
    once(&g2_once, load_g2);
    g1_neg(&both[1], &both[1]);
    g1_to_aff_many(p, both, tmp, 2);
    return gvm_bls_prepared_is_one(p, q, 2);
}

const g1_aff *gvm_kzg_lagrange(void) {
    once(&lagrange_once, load_lagrange);
    return lagrange;
}

const g1_aff *gvm_kzg_monomial(void) {
    once(&monomial_once, load_monomial);
    return monomial;
}

const g1_aff *gvm_kzg_monomial_64(void) {
    once(&monomial_64_once, load_monomial_64);
    return monomial_64;
}
