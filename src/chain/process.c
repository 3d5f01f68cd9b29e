#include "chain/process.h"

#include "crypto/sha256.h"
#include "system/system.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
    GAS_LIMIT_DIVISOR = 1024,
    GAS_LIMIT_MIN = 5000,
    GWEI = 1000000000,
};

#define REFUSE(code, ...) gvm_error_set(err, GVM_ERR_BLOCK_##code, __VA_ARGS__)

/* ---- the header against its parent */

static bool is_london(const gvm_chain_config *config, const gvm_header *h) {
    return gvm_config_fork_of(config, h) >= GVM_FORK_LONDON;
}

/* The parent's gas limit as EIP-1559 counts it: doubled in the first block of London. */
static uint64_t parent_gas_limit(const gvm_chain_config *config, const gvm_header *parent,
                                 bool london) {
    return london && !is_london(config, parent) ? parent->gas_limit * 2 : parent->gas_limit;
}

static gvm_u256 expected_base_fee(const gvm_chain_config *config, const gvm_header *parent) {
    if (!is_london(config, parent)) return gvm_u256_from_u64(GVM_INITIAL_BASE_FEE);
    return gvm_next_base_fee(parent->base_fee, parent->gas_limit, parent->gas_used);
}

static uint64_t expected_excess(const gvm_chain_config *config, const gvm_header *parent,
                                uint64_t timestamp, gvm_fork fork) {
    gvm_blob_params params = gvm_config_blobs(config, timestamp);
    bool had = parent->later >= GVM_HEADER_CANCUN;
    return gvm_next_excess_blob_gas(gvm_rules_get(fork), &params, had ? parent->excess_blob_gas : 0,
                                    had ? parent->blob_gas_used : 0, parent->base_fee);
}

static gvm_status check_gas(const gvm_chain_config *config, const gvm_header *h,
                            const gvm_header *parent, bool london, gvm_error *err) {
    if (h->gas_limit > INT64_MAX)
        return REFUSE(GAS_LIMIT_TOO_LARGE, "gas limit %" PRIu64 " over 2^63-1", h->gas_limit);
    if (h->gas_used > h->gas_limit)
        return REFUSE(GAS_USED_OVER_LIMIT, "gas used %" PRIu64 " over the gas limit %" PRIu64,
                      h->gas_used, h->gas_limit);
    uint64_t before = parent_gas_limit(config, parent, london);
    uint64_t change = h->gas_limit > before ? h->gas_limit - before : before - h->gas_limit;
    if (change >= before / GAS_LIMIT_DIVISOR || h->gas_limit < GAS_LIMIT_MIN)
        return REFUSE(GAS_LIMIT,
                      "gas limit %" PRIu64 " too far from the parent's %" PRIu64 " or below 5000",
                      h->gas_limit, before);
    return GVM_OK;
}

static gvm_status check_blob_gas(const gvm_chain_config *config, const gvm_header *h,
                                 const gvm_header *parent, gvm_fork fork, gvm_error *err) {
    gvm_blob_params params = gvm_config_blobs(config, h->timestamp);
    uint64_t most = (uint64_t)params.max * GVM_GAS_PER_BLOB;
    if (h->blob_gas_used > most)
        return REFUSE(BLOB_GAS_OVER_LIMIT, "blob gas used %" PRIu64 " over the limit %" PRIu64,
                      h->blob_gas_used, most);
    if (h->blob_gas_used % GVM_GAS_PER_BLOB != 0)
        return REFUSE(BLOB_GAS_USED, "blob gas used %" PRIu64 " is no multiple of %u",
                      h->blob_gas_used, GVM_GAS_PER_BLOB);
    uint64_t excess = expected_excess(config, parent, h->timestamp, fork);
    if (h->excess_blob_gas != excess)
        return REFUSE(EXCESS_BLOB_GAS, "excess blob gas: expected %" PRIu64 ", found %" PRIu64,
                      excess, h->excess_blob_gas);
    return GVM_OK;
}

gvm_status gvm_block_check_header(const gvm_chain_config *config, const gvm_header *h,
                                  const gvm_header *parent, const gvm_hash *parent_hash,
                                  gvm_error *err) {
    static const uint8_t zero_nonce[8];
    bool merged = gvm_u256_is_zero(h->difficulty);
    gvm_fork fork = gvm_config_fork_of(config, h);
    if (!gvm_hash_equal(&h->parent_hash, parent_hash))
        return REFUSE(PARENT, "the parent hash names another block");
    if (h->number != parent->number + 1)
        return REFUSE(NUMBER, "number: expected %" PRIu64 ", found %" PRIu64, parent->number + 1,
                      h->number);
    if (gvm_u256_is_zero(parent->difficulty) && !merged)
        return REFUSE(DIFFICULTY, "difficulty above 0 after the merge");
    if (h->timestamp <= parent->timestamp)
        return REFUSE(TIMESTAMP, "timestamp %" PRIu64 " not after the parent's %" PRIu64,
                      h->timestamp, parent->timestamp);
    GVM_TRY(check_gas(config, h, parent, fork >= GVM_FORK_LONDON, err));
    uint8_t fields = gvm_header_fields_of(fork);
    if (h->later != fields)
        return REFUSE(FIELDS, "%u of the fields of later forks, expected %u in %s", h->later,
                      fields, gvm_rules_get(fork)->name);
    if (merged && memcmp(h->nonce, zero_nonce, 8) != 0)
        return REFUSE(NONCE, "nonce not 0 after the merge");
    if (merged && !gvm_hash_equal(&h->ommers_hash, &gvm_empty_ommers_hash))
        return REFUSE(OMMERS, "ommers after the merge");
    if (fork >= GVM_FORK_LONDON && !gvm_u256_eq(h->base_fee, expected_base_fee(config, parent))) {
        char expected[80], found[80];
        gvm_u256_to_decimal(expected, expected_base_fee(config, parent));
        gvm_u256_to_decimal(found, h->base_fee);
        return REFUSE(BASE_FEE, "base fee: expected %s, found %s", expected, found);
    }
    return fork >= GVM_FORK_CANCUN ? check_blob_gas(config, h, parent, fork, err) : GVM_OK;
}

void gvm_block_next_header(gvm_header *out, const gvm_chain_config *config,
                           const gvm_header *parent, const gvm_hash *parent_hash,
                           uint64_t timestamp) {
    *out = (gvm_header){
        .parent_hash = *parent_hash,
        .ommers_hash = gvm_empty_ommers_hash,
        .number = parent->number + 1,
        .timestamp = timestamp,
        .withdrawals_root = GVM_EMPTY_ROOT,
    };
    gvm_fork fork = gvm_config_fork_of(config, out);
    out->later = gvm_header_fields_of(fork);
    out->gas_limit = parent_gas_limit(config, parent, fork >= GVM_FORK_LONDON);
    if (fork >= GVM_FORK_LONDON) out->base_fee = expected_base_fee(config, parent);
    if (fork >= GVM_FORK_CANCUN)
        out->excess_blob_gas = expected_excess(config, parent, timestamp, fork);
}

/* ---- the lists against the header */

gvm_status gvm_block_check_body(const gvm_chain_config *config, const gvm_block *block,
                                gvm_error *err) {
    const gvm_header *h = &block->header;
    gvm_fork fork = gvm_config_fork_of(config, h);
    gvm_hash root;
    if (fork >= GVM_FORK_OSAKA && block->encoded_size > GVM_BLOCK_BYTES_MAX)
        return REFUSE(SIZE, "%zu bytes, over the limit of %zu (EIP-7934)", block->encoded_size,
                      GVM_BLOCK_BYTES_MAX);
    if (block->has_withdrawals != (fork >= GVM_FORK_SHANGHAI))
        return REFUSE(FIELDS, block->has_withdrawals ? "withdrawals before Shanghai"
                                                     : "no list of withdrawals");
    GVM_TRY(gvm_block_ommers_hash(&root, block));
    if (!gvm_hash_equal(&root, &h->ommers_hash))
        return REFUSE(OMMERS, "the ommers hash does not fit the ommers");
    GVM_TRY(gvm_block_transactions_root(&root, block));
    if (!gvm_hash_equal(&root, &h->transactions_root))
        return REFUSE(TRANSACTIONS_ROOT, "the transactions root does not fit the transactions");
    if (fork >= GVM_FORK_SHANGHAI) {
        GVM_TRY(gvm_block_withdrawals_root(&root, block));
        if (!gvm_hash_equal(&root, &h->withdrawals_root))
            return REFUSE(WITHDRAWALS_ROOT, "the withdrawals root does not fit the withdrawals");
    }
    return GVM_OK;
}

/* ---- begin */

void gvm_block_set_env(gvm_vm *vm, const gvm_chain_config *config, const gvm_header *h) {
    gvm_fork fork = gvm_config_fork_of(config, h);
    gvm_block_env *env = &vm->block;
    vm->rules = gvm_config_rules(config, fork);
    vm->system = config->ghost ? gvm_system_find : NULL;
    env->number = h->number;
    env->timestamp = h->timestamp;
    env->gas_limit = h->gas_limit;
    env->chain_id = config->chain_id;
    env->coinbase = h->coinbase;
    env->prev_randao = h->mix_hash;
    env->difficulty = h->difficulty;
    env->base_fee = h->base_fee;
    env->blob_base_fee = gvm_u256_zero();
    if (fork >= GVM_FORK_CANCUN) {
        gvm_blob_params params = gvm_config_blobs(config, h->timestamp);
        env->blob_base_fee = gvm_blob_base_fee(h->excess_blob_gas, params.update_fraction);
    }
}

const gvm_address gvm_beacon_roots_address = {{0x00, 0x0f, 0x3d, 0xf6, 0xd7, 0x32, 0x80,
                                               0x7e, 0xf1, 0x31, 0x9f, 0xb7, 0xb8, 0xbb,
                                               0x85, 0x22, 0xd0, 0xbe, 0xac, 0x02}};
const gvm_address gvm_history_address = {{0x00, 0x00, 0xf9, 0x08, 0x27, 0xf1, 0xc5,
                                          0x3a, 0x10, 0xcb, 0x7a, 0x02, 0x33, 0x5b,
                                          0x17, 0x53, 0x20, 0x00, 0x29, 0x35}};
const gvm_address gvm_withdrawal_requests_address = {{0x00, 0x00, 0x09, 0x61, 0xef, 0x48, 0x0e,
                                                      0xb5, 0x5e, 0x80, 0xd1, 0x9a, 0xd8, 0x35,
                                                      0x79, 0xa6, 0x4c, 0x00, 0x70, 0x02}};
const gvm_address gvm_consolidation_requests_address = {{0x00, 0x00, 0xbb, 0xdd, 0xc7, 0xce, 0x48,
                                                         0x86, 0x42, 0xfb, 0x57, 0x9f, 0x8b, 0x00,
                                                         0xf3, 0xa5, 0x90, 0x00, 0x72, 0x51}};

/* EIP-4788 and EIP-2935: whatever the contract does, or if there is none, the block goes on. */
static gvm_status tell(gvm_vm *vm, const gvm_address *contract, const gvm_hash *word) {
    gvm_entry *e = gvm_state_entry(vm->state, contract);
    if (gvm_state_code(vm->state, e).len == 0) return gvm_state_status(vm->state);
    gvm_result result;
    return gvm_exec_system_call(vm, &result, contract, gvm_bytes_make(word->b, 32));
}

gvm_status gvm_block_begin(gvm_block_run *run, gvm_vm *vm, const gvm_chain_config *config,
                           const gvm_header *header, gvm_error *err) {
    (void)err;
    run->vm = vm;
    run->config = config;
    run->used = (gvm_exec_block){.blobs = gvm_config_blobs(config, header->timestamp)};
    run->count = 0;
    run->bloom = (gvm_bloom){{0}};
    for (size_t i = 0; i < 3; i++) gvm_buf_clear(&run->requests[i]);
    gvm_arena_reset(&run->arena, (size_t)4 << 20);
    gvm_block_set_env(vm, config, header);
    run->rules = vm->rules;
    if (run->rules->fork >= GVM_FORK_CANCUN)
        GVM_TRY(tell(vm, &gvm_beacon_roots_address, &header->parent_beacon_root));
    if (run->rules->fork >= GVM_FORK_PRAGUE)
        GVM_TRY(tell(vm, &gvm_history_address, &header->parent_hash));
    return GVM_OK;
}

/* ---- transactions */

gvm_status gvm_block_add(gvm_block_run *run, const gvm_tx *tx, gvm_error *err) {
    if (run->count == run->cap) {
        size_t cap = run->cap == 0 ? 64 : run->cap * 2;
        gvm_receipt *grown = realloc(run->receipts, cap * sizeof *grown);
        if (grown == NULL) return GVM_ERR_NOMEM;
        run->receipts = grown;
        run->cap = cap;
    }
    gvm_receipt *receipt = &run->receipts[run->count];
    GVM_TRY(gvm_exec_tx(run->vm, &run->used, receipt, tx, 0, err));
    if (run->rules->fork < GVM_FORK_BYZANTIUM && run->tx_root != NULL) {
        receipt->has_root = true;
        GVM_TRY(run->tx_root(run->tx_root_ctx, &receipt->root, run->vm->state));
    }
    GVM_TRY(gvm_receipt_keep(receipt, &run->arena));
    gvm_bloom_add(&run->bloom, receipt->logs, receipt->log_count);
    run->count++;
    return GVM_OK;
}

/* ---- end */

static gvm_status pay_withdrawals(gvm_block_run *run, const gvm_block *block) {
    gvm_state *state = run->vm->state;
    if (block->withdrawal_count == 0) return GVM_OK;
    gvm_state_begin_tx(state);
    for (size_t i = 0; i < block->withdrawal_count; i++) {
        const gvm_withdrawal *w = &block->withdrawals[i];
        gvm_u256 wei = gvm_u256_mul(gvm_u256_from_u64(w->amount), gvm_u256_from_u64(GWEI));
        gvm_state_add_balance(state, gvm_state_entry(state, &w->address), wei);
        gvm_u256 *made = &run->used.flows.made[GVM_TOKEN_GCC];
        *made = gvm_u256_add(*made, wei);
    }
    gvm_state_end_tx(state, true);
    return gvm_state_status(state);
}

/* EIP-6110. The event's data is the ABI encoding of five byte strings of fixed length, in one
 * layout alone. */
static gvm_status read_deposit(gvm_buf *out, gvm_bytes data, gvm_error *err) {
    static const struct {
        uint16_t offset, size;
    } layout[5] = {{160, 48}, {256, 32}, {320, 8}, {384, 96}, {512, 8}};
    bool fits = data.len == 576;
    for (size_t i = 0; fits && i < 5; i++) {
        gvm_u256 offset = gvm_u256_from_be(data.ptr + 32 * i),
                 size = gvm_u256_from_be(data.ptr + layout[i].offset);
        fits = gvm_u256_eq(offset, gvm_u256_from_u64(layout[i].offset)) &&
               gvm_u256_eq(size, gvm_u256_from_u64(layout[i].size));
    }
    if (!fits)
        return REFUSE(DEPOSIT, "a log of the deposit contract has another layout than EIP-6110's");
    for (size_t i = 0; i < 5; i++)
        gvm_buf_append(out, data.ptr + layout[i].offset + 32, layout[i].size);
    return gvm_buf_status(out);
}

static gvm_status collect_deposits(gvm_block_run *run, gvm_error *err) {
    static const gvm_hash deposit_event = {{0x64, 0x9b, 0xbc, 0x62, 0xd0, 0xe3, 0x13, 0x42,
                                            0xaf, 0xea, 0x4e, 0x5c, 0xd8, 0x2d, 0x40, 0x49,
                                            0xe7, 0xe1, 0xee, 0x91, 0x2f, 0xc0, 0x88, 0x9a,
                                            0xa7, 0x90, 0x80, 0x3b, 0xe3, 0x90, 0x38, 0xc5}};
    for (size_t i = 0; i < run->count; i++) {
        for (size_t k = 0; k < run->receipts[i].log_count; k++) {
            const gvm_log *log = &run->receipts[i].logs[k];
            if (!gvm_address_equal(&log->address, &run->config->deposit_contract) ||
                log->topic_count == 0 || !gvm_hash_equal(&log->topics[0], &deposit_event))
                continue;
            GVM_TRY(read_deposit(&run->requests[0], log->data, err));
        }
    }
    return GVM_OK;
}

/* EIP-7002 and EIP-7251: here a contract that is missing or fails makes the block invalid. */
static gvm_status ask_requests(gvm_block_run *run, gvm_buf *out, const gvm_address *contract,
                               const char *eip, gvm_error *err) {
    gvm_vm *vm = run->vm;
    gvm_entry *e = gvm_state_entry(vm->state, contract);
    if (gvm_state_code(vm->state, e).len == 0) {
        GVM_TRY(gvm_state_status(vm->state));
        return REFUSE(SYSTEM_CONTRACT_EMPTY, "the system contract of %s has no code", eip);
    }
    gvm_result result;
    GVM_TRY(gvm_exec_system_call(vm, &result, contract, gvm_bytes_make(NULL, 0)));
    if (result.outcome != GVM_OUT_SUCCESS)
        return REFUSE(SYSTEM_CALL, "the system contract of %s failed: %s", eip,
                      gvm_outcome_text(result.outcome));
    gvm_buf_append(out, result.output.ptr, result.output.len);
    return gvm_buf_status(out);
}

/* Before Paris. */
static gvm_status pay_rewards(gvm_block_run *run, const gvm_block *block) {
    gvm_state *state = run->vm->state;
    gvm_fork fork = run->rules->fork;
    uint64_t ether = fork >= GVM_FORK_CONSTANTINOPLE ? 2 : fork >= GVM_FORK_BYZANTIUM ? 3 : 5;
    gvm_u256 reward = gvm_u256_mul(gvm_u256_from_u64(ether * GWEI), gvm_u256_from_u64(GWEI)),
             miner = reward;
    gvm_state_begin_tx(state);
    for (size_t i = 0; i < block->ommer_count; i++) {
        const gvm_header *ommer = &block->ommers[i];
        uint64_t parts = 8 + ommer->number - block->header.number;
        gvm_u256 share = gvm_u256_shr_u64(gvm_u256_mul(reward, gvm_u256_from_u64(parts)), 3);
        gvm_state_add_balance(state, gvm_state_entry(state, &ommer->coinbase), share);
        miner = gvm_u256_add(miner, gvm_u256_shr_u64(reward, 5));
    }
    gvm_state_add_balance(state, gvm_state_entry(state, &block->header.coinbase), miner);
    gvm_state_end_tx(state, fork >= GVM_FORK_SPURIOUS);
    return gvm_state_status(state);
}

/* Supplies change once a block, so that fees of different senders meet in no cell. */
static gvm_status count_tokens(gvm_block_run *run) {
    gvm_vm *vm = run->vm;
    if (!run->rules->ghost || vm->system == NULL) return GVM_OK;
    gvm_state_begin_tx(vm->state);
    gvm_cells cells = gvm_cells_of_vm(vm, &gvm_tokens_address);
    gvm_tokens_end_block(&cells, &run->used.flows);
    gvm_state_end_tx(vm->state, true);
    return gvm_state_status(vm->state);
}

gvm_status gvm_block_end(gvm_block_run *run, const gvm_block *block, gvm_error *err) {
    GVM_TRY(pay_withdrawals(run, block));
    if (run->rules->fork >= GVM_FORK_PRAGUE) {
        GVM_TRY(collect_deposits(run, err));
        GVM_TRY(ask_requests(run, &run->requests[1], &gvm_withdrawal_requests_address, "EIP-7002",
                             err));
        GVM_TRY(ask_requests(run, &run->requests[2], &gvm_consolidation_requests_address,
                             "EIP-7251", err));
    }
    bool mined = run->rules->fork < GVM_FORK_PARIS && !run->no_rewards;
    if (mined) GVM_TRY(pay_rewards(run, block));
    return count_tokens(run);
}

void gvm_block_requests_hash(gvm_hash *out, const gvm_block_run *run) {
    gvm_sha256_state all;
    gvm_sha256_init(&all);
    for (uint8_t type = 0; type < 3; type++) {
        const gvm_buf *requests = &run->requests[type];
        if (requests->len == 0) continue;
        gvm_sha256_state one;
        gvm_hash h;
        gvm_sha256_init(&one);
        gvm_sha256_update(&one, gvm_bytes_make(&type, 1));
        gvm_sha256_update(&one, gvm_buf_bytes(requests));
        gvm_sha256_final(&one, &h);
        gvm_sha256_update(&all, gvm_bytes_make(h.b, 32));
    }
    gvm_sha256_final(&all, out);
}

gvm_status gvm_block_fill_header(gvm_block *block, const gvm_block_run *run) {
    gvm_header *h = &block->header;
    h->gas_used = run->used.gas_used;
    h->bloom = run->bloom;
    GVM_TRY(gvm_block_transactions_root(&h->transactions_root, block));
    GVM_TRY(gvm_receipts_root(&h->receipts_root, run->receipts, run->count));
    GVM_TRY(gvm_block_ommers_hash(&h->ommers_hash, block));
    if (h->later >= GVM_HEADER_SHANGHAI)
        GVM_TRY(gvm_block_withdrawals_root(&h->withdrawals_root, block));
    if (h->later >= GVM_HEADER_CANCUN) h->blob_gas_used = run->used.blob_gas_used;
    if (h->later >= GVM_HEADER_PRAGUE) gvm_block_requests_hash(&h->requests_hash, run);
    return GVM_OK;
}

gvm_status gvm_block_check_result(const gvm_block *block, const gvm_block_run *run,
                                  gvm_error *err) {
    const gvm_header *h = &block->header;
    gvm_hash root;
    if (h->gas_used != run->used.gas_used)
        return REFUSE(GAS_USED, "gas used: expected %" PRIu64 ", found %" PRIu64,
                      run->used.gas_used, h->gas_used);
    if (h->later >= GVM_HEADER_CANCUN && h->blob_gas_used != run->used.blob_gas_used)
        return REFUSE(BLOB_GAS_USED, "blob gas used: expected %" PRIu64 ", found %" PRIu64,
                      run->used.blob_gas_used, h->blob_gas_used);
    if (memcmp(h->bloom.b, run->bloom.b, sizeof h->bloom.b) != 0)
        return REFUSE(BLOOM, "the bloom filter does not fit the logs");
    GVM_TRY(gvm_receipts_root(&root, run->receipts, run->count));
    if (!gvm_hash_equal(&root, &h->receipts_root))
        return REFUSE(RECEIPTS_ROOT, "the receipts root does not fit the receipts");
    if (h->later >= GVM_HEADER_PRAGUE) {
        gvm_block_requests_hash(&root, run);
        if (!gvm_hash_equal(&root, &h->requests_hash))
            return REFUSE(REQUESTS, "the requests hash does not fit the requests");
    }
    return GVM_OK;
}

void gvm_block_run_free(gvm_block_run *run) {
    free(run->receipts);
    for (size_t i = 0; i < 3; i++) gvm_buf_free(&run->requests[i]);
    gvm_arena_free(&run->arena);
    *run = (gvm_block_run){0};
}

gvm_status gvm_block_execute(gvm_block_run *run, gvm_vm *vm, const gvm_chain_config *config,
                             gvm_block *block, gvm_error *err) {
    GVM_TRY(gvm_block_begin(run, vm, config, &block->header, err));
    for (size_t i = 0; i < block->tx_count; i++) {
        gvm_status status = gvm_tx_recover(&block->txs[i], run->rules);
        if (status == GVM_OK) status = gvm_block_add(run, &block->txs[i], err);
        if (status != GVM_OK) {
            if (err != NULL && err->code != status)
                (void)gvm_error_set(err, status, "transaction %zu: %s", i, gvm_status_text(status));
            return status;
        }
    }
    GVM_TRY(gvm_block_end(run, block, err));
    return gvm_block_check_result(block, run, err);
}
