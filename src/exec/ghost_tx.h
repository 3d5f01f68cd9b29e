/* Transactions of type 0x47, Ghost's own: what they have beyond the fields of gvm_tx, what their
 * keys sign, and whether the signatures hold. docs/transactions.md describes them for people.
 *
 *     0x47 || RLP([chain_id, nonce, max_priority_fee, max_fee, gas_limit, to, value, data,
 *                  access_list, fee_token, sponsor, not_before, not_after, sender,
 *                  auths, sponsor_auths])
 *
 * Bytes become fields in exec/tx.c, beside the other types. */
#ifndef GVM_EXEC_GHOST_TX_H
#define GVM_EXEC_GHOST_TX_H

#include "exec/tx.h"
#include "system/keyset.h"

enum {
    GVM_FEE_TOKEN_GCC = 1, /* and on to 4: SPIRIT, MANA, GHOST */
    GVM_FEE_TOKEN_LAST = 4,
    GVM_GAS_AUTH_BYTE = 16,
    GVM_GHOST_NAME_MAX = 1024, /* octets of UTF-8: more than a name of 253 as DNS writes it has */
};

/* gvm_tx.ghost of a transaction of this type. The sender is gvm_tx.sender: declared by the
 * transaction, and proved by gvm_tx_recover. Everything is borrowed from the transaction. */
typedef struct gvm_ghost {
    uint8_t fee_token;     /* 1 to 4 */
    bool sponsored;        /* somebody else pays */
    gvm_address sponsor;   /* zero where not; never zero where so */
    uint64_t not_before;   /* block timestamps, both inclusive; 0: none */
    uint64_t not_after;    /* likewise */
    gvm_bytes name;        /* the call goes to this name; gvm_tx.to is then not known before it is
                              resolved. Empty: gvm_tx.to and gvm_tx.create say where */
    const gvm_auth *auths; /* the sender's */
    const gvm_auth *sponsor_auths; /* empty: an on-chain grant decides */
    size_t auth_count, sponsor_auth_count;

    /* Set by gvm_ghost_measure (decoding does). */
    gvm_status auth_status; /* GVM_OK, or why the shape of the authorisations is not good */
    size_t auth_bytes;      /* of both lists, as they are encoded */
    size_t signatures;
    uint64_t auth_gas; /* the prices of the signatures; 0 unless auth_status is GVM_OK */
} gvm_ghost;

/* Fills in what is derived from the lists: for transactions that are put together rather than
 * decoded. The reason of auth_status goes to err. */
void gvm_ghost_measure(gvm_ghost *ghost, gvm_error *err);

/* What the sender's and the sponsor's keys sign: BLAKE3 of "ghost-tx-v1" (or "ghost-sponsor-v1")
 * and the RLP of the list of the fourteen fields before auths; and the EIP-712 digest of the same
 * fields. GVM_ERR_NOMEM. */
GVM_NODISCARD gvm_status gvm_ghost_digest(gvm_auth_digest *out, const gvm_tx *tx);
GVM_NODISCARD gvm_status gvm_ghost_sponsor_digest(gvm_auth_digest *out, const gvm_tx *tx);

/* Whether every signature in the transaction holds. That the keys rule the accounts is another
 * question, which the state answers (exec/account_keys.h). GVM_ERR_AUTH_*,
 * GVM_ERR_TX_SPONSOR_AUTHS, GVM_ERR_NOMEM. */
GVM_NODISCARD gvm_status gvm_ghost_verify(const gvm_tx *tx, gvm_error *err);

/* What can be wrong without a state or a block: GVM_ERR_TX_WINDOW (not_after before not_before),
 * GVM_ERR_TX_SPONSOR_EXPIRY (a sponsor's signature without not_after). */
GVM_NODISCARD gvm_status gvm_ghost_check(const gvm_tx *tx, gvm_error *err);
/* GVM_ERR_TX_TOO_EARLY, GVM_ERR_TX_TOO_LATE. */
GVM_NODISCARD gvm_status gvm_ghost_check_time(const gvm_tx *tx, uint64_t timestamp, gvm_error *err);

/* ---- for exec/tx.c: the fields that only this type has */

GVM_NODISCARD gvm_status gvm_ghost_read_auths(gvm_auth *out, gvm_rlp_reader in, size_t count);
void gvm_ghost_put_auths(gvm_buf *out, const gvm_auth *auths, size_t count);
/* A name stands alone in a list, in the form in which it can be registered (codec/name.h).
 * GVM_ERR_TX_NAME. */
GVM_NODISCARD gvm_status gvm_ghost_read_name(gvm_bytes *out, gvm_rlp_reader list);
/* Between decoding and use: the rules that bind several fields. GVM_ERR_TX_SPONSOR_AUTHS
 * (signatures of a sponsor where there is none). */
GVM_NODISCARD gvm_status gvm_ghost_decoded(gvm_ghost *ghost, gvm_error *err);

#endif
