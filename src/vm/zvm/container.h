/* The ZVM's container: what is deployed, and, behind EF 47 02, what an account's code is.
 *
 *   "ZVMC"  version u8 = 1  target u8 = 0  flags u8  pad u8 = 0  code_size u32 LE  abi_size u32 LE
 *   code (code_size bytes)  ABI JSON (abi_size bytes)  [constructor arguments, where flags say so]
 *
 * What is refused at deployment, so that nothing of it can run: a byte that is no instruction, an
 * instruction that may not be deployed, an immediate cut short by the code's end or out of its
 * range (DUPN 0, SWAPN 0, LOG 5), and a jump whose destination is pushed just before it and is not
 * a JUMPDEST. A JUMPDEST inside an immediate is none. The whole code section is instructions, from
 * its first byte on; data is what PUSH32 holds. */
#ifndef GVM_VM_ZVM_CONTAINER_H
#define GVM_VM_ZVM_CONTAINER_H

#include "base/bytes.h"
#include "base/status.h"

#define GVM_ZVM_HEADER 16
#define GVM_ZVM_PREFIX 3 /* EF 47 02 */

enum {
    GVM_ZVM_CONSTRUCTS = 1, /* flags: runs at construction, with what follows as calldata */
};

typedef struct gvm_zvm_container {
    uint8_t flags;
    gvm_bytes code, abi; /* views */
    gvm_bytes whole;     /* the container itself, from "ZVMC" to the ABI's end */
    gvm_bytes rest;      /* what follows it */
} gvm_zvm_container;

/* Begins as a container to deploy, or as an account's code that is one. */
bool gvm_zvm_is_container(gvm_bytes input);
bool gvm_zvm_is_deployed(gvm_bytes code);

/* Takes the parts apart, by sizes alone. GVM_ERR_NON_CANONICAL (magic, version, target, flags,
 * pad), GVM_ERR_TRUNCATED; err (may be NULL) says what was expected and what was found. */
GVM_NODISCARD gvm_status gvm_zvm_container_parse(gvm_zvm_container *out, gvm_bytes input,
                                                 gvm_error *err);
/* The rules above on a code section, in one pass. GVM_ERR_NON_CANONICAL. */
GVM_NODISCARD gvm_status gvm_zvm_code_check(gvm_bytes code, gvm_error *err);
/* Both, for deployment: rest must be empty where nothing takes it. */
GVM_NODISCARD gvm_status gvm_zvm_container_check(gvm_zvm_container *out, gvm_bytes input,
                                                 gvm_error *err);
/* Appends a container. */
void gvm_zvm_container_put(gvm_buf *out, uint8_t flags, gvm_bytes code, gvm_bytes abi);

#endif
