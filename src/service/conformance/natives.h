/* The precompiled contracts as test runners call them: the same, but BLAKE2 F with more than a
 * million rounds is computed once for each input. Fixtures ask for 2^32-1 rounds (half a minute)
 * and repeat the question under every fork. */
#ifndef GVM_SERVICE_CONFORMANCE_NATIVES_H
#define GVM_SERVICE_CONFORMANCE_NATIVES_H

#include "vm/vm.h"

/* Fits gvm_vm.natives; any number of threads. */
const gvm_native *gvm_conf_natives(const gvm_rules *rules, const gvm_address *address);

#endif
