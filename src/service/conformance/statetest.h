/* GeneralStateTests: one transaction over a state, checked by the root of the state after, the hash
 * of its logs, and where it must be refused by the reason.
 *
 * A test's id is "<path>::<name>[<fork>/d<i>g<j>v<k>]". Where the fixture has the transaction's
 * bytes, those are decoded and the sender is recovered from the signature; the JSON fields serve
 * where it has none. */
#ifndef GVM_SERVICE_CONFORMANCE_STATETEST_H
#define GVM_SERVICE_CONFORMANCE_STATETEST_H

#include "service/conformance/runner.h"

extern const gvm_conf_suite gvm_statetest_suite;

#endif
