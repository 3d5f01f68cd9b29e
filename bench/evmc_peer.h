/* What of the EVMC ABI (version 12) is needed to run another EVM beside ours: our own declarations
 * of its layouts. */
#ifndef GVM_BENCH_EVMC_PEER_H
#define GVM_BENCH_EVMC_PEER_H

#include "base/bytes.h"

enum { PEER_LONDON = 9 };
enum { PEER_SUCCESS = 0, PEER_REVERT = 2 };

typedef struct peer_message {
    int kind;
    uint32_t flags;
    int32_t depth;
    int64_t gas;
    gvm_address recipient, sender;
    const uint8_t *input;
    size_t input_len;
    gvm_hash value, salt;
    gvm_address code_address;
    const uint8_t *code;
    size_t code_len;
} peer_message;

typedef struct peer_tx_context {
    gvm_hash gas_price;
    gvm_address origin, coinbase;
    int64_t number, timestamp, gas_limit;
    gvm_hash prev_randao, chain_id, base_fee, blob_base_fee;
    const gvm_hash *blob_hashes;
    size_t blob_hash_count;
    const void *initcodes;
    size_t initcode_count;
} peer_tx_context;

typedef struct peer_result {
    int status;
    int64_t gas_left, gas_refund;
    const uint8_t *output;
    size_t output_len;
    void (*release)(const struct peer_result *result);
    gvm_address created;
    uint8_t padding[4];
} peer_result;

typedef struct peer_context peer_context;

typedef struct peer_host {
    bool (*account_exists)(peer_context *, const gvm_address *);
    gvm_hash (*get_storage)(peer_context *, const gvm_address *, const gvm_hash *);
    int (*set_storage)(peer_context *, const gvm_address *, const gvm_hash *, const gvm_hash *);
    gvm_hash (*get_balance)(peer_context *, const gvm_address *);
    size_t (*get_code_size)(peer_context *, const gvm_address *);
    gvm_hash (*get_code_hash)(peer_context *, const gvm_address *);
    size_t (*copy_code)(peer_context *, const gvm_address *, size_t, uint8_t *, size_t);
    bool (*selfdestruct)(peer_context *, const gvm_address *, const gvm_address *);
    peer_result (*call)(peer_context *, const peer_message *);
    peer_tx_context (*get_tx_context)(peer_context *);
    gvm_hash (*get_block_hash)(peer_context *, int64_t);
    void (*emit_log)(peer_context *, const gvm_address *, const uint8_t *, size_t, const gvm_hash *,
                     size_t);
    int (*access_account)(peer_context *, const gvm_address *);
    int (*access_storage)(peer_context *, const gvm_address *, const gvm_hash *);
    gvm_hash (*get_transient_storage)(peer_context *, const gvm_address *, const gvm_hash *);
    void (*set_transient_storage)(peer_context *, const gvm_address *, const gvm_hash *,
                                  const gvm_hash *);
} peer_host;

typedef struct peer_vm {
    const int abi_version;
    const char *name, *version;
    void (*destroy)(struct peer_vm *);
    peer_result (*execute)(struct peer_vm *, const peer_host *, peer_context *, int revision,
                           const peer_message *, const uint8_t *code, size_t code_len);
    uint32_t (*capabilities)(struct peer_vm *);
    int (*set_option)(struct peer_vm *, const char *, const char *);
} peer_vm;

#endif
