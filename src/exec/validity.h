/* Whether a transaction may be included, in three questions, from the cheapest on. The pool asks
 * the first and the third, a block all three. Every refusal has its own status code. */
#ifndef GVM_EXEC_VALIDITY_H
#define GVM_EXEC_VALIDITY_H

#include "exec/fees.h"
#include "exec/intrinsic.h"
#include "system/tokens.h"

/* What a block lends to its transactions, and how much of it is used up. */
typedef struct gvm_exec_block {
    gvm_blob_params blobs;
    uint64_t gas_used, blob_gas_used; /* by the transactions so far */
    gvm_token_flows flows;            /* tokens that they made and burned; `ghost` rules */
} gvm_exec_block;

/* Checks to leave out, for calls and estimates that are no transactions. */
enum {
    GVM_EXEC_SKIP_NONCE = 1,
    GVM_EXEC_SKIP_SENDER_CODE = 2, /* EIP-3607 */
    GVM_EXEC_SKIP_FUNDS = 4,    /* the sender pays as far as it can; its keys are not asked about */
    GVM_EXEC_SKIP_FEES = 8,     /* max_fee may be below the base fee: then nothing is charged */
    GVM_EXEC_SKIP_GAS_CAP = 16, /* EIP-7825 */
    GVM_EXEC_CALL = 31,
    /* Set by exec itself: another account or token pays, which exec/payment.h checks. */
    GVM_EXEC_PAID_OTHERWISE = 32,
};

/* Whether a status is one of those reasons, and not a failure of the host. */
static inline bool gvm_tx_is_refusal(gvm_status status) {
    return status >= GVM_ERR_TX_TYPE && status <= GVM_ERR_AUTH_POLICY;
}

/* 1. From the transaction, the fork and the chain alone. */
GVM_NODISCARD gvm_status gvm_tx_check(const gvm_tx *tx, const gvm_rules *rules, uint64_t chain_id,
                                      const gvm_blob_params *blobs, unsigned flags, gvm_error *err);
/* 2. Against the block: gas and blob gas left, base fee, blob fee. */
GVM_NODISCARD gvm_status gvm_tx_check_block(const gvm_tx *tx, const gvm_rules *rules,
                                            const gvm_block_env *env, const gvm_exec_block *block,
                                            unsigned flags, gvm_error *err);
/* 3. Against the sender's account: its keys (`ghost` rules), nonce, no code, balance. */
GVM_NODISCARD gvm_status gvm_tx_check_sender(const gvm_tx *tx, const gvm_rules *rules,
                                             gvm_state *state, unsigned flags, gvm_error *err);

/* gas_limit * max_fee + blob gas * max_blob_fee + value. GVM_ERR_TX_COST_OVERFLOW. */
GVM_NODISCARD gvm_status gvm_tx_max_cost(gvm_u256 *out, const gvm_tx *tx);

#endif
