/* Messages to contracts through a node: called, or signed and sent, and what came of them. */
#ifndef GVM_SERVICE_CLIENT_MESSAGE_H
#define GVM_SERVICE_CLIENT_MESSAGE_H

#include "codec/abi.h"
#include "service/client/client.h"
#include "service/client/signer.h"

typedef struct gvm_client_message {
    const gvm_address *from; /* NULL: left out */
    const gvm_address *to;   /* NULL: creates a contract */
    gvm_u256 value;
    gvm_bytes data;
    uint64_t gas; /* 0: left to the node */
    /* when sent; has_*: given, else found out */
    bool has_nonce, has_max_fee, has_tip;
    uint64_t nonce;
    gvm_u256 max_fee, tip; /* wei per gas */
} gvm_client_message;

/* Appends the message as eth_call and its kin take it. */
void gvm_client_put_message(gvm_buf *out, const gvm_client_message *m);

/* Signs with the signer's key (a transaction of type 2, before London of type 0) and gives it to the node, or has the node
 * sign where there is no key. Gas is estimated with an eighth on top unless given. A revert that
 * the estimate meets is GVM_ERR_REMOTE, with the data in the client's fault. */
GVM_NODISCARD gvm_status gvm_client_send(gvm_client *c, gvm_hash *hash, const gvm_client_message *m,
                                         const gvm_signer *signer, gvm_error *err);

/* Asks for the receipt until it is there or the time is over (GVM_ERR_TIMEOUT). `waiting` (may be
 * NULL) is called between tries. *result points into *receipt, the caller's to free. */
GVM_NODISCARD gvm_status gvm_client_wait(gvm_client *c, yyjson_doc **receipt, yyjson_val **result,
                                         const gvm_hash *hash, uint64_t timeout_ms,
                                         void (*waiting)(void *ctx, uint64_t ms), void *ctx,
                                         gvm_error *err);

/* Appends why the last call was refused: a revert's reason decoded (custom errors by `abi`, NULL
 * allowed), else the node's message. */
void gvm_client_put_reason(gvm_buf *out, const gvm_client *c, const gvm_abi_contract *abi);
/* Appends why a mined transaction failed, by calling its message again on the state before its
 * block; other transactions of that block may have mattered. Nothing is appended where the node
 * does not tell. */
void gvm_client_put_failure(gvm_buf *out, gvm_client *c, const gvm_hash *hash,
                            const gvm_abi_contract *abi);

/* Appends a log for people: "Transfer(from: 0x.., to: 0x.., value: 5)". Events are looked up in
 * `abi` (NULL allowed) and among those of ERC-20 and ERC-721; an unknown one shows its topics and
 * data. `log` is an object of a receipt. */
void gvm_client_put_log(gvm_buf *out, yyjson_val *log, const gvm_abi_contract *abi);

#endif
