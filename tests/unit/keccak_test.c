/* Authority: OpenSSL's KECCAK-256 and KECCAK-512, over every length around the block borders. */
#include "crypto/keccak.h"
#include "crypto/keccak_variants.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <openssl/evp.h>

enum { LONGEST = 700 };
static uint8_t input[LONGEST + 8];

static void openssl_hash(const char *name, uint8_t *out, const uint8_t *in, size_t len) {
    size_t out_len = 64;
    assert_int_equal(EVP_Q_digest(NULL, name, NULL, in, len, out, &out_len), 1);
}

static int fill_input(void **state) {
    (void)state;
    uint32_t x = 1;
    for (size_t i = 0; i < sizeof input; i++)
        input[i] = (uint8_t)((x = x * 1664525 + 1013904223) >> 24);
    return 0;
}

static void test_one_shot(void **state) {
    (void)state;
    for (size_t len = 0; len <= LONGEST; len++) {
        uint8_t want[64], got512[64];
        gvm_hash got;
        const uint8_t *in = input + len % 8; /* all alignments */
        openssl_hash("KECCAK-256", want, in, len);
        gvm_keccak256(&got, gvm_bytes_make(in, len));
        assert_memory_equal(got.b, want, 32);
        openssl_hash("KECCAK-512", want, in, len);
        gvm_keccak512(got512, gvm_bytes_make(in, len));
        assert_memory_equal(got512, want, 64);
    }
}

static void test_empty(void **state) {
    (void)state;
    gvm_hash got;
    gvm_keccak256(&got, gvm_bytes_make(NULL, 0));
    assert_true(gvm_hash_equal(&got, &gvm_keccak256_empty));
    gvm_keccak k;
    gvm_keccak256_init(&k);
    gvm_keccak_update(&k, gvm_bytes_make(NULL, 0));
    gvm_keccak256_final(&k, &got);
    assert_true(gvm_hash_equal(&got, &gvm_keccak256_empty));
}

static void test_streaming_in_pieces(void **state) {
    (void)state;
    uint8_t want[64], got512[64];
    gvm_hash got;
    openssl_hash("KECCAK-256", want, input, LONGEST);
    for (size_t piece = 1; piece <= 300; piece++) {
        gvm_keccak k;
        gvm_keccak256_init(&k);
        for (size_t at = 0; at < LONGEST; at += piece)
            gvm_keccak_update(
                &k, gvm_bytes_make(input + at, LONGEST - at < piece ? LONGEST - at : piece));
        gvm_keccak256_final(&k, &got);
        assert_memory_equal(got.b, want, 32);
    }
    openssl_hash("KECCAK-512", want, input, LONGEST);
    gvm_keccak k;
    gvm_keccak512_init(&k);
    gvm_keccak_update(&k, gvm_bytes_make(input, 71));
    gvm_keccak_update(&k, gvm_bytes_make(input + 71, LONGEST - 71));
    gvm_keccak512_final(&k, got512);
    assert_memory_equal(got512, want, 64);
}

static void check_many(void (*many)(gvm_hash *, const gvm_bytes *, size_t)) {
    enum { N = 67 };
    gvm_bytes in[N];
    gvm_hash got[N];
    for (size_t stride = 0; stride < 9; stride++) {
        for (size_t i = 0; i < N; i++)
            in[i] = gvm_bytes_make(input + i % 5, (i * stride * 13 + stride * 34) % LONGEST);
        for (size_t n = 0; n <= N; n += n < 10 ? 1 : 8) {
            memset(got, 0, sizeof got);
            many(got, in, n);
            for (size_t i = 0; i < N; i++) {
                uint8_t want[64] = {0};
                if (i < n) openssl_hash("KECCAK-256", want, in[i].ptr, in[i].len);
                assert_memory_equal(got[i].b, want, 32);
            }
        }
    }
}

static void test_many_equals_one_by_one(void **state) {
    (void)state;
    check_many(gvm_keccak256_many);
    for (size_t i = 0; i < gvm_keccak_variant_count; i++)
        if (gvm_keccak_variants[i].usable()) check_many(gvm_keccak_variants[i].many);
}

static void test_variants_permute_alike(void **state) {
    (void)state;
    uint64_t want[25], got[25];
    for (size_t i = 1; i < gvm_keccak_variant_count; i++) {
        if (!gvm_keccak_variants[i].usable()) continue;
        memcpy(want, input, sizeof want);
        memcpy(got, input, sizeof got);
        for (int turn = 0; turn < 100; turn++) {
            gvm_keccak_variants[0].permute(want);
            gvm_keccak_variants[i].permute(got);
            assert_memory_equal(got, want, sizeof want);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_shot),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_streaming_in_pieces),
        cmocka_unit_test(test_many_equals_one_by_one),
        cmocka_unit_test(test_variants_permute_alike),
    };
    return cmocka_run_group_tests(tests, fill_input, NULL);
}
