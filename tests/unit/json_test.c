#include "codec/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static yyjson_doc *parse(const char *text) {
    yyjson_doc *doc;
    gvm_error err = {0};
    gvm_status status = gvm_json_parse(&doc, gvm_bytes_str(text), NULL, &err);
    if (status != GVM_OK) print_error("%s\n", gvm_error_text(&err));
    assert_int_equal(status, GVM_OK);
    return doc;
}

static void test_faults_are_placed(void **state) {
    (void)state;
    yyjson_doc *doc;
    gvm_error err = {0};
    const char *text = "{\n  \"a\": 1,\n  \"b\": ?\n}";
    assert_int_equal(gvm_json_parse(&doc, gvm_bytes_str(text), NULL, &err), GVM_ERR_SYNTAX);
    assert_non_null(strstr(err.text, "line 3, column 8"));
    assert_null(doc);
    assert_int_equal(gvm_json_parse(&doc, gvm_bytes_str(""), NULL, &err), GVM_ERR_SYNTAX);
    assert_int_equal(gvm_json_parse(&doc, gvm_bytes_str("{} x"), NULL, &err), GVM_ERR_SYNTAX);
    assert_int_equal(gvm_json_parse(&doc, gvm_bytes_str("{\"a\": \"\\"), NULL, &err),
                     GVM_ERR_SYNTAX);
    gvm_json_limits limits = {.size = 10, .depth = 2};
    assert_int_equal(gvm_json_parse(&doc, gvm_bytes_str("[1, 2, 3, 4]"), &limits, &err),
                     GVM_ERR_LIMIT);
    assert_int_equal(gvm_json_parse(&doc, gvm_bytes_str("[[[]]]"), &limits, &err), GVM_ERR_LIMIT);
    assert_non_null(strstr(err.text, "line 1, column 3"));
    assert_int_equal(gvm_json_parse(&doc, gvm_bytes_str("[\"[[\\\"[\"]"), &limits, &err), GVM_OK);
    yyjson_doc_free(doc);
}

static void test_numbers(void **state) {
    (void)state;
    static const struct {
        const char *text;
        gvm_status quantity, hex, any;
        uint64_t value;
    } cases[] = {
        {"\"0x0\"", GVM_OK, GVM_OK, GVM_OK, 0},
        {"\"0x1f\"", GVM_OK, GVM_OK, GVM_OK, 31},
        {"\"0x001f\"", GVM_ERR_NON_CANONICAL, GVM_OK, GVM_OK, 31},
        {"\"0x\"", GVM_ERR_SYNTAX, GVM_OK, GVM_OK, 0},
        {"\"\"", GVM_ERR_SYNTAX, GVM_ERR_SYNTAX, GVM_ERR_SYNTAX, 0},
        {"31", GVM_ERR_SYNTAX, GVM_ERR_SYNTAX, GVM_OK, 31},
        {"\"31\"", GVM_ERR_SYNTAX, GVM_ERR_SYNTAX, GVM_OK, 31},
        {"-1", GVM_ERR_SYNTAX, GVM_ERR_SYNTAX, GVM_ERR_SYNTAX, 0},
        {"1.5", GVM_ERR_SYNTAX, GVM_ERR_SYNTAX, GVM_ERR_SYNTAX, 0},
        {"true", GVM_ERR_SYNTAX, GVM_ERR_SYNTAX, GVM_ERR_SYNTAX, 0},
        {"\"0x10000000000000000\"", GVM_ERR_RANGE, GVM_ERR_RANGE, GVM_ERR_RANGE, 0},
        {"18446744073709551616", GVM_ERR_SYNTAX, GVM_ERR_SYNTAX, GVM_ERR_RANGE, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        yyjson_doc *doc = parse(cases[i].text);
        gvm_json_at root = gvm_json_root(doc);
        gvm_status want[3] = {cases[i].quantity, cases[i].hex, cases[i].any};
        for (int form = 0; form < 3; form++) {
            uint64_t v = 99;
            assert_int_equal(gvm_json_u64(&v, &root, (gvm_json_number)form, NULL), want[form]);
            if (want[form] == GVM_OK) assert_int_equal(v, cases[i].value);
        }
        yyjson_doc_free(doc);
    }
    /* 2^256 - 1 in every way, and one more. */
    yyjson_doc *doc =
        parse("[115792089237316195423570985008687907853269984665640564039457584007913129639935,"
              "115792089237316195423570985008687907853269984665640564039457584007913129639936]");
    gvm_json_at root = gvm_json_root(doc), item;
    gvm_u256 v;
    assert_int_equal(gvm_json_item(&item, &root, 0, NULL), GVM_OK);
    assert_int_equal(gvm_json_u256(&v, &item, GVM_JSON_ANY, NULL), GVM_OK);
    assert_true(gvm_u256_eq(v, gvm_u256_max()));
    assert_int_equal(gvm_json_item(&item, &root, 1, NULL), GVM_OK);
    assert_int_equal(gvm_json_u256(&v, &item, GVM_JSON_ANY, NULL), GVM_ERR_RANGE);
    yyjson_doc_free(doc);
}

static void test_errors_name_the_place(void **state) {
    (void)state;
    yyjson_doc *doc =
        parse("{\"alloc\": {\"0x00000000000000000000000000000000000000aa\": {\"balance\": \"0x0g\","
              "\"slots\": [\"0x01\", 2], \"code\": \"0x6001f\"}}, \"none\": null}");
    gvm_json_at root = gvm_json_root(doc), alloc, account, slots, item;
    gvm_error err = {0};
    gvm_u256 v;
    assert_int_equal(gvm_json_get(&alloc, &root, "alloc", &err), GVM_OK);
    gvm_json_iter it;
    assert_int_equal(gvm_json_each(&it, &alloc, GVM_JSON_OBJECT, &err), GVM_OK);
    assert_true(gvm_json_step(&it, &account));
    gvm_address a;
    assert_int_equal(gvm_json_key_address(&a, &account, &err), GVM_OK);
    assert_int_equal(a.b[19], 0xaa);
    assert_int_equal(gvm_json_get_u256(&v, &account, "balance", GVM_JSON_HEX, &err),
                     GVM_ERR_SYNTAX);
    assert_string_equal(err.text,
                        "alloc.0x00000000000000000000000000000000000000aa.balance: expected a "
                        "number of at most 256 bits (hex after 0x), found \"0x0g\"");
    assert_int_equal(gvm_json_get(&slots, &account, "slots", &err), GVM_OK);
    assert_int_equal(gvm_json_item(&item, &slots, 1, &err), GVM_OK);
    gvm_hash h;
    assert_int_equal(gvm_json_hash(&h, &item, &err), GVM_ERR_SYNTAX);
    assert_string_equal(err.text,
                        "alloc.0x00000000000000000000000000000000000000aa.slots[1]: expected 32 "
                        "bytes (64 hex digits after 0x), found 2");
    gvm_buf code = {0};
    assert_int_equal(gvm_json_get_data(&code, &account, "code", &err), GVM_ERR_SYNTAX);
    assert_int_equal(gvm_json_get_data(&code, &account, "nonce", &err), GVM_ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, ".nonce: missing"));
    assert_int_equal(gvm_json_get_u256(&v, &slots, "x", GVM_JSON_ANY, &err), GVM_ERR_SYNTAX);
    assert_non_null(strstr(err.text, "expected an object, found an array"));
    assert_false(gvm_json_step(&it, &account));
    assert_false(gvm_json_find(&item, &root, "none"));
    assert_false(gvm_json_find(&item, &root, "other"));
    gvm_buf_free(&code);
    yyjson_doc_free(doc);
}

static void test_writing(void **state) {
    (void)state;
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *root = yyjson_mut_obj(doc);
    yyjson_mut_doc_set_root(doc, root);
    gvm_address a = {{0x11}};
    uint8_t large[200] = {0xab};
    assert_true(gvm_json_add_u64(doc, root, "nonce", 0));
    assert_true(gvm_json_add_u256(doc, root, "balance", gvm_u256_max()));
    assert_true(gvm_json_add_data(doc, root, "input", gvm_bytes_make(NULL, 0)));
    assert_true(gvm_json_add_data(doc, root, "code", gvm_bytes_make(large, sizeof large)));
    assert_true(gvm_json_add_address(doc, root, "from", &a));
    assert_true(gvm_json_add_hash(doc, root, "blockHash", NULL));
    gvm_buf out = {0};
    assert_int_equal(gvm_json_write(&out, doc, false), GVM_OK);
    gvm_buf_put(&out, 0);
    const char *text = (const char *)out.ptr;
    assert_non_null(
        strstr(text, "{\"nonce\":\"0x0\",\"balance\":\"0xffffffffffffffffffffffffffffffff"
                     "ffffffffffffffffffffffffffffffff\",\"input\":\"0x\",\"code\":\"0xab0000"));
    assert_non_null(strstr(
        text, "\"from\":\"0x1100000000000000000000000000000000000000\",\"blockHash\":null}"));
    gvm_buf_free(&out);
    yyjson_mut_doc_free(doc);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults_are_placed),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_errors_name_the_place),
        cmocka_unit_test(test_writing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
