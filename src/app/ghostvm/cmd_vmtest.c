#include "app/ghostvm/cmd.h"

#include "service/conformance/vmtest.h"

int gvm_cmd_vmtest(int argc, char **argv) {
    return gvm_conf_main(&gvm_vmtest_suite, argc, argv, "VMTests of the legacy tests");
}
