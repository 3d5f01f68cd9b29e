#include "codec/rdata.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static const struct {
    const char *type, *text, *data;
} vectors[] = {
#include "rdata_vectors.inc"
};

static void check_one(const char *type_name, const char *text, const char *expected) {
    uint16_t type;
    gvm_buf data = {0}, printed = {0}, again = {0};
    gvm_error err = {0};
    assert_int_equal(gvm_rtype_find(&type, gvm_bytes_str(type_name)), GVM_OK);
    gvm_status status = gvm_rdata_parse(&data, &err, type, gvm_bytes_str(text));
    if (expected[0] == 0) {
        if (status == GVM_OK) fail_msg("%s %s is accepted", type_name, text);
        assert_int_equal(data.len, 0);
        assert_true(err.text[0] != 0);
    } else {
        if (status != GVM_OK) fail_msg("%s %s: %s", type_name, text, err.text);
        char hex[1024] = "";
        for (size_t i = 0; i < data.len; i++) (void)snprintf(hex + 2 * i, 3, "%02x", data.ptr[i]);
        assert_string_equal(hex, expected);
        gvm_rdata_print(&printed, type, gvm_buf_bytes(&data));
        assert_int_equal(gvm_rdata_parse(&again, &err, type, gvm_buf_bytes(&printed)), GVM_OK);
        assert_true(gvm_bytes_equal(gvm_buf_bytes(&again), gvm_buf_bytes(&data)));
        /* cut or lengthened, a number or a name is no more what it was */
        if (type == GVM_RTYPE_A || type == GVM_RTYPE_MX || type == GVM_RTYPE_SRV) {
            gvm_buf_put(&data, 0);
            assert_int_not_equal(gvm_rdata_check(NULL, type, gvm_buf_bytes(&data)), GVM_OK);
            data.len -= 2;
            assert_int_not_equal(gvm_rdata_check(NULL, type, gvm_buf_bytes(&data)), GVM_OK);
        }
    }
    gvm_buf_free(&data);
    gvm_buf_free(&printed);
    gvm_buf_free(&again);
}

/* What dnspython makes of the same text. */
static void data_as_others_write_it(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        check_one(vectors[i].type, vectors[i].text, vectors[i].data);
}

/* Stricter than dnspython: RFC 6698 and 8659 give the lengths and letters. */
static void data_refused(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"TLSA", "3 1 2 d2abde"},    {"CAA", "0 is-sue x"},
        {"GHOST", "alice"},          {"GHOST", "\"did:ghost:a b\""},
        {"CONTRACT", "0x1234"},      {"HTTPS", "0 . port=1"},
        {"HTTPS", "1 . key65535=x"}, {"TXT", ""},
        {"HTTPS", "1 . alpn="},      {"HTTPS", "1 . mandatory=mandatory"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_one(cases[i][0], cases[i][1], "");
    assert_int_equal(gvm_rdata_check(NULL, 6, gvm_bytes_str("x")), GVM_ERR_UNSUPPORTED);
    /* a name with a pointer, with a capital, without an end */
    static const char *const names[] = {"\xc0\x0c",
                                        "\x01"
                                        "A\0",
                                        "\x01"
                                        "a"};
    static const size_t lens[] = {2, 3, 2};
    for (size_t i = 0; i < 3; i++)
        assert_int_not_equal(gvm_rdata_check(NULL, GVM_RTYPE_NS, gvm_bytes_make(names[i], lens[i])),
                             GVM_OK);
}

static void text_forges_nothing(void **state) {
    (void)state;
    gvm_buf text = {0};
    static const char evil[] = "\x1f\"\nevil.ghost. 300 IN A 6.6.6.6\\\0";
    gvm_bytes data = gvm_bytes_make(evil, 32);
    assert_int_equal(gvm_rdata_check(NULL, GVM_RTYPE_TXT, data), GVM_OK);
    gvm_rdata_print(&text, GVM_RTYPE_TXT, data);
    gvm_buf_put(&text, 0);
    assert_null(strchr((const char *)text.ptr, '\n'));
    assert_non_null(strstr((const char *)text.ptr, "\\\"\\010evil"));
    gvm_buf_free(&text);
}

static void own_types(void **state) {
    (void)state;
    uint16_t type;
    check_one("GHOST", "did:ghost:alice", "6469643a67686f73743a616c696365");
    check_one("CONTRACT", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
              "5aaeb6053f3e94c9b9a09f33669435e7ef1beaed");
    check_one("WALLET", "ETH 0x01",
              "03455448043078303"
              "1");
    assert_int_equal(gvm_rtype_find(&type, gvm_bytes_str("type28")), GVM_OK);
    assert_int_equal(type, GVM_RTYPE_AAAA);
    assert_int_equal(gvm_rtype_find(&type, gvm_bytes_str("SOA")), GVM_ERR_NOT_FOUND);
    assert_int_equal(gvm_rtype_find(&type, gvm_bytes_str("TYPE999999")), GVM_ERR_NOT_FOUND);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_as_others_write_it),
        cmocka_unit_test(data_refused),
        cmocka_unit_test(text_forges_nothing),
        cmocka_unit_test(own_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
