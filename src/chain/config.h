/* The rules of one chain: its id, when each fork begins, the blob schedule; and the genesis file
 * (geth's format). */
#ifndef GVM_CHAIN_CONFIG_H
#define GVM_CHAIN_CONFIG_H

#include "chain/header.h"
#include "exec/fees.h"
#include "state/diff.h"

#define GVM_NEVER UINT64_MAX

/* Steps of the blob schedule (EIP-7840, EIP-7892): Cancun, Prague, Osaka, BPO1 to BPO5, Amsterdam.
 */
#define GVM_BLOB_STEPS 9
typedef struct gvm_blob_step {
    uint64_t time; /* GVM_NEVER: not scheduled */
    gvm_blob_params params;
} gvm_blob_step;

/* Forks of a genesis file that change no rule of ours, but count in the fork id: the DAO's,
 * EIP-155's block, the glaciers, the network split at the merge. */
#define GVM_OTHER_FORKS 6

typedef struct gvm_chain_config {
    uint64_t chain_id;
    /* When a fork begins, GVM_NEVER for not at all: a block number up to London, a timestamp from
     * Shanghai on. Paris begins with the first block of difficulty 0. */
    uint64_t begins[GVM_FORK_COUNT];
    gvm_u256 terminal_difficulty; /* EIP-3675; all ones: never merges */
    gvm_blob_step blobs[GVM_BLOB_STEPS];
    uint64_t other_forks[GVM_OTHER_FORKS]; /* blocks; GVM_NEVER: not named */
    gvm_address deposit_contract;          /* EIP-6110 */
    bool ghost;                            /* Ghost's rules on top */
} gvm_chain_config;

/* Every fork up to `fork` from the first block on, with the main network's blob schedule numbers.
 */
void gvm_config_init(gvm_chain_config *out, uint64_t chain_id, gvm_fork fork);
/* The fork of the block with that number, timestamp and kind (merged: difficulty 0). */
gvm_fork gvm_config_fork(const gvm_chain_config *c, uint64_t number, uint64_t timestamp,
                         bool merged);
static inline gvm_fork gvm_config_fork_of(const gvm_chain_config *c, const gvm_header *h) {
    return gvm_config_fork(c, h->number, h->timestamp, gvm_u256_is_zero(h->difficulty));
}
/* That fork's rules, with Ghost's on top where the chain has them. */
static inline const gvm_rules *gvm_config_rules(const gvm_chain_config *c, gvm_fork fork) {
    return c->ghost ? gvm_rules_ghost(fork) : gvm_rules_get(fork);
}
/* All zero before Cancun. */
gvm_blob_params gvm_config_blobs(const gvm_chain_config *c, uint64_t timestamp);
/* The main network's parameters as they begin with the named step ("cancun", "prague", "osaka",
 * "bpo1" ...). */
GVM_NODISCARD gvm_status gvm_blob_params_by_name(gvm_blob_params *out, const char *name);

/* As the store keeps it. */
void gvm_config_encode(gvm_buf *out, const gvm_chain_config *c);
GVM_NODISCARD gvm_status gvm_config_decode(gvm_chain_config *out, gvm_bytes in);

typedef struct gvm_genesis {
    gvm_chain_config config;
    gvm_header header; /* state_root is set once the state is there; hash by gvm_header_hash */
    gvm_account_change *alloc;
    size_t alloc_count, alloc_cap;
    struct gvm_arena *arena; /* owns alloc */
    gvm_hash text_hash;      /* BLAKE3 of the text that it was read from, for the store; 0: none */
} gvm_genesis;

/* A genesis without accounts. GVM_ERR_NOMEM. */
GVM_NODISCARD gvm_status gvm_genesis_new(gvm_genesis *out, const gvm_chain_config *config);
/* Adds an account; addresses must differ. Code and slots are copied. */
GVM_NODISCARD gvm_status gvm_genesis_add(gvm_genesis *g, const gvm_account_change *account);
/* Adds the system contracts that the genesis fork needs (EIP-4788, 2935, 7002, 7251), at their
 * addresses, where the allocation does not have them. */
GVM_NODISCARD gvm_status gvm_genesis_add_system_contracts(gvm_genesis *g);
/* geth's genesis.json: config, alloc and header fields; hexadecimal or decimal numbers. A `ghost`
 * object (chain/ghost_genesis.h) puts Ghost's rules on top; config.ghost = true is the
 * same with all its defaults. Unknown
 * fields are ignored but in `config`, where a key that ends in "Block" or "Time" must be a fork
 * that is known. GVM_ERR_CONFIG with the path of the field, what was expected and what was found.
 */
GVM_NODISCARD gvm_status gvm_genesis_parse(gvm_genesis *out, gvm_bytes json, gvm_error *err);
void gvm_genesis_free(gvm_genesis *g);
static inline gvm_state_diff gvm_genesis_diff(const gvm_genesis *g) {
    return (gvm_state_diff){g->alloc, g->alloc_count};
}

#endif
