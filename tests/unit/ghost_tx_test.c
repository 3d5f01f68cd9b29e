/* Type 0x47. Authority: the vectors of sdk/js (tests/support/ghost_tx_vectors.json), another
 * implementation, over noble's curves and hashes and viem's EIP-712. What must be refused is made
 * from them. */
#include "crypto/ed25519.h"
#include "crypto/p256.h"
#include "crypto/sha256.h"
#include "exec/ghost_tx.h"
#include "exec/intrinsic.h"
#include "exec/receipt.h"
#include "exec/validity.h"
#include "support/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <yyjson.h>

#include <cmocka.h>

static yyjson_doc *vectors;
static gvm_rules ghost_rules;

static int set_up(void **state) {
    (void)state;
    vectors = yyjson_read_file("tests/support/ghost_tx_vectors.json", 0, NULL, NULL);
    ghost_rules = *gvm_rules_get(GVM_FORK_OSAKA);
    ghost_rules.ghost = true;
    return vectors == NULL ? -1 : 0;
}
static int tear_down(void **state) {
    (void)state;
    yyjson_doc_free(vectors);
    return 0;
}

static const char *text(yyjson_val *object, const char *key) {
    const char *s = yyjson_get_str(yyjson_obj_get(object, key));
    GVM_ASSERT(s != NULL);
    return s;
}

static gvm_buf bytes_of(const char *hex) {
    gvm_buf b = {0};
    size_t len = strlen(hex + 2) / 2;
    uint8_t *p = gvm_buf_extend(&b, len + 1);
    GVM_ASSERT(p != NULL);
    b.len = hex_bytes(p, len, hex + 2);
    return b;
}

static bool is(const void *got, size_t len, yyjson_val *object, const char *key) {
    return hex_equal(got, len, text(object, key) + 2);
}

/* Numbers are JSON's, or decimal text where they may be large; what is not there is zero. */
static gvm_u256 number(yyjson_val *object, const char *key) {
    yyjson_val *v = yyjson_obj_get(object, key);
    gvm_u256 n = gvm_u256_zero();
    if (v == NULL || yyjson_is_null(v)) return n;
    if (yyjson_is_int(v)) return gvm_u256_from_u64(yyjson_get_uint(v));
    for (const char *s = yyjson_get_str(v); *s != '\0'; s++)
        n = gvm_u256_add(gvm_u256_mul(n, gvm_u256_from_u64(10)),
                         gvm_u256_from_u64((uint64_t)(*s - '0')));
    return n;
}

static yyjson_val *vector(const char *name) {
    size_t i, n;
    yyjson_val *v;
    yyjson_arr_foreach(yyjson_doc_get_root(vectors), i, n,
                       v) if (strcmp(text(v, "name"), name) == 0) return v;
    fail_msg("no vector %s", name);
    return NULL;
}

/* ---- bytes to fields and back */

static void check_fields(const gvm_tx *tx, yyjson_val *f) {
    const gvm_ghost *g = tx->ghost;
    gvm_u256 zero = gvm_u256_zero(), token = number(f, "feeToken");
    assert_true(gvm_u256_eq(gvm_u256_from_u64(tx->chain_id), number(f, "chainId")));
    assert_true(gvm_u256_eq(gvm_u256_from_u64(tx->nonce), number(f, "nonce")));
    assert_true(gvm_u256_eq(gvm_u256_from_u64(tx->gas_limit), number(f, "gas")));
    assert_true(gvm_u256_eq(tx->max_priority_fee, number(f, "maxPriorityFeePerGas")));
    assert_true(gvm_u256_eq(tx->max_fee, number(f, "maxFeePerGas")));
    assert_true(gvm_u256_eq(tx->value, number(f, "value")));
    assert_true(gvm_u256_eq(gvm_u256_from_u64(g->not_before), number(f, "notBefore")));
    assert_true(gvm_u256_eq(gvm_u256_from_u64(g->not_after), number(f, "notAfter")));
    assert_int_equal(g->fee_token, gvm_u256_eq(token, zero) ? 1 : token.w[0]);
    assert_true(is(tx->data.ptr, tx->data.len, f, "data"));
    assert_true(is(tx->sender.b, 20, f, "sender"));
    yyjson_val *to = yyjson_obj_get(f, "to"), *sponsor = yyjson_obj_get(f, "sponsor");
    assert_int_equal(tx->create, yyjson_is_null(to));
    if (yyjson_is_obj(to)) {
        assert_int_equal(g->name.len, strlen(text(to, "name")));
        assert_memory_equal(g->name.ptr, text(to, "name"), g->name.len);
    } else {
        assert_int_equal(g->name.len, 0);
        if (yyjson_is_str(to)) assert_true(is(tx->to.b, 20, f, "to"));
    }
    assert_int_equal(g->sponsored, yyjson_is_str(sponsor));
    if (g->sponsored) assert_true(is(g->sponsor.b, 20, f, "sponsor"));
    assert_int_equal(tx->access_count, yyjson_arr_size(yyjson_obj_get(f, "accessList")));
}

static void check_digests(const gvm_tx *tx, yyjson_val *v) {
    gvm_auth_digest d;
    gvm_hash h;
    assert_int_equal(gvm_ghost_digest(&d, tx), GVM_OK);
    assert_true(is(d.hash.b, 32, v, "signingHash"));
    assert_true(is(d.typed_data.b, 32, v, "typedData"));
    assert_int_equal(gvm_tx_signing_hash(&h, tx), GVM_OK);
    assert_true(gvm_hash_equal(&h, &d.hash));
    assert_int_equal(gvm_ghost_sponsor_digest(&d, tx), GVM_OK);
    assert_true(is(d.hash.b, 32, v, "sponsorHash"));
    assert_true(is(d.typed_data.b, 32, v, "sponsorTypedData"));
}

static void check_keys(const gvm_tx *tx, yyjson_val *v) {
    const gvm_ghost *g = tx->ghost;
    yyjson_val *keys = yyjson_obj_get(v, "keys");
    assert_int_equal(yyjson_arr_size(keys), g->auth_count + g->sponsor_auth_count);
    for (size_t i = 0; i < yyjson_arr_size(keys); i++) {
        yyjson_val *k = yyjson_arr_get(keys, i);
        gvm_key key = i == 0 ? g->auths[0].key : g->sponsor_auths[0].key;
        const gvm_address *account = i == 0 ? &tx->sender : &g->sponsor;
        gvm_address address;
        gvm_hash commitment;
        assert_int_equal(key.scheme, yyjson_get_uint(yyjson_obj_get(k, "scheme")));
        assert_int_equal(gvm_key_check(key, NULL), GVM_OK);
        assert_int_equal(gvm_key_address(&address, key), GVM_OK);
        assert_true(is(address.b, 20, k, "address"));
        gvm_key_commitment(&commitment, key);
        assert_true(is(commitment.b, 32, k, "commitment"));
        assert_int_equal(gvm_auth_check_policy(key, account, NULL, NULL), GVM_OK);
        assert_int_equal(gvm_auth_check_policy(key, account, &commitment, NULL), GVM_OK);
        commitment.b[31] ^= 1;
        assert_int_equal(gvm_auth_check_policy(key, account, &commitment, NULL),
                         GVM_ERR_AUTH_POLICY);
    }
}

static void check_encoding(const gvm_tx *tx, gvm_bytes raw) {
    gvm_buf again = {0};
    gvm_tx_encode(&again, tx);
    assert_int_equal(again.len, raw.len);
    assert_memory_equal(again.ptr, raw.ptr, raw.len);
    gvm_buf_clear(&again);
    gvm_tx_encode_item(&again, tx);
    gvm_rlp_reader r = gvm_rlp_reader_make(gvm_buf_bytes(&again));
    gvm_tx other;
    assert_int_equal(gvm_tx_decode_item(&other, &r, NULL), GVM_OK);
    assert_true(gvm_hash_equal(&other.hash, &tx->hash));
    gvm_tx_free(&other);
    gvm_buf_free(&again);
}

static void test_vectors(void **state) {
    (void)state;
    size_t i, n;
    yyjson_val *v;
    yyjson_arr_foreach(yyjson_doc_get_root(vectors), i, n, v) {
        gvm_buf raw = bytes_of(text(v, "raw"));
        gvm_tx tx;
        gvm_error err = {0};
        if (gvm_tx_decode(&tx, gvm_buf_bytes(&raw), &err) != GVM_OK)
            fail_msg("%s: %s", text(v, "name"), gvm_error_text(&err));
        assert_int_equal(tx.type, GVM_TX_GHOST);
        assert_true(is(tx.hash.b, 32, v, "hash"));
        check_fields(&tx, yyjson_obj_get(v, "fields"));
        check_digests(&tx, v);
        check_keys(&tx, v);
        check_encoding(&tx, gvm_buf_bytes(&raw));
        if (gvm_ghost_verify(&tx, &err) != GVM_OK)
            fail_msg("%s: %s", text(v, "name"), gvm_error_text(&err));
        assert_int_equal(gvm_tx_recover(&tx, &ghost_rules), GVM_OK);
        assert_int_equal(gvm_tx_recover(&tx, gvm_rules_get(GVM_FORK_OSAKA)), GVM_ERR_TX_TYPE);
        gvm_tx_free(&tx);
        gvm_buf_free(&raw);
    }
    (void)printf("vectors: %zu transactions\n", n);
    assert_true(n > 30);
}

/* ---- what must be refused. A transaction is taken apart into its 16 items; one is replaced, and
 * the whole written again. */

enum {
    CHAIN_ID,
    TO = 5,
    FEE_TOKEN = 9,
    SPONSOR,
    NOT_BEFORE,
    NOT_AFTER,
    SENDER,
    AUTHS,
    SPONSOR_AUTHS
};

typedef struct parts {
    gvm_buf raw;
    gvm_bytes items[17];
    size_t count;
} parts;

static parts take_apart(const char *name) {
    parts p = {.raw = bytes_of(text(vector(name), "raw")), .count = 16};
    gvm_rlp_reader r = gvm_rlp_reader_make(gvm_bytes_make(p.raw.ptr + 1, p.raw.len - 1)), list;
    assert_int_equal(gvm_rlp_read_list(&r, &list), GVM_OK);
    for (size_t i = 0; i < 16; i++) assert_int_equal(gvm_rlp_read_raw(&list, &p.items[i]), GVM_OK);
    return p;
}

static gvm_buf put_together(const parts *p) {
    gvm_buf out = {0};
    gvm_buf_put(&out, GVM_TX_GHOST);
    size_t list = gvm_rlp_list_begin(&out);
    for (size_t i = 0; i < p->count; i++) gvm_rlp_put_raw(&out, p->items[i]);
    gvm_rlp_list_end(&out, list);
    return out;
}

/* What becomes of it: decoding's answer, or that of its signatures. */
static gvm_status judge(gvm_bytes raw) {
    gvm_tx tx;
    gvm_error err = {0};
    gvm_status status = gvm_tx_decode(&tx, raw, &err);
    if (status != GVM_OK) {
        assert_int_equal(err.code, status);
        return status;
    }
    status = gvm_ghost_verify(&tx, &err);
    if (status != GVM_OK) assert_int_equal(err.code, status);
    gvm_tx_free(&tx);
    return status;
}

static gvm_status judge_parts(const parts *p) {
    gvm_buf raw = put_together(p);
    gvm_status status = judge(gvm_buf_bytes(&raw));
    gvm_buf_free(&raw);
    return status;
}

static gvm_status with_item(const char *name, size_t at, const char *hex) {
    parts p = take_apart(name);
    uint8_t item[128];
    p.items[at] = gvm_bytes_make(item, hex_bytes(item, sizeof item, hex));
    gvm_status status = judge_parts(&p);
    gvm_buf_free(&p.raw);
    return status;
}

static void test_shape(void **state) {
    (void)state;
    const char *v = "plain by ed25519";
    parts p = take_apart(v);
    assert_int_equal(judge_parts(&p), GVM_OK);
    p.count = 15;
    assert_int_equal(judge_parts(&p), GVM_ERR_TX_TOO_FEW_FIELDS);
    p.count = 17;
    p.items[16] = p.items[0];
    assert_int_equal(judge_parts(&p), GVM_ERR_TX_TOO_MANY_FIELDS);
    for (size_t len = 0; len < p.raw.len; len++)
        assert_int_not_equal(judge(gvm_bytes_make(p.raw.ptr, len)), GVM_OK);
    gvm_buf_put(&p.raw, 0);
    assert_int_equal(judge(gvm_buf_bytes(&p.raw)), GVM_ERR_TRAILING);
    gvm_buf_free(&p.raw);
    assert_int_equal(with_item(v, CHAIN_ID, "820539"), GVM_OK);
    assert_int_equal(with_item(v, CHAIN_ID, "83000539"), GVM_ERR_NON_CANONICAL);
    assert_int_equal(with_item(v, CHAIN_ID, "89010000000000000539"), GVM_ERR_TX_CHAIN_ID);
    assert_int_equal(with_item(v, TO,
                               "93"
                               "000000000000000000000000000000000000ff"),
                     GVM_ERR_SYNTAX);
    assert_int_equal(with_item(v, TO, "c0"), GVM_ERR_TX_NAME);
    assert_int_equal(with_item(v, TO, "c180"), GVM_ERR_TX_NAME);
    assert_int_equal(with_item(v, TO, "c26161"), GVM_ERR_TX_NAME);
    assert_int_equal(with_item(v, TO, "c28161"), GVM_ERR_TX_NAME);
    assert_int_equal(with_item(v, TO, "c382ff2e"), GVM_ERR_TX_NAME); /* not UTF-8 */
    assert_int_equal(with_item(v, TO,
                               "c482"
                               "4161"
                               "80"),
                     GVM_ERR_TX_NAME); /* two of them */
    assert_int_equal(with_item(v, TO,
                               "c4"
                               "83"
                               "416161"),
                     GVM_ERR_TX_NAME);                             /* a capital */
    assert_int_equal(with_item(v, TO, "c2c161"), GVM_ERR_TX_NAME); /* a list */
    assert_int_equal(with_item(v, FEE_TOKEN, "80"), GVM_ERR_TX_FEE_TOKEN);
    assert_int_equal(with_item(v, FEE_TOKEN, "05"), GVM_ERR_TX_FEE_TOKEN);
    assert_int_equal(with_item(v, FEE_TOKEN, "00"), GVM_ERR_NON_CANONICAL);
    assert_int_equal(with_item(v, SPONSOR,
                               "94"
                               "0000000000000000000000000000000000000000"),
                     GVM_ERR_TX_SPONSOR);
    assert_int_equal(with_item(v, SPONSOR, "c0"), GVM_ERR_SYNTAX);
    assert_int_equal(with_item(v, NOT_AFTER, "89010000000000000000"), GVM_ERR_RANGE);
    assert_int_equal(with_item(v, SENDER, "80"), GVM_ERR_SYNTAX);
    assert_int_equal(with_item(v, AUTHS, "80"), GVM_ERR_SYNTAX);
    assert_int_equal(with_item(v, SPONSOR_AUTHS, "80"), GVM_ERR_SYNTAX);
}

static gvm_status with_auths(const char *name, size_t at, const gvm_auth *auths, size_t count) {
    parts p = take_apart(name);
    gvm_buf list = {0};
    gvm_ghost_put_auths(&list, auths, count);
    p.items[at] = gvm_buf_bytes(&list);
    gvm_status status = judge_parts(&p);
    gvm_buf_free(&list);
    gvm_buf_free(&p.raw);
    return status;
}

typedef struct decoded {
    gvm_buf raw;
    gvm_tx tx;
    gvm_auth auth;
} decoded;

static decoded decode(const char *name) {
    decoded d = {.raw = bytes_of(text(vector(name), "raw"))};
    assert_int_equal(gvm_tx_decode(&d.tx, gvm_buf_bytes(&d.raw), NULL), GVM_OK);
    d.auth = d.tx.ghost->auths[0];
    return d;
}
static void release(decoded *d) {
    gvm_tx_free(&d->tx);
    gvm_buf_free(&d->raw);
}

static void test_lists(void **state) {
    (void)state;
    const char *v = "plain by ed25519";
    decoded mine = decode(v), bip = decode("plain by bip-340"),
            other = decode("all zero by ed25519");
    gvm_auth list[18];
    uint8_t key[32];
    assert_int_equal(with_auths(v, AUTHS, NULL, 0), GVM_ERR_AUTH_MISSING);
    assert_int_equal(with_auths(v, AUTHS, (gvm_auth[]){mine.auth, bip.auth}, 2),
                     GVM_ERR_AUTH_MIXED);
    assert_int_equal(with_auths(v, AUTHS, (gvm_auth[]){mine.auth, mine.auth}, 2),
                     GVM_ERR_AUTH_ORDER);
    memcpy(key, mine.auth.key.bytes.ptr, 32);
    key[0] ^= 0x80;
    list[0] = list[1] = mine.auth;
    list[key[0] & 0x80 ? 1 : 0].key.bytes = gvm_bytes_make(key, 32);
    assert_int_equal(with_auths(v, AUTHS, list, 2), GVM_ERR_AUTH_SPARE);
    gvm_auth swap[2] = {list[1], list[0]};
    assert_int_equal(with_auths(v, AUTHS, swap, 2), GVM_ERR_AUTH_ORDER);
    for (size_t i = 0; i < 17; i++) list[i] = mine.auth;
    assert_int_equal(with_auths(v, AUTHS, list, 17), GVM_ERR_AUTH_COUNT);
    /* somebody else's signature, another key's, one over other fields */
    gvm_auth a = mine.auth;
    a.signature = other.auth.signature;
    assert_int_equal(with_auths(v, AUTHS, &a, 1), GVM_ERR_AUTH_SIGNATURE);
    assert_int_equal(with_auths(v, AUTHS, &bip.auth, 1), GVM_ERR_AUTH_SIGNATURE);
    /* a sponsor's signatures where there is no sponsor; the sender's as the sponsor's */
    assert_int_equal(with_auths(v, SPONSOR_AUTHS, &mine.auth, 1), GVM_ERR_TX_SPONSOR_AUTHS);
    assert_int_equal(with_auths("by grant by ed25519", SPONSOR_AUTHS, &mine.auth, 1),
                     GVM_ERR_AUTH_SIGNATURE);
    decoded grant = decode("by grant by ed25519");
    assert_int_equal(with_auths("by grant by ed25519", SPONSOR_AUTHS, &grant.auth, 1),
                     GVM_ERR_AUTH_SIGNATURE);
    /* a scheme that is none; too short, too long, empty */
    uint8_t raw[] = {0xc4, 0xc3, 0x08, 0x80, 0x80};
    parts p = take_apart(v);
    p.items[AUTHS] = gvm_bytes_make(raw, sizeof raw);
    assert_int_equal(judge_parts(&p), GVM_ERR_AUTH_SCHEME);
    raw[2] = 0x80;
    assert_int_equal(judge_parts(&p), GVM_ERR_AUTH_SCHEME);
    gvm_buf_free(&p.raw);
    a = mine.auth;
    a.signature.len = 63;
    assert_int_equal(with_auths(v, AUTHS, &a, 1), GVM_ERR_AUTH_SIGNATURE_SIZE);
    a.signature.len = 0;
    assert_int_equal(with_auths(v, AUTHS, &a, 1), GVM_ERR_AUTH_SIGNATURE_SIZE);
    a = mine.auth;
    a.key.bytes.len = 31;
    assert_int_equal(with_auths(v, AUTHS, &a, 1), GVM_ERR_AUTH_KEY);
    release(&mine), release(&bip), release(&other), release(&grant);
}

/* Every byte of an authorisation changed in one bit: refused, whatever the scheme. */
static void test_every_byte(void **state) {
    (void)state;
    static const char *names[] = {"plain by secp256k1",     "plain by secp256k1, EIP-712",
                                  "plain by ed25519",       "plain by p256",
                                  "plain by p256, passkey", "plain by bip-340",
                                  "plain by 2 of 3",        "plain by 1 of 2, passkey",
                                  "plain by ml-dsa-65",     "plain by hybrid"};
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        decoded d = decode(names[n]);
        uint8_t *at = (uint8_t *)(uintptr_t)d.auth.signature.ptr;
        size_t step = d.auth.signature.len > 1000 ? 61 : 1;
        for (size_t i = 0; i < d.auth.signature.len; i += step) {
            at[i] ^= 1;
            assert_int_not_equal(judge(gvm_buf_bytes(&d.raw)), GVM_OK);
            at[i] ^= 1;
        }
        assert_int_equal(judge(gvm_buf_bytes(&d.raw)), GVM_OK);
        release(&d);
    }
}

/* s -> n - s, the other half */
static void turn_s(uint8_t s[32], const char *order_hex) {
    uint8_t order[32];
    hex_bytes(order, 32, order_hex);
    int borrow = 0;
    for (int i = 31; i >= 0; i--) {
        int d = order[i] - s[i] - borrow;
        borrow = d < 0;
        s[i] = (uint8_t)d;
    }
}

static void test_malleable(void **state) {
    (void)state;
    decoded d = decode("plain by secp256k1");
    uint8_t *s = (uint8_t *)(uintptr_t)d.auth.signature.ptr;
    turn_s(s + 33, "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
    s[65] ^= 1;
    assert_int_equal(judge(gvm_buf_bytes(&d.raw)), GVM_ERR_AUTH_HIGH_S);
    turn_s(s + 33, "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
    assert_int_equal(judge(gvm_buf_bytes(&d.raw)), GVM_ERR_AUTH_SIGNATURE); /* the parity alone */
    s[65] ^= 1;
    s[65] |= 2;
    assert_int_equal(judge(gvm_buf_bytes(&d.raw)), GVM_ERR_AUTH_SIGNATURE);
    s[65] &= 1;
    s[0] = GVM_FORM_TYPED_DATA;
    assert_int_equal(judge(gvm_buf_bytes(&d.raw)), GVM_ERR_AUTH_SIGNATURE);
    s[0] = GVM_FORM_WEBAUTHN;
    assert_int_equal(judge(gvm_buf_bytes(&d.raw)), GVM_ERR_AUTH_FORM);
    release(&d);
    d = decode("plain by p256");
    s = (uint8_t *)(uintptr_t)d.auth.signature.ptr;
    turn_s(s + 33, "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    assert_int_equal(judge(gvm_buf_bytes(&d.raw)), GVM_ERR_AUTH_HIGH_S);
    s[0] = GVM_FORM_TYPED_DATA;
    assert_int_equal(judge(gvm_buf_bytes(&d.raw)), GVM_ERR_AUTH_FORM);
    s[0] = GVM_FORM_WEBAUTHN;
    assert_int_equal(judge(gvm_buf_bytes(&d.raw)), GVM_ERR_AUTH_ENCODING);
    release(&d);
    /* Ed25519: S + L is refused by the strict verification */
    d = decode("plain by ed25519");
    s = (uint8_t *)(uintptr_t)d.auth.signature.ptr + 32;
    uint8_t order[32];
    hex_bytes(order, 32, "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    unsigned carry = 0;
    for (int i = 0; i < 32; i++) {
        carry += (unsigned)s[i] + order[i];
        s[i] = (uint8_t)carry;
        carry >>= 8;
    }
    assert_int_equal(judge(gvm_buf_bytes(&d.raw)), GVM_ERR_AUTH_SIGNATURE);
    release(&d);
}

/* ---- sets of keys */

static void test_sets(void **state) {
    (void)state;
    decoded d = decode("plain by 2 of 3");
    gvm_keyset set, good;
    gvm_buf key = {0};
    assert_int_equal(gvm_keyset_decode(&good, d.auth.key.bytes, NULL), GVM_OK);
    assert_int_equal(good.threshold, 2);
    assert_int_equal(good.count, 3);
    gvm_keyset_encode(&key, &good);
    assert_true(gvm_bytes_equal(gvm_buf_bytes(&key), d.auth.key.bytes));
#define REFUSED(change)                                                                      \
    do {                                                                                     \
        gvm_error why = {0};                                                                 \
        set = good;                                                                          \
        change;                                                                              \
        gvm_buf_clear(&key);                                                                 \
        gvm_keyset_encode(&key, &set);                                                       \
        assert_int_equal(gvm_keyset_decode(&set, gvm_buf_bytes(&key), &why),                 \
                         GVM_ERR_AUTH_KEY_SET);                                              \
        assert_int_equal(why.code, GVM_ERR_AUTH_KEY_SET);                                    \
        gvm_auth a = {{GVM_SCHEME_MULTI, gvm_buf_bytes(&key)}, d.auth.signature};            \
        assert_int_equal(with_auths("plain by 2 of 3", AUTHS, &a, 1), GVM_ERR_AUTH_KEY_SET); \
    } while (0)
    REFUSED(set.threshold = 0);
    REFUSED(set.threshold = 4);
    REFUSED(set.count = 0);
    REFUSED(set.keys[0] = good.keys[1]; set.keys[1] = good.keys[0]);
    REFUSED(set.keys[1] = good.keys[0]);
    REFUSED(set.keys[2] = d.auth.key);
    REFUSED(set.keys[2].bytes.len = 31);
    REFUSED(set.keys[2].scheme = 8);
#undef REFUSED
    gvm_buf_free(&key);
    release(&d);
}

static void test_set_signatures(void **state) {
    (void)state;
    const char *v = "plain by 2 of 3"; /* keys: secp256k1, Ed25519, BIP-340; signed by 0 and 2 */
    decoded d = decode(v);
    gvm_rlp_reader whole = gvm_rlp_reader_make(d.auth.signature), list, pair;
    gvm_bytes first, second;
    uint64_t index;
    assert_int_equal(gvm_rlp_read_list(&whole, &list), GVM_OK);
    assert_int_equal(gvm_rlp_read_list(&list, &pair), GVM_OK);
    assert_int_equal(gvm_rlp_read_u64(&pair, &index), GVM_OK);
    assert_int_equal(gvm_rlp_read_bytes(&pair, &first), GVM_OK);
    assert_int_equal(gvm_rlp_read_list(&list, &pair), GVM_OK);
    assert_int_equal(gvm_rlp_read_u64(&pair, &index), GVM_OK);
    assert_int_equal(gvm_rlp_read_bytes(&pair, &second), GVM_OK);
    typedef struct part {
        uint64_t index;
        gvm_bytes signature;
    } part;
    const struct {
        part parts[3];
        size_t count;
        gvm_status want;
    } cases[] = {
        {{{0, first}, {2, second}}, 2, GVM_OK},
        {{{2, second}, {0, first}}, 2, GVM_ERR_AUTH_ORDER},
        {{{0, first}, {0, first}}, 2, GVM_ERR_AUTH_ORDER},
        {{{0, first}}, 1, GVM_ERR_AUTH_TOO_FEW},
        {{{0, first}}, 0, GVM_ERR_AUTH_TOO_FEW},
        {{{0, first}, {1, second}, {2, second}}, 3, GVM_ERR_AUTH_TOO_MANY},
        {{{0, first}, {3, second}}, 2, GVM_ERR_AUTH_INDEX},
        {{{0, first}, {1, second}}, 2, GVM_ERR_AUTH_SIGNATURE},
        {{{1, first}, {2, second}}, 2, GVM_ERR_AUTH_SIGNATURE_SIZE},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        gvm_buf b = {0};
        size_t all = gvm_rlp_list_begin(&b);
        for (size_t i = 0; i < cases[c].count; i++) {
            size_t one = gvm_rlp_list_begin(&b);
            gvm_rlp_put_u64(&b, cases[c].parts[i].index);
            gvm_rlp_put_bytes(&b, cases[c].parts[i].signature);
            gvm_rlp_list_end(&b, one);
        }
        gvm_rlp_list_end(&b, all);
        gvm_auth a = {d.auth.key, gvm_buf_bytes(&b)};
        if (with_auths(v, AUTHS, &a, 1) != cases[c].want) fail_msg("case %zu", c);
        gvm_buf_put(&b, 0x80);
        a.signature = gvm_buf_bytes(&b);
        assert_int_equal(with_auths(v, AUTHS, &a, 1), GVM_ERR_AUTH_ENCODING);
        gvm_buf_free(&b);
    }
    release(&d);
}

/* Sixteen of sixteen, and one more from a sponsor. */
static void test_most_signatures(void **state) {
    (void)state;
    uint8_t seeds[16][32] = {{0}}, keys[16][32];
    gvm_keyset set = {.threshold = 16, .count = 16};
    gvm_buf key = {0}, signature = {0};
    for (size_t i = 0; i < 16; i++) {
        seeds[i][0] = (uint8_t)(i + 1);
        gvm_ed25519_public_key(keys[i], seeds[i]);
        set.keys[i] = (gvm_key){GVM_SCHEME_ED25519, gvm_bytes_make(keys[i], 32)};
    }
    gvm_keyset_sort(&set);
    gvm_keyset_encode(&key, &set);
    size_t list = gvm_rlp_list_begin(&signature);
    for (size_t i = 0; i < 16; i++) {
        uint8_t any[64] = {1};
        size_t pair = gvm_rlp_list_begin(&signature);
        gvm_rlp_put_u64(&signature, i);
        gvm_rlp_put_bytes(&signature, gvm_bytes_make(any, 64));
        gvm_rlp_list_end(&signature, pair);
    }
    gvm_rlp_list_end(&signature, list);
    gvm_auth a = {{GVM_SCHEME_MULTI, gvm_buf_bytes(&key)}, gvm_buf_bytes(&signature)};
    uint64_t gas;
    size_t signatures;
    assert_int_equal(gvm_auth_measure(&gas, &signatures, &a, NULL), GVM_OK);
    assert_int_equal(signatures, 16);
    assert_int_equal(gas, 1000 + 16 * 8000);
    decoded d = decode("plain by ed25519");
    gvm_ghost g = *d.tx.ghost;
    g.auths = &a;
    gvm_ghost_measure(&g, NULL);
    assert_int_equal(g.auth_status, GVM_OK);
    g.sponsored = true;
    g.sponsor_auths = d.tx.ghost->auths;
    g.sponsor_auth_count = 1;
    gvm_ghost_measure(&g, NULL);
    assert_int_equal(g.auth_status, GVM_ERR_AUTH_COUNT);
    gvm_buf_free(&key);
    gvm_buf_free(&signature);
    release(&d);
}

static void test_holds_account(void **state) {
    (void)state;
    decoded eoa = decode("plain by secp256k1"), pair = decode("plain by 2 of 3"),
            ed = decode("plain by ed25519");
    const gvm_address *account = &eoa.tx.sender;
    assert_true(gvm_key_holds_account(eoa.auth.key, account));
    assert_false(gvm_key_holds_account(eoa.auth.key, &ed.tx.sender));
    assert_false(gvm_key_holds_account(ed.auth.key, &ed.tx.sender)); /* no key of Ethereum's */
    assert_false(gvm_key_holds_account(pair.auth.key, account));     /* not alone */
    gvm_keyset set;
    gvm_buf key = {0};
    assert_int_equal(gvm_keyset_decode(&set, pair.auth.key.bytes, NULL), GVM_OK);
    set.threshold = 1;
    gvm_keyset_encode(&key, &set);
    gvm_key one = {GVM_SCHEME_MULTI, gvm_buf_bytes(&key)};
    assert_true(gvm_key_holds_account(one, account));
    assert_false(gvm_key_holds_account(one, &ed.tx.sender));
    gvm_buf_free(&key);
    release(&eoa), release(&pair), release(&ed);
}

static void test_keys_off_curve(void **state) {
    (void)state;
    uint8_t key[33] = {2};
    gvm_key k = {GVM_SCHEME_SECP256K1, gvm_bytes_make(key, 33)};
    key[32] = 5; /* x = 5 is on neither curve; y = 2 is none of Ed25519's */
    assert_int_equal(gvm_key_check(k, NULL), GVM_ERR_POINT);
    k.scheme = GVM_SCHEME_P256;
    key[32] = 1;
    assert_int_equal(gvm_key_check(k, NULL), GVM_ERR_POINT);
    key[0] = 4;
    assert_int_equal(gvm_key_check(k, NULL), GVM_ERR_AUTH_KEY);
    uint8_t y[32] = {2};
    k = (gvm_key){GVM_SCHEME_ED25519, gvm_bytes_make(y, 32)};
    assert_int_equal(gvm_key_check(k, NULL), GVM_ERR_POINT);
    y[0] = 1; /* of small order */
    assert_int_equal(gvm_key_check(k, NULL), GVM_ERR_POINT);
}

/* ---- passkeys: what an authenticator said must be an assertion, by a present user, over this */

static void test_webauthn(void **state) {
    (void)state;
    const char *v = "plain by p256, passkey";
    decoded d = decode(v);
    uint8_t secret[32], public_key[64], compressed[33];
    memset(secret, 0x34, 32);
    assert_int_equal(gvm_p256_public_key(public_key, secret), GVM_OK);
    gvm_p256_compress(compressed, public_key);
    assert_memory_equal(compressed, d.auth.key.bytes.ptr, 33);
    gvm_bytes rlp = gvm_bytes_make(d.auth.signature.ptr + 1, d.auth.signature.len - 1);
    gvm_rlp_reader r = gvm_rlp_reader_make(rlp), list;
    gvm_bytes authenticator, client;
    assert_int_equal(gvm_rlp_read_list(&r, &list), GVM_OK);
    assert_int_equal(gvm_rlp_read_bytes(&list, &authenticator), GVM_OK);
    assert_int_equal(gvm_rlp_read_bytes(&list, &client), GVM_OK);
    enum { AS_IS, NOT_PRESENT, SHORT_DATA, CREATE, OTHER_CHALLENGE, NO_ORIGIN, LONG_DATA, CASES };
    for (int c = 0; c < CASES; c++) {
        uint8_t a[1100] = {0}, j[1024], signature[64];
        size_t a_len = authenticator.len, j_len = client.len;
        memcpy(a, authenticator.ptr, a_len);
        memcpy(j, client.ptr, j_len);
        if (c == NOT_PRESENT) a[32] &= 0xfe;
        if (c == SHORT_DATA) a_len = 36;
        if (c == CREATE) memcpy(j + 9, "webauthn.gex", 12);
        if (c == OTHER_CHALLENGE) j[40] = j[40] == 'A' ? 'B' : 'A';
        if (c == NO_ORIGIN) memcpy(strstr((char *)j, "origin"), "oxigin", 6);
        if (c == LONG_DATA) a_len = 1025;
        /* signed by the right key in every case */
        gvm_sha256_state s;
        gvm_hash hash, digest;
        gvm_sha256(&hash, gvm_bytes_make(j, j_len));
        gvm_sha256_init(&s);
        gvm_sha256_update(&s, gvm_bytes_make(a, a_len));
        gvm_sha256_update(&s, gvm_bytes_make(hash.b, 32));
        gvm_sha256_final(&s, &digest);
        assert_int_equal(gvm_p256_sign(signature, &digest, secret), GVM_OK);
        gvm_buf b = {0};
        gvm_buf_put(&b, GVM_FORM_WEBAUTHN);
        size_t mark = gvm_rlp_list_begin(&b);
        gvm_rlp_put_bytes(&b, gvm_bytes_make(a, a_len));
        gvm_rlp_put_bytes(&b, gvm_bytes_make(j, j_len));
        gvm_rlp_put_bytes(&b, gvm_bytes_make(signature, 64));
        gvm_rlp_list_end(&b, mark);
        gvm_auth auth = {d.auth.key, gvm_buf_bytes(&b)};
        gvm_status want = c == AS_IS       ? GVM_OK
                          : c == LONG_DATA ? GVM_ERR_AUTH_SIGNATURE_SIZE
                                           : GVM_ERR_AUTH_WEBAUTHN;
        if (with_auths(v, AUTHS, &auth, 1) != want) fail_msg("case %d", c);
        gvm_buf_free(&b);
    }
    release(&d);
}

/* ---- gas, validity, receipts */

static void test_intrinsic(void **state) {
    (void)state;
    /* 21000 + data + 16 a byte of both lists + the signature */
    decoded d = decode("plain by ed25519");
    size_t lists = (1 + 1 + 1 + 1 + 33 + 2 + 64) + 1; /* both with their headers */
    gvm_intrinsic got = gvm_intrinsic_gas(&d.tx, &ghost_rules);
    assert_int_equal(d.tx.ghost->auth_bytes, lists + 1);
    assert_int_equal(got.gas, 21000 + 4 * 16 + 16 * (lists + 1) + 8000);
    assert_int_equal(got.floor, 21000 + 4 * 40 + 16 * (lists + 1));
    release(&d);
    d = decode("plain by hybrid");
    assert_int_equal(d.tx.ghost->auth_gas, 8000 + 14000);
    release(&d);
    d = decode("by bip-340, paid by 2 of 3");
    assert_int_equal(d.tx.ghost->auth_gas, 3500 + 1000 + 3000 + 3500);
    assert_int_equal(d.tx.ghost->signatures, 3);
    release(&d);
}

static void test_validity(void **state) {
    (void)state;
    gvm_blob_params blobs = {0};
    decoded d = decode("in a window by ed25519");
    d.tx.gas_limit = 1000000;
    assert_int_equal(gvm_tx_check(&d.tx, &ghost_rules, 1337, &blobs, 0, NULL), GVM_OK);
    assert_int_equal(gvm_tx_check(&d.tx, gvm_rules_get(GVM_FORK_OSAKA), 1337, &blobs, 0, NULL),
                     GVM_ERR_TX_TYPE);
    assert_int_equal(gvm_tx_check(&d.tx, &ghost_rules, 1, &blobs, 0, NULL), GVM_ERR_TX_CHAIN_ID);
    gvm_exec_block block = {0};
    gvm_block_env env = {.gas_limit = 60000000};
    const struct {
        uint64_t timestamp;
        gvm_status want;
    } times[] = {{1699999999, GVM_ERR_TX_TOO_EARLY},
                 {1700000000, GVM_OK},
                 {1800000000, GVM_OK},
                 {1800000001, GVM_ERR_TX_TOO_LATE}};
    for (size_t i = 0; i < 4; i++) {
        env.timestamp = times[i].timestamp;
        assert_int_equal(gvm_tx_check_block(&d.tx, &ghost_rules, &env, &block, 0, NULL),
                         times[i].want);
    }
    gvm_ghost g = *d.tx.ghost;
    d.tx.ghost = &g;
    g.not_before = g.not_after + 1;
    assert_int_equal(gvm_tx_check(&d.tx, &ghost_rules, 1337, &blobs, 0, NULL), GVM_ERR_TX_WINDOW);
    release(&d);
    d = decode("by ed25519, paid by p256, passkey");
    g = *d.tx.ghost;
    d.tx.ghost = &g;
    assert_int_equal(gvm_tx_check(&d.tx, &ghost_rules, 1337, &blobs, 0, NULL), GVM_OK);
    g.not_after = 0;
    assert_int_equal(gvm_tx_check(&d.tx, &ghost_rules, 1337, &blobs, 0, NULL),
                     GVM_ERR_TX_SPONSOR_EXPIRY);
    release(&d);
}

/* A block passes over what is refused, so it must know every reason. */
static void test_reasons(void **state) {
    (void)state;
    for (int s = 0; s < GVM_STATUS_COUNT; s++) {
        const char *name = gvm_status_name((gvm_status)s);
        bool named = strncmp(name, "ERR_TX_", 7) == 0 || strncmp(name, "ERR_AUTH_", 9) == 0;
        if (gvm_tx_is_refusal((gvm_status)s) != named) fail_msg("%s", name);
    }
}

static void test_receipt(void **state) {
    (void)state;
    gvm_receipt r = {.type = GVM_TX_GHOST, .cumulative_gas = 21000};
    r.ghost = (gvm_receipt_ghost){.called = true,
                                  .to = {{1}},
                                  .payer = {{2}},
                                  .fee_token = 3,
                                  .fee_paid = gvm_u256_from_u64(1000),
                                  .mana = gvm_u256_from_u64(5)};
    gvm_buf b = {0};
    gvm_receipt_encode(&b, &r);
    assert_int_equal(b.ptr[0], 0x47);
    gvm_rlp_reader in = gvm_rlp_reader_make(gvm_bytes_make(b.ptr + 1, b.len - 1)), list, last;
    gvm_bytes skipped;
    gvm_receipt_ghost back;
    assert_int_equal(gvm_rlp_read_list(&in, &list), GVM_OK);
    for (int i = 0; i < 4; i++) assert_int_equal(gvm_rlp_read_raw(&list, &skipped), GVM_OK);
    last = list;
    assert_int_equal(gvm_receipt_ghost_decode(&back, &list), GVM_OK);
    assert_true(gvm_rlp_done(&list));
    assert_true(back.called && back.to.b[0] == 1 && back.payer.b[0] == 2 && back.fee_token == 3);
    assert_int_equal(gvm_rlp_read_raw(&last, &skipped), GVM_OK);
    assert_true(hex_equal(skipped.ptr, skipped.len,
                          "ef940100000000000000000000000000000000000000"
                          "94020000000000000000000000000000000000000003"
                          "8203e805"));
    gvm_buf_free(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),        cmocka_unit_test(test_shape),
        cmocka_unit_test(test_lists),          cmocka_unit_test(test_every_byte),
        cmocka_unit_test(test_malleable),      cmocka_unit_test(test_sets),
        cmocka_unit_test(test_set_signatures), cmocka_unit_test(test_most_signatures),
        cmocka_unit_test(test_holds_account),  cmocka_unit_test(test_keys_off_curve),
        cmocka_unit_test(test_webauthn),       cmocka_unit_test(test_intrinsic),
        cmocka_unit_test(test_validity),       cmocka_unit_test(test_reasons),
        cmocka_unit_test(test_receipt),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
