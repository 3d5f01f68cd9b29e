/* Type 0x47: what decodes encodes to the very bytes it came from; what its lists say of themselves
 * (gas, number of signatures) is the same each time; a signature that holds is the only encoding of
 * itself; a set of keys that decodes encodes to its bytes. The input is a transaction, or, where it
 * begins with another byte, a key of a scheme and a signature. */
#include "exec/ghost_tx.h"
#include "exec/intrinsic.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static gvm_rules rules;

static void try_set(gvm_bytes in) {
    gvm_keyset set;
    gvm_buf out = {0};
    if (gvm_keyset_decode(&set, in, NULL) != GVM_OK) return;
    GVM_ASSERT(set.threshold >= 1 && set.threshold <= set.count && set.count <= GVM_KEYSET_MAX);
    gvm_keyset_encode(&out, &set);
    GVM_ASSERT(gvm_bytes_equal(gvm_buf_bytes(&out), in));
    gvm_keyset_sort(&set);
    gvm_buf_clear(&out);
    gvm_keyset_encode(&out, &set);
    GVM_ASSERT(gvm_bytes_equal(gvm_buf_bytes(&out), in));
    gvm_buf_free(&out);
}

static void try_auth(const gvm_auth *auth, const gvm_auth_digest *digest) {
    gvm_address account;
    uint64_t gas;
    size_t signatures;
    gvm_error err = {0};
    gvm_status status = gvm_auth_measure(&gas, &signatures, auth, &err);
    GVM_ASSERT(status == GVM_OK || err.code == status);
    if (status == GVM_OK) GVM_ASSERT(signatures >= 1 && signatures <= GVM_KEYSET_MAX && gas > 0);
    if (gvm_auth_verify(auth, digest, &err) == GVM_OK) GVM_ASSERT(status == GVM_OK);
    if (auth->key.scheme == GVM_SCHEME_MULTI) try_set(auth->key.bytes);
    if (gvm_key_check(auth->key, NULL) == GVM_OK) {
        GVM_ASSERT(gvm_key_address(&account, auth->key) == GVM_OK);
        GVM_ASSERT(gvm_auth_check_policy(auth->key, &account, NULL, NULL) == GVM_OK);
        (void)gvm_key_holds_account(auth->key, &account);
    }
}

static void try_tx(gvm_bytes in) {
    gvm_tx tx;
    gvm_buf out = {0};
    gvm_auth_digest digest;
    if (gvm_tx_decode(&tx, in, NULL) != GVM_OK) return;
    gvm_tx_encode(&out, &tx);
    GVM_ASSERT(gvm_bytes_equal(gvm_buf_bytes(&out), in));
    const gvm_ghost *g = tx.ghost;
    GVM_ASSERT(g->fee_token >= 1 && g->fee_token <= 4);
    GVM_ASSERT(g->sponsored != gvm_address_is_zero(&g->sponsor));
    GVM_ASSERT(g->sponsored || g->sponsor_auth_count == 0);
    GVM_ASSERT(gvm_intrinsic_gas(&tx, &rules).gas >= 21000 + g->auth_gas);
    GVM_ASSERT(gvm_ghost_digest(&digest, &tx) == GVM_OK);
    for (size_t i = 0; i < g->auth_count; i++) try_auth(&g->auths[i], &digest);
    if (gvm_tx_recover(&tx, &rules) == GVM_OK) GVM_ASSERT(g->auth_status == GVM_OK);
    (void)!gvm_ghost_check(&tx, NULL);
    gvm_tx_free(&tx);
    gvm_buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const gvm_auth_digest digest = {.hash = {{1}}, .has_typed_data = true};
    rules = *gvm_rules_get(GVM_FORK_OSAKA);
    rules.ghost = true;
    if (size == 0) return 0;
    if (data[0] == GVM_TX_GHOST) {
        try_tx(gvm_bytes_make(data, size));
        return 0;
    }
    if (size < 3) return 0;
    size_t key = ((size_t)data[1] << 8 | data[2]) % (size - 2);
    gvm_auth auth = {{data[0], gvm_bytes_make(data + 3, key)},
                     gvm_bytes_make(data + 3 + key, size - 3 - key)};
    try_auth(&auth, &digest);
    try_set(gvm_bytes_make(data + 1, size - 1));
    return 0;
}
