/* Transactions in: signed by the client, or by an account that the node holds (development). */
#include "crypto/keccak.h"
#include "crypto/secp256k1.h"
#include "service/jsonrpc/eth.h"

static gvm_status pool_failure(gvm_rpc_call *call, gvm_status status, const gvm_error *err) {
    if (status >= GVM_ERR_SYNTAX && status <= GVM_ERR_NON_CANONICAL)
        return gvm_rpc_fail(call, GVM_RPC_E_SERVER, "rlp: %s", gvm_error_text(err));
    return gvm_rpc_fail(call, GVM_RPC_E_SERVER, "%s",
                        err->text[0] != '\0' ? err->text : gvm_status_text(status));
}

/* Into the pool, and into a block where that is the mode. */
static gvm_status add_raw(gvm_rpc_call *call, gvm_hash *hash, gvm_bytes raw) {
    gvm_node *node = gvm_eth_node(call);
    gvm_error err = {0};
    gvm_status status = gvm_pool_add(node->pool, hash, raw, true, &err);
    if (status != GVM_OK) return pool_failure(call, status, &err);
    status = gvm_node_after_transaction(node, &err);
    return status == GVM_OK ? GVM_OK : gvm_rpc_fail_status(call, status, &err);
}

gvm_status gvm_rpc_eth_sendRawTransaction(gvm_rpc_call *call) {
    gvm_hash hash;
    GVM_TRY(add_raw(call, &hash, gvm_rpc_arg_data(call, 0)));
    return gvm_rpc_return_hash(call, &hash);
}

/* ---- signing */

static const gvm_dev_account *find_account(const gvm_node *node, const gvm_address *address) {
    for (size_t i = 0; i < node->account_count; i++)
        if (gvm_address_equal(&node->accounts[i].address, address)) return &node->accounts[i];
    return NULL;
}

/* What the client left out: nonce, fees, gas. */
static gvm_status complete(gvm_rpc_call *call, gvm_eth_request *r) {
    gvm_node *node = gvm_eth_node(call);
    gvm_tx *tx = &r->tx;
    if (!r->has_nonce) {
        gvm_status status = gvm_pool_next_nonce(node->pool, &tx->nonce, &tx->sender);
        if (status != GVM_OK) return gvm_rpc_fail_status(call, status, NULL);
    }
    gvm_u256 tip, max_fee;
    gvm_eth_suggest_fees(node, &tip, &max_fee);
    if (!r->has_price) {
        tx->max_priority_fee = tip;
        tx->max_fee = max_fee;
    } else if (tx->type >= GVM_TX_DYNAMIC_FEE && gvm_u256_eq(tx->max_fee, tx->max_priority_fee)) {
        gvm_u256 sum;
        if (!gvm_u256_add_overflow(&sum, max_fee, tx->max_priority_fee)) tx->max_fee = sum;
    }
    if (!r->has_gas) {
        gvm_rpc_block at = {.kind = GVM_RPC_AT_PENDING};
        bool had_price = r->has_price;
        r->has_price = false; /* the balance is checked by the pool, with its own words */
        uint64_t gas;
        gvm_status status = gvm_eth_estimate(call, &gas, r, &at, NULL);
        r->has_price = had_price;
        GVM_TRY(status);
        tx->gas_limit = gas;
    }
    return GVM_OK;
}

static gvm_status sign(gvm_tx *tx, const gvm_dev_account *account) {
    gvm_hash message;
    gvm_secp256k1_signature signature;
    GVM_TRY(gvm_tx_signing_hash(&message, tx));
    GVM_TRY(gvm_secp256k1_sign(&signature, &message, account->key));
    tx->r = gvm_u256_from_be(signature.r);
    tx->s = gvm_u256_from_be(signature.s);
    tx->y_parity = signature.y_parity;
    return gvm_tx_set_hash(tx);
}

static gvm_status sign_request(gvm_rpc_call *call, gvm_eth_request *r, gvm_buf *raw) {
    gvm_node *node = gvm_eth_node(call);
    GVM_TRY(gvm_eth_read_request(call, r, gvm_rpc_arg_json(call, 0)));
    if (!r->has_from)
        return gvm_rpc_fail(call, GVM_RPC_E_PARAMS,
                            "transaction.from: expected an address, found nothing");
    const gvm_dev_account *account = find_account(node, &r->tx.sender);
    if (account == NULL)
        return gvm_rpc_fail(call, GVM_RPC_E_SERVER,
                            "unknown account: this node has no key of the sender; sign it and use "
                            "eth_sendRawTransaction");
    GVM_TRY(complete(call, r));
    gvm_status status = sign(&r->tx, account);
    if (status == GVM_OK) {
        gvm_tx_encode(raw, &r->tx);
        status = gvm_buf_status(raw);
    }
    return status == GVM_OK ? GVM_OK : gvm_rpc_fail_status(call, status, NULL);
}

/* ---- messages (EIP-191, version 0x45) */

static gvm_status return_signed(gvm_rpc_call *call, const gvm_address *address, gvm_bytes message) {
    const gvm_dev_account *account = find_account(gvm_eth_node(call), address);
    gvm_secp256k1_signature signature;
    gvm_buf text = {0};
    gvm_hash digest;
    uint8_t out[65];
    if (account == NULL)
        return gvm_rpc_fail(call, GVM_RPC_E_SERVER,
                            "unknown account: this node has no key of that address");
    gvm_buf_printf(&text,
                   "\x19"
                   "Ethereum Signed Message:\n%zu",
                   message.len);
    gvm_buf_append(&text, message.ptr, message.len);
    gvm_status status = gvm_buf_status(&text);
    if (status == GVM_OK) {
        gvm_keccak256(&digest, gvm_buf_bytes(&text));
        status = gvm_secp256k1_sign(&signature, &digest, account->key);
    }
    gvm_buf_free(&text);
    if (status != GVM_OK) return gvm_rpc_fail_status(call, status, NULL);
    memcpy(out, signature.r, 32);
    memcpy(out + 32, signature.s, 32);
    out[64] = (uint8_t)(27 + signature.y_parity);
    return gvm_rpc_return_data(call, gvm_bytes_make(out, sizeof out));
}

gvm_status gvm_rpc_eth_sign(gvm_rpc_call *call) {
    gvm_address address = gvm_rpc_arg_address(call, 0);
    return return_signed(call, &address, gvm_rpc_arg_data(call, 1));
}

gvm_status gvm_rpc_personal_sign(gvm_rpc_call *call) {
    gvm_address address = gvm_rpc_arg_address(call, 1);
    return return_signed(call, &address, gvm_rpc_arg_data(call, 0));
}

gvm_status gvm_rpc_eth_sendTransaction(gvm_rpc_call *call) {
    gvm_eth_request request;
    gvm_buf raw = {0};
    gvm_hash hash;
    gvm_status status = sign_request(call, &request, &raw);
    if (status == GVM_OK) status = add_raw(call, &hash, gvm_buf_bytes(&raw));
    gvm_buf_free(&raw);
    return status == GVM_OK ? gvm_rpc_return_hash(call, &hash) : status;
}
