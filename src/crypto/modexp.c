#include "crypto/modexp.h"

#include <gmp.h>

static void import(mpz_t out, gvm_bytes in) {
    mpz_init(out);
    if (in.len != 0) mpz_import(out, in.len, 1, 1, 1, 0, in.ptr);
}

gvm_status gvm_modexp_var(uint8_t *out, gvm_bytes base, gvm_bytes exponent, gvm_bytes modulus) {
    if (base.len > GVM_MODEXP_LONGEST || exponent.len > GVM_MODEXP_LONGEST ||
        modulus.len > GVM_MODEXP_LONGEST)
        return GVM_ERR_LIMIT;
    if (modulus.len == 0) return GVM_OK;
    mpz_t b, e, m;
    import(b, base);
    import(e, exponent);
    import(m, modulus);
    memset(out, 0, modulus.len);
    if (mpz_sgn(m) != 0) {
        mpz_powm(b, b, e, m);
        size_t len = (mpz_sizeinbase(b, 2) + 7) / 8; /* of 0: 1, and export writes nothing */
        mpz_export(out + modulus.len - len, NULL, 1, 1, 1, 0, b);
    }
    mpz_clears(b, e, m, NULL);
    return GVM_OK;
}
