/* u256 against GMP, over values chosen to reach every branch of the division (sparse limbs, all
 * ones, near powers). */
#include "base/u256.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>
#include <gmp.h>

static uint64_t seed = 0x9e3779b97f4a7c15u;
static uint64_t next_random(void) {
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static gvm_u256 pick(void) {
    gvm_u256 v;
    for (int i = 0; i < 4; i++) {
        switch (next_random() % 6) {
        case 0: v.w[i] = 0; break;
        case 1: v.w[i] = UINT64_MAX; break;
        case 2: v.w[i] = (uint64_t)1 << (next_random() % 64); break;
        case 3: v.w[i] = UINT64_MAX << (next_random() % 64); break;
        default: v.w[i] = next_random();
        }
    }
    unsigned limbs = (unsigned)(next_random() % 5);
    for (unsigned i = limbs; i < 4; i++) v.w[i] = 0;
    return v;
}

static void to_mpz(mpz_t out, gvm_u256 v) {
    mpz_import(out, 4, -1, 8, 0, 0, v.w);
}
static void to_signed_mpz(mpz_t out, gvm_u256 v) {
    to_mpz(out, v);
    if (v.w[3] >> 63) {
        mpz_t m;
        mpz_init_set_ui(m, 1);
        mpz_mul_2exp(m, m, 256);
        mpz_sub(out, out, m);
        mpz_clear(m);
    }
}
static void expect(const mpz_t want, gvm_u256 got, const char *what, gvm_u256 a, gvm_u256 b) {
    mpz_t w, g;
    mpz_inits(w, g, NULL);
    mpz_fdiv_r_2exp(w, want, 256);
    to_mpz(g, got);
    if (mpz_cmp(w, g) != 0) {
        mpz_t x, y;
        mpz_inits(x, y, NULL);
        to_mpz(x, a);
        to_mpz(y, b);
        gmp_printf("%s of %Zx and %Zx: expected %Zx, found %Zx\n", what, x, y, w, g);
        fail();
    }
    mpz_clears(w, g, NULL);
}

static void test_against_gmp(void **state) {
    (void)state;
    mpz_t x, y, m, t, q, r;
    mpz_inits(x, y, m, t, q, r, NULL);
    for (int round = 0; round < 200000; round++) {
        gvm_u256 a = pick(), b = pick(), c = pick();
        if (round % 7 == 0) b = a;
        if (round % 11 == 0) c = gvm_u256_add(b, gvm_u256_from_u64(1));
        to_mpz(x, a);
        to_mpz(y, b);
        to_mpz(m, c);
        mpz_add(t, x, y);
        expect(t, gvm_u256_add(a, b), "add", a, b);
        mpz_sub(t, x, y);
        expect(t, gvm_u256_sub(a, b), "sub", a, b);
        mpz_mul(t, x, y);
        expect(t, gvm_u256_mul(a, b), "mul", a, b);
        gvm_u256 wide;
        assert_int_equal(gvm_u256_mul_overflow(&wide, a, b), mpz_sizeinbase(t, 2) > 256);
        assert_int_equal(gvm_u256_lt(a, b), mpz_cmp(x, y) < 0);
        if (!gvm_u256_is_zero(b)) {
            mpz_fdiv_qr(q, r, x, y);
            expect(q, gvm_u256_div(a, b), "div", a, b);
            expect(r, gvm_u256_mod(a, b), "mod", a, b);
            mpz_t sx, sy;
            mpz_inits(sx, sy, NULL);
            to_signed_mpz(sx, a);
            to_signed_mpz(sy, b);
            assert_int_equal(gvm_u256_slt(a, b), mpz_cmp(sx, sy) < 0);
            mpz_tdiv_qr(q, r, sx, sy);
            expect(q, gvm_u256_sdiv(a, b), "sdiv", a, b);
            expect(r, gvm_u256_smod(a, b), "smod", a, b);
            mpz_clears(sx, sy, NULL);
        }
        if (!gvm_u256_is_zero(c)) {
            mpz_add(t, x, y);
            mpz_mod(t, t, m);
            expect(t, gvm_u256_addmod(a, b, c), "addmod", a, b);
            mpz_mul(t, x, y);
            mpz_fdiv_qr(q, r, t, m);
            expect(r, gvm_u256_mulmod(a, b, c), "mulmod", a, b);
            gvm_u256 d;
            bool fits = gvm_u256_muldiv(&d, a, b, c);
            assert_int_equal(fits, mpz_sizeinbase(q, 2) <= 256);
            if (fits) expect(q, d, "muldiv", a, b);
        }
        unsigned n = (unsigned)(next_random() % 260);
        mpz_mul_2exp(t, x, n);
        expect(t, gvm_u256_shl(a, gvm_u256_from_u64(n)), "shl", a, b);
        mpz_fdiv_q_2exp(t, x, n);
        expect(t, gvm_u256_shr(a, gvm_u256_from_u64(n)), "shr", a, b);
        to_signed_mpz(t, a);
        mpz_fdiv_q_2exp(t, t, n);
        expect(t, gvm_u256_sar(a, gvm_u256_from_u64(n)), "sar", a, b);
        if (round % 16 == 0) {
            mpz_t two256;
            mpz_init_set_ui(two256, 1);
            mpz_mul_2exp(two256, two256, 256);
            mpz_powm(t, x, y, two256);
            expect(t, gvm_u256_exp(a, b), "exp", a, b);
            mpz_clear(two256);
        }
        char text[80];
        char *want = mpz_get_str(NULL, 10, x);
        size_t len = gvm_u256_to_decimal(text, a);
        assert_string_equal(text, want);
        gvm_u256 back;
        assert_int_equal(gvm_u256_parse(&back, text, len), GVM_OK);
        assert_true(gvm_u256_eq(back, a));
        free(want);
    }
    mpz_clears(x, y, m, t, q, r, NULL);
}

static void test_division_by_zero_is_zero(void **state) {
    (void)state;
    gvm_u256 a = gvm_u256_from_u64(5), z = gvm_u256_zero();
    assert_true(gvm_u256_is_zero(gvm_u256_div(a, z)));
    assert_true(gvm_u256_is_zero(gvm_u256_smod(a, z)));
    assert_true(gvm_u256_is_zero(gvm_u256_addmod(a, a, z)));
    assert_true(gvm_u256_is_zero(gvm_u256_mulmod(a, a, z)));
}

static void test_bytes_and_signs(void **state) {
    (void)state;
    gvm_u256 a = gvm_u256_zero();
    a.w[0] = 0x80;
    gvm_u256 e = gvm_u256_signextend(gvm_u256_zero(), a);
    assert_true(gvm_u256_eq(e, gvm_u256_neg(gvm_u256_from_u64(0x80))));
    assert_true(gvm_u256_eq(gvm_u256_signextend(gvm_u256_from_u64(31), a), a));
    assert_int_equal(gvm_u256_byte(a, gvm_u256_from_u64(31)).w[0], 0x80);
    assert_true(gvm_u256_is_zero(gvm_u256_byte(a, gvm_u256_from_u64(32))));
    assert_int_equal(gvm_u256_clz(gvm_u256_zero()), 256);
    assert_int_equal(gvm_u256_clz(a), 248);
    uint8_t be[32];
    assert_int_equal(gvm_u256_minimal_be(be, a), 1);
    assert_int_equal(be[31], 0x80);
}

static void test_parse_refuses(void **state) {
    (void)state;
    gvm_u256 v;
    assert_int_equal(gvm_u256_parse(&v, "", 0), GVM_ERR_SYNTAX);
    assert_int_equal(gvm_u256_parse(&v, "0x", 2), GVM_ERR_SYNTAX);
    assert_int_equal(gvm_u256_parse(&v, "12a", 3), GVM_ERR_SYNTAX);
    const char *over =
        "115792089237316195423570985008687907853269984665640564039457584007913129639936";
    assert_int_equal(gvm_u256_parse(&v, over, strlen(over)), GVM_ERR_RANGE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_gmp),
        cmocka_unit_test(test_division_by_zero_is_zero),
        cmocka_unit_test(test_bytes_and_signs),
        cmocka_unit_test(test_parse_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
