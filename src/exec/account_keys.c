#include "exec/account_keys.h"

#include "system/identities.h"

void gvm_account_keys_read(gvm_cells *cells, gvm_account_keys *out, const gvm_address *account) {
    *out = (gvm_account_keys){0};
    out->registered = gvm_identity_key(cells, &out->key, account);
    out->replaced = gvm_identity_key_replaced(cells, account);
}

static const gvm_hash *registered(const gvm_account_keys *keys) {
    return keys->registered ? &keys->key : NULL;
}

gvm_status gvm_tx_check_sender_key(const gvm_tx *tx, const gvm_account_keys *sender,
                                   gvm_error *err) {
    if (tx->type != GVM_TX_GHOST)
        return sender->replaced ? gvm_error_set(err, GVM_ERR_TX_KEY_REPLACED, "%s", "") : GVM_OK;
    if (tx->ghost->auth_count == 0) return GVM_OK; /* not signed: development */
    return gvm_auth_check_policy(tx->ghost->auths[0].key, &tx->sender, registered(sender), err);
}

gvm_status gvm_tx_check_keys(const gvm_tx *tx, gvm_cells *cells, gvm_error *err) {
    gvm_account_keys keys = {0};
    if (tx->type != GVM_TX_GHOST) { /* one cell tells: this is every ordinary transaction's way */
        keys.replaced = gvm_identity_key_replaced(cells, &tx->sender);
        return gvm_tx_check_sender_key(tx, &keys, err);
    }
    gvm_account_keys_read(cells, &keys, &tx->sender);
    GVM_TRY(gvm_tx_check_sender_key(tx, &keys, err));
    if (tx->ghost->sponsor_auth_count == 0) return GVM_OK;
    gvm_account_keys_read(cells, &keys, &tx->ghost->sponsor);
    return gvm_auth_check_policy(tx->ghost->sponsor_auths[0].key, &tx->ghost->sponsor,
                                 registered(&keys), err);
}
