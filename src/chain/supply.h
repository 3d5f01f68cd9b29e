/* Whether GCC's supply tells the truth: what a block changed of balances is what it changed of the
 * supply cell (0x..4711, slot 1). The cell is kept incrementally, from what fees, withdrawals,
 * mints and burns say of themselves; this looks at what really happened. */
#ifndef GVM_CHAIN_SUPPLY_H
#define GVM_CHAIN_SUPPLY_H

#include "state/diff.h"

/* `before` reads the state that the block began with, `diff` is all that it changed. GVM_ERR_STATE
 * with both differences in *err where they are not the same; the reader's failures. Takes a read of
 * each changed account. */
GVM_NODISCARD gvm_status gvm_supply_check(const gvm_state_diff *diff,
                                          const gvm_state_reader *before, gvm_error *err);

#endif
