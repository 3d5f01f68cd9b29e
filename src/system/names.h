/* The state of names (ZNS): what is registered, by whom, until when, and its records. The contract
 * at 0x..4730 (names_contract.c), the ENS faces (ens.c), RPC and the name authority all read it
 * here.
 *
 * A second-level name (alice.ghost) is registered for a term and is a token. Names below it belong
 * to it: they live as long as its registration. Nodes are EIP-137's. The storage is that of
 * contracts/system/Names.sol.
 *
 *        registered          expires          + 30 days          + 21 days
 *   ─────────┼─── ACTIVE ───────┼──── GRACE ──────┼──── EXPIRED ─────┼──── EXPIRED ──
 *                                resolves; owner    can be registered  at the price
 *                                can renew          with a premium
 *
 * Every bound is by block timestamp: ACTIVE before `expires`, GRACE before `expires` + 30 days. */
#ifndef GVM_SYSTEM_NAMES_H
#define GVM_SYSTEM_NAMES_H

#include "codec/name.h"
#include "codec/rdata.h"
#include "system/cells.h"

extern const gvm_address gvm_names_address; /* 0x..4730 */

#define GVM_NAMES_YEAR         (365u * 24 * 3600)
#define GVM_NAMES_YEARS_MOST   10
#define GVM_NAMES_GRACE        (30u * 24 * 3600)
#define GVM_NAMES_PREMIUM      (21u * 24 * 3600)
#define GVM_NAMES_COMMIT_LEAST 60
#define GVM_NAMES_COMMIT_MOST  (24u * 3600)
#define GVM_NAMES_TTL          300
#define GVM_NAMES_TTL_LEAST    60
#define GVM_NAMES_TTL_MOST     86400
/* Octets of all records of one type of a name, with their lengths. */
#define GVM_NAMES_RECORDS_MOST 8192
#define GVM_NAMES_LABELS_MOST  16

/* Slots of Names.sol. */
enum {
    GVM_NAMES_SLOT_NAMES,
    GVM_NAMES_SLOT_SUBNAMES,
    GVM_NAMES_SLOT_CHILDREN,
    GVM_NAMES_SLOT_RECORD_TYPES,
    GVM_NAMES_SLOT_RECORDS,
    GVM_NAMES_SLOT_COMMITMENTS,
    GVM_NAMES_SLOT_OWNED,
    GVM_NAMES_SLOT_TLDS,
    GVM_NAMES_SLOT_LISTED,
    GVM_NAMES_SLOT_APPROVALS,
    GVM_NAMES_SLOT_OPERATORS,
    GVM_NAMES_SLOT_PRIMARY,
    GVM_NAMES_SLOT_REVERSE,
    GVM_NAMES_SLOT_CONFIG
};

/* ---- top-level domains */
typedef enum gvm_tld_who { GVM_TLD_OPEN, GVM_TLD_GOVERNED, GVM_TLD_RESERVED } gvm_tld_who;
typedef struct gvm_tld {
    uint8_t number;
    const char *label;
    gvm_tld_who who;
    uint32_t price; /* of a year, hundredths of a GHOST, where nothing else was set */
} gvm_tld;
/* NULL where there is none. */
const gvm_tld *gvm_tld_by_label(gvm_bytes label);
const gvm_tld *gvm_tld_by_number(uint8_t number);
size_t gvm_tld_list(const gvm_tld **out);

/* ---- names as text */

/* A checked name below a top-level domain, cut into labels. Borrows the text. */
typedef struct gvm_name_path {
    gvm_bytes name;
    const gvm_tld *tld;
    uint32_t labels; /* 2: alice.ghost */
    gvm_bytes label[GVM_NAMES_LABELS_MOST];
    gvm_hash node[GVM_NAMES_LABELS_MOST]; /* node[i] of the name from label i on; the last is the
                                             top-level domain's */
    uint32_t length;                      /* code points of the second-level label */
} gvm_name_path;
/* A fault of the name, or CHARACTER-free ones of the registry: *why says which. false: no such name
 * can be. */
bool gvm_name_path_read(gvm_name_path *out, const char **why, gvm_bytes name);
/* The second-level label cannot be registered by just anybody: of another meaning (an address, an
 * id), or short. */
bool gvm_name_path_forbidden(const gvm_name_path *path);
bool gvm_name_path_reserved(const gvm_name_path *path);

/* ---- names as state */
typedef enum gvm_name_phase {
    GVM_NAME_FREE,
    GVM_NAME_ACTIVE,
    GVM_NAME_GRACE,
    GVM_NAME_EXPIRED
} gvm_name_phase;

typedef struct gvm_name_info {
    gvm_hash node;
    gvm_name_phase phase; /* of its second-level name; FREE where a sub-name is not there */
    bool is_sub;
    gvm_address owner, manager;
    uint64_t expires, created; /* of the second-level name */
    uint32_t version;          /* of its records */
    uint8_t tld;
    gvm_hash parent; /* sub-names */
    gvm_hash second; /* node of the second-level name */
    gvm_u256 cell;   /* of its struct */
    uint32_t owner_index, tld_index;
} gvm_name_info;

/* The name at a node. Looks at 1 slot for what is free, 2 for a name, 2 more for each level of
 * sub-names. */
void gvm_names_look(gvm_cells *cells, gvm_name_info *out, const gvm_hash *node);
static inline bool gvm_name_resolves(const gvm_name_info *info) {
    return info->phase == GVM_NAME_ACTIVE || info->phase == GVM_NAME_GRACE;
}
/* May change records and sub-names: owner or manager of an active name. */
bool gvm_name_may_change(const gvm_name_info *info, const gvm_address *account);
/* The whole name in text, from its labels. Empty where nothing is there. */
gvm_bytes gvm_names_text(gvm_cells *cells, gvm_arena *arena, const gvm_name_info *info);

/* ---- records */

/* All records of a type, packed as stored; empty where it has none. *ttl too. Read them with
 * gvm_names_next_record. */
gvm_bytes gvm_names_records(gvm_cells *cells, gvm_arena *arena, uint32_t *ttl,
                            const gvm_name_info *info, uint16_t type);
/* Takes the next record off *packed; false at the end. */
bool gvm_names_next_record(gvm_bytes *data, gvm_bytes *packed);
/* Bits by place in the table of types (codec/rdata_types.inc). */
gvm_u256 gvm_names_types(gvm_cells *cells, const gvm_name_info *info);
/* Stores what is packed already (ttl first); empty: none. */
void gvm_names_store_records(gvm_cells *cells, const gvm_name_info *info, uint16_t type,
                             gvm_bytes packed);

/* Where payments and calls to the name go: its WALLET record for Ethereum ("ETH" and an address),
 * else its CONTRACT record, else its owner. Zero where it does not resolve. */
gvm_address gvm_names_account(gvm_cells *cells, gvm_arena *arena, const gvm_name_info *info);
/* The contract of the name's CONTRACT record; zero: none. */
gvm_address gvm_names_contract(gvm_cells *cells, gvm_arena *arena, const gvm_name_info *info);

/* ---- prices */

/* GHOST (18 decimals) for `years` of a name, and the premium on top while it falls. */
gvm_u256 gvm_names_price(gvm_cells *cells, gvm_u256 *premium, const gvm_name_path *path,
                         const gvm_name_info *info, uint32_t years);
/* A year's price under a top-level domain, before the factor for length. */
gvm_u256 gvm_names_year(gvm_cells *cells, const gvm_tld *tld);
void gvm_names_set_year(gvm_cells *cells, uint8_t tld, gvm_u256 price);

/* ---- changes: each keeps the lists and indexes, and raises the serial of the top-level domain */
void gvm_names_register(gvm_cells *cells, const gvm_name_path *path, gvm_name_info *info,
                        const gvm_address *owner, uint64_t expires);
void gvm_names_give(gvm_cells *cells, gvm_name_info *info, const gvm_address *to);
void gvm_names_set_expires(gvm_cells *cells, gvm_name_info *info, uint64_t expires);
void gvm_names_set_manager(gvm_cells *cells, gvm_name_info *info, const gvm_address *manager);
/* Takes an expired name off every list. */
void gvm_names_remove(gvm_cells *cells, gvm_name_info *info);
/* Makes (or gives anew, with its records void) the sub-name `label` of an existing name; owner zero
 * removes it. */
void gvm_names_set_sub(gvm_cells *cells, gvm_name_info *parent, const gvm_hash *node,
                       gvm_bytes label, const gvm_address *owner);
void gvm_names_touch(gvm_cells *cells, uint8_t tld);
uint64_t gvm_names_serial(gvm_cells *cells, uint8_t tld);

/* ---- the way back: from an account to a name */
void gvm_names_set_primary(gvm_cells *cells, const gvm_address *account, const gvm_hash *node);
/* The account's chosen name, where it still leads to the account; empty else. */
gvm_bytes gvm_names_primary(gvm_cells *cells, gvm_arena *arena, const gvm_address *account);
/* namehash of <40 hex digits>.addr.reverse */
void gvm_names_reverse_node(gvm_hash *out, const gvm_address *account);

#endif
