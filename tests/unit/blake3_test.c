/* Authority: the hash of nothing and of "abc" that every implementation prints, and the tree
 * written plainly below: one block after the other, no lanes, no lazy merging. The official vectors
 * are in the conformance test. */
#include "crypto/blake3.h"
#include "crypto/blake3_lanes.h"
#include "support/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { LONGEST = 300 * 1024 };
static uint8_t input[LONGEST];

static int fill_input(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof input; i++) input[i] = (uint8_t)(i % 251);
    return 0;
}

static void test_known(void **state) {
    (void)state;
    gvm_hash got;
    gvm_blake3(&got, gvm_bytes_make(NULL, 0));
    assert_true(
        hex_equal(got.b, 32, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"));
    gvm_blake3(&got, gvm_bytes_str("abc"));
    assert_true(
        hex_equal(got.b, 32, "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85"));
}

static void plain_chunk(uint32_t cv[8], const uint8_t *in, size_t len, uint64_t index, bool root) {
    static const uint32_t iv[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                   0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    memcpy(cv, iv, sizeof iv);
    for (size_t at = 0; at == 0 || at < len; at += 64) {
        uint8_t block[64] = {0};
        size_t n = len - at < 64 ? len - at : 64;
        bool last = at + n == len;
        memcpy(block, in + at, n);
        gvm_blake3_compress(cv, NULL, block, (uint32_t)n, index,
                            (at == 0 ? GVM_BLAKE3_CHUNK_START : 0u) |
                                (last ? GVM_BLAKE3_CHUNK_END : 0u) |
                                (last && root ? GVM_BLAKE3_ROOT : 0u));
    }
}

/* Level by level: neighbours are joined, an odd one at the end goes up as it is. That is the same
 * tree. */
static void plain_tree(uint32_t cv[8], const uint8_t *in, size_t len) {
    static uint32_t level[LONGEST / 1024 + 1][8];
    uint32_t iv[8];
    memcpy(iv,
           (uint32_t[8]){0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c,
                         0x1f83d9ab, 0x5be0cd19},
           sizeof iv);
    size_t n = len <= 1024 ? 1 : (len + 1023) / 1024;
    for (size_t i = 0; i < n; i++)
        plain_chunk(level[i], in + 1024 * i, len - 1024 * i < 1024 ? len - 1024 * i : 1024, i,
                    n == 1);
    while (n > 1) {
        size_t up = 0;
        for (size_t i = 0; i + 1 < n; i += 2, up++) {
            uint32_t joined[8];
            memcpy(joined, iv, sizeof iv);
            gvm_blake3_compress(joined, NULL, (const uint8_t *)level + 32 * i, 64, 0,
                                GVM_BLAKE3_PARENT | (n == 2 ? GVM_BLAKE3_ROOT : 0u));
            memcpy(level[up], joined, sizeof joined);
        }
        if (n % 2 == 1) memmove(level[up++], level[n - 1], 32);
        n = up;
    }
    memcpy(cv, level[0], 32);
}

static void test_tree_of_every_shape(void **state) {
    (void)state;
    for (size_t chunks = 0; chunks < LONGEST / 1024; chunks += chunks < 140 ? 1 : 31) {
        for (int edge = -1; edge <= 1; edge++) {
            if (chunks == 0 && edge < 0) continue;
            size_t len = chunks * 1024 + (size_t)edge;
            gvm_hash got;
            uint32_t want[8];
            gvm_blake3(&got, gvm_bytes_make(input, len));
            plain_tree(want, input, len);
            assert_memory_equal(got.b, want, 32);
        }
    }
}

static void test_streaming_in_pieces(void **state) {
    (void)state;
    gvm_hash want, got;
    gvm_blake3(&want, gvm_bytes_make(input, 40000));
    static const size_t pieces[] = {1,    63,   64,   65,   1000,  1023,
                                    1024, 1025, 2048, 5000, 16384, 39999};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        gvm_blake3_state s;
        gvm_blake3_init(&s);
        for (size_t at = 0; at < 40000; at += pieces[i]) {
            size_t n = 40000 - at < pieces[i] ? 40000 - at : pieces[i];
            gvm_blake3_update(&s, gvm_bytes_make(input + at, n));
            if (i == 4) { /* an output in between changes nothing and is the hash so far */
                gvm_hash so_far;
                gvm_blake3(&so_far, gvm_bytes_make(input, at + n));
                gvm_blake3_output(&s, got.b, 32, 0);
                assert_memory_equal(got.b, so_far.b, 32);
            }
        }
        gvm_blake3_output(&s, got.b, 32, 0);
        assert_memory_equal(got.b, want.b, 32);
    }
}

static void test_output_at_any_offset(void **state) {
    (void)state;
    uint8_t all[500], part[500];
    gvm_blake3_state s;
    gvm_blake3_init(&s);
    gvm_blake3_update(&s, gvm_bytes_make(input, 3000));
    gvm_blake3_output(&s, all, sizeof all, 0);
    for (size_t at = 0; at < sizeof all; at += 7) {
        gvm_blake3_output(&s, part, sizeof all - at, at);
        assert_memory_equal(part, all + at, sizeof all - at);
    }
}

static void test_lanes_alike(void **state) {
    (void)state;
    uint32_t key[8] = {1, 2, 3, 4, 5, 6, 7, 8}, out[16][8], want[8];
    for (size_t f = 0; f < gvm_blake3_form_count; f++) {
        const gvm_blake3_form *form = &gvm_blake3_forms[f];
        if (!form->usable()) continue;
        for (size_t blocks = 1; blocks <= 16; blocks++) {
            gvm_blake3_job job = {key, blocks, 0xfffffffe, 1, 16, 1, 2};
            form->run(out, input + 3, &job);
            for (size_t i = 0; i < form->width; i++) {
                memcpy(want, key, sizeof want);
                for (size_t b = 0; b < blocks; b++)
                    gvm_blake3_compress(want, NULL, input + 3 + 64 * (blocks * i + b), 64,
                                        0xfffffffe + i,
                                        16u | (b == 0 ? 1u : 0u) | (b == blocks - 1 ? 2u : 0u));
                assert_memory_equal(out[i], want, 32);
            }
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_tree_of_every_shape),
        cmocka_unit_test(test_streaming_in_pieces),
        cmocka_unit_test(test_output_at_any_offset),
        cmocka_unit_test(test_lanes_alike),
    };
    return cmocka_run_group_tests(tests, fill_input, NULL);
}
