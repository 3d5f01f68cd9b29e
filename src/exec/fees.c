#include "exec/fees.h"

enum {
    BASE_FEE_DENOMINATOR = 8,
    ELASTICITY = 2,
    BLOB_BASE_COST = 1 << 13, /* EIP-7918 */
};

gvm_u256 gvm_next_base_fee(gvm_u256 parent_base_fee, uint64_t parent_gas_limit,
                           uint64_t parent_gas_used) {
    uint64_t target = parent_gas_limit / ELASTICITY;
    GVM_ASSERT(target > 0);
    if (parent_gas_used == target) return parent_base_fee;
    bool up = parent_gas_used > target;
    uint64_t distance = up ? parent_gas_used - target : target - parent_gas_used;
    gvm_u256 delta;
    if (!gvm_u256_muldiv(&delta, parent_base_fee, gvm_u256_from_u64(distance),
                         gvm_u256_from_u64(target)))
        delta = gvm_u256_max();
    delta = gvm_u256_shr_u64(delta, 3); /* / BASE_FEE_DENOMINATOR */
    _Static_assert(BASE_FEE_DENOMINATOR == 8, "the shift above");
    if (!up) return gvm_u256_sub(parent_base_fee, delta); /* delta < base fee / 8 */
    if (gvm_u256_is_zero(delta)) delta = gvm_u256_from_u64(1);
    gvm_u256 r;
    return gvm_u256_add_overflow(&r, parent_base_fee, delta) ? gvm_u256_max() : r;
}

/* sum of fraction * (excess / fraction)^i / i!, divided by fraction: terms until they vanish. */
gvm_u256 gvm_blob_base_fee(uint64_t excess_blob_gas, uint64_t update_fraction) {
    GVM_ASSERT(update_fraction != 0);
    gvm_u256 fraction = gvm_u256_from_u64(update_fraction), sum = gvm_u256_zero();
    gvm_u256 numerator = gvm_u256_from_u64(excess_blob_gas), term = fraction;
    for (uint64_t i = 1; !gvm_u256_is_zero(term); i++) {
        gvm_u256 divisor = gvm_u256_mul(fraction, gvm_u256_from_u64(i));
        if (gvm_u256_add_overflow(&sum, sum, term) ||
            !gvm_u256_muldiv(&term, term, numerator, divisor))
            return gvm_u256_max();
    }
    return gvm_u256_div(sum, fraction);
}

uint64_t gvm_next_excess_blob_gas(const gvm_rules *rules, const gvm_blob_params *params,
                                  uint64_t parent_excess, uint64_t parent_blob_gas_used,
                                  gvm_u256 parent_base_fee) {
    uint64_t total, target = (uint64_t)params->target * GVM_GAS_PER_BLOB;
    if (__builtin_add_overflow(parent_excess, parent_blob_gas_used, &total)) total = UINT64_MAX;
    if (total < target) return 0;
    if (rules->fork >= GVM_FORK_OSAKA) {
        gvm_u256 reserve, price,
            blob_fee = gvm_blob_base_fee(parent_excess, params->update_fraction);
        bool over =
            gvm_u256_mul_overflow(&reserve, parent_base_fee, gvm_u256_from_u64(BLOB_BASE_COST));
        bool price_over =
            gvm_u256_mul_overflow(&price, blob_fee, gvm_u256_from_u64(GVM_GAS_PER_BLOB));
        if (!price_over && (over || gvm_u256_lt(price, reserve))) {
            uint64_t share = (uint64_t)((gvm_u128)parent_blob_gas_used *
                                        (params->max - params->target) / params->max);
            return __builtin_add_overflow(parent_excess, share, &total) ? UINT64_MAX : total;
        }
    }
    return total - target;
}
