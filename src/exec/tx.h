/* Transactions as data: from bytes to fields and back, hashes, sender.
 *
 * Types 0 to 4 of EIP-2718 (legacy, EIP-2930, 1559, 4844, 7702) and Ghost's 0x47, in the form in
 * which blocks hold them. What 0x47 has beyond the others is in exec/ghost_tx.h. The form of type 3
 * that travels with its blobs is exec/blob_tx.h. Whether a transaction is valid is not asked here
 * beyond its shape: see exec/validity.h.
 *
 * Decoding copies nothing but lists: data points into the input, which must outlive the gvm_tx.
 * Access lists, blob hashes and authorizations are one block of memory that gvm_tx_free releases.
 */
#ifndef GVM_EXEC_TX_H
#define GVM_EXEC_TX_H

#include "base/u256.h"
#include "codec/rlp.h"
#include "vm/rules.h"

typedef enum gvm_tx_type {
    GVM_TX_LEGACY = 0,
    GVM_TX_ACCESS_LIST = 1, /* EIP-2930 */
    GVM_TX_DYNAMIC_FEE = 2, /* EIP-1559 */
    GVM_TX_BLOB = 3,        /* EIP-4844 */
    GVM_TX_SET_CODE = 4,    /* EIP-7702 */
    GVM_TX_GHOST = 0x47,    /* exec/ghost_tx.h */
} gvm_tx_type;

typedef struct gvm_tx_access {
    gvm_address address;
    const gvm_hash *keys;
    size_t key_count;
} gvm_tx_access;

/* EIP-7702: "the code of the account that signed this shall be that of `address`". */
typedef struct gvm_tx_auth {
    gvm_u256 chain_id; /* 0: any */
    gvm_address address;
    uint64_t nonce;
    uint8_t y_parity;
    gvm_u256 r, s;
} gvm_tx_auth;

typedef struct gvm_tx {
    uint8_t type;
    bool create;           /* no `to` */
    bool replay_protected; /* carries a chain id: typed, or legacy with EIP-155's v */
    uint8_t y_parity;      /* 0 or 1 */
    uint64_t chain_id, nonce, gas_limit;
    gvm_u256 max_priority_fee, max_fee; /* types 0 and 1: both the gas price */
    gvm_u256 max_blob_fee;              /* per blob gas */
    gvm_address to;
    gvm_u256 value;
    gvm_bytes data;
    const gvm_tx_access *access_list;
    size_t access_count, access_key_count; /* keys of all entries together */
    const gvm_hash *blob_hashes;
    size_t blob_hash_count;
    const gvm_tx_auth *auths;
    size_t auth_count;
    gvm_u256 r, s;
    const struct gvm_ghost *ghost; /* GVM_TX_GHOST: the rest of its fields; else NULL */

    gvm_hash hash;      /* set by decoding, or gvm_tx_set_hash */
    gvm_address sender; /* set by gvm_tx_recover; GVM_TX_GHOST: by decoding, as it claims */
    void *owned;
} gvm_tx;

/* The most of each that decoding takes; a block of 10 MiB (EIP-7934) holds fewer. */
#define GVM_TX_BYTES_MAX ((size_t)16 << 20)

/* Decodes an envelope: type byte and RLP list, or a legacy transaction's list. On failure nothing
 * needs freeing. GVM_ERR_TX_TYPE, GVM_ERR_TX_TOO_FEW_FIELDS, GVM_ERR_TX_TOO_MANY_FIELDS,
 * GVM_ERR_TX_CHAIN_ID (does not fit in 64 bits), GVM_ERR_TX_SIGNATURE (v or yParity has no
 * meaning), GVM_ERR_TX_BLOB_CREATE and GVM_ERR_TX_AUTH_CREATE (types 3 and 4 need `to`), the codes
 * of codec/rlp.h, GVM_ERR_LIMIT, GVM_ERR_NOMEM. Type 0x47 alone: GVM_ERR_TX_NAME,
 * GVM_ERR_TX_FEE_TOKEN, GVM_ERR_TX_SPONSOR (the zero address), GVM_ERR_TX_SPONSOR_AUTHS,
 * GVM_ERR_AUTH_SCHEME, GVM_ERR_AUTH_COUNT. */
GVM_NODISCARD gvm_status gvm_tx_decode(gvm_tx *out, gvm_bytes in, gvm_error *err);
/* The same from the form that lists of transactions hold: a legacy transaction as a list, a typed
 * one as a string. Takes one item off the reader. Also GVM_ERR_TX_BLOB_SIDECAR for a blob
 * transaction in its network form. */
GVM_NODISCARD gvm_status gvm_tx_decode_item(gvm_tx *out, gvm_rlp_reader *in, gvm_error *err);
/* Also for a zeroed gvm_tx. */
void gvm_tx_free(gvm_tx *tx);

/* Appends the envelope, or the form for lists. */
void gvm_tx_encode(gvm_buf *out, const gvm_tx *tx);
void gvm_tx_encode_item(gvm_buf *out, const gvm_tx *tx);

/* Appends the list of the fields without the signature; for types other than legacy and 0x47 the
 * type byte stands before it. */
void gvm_tx_put_unsigned(gvm_buf *out, const gvm_tx *tx);
/* What the sender signed: Keccak-256 of the fields without the signature; of type 0x47 the hash of
 * gvm_ghost_digest. GVM_ERR_NOMEM. */
GVM_NODISCARD gvm_status gvm_tx_signing_hash(gvm_hash *out, const gvm_tx *tx);
/* Sets tx->hash from the fields. GVM_ERR_NOMEM. */
GVM_NODISCARD gvm_status gvm_tx_set_hash(gvm_tx *tx);
/* Sets tx->sender. From Homestead on s must be low (EIP-2). GVM_ERR_TX_SIGNATURE (r or s out of
 * range), GVM_ERR_TX_RECOVERY, GVM_ERR_NOMEM. Type 0x47 says its sender itself: all its signatures
 * are checked (gvm_ghost_verify, whose codes come back; GVM_ERR_TX_TYPE under rules that do not
 * know the type). */
GVM_NODISCARD gvm_status gvm_tx_recover(gvm_tx *tx, const gvm_rules *rules);
/* Who signed an authorization. The same rules as for a type 4 transaction: low s, yParity 0 or 1.
 * GVM_ERR_TX_SIGNATURE, GVM_ERR_TX_RECOVERY, GVM_ERR_NOMEM. */
GVM_NODISCARD gvm_status gvm_tx_auth_recover(gvm_address *authority, const gvm_tx_auth *auth);

/* Gas price per unit of gas in a block with this base fee; max_fee must not be below it. */
gvm_u256 gvm_tx_effective_price(const gvm_tx *tx, gvm_u256 base_fee);

#endif
