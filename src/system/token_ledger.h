/* Moves of tokens as system contracts make them: with ERC-20's checks, errors and events, whichever
 * contract is called. Each returns false where the function has been reverted; then the caller
 * returns false too. */
#ifndef GVM_SYSTEM_TOKEN_LEDGER_H
#define GVM_SYSTEM_TOKEN_LEDGER_H

#include "system/contract.h"
#include "system/tokens.h"

typedef enum gvm_token_move_kind {
    GVM_TOKEN_TRANSFER, /* the owner's will: refused for soulbound tokens, and to address zero */
    GVM_TOKEN_PAYMENT,  /* to or from a system contract: soulbound tokens too */
} gvm_token_move_kind;

/* Moves and logs Transfer at the token's face. */
bool gvm_token_move(gvm_sys *c, gvm_token token, const gvm_address *from, const gvm_address *to,
                    gvm_u256 amount, gvm_token_move_kind kind);
/* New tokens, up to the cap of what is outstanding. */
bool gvm_token_mint(gvm_sys *c, gvm_token token, const gvm_address *to, gvm_u256 amount);
/* Tokens of `from` that are no more. */
bool gvm_token_burn(gvm_sys *c, gvm_token token, const gvm_address *from, gvm_u256 amount);
/* What has accrued goes to the balance. Returns the amount. */
gvm_u256 gvm_token_claim(gvm_sys *c, const gvm_address *account);

gvm_u256 gvm_token_allowance(gvm_cells *cells, gvm_token token, const gvm_address *owner,
                             const gvm_address *spender);
bool gvm_token_approve(gvm_sys *c, gvm_token token, const gvm_address *owner,
                       const gvm_address *spender, gvm_u256 amount);
/* transferFrom: the allowance (all ones: without end) and TransferTokens of the owner. */
bool gvm_token_move_for(gvm_sys *c, gvm_token token, const gvm_address *spender,
                        const gvm_address *from, const gvm_address *to, gvm_u256 amount);

#endif
