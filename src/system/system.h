/* System contracts from outside: which there are, what engine runs them, what their tables say.
 *
 * They exist under the `ghost` rules alone, at the addresses of contracts.inc; a genesis gives each
 * account the one-byte code 0xfe, which is what a DELEGATECALL, CALLCODE or EIP-7702 delegation
 * reaches. Set vm->system = gvm_system_find to have them. */
#ifndef GVM_SYSTEM_SYSTEM_H
#define GVM_SYSTEM_SYSTEM_H

#include "system/contract.h"

/* The engine of the system contract at an address, or NULL. Fits gvm_vm.system. */
const gvm_engine *gvm_system_find(const gvm_address *address);

/* An address and what is there. */
typedef struct gvm_sys_entry {
    gvm_address address;
    uint32_t index; /* which of the contract's addresses */
    const gvm_sys_contract *contract;
} gvm_sys_entry;

/* All addresses, ascending. */
size_t gvm_system_count(void);
const gvm_sys_entry *gvm_system_at(size_t i);
/* By address; NULL. */
const gvm_sys_entry *gvm_system_entry(const gvm_address *address);
/* Addresses 0x..00 to 0x..ffff as contracts.inc writes them. */
gvm_address gvm_system_address(unsigned number);

/* A contract's row, parsed: with the names of structs put in place. Lives as long as the program.
 * NULL for structs. `fields` of a struct: its members as a tuple. */
typedef struct gvm_sys_item {
    const gvm_sys_row *row;
    gvm_abi_entry abi;          /* functions, events, errors */
    const gvm_abi_type *fields; /* structs */
    uint8_t selector[4];        /* functions, errors */
    bool plain;                 /* functions: every argument is one word */
} gvm_sys_item;

/* All rows of a contract in the table's order, the errors of every contract (errors.inc) first. */
const gvm_sys_item *gvm_system_items(size_t *count, const gvm_sys_contract *contract);
/* The function of a selector, or NULL. */
const gvm_sys_item *gvm_system_function(const gvm_sys_contract *contract,
                                        const uint8_t selector[4]);
/* The contract with that name ("Tokens"), letter case ignored; NULL. */
const gvm_sys_contract *gvm_system_by_name(const char *name);

#endif
