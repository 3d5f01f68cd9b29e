/* Nearly every label is ASCII, and for that a look at each octet is enough. For the rest, each code
 * point has a row (name_tables.inc): the groups of ENSIP-15 that it belongs to (about: scripts, as
 * people mix them), the groups in which something looks like it, and what IDNA asks. Sets of groups
 * are bit sets, so the two rules about groups are intersections:
 *
 *   mixed        no group has all of the label's characters
 *   confusable   each character that has a double has one in some same other group, which has all
 *                characters without a double too */
#include "codec/name.h"

#include "crypto/keccak.h"

typedef struct name_range {
    uint32_t first;
    uint16_t span;
    uint16_t groups;
    uint16_t doubles; /* NAME_UNIQUE: of one group and like nothing else; NAME_SHARED: of several */
    uint8_t bidi;
    bool mark, nonspacing;
    uint8_t script;
} name_range;
typedef struct name_sequence {
    uint32_t from;
    uint16_t at, len;
} name_sequence;
typedef struct name_pair {
    uint32_t first, second, composed;
} name_pair;
typedef struct name_rank {
    uint32_t code_point;
    uint8_t rank;
} name_rank;
#define NAME_WORDS  3
#define NAME_UNIQUE 0xffff
#define NAME_SHARED 0xfffe
typedef struct name_set {
    uint64_t w[NAME_WORDS];
} name_set;

#include "codec/name_tables.inc"
_Static_assert(NAME_GROUP_WORDS == NAME_WORDS, "a set of groups");

enum { L, R, AL, AN, EN, ES, CS, ET, ON, BN, NSM }; /* bidi classes (RFC 5893), as in the tables */
enum { SCRIPT_HEBREW = 1, SCRIPT_CJK };
#define MARKS_MOST 4
#define MIDDLE_DOT 0x30fbu
#define INPUT_MOST 1024

static const char *const fault_texts[] = {
#define X(id, text) text,
#include "codec/label_faults.inc"
#undef X
};
const char *gvm_label_fault_text(gvm_label_fault fault) {
    return fault_texts[fault];
}

#define COUNT(table) (sizeof(table) / sizeof *(table))
/* The last row whose `field` is at most `key`, or NULL. */
#define FIND(table, field, key)                \
    ({                                         \
        size_t low_ = 0, high_ = COUNT(table); \
        while (low_ < high_) {                 \
            size_t mid_ = (low_ + high_) / 2;  \
            if ((table)[mid_].field <= (key))  \
                low_ = mid_ + 1;               \
            else                               \
                high_ = mid_;                  \
        }                                      \
        low_ == 0 ? NULL : &(table)[low_ - 1]; \
    })

static const name_range *range_of(uint32_t c) {
    const name_range *r = FIND(name_ranges, first, c);
    return r != NULL && c - r->first <= r->span ? r : NULL;
}
static const name_sequence *mapped(uint32_t c) {
    const name_sequence *s = FIND(name_mapped, from, c);
    return s != NULL && s->from == c ? s : NULL;
}
static const name_sequence *decomposition(uint32_t c) {
    const name_sequence *s = FIND(name_decomposed, from, c);
    return s != NULL && s->from == c ? s : NULL;
}
static uint8_t rank_of(uint32_t c) {
    const name_rank *r = FIND(name_ranks, code_point, c);
    return r != NULL && r->code_point == c ? r->rank : 0;
}

/* ---- UTF-8 */

/* The next code point, and *p behind it; UINT32_MAX where the octets are not UTF-8 (RFC 3629). */
static uint32_t take_utf8(const uint8_t **p, const uint8_t *end) {
    const uint8_t *s = *p;
    uint32_t c = *s++;
    if (c >= 0x80) {
        unsigned more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
        static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
        if (c < 0xc2 || c > 0xf4 || (size_t)(end - s) < more) return UINT32_MAX;
        c &= 0x3fu >> more;
        for (unsigned i = 0; i < more; i++, s++) {
            if ((*s & 0xc0) != 0x80) return UINT32_MAX;
            c = c << 6 | (*s & 0x3f);
        }
        if (c < least[more] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) return UINT32_MAX;
    }
    *p = s;
    return c;
}

static void put_utf8(gvm_buf *out, uint32_t c) {
    if (c < 0x80) {
        gvm_buf_put(out, (uint8_t)c);
        return;
    }
    unsigned more = c >= 0x10000 ? 3 : c >= 0x800 ? 2 : 1;
    gvm_buf_put(out, (uint8_t)(0xf0u << (3 - more) | c >> 6 * more));
    while (more-- > 0) gvm_buf_put(out, (uint8_t)(0x80 | (c >> 6 * more & 0x3f)));
}

/* ---- canonical forms (Unicode Standard Annex 15) */

enum {
    S_BASE = 0xac00,
    L_BASE = 0x1100,
    V_BASE = 0x1161,
    T_BASE = 0x11a7,
    V_COUNT = 21,
    T_COUNT = 28,
    S_COUNT = 19 * V_COUNT * T_COUNT
};

static uint32_t compose(uint32_t a, uint32_t b) {
    if (a - L_BASE < 19 && b - V_BASE < V_COUNT)
        return S_BASE + ((a - L_BASE) * V_COUNT + (b - V_BASE)) * T_COUNT;
    if (a - S_BASE < S_COUNT && (a - S_BASE) % T_COUNT == 0 && b - T_BASE - 1 < T_COUNT - 1)
        return a + (b - T_BASE);
    const name_pair *p = FIND(name_pairs, first, a);
    for (; p != NULL && p >= name_pairs && p->first == a; p--)
        if (p->second == b) return p->composed;
    return 0;
}

/* Decomposes, in canonical order. `out` has room for 4 for each of `in`. */
static uint32_t decompose(uint32_t *out, const uint32_t *in, uint32_t count) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t c = in[i], s = c - S_BASE;
        const name_sequence *d;
        if (s < S_COUNT) {
            out[n++] = L_BASE + s / (V_COUNT * T_COUNT);
            out[n++] = V_BASE + s % (V_COUNT * T_COUNT) / T_COUNT;
            if (s % T_COUNT != 0) out[n++] = T_BASE + s % T_COUNT;
        } else if ((d = decomposition(c)) != NULL) {
            for (uint32_t k = 0; k < d->len; k++) out[n++] = name_pool[d->at + k];
        } else {
            out[n++] = c;
        }
    }
    for (uint32_t i = 1; i < n; i++) {
        uint32_t c = out[i], j = i;
        uint8_t rank = rank_of(c);
        if (rank == 0) continue;
        for (; j > 0 && rank_of(out[j - 1]) > rank; j--) out[j] = out[j - 1];
        out[j] = c;
    }
    return n;
}

/* Composes in place what decompose() made; the count. */
static uint32_t recompose(uint32_t *c, uint32_t count) {
    uint32_t n = 0, starter = UINT32_MAX;
    uint8_t last = 0; /* rank of what stands between starter and the next */
    for (uint32_t i = 0; i < count; i++) {
        uint8_t rank = rank_of(c[i]);
        uint32_t composed = 0;
        bool beside = starter != UINT32_MAX && starter + 1 == n;
        if (starter != UINT32_MAX && (beside || (last < rank && last != 0)))
            composed = compose(c[starter], c[i]);
        if (composed != 0) {
            c[starter] = composed;
            continue;
        }
        if (rank == 0) starter = n;
        last = rank;
        c[n++] = c[i];
    }
    return n;
}

/* ---- A-labels (RFC 3492) */

enum { PUNY_BASE = 36, T_MIN = 1, T_MAX = 26, SKEW = 38, DAMP = 700, BIAS = 72, N_FIRST = 128 };

static uint32_t adapt(uint32_t delta, uint32_t points, bool first) {
    uint32_t k = 0;
    delta = first ? delta / DAMP : delta / 2;
    delta += delta / points;
    for (; delta > (PUNY_BASE - T_MIN) * T_MAX / 2; k += PUNY_BASE) delta /= PUNY_BASE - T_MIN;
    return k + (PUNY_BASE - T_MIN + 1) * delta / (delta + SKEW);
}
static uint32_t threshold(uint32_t k, uint32_t bias) {
    return k <= bias ? T_MIN : k >= bias + T_MAX ? T_MAX : k - bias;
}
static char digit(uint32_t d) {
    return (char)(d < 26 ? 'a' + d : '0' + d - 26);
}

/* false: longer than a label may be. At most 63 code points, so nothing overflows. */
static bool to_ascii(gvm_label *l) {
    uint32_t len = 0, basic = 0, n = N_FIRST, delta = 0, bias = BIAS;
    memcpy(l->ascii, "xn--", 4);
    len = 4;
    for (uint32_t i = 0; i < l->count; i++)
        if (l->code_points[i] < 0x80 && len < GVM_LABEL_MOST)
            l->ascii[len++] = (char)l->code_points[i], basic++;
    uint32_t done = basic;
    if (basic > 0) {
        if (len == GVM_LABEL_MOST) return false;
        l->ascii[len++] = '-';
    }
    while (done < l->count) {
        uint32_t next = UINT32_MAX;
        for (uint32_t i = 0; i < l->count; i++)
            if (l->code_points[i] >= n && l->code_points[i] < next) next = l->code_points[i];
        delta += (next - n) * (done + 1);
        n = next;
        for (uint32_t i = 0; i < l->count; i++) {
            if (l->code_points[i] < n) delta++;
            if (l->code_points[i] != n) continue;
            uint32_t q = delta;
            for (uint32_t k = PUNY_BASE;; k += PUNY_BASE) {
                uint32_t t = threshold(k, bias);
                if (len == GVM_LABEL_MOST) return false;
                if (q < t) break;
                l->ascii[len++] = digit(t + (q - t) % (PUNY_BASE - t));
                q = (q - t) / (PUNY_BASE - t);
            }
            l->ascii[len++] = digit(q);
            bias = adapt(delta, done + 1, done == basic);
            delta = 0;
            done++;
        }
        delta++;
        n++;
    }
    l->ascii_len = len;
    return true;
}

/* Decodes what follows "xn--"; false where it is no such thing. */
static bool from_ascii(uint32_t *out, uint32_t *count, gvm_bytes text) {
    uint32_t n = N_FIRST, i = 0, bias = BIAS, points = 0;
    size_t at = 0;
    for (size_t k = text.len; k-- > 0;) {
        if (text.ptr[k] != '-') continue;
        for (; at < k; at++) out[points++] = text.ptr[at];
        at = k + 1;
        break;
    }
    while (at < text.len) {
        uint64_t sum = i, weight = 1;
        for (uint32_t k = PUNY_BASE;; k += PUNY_BASE) {
            if (at == text.len) return false;
            uint8_t ch = text.ptr[at++];
            uint32_t d = PUNY_BASE;
            if (ch >= 'a' && ch <= 'z') d = ch - (uint32_t)'a';
            if (ch >= '0' && ch <= '9') d = ch - (uint32_t)'0' + 26;
            uint32_t t = threshold(k, bias);
            if (d >= PUNY_BASE) return false;
            sum += d * weight;
            if (sum > UINT32_MAX) return false;
            if (d < t) break;
            weight *= PUNY_BASE - t;
            if (weight > UINT32_MAX) return false;
        }
        if (points == GVM_LABEL_MOST) return false;
        bias = adapt((uint32_t)sum - i, points + 1, i == 0);
        sum += (uint64_t)n * (points + 1);
        n = (uint32_t)(sum / (points + 1));
        i = (uint32_t)(sum % (points + 1));
        if (sum / (points + 1) > 0x10ffff) return false;
        memmove(out + i + 1, out + i, (points - i) * sizeof *out);
        out[i++] = n;
        points++;
    }
    *count = points;
    return true;
}

/* ---- rules */

/* RFC 5893, section 2. */
static bool bidi_good(const gvm_label *l, const name_range *const *rows) {
    bool numbers[2] = {false, false};
    uint8_t first = rows[0]->bidi, last = NSM;
    bool right = first == R || first == AL;
    if (!right && first != L) return false;
    for (uint32_t i = 0; i < l->count; i++) {
        uint8_t b = rows[i]->bidi;
        bool neutral = b == EN || b == ES || b == CS || b == ET || b == ON || b == BN || b == NSM;
        if (!(neutral || (right ? b == R || b == AL || b == AN : b == L))) return false;
        if (b == EN || b == AN) numbers[b == AN] = true;
        if (b != NSM) last = b;
    }
    if (right)
        return !(numbers[0] && numbers[1]) && (last == R || last == AL || last == EN || last == AN);
    return last == L || last == EN;
}

/* RFC 5892, appendix A: the characters of its kind that the tables allow. */
static bool context_good(const gvm_label *l, const name_range *const *rows) {
    bool arabic = false, extended = false, dot = false, cjk = false;
    for (uint32_t i = 0; i < l->count; i++) {
        uint32_t c = l->code_points[i];
        if ((c == 0x5f3 || c == 0x5f4) && (i == 0 || rows[i - 1]->script != SCRIPT_HEBREW))
            return false;
        arabic |= c >= 0x660 && c <= 0x669;
        extended |= c >= 0x6f0 && c <= 0x6f9;
        dot |= c == MIDDLE_DOT;
        cjk |= c != MIDDLE_DOT && rows[i]->script == SCRIPT_CJK;
    }
    return !(arabic && extended) && (!dot || cjk);
}

static name_set meet(name_set a, name_set b) {
    for (unsigned i = 0; i < NAME_WORDS; i++) a.w[i] &= b.w[i];
    return a;
}
static bool none(name_set a) {
    return (a.w[0] | a.w[1] | a.w[2]) == 0;
}

/* ENSIP-15, "Validate", of a label of text alone. */
static gvm_label_fault groups_fault(const gvm_label *l, const name_range *const *rows) {
    name_set all = {{~0ull, ~0ull, ~0ull}}, doubles = all, shared = all;
    bool like = false, unique = false;
    for (uint32_t i = 0; i < l->count; i++) {
        all = meet(all, name_sets[rows[i]->groups]);
        if (rows[i]->doubles == NAME_UNIQUE) {
            unique = true;
        } else if (rows[i]->doubles == NAME_SHARED) {
            shared = meet(shared, name_sets[rows[i]->groups]);
        } else {
            doubles = meet(doubles, name_sets[rows[i]->doubles]);
            like = true;
        }
    }
    if (none(all)) return GVM_LABEL_MIXED;
    /* the first group decides whether marks are counted */
    unsigned word = all.w[0] != 0 ? 0 : all.w[1] != 0 ? 1 : 2;
    if ((all.w[word] & -all.w[word] & name_counted.w[word]) != 0) {
        uint32_t parts[4 * GVM_LABEL_MOST], run = 0;
        uint32_t n = decompose(parts, l->code_points, l->count);
        for (uint32_t i = 1; i < n; i++) {
            const name_range *r = range_of(parts[i]);
            run = r != NULL && r->nonspacing ? run + 1 : 0;
            if (run > MARKS_MOST) return GVM_LABEL_MARKS;
            for (uint32_t k = 1; k < run; k++)
                if (parts[i - k] == parts[i]) return GVM_LABEL_MARKS;
        }
    }
    if (like && !unique && !none(meet(doubles, shared))) return GVM_LABEL_CONFUSABLE;
    return GVM_LABEL_OK;
}

static gvm_label_fault hyphen_fault(const gvm_label *l) {
    const uint32_t *c = l->code_points;
    if (c[0] == '-' || c[l->count - 1] == '-') return GVM_LABEL_HYPHEN_ENDS;
    return l->count >= 4 && c[2] == '-' && c[3] == '-' ? GVM_LABEL_HYPHEN_34 : GVM_LABEL_OK;
}

static gvm_label_fault unicode_fault(gvm_label *l) {
    const name_range *rows[GVM_LABEL_MOST];
    for (uint32_t i = 0; i < l->count; i++) {
        rows[i] = range_of(l->code_points[i]);
        if (rows[i] == NULL)
            return mapped(l->code_points[i]) != NULL ? GVM_LABEL_CAPITAL : GVM_LABEL_CHARACTER;
        l->right_to_left |= rows[i]->bidi == R || rows[i]->bidi == AL || rows[i]->bidi == AN;
    }
    gvm_label_fault fault = hyphen_fault(l);
    if (fault != GVM_LABEL_OK) return fault;
    if (rows[0]->mark) return GVM_LABEL_MARK_FIRST;
    uint32_t composed[4 * GVM_LABEL_MOST];
    uint32_t n = recompose(composed, decompose(composed, l->code_points, l->count));
    if (n != l->count || memcmp(composed, l->code_points, n * sizeof *composed) != 0)
        return GVM_LABEL_COMPOSED;
    for (uint32_t i = 0; i < l->count; i++)
        if (l->code_points[i] == MIDDLE_DOT &&
            (i == 0 || i + 1 == l->count || l->code_points[i - 1] == MIDDLE_DOT))
            return GVM_LABEL_DOT_PLACE;
    if ((fault = groups_fault(l, rows)) != GVM_LABEL_OK) return fault;
    if (!context_good(l, rows)) return GVM_LABEL_CONTEXT;
    if (l->right_to_left && !bidi_good(l, rows)) return GVM_LABEL_BIDI;
    return to_ascii(l) ? GVM_LABEL_OK : GVM_LABEL_LONG;
}

gvm_label_fault gvm_label_check(gvm_label *out, gvm_bytes label) {
    out->count = out->ascii_len = 0;
    out->right_to_left = false;
    if (label.len == 0) return GVM_LABEL_EMPTY;
    const uint8_t *p = label.ptr, *end = p + label.len;
    uint32_t seen = 0;
    while (p < end) {
        if (out->count == GVM_LABEL_MOST) return GVM_LABEL_LONG;
        uint32_t c = take_utf8(&p, end);
        if (c == UINT32_MAX) return GVM_LABEL_UTF8;
        out->code_points[out->count++] = c;
        seen |= c;
    }
    if (seen >= 0x80) return unicode_fault(out);
    for (uint32_t i = 0; i < out->count; i++) {
        uint32_t c = out->code_points[i];
        if (c >= 'A' && c <= 'Z') return GVM_LABEL_CAPITAL;
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'))
            return GVM_LABEL_CHARACTER;
        out->ascii[i] = (char)c;
    }
    out->ascii_len = out->count;
    return hyphen_fault(out);
}

/* ---- whole names */

/* Takes the first label off *rest; false: there is none left. */
static bool next_label(gvm_bytes *label, gvm_bytes *rest, bool *more) {
    if (!*more) return false;
    const uint8_t *dot = rest->len == 0 ? NULL : memchr(rest->ptr, '.', rest->len);
    size_t len = dot == NULL ? rest->len : (size_t)(dot - rest->ptr);
    *label = gvm_bytes_make(rest->ptr, len);
    *more = dot != NULL;
    if (dot != NULL) *rest = gvm_bytes_make(dot + 1, rest->len - len - 1);
    return true;
}

gvm_label_fault gvm_name_check(uint32_t *at, gvm_bytes name) {
    uint32_t unused, octets = 0;
    gvm_label l;
    bool right = false;
    if (at == NULL) at = &unused;
    for (int pass = 0; pass < 2; pass++) {
        gvm_bytes rest = name, label;
        bool more = true;
        for (*at = 0; next_label(&label, &rest, &more); ++*at) {
            gvm_label_fault fault = gvm_label_check(&l, label);
            if (fault != GVM_LABEL_OK) return fault;
            if (pass == 0) {
                right |= l.right_to_left;
                octets += l.ascii_len + 1;
                if (octets - 1 > GVM_NAME_MOST) return GVM_LABEL_NAME_LONG;
                continue;
            }
            const name_range *rows[GVM_LABEL_MOST];
            for (uint32_t i = 0; i < l.count; i++) rows[i] = range_of(l.code_points[i]);
            if (!bidi_good(&l, rows)) return GVM_LABEL_BIDI;
        }
        if (!right) break;
    }
    return GVM_LABEL_OK;
}

gvm_status gvm_name_normalise(gvm_buf *out, gvm_bytes name) {
    uint32_t in[INPUT_MOST], parts[4 * GVM_LABEL_MOST];
    if (name.len > INPUT_MOST) return GVM_ERR_LIMIT;
    gvm_bytes rest = name, label;
    bool more = true, first = true;
    while (next_label(&label, &rest, &more)) {
        uint32_t count = 0;
        if (!first) gvm_buf_put(out, '.');
        first = false;
        const uint8_t *p = label.ptr, *end = label.len > 0 ? p + label.len : p;
        while (p < end) {
            uint32_t c = take_utf8(&p, end);
            if (c == UINT32_MAX) return GVM_ERR_SYNTAX;
            const name_sequence *m = mapped(c);
            for (uint32_t k = 0; m != NULL && k < m->len && count < INPUT_MOST; k++)
                in[count++] = name_pool[m->at + k];
            if (m == NULL && count < INPUT_MOST) in[count++] = c;
        }
        uint32_t *c = in;
        if (count <= GVM_LABEL_MOST) { /* longer ones cannot be registered, in any form */
            count = recompose(parts, decompose(parts, in, count));
            c = parts;
        }
        for (uint32_t i = 0; i < count; i++) put_utf8(out, c[i]);
    }
    return gvm_buf_status(out);
}

gvm_status gvm_name_to_ascii(gvm_buf *out, gvm_bytes name) {
    gvm_bytes rest = name, label;
    bool more = true, first = true;
    gvm_label l;
    while (next_label(&label, &rest, &more)) {
        if (gvm_label_check(&l, label) != GVM_LABEL_OK) return GVM_ERR_ARGUMENT;
        if (!first) gvm_buf_put(out, '.');
        first = false;
        gvm_buf_append(out, l.ascii, l.ascii_len);
    }
    return gvm_buf_status(out);
}

static bool unicode_label(gvm_buf *out, gvm_bytes label) {
    uint32_t points[GVM_LABEL_MOST], count;
    gvm_label l;
    if (label.len < 5 || label.len > GVM_LABEL_MOST || memcmp(label.ptr, "xn--", 4) != 0)
        return false;
    if (!from_ascii(points, &count, gvm_bytes_make(label.ptr + 4, label.len - 4))) return false;
    size_t start = out->len;
    for (uint32_t i = 0; i < count; i++) put_utf8(out, points[i]);
    if (out->failed) return true;
    if (gvm_label_check(&l, gvm_bytes_from(gvm_buf_bytes(out), start)) == GVM_LABEL_OK &&
        gvm_bytes_equal(gvm_bytes_make(l.ascii, l.ascii_len), label))
        return true;
    out->len = start;
    return false;
}

gvm_status gvm_name_from_ascii(gvm_buf *out, gvm_bytes name) {
    gvm_bytes rest = name, label;
    bool more = true, first = true;
    while (next_label(&label, &rest, &more)) {
        if (!first) gvm_buf_put(out, '.');
        first = false;
        if (!unicode_label(out, label)) gvm_buf_append(out, label.ptr, label.len);
    }
    return gvm_buf_status(out);
}

void gvm_namehash_below(gvm_hash *out, const gvm_hash *node, gvm_bytes label) {
    gvm_hash pair[2] = {*node};
    gvm_keccak256(&pair[1], label);
    gvm_keccak256(out, gvm_bytes_make(pair, sizeof pair));
}

void gvm_namehash(gvm_hash *out, gvm_bytes name) {
    gvm_hash node = {{0}};
    size_t end = name.len;
    while (end > 0) {
        size_t start = end;
        while (start > 0 && name.ptr[start - 1] != '.') start--;
        gvm_namehash_below(&node, &node, gvm_bytes_make(name.ptr + start, end - start));
        end = start == 0 ? 0 : start - 1;
    }
    *out = node;
}
