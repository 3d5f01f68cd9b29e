/* The rules of each fork, as numbers in one table (rules.c). Code asks `rules->fork >= GVM_FORK_X`
 * for what is there or not, and reads every price that ever changed from here. */
#ifndef GVM_VM_RULES_H
#define GVM_VM_RULES_H

#include "base/bytes.h"

typedef enum gvm_fork {
    GVM_FORK_FRONTIER,
    GVM_FORK_HOMESTEAD,
    GVM_FORK_TANGERINE, /* EIP-150 */
    GVM_FORK_SPURIOUS,  /* EIP-158 and others */
    GVM_FORK_BYZANTIUM,
    GVM_FORK_CONSTANTINOPLE,
    GVM_FORK_PETERSBURG, /* "ConstantinopleFix" */
    GVM_FORK_ISTANBUL,
    GVM_FORK_BERLIN,
    GVM_FORK_LONDON,
    GVM_FORK_PARIS,
    GVM_FORK_SHANGHAI,
    GVM_FORK_CANCUN,
    GVM_FORK_PRAGUE,
    GVM_FORK_OSAKA,
    GVM_FORK_AMSTERDAM,
    GVM_FORK_COUNT
} gvm_fork;

typedef struct gvm_rules {
    gvm_fork fork;
    const char *name;
    bool ghost; /* Ghost's own rules on top */
    /* state access: before Berlin flat prices, from Berlin cold surcharges and the warm price */
    uint16_t sload, balance, extcodesize, extcodecopy, extcodehash, call, selfdestruct;
    uint16_t cold_sload, cold_account, warm_access;
    /* storage (EIP-1283, 2200, 2929, 3529) */
    bool net_sstore;              /* prices by original, current and new value */
    bool sstore_sentry;           /* EIP-2200: fails with 2300 gas or less left */
    uint16_t sstore_reset;        /* changing a clean non-zero slot; 5000, 2900 from Berlin */
    uint16_t sstore_clear_refund; /* 15000, 4800 from London */
    uint16_t exp_byte;            /* 10, 50 */
    uint16_t calldata_zero, calldata_nonzero;  /* 4; 68, 16 */
    uint16_t initcode_word;                    /* EIP-3860: 2, else 0 */
    uint32_t max_code_size, max_initcode_size; /* 0: none */
    uint8_t refund_quotient;                   /* of the gas used: 2, 5 */
    uint16_t selfdestruct_refund;              /* 24000, 0 from London */
    uint16_t floor_token;                      /* EIP-7623: 10 from Prague, else 0 */
    uint32_t max_tx_gas;                       /* EIP-7825: 2^24 from Osaka, else 0 */
} gvm_rules;

/* Never NULL for a fork of the enum. */
const gvm_rules *gvm_rules_get(gvm_fork fork);
/* The same with Ghost's own rules on top. */
const gvm_rules *gvm_rules_ghost(gvm_fork fork);
/* By the names of the official tests and of geth ("Frontier", "EIP150", "ConstantinopleFix",
 * "Merge", "Cancun", ...), letter case ignored; also "Paris", "BPO1".."BPO5" (Osaka's rules; the
 * blob schedule is the caller's). GVM_ERR_NOT_FOUND. */
GVM_NODISCARD gvm_status gvm_fork_by_name(gvm_fork *out, const char *name);

#endif
