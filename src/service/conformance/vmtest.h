/* VMTests of the legacy tests: one piece of code run in a frame of its own under Frontier's rules;
 * checked by gas left, output, logs and the accounts after, or by its failing. Id:
 * "<path>::<name>".
 */
#ifndef GVM_SERVICE_CONFORMANCE_VMTEST_H
#define GVM_SERVICE_CONFORMANCE_VMTEST_H

#include "service/conformance/runner.h"

extern const gvm_conf_suite gvm_vmtest_suite;

#endif
