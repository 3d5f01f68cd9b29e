/* The `ghost` object of a genesis file, and what it puts into the first state: the system
 * contracts' accounts (code 0xfe, nonce 1) with their storage. A chain has Ghost's rules exactly
 * where its genesis has the object. docs/genesis.schema.json describes it; everything in it has a
 * default. */
#ifndef GVM_CHAIN_GHOST_GENESIS_H
#define GVM_CHAIN_GHOST_GENESIS_H

#include "chain/config.h"
#include "system/tokens.h"

struct yyjson_val;

typedef struct gvm_ghost_holder {
    gvm_token token; /* not GCC, which is the allocation's */
    gvm_address account;
    gvm_u256 amount;
} gvm_ghost_holder;

typedef struct gvm_ghost_role {
    gvm_address account;
    gvm_u256 permissions; /* bits beside what a new account holds */
} gvm_ghost_role;

typedef struct gvm_ghost_genesis {
    gvm_token_params params;
    gvm_u256 caps[GVM_TOKEN_END], rates[GVM_TOKEN_END];
    gvm_buf holders; /* of gvm_ghost_holder */
    gvm_buf roles;   /* of gvm_ghost_role */
} gvm_ghost_genesis;

/* Defaults of FORMATS: nobody holds or may anything. */
void gvm_ghost_genesis_init(gvm_ghost_genesis *out);
void gvm_ghost_genesis_free(gvm_ghost_genesis *gh);
void gvm_ghost_genesis_hold(gvm_ghost_genesis *gh, gvm_token token, const gvm_address *account,
                            gvm_u256 amount);
void gvm_ghost_genesis_allow(gvm_ghost_genesis *gh, const gvm_address *account,
                             unsigned permission);
/* Reads the object, strictly: an unknown key or a value out of its range is GVM_ERR_CONFIG
 * with the path of the field. *out must be initialised. */
GVM_NODISCARD gvm_status gvm_ghost_genesis_read(gvm_ghost_genesis *out, struct yyjson_val *object,
                                                gvm_error *err);
/* Adds the accounts to a genesis whose own allocation is complete (GCC's supply is its sum), and
 * sets its config's rules. GVM_ERR_CONFIG where the allocation has an account at a system address,
 * or holds more GCC than its cap. */
GVM_NODISCARD gvm_status gvm_ghost_genesis_apply(gvm_genesis *g, const gvm_ghost_genesis *gh,
                                                 gvm_error *err);

#endif
