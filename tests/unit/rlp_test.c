#include "codec/hex.h"
#include "codec/rlp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static gvm_bytes unhex(gvm_buf *buf, const char *text) {
    gvm_buf_clear(buf);
    assert_int_equal(gvm_hex_decode(buf, gvm_bytes_str(text), GVM_HEX_PREFIX_NONE), GVM_OK);
    return gvm_buf_bytes(buf);
}

static void assert_hex(const gvm_buf *got, const char *want) {
    gvm_buf text = {0};
    gvm_hex_put(&text, gvm_buf_bytes(got));
    gvm_buf_put(&text, 0);
    assert_string_equal((char *)text.ptr, want);
    gvm_buf_free(&text);
}

/* The examples of ethereum.org, "Recursive-length prefix (RLP) serialization". */
static void test_examples_of_the_specification(void **state) {
    (void)state;
    gvm_buf b = {0};
    gvm_rlp_put_bytes(&b, gvm_bytes_str("dog"));
    assert_hex(&b, "83646f67");

    gvm_buf_clear(&b);
    size_t mark = gvm_rlp_list_begin(&b);
    gvm_rlp_put_bytes(&b, gvm_bytes_str("cat"));
    gvm_rlp_put_bytes(&b, gvm_bytes_str("dog"));
    gvm_rlp_list_end(&b, mark);
    assert_hex(&b, "c88363617483646f67");

    gvm_buf_clear(&b);
    gvm_rlp_put_bytes(&b, gvm_bytes_str(""));
    gvm_rlp_put_list_header(&b, 0);
    gvm_rlp_put_u64(&b, 0);
    gvm_rlp_put_u64(&b, 15);
    gvm_rlp_put_u64(&b, 1024);
    gvm_rlp_put_bytes(&b, gvm_bytes_make("\0", 1));
    gvm_rlp_put_bool(&b, false);
    gvm_rlp_put_bool(&b, true);
    gvm_rlp_put_address(&b, NULL);
    assert_hex(&b, "80c0800f82040000800180");

    /* [ [], [[]], [ [], [[]] ] ] */
    gvm_buf_clear(&b);
    size_t three = gvm_rlp_list_begin(&b);
    gvm_rlp_put_list_header(&b, 0);
    size_t two = gvm_rlp_list_begin(&b);
    gvm_rlp_put_list_header(&b, 0);
    gvm_rlp_list_end(&b, two);
    size_t last = gvm_rlp_list_begin(&b);
    gvm_rlp_put_list_header(&b, 0);
    size_t inner = gvm_rlp_list_begin(&b);
    gvm_rlp_put_list_header(&b, 0);
    gvm_rlp_list_end(&b, inner);
    gvm_rlp_list_end(&b, last);
    gvm_rlp_list_end(&b, three);
    assert_hex(&b, "c7c0c1c0c3c0c1c0");

    gvm_buf_clear(&b);
    gvm_rlp_put_bytes(&b,
                      gvm_bytes_str("Lorem ipsum dolor sit amet, consectetur adipisicing elit"));
    assert_memory_equal(b.ptr, "\xb8\x38Lorem", 7);
    gvm_buf_free(&b);
}

static void test_refusals(void **state) {
    (void)state;
    static const struct {
        const char *hex;
        gvm_status status;
    } cases[] = {
        {"", GVM_ERR_TRUNCATED},
        {"83646f", GVM_ERR_TRUNCATED},
        {"83646f6700", GVM_ERR_TRAILING},
        {"8100", GVM_ERR_NON_CANONICAL},
        {"817f", GVM_ERR_NON_CANONICAL},
        {"8180", GVM_OK},
        {"b800", GVM_ERR_NON_CANONICAL},
        {"b8", GVM_ERR_TRUNCATED},
        {"b837", GVM_ERR_NON_CANONICAL},
        {"b838", GVM_ERR_TRUNCATED},
        {"b90038", GVM_ERR_NON_CANONICAL},
        {"bfffffffffffffffff", GVM_ERR_TRUNCATED},
        {"ffffffffffffffffff", GVM_ERR_TRUNCATED},
        {"f7", GVM_ERR_TRUNCATED},
        {"f800", GVM_ERR_NON_CANONICAL},
        {"c0", GVM_OK},
        {"c000", GVM_ERR_TRAILING},
        {"c181", GVM_ERR_TRUNCATED},
        {"c28100", GVM_ERR_NON_CANONICAL},
        {"c3c20102", GVM_OK},
        {"c3c30102", GVM_ERR_TRUNCATED},
        {"c3c3010203", GVM_ERR_TRAILING},
        {"c2c101", GVM_OK},
        {"c4c0c1c0c0", GVM_OK},
    };
    gvm_buf b = {0};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gvm_status got = gvm_rlp_check(unhex(&b, cases[i].hex));
        if (got != cases[i].status) print_error("%s: %s\n", cases[i].hex, gvm_status_name(got));
        assert_int_equal(got, cases[i].status);
    }
    gvm_buf_free(&b);
}

static void test_integers(void **state) {
    (void)state;
    static const struct {
        const char *hex;
        gvm_status u64, word;
        uint64_t value;
    } cases[] = {
        {"80", GVM_OK, GVM_OK, 0},
        {"7f", GVM_OK, GVM_OK, 127},
        {"8180", GVM_OK, GVM_OK, 128},
        {"820400", GVM_OK, GVM_OK, 1024},
        {"88ffffffffffffffff", GVM_OK, GVM_OK, UINT64_MAX},
        {"89010000000000000002", GVM_ERR_RANGE, GVM_OK, 2},
        {"00", GVM_ERR_NON_CANONICAL, GVM_ERR_NON_CANONICAL, 0},
        {"820001", GVM_ERR_NON_CANONICAL, GVM_ERR_NON_CANONICAL, 0},
        {"c0", GVM_ERR_SYNTAX, GVM_ERR_SYNTAX, 0},
        {"", GVM_ERR_TRUNCATED, GVM_ERR_TRUNCATED, 0},
        {"a1010000000000000000000000000000000000000000000000000000000000000000", GVM_ERR_RANGE,
         GVM_ERR_RANGE, 0},
    };
    gvm_buf b = {0}, back = {0};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gvm_bytes in = unhex(&b, cases[i].hex);
        gvm_rlp_reader r = gvm_rlp_reader_make(in);
        uint64_t v;
        gvm_hash word;
        assert_int_equal(gvm_rlp_read_u64(&r, &v), cases[i].u64);
        assert_int_equal(gvm_rlp_done(&r), cases[i].u64 == GVM_OK || in.len == 0);
        r = gvm_rlp_reader_make(in);
        assert_int_equal(gvm_rlp_read_word(&r, &word), cases[i].word);
        if (cases[i].u64 == GVM_OK) {
            assert_true(v == cases[i].value);
            gvm_buf_clear(&back);
            gvm_rlp_put_u64(&back, v);
            assert_hex(&back, cases[i].hex);
            assert_int_equal(gvm_rlp_size_u64(v), back.len);
        }
        if (cases[i].word == GVM_OK) {
            assert_true(gvm_load_be64(word.b + 24) == cases[i].value);
            gvm_buf_clear(&back);
            gvm_rlp_put_word(&back, &word);
            assert_hex(&back, cases[i].hex);
            assert_int_equal(gvm_rlp_size_word(&word), back.len);
        }
    }
    gvm_buf_free(&b);
    gvm_buf_free(&back);
}

static void test_fixed_and_optional(void **state) {
    (void)state;
    gvm_buf b = {0};
    gvm_address a;
    bool present;
    gvm_rlp_reader r =
        gvm_rlp_reader_make(unhex(&b, "940102030405060708090a0b0c0d0e0f101112131480c0"));
    assert_int_equal(gvm_rlp_read_address_opt(&r, &a, &present), GVM_OK);
    assert_true(present && a.b[0] == 1 && a.b[19] == 20);
    gvm_hash h;
    assert_int_equal(gvm_rlp_read_hash(&r, &h), GVM_ERR_SYNTAX);
    assert_int_equal(gvm_rlp_read_address_opt(&r, &a, &present), GVM_OK);
    assert_true(!present && gvm_address_is_zero(&a));
    assert_int_equal(gvm_rlp_read_address(&r, &a), GVM_ERR_SYNTAX);
    assert_int_equal(gvm_rlp_read_end(&r), GVM_ERR_TRAILING);
    gvm_rlp_reader inside;
    assert_int_equal(gvm_rlp_read_list(&r, &inside), GVM_OK);
    assert_true(gvm_rlp_done(&inside) && gvm_rlp_done(&r));
    gvm_buf_free(&b);
}

/* Sizes around every change of the header's form: what is written is what was sized, reads back
 * whole, and the two ways to write a list agree. */
static void test_header_forms(void **state) {
    (void)state;
    static const size_t sizes[] = {0, 1, 2, 54, 55, 56, 57, 255, 256, 257, 65535, 65536, 70000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        gvm_buf content = {0}, a = {0}, l1 = {0}, l2 = {0};
        for (size_t k = 0; k < sizes[i]; k++) gvm_buf_put(&content, (uint8_t)(k % 127 + 1));
        gvm_rlp_put_bytes(&a, gvm_buf_bytes(&content));
        assert_int_equal(a.len, gvm_rlp_size_bytes(gvm_buf_bytes(&content)));
        gvm_rlp_item item;
        assert_int_equal(gvm_rlp_whole(gvm_buf_bytes(&a), &item), GVM_OK);
        assert_true(!item.is_list && gvm_bytes_equal(item.payload, gvm_buf_bytes(&content)));

        size_t mark = gvm_rlp_list_begin(&l1); /* a list of `sizes[i]` small integers */
        gvm_rlp_put_raw(&l1, gvm_buf_bytes(&content));
        gvm_rlp_list_end(&l1, mark);
        gvm_rlp_put_list_header(&l2, content.len);
        gvm_rlp_put_raw(&l2, gvm_buf_bytes(&content));
        assert_true(gvm_bytes_equal(gvm_buf_bytes(&l1), gvm_buf_bytes(&l2)));
        assert_int_equal(l1.len, gvm_rlp_size_list(content.len));
        gvm_rlp_reader r = gvm_rlp_reader_make(gvm_buf_bytes(&l1));
        size_t n;
        assert_int_equal(gvm_rlp_read_list(&r, &r), GVM_OK);
        assert_int_equal(gvm_rlp_count(&r, &n), GVM_OK);
        assert_int_equal(n, sizes[i]);
        for (size_t cut = 0; cut < l1.len && cut < 300; cut++) {
            assert_int_equal(gvm_rlp_check(gvm_bytes_make(l1.ptr, cut)), GVM_ERR_TRUNCATED);
        }
        gvm_buf_free(&content);
        gvm_buf_free(&a);
        gvm_buf_free(&l1);
        gvm_buf_free(&l2);
    }
}

static void test_depth_is_bounded(void **state) {
    (void)state;
    for (size_t depth = GVM_RLP_DEPTH_MAX - 1; depth <= GVM_RLP_DEPTH_MAX + 1; depth++) {
        gvm_buf b = {0};
        size_t marks[GVM_RLP_DEPTH_MAX + 1];
        for (size_t i = 0; i < depth; i++) marks[i] = gvm_rlp_list_begin(&b);
        for (size_t i = depth; i > 0; i--) gvm_rlp_list_end(&b, marks[i - 1]);
        assert_int_equal(gvm_rlp_check(gvm_buf_bytes(&b)),
                         depth <= GVM_RLP_DEPTH_MAX ? GVM_OK : GVM_ERR_LIMIT);
        gvm_buf_free(&b);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples_of_the_specification),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_fixed_and_optional),
        cmocka_unit_test(test_header_forms),
        cmocka_unit_test(test_depth_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
