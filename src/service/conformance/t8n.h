/* The transition tool (`evm t8n` of go-ethereum): accounts, a block's environment and transactions
 * in, accounts and results out, all in JSON. No blocks, no chain: what test fillers drive clients
 * with.
 */
#ifndef GVM_SERVICE_CONFORMANCE_T8N_H
#define GVM_SERVICE_CONFORMANCE_T8N_H

#include "base/u256.h"

#include <yyjson.h>

typedef struct gvm_t8n_options {
    const char *fork; /* as in fixtures: "Cancun", "BPO1", "GrayGlacier" */
    uint64_t chain_id;
    bool has_reward; /* what the coinbase gets; without, no rewards at all */
    gvm_u256 reward;
    const char *trace_folder; /* where trace-<index>-<hash>.jsonl go; NULL: no traces */
    unsigned trace_flags;     /* GVM_TRACE3155_* */
} gvm_t8n_options;

/* Members of `doc`, for the caller to put where they are wanted. */
typedef struct gvm_t8n_output {
    yyjson_mut_doc *doc;
    yyjson_mut_val *alloc, *result, *body; /* body: the included transactions in RLP */
} gvm_t8n_output;

/* `txs`: an array of transactions (those with a secretKey are signed), or the RLP of a list of them
 * as hex text. Transactions that must be refused are listed in the result. On success the caller
 * frees out->doc. GVM_ERR_NOT_FOUND: a block hash is asked for that env does not have;
 * GVM_ERR_CONFIG: the fork or the environment; GVM_ERR_SYNTAX and others: the JSON or the RLP. */
GVM_NODISCARD gvm_status gvm_t8n_run(gvm_t8n_output *out, const gvm_t8n_options *options,
                                     yyjson_val *alloc, yyjson_val *env, yyjson_val *txs,
                                     gvm_error *err);

#endif
