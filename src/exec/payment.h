/* Who pays for a transaction, in which token, and how much: the fee rules, all of them.
 *
 *     base fee      gas used × base fee, less the discount        burned
 *     tip           gas used × tip                                to the producer
 *     blob fee      blob gas × blob fee                           burned
 *     fee           the sum of the three, in GCC wei, turned into the fee token and rounded up
 * once; the tip is turned and rounded down, the rest of the fee is burned MANA          a share of
 * the base fee that was burned (GCC wei, rounded down), to the payer, after a successful call of
 * code
 *
 * Payer, token, rate and discount are read once, before execution, from the state in which the
 * transaction starts. Under the `ethereum` rules, and for accounts that chose nothing, this is
 * EIP-1559 and EIP-4844 to the wei. docs/fees.md has a worked table. */
#ifndef GVM_EXEC_PAYMENT_H
#define GVM_EXEC_PAYMENT_H

#include "exec/validity.h"
#include "system/tokens.h"

typedef struct gvm_payment {
    gvm_token token;
    gvm_address payer;
    bool own;                              /* the sender pays in GCC, as on Ethereum */
    bool by_grant;                         /* the payer is a sponsor whose grant is used */
    uint16_t discount, mana;               /* of 10,000: of the base fee */
    gvm_u256 rate;                         /* GCC wei for 10^18 of the token */
    gvm_u256 base, tip, price, blob_price; /* GCC wei per unit; price: base and tip */
    gvm_u256 held;                         /* of the token: taken before execution */
} gvm_payment;

/* What a transaction costs in the end. */
typedef struct gvm_fee {
    gvm_u256 paid, tip, burned; /* in the fee token; paid = tip + burned */
    gvm_u256 mana;              /* what a successful call of code would earn */
} gvm_fee;

/* The rules above, in exact integers. Sums that cannot be are the caller's to exclude: the maximum
 * was checked (gvm_payment_check). */
gvm_fee gvm_fee_of(const gvm_payment *p, uint64_t gas_used, uint64_t blob_gas);
/* GCC wei as an amount of a token at a rate, rounded up; false where it does not fit 256 bits. */
bool gvm_fee_convert(gvm_u256 *out, gvm_u256 wei, gvm_u256 rate);

/* Finds payer, token, rate and discount. Never fails for a transaction of Ethereum's types: a grant
 * that does not cover it falls back to the sender. GVM_ERR_TX_FEE_TOKEN (not accepted now),
 * GVM_ERR_TX_SPONSOR (no grant that covers it: err says why). */
GVM_NODISCARD gvm_status gvm_payment_plan(gvm_payment *out, gvm_vm *vm, const gvm_tx *tx,
                                          unsigned flags, gvm_error *err);
/* Whether payer and sender have what it may cost at most. GVM_ERR_TX_FUNDS. */
GVM_NODISCARD gvm_status gvm_payment_check(const gvm_payment *p, gvm_vm *vm, const gvm_tx *tx,
                                           unsigned flags, gvm_error *err);
/* For pools, against the state at hand and the prices that the transaction offers: whether somebody
 * would pay for it now. *gcc is what the sender's own account must hold; *payer who pays. Reserves
 * nothing. Also GVM_ERR_TX_FUNDS, GVM_ERR_TX_COST_OVERFLOW. */
GVM_NODISCARD gvm_status gvm_payment_preview(gvm_u256 *gcc, gvm_address *payer, gvm_cells *cells,
                                             const gvm_tx *tx, gvm_error *err);
/* Takes p->held from the payer. */
void gvm_payment_take(const gvm_payment *p, gvm_vm *vm);
/* Gives back what is left, tips the producer, spends the grant; `earns`: MANA accrues. What was
 * made and burned is added to *flows. */
gvm_fee gvm_payment_settle(const gvm_payment *p, gvm_vm *vm, gvm_token_flows *flows,
                           const gvm_tx *tx, uint64_t gas_used, bool earns);

#endif
