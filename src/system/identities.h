/* The state of identities (GhostID): keys that rule accounts, permanent ids and what their
 * documents say, guardians. The contract at 0x..4720 (identities_contract.c), exec and RPC all read
 * it here. The storage is that of contracts/system/Identities.sol; permissions are in
 * permissions.h.
 *
 * A permanent id is 16 bytes, the first of BLAKE3(first public key). Addresses and ids lead to each
 * other; a name (alice.ghost) is an alias of its owner's. */
#ifndef GVM_SYSTEM_IDENTITIES_H
#define GVM_SYSTEM_IDENTITIES_H

#include "system/cells.h"
#include "system/keyset.h"
#include "system/permissions.h"

/* Slots of Identities.sol; 0 and 1 are in permissions.h. */
enum {
    GVM_IDENTITIES_SLOT_KEYS = 2,
    GVM_IDENTITIES_SLOT_IDENTITIES,
    GVM_IDENTITIES_SLOT_IDS,
    GVM_IDENTITIES_SLOT_METHODS,
    GVM_IDENTITIES_SLOT_SERVICES,
    GVM_IDENTITIES_SLOT_ALIASES,
    GVM_IDENTITIES_SLOT_DELEGATES,
    GVM_IDENTITIES_SLOT_GUARDIANS,
    GVM_IDENTITIES_SLOT_RECOVERIES,
    GVM_IDENTITIES_SLOT_ROLES,
    GVM_IDENTITIES_SLOT_MEMBERS
};

#define GVM_RECOVERY_DELAY (48u * 3600)

/* ---- keys of accounts */

/* The commitment to the key that the account registered (gvm_key_commitment); false: none, the key
 * that its address is the hash of rules it. Any cells. */
bool gvm_identity_key(gvm_cells *cells, gvm_hash *commitment, const gvm_address *account);
/* Registers a key by its commitment. `keeps_own`: the account's own secp256k1 key may still act
 * alone (gvm_key_holds_account). */
void gvm_identity_set_key(gvm_cells *cells, const gvm_address *account, const gvm_hash *commitment,
                          bool keeps_own);
/* What a new key signs to be registered: BLAKE3("ghost-key-v1" ‖ chain id (8, big-endian) ‖ account
 * ‖ commitment). */
void gvm_identity_proof_hash(gvm_hash *out, uint64_t chain_id, const gvm_address *account,
                             const gvm_hash *commitment);

/* ---- identities */

typedef struct gvm_permanent_id {
    uint8_t b[16];
} gvm_permanent_id;

typedef struct gvm_identity {
    gvm_permanent_id id;
    gvm_address controller;
    uint64_t created, updated;
    bool deactivated, revoked;
} gvm_identity;

void gvm_permanent_id_of_key(gvm_permanent_id *out, gvm_bytes key);
/* false: there is none. */
bool gvm_identity_look(gvm_cells *cells, gvm_identity *out, const gvm_permanent_id *id);
bool gvm_identity_of_account(gvm_cells *cells, gvm_permanent_id *out, const gvm_address *account);
/* "did:ghost:" and an address, 32 hex digits or a name (without a dot: .ghost); the prefix may be
 * left out. *account is where it leads; the id's controller, the address, the name's owner. *id is
 * that account's id, zero where it has none. false: it leads nowhere. */
bool gvm_identity_resolve(gvm_cells *cells, gvm_arena *arena, gvm_address *account,
                          gvm_permanent_id *id, gvm_bytes did);

/* ---- what documents say */
typedef struct gvm_id_method {
    uint8_t kind, purposes;
    gvm_bytes key;
} gvm_id_method;
typedef struct gvm_id_service {
    gvm_bytes name, kind, endpoint;
} gvm_id_service;
uint64_t gvm_identity_methods(gvm_cells *cells, const gvm_permanent_id *id);
uint64_t gvm_identity_services(gvm_cells *cells, const gvm_permanent_id *id);
uint64_t gvm_identity_aliases(gvm_cells *cells, const gvm_permanent_id *id);
void gvm_identity_method(gvm_cells *cells, gvm_arena *arena, gvm_id_method *out,
                         const gvm_permanent_id *id, uint64_t index);
void gvm_identity_service(gvm_cells *cells, gvm_arena *arena, gvm_id_service *out,
                          const gvm_permanent_id *id, uint64_t index);
gvm_bytes gvm_identity_alias(gvm_cells *cells, gvm_arena *arena, const gvm_permanent_id *id,
                             uint64_t index);
/* Writing: index at the list's length appends. Removing puts the last in the place of the removed.
 */
void gvm_identity_put_method(gvm_cells *cells, const gvm_permanent_id *id, uint64_t index,
                             const gvm_id_method *method);
void gvm_identity_put_service(gvm_cells *cells, const gvm_permanent_id *id, uint64_t index,
                              const gvm_id_service *service);
void gvm_identity_put_alias(gvm_cells *cells, const gvm_permanent_id *id, uint64_t index,
                            gvm_bytes name);
void gvm_identity_remove_method(gvm_cells *cells, gvm_arena *arena, const gvm_permanent_id *id,
                                uint64_t index);
void gvm_identity_remove_service(gvm_cells *cells, gvm_arena *arena, const gvm_permanent_id *id,
                                 uint64_t index);
void gvm_identity_remove_alias(gvm_cells *cells, gvm_arena *arena, const gvm_permanent_id *id,
                               uint64_t index);
void gvm_identity_store(gvm_cells *cells, const gvm_identity *identity);
void gvm_identity_bind(gvm_cells *cells, const gvm_address *account, const gvm_permanent_id *id);

#endif
