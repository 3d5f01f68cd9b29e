/* SHA-256, SHA-512, RIPEMD-160, BLAKE2b's F. Authority: FIPS 180-4's examples, the RIPEMD-160
 * paper, RFC 7693, EIP-152, and OpenSSL's own interface for the lengths between. */
#include "crypto/blake2b.h"
#include "crypto/ripemd160.h"
#include "crypto/sha256.h"
#include "crypto/sha512.h"
#include "support/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <openssl/evp.h>

static uint8_t input[1000];

static int fill_input(void **state) {
    (void)state;
    uint32_t x = 1;
    for (size_t i = 0; i < sizeof input; i++)
        input[i] = (uint8_t)((x = x * 1664525 + 1013904223) >> 24);
    return 0;
}

static void openssl_hash(const char *name, uint8_t *out, const uint8_t *in, size_t len) {
    size_t out_len = 64;
    assert_int_equal(EVP_Q_digest(NULL, name, NULL, in, len, out, &out_len), 1);
}

static void test_sha256(void **state) {
    (void)state;
    gvm_hash got;
    gvm_sha256(&got, gvm_bytes_str("abc"));
    assert_true(
        hex_equal(got.b, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    gvm_sha256(&got, gvm_bytes_make(NULL, 0));
    assert_true(
        hex_equal(got.b, 32, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
    for (size_t len = 0; len < sizeof input; len += 7) {
        uint8_t want[64];
        openssl_hash("SHA256", want, input, len);
        gvm_sha256_state s;
        gvm_sha256_init(&s);
        gvm_sha256_update(&s, gvm_bytes_make(input, len / 3));
        gvm_sha256_update(&s, gvm_bytes_make(input + len / 3, len - len / 3));
        gvm_sha256_final(&s, &got);
        assert_memory_equal(got.b, want, 32);
    }
}

static void test_sha512(void **state) {
    (void)state;
    uint8_t got[64], want[64];
    gvm_sha512(got, gvm_bytes_str("abc"));
    assert_true(hex_equal(got, 64,
                          "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                          "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"));
    for (size_t len = 0; len < sizeof input; len += 7) {
        openssl_hash("SHA512", want, input, len);
        gvm_sha512_state s;
        gvm_sha512_init(&s);
        gvm_sha512_update(&s, gvm_bytes_make(input, len / 3));
        gvm_sha512_update(&s, gvm_bytes_make(input + len / 3, len - len / 3));
        gvm_sha512_final(&s, got);
        assert_memory_equal(got, want, 64);
    }
}

static void test_ripemd160(void **state) {
    (void)state;
    uint8_t got[20];
    gvm_ripemd160(got, gvm_bytes_make(NULL, 0));
    assert_true(hex_equal(got, 20, "9c1185a5c5e9fc54612808977ee8f548b2258d31"));
    gvm_ripemd160(got, gvm_bytes_str("abc"));
    assert_true(hex_equal(got, 20, "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"));
}

typedef void f_fn(uint64_t h[8], uint32_t rounds, const uint64_t m[16], const uint64_t t[2], bool);

/* BLAKE2b-512 without a key, from F alone. */
static void blake2b_512(f_fn *f, uint8_t out[64], const uint8_t *in, size_t len) {
    uint64_t h[8] = {0x6a09e667f3bcc908 ^ 0x01010040,
                     0xbb67ae8584caa73b,
                     0x3c6ef372fe94f82b,
                     0xa54ff53a5f1d36f1,
                     0x510e527fade682d1,
                     0x9b05688c2b3e6c1f,
                     0x1f83d9abfb41bd6b,
                     0x5be0cd19137e2179};
    uint64_t m[16], t[2] = {0, 0};
    for (size_t at = 0; at == 0 || at < len; at += 128) {
        size_t n = len - at < 128 ? len - at : 128;
        memset(m, 0, sizeof m);
        memcpy(m, in + at, n);
        t[0] = at + n;
        f(h, 12, m, t, at + n == len);
    }
    memcpy(out, h, 64);
}

static void test_blake2b_against_openssl(void **state) {
    (void)state;
    f_fn *forms[] = {gvm_blake2b_f, gvm_blake2b_f_portable};
    for (size_t i = 0; i < 2; i++) {
        for (size_t len = 0; len < sizeof input; len += 3) {
            uint8_t want[64], got[64];
            openssl_hash("BLAKE2B-512", want, input, len);
            blake2b_512(forms[i], got, input, len);
            assert_memory_equal(got, want, 64);
        }
    }
}

static void test_blake2b_any_rounds_alike(void **state) {
    (void)state;
    for (uint32_t rounds = 0; rounds < 100; rounds++) {
        uint64_t a[8], b[8], m[16], t[2] = {rounds * 0x123456789abcdefull, ~(uint64_t)rounds};
        memcpy(a, input + rounds, sizeof a);
        memcpy(b, a, sizeof b);
        memcpy(m, input + 200 + rounds, sizeof m);
        gvm_blake2b_f(a, rounds, m, t, rounds % 2);
        gvm_blake2b_f_portable(b, rounds, m, t, rounds % 2);
        assert_memory_equal(a, b, sizeof a);
    }
}

static void test_blake2b_eip152(void **state) {
    (void)state;
    /* test vectors 4 to 7 of the EIP: BLAKE2b-512 of "abc", with other rounds and flags */
    uint8_t in[213] = {0}, out[64];
    hex_bytes(in + 4, 64,
              "48c9bdf267e6096a3ba7ca8485ae67bb2bf894fe72f36e3cf1361d5f3af54fa5"
              "d182e6ad7f520e511f6c3e2b8c68059b6bbd41fbabd9831f79217e1319cde05b");
    memcpy(in + 68, "abc", 3);
    in[196] = 3;
    static const struct {
        uint8_t rounds, final;
        const char *want;
    } cases[] = {
        {0, 1,
         "08c9bcf367e6096a3ba7ca8485ae67bb2bf894fe72f36e3cf1361d5f3af54fa5"
         "d282e6ad7f520e511f6c3e2b8c68059b9442be0454267ce079217e1319cde05b"},
        {12, 1,
         "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
         "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923"},
        {12, 0,
         "75ab69d3190a562c51aef8d88f1c2775876944407270c42c9844252c26d28752"
         "98743e7f6d5ea2f2d3e8d226039cd31b4e426ac4f2d3d666a610c2116fde4735"},
        {1, 1,
         "b63a380cb2897d521994a85234ee2c181b5f844d2c624c002677e9703449d2fb"
         "a551b3a8333bcdf5f2f7e08993d53923de3d64fcc68c034e717b9293fed7a421"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        in[3] = cases[i].rounds;
        in[212] = cases[i].final;
        assert_int_equal(gvm_blake2b_f_bytes(out, gvm_bytes_make(in, sizeof in)), GVM_OK);
        assert_true(hex_equal(out, 64, cases[i].want));
    }
    in[212] = 2;
    assert_int_equal(gvm_blake2b_f_bytes(out, gvm_bytes_make(in, 213)), GVM_ERR_ARGUMENT);
    in[212] = 1;
    assert_int_equal(gvm_blake2b_f_bytes(out, gvm_bytes_make(in, 212)), GVM_ERR_ARGUMENT);
    assert_int_equal(gvm_blake2b_f_bytes(out, gvm_bytes_make(NULL, 0)), GVM_ERR_ARGUMENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256),
        cmocka_unit_test(test_sha512),
        cmocka_unit_test(test_ripemd160),
        cmocka_unit_test(test_blake2b_against_openssl),
        cmocka_unit_test(test_blake2b_any_rounds_alike),
        cmocka_unit_test(test_blake2b_eip152),
    };
    return cmocka_run_group_tests(tests, fill_input, NULL);
}
