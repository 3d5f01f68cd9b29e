#include "app/ghostvm/cmd.h"

#include "service/conformance/txtest.h"

int gvm_cmd_txtest(int argc, char **argv) {
    return gvm_conf_main(&gvm_txtest_suite, argc, argv, "TransactionTests");
}
