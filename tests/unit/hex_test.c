#include "codec/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

/* The examples of execution-apis, "Hex value encoding". */
static void test_quantities_of_the_specification(void **state) {
    (void)state;
    static const struct {
        const char *text;
        gvm_status status;
        uint64_t value;
    } cases[] = {
        {"0x41", GVM_OK, 65},
        {"0x400", GVM_OK, 1024},
        {"0x0", GVM_OK, 0},
        {"0x", GVM_ERR_SYNTAX, 0},
        {"0x0400", GVM_ERR_NON_CANONICAL, 0},
        {"ff", GVM_ERR_SYNTAX, 0},
        {"0xffffffffffffffff", GVM_OK, UINT64_MAX},
        {"0x10000000000000000", GVM_ERR_RANGE, 0},
        {"0x4g", GVM_ERR_SYNTAX, 0},
        {"", GVM_ERR_SYNTAX, 0},
        {"0", GVM_ERR_SYNTAX, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t v = 0;
        gvm_hash word = {{0}};
        gvm_bytes text = gvm_bytes_str(cases[i].text);
        assert_int_equal(gvm_hex_parse_u64(&v, text, GVM_HEX_STRICT), cases[i].status);
        gvm_status want = cases[i].status == GVM_ERR_RANGE ? GVM_OK : cases[i].status;
        assert_int_equal(gvm_hex_parse_word(&word, text, GVM_HEX_STRICT), want);
        if (cases[i].status != GVM_OK) continue;
        assert_int_equal(v, cases[i].value);
        assert_int_equal(gvm_load_be64(word.b + 24), cases[i].value);
        char out[GVM_HEX_U64_SIZE];
        assert_int_equal(gvm_hex_quantity_u64(out, v), strlen(cases[i].text));
        assert_string_equal(out, cases[i].text);
        char wide[GVM_HEX_WORD_SIZE];
        assert_int_equal(gvm_hex_quantity_word(wide, &word), strlen(cases[i].text));
        assert_string_equal(wide, cases[i].text);
    }
}

static void test_loose_quantities(void **state) {
    (void)state;
    uint64_t v = 1;
    assert_int_equal(gvm_hex_parse_u64(&v, gvm_bytes_str("0x"), GVM_HEX_LOOSE), GVM_OK);
    assert_int_equal(v, 0);
    gvm_bytes padded = gvm_bytes_str("0x000000000000000000000000000000000000000A");
    assert_int_equal(gvm_hex_parse_u64(&v, padded, GVM_HEX_LOOSE), GVM_OK);
    assert_int_equal(v, 10);
    gvm_hash word;
    char text[70] = "0x";
    memset(text + 2, 'f', 65);
    assert_int_equal(gvm_hex_parse_word(&word, gvm_bytes_make(text, 67), GVM_HEX_LOOSE),
                     GVM_ERR_RANGE);
    assert_int_equal(gvm_hex_parse_word(&word, gvm_bytes_make(text, 66), GVM_HEX_LOOSE), GVM_OK);
    assert_int_equal(word.b[0], 0xff);
    assert_int_equal(word.b[31], 0xff);
}

static void test_data(void **state) {
    (void)state;
    static const struct {
        const char *text;
        gvm_hex_prefix prefix;
        gvm_status status;
    } cases[] = {
        {"0x41", GVM_HEX_PREFIX_REQUIRED, GVM_OK},
        {"0x", GVM_HEX_PREFIX_REQUIRED, GVM_OK},
        {"0xf0f0f", GVM_HEX_PREFIX_REQUIRED, GVM_ERR_SYNTAX},
        {"004200", GVM_HEX_PREFIX_REQUIRED, GVM_ERR_SYNTAX},
        {"004200", GVM_HEX_PREFIX_OPTIONAL, GVM_OK},
        {"0x00", GVM_HEX_PREFIX_NONE, GVM_ERR_SYNTAX},
        {"0x4g", GVM_HEX_PREFIX_REQUIRED, GVM_ERR_SYNTAX},
        {"0xg4", GVM_HEX_PREFIX_REQUIRED, GVM_ERR_SYNTAX},
        {"0x/4", GVM_HEX_PREFIX_REQUIRED, GVM_ERR_SYNTAX},
        {"0x4@", GVM_HEX_PREFIX_REQUIRED, GVM_ERR_SYNTAX},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gvm_buf out = {0};
        gvm_buf_put(&out, 7);
        assert_int_equal(gvm_hex_decode(&out, gvm_bytes_str(cases[i].text), cases[i].prefix),
                         cases[i].status);
        if (cases[i].status != GVM_OK) assert_int_equal(out.len, 1);
        gvm_buf_free(&out);
    }
}

static void test_fixed_sizes(void **state) {
    (void)state;
    gvm_address a;
    const char *text = "0x00000000000000000000000000000000DeaDBeef";
    assert_int_equal(gvm_hex_decode_address(&a, gvm_bytes_str(text)), GVM_OK);
    assert_int_equal(gvm_load_be32(a.b + 16), 0xdeadbeef);
    char out[GVM_HEX_ADDRESS_SIZE];
    assert_int_equal(gvm_hex_data_address(out, &a), 42);
    assert_string_equal(out, "0x00000000000000000000000000000000deadbeef");
    assert_int_equal(gvm_hex_decode_address(&a, gvm_bytes_make(text, 40)), GVM_ERR_RANGE);
    assert_int_equal(gvm_hex_decode_address(&a, gvm_bytes_make(text, 41)), GVM_ERR_SYNTAX);
    assert_int_equal(gvm_hex_decode_address(&a, gvm_bytes_make(text + 2, 40)), GVM_ERR_SYNTAX);
}

/* Every byte, written and read back. */
static void test_every_byte(void **state) {
    (void)state;
    uint8_t all[256];
    for (unsigned i = 0; i < 256; i++) all[i] = (uint8_t)i;
    gvm_buf text = {0}, back = {0};
    gvm_hex_put_data(&text, gvm_bytes_make(all, sizeof all));
    assert_int_equal(text.len, 514);
    assert_memory_equal(text.ptr, "0x000102", 8);
    assert_int_equal(gvm_hex_decode(&back, gvm_buf_bytes(&text), GVM_HEX_PREFIX_REQUIRED), GVM_OK);
    assert_int_equal(back.len, 256);
    assert_memory_equal(back.ptr, all, 256);
    for (unsigned i = 0; i < 256; i++) {
        char one[2] = {(char)i, 0};
        char *end;
        (void)strtoul(one, &end, 16);
        bool digit = i != 0 && end != one && i != ' ' && i != '+' && i != '-';
        assert_int_equal(gvm_hex_digit((uint8_t)i) >= 0, digit);
    }
    gvm_buf_free(&text);
    gvm_buf_free(&back);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quantities_of_the_specification),
        cmocka_unit_test(test_loose_quantities),
        cmocka_unit_test(test_data),
        cmocka_unit_test(test_fixed_sizes),
        cmocka_unit_test(test_every_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
