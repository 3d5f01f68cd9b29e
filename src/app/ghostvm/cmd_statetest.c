#include "app/ghostvm/cmd.h"

#include "service/conformance/statetest.h"

int gvm_cmd_statetest(int argc, char **argv) {
    return gvm_conf_main(&gvm_statetest_suite, argc, argv, "GeneralStateTests");
}
