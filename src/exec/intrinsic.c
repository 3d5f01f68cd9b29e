#include "exec/intrinsic.h"

#include "exec/ghost_tx.h"

enum {
    TX_BASE = 21000,
    TX_CREATE = 32000,
    ACCESS_ADDRESS = 2400,
    ACCESS_KEY = 1900,
    TOKENS_PER_NONZERO = 4,
};

static size_t count_zeros(gvm_bytes data) {
    size_t n = 0;
    for (size_t i = 0; i < data.len; i++) n += data.ptr[i] == 0;
    return n;
}

gvm_intrinsic gvm_intrinsic_gas(const gvm_tx *tx, const gvm_rules *rules) {
    /* Counts are below 2^28 (GVM_TX_BYTES_MAX), prices below 2^16: no sum comes near 2^64. */
    GVM_ASSERT(tx->data.len < (size_t)1 << 40);
    uint64_t zeros = count_zeros(tx->data), nonzeros = tx->data.len - zeros;
    gvm_intrinsic r = {.gas = TX_BASE};
    r.gas += zeros * rules->calldata_zero + nonzeros * rules->calldata_nonzero;
    if (tx->create) {
        if (rules->fork >= GVM_FORK_HOMESTEAD) r.gas += TX_CREATE;
        r.gas += (tx->data.len + 31) / 32 * rules->initcode_word;
    }
    r.gas += tx->access_count * ACCESS_ADDRESS + tx->access_key_count * ACCESS_KEY;
    r.gas += tx->auth_count * GVM_GAS_AUTH_NEW;
    if (rules->floor_token != 0)
        r.floor = TX_BASE + (zeros + nonzeros * TOKENS_PER_NONZERO) * rules->floor_token;
    if (tx->type == GVM_TX_GHOST) {
        uint64_t bytes = tx->ghost->auth_bytes * (uint64_t)GVM_GAS_AUTH_BYTE;
        r.gas += bytes + tx->ghost->auth_gas;
        if (r.floor != 0) r.floor += bytes;
    }
    return r;
}
