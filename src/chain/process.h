/* Blocks through the machine: header checks, then begin (system calls), transactions one by one,
 * end (withdrawals, requests, rewards). Building a block and importing one are the same steps; they
 * differ in whether the header's results are filled in or compared.
 *
 *      import:  check_header ─▶ check_body ─▶ begin ─▶ add … add ─▶ end ─▶ check_result ─▶ (state
 * root: the caller's) build:   next_header  ───────────────▶ begin ─▶ add … add ─▶ end ─▶
 * fill_header  ─▶ (state root: the caller's)
 *
 * Refusals are GVM_ERR_BLOCK_* and GVM_ERR_TX_*, each with its own reason. */
#ifndef GVM_CHAIN_PROCESS_H
#define GVM_CHAIN_PROCESS_H

#include "chain/block.h"
#include "chain/config.h"
#include "exec/execute.h"

/* The contracts that blocks call: EIP-4788, 2935, 7002, 7251. */
extern const gvm_address gvm_beacon_roots_address, gvm_history_address,
    gvm_withdrawal_requests_address, gvm_consolidation_requests_address;

/* EIP-7934: the most bytes of an encoded block, from Osaka on. */
#define GVM_BLOCK_BYTES_MAX ((size_t)8 << 20)

typedef struct gvm_block_run {
    gvm_vm *vm;
    const gvm_chain_config *config;
    const gvm_rules *rules;
    gvm_exec_block used;   /* gas and blob gas so far */
    gvm_receipt *receipts; /* kept in the arena: logs and output live as long */
    size_t count, cap;
    gvm_bloom bloom;
    gvm_buf requests[3]; /* by type (EIP-7685): deposits, withdrawals, consolidations; without the
                            type byte */
    gvm_arena arena;
    /* Receipts from before Byzantium hold the state root after their transaction: where it comes
     * from. NULL: blocks of those forks get status receipts. Kept from block to block. */
    gvm_status (*tx_root)(void *ctx, gvm_hash *out, gvm_state *state);
    void *tx_root_ctx;
    bool no_rewards; /* leaves out what miners earned before Paris */
} gvm_block_run;

/* The header against its parent, without executing. */
GVM_NODISCARD gvm_status gvm_block_check_header(const gvm_chain_config *config,
                                                const gvm_header *header, const gvm_header *parent,
                                                const gvm_hash *parent_hash, gvm_error *err);
/* The lists against the header: roots, ommers, blob gas, size. */
GVM_NODISCARD gvm_status gvm_block_check_body(const gvm_chain_config *config,
                                              const gvm_block *block, gvm_error *err);

/* What the next block's header has by its parent: number, parent hash, base fee, excess blob gas,
 * the fork's fields. timestamp, coinbase, gas_limit, mix_hash, extra, parent_beacon_root are the
 * caller's (gas_limit starts as the parent's). merged: difficulty 0. */
void gvm_block_next_header(gvm_header *out, const gvm_chain_config *config,
                           const gvm_header *parent, const gvm_hash *parent_hash,
                           uint64_t timestamp);

/* Begins a block: sets vm->block and vm->rules from the header, then makes the calls that a block
 * begins with. vm->natives, vm->tracer, vm->state and block_hash are the caller's. *run must be
 * zeroed or used before (its memory is kept). */
GVM_NODISCARD gvm_status gvm_block_begin(gvm_block_run *run, gvm_vm *vm,
                                         const gvm_chain_config *config, const gvm_header *header,
                                         gvm_error *err);
/* Sets vm->block and vm->rules alone, for calls in the context of a block. */
void gvm_block_set_env(gvm_vm *vm, const gvm_chain_config *config, const gvm_header *header);
/* Executes one more transaction, whose sender is set. GVM_ERR_TX_*: not included, nothing changed.
 */
GVM_NODISCARD gvm_status gvm_block_add(gvm_block_run *run, const gvm_tx *tx, gvm_error *err);
/* Ends it: withdrawals, requests, rewards of blocks before Paris. */
GVM_NODISCARD gvm_status gvm_block_end(gvm_block_run *run, const gvm_block *block, gvm_error *err);
/* Fills in gas used, bloom, blob gas used, the roots of lists and receipts, requests hash. Not the
 * state root. */
GVM_NODISCARD gvm_status gvm_block_fill_header(gvm_block *block, const gvm_block_run *run);
/* Compares them. Not the state root. */
GVM_NODISCARD gvm_status gvm_block_check_result(const gvm_block *block, const gvm_block_run *run,
                                                gvm_error *err);
/* SHA-256 over the hashes of the requests that are not empty (EIP-7685). */
void gvm_block_requests_hash(gvm_hash *out, const gvm_block_run *run);
void gvm_block_run_free(gvm_block_run *run);

/* All of it for an import: recovers senders, executes, checks everything but the state root, which
 * the caller computes from the state's diff. */
GVM_NODISCARD gvm_status gvm_block_execute(gvm_block_run *run, gvm_vm *vm,
                                           const gvm_chain_config *config, gvm_block *block,
                                           gvm_error *err);

#endif
