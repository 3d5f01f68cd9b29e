/* One way for every signature: gvm_auth_measure walks it and says what it costs, gvm_auth_verify
 * walks it again and does the arithmetic. Both come through the same two parsers (parse_member,
 * parse_multi), so that what was paid for is what is done. Sets cannot be members of sets, so
 * nothing here recurses. */
#include "system/keyset.h"

#include "codec/rlp.h"
#include "crypto/blake3.h"
#include "crypto/ed25519.h"
#include "crypto/mldsa.h"
#include "crypto/p256.h"
#include "crypto/secp256k1.h"
#include "crypto/sha256.h"

#include <stdlib.h>

typedef struct scheme {
    size_t key, signature;
    uint64_t gas;
    const char *name;
} scheme;

static const scheme schemes[] = {
#define X(name, id, key, signature, gas, text) [id] = {key, signature, gas, text},
#include "system/schemes.inc"
#undef X
};

static const scheme *scheme_of(unsigned id) {
    if (id == 0 || id >= sizeof schemes / sizeof *schemes) return NULL;
    return &schemes[id];
}

const char *gvm_scheme_name(unsigned id) {
    const scheme *s = scheme_of(id);
    return s == NULL ? NULL : s->name;
}

/* ---- keys */

static gvm_status check_member_shape(gvm_key key, gvm_error *err) {
    const scheme *s = scheme_of(key.scheme);
    if (s == NULL)
        return gvm_error_set(err, GVM_ERR_AUTH_SCHEME, "signature scheme %u is not known",
                             key.scheme);
    if (key.bytes.len != s->key)
        return gvm_error_set(err, GVM_ERR_AUTH_KEY, "a key of %s has %zu bytes, this one %zu",
                             s->name, s->key, key.bytes.len);
    bool point = key.scheme == GVM_SCHEME_SECP256K1 || key.scheme == GVM_SCHEME_P256;
    if (point && key.bytes.ptr[0] != 2 && key.bytes.ptr[0] != 3)
        return gvm_error_set(err, GVM_ERR_AUTH_KEY,
                             "a key of %s begins with 02 or 03, this one with %02x", s->name,
                             key.bytes.ptr[0]);
    return GVM_OK;
}

gvm_status gvm_key_check_shape(gvm_key key, gvm_error *err) {
    gvm_keyset set;
    if (key.scheme == GVM_SCHEME_MULTI) return gvm_keyset_decode(&set, key.bytes, err);
    return check_member_shape(key, err);
}

static gvm_status check_member_point(gvm_key key) {
    uint8_t point[64];
    switch (key.scheme) {
    case GVM_SCHEME_SECP256K1: return gvm_secp256k1_parse_public_key(point, key.bytes);
    case GVM_SCHEME_P256: return gvm_p256_parse_public_key(point, key.bytes);
    case GVM_SCHEME_ED25519:
    case GVM_SCHEME_HYBRID: return gvm_ed25519_key_check(key.bytes.ptr);
    case GVM_SCHEME_BIP340: {
        uint8_t compressed[33] = {2};
        memcpy(compressed + 1, key.bytes.ptr, 32);
        return gvm_secp256k1_parse_public_key(point, gvm_bytes_make(compressed, 33));
    }
    default: return GVM_OK; /* every string of the length is a key of ML-DSA */
    }
}

gvm_status gvm_key_check(gvm_key key, gvm_error *err) {
    gvm_keyset set = {.count = 1, .keys = {key}};
    if (key.scheme == GVM_SCHEME_MULTI)
        GVM_TRY(gvm_keyset_decode(&set, key.bytes, err));
    else
        GVM_TRY(check_member_shape(key, err));
    for (uint32_t i = 0; i < set.count; i++)
        if (check_member_point(set.keys[i]) != GVM_OK)
            return gvm_error_set(err, GVM_ERR_POINT, "key %u is no point of the curve of %s", i,
                                 gvm_scheme_name(set.keys[i].scheme));
    return GVM_OK;
}

void gvm_key_commitment(gvm_hash *out, gvm_key key) {
    gvm_blake3_state s;
    gvm_blake3_init(&s);
    gvm_blake3_update(&s, gvm_bytes_make(&key.scheme, 1));
    gvm_blake3_update(&s, key.bytes);
    gvm_blake3_output(&s, out->b, sizeof out->b, 0);
}

gvm_status gvm_key_address(gvm_address *out, gvm_key key) {
    GVM_TRY(gvm_key_check_shape(key, NULL));
    gvm_hash h;
    if (key.scheme == GVM_SCHEME_SECP256K1) {
        uint8_t point[64];
        GVM_TRY(gvm_secp256k1_parse_public_key(point, key.bytes));
        gvm_secp256k1_address(out, point);
        return GVM_OK;
    }
    if (key.scheme == GVM_SCHEME_ED25519)
        gvm_blake3(&h, key.bytes); /* older than the other schemes: no prefix */
    else
        gvm_key_commitment(&h, key);
    memcpy(out->b, h.b, sizeof out->b);
    return GVM_OK;
}

static bool is_account_key(gvm_key key, const gvm_address *account) {
    gvm_address address;
    return key.scheme == GVM_SCHEME_SECP256K1 && gvm_key_address(&address, key) == GVM_OK &&
           gvm_address_equal(&address, account);
}

bool gvm_key_holds_account(gvm_key key, const gvm_address *account) {
    gvm_keyset set;
    if (key.scheme != GVM_SCHEME_MULTI) return is_account_key(key, account);
    if (gvm_keyset_decode(&set, key.bytes, NULL) != GVM_OK || set.threshold != 1) return false;
    for (uint32_t i = 0; i < set.count; i++)
        if (is_account_key(set.keys[i], account)) return true;
    return false;
}

/* ---- sets */

static int compare_keys(gvm_key a, gvm_key b) {
    if (a.scheme != b.scheme) return a.scheme < b.scheme ? -1 : 1;
    return gvm_bytes_compare(a.bytes, b.bytes);
}

static gvm_status bad_set(gvm_error *err, const char *why) {
    return gvm_error_set(err, GVM_ERR_AUTH_KEY_SET, "set of keys: %s", why);
}

static gvm_status read_key(gvm_key *out, gvm_rlp_reader *in) {
    gvm_rlp_reader pair;
    uint64_t id;
    GVM_TRY(gvm_rlp_read_list(in, &pair));
    GVM_TRY(gvm_rlp_read_u64(&pair, &id));
    GVM_TRY(gvm_rlp_read_bytes(&pair, &out->bytes));
    GVM_TRY(gvm_rlp_read_end(&pair));
    out->scheme = id < GVM_SCHEME_END ? (uint8_t)id : 0;
    return GVM_OK;
}

gvm_status gvm_keyset_decode(gvm_keyset *out, gvm_bytes in, gvm_error *err) {
    if (in.len > GVM_KEY_BYTES_MAX) return bad_set(err, "too long");
    gvm_rlp_reader r = gvm_rlp_reader_make(in), body, list;
    uint64_t threshold;
    size_t count;
    if (gvm_rlp_read_list(&r, &body) != GVM_OK || gvm_rlp_read_end(&r) != GVM_OK ||
        gvm_rlp_read_u64(&body, &threshold) != GVM_OK ||
        gvm_rlp_read_list(&body, &list) != GVM_OK || gvm_rlp_read_end(&body) != GVM_OK ||
        gvm_rlp_count(&list, &count) != GVM_OK)
        return bad_set(err, "not RLP of [m, [[scheme, key], ...]]");
    if (count == 0 || count > GVM_KEYSET_MAX) return bad_set(err, "1 to 16 keys make one");
    if (threshold == 0 || threshold > count) return bad_set(err, "m is not among 1 to n");
    out->threshold = (uint32_t)threshold;
    out->count = (uint32_t)count;
    for (size_t i = 0; i < count; i++) {
        gvm_key *k = &out->keys[i];
        if (read_key(k, &list) != GVM_OK) return bad_set(err, "a key is not RLP of [scheme, key]");
        if (k->scheme == GVM_SCHEME_MULTI) return bad_set(err, "a set inside a set");
        gvm_error why = {.code = GVM_OK};
        if (check_member_shape(*k, &why) != GVM_OK) return bad_set(err, gvm_error_text(&why));
        if (i > 0 && compare_keys(out->keys[i - 1], *k) >= 0)
            return bad_set(err, "the keys do not ascend");
    }
    return GVM_OK;
}

void gvm_keyset_encode(gvm_buf *out, const gvm_keyset *set) {
    size_t body = gvm_rlp_list_begin(out);
    gvm_rlp_put_u64(out, set->threshold);
    size_t list = gvm_rlp_list_begin(out);
    for (uint32_t i = 0; i < set->count; i++) {
        size_t pair = gvm_rlp_list_begin(out);
        gvm_rlp_put_u64(out, set->keys[i].scheme);
        gvm_rlp_put_bytes(out, set->keys[i].bytes);
        gvm_rlp_list_end(out, pair);
    }
    gvm_rlp_list_end(out, list);
    gvm_rlp_list_end(out, body);
}

static int compare_for_sort(const void *a, const void *b) {
    return compare_keys(*(const gvm_key *)a, *(const gvm_key *)b);
}

void gvm_keyset_sort(gvm_keyset *set) {
    qsort(set->keys, set->count, sizeof set->keys[0], compare_for_sort);
}

/* ---- signatures taken apart */

typedef struct assertion {
    gvm_bytes authenticator, client;
    const uint8_t *signature; /* r || s */
} assertion;

/* A signature by one key. */
typedef struct member {
    gvm_key key;
    uint8_t form;
    const uint8_t *signature; /* all of it, behind the form byte where there is one */
    assertion assertion;      /* of form WEBAUTHN */
} member;

typedef struct multi {
    uint32_t count;
    member members[GVM_KEYSET_MAX];
} multi;

static gvm_status bad_size(gvm_error *err, gvm_key key, size_t found) {
    return gvm_error_set(err, GVM_ERR_AUTH_SIGNATURE_SIZE,
                         "no signature of %s has %zu bytes in its form",
                         gvm_scheme_name(key.scheme), found);
}

static gvm_status bad_form(gvm_error *err, gvm_key key, uint8_t form) {
    return gvm_error_set(err, GVM_ERR_AUTH_FORM, "a signature of %s has no form %02x",
                         gvm_scheme_name(key.scheme), form);
}

static gvm_status parse_assertion(assertion *out, gvm_bytes in, gvm_error *err) {
    gvm_rlp_reader r = gvm_rlp_reader_make(in), body;
    gvm_bytes signature;
    if (gvm_rlp_read_list(&r, &body) != GVM_OK || gvm_rlp_read_end(&r) != GVM_OK ||
        gvm_rlp_read_bytes(&body, &out->authenticator) != GVM_OK ||
        gvm_rlp_read_bytes(&body, &out->client) != GVM_OK ||
        gvm_rlp_read_bytes(&body, &signature) != GVM_OK || gvm_rlp_read_end(&body) != GVM_OK)
        return gvm_error_set(err, GVM_ERR_AUTH_ENCODING,
                             "the assertion is not RLP of [authenticator data, client data, "
                             "signature]");
    if (signature.len != 64 || out->authenticator.len > GVM_WEBAUTHN_PART_MAX ||
        out->client.len > GVM_WEBAUTHN_PART_MAX)
        return gvm_error_set(err, GVM_ERR_AUTH_SIGNATURE_SIZE,
                             "the parts of an assertion are at most 1024 bytes, its signature 64");
    out->signature = signature.ptr;
    return GVM_OK;
}

static gvm_status high_s(gvm_error *err) {
    return gvm_error_set(err, GVM_ERR_AUTH_HIGH_S, "%s", "");
}

static gvm_status parse_secp256k1(member *m, gvm_bytes in, gvm_error *err) {
    if (in.len == 0) return bad_size(err, m->key, 0);
    m->form = in.ptr[0];
    if (m->form != GVM_FORM_PLAIN && m->form != GVM_FORM_TYPED_DATA)
        return bad_form(err, m->key, m->form);
    if (in.len != 66) return bad_size(err, m->key, in.len);
    m->signature = in.ptr + 1;
    return gvm_secp256k1_s_is_low(m->signature + 32) ? GVM_OK : high_s(err);
}

static gvm_status parse_p256(member *m, gvm_bytes in, gvm_error *err) {
    if (in.len == 0) return bad_size(err, m->key, 0);
    m->form = in.ptr[0];
    if (m->form == GVM_FORM_PLAIN) {
        if (in.len != 65) return bad_size(err, m->key, in.len);
        m->signature = in.ptr + 1;
    } else if (m->form == GVM_FORM_WEBAUTHN) {
        GVM_TRY(parse_assertion(&m->assertion, gvm_bytes_make(in.ptr + 1, in.len - 1), err));
        m->signature = m->assertion.signature;
    } else {
        return bad_form(err, m->key, m->form);
    }
    return gvm_p256_s_is_low(m->signature + 32) ? GVM_OK : high_s(err);
}

/* The key's shape is known to be good, and it is no set. */
static gvm_status parse_member(member *m, gvm_key key, gvm_bytes in, gvm_error *err) {
    *m = (member){.key = key, .form = GVM_FORM_PLAIN, .signature = in.ptr};
    if (key.scheme == GVM_SCHEME_SECP256K1) return parse_secp256k1(m, in, err);
    if (key.scheme == GVM_SCHEME_P256) return parse_p256(m, in, err);
    return in.len == schemes[key.scheme].signature ? GVM_OK : bad_size(err, key, in.len);
}

static gvm_status bad_encoding(gvm_error *err) {
    return gvm_error_set(err, GVM_ERR_AUTH_ENCODING,
                         "the signature of a set is not RLP of [[index, signature], ...]");
}

static gvm_status parse_multi(multi *out, const gvm_keyset *set, gvm_bytes in, gvm_error *err) {
    gvm_rlp_reader r = gvm_rlp_reader_make(in), list;
    size_t count;
    if (gvm_rlp_read_list(&r, &list) != GVM_OK || gvm_rlp_read_end(&r) != GVM_OK ||
        gvm_rlp_count(&list, &count) != GVM_OK)
        return bad_encoding(err);
    if (count != set->threshold)
        return gvm_error_set(err,
                             count < set->threshold ? GVM_ERR_AUTH_TOO_FEW : GVM_ERR_AUTH_TOO_MANY,
                             "%u of %u keys must sign, %zu did", set->threshold, set->count, count);
    uint64_t previous = 0;
    for (uint32_t i = 0; i < set->threshold; i++) {
        gvm_rlp_reader pair;
        uint64_t index;
        gvm_bytes signature;
        if (gvm_rlp_read_list(&list, &pair) != GVM_OK ||
            gvm_rlp_read_u64(&pair, &index) != GVM_OK ||
            gvm_rlp_read_bytes(&pair, &signature) != GVM_OK || gvm_rlp_read_end(&pair) != GVM_OK)
            return bad_encoding(err);
        if (index >= set->count)
            return gvm_error_set(err, GVM_ERR_AUTH_INDEX, "key %llu of a set of %u",
                                 (unsigned long long)index, set->count);
        if (i > 0 && index <= previous)
            return gvm_error_set(err, GVM_ERR_AUTH_ORDER, "key %llu signs after key %llu",
                                 (unsigned long long)index, (unsigned long long)previous);
        previous = index;
        GVM_TRY(parse_member(&out->members[i], set->keys[index], signature, err));
    }
    out->count = set->threshold;
    return GVM_OK;
}

/* The signatures of an authorisation, however many. */
static gvm_status parse(multi *out, const gvm_auth *auth, gvm_error *err) {
    if (auth->key.scheme == GVM_SCHEME_MULTI) {
        gvm_keyset set;
        GVM_TRY(gvm_keyset_decode(&set, auth->key.bytes, err));
        return parse_multi(out, &set, auth->signature, err);
    }
    GVM_TRY(check_member_shape(auth->key, err));
    out->count = 1;
    return parse_member(&out->members[0], auth->key, auth->signature, err);
}

/* ---- what they cost */

static uint64_t member_gas(const member *m) {
    enum { SHA256 = 60, SHA256_WORD = 12 };
    uint64_t gas = schemes[m->key.scheme].gas;
    if (m->form != GVM_FORM_WEBAUTHN) return gas;
    uint64_t words =
        (m->assertion.client.len + 31) / 32 + (m->assertion.authenticator.len + 32 + 31) / 32;
    return gas + 2 * SHA256 + words * SHA256_WORD;
}

gvm_status gvm_auth_measure(uint64_t *gas, size_t *signatures, const gvm_auth *auth,
                            gvm_error *err) {
    multi all;
    GVM_TRY(parse(&all, auth, err));
    *gas = auth->key.scheme == GVM_SCHEME_MULTI ? schemes[GVM_SCHEME_MULTI].gas : 0;
    *signatures = all.count;
    for (uint32_t i = 0; i < all.count; i++) *gas += member_gas(&all.members[i]);
    return GVM_OK;
}

gvm_status gvm_auth_list_measure(uint64_t *gas, size_t *signatures, const gvm_auth *auths,
                                 size_t count, gvm_error *err) {
    if (count == 0) return gvm_error_set(err, GVM_ERR_AUTH_MISSING, "%s", "");
    for (size_t i = 1; i < count; i++)
        if (auths[i].key.scheme != auths[0].key.scheme)
            return gvm_error_set(err, GVM_ERR_AUTH_MIXED, "%s", "");
    for (size_t i = 1; i < count; i++)
        if (compare_keys(auths[i - 1].key, auths[i].key) >= 0)
            return gvm_error_set(err, GVM_ERR_AUTH_ORDER, "%s", "");
    if (count > 1) return gvm_error_set(err, GVM_ERR_AUTH_SPARE, "%s", "");
    return gvm_auth_measure(gas, signatures, &auths[0], err);
}

/* ---- verification */

gvm_status gvm_scheme_verify_secp256k1(const uint8_t key[33], const gvm_hash *hash,
                                       const uint8_t signature[65]) {
    gvm_secp256k1_signature s = {.y_parity = signature[64]};
    memcpy(s.r, signature, 32);
    memcpy(s.s, signature + 32, 32);
    uint8_t point[64], compressed[33];
    if (!gvm_secp256k1_s_is_low(s.s)) return GVM_ERR_AUTH_HIGH_S;
    if (gvm_secp256k1_recover_key(point, hash, &s) != GVM_OK) return GVM_ERR_AUTH_SIGNATURE;
    gvm_secp256k1_compress(compressed, point);
    return memcmp(compressed, key, 33) == 0 ? GVM_OK : GVM_ERR_AUTH_SIGNATURE;
}

gvm_status gvm_scheme_verify_p256(const uint8_t key[33], const gvm_hash *hash,
                                  const uint8_t signature[64]) {
    uint8_t point[64];
    if (!gvm_p256_s_is_low(signature + 32)) return GVM_ERR_AUTH_HIGH_S;
    if (gvm_p256_parse_public_key(point, gvm_bytes_make(key, 33)) != GVM_OK)
        return GVM_ERR_AUTH_KEY;
    return gvm_p256_verify_var(hash, signature, signature + 32, point, point + 32)
               ? GVM_OK
               : GVM_ERR_AUTH_SIGNATURE;
}

/* base64url without padding (RFC 4648, 5) of 32 bytes. */
static void base64url(char out[43], const uint8_t in[32]) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (size_t i = 0; i < 43; i++) {
        size_t bit = 6 * i, byte = bit / 8;
        unsigned pair = (unsigned)in[byte] << 8 | (byte + 1 < 32 ? in[byte + 1] : 0u);
        out[i] = digits[pair >> (10 - bit % 8) & 63];
    }
}

/* The limited verification algorithm of WebAuthn level 2, 5.8.1.2, without the origin, which is the
 * authenticator's and the wallet's affair: every browser writes client data with these members
 * first and in this order. */
static bool client_data_holds(gvm_bytes client, const gvm_hash *challenge) {
    static const char before[] = "{\"type\":\"webauthn.get\",\"challenge\":\"";
    static const char after[] = "\",\"origin\":\"";
    enum { BEFORE = sizeof before - 1, AFTER = sizeof after - 1, TEXT = 43 };
    char text[TEXT];
    if (client.len < BEFORE + TEXT + AFTER) return false;
    base64url(text, challenge->b);
    return memcmp(client.ptr, before, BEFORE) == 0 &&
           memcmp(client.ptr + BEFORE, text, TEXT) == 0 &&
           memcmp(client.ptr + BEFORE + TEXT, after, AFTER) == 0 &&
           client.ptr[client.len - 1] == '}';
}

static gvm_status verify_webauthn(const uint8_t *key, const gvm_hash *challenge, const assertion *a,
                                  gvm_error *err) {
    enum { FLAGS_AT = 32, LEAST = 37, USER_PRESENT = 1 };
    if (a->authenticator.len < LEAST)
        return gvm_error_set(err, GVM_ERR_AUTH_WEBAUTHN, "authenticator data of %zu bytes",
                             a->authenticator.len);
    if (!(a->authenticator.ptr[FLAGS_AT] & USER_PRESENT))
        return gvm_error_set(err, GVM_ERR_AUTH_WEBAUTHN, "the user was not present");
    if (!client_data_holds(a->client, challenge))
        return gvm_error_set(err, GVM_ERR_AUTH_WEBAUTHN,
                             "the client data is not of an assertion over this challenge");
    gvm_sha256_state s;
    gvm_hash client, digest;
    gvm_sha256(&client, a->client);
    gvm_sha256_init(&s);
    gvm_sha256_update(&s, a->authenticator);
    gvm_sha256_update(&s, gvm_bytes_make(client.b, 32));
    gvm_sha256_final(&s, &digest);
    return gvm_scheme_verify_p256(key, &digest, a->signature);
}

static gvm_status verify_secp256k1(const member *m, const gvm_auth_digest *digest, gvm_error *err) {
    if (m->form == GVM_FORM_PLAIN)
        return gvm_scheme_verify_secp256k1(m->key.bytes.ptr, &digest->hash, m->signature);
    if (!digest->has_typed_data) return bad_form(err, m->key, m->form);
    return gvm_scheme_verify_secp256k1(m->key.bytes.ptr, &digest->typed_data, m->signature);
}

static gvm_status verify_member(const member *m, const gvm_auth_digest *digest, gvm_error *err) {
    const uint8_t *key = m->key.bytes.ptr;
    gvm_bytes hash = gvm_bytes_make(digest->hash.b, 32), none = gvm_bytes_make(NULL, 0);
    switch (m->key.scheme) {
    case GVM_SCHEME_SECP256K1: return verify_secp256k1(m, digest, err);
    case GVM_SCHEME_ED25519: return gvm_ed25519_verify(key, hash, m->signature);
    case GVM_SCHEME_P256:
        if (m->form == GVM_FORM_WEBAUTHN)
            return verify_webauthn(key, &digest->hash, &m->assertion, err);
        return gvm_scheme_verify_p256(key, &digest->hash, m->signature);
    case GVM_SCHEME_ML_DSA_65: return gvm_mldsa_verify(key, hash, none, m->signature);
    case GVM_SCHEME_HYBRID:
        GVM_TRY(gvm_ed25519_verify(key, hash, m->signature));
        return gvm_mldsa_verify(key + 32, hash, none, m->signature + 64);
    case GVM_SCHEME_BIP340: return gvm_schnorr_verify(key, hash, m->signature);
    default: GVM_ASSERT(false);
    }
}

gvm_status gvm_auth_verify(const gvm_auth *auth, const gvm_auth_digest *digest, gvm_error *err) {
    multi all;
    GVM_TRY(parse(&all, auth, err));
    for (uint32_t i = 0; i < all.count; i++) {
        const member *m = &all.members[i];
        gvm_status status = verify_member(m, digest, err);
        if (status == GVM_OK) continue;
        if (status == GVM_ERR_AUTH_WEBAUTHN || status == GVM_ERR_AUTH_FORM) return status;
        return gvm_error_set(err, GVM_ERR_AUTH_SIGNATURE, "signature %u (%s) does not hold", i,
                             gvm_scheme_name(m->key.scheme));
    }
    return GVM_OK;
}

gvm_status gvm_auth_check_policy(gvm_key key, const gvm_address *account,
                                 const gvm_hash *registered, gvm_error *err) {
    if (registered != NULL) {
        gvm_hash commitment;
        gvm_key_commitment(&commitment, key);
        if (gvm_hash_equal(&commitment, registered)) return GVM_OK;
        return gvm_error_set(err, GVM_ERR_AUTH_POLICY,
                             "the key is not the one that the account registered");
    }
    gvm_address address;
    if (gvm_key_address(&address, key) == GVM_OK && gvm_address_equal(&address, account))
        return GVM_OK;
    return gvm_error_set(err, GVM_ERR_AUTH_POLICY, "the account's address is not that of the key");
}

gvm_status gvm_auth_verify_batch(size_t *failed, const gvm_auth *auths,
                                 const gvm_auth_digest *digests, size_t n, gvm_error *err) {
    for (size_t i = 0; i < n; i++) {
        gvm_status status = gvm_auth_verify(&auths[i], &digests[i], err);
        if (status == GVM_OK) continue;
        *failed = i;
        return status;
    }
    return GVM_OK;
}
