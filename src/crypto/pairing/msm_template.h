/* Sums of multiples, k_1 P_1 + ... + k_n P_n: the second half of curve_template.h, in two ways.
 *
 * Few points: Straus. Each point gets a table of its odd multiples, all tables are made affine with
 * one inversion, and the doublings are shared; scalars are in width-5 NAF.
 *
 * Many points: Pippenger with signed windows. In each window the points are put in the order of
 * their buckets, and the buckets are summed as trees of affine additions whose inversions are
 * shared: 5 products and a squaring an addition, where the best mixed coordinates need 8 and 2. */

#define MSM_NAF_WIDTH  5
#define MSM_TABLE      (1 << (MSM_NAF_WIDTH - 2))
#define MSM_STRAUS_MAX 16
#define MSM_LIMBS_MAX  4

/* Digits of k (limbs long), lowest first, each 0 or odd with |d| < 2^(width - 1); returns their
 * number. */
static inline int GN(_naf)(int8_t out[64 * MSM_LIMBS_MAX + 1], const uint64_t *k, int limbs) {
    uint64_t v[MSM_LIMBS_MAX + 1] = {0};
    memcpy(v, k, (size_t)limbs * sizeof *k);
    int n = 0, bits = 64 * limbs + 1;
    memset(out, 0, (size_t)bits);
    unsigned carry = 0;
    for (int i = 0; i < bits;) {
        unsigned bit = (unsigned)(v[i / 64] >> (i % 64)) & 1;
        if (bit == carry) {
            i++;
            continue;
        }
        int w = MSM_NAF_WIDTH < bits - i ? MSM_NAF_WIDTH : bits - i;
        uint64_t lo = v[i / 64] >> (i % 64);
        if (i % 64 + w > 64) lo |= v[i / 64 + 1] << (64 - i % 64);
        int d = (int)(lo & ((1u << w) - 1)) + (int)carry;
        carry = (unsigned)(d >> (MSM_NAF_WIDTH - 1)) & 1;
        d -= (int)(carry << MSM_NAF_WIDTH);
        out[i] = (int8_t)d;
        n = i + 1;
        i += w;
    }
    return n;
}

/* n <= MSM_STRAUS_MAX. Scalars are `limbs` limbs each, one after another. */
CT_FN void GN(_straus)(GN(_jac) * r, const GN(_aff) * p, const uint64_t *k, int limbs, size_t n) {
    GN(_jac) jac[MSM_STRAUS_MAX * MSM_TABLE], twice;
    GN(_aff) table[MSM_STRAUS_MAX * MSM_TABLE];
    CF tmp[MSM_STRAUS_MAX * MSM_TABLE];
    int8_t naf[MSM_STRAUS_MAX][64 * MSM_LIMBS_MAX + 1];
    int len[MSM_STRAUS_MAX], longest = 0;
    for (size_t i = 0; i < n; i++) {
        len[i] = GN(_naf)(naf[i], k + (size_t)limbs * i, limbs);
        if (len[i] > longest) longest = len[i];
        GN(_jac) *t = jac + i * MSM_TABLE;
        GN(_from_aff)(&t[0], &p[i]);
        GN(_dbl)(&twice, &t[0]);
        for (int j = 1; j < MSM_TABLE; j++) GN(_add)(&t[j], &t[j - 1], &twice);
    }
    GN(_to_aff_many)(table, jac, tmp, n * MSM_TABLE);
    GN(_jac) acc;
    memset(&acc, 0, sizeof acc);
    for (int b = longest - 1; b >= 0; b--) {
        GN(_dbl)(&acc, &acc);
        for (size_t i = 0; i < n; i++) {
            if (b >= len[i] || naf[i][b] == 0) continue;
            int d = naf[i][b];
            GN(_aff) q = table[i * MSM_TABLE + (size_t)((d < 0 ? -d : d) / 2)];
            if (d < 0) GN(_aff_neg)(&q, &q);
            GN(_add_aff)(&acc, &acc, &q);
        }
    }
    *r = acc;
}

/* The denominator of p + q: x2 - x1, or 2 y where p = q. False where the sum is known without
 * (already in *r). */
static inline bool GN(_aff_den)(CF *den, GN(_aff) * r, const GN(_aff) * p, const GN(_aff) * q) {
    if (GN(_aff_is_inf)(p) || GN(_aff_is_inf)(q)) {
        *r = GN(_aff_is_inf)(p) ? *q : *p;
        return false;
    }
    FF(_sub)(den, &q->x, &p->x);
    if (!FF(_is_zero)(den)) return true;
    if (FF(_equal)(&p->y, &q->y) && !FF(_is_zero)(&p->y)) {
        FF(_dbl)(den, &p->y);
        return true;
    }
    memset(r, 0, sizeof *r);
    return false;
}

/* r = p + q, given the inverse of their denominator. r may be p or q. */
static inline void GN(_aff_add)(GN(_aff) * r, const GN(_aff) * p, const GN(_aff) * q,
                                const CF *inv) {
    CF l, x, t;
    if (FF(_equal)(&p->x, &q->x)) {
        FF(_sqr)(&t, &p->x);
        FF(_dbl)(&l, &t);
        FF(_add)(&l, &l, &t);
    } else {
        FF(_sub)(&l, &q->y, &p->y);
    }
    FF(_mul)(&l, &l, inv);
    FF(_sqr)(&x, &l);
    FF(_sub)(&x, &x, &p->x);
    FF(_sub)(&x, &x, &q->x);
    FF(_sub)(&t, &p->x, &x);
    FF(_mul)(&t, &t, &l);
    FF(_sub)(&r->y, &t, &p->y);
    r->x = x;
}

/* r = p + q with one inversion: the cheapest way where an affine sum is asked for. */
CT_FN void GN(_aff_sum)(GN(_aff) * r, const GN(_aff) * p, const GN(_aff) * q) {
    CF den;
    if (!GN(_aff_den)(&den, r, p, q)) return;
    FF(_inv_var)(&den, &den);
    GN(_aff_add)(r, p, q, &den);
}

/* What one window of Pippenger works on. All arrays have room for n entries but `start`. */
typedef struct GN(_pippenger) {
    GN(_aff) * pts; /* the points, in the order of their buckets */
    CF *den, *prod;
    uint32_t *bucket; /* of each entry of pts */
    uint32_t *start;  /* buckets + 2 */
    int32_t *digit;
} GN(_pippenger);

/* Adds neighbours of the same bucket until every bucket has one entry; returns how many entries are
 * left. */
CT_FN size_t GN(_bucket_tree)(GN(_pippenger) * w, size_t n) {
    for (;;) {
        size_t pairs = 0, out = 0, i = 0;
        CF acc, inv;
        FF(_one)(&acc);
        for (i = 0; i + 1 < n; i++) {
            if (w->bucket[i] != w->bucket[i + 1]) continue;
            if (GN(_aff_den)(&w->den[pairs], &w->pts[i], &w->pts[i], &w->pts[i + 1])) {
                w->prod[pairs] = acc;
                FF(_mul)(&acc, &acc, &w->den[pairs]);
                w->digit[pairs] = (int32_t)i;
                pairs++;
            }
            i++;
        }
        if (pairs == 0 && n > 0) {
            bool any = false;
            for (i = 0; i + 1 < n && !any; i++) any = w->bucket[i] == w->bucket[i + 1];
            if (!any) return n;
        }
        if (n == 0) return 0;
        FF(_inv_var)(&acc, &acc);
        for (size_t k = pairs; k-- > 0;) {
            GN(_aff) *p = &w->pts[w->digit[k]];
            FF(_mul)(&inv, &acc, &w->prod[k]);
            FF(_mul)(&acc, &acc, &w->den[k]);
            GN(_aff_add)(p, p, p + 1, &inv);
        }
        for (i = 0; i < n; i++) {
            w->bucket[out] = w->bucket[i];
            if (out != i) w->pts[out] = w->pts[i];
            out++;
            if (i + 1 < n && w->bucket[i] == w->bucket[i + 1]) i++;
        }
        n = out;
    }
}

/* The signed digit of window j: bits j c - 1 ... j c + c - 1, in Booth's form, within +-2^(c - 1).
 */
static inline int32_t GN(_digit)(const uint64_t *k, int limbs, int j, int c) {
    int bit = j * c - 1;
    uint64_t v;
    if (bit < 0) {
        v = k[0] << 1;
    } else {
        int at = bit / 64, off = bit % 64;
        v = at < limbs ? k[at] >> off : 0;
        if (off != 0 && at + 1 < limbs) v |= k[at + 1] << (64 - off);
    }
    v &= (2ull << c) - 1;
    int32_t d = (int32_t)((v + 1) >> 1);
    return (v >> c & 1) != 0 ? d - (1 << c) : d;
}

/* One window: the sum of digit_i P_i. */
CT_FN void GN(_window)(GN(_jac) * r, GN(_pippenger) * w, const GN(_aff) * p, const uint64_t *k,
                       int limbs, size_t n, int j, int c) {
    uint32_t buckets = 1u << (c - 1);
    memset(w->start, 0, (buckets + 2) * sizeof *w->start);
    for (size_t i = 0; i < n; i++) {
        int32_t d = GN(_aff_is_inf)(&p[i]) ? 0 : GN(_digit)(k + (size_t)limbs * i, limbs, j, c);
        w->digit[i] = d;
        w->start[(d < 0 ? -d : d) + 1]++;
    }
    uint32_t skipped = w->start[1];
    w->start[1] = 0;
    for (uint32_t b = 2; b < buckets + 2; b++) w->start[b] += w->start[b - 1];
    for (size_t i = 0; i < n; i++) {
        int32_t d = w->digit[i];
        if (d == 0) continue;
        uint32_t b = (uint32_t)(d < 0 ? -d : d), at = w->start[b]++;
        w->bucket[at] = b;
        if (d < 0)
            GN(_aff_neg)(&w->pts[at], &p[i]);
        else
            w->pts[at] = p[i];
    }
    size_t left = GN(_bucket_tree)(w, n - skipped);
    GN(_jac) running, sum;
    memset(&running, 0, sizeof running);
    memset(&sum, 0, sizeof sum);
    for (uint32_t b = buckets; b > 0; b--) {
        if (left > 0 && w->bucket[left - 1] == b) {
            left--;
            GN(_add_aff)(&running, &running, &w->pts[left]);
        }
        GN(_add)(&sum, &sum, &running);
    }
    *r = sum;
}

static inline int GN(_window_bits)(size_t n) {
    int c = 3;
    while (c < 16 && ((size_t)1 << (c + 2)) < n) c++;
    return c;
}

/* r = sum k_i P_i, n > 0, scalars below 2^bits in `limbs` limbs each. False where memory is out. */
CT_FN bool GN(_pippenger_sum)(GN(_jac) * r, const GN(_aff) * p, const uint64_t *k, int limbs,
                              int bits, size_t n) {
    int c = GN(_window_bits)(n);
    size_t buckets = (size_t)1 << (c - 1);
    GN(_pippenger) w = {0};
    w.pts = malloc(n * sizeof *w.pts);
    w.den = malloc(n * sizeof *w.den);
    w.prod = malloc(n * sizeof *w.prod);
    w.bucket = malloc(n * sizeof *w.bucket);
    w.digit = malloc(n * sizeof *w.digit);
    w.start = malloc((buckets + 2) * sizeof *w.start);
    bool ok = w.pts && w.den && w.prod && w.bucket && w.digit && w.start;
    if (ok) {
        GN(_jac) acc, part;
        memset(&acc, 0, sizeof acc);
        for (int j = bits / c; j >= 0; j--) {
            for (int i = 0; i < c; i++) GN(_dbl)(&acc, &acc);
            GN(_window)(&part, &w, p, k, limbs, n, j, c);
            GN(_add)(&acc, &acc, &part);
        }
        *r = acc;
    }
    free(w.pts);
    free(w.den);
    free(w.prod);
    free(w.bucket);
    free(w.digit);
    free(w.start);
    return ok;
}

/* Complete projective addition and doubling, Renes-Costello-Batina (ePrint 2015/1060, algorithms 7
 * and 9), for the multiplication that must not show its scalar. Points are (x/z, y/z), infinity (0,
 * 1, 0). */
CT_FN void GN(_complete_add)(GN(_jac) * r, const GN(_jac) * p, const GN(_jac) * q) {
    CF t0, t1, t2, t3, t4, x3, y3, z3;
    FF(_mul)(&t0, &p->x, &q->x);
    FF(_mul)(&t1, &p->y, &q->y);
    FF(_mul)(&t2, &p->z, &q->z);
    FF(_add)(&t3, &p->x, &p->y);
    FF(_add)(&t4, &q->x, &q->y);
    FF(_mul)(&t3, &t3, &t4);
    FF(_add)(&t4, &t0, &t1);
    FF(_sub)(&t3, &t3, &t4);
    FF(_add)(&t4, &p->y, &p->z);
    FF(_add)(&x3, &q->y, &q->z);
    FF(_mul)(&t4, &t4, &x3);
    FF(_add)(&x3, &t1, &t2);
    FF(_sub)(&t4, &t4, &x3);
    FF(_add)(&x3, &p->x, &p->z);
    FF(_add)(&y3, &q->x, &q->z);
    FF(_mul)(&x3, &x3, &y3);
    FF(_add)(&y3, &t0, &t2);
    FF(_sub)(&y3, &x3, &y3);
    FF(_dbl)(&x3, &t0);
    FF(_add)(&t0, &x3, &t0);
    FF(_mul)(&t2, &CT_B3, &t2);
    FF(_add)(&z3, &t1, &t2);
    FF(_sub)(&t1, &t1, &t2);
    FF(_mul)(&y3, &CT_B3, &y3);
    FF(_mul)(&x3, &t4, &y3);
    FF(_mul)(&t2, &t3, &t1);
    FF(_sub)(&r->x, &t2, &x3);
    FF(_mul)(&y3, &y3, &t0);
    FF(_mul)(&t1, &t1, &z3);
    FF(_add)(&r->y, &t1, &y3);
    FF(_mul)(&t0, &t0, &t3);
    FF(_mul)(&z3, &z3, &t4);
    FF(_add)(&r->z, &z3, &t0);
}

/* r = k p in time that does not depend on k (4 limbs) nor on p. Ends in Jacobian form. */
CT_FN void GN(_mul_ct)(GN(_jac) * r, const GN(_aff) * p, const uint64_t k[4]) {
    GN(_jac) table[16], acc, pick;
    memset(&table[0], 0, sizeof table[0]);
    FF(_one)(&table[0].y);
    table[1].x = p->x;
    table[1].y = p->y;
    FF(_one)(&table[1].z);
    for (int i = 2; i < 16; i++) GN(_complete_add)(&table[i], &table[i - 1], &table[1]);
    acc = table[0];
    for (int i = 63; i >= 0; i--) {
        for (int d = 0; d < 4; d++) GN(_complete_add)(&acc, &acc, &acc);
        uint64_t digit = k[i / 16] >> (4 * (i % 16)) & 15;
        pick = table[0];
        for (uint64_t j = 1; j < 16; j++) {
            uint64_t mask = 0 - (((j ^ digit) - 1) >> 63);
            FF(_cmov)(&pick.x, &table[j].x, mask);
            FF(_cmov)(&pick.y, &table[j].y, mask);
            FF(_cmov)(&pick.z, &table[j].z, mask);
        }
        GN(_complete_add)(&acc, &acc, &pick);
    }
    /* (x/z, y/z) as a Jacobian point with the same z: (x z, y z^2, z) */
    FF(_mul)(&r->x, &acc.x, &acc.z);
    FF(_sqr)(&pick.x, &acc.z);
    FF(_mul)(&r->y, &acc.y, &pick.x);
    r->z = acc.z;
    gvm_wipe(table, sizeof table);
    gvm_wipe(&acc, sizeof acc);
    gvm_wipe(&pick, sizeof pick);
}

#undef MSM_NAF_WIDTH
#undef MSM_TABLE
#undef MSM_STRAUS_MAX
#undef MSM_LIMBS_MAX
