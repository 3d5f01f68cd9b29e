/* The parts that fixtures share, from JSON to our types: numbers, accounts, transactions, the block
 * around them.
 *
 * Numbers are "0x" hex with or without leading zeros, decimal text, or JSON numbers. What does not
 * parse is GVM_ERR_SYNTAX or GVM_ERR_RANGE: some fixtures hold values that no type can, on purpose.
 * Byte strings are decoded into the arena and live as long as it does. */
#ifndef GVM_SERVICE_CONFORMANCE_FIXTURE_H
#define GVM_SERVICE_CONFORMANCE_FIXTURE_H

#include "base/arena.h"
#include "exec/fees.h"
#include "exec/tx.h"
#include "state/memory.h"
#include "vm/vm.h"

#include <yyjson.h>

/* ---- single values; a missing one (NULL) is GVM_ERR_NOT_FOUND and leaves *out alone */
GVM_NODISCARD gvm_status gvm_fixture_u256(gvm_u256 *out, yyjson_val *v);
GVM_NODISCARD gvm_status gvm_fixture_u64(uint64_t *out, yyjson_val *v);
GVM_NODISCARD gvm_status gvm_fixture_hash(gvm_hash *out, yyjson_val *v);
GVM_NODISCARD gvm_status gvm_fixture_address(gvm_address *out, yyjson_val *v);
GVM_NODISCARD gvm_status gvm_fixture_bytes(gvm_bytes *out, gvm_arena *arena, yyjson_val *v);
/* As above, but a missing value is GVM_OK. */
GVM_NODISCARD gvm_status gvm_fixture_opt(gvm_status status);

/* ---- accounts: address -> {balance, nonce, code, storage} */
GVM_NODISCARD gvm_status gvm_fixture_load_accounts(gvm_state_memory *to, gvm_arena *arena,
                                                   yyjson_val *accounts);
/* Appends, for people, how the accounts differ from what is expected. */
void gvm_fixture_diff(gvm_buf *out, gvm_state_memory *found, gvm_state_memory *expected);

/* ---- the block of a state test, or of the transition tool */
/* Fills *env under these rules from an `env` object; the blob fee from its excess and `blobs`. */
GVM_NODISCARD gvm_status gvm_fixture_env(gvm_block_env *env, const gvm_rules *rules,
                                         const gvm_blob_params *blobs, yyjson_val *json);
/* The schedule entry for `fork` in `config` (may be NULL), else what the fork has on mainnet. */
GVM_NODISCARD gvm_status gvm_fixture_blobs(gvm_blob_params *out, const char *fork,
                                           yyjson_val *config);

/* ---- transactions as objects: what can be an array is indexed by d, g, v */
typedef struct gvm_fixture_indexes {
    size_t data, gas, value;
} gvm_fixture_indexes;
/* Without hash; the sender is set from `sender` or `secretKey` where there is one. Lists live in
 * the arena: no gvm_tx_free. */
GVM_NODISCARD gvm_status gvm_fixture_tx(gvm_tx *out, gvm_arena *arena, yyjson_val *json,
                                        gvm_fixture_indexes indexes);

#endif
