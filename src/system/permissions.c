#include "system/permissions.h"

const gvm_address gvm_identities_address = {{[18] = 0x47, [19] = 0x20}};

static const struct {
    const char *name;
    unsigned bit;
    bool fresh;
} table[] = {
#define X(id, bit_, text, fresh_, doc) {#text, bit_, fresh_},
#include "system/permissions.inc"
#undef X
};
#define COUNT (sizeof table / sizeof table[0])

/* Who holds the first holds the second too. AdminAccess, which implies all, is looked at apart. */
static const uint8_t implied[][2] = {
    {GVM_PERMISSION_POLICY_MANAGEMENT, GVM_PERMISSION_CREATE_IDENTITY},
    {GVM_PERMISSION_POLICY_MANAGEMENT, GVM_PERMISSION_REVOKE_IDENTITY},
    {GVM_PERMISSION_DEPLOY_CONTRACT, GVM_PERMISSION_EXECUTE_CONTRACT},
    {GVM_PERMISSION_REGISTER_DOMAIN, GVM_PERMISSION_UPDATE_DOMAIN},
};
#define IMPLIED (sizeof implied / sizeof implied[0])

static bool has_bit(gvm_u256 word, unsigned bit) {
    return (word.w[bit >> 6] >> (bit & 63) & 1) != 0;
}

static void set_bit(gvm_u256 *word, unsigned bit) {
    word->w[bit >> 6] |= (uint64_t)1 << (bit & 63);
}

static bool is_permission(unsigned n) {
    return n < COUNT || (n >= GVM_PERMISSION_APPLICATION && n < 256);
}

const char *gvm_permission_name(unsigned permission) {
    return permission < COUNT ? table[permission].name : NULL;
}

gvm_u256 gvm_permissions_new(void) {
    gvm_u256 word = gvm_u256_zero();
    for (size_t i = 0; i < COUNT; i++)
        if (table[i].fresh) set_bit(&word, table[i].bit);
    return word;
}

gvm_u256 gvm_permissions_word(gvm_u256 bits) {
    set_bit(&bits, GVM_PERMISSION_WORD_SET);
    return bits;
}

static gvm_u256 word_of(gvm_cells *identities, const gvm_address *account) {
    gvm_u256 slot = gvm_cell_map_address(gvm_cell(GVM_IDENTITIES_SLOT_PERMISSIONS), account);
    gvm_u256 word = gvm_cells_load(identities, slot);
    return has_bit(word, GVM_PERMISSION_WORD_SET) ? word : gvm_u256_or(word, gvm_permissions_new());
}

/* The bit itself, not what implies it. */
static bool holds(gvm_cells *identities, const gvm_address *account, gvm_u256 word, unsigned bit) {
    if (!has_bit(word, bit)) return false;
    if (!has_bit(word, GVM_PERMISSION_WORD_EXPIRES)) return true;
    gvm_u256 outer = gvm_cell_map_address(gvm_cell(GVM_IDENTITIES_SLOT_EXPIRIES), account);
    gvm_u256 until = gvm_cells_load(identities, gvm_cell_map(outer, gvm_u256_from_u64(bit)));
    return gvm_u256_is_zero(until) || gvm_u256_lt(gvm_u256_from_u64(identities->now), until);
}

bool gvm_identity_has_permission(gvm_cells *cells, const gvm_address *account,
                                 unsigned permission) {
    if (!is_permission(permission)) return false;
    gvm_cells identities = gvm_cells_at(cells, &gvm_identities_address);
    gvm_u256 word = word_of(&identities, account);
    bool held = holds(&identities, account, word, permission) ||
                holds(&identities, account, word, GVM_PERMISSION_ADMIN_ACCESS);
    for (size_t i = 0; !held && i < IMPLIED; i++)
        held = implied[i][1] == permission && holds(&identities, account, word, implied[i][0]);
    gvm_cells_join(cells, &identities);
    return held && gvm_cells_ok(cells);
}

gvm_u256 gvm_identity_permissions(gvm_cells *cells, const gvm_address *account) {
    gvm_cells identities = gvm_cells_at(cells, &gvm_identities_address);
    gvm_u256 word = word_of(&identities, account), all = gvm_u256_zero();
    bool admin = holds(&identities, account, word, GVM_PERMISSION_ADMIN_ACCESS);
    for (unsigned i = 0; i < 256 && gvm_cells_ok(&identities); i++)
        if (is_permission(i) && (admin || holds(&identities, account, word, i))) set_bit(&all, i);
    for (size_t i = 0; i < IMPLIED; i++)
        if (has_bit(all, implied[i][0])) set_bit(&all, implied[i][1]);
    gvm_cells_join(cells, &identities);
    return all;
}

bool gvm_identity_key_replaced(gvm_cells *cells, const gvm_address *account) {
    gvm_cells identities = gvm_cells_at(cells, &gvm_identities_address);
    gvm_u256 word = word_of(&identities, account);
    gvm_cells_join(cells, &identities);
    return has_bit(word, GVM_PERMISSION_WORD_KEY_REPLACED);
}
