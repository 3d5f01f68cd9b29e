#include "chain/supply.h"

#include "system/tokens.h"

/* Sums and differences are modulo 2^256: what is compared is their difference alone. */
static gvm_status balances_moved(gvm_u256 *moved, const gvm_state_diff *diff,
                                 const gvm_state_reader *before) {
    *moved = gvm_u256_zero();
    for (size_t i = 0; i < diff->count; i++) {
        const gvm_account_change *a = &diff->accounts[i];
        gvm_account old = {0};
        gvm_status status = before->account(before->ctx, &old, &a->address);
        if (status == GVM_ERR_NOT_FOUND)
            old.balance = gvm_u256_zero();
        else
            GVM_TRY(status);
        if (!a->deleted) *moved = gvm_u256_add(*moved, a->account.balance);
        *moved = gvm_u256_sub(*moved, old.balance);
    }
    return GVM_OK;
}

static gvm_status supply_moved(gvm_u256 *moved, const gvm_state_diff *diff,
                               const gvm_state_reader *before) {
    gvm_address face = gvm_token_face(GVM_TOKEN_GCC);
    gvm_u256 slot = gvm_cell(GVM_FACE_SLOT_SUPPLY);
    *moved = gvm_u256_zero();
    for (size_t i = 0; i < diff->count; i++) {
        const gvm_account_change *a = &diff->accounts[i];
        if (!gvm_address_equal(&a->address, &face)) continue;
        for (size_t k = 0; k < a->slot_count; k++) {
            gvm_u256 old = gvm_u256_zero();
            if (!gvm_u256_eq(a->slots[k].key, slot)) continue;
            gvm_status status = before->storage(before->ctx, &old, &face, &slot);
            if (status != GVM_ERR_NOT_FOUND) GVM_TRY(status);
            *moved = gvm_u256_sub(a->slots[k].value, old);
        }
    }
    return GVM_OK;
}

static void put_signed(char out[82], gvm_u256 v) {
    bool negative = v.w[3] >> 63 != 0;
    out[0] = '-';
    (void)gvm_u256_to_decimal(out + negative, negative ? gvm_u256_neg(v) : v);
}

gvm_status gvm_supply_check(const gvm_state_diff *diff, const gvm_state_reader *before,
                            gvm_error *err) {
    gvm_u256 balances, supply;
    char by_balances[82], by_supply[82];
    GVM_TRY(balances_moved(&balances, diff, before));
    GVM_TRY(supply_moved(&supply, diff, before));
    if (gvm_u256_eq(balances, supply)) return GVM_OK;
    put_signed(by_balances, balances);
    put_signed(by_supply, supply);
    return gvm_error_set(err, GVM_ERR_STATE,
                         "GCC's supply: the block moved balances by %s wei in all, and the supply "
                         "by %s",
                         by_balances, by_supply);
}
