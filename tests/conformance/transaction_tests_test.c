/* Ethereum's transaction tests. */
#include "service/conformance/txtest.h"
#include "support/suite.h"

int main(void) {
    static const char *const paths[] = {"ethereum/ethereum-tests/TransactionTests.tar.zst"};
    return suite_main(&gvm_txtest_suite, paths, sizeof paths / sizeof paths[0]);
}
