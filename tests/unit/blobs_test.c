/* Blob transactions through pool, seal, store and reorganisation. The blob is zero everywhere: its
 * commitment and all its proofs are the point at infinity (consensus specifications, deneb). */
#include "chain/sealer.h"
#include "crypto/secp256k1.h"
#include "system/precompiles.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

typedef struct world {
    gvm_genesis genesis;
    gvm_store *store;
    gvm_chain *chain;
    gvm_pool *pool;
    gvm_sealer *sealer;
    uint8_t key[32];
} world;

static const uint8_t zero_blob[GVM_KZG_BLOB];
static uint8_t points[GVM_KZG_CELL_COUNT * GVM_KZG_POINT];
static gvm_hash zero_hash;

static gvm_sidecar zero_sidecar(uint8_t version) {
    return (gvm_sidecar){version, 1, zero_blob, points, points, GVM_KZG_BLOB, GVM_KZG_POINT};
}

static void begin(world *w, gvm_fork fork, uint64_t retention) {
    gvm_chain_config config;
    uint8_t public_key[64];
    gvm_account_change rich = {.account.balance = {{0, 1000, 0, 0}}};
    for (size_t i = 0; i < GVM_KZG_CELL_COUNT; i++) points[i * GVM_KZG_POINT] = 0xc0;
    gvm_kzg_versioned_hash(&zero_hash, points);
    *w = (world){.key = {[31] = 42}};
    assert_int_equal(gvm_secp256k1_public_key(public_key, w->key), GVM_OK);
    gvm_secp256k1_address(&rich.address, public_key);
    gvm_config_init(&config, 1337, fork);
    assert_int_equal(gvm_genesis_new(&w->genesis, &config), GVM_OK);
    w->genesis.header.later = gvm_header_fields_of(fork);
    assert_int_equal(gvm_genesis_add(&w->genesis, &rich), GVM_OK);
    assert_int_equal(gvm_genesis_add_system_contracts(&w->genesis), GVM_OK);
    assert_int_equal(gvm_store_open_memory(&w->store), GVM_OK);
    gvm_chain_options options = {.natives = gvm_precompile_lookup};
    gvm_pool_options pool = {.blob_retention = retention};
    gvm_sealer_options sealer = {.coinbase = {{[0] = 0xcb}}};
    assert_int_equal(gvm_chain_open(&w->chain, NULL, w->store, &w->genesis, &options, NULL),
                     GVM_OK);
    assert_int_equal(gvm_pool_new(&w->pool, w->chain, &pool), GVM_OK);
    assert_int_equal(gvm_sealer_new(&w->sealer, w->chain, w->pool, &sealer), GVM_OK);
}

static void end(world *w) {
    gvm_sealer_delete(w->sealer);
    gvm_pool_delete(w->pool);
    gvm_chain_close(w->chain);
    gvm_store_close(w->store);
    gvm_genesis_free(&w->genesis);
}

/* sidecar NULL: the form of blocks. */
static gvm_status send_for(world *w, gvm_hash *hash, uint64_t nonce, const gvm_sidecar *sidecar,
                           uint64_t fee) {
    gvm_tx tx = {.type = GVM_TX_BLOB,
                 .replay_protected = true,
                 .chain_id = 1337,
                 .nonce = nonce,
                 .gas_limit = 100000,
                 .to = {{1}},
                 .blob_hashes = &zero_hash,
                 .blob_hash_count = 1};
    tx.max_fee = tx.max_blob_fee = gvm_u256_from_u64(fee);
    gvm_hash message;
    gvm_secp256k1_signature signature;
    assert_int_equal(gvm_tx_signing_hash(&message, &tx), GVM_OK);
    assert_int_equal(gvm_secp256k1_sign(&signature, &message, w->key), GVM_OK);
    tx.r = gvm_u256_from_be(signature.r);
    tx.s = gvm_u256_from_be(signature.s);
    tx.y_parity = signature.y_parity;
    gvm_buf form = {0}, raw = {0};
    gvm_tx_encode(&form, &tx);
    if (sidecar != NULL)
        gvm_blob_tx_encode(&raw, gvm_buf_bytes(&form), sidecar);
    else
        gvm_buf_append(&raw, form.ptr, form.len);
    gvm_status status = gvm_pool_add(w->pool, hash, gvm_buf_bytes(&raw), true, NULL);
    gvm_buf_free(&form);
    gvm_buf_free(&raw);
    return status;
}

static gvm_status send(world *w, gvm_hash *hash, uint64_t nonce, const gvm_sidecar *sidecar) {
    return send_for(w, hash, nonce, sidecar, 10000000000u);
}

static gvm_status kept(world *w, gvm_stored_blob *out) {
    gvm_store_txn *txn;
    assert_int_equal(gvm_store_read_begin(&txn, w->store), GVM_OK);
    gvm_status status = gvm_blobs_get(txn, out, &zero_hash);
    if (status == GVM_OK) assert_memory_equal(out->sidecar.blobs, zero_blob, sizeof zero_blob);
    gvm_store_read_end(txn);
    return status;
}

static void test_goes_into_a_block_and_is_kept(void **state) {
    (void)state;
    world w;
    gvm_hash hash, block_hash;
    gvm_stored_blob blob;
    gvm_sidecar cells = zero_sidecar(GVM_SIDECAR_CELL_PROOFS);
    begin(&w, GVM_FORK_OSAKA, 100);
    assert_int_equal(send(&w, &hash, 0, NULL), GVM_ERR_TX_BLOB_SIDECAR);
    assert_int_equal(send(&w, &hash, 0, &cells), GVM_OK);
    assert_int_equal(send(&w, &hash, 0, &cells), GVM_ERR_EXISTS);
    const gvm_pool_tx *pooled = gvm_pool_get(w.pool, NULL, &hash);
    assert_non_null(pooled);
    assert_true(gvm_blob_tx_is_network(pooled->network));
    gvm_pool_tx_release(pooled);
    assert_int_equal(kept(&w, &blob), GVM_ERR_NOT_FOUND);

    gvm_stored_block block;
    assert_int_equal(gvm_sealer_seal(w.sealer, &block_hash, 1000, NULL), GVM_OK);
    assert_int_equal(gvm_chain_read(w.chain, &block, &block_hash, GVM_READ_RECEIPTS), GVM_OK);
    assert_int_equal(block.block.tx_count, 1);
    assert_int_equal(block.block.header.blob_gas_used, GVM_GAS_PER_BLOB);
    assert_int_equal(block.receipts[0].blob_gas_used, GVM_GAS_PER_BLOB);
    gvm_stored_block_free(&block);
    assert_int_equal(kept(&w, &blob), GVM_OK);
    assert_int_equal(blob.number, 1);
    assert_int_equal(blob.timestamp, 1000);
    assert_int_equal(blob.sidecar.version, GVM_SIDECAR_CELL_PROOFS);

    /* Named again: kept for the later block, and until its time is over. */
    assert_int_equal(send(&w, &hash, 1, &cells), GVM_OK);
    assert_int_equal(gvm_sealer_seal(w.sealer, NULL, 1050, NULL), GVM_OK);
    assert_int_equal(gvm_sealer_seal(w.sealer, NULL, 1120, NULL), GVM_OK);
    assert_int_equal(kept(&w, &blob), GVM_OK);
    assert_int_equal(blob.number, 2);
    assert_int_equal(gvm_sealer_seal(w.sealer, NULL, 1151, NULL), GVM_OK);
    assert_int_equal(kept(&w, &blob), GVM_ERR_NOT_FOUND);
    end(&w);
}

static void test_comes_back_with_its_blobs(void **state) {
    (void)state;
    world w;
    gvm_hash hash, genesis;
    gvm_header head;
    gvm_sidecar cells = zero_sidecar(GVM_SIDECAR_CELL_PROOFS);
    begin(&w, GVM_FORK_OSAKA, 0);
    gvm_chain_head(w.chain, &head, &genesis);
    assert_int_equal(send(&w, &hash, 0, &cells), GVM_OK);
    const gvm_pool_tx *before = gvm_pool_get(w.pool, NULL, &hash);
    assert_int_equal(gvm_sealer_seal(w.sealer, NULL, 1000, NULL), GVM_OK);
    assert_null(gvm_pool_get(w.pool, NULL, &hash));
    assert_int_equal(gvm_chain_set_head(w.chain, &genesis, NULL), GVM_OK);
    bool pending;
    const gvm_pool_tx *after = gvm_pool_get(w.pool, &pending, &hash);
    assert_non_null(after);
    assert_true(pending);
    assert_true(gvm_bytes_equal(before->network, after->network));
    gvm_pool_tx_release(before);
    gvm_pool_tx_release(after);
    end(&w);
}

/* Blocks that somebody else built out of what this pool has. */
static void test_is_kept_for_an_imported_block(void **state) {
    (void)state;
    world w, other;
    gvm_hash hash, block_hash;
    gvm_stored_block block;
    gvm_stored_blob blob;
    gvm_buf raw = {0};
    bool head;
    gvm_sidecar cells = zero_sidecar(GVM_SIDECAR_CELL_PROOFS);
    begin(&w, GVM_FORK_OSAKA, 0);
    begin(&other, GVM_FORK_OSAKA, 0);
    assert_int_equal(send(&w, &hash, 0, &cells), GVM_OK);
    assert_int_equal(send(&other, &hash, 0, &cells), GVM_OK);
    assert_int_equal(gvm_sealer_seal(w.sealer, &block_hash, 1000, NULL), GVM_OK);
    assert_int_equal(gvm_chain_read(w.chain, &block, &block_hash, GVM_READ_BODY), GVM_OK);
    gvm_block_encode(&raw, &block.block);
    assert_int_equal(gvm_chain_import(other.chain, &head, gvm_buf_bytes(&raw), NULL), GVM_OK);
    assert_int_equal(kept(&other, &blob), GVM_OK);
    assert_int_equal(blob.number, 1);
    gvm_buf_free(&raw);
    gvm_stored_block_free(&block);
    end(&w);
    end(&other);
}

static void test_each_fork_has_its_form(void **state) {
    (void)state;
    world w;
    gvm_hash hash;
    gvm_sidecar old = zero_sidecar(GVM_SIDECAR_BLOB_PROOFS),
                cells = zero_sidecar(GVM_SIDECAR_CELL_PROOFS);
    begin(&w, GVM_FORK_PRAGUE, 0);
    assert_int_equal(send(&w, &hash, 0, &cells), GVM_ERR_TX_BLOB_SIDECAR);
    assert_int_equal(send(&w, &hash, 0, &old), GVM_OK);
    end(&w);
    begin(&w, GVM_FORK_SHANGHAI, 0);
    assert_int_equal(send(&w, &hash, 0, &old), GVM_ERR_TX_TYPE);
    end(&w);
    begin(&w, GVM_FORK_OSAKA, 0);
    uint8_t wrong[GVM_KZG_BLOB] = {[31] = 1};
    gvm_sidecar bad = cells;
    bad.blobs = wrong;
    assert_int_equal(send(&w, &hash, 0, &bad), GVM_ERR_TX_BLOB_PROOF);
    assert_int_equal(send(&w, &hash, 0, &old), GVM_OK);
    const gvm_pool_tx *pooled = gvm_pool_get(w.pool, NULL, &hash);
    gvm_bytes fields;
    gvm_sidecar sidecar;
    assert_int_equal(gvm_blob_tx_decode(&fields, &sidecar, pooled->network, NULL), GVM_OK);
    assert_int_equal(sidecar.version, GVM_SIDECAR_CELL_PROOFS);
    assert_int_equal(gvm_sidecar_verify(&sidecar, NULL), GVM_OK);
    gvm_pool_tx_release(pooled);
    end(&w);
}

static void test_a_sender_has_its_share(void **state) {
    (void)state;
    world w;
    gvm_hash hash;
    gvm_sidecar cells = zero_sidecar(GVM_SIDECAR_CELL_PROOFS);
    begin(&w, GVM_FORK_OSAKA, 0);
    for (uint64_t i = 0; i < GVM_POOL_ACCOUNT_BLOBS; i++)
        assert_int_equal(send(&w, &hash, i, &cells), GVM_OK);
    assert_int_equal(send(&w, &hash, GVM_POOL_ACCOUNT_BLOBS, &cells), GVM_ERR_TX_POOL_FULL);
    /* A replacement takes no further place, but must pay twice as much. */
    assert_int_equal(send_for(&w, &hash, 3, &cells, 19999999999u), GVM_ERR_TX_REPLACEMENT);
    assert_int_equal(send_for(&w, &hash, 3, &cells, 20000000000u), GVM_OK);
    end(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_goes_into_a_block_and_is_kept),
        cmocka_unit_test(test_comes_back_with_its_blobs),
        cmocka_unit_test(test_is_kept_for_an_imported_block),
        cmocka_unit_test(test_each_fork_has_its_form),
        cmocka_unit_test(test_a_sender_has_its_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
