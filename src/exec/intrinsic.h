/* Gas that a transaction costs before a single instruction runs. */
#ifndef GVM_EXEC_INTRINSIC_H
#define GVM_EXEC_INTRINSIC_H

#include "exec/tx.h"

typedef struct gvm_intrinsic {
    uint64_t gas;   /* taken before execution; UINT64_MAX where it does not fit */
    uint64_t floor; /* EIP-7623: the least that the transaction pays in the end; 0 where the fork
                       has none */
} gvm_intrinsic;

/* 21000, calldata (EIP-2028), creation (EIP-2) and init code words (EIP-3860), access list
 * (EIP-2930), authorizations (EIP-7702); of type 0x47 each byte of the lists of authorisations, in
 * the floor too, and each signature. */
gvm_intrinsic gvm_intrinsic_gas(const gvm_tx *tx, const gvm_rules *rules);

/* EIP-7702: the price of an authorization that turns out to add an account, and of one that does
 * not. The first is taken, the difference given back. */
#define GVM_GAS_AUTH_NEW  25000
#define GVM_GAS_AUTH_BASE 12500

#endif
