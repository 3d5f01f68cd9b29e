/* The precompiled contracts against geth's cases: output, price, refusals. */
#include "support/curve_vectors.h"
#include "system/precompiles.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct {
    const char *file;
    unsigned address;
    gvm_fork fork;
} files[] = {
    {"ecRecover", 0x01, GVM_FORK_OSAKA},          {"modexp", 0x05, GVM_FORK_BYZANTIUM},
    {"modexp_eip2565", 0x05, GVM_FORK_BERLIN},    {"modexp_eip7883", 0x05, GVM_FORK_OSAKA},
    {"bn256Add", 0x06, GVM_FORK_OSAKA},           {"bn256ScalarMul", 0x07, GVM_FORK_OSAKA},
    {"bn256Pairing", 0x08, GVM_FORK_OSAKA},       {"blake2F", 0x09, GVM_FORK_OSAKA},
    {"pointEvaluation", 0x0a, GVM_FORK_OSAKA},    {"blsG1Add", 0x0b, GVM_FORK_OSAKA},
    {"blsG1Mul", 0x0c, GVM_FORK_OSAKA},           {"blsG1MultiExp", 0x0c, GVM_FORK_OSAKA},
    {"blsG2Add", 0x0d, GVM_FORK_OSAKA},           {"blsG2Mul", 0x0e, GVM_FORK_OSAKA},
    {"blsG2MultiExp", 0x0e, GVM_FORK_OSAKA},      {"blsPairing", 0x0f, GVM_FORK_OSAKA},
    {"blsMapG1", 0x10, GVM_FORK_OSAKA},           {"blsMapG2", 0x11, GVM_FORK_OSAKA},
    {"fail-blsG1Add", 0x0b, GVM_FORK_OSAKA},      {"fail-blsG1Mul", 0x0c, GVM_FORK_OSAKA},
    {"fail-blsG1MultiExp", 0x0c, GVM_FORK_OSAKA}, {"fail-blsG2Add", 0x0d, GVM_FORK_OSAKA},
    {"fail-blsG2Mul", 0x0e, GVM_FORK_OSAKA},      {"fail-blsPairing", 0x0f, GVM_FORK_OSAKA},
    {"fail-blsMapG1", 0x10, GVM_FORK_OSAKA},      {"fail-blsMapG2", 0x11, GVM_FORK_OSAKA},
    {"p256Verify", 0x100, GVM_FORK_OSAKA},
};

static bool check(yyjson_val *item, const gvm_native *native, const gvm_rules *rules) {
    gvm_buf in = vector_hex(item, "Input"), want = vector_hex(item, "Expected"), got = {0};
    bool fails = yyjson_obj_get(item, "ExpectedError") != NULL;
    bool ran = native->run(&got, gvm_buf_bytes(&in), rules), ok;
    if (fails)
        ok = !ran;
    else
        ok = ran && gvm_bytes_equal(gvm_buf_bytes(&got), gvm_buf_bytes(&want)) &&
             native->gas(rules, gvm_buf_bytes(&in)) == yyjson_get_sint(yyjson_obj_get(item, "Gas"));
    gvm_buf_free(&in);
    gvm_buf_free(&want);
    gvm_buf_free(&got);
    return ok;
}

static void test_geth(void **state) {
    (void)state;
    bool good = true;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[1024];
        struct stat st;
        snprintf(path, sizeof path, "%s/ethereum/geth/core-vm/precompiles/%s.json", vector_root(),
                 files[i].file);
        if (stat(path, &st) != 0) continue; /* blsG2Add is in no set that we know */
        const gvm_rules *rules = gvm_rules_get(files[i].fork);
        gvm_address at = {{0}};
        at.b[18] = (uint8_t)(files[i].address >> 8);
        at.b[19] = (uint8_t)files[i].address;
        const gvm_native *native = gvm_precompile_lookup(rules, &at);
        if (native == NULL) {
            printf("%s: no such contract\n", files[i].file);
            good = false;
            continue;
        }
        vector_count c = {.what = files[i].file};
        yyjson_doc *doc = vector_json(path + strlen(vector_root()) + 1);
        size_t j, n;
        yyjson_val *item;
        yyjson_arr_foreach(yyjson_doc_get_root(doc), j, n, item) {
            vector_check(&c, check(item, native, rules), files[i].file,
                         yyjson_get_str(yyjson_obj_get(item, "Name")));
        }
        yyjson_doc_free(doc);
        good &= vector_report(&c);
    }
    assert_true(good);
}

int main(void) {
    vector_need("ethereum/geth/core-vm");
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_geth)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
