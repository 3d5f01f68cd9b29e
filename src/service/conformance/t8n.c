/* The block's machinery (chain/process.h) between two translations: t8n_input.c turns the
 * environment into a block without a chain, the second half of this file turns what came out into
 * geth's JSON. */
#include "service/conformance/t8n.h"

#include "codec/hex.h"
#include "codec/json.h"
#include "crypto/keccak.h"
#include "service/conformance/fixture.h"
#include "service/conformance/natives.h"
#include "service/conformance/t8n_input.h"
#include "trie/root.h"
#include "vm/evm/trace3155.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct transition {
    const gvm_t8n_options *options;
    yyjson_val *env;
    gvm_arena arena;
    gvm_block block; /* header, withdrawals, ommers; its txs are those included */
    gvm_chain_config config;
    gvm_state_memory *accounts, *tx_accounts;
    gvm_state *state;
    gvm_vm vm;
    gvm_block_run run;
    gvm_t8n_tx *txs;
    size_t tx_count;
    gvm_hash state_root;
    bool hash_missing; /* of a block that BLOCKHASH asked for */
} transition;

/* ---- the run */

static gvm_status block_hash(void *ctx, gvm_hash *out, uint64_t number) {
    transition *t = ctx;
    char key[24];
    (void)snprintf(key, sizeof key, "%llu", (unsigned long long)number);
    gvm_status status =
        gvm_fixture_hash(out, yyjson_obj_get(yyjson_obj_get(t->env, "blockHashes"), key));
    if (status != GVM_OK) t->hash_missing = true;
    return status;
}

static gvm_status tx_root(void *ctx, gvm_hash *out, gvm_state *state) {
    transition *t = ctx;
    gvm_state_diff diff;
    GVM_TRY(gvm_state_diff_build(state, &diff));
    GVM_TRY(gvm_state_memory_copy(t->tx_accounts, t->accounts));
    GVM_TRY(gvm_state_memory_apply(t->tx_accounts, &diff));
    return gvm_state_memory_root(t->tx_accounts, out);
}

/* One transaction, traced into a file of its own where that is asked for. */
static gvm_status add_tx(transition *t, gvm_t8n_tx *tx, gvm_error *err) {
    char path[1024], hash[GVM_HEX_WORD_SIZE];
    if (t->options->trace_folder == NULL) return gvm_block_add(&t->run, &tx->tx, err);
    gvm_trace3155 tracer;
    (void)gvm_hex_data_hash(hash, &tx->tx.hash);
    (void)snprintf(path, sizeof path, "%s/trace-%zu-%s.jsonl", t->options->trace_folder,
                   t->run.count, hash);
    FILE *file = fopen(path, "w");
    if (file == NULL) return gvm_error_set(err, GVM_ERR_IO, "cannot write %s", path);
    gvm_trace3155_init(&tracer, file, t->options->trace_flags);
    t->vm.tracer = &tracer.tracer;
    gvm_status status = gvm_block_add(&t->run, &tx->tx, err);
    t->vm.tracer = NULL;
    gvm_trace3155_free(&tracer);
    if (fclose(file) != 0 && status == GVM_OK) status = GVM_ERR_IO;
    return status;
}

static gvm_status add_all(transition *t, gvm_error *err) {
    t->block.txs = gvm_arena_alloc(&t->block.arena, t->tx_count * sizeof *t->block.txs);
    if (t->block.txs == NULL) return GVM_ERR_NOMEM;
    for (size_t i = 0; i < t->tx_count; i++) {
        gvm_t8n_tx *tx = &t->txs[i];
        gvm_error why = {0};
        if (tx->status != GVM_OK) continue;
        gvm_status status = add_tx(t, tx, &why);
        if (status != GVM_OK && !gvm_tx_is_refusal(status)) {
            if (err != NULL) *err = why;
            return status;
        }
        tx->status = status;
        if (status == GVM_OK) {
            t->block.txs[t->block.tx_count++] = tx->tx;
            tx->tx.owned = NULL; /* the block frees it */
        } else {
            (void)snprintf(tx->error, sizeof tx->error, "%s",
                           why.text[0] != 0 ? why.text : gvm_status_text(status));
        }
    }
    return GVM_OK;
}

/* The reward that the options name, in ommers' eighths and the miner's thirty-seconds. */
static gvm_status pay_reward(transition *t) {
    gvm_u256 reward = t->options->reward, miner = reward;
    if (!t->options->has_reward) return GVM_OK;
    gvm_state_begin_tx(t->state);
    for (size_t i = 0; i < t->block.ommer_count; i++) {
        const gvm_header *ommer = &t->block.ommers[i];
        uint64_t eighths = 8 - (t->block.header.number - ommer->number);
        gvm_u256 share = gvm_u256_shr_u64(gvm_u256_mul(reward, gvm_u256_from_u64(eighths)), 3);
        gvm_state_add_balance(t->state, gvm_state_entry(t->state, &ommer->coinbase), share);
        miner = gvm_u256_add(miner, gvm_u256_shr_u64(reward, 5));
    }
    gvm_state_add_balance(t->state, gvm_state_entry(t->state, &t->block.header.coinbase), miner);
    gvm_state_end_tx(t->state, t->vm.rules->fork >= GVM_FORK_SPURIOUS);
    return gvm_state_status(t->state);
}

static gvm_status execute(transition *t, yyjson_val *alloc, yyjson_val *txs, gvm_error *err) {
    gvm_state_diff diff;
    gvm_status status = gvm_fixture_load_accounts(t->accounts, &t->arena, alloc);
    if (status != GVM_OK) return gvm_error_set(err, status, "alloc: %s", gvm_status_text(status));
    status = gvm_t8n_read_env(&t->block, &t->config, t->options, t->env, err);
    if (status != GVM_OK)
        return err != NULL && err->text[0] != 0
                   ? status
                   : gvm_error_set(err, status, "env: %s", gvm_status_text(status));
    t->vm.natives = gvm_conf_natives;
    t->vm.block.block_hash = block_hash;
    t->vm.block.block_hash_ctx = t;
    t->run.tx_root = tx_root;
    t->run.tx_root_ctx = t;
    t->run.no_rewards = true;
    gvm_block_set_env(&t->vm, &t->config, &t->block.header);
    GVM_TRY(gvm_t8n_read_txs(&t->txs, &t->tx_count, &t->arena, t->vm.rules, t->config.chain_id, txs,
                             err));
    GVM_TRY(gvm_block_begin(&t->run, &t->vm, &t->config, &t->block.header, err));
    status = add_all(t, err);
    if (t->hash_missing)
        return gvm_error_set(err, GVM_ERR_NOT_FOUND, "a block hash is asked for that env lacks");
    GVM_TRY(status);
    if (t->vm.rules->fork < GVM_FORK_PARIS) GVM_TRY(pay_reward(t));
    GVM_TRY(gvm_block_end(&t->run, &t->block, err));
    GVM_TRY(gvm_state_diff_build(t->state, &diff));
    GVM_TRY(gvm_state_memory_apply(t->accounts, &diff));
    return gvm_state_memory_root(t->accounts, &t->state_root);
}

/* ---- what came out: accounts */

typedef struct named {
    gvm_address address;
    gvm_u256 key, value;
    gvm_account account;
} named;

static int by_address(const void *a, const void *b) {
    const named *x = a, *y = b;
    int c = memcmp(x->address.b, y->address.b, 20);
    return c != 0 ? c : gvm_u256_cmp(x->key, y->key);
}

static gvm_status sorted_slots(const gvm_state_memory *m, named **out, size_t *count) {
    size_t n = 0;
    *out = calloc(gvm_state_memory_slot_count(m) + 1, sizeof **out);
    if (*out == NULL) return GVM_ERR_NOMEM;
    for (size_t i = 0; i < gvm_state_memory_slot_count(m); i++) {
        gvm_slot_change slot;
        named *at = &(*out)[n];
        if (!gvm_state_memory_slot_at(m, i, &at->address, &slot)) continue;
        at->key = slot.key;
        at->value = slot.value;
        n++;
    }
    qsort(*out, n, sizeof **out, by_address);
    *count = n;
    return GVM_OK;
}

static gvm_status sorted_accounts(const gvm_state_memory *m, named **out, size_t *count) {
    size_t n = 0;
    *out = calloc(gvm_state_memory_count(m) + 1, sizeof **out);
    if (*out == NULL) return GVM_ERR_NOMEM;
    for (size_t i = 0; i < gvm_state_memory_count(m); i++)
        n += gvm_state_memory_at(m, i, &(*out)[n].address, &(*out)[n].account);
    qsort(*out, n, sizeof **out, by_address);
    *count = n;
    return GVM_OK;
}

static void put_member(yyjson_mut_doc *doc, yyjson_mut_val *obj, const char *key,
                       yyjson_mut_val *value) {
    (void)yyjson_mut_obj_add(obj, yyjson_mut_strcpy(doc, key), value);
}

static yyjson_mut_val *account_json(yyjson_mut_doc *doc, gvm_state_reader reader, const named *a,
                                    const named *slots, size_t slot_count) {
    yyjson_mut_val *v = yyjson_mut_obj(doc);
    gvm_bytes code;
    if (gvm_account_has_code(&a->account) &&
        reader.code(reader.ctx, &code, &a->account.code_hash) == GVM_OK)
        (void)gvm_json_add_data(doc, v, "code", code);
    if (slot_count > 0) {
        yyjson_mut_val *storage = yyjson_mut_obj_add_obj(doc, v, "storage");
        for (size_t i = 0; i < slot_count; i++) {
            char key[GVM_HEX_WORD_SIZE];
            gvm_hash k = gvm_u256_to_hash(slots[i].key), value = gvm_u256_to_hash(slots[i].value);
            (void)gvm_hex_data_hash(key, &k);
            put_member(doc, storage, key, gvm_json_new_hash(doc, &value));
        }
    }
    (void)gvm_json_add_u256(doc, v, "balance", a->account.balance);
    if (a->account.nonce != 0) (void)gvm_json_add_u64(doc, v, "nonce", a->account.nonce);
    return v;
}

static gvm_status alloc_json(yyjson_mut_val **out, yyjson_mut_doc *doc, gvm_state_memory *m) {
    named *accounts = NULL, *slots = NULL;
    size_t count = 0, slot_count = 0;
    gvm_status status = sorted_accounts(m, &accounts, &count);
    if (status == GVM_OK) status = sorted_slots(m, &slots, &slot_count);
    *out = yyjson_mut_obj(doc);
    for (size_t i = 0, s = 0; status == GVM_OK && i < count; i++) {
        char name[GVM_HEX_ADDRESS_SIZE];
        size_t end = s;
        while (end < slot_count && gvm_address_equal(&slots[end].address, &accounts[i].address))
            end++;
        (void)gvm_hex_data_address(name, &accounts[i].address);
        put_member(doc, *out, name,
                   account_json(doc, gvm_state_memory_reader(m), &accounts[i], slots + s, end - s));
        s = end;
    }
    free(accounts);
    free(slots);
    return status;
}

/* ---- receipts and results */

static const gvm_hash fake_block_hash = {{0x13, 0x37}};

static yyjson_mut_val *log_json(yyjson_mut_doc *doc, const transition *t, const gvm_log *log,
                                const gvm_tx *tx, size_t tx_index, size_t log_index) {
    yyjson_mut_val *v = yyjson_mut_obj(doc);
    (void)gvm_json_add_address(doc, v, "address", &log->address);
    yyjson_mut_val *topics = yyjson_mut_obj_add_arr(doc, v, "topics");
    for (uint32_t i = 0; i < log->topic_count; i++)
        (void)yyjson_mut_arr_append(topics, gvm_json_new_hash(doc, &log->topics[i]));
    (void)gvm_json_add_data(doc, v, "data", log->data);
    (void)gvm_json_add_u64(doc, v, "blockNumber", t->block.header.number);
    (void)gvm_json_add_hash(doc, v, "transactionHash", &tx->hash);
    (void)gvm_json_add_u64(doc, v, "transactionIndex", tx_index);
    (void)gvm_json_add_hash(doc, v, "blockHash", &fake_block_hash);
    (void)gvm_json_add_u64(doc, v, "blockTimestamp", t->block.header.timestamp);
    (void)gvm_json_add_u64(doc, v, "logIndex", log_index);
    (void)yyjson_mut_obj_add_bool(doc, v, "removed", false);
    return v;
}

static yyjson_mut_val *receipt_json(yyjson_mut_doc *doc, const transition *t, size_t i,
                                    size_t *log_index) {
    const gvm_receipt *r = &t->run.receipts[i];
    const gvm_tx *tx = &t->block.txs[i];
    static const gvm_address none;
    gvm_bloom bloom = {{0}};
    yyjson_mut_val *v = yyjson_mut_obj(doc);
    gvm_bloom_add(&bloom, r->logs, r->log_count);
    if (r->type != 0) (void)gvm_json_add_u64(doc, v, "type", r->type);
    (void)gvm_json_add_data(doc, v, "root", gvm_bytes_make(r->root.b, r->has_root ? 32 : 0));
    (void)gvm_json_add_u64(doc, v, "status", !r->has_root && gvm_receipt_succeeded(r));
    (void)gvm_json_add_u64(doc, v, "cumulativeGasUsed", r->cumulative_gas);
    (void)gvm_json_add_data(doc, v, "logsBloom", gvm_bytes_make(bloom.b, sizeof bloom.b));
    yyjson_mut_val *logs = yyjson_mut_obj_add_arr(doc, v, "logs");
    for (size_t k = 0; k < r->log_count; k++)
        (void)yyjson_mut_arr_append(logs, log_json(doc, t, &r->logs[k], tx, i, (*log_index)++));
    (void)gvm_json_add_hash(doc, v, "transactionHash", &tx->hash);
    (void)gvm_json_add_address(doc, v, "contractAddress", r->created ? &r->contract : &none);
    (void)gvm_json_add_u64(doc, v, "gasUsed", r->gas_used);
    (void)yyjson_mut_obj_add_null(doc, v, "effectiveGasPrice");
    if (r->type == GVM_TX_BLOB) {
        (void)gvm_json_add_u64(doc, v, "blobGasUsed", r->blob_gas_used);
        (void)gvm_json_add_u256(doc, v, "blobGasPrice", r->blob_gas_price);
    }
    (void)gvm_json_add_hash(doc, v, "blockHash", &fake_block_hash);
    (void)gvm_json_add_u64(doc, v, "blockNumber", t->block.header.number);
    (void)gvm_json_add_u64(doc, v, "transactionIndex", i);
    return v;
}

static void put_rejected(yyjson_mut_doc *doc, yyjson_mut_val *result, const transition *t) {
    yyjson_mut_val *list = NULL;
    for (size_t i = 0; i < t->tx_count; i++) {
        if (t->txs[i].status == GVM_OK) continue;
        if (list == NULL) list = yyjson_mut_obj_add_arr(doc, result, "rejected");
        yyjson_mut_val *v = yyjson_mut_arr_add_obj(doc, list);
        (void)yyjson_mut_obj_add_uint(doc, v, "index", i);
        (void)yyjson_mut_obj_add_strcpy(doc, v, "error", t->txs[i].error);
    }
}

static void put_requests(yyjson_mut_doc *doc, yyjson_mut_val *result, const transition *t) {
    if (t->vm.rules->fork < GVM_FORK_PRAGUE) {
        (void)yyjson_mut_obj_add_null(doc, result, "requests");
        return;
    }
    (void)gvm_json_add_hash(doc, result, "requestsHash", &t->block.header.requests_hash);
    yyjson_mut_val *list = yyjson_mut_obj_add_arr(doc, result, "requests");
    for (uint8_t type = 0; type < 3; type++) {
        gvm_buf one = {0};
        if (t->run.requests[type].len == 0) continue;
        gvm_buf_put(&one, type);
        gvm_buf_append(&one, t->run.requests[type].ptr, t->run.requests[type].len);
        (void)yyjson_mut_arr_append(list, gvm_json_new_data(doc, gvm_buf_bytes(&one)));
        gvm_buf_free(&one);
    }
}

static gvm_status hash_logs(gvm_hash *out, const transition *t) {
    gvm_buf b = {0}, all = {0};
    size_t list = gvm_rlp_list_begin(&all);
    for (size_t i = 0; i < t->run.count; i++) {
        const gvm_receipt *r = &t->run.receipts[i];
        gvm_rlp_item item;
        gvm_buf_clear(&b);
        gvm_logs_encode(&b, r->logs, r->log_count);
        if (gvm_buf_status(&b) == GVM_OK && gvm_rlp_whole(gvm_buf_bytes(&b), &item) == GVM_OK)
            gvm_rlp_put_raw(&all, item.payload);
    }
    gvm_rlp_list_end(&all, list);
    gvm_keccak256(out, gvm_buf_bytes(&all));
    gvm_status status = gvm_buf_status(&all) == GVM_OK ? gvm_buf_status(&b) : GVM_ERR_NOMEM;
    gvm_buf_free(&b);
    gvm_buf_free(&all);
    return status;
}

/* What env says is said again, before London too. */
static void put_base_fee(yyjson_mut_doc *doc, yyjson_mut_val *result, const transition *t) {
    gvm_u256 fee = t->block.header.base_fee;
    bool said = gvm_fixture_u256(&fee, yyjson_obj_get(t->env, "currentBaseFee")) == GVM_OK;
    if (said || t->vm.rules->fork >= GVM_FORK_LONDON)
        (void)gvm_json_add_u256(doc, result, "currentBaseFee", fee);
}

static gvm_status result_json(yyjson_mut_val **out, yyjson_mut_doc *doc, transition *t) {
    gvm_header *h = &t->block.header;
    gvm_fork fork = t->vm.rules->fork;
    yyjson_mut_val *v = *out = yyjson_mut_obj(doc);
    gvm_hash logs;
    size_t log_index = 0;
    GVM_TRY(gvm_block_fill_header(&t->block, &t->run));
    GVM_TRY(hash_logs(&logs, t));
    (void)gvm_json_add_hash(doc, v, "stateRoot", &t->state_root);
    (void)gvm_json_add_hash(doc, v, "txRoot", &h->transactions_root);
    (void)gvm_json_add_hash(doc, v, "receiptsRoot", &h->receipts_root);
    (void)gvm_json_add_hash(doc, v, "logsHash", &logs);
    (void)gvm_json_add_data(doc, v, "logsBloom", gvm_bytes_make(h->bloom.b, sizeof h->bloom.b));
    yyjson_mut_val *receipts = yyjson_mut_obj_add_arr(doc, v, "receipts");
    for (size_t i = 0; i < t->run.count; i++)
        (void)yyjson_mut_arr_append(receipts, receipt_json(doc, t, i, &log_index));
    put_rejected(doc, v, t);
    if (fork < GVM_FORK_PARIS)
        (void)gvm_json_add_u256(doc, v, "currentDifficulty", h->difficulty);
    else
        (void)yyjson_mut_obj_add_null(doc, v, "currentDifficulty");
    (void)gvm_json_add_u64(doc, v, "gasUsed", h->gas_used);
    put_base_fee(doc, v, t);
    if (fork >= GVM_FORK_SHANGHAI)
        (void)gvm_json_add_hash(doc, v, "withdrawalsRoot", &h->withdrawals_root);
    bool has_excess = yyjson_obj_get(t->env, "currentExcessBlobGas") != NULL ||
                      yyjson_obj_get(t->env, "parentExcessBlobGas") != NULL;
    if (fork >= GVM_FORK_CANCUN && has_excess) {
        (void)gvm_json_add_u64(doc, v, "currentExcessBlobGas", h->excess_blob_gas);
        (void)gvm_json_add_u64(doc, v, "blobGasUsed", h->blob_gas_used);
    }
    put_requests(doc, v, t);
    return GVM_OK;
}

static gvm_status body_json(yyjson_mut_val **out, yyjson_mut_doc *doc, const transition *t) {
    gvm_buf b = {0};
    size_t list = gvm_rlp_list_begin(&b);
    for (size_t i = 0; i < t->block.tx_count; i++) gvm_tx_encode_item(&b, &t->block.txs[i]);
    gvm_rlp_list_end(&b, list);
    *out = gvm_json_new_data(doc, gvm_buf_bytes(&b));
    gvm_status status = gvm_buf_status(&b);
    gvm_buf_free(&b);
    return status;
}

/* ---- together */

static void transition_free(transition *t) {
    gvm_t8n_free_txs(t->txs, t->tx_count);
    gvm_block_free(&t->block);
    gvm_block_run_free(&t->run);
    if (t->vm.frames != NULL) gvm_vm_free(&t->vm);
    gvm_state_delete(t->state);
    gvm_state_memory_delete(t->accounts);
    gvm_state_memory_delete(t->tx_accounts);
    gvm_arena_free(&t->arena);
}

gvm_status gvm_t8n_run(gvm_t8n_output *out, const gvm_t8n_options *options, yyjson_val *alloc,
                       yyjson_val *env, yyjson_val *txs, gvm_error *err) {
    transition t = {.options = options, .env = env};
    gvm_status status = GVM_OK;
    *out = (gvm_t8n_output){.doc = yyjson_mut_doc_new(NULL)};
    if (out->doc == NULL) return GVM_ERR_NOMEM;
    GVM_TRY_GOTO(gvm_state_memory_new(&t.accounts));
    GVM_TRY_GOTO(gvm_state_memory_new(&t.tx_accounts));
    GVM_TRY_GOTO(gvm_state_new(&t.state, gvm_state_memory_reader(t.accounts)));
    GVM_TRY_GOTO(gvm_vm_init(&t.vm, t.state));
    GVM_TRY_GOTO(execute(&t, alloc, txs, err));
    GVM_TRY_GOTO(result_json(&out->result, out->doc, &t));
    GVM_TRY_GOTO(alloc_json(&out->alloc, out->doc, t.accounts));
    GVM_TRY_GOTO(body_json(&out->body, out->doc, &t));
    transition_free(&t);
    return GVM_OK;
fail:
    transition_free(&t);
    yyjson_mut_doc_free(out->doc);
    *out = (gvm_t8n_output){0};
    return status;
}
