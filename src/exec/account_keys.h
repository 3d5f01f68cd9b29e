/* Whether the keys that signed may still act for their accounts: asked of the identities contract's
 * state, under the `ghost` rules alone.
 *
 * An account that registered a key (rotation, recovery) is ruled by it: type 0x47 must be signed by
 * that key. Its own secp256k1 key, which types 0 to 4 and EIP-7702 authorisations are signed with,
 * counts only as long as the registered key holds it (gvm_key_holds_account). */
#ifndef GVM_EXEC_ACCOUNT_KEYS_H
#define GVM_EXEC_ACCOUNT_KEYS_H

#include "exec/ghost_tx.h"
#include "system/cells.h"

/* What the state says of an account's keys. */
typedef struct gvm_account_keys {
    bool registered; /* key is the commitment to the one that rules it */
    bool replaced;   /* its own secp256k1 key counts no longer */
    gvm_hash key;
} gvm_account_keys;

/* cells: of any contract; their failure is the caller's to look at. */
void gvm_account_keys_read(gvm_cells *cells, gvm_account_keys *out, const gvm_address *account);
static inline bool gvm_account_keys_equal(const gvm_account_keys *a, const gvm_account_keys *b) {
    return a->registered == b->registered && a->replaced == b->replaced &&
           gvm_hash_equal(&a->key, &b->key);
}

/* By the sender's keys alone. GVM_ERR_TX_KEY_REPLACED (types 0 to 4), GVM_ERR_AUTH_POLICY (0x47).
 */
GVM_NODISCARD gvm_status gvm_tx_check_sender_key(const gvm_tx *tx, const gvm_account_keys *sender,
                                                 gvm_error *err);
/* The sender's and the sponsor's. */
GVM_NODISCARD gvm_status gvm_tx_check_keys(const gvm_tx *tx, gvm_cells *cells, gvm_error *err);

#endif
