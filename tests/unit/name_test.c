#include "codec/name.h"

#include "codec/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct {
    const char *label, *ascii;
} labels[] = {
#include "name_labels.inc"
};

/* Verdicts of ens-normalize and idna (scripts/name-tables). */
static void labels_as_others_see_them(void **state) {
    (void)state;
    unsigned good = 0;
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        gvm_label l;
        gvm_label_fault fault = gvm_label_check(&l, gvm_bytes_str(labels[i].label));
        bool expected = labels[i].ascii[0] != 0;
        if ((fault == GVM_LABEL_OK) != expected)
            fail_msg("%s: %s, others %s", labels[i].label, gvm_label_fault_text(fault),
                     expected ? "accept" : "refuse");
        if (!expected) continue;
        good++;
        assert_true(
            gvm_bytes_equal(gvm_bytes_make(l.ascii, l.ascii_len), gvm_bytes_str(labels[i].ascii)));
        gvm_buf back = {0};
        assert_int_equal(gvm_name_from_ascii(&back, gvm_bytes_str(labels[i].ascii)), GVM_OK);
        assert_true(gvm_bytes_equal(gvm_buf_bytes(&back), gvm_bytes_str(labels[i].label)));
        gvm_buf_free(&back);
    }
    assert_true(good > 500);
}

static void faults_have_their_reason(void **state) {
    (void)state;
    static const struct {
        const char *label;
        gvm_label_fault fault;
    } cases[] = {
        {"", GVM_LABEL_EMPTY},
        {"a\xff", GVM_LABEL_UTF8},
        {"\xc0\x80", GVM_LABEL_UTF8},
        {"\xed\xa0\x80", GVM_LABEL_UTF8},
        {"a\xe2\x82", GVM_LABEL_UTF8},
        {"Alice", GVM_LABEL_CAPITAL},
        {"a_b", GVM_LABEL_CHARACTER},
        {"a\xf0\x9f\x98\x80", GVM_LABEL_CHARACTER},
        {"e\xcc\x81", GVM_LABEL_COMPOSED},
        {"-a", GVM_LABEL_HYPHEN_ENDS},
        {"a-", GVM_LABEL_HYPHEN_ENDS},
        {"xn--p1ai", GVM_LABEL_HYPHEN_34},
        {"\xd0\xb0pple", GVM_LABEL_MIXED},
        {"\xd0\xb0\xd1\x80\xd1\x80\xd3\x8f\xd0\xb5", GVM_LABEL_CONFUSABLE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gvm_label l;
        assert_string_equal(
            gvm_label_fault_text(gvm_label_check(&l, gvm_bytes_str(cases[i].label))),
            gvm_label_fault_text(cases[i].fault));
    }
    char label[65];
    gvm_label l;
    memset(label, 'a', sizeof label);
    assert_int_equal(gvm_label_check(&l, gvm_bytes_make(label, 63)), GVM_LABEL_OK);
    assert_int_equal(gvm_label_check(&l, gvm_bytes_make(label, 64)), GVM_LABEL_LONG);
}

static void whole_names(void **state) {
    (void)state;
    uint32_t at;
    assert_int_equal(gvm_name_check(&at, gvm_bytes_str("alice.ghost")), GVM_LABEL_OK);
    assert_int_equal(gvm_name_check(&at, gvm_bytes_str("")), GVM_LABEL_EMPTY);
    assert_int_equal(gvm_name_check(&at, gvm_bytes_str("alice..ghost")), GVM_LABEL_EMPTY);
    assert_int_equal(at, 1);
    assert_int_equal(gvm_name_check(&at, gvm_bytes_str("alice.")), GVM_LABEL_EMPTY);
    /* 1a is a good label, but not beside one written from right to left */
    assert_int_equal(gvm_name_check(&at, gvm_bytes_str("1a.ghost")), GVM_LABEL_OK);
    assert_int_equal(gvm_name_check(&at, gvm_bytes_str("1a.\xd7\xa9\xd7\x9c.ghost")),
                     GVM_LABEL_BIDI);
    assert_int_equal(at, 0);
    char name[300];
    memset(name, 'a', sizeof name);
    for (size_t i = 49; i < sizeof name; i += 50) name[i] = '.';
    assert_int_equal(gvm_name_check(&at, gvm_bytes_make(name, 253)), GVM_LABEL_OK);
    assert_int_equal(gvm_name_check(&at, gvm_bytes_make(name, 254)), GVM_LABEL_NAME_LONG);
}

static void normal_forms(void **state) {
    (void)state;
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"Alice.GHOST", "alice.ghost"},
        {"CAFE\xcc\x81.ghost", "caf\xc3\xa9.ghost"},
        {"\xef\xbd\x81\xef\xbd\x82.ghost", "ab.ghost"}, /* full width */
        {"\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", "\xed\x95\x9c"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gvm_buf out = {0};
        assert_int_equal(gvm_name_normalise(&out, gvm_bytes_str(cases[i].in)), GVM_OK);
        assert_true(gvm_bytes_equal(gvm_buf_bytes(&out), gvm_bytes_str(cases[i].out)));
        gvm_buf_free(&out);
    }
    gvm_buf out = {0};
    assert_int_equal(gvm_name_normalise(&out, gvm_bytes_str("a\xff")), GVM_ERR_SYNTAX);
    gvm_buf_free(&out);
}

/* The examples of EIP-137. */
static void hashes_of_names(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"", "0x0000000000000000000000000000000000000000000000000000000000000000"},
        {"eth", "0x93cdeb708b7545dc668eb9280176169d1c33cfd8ed6f04690a0bcc88a93fc4ae"},
        {"foo.eth", "0xde9b09fd7c5f901e23a3f19fecc54828e9c848539801e86591bd9801b019f84f"},
    };
    for (size_t i = 0; i < 3; i++) {
        gvm_hash expected, got;
        assert_int_equal(gvm_hex_decode_hash(&expected, gvm_bytes_str(cases[i][1])), GVM_OK);
        gvm_namehash(&got, gvm_bytes_str(cases[i][0]));
        assert_true(gvm_hash_equal(&got, &expected));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_as_others_see_them),
        cmocka_unit_test(faults_have_their_reason),
        cmocka_unit_test(whole_names),
        cmocka_unit_test(normal_forms),
        cmocka_unit_test(hashes_of_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
