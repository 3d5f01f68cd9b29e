/* The archives of the vectors hold what their index counts. */
#include "support/vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void add_size(void *ctx, const char *name, gvm_bytes data) {
    (void)name;
    assert_int_equal(data.ptr[data.len], 0);
    *(size_t *)ctx += data.len;
}

static void test_counts_of_the_index(void **state) {
    (void)state;
    static const struct {
        const char *sub, *suffix;
        size_t files;
    } cases[] = {
        {"ethereum/ethereum-tests/TransactionTests.tar.zst", ".json", 210},
        {"ethereum/ethereum-tests/EOFTests.tar.zst", ".json", 104},
        {"ethereum/ethereum-tests/DifficultyTests.tar.zst", ".json", 17},
        {"ethereum/legacytests/Constantinople/VMTests", ".json", 501},
        {"ethereum/legacytests/Cancun/GeneralStateTests", ".json", 2384},
        {"ethereum/geth/tracetest.tar.zst", ".json", 97},
        {"wasm/spec-2.0/json.tar.zst", NULL, 4817},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (vectors_path(cases[i].sub) == NULL) continue;
        size_t bytes = 0, n = vectors_each(cases[i].sub, cases[i].suffix, NULL, add_size, &bytes);
        if (n != cases[i].files) print_error("%s: %zu files, %zu bytes\n", cases[i].sub, n, bytes);
        assert_int_equal(n, cases[i].files);
        assert_true(bytes > 0);
    }
}

int main(void) {
    vectors_require("ethereum");
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_counts_of_the_index)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
