/* u256 against GMP: three words from the input, every operation. */
#include "base/u256.h"

#include <gmp.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void load(mpz_t out, gvm_u256 v) {
    mpz_import(out, 4, -1, 8, 0, 0, v.w);
}

static void same(mpz_t want, gvm_u256 got) {
    mpz_t g;
    mpz_init(g);
    mpz_fdiv_r_2exp(want, want, 256);
    load(g, got);
    if (mpz_cmp(want, g) != 0) abort();
    mpz_clear(g);
}

static void load_signed(mpz_t out, gvm_u256 v) {
    load(out, v);
    if ((v.w[3] >> 63) == 0) return;
    mpz_t m;
    mpz_init_set_ui(m, 1);
    mpz_mul_2exp(m, m, 256);
    mpz_sub(out, out, m);
    mpz_clear(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 96) return 0;
    gvm_u256 a = gvm_u256_from_be(data), b = gvm_u256_from_be(data + 32),
             c = gvm_u256_from_be(data + 64), d;
    unsigned n = data[0] | (data[1] & 1u) << 8;
    mpz_t x, y, m, q, r;
    mpz_inits(x, y, m, q, r, NULL);
    load(x, a);
    load(y, b);
    load(m, c);
    mpz_add(q, x, y);
    same(q, gvm_u256_add(a, b));
    mpz_sub(q, x, y);
    same(q, gvm_u256_sub(a, b));
    mpz_mul(q, x, y);
    same(q, gvm_u256_mul(a, b));
    mpz_mul_2exp(q, x, n);
    same(q, gvm_u256_shl(a, gvm_u256_from_u64(n)));
    mpz_fdiv_q_2exp(q, x, n);
    same(q, gvm_u256_shr(a, gvm_u256_from_u64(n)));
    load_signed(q, a);
    mpz_fdiv_q_2exp(q, q, n);
    same(q, gvm_u256_sar(a, gvm_u256_from_u64(n)));
    if (!gvm_u256_is_zero(b)) {
        mpz_fdiv_qr(q, r, x, y);
        same(q, gvm_u256_div(a, b));
        same(r, gvm_u256_mod(a, b));
        load_signed(x, a);
        load_signed(y, b);
        mpz_tdiv_qr(q, r, x, y);
        same(q, gvm_u256_sdiv(a, b));
        same(r, gvm_u256_smod(a, b));
        load(x, a);
        load(y, b);
    }
    if (!gvm_u256_is_zero(c)) {
        mpz_add(q, x, y);
        mpz_mod(q, q, m);
        same(q, gvm_u256_addmod(a, b, c));
        mpz_mul(r, x, y);
        mpz_fdiv_qr(q, r, r, m);
        same(r, gvm_u256_mulmod(a, b, c));
        bool fits = gvm_u256_muldiv(&d, a, b, c);
        if (fits != (mpz_sizeinbase(q, 2) <= 256)) abort();
        if (fits) same(q, d);
    }
    mpz_set_ui(q, 1);
    mpz_mul_2exp(q, q, 256);
    mpz_powm(r, x, y, q);
    same(r, gvm_u256_exp(a, b));
    mpz_clears(x, y, m, q, r, NULL);
    return 0;
}
