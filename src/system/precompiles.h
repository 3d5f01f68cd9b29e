/* The EVM's precompiled contracts: addresses 0x01 to 0x11 and 0x100, each from the fork that
 * brought it, with prices by fork (EIP-152, 196, 197, 198, 1108, 2537, 2565, 4844, 7823, 7883,
 * 7951). */
#ifndef GVM_SYSTEM_PRECOMPILES_H
#define GVM_SYSTEM_PRECOMPILES_H

#include "vm/vm.h"

/* The contract at an address, or NULL; fits gvm_vm.natives. */
const gvm_native *gvm_precompile_lookup(const gvm_rules *rules, const gvm_address *address);

/* Every address that has one under the rules, ascending (a transaction finds them warm, EIP-2929).
 * Returns how many; out holds GVM_PRECOMPILE_MOST. */
#define GVM_PRECOMPILE_MOST 18
size_t gvm_precompile_addresses(gvm_address out[GVM_PRECOMPILE_MOST], const gvm_rules *rules);

#endif
