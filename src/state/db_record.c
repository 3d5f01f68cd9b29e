/* Records of the durable state as bytes (layout: db_internal.h), and the leaves that the trie makes
 * of them. */
#include "state/db_internal.h"

#include "codec/rlp.h"

enum { HAS_CODE = 1, HAS_STORAGE = 2 };

static uint8_t *put_u256(uint8_t *p, size_t *len, gvm_u256 v) {
    uint8_t be[32];
    *len = gvm_u256_minimal_be(be, v);
    memcpy(p, be + 32 - *len, *len);
    return p + *len;
}

size_t statedb_account_write(uint8_t out[ACCOUNT_RECORD_MAX], const stored_account *a) {
    unsigned flags = 0;
    size_t nonce_len, balance_len;
    uint8_t *p = out + 2;
    memcpy(p, a->address.b, 20);
    p = put_u256(p + 20, &nonce_len, gvm_u256_from_u64(a->account.nonce));
    p = put_u256(p, &balance_len, a->account.balance);
    if (gvm_account_has_code(&a->account)) {
        flags |= HAS_CODE;
        memcpy(p, a->account.code_hash.b, 32);
        p += 32;
    }
    if (a->storage_id) {
        flags |= HAS_STORAGE;
        gvm_store_be64(p, a->storage_id);
        memcpy(p + 8, a->account.storage_root.b, 32);
        p += 40;
    }
    out[0] = (uint8_t)(flags | nonce_len << 2);
    out[1] = (uint8_t)balance_len;
    return (size_t)(p - out);
}

gvm_status statedb_account_read(stored_account *a, gvm_bytes record) {
    if (record.len < 22) return GVM_ERR_CORRUPT;
    const uint8_t *p = record.ptr;
    unsigned flags = p[0] & 3;
    size_t nonce_len = p[0] >> 2, balance_len = p[1];
    size_t want = 22 + nonce_len + balance_len + (flags & HAS_CODE ? 32u : 0u) +
                  (flags & HAS_STORAGE ? 40u : 0u);
    if (nonce_len > 8 || balance_len > 32 || record.len != want) return GVM_ERR_CORRUPT;
    memcpy(a->address.b, p + 2, 20);
    p += 22;
    a->account.nonce = gvm_u256_from_bytes(gvm_bytes_make(p, nonce_len)).w[0];
    a->account.balance = gvm_u256_from_bytes(gvm_bytes_make(p + nonce_len, balance_len));
    p += nonce_len + balance_len;
    a->account.code_hash = GVM_EMPTY_CODE_HASH;
    a->account.storage_root = GVM_EMPTY_ROOT;
    a->storage_id = 0;
    if (flags & HAS_CODE) {
        memcpy(a->account.code_hash.b, p, 32);
        p += 32;
    }
    if (flags & HAS_STORAGE) {
        a->storage_id = gvm_load_be64(p);
        memcpy(a->account.storage_root.b, p + 8, 32);
        if (a->storage_id == 0) return GVM_ERR_CORRUPT;
    }
    return GVM_OK;
}

size_t statedb_account_leaf(uint8_t out[ACCOUNT_LEAF_MAX], const gvm_account *a) {
    uint8_t body[ACCOUNT_LEAF_MAX];
    gvm_hash balance = gvm_u256_to_hash(a->balance);
    size_t n = gvm_rlp_write_u64(body, a->nonce);
    n += gvm_rlp_write_word(body + n, &balance);
    n += gvm_rlp_write_bytes(body + n, gvm_bytes_make(a->storage_root.b, 32));
    n += gvm_rlp_write_bytes(body + n, gvm_bytes_make(a->code_hash.b, 32));
    size_t head = gvm_rlp_write_list_header(out, n);
    memcpy(out + head, body, n);
    return head + n;
}

size_t statedb_slot_write(uint8_t out[SLOT_RECORD_MAX], const gvm_u256 *key,
                          const gvm_u256 *value) {
    size_t key_len, value_len;
    uint8_t *p = put_u256(out + 1, &key_len, *key);
    p = put_u256(p, &value_len, *value);
    out[0] = (uint8_t)key_len;
    return (size_t)(p - out);
}

gvm_status statedb_slot_read(gvm_u256 *key, gvm_u256 *value, gvm_bytes record) {
    if (record.len < 2) return GVM_ERR_CORRUPT;
    size_t key_len = record.ptr[0], left = record.len - 1;
    if (key_len > 32 || key_len >= left || left - key_len > 32) return GVM_ERR_CORRUPT;
    *key = gvm_u256_from_bytes(gvm_bytes_make(record.ptr + 1, key_len));
    *value = gvm_u256_from_bytes(gvm_bytes_make(record.ptr + 1 + key_len, left - key_len));
    return GVM_OK;
}

size_t statedb_slot_leaf(uint8_t out[33], const gvm_u256 *value) {
    gvm_hash word = gvm_u256_to_hash(*value);
    return gvm_rlp_write_word(out, &word);
}

gvm_bytes statedb_slot_key(uint8_t out[SLOT_KEY], uint64_t id, const gvm_hash *key) {
    gvm_store_be64(out, id);
    memcpy(out + 8, key->b, 32);
    return gvm_bytes_make(out, SLOT_KEY);
}

gvm_bytes statedb_trie_key(uint8_t out[TRIE_KEY_MAX], uint64_t id, const gvm_trie_path *path) {
    gvm_store_be64(out, id);
    return gvm_bytes_make(out, 8 + gvm_trie_path_key(out + 8, path));
}
