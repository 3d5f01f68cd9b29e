/* Ethereum's blockchain tests of Paris and later, and of transitions. */
#include "service/conformance/blocktest.h"
#include "support/suite.h"

int main(void) {
    static const char *const paths[] = {"ethereum/eest-v5.4.0/blockchain_tests",
                                        "ethereum/eest-bal-v5.7.0-alpha/blockchain_tests_for_osaka",

                                        "ethereum/ethereum-tests/BlockchainTests",
                                        "ethereum/legacytests/Cancun/BlockchainTests"};
    return suite_main(&gvm_blocktest_suite, paths, sizeof paths / sizeof paths[0]);
}
