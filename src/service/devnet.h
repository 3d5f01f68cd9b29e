/* A chain to develop on: accounts from a mnemonic, a genesis that makes them rich. */
#ifndef GVM_SERVICE_DEVNET_H
#define GVM_SERVICE_DEVNET_H

#include "chain/config.h"
#include "service/node.h"

/* The mnemonic that anvil and Hardhat use. */
#define GVM_DEVNET_MNEMONIC     "test test test test test test test test test test test junk"
#define GVM_DEVNET_CHAIN_ID     1337
#define GVM_DEVNET_ACCOUNTS_MAX 1000

/* Accounts m/44'/60'/0'/0/0 and on. *out is the caller's to wipe and free with
 * gvm_devnet_accounts_free. */
GVM_NODISCARD gvm_status gvm_devnet_accounts(gvm_dev_account **out, size_t count,
                                             const char *mnemonic, gvm_error *err);
void gvm_devnet_accounts_free(gvm_dev_account *accounts, size_t count);

/* Every fork up to `fork` from the start; each account with `balance` wei. With `ghost`, Ghost's
 * rules and system contracts too: each account holds 500 SPIRIT, 100 MANA and 100 GHOST; the first
 * has AdminAccess, keeps the rates, slashes, and holds 5,000 SPIRIT more. The same arguments give
 * the same genesis. GVM_ERR_CONFIG where the balances pass GCC's cap. */
GVM_NODISCARD gvm_status gvm_devnet_genesis(gvm_genesis *out, uint64_t chain_id, gvm_fork fork,
                                            bool ghost, uint64_t gas_limit,
                                            const gvm_dev_account *accounts, size_t count,
                                            gvm_u256 balance, gvm_error *err);

#endif
