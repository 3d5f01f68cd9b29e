#include "crypto/keccak.h"
#include "state/db_internal.h"

#include <stdlib.h>

void gvm_account_proof_free(gvm_account_proof *proof) {
    gvm_trie_nodes_free(&proof->nodes);
    for (size_t i = 0; i < proof->storage_count; i++) gvm_trie_nodes_free(&proof->storage[i].nodes);
    free(proof->storage);
    memset(proof, 0, sizeof *proof);
}

static gvm_status prove_slot(gvm_stateview *view, gvm_storage_proof *out, const stored_account *a,
                             const gvm_u256 *key) {
    out->key = *key;
    if (a->storage_id == 0) return GVM_OK;
    gvm_hash slot = gvm_u256_to_hash(*key), h;
    gvm_keccak256(&h, gvm_bytes_make(slot.b, 32));
    trie_at at = {view, a->storage_id};
    gvm_trie_source source = statedb_source(&at);
    GVM_TRY(gvm_trie_prove(&out->nodes, &source, &a->account.storage_root, &h));
    return gvm_statedb_storage(view, &out->value, &a->address, key);
}

gvm_status gvm_statedb_prove(gvm_stateview *view, gvm_account_proof *out,
                             const gvm_address *address, const gvm_u256 *keys, size_t key_count) {
    memset(out, 0, sizeof *out);
    stored_account a;
    gvm_hash h;
    gvm_status status = statedb_view_account(view, &a, address);
    if (status != GVM_OK && status != GVM_ERR_NOT_FOUND) return status;
    out->exists = status == GVM_OK;
    if (!out->exists) {
        a.account = (gvm_account){.code_hash = GVM_EMPTY_CODE_HASH, .storage_root = GVM_EMPTY_ROOT};
        a.storage_id = 0;
    }
    out->account = a.account;
    gvm_keccak256(&h, gvm_bytes_make(address->b, 20));
    trie_at at = {view, 0};
    gvm_trie_source source = statedb_source(&at);
    GVM_TRY(gvm_trie_prove(&out->nodes, &source, &view->root, &h));
    if (key_count == 0) return GVM_OK;
    out->storage = calloc(key_count, sizeof *out->storage);
    if (!out->storage) return GVM_ERR_NOMEM;
    out->storage_count = key_count;
    for (size_t i = 0; i < key_count; i++)
        GVM_TRY(prove_slot(view, &out->storage[i], &a, &keys[i]));
    return GVM_OK;
}
