/* BN254 against geth's precompile cases and constantine's scalar multiplications. */
#include "crypto/bn254.h"

#include "support/curve_vectors.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Input as the EVM takes it: cut or filled with zeros to `size`. */
static void fit(uint8_t *to, size_t size, gvm_bytes in) {
    memset(to, 0, size);
    if (in.len > 0) memcpy(to, in.ptr, in.len < size ? in.len : size);
}

static gvm_status add(gvm_buf *out, gvm_bytes in) {
    uint8_t fixed[128];
    fit(fixed, sizeof fixed, in);
    return gvm_bn254_add(gvm_buf_extend(out, 64), fixed);
}

static gvm_status mul(gvm_buf *out, gvm_bytes in) {
    uint8_t fixed[96];
    fit(fixed, sizeof fixed, in);
    return gvm_bn254_mul(gvm_buf_extend(out, 64), fixed);
}

static gvm_status pairing(gvm_buf *out, gvm_bytes in) {
    bool ok = false;
    if (in.len % GVM_BN254_PAIR != 0) return GVM_ERR_ARGUMENT;
    GVM_TRY(gvm_bn254_pairing_check(&ok, in.ptr, in.len / GVM_BN254_PAIR));
    uint8_t word[32] = {[31] = ok};
    gvm_buf_append(out, word, sizeof word);
    return GVM_OK;
}

static void test_geth_precompiles(void **state) {
    (void)state;
    vector_count c = {.what = "geth bn256"};
    vector_precompile(&c, "bn256Add", add, false);
    vector_precompile(&c, "bn256ScalarMul", mul, false);
    vector_precompile(&c, "bn256Pairing", pairing, false);
    assert_true(vector_report(&c));
}

static void read_g1(uint8_t out[64], yyjson_val *point) {
    vector_number(out, 32, point, "x");
    vector_number(out + 32, 32, point, "y");
}

static void read_g2(uint8_t out[128], yyjson_val *point) {
    yyjson_val *x = yyjson_obj_get(point, "x"), *y = yyjson_obj_get(point, "y");
    vector_number(out, 32, x, "c1");
    vector_number(out + 32, 32, x, "c0");
    vector_number(out + 64, 32, y, "c1");
    vector_number(out + 96, 32, y, "c0");
}

static void test_scalar_multiplication(void **state) {
    (void)state;
    static const char *const files[] = {"G1_32bit", "G1_64bit", "G1_128bit", "G1_254bit",
                                        "G2_32bit", "G2_64bit", "G2_128bit"};
    vector_count c = {.what = "curve-scalar-mul BN254"};
    for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
        char path[256];
        snprintf(path, sizeof path, "crypto/curve-scalar-mul/tv_BN254_Snarks_scalar_mul_%s.json",
                 files[f]);
        yyjson_doc *doc = vector_json(path);
        size_t i, n;
        yyjson_val *item;
        yyjson_arr_foreach(yyjson_obj_get(yyjson_doc_get_root(doc), "vectors"), i, n, item) {
            uint8_t in[160], want[128], got[128] = {0};
            yyjson_val *p = yyjson_obj_get(item, "P"), *q = yyjson_obj_get(item, "Q");
            gvm_status s;
            size_t size = files[f][1] == '1' ? 64 : 128;
            if (size == 64) {
                read_g1(in, p);
                read_g1(want, q);
                vector_number(in + 64, 32, item, "scalar");
                s = gvm_bn254_mul(got, in);
            } else {
                read_g2(in, p);
                read_g2(want, q);
                vector_number(in + 128, 32, item, "scalar");
                s = gvm_bn254_g2_mul(got, in);
            }
            vector_check(&c, s == GVM_OK && memcmp(got, want, size) == 0, path, "case");
        }
        yyjson_doc_free(doc);
    }
    assert_true(vector_report(&c));
}

int main(void) {
    vector_need("ethereum/geth/core-vm/precompiles/bn256Add.json");
    vector_need("crypto/curve-scalar-mul");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_geth_precompiles),
        cmocka_unit_test(test_scalar_multiplication),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
