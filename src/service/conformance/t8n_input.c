#include "service/conformance/t8n_input.h"

#include "chain/pow.h"
#include "crypto/secp256k1.h"
#include "service/conformance/fixture.h"
#include "service/conformance/network.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/* ---- the environment */

static gvm_status opt_u64(uint64_t *out, yyjson_val *env, const char *key, bool *given) {
    gvm_status status = gvm_fixture_u64(out, yyjson_obj_get(env, key));
    if (given != NULL) *given = status == GVM_OK;
    return gvm_fixture_opt(status);
}

static gvm_status read_base_fee(gvm_header *h, yyjson_val *env, gvm_error *err) {
    gvm_u256 parent_fee;
    uint64_t limit, used;
    gvm_status status = gvm_fixture_u256(&h->base_fee, yyjson_obj_get(env, "currentBaseFee"));
    if (status != GVM_ERR_NOT_FOUND) return status;
    if (gvm_fixture_u256(&parent_fee, yyjson_obj_get(env, "parentBaseFee")) != GVM_OK ||
        gvm_fixture_u64(&limit, yyjson_obj_get(env, "parentGasLimit")) != GVM_OK ||
        gvm_fixture_u64(&used, yyjson_obj_get(env, "parentGasUsed")) != GVM_OK || limit < 2)
        return gvm_error_set(err, GVM_ERR_CONFIG,
                             "EIP-1559 config but missing 'currentBaseFee' in env section");
    h->base_fee = gvm_next_base_fee(parent_fee, limit, used);
    return GVM_OK;
}

static uint64_t bomb_delay(const char *fork_name, gvm_fork fork) {
    if (strcasecmp(fork_name, "ArrowGlacier") == 0) return 10700000;
    if (strcasecmp(fork_name, "GrayGlacier") == 0) return 11400000;
    return gvm_pow_bomb_delay(fork);
}

static gvm_status read_difficulty(gvm_header *h, const char *fork_name, gvm_fork fork,
                                  yyjson_val *env, gvm_error *err) {
    gvm_header parent = {.ommers_hash = gvm_empty_ommers_hash};
    gvm_hash ommers = {{0}};
    gvm_status status = gvm_fixture_u256(&h->difficulty, yyjson_obj_get(env, "currentDifficulty"));
    if (status != GVM_ERR_NOT_FOUND) return status;
    if (gvm_fixture_u256(&parent.difficulty, yyjson_obj_get(env, "parentDifficulty")) != GVM_OK)
        return gvm_error_set(err, GVM_ERR_CONFIG,
                             "currentDifficulty was not provided, and cannot be calculated due to "
                             "missing parentDifficulty");
    GVM_TRY(opt_u64(&parent.timestamp, env, "parentTimestamp", NULL));
    if (h->timestamp <= parent.timestamp)
        return gvm_error_set(err, GVM_ERR_CONFIG,
                             "currentDifficulty cannot be calculated: the current time is not "
                             "after the parent's");
    GVM_TRY(gvm_fixture_opt(gvm_fixture_hash(&ommers, yyjson_obj_get(env, "parentUncleHash"))));
    if (!gvm_hash_is_zero(&ommers)) parent.ommers_hash = ommers;
    h->difficulty = gvm_pow_difficulty_delayed(fork, bomb_delay(fork_name, fork), &parent,
                                               h->number, h->timestamp);
    return GVM_OK;
}

static gvm_status read_excess(gvm_header *h, const gvm_chain_config *config, gvm_fork fork,
                              yyjson_val *env) {
    uint64_t excess = 0, used = 0;
    gvm_u256 base_fee = h->base_fee;
    bool given;
    GVM_TRY(opt_u64(&h->excess_blob_gas, env, "currentExcessBlobGas", &given));
    if (given) return GVM_OK;
    GVM_TRY(opt_u64(&excess, env, "parentExcessBlobGas", NULL));
    GVM_TRY(opt_u64(&used, env, "parentBlobGasUsed", NULL));
    GVM_TRY(gvm_fixture_opt(gvm_fixture_u256(&base_fee, yyjson_obj_get(env, "parentBaseFee"))));
    gvm_blob_params params = gvm_config_blobs(config, h->timestamp);
    h->excess_blob_gas =
        gvm_next_excess_blob_gas(gvm_rules_get(fork), &params, excess, used, base_fee);
    return GVM_OK;
}

static gvm_status read_withdrawals(gvm_block *block, yyjson_val *list) {
    size_t i, max;
    yyjson_val *v;
    gvm_withdrawal *w = gvm_arena_zalloc(&block->arena, yyjson_arr_size(list) * sizeof *w);
    if (w == NULL) return GVM_ERR_NOMEM;
    yyjson_arr_foreach(list, i, max, v) {
        GVM_TRY(gvm_fixture_u64(&w[i].index, yyjson_obj_get(v, "index")));
        GVM_TRY(gvm_fixture_u64(&w[i].validator, yyjson_obj_get(v, "validatorIndex")));
        GVM_TRY(gvm_fixture_address(&w[i].address, yyjson_obj_get(v, "address")));
        GVM_TRY(gvm_fixture_u64(&w[i].amount, yyjson_obj_get(v, "amount")));
    }
    block->withdrawals = w;
    block->withdrawal_count = yyjson_arr_size(list);
    return GVM_OK;
}

static gvm_status read_ommers(gvm_block *block, yyjson_val *list) {
    size_t i, max;
    yyjson_val *v;
    gvm_header *h = gvm_arena_zalloc(&block->arena, yyjson_arr_size(list) * sizeof *h);
    if (h == NULL) return GVM_ERR_NOMEM;
    yyjson_arr_foreach(list, i, max, v) {
        uint64_t delta;
        GVM_TRY(gvm_fixture_u64(&delta, yyjson_obj_get(v, "delta")));
        GVM_TRY(gvm_fixture_address(&h[i].coinbase, yyjson_obj_get(v, "address")));
        if (delta < 1 || delta > 7) return GVM_ERR_RANGE;
        h[i].number = block->header.number - delta;
    }
    block->ommers = h;
    block->ommer_count = yyjson_arr_size(list);
    return GVM_OK;
}

static gvm_status read_merged(gvm_header *h, gvm_fork fork, yyjson_val *env, gvm_error *err) {
    gvm_u256 difficulty = gvm_u256_zero();
    if (gvm_fixture_hash(&h->mix_hash, yyjson_obj_get(env, "currentRandom")) != GVM_OK)
        return gvm_error_set(err, GVM_ERR_CONFIG,
                             "post-merge requires currentRandom to be defined in env");
    GVM_TRY(
        gvm_fixture_opt(gvm_fixture_u256(&difficulty, yyjson_obj_get(env, "currentDifficulty"))));
    if (!gvm_u256_is_zero(difficulty))
        return gvm_error_set(err, GVM_ERR_CONFIG,
                             "post-merge difficulty must be zero (or omitted) in env");
    if (fork >= GVM_FORK_SHANGHAI && yyjson_obj_get(env, "withdrawals") == NULL)
        return gvm_error_set(err, GVM_ERR_CONFIG,
                             "Shanghai config but missing 'withdrawals' in env section");
    gvm_status status =
        gvm_fixture_hash(&h->parent_beacon_root, yyjson_obj_get(env, "parentBeaconBlockRoot"));
    if (fork >= GVM_FORK_CANCUN && status != GVM_OK)
        return gvm_error_set(err, GVM_ERR_CONFIG,
                             "post-cancun env requires parentBeaconBlockRoot to be set");
    return GVM_OK;
}

gvm_status gvm_t8n_read_env(gvm_block *block, gvm_chain_config *config,
                            const gvm_t8n_options *options, yyjson_val *env, gvm_error *err) {
    gvm_header *h = &block->header;
    gvm_fork fork;
    char parent[24];
    if (gvm_fixture_network(config, options->fork, NULL) != GVM_OK ||
        gvm_fork_by_name(&fork, options->fork) != GVM_OK)
        return gvm_error_set(err, GVM_ERR_CONFIG, "unknown fork '%s'", options->fork);
    config->chain_id = options->chain_id;
    GVM_TRY(gvm_fixture_address(&h->coinbase, yyjson_obj_get(env, "currentCoinbase")));
    GVM_TRY(gvm_fixture_u64(&h->number, yyjson_obj_get(env, "currentNumber")));
    GVM_TRY(gvm_fixture_u64(&h->timestamp, yyjson_obj_get(env, "currentTimestamp")));
    GVM_TRY(gvm_fixture_u64(&h->gas_limit, yyjson_obj_get(env, "currentGasLimit")));
    h->later = gvm_header_fields_of(fork);
    if (fork >= GVM_FORK_LONDON) GVM_TRY(read_base_fee(h, env, err));
    if (fork >= GVM_FORK_PARIS)
        GVM_TRY(read_merged(h, fork, env, err));
    else
        GVM_TRY(read_difficulty(h, options->fork, fork, env, err));
    if (fork >= GVM_FORK_CANCUN) GVM_TRY(read_excess(h, config, fork, env));
    (void)snprintf(parent, sizeof parent, "%llu", (unsigned long long)h->number - 1);
    GVM_TRY(gvm_fixture_opt(gvm_fixture_hash(
        &h->parent_hash, yyjson_obj_get(yyjson_obj_get(env, "blockHashes"), parent))));
    block->has_withdrawals = fork >= GVM_FORK_SHANGHAI;
    GVM_TRY(read_withdrawals(block, yyjson_obj_get(env, "withdrawals")));
    return read_ommers(block, yyjson_obj_get(env, "ommers"));
}

/* ---- transactions */

static gvm_status sign(gvm_tx *tx, yyjson_val *json, gvm_fork fork, uint64_t chain_id) {
    gvm_hash key, digest;
    gvm_secp256k1_signature signature;
    yyjson_val *flag = yyjson_obj_get(json, "protected");
    bool wants = flag == NULL || yyjson_is_true(flag);
    GVM_TRY(gvm_fixture_hash(&key, yyjson_obj_get(json, "secretKey")));
    if (tx->type == GVM_TX_LEGACY) {
        tx->replay_protected = wants && fork >= GVM_FORK_SPURIOUS;
        tx->chain_id = tx->replay_protected ? chain_id : 0;
    }
    GVM_TRY(gvm_tx_signing_hash(&digest, tx));
    GVM_TRY(gvm_secp256k1_sign(&signature, &digest, key.b));
    tx->r = gvm_u256_from_be(signature.r);
    tx->s = gvm_u256_from_be(signature.s);
    tx->y_parity = signature.y_parity;
    return GVM_OK;
}

static gvm_status read_signature(gvm_tx *tx, yyjson_val *json) {
    uint64_t v;
    GVM_TRY(gvm_fixture_u256(&tx->r, yyjson_obj_get(json, "r")));
    GVM_TRY(gvm_fixture_u256(&tx->s, yyjson_obj_get(json, "s")));
    GVM_TRY(gvm_fixture_u64(&v, yyjson_obj_get(json, "v")));
    if (tx->type != GVM_TX_LEGACY || v < 27) {
        tx->y_parity = (uint8_t)(v & 1);
        return v > 1 ? GVM_ERR_TX_SIGNATURE : GVM_OK;
    }
    tx->replay_protected = v >= 35;
    tx->chain_id = v >= 35 ? (v - 35) / 2 : 0;
    tx->y_parity = (uint8_t)(v >= 35 ? (v - 35) & 1 : v - 27);
    return v == 29 ? GVM_ERR_TX_SIGNATURE : GVM_OK;
}

static gvm_status read_json_tx(gvm_tx *tx, gvm_arena *arena, const gvm_rules *rules,
                               uint64_t chain_id, yyjson_val *json) {
    gvm_u256 r = gvm_u256_zero();
    GVM_TRY(gvm_fixture_tx(tx, arena, json, (gvm_fixture_indexes){0}));
    GVM_TRY(gvm_fixture_opt(gvm_fixture_u256(&r, yyjson_obj_get(json, "r"))));
    bool is_signed = !gvm_u256_is_zero(r);
    if (is_signed || yyjson_obj_get(json, "secretKey") == NULL)
        GVM_TRY(read_signature(tx, json));
    else
        GVM_TRY(sign(tx, json, rules->fork, chain_id));
    GVM_TRY(gvm_tx_set_hash(tx));
    return gvm_tx_recover(tx, rules);
}

static gvm_status allocate(gvm_t8n_tx **out, size_t count) {
    *out = calloc(count == 0 ? 1 : count, sizeof **out);
    return *out == NULL ? GVM_ERR_NOMEM : GVM_OK;
}

static void note(gvm_t8n_tx *t, gvm_status status, const gvm_error *err) {
    t->status = status;
    if (status != GVM_OK)
        (void)snprintf(t->error, sizeof t->error, "%s",
                       err->text[0] != 0 ? err->text : gvm_status_text(status));
}

static gvm_status read_rlp_txs(gvm_t8n_tx **out, size_t *count, gvm_arena *arena,
                               const gvm_rules *rules, yyjson_val *text) {
    gvm_bytes raw;
    gvm_rlp_reader whole, list;
    GVM_TRY(gvm_fixture_bytes(&raw, arena, text));
    whole = gvm_rlp_reader_make(raw);
    GVM_TRY(gvm_rlp_read_list(&whole, &list));
    GVM_TRY(gvm_rlp_read_end(&whole));
    GVM_TRY(gvm_rlp_count(&list, count));
    GVM_TRY(allocate(out, *count));
    for (size_t i = 0; i < *count; i++) {
        gvm_error why = {0};
        gvm_tx *tx = &(*out)[i].tx;
        gvm_status status = gvm_tx_decode_item(tx, &list, &why);
        if (status == GVM_OK) status = gvm_tx_recover(tx, rules);
        note(&(*out)[i], status, &why);
    }
    return GVM_OK;
}

gvm_status gvm_t8n_read_txs(gvm_t8n_tx **out, size_t *count, gvm_arena *arena,
                            const gvm_rules *rules, uint64_t chain_id, yyjson_val *txs,
                            gvm_error *err) {
    size_t i, max;
    yyjson_val *v;
    *out = NULL;
    *count = 0;
    if (yyjson_is_str(txs)) {
        gvm_status status = read_rlp_txs(out, count, arena, rules, txs);
        return status == GVM_OK
                   ? GVM_OK
                   : gvm_error_set(err, status, "transactions in RLP: %s", gvm_status_text(status));
    }
    GVM_TRY(allocate(out, yyjson_arr_size(txs)));
    *count = yyjson_arr_size(txs);
    yyjson_arr_foreach(txs, i, max, v) {
        gvm_error why = {0};
        note(&(*out)[i], read_json_tx(&(*out)[i].tx, arena, rules, chain_id, v), &why);
    }
    return GVM_OK;
}

void gvm_t8n_free_txs(gvm_t8n_tx *txs, size_t count) {
    for (size_t i = 0; txs != NULL && i < count; i++) gvm_tx_free(&txs[i].tx);
    free(txs);
}
