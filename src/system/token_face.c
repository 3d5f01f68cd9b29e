/* The ERC-20 contracts of the four tokens: one table, four addresses, of which c->index tells the
 * token.
 */
#include "crypto/keccak.h"
#include "crypto/secp256k1.h"
#include "system/permissions.h"
#include "system/token_ledger.h"

#define GVM_ROWS "system/token_face.inc"
#include "system/declare.inc"

static gvm_token token_of(const gvm_sys *c) {
    return (gvm_token)(c->index + 1);
}

static bool fn_name(gvm_sys *c) {
    return gvm_sys_return_bytes(c, gvm_bytes_str(gvm_token_name(token_of(c))));
}

static bool fn_symbol(gvm_sys *c) {
    return gvm_sys_return_bytes(c, gvm_bytes_str(gvm_token_symbol(token_of(c))));
}

static bool fn_decimals(gvm_sys *c) {
    return gvm_sys_return_u256(c, gvm_u256_from_u64(18));
}

static bool fn_token(gvm_sys *c) {
    return gvm_sys_return_u256(c, gvm_u256_from_u64((uint64_t)token_of(c)));
}

static bool fn_total_supply(gvm_sys *c) {
    return gvm_sys_return_u256(c, gvm_token_supply(&c->cells, token_of(c)));
}

static bool fn_cap(gvm_sys *c) {
    return gvm_sys_return_u256(c, gvm_token_cap(&c->cells, token_of(c)));
}

static bool fn_burned(gvm_sys *c) {
    return gvm_sys_return_u256(c, gvm_token_burned(&c->cells, token_of(c)));
}

static bool fn_balance_of(gvm_sys *c) {
    gvm_address account = gvm_sys_arg_address(c, 0);
    return gvm_sys_return_u256(c, gvm_token_balance(&c->cells, token_of(c), &account));
}

static bool fn_transfer(gvm_sys *c) {
    gvm_address to = gvm_sys_arg_address(c, 0);
    return gvm_token_move(c, token_of(c), gvm_sys_sender(c), &to, gvm_sys_arg_u256(c, 1),
                          GVM_TOKEN_TRANSFER) &&
           gvm_sys_return_bool(c, true);
}

static bool fn_transfer_from(gvm_sys *c) {
    gvm_address from = gvm_sys_arg_address(c, 0), to = gvm_sys_arg_address(c, 1);
    return gvm_token_move_for(c, token_of(c), gvm_sys_sender(c), &from, &to,
                              gvm_sys_arg_u256(c, 2)) &&
           gvm_sys_return_bool(c, true);
}

static bool fn_approve(gvm_sys *c) {
    gvm_address spender = gvm_sys_arg_address(c, 0);
    return gvm_token_approve(c, token_of(c), gvm_sys_sender(c), &spender, gvm_sys_arg_u256(c, 1)) &&
           gvm_sys_return_bool(c, true);
}

static bool fn_allowance(gvm_sys *c) {
    gvm_address owner = gvm_sys_arg_address(c, 0), spender = gvm_sys_arg_address(c, 1);
    return gvm_sys_return_u256(c, gvm_token_allowance(&c->cells, token_of(c), &owner, &spender));
}

/* ---- permit */

static void put_word(uint8_t *out, gvm_u256 v) {
    gvm_u256_to_be(out, v);
}

static void put_hash(uint8_t *out, const char *text) {
    gvm_hash h;
    gvm_keccak256(&h, gvm_bytes_str(text));
    memcpy(out, h.b, 32);
}

static void domain_separator(gvm_hash *out, const gvm_sys *c) {
    uint8_t in[5 * 32];
    put_hash(in, "EIP712Domain(string name,string version,uint256 chainId,"
                 "address verifyingContract)");
    put_hash(in + 32, gvm_token_name(token_of(c)));
    put_hash(in + 64, "1");
    put_word(in + 96, gvm_u256_from_u64(c->frame->vm->block.chain_id));
    put_word(in + 128, gvm_u256_from_address(gvm_sys_self(c)));
    gvm_keccak256(out, gvm_bytes_make(in, sizeof in));
}

static void permit_digest(gvm_hash *out, const gvm_sys *c, gvm_u256 nonce) {
    uint8_t in[6 * 32], outer[2 + 64] = {0x19, 0x01};
    gvm_hash h;
    put_hash(in, "Permit(address owner,address spender,uint256 value,uint256 nonce,"
                 "uint256 deadline)");
    put_word(in + 32, gvm_sys_arg_u256(c, 0));
    put_word(in + 64, gvm_sys_arg_u256(c, 1));
    put_word(in + 96, gvm_sys_arg_u256(c, 2));
    put_word(in + 128, nonce);
    put_word(in + 160, gvm_sys_arg_u256(c, 3));
    gvm_keccak256(&h, gvm_bytes_make(in, sizeof in));
    memcpy(outer + 34, h.b, 32);
    domain_separator(&h, c);
    memcpy(outer + 2, h.b, 32);
    gvm_keccak256(out, gvm_bytes_make(outer, sizeof outer));
}

/* The signer of a canonical signature (low s, v 27 or 28); zero for any other. */
static gvm_address signer_of(const gvm_hash *digest, uint64_t v, const gvm_hash *r,
                             const gvm_hash *s) {
    gvm_address signer = {{0}};
    uint8_t v_word[32] = {[31] = (uint8_t)v};
    if ((v != 27 && v != 28) || !gvm_secp256k1_s_is_low(s->b)) return signer;
    if (gvm_secp256k1_ecrecover(&signer, digest, v_word, r->b, s->b) != GVM_OK)
        return (gvm_address){{0}};
    return signer;
}

static bool fn_permit(gvm_sys *c) {
    gvm_address owner = gvm_sys_arg_address(c, 0), spender = gvm_sys_arg_address(c, 1);
    gvm_u256 deadline = gvm_sys_arg_u256(c, 3);
    gvm_hash digest, r = gvm_sys_arg_word(c, 5), s = gvm_sys_arg_word(c, 6);
    if (gvm_u256_lt(deadline, gvm_u256_from_u64(gvm_sys_now(c))))
        return gvm_sys_revert(c, ERR_EXPIRED_SIGNATURE, GVM_SYS_VALUES(gvm_sys_u256(deadline)));
    gvm_u256 slot = gvm_cell_map_address(gvm_cell(GVM_FACE_SLOT_NONCES), &owner);
    gvm_u256 nonce = gvm_cells_load(&c->cells, slot);
    permit_digest(&digest, c, nonce);
    gvm_address signer = signer_of(&digest, gvm_sys_arg_u64(c, 4), &r, &s);
    bool good = !gvm_address_is_zero(&signer) && gvm_address_equal(&signer, &owner) &&
                !gvm_identity_key_replaced(&c->cells, &owner);
    if (!good)
        return gvm_sys_revert(c, ERR_INVALID_SIGNER,
                              GVM_SYS_VALUES(gvm_sys_address(&signer), gvm_sys_address(&owner)));
    gvm_cells_store(&c->cells, slot, gvm_u256_add(nonce, gvm_u256_from_u64(1)));
    return gvm_token_approve(c, token_of(c), &owner, &spender, gvm_sys_arg_u256(c, 2));
}

static bool fn_nonces(gvm_sys *c) {
    gvm_address owner = gvm_sys_arg_address(c, 0);
    gvm_u256 slot = gvm_cell_map_address(gvm_cell(GVM_FACE_SLOT_NONCES), &owner);
    return gvm_sys_return_u256(c, gvm_cells_load(&c->cells, slot));
}

static bool fn_domain_separator(gvm_sys *c) {
    gvm_hash h;
    domain_separator(&h, c);
    return gvm_sys_return_u256(c, gvm_u256_from_hash(&h));
}

static bool fn_eip712_domain(gvm_sys *c) {
    gvm_abi_value *out = gvm_sys_result(c);
    if (out == NULL) return true;
    out->items[0].word.b[0] = 0x0f; /* the first four members are there */
    out->items[1].bytes = gvm_bytes_str(gvm_token_name(token_of(c)));
    out->items[2].bytes = gvm_bytes_str("1");
    gvm_abi_set_u256(&out->items[3], gvm_u256_from_u64(c->frame->vm->block.chain_id));
    gvm_abi_set_address(&out->items[4], gvm_sys_self(c));
    return gvm_sys_return_tuple(c, out);
}

/* ---- supply */

static bool fn_mint(gvm_sys *c) {
    gvm_address to = gvm_sys_arg_address(c, 0);
    return gvm_token_mint(c, token_of(c), &to, gvm_sys_arg_u256(c, 1));
}

static bool fn_burn(gvm_sys *c) {
    return gvm_token_burn(c, token_of(c), gvm_sys_sender(c), gvm_sys_arg_u256(c, 0));
}

#include "system/define.inc"

const gvm_sys_contract gvm_sys_token_face = {
    GVM_SYS_TABLE,
    .name = "TokenFace",
    .about = "The ERC-20 face of a token: 0x..4711 GCC (the native balance), 0x..4712 SPIRIT, "
             "0x..4713 MANA, 0x..4714 GHOST.",
};
