/* Permissions of accounts: bits of one word in the identities contract (0x..4720).
 *
 * Storage (contracts/system/Identities.sol):
 *      slot 0  mapping(address account => uint256 word) permissions
 *      slot 1  mapping(address account => mapping(uint256 permission => uint64 until)) expiries
 * A word of 0 is a new account's, which holds GVM_PERMISSIONS_NEW. Any other word has
 * GVM_PERMISSION_WORD_SET and says all that the account holds in bits 0 to 16 and 128 to 255;
 * GVM_PERMISSION_WORD_EXPIRES says that expiries has an entry for some of them (a permission is
 * held before `until`, a block timestamp; 0: for ever). */
#ifndef GVM_SYSTEM_PERMISSIONS_H
#define GVM_SYSTEM_PERMISSIONS_H

#include "system/cells.h"

typedef enum gvm_permission {
#define X(name, bit, text, fresh, doc) GVM_PERMISSION_##name = bit,
#include "system/permissions.inc"
#undef X
    GVM_PERMISSION_BUILT_IN, /* how many have names */
    GVM_PERMISSION_APPLICATION = 128
} gvm_permission;

#define GVM_IDENTITIES_SLOT_PERMISSIONS 0
#define GVM_IDENTITIES_SLOT_EXPIRIES    1

/* Bits of the word beside permissions. */
#define GVM_PERMISSION_WORD_SET     127
#define GVM_PERMISSION_WORD_EXPIRES 126
/* The account's secp256k1 key counts no longer: it registered a key set without it. */
#define GVM_PERMISSION_WORD_KEY_REPLACED 125

/* "MintTokens"; NULL for a number that has no name. */
const char *gvm_permission_name(unsigned permission);
/* What a new account holds. */
gvm_u256 gvm_permissions_new(void);
/* The word of an account that holds exactly these bits. */
gvm_u256 gvm_permissions_word(gvm_u256 bits);

/* Whether the account holds the permission at cells->now: by its word, by implication, not expired.
 * `cells` may be of any contract; failures become its own. Price: the slots looked at (one,
 * mostly). */
bool gvm_identity_has_permission(gvm_cells *cells, const gvm_address *account, unsigned permission);
/* All that it holds, implied ones included: bits 0 to 16, 128 to 255. */
gvm_u256 gvm_identity_permissions(gvm_cells *cells, const gvm_address *account);
/* The account's own secp256k1 key is refused: by transactions of types 0 to 4, EIP-7702
 * authorisations and our permits. */
bool gvm_identity_key_replaced(gvm_cells *cells, const gvm_address *account);

extern const gvm_address gvm_identities_address; /* 0x..4720 */

#endif
