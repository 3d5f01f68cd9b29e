#include "system/token_ledger.h"

#include "crypto/keccak.h"
#include "system/permissions.h"

static const gvm_address nobody;

static void log_amount(gvm_sys *c, gvm_token token, const char *event, const gvm_address *a,
                       const gvm_address *b, gvm_u256 amount) {
    gvm_address face = gvm_token_face(token);
    gvm_hash topics[3], data = gvm_u256_to_hash(amount);
    gvm_keccak256(&topics[0], gvm_bytes_str(event));
    topics[1] = gvm_u256_to_hash(gvm_u256_from_address(a));
    topics[2] = gvm_u256_to_hash(gvm_u256_from_address(b));
    gvm_sys_log_raw(c, &face, topics, 3, gvm_bytes_make(data.b, sizeof data.b));
}

static void log_transfer(gvm_sys *c, gvm_token token, const gvm_address *from,
                         const gvm_address *to, gvm_u256 amount) {
    log_amount(c, token, "Transfer(address,address,uint256)", from, to, amount);
}

/* The balance that is there, for the error's text. */
static bool insufficient(gvm_sys *c, gvm_token token, const gvm_address *from, gvm_u256 amount) {
    gvm_u256 balance = gvm_token_balance(&c->cells, token, from);
    return gvm_sys_revert(
        c, GVM_E_INSUFFICIENT_BALANCE,
        GVM_SYS_VALUES(gvm_sys_address(from), gvm_sys_u256(balance), gvm_sys_u256(amount)));
}

static bool take(gvm_sys *c, gvm_token token, const gvm_address *from, gvm_u256 amount) {
    gvm_u256 claimed;
    if (!gvm_token_take(&c->cells, &claimed, token, from, amount))
        return insufficient(c, token, from, amount);
    if (!gvm_u256_is_zero(claimed)) log_transfer(c, token, &nobody, from, claimed);
    return true;
}

static bool is_soulbound(gvm_sys *c, gvm_token token) {
    if (token != GVM_TOKEN_GHOST) return false;
    gvm_cells front = gvm_sys_cells_at(c, &gvm_tokens_address);
    gvm_u256 word = gvm_cells_load(&front, gvm_cell(GVM_TOKENS_SLOT_RATE_KEEPER));
    gvm_cells_join(&c->cells, &front);
    return gvm_cell_get_u64(word, 28, 1) != 0;
}

bool gvm_token_move(gvm_sys *c, gvm_token token, const gvm_address *from, const gvm_address *to,
                    gvm_u256 amount, gvm_token_move_kind kind) {
    if (gvm_address_is_zero(to))
        return gvm_sys_revert(c, GVM_E_INVALID_RECEIVER, GVM_SYS_VALUES(gvm_sys_address(to)));
    if (gvm_address_is_zero(from))
        return gvm_sys_revert(c, GVM_E_INVALID_SENDER, GVM_SYS_VALUES(gvm_sys_address(from)));
    if (kind == GVM_TOKEN_TRANSFER && is_soulbound(c, token))
        return gvm_sys_revert(c, GVM_E_SOULBOUND, GVM_SYS_VALUES(gvm_sys_u64((uint64_t)token)));
    if (!take(c, token, from, amount)) return false;
    gvm_token_give(&c->cells, token, to, amount);
    log_transfer(c, token, from, to, amount);
    return true;
}

static void count(gvm_sys *c, gvm_token token, uint64_t slot, gvm_u256 amount) {
    gvm_address address = gvm_token_face(token);
    gvm_cells face = gvm_sys_cells_at(c, &address);
    gvm_u256 before = gvm_cells_load(&face, gvm_cell(slot));
    gvm_cells_store(&face, gvm_cell(slot), gvm_u256_add(before, amount));
    gvm_cells_join(&c->cells, &face);
}

bool gvm_token_mint(gvm_sys *c, gvm_token token, const gvm_address *to, gvm_u256 amount) {
    gvm_address address = gvm_token_face(token);
    gvm_cells face = gvm_sys_cells_at(c, &address);
    gvm_u256 supply = gvm_cells_load(&face, gvm_cell(GVM_FACE_SLOT_SUPPLY));
    gvm_u256 minted = gvm_cells_load(&face, gvm_cell(GVM_FACE_SLOT_MINTED_NOW));
    gvm_u256 cap = gvm_cells_load(&face, gvm_cell(GVM_FACE_SLOT_CAP)), after;
    gvm_cells_join(&c->cells, &face);
    if (gvm_address_is_zero(to))
        return gvm_sys_revert(c, GVM_E_INVALID_RECEIVER, GVM_SYS_VALUES(gvm_sys_address(to)));
    bool fits = !gvm_u256_add_overflow(&after, supply, minted) &&
                !gvm_u256_add_overflow(&after, after, amount) && !gvm_u256_lt(cap, after);
    if (!fits)
        return gvm_sys_revert(c, GVM_E_CAP_EXCEEDED,
                              GVM_SYS_VALUES(gvm_sys_u64((uint64_t)token),
                                             gvm_sys_u256(gvm_u256_add(supply, minted)),
                                             gvm_sys_u256(cap)));
    count(c, token, GVM_FACE_SLOT_MINTED_NOW, amount);
    gvm_token_give(&c->cells, token, to, amount);
    log_transfer(c, token, &nobody, to, amount);
    return true;
}

bool gvm_token_burn(gvm_sys *c, gvm_token token, const gvm_address *from, gvm_u256 amount) {
    if (!take(c, token, from, amount)) return false;
    count(c, token, GVM_FACE_SLOT_BURNED_NOW, amount);
    log_transfer(c, token, from, &nobody, amount);
    return true;
}

gvm_u256 gvm_token_claim(gvm_sys *c, const gvm_address *account) {
    gvm_cells front = gvm_sys_cells_at(c, &gvm_tokens_address);
    gvm_u256 slot = gvm_cell_map_address(gvm_cell(GVM_TOKENS_SLOT_ACCRUED), account);
    gvm_u256 amount = gvm_cells_load(&front, slot);
    if (!gvm_u256_is_zero(amount)) gvm_cells_store(&front, slot, gvm_u256_zero());
    gvm_cells_join(&c->cells, &front);
    if (gvm_u256_is_zero(amount)) return amount;
    gvm_token_give(&c->cells, GVM_TOKEN_MANA, account, amount);
    log_transfer(c, GVM_TOKEN_MANA, &nobody, account, amount);
    return amount;
}

/* ---- allowances */

static gvm_u256 allowance_slot(const gvm_address *owner, const gvm_address *spender) {
    gvm_u256 outer = gvm_cell_map_address(gvm_cell(GVM_FACE_SLOT_ALLOWANCES), owner);
    return gvm_cell_map_address(outer, spender);
}

gvm_u256 gvm_token_allowance(gvm_cells *cells, gvm_token token, const gvm_address *owner,
                             const gvm_address *spender) {
    gvm_address address = gvm_token_face(token);
    gvm_cells face = gvm_cells_at(cells, &address);
    gvm_u256 value = gvm_cells_load(&face, allowance_slot(owner, spender));
    gvm_cells_join(cells, &face);
    return value;
}

static void set_allowance(gvm_sys *c, gvm_token token, const gvm_address *owner,
                          const gvm_address *spender, gvm_u256 amount) {
    gvm_address address = gvm_token_face(token);
    gvm_cells face = gvm_sys_cells_at(c, &address);
    gvm_cells_store(&face, allowance_slot(owner, spender), amount);
    gvm_cells_join(&c->cells, &face);
}

bool gvm_token_approve(gvm_sys *c, gvm_token token, const gvm_address *owner,
                       const gvm_address *spender, gvm_u256 amount) {
    if (gvm_address_is_zero(spender))
        return gvm_sys_revert(c, GVM_E_INVALID_SPENDER, GVM_SYS_VALUES(gvm_sys_address(spender)));
    set_allowance(c, token, owner, spender, amount);
    log_amount(c, token, "Approval(address,address,uint256)", owner, spender, amount);
    return true;
}

bool gvm_token_move_for(gvm_sys *c, gvm_token token, const gvm_address *spender,
                        const gvm_address *from, const gvm_address *to, gvm_u256 amount) {
    gvm_u256 allowed = gvm_token_allowance(&c->cells, token, from, spender);
    if (!gvm_identity_has_permission(&c->cells, from, GVM_PERMISSION_TRANSFER_TOKENS))
        return gvm_sys_revert(
            c, GVM_E_MISSING_PERMISSION,
            GVM_SYS_VALUES(gvm_sys_address(from), gvm_sys_u64(GVM_PERMISSION_TRANSFER_TOKENS)));
    if (!gvm_u256_eq(allowed, gvm_u256_max())) {
        if (gvm_u256_lt(allowed, amount))
            return gvm_sys_revert(c, GVM_E_INSUFFICIENT_ALLOWANCE,
                                  GVM_SYS_VALUES(gvm_sys_address(spender), gvm_sys_u256(allowed),
                                                 gvm_sys_u256(amount)));
        set_allowance(c, token, from, spender, gvm_u256_sub(allowed, amount));
    }
    return gvm_token_move(c, token, from, to, amount, GVM_TOKEN_TRANSFER);
}
