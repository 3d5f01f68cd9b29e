/* Miller loops over several pairs at once, for both curves: the squarings of the accumulator are
 * shared.
 *
 * The includer has the tower and the groups g1 and g2, and defines
 *
 *     PAIRING_D_TWIST          1 for y^2 = x^3 + b / xi, 0 for y^2 = x^3 + b xi
 *     PAIRING_MUL_3B(r, a)     r = 3 b' a over fp2, b' the constant of the twist
 *
 * The running point is projective; formulas of Costello, Lange and Naehrig (ePrint 2009/615) as in
 * Aranha et al. (ePrint 2010/526), scaled by 4 so that nothing is halved. A line has three
 * coefficients over Fp2; where they stand in Fp12 depends on the twist. */
#ifndef GVM_CRYPTO_PAIRING_MILLER_H
#define GVM_CRYPTO_PAIRING_MILLER_H

typedef struct miller_pair {
    g1_aff p;
    g2_aff q;
    fp2 x, y, z; /* the running multiple of q */
} miller_pair;

/* The line through the running point: its constant term, and the coefficients of p's x and of p's
 * y. */
typedef struct miller_line {
    fp2 c, x, y;
} miller_line;

static inline void miller_start(miller_pair *m, const g1_aff *p, const g2_aff *q) {
    m->p = *p;
    m->q = *q;
    m->x = q->x;
    m->y = q->y;
    fp2_one(&m->z);
}

static void miller_double(miller_pair *m, miller_line *l) {
    fp2 a, b, c, e, f, h, t, u;
    fp2_mul(&a, &m->x, &m->y);
    fp2_sqr(&b, &m->y);
    fp2_sqr(&c, &m->z);
    PAIRING_MUL_3B(&e, &c);
    fp2_dbl(&f, &e);
    fp2_add(&f, &f, &e);
    fp2_add(&h, &m->y, &m->z);
    fp2_sqr(&h, &h);
    fp2_sub(&h, &h, &b);
    fp2_sub(&h, &h, &c);
    fp2_sqr(&t, &m->x);
    fp2_dbl(&u, &t);
    fp2_add(&u, &u, &t);
    fp2_sub(&l->c, &e, &b);
    l->x = u;
    fp2_neg(&l->y, &h);
    fp2_sub(&t, &b, &f);
    fp2_mul(&t, &t, &a);
    fp2_dbl(&m->x, &t);
    fp2_add(&t, &b, &f);
    fp2_sqr(&t, &t);
    fp2_sqr(&e, &e);
    fp2_dbl(&u, &e);
    fp2_add(&u, &u, &e);
    fp2_dbl(&u, &u);
    fp2_dbl(&u, &u);
    fp2_sub(&m->y, &t, &u);
    fp2_mul(&t, &b, &h);
    fp2_dbl(&t, &t);
    fp2_dbl(&m->z, &t);
}

static void miller_add(miller_pair *m, miller_line *l, const g2_aff *q) {
    fp2 theta, lambda, c, d, e, f, g, h, t;
    fp2_mul(&t, &q->y, &m->z);
    fp2_sub(&theta, &m->y, &t);
    fp2_mul(&t, &q->x, &m->z);
    fp2_sub(&lambda, &m->x, &t);
    fp2_sqr(&c, &theta);
    fp2_sqr(&d, &lambda);
    fp2_mul(&e, &lambda, &d);
    fp2_mul(&f, &m->z, &c);
    fp2_mul(&g, &m->x, &d);
    fp2_add(&h, &e, &f);
    fp2_sub(&h, &h, &g);
    fp2_sub(&h, &h, &g);
    fp2_mul(&m->x, &lambda, &h);
    fp2_sub(&g, &g, &h);
    fp2_mul(&g, &g, &theta);
    fp2_mul(&t, &e, &m->y);
    fp2_sub(&m->y, &g, &t);
    fp2_mul(&m->z, &m->z, &e);
    fp2_mul(&l->c, &theta, &q->x);
    fp2_mul(&t, &lambda, &q->y);
    fp2_sub(&l->c, &l->c, &t);
    fp2_neg(&l->x, &theta);
    l->y = lambda;
}

/* f *= the line's value at p */
static void miller_mul_line(fp12 *f, const miller_line *line, const g1_aff *p) {
    fp6 a, b, s;
    fp2 t;
    miller_line at = {.c = line->c}, *l = &at;
    fp2_mul_fp(&at.x, &line->x, &p->x);
    fp2_mul_fp(&at.y, &line->y, &p->y);
    fp6_add(&s, &f->c0, &f->c1);
#if PAIRING_D_TWIST
    fp6_mul_0(&a, &f->c0, &l->y);
    fp6_mul_01(&b, &f->c1, &l->x, &l->c);
    fp2_add(&t, &l->y, &l->x);
    fp6_mul_01(&s, &s, &t, &l->c);
#else
    fp6_mul_01(&a, &f->c0, &l->c, &l->x);
    fp6_mul_1(&b, &f->c1, &l->y);
    fp2_add(&t, &l->x, &l->y);
    fp6_mul_01(&s, &s, &l->c, &t);
#endif
    fp6_sub(&s, &s, &a);
    fp6_sub(&f->c1, &s, &b);
    fp6_mul_v(&b, &b);
    fp6_add(&f->c0, &a, &b);
}

static inline void miller_step_double(fp12 *f, miller_pair *m, size_t n) {
    miller_line l;
    for (size_t i = 0; i < n; i++) {
        miller_double(&m[i], &l);
        miller_mul_line(f, &l, &m[i].p);
    }
}

/* Adds q, or -q where digit is negative. */
static inline void miller_step_add(fp12 *f, miller_pair *m, size_t n, int digit) {
    miller_line l;
    for (size_t i = 0; i < n; i++) {
        g2_aff q = m[i].q;
        if (digit < 0) g2_aff_neg(&q, &q);
        miller_add(&m[i], &l, &q);
        miller_mul_line(f, &l, &m[i].p);
    }
}

#endif
