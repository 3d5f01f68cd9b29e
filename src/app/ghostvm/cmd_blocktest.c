#include "app/ghostvm/cmd.h"

#include "service/conformance/blocktest.h"

int gvm_cmd_blocktest(int argc, char **argv) {
    return gvm_conf_main(&gvm_blocktest_suite, argc, argv, "BlockchainTests");
}
