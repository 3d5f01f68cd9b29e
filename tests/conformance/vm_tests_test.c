/* The VMTests of Ethereum's legacy tests. */
#include "service/conformance/vmtest.h"
#include "support/suite.h"

int main(void) {
    static const char *const paths[] = {"ethereum/legacytests/Constantinople/VMTests"};
    return suite_main(&gvm_vmtest_suite, paths, sizeof paths / sizeof paths[0]);
}
