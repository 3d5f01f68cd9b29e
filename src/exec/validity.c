#include "exec/validity.h"

#include "crypto/address.h"
#include "exec/account_keys.h"
#include "system/permissions.h"
#include "vm/container.h"

static uint64_t blob_gas(const gvm_tx *tx) {
    return tx->blob_hash_count * (uint64_t)GVM_GAS_PER_BLOB;
}

/* ---- the transaction by itself */

static gvm_status check_type(const gvm_tx *tx, const gvm_rules *rules, gvm_error *err) {
    static const gvm_fork since[] = {
        [GVM_TX_LEGACY] = GVM_FORK_FRONTIER,    [GVM_TX_ACCESS_LIST] = GVM_FORK_BERLIN,
        [GVM_TX_DYNAMIC_FEE] = GVM_FORK_LONDON, [GVM_TX_BLOB] = GVM_FORK_CANCUN,
        [GVM_TX_SET_CODE] = GVM_FORK_PRAGUE,
    };
    if (tx->type < sizeof since / sizeof since[0] && rules->fork >= since[tx->type]) return GVM_OK;
    if (tx->type == GVM_TX_GHOST && rules->ghost) return GVM_OK;
    return gvm_error_set(err, GVM_ERR_TX_TYPE, "transaction type %u is not known under %s",
                         tx->type, rules->name);
}

static gvm_status check_chain(const gvm_tx *tx, const gvm_rules *rules, uint64_t chain_id,
                              gvm_error *err) {
    if (!tx->replay_protected) return GVM_OK;
    if (rules->fork < GVM_FORK_SPURIOUS)
        return gvm_error_set(err, GVM_ERR_TX_SIGNATURE, "v with a chain id before EIP-155");
    if (tx->chain_id == chain_id) return GVM_OK;
    return gvm_error_set(err, GVM_ERR_TX_CHAIN_ID, "invalid chain id: expected %llu, found %llu",
                         (unsigned long long)chain_id, (unsigned long long)tx->chain_id);
}

static gvm_status check_blobs(const gvm_tx *tx, const gvm_rules *rules,
                              const gvm_blob_params *blobs, gvm_error *err) {
    enum { VERSION_KZG = 1 };
    if (tx->type != GVM_TX_BLOB) return GVM_OK;
    if (tx->create) return gvm_error_set(err, GVM_ERR_TX_BLOB_CREATE, "%s", "");
    if (tx->blob_hash_count == 0) return gvm_error_set(err, GVM_ERR_TX_BLOB_NONE, "%s", "");
    for (size_t i = 0; i < tx->blob_hash_count; i++) {
        if (tx->blob_hashes[i].b[0] == VERSION_KZG) continue;
        return gvm_error_set(err, GVM_ERR_TX_BLOB_VERSION,
                             "blob %zu: invalid hash version: expected 1, found %u", i,
                             tx->blob_hashes[i].b[0]);
    }
    size_t max = blobs->max;
    if (rules->fork >= GVM_FORK_OSAKA && max > GVM_TX_BLOBS_MAX_OSAKA) max = GVM_TX_BLOBS_MAX_OSAKA;
    if (tx->blob_hash_count <= max) return GVM_OK;
    return gvm_error_set(err, GVM_ERR_TX_BLOB_COUNT, "too many blobs: at most %zu, found %zu", max,
                         tx->blob_hash_count);
}

static gvm_status check_gas(const gvm_tx *tx, const gvm_rules *rules, unsigned flags,
                            gvm_error *err) {
    gvm_intrinsic need = gvm_intrinsic_gas(tx, rules);
    if (tx->gas_limit < need.gas)
        return gvm_error_set(err, GVM_ERR_TX_INTRINSIC_GAS,
                             "intrinsic gas too low: have %llu, want %llu",
                             (unsigned long long)tx->gas_limit, (unsigned long long)need.gas);
    if (tx->gas_limit < need.floor)
        return gvm_error_set(err, GVM_ERR_TX_FLOOR_GAS,
                             "gas limit %llu is below the floor %llu that the calldata sets",
                             (unsigned long long)tx->gas_limit, (unsigned long long)need.floor);
    size_t limit = gvm_creation_limit(rules, tx->data);
    if (limit != 0 && tx->create && tx->data.len > limit)
        return gvm_error_set(err, GVM_ERR_TX_INITCODE_SIZE,
                             "max initcode size exceeded: code size %zu, limit %zu", tx->data.len,
                             limit);
    if (!(flags & GVM_EXEC_SKIP_GAS_CAP) && rules->max_tx_gas != 0 &&
        tx->gas_limit > rules->max_tx_gas)
        return gvm_error_set(err, GVM_ERR_TX_GAS_CAP,
                             "transaction gas limit too high (cap: %u, tx: %llu)",
                             rules->max_tx_gas, (unsigned long long)tx->gas_limit);
    return GVM_OK;
}

gvm_status gvm_tx_check(const gvm_tx *tx, const gvm_rules *rules, uint64_t chain_id,
                        const gvm_blob_params *blobs, unsigned flags, gvm_error *err) {
    GVM_TRY(check_type(tx, rules, err));
    GVM_TRY(check_chain(tx, rules, chain_id, err));
    if (tx->type == GVM_TX_SET_CODE) {
        if (tx->create) return gvm_error_set(err, GVM_ERR_TX_AUTH_CREATE, "%s", "");
        if (tx->auth_count == 0) return gvm_error_set(err, GVM_ERR_TX_AUTH_NONE, "%s", "");
    }
    if (tx->type == GVM_TX_GHOST) GVM_TRY(gvm_ghost_check(tx, err));
    GVM_TRY(check_blobs(tx, rules, blobs, err));
    if (gvm_u256_lt(tx->max_fee, tx->max_priority_fee))
        return gvm_error_set(err, GVM_ERR_TX_TIP_ABOVE_FEE, "%s", "");
    GVM_TRY(check_gas(tx, rules, flags, err));
    if (tx->nonce == UINT64_MAX && !(flags & GVM_EXEC_SKIP_NONCE))
        return gvm_error_set(err, GVM_ERR_TX_NONCE_MAX, "%s", "");
    return GVM_OK;
}

/* ---- the block */

static gvm_status error_amounts(gvm_error *err, gvm_status code, const char *what, gvm_u256 want,
                                gvm_u256 have) {
    if (err == NULL) return code;
    char w[80], h[80];
    gvm_u256_to_decimal(w, want);
    gvm_u256_to_decimal(h, have);
    return gvm_error_set(err, code, "%s: have %s, want %s", what, h, w);
}

gvm_status gvm_tx_check_block(const gvm_tx *tx, const gvm_rules *rules, const gvm_block_env *env,
                              const gvm_exec_block *block, unsigned flags, gvm_error *err) {
    uint64_t left = env->gas_limit > block->gas_used ? env->gas_limit - block->gas_used : 0;
    if (tx->gas_limit > left)
        return gvm_error_set(
            err, GVM_ERR_TX_GAS_ALLOWANCE,
            "gas limit reached: the block has %llu left, the transaction asks %llu",
            (unsigned long long)left, (unsigned long long)tx->gas_limit);
    if (rules->fork >= GVM_FORK_LONDON && !(flags & GVM_EXEC_SKIP_FEES) &&
        gvm_u256_lt(tx->max_fee, env->base_fee))
        return error_amounts(err, GVM_ERR_TX_FEE_TOO_LOW,
                             "max fee per gas less than block base fee", env->base_fee,
                             tx->max_fee);
    if (tx->type == GVM_TX_GHOST && rules->ghost)
        GVM_TRY(gvm_ghost_check_time(tx, env->timestamp, err));
    if (tx->type != GVM_TX_BLOB || rules->fork < GVM_FORK_CANCUN) return GVM_OK;
    uint64_t max = block->blobs.max * (uint64_t)GVM_GAS_PER_BLOB;
    /* More than a block ever holds is the transaction's own fault (gvm_tx_check). */
    if (blob_gas(tx) <= max && blob_gas(tx) > max - block->blob_gas_used)
        return gvm_error_set(err, GVM_ERR_TX_BLOB_GAS_ALLOWANCE, "%s", "");
    if (!(flags & GVM_EXEC_SKIP_FEES) && gvm_u256_lt(tx->max_blob_fee, env->blob_base_fee))
        return error_amounts(err, GVM_ERR_TX_BLOB_FEE_TOO_LOW,
                             "max fee per blob gas less than block blob gas fee",
                             env->blob_base_fee, tx->max_blob_fee);
    return GVM_OK;
}

/* ---- the sender */

gvm_status gvm_tx_max_cost(gvm_u256 *out, const gvm_tx *tx) {
    gvm_u256 gas, blobs;
    bool over = gvm_u256_mul_overflow(&gas, tx->max_fee, gvm_u256_from_u64(tx->gas_limit));
    over |= gvm_u256_mul_overflow(&blobs, tx->max_blob_fee, gvm_u256_from_u64(blob_gas(tx)));
    over |= gvm_u256_add_overflow(out, gas, blobs);
    over |= gvm_u256_add_overflow(out, *out, tx->value);
    return over ? GVM_ERR_TX_COST_OVERFLOW : GVM_OK;
}

/* In the words that wallets know. */
static gvm_status error_nonce(gvm_error *err, const gvm_tx *tx, uint64_t nonce) {
    bool low = tx->nonce < nonce;
    gvm_status code = low ? GVM_ERR_TX_NONCE_TOO_LOW : GVM_ERR_TX_NONCE_TOO_HIGH;
    if (err == NULL) return code;
    char address[GVM_ADDRESS_CHECKSUM_SIZE];
    gvm_address_checksum(address, &tx->sender);
    return gvm_error_set(err, code, "nonce too %s: address %s, tx: %llu state: %llu",
                         low ? "low" : "high", address, (unsigned long long)tx->nonce,
                         (unsigned long long)nonce);
}

gvm_status gvm_tx_check_sender(const gvm_tx *tx, const gvm_rules *rules, gvm_state *state,
                               unsigned flags, gvm_error *err) {
    gvm_entry *sender = gvm_state_entry(state, &tx->sender);
    GVM_TRY(gvm_state_status(state));
    if (rules->ghost && !(flags & GVM_EXEC_SKIP_FUNDS)) {
        gvm_cells cells = gvm_cells_of_state(state, &gvm_identities_address, 0, 0);
        GVM_TRY(gvm_tx_check_keys(tx, &cells, err));
        GVM_TRY(gvm_state_status(state));
    }
    if (!(flags & GVM_EXEC_SKIP_NONCE) && tx->nonce != sender->nonce)
        return error_nonce(err, tx, sender->nonce);
    if (!(flags & GVM_EXEC_SKIP_SENDER_CODE)) {
        gvm_bytes code = gvm_state_code(state, sender);
        gvm_address target;
        bool delegates = rules->fork >= GVM_FORK_PRAGUE && gvm_delegation_target(&target, code);
        if (code.len > 0 && !delegates)
            return gvm_error_set(err, GVM_ERR_TX_SENDER_HAS_CODE, "%s", "");
    }
    if (flags & (GVM_EXEC_SKIP_FUNDS | GVM_EXEC_PAID_OTHERWISE)) return GVM_OK;
    gvm_u256 cost;
    gvm_status status = gvm_tx_max_cost(&cost, tx);
    if (status != GVM_OK) return gvm_error_set(err, status, "%s", "");
    if (gvm_u256_lt(sender->balance, cost))
        return error_amounts(err, GVM_ERR_TX_FUNDS, "insufficient funds for gas * price + value",
                             cost, sender->balance);
    return GVM_OK;
}
