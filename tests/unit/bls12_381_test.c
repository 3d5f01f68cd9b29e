#include "crypto/bls12_381.h"

#include "crypto/bls_signature.h"
#include "crypto/pairing/mont.h"
#include "support/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

/* The groups' order and generators (EIP-2537). */
static const char order_hex[] = "73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001";
static const char g1_hex[] =
    "0000000000000000000000000000000017f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac"
    "586c55e83ff97a1aeffb3af00adb22c6bb0000000000000000000000000000000008b3f481e3aaa0f1a09e30ed741d"
    "8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1";
static const char g2_hex[] =
    "00000000000000000000000000000000024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1"
    "770bac0326a805bbefd48056c8c121bdb80000000000000000000000000000000013e02b6052719f607dacd3a08827"
    "4f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e00000000000000000000000000"
    "0000000ce5d527727d6e118cc9cdc6da2e351aadfd9baa8cbdd3a76d429a695160d12c923ac9cc3baca289e1935486"
    "08b82801000000000000000000000000000000000606c4a02ea734cc32acd2b02bc28b99cb3e287e85a763af267492"
    "ab572e99ab3f370d275cec1da1aaa9075ff05f79be";

static const uint8_t infinity[256];

static void scalar(uint8_t k[32], uint64_t v) {
    memset(k, 0, 32);
    gvm_store_be64(k + 24, v);
}

/* A 256-bit number that is different for every i. */
static void scramble(uint8_t k[32], uint64_t i) {
    for (uint64_t j = 0; j < 4; j++)
        gvm_store_be64(k + 8 * j, (i + 1) * 0x9e3779b97f4a7c15ull * (j + 3) + (i << 7));
}

static void g1_mul(uint8_t out[128], const uint8_t p[128], const uint8_t k[32]) {
    uint8_t term[GVM_BLS12_381_G1_TERM];
    memcpy(term, p, 128);
    memcpy(term + 128, k, 32);
    assert_int_equal(gvm_bls12_381_g1_msm(out, term, 1), GVM_OK);
}
static void g2_mul(uint8_t out[256], const uint8_t q[256], const uint8_t k[32]) {
    uint8_t term[GVM_BLS12_381_G2_TERM];
    memcpy(term, q, 256);
    memcpy(term + 256, k, 32);
    assert_int_equal(gvm_bls12_381_g2_msm(out, term, 1), GVM_OK);
}

/* k, and the order less k */
static void negated_scalar(uint8_t out[32], uint64_t v) {
    hex_bytes(out, 32, order_hex);
    int borrow = 0;
    for (int i = 31; i >= 0; i--, v >>= 8) {
        int d = out[i] - (int)(v & 255) - borrow;
        borrow = d < 0;
        out[i] = (uint8_t)d;
    }
}

static void test_pairing_is_bilinear(void **state) {
    (void)state;
    uint8_t g1[128], g2[256], k[32], pairs[2 * GVM_BLS12_381_PAIR];
    bool ok = false;
    hex_bytes(g1, sizeof g1, g1_hex);
    hex_bytes(g2, sizeof g2, g2_hex);
    for (uint64_t a = 3; a < 1000000000000ull; a = a * 977 + 5) {
        uint64_t b = a % 1000 + 2;
        scalar(k, a);
        g1_mul(pairs, g1, k);
        scalar(k, b);
        g2_mul(pairs + 128, g2, k);
        negated_scalar(k, a * b);
        g1_mul(pairs + GVM_BLS12_381_PAIR, g1, k);
        memcpy(pairs + GVM_BLS12_381_PAIR + 128, g2, 256);
        assert_int_equal(gvm_bls12_381_pairing_check(&ok, pairs, 2), GVM_OK);
        assert_true(ok);
        assert_int_equal(gvm_bls12_381_pairing_check(&ok, pairs, 1), GVM_OK);
        assert_false(ok);
    }
    assert_int_equal(gvm_bls12_381_pairing_check(&ok, pairs, 0), GVM_ERR_ARGUMENT);
    memset(pairs, 0, 128);
    assert_int_equal(gvm_bls12_381_pairing_check(&ok, pairs, 1), GVM_OK);
    assert_true(ok);
}

static void test_group_laws(void **state) {
    (void)state;
    uint8_t in[512] = {0}, out[256], want[256], k[32];
    hex_bytes(in, 128, g1_hex);
    assert_int_equal(gvm_bls12_381_g1_add(out, in), GVM_OK); /* G + 0 */
    assert_memory_equal(out, in, 128);
    hex_bytes(in + 128, 128, g1_hex);
    assert_int_equal(gvm_bls12_381_g1_add(out, in), GVM_OK); /* G + G */
    scalar(k, 2);
    g1_mul(want, in, k);
    assert_memory_equal(out, want, 128);
    negated_scalar(k, 1);
    g1_mul(in + 128, in, k);
    assert_int_equal(gvm_bls12_381_g1_add(out, in), GVM_OK); /* G - G */
    assert_memory_equal(out, infinity, 128);
    hex_bytes(in, 256, g2_hex);
    g2_mul(in + 256, in, k);
    assert_int_equal(gvm_bls12_381_g2_add(out, in), GVM_OK);
    assert_memory_equal(out, infinity, 256);
    memcpy(in + 256, in, 256);
    assert_int_equal(gvm_bls12_381_g2_add(out, in), GVM_OK);
    scalar(k, 2);
    g2_mul(want, in, k);
    assert_memory_equal(out, want, 256);
    /* 0, the order, and more than the order */
    for (int i = 0; i < 3; i++) {
        if (i == 0)
            scalar(k, 0);
        else
            hex_bytes(k, 32, order_hex);
        k[31] = (uint8_t)(k[31] + (i == 2 ? 5 : 0));
        g2_mul(out, in, k);
        scalar(k, i == 2 ? 5 : 0);
        g2_mul(want, in, k);
        assert_memory_equal(out, want, 256);
    }
    memset(k, 0xff, 32);
    g1_mul(out, (const uint8_t *)memset(want, 0, 128), k);
    assert_memory_equal(out, infinity, 128);
}

/* A sum of multiples against the multiples one by one, over every way that the sizes are split,
 * with infinity, zero scalars, equal points and opposite terms among them. */
static void check_msm(size_t n, bool g1) {
    size_t point = g1 ? 128 : 256, term = point + 32;
    uint8_t *terms = malloc(n * term), sum[512] = {0}, out[256], k[32], base[256];
    hex_bytes(base, point, g1 ? g1_hex : g2_hex);
    for (size_t i = 0; i < n; i++) {
        uint8_t *t = terms + i * term;
        scramble(k, i / 3);
        (g1 ? g1_mul : g2_mul)(t, base, k);
        scramble(t + point, i % 5 == 4 ? i / 2 : 7 * i);
        if (i % 11 == 3) memset(t, 0, point);
        if (i % 13 == 5) memset(t + point, 0, 32);
        if (i % 17 == 9) negated_scalar(t + point, 1);
        if (i % 17 == 10) scalar(t + point, 1);
        if (i % 17 == 10) memcpy(t, t - term, point);
        memcpy(k, t + point, 32);
        (g1 ? g1_mul : g2_mul)(sum + point, t, k);
        assert_int_equal((g1 ? gvm_bls12_381_g1_add : gvm_bls12_381_g2_add)(sum, sum), GVM_OK);
    }
    assert_int_equal((g1 ? gvm_bls12_381_g1_msm : gvm_bls12_381_g2_msm)(out, terms, n), GVM_OK);
    assert_memory_equal(out, sum, point);
    free(terms);
}

static void test_msm_is_the_sum_of_multiples(void **state) {
    (void)state;
    static const size_t g1_sizes[] = {1, 2, 8, 9, 17, 63, 64, 65, 100, 300};
    static const size_t g2_sizes[] = {1, 4, 5, 31, 32, 33, 90};
    uint8_t out[256];
    for (size_t i = 0; i < sizeof g1_sizes / sizeof *g1_sizes; i++) check_msm(g1_sizes[i], true);
    for (size_t i = 0; i < sizeof g2_sizes / sizeof *g2_sizes; i++) check_msm(g2_sizes[i], false);
    assert_int_equal(gvm_bls12_381_g1_msm(out, NULL, 0), GVM_ERR_ARGUMENT);
    assert_int_equal(gvm_bls12_381_g2_msm(out, NULL, 0), GVM_ERR_ARGUMENT);
}

/* All points equal, so that every bucket of Pippenger doubles; and terms that cancel to infinity.
 */
static void test_msm_of_equal_and_opposite_points(void **state) {
    (void)state;
    enum { N = 256 };
    static uint8_t terms[N * GVM_BLS12_381_G1_TERM];
    uint8_t g1[128], k[32], out[128], want[128];
    hex_bytes(g1, sizeof g1, g1_hex);
    for (size_t i = 0; i < N; i++) {
        memcpy(terms + i * GVM_BLS12_381_G1_TERM, g1, 128);
        scalar(terms + i * GVM_BLS12_381_G1_TERM + 128, 0x1234567);
    }
    assert_int_equal(gvm_bls12_381_g1_msm(out, terms, N), GVM_OK);
    scalar(k, 0x1234567ull * N);
    g1_mul(want, g1, k);
    assert_memory_equal(out, want, 128);
    for (size_t i = 0; i < N; i += 2)
        negated_scalar(terms + i * GVM_BLS12_381_G1_TERM + 128, 0x1234567);
    assert_int_equal(gvm_bls12_381_g1_msm(out, terms, N), GVM_OK);
    assert_memory_equal(out, infinity, 128);
}

/* Points of the curves outside the subgroups, with small x, y by a square root. */
static const char off_g1_hex[] = "00000000000000000000000000000000000000000000000000000000000000000"
                                 "000000000000000000000000000000"
                                 "000000000000000000000000000000004"
                                 "00000000000000000000000000000000"
                                 "0a989badd40d6212b33cffc3f3763e9bc760f988c9926b26da9dd85e928483446"
                                 "346b8ed00e1de5d5ea93e354abe706c";
static const char off_g2_hex[] = "00000000000000000000000000000000000000000000000000000000000000000"
                                 "000000000000000000000000000000"
                                 "000000000000000000000000000000001"
                                 "00000000000000000000000000000000000000000000000000000000000000000"
                                 "000000000000000000000000000000"
                                 "000000000000000000000000000000001"
                                 "00000000000000000000000000000000"
                                 "17faa6201231304f270b858dad9462089f2a5b83388e4b10773abc1eef6d193b9"
                                 "fce4e8ea2d9d28e3c3a315aa7de14ca"
                                 "00000000000000000000000000000000"
                                 "00cc12449be6ac4e7f367e7242250427c4fb4c39325d3164ad397c1837a90f0ea"
                                 "1a534757df374dd6569345eb41ed76e";

static void test_bad_points_are_refused(void **state) {
    (void)state;
    uint8_t in[512] = {0}, out[256], pair[GVM_BLS12_381_PAIR] = {0};
    bool ok;
    hex_bytes(in, 128, off_g1_hex);
    assert_int_equal(gvm_bls12_381_g1_add(out, in), GVM_OK); /* on the curve, and that is enough */
    assert_int_equal(gvm_bls12_381_g1_msm(out, in, 1), GVM_ERR_POINT);
    memcpy(pair, in, 128);
    assert_int_equal(gvm_bls12_381_pairing_check(&ok, pair, 1), GVM_ERR_POINT);
    assert_int_equal(gvm_bls12_381_g1_compress(out, in), GVM_ERR_POINT);
    hex_bytes(in, 256, off_g2_hex);
    assert_int_equal(gvm_bls12_381_g2_add(out, in), GVM_OK);
    assert_int_equal(gvm_bls12_381_g2_msm(out, in, 1), GVM_ERR_POINT);
    in[255] ^= 1;
    assert_int_equal(gvm_bls12_381_g2_add(out, in), GVM_ERR_POINT);
    in[64] = 1;
    assert_int_equal(gvm_bls12_381_g2_add(out, in), GVM_ERR_RANGE);
    memset(in, 0xff, 64);
    assert_int_equal(gvm_bls12_381_map_fp_to_g1(out, in), GVM_ERR_RANGE);
}

/* Points of small order of both curves (3, 11, 10177 and 13, 23, 2713), found by arithmetic of
 * their own: membership tests that trust an endomorphism must refuse them, alone and added to a
 * point of the subgroup. */
static void test_points_of_small_order_are_refused(void **state) {
    (void)state;
    static const char *const g1_points[] = {
        "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
        "0000000000000000000000000000000000000000000000000000000000000000000000001a0111ea397fe69a"
        "4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaa9",
        "0000000000000000000000000000000019b3e2c8c6bbf59d3c326b531fc1e639d29200c28624ac604f251a12"
        "908c9b7f735318617f625954cc71cdf03229b1ef0000000000000000000000000000000015d1455562b9a28d"
        "0f11a69ecd34f5a8ade01df410168a09cf16ccfbcbfc69403c7c5771a05d217a122b795529939e03",
        "00000000000000000000000000000000193b2cc2a8a222518a034a317b5739ccd4a649411687902474b6c885"
        "6f35d618539e97dafa1784403ae4bcd37562c2340000000000000000000000000000000010e65a0c79bf17f8"
        "e54b43641b540c359525582f787dde24bcaa974ffd96252dfbc15b5c35b6662339ba7b300e597853"};
    static const char *const g2_points[] = {
        "0000000000000000000000000000000009c801b1c24e6662e6c94f9b8f0ac01768d0b974fe1ad3d3727c7afc"
        "77bafd60e086aeed8a678de31267be27fd73543b0000000000000000000000000000000003a58fd8e0c4b1a4"
        "025da5ca3176405ed7fa11dcf55003b1ceae958a7a62815f5f3a79792d91eebf83ccffc228784a4500000000"
        "0000000000000000000000000c3fb4169126d38f3c761513b8db8ef50b597fdecae99d587116975f6cb4cc66"
        "4b4904adc4d043a1ceb49f566d2de75d00000000000000000000000000000000134387d7a75fe7e266d680c4"
        "b59af7e97aa125ac02132de4e35378973c34fb96e2e9b6c00d2b770590d9c67f680185d0",
        "000000000000000000000000000000000638b940ecce48354d0e83e95a7be7240bd81eb6ca0eb5c366d84ea7"
        "81ba28ba7c8bdd979ad2d8ce62ebeb26d23d41320000000000000000000000000000000007c87d716ef538d3"
        "eea61dab0721766eab305635aad4ee00a281de3aa148f69d6236c07134cc420b98621dafbf3e020100000000"
        "0000000000000000000000000c32675c4694c41a94cbbbc43d1629ba3e9d46f3bf5599ae61135718aa96b8df"
        "657409f96a53dd0a47dab8dd9b4b34940000000000000000000000000000000005636a9b3443e2bac6df8914"
        "7717614c8c779893b2aeaedb439e73ab8e5e5943ce78c58f7f9db8f93e1df43a54dda2a5",
        "00000000000000000000000000000000171e9409628e388ef3f3cb5f81a8fc4b12fb25ebb44c6f3463ce9850"
        "b65141baefcc9cd9cf6c1398d42278ae102a73e60000000000000000000000000000000000b76428a3cd28a1"
        "ac355a0de95661e39361bde846dc485b50dbc13d06651b179bda29e2396cfc6690b7c3f6877108bc00000000"
        "00000000000000000000000002447973c83421295f4021d9a01e9da5844c84b5c94a78bb48566c6e9dfca33a"
        "5e768da767c1edf64f9b3ce8b2aecf0b000000000000000000000000000000000625644718d6503e13a1dd76"
        "a56e3d8b43fb94b280f64b558dc3489c9cd91c5fb08b48438f11da67b7e3f746e4fe26b2"};
    for (size_t i = 0; i < 3; i++) {
        uint8_t in[512], term[GVM_BLS12_381_G2_TERM] = {0}, out[256];
        hex_bytes(in, 128, g1_points[i]);
        hex_bytes(in + 128, 128, g1_hex);
        memcpy(term, in, 128);
        assert_int_equal(gvm_bls12_381_g1_msm(out, term, 1), GVM_ERR_POINT);
        assert_int_equal(gvm_bls12_381_g1_add(term, in), GVM_OK);
        assert_int_equal(gvm_bls12_381_g1_msm(out, term, 1), GVM_ERR_POINT);
        hex_bytes(in, 256, g2_points[i]);
        hex_bytes(in + 256, 256, g2_hex);
        memcpy(term, in, 256);
        assert_int_equal(gvm_bls12_381_g2_msm(out, term, 1), GVM_ERR_POINT);
        assert_int_equal(gvm_bls12_381_g2_add(term, in), GVM_OK);
        assert_int_equal(gvm_bls12_381_g2_msm(out, term, 1), GVM_ERR_POINT);
    }
}

static void test_signatures(void **state) {
    (void)state;
    enum { N = 5 };
    gvm_bls_public_key keys[N], sum;
    gvm_bls_signature signatures[N], all;
    gvm_bytes messages[N];
    uint8_t secret[32], words[N] = {1, 2, 3, 4, 5};
    for (size_t i = 0; i < N; i++) {
        scramble(secret, i);
        secret[0] &= 0x3f;
        messages[i] = gvm_bytes_make(words, i);
        assert_int_equal(gvm_bls_public_key_of(&keys[i], secret), GVM_OK);
        assert_int_equal(gvm_bls_sign(&signatures[i], secret, messages[i]), GVM_OK);
        assert_int_equal(gvm_bls_verify(&keys[i], messages[i], &signatures[i]), GVM_OK);
        assert_int_equal(gvm_bls_verify(&keys[i], gvm_bytes_str("other"), &signatures[i]),
                         GVM_ERR_SIGNATURE);
    }
    assert_int_equal(gvm_bls_batch_verify(keys, messages, signatures, N), GVM_OK);
    assert_int_equal(gvm_bls_aggregate(&all, signatures, N), GVM_OK);
    assert_int_equal(gvm_bls_aggregate_verify(keys, messages, N, &all), GVM_OK);
    assert_int_equal(gvm_bls_aggregate_verify(keys, messages, N - 1, &all), GVM_ERR_SIGNATURE);
    gvm_bls_signature swap = signatures[1];
    signatures[1] = signatures[2];
    signatures[2] = swap; /* the sum is the same, each is wrong */
    assert_int_equal(gvm_bls_batch_verify(keys, messages, signatures, N), GVM_ERR_SIGNATURE);
    for (size_t i = 0; i < N; i++) {
        scramble(secret, i);
        secret[0] &= 0x3f;
        assert_int_equal(gvm_bls_sign(&signatures[i], secret, gvm_bytes_str("one")), GVM_OK);
    }
    assert_int_equal(gvm_bls_aggregate(&all, signatures, N), GVM_OK);
    assert_int_equal(gvm_bls_fast_aggregate_verify(keys, N, gvm_bytes_str("one"), &all), GVM_OK);
    assert_int_equal(gvm_bls_aggregate_keys(&sum, keys, N), GVM_OK);
    assert_int_equal(gvm_bls_verify(&sum, gvm_bytes_str("one"), &all), GVM_OK);
    /* keys out of range */
    memset(secret, 0, 32);
    assert_int_equal(gvm_bls_sign(&all, secret, gvm_bytes_str("")), GVM_ERR_KEY);
    hex_bytes(secret, 32, order_hex);
    assert_int_equal(gvm_bls_public_key_of(&sum, secret), GVM_ERR_KEY);
    secret[31]--;
    assert_int_equal(gvm_bls_public_key_of(&sum, secret), GVM_OK);
    assert_int_equal(gvm_bls_batch_verify(keys, messages, signatures, 0), GVM_ERR_ARGUMENT);
}

static void test_portable_products_agree(void **state) {
    gvm_mont_portable(true);
    test_group_laws(state);
    test_pairing_is_bilinear(state);
    test_bad_points_are_refused(state);
    test_signatures(state);
    gvm_mont_portable(false);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairing_is_bilinear),
        cmocka_unit_test(test_group_laws),
        cmocka_unit_test(test_msm_is_the_sum_of_multiples),
        cmocka_unit_test(test_msm_of_equal_and_opposite_points),
        cmocka_unit_test(test_bad_points_are_refused),
        cmocka_unit_test(test_points_of_small_order_are_refused),
        cmocka_unit_test(test_signatures),
        cmocka_unit_test(test_portable_products_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
