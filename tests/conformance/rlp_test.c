/* ethereum/tests RLPTests: what is valid encodes to the bytes and decodes to the value; what is not
 * is refused. */
#include "codec/hex.h"
#include "codec/json.h"
#include "codec/rlp.h"
#include "support/vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <gmp.h>

#include <cmocka.h>

typedef struct tally {
    size_t cases, wrong;
} tally;

/* A value that is no list: its bytes. "#123" is a number of any size. */
static void scalar_bytes(gvm_buf *out, yyjson_val *v) {
    char text[32];
    const char *digits = text;
    if (yyjson_is_str(v)) {
        digits = yyjson_get_str(v);
        if (digits[0] != '#') {
            gvm_buf_append(out, digits, yyjson_get_len(v));
            return;
        }
        digits++;
    } else {
        assert_true(yyjson_is_uint(v));
        (void)snprintf(text, sizeof text, "%llu", (unsigned long long)yyjson_get_uint(v));
    }
    mpz_t n;
    assert_int_equal(mpz_init_set_str(n, digits, 10), 0);
    if (mpz_sgn(n) != 0) {
        size_t len = (mpz_sizeinbase(n, 2) + 7) / 8;
        uint8_t *at = gvm_buf_extend(out, len);
        (void)mpz_export(at, NULL, 1, 1, 1, 0, n);
    }
    mpz_clear(n);
}

/* Walks the value of the test and the encoding side by side (recursion is bounded by the test's own
 * JSON). */
static bool same(yyjson_val *v, gvm_rlp_reader *r, gvm_buf *encoded) {
    gvm_rlp_item item;
    if (gvm_rlp_next(r, &item) != GVM_OK) return false;
    if (!yyjson_is_arr(v)) {
        gvm_buf bytes = {0};
        scalar_bytes(&bytes, v);
        gvm_rlp_put_bytes(encoded, gvm_buf_bytes(&bytes));
        bool equal = !item.is_list && gvm_bytes_equal(item.payload, gvm_buf_bytes(&bytes));
        gvm_buf_free(&bytes);
        return equal;
    }
    if (!item.is_list) return false;
    gvm_rlp_reader inside = gvm_rlp_reader_make(item.payload);
    size_t mark = gvm_rlp_list_begin(encoded), i, max;
    yyjson_val *child;
    yyjson_arr_foreach(v, i, max, child) {
        if (!same(child, &inside, encoded)) return false;
    }
    gvm_rlp_list_end(encoded, mark);
    return gvm_rlp_done(&inside);
}

static bool holds(yyjson_val *in, gvm_bytes bytes) {
    if (yyjson_equals_str(in, "INVALID")) return gvm_rlp_check(bytes) != GVM_OK;
    if (gvm_rlp_check(bytes) != GVM_OK) return false;
    if (yyjson_equals_str(in, "VALID")) return true;
    gvm_buf encoded = {0};
    gvm_rlp_reader r = gvm_rlp_reader_make(bytes);
    bool ok = same(in, &r, &encoded) && gvm_rlp_done(&r) &&
              gvm_bytes_equal(gvm_buf_bytes(&encoded), bytes);
    gvm_buf_free(&encoded);
    return ok;
}

static void run_file(void *ctx, const char *name, gvm_bytes data) {
    tally *t = ctx;
    yyjson_doc *doc;
    gvm_error err = {0};
    assert_int_equal(gvm_json_parse(&doc, data, NULL, &err), GVM_OK);
    gvm_json_at root = gvm_json_root(doc), test;
    gvm_json_iter it;
    assert_int_equal(gvm_json_each(&it, &root, GVM_JSON_OBJECT, &err), GVM_OK);
    while (gvm_json_step(&it, &test)) {
        gvm_bytes text;
        gvm_buf bytes = {0};
        assert_int_equal(gvm_json_get_string(&text, &test, "out", &err), GVM_OK);
        assert_int_equal(gvm_hex_decode(&bytes, text, GVM_HEX_PREFIX_OPTIONAL), GVM_OK);
        t->cases++;
        if (!holds(yyjson_obj_get(test.val, "in"), gvm_buf_bytes(&bytes))) {
            t->wrong++;
            print_error("wrong: %s: %s\n", name, test.key);
        }
        gvm_buf_free(&bytes);
    }
    yyjson_doc_free(doc);
}

static void test_all(void **state) {
    (void)state;
    tally t = {0};
    (void)vectors_each("ethereum/ethereum-tests/RLPTests", ".json", NULL, run_file, &t);
    print_message("RLPTests: %zu cases, %zu wrong\n", t.cases, t.wrong);
    assert_int_equal(t.wrong, 0);
    assert_true(t.cases >= 50);
}

int main(void) {
    vectors_require("ethereum/ethereum-tests/RLPTests");
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_all)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
