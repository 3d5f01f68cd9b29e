#include "app/ghostvm/cmd.h"
#include "app/ghostvm/tool.h"
#include "codec/hex.h"
#include "exec/blob_tx.h"
#include "exec/ghost_tx.h"
#include "service/jsonrpc/eth_format.h"

static const gvm_setting_option options[] = {GVM_TOOL_NODE};
static const gvm_tool_spec spec = {
    .usage = "tx [OPTIONS] HASH|RAW",
    .about =
        "Shows a transaction of the chain, or one that waits in the pool; of raw bytes, as they "
        "are sent,\nwhat they say (no node is asked; type 0x47: whether its signatures hold).",
    .examples = "  ghostvm tx 0x...\n  ghostvm tx --json 0x...\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .args_min = 1,
    .args_max = 1,
    .node = true,
};

static const gvm_tool_field fields[] = {
    {"hash", "hash", GVM_TOOL_TEXT},
    {"type", "type", GVM_TOOL_NUMBER},
    {"blockNumber", "block", GVM_TOOL_NUMBER},
    {"transactionIndex", "index", GVM_TOOL_NUMBER},
    {"from", "from", GVM_TOOL_ADDRESS},
    {"to", "to", GVM_TOOL_ADDRESS},
    {"nonce", "nonce", GVM_TOOL_NUMBER},
    {"value", "value", GVM_TOOL_GCC},
    {"gas", "gas limit", GVM_TOOL_NUMBER},
    {"gasPrice", "gas price", GVM_TOOL_GWEI},
    {"maxFeePerGas", "max fee", GVM_TOOL_GWEI},
    {"maxPriorityFeePerGas", "max tip", GVM_TOOL_GWEI},
    {"maxFeePerBlobGas", "max blob fee", GVM_TOOL_GWEI},
    {"blobVersionedHashes", "blobs", GVM_TOOL_COUNT},
    {"accessList", "access list", GVM_TOOL_COUNT},
    {"authorizationList", "authorizations", GVM_TOOL_COUNT},
    {"input", "input", GVM_TOOL_DATA},
};

/* ---- raw bytes */

static gvm_status put_raw(yyjson_mut_doc *doc, yyjson_mut_val *object, const gvm_tx *tx) {
    gvm_hash digest;
    gvm_buf again = {0};
    gvm_tx_encode(&again, tx);
    gvm_status status = gvm_buf_status(&again);
    if (status == GVM_OK) status = gvm_tx_signing_hash(&digest, tx);
    if (status == GVM_OK) {
        yyjson_mut_obj_add_val(doc, object, "signingHash", gvm_json_new_hash(doc, &digest));
        yyjson_mut_obj_add_val(doc, object, "raw", gvm_json_new_data(doc, gvm_buf_bytes(&again)));
    }
    gvm_buf_free(&again);
    return status;
}

static gvm_status show(gvm_tool *t, const gvm_tx *tx) {
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *object = doc == NULL ? NULL : gvm_eth_tx(doc, tx, tx->chain_id, NULL);
    gvm_status status = object == NULL ? GVM_ERR_NOMEM : put_raw(doc, object, tx);
    yyjson_doc *fixed = status == GVM_OK ? yyjson_mut_val_imut_copy(object, NULL) : NULL;
    if (fixed != NULL && t->json)
        gvm_tool_print_json(yyjson_doc_get_root(fixed));
    else if (fixed != NULL)
        gvm_tool_rows(t, yyjson_doc_get_root(fixed), fields, sizeof fields / sizeof fields[0]);
    if (fixed == NULL && status == GVM_OK) status = GVM_ERR_NOMEM;
    yyjson_doc_free(fixed);
    yyjson_mut_doc_free(doc);
    return status;
}

static gvm_status run_raw(gvm_tool *t, const char *text) {
    gvm_buf raw = {0}, form = {0};
    gvm_tx tx = {0};
    gvm_bytes in, inside;
    gvm_sidecar sidecar;
    gvm_rules rules = *gvm_rules_get(GVM_FORK_HOMESTEAD);
    gvm_status status = gvm_hex_decode(&raw, gvm_bytes_str(text), GVM_HEX_PREFIX_REQUIRED);
    if (status != GVM_OK) {
        status = gvm_error_set(&t->err, status, "a raw transaction is 0x and hex digits");
        goto fail;
    }
    t->working = true;
    in = gvm_buf_bytes(&raw);
    if (gvm_blob_tx_is_network(in)) {
        GVM_TRY_GOTO(gvm_blob_tx_decode(&inside, &sidecar, in, &t->err));
        gvm_buf_put(&form, GVM_TX_BLOB);
        gvm_buf_append(&form, inside.ptr, inside.len);
        in = gvm_buf_bytes(&form);
    }
    GVM_TRY_GOTO(gvm_tx_decode(&tx, in, &t->err));
    rules.ghost = true;
    status = tx.type == GVM_TX_GHOST ? gvm_ghost_verify(&tx, &t->err) : gvm_tx_recover(&tx, &rules);
    if (status == GVM_OK)
        status = show(t, &tx);
    else if (tx.type != GVM_TX_GHOST)
        (void)gvm_error_set(&t->err, status, "%s", gvm_status_text(status));
fail:
    gvm_tx_free(&tx);
    gvm_buf_free(&raw);
    gvm_buf_free(&form);
    return status;
}

/* ---- of the chain */

static gvm_status run(gvm_tool *t) {
    gvm_hash hash;
    if (strlen(t->args[0]) > 66) return run_raw(t, t->args[0]);
    yyjson_doc *answer;
    yyjson_val *result;
    if (gvm_hex_decode_hash(&hash, gvm_bytes_str(t->args[0])) != GVM_OK)
        return gvm_error_set(&t->err, GVM_ERR_SYNTAX,
                             "expected the hash of a transaction, 0x and 64 hex digits; found "
                             "\"%.100s\"",
                             t->args[0]);
    t->working = true;
    GVM_TRY(gvm_client_callf(t->client, &answer, &result, &t->err, "eth_getTransactionByHash",
                             "[\"%s\"]", t->args[0]));
    gvm_status status = GVM_OK;
    if (yyjson_is_null(result)) {
        status = gvm_error_set(&t->err, GVM_ERR_NOT_FOUND, "the node knows no transaction %s",
                               t->args[0]);
    } else if (t->json) {
        gvm_tool_print_json(result);
    } else {
        gvm_tool_rows(t, result, fields, sizeof fields / sizeof fields[0]);
        if (yyjson_is_null(yyjson_obj_get(result, "blockNumber")))
            gvm_tool_row(t, "block", "none yet: it waits in the pool");
    }
    yyjson_doc_free(answer);
    return status;
}

int gvm_cmd_tx(int argc, char **argv) {
    gvm_tool t;
    int code = gvm_tool_open(&t, &spec, argc, argv);
    return code >= 0 ? code : gvm_tool_close(&t, run(&t));
}
