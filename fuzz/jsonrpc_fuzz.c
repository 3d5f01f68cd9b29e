/* JSON-RPC: whatever comes in, what goes out is nothing or JSON of the right shape; every type of
 * parameter is read. */
#include "service/jsonrpc/methods.h"
#include "service/jsonrpc/subscribe.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static gvm_status all_types(gvm_rpc_call *call) {
    return gvm_rpc_fail_data(call, GVM_RPC_E_REVERTED, gvm_rpc_arg_data(call, 0), "%llu",
                             (unsigned long long)gvm_rpc_arg_block(call, 5).number);
}
static gvm_status more_types(gvm_rpc_call *call) {
    gvm_buf *out = gvm_rpc_return_text(call);
    gvm_buf_printf(out, "%llu", (unsigned long long)gvm_rpc_arg_u64(call, 0));
    return GVM_OK;
}

#define R(kind, name) \
    { GVM_RPC_##kind, name, false, NULL, NULL }
#define O(kind, name) \
    { GVM_RPC_##kind, name, true, NULL, NULL }
static const gvm_rpc_method methods[] = {
    {"a",
     all_types,
     0,
     "any",
     "",
     {O(DATA, "d"),
      O(ADDRESS, "a"),
      O(HASH, "h"),
      O(SLOT, "s"),
      O(QUANTITY, "q"),
      {GVM_RPC_BLOCK, "b", true, "\"latest\"", NULL}}},
    {"b",
     more_types,
     GVM_RPC_VARIADIC,
     "any",
     "",
     {R(NUMBER, "n"), O(UINT64, "u"), O(BLOCK_NUMBER, "k"), O(BOOL, "t"), O(STRING, "s"),
      O(ANY, "x")}},
    {"web3_sha3", gvm_rpc_web3_sha3, 0, "hash", "", {R(DATA, "data")}},
    {"rpc_help", gvm_rpc_rpc_help, 0, "string", "", {O(STRING, "method")}},
    {"rpc_discover", gvm_rpc_rpc_discover, 0, "object", "", {{0}}},
    {"eth_subscribe",
     gvm_rpc_eth_subscribe,
     GVM_RPC_NEEDS_PEER,
     "data",
     "",
     {R(STRING, "topic"), O(ANY, "options")}},
    {"eth_unsubscribe",
     gvm_rpc_eth_unsubscribe,
     GVM_RPC_NEEDS_PEER,
     "boolean",
     "",
     {R(STRING, "id")}},
};
static const gvm_rpc_topic topics[] = {{"newHeads", NULL, NULL, ""}};

static void check_answer(yyjson_val *v) {
    if (!yyjson_is_obj(v) || !yyjson_equals_str(yyjson_obj_get(v, "jsonrpc"), "2.0")) abort();
    yyjson_val *error = yyjson_obj_get(v, "error");
    if (yyjson_obj_get(v, "id") == NULL || (error == NULL) == (yyjson_obj_get(v, "result") == NULL))
        abort();
    if (error != NULL && (!yyjson_is_int(yyjson_obj_get(error, "code")) ||
                          !yyjson_is_str(yyjson_obj_get(error, "message"))))
        abort();
}

static void done(void *ctx, gvm_buf *answer) {
    (*(int *)ctx)++;
    if (answer->len == 0) return;
    yyjson_doc *doc =
        yyjson_read((const char *)answer->ptr, answer->len, YYJSON_READ_BIGNUM_AS_RAW);
    if (doc == NULL) abort();
    yyjson_val *root = yyjson_doc_get_root(doc), *item;
    if (yyjson_is_arr(root)) {
        if (yyjson_arr_size(root) == 0) abort();
        yyjson_arr_iter it = yyjson_arr_iter_with(root);
        while ((item = yyjson_arr_iter_next(&it)) != NULL) check_answer(item);
    } else {
        check_answer(root);
    }
    yyjson_doc_free(doc);
}

static bool peer_send(void *ctx, gvm_buf *text) {
    (void)ctx;
    if (text == NULL) return false;
    yyjson_doc *doc = yyjson_read((const char *)text->ptr, text->len, 0);
    if (doc == NULL) abort();
    yyjson_doc_free(doc);
    gvm_buf_free(text);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static gvm_rpc *rpc;
    const gvm_rpc_config config = {.methods = methods,
                                   .method_count = sizeof methods / sizeof methods[0],
                                   .topics = topics,
                                   .topic_count = 1,
                                   .max_batch = 50,
                                   .max_response = 20000};
    if (rpc == NULL && gvm_rpc_new(&rpc, &config, NULL) != GVM_OK) abort();
    gvm_rpc_peer *peer;
    if (gvm_rpc_peer_new(&peer, rpc, peer_send, NULL) != GVM_OK) abort();
    gvm_buf body = {0};
    gvm_buf_append(&body, data, size);
    int answers = 0;
    if (gvm_rpc_handle(rpc, &body, peer, 0, done, &answers) != NULL || answers != 1) abort();
    gvm_rpc_publish(rpc, "newHeads", gvm_bytes_str("{}"));
    gvm_rpc_peer_answered(peer);
    gvm_rpc_peer_delete(peer);
    return 0;
}
