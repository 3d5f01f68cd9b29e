/* The group of a curve y^2 = x^3 + b over a field, included once for each group with these macros
 * set (and undefined again at the end):
 *
 *     CT     prefix of types and functions     g1, g2
 *     CF     the field of the coordinates      fp, fp2
 *     CT_B   the constant b, of type CF
 *     CT_B3  3 b
 *
 * Affine points are (x, y), infinity is (0, 0), which is on no such curve. Jacobian points are
 * (x/z^2, y/z^3), infinity has z = 0. Additions know all their special cases; time depends on the
 * values, except in _mul_ct and _to_aff_ct. Scalars are little-endian limbs. */
#include <stdlib.h>

#define CT_CAT2(a, b) a##b
#define CT_CAT(a, b)  CT_CAT2(a, b)
#define GN(name)      CT_CAT(CT, name)
#define FF(name)      CT_CAT(CF, name)
#define CT_FN         static __attribute__((unused))

typedef struct GN(_aff) {
    CF x, y;
} GN(_aff);
typedef struct GN(_jac) {
    CF x, y, z;
} GN(_jac);

static inline bool GN(_aff_is_inf)(const GN(_aff) * p) {
    return FF(_is_zero)(&p->x) && FF(_is_zero)(&p->y);
}
static inline bool GN(_is_inf)(const GN(_jac) * p) {
    return FF(_is_zero)(&p->z);
}
static inline void GN(_aff_neg)(GN(_aff) * r, const GN(_aff) * p) {
    r->x = p->x;
    FF(_neg)(&r->y, &p->y);
}
static inline void GN(_neg)(GN(_jac) * r, const GN(_jac) * p) {
    r->x = p->x;
    FF(_neg)(&r->y, &p->y);
    r->z = p->z;
}
static inline void GN(_from_aff)(GN(_jac) * r, const GN(_aff) * p) {
    r->x = p->x;
    r->y = p->y;
    if (GN(_aff_is_inf)(p))
        FF(_zero)(&r->z);
    else
        FF(_one)(&r->z);
}

/* Infinity counts as on the curve. */
CT_FN bool GN(_aff_on_curve)(const GN(_aff) * p) {
    if (GN(_aff_is_inf)(p)) return true;
    CF l, r;
    FF(_sqr)(&l, &p->y);
    FF(_sqr)(&r, &p->x);
    FF(_mul)(&r, &r, &p->x);
    FF(_add)(&r, &r, &CT_B);
    return FF(_equal)(&l, &r);
}

/* dbl-2009-l */
CT_FN void GN(_dbl)(GN(_jac) * r, const GN(_jac) * p) {
    CF a, b, c, d, e, f;
    FF(_sqr)(&a, &p->x);
    FF(_sqr)(&b, &p->y);
    FF(_sqr)(&c, &b);
    FF(_add)(&d, &p->x, &b);
    FF(_sqr)(&d, &d);
    FF(_sub)(&d, &d, &a);
    FF(_sub)(&d, &d, &c);
    FF(_dbl)(&d, &d);
    FF(_dbl)(&e, &a);
    FF(_add)(&e, &e, &a);
    FF(_sqr)(&f, &e);
    FF(_mul)(&r->z, &p->y, &p->z);
    FF(_dbl)(&r->z, &r->z);
    FF(_sub)(&f, &f, &d);
    FF(_sub)(&r->x, &f, &d);
    FF(_sub)(&d, &d, &r->x);
    FF(_mul)(&d, &d, &e);
    FF(_dbl)(&c, &c);
    FF(_dbl)(&c, &c);
    FF(_dbl)(&c, &c);
    FF(_sub)(&r->y, &d, &c);
}

/* The end of both additions: h = x2 - x1, s = y2 - y1, u1 and s1 the first point's x and y on the
 * common denominator; r->z is set by the caller. */
static inline void GN(_add_tail)(GN(_jac) * r, const CF *h, const CF *s, const CF *u1,
                                 const CF *s1) {
    CF hh, hhh, v, t;
    FF(_sqr)(&hh, h);
    FF(_mul)(&hhh, &hh, h);
    FF(_mul)(&v, u1, &hh);
    FF(_sqr)(&t, s);
    FF(_sub)(&t, &t, &hhh);
    FF(_sub)(&t, &t, &v);
    FF(_sub)(&r->x, &t, &v);
    FF(_sub)(&v, &v, &r->x);
    FF(_mul)(&v, &v, s);
    FF(_mul)(&t, s1, &hhh);
    FF(_sub)(&r->y, &v, &t);
}

CT_FN void GN(_add)(GN(_jac) * r, const GN(_jac) * p, const GN(_jac) * q) {
    if (GN(_is_inf)(p)) {
        *r = *q;
        return;
    }
    if (GN(_is_inf)(q)) {
        *r = *p;
        return;
    }
    CF z1z1, z2z2, u1, u2, s1, s2;
    FF(_sqr)(&z1z1, &p->z);
    FF(_sqr)(&z2z2, &q->z);
    FF(_mul)(&u1, &p->x, &z2z2);
    FF(_mul)(&u2, &q->x, &z1z1);
    FF(_mul)(&s1, &p->y, &q->z);
    FF(_mul)(&s1, &s1, &z2z2);
    FF(_mul)(&s2, &q->y, &p->z);
    FF(_mul)(&s2, &s2, &z1z1);
    FF(_sub)(&u2, &u2, &u1);
    FF(_sub)(&s2, &s2, &s1);
    if (FF(_is_zero)(&u2)) {
        if (FF(_is_zero)(&s2))
            GN(_dbl)(r, p);
        else
            memset(r, 0, sizeof *r);
        return;
    }
    FF(_mul)(&z1z1, &p->z, &q->z);
    FF(_mul)(&r->z, &z1z1, &u2);
    GN(_add_tail)(r, &u2, &s2, &u1, &s1);
}

CT_FN void GN(_add_aff)(GN(_jac) * r, const GN(_jac) * p, const GN(_aff) * q) {
    if (GN(_aff_is_inf)(q)) {
        *r = *p;
        return;
    }
    if (GN(_is_inf)(p)) {
        GN(_from_aff)(r, q);
        return;
    }
    CF z1z1, u2, s2, x = p->x, y = p->y;
    FF(_sqr)(&z1z1, &p->z);
    FF(_mul)(&u2, &q->x, &z1z1);
    FF(_mul)(&s2, &q->y, &p->z);
    FF(_mul)(&s2, &s2, &z1z1);
    FF(_sub)(&u2, &u2, &x);
    FF(_sub)(&s2, &s2, &y);
    if (FF(_is_zero)(&u2)) {
        if (FF(_is_zero)(&s2))
            GN(_dbl)(r, p);
        else
            memset(r, 0, sizeof *r);
        return;
    }
    FF(_mul)(&r->z, &p->z, &u2);
    GN(_add_tail)(r, &u2, &s2, &x, &y);
}

CT_FN bool GN(_equal)(const GN(_jac) * p, const GN(_jac) * q) {
    GN(_jac) n, d;
    GN(_neg)(&n, q);
    GN(_add)(&d, p, &n);
    return GN(_is_inf)(&d);
}

/* With the inverse i of p's z. */
static inline void GN(_scale)(GN(_aff) * r, const GN(_jac) * p, const CF *i) {
    CF ii;
    FF(_sqr)(&ii, i);
    FF(_mul)(&r->x, &p->x, &ii);
    FF(_mul)(&ii, &ii, i);
    FF(_mul)(&r->y, &p->y, &ii);
}
CT_FN void GN(_to_aff)(GN(_aff) * r, const GN(_jac) * p) {
    CF i;
    FF(_inv_var)(&i, &p->z);
    GN(_scale)(r, p, &i);
}
CT_FN void GN(_to_aff_ct)(GN(_aff) * r, const GN(_jac) * p) {
    CF i;
    FF(_inv)(&i, &p->z);
    GN(_scale)(r, p, &i);
}

/* n points with one inversion. `tmp` has room for n field elements. */
CT_FN void GN(_to_aff_many)(GN(_aff) * r, const GN(_jac) * p, CF *tmp, size_t n) {
    CF acc, i;
    FF(_one)(&acc);
    for (size_t k = 0; k < n; k++) {
        tmp[k] = acc;
        if (!GN(_is_inf)(&p[k])) FF(_mul)(&acc, &acc, &p[k].z);
    }
    FF(_inv_var)(&acc, &acc);
    for (size_t k = n; k-- > 0;) {
        if (GN(_is_inf)(&p[k])) {
            memset(&r[k], 0, sizeof r[k]);
            continue;
        }
        FF(_mul)(&i, &acc, &tmp[k]);
        FF(_mul)(&acc, &acc, &p[k].z);
        GN(_scale)(&r[k], &p[k], &i);
    }
}

/* Plain double-and-add: the reference that tests compare with, and short fixed scalars with few
 * bits set. */
CT_FN void GN(_mul_plain)(GN(_jac) * r, const GN(_jac) * p, const uint64_t *k, int limbs) {
    GN(_jac) acc, base = *p;
    memset(&acc, 0, sizeof acc);
    bool started = false;
    for (int i = 64 * limbs - 1; i >= 0; i--) {
        if (started) GN(_dbl)(&acc, &acc);
        if ((k[i / 64] >> (i % 64) & 1) == 0) continue;
        if (started)
            GN(_add)(&acc, &acc, &base);
        else
            acc = base;
        started = true;
    }
    *r = acc;
}

#include "crypto/pairing/msm_template.h"

#undef CT
#undef CF
#undef CT_B
#undef CT_B3
#undef CT_FN
#undef GN
#undef FF
#undef CT_CAT
#undef CT_CAT2
