/* Prices of precompiled contracts that are more than a line. INT64_MAX: not payable. */
#ifndef GVM_SYSTEM_PRECOMPILE_GAS_H
#define GVM_SYSTEM_PRECOMPILE_GAS_H

#include "vm/rules.h"

/* base + per_word for each 32 bytes begun. */
int64_t gvm_precompile_gas_words(size_t len, int64_t base, int64_t per_word);

/* The lengths that modexp's input begins with; UINT64_MAX where one is over 64 bits. Input that is
 * not there reads zero. */
typedef struct gvm_modexp_lengths {
    uint64_t base, exponent, modulus;
} gvm_modexp_lengths;
gvm_modexp_lengths gvm_precompile_modexp_lengths(gvm_bytes input);
/* EIP-198, EIP-2565 from Berlin, EIP-7883 from Osaka. */
int64_t gvm_precompile_gas_modexp(const gvm_rules *rules, gvm_bytes input);

/* EIP-2537: k multiplications at `price` each with the group's discount. */
int64_t gvm_precompile_gas_msm_g1(size_t k);
int64_t gvm_precompile_gas_msm_g2(size_t k);

#endif
