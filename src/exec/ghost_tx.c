/* The digests are made of gvm_tx_put_unsigned, the same walk over the fields that makes the
 * envelope; the EIP-712 form alone is written out here, member by member, as its type says. */
#include "exec/ghost_tx.h"

#include "codec/name.h"
#include "crypto/blake3.h"
#include "crypto/keccak.h"

#include <stdlib.h>

/* ---- lists of authorisations */

gvm_status gvm_ghost_read_auths(gvm_auth *out, gvm_rlp_reader in, size_t count) {
    for (size_t i = 0; i < count; i++) {
        gvm_rlp_reader triple;
        uint64_t scheme;
        GVM_TRY(gvm_rlp_read_list(&in, &triple));
        GVM_TRY(gvm_rlp_read_u64(&triple, &scheme));
        GVM_TRY(gvm_rlp_read_bytes(&triple, &out[i].key.bytes));
        GVM_TRY(gvm_rlp_read_bytes(&triple, &out[i].signature));
        GVM_TRY(gvm_rlp_read_end(&triple));
        if (scheme == 0 || scheme >= GVM_SCHEME_END) return GVM_ERR_AUTH_SCHEME;
        out[i].key.scheme = (uint8_t)scheme;
    }
    return gvm_rlp_read_end(&in);
}

void gvm_ghost_put_auths(gvm_buf *out, const gvm_auth *auths, size_t count) {
    size_t list = gvm_rlp_list_begin(out);
    for (size_t i = 0; i < count; i++) {
        size_t triple = gvm_rlp_list_begin(out);
        gvm_rlp_put_u64(out, auths[i].key.scheme);
        gvm_rlp_put_bytes(out, auths[i].key.bytes);
        gvm_rlp_put_bytes(out, auths[i].signature);
        gvm_rlp_list_end(out, triple);
    }
    gvm_rlp_list_end(out, list);
}

static size_t encoded_size(const gvm_auth *auths, size_t count) {
    size_t all = 0;
    for (size_t i = 0; i < count; i++)
        all += gvm_rlp_size_list(gvm_rlp_size_u64(auths[i].key.scheme) +
                                 gvm_rlp_size_bytes(auths[i].key.bytes) +
                                 gvm_rlp_size_bytes(auths[i].signature));
    return gvm_rlp_size_list(all);
}

/* ---- fields that bind others */

gvm_status gvm_ghost_read_name(gvm_bytes *out, gvm_rlp_reader list) {
    if (gvm_rlp_read_bytes(&list, out) != GVM_OK || gvm_rlp_read_end(&list) != GVM_OK)
        return GVM_ERR_TX_NAME;
    bool good = out->len <= GVM_GHOST_NAME_MAX && gvm_name_check(NULL, *out) == GVM_LABEL_OK;
    return good ? GVM_OK : GVM_ERR_TX_NAME;
}

static gvm_status measure(gvm_ghost *g, gvm_error *err) {
    uint64_t gas, sponsor_gas = 0;
    size_t n, sponsor_n = 0;
    g->auth_gas = 0;
    GVM_TRY(gvm_auth_list_measure(&gas, &n, g->auths, g->auth_count, err));
    if (g->sponsor_auth_count > 0)
        GVM_TRY(gvm_auth_list_measure(&sponsor_gas, &sponsor_n, g->sponsor_auths,
                                      g->sponsor_auth_count, err));
    g->signatures = n + sponsor_n;
    if (g->signatures > GVM_AUTH_SIGNATURES_MAX)
        return gvm_error_set(err, GVM_ERR_AUTH_COUNT, "%zu signatures, at most %d", g->signatures,
                             GVM_AUTH_SIGNATURES_MAX);
    g->auth_gas = gas + sponsor_gas;
    return GVM_OK;
}

void gvm_ghost_measure(gvm_ghost *g, gvm_error *err) {
    g->signatures = 0;
    g->auth_bytes = encoded_size(g->auths, g->auth_count) +
                    encoded_size(g->sponsor_auths, g->sponsor_auth_count);
    g->auth_status = measure(g, err);
}

gvm_status gvm_ghost_decoded(gvm_ghost *g, gvm_error *err) {
    if (!g->sponsored && g->sponsor_auth_count > 0)
        return gvm_error_set(err, GVM_ERR_TX_SPONSOR_AUTHS, "%s", "");
    gvm_ghost_measure(g, NULL);
    return GVM_OK;
}

gvm_status gvm_ghost_check(const gvm_tx *tx, gvm_error *err) {
    const gvm_ghost *g = tx->ghost;
    if (g->not_after != 0 && g->not_after < g->not_before)
        return gvm_error_set(err, GVM_ERR_TX_WINDOW, "%s", "");
    if (g->sponsor_auth_count > 0 && g->not_after == 0)
        return gvm_error_set(err, GVM_ERR_TX_SPONSOR_EXPIRY, "%s", "");
    return GVM_OK;
}

gvm_status gvm_ghost_check_time(const gvm_tx *tx, uint64_t timestamp, gvm_error *err) {
    const gvm_ghost *g = tx->ghost;
    if (timestamp < g->not_before)
        return gvm_error_set(err, GVM_ERR_TX_TOO_EARLY, "valid from %llu on, the block is of %llu",
                             (unsigned long long)g->not_before, (unsigned long long)timestamp);
    if (g->not_after != 0 && timestamp > g->not_after)
        return gvm_error_set(err, GVM_ERR_TX_TOO_LATE, "valid until %llu, the block is of %llu",
                             (unsigned long long)g->not_after, (unsigned long long)timestamp);
    return GVM_OK;
}

/* ---- what is signed: the hash of the bytes */

static void prefixed_hash(gvm_hash *out, const char *prefix, gvm_bytes form) {
    gvm_blake3_state s;
    gvm_blake3_init(&s);
    gvm_blake3_update(&s, gvm_bytes_str(prefix));
    gvm_blake3_update(&s, form);
    gvm_blake3_output(&s, out->b, sizeof out->b, 0);
}

/* ---- what is signed: EIP-712. The members are the fourteen fields, but for the chain id, which is
 * the domain's; `to` is the address's 20 bytes or nothing, toName the name or nothing. */

#define MEMBERS                                                                                   \
    "(uint64 nonce,uint256 maxPriorityFeePerGas,uint256 maxFeePerGas,uint64 gasLimit,bytes to,"   \
    "string toName,uint256 value,bytes data,AccessTuple[] accessList,uint8 feeToken,address "     \
    "sponsor,uint64 notBefore,uint64 notAfter,address sender)AccessTuple(address target,bytes32[" \
    "] storageKeys)"
static const char TRANSACTION_TYPE[] = "GhostTransaction" MEMBERS;
static const char SPONSORSHIP_TYPE[] = "GhostSponsorship" MEMBERS;
static const char ACCESS_TYPE[] = "AccessTuple(address target,bytes32[] storageKeys)";
static const char DOMAIN_TYPE[] = "EIP712Domain(string name,string version,uint256 chainId)";

static void add(gvm_keccak *s, const void *p, size_t len) {
    gvm_keccak_update(s, gvm_bytes_make(p, len));
}
static void add_word(gvm_keccak *s, gvm_u256 v) {
    gvm_hash word = gvm_u256_to_hash(v);
    add(s, word.b, 32);
}
static void add_u64(gvm_keccak *s, uint64_t v) {
    add_word(s, gvm_u256_from_u64(v));
}
static void add_address(gvm_keccak *s, const gvm_address *a) {
    uint8_t word[32] = {0};
    memcpy(word + 12, a->b, 20);
    add(s, word, 32);
}
static void add_hash_of(gvm_keccak *s, gvm_bytes in) {
    gvm_hash h;
    gvm_keccak256(&h, in);
    add(s, h.b, 32);
}

static void add_access_list(gvm_keccak *s, const gvm_tx *tx) {
    gvm_keccak list, entry, keys;
    gvm_hash h;
    gvm_keccak256_init(&list);
    for (size_t i = 0; i < tx->access_count; i++) {
        const gvm_tx_access *a = &tx->access_list[i];
        gvm_keccak256_init(&keys);
        for (size_t k = 0; k < a->key_count; k++) add(&keys, a->keys[k].b, 32);
        gvm_keccak256_init(&entry);
        add_hash_of(&entry, gvm_bytes_str(ACCESS_TYPE));
        add_address(&entry, &a->address);
        gvm_keccak256_final(&keys, &h);
        add(&entry, h.b, 32);
        gvm_keccak256_final(&entry, &h);
        add(&list, h.b, 32);
    }
    gvm_keccak256_final(&list, &h);
    add(s, h.b, 32);
}

static void struct_hash(gvm_hash *out, const char *type, const gvm_tx *tx) {
    const gvm_ghost *g = tx->ghost;
    bool address = !tx->create && g->name.len == 0;
    gvm_keccak s;
    gvm_keccak256_init(&s);
    add_hash_of(&s, gvm_bytes_str(type));
    add_u64(&s, tx->nonce);
    add_word(&s, tx->max_priority_fee);
    add_word(&s, tx->max_fee);
    add_u64(&s, tx->gas_limit);
    add_hash_of(&s, gvm_bytes_make(tx->to.b, address ? 20 : 0));
    add_hash_of(&s, g->name);
    add_word(&s, tx->value);
    add_hash_of(&s, tx->data);
    add_access_list(&s, tx);
    add_u64(&s, g->fee_token);
    add_address(&s, &g->sponsor);
    add_u64(&s, g->not_before);
    add_u64(&s, g->not_after);
    add_address(&s, &tx->sender);
    gvm_keccak256_final(&s, out);
}

static void typed_data_hash(gvm_hash *out, const char *type, const gvm_tx *tx) {
    gvm_keccak s;
    gvm_hash domain, message;
    gvm_keccak256_init(&s);
    add_hash_of(&s, gvm_bytes_str(DOMAIN_TYPE));
    add_hash_of(&s, gvm_bytes_str("GhostChain"));
    add_hash_of(&s, gvm_bytes_str("1"));
    add_u64(&s, tx->chain_id);
    gvm_keccak256_final(&s, &domain);
    struct_hash(&message, type, tx);
    gvm_keccak256_init(&s);
    add(&s, "\x19\x01", 2);
    add(&s, domain.b, 32);
    add(&s, message.b, 32);
    gvm_keccak256_final(&s, out);
}

static bool any_typed_data(const gvm_auth *auths, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const gvm_auth *a = &auths[i];
        if (a->key.scheme == GVM_SCHEME_MULTI) return true; /* a member may be */
        if (a->key.scheme == GVM_SCHEME_SECP256K1 && a->signature.len > 0 &&
            a->signature.ptr[0] == GVM_FORM_TYPED_DATA)
            return true;
    }
    return false;
}

/* ---- both */

static void fill_digest(gvm_auth_digest *out, const gvm_tx *tx, gvm_bytes form, bool sponsor,
                        bool typed) {
    prefixed_hash(&out->hash, sponsor ? "ghost-sponsor-v1" : "ghost-tx-v1", form);
    out->has_typed_data = typed;
    if (typed) typed_data_hash(&out->typed_data, sponsor ? SPONSORSHIP_TYPE : TRANSACTION_TYPE, tx);
}

static gvm_status digest(gvm_auth_digest *out, const gvm_tx *tx, bool sponsor) {
    gvm_buf form = {0};
    gvm_tx_put_unsigned(&form, tx);
    gvm_status status = gvm_buf_status(&form);
    if (status == GVM_OK) fill_digest(out, tx, gvm_buf_bytes(&form), sponsor, true);
    gvm_buf_free(&form);
    return status;
}

gvm_status gvm_ghost_digest(gvm_auth_digest *out, const gvm_tx *tx) {
    return digest(out, tx, false);
}

gvm_status gvm_ghost_sponsor_digest(gvm_auth_digest *out, const gvm_tx *tx) {
    return digest(out, tx, true);
}

static gvm_status verify_list(const gvm_tx *tx, gvm_bytes form, const gvm_auth *auths, size_t count,
                              bool sponsor, gvm_error *err) {
    gvm_auth_digest d;
    if (count == 0) return GVM_OK;
    fill_digest(&d, tx, form, sponsor, any_typed_data(auths, count));
    for (size_t i = 0; i < count; i++) GVM_TRY(gvm_auth_verify(&auths[i], &d, err));
    return GVM_OK;
}

gvm_status gvm_ghost_verify(const gvm_tx *tx, gvm_error *err) {
    const gvm_ghost *g = tx->ghost;
    gvm_buf form = {0};
    if (!g->sponsored && g->sponsor_auth_count > 0)
        return gvm_error_set(err, GVM_ERR_TX_SPONSOR_AUTHS, "%s", "");
    if (g->auth_status != GVM_OK) {
        gvm_ghost again = *g; /* for its words */
        gvm_ghost_measure(&again, err);
        return g->auth_status;
    }
    gvm_tx_put_unsigned(&form, tx);
    gvm_status status = gvm_buf_status(&form);
    gvm_bytes bytes = gvm_buf_bytes(&form);
    if (status == GVM_OK) status = verify_list(tx, bytes, g->auths, g->auth_count, false, err);
    if (status == GVM_OK)
        status = verify_list(tx, bytes, g->sponsor_auths, g->sponsor_auth_count, true, err);
    gvm_buf_free(&form);
    return status;
}
