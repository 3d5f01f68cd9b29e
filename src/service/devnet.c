#include "service/devnet.h"

#include "chain/ghost_genesis.h"
#include "crypto/bip32.h"
#include "crypto/bip39.h"
#include "crypto/secp256k1.h"
#include "system/permissions.h"

#include <stdio.h>
#include <stdlib.h>

gvm_status gvm_devnet_accounts(gvm_dev_account **out, size_t count, const char *mnemonic,
                               gvm_error *err) {
    uint8_t seed[64], entropy[32];
    size_t entropy_len;
    gvm_bip32_node master = {0}, node = {0};
    gvm_dev_account *accounts = calloc(count + 1, sizeof *accounts);
    if (accounts == NULL) return GVM_ERR_NOMEM;
    gvm_status status;
    GVM_TRY_GOTO(gvm_bip39_entropy(entropy, &entropy_len, gvm_bytes_str(mnemonic), err));
    GVM_TRY_GOTO(gvm_bip39_seed(seed, gvm_bytes_str(mnemonic), gvm_bytes_make(NULL, 0)));
    GVM_TRY_GOTO(gvm_bip32_master(&master, gvm_bytes_make(seed, sizeof seed)));
    for (size_t i = 0; i < count; i++) {
        char path[48];
        (void)snprintf(path, sizeof path, "m/44'/60'/0'/0/%zu", i);
        GVM_TRY_GOTO(gvm_bip32_derive(&node, &master, gvm_bytes_str(path)));
        memcpy(accounts[i].key, node.key, 32);
        gvm_secp256k1_address(&accounts[i].address, node.public_key);
    }
    *out = accounts;
    accounts = NULL;
fail:
    gvm_devnet_accounts_free(accounts, count);
    gvm_wipe(seed, sizeof seed);
    gvm_wipe(entropy, sizeof entropy);
    gvm_wipe(&master, sizeof master);
    gvm_wipe(&node, sizeof node);
    return status;
}

void gvm_devnet_accounts_free(gvm_dev_account *accounts, size_t count) {
    if (accounts == NULL) return;
    gvm_wipe(accounts, count * sizeof *accounts);
    free(accounts);
}

static gvm_status add_ghost(gvm_genesis *g, const gvm_dev_account *accounts, size_t count,
                            gvm_error *err) {
    static const uint64_t held[GVM_TOKEN_END] = {
        [GVM_TOKEN_SPIRIT] = 500, [GVM_TOKEN_MANA] = 100, [GVM_TOKEN_GHOST] = 100};
    enum { FIRST_SPIRIT = 5500 };
    gvm_ghost_genesis gh;
    gvm_ghost_genesis_init(&gh);
    for (size_t i = 0; i < count; i++) {
        for (int t = GVM_TOKEN_SPIRIT; t < GVM_TOKEN_END; t++) {
            uint64_t tokens = i == 0 && t == GVM_TOKEN_SPIRIT ? FIRST_SPIRIT : held[t];
            gvm_u256 amount = gvm_u256_mul(gvm_token_unit(), gvm_u256_from_u64(tokens));
            gvm_ghost_genesis_hold(&gh, (gvm_token)t, &accounts[i].address, amount);
        }
    }
    if (count > 0) {
        gvm_ghost_genesis_allow(&gh, &accounts[0].address, GVM_PERMISSION_ADMIN_ACCESS);
        gh.params.rate_keeper = gh.params.slasher = accounts[0].address;
    }
    gvm_status status = gvm_ghost_genesis_apply(g, &gh, err);
    gvm_ghost_genesis_free(&gh);
    return status;
}

gvm_status gvm_devnet_genesis(gvm_genesis *out, uint64_t chain_id, gvm_fork fork, bool ghost,
                              uint64_t gas_limit, const gvm_dev_account *accounts, size_t count,
                              gvm_u256 balance, gvm_error *err) {
    gvm_chain_config config;
    gvm_status status;
    gvm_config_init(&config, chain_id, fork);
    GVM_TRY(gvm_genesis_new(out, &config));
    out->header.gas_limit = gas_limit;
    out->header.later = gvm_header_fields_of(fork);
    for (size_t i = 0; i < count; i++) {
        gvm_account_change account = {.address = accounts[i].address, .account.balance = balance};
        GVM_TRY_GOTO(gvm_genesis_add(out, &account));
    }
    GVM_TRY_GOTO(gvm_genesis_add_system_contracts(out));
    if (ghost) GVM_TRY_GOTO(add_ghost(out, accounts, count, err));
    return GVM_OK;
fail:
    gvm_genesis_free(out);
    return status;
}
