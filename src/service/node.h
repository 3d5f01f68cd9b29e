/* What a node is made of, for the services that answer for it: the context of every RPC method.
 * Owned and wired by the daemon. */
#ifndef GVM_SERVICE_NODE_H
#define GVM_SERVICE_NODE_H

#include "base/clock.h"
#include "chain/pool.h"
#include "chain/sealer.h"

#include <pthread.h>

typedef enum gvm_seal_mode {
    GVM_SEAL_NEVER,    /* somebody else orders blocks */
    GVM_SEAL_INSTANT,  /* with each transaction */
    GVM_SEAL_INTERVAL, /* by the clock */
    GVM_SEAL_MANUAL,   /* on demand alone */
} gvm_seal_mode;

/* A key that the node may sign with (development). */
typedef struct gvm_dev_account {
    gvm_address address;
    uint8_t key[32];
} gvm_dev_account;

/* evm_snapshot: the head and the clock as they were. */
typedef struct gvm_snapshot {
    uint64_t id;
    gvm_hash head;
    int64_t time_offset;
} gvm_snapshot;
#define GVM_SNAPSHOTS_MAX 1024

typedef struct gvm_node {
    gvm_chain *chain;
    gvm_pool *pool;
    gvm_sealer *sealer; /* NULL: GVM_SEAL_NEVER */
    gvm_seal_mode seal_mode;
    struct gvm_eth_events *events;   /* jsonrpc/eth_events.h */
    struct gvm_eth_filters *filters; /* jsonrpc/eth_filters.h */
    gvm_clock clock;
    gvm_dev_account *accounts;
    size_t account_count;
    uint64_t call_gas_cap;    /* of eth_call and eth_estimateGas; 0: the block's gas limit */
    uint64_t logs_max_blocks; /* that one eth_getLogs may read */
    pthread_mutex_t dev_lock; /* over snapshots */
    gvm_snapshot *snapshots;
    size_t snapshot_count;
    uint64_t snapshot_next;
} gvm_node;

/* A transaction has come in: seals at once where that is the mode. */
GVM_NODISCARD gvm_status gvm_node_after_transaction(gvm_node *node, gvm_error *err);

#endif
