#include "service/conformance/fixture.h"

#include "chain/config.h"
#include "codec/hex.h"
#include "crypto/keccak.h"
#include "crypto/secp256k1.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- single values */

gvm_status gvm_fixture_opt(gvm_status status) {
    return status == GVM_ERR_NOT_FOUND ? GVM_OK : status;
}

static gvm_bytes text_of(yyjson_val *v) {
    return gvm_bytes_make(yyjson_get_str(v), yyjson_get_len(v));
}

gvm_status gvm_fixture_u256(gvm_u256 *out, yyjson_val *v) {
    static const char bigint[] = "0x:bigint ";
    if (v == NULL || yyjson_is_null(v)) return GVM_ERR_NOT_FOUND;
    if (yyjson_is_uint(v)) {
        *out = gvm_u256_from_u64(yyjson_get_uint(v));
        return GVM_OK;
    }
    if (!yyjson_is_str(v)) return GVM_ERR_SYNTAX;
    gvm_bytes text = text_of(v);
    size_t skip = sizeof bigint - 1;
    if (text.len > skip && memcmp(text.ptr, bigint, skip) == 0)
        text = gvm_bytes_make(text.ptr + skip, text.len - skip);
    if (text.len >= 2 && text.ptr[0] == '0' && text.ptr[1] == 'x') {
        gvm_hash word;
        GVM_TRY(gvm_hex_parse_word(&word, text, GVM_HEX_LOOSE));
        *out = gvm_u256_from_hash(&word);
        return GVM_OK;
    }
    return gvm_u256_parse(out, (const char *)text.ptr, text.len);
}

gvm_status gvm_fixture_u64(uint64_t *out, yyjson_val *v) {
    gvm_u256 wide;
    GVM_TRY(gvm_fixture_u256(&wide, v));
    if (!gvm_u256_fits_u64(wide)) return GVM_ERR_RANGE;
    *out = wide.w[0];
    return GVM_OK;
}

gvm_status gvm_fixture_hash(gvm_hash *out, yyjson_val *v) {
    gvm_u256 wide;
    GVM_TRY(gvm_fixture_u256(&wide, v));
    *out = gvm_u256_to_hash(wide);
    return GVM_OK;
}

gvm_status gvm_fixture_address(gvm_address *out, yyjson_val *v) {
    if (v == NULL || yyjson_is_null(v)) return GVM_ERR_NOT_FOUND;
    if (!yyjson_is_str(v)) return GVM_ERR_SYNTAX;
    return gvm_hex_decode_fixed(out->b, sizeof out->b, text_of(v), GVM_HEX_PREFIX_OPTIONAL);
}

gvm_status gvm_fixture_bytes(gvm_bytes *out, gvm_arena *arena, yyjson_val *v) {
    if (v == NULL || yyjson_is_null(v)) return GVM_ERR_NOT_FOUND;
    if (!yyjson_is_str(v)) return GVM_ERR_SYNTAX;
    gvm_bytes text = text_of(v);
    if (text.len >= 2 && text.ptr[0] == '0' && text.ptr[1] == 'x')
        text = gvm_bytes_make(text.ptr + 2, text.len - 2);
    uint8_t *p = gvm_arena_alloc(arena, text.len / 2);
    if (p == NULL) return GVM_ERR_NOMEM;
    *out = gvm_bytes_make(p, text.len / 2);
    return gvm_hex_decode_fixed(p, text.len / 2, text, GVM_HEX_PREFIX_NONE);
}

/* ---- accounts */

static gvm_status load_account(gvm_state_memory *to, gvm_arena *arena, const gvm_address *address,
                               yyjson_val *json) {
    uint64_t nonce = 0;
    gvm_u256 balance = gvm_u256_zero();
    gvm_bytes code = {0};
    GVM_TRY(gvm_fixture_opt(gvm_fixture_u64(&nonce, yyjson_obj_get(json, "nonce"))));
    GVM_TRY(gvm_fixture_opt(gvm_fixture_u256(&balance, yyjson_obj_get(json, "balance"))));
    GVM_TRY(gvm_fixture_opt(gvm_fixture_bytes(&code, arena, yyjson_obj_get(json, "code"))));
    GVM_TRY(gvm_state_memory_set(to, address, nonce, balance, code));
    yyjson_val *storage = yyjson_obj_get(json, "storage"), *k;
    yyjson_obj_iter it = yyjson_obj_iter_with(storage);
    while ((k = yyjson_obj_iter_next(&it)) != NULL) {
        gvm_u256 key, value;
        GVM_TRY(gvm_fixture_u256(&key, k));
        GVM_TRY(gvm_fixture_u256(&value, yyjson_obj_iter_get_val(k)));
        GVM_TRY(gvm_state_memory_set_slot(to, address, key, value));
    }
    return GVM_OK;
}

gvm_status gvm_fixture_load_accounts(gvm_state_memory *to, gvm_arena *arena, yyjson_val *accounts) {
    yyjson_val *k;
    yyjson_obj_iter it = yyjson_obj_iter_with(accounts);
    while ((k = yyjson_obj_iter_next(&it)) != NULL) {
        gvm_address address;
        GVM_TRY(gvm_fixture_address(&address, k));
        GVM_TRY(load_account(to, arena, &address, yyjson_obj_iter_get_val(k)));
    }
    return GVM_OK;
}

static void put_word(gvm_buf *out, gvm_u256 v) {
    gvm_hash word = gvm_u256_to_hash(v);
    gvm_hex_put_word(out, &word);
}

static void diff_account(gvm_buf *out, const gvm_address *address, const gvm_account *found,
                         const gvm_account *expected) {
    char name[GVM_HEX_ADDRESS_SIZE];
    (void)gvm_hex_data_address(name, address);
    if (found->nonce != expected->nonce)
        gvm_buf_printf(out, "\n    %s nonce: expected %llu, found %llu", name,
                       (unsigned long long)expected->nonce, (unsigned long long)found->nonce);
    if (!gvm_u256_eq(found->balance, expected->balance)) {
        gvm_buf_printf(out, "\n    %s balance: expected ", name);
        put_word(out, expected->balance);
        gvm_buf_str(out, ", found ");
        put_word(out, found->balance);
    }
    if (!gvm_hash_equal(&found->code_hash, &expected->code_hash))
        gvm_buf_printf(out, "\n    %s code differs", name);
}

static void diff_slots(gvm_buf *out, gvm_state_memory *of, gvm_state_memory *other,
                       bool of_is_found) {
    gvm_state_reader reader = gvm_state_memory_reader(other);
    for (size_t i = 0; i < gvm_state_memory_slot_count(of); i++) {
        gvm_address address;
        gvm_slot_change slot;
        gvm_u256 value;
        if (!gvm_state_memory_slot_at(of, i, &address, &slot)) continue;
        if (reader.storage(reader.ctx, &value, &address, &slot.key) != GVM_OK) continue;
        /* Slots that both have are told once. */
        if (gvm_u256_eq(value, slot.value) || (of_is_found && !gvm_u256_is_zero(value))) continue;
        char name[GVM_HEX_ADDRESS_SIZE];
        (void)gvm_hex_data_address(name, &address);
        gvm_buf_printf(out, "\n    %s storage ", name);
        put_word(out, slot.key);
        gvm_buf_str(out, ": expected ");
        put_word(out, of_is_found ? value : slot.value);
        gvm_buf_str(out, ", found ");
        put_word(out, of_is_found ? slot.value : value);
    }
}

void gvm_fixture_diff(gvm_buf *out, gvm_state_memory *found, gvm_state_memory *expected) {
    gvm_state_reader in_found = gvm_state_memory_reader(found);
    gvm_state_reader in_expected = gvm_state_memory_reader(expected);
    gvm_address address;
    gvm_account want, have;
    char name[GVM_HEX_ADDRESS_SIZE];
    for (size_t i = 0; i < gvm_state_memory_count(expected); i++) {
        if (!gvm_state_memory_at(expected, i, &address, &want)) continue;
        if (in_found.account(in_found.ctx, &have, &address) == GVM_OK) {
            diff_account(out, &address, &have, &want);
        } else {
            (void)gvm_hex_data_address(name, &address);
            gvm_buf_printf(out, "\n    %s is missing", name);
        }
    }
    for (size_t i = 0; i < gvm_state_memory_count(found); i++) {
        if (!gvm_state_memory_at(found, i, &address, &have)) continue;
        if (in_expected.account(in_expected.ctx, &want, &address) == GVM_OK) continue;
        (void)gvm_hex_data_address(name, &address);
        gvm_buf_printf(out, "\n    %s should not be there", name);
    }
    diff_slots(out, expected, found, false);
    diff_slots(out, found, expected, true);
}

/* ---- the block */

/* What the tools that fill state tests use: the hash of the number's decimal digits. */
static gvm_status test_block_hash(void *ctx, gvm_hash *out, uint64_t number) {
    (void)ctx;
    char text[24];
    int n = snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    gvm_keccak256(out, gvm_bytes_make(text, (size_t)n));
    return GVM_OK;
}

gvm_status gvm_fixture_env(gvm_block_env *env, const gvm_rules *rules, const gvm_blob_params *blobs,
                           yyjson_val *json) {
    enum { DEFAULT_BASE_FEE = 10 };
    uint64_t excess = 0;
    *env = (gvm_block_env){.chain_id = 1, .block_hash = test_block_hash};
    GVM_TRY(gvm_fixture_address(&env->coinbase, yyjson_obj_get(json, "currentCoinbase")));
    GVM_TRY(gvm_fixture_u64(&env->number, yyjson_obj_get(json, "currentNumber")));
    GVM_TRY(gvm_fixture_u64(&env->timestamp, yyjson_obj_get(json, "currentTimestamp")));
    GVM_TRY(gvm_fixture_u64(&env->gas_limit, yyjson_obj_get(json, "currentGasLimit")));
    if (rules->fork >= GVM_FORK_LONDON) {
        env->base_fee = gvm_u256_from_u64(DEFAULT_BASE_FEE);
        GVM_TRY(gvm_fixture_opt(
            gvm_fixture_u256(&env->base_fee, yyjson_obj_get(json, "currentBaseFee"))));
    }
    if (rules->fork >= GVM_FORK_PARIS) {
        GVM_TRY(gvm_fixture_opt(
            gvm_fixture_hash(&env->prev_randao, yyjson_obj_get(json, "currentRandom"))));
    } else {
        GVM_TRY(gvm_fixture_opt(
            gvm_fixture_u256(&env->difficulty, yyjson_obj_get(json, "currentDifficulty"))));
    }
    if (rules->fork < GVM_FORK_CANCUN) return GVM_OK;
    GVM_TRY(
        gvm_fixture_opt(gvm_fixture_u64(&excess, yyjson_obj_get(json, "currentExcessBlobGas"))));
    env->blob_base_fee = gvm_blob_base_fee(excess, blobs->update_fraction);
    return GVM_OK;
}

gvm_status gvm_fixture_blobs(gvm_blob_params *out, const char *fork, yyjson_val *config) {
    *out = (gvm_blob_params){0};
    yyjson_val *entry = yyjson_obj_get(yyjson_obj_get(config, "blobSchedule"), fork);
    if (entry != NULL) {
        uint64_t target, max;
        GVM_TRY(gvm_fixture_u64(&target, yyjson_obj_get(entry, "target")));
        GVM_TRY(gvm_fixture_u64(&max, yyjson_obj_get(entry, "max")));
        GVM_TRY(
            gvm_fixture_u64(&out->update_fraction, yyjson_obj_get(entry, "baseFeeUpdateFraction")));
        if (target > UINT32_MAX || max > UINT32_MAX) return GVM_ERR_RANGE;
        out->target = (uint32_t)target;
        out->max = (uint32_t)max;
        return GVM_OK;
    }
    /* A fork without blobs has no parameters. */
    return gvm_fixture_opt(gvm_blob_params_by_name(out, fork));
}

/* ---- transactions */

static yyjson_val *at(yyjson_val *v, size_t i) {
    return yyjson_is_arr(v) ? yyjson_arr_get(v, i) : v;
}

static gvm_status load_access(gvm_tx *tx, gvm_arena *arena, yyjson_val *list) {
    tx->access_count = yyjson_arr_size(list);
    gvm_tx_access *entries = gvm_arena_alloc(arena, tx->access_count * sizeof *entries);
    if (entries == NULL) return GVM_ERR_NOMEM;
    size_t i, max, k, key_max;
    yyjson_val *v, *key;
    yyjson_arr_foreach(list, i, max, v) {
        yyjson_val *keys = yyjson_obj_get(v, "storageKeys");
        gvm_hash *hashes = gvm_arena_alloc(arena, yyjson_arr_size(keys) * sizeof *hashes);
        if (hashes == NULL) return GVM_ERR_NOMEM;
        GVM_TRY(gvm_fixture_address(&entries[i].address, yyjson_obj_get(v, "address")));
        yyjson_arr_foreach(keys, k, key_max, key) GVM_TRY(gvm_fixture_hash(&hashes[k], key));
        entries[i].keys = hashes;
        entries[i].key_count = yyjson_arr_size(keys);
        tx->access_key_count += entries[i].key_count;
    }
    tx->access_list = entries;
    return GVM_OK;
}

static gvm_status load_blob_hashes(gvm_tx *tx, gvm_arena *arena, yyjson_val *list) {
    tx->blob_hash_count = yyjson_arr_size(list);
    gvm_hash *hashes = gvm_arena_alloc(arena, tx->blob_hash_count * sizeof *hashes);
    if (hashes == NULL) return GVM_ERR_NOMEM;
    size_t i, max;
    yyjson_val *v;
    yyjson_arr_foreach(list, i, max, v) GVM_TRY(gvm_fixture_hash(&hashes[i], v));
    tx->blob_hashes = hashes;
    return GVM_OK;
}

static gvm_status load_auths(gvm_tx *tx, gvm_arena *arena, yyjson_val *list) {
    tx->auth_count = yyjson_arr_size(list);
    gvm_tx_auth *auths = gvm_arena_zalloc(arena, tx->auth_count * sizeof *auths);
    if (auths == NULL) return GVM_ERR_NOMEM;
    size_t i, max;
    yyjson_val *v;
    yyjson_arr_foreach(list, i, max, v) {
        uint64_t y;
        yyjson_val *parity = yyjson_obj_get(v, "yParity");
        if (parity == NULL) parity = yyjson_obj_get(v, "v");
        GVM_TRY(gvm_fixture_u256(&auths[i].chain_id, yyjson_obj_get(v, "chainId")));
        GVM_TRY(gvm_fixture_address(&auths[i].address, yyjson_obj_get(v, "address")));
        GVM_TRY(gvm_fixture_u64(&auths[i].nonce, yyjson_obj_get(v, "nonce")));
        GVM_TRY(gvm_fixture_u64(&y, parity));
        GVM_TRY(gvm_fixture_u256(&auths[i].r, yyjson_obj_get(v, "r")));
        GVM_TRY(gvm_fixture_u256(&auths[i].s, yyjson_obj_get(v, "s")));
        if (y > UINT8_MAX) return GVM_ERR_RANGE;
        auths[i].y_parity = (uint8_t)y;
    }
    tx->auths = auths;
    return GVM_OK;
}

static gvm_status load_sender(gvm_tx *tx, yyjson_val *json) {
    gvm_hash key;
    uint8_t public_key[64];
    gvm_status status = gvm_fixture_address(&tx->sender, yyjson_obj_get(json, "sender"));
    if (status != GVM_ERR_NOT_FOUND) return status;
    status = gvm_fixture_hash(&key, yyjson_obj_get(json, "secretKey"));
    if (status != GVM_OK) return gvm_fixture_opt(status);
    GVM_TRY(gvm_secp256k1_public_key(public_key, key.b));
    gvm_secp256k1_address(&tx->sender, public_key);
    return GVM_OK;
}

static gvm_status load_lists(gvm_tx *tx, gvm_arena *arena, yyjson_val *json, size_t data_index) {
    yyjson_val *access = at(yyjson_obj_get(json, "accessLists"), data_index);
    if (access == NULL) access = yyjson_obj_get(json, "accessList");
    yyjson_val *blobs = yyjson_obj_get(json, "blobVersionedHashes");
    yyjson_val *auths = yyjson_obj_get(json, "authorizationList");
    if (yyjson_is_arr(access)) {
        tx->type = GVM_TX_ACCESS_LIST;
        GVM_TRY(load_access(tx, arena, access));
    }
    if (yyjson_obj_get(json, "maxFeePerGas") != NULL) tx->type = GVM_TX_DYNAMIC_FEE;
    if (yyjson_obj_get(json, "maxFeePerBlobGas") != NULL || yyjson_is_arr(blobs))
        tx->type = GVM_TX_BLOB;
    GVM_TRY(load_blob_hashes(tx, arena, blobs));
    if (yyjson_is_arr(auths)) {
        tx->type = GVM_TX_SET_CODE;
        GVM_TRY(load_auths(tx, arena, auths));
    }
    return GVM_OK;
}

gvm_status gvm_fixture_tx(gvm_tx *out, gvm_arena *arena, yyjson_val *json,
                          gvm_fixture_indexes indexes) {
    *out = (gvm_tx){0};
    yyjson_val *gas = yyjson_obj_get(json, "gasLimit"), *data = yyjson_obj_get(json, "data");
    yyjson_val *to = yyjson_obj_get(json, "to");
    if (gas == NULL) gas = yyjson_obj_get(json, "gas");
    if (data == NULL) data = yyjson_obj_get(json, "input");
    GVM_TRY(gvm_fixture_u64(&out->nonce, yyjson_obj_get(json, "nonce")));
    GVM_TRY(gvm_fixture_u64(&out->gas_limit, at(gas, indexes.gas)));
    GVM_TRY(gvm_fixture_u256(&out->value, at(yyjson_obj_get(json, "value"), indexes.value)));
    GVM_TRY(gvm_fixture_bytes(&out->data, arena, at(data, indexes.data)));
    out->create = to == NULL || yyjson_is_null(to) || yyjson_equals_str(to, "");
    if (!out->create) GVM_TRY(gvm_fixture_address(&out->to, to));
    GVM_TRY(load_lists(out, arena, json, indexes.data));
    if (yyjson_obj_get(json, "maxFeePerGas") != NULL) {
        GVM_TRY(gvm_fixture_u256(&out->max_fee, yyjson_obj_get(json, "maxFeePerGas")));
        GVM_TRY(gvm_fixture_opt(gvm_fixture_u256(&out->max_priority_fee,
                                                 yyjson_obj_get(json, "maxPriorityFeePerGas"))));
    } else {
        GVM_TRY(gvm_fixture_u256(&out->max_fee, yyjson_obj_get(json, "gasPrice")));
        out->max_priority_fee = out->max_fee;
    }
    GVM_TRY(gvm_fixture_opt(
        gvm_fixture_u256(&out->max_blob_fee, yyjson_obj_get(json, "maxFeePerBlobGas"))));
    out->replay_protected = out->type != GVM_TX_LEGACY;
    out->chain_id = out->replay_protected ? 1 : 0;
    GVM_TRY(gvm_fixture_opt(gvm_fixture_u64(&out->chain_id, yyjson_obj_get(json, "chainId"))));
    return load_sender(out, json);
}
