/* Ethereum's state tests, every fork from Frontier to Osaka. */
#include "service/conformance/statetest.h"
#include "support/suite.h"

int main(void) {
    static const char *const paths[] = {"ethereum/eest-v5.4.0/state_tests",
                                        "ethereum/ethereum-tests/GeneralStateTests",
                                        "ethereum/legacytests/Cancun/GeneralStateTests",
                                        "ethereum/legacytests/Constantinople/GeneralStateTests"};
    return suite_main(&gvm_statetest_suite, paths, sizeof paths / sizeof paths[0]);
}
