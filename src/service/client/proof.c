#include "service/client/proof.h"

#include "codec/rlp.h"
#include "crypto/keccak.h"
#include "trie/proof.h"

#include <stdlib.h>

/* Checks one key; *value stays valid as long as *nodes. */
static gvm_status verify(gvm_bytes *value, gvm_trie_nodes *nodes, const gvm_json_at *list,
                         const gvm_hash *root, gvm_bytes preimage, gvm_error *err) {
    gvm_json_iter it;
    gvm_json_at node;
    gvm_hash key;
    gvm_buf bytes = {0};
    gvm_status status = gvm_json_each(&it, list, GVM_JSON_ARRAY, err);
    while (status == GVM_OK && gvm_json_step(&it, &node)) {
        gvm_buf_clear(&bytes);
        status = gvm_json_data(&bytes, &node, err);
        if (status == GVM_OK) status = gvm_trie_nodes_add(nodes, gvm_buf_bytes(&bytes));
    }
    gvm_buf_free(&bytes);
    GVM_TRY(status);
    gvm_bytes *views = calloc(nodes->count + 1, sizeof *views);
    if (views == NULL) return GVM_ERR_NOMEM;
    for (size_t i = 0; i < nodes->count; i++) views[i] = gvm_trie_nodes_get(nodes, i);
    gvm_keccak256(&key, preimage);
    status = gvm_trie_verify(value, root, gvm_bytes_make(key.b, 32), views, nodes->count);
    free(views);
    return status == GVM_ERR_PROOF
               ? gvm_json_refuse(err, list, status,
                                 "the nodes do not lead from the root to the key")
               : status;
}

static gvm_status read_account(gvm_account *out, gvm_bytes rlp) {
    gvm_rlp_reader in = gvm_rlp_reader_make(rlp);
    if (gvm_rlp_read_list(&in, &in) != GVM_OK || gvm_rlp_read_u64(&in, &out->nonce) != GVM_OK ||
        gvm_rlp_read_u256(&in, &out->balance) != GVM_OK ||
        gvm_rlp_read_hash(&in, &out->storage_root) != GVM_OK ||
        gvm_rlp_read_hash(&in, &out->code_hash) != GVM_OK || gvm_rlp_read_end(&in) != GVM_OK)
        return GVM_ERR_PROOF;
    return GVM_OK;
}

static gvm_status differs(gvm_error *err, const gvm_json_at *at, const char *field) {
    return gvm_json_refuse(err, at, GVM_ERR_PROOF, "%s is not what the proof shows", field);
}

/* Of an account that does not exist, nodes give zeros or the values of an empty one. */
static bool same_hash(const gvm_hash *claimed, const gvm_hash *proven, bool exists) {
    return gvm_hash_equal(claimed, proven) || (!exists && gvm_hash_is_zero(claimed));
}

static gvm_status compare_account(const gvm_json_at *at, const gvm_account *a, bool exists,
                                  const gvm_address *address, gvm_error *err) {
    gvm_account claimed;
    gvm_address named;
    GVM_TRY(gvm_json_get_address(&named, at, "address", err));
    GVM_TRY(gvm_json_get_u64(&claimed.nonce, at, "nonce", GVM_JSON_QUANTITY, err));
    GVM_TRY(gvm_json_get_u256(&claimed.balance, at, "balance", GVM_JSON_QUANTITY, err));
    GVM_TRY(gvm_json_get_hash(&claimed.code_hash, at, "codeHash", err));
    GVM_TRY(gvm_json_get_hash(&claimed.storage_root, at, "storageHash", err));
    if (!gvm_address_equal(&named, address)) return differs(err, at, "address");
    if (claimed.nonce != a->nonce) return differs(err, at, "nonce");
    if (!gvm_u256_eq(claimed.balance, a->balance)) return differs(err, at, "balance");
    if (!same_hash(&claimed.code_hash, &a->code_hash, exists)) return differs(err, at, "codeHash");
    if (!same_hash(&claimed.storage_root, &a->storage_root, exists))
        return differs(err, at, "storageHash");
    return GVM_OK;
}

static gvm_status verify_slot(const gvm_json_at *slot, const gvm_hash *root, const gvm_hash *asked,
                              gvm_error *err) {
    gvm_json_at key_at, list;
    gvm_hash key;
    gvm_u256 claimed, proven = gvm_u256_zero();
    gvm_bytes value;
    gvm_trie_nodes nodes = {0};
    GVM_TRY(gvm_json_get(&key_at, slot, "key", err));
    GVM_TRY(gvm_json_word(&key, &key_at, GVM_JSON_HEX, err));
    if (!gvm_hash_equal(&key, asked))
        return gvm_json_refuse(err, slot, GVM_ERR_PROOF, "another slot than asked for");
    GVM_TRY(gvm_json_get_u256(&claimed, slot, "value", GVM_JSON_QUANTITY, err));
    GVM_TRY(gvm_json_get(&list, slot, "proof", err));
    gvm_status status = verify(&value, &nodes, &list, root, gvm_bytes_make(key.b, 32), err);
    if (status == GVM_OK && value.ptr != NULL) {
        gvm_rlp_reader in = gvm_rlp_reader_make(value);
        if (gvm_rlp_read_u256(&in, &proven) != GVM_OK || gvm_rlp_read_end(&in) != GVM_OK)
            status = differs(err, slot, "the kind of value");
    }
    gvm_trie_nodes_free(&nodes);
    if (status == GVM_OK && !gvm_u256_eq(claimed, proven)) status = differs(err, slot, "value");
    return status;
}

gvm_status gvm_client_verify_proof(gvm_account *account, bool *exists, yyjson_val *answer,
                                   const gvm_hash *root, const gvm_address *address,
                                   const gvm_hash *slots, size_t slot_count, gvm_error *err) {
    gvm_json_at at = gvm_json_of(answer, "proof"), list, storage, slot;
    gvm_json_iter it;
    gvm_trie_nodes nodes = {0};
    gvm_bytes value;
    *account = (gvm_account){.code_hash = GVM_EMPTY_CODE_HASH, .storage_root = GVM_EMPTY_ROOT};
    GVM_TRY(gvm_json_get(&list, &at, "accountProof", err));
    gvm_status status = verify(&value, &nodes, &list, root, gvm_bytes_make(address->b, 20), err);
    *exists = status == GVM_OK && value.ptr != NULL;
    if (*exists) {
        status = read_account(account, value);
        if (status != GVM_OK) status = differs(err, &list, "the shape of the account");
    }
    gvm_trie_nodes_free(&nodes);
    GVM_TRY(status);
    GVM_TRY(compare_account(&at, account, *exists, address, err));
    GVM_TRY(gvm_json_get(&storage, &at, "storageProof", err));
    GVM_TRY(gvm_json_each(&it, &storage, GVM_JSON_ARRAY, err));
    if (it.count != slot_count)
        return gvm_json_refuse(err, &storage, GVM_ERR_PROOF, "%zu slots, asked for %zu", it.count,
                               slot_count);
    for (size_t i = 0; gvm_json_step(&it, &slot); i++)
        GVM_TRY(verify_slot(&slot, &account->storage_root, &slots[i], err));
    return GVM_OK;
}
