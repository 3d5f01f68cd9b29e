/* What a JSON-RPC method sees: its checked parameters, a place for its result, and ways to fail.
 *
 * A method is one row of methods.inc and one function:
 *
 *     METHOD(eth_getBalance, GVM_RPC_ON_WORKER, "quantity", "Balance of an account, in wei",
 *            REQ(ADDRESS, "address", "the account"), OPT(BLOCK, "block", "\"latest\"", "state to
 * look at"))
 *
 *     gvm_status gvm_rpc_eth_getBalance(gvm_rpc_call *call) {
 *         my_node *node = gvm_rpc_context(call);
 *         gvm_address who = gvm_rpc_arg_address(call, 0);
 *         gvm_rpc_block at = gvm_rpc_arg_block(call, 1);
 *         gvm_u256 balance;
 *         if (my_balance(node, &balance, &who, &at) == GVM_ERR_NOT_FOUND)
 *             return gvm_rpc_fail(call, GVM_RPC_E_NOT_FOUND, "block not found");
 *         return gvm_rpc_return_quantity(call, balance);
 *     }
 *
 * By the time that the function runs, every parameter is there, has the type of its row, and is
 * read; the row also feeds help, the OpenRPC document and docs/json-rpc.md.
 *
 * A method completes
 *   at once        it returns GVM_OK with a result, or fails: `return gvm_rpc_fail(call, ...)`, or
 * any other status, which becomes an error answer by the table in gvm_rpc_fail_status on a worker
 * the same, but its row carries GVM_RPC_ON_WORKER: it runs on a worker thread, beside the loop and
 *                  beside other workers. Without the flag it runs on the loop's thread and must be
 * quick (< 1 ms). later          it calls gvm_rpc_defer(call), keeps `call`, and returns GVM_OK;
 * sometime later any one thread gives the result (or the failure) and then calls
 * gvm_rpc_complete(call), exactly once.
 *
 * Memory: `call` and everything reached from it (arguments, documents, strings) live until the
 * method has completed. What a result points to must live until then too, or be copied (yyjson's
 * *cpy functions copy into the document).
 *
 * Time: each request has a time limit. Work that can take more than a few milliseconds polls
 * gvm_rpc_cancelled and gives up with GVM_ERR_CANCELLED; the client has its answer by then (a
 * time-out error), or is gone. */
#ifndef GVM_SERVICE_JSONRPC_RPC_H
#define GVM_SERVICE_JSONRPC_RPC_H

#include "base/bytes.h"
#include "base/u256.h"

#include <stdbool.h>
#include <stdint.h>
#include <yyjson.h>

typedef struct gvm_rpc_call gvm_rpc_call;
typedef gvm_status (*gvm_rpc_handler)(gvm_rpc_call *call);

/* ---- rows */

/* Parameter types: X(NAME, shown as, what a person should write). */
#define GVM_RPC_TYPES(X)                                                                      \
    X(QUANTITY, "quantity", "a 0x-prefixed number of at most 256 bits without leading zeros") \
    X(UINT64, "quantity", "a 0x-prefixed number of at most 64 bits without leading zeros")    \
    X(NUMBER, "number",                                                                       \
      "a number of at most 64 bits: 0x-prefixed, decimal text, or a JSON number")             \
    X(DATA, "data", "0x-prefixed hexadecimal bytes")                                          \
    X(ADDRESS, "address", "a 0x-prefixed address of 20 bytes")                                \
    X(HASH, "hash", "a 0x-prefixed hash of 32 bytes")                                         \
    X(SLOT, "slot", "a 0x-prefixed storage key of at most 32 bytes")                          \
    X(BLOCK, "block",                                                                         \
      "a block number, a tag (latest, earliest, pending, safe, finalized), a block "          \
      "hash, or an object with blockNumber or blockHash (EIP-1898)")                          \
    X(BLOCK_NUMBER, "block number",                                                           \
      "a block number or a tag (latest, earliest, pending, safe, finalized)")                 \
    X(BOOL, "boolean", "true or false")                                                       \
    X(STRING, "string", "text")                                                               \
    X(OBJECT, "object", "a JSON object")                                                      \
    X(ARRAY, "array", "a JSON array")                                                         \
    X(ANY, "any", "any JSON value")

typedef enum gvm_rpc_type {
#define X(name, shown, expected) GVM_RPC_##name,
    GVM_RPC_TYPES(X)
#undef X
        GVM_RPC_TYPE_COUNT
} gvm_rpc_type;

/* "quantity", and "a 0x-prefixed number ...". Static storage. */
const char *gvm_rpc_type_name(gvm_rpc_type type);
const char *gvm_rpc_type_expected(gvm_rpc_type type);

#define GVM_RPC_MAX_PARAMS 6

typedef struct gvm_rpc_param {
    gvm_rpc_type type;
    const char *name; /* also accepted as the key where params is an object; NULL ends the list */
    bool optional;    /* may be left out or null; no required one follows an optional one */
    const char
        *fallback;    /* JSON text that stands for a missing optional one; NULL: it stays missing */
    const char *text; /* a few words for the documentation */
} gvm_rpc_param;

typedef enum gvm_rpc_flags {
    GVM_RPC_ON_WORKER = 1,  /* runs on a worker thread */
    GVM_RPC_DEV_ONLY = 2,   /* exists only in development mode */
    GVM_RPC_NEEDS_PEER = 4, /* only over a connection that can be notified (WebSocket) */
    GVM_RPC_VARIADIC =
        8, /* further parameters of the last one's type may follow, see gvm_rpc_arg_count */
} gvm_rpc_flags;

typedef struct gvm_rpc_method {
    const char *name; /* "eth_getBalance" */
    gvm_rpc_handler handler;
    unsigned flags;      /* gvm_rpc_flags */
    const char *result;  /* type of the result, for the documentation */
    const char *summary; /* one line, no full stop */
    gvm_rpc_param params[GVM_RPC_MAX_PARAMS];
} gvm_rpc_method;

/* ---- values */

typedef enum gvm_rpc_block_kind {
    GVM_RPC_AT_NUMBER,
    GVM_RPC_AT_HASH,
    GVM_RPC_AT_LATEST,
    GVM_RPC_AT_PENDING,
    GVM_RPC_AT_EARLIEST,
    GVM_RPC_AT_SAFE,
    GVM_RPC_AT_FINALIZED,
} gvm_rpc_block_kind;

typedef struct gvm_rpc_block {
    gvm_rpc_block_kind kind;
    bool require_canonical; /* with GVM_RPC_AT_HASH (EIP-1898) */
    uint64_t number;        /* with GVM_RPC_AT_NUMBER */
    gvm_hash hash;          /* with GVM_RPC_AT_HASH */
} gvm_rpc_block;

typedef struct gvm_rpc_value {
    bool given;       /* false: an optional parameter without default was left out, or was null */
    yyjson_val *json; /* as it came; NULL where not given */
    union {
        gvm_u256 quantity;   /* QUANTITY */
        uint64_t number;     /* UINT64, NUMBER */
        gvm_bytes bytes;     /* DATA: the bytes. STRING: UTF-8 text without NUL at the end */
        gvm_address address; /* ADDRESS */
        gvm_hash hash;       /* HASH; SLOT, padded on the left */
        gvm_rpc_block block; /* BLOCK, BLOCK_NUMBER */
        bool boolean;        /* BOOL */
    };
} gvm_rpc_value;

/* Reads one JSON value by type: for the members of objects and arrays that a method takes apart
 * itself. `name` is what the error calls it ("transaction.from"). On failure the call has failed
 * with GVM_RPC_E_PARAMS, which says what was expected and what was found; return the status. A NULL
 * or null `json` gives out->given = false and GVM_OK. */
GVM_NODISCARD gvm_status gvm_rpc_read(gvm_rpc_call *call, gvm_rpc_value *out, gvm_rpc_type type,
                                      yyjson_val *json, const char *name);

/* Parameter i of the row (0-based). The type must be the row's (asserted). A missing optional one
 * gives zero, NULL or an empty view: ask gvm_rpc_arg_given where that matters. */
size_t
gvm_rpc_arg_count(const gvm_rpc_call *call); /* how many the client sent (null ones included) */
bool gvm_rpc_arg_given(const gvm_rpc_call *call, size_t i);
const gvm_rpc_value *gvm_rpc_arg(const gvm_rpc_call *call, size_t i); /* of any type */
gvm_u256 gvm_rpc_arg_quantity(const gvm_rpc_call *call, size_t i);
uint64_t gvm_rpc_arg_u64(const gvm_rpc_call *call, size_t i); /* UINT64, NUMBER */
gvm_bytes gvm_rpc_arg_data(const gvm_rpc_call *call, size_t i);
gvm_bytes gvm_rpc_arg_string(const gvm_rpc_call *call, size_t i);
gvm_address gvm_rpc_arg_address(const gvm_rpc_call *call, size_t i);
gvm_hash gvm_rpc_arg_hash(const gvm_rpc_call *call, size_t i); /* HASH, SLOT */
gvm_rpc_block gvm_rpc_arg_block(const gvm_rpc_call *call, size_t i);
bool gvm_rpc_arg_bool(const gvm_rpc_call *call, size_t i);
yyjson_val *gvm_rpc_arg_json(const gvm_rpc_call *call,
                             size_t i); /* any type; NULL where not given */
/* With GVM_RPC_VARIADIC: parameter i as JSON, i < gvm_rpc_arg_count; checked with gvm_rpc_read. */
yyjson_val *gvm_rpc_arg_raw(const gvm_rpc_call *call, size_t i);

/* ---- the call's surroundings */

void *gvm_rpc_context(const gvm_rpc_call *call); /* gvm_rpc_config.context: the node */
const gvm_rpc_method *gvm_rpc_call_method(const gvm_rpc_call *call);
const char *gvm_rpc_client_version(const gvm_rpc_call *call); /* gvm_rpc_config.client */
bool gvm_rpc_cancelled(const gvm_rpc_call *call);             /* any thread; one atomic load */
/* The flag itself, for those who poll on their own. */
const _Atomic bool *gvm_rpc_cancel_flag(const gvm_rpc_call *call);
/* Memory that lives as long as the call. NULL where memory is out. */
void *gvm_rpc_alloc(gvm_rpc_call *call, size_t len);

/* ---- results: one of these, once. They return GVM_OK, or GVM_ERR_NOMEM. */

/* The call's document, in which a result is built. NULL where memory is out (yyjson's builders pass
 * NULL on). */
yyjson_mut_doc *gvm_rpc_doc(gvm_rpc_call *call);
/* A value of that document; NULL means that memory was out while it was built. */
gvm_status gvm_rpc_return(gvm_rpc_call *call, yyjson_mut_val *value);
gvm_status gvm_rpc_return_null(gvm_rpc_call *call);
gvm_status gvm_rpc_return_bool(gvm_rpc_call *call, bool value);
gvm_status gvm_rpc_return_u64(gvm_rpc_call *call, uint64_t value);      /* "0x2a" */
gvm_status gvm_rpc_return_quantity(gvm_rpc_call *call, gvm_u256 value); /* "0x2a" */
gvm_status gvm_rpc_return_data(gvm_rpc_call *call, gvm_bytes value);    /* "0x002a" */
gvm_status gvm_rpc_return_hash(gvm_rpc_call *call, const gvm_hash *value);
gvm_status gvm_rpc_return_address(gvm_rpc_call *call, const gvm_address *value);
gvm_status gvm_rpc_return_string(gvm_rpc_call *call, const char *value); /* copied */
/* For big results (traces, logs, blocks): the buffer of the answer itself, to which the method
 * appends the JSON text of its result; nothing is copied afterwards. It holds bytes already: append
 * only. */
gvm_buf *gvm_rpc_return_text(gvm_rpc_call *call);

/* Values for the document, as the interface writes them. NULL where memory is out. */
yyjson_mut_val *gvm_rpc_val_u64(gvm_rpc_call *call, uint64_t value);
yyjson_mut_val *gvm_rpc_val_quantity(gvm_rpc_call *call, gvm_u256 value);
yyjson_mut_val *gvm_rpc_val_data(gvm_rpc_call *call, gvm_bytes value);
yyjson_mut_val *gvm_rpc_val_hash(gvm_rpc_call *call, const gvm_hash *value);
yyjson_mut_val *gvm_rpc_val_address(gvm_rpc_call *call, const gvm_address *value);

/* ---- failures */

/* JSON-RPC 2.0 section 5.1, EIP-1474 and geth's code for reverts. */
typedef enum gvm_rpc_code {
    GVM_RPC_E_PARSE = -32700,
    GVM_RPC_E_REQUEST = -32600,
    GVM_RPC_E_METHOD = -32601,
    GVM_RPC_E_PARAMS = -32602,
    GVM_RPC_E_INTERNAL = -32603,
    GVM_RPC_E_SERVER = -32000, /* "invalid input": what has no code of its own */
    GVM_RPC_E_NOT_FOUND =
        -32001, /* a block, transaction or state that is not (or no longer) here */
    GVM_RPC_E_UNAVAILABLE = -32002, /* not now: time-out, shutting down, too busy */
    GVM_RPC_E_REJECTED = -32003,    /* transaction rejected */
    GVM_RPC_E_UNSUPPORTED = -32004,
    GVM_RPC_E_LIMIT = -32005,
    GVM_RPC_E_REVERTED = 3, /* execution reverted; data is what the contract returned */
} gvm_rpc_code;

/* Fails the call with a code and a message for people; returns the status to return. The last
 * failure counts, and a failure beats a result. */
gvm_status gvm_rpc_fail(gvm_rpc_call *call, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same with `data` in 0x-hexadecimal (a revert's return data). */
gvm_status gvm_rpc_fail_data(gvm_rpc_call *call, int code, gvm_bytes data, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* The same with any value of gvm_rpc_doc(call) as `data`. */
gvm_status gvm_rpc_fail_json(gvm_rpc_call *call, int code, yyjson_mut_val *data, const char *fmt,
                             ...) __attribute__((format(printf, 4, 5)));
/* GVM_RPC_E_PARAMS, naming parameter i. `fmt` says what is wrong: "expected ..., found ...". */
gvm_status gvm_rpc_fail_param(gvm_rpc_call *call, size_t i, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The answer for a status from below; text is that of `err` where it has one (NULL allowed), else
 * the status's own. ERR_ARGUMENT, _RANGE, _SYNTAX, _TRUNCATED, _TRAILING, _NON_CANONICAL   -32602
 *   ERR_NOT_FOUND -32001   ERR_LIMIT -32005   ERR_UNSUPPORTED -32004
 *   ERR_TIMEOUT, _CANCELLED, _BUSY, _STATE -32002
 *   ERR_NOMEM, _IO, _CORRUPT, _FULL, _PERMISSION -32603   all others -32000 */
gvm_status gvm_rpc_fail_status(gvm_rpc_call *call, gvm_status status, const gvm_error *err);

/* ---- completing later */

/* The method will complete later. Call it before anything else can complete the call. A method that
 * defers and then returns a failure has completed by that: gvm_rpc_complete must not follow. */
void gvm_rpc_defer(gvm_rpc_call *call);
/* Completes a deferred call; `status` as a method would have returned it. From any thread, once;
 * `call` is gone then. */
void gvm_rpc_complete(gvm_rpc_call *call, gvm_status status);

/* ---- documentation, from the table */

/* A table of all methods and a section for each, in Markdown. */
void gvm_rpc_write_markdown(gvm_buf *out, const gvm_rpc_method *methods, size_t count);

#endif
