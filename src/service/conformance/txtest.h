/* TransactionTests: a transaction's bytes, and for each fork its hash, sender and intrinsic gas, or
 * why it is none. Id: "<path>::<name>[<fork>]". */
#ifndef GVM_SERVICE_CONFORMANCE_TXTEST_H
#define GVM_SERVICE_CONFORMANCE_TXTEST_H

#include "service/conformance/runner.h"

extern const gvm_conf_suite gvm_txtest_suite;

#endif
