/* Ethereum's state tests under Ghost's rules: what brings no Ghost container and none of Ghost's
 * state must not see them, to the root. */
#include "service/conformance/statetest.h"
#include "support/suite.h"

int main(void) {
    static const char *const paths[] = {"ethereum/eest-v5.4.0/state_tests",
                                        "ethereum/ethereum-tests/GeneralStateTests",
                                        "ethereum/legacytests/Cancun/GeneralStateTests",
                                        "ethereum/legacytests/Constantinople/GeneralStateTests"};
    return suite_main_ghost(&gvm_statetest_suite, paths, sizeof paths / sizeof paths[0]);
}
