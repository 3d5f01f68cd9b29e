/* One table (`layouts`) says which fields a transaction of each type has and in which order;
 * decoding, encoding and the signing form all walk it, so that a field cannot be read in one order
 * and written in another. The last three fields of every type are the signature, of type 0x47 the
 * last two.
 *
 * Lists are decoded in two passes: the first counts entries, the second fills one block of memory.
 */
#include "exec/tx.h"

#include "crypto/keccak.h"
#include "crypto/secp256k1.h"
#include "exec/blob_tx.h"
#include "exec/ghost_tx.h"

#include <stdlib.h>

typedef enum field {
    END,
    CHAIN_ID,
    NONCE,
    GAS_PRICE,
    TIP,
    FEE,
    GAS,
    TO,
    VALUE,
    DATA,
    ACCESS,
    BLOB_FEE,
    BLOB_HASHES,
    AUTHS,
    TO_OR_NAME,
    FEE_TOKEN,
    SPONSOR,
    NOT_BEFORE,
    NOT_AFTER,
    SENDER,
    SENDER_AUTHS,
    SPONSOR_AUTHS,
    V, /* legacy: 27 + parity, or EIP-155's */
    Y,
    R,
    S,
} field;

static const uint8_t layouts[][16] = {
    [GVM_TX_LEGACY] = {NONCE, GAS_PRICE, GAS, TO, VALUE, DATA, V, R, S},
    [GVM_TX_ACCESS_LIST] = {CHAIN_ID, NONCE, GAS_PRICE, GAS, TO, VALUE, DATA, ACCESS, Y, R, S},
    [GVM_TX_DYNAMIC_FEE] = {CHAIN_ID, NONCE, TIP, FEE, GAS, TO, VALUE, DATA, ACCESS, Y, R, S},
    [GVM_TX_BLOB] = {CHAIN_ID, NONCE, TIP, FEE, GAS, TO, VALUE, DATA, ACCESS, BLOB_FEE, BLOB_HASHES,
                     Y, R, S},
    [GVM_TX_SET_CODE] = {CHAIN_ID, NONCE, TIP, FEE, GAS, TO, VALUE, DATA, ACCESS, AUTHS, Y, R, S},
};

static const uint8_t ghost_layout[] = {
    CHAIN_ID,  NONCE,   TIP,        FEE,       GAS,    TO_OR_NAME,   VALUE,         DATA, ACCESS,
    FEE_TOKEN, SPONSOR, NOT_BEFORE, NOT_AFTER, SENDER, SENDER_AUTHS, SPONSOR_AUTHS, END};

static const char *const field_names[] = {
    "end",
    "chainId",
    "nonce",
    "gasPrice",
    "maxPriorityFeePerGas",
    "maxFeePerGas",
    "gasLimit",
    "to",
    "value",
    "data",
    "accessList",
    "maxFeePerBlobGas",
    "blobHashes",
    "authorizationList",
    "to",
    "feeToken",
    "sponsor",
    "notBefore",
    "notAfter",
    "sender",
    "auths",
    "sponsorAuths",
    "v",
    "yParity",
    "r",
    "s",
};

static const uint8_t *layout_of(uint8_t type) {
    if (type == GVM_TX_GHOST) return ghost_layout;
    return type < sizeof layouts / sizeof layouts[0] ? layouts[type] : NULL;
}
static size_t signature_fields(uint8_t type) {
    return type == GVM_TX_GHOST ? 2 : 3;
}
static size_t field_count(const uint8_t *layout) {
    size_t n = 0;
    while (layout[n] != END) n++;
    return n;
}

/* ---- decoding */

/* Memory for the lists: sizes are added up in the first pass, places handed out in the second. */
typedef struct pool {
    uint8_t *at;
    gvm_ghost *ghost; /* of type 0x47: the first thing in it */
} pool;

static void *pool_take(pool *p, size_t size) {
    void *r = p->at;
    if (size > 0) p->at += size; /* of nothing there is no memory: NULL */
    return r;
}

static gvm_status read_u256(gvm_rlp_reader *in, gvm_u256 *out) {
    gvm_hash word;
    GVM_TRY(gvm_rlp_read_word(in, &word));
    *out = gvm_u256_from_hash(&word);
    return GVM_OK;
}

static gvm_status count_access(gvm_rlp_reader in, size_t *entries, size_t *keys) {
    *entries = *keys = 0;
    while (!gvm_rlp_done(&in)) {
        gvm_rlp_reader entry, list;
        gvm_rlp_item address;
        size_t n;
        GVM_TRY(gvm_rlp_read_list(&in, &entry));
        GVM_TRY(gvm_rlp_next(&entry, &address));
        GVM_TRY(gvm_rlp_read_list(&entry, &list));
        GVM_TRY(gvm_rlp_count(&list, &n));
        *entries += 1;
        *keys += n;
    }
    return GVM_OK;
}

static gvm_status read_access(gvm_tx *tx, pool *p, gvm_rlp_reader in) {
    gvm_tx_access *entries = pool_take(p, tx->access_count * sizeof *entries);
    gvm_hash *keys = pool_take(p, tx->access_key_count * sizeof *keys);
    for (size_t i = 0; i < tx->access_count; i++) {
        gvm_rlp_reader entry, list;
        GVM_TRY(gvm_rlp_read_list(&in, &entry));
        GVM_TRY(gvm_rlp_read_address(&entry, &entries[i].address));
        GVM_TRY(gvm_rlp_read_list(&entry, &list));
        GVM_TRY(gvm_rlp_read_end(&entry));
        entries[i].keys = keys;
        while (!gvm_rlp_done(&list)) GVM_TRY(gvm_rlp_read_hash(&list, keys++));
        entries[i].key_count = (size_t)(keys - entries[i].keys);
    }
    tx->access_list = entries;
    return GVM_OK;
}

static gvm_status read_blob_hashes(gvm_tx *tx, pool *p, gvm_rlp_reader in) {
    gvm_hash *hashes = pool_take(p, tx->blob_hash_count * sizeof *hashes);
    for (size_t i = 0; i < tx->blob_hash_count; i++) GVM_TRY(gvm_rlp_read_hash(&in, &hashes[i]));
    tx->blob_hashes = hashes;
    return GVM_OK;
}

static gvm_status read_auths(gvm_tx *tx, pool *p, gvm_rlp_reader in) {
    gvm_tx_auth *auths = pool_take(p, tx->auth_count * sizeof *auths);
    for (size_t i = 0; i < tx->auth_count; i++) {
        gvm_rlp_reader tuple;
        uint64_t y;
        GVM_TRY(gvm_rlp_read_list(&in, &tuple));
        GVM_TRY(read_u256(&tuple, &auths[i].chain_id));
        GVM_TRY(gvm_rlp_read_address(&tuple, &auths[i].address));
        GVM_TRY(gvm_rlp_read_u64(&tuple, &auths[i].nonce));
        GVM_TRY(gvm_rlp_read_u64(&tuple, &y));
        GVM_TRY(read_u256(&tuple, &auths[i].r));
        GVM_TRY(read_u256(&tuple, &auths[i].s));
        GVM_TRY(gvm_rlp_read_end(&tuple));
        if (y > UINT8_MAX) return GVM_ERR_RANGE;
        auths[i].y_parity = (uint8_t)y;
    }
    tx->auths = auths;
    return GVM_OK;
}

/* EIP-155: v = 27 + parity, or 35 + 2 * chain_id + parity. */
static gvm_status set_v(gvm_tx *tx, gvm_u256 v) {
    if (!gvm_u256_fits_u64(v)) {
        /* Over 2^64 still a chain id, of up to 2^64 - 1, when one bit is left over. */
        gvm_u256 id = gvm_u256_shr_u64(gvm_u256_sub(v, gvm_u256_from_u64(35)), 1);
        if (!gvm_u256_fits_u64(id)) return GVM_ERR_TX_CHAIN_ID;
        tx->chain_id = id.w[0];
        tx->y_parity = (uint8_t)((v.w[0] - 35) & 1);
        tx->replay_protected = true;
        return GVM_OK;
    }
    uint64_t n = v.w[0];
    if (n == 27 || n == 28) {
        tx->y_parity = (uint8_t)(n - 27);
        return GVM_OK;
    }
    if (n < 35) return GVM_ERR_TX_SIGNATURE;
    tx->chain_id = (n - 35) / 2;
    tx->y_parity = (uint8_t)((n - 35) % 2);
    tx->replay_protected = true;
    return GVM_OK;
}

static gvm_status read_y(gvm_rlp_reader *in, uint8_t *out) {
    uint64_t y;
    gvm_status s = gvm_rlp_read_u64(in, &y);
    if (s == GVM_ERR_RANGE || (s == GVM_OK && y > 1)) return GVM_ERR_TX_SIGNATURE;
    GVM_TRY(s);
    *out = (uint8_t)y;
    return GVM_OK;
}

static gvm_status read_chain_id(gvm_rlp_reader *in, uint64_t *out) {
    gvm_u256 id;
    GVM_TRY(read_u256(in, &id));
    if (!gvm_u256_fits_u64(id)) return GVM_ERR_TX_CHAIN_ID;
    *out = id.w[0];
    return GVM_OK;
}

static gvm_status read_to(gvm_rlp_reader *in, gvm_tx *tx) {
    bool present;
    GVM_TRY(gvm_rlp_read_address_opt(in, &tx->to, &present));
    tx->create = !present;
    if (!tx->create) return GVM_OK;
    if (tx->type == GVM_TX_BLOB) return GVM_ERR_TX_BLOB_CREATE;
    if (tx->type == GVM_TX_SET_CODE) return GVM_ERR_TX_AUTH_CREATE;
    return GVM_OK;
}

static gvm_status read_to_or_name(gvm_rlp_reader *in, gvm_tx *tx, gvm_ghost *ghost) {
    gvm_rlp_item item;
    GVM_TRY(gvm_rlp_peek(in, &item));
    if (!item.is_list) return read_to(in, tx);
    GVM_TRY(gvm_rlp_next(in, &item));
    return gvm_ghost_read_name(&ghost->name, gvm_rlp_reader_make(item.payload));
}

static gvm_status read_fee_token(gvm_rlp_reader *in, gvm_ghost *ghost) {
    uint64_t v;
    GVM_TRY(gvm_rlp_read_u64(in, &v));
    if (v < GVM_FEE_TOKEN_GCC || v > GVM_FEE_TOKEN_LAST) return GVM_ERR_TX_FEE_TOKEN;
    ghost->fee_token = (uint8_t)v;
    return GVM_OK;
}

static gvm_status read_sponsor(gvm_rlp_reader *in, gvm_ghost *ghost) {
    GVM_TRY(gvm_rlp_read_address_opt(in, &ghost->sponsor, &ghost->sponsored));
    bool zero = ghost->sponsored && gvm_address_is_zero(&ghost->sponsor);
    return zero ? GVM_ERR_TX_SPONSOR : GVM_OK;
}

static gvm_status read_ghost_auths(gvm_rlp_reader *in, pool *p, const gvm_auth **out,
                                   size_t count) {
    gvm_rlp_reader list;
    gvm_auth *auths = pool_take(p, count * sizeof *auths);
    GVM_TRY(gvm_rlp_read_list(in, &list));
    *out = auths;
    return gvm_ghost_read_auths(auths, list, count);
}

static gvm_status read_ghost_field(gvm_tx *tx, field f, gvm_rlp_reader *in, pool *p) {
    gvm_ghost *g = p->ghost;
    switch (f) {
    case TO_OR_NAME: return read_to_or_name(in, tx, g);
    case FEE_TOKEN: return read_fee_token(in, g);
    case SPONSOR: return read_sponsor(in, g);
    case NOT_BEFORE: return gvm_rlp_read_u64(in, &g->not_before);
    case NOT_AFTER: return gvm_rlp_read_u64(in, &g->not_after);
    case SENDER: return gvm_rlp_read_address(in, &tx->sender);
    case SENDER_AUTHS: return read_ghost_auths(in, p, &g->auths, g->auth_count);
    case SPONSOR_AUTHS: return read_ghost_auths(in, p, &g->sponsor_auths, g->sponsor_auth_count);
    default: GVM_ASSERT(false);
    }
}

static gvm_status read_field(gvm_tx *tx, field f, gvm_rlp_reader *in, pool *p) {
    gvm_rlp_reader list;
    gvm_u256 v;
    switch (f) {
    case CHAIN_ID: return read_chain_id(in, &tx->chain_id);
    case NONCE: return gvm_rlp_read_u64(in, &tx->nonce);
    case GAS_PRICE:
        GVM_TRY(read_u256(in, &tx->max_fee));
        tx->max_priority_fee = tx->max_fee;
        return GVM_OK;
    case TIP: return read_u256(in, &tx->max_priority_fee);
    case FEE: return read_u256(in, &tx->max_fee);
    case GAS: return gvm_rlp_read_u64(in, &tx->gas_limit);
    case TO: return read_to(in, tx);
    case VALUE: return read_u256(in, &tx->value);
    case DATA: return gvm_rlp_read_bytes(in, &tx->data);
    case ACCESS: GVM_TRY(gvm_rlp_read_list(in, &list)); return read_access(tx, p, list);
    case BLOB_FEE: return read_u256(in, &tx->max_blob_fee);
    case BLOB_HASHES: GVM_TRY(gvm_rlp_read_list(in, &list)); return read_blob_hashes(tx, p, list);
    case AUTHS: GVM_TRY(gvm_rlp_read_list(in, &list)); return read_auths(tx, p, list);
    case V: GVM_TRY(read_u256(in, &v)); return set_v(tx, v);
    case Y: return read_y(in, &tx->y_parity);
    case R: return read_u256(in, &tx->r);
    case S: return read_u256(in, &tx->s);
    default: return read_ghost_field(tx, f, in, p);
    }
}

/* Where the number of a list's entries goes; NULL where the field is none of a list of single
 * entries. */
static size_t *count_of(gvm_tx *tx, gvm_ghost *ghost, field f) {
    switch (f) {
    case BLOB_HASHES: return &tx->blob_hash_count;
    case AUTHS: return &tx->auth_count;
    case SENDER_AUTHS: return &ghost->auth_count;
    case SPONSOR_AUTHS: return &ghost->sponsor_auth_count;
    default: return NULL;
    }
}

/* The first pass: how many fields, how many entries in each list. */
static gvm_status count_lists(gvm_tx *tx, gvm_ghost *ghost, gvm_rlp_reader in,
                              const uint8_t *layout, size_t *size) {
    size_t fields;
    GVM_TRY(gvm_rlp_count(&in, &fields));
    if (fields < field_count(layout)) return GVM_ERR_TX_TOO_FEW_FIELDS;
    if (fields > field_count(layout)) return GVM_ERR_TX_TOO_MANY_FIELDS;
    for (size_t i = 0; layout[i] != END; i++) {
        gvm_rlp_item item;
        GVM_TRY(gvm_rlp_next(&in, &item));
        if (!item.is_list) continue;
        gvm_rlp_reader inside = gvm_rlp_reader_make(item.payload);
        size_t *count = count_of(tx, ghost, (field)layout[i]);
        if (layout[i] == ACCESS)
            GVM_TRY(count_access(inside, &tx->access_count, &tx->access_key_count));
        else if (count != NULL)
            GVM_TRY(gvm_rlp_count(&inside, count));
    }
    if (ghost->auth_count > GVM_AUTH_SIGNATURES_MAX ||
        ghost->sponsor_auth_count > GVM_AUTH_SIGNATURES_MAX)
        return GVM_ERR_AUTH_COUNT;
    *size = tx->access_count * sizeof(gvm_tx_access) + tx->access_key_count * sizeof(gvm_hash) +
            tx->blob_hash_count * sizeof(gvm_hash) + tx->auth_count * sizeof(gvm_tx_auth);
    if (tx->type == GVM_TX_GHOST)
        *size +=
            sizeof(gvm_ghost) + (ghost->auth_count + ghost->sponsor_auth_count) * sizeof(gvm_auth);
    return GVM_OK;
}

static gvm_status decode_fields(gvm_tx *tx, gvm_rlp_reader in, gvm_error *err) {
    const uint8_t *layout = layout_of(tx->type);
    size_t size;
    gvm_ghost counts = {0};
    gvm_status status = count_lists(tx, &counts, in, layout, &size);
    if (status != GVM_OK) return gvm_error_set(err, status, "transaction of type %d", tx->type);
    if (size > 0 && (tx->owned = malloc(size)) == NULL) return GVM_ERR_NOMEM;
    pool p = {.at = tx->owned};
    if (tx->type == GVM_TX_GHOST) {
        tx->ghost = p.ghost = pool_take(&p, sizeof counts);
        *p.ghost = counts;
    }
    tx->replay_protected = tx->type != GVM_TX_LEGACY;
    for (size_t i = 0; layout[i] != END; i++) {
        status = read_field(tx, (field)layout[i], &in, &p);
        if (status != GVM_OK) {
            gvm_tx_free(tx);
            return gvm_error_set(err, status, "transaction field %s: %s", field_names[layout[i]],
                                 gvm_status_text(status));
        }
    }
    if (tx->type == GVM_TX_GHOST && (status = gvm_ghost_decoded(p.ghost, err)) != GVM_OK)
        gvm_tx_free(tx);
    return status;
}

static gvm_status decode(gvm_tx *tx, gvm_bytes in, gvm_error *err) {
    *tx = (gvm_tx){0};
    if (in.len == 0) return gvm_error_set(err, GVM_ERR_TRUNCATED, "empty transaction");
    if (in.len > GVM_TX_BYTES_MAX) return GVM_ERR_LIMIT;
    gvm_keccak256(&tx->hash, in);
    if (in.ptr[0] < 0xc0) { /* no list: a type, of which those from 0x80 on are none (EIP-2718) */
        tx->type = in.ptr[0];
        if (tx->type == GVM_TX_LEGACY || layout_of(tx->type) == NULL)
            return gvm_error_set(err, GVM_ERR_TX_TYPE, "transaction type 0x%02x", tx->type);
        in = gvm_bytes_make(in.ptr + 1, in.len - 1);
    }
    gvm_rlp_reader r = gvm_rlp_reader_make(in), fields;
    gvm_status status = gvm_rlp_read_list(&r, &fields);
    if (status == GVM_OK) status = gvm_rlp_read_end(&r);
    if (status != GVM_OK)
        return gvm_error_set(err, status, "transaction: %s", gvm_status_text(status));
    return decode_fields(tx, fields, err);
}

gvm_status gvm_tx_decode(gvm_tx *out, gvm_bytes in, gvm_error *err) {
    return decode(out, in, err);
}

gvm_status gvm_tx_decode_item(gvm_tx *out, gvm_rlp_reader *in, gvm_error *err) {
    gvm_rlp_item item;
    GVM_TRY(gvm_rlp_next(in, &item));
    if (item.is_list) return decode(out, item.encoded, err);
    if (item.payload.len == 0 || item.payload.ptr[0] >= 0x80)
        return gvm_error_set(err, GVM_ERR_SYNTAX, "a string that holds no typed transaction");
    if (gvm_blob_tx_is_network(item.payload))
        return gvm_error_set(err, GVM_ERR_TX_BLOB_SIDECAR, "blobs inside a list of transactions");
    return decode(out, item.payload, err);
}

void gvm_tx_free(gvm_tx *tx) {
    free(tx->owned);
    *tx = (gvm_tx){0};
}

/* ---- encoding */

static void put_u256(gvm_buf *out, gvm_u256 v) {
    gvm_hash word = gvm_u256_to_hash(v);
    gvm_rlp_put_word(out, &word);
}

static void put_access(gvm_buf *out, const gvm_tx *tx) {
    size_t outer = gvm_rlp_list_begin(out);
    for (size_t i = 0; i < tx->access_count; i++) {
        const gvm_tx_access *a = &tx->access_list[i];
        size_t entry = gvm_rlp_list_begin(out);
        gvm_rlp_put_address(out, &a->address);
        size_t keys = gvm_rlp_list_begin(out);
        for (size_t k = 0; k < a->key_count; k++) gvm_rlp_put_hash(out, &a->keys[k]);
        gvm_rlp_list_end(out, keys);
        gvm_rlp_list_end(out, entry);
    }
    gvm_rlp_list_end(out, outer);
}

static void put_auths(gvm_buf *out, const gvm_tx *tx) {
    size_t outer = gvm_rlp_list_begin(out);
    for (size_t i = 0; i < tx->auth_count; i++) {
        const gvm_tx_auth *a = &tx->auths[i];
        size_t tuple = gvm_rlp_list_begin(out);
        put_u256(out, a->chain_id);
        gvm_rlp_put_address(out, &a->address);
        gvm_rlp_put_u64(out, a->nonce);
        gvm_rlp_put_u64(out, a->y_parity);
        put_u256(out, a->r);
        put_u256(out, a->s);
        gvm_rlp_list_end(out, tuple);
    }
    gvm_rlp_list_end(out, outer);
}

static void put_blob_hashes(gvm_buf *out, const gvm_tx *tx) {
    size_t list = gvm_rlp_list_begin(out);
    for (size_t i = 0; i < tx->blob_hash_count; i++) gvm_rlp_put_hash(out, &tx->blob_hashes[i]);
    gvm_rlp_list_end(out, list);
}

static gvm_u256 legacy_v(const gvm_tx *tx) {
    if (!tx->replay_protected) return gvm_u256_from_u64(27u + tx->y_parity);
    gvm_u256 v = gvm_u256_shl_u64(gvm_u256_from_u64(tx->chain_id), 1);
    return gvm_u256_add(v, gvm_u256_from_u64(35u + tx->y_parity));
}

static void put_to_or_name(gvm_buf *out, const gvm_tx *tx) {
    const gvm_ghost *g = tx->ghost;
    if (g->name.len == 0) {
        gvm_rlp_put_address(out, tx->create ? NULL : &tx->to);
        return;
    }
    size_t list = gvm_rlp_list_begin(out);
    gvm_rlp_put_bytes(out, g->name);
    gvm_rlp_list_end(out, list);
}

static void put_ghost_field(gvm_buf *out, const gvm_tx *tx, field f) {
    const gvm_ghost *g = tx->ghost;
    switch (f) {
    case TO_OR_NAME: put_to_or_name(out, tx); break;
    case FEE_TOKEN: gvm_rlp_put_u64(out, g->fee_token); break;
    case SPONSOR: gvm_rlp_put_address(out, g->sponsored ? &g->sponsor : NULL); break;
    case NOT_BEFORE: gvm_rlp_put_u64(out, g->not_before); break;
    case NOT_AFTER: gvm_rlp_put_u64(out, g->not_after); break;
    case SENDER: gvm_rlp_put_address(out, &tx->sender); break;
    case SENDER_AUTHS: gvm_ghost_put_auths(out, g->auths, g->auth_count); break;
    case SPONSOR_AUTHS: gvm_ghost_put_auths(out, g->sponsor_auths, g->sponsor_auth_count); break;
    default: GVM_ASSERT(false);
    }
}

static void put_field(gvm_buf *out, const gvm_tx *tx, field f) {
    switch (f) {
    case CHAIN_ID: gvm_rlp_put_u64(out, tx->chain_id); break;
    case NONCE: gvm_rlp_put_u64(out, tx->nonce); break;
    case GAS_PRICE:
    case FEE: put_u256(out, tx->max_fee); break;
    case TIP: put_u256(out, tx->max_priority_fee); break;
    case GAS: gvm_rlp_put_u64(out, tx->gas_limit); break;
    case TO: gvm_rlp_put_address(out, tx->create ? NULL : &tx->to); break;
    case VALUE: put_u256(out, tx->value); break;
    case DATA: gvm_rlp_put_bytes(out, tx->data); break;
    case ACCESS: put_access(out, tx); break;
    case BLOB_FEE: put_u256(out, tx->max_blob_fee); break;
    case BLOB_HASHES: put_blob_hashes(out, tx); break;
    case AUTHS: put_auths(out, tx); break;
    case V: put_u256(out, legacy_v(tx)); break;
    case Y: gvm_rlp_put_u64(out, tx->y_parity); break;
    case R: put_u256(out, tx->r); break;
    case S: put_u256(out, tx->s); break;
    default: put_ghost_field(out, tx, f);
    }
}

static void encode(gvm_buf *out, const gvm_tx *tx, bool for_signing) {
    const uint8_t *layout = layout_of(tx->type);
    GVM_ASSERT(layout != NULL);
    bool bare = tx->type == GVM_TX_LEGACY || (tx->type == GVM_TX_GHOST && for_signing);
    if (!bare) gvm_buf_put(out, tx->type);
    size_t fields = field_count(layout) - (for_signing ? signature_fields(tx->type) : 0);
    size_t list = gvm_rlp_list_begin(out);
    for (size_t i = 0; i < fields; i++) put_field(out, tx, (field)layout[i]);
    if (for_signing && tx->type == GVM_TX_LEGACY && tx->replay_protected) {
        gvm_rlp_put_u64(out, tx->chain_id);
        gvm_rlp_put_u64(out, 0);
        gvm_rlp_put_u64(out, 0);
    }
    gvm_rlp_list_end(out, list);
}

void gvm_tx_encode(gvm_buf *out, const gvm_tx *tx) {
    encode(out, tx, false);
}

void gvm_tx_encode_item(gvm_buf *out, const gvm_tx *tx) {
    if (tx->type == GVM_TX_LEGACY) {
        encode(out, tx, false);
        return;
    }
    gvm_buf envelope = {0};
    encode(&envelope, tx, false);
    if (envelope.failed) out->failed = true;
    gvm_rlp_put_bytes(out, gvm_buf_bytes(&envelope));
    gvm_buf_free(&envelope);
}

static gvm_status hash_form(gvm_hash *out, const gvm_tx *tx, bool for_signing) {
    gvm_buf b = {0};
    encode(&b, tx, for_signing);
    gvm_status status = gvm_buf_status(&b);
    if (status == GVM_OK) gvm_keccak256(out, gvm_buf_bytes(&b));
    gvm_buf_free(&b);
    return status;
}

void gvm_tx_put_unsigned(gvm_buf *out, const gvm_tx *tx) {
    encode(out, tx, true);
}

gvm_status gvm_tx_signing_hash(gvm_hash *out, const gvm_tx *tx) {
    if (tx->type != GVM_TX_GHOST) return hash_form(out, tx, true);
    gvm_auth_digest digest;
    GVM_TRY(gvm_ghost_digest(&digest, tx));
    *out = digest.hash;
    return GVM_OK;
}

gvm_status gvm_tx_set_hash(gvm_tx *tx) {
    return hash_form(&tx->hash, tx, false);
}

/* ---- who signed */

static const gvm_u256 order = {
    {0xbfd25e8cd0364141, 0xbaaedce6af48a03b, 0xfffffffffffffffe, 0xffffffffffffffff}};
static const gvm_u256 half_order = {
    {0xdfe92f46681b20a0, 0x5d576e7357a4501d, 0xffffffffffffffff, 0x7fffffffffffffff}};

static gvm_status recover(gvm_address *out, const gvm_hash *digest, gvm_u256 r, gvm_u256 s,
                          uint8_t y_parity, bool low_s) {
    bool in_range = y_parity <= 1 && !gvm_u256_is_zero(r) && !gvm_u256_is_zero(s) &&
                    gvm_u256_lt(r, order) && gvm_u256_lt(s, order);
    if (!in_range || (low_s && gvm_u256_lt(half_order, s))) return GVM_ERR_TX_SIGNATURE;
    gvm_secp256k1_signature signature = {.y_parity = y_parity};
    gvm_u256_to_be(signature.r, r);
    gvm_u256_to_be(signature.s, s);
    return gvm_secp256k1_recover(out, digest, &signature) == GVM_OK ? GVM_OK : GVM_ERR_TX_RECOVERY;
}

gvm_status gvm_tx_recover(gvm_tx *tx, const gvm_rules *rules) {
    gvm_hash digest;
    if (tx->type == GVM_TX_GHOST)
        return rules->ghost ? gvm_ghost_verify(tx, NULL) : GVM_ERR_TX_TYPE;
    GVM_TRY(gvm_tx_signing_hash(&digest, tx));
    return recover(&tx->sender, &digest, tx->r, tx->s, tx->y_parity,
                   rules->fork >= GVM_FORK_HOMESTEAD);
}

gvm_status gvm_tx_auth_recover(gvm_address *authority, const gvm_tx_auth *auth) {
    enum { MAGIC = 0x05 };
    uint8_t form[1 + GVM_RLP_HEADER_MAX + 33 + 21 + 9];
    uint8_t fields[33 + 21 + 9];
    gvm_hash chain_id = gvm_u256_to_hash(auth->chain_id), digest;
    size_t n = gvm_rlp_write_word(fields, &chain_id);
    n += gvm_rlp_write_bytes(fields + n, gvm_bytes_make(auth->address.b, 20));
    n += gvm_rlp_write_u64(fields + n, auth->nonce);
    form[0] = MAGIC;
    size_t header = 1 + gvm_rlp_write_list_header(form + 1, n);
    memcpy(form + header, fields, n);
    gvm_keccak256(&digest, gvm_bytes_make(form, header + n));
    return recover(authority, &digest, auth->r, auth->s, auth->y_parity, true);
}

gvm_u256 gvm_tx_effective_price(const gvm_tx *tx, gvm_u256 base_fee) {
    gvm_u256 room = gvm_u256_sub(tx->max_fee, base_fee);
    gvm_u256 tip = gvm_u256_lt(room, tx->max_priority_fee) ? room : tx->max_priority_fee;
    return gvm_u256_add(base_fee, tip);
}
