#include "service/client/message.h"

#include "base/clock.h"
#include "codec/hex.h"
#include "crypto/address.h"
#include "crypto/secp256k1.h"
#include "exec/tx.h"

#include <stdio.h>
#include <time.h>

/* ---- as JSON */

static void put_number(gvm_buf *out, const char *key, gvm_u256 v) {
    gvm_buf_printf(out, ",\"%s\":\"", key);
    gvm_hex_put_u256(out, v);
    gvm_buf_put(out, '"');
}

static void put_address(gvm_buf *out, const char *key, const gvm_address *a) {
    char text[GVM_HEX_ADDRESS_SIZE];
    gvm_hex_data_address(text, a);
    gvm_buf_printf(out, ",\"%s\":\"%s\"", key, text);
}

void gvm_client_put_message(gvm_buf *out, const gvm_client_message *m) {
    gvm_buf_str(out, "{\"input\":\"");
    gvm_hex_put_data(out, m->data);
    gvm_buf_put(out, '"');
    if (m->from != NULL) put_address(out, "from", m->from);
    if (m->to != NULL) put_address(out, "to", m->to);
    if (!gvm_u256_is_zero(m->value)) put_number(out, "value", m->value);
    if (m->gas != 0) put_number(out, "gas", gvm_u256_from_u64(m->gas));
    if (m->has_nonce) put_number(out, "nonce", gvm_u256_from_u64(m->nonce));
    if (m->has_max_fee) put_number(out, "maxFeePerGas", m->max_fee);
    if (m->has_tip) put_number(out, "maxPriorityFeePerGas", m->tip);
    gvm_buf_put(out, '}');
}

/* ---- sending */

static gvm_status call_with(gvm_client *c, yyjson_doc **answer, yyjson_val **result,
                            const char *method, const gvm_client_message *m, gvm_error *err) {
    gvm_buf params = {0};
    gvm_buf_put(&params, '[');
    gvm_client_put_message(&params, m);
    gvm_buf_put(&params, ']');
    gvm_status status = gvm_buf_status(&params);
    if (status == GVM_OK)
        status = gvm_client_call(c, answer, result, method, gvm_buf_bytes(&params), err);
    gvm_buf_free(&params);
    return status;
}

static gvm_status read_hash(gvm_hash *hash, yyjson_doc *answer, yyjson_val *result,
                            const char *method, gvm_error *err) {
    gvm_json_at at = gvm_json_of(result, method);
    gvm_status status = gvm_json_hash(hash, &at, err);
    yyjson_doc_free(answer);
    return status;
}

static gvm_status estimate(gvm_client *c, uint64_t *gas, const gvm_client_message *m,
                           const gvm_address *from, gvm_error *err) {
    gvm_client_message asked = {.from = from, .to = m->to, .value = m->value, .data = m->data};
    yyjson_doc *answer;
    yyjson_val *result;
    GVM_TRY(call_with(c, &answer, &result, "eth_estimateGas", &asked, err));
    gvm_json_at at = gvm_json_of(result, "eth_estimateGas");
    gvm_status status = gvm_json_u64(gas, &at, GVM_JSON_QUANTITY, err);
    yyjson_doc_free(answer);
    if (status == GVM_OK && __builtin_add_overflow(*gas, *gas / 8, gas)) status = GVM_ERR_RANGE;
    return status;
}

/* Before London there is one price, and transactions of type 0. */
static gvm_status find_price(gvm_client *c, gvm_tx *tx, const gvm_client_message *m,
                             gvm_error *err) {
    tx->type = GVM_TX_LEGACY;
    tx->max_fee = m->max_fee;
    if (!m->has_max_fee) GVM_TRY(gvm_client_u256f(c, &tx->max_fee, err, "eth_gasPrice", "[]"));
    tx->max_priority_fee = tx->max_fee;
    return GVM_OK;
}

/* Room for the base fee to double before the transaction is taken. */
static gvm_status find_fees(gvm_client *c, gvm_tx *tx, const gvm_client_message *m,
                            gvm_error *err) {
    yyjson_doc *answer;
    yyjson_val *result;
    gvm_u256 base;
    GVM_TRY(
        gvm_client_callf(c, &answer, &result, err, "eth_getBlockByNumber", "[\"latest\",false]"));
    gvm_json_at at = gvm_json_of(result, "block"), fee;
    bool priced = gvm_json_find(&fee, &at, "baseFeePerGas");
    gvm_status status = priced ? gvm_json_u256(&base, &fee, GVM_JSON_QUANTITY, err) : GVM_OK;
    yyjson_doc_free(answer);
    GVM_TRY(status);
    if (!priced) return find_price(c, tx, m, err);
    if (m->has_tip) {
        tx->max_priority_fee = m->tip;
    } else {
        GVM_TRY(gvm_client_u256f(c, &tx->max_priority_fee, err, "eth_maxPriorityFeePerGas", "[]"));
    }
    if (m->has_max_fee) {
        tx->max_fee = m->max_fee;
        if (!m->has_tip && gvm_u256_lt(tx->max_fee, tx->max_priority_fee))
            tx->max_priority_fee = tx->max_fee;
        return GVM_OK;
    }
    bool over = gvm_u256_add_overflow(&base, base, base);
    return over || gvm_u256_add_overflow(&tx->max_fee, base, tx->max_priority_fee) ? GVM_ERR_RANGE
                                                                                   : GVM_OK;
}

static gvm_status sign(gvm_tx *tx, const gvm_signer *signer) {
    gvm_hash message;
    gvm_secp256k1_signature signature;
    GVM_TRY(gvm_tx_signing_hash(&message, tx));
    GVM_TRY(gvm_secp256k1_sign(&signature, &message, signer->key));
    tx->r = gvm_u256_from_be(signature.r);
    tx->s = gvm_u256_from_be(signature.s);
    tx->y_parity = signature.y_parity;
    return gvm_tx_set_hash(tx);
}

static gvm_status send_signed(gvm_client *c, gvm_hash *hash, const gvm_client_message *m,
                              const gvm_signer *signer, gvm_error *err) {
    char from[GVM_HEX_ADDRESS_SIZE];
    gvm_tx tx = {.type = GVM_TX_DYNAMIC_FEE,
                 .create = m->to == NULL,
                 .replay_protected = true,
                 .nonce = m->nonce,
                 .gas_limit = m->gas,
                 .value = m->value,
                 .data = m->data};
    if (m->to != NULL) tx.to = *m->to;
    gvm_hex_data_address(from, &signer->address);
    GVM_TRY(gvm_client_u64f(c, &tx.chain_id, err, "eth_chainId", "[]"));
    if (!m->has_nonce)
        GVM_TRY(gvm_client_u64f(c, &tx.nonce, err, "eth_getTransactionCount",
                                "[\"%s\",\"pending\"]", from));
    if (m->gas == 0) GVM_TRY(estimate(c, &tx.gas_limit, m, &signer->address, err));
    GVM_TRY(find_fees(c, &tx, m, err));
    GVM_TRY(sign(&tx, signer));

    gvm_buf params = {0}, raw = {0};
    yyjson_doc *answer = NULL;
    yyjson_val *result;
    gvm_status status;
    gvm_tx_encode(&raw, &tx);
    gvm_buf_str(&params, "[\"");
    gvm_hex_put_data(&params, gvm_buf_bytes(&raw));
    gvm_buf_str(&params, "\"]");
    GVM_TRY_GOTO(gvm_buf_status(&raw));
    GVM_TRY_GOTO(gvm_buf_status(&params));
    GVM_TRY_GOTO(gvm_client_call(c, &answer, &result, "eth_sendRawTransaction",
                                 gvm_buf_bytes(&params), err));
    GVM_TRY_GOTO(read_hash(hash, answer, result, "eth_sendRawTransaction", err));
    if (!gvm_hash_equal(hash, &tx.hash))
        status = gvm_error_set(err, GVM_ERR_REMOTE,
                               "the node took the transaction under another hash than its own");
fail:
    gvm_buf_free(&raw);
    gvm_buf_free(&params);
    return status;
}

gvm_status gvm_client_send(gvm_client *c, gvm_hash *hash, const gvm_client_message *m,
                           const gvm_signer *signer, gvm_error *err) {
    if (signer->has_key) return send_signed(c, hash, m, signer, err);
    gvm_client_message asked = *m;
    yyjson_doc *answer;
    yyjson_val *result;
    asked.from = &signer->address;
    GVM_TRY(call_with(c, &answer, &result, "eth_sendTransaction", &asked, err));
    return read_hash(hash, answer, result, "eth_sendTransaction", err);
}

gvm_status gvm_client_wait(gvm_client *c, yyjson_doc **receipt, yyjson_val **result,
                           const gvm_hash *hash, uint64_t timeout_ms,
                           void (*waiting)(void *ctx, uint64_t ms), void *ctx, gvm_error *err) {
    char text[GVM_HEX_WORD_SIZE];
    uint64_t start = gvm_clock_monotonic(&gvm_clock_os), pause = 10;
    gvm_hex_data_hash(text, hash);
    for (;;) {
        GVM_TRY(gvm_client_callf(c, receipt, result, err, "eth_getTransactionReceipt", "[\"%s\"]",
                                 text));
        if (!yyjson_is_null(*result)) return GVM_OK;
        yyjson_doc_free(*receipt);
        *receipt = NULL;
        *result = NULL;
        uint64_t ms = (gvm_clock_monotonic(&gvm_clock_os) - start) / GVM_MILLISECOND;
        if (ms >= timeout_ms)
            return gvm_error_set(err, GVM_ERR_TIMEOUT,
                                 "%s is not in a block after %llu ms; it may still come (ghostvm "
                                 "receipt %s)",
                                 text, (unsigned long long)ms, text);
        if (waiting != NULL) waiting(ctx, ms);
        struct timespec t = {.tv_sec = (time_t)(pause / 1000),
                             .tv_nsec = (long)(pause % 1000 * GVM_MILLISECOND)};
        (void)nanosleep(&t, NULL);
        if (pause < 500) pause *= 2;
    }
}

/* ---- reasons */

void gvm_client_put_reason(gvm_buf *out, const gvm_client *c, const gvm_abi_contract *abi) {
    const gvm_client_fault *fault = gvm_client_last_fault(c);
    if (fault->data.len == 0) {
        gvm_buf_str(out, fault->message);
        return;
    }
    gvm_buf_str(out, "execution reverted: ");
    if (gvm_abi_put_revert(out, abi, gvm_buf_bytes(&fault->data)) != GVM_OK)
        gvm_buf_str(out, fault->message);
}

void gvm_client_put_failure(gvm_buf *out, gvm_client *c, const gvm_hash *hash,
                            const gvm_abi_contract *abi) {
    char text[GVM_HEX_WORD_SIZE];
    yyjson_doc *answer = NULL, *again = NULL;
    yyjson_val *tx, *result;
    gvm_address from, to;
    uint64_t block;
    gvm_buf data = {0}, params = {0};
    gvm_client_message m = {.from = &from};
    gvm_json_at at, recipient;
    gvm_status status;
    gvm_hex_data_hash(text, hash);
    GVM_TRY_GOTO(
        gvm_client_callf(c, &answer, &tx, NULL, "eth_getTransactionByHash", "[\"%s\"]", text));
    at = gvm_json_of(tx, "transaction");
    GVM_TRY_GOTO(gvm_json_get_address(&from, &at, "from", NULL));
    GVM_TRY_GOTO(gvm_json_get_u64(&block, &at, "blockNumber", GVM_JSON_QUANTITY, NULL));
    GVM_TRY_GOTO(gvm_json_get_u64(&m.gas, &at, "gas", GVM_JSON_QUANTITY, NULL));
    GVM_TRY_GOTO(gvm_json_get_u256(&m.value, &at, "value", GVM_JSON_QUANTITY, NULL));
    GVM_TRY_GOTO(gvm_json_get_data(&data, &at, "input", NULL));
    if (gvm_json_find(&recipient, &at, "to")) {
        GVM_TRY_GOTO(gvm_json_address(&to, &recipient, NULL));
        m.to = &to;
    }
    m.data = gvm_buf_bytes(&data);
    gvm_buf_put(&params, '[');
    gvm_client_put_message(&params, &m);
    gvm_buf_printf(&params, ",\"0x%llx\"]", (unsigned long long)(block > 0 ? block - 1 : 0));
    GVM_TRY_GOTO(gvm_buf_status(&params));
    status = gvm_client_call(c, &again, &result, "eth_call", gvm_buf_bytes(&params), NULL);
    if (status == GVM_ERR_REMOTE) gvm_client_put_reason(out, c, abi);
fail:
    yyjson_doc_free(again);
    yyjson_doc_free(answer);
    gvm_buf_free(&data);
    gvm_buf_free(&params);
}

/* ---- logs */

static const char *const known_events[] = {
    "event Transfer(address indexed from, address indexed to, uint256 value)",
    "event Transfer(address indexed from, address indexed to, uint256 indexed tokenId)",
    "event Approval(address indexed owner, address indexed spender, uint256 value)",
    "event Approval(address indexed owner, address indexed approved, uint256 indexed tokenId)",
    "event ApprovalForAll(address indexed owner, address indexed operator, bool approved)",
};

static bool put_event(gvm_buf *out, gvm_arena *arena, const gvm_abi_entry *event,
                      const gvm_hash *topics, size_t count, gvm_bytes data) {
    gvm_abi_value args;
    if (gvm_abi_decode_log(&args, arena, event, topics, count, data, GVM_ABI_LENIENT, NULL) !=
        GVM_OK)
        return false;
    gvm_buf_printf(out, "%s(", event->name);
    for (size_t i = 0; i < args.count; i++) {
        const char *name = event->inputs->fields[i].name;
        gvm_buf_printf(out, "%s%s%s", i == 0 ? "" : ", ", name, name[0] == '\0' ? "" : ": ");
        if (args.items[i].type->kind == GVM_ABI_ADDRESS) {
            char text[GVM_ADDRESS_CHECKSUM_SIZE];
            gvm_address a = gvm_abi_address(&args.items[i]);
            gvm_address_checksum(text, &a);
            gvm_buf_str(out, text);
        } else {
            gvm_abi_value_put(out, &args.items[i]);
        }
    }
    gvm_buf_put(out, ')');
    return true;
}

static bool put_known(gvm_buf *out, gvm_arena *arena, const gvm_hash *topics, size_t count,
                      gvm_bytes data) {
    for (size_t i = 0; i < sizeof known_events / sizeof known_events[0]; i++) {
        gvm_abi_entry event;
        if (gvm_abi_parse_signature(&event, arena, gvm_bytes_str(known_events[i]), NULL) ==
                GVM_OK &&
            put_event(out, arena, &event, topics, count, data))
            return true;
    }
    return false;
}

void gvm_client_put_log(gvm_buf *out, yyjson_val *log, const gvm_abi_contract *abi) {
    gvm_json_at at = gvm_json_of(log, "log"), list, topic;
    gvm_json_iter it;
    gvm_hash topics[4];
    size_t count = 0;
    gvm_buf data = {0};
    gvm_arena arena = {0};
    bool read = gvm_json_get_data(&data, &at, "data", NULL) == GVM_OK &&
                gvm_json_get(&list, &at, "topics", NULL) == GVM_OK &&
                gvm_json_each(&it, &list, GVM_JSON_ARRAY, NULL) == GVM_OK && it.count <= 4;
    while (read && gvm_json_step(&it, &topic))
        read = gvm_json_hash(&topics[count++], &topic, NULL) == GVM_OK;
    if (!read) {
        gvm_buf_str(out, "(a log that cannot be read)");
    } else {
        const gvm_abi_entry *event =
            abi == NULL || count == 0 ? NULL : gvm_abi_find_topic(abi, &topics[0]);
        gvm_bytes bytes = gvm_buf_bytes(&data);
        bool shown = event != NULL && put_event(out, &arena, event, topics, count, bytes);
        if (!shown) shown = put_known(out, &arena, topics, count, bytes);
        for (size_t i = 0; !shown && i < count; i++) {
            gvm_buf_printf(out, "topic %zu ", i);
            gvm_hex_put_data(out, gvm_bytes_make(topics[i].b, 32));
            gvm_buf_put(out, ' ');
        }
        if (!shown) {
            gvm_buf_str(out, "data ");
            gvm_hex_put_data(out, bytes);
        }
    }
    gvm_arena_free(&arena);
    gvm_buf_free(&data);
}
