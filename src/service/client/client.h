/* A JSON-RPC client for tools: one call, one answer, over gvm_fetch_post. One thread. */
#ifndef GVM_SERVICE_CLIENT_CLIENT_H
#define GVM_SERVICE_CLIENT_CLIENT_H

#include "base/u256.h"
#include "codec/json.h"

/* Bytes of one answer; more than ghostd ever sends. */
#define GVM_CLIENT_ANSWER_MAX ((size_t)256 << 20)

/* How the node refused the last call. */
typedef struct gvm_client_fault {
    int64_t code; /* 3: execution reverted */
    char message[512];
    gvm_buf data; /* what a contract returned with a revert; empty where the answer has none */
} gvm_client_fault;

typedef struct gvm_client gvm_client;

/* Connects to nothing yet. Codes of gvm_fetch_parse_url; GVM_ERR_NOMEM. */
GVM_NODISCARD gvm_status gvm_client_new(gvm_client **out, const char *url, uint64_t timeout_ms,
                                        gvm_error *err);
void gvm_client_delete(gvm_client *c);

/* Calls `method` with `params`, the text of a JSON array. *result points into *answer, which is the
 * caller's to free with yyjson_doc_free. Codes of gvm_fetch_post; GVM_ERR_REMOTE where the node
 * answers with an error (gvm_client_last_fault has it); GVM_ERR_SYNTAX where the answer is no
 * JSON-RPC. After failure *answer is NULL. */
GVM_NODISCARD gvm_status gvm_client_call(gvm_client *c, yyjson_doc **answer, yyjson_val **result,
                                         const char *method, gvm_bytes params, gvm_error *err);
/* The same with params as printf makes them; whoever calls has checked what goes into them. */
GVM_NODISCARD gvm_status gvm_client_callf(gvm_client *c, yyjson_doc **answer, yyjson_val **result,
                                          gvm_error *err, const char *method, const char *format,
                                          ...) __attribute__((format(printf, 6, 7)));
/* Valid until the next call. */
const gvm_client_fault *gvm_client_last_fault(const gvm_client *c);

/* ---- calls whose result is one number */

GVM_NODISCARD gvm_status gvm_client_u64f(gvm_client *c, uint64_t *out, gvm_error *err,
                                         const char *method, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
GVM_NODISCARD gvm_status gvm_client_u256f(gvm_client *c, gvm_u256 *out, gvm_error *err,
                                          const char *method, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* ---- parameters from what people write */

enum { GVM_CLIENT_BLOCK_SIZE = 80 };
/* A block as a JSON value: latest, pending, earliest, safe, finalized, a number (decimal or 0x), or
 * a hash of 32 bytes; *is_hash (NULL allowed) tells the last. GVM_ERR_SYNTAX. */
GVM_NODISCARD gvm_status gvm_client_block(char out[GVM_CLIENT_BLOCK_SIZE], bool *is_hash,
                                          const char *text, gvm_error *err);
/* Appends `text` as a JSON value: itself where it is one (an object, an array, a string in quotes,
 * true, false, null, a number), else as a string. */
void gvm_client_put_param(gvm_buf *out, const char *text);

#endif
