/* The ZVM as an engine (vm/vm.h): native Ghost bytecode, in containers (vm/zvm/container.h).
 *
 * Frames whose code begins with EF 47 02, and creations whose input begins with "ZVMC". A creation
 * checks the container; where its flags say so, its code runs with the constructor's arguments as
 * calldata (EXTCODESIZE of itself is 0 then, as with the EVM), and what it returns is dropped; then
 * EF 47 02 and the container are the result's output, to be stored. Refused containers end with
 * BAD_CONTAINER. */
#ifndef GVM_VM_ZVM_ZVM_H
#define GVM_VM_ZVM_ZVM_H

#include "vm/vm.h"

extern const gvm_engine gvm_zvm_engine;

#endif
