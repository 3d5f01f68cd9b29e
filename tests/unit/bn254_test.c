#include "crypto/bn254.h"

#include "crypto/pairing/mont.h"
#include "support/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* EIP-197's generator of G2, and the group's order. */
static const char g2_hex[] = "198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2"
                             "1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed"
                             "090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b"
                             "12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa";
static const char order_hex[] = "30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001";
static const char modulus_hex[] =
    "30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47";

static void g1_generator(uint8_t out[64]) {
    memset(out, 0, 64);
    out[31] = 1;
    out[63] = 2;
}

/* out = k G on G1, or on G2 */
static void g1_times(uint8_t out[64], const uint8_t k[32]) {
    uint8_t in[96];
    g1_generator(in);
    memcpy(in + 64, k, 32);
    assert_int_equal(gvm_bn254_mul(out, in), GVM_OK);
}
static void g2_times(uint8_t out[128], const uint8_t k[32]) {
    uint8_t in[160];
    hex_bytes(in, 128, g2_hex);
    memcpy(in + 128, k, 32);
    assert_int_equal(gvm_bn254_g2_mul(out, in), GVM_OK);
}
static void small(uint8_t k[32], uint64_t v) {
    memset(k, 0, 32);
    gvm_store_be64(k + 24, v);
}
/* -P: y becomes modulus - y. */
static void g1_negate(uint8_t p[64]) {
    uint8_t m[32];
    hex_bytes(m, 32, modulus_hex);
    int borrow = 0;
    for (int i = 31; i >= 0; i--) {
        int d = m[i] - p[32 + i] - borrow;
        borrow = d < 0;
        p[32 + i] = (uint8_t)d;
    }
}

static void test_pairing_is_bilinear(void **state) {
    (void)state;
    uint8_t pairs[2 * GVM_BN254_PAIR], k[32];
    bool ok = false;
    for (uint64_t a = 3; a < 2000000000000ull; a = a * 977 + 5) {
        uint64_t b = a % 1000 + 2;
        small(k, a);
        g1_times(pairs, k);
        small(k, b);
        g2_times(pairs + 64, k);
        small(k, a * b);
        g1_times(pairs + GVM_BN254_PAIR, k);
        g1_negate(pairs + GVM_BN254_PAIR);
        hex_bytes(pairs + GVM_BN254_PAIR + 64, 128, g2_hex);
        assert_int_equal(gvm_bn254_pairing_check(&ok, pairs, 2), GVM_OK);
        assert_true(ok);
        assert_int_equal(gvm_bn254_pairing_check(&ok, pairs, 1), GVM_OK);
        assert_false(ok);
    }
}

static void test_pairing_of_many_and_of_none(void **state) {
    (void)state;
    enum { N = 19 };
    static uint8_t pairs[N * GVM_BN254_PAIR];
    uint8_t k[32];
    bool ok = false;
    assert_int_equal(gvm_bn254_pairing_check(&ok, pairs, 0), GVM_OK);
    assert_true(ok);
    memset(pairs, 0, sizeof pairs); /* infinity on either side counts as one */
    assert_int_equal(gvm_bn254_pairing_check(&ok, pairs, 3), GVM_OK);
    assert_true(ok);
    uint64_t sum = 0;
    for (uint64_t i = 0; i + 1 < N; i++) {
        uint8_t *p = pairs + i * GVM_BN254_PAIR;
        small(k, i * i + 1);
        g1_times(p, k);
        small(k, i + 7);
        g2_times(p + 64, k);
        sum += (i * i + 1) * (i + 7);
    }
    uint8_t *last = pairs + (N - 1) * GVM_BN254_PAIR;
    small(k, sum);
    g1_times(last, k);
    g1_negate(last);
    hex_bytes(last + 64, 128, g2_hex);
    assert_int_equal(gvm_bn254_pairing_check(&ok, pairs, N), GVM_OK);
    assert_true(ok);
    assert_int_equal(gvm_bn254_pairing_check(&ok, pairs, N - 1), GVM_OK);
    assert_false(ok);
}

static void test_group_laws(void **state) {
    (void)state;
    uint8_t in[128] = {0}, out[64], want[64], k[32], zero[64] = {0};
    assert_int_equal(gvm_bn254_add(out, in), GVM_OK);
    assert_memory_equal(out, zero, 64);
    g1_generator(in);
    assert_int_equal(gvm_bn254_add(out, in), GVM_OK);
    assert_memory_equal(out, in, 64);
    g1_generator(in + 64);
    assert_int_equal(gvm_bn254_add(out, in), GVM_OK);
    small(k, 2);
    g1_times(want, k);
    assert_memory_equal(out, want, 64);
    g1_negate(in + 64);
    assert_int_equal(gvm_bn254_add(out, in), GVM_OK);
    assert_memory_equal(out, zero, 64);
    /* the order's multiple is infinity; one more is the generator; the largest scalar is taken
     * modulo the order */
    hex_bytes(k, 32, order_hex);
    g1_times(out, k);
    assert_memory_equal(out, zero, 64);
    k[31]++;
    g1_times(out, k);
    assert_memory_equal(out, in, 64);
    small(k, 0);
    g1_times(out, k);
    assert_memory_equal(out, zero, 64);
}

static void test_bad_points_are_refused(void **state) {
    (void)state;
    uint8_t in[160] = {0}, out[128], pair[GVM_BN254_PAIR] = {0};
    bool ok;
    hex_bytes(in, 32, modulus_hex);
    assert_int_equal(gvm_bn254_add(out, in), GVM_ERR_RANGE);
    memset(in, 0, sizeof in);
    in[31] = 1;
    in[63] = 3;
    assert_int_equal(gvm_bn254_mul(out, in), GVM_ERR_POINT);
    /* a point of the twist outside the subgroup: x = 2 + i, y by a square root */
    hex_bytes(pair + 64, 128,
              "0000000000000000000000000000000000000000000000000000000000000001"
              "0000000000000000000000000000000000000000000000000000000000000002"
              "2b76c179599bb92a963dac85546a005a777f7c13f6a7b75d5918b6b5808f5fde"
              "101f7278419308b95099eca02dcee0c5381f4d26d1d62313f057167f064101ce");
    assert_int_equal(gvm_bn254_pairing_check(&ok, pair, 1), GVM_ERR_POINT);
    memcpy(in, pair + 64, 128);
    assert_int_equal(gvm_bn254_g2_mul(out, in), GVM_ERR_POINT);
    pair[GVM_BN254_PAIR - 1] ^= 1;
    assert_int_equal(gvm_bn254_pairing_check(&ok, pair, 1), GVM_ERR_POINT);
    hex_bytes(pair + 64, 32, modulus_hex);
    assert_int_equal(gvm_bn254_pairing_check(&ok, pair, 1), GVM_ERR_RANGE);
}

/* Points of the twist of the small orders 10069 and 5864401, found by arithmetic of their own: a
 * subgroup check that trusts an endomorphism must refuse them. */
static void test_points_of_small_order_are_refused(void **state) {
    (void)state;
    static const char *const points[] = {
        "1f1939a35248c05963dc28c492bd5496d0ee07203ed62a4646610343b7f519d1163b1e6d53c2b9384d7a50f5"
        "2db7a5f3089a85d87695f7b4f0dfb367204e3d7405b7ee9fa25c610b779f046afe61bc518aac03cdfed3a82e"
        "1851d413bf4e56e120616720904c4e3ec2056718d1a8fd28cb3978424461aec3ed1ee4534b60ca11",
        "2f42ffc4baed89b71b752e0be813e0a1a9ad5e93ee9f72528373e52e65a3389629e8610c8789308c1c0ca7ee"
        "0cc0e07fbf63903d0dba55b477fc0733c50f5bce0582249d607fe0231130699b772c7a729348e80c1aeb3733"
        "c3a989188cb4dfdf25554c4c7c5d2f90f95408d1c70fc38319b4949b62fac6145d3614cebb30be04"};
    bool ok;
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        uint8_t pair[GVM_BN254_PAIR] = {0};
        hex_bytes(pair + 64, 128, points[i]);
        assert_int_equal(gvm_bn254_pairing_check(&ok, pair, 1), GVM_ERR_POINT);
    }
}

static void test_portable_products_agree(void **state) {
    gvm_mont_portable(true);
    test_group_laws(state);
    test_pairing_of_many_and_of_none(state);
    test_bad_points_are_refused(state);
    gvm_mont_portable(false);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairing_is_bilinear),
        cmocka_unit_test(test_pairing_of_many_and_of_none),
        cmocka_unit_test(test_group_laws),
        cmocka_unit_test(test_bad_points_are_refused),
        cmocka_unit_test(test_points_of_small_order_are_refused),
        cmocka_unit_test(test_portable_products_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
