/* The simplified SWU map to a curve E' with an isogeny to E, and that isogeny (RFC 9380,
 * sections 6.6.3 and E), once for each group with these macros set (and undefined again at the
 * end):
 *
 *     CT, CF          prefix of the group and its field, as in curve_template.h
 *     MT(name)        the constants ISO_A, ISO_B, ISO_Z, X_NUM, X_DEN, Y_NUM, Y_DEN
 *     MT_SQRT(r, a)   square root in CF, false where there is none
 *     MT_SGN0(a)      the RFC's sgn0
 *
 * Makes `static void <CT>_sswu(<CT>_jac *r, const CF *u)`, whose result is on E, not yet in the
 * subgroup. */
#define MN2(a, b) a##b
#define MN1(a, b) MN2(a, b)
#define MN(name)  MN1(CT, name)
#define MF(name)  MN1(CF, name)

/* r = k[0] + k[1] x + ... + k[n - 1] x^(n - 1), and x^n more where `monic` */
static void MN(_horner)(CF *r, const CF *k, size_t n, bool monic, const CF *x) {
    CF acc = k[n - 1];
    if (monic) MF(_add)(&acc, &acc, x);
    for (size_t i = n - 1; i-- > 0;) {
        MF(_mul)(&acc, &acc, x);
        MF(_add)(&acc, &acc, &k[i]);
    }
    *r = acc;
}

static void MN(_isogeny)(MN(_jac) * r, const CF *x, const CF *y) {
    CF xn, xd, yn, yd, t;
#define COUNT(a) (sizeof(a) / sizeof(a)[0])
    MN(_horner)(&xn, MT(X_NUM), COUNT(MT(X_NUM)), false, x);
    MN(_horner)(&xd, MT(X_DEN), COUNT(MT(X_DEN)), true, x);
    MN(_horner)(&yn, MT(Y_NUM), COUNT(MT(Y_NUM)), false, x);
    MN(_horner)(&yd, MT(Y_DEN), COUNT(MT(Y_DEN)), true, x);
#undef COUNT
    /* z = xd yd: x = xn xd yd^2, y = y' yn xd^3 yd^2. A zero denominator makes infinity. */
    MF(_mul)(&r->z, &xd, &yd);
    MF(_mul)(&t, &r->z, &yd);
    MF(_mul)(&r->x, &xn, &t);
    MF(_sqr)(&yd, &xd);
    MF(_mul)(&t, &t, &yd);
    MF(_mul)(&t, &t, &yn);
    MF(_mul)(&r->y, &t, y);
}

/* x^3 + A x + B */
static void MN(_iso_curve)(CF *r, const CF *x) {
    CF t;
    MF(_sqr)(&t, x);
    MF(_add)(&t, &t, &MT(ISO_A));
    MF(_mul)(&t, &t, x);
    MF(_add)(r, &t, &MT(ISO_B));
}

static void MN(_sswu)(MN(_jac) * r, const CF *u) {
    CF zu2, t, den, x, y, g;
    MF(_sqr)(&zu2, u);
    MF(_mul)(&zu2, &zu2, &MT(ISO_Z));
    MF(_sqr)(&t, &zu2);
    MF(_add)(&t, &t, &zu2);
    /* x1 = B (t + 1) / (-A t), or B / (Z A) where t = 0 */
    if (MF(_is_zero)(&t)) {
        MF(_mul)(&den, &MT(ISO_Z), &MT(ISO_A));
    } else {
        MF(_mul)(&den, &t, &MT(ISO_A));
        MF(_neg)(&den, &den);
    }
    MF(_inv_var)(&den, &den);
    MF(_one)(&x);
    MF(_add)(&t, &t, &x);
    MF(_mul)(&t, &t, &MT(ISO_B));
    MF(_mul)(&x, &t, &den);
    MN(_iso_curve)(&g, &x);
    if (!MT_SQRT(&y, &g)) {
        MF(_mul)(&x, &x, &zu2);
        MN(_iso_curve)(&g, &x);
        bool square = MT_SQRT(&y, &g);
        GVM_ASSERT(square);
    }
    if (MT_SGN0(u) != MT_SGN0(&y)) MF(_neg)(&y, &y);
    MN(_isogeny)(r, &x, &y);
}

#undef MN
#undef MN1
#undef MN2
#undef MF
#undef CT
#undef CF
#undef MT
#undef MT_SQRT
#undef MT_SGN0
