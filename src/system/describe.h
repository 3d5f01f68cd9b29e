/* What the tables of system contracts say, in the forms that others read: JSON ABI, Solidity
 * interface, Markdown, and the slots of their storage. Everything is appended to `out`. */
#ifndef GVM_SYSTEM_DESCRIBE_H
#define GVM_SYSTEM_DESCRIBE_H

#include "system/system.h"

/* The ABI as solc writes it, an entry a line. */
void gvm_system_put_abi(gvm_buf *out, const gvm_sys_contract *contract);
/* contracts/interfaces/I<Name>.sol. */
void gvm_system_put_interface(gvm_buf *out, const gvm_sys_contract *contract);
/* docs/system-contracts.md. */
void gvm_system_put_docs(gvm_buf *out);
/* {"Tokens":[{"field":"rates","slot":4},...],...}: what our code takes for the slots that
 * contracts/system/<Name>.sol declares. */
void gvm_system_put_slots(gvm_buf *out);

#endif
