/* What the transition tool reads: for t8n.c. */
#ifndef GVM_SERVICE_CONFORMANCE_T8N_INPUT_H
#define GVM_SERVICE_CONFORMANCE_T8N_INPUT_H

#include "chain/process.h"
#include "service/conformance/t8n.h"

/* The environment as a block's header (parent_hash where blockHashes has it), withdrawals and
 * ommers. Arrays live in block->arena. */
GVM_NODISCARD gvm_status gvm_t8n_read_env(gvm_block *block, gvm_chain_config *config,
                                          const gvm_t8n_options *options, yyjson_val *env,
                                          gvm_error *err);

typedef struct gvm_t8n_tx {
    gvm_tx tx; /* sender set */
    gvm_status status;
    char error[GVM_ERROR_TEXT]; /* where status is not OK */
} gvm_t8n_tx;
/* Each transaction, those that are none with the reason. Free with gvm_t8n_free_txs. */
GVM_NODISCARD gvm_status gvm_t8n_read_txs(gvm_t8n_tx **out, size_t *count, gvm_arena *arena,
                                          const gvm_rules *rules, uint64_t chain_id,
                                          yyjson_val *txs, gvm_error *err);
void gvm_t8n_free_txs(gvm_t8n_tx *txs, size_t count);

#endif
