#include "codec/toml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_what_is_taken(void **state) {
    (void)state;
    /* Pieces of the examples of toml.io/en/v1.0.0. */
    static const char text[] =
        "\xef\xbb\xbf# This is a full-line comment\r\n"
        "key = \"value\"  # This is a comment at the end of a line\n"
        "bare-key_1 = 'C:\\Users\\nodejs'\n"
        "str = \"I'm a string. \\\"You can quote me\\\". Name\\tJos\\u00E9\\nLocation\\tSF.\"\n"
        "int1 = +99\nint4 = -17\nint5 = 1_000\nhex2 = 0xdead_beef\noct1 = 0o01234567\n"
        "bin1 = 0b11010110\nmin = -9223372036854775808\n"
        "bool1 = true\n"
        "integers = [ 1, 2,\n  3, # this is ok\n]\nempty = []\n"
        "physical.color = \"orange\"\nphysical . shape = \"round\"\n"
        "[ dog . tater ]\ntype.name = \"pug\"\n[dog]\nx=1";
    gvm_arena arena = {0};
    gvm_toml t;
    gvm_error err = {0};
    gvm_status status = gvm_toml_parse(&t, &arena, "t", gvm_bytes_str(text), &err);
    if (status != GVM_OK) print_error("%s\n", err.text);
    assert_int_equal(status, GVM_OK);
    assert_string_equal(gvm_toml_get(&t, "key")->text, "value");
    assert_string_equal(gvm_toml_get(&t, "bare-key_1")->text, "C:\\Users\\nodejs");
    assert_string_equal(gvm_toml_get(&t, "str")->text,
                        "I'm a string. \"You can quote me\". Name\tJos\xc3\xa9\nLocation\tSF.");
    assert_int_equal(gvm_toml_get(&t, "int1")->integer, 99);
    assert_int_equal(gvm_toml_get(&t, "int4")->integer, -17);
    assert_int_equal(gvm_toml_get(&t, "int5")->integer, 1000);
    assert_int_equal(gvm_toml_get(&t, "hex2")->integer, 0xdeadbeef);
    assert_int_equal(gvm_toml_get(&t, "oct1")->integer, 342391);
    assert_int_equal(gvm_toml_get(&t, "bin1")->integer, 214);
    assert_true(gvm_toml_get(&t, "min")->integer == INT64_MIN);
    assert_true(gvm_toml_get(&t, "bool1")->boolean);
    const gvm_toml_value *a = gvm_toml_get(&t, "integers");
    assert_int_equal(a->count, 3);
    assert_int_equal(a->items[2].integer, 3);
    assert_int_equal(gvm_toml_get(&t, "empty")->count, 0);
    assert_string_equal(gvm_toml_get(&t, "physical.shape")->text, "round");
    assert_string_equal(gvm_toml_get(&t, "dog.tater.type.name")->text, "pug");
    assert_int_equal(gvm_toml_get(&t, "dog.x")->integer, 1);
    assert_null(gvm_toml_get(&t, "dog"));
    assert_int_equal(t.entries[t.count - 1].line, 22);
    gvm_arena_free(&arena);
}

static void test_what_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *text;
        gvm_status status;
    } cases[] = {
        {"key = # INVALID", GVM_ERR_SYNTAX},
        {"first = \"Tom\" last = \"Preston-Werner\"", GVM_ERR_SYNTAX},
        {"= \"no key name\"", GVM_ERR_SYNTAX},
        {"\"\" = \"blank\"", GVM_ERR_UNSUPPORTED},
        {"a = 1\na = 2", GVM_ERR_SYNTAX},
        {"fruit.apple = 1\nfruit.apple.smooth = true", GVM_ERR_SYNTAX},
        {"fruit.apple.smooth = true\nfruit.apple = 1", GVM_ERR_SYNTAX},
        {"[fruit]\napple = \"red\"\n[fruit]\norange = 1", GVM_ERR_SYNTAX},
        {"a = 01", GVM_ERR_SYNTAX},
        {"a = 1__0", GVM_ERR_SYNTAX},
        {"a = 1_", GVM_ERR_SYNTAX},
        {"a = 0x", GVM_ERR_SYNTAX},
        {"a = +0x1", GVM_ERR_SYNTAX},
        {"a = 9223372036854775808", GVM_ERR_RANGE},
        {"a = 3.1", GVM_ERR_UNSUPPORTED},
        {"a = 1e3", GVM_ERR_UNSUPPORTED},
        {"a = 1979-05-27T07:32:00Z", GVM_ERR_UNSUPPORTED},
        {"a = {}", GVM_ERR_UNSUPPORTED},
        {"[[a]]", GVM_ERR_UNSUPPORTED},
        {"a = [[1]]", GVM_ERR_UNSUPPORTED},
        {"a = \"\"\"x\"\"\"", GVM_ERR_UNSUPPORTED},
        {"a = \"x", GVM_ERR_SYNTAX},
        {"a = \"x\ny\"", GVM_ERR_SYNTAX},
        {"a = \"\\z\"", GVM_ERR_SYNTAX},
        {"a = \"\\ud800\"", GVM_ERR_SYNTAX},
        {"a = \"\\u0000\"", GVM_ERR_SYNTAX},
        {"a = \"\xff\"", GVM_ERR_SYNTAX},
        {"a = \"\xc0\x80\"", GVM_ERR_SYNTAX},
        {"a = [1, 2", GVM_ERR_SYNTAX},
        {"a = [1 2]", GVM_ERR_SYNTAX},
        {"a = True", GVM_ERR_SYNTAX},
        {"a", GVM_ERR_SYNTAX},
        {"[a", GVM_ERR_SYNTAX},
        {"a. = 1", GVM_ERR_SYNTAX},
        {"a = 1\r", GVM_ERR_SYNTAX},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gvm_arena arena = {0};
        gvm_toml t;
        gvm_error err = {0};
        gvm_status got = gvm_toml_parse(&t, &arena, "t", gvm_bytes_str(cases[i].text), &err);
        if (got != cases[i].status) print_error("%s: %s\n", cases[i].text, gvm_status_name(got));
        assert_int_equal(got, cases[i].status);
        assert_non_null(strstr(err.text, "t, line "));
        gvm_arena_free(&arena);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_taken),
        cmocka_unit_test(test_what_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
