/* JSON-RPC: the examples of the specification (https://www.jsonrpc.org/specification, section 7),
 * compared by value; then what EIP-1474, EIP-1898 and our own contract add. */
#include "service/jsonrpc/methods.h"
#include "service/jsonrpc/subscribe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* ---- methods under test */

static gvm_rpc_call *held;
static int updates;

static gvm_status subtract(gvm_rpc_call *call) {
    int64_t a = yyjson_get_sint(gvm_rpc_arg_json(call, 0)),
            b = yyjson_get_sint(gvm_rpc_arg_json(call, 1));
    return gvm_rpc_return(call, yyjson_mut_sint(gvm_rpc_doc(call), a - b));
}
static gvm_status update(gvm_rpc_call *call) {
    updates++;
    return gvm_rpc_return_null(call);
}
static gvm_status sum(gvm_rpc_call *call) {
    int64_t total = 0;
    for (size_t i = 0; i < gvm_rpc_arg_count(call); i++)
        total += yyjson_get_sint(gvm_rpc_arg_raw(call, i));
    return gvm_rpc_return(call, yyjson_mut_sint(gvm_rpc_doc(call), total));
}
static gvm_status get_data(gvm_rpc_call *call) {
    gvm_buf_str(gvm_rpc_return_text(call), "[\"hello\",5]");
    return GVM_OK;
}
static gvm_status types(gvm_rpc_call *call) {
    gvm_rpc_block block = gvm_rpc_arg_block(call, 2);
    yyjson_mut_doc *doc = gvm_rpc_doc(call);
    yyjson_mut_val *out = yyjson_mut_obj(doc);
    gvm_address address = gvm_rpc_arg_address(call, 0);
    yyjson_mut_obj_add_val(doc, out, "address", gvm_rpc_val_address(call, &address));
    yyjson_mut_obj_add_val(doc, out, "quantity",
                           gvm_rpc_val_quantity(call, gvm_rpc_arg_quantity(call, 1)));
    yyjson_mut_obj_add_uint(doc, out, "kind", block.kind);
    yyjson_mut_obj_add_val(doc, out, "number", gvm_rpc_val_u64(call, block.number));
    yyjson_mut_obj_add_val(doc, out, "hash", gvm_rpc_val_hash(call, &block.hash));
    yyjson_mut_obj_add_bool(doc, out, "canonical", block.require_canonical);
    return gvm_rpc_return(call, out);
}
static gvm_status revert(gvm_rpc_call *call) {
    return gvm_rpc_fail_data(call, GVM_RPC_E_REVERTED, gvm_bytes_str("\x08\xc3"),
                             "execution reverted: %s", "no \xff");
}
static gvm_status not_found(gvm_rpc_call *call) {
    (void)call;
    return GVM_ERR_NOT_FOUND;
}
static gvm_status later(gvm_rpc_call *call) {
    gvm_rpc_defer(call);
    held = call;
    return GVM_OK;
}
static gvm_status big(gvm_rpc_call *call) {
    gvm_buf *out = gvm_rpc_return_text(call);
    gvm_buf_put(out, '"');
    for (int i = 0; i < 400; i++) gvm_buf_put(out, 'x');
    gvm_buf_put(out, '"');
    return GVM_OK;
}

#define R(kind, param) \
    { GVM_RPC_##kind, param, false, NULL, NULL }
static const gvm_rpc_method methods[] = {
    {"subtract", subtract, 0, "any", "", {R(ANY, "minuend"), R(ANY, "subtrahend")}},
    {"update", update, GVM_RPC_VARIADIC, "any", "", {{GVM_RPC_ANY, "first", true, NULL, NULL}}},
    {"notify_hello", update, 0, "any", "", {R(ANY, "what")}},
    {"notify_sum", update, GVM_RPC_VARIADIC, "any", "", {{GVM_RPC_ANY, "first", true, NULL, NULL}}},
    {"sum", sum, GVM_RPC_VARIADIC, "any", "", {R(ANY, "first")}},
    {"get_data", get_data, 0, "any", "", {{0}}},
    {"types",
     types,
     0,
     "object",
     "",
     {R(ADDRESS, "address"),
      R(QUANTITY, "amount"),
      {GVM_RPC_BLOCK, "block", true, "\"latest\"", NULL}}},
    {"revert", revert, 0, "any", "", {{0}}},
    {"missing", not_found, 0, "any", "", {{0}}},
    {"later", later, 0, "any", "", {{0}}},
    {"big", big, 0, "any", "", {{0}}},
    {"on_worker", update, GVM_RPC_ON_WORKER, "any", "", {{0}}},
    {"dev_only", update, GVM_RPC_DEV_ONLY, "any", "", {{0}}},
    {"eth_subscribe",
     gvm_rpc_eth_subscribe,
     GVM_RPC_NEEDS_PEER,
     "data",
     "",
     {R(STRING, "topic"), {GVM_RPC_ANY, "options", true, NULL, NULL}}},
    {"eth_unsubscribe",
     gvm_rpc_eth_unsubscribe,
     GVM_RPC_NEEDS_PEER,
     "boolean",
     "",
     {R(STRING, "id")}},
};
static const gvm_rpc_topic topics[] = {{"newHeads", NULL, NULL, "heads"}};

/* ---- a harness without threads: posted and worker tasks wait in a list */

static gvm_task *queue[16];
static size_t queued;
static void enqueue(void *ctx, gvm_task *task) {
    (void)ctx;
    assert_true(queued < 16);
    queue[queued++] = task;
}
static void run_queue(void) {
    for (size_t i = 0; i < queued; i++) queue[i]->run(queue[i]->arg);
    queued = 0;
}

static gvm_buf answer;
static int answers;
static void take(void *ctx, gvm_buf *text) {
    (void)ctx;
    answers++;
    gvm_buf_free(&answer);
    answer = *text;
    *text = (gvm_buf){0};
}

static gvm_rpc *rpc_new(gvm_rpc_config c) {
    gvm_rpc *rpc = NULL;
    if (c.methods == NULL) {
        c.methods = methods;
        c.method_count = sizeof methods / sizeof methods[0];
    }
    c.topics = topics;
    c.topic_count = 1;
    c.executor = (gvm_executor){NULL, enqueue, enqueue};
    gvm_error err = {0};
    if (gvm_rpc_new(&rpc, &c, &err) != GVM_OK) fail_msg("%s", gvm_error_text(&err));
    return rpc;
}

static gvm_rpc_request *start(gvm_rpc *rpc, gvm_rpc_peer *peer, const char *text) {
    gvm_buf body = {0};
    gvm_buf_str(&body, text);
    return gvm_rpc_handle(rpc, &body, peer, 1000, take, NULL);
}

static void expect_answer(const char *wanted) {
    if (wanted[0] == '\0') {
        assert_int_equal(answer.len, 0);
        return;
    }
    yyjson_doc *a = yyjson_read((char *)answer.ptr, answer.len, 0),
               *b = yyjson_read(wanted, strlen(wanted), 0);
    assert_non_null(b);
    if (a == NULL || !yyjson_equals(yyjson_doc_get_root(a), yyjson_doc_get_root(b)))
        fail_msg("expected %s\nfound    %.*s", wanted, (int)answer.len, (char *)answer.ptr);
    yyjson_doc_free(a);
    yyjson_doc_free(b);
}

static void check(gvm_rpc *rpc, const char *request, const char *wanted) {
    int before = answers;
    assert_null(start(rpc, NULL, request));
    assert_int_equal(answers, before + 1);
    expect_answer(wanted);
}

/* The code of the error alone, and a piece of its message. */
static void check_error(gvm_rpc *rpc, const char *request, int code, const char *piece) {
    assert_null(start(rpc, NULL, request));
    yyjson_doc *doc = yyjson_read((char *)answer.ptr, answer.len, 0);
    yyjson_val *error = yyjson_obj_get(yyjson_doc_get_root(doc), "error");
    if (yyjson_get_int(yyjson_obj_get(error, "code")) != code ||
        strstr(yyjson_get_str(yyjson_obj_get(error, "message")), piece) == NULL)
        fail_msg("%s\nexpected %d and \"%s\"\nfound %.*s", request, code, piece, (int)answer.len,
                 (char *)answer.ptr);
    yyjson_doc_free(doc);
}

static void finish(gvm_rpc *rpc) {
    gvm_rpc_delete(rpc);
    gvm_buf_free(&answer);
}

/* ---- section 7 of the specification; the error messages are ours, its texts are an example */

#define E_REQUEST(found, expected)                                                    \
    "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32600,\"message\":\"invalid request: " \
    "expected " expected ", found " found "\"},\"id\":null}"

static void test_specification_examples(void **state) {
    (void)state;
    gvm_rpc *rpc = rpc_new((gvm_rpc_config){0});
    check(rpc, "{\"jsonrpc\": \"2.0\", \"method\": \"subtract\", \"params\": [42, 23], \"id\": 1}",
          "{\"jsonrpc\": \"2.0\", \"result\": 19, \"id\": 1}");
    check(rpc, "{\"jsonrpc\": \"2.0\", \"method\": \"subtract\", \"params\": [23, 42], \"id\": 2}",
          "{\"jsonrpc\": \"2.0\", \"result\": -19, \"id\": 2}");
    check(rpc,
          "{\"jsonrpc\": \"2.0\", \"method\": \"subtract\", \"params\": {\"subtrahend\": 23, "
          "\"minuend\": 42}, \"id\": 3}",
          "{\"jsonrpc\": \"2.0\", \"result\": 19, \"id\": 3}");
    check(rpc,
          "{\"jsonrpc\": \"2.0\", \"method\": \"subtract\", \"params\": {\"minuend\": 42, "
          "\"subtrahend\": 23}, \"id\": 4}",
          "{\"jsonrpc\": \"2.0\", \"result\": 19, \"id\": 4}");
    updates = 0;
    check(rpc, "{\"jsonrpc\": \"2.0\", \"method\": \"update\", \"params\": [1,2,3,4,5]}", "");
    assert_int_equal(updates, 1);
    check(rpc, "{\"jsonrpc\": \"2.0\", \"method\": \"foobar\"}", "");
    check(rpc, "{\"jsonrpc\": \"2.0\", \"method\": \"foobar\", \"id\": \"1\"}",
          "{\"jsonrpc\": \"2.0\", \"error\": {\"code\": -32601, \"message\": \"the method foobar "
          "does not exist/is not "
          "available\"}, \"id\": \"1\"}");
    check_error(rpc, "{\"jsonrpc\": \"2.0\", \"method\": \"foobar, \"params\": \"bar\", \"baz]",
                -32700, "parse error");
    check(rpc, "{\"jsonrpc\": \"2.0\", \"method\": 1, \"params\": \"bar\"}",
          E_REQUEST("the number 1", "text as \\\"method\\\""));
    check_error(rpc,
                "[{\"jsonrpc\": \"2.0\", \"method\": \"sum\", \"params\": [1,2,4], \"id\": \"1\"},"
                "{\"jsonrpc\": \"2.0\", \"method\"]",
                -32700, "parse error");
    check_error(rpc, "[]", -32600, "at least one call");
    check(rpc, "[1]", "[" E_REQUEST("the number 1", "an object as request") "]");
    check(rpc, "[1,2,3]",
          "[" E_REQUEST("the number 1", "an object as request") "," E_REQUEST(
              "the number 2", "an object as request") "," E_REQUEST("the number 3",
                                                                    "an object as request") "]");
    check(rpc,
          "[{\"jsonrpc\": \"2.0\", \"method\": \"sum\", \"params\": [1,2,4], \"id\": \"1\"},"
          "{\"jsonrpc\": \"2.0\", \"method\": \"notify_hello\", \"params\": [7]},"
          "{\"jsonrpc\": \"2.0\", \"method\": \"subtract\", \"params\": [42,23], \"id\": \"2\"},"
          "{\"foo\": \"boo\"},"
          "{\"jsonrpc\": \"2.0\", \"method\": \"foo.get\", \"params\": {\"name\": \"myself\"}, "
          "\"id\": \"5\"},"
          "{\"jsonrpc\": \"2.0\", \"method\": \"get_data\", \"id\": \"9\"}]",
          "[{\"jsonrpc\": \"2.0\", \"result\": 7, \"id\": \"1\"},"
          "{\"jsonrpc\": \"2.0\", \"result\": 19, \"id\": \"2\"}," E_REQUEST(
              "nothing", "\\\"jsonrpc\\\":\\\"2.0\\\"") ","
                                                        "{\"jsonrpc\": \"2.0\", \"error\": "
                                                        "{\"code\": -32601, \"message\": \"the "
                                                        "method foo.get does not exist/is not "
                                                        "available\"}, \"id\": \"5\"},"
                                                        "{\"jsonrpc\": \"2.0\", \"result\": "
                                                        "[\"hello\", 5], \"id\": \"9\"}]");
    check(rpc,
          "[{\"jsonrpc\": \"2.0\", \"method\": \"notify_sum\", \"params\": [1,2,4]},"
          "{\"jsonrpc\": \"2.0\", \"method\": \"notify_hello\", \"params\": [7]}]",
          "");
    finish(rpc);
}

/* ---- beyond the examples */

static void test_ids_come_back_as_they_were(void **state) {
    (void)state;
    gvm_rpc *rpc = rpc_new((gvm_rpc_config){0});
    static const char *ids[] = {
        "0",    "-7",  "18446744073709551615", "1.5", "\"a\\u0000\\\"\\n\xc3\xa9\"", "null",
        "true", "\"\""};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        char request[256], wanted[256];
        (void)snprintf(request, sizeof request,
                       "{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":\"get_data\"}", ids[i]);
        (void)snprintf(wanted, sizeof wanted,
                       "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":[\"hello\",5]}", ids[i]);
        check(rpc, request, wanted);
    }
    check(rpc,
          "{\"jsonrpc\":\"2.0\",\"id\":123456789012345678901234567890,\"method\":\"get_data\"}",
          "{\"jsonrpc\":\"2.0\",\"id\":123456789012345678901234567890,\"result\":[\"hello\",5]}");
    assert_non_null(strstr((char *)answer.ptr, "123456789012345678901234567890"));
    check_error(rpc, "{\"jsonrpc\":\"2.0\",\"id\":[1],\"method\":\"get_data\"}", -32600,
                "found an array");
    finish(rpc);
}

#define TYPES(params) "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"types\",\"params\":" params "}"
#define A             "\"0x00000000000000000000000000000000000000ff\""
#define H             "0x0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define H0            "0x0000000000000000000000000000000000000000000000000000000000000000"
#define TYPED(kind, number, hash, canonical)                                             \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"address\":" A                           \
    ",\"quantity\":\"0x0\",\"kind\":" kind ",\"number\":\"" number "\",\"hash\":\"" hash \
    "\",\"canonical\":" canonical "}}"

static void test_parameters_are_read_by_type(void **state) {
    (void)state;
    gvm_rpc *rpc = rpc_new((gvm_rpc_config){0});
    check(rpc, TYPES("[" A ",\"0x0\"]"), TYPED("2", "0x0", H0, "false"));
    check(rpc, TYPES("[" A ",\"0x0\",null]"), TYPED("2", "0x0", H0, "false"));
    check(rpc, TYPES("{\"amount\":\"0x0\",\"address\":" A "}"), TYPED("2", "0x0", H0, "false"));
    check(rpc, TYPES("[" A ",\"0x0\",\"0x10\"]"), TYPED("0", "0x10", H0, "false"));
    check(rpc, TYPES("[" A ",\"0x0\",\"finalized\"]"), TYPED("6", "0x0", H0, "false"));
    check(rpc, TYPES("[" A ",\"0x0\",{\"blockNumber\":\"0x5\"}]"), TYPED("0", "0x5", H0, "false"));
    check(rpc, TYPES("[" A ",\"0x0\",{\"blockHash\":\"" H "\",\"requireCanonical\":true}]"),
          TYPED("1", "0x0", H, "true"));
    check(rpc, TYPES("[" A ",\"0x0\",\"" H "\"]"), TYPED("1", "0x0", H, "false"));
    check_error(rpc, TYPES("[]"), -32602,
                "parameter 1 (address): expected a 0x-prefixed address of 20 bytes, found nothing");
    check_error(rpc, TYPES("[" A "]"), -32602, "parameter 2 (amount)");
    check_error(rpc, TYPES("[\"0x12\",\"0x0\"]"), -32602, "found the text \"0x12\" (2 digits)");
    check_error(rpc, TYPES("[" A ",5]"), -32602, "found the number 5");
    check_error(rpc, TYPES("[" A ",\"0x00\"]"), -32602, "without leading zeros");
    check_error(rpc, TYPES("[" A ",\"0x\"]"), -32602, "found the text \"0x\"");
    check_error(rpc, TYPES("[" A ",\"0x1" H0 "\"]"), -32602, "at most 256 bits");
    check_error(rpc, TYPES("[" A ",\"0x0\",\"newest\"]"), -32602, "parameter 3 (block)");
    check_error(rpc, TYPES("[" A ",\"0x0\",{\"blockHash\":\"" H "\",\"blockNumber\":\"0x1\"}]"),
                -32602, "EIP-1898");
    check_error(rpc, TYPES("[" A ",\"0x0\",{}]"), -32602, "EIP-1898");
    check_error(rpc, TYPES("[" A ",\"0x0\",\"latest\",1]"), -32602,
                "expected at most 3 parameters, found 4");
    check_error(rpc, TYPES("{\"adress\":" A "}"), -32602,
                "unknown parameter \"adress\": types takes address, amount, block");
    check_error(rpc, TYPES("5"), -32600, "an array or an object");
    finish(rpc);
}

static void test_errors_carry_code_message_and_data(void **state) {
    (void)state;
    gvm_rpc *rpc = rpc_new((gvm_rpc_config){0});
    check(rpc, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"revert\"}",
          "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":3,\"message\":\"execution reverted: "
          "no ?\",\"data\":\"0x08c3\"}}");
    check(rpc, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"missing\"}",
          "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32001,\"message\":\"not found\"}}");
    check_error(rpc, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"substract\"}", -32601,
                "did you mean subtract?");
    check_error(rpc, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"dev_only\"}", -32601,
                "development mode only");
    check_error(
        rpc,
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_subscribe\",\"params\":[\"newHeads\"]}",
        -32004, "use WebSocket");
    check_error(rpc, "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"sum\"}", -32600,
                "found the text \"1.0\"");
    check_error(rpc, "", -32700, "found nothing");
    check_error(rpc, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"sum\"} {}", -32700, "parse error");
    finish(rpc);
}

static void test_limits(void **state) {
    (void)state;
    gvm_rpc *rpc = rpc_new((gvm_rpc_config){.max_batch = 3, .max_response = 500, .max_active = 1});
#define BIG "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"big\"}"
    check_error(rpc, "[" BIG "," BIG "," BIG "," BIG "]", -32005,
                "expected at most 3 calls, found 4");
    assert_null(start(rpc, NULL, "[" BIG "," BIG "," BIG "]"));
    yyjson_doc *doc = yyjson_read((char *)answer.ptr, answer.len, 0);
    yyjson_val *root = yyjson_doc_get_root(doc);
    assert_int_equal(yyjson_arr_size(root), 3);
    assert_int_equal(yyjson_get_len(yyjson_obj_get(yyjson_arr_get(root, 0), "result")), 400);
    for (size_t i = 1; i < 3; i++)
        assert_int_equal(yyjson_get_int(yyjson_obj_get(
                             yyjson_obj_get(yyjson_arr_get(root, i), "error"), "code")),
                         -32005);
    yyjson_doc_free(doc);
    gvm_rpc_request *first =
        start(rpc, NULL, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"later\"}");
    assert_non_null(first);
    check_error(rpc, "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"get_data\"}", -32002,
                "too many requests");
    gvm_rpc_complete(held, gvm_rpc_return_bool(held, true));
    run_queue();
    expect_answer("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":true}");
    gvm_rpc_drain(rpc);
    check_error(rpc, "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"get_data\"}", -32002,
                "shutting down");
    finish(rpc);
}

#define LATER_BATCH                                                                           \
    "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"sum\",\"params\":[5]},{\"jsonrpc\":\"2.0\"," \
    "\"id\":2,\"method\":\"later\"},"                                                         \
    "{\"jsonrpc\":\"2.0\",\"method\":\"update\"},{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":"   \
    "\"sum\",\"params\":[6]}]"

static void test_a_call_may_complete_later(void **state) {
    (void)state;
    gvm_rpc *rpc = rpc_new((gvm_rpc_config){0});
    updates = 0;
    assert_non_null(start(rpc, NULL, LATER_BATCH));
    assert_int_equal(gvm_rpc_active(rpc), 1);
    assert_int_equal(updates, 0);
    gvm_rpc_complete(held, gvm_rpc_fail(held, -32000, "no"));
    run_queue();
    assert_int_equal(updates, 1);
    expect_answer("[{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":5},{\"jsonrpc\":\"2.0\",\"id\":2,"
                  "\"error\":{\"code\":-32000,"
                  "\"message\":\"no\"}},{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":6}]");
    assert_int_equal(gvm_rpc_active(rpc), 0);
    finish(rpc);
}

static void test_time_limit_answers_for_a_method_that_hangs(void **state) {
    (void)state;
    gvm_rpc *rpc = rpc_new((gvm_rpc_config){.time_limit_ms = 50});
    updates = 0;
    assert_non_null(start(rpc, NULL, LATER_BATCH));
    assert_int_equal(gvm_rpc_deadline(rpc), 1050);
    int before = answers;
    gvm_rpc_tick(rpc, 1049);
    assert_int_equal(answers, before);
    assert_false(gvm_rpc_cancelled(held));
    gvm_rpc_tick(rpc, 1050);
    assert_int_equal(answers, before + 1);
#define SLOW "\"error\":{\"code\":-32002,\"message\":\"the request took longer than 50 ms\"}}"
    expect_answer("[{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":5},{\"jsonrpc\":\"2.0\",\"id\":2," SLOW
                  ",{\"jsonrpc\":\"2.0\",\"id\":3," SLOW "]");
    assert_true(gvm_rpc_cancelled(held));
    assert_int_equal(gvm_rpc_active(rpc), 1);
    gvm_rpc_complete(held, GVM_ERR_CANCELLED);
    run_queue();
    assert_int_equal(gvm_rpc_active(rpc), 0);
    assert_int_equal(answers, before + 1);
    assert_int_equal(updates, 0);

    gvm_rpc_request *r = start(rpc, NULL, LATER_BATCH);
    gvm_rpc_cancel(r);
    assert_true(gvm_rpc_cancelled(held));
    gvm_rpc_complete(held, GVM_OK);
    run_queue();
    assert_int_equal(answers, before + 1);

    assert_non_null(start(rpc, NULL, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"on_worker\"}"));
    run_queue(); /* the worker's part, which posts back behind what is run */
    run_queue();
    expect_answer("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":null}");
    finish(rpc);
}

/* ---- subscriptions */

static gvm_buf sent[4];
static size_t sends;
static bool reads;
static bool peer_take(void *ctx, gvm_buf *text) {
    (void)ctx;
    if (!reads) return false;
    assert_true(sends < 4);
    sent[sends++] = *text;
    *text = (gvm_buf){0};
    return true;
}

static void test_subscriptions(void **state) {
    (void)state;
    gvm_rpc *rpc = rpc_new((gvm_rpc_config){.seed = 7});
    gvm_rpc_peer *peer;
    assert_int_equal(gvm_rpc_peer_new(&peer, rpc, peer_take, NULL), GVM_OK);
    reads = true;
    sends = 0;
    assert_null(start(
        rpc, peer,
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_subscribe\",\"params\":[\"newHeads\"]}"));
    assert_int_equal(gvm_rpc_subscribers(rpc, "newHeads"), 1);
    char id[64] = {0};
    yyjson_doc *doc = yyjson_read((char *)answer.ptr, answer.len, 0);
    const char *given = yyjson_get_str(yyjson_obj_get(yyjson_doc_get_root(doc), "result"));
    assert_non_null(given);
    if (given != NULL) memcpy(id, given, strnlen(given, sizeof id - 1));
    yyjson_doc_free(doc);
    assert_int_equal(strlen(id), 34);
    gvm_rpc_publish(rpc, "newHeads", gvm_bytes_str("{\"number\":\"0x1\"}"));
    assert_int_equal(sends, 0); /* the id is not out yet */
    gvm_rpc_peer_answered(peer);
    assert_int_equal(sends, 1);
    gvm_rpc_publish(rpc, "newHeads", gvm_bytes_str("{\"number\":\"0x2\"}"));
    assert_int_equal(sends, 2);
    char wanted[256];
    (void)snprintf(wanted, sizeof wanted,
                   "{\"jsonrpc\":\"2.0\",\"method\":\"eth_subscription\",\"params\":{"
                   "\"subscription\":\"%s\",\"result\":"
                   "{\"number\":\"0x2\"}}}",
                   id);
    assert_memory_equal(sent[1].ptr, wanted, strlen(wanted));
    char request[160];
    (void)snprintf(
        request, sizeof request,
        "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"eth_unsubscribe\",\"params\":[\"%s\"]}", id);
    assert_null(start(rpc, peer, request));
    expect_answer("{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":true}");
    assert_null(start(rpc, peer, request));
    expect_answer("{\"jsonrpc\":\"2.0\",\"id\":2,\"error\":{\"code\":-32000,\"message\":"
                  "\"subscription not found on this "
                  "connection\"}}");
    assert_int_equal(gvm_rpc_subscribers(rpc, "newHeads"), 0);
    /* A peer that is lost is sent nothing more, and its subscriptions end with it. */
    assert_null(start(
        rpc, peer,
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_subscribe\",\"params\":[\"newHeads\"]}"));
    gvm_rpc_peer_answered(peer);
    reads = false;
    gvm_rpc_publish(rpc, "newHeads", gvm_bytes_str("1"));
    reads = true;
    gvm_rpc_publish(rpc, "newHeads", gvm_bytes_str("2"));
    assert_int_equal(sends, 2);
    gvm_rpc_peer_delete(peer);
    assert_int_equal(gvm_rpc_subscribers(rpc, "newHeads"), 0);
    for (size_t i = 0; i < sends; i++) gvm_buf_free(&sent[i]);
    finish(rpc);
}

static void test_the_table_answers_about_itself(void **state) {
    (void)state;
    gvm_rpc *rpc = rpc_new((gvm_rpc_config){.methods = gvm_rpc_methods,
                                            .method_count = gvm_rpc_method_count,
                                            .client = "GhostVM/test"});
    check(rpc, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"web3_clientVersion\",\"params\":[]}",
          "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"GhostVM/test\"}");
    /* The example of the Ethereum wiki and of execution-apis. */
    check(rpc,
          "{\"jsonrpc\":\"2.0\",\"method\":\"web3_sha3\",\"params\":[\"0x68656c6c6f20776f726c64\"],"
          "\"id\":64}",
          "{\"id\":64,\"jsonrpc\":\"2.0\",\"result\":"
          "\"0x47173285a8d7341e5e972fc677286384f802f8ef42a5ec5f03bbfa254cb01fad\"}");
    assert_null(start(rpc, NULL, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"rpc_discover\"}"));
    yyjson_doc *doc = yyjson_read((char *)answer.ptr, answer.len, 0);
    yyjson_val *all = yyjson_obj_get(yyjson_obj_get(yyjson_doc_get_root(doc), "result"), "methods");
    assert_true(yyjson_arr_size(all) >= 5);
    yyjson_doc_free(doc);
    assert_null(
        start(rpc, NULL,
              "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"rpc_help\",\"params\":[\"web3_sha3\"]}"));
    assert_non_null(strstr((char *)answer.ptr, "web3_sha3(data) -> hash"));
    check_error(rpc,
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"rpc_help\",\"params\":[\"web3_sha\"]}",
                -32602, "did you mean web3_sha3");
    assert_null(start(rpc, NULL, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"rpc_modules\"}"));
    assert_non_null(strstr((char *)answer.ptr, "\"web3\":\"1.0\""));
    gvm_buf text = {0};
    gvm_rpc_write_markdown(&text, gvm_rpc_methods, gvm_rpc_method_count);
    gvm_buf_put(&text, 0);
    assert_non_null(strstr((char *)text.ptr, "### web3_sha3"));
    gvm_buf_free(&text);
    finish(rpc);
}

static void test_bad_tables_are_refused(void **state) {
    (void)state;
    const gvm_rpc_method twice[] = {{"a", update, 0, "any", "", {{0}}},
                                    {"a", update, 0, "any", "", {{0}}}};
    const gvm_rpc_method order[] = {
        {"a", update, 0, "any", "", {{GVM_RPC_ANY, "x", true, NULL, NULL}, R(ANY, "y")}}};
    const gvm_rpc_method bad[] = {
        {"a", update, 0, "any", "", {{GVM_RPC_ANY, "x", true, "latest", NULL}}}};
    gvm_rpc *rpc;
    assert_int_equal(
        gvm_rpc_new(&rpc, &(gvm_rpc_config){.methods = twice, .method_count = 2}, NULL),
        GVM_ERR_ARGUMENT);
    assert_int_equal(
        gvm_rpc_new(&rpc, &(gvm_rpc_config){.methods = order, .method_count = 1}, NULL),
        GVM_ERR_ARGUMENT);
    assert_int_equal(gvm_rpc_new(&rpc, &(gvm_rpc_config){.methods = bad, .method_count = 1}, NULL),
                     GVM_ERR_ARGUMENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_specification_examples),
        cmocka_unit_test(test_ids_come_back_as_they_were),
        cmocka_unit_test(test_parameters_are_read_by_type),
        cmocka_unit_test(test_errors_carry_code_message_and_data),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_a_call_may_complete_later),
        cmocka_unit_test(test_time_limit_answers_for_a_method_that_hangs),
        cmocka_unit_test(test_subscriptions),
        cmocka_unit_test(test_the_table_answers_about_itself),
        cmocka_unit_test(test_bad_tables_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
